"""Columns that contradict each other are named: for a table of four columns, against linear programming.

The slow tests misprint a coefficient of Hubei's Table 5, as a person would, and calibrate.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from sim.analysis.record.calibrate import calibrate
from sim.errors import InputError
from sim.evidence.conflicts import conflicting_columns, why_impossible
from sim.evidence.entropy import NotFoundError
from sim.evidence.equations import answers, printed
from sim.evidence.records import Evidence
from sim.evidence.survey import rebuild
from tests import small_survey as small
from tests.commands import refuse
from tests.small_province import EVIDENCE
from tests.stated_covariance import HUBEI

CONTRADICTIONS = [
    ("X3", 3, -1.0),
    ("X4", 4, 1.4),
    ("X2", 1, 0.1),
    ("X3", 2, -1.0),
    ("X1", 2, 0.5),
    ("X5", 4, 0.5),
    ("LR_chi2", 2, 44.485),
    ("LR_chi2", 4, 90.0),
]


@pytest.fixture(autouse=True)
def _four_columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "slow" not in request.keywords:
        small.four_columns(monkeypatch)


def conflict(given: Evidence) -> tuple[int, ...]:
    return conflicting_columns(printed(given), answers(given, small.NAMES), small.FIRMS)


def contradict(given: Evidence, columns: tuple[int, ...]) -> bool:
    return small.miss(small.equations_of(printed(given), columns)) > 1e-7


def said(given: Evidence) -> tuple[str, str]:
    """Message, and what is named as the value."""
    with pytest.raises(NotFoundError):
        rebuild(given)
    (problem,) = why_impossible(given).problems
    assert problem.file == str(EVIDENCE.folder / "table5_logit.csv")
    return problem.message, problem.value or ""


def test_columns_of_one_survey_do_not_contradict_each_other() -> None:
    assert conflict(small.evidence()) == ()
    assert not contradict(small.evidence(), small.COLUMNS)


@pytest.mark.parametrize(("name", "column", "value"), CONTRADICTIONS)
def test_a_smallest_contradiction_is_found(name: str, column: int, value: float) -> None:
    given = small.misprinted(name, column, value)
    found = conflict(given)
    assert column in found
    assert contradict(given, found)
    for fewer in combinations(found, len(found) - 1):
        assert not contradict(given, fewer), fewer


def test_what_can_be_is_no_contradiction() -> None:
    given = small.misprinted("X2", 2, 0.3)
    assert not contradict(given, small.COLUMNS)
    assert conflict(given) == ()


def test_the_contradiction_is_told_with_file_and_columns() -> None:
    message, named = said(small.misprinted("X3", 3, -1.0))
    assert named == "1, 3 and 4"
    assert message.startswith(
        "no survey can be found that produces these regressions: columns 1, 3 and 4 contradict each other"
    )
    assert "coefficients or LR_chi2" in message


@pytest.mark.parametrize(
    ("column", "change"),
    [
        (1, -1.0),
        (1, 3.0),
        (2, -1.0),
    ],
)
def test_a_likelihood_that_only_its_level_contradicts(column: int, change: float) -> None:
    """Columns agree but for the level of the likelihood: those are named without which all is well."""
    rise = small.evidence().logit.lr_chi2[column] + change
    given = small.misprinted("LR_chi2", column, rise)
    assert conflict(given) == ()
    message, named = said(given)
    assert str(column) in named
    assert f"no survey of {small.FIRMS} firms" in message
    assert f"agree once column {named} is left out" in message


def test_a_mark_that_cannot_be() -> None:
    good = small.evidence()
    starred = {**good.logit.stars, "X5": {4: "***"}}
    message, named = said(replace(good, logit=replace(good.logit, stars=starred)))
    assert named == ""
    assert "all their significance marks" in message
    assert "survey_firms" in message


# --- Hubei, misprinted -------------------------------------------------------------------------------------


@pytest.fixture
def misprinted(tmp_path: Path) -> Path:
    """A copy of Hubei's evidence in which column 5 says −1.5 of X3."""
    folder = Path(shutil.copytree(HUBEI, tmp_path / "own", ignore=shutil.ignore_patterns("derived")))
    table = folder / "table5_logit.csv"
    lines = table.read_text(encoding="utf-8").split("\n")
    (at,) = [k for k, line in enumerate(lines) if line.startswith("X3,5,")]
    cells = lines[at].split(",")
    cells[2] = "-1.5"
    lines[at] = ",".join(cells)
    table.write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.mark.slow
def test_a_misprint_in_hubeis_table_is_told(misprinted: Path) -> None:
    with pytest.raises(InputError) as caught:
        calibrate(str(misprinted))
    (problem,) = caught.value.problems
    assert Path(problem.file or "").name == "table5_logit.csv"
    assert problem.key == "column"
    assert "5" in (problem.value or "").replace(",", "").split()
    assert "contradict each other" in problem.message
    assert not (misprinted / "derived").exists()


@pytest.mark.slow
def test_the_command_tells_it_too(misprinted: Path, tmp_path: Path) -> None:
    said = refuse(tmp_path, "calibrate", str(misprinted), "--lang", "en", "--quiet")
    assert "table5_logit.csv  column: " in said
    assert "contradict each other" in said
