"""What calibration leaves behind: derived files that match the evidence, all of them or none.

Calibration itself is run in `tests/statistical/test_calibration.py`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.analysis.record.calibrate import calibrate, table5_refit, write_derived
from sim.errors import InputError
from sim.evidence.survey import Survey
from sim.evidence.survey_file import read_survey, write_survey
from sim.evidence.tables import MADE_FROM, file_digest, folder_digest, is_stale, load_evidence
from tests import small_survey as small
from tests.stated_covariance import HUBEI, folder_without

FILES = {"derived/one.csv": b"1\n", "derived/two.csv": b"2\n"}


def found(files: dict[str, bytes] = FILES) -> Any:
    """As much of a calibration as is written."""
    return SimpleNamespace(files=files)


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / "derived").rglob("*"))
        if path.is_file()
    }


# --- derived files and the evidence they were made from ----------------------------------------------------


def test_what_is_committed_was_made_from_the_evidence_as_it_is() -> None:
    """If this fails, the evidence was edited: run `upgrading calibrate hubei`."""
    lines = (HUBEI / MADE_FROM).read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["file,digest", f"evidence,{folder_digest(HUBEI, derived=False)}"]
    files = sorted(path for path in (HUBEI / "derived").iterdir() if path != HUBEI / MADE_FROM)
    assert lines[2:] == [f"derived/{path.name},{file_digest(path)}" for path in files]
    assert not is_stale(HUBEI)


def test_edited_evidence_is_told_from_calibrated(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(HUBEI, tmp_path / "own"))
    assert not is_stale(folder), "where it lies and what it is called plays no part"
    (folder / "notes.txt").write_text("not evidence")
    assert not is_stale(folder)
    records = folder / "records.csv"
    before = records.read_bytes()
    records.write_bytes(before.replace(b",306,", b",307,"))
    assert is_stale(folder)
    records.write_bytes(before)
    assert not is_stale(folder)
    assert not is_stale(folder_without(tmp_path / "bare")), "who needs it calibrated says so"


def test_a_mistake_is_told_where_the_person_can_mend_it(tmp_path: Path) -> None:
    folder = folder_without(tmp_path / "own")
    records = folder / "records.csv"
    text = records.read_text(encoding="utf-8")
    records.write_text(text.replace("survey_firms,2022,306", "survey_firms,2022,many"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        calibrate(str(folder))
    (problem,) = caught.value.problems
    assert (problem.file, problem.value) == (str(records), "many")


# --- writing them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [{}, {"derived/one.csv": b"0\n", "derived/old.csv": b"0\n"}])
def test_derived_files_take_the_place_of_earlier_ones(tmp_path: Path, before: dict[str, bytes]) -> None:
    for name, text in before.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text)
    assert write_derived(tmp_path, found()) == [tmp_path / name for name in FILES]
    assert content(tmp_path) == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["derived"], "nothing is left behind"


@pytest.mark.parametrize("moves", [0, 1])
def test_derived_files_stay_as_they_were_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    """Whether the earlier ones cannot be moved away, or the new ones not to their place."""
    write_derived(tmp_path, found({"derived/one.csv": b"0\n"}))
    done: list[str] = []
    replace = os.replace

    def fail(old: Path, new: Path) -> None:
        if len(done) == moves:
            done.append("failed")
            raise PermissionError(13, "Permission denied")
        done.append("moved")
        replace(old, new)

    monkeypatch.setattr("sim.analysis.record.calibrate.os.replace", fail)
    with pytest.raises(InputError, match="upgrading init") as caught:
        write_derived(tmp_path, found())
    assert caught.value.problems[0].file == str(tmp_path)
    assert content(tmp_path) == {"derived/one.csv": b"0\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["derived"]


def test_an_interruption_leaves_earlier_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_derived(tmp_path, found({"derived/one.csv": b"0\n"}))

    def stop(path: Path, data: bytes) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", stop)
    with pytest.raises(KeyboardInterrupt):
        write_derived(tmp_path, found())
    assert content(tmp_path) == {"derived/one.csv": b"0\n"}


# --- numbers for the report --------------------------------------------------------------------------------


def test_table_5_is_refitted_to_the_survey_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real answers in place of a rebuilt survey: what the regressions printed comes back, rounded as they were."""
    small.four_columns(monkeypatch)
    monkeypatch.setattr("sim.analysis.record.calibrate.COLUMNS", small.COLUMNS)
    x, y = small.sample()
    cells, at = np.unique(x, axis=0, return_inverse=True)
    firms = np.bincount(at)
    difficulty = np.clip(np.bincount(at, y) / firms, 1e-9, 1 - 1e-9)
    survey = Survey(small.NAMES, cells.astype(np.int8), firms / firms.sum(), difficulty, firms.sum(), 0.0)
    write_survey(tmp_path, survey)
    table5, likelihood = table5_refit(small.evidence(), tmp_path / "derived" / "survey.csv")
    assert len(table5) == sum(1 + count for count in small.ENTER)
    assert np.abs(table5["refit"] - table5["printed"]).max() < 1e-4
    slopes = table5[table5["variable"] != "_cons"]
    assert (slopes["marks_refit"] == slopes["marks_printed"]).all()
    np.testing.assert_allclose(table5["z"], (table5["refit"] / table5["standard_error"]).abs())
    assert np.abs(likelihood["refit"] - likelihood["printed"]).max() < 0.001


def test_the_committed_survey_has_as_many_firms_as_the_record() -> None:
    evidence = load_evidence(HUBEI)
    assert read_survey(evidence).firms == pytest.approx(evidence.records["survey_firms", 2022].value)
