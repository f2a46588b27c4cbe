"""Designs: which points of the unit cube an experiment visits, and which it visits twice to show the effect of luck.

Every row of a design runs with the same luck, so a factor without influence has an index of exactly 0, and no estimator
shows how much of an index is noise. Designs of Morris, Sobol and Shapley therefore repeat one row of every block with
fresh luck (``Sample.luck`` is 1 there): these echoes are the factor ``dummy`` of `indices`, after the
dummy parameter of Khorashadi Zadeh et al. (2017).

References
----------
Khorashadi Zadeh, F. et al. (2017). Comparison of variance-based and moment-independent global sensitivity analysis
approaches by application to the SWAT model. Environmental Modelling & Software 91, 210–222.
Morris, M. D. (1991). Factorial sampling plans for preliminary computational experiments. Technometrics 33, 161–174.
Campolongo, F., Cariboni, J., Saltelli, A. (2007). An effective screening design for sensitivity analysis of large
models. Environmental Modelling & Software 22, 1509–1518.
Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Design and estimator for the total
sensitivity index. Computer Physics Communications 181, 259–270.
Goda, T. (2021). A simple algorithm for global sensitivity analysis with Shapley effects. Reliability Engineering &
System Safety 213, 107702.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.runs.experiment import Design, Sample
from sim.runs.factors import Choice, Factor

Array = NDArray[Any]
#: Levels of Morris and the step between two of them: half as many intervals as there are levels, as he advises.
#: Six, so that two and three choices have as many levels each, and a step compares any of three with any other.
LEVELS = 6
STEP = LEVELS / (2 * (LEVELS - 1))
DESIGN = 1  # keys the draws of a design, apart from those of its intervals


def labels(factors: Sequence[Factor]) -> list[str]:
    """What indices are about: groups, and factors without a group, in the order of the experiment."""
    return list(dict.fromkeys(factor.group or factor.name for factor in factors))


def membership(factors: Sequence[Factor]) -> Array:
    """The position of each factor's label in `labels`: int64[factors]."""
    names = labels(factors)
    return np.array([names.index(factor.group or factor.name) for factor in factors])


def real_seed(seed: int, purpose: int) -> int:
    """A seed above 0 from an experiment's, which may be 0: SALib takes 0 for no seed at all."""
    return int(np.random.SeedSequence([seed, purpose]).generate_state(1)[0]) + 1


def problem(groups: Array) -> dict[str, Any]:
    """Describe variables to SALib: uniform on the unit interval, the i-th a member of group ``groups[i]``.

    Names are made up, because SALib refuses some. Groups are left out if each has one member: they slow SALib down.
    """
    count = len(groups)
    described = {"num_vars": count, "names": [f"x{i}" for i in range(count)], "bounds": [[0.0, 1.0]] * count}
    return described if len(set(groups)) == count else described | {"groups": [str(k) for k in groups]}


def rows_of(design: Design, factors: Sequence[Factor]) -> int:
    """How many rows a design has, echoes included, without drawing it."""
    groups = len(labels(factors))
    if design.method == "grid":
        return prod(len(_coordinates(factor, design.size)) for factor in factors)
    return {
        "list": len(design.rows),
        "latin_hypercube": design.size,
        "morris": design.trajectories * (groups + 2),
        "sobol": design.size * (2 * groups + 4 if design.second_order else groups + 3),
        "shapley": design.size * (groups + 2),
    }[design.method]


def draw(design: Design, factors: Sequence[Factor], seed: int) -> Sample:
    """Choose the rows of a design.

    Parameters
    ----------
    design
        Any method but ``two_stage``, which is one of Morris and one of Sobol.
    factors
        What varies, in the order of the sample's columns.
    seed
        Of the experiment, 0 or more. The global state of numpy is neither read nor changed.

    Returns
    -------
    Sample
        Grid: full factorial, ordered so that every prefix is a usable grid. List: points are NaN. Latin
        hypercube: any prefix is usable; factors are separate, groups are ignored. Morris: blocks of an echo of the
        first row, then the trajectory. Sobol: blocks of A, AB for each label, an echo of A, (BA for each label, an
        echo of B), B. Shapley: blocks of an echo of the first row, then the row at each step of a permutation.
        Morris, Sobol and Shapley nest: with the same seed, the first blocks of a larger design are the smaller one.

    Raises
    ------
    ValueError
        If a method is not drawn here, or the base points of Sobol are not a power of two.
    """
    method = {
        "grid": _grid,
        "list": _listed,
        "latin_hypercube": _latin_hypercube,
        "morris": _morris,
        "sobol": _sobol,
        "shapley": _shapley,
    }.get(design.method)
    if method is None:
        raise ValueError(f"{design.method}: not one design")
    return method(design, factors, seed)


def _listed(design: Design, factors: Sequence[Factor], seed: int) -> Sample:
    return Sample.plain(np.full((len(design.rows), len(factors)), np.nan))


def _coordinates(factor: Factor, size: int) -> Array:
    """Coordinates of a factor in a grid: the middle of each choice, or equally spaced with both ends."""
    if isinstance(factor.distribution, Choice):
        count = len(factor.distribution.values)
        return (np.arange(count) + 0.5) / count
    return np.linspace(0.0, 1.0, size) if size > 1 else np.array([0.5])


def _grid(design: Design, factors: Sequence[Factor], seed: int) -> Sample:
    """Full factorial; in every prefix, the values of a factor occur equally often, to within one.

    The cells of a grid are a group under addition of indices, each modulo its number of values. Steps of one along all
    axes at once visit all values of every factor in turn. Back at the start, the next walk begins in a cell not yet
    visited. Values are shuffled along each axis, so that a walk is not a diagonal.
    """
    rng = np.random.default_rng(real_seed(seed, DESIGN))
    axes = [rng.permutation(_coordinates(factor, design.size)) for factor in factors]
    sizes = np.array([len(axis) for axis in axes])
    steps = np.arange(np.lcm.reduce(sizes))[:, None]
    visited = np.zeros(sizes.prod(), bool)
    walks = []
    for start in rng.permutation(len(visited)):
        if visited[start]:
            continue
        cells = (np.array(np.unravel_index(start, sizes)) + steps) % sizes
        visited[np.ravel_multi_index(tuple(cells.T), tuple(sizes))] = True
        walks.append(cells)
    order = np.concatenate(walks)
    return Sample.plain(np.stack([axis[order[:, j]] for j, axis in enumerate(axes)], axis=1))


def _latin_hypercube(design: Design, factors: Sequence[Factor], seed: int) -> Sample:
    """Every factor separately: SALib would give the members of a group the same coordinate."""
    from SALib.sample import latin

    alone = problem(np.arange(len(factors)))
    return Sample.plain(latin.sample(alone, design.size, seed=real_seed(seed, DESIGN)))


def _morris(design: Design, factors: Sequence[Factor], seed: int) -> Sample:
    """Trajectories on six levels, none selected for its spread, because then designs would not nest."""
    from SALib.sample.morris import sample

    groups = membership(factors)
    points = sample(
        problem(groups),
        design.trajectories,
        num_levels=LEVELS,
        local_optimization=False,
        seed=real_seed(seed, DESIGN),
    )
    # A level that is off by rounding would select the neighbouring choice.
    levels = np.round(points * (LEVELS - 1)) / (LEVELS - 1)
    return _with_echoes(levels.reshape(design.trajectories, len(set(groups)) + 1, len(factors)))


def _with_echoes(blocks: Array) -> Sample:
    """Rows of blocks, each block with an echo of its first row in front: float64[blocks, rows, factors]."""
    count, rows, factors = blocks.shape
    luck = np.zeros((count, rows + 1), np.int64)
    luck[:, 0] = 1
    points = np.concatenate([blocks[:, :1], blocks], axis=1).reshape(-1, factors)
    return Sample(points, luck.ravel(), rows + 1)


def _sobol(design: Design, factors: Sequence[Factor], seed: int) -> Sample:
    """Saltelli's scheme over the factors and luck.

    Luck is one more variable, in a group of its own: where the scheme takes only luck from the other matrix, the row
    repeats A (or B) with other luck.
    """
    from SALib.sample import sobol

    if design.size < 1 or design.size & (design.size - 1):
        raise ValueError(f"{design.size} base points: not a power of two")
    groups = membership(factors)
    count = len(set(groups))
    points = sobol.sample(
        problem(np.append(groups, count)),
        design.size,
        calc_second_order=design.second_order,
        seed=real_seed(seed, DESIGN),
    )
    stride = len(points) // design.size
    luck = np.zeros((design.size, stride), np.int64)
    luck[:, count + 1] = 1
    if design.second_order:
        luck[:, -2] = 1
    return Sample(points[:, :-1].copy(), luck.ravel(), stride)


def _shapley(design: Design, factors: Sequence[Factor], seed: int) -> Sample:
    """Goda's scheme: from one point to another, one label after another in random order.

    SALib has it since 1.6, without groups and without nesting.
    """
    groups = membership(factors)
    count = len(set(groups))
    rng = np.random.default_rng(real_seed(seed, DESIGN))
    blocks = np.empty((design.size, count + 1, len(factors)))
    for block in blocks:
        first, last = rng.random((2, len(factors)))
        step = np.argsort(rng.permutation(count))[groups]  # step at which each factor moves
        block[:] = np.where(step < np.arange(count + 1)[:, None], last, first)
    return _with_echoes(blocks)
