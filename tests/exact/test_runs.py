"""What must not change a run, and from when a policy may change it, all by state hash."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from sim.model import state as st
from sim.world.levers import LEVER_NAMES, LEVERS
from tests.small_province import (
    ALL_LEVERS,
    OF_FIRMS,
    Run,
    begin,
    busy,
    go_on,
    hashes,
    province,
    quarters_of,
    whole_run,
)

MONEY = {"share_of_budget": 1}

BUILT = [lever.name for lever in LEVERS if lever.builds]
AWARDS = [lever.name for lever in LEVERS if lever.at_certificate]


def rich(lever):
    """Money for a whole unit of what is built, wherever it may be needed at once."""
    return {"budget": "10 bn yuan"} if lever in BUILT else {}


@pytest.fixture(scope="module")
def baseline():
    return hashes(province())


# Steps, saving, resuming ---------------------------------------------------------------------------------


def test_52_steps_are_one_run_of_52_quarters():
    compiled = province(horizon={"start": "2020Q1", "end": "2032Q4"}, levers=ALL_LEVERS)
    at_once, by_steps = begin(compiled), begin(compiled)
    together = go_on(at_once, compiled, 52)
    steps = [go_on(by_steps, compiled, 1) for _ in range(52)]
    assert quarters_of(compiled) == 52
    assert st.state_hash(by_steps) == st.state_hash(at_once)
    np.testing.assert_array_equal(np.concatenate([step.by_region for step in steps]), together.by_region)
    np.testing.assert_array_equal(np.concatenate([step.by_industry for step in steps]), together.by_industry)


@pytest.mark.parametrize("quarter", [0, 7, 23])
def test_a_saved_run_goes_on_to_the_same_future(tmp_path, quarter):
    compiled = busy()
    whole = whole_run(compiled)
    first = go_on(begin(compiled), compiled, quarter)
    st.save(first.state, str(tmp_path / "state.npz"))
    go_on(first.state, compiled, 1)  # what happens afterwards to the saved run is no matter
    resumed = st.load(str(tmp_path / "state.npz"))
    rest = go_on(resumed, compiled, quarters_of(compiled) - quarter)
    assert st.state_hash(resumed) == st.state_hash(whole.state)
    np.testing.assert_array_equal(rest.by_region, whole.by_region[quarter:])


def test_a_copy_shares_nothing_with_its_original():
    compiled = busy()
    state = begin(compiled)
    before = st.state_hash(state)
    go_on(st.copy(state), compiled, 5)
    assert st.state_hash(state) == before


# Levers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lever", LEVER_NAMES)
def test_strength_0_with_a_budget_is_the_baseline(lever, baseline):
    used = ALL_LEVERS[lever] | MONEY | {"strength": 0}
    assert hashes(province(levers={lever: used})) == baseline


@pytest.mark.parametrize("lever", LEVER_NAMES)
def test_a_budget_of_0_with_strength_is_the_baseline(lever, baseline):
    used = ALL_LEVERS[lever] | MONEY
    assert hashes(province(levers={lever: used}, budget=0)) == baseline
    assert hashes(province(levers={lever: used | {"share_of_budget": 0}})) == baseline


@pytest.mark.parametrize("start", ["2020Q1", "2021Q1", "2022Q3"])
@pytest.mark.parametrize("lever", LEVER_NAMES)
def test_a_lever_changes_nothing_before_it_starts_and_something_in_that_quarter(lever, start, baseline):
    first = 4 * (int(start[:4]) - 2020) + int(start[-1]) - 1
    found = hashes(province(levers={lever: MONEY | {"start": start}}, **rich(lever)))
    equal = [a == b for a, b in zip(found, baseline, strict=True)]
    if lever in AWARDS:  # something happens with the first certificate from then on
        assert all(equal[: first + 1])
        assert not equal[-1]
    else:
        assert equal == [k <= first for k in range(len(baseline))]  # entry 0 is quarter zero


@pytest.mark.parametrize("lever", LEVER_NAMES)
def test_a_lever_with_a_lag_starts_later(lever, baseline):
    found = hashes(province(levers={lever: MONEY | {"start": "2021Q1", "lag": 3}}, **rich(lever)))
    same = [a == b for a, b in zip(found, baseline, strict=True)].count(True)
    assert same > 1 + 4 + 3 if lever in AWARDS else same == 1 + 4 + 3


# Luck ----------------------------------------------------------------------------------------------------


def test_seed_and_replication_are_what_luck_depends_on(baseline):
    compiled = province()
    ends = {hashes(compiled, seed, replication)[-1] for seed, replication in ((1, 0), (1, 1), (2, 0), (0, 1))}
    assert len(ends) == 4
    assert baseline[-1] in ends


def test_threads_and_their_order_change_nothing():
    provinces = [busy(), province()]
    tasks = [(which, k) for k in range(6) for which in (0, 1)]

    def outcome(task):
        run = whole_run(provinces[task[0]], 5, task[1])
        return st.state_hash(run.state), run.by_region.tobytes(), run.by_industry.tobytes()

    alone = {task: outcome(task) for task in tasks}
    with ThreadPoolExecutor(4) as pool:
        together = dict(zip(reversed(tasks), pool.map(outcome, reversed(tasks)), strict=True))
    assert together == alone


# Slots ---------------------------------------------------------------------------------------------------


def shuffled(state, compiled, random):
    """The same agents in other slots: firms within their region's block, people anywhere."""
    firms, people, province = st.copy(state)
    blocks = compiled.inputs.firm_start
    new = np.concatenate([random.permutation(np.arange(a, b)) for a, b in pairwise(blocks)])
    moved_to = np.empty_like(new)  # slot before -> slot now
    moved_to[new] = np.arange(len(new))
    firms = st.Firms(*(np.asfortranarray(array[new]) for array in firms))
    order = random.permutation(len(people.status))
    people = st.People(*(array[order] for array in people))
    held = people.employer >= 0
    people.employer[held] = moved_to[people.employer[held]]
    free = random.permutation(np.flatnonzero(people.status == st.NOBODY))
    people.employer[free] = -2 - np.append(free[1:], st.NO_FREE)
    province.free_person[0] = free[0]
    province.people_used[0] = len(people.status)
    return st.State(firms, people, province)


# Placements that cost more than what holding leaves over: the pool cannot pay for all.
SHORT_OF_MONEY = {
    "talent_pool": ALL_LEVERS["talent_pool"]
    | MONEY
    | {"holding_cost": "12k yuan", "placement_cost": "15k yuan", "lock_in": 0}
}
# A capacity below what the money would hold, and part strength.
TOO_SMALL = {"talent_pool": ALL_LEVERS["talent_pool"] | MONEY | {"capacity": "5000 people", "strength": 0.7}}
RULES = {
    rule: {
        "budget": "4 bn yuan",
        "levers": {name: use | {"firms": rule} for name, use in ALL_LEVERS.items() if name in OF_FIRMS},
    }
    for rule in ("need", "small_first", "best_first", "ladder")
}
SHUFFLED = {
    "no policy": {},
    "all levers": {"levers": ALL_LEVERS, "budget": "4 bn yuan"},
    "short of money": {"levers": SHORT_OF_MONEY},
    "small pool": {"levers": TOO_SMALL},
    **RULES,
}


@pytest.mark.parametrize("case", SHUFFLED)
def test_slots_carry_no_meaning(case):
    compiled = province(**SHUFFLED[case])
    random = np.random.default_rng(7)
    one = begin(compiled)
    other = shuffled(one, compiled, random)
    assert (one.firms.id0 != other.firms.id0).any()
    assert st.state_hash(one) == st.state_hash(other)
    for _ in range(quarters_of(compiled)):
        counts: list[Run] = [go_on(state, compiled, 1) for state in (one, other)]
        assert st.state_hash(one) == st.state_hash(other)
        np.testing.assert_array_equal(counts[0].by_region, counts[1].by_region)
        np.testing.assert_array_equal(counts[0].by_industry, counts[1].by_industry)
        other = shuffled(other, compiled, random)
