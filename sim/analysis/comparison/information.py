"""Which doubtful numbers the choice between policies hangs on, and what knowing them would gain, without further runs.

Every replication has one setting of all doubtful numbers, so regressions over the replications tell what a number does
(`sim.analysis.doubt.worth`, `sim.analysis.doubt.given`). Each table compares all numbers at once with chance: where no
number matters, one of them tells in 5 % of tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import nan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.doubt import given, worth
from sim.analysis.doubt.regret import distinct
from sim.analysis.doubt.smooth import CHANCE_COLUMNS, FEWEST, ranks, smooth
from sim.world.levers import LEVERS
from sim.world.parameters import Registry

Array = NDArray[Any]
ALL = "all"  # stands for all readings with equal weight, those with the same benefits counted once
NUMBER, GROUP, EVERYTHING = "number", "group", "everything"
WORTH_COLUMNS = ["reading", "kind", *CHANCE_COLUMNS, "corrected", "estimate"]
HINGE_COLUMNS = ["reading", "first", "second", *CHANCE_COLUMNS, "corrected", "favours", "threshold"]
#: A margin that changes sign only among the lowest or highest settings follows the end of a curve: no threshold.
EDGE = 0.05
MONOTONE = 0.9  # rank correlation from which on a margin is said to grow with a number


def groups_of(registry: Registry, numbers: Sequence[str], levers: Collection[str]) -> dict[str, list[int]]:
    """Group numbers by what kind of evidence they need: those of a lever, and those of a grade.

    Parameters
    ----------
    registry
        Says the grades.
    numbers
        Names of the doubtful numbers.
    levers
        Names of the levers that the policies use.

    Returns
    -------
    dict
        Places in `numbers` by lever or grade, of groups with two numbers or more.
    """
    groups = {lever.name: lever.parameters for lever in LEVERS if lever.name in levers}
    places = {
        group: [k for k, name in enumerate(numbers) if name in inside] for group, inside in groups.items()
    }
    for k, name in enumerate(numbers):
        places.setdefault(registry[name].grade, []).append(k)
    return {group: inside for group, inside in places.items() if len(inside) > 1}


def information(
    by_setting: pd.DataFrame,
    settings: pd.DataFrame,
    regret: pd.DataFrame,
    groups: Mapping[str, Sequence[int]],
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tabulate what knowing numbers would gain and which numbers the lead hangs on.

    Parameters
    ----------
    by_setting, settings, regret
        Frames of a comparison (`sim.analysis.comparison.compare.Comparison`). The policies are those of `regret`, and
        benefits are extra climbs, or climbs per bn yuan where its ``basis`` says so.
    groups
        Places of the numbers that belong together, by name (`groups_of`).
    seed
        Of the shuffles that show what chance finds, 0 or more.

    Returns
    -------
    worth : pandas.DataFrame
        For each reading, and for ``all``, which is the choice of one policy for all readings with equal weight: what
        knowing each number and each group would gain, with the columns of `sim.analysis.doubt.worth.Worth`; last a row
        of kind ``everything``, whose ``raw`` and ``estimate`` are the value of perfect information, luck included.
    hinges : pandas.DataFrame
        For each reading: ``first`` and ``second``, the policies with the largest mean benefits, and the share of their
        margin's variance that each number explains (`sim.analysis.doubt.given.first_order`). Of numbers that tell,
        ``threshold`` is the value at which the fitted margin changes sign, NaN if it does not or more than once;
        ``favours`` is the policy ahead above it, or without one the policy that gains with the number; empty if none
        does throughout.

    Both are empty with fewer than two policies, fewer than `FEWEST` settings, or no doubtful number.
    """
    names = [name for name in settings.columns if name != "replication"]
    if len(regret) < 2 or len(settings) < FEWEST or not names:
        return pd.DataFrame(columns=WORTH_COLUMNS), pd.DataFrame(columns=HINGE_COLUMNS)
    numbers = settings[names].to_numpy(float)
    policies = list(regret["scenario"])
    basis = str(regret["basis"].iloc[0])
    benefits = {
        str(reading): _benefits(rows, policies, basis)
        for reading, rows in by_setting.groupby("reading", sort=False)
    }
    each = list(benefits.values())
    overall = np.mean([each[k] for k in distinct(each)], axis=0)
    gains: list[pd.DataFrame] = []
    done: list[Array] = []
    for reading, values in {ALL: overall, **benefits}.items():
        alike = [k for k, known in enumerate(done) if np.array_equal(known, values)]
        done.append(values)  # D gives the same under both causal readings
        gains.append(
            gains[alike[0]].assign(reading=reading)
            if alike
            else _gains(reading, values, numbers, names, groups, seed)
        )
    return pd.concat(gains, ignore_index=True), _hinges(benefits, policies, numbers, names, seed)


def _benefits(rows: pd.DataFrame, policies: Iterable[str], basis: str) -> Array:
    """What policies gain under a reading: float64[settings, policies]."""
    by_policy = {name: mine.sort_values("replication")[basis] for name, mine in rows.groupby("scenario")}
    return np.stack([by_policy[name].to_numpy(float) for name in policies], axis=1)


def _gains(
    reading: str,
    benefits: Array,
    numbers: Array,
    names: Sequence[str],
    groups: Mapping[str, Sequence[int]],
    seed: int,
) -> pd.DataFrame:
    nothing = np.zeros((len(benefits), 1))  # to do nothing is a choice too
    found = worth.worth(np.hstack([benefits, nothing]), numbers, names, groups, seed)
    everything = {"name": EVERYTHING, "raw": found.everything, "estimate": found.everything, "tells": False}
    none = dict.fromkeys(("bias", "floor", "floor_all", "corrected"), nan)
    parts = {
        NUMBER: found.numbers,
        GROUP: found.groups,
        EVERYTHING: pd.DataFrame([everything | none]),
    }
    table = pd.concat(
        [part.assign(reading=reading, kind=kind) for kind, part in parts.items() if len(part)],
        ignore_index=True,
    )
    return table[WORTH_COLUMNS]


def _hinges(
    benefits: Mapping[str, Array], policies: Sequence[str], numbers: Array, names: Sequence[str], seed: int
) -> pd.DataFrame:
    margins = {reading: given.margin(values) for reading, values in benefits.items()}
    table = given.first_order(margins, numbers, names, seed).rename(columns={"response": "reading"})
    best = {
        reading: [policies[k] for k in np.argsort(-values.mean(axis=0), kind="stable")[:2]]
        for reading, values in benefits.items()
    }
    for place, column in enumerate(("first", "second")):
        table[column] = [best[reading][place] for reading in table["reading"]]
    turns = [
        _turn(numbers[:, names.index(name)], margins[reading], best[reading]) if tells else ("", nan)
        for reading, name, tells in zip(table["reading"], table["name"], table["tells"], strict=True)
    ]
    table["favours"] = [favours for favours, _ in turns]
    table["threshold"] = [threshold for _, threshold in turns]
    return table[HINGE_COLUMNS]


def _turn(values: Array, margin: Array, policies: Sequence[str]) -> tuple[str, float]:
    """Find the policy that a number favours, and from which value on.

    Parameters
    ----------
    values, margin
        float64[settings]: a number, and by how much the first policy is ahead of the second.
    policies
        The first and the second.
    """
    places = ranks(values[:, None])
    basis, mean = smooth(places), margin.mean()
    order = np.argsort(values, kind="stable")
    x, fitted = values[order], (mean + basis @ (basis.T @ (margin - mean)))[order]
    ahead = fitted > 0
    (turns,) = np.nonzero(ahead[1:] != ahead[:-1])
    if len(turns) == 1 and EDGE * len(x) <= turns[0] + 1 <= (1 - EDGE) * len(x):
        k = turns[0]
        part = fitted[k] / (fitted[k] - fitted[k + 1])
        return policies[0 if ahead[-1] else 1], float(x[k] + part * (x[k + 1] - x[k]))
    rises = float(np.corrcoef(ranks(fitted[:, None])[:, 0], places[order, 0])[0, 1])
    if len(turns) > 1 or abs(rises) < MONOTONE:
        return "", nan
    return policies[0 if rises > 0 else 1], nan
