"""The ensemble of a small province: reproducible, resumable, and clear about what it cannot use."""

import json
import re
import shutil
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.analysis.record import ensemble as room
from sim.analysis.record.ensemble import ensemble, targets
from sim.analysis.record.history import record_scenario, yearly_counts
from sim.errors import InputError
from sim.evidence.history import parts
from sim.evidence.tables import load_evidence, write_made_from
from sim.files.names import evidence_folder
from sim.runs.run import evidence_of
from sim.world.compiled import compile_scenario
from sim.world.levers import LEVERS
from sim.world.members import doubtful, read_members, write_members
from sim.world.parameters import load_parameters

LAKELAND = str(Path(__file__).parents[2] / "provinces" / "lakeland")
FEW = {"members": 20, "steps": 2, "scale": 0.02}


@pytest.fixture(scope="module", autouse=True)
def few_beside():
    """Few runs for luck and for the other readings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "PILOT", 4)
        patch.setattr(room, "COMPARED", 4)
        yield


@pytest.fixture(autouse=True)
def kept_here(tmp_path, monkeypatch):
    """Runs are kept in a folder of the test's own."""
    monkeypatch.setattr(room, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "ensembles"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "cache_folder", lambda: tmp_path_factory.mktemp("cache"))
        return ensemble(LAKELAND, **FEW)


@pytest.mark.slow
def test_an_invented_province_has_settings_too(found):
    registry = load_parameters(Path(LAKELAND))
    assert found.members.names == doubtful(registry)
    assert len(found.members) == FEW["members"] - found.lost - found.left_out
    assert [parameter.name for parameter in found.parameters] == list(found.members.names)
    assert np.isfinite(found.members.simulated).all()
    assert set(found.lines["use"]) >= {"F"}
    assert found.misfit["misfit"].iloc[-1] < found.misfit["misfit"].iloc[0] * 0.75


@pytest.mark.slow
def test_lines_say_what_the_settings_runs_gave(found):
    for k, row in enumerate(found.lines.to_dict("records")):
        low, high = np.quantile(found.members.simulated[:, k], (0.05, 0.95))
        assert (row["q05"], row["q95"]) == pytest.approx((low, high))
        assert row["inside_90"] == (low <= row["recorded"] <= high)
        assert found.members.lines[k] == f"{row['series']} {row['year']}"
    for row in found.coverage.to_dict("records"):
        mine = found.lines[found.lines["use"] == row["use"]]
        assert (row["lines"], row["inside_90"]) == (len(mine), mine["inside_90"].mean())


@pytest.mark.slow
def test_the_same_bytes_for_another_number_of_workers_and_after_an_interruption(
    found, kept_here, tmp_path, monkeypatch
):
    real, done = room.yearly_counts, []

    def interrupted(*given):
        if len(done) == 16:
            raise KeyboardInterrupt
        done.append(given)
        return real(*given)

    monkeypatch.setattr(room, "yearly_counts", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ensemble(LAKELAND, **FEW, workers=1)
    for thread in set(threading.enumerate()) - {threading.current_thread()}:
        thread.join(timeout=30)  # the run in flight ends by itself
    (file,) = kept_here.iterdir()
    kept = len(file.read_text().splitlines())
    assert 10 <= kept <= 15
    file.write_text(file.read_text() + '{"run": "torn')  # as a power failure leaves it

    again = []

    def counted(*given):
        again.append(given)
        return real(*given)

    monkeypatch.setattr(room, "yearly_counts", counted)
    resumed = ensemble(LAKELAND, **FEW, workers=1)
    whole = 1 + room.PILOT + found.redrawn + found.misfit["runs"].sum()
    whole += len(room.READINGS) * min(room.COMPARED, len(found.members))
    assert len(again) == whole - kept
    assert list(kept_here.iterdir()) == [], "nothing is left behind"
    one, two = tmp_path / "one", tmp_path / "two"
    assert write_members(one, resumed.members).read_bytes() == write_members(two, found.members).read_bytes()


def test_progress_reaches_its_end():
    told = []
    ensemble(
        LAKELAND, members=8, steps=1, scale=0.01, progress=lambda done, total: told.append((done, total))
    )
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]


def test_a_setting_that_cannot_run_is_drawn_anew_and_counted(monkeypatch):
    real = room.yearly_counts

    def fails(compiled, places, seed, luck):
        if luck == 3 and not fails.done:
            fails.done = True
            raise OverflowError("a block of slots")
        return real(compiled, places, seed, luck)

    fails.done = False
    monkeypatch.setattr(room, "yearly_counts", fails)
    result = ensemble(LAKELAND, members=8, steps=1, scale=0.01)
    assert result.redrawn == 1
    assert len(result.members) == 8 - result.left_out


def test_ranges_in_which_too_little_runs_are_refused(monkeypatch):
    def fails(compiled, places, seed, luck):
        if luck < 8:
            raise OverflowError("a block of slots")
        return real(compiled, places, seed, luck)

    real = room.yearly_counts
    monkeypatch.setattr(room, "yearly_counts", fails)
    with pytest.raises(InputError, match="only 0 ran"):
        ensemble(LAKELAND, members=8, steps=1, scale=0.01)


def test_a_fitted_record_without_an_error_is_named(tmp_path):
    copy = tmp_path / "lakeland"
    shutil.copytree(LAKELAND, copy)
    (copy / "derived" / "made_from.csv").unlink()
    records = copy / "records.csv"
    text = records.read_text(encoding="utf-8")
    changed = re.sub(r"(hightech_firms,2021,.*?,)0\.\d+(,)", r"\1\2", text)
    assert changed != text
    records.write_text(changed, encoding="utf-8")
    with pytest.raises(InputError, match="hightech_firms 2021"):
        ensemble(str(copy), members=8)


def test_two_lines_on_one_record_count_once_and_hubei_has_errors_for_all():
    evidence = load_evidence(evidence_folder("hubei"))
    keys = [target.line.key for target in targets(evidence)]
    assert len(set(keys)) == len(keys)
    judged = {
        (row.series, row.year) for row in evidence.scorecard if row.target in ("record", "points", "part")
    }
    assert set(keys) == judged


@pytest.mark.slow
def test_what_was_found_is_read_back_from_the_file(found, tmp_path):
    folder = tmp_path / "lakeland"
    shutil.copytree(LAKELAND, folder)
    assert room.read_ensemble(str(folder)) is None
    write_members(folder, found.members)
    write_made_from(folder)
    again = room.read_ensemble(str(folder))
    assert again is not None
    for name in ("numbers", "lines", "misfit", "coverage", "readings"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name))
    assert again.parameters == found.parameters
    assert (again.left_out, again.bound, again.fit) == (found.left_out, found.bound, found.fit)
    assert set(found.readings["reading"]) == {"V*", "D"}


@pytest.mark.slow
def test_the_code_still_yields_the_settings_of_hubei():
    """Some settings of the file, run again with their luck, give what the file says they gave."""
    folder = evidence_folder("hubei")
    registry = load_parameters(folder)
    members = read_members(folder, registry)
    assert members is not None
    base = record_scenario("hubei", end=room.LAST_QUARTER, scale=float(members.made["scale"]))
    evidence = evidence_of(base)
    luck = json.loads(members.made["luck"])
    assert len(luck) == len(members)
    for k in (0, len(members) // 3, len(members) // 2, len(members) - 1):
        compiled = compile_scenario(base.with_parameters(members.setting(k)), evidence)
        counts = yearly_counts(compiled, parts(evidence), int(members.made["seed"]), luck[k])
        gave = [counts[series, int(year)] for series, year in map(str.split, members.lines)]
        # Kept as logarithms, so to the last digit but one; below nothing there is none.
        assert np.maximum(gave, room.LEAST) == pytest.approx(members.simulated[k], rel=1e-12)


@pytest.mark.slow
def test_the_settings_of_hubei_fit():
    folder = evidence_folder("hubei")
    members = read_members(folder, load_parameters(folder))
    assert members is not None
    wanted = [target for target in targets(load_evidence(folder)) if target.line.use == "F"]
    at = [members.lines.index(f"{series} {year}") for series, year in (target.line.key for target in wanted)]
    missed = np.log(members.simulated[:, at]) - np.log([target.line.recorded for target in wanted])
    square = ((missed / [target.error for target in wanted]) ** 2).mean(axis=1)
    assert len(members) >= 150
    assert square.mean() < 2.0, "in errors without luck; 1.5 with it"


def test_numbers_that_only_levers_read_keep_their_prior_in_hubei():
    """No lever is used in the record, so nothing can be learned about them from it."""
    found = room.read_ensemble("hubei")
    idle = {name for lever in LEVERS for name in lever.parameters} & set(found.members.names)
    numbers = found.numbers.set_index("name").loc[sorted(idle)]
    assert len(numbers) > 10
    assert numbers["kept"].to_numpy() == pytest.approx(1, abs=0.01)
    assert numbers["shift"].to_numpy() == pytest.approx(0, abs=0.01)
    assert not set(found.informed) & idle
