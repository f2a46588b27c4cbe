"""Edits of evidence do not go unnoticed: units, ranges, places, derived files; the order of rows does not matter."""

from __future__ import annotations

import csv
import io
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sim.analysis.record import calibrate as calibration
from sim.analysis.record.scorecard import lines
from sim.errors import InputError, Problem
from sim.evidence.covariance import FILE as COVARIANCE
from sim.evidence.survey_file import FILE as SURVEY
from sim.evidence.tables import DERIVED, MADE_FROM, is_stale, load_evidence, write_made_from
from sim.evidence.units import RANGES
from sim.files.names import evidence_folder
from sim.runs.results import write_results
from sim.runs.run import compiled_of, run
from sim.world.parameters import FITTED, load_parameters
from sim.world.required import FITTED as FITTED_NAMES
from sim.world.scenario import load_scenario
from sim.world.vocabulary import load_vocabulary

HUBEI = evidence_folder("hubei")
TABLES = sorted(path.name for path in HUBEI.glob("*.csv"))
WITH_UNITS = [name for name in TABLES if "unit" in (HUBEI / name).read_text(encoding="utf-8").split("\n")[0]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HUBEI, tmp_path / "own"))


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def respell(path: Path, start: list[str], column: str, text: str) -> int:
    """Change one cell of the first row that begins so; hand back its line."""
    rows = rows_of(path)
    at = next(k for k, row in enumerate(rows) if row[: len(start)] == start)
    rows[at][rows[0].index(column)] = text
    write_rows(path, rows)
    return at + 1


def problems_of(folder: Path) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        load_evidence(folder)
    return list(caught.value.problems)


# --- units and ranges --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITH_UNITS)
def test_a_unit_that_does_not_exist_is_refused_in_every_file(folder: Path, name: str) -> None:
    rows = rows_of(folder / name)
    place = rows[0].index("unit")
    for row in rows[1:]:
        row[place] = "shares"
    write_rows(folder / name, rows)
    if name == "parameters.csv":  # the registry has a reader of its own
        with pytest.raises(InputError) as caught:
            load_parameters(folder)
        problems = list(caught.value.problems)
    else:
        problems = problems_of(folder)
    told = {problem.line for problem in problems if problem.key == "unit"}
    assert told == set(range(2, len(rows) + 1))


@pytest.mark.parametrize(
    ("name", "start", "column", "text", "message"),
    [
        ("records.csv", ["universities", "2021"], "unit", "clusters", "line"),
        ("records.csv", ["cloud_share", "2023"], "unit", "ratio", "reads this figure in share"),
        ("records.csv", ["rd_intensity", "2020"], "value", "23", "between 0 and 1"),
        ("records.csv", ["population", "2020"], "value", "1e30", "between 0 and"),
        ("region_figures.csv", ["420100", "growth_clusters"], "value", "1e30", "between 0 and"),
        ("region_figures.csv", ["420100", "universities"], "unit", "firms", "in institutions"),
        ("region_figures.csv", ["420100", "primary_share"], "value", "0.5", "sum to"),
        ("table1_totals.csv", ["deposits", "2019"], "value", "1e12", "between 0 and"),
        ("table1_totals.csv", ["deposits", "2019"], "unit", "1e4 persons", "allowed: 1e8 yuan"),
        ("table2_growth_pull.csv", ["secondary_pull", "2010"], "value", "1e9", "between -100 and 100"),
        ("effects.csv", ["talent_siphon_ratio"], "high", "1e6", "between -1 and 10"),
        ("targets_2027.csv", ["rd_units_above_scale"], "value", "7", "between 0 and 1"),
        ("table5_logit.csv", ["X3", "9"], "unit", "probability", "in log-odds per code"),
        ("sources.csv", ["R01"], "id", "R1", "two digits"),
        ("table4_variables.csv", ["X12"], "variable", "X14", "did you mean"),
        ("grids.csv", ["0.2"], "cell_degrees", "0.3", "have this side"),
        ("grids.csv", ["0.2"], "grid", "0.4", "allowed are 0.1, 0.2"),
        ("industries.csv", ["autos"], "order", "2", "given twice"),
        ("industries.csv", ["autos"], "order", "first", "whole number"),
        ("regions.csv", ["420100"], "code", "9" * 40, "whole number"),
    ],
)
def test_a_number_beyond_its_unit(
    folder: Path, name: str, start: list[str], column: str, text: str, message: str
) -> None:
    line = respell(folder / name, start, column, text)
    problems = problems_of(folder)
    assert any(message in problem.message and problem.file == str(folder / name) for problem in problems)
    if message not in ("line", "given twice", "sum to"):  # those are told of the other row
        assert line in {problem.line for problem in problems}


def test_every_unit_in_use_has_a_range_and_every_range_a_use() -> None:
    used = set()
    for path in (*HUBEI.glob("*.csv"), *Path(__file__).parents[2].glob("provinces/lakeland/*.csv")):
        rows = rows_of(path)
        if path.name != "parameters.csv" and "unit" in rows[0]:
            used |= {row[rows[0].index("unit")] for row in rows[1:]}
    assert used == set(RANGES)


# --- places ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "start", "changes", "message"),
    [
        ("regions.csv", ["420100"], {"seat_lon": "120.00"}, "outside its region"),
        ("regions.csv", ["420500"], {"seat_lat": "33.00"}, "outside its region"),
        ("grid_0p2.csv", ["1", "8"], {"lat": "33.2"}, "row 1 of this grid lies at 33.1"),
        ("grid_0p2.csv", ["1", "8"], {"lon": "119.9"}, "col 8 of this grid lies at 109.9"),
        ("grid_0p2.csv", ["1", "8"], {"row": "2"}, "row 2 of this grid lies at 32.9"),
        ("grid_0p1.csv", ["0", "13"], {"row": "300", "lat": "3.25"}, "outside the province"),
        ("grid_0p1.csv", ["0", "13"], {"row": "123456789"}, "whole number from 0 to"),
        ("grid_0p1.csv", ["0", "13"], {"region_code": "421100"}, "region 421100 lies elsewhere"),
    ],
)
def test_places_outside_the_province(
    folder: Path, name: str, start: list[str], changes: dict[str, str], message: str
) -> None:
    for column, text in changes.items():
        line = respell(folder / name, start, column, text)
        start = [changes.get(key, cell) for key, cell in zip(("row", "col"), start, strict=False)]
    (problem, *_) = problems_of(folder)
    assert problem.line == line
    assert message in problem.message


# --- derived files -----------------------------------------------------------------------------------------


def drop_a_row(path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(pq.read_table(path).slice(1), path)
        return
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(lines[:1] + lines[2:]), encoding="utf-8")


def last_digit(path: Path) -> None:
    if path.suffix == ".parquet":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        return
    text = path.read_text(encoding="utf-8").rstrip("\n")
    path.write_text(text[:-1] + ("1" if text[-1] != "1" else "2") + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", sorted(path.name for path in (HUBEI / "derived").iterdir()))
@pytest.mark.parametrize("edit", [drop_a_row, last_digit, Path.unlink])
def test_an_edited_derived_file_says_so_and_what_to_run(
    folder: Path, name: str, edit: Callable[[Path], None]
) -> None:
    edit(folder / "derived" / name)
    if name == Path(MADE_FROM).name:  # gone, or no longer a record of what was made
        assert is_stale(folder) or problems_of(folder)
        return
    problems = problems_of(folder)
    assert {problem.file for problem in problems} == {str(folder / "derived" / name)}
    if name != "covariance.csv":  # whose own mistakes are told instead
        assert f"upgrading calibrate {folder}" in problems[0].message


@pytest.mark.parametrize("name", DERIVED)
def test_a_derived_file_that_calibration_did_not_make(folder: Path, name: str) -> None:
    path = folder / MADE_FROM
    kept = [line for line in path.read_text().splitlines() if not line.startswith(name)]
    path.write_text("\n".join(kept) + "\n")
    (problem,) = problems_of(folder)
    assert problem.file == str(folder / name)
    assert "did not make" in problem.message


def test_a_record_of_an_earlier_version_is_stale_and_no_mistake(folder: Path) -> None:
    evidence = (folder / MADE_FROM).read_text().splitlines()[1].partition(",")[2]
    (folder / MADE_FROM).write_text(f"evidence\n{evidence}\n")
    assert load_evidence(folder)
    assert is_stale(folder)
    (folder / MADE_FROM).unlink()
    assert load_evidence(folder)
    assert is_stale(folder)
    write_made_from(folder)
    assert not is_stale(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("file,digest\n", "no rows"),
        ("file,digest\nevidence,abc\n", "64 small"),
        ("file,digest\n../../x," + "0" * 64 + "\n", "under derived/"),
    ],
)
def test_a_broken_record_of_what_was_made(folder: Path, text: str, message: str) -> None:
    (folder / MADE_FROM).write_text(text)
    assert any(
        message in problem.message and problem.file == str(folder / MADE_FROM)
        for problem in problems_of(folder)
    )
    assert is_stale(folder)


@pytest.mark.parametrize("value", ["1e300", "1e-12", "900"])
def test_a_variance_that_its_coefficient_contradicts(folder: Path, value: str) -> None:
    line = respell(folder / COVARIANCE, ["9", "X3", "X3"], "value", value)
    write_made_from(folder)
    problems = problems_of(folder)
    assert any(problem.line == line and "standard error" in problem.message for problem in problems)


def test_a_survey_whose_weights_are_not_those_of_the_firms_asked(folder: Path) -> None:
    rows = rows_of(folder / SURVEY)
    rows[100][-1] = "1e9"
    write_rows(folder / SURVEY, rows)
    write_made_from(folder)
    scenario = load_scenario("baseline", evidence=str(folder), scale=0.002)
    with pytest.raises(InputError, match="not to the 306 firms"):
        compiled_of(scenario)


@pytest.mark.parametrize("name", ["h0_1", "h0_direct", "rd_level_2"])
def test_a_fitted_value_that_is_missing_does_not_become_its_start(folder: Path, name: str) -> None:
    path = folder / FITTED
    rows = rows_of(path)
    assert {row[0] for row in rows[1:]} == FITTED_NAMES
    write_rows(path, [row for row in rows if row[0] != name])
    write_made_from(folder)
    with pytest.raises(InputError, match=f"missing: {name}") as caught:
        load_parameters(folder)
    assert "--refit-history" in str(caught.value)


def test_calibration_makes_anew_what_was_edited(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Edited derived files stop a run, never the calibration that replaces them; edited fits are fitted anew."""

    class AskedError(Exception):
        pass

    def asked(place: str, **_: object) -> None:
        assert not (Path(place) / FITTED).exists()
        raise AskedError

    monkeypatch.setattr(calibration, "fit_history", asked)
    minutes = ("_rebuilt", "_beside", "tilted", "trimmed", "write_survey", "_by_column", "write_covariance")
    for step in minutes:
        monkeypatch.setattr(calibration, step, lambda *_: None)
    for name in (FITTED, COVARIANCE, SURVEY):
        drop_a_row(folder / name)
    with pytest.raises(AskedError):
        calibration.calibrate(str(folder))


# --- order -------------------------------------------------------------------------------------------------


def test_the_order_of_rows_means_nothing(folder: Path, tmp_path: Path) -> None:
    """Every file shuffled, derived ones too: the tables of a run are the same bytes."""
    luck = random.Random(11)
    for path in (*folder.glob("*.csv"), *(folder / name for name in DERIVED if name.endswith(".csv"))):
        header, *rows = rows_of(path)
        luck.shuffle(rows)
        write_rows(path, [header, *rows])
    write_made_from(folder)
    assert load_vocabulary(folder).industries == load_vocabulary(HUBEI).industries
    assert [line.key for line in lines(load_evidence(folder))] == [
        line.key for line in lines(load_evidence(HUBEI))
    ]
    shock = {
        "kind": "demand",
        "start": "2020Q2",
        "end": "2020Q2",
        "size": -0.2,
        "industries": ["textiles", "autos"],
    }
    tables = []
    for name in ("hubei", str(folder)):
        scenario = load_scenario(
            "talent_pool",
            evidence=name,
            scale=0.002,
            replications=1,
            grid="0.1",
            horizon={"start": "2020Q1", "end": "2020Q3"},
            levers={"talent_pool": {"start": "2020Q1", "share_of_budget": 1}},
            shocks=[shock],
            difficulty={"coefficients": "drawn"},
        )
        out = tmp_path / f"results-{len(tables)}"
        out.mkdir()
        write_results(run(scenario, workers=1), out)
        tables.append(
            {path.name: path.read_bytes() for path in out.glob("*.[pc]*") if path.suffix != ".json"}
        )
    assert {"quarters.parquet", "regions.parquet", "industries.parquet"} <= set(tables[0])
    assert tables[0] == tables[1]
