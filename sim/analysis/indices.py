"""Sensitivity indices with intervals, a noise floor, and what a failed row or a flat response does to them.

Morris (1991) with the μ* of Campolongo et al. (2007) screens; Sobol indices (Saltelli et al. 2010, total ones after
Jansen 1999) and Shapley effects (Goda 2021) share out a variance; from a Latin hypercube come PAWN (Pianosi and Wagener
2015), δ (Borgonovo 2007) and first-order indices (Plischke et al. 2013). Beside the factors stands a ``dummy``, in the
sense of Khorashadi Zadeh et al. (2017): what an index looks like where there is nothing to find.

References
----------
Borgonovo, E. (2007). A new uncertainty importance measure. Reliability Engineering & System Safety 92, 771–784.
Jansen, M. J. W. (1999). Analysis of variance designs for model output. Computer Physics Communications 117, 35–43.
Pianosi, F., Wagener, T. (2015). A simple and efficient method for global sensitivity analysis based on cumulative
distribution functions. Environmental Modelling & Software 67, 1–11.
Plischke, E., Borgonovo, E., Smith, C. L. (2013). Global sensitivity measures from given data. European Journal of
Operational Research 226, 536–550.
The others stand in `sim.analysis.designs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.analysis.designs import LEVELS, STEP, labels, membership, problem, real_seed
from sim.runs.experiment import Design, Sample
from sim.runs.factors import Factor
from sim.runs.results import CONFIDENCE

Array = NDArray[Any]
DUMMY = "dummy"
COLUMNS = ["factor", "other", "index", "value", "low", "high", "below_noise"]
INTERVALS = 2  # keys the draws of intervals, apart from those of a design
RESAMPLES = 200
TAILS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
#: Spread of a response, as a share of its size, that is rounding and no response.
ROUNDING = 1e-12
#: Of a Latin hypercube: rows in a slice of PAWN at least, slices at most, points at which densities are compared.
SLICE, SLICES, GRID = 10, 10, 50
FEWEST_KEPT = 2  # factors that a screen lets through, whatever it finds

__all__ = ["DUMMY", "Indices", "indices", "largest_shares", "luck_share", "survivors", "widest"]


@dataclass(frozen=True, slots=True)
class Indices:
    """What a sample says about the importance of its factors for one response.

    Attributes
    ----------
    table
        One row an index: ``factor`` (a group's name where factors are grouped, ``dummy`` for the noise floor, last),
        ``other`` (the second factor of an S2, else empty), ``index``, ``value``, the ends ``low`` and ``high`` of its
        95 % interval, and ``below_noise``: whether the value is no larger than the dummy's may be (the size of a μ).
        Empty where there are too few blocks; zeros where the response is constant.
    used, dropped
        Blocks (trajectories, base points, permutations; rows of a Latin hypercube) that the indices rest on, and
        those left out because a row of theirs failed.
    note
        Empty, or why nothing can be said: ``few_trajectories``, ``few_base_points``, ``few_permutations``,
        ``few_rows``, ``constant``.
    """

    table: pd.DataFrame
    used: int
    dropped: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Whole blocks of a sample: points [blocks, stride, factors], luck and response [blocks, stride], labels."""

    points: Array
    luck: Array
    response: Array
    groups: Array
    second_order: bool
    seed: int

    @property
    def names(self) -> int:
        """Labels and the dummy."""
        return len(set(self.groups)) + 1

    @property
    def problem(self) -> dict[str, Any]:
        """The problem of SALib, with luck as the last variable."""
        return problem(np.append(self.groups, self.names - 1))

    def picks(self) -> Array:
        """Blocks drawn with replacement: int64[resamples, blocks]."""
        count = len(self.response)
        return np.random.default_rng(self.seed).integers(count, size=(RESAMPLES, count))


#: By index: values, lower and upper ends, noise floors: float64[4, names], for S2 float64[4, names, names] with only
#: i < j filled.
Found = dict[str, Array]


def indices(design: Design, factors: Sequence[Factor], sample: Sample, response: Array, seed: int) -> Indices:
    """Compute the indices of one response.

    A block with a failed row is left out whole. Intervals are those of a bootstrap over blocks. A dummy of Morris,
    Sobol or Shapley is what fresh luck alone does (for Shapley in total, which is no less than its share); that of a
    Latin hypercube is a factor that is no part of the model, drawn anew again and again: its interval holds 95 % of
    the draws.

    Parameters
    ----------
    design, factors, sample
        As drawn; more or fewer blocks than the design asks for will do.
    response
        float64[rows]; NaN for a row that failed.
    seed
        Of the experiment, 0 or more; the same for all responses, so that their intervals share their draws.

    Raises
    ------
    ValueError
        Where the design is none that indices can be had from.
    """
    if design.method not in METHODS:
        raise ValueError(f"{design.method}: no indices")
    find, fewest, few = METHODS[design.method]
    values = np.asarray(response, float).reshape(-1, sample.stride)
    whole = np.isfinite(values).all(axis=1)
    used, dropped = int(whole.sum()), int((~whole).sum())
    if used < fewest:
        return Indices(pd.DataFrame(columns=COLUMNS), used, dropped, few)
    alone = design.method == "latin_hypercube"
    names = [factor.name for factor in factors] if alone else labels(factors)
    blocks = _Blocks(
        sample.points.reshape(len(values), sample.stride, -1)[whole],
        sample.luck.reshape(-1, sample.stride)[whole],
        values[whole],
        np.arange(len(factors)) if alone else membership(factors),
        design.second_order,
        real_seed(seed, INTERVALS),
    )
    constant = _spread(design, blocks.response) <= ROUNDING * np.abs(blocks.response).max()
    found = _nothing(design, len(names) + 1) if constant else find(blocks)
    return Indices(
        _table(found, [*names, DUMMY], blocks.groups), used, dropped, "constant" if constant else ""
    )


def _spread(design: Design, response: Array) -> float:
    """How far apart the responses are whose variance the indices share out."""
    if design.method == "shapley":  # first and last of each permutation
        return float(np.abs(response[:, 1] - response[:, -1]).max())
    return float(np.ptp(response[:, [0, -1]] if design.method == "sobol" else response))  # A and B


def _nothing(design: Design, names: int) -> Found:
    """The indices of a response that nothing changes."""
    kinds = {
        "morris": ("mu_star", "mu", "sigma"),
        "sobol": ("ST", "S1", "S2") if design.second_order else ("ST", "S1"),
        "shapley": ("shapley",),
        "latin_hypercube": ("pawn", "delta", "S1"),
    }[design.method]
    return {kind: np.zeros((4, names, names) if kind == "S2" else (4, names)) for kind in kinds}


def _cells(index: str, names: int, groups: Array) -> Iterator[tuple[int, ...]]:
    """Places of an index that mean something: pairs for S2; no direction and no spread for factors that move as one."""
    if index == "S2":
        yield from ((i, j) for i in range(names) for j in range(i + 1, names))
        return
    signed = index in ("mu", "sigma")
    yield from ((i,) for i in range(names) if not signed or np.sum(groups == i) <= 1)


def _floored(numbers: Array, rounding: float = 0.0) -> Array:
    """Values and ends with the noise floor beside them: the end of the dummy's interval that lies further from 0.

    That of a pair is the larger of those that its factors have with the dummy.
    """
    ends = np.nan_to_num(np.abs(numbers[1:]).max(axis=0))
    floor = np.full_like(ends, ends[-1]) if ends.ndim == 1 else np.maximum.outer(ends[:, -1], ends[:, -1])
    return np.concatenate([numbers, np.maximum(floor, rounding)[None]])


def _table(found: Found, names: list[str], groups: Array) -> pd.DataFrame:
    """Rows of all indices."""
    rows = []
    for index, numbers in found.items():
        for cell in _cells(index, len(names), groups):
            value, low, high, floor = (float(part[cell]) for part in numbers)
            other = names[cell[1]] if len(cell) > 1 else ""
            size = abs(value) if index == "mu" else value  # below 0 the others are errors of estimation
            rows.append((names[cell[0]], other, index, value, low, high, size <= floor))
    return pd.DataFrame(rows, columns=COLUMNS)


def _percentiles(resampled: Array) -> Array:
    """Both ends of the interval from resamples along the first axis: float64[2, ...]."""
    ends: Array = np.quantile(resampled, TAILS, axis=0)
    return ends


def _morris(blocks: _Blocks) -> Found:
    """Elementary effects per unit of a coordinate; SALib on the trajectories and on resamples of them.

    With the echo in front, a trajectory is one of one factor more, whose step is fresh luck.
    """
    from SALib.analyze import morris

    points = np.concatenate([blocks.points, STEP * blocks.luck[:, :, None]], axis=2)

    def estimate(pick: Array) -> Array:
        found = morris.analyze(
            blocks.problem,
            points[pick].reshape(-1, points.shape[2]),
            blocks.response[pick].ravel(),
            num_levels=LEVELS,
            num_resamples=2,  # of its own, not used: it keeps only their spread
            seed=blocks.seed,
        )
        return np.stack([np.asarray(found[index], float) for index in ("mu_star", "mu", "sigma")])

    value = estimate(np.arange(len(points)))
    ends = _percentiles(np.stack([estimate(pick) for pick in blocks.picks()]))
    both = np.concatenate([value[None], ends])
    rounding = ROUNDING * float(np.abs(blocks.response).max())
    return {index: _floored(both[:, i], rounding) for i, index in enumerate(("mu_star", "mu", "sigma"))}


def _sobol(blocks: _Blocks) -> Found:
    """SALib's estimators on a sample with luck as one more variable. It keeps no resamples of S2: value ± half-width.

    It standardises the response, so indices do not depend on where its zero lies.
    """
    from SALib.analyze import sobol

    # A resample that misses all the rows that differ has no variance; SALib before 1.6 divides by it.
    with np.errstate(divide="ignore", invalid="ignore"):
        found = sobol.analyze(
            blocks.problem,
            blocks.response.ravel(),
            calc_second_order=blocks.second_order,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            keep_resamples=True,
            seed=blocks.seed,
        )
    result = {
        index: _floored(np.stack([found[index], *_percentiles(np.nan_to_num(found[f"{index}_conf_all"]))]))
        for index in ("ST", "S1")
    }
    if blocks.second_order:
        value, half = found["S2"], np.nan_to_num(found["S2_conf"], nan=1.0)  # as wide as any index is
        result["S2"] = _floored(np.stack([value, value - half, value + half]))
    return result


def _shapley(blocks: _Blocks) -> Found:
    """Goda's estimator, as shares of the variance; groups are players.

    A step from y to y' of the label that moves adds (y₀ − (y + y') / 2) (y − y'), whose mean over permutations is its
    Shapley effect. The echo adds (y₀ − y')² / 2, what luck does in total, and is no part of the sum.
    """
    echo, walk = blocks.response[:, 0], blocks.response[:, 1:]
    before, after = walk[:, :-1], walk[:, 1:]
    parts = (walk[:, :1] - (before + after) / 2) * (before - after)
    moved = (np.diff(blocks.points[:, 1:], axis=1) != 0).argmax(axis=2)  # a factor of the label of each step
    added = np.zeros((len(walk), blocks.names))
    np.put_along_axis(added, blocks.groups[moved], parts, axis=1)
    added[:, -1] = (walk[:, 0] - echo) ** 2 / 2
    picked = added[blocks.picks()].mean(axis=1)
    total = picked[:, :-1].sum(axis=1)
    picked = picked[total > 0] / total[total > 0, None]
    value = added.mean(axis=0) / added[:, :-1].mean(axis=0).sum()
    return {"shapley": _floored(np.stack([value, *_percentiles(picked)]))}


def _given_data(blocks: _Blocks) -> Found:
    """PAWN, δ and S1 of each factor from rows that stand alone.

    What resampling adds to an estimate on average is its bias (Plischke et al. 2013, eq. 30): δ and S1 lose theirs,
    and the interval of PAWN, which is reported as it is everywhere, keeps only the spread of resamples. Dummies are
    drawn anew for each resample and lose their mean bias. Whether a factor exceeds them is asked before any of that:
    what bootstraps take off differs from factor to factor, and would push four times as many inert ones above.
    """
    rng = np.random.default_rng([blocks.seed, INTERVALS])  # not the draws of the resamples
    columns, response = blocks.points[:, 0].T, blocks.response[:, 0]
    scores, picks = _normal_scores(response, rng), blocks.picks()

    def estimate(column: Array, pick: Array | slice = slice(None)) -> Array:
        return _given_estimates(column[pick], response[pick], scores[pick])

    fresh = rng.random((len(picks), len(response)))
    nothing = np.stack([estimate(column) for column in fresh])
    again = np.stack([estimate(column, pick) for column, pick in zip(fresh, picks, strict=True)])
    limit = _percentiles(nothing)[1]
    numbers = []
    for column in columns:
        value, resampled = estimate(column), np.stack([estimate(column, pick) for pick in picks])
        bias = resampled.mean(axis=0) - value
        spread = _percentiles(value + resampled.mean(axis=0) - resampled)
        numbers.append(np.stack([value, *spread, limit]) - bias * LOSES_BIAS)
    bias = (again - nothing).mean(axis=0)
    numbers.append(np.stack([nothing.mean(axis=0), *_percentiles(nothing), limit]) - bias * LOSES_BIAS)
    found = np.stack(numbers, axis=1)
    return {index: found[:, :, i] for i, index in enumerate(("pawn", "delta", "S1"))}


def _normal_scores(response: Array, rng: np.random.Generator) -> Array:
    """Normal scores of a response, ties broken at random.

    δ does not change with a monotone transformation of the response, nor with noise inside an atom of it, and
    densities of normal scores are easy to estimate: outliers and many equal values are not.
    """
    order = np.lexsort((rng.random(len(response)), response))
    scores = np.empty(len(response))
    scores[order] = ndtri((np.arange(len(response)) + 0.5) / len(response))
    return scores


def _given_estimates(column: Array, response: Array, scores: Array) -> Array:
    """PAWN, δ and S1 of one factor: float64[3].

    All three compare the response within classes of the factor with the response everywhere; for δ and S1 there are
    as many classes as Plischke et al. (2013) advise. SALib agrees, and is not called: its PAWN computes a p-value for
    each distance, its δ solves a system of one equation for each density, on all threads; both are many times slower.
    `SALib.analyze.delta.analyze` also draws from the global state of numpy and changes how Python prints warnings.
    """
    count = len(column)
    few = min(int(np.ceil(count ** (2 / (7 + np.tanh((1500 - count) / 500))))), 48)
    place, classes = _classes(column, min(SLICES, count // SLICE)), _classes(column, few)
    return np.array([_pawn(place, response), _delta(classes, scores), _first_order(classes, response)])


def _classes(column: Array, many: int) -> Array:
    """Which of `many` classes of equal numbers, from low to high, a row belongs to: int64[rows]."""
    count = len(column)
    place = np.empty(count, np.int64)
    place[np.argsort(column, kind="stable")] = -(-np.arange(1, count + 1) * many // count) - 1
    return place


def _pawn(classes: Array, response: Array) -> float:
    """Median over classes of the Kolmogorov–Smirnov distance of the response there from that everywhere."""
    count = len(response)
    order = np.argsort(response, kind="stable")
    inside = classes[order, None] == np.arange(classes.max() + 1)
    last = np.append(np.diff(response[order]) > 0, True)  # of equal responses
    there = inside.cumsum(axis=0)[last] / inside.sum(axis=0)
    everywhere = np.arange(1, count + 1)[last, None] / count
    return float(np.median(np.abs(there - everywhere).max(axis=0)))


def _delta(classes: Array, scores: Array) -> float:
    """Half the mean area between the densities of the response in a class and everywhere (Plischke et al., eq. 26)."""
    grid = np.linspace(scores.min(), scores.max(), GRID)
    gap = np.abs(_densities(classes, scores, grid) - _densities(np.zeros_like(classes), scores, grid))
    return float(np.average(np.trapezoid(gap, grid, axis=0), weights=np.bincount(classes)) / 2)


def _densities(classes: Array, values: Array, grid: Array) -> Array:
    """Kernel estimates with Silverman's bandwidth, in each class by itself: float64[points of the grid, classes]."""
    count = np.bincount(classes)
    centred = values - (np.bincount(classes, values) / count)[classes]
    spread = np.sqrt(np.bincount(classes, centred**2) / (count - 1))
    # A class that a resample filled with one and the same row still has some width.
    width = np.maximum(spread, 1 / GRID) * (0.75 * count) ** -0.2
    order = np.argsort(classes, kind="stable")
    kernels = np.exp(-(((grid[:, None] - values[order]) / width[classes[order]]) ** 2) / 2)
    sums = np.add.reduceat(kernels, np.cumsum(count) - count, axis=1)
    density: Array = sums / (count * width * np.sqrt(2 * np.pi))
    return density


def _first_order(classes: Array, response: Array) -> float:
    """The share of the variance that lies between the means of classes; 0 where a resample has no variance."""
    centred = response - response.mean()
    variance = float(np.mean(centred**2))
    means = np.bincount(classes, centred) / np.bincount(classes)
    return float(np.mean(means[classes] ** 2)) / variance if variance > 0 else 0.0


#: Of PAWN, δ and S1, which lose their bias.
LOSES_BIAS = np.array([0.0, 1.0, 1.0])
#: How to find the indices of a design, the fewest blocks it takes, and the note where there are fewer.
METHODS = {
    "morris": (_morris, 4, "few_trajectories"),
    "sobol": (_sobol, 8, "few_base_points"),
    "shapley": (_shapley, 8, "few_permutations"),
    "latin_hypercube": (_given_data, 40, "few_rows"),
}


def _of(table: pd.DataFrame, index: str) -> pd.DataFrame:
    """Rows of one index, the dummy's left out."""
    return table[(table["index"] == index) & (table["factor"] != DUMMY) & (table["other"] != DUMMY)]


def widest(table: pd.DataFrame, index: str = "ST") -> float:
    """Half the width of the widest interval of an index; infinite where there is none, as too few blocks leave it."""
    rows = _of(table, index)
    return float(((rows["high"] - rows["low"]) / 2).max()) if len(rows) else float("inf")


def survivors(table: pd.DataFrame, keep: int) -> list[str]:
    """Factors that a Morris screen lets through, those with the largest μ* first.

    A factor stays where the upper end of its μ* exceeds the dummy's μ*: it is dropped only where even a generous
    reading of it looks like luck. Of those that stay, the `keep` with the largest μ* are let through; where fewer than
    two stay, the largest of the others make up the two. Ties keep the order of the table. Nothing survives an empty
    table.
    """
    mu_star = table[table["index"] == "mu_star"]
    noise = mu_star.loc[mu_star["factor"] == DUMMY, "value"].max()
    ranked = _of(table, "mu_star").sort_values("value", ascending=False, kind="stable")
    loud = int((ranked["high"] > noise).sum())
    order = ranked.assign(quiet=ranked["high"] <= noise).sort_values("quiet", kind="stable")
    count = max(min(loud, keep), FEWEST_KEPT)
    return [str(name) for name in order["factor"][:count]]


def largest_shares(tables: Sequence[pd.DataFrame], index: str = "mu_star") -> dict[str, float]:
    """Rank factors over several responses, by the largest share of the sum of an index that they have in any.

    Shares of a sum make responses of different units comparable. A response without any (constant, or too few blocks)
    says nothing.

    Returns
    -------
    dict
        Share by factor, largest first; ties in the order of the tables.
    """
    shares: dict[str, float] = {}
    for table in tables:
        rows = _of(table, index)
        total = float(rows["value"].sum())
        for name, value in zip(rows["factor"], rows["value"], strict=True):
            share = float(value) / total if total > 0 else 0.0
            shares[str(name)] = max(share, shares.get(str(name), 0.0))
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def luck_share(replicate: Array, averaged: int = 1) -> float:
    """Share of the variance between runs of a design that is luck and not the factors.

    All rows run with the same seeds, so what a seed does to all rows alike is a second random effect: with
    y_ij = μ + row_i + seed_j + rest_ij, luck is seed + rest. Its variances are those of a two-way analysis of variance
    without repetition, unbiased, those of row and seed cut off at 0. A one-way analysis would take from the rows'
    variance what the seed adds to all of them. Where every row has seeds of its own, that of seed is 0 on average.

    Parameters
    ----------
    replicate
        float64[rows, replications], rows of one set of replications; rows with a NaN are left out.
    averaged
        Replications whose mean is the response: 1 for a single run.

    Returns
    -------
    float
        From 0 to 1; NaN with fewer than two rows or replications, or where nothing varies.
    """
    values = replicate[np.isfinite(replicate).all(axis=1)]
    rows, columns = values.shape
    if min(rows, columns) < 2 or np.ptp(values) <= ROUNDING * np.abs(values).max():
        return float("nan")
    centred = values - values.mean()
    by_row, by_seed = centred.mean(axis=1), centred.mean(axis=0)
    rest = float(((centred - by_row[:, None] - by_seed) ** 2).sum() / ((rows - 1) * (columns - 1)))
    row = max(float(np.var(by_row, ddof=1)) - rest / columns, 0.0)
    seed = max(float(np.var(by_seed, ddof=1)) - rest / rows, 0.0)
    luck = (seed + rest) / averaged
    return float(luck / (luck + row))
