"""Everything that a report on calibration shows about history, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from sim.analysis.record.fit import Fit, examine_history
from sim.analysis.record.history import measure, record_scenario, recorded_paths
from sim.analysis.record.scorecard import Line, scorecard
from sim.analysis.record.scores import scores_by_use
from sim.evidence.history import Contradiction, contradictions
from sim.runs.executor import Progress
from sim.runs.run import evidence_of
from sim.world.scenario_record import DEFAULT_EVIDENCE

REPLICATIONS = 20


@dataclass(frozen=True, slots=True)
class HistoryFrames:
    """A province compared with its record.

    Attributes
    ----------
    scorecard
        See `sim.analysis.record.scorecard.scorecard`.
    paths
        See `sim.analysis.record.history.recorded_paths`.
    fit
        Parameters, points, directions, trace of the fit.
    contradictions
        Where the record disagrees with itself.
    replications, scale
        Those of the runs behind scorecard and paths.
    """

    scorecard: pd.DataFrame
    paths: pd.DataFrame
    fit: Fit
    contradictions: list[Contradiction]
    replications: int
    scale: float

    @property
    def scores(self) -> pd.DataFrame:
        """The model's CRPS beside that of naive forecasts, see `sim.analysis.record.scores.scores_by_use`."""
        return scores_by_use(self.scorecard)


def history_frames(
    evidence: str = DEFAULT_EVIDENCE,
    *,
    fit: Fit | None = None,
    extra: Sequence[tuple[Line, NDArray[Any]]] = (),
    replications: int = REPLICATIONS,
    scale: float | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> HistoryFrames:
    """Run the baseline under V and D through recorded time and compare it with the record.

    Parameters
    ----------
    evidence
        Name or path of an evidence folder.
    fit
        The fit that gave the values in force, if it was just made and written; by default one Jacobian describes them.
    extra
        More lines of the scorecard with their values over replications, put first: the survey's.
    replications, scale
        Those of the runs; by default about 10,000 firms: with fewer, little giants are only a handful of agents.
    workers
        Threads; by default one per processor.
    progress
        Called with (done, total) after each replication.
    """
    base = record_scenario(evidence, scale=scale)
    known = evidence_of(base)
    measured, beside = (
        measure(
            base.with_reading(structure, "selective"), replications, workers, _part(progress, k, replications)
        )
        for k, structure in enumerate(("V", "D"))
    )
    return HistoryFrames(
        scorecard=scorecard(known, measured, beside, extra),
        paths=recorded_paths(known, measured),
        fit=examine_history(evidence, scale=scale, workers=workers) if fit is None else fit,
        contradictions=contradictions(known),
        replications=replications,
        scale=1 / base.weight,
    )


def _part(progress: Progress | None, readings_done: int, replications: int) -> Progress | None:
    """Return a callback that reports the progress of one of two readings as part of both."""
    if progress is None:
        return None
    return lambda done, _: progress(readings_done * replications + done, 2 * replications)
