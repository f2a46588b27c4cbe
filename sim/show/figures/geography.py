"""The geometry of a map, without drawing: outlines of regions from grid cells, and places for labels."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.evidence.tables import Evidence

Point = tuple[float, float]
Corner = tuple[int, int]
Ring = list[Point]
Places = NDArray[np.float64]
Costs = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plane:
    """A province on a plane, in kilometres-like units: degrees of latitude, longitude shrunk to match.

    Attributes
    ----------
    outlines
        Rings by region code; inner rings turn the other way round.
    border
        Rings of the whole province.
    seats
        Place of the seat by region code.
    width, height
        Extent; the lower left corner is the origin.
    degrees
        Cell size of the grid that the outlines follow.
    """

    outlines: dict[int, list[Ring]]
    border: list[Ring]
    seats: dict[int, Point]
    width: float
    height: float
    degrees: float


def plane_of(evidence: Evidence) -> Plane:
    """Lay out the province along the cell edges of its finest grid."""
    name = min(evidence.grids, key=lambda grid: evidence.cell_degrees[grid])
    cells, degrees = evidence.grids[name], evidence.cell_degrees[name]
    west = min(cell.lon for cell in cells) - degrees / 2
    east = max(cell.lon for cell in cells) + degrees / 2
    south = min(cell.lat for cell in cells) - degrees / 2
    north = max(cell.lat for cell in cells) + degrees / 2
    shrink = math.cos(math.radians((south + north) / 2))
    # Cells by place: columns eastward, rows northward, whichever way the file counts.
    places = {
        (
            round((cell.lon - west) / degrees - 0.5),
            round((cell.lat - south) / degrees - 0.5),
        ): cell.region_code
        for cell in cells
    }

    def project(ring: list[Corner]) -> Ring:
        return [(x * degrees * shrink, y * degrees) for x, y in ring]

    members: dict[int, set[Corner]] = defaultdict(set)
    for place, code in places.items():
        members[code].add(place)
    return Plane(
        outlines={r.code: [project(ring) for ring in outline(members[r.code])] for r in evidence.regions},
        border=[project(ring) for ring in outline(places)],
        seats={r.code: ((r.lon - west) * shrink, r.lat - south) for r in evidence.regions},
        width=(east - west) * shrink,
        height=north - south,
        degrees=degrees,
    )


def outline(cells: Collection[Corner]) -> list[list[Corner]]:
    """Trace the edges of a set of unit cells as closed rings with the cells on their left.

    Parameters
    ----------
    cells
        Column and row of each cell's lower left corner.

    Returns
    -------
    list
        Rings of corners where the direction changes, without the first corner again at the end.
    """
    there = set(cells)
    onward: dict[Corner, list[Corner]] = defaultdict(list)
    for x, y in sorted(there):
        around = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]
        beyond = [(x, y - 1), (x + 1, y), (x, y + 1), (x - 1, y)]
        for k in range(4):
            if beyond[k] not in there:
                onward[around[k]].append(around[(k + 1) % 4])
    rings = []
    while onward:
        start = min(onward)
        ring, corner = [], start
        while True:
            ring.append(corner)
            after = onward[corner]
            # Where two cells touch at a corner only, turn left: each keeps to its own ring.
            step = after.pop(_most_left(ring, after))
            if not after:
                del onward[corner]
            corner = step
            if corner == start:
                break
        rings.append(_without_straight(ring))
    return rings


def _most_left(ring: list[Corner], after: list[Corner]) -> int:
    """Return the index of the corner that turns left the most."""
    return max(range(len(after)), key=lambda k: _left_turn(ring, after[k]))


def _left_turn(ring: list[Corner], to: Corner) -> int:
    """Positive where going on to a corner turns left, negative where it turns right."""
    if len(ring) < 2:
        return 0
    (ax, ay), (bx, by) = ring[-2], ring[-1]
    return (bx - ax) * (to[1] - by) - (by - ay) * (to[0] - bx)


def _without_straight(ring: list[Corner]) -> list[Corner]:
    """Remove corners on straight stretches."""
    size = len(ring)
    return [ring[k] for k in range(size) if _left_turn([ring[k - 1], ring[k]], ring[(k + 1) % size])]


# ---------------------------------------------------------------------------------------------------------
# Labels
# ---------------------------------------------------------------------------------------------------------

_ANGLES = [math.pi / 2 + k * math.pi / 8 for k in range(16)]
_RINGS = 9
_SWEEPS = 6


def place_labels(
    anchors: Sequence[Point], sizes: Sequence[Point], extent: Point, dot: float, homes: Sequence[list[Ring]]
) -> list[Point]:
    """Find places for labels near their anchors so that none hides another or an anchor.

    Every label tries places around its anchor; labels move in turn until none can do better. The same input
    gives the same places.

    Parameters
    ----------
    anchors, sizes
        Point and label size (width, height) of each label, in one unit of length.
    extent
        Width and height of the map, origin at the lower left.
    dot
        Radius of the mark at an anchor.
    homes
        Outline of the area that each label would best lie in.

    Returns
    -------
    list
        Centre of each label.
    """
    tries = [_places(anchor, size, dot) for anchor, size in zip(anchors, sizes, strict=True)]
    fixed = [
        _own_costs(places, anchors, k, sizes[k], extent, dot, homes[k]) for k, places in enumerate(tries)
    ]
    chosen = [int(costs.argmin()) for costs in fixed]
    for _ in range(_SWEEPS):
        before = list(chosen)
        for k, places in enumerate(tries):
            costs = fixed[k] + sum(
                _hiding(places, sizes[k], tries[m][chosen[m]], sizes[m]) for m in range(len(tries)) if m != k
            )
            chosen[k] = int(costs.argmin())
        if chosen == before:
            break
    return [(float(x), float(y)) for x, y in (places[n] for places, n in zip(tries, chosen, strict=True))]


def _places(anchor: Point, size: Point, dot: float) -> Places:
    """Centres around an anchor, the label clear of the mark, nearer ones first."""
    found = []
    for ring in range(_RINGS):
        away = dot * 1.3 + ring * 0.45 * size[1]
        for angle in _ANGLES:
            dx, dy = math.cos(angle), math.sin(angle)
            found.append((anchor[0] + dx * (away + size[0] / 2), anchor[1] + dy * (away + size[1] / 2)))
    return np.array(found)


def _own_costs(
    places: Places, anchors: Sequence[Point], k: int, size: Point, extent: Point, dot: float, home: list[Ring]
) -> Costs:
    """Return the cost of each place by itself: distance, hidden marks, leaving home or the map."""
    far = np.array([math.dist(place, anchors[k]) for place in places]) / size[1]
    box = (2 * dot, 2 * dot)
    hidden = sum(_overlap(places, size, anchor, box) for anchor in anchors) / _area(box)
    outside = 1 - _overlap(places, size, (extent[0] / 2, extent[1] / 2), extent) / _area(size)
    halves = [(sx * size[0] / 2, sy * size[1] / 2) for sx in (-1, 0, 1) for sy in (-1, 0, 1)]
    corners = places[:, None] + np.array(halves)
    abroad = (~inside(corners, home)).sum(axis=1) / len(halves)
    costs: Costs = far + 12 * hidden + 60 * outside + 2.5 * abroad
    return costs


def _hiding(places: Places, size: Point, other: Point, other_size: Point) -> Costs:
    """Return the cost of overlapping another label, by place: high for any overlap, higher for a large one."""
    common = _overlap(places, size, other, other_size)
    return np.where(common > 0, 8 + 40 * common / _area(size), 0.0)


def _overlap(places: Places, size: Point, other: Point, other_size: Point) -> Costs:
    """Return the overlap of another box with boxes of one size centred at each place."""
    low = [np.maximum(places[:, d] - size[d] / 2, other[d] - other_size[d] / 2) for d in (0, 1)]
    high = [np.minimum(places[:, d] + size[d] / 2, other[d] + other_size[d] / 2) for d in (0, 1)]
    wide, tall = (np.maximum(high[d] - low[d], 0.0) for d in (0, 1))
    common: Costs = wide * tall
    return common


def _area(size: Point) -> float:
    return size[0] * size[1]


def inside(points: Places | Point, rings: list[Ring]) -> NDArray[np.bool_]:
    """Whether points lie inside an area, by counting the edges to their right.

    Parameters
    ----------
    points
        float64[..., 2].
    rings
        Outline of the area.

    Returns
    -------
    ndarray
        bool[...].
    """
    x, y = np.moveaxis(np.asarray(points), -1, 0)
    odd = np.zeros(x.shape, dtype=bool)
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if ay != by:
                odd ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) / (by - ay) * (bx - ax))
    return odd
