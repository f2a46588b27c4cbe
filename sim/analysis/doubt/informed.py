"""Which doubtful numbers the record informs, from the settings that fit it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.record.ensemble import INFORMED
from sim.world.members import Members, scores_of
from sim.world.parameters import Registry

Array = NDArray[Any]
TIED = 4.0  # standard errors of a correlation that is 0; among thousands of pairs hardly one is as large by chance


def informed(registry: Registry, members: Members) -> tuple[str, ...]:
    """Return the numbers that the record informs, in the members' order.

    A number is informed if the record has narrowed it: the standard deviation of its normal scores over the members is
    below `INFORMED` times that of the same members as they were drawn. So is a number tied to one of these, for the
    record then speaks of both together, and exchanging one without the other would leave it.

    Parameters
    ----------
    registry
        Says the ranges.
    members
        With the standard deviations kept (`sim.analysis.record.ensemble.Ensemble.numbers`); else those before count
        as 1.
    """
    scores = scores_of([registry[name] for name in members.names], members.values.T)
    narrowed = _kept(members, scores) < INFORMED
    varying = np.where(np.ptp(scores, axis=1)[:, None] > 0, scores, np.arange(len(members)) % 2)
    tied = np.abs(np.corrcoef(varying)[:, narrowed]) > TIED / np.sqrt(len(members))
    chosen = narrowed | tied.any(axis=1)
    return tuple(name for name, inside in zip(members.names, chosen, strict=True) if inside)


def _kept(members: Members, scores: Array) -> Array:
    """Standard deviations of the scores over those of the same members as drawn: float64[K]."""
    found = json.loads((members.made or {}).get("numbers", "{}"))
    if not found:
        spread: Array = scores.std(axis=1, ddof=1)
        return spread
    kept = dict(zip(found["name"], found["kept"], strict=True))
    return np.array([kept[name] for name in members.names])
