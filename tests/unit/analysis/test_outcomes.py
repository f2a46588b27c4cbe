"""Outcomes of a replication: parts that add up, an index with a known value."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.analysis.outcomes import OUTCOMES, PERCENT, Outcome, by_name, difficulty_parts, theil
from sim.model.outputs import METRIC_INDEX

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


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_every_outcome_is_told_in_both_languages(outcome: Outcome) -> None:
    for zh, en in ((outcome.zh, outcome.en), (outcome.meaning_zh, outcome.meaning_en)):
        assert re.search("[\u4e00-\u9fff]", zh)
        assert en.isascii()
        assert en == en.strip() != ""


def value(outcome: str, counted: dict[str, list[list[int]]]) -> float:
    """The number of an outcome where these metrics, [quarters, regions], were counted and all others are 0."""
    shape = np.array(next(iter(counted.values()))).shape
    regions = np.zeros((*shape, len(METRIC_INDEX)), np.int64)
    for name, numbers in counted.items():
        regions[..., METRIC_INDEX[name]] = numbers
    return OUTCOMES[outcome].value(by_name(regions))


def test_a_level_is_that_of_the_end_and_a_flow_is_summed() -> None:
    firms = {"firms_incumbent_1": [[9, 9], [9, 9]], "firms_entrant_2": [[5, 5], [1, 2]]}
    assert value("quality_firms", firms) == 3
    assert value("climbs", {"climbs_1": [[1, 2], [3, 4]], "climbs_3": [[0, 1], [0, 0]]}) == 11


def test_shares_are_in_percent_and_nothing_has_no_share() -> None:
    hard = {"firms_incumbent_0": [[10, 30]], "firms_entrant_1": [[0, 10]], "difficulty_entrant_1": [[0, 5]]}
    assert value("difficulty_share", hard) == 10.0
    assert value("difficulty_share", {"firms_incumbent_0": [[0, 0]]}) == 0.0


def test_climbs_to_quality_are_those_to_level_2_and_above() -> None:
    climbs = {"climbs_1": [[50, 0], [0, 50]], "climbs_2": [[3, 1], [2, 0]], "climbs_4": [[0, 0], [0, 1]]}
    assert value("quality_climbs", climbs) == 3 + 1 + 2 + 1


def test_the_share_of_entrants_is_of_all_firms_at_the_end() -> None:
    firms = {"firms_incumbent_0": [[40, 0], [20, 10]], "firms_entrant_0": [[0, 0], [4, 3]]}
    assert value("entrant_share", firms | {"firms_entrant_4": [[0, 0], [3, 0]]}) == 25.0


def test_value_added_per_firm_is_that_of_four_quarters_over_the_firms_at_their_end() -> None:
    counted = {
        "value_added": [[100, 0], [1, 1], [1, 2], [1, 3], [1, 4]],
        "firms_entrant_0": [[9, 9], [9, 9], [9, 9], [9, 9], [2, 5]],
    }
    assert value("value_added_per_firm", counted) == (1 + 1 + 1 + 1 + 1 + 2 + 3 + 4) / 7
