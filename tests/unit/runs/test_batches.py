"""Plans, the ledger and sweeps on toys: what is kept, what is done again, what stops a sweep and what does not."""

import errno
import itertools
import os
import pickle
import random
import shutil
import time
from concurrent.futures import Future
from copy import copy
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sim.analysis.studies.designs import draw
from sim.errors import InputError, Message
from sim.files import atomic
from sim.files.atomic import write_whole
from sim.runs import batches as batches_module
from sim.runs import ledger as ledger_module
from sim.runs.batches import Plan, carry_out, work
from sim.runs.elsewhere import Workplace, here
from sim.runs.experiment import Design, Sample
from sim.runs.ledger import Ledger
from sim.runs.machine import kept_in
from sim.runs.provenance import StrangerError
from tests.toys import (
    Toy,
    every_seventh_fails,
    experiment,
    hypercube,
    noisy,
    policies,
    sometimes_nothing,
    unit,
)


def plan_of(asked, toy):
    return Plan.of(asked, draw(asked.design, asked.factors, asked.seed), toy)


def done(plan, folder, workers=1, **options):
    """Sweep a plan; give ledger and tally."""
    ledger = Ledger(folder, plan.identity, plan.subject.outcomes)
    with ledger.held(), here(workers) as place:
        tally = carry_out(plan, ledger, place, **options)
        ledger.write_table(plan)
    return ledger, tally


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


class KilledError(Exception):
    pass


def stop_after(batches):
    """A report that ends the work as a kill would, between two batches."""
    count = itertools.count(1)

    def report(tally):
        if tally.done and next(count) >= batches:
            raise KilledError

    return report


PLAN = plan_of(hypercube(50, replications=10), Toy(noisy))


def test_every_run_is_there_with_its_key_and_outcome(tmp_path):
    ledger, tally = done(PLAN, tmp_path)
    table = pq.read_table(tmp_path / "runs.parquet").to_pandas()
    assert (tally.done, tally.total, tally.failed) == (500, 500, 0)
    assert list(zip(table["row"], table["replication"], strict=True)) == [
        (r, k) for r in range(50) for k in range(10)
    ]
    assert table["key"].is_unique
    assert set(table["state"]) == {"succeeded"}
    assert np.isfinite(table["y"]).all()
    assert ledger.running() == set()


def test_all_rows_have_the_same_luck(tmp_path):
    plan = plan_of(hypercube(20, replications=4), Toy(policies, cases=("base", "first", "second")))
    done(plan, tmp_path)
    table = pd.read_parquet(tmp_path / "runs.parquet")
    wide = table.pivot_table(index=["row", "replication"], columns="scenario", values="y")
    assert np.allclose(wide["first"] - wide["base"], 1.0)
    luck = (table[table["scenario"] == "base"].set_index(["row", "replication"])["y"]).unstack()
    assert np.allclose(luck.diff(axis=1).iloc[:, 1:].std(axis=0), 0.0)


def test_an_echo_has_other_luck():
    sample = Sample(np.full((2, 2), 0.5), np.array([0, 1]), 2)
    plan = Plan.of(hypercube(2, replications=3), sample, Toy(noisy))
    assert [run.replication for run in plan.runs_of(0, "toy")] == [0, 1, 2]
    assert [run.replication for run in plan.runs_of(1, "toy")] == [3, 4, 5]


@pytest.mark.parametrize("workers", [2, 5])
def test_workers_change_no_byte(tmp_path, workers):
    done(PLAN, tmp_path / "one")
    done(PLAN, tmp_path / "more", workers)
    assert contents(tmp_path / "one") == contents(tmp_path / "more")


@pytest.mark.parametrize("batches", [1, 4])
def test_a_sweep_that_stopped_ends_in_the_same_bytes(tmp_path, batches):
    done(PLAN, tmp_path / "whole")
    with pytest.raises(KilledError):
        done(PLAN, tmp_path / "stopped", report=stop_after(batches))
    kept = contents(tmp_path / "stopped")
    assert len(kept) >= batches
    _, tally = done(PLAN, tmp_path / "stopped", workers=2)
    assert tally.earlier == 10 * PLAN.batch_rows * len(kept)
    assert contents(tmp_path / "whole") == contents(tmp_path / "stopped")


def test_what_is_not_done_yet_is_pending(tmp_path):
    with pytest.raises(KilledError):
        done(PLAN, tmp_path, report=stop_after(2))
    ledger = Ledger(tmp_path, PLAN.identity, ("y",))
    table = pd.read_parquet(ledger.write_table(PLAN))
    assert len(table) == 500
    assert set(table["state"]) == {"succeeded", "pending"}
    assert table.loc[table["state"] == "pending", "y"].isna().all()
    assert table["key"].is_unique


def test_batches_handed_out_are_running_while_their_sweep_lives(tmp_path):
    ledger = Ledger(tmp_path, PLAN.identity, ("y",))
    with ledger.held():
        ledger.note_running([0])
        assert set(pd.read_parquet(ledger.write_table(PLAN))["state"]) == {"running", "pending"}
    # Its process is gone: nobody is at it.
    assert set(pd.read_parquet(ledger.write_table(PLAN))["state"]) == {"pending"}


def test_two_sweeps_do_not_work_on_one_folder(tmp_path):
    ledger = Ledger(tmp_path, PLAN.identity, ("y",))
    with (
        ledger.held(),
        pytest.raises(InputError, match="another process"),
        Ledger(tmp_path, PLAN.identity, ("y",)).held(),
    ):
        pass


def test_failures_are_data_and_stop_nobody(tmp_path):
    plan = plan_of(hypercube(20, replications=14), Toy(every_seventh_fails))
    ledger, tally = done(plan, tmp_path, workers=2)
    table = pd.read_parquet(tmp_path / "runs.parquet")
    failed = table[table["state"] == "failed"]
    assert tally.failed == len(failed) == 40
    assert set(failed["replication"]) == {6, 13}
    assert failed["error"].iloc[0] == "RuntimeError: replication 6 is a seventh one"
    assert failed["y"].isna().all()
    assert table.loc[table["state"] == "succeeded", "error"].isna().all()
    assert [run.run.row for _, run in ledger.failures()] == list(failed["row"])


def test_a_number_that_is_none_is_a_failure(tmp_path):
    plan = plan_of(hypercube(40), Toy(sometimes_nothing))
    _, tally = done(plan, tmp_path)
    table = pd.read_parquet(tmp_path / "runs.parquet")
    assert tally.failed == 4
    assert set(table.loc[table["state"] == "failed", "error"]) == {"y: no number"}


def test_values_that_do_not_go_together_fail_their_row(tmp_path):
    class Picky(Toy):
        def job(self, case, values):
            if values["x1"] < 0.1:
                raise InputError(Message("errors.quoted", text="x1 is too small"))
            return super().job(case, values)

    plan = plan_of(hypercube(20, replications=2), Picky(noisy))
    _, tally = done(plan, tmp_path)
    table = pd.read_parquet(tmp_path / "runs.parquet")
    assert tally.failed == 4
    assert set(table["error"].dropna()) == {"x1 is too small"}


def test_failed_batches_can_be_done_again(tmp_path):
    plan = plan_of(hypercube(20, replications=14), Toy(every_seventh_fails))
    ledger, _ = done(plan, tmp_path)
    batches = {batch for batch, _ in ledger.failures()}
    before = contents(tmp_path)
    with pytest.raises(KilledError):
        done(plan, tmp_path, again=batches, report=kill)
    assert contents(tmp_path) == before  # nothing is given up before there is something new
    _, tally = done(plan, tmp_path, again=batches)
    assert tally.earlier == plan.runs - sum(len(plan.rows(batch)) * 14 for batch in batches)
    assert contents(tmp_path) == before


def kill(tally):
    raise KilledError


def test_batches_of_another_plan_go_with_those_behind_its_end(tmp_path):
    """As after a second try of a screen: another plan, and a shorter one."""
    long = plan_of(hypercube(300), Toy(noisy))
    ledger, _ = done(long, tmp_path)
    assert len(ledger.done()) > 2
    ledger.check(itertools.islice(iter(long), 1))
    assert len(ledger.done()) == long.batches  # a shorter plan of the same runs leaves them alone
    ledger.check(plan_of(hypercube(64, names=("x1", "x3")), Toy(noisy)))
    assert ledger.done() == set()


def test_a_full_disk_keeps_what_is_done(tmp_path, monkeypatch):
    done(PLAN, tmp_path / "whole")
    written = itertools.count()

    def full(path, content, *, flush=True):
        if path.suffix == ".parquet":
            next(written)
        if next(copy(written)) > 3:  # from then on nothing can be written at all
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write_whole(path, content, flush=flush)

    monkeypatch.setattr(ledger_module, "write_whole", full)
    with pytest.raises(InputError, match=r"disk is full.*--resume"), kept_in(tmp_path / "full"):
        done(PLAN, tmp_path / "full")
    monkeypatch.undo()
    assert len(contents(tmp_path / "full")) == 3
    done(PLAN, tmp_path / "full")
    assert contents(tmp_path / "whole") == contents(tmp_path / "full")


def test_half_a_file_is_never_left(tmp_path, monkeypatch):
    write_whole(tmp_path / "file", b"before")

    def broken(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", broken)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "file", b"after")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"before"


def test_nothing_new_begins_when_the_time_is_over(tmp_path):
    _, tally = done(PLAN, tmp_path, until=time.monotonic())
    assert tally.done == 0
    _, tally = done(PLAN, tmp_path)
    assert tally.done == 500


def test_runs_of_another_experiment_are_not_mixed_in(tmp_path):
    done(PLAN, tmp_path)
    other = plan_of(replace(PLAN.experiment, seed=8), PLAN.subject)
    with pytest.raises(InputError, match="another experiment"):
        done(other, tmp_path)


def test_what_a_sweep_is_decides_its_keys():
    keys = {run.key for run in PLAN.runs_of(0, "toy")}
    assert keys == {run.key for run in plan_of(PLAN.experiment, Toy(noisy)).runs_of(0, "toy")}
    other = [
        plan_of(replace(PLAN.experiment, seed=8), PLAN.subject),
        plan_of(PLAN.experiment, Toy(every_seventh_fails)),
        plan_of(
            PLAN.experiment, replace(PLAN.subject, passport=replace(PLAN.subject.passport, sources="other"))
        ),
        plan_of(
            PLAN.experiment,
            replace(PLAN.subject, passport=replace(PLAN.subject.passport, evidence=(("e", "1"),))),
        ),
    ]
    for plan in other:
        assert keys.isdisjoint(run.key for run in plan.runs_of(0, "toy"))


@pytest.mark.parametrize("size", [8, 32])
@pytest.mark.parametrize("replications", [1, 5, 40])
def test_a_design_twice_the_size_continues_its_batches(size, replications):
    factors = unit("a", "b", "c")
    small, large = (
        plan_of(experiment(factors, Design("sobol", size=n), replications), Toy(noisy))
        for n in (size, 2 * size)
    )
    assert small.batch_rows == large.batch_rows
    assert len(small.sample) % small.batch_rows == 0
    assert list(small) == list(itertools.islice(large, small.batches))


def test_a_worker_that_differs_is_refused():
    stranger = replace(PLAN.subject.passport, versions=("python 2.7",))
    with pytest.raises(StrangerError, match=r"versions: python 2\.7 here"):
        work(replace(PLAN.order(0), passport=stranger))


def test_orders_can_be_sent():
    order = pickle.loads(pickle.dumps(PLAN.order(0)))
    assert [run.outcomes for run in work(order)] == [run.outcomes for run in work(PLAN.order(0))]


def test_few_batches_are_out_at_a_time(tmp_path):
    """Memory stays flat: results wait on disk, not in futures."""
    ledger = Ledger(tmp_path, PLAN.identity, ("y",))
    waiting = []

    class Immediate:
        def submit(self, function, order):
            waiting.append(len(submitted) - len(ledger.shards()))
            submitted.append(order)
            future = Future()
            future.set_result(function(order))
            return future

    submitted = []
    carry_out(PLAN, ledger, Workplace(Immediate(), lambda: 1))
    assert len(submitted) == PLAN.batches
    assert max(waiting) == 1  # before it goes out itself


def test_shards_are_tables_for_anybody_while_the_sweep_is_running(tmp_path):
    seen = []

    def look(tally):
        if not tally.done:
            return
        seen.append(len(pd.read_parquet(tmp_path / "runs")))
        query = f"select count(*) from '{tmp_path}/runs/*.parquet' where state = 'succeeded'"
        assert duckdb.sql(query).fetchall() == [(seen[-1],)]

    done(PLAN, tmp_path, report=look)
    assert seen == sorted(seen)
    assert seen[0] > 0
    assert seen[-1] == 500


def test_shards_of_other_rows_are_done_again(tmp_path):
    """A screen that is done again may let others through; batches of the same number hold other runs then."""
    done(PLAN, tmp_path / "whole")
    other = plan_of(hypercube(50, replications=10, names=("x1", "x3")), Toy(noisy_but_x3))
    assert other.identity != PLAN.identity
    twin = replace(other, identity=PLAN.identity)
    done(twin, tmp_path / "reused")
    _, tally = done(PLAN, tmp_path / "reused")
    assert tally.earlier == 0
    assert contents(tmp_path / "whole") == contents(tmp_path / "reused")


def noisy_but_x3(v, luck, replication, case):
    return v["x1"] + v["x3"] * luck


# ---------------------------------------------------------------------------------------------------------
# damage
# ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    done(PLAN, folder)
    return folder


@pytest.fixture
def harmed(whole, tmp_path):
    """A copy of a finished study, to be damaged."""
    return shutil.copytree(whole, tmp_path / "harmed")


def shard(folder, batch=3):
    return folder / "runs" / f"batch-{batch:06}.parquet"


def resumed(folder, whole):
    """Go on with a study, which must end in the bytes of the undisturbed one; give what was told."""
    told = []
    _, tally = done(PLAN, folder, tell=told.extend)
    assert tally.done == tally.total
    assert contents(folder) == contents(whole)
    assert (folder / "ledger.json").read_bytes() == (whole / "ledger.json").read_bytes()
    return [(damage.file, damage.fault) for damage in told], tally


def flip(path, draw):
    content = bytearray(path.read_bytes())
    bit = draw.randrange(8 * len(content))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("seed", range(20))
def test_a_flipped_bit_is_told_and_its_batch_done_again(whole, harmed, seed):
    draw = random.Random(seed)
    batch = draw.randrange(PLAN.batches)
    flip(shard(harmed, batch), draw)
    told, tally = resumed(harmed, whole)
    assert told == [(shard(harmed, batch).name, "damaged")]
    assert tally.earlier == tally.total - 10 * len(PLAN.rows(batch))


def cut(folder):
    shard(folder).write_bytes(shard(folder).read_bytes()[:-100])


def empty(folder):
    shard(folder).write_bytes(b"")


def edit(folder):
    frame = pd.read_parquet(shard(folder))
    frame.loc[0, "y"] = float("nan")
    frame.to_parquet(shard(folder))


def become_a_folder(folder):
    shard(folder).unlink()
    shard(folder).mkdir()


def become_a_pipe(folder):
    shard(folder).unlink()
    os.mkfifo(shard(folder))


def point_nowhere(folder):
    shard(folder).unlink()
    shard(folder).symlink_to("nowhere")


def take_the_place(folder):
    shutil.copy(shard(folder, 4), shard(folder, 3))


def swap(folder):
    shard(folder, 3).rename(folder / "kept")
    shard(folder, 4).rename(shard(folder, 3))
    (folder / "kept").rename(shard(folder, 4))


def come_from_another_study(folder):
    other = plan_of(replace(PLAN.experiment, seed=8), PLAN.subject)
    done(other, folder / "other")
    shutil.copy(shard(folder / "other"), shard(folder))
    shutil.rmtree(folder / "other")


def copy_beside(folder):
    shutil.copy(shard(folder), folder / "runs" / "batch-000003 (copy).parquet")
    shutil.copy(shard(folder), folder / "runs" / "batch-3.parquet")
    shutil.copy(shard(folder), folder / "runs" / "mine.parquet")


def rename(folder):
    shard(folder).rename(folder / "runs" / "batch-3.parquet")


NAME = "batch-000003.parquet"


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (cut, [(NAME, "damaged")]),
        (empty, [(NAME, "damaged")]),
        (edit, [(NAME, "damaged")]),
        (become_a_folder, [(NAME, "unreadable")]),
        (become_a_pipe, [(NAME, "unreadable")]),
        (point_nowhere, [(NAME, "unreadable")]),
        (take_the_place, [(NAME, "foreign")]),
        (swap, [(NAME, "foreign"), ("batch-000004.parquet", "foreign")]),
        (come_from_another_study, [(NAME, "foreign")]),
        (rename, [("batch-3.parquet", "stray")]),
        (
            copy_beside,
            [(f"{name}.parquet", "stray") for name in ("batch-000003 (copy)", "batch-3", "mine")],
        ),
    ],
)
def test_what_is_damaged_or_foreign_is_set_aside_and_done_again(whole, harmed, damage, told):
    damage(harmed)
    found, _ = resumed(harmed, whole)
    assert found == told
    kept = sorted(path.name for path in (harmed / "aside").iterdir())
    assert kept == sorted(f"{file}.{fault}-1" for file, fault in told)
    assert resumed(harmed, whole)[0] == []  # told once


def test_nothing_that_is_set_aside_takes_the_place_of_another(whole, harmed):
    for _ in range(2):
        empty(harmed)
        resumed(harmed, whole)
    kept = sorted(path.name for path in (harmed / "aside").iterdir())
    assert kept == [f"{NAME}.damaged-1", f"{NAME}.damaged-2"]


def test_a_batch_that_cannot_be_opened_is_done_again(whole, harmed, monkeypatch):
    """As without permission, or where the disk itself fails; root may read everything."""
    opened = Path.read_bytes

    def refused(path):
        if path == shard(harmed):
            monkeypatch.undo()
            raise OSError(errno.EIO, "Input/output error", str(path))
        return opened(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    assert resumed(harmed, whole)[0] == [(NAME, "unreadable")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"identity": "another", "outcomes": ["y"]}',
        None,
    ],
    ids=["empty", "cut", "a list", "null", "no text", "deep", "foreign", "missing"],
)
def test_a_ledger_that_is_lost_is_made_anew(whole, harmed, content):
    (harmed / "ledger.json").unlink()
    if content is not None:
        (harmed / "ledger.json").write_bytes(content)
    assert resumed(harmed, whole)[0] == [("ledger.json", "rebuilt")]


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1}', b'[[1], "x"]'])
def test_a_note_of_running_batches_that_is_broken_is_no_matter(tmp_path, content):
    ledger = Ledger(tmp_path, PLAN.identity, ("y",))
    (tmp_path / "running.json").write_bytes(content)
    with ledger.held():
        assert ledger.running() == set()


def test_damage_that_comes_while_a_sweep_runs_reaches_no_table(whole, harmed):
    for harm in (empty, lambda folder: shard(folder).unlink()):
        ledger = Ledger(harmed, PLAN.identity, ("y",))
        ledger.check(PLAN)
        harm(harmed)
        with pytest.raises(InputError, match=rf"{NAME} is (damaged|gone).*--resume"):
            ledger.write_table(PLAN)
        resumed(harmed, whole)


# ---------------------------------------------------------------------------------------------------------
# what the machine refuses
# ---------------------------------------------------------------------------------------------------------


def greedy(v, luck, replication, case):
    if v["x1"] > 0.5:
        raise MemoryError
    return v["x1"]


@pytest.mark.parametrize("workers", [1, 2])
def test_memory_refused_to_a_worker_ends_the_sweep_and_is_no_outcome(tmp_path, workers):
    plan = plan_of(hypercube(600), Toy(greedy))
    with pytest.raises(InputError, match=r"not enough memory.*--resume"), kept_in(tmp_path):
        done(plan, tmp_path, workers=workers)
    ledger = Ledger(tmp_path, plan.identity, ("y",))
    assert list(ledger.failures()) == []


def deleted(folder):
    return lambda tally: shutil.rmtree(folder, ignore_errors=True)


def test_a_folder_deleted_under_a_sweep_is_told(tmp_path):
    with pytest.raises(InputError, match=r"moved or deleted.*--resume"), kept_in(tmp_path / "out"):
        done(PLAN, tmp_path / "out", report=deleted(tmp_path / "out"))
    with pytest.raises(InputError, match=r"No such file.*--resume"), kept_in(tmp_path):
        done(PLAN, tmp_path / "runs", report=deleted(tmp_path / "runs"))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "out/runs.parquet"),
            "out/runs.parquet: Permission",
        ),
        (OSError(errno.EROFS, "Read-only file system", "out/x"), "Read-only file system"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "disk is full"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "not enough memory"),
        (RuntimeError("can't start new thread"), "not enough memory"),
        (ImportError("libx.so: failed to map segment from shared object"), "not enough memory"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_what_a_machine_refuses_is_a_sentence(tmp_path, error, said):
    with pytest.raises(InputError, match=rf"{said}.*--resume"), kept_in(tmp_path):
        raise error


@pytest.mark.parametrize(
    "error", [RuntimeError("a mistake of the program"), OSError("the line is down"), KeyError("x")]
)
def test_what_a_machine_does_not_refuse_stays_what_it_is(tmp_path, error):
    with pytest.raises(type(error)), kept_in(tmp_path):
        raise error


class Fatal:
    """Work that kills the thread that takes it, as memory refused between two batches does."""

    def run(self):
        raise MemoryError


def test_threads_that_died_are_no_workers():
    with here(1) as place:
        assert place.workers() == 1
        place.executor.submit(int).result()
        assert place.workers() == 1
        place.executor._work_queue.put(Fatal())
        end = time.monotonic() + 60
        while place.workers():
            assert time.monotonic() < end
            time.sleep(0.001)


def test_nobody_waits_for_ever_for_workers_that_are_lost(tmp_path, monkeypatch):
    class Deaf:
        def submit(self, function, order):
            return Future()

    monkeypatch.setattr(batches_module, "TICK", 0.01)
    monkeypatch.setattr(batches_module, "PATIENCE", 0.05)
    with pytest.raises(InputError, match=r"all workers are lost.*--resume"):
        carry_out(PLAN, Ledger(tmp_path, PLAN.identity, ("y",)), Workplace(Deaf(), lambda: 0))


def test_evidence_or_scenarios_that_change_meanwhile_end_the_sweep(tmp_path):
    stranger = replace(PLAN.subject, passport=replace(PLAN.subject.passport, evidence=(("hubei", "other"),)))
    plan = plan_of(PLAN.experiment, stranger)
    with pytest.raises(InputError, match=r"evidence: hubei .*--resume"):
        done(plan, tmp_path)
