"""Smooth regression on given data as projections, and what it finds by chance.

Members are settings of doubtful numbers, one run each. Only the order of a number's values counts: it is replaced by
its ranks, so that a monotone transformation of it changes nothing, and no member at the end of a range pulls the fit.

A fit is a projection on a few orthonormal columns, so that all shuffles of the members are fitted in one matrix
product.

References
----------
Hastie, T., Tibshirani, R., Friedman, J. (2009). The Elements of Statistical Learning, 2nd ed., eq. 5.4 and 5.5.
Westfall, P. H., Young, S. S. (1993). Resampling-Based Multiple Testing. Wiley.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.runs.results import CONFIDENCE

Array = NDArray[Any]
#: Degrees of freedom of the smooth of one number, without the mean: a curve that may turn. With 40 to 300 members,
#: more find no more and follow more luck.
DEGREES = 3
#: Members per degree of freedom; fewer would let a fit follow luck.
PER_DEGREE = 10
#: Fewest members that a fit may rest on.
FEWEST = 2 * PER_DEGREE
SHUFFLES = 200
#: Differences below this share of the largest size are rounding: values are sums of some thousand terms.
ROUNDING = 1e-9
CHANCE_COLUMNS = ["name", "raw", "bias", "floor", "floor_all", "tells"]


def ranks(numbers: Array) -> Array:
    """Return the place of each member in the order of each number, between 0 and 1; equal values share their mean.

    Parameters
    ----------
    numbers
        float64 [members, K].

    Returns
    -------
    Array
        float64 [members, K].
    """
    places = np.empty(numbers.shape)
    for k, column in enumerate(numbers.T):
        _, inverse, count = np.unique(column, return_inverse=True, return_counts=True)
        places[:, k] = (np.cumsum(count) - count / 2)[inverse] / len(column)
    return places


def smooth(places: Array) -> Array:
    """Return orthonormal columns that span the smooth functions of some numbers, without the constant.

    Each number gets a natural cubic spline with equally spaced knots and ``DEGREES`` degrees of freedom; those of
    several numbers are added, without interactions. All together may have one degree per ``PER_DEGREE`` members,
    because a fit follows luck in proportion to its degrees: numbers of a large group get fewer each, down to straight
    lines. Where the group has more numbers than degrees, only the leading principal components of its ranks count.
    They are chosen without a look at the responses, so that shuffled members remain a fair comparison, but what such
    a group explains is understated.

    Parameters
    ----------
    places
        float64 [members, numbers], ranks as of `ranks`.

    Returns
    -------
    Array
        float64 [members, degrees of freedom]; no column if all numbers are constant.
    """
    members, count = places.shape
    most = members // PER_DEGREE
    degrees = min(DEGREES, max(1, most // count)) if count else 0
    columns = np.concatenate(
        [np.empty((members, 0)), *(_spline(column, degrees) for column in places.T)], axis=1
    )
    left, sizes, _ = np.linalg.svd(columns - columns.mean(axis=0), full_matrices=False)
    # Equal values and numbers that move together leave fewer directions than columns.
    basis: Array = left[:, sizes > ROUNDING * np.sqrt(members)][:, :most]
    return basis


def _spline(places: Array, degrees: int) -> Array:
    """Natural cubic splines with `degrees` + 1 knots, without the constant: float64[members, degrees]."""
    knots = np.linspace(0, 1, degrees + 1)
    # At the last knot, 1, the cube is 0, because no place lies beyond it.
    slopes = np.maximum(places[:, None] - knots[:-1], 0) ** 3 / (1 - knots[:-1])
    return np.concatenate([places[:, None], slopes[:, :-1] - slopes[:, -1:]], axis=1)


def orders(members: int, seed: int) -> Array:
    """Return the members as they are and ``SHUFFLES`` times shuffled: int64 [1 + shuffles, members]."""
    rng = np.random.default_rng(seed)
    return np.stack([np.arange(members), *(rng.permutation(members) for _ in range(SHUFFLES))])


def against_chance(names: Sequence[str], found: Array, rounding: float) -> pd.DataFrame:
    """Compare what is found with what shuffled members show.

    Parameters
    ----------
    names
        Of numbers or groups.
    found
        float64 [names, 1 + shuffles]: the value, and those under shuffles, which are the same for all names.
    rounding
        Differences up to this are none.

    Returns
    -------
    pandas.DataFrame
        One row per name: ``raw``, the value; ``bias``, its mean under shuffles; ``floor``, which a given name without
        influence exceeds in 5 % of samples; ``floor_all``, which any of all names exceeds in 5 % of samples where none
        has influence; ``tells``, whether the value exceeds ``floor_all``. Names with more degrees of freedom show more
        by chance, so the largest excess over the bias counts for ``floor_all`` (Westfall and Young 1993).
    """
    raw, shuffled = found[:, 0], found[:, 1:]
    bias = shuffled.mean(axis=1)
    excess = (shuffled - bias[:, None]).max(axis=0, initial=-np.inf)
    # "higher" makes the rate no more than 5 %, with the value as one more of the shuffles.
    floor = np.quantile(shuffled, CONFIDENCE, axis=1, method="higher")
    floor_all = bias + (np.quantile(excess, CONFIDENCE, method="higher") if len(names) else 0.0)
    rows = zip(names, raw, bias, floor, floor_all, raw > floor_all + rounding, strict=True)
    return pd.DataFrame(rows, columns=CHANCE_COLUMNS)


def check(members: int, numbers: Array, names: Sequence[str]) -> None:
    """Check the numbers of an ensemble.

    Raises
    ------
    ValueError
        If shapes or names do not fit, a value is not finite, or there are fewer than ``FEWEST`` members.
    """
    if numbers.shape != (members, len(names)) or len(set(names)) < len(names):
        raise ValueError(f"numbers {numbers.shape}: {members} members, {len(set(names))} names")
    if not np.isfinite(numbers).all():
        raise ValueError("a number is not finite")
    if members < FEWEST:
        raise ValueError(f"{members} members: at least {FEWEST}")
