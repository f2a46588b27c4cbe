"""Governments and money (docs/odd.md): yearly budgets, who is supported, what support does.

A lever is a row of the programme table; nothing here knows its name. Money is whole yuan: whatever leaves a purse,
firms, people and the administration receive. Support is granted for the rest of a fiscal year.
"""

from __future__ import annotations

import numpy as np

from sim.model.draws import FIRM_GRANT, FIRM_TARGET, TILE, WORDS, block, draw_listed, uniform
from sim.model.firms import adopt
from sim.model.matching import cut, position
from sim.model.numerics import Int, exp, hot, inner, kernel, log, pure, round_money, slot
from sim.model.outputs import M_ADOPTIONS, M_SPENT, Tally, count_firm
from sim.model.state import ALIVE, Array, Firms, Province
from sim.world.constants import TOP, YEAR
from sim.world.inputs import Inputs, Parameters, Programme

# Channels, terms and targeting rules, in the order of `sim.world.levers`.
(
    C_CASH,
    C_RD,
    C_ADOPT,
    C_FUNDS,
    C_AWARE,
    C_TAKE_UP,
    C_TRANSACTION,
    C_ENERGY,
    C_RETAIN,
    C_HOLD,
    C_SUCCESS,
    C_TIE,
    C_RESEARCH,
    C_OPENNESS,
    C_PROTECTION,
) = range(15)
(
    T_CAPACITY,
    T_PLACEMENT,
    T_REACH,
    T_LOCK,
    T_PRIORITY,
    T_SOURCED,
    T_SOURCING,
    T_SIZE_ELASTICITY,
    T_SIZE_USUAL,
    T_DELAY,
    T_DECAY,
    T_MOST,
    T_WHOLE,
    T_SERVES,
    T_ACCEPTS,
    T_LASTS,
) = range(16)
RANDOM, NEED, SMALL_FIRST, BEST_FIRST, LADDER = range(5)
CLASSES = 127  # classes of a targeting rule; luck decides within a class
LEFT, FIRST_LEFT, TAKEN = range(3)  # of an eligible firm
NO_FIRM = -1
NOT_FOR_SALE = -1
UNDER = 1.0 - 1e-12  # so that rounding of a share of money never adds a yuan


@pure
def gross(amount: Int, p: Parameters) -> int:
    """Return the yuan that leave the purse if ``amount`` reaches its recipient, administration included."""
    return round_money(amount / (1.0 - p.admin))


@inner
def in_force(lever: Int, t: Int, programme: Programme) -> bool:
    """Whether a lever acts in quarter t."""
    acts: bool = programme.first[lever] <= t <= programme.last[lever]
    return acts


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
def payable(total: Int, by_region: Array) -> Array:
    """Return what each region may spend, int64[R]: its purse, or less where remainders lent earlier leave too little.

    ``total`` is the sum of the purses, of which some may be below 0.
    """
    regions = len(by_region)
    may = np.zeros(regions, np.int64)
    positive = 0
    for r in range(regions):
        positive += max(by_region[r], 0)
    for r in range(regions):
        if positive <= total:
            may[r] = max(by_region[r], 0)
        elif total > 0:
            may[r] = int(np.floor(max(by_region[r], 0) * (total / positive * UNDER)))
    return may


@pure
def year_price(lever: Int, t: Int, programme: Programme) -> float:
    """Return the yuan that a firm of usual size, or a unit, costs from quarter t to the end of the fiscal year."""
    price: float = programme.strength[lever] * programme.unit[lever]
    return price * (1.0 if programme.once[lever] else (YEAR - t % YEAR) / YEAR)


@hot
def amount(f: Firms, i: Int, lever: Int, t: Int, programme: Programme) -> int:
    """Return the yuan for which a lever supports firm i from quarter t to the end of the fiscal year.

    The price rises with staff if the lever has such an elasticity.
    """
    price = year_price(lever, t, programme)
    elasticity = programme.terms[lever, T_SIZE_ELASTICITY]
    if elasticity > 0.0:
        price *= exp(elasticity * log(np.float64(f.staff[i]) / programme.terms[lever, T_SIZE_USUAL]))
    return round_money(price)


@hot
def eligible(f: Firms, i: Int, lever: Int, t: Int, programme: Programme) -> bool:
    """Whether a lever may support firm i in quarter t.

    All conditions are evaluated, because branches would be hard to predict.
    """
    may: bool = (
        (f.alive[i] == ALIVE)
        & programme.levels[lever, f.level[i]]
        & programme.industries[lever, f.industry[i]]
        & (f.staff[i] >= programme.least_staff[lever])
        & (f.staff[i] <= programme.most_staff[lever])
        & ((f.want[i] > f.platform[i]) | (not programme.needs_wish[lever]))
        & ((f.talent[i] > 0) | (not programme.needs_talent[lever]))
        & ((f.certified_first[i] == t) | (not programme.at_certificate[lever]))
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
    each = amount(f, i, lever, t, programme)
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
        before = np.float64(f.funds[i]) if f.funds_until[i] > t else 0.0
        f.funds[i] = max(before, min(each / p.funds_usual, 1.0))
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
    """Choose and support firms for the rest of the fiscal year: best class first, luck within a class.

    Each region pays for its own firms in this order, up to the first that its purse does not reach. What is then left
    of the purses buys these firms, one in each region that has money of this lever at all, by largest remainder.
    """
    regions = len(stop)
    total, by_region = purse(lever, t, programme, province)
    if round_money(programme.strength[lever] * programme.unit[lever]) == 0 or total <= 0:
        return
    may = payable(total, by_region)
    following = np.full(regions, NO_FIRM, np.int64)
    cost = np.zeros(regions, np.int64)
    left = total
    lent = 0
    for r in range(regions):
        first = inputs.firm_start[r]
        price = prices(f, lever, t, first, stop[r], programme, inputs, p)
        # Where support is once and for all, luck is a firm's own for good: a waiting list.
        when = 0 if programme.once[lever] else t
        chosen = choose_firms(f, lever, when, first, stop[r], may[r], price, programme, province, p)
        for i in range(first, stop[r]):
            if chosen[i - first] == TAKEN:
                may[r] -= price[i - first]
                left -= price[i - first]
                support_firm(f, i, lever, t, r, programme, province, inputs, p, out)
            elif chosen[i - first] == FIRST_LEFT and programme.budget[lever, :, r].sum() > 0:
                following[r] = i
                cost[r] = price[i - first]
        lent += may[r] if following[r] != NO_FIRM else 0
    lent = min(lent, left)
    for _ in range(regions):
        best = -1
        for r in range(regions):
            if following[r] != NO_FIRM and (best < 0 or may[r] > may[best]):
                best = r
        if best < 0:
            break
        i = following[best]
        following[best] = NO_FIRM
        if cost[best] <= lent:
            lent -= cost[best]
            support_firm(f, i, lever, t, best, programme, province, inputs, p, out)


@inner
def prices(
    f: Firms, lever: Int, t: Int, first: Int, stop: Int, programme: Programme, inputs: Inputs, p: Parameters
) -> Array:
    """Return the yuan that leave the purse for each eligible firm of the slots [first, stop), int64; −1 for others."""
    price = np.full(stop - first, NOT_FOR_SALE, np.int64)
    for i in range(first, stop):
        if eligible(f, i, lever, t, programme):
            price[i - first] = gross(amount(f, i, lever, t, programme) * inputs.weight, p)
    return price


@inner
def choose_firms(
    f: Firms,
    lever: Int,
    when: Int,
    first: Int,
    stop: Int,
    money: Int,
    price: Array,
    programme: Programme,
    province: Province,
    p: Parameters,
) -> Array:
    """Choose eligible firms among the slots [first, stop) for money: int8[stop − first], TAKEN, FIRST_LEFT or LEFT.

    Whole classes are taken, best first, as long as the money reaches; luck is drawn only in the class that is cut, that
    of quarter ``when``. Drawn anew each year, whoever is too dear for this year's money would lose the place; cheap
    firms would be favoured, most where agents are few. ``price`` is that of `prices`.
    """
    n = stop - first
    chosen = np.zeros(n, np.int8)
    ranks = np.empty(n, np.int16)
    cost = np.zeros(CLASSES + 2, np.int64)
    rule = programme.rule[lever]
    for k in range(n):
        ranks[k] = CLASSES + 1
        if price[k] != NOT_FOR_SALE:
            ranks[k] = score_class(f, first + k, rule, p)
            cost[ranks[k]] += price[k]
    left = money
    marginal = 0
    while marginal <= CLASSES and cost[marginal] <= left:
        left -= cost[marginal]
        marginal += 1
    for k in range(n):
        chosen[k] = TAKEN if ranks[k] < marginal else LEFT
    if marginal <= CLASSES:
        torn = (np.flatnonzero(ranks == marginal) + first).astype(np.uint32)
        place = np.empty(len(torn), np.int64)
        of_torn = np.empty(len(torn), np.int64)
        ids, words = np.empty((2, TILE), np.uint32), np.empty((WORDS, TILE), np.uint32)
        for start in range(0, len(torn), TILE):
            a, b = slot(start), slot(min(start + TILE, len(torn)))
            draw_listed(f, torn, a, b, when, FIRM_TARGET + lever, 0, province.key, ids, words)
            for k in range(b - a):
                place[a + k] = position(0, words[0, k], words[1, k])
        for k in range(len(torn)):
            of_torn[k] = price[torn[k] - first]
        last = cut(place, of_torn, left)
        for k in range(len(torn)):
            if place[k] < last:
                chosen[torn[k] - first] = TAKEN
            elif place[k] == last:
                chosen[torn[k] - first] = FIRST_LEFT
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

    ``stop`` is the end of each region's slots in use. Levers that pay for certificates wait for them (`award`).
    """
    if t % YEAR == 0:
        new_year(f, stop, inputs)
    for lever in range(len(programme.first)):
        starts = t % YEAR == 0 or t == programme.first[lever]
        at_once = programme.effect[lever, C_HOLD] == 0.0 and not programme.at_certificate[lever]
        at_once = at_once and not programme.builds[lever]
        if starts and at_once and in_force(lever, t, programme):
            support_firms(f, lever, t, stop, programme, province, inputs, p, out)


@inner
def award(
    f: Firms,
    t: Int,
    stop: Array,
    programme: Programme,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    out: Tally,
) -> None:
    """Pay firms for their first high-tech certificate in quarter t, as far as the money reaches."""
    for lever in range(len(programme.first)):
        if programme.at_certificate[lever] and in_force(lever, t, programme):
            support_firms(f, lever, t, stop, programme, province, inputs, p, out)
