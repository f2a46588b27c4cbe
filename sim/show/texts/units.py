"""Readable amounts: a unit that suits the size, its name, three significant digits."""

from __future__ import annotations

from sim.show.texts.numbers import decimals, money_unit, plain
from sim.words import Words, name_table
from sim.world.quantities import amount_text

#: Parts that units of the registry are made of.
UNITS = name_table("names.unit")


def unit_scale(unit: str, value: float, words: Words) -> tuple[float, str]:
    """Choose the unit in which values of this size read best, for a unit of the registry."""
    if unit == "yuan" or unit.startswith("yuan per "):
        size, name = money_unit(value, words)
        return size, name + unit_name(unit, words).removeprefix(unit_name("yuan", words))
    says_something = amount_text(1.0, unit) != "1"
    return 1.0, unit_name(unit, words) if says_something else ""


def unit_name(unit: str, words: Words) -> str:
    """Name a unit of the registry: ``yuan per firm-year`` is 元/家·年."""
    if words.lang == "en":  # the registry's own
        return unit
    what, per, whom = unit.rpartition("per ")
    if not per:
        return _unit_word(unit, words)
    units = "·".join(_unit_word(part, words) for part in whom.split("-"))
    what = what.strip()
    return f"{_unit_word(what, words)}/{units}" if what else words("names.each_unit", units=units)


def _unit_word(unit: str, words: Words) -> str:
    """Name a part of a unit; a part without a word stays as it is."""
    return words.pick(UNITS[unit]) if unit in UNITS else unit


def number(value: float) -> str:
    """Write a number to three significant digits (more before the decimal point), without trailing zeros."""
    text = plain(value, decimals(value))
    return text.rstrip("0").rstrip(".") if "." in text else text
