"""Settings corrected one by one: a surface through all runs so far says which setting would give what was recorded.

Near the record, what a run gives bends with the numbers: one regression for all members is right on average and
overshoots in the tails. So each line gets a quadratic surface through all runs, in the places of numbers within their
ranges. A member then takes the setting nearest to the one it was drawn with whose run, by the surface and by how far
its own run lay off it, gives the record perturbed by an error of its own (randomised maximum likelihood: Oliver, He &
Reynolds 1996; exact, like the smoother, on a linear model). It is run, and stays where it was unless it came nearer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.analysis.record.smoother import Smoothed

Array = NDArray[Any]
THRESHOLD = 3.5  # standard errors of a slope or curve that is 0
NUMBERS, CURVES = 24, 40  # of a surface, at most
RUNS_PER_TERM = 10
PASSES = 15  # of Gauss and Newton
STRIDE = 0.5  # longest move of a score in a pass
ROUNDS = 3
FAR = 1.0  # mean square of a member's misses of its own aim, in errors: beyond it, a round corrects it
#: (which members, scores float64[K, some]) -> what their runs give, float64[N, some].
Rerun = Callable[[Array, Array], Array]


class Surface:
    """A quadratic surface through what runs gave: those terms that chance alone would not give.

    Parameters
    ----------
    scores
        float64[K, M]: normal scores of M runs' numbers.
    given
        float64[M]: what they gave.
    """

    def __init__(self, scores: Array, given: Array) -> None:
        x = _places(scores).T
        most = len(given) // RUNS_PER_TERM
        self.numbers = _telling(x, given, np.ones((len(x), 1)), min(NUMBERS, most))
        first, second = (self.numbers[k] for k in np.triu_indices(len(self.numbers)))
        plane = np.column_stack([np.ones(len(x)), x[:, self.numbers]])
        most -= len(self.numbers)
        curves = _telling(x[:, first] * x[:, second], given, plane, min(CURVES, most))
        self._first, self._second = first[curves], second[curves]
        self._terms = np.linalg.lstsq(self._design(x), given, rcond=None)[0]

    def _design(self, x: Array) -> Array:
        curves = x[:, self._first] * x[:, self._second]
        return np.column_stack([np.ones(len(x)), x[:, self.numbers], curves])

    def __call__(self, scores: Array) -> Array:
        """Return its height at settings: float64[M]."""
        height: Array = self._design(_places(scores).T) @ self._terms
        return height

    def slopes(self, scores: Array) -> Array:
        """Return its slopes in the scores at settings: float64[K, M]."""
        x, found = _places(scores), np.zeros(scores.shape)
        plain = 1 + len(self.numbers)
        found[self.numbers] = self._terms[1:plain, None]
        for term, i, j in zip(self._terms[plain:], self._first, self._second, strict=True):
            found[i] += term * x[j]
            found[j] += term * x[i]
        density: Array = np.exp(-(scores**2) / 2) / np.sqrt(2 * np.pi)
        return found * density


def _places(scores: Array) -> Array:
    """Return places within ranges, from -1/2 to 1/2: runs bend less in them than in scores."""
    places: Array = ndtr(scores) - 0.5
    return places


def _telling(columns: Array, given: Array, beside: Array, most: int) -> Array:
    """Return the columns that tell something beside others, chosen one by one, the most telling first: int64[...]."""
    chosen: list[int] = []
    while len(chosen) < min(most, columns.shape[1]):
        known = np.linalg.qr(np.column_stack([beside, columns[:, chosen]]))[0]
        rest = given - known @ (known.T @ given)
        new = columns - known @ (known.T @ columns)
        length = np.sqrt((new**2).sum(axis=0))
        free = length > 1e-6 * np.sqrt((columns**2).sum(axis=0))
        told = np.divide(np.abs(new.T @ rest), length, out=np.zeros(len(free)), where=free)
        if told.max() < THRESHOLD * rest.std():
            break
        chosen.append(int(told.argmax()))
    return np.array(chosen, int)


class Corrected(NamedTuple):
    """Members after each round of corrections, and what their runs gave."""

    scores: Array  # float64[rounds + 1, K, L]
    given: Array  # float64[rounds + 1, N, L]
    runs: tuple[int, ...]  # how many members each round ran


def correct(
    found: Smoothed, rerun: Rerun, observed: Array, error: Array, luck: Array, seed: int, rounds: int = ROUNDS
) -> Corrected:
    """Correct those members whose runs still miss the record.

    Parameters
    ----------
    found
        From the smoother: its members, and all runs so far.
    rerun
        The model; NaN where a member cannot be run, which then stays where it was.
    observed, error
        float64[N]: observations and their own standard deviations, all independent.
    luck
        float64[N]: standard deviation of a run. It is part of the likelihood's variance, for the record had luck too;
        it is not part of the error that perturbs the record, for a member's run brings luck of its own.
    seed
        Of these errors.
    """
    drawn = found.scores[0]
    noise = np.random.default_rng((seed, len(found.scores))).standard_normal(found.given[0].shape)
    aim, both = observed[:, None] + error[:, None] * noise, np.hypot(error, luck)
    scores, given, runs = [found.scores[-1]], [found.given[-1]], []
    tried, gave = list(found.scores), list(found.given)
    for _ in range(rounds):
        before = _misses(given[-1], aim, both)
        far = np.flatnonzero(before > FAR)
        if not len(far):
            break
        surfaces = [Surface(np.hstack(tried), line) for line in np.hstack(gave)]
        new = nearest(drawn[:, far], scores[-1][:, far], given[-1][:, far], surfaces, aim[:, far], both)
        came = rerun(far, new)
        ran = np.isfinite(came).all(axis=0)
        tried.append(new[:, ran])
        gave.append(came[:, ran])
        better = _misses(came, aim[:, far], both) < before[far]  # never where it is NaN
        scores.append(_put(scores[-1], far[better], new[:, better]))
        given.append(_put(given[-1], far[better], came[:, better]))
        runs.append(len(far))
    return Corrected(np.stack(scores), np.stack(given), tuple(runs))


def _misses(given: Array, aim: Array, error: Array) -> Array:
    misses: Array = (((given - aim) / error[:, None]) ** 2).mean(axis=0)
    return misses


def _put(values: Array, members: Array, new: Array) -> Array:
    changed = values.copy()
    changed[:, members] = new
    return changed


def nearest(
    prior: Array, scores: Array, given: Array, surfaces: Sequence[Surface], aim: Array, error: Array
) -> Array:
    """Return for each member the setting nearest to its prior that should give its aim.

    Parameters
    ----------
    prior, scores
        float64[K, M]: normal scores at the start and now.
    given, aim
        float64[N, M]: what each member's run gives now and should give.
    surfaces
        One for each of the N lines.
    error
        float64[N]: standard deviation of each line.

    Returns
    -------
    float64[K, M]
        The least of ((surface + own distance from it - aim) / error)² + (score - prior)², summed. A number that is in
        no surface takes its value of the start.
    """
    active = np.unique(np.concatenate([surface.numbers for surface in surfaces]))
    own = given - np.stack([surface(scores) for surface in surfaces])
    found = prior.copy()
    found[active] = scores[active]
    for _ in range(PASSES):
        missed = (aim - own - np.stack([surface(found) for surface in surfaces])) / error[:, None]
        slopes = np.stack([surface.slopes(found)[active] for surface in surfaces]) / error[:, None, None]
        each = slopes.transpose(2, 0, 1)  # of each member: float64[M, N, active]
        moved = found[active] - prior[active]
        wanted = missed + np.einsum("mna,am->nm", each, moved)
        weight = each @ each.transpose(0, 2, 1) + np.eye(len(error))
        best = np.einsum("mna,mn->am", each, np.linalg.solve(weight, wanted.T[..., None])[..., 0])
        found[active] += np.clip(best - moved, -STRIDE, STRIDE)
    return found
