r"""Table 5 as vectors: log-odds of reporting a transition difficulty, nine published columns.

The linear predictor of column m for a firm with answers x, coded exactly as in Table 4, is

    η = b_cons + Σ_k b_k x_k          P(difficulty) = 1 / (1 + exp(−η))

X13 counts backwards: code 0 means four or more policies received, code 4 none. Its coefficient is per step of that
code, so −0.117 in column 9 says that firms with *fewer* policies report slightly less difficulty.
X8, X9 and X12 enter no column and have coefficient 0. Source: T5 (document A, Table 5).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Message, Problem
from sim.evidence.covariance import FILE, cholesky
from sim.evidence.records import COLUMNS, VARIABLES, Evidence

__all__ = ["VARIABLES", "coefficients", "covariance_factor", "entered", "log_odds_variables"]


def log_odds_variables() -> tuple[str, ...]:
    """Names in the order of `coefficients`: the constant, then X1 to X13."""
    return VARIABLES


def coefficients(evidence: Evidence, column: int) -> tuple[float, ...]:
    """Coefficients of one column of Table 5.

    Parameters
    ----------
    evidence
        What was read from the evidence folder.
    column
        1 to 9; 9 is the full model.

    Returns
    -------
    tuple of 14 floats
        Log-odds: the constant, then X1 to X13 per step of the Table 4 code; 0 where the column lacks the variable.

    Raises
    ------
    InputError
        If there is no such column.
    """
    if column not in COLUMNS:
        message = Message("errors_evidence.no_such_table_column")
        raise InputError(Problem(message, key="column", value=str(column)))
    return tuple(evidence.logit.b.get(variable, {}).get(column, 0.0) for variable in VARIABLES)


def entered(evidence: Evidence, column: int) -> tuple[str, ...]:
    """Variables that the column estimates, in the order of X1 to X13."""
    coefficients(evidence, column)  # refuses a column that does not exist
    return tuple(v for v in VARIABLES[1:] if column in evidence.logit.b.get(v, {}))


def covariance_factor(evidence: Evidence, column: int) -> NDArray[np.float64]:
    """Lower Cholesky factor of the covariance of one column's coefficients.

    If z is standard normal, `coefficients` + factor · z is a draw from N(β̂, V).

    Returns
    -------
    float64 [14, 14]
        Log-odds, in the order of `coefficients`; a row of zeros where the column lacks the variable.

    Raises
    ------
    InputError
        If there is no such column, or the evidence has no covariance of its coefficients.
    """
    coefficients(evidence, column)  # refuses a column that does not exist
    if column not in evidence.covariance:
        message = Message("errors_evidence.no_covariance", column=column)
        file = str(evidence.folder / FILE)
        raise InputError(Problem(message, file=file, key="difficulty.coefficients", value="drawn"))
    return cholesky(evidence.covariance[column])
