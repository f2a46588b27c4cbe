"""Studies: the designs of an experiment, run through the ledger in one stage or two, and read.

Everything is in one folder and is made again from the runs whenever the study is resumed. A study that was killed and
resumed therefore ends with the same bytes as one that was not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from sim.analysis.comparison.effects import FEWEST_FOR_INTERVAL
from sim.analysis.studies.cautions import few_rows
from sim.analysis.studies.designs import rows_of
from sim.analysis.studies.responses import Response, summary_rows
from sim.analysis.studies.screening import largest_shares, survivors, widest
from sim.analysis.studies.stages import Asked, Stage, Stages
from sim.analysis.studies.tables import best_rows, hinge_rows, index_rows, luck_rows
from sim.errors import InputError, Message
from sim.runs.batches import Subject
from sim.runs.experiment import SENSITIVITY_METHODS, Design, Experiment

FEWEST_ROWS = 40  # fewest rows of a Latin hypercube for indices


@dataclass(frozen=True, slots=True)
class Study:
    """What an experiment found; every frame is tidy.

    Attributes
    ----------
    stages
        In order; the last one gives the answer.
    summary
        stage, row, kind, scenario, rival, outcome, mean, low, high, runs: every row of every design.
    indices
        stage, kind, scenario, rival, outcome, and the columns of `sim.analysis.studies.indices.Indices`, with ``used``,
        ``dropped`` and ``note``. No rows where no indices were asked for.
    luck
        stage, kind, scenario, rival, outcome, run, mean: the share of the variance that is luck, for single runs and
        for means over replications.
    convergence
        kind, scenario, rival, outcome, size, widest: widest half-width of a total index by base points.
    best
        stage, scenario, share: the share of rows in which a policy has the largest effect on the leading outcome.
    hinges
        stage, factor, low_best, high_best, …: see `hinge_rows`.
    unfinished
        Empty, or why runs are missing: ``interrupted`` or ``hours``.
    """

    experiment: Experiment
    cases: tuple[str, ...]
    stages: tuple[Stage, ...]
    summary: pd.DataFrame
    indices: pd.DataFrame
    luck: pd.DataFrame
    convergence: pd.DataFrame
    best: pd.DataFrame
    hinges: pd.DataFrame
    unfinished: str

    def tables(self) -> dict[str, pd.DataFrame]:
        """The frames by name."""
        names = ("summary", "indices", "luck", "convergence", "best", "hinges")
        return {name: getattr(self, name) for name in names}

    @property
    def failed(self) -> int:
        """How many runs ended with an error."""
        return sum(stage.tally.failed for stage in self.stages)


def study_hash(experiment: Experiment, subject: Subject) -> str:
    """Short hash of a study: what is run, the design, the seed; not titles, budgets or places."""
    plain = asdict(
        replace(experiment, title={}, most_runs=None, most_hours=None, files=(), cautions=(), ranked=None)
    )
    made_with = subject.passport
    # The contents of the evidence, not its place: a study that is moved is the same study.
    evidence = sorted(digest for _, digest in made_with.evidence)
    what = [plain, subject.digest, made_with.sources, evidence, made_with.versions]
    text = json.dumps(what, sort_keys=True, allow_nan=False, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def run_study(experiment: Experiment, runner: Stages, *, with_indices: bool) -> Study:
    """Do an experiment, or read what has been done.

    Parameters
    ----------
    runner
        Runs the stages (`sim.analysis.studies.stages.Runner`), or reads them (`Reader`).
    with_indices
        Whether sensitivity indices are wanted; otherwise only the runs and their summaries.

    Raises
    ------
    InputError
        If its design gives no indices and they are wanted; whatever a stage raises.
    """
    check_design(experiment, with_indices=with_indices)
    design = experiment.design
    stages: list[Stage] = []
    convergence: list[dict[str, Any]] = []
    if design.method == "two_stage":
        screening = runner.stage("screening", screen_of(experiment))
        stages.append(screening)
        chosen = surviving(screening, design.keep)
        # If too many rows failed, the screen says nothing, and there is no second stage.
        if chosen and not runner.stopped:
            spent = screening.tally.total
            stages.append(_doubling("sobol", narrowed(experiment, chosen), runner, convergence, spent))
    elif design.method == "sobol":
        stages.append(_doubling("runs", experiment, runner, convergence))
    else:
        stages.append(runner.stage("runs", experiment))
    return _read(experiment, runner, stages, convergence, with_indices)


def check_design(experiment: Experiment, *, with_indices: bool) -> None:
    """Refuse a design that gives no indices if they are wanted.

    Raises
    ------
    InputError
        If so.
    """
    design = experiment.design
    if with_indices and design.method not in SENSITIVITY_METHODS:
        raise InputError(
            Message("errors_analysis.no_indices", method=design.method, methods=tuple(SENSITIVITY_METHODS))
        )
    if with_indices and design.method == "latin_hypercube" and design.size < FEWEST_ROWS:
        raise InputError(Message("errors_analysis.too_few_rows", size=design.size, least=FEWEST_ROWS))


def screen_of(experiment: Experiment) -> Experiment:
    """The first stage of two."""
    design = experiment.design
    return replace(experiment, design=Design("morris", trajectories=design.trajectories))


def narrowed(experiment: Experiment, chosen: Sequence[str]) -> Experiment:
    """The second stage of two: Sobol on the factors (or groups) that survive, the others at the scenarios' values."""
    kept = tuple(factor for factor in experiment.factors if (factor.group or factor.name) in chosen)
    return replace(
        experiment, factors=kept, design=replace(experiment.design, method="sobol", trajectories=0, keep=0)
    )


def surviving(stage: Stage, keep: int) -> list[str]:
    """Factors that survive the screen, the most important first.

    They are those that change the answer: the lead of the policy that is best on average over the others; with one
    policy its effect; with none the level. None survives if nothing changes it, or too many rows failed.
    """
    lead = [
        (response, table)
        for response, table in _tables(stage)
        if response.outcome == stage.experiment.outcomes[0]
    ]
    kinds = {response.kind for response, _ in lead}
    asked = next(kind for kind in ("margin", "effect", "level") if kind in kinds)
    tables = [table for response, table in lead if response.kind == asked]
    loud = {
        name for table in tables if len(table) and table["value"].any() for name in survivors(table, keep)
    }
    return [name for name in largest_shares(tables) if name in loud][:keep]


def _tables(stage: Stage) -> list[tuple[Response, pd.DataFrame]]:
    return [(response, found.table) for response, found in zip(stage.responses, stage.indices, strict=True)]


def _doubling(
    name: str, experiment: Experiment, runner: Stages, convergence: list[dict[str, Any]], spent: int = 0
) -> Stage:
    """Double the base points until every total index of the leading outcome is as tight as asked for.

    The designs nest, so every finished run is used again. Doubling also ends if the next size would exceed the largest
    one or, with the runs ``spent`` on an earlier stage, the budget of runs.
    """
    design = experiment.design
    while True:
        stage = runner.stage(name, replace(experiment, design=design))
        widths = []
        for response, table in _tables(stage):
            width = widest(table)
            convergence.append(response.key | {"size": design.size, "widest": width})
            if response.outcome == experiment.outcomes[0]:
                widths.append(width)
        doubled = replace(design, size=2 * design.size)
        tight = design.precision is None or max(widths) <= design.precision
        if (
            runner.stopped
            or tight
            or doubled.size > design.most
            or _exceeds(experiment, doubled, runner.subject, spent)
        ):
            return stage
        design = doubled


def _exceeds(experiment: Experiment, design: Design, subject: Asked, spent: int) -> bool:
    if experiment.most_runs is None:
        return False
    return spent + planned(replace(experiment, design=design), len(subject.cases)) > experiment.most_runs


def planned(experiment: Experiment, cases: int) -> int:
    """How many runs a one-stage design takes."""
    return rows_of(experiment.design, experiment.factors) * cases * experiment.replications


def _read(
    experiment: Experiment,
    runner: Stages,
    stages: Sequence[Stage],
    convergence: list[dict[str, Any]],
    with_indices: bool,
) -> Study:
    """Make the tables of a study."""
    found = (
        pd.DataFrame([row for stage in stages for row in index_rows(stage)])
        if with_indices
        else pd.DataFrame()
    )
    fewest = FEWEST_FOR_INTERVAL if few_rows(experiment) else 2
    summary = [
        {"stage": stage.name} | row
        for stage in stages
        for row in summary_rows(stage.responses, stage.sample, fewest)
    ]
    return Study(
        experiment=experiment,
        cases=runner.subject.cases,
        stages=tuple(stages),
        summary=pd.DataFrame(summary),
        indices=found,
        luck=pd.DataFrame([row for stage in stages for row in luck_rows(stage)]),
        convergence=pd.DataFrame(convergence),
        best=pd.DataFrame([row for stage in stages for row in best_rows(stage)]),
        hinges=pd.DataFrame([row for stage in stages for row in hinge_rows(stage)]),
        unfinished=runner.stopped,
    )
