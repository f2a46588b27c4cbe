"""What R&D people do in a quarter: arrive, part, leave, search in rounds, wait (docs/odd.md)."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.births import new_person, pick, release_slot, take_slot
from sim.model.draws import FIRM_VACANCY, PERSON, PERSON_ENTER, PERSON_QUARTER, block, pack_id, uniform
from sim.model.matching import match_ring, position, ring_order
from sim.model.numerics import Int, clip, exp, hot, inner, quarterly
from sim.model.outputs import (
    M_HIRES,
    M_IN,
    M_MOVED_IN,
    M_MOVED_OUT,
    M_OUT,
    M_SEPARATIONS,
    unfilled,
)
from sim.model.state import (
    ALIVE,
    CLOSED,
    EMPLOYED,
    FREE,
    GRADUATE,
    LEVELS,
    NO_EMPLOYER,
    NOBODY,
    PUBLIC,
    SEEKING,
)

NO_POST = -1


@inner
def arrivals(people: Any, t: Int, province: Any, inputs: Any, p: Any, by_region: Any) -> None:
    """Let graduates arrive: a fixed stream of would-be entrants, thinned by the talent a region lacks."""
    for r in range(len(inputs.region_code)):
        need = np.float64(province.vacancy_rate[r]) / p.vacancy_usual
        chance = clip(p.enter * (1.0 + p.enter_need * (need - 1.0)), 0.0, 1.0)
        id0 = pack_id(PERSON, inputs.region_code[r], t)
        for k in range(inputs.graduates[t, r]):
            if uniform(block(id0, k, t, PERSON_ENTER, 0, province.key)[0]) >= chance:
                continue
            j = take_slot(province)
            if j < 0:
                return
            new_person(people, j, r, k, t, GRADUATE, NO_EMPLOYER, 0, province.key, inputs, p, -1)
            by_region[r, M_IN] += 1


@inner
def status_changes(f: Any, people: Any, t: Int, province: Any, inputs: Any, p: Any, by_region: Any) -> None:
    """Let people part from firms, return from the public sector, and leave after searching in vain.

    A seeker leaves with a hazard that rises with the pull of the coast and with time unmatched; a separation
    is less likely for the better paid and for staff of supported firms. One uniform number per person and
    quarter decides.
    """
    part = quarterly(p.separation)
    back = quarterly(p.public_out)
    stay = np.empty(LEVELS + len(p.skill))  # factor on turnover by wage class
    for wage in range(len(stay)):
        stay[wage] = exp(-p.quit_wage * (wage - p.wage_usual))
    for j in range(len(people.status)):
        status = people.status[j]
        if status == NOBODY:
            continue
        people.quarters[j] += 1
        r = people.region[j]
        u = uniform(block(people.id0[j], people.id1[j], t, PERSON_QUARTER, 0, province.key)[0])
        if status == EMPLOYED:
            i = people.employer[j]
            closed = f.alive[i] == CLOSED
            if closed or u < part * stay[people.wage[j]] * (1.0 - np.float64(f.retention[i])):
                if not closed:
                    f.talent[i] -= 1
                become(people, j, SEEKING)
                by_region[r, M_SEPARATIONS] += 1
        elif status == PUBLIC:
            if u < back:
                become(people, j, SEEKING)
        elif status in (SEEKING, GRADUATE):
            waited = min(people.quarters[j] - 1, p.patience)
            leave = p.leave_unmatched * inputs.pull[r] * (1.0 + p.leave_growth * waited)
            if u < leave:
                by_region[r, M_OUT] += 1
                release_slot(people, j, province)
            elif u < leave + p.public_in:
                become(people, j, PUBLIC)
    for i in range(len(f.alive)):
        if f.alive[i] == CLOSED:
            f.alive[i] = FREE


@hot
def become(people: Any, j: Int, status: Int) -> None:
    """Give person j a new status without an employer."""
    people.status[j] = status
    people.employer[j] = NO_EMPLOYER
    people.quarters[j] = 0


@inner
def open_posts(f: Any, t: Int, province: Any, inputs: Any, p: Any) -> tuple[Any, Any, Any]:
    """List open posts: firm slot, ring (region × field) and position; also refresh the vacancy rates."""
    regions = len(inputs.region_code)
    fields = len(inputs.graduate_field)
    total = 0
    wanted = np.zeros(regions)
    missing = np.zeros(regions)
    for i in range(len(f.alive)):
        if f.alive[i] == ALIVE:
            n = unfilled(f.wanted[i], np.int64(f.talent[i]))
            r = inputs.slot_region[i]
            total += n
            missing[r] += n
            wanted[r] += max(n, 0) + f.talent[i]
    for r in range(regions):
        province.vacancy_rate[r] = missing[r] / wanted[r] if wanted[r] > 0.0 else p.vacancy_usual
    firm = np.empty(total, np.int64)
    ring = np.empty(total, np.int64)
    place = np.empty(total, np.int64)
    k = 0
    for i in range(len(f.alive)):
        if f.alive[i] == ALIVE:
            for unit in range(unfilled(f.wanted[i], np.int64(f.talent[i]))):
                w0, w1, w2, _ = block(f.id0[i], f.id1[i], t, FIRM_VACANCY, unit, province.key)
                firm[k] = i
                ring[k] = np.int64(inputs.slot_region[i]) * fields + inputs.industry_field[f.industry[i]]
                place[k] = position(pick(p.skill, 0, len(p.skill), uniform(w2)), w0, w1)
                k += 1
    return firm, ring, place


@hot
def hire(f: Any, people: Any, j: Int, i: Int, inputs: Any, by_region: Any) -> None:
    """Give person j a post at firm i; who lives in another region moves."""
    r = inputs.slot_region[i]
    if people.region[j] != r:
        by_region[people.region[j], M_MOVED_OUT] += 1
        by_region[r, M_MOVED_IN] += 1
        people.region[j] = r
    people.status[j] = EMPLOYED
    people.employer[j] = i
    people.quarters[j] = 0
    people.wage[j] = people.skill[j] + f.level[i]
    f.talent[i] += 1
    f.staff[i] = max(f.staff[i], f.talent[i])
    by_region[r, M_HIRES] += 1


@inner
def search_round(
    f: Any,
    people: Any,
    who: Any,
    ring: Any,
    place: Any,
    accept: Any,
    rings: Int,
    post_firm: Any,
    post_order: Any,
    post_first: Any,
    post_place: Any,
    is_open: Any,
    inputs: Any,
    by_region: Any,
) -> int:
    """Match once: ``who`` int64[n] people with their rings, places and acceptance (bool). Return hires."""
    n = len(who)
    order, first = ring_order(ring, place, rings)
    partner = np.full(n, NO_POST, np.int64)
    stack = np.empty(n, np.int64)
    spare = np.empty(len(post_firm), np.int64)
    for g in range(rings):
        if first[g + 1] > first[g] and post_first[g + 1] > post_first[g]:
            match_ring(
                order,
                place,
                first[g],
                first[g + 1],
                post_order,
                post_place,
                post_first[g],
                post_first[g + 1],
                is_open,
                partner,
                stack,
                spare,
            )
    hires = 0
    for a in range(n):
        if partner[a] != NO_POST and accept[a]:
            is_open[partner[a]] = False
            hire(f, people, who[a], post_firm[partner[a]], inputs, by_region)
            hires += 1
    return hires


@inner
def search(
    f: Any, people: Any, t: Int, posts: Any, province: Any, inputs: Any, p: Any, by_region: Any
) -> Any:
    """Hold rounds one (own region) and two (one other, drawn by distance); return which posts stay open."""
    post_firm, post_ring, post_place = posts
    fields = len(inputs.graduate_field)
    rings = len(inputs.region_code) * fields
    post_order, post_first = ring_order(post_ring, post_place, rings)
    is_open = np.ones(len(post_firm), np.bool_)
    for number in range(2):
        count = 0
        for j in range(len(people.status)):
            if people.status[j] == SEEKING or people.status[j] == GRADUATE:
                count += 1
        who = np.empty(count, np.int64)
        ring = np.empty(count, np.int64)
        place = np.empty(count, np.int64)
        accept = np.empty(count, np.bool_)
        n = 0
        for j in range(len(people.status)):
            if people.status[j] != SEEKING and people.status[j] != GRADUATE:
                continue
            w0, w1, w2, w3 = block(people.id0[j], people.id1[j], t, PERSON_QUARTER, 1 + number, province.key)
            r: Int = np.int64(people.region[j])
            if number == 1:
                u = uniform(w3)
                if u >= p.mobile:
                    continue
                r = pick(inputs.move_cumulative[r], 0, len(inputs.region_code), u / p.mobile)
            who[n] = j
            ring[n] = r * fields + people.field[j]
            place[n] = position(people.skill[j], w0, w1)
            accept[n] = uniform(w2) < p.accept
            n += 1
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
    return is_open
