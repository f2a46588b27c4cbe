"""What the tables share: a reader of one folder that gathers the mistakes of all files it reads."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sim.errors import Message, Problem
from sim.evidence.cells import SOURCED, Converter, year
from sim.evidence.csv_rows import Row, known, scan_rows, sums_to_one, unique
from sim.evidence.records import Figure, Figures
from sim.evidence.units import unit_problems

K = TypeVar("K")

#: what every row with a dated number carries besides the number
TIMED: Mapping[str, Converter] = {"year": year, **SOURCED}

SOURCE_ID = r"[A-ER]\d\d|T\d"
_CITED = re.compile(rf"\b(?:{SOURCE_ID})\b")


class Reader:
    """Reads file after file of one calibration folder, so that a person sees all mistakes in one go.

    Attributes
    ----------
    folder
        The calibration folder.
    problems
        Every mistake found so far, in reading order.
    source_ids
        Ids listed in sources.csv; None as long as it has not been read, and sources are not checked.
    seats
        Rows of regions.csv, read before the grids in which the seats must lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.source_ids: frozenset[str] | None = None
        self.seats: list[Row] = []
        self._broken: set[str] = set()

    def rows(self, name: str, columns: Mapping[str, Any], *key: str, cites: str = "source") -> list[Row]:
        """Rows of a file whose `key` columns must be unique and whose `cites` column names known sources."""
        rows, problems = scan_rows(self.folder / name, columns)
        problems += unique(rows, *key)
        problems += unit_problems(name, rows) if "unit" in columns else []
        if problems:
            self._broken.add(name)
        self.problems += problems
        if cites in columns and self.source_ids is not None and "sources.csv" not in self._broken:
            for row in rows:
                if row.has(cites):
                    self._check_sources(row, cites, self.source_ids)
        return rows

    def known(self, rows: Sequence[Row], name: str, allowed: Collection[Any], where: str) -> None:
        """Check column `name` against what the file `where` lists, unless that file itself is mistaken."""
        if where not in self._broken:
            self.problems += known(rows, name, allowed, where)

    def sums_to_one(self, rows: Sequence[Row], group: Sequence[str], value: str) -> None:
        """Check that the `value` cells of each group sum to 1."""
        self.problems += sums_to_one(rows, group, value)

    def complete(self, name: str, rows: Sequence[Row], key: Sequence[str], wanted: Collection[Any]) -> None:
        """Check that a file has a row for every wanted key; the place is where they could be added."""
        if not rows or name in self._broken:
            return
        given = {tuple(row[part] for part in key) for row in rows}
        gaps = [" ".join(str(part) for part in one) for one in wanted if one not in given]
        if gaps:
            few = "; ".join(gaps[:6]) + ("; …" if len(gaps) > 6 else "")
            if len(gaps) == 1:
                message = Message("errors_evidence.one_gap", rows=few)
            else:
                message = Message("errors_evidence.gaps", count=len(gaps), rows=few)
            file, line = str(self.folder / name), rows[-1].line + 1
            self.problems.append(Problem(message, file=file, line=line, column=1, key=" + ".join(key)))

    def figures(self, name: str, rows: Sequence[Row], *key: str) -> Figures[Any]:
        """Rows as figures by key."""
        figures: Figures[Any] = Figures()
        figures.file = str(self.folder / name)
        for row in whole_rows(rows):
            where = tuple(row[part] for part in key)
            figures[where] = Figure(row["value"], row["unit"], row["source"], row["grade"])
        return figures

    def _check_sources(self, row: Row, name: str, source_ids: frozenset[str]) -> None:
        missing = [id_ for id_ in _CITED.findall(row[name]) if id_ not in source_ids]
        if missing:
            message = Message("errors_evidence.no_sources", ids=tuple(missing))
            self.problems.append(row.problem(name, message))


def whole_rows(rows: Sequence[Row]) -> list[Row]:
    """Rows without a mistake; the others have been reported and cannot become records."""
    return [row for row in rows if len(row.cells) == len(row.header)]
