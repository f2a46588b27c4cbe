"""derived/covariance.csv: read as written, absent before calibration, mistakes reported at their place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.evidence.covariance import FILE, cholesky, write_covariance
from sim.evidence.regression import VARIABLES, coefficients, covariance_factor, entered
from sim.evidence.tables import DERIVED, Evidence, files_of, folder_digest, load_evidence
from sim.runs.run import evidence_of
from sim.world.compiled import compile_scenario
from sim.world.scenario import load_scenario
from tests.stated_covariance import COLUMN, HUBEI, covariance, evidence_with, folder_with, folder_without

STATED = {"_cons": 0.6, "X3": 0.28, "X7": 0.14}


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_evidence(folder)
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_with(tmp_path / "hubei", STATED, 0.2)


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """A province before calibration."""
    return load_evidence(folder_without(tmp_path_factory.mktemp("evidence") / "hubei"))


def test_it_is_read_as_it_was_written(folder: Path) -> None:
    evidence = load_evidence(folder)
    assert list(evidence.covariance) == [COLUMN]
    read, written = evidence.covariance[COLUMN], covariance(STATED, 0.2)
    np.testing.assert_allclose(read, written, rtol=1e-8)
    np.testing.assert_array_equal(read, read.T)
    for absent in ("X8", "X9", "X12"):
        assert not read[VARIABLES.index(absent)].any()
    with pytest.raises(ValueError, match="read-only"):
        read[0, 0] = 1
    first = (folder / FILE).read_bytes()
    write_covariance(folder / FILE, evidence.covariance)
    assert (folder / FILE).read_bytes() == first, "written again it is the same file"


def test_every_column_of_table_5_can_have_one(tmp_path: Path) -> None:
    folder = folder_without(tmp_path / "hubei")
    columns = range(1, 10)
    write_covariance(folder / FILE, {column: covariance({}, 0.1, column) for column in columns})
    evidence = load_evidence(folder)
    assert list(evidence.covariance) == list(columns)
    for column in columns:
        known = np.flatnonzero(np.diag(evidence.covariance[column]))
        assert [VARIABLES[k] for k in known] == ["_cons", *entered(evidence, column)]


def test_the_factor_gives_the_covariance_back(folder: Path) -> None:
    evidence = load_evidence(folder)
    factor = covariance_factor(evidence, COLUMN)
    np.testing.assert_allclose(factor @ factor.T, evidence.covariance[COLUMN], rtol=1e-12, atol=1e-18)
    assert not np.triu(factor, 1).any()
    np.testing.assert_array_equal(factor, cholesky(evidence.covariance[COLUMN]))


def test_a_province_before_calibration_has_none(without: Evidence) -> None:
    assert without.covariance == {}
    with pytest.raises(InputError, match="upgrading calibrate") as caught:
        covariance_factor(without, COLUMN)
    (problem,) = caught.value.problems
    assert problem.file == str(without.folder / FILE)
    assert (problem.key, problem.value) == ("difficulty.coefficients", "drawn")


def test_only_who_draws_needs_it(without: Evidence, folder: Path) -> None:
    held = load_scenario("baseline", scale=0.002)
    drawn = held.with_coefficients("drawn")
    without = replace(load_evidence(folder), covariance={})
    assert not compile_scenario(held, without).inputs.beta_factor.any()
    with pytest.raises(InputError, match="upgrading calibrate"):
        compile_scenario(drawn, without)
    inputs = compile_scenario(drawn, load_evidence(folder)).inputs
    assert inputs.beta_factor.any()
    np.testing.assert_array_equal(inputs.beta, coefficients(without, COLUMN))
    other = load_scenario("baseline", scale=0.002, difficulty={"column": 3, "coefficients": "drawn"})
    with pytest.raises(InputError, match="covariance of column 3"):
        compile_scenario(other, load_evidence(folder))


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("9,X3,X3,", "9,X8,X3,", 3, "X8 does not enter column 9 of Table 5"),
        ("9,X3,X3,", "9,X3,X12,", 6, "X12 does not enter column 9 of Table 5"),
        ("9,X3,X3,", "9,X33,X3,", 3, "did you mean"),
        ("9,X3,X3,", "10,X3,X3,", 1, "allowed are 1, 2"),
        ("9,X3,X1,", "9,X1,X3,", 3, "only the lower triangle is given: write X3,X1"),
        ("9,X3,X3,", "9,X3,X3,-", 9, "a variance must be above 0"),
        ("9,X3,X3,", "9,X3,X3,a", 9, "must be a number"),
        ("9,X3,X1,", "9,X3,X2,", 1, "given twice"),
    ],
)
def test_one_wrong_cell(folder: Path, old: str, new: str, place: int, message: str) -> None:
    path = folder / FILE
    text = path.read_text()
    assert text.count(old) == 1
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new))
    (problem, *_) = found = problems_of(folder)
    assert len(found) == 1, found
    if message != "given twice":  # told of the second of the two
        assert problem.startswith(f"{path}:{line}:{place}  ")
    assert message in problem


def test_an_entry_that_is_missing(folder: Path) -> None:
    path = folder / FILE
    lines = [line for line in path.read_text().splitlines() if not line.startswith(("9,X3,X1,", "9,X7,X7,"))]
    path.write_text("\n".join(lines) + "\n")
    (problem,) = problems_of(folder)
    assert problem.startswith(f"{path}:{len(lines) + 1}:1  column + row + col")
    assert "2 rows are missing: 9 X3 X1; 9 X7 X7" in problem


def test_what_is_not_positive_definite(folder: Path) -> None:
    path = folder / FILE
    matrix = covariance(STATED, 0.2)
    a, b = VARIABLES.index("X3"), VARIABLES.index("X7")
    matrix[a, b] = matrix[b, a] = 1.01 * np.sqrt(matrix[a, a] * matrix[b, b])
    write_covariance(path, {COLUMN: matrix})
    (problem,) = problems_of(folder)
    assert problem.startswith(f"{path}:2:1  column: 9")
    assert "not positive definite" in problem


def test_digest_follows_what_runs_read_and_nothing_else(tmp_path: Path) -> None:
    folder = folder_without(tmp_path / "hubei")
    seen = {folder_digest(folder)}
    (folder / "derived").mkdir()
    (folder / "derived" / "report.md").write_text("for people")
    (folder / "derived" / "scores.csv").write_text("a,b\n1,2\n")
    assert folder_digest(folder) in seen
    for name in DERIVED:
        (folder / name).write_text("a,b\n1,2\n")
        assert folder_digest(folder) not in seen
        seen.add(folder_digest(folder))
    assert len([path for path in files_of(folder) if path.parent.name == "derived"]) == len(DERIVED)
    assert len(seen) == 1 + len(DERIVED), "the parameters of both folders are told apart"


def test_evidence_is_read_again_when_a_derived_file_comes_or_goes(tmp_path: Path) -> None:
    folder = folder_without(tmp_path / "hubei")
    scenario = load_scenario("baseline", evidence=str(folder))
    before = evidence_of(scenario)
    assert evidence_of(scenario) is before
    write_covariance(folder / FILE, {COLUMN: covariance(STATED)})
    after = evidence_of(scenario)
    assert (list(before.covariance), list(after.covariance)) == ([], [COLUMN])
    (folder / FILE).unlink()
    assert evidence_of(scenario).digest == before.digest


def test_the_bundled_one_is_whole_where_there_is_one(tmp_path: Path) -> None:
    evidence = load_evidence(HUBEI)
    assert list(evidence.covariance) in ([], list(range(1, 10)))
    assert evidence_with(tmp_path / "hubei", STATED).digest != evidence.digest
