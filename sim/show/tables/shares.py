"""Shares of variance: how much of the differences between settings is luck, in a sentence and a table."""

from __future__ import annotations

import math
from collections.abc import Collection

from sim.analysis.doubt.shares import FREE, INFORMED, LUCK, TOGETHER
from sim.show.tables.blocks import Block
from sim.show.tables.cells import by_reading, share_cell
from sim.show.tables.information import WEAK
from sim.show.tables.rows import named_readings, row_of, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.numbers import count, percent, plain

OUTCOME = "climbs"
NOTHING = 0.005  # a share below it is none in words


def lines_of_shares(answer: Answer, readings: Collection[str]) -> list[str]:
    """Say which part of the variance of extra climbs luck and numbers are; nothing where that was not asked for.

    Parameters
    ----------
    answer
        A comparison.
    readings
        Those to speak of.
    """
    words, comparison = answer.words, answer.comparison
    if not len(comparison.variance):
        return []
    rows = [
        row
        for row in rows_of(comparison.variance, outcome=OUTCOME)
        if row["reading"] in readings and row["scenario"] in answer.policies and math.isfinite(row["share"])
    ]
    if not rows:
        return []
    parts, differs = [], False
    for part in dict.fromkeys(row["part"] for row in rows):
        found = sorted(min(max(float(row["share"]), 0.0), 1.0) for row in rows if row["part"] == part)
        told = _range(answer, found[0], found[-1])
        differs |= percent(found[0]) != percent(found[-1])
        name = part_name(answer, part)
        parts.append(
            words("doubt.share_of", part=name, share=told) if told else words("doubt.nothing_of", part=name)
        )
    return [
        words(
            "doubt.variance",
            parts=words("signs.comma").join(parts),
            differs=words("doubt.variance_differs") if differs else "",
            rough=words("doubt.variance_rough", settings=WEAK) if comparison.replications < WEAK else "",
        )
    ]


def part_name(answer: Answer, part: str) -> str:
    """Name a part; numbers by what informs them only where there are both kinds."""
    several = TOGETHER in set(answer.comparison.variance["part"])
    return answer.words(f"doubt.part_{part if several or part == LUCK else 'numbers'}")


def _range(answer: Answer, low: float, high: float) -> str:
    """Write the shares of several cases in percent; empty if all are none."""
    if high < NOTHING:
        return ""
    low, high = round(100 * low), round(100 * high)
    if low == high:
        return answer.words("doubt.one_share", share=percent(high / 100))
    most = percent(high / 100)
    return (
        answer.words("doubt.between", low=plain(low), high=most)
        if low
        else answer.words("doubt.most", high=most)
    )


def variance(answer: Answer) -> Block:
    """Show the shares of the variance of every policy's extra climbs under every reading, with their intervals."""
    words = answer.words
    shown = answer.comparison.variance[answer.comparison.variance["outcome"] == OUTCOME]
    parts = list(dict.fromkeys(shown["part"]))

    def write(reading: str, name: str) -> list[str]:
        rows = [row_of(shown, reading=reading, scenario=name, part=part) for part in parts]
        cells = [share_cell(row | {"share_low": row["low"], "share_high": row["high"]}) for row in rows]
        return [count(math.sqrt(float(rows[0]["variance"]))), *cells]

    headings = [
        words("answer.policy"),
        words("doubt.spread_head"),
        *(part_name(answer, part) for part in parts),
    ]
    sizes = {part: int(shown[shown["part"] == part]["numbers"].iloc[0]) for part in parts}
    settings = int(shown["replications"].iloc[0])
    kinds = (
        words("doubt.variance_kinds", informed=sizes[INFORMED], free=sizes[FREE])
        if TOGETHER in parts
        else words("doubt.variance_one_kind")
    )
    rows = by_reading(answer, named_readings(answer, shown), len(parts) + 1, write)
    lines = [words("doubt.variance_note", count=settings, kinds=kinds)]
    return Block(words("doubt.variance_table"), headings, [True, *[False] * (len(parts) + 1)], rows, lines)
