"""Distributions of factors: inverse distribution functions that never leave their range."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.runs.factors import Choice, Factor, LogUniform, Normal, Triangular, Uniform

SHARES = st.floats(0.0, 1.0)
ENDS = st.tuples(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6)).filter(lambda ends: ends[0] < ends[1])


def kinds(low, high):
    return (
        Uniform(low, high),
        LogUniform(low, high),
        Triangular(low, (low + high) / 2, high),
        Normal((low + high) / 2, (high - low) / 4, low, high),
    )


@given(SHARES, ENDS)
def test_no_value_leaves_the_range(u, ends):
    for distribution in kinds(*ends):
        assert ends[0] <= distribution.at(u) <= ends[1], distribution


def test_an_end_that_rounding_would_pass():
    """0.08 + (0.21 - 0.08) is more than 0.21."""
    assert 0.08 + (0.21 - 0.08) > 0.21
    assert Uniform(0.08, 0.21).at(1.0) == 0.21


@given(st.lists(SHARES, min_size=2, max_size=2).map(sorted), ENDS)
def test_values_rise_with_the_share(pair, ends):
    for distribution in kinds(*ends):
        assert distribution.at(pair[0]) <= distribution.at(pair[1]) + 1e-9 * ends[1]


@pytest.mark.parametrize(
    ("distribution", "mean"),
    [
        (Uniform(1.0, 3.0), 2.0),
        (LogUniform(1.0, np.e), np.e - 1.0),
        (Triangular(0.0, 1.0, 4.0), 5.0 / 3.0),
        (Normal(2.0, 0.5, 1.0, 3.0), 2.0),
    ],
)
def test_means(distribution, mean):
    u = (np.arange(4000) + 0.5) / 4000
    assert np.mean([distribution.at(share) for share in u]) == pytest.approx(mean, rel=1e-4)


def test_far_in_a_tail_a_normal_stays_finite():
    assert 90.0 <= Normal(0.0, 1.0, 90.0, 91.0).at(0.5) <= 91.0


def test_choices_share_the_interval():
    choice = Choice(("a", "b", "c"))
    assert [choice.at(u) for u in (0.0, 0.33, 0.34, 0.66, 0.67, 1.0)] == ["a", "a", "b", "b", "c", "c"]


def test_whole_factors_give_whole_numbers():
    factor = Factor("n", "lever", Uniform(0.0, 10.0), whole=True)
    assert factor.at(0.26) == 3
    assert isinstance(factor.at(0.26), int)
