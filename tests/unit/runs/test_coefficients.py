"""Draws of Table 5's coefficients: N(β̂, V), keyed, the same for all scenarios compared, and none if held fixed."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from sim.evidence.tables import Evidence
from sim.model.draws import COEFFICIENT
from sim.runs.coefficients import draw_coefficients, standard_normals
from sim.runs.run import simulate
from sim.world.compiled import Compiled, compile_scenario
from sim.world.inputs import Inputs
from tests import reference_numbers as plain
from tests.small_province import ALL_LEVERS, province, small, whole_run
from tests.stated_covariance import COLUMN, evidence_with

STATED = {"_cons": 0.7, "X1": 0.1, "X2": 0.35, "X3": 0.28, "X4": 0.27, "X7": 0.14, "X11": 0.3, "X13": 0.1}
CORRELATION = 0.3
DRAWS = 20_000
SEED = 7


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return evidence_with(tmp_path_factory.mktemp("evidence") / "hubei", STATED, CORRELATION)


def compiled(evidence: Evidence, **given: object) -> Compiled:
    return compile_scenario(small(difficulty={"coefficients": "drawn"}, **given), evidence)


@pytest.fixture(scope="module")
def inputs(evidence: Evidence) -> Inputs:
    return compiled(evidence).inputs


def test_draws_have_the_stated_mean_and_covariance(evidence: Evidence, inputs: Inputs) -> None:
    """Each mean and each covariance within five standard errors of what N(β̂, V) would give."""
    drawn = np.array([draw_coefficients(inputs, SEED, r).beta for r in range(DRAWS)])
    stated = evidence.covariance[COLUMN]
    variance = np.diag(stated)
    assert (np.abs(drawn.mean(axis=0) - inputs.beta) <= 5 * np.sqrt(variance / DRAWS) + 1e-12).all()
    error = np.sqrt((np.outer(variance, variance) + stated**2) / DRAWS)
    assert (np.abs(np.cov(drawn.T) - stated) <= 5 * error + 1e-15).all()
    known = variance > 0
    np.testing.assert_array_equal(drawn[:, ~known], 0)
    score = (drawn[:, known] - inputs.beta[known]) / np.sqrt(variance[known])
    assert (np.abs(score).max(axis=0) > 3).all(), "no draw is cut off"
    assert np.abs((score**3).mean(axis=0)).max() < 5 * np.sqrt(15 / DRAWS)


def test_a_draw_can_be_followed_by_hand(inputs: Inputs) -> None:
    words = [plain.philox((k, 0, COEFFICIENT, 0), (SEED, 3))[0] for k in range(len(inputs.beta))]
    z = [NormalDist().inv_cdf((word + 0.5) / 2**32) for word in words]
    assert standard_normals(SEED, 3, 14) == pytest.approx(z, rel=1e-12)
    by_hand = [
        b + sum(weight * normal for weight, normal in zip(row, z, strict=True))
        for b, row in zip(inputs.beta, inputs.beta_factor, strict=True)
    ]
    assert draw_coefficients(inputs, SEED, 3).beta == pytest.approx(by_hand, abs=1e-12)


def test_a_normal_does_not_depend_on_how_many_there_are() -> None:
    all_of_them = standard_normals(SEED, 3, 14)
    for count in (1, 5, 13):
        np.testing.assert_array_equal(standard_normals(SEED, 3, count), all_of_them[:count])
    assert len({*all_of_them, *standard_normals(SEED, 4, 14), *standard_normals(SEED + 1, 3, 14)}) == 3 * 14


def test_compared_scenarios_share_the_draw(evidence: Evidence, inputs: Inputs) -> None:
    policy = compiled(evidence, levers=ALL_LEVERS, structure="D", budget="4 bn yuan").inputs
    for replication in range(5):
        here, there = (draw_coefficients(each, SEED, replication) for each in (inputs, policy))
        np.testing.assert_array_equal(here.beta, there.beta)
    assert len({draw_coefficients(inputs, SEED, r).beta.tobytes() for r in range(50)}) == 50


def test_nothing_else_is_changed(inputs: Inputs) -> None:
    before = inputs.beta.copy()
    drawn = draw_coefficients(inputs, SEED, 0)
    assert all(getattr(drawn, name) is getattr(inputs, name) for name in Inputs._fields if name != "beta"), (
        "arrays are shared, not copied"
    )
    np.testing.assert_array_equal(inputs.beta, before)


def test_held_coefficients_are_left_alone() -> None:
    held = province()
    assert draw_coefficients(held.inputs, SEED, 0) is held.inputs
    found, plainly = simulate(held, 1, 0), whole_run(held)
    np.testing.assert_array_equal(found.regions, plainly.by_region)
    np.testing.assert_array_equal(found.industries, plainly.by_industry)


def test_a_run_uses_its_replications_coefficients(evidence: Evidence) -> None:
    drawn = compiled(evidence)
    by_hand = drawn._replace(inputs=draw_coefficients(drawn.inputs, 1, 4))
    found, expected = simulate(drawn, 1, 4), whole_run(by_hand, 1, 4)
    np.testing.assert_array_equal(found.regions, expected.by_region)
    assert (found.regions != whole_run(drawn, 1, 4).by_region).any()
