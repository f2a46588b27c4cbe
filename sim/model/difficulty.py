"""Transition difficulty (转型难): the answers that a firm's state implies, and its chance of reporting difficulty.

Equations of docs/odd.md, coefficients of Table 5 (A27), answers coded as in Table 4. X13 counts backwards.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from sim.model.draws import uniform
from sim.model.numerics import Int, exp, hot, log, normal_cdf, normal_shock, pure
from sim.model.staffing import talent_ratio
from sim.model.state import RING, X1, X2, X3, X4, X5, X6, X7, X8, X9, X10, X11, X12, X13, Array, Firms
from sim.world.constants import CUTS, QUALITY, VARIABLES, YEAR
from sim.world.inputs import Inputs, Parameters

#: Between the five answers of one question, ascending.
Cuts: TypeAlias = tuple[float, float, float, float]
#: Of X5, X6 and X7.
AllCuts: TypeAlias = tuple[Cuts, Cuts, Cuts]


@hot
def look_up(table: Array, code: Array, first: Int, stop: Int, found: Array) -> None:
    """Write ``table[code]`` of the slots [first, stop) into ``found``.

    This is a separate loop because a loop that also writes elsewhere is not vectorised: the compiler cannot know that
    the arrays do not overlap.
    """
    for i in range(first, stop):
        found[i - first] = table[code[i]]


@pure
def profit_change(profits: Array, i: Int, t: Int) -> float:
    """Compare firm i's profit of four quarters to t with the four before: (a − b)/(|a| + |b|) in [−1, 1].

    Unlike a ratio, the symmetric form stays defined when profits change sign.
    """
    recent = 0.0
    before = 0.0
    for age in range(YEAR):
        recent += np.float64(profits[i, (t - age) % RING])
        before += np.float64(profits[i, (t - age - YEAR) % RING])
    scale = abs(recent) + abs(before)
    return (recent - before) / scale if scale > 0.0 else 0.0


@pure
def four(cuts: Array) -> Cuts:
    """Return four cut-points as a tuple, which a loop can keep in registers."""
    return np.float64(cuts[0]), np.float64(cuts[1]), np.float64(cuts[2]), np.float64(cuts[CUTS - 1])


@pure
def answer(value: float, cuts: Cuts) -> int:
    """Return the class 0 to 4 of a value between ascending cut-points: how many it exceeds."""
    c = 0
    for cut in cuts:
        c += value > cut
    return c


@hot
def answer_state(f: Firms, i: Int, staff_cuts: Cuts) -> None:
    """Answer X1, X2 and X4, directly from staff, level and wish for a platform."""
    f.x[i, X1] = answer(np.float64(f.staff[i]), staff_cuts)
    f.x[i, X2] = f.level[i] >= QUALITY
    f.x[i, X4] = f.want[i] & (1 - f.platform[i])


@hot
def answer_reserve(f: Firms, i: Int, t: Int, fill: float) -> None:
    """Answer X3, which does not change before a new firm could hire; ``fill`` is that of the firm's market."""
    enough = talent_ratio(np.int64(f.talent[i]), f.wanted[i], fill) >= np.float64(f.phi[i])
    asks = (f.born[i] == 0) | (t - f.born[i] >= RING)
    f.x[i, X3] = enough if asks else f.x[i, X3]


@hot
def answer_profit(f: Firms, i: Int, t: Int, cuts: Cuts) -> None:
    """Answer X5 from quarters up to t − 1; for a young firm it does not change until two years can be compared."""
    change = answer(profit_change(f.profits, i, t - 1), cuts)
    f.x[i, X5] = change if f.born[i] == 0 or t - f.born[i] >= RING else f.x[i, X5]


@hot
def answer_transaction(f: Firms, i: Int, cuts: Cuts) -> None:
    """Answer X6."""
    f.x[i, X6] = answer(np.float64(f.transaction_burden[i]) - np.float64(f.transaction_reference[i]), cuts)


@hot
def answer_energy(f: Firms, i: Int, cuts: Cuts) -> None:
    """Answer X7."""
    f.x[i, X7] = answer(np.float64(f.energy_burden[i]) - np.float64(f.energy_reference[i]), cuts)


@hot
def answer_research(f: Firms, i: Int, p: Parameters) -> None:
    """Answer X8 and X9, which are tracked although Table 5 estimates no coefficient for them."""
    f.x[i, X8] = np.float64(f.rd_intensity[i]) >= p.rd_level[f.level[i]]
    f.x[i, X9] = f.rd_grant[i] > 0


@hot
def answer_support(f: Firms, i: Int, t: Int) -> None:
    """Answer X10, X11 and X13 from the records of support that still count in quarter t."""
    f.x[i, X10] = f.x0[i, X10] | (f.funds_until[i] > t)
    f.x[i, X11] = f.x0[i, X11] | (f.aware_until[i] > t)
    f.x[i, X13] = max(f.x0[i, X13] - (f.taken_until[i] > t), 0)


@hot
def answer_protection(f: Firms, i: Int, sound: bool) -> None:
    """Answer X12, tracked although Table 5 lacks it: whether policy has made protection in the firm's place sound."""
    f.x[i, X12] = f.x0[i, X12] | sound


@hot
def answers(
    f: Firms,
    first: Int,
    stop: Int,
    t: Int,
    inputs: Inputs,
    p: Parameters,
    cuts: AllCuts,
    fill: Array,
    sound: bool,
    scratch: Array,
) -> None:
    """Write the survey answers of the firms in slots [first, stop) in quarter t; ``cuts`` of X5, X6, X7.

    ``fill``, float64[industries], says how well the posts of their region are filled, ``sound`` whether intellectual
    property is protected there. Each loop writes few answers, so that it reads few arrays and is vectorised.
    """
    staff_cuts = four(inputs.staff_cuts)
    for i in range(first, stop):
        answer_state(f, i, staff_cuts)
    look_up(fill, f.industry, first, stop, scratch)
    for i in range(first, stop):
        j: Int = i - first
        answer_reserve(f, i, t, scratch[j])
    for i in range(first, stop):
        answer_profit(f, i, t, cuts[0])
    for i in range(first, stop):
        answer_transaction(f, i, cuts[1])
    for i in range(first, stop):
        answer_energy(f, i, cuts[2])
    for i in range(first, stop):
        answer_research(f, i, p)
    for i in range(first, stop):
        answer_support(f, i, t)
    for i in range(first, stop):
        answer_protection(f, i, sound)


@hot
def answers_of_one(
    f: Firms, i: Int, t: Int, fill: float, sound: bool, inputs: Inputs, p: Parameters, cuts: AllCuts
) -> None:
    """Write the survey answers of firm i, as `answers` does for many; ``fill`` is that of its market."""
    answer_state(f, i, four(inputs.staff_cuts))
    answer_reserve(f, i, t, fill)
    answer_profit(f, i, t, cuts[0])
    answer_transaction(f, i, cuts[1])
    answer_energy(f, i, cuts[2])
    answer_research(f, i, p)
    answer_support(f, i, t)
    answer_protection(f, i, sound)


@pure
def causal_part(x: Array, x0: Array, i: Int, k: Int, beta: Array, kappa: Array) -> float:
    """Return β_k (x_k0 + κ_k (x_k − x_k0)) of firm i: only the causal share of a change counts."""
    before = np.float64(x0[i, k])
    part: float = beta[k] * (before + kappa[k] * (np.float64(x[i, k]) - before))
    return part


@pure
def log_odds(f: Firms, i: Int, beta: Array, kappa: Array) -> float:
    """Return η of firm i: β0 and the causal parts of all answers."""
    eta: float = beta[0]
    for k in range(1, VARIABLES):
        eta += causal_part(f.x, f.x0, i, k, beta, kappa)
    return eta - less_than_usual(f, i, beta, kappa)


@pure
def less_than_usual(f: Firms, i: Int, beta: Array, kappa: Array) -> float:
    """Return what X10's causal part exceeds that of the money that firm i got: a yuan is not a million.

    X10 asks only whether there were special funds; below the usual grant its part is in proportion.
    """
    change = np.float64(f.x[i, X10]) - np.float64(f.x0[i, X10])
    part: float = beta[X10] * kappa[X10] * change * (1.0 - np.float64(f.funds[i]))
    return part


@pure
def probability(eta: float) -> float:
    """Return the logistic function of log-odds."""
    return 1.0 / (1.0 + exp(-eta))


@hot
def judge(f: Firms, i: Int, eta: float, inputs: Inputs, p: Parameters) -> None:
    """Set probability p, difficulty Y and Y* of firm i from its log-odds and its luck z.

    Y* removes the definitional share δ of X3, whose wording overlaps with Y's (A26).
    """
    definitional = p.delta * inputs.kappa[X3] * inputs.beta[X3]
    overlap = definitional * (np.float64(f.x[i, X3]) - np.float64(f.x0[i, X3]))
    u = normal_cdf(np.float64(f.z[i]))
    chance = probability(eta)
    f.p[i] = chance
    f.hard[i] = u < chance
    f.hard_star[i] = u < probability(eta - overlap)


@hot
def judge_all(f: Firms, first: Int, stop: Int, eta: Array, inputs: Inputs, p: Parameters) -> None:
    """Judge the firms in slots [first, stop); ``eta``, float64[at least as many], is scratch."""
    for i in range(first, stop):
        eta[i - first] = inputs.beta[0]
    for k in range(1, VARIABLES):
        if inputs.beta[k] != 0.0:
            for i in range(first, stop):
                eta[i - first] += causal_part(f.x, f.x0, i, k, inputs.beta, inputs.kappa)
    if inputs.beta[X10] * inputs.kappa[X10] != 0.0:
        for i in range(first, stop):
            eta[i - first] -= less_than_usual(f, i, inputs.beta, inputs.kappa)
    for i in range(first, stop):
        j: Int = i - first
        judge(f, i, eta[j], inputs, p)


@hot
def drift(z: Array, first: Int, stop: Int, words: Array, p: Parameters) -> None:
    """Update the luck z in slots [first, stop) with a standard normal shock each (persistence ρ)."""
    fresh = np.sqrt(1.0 - p.rho * p.rho)
    for i in range(first, stop):
        j: Int = i - first
        z[i] = p.rho * np.float64(z[i]) + fresh * normal_shock(uniform(words[j]))


@hot
def move_burden(
    burden: Array,
    reference: Array,
    noise: Array,
    relief: Array,
    index: Array,
    lifted: Array,
    first: Int,
    stop: Int,
    words: Array,
    sd: float,
    p: Parameters,
) -> None:
    """Update a cost burden of the firms in slots [first, stop) and the memory it is compared with.

    burden = index + noise + ln(1 − relief), where ``index`` float64[as many] is the log price and ``sd`` the
    stationary standard deviation of noise. The reference is an exponential memory of ``burden_memory``
    quarters, so a lasting relief is felt for years and then becomes the new normal. ``lifted`` is scratch.
    """
    keep = p.burden_persistence
    fresh = np.sqrt(1.0 - keep * keep) * sd
    rate = 1.0 / p.burden_memory
    for i in range(first, stop):
        lifted[i - first] = log(1.0 - np.float64(relief[i])) if relief[i] > 0.0 else 0.0
    for i in range(first, stop):
        j: Int = i - first
        before = np.float64(reference[i])
        reference[i] = before + rate * (np.float64(burden[i]) - before)
        here = keep * np.float64(noise[i]) + fresh * normal_shock(uniform(words[j]))
        noise[i] = here
        burden[i] = index[j] + here + lifted[j]


@hot
def memory_moments(p: Parameters) -> tuple[float, float]:
    """Return the variance of the memory m and the covariance of noise e with it, for unit-variance e.

    e is first-order autoregressive with persistence ρ, and m(t) = m(t−1) + λ (e(t−1) − m(t−1)). This linear Gaussian
    process has closed forms, so quarter zero can be drawn from the stationary law.
    """
    rate = 1.0 / p.burden_memory
    carry = p.burden_persistence * (1.0 - rate)
    variance = rate / (2.0 - rate) * (1.0 + carry) / (1.0 - carry)
    covariance = rate * p.burden_persistence / (1.0 - carry)
    return variance, covariance


@hot
def noise_sd(spread: float, p: Parameters) -> float:
    """Return the standard deviation of noise for which burden minus memory has standard deviation ``spread``."""
    variance, covariance = memory_moments(p)
    gap: float = np.sqrt(1.0 + variance - 2.0 * covariance)
    return spread / gap
