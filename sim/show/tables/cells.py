"""Cells of a comparison's tables, and rows that several tables share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from sim.analysis.comparison.effects import ALIKE, LOST, NO_MORE_MONEY, TOO_FEW
from sim.show.tables.blocks import INDENT, Block
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.numbers import covers_zero, decimals, is_defined, money_unit, percent, plain, plus_minus
from sim.words import Words

#: Reasons for a missing cost per climb, other than an effect whose interval covers 0.
COST_NOTES = {LOST: "climbs_lost", TOO_FEW: "too_few", ALIKE: "all_alike", NO_MORE_MONEY: "no_more_money"}


def effect_cell(row: Row, digits: int | None = None) -> str:
    """Write an effect ± the half-width of its interval, with a star if --until was not reached."""
    text = plus_minus(float(row["effect"]), float(row["low"]), float(row["high"]), digits)
    return text if row["resolved"] or row["note"] else f"{text} *"


def fine_effect(row: Row) -> str:
    """Write a small effect ± the half-width of its interval, to two significant digits of the larger."""
    sizes = [abs(float(row["effect"])), (float(row["high"]) - float(row["low"])) / 2]
    return effect_cell(row, decimals(max(size for size in sizes if math.isfinite(size)), 2))


def money_effect(row: Row, words: Words) -> str:
    """Write an effect in money ± the half-width of its interval, both in the unit of the larger."""
    effect, low, high = (float(row[key]) for key in ("effect", "low", "high"))
    largest = max(abs(effect), (high - low) / 2 if math.isfinite(high - low) else 0.0)
    size, unit = money_unit(largest, words)
    text = plus_minus(effect / size, low / size, high / size, decimals(largest / size))
    return f"{text} {unit}" if row["resolved"] or row["note"] else f"{text} {unit} *"


def with_width(effect: float, width: float) -> str:
    """Write an effect ± the half-width of its interval."""
    return plus_minus(effect, effect - width / 2, effect + width / 2)


def share_cell(row: Row) -> str:
    """Write a share of the variance with its interval, in percent; a dash if nothing varies."""
    share, low, high = (float(row[key]) for key in ("share", "share_low", "share_high"))
    return f"{percent(share)} [{plain(100 * low)}, {plain(100 * high)}]" if math.isfinite(share) else "–"


def times(ratio: float) -> str:
    """Write a ratio as "so many times"."""
    return f"× {plain(ratio, 1 if ratio < 100 else 0)}" if math.isfinite(ratio) else "× ∞"


def cost_cell(cost: Row, climbs: Row, size: float, words: Words) -> str:
    """Write the cost per climb with its interval in a unit of so many yuan, or why there is none."""
    if is_defined(cost):
        point, low, high = (float(cost[key]) / size for key in ("yuan_per_climb", "low", "high"))
        digits = decimals(point)
        return f"{plain(point, digits)} [{plain(low, digits)}, {plain(high, digits)}]"
    if cost["note"] in COST_NOTES:
        return words("answer." + (COST_NOTES[cost["note"]]))
    unclear = covers_zero(float(climbs["low"]), float(climbs["high"]))
    return words("answer." + ("undefined" if unclear else "climbs_lost"))


def cost_unit(answer: Answer) -> tuple[float, str]:
    """Choose one unit of money for the cost per climb under all readings."""
    defined = [row for row in rows_of(answer.comparison.costs) if is_defined(row)]
    return middle_unit([float(row["yuan_per_climb"]) for row in defined], answer.words)


def middle_unit(yuan: list[float], words: Words) -> tuple[float, str]:
    """Choose the unit of money that fits the median amount, for a whole column."""
    return money_unit(sorted(yuan)[len(yuan) // 2] if yuan else 1.0, words)


def by_reading(
    answer: Answer, readings: Mapping[str, str], width: int, write: Callable[[str, str], list[str]]
) -> list[list[str]]:
    """Write a row for each reading, and under it one for each policy, with cells from `write`."""
    rows = []
    for reading, heading in readings.items():
        rows.append([heading, *[""] * width])
        for name in answer.scenarios:
            rows.append([INDENT + answer.label(name), *write(reading, name)])
    return rows


def with_star_note(block: Block, words: Words) -> Block:
    """Explain the star if the table has one."""
    if any(cell.endswith("*") for row in block.rows for cell in row):
        block.lines.append(f"* {words('answer.not_resolved')}")
    return block
