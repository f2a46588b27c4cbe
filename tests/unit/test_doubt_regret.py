"""Regret, harm and ranks against a table worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from statsmodels.stats.proportion import proportion_confint

from sim.analysis.doubt.regret import distinct, regrets, wilson

# Best per member: 10, 6, 8; 4, 5, 0.
#        A   B   C
TABLE = [
    [[10, 6, 0], [2, 6, 4], [8, 5, -1]],
    [[4, 3, -2], [1, 5, 5], [-3, -1, 0]],
]
# Regrets: A 0 4 0 | 0 4 3; B 4 0 3 | 1 0 1; C 10 2 9 | 6 0 0.


def found():
    return regrets(np.array(TABLE, float), ["A", "B", "C"], ["V", "D"])


def test_a_table_by_hand():
    table = found().policies.set_index("policy")
    assert table["regret_largest"].tolist() == [4, 4, 10]
    assert table["regret_mean"].tolist() == pytest.approx([11 / 6, 9 / 6, 27 / 6])
    # The quantile lies three quarters of the way from the fifth to the sixth of six.
    assert table["regret_95"].tolist() == pytest.approx([4, 3.75, 9.75])
    assert table["harm"].tolist() == pytest.approx([1 / 6, 1 / 6, 2 / 6])
    assert table["leads"].tolist() == pytest.approx([3 / 6, 1.5 / 6, 1.5 / 6])
    assert table["last"].tolist() == pytest.approx([3 / 6, 0, 3 / 6])
    assert table["rank"].tolist() == pytest.approx([12 / 6, 10.5 / 6, 13.5 / 6])


def test_each_reading_by_hand():
    table = found().readings
    assert table["reading"].tolist() == ["V"] * 3 + ["D"] * 3
    assert table["policy"].tolist() == ["A", "B", "C"] * 2
    assert table["leads"].tolist() == pytest.approx([2 / 3, 1 / 3, 0, 1 / 3, 0.5 / 3, 1.5 / 3])
    assert table["last"].tolist() == pytest.approx([1 / 3, 0, 2 / 3, 2 / 3, 0, 1 / 3])
    assert table["harm"].tolist() == pytest.approx([0, 0, 1 / 3, 1 / 3, 1 / 3, 1 / 3])
    low, high = proportion_confint(table["leads"].to_numpy() * 3, 3, method="wilson")
    assert table["low"].to_numpy() == pytest.approx(low)
    assert table["high"].to_numpy() == pytest.approx(high)


def test_equal_largest_regrets_leave_no_choice():
    """A and B both lose 4 at most; the quantile, less of one member's luck, says B."""
    assert found().choice is None
    assert found().choice_95 == "B"


def test_the_smallest_largest_regret_is_chosen_not_the_best_mean():
    gambler, steady = [100.0, 100.0, -50.0], [30.0, 30.0, 30.0]
    answer = regrets(np.array([[gambler, steady]]).transpose(0, 2, 1), ["gambler", "steady"], ["V"])
    assert answer.choice == "steady"
    assert answer.policies["regret_mean"].tolist() == pytest.approx([80 / 3, 140 / 3])


def test_one_member_alone_decides_the_largest_regret():
    """99 members favour A by 10, one favours B by 1000: what the largest regret says hangs on that member."""
    a, b = np.zeros((2, 100))
    a[:99], b[99] = 10, 1000
    answer = regrets(np.stack([a, b], axis=-1)[None], ["A", "B"], ["V"])
    assert (answer.choice, answer.choice_95) == ("B", "A")


@pytest.mark.parametrize("gap", [0.0, 1e-7])
def test_equal_policies_share_all_up_to_rounding(gap):
    values = np.linspace(100, 900, 9)
    answer = regrets(np.stack([values, values + gap, values - 200], axis=-1)[None], ["A", "B", "C"], ["V"])
    assert answer.choice is None
    assert answer.policies["leads"].tolist() == [0.5, 0.5, 0]
    assert answer.policies["last"].tolist() == [0, 0, 1]
    assert answer.policies["rank"].tolist() == [1.5, 1.5, 3]


def test_a_small_true_gap_is_no_tie():
    values = np.linspace(100, 900, 9)
    answer = regrets(np.stack([values, values + 1e-3], axis=-1)[None], ["A", "B"], ["V"])
    assert answer.choice == "B"
    assert answer.policies["leads"].tolist() == [0, 1]


def test_one_policy_has_nothing_to_be_compared_with():
    answer = regrets(np.array([[[3.0], [-1.0]]]), ["A"], ["V"])
    row = answer.policies.iloc[0]
    assert (answer.choice, answer.choice_95) == (None, None)
    assert (row["regret_largest"], row["regret_mean"], row["harm"]) == (1, 0.5, 0.5)  # against doing nothing
    assert answer.policies[["leads", "last", "rank"]].isna().all(axis=None)
    assert answer.readings[["leads", "low", "high", "last"]].isna().all(axis=None)


def test_no_effect_is_no_harm():
    answer = regrets(np.zeros((1, 4, 2)), ["A", "B"], ["V"])
    assert answer.policies["harm"].tolist() == [0, 0]
    assert answer.choice is None


@pytest.mark.parametrize("count", [1, 20, 300])
def test_wilson_is_that_of_statsmodels(count):
    cases = np.arange(count + 1)
    ends = proportion_confint(cases, count, method="wilson")
    assert np.array(wilson(cases / count, count)) == pytest.approx(np.array(ends), abs=1e-12)


@pytest.mark.parametrize(
    ("benefits", "policies", "readings"),
    [
        (np.zeros((2, 3)), ["A"], ["V"]),
        (np.zeros((1, 3, 2)), ["A"], ["V"]),
        (np.zeros((2, 3, 2)), ["A", "B"], ["V"]),
        (np.zeros((1, 0, 2)), ["A", "B"], ["V"]),
        (np.full((1, 3, 2), np.nan), ["A", "B"], ["V"]),
    ],
)
def test_what_does_not_fit_is_refused(benefits, policies, readings):
    with pytest.raises(ValueError, match="benefit"):
        regrets(benefits, policies, readings)


@given(
    arrays(float, array_shapes(min_dims=3, max_dims=3, min_side=2, max_side=5), elements=st.integers(-20, 20))
)
def test_what_always_holds(benefits):
    readings, _, policies = benefits.shape
    answer = regrets(benefits, [f"p{i}" for i in range(policies)], [f"r{i}" for i in range(readings)])
    table = answer.policies
    regret = table[["regret_mean", "regret_95", "regret_largest"]]
    assert (regret >= 0).all(axis=None)
    assert (table["regret_largest"] >= table["regret_95"]).all()
    assert (table["regret_largest"] >= table["regret_mean"]).all()
    assert table["leads"].sum() == pytest.approx(1)
    assert table["last"].sum() == pytest.approx(1)
    assert table["rank"].sum() == pytest.approx(policies * (policies + 1) / 2)
    # Readings weigh the same, so their shares average to those over all; equal readings count once.
    different = answer.readings[answer.readings["reading"].isin([f"r{k}" for k in distinct(benefits)])]
    by_reading = different.groupby("policy", sort=False)[["leads", "last", "harm"]].mean()
    assert by_reading.to_numpy() == pytest.approx(table[["leads", "last", "harm"]].to_numpy())
    assert (answer.readings["low"] <= answer.readings["leads"] + 1e-12).all()
    assert (answer.readings["high"] >= answer.readings["leads"] - 1e-12).all()
    if answer.choice is not None:
        others = table[table["policy"] != answer.choice]["regret_largest"]
        own = table[table["policy"] == answer.choice]["regret_largest"].item()
        assert (others > own).all()
    # What is added to all policies of a member changes no regret where nobody would rather do nothing.
    names = list(table["policy"]), [f"r{i}" for i in range(readings)]
    gains = benefits - benefits.min()
    means = [regrets(gains + more, *names).policies["regret_mean"].to_numpy() for more in (0, 7)]
    assert means[1] == pytest.approx(means[0])


def test_doing_nothing_is_a_choice_and_equal_readings_count_once():
    harmful = np.array([[[-1.0, -2.0], [4.0, 0.0]]])
    once = regrets(harmful, ["A", "B"], ["V"])
    assert list(once.policies["regret_largest"]) == [1, 4]
    twice = regrets(np.concatenate([harmful, np.zeros((1, 2, 2)), harmful]), ["A", "B"], ["V", "D", "D2"])
    assert list(twice.policies["regret_mean"]) == [1 / 4, 6 / 4]  # V and D; D2 is V again
    assert list(twice.readings["reading"]) == ["V", "V", "D", "D", "D2", "D2"]
