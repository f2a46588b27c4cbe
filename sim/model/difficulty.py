"""Transition difficulty (转型难): the answers that a firm's state implies, and its chance of reporting one.

Equations of docs/odd.md, coefficients of Table 5 (A27), answers coded as in Table 4. X13 counts backwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.numerics import Int, exp, hot, log, normal_cdf, pure
from sim.model.state import (
    CUTS,
    QUALITY,
    RING,
    VARIABLES,
    X1,
    X2,
    X3,
    X4,
    X5,
    X6,
    X7,
    X8,
    X9,
    X10,
    X11,
    X13,
    YEAR,
)


@pure
def profit_change(profits: Any, t: Int) -> float:
    """Compare profit of four quarters with the four before: (a − b)/(|a| + |b|) in [−1, 1].

    The symmetric form stays defined when profits change sign, as a ratio does not.
    """
    recent = 0.0
    before = 0.0
    for age in range(YEAR):
        recent += np.float64(profits[(t - age) % RING])
        before += np.float64(profits[(t - age - YEAR) % RING])
    scale = abs(recent) + abs(before)
    return (recent - before) / scale if scale > 0.0 else 0.0


@pure
def answer(value: float, cuts: Any) -> int:
    """Return the class 0 to 4 of a value between ascending cut-points."""
    c = 0
    while c < CUTS and value > np.float64(cuts[c]):
        c += 1
    return c


@hot
def answers(f: Any, i: Int, t: Int, inputs: Any, p: Any, cuts: Any) -> None:
    """Write the survey answers of firm i in quarter t into ``f.x[i]``; ``cuts`` = cut-points of X5, X6, X7.

    X5 looks at quarters up to t − 1. X3 stays as it is while less than one person is wanted, X5 of a young
    firm until it can compare two years. X8 and X9 are tracked though Table 5 estimates no coefficient; X12
    has no state yet.
    """
    x = f.x[i]
    x[X1] = answer(np.float64(f.staff[i]), inputs.staff_cuts)
    x[X2] = 1 if f.level[i] >= QUALITY else 0
    wanted = np.float64(f.wanted[i])
    if wanted >= 1.0:
        x[X3] = 1 if np.float64(f.talent[i]) + 0.5 >= np.float64(f.phi[i]) * wanted else 0
    x[X4] = 1 if f.want[i] == 1 and f.platform[i] == 0 else 0
    if f.born[i] == 0 or t - f.born[i] >= RING:
        x[X5] = answer(profit_change(f.profits[i], t - 1), cuts[0])
    x[X6] = answer(np.float64(f.transaction_burden[i]) - np.float64(f.transaction_reference[i]), cuts[1])
    x[X7] = answer(np.float64(f.energy_burden[i]) - np.float64(f.energy_reference[i]), cuts[2])
    x[X8] = 1 if np.float64(f.rd_intensity[i]) >= p.rd_level[f.level[i]] else 0
    x[X9] = 1 if f.rd_grant[i] > 0 else 0
    x[X10] = 1 if f.x0[i, X10] == 1 or f.funds_until[i] > t else 0
    x[X11] = 1 if f.x0[i, X11] == 1 or f.aware_until[i] > t else 0
    x[X13] = max(f.x0[i, X13] - (1 if f.taken_until[i] > t else 0), 0)


@pure
def log_odds(x: Any, x0: Any, beta: Any, kappa: Any) -> float:
    """η = β0 + Σ β_k (x_k0 + κ_k (x_k − x_k0)): only the causal share of a change counts."""
    eta: float = beta[0]
    for k in range(1, VARIABLES):
        eta += beta[k] * (x0[k] + kappa[k] * (x[k] - x0[k]))
    return eta


@pure
def probability(eta: float) -> float:
    """Return the logistic function of log-odds."""
    return 1.0 / (1.0 + exp(-eta))


@hot
def judge(f: Any, i: Int, inputs: Any, p: Any) -> None:
    """Set probability p, difficulty Y and Y* of firm i from its answers and its luck z.

    Y* removes the definitional share δ of X3, whose wording overlaps with Y's (A26).
    """
    eta = log_odds(f.x[i], f.x0[i], inputs.beta, inputs.kappa)
    overlap = p.delta * inputs.kappa[X3] * inputs.beta[X3] * (f.x[i, X3] - f.x0[i, X3])
    chance = probability(eta)
    u = normal_cdf(np.float64(f.z[i]))
    f.p[i] = chance
    f.hard[i] = 1 if u < chance else 0
    chance_star = probability(eta - overlap) if overlap != 0.0 else chance
    f.hard_star[i] = 1 if u < chance_star else 0


@hot
def difficulty(f: Any, i: Int, shock: float, inputs: Any, p: Any) -> None:
    """Let the luck z of firm i move on by a standard normal ``shock`` (persistence ρ), then judge."""
    f.z[i] = p.rho * np.float64(f.z[i]) + np.sqrt(1.0 - p.rho * p.rho) * shock
    judge(f, i, inputs, p)


@hot
def burdens(
    f: Any, i: Int, shock_energy: float, shock_transaction: float, index: float, sd: Any, p: Any
) -> None:
    """Update both cost burdens of firm i and the memory they are compared with.

    burden = index + noise + ln(1 − relief), with ``index`` the log energy price and ``sd`` the stationary
    standard deviations of noise (transaction, energy). The reference is an exponential memory of
    ``burden_memory`` quarters, so a lasting relief is felt for years and then becomes the new normal.
    """
    keep = p.burden_persistence
    fresh = np.sqrt(1.0 - keep * keep)
    rate = 1.0 / p.burden_memory
    before = np.float64(f.transaction_reference[i])
    f.transaction_reference[i] = before + rate * (np.float64(f.transaction_burden[i]) - before)
    noise = keep * np.float64(f.transaction_noise[i]) + fresh * sd[0] * shock_transaction
    f.transaction_noise[i] = noise
    f.transaction_burden[i] = noise + relieved(np.float64(f.transaction_relief[i]))
    before = np.float64(f.energy_reference[i])
    f.energy_reference[i] = before + rate * (np.float64(f.energy_burden[i]) - before)
    noise = keep * np.float64(f.energy_noise[i]) + fresh * sd[1] * shock_energy
    f.energy_noise[i] = noise
    f.energy_burden[i] = index + noise + relieved(np.float64(f.energy_offset[i]))


@hot
def relieved(share: float) -> float:
    """Return the log change of a burden of which a share is lifted."""
    return log(1.0 - share) if share > 0.0 else 0.0


@hot
def memory_moments(p: Any) -> tuple[float, float]:
    """Return the variance of the memory m and the covariance of noise e with it, for unit-variance e.

    e is first-order autoregressive with persistence ρ, m(t) = m(t−1) + λ (e(t−1) − m(t−1)): closed forms of a
    linear Gaussian process, so quarter zero can be drawn from the stationary law.
    """
    rate = 1.0 / p.burden_memory
    carry = p.burden_persistence * (1.0 - rate)
    variance = rate / (2.0 - rate) * (1.0 + carry) / (1.0 - carry)
    covariance = rate * p.burden_persistence / (1.0 - carry)
    return variance, covariance


@hot
def noise_sd(spread: float, p: Any) -> float:
    """Return the standard deviation of noise for which burden minus memory has that of ``spread``."""
    variance, covariance = memory_moments(p)
    gap: float = np.sqrt(1.0 + variance - 2.0 * covariance)
    return spread / gap
