"""Which columns of Table 5 contradict each other, when no survey can have produced all of them.

A column is dropped if the rest is still impossible without it; what remains is a smallest set of contradictory columns.
This uses only what holds at any share of firms in difficulty: the score equations and the rise of the likelihood from
column to column, within the rounding of the printed digits. That a set is impossible is proved by a linear programme
(`sim.evidence.ends`). If these agree, columns are left out one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from sim.errors import InputError, Message, Problem
from sim.evidence.ends import Programme
from sim.evidence.entropy import NotFoundError
from sim.evidence.equations import Printed, answers, printed
from sim.evidence.records import COLUMNS, Evidence
from sim.evidence.survey import meet_table, survey_firms, uniform_prior

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
    return _agree(_part(table, [c for c in COLUMNS if c != column]), cells, firms)


def _part(table: Printed, columns: Sequence[int]) -> Printed:
    """Return some columns of a table."""
    rows = [column - 1 for column in columns]
    return replace(
        table,
        b=table.b[rows],
        entered=table.entered[rows],
        lr=table.lr[rows],
        marks=table.marks[rows],
        half=table.half[rows],
        half_lr=table.half_lr[rows],
    )


def _agree(table: Printed, cells: Array, firms: float) -> bool:
    """Whether a survey can be found that produces all columns together, ignoring significance marks."""
    try:
        meet_table(table, cells, firms, uniform_prior(cells))
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
    """Whether some distribution over answers and outcome meets these columns; P(Y|x) is free too."""
    return Programme(_part(table, columns), cells).possible(firms)
