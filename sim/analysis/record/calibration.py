"""All that calibration finds, as tidy frames: Table 5 beside its refit, what marks reveal, the population, history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from sim.analysis.record.ensemble import Ensemble
from sim.analysis.record.estimates import Estimates
from sim.analysis.record.record_frames import HistoryFrames
from sim.analysis.record.scores import scores_by_use


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What `upgrading calibrate` found for one evidence folder.

    Attributes
    ----------
    evidence, digest
        Name of the folder and digest of its files.
    firms, share_y, share_x2
        N of the rebuilt survey, its share of firms in difficulty and of quality SMEs.
    table5
        column, variable, printed, refit (log-odds), marks_printed, marks_refit (stars), standard_error, z.
        Refit by an independent library on the survey as written to `survey.csv`.
    likelihood
        column, printed, refit: likelihood-ratio statistics.
    entering
        column, variable, standard_error, implied (|b| / sqrt(rise of LR)), ratio: for columns that add one variable.
    answers
        variable, code, survey, survey_judgement (shares of firms under the uniform and the judgement prior),
        below_quality, quality, province (shares in the tilted population).
    stars
        firms, prior, share_y, share_x2, equations (bool: Table 5's numbers can be met), marks (how many printed marks
        come out without being required), all_marks (bool: all come out if required), divergence (nats).
        Empty until made with `--stars`.
    bounds
        Three rows, see `sim.evidence.stars.Bounds`: ends of the numbers of firms and shares that can produce Table 5,
        whatever the prior. Empty in the same case.
    population
        margin, target (share, nan if there are several), divergence_alone, divergence_added (nats): how far each
        margin moves the survey.
    refit
        moment (`quarter_zero`, `ten_years`), reading, variable, printed, standard_error (survey's), refit, low, high.
    history
        The province compared with its record.
    estimates
        The model beside published estimates.
    seconds
        Time taken by part.
    files
        What goes under `derived/`: name -> content.
    ensemble
        Settings of the doubtful numbers that fit the record, made anew or the folder's; None if it has none that follow
        from its evidence.
    checks
        check, of, found, expected: see `sim.analysis.record.ensemble_checks`; empty until made.
    """

    evidence: str
    digest: str
    firms: float
    share_y: float
    share_x2: float
    table5: pd.DataFrame
    likelihood: pd.DataFrame
    entering: pd.DataFrame
    answers: pd.DataFrame
    stars: pd.DataFrame
    bounds: pd.DataFrame
    population: pd.DataFrame
    refit: pd.DataFrame
    history: HistoryFrames
    estimates: Estimates
    seconds: dict[str, float]
    files: Mapping[str, bytes]
    ensemble: Ensemble | None = None
    checks: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def scored(self) -> pd.DataFrame:
        """Recorded lines with CRPS and naive forecasts: of the settings that fit the record, else of one setting."""
        return self.history.scorecard if self.ensemble is None else self.ensemble.lines

    @property
    def scores(self) -> pd.DataFrame:
        """CRPS beside that of naive forecasts, see `sim.analysis.record.scores.scores_by_use`."""
        return scores_by_use(self.scored)
