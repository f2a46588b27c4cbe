"""The province: its regions, their figures and cells, its industries and where they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.errors import Message, MistakeError, Problem
from sim.evidence.cells import (
    SOURCED,
    count,
    error_or_none,
    filled,
    non_negative,
    number,
    one_of,
    optional,
    share,
    within,
    within_whole,
)
from sim.evidence.csv_rows import Row, unique
from sim.evidence.places import far_away, finest, in_another_division, off_their_lines, seats_elsewhere
from sim.evidence.reader import TIMED, Reader, whole_rows
from sim.evidence.records import FIELDS, Cell, Figures, Industry, Region

_TOTALS = ("table1_totals.csv", "table2_growth_pull.csv", "table3_employment.csv")
_LON, _LAT = within(-180, 180), within(-90, 90)
_LINE = within_whole(0, 9999)
GRIDS = ("0.1", "0.2")  # a scenario chooses one
_SECTORS = ("primary_share", "secondary_share", "tertiary_share")
_ROUNDED = 0.001  # tolerance for the sum of three shares with four decimals

_POSITIVE = ("gdp", "population")


def read_regions(reader: Reader) -> tuple[Region, ...]:
    """Read regions.csv; regions in the order of their official codes."""
    names = {"code": count, "zh": filled, "en": filled}
    seat = {"seat_lon": _LON, "seat_lat": _LAT, "core": one_of("0", "1")}
    rows = reader.rows("regions.csv", {**names, **seat, **SOURCED}, "code")
    reader.seats = whole_rows(rows)
    regions = (
        Region(row["code"], row["zh"], row["en"], row["seat_lon"], row["seat_lat"], row["core"] == "1")
        for row in whole_rows(rows)
    )
    return tuple(sorted(regions, key=lambda region: region.code))


def read_figures(reader: Reader, codes: Sequence[int]) -> Figures[tuple[int, str, int]]:
    """Read region_figures.csv; figures by region code, indicator and year."""
    name, key = "region_figures.csv", ("code", "indicator", "year")
    rows = reader.rows(name, {"code": count, "indicator": filled, "value": non_negative, **TIMED}, *key)
    reader.refuse_unknown(rows, "code", codes, "regions.csv")
    for row in rows:
        if row.has("indicator", "value") and row["indicator"] in _POSITIVE and row["value"] == 0:
            reader.problems.append(row.problem("value", Message("errors_evidence.above_zero")))
    reader.problems += _sectors(rows)
    return reader.figures(name, rows, *key)


def _sectors(rows: Sequence[Row]) -> list[Problem]:
    """Find regions whose three sectors do not add up to their GDP."""
    shares: dict[tuple[int, int], dict[str, Row]] = {}
    for row in whole_rows(rows):
        if row["indicator"] in _SECTORS and row["value"] <= 1:
            shares.setdefault((row["code"], row["year"]), {})[row["indicator"]] = row
    problems = []
    for (code, year), by_sector in shares.items():
        total = sum(row["value"] for row in by_sector.values())
        if len(by_sector) == len(_SECTORS) and abs(total - 1) > _ROUNDED:
            message = Message("errors_evidence.sectors", division=code, year=year, total=total)
            problems.append(list(by_sector.values())[-1].problem("value", message))
    return problems


def read_records(reader: Reader) -> Figures[tuple[str, int]]:
    """Read records.csv; figures of the whole province by name and year."""
    columns = {"record": filled, "value": non_negative, **TIMED, "error": error_or_none, "note": optional}
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
    """Read industries.csv, sorted by its column `order`."""
    names = {"industry": filled, "zh": filled, "en": filled}
    kinds = {"sector": one_of("high_tech", "traditional"), "field": one_of(*FIELDS)}
    uncertainty = {"uncertainty": one_of("low", "high")}
    numbers = {"energy_cost_share": share, "demand_growth": within(-1, 1)}
    columns = {**names, **kinds, **uncertainty, **numbers}
    rows = reader.rows("industries.csv", {"order": count, **columns, **SOURCED}, "industry")
    reader.problems += unique(rows, "order")
    ordered = sorted(whole_rows(rows), key=lambda row: int(row["order"]))
    return tuple(Industry(*(row[part] for part in columns)) for row in ordered)


def read_relatedness(reader: Reader, ids: Sequence[str]) -> NDArray[np.float64]:
    """Read industry_relatedness.csv; float64 [industry, industry], symmetric with 1 on the diagonal."""
    columns = {"industry_a": filled, "industry_b": filled, "relatedness": share, **SOURCED}
    rows = reader.rows("industry_relatedness.csv", columns, "industry_a", "industry_b")
    for name in ("industry_a", "industry_b"):
        reader.refuse_unknown(rows, name, ids, "industries.csv")
    matrix = np.eye(len(ids), dtype=np.float64)
    place = {name: at for at, name in enumerate(ids)}
    first: dict[frozenset[int], int] = {}
    for row in whole_rows(rows):
        if row["industry_a"] not in place or row["industry_b"] not in place:
            continue  # reported above
        a, b = place[row["industry_a"]], place[row["industry_b"]]
        pair = frozenset((a, b))
        if a == b:
            reader.problems.append(row.problem("industry_b", Message("errors_evidence.self_relatedness")))
        elif pair in first:
            message = Message("errors_evidence.pair_twice", line=first[pair])
            reader.problems.append(row.problem("industry_a", message))
        else:
            first[pair] = row.line
            matrix[a, b] = matrix[b, a] = row["relatedness"]
    return _read_only(matrix)


def read_region_industry(reader: Reader, codes: Sequence[int], ids: Sequence[str]) -> NDArray[np.float64]:
    """Read region_industry.csv; float64 [region, industry], the rows sum to 1."""
    name, key = "region_industry.csv", ("code", "industry")
    rows = reader.rows(name, {"code": count, "industry": filled, "weight": share, **SOURCED}, *key)
    reader.refuse_unknown(rows, "code", codes, "regions.csv")
    reader.refuse_unknown(rows, "industry", ids, "industries.csv")
    reader.sums_to_one(rows, ("code",), "weight")
    reader.complete(name, rows, key, [(code, id_) for code in codes for id_ in ids])
    weights = {(row["code"], row["industry"]): row["weight"] for row in whole_rows(rows)}
    table = [[weights.get((code, id_), 0.0) for id_ in ids] for code in codes]
    return _read_only(np.array(table, dtype=np.float64))


def read_grids(reader: Reader, codes: Sequence[int]) -> tuple[dict[str, tuple[Cell, ...]], dict[str, float]]:
    """Read grids.csv and the files it names; cells by row and column, and cell size (degrees), by grid name."""
    columns = {"grid": one_of(*GRIDS), "file": _file_name, "cell_degrees": within(0.001, 10), **SOURCED}
    rows = reader.rows("grids.csv", columns, "grid")
    reader.complete("grids.csv", rows, ("grid",), [(grid,) for grid in GRIDS])
    grids = sorted(whole_rows(rows), key=lambda row: str(row["grid"]))
    told = len(reader.problems)
    cells = {row["grid"]: _read_cells(reader, row, codes) for row in grids}
    sides = {row["grid"]: row["cell_degrees"] for row in grids}
    for grid in grids:
        if grid["cell_degrees"] != float(grid["grid"]):
            message = Message("errors_evidence.grid_side", grid=grid["grid"])
            reader.problems.append(grid.problem("cell_degrees", message))
    if cells and len(reader.problems) == told:  # wrong cells would make their neighbours look wrong too
        _judge_places(reader, cells, sides, {row["grid"]: row["file"] for row in grids})
    return {grid: tuple(map(_cell, its)) for grid, its in cells.items()}, sides


def _file_name(text: str) -> str:
    if not re.fullmatch(r"[\w-]{1,100}\.csv", text):
        raise MistakeError(Message("errors_evidence.file_name"))
    return text


def _judge_places(
    reader: Reader, cells: Mapping[str, list[Row]], sides: Mapping[str, float], files: Mapping[str, str]
) -> None:
    """Check that seats and cells lie in their own regions, using the finest grid."""
    fine = finest(sides)
    reader.problems += seats_elsewhere(reader.seats, cells[fine], sides[fine])
    for grid, coarse in cells.items():
        if grid != fine:
            reader.problems += in_another_division(cells[fine], coarse, sides[grid], files[grid])


def _read_cells(reader: Reader, grid: Row, codes: Sequence[int]) -> list[Row]:
    """Read the file of one grid, by row and column; every region must have a cell."""
    name = grid["file"]
    columns = {"row": _LINE, "col": _LINE, "lon": _LON, "lat": _LAT, "region_code": count}
    rows = reader.rows(name, columns, "row", "col")
    reader.refuse_unknown(rows, "region_code", codes, "regions.csv")
    reader.complete(name, rows, ("region_code",), [(code,) for code in codes])
    cells = sorted(whole_rows(rows), key=lambda row: (int(row["row"]), int(row["col"])))
    if cells:
        reader.problems += [*off_their_lines(cells, grid["cell_degrees"]), *far_away(cells)]
    return cells


def _cell(row: Row) -> Cell:
    return Cell(row["row"], row["col"], row["lon"], row["lat"], row["region_code"])


def _read_only(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the array, made read-only."""
    array.setflags(write=False)
    return array
