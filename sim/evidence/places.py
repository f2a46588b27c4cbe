"""Where cells and seats lie: on their row and column, within the province, and in their own division."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from statistics import median

from sim.errors import Message, Problem
from sim.evidence.csv_rows import Row

#: Sides of a cell that a seat may lie from the centre of a cell of its division: its own cell or a neighbour.
_SEAT = 1.0
#: Sides of the coarser cell that a finer cell may lie from one of its division: borders are cut differently.
_BESIDE = 3.0
#: Sides of a cell beyond which nothing belongs to the province any more.
_FAR = 5
_ROUNDING = 1e-6  # degrees


def off_their_lines(rows: Sequence[Row], side: float) -> list[Problem]:
    """Find cells whose centre is not where their row and column put it, rows counted southwards, columns eastwards."""
    problems = []
    lines = (("lat", "row", -side), ("lon", "col", side))
    for centre, line, step in lines:
        start = median(row[centre] - step * row[line] for row in rows)
        for row in rows:
            wanted = start + step * row[line]
            if abs(row[centre] - wanted) > _ROUNDING:
                message = Message(
                    "errors_evidence.line_elsewhere", line=line, number=row[line], wanted=wanted
                )
                problems.append(row.problem(centre, message))
    return problems


def far_away(rows: Sequence[Row]) -> list[Problem]:
    """Find cells that lie far from every other cell."""
    blocks: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        blocks.setdefault((row["row"] // _FAR, row["col"] // _FAR), []).append(row)
    message = Message("errors_evidence.far_away")
    return [
        members[0].problem("row", message)
        for (y, x), members in blocks.items()
        if len(members) == 1
        and len(rows) > 1
        and not any(
            (y + up, x + right) in blocks
            for up in (-1, 0, 1)
            for right in (-1, 0, 1)
            if (up, right) != (0, 0)
        )
    ]


def in_another_division(fine: Sequence[Row], coarse: Sequence[Row], side: float, where: str) -> list[Problem]:
    """Find cells of the finer grid that lie far from their division in the coarser, whose cells have this side."""
    problems = []
    near = _Near(coarse, "region_code", side * _BESIDE)
    for row in fine:
        if not near.has(row["region_code"], row["lon"], row["lat"]):
            message = Message("errors_evidence.division_elsewhere", where=where, division=row["region_code"])
            problems.append(row.problem("region_code", message))
    return problems


def seats_elsewhere(seats: Sequence[Row], cells: Sequence[Row], side: float) -> list[Problem]:
    """Find seats that lie outside their division, whose cells are given."""
    near = _Near(cells, "region_code", side * _SEAT)
    return [
        row.problem("seat_lon", Message("errors_evidence.seat_elsewhere", lat=row["seat_lat"]))
        for row in seats
        if not near.has(row["code"], row["seat_lon"], row["seat_lat"])
    ]


class _Near:
    """Points by division, found again within a distance in degrees along either axis."""

    def __init__(self, rows: Sequence[Row], division: str, distance: float) -> None:
        self._distance = distance
        self._points: dict[tuple[int, int, int], list[tuple[float, float]]] = {}
        for row in rows:
            box = self._box(row[division], row["lon"], row["lat"])
            self._points.setdefault(box, []).append((row["lon"], row["lat"]))

    def _box(self, division: int, lon: float, lat: float) -> tuple[int, int, int]:
        return division, floor(lon / self._distance), floor(lat / self._distance)

    def has(self, division: int, lon: float, lat: float) -> bool:
        """Whether a point of this division lies near."""
        _, x, y = self._box(division, lon, lat)
        most = self._distance + _ROUNDING
        return any(
            abs(there[0] - lon) <= most and abs(there[1] - lat) <= most
            for right in (-1, 0, 1)
            for up in (-1, 0, 1)
            for there in self._points.get((division, x + right, y + up), ())
        )


def finest(sides: Mapping[str, float]) -> str:
    """Name the grid with the smallest cells."""
    return min(sides, key=lambda grid: (sides[grid], grid))
