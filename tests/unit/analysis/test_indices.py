"""Indices of functions with known indices, with failures, luck, groups and flat responses."""

import numpy as np
import pandas as pd
import pytest

from sim.analysis.studies import given_data
from sim.analysis.studies import indices as module
from sim.analysis.studies.designs import draw
from sim.analysis.studies.indices import DUMMY, indices
from sim.analysis.studies.screening import largest_shares, luck_share, survivors, widest
from sim.runs.experiment import Design, Sample
from sim.runs.factors import Choice, Factor, Uniform

SOBOL, PAIRS = Design("sobol", 256), Design("sobol", 256, second_order=True)
MORRIS, SHAPLEY = Design("morris", trajectories=20), Design("shapley", 400)
HYPERCUBE = Design("latin_hypercube", 200)
ALL = [SOBOL, PAIRS, MORRIS, SHAPLEY, HYPERCUBE]
BLOCKED = [SOBOL, MORRIS, SHAPLEY]


def name_of(value):
    return f"{value.method}{'-pairs' * value.second_order}" if isinstance(value, Design) else None


def some(count, groups=()):
    groups = groups or [None] * count
    return [Factor(f"x{i + 1}", "uncertainty", Uniform(0, 1), group=group) for i, group in enumerate(groups)]


@pytest.fixture
def few_resamples(monkeypatch):
    """Where intervals do not matter."""
    monkeypatch.setattr(module, "RESAMPLES", 30)


def ishigami(points, a=7.0, b=0.1):
    x = (2 * points - 1) * np.pi
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_parts(a=7.0, b=0.1):
    """Shares of the variance: of x1, of x2, of x1 and x3 together."""
    parts = np.array(
        [(1 + b * np.pi**4 / 5) ** 2 / 2, a**2 / 8, b**2 * np.pi**8 * (1 / 18 - 1 / 50)],
    )
    return parts / parts.sum()


def look(table, factor, index, other=""):
    rows = table[(table["factor"] == factor) & (table["index"] == index) & (table["other"] == other)]
    assert len(rows) == 1
    return rows.iloc[0]


def covers(row, truth):
    return row["low"] <= truth <= row["high"]


def run(design, factors, response, seed=0):
    sample = draw(design, factors, seed)
    return sample, indices(design, factors, sample, response(sample), seed)


def lucky(sample):
    """Luck that acts through the second factor, and on all rows alike; the third does nothing."""
    return sample.points[:, 0] + np.where(
        sample.luck == 1, 9.0 + sample.points[:, 1], 0.5 * sample.points[:, 1]
    )


def test_sobol_indices_of_ishigami():
    _, found = run(PAIRS, some(4), lambda s: ishigami(s.points))
    one, two, both = ishigami_parts()
    truth = {"x1": (one, one + both), "x2": (two, two), "x3": (0, both), "x4": (0, 0)}
    for name, (first, total) in truth.items():
        assert covers(look(found.table, name, "S1"), first)
        assert covers(look(found.table, name, "ST"), total)
    for i in range(1, 5):
        for j in range(i + 1, 5):
            row = look(found.table, f"x{i}", "S2", f"x{j}")
            assert covers(row, both if (i, j) == (1, 3) else 0)
    assert found.used == 256
    assert found.dropped == 0
    assert found.note == ""
    assert list(found.table.columns) == module.COLUMNS
    assert not found.table[["value", "low", "high"]].isna().any(axis=None)


def test_sobol_indices_of_sobols_function():
    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
    _, found = run(SOBOL, some(5), lambda s: np.prod((np.abs(4 * s.points - 2) + a) / (1 + a), axis=1))
    parts = 1 / (3 * (1 + a) ** 2)
    variance = np.prod(1 + parts) - 1
    for i, part in enumerate(parts):
        assert covers(look(found.table, f"x{i + 1}", "S1"), part / variance)
        total = part * np.prod(1 + np.delete(parts, i)) / variance
        assert covers(look(found.table, f"x{i + 1}", "ST"), total)


def test_shapley_effects_of_ishigami_share_interactions():
    sample, found = run(Design("shapley", 2000), some(4), lambda s: ishigami(s.points))
    one, two, both = ishigami_parts()
    for name, truth in {"x1": one + both / 2, "x2": two, "x3": both / 2, "x4": 0}.items():
        assert covers(look(found.table, name, "shapley"), truth)
    assert found.table[found.table["factor"] != DUMMY]["value"].sum() == pytest.approx(1)

    salib = pytest.importorskip("SALib.analyze.shapley")  # since SALib 1.6
    real = sample.luck == 0
    problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
    theirs = salib.analyze(problem, sample.points[real], ishigami(sample.points[real]))
    assert found.table["value"][:4].to_numpy() == pytest.approx(theirs["shapley_normalized"])


def test_morris_of_a_linear_function_is_exact():
    weights = np.array([2.0, -3.0, 0.0])
    _, found = run(MORRIS, some(3), lambda s: 1e6 + s.points @ weights)
    for name, weight in zip(("x1", "x2", "x3", DUMMY), [*weights, 0.0], strict=True):
        for index, truth in (("mu_star", abs(weight)), ("mu", weight), ("sigma", 0.0)):
            row = look(found.table, name, index)
            assert [row["value"], row["low"], row["high"]] == pytest.approx([truth] * 3, abs=1e-8)


def test_two_choices_move_through_their_whole_range():
    factors = [Factor("x1", "uncertainty", Choice(("V", "D"))), *some(2)[1:]]
    _, found = run(MORRIS, factors, lambda s: (s.points[:, 0] >= 0.5) + 1.0 * s.points[:, 1])
    assert look(found.table, "x1", "mu_star")["value"] == pytest.approx(1.0)
    assert look(found.table, "x2", "mu_star")["value"] == pytest.approx(1.0)


def test_an_index_of_an_inert_factor_is_exactly_0_and_below_that_of_luck():
    for design in (SOBOL, PAIRS, MORRIS, SHAPLEY):
        _, found = run(design, some(3), lucky)
        index = found.table["index"][0]
        inert, dummy = look(found.table, "x3", index), look(found.table, DUMMY, index)
        assert [inert["value"], inert["low"], inert["high"]] == [0, 0, 0]
        assert inert["below_noise"]
        assert dummy["value"] > 0
        assert dummy["low"] > 0
        assert not look(found.table, "x1", index)["below_noise"]


def test_the_dummy_is_what_fresh_luck_does():
    """Luck adds 9 + x2 / 2, of which all rows share the mean: half the rest's mean square, over the variance."""
    for design, index in ((SOBOL, "ST"), (SHAPLEY, "shapley")):
        _, found = run(design, some(3), lucky)
        assert covers(look(found.table, DUMMY, index), (0.25 / 12 / 2) / (1.25 / 12))
    _, found = run(MORRIS, some(3), lucky)
    assert covers(look(found.table, DUMMY, "mu"), 0.0)


def test_without_luck_the_floor_is_0_and_what_acts_is_above_it():
    for design in BLOCKED:
        _, found = run(design, some(2), lambda s: s.points[:, 0] + 0.2 * s.points[:, 1])
        index = found.table["index"][0]
        assert look(found.table, DUMMY, index)["high"] == 0
        assert not look(found.table, "x2", index)["below_noise"]
    linear = run(MORRIS, some(2), lambda s: s.points[:, 0] + 0.2 * s.points[:, 1])[1].table
    assert look(linear, "x1", "sigma")["below_noise"], "no more than rounding"


def test_given_data_indices_tell_an_inert_factor():
    _, found = run(HYPERCUBE, some(3), lambda s: s.points[:, 0] + np.sin(6 * s.points[:, 1]))
    for index in ("pawn", "delta", "S1"):
        assert not look(found.table, "x1", index)["below_noise"]
        assert not look(found.table, "x2", index)["below_noise"]
        assert look(found.table, "x3", index)["below_noise"]
    assert found.used == 200


def test_given_data_first_order_indices_of_a_linear_function():
    """Weights 2 and 1: 4/5 and 1/5, less what the slope inside a class takes: 1 / classes² of either."""
    _, found = run(Design("latin_hypercube", 600), some(3), lambda s: s.points @ np.array([2.0, 1.0, 0.0]))
    for name, truth in (("x1", 0.8), ("x2", 0.2), ("x3", 0.0)):
        row = look(found.table, name, "S1")
        assert row["low"] <= truth
        assert row["high"] >= truth * (1 - 1 / 5**2)
        assert row["low"] <= row["value"] <= row["high"]


def test_the_noise_floor_of_given_data_lets_few_inert_factors_through():
    """2.5 % of draws of a dummy exceed its upper end, give or take 1 %, as 200 draws place it; so do inert factors."""
    design, factors = Design("latin_hypercube", 60), some(11)
    tables = [run(design, factors, lambda s: s.points[:, 0], seed)[1].table for seed in range(6)]
    inert = pd.concat(table[~table["factor"].isin(["x1", DUMMY])] for table in tables)
    above = (~inert["below_noise"]).groupby(inert["index"]).sum()
    assert above.max() <= 7  # of 60; a chance of 0.1 % at 3.5 %


def test_given_data_estimates_are_salibs():
    from SALib.analyze import delta, pawn

    rng = np.random.default_rng(1)
    column = rng.random(500)
    response = column + rng.random(500)
    found = given_data.estimates(column, response, response)
    bounds = np.linspace(0, 500, 5 + 1)  # its `analyze` has 5 classes for 500 rows
    grid = np.linspace(response.min(), response.max(), given_data.GRID)
    assert found[1] == pytest.approx(delta.calc_delta(response, grid, column, bounds))
    assert found[2] == pytest.approx(delta.sobol_first(response, column, bounds))
    problem = {"num_vars": 1, "names": ["x"], "bounds": [[0, 1]]}
    theirs = pawn.analyze(problem, column[:, None], response, S=10)["median"][0]
    assert found[0] == pytest.approx(theirs, abs=1 / 50)  # its last class leaves out the largest row


@pytest.mark.usefixtures("few_resamples")
def test_given_data_indices_do_not_mind_a_monotone_transformation_or_an_atom():
    sample = draw(HYPERCUBE, some(2), 0)
    plain = sample.points[:, 0] + sample.points[:, 1] / 4
    first, bent = (indices(HYPERCUBE, some(2), sample, y, 0).table for y in (plain, np.exp(9 * plain)))
    for index in ("pawn", "delta"):
        assert look(first, "x1", index)["value"] == pytest.approx(look(bent, "x1", index)["value"])
    table = indices(HYPERCUBE, some(2), sample, np.maximum(plain, 1.0), 0).table
    assert not look(table, "x1", "delta")["below_noise"]
    assert 0 < look(table, "x1", "delta")["value"] < 1


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.parametrize("design", ALL, ids=name_of)
def test_blocks_with_a_failed_row_are_dropped_and_the_rest_is_right(design):
    factors = some(3)
    sample = draw(design, factors, 5)
    response = lucky(sample) + sample.points[:, 0] * sample.points[:, 1]
    broken = response.copy()
    rows = np.array([0, 4 * sample.stride + 1, 7 * sample.stride - 1])
    broken[rows[:2]], broken[rows[2]] = np.nan, np.inf
    keep = ~np.isin(np.arange(len(sample)) // sample.stride, rows // sample.stride)
    rest = Sample(sample.points[keep], sample.luck[keep], sample.stride)
    found, expected = (
        indices(design, factors, sample, broken, 5),
        indices(design, factors, rest, response[keep], 5),
    )
    assert found.dropped == len(set(rows // sample.stride)) >= 2
    assert found.used == expected.used == keep.sum() // sample.stride
    pd.testing.assert_frame_equal(found.table, expected.table)
    assert np.isfinite(found.table[["value", "low", "high"]]).all(axis=None)


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.parametrize("value", [0.0, 5.0, 1e9 / 3])
@pytest.mark.parametrize("design", ALL, ids=name_of)
def test_a_constant_response_has_indices_of_0_and_says_so(design, value):
    sample, found = run(design, some(3), lambda s: np.full(len(s), value))
    assert found.note == "constant"
    assert (found.table[["value", "low", "high"]] == 0).all(axis=None)
    assert found.table["below_noise"].all()
    rough = np.full(len(sample), value)
    rough[::3] = np.nextafter(value, 2 * value)
    assert indices(design, some(3), sample, rough, 0).note == "constant"
    varied = run(design, some(3), lucky)[1].table
    keys = ["factor", "other", "index"]
    pd.testing.assert_frame_equal(found.table[keys], varied[keys])


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.parametrize(
    ("design", "note", "least"),
    [
        (MORRIS, "few_trajectories", 4),
        (SOBOL, "few_base_points", 8),
        (SHAPLEY, "few_permutations", 8),
        (HYPERCUBE, "few_rows", 40),
    ],
    ids=name_of,
)
def test_few_blocks_say_nothing(design, note, least):
    sample = draw(design, some(3), 0)
    response = lucky(sample)
    response[least * sample.stride :] = np.nan
    enough = indices(design, some(3), sample, response, 0)
    assert (enough.note, enough.used) == ("", least)
    response[0] = np.nan
    found = indices(design, some(3), sample, response, 0)
    assert (found.note, found.used, len(found.table)) == (note, least - 1, 0)
    assert found.dropped == len(sample) // sample.stride - least + 1
    assert widest(found.table) == float("inf")
    assert survivors(found.table, 3) == []


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.parametrize("design", ALL, ids=name_of)
def test_one_row_that_differs_from_all_others_leaks_no_warning(design):
    """Most resamples of it are constant."""
    sample = draw(design, some(3), 0)
    response = np.zeros(len(sample))
    response[sample.stride - 1] = 1.0
    found = indices(design, some(3), sample, response, 0)
    assert np.isfinite(found.table[["value", "low", "high"]]).all(axis=None)


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.parametrize("design", ALL, ids=name_of)
def test_numbers_depend_on_the_seed_only_and_0_is_a_seed(design):
    sample = draw(design, some(3), 0)
    response = lucky(sample) * sample.points[:, 1]
    before = repr(np.random.get_state())
    first, again, other = (indices(design, some(3), sample, response, seed).table for seed in (0, 0, 1))
    assert repr(np.random.get_state()) == before, "the global state of numpy was touched"
    pd.testing.assert_frame_equal(first, again)
    assert not np.array_equal(first["high"], other["high"])
    real = (first["factor"] != DUMMY) & ~first["index"].isin(["delta", "S1"])  # these lose a resampled bias
    assert first["value"][real].to_numpy() == pytest.approx(other["value"][real].to_numpy())


@pytest.mark.usefixtures("few_resamples")
def test_indices_do_not_depend_on_where_the_zero_of_the_response_lies():
    for design in ALL:
        sample = draw(design, some(3), 0)
        response = lucky(sample)
        near, far = (
            indices(design, some(3), sample, y, 0).table["value"] for y in (response, 1e9 + response)
        )
        assert near.to_numpy() == pytest.approx(far.to_numpy(), abs=1e-5)


@pytest.mark.parametrize("groups", [("g", None, "g"), ("g", "g", "g")])
def test_groups_are_one_factor(groups):
    factors = some(3, groups)
    weights = np.array([1.0, 2.0, 1.0])
    total = {"g": 2 / 6, "x2": 4 / 6} if None in groups else {"g": 1.0}
    for design, index in ((PAIRS, "ST"), (SHAPLEY, "shapley"), (MORRIS, "mu_star")):
        _, found = run(design, factors, lambda s: s.points @ weights)
        kind = found.table[(found.table["index"] == index) & (found.table["factor"] != DUMMY)]
        assert list(kind["factor"]) == list(total)
        if design != MORRIS:
            assert all(covers(look(found.table, name, index), truth) for name, truth in total.items())
    assert not ((found.table["factor"] == "g") & (found.table["index"] != "mu_star")).any(), (
        "factors that move as one have no direction"
    )
    _, found = run(HYPERCUBE, factors, lambda s: s.points @ weights)
    assert list(dict.fromkeys(found.table["factor"])) == ["x1", "x2", "x3", DUMMY]


@pytest.mark.parametrize("method", ["grid", "list", "two_stage"])
def test_other_designs_have_no_indices(method):
    with pytest.raises(ValueError, match=method):
        indices(Design(method), some(1), Sample.plain(np.zeros((3, 1))), np.zeros(3), 0)


def table_of(**mu_star):
    rows = [(name, "", "mu_star", *numbers, False) for name, numbers in mu_star.items()]
    return pd.DataFrame(rows, columns=module.COLUMNS)


def test_widest_interval_of_the_factors():
    table = table_of(a=(1.0, 0.5, 1.5), b=(3.0, 2.0, 4.0), dummy=(5.0, 0.0, 10.0))
    assert widest(table, "mu_star") == 1.0
    assert widest(table) == float("inf"), "no ST here"


def test_survivors_are_louder_than_luck():
    table = table_of(quiet=(1, 0, 1.9), wide=(1.5, 0, 2.1), loud=(9, 8, 10), mid=(4, 3, 5), dummy=(2, 1, 3))
    assert survivors(table, 9) == ["loud", "mid", "wide"]
    assert survivors(table, 2) == ["loud", "mid"]
    assert survivors(table, 1) == ["loud", "mid"], "never fewer than two"


def test_two_survive_even_where_all_is_luck():
    table = table_of(a=(1, 0, 2), b=(3, 2, 4), c=(0.5, 0, 9), dummy=(8, 7, 9))
    assert survivors(table, 5) == ["c", "b"]
    assert survivors(table_of(a=(1, 1, 1), dummy=(0, 0, 0)), 5) == ["a"]


def test_largest_shares_over_responses_of_different_units():
    yuan = table_of(a=(900, 0, 0), b=(100, 0, 0), c=(0, 0, 0), dummy=(500, 0, 0))
    firms = table_of(a=(0, 0, 0), b=(2, 0, 0), c=(6, 0, 0), dummy=(1, 0, 0))
    flat = table_of(a=(0, 0, 0), b=(0, 0, 0), c=(0, 0, 0), dummy=(0, 0, 0))
    shares = largest_shares([yuan, firms, flat])
    assert list(shares.items()) == [("a", 0.9), ("c", 0.75), ("b", 0.25)]
    assert largest_shares([flat]) == {"a": 0, "b": 0, "c": 0}
    assert largest_shares([]) == {}


def test_luck_share_of_known_variances():
    """Rows 3, seeds 1/2, rest 3/2. Tolerance: 4 standard errors of the normal theory of variance components."""
    rng = np.random.default_rng(1)
    rows, seeds = 300, 100
    row, seed, rest = 3.0, 0.5, 1.5
    values = 1e6 + (
        rng.normal(0, row**0.5, (rows, 1))
        + rng.normal(0, seed**0.5, (1, seeds))
        + rng.normal(0, rest**0.5, (rows, seeds))
    )
    luck, total = seed + rest, row + seed + rest
    se_row = (row + rest / seeds) * (2 / (rows - 1)) ** 0.5
    se_luck = np.hypot(
        (seed + rest / rows) * (2 / (seeds - 1)) ** 0.5,
        rest * (2 / ((rows - 1) * (seeds - 1))) ** 0.5,
    )
    error = np.hypot(row * se_luck, luck * se_row) / total**2
    assert luck_share(values) == pytest.approx(luck / total, abs=4 * error)
    mean = luck / 10
    error = np.hypot(row * se_luck / 10, mean * se_row) / (mean + row) ** 2
    assert luck_share(values, 10) == pytest.approx(mean / (mean + row), abs=4 * error)


def test_luck_that_all_rows_share_is_not_taken_from_the_factors():
    values = np.array([[0.0], [1.0], [2.0]]) + np.array([[0.0, 10.0, 20.0]])
    assert luck_share(values) == pytest.approx(100 / 101)
    assert luck_share(values, 100) == pytest.approx(1 / 2)


def test_luck_share_leaves_out_failed_rows_and_knows_its_limits():
    values = np.random.default_rng(2).normal(size=(6, 4))
    broken = np.vstack([values, [np.nan, 1, 1, 1], np.full(4, np.nan)])
    assert luck_share(broken) == luck_share(values)
    assert luck_share(np.repeat([[1.0], [2.0]], 3, axis=1)) == 0
    assert luck_share(np.tile([1.0, 2.0], (3, 1))) == 1
    for nothing in (values[:1], values[:, :1], np.full((3, 3), 1e9 / 3), broken[6:]):
        assert np.isnan(luck_share(nothing))
