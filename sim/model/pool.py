"""The talent pool (人才池, A60–A61): unmatched people held at a cost, who do not leave and can meet any vacancy.

It has three functions, each with its own price. It *brings in* people from outside the province, a keyed stream of at
most so many a year; it *holds* people who would otherwise leave, of whom a share stops searching (lock-in); and it
*matches* them with posts before or after everybody else. Placements of people of the province in their own region,
where the market might have placed them anyway, and in markets where others are still looking, are counted separately.
"""

from __future__ import annotations

import numpy as np

from sim.model.births import new_person, pick, take_slot
from sim.model.draws import (
    PERSON,
    PERSON_POOL,
    PERSON_SOURCED,
    TILE,
    WORDS,
    block,
    draw_listed,
    pack_id,
    uniform,
)
from sim.model.governments import (
    C_HOLD,
    T_CAPACITY,
    T_LOCK,
    T_PLACEMENT,
    T_PRIORITY,
    T_REACH,
    T_SOURCED,
    T_SOURCING,
    gross,
    in_force,
    purse,
)
from sim.model.matching import LUCK_MASK, cut, position, ring_order
from sim.model.numerics import Int, hot, inner, round_money, slot
from sim.model.outputs import (
    M_DISPLACING,
    M_DISPLACING_GRADUATES,
    M_PLACEMENTS,
    M_PLACEMENTS_OWN,
    M_REFUSED,
    M_SOURCED,
    M_SPENT,
)
from sim.model.search import Posts, Seekers, first_of, no_seekers, search_round
from sim.model.state import GRADUATE, NO_EMPLOYER, POOLED, SEEKING, Array, Firms, People, Province
from sim.model.talents import IN_POOL, LOOKING, Waiting, become, enlist, is_looking
from sim.world.constants import YEAR
from sim.world.inputs import Inputs, Parameters, Programme

SOURCED = 1 << 31  # first ordinal of people from outside; graduates have smaller ones


@hot
def pay_for_person(
    lever: Int, r: Int, amount: Int, province: Province, p: Parameters, by_region: Array
) -> None:
    """Book yuan that a lever pays for a person of region r, with administration."""
    total = gross(amount, p)
    province.spent[lever, r] += total
    by_region[r, M_SPENT + lever] += total
    province.to_people[lever, r] += amount
    province.administration[lever, r] += total - amount


@inner
def bring_in(
    people: People,
    t: Int,
    lever: Int,
    programme: Programme,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    by_region: Array,
) -> None:
    """Bring people in from outside, as many as the lever's yearly number and its money allow; they join the pool.

    With the same start and the same shares of regions the stream is the same: more money or a larger number adds
    people at its end.
    """
    yearly = programme.strength[lever] * programme.terms[lever, T_SOURCED] / inputs.weight
    quarters = t - programme.first[lever]
    number: Int = int(np.floor(yearly * (quarters + 1) / YEAR)) - int(np.floor(yearly * quarters / YEAR))
    price = round_money(programme.terms[lever, T_SOURCING] * inputs.weight)
    total, _ = purse(lever, t, programme, province)
    if price > 0:
        number = min(number, max(total // quarters_left(t, lever, programme) // gross(price, p), 0))
    money = programme.budget[lever].sum(axis=0)
    share = np.cumsum(money) / max(money.sum(), 1)
    for k in range(number):
        ordinal = SOURCED + k
        luck = block(pack_id(PERSON, lever, t), ordinal, t, PERSON_SOURCED, 0, province.key)
        r = pick(share, 0, len(share), uniform(luck[0]))
        j = take_slot(people, province)
        if j < 0:
            return
        new_person(people, j, r, ordinal, t, POOLED, NO_EMPLOYER, 0, province.key, inputs, p, -1)
        pay_for_person(lever, r, price, province, p, by_region)
        by_region[r, M_SOURCED] += 1


@inner
def quarters_left(t: Int, lever: Int, programme: Programme) -> Int:
    """Return over how many quarters of the fiscal year a lever in force spreads its money, this one included."""
    left: Int = min(YEAR - t % YEAR, programme.last[lever] - t + 1)
    return left


@inner
def place_all(
    f: Firms,
    people: People,
    t: Int,
    early: bool,
    waiting: Waiting,
    posts: Posts,
    programme: Programme,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    placed: Array,
    by_region: Array,
) -> None:
    """Let the pools that come before the market (``early``), or after it, place people.

    ``placed``, int64[region × field], counts them by where they found a post.
    """
    for lever in range(len(programme.first)):
        turn = (programme.terms[lever, T_PRIORITY] > 0.0) == early
        if turn and programme.effect[lever, C_HOLD] > 0.0 and in_force(lever, t, programme):
            place_pooled(
                f, people, t, lever, waiting, posts, programme, province, inputs, p, placed, by_region
            )


@inner
def place_pooled(
    f: Firms,
    people: People,
    t: Int,
    lever: Int,
    waiting: Waiting,
    posts: Posts,
    programme: Programme,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    placed: Array,
    by_region: Array,
) -> None:
    """Hold the pool's round: held people who search meet open posts, province-wide or in their own region."""
    fields = len(inputs.graduate_field)
    wide = programme.terms[lever, T_REACH] > 0.0
    rings = fields if wide else len(inputs.region_code) * fields
    fee = round_money(programme.terms[lever, T_PLACEMENT] * inputs.weight)
    total, _ = purse(lever, t, programme, province)
    pooled = waiting.pooled[: waiting.number[IN_POOL]]
    seekers = seekers_of_pool(people, t, pooled, programme.terms[lever], fields, province, p)
    n = len(seekers.who)
    if n == 0:
        return
    affordable = max(total // gross(fee, p), 0) if fee > 0 else n
    if affordable < n:  # only as many placements as can be paid for; luck decides whose
        luck = seekers.place & LUCK_MASK
        last = cut(luck, np.ones(n, np.int64), affordable)
        for a in range(n):
            seekers.accepts[a] &= luck[a] < last
    home = np.empty(n, np.int64)
    for a in range(n):
        home[a] = people.region[seekers.who[a]]
    numbers = np.flatnonzero(posts.is_open)
    left = still_open(posts, numbers, wide, fields)
    search_round(f, people, seekers, left, ring_order(left.ring, left.place, rings), rings, inputs, by_region)
    for k in range(len(numbers)):
        posts.is_open[numbers[k]] = left.is_open[k]
    for a in range(n):
        j = seekers.who[a]
        if people.status[j] != POOLED:
            r = home[a]
            pay_for_person(lever, r, fee, province, p, by_region)
            by_region[r, M_PLACEMENTS] += 1
            if people.region[j] == r and people.id1[j] < SOURCED:
                by_region[r, M_PLACEMENTS_OWN] += 1
            placed[np.int64(people.region[j]) * fields + people.field[j]] += 1


@inner
def seekers_of_pool(
    people: People, t: Int, pooled: Array, terms: Array, fields: Int, province: Province, p: Parameters
) -> Seekers:
    """Return the pooled people who have not stopped searching; ``terms`` are those of the lever."""
    seekers = no_seekers(len(pooled))
    wide = terms[T_REACH] > 0.0
    n = 0
    for j in pooled:
        w0, w1, w2, w3 = block(people.id0[j], people.id1[j], t, PERSON_POOL, 0, province.key)
        if uniform(w3) < terms[T_LOCK]:
            continue
        seekers.who[n] = j
        seekers.ring[n] = people.field[j] if wide else np.int64(people.region[j]) * fields + people.field[j]
        seekers.place[n] = position(people.skill[j], w0, w1)
        seekers.accepts[n] = uniform(w2) < p.accept
        n += 1
    return first_of(seekers, n)


@inner
def still_open(posts: Posts, numbers: Array, wide: bool, fields: Int) -> Posts:
    """Return the posts with some ``numbers``, all open, on rings of the province or of its regions."""
    n = len(numbers)
    left = Posts(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int64), np.ones(n, np.bool_))
    for k in range(n):
        post = numbers[k]
        left.firm[k] = posts.firm[post]
        left.ring[k] = posts.ring[post] % fields if wide else posts.ring[post]
        left.place[k] = posts.place[post]
    return left


@inner
def count_displaced(people: People, looking: Array, placed: Array, fields: Int, by_region: Array) -> None:
    """Count the placements (int64[region × field]) in markets where somebody else, or a graduate, is still looking."""
    still = np.zeros(len(placed), np.int64)
    graduates = np.zeros(len(placed), np.int64)
    for j in looking:
        if is_looking(people, j):
            market = np.int64(people.region[j]) * fields + people.field[j]
            still[market] += 1
            graduates[market] += people.status[j] == GRADUATE
    for market in range(len(placed)):
        r = market // fields
        by_region[r, M_DISPLACING] += min(placed[market], still[market])
        by_region[r, M_DISPLACING_GRADUATES] += min(placed[market], graduates[market])


@inner
def places_funded(
    t: Int, lever: Int, programme: Programme, province: Province, inputs: Inputs, p: Parameters
) -> tuple[int, Array, Array]:
    """Return how many people can be held in quarter t, in all and by region (int64[R]), and where at all (bool[R])."""
    regions = len(inputs.region_code)
    share = np.zeros(regions, np.int64)
    funded = programme.budget[lever].sum(axis=0) > 0
    fee = gross(programme.unit[lever] * inputs.weight, p)
    if fee == 0 or not in_force(lever, t, programme):
        return 0, share, funded
    quarters = quarters_left(t, lever, programme)
    total, by_purse = purse(lever, t, programme, province)
    places = min(total // quarters // fee, int(np.floor(programme.terms[lever, T_CAPACITY] / inputs.weight)))
    for r in range(regions):
        share[r] = max(by_purse[r] // quarters // fee, 0)
    places = max(int(np.floor(programme.strength[lever] * places)), 0)
    asked = share.sum()
    if asked > places:  # capacity or strength binds: all regions are cut in proportion
        for r in range(regions):
            share[r] = share[r] * places // asked
    return places, share, funded


@inner
def candidates(people: People, waiting: Waiting, funded: Array) -> Array:
    """List who may be held, uint32[n]: the pool, and people unmatched for a quarter where there is money."""
    looking = waiting.looking[: waiting.number[LOOKING]]
    pooled = waiting.pooled[: waiting.number[IN_POOL]]
    able = np.empty(len(looking) + len(pooled), np.uint32)
    n = 0
    for j in looking:
        if is_looking(people, j) and people.quarters[j] > 0 and funded[people.region[j]]:
            able[n] = j
            n += 1
    for j in pooled:
        if people.status[j] == POOLED:
            able[n] = j
            n += 1
    return able[:n]


@inner
def priorities(people: People, t: Int, able: Array, province: Province) -> Array:
    """Return positions in the order for places, int64[n]: people held before come first, then luck."""
    place = np.empty(len(able), np.int64)
    ids, words = np.empty((2, TILE), np.uint32), np.empty((WORDS, TILE), np.uint32)
    for start in range(0, len(able), TILE):
        first, stop = slot(start), slot(min(start + TILE, len(able)))
        draw_listed(people, able, first, stop, t, PERSON_POOL, 1, province.key, ids, words)
        for k in range(stop - first):
            newly = np.int64(people.status[able[first + k]] != POOLED)
            place[first + k] = position(newly, words[0, k], words[1, k])
    return place


@inner
def choose(region: Array, place: Array, share: Array, places: Int) -> Array:
    """Choose who is held, bool[n]: first by region up to its ``share``, then anybody while ``places`` last."""
    order, _, first = ring_order(region, place, len(share))
    chosen = np.zeros(len(place), np.bool_)
    left = places
    for r in range(len(share)):
        for a in range(first[r], min(first[r] + min(share[r], left), first[r + 1])):
            chosen[order[a]] = True
            left -= 1
    if left > 0:
        others = np.empty(len(place), np.int64)
        n = 0
        for a in range(len(place)):
            others[n] = place[a]
            n += not chosen[a]
        last = cut(others[:n], np.ones(n, np.int64), left)
        for a in range(len(place)):
            chosen[a] |= place[a] < last
    return chosen


@inner
def hold(
    people: People,
    t: Int,
    lever: Int,
    waiting: Waiting,
    programme: Programme,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    by_region: Array,
) -> None:
    """Decide who is held until next quarter, people held before first, then by luck; pay for each.

    Places follow the money of a region; places that a region cannot fill go to other regions with money.
    People who are not held (any more) keep searching.
    """
    places, share, funded = places_funded(t, lever, programme, province, inputs, p)
    if places == 0:
        for j in waiting.pooled[: waiting.number[IN_POOL]]:
            if people.status[j] == POOLED:
                become(people, j, SEEKING)
        return
    able = candidates(people, waiting, funded)
    region = np.empty(len(able), np.int64)
    for a in range(len(able)):
        region[a] = people.region[able[a]]
    chosen = choose(region, priorities(people, t, able, province), share, places)
    for a in range(len(able)):
        j = able[a]
        if chosen[a]:
            if people.status[j] != POOLED:
                become(people, j, POOLED)
                enlist(people, j, waiting)
            pay_for_person(lever, region[a], programme.unit[lever] * inputs.weight, province, p, by_region)
        else:
            by_region[region[a], M_REFUSED] += 1
            if people.status[j] == POOLED:
                become(people, j, SEEKING)
