"""The ensemble smoother on linear models, whose posterior has a closed form, and beside a library."""

import numpy as np
import pytest

from sim.analysis.record.smoother import RISE, smooth

MEMBERS = 4000
RESPONSE = np.array([[1.0, -0.5, 0.0], [0.3, 1.0, 0.0]])
OBSERVED, ERROR = np.array([1.2, -0.4]), np.array([0.3, 0.5])


def linear(step, scores):
    return RESPONSE @ scores


def prior(members=MEMBERS, seed=1):
    drawn = np.random.default_rng(seed).standard_normal((members, 3))
    return (
        np.sqrt(members) * np.linalg.qr(drawn - drawn.mean(axis=0))[0].T
    )  # uncorrelated: less luck to allow for


def closed_form():
    """Posterior mean and covariance of standard normal scores."""
    precision = np.eye(3) + RESPONSE.T @ np.diag(ERROR**-2) @ RESPONSE
    covariance = np.linalg.inv(precision)
    return covariance @ RESPONSE.T @ np.diag(ERROR**-2) @ OBSERVED, covariance


@pytest.mark.parametrize("steps", [1, 4])
def test_a_linear_model_gives_the_closed_form(steps):
    found = smooth(prior(), linear, OBSERVED, ERROR, 7, steps=steps)
    mean, covariance = closed_form()
    last = found.scores[-1]
    assert last.mean(axis=1) == pytest.approx(mean, abs=0.03)
    assert np.cov(last) == pytest.approx(covariance, abs=0.03)
    assert found.given[-1] == pytest.approx(RESPONSE @ last)


def test_a_number_without_influence_keeps_its_prior_to_the_last_digit():
    before = prior(300)
    found = smooth(before, linear, OBSERVED, ERROR, 7)
    assert (found.scores[-1][2] == before[2]).all()
    moved = smooth(before, linear, OBSERVED, ERROR, 7, localise=False).scores[-1][2]
    assert (moved != before[2]).any(), "localisation is what keeps it"


def test_a_negative_response_moves_a_number_the_right_way():
    found = smooth(prior(500), lambda step, scores: -2.0 * scores[:1], np.array([1.0]), np.array([0.1]), 3)
    assert found.scores[-1][0].mean() == pytest.approx(-0.5, abs=0.02)


def test_it_agrees_with_a_library():
    pyesmda = pytest.importorskip("pyesmda")
    from covmats import CovViaDiagonal

    shares = RISE ** np.arange(4)
    theirs = pyesmda.ESMDA(
        obs=OBSERVED,
        m_init=prior(2000),
        cov_obs=CovViaDiagonal(ERROR**2),
        forward_model=lambda scores: RESPONSE @ scores,
        n_assimilations=4,
        cov_obs_inflation_factors=list(shares.sum() / shares),
        inversion_type="naive",
        random_state=5,
        is_parallel_analyse_step=False,
    )
    theirs.solve()
    ours = smooth(prior(2000), linear, OBSERVED, ERROR, 7, localise=False).scores[-1]
    assert ours.mean(axis=1) == pytest.approx(theirs.m_posterior.mean(axis=1), abs=0.03)
    assert np.cov(ours) == pytest.approx(np.cov(theirs.m_posterior), abs=0.03)


def test_members_that_cannot_be_run_are_left_out_and_move_nobody():
    before = prior(200)

    def sometimes(step, scores):
        given = linear(step, scores).copy()
        given[:, 3] = np.nan if step == 1 else given[:, 3]
        given[0, 5] = np.nan if step == 4 else given[0, 5]
        return given

    found = smooth(before, sometimes, OBSERVED, ERROR, 7)
    assert found.kept.tolist() == [k for k in range(200) if k not in (3, 5)]
    assert np.isfinite(found.scores).all()
    assert np.isfinite(found.given).all()
    assert found.scores.shape == (5, 3, 198)


def test_the_same_seed_gives_the_same_members():
    one, two = (smooth(prior(50), linear, OBSERVED, ERROR, 7).scores for _ in range(2))
    other = smooth(prior(50), linear, OBSERVED, ERROR, 8).scores
    assert (one == two).all()
    assert (one != other).any()
