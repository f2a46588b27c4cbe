"""Value of information against toys whose truth is known; smooths against scipy's splines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline
from scipy.special import ndtri
from scipy.stats import rankdata

from sim.analysis.doubt import smooth
from sim.analysis.doubt.worth import _as_fitted, perfect, worth

MEMBERS = 300


def toy(luck=0.0, others=50, seed=1, members=MEMBERS):
    """A gains 100, B 200 x with x uniform: knowing x gains E max(100, 200 x) − 100 = 25."""
    rng = np.random.default_rng(seed)
    x = rng.permutation((np.arange(members) + 0.5) / members)
    numbers = np.column_stack([x, rng.random((members, others))])
    benefits = np.column_stack([np.full(members, 100.0), 200 * x])
    return benefits + luck * rng.normal(size=benefits.shape), numbers, ["x", *map(str, range(others))]


def test_the_deciding_number_is_worth_what_the_closed_form_says():
    benefits, numbers, names = toy()
    answer = worth(benefits, numbers, names, {}, seed=5)
    assert answer.everything == pytest.approx(25, abs=0.01)
    row = answer.numbers.iloc[0]
    assert row["raw"] == pytest.approx(25, abs=0.01)
    assert row["estimate"] == pytest.approx(25, abs=0.01)
    assert row["corrected"] == pytest.approx(row["raw"] - row["bias"])
    assert 0 < row["bias"] < row["floor"] < row["floor_all"] < row["raw"]
    assert answer.numbers["name"].tolist() == names
    assert answer.numbers["tells"].tolist() == [True] + [False] * 50


def test_the_deciding_number_is_found_among_fifty_others_with_luck():
    benefits, numbers, names = toy(luck=60)
    answer = worth(benefits, numbers, names, {}, seed=5)
    assert answer.numbers["tells"].tolist() == [True] + [False] * 50
    assert answer.numbers["estimate"].iloc[0] == pytest.approx(25, abs=7)
    assert answer.numbers["estimate"].iloc[1:].isna().all()
    assert answer.everything > 32  # more than the number is worth: the rest is luck


def test_a_number_that_cannot_change_the_choice_is_worth_nothing():
    """It moves the benefit of C much, but C never leads."""
    rng = np.random.default_rng(2)
    x = rng.random(MEMBERS)
    benefits = np.column_stack([100 + rng.normal(size=MEMBERS), np.full(MEMBERS, 50.0), 30 * x - 100])
    row = worth(benefits, x[:, None], ["x"], {}, seed=5).numbers.iloc[0]
    assert row["raw"] == pytest.approx(0, abs=1e-9)
    assert not row["tells"]


def test_luck_alone_rarely_tells():
    """Of 100 ensembles without an influence, 5 are expected to find one; more than 12 have a chance below 0.2 %.

    A floor for each number alone is exceeded by about 5 % of all numbers.
    """
    rng = np.random.default_rng(3)
    tables = [
        worth(rng.normal(size=(60, 3)), rng.normal(size=(60, 12)), list("abcdefghijkl"), {}, seed).numbers
        for seed in range(100)
    ]
    assert sum(table["tells"].any() for table in tables) <= 12
    alone = np.mean([table["raw"] > table["floor"] for table in tables])
    assert 0.02 < alone < 0.08
    assert np.mean([(table["raw"] - table["bias"]).mean() for table in tables]) == pytest.approx(0, abs=0.01)


def both(luck=0.0):
    """B gains 100 (x + y) with two uniform numbers, A 100: knowing both gains 100 E max(x + y − 1, 0) = 100 / 6."""
    rng = np.random.default_rng(4)
    numbers = rng.random((1000, 12))
    benefits = np.column_stack([np.full(1000, 100.0), 100 * numbers[:, :2].sum(axis=1)])
    return benefits + luck * rng.normal(size=benefits.shape), numbers, list("xyabcdefghij")


def test_two_numbers_together_are_worth_what_the_closed_form_says():
    """One of them alone gains 100 E max(x − 1/2, 0) = 100 / 8."""
    benefits, numbers, names = both(luck=20)
    answer = worth(benefits, numbers, names, {"both": [0, 1], "none": [5, 6, 7], "all": range(12)}, seed=5)
    assert answer.groups["name"].tolist() == ["both", "none", "all"]
    assert answer.groups["tells"].tolist() == [True, False, True]
    # Three standard errors of a mean over 1000 members.
    assert answer.groups["estimate"].to_numpy()[[0, 2]] == pytest.approx(100 / 6, abs=3)
    assert answer.numbers["estimate"].to_numpy()[:2] == pytest.approx(100 / 8, abs=3)
    assert answer.groups["raw"].iloc[0] > answer.numbers["raw"].iloc[:2].max()


def test_the_estimate_for_a_group_is_neither_too_high_nor_too_low():
    """B gains 30 z and C 15 z, z normal: knowing z gains 30 E max(z, 0) = 12.0.

    With nine idle numbers in the group, its fit follows much luck: what is fitted lies above the truth, and what is
    corrected as if z decided nothing lies below.
    """
    rng = np.random.default_rng(12)
    rows = []
    for seed in range(12):
        numbers = rng.normal(size=(MEMBERS, 10))
        benefits = 30 * numbers[:, [0]] * [0, 1, 0.5] + 40 * rng.normal(size=(MEMBERS, 3))
        rows.append(worth(benefits, numbers, list("zabcdefghi"), {"group": range(10)}, seed).groups)
    means = {
        column: np.mean([row[column].item() for row in rows]) for column in ("raw", "corrected", "estimate")
    }
    truth = 30 / np.sqrt(2 * np.pi)
    # A standard error of 0.6.
    assert means["estimate"] == pytest.approx(truth, abs=1.8)
    assert means["raw"] > truth + 2
    assert means["corrected"] < truth - 4


def test_what_a_fit_leaves_unexplained_keeps_its_spread():
    rng = np.random.default_rng(13)
    basis = smooth.smooth(smooth.ranks(rng.random((MEMBERS, 10))))
    benefits = 5 + rng.normal(size=(20, MEMBERS))
    as_they_are = np.arange(MEMBERS)[None]
    again = _as_fitted(benefits, as_they_are, basis)[:, 0]
    fitted = 5 + (benefits - 5) @ basis @ basis.T
    assert ((again - fitted) ** 2).mean() == pytest.approx(
        1, abs=0.06
    )  # three standard errors; 0.9 uncorrected
    assert again @ basis == pytest.approx(benefits @ basis)  # the fit stays in place
    shuffled = _as_fitted(benefits, as_they_are[:, ::-1], basis)[:, 0]
    rest = again - again @ basis @ basis.T
    assert shuffled - again == pytest.approx(rest[:, ::-1] - rest)


def test_rounding_tells_nothing():
    x = np.random.default_rng(14).random(MEMBERS)
    benefits = np.column_stack([np.full(MEMBERS, 1e9), 1e9 + 1e-3 * (x - 0.5)])
    assert not worth(benefits, x[:, None], ["x"], {}, seed=5).numbers["tells"].item()


def test_a_group_of_one_is_the_number():
    benefits, numbers, names = toy(luck=60, others=3)
    answer = worth(benefits, numbers, names, {name: [k] for k, name in enumerate(names)}, seed=5)
    assert answer.groups.equals(answer.numbers)


def test_a_large_group_may_not_explain_everything():
    """With one column per member the fit would be the benefits themselves."""
    rng = np.random.default_rng(6)
    benefits, numbers = rng.normal(size=(100, 2)), rng.normal(size=(100, 99))
    answer = worth(benefits, numbers, list(map(str, range(99))), {"all": range(99)}, seed=5)
    assert not answer.groups["tells"].item()
    assert answer.groups["raw"].item() < 0.6 * answer.everything


@pytest.mark.parametrize("transform", [ndtri, np.exp, lambda x: -(x**3)])
def test_a_monotone_transformation_changes_nothing(transform):
    benefits, numbers, names = toy(luck=60, others=8)
    groups = {"three": [0, 1, 2]}
    before, after = (worth(benefits, each, names, groups, seed=5) for each in (numbers, transform(numbers)))
    for kind in ("numbers", "groups"):
        one, other = (getattr(each, kind).drop(columns=["name", "tells"]) for each in (before, after))
        assert one.to_numpy() == pytest.approx(other.to_numpy(), rel=1e-6, nan_ok=True)
    assert before.numbers["tells"].equals(after.numbers["tells"])


def test_the_same_seed_gives_the_same_table_and_another_seed_another_floor():
    benefits, numbers, names = toy(luck=60, others=5)
    first, again, other = (worth(benefits, numbers, names, {}, seed).numbers for seed in (5, 5, 6))
    assert first.equals(again)
    assert first["raw"].equals(other["raw"])
    assert (first["floor"] != other["floor"]).all()


def test_members_in_another_order_are_the_same_members():
    benefits, numbers, names = toy(luck=60, others=5)
    order = np.random.default_rng(7).permutation(MEMBERS)
    one, other = (
        worth(*each, names, {}, 5) for each in ((benefits, numbers), (benefits[order], numbers[order]))
    )
    assert other.numbers["raw"].to_numpy() == pytest.approx(one.numbers["raw"].to_numpy())
    assert other.everything == pytest.approx(one.everything)


@pytest.mark.parametrize("benefits", [np.ones((40, 1)), np.zeros((40, 3)), np.full((40, 2), 1e9)])
def test_without_a_choice_nothing_is_worth_knowing(benefits):
    numbers = np.random.default_rng(8).random((40, 2))
    answer = worth(benefits, numbers, ["x", "y"], {"both": [0, 1], "neither": []}, seed=5)
    assert answer.everything == 0
    for table in (answer.numbers, answer.groups):
        assert not table["tells"].any()
        assert table["raw"].to_numpy() == pytest.approx(0, abs=1e-3)


def test_constant_and_repeated_numbers():
    benefits, numbers, names = toy(luck=30, others=2)
    numbers[:, 1] = 4.0
    numbers[:, 2] = numbers[:, 0]
    answer = worth(benefits, numbers, names, {"constant too": [0, 1], "twice": [0, 2]}, seed=5)
    raw = answer.numbers["raw"].to_numpy()
    assert raw[1] == pytest.approx(0, abs=1e-9)
    assert not answer.numbers["tells"].iloc[1]
    assert raw[2] == pytest.approx(raw[0])
    assert answer.groups["raw"].to_numpy() == pytest.approx(raw[0])


def test_no_numbers():
    benefits, _, _ = toy()
    answer = worth(benefits, np.empty((MEMBERS, 0)), [], {}, seed=5)
    assert len(answer.numbers) == len(answer.groups) == 0


@pytest.mark.parametrize(
    ("benefits", "numbers", "names", "groups"),
    [
        (np.zeros((19, 2)), np.zeros((19, 1)), ["x"], {}),
        (np.zeros((30, 2)), np.zeros((29, 1)), ["x"], {}),
        (np.zeros((30, 2)), np.zeros((30, 2)), ["x"], {}),
        (np.zeros((30, 2)), np.zeros((30, 2)), ["x", "x"], {}),
        (np.zeros((30, 2)), np.full((30, 1), np.nan), ["x"], {}),
        (np.full((30, 2), np.inf), np.zeros((30, 1)), ["x"], {}),
        (np.zeros((30, 0)), np.zeros((30, 1)), ["x"], {}),
        (np.zeros(30), np.zeros((30, 1)), ["x"], {}),
        (np.zeros((30, 2)), np.zeros((30, 1)), ["x"], {"g": [1]}),
        (np.zeros((30, 2)), np.zeros((30, 1)), ["x"], {"g": [-1]}),
    ],
)
def test_what_does_not_fit_is_refused(benefits, numbers, names, groups):
    with pytest.raises(ValueError, match=r"member|number|benefits|group"):
        worth(benefits, numbers, names, groups, seed=5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 60), st.integers(1, 4))
def test_what_always_holds(seed, members, policies):
    rng = np.random.default_rng(seed)
    # Heavy tails and ties.
    benefits = np.round(rng.standard_t(2, size=(members, policies)) * 10)
    numbers = np.round(rng.normal(size=(members, 3)), 1)
    answer = worth(benefits, numbers, ["a", "b", "c"], {"ab": [0, 1], "all": [0, 1, 2]}, seed)
    rounding = 1e-9 * np.abs(benefits).max()
    assert answer.everything == perfect(benefits) >= 0
    for table in (answer.numbers, answer.groups):
        assert (table["raw"] >= -rounding).all()
        assert (table["raw"] <= answer.everything).all()
        assert (table["corrected"] >= 0).all()
        assert (table["corrected"] <= answer.everything).all()
        assert (table["floor_all"] >= table["floor"] - rounding).all()
        assert table["estimate"].notna().equals(table["tells"])
        assert (table["estimate"].dropna().between(0, answer.everything)).all()
    shifted = worth(benefits + rng.normal(size=(members, 1)), numbers, ["a", "b", "c"], {}, seed)
    assert shifted.everything == pytest.approx(answer.everything, abs=1e-6)


def test_perfect_information_by_hand():
    assert perfect(np.array([[1.0, 4.0], [3.0, 0.0], [5.0, 2.0]])) == pytest.approx(4 - 3)


def test_ranks_share_ties():
    numbers = np.random.default_rng(9).integers(0, 5, (30, 2)).astype(float)
    assert smooth.ranks(numbers) == pytest.approx((rankdata(numbers, axis=0) - 0.5) / 30)


@pytest.mark.parametrize("count", [1, 3])
def test_a_smooth_spans_natural_cubic_splines(count):
    """scipy's natural splines lie in the span, and nothing else does: as many columns as they have directions."""
    places = smooth.ranks(np.random.default_rng(10).random((200, count)))
    basis = smooth.smooth(places)
    knots = np.linspace(0, 1, smooth.DEGREES + 1)
    splines = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")(places).reshape(200, -1)
    splines -= splines.mean(axis=0)
    assert basis.shape == (200, count * smooth.DEGREES)
    assert basis.T @ basis == pytest.approx(np.eye(basis.shape[1]), abs=1e-9)
    assert basis @ basis.T @ splines == pytest.approx(splines, abs=1e-9)
    assert basis.sum(axis=0) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("members", "count", "degrees"), [(20, 1, 2), (300, 1, 3), (300, 10, 30), (300, 11, 22), (300, 200, 30)]
)
def test_degrees_are_bounded_by_members(members, count, degrees):
    places = smooth.ranks(np.random.default_rng(11).random((members, count)))
    assert smooth.smooth(places).shape == (members, degrees)


def test_the_first_order_is_the_members_as_they_are():
    orders = smooth.orders(25, 3)
    assert orders.shape == (1 + smooth.SHUFFLES, 25)
    assert orders[0].tolist() == list(range(25))
    assert (np.sort(orders, axis=1) == np.arange(25)).all()
    assert len({tuple(order) for order in orders}) == len(orders)


def test_floors_by_hand():
    """With shuffles 0 … 199 the value exceeds 191 of them when it is above 190."""
    shuffled = np.arange(200.0)
    found = np.stack([[190.5, *shuffled], [189.0, *shuffled[::-1]]])
    table = smooth.against_chance(["a", "b"], found, 0.0)
    assert table["bias"].tolist() == [99.5, 99.5]
    assert table["floor"].tolist() == [190, 190]
    # The larger of both in each shuffle: 100 … 199, each twice.
    assert table["floor_all"].tolist() == [195, 195]
    assert table["tells"].tolist() == [False, False]
    assert smooth.against_chance(["a"], found[:1], 0.0)["tells"].tolist() == [True]
