"""Does the runs of a plan: batches go to an executor, come back in any order, and are kept in the ledger.

A *subject* is run: the province under some scenarios, or any function with known answers. The sweep need not know
which; it only knows rows, scenarios, replications, and that a run may fail without stopping the others.
"""

from __future__ import annotations

import platform
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from math import isfinite
from typing import Protocol

from sim.errors import InputError, Message
from sim.runs.elsewhere import Workplace, go_on
from sim.runs.experiment import Experiment, Sample, row_values
from sim.runs.factors import Value
from sim.runs.ledger import Finished, Ledger, Run, run_key
from sim.runs.provenance import Passport, StrangerError, passport
from sim.runs.shards import Damage

#: Approximate runs per batch: enough that writing it costs little, few enough that a kill loses little.
RUNS_PER_BATCH = 64
#: Batches handed out per worker: one in work and one waiting, so that no worker idles and memory stays small.
IN_FLIGHT_PER_WORKER = 2
#: Seconds between checks for lost workers, and after which they are not expected back.
TICK, PATIENCE = 30.0, 300.0
MOST_ERROR = 500  # characters of an error that are kept

Once = Callable[[int, int], Sequence[float]]


class Job(Protocol):
    """One scenario of one row, ready to be sent to a worker."""

    def start(self) -> Once:
        """Do, at the worker, what all replications share; return a function of (seed, replication)."""
        ...


class Subject(Protocol):
    """What an experiment runs."""

    @property
    def cases(self) -> tuple[str, ...]:
        """Names of the scenarios that every row runs."""
        ...

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the numbers that a run returns."""
        ...

    @property
    def digest(self) -> str:
        """Hash of all that can change a run, except row, seed, replication and the passport."""
        ...

    @property
    def passport(self) -> Passport:
        """What a worker must match to take part."""
        ...

    def job(self, case: str, values: Mapping[str, Value]) -> Job:
        """Prepare a scenario of a row; an `InputError` makes its runs fail."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """A batch for a worker: for each scenario of each row its runs, and the job or the reason why there is none."""

    jobs: tuple[tuple[Job | str, tuple[Run, ...]], ...]
    outcomes: tuple[str, ...]
    seed: int
    passport: Passport


@dataclass(frozen=True, slots=True)
class Tally:
    """Progress of a sweep.

    Attributes
    ----------
    done, total, failed
        Runs finished, planned, and ended by an error.
    earlier
        Finished runs that an earlier sweep did.
    """

    done: int
    total: int
    failed: int
    earlier: int


Report = Callable[[Tally], None]
Tell = Callable[[Sequence[Damage]], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of a design as batches of runs.

    Attributes
    ----------
    experiment, sample, subject
        The experiment, its rows, and what is run.
    batch_rows
        Rows per batch.
    identity
        Hash of what all runs share.
    """

    experiment: Experiment
    sample: Sample
    subject: Subject
    batch_rows: int
    identity: str

    @classmethod
    def of(cls, experiment: Experiment, sample: Sample, subject: Subject) -> Plan:
        """Divide a design into batches; a design that is doubled later keeps its batches."""
        per_row = len(subject.cases) * experiment.replications
        rows = _batch_rows(sample.stride, max(1, RUNS_PER_BATCH // per_row))
        made_with = subject.passport
        what = {"sources": made_with.sources, "evidence": made_with.evidence, "versions": made_with.versions}
        return cls(experiment, sample, subject, rows, run_key(subject.digest, what, "", experiment.seed))

    @property
    def batches(self) -> int:
        """How many there are."""
        return -(-len(self.sample) // self.batch_rows)

    @property
    def runs(self) -> int:
        """How many there are."""
        return len(self.sample) * len(self.subject.cases) * self.experiment.replications

    def rows(self, batch: int) -> range:
        """Rows of a batch."""
        first = batch * self.batch_rows
        return range(first, min(first + self.batch_rows, len(self.sample)))

    def runs_of(self, row: int, case: str) -> tuple[Run, ...]:
        """The runs of a scenario in a row: the same replications in every row, but others in an echo."""
        count = self.experiment.replications
        first = int(self.sample.luck[row]) * count
        values = row_values(self.experiment, self.sample, row)
        return tuple(
            Run(row, case, k, run_key(self.identity, values, case, k)) for k in range(first, first + count)
        )

    def order(self, batch: int) -> Order:
        """Prepare a batch for a worker."""
        jobs: list[tuple[Job | str, tuple[Run, ...]]] = []
        for row in self.rows(batch):
            values = row_values(self.experiment, self.sample, row)
            for case in self.subject.cases:
                try:
                    job: Job | str = self.subject.job(case, values)
                except InputError as error:
                    job = _sentence(error)
                jobs.append((job, self.runs_of(row, case)))
        return Order(tuple(jobs), self.subject.outcomes, self.experiment.seed, self.subject.passport)

    def __iter__(self) -> Iterator[list[Run]]:
        for batch in range(self.batches):
            yield [
                run
                for row in self.rows(batch)
                for case in self.subject.cases
                for run in self.runs_of(row, case)
            ]


def _batch_rows(stride: int, wanted: int) -> int:
    """Rows per batch, about as many as wanted, such that batches and strides end together.

    So a design of twice the size continues the batches of the smaller one.
    """
    if wanted >= stride:
        return stride * (1 << ((wanted // stride).bit_length() - 1))
    return max(rows for rows in range(1, wanted + 1) if stride % rows == 0)


def work(order: Order) -> list[Finished]:
    """Do a batch, at a worker; a run that raises is recorded as failed.

    Raises
    ------
    StrangerError
        If this worker would give other results than the machine that planned the sweep.
    MemoryError
        If memory is refused.
    """
    theirs = passport(name for name, _ in order.passport.evidence)
    if theirs != order.passport:
        different = order.passport.differences(theirs)
        raise StrangerError(Message("errors_runs.worker_on", machine=platform.node(), why=different))
    finished = []
    for job, runs in order.jobs:
        try:
            once = _unprepared(job) if isinstance(job, str) else job.start()
        except MemoryError:  # not the scenario's fault
            raise
        except Exception as error:  # whatever is wrong with this scenario, the others continue
            once = _unprepared(_sentence(error))
        finished += [_attempt(once, run, order) for run in runs]
    return finished


def _unprepared(reason: str) -> Once:
    def once(seed: int, replication: int) -> Sequence[float]:
        raise InputError(Message("errors.quoted", text=reason))

    return once


def _attempt(once: Once, run: Run, order: Order) -> Finished:
    try:
        outcomes = tuple(float(value) for value in once(order.seed, run.replication))
    except MemoryError:
        raise
    except Exception as error:  # failures are data
        return Finished(run, None, _sentence(error))
    wrong = [name for name, value in zip(order.outcomes, outcomes, strict=True) if not isfinite(value)]
    return Finished(run, None, f"{', '.join(wrong)}: no number") if wrong else Finished(run, outcomes)


def _sentence(error: Exception) -> str:
    said = " ".join(str(error).split())
    kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
    return f"{kind}{said}"[:MOST_ERROR]


def sweep(
    plan: Plan,
    ledger: Ledger,
    place: Workplace,
    report: Report | None = None,
    until: float | None = None,
    again: Set[int] = frozenset(),
    tell: Tell | None = None,
) -> Tally:
    """Do the unfinished batches of a plan.

    Parameters
    ----------
    plan, ledger, place
        What to do, where to keep it, and where batches run.
    report
        Called with the progress after each batch.
    until
        `time.monotonic()` after which nothing new is handed out; batches in flight are finished and kept.
    again
        Finished batches to repeat; each stays as it is until its new runs are done.
    tell
        Called with the damaged or foreign files in the ledger, whose batches are done again.

    Returns
    -------
    Tally
        The progress: incomplete only after `until`.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C; batches in flight are abandoned, finished ones are kept.
    InputError
        If evidence or scenarios changed meanwhile, or no worker is left; finished batches are kept.
    OSError
        If the disk is full or cannot be written (`sim.runs.machine.kept_in`); finished batches are kept.
    MemoryError
        If a run was refused memory, because the next one would be too.
    """
    damages = ledger.check(plan)
    if damages and tell is not None:
        tell(damages)
    report = report or (lambda tally: None)
    batches = _Batches(plan, ledger, place, again)
    report(batches.tally)
    try:
        while batches.waiting or batches.flying:
            late = until is not None and time.monotonic() >= until
            if late and not batches.flying:
                break
            if not late:
                batches.hand_out()
            batches.take_back()
            report(batches.tally)
    except StrangerError as error:
        raise InputError(go_on(error.message)) from None
    finally:
        batches.leave()
    return batches.tally


class _Batches:
    """The batches of a plan in progress: those waiting, those in work, and how many runs are done.

    Attributes
    ----------
    waiting, flying
        Batches still to be handed out; and those in work, by their future.
    tally
        Progress of the sweep.
    """

    def __init__(self, plan: Plan, ledger: Ledger, place: Workplace, again: Set[int]) -> None:
        self._plan, self._ledger, self._place = plan, ledger, place
        self._deserted = Deserted(place)
        done = ledger.done() - again
        self.waiting = deque(batch for batch in range(plan.batches) if batch not in done)
        self.flying: dict[Future[list[Finished]], int] = {}
        per_row = plan.runs // len(plan.sample)
        earlier = plan.runs - sum(len(plan.rows(batch)) for batch in self.waiting) * per_row
        failed = sum(batch < plan.batches and batch in done for batch, _ in ledger.failures())
        self.tally = Tally(earlier, plan.runs, failed, earlier)

    def hand_out(self) -> None:
        """Keep every worker busy and one batch ahead."""
        before, most = len(self.flying), IN_FLIGHT_PER_WORKER * max(1, self._place.workers())
        while self.waiting and len(self.flying) < most:
            batch = self.waiting.popleft()
            self.flying[self._place.executor.submit(work, self._plan.order(batch))] = batch
        if len(self.flying) > before:
            self._ledger.note_running(list(self.flying.values()))

    def take_back(self) -> None:
        """Wait for a batch, at most `TICK` seconds, and keep the results."""
        ended = wait(self.flying, timeout=TICK, return_when=FIRST_COMPLETED).done
        self._deserted.check(bool(ended))
        for future in ended:
            finished = future.result()
            self._ledger.add(self.flying.pop(future), finished)
            failed = sum(run.outcomes is None for run in finished)
            self.tally = replace(
                self.tally, done=self.tally.done + len(finished), failed=self.tally.failed + failed
            )

    def leave(self) -> None:
        """Stop waiting, and note nothing as running."""
        for future in self.flying:
            future.cancel()
        with suppress(OSError):  # such as a full disk, which the first error reports
            self._ledger.note_running([])


class Deserted:
    """Notices that all workers are gone, so that the sweep does not wait for ever."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._since: float | None = None

    def check(self, progress: bool) -> None:
        """Check after each wait.

        Raises
        ------
        InputError
            If there was no worker for `PATIENCE` seconds.
        """
        now = time.monotonic()
        if progress or self._place.workers():
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since > PATIENCE:
            raise InputError(go_on(Message("errors_runs.all_workers_lost", seconds=PATIENCE)))
