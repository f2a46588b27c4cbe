"""A reader of one evidence folder that collects the mistakes of all files it reads."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sim.errors import Message, Problem
from sim.evidence.cells import SOURCED, Converter, year
from sim.evidence.csv_rows import Row, scan_rows, sums_to_one, unique, unknown
from sim.evidence.records import Figure, Figures
from sim.evidence.units import unit_problems

K = TypeVar("K")

#: Columns of every row that holds a dated number, besides the number itself.
TIMED: Mapping[str, Converter] = {"year": year, **SOURCED}

SOURCE_ID = r"[A-ER]\d\d|T\d"
_CITED = re.compile(rf"\b(?:{SOURCE_ID})\b")


class Reader:
    """Reads the files of one evidence folder one by one, so that a person sees all mistakes at once.

    Attributes
    ----------
    folder
        The evidence folder.
    problems
        Every mistake found so far, in reading order.
    source_ids
        Ids listed in sources.csv; None until it has been read, and until then sources are not checked.
    seats
        Rows of regions.csv; read before the grids, to check that the seats lie in them.
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

    def refuse_unknown(self, rows: Sequence[Row], name: str, allowed: Collection[Any], where: str) -> None:
        """Check column `name` against the list in the file `where`, unless that file itself has mistakes."""
        if where not in self._broken:
            self.problems += unknown(rows, name, allowed, where)

    def sums_to_one(self, rows: Sequence[Row], group: Sequence[str], value: str) -> None:
        """Check that the `value` cells of each group sum to 1."""
        self.problems += sums_to_one(rows, group, value)

    def complete(self, name: str, rows: Sequence[Row], key: Sequence[str], wanted: Collection[Any]) -> None:
        """Check that a file has a row for every wanted key; the mistake points to where rows could be added."""
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
        """Turn rows into figures by key."""
        figures: Figures[Any] = Figures()
        figures.file = str(self.folder / name)
        for row in whole_rows(rows):
            where = tuple(row[part] for part in key)
            origin = row["value"], row["unit"], row["source"], row["grade"]
            figures[where] = Figure(*origin, **({"error": row["error"]} if row.has("error") else {}))
        return figures

    def _check_sources(self, row: Row, name: str, source_ids: frozenset[str]) -> None:
        missing = [id_ for id_ in _CITED.findall(row[name]) if id_ not in source_ids]
        if missing:
            message = Message("errors_evidence.no_sources", ids=tuple(missing))
            self.problems.append(row.problem(name, message))


def whole_rows(rows: Sequence[Row]) -> list[Row]:
    """Rows without mistakes; the others have been reported and cannot become records."""
    return [row for row in rows if len(row.cells) == len(row.header)]
