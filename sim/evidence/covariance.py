"""derived/covariance.csv: how precisely the coefficients of Table 5 are known, column by column.

Table 5 prints no standard errors. `upgrading calibrate` computes the covariance of a column's estimates from the
information matrix of the rebuilt survey and writes it here; an uncalibrated province has no such file.
The file holds the lower triangle with the diagonal: one row for each pair of variables that the column estimates; the
later one (in the order of `VARIABLES`) is ``row``. In all arrays here, variables that the column lacks are zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import Message, Problem
from sim.evidence.cells import number, one_of
from sim.evidence.csv_rows import Row
from sim.evidence.reader import Reader, whole_rows
from sim.evidence.records import COLUMNS, VARIABLES, Table5

FILE = "derived/covariance.csv"
DIGITS = 9  # significant digits written: few enough to be the same on every machine

Matrix = NDArray[np.float64]

#: Two-sided normal quantiles: |b| / s.e. lies between consecutive ones for no, one, two and three stars.
_EDGES = (0.0, 1.645, 1.96, 2.576, float("inf"))
_ROOM = 20.0  # factor by which a standard error may miss the range that its stars imply
_LEAST, _MOST = 1e-3, 20.0  # standard errors, log-odds

_KEY = ("column", "row", "col")
_PLACE = {variable: at for at, variable in enumerate(VARIABLES)}


def read_covariance(reader: Reader, logit: Table5) -> dict[int, Matrix]:
    """Read derived/covariance.csv; a missing file is no mistake.

    Returns
    -------
    dict
        Column of Table 5 -> float64 [14, 14], log-odds squared, in the order of `VARIABLES`; symmetric, positive
        definite over the variables that the column estimates. A column is either complete or absent.
    """
    if not (reader.folder / FILE).exists():
        return {}
    columns = {
        "column": one_of(*(str(column) for column in COLUMNS)),
        "row": one_of(*VARIABLES),
        "col": one_of(*VARIABLES),
        "value": number,
    }
    rows = reader.rows(FILE, columns, *_KEY)
    entered = {column: [v for v in VARIABLES if column in logit.b.get(v, {})] for column in COLUMNS}
    told = len(reader.problems)
    reader.problems += [problem for row in whole_rows(rows) for problem in _unlikely(row, logit)]
    by_column: dict[int, list[Row]] = {}
    for row in whole_rows(rows):
        message = _misplaced(row, entered[int(row["column"])])
        if message is not None:
            reader.problems.append(row.problem(*message))
        by_column.setdefault(int(row["column"]), []).append(row)
    needed = [(str(column), *pair) for column in by_column for pair in _lower(entered[column])]
    if len(reader.problems) == told:  # a misplaced row leaves a gap, which needs no second message
        reader.complete(FILE, whole_rows(rows), _KEY, needed)
    if len(reader.problems) > told or len(whole_rows(rows)) < len(rows):
        return {}
    return {column: _matrix(reader, its) for column, its in sorted(by_column.items())}


def write_covariance(path: Path, covariances: Mapping[int, Matrix]) -> None:
    """Write derived/covariance.csv; make its folder if it is missing.

    Parameters
    ----------
    path
        The file, such as ``calibration/hubei/derived/covariance.csv``.
    covariances
        Column of Table 5 -> float64 [14, 14] as `read_covariance` returns it. Variance 0 means not estimated.
        Numbers are written with `DIGITS` significant digits.
    """
    lines = [",".join((*_KEY, "value"))]
    for column, matrix in sorted(covariances.items()):
        estimated = [variable for variable, at in _PLACE.items() if matrix[at, at] != 0]
        lines += [
            f"{column},{row},{col},{float(matrix[_PLACE[row], _PLACE[col]]):.{DIGITS}g}"
            for row, col in _lower(estimated)
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def cholesky(matrix: Matrix) -> Matrix:
    """Lower Cholesky factor L, L Lᵀ = matrix, over the variables that have a variance; zeros elsewhere.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrix is not positive definite over them.
    """
    estimated = np.flatnonzero(np.diag(matrix))
    block = np.ix_(estimated, estimated)
    factor = np.zeros_like(matrix)
    factor[block] = np.linalg.cholesky(matrix[block])
    return factor


def _lower(variables: list[str]) -> list[tuple[str, str]]:
    """Pairs of the lower triangle, row by row."""
    return [(row, col) for at, row in enumerate(variables) for col in variables[: at + 1]]


def _misplaced(row: Row, entered: list[str]) -> tuple[str, Message] | None:
    """Say which cell of a row is impossible, and why."""
    for name in ("row", "col"):
        if row[name] not in entered:
            return name, Message("errors_evidence.not_entered", variable=row[name], column=row["column"])
    if _PLACE[row["row"]] < _PLACE[row["col"]]:
        return "row", Message("errors_evidence.lower_triangle", row=row["col"], col=row["row"])
    if row["row"] == row["col"] and row["value"] <= 0:
        return "value", Message("errors_evidence.variance")
    return None


def _unlikely(row: Row, logit: Table5) -> list[Problem]:
    """Find a variance that is far from what the printed coefficient and its stars imply.

    Calibration meets every mark exactly; the tolerance is for covariances from elsewhere.
    """
    variable, column = row["row"], int(row["column"])
    if row["col"] != variable or row["value"] <= 0 or column not in logit.b.get(variable, {}):
        return []
    b, stars = logit.b[variable][column], len(logit.stars[variable].get(column, ""))
    low, high = _LEAST, _MOST
    if variable in VARIABLES[1:]:  # constants have no stars
        low = max(abs(b) / _EDGES[stars + 1] / _ROOM, low)
        high = min(abs(b) / _EDGES[stars] * _ROOM, high) if stars else high
    error = float(np.sqrt(row["value"]))
    if low <= error <= high:
        return []
    message = Message(
        "errors_evidence.unlikely_error", error=error, b=b, stars="*" * stars, low=low, high=high
    )
    return [row.problem("value", message)]


def _matrix(reader: Reader, rows: list[Row]) -> Matrix:
    """Lay the rows of one column out as a symmetric matrix, read-only; it must be positive definite."""
    matrix = np.zeros((len(VARIABLES), len(VARIABLES)))
    for row in rows:
        at = _PLACE[row["row"]], _PLACE[row["col"]]
        matrix[at] = matrix[at[::-1]] = row["value"]
    try:
        cholesky(matrix)
    except np.linalg.LinAlgError:
        reader.problems.append(rows[0].problem("column", Message("errors_evidence.not_definite")))
    matrix.setflags(write=False)
    return matrix
