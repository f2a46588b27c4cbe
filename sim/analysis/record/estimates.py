"""The model beside published estimates: every experiment of estimates.csv that it can repeat, under each reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.record.history import scale_of
from sim.analysis.record.trials import Question, answer, trial_scenario
from sim.analysis.statistics import interval
from sim.errors import InputError, Message
from sim.evidence.records import Evidence, PublishedEstimate
from sim.evidence.tables import load_evidence
from sim.files.names import evidence_folder
from sim.runs.executor import Progress, in_order
from sim.world.scenario_record import DEFAULT_EVIDENCE, STRUCTURAL

Array = NDArray[Any]
AGENTS = 10_000
REPLICATIONS = 8
COLUMNS = (
    *("name", "study", "zh", "en", "instruments", "use", "unit", "from_year", "to_year"),
    *("estimate", "low", "high", "interval", "reading", "simulated", "mean_low", "mean_high", "verdict"),
    *("source", "grade", "note"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """The model beside published estimates.

    Attributes
    ----------
    evidence, digest
        Name of the folder and digest of its files.
    table
        `COLUMNS`, a row for each line and reading of `STRUCTURAL`: the paper's estimate with its interval, the
        model's mean with its 95 % interval over replications, and the verdict of `judged`. Without rows where the
        folder has no estimates.csv.
    replications, scale
        Those of the runs.
    whole
        Whether all lines of the file were asked.
    """

    evidence: str
    digest: str
    table: pd.DataFrame
    replications: int
    scale: float
    whole: bool = True


def published_estimates(
    evidence: str = DEFAULT_EVIDENCE,
    *,
    only: Sequence[str] = (),
    replications: int = REPLICATIONS,
    scale: float | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Estimates:
    """Repeat the experiments of estimates.csv in the model.

    Parameters
    ----------
    evidence
        Name or path of an evidence folder.
    only
        Names of lines; by default all.
    replications, scale
        Of the runs; by default some `AGENTS` firms.
    workers
        Threads; by default one per processor.
    progress
        Called with (done, total) after each replication.

    Returns
    -------
    Estimates
        With the lines in the order of the file.

    Raises
    ------
    InputError
        If the folder has mistakes, or ``only`` names a line that it lacks.
    Interrupted
        After Ctrl-C.
    """
    folder = evidence_folder(evidence)
    known = load_evidence(folder)
    chosen = _chosen(known, only)
    scale = scale_of(evidence, AGENTS) if scale is None else scale
    asked = list(dict.fromkeys(question for line in chosen if (question := _question(line))))
    answers = _answers(evidence, scale, asked, replications, workers, progress) if asked else {}
    rows = [
        _row(line, reading, answers.get((reading, _question(line)), np.full(1, np.nan)))
        for line in chosen
        for reading in STRUCTURAL
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return Estimates(
        folder.name, known.digest, table, replications, scale, whole=len(chosen) == len(known.estimates)
    )


def _answers(
    evidence: str,
    scale: float,
    asked: Sequence[Question],
    replications: int,
    workers: int | None,
    progress: Progress | None,
) -> dict[tuple[str, Question | None], Array]:
    """Ask every question under every reading: by both, float64[replications]."""
    tasks = []
    for reading in STRUCTURAL:
        scenarios = {
            trial: trial_scenario(evidence, trial, scale, reading)
            for trial in dict.fromkeys(("", *(question.trial for question in asked)))
        }
        tasks += [partial(answer, scenarios, asked, scenarios[""].seed, k) for k in range(replications)]
    answers = in_order(tasks, workers, progress)
    by_reading = [answers[r * replications : (r + 1) * replications] for r in range(len(STRUCTURAL))]
    return {
        (reading, question): np.array([each[question] for each in found])
        for reading, found in zip(STRUCTURAL, by_reading, strict=True)
        for question in asked
    }


def _chosen(evidence: Evidence, only: Sequence[str]) -> list[PublishedEstimate]:
    """Return the lines to be asked about, in file order."""
    names = [line.name for line in evidence.estimates]
    for name in only:
        if name not in names:
            raise InputError(Message("errors_analysis.no_such_estimate", name=name, known=tuple(names)))
    return [line for line in evidence.estimates if not only or line.name in only]


def _question(line: PublishedEstimate) -> Question | None:
    """Return what is asked of the model; None where it lacks the lever."""
    return Question(line.trial, line.outcome, line.from_year, line.to_year) if line.trial else None


def _row(line: PublishedEstimate, reading: str, values: Array) -> dict[str, Any]:
    mean, low, high = interval(values)
    return {
        **{key: getattr(line, key) for key in COLUMNS if hasattr(line, key)},
        **{key: np.nan for key in ("estimate", "low", "high") if getattr(line, key) is None},
        "instruments": " ".join(line.instruments),
        "reading": reading,
        "simulated": mean,
        "mean_low": low,
        "mean_high": high,
        "verdict": judged(line, mean),
    }


def judged(line: PublishedEstimate, mean: float) -> str:
    """Judge the model's mean: ``inside`` or ``outside`` the paper's interval, whose ends may be open.

    ``no lever``: the model lacks it. ``not measured``: in these runs there was nobody to compare.
    """
    if not line.trial:
        return "no lever"
    if not np.isfinite(mean):
        return "not measured"
    reaches = line.low is None or mean >= line.low
    return "inside" if reaches and (line.high is None or mean <= line.high) else "outside"
