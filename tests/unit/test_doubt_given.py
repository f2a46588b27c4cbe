"""First-order indices over an ensemble against toys whose truth is known."""

import numpy as np
import pytest

from sim.analysis.doubt.given import first_order, margin

MEMBERS = 300
NAMES = [f"n{k}" for k in range(40)]


def ensemble(seed=1):
    rng = np.random.default_rng(seed)
    return rng.random((MEMBERS, len(NAMES))), rng


def test_a_number_that_is_everything_explains_everything():
    numbers, _ = ensemble()
    table = first_order({"p": 3 * numbers[:, 4] + 7}, numbers, NAMES, seed=5).set_index("name")
    # Ranks of a random sample are not quite its values.
    assert table.loc["n4", ["raw", "corrected"]].tolist() == pytest.approx([1, 1], abs=3e-3)
    assert table.index[table["tells"]].tolist() == ["n4"]


def test_shares_of_a_sum_are_those_of_its_variance():
    """Variances 4, 1 and 1 of luck: 4/6 and 1/6; a number that only acts together with another has no first order."""
    numbers, rng = ensemble()
    z = (numbers - 0.5) * np.sqrt(12)
    response = 2 * z[:, 0] + z[:, 1] + rng.normal(size=MEMBERS)
    product = z[:, 2] * z[:, 3]
    table = first_order({"sum": response, "product": product}, numbers, NAMES, seed=5)
    assert table.columns.tolist() == [
        "response", "name", "raw", "bias", "floor", "floor_all", "tells", "corrected",
    ]  # fmt: skip
    assert table["response"].tolist() == ["sum"] * 40 + ["product"] * 40
    assert table["name"].tolist() == NAMES * 2
    shares = table[table["response"] == "sum"].set_index("name")
    assert shares["corrected"].iloc[:2].tolist() == pytest.approx([4 / 6, 1 / 6], abs=0.07)
    assert shares.index[shares["tells"]].tolist() == ["n0", "n1"]
    assert not table[table["response"] == "product"]["tells"].any()


def test_a_curve_is_found_that_a_straight_line_misses():
    numbers, rng = ensemble()
    response = np.abs(numbers[:, 7] - 0.5) + 0.05 * rng.normal(size=MEMBERS)
    assert abs(np.corrcoef(response, numbers[:, 7])[0, 1]) < 0.2
    table = first_order({"p": response}, numbers, NAMES, seed=5)
    assert table["name"][table["tells"]].tolist() == ["n7"]
    assert table["corrected"].max() > 0.8


def test_the_bias_is_that_of_chance():
    """Of a smooth with 3 degrees of freedom on 300 members, 3/299 of the variance on average."""
    numbers, rng = ensemble()
    table = first_order({"p": rng.normal(size=MEMBERS)}, numbers, NAMES, seed=5)
    assert table["bias"].mean() == pytest.approx(3 / 299, rel=0.03)
    assert table["raw"].mean() == pytest.approx(3 / 299, rel=0.4)
    assert not table["tells"].any()


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_units_and_monotone_transformations_do_not_matter(scale):
    numbers, rng = ensemble()
    response = numbers[:, 0] + rng.normal(size=MEMBERS)
    one = first_order({"p": response}, numbers, NAMES, seed=5)
    other = first_order({"p": scale * response - 3 * scale}, np.exp(-5 * numbers), NAMES, seed=5)
    values = ["raw", "bias", "floor", "floor_all", "corrected"]
    assert other[values].to_numpy() == pytest.approx(one[values].to_numpy(), rel=1e-6, abs=1e-9)


def test_a_constant_response_hangs_on_nothing():
    numbers, _ = ensemble()
    table = first_order({"p": np.full(MEMBERS, 0.1)}, numbers, NAMES, seed=5)
    assert (table[["raw", "bias", "corrected"]] == 0).all(axis=None)
    assert not table["tells"].any()


def test_the_margin_is_between_the_two_best_overall():
    benefits = np.array([[1.0, 5.0, 9.0], [2.0, 9.0, 3.0], [0.0, 1.0, 2.0]])  # means 1, 5, 14/3
    assert margin(benefits).tolist() == [-4, 6, -1]
    with pytest.raises(ValueError, match="one policy"):
        margin(benefits[:, :1])


def test_what_the_lead_hangs_on_is_not_what_all_policies_share():
    """Number 0 moves both policies alike, number 1 only the lead."""
    numbers, rng = ensemble()
    common, own = 50 * numbers[:, 0], 10 * numbers[:, 1]
    benefits = np.column_stack([common + own + 3, common]) + rng.normal(size=(MEMBERS, 2))
    table = first_order({"first": benefits[:, 0], "lead": margin(benefits)}, numbers, NAMES, seed=5)
    top = table.loc[table.groupby("response", sort=False)["corrected"].idxmax(), "name"]
    assert top.tolist() == ["n0", "n1"]


@pytest.mark.parametrize("response", [np.zeros(299), np.zeros((300, 1)), np.full(300, np.nan)])
def test_what_does_not_fit_is_refused(response):
    numbers, _ = ensemble()
    with pytest.raises(ValueError, match="response"):
        first_order({"p": response}, numbers, NAMES, seed=5)
