"""Two-sided matching on rings: each seeker takes the next free post on a circle of keyed positions.

A ring belongs to one region and field. Skill decides which third of the ring a person or post stands in, luck
where in it: people meet posts of their class first and go on to the next class when those are gone. A change
in one place moves few others, so luck stays aligned between compared scenarios; a sorted zip would reshuffle
everyone behind the change.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.numerics import Int, Word, kernel, pure

POSITION_BITS = 56
ARC_BITS = 2  # bits for the skill class above the position
SHIFT_24 = np.uint64(24)
SHIFT_8 = np.uint64(8)
MOST_BUCKET_BITS = 12


@pure
def position(arc: Int, high: Word, low: Word) -> np.int64:
    """Return a position on a ring: arc, then 56 bits of luck from two uint32 words."""
    luck = (np.uint64(high) << SHIFT_24) | (np.uint64(low) >> SHIFT_8)
    return (np.int64(arc) << POSITION_BITS) | np.int64(luck)


@kernel
def ring_order(group: Any, place: Any, groups: Int) -> tuple[Any, Any]:
    """Return the order of items by (group, place) and the first index of each group in it.

    ``group`` int64[n] in [0, groups), ``place`` int64[n] from `position`. Counting sort on leading bits, then
    insertion sort within: positions are uniform, so the work is linear in n.
    """
    n = len(group)
    bits = 0
    while bits < MOST_BUCKET_BITS and (groups << (bits + 1 + ARC_BITS)) <= n:
        bits += 1
    shift = POSITION_BITS - bits
    width = np.int64(1) << (bits + ARC_BITS)
    start = np.zeros(groups * width + 1, np.int64)
    for i in range(n):
        start[group[i] * width + (place[i] >> shift) + 1] += 1
    for b in range(groups * width):
        start[b + 1] += start[b]
    first = np.empty(groups + 1, np.int64)
    for g in range(groups + 1):
        first[g] = start[g * width]
    order = np.empty(n, np.int64)
    for i in range(n):
        b = group[i] * width + (place[i] >> shift)
        order[start[b]] = i
        start[b] += 1
    for g in range(groups):
        for a in range(first[g] + 1, first[g + 1]):
            item = order[a]
            b = a - 1
            while b >= first[g] and place[order[b]] > place[item]:
                order[b + 1] = order[b]
                b -= 1
            order[b + 1] = item
    return order, first


@pure
def match_ring(
    seekers: Any,
    seeker_place: Any,
    first: Int,
    stop: Int,
    posts: Any,
    post_place: Any,
    post_first: Int,
    post_stop: Int,
    is_open: Any,
    partner: Any,
    stack: Any,
    spare: Any,
) -> None:
    """Pair the seekers of one ring with its open posts; write each paired seeker's post into ``partner``.

    Going round clockwise, an open post is taken by the nearest seeker behind it who is still free (brackets);
    those left at the end of the first round meet the posts left at its beginning. ``seekers`` and ``posts``
    are orders from `ring_order`; ``stack`` and ``spare`` are scratch.
    """
    waiting = 0
    left = 0
    a = first
    for b in range(post_first, post_stop):
        post = posts[b]
        if not is_open[post]:
            continue
        while a < stop and seeker_place[seekers[a]] <= post_place[post]:
            stack[waiting] = seekers[a]
            waiting += 1
            a += 1
        if waiting > 0:
            waiting -= 1
            partner[stack[waiting]] = post
        else:
            spare[left] = post
            left += 1
    while a < stop:
        stack[waiting] = seekers[a]
        waiting += 1
        a += 1
    for k in range(min(waiting, left)):
        partner[stack[waiting - 1 - k]] = spare[k]
