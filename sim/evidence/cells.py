"""Converters from the text of a cell to its value; their errors say in words what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from sim.errors import Message, MistakeError

Converter = Callable[[str], Any]

_MOST_DIGITS = 18  # of a whole number, so that it fits int64

GRADES = ("seed", "official", "literature", "derived", "recalled", "assumed")


def filled(text: str) -> str:
    """Take any text that is not empty."""
    if not text:
        raise MistakeError(Message("errors_evidence.empty_cell"))
    return text


def optional(text: str) -> str:
    """Take any text, even empty."""
    return text


def number(text: str) -> float:
    """Take a finite decimal number written in plain digits."""
    filled(text)
    try:
        value = float(text)
    except ValueError:
        raise MistakeError(Message("errors_evidence.number")) from None
    if "_" in text or not text.isascii():  # float() takes 1_000 and full-width digits; other readers do not
        raise MistakeError(Message("errors_evidence.plain_digits"))
    if not math.isfinite(value):
        raise MistakeError(Message("errors_evidence.finite"))
    return value


def number_or_none(text: str) -> float | None:
    """Take a finite decimal number, or None for an empty cell."""
    return number(text) if text else None


def non_negative(text: str) -> float:
    """Take a number that cannot be below zero: an amount, a cost."""
    value = number(text)
    if value < 0:
        raise MistakeError(Message("errors_evidence.negative"))
    return value


def share(text: str) -> float:
    """Take a number from 0 to 1."""
    value = number(text)
    if not 0 <= value <= 1:
        raise MistakeError(Message("errors_evidence.share"))
    return value


def error_or_none(text: str) -> float | None:
    """Take a relative standard deviation, above 0 and at most 1, or None for an empty cell."""
    if not text:
        return None
    value = share(text)
    if value == 0:
        raise MistakeError(Message("errors_evidence.no_error"))
    return value


def whole(text: str) -> int:
    """Take a whole number."""
    filled(text)
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
        raise MistakeError(Message("errors_evidence.whole"))
    return int(text)


def count(text: str) -> int:
    """Take a whole number from 0."""
    value = whole(text)
    if value < 0:
        raise MistakeError(Message("errors_evidence.negative"))
    return value


def year(text: str) -> int:
    """Take a calendar year."""
    value = whole(text)
    if not 1900 <= value <= 2100:
        raise MistakeError(Message("errors_evidence.year"))
    return value


def year_or_none(text: str) -> int | None:
    """Take a calendar year, or nothing where a fact is timeless."""
    return year(text) if text else None


def within(low: float, high: float) -> Converter:
    """Make a converter that takes a number from low to high."""

    def convert(text: str) -> float:
        value = number(text)
        if not low <= value <= high:
            raise MistakeError(Message("errors_evidence.between", low=low, high=high))
        return value

    return convert


def within_whole(low: int, high: int) -> Converter:
    """Make a converter that takes a whole number from low to high."""

    def convert(text: str) -> int:
        value = whole(text)
        if not low <= value <= high:
            raise MistakeError(Message("errors_evidence.whole_between", low=low, high=high))
        return value

    return convert


def one_of(*allowed: str) -> Converter:
    """Make a converter that takes exactly the given words."""
    shown = tuple(word or Message("errors_evidence.empty_allowed") for word in allowed)

    def convert(text: str) -> str:
        if text in allowed:
            return text
        if not text:
            raise MistakeError(Message("errors_evidence.empty_one_of", allowed=shown))
        near = get_close_matches(text, allowed, n=1)
        if near:
            raise MistakeError(Message("errors_evidence.one_of_near", allowed=shown, near=near[0]))
        raise MistakeError(Message("errors_evidence.one_of", allowed=shown))

    return convert


grade = one_of(*GRADES)

#: Columns of every row that holds a number, besides the number itself.
SOURCED: Mapping[str, Converter] = {"unit": filled, "source": filled, "grade": grade}
