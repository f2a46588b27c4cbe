"""A quarter of the firms, tile by tile: burdens, answers, difficulty, then the few to whom something happens.

What every firm goes through runs as loops without branches over a tile of slots, so that they vectorise. Free slots
are included; their content has no meaning. Events are rare: a firm's random word is nearly always too large for one.
So a bound on the chance rules most events out before the chance itself, with its logarithms and exponentials, is
computed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.model.advantages import is_open, reached, readiness, science, standing, success_with, uplift
from sim.model.difficulty import AllCuts, answers, drift, judge_all, look_up, move_burden, noise_sd
from sim.model.draws import FIRM_QUARTER, TILE, WORDS, draw_blocks, uniform, word_limit
from sim.model.firms import adopt, climb, exit_chance, fail, review
from sim.model.numerics import Int, Word, exp, hot, inner, log, pure, slot
from sim.model.outputs import M_ADOPTIONS, M_EXITS, Tally, count_firm
from sim.model.staffing import fill_by_industry
from sim.model.state import ALIVE, CLOSED, FREE, X1, Array, Firms, Province
from sim.model.trace import trace_firm
from sim.world.constants import BURN_IN, DIRECT, LEVELS, REGISTRATION, TOP, WAYS
from sim.world.inputs import Inputs, Parameters

SLACK = 1.000001  # factor on a bound, for rounding of the chance
PLATFORM_STATES = 3  # wants none, wants one, has one
EXIT_KINDS = 8  # of `exit_kind`

# Use of the words in a firm's two blocks per quarter. The third of the first block moves staff (`markets`).
W_LUCK, W_CLIMB, W_GROWTH, W_EXIT = range(WORDS)
_, W_PLATFORM, W_ENERGY, W_TRANSACTION = range(WORDS)


class Chances(NamedTuple):
    """Chances of a quarter, and limits: at words of a limit or more, no firm of that kind has the event."""

    hazard: Array  # float64[WAYS], of the mean firm that a way is open to, before the chance of success
    climb_limit: (
        Array  # int64[R, 2 · levels], level for firms that do not struggle (Y*), then for those that do
    )
    platform_limit: Array  # int64[wants none, wants one, has one]
    exit: Array  # float64[EXIT_KINDS]
    exit_limit: Int


@inner
def hazards_of(f: Firms, t: Int, inputs: Inputs, p: Parameters) -> Array:
    """Return the hazards of the mean firm in quarter t: float64[WAYS].

    The mean is over the firms to whom a way is open. As long as the record says how many technology SMEs are
    registered, as many firms register as are missing, counting those who leave for a high-tech certificate.
    """
    hazard = np.empty(WAYS)
    hazard[:DIRECT] = p.h0
    hazard[DIRECT] = p.h0_direct
    if t < BURN_IN + p.campaign_quarters:
        hazard[1] *= p.campaign
        hazard[DIRECT] *= p.campaign
    if inputs.registered[t] >= 0.0:
        ordinary = 0
        may_leave = 0
        registered = 0
        for i in range(len(f.alive)):
            if f.alive[i] == ALIVE and f.level[i] == 0:
                ordinary += 1
            elif f.alive[i] == ALIVE and f.level[i] == 1:
                may_leave += int(is_open(f, i, t, 1))
                registered += 1
        missing = inputs.registered[t] - registered + may_leave * (1.0 - exp(-hazard[1]))
        hazard[REGISTRATION] = max(missing, 0.0) / max(ordinary, 1)
    return hazard


@inner
def chances_of(f: Firms, t: Int, province: Province, inputs: Inputs, p: Parameters) -> Chances:
    """Return the chances of quarter t."""
    hazard = hazards_of(f, t, inputs, p)
    regions = len(inputs.science)
    climbing = np.zeros((regions, 2 * LEVELS), np.int64)
    for r in range(regions):
        for level in range(TOP - 1):
            most = most_attempts(level, hazard, province, inputs, p)
            most *= max(science(r, province, inputs, p), 1.0)
            most *= p.drive_most if province.protection[r] > 0.0 else 1.0
            climbing[r, level] = word_limit(SLACK * most)
            climbing[r, LEVELS + level] = word_limit(SLACK * most * p.eps)
    platform = np.zeros(PLATFORM_STATES, np.int64)
    platform[0] = word_limit(p.want_rise)
    platform[1] = word_limit(p.adopt)
    closing = np.empty(EXIT_KINDS)
    for scarred in (False, True):
        for large in (False, True):
            for insolvent in (False, True):
                closing[exit_kind(scarred, large, insolvent)] = exit_chance(large, insolvent, scarred, p)
    return Chances(hazard, climbing, platform, closing, word_limit(closing.max()))


@pure
def exit_kind(scarred: bool, large: bool, insolvent: bool) -> int:
    """Return the place of a firm's chance of closing in `Chances.exit`."""
    return 2 * (2 * int(scarred) + int(large)) + int(insolvent)


@inner
def most_attempts(level: Int, hazard: Array, province: Province, inputs: Inputs, p: Parameters) -> float:
    """Return a bound on the hazard of trying any way up from a level without universities, and of registering."""
    best = exp(p.climb_clip) * np.max(inputs.path)
    project = DIRECT if level == 0 else level
    total: float = (
        best * hazard[project] / np.float64(province.usual_readiness[project]) / np.min(inputs.success)
    )
    if level == 0:
        total += best * hazard[REGISTRATION] / np.float64(province.usual_readiness[REGISTRATION])
    return total


@inner
def occupied(f: Firms, inputs: Inputs) -> Array:
    """Return the end of each region's slots that are in use: int64[R]."""
    stop = inputs.firm_start[1:].copy()
    for r in range(len(stop)):
        while stop[r] > inputs.firm_start[r] and f.alive[stop[r] - 1] == FREE:
            stop[r] -= 1
    return stop


@inner
def free_closed(f: Firms, inputs: Inputs, stop: Array) -> None:
    """Free the slots of firms that closed last quarter: their people have left."""
    for r in range(len(stop)):
        for i in range(slot(inputs.firm_start[r]), slot(stop[r])):
            f.alive[i] = FREE if f.alive[i] == CLOSED else f.alive[i]


@inner
def firms_quarter(
    f: Firms,
    t: Int,
    stop: Array,
    cuts: AllCuts,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    out: Tally,
    trace: Array,
) -> None:
    """Run the quarter of every living firm; ``stop`` is the end of each region's slots in use.

    ``trace``, float64[ROWS, slots] of `sim.model.trace`, is filled unless it has no slots.
    """
    regions, industries = inputs.industry_cumulative.shape
    chances = chances_of(f, t, province, inputs, p)
    luck = np.empty((2, WORDS, TILE), np.uint32)
    scratch = np.empty(TILE)
    no_index = np.zeros(TILE)
    lifted = np.empty(TILE)
    chosen = np.empty(TILE, np.int64)
    energy = np.empty(industries)
    for r in range(regions):
        fill = fill_by_industry(r, province, inputs)
        sound = province.protection[r] >= p.protected
        for k in range(industries):
            energy[k] = log(inputs.energy[t, r, k])
        for start in range(inputs.firm_start[r], stop[r], TILE):
            a, b = slot(start), slot(min(start + TILE, stop[r]))
            for number in range(2):
                draw_blocks(f.id0, f.id1, a, b, t, FIRM_QUARTER, number, province.key, luck[number])
            look_up(energy, f.industry, a, b, scratch)
            move_burdens(f, a, b, luck[1], scratch, no_index, lifted, p)
            answers(f, a, b, t, inputs, p, cuts, fill, sound, scratch)
            drift(f.z, a, b, luck[0, W_LUCK], p)
            judge_all(f, a, b, scratch, inputs, p)
            if trace.shape[1] > 0:
                for i in range(a, b):
                    trace_firm(f, i, t, chances.hazard, province, inputs, p, trace)
            n = eventful(f, a, b, t, r, luck, chances, chosen)
            for j in chosen[:n]:
                firm_events(f, start + j, t, r, luck[:, :, j], chances, province, inputs, p, out)


@hot
def move_burdens(
    f: Firms,
    first: Int,
    stop: Int,
    words: Array,
    energy: Array,
    no_index: Array,
    lifted: Array,
    p: Parameters,
) -> None:
    """Update both cost burdens of the firms in slots [first, stop); ``energy`` are their log energy prices."""
    move_burden(
        f.energy_burden,
        f.energy_reference,
        f.energy_noise,
        f.energy_offset,
        energy,
        lifted,
        first,
        stop,
        words[W_ENERGY],
        noise_sd(p.energy_spread, p),
        p,
    )
    move_burden(
        f.transaction_burden,
        f.transaction_reference,
        f.transaction_noise,
        f.transaction_relief,
        no_index,
        lifted,
        first,
        stop,
        words[W_TRANSACTION],
        noise_sd(p.transaction_spread, p),
        p,
    )


@hot
def eventful(
    f: Firms, first: Int, stop: Int, t: Int, r: Int, luck: Array, chances: Chances, chosen: Array
) -> Int:
    """Write into ``chosen`` the places in the tile of living firms that may have an event; return how many."""
    n = slot(0)
    climb_limit = chances.climb_limit[r]
    for i in range(first, stop):
        j = i - first
        level = slot(f.level[i])
        may = luck[0, W_CLIMB, j] < climb_limit[level + slot(LEVELS) * slot(f.hard_star[i])]
        may |= (f.certified_until[i] == t) | (f.titled_until[i] == t)
        may |= luck[1, W_PLATFORM, j] < chances.platform_limit[slot(2 * f.platform[i] + f.want[i])]
        may |= luck[0, W_EXIT, j] < chances.exit_limit
        chosen[n] = j
        n += slot(may & (f.alive[i] == ALIVE))
    return n


@hot
def try_to_climb(
    f: Firms,
    i: Int,
    t: Int,
    r: Int,
    word: Word,
    chances: Chances,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    out: Tally,
) -> None:
    """Let firm i climb, or its project fail, if its uniform number is below 1 − exp(−A), A the hazard of trying.

    Of the numbers below, the lowest are projects that succeed, the next registrations, which cannot fail, and the
    highest failures: so whatever speeds a firm up takes no climb from it.
    """
    level = np.int64(f.level[i])
    if word >= chances.climb_limit[r, level + LEVELS * np.int64(f.hard_star[i])]:
        return
    u = uniform(word)
    stands = standing(f, i, province, inputs, p)
    success = inputs.success[f.industry[i]]
    project = DIRECT if level == 0 else level
    tries = 0.0
    if is_open(f, i, t, project):
        tries = chances.hazard[project] * readiness(f, i, project, stands, province, inputs, p)
        tries = tries / np.float64(province.usual_readiness[project]) / success
    all_tries = tries
    if level == 0:
        registers = chances.hazard[REGISTRATION] * readiness(f, i, REGISTRATION, stands, province, inputs, p)
        all_tries += registers / np.float64(province.usual_readiness[REGISTRATION])
    if u >= all_tries * SLACK:
        return
    chance = 1.0 - exp(-all_tries)
    if u >= chance:
        return
    of_project = chance * (tries / all_tries)
    success = success_with(success, uplift(f, i, t, province, inputs, p))
    if u < success * of_project:
        climb(f, i, t, reached(project), p, r, out)
    elif level == 0 and u < chance - (1.0 - success) * of_project:
        climb(f, i, t, reached(REGISTRATION), p, r, out)
    else:
        fail(f, i, t, reached(project), p, r, out)


@hot
def firm_events(
    f: Firms,
    i: Int,
    t: Int,
    r: Int,
    words: Array,
    chances: Chances,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    out: Tally,
) -> None:
    """Let firm i of region r climb, fail or lose a level, adopt a platform, or close.

    Its ``words``, uint32[2, 4], decide, and those of its review.
    """
    by_region, by_industry = out
    industry = np.int64(f.industry[i])
    due = f.certified_until[i] == t or f.titled_until[i] == t
    if not (due and review(f, i, t, r, province, inputs, p, out)):
        try_to_climb(f, i, t, r, words[0, W_CLIMB], chances, province, inputs, p, out)
    if f.platform[i] == 0:
        u = uniform(words[1, W_PLATFORM])
        if f.want[i] == 1:
            if u < p.adopt:
                adopt(f, i, t)
                count_firm(by_region, by_industry, r, industry, M_ADOPTIONS, 1)
        elif u < p.want_rise:
            f.want[i] = 1
    kind = exit_kind(f.scarred_until[i] > t, f.x[i, X1] > 0, f.cash[i] < 0)
    if uniform(words[0, W_EXIT]) < chances.exit[kind]:
        f.alive[i] = CLOSED
        count_firm(by_region, by_industry, r, industry, M_EXITS, 1)
