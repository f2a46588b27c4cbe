"""Minimum relative entropy: of all distributions with given means, the one nearest to a prior.

Among all distributions q over cells with Σ q_c f_c = 0 (and Σ q_c g_c of one sign), the one with the smallest
KL(q ‖ prior) is q ∝ prior · exp(λ·f). λ minimises the smooth convex dual

    D(λ) = log Σ prior_c exp(λ·f_c) + ½ Σ_k slack_k λ_k²

by a damped Newton method whose ridge fades as it converges. By weak duality, at *any* λ, −D(λ) ≤ KL of every
distribution that meets the constraints. Once −D exceeds the largest KL that a distribution over the cells can have,
no distribution meets them: this proves that a table is impossible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TOLERANCE = 1e-9  # of a mean, in standard deviations of its feature
ITERATIONS = 100
HALVINGS = 10
FIRST_RIDGE, LEAST_RIDGE, LARGEST_RIDGE = 1e-6, 1e-13, 1e4
LONGEST = 8.0  # largest change of a log share in one step; beyond it the local curvature is meaningless
LEAST_VARIANCE = 1e-18  # of a feature; below it one cell has all the mass and scaling is undefined
ARMIJO = 1e-4  # share of the predicted decrease that a step must achieve


@dataclass(frozen=True, slots=True)
class Tilt:
    """The nearest distribution.

    Attributes
    ----------
    shares
        float64 [cells], summing to 1.
    multipliers
        float64 [features].
    divergence
        KL(shares ‖ prior), nats.
    """

    shares: Array
    multipliers: Array
    divergence: float


class NotFoundError(ValueError):
    """No distribution over the cells with these means was found."""


class ImpossibleError(NotFoundError):
    """The dual proves that there is no such distribution."""


def normalised(log_prior: Array) -> Array:
    """Return logarithms that sum to 1 once exponentiated."""
    top = log_prior.max()
    logs: Array = log_prior - (top + np.log(np.exp(log_prior - top).sum()))
    return logs


def divergence(shares: Array, log_prior: Array) -> float:
    """Return KL(shares ‖ prior) in nats; cells of share 0 count 0."""
    held = shares > 0
    return float(shares[held] @ (np.log(shares[held]) - log_prior[held]))


def tilt(
    log_prior: Array,
    features: Array,
    *,
    slack: Array | None = None,
    sign: Array | None = None,
    start: Array | None = None,
) -> Tilt:
    """Find the distribution nearest to the prior under which every feature has mean 0.

    Parameters
    ----------
    log_prior
        float64 [cells], normalised.
    features
        float64 [cells, k], each minus its target; in any units.
    slack
        float64 [k], 0 by default: a feature with slack s may miss its target at a cost of miss²/(2s) nats.
    sign
        int [k]: 0 (default) mean = 0; +1 mean ≥ 0; −1 mean ≤ 0.
    start
        float64 [k], initial multipliers.

    Raises
    ------
    ImpossibleError
        If no distribution over the cells with prior mass has these means.
    NotFoundError
        If `ITERATIONS` steps found none, although one may exist.
    """
    none = np.zeros(features.shape[1])
    slack = none if slack is None else slack
    sign = none.astype(int) if sign is None else sign
    worst = _largest(log_prior, features, slack)
    lam = none if start is None else np.where(sign * start < 0, 0.0, start)
    value, shares = _dual(lam, log_prior, features, slack)
    ridge = FIRST_RIDGE
    for _ in range(ITERATIONS):
        mean = shares @ features
        gradient = mean + slack * lam
        free = (sign == 0) | (lam != 0) | (gradient * sign < 0)
        curvature = _curvature(features, shares, mean, slack)[np.ix_(free, free)]
        variance = np.diag(curvature)  # rounding can leave it below 0
        unit = np.sqrt(np.where(variance > LEAST_VARIANCE, variance, 1.0))
        if (np.abs(gradient[free]) <= TOLERANCE * unit).all():
            return Tilt(shares, lam, divergence(shares, log_prior))
        curvature /= np.outer(unit, unit)
        while True:
            step = _no_longer(_newton_step(curvature, gradient[free] / unit, unit, free, ridge), features)
            if found := _line_search(lam, step, gradient, value, log_prior, features, slack, sign):
                break
            ridge *= 100
            if ridge > LARGEST_RIDGE:
                raise NotFoundError("the search for a distribution with these means broke down")
        lam, value, shares, length = found
        if -value > worst:
            raise ImpossibleError("no distribution has these means")
        if length == 1.0:
            ridge = max(ridge / 10, LEAST_RIDGE)
    raise NotFoundError("no distribution with these means was found")


def _newton_step(curvature: Array, gradient: Array, unit: Array, free: Array, ridge: float) -> Array:
    """Return the damped Newton step of all multipliers, from the free ones' curvature and gradient in `unit`."""
    step = np.zeros(len(free))
    step[free] = -np.linalg.solve(curvature + ridge * np.eye(len(unit)), gradient) / unit
    return step


def _largest(log_prior: Array, features: Array, slack: Array) -> float:
    """Return an upper bound on the primal: a dual value beyond it proves that no distribution has the means.

    A point mass on the least likely cell has the largest KL; the bound adds the largest cost of missing slack targets.
    """
    soft = slack > 0
    price = (np.abs(features[:, soft]).max(axis=0) ** 2 / (2.0 * slack[soft])).sum()
    return float(-log_prior[np.isfinite(log_prior)].min() + 1.0) + float(price)


def _curvature(features: Array, shares: Array, mean: Array, slack: Array) -> Array:
    """Return the second derivatives of the dual: the features' covariance plus the slacks."""
    weighted = features * np.sqrt(shares)[:, None]
    curvature: Array = weighted.T @ weighted - np.outer(mean, mean) + np.diag(slack)
    return curvature


def _no_longer(step: Array, features: Array) -> Array:
    """Shorten a step that would change a log share by more than `LONGEST`."""
    reach = np.abs(features @ step).max()
    return step * min(1.0, LONGEST / reach) if reach > 0 else step


def _dual(lam: Array, log_prior: Array, features: Array, slack: Array) -> tuple[float, Array]:
    exponent = log_prior + features @ lam
    top = exponent.max()
    shares = np.exp(exponent - top)
    total = shares.sum()
    shares /= total
    return float(np.log(total) + top + 0.5 * slack @ lam**2), shares


def _line_search(
    lam: Array,
    step: Array,
    gradient: Array,
    value: float,
    log_prior: Array,
    features: Array,
    slack: Array,
    sign: Array,
) -> tuple[Array, float, Array, float] | None:
    """Halve the step until the dual falls enough; multipliers stay on their side of 0."""
    length = 1.0
    for _ in range(HALVINGS):
        new = lam + length * step
        new = np.where(sign * new < 0, 0.0, new)
        tried, shares = _dual(new, log_prior, features, slack)
        if tried <= value + ARMIJO * (gradient @ (new - lam)) + 1e-14:
            return new, tried, shares, length
        length /= 2
    return None
