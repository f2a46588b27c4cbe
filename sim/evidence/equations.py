r"""The equations that the nine printed regressions of Table 5 impose on the survey behind them.

Cells are all combinations of Y and of the answers x that enter Table 5 (100,000). Let q be the share of firms per
cell. Each printed column m, with coefficients b_m and likelihood-ratio statistic LR_m over N firms, implies

    Σ q (y − Λ(x·b_m)) x_j = 0                                    its score equations, one per coefficient
    Σ q [y x·b_m − ln(1 + exp(x·b_m))] = h(s) + LR_m / 2N         its log-likelihood; h(s) = s ln s + (1−s) ln(1−s)

with s the share of firms with Y = 1. All are linear in q except h, which is linearised and iterated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Message, Problem
from sim.evidence.records import COLUMNS, Evidence

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Printed:
    """Table 5 as arrays; the constant comes first.

    Attributes
    ----------
    names
        `_cons` and the variables that any column enters.
    b
        float64 [columns, names], 0 where a column does not enter a variable.
    entered
        bool [columns, names].
    lr
        float64 [columns].
    marks
        int [columns, names], number of stars.
    """

    names: tuple[str, ...]
    b: Array
    entered: Array
    lr: Array
    marks: Array


def printed(evidence: Evidence) -> Printed:
    """Return Table 5 as arrays.

    Raises
    ------
    InputError
        If no column enters every variable: then Table 5 does not fix P(Y = 1 | x).
    """
    table = evidence.logit
    variables = sorted((v for v in table.b if v != "_cons"), key=lambda v: int(v[1:]))
    names = ("_cons", *variables)
    entered = np.array([[column in table.b[name] for name in names] for column in COLUMNS])
    if not entered[-1].all():
        left_out = tuple(n for n, there in zip(names, entered[-1], strict=True) if not there)
        file = str(evidence.folder / "table5_logit.csv")
        message = Message("errors_evidence.last_column", missing=left_out)
        raise InputError(Problem(message, file=file, key="column", value=str(COLUMNS[-1])))
    return Printed(
        names=names,
        b=np.array([[table.b[name].get(column, 0.0) for name in names] for column in COLUMNS]),
        entered=entered,
        lr=np.array([table.lr_chi2[column] for column in COLUMNS]),
        marks=np.array([[len(table.stars[name].get(column, "")) for name in names] for column in COLUMNS]),
    )


def answers(evidence: Evidence, names: Sequence[str]) -> Array:
    """Return every combination of the answers to these questions: int8 [cells, names]."""
    codes = {variable.name: variable.codes for variable in evidence.variables}
    return np.array(list(product(*(codes[name] for name in names))), np.int8)


def logistic(log_odds: Array) -> Array:
    """Return probabilities of log-odds."""
    chance: Array = 1.0 / (1.0 + np.exp(-log_odds))
    return chance


class Equations:
    """Table 5 as functions of x whose means are zero."""

    def __init__(self, table: Printed, cells: Array, firms: float) -> None:
        self.x = np.column_stack([np.ones(len(cells)), cells])
        self.table = table
        self.firms = firms
        log_odds = self.x @ table.b.T
        chance = logistic(log_odds)
        self.difficulty = chance[:, -1]
        self.spread = chance * (1.0 - chance)
        self.scores = np.column_stack(
            [
                (self.difficulty - chance[:, m])[:, None] * self.x[:, table.entered[m]]
                for m in range(len(table.b) - 1)
            ]
        )
        likelihood = self.difficulty[:, None] * log_odds - np.logaddexp(0.0, log_odds)
        self.likelihood = likelihood - table.lr / (2.0 * firms)

    def features(self, share_y: float, fixed: bool) -> Array:
        """All equations, with h linearised at a share of Y, or that share fixed; the last is the level."""
        odds = np.log(share_y / (1.0 - share_y))
        h = share_y * odds + np.log(1.0 - share_y)
        away = self.difficulty - share_y
        level = self.likelihood[:, -1] - h - (0.0 if fixed else odds * away)
        steps = np.diff(self.likelihood, axis=1)
        more = (away,) if fixed else ()
        return np.column_stack([self.scores, steps, *more, level])

    def errors(self, shares: Array) -> Array:
        """Return standard errors by column and name: float64 [columns, names], nan where not entered."""
        errors = np.full(self.table.b.shape, np.nan)
        for m, there in enumerate(self.table.entered):
            errors[m, there] = np.sqrt(np.diag(np.linalg.inv(self.information(shares, m))))
        return errors

    def information(self, shares: Array, m: int) -> Array:
        """Information matrix of the variables that column m enters."""
        x = self.x[:, self.table.entered[m]]
        matrix: Array = self.firms * (x * (shares * self.spread[:, m])[:, None]).T @ x
        return matrix

    def precision(self, shares: Array, m: int, name: int) -> Array:
        """Function of x whose mean is 1/s.e.², exact at `shares` and linear around them.

        The information I is linear in the shares, and 1/[I⁻¹]_jj is homogeneous of degree 1 in I, so its gradient
        is also its linearisation: N Λ'(x) (x·u)² / u_j², where u is the j-th column of I⁻¹.
        """
        place = int(self.table.entered[m, :name].sum())
        u = np.linalg.inv(self.information(shares, m))[:, place]
        x = self.x[:, self.table.entered[m]]
        gradient: Array = self.firms * self.spread[:, m] * (x @ u) ** 2 / u[place] ** 2
        return gradient
