"""A digest of what an evidence file says, not of how it is written, so that a spreadsheet may open and save it.

Two CSV files say the same if their cells are equal after stripping blanks. Byte-order mark, line ends, quotation marks,
rows of empty cells and empty columns at the end do not matter; numbers compare by value (0.50 = 0.5 = 5.0E-01).
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = Sequence[str] | NDArray[Any]
Table = tuple[list[str], Sequence[Column]]

_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
#: Bytes; larger tables are first tried as tables of numbers only, which are read fifty times as fast.
_LARGE = 200_000


@lru_cache(maxsize=64)  # a start asks for the same files several times
def contents_digest(name: str, content: bytes) -> bytes:
    """SHA-256 over what a file says: the cells of a CSV file, the lines of any other text, the bytes of anything else.

    Parameters
    ----------
    name
        The file's name; its ending gives the kind of file.
    content
        Its bytes.
    """
    try:
        if not name.endswith(".csv"):
            text = content.decode("utf-8-sig")
            return hashlib.sha256("\n".join(text.splitlines()).encode()).digest()
        table = (_numbers(content) if len(content) > _LARGE else None) or _cells(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, csv.Error):
        return hashlib.sha256(content).digest()
    total = hashlib.sha256()
    for title, column in zip(*table, strict=True):
        total.update(_framed([title]))
        total.update(_column(column))
    return total.digest()


def _numbers(content: bytes) -> Table | None:
    """Header and columns of a table of numbers only; None if it holds anything else."""
    from pyarrow import ArrowInvalid, BufferReader, float64
    from pyarrow.csv import ConvertOptions, read_csv

    first = content.partition(b"\n")[0].decode("utf-8-sig")
    names = next(csv.reader((first,)), [])
    if len(set(names)) < len(names) or not all(map(str.strip, names)):
        return None
    options = ConvertOptions(column_types=dict.fromkeys(names, float64()), null_values=[])
    try:
        table = read_csv(BufferReader(content), convert_options=options)
    except ArrowInvalid:
        return None
    if table.column_names != names or any(column.null_count for column in table.columns):
        return None
    columns = [column.to_numpy() for column in table.columns]
    if not all(column.dtype == np.float64 and np.isfinite(column).all() for column in columns):
        return None
    return [name.strip() for name in names], columns


def _cells(text: str) -> Table:
    """Header and columns of a table of text, without empty rows and without empty columns at the end."""
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    rows = [row for row in rows if any(row)]
    width = max((max(at for at, cell in enumerate(row, start=1) if cell) for row in rows), default=0)
    full = [row[:width] + [""] * (width - len(row)) for row in rows]
    header = full[0] if full else []
    return header, [[row[at] for row in full[1:]] for at in range(width)]


def _column(column: Column) -> bytes:
    """Encode a column in its canonical form."""
    if isinstance(column, np.ndarray):
        return b"n" + (column + 0.0).astype("<f8").tobytes()  # + 0.0 turns -0.0 into 0.0
    values = [_value(cell) for cell in column]
    if all(isinstance(value, float) for value in values):
        return _column(np.array(values, dtype=float))
    return b"t" + _framed([value if isinstance(value, str) else repr(value) for value in values])


@lru_cache(maxsize=100_000)
def _value(cell: str) -> float | str:
    """The number in a cell, or its text."""
    if not _NUMBER.fullmatch(cell):
        return cell
    value = float(cell)
    return value + 0.0 if math.isfinite(value) else cell


def _framed(texts: Iterable[str]) -> bytes:
    """Join texts unambiguously: different lists give different bytes."""
    return b"".join(b"%d:%s" % (len(text), text) for text in (given.encode() for given in texts))
