"""Intervals: t on paired differences, Fieller for a ratio, bootstrap for a ranking, the stopping rule."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.runs.results import CONFIDENCE, interval, t_quantile

Array = NDArray[Any]
PRECISION = 0.05  # of the effect
DRAWS = 2000

__all__ = [
    "best_shares",
    "fieller",
    "interval",
    "pairing_ratio",
    "ratio_difference",
    "tight_enough",
    "variance_share",
]


def fieller(numerator: Array, denominator: Array) -> tuple[float, float, float] | None:
    """Return a ratio of paired means with its 95 % Fieller interval; None if the denominator's interval covers 0.

    Fieller (1954): the θ for which mean(a) − θ mean(b) is not significantly different from 0.
    """
    n = len(numerator)
    _, low, high = interval(denominator)
    if n < 2 or not (low > 0 or high < 0):
        return None
    a, b = float(np.mean(numerator)), float(np.mean(denominator))
    if np.var(numerator) == 0 and np.var(denominator) == 0:
        return a / b, a / b, a / b
    cov = np.cov(numerator, denominator, ddof=1) / n
    q = t_quantile(n) ** 2
    # (b² − q var_b) θ² − 2 (ab − q cov) θ + (a² − q var_a) ≤ 0
    aa, bb, cc = b * b - q * cov[1, 1], a * b - q * cov[0, 1], a * a - q * cov[0, 0]
    root = float(np.sqrt(max(bb * bb - aa * cc, 0.0)))
    return a / b, (bb - root) / aa, (bb + root) / aa


def best_shares(effects: Array, seed: int, money: Array | None = None) -> Array:
    """Return the share of bootstrap draws in which each policy has the largest mean effect; ties are split.

    Parameters
    ----------
    effects
        float64 [replications, policies], paired.
    money
        Likewise, above 0; if given, the effect per yuan counts.
    """
    n = len(effects)
    rng = np.random.default_rng(seed)
    yuan = np.ones_like(effects) if money is None else money
    drawn = [rng.integers(0, n, n) for _ in range(DRAWS)]
    means = np.stack([effects[index].mean(axis=0) / yuan[index].mean(axis=0) for index in drawn])
    best = means == means.max(axis=1, keepdims=True)
    shares: Array = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


def ratio_difference(first: tuple[Array, Array], second: tuple[Array, Array]) -> tuple[float, float, float]:
    """Return the difference of two ratios of paired means with its 95 % interval, linearised.

    Parameters
    ----------
    first, second
        Numerator and denominator, float64 [replications] each, all paired; denominators with a mean above 0.
    """
    (a, s), (b, t) = first, second
    ratio_a, ratio_b = (float(np.mean(x) / np.mean(y)) for x, y in (first, second))
    spread = (a - ratio_a * s) / np.mean(s) - (b - ratio_b * t) / np.mean(t)
    _, low, high = interval(spread)
    difference = ratio_a - ratio_b
    return difference, difference + low, difference + high


def pairing_ratio(policy: Array, base: Array) -> tuple[float, float, float]:
    """Return variances of the paired difference and under independent seeds, and their ratio."""
    paired = float(np.var(policy - base, ddof=1))
    independent = float(np.var(policy, ddof=1) + np.var(base, ddof=1))
    return paired, independent, independent / paired if paired > 0 else float("inf")


def tight_enough(effect: float, low: float, high: float, floor: float, precision: float = PRECISION) -> bool:
    """Apply the stopping rule: the half-width is at most ``precision`` of the effect, or below ``floor``."""
    return (high - low) / 2 <= max(precision * abs(effect), floor)


def variance_share(total: Array, part: Array, seed: int) -> tuple[float, float, float]:
    """Return the share of a variance that is not in a part of it, 1 − var(part) / var(total), with its 95 % interval.

    The interval comes from a bootstrap over replications, which keeps the pairs together. A share below 0 stays as it
    is, because both variances are estimates. NaN if there is no variance.

    Parameters
    ----------
    total, part
        float64 [replications], paired.
    """
    if np.ptp(total) == 0:
        return float("nan"), float("nan"), float("nan")
    n = len(total)
    index = np.random.default_rng(seed).integers(0, n, (DRAWS, n))
    # A bootstrap draw that repeats a single replication has no variance.
    index = index[np.ptp(total[index], axis=1) > 0]
    whole, within = (np.var(values[index], axis=1, ddof=1) for values in (total, part))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(1 - within / whole, (tail, 1 - tail))
    return 1 - float(np.var(part, ddof=1) / np.var(total, ddof=1)), float(low), float(high)
