"""Intervals: t on paired differences, Fieller for a ratio, bootstrap for a ranking, the stopping rule."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.runs.results import interval, t_quantile

Array = NDArray[Any]
PRECISION = 0.05  # of the effect
DRAWS = 2000

__all__ = ["best_shares", "fieller", "interval", "pairing_ratio", "tight_enough"]


def fieller(numerator: Array, denominator: Array) -> tuple[float, float, float] | None:
    """Return a ratio of paired means, 95 % Fieller interval; None where the denominator's covers 0.

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


def best_shares(effects: Array, seed: int) -> Array:
    """Return the share of bootstrap draws in which each policy has the largest mean effect; ties are split.

    Parameters
    ----------
    effects
        float64 [replications, policies], paired.
    """
    n = len(effects)
    rng = np.random.default_rng(seed)
    means = np.stack([effects[rng.integers(0, n, n)].mean(axis=0) for _ in range(DRAWS)])
    best = means == means.max(axis=1, keepdims=True)
    shares: Array = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


def pairing_ratio(policy: Array, base: Array) -> tuple[float, float, float]:
    """Return variances of the paired difference and under independent seeds, and their ratio."""
    paired = float(np.var(policy - base, ddof=1))
    independent = float(np.var(policy, ddof=1) + np.var(base, ddof=1))
    return paired, independent, independent / paired if paired > 0 else float("inf")


def tight_enough(effect: float, low: float, high: float, floor: float, precision: float = PRECISION) -> bool:
    """Apply the stopping rule: the half-width is at most ``precision`` of the effect, or below ``floor``."""
    return (high - low) / 2 <= max(precision * abs(effect), floor)
