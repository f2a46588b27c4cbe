"""The talent pool (人才池, A60–A61): unmatched people held at a cost, who do not leave and meet any vacancy.

It buffers and creates nobody. A share of those held stops searching (lock-in). Placements are paid for; those
in the own region, which the region's market might have made without a pool, are counted apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.draws import PERSON_POOL, block, uniform
from sim.model.governments import gross, purse
from sim.model.matching import position, ring_order
from sim.model.numerics import Int, hot, inner, round_money
from sim.model.outputs import M_DISPLACING, M_PLACEMENTS, M_PLACEMENTS_OWN, M_REFUSED, M_SPENT
from sim.model.state import GRADUATE, POOLED, SEEKING, YEAR
from sim.model.talents import become, search_round


@hot
def pay_for_person(lever: Int, r: Int, amount: Int, province: Any, p: Any, by_region: Any) -> None:
    """Book yuan paid by a lever for a person of region r, with administration."""
    total = gross(amount, p)
    province.spent[lever, r] += total
    by_region[r, M_SPENT + lever] += total
    province.to_people[lever, r] += amount
    province.administration[lever, r] += total - amount


@inner
def place_pooled(
    f: Any,
    people: Any,
    t: Int,
    lever: Int,
    posts: Any,
    is_open: Any,
    programme: Any,
    province: Any,
    inputs: Any,
    p: Any,
    by_region: Any,
) -> None:
    """Hold round three: pooled people who still search meet the posts left open, province-wide or at home."""
    post_firm, post_ring, post_place = posts
    fields = len(inputs.graduate_field)
    wide = p.pool_reach > 0.0
    rings = fields if wide else len(inputs.region_code) * fields
    fee = round_money(p.cost_match * inputs.weight)
    total, _ = purse(lever, t, programme, province)
    affordable = total // gross(fee, p) if fee > 0 else len(people.status)
    count = 0
    for j in range(len(people.status)):
        if people.status[j] == POOLED:
            count += 1
    who = np.empty(count, np.int64)
    ring = np.empty(count, np.int64)
    place = np.empty(count, np.int64)
    accept = np.empty(count, np.bool_)
    home = np.empty(count, np.int64)
    turn = np.empty(count, np.int64)
    n = 0
    for j in range(len(people.status)):
        if people.status[j] != POOLED:
            continue
        w0, w1, w2, w3 = block(people.id0[j], people.id1[j], t, PERSON_POOL, 0, province.key)
        if uniform(w3) < p.lock:
            continue
        who[n] = j
        home[n] = people.region[j]
        ring[n] = people.field[j] if wide else home[n] * fields + people.field[j]
        place[n] = position(people.skill[j], w0, w1)
        turn[n] = position(0, w0, w1)
        accept[n] = uniform(w2) < p.accept
        n += 1
    if n == 0:
        return
    if affordable < n:  # no money for a placement, no placement; luck decides whose
        by_luck, _ = ring_order(np.zeros(n, np.int64), turn[:n], 1)
        for a in range(affordable, n):
            accept[by_luck[a]] = False
    ring_of_post = post_ring % fields if wide else post_ring
    post_order, post_first = ring_order(ring_of_post, post_place, rings)
    search_round(
        f,
        people,
        who[:n],
        ring[:n],
        place[:n],
        accept[:n],
        rings,
        post_firm,
        post_order,
        post_first,
        post_place,
        is_open,
        inputs,
        by_region,
    )
    placed = np.zeros(len(inputs.region_code) * fields, np.int64)
    for a in range(n):
        if people.status[who[a]] != POOLED:
            r = home[a]
            pay_for_person(lever, r, fee, province, p, by_region)
            by_region[r, M_PLACEMENTS] += 1
            if people.region[who[a]] == r:
                by_region[r, M_PLACEMENTS_OWN] += 1
            placed[np.int64(people.region[who[a]]) * fields + people.field[who[a]]] += 1
    count_displaced(people, placed, fields, by_region)


@inner
def count_displaced(people: Any, placed: Any, fields: Int, by_region: Any) -> None:
    """Count the placements (int64[region × field]) into markets where somebody else was still looking."""
    waiting = np.zeros(len(placed), np.int64)
    for j in range(len(people.status)):
        if people.status[j] == SEEKING or people.status[j] == GRADUATE:
            waiting[np.int64(people.region[j]) * fields + people.field[j]] += 1
    for market in range(len(placed)):
        by_region[market // fields, M_DISPLACING] += min(placed[market], waiting[market])


@inner
def places_funded(
    t: Int, lever: Int, programme: Any, province: Any, inputs: Any, p: Any
) -> tuple[int, Any, Any]:
    """Return how many people can be held in quarter t, in all and by region (int64[R]), and where at all (bool[R])."""
    regions = len(inputs.region_code)
    share = np.zeros(regions, np.int64)
    funded = programme.budget[lever].sum(axis=0) > 0
    fee = gross(programme.unit[lever] * inputs.weight, p)
    if not programme.first[lever] <= t <= programme.last[lever] or fee == 0:
        return 0, share, funded
    quarters_left = min(YEAR - t % YEAR, programme.last[lever] - t + 1)
    total, by_purse = purse(lever, t, programme, province)
    places = min(total // quarters_left // fee, int(np.floor(p.pool_capacity / inputs.weight)))
    for r in range(regions):
        share[r] = max(by_purse[r] // quarters_left // fee, 0)
    places = max(int(np.floor(programme.strength[lever] * places)), 0)
    asked = share.sum()
    if asked > places:  # capacity or strength binds: every region gives way in proportion
        for r in range(regions):
            share[r] = share[r] * places // asked
    return places, share, funded


@hot
def may_be_held(people: Any, j: Int, funded: Any) -> bool:
    """Tell whether person j is in the pool, or has searched in vain for a quarter where the pool has money."""
    status = people.status[j]
    waiting = status in (SEEKING, GRADUATE) and people.quarters[j] > 0
    may: bool = (waiting and funded[people.region[j]]) or status == POOLED
    return may


@inner
def hold(
    people: Any, t: Int, lever: Int, programme: Any, province: Any, inputs: Any, p: Any, by_region: Any
) -> None:
    """Decide who is held until next quarter: those held before come first, then luck; pay for each.

    Places follow the money of a region; places that a region cannot fill go to the other regions with money.
    Whoever is not held (any more) searches on.
    """
    places, share, funded = places_funded(t, lever, programme, province, inputs, p)
    if places == 0:
        for j in range(len(people.status)):
            if people.status[j] == POOLED:
                become(people, j, SEEKING)
        return
    count = 0
    for j in range(len(people.status)):
        if may_be_held(people, j, funded):
            count += 1
    who = np.empty(count, np.int64)
    region = np.empty(count, np.int64)
    place = np.empty(count, np.int64)
    n = 0
    for j in range(len(people.status)):
        if may_be_held(people, j, funded):
            w0, w1, _, _ = block(people.id0[j], people.id1[j], t, PERSON_POOL, 1, province.key)
            who[n] = j
            region[n] = people.region[j]
            place[n] = position(0 if people.status[j] == POOLED else 1, w0, w1)
            n += 1
    chosen = np.zeros(count, np.bool_)
    left = places
    order, first = ring_order(region, place, len(share))
    for r in range(len(share)):
        for a in range(first[r], min(first[r] + share[r], first[r + 1])):
            if left > 0:
                chosen[order[a]] = True
                left -= 1
    order, first = ring_order(np.zeros(count, np.int64), place, 1)
    for a in range(count):
        if left > 0 and not chosen[order[a]]:
            chosen[order[a]] = True
            left -= 1
    for a in range(count):
        j = who[a]
        if chosen[a]:
            if people.status[j] != POOLED:
                become(people, j, POOLED)
            pay_for_person(lever, region[a], programme.unit[lever] * inputs.weight, province, p, by_region)
        else:
            by_region[region[a], M_REFUSED] += 1
            if people.status[j] == POOLED:
                become(people, j, SEEKING)
