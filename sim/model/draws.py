"""Keyed random numbers: agent, quarter and purpose determine a draw, never the order of calls.

Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). Key = (seed, replication),
never the scenario, so every policy meets the same luck. Counter = (id, id, quarter and purpose, block).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.model.numerics import Int, Word, hot, pure, slot
from sim.model.state import Array, Firms, People

Words: TypeAlias = tuple[Word, Word, Word, Word]

MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
LOW_32 = np.uint64(0xFFFFFFFF)
SHIFT_32 = np.uint64(32)
ROUNDS = 10
TWO_TO_MINUS_32 = 2.0**-32

# Kinds of ids. A slot is only storage; the id determines the luck: kind, official region code, birth quarter,
# ordinal.
FIRM = 1
PERSON = 2
REGION_BITS = 19
BIRTH_BITS = 11

# Purposes of draws.
FIRM_QUARTER = 1  # block 0: difficulty, climb, shock, exit; block 1: (unused), platform, energy, transaction
FIRM_BIRTH = 2
FIRM_SURVEY = 3
FIRM_VACANCY = 4
FIRM_QUOTA = 5
FIRM_FOUND = 6
PERSON_QUARTER = 7
PERSON_BIRTH = 8
PERSON_ENTER = 9
PERSON_POOL = 10
FIRM_GRANT = 11
SIZE_PHASE = 12  # of a level, not of an agent
COEFFICIENT = 13  # of Table 5, not of an agent: the id is the variable's number
SURVEY_PHASE = 14  # of a segment of the survey, not of an agent
FIRM_REVIEW = 15  # certificate, title
FIRM_TARGET = 16  # + lever: one stream of targeting luck per lever
PERSON_SOURCED = 255
PURPOSE_BITS = 8

TILE = 512  # agents handled per pass: their words and scratch fit the first-level cache
WORDS = 4  # per block
LAST_WORD = WORDS - 1
NUMBERED = 3  # rows of a table of draws: two for an agent's id, one for the number of the block
TWO_TO_32 = 2.0**32


@pure
def philox(c0: Int, c1: Int, c2: Int, c3: Int, k0: Int, k1: Int) -> Words:
    """Philox4x32-10 block: four uint32 words (as uint64) from counter (c0, c1, c2, c3) and key (k0, k1)."""
    x0 = np.uint64(c0) & LOW_32
    x1 = np.uint64(c1) & LOW_32
    x2 = np.uint64(c2) & LOW_32
    x3 = np.uint64(c3) & LOW_32
    y0 = np.uint64(k0) & LOW_32
    y1 = np.uint64(k1) & LOW_32
    for _ in range(ROUNDS):
        p0 = MULTIPLIER_0 * x0
        p1 = MULTIPLIER_1 * x2
        x0, x1, x2, x3 = (
            (p1 >> SHIFT_32) ^ x1 ^ y0,
            p1 & LOW_32,
            (p0 >> SHIFT_32) ^ x3 ^ y1,
            p0 & LOW_32,
        )
        y0 = (y0 + WEYL_0) & LOW_32
        y1 = (y1 + WEYL_1) & LOW_32
    return x0, x1, x2, x3


@pure
def pack_id(kind: Int, region_code: Int, birth: Int) -> np.uint32:
    """Return the first word of an id; the second is the ordinal within (kind, region, birth quarter)."""
    return np.uint32((((kind << REGION_BITS) | region_code) << BIRTH_BITS) | birth)


@pure
def block(id0: Int, id1: Int, t: Int, purpose: Int, number: Int, key: NDArray[np.uint32]) -> Words:
    """Draw four words for one agent (id0, id1), quarter t, purpose and block; key = (seed, replication)."""
    return philox(id0, id1, (t << PURPOSE_BITS) | purpose, number, key[0], key[1])


@pure
def uniform(word: Word) -> float:
    """Return a uniform number strictly inside (0, 1) from one uint32 word."""
    return (np.float64(word) + 0.5) * TWO_TO_MINUS_32


@pure
def word_limit(chance: float) -> np.int64:
    """Return a number above every word whose `uniform` is below a chance."""
    return np.int64(min(chance, 1.0) * TWO_TO_32) + 1


@hot
def draw_blocks(
    id0: Array, id1: Array, first: Int, stop: Int, t: Int, purpose: Int, number: Int, key: Array, words: Array
) -> None:
    """Draw a `block` for each agent of the slots [first, stop) into ``words``, uint32[4, at least as many]."""
    for i in range(first, stop):
        k = i - first
        words[0, k], words[1, k], words[2, k], words[LAST_WORD, k] = block(
            id0[i], id1[i], t, purpose, number, key
        )


@hot
def draw_listed(
    agents: Firms | People,
    who: Array,
    first: Int,
    stop: Int,
    t: Int,
    purpose: Int,
    number: Int,
    key: Array,
    ids: Array,
    words: Array,
) -> None:
    """Draw a `block` for each of the firms or people ``who[first:stop]`` into ``words``, uint32[4, at least as many].

    ``ids``, uint32[2, at least as many], is scratch: the draws vectorise only if ids are contiguous.
    """
    for i in range(first, stop):
        ids[0, i - first] = agents.id0[who[i]]
        ids[1, i - first] = agents.id1[who[i]]
    draw_blocks(ids[0], ids[1], slot(0), stop - first, t, purpose, number, key, words)


@hot
def draw_numbered(ids: Array, first: Int, stop: Int, t: Int, purpose: Int, key: Array, words: Array) -> None:
    """Draw into ``words`` the blocks given by the columns [first, stop) of ``ids``, uint32[NUMBERED, …]."""
    for i in range(first, stop):
        k = i - first
        words[0, k], words[1, k], words[2, k], words[LAST_WORD, k] = block(
            ids[0, i], ids[1, i], t, purpose, ids[2, i], key
        )
