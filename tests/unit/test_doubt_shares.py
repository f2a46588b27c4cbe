"""Shares of variance: known truths are met, shares sum to one, and intervals hold the truth as often as they say."""

import numpy as np
import pytest

from sim.analysis.doubt.shares import FREE, INFORMED, LUCK, SHARE_COLUMNS, TOGETHER, shares, shares_of_luck


def known(pairs, seed, noise=1.0):
    """y = 5 + 2 i + f + i f + noise, of standard normals: shares are 1, 4, 1 and 1 of 7."""
    rng = np.random.default_rng(seed)
    i, f = rng.standard_normal((pairs, 2, 1, 1)), rng.standard_normal((pairs, 1, 2, 1))
    return 5 + 2 * i + f + i * f + noise * rng.standard_normal((pairs, 2, 2, 2))


def column(table, name):
    return table.set_index("part")[name]


def test_the_shares_of_a_known_function():
    found = shares(known(2_000, 1), 3)
    assert found.columns.tolist() == SHARE_COLUMNS
    assert found["part"].tolist() == [LUCK, INFORMED, FREE, TOGETHER]
    assert column(found, "share").to_numpy() == pytest.approx([1 / 7, 4 / 7, 1 / 7, 1 / 7], abs=0.04)
    assert found["variance"].to_numpy() == pytest.approx(7.0, rel=0.1)
    assert ((found["low"] < found["share"]) & (found["share"] < found["high"])).all()


def test_few_pairs_give_no_bias_and_intervals_hold_the_truth():
    truth = np.array([1, 4, 1, 1]) / 7
    tables = [shares(known(40, seed), 1) for seed in range(30)]
    variances = np.mean([table["share"] * table["variance"] for table in tables], axis=0)
    assert variances == pytest.approx(7 * truth, abs=0.7)
    held = np.mean([(table["low"] <= truth) & (truth <= table["high"]) for table in tables])
    assert held > 0.88


def test_shares_sum_to_one_and_do_not_depend_on_unit_or_origin():
    runs = known(12, 5)
    found, other = shares(runs, 2), shares(1e9 - 1e6 * runs, 2)
    assert found["share"].sum() == pytest.approx(1)
    for name in ("share", "low", "high"):
        assert other[name].to_numpy() == pytest.approx(found[name].to_numpy(), rel=1e-5, abs=1e-6)


def test_luck_alone_leaves_nothing_to_the_numbers_and_may_fall_below_zero():
    found = column(shares(np.random.default_rng(4).standard_normal((300, 2, 2, 2)), 1), "share")
    assert found[LUCK] == pytest.approx(1, abs=0.06)
    assert found.drop(LUCK).min() < 0


def test_without_luck_the_numbers_are_all():
    found = column(shares(known(50, 6, noise=0.0), 1), "share")
    assert found[LUCK] == pytest.approx(0, abs=1e-12)


def test_numbers_of_one_kind_are_told_from_luck():
    rng = np.random.default_rng(2)
    runs = 7 + 2 * rng.standard_normal((2_000, 1)) + rng.standard_normal((2_000, 2))
    found = shares_of_luck(runs, FREE, 1)
    assert found["part"].tolist() == [LUCK, FREE]
    assert found["share"].to_numpy() == pytest.approx([0.2, 0.8], abs=0.03)


def test_where_nothing_varies_there_are_no_shares():
    found = shares(np.full((10, 2, 2, 2), 3.0), 1)
    assert found["variance"].tolist() == [0.0] * 4
    assert found[["share", "low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize("runs", [np.zeros((4, 2, 2)), np.zeros((1, 2, 2, 2)), np.full((4, 2, 2, 2), np.nan)])
def test_other_arrays_are_refused(runs):
    with pytest.raises(ValueError, match=r"runs|units"):
        shares(runs, 1)
    with pytest.raises(ValueError, match=r"runs|units"):
        shares_of_luck(runs, FREE, 1)
