"""Ensemble smoother with multiple data assimilation (ES-MDA): members that reproduce observations within their error.

Emerick & Reynolds (2013, Computers & Geosciences 55): all members are run, and moved by the regression of scores on
what the runs give, a few times, each time against observations with inflated errors. On a linear model with normal
scores this is the exact posterior, but for sampling. Regressions that chance alone could give are left out
(localisation; threshold of Luo & Bhakta 2020): else every score shrinks a little although nothing was learnt about it.

Ours is these few lines, for of the library whose licence fits (pyesmda 1.0) the localisation by correlation multiplies
covariances by their own correlation, which loses their sign. Without localisation the two agree (tests).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: (step, scores float64[K, M]) -> what the members' runs give, float64[N, M].
Simulate = Callable[[int, Array], Array]
STEPS = 4
#: Each step counts the observations this many times as strongly as the one before: regressions on members that are
#: still far from the record are the worst.
RISE = 2.0
THRESHOLD = 3.0  # standard errors of a correlation that is 0


class Smoothed(NamedTuple):
    """Members before and after, and what their runs gave, of the L members whose runs all succeeded."""

    scores: Array  # float64[steps + 1, K, L]
    given: Array  # float64[steps + 1, N, L]
    kept: Array  # int64[L], which of the M they are


def smooth(
    prior: Array,
    simulate: Simulate,
    observed: Array,
    error: Array,
    seed: int,
    *,
    steps: int = STEPS,
    localise: bool = True,
) -> Smoothed:
    """Move members until their runs reproduce observations.

    Parameters
    ----------
    prior
        float64[K, M]: normal scores of K numbers of M members.
    simulate
        The model; NaN where a member cannot be run. Such a member stays where it was and is left out at the end.
    observed, error
        float64[N]: observations and their standard deviations, all independent.
    seed
        Of the errors that perturb the observations.
    steps
        How many times members are moved.
    localise
        Whether to leave out what chance alone could give.
    """
    scores, given = [prior], [simulate(0, prior)]
    weights = RISE ** np.arange(steps)
    for step, share in enumerate(weights / weights.sum()):
        inflated = error / np.sqrt(share)
        noise = np.random.default_rng((seed, step)).standard_normal(given[-1].shape)
        wanted = observed[:, None] + inflated[:, None] * noise
        ran = np.isfinite(given[-1]).all(axis=0)
        gain = _gain(scores[-1][:, ran], given[-1][:, ran], inflated, localise)
        missed = np.where(ran, wanted - given[-1], 0.0)
        scores.append(scores[-1] + gain @ missed)
        given.append(simulate(step + 1, scores[-1]))
    kept = np.flatnonzero(np.isfinite(np.stack(given)).all(axis=(0, 1)))
    return Smoothed(np.stack(scores)[..., kept], np.stack(given)[..., kept], kept)


def _gain(scores: Array, given: Array, error: Array, localise: bool) -> Array:
    """Return the Kalman gain, float64[K, N], from an ensemble's own covariances."""
    members = scores.shape[1]
    d_scores = scores - scores.mean(axis=1, keepdims=True)
    d_given = given - given.mean(axis=1, keepdims=True)
    cross = d_scores @ d_given.T / (members - 1)
    own = d_given @ d_given.T / (members - 1)
    if localise:
        spread = np.outer(d_scores.std(axis=1, ddof=1), d_given.std(axis=1, ddof=1))
        cross = np.where(np.abs(cross) > THRESHOLD / np.sqrt(members) * spread, cross, 0.0)
    gain: Array = np.linalg.solve(own + np.diag(error**2), cross.T).T
    return gain
