"""The registry: every number of the model with meaning, unit, range, source and grade, in one file.

The file is ``parameters.csv`` in the evidence folder. ``low`` and ``high`` bound what sensitivity analysis explores
and what a scenario may set; a value outside them is refused, never clipped. For numbers that calibration fits, this
file keeps the starting value; calibration writes the fitted value to ``derived/parameters.csv``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.errors import Both, InputError, Message, MistakeError, Problem, system_reason
from sim.evidence.cells import SOURCED, filled, number, one_of
from sim.evidence.csv_rows import Row, scan_rows, unique
from sim.evidence.encodings import csv_bytes
from sim.world.quantities import amount_text, check_range, number_text, parse_quantity
from sim.world.required import BOUNDS, POSITIVE, REQUIRED, WHOLE
from sim.world.required import FITTED as FITTED_NAMES

FILE = "parameters.csv"
FITTED = "derived/parameters.csv"
DIGITS = 6  # significant digits of a fitted value


def _identifier(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text):
        raise MistakeError(Message("errors_world.identifier"))
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
_FITTED_COLUMNS: dict[str, Any] = {
    "name": _identifier,
    "value": number,
    "source": filled,
    "grade": one_of("derived"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of the model.

    Attributes
    ----------
    name
        Identifier, as in scenarios and the kernel.
    meaning_en, meaning_zh
        Meaning in words.
    unit
        The unit of `default`, `low` and `high`.
    default, low, high
        The value unless a scenario sets another, and the range that is allowed and explored.
    source, grade
        Where the number comes from, and how reliable it is.
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

    def range_message(self) -> Message:
        """Say what range is allowed."""
        high = amount_text(self.high, self.unit)
        return Message("errors_world.allowed", low=number_text(self.low), high=high)

    def read(self, given: object) -> float:
        """Read a value as people write it, and convert it to this parameter's unit.

        Parameters
        ----------
        given
            A number, or text with a unit such as ``20000 people``.

        Raises
        ------
        MistakeError
            If it is not a number, has another unit, or lies outside the range.
        """
        value = parse_quantity(given, self.unit)
        what = Both(self.meaning_zh, self.meaning_en)
        check_range(value, self.low, self.high, self.unit, what)
        if self.whole and value != round(value):
            raise MistakeError(Message("errors_world.whole_units", what=what, unit=self.unit))
        return value

    @property
    def whole(self) -> bool:
        """Whether it is a time in whole quarters."""
        return self.name in WHOLE


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
        """Default value of every parameter."""
        return {name: parameter.default for name, parameter in self._parameters.items()}

    def unknown(self, name: str) -> Message:
        """Say that there is no such parameter, and suggest the nearest name."""
        return Message("errors_world.no_such_parameter", hint=_nearest(name, self._parameters))


def _nearest(name: str, names: Iterable[str]) -> Message:
    near = get_close_matches(name, list(names), n=1)
    return Message("errors.did_you_mean", near=near[0]) if near else Message("errors_world.explain_lists")


def _disorder(row: Row) -> list[Problem]:
    """Find a range whose ends are swapped, or a default outside its range."""
    if not row.has("default", "low", "high"):
        return []
    if row["low"] > row["high"]:
        return [row.problem("low", Message("errors_world.low_above_high"))]
    if not row["low"] <= row["default"] <= row["high"]:
        return [row.problem("default", Message("errors_world.default_outside"))]
    return []


def _out_of_place(row: Row) -> list[Problem]:
    """Find a name or unit that the model does not know, or a range beyond what its unit allows."""
    problems = []
    if row.has("name") and row["name"] not in REQUIRED:
        unknown = Message("errors_world.not_of_the_model", hint=_nearest(row["name"], REQUIRED))
        problems.append(row.problem("name", unknown))
    if row.has("unit") and row["unit"] not in BOUNDS:
        problems.append(row.problem("unit", Message("errors_world.no_such_unit", units=tuple(BOUNDS))))
    elif row.has("unit", "low", "high"):
        low, high, open_end = BOUNDS[row["unit"]]
        if row["low"] < low:
            below = Message("errors_world.nothing_below", unit=row["unit"], low=low)
            problems.append(row.problem("low", below))
        if row["high"] > high or (open_end and row["high"] == high):
            key = "errors_world.everything_below" if open_end else "errors_world.nothing_above"
            problems.append(row.problem("high", Message(key, unit=row["unit"], high=high)))
    if row.has("name", "low") and row["name"] in POSITIVE and row["low"] <= 0:
        problems.append(row.problem("low", Message("errors_world.divided_by")))
    return problems


def _misfits(row: Row, parameters: Mapping[str, Row]) -> list[Problem]:
    """Find fitted values of unknown parameters, or outside their range."""
    if not row.has("name", "value"):
        return []
    if row["name"] not in parameters:
        hint = _nearest(row["name"], parameters)
        unknown = Message("errors_world.not_in_file", file=FILE, hint=hint)
        return [row.problem("name", unknown)]
    start = parameters[row["name"]]
    if start.has("low", "high") and not start["low"] <= row["value"] <= start["high"]:
        low, high = number_text(start["low"]), number_text(start["high"])
        return [row.problem("value", Message("errors_world.allows_only", file=FILE, low=low, high=high))]
    return []


def _left_out(path: Path, overlay: list[Row], parameters: Mapping[str, Row]) -> list[Problem]:
    """Find fitted numbers that the file lacks; their starting values must not be used unnoticed."""
    given = {row["name"] for row in overlay if row.has("name")}
    missing = sorted((FITTED_NAMES & set(parameters)) - given)
    if not missing:
        return []
    message = Message("errors_world.fitted_missing", names=tuple(missing), folder=path.parents[1])
    return [Problem(message, file=str(path))]


@lru_cache(maxsize=16)
def _load(path: Path, fitted: Path | None, changed: tuple[tuple[int, int], ...]) -> Registry:
    rows, problems = scan_rows(path, _COLUMNS)
    problems += unique(rows, "name")
    for row in rows:
        problems += _disorder(row) + _out_of_place(row)
    by_name = {row["name"]: row for row in rows if row.has("name")}
    missing = sorted(REQUIRED - set(by_name)) if not problems else []
    if missing:
        problems.append(Problem(Message("errors_world.rows_missing", names=tuple(missing)), file=str(path)))
    problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
    overlay: list[Row] = []
    if fitted is not None:
        overlay, mistakes = scan_rows(fitted, _FITTED_COLUMNS)
        mistakes += unique(overlay, "name")
        if not problems:  # a broken registry cannot judge anything
            mistakes += [problem for row in overlay for problem in _misfits(row, by_name)]
            mistakes += _left_out(fitted, overlay, by_name)
        problems += sorted(mistakes, key=lambda problem: (problem.line or 0, problem.column or 0))
    if problems:
        raise InputError(problems)
    parameters = {row["name"]: Parameter(**row.cells) for row in rows}
    for row in overlay:
        parameters[row["name"]] = replace(
            parameters[row["name"]], default=row["value"], source=row["source"], grade=row["grade"]
        )
    return Registry(tuple(parameters.values()))


def load_parameters(folder: Path, *, fitted: bool = True) -> Registry:
    """Read the registry of an evidence folder; cached until one of its files changes.

    Parameters
    ----------
    folder
        Such as ``calibration/hubei``.
    fitted
        Whether fitted values, with their source and grade, replace starting values.

    Raises
    ------
    InputError
        With every mistake of the files.
    """
    path, overlay = folder / FILE, folder / FITTED
    changed = _stamp(path), _stamp(overlay)
    return _load(path, overlay if fitted and overlay.exists() else None, changed)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0  # the reader reports what is wrong with the file
    return status.st_mtime_ns, status.st_size


def write_fitted(folder: Path, values: Mapping[str, tuple[float, str]]) -> Path:
    """Write all fitted values of a calibration, replacing those of an earlier one.

    Parameters
    ----------
    folder
        The evidence folder.
    values
        Name -> value and its source; values are written with six significant digits.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If a name or value does not fit the registry (nothing is written then), or the file cannot be written.
    """
    path = folder / FITTED
    registry = load_parameters(folder, fitted=False)
    problems = [Problem(registry.unknown(name), key=name) for name in values if name not in registry] + [
        Problem(registry[name].range_message(), key=name, value=f"{value:g}")
        for name, (value, _) in values.items()
        if name in registry and not registry[name].low <= value <= registry[name].high
    ]
    if problems:
        raise InputError(problems)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_FITTED_COLUMNS)
    for name in registry:
        if name in values:
            value, source = values[name]
            writer.writerow((name, f"{value:.{DIGITS}g}", source, "derived"))
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(exist_ok=True)
        part.write_bytes(csv_bytes(text.getvalue()))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        message = Message("errors_world.cannot_write", why=system_reason(error))
        raise InputError(Problem(message, file=str(path))) from error
    return path
