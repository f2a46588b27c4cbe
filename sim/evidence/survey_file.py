"""derived/survey.csv: the rebuilt survey, one line per combination of answers and outcome, weights summing to N.

Every run starts by reading its 70,000 lines or so, so the fast path reads the whole file at once; only if that fails
is it read line by line.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.errors import InputError, Message, Problem
from sim.evidence.cells import count, non_negative
from sim.evidence.csv_rows import MOST_MISTAKES, scan_rows
from sim.evidence.equations import printed
from sim.evidence.records import Evidence
from sim.evidence.survey import Survey, restricted, segments, survey_firms

FILE = "derived/survey.csv"
DIGITS = 6  # significant, of a weight
ROUNDING = 1e-5  # share of N by which rounded weights may miss it
LEAST = 1e-4  # combinations of answers with a smaller share of their segment (X1, X2, X5) are left out


def trimmed(evidence: Evidence, survey: Survey, province: Survey) -> Survey:
    """Drop combinations that almost no firm of their segment has, in both the survey and the province.

    The rest is moved, by least relative entropy, to restore every equation and mark. A simulated firm's state fixes its
    segment before its other answers are drawn, so even rare kinds of firms keep all they need.

    Parameters
    ----------
    survey, province
        The rebuilt survey and its tilt to the province, over the same combinations of answers.
    """
    segment = segments(survey)
    within = [shares / np.bincount(segment, shares)[segment] for shares in (survey.shares, province.shares)]
    return restricted(evidence, survey, np.maximum(*within) >= LEAST)


def write_survey(folder: Path, survey: Survey) -> None:
    """Write derived/survey.csv of an evidence folder: x1 … x13, y, weight in firms; sorted by answers and outcome."""
    path = folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join((*(name.lower() for name in survey.names), "y", "weight"))]
    weights = (
        survey.firms * survey.shares[:, None] * np.column_stack([1 - survey.difficulty, survey.difficulty])
    )
    for cell, pair in zip(survey.cells.tolist(), weights.tolist(), strict=True):
        text = ",".join(map(str, cell))
        lines += [f"{text},{y},{weight:.{DIGITS}g}" for y, weight in enumerate(pair)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def read_survey(evidence: Evidence) -> Survey:
    """Read the rebuilt survey of a calibrated folder; cached until the evidence changes.

    Returns
    -------
    Survey
        `difficulty` is the share of each combination's weight that reports a difficulty.

    Raises
    ------
    InputError
        If the folder has not been calibrated, the file has mistakes, or its weights do not sum to N.
    """
    path, names = evidence.folder / FILE, printed(evidence).names[1:]
    survey = _read(path, evidence.digest, names, _codes(evidence))
    wanted = survey_firms(evidence)
    if abs(survey.firms - wanted) > ROUNDING * wanted:
        folder = evidence.folder
        message = Message("errors_evidence.weights_sum", total=survey.firms, wanted=wanted, folder=folder)
        raise InputError(Problem(message, file=str(path), key="weight"))
    return survey


def _codes(evidence: Evidence) -> tuple[int, ...]:
    """Number of answers of every variable of the survey."""
    codes = {variable.name: len(variable.codes) for variable in evidence.variables}
    return tuple(codes[name] for name in printed(evidence).names[1:])


@lru_cache(maxsize=4)
def _read(path: Path, digest: str, names: tuple[str, ...], codes: tuple[int, ...]) -> Survey:
    header = (*(name.lower() for name in names), "y", "weight")
    if not path.is_file():
        folder = path.parents[1]
        raise InputError(Problem(Message("errors_evidence.not_calibrated", folder=folder), file=str(path)))
    try:
        table = _table(path, header, codes)
    except (ValueError, LookupError, OSError, NotImplementedError):  # everything that pyarrow raises
        table = _table_by_lines(path, header, codes)
    place = np.ravel_multi_index(table[:, :-2].astype(int).T, codes)
    found, at = np.unique(place, return_inverse=True)
    total = np.bincount(at, table[:, -1])
    difficult = np.bincount(at, table[:, -1] * table[:, -2])
    cells = np.column_stack(np.unravel_index(found, codes)).astype(np.int8)
    firms = float(total.sum())
    return Survey(names, cells, total / firms, difficult / total, firms, float("nan"))


def _table(path: Path, header: tuple[str, ...], codes: tuple[int, ...]) -> np.ndarray:
    """Numbers of the file in the header's order; ValueError if anything differs from what `write_survey` writes."""
    from pyarrow import float64
    from pyarrow.csv import ConvertOptions, read_csv

    options = ConvertOptions(column_types=dict.fromkeys(header, float64()))
    with path.open("rb") as file:  # given a name, pyarrow finds the file only if file names are UTF-8
        columns = read_csv(file, convert_options=options)
    if sorted(columns.column_names) != sorted(header) or not len(columns):
        raise ValueError("another header, or nothing below it")
    table = np.column_stack([columns[name].to_numpy() for name in header])
    most = (*codes, 2)
    answers = table[:, :-1]
    if (
        (answers < 0).any()
        or (answers >= most).any()
        or (answers != np.floor(answers)).any()
        or not (np.isfinite(table[:, -1]) & (table[:, -1] > 0)).all()
    ):
        raise ValueError("an answer or a weight that cannot be")
    return table


def _table_by_lines(path: Path, header: tuple[str, ...], codes: tuple[int, ...]) -> np.ndarray:
    """Read the file line by line, as a spreadsheet may have saved it; InputError lists all mistakes."""
    columns = dict.fromkeys(header[:-1], count) | {"weight": non_negative}
    rows, problems = scan_rows(path, columns)
    for row in rows:
        if len(problems) >= MOST_MISTAKES:
            break
        for name, most in zip(header[:-1], (*codes, 2), strict=True):
            if row.has(name) and row[name] >= most:
                problems.append(row.problem(name, Message("errors_evidence.between", low=0, high=most - 1)))
        if row.has("weight") and row["weight"] == 0:
            problems.append(row.problem("weight", Message("errors_evidence.weight_zero")))
    if problems:
        raise InputError(problems)
    return np.array([[float(row[name]) for name in header] for row in rows])
