"""Plain text in columns; a Chinese character counts as two, the width it takes on a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    """Return the width of a text in terminal columns."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = (), indent: str = "  ") -> list[str]:
    """Lay rows out in columns two spaces apart.

    Parameters
    ----------
    rows
        The same number of cells each.
    right
        Indices of the right-aligned columns.
    indent
        Text before each line.
    """
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [indent + "  ".join(_cells(row, widths, right)).rstrip() for row in rows]


def _cells(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> list[str]:
    cells = []
    for k, cell in enumerate(row):
        room = " " * (widths[k] - width(cell))
        cells.append(room + cell if k in right else cell + room)
    return cells
