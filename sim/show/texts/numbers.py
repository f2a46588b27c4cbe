"""Numbers as people read them: a true minus, thousands marked, money in the units of the language."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from sim.words import Words

SYMMETRIC = 0.001  # of the half-width: how far the middle of a symmetric interval may lie off, by rounding


def plain(value: float, digits: int = 0, *, signed: bool = False) -> str:
    """Write a number with thousands marked and the given decimals; a dash if it is missing."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:+,.{digits}f}" if signed else f"{value:,.{digits}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")  # neither +0 nor −0
    return text.replace("-", "−")


def decimals(value: float, significant: int = 3) -> int:
    """Return the decimals that show a number to the given significant digits; none for large numbers."""
    if value == 0 or not math.isfinite(value):
        return 0
    return max(0, significant - 1 - math.floor(math.log10(abs(value))))


def step_digits(step: float) -> int:
    """Return the decimals that a round step such as 0.25 needs; at most nine."""
    return next((digits for digits in range(9) if abs(round(step, digits) - step) <= 1e-6 * abs(step)), 9)


def count(value: float, *, signed: bool = False) -> str:
    """Write a number of firms or people: whole, or with one decimal below ten."""
    return plain(value, 1 if abs(value) < 10 else 0, signed=signed)


def plus_minus(effect: float, low: float, high: float, digits: int | None = None) -> str:
    """Write an effect with the half-width of its interval, with both ends if it is not symmetric, or alone without one.

    By default firms: whole numbers, one decimal where the effect or the half-width is below ten.
    """
    half = (high - low) / 2
    if digits is None:
        digits = 1 if max(abs(effect), half if math.isfinite(half) else 0.0) < 10 else 0
    text = plain(effect, digits, signed=True)
    if not math.isfinite(half):
        return text
    if abs(low + half - effect) > SYMMETRIC * half:
        return f"{text} [{plain(low, digits)}, {plain(high, digits)}]"
    return f"{text} ± {plain(half, digits)}"


def percent(share: float, digits: int = 0) -> str:
    """Write a share as percent."""
    return f"{plain(100 * share, digits)} %"


def significant(value: float, digits: int = 3) -> str:
    """Write a number to so many significant digits."""
    return plain(value, decimals(value, digits))


@cache
def money_units(words: Words) -> list[tuple[float, str]]:
    """List the units of money of a language, largest first: yuan of one unit, and its name."""
    entries = (entry.split(" ", 1) for entry in words("names.money_units").split(words("signs.list")))
    return [(float(size), name) for size, name in entries]


def money_unit(yuan: float, words: Words) -> tuple[float, str]:
    """Choose the unit in which an amount of money reads best: (yuan of one unit, its name)."""
    units = money_units(words)
    return next((unit for unit in units if abs(yuan) >= unit[0]), units[-1])


def money(yuan: float, words: Words) -> str:
    """Write an amount of money to three significant digits."""
    if not math.isfinite(yuan):
        return "–"
    size, name = money_unit(yuan, words)
    return f"{significant(yuan / size)} {name}"


def covers_zero(low: float, high: float) -> bool:
    """Whether an interval covers 0, so that there may be no effect; a missing interval counts as covering."""
    return not (low > 0 or high < 0)


def is_defined(row: dict[str, Any]) -> bool:
    """Whether a row of the costs or response frame has a meaningful cost per climb."""
    cost = float(row["yuan_per_climb"])
    return not row["note"] and math.isfinite(cost) and cost > 0
