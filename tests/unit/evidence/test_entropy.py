"""The nearest distribution: against closed forms, iterative proportional fitting, duality, and scipy's own search."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize
from scipy.special import rel_entr, xlogy

from sim.evidence.entropy import ImpossibleError, NotFoundError, Tilt, divergence, normalised, tilt

Array = NDArray[Any]
CLOSE = 1e-8


def uniform(cells: int) -> Array:
    return np.full(cells, -np.log(cells))


def log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


# --- closed forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prior", "wanted"), [(0.5, 0.5), (0.2, 0.3), (0.96, 0.08), (0.08, 0.96), (1e-6, 0.999), (0.999, 1e-6)]
)
def test_one_binary_feature(prior: float, wanted: float) -> None:
    found = tilt(np.log([1 - prior, prior]), np.array([[0.0], [1.0]]) - wanted)
    np.testing.assert_allclose(found.shares, [1 - wanted, wanted], rtol=1e-6)
    assert found.multipliers[0] == pytest.approx(log_odds(wanted) - log_odds(prior), abs=1e-6)
    expected = wanted * np.log(wanted / prior) + (1 - wanted) * np.log((1 - wanted) / (1 - prior))
    assert found.divergence == pytest.approx(expected, abs=CLOSE)


def test_the_die_of_jaynes() -> None:
    """A die whose mean is 4.5 (Jaynes 1962): known to five places."""
    found = tilt(uniform(6), np.arange(1.0, 7.0)[:, None] - 4.5)
    np.testing.assert_allclose(
        found.shares, [0.05435, 0.07877, 0.11416, 0.16545, 0.23977, 0.34749], atol=6e-6
    )
    assert found.multipliers[0] == pytest.approx(0.37105, abs=6e-6)


def proportional_fitting(table: Array, rows: Array, columns: Array) -> Array:
    for _ in range(2000):
        table = table * (rows / table.sum(axis=1))[:, None]
        table = table * (columns / table.sum(axis=0))
    return table


@pytest.mark.parametrize("all_answers", [False, True], ids=["one answer left out", "one margin too many"])
def test_two_margins_as_iterative_proportional_fitting_gives_them(all_answers: bool) -> None:
    rows, columns = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.2, 0.3, 0.4])
    prior = np.random.default_rng(3).dirichlet(np.ones(12)).reshape(3, 4)
    row, column = np.indices(prior.shape).reshape(2, -1)
    first = 0 if all_answers else 1
    features = np.column_stack(
        [(row == k) - rows[k] for k in range(first, 3)]
        + [(column == k) - columns[k] for k in range(first, 4)]
    )
    found = tilt(np.log(prior).ravel(), features)
    expected = proportional_fitting(prior, rows, columns)
    np.testing.assert_allclose(found.shares.reshape(prior.shape), expected, atol=CLOSE)


def test_means_that_hold_already_move_nothing() -> None:
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    answers = np.arange(4.0)[:, None]
    found = tilt(np.log(shares), answers - shares @ answers)
    np.testing.assert_allclose(found.shares, shares, rtol=1e-12)
    assert found.divergence == pytest.approx(0, abs=1e-14)


def test_units_and_start_change_nothing_but_the_multipliers() -> None:
    luck = np.random.default_rng(1)
    logs, features = normalised(luck.normal(size=9)), luck.normal(size=(9, 3))
    features -= luck.dirichlet(np.ones(9)) @ features
    units = np.array([1e-6, 1.0, 1e6])
    plain, other = tilt(logs, features), tilt(logs, features * units)
    np.testing.assert_allclose(other.shares, plain.shares, atol=CLOSE)
    np.testing.assert_allclose(other.multipliers * units, plain.multipliers, atol=1e-6)
    elsewhere = tilt(logs, features, start=plain.multipliers + np.array([3.0, -2.0, 1.0]))
    np.testing.assert_allclose(elsewhere.shares, plain.shares, atol=CLOSE)


def test_cells_without_prior_mass_stay_empty() -> None:
    with np.errstate(divide="ignore"):
        logs = np.log([0.5, 0.0, 0.5])
    found = tilt(logs, np.array([[0.0], [0.5], [1.0]]) - 0.9)
    np.testing.assert_allclose(found.shares, [0.1, 0.0, 0.9], atol=CLOSE)
    with pytest.raises(ImpossibleError):
        tilt(logs, np.array([[0.0], [2.0], [1.0]]) - 1.5)


def test_normalised_survives_large_logarithms() -> None:
    np.testing.assert_allclose(np.exp(normalised(np.array([1000.0, 1000.0]))), 0.5)
    np.testing.assert_allclose(np.exp(normalised(np.array([-1000.0, -1000.0, -1001.0]))).sum(), 1.0)


def test_divergence_is_that_of_the_textbook() -> None:
    shares, prior = np.array([0.0, 0.3, 0.7]), np.array([0.2, 0.3, 0.5])
    assert divergence(shares, np.log(prior)) == pytest.approx(rel_entr(shares, prior).sum())


# --- constraints of one sign, and slack --------------------------------------------------------------------


class Case(NamedTuple):
    """A prior, features, and a distribution that meets them."""

    logs: Array
    features: Array
    member: Array


def case(seed: int, cells: int = 8, count: int = 3) -> Case:
    luck = np.random.default_rng(seed)
    raw, member = luck.normal(size=(cells, count)), luck.dirichlet(np.full(cells, 2.0))
    return Case(normalised(luck.normal(size=cells)), raw - member @ raw, member)


def optimal(found: Tilt, given: Case, sign: Array) -> None:
    """Karush–Kuhn–Tucker: right sides, right signs of multipliers, and one of the two is 0."""
    mean = found.shares @ given.features
    assert np.abs(mean[sign == 0]).max(initial=0) < CLOSE
    assert (mean * sign > -CLOSE).all()
    assert (found.multipliers * sign >= 0)[sign != 0].all()
    assert np.abs((mean * found.multipliers)[sign != 0]).max(initial=0) < 1e-6
    expected = normalised(given.logs + given.features @ found.multipliers)
    np.testing.assert_allclose(found.shares, np.exp(expected), rtol=1e-9)


@pytest.mark.parametrize("side", [1, -1])
def test_a_bound_on_the_prior_s_side_moves_nothing(side: int) -> None:
    answers = np.arange(5.0)[:, None]
    found = tilt(uniform(5), answers - (2.0 - 0.5 * side), sign=np.array([side]))
    np.testing.assert_allclose(found.shares, 0.2, rtol=1e-12)
    assert found.multipliers[0] == 0


@pytest.mark.parametrize("side", [1, -1])
def test_a_bound_that_binds_is_an_equation(side: int) -> None:
    answers = np.arange(5.0)[:, None] - (2.0 + 0.5 * side)
    bound, equation = tilt(uniform(5), answers, sign=np.array([side])), tilt(uniform(5), answers)
    np.testing.assert_allclose(bound.shares, equation.shares, atol=CLOSE)
    assert bound.multipliers[0] * side > 0


@settings(max_examples=60)
@given(some.integers(0, 10**6), some.tuples(*[some.sampled_from((-1, 0, 1))] * 4))
def test_bounds_are_met_as_optimality_asks(seed: int, signs: tuple[int, ...]) -> None:
    given_case, sign = case(seed, cells=9, count=4), np.array(signs)
    optimal(tilt(given_case.logs, given_case.features, sign=sign), given_case, sign)


def test_a_multiplier_that_starts_on_the_wrong_side_is_put_right() -> None:
    answers, sign = np.arange(5.0)[:, None] - 2.5, np.array([1])
    right = tilt(uniform(5), answers, sign=sign)
    wrong = tilt(uniform(5), answers, sign=sign, start=np.array([-4.0]))
    np.testing.assert_allclose(wrong.shares, right.shares, atol=CLOSE)


@pytest.mark.parametrize("slack", [1e-4, 1e-2, 1.0, 100.0])
def test_slack_is_worth_its_price(slack: float) -> None:
    """KL + miss²/2s over all distributions with two answers, by golden section."""
    prior, wanted = 0.3, 0.8

    def cost(share: float) -> float:
        kl = xlogy(share, share / prior) + xlogy(1 - share, (1 - share) / (1 - prior))
        return float(kl + (share - wanted) ** 2 / (2 * slack))

    logs, feature = np.log([1 - prior, prior]), np.array([[0.0], [1.0]]) - wanted
    found = tilt(logs, feature, slack=np.array([slack]))
    best = minimize(lambda at: cost(at[0]), [0.5], bounds=[(1e-9, 1 - 1e-9)], method="Nelder-Mead", tol=1e-12)
    assert found.shares[1] == pytest.approx(best.x[0], abs=1e-6)
    assert found.shares[1] - wanted == pytest.approx(-slack * found.multipliers[0], abs=CLOSE)
    assert prior < found.shares[1] < wanted


def test_a_feature_with_slack_gives_way_to_those_without() -> None:
    answers = np.array([[0.0], [1.0], [2.0]])
    features = np.column_stack([answers - 1.2, answers - 1.7])  # one mean, two targets
    found = tilt(uniform(3), features, slack=np.array([0.0, 1.0]))
    assert (found.shares @ answers)[0] == pytest.approx(1.2, abs=CLOSE)


@pytest.mark.parametrize("wanted", [1.0, 1.9, 2.0, 2.1, 3.4])
def test_a_mean_with_a_width_goes_no_further_than_it_must(wanted: float) -> None:
    """The prior's mean of 2 where that is within the width, otherwise the nearer end of it."""
    answers, width = np.arange(5.0)[:, None], 0.3
    found = tilt(uniform(5), answers - wanted, width=np.array([width]))
    mean = float(found.shares @ answers[:, 0])
    assert abs(mean - wanted) < width
    assert mean == pytest.approx(np.clip(2.0, wanted - width, wanted + width), abs=2e-4)


@settings(max_examples=30)
@given(some.integers(0, 10**6))
def test_widths_cost_less_than_equations_and_hold(seed: int) -> None:
    """Each mean within its width; none nearer among bounds of one sign, which have the same ends but no barrier."""
    given_case = case(seed, cells=9, count=2)
    width = np.array([0.05, 0.2])
    found = tilt(given_case.logs, given_case.features, width=width)
    assert (np.abs(found.shares @ given_case.features) < width).all()
    sides = np.column_stack([given_case.features + width, given_case.features - width])
    nearest = tilt(given_case.logs, sides, sign=np.array([1, 1, -1, -1]))
    assert nearest.divergence - 1e-9 < found.divergence < nearest.divergence + 1e-4
    assert found.divergence < tilt(given_case.logs, given_case.features).divergence + 1e-9


def test_a_width_that_no_mean_reaches_is_proved() -> None:
    feature = np.array([[0.0], [1.0]]) - 1.1
    assert tilt(np.log([0.5, 0.5]), feature, width=np.array([0.11])).shares[1] == pytest.approx(
        0.99, abs=0.01
    )
    with pytest.raises(ImpossibleError):
        tilt(np.log([0.5, 0.5]), feature, width=np.array([0.09]))


# --- nothing nearer ----------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(some.integers(0, 10**6), some.integers(3, 12), some.integers(1, 4))
def test_means_are_met_and_every_other_member_is_further_away(seed: int, cells: int, count: int) -> None:
    """Csiszár: KL(r‖prior) = KL(r‖nearest) + KL(nearest‖prior) for every r that meets the equations."""
    assume(count < cells)
    logs, features, member = case(seed, cells, count)
    found = tilt(logs, features)
    assert found.shares.sum() == pytest.approx(1)
    assert np.abs(found.shares @ features).max() < CLOSE
    legs = divergence(member, np.log(found.shares)) + found.divergence
    assert divergence(member, logs) == pytest.approx(legs, abs=1e-6)


@settings(max_examples=15)
@given(some.integers(0, 10**6), some.tuples(*[some.sampled_from((-1, 0, 1))] * 2))
def test_scipy_finds_nothing_nearer(seed: int, signs: tuple[int, ...]) -> None:
    given_case, sign = case(seed, cells=6, count=2), np.array(signs)
    found = tilt(given_case.logs, given_case.features, sign=sign)
    sides = [{"type": "eq", "fun": lambda q: q.sum() - 1}] + [
        {
            "type": "eq" if side == 0 else "ineq",
            "fun": lambda q, k=k, side=side: (side or 1) * (q @ given_case.features[:, k]),
        }
        for k, side in enumerate(signs)
    ]
    prior = np.exp(given_case.logs)
    search = minimize(
        lambda q: rel_entr(q, prior).sum(),
        given_case.member,
        bounds=[(1e-12, 1.0)] * 6,
        constraints=sides,
        method="SLSQP",
        options={"ftol": 1e-13, "maxiter": 500},
    )
    assert search.success
    assert search.fun >= found.divergence - 1e-6
    np.testing.assert_allclose(search.x, found.shares, atol=1e-3)


# --- means that no distribution has ------------------------------------------------------------------------


def reach(features: Array, start: Array, direction: Array) -> float:
    """How far one can go from a mean in a direction before no distribution has it: by linear programming."""
    cells = len(features)
    means = np.column_stack([features.T, -direction])
    total = np.append(np.ones(cells), 0.0)
    found = linprog(-np.eye(cells + 1)[-1], A_eq=np.vstack([means, total]), b_eq=[*start, 1.0])
    assert found.status == 0, found.message
    return float(found.x[-1])


def outermost(seed: int, cells: int, count: int) -> tuple[Array, Array, Array]:
    """A prior, features, and how far from their plain mean the means go in some direction."""
    luck = np.random.default_rng(seed)
    logs, raw = normalised(luck.normal(size=cells)), luck.normal(size=(cells, count))
    direction = luck.normal(size=count)
    return logs, raw, reach(raw, raw.mean(axis=0), direction) * direction


@settings(max_examples=40)
@given(some.integers(0, 10**6), some.integers(4, 12), some.integers(1, 3))
def test_one_percent_inside_is_found(seed: int, cells: int, count: int) -> None:
    logs, raw, edge = outermost(seed, cells, count)
    target = raw.mean(axis=0) + 0.99 * edge
    assert np.abs(tilt(logs, raw - target).shares @ raw - target).max() < CLOSE


def test_one_percent_outside_is_not() -> None:
    for seed in range(40):
        logs, raw, edge = outermost(seed, cells=4 + seed % 9, count=1 + seed % 3)
        with pytest.raises(NotFoundError):
            tilt(logs, raw - raw.mean(axis=0) - 1.01 * edge)


@pytest.mark.parametrize(("wanted", "sign"), [(1.01, 0), (-0.01, 0), (1.01, 1), (-0.01, -1)])
def test_one_percent_outside_a_share_is_proved(wanted: float, sign: int) -> None:
    with pytest.raises(ImpossibleError, match="no distribution has these means"):
        tilt(np.log([0.5, 0.5]), np.array([[0.0], [1.0]]) - wanted, sign=np.array([sign]))


@pytest.mark.parametrize(("wanted", "sign"), [(1.01, -1), (-0.01, 1)])
def test_one_percent_outside_on_the_side_that_is_allowed(wanted: float, sign: int) -> None:
    found = tilt(np.log([0.5, 0.5]), np.array([[0.0], [1.0]]) - wanted, sign=np.array([sign]))
    np.testing.assert_allclose(found.shares, 0.5)


def test_two_targets_for_one_mean() -> None:
    answers = np.arange(3.0)[:, None]
    with pytest.raises(ImpossibleError):
        tilt(uniform(3), np.column_stack([answers - 1.2, answers - 1.21]))


@settings(max_examples=60)
@given(some.integers(0, 10**6), some.floats(-20, 20), some.floats(-20, 20))
def test_the_proof_holds_weak_duality(seed: int, one: float, other: float) -> None:
    """-D(λ) at any λ is no more than the KL of any distribution that meets the equations: `worst` cannot be passed."""
    logs, features, member = case(seed, cells=7, count=2)
    dual = np.log((np.exp(logs + features @ [one, other])).sum())
    assert -dual <= divergence(member, logs) + 1e-9
    assert divergence(member, logs) <= -logs.min()


# --- far away ----------------------------------------------------------------------------------------------


def test_a_far_tilt_with_many_margins_converges() -> None:
    """As the survey is tilted to the province: nine in ten quality firms to one in twelve, all else rearranged."""
    luck = np.random.default_rng(8)
    quality, *others = np.indices((2, 5, 5, 5, 2)).reshape(5, -1)
    logs = np.log(np.where(quality == 1, 0.96, 0.04) * luck.gamma(0.3, size=len(quality)) + 1e-12)
    wanted = {0: (0.9, 0.06, 0.03, 0.007, 0.003), 1: (0.14, 0.24, 0.28, 0.24, 0.1)}
    below = [
        (quality == 0) * ((others[k] == answer) - share)
        for k, shares in wanted.items()
        for answer, share in enumerate(shares)
        if answer
    ]
    features = np.column_stack([quality - 0.08, *below]).astype(float)
    found = tilt(normalised(logs), features)
    assert np.abs(found.shares @ features).max() < CLOSE
    assert found.shares @ quality == pytest.approx(0.08)
    assert found.divergence > 2
