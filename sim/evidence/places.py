"""Checks of the map: cells and seats lie on their row and column, in the province and in their own region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from statistics import median

from sim.errors import Message, Problem
from sim.evidence.csv_rows import Row

#: Most cell sides between a seat and the centre of the nearest cell of its region: its own cell or a neighbour.
_SEAT = 1.0
#: Most coarse cell sides between a fine cell and a coarse one of its region: the grids cut borders differently.
_BESIDE = 3.0
#: Cell sides from every other cell beyond which a cell cannot belong to the province.
_FAR = 5
_ROUNDING = 1e-6  # degrees


def off_their_lines(rows: Sequence[Row], side: float) -> list[Problem]:
    """Find cells whose centre does not match their row (counted southwards) and column (counted eastwards)."""
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
    """Find cells of the fine grid far from their region in the coarse grid, whose cells have this side."""
    problems = []
    near = _Near(coarse, "region_code", side * _BESIDE)
    for row in fine:
        if not near.has(row["region_code"], row["lon"], row["lat"]):
            message = Message("errors_evidence.division_elsewhere", where=where, division=row["region_code"])
            problems.append(row.problem("region_code", message))
    return problems


def seats_elsewhere(seats: Sequence[Row], cells: Sequence[Row], side: float) -> list[Problem]:
    """Find seats that lie outside their region's cells."""
    near = _Near(cells, "region_code", side * _SEAT)
    return [
        row.problem("seat_lon", Message("errors_evidence.seat_elsewhere", lat=row["seat_lat"]))
        for row in seats
        if not near.has(row["code"], row["seat_lon"], row["seat_lat"])
    ]


class _Near:
    """Points by region, for lookup within a distance in degrees along either axis."""

    def __init__(self, rows: Sequence[Row], division: str, distance: float) -> None:
        self._distance = distance
        self._points: dict[tuple[int, int, int], list[tuple[float, float]]] = {}
        for row in rows:
            box = self._box(row[division], row["lon"], row["lat"])
            self._points.setdefault(box, []).append((row["lon"], row["lat"]))

    def _box(self, division: int, lon: float, lat: float) -> tuple[int, int, int]:
        return division, floor(lon / self._distance), floor(lat / self._distance)

    def has(self, division: int, lon: float, lat: float) -> bool:
        """Whether a point of this region is near."""
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
