"""How far the run lies from the record, beside naive forecasts: the continuous ranked probability score (CRPS).

The CRPS of a distribution is its mean distance from what happened less half the mean distance between two of its draws,
in the unit of the record; smaller is better. That of a single number is its absolute error (Gneiting & Raftery 2007,
doi:10.1198/016214506000001437). Here the draws are replications, so the distribution holds luck only: doubt about the
model's numbers is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.evidence.history import NAIVE

Array = NDArray[Any]
NAN = float("nan")
#: Lines whose scores are averaged together, by the uses they have: each use alone, then all lines that no fit used.
GROUPS: Mapping[str, tuple[str, ...]] = {"F": ("F",), "S": ("S",), "H": ("H",), "S+H": ("S", "H")}


def crps(values: Array, recorded: float) -> float:
    """Return the CRPS of a distribution known from draws, estimated without bias.

    The mean distance between two draws is over pairs of *different* draws (Ferro 2014, doi:10.1002/qj.2270), so that
    few replications are not worse than many; a score of few may come out below 0.

    Parameters
    ----------
    values
        float64 [replications].
    recorded
        What happened.

    Returns
    -------
    float
        In the unit of both; NaN for fewer than two draws, because one draw says nothing about a distribution.
    """
    n = len(values)
    if n < 2:
        return NAN
    between = np.abs(values[:, None] - values).sum() / (n * (n - 1))
    return float(np.abs(values - recorded).mean() - between / 2)


def line_scores(values: Array, recorded: float, forecasts: Mapping[str, float]) -> dict[str, float]:
    """Score a line of the scorecard and the naive forecasts for it.

    Parameters
    ----------
    values
        float64 [replications].
    recorded
        The recorded value; NaN if the target is only a range, then nothing is scored.
    forecasts
        By name, one of `NAIVE`; NaN or absent where there are too few earlier points.

    Returns
    -------
    dict
        ``crps``; ``relative``, the same over the recorded value, so that lines can be averaged; of every naive forecast
        its value under its name and its CRPS under ``crps_`` and its name.
    """
    score = crps(values, recorded)
    found = {"crps": score, "relative": score / abs(recorded) if recorded else NAN}
    for name in NAIVE:
        forecast = forecasts.get(name, NAN)
        found |= {name: forecast, f"crps_{name}": abs(forecast - recorded)}
    return found


def scored_once(scorecard: pd.DataFrame) -> pd.DataFrame:
    """Return the lines that have a score; two lines on one recorded value count once.

    Parameters
    ----------
    scorecard
        From `sim.analysis.record.scorecard.scorecard`.
    """
    return scorecard[scorecard["relative"].notna()].drop_duplicates(["series", "year"])


def scores_by_use(scorecard: pd.DataFrame) -> pd.DataFrame:
    """Average the relative CRPS of the model and of each naive forecast over the same lines.

    Parameters
    ----------
    scorecard
        From `sim.analysis.record.scorecard.scorecard`.

    Returns
    -------
    DataFrame
        One row per group of `GROUPS` and naive forecast that have lines with both: use (the group), forecast, lines
        (how many), model, naive (means of CRPS over the recorded value).
    """
    once = scored_once(scorecard)
    rows = []
    for group, uses in GROUPS.items():
        for name in NAIVE:
            both = once[once["use"].isin(uses) & once[f"crps_{name}"].notna()]
            if len(both):
                naive = both[f"crps_{name}"] / both["recorded"].abs()
                rows.append((group, name, len(both), float(both["relative"].mean()), float(naive.mean())))
    return pd.DataFrame(rows, columns=["use", "forecast", "lines", "model", "naive"])
