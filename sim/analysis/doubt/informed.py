"""Which doubtful numbers the record informs, from the settings that fit it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.record.ensemble import INFORMED
from sim.world.members import Members, drawn_scores, scores_of, values_of
from sim.world.parameters import Parameter, Registry

Array = NDArray[Any]
TIED = 4.0  # standard errors of a correlation that is 0; among thousands of pairs hardly one is as large by chance


def informed(registry: Registry, members: Members) -> tuple[str, ...]:
    """Return the numbers that the record informs, in the members' order.

    A number is informed if the record has narrowed it: the standard deviation of its normal scores over the members is
    below `INFORMED` times that of the members as they were drawn. So is a number tied to one of these, for the record
    then speaks of both together, and exchanging one without the other would leave it.

    Parameters
    ----------
    registry
        Says the ranges.
    members
        With the seed that they were made with; else the standard deviation before counts as 1.
    """
    numbers = [registry[name] for name in members.names]
    scores = scores_of(numbers, members.values.T)
    narrowed = scores.std(axis=1, ddof=1) < INFORMED * _spread_before(numbers, members)
    varying = np.where(np.ptp(scores, axis=1)[:, None] > 0, scores, np.arange(len(members)) % 2)
    tied = np.abs(np.corrcoef(varying)[:, narrowed]) > TIED / np.sqrt(len(members))
    chosen = narrowed | tied.any(axis=1)
    return tuple(name for name, inside in zip(members.names, chosen, strict=True) if inside)


def _spread_before(numbers: list[Parameter], members: Members) -> Array:
    """Standard deviations of the scores as drawn, rounded as values are: float64[K]."""
    seed = (members.made or {}).get("seed", "")
    if not seed.isdecimal():
        return np.ones(len(numbers))
    drawn = [drawn_scores(len(numbers), int(seed), k) for k in range(len(members))]
    spread: Array = scores_of(numbers, values_of(numbers, np.stack(drawn, axis=1))).std(axis=1, ddof=1)
    return spread
