"""Names in the report on calibration, Chinese beside English: survey variables, series, units, margins."""

from __future__ import annotations

from collections.abc import Mapping

from sim.words import Pair, Words, name_table

#: What a figure or a table calls the variables of Table 4, and what their first and last code mean.
VARIABLES = name_table("names.variable")
_NO_YES: Pair = ("0 否，1 是", "0 no, 1 yes")
_BURDEN: Pair = ("0 明显改善 … 4 明显变差", "0 far better … 4 far worse")
CODES: Mapping[str, Pair] = dict.fromkeys(VARIABLES, _NO_YES) | {
    "X1": ("0 至多 50 人 … 4 超过 500 人", "0 up to 50 … 4 above 500"),
    "X5": ("0 降 30 % 以上 … 4 升 30 % 以上", "0 down 30 % … 4 up 30 %"),
    "X6": _BURDEN,
    "X7": _BURDEN,
    "X13": ("0 四项及以上 … 4 没有", "0 four or more … 4 none"),
}

#: Recorded series; one that is not here goes by its name in records.csv.
SERIES = name_table("names.series")

#: Units of records and scorecard: how many of the unit shown make one of the evidence's, and its name.
UNITS: Mapping[str, tuple[float, Pair]] = {
    "firms": (1.0, ("家", "firms")),
    "persons": (1.0, ("人", "persons")),
    "persons per firm": (1.0, ("人/家", "persons per firm")),
    "share": (100.0, ("%", "%")),
    "share per year": (100.0, ("%/年", "% a year")),
    "per year": (100.0, ("%/年", "% a year")),
    "elasticity": (1.0, ("弹性", "elasticity")),
    "ratio": (1.0, ("比值", "ratio")),
    "standard errors": (1.0, ("标准误", "standard errors")),
}

MARGINS = name_table("names.margin")

PRIORS = name_table("names.prior")

MOMENTS = name_table("names.moment")

NAIVES = name_table("names.naive")


def name_in(names: Mapping[str, Pair], key: str, words: Words) -> str:
    """Name something, by its key where it has no other name (another province's series, a new margin)."""
    return words.pick(names.get(key, (key, key)))


def unit_of(unit: str, words: Words) -> tuple[float, str]:
    """Return by how much numbers of a unit are multiplied to be shown, and the name of the unit shown."""
    factor, name = UNITS.get(unit, (1.0, (unit, unit)))
    return factor, words.pick(name)
