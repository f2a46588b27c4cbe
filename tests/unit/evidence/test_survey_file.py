"""derived/survey.csv: read as written, rare answers left out, mistakes reported at their place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError, Problem
from sim.evidence.equations import answers, printed
from sim.evidence.records import Evidence
from sim.evidence.survey import Survey, columns_of, marks_missed, own_equations, rebuild
from sim.evidence.survey_file import FILE, read_survey, trimmed, write_survey
from sim.world.compiled import compile_scenario
from sim.world.scenario import load_scenario
from tests import small_survey as small
from tests.small_province import EVIDENCE
from tests.stated_covariance import folder_without

HEADER = "x1,x2,x3,x4,x5,x6,x7,x10,x11,x13,y,weight"
LINES = (
    HEADER,
    "0,0,0,0,0,0,0,0,0,0,0,1.5",
    "0,0,0,0,0,0,0,0,0,0,1,0.5",
    "2,1,0,1,3,2,4,1,0,4,1,2.25",
    "4,1,1,1,4,4,4,1,1,4,0,4",
)


def evidence_in(folder: Path, text: str, firms: float = 8.25) -> Evidence:
    """Hubei's evidence as if read from a folder with this survey of so many firms."""
    (folder / "derived").mkdir(exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8", newline="")
    counted = {("survey_firms", 2022): replace(EVIDENCE.records["survey_firms", 2022], value=firms)}
    return replace(EVIDENCE, folder=folder, records=EVIDENCE.records | counted)


def problems_of(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_survey(evidence_in(folder, text))
    return caught.value.problems


# --- reading -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte-order mark"])
def test_lines_become_combinations(tmp_path: Path, end: str, mark: str) -> None:
    survey = read_survey(evidence_in(tmp_path, mark + end.join(LINES) + end))
    assert survey.names == ("X1", "X2", "X3", "X4", "X5", "X6", "X7", "X10", "X11", "X13")
    np.testing.assert_array_equal(
        survey.cells, [[0] * 10, [2, 1, 0, 1, 3, 2, 4, 1, 0, 4], [4, 1, 1, 1, 4, 4, 4, 1, 1, 4]]
    )
    assert survey.firms == pytest.approx(8.25)
    np.testing.assert_allclose(survey.shares * 8.25, [2, 2.25, 4])
    np.testing.assert_allclose(survey.difficulty, [0.25, 1, 0])
    assert survey.share_y == pytest.approx(2.75 / 8.25)
    np.testing.assert_allclose(survey.margin("X1"), np.array([2, 0, 2.25, 0, 4]) / 8.25)
    np.testing.assert_allclose(survey.margin("X3", survey.cells[:, 1] == 1), np.array([2.25, 4]) / 6.25)


def test_written_and_read_it_is_the_same(tmp_path: Path) -> None:
    luck = np.random.default_rng(2)
    names = ("X1", "X2", "X3", "X4", "X5", "X6", "X7", "X10", "X11", "X13")
    cells = answers(EVIDENCE, names)[::997]
    shares = luck.dirichlet(np.ones(len(cells)))
    survey = Survey(names, cells, shares, luck.random(len(cells)), 306.0, 1.0)
    (tmp_path / "derived").mkdir()
    write_survey(tmp_path, survey)
    text = (tmp_path / FILE).read_text()
    assert text.splitlines()[0] == HEADER
    assert len(text.splitlines()) == 1 + 2 * len(cells)
    again = read_survey(evidence_in(tmp_path, text, firms=306))
    np.testing.assert_array_equal(again.cells, cells)
    np.testing.assert_allclose(again.shares, shares, rtol=5e-6)
    np.testing.assert_allclose(again.difficulty, survey.difficulty, rtol=1e-5)
    assert again.firms == pytest.approx(306, rel=1e-6)


def test_it_is_read_once_until_the_evidence_changes(tmp_path: Path) -> None:
    evidence = evidence_in(tmp_path, "\n".join(LINES))
    first = read_survey(evidence)
    assert read_survey(evidence) is first
    changed = evidence_in(tmp_path, "\n".join(LINES[:-1]), firms=4.25)
    assert len(read_survey(replace(changed, digest="another")).cells) == 2


# --- mistakes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "old", "new", "place", "key", "message"),
    [
        (3, "0,0,0,0", "0,2,0,0", 3, "x2", "between 0 and 1"),
        (3, "0,0,0,0", "5,0,0,0", 1, "x1", "between 0 and 4"),
        (3, ",1,0.5", ",2,0.5", 21, "y", "between 0 and 1"),
        (4, "2,1,0,1", "2,1,-1,1", 5, "x3", "must not be negative"),
        (4, "2,1,0,1", "2,1,0.5,1", 5, "x3", "whole number"),
        (4, "2,1,0,1", "2,1,none,1", 5, "x3", "whole number"),
        (4, "2,1,0,1", "2,1,,1", 5, "x3", "empty"),
        (4, "2.25", "many", 23, "weight", "must be a number"),
        (4, "2.25", "", 23, "weight", "empty"),
        (4, "2.25", "nan", 23, "weight", "finite"),
        (4, "2.25", "inf", 23, "weight", "finite"),
        (5, ",4", ",0", 23, "weight", "above 0"),
        (5, ",4", ",-4", 23, "weight", "not be negative"),
    ],
)
def test_one_wrong_cell(
    tmp_path: Path, line: int, old: str, new: str, place: int, key: str, message: str
) -> None:
    lines = list(LINES)
    at = lines[line - 1].rindex(old) if key in ("y", "weight") else lines[line - 1].index(old)
    lines[line - 1] = lines[line - 1][:at] + new + lines[line - 1][at + len(old) :]
    (problem,) = problems_of(tmp_path, "\n".join(lines))
    assert (problem.file, problem.line, problem.column) == (str(tmp_path / FILE), line, place)
    assert problem.key == key
    assert message in problem.message


def test_a_file_of_mistakes_is_not_read_to_its_end(tmp_path: Path) -> None:
    lines = [HEADER, *["9,0,0,0,0,0,0,0,0,0,0,x"] * 5000]
    problems = problems_of(tmp_path, "\n".join(lines))
    assert len(problems) == 1001
    assert (problems[-1].line, "not read" in problems[-1].message) == (1002, True)


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        (LINES[:-1], "4.25"),
        ((*LINES[:-1], LINES[-1] + "e9"), "4e+09"),
        ((*LINES, LINES[-1]), "12.25"),
    ],
)
def test_weights_that_do_not_sum_to_the_firms_asked(
    tmp_path: Path, lines: tuple[str, ...], total: str
) -> None:
    (problem,) = problems_of(tmp_path, "\n".join(lines))
    assert (problem.file, problem.key) == (str(tmp_path / FILE), "weight")
    assert f"sum to {total}" in problem.message
    assert "8.25 firms" in problem.message


def test_every_mistake_is_told(tmp_path: Path) -> None:
    lines = [HEADER, "9,0,0,0,0,0,0,0,0,0,0,1.5", "0,0,0,0,0,0,0,0,0,0,1,0", "0,0,0,x,0,0,0,0,0,0,1,-1"]
    found = [(problem.line, problem.key) for problem in problems_of(tmp_path, "\n".join(lines))]
    assert sorted(found) == [(2, "x1"), (3, "weight"), (4, "weight"), (4, "x4")]


@pytest.mark.parametrize(
    ("header", "place", "key", "message"),
    [
        (HEADER.replace(",y,", ","), 40, "y", "this column is missing"),
        (HEADER.replace("x10", "x9"), 22, "x9", "unknown column"),
        (HEADER.replace("x10", "x11"), 26, "x11", "stands twice"),
        (HEADER + ",note", 43, "note", "unknown column"),
    ],
)
def test_a_wrong_header(tmp_path: Path, header: str, place: int, key: str, message: str) -> None:
    problem = problems_of(tmp_path, "\n".join((header, *LINES[1:])))[0]
    assert (problem.file, problem.line, problem.column) == (str(tmp_path / FILE), 1, place)
    assert problem.key == key
    assert message in problem.message


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    turned = [",".join(line.split(",")[::-1]) for line in LINES]
    assert read_survey(evidence_in(tmp_path, "\n".join(turned))).firms == pytest.approx(8.25)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "this file is empty"),
        (HEADER + "\n", 2, "a header but no rows"),
        ("\n".join((*LINES, "1,1")), 6, "2 cells where the header has 12"),
        ("\n".join((*LINES, '1,"1')), 6, "a quotation mark is not closed"),
    ],
)
def test_a_broken_file(tmp_path: Path, text: str, line: int, message: str) -> None:
    (problem,) = problems_of(tmp_path, text)
    assert (problem.file, problem.line) == (str(tmp_path / FILE), line)
    assert message in problem.message


def test_a_folder_that_is_not_calibrated_is_told_what_to_run(tmp_path: Path) -> None:
    folder = folder_without(tmp_path / "own")
    with pytest.raises(InputError) as caught:
        read_survey(replace(EVIDENCE, folder=folder))
    (problem,) = caught.value.problems
    assert problem.file == str(folder / FILE)
    assert f"upgrading calibrate {folder}" in problem.message
    with pytest.raises(InputError, match="upgrading calibrate"):
        compile_scenario(load_scenario("baseline", scale=0.002), replace(EVIDENCE, folder=folder))


# --- leaving rare answers out ------------------------------------------------------------------------------


def test_answers_that_next_to_nobody_gives_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Next to nobody of their size, level and change of profit, in survey and province; the table still comes back."""
    small.four_columns(monkeypatch)
    monkeypatch.setattr("sim.evidence.survey_file.LEAST", 0.12)
    given = small.evidence()
    survey = rebuild(given)
    segment = columns_of(survey, ("X2", "X1", "X5")) @ (25, 5, 1)
    within = survey.shares / np.bincount(segment, survey.shares)[segment]
    assert 10 < (within < 0.12).sum() < 100
    left = trimmed(given, survey, survey)
    np.testing.assert_array_equal(left.cells, survey.cells[within >= 0.12])
    assert marks_missed(given, left) == []
    table, own = printed(given), own_equations(given, left)
    assert (np.abs(own.table.b - table.b) <= table.half).all()
    assert (np.abs(own.ratios(left.shares) - table.lr) <= table.half_lr).all()
    assert left.share_y == pytest.approx(survey.share_y, abs=1e-8)
    elsewhere = np.where(within < 0.12, 1.0, 1e-6)
    province = replace(survey, shares=elsewhere / elsewhere.sum())
    np.testing.assert_array_equal(trimmed(given, survey, province).cells, survey.cells)
