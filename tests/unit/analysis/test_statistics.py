"""Intervals, ratios, rankings and the stopping rule against known answers."""

import numpy as np
import pytest
from scipy import stats

from sim.analysis.statistics import (
    best_shares,
    fieller,
    interval,
    pairing_ratio,
    tight_enough,
    variance_share,
)


def test_interval_is_students() -> None:
    values = np.array([1.0, 2.0, 4.0, 7.0, 3.0])
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert interval(values) == pytest.approx((values.mean(), expected.low, expected.high))


def test_one_replication_has_no_interval() -> None:
    mean, low, high = interval(np.array([3.0]))
    assert mean == 3.0
    assert np.isnan(low)
    assert np.isnan(high)


def test_fieller_covers_the_true_ratio_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    trials, hits, defined = 2000, 0, 0
    for _ in range(trials):
        b = rng.normal(2.0, 1.0, 20)
        a = 3.0 * b + rng.normal(0.0, 1.0, 20)
        found = fieller(a, b)
        if found is not None:
            defined += 1
            hits += found[1] <= 3.0 <= found[2]
    # 99.9 % bounds of a binomial with the nominal 95 %
    assert stats.binom.ppf(0.0005, defined, 0.95) <= hits <= stats.binom.ppf(0.9995, defined, 0.95)


def test_fieller_is_undefined_where_the_effect_covers_zero() -> None:
    rng = np.random.default_rng(2)
    assert fieller(np.full(30, 5.0), rng.normal(0.0, 1.0, 30)) is None


def test_fieller_of_a_constant_cost_is_the_inverse_interval() -> None:
    effects = np.array([9.0, 10.0, 11.0, 10.5, 9.5])
    _, low, high = interval(effects)
    assert fieller(np.full(5, 100.0), effects) == pytest.approx((10.0, 100 / high, 100 / low))


def test_fieller_of_a_negative_effect_is_a_negative_price() -> None:
    found = fieller(np.full(5, 100.0), -np.array([9.0, 10.0, 11.0, 10.5, 9.5]))
    assert found is not None
    assert found[1] < found[0] < found[2] < 0


def test_best_shares_sum_to_one_and_find_the_better_policy() -> None:
    rng = np.random.default_rng(3)
    effects = rng.normal([0.0, 5.0, 0.0], 1.0, (40, 3))
    shares = best_shares(effects, 7)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[1] == 1.0


def test_best_shares_are_even_for_equal_policies() -> None:
    noise = np.random.default_rng(4).normal(0.0, 1.0, 400)
    shares = best_shares(np.stack([noise, -noise], axis=1) - noise.mean() * np.array([1, -1]), 7)
    assert shares[0] == pytest.approx(0.5, abs=0.05)  # 4.5 standard errors of 2000 draws


def test_pairing_ratio() -> None:
    base = np.array([1.0, 5.0, 9.0, 2.0])
    paired, independent, ratio = pairing_ratio(base + np.array([1.0, 1.0, 1.0, 2.0]), base)
    assert paired == pytest.approx(0.25)
    assert ratio == pytest.approx(independent / paired)


@pytest.mark.parametrize(
    ("effect", "half", "floor", "enough"),
    [(100, 5, 0, True), (100, 6, 0, False), (1, 6, 6, True), (-100, 5, 0, True)],
)
def test_stopping_rule(effect: float, half: float, floor: float, enough: bool) -> None:
    assert tight_enough(effect, effect - half, effect + half, floor) is enough


def test_variance_share_covers_the_true_share_as_often_as_it_says() -> None:
    """Luck of variance 1, doubt of variance 3: a share of 3/4. A bootstrap of 100 replications is a little narrow."""
    rng = np.random.default_rng(5)
    trials, hits = 400, 0
    for trial in range(trials):
        luck = rng.normal(0.0, 1.0, 100)
        _, low, high = variance_share(luck + rng.normal(0.0, np.sqrt(3.0), 100), luck, trial)
        hits += low <= 0.75 <= high
    assert 0.90 <= hits / trials <= 0.98


def test_variance_share_of_nothing_added_and_of_less_than_nothing() -> None:
    luck = np.array([1.0, 5.0, 2.0, 8.0])
    assert variance_share(luck, luck, 1) == (0.0, 0.0, 0.0)
    share, low, high = variance_share(luck, 2 * luck, 1)
    assert share == pytest.approx(-3.0), "as it is, not cut off at 0"
    assert low == pytest.approx(-3.0)
    assert high == pytest.approx(-3.0)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 / 3])
def test_where_nothing_varies_there_is_no_share(value: float) -> None:
    assert np.isnan(variance_share(np.full(7, value), np.full(7, value), 1)).all()


def test_variance_share_depends_on_its_seed_only() -> None:
    rng = np.random.default_rng(6)
    total, part = rng.normal(size=(2, 30))
    assert variance_share(total, part, 3) == variance_share(total, part, 3) != variance_share(total, part, 4)
