"""What R&D people do in a quarter: arrive, part from firms, leave, look for a post (docs/odd.md)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.model.births import new_person, release_slot, take_slot
from sim.model.draws import (
    PERSON,
    PERSON_ENTER,
    PERSON_QUARTER,
    TILE,
    WORDS,
    draw_blocks,
    pack_id,
    uniform,
    word_limit,
)
from sim.model.numerics import Int, clip, exp, hot, inner, quarterly, slot
from sim.model.outputs import M_IN, M_OUT, M_POOL_PUBLIC, M_SEPARATIONS
from sim.model.state import (
    CLOSED,
    EMPLOYED,
    GRADUATE,
    NO_EMPLOYER,
    POOLED,
    PUBLIC,
    SEEKING,
    STATUSES,
    Array,
    Firms,
    People,
    Province,
)
from sim.world.constants import LEVELS
from sim.world.inputs import Inputs, Parameters


class Waiting(NamedTuple):
    """People without a post, as slots: the first ``number`` of each list."""

    looking: Array  # uint32[…], seekers and graduates
    pooled: Array  # uint32[…]
    number: Array  # int64[2], of each


LOOKING, IN_POOL = 0, 1  # places in `Waiting.number`


@inner
def nobody_waits(people: People, t: Int, province: Province, inputs: Inputs) -> Waiting:
    """Return empty lists with room for everybody who may wait in quarter t."""
    room = province.people_used[0] + inputs.graduates[t].sum()
    return Waiting(np.empty(room, np.uint32), np.empty(room, np.uint32), np.zeros(2, np.int64))


@hot
def is_looking(people: People, j: Int) -> bool:
    """Whether person j wants a post and is not in the pool."""
    looks: bool = people.status[j] in (SEEKING, GRADUATE)
    return looks


@hot
def enlist(people: People, j: Int, waiting: Waiting) -> None:
    """Put person j on the list of those looking for a post, or of those in the pool, if either applies."""
    if is_looking(people, j):
        waiting.looking[waiting.number[LOOKING]] = j
        waiting.number[LOOKING] += 1
    elif people.status[j] == POOLED:
        waiting.pooled[waiting.number[IN_POOL]] = j
        waiting.number[IN_POOL] += 1


@inner
def arrivals(
    people: People,
    t: Int,
    waiting: Waiting,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    by_region: Array,
) -> None:
    """Let graduates arrive: a fixed stream of would-be entrants, thinned by the talent that a region lacks."""
    ids, words = np.empty((2, TILE), np.uint32), np.empty((WORDS, TILE), np.uint32)
    for r in range(len(inputs.region_code)):
        need = np.float64(province.vacancy_rate[r]) / p.vacancy_usual
        chance = clip(p.enter * (1.0 + p.enter_need * (need - 1.0)), 0.0, 1.0)
        ids[0, :] = pack_id(PERSON, inputs.region_code[r], t)
        for start in range(0, inputs.graduates[t, r], TILE):
            n = min(TILE, inputs.graduates[t, r] - start)
            for k in range(n):
                ids[1, k] = start + k
            draw_blocks(ids[0], ids[1], slot(0), slot(n), t, PERSON_ENTER, 0, province.key, words)
            for k in range(n):
                if uniform(words[0, k]) < chance:
                    j = take_slot(people, province)
                    if j < 0:
                        return
                    new_person(
                        people, j, r, start + k, t, GRADUATE, NO_EMPLOYER, 0, province.key, inputs, p, -1
                    )
                    enlist(people, j, waiting)
                    by_region[r, M_IN] += 1


@inner
def turnover(p: Parameters) -> Array:
    """Return the quarterly chance to part from an unsupported firm, by wage class: float64[classes]."""
    part = quarterly(p.separation)
    chance = np.empty(LEVELS + len(p.skill))
    for wage in range(len(chance)):
        chance[wage] = part * exp(-p.quit_wage * (wage - p.wage_usual))
    return chance


@inner
def status_changes(
    f: Firms,
    people: People,
    t: Int,
    waiting: Waiting,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    by_region: Array,
) -> None:
    """Let people part from firms, return from the public sector, and leave after searching in vain.

    One uniform number per person and quarter decides. For most people employed or in the public sector, it is above
    the largest chance that anybody has. Only the others, and all who wait, are checked one by one.
    """
    parting = turnover(p)
    limit = np.zeros(STATUSES, np.int64)
    limit[EMPLOYED] = word_limit(parting.max())
    limit[PUBLIC] = word_limit(quarterly(p.public_out))
    limit[GRADUATE] = limit[SEEKING] = limit[POOLED] = word_limit(1.0)  # the pool's lists need them all
    words = np.empty((WORDS, TILE), np.uint32)
    chosen = np.empty(TILE, np.uint32)
    used = province.people_used[0]
    for start in range(0, used, TILE):
        first, stop = slot(start), slot(min(start + TILE, used))
        draw_blocks(people.id0, people.id1, first, stop, t, PERSON_QUARTER, 0, province.key, words)
        for j in range(first, stop):
            people.quarters[j] += 1
        n = slot(0)
        for j in range(first, stop):
            chosen[n] = j - first
            may = words[0, j - first] < limit[slot(people.status[j])]
            n += slot(may | (f.alive[slot(max(people.employer[j], 0))] == CLOSED))
        for c in range(n):
            j = first + chosen[c]
            change_status(f, people, j, uniform(words[0, chosen[c]]), parting, province, inputs, p, by_region)
            enlist(people, j, waiting)


@hot
def change_status(
    f: Firms,
    people: People,
    j: Int,
    u: float,
    parting: Array,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    by_region: Array,
) -> None:
    """Change the status of person j if the uniform number u decides so.

    A seeker leaves with a hazard that rises with the pull of the coast and with time unmatched. Better-paid people and
    staff of supported firms are less likely to part from their firm.
    """
    status = people.status[j]
    r = people.region[j]
    if status == EMPLOYED:
        i = people.employer[j]
        closed = f.alive[i] == CLOSED
        if closed or u < parting[people.wage[j]] * (1.0 - np.float64(f.retention[i])):
            if not closed:
                f.talent[i] -= 1
            become(people, j, SEEKING)
            by_region[r, M_SEPARATIONS] += 1
    elif status == PUBLIC:
        if u < quarterly(p.public_out):
            become(people, j, SEEKING)
    elif status in (SEEKING, GRADUATE):
        waited = min(people.quarters[j] - 1, p.patience)
        leave = p.leave_unmatched * inputs.pull[r] * (1.0 + p.leave_growth * waited)
        if u < leave:
            by_region[r, M_OUT] += 1
            release_slot(people, j, province)
        elif u < leave + p.public_in:
            become(people, j, PUBLIC)
    elif status == POOLED and u < p.public_in:  # the pool serves public employers too
        become(people, j, PUBLIC)
        by_region[r, M_POOL_PUBLIC] += 1


@hot
def become(people: People, j: Int, status: Int) -> None:
    """Give person j a new status without an employer."""
    people.status[j] = status
    people.employer[j] = NO_EMPLOYER
    people.quarters[j] = 0
