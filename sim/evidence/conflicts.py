"""Which columns of Table 5 contradict each other, when no survey can have produced all of them.

A column is dropped if the rest is still impossible without it; what remains is a smallest set of contradictory columns.
This uses only what holds at any share of firms in difficulty: the score equations and the rise of the likelihood from
column to column. If these agree, columns are left out one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Message, Problem
from sim.evidence.entropy import NotFoundError, tilt
from sim.evidence.equations import Equations, Printed, answers, logistic, printed
from sim.evidence.records import COLUMNS, Evidence
from sim.evidence.survey import meet_equations, survey_firms, uniform_prior

Array = NDArray[Any]


def why_impossible(evidence: Evidence) -> InputError:
    """Say why no survey can produce Table 5, naming the columns that contradict each other."""
    table = printed(evidence)
    cells = answers(evidence, table.names[1:])
    firms = survey_firms(evidence)
    file = str(evidence.folder / "table5_logit.csv")
    together = conflicting_columns(table, cells, firms)
    if together:
        columns = _listed(together)
        message = Message("errors_evidence.columns_conflict", columns=columns)
        return InputError(Problem(message, file=file, key="column", value=str(columns)))
    if _agree(table, cells, firms):
        return InputError(Problem(Message("errors_evidence.marks_conflict", firms=firms), file=file))
    alone = [column for column in COLUMNS[:-1] if _agree_without(table, cells, firms, column)]
    if alone:
        columns = _listed(alone, "or")
        message = Message("errors_evidence.column_alone", firms=firms, columns=columns)
        return InputError(Problem(message, file=file, key="column", value=str(columns)))
    return InputError(Problem(Message("errors_evidence.nothing_agrees", firms=firms), file=file))


def _listed(columns: Sequence[int], join: str = "and") -> Message | str:
    *most, last = map(str, columns)
    return Message(f"errors_evidence.{join}", most=tuple(most), last=last) if most else last


def _agree_without(table: Printed, cells: Array, firms: float, column: int) -> bool:
    """Whether a survey can be found that produces all other columns together, likelihoods included."""
    rest = np.arange(len(table.b)) != column - 1
    fewer = replace(
        table, b=table.b[rest], entered=table.entered[rest], lr=table.lr[rest], marks=table.marks[rest]
    )
    return _agree(fewer, cells, firms)


def _agree(table: Printed, cells: Array, firms: float) -> bool:
    """Whether a survey can be found that produces all columns together, ignoring significance marks."""
    try:
        meet_equations(Equations(table, cells, firms), uniform_prior(cells))
    except NotFoundError:
        return False
    return True


def conflicting_columns(table: Printed, cells: Array, firms: float) -> tuple[int, ...]:
    """Find a smallest set of columns that no survey of N firms can produce together.

    Parameters
    ----------
    cells
        int8 [cells, variables], every combination of answers.

    Returns
    -------
    tuple of int
        Columns 1–9; empty if the score equations and the rises of the likelihood are consistent.
    """
    kept = list(COLUMNS)
    if _possible(table, cells, firms, kept):
        return ()
    for column in COLUMNS:
        fewer = [c for c in kept if c != column]
        if fewer and not _possible(table, cells, firms, fewer):
            kept = fewer
    return tuple(kept)


def _possible(table: Printed, cells: Array, firms: float, columns: Sequence[int]) -> bool:
    """Whether a distribution over answers and outcome can be found that meets these columns; P(Y|x) is free too."""
    x = np.column_stack([np.ones(len(cells)), cells])
    features, likelihoods = [], []
    for m in (column - 1 for column in columns):
        log_odds = x @ table.b[m]
        chance = logistic(log_odds)
        softplus = np.logaddexp(0.0, log_odds)
        mine = x[:, table.entered[m]]
        features.append(np.concatenate([-chance[:, None] * mine, (1.0 - chance)[:, None] * mine]))
        likelihoods.append(np.concatenate([-softplus, log_odds - softplus]) - table.lr[m] / (2.0 * firms))
    rises = [later - earlier for earlier, later in pairwise(likelihoods)]
    prior = np.full(2 * len(cells), -np.log(2.0 * len(cells)))
    try:
        tilt(prior, np.column_stack([*features, *rises]))
    except NotFoundError:
        return False
    return True
