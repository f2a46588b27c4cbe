"""The map as arrays: cells in region order, where firms are, how far knowledge and people travel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Message, Problem
from sim.evidence.records import Cell
from sim.evidence.tables import Evidence

Array = NDArray[Any]
EARTH_RADIUS_KM = 6371.0
DEGREE_KM = 111.195  # a degree of a great circle
DIGITS = 12  # decimals kept of exponentials, so another machine's last bit changes nothing


class Space(NamedTuple):
    """Arrays of the map; C cells in region order, R regions."""

    cell_region: Array  # int16[C]
    cell_start: Array  # int64[R + 1]
    cell_cumulative: Array  # float64[C]
    spill_start: Array  # int64[C + 1]
    spill_cell: Array  # int32[pairs]
    spill_weight: Array  # float64[pairs]
    region_distance: Array  # float64[R, R], km between seats


def great_circle(lon_a: Array, lat_a: Array, lon_b: Array, lat_b: Array) -> Array:
    """Return the great-circle distance in km between points in degrees (haversine)."""
    lon_a, lat_a, lon_b, lat_b = (np.radians(angle) for angle in (lon_a, lat_a, lon_b, lat_b))
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    distance: Array = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
    return distance


def cells_in_order(evidence: Evidence, grid: str) -> list[Cell]:
    """Return the cells of a grid in array order: by region in the evidence's order, then row, then column."""
    order = {region.code: r for r, region in enumerate(evidence.regions)}
    return sorted(evidence.grids[grid], key=lambda cell: (order[cell.region_code], cell.row, cell.col))


class _Reach(NamedTuple):
    """The parameters that the map depends on, as in the registry."""

    seat_decay: float
    own_cell: float
    decay: float
    border: float
    spill_cut: float


def build_space(evidence: Evidence, grid: str, values: Mapping[str, float]) -> Space:
    """Build the arrays of a grid's cells and of the reach of knowledge between them.

    Firm density falls by a factor e every ``seat_decay`` km from the region's seat. Knowledge decays by a factor e
    every ``lambda`` km, is cut off at ``spill_cut`` decay lengths and loses ``border`` across a region's border; within
    a cell the mean distance is ``own_cell`` cell sides. Scenarios with equal values of these share the arrays.
    """
    names = ("seat_decay", "own_cell", "lambda", "border", "spill_cut")
    return _space(evidence, grid, _Reach(*(values[name] for name in names)))


@lru_cache(maxsize=8)  # keyed by the identity of the evidence, which is read once
def _space(evidence: Evidence, grid: str, reach: _Reach) -> Space:
    if grid not in evidence.grids:
        message = Message("errors_world.no_such_grid", grids=tuple(evidence.grids))
        raise InputError(Problem(message, file=str(evidence.folder / "grids.csv"), key="grid", value=grid))
    code_index = {region.code: r for r, region in enumerate(evidence.regions)}
    cells = cells_in_order(evidence, grid)
    region = np.array([code_index[c.region_code] for c in cells], np.int16)
    lon = np.array([c.lon for c in cells])
    lat = np.array([c.lat for c in cells])
    start = np.searchsorted(region, np.arange(len(evidence.regions) + 1)).astype(np.int64)

    seat_lon = np.array([r.lon for r in evidence.regions])
    seat_lat = np.array([r.lat for r in evidence.regions])
    density = np.exp(-great_circle(lon, lat, seat_lon[region], seat_lat[region]) / reach.seat_decay)
    cumulative = np.empty(len(cells))
    for r in range(len(evidence.regions)):
        part = density[start[r] : start[r + 1]].cumsum()
        cumulative[start[r] : start[r + 1]] = np.round(part / part[-1], DIGITS)

    distance = great_circle(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    np.fill_diagonal(distance, reach.own_cell * evidence.cell_degrees[grid] * DEGREE_KM)
    weight = np.exp(-distance / reach.decay) * np.where(region[:, None] == region[None, :], 1.0, reach.border)
    near = distance <= reach.spill_cut * reach.decay
    np.fill_diagonal(near, True)
    _, spill_cell = np.nonzero(near)
    return Space(
        cell_region=region,
        cell_start=start,
        cell_cumulative=cumulative,
        spill_start=np.concatenate(([0], near.sum(axis=1).cumsum())).astype(np.int64),
        spill_cell=spill_cell.astype(np.int32),
        spill_weight=np.round(weight[near], DIGITS),
        region_distance=great_circle(
            seat_lon[:, None], seat_lat[:, None], seat_lon[None, :], seat_lat[None, :]
        ),
    )
