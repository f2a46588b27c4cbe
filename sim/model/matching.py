"""Two-sided matching on rings: each seeker takes the next free post on a circle of keyed positions.

A ring belongs to one region and field. Skill decides the third of the ring in which a person or post stands; luck
decides the position within it. People meet posts of their own class first, and then those of the next class. A change
in one place moves few others, so luck stays aligned between compared scenarios; pairing sorted lists would reshuffle
everyone after the change.
"""

from __future__ import annotations

import numpy as np

from sim.model.numerics import Int, Word, kernel, pure
from sim.model.state import Array

POSITION_BITS = 56
LUCK_MASK = (1 << POSITION_BITS) - 1
ARC_BITS = 2  # bits above the position, for the skill class
SHIFT_24 = np.uint64(24)
SHIFT_8 = np.uint64(8)
MOST_BUCKET_BITS = 14


@pure
def position(arc: Int, high: Word, low: Word) -> np.int64:
    """Return a position on a ring: arc, then 56 bits of luck from two uint32 words."""
    luck = (np.uint64(high) << SHIFT_24) | (np.uint64(low) >> SHIFT_8)
    return (np.int64(arc) << POSITION_BITS) | np.int64(luck)


@pure
def _bucket_bits(items: Int) -> int:
    """Return the number of leading bits of luck to sort by, so that a bucket holds about one item."""
    bits = 0
    while bits < MOST_BUCKET_BITS and (1 << (bits + ARC_BITS)) <= items:
        bits += 1
    return bits


@kernel
def ring_order(group: Array, place: Array, groups: Int) -> tuple[Array, Array, Array]:
    """Return the order of items by (group, place), their places in it, and the first index of each group.

    ``group`` int[n] in [0, groups), ``place`` int64[n] from `position`. A counting sort on leading bits, their number
    set by the group's size, then an insertion sort within. Positions are uniform, so the work is linear in n.
    """
    n = len(group)
    size = np.zeros(groups, np.int64)
    for i in range(n):
        size[group[i]] += 1
    first = np.zeros(groups + 1, np.int64)
    shift = np.empty(groups, np.int64)
    bucket = np.zeros(groups + 1, np.int64)
    for g in range(groups):
        first[g + 1] = first[g] + size[g]
        shift[g] = POSITION_BITS - _bucket_bits(size[g])
        bucket[g + 1] = bucket[g] + (1 << (POSITION_BITS + ARC_BITS - shift[g]))
    start = np.zeros(bucket[groups] + 1, np.int32)
    leading = np.empty(n, np.int32)
    for i in range(n):
        b = bucket[group[i]] + (place[i] >> shift[group[i]])
        leading[i] = b
        start[b + 1] += 1
    for b in range(bucket[groups]):
        start[b + 1] += start[b]
    order = np.empty(n, np.int32)
    ordered = np.empty(n, np.int64)
    for i in range(n):
        b = leading[i]
        order[start[b]] = i
        ordered[start[b]] = place[i]
        start[b] += 1
    for g in range(groups):
        _insertion_sort(order, ordered, first[g], first[g + 1])
    return order, ordered, first


@pure
def _insertion_sort(order: Array, ordered: Array, first: Int, stop: Int) -> None:
    """Sort the nearly sorted places in [first, stop), and the items with them."""
    for a in range(first + 1, stop):
        here, item = ordered[a], order[a]
        b = a
        while b > first and ordered[b - 1] > here:
            order[b], ordered[b] = order[b - 1], ordered[b - 1]
            b -= 1
        order[b], ordered[b] = item, here


@kernel
def cut(place: Array, price: Array, money: Int) -> np.int64:
    """Return the place below which money buys, cheaply or dearly: that of the first item, in order, it does not reach.

    ``place`` int64[n] from `position`, all different; ``price`` int64[n]. If the money buys all, the result lies above
    all places. A histogram of leading bits finds the class that is cut; only that class is sorted.
    """
    bits = _bucket_bits(len(place))
    shift = POSITION_BITS - bits
    total = np.zeros(1 << (bits + ARC_BITS), np.int64)
    for i in range(len(place)):
        total[place[i] >> shift] += price[i]
    bucket = 0
    left = money
    while bucket < len(total) and left >= total[bucket]:
        left -= total[bucket]
        bucket += 1
    marginal = np.flatnonzero(place >> shift == bucket)
    for k in np.argsort(place[marginal]):
        i = marginal[k]
        if price[i] > left:
            return np.int64(place[i])
        left -= price[i]
    return np.int64(1) << (POSITION_BITS + ARC_BITS)


@pure
def match_ring(
    seekers: Array,
    seeker_place: Array,
    first: Int,
    stop: Int,
    posts: Array,
    post_place: Array,
    post_first: Int,
    post_stop: Int,
    is_open: Array,
    partner: Array,
    stack: Array,
    spare: Array,
) -> None:
    """Pair the seekers of one ring with its open posts; write each paired seeker's post into ``partner``.

    Going clockwise, the nearest free seeker behind an open post takes it, as brackets match. Seekers left at the end
    of the circle meet the posts left at its beginning. ``seekers`` and ``posts`` are orders from `ring_order`, with
    their places; ``stack`` and ``spare`` are scratch.
    """
    waiting = 0
    left = 0
    a = first
    for b in range(post_first, post_stop):
        post = posts[b]
        if not is_open[post]:
            continue
        while a < stop and seeker_place[a] <= post_place[b]:
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
