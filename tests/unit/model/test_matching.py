import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.model.governments import CLASSES
from sim.model.matching import POSITION_BITS, cut, match_ring, position, ring_order
from tests import reference_numbers as plain

WORDS = st.integers(0, 2**32 - 1)
# Positions far fewer than in life, so that ties and crowds occur.
PLACES = st.integers(0, 30).map(lambda k: (k % 3 << POSITION_BITS) + (k << (POSITION_BITS - 5)))


def test_positions_keep_the_order_of_all_classes():
    places = [position(k, 0, 0) for k in range(CLASSES + 1)]
    assert places == sorted(places)
    assert places[0] >= 0


@given(st.integers(0, 2), WORDS, WORDS)
def test_a_position_is_a_class_and_then_luck(arc, high, low):
    assert divmod(int(position(arc, high, low)), 2**POSITION_BITS) == (arc, plain.luck(high, low))


@given(
    st.integers(1, 7), st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), WORDS, WORDS), max_size=200)
)
def test_ring_order_is_a_sort_by_group_and_place(groups, items):
    group = np.array([g % groups for g, *_ in items], np.int64)
    place = np.array([position(*rest) for _, *rest in items], np.int64)
    order, ordered, first = ring_order(group, place, groups)
    assert ordered.tolist() == place[order].tolist()
    assert order.tolist() == sorted(range(len(items)), key=lambda i: (group[i], place[i]))
    assert first.tolist() == [int((group < g).sum()) for g in range(groups + 1)]


@given(st.lists(st.tuples(st.integers(0, 3), WORDS, WORDS), min_size=1, max_size=200, unique=True), st.data())
def test_the_cut_leaves_so_many_below_it(items, data):
    place = np.array([position(*item) for item in items], np.int64)
    place = np.unique(place)
    count = data.draw(st.integers(0, len(place) + 1))
    assert (place < cut(place, np.ones(len(place), np.int64), count)).sum() == min(count, len(place))


@given(
    st.lists(st.tuples(st.integers(0, 3), WORDS, WORDS), min_size=1, max_size=200, unique=True),
    st.integers(0, 10**6),
    st.data(),
)
def test_the_cut_is_the_first_item_that_the_money_does_not_reach(items, money, data):
    place = np.unique(np.array([position(*item) for item in items], np.int64))
    price = np.array(data.draw(st.lists(st.integers(0, 10**5), min_size=len(place), max_size=len(place))))
    reached = np.cumsum(price) <= money  # places are sorted
    first_left = len(place) if reached.all() else int(np.argmin(reached))
    shuffled = np.random.default_rng(0).permutation(len(place))
    last = cut(place[shuffled], price[shuffled], money)
    assert (place < last).sum() == first_left
    assert first_left == len(place) or last == place[first_left]


def match(seekers, posts, closed=()):
    """Pairs (seeker, post) of one ring, from unordered places."""
    seeker_place, post_place = np.array(seekers, np.int64), np.array(posts, np.int64)
    by_seeker = np.argsort(seeker_place, kind="stable")
    by_post = np.argsort(post_place, kind="stable")
    is_open = np.ones(len(posts), np.bool_)
    is_open[list(closed)] = False
    partner = np.full(len(seekers), -1, np.int64)
    stack, spare = np.empty(len(seekers), np.int64), np.empty(len(posts), np.int64)
    match_ring(
        by_seeker,
        seeker_place[by_seeker],
        0,
        len(seekers),
        by_post,
        post_place[by_post],
        0,
        len(posts),
        is_open,
        partner,
        stack,
        spare,
    )
    return {(int(s), int(partner[s])) for s in np.flatnonzero(partner >= 0)}


def match_by_definition(seekers, posts, closed=()):
    """Wherever a post comes next after a seeker on the circle, they are a pair and both step aside."""
    circle = [(place, 0, s) for s, place in enumerate(seekers)]
    circle += [(place, 1, q) for q, place in enumerate(posts) if q not in closed]
    circle.sort()
    pairs = set()
    k = 0
    while {kind for _, kind, _ in circle} == {0, 1}:
        here, following = circle[k % len(circle)], circle[(k + 1) % len(circle)]
        if here[1] == 0 and following[1] == 1:
            pairs.add((here[2], following[2]))
            circle = [entry for entry in circle if entry not in (here, following)]
            k = 0
        else:
            k += 1
    return pairs


@given(st.lists(PLACES, max_size=12), st.lists(PLACES, max_size=12), st.sets(st.integers(0, 11)))
def test_each_post_goes_to_the_nearest_free_seeker_behind_it(seekers, posts, closed):
    closed = {q for q in closed if q < len(posts)}
    pairs = match(seekers, posts, closed)
    assert pairs == match_by_definition(seekers, posts, closed)
    assert len(pairs) == min(len(seekers), len(posts) - len(closed))


@given(
    st.lists(PLACES, max_size=12, unique=True), st.lists(PLACES, min_size=1, max_size=12, unique=True), PLACES
)
def test_one_seeker_more_takes_no_post_out_of_the_market(seekers, posts, extra):
    taken = {post for _, post in match(seekers, posts)}
    taken_now = {post for _, post in match([*seekers, extra], posts)}
    assert taken <= taken_now
    assert len(taken_now) <= len(taken) + 1


def test_people_meet_posts_of_their_class_first():
    seekers = [position(k, 2**31, 0) for k in range(3)]
    posts = [position(k, 2**31 + 1, 0) for k in (2, 0, 1)]
    assert match(seekers, posts) == {(0, 1), (1, 2), (2, 0)}
