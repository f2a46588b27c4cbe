"""An invented survey small enough to be solved in milliseconds, and the four regressions that it prints.

Five questions, 200 combinations of answers, 300 firms. What is rebuilt from the four columns can be compared with
equations written out again here, or with linear programming.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog
from statsmodels.discrete.discrete_model import Logit

from sim.evidence.equations import Printed, answers, printed
from sim.evidence.records import Evidence, Figure, Figures, Table5
from tests.small_province import EVIDENCE

Array = NDArray[Any]

FIRMS = 300
NAMES = ("X1", "X2", "X3", "X4", "X5")
COLUMNS = (1, 2, 3, 4)
ENTER = (2, 3, 4, 5)  # how many of the names each column enters
TRUTH = (-0.4, 0.2, 0.9, -1.5, 0.7, 0.2)
STARS = {0.01: "***", 0.05: "**", 0.10: "*"}


def four_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Table 5 have four columns wherever the survey is rebuilt."""
    for room in ("equations", "survey", "conflicts"):
        monkeypatch.setattr(f"sim.evidence.{room}.COLUMNS", COLUMNS)


@cache
def sample() -> tuple[Array, Array]:
    """Invent the firms: answers int64 [firms, names] and difficulty int64 [firms]."""
    luck = np.random.RandomState(11)  # the one stream that numpy has promised not to change
    size = np.minimum(luck.poisson(1.4, FIRMS), 4)
    quality = (luck.random_sample(FIRMS) < 0.75 + 0.05 * size).astype(np.int64)
    enough = (luck.random_sample(FIRMS) < 0.25 + 0.08 * size).astype(np.int64)
    need = (luck.random_sample(FIRMS) < 0.55 - 0.1 * enough).astype(np.int64)
    profit = luck.binomial(4, 0.35 + 0.2 * enough)
    x = np.column_stack([size, quality, enough, need, profit])
    chance = 1 / (1 + np.exp(-(TRUTH[0] + x @ TRUTH[1:])))
    return x, (luck.random_sample(FIRMS) < chance).astype(np.int64)


@cache
def evidence() -> Evidence:
    """Hubei's evidence with these four columns for its Table 5."""
    x, y = sample()
    fits = [Logit(y, np.column_stack([np.ones(FIRMS), x[:, :count]])).fit(disp=0) for count in ENTER]
    b: dict[str, dict[int, float]] = {name: {} for name in ("_cons", *NAMES)}
    stars: dict[str, dict[int, str]] = {name: {} for name in b}
    for column, count, fitted in zip(COLUMNS, ENTER, fits, strict=True):
        for name, value, p in zip(("_cons", *NAMES[:count]), fitted.params, fitted.pvalues, strict=True):
            b[name][column] = round(float(value), 4)
            if name != "_cons":
                stars[name][column] = next((mark for level, mark in STARS.items() if p < level), "")
    rises = {column: round(float(fitted.llr), 3) for column, fitted in zip(COLUMNS, fits, strict=True)}
    records = Figures({("survey_firms", 2022): Figure(FIRMS, "firms", "invented", "assumed")})
    return replace(
        EVIDENCE,
        logit=Table5(b, stars, rises, dict.fromkeys(COLUMNS, 0.0)),
        records=Figures({**EVIDENCE.records, **records}),
    )


def misprinted(name: str, column: int, value: float) -> Evidence:
    """The same with one coefficient, or `LR_chi2`, changed."""
    good = evidence()
    if name == "LR_chi2":
        return replace(good, logit=replace(good.logit, lr_chi2={**good.logit.lr_chi2, column: value}))
    changed = {**good.logit.b, name: {**good.logit.b[name], column: value}}
    return replace(good, logit=replace(good.logit, b=changed))


def equations_of(table: Printed, columns: tuple[int, ...], firms: float = FIRMS) -> Array:
    """What the columns say, over answers and outcome (all with Y = 0 first): float64 [2 · cells, equations]."""
    cells = answers(evidence(), NAMES)
    x = np.column_stack([np.ones(len(cells)), cells])
    scores, likelihoods = [], []
    for m in (column - 1 for column in columns):
        eta = x @ table.b[m]
        for j in np.flatnonzero(table.entered[m]):
            scores.append(np.concatenate([(y - 1 / (1 + np.exp(-eta))) * x[:, j] for y in (0, 1)]))
        both = np.concatenate([y * eta - np.log1p(np.exp(eta)) for y in (0, 1)])
        likelihoods.append(both - table.lr[m] / (2 * firms))
    return np.column_stack([*scores, *np.diff(likelihoods, axis=0)])


def miss(features: Array) -> float:
    """The least that shares of the cells must miss mean 0 by, summed over features of unit size: linear programming."""
    scaled = features / np.abs(features).max(axis=0)
    cells, count = scaled.shape
    means = np.column_stack([scaled.T, np.eye(count), -np.eye(count)])
    total = np.append(np.ones(cells), np.zeros(2 * count))
    found = linprog(1.0 - total, A_eq=np.vstack([means, total]), b_eq=np.append(np.zeros(count), 1.0))
    assert found.status == 0, found.message
    return float(found.fun)


def table_of(given: Evidence) -> Printed:
    """Table 5 as arrays; only within `four_columns`."""
    return printed(given)
