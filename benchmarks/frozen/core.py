"""The frozen core in numba, built of the model's own functions and draws. README.md has the rules.

Every firm's and person's quarter is cut into passes over blocks of `BLOCK` agents that fit the cache. Passes
of arithmetic have no branch that acts and no index that is looked up, so the compiler turns each into vector
instructions; passes that act (climb, part, match) take agents one by one. `core.c` has the same functions.

All compiled code of the core, and every constant in it that is not the model's, is in this one file: numba's
cache would not see an edit in another.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.difficulty import probability
from sim.model.draws import (
    FIRM_GRANT,
    FIRM_QUARTER,
    FIRM_TARGET,
    FIRM_VACANCY,
    PERSON_POOL,
    PERSON_QUARTER,
    PURPOSE_BITS,
    block,
    philox,
    uniform,
)
from sim.model.matching import POSITION_BITS, position
from sim.model.numerics import (
    clip,
    exp,
    hot,
    inner,
    kernel,
    log,
    normal_cdf,
    normal_shock,
    quarterly,
    round_money,
)
from sim.model.state import EMPLOYED, NO_EMPLOYER, NOBODY, POOLED, PUBLIC, SEEKING
from sim.world.constants import LEVELS, QUALITY, YEAR

BLOCK = 512  # agents in a pass
# Rows of the firms' scratch, float64[BLOCK] each, in one array: at distances that the compiler knows, it need
# not ask whether they overlap.
(
    U_SHOCK,
    U_CLIMB,
    U_SLIDE,
    U_ADOPT,
    LEVEL,
    TALENT,
    WANTED,
    SUFFICIENT,
    ETA,
    OVERLAP,
    Z,
    P,
    HARD,
    STAR,
    CHANCE,
    PLATFORM,
    WANT,
    STAFF,
    OUTPUT,
    CASH,
    RD,
    ROWS,
) = range(0, 22 * BLOCK, BLOCK)

P04, P01, P08 = range(3)  # rows of the programme
AWAY = NOBODY  # a status more: out of the province; a graduate takes the place some day
# What `State.tally` counts, from the beginning of the run.
TALLY = (
    "climbs_0",
    "climbs_1",
    "climbs_2",
    "slides",
    "adoptions",
    "separations",
    "departures",
    "arrivals",
    "hires_own_region",
    "hires_other_region",
    "hires_from_pool",
)
CLIMBS, _, _, SLIDES, ADOPTIONS, SEPARATIONS, DEPARTURES, ARRIVALS, HIRES, _, _ = range(len(TALLY))

STATUSES = 6
SKILLS = 3
ARCS = 4  # of a ring or a queue of people
CLASSES = 128  # of a queue of firms
SPACE = 4  # places in the counting sort per item
ALL_WORDS = 2.0**32
# Rows of the scratch for draws of listed agents, uint32[BLOCK] each.
W0, W1, W2, W3, ID0, ID1, NUMBER, WORDS = range(0, 8 * BLOCK, BLOCK)


# ---------------------------------------------------------------------------------------------------------
# Firms
# ---------------------------------------------------------------------------------------------------------


@hot
def by_level(level: float, values: Any) -> float:
    """Look up a level's number without memory, so that a pass stays vector instructions."""
    low = values[0] if level < 1.0 else values[1]
    high = values[2] if level < 3.0 else values[3]
    return values[4] if level > 3.0 else (low if level < 2.0 else high)


@hot
def draw_firms(s: Any, f: Any, first: int, m: int, t: int) -> None:
    """Draw the four uniform numbers of each firm's quarter."""
    id0, id1 = f.firm_id0[first : first + m], f.firm_id1[first : first + m]
    k0, k1 = f.key
    for i in range(m):
        w0, w1, w2, w3 = philox(id0[i], id1[i], (t << PURPOSE_BITS) | FIRM_QUARTER, 0, k0, k1)
        s[U_SHOCK + i] = uniform(w0)
        s[U_CLIMB + i] = uniform(w1)
        s[U_SLIDE + i] = uniform(w2)
        s[U_ADOPT + i] = uniform(w3)


@hot
def answer_capacity(s: Any, f: Any, first: int, m: int, p: Any) -> None:
    """Answer X1, X2 and X3 and begin the log-odds with them."""
    level, staff, talent = f.level[first : first + m], f.staff[first : first + m], f.talent[first : first + m]
    wanted, phi = f.wanted[first : first + m], f.phi[first : first + m]
    before, rest = f.sufficient[first : first + m], f.rest[first : first + m]
    cut0, cut1, cut2, cut3 = p.staff_cuts
    for i in range(m):
        people, missing = np.float64(staff[i]), np.float64(wanted[i])
        size = 1.0 if people > cut0 else 0.0
        size = 2.0 if people > cut1 else size
        size = 3.0 if people > cut2 else size
        size = 4.0 if people > cut3 else size
        quality = 1.0 if level[i] >= QUALITY else 0.0
        enough = 1.0 if np.float64(talent[i]) + 0.5 >= np.float64(phi[i]) * missing else 0.0
        enough = enough if missing >= 1.0 else np.float64(before[i])
        eta = np.float64(rest[i]) + p.size_odds * size
        eta = eta + p.quality_odds * quality
        s[ETA + i] = eta + p.reserve_odds * enough
        s[SUFFICIENT + i] = enough


@hot
def answer_support(s: Any, f: Any, first: int, m: int, t: int, p: Any) -> None:
    """Answer X4, X10 and X13, end the log-odds with them, and set what X3's wording shares with Y."""
    want, platform = f.want[first : first + m], f.platform[first : first + m]
    funds, funds0 = f.funds_until[first : first + m], f.funds0[first : first + m]
    taken, taken0 = f.taken_until[first : first + m], f.taken0[first : first + m]
    before = f.sufficient0[first : first + m]
    for i in range(m):
        need = 1.0 if want[i] == 1 and platform[i] == 0 else 0.0
        fund = 1.0 if funds[i] > t or funds0[i] == 1 else 0.0
        take = np.float64(taken0[i]) - (1.0 if taken[i] > t else 0.0)
        take = take if take > 0.0 else 0.0
        eta = s[ETA + i] + p.need_odds * need
        eta = eta + p.funds_odds * fund
        s[ETA + i] = eta + p.taken_odds * take
        s[OVERLAP + i] = p.overlap * (s[SUFFICIENT + i] - np.float64(before[i]))


@hot
def judge(s: Any, f: Any, first: int, m: int, p: Any) -> None:
    """Let luck move on and set probability p, difficulty Y and Y*."""
    z = f.z[first : first + m]
    fresh = np.sqrt(1.0 - p.rho * p.rho)
    for i in range(m):
        # Rounded as it will be stored: what is judged is what is remembered.
        s[Z + i] = np.float32(p.rho * np.float64(z[i]) + fresh * normal_shock(s[U_SHOCK + i]))
    for i in range(m):
        s[P + i] = probability(s[ETA + i])
    for i in range(m):
        s[STAR + i] = probability(s[ETA + i] - s[OVERLAP + i])
    for i in range(m):
        u = normal_cdf(s[Z + i])
        s[HARD + i] = 1.0 if u < s[P + i] else 0.0
        s[STAR + i] = 1.0 if u < s[STAR + i] else 0.0


@hot
def hazards(s: Any, f: Any, first: int, m: int, p: Any) -> None:
    """Set the chance 1 − exp(−h) of climbing; 0 for a firm that cannot pay."""
    level, staff, talent = f.level[first : first + m], f.staff[first : first + m], f.talent[first : first + m]
    wanted, platform = f.wanted[first : first + m], f.platform[first : first + m]
    cash, grant = f.cash[first : first + m], f.rd_grant[first : first + m]
    for i in range(m):
        s[LEVEL + i] = np.float64(level[i])
        s[STAFF + i] = np.float64(staff[i])
        s[TALENT + i] = np.float64(talent[i])
        s[WANTED + i] = np.float64(wanted[i])
        s[PLATFORM + i] = np.float64(platform[i])
        s[CASH + i] = np.float64(cash[i])
        s[RD + i] = np.float64(grant[i])
    productivity, intensity = f.productivity[first : first + m], f.rd_intensity[first : first + m]
    for i in range(m):
        output = np.float64(productivity[i]) * s[STAFF + i]
        rd = np.float64(intensity[i]) * output + YEAR * s[RD + i]
        s[RD + i] = log(1.0 + rd / p.rd_unit)
        purse = s[CASH + i] if s[CASH + i] > 0.0 else 0.0
        s[OUTPUT + i] = purse / (purse + p.labour_share * output)
    for i in range(m):
        here, missing = s[LEVEL + i], s[WANTED + i]
        fill = s[TALENT + i] / (missing if missing >= 1.0 else 1.0)
        fill = fill if fill < p.fill_cap else p.fill_cap
        total = p.a_T * (fill - by_level(here, p.centre_T)) if missing >= 1.0 else 0.0
        total += p.a_R * s[RD + i]
        total += p.a_P * s[PLATFORM + i]
        total += p.a_F * s[OUTPUT + i]
        s[CHANCE + i] = clip(total - by_level(here, p.centre), -p.climb_clip, p.climb_clip)
    for i in range(m):
        hazard = by_level(s[LEVEL + i], p.h0) * exp(s[CHANCE + i])
        s[CHANCE + i] = hazard * (p.eps if s[STAR + i] == 1.0 else 1.0)
    for i in range(m):
        chance = 1.0 - exp(-s[CHANCE + i])
        s[CHANCE + i] = chance if s[CASH + i] >= by_level(s[LEVEL + i], p.climb_cost) else 0.0


@hot
def climb_and_slide(s: Any, f: Any, first: int, m: int, slide: float, p: Any) -> None:
    """Move firms up or down a level: up costs cash, both change R&D, the quality level productivity."""
    for i in range(m):
        up = s[U_CLIMB + i] < s[CHANCE + i]
        if not up and s[U_SLIDE + i] >= slide:
            continue
        g = first + i
        level = np.int64(f.level[g])
        if up:
            f.cash[g] -= np.int64(p.climb_cost[level])
            f.level[g] = level + 1
            if level + 1 == QUALITY:
                f.productivity[g] = np.float64(f.productivity[g]) * (1.0 + p.quality_gain)
            intensity = np.float64(f.rd_intensity[g]) * p.rd_level[level + 1] / p.rd_level[level]
            f.rd_intensity[g] = min(intensity, p.rd_most)
            f.tally[CLIMBS + level] += 1
        elif level > 0:
            f.level[g] = level - 1
            if level == QUALITY:
                f.productivity[g] = np.float64(f.productivity[g]) / (1.0 + p.quality_gain)
            f.rd_intensity[g] = np.float64(f.rd_intensity[g]) * p.rd_level[level - 1] / p.rd_level[level]
            f.tally[SLIDES] += 1


@hot
def adopt(s: Any, f: Any, first: int, m: int, p: Any) -> None:
    """Let firms adopt a platform that they want, or begin to want one."""
    want, platform = f.want[first : first + m], f.platform[first : first + m]
    adopted = 0
    for i in range(m):
        u = s[U_ADOPT + i]
        adopts = platform[i] == 0 and want[i] == 1 and u < p.adopt
        wakes = platform[i] == 0 and want[i] == 0 and u < p.want_rise
        s[PLATFORM + i] = 1.0 if adopts else s[PLATFORM + i]
        s[WANT + i] = 0.0 if adopts else (1.0 if wakes else np.float64(want[i]))
        adopted += 1 if adopts else 0
    f.tally[ADOPTIONS] += adopted
    for i in range(m):
        platform[i] = np.int8(s[PLATFORM + i])
    for i in range(m):
        want[i] = np.int8(s[WANT + i])


@hot
def keep_books(s: Any, f: Any, first: int, m: int, p: Any) -> None:
    """Keep the books: value added − wages − overhead − transaction cost − R&D = profit; less dividends, cash."""
    productivity, intensity = f.productivity[first : first + m], f.rd_intensity[first : first + m]
    cash = f.cash[first : first + m]
    for i in range(m):
        normal = np.float64(productivity[i]) * s[STAFF + i] / YEAR
        output = normal * (1.0 + p.platform_gain) if s[PLATFORM + i] == 1.0 else normal
        profit = round_money(output) - round_money(p.labour_share * normal)
        profit -= round_money(p.overhead_share * normal)
        profit -= round_money(p.transaction_share * normal)
        profit -= round_money(np.float64(intensity[i]) * normal)
        cash[i] += profit - (round_money(p.payout * profit) if profit > 0 else 0)


@hot
def want_talent(s: Any, f: Any, first: int, m: int, p: Any) -> None:
    """Move the talent wanted towards τ_L · staff^0.8."""
    level, wanted = f.level[first : first + m], f.wanted[first : first + m]
    for i in range(m):
        s[OUTPUT + i] = p.wanted_power * log(s[STAFF + i])
        s[LEVEL + i] = np.float64(level[i])
    for i in range(m):
        target = by_level(s[LEVEL + i], p.tau) * exp(s[OUTPUT + i])
        s[WANTED + i] += p.mu * (target - s[WANTED + i])
    for i in range(m):
        wanted[i] = s[WANTED + i]


@hot
def remember(s: Any, f: Any, first: int, m: int) -> None:
    """Store what `answer_capacity` and `judge` found."""
    z, p, sufficient = f.z[first : first + m], f.p[first : first + m], f.sufficient[first : first + m]
    hard, star = f.hard[first : first + m], f.hard_star[first : first + m]
    for i in range(m):
        z[i] = s[Z + i]
    for i in range(m):
        p[i] = s[P + i]
    for i in range(m):
        sufficient[i] = np.int8(s[SUFFICIENT + i])
    for i in range(m):
        hard[i] = np.int8(s[HARD + i])
    for i in range(m):
        star[i] = np.int8(s[STAR + i])


@inner
def firms_quarter(f: Any, t: int, n: Any, p: Any) -> None:
    """Live the quarter of every firm."""
    s = np.empty(ROWS)
    slide = quarterly(p.slide)
    for first in range(0, n.firms, BLOCK):
        m = min(BLOCK, n.firms - first)
        draw_firms(s, f, first, m, t)
        answer_capacity(s, f, first, m, p)
        answer_support(s, f, first, m, t, p)
        judge(s, f, first, m, p)
        hazards(s, f, first, m, p)
        climb_and_slide(s, f, first, m, slide, p)
        adopt(s, f, first, m, p)
        keep_books(s, f, first, m, p)
        want_talent(s, f, first, m, p)
        remember(s, f, first, m)


# ---------------------------------------------------------------------------------------------------------
# Queues: agents in order of (group, class, luck)
# ---------------------------------------------------------------------------------------------------------


@hot
def draw_listed(w: Any, m: int, counter: int, key: Any) -> None:
    """Draw four words for each of the m ids and block numbers written into the scratch."""
    k0, k1 = key
    for i in range(m):
        w0, w1, w2, w3 = philox(w[ID0 + i], w[ID1 + i], counter, w[NUMBER + i], k0, k1)
        w[W0 + i] = w0
        w[W1 + i] = w1
        w[W2 + i] = w2
        w[W3 + i] = w3


@hot
def list_people(w: Any, f: Any, who: Any, first: int, m: int, number: int) -> None:
    """Write the ids of m people of a list, from ``first``, into the scratch."""
    for i in range(m):
        j = who[first + i]
        w[ID0 + i] = f.person_id0[j]
        w[ID1 + i] = f.person_id1[j]
        w[NUMBER + i] = number


@hot
def chance(w: Any, i: int) -> float:
    """Return the uniform number of the scratch's word i."""
    return uniform(np.uint64(w[i]))


@inner
def queue(group: Any, place: Any, n: int, groups: int, arcs: int) -> tuple[Any, Any, Any]:
    """Order n items by (group, place): their places, their indices, and where each group begins.

    ``place`` int64 from `position` with a class below ``arcs``. A counting sort on the leading bits, then an
    insertion sort: places are evenly spread, so the work is linear in n.
    """
    bits = 0
    while (groups * arcs) << bits <= SPACE * n:  # groups differ in size: room for the largest
        bits += 1
    shift, width = POSITION_BITS - bits, np.int64(arcs) << bits
    start = np.zeros(groups * width + 1, np.int64)
    for i in range(n):
        start[group[i] * width + (place[i] >> shift) + 1] += 1
    for b in range(groups * width):
        start[b + 1] += start[b]
    first = np.empty(groups + 1, np.int64)
    for g in range(groups + 1):
        first[g] = start[g * width]
    places, items = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        b = group[i] * width + (place[i] >> shift)
        places[start[b]] = place[i]
        items[start[b]] = i
        start[b] += 1
    for g in range(groups):
        for a in range(first[g] + 1, first[g + 1]):
            here, item = places[a], items[a]
            b = a - 1
            while b >= first[g] and places[b] > here:
                places[b + 1], items[b + 1] = places[b], items[b]
                b -= 1
            places[b + 1], items[b + 1] = here, item
    return places, items, first


# ---------------------------------------------------------------------------------------------------------
# Governments
# ---------------------------------------------------------------------------------------------------------


@hot
def purse(f: Any, c: Any, lever: int, r: int, t: int) -> int:
    """Return a lever's unspent yuan in a region up to the fiscal year of quarter t."""
    return c.budget[lever, r] * (t // YEAR + 1) - f.spent[lever, r]


@hot
def pay(f: Any, lever: int, r: int, each: int, n: Any, p: Any) -> None:
    """Pay yuan to each firm or person that an agent stands for, and administration on top."""
    amount = each * n.weight
    f.received[lever, r] += amount
    f.spent[lever, r] += round_money(amount / (1.0 - p.admin))


@inner
def support_firms(f: Any, c: Any, lever: int, t: int, n: Any, p: Any) -> None:
    """Support firms for a year: P01 those that need it most, P08 any that want a platform and have none."""
    who, region, place = np.empty(n.firms, np.int64), np.empty(n.firms, np.int64), np.empty(n.firms, np.int64)
    w = np.empty(WORDS, np.uint32)
    count = 0
    for i in range(n.firms):
        if (lever == P01 and f.level[i] > 0) or (lever == P08 and f.want[i] == 1 and f.platform[i] == 0):
            who[count], region[count] = i, c.firm_region[i]
            count += 1
    for begin in range(0, count, BLOCK):
        m = min(BLOCK, count - begin)
        for i in range(m):
            w[ID0 + i] = f.firm_id0[who[begin + i]]
            w[ID1 + i] = f.firm_id1[who[begin + i]]
            w[NUMBER + i] = 0
        draw_listed(w, m, (t << PURPOSE_BITS) | (FIRM_TARGET + lever), f.key)
        for i in range(m):
            need = (CLASSES - 1) * (1.0 - np.float64(f.p[who[begin + i]])) if lever == P01 else 0.0
            place[begin + i] = position(np.int64(need), w[W0 + i], w[W1 + i])
    _, order, first = queue(region, place, count, n.regions, CLASSES if lever == P01 else 1)
    each = c.unit[lever]
    price = round_money(each * n.weight / (1.0 - p.admin))
    grant = round_money(p.rd_share * each) // YEAR
    gift = round_money((1.0 - p.payout) * (each - grant * YEAR))
    for r in range(n.regions):
        supported = min(max(purse(f, c, lever, r, t), 0) // price, first[r + 1] - first[r])
        for a in range(first[r], first[r] + supported):
            i = who[order[a]]
            pay(f, lever, r, each, n, p)
            f.taken_until[i] = t + np.int64(p.record_quarters)
            if lever == P01:
                f.rd_grant[i] += grant
                f.cash[i] += gift
                f.funds_until[i] = t + np.int64(p.record_quarters)
                continue
            if uniform(block(f.firm_id0[i], f.firm_id1[i], t, FIRM_GRANT, lever, f.key)[0]) < p.adopt_share:
                f.platform[i] = 1
                f.want[i] = 0
                f.tally[ADOPTIONS] += 1


@inner
def govern(f: Any, c: Any, t: int, n: Any, p: Any) -> None:
    """Begin a fiscal year: last year's grants end, this year's are given."""
    if t % YEAR == 0:
        for i in range(n.firms):
            f.rd_grant[i] = 0
        support_firms(f, c, P01, t, n, p)
        support_firms(f, c, P08, t, n, p)


# ---------------------------------------------------------------------------------------------------------
# People
# ---------------------------------------------------------------------------------------------------------


@hot
def pick(cumulative: Any, u: float) -> int:
    """Find the first index whose cumulative chance exceeds u; the last if none does."""
    k = 0
    while k < len(cumulative) - 1 and cumulative[k] <= u:
        k += 1
    return k


@hot
def skill_class(u: float, p: Any) -> int:
    """Return the skill class 0, 1 or 2 of a uniform number."""
    return (1 if u >= p.skill[0] else 0) + (1 if u >= p.skill[1] else 0)


@hot
def become(f: Any, j: int, status: int, t: int) -> None:
    """Give a person a new status without an employer."""
    f.status[j] = status
    f.employer[j] = NO_EMPLOYER
    f.since[j] = t


@hot
def arrive(f: Any, c: Any, j: int, t: int, p: Any) -> None:
    """Let a graduate take the place of somebody away."""
    _, w1, w2, w3 = block(f.person_id0[j], f.person_id1[j], t, PERSON_QUARTER, 0, f.key)
    become(f, j, SEEKING, t)
    f.region[j] = pick(c.graduate_region, uniform(w1))
    f.person_field[j] = pick(c.graduate_field, uniform(w2))
    f.skill[j] = skill_class(uniform(w3), p)
    f.wage[j] = f.skill[j]
    f.tally[ARRIVALS] += 1


@hot
def limit_of(chance: float) -> np.uint32:
    """Return a word that no word whose uniform number is below the chance reaches."""
    return np.uint32(min(chance * ALL_WORDS + 1.0, ALL_WORDS - 1.0))


@inner
def status_changes(f: Any, c: Any, t: int, n: Any, p: Any) -> Any:
    """Let people part from firms, return from the public sector, leave, arrive; list who may search.

    The list holds everybody who was or is without a post, some of whom have left.

    Most people's draw is far from any chance of change. A limit by status, above every chance of that status,
    picks the few whose chance is worth working out.
    """
    part, back = quarterly(p.separation), quarterly(p.public_out)
    quits = np.empty(LEVELS + SKILLS)
    most_pull, most_quits = 0.0, 0.0
    for wage in range(len(quits)):
        quits[wage] = part * exp(-p.quit_wage * (wage - p.wage_usual))
        most_quits = max(most_quits, quits[wage])
    for r in range(n.regions):
        most_pull = max(most_pull, c.pull[r])
    limit = np.zeros(STATUSES, np.uint32)
    limit[AWAY] = limit_of(p.enter)
    limit[EMPLOYED] = limit_of(most_quits)
    limit[PUBLIC] = limit_of(back)
    most = p.leave_unmatched * most_pull * (1.0 + p.leave_growth * p.patience) + p.public_in
    limit[SEEKING] = limit_of(most)
    words, few = np.empty(BLOCK, np.uint32), np.empty(BLOCK + 1, np.int64)
    unmatched = np.empty(n.people + 1, np.int64)
    found = 0
    k0, k1 = f.key
    for first in range(0, n.people, BLOCK):
        m = min(BLOCK, n.people - first)
        id0, id1 = f.person_id0[first : first + m], f.person_id1[first : first + m]
        for i in range(m):
            words[i] = philox(id0[i], id1[i], (t << PURPOSE_BITS) | PERSON_QUARTER, 0, k0, k1)[0]
        status = f.status[first : first + m]
        count = 0
        for i in range(m):
            few[count] = i
            count += 1 if words[i] < limit[status[i]] else 0
            unmatched[found] = first + i
            found += 1 if status[i] == SEEKING or status[i] == POOLED else 0
        for a in range(count):
            j = first + few[a]
            before = f.status[j]
            change_status(f, c, j, t, chance(words, few[a]), back, quits, p)
            if f.status[j] == SEEKING and before != SEEKING:
                unmatched[found] = j
                found += 1
    return unmatched[:found]


@hot
def change_status(f: Any, c: Any, j: int, t: int, u: float, back: float, quits: Any, p: Any) -> None:
    """Change the status of person j if the draw u says so."""
    status = f.status[j]
    if status == EMPLOYED:
        if u < quits[f.wage[j]]:
            f.talent[f.employer[j]] -= 1
            become(f, j, SEEKING, t)
            f.tally[SEPARATIONS] += 1
    elif status == SEEKING:
        waited = min(np.float64(t - f.since[j] - 1), p.patience)
        leave = p.leave_unmatched * c.pull[f.region[j]] * (1.0 + p.leave_growth * waited)
        if u < leave:
            become(f, j, AWAY, t)
            f.tally[DEPARTURES] += 1
        elif u < leave + p.public_in:
            become(f, j, PUBLIC, t)
    elif status == PUBLIC:
        if u < back:
            become(f, j, SEEKING, t)
    elif status == AWAY and u < p.enter:
        arrive(f, c, j, t, p)


# ---------------------------------------------------------------------------------------------------------
# Search
# ---------------------------------------------------------------------------------------------------------


@hot
def open_posts_of(f: Any, i: int) -> int:
    """Count whole people wanted beyond those employed."""
    return int(np.floor(np.float64(f.wanted[i]) + 0.5)) - np.int64(f.talent[i])


@inner
def open_posts(f: Any, c: Any, t: int, n: Any, p: Any) -> tuple[Any, Any, Any, Any]:
    """List open posts in ring order: firm, ring, place, and where each ring (region × field) begins."""
    hiring = np.empty(n.firms + 1, np.int64)
    hirers, total = 0, 0
    for i in range(n.firms):
        posts = open_posts_of(f, i)
        hiring[hirers] = i
        hirers += 1 if posts > 0 else 0
        total += max(posts, 0)
    firm, unit = np.empty(total, np.int64), np.empty(total, np.int64)
    ring, place = np.empty(total, np.int64), np.empty(total, np.int64)
    k = 0
    for a in range(hirers):
        i = hiring[a]
        for post in range(open_posts_of(f, i)):
            firm[k], unit[k] = i, post
            ring[k] = np.int64(c.firm_region[i]) * n.fields + f.firm_field[i]
            k += 1
    w = np.empty(WORDS, np.uint32)
    for begin in range(0, total, BLOCK):
        m = min(BLOCK, total - begin)
        for i in range(m):
            w[ID0 + i] = f.firm_id0[firm[begin + i]]
            w[ID1 + i] = f.firm_id1[firm[begin + i]]
            w[NUMBER + i] = unit[begin + i]
        draw_listed(w, m, (t << PURPOSE_BITS) | FIRM_VACANCY, f.key)
        for i in range(m):
            place[begin + i] = position(skill_class(chance(w, W2 + i), p), w[W0 + i], w[W1 + i])
    places, order, first = queue(ring, place, total, n.regions * n.fields, ARCS)
    return firm[order], ring[order], places, first


@hot
def hire(f: Any, c: Any, j: int, i: int, t: int, number: int) -> None:
    """Give person j a post at firm i; who lives in another region moves."""
    f.region[j] = c.firm_region[i]
    f.status[j] = EMPLOYED
    f.employer[j] = i
    f.since[j] = t
    f.wage[j] = f.skill[j] + f.level[i]
    f.talent[i] += 1
    f.staff[i] = max(f.staff[i], f.talent[i])
    f.tally[HIRES + number] += 1


@inner
def meet(
    f: Any,
    c: Any,
    t: int,
    number: int,
    who: Any,
    ring: Any,
    place: Any,
    willing: Any,
    n_who: int,
    rings: int,
    posts: Any,
    is_open: Any,
) -> None:
    """Pair seekers with open posts, ring by ring; who is willing is hired.

    Going round clockwise, an open post is taken by the nearest free seeker behind it; those left at the end
    of the round meet the posts left at its beginning.
    """
    post_firm, _, post_places, post_first = posts
    places, order, first = queue(ring, place, n_who, rings, ARCS)
    stack, spare = np.empty(n_who, np.int64), np.empty(len(post_firm), np.int64)
    for g in range(rings):
        a, stop, waiting, left = first[g], first[g + 1], 0, 0
        if a == stop:
            continue
        for b in range(post_first[g], post_first[g + 1]):
            if not is_open[b]:
                continue
            while a < stop and places[a] <= post_places[b]:
                stack[waiting] = order[a]
                waiting += 1
                a += 1
            if waiting > 0:
                waiting -= 1
                if willing[stack[waiting]]:
                    is_open[b] = False
                    hire(f, c, who[stack[waiting]], post_firm[b], t, number)
            else:
                spare[left] = b
                left += 1
        while a < stop:
            stack[waiting] = order[a]
            waiting += 1
            a += 1
        for k in range(min(waiting, left)):
            if willing[stack[waiting - 1 - k]]:
                is_open[spare[k]] = False
                hire(f, c, who[stack[waiting - 1 - k]], post_firm[spare[k]], t, number)


@inner
def select(f: Any, people: Any, status: int) -> Any:
    """Select those of some people who have a status: without a branch, for it would be a coin's toss."""
    chosen = np.empty(len(people) + 1, np.int64)
    count = 0
    for a in range(len(people)):
        chosen[count] = people[a]
        count += 1 if f.status[people[a]] == status else 0
    return chosen[:count]


@inner
def search(f: Any, c: Any, t: int, unmatched: Any, posts: Any, is_open: Any, n: Any, p: Any) -> None:
    """Hold rounds one (own region) and two (one other region, drawn by distance)."""
    count = len(unmatched)
    who, ring, place = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    willing = np.empty(count, np.bool_)
    w = np.empty(WORDS, np.uint32)
    for number in range(2):
        seeking = select(f, unmatched, SEEKING)
        k = 0
        for begin in range(0, len(seeking), BLOCK):
            m = min(BLOCK, len(seeking) - begin)
            list_people(w, f, seeking, begin, m, 1 + number)
            draw_listed(w, m, (t << PURPOSE_BITS) | PERSON_QUARTER, f.key)
            for i in range(m):
                j = seeking[begin + i]
                r = np.int64(f.region[j])
                if number == 1:
                    u = chance(w, W3 + i)
                    if u >= p.mobile:
                        continue
                    r = pick(c.move[r], u / p.mobile)
                who[k] = j
                ring[k] = r * n.fields + f.person_field[j]
                place[k] = position(f.skill[j], w[W0 + i], w[W1 + i])
                willing[k] = chance(w, W2 + i) < p.accept
                k += 1
        meet(f, c, t, number, who, ring, place, willing, k, n.regions * n.fields, posts, is_open)


@inner
def place_pooled(f: Any, c: Any, t: int, unmatched: Any, posts: Any, is_open: Any, n: Any, p: Any) -> None:
    """Hold round three: pooled people who still search meet the posts left open in the whole province."""
    pooled = select(f, unmatched, POOLED)
    count = len(pooled)
    who, ring, place = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    willing = np.empty(count, np.bool_)
    w = np.empty(WORDS, np.uint32)
    k = 0
    for begin in range(0, count, BLOCK):
        m = min(BLOCK, count - begin)
        list_people(w, f, pooled, begin, m, 0)
        draw_listed(w, m, (t << PURPOSE_BITS) | PERSON_POOL, f.key)
        for i in range(m):
            j = pooled[begin + i]
            if chance(w, W3 + i) >= p.lock:
                who[k] = j
                ring[k] = f.person_field[j]
                place[k] = position(f.skill[j], w[W0 + i], w[W1 + i])
                willing[k] = chance(w, W2 + i) < p.accept
                k += 1
    post_firm, post_ring, post_places, _ = posts
    total = len(post_firm)
    firm, field, at = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total, np.int64)
    left = 0
    for b in range(total):
        if is_open[b]:
            firm[left], field[left], at[left] = post_firm[b], post_ring[b] % n.fields, post_places[b]
            left += 1
    places, order, first = queue(field, at, left, n.fields, ARCS)
    remaining = (firm[order], field[order], places, first)
    meet(f, c, t, 2, who, ring, place, willing, k, n.fields, remaining, np.ones(left, np.bool_))


@inner
def hold(f: Any, c: Any, t: int, unmatched: Any, n: Any, p: Any) -> None:
    """Decide who is held until next quarter: those held before come first, then luck; pay for each.

    A region holds as many as a quarter of its unspent money of the year pays for; if all together are more
    than the pool's capacity, every region gives way in proportion.
    """
    waiting = np.empty(len(unmatched) + 1, np.int64)
    count = 0
    for a in range(len(unmatched)):
        j = unmatched[a]
        waiting[count] = j
        count += 1 if f.status[j] == POOLED or (f.status[j] == SEEKING and f.since[j] < t) else 0
    region, place = np.empty(count, np.int64), np.empty(count, np.int64)
    w = np.empty(WORDS, np.uint32)
    for begin in range(0, count, BLOCK):
        m = min(BLOCK, count - begin)
        list_people(w, f, waiting, begin, m, 1)
        draw_listed(w, m, (t << PURPOSE_BITS) | PERSON_POOL, f.key)
        for i in range(m):
            j = waiting[begin + i]
            region[begin + i] = f.region[j]
            place[begin + i] = position(0 if f.status[j] == POOLED else 1, w[W0 + i], w[W1 + i])
    _, order, first = queue(region, place, count, n.regions, ARCS)
    price = round_money(c.unit[P04] * n.weight / (1.0 - p.admin))
    share = np.empty(n.regions, np.int64)
    asked = 0
    for r in range(n.regions):
        share[r] = max(purse(f, c, P04, r, t), 0) // (YEAR - t % YEAR) // price
        asked += share[r]
    for r in range(n.regions):
        places = share[r] * n.capacity // asked if asked > n.capacity else share[r]
        for a in range(first[r], first[r + 1]):
            j = waiting[order[a]]
            if a < first[r] + places:
                if f.status[j] != POOLED:
                    become(f, j, POOLED, t)
                pay(f, P04, r, c.unit[P04], n, p)
            elif f.status[j] == POOLED:
                become(f, j, SEEKING, t)


@kernel
def run(f: Any, c: Any, n: Any, p: Any, quarters: int) -> None:
    """Advance a state by so many quarters, in place: governments → talents → firms."""
    for _ in range(quarters):
        t = f.clock[0]
        govern(f, c, t, n, p)
        unmatched = status_changes(f, c, t, n, p)
        posts = open_posts(f, c, t, n, p)
        is_open = np.ones(len(posts[0]), np.bool_)
        search(f, c, t, unmatched, posts, is_open, n, p)
        place_pooled(f, c, t, unmatched, posts, is_open, n, p)
        hold(f, c, t, unmatched, n, p)
        firms_quarter(f, t, n, p)
        f.clock[0] = t + 1
