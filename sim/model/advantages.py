"""What speeds climbing: a firm's advantages, against yardsticks that the run measures itself (docs/odd.md).

A yardstick is the mean over the firms of a level, or over those to whom a way up is open, at the beginning of a year.
It is measured until the end of 2022 and kept from then on, so that a hazard parameter is, when measured, the mean
hazard of the firms to whom the way is open, whatever the other numbers are, and no policy of later years moves its own
yardstick.
"""

from __future__ import annotations

import numpy as np

from sim.model.numerics import Int, clip, exp, hot, inner, kernel, log, pure
from sim.model.staffing import talent_ratio
from sim.model.state import ADVANTAGES, ALIVE, X1, Array, Firms, Province
from sim.world.constants import (
    BURN_IN,
    DIRECT,
    GIVEN_YEARS,
    LEVELS,
    QUALITY,
    REGISTRATION,
    WAYS,
    YEAR,
)
from sim.world.inputs import Inputs, Parameters

TALENT, RD, PLATFORM, KNOWN, FINANCE = range(ADVANTAGES)
MOST_REACH = 2.0  # of a tie, in mean regions' universities
WHOLE = 2.0**32  # sums are of whole numbers in this unit, so that the order of slots does not matter


@hot
def advantages(
    f: Firms, i: Int, province: Province, inputs: Inputs, p: Parameters
) -> tuple[float, float, float, float, float]:
    """Return firm i's advantages for climbing: talent ratio, ln R&D, platform, relative knowledge, finance."""
    fill = province.fill[inputs.slot_region[i], inputs.industry_field[f.industry[i]]]
    value_added = np.float64(f.productivity[i]) * np.float64(f.staff[i])
    rd = np.float64(f.rd_intensity[i]) * value_added + YEAR * np.float64(f.rd_grant[i])
    level = f.level[i]
    known = np.float64(province.knowledge[f.cell[i], f.industry[i], level])
    known -= np.float64(province.knowledge_mean[level])
    protection = province.protection[inputs.slot_region[i]]
    known += log(max(1.0 - p.imitation * protection, 1.0 / WHOLE)) if protection > 0.0 else 0.0
    cash = max(np.float64(f.cash[i]), 0.0)
    return (
        min(talent_ratio(np.int64(f.talent[i]), f.wanted[i], fill), p.fill_cap),
        log(1.0 + rd / p.rd_unit),
        np.float64(f.platform[i]),
        clip(known, -p.spill_clip, p.spill_clip),
        cash / (cash + p.labour_share * value_added),
    )


@hot
def score(f: Firms, i: Int, province: Province, inputs: Inputs, p: Parameters) -> float:
    """Return Σ a_k (s_k − mean s_k): firm i's advantages against the yardsticks of its level."""
    level = f.level[i]
    centre = province.centre
    talent, rd, platform, known, finance = advantages(f, i, province, inputs, p)
    total = p.a_T * (talent - np.float64(centre[TALENT, level]))
    total += p.a_R * (rd - np.float64(centre[RD, level]))
    total += p.a_P * (platform - np.float64(centre[PLATFORM, level]))
    total += p.a_S * (known - np.float64(centre[KNOWN, level]))
    total += p.a_F * (finance - np.float64(centre[FINANCE, level]))
    return clip(total, -p.climb_clip, p.climb_clip)


@hot
def standing(f: Firms, i: Int, province: Province, inputs: Inputs, p: Parameters) -> float:
    """Return how firm i's advantages and its difficulty multiply its chances: exp(score), times ε in difficulty."""
    factor: float = exp(score(f, i, province, inputs, p))
    return factor * p.eps if f.hard_star[i] == 1 else factor


@pure
def reached(way: Int) -> int:
    """Return the level to which a way leads."""
    return QUALITY if way == DIRECT else way + 1


@hot
def is_open(f: Firms, i: Int, t: Int, way: Int) -> bool:
    """Whether a way up is open to firm i: every way but registration is a project, and closed after a failed one."""
    open_: bool = way == REGISTRATION or f.scarred_until[i] <= t
    return open_


@hot
def means(f: Firms, i: Int, level: Int, p: Parameters) -> float:
    """Return the factor on firm i's readiness to reach a level: below 1 where its cash is short of the fee."""
    if f.cash[i] >= p.climb_cost[level - 1]:
        return 1.0
    return p.short_large if f.x[i, X1] > 0 else p.short_small


@pure
def science(r: Int, province: Province, inputs: Inputs, p: Parameters) -> float:
    """Return the factor of a region's universities, and of what laboratories add, on climbing to a certificate."""
    factor: float = inputs.science[r]
    if province.research[r] != inputs.universities[r]:
        factor *= exp(p.a_U * log((1.0 + province.research[r]) / (1.0 + inputs.universities[r])))
    return factor


@hot
def drive(f: Firms, i: Int, way: Int, province: Province, inputs: Inputs, p: Parameters) -> float:
    """Return by which factor firm i tries more often because success is worth more: (1 + ι)^a_I, bounded.

    ι is what success brings more, over what the project costs, its fee and a year's R&D: where property is protected, a
    first high-tech certificate keeps more of its productivity gain.
    """
    protection = province.protection[inputs.slot_region[i]]
    level = reached(way)
    if protection == 0.0 or level != QUALITY or f.peak[i] >= QUALITY:
        return 1.0
    value_added = np.float64(f.productivity[i]) * np.float64(f.staff[i])
    cost = p.climb_cost[level - 1] + np.float64(f.rd_intensity[i]) * value_added
    more = p.protect_gain * protection * p.quality_gain * value_added * p.value_years / max(cost, 1.0)
    return min(exp(p.a_I * log(1.0 + more)), p.drive_most)


@hot
def readiness(
    f: Firms, i: Int, way: Int, standing_of_firm: float, province: Province, inputs: Inputs, p: Parameters
) -> float:
    """Return how ready firm i is for a way up, to be compared with the mean of those to whom it is open.

    Universities help where the way leads to a high-tech certificate.
    """
    ready: float = standing_of_firm * inputs.path[f.industry[i]] * means(f, i, reached(way), p)
    if reached(way) == QUALITY:
        ready *= science(np.int64(inputs.slot_region[i]), province, inputs, p)
        ready *= drive(f, i, way, province, inputs, p)
    return ready


@hot
def uplift(f: Firms, i: Int, t: Int, province: Province, inputs: Inputs, p: Parameters) -> float:
    """Return the log-odds that being served, and a tie with a university, add to the success of firm i's project.

    A tie helps as far as the firm has people to use it and the region has research.
    """
    total = np.float64(f.served[i]) if f.served_until[i] > t else 0.0
    if f.tied_until[i] > t:
        r = inputs.slot_region[i]
        fill = province.fill[r, inputs.industry_field[f.industry[i]]]
        use = min(talent_ratio(np.int64(f.talent[i]), f.wanted[i], fill), 1.0)
        reach = min(province.research[r] / inputs.usual_universities, MOST_REACH)
        total += p.tie_gain * np.float64(f.tie[i]) * use * reach
    return total


@pure
def success_with(usual: float, more: float) -> float:
    """Return the chance of success whose log-odds are ``more`` above the usual ones."""
    if more == 0.0:
        return usual
    odds = usual * exp(more)
    return odds / (1.0 - usual + odds)


@hot
def _whole(x: float) -> Int:
    return np.int64(np.floor(x * WHOLE + 0.5))


@inner
def _centres(f: Firms, province: Province, inputs: Inputs, p: Parameters) -> None:
    """Measure the mean of each advantage by level."""
    total = np.zeros((ADVANTAGES, LEVELS), np.int64)
    count = np.zeros(LEVELS, np.int64)
    for i in range(len(f.alive)):
        if f.alive[i] == ALIVE:
            level = f.level[i]
            parts = advantages(f, i, province, inputs, p)
            count[level] += 1
            for k in range(ADVANTAGES):
                total[k, level] += _whole(parts[k])
    for k in range(ADVANTAGES):
        for level in range(LEVELS):
            if count[level] > 0:
                province.centre[k, level] = total[k, level] / count[level] / WHOLE


@inner
def mean_readiness(
    f: Firms, t: Int, province: Province, inputs: Inputs, p: Parameters
) -> tuple[Array, Array]:
    """Return mean `readiness` by way, float64[WAYS], and mean `standing` by level, float64[levels].

    The first is over the firms to whom the way is open; both are 0 where there is no firm.
    """
    ready = np.zeros(WAYS, np.int64)
    ready_firms = np.zeros(WAYS, np.int64)
    stands = np.zeros(LEVELS, np.int64)
    firms = np.zeros(LEVELS, np.int64)
    for i in range(len(f.alive)):
        if f.alive[i] == ALIVE:
            level = np.int64(f.level[i])
            factor = standing(f, i, province, inputs, p)
            firms[level] += 1
            stands[level] += _whole(factor)
            for way in range(WAYS):
                start = 0 if way == DIRECT else way
                if level == start and is_open(f, i, t, way):
                    ready[way] += _whole(readiness(f, i, way, factor, province, inputs, p))
                    ready_firms[way] += 1
    return ready / np.maximum(ready_firms, 1) / WHOLE, stands / np.maximum(firms, 1) / WHOLE


@inner
def measure(f: Firms, t: Int, province: Province, inputs: Inputs, p: Parameters) -> None:
    """Renew the yardsticks at the beginning of a year, until the end of 2022 or until a lever has spent money.

    What no firm shows keeps its yardstick.
    """
    if t > BURN_IN + YEAR * GIVEN_YEARS or province.spent.sum() > 0:
        return
    _centres(f, province, inputs, p)
    by_way, by_level = mean_readiness(f, t, province, inputs, p)
    for way in range(WAYS):
        if by_way[way] > 0.0:
            province.usual_readiness[way] = by_way[way]
    for level in range(LEVELS):
        if by_level[level] > 0.0:
            province.usual_standing[level] = by_level[level]


@kernel
def relative_readiness(f: Firms, province: Province, inputs: Inputs, p: Parameters) -> Array:
    """Return mean readiness over its yardstick by way now, float64[WAYS].

    It is the mean hazard of the firms to whom the way is open, over its parameter.
    """
    by_way, _ = mean_readiness(f, province.clock[0], province, inputs, p)
    for way in range(WAYS):
        by_way[way] /= np.float64(province.usual_readiness[way])
    return by_way
