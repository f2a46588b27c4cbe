"""Sensitivity indices with intervals and a noise floor, robust to failed rows and flat responses.

Morris (1991) with the μ* of Campolongo et al. (2007) screens; Sobol indices (Saltelli et al. 2010, total ones after
Jansen 1999) and Shapley effects (Goda 2021) share out a variance; from a Latin hypercube come PAWN (Pianosi and Wagener
2015), δ (Borgonovo 2007) and first-order indices (Plischke et al. 2013). The factors are joined by a ``dummy``, in the
sense of Khorashadi Zadeh et al. (2017): it shows what an index looks like when there is nothing to find.

References
----------
Borgonovo, E. (2007). A new uncertainty importance measure. Reliability Engineering & System Safety 92, 771–784.
Jansen, M. J. W. (1999). Analysis of variance designs for model output. Computer Physics Communications 117, 35–43.
Pianosi, F., Wagener, T. (2015). A simple and efficient method for global sensitivity analysis based on cumulative
distribution functions. Environmental Modelling & Software 67, 1–11.
Plischke, E., Borgonovo, E., Smith, C. L. (2013). Global sensitivity measures from given data. European Journal of
Operational Research 226, 536–550.
For the others see `sim.analysis.studies.designs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.studies.designs import LEVELS, STEP, labels, membership, problem, real_seed
from sim.analysis.studies.given_data import LOSES_BIAS, NAMES, estimates, normal_scores
from sim.runs.experiment import Design, Sample
from sim.runs.factors import Choice, Factor
from sim.runs.results import CONFIDENCE

Array = NDArray[Any]
DUMMY = "dummy"
COLUMNS = ["factor", "other", "index", "value", "low", "high", "below_noise"]
INTERVALS = 2  # keys the draws of intervals, apart from those of a design
RESAMPLES = 200
TAILS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
#: Spread of a response, as a share of its size, that counts as rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Indices:
    """What a sample says about the importance of its factors for one response.

    Attributes
    ----------
    table
        One row per index: ``factor`` (a group's name if factors are grouped, ``dummy`` for the noise floor, last),
        ``other`` (the second factor of an S2, else empty), ``index``, ``value``, the ends ``low`` and ``high`` of its
        95 % interval, and ``below_noise``: whether the value does not exceed what the dummy's may be (for μ, its
        absolute value). Empty if there are too few blocks; zeros if the response is constant.
    used, dropped
        Blocks (trajectories, base points, permutations; rows of a Latin hypercube) that the indices rest on, and
        those left out because one of their rows failed.
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


#: By index: values, lower and upper ends, noise floors: float64[4, names]; for S2 float64[4, names, names], only for
#: i < j.
Found = dict[str, Array]


def indices(design: Design, factors: Sequence[Factor], sample: Sample, response: Array, seed: int) -> Indices:
    """Compute the indices of one response.

    A block with a failed row is left out entirely. Intervals come from a bootstrap over blocks. The dummy of Morris,
    Sobol or Shapley is the effect of fresh luck alone, without the part that is common to all rows, because that
    cancels between the other rows (for Shapley it is the total effect, which is no less than its share). The dummy of
    a Latin hypercube is a factor that is not part of the model, drawn many times: its interval holds 95 % of the
    draws.

    Parameters
    ----------
    design, factors, sample
        As drawn; there may be more or fewer blocks than the design asks for.
    response
        float64[rows]; NaN for a row that failed.
    seed
        Of the experiment, 0 or more; the same for all responses, so that their intervals share their draws.

    Raises
    ------
    ValueError
        If the design gives no indices.
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
    points, luck = sample.points.reshape(len(values), sample.stride, -1)[whole], sample.luck[: sample.stride]
    blocks = _Blocks(
        points,
        sample.luck.reshape(-1, sample.stride)[whole],
        _without_common_luck(points, luck, values[whole]),
        np.arange(len(factors)) if alone else membership(factors),
        design.second_order,
        real_seed(seed, INTERVALS),
    )
    constant = _spread(design, blocks.response) <= ROUNDING * np.abs(blocks.response).max()
    found = _nothing(design, len(names) + 1) if constant else find(blocks)
    if design.method == "morris":
        found = _whole_ranges(found, factors, blocks.groups)
    return Indices(
        _table(found, [*names, DUMMY], blocks.groups), used, dropped, "constant" if constant else ""
    )


def _without_common_luck(points: Array, luck: Array, response: Array) -> Array:
    """Remove from the echoes the effect of fresh luck that is common to all rows.

    All other rows share their luck, so its common effect cancels between them. Only luck whose effect differs from row
    to row can be mistaken for a factor's influence.

    Parameters
    ----------
    points, response
        float64[blocks, stride, factors] and float64[blocks, stride].
    luck
        int64[stride], the same in all blocks.
    """
    echoes, plain = np.flatnonzero(luck == 1), np.flatnonzero(luck == 0)
    if not len(echoes):
        return response
    origins = [plain[(points[0, plain] == points[0, echo]).all(axis=1)][0] for echo in echoes]
    response = response.copy()
    response[:, echoes] -= (response[:, echoes] - response[:, origins]).mean()
    return response


def _spread(design: Design, response: Array) -> float:
    """The spread of the responses whose variance the indices decompose."""
    if design.method == "shapley":  # first and last of each permutation
        return float(np.abs(response[:, 1] - response[:, -1]).max())
    return float(np.ptp(response[:, [0, -1]] if design.method == "sobol" else response))  # A and B


def _nothing(design: Design, names: int) -> Found:
    """The indices of a constant response."""
    kinds = {
        "morris": ("mu_star", "mu", "sigma"),
        "sobol": ("ST", "S1", "S2") if design.second_order else ("ST", "S1"),
        "shapley": ("shapley",),
        "latin_hypercube": ("pawn", "delta", "S1"),
    }[design.method]
    return {kind: np.zeros((4, names, names) if kind == "S2" else (4, names)) for kind in kinds}


def _cells(index: str, names: int, groups: Array) -> Iterator[tuple[int, ...]]:
    """Meaningful entries of an index: pairs for S2; no direction and no spread for factors that move together."""
    if index == "S2":
        yield from ((i, j) for i in range(names) for j in range(i + 1, names))
        return
    signed = index in ("mu", "sigma")
    yield from ((i,) for i in range(names) if not signed or np.sum(groups == i) <= 1)


def _floored(numbers: Array, rounding: float = 0.0) -> Array:
    """Values and ends, and the noise floor: the end of the dummy's interval that lies further from 0.

    The floor of a pair is the larger of its factors' pairs with the dummy.
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
            size = abs(value) if index == "mu" else value  # below 0 the others are estimation errors
            rows.append((names[cell[0]], other, index, value, low, high, size <= floor))
    return pd.DataFrame(rows, columns=COLUMNS)


def _percentiles(resampled: Array) -> Array:
    """Both ends of the interval from resamples along the first axis: float64[2, ...]."""
    ends: Array = np.quantile(resampled, TAILS, axis=0)
    return ends


def _morris(blocks: _Blocks) -> Found:
    """Elementary effects per unit of a coordinate; SALib on the trajectories and on resamples of them.

    With the echo in front, a trajectory has one more factor, whose step is fresh luck.
    """
    from SALib.analyze import morris

    points = np.concatenate([blocks.points, STEP * blocks.luck[:, :, None]], axis=2)

    def estimate(pick: Array) -> Array:
        found = morris.analyze(
            blocks.problem,
            points[pick].reshape(-1, points.shape[2]),
            blocks.response[pick].ravel(),
            num_levels=LEVELS,
            num_resamples=2,  # SALib's own resamples, not used: it keeps only their spread
            seed=blocks.seed,
        )
        return np.stack([np.asarray(found[index], float) for index in ("mu_star", "mu", "sigma")])

    value = estimate(np.arange(len(points)))
    ends = _percentiles(np.stack([estimate(pick) for pick in blocks.picks()]))
    both = np.concatenate([value[None], ends])
    rounding = ROUNDING * float(np.abs(blocks.response).max())
    return {index: _floored(both[:, i], rounding) for i, index in enumerate(("mu_star", "mu", "sigma"))}


def _whole_ranges(found: Found, factors: Sequence[Factor], groups: Array) -> Found:
    """Undo the division by a step that spans the whole range, as for an ungrouped factor with two choices."""
    two = [
        group
        for factor, group in zip(factors, groups, strict=True)
        if isinstance(factor.distribution, Choice)
        and len(factor.distribution.values) == 2
        and (groups == group).sum() == 1
    ]
    for numbers in found.values():
        numbers[:3, two] *= STEP  # value and ends; the noise floor stays
    return found


def _sobol(blocks: _Blocks) -> Found:
    """SALib's estimators on a sample with luck as one more variable. It keeps no resamples of S2: value ± half-width.

    It standardises the response, so indices do not depend on the response's zero.
    """
    from SALib.analyze import sobol

    # A resample without any of the rows that differ has no variance; SALib before 1.6 divides by it.
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

    A step from y to y' adds (y₀ − (y + y') / 2) (y − y') to the label that moves; the mean over permutations is its
    Shapley effect. The echo adds (y₀ − y')² / 2, the total effect of luck, and is not part of the sum.
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
    """PAWN, δ and S1 of each factor from independent rows.

    What resampling adds to an estimate on average is its bias (Plischke et al. 2013, eq. 30). δ and S1 are corrected
    for it. PAWN is reported uncorrected, as is usual, and its interval keeps only the spread of resamples. Dummies are
    drawn again for each resample and corrected for their mean bias. Factors are compared with them before any
    correction: corrections differ from factor to factor, and would lift four times as many inert factors above.
    """
    rng = np.random.default_rng([blocks.seed, INTERVALS])  # other draws than those of the resamples
    columns, response = blocks.points[:, 0].T, blocks.response[:, 0]
    scores, picks = normal_scores(response, rng), blocks.picks()

    def estimate(column: Array, pick: Array | slice = slice(None)) -> Array:
        return estimates(column[pick], response[pick], scores[pick])

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
    return {index: found[:, :, i] for i, index in enumerate(NAMES)}


#: How to find the indices of a design, the fewest blocks needed, and the note if there are fewer.
METHODS = {
    "morris": (_morris, 4, "few_trajectories"),
    "sobol": (_sobol, 8, "few_base_points"),
    "shapley": (_shapley, 8, "few_permutations"),
    "latin_hypercube": (_given_data, 40, "few_rows"),
}
