"""Reads numbers as people write them: plain, or with a unit that must fit the expected one.

Only this module reads ``1.0 bn yuan``, ``20000 people``, ``150k yuan``, ``5 %``, ``30 km``, ``1/3`` and ``2024Q1``.
Values are converted to the expected unit: ``200 million yuan`` becomes 2e8 if yuan are expected, and 200 if the
registry counts in ``million yuan``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from sim.errors import Both, Message, MistakeError
from sim.world.constants import FIRST_YEAR, LAST_YEAR

MOST_SEED = 2**32 - 1  # the seed is one 32-bit word of the key of every draw

_SCALES: dict[str, float] = {
    "thousand": 1e3,
    "k": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "billion": 1e9,
    "千": 1e3,
    "万": 1e4,
    "百万": 1e6,
    "亿": 1e8,
}

_UNITS: dict[str, str] = {
    "yuan": "yuan",
    "rmb": "yuan",
    "cny": "yuan",
    "元": "yuan",
    "person": "people",
    "persons": "people",
    "people": "people",
    "talents": "people",
    "人": "people",
    "firm": "firms",
    "firms": "firms",
    "enterprise": "firms",
    "enterprises": "firms",
    "家": "firms",
    "km": "km",
    "kilometre": "km",
    "kilometres": "km",
    "公里": "km",
    "quarter": "quarters",
    "quarters": "quarters",
    "季度": "quarters",
    "year": "years",
    "years": "years",
    "yr": "years",
    "年": "years",
}

#: Dimensionless units, for which a percentage is allowed.
_RATIOS = frozenset({"", "share", "probability", "factor", "ratio", "proportional", "elasticity"})
_PERCENT = frozenset({"%", "percent", "per cent", "％"})

_NUMBER = re.compile(
    r"(?P<number>[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:_[0-9]+)*|(?=\.[0-9]))(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)"
    r"(?:\s*/\s*(?P<divisor>[0-9]+(?:\.[0-9]+)?))?\s*(?P<unit>[^0-9].*)?",
    re.DOTALL,
)
_QUARTER = re.compile(r"([0-9]{4})\s?[Qq]([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Unit:
    """A parsed unit: ``million yuan per firm-year`` is 1e6 × yuan, per firm-year.

    Attributes
    ----------
    factor
        How many base units make one of this unit.
    base
        The base unit, empty for plain numbers and shares.
    per
        What it is counted per; empty if nothing is given.
    """

    factor: float
    base: str
    per: str


def _per(text: str) -> str:
    """Normalise what a unit is counted per: ``yr``, ``a year`` and ``annum`` are all ``year``."""
    words = re.split(r"[\s\-]+", text.strip().lower())
    singular = {
        "yr": "year",
        "annum": "year",
        "年": "year",
        "季度": "quarter",
        "people": "person",
        "人": "person",
    }
    return "-".join(
        singular.get(word, word.removesuffix("s")) for word in words if word not in ("a", "an", "")
    )


def _unscaled(text: str) -> tuple[float, str]:
    """Split ``bn yuan``, ``亿元`` or ``k`` into the scale (1 if none) and the rest."""
    head, _, rest = text.partition(" ")
    if head.lower() in _SCALES:
        return _SCALES[head.lower()], rest.strip()
    for word in ("百万", "千", "万", "亿"):
        if text.startswith(word):
            return _SCALES[word], text.removeprefix(word).strip()
    return 1.0, text


def parse_unit(text: str) -> Unit:
    """Parse a unit; an unknown word is kept as it is and fits only itself.

    Parameters
    ----------
    text
        Such as ``yuan per person-quarter``, ``/quarter``, ``%``, ``bn yuan``, ``share``.
    """
    words = " ".join(text.split())
    if words.lower() in _PERCENT:
        return Unit(0.01, "", "")
    body, slash, per = words.partition("/")
    if not slash:
        found = re.match(r"(.*?)\b(?:per|an?)\s+(.*)", words)
        body, per = (found[1], found[2]) if found else (words, "")
    body = body.strip()
    if body.lower() in _PERCENT:
        return Unit(0.01, "", _per(per))
    factor, body = _unscaled(body)
    if body.lower() in _RATIOS:
        return Unit(factor, "", _per(per))
    return Unit(factor, _UNITS.get(body.lower(), body.lower()), _per(per))


def parse_quantity(given: object, unit: str) -> float:
    """Read a number, with or without its unit, and convert it to the expected unit.

    Parameters
    ----------
    given
        The value in the file: int, float or text.
    unit
        The expected unit, also that of the value returned.

    Raises
    ------
    ValueError
        If it is not a number, is not finite, or has a unit that does not fit.
    """
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise MistakeError(_number_expected(unit, "_not", given=_kind(given)))
    value = _number(given, unit) if isinstance(given, str) else _as_float(given)
    if not math.isfinite(value):
        raise MistakeError(_number_expected(unit, "_finite"))
    return value


def _as_float(given: int | float) -> float:
    try:
        return float(given)
    except OverflowError:
        return math.inf


def _number(text: str, unit: str) -> float:
    """Read text such as ``1.0 bn yuan`` and convert it to the expected unit."""
    found = _NUMBER.fullmatch(text.strip().replace("−", "-"))  # a typographic minus sign
    if found is None:
        raise MistakeError(_number_expected(unit))
    value = _as_float(float(found["number"].replace(",", "").replace("_", "")))
    if found["divisor"]:
        if float(found["divisor"]) == 0.0:
            raise MistakeError(Message("errors_world.divided_by_zero"))
        value /= float(found["divisor"])
    if not found["unit"]:
        return value
    expected = parse_unit(unit)
    body = found["unit"].strip()
    glued = re.match(r"(k|m|bn)(?![a-z])", body, re.IGNORECASE)  # 150k yuan
    given = parse_unit(f"{glued[1]} {body[glued.end() :].strip()}".strip() if glued else body)
    if given.base == "" and given.factor >= 1e3 and expected.factor == 1.0 and not given.per:
        return value * given.factor  # a bare scale (150k) takes the expected unit
    if given.base == expected.base and given.per in (
        "",
        expected.per,
    ):  # `per` may be left out but not contradict
        return _scaled(value, given.factor, expected.factor)
    raise MistakeError(Message("errors_world.unit_misfit", expected=_named(unit), given=body))


def _scaled(value: float, given: float, expected: float) -> float:
    """Convert between scales. It divides where it can: 7 / 100 is exactly 0.07, 7 × 0.01 is not."""
    if given == expected:
        return value
    return value / (1 / given) / expected if given < 1.0 else value * given / expected


def _is_plain(unit: str) -> bool:
    taken_apart = parse_unit(unit)
    return taken_apart.base == "" and not taken_apart.per


def _named(unit: str) -> Message | str:
    return Message("errors_world.plain_or_percentage") if _is_plain(unit) else unit


def _number_expected(unit: str, kind: str = "", **parts: object) -> Message:
    """Say that a number is expected, and its unit if it has one."""
    return Message(
        f"errors_world.number.{'plain' if _is_plain(unit) else 'counted'}{kind}", unit=unit, **parts
    )


def _kind(given: object) -> Message:
    """Name what was given instead of a number."""
    kinds = ((bool, "bool"), (type(None), "nothing"), (list | tuple, "list"), (dict, "mapping"))
    name = next((name for kind, name in kinds if isinstance(given, kind)), "other")
    return Message(f"errors_world.given.{name}")


def number_text(value: float) -> str:
    """Print a number as people would write it: no ``.0``, no exponent below a thousand million million."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.12g}"


def amount_text(value: float, unit: str) -> str:
    """Print a number with its unit, without a unit that says nothing (a share)."""
    return number_text(value) if _is_plain(unit) else f"{number_text(value)} {unit}"


def check_range(value: float, low: float, high: float, unit: str, what: Message | Both) -> None:
    """Refuse a value outside [low, high] with a message that says what is allowed.

    Raises
    ------
    ValueError
        Such as ``people in the pool cannot be negative (allowed: 0 to 415000 people)``.
    """
    if low <= value <= high:
        return
    key = "negative" if value < 0.0 <= low else "too_small" if value < low else "too_large"
    raise MistakeError(
        Message(f"errors_world.{key}", what=what, low=number_text(low), high=amount_text(high, unit))
    )


def parse_quarter(given: object) -> int:
    """Read ``2024Q1`` as a quarter index, 4 × year + quarter − 1.

    Raises
    ------
    ValueError
        If it is not a quarter, or lies outside 2020Q1 to 2050Q4.
    """
    found = _QUARTER.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None:
        raise MistakeError(Message("errors_world.quarter"))
    year, quarter = int(found[1]), int(found[2])
    if not 1 <= quarter <= 4:
        raise MistakeError(Message("errors_world.four_quarters"))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise MistakeError(Message("errors_world.quarter_between", first=FIRST_YEAR, last=LAST_YEAR))
    return 4 * year + quarter - 1


def quarter_text(index: int) -> str:
    """Write a quarter index as ``2024Q1``."""
    return f"{index // 4}Q{index % 4 + 1}"
