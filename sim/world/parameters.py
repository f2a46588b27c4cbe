"""Every number of the model, with meaning, unit, range, source and grade: one registry, one file.

The registry is ``parameters.csv`` in the evidence folder. ``low`` and ``high`` are what sensitivity analysis
explores and what a scenario may set; a value outside them is refused, never clipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem
from sim.evidence.cells import SOURCED, filled, number
from sim.evidence.csv_rows import Row, scan_rows, unique
from sim.world.quantities import amount_text, check_range, number_text, parse_quantity
from sim.world.required import BOUNDS, POSITIVE, REQUIRED

FILE = "parameters.csv"


def _identifier(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text):
        raise ValueError("a parameter's name is a letter followed by letters, digits and underscores")
    return text


_COLUMNS: dict[str, Any] = {
    "name": _identifier,
    "meaning_en": filled,
    "meaning_zh": filled,
    "default": number,
    "low": number,
    "high": number,
    **SOURCED,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of the model.

    Attributes
    ----------
    name
        Identifier, as scenarios and the kernel know it.
    meaning_en, meaning_zh
        What it is, in words.
    unit
        The unit of `default`, `low` and `high`.
    default, low, high
        The value unless a scenario says otherwise, and the range that is allowed and explored.
    source, grade
        Where the number comes from, and how far to trust it.
    """

    name: str
    meaning_en: str
    meaning_zh: str
    unit: str
    default: float
    low: float
    high: float
    source: str
    grade: str

    @property
    def allowed(self) -> str:
        """The range in words, such as ``0 to 415000 people``."""
        return f"{number_text(self.low)} to {amount_text(self.high, self.unit)}"

    def read(self, given: object) -> float:
        """Read a value as people write it, in this parameter's unit.

        Parameters
        ----------
        given
            A number, or text with a unit such as ``20000 people``.

        Raises
        ------
        ValueError
            With a sentence for people, if it is no number, has another unit, or lies outside the range.
        """
        value = parse_quantity(given, self.unit)
        check_range(value, self.low, self.high, self.unit, self.meaning_en)
        return value


class Registry(Mapping[str, Parameter]):
    """All parameters by name, in the order of the file; frozen.

    Parameters
    ----------
    parameters
        The parameters, names unique.
    """

    __slots__ = ("_parameters",)

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        self._parameters = {parameter.name: parameter for parameter in parameters}

    def __getitem__(self, name: str) -> Parameter:
        return self._parameters[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def defaults(self) -> dict[str, float]:
        """Give every parameter its default value."""
        return {name: parameter.default for name, parameter in self._parameters.items()}

    def unknown(self, name: str) -> str:
        """Say that there is no such parameter, with the nearest name there is."""
        near = get_close_matches(name, self._parameters, n=1)
        hint = f" Did you mean {near[0]}?" if near else " `upgrading explain` lists all there are."
        return f"no such parameter.{hint}"


def _disorder(row: Row) -> list[Problem]:
    """Find a range upside down, or a default outside its range."""
    if not row.has("default", "low", "high"):
        return []
    if row["low"] > row["high"]:
        return [row.problem("low", "low is above high")]
    if not row["low"] <= row["default"] <= row["high"]:
        return [row.problem("default", "the default lies outside low to high")]
    return []


def _out_of_place(row: Row) -> list[Problem]:
    """Find a name or unit that the model does not know, or a range beyond what its unit allows."""
    problems = []
    if row.has("name") and row["name"] not in REQUIRED:
        near = get_close_matches(row["name"], REQUIRED, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        problems.append(row.problem("name", f"the model has no such parameter.{hint}"))
    if row.has("unit") and row["unit"] not in BOUNDS:
        problems.append(row.problem("unit", f"no such unit; there are: {', '.join(BOUNDS)}"))
    elif row.has("unit", "low", "high"):
        low, high, open_end = BOUNDS[row["unit"]]
        if row["low"] < low:
            problems.append(row.problem("low", f"in {row['unit']}, nothing may be below {low:g}"))
        if row["high"] > high or (open_end and row["high"] == high):
            most = "must be below" if open_end else "may be above"
            problems.append(
                row.problem(
                    "high", f"in {row['unit']}, {'everything' if open_end else 'nothing'} {most} {high:g}"
                )
            )
    if row.has("name", "low") and row["name"] in POSITIVE and row["low"] <= 0:
        problems.append(row.problem("low", "this is divided by, so its range must be above 0"))
    return problems


@lru_cache(maxsize=8)
def _load(path: Path, changed: tuple[int, int]) -> Registry:
    rows, problems = scan_rows(path, _COLUMNS)
    problems += unique(rows, "name")
    for row in rows:
        problems += _disorder(row) + _out_of_place(row)
    known = {row["name"] for row in rows if row.has("name")}
    missing = sorted(REQUIRED - known) if not problems else []
    if missing:
        problems.append(
            Problem(f"rows are missing that the model needs: {', '.join(missing)}", file=str(path))
        )
    if problems:
        raise InputError(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
    return Registry(tuple(Parameter(**row.cells) for row in rows))


def load_parameters(folder: Path) -> Registry:
    """Read the registry of an evidence folder; read again only after the file has changed.

    Parameters
    ----------
    folder
        Such as ``calibration/hubei``.

    Raises
    ------
    InputError
        With every mistake of the file.
    """
    path = folder / FILE
    try:
        status = path.stat()
    except OSError:
        return _load(path, (0, 0))  # the reader says what is wrong with the file
    return _load(path, (status.st_mtime_ns, status.st_size))
