"""Reading the frames of a comparison: rows as plain dicts, in display order."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.world.scenario_record import READINGS

Row = dict[str, Any]


def rows_of(frame: pd.DataFrame, **where: object) -> list[Row]:
    """Return the rows whose columns hold the given values, in the order of the frame."""
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return [
        dict(zip(frame.columns, values, strict=True)) for values in frame.itertuples(index=False, name=None)
    ]


def row_of(frame: pd.DataFrame, **where: object) -> Row:
    """Find the one row whose columns hold the given values."""
    (row,) = rows_of(frame, **where)
    return row


def readings_in(frame: pd.DataFrame) -> list[str]:
    """List the readings in a frame, in display order."""
    present = set(frame["reading"])
    return [reading for reading in READINGS if reading in present]


def quarter_end(name: str) -> float:
    """Return the time at the end of a quarter such as 2024Q1, in years."""
    year, quarter = name.split("Q")
    return int(year) + int(quarter) / 4
