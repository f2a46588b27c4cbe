"""Outcomes of a replication: parts that add up, an index that is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.analysis.outcomes import PERCENT, difficulty_parts, theil

counts = st.lists(st.integers(0, 50), min_size=10, max_size=10)
shares = st.lists(st.floats(0, 1), min_size=10, max_size=10)


def mixed(firms: list[int], rates: list[float]) -> NDArray[np.int64]:
    """A mix of firms: incumbents and entrants by level, and how many are in difficulty."""
    people = np.array(firms).reshape(2, 5)
    hard = np.floor(people * np.array(rates).reshape(2, 5)).astype(int)
    return np.concatenate([people, hard])


@given(counts.filter(any), shares, counts.filter(any), shares)
def test_difficulty_parts_add_up(
    firms_a: list[int], rates_a: list[float], firms_b: list[int], rates_b: list[float]
) -> None:
    policy, base = mixed(firms_a, rates_a), mixed(firms_b, rates_b)
    share = [PERCENT * mix[2:].sum() / mix[:2].sum() for mix in (policy, base)]
    assert sum(difficulty_parts(policy, base)) == pytest.approx(share[0] - share[1], abs=1e-9)


def test_climbing_alone_is_composition() -> None:
    rates = [0.4, 0.5, 0.6, 0.6, 0.6, 0.4, 0.5, 0.6, 0.6, 0.6]
    base = mixed([100, 0, 100, 0, 0] + [0] * 5, rates)
    policy = mixed([50, 0, 150, 0, 0] + [0] * 5, rates)
    parts = difficulty_parts(policy, base)
    assert parts.within == 0
    assert parts.entrants == 0
    assert parts.composition == pytest.approx(5.0)


def test_theil_of_equal_regions_is_zero() -> None:
    assert theil(np.array([10.0, 20.0, 0.0]), np.array([1.0, 2.0, 0.0])) == pytest.approx(0.0)


def test_theil_of_one_rich_region() -> None:
    # all output in half of the people: ln 2
    assert theil(np.array([10.0, 1e-12]), np.array([1.0, 1.0])) == pytest.approx(np.log(2))
