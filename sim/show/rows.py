"""Reading the frames of a comparison: rows as plain dicts, in the order in which things are shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.show.words import READINGS, word

if TYPE_CHECKING:
    from sim.analysis.compare import Comparison

Row = dict[str, Any]


def rows_of(frame: pd.DataFrame, **where: object) -> list[Row]:
    """Rows whose columns hold the given values, in the order of the frame."""
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return [dict(zip(frame.columns, values, strict=True)) for values in frame.itertuples(index=False, name=None)]


def row_of(frame: pd.DataFrame, **where: object) -> Row:
    """The one row whose columns hold the given values."""
    (row,) = rows_of(frame, **where)
    return row


def readings_in(frame: pd.DataFrame) -> list[str]:
    """Readings that a frame holds, in the order in which they are shown."""
    present = set(frame["reading"])
    return [reading for reading in READINGS if reading in present]


def title(comparison: Comparison, name: str, lang: str) -> str:
    """Title of a scenario in a language."""
    return comparison.titles[name][lang]


def policy_names(comparison: Comparison) -> list[str]:
    """Short names of the policies in the order of the comparison."""
    return [policy.name for policy in comparison.policies]


def quarter_name(quarter: int) -> str:
    """Name of a quarter index (4 × year + quarter − 1), such as 2024Q1."""
    return f"{quarter // 4}Q{quarter % 4 + 1}"


def quarter_end(name: str) -> float:
    """Time of the end of a quarter such as 2024Q1, years."""
    year, quarter = name.split("Q")
    return int(year) + int(quarter) / 4


def source_line(comparison: Comparison, lang: str) -> str:
    """Where the numbers of a figure come from, for the line below it."""
    base = comparison.base
    return word(
        "source",
        lang,
        evidence=Path(base.evidence).name,
        digest=comparison.evidence.digest[:8],
        seed=comparison.seed,
        replications=comparison.replications,
        weight=f"{base.weight:,}",
        start=quarter_name(base.start),
        end=quarter_name(base.end),
    )
