"""What the map shows: the arrays of a run as small dictionaries that a browser can read.

Texts for people are ``{"zh": …, "en": …}``. Arrays are base64 of little-endian numbers: a browser reads these at
once, whereas reading lists costs more than drawing. Counts are real firms and people, as in `upgrading run`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.browser.layers import LAYERS, LOOKS, legend_of
from sim.evidence.tables import Evidence
from sim.model.state import ALIVE, X3
from sim.runs.walk import Walk
from sim.show.figures.geography import Plane, Point, Ring, place_labels, plane_of
from sim.show.texts.names import short_region
from sim.show.texts.numbers import plain
from sim.words import LANGUAGES, Words
from sim.world.constants import YEAR
from sim.world.space import cells_in_order

Array = NDArray[Any]
Frame = dict[str, Any]
NONE_PICKED = -1
PLACES = 65535  # steps of a firm's position over the width and the height of the map
PERCENT = 100.0
# Font size of names as a share of the map's width; a Chinese character is as wide as it is high.
_LABEL, _LATIN_WIDTH, _LABEL_HEIGHT, _SEAT = 0.0225, 0.56, 1.15, 0.006
_EDGE = 0.1  # share of a place left free on each side, to keep firms of two places apart
_DIGITS = 4


def packed(values: Array, dtype: str) -> str:
    """Pack numbers as base64 of the given little-endian type."""
    return b64encode(np.ascontiguousarray(values, dtype).tobytes()).decode()


@dataclass(frozen=True, slots=True, eq=False)
class Geography:
    """A province laid out for drawing, in the plane of `sim.show.figures.geography`; C cells in the kernel's order.

    Attributes
    ----------
    plane
        Outlines, seats and extent.
    codes
        Official region codes in the kernel's order.
    cell_corner
        float64[C, 2], lower left corner of each cell.
    cell_size
        Width and height of a cell.
    place_start, place_corner
        int64[C + 1], float64[places, 2]: where a firm may be drawn within its cell, as lower left corners of
        places. These lie in the cell's own region, even where a coarse cell reaches beyond it.
    place_size
        Width and height of a place, by cell: float64[C, 2].
    drawn, text
        What the map component needs only once, and the same as JSON.
    """

    plane: Plane
    codes: tuple[int, ...]
    cell_corner: Array
    cell_size: Point
    place_start: Array
    place_corner: Array
    place_size: Array
    drawn: Frame = field(repr=False)
    text: str = field(repr=False)


@lru_cache(maxsize=8)  # evidence is compared by identity; it is read only once
def geography_of(evidence: Evidence, grid: str) -> Geography:
    """Lay out a province and the cells of one of its grids.

    Raises
    ------
    KeyError
        If the evidence has no such grid.
    """
    plane = plane_of(evidence)
    codes = tuple(region.code for region in evidence.regions)
    finest = next(name for name, degrees in evidence.cell_degrees.items() if degrees == plane.degrees)
    lon = [cell.lon for cell in evidence.grids[finest]]
    lat = [cell.lat for cell in evidence.grids[finest]]
    west, south = min(lon) - plane.degrees / 2, min(lat) - plane.degrees / 2
    shrink = plane.width / (max(lon) - min(lon) + plane.degrees)

    def corners(name: str) -> tuple[Array, Array, float]:
        """Corners and region indices of a grid's cells in the kernel's order, and their size."""
        cells = cells_in_order(evidence, name)
        size = evidence.cell_degrees[name]
        centres = np.array([((c.lon - west) * shrink, c.lat - south) for c in cells])
        return (
            centres - (size * shrink / 2, size / 2),
            np.array([codes.index(c.region_code) for c in cells]),
            size,
        )

    cell, region, size = corners(grid)
    fine, fine_region, fine_size = corners(finest)
    step, fine_step = np.array((size * shrink, size)), np.array((fine_size * shrink, fine_size))
    starts, places, sizes = [0], [], []
    for corner, here in zip(cell, region, strict=True):
        middle = fine + fine_step / 2
        inside = ((middle > corner) & (middle < corner + step)).all(axis=1) & (fine_region == here)
        places.append(fine[inside] if inside.any() else corner[None])
        sizes.append(fine_step if inside.any() else step)
        starts.append(starts[-1] + len(places[-1]))
    drawn = _drawn(evidence, plane, cell, step)
    return Geography(
        plane=plane,
        codes=codes,
        cell_corner=cell,
        cell_size=(float(step[0]), float(step[1])),
        place_start=np.array(starts),
        place_corner=np.concatenate(places),
        place_size=np.array(sizes),
        drawn=drawn,
        text=json.dumps(drawn),
    )


def _drawn(evidence: Evidence, plane: Plane, cell: Array, step: Array) -> Frame:
    """Collect what the map component needs only once."""
    return {
        "width": plane.width,
        "height": plane.height,
        "label": _LABEL,
        "border": [_flat(ring) for ring in plane.border],
        "regions": [
            {
                "code": region.code,
                "name": {lang: short_region(region.zh, region.en, Words(lang)) for lang in LANGUAGES},
                "rings": [_flat(ring) for ring in plane.outlines[region.code]],
                "seat": [round(part, _DIGITS) for part in plane.seats[region.code]],
            }
            for region in evidence.regions
        ],
        "labels": {lang: _label_places(evidence, plane, Words(lang)) for lang in LANGUAGES},
        "cells": [round(float(part), _DIGITS) for part in cell.reshape(-1)],
        "cell_size": [float(part) for part in step],
        "layers": {name: legend_of(layer) for name, layer in LOOKS.items()},
    }


def _flat(ring: Ring) -> list[float]:
    return [round(part, _DIGITS) for point in ring for part in point]


def _label_places(evidence: Evidence, plane: Plane, words: Words) -> list[list[float]]:
    """Centres of the regions' names in one language."""
    em = _LABEL * plane.width
    names = [short_region(region.zh, region.en, words) for region in evidence.regions]
    wide = [sum(_LATIN_WIDTH if letter.isascii() else 1.0 for letter in name) for name in names]
    centres = place_labels(
        [plane.seats[region.code] for region in evidence.regions],
        [(em * ems, em * _LABEL_HEIGHT) for ems in wide],
        (plane.width, plane.height),
        _SEAT * plane.width,
        [plane.outlines[region.code] for region in evidence.regions],
    )
    return [[round(x, _DIGITS), round(y, _DIGITS)] for x, y in centres]


def map_frame(
    walk: Walk, geography: Geography, layer: str, slot: int | None = None, region: int | None = None
) -> Frame:
    """Show every living firm once, and the shading behind the firms, at the end of the last quarter done.

    Parameters
    ----------
    layer
        Name in `LAYERS`.
    slot, region
        Firm slot and official code of the region that are picked.

    Returns
    -------
    dict
        n firms, lower classes first: ``x``, ``y`` uint16[n] over the width and upward over the height;
        ``kind`` uint8[n], class in the layer's legend; ``slot`` int32[n]; ``counts``, agents by class; ``shade``
        uint8[regions or cells], class in the shading's legend or 255; ``layer``, ``quarter``,
        ``weight``, ``scale``, ``picked``, ``summary``.

    Raises
    ------
    KeyError
        If there is no such layer.
    """
    look = LOOKS[layer]
    weight = int(walk.compiled.inputs.weight)
    living = np.flatnonzero(walk.state.firms.alive == ALIVE)
    kind = _kinds(walk, layer)[living]
    order = np.argsort(kind, kind="stable")  # rarer, higher classes are drawn last, above the others
    shown, kind = living[order], kind[order]
    places = positions(walk, geography, shown)
    scaled = np.rint(places / (geography.plane.width, geography.plane.height) * PLACES).clip(0, PLACES)
    counts = np.bincount(kind, minlength=len(look.marks))
    return {
        "layer": layer,
        "quarter": f"{walk.quarter // YEAR}Q{walk.quarter % YEAR + 1}",
        "weight": weight,
        "count": len(shown),
        "x": packed(scaled[:, 0], "<u2"),
        "y": packed(scaled[:, 1], "<u2"),
        "kind": packed(kind, "<u1"),
        "slot": packed(shown, "<i4"),
        "counts": counts.tolist(),
        "scale": {lang: Words(lang)("page.map_scale", weight=f"{weight:,}") for lang in LANGUAGES},
        "shade": packed(look.shading.classes(_shaded(walk, layer)), "<u1") if look.shading else "",
        "picked": {
            "slot": NONE_PICKED if slot is None else slot,
            "region": NONE_PICKED if region is None else region,
        },
        "summary": {lang: _summary(walk, layer, counts, Words(lang)) for lang in LANGUAGES},
    }


def positions(walk: Walk, geography: Geography, slots: Array) -> Array:
    """Where firms are drawn within the cell: float64[n, 2]. It depends on the id alone, so a firm never jumps."""
    firms = walk.state.firms
    luck = _spread((firms.id0[slots].astype(np.uint64) << np.uint64(32)) | firms.id1[slots])
    cell = firms.cell[slots].astype(np.int64)
    start = geography.place_start
    place = start[cell] + luck[:, 0].astype(np.int64) % (start[cell + 1] - start[cell])
    within = _EDGE + (1.0 - 2.0 * _EDGE) * luck[:, 1:] / PLACES
    where: Array = geography.place_corner[place] + within * geography.place_size[cell]
    return where


def _spread(ids: Array) -> Array:
    """Three numbers from 0 to 65535 for each id, as if drawn (two rounds of MurmurHash3's finaliser): [n, 3]."""
    shift = np.uint64(33)
    h = ids ^ (ids >> shift)
    for factor in (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)):
        h = h * factor
        h ^= h >> shift
    parts = [(h >> np.uint64(bits)) & np.uint64(PLACES) for bits in (0, 16, 32)]
    return np.stack(parts, axis=1).astype(np.float64)


def _kinds(walk: Walk, layer: str) -> Array:
    """Class of every firm slot in a layer: uint8."""
    firms = walk.state.firms
    kinds = {
        "level": firms.level,
        "difficulty": firms.hard,
        "talent": firms.x[:, X3],
        "platforms": firms.platform,
        "knowledge": np.zeros(len(firms.alive), np.uint8),
    }
    return kinds[layer].astype(np.uint8)


def _shaded(walk: Walk, layer: str) -> Array:
    """Values shaded behind the firms, by region or cell; NaN in a region without firms."""
    firms, province = walk.state.firms, walk.state.province
    if layer == "knowledge":
        by_cell: Array = province.knowledge[:, :, 0].mean(axis=1, dtype=np.float64)
        return by_cell
    living = firms.alive == ALIVE
    region = walk.compiled.inputs.slot_region[living]
    regions = len(walk.compiled.inputs.region_code)
    there = np.bincount(region, minlength=regions)
    using = np.bincount(region[firms.platform[living] == 1], minlength=regions)
    share = using / np.maximum(there, 1) if layer == "platforms" else province.vacancy_rate.astype(np.float64)
    return np.where(there > 0, PERCENT * share, np.nan)


def _summary(walk: Walk, layer: str, counts: Array, words: Words) -> str:
    """Say in one line what the map shows."""
    weight = int(walk.compiled.inputs.weight)
    parts = [
        f"{words.pick(mark.name)} {plain(float(n) * weight)}"
        for mark, n in zip(LOOKS[layer].marks, counts, strict=True)
    ]
    return words(
        "page.map_summary",
        layer=words.pick(LAYERS[layer]),
        quarter=f"{walk.quarter // YEAR}Q{walk.quarter % YEAR + 1}",
        counts=words("signs.comma").join(parts),
    )
