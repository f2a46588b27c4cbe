r"""The equations that the nine printed regressions of Table 5 impose on the survey behind them.

Cells are all combinations of Y and of the answers x that enter Table 5 (100,000). Let q be the share of firms per
cell. Each printed column m, with coefficients b_m and likelihood-ratio statistic LR_m over N firms, implies

    Σ q (y − Λ(x·b_m)) x_j = 0                                    its score equations, one per coefficient
    Σ q [y x·b_m − ln(1 + exp(x·b_m))] = h(s) + LR_m / 2N         its log-likelihood; h(s) = s ln s + (1−s) ln(1−s)

with s the share of firms with Y = 1. All are linear in q except h, which is linearised and iterated.

Printed numbers are rounded: a true coefficient or statistic lies within half a unit of its last printed digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Message, Problem
from sim.evidence.records import COLUMNS, Evidence

Array = NDArray[Any]


#: Decimals that Table 5 prints at least of a coefficient and of a likelihood-ratio statistic; files drop a last 0.
DECIMALS, DECIMALS_LR = 3, 2
SETTLED = 1e-11  # of a coefficient in the last step of a refit
REFIT_STEPS = 50


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
    half, half_lr
        float64 like `b` and `lr`: half a unit of the last printed digit; 0 where a column does not enter a variable.
    """

    names: tuple[str, ...]
    b: Array
    entered: Array
    lr: Array
    marks: Array
    half: Array
    half_lr: Array

    @property
    def exact(self) -> Printed:
        """The table with its numbers taken as exact, not as rounded."""
        return replace(self, half=np.zeros_like(self.half), half_lr=np.zeros_like(self.half_lr))


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
    b = np.array([[table.b[name].get(column, 0.0) for name in names] for column in COLUMNS])
    lr = np.array([table.lr_chi2[column] for column in COLUMNS])
    return Printed(
        names=names,
        b=b,
        entered=entered,
        lr=lr,
        marks=np.array([[len(table.stars[name].get(column, "")) for name in names] for column in COLUMNS]),
        half=np.where(entered, half_unit(b, DECIMALS), 0.0),
        half_lr=half_unit(lr, DECIMALS_LR),
    )


def half_unit(values: Array, decimals: int) -> Array:
    """Return half a unit of the last digit of decimal numbers that were printed to at least so many decimals."""

    def last(value: float) -> int:
        exponent = Decimal(repr(value)).as_tuple().exponent
        return max(decimals, -int(exponent))

    places = np.array([last(value) for value in values.ravel().tolist()]).reshape(values.shape)
    half: Array = 0.5 * 10.0**-places
    return half


def answers(evidence: Evidence, names: Sequence[str]) -> Array:
    """Return every combination of the answers to these questions: int8 [cells, names]."""
    codes = {variable.name: variable.codes for variable in evidence.variables}
    return np.array(list(product(*(codes[name] for name in names))), np.int8)


def logistic(log_odds: Array) -> Array:
    """Return probabilities of log-odds."""
    chance: Array = 1.0 / (1.0 + np.exp(-log_odds))
    return chance


def null_likelihood(share_y: float) -> tuple[float, float]:
    """Return h, the log-likelihood per firm of a constant alone, at a share of Y, and its slope."""
    odds = float(np.log(share_y / (1.0 - share_y)))
    return share_y * odds + float(np.log(1.0 - share_y)), odds


class Equations:
    """Table 5 as functions of x whose means are zero.

    Attributes
    ----------
    difficulty
        float64 [cells], P(Y = 1 | x) by the last column.
    spread
        float64 [cells, columns], Λ'(x·b_m).
    scores
        list of float64 [cells, entered names]: the score equations of every column but the last.
    likelihood
        float64 [cells, columns], log-likelihood per firm.
    """

    def __init__(self, table: Printed, cells: Array, firms: float) -> None:
        self.x = np.column_stack([np.ones(len(cells)), cells])
        self.table = table
        self.firms = firms
        log_odds = self.x @ table.b.T
        chance = logistic(log_odds)
        self.difficulty = chance[:, -1]
        self.spread = chance * (1.0 - chance)
        self.scores = [
            (self.difficulty - chance[:, m])[:, None] * self.x[:, table.entered[m]]
            for m in range(len(table.b) - 1)
        ]
        self.likelihood = self.difficulty[:, None] * log_odds - np.logaddexp(0.0, log_odds)

    def ratios(self, shares: Array) -> Array:
        """Return the likelihood-ratio statistics of firms whose regressions are the table's: float64 [columns]."""
        h, _ = null_likelihood(float(shares @ self.difficulty))
        ratios: Array = 2.0 * self.firms * (shares @ self.likelihood - h)
        return ratios

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


def refitted(table: Printed, cells: Array, shares: Array) -> Printed:
    """Return the table that these firms would print before rounding: columns 1 to 8 regressed on them.

    In all of our surveys P(Y = 1 | x) = Λ(x·b_9), so the last column comes out as printed.
    """
    x = np.column_stack([np.ones(len(cells)), cells])
    difficulty = logistic(x @ table.b[-1])
    b = table.b.copy()
    for m, there in enumerate(table.entered[:-1]):
        mine = x[:, there]
        for _ in range(REFIT_STEPS):
            chance = logistic(mine @ b[m, there])
            information = (mine * (shares * chance * (1.0 - chance))[:, None]).T @ mine
            step = np.linalg.solve(information, (shares * (difficulty - chance)) @ mine)
            b[m, there] += step
            if np.abs(step).max() < SETTLED:
                break
    return replace(table, b=b)
