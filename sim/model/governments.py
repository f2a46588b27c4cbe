"""Governments and money (docs/odd.md): yearly budgets, who is supported, what support does.

A lever is a row of the programme table; nothing here knows its name. Money is whole yuan: whatever leaves a purse,
firms, people and the administration receive. Support is granted for the rest of a fiscal year.
"""

from __future__ import annotations

import numpy as np

from sim.model.draws import FIRM_GRANT, FIRM_TARGET, TILE, WORDS, block, draw_listed, uniform
from sim.model.firms import adopt
from sim.model.matching import cut, position
from sim.model.numerics import Int, hot, inner, kernel, pure, round_money, slot
from sim.model.outputs import M_ADOPTIONS, M_SPENT, Tally, count_firm
from sim.model.state import ALIVE, Array, Firms, Province
from sim.world.constants import TOP, YEAR
from sim.world.inputs import Inputs, Parameters, Programme

# Channels, terms and targeting rules, in the order of `sim.world.levers`.
C_CASH, C_RD, C_ADOPT, C_FUNDS, C_AWARE, C_TAKE_UP, C_TRANSACTION, C_ENERGY, C_RETAIN, C_HOLD = range(10)
T_CAPACITY, T_PLACEMENT, T_REACH, T_LOCK = range(4)
RANDOM, NEED, SMALL_FIRST, BEST_FIRST, LADDER = range(5)
CLASSES = 127  # classes of a targeting rule; luck decides within a class


@pure
def gross(amount: Int, p: Parameters) -> int:
    """Return the yuan that leave the purse if ``amount`` reaches its recipient, administration included."""
    return round_money(amount / (1.0 - p.admin))


@inner
def purse(lever: Int, t: Int, programme: Programme, province: Province) -> tuple[int, Array]:
    """Return a lever's unspent yuan up to the fiscal year of quarter t: in total, and int64[R] by region."""
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
def places_by_region(total: Int, by_region: Array, cost: Int) -> Array:
    """Allocate the whole units that a purse buys: floors by region, then largest remainders, ties by code.

    Never more than the purse can pay: regions may lend each other remainders, but the total is not exceeded.
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
def eligible(f: Firms, i: Int, lever: Int, programme: Programme) -> bool:
    """Whether a lever may support firm i. All conditions are evaluated, because branches would be hard to predict."""
    may: bool = (
        (f.alive[i] == ALIVE)
        & programme.levels[lever, f.level[i]]
        & programme.industries[lever, f.industry[i]]
        & (f.staff[i] >= programme.least_staff[lever])
        & (f.staff[i] <= programme.most_staff[lever])
        & ((f.want[i] > f.platform[i]) | (not programme.needs_wish[lever]))
        & ((f.talent[i] > 0) | (not programme.needs_talent[lever]))
    )
    return may


@hot
def score_class(f: Firms, i: Int, rule: Int, p: Parameters) -> Int:
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


@inner
def new_year(f: Firms, stop: Array, inputs: Inputs) -> None:
    """End the support of last fiscal year, in the regions' slots in use."""
    for r in range(len(stop)):
        first = inputs.firm_start[r]
        f.rd_grant[first : stop[r]] = 0
        f.energy_offset[first : stop[r]] = 0.0
        f.transaction_relief[first : stop[r]] = 0.0
        f.retention[first : stop[r]] = 0.0


@hot
def support_firm(
    f: Firms,
    i: Int,
    lever: Int,
    t: Int,
    r: Int,
    programme: Programme,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    out: Tally,
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
        # Otherwise it would have adopted anyway at its own pace: the money replaces its own and changes nothing.
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
    f: Firms,
    lever: Int,
    t: Int,
    stop: Array,
    programme: Programme,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    out: Tally,
) -> None:
    """Choose and support firms for the rest of the fiscal year: best class first, luck within a class."""
    share = 1.0 if programme.once[lever] else (YEAR - t % YEAR) / YEAR
    each = round_money(programme.strength[lever] * programme.unit[lever] * share)
    if each == 0:
        return
    total, by_region = purse(lever, t, programme, province)
    places = places_by_region(total, by_region, gross(each * inputs.weight, p))
    for r in range(len(stop)):
        if places[r] > 0:
            first = inputs.firm_start[r]
            chosen = choose_firms(f, lever, t, first, stop[r], places[r], programme, province, p)
            for i in range(first, stop[r]):
                if chosen[i - first]:
                    support_firm(f, i, lever, t, r, programme, province, inputs, p, out)


@inner
def choose_firms(
    f: Firms,
    lever: Int,
    t: Int,
    first: Int,
    stop: Int,
    places: Int,
    programme: Programme,
    province: Province,
    p: Parameters,
) -> Array:
    """Choose eligible firms among the slots [first, stop) for a number of places: bool[stop − first].

    Whole classes are taken, best first, as long as there is room; luck is drawn only in the class that is cut.
    """
    ranks = np.empty(stop - first, np.int16)
    members = np.zeros(CLASSES + 2, np.int64)
    rule = programme.rule[lever]
    for i in range(slot(first), slot(stop)):
        rank = score_class(f, i, rule, p)
        rank = rank if eligible(f, i, lever, programme) else CLASSES + 1
        ranks[i - slot(first)] = rank
        members[rank] += 1
    left = places
    marginal = 0
    while marginal <= CLASSES and members[marginal] <= left:
        left -= members[marginal]
        marginal += 1
    chosen = ranks < marginal
    if marginal <= CLASSES and left > 0:
        torn = (np.flatnonzero(ranks == marginal) + first).astype(np.uint32)
        place = np.empty(len(torn), np.int64)
        ids, words = np.empty((2, TILE), np.uint32), np.empty((WORDS, TILE), np.uint32)
        for start in range(0, len(torn), TILE):
            a, b = slot(start), slot(min(start + TILE, len(torn)))
            draw_listed(f, torn, a, b, t, FIRM_TARGET + lever, 0, province.key, ids, words)
            for k in range(b - a):
                place[a + k] = position(0, words[0, k], words[1, k])
        last = cut(place, left)
        for k in range(len(torn)):
            chosen[torn[k] - first] = place[k] < last
    return chosen


@inner
def govern(
    f: Firms,
    t: Int,
    stop: Array,
    programme: Programme,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    out: Tally,
) -> None:
    """Support firms in quarter t if it begins a fiscal year or is a lever's first quarter.

    ``stop`` is the end of each region's slots in use.
    """
    if t % YEAR == 0:
        new_year(f, stop, inputs)
    for lever in range(len(programme.first)):
        starts = t % YEAR == 0 or t == programme.first[lever]
        in_force = programme.first[lever] <= t <= programme.last[lever]
        if starts and in_force and programme.effect[lever, C_HOLD] == 0.0:
            support_firms(f, lever, t, stop, programme, province, inputs, p, out)
