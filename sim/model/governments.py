"""Governments and money (docs/odd.md): yearly budgets, who is supported, what support does.

A lever is a row of the programme table; nothing here knows its name. Money is whole yuan: what a purse gives,
firms, people and the administration receive. Support is granted for the rest of a fiscal year.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.draws import FIRM_GRANT, FIRM_TARGET, block, uniform
from sim.model.firms import adopt
from sim.model.matching import position
from sim.model.numerics import Int, hot, inner, kernel, pure, round_money
from sim.model.outputs import M_ADOPTIONS, M_SPENT, count_firm
from sim.model.state import ALIVE, TOP, YEAR

# Channels and targeting rules, in the order of `sim.world.levers`.
C_CASH, C_RD, C_ADOPT, C_FUNDS, C_AWARE, C_TAKE_UP, C_TRANSACTION, C_ENERGY, C_RETAIN, C_HOLD = range(10)
RANDOM, NEED, SMALL_FIRST, BEST_FIRST, LADDER = range(5)
CLASSES = 127  # score classes of a targeting rule; luck decides within a class


@pure
def gross(amount: Int, p: Any) -> int:
    """Return the yuan that leave the purse when ``amount`` reaches its recipient, administration included."""
    return round_money(amount / (1.0 - p.admin))


@inner
def purse(lever: Int, t: Int, programme: Any, province: Any) -> tuple[int, Any]:
    """Return a lever's unspent yuan up to the fiscal year of quarter t: in all, and int64[R] by region."""
    regions = province.spent.shape[1]
    by_region = np.zeros(regions, np.int64)
    total = 0
    for r in range(regions):
        for year in range(t // YEAR + 1):
            by_region[r] += programme.budget[lever, year, r]
        by_region[r] -= province.spent[lever, r]
        total += by_region[r]
    return total, by_region


@kernel
def places_by_region(total: Int, by_region: Any, cost: Int) -> Any:
    """Share out the whole units that a purse buys: floors by region, then largest remainders, ties by code.

    Never more than the purse can pay: one region's remainder may be lent to another, the province's may not.
    """
    regions = len(by_region)
    places = np.zeros(regions, np.int64)
    rest = np.zeros(regions, np.int64)
    bought = 0
    for r in range(regions):
        places[r] = max(by_region[r] // cost, 0)
        rest[r] = by_region[r] - places[r] * cost
        bought += places[r]
    affordable = max(total // cost, 0)
    while bought < affordable:
        best = 0
        for r in range(1, regions):
            if rest[r] > rest[best]:
                best = r
        places[best] += 1
        rest[best] -= cost
        bought += 1
    while bought > affordable:
        worst = -1
        for r in range(regions):
            if places[r] > 0 and (worst < 0 or rest[r] < rest[worst]):
                worst = r
        places[worst] -= 1
        rest[worst] += cost
        bought -= 1
    return places


@hot
def eligible(f: Any, i: Int, lever: Int, programme: Any) -> bool:
    """Tell whether a lever may support firm i."""
    if f.alive[i] != ALIVE or not programme.levels[lever, f.level[i]]:
        return False
    if not programme.industries[lever, f.industry[i]]:
        return False
    if f.staff[i] < programme.least_staff[lever] or f.staff[i] > programme.most_staff[lever]:
        return False
    if programme.once[lever] and (f.platform[i] == 1 or f.want[i] == 0):
        return False
    return not (programme.needs_talent[lever] and f.talent[i] == 0)


@hot
def score_class(f: Any, i: Int, rule: Int, p: Any) -> Int:
    """Return the class of firm i under a targeting rule, 0 first, at most CLASSES."""
    if rule == NEED:
        return np.int64(CLASSES * (1.0 - np.float64(f.p[i])))
    if rule == SMALL_FIRST:
        staff = np.float64(f.staff[i])
        return np.int64(CLASSES * staff / (staff + p.small_staff))
    if rule == BEST_FIRST:
        intensity = np.float64(f.rd_intensity[i])
        return np.int64(CLASSES * (1.0 - intensity / (intensity + p.rd_level[TOP])))
    if rule == LADDER:
        return TOP - np.int64(f.level[i])
    return 0


@hot
def new_year(f: Any) -> None:
    """End the support of last fiscal year."""
    for i in range(len(f.alive)):
        f.rd_grant[i] = 0
        f.energy_offset[i] = 0.0
        f.transaction_relief[i] = 0.0
        f.retention[i] = 0.0


@hot
def support_firm(
    f: Any, i: Int, lever: Int, t: Int, r: Int, programme: Any, province: Any, inputs: Any, p: Any, out: Any
) -> None:
    """Pay firm i under a lever and move the lever's channels."""
    quarters = YEAR - t % YEAR
    strength = programme.strength[lever]
    effect = programme.effect[lever]
    each = round_money(strength * programme.unit[lever] * (1.0 if programme.once[lever] else quarters / YEAR))
    if effect[C_ENERGY] > 0.0:
        bill = inputs.energy_share[f.industry[i]] * np.float64(f.productivity[i]) * np.float64(f.staff[i])
        bill = bill * quarters / YEAR
        bill *= inputs.energy[t, r, f.industry[i]]
        each = min(each, round_money(strength * effect[C_ENERGY] * bill))
        f.energy_offset[i] = min(each / bill, effect[C_ENERGY])
    paid = each * inputs.weight
    total = gross(paid, p)
    province.spent[lever, r] += total
    out[0][r, M_SPENT + lever] += total
    province.to_firms[lever, r] += paid
    province.administration[lever, r] += total - paid
    f.support[i] += paid
    research = round_money(effect[C_RD] * each)
    f.rd_grant[i] += research // quarters
    if effect[C_RD] > 0.0 or effect[C_CASH] > 0.0:
        f.cash[i] += round_money((1.0 - p.payout) * (each - research // quarters * quarters))
    if effect[C_ADOPT] > 0.0:
        u = uniform(block(f.id0[i], f.id1[i], t, FIRM_GRANT, lever, province.key)[0])
        if u < strength * effect[C_ADOPT]:
            adopt(f, i, t)
            count_firm(out[0], out[1], r, np.int64(f.industry[i]), M_ADOPTIONS, 1)
        # Otherwise it would have adopted anyway, in its own time: the money replaces its own and changes nothing.
    if effect[C_FUNDS] > 0.0:
        f.funds_until[i] = t + p.record_quarters
    if effect[C_AWARE] > 0.0:
        f.aware_until[i] = t + p.record_quarters
    if effect[C_TAKE_UP] > 0.0:
        f.taken_until[i] = t + p.record_quarters
    f.transaction_relief[i] = max(np.float64(f.transaction_relief[i]), strength * effect[C_TRANSACTION])
    f.retention[i] = max(np.float64(f.retention[i]), strength * effect[C_RETAIN])


@inner
def support_firms(
    f: Any, lever: Int, t: Int, programme: Any, province: Any, inputs: Any, p: Any, out: Any
) -> None:
    """Choose and support firms for the rest of the fiscal year: best class first, luck within a class."""
    share = 1.0 if programme.once[lever] else (YEAR - t % YEAR) / YEAR
    each = round_money(programme.strength[lever] * programme.unit[lever] * share)
    if each == 0:
        return
    total, by_region = purse(lever, t, programme, province)
    places = places_by_region(total, by_region, gross(each * inputs.weight, p))
    for r in range(len(inputs.region_code)):
        if places[r] == 0:
            continue
        n = 0
        who = np.empty(inputs.firm_start[r + 1] - inputs.firm_start[r], np.int64)
        place = np.empty(len(who), np.int64)
        for i in range(inputs.firm_start[r], inputs.firm_start[r + 1]):
            if eligible(f, i, lever, programme):
                w0, w1, _, _ = block(f.id0[i], f.id1[i], t, FIRM_TARGET + lever, 0, province.key)
                who[n] = i
                place[n] = position(score_class(f, i, programme.rule[lever], p), w0, w1)
                n += 1
        order = np.argsort(place[:n])
        for a in range(min(places[r], n)):
            support_firm(f, who[order[a]], lever, t, r, programme, province, inputs, p, out)


@inner
def govern(f: Any, t: Int, programme: Any, province: Any, inputs: Any, p: Any, out: Any) -> None:
    """Support firms in quarter t: at the start of a fiscal year and in a lever's first quarter."""
    if t % YEAR == 0:
        new_year(f)
    for lever in range(len(programme.first)):
        starts = t % YEAR == 0 or t == programme.first[lever]
        in_force = programme.first[lever] <= t <= programme.last[lever]
        if starts and in_force and programme.effect[lever, C_HOLD] == 0.0:
            support_firms(f, lever, t, programme, province, inputs, p, out)
