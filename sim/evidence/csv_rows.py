"""The shared reader of the evidence folder's CSV files: reports all mistakes at once, each with file, line and column.

Such a file is UTF-8 text with one header row and one row per line. People edit it in a text editor or a spreadsheet,
so the reader accepts Windows line ends, a byte-order mark, blank lines, and the empty rows and trailing empty columns
that a spreadsheet leaves. For anything else it reports the place and what is allowed.
"""

from __future__ import annotations

import codecs
import csv
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import InputError, Message, MistakeError, Problem, system_reason
from sim.evidence.cells import (
    SOURCED,
    Converter,
    count,
    filled,
    non_negative,
    number,
    one_of,
    optional,
    share,
    whole,
    within,
    year,
)
from sim.evidence.encodings import AS_CSV, not_utf8

# re-exports the converters, so that readers of files need one import
__all__ = [
    "SOURCED",
    "Converter",
    "Row",
    "count",
    "filled",
    "non_negative",
    "number",
    "one_of",
    "optional",
    "read_rows",
    "read_text",
    "scan_rows",
    "share",
    "sums_to_one",
    "unique",
    "unknown",
    "whole",
    "within",
    "year",
]

#: shares are written with at most six decimals
_TOLERANCE = 1e-6
#: A line of only these characters is a row of empty cells.
_NOTHING = ', \t"\r'

MOST_MISTAKES = 1000  # of one file; with more than this it is probably not such a file at all

_PLAIN: Mapping[Any, Converter] = {str: filled, int: whole, float: number}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: its converted cells and their place.

    Attributes
    ----------
    file, line
        Where the row is; lines count from 1 and the header is line 1.
    cells
        Converted values by column name; a cell that could not be converted is absent.
    text
        The line as written.
    header
        Column names in the order of the file.
    """

    file: str
    line: int
    cells: Mapping[str, Any]
    text: str
    header: tuple[str, ...]

    def __getitem__(self, name: str) -> Any:
        return self.cells[name]

    def has(self, *names: str) -> bool:
        """Whether all these cells were read without a mistake."""
        return all(name in self.cells for name in names)

    def problem(self, name: str, message: Message) -> Problem:
        """Build the mistake for this row's cell in column `name`."""
        place = self.header.index(name)
        starts = _starts(self.text)
        column = starts[place] if place < len(starts) else len(self.text) + 1
        given = _split(self.text)
        return Problem(
            message,
            file=self.file,
            line=self.line,
            column=column,
            key=name,
            value=given[place].strip() if place < len(given) else "",
        )


def read_rows(path: Path, columns: Mapping[str, Any]) -> list[Row]:
    """Read a CSV file with exactly these columns, in any order.

    Parameters
    ----------
    path
        The file.
    columns
        Column name -> converter of the cell's text: `str` (not empty), `int`, `float`, or any function that
        raises MistakeError.

    Raises
    ------
    InputError
        With every mistake: an unreadable file, a missing or unknown column, a cell that does not convert.
    """
    rows, problems = scan_rows(path, columns)
    if problems:
        raise InputError(problems)
    return rows


def scan_rows(path: Path, columns: Mapping[str, Any]) -> tuple[list[Row], list[Problem]]:
    """Read like `read_rows`, but return mistakes beside the rows, so that callers can look for more."""
    text, trouble = read_text(path)
    if trouble is not None:
        return [], [trouble]
    file, lines = str(path), text.split("\n")
    header, problems = _header(file, lines[0].rstrip("\r"), columns)
    if problems:
        return [], problems
    converters = [_PLAIN.get(columns[name], columns[name]) for name in header]
    rows: list[Row] = []
    for at, raw in enumerate(lines[1:], start=2):
        line = raw.rstrip("\r")
        if len(problems) >= MOST_MISTAKES:
            message = Message("errors_evidence.too_many_mistakes")
            problems.append(Problem(message, file=file, line=at, column=1))
            break
        if line.strip(_NOTHING):
            rows.append(_row(file, at, line, header, converters, problems))
    if not rows:
        problems.append(Problem(Message("errors_evidence.no_rows"), file=file, line=2, column=1))
    return rows, problems


def read_text(path: Path) -> tuple[str, Problem | None]:
    """Read a UTF-8 text file; return the text, or the mistake that prevents it."""
    file = str(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return "", Problem(Message("errors_evidence.missing_file"), file=file)
    except OSError as error:
        return "", Problem(Message("errors_evidence.cannot_read", why=system_reason(error)), file=file)
    if not content.strip():
        return "", Problem(Message("errors_evidence.empty_file"), file=file, line=1, column=1)
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()  # without the byte-order mark
        line = before.count("\n") + 1
        column = len(before.rpartition("\n")[2]) + 1
        message = not_utf8(content, table=path.suffix == ".csv")
        return "", Problem(message, file=file, line=line, column=column)
    if "\0" in text:
        before_null = text.partition("\0")[0]
        line = before_null.count("\n") + 1
        column = len(before_null.rpartition("\n")[2]) + 1
        message = Message("errors_evidence.zero_byte")
        return "", Problem(message, file=file, line=line, column=column)
    return text, None


def unique(rows: Iterable[Row], *names: str) -> list[Problem]:
    """Find rows that repeat the key made of the columns `names`."""
    first: dict[tuple[Any, ...], int] = {}
    problems = []
    for row in rows:
        if row.has(*names):
            key = tuple(row[name] for name in names)
            if key in first:
                message = Message("errors_evidence.given_twice", names=" + ".join(names), line=first[key])
                problems.append(row.problem(names[0], message))
            else:
                first[key] = row.line
    return problems


def unknown(rows: Iterable[Row], name: str, allowed: Collection[Any], where: str) -> list[Problem]:
    """Find cells of column `name` whose value is not in `allowed`; `where` names that list.

    A value that is unknown on several lines is reported once, at the first.
    """
    unknown: dict[Any, list[Row]] = {}
    for row in rows:
        if row.has(name) and row[name] not in allowed:
            unknown.setdefault(row[name], []).append(row)
    problems = []
    for first, *more in unknown.values():
        if not more:
            message = Message("errors_evidence.not_listed", where=where)
        elif len(more) == 1:
            message = Message("errors_evidence.not_listed_one_more", where=where)
        else:
            message = Message("errors_evidence.not_listed_more", where=where, count=len(more))
        problems.append(first.problem(name, message))
    return problems


def sums_to_one(rows: Sequence[Row], group: Sequence[str], value: str) -> list[Problem]:
    """Find groups of rows whose `value` cells do not sum to 1; groups with unreadable cells are skipped."""
    if not all(row.has(*group) for row in rows):
        return []
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in group), []).append(row)
    problems = []
    for key, members in groups.items():
        if all(row.has(value) for row in members):
            total = math.fsum(row[value] for row in members)
            if abs(total - 1) > _TOLERANCE:
                named = tuple(f"{name} {part}" for name, part in zip(group, key, strict=True))
                message = Message("errors_evidence.sum_not_one", value=value, named=named, total=total)
                problems.append(members[-1].problem(value, message))
    return problems


def _header(file: str, line: str, columns: Mapping[str, Any]) -> tuple[tuple[str, ...], list[Problem]]:
    """Column names of the first line, and what is wrong with them."""
    try:
        names = tuple(name.strip() for name in _split(line))
    except csv.Error as error:
        message = Message("errors_evidence.bad_header", why=str(error))
        return (), [Problem(message, file=file, line=1, column=1)]
    if separated := _separated_otherwise(line, columns):
        return (), [Problem(separated, file=file, line=1, column=1)]
    while len(names) > 1 and not names[-1]:  # empty columns at the end
        names = names[:-1]
    starts = _starts(line)
    problems = []
    for place, name in enumerate(names):
        if name not in columns:
            message = Message("errors_evidence.unknown_column", columns=tuple(columns))
        elif name in names[:place]:
            message = Message("errors_evidence.column_twice")
        else:
            continue
        problems.append(Problem(message, file=file, line=1, column=starts[place], key=name))
    end = len(line.rstrip(_NOTHING)) + 1
    for name in columns:
        if name not in names:
            message = Message("errors_evidence.missing_column")
            problems.append(Problem(message, file=file, line=1, column=end, key=name))
    return names, problems


def _separated_otherwise(line: str, columns: Mapping[str, Any]) -> Message | None:
    """Say what separates a header's cells if it is not commas."""
    if re.match(r"\s*sep\s*=", line, re.IGNORECASE):
        return Message("errors_evidence.separator_line")
    for separator, name in (
        (";", Message("errors_evidence.semicolons")),
        ("\t", Message("errors_evidence.tabs")),
        ("；", Message("errors_evidence.full_width_semicolons")),
        ("，", Message("errors_evidence.full_width_commas")),
    ):
        parts = [part.strip().strip('"') for part in line.split(separator)]
        if (
            len(parts) > 1
            and (len(columns) > 1)
            and any(part in columns for part in parts)
            and "," not in line
        ):
            return Message("errors_evidence.separated", separator=name, way=AS_CSV)
    return None


def _row(
    file: str,
    at: int,
    line: str,
    header: tuple[str, ...],
    converters: Sequence[Converter],
    problems: list[Problem],
) -> Row:
    """Convert one line; mistakes are appended to `problems`."""
    cells: dict[str, Any] = {}
    row = Row(file, at, cells, line, header)
    try:
        texts = _split(line)
    except csv.Error:
        message = Message("errors_evidence.open_quotation")
        problems.append(Problem(message, file=file, line=at, column=line.find('"') + 1))
        return row
    while len(texts) > len(header) and not texts[-1].strip():
        texts.pop()
    if len(texts) != len(header):
        starts = _starts(line)
        # Quotation marks within a cell can hide where the next one begins.
        column = starts[len(header)] if len(starts) > len(header) else len(line) + 1
        why = Message("errors_evidence.quote_commas")
        other = re.search("[，；;\t]", line)
        if other and '"' not in line and len(re.split("[,，；;\t]", line)) == len(header):
            column, why = other.start() + 1, Message("errors_evidence.plain_commas")
        message = Message("errors_evidence.cells", count=len(texts), wanted=len(header), why=why)
        problems.append(Problem(message, file=file, line=at, column=column))
        return row
    for name, convert, text in zip(header, converters, texts, strict=True):
        try:
            cells[name] = convert(text.strip())
        except MistakeError as error:
            problems.append(row.problem(name, error.message))
    return row


def _split(line: str) -> list[str]:
    """Cells of one line. Splitting line by line lets an open quotation mark be reported where it is."""
    if '"' not in line:
        return line.split(",")
    return next(csv.reader((line,), strict=True))


def _starts(line: str) -> list[int]:
    """Position, from 1, of the first character of each cell of a line.

    A quotation mark quotes only where a cell begins, and one after the other within quotes stands for itself.
    """
    starts, quoted, before = [1], False, ","
    for at, character in enumerate(line, start=1):
        if character == '"' and (quoted or before in (",", "closed")):
            quoted = not quoted
            before = character if quoted else "closed"
        elif character == "," and not quoted:
            starts.append(at + 1)
            before = character
        else:
            before = ""
    return starts
