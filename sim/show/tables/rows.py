"""Reading the frames of a comparison: rows as plain dicts, in display order."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from sim.runs.results import digest_of
from sim.show.texts.account import Answer
from sim.show.texts.names import READING_NAMES, SHORT_READINGS
from sim.words import Words
from sim.world.scenario_record import READINGS

Row = dict[str, Any]
MOST_WIDE = 4  # panels in a row that have room for whole names


def rows_of(frame: pd.DataFrame, **where: object) -> list[Row]:
    """Return the rows whose columns hold the given values, in the order of the frame."""
    if where:  # one selection: pandas takes longer to cut a frame than to compare a column
        alike = [(frame[column] == value).to_numpy(bool) for column, value in where.items()]
        frame = frame[np.logical_and.reduce(alike)]
    columns = [frame[column].tolist() for column in frame.columns]
    return [dict(zip(frame.columns, values, strict=True)) for values in zip(*columns, strict=True)]


def row_of(frame: pd.DataFrame, **where: object) -> Row:
    """Find the one row whose columns hold the given values."""
    (row,) = rows_of(frame, **where)
    return row


def readings_in(frame: pd.DataFrame) -> list[str]:
    """List the readings in a frame, in display order."""
    present = set(frame["reading"])
    return [reading for reading in READINGS if reading in present]


def named_readings(
    answer: Answer, *frames: pd.DataFrame, short: bool = False, only: Collection[str] = tuple(READINGS)
) -> dict[str, str]:
    """Name the readings in some frames, in display order; of those that are the same in all, the first stands for them.

    Under D difficulty slows nothing, so both causal readings give the same climbs, and are shown once. With `only` the
    first of these stands for its like, and those that are like none of these are left out.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for reading in readings_in(frames[0]):
        parts = (frame[frame["reading"] == reading].drop(columns="reading") for frame in frames)
        groups.setdefault(tuple(digest_of(part) for part in parts), []).append(reading)
    names = SHORT_READINGS if short else READING_NAMES
    if len(groups) == 1 and len(readings_in(frames[0])) > 1:
        return {readings_in(frames[0])[0]: answer.words("answer.all_readings")}
    found = {
        reading: _name_of(group, [answer.words.pick(names[each]) for each in group], answer.words)
        for group in groups.values()
        for reading in [each for each in group if each in only][:1]
    }
    return {reading: found[reading] for reading in readings_in(frames[0]) if reading in found}


def panel_names(answer: Answer, *frames: pd.DataFrame) -> dict[str, str]:
    """Name readings as `named_readings` does, for panels side by side: shortly where there are more than four."""
    found = named_readings(answer, *frames)
    return found if len(found) <= MOST_WIDE else named_readings(answer, *frames, short=True)


def _name_of(group: list[str], names: list[str], words: Words) -> str:
    """Name readings that are alike: by their structure where only that is the same, else all of them."""
    structures = {READINGS[reading][0] for reading in group}
    if len(group) == 1:
        return names[0]
    if len(structures) > 1:
        return words.listed(names)
    cut = words("signs.comma") if words("signs.comma") in names[0] else " "
    return words("answer.reading_either", structure=names[0].partition(cut)[0])


def quarter_end(name: str) -> float:
    """Return the time at the end of a quarter such as 2024Q1, in years."""
    year, quarter = name.split("Q")
    return int(year) + int(quarter) / 4
