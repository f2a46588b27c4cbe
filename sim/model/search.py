"""The labour market of a quarter (docs/odd.md): open posts, and rounds that match seekers to them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.model.births import pick
from sim.model.draws import (
    FIRM_VACANCY,
    LAST_WORD,
    NUMBERED,
    PERSON_QUARTER,
    TILE,
    WORDS,
    draw_listed,
    draw_numbered,
    uniform,
)
from sim.model.matching import match_ring, position, ring_order
from sim.model.numerics import Int, hot, inner, slot
from sim.model.outputs import M_HIRES, M_MOVED_IN, M_MOVED_OUT
from sim.model.staffing import unfilled
from sim.model.state import ALIVE, EMPLOYED, Array, Firms, People, Province
from sim.model.talents import is_looking
from sim.world.inputs import Inputs, Parameters

NO_POST = -1


class Posts(NamedTuple):
    """Vacancies of a quarter, one entry each."""

    firm: Array  # int32, slot
    ring: Array  # int32, region × field
    place: Array  # int64, position on the ring
    is_open: Array  # bool


class Seekers(NamedTuple):
    """People who search in a round, one entry each."""

    who: Array  # uint32, slot
    ring: Array  # int32
    place: Array  # int64, position on the ring
    accepts: Array  # bool, would accept an offer


@inner
def no_seekers(room: Int) -> Seekers:
    """Return uninitialised arrays for that many seekers."""
    return Seekers(
        np.empty(room, np.uint32),
        np.empty(room, np.int32),
        np.empty(room, np.int64),
        np.empty(room, np.bool_),
    )


@inner
def first_of(seekers: Seekers, n: Int) -> Seekers:
    """Return the first n seekers."""
    return Seekers(seekers.who[:n], seekers.ring[:n], seekers.place[:n], seekers.accepts[:n])


@inner
def vacancies(f: Firms, stop: Array, province: Province, inputs: Inputs, p: Parameters) -> Array:
    """Return the open posts by firm slot, int32; refresh the vacancy rates of the regions."""
    posts = np.zeros(len(f.alive), np.int32)
    for r in range(len(stop)):
        missing = 0
        talent = 0
        for i in range(slot(inputs.firm_start[r]), slot(stop[r])):
            here = np.int64(f.alive[i] == ALIVE)
            posts[i] = here * unfilled(f.wanted[i], f.rounding[i], np.int64(f.talent[i]))
        for i in range(slot(inputs.firm_start[r]), slot(stop[r])):
            missing += int(posts[i])
            talent += int(f.alive[i] == ALIVE) * int(f.talent[i])
        wanted = missing + talent
        province.vacancy_rate[r] = missing / wanted if wanted > 0 else p.vacancy_usual
    return posts


@inner
def open_posts(f: Firms, t: Int, stop: Array, province: Province, inputs: Inputs, p: Parameters) -> Posts:
    """List the open posts of quarter t, each with skill class and luck; ``stop``: end of each region's slots in use."""
    number = vacancies(f, stop, province, inputs, p)
    total = number.sum()
    fields = len(inputs.graduate_field)
    posts = Posts(
        np.empty(total, np.int32),
        np.empty(total, np.int32),
        np.empty(total, np.int64),
        np.ones(total, np.bool_),
    )
    ids = np.empty((NUMBERED, total), np.uint32)
    k: Int = slot(0)
    for r in range(len(stop)):
        for i in range(slot(inputs.firm_start[r]), slot(stop[r])):
            for unit in range(number[i]):
                posts.firm[k] = i
                posts.ring[k] = r * fields + inputs.industry_field[f.industry[i]]
                ids[0, k], ids[1, k], ids[2, k] = f.id0[i], f.id1[i], unit
                k += slot(1)
    words = np.empty((WORDS, TILE), np.uint32)
    for start in range(0, total, TILE):
        a, b = slot(start), slot(min(start + TILE, total))
        draw_numbered(ids, a, b, t, FIRM_VACANCY, province.key, words)
        for k in range(a, b):
            skill = pick(p.skill, 0, len(p.skill), uniform(words[2, k - a]))
            posts.place[k] = position(skill, words[0, k - a], words[1, k - a])
    return posts


@hot
def hire(f: Firms, people: People, j: Int, i: Int, inputs: Inputs, by_region: Array) -> None:
    """Give person j a post at firm i; a person from another region moves."""
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
    f: Firms,
    people: People,
    seekers: Seekers,
    posts: Posts,
    in_order: tuple[Array, Array, Array],
    rings: Int,
    inputs: Inputs,
    by_region: Array,
) -> None:
    """Match once and hire those who accept; ``in_order`` is the `ring_order` of the posts."""
    post_order, post_place, post_first = in_order
    order, place, first = ring_order(seekers.ring, seekers.place, rings)
    partner = np.full(len(order), NO_POST, np.int32)
    stack = np.empty(len(order), np.int32)
    spare = np.empty(len(post_order), np.int32)
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
                posts.is_open,
                partner,
                stack,
                spare,
            )
    for a in range(len(partner)):
        if partner[a] != NO_POST and seekers.accepts[a]:
            posts.is_open[partner[a]] = False
            hire(f, people, seekers.who[a], posts.firm[partner[a]], inputs, by_region)


@inner
def seekers_of_round(
    people: People, t: Int, number: Int, looking: Array, province: Province, inputs: Inputs, p: Parameters
) -> Seekers:
    """Return who searches in round 0 (own region) or 1 (one other region, drawn by distance) of quarter t."""
    fields = len(inputs.graduate_field)
    seekers = no_seekers(len(looking))
    ids, words = np.empty((2, TILE), np.uint32), np.empty((WORDS, TILE), np.uint32)
    n = 0
    for start in range(0, len(looking), TILE):
        first, stop = slot(start), slot(min(start + TILE, len(looking)))
        draw_listed(people, looking, first, stop, t, PERSON_QUARTER, 1 + number, province.key, ids, words)
        for k in range(stop - first):
            j = looking[first + k]
            r: Int = np.int64(people.region[j])
            if number == 1:
                u = uniform(words[LAST_WORD, k])
                mobile = p.mobile + (1.0 - p.mobile) * province.openness[r]
                if u >= mobile:
                    continue
                r = pick(inputs.move_cumulative[r], 0, len(inputs.region_code), u / mobile)
            seekers.who[n] = j
            seekers.ring[n] = r * fields + people.field[j]
            seekers.place[n] = position(people.skill[j], words[0, k], words[1, k])
            seekers.accepts[n] = uniform(words[2, k]) < p.accept
            n += 1
    return first_of(seekers, n)


@inner
def still_looking(people: People, looking: Array) -> Array:
    """Return those listed who have found nothing."""
    left = np.empty(len(looking), np.uint32)
    n = 0
    for j in looking:
        left[n] = j
        n += is_looking(people, j)
    return left[:n]


@inner
def search(
    f: Firms,
    people: People,
    t: Int,
    looking: Array,
    posts: Posts,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    by_region: Array,
) -> None:
    """Hold rounds one (own region) and two (one other region, drawn by distance)."""
    rings = len(inputs.region_code) * len(inputs.graduate_field)
    in_order = ring_order(posts.ring, posts.place, rings)
    for number in range(2):
        seekers = seekers_of_round(people, t, number, looking, province, inputs, p)
        search_round(f, people, seekers, posts, in_order, rings, inputs, by_region)
        looking = still_looking(people, looking)
