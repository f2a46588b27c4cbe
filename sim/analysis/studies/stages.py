"""Stages of a study, one design each: drawn, run through the ledger as far as time allows, and read back."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from sim.analysis.studies.designs import draw
from sim.analysis.studies.indices import Indices, indices
from sim.analysis.studies.responses import Response, read_outcomes, responses
from sim.runs.batches import Plan, Report, Subject, Tally, carry_out
from sim.runs.elsewhere import Workplace
from sim.runs.experiment import Experiment, Sample, row_values
from sim.runs.ledger import FAILED, SUCCEEDED, TABLE, Ledger
from sim.runs.results import read_parquet, write_parquet
from sim.runs.shards import Damage, some_of

#: Called with a stage's name and number of runs when it begins.
Begin = Callable[[str, int], None]
#: Called with a stage's name and its damaged or foreign files.
Tell = Callable[[str, Sequence[Damage]], None]
DESIGN = "design.parquet"
HOUR = 3600.0


def deadline(experiment: Experiment) -> float | None:
    """Give the `time.monotonic()` at which an experiment that begins now uses up its hours; None without a limit."""
    return None if experiment.most_hours is None else time.monotonic() + HOUR * experiment.most_hours


def warn(stage: str, damages: Sequence[Damage]) -> None:
    """Warn of damaged or foreign files of a stage, if there is no terminal to report them."""
    said = [f"{stage}: {damage}" for damage in damages]
    warnings.warn("set aside and done again: " + "; ".join(some_of(said)), stacklevel=2)


@dataclass(frozen=True)
class Stage:
    """One design, run as far as time allowed.

    Attributes
    ----------
    name
        ``runs``; in a study with two stages ``screening`` and ``sobol``.
    experiment, sample
        The experiment, with the factors and design of the stage, and its sample.
    responses
        Results by row.
    tally
        How many runs were done, planned and failed.
    failures
        row, scenario, replication, error of every run that failed.
    """

    name: str
    experiment: Experiment
    sample: Sample
    responses: tuple[Response, ...]
    tally: Tally
    failures: pd.DataFrame

    @cached_property
    def indices(self) -> tuple[Indices, ...]:
        """Sensitivity indices of each response, in the order of `responses`."""
        experiment = self.experiment
        return tuple(
            indices(experiment.design, experiment.factors, self.sample, response.values, experiment.seed)
            for response in self.responses
        )


class Asked(Protocol):
    """The subject of an experiment, as far as reading its runs needs it."""

    @property
    def cases(self) -> tuple[str, ...]:
        """Names of the scenarios that every row runs."""
        ...

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the numbers that a run gives."""
        ...


class Stages(Protocol):
    """Supplies the stages of a study: a `Runner` runs them, a `Reader` reads them."""

    @property
    def subject(self) -> Asked:
        """What the experiment is done on."""
        ...

    @property
    def stopped(self) -> str:
        """Empty, or why a stage was left before its end."""
        ...

    def stage(self, name: str, experiment: Experiment) -> Stage:
        """Give a stage."""
        ...


@dataclass(slots=True)
class Runner:
    """Runs stages.

    Attributes
    ----------
    subject
        What the experiment is done on.
    folder
        Of the study.
    place
        Where batches are done.
    begin
        Called with a stage's name and number of runs when it begins.
    report
        Called after each batch.
    until
        `time.monotonic()` after which nothing new begins; None without a limit.
    retry
        Whether batches with a failed run are done again.
    tell
        Called with the damaged or foreign files of a stage, which are done again.
    stopped
        Empty, or why a stage was left before its end.
    """

    subject: Subject
    folder: Path
    place: Workplace
    begin: Begin = lambda name, runs: None
    report: Report | None = None
    until: float | None = None
    retry: bool = False
    tell: Tell = warn
    stopped: str = field(default="", init=False)
    _retried: set[str] = field(default_factory=set, init=False)

    def stage(self, name: str, experiment: Experiment) -> Stage:
        """Draw the design of an experiment and do its missing runs."""
        sample = draw(experiment.design, experiment.factors, experiment.seed)
        plan = Plan.of(experiment, sample, self.subject)
        ledger = Ledger(self.folder / name, plan.identity, self.subject.outcomes)
        with ledger.held():
            again: set[int] = set()
            if self.retry and name not in self._retried:
                self._retried.add(name)
                again = {batch for batch, _ in ledger.failures()}
            _write_design(experiment, sample, ledger.folder / DESIGN)
            self.begin(name, plan.runs)
            tally = self._sweep(plan, ledger, again, partial(self.tell, name))
            table = ledger.write_table(plan)
            failures = [
                asdict(done.run) | {"error": done.error}
                for batch, done in ledger.failures()
                if batch < plan.batches
            ]
        return stage_of(name, experiment, sample, table, self.subject, tally, failures)

    def _sweep(
        self, plan: Plan, ledger: Ledger, again: Set[int], tell: Callable[[Sequence[Damage]], None]
    ) -> Tally:
        last = [Tally(0, plan.runs, 0, 0)]

        def note(tally: Tally) -> None:
            last[0] = tally
            if self.report is not None:
                self.report(tally)

        try:
            tally = carry_out(plan, ledger, self.place, note, self.until, again, tell)
        except KeyboardInterrupt:
            self.stopped = "interrupted"
            return last[0]
        if tally.done < tally.total:
            self.stopped = "hours"
        return tally


FAILURE_COLUMNS = ("row", "scenario", "replication", "key", "error")


def stage_of(
    name: str,
    experiment: Experiment,
    sample: Sample,
    table: Path,
    subject: Asked,
    tally: Tally,
    failures: Sequence[Mapping[str, object]],
) -> Stage:
    """Read a stage from the table of its runs."""
    cases, outcomes = subject.cases, subject.outcomes
    found = read_outcomes(table, len(sample), cases, experiment.replications, outcomes)
    return Stage(
        name=name,
        experiment=experiment,
        sample=sample,
        responses=tuple(responses(found, cases, outcomes, sample, experiment.ranked)),
        tally=tally,
        failures=pd.DataFrame(failures, columns=list(FAILURE_COLUMNS)),
    )


@dataclass(slots=True)
class Reader:
    """Reads stages from the tables of an earlier study; runs nothing.

    Attributes
    ----------
    subject
        What the experiment was done on.
    folder
        Of the study.
    why
        Why it ended early, if it did.
    stopped
        Empty, or `why` once a stage lacks runs.
    """

    subject: Asked
    folder: Path
    why: str
    stopped: str = field(default="", init=False)

    def stage(self, name: str, experiment: Experiment) -> Stage:
        """Draw the design of an experiment and read its results.

        Raises
        ------
        OSError, pyarrow.ArrowException, ValueError
            If the table of its runs cannot be read, or holds other runs.
        """
        sample = draw(experiment.design, experiment.factors, experiment.seed)
        total = len(sample) * len(self.subject.cases) * experiment.replications
        path = self.folder / name / TABLE
        runs = read_parquet(path, columns=["state", *FAILURE_COLUMNS])[:total].to_pandas()
        if len(runs) < total:
            raise ValueError(f"{name}/{TABLE} holds {len(runs)} runs of {total}")
        failed = runs[runs["state"] == FAILED]
        done = int((runs["state"] == SUCCEEDED).sum()) + len(failed)
        if done < total:
            self.stopped = self.why or "interrupted"
        rows = [{str(key): row[key] for key in FAILURE_COLUMNS} for row in failed.to_dict("records")]
        tally = Tally(done, total, len(failed), done)
        return stage_of(name, experiment, sample, path, self.subject, tally, rows)


def _write_design(experiment: Experiment, sample: Sample, path: Path) -> None:
    """Write the rows with their values; a factor that mixes words and numbers is written as text."""
    rows = [row_values(experiment, sample, row) for row in range(len(sample))]
    frame = pd.DataFrame(rows)
    for name in frame.columns:
        if frame[name].map(lambda value: isinstance(value, str)).any():
            frame[name] = frame[name].map(lambda value: value if isinstance(value, str) else repr(value))
    frame.insert(0, "luck", sample.luck)
    frame.insert(0, "row", np.arange(len(sample)))
    write_parquet(frame, path)
