"""A quarter of the firms, tile by tile: burdens, answers, difficulty, then the few to whom something happens.

What every firm goes through runs as loops without branches over a tile of slots, so that they vectorise. Free slots
are included; their content has no meaning. Events are rare: a firm's random word is nearly always too large for one.
So a bound on the chance rules most events out before the chance itself, with its logarithms and exponentials, is
computed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.model.difficulty import AllCuts, answers, drift, judge_all, look_up, move_burden, noise_sd
from sim.model.draws import FIRM_QUARTER, TILE, WORDS, draw_blocks, uniform, word_limit
from sim.model.firms import adopt, climb, climb_hazard, exit_chance, hazard_of, slide
from sim.model.numerics import Int, Word, exp, hot, inner, log, quarterly, slot
from sim.model.outputs import M_ADOPTIONS, M_EXITS, M_SLIDES, Tally, count_firm
from sim.model.state import ALIVE, CLOSED, FREE, X1, Array, Firms, Province
from sim.world.constants import LEVELS, TOP
from sim.world.inputs import Inputs, Parameters

SLACK = 1.000001  # factor on a bound, for rounding of the chance
PLATFORM_STATES = 3  # wants none, wants one, has one
EXIT_KINDS = 4  # 2 · beyond the first size class + insolvent

# Use of the words in a firm's two blocks per quarter. The third of the first block moves staff (`markets`).
W_LUCK, W_CLIMB, W_GROWTH, W_EXIT = range(WORDS)
W_SLIDE, W_PLATFORM, W_ENERGY, W_TRANSACTION = range(WORDS)


class Chances(NamedTuple):
    """Chances of a quarter, and limits: at words of a limit or more, no firm of that kind has the event."""

    climb_limit: Array  # int64[2 · levels], level for firms that do not struggle (Y*), then for those that do
    slide: float
    slide_limit: Array  # int64[levels]
    platform_limit: Array  # int64[wants none, wants one, has one]
    exit: Array  # float64[EXIT_KINDS]
    exit_limit: Int


@inner
def chances_of(t: Int, inputs: Inputs, p: Parameters) -> Chances:
    """Return the chances of quarter t."""
    climbing = np.zeros(2 * LEVELS, np.int64)
    for level in range(TOP - 1):
        hazard = SLACK * climb_hazard(level, t, p.climb_clip, np.max(inputs.path), p)
        climbing[level] = word_limit(hazard)
        climbing[LEVELS + level] = word_limit(hazard * p.eps)
    sliding = np.zeros(LEVELS, np.int64)
    sliding[1:] = word_limit(quarterly(p.slide))
    platform = np.zeros(PLATFORM_STATES, np.int64)
    platform[0] = word_limit(p.want_rise)
    platform[1] = word_limit(p.adopt)
    closing = np.empty(EXIT_KINDS)
    for kind in range(len(closing)):
        closing[kind] = exit_chance(kind // 2 == 1, kind % 2 == 1, p)
    return Chances(climbing, quarterly(p.slide), sliding, platform, closing, word_limit(closing.max()))


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
) -> None:
    """Run the quarter of every living firm; ``stop`` is the end of each region's slots in use."""
    regions, industries = inputs.industry_cumulative.shape
    chances = chances_of(t, inputs, p)
    luck = np.empty((2, WORDS, TILE), np.uint32)
    scratch = np.empty(TILE)
    no_index = np.zeros(TILE)
    lifted = np.empty(TILE)
    chosen = np.empty(TILE, np.int64)
    energy = np.empty(industries)
    for r in range(regions):
        for k in range(industries):
            energy[k] = log(inputs.energy[t, r, k])
        for start in range(inputs.firm_start[r], stop[r], TILE):
            a, b = slot(start), slot(min(start + TILE, stop[r]))
            for number in range(2):
                draw_blocks(f.id0, f.id1, a, b, t, FIRM_QUARTER, number, province.key, luck[number])
            look_up(energy, f.industry, a, b, scratch)
            move_burdens(f, a, b, luck[1], scratch, no_index, lifted, p)
            answers(f, a, b, t, inputs, p, cuts)
            drift(f.z, a, b, luck[0, W_LUCK], p)
            judge_all(f, a, b, scratch, inputs, p)
            n = eventful(f, a, b, luck, chances, chosen)
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
def eventful(f: Firms, first: Int, stop: Int, luck: Array, chances: Chances, chosen: Array) -> Int:
    """Write into ``chosen`` the places in the tile of living firms that may have an event; return how many."""
    n = slot(0)
    for i in range(first, stop):
        j = i - first
        level = slot(f.level[i])
        may = luck[0, W_CLIMB, j] < chances.climb_limit[level + slot(LEVELS) * slot(f.hard_star[i])]
        may |= luck[1, W_SLIDE, j] < chances.slide_limit[level]
        may |= luck[1, W_PLATFORM, j] < chances.platform_limit[slot(2 * f.platform[i] + f.want[i])]
        may |= luck[0, W_EXIT, j] < chances.exit_limit
        chosen[n] = j
        n += slot(may & (f.alive[i] == ALIVE))
    return n


@hot
def climbs(
    f: Firms, i: Int, t: Int, word: Word, chances: Chances, province: Province, inputs: Inputs, p: Parameters
) -> bool:
    """Whether firm i climbs: its uniform number is below 1 − exp(−h), which is at most the hazard h."""
    kind = np.int64(f.level[i]) + LEVELS * np.int64(f.hard_star[i])
    if word >= chances.climb_limit[kind]:
        return False
    u = uniform(word)
    hazard = hazard_of(f, i, t, province, inputs, p)
    return u < hazard * SLACK and u < 1.0 - exp(-hazard)


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
    """Let firm i of region r climb or slide, adopt a platform, or close, as its ``words`` uint32[2, 4] decide."""
    by_region, by_industry = out
    industry = np.int64(f.industry[i])
    if climbs(f, i, t, words[0, W_CLIMB], chances, province, inputs, p):
        climb(f, i, p, r, by_region, by_industry)
    elif f.level[i] > 0 and uniform(words[1, W_SLIDE]) < chances.slide:
        slide(f, i, p)
        count_firm(by_region, by_industry, r, industry, M_SLIDES, 1)
    if f.platform[i] == 0:
        u = uniform(words[1, W_PLATFORM])
        if f.want[i] == 1:
            if u < p.adopt:
                adopt(f, i, t)
                count_firm(by_region, by_industry, r, industry, M_ADOPTIONS, 1)
        elif u < p.want_rise:
            f.want[i] = 1
    if uniform(words[0, W_EXIT]) < chances.exit[2 * np.int64(f.x[i, X1] > 0) + np.int64(f.cash[i] < 0)]:
        f.alive[i] = CLOSED
        count_firm(by_region, by_industry, r, industry, M_EXITS, 1)
