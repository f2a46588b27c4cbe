"""The frozen core of the benchmarks: C returns numba's bytes, and nothing in it is idle or leaks (needs gcc)."""

import numpy as np
import pytest

from benchmarks.frozen import core
from benchmarks.frozen.core import P04
from benchmarks.frozen.world import World, build_world, copy_state
from benchmarks.twins import VECTOR_FLAGS, differing_arrays
from sim.model.state import EMPLOYED, POOLED

pytestmark = pytest.mark.slow  # its core takes most of a minute to compile
SCALE = 0.003  # 300 firms
QUARTERS = 60


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(SCALE, seed=1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_c_returns_the_same_bytes(seed):
    assert differing_arrays(SCALE, seed, QUARTERS) == []


def test_vector_instructions_change_no_byte():
    assert differing_arrays(SCALE, 1, QUARTERS, VECTOR_FLAGS) == []


def test_a_run_may_be_cut_in_two(world):
    whole, parts = copy_state(world.state), copy_state(world.state)
    core.run(whole, world.tables, world.sizes, world.numbers, 9)
    for quarters in (5, 4):
        core.run(parts, world.tables, world.sizes, world.numbers, quarters)
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))


def test_no_rule_is_idle_and_nothing_is_lost(world):
    state, tables, sizes, numbers = world
    state = copy_state(state)
    pooled = 0
    for _ in range(QUARTERS):
        core.run(state, tables, sizes, numbers, 1)
        pooled = max(pooled, int(np.count_nonzero(state.status == POOLED)))
        employed = state.employer >= 0
        assert np.array_equal(employed, state.status == EMPLOYED)
        assert np.array_equal(np.bincount(state.employer[employed], minlength=sizes.firms), state.talent)
        assert (state.staff >= state.talent).all()
    assert (state.tally > 0).all()
    assert 0 < pooled <= sizes.capacity
    assert np.isfinite(state.wanted).all()
    assert ((state.p > 0) & (state.p < 1)).all()
    paid = tables.unit[:, None] * sizes.weight
    assert (state.received % paid == 0).all()
    assert (state.spent > state.received).sum() == np.count_nonzero(state.received)
    assert (state.spent <= tables.budget * (QUARTERS // 4)).all()
    assert state.received[P04].sum() > 0
