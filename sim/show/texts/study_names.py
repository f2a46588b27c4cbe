"""How a report on a study writes factors, their values, and amounts of outcomes."""

from __future__ import annotations

from collections.abc import Sequence

from sim.runs.factors import Choice, Factor, LogUniform, Normal, Triangular, Value
from sim.show.pages.markdown import code
from sim.show.texts.names import GRADE_NAMES
from sim.show.texts.numbers import decimals, money_unit, plain
from sim.show.texts.outcomes import name_of, record_of
from sim.show.texts.study import BASES, OUTCOME_UNITS
from sim.show.texts.units import number, unit_name, unit_scale
from sim.words import Words


def basis_name(basis: str, words: Words) -> str:
    """Say briefly what a factor rests on; see `sim.analysis.studies.importance.basis_of`."""
    return words.pick(GRADE_NAMES.get(basis) or BASES[basis])


def value_text(factor: Factor, value: Value, words: Words) -> str:
    """Write a value of a factor with its unit: money in a fitting one, others to three significant digits."""
    if isinstance(value, str):
        return value
    size, unit = value_scale(factor, float(value), words)
    return f"{number(float(value) / size)} {unit}".rstrip()


def value_scale(factor: Factor, value: float, words: Words) -> tuple[float, str]:
    """Choose the unit in which values of this size read best: (size in the factor's own unit, name)."""
    return unit_scale(factor.unit, value, words)


def values_text(factor: Factor, words: Words) -> tuple[str, str]:
    """Write the values that a factor takes, with their distribution, and the unit they are written in."""
    shape = factor.distribution
    largest = max((abs(value) for value in ends(factor) if not isinstance(value, str)), default=0.0)
    size, unit = value_scale(factor, float(largest), words)
    unit = unit or unit_name(factor.unit, words)

    def text(value: Value) -> str:
        return value if isinstance(value, str) else number(float(value) / size)

    if isinstance(shape, Choice):
        return words.listed(map(text, shape.values)), unit
    low, high = ends(factor)
    both = words("study.from_to", low=text(low), high=text(high))
    if isinstance(shape, LogUniform):
        both = words("study.log_uniform", ends=both)
    if isinstance(shape, Triangular):
        both = words("study.triangular", ends=both, mode=text(shape.mode))
    if isinstance(shape, Normal):
        both = words("study.normal", ends=both, mean=text(shape.mean), sd=text(shape.sd))
    return both, unit


def ends(factor: Factor) -> tuple[Value, ...]:
    """Return the lowest and highest value, or every choice."""
    shape = factor.distribution
    return shape.values if isinstance(shape, Choice) else (factor.at(0.0), factor.at(1.0))


def halves(factor: Factor, words: Words) -> tuple[str, str]:
    """Name both halves of a factor in a sentence: the values that lie in them, or below and above its median."""
    name = code(factor.name)
    if isinstance(factor.distribution, Choice):
        low, high = (words("study.half_choice", name=name, values=part) for part in _split(factor, words))
        return low, high
    middle = value_text(factor, factor.at(0.5), words)
    return words("study.half_low", name=name, middle=middle), words(
        "study.half_high", name=name, middle=middle
    )


def short_halves(factor: Factor, words: Words) -> tuple[str, str]:
    """Name both halves of a factor beside a bar."""
    if isinstance(factor.distribution, Choice):
        return _split(factor, words)
    middle = value_text(factor, factor.at(0.5), words)
    return words("study.below", middle=middle), words("study.above_middle", middle=middle)


def _split(factor: Factor, words: Words) -> tuple[str, str]:
    """List the choices of a factor that lie in either half; see `sim.runs.factors.Choice.middle`."""
    names = [value_text(factor, value, words) for value in ends(factor)]
    return words.listed(names[: (len(names) + 1) // 2]), words.listed(names[(len(names) + 1) // 2 :])


def outcome_name(outcome: str, words: Words) -> str:
    """Return the unit of an outcome."""
    return words.pick(name_of(outcome))


def outcome_scale(outcome: str, size: float, words: Words) -> tuple[float, str]:
    """Choose the unit in which amounts of an outcome read best: (size in the outcome's own unit, name)."""
    record = record_of(outcome)
    unit = record.unit if record else ""
    if unit == "yuan":
        return money_unit(size, words)
    return 1.0, words.pick(OUTCOME_UNITS[unit]) if unit in OUTCOME_UNITS else unit


def amount(outcome: str, value: float, words: Words, *, signed: bool = False) -> str:
    """Write an amount of an outcome with its unit: firms whole, one decimal below ten; others three digits."""
    (number,), unit = amounts(outcome, (value,), words, signed=signed)
    return f"{number} {unit}".rstrip()


def amounts(
    outcome: str, values: Sequence[float], words: Words, *, signed: bool = False
) -> tuple[list[str], str]:
    """Write amounts of an outcome in one unit, with as many decimals as the largest needs; and name the unit."""
    largest = max(abs(value) for value in values)
    size, unit = outcome_scale(outcome, largest, words)
    record = record_of(outcome)
    firms = record is not None and record.unit == "firms"
    digits = int(0 < largest < 10) if firms else decimals(largest / size)
    return [plain(value / size, digits, signed=signed) for value in values], unit
