"""Amounts as people read them: the unit that suits a size, its name, three significant digits."""

from __future__ import annotations

from sim.show.texts.numbers import decimals, money_unit, plain
from sim.show.texts.study import UNIT_WORDS
from sim.words import Words
from sim.world.quantities import amount_text


def unit_scale(unit: str, value: float, words: Words) -> tuple[float, str]:
    """Choose the unit in which values as large as this read best, for a unit of the registry."""
    if unit == "yuan" or unit.startswith("yuan per "):
        size, name = money_unit(value, words)
        return size, name + unit_name(unit, words).removeprefix("元" if words.lang == "zh" else "yuan")
    says_something = amount_text(1.0, unit) != "1"
    return 1.0, unit_name(unit, words) if says_something else ""


def unit_name(unit: str, words: Words) -> str:
    """Name a unit of the registry: ``yuan per firm-year`` is 元/家·年."""
    if words.lang != "zh":
        return unit
    what, _, per = unit.rpartition("per ")
    parts = [
        UNIT_WORDS.get(part, part) for part in (per.split("-") if what or unit.startswith("per ") else [])
    ]
    if not parts:
        return UNIT_WORDS.get(unit, unit)
    what = what.strip()
    return f"{UNIT_WORDS.get(what, what)}/{'·'.join(parts)}" if what else f"每{'·'.join(parts)}"


def number(value: float) -> str:
    """Write a number to three significant digits, more before the point, without zeros at the end."""
    text = plain(value, decimals(value))
    return text.rstrip("0").rstrip(".") if "." in text else text
