"""Surfaces through runs, and members corrected by them: closed forms, and what must not move."""

import numpy as np
import pytest
from scipy.special import ndtr

from sim.analysis.record.smoother import smooth
from sim.analysis.record.surface import Surface, correct, nearest

MEMBERS = 2000
SLOPE = np.sqrt(2 * np.pi)  # of a score in its place, at the middle
OBSERVED, ERROR, LUCK = np.array([0.02, -0.01]), np.array([0.02, 0.03]), np.array([0.02, 0.01])


def places(scores):
    return ndtr(scores) - 0.5


def bent(scores):
    """Two lines of three numbers: nearly straight near the middle of the ranges, and one number without influence."""
    x = places(scores) * 0.1 * SLOPE
    return np.stack([x[0] - 0.5 * x[1] + x[0] * x[1], 0.3 * x[0] + x[1]])


def drawn(members=MEMBERS, numbers=3):
    return np.random.default_rng(1).standard_normal((numbers, members))


def test_a_surface_finds_the_terms_that_matter_and_no_others():
    scores = drawn(400, 12)
    x = places(scores)
    noise = np.random.default_rng(2).normal(0, 0.05, 400)
    surface = Surface(scores, 1 + 2 * x[3] - x[7] + 4 * x[3] * x[7] + noise)
    assert set(surface.numbers) == {3, 7}
    new = np.random.default_rng(3).standard_normal((12, 50))
    y = places(new)
    assert surface(new) == pytest.approx(1 + 2 * y[3] - y[7] + 4 * y[3] * y[7], abs=0.08)


def test_slopes_are_those_of_the_surface():
    scores = drawn(300, 4)
    x = places(scores)
    surface = Surface(scores, x[0] + 3 * x[1] ** 2 - x[0] * x[1])
    at, step = drawn(5, 4), 1e-5
    for k in range(4):
        ahead = at.copy()
        ahead[k] += step
        assert (surface(ahead) - surface(at)) / step == pytest.approx(surface.slopes(at)[k], abs=1e-4)


def test_runs_that_tell_nothing_give_a_flat_surface_and_no_move():
    scores = drawn(200)
    surface = Surface(scores, np.random.default_rng(5).normal(0, 1, 200) * 0 + 1.5)
    assert not len(surface.numbers)
    found = nearest(scores, scores + 1, np.ones((1, 200)), [surface], np.zeros((1, 200)), np.ones(1))
    assert (found == scores).all()


def test_luck_counts_once_and_settings_lie_around_the_record_as_the_closed_form_says():
    """Members' runs carry luck of their own; the posterior is that of a record with error² + luck²."""
    prior = drawn()
    own = np.random.default_rng(9).normal(0, 1, (2, MEMBERS)) * LUCK[:, None]

    def run(members, scores):
        return bent(scores) + own[:, members]

    everyone = np.arange(MEMBERS)
    smoothed = smooth(prior, lambda step, scores: run(everyone, scores), OBSERVED, ERROR, 7, steps=2)
    found = correct(smoothed, run, OBSERVED, ERROR, LUCK, 7)
    last = found.scores[-1]
    response = 0.1 * np.array([[1.0, -0.5, 0.0], [0.3, 1.0, 0.0]])
    precision = np.diag(1 / (ERROR**2 + LUCK**2))
    covariance = np.linalg.inv(np.eye(3) + response.T @ precision @ response)
    mean = covariance @ response.T @ precision @ OBSERVED
    assert last.mean(axis=1) == pytest.approx(mean, abs=0.06)
    assert np.cov(last)[:2, :2] == pytest.approx(covariance[:2, :2], abs=0.03)
    assert (last[2] == prior[2]).all(), "what no surface holds stays as it was drawn"


def test_a_member_moves_only_nearer_and_one_that_fails_stays():
    prior = drawn(200)
    everyone = np.arange(200)
    smoothed = smooth(prior, lambda step, scores: bent(scores), OBSERVED, ERROR, 7, steps=1)
    asked = []

    def worse(members, scores):
        asked.append(members)
        return np.where(members % 2, np.nan, 9.0) * np.ones((2, len(members)))

    found = correct(smoothed, worse, OBSERVED, ERROR, LUCK, 7, rounds=2)
    assert (found.scores[-1] == smoothed.scores[-1]).all()
    assert (found.given[-1] == smoothed.given[-1]).all()
    assert found.runs == tuple(map(len, asked))
    assert set(asked[0]) < set(everyone), "those that are near are not run again"
