"""Minimum relative entropy: of all distributions with given means, the one nearest to a prior.

Among all distributions q over cells with Σ q_c f_c = 0 (and Σ q_c g_c of one sign), the one with the smallest
KL(q ‖ prior) is q ∝ prior · exp(λ·f). λ minimises the smooth convex dual

    D(λ) = log Σ prior_c exp(λ·f_c) + ½ Σ_k slack_k λ_k²

by a damped Newton method whose ridge fades as it converges. A mean that need not be 0, only within ± width, costs
−μ log(1 − mean²/width²) nats. This barrier adds a smooth convex term to D; μ falls in steps to its last value, by
default one where it costs next to nothing except at the very ends. By weak duality, at *any* λ, −D(λ) without barriers
is at most the KL of every distribution that meets the constraints. Once it exceeds the largest KL that a distribution
over the cells can have, none meets them: this proves that a table is impossible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TOLERANCE = 1e-9  # of a mean, in standard deviations of its feature
TOLERANCE_WITHIN = 1e-7  # the same where means only have to lie within a width: multipliers are large there
TOLERANCE_EARLY = 1e-3  # the same for all barriers but the last
ITERATIONS = 100
HALVINGS = 10
FIRST_RIDGE, LEAST_RIDGE, LARGEST_RIDGE = 1e-6, 1e-13, 1e4
LONGEST = 8.0  # largest change of a log share in one step; beyond it the local curvature is meaningless
LEAST_VARIANCE = 1e-18  # of a feature; below it one cell has all the mass and scaling is undefined
BARRIERS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)  # nats
ARMIJO = 1e-4  # share of the predicted decrease that a step must achieve


@dataclass(frozen=True, slots=True, eq=False)
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
    width: Array | None = None,
    start: Array | None = None,
    within: float = np.inf,
    barrier: float = BARRIERS[-1],
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
    width
        float64 [k], 0 by default: the mean of a feature with width w lies strictly between −w and w.
    start
        float64 [k], initial multipliers.
    within
        Nats from the prior beyond which no distribution is sought.
    barrier
        Nats, the last μ: what a mean within its width costs.

    Raises
    ------
    ImpossibleError
        If no distribution over the cells with prior mass has these means, or none within that distance.
    NotFoundError
        If `ITERATIONS` steps found none, although one may exist.
    """
    none = np.zeros(features.shape[1])
    slack = none if slack is None else slack
    sign = none.astype(int) if sign is None else sign
    width = none if width is None else width
    lam = none if start is None else np.where(sign * start < 0, 0.0, start)
    if start is None and width.any():
        for before in (one for one in BARRIERS if one > barrier):
            room = _Room(slack, width, before)
            lam, _ = _least(lam, log_prior, features, sign, room, TOLERANCE_EARLY, within)
    exact = TOLERANCE_WITHIN if width.any() else TOLERANCE
    lam, shares = _least(lam, log_prior, features, sign, _Room(slack, width, barrier), exact, within)
    return Tilt(shares, lam, divergence(shares, log_prior))


@dataclass(frozen=True, slots=True)
class _Room:
    """What leaves means room, and the terms that this adds to the dual."""

    slack: Array
    width: Array
    barrier: float

    def value(self, lam: Array) -> float:
        """Return the terms themselves."""
        root = np.sqrt(1.0 + (lam * self.width / self.barrier) ** 2)
        log = np.log(2.0 / (1.0 + root))  # of 1 − mean²/width²
        return float(0.5 * self.slack @ lam**2 + self.barrier * (root - 1.0 + log).sum())

    def slope(self, lam: Array) -> Array:
        """Return their first derivatives: the miss that each multiplier buys, with the opposite sign."""
        ratio = lam * self.width / self.barrier
        slope: Array = self.slack * lam + self.width * ratio / (1.0 + np.sqrt(1.0 + ratio**2))
        return slope

    def bend(self, lam: Array) -> Array:
        """Return their second derivatives."""
        root = np.sqrt(1.0 + (lam * self.width / self.barrier) ** 2)
        bend: Array = self.slack + self.width**2 / (self.barrier * root * (1.0 + root))
        return bend

    def hard(self, lam: Array) -> float:
        """Return the terms with no barrier in between: a mean within its width is free."""
        return float(0.5 * self.slack @ lam**2 + self.width @ np.abs(lam))


def _least(
    lam: Array, log_prior: Array, features: Array, sign: Array, room: _Room, tolerance: float, within: float
) -> tuple[Array, Array]:
    """Minimise the dual: multipliers, and the shares that they give."""
    worst = _largest(log_prior, features, room.slack, within)
    value, shares = _dual(lam, log_prior, features, room)
    ridge = FIRST_RIDGE
    for _ in range(ITERATIONS):
        mean = shares @ features
        gradient = mean + room.slope(lam)
        free = (sign == 0) | (lam != 0) | (gradient * sign < 0)
        held = features if free.all() else features[:, free]  # a copy takes as long as the rest of a step
        curvature = _curvature(held, shares, mean[free], room.bend(lam)[free])
        variance = np.diag(curvature)  # rounding can leave it below 0
        unit = np.sqrt(np.where(variance > LEAST_VARIANCE, variance, 1.0))
        if (np.abs(gradient[free]) <= tolerance * unit).all():
            return lam, shares
        curvature /= np.outer(unit, unit)
        while True:
            step = _no_longer(_newton_step(curvature, gradient[free] / unit, unit, free, ridge), features)
            if found := _line_search(lam, step, gradient, value, log_prior, features, sign, room):
                break
            ridge *= 100
            if ridge > LARGEST_RIDGE:
                raise NotFoundError("the search for a distribution with these means broke down")
        lam, value, shares, length = found
        if room.value(lam) - value - room.hard(lam) > worst:
            raise ImpossibleError("no distribution has these means")
        if length == 1.0:
            ridge = max(ridge / 10, LEAST_RIDGE)
    raise NotFoundError("no distribution with these means was found")


def _newton_step(curvature: Array, gradient: Array, unit: Array, free: Array, ridge: float) -> Array:
    """Return the damped Newton step of all multipliers, from the free ones' curvature and gradient in `unit`."""
    step = np.zeros(len(free))
    step[free] = -np.linalg.solve(curvature + ridge * np.eye(len(unit)), gradient) / unit
    return step


def _largest(log_prior: Array, features: Array, slack: Array, within: float) -> float:
    """Return an upper bound on the primal: a dual value beyond it proves that no distribution has the means.

    A point mass on the least likely cell has the largest KL, if none ``within`` a distance is sought; the bound adds
    the largest cost of missing slack targets.
    """
    soft = slack > 0
    price = (np.abs(features[:, soft]).max(axis=0) ** 2 / (2.0 * slack[soft])).sum()
    return min(float(-log_prior[np.isfinite(log_prior)].min() + 1.0), within) + float(price)


def _curvature(features: Array, shares: Array, mean: Array, bend: Array) -> Array:
    """Return the second derivatives of the dual: the features' covariance plus the bend of what leaves room."""
    weighted = features * np.sqrt(shares)[:, None]
    curvature: Array = weighted.T @ weighted - np.outer(mean, mean) + np.diag(bend)
    return curvature


def _no_longer(step: Array, features: Array) -> Array:
    """Shorten a step that would change a log share by more than `LONGEST`."""
    reach = np.abs(features @ step).max()
    return step * min(1.0, LONGEST / reach) if reach > 0 else step


def _dual(lam: Array, log_prior: Array, features: Array, room: _Room) -> tuple[float, Array]:
    exponent = log_prior + features @ lam
    top = exponent.max()
    shares = np.exp(exponent - top)
    total = shares.sum()
    shares /= total
    return float(np.log(total) + top) + room.value(lam), shares


def _line_search(
    lam: Array,
    step: Array,
    gradient: Array,
    value: float,
    log_prior: Array,
    features: Array,
    sign: Array,
    room: _Room,
) -> tuple[Array, float, Array, float] | None:
    """Halve the step until the dual falls enough; multipliers stay on their side of 0."""
    length = 1.0
    for _ in range(HALVINGS):
        new = lam + length * step
        new = np.where(sign * new < 0, 0.0, new)
        tried, shares = _dual(new, log_prior, features, room)
        if tried <= value + ARMIJO * (gradient @ (new - lam)) + 1e-14:
            return new, tried, shares, length
        length /= 2
    return None
