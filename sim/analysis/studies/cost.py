"""What an experiment will take: runs, time, disk; reported before anything begins."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sim.analysis.studies.study import planned, screen_of
from sim.errors import InputError, Message
from sim.runs.batches import Subject
from sim.runs.experiment import Experiment, Sample, row_values
from sim.runs.factors import Factor

#: Bytes of a ledger row on disk; only its key resists compression. Measured: 40, and 5 per outcome.
BYTES_PER_RUN, BYTES_PER_OUTCOME = 45, 6
#: What should stay free on the disk.
SPARE_BYTES = 100e6


@dataclass(frozen=True, slots=True)
class Cost:
    """An estimate.

    Attributes
    ----------
    runs, most_runs
        Planned at least, and at most if a design may double.
    seconds, most_seconds
        Of work, from a run timed on this machine, divided by the workers; None if nothing was measured.
    bytes, free
        At most on disk, and free there.
    """

    runs: int
    most_runs: int
    seconds: float | None
    most_seconds: float | None
    bytes: float
    free: float


def cost_of(experiment: Experiment, subject: Subject, workers: int, folder: Path) -> Cost:
    """Estimate what an experiment takes; the first row is run once to time it.

    Raises
    ------
    InputError
        If it needs more runs than its budget, or more disk than there is.
    """
    cases = len(subject.cases)
    least, most = _runs(experiment, cases)
    if experiment.most_runs is not None:
        if least > experiment.most_runs:
            most = experiment.most_runs
            raise InputError(Message("errors_analysis.too_many_runs", least=least, most=most))
        most = min(most, experiment.most_runs)
    once = _seconds_per_run(experiment, subject)
    each = None if once is None else once / max(1, workers)
    seconds = None if each is None else (least * each, most * each)
    there = next(part for part in (folder, *folder.resolve().parents) if part.exists())
    cost = Cost(
        runs=least,
        most_runs=most,
        seconds=seconds and seconds[0],
        most_seconds=seconds and seconds[1],
        # Shards and table hold the same.
        bytes=2.0 * most * (BYTES_PER_RUN + BYTES_PER_OUTCOME * len(subject.outcomes)),
        free=float(shutil.disk_usage(there).free),
    )
    if cost.bytes + SPARE_BYTES > cost.free:
        raise InputError(
            Message(
                "errors_analysis.disk_full",
                folder=folder,
                free=cost.free / 1e6,
                needed=cost.bytes / 1e6,
                spare=SPARE_BYTES / 1e6,
            )
        )
    return cost


def _runs(experiment: Experiment, cases: int) -> tuple[int, int]:
    """Runs at least and at most."""
    design = experiment.design
    if design.method == "sobol":
        least = planned(experiment, cases)
        return least, least * design.most // design.size
    if design.method != "two_stage":
        return (least := planned(experiment, cases)), least
    screening = planned(screen_of(experiment), cases)
    # The survivors' names are not known yet, but the number of Sobol rows depends only on how many there are.
    count = min(design.keep, len({factor.group or factor.name for factor in experiment.factors}))
    sobol = replace(design, method="sobol", trajectories=0, keep=0)
    some = replace(experiment, factors=_as_many(experiment, count), design=sobol)
    follow = planned(some, cases)
    return screening + follow, screening + follow * design.most // design.size


def _as_many(experiment: Experiment, count: int) -> tuple[Factor, ...]:
    """The factors in the first `count` groups; a factor without a group counts as one."""
    groups = list(dict.fromkeys(factor.group or factor.name for factor in experiment.factors))[:count]
    return tuple(factor for factor in experiment.factors if (factor.group or factor.name) in groups)


def _seconds_per_run(experiment: Experiment, subject: Subject) -> float | None:
    """Time the first row, one replication of each scenario; None if it fails, which the sweep will report."""
    sample = Sample.plain(np.full((1, len(experiment.factors)), 0.5))
    try:
        jobs = [subject.job(case, row_values(experiment, sample, 0)) for case in subject.cases]
        jobs[0].start()(experiment.seed, 0)  # compiled and loaded now
        begun = time.perf_counter()
        prepared = [job.start() for job in jobs]
        ready = time.perf_counter()
        for once in prepared:
            once(experiment.seed, 0)
        ended = time.perf_counter()
    except Exception:  # mistakes are reported run by run
        return None
    return (ended - ready + (ready - begun) / experiment.replications) / len(jobs)
