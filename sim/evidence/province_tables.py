"""The province: its divisions, their figures and cells, its industries and where they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.evidence.cells import SOURCED, count, filled, non_negative, number, one_of, optional, share, within
from sim.evidence.csv_rows import Row
from sim.evidence.reader import TIMED, Reader, whole_rows
from sim.evidence.records import FIELDS, Cell, Figures, Industry, Region

_TOTALS = ("table1_totals.csv", "table2_growth_pull.csv", "table3_employment.csv")
_LON, _LAT = within(-180, 180), within(-90, 90)

_POSITIVE = ("gdp", "population")
#: Units that the model takes for granted where it computes with a figure.
_UNITS = {"gdp": "1e8 yuan", "population": "persons", "secondary_share": "share"}


def read_regions(reader: Reader) -> tuple[Region, ...]:
    """Read regions.csv; divisions in the order of their official codes."""
    names = {"code": count, "zh": filled, "en": filled}
    seat = {"seat_lon": _LON, "seat_lat": _LAT, "core": one_of("0", "1")}
    rows = reader.rows("regions.csv", {**names, **seat, **SOURCED}, "code")
    regions = (
        Region(row["code"], row["zh"], row["en"], row["seat_lon"], row["seat_lat"], row["core"] == "1")
        for row in whole_rows(rows)
    )
    return tuple(sorted(regions, key=lambda region: region.code))


def read_figures(reader: Reader, codes: Sequence[int]) -> Figures[tuple[int, str, int]]:
    """Read region_figures.csv; figures of the divisions by code, indicator and year."""
    name, key = "region_figures.csv", ("code", "indicator", "year")
    rows = reader.rows(name, {"code": count, "indicator": filled, "value": non_negative, **TIMED}, *key)
    reader.known(rows, "code", codes, "regions.csv")
    for row in rows:
        if row.has("indicator", "value") and row["indicator"] in _POSITIVE and row["value"] == 0:
            reader.problems.append(
                row.problem("value", "this must be above 0: shares and wages are computed from it")
            )
        if row.has("indicator", "unit") and row["unit"] != _UNITS.get(row["indicator"], row["unit"]):
            message = f"the model reads this figure in {_UNITS[row['indicator']]}"
            reader.problems.append(row.problem("unit", message))
    return reader.figures(name, rows, *key)


def read_records(reader: Reader) -> Figures[tuple[str, int]]:
    """Read records.csv; figures of the whole province by name and year."""
    columns = {"record": filled, "value": non_negative, **TIMED, "note": optional}
    rows = reader.rows("records.csv", columns, "record", "year")
    return reader.figures("records.csv", rows, "record", "year")


def read_totals(reader: Reader) -> Figures[tuple[str, int]]:
    """Read Tables 1 to 3; figures by table and indicator, such as `table1.gdp`, and year."""
    totals: Figures[tuple[str, int]] = Figures()
    totals.file = str(reader.folder / "table1_totals.csv … table3_employment.csv")
    for name in _TOTALS:
        signed = name == "table2_growth_pull.csv"  # growth can be negative, amounts and staff cannot
        columns = {"indicator": filled, "value": number if signed else non_negative, **TIMED}
        rows = reader.rows(name, columns, "indicator", "year")
        table = name.partition("_")[0]
        for (indicator, at), figure in reader.figures(name, rows, "indicator", "year").items():
            totals[f"{table}.{indicator}", at] = figure
    return totals


def read_industries(reader: Reader) -> tuple[Industry, ...]:
    """Read industries.csv in file order."""
    names = {"industry": filled, "zh": filled, "en": filled}
    kinds = {"sector": one_of("high_tech", "traditional"), "field": one_of(*FIELDS)}
    uncertainty = {"uncertainty": one_of("low", "high")}
    numbers = {"energy_cost_share": share, "demand_growth": within(-1, 1)}
    columns = {**names, **kinds, **uncertainty, **numbers}
    rows = reader.rows("industries.csv", {**columns, **SOURCED}, "industry")
    return tuple(Industry(*(row[part] for part in columns)) for row in whole_rows(rows))


def read_relatedness(reader: Reader, ids: Sequence[str]) -> NDArray[np.float64]:
    """Read industry_relatedness.csv; float64 [industry, industry], symmetric with 1 on the diagonal."""
    columns = {"industry_a": filled, "industry_b": filled, "relatedness": share, **SOURCED}
    rows = reader.rows("industry_relatedness.csv", columns, "industry_a", "industry_b")
    for name in ("industry_a", "industry_b"):
        reader.known(rows, name, ids, "industries.csv")
    matrix = np.eye(len(ids), dtype=np.float64)
    place = {name: at for at, name in enumerate(ids)}
    first: dict[frozenset[int], int] = {}
    for row in whole_rows(rows):
        if row["industry_a"] not in place or row["industry_b"] not in place:
            continue  # reported above
        a, b = place[row["industry_a"]], place[row["industry_b"]]
        pair = frozenset((a, b))
        if a == b:
            reader.problems.append(row.problem("industry_b", "an industry's relatedness to itself is 1"))
        elif pair in first:
            message = f"this pair is on line {first[pair]} already; it counts both ways round, list it once"
            reader.problems.append(row.problem("industry_a", message))
        else:
            first[pair] = row.line
            matrix[a, b] = matrix[b, a] = row["relatedness"]
    return _read_only(matrix)


def read_region_industry(reader: Reader, codes: Sequence[int], ids: Sequence[str]) -> NDArray[np.float64]:
    """Read region_industry.csv; float64 [region, industry], the rows sum to 1."""
    name, key = "region_industry.csv", ("code", "industry")
    rows = reader.rows(name, {"code": count, "industry": filled, "weight": share, **SOURCED}, *key)
    reader.known(rows, "code", codes, "regions.csv")
    reader.known(rows, "industry", ids, "industries.csv")
    reader.sums_to_one(rows, ("code",), "weight")
    reader.complete(name, rows, key, [(code, id_) for code in codes for id_ in ids])
    weights = {(row["code"], row["industry"]): row["weight"] for row in whole_rows(rows)}
    table = [[weights.get((code, id_), 0.0) for id_ in ids] for code in codes]
    return _read_only(np.array(table, dtype=np.float64))


def read_grids(reader: Reader, codes: Sequence[int]) -> tuple[dict[str, tuple[Cell, ...]], dict[str, float]]:
    """Read grids.csv and the files it names; cells and cell size (degrees) by grid name."""
    columns = {"grid": filled, "file": filled, "cell_degrees": within(0.001, 10), **SOURCED}
    rows = whole_rows(reader.rows("grids.csv", columns, "grid"))
    cells = {row["grid"]: _read_cells(reader, row, codes) for row in rows}
    return cells, {row["grid"]: row["cell_degrees"] for row in rows}


def _read_cells(reader: Reader, grid: Row, codes: Sequence[int]) -> tuple[Cell, ...]:
    """Read the file of one grid; every division must have a cell."""
    name = grid["file"]
    if Path(name).name != name:
        reader.problems.append(grid.problem("file", "this must be the name of a file in the same folder"))
        return ()
    columns = {"row": count, "col": count, "lon": _LON, "lat": _LAT, "region_code": count}
    rows = reader.rows(name, columns, "row", "col")
    reader.known(rows, "region_code", codes, "regions.csv")
    reader.complete(name, rows, ("region_code",), [(code,) for code in codes])
    return tuple(Cell(*(row[part] for part in columns)) for row in whole_rows(rows))


def _read_only(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the array, shut for writing."""
    array.setflags(write=False)
    return array
