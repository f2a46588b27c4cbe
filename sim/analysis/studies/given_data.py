"""Indices from independent rows: PAWN, δ and first-order indices of one factor of a Latin hypercube.

For the papers see `sim.analysis.studies.indices`, which adds intervals and a noise floor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[Any]
NAMES = ("pawn", "delta", "S1")
#: Which of them are corrected for the bias that resampling reveals.
LOSES_BIAS = np.array([0.0, 1.0, 1.0])
#: Fewest rows in a slice of PAWN, most slices, points at which densities are compared.
SLICE, SLICES, GRID = 10, 10, 50


def normal_scores(response: Array, rng: np.random.Generator) -> Array:
    """Normal scores of a response, ties broken at random.

    δ does not change with a monotone transformation of the response or with noise among equal values, and densities of
    normal scores are easy to estimate, unlike those of responses with outliers or many equal values.
    """
    order = np.lexsort((rng.random(len(response)), response))
    scores = np.empty(len(response))
    scores[order] = ndtri((np.arange(len(response)) + 0.5) / len(response))
    return scores


def estimates(column: Array, response: Array, scores: Array) -> Array:
    """PAWN, δ and S1 of one factor: float64[3].

    All three compare the response within classes of the factor with the overall response; δ and S1 use as many
    classes as Plischke et al. (2013) advise. SALib gives the same results but is many times slower: its PAWN computes
    a p-value for each distance, its δ solves a system of one equation for each density, on all threads.
    `SALib.analyze.delta.analyze` also draws from the global state of numpy and changes how Python prints warnings.
    """
    count = len(column)
    few = min(int(np.ceil(count ** (2 / (7 + np.tanh((1500 - count) / 500))))), 48)
    place, classes = _classes(column, min(SLICES, count // SLICE)), _classes(column, few)
    return np.array([_pawn(place, response), _delta(classes, scores), _first_order(classes, response)])


def _classes(column: Array, many: int) -> Array:
    """Which of `many` classes of equal size, from low to high, a row belongs to: int64[rows]."""
    count = len(column)
    place = np.empty(count, np.int64)
    place[np.argsort(column, kind="stable")] = -(-np.arange(1, count + 1) * many // count) - 1
    return place


def _pawn(classes: Array, response: Array) -> float:
    """Median over classes of the Kolmogorov–Smirnov distance between the response in the class and overall."""
    count = len(response)
    order = np.argsort(response, kind="stable")
    inside = classes[order, None] == np.arange(classes.max() + 1)
    last = np.append(np.diff(response[order]) > 0, True)  # of equal responses
    there = inside.cumsum(axis=0)[last] / inside.sum(axis=0)
    everywhere = np.arange(1, count + 1)[last, None] / count
    return float(np.median(np.abs(there - everywhere).max(axis=0)))


def _delta(classes: Array, scores: Array) -> float:
    """Half the mean area between the densities of the response in a class and overall (Plischke et al., eq. 26)."""
    grid = np.linspace(scores.min(), scores.max(), GRID)
    gap = np.abs(_densities(classes, scores, grid) - _densities(np.zeros_like(classes), scores, grid))
    return float(np.average(np.trapezoid(gap, grid, axis=0), weights=np.bincount(classes)) / 2)


def _densities(classes: Array, values: Array, grid: Array) -> Array:
    """Kernel estimates with Silverman's bandwidth, separately in each class: float64[points of the grid, classes]."""
    count = np.bincount(classes)
    centred = values - (np.bincount(classes, values) / count)[classes]
    spread = np.sqrt(np.bincount(classes, centred**2) / (count - 1))
    # A class that a resample filled with copies of one row still has some width.
    width = np.maximum(spread, 1 / GRID) * (0.75 * count) ** -0.2
    order = np.argsort(classes, kind="stable")
    kernels = np.exp(-(((grid[:, None] - values[order]) / width[classes[order]]) ** 2) / 2)
    sums = np.add.reduceat(kernels, np.cumsum(count) - count, axis=1)
    density: Array = sums / (count * width * np.sqrt(2 * np.pi))
    return density


def _first_order(classes: Array, response: Array) -> float:
    """The share of the variance that lies between the means of classes; 0 if a resample has no variance."""
    centred = response - response.mean()
    variance = float(np.mean(centred**2))
    means = np.bincount(classes, centred) / np.bincount(classes)
    return float(np.mean(means[classes] ** 2)) / variance if variance > 0 else 0.0
