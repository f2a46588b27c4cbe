import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import special

from sim.model import numerics
from tests import reference_numbers as plain

PROBABILITIES = np.concatenate((np.geomspace(2.0**-33, 0.5, 2000), 1 - np.geomspace(2.0**-33, 0.5, 2000)))


def each(function, values):
    return np.array([function(value) for value in values.tolist()])


def worst(found, right, scale):
    return np.max(np.abs(found - right) / scale)


def test_exp_has_the_stated_error():
    x = np.concatenate((np.linspace(-700, 700, 4001), np.linspace(-1, 1, 2001)))
    assert worst(each(numerics.exp, x), np.exp(x), np.exp(x)) < 1e-14


def test_exp_clips_instead_of_overflowing():
    assert numerics.exp(1e6) == numerics.exp(700.0) < np.inf
    assert numerics.exp(-1e6) == numerics.exp(-700.0) > 0


def test_log_has_the_stated_error():
    x = np.concatenate((np.geomspace(1e-300, 1e300, 4001), np.linspace(0.4, 2.5, 2001)))
    right = np.log(x)
    assert worst(each(numerics.log, x), right, np.maximum(np.abs(right), 1)) < 1e-14
    assert numerics.log(1.0) == 0


def test_normal_cdf_has_the_stated_error():
    x = np.linspace(-40, 40, 8001)
    assert worst(each(numerics.normal_cdf, x), special.ndtr(x), 1) < 1e-12
    near = x[abs(x) < 7]
    assert worst(each(numerics.normal_cdf, near), special.ndtr(near), 1) < 1e-14
    assert numerics.normal_cdf(0.0) == pytest.approx(0.5, abs=1e-14)


def test_normal_ppf_has_the_stated_error():
    right = special.ndtri(PROBABILITIES)
    assert worst(each(numerics.normal_ppf, PROBABILITIES), right, np.maximum(np.abs(right), 1e-3)) < 1e-13


def test_normal_ppf_inverts_normal_cdf():
    u = PROBABILITIES
    assert worst(each(numerics.normal_cdf, each(numerics.normal_ppf, u)), u, 1) < 1e-13


@given(st.floats(-800, 800))
@example(-0.5)
def test_exp_equals_plain_python(x):
    assert numerics.exp(x) == plain.exp(x)


@given(st.floats(1e-300, 1e300))
@example(2.0**0.5)
def test_log_equals_plain_python(x):
    assert numerics.log(x) == plain.log(x)


@given(st.floats(-40, 40))
@example(7.07106781186547)
@example(-37.0)
def test_normal_cdf_equals_plain_python(x):
    assert numerics.normal_cdf(x) == plain.normal_cdf(x)


@given(st.floats(2.0**-33, 1 - 2.0**-33))
@example(0.075)
@example(0.925)
@example(1e-12)
def test_normal_ppf_equals_plain_python(u):
    assert numerics.normal_ppf(u) == plain.normal_ppf(u)


def test_normal_shock_has_the_stated_error():
    found, right = each(numerics.normal_shock, PROBABILITIES), special.ndtri(PROBABILITIES)
    assert worst(found, right, np.maximum(np.abs(right), 1e-3)) < 4e-7


@given(st.integers(0, 2**32 - 1))
@example(0)
@example(2**32 - 1)
def test_normal_shock_equals_plain_python(word):
    u = plain.uniform(word)
    assert numerics.normal_shock(u) == plain.normal_shock(u)


def test_money_is_rounded_halves_upwards():
    amounts = (-2.5, -1.5, -0.5, -0.4, 0.5, 1.4999, 1.5, 2.5)
    assert [numerics.round_money(x) for x in amounts] == [-2, -1, 0, 0, 1, 1, 2, 3]


def test_clip():
    assert [numerics.clip(x, -1.5, 1.5) for x in (-2.0, -1.0, 0.0, 9.0)] == [-1.5, -1.0, 0.0, 1.5]


@given(st.floats(0, 1))
def test_four_quarters_make_a_year(annual):
    assert (1 - numerics.quarterly(annual)) ** 4 == pytest.approx(1 - annual, abs=1e-12)
