"""What the drawings show: the arrays of a run as small dictionaries that a browser can read.

Texts for people are ``{"zh": …, "en": …}``. Arrays go as base64 of little-endian numbers, because a browser reads
them at once and reading lists costs more than drawing. Counts are real firms and people, as `upgrading run` gives.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.outcomes import OUTCOMES, by_name
from sim.browser.layers import LAYERS, LOOKS, both, legend_of
from sim.evidence.tables import Evidence
from sim.model.outputs import M_SPENT, METRIC_INDEX
from sim.model.state import ALIVE, X3
from sim.runs.counts import Counts, quarter_names, real, reported
from sim.runs.results import derived
from sim.runs.walk import Walk
from sim.show.figures.geography import Ground as Plane
from sim.show.figures.geography import Point, Ring, ground_of, place_labels
from sim.show.texts.names import LEVEL_NAMES, short_region
from sim.show.texts.numbers import money, plain
from sim.show.texts.outcomes import path_of
from sim.words import LANGUAGES, Pair, Words, pair
from sim.world.constants import BURN_IN, LEVELS, YEAR
from sim.world.inputs import Programme
from sim.world.levers import LEVERS
from sim.world.scenario_record import Scenario
from sim.world.space import cells_in_order

Array = NDArray[Any]
Frame = dict[str, Any]

NONE_PICKED = -1
PLACES = 65535  # steps of a firm's position over the width and the height of the map
PERCENT = 100.0

# Names are drawn at this share of the map's width; a Chinese character is as wide as high.
_LABEL, _LATIN_WIDTH, _LABEL_HEIGHT, _SEAT = 0.0225, 0.56, 1.15, 0.006
_EDGE = 0.1  # share of a place left free at each side, so that firms of two places stay apart
_DIGITS = 4


def packed(values: Array, dtype: str) -> str:
    """Pack numbers as base64 of the given little-endian type."""
    return b64encode(np.ascontiguousarray(values, dtype).tobytes()).decode()


# ---------------------------------------------------------------------------------------------------------
# The map
# ---------------------------------------------------------------------------------------------------------


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
        int64[C + 1], float64[places, 2]: where within its cell a firm may be drawn, as lower left corners of
        places; they lie in the cell's own prefecture, which a coarse cell does not.
    place_size
        Width and height of a place, by cell: float64[C, 2].
    drawn, text
        What the map component needs once, and the same as JSON.
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


@lru_cache(maxsize=8)  # evidence is told apart by identity; it is read once
def geography_of(evidence: Evidence, grid: str) -> Geography:
    """Lay out a province and the cells of one of its grids.

    Raises
    ------
    KeyError
        If the evidence has no such grid.
    """
    plane = ground_of(evidence)
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
    """Collect what the map component needs once."""
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
    """Centres of the prefectures' names in one language."""
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
    """Show every living firm once, and what is behind the firms, at the end of the last quarter done.

    Parameters
    ----------
    layer
        Name in `LAYERS`.
    slot, region
        Firm slot and official code of the prefecture that are picked.

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
    weight = int(walk.ground.inputs.weight)
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
        "scale": both((f"（家；1 点 = {weight:,} 家）", f"(firms; 1 mark = {weight:,})")),
        "shade": packed(look.shading.classes(_shaded(walk, layer)), "<u1") if look.shading else "",
        "picked": {
            "slot": NONE_PICKED if slot is None else slot,
            "region": NONE_PICKED if region is None else region,
        },
        "summary": {lang: _summary(walk, layer, counts, Words(lang)) for lang in LANGUAGES},
    }


def positions(walk: Walk, geography: Geography, slots: Array) -> Array:
    """Where firms are drawn: float64[n, 2], within the cell, by id alone, so that a firm never jumps."""
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
    """Values behind the firms, by prefecture or cell; NaN in a prefecture without firms."""
    firms, province = walk.state.firms, walk.state.province
    if layer == "knowledge":
        by_cell: Array = province.knowledge[:, :, 0].mean(axis=1, dtype=np.float64)
        return by_cell
    living = firms.alive == ALIVE
    region = walk.ground.inputs.slot_region[living]
    regions = len(walk.ground.inputs.region_code)
    there = np.bincount(region, minlength=regions)
    using = np.bincount(region[firms.platform[living] == 1], minlength=regions)
    share = using / np.maximum(there, 1) if layer == "platforms" else province.vacancy_rate.astype(np.float64)
    return np.where(there > 0, PERCENT * share, np.nan)


def _summary(walk: Walk, layer: str, counts: Array, words: Words) -> str:
    """Say in a line what the map shows."""
    weight = int(walk.ground.inputs.weight)
    parts = [
        f"{words.pick(mark.name)} {plain(float(n) * weight)}"
        for mark, n in zip(LOOKS[layer].marks, counts, strict=True)
    ]
    head = words.pick(("{layer}，{quarter}，企业数：", "{layer}, {quarter}, firms: "))
    quarter = f"{walk.quarter // YEAR}Q{walk.quarter % YEAR + 1}"
    return head.format(layer=words.pick(LAYERS[layer]), quarter=quarter) + words.pick(("，", ", ")).join(
        parts
    )


# ---------------------------------------------------------------------------------------------------------
# Time paths, ladder and money
# ---------------------------------------------------------------------------------------------------------

_PEOPLE: Pair = ("人", "people")
_PERCENT: Pair = ("%", "%")

_DIFFERENCE: Pair = ("比基准", "vs baseline")
_PATH_WORDS: Mapping[str, Pair] = {
    **{key: pair(f"answer.{key}") for key in ("policy", "baseline", "policy_starts")},
    "difference": _DIFFERENCE,
}
_LADDER_TITLE: Pair = (
    "各层级企业数（季度末）与{recent}的变动",
    "Firms by level at the quarter's end; moves of {recent}",
)
#: What moves are summed over, by number of quarters; before the first is done there are none.
_RECENT: Mapping[int, Pair] = {
    0: ("近四个季度", "the last four quarters"),
    1: ("这一个季度", "this quarter"),
    2: ("近两个季度", "the last two quarters"),
    3: ("近三个季度", "the last three quarters"),
    4: ("近四个季度", "the last four quarters"),
}
_LADDER_WORDS: Mapping[str, Pair] = {
    "difference": _DIFFERENCE,
    "firms": pair("answer.firms"),
    "climbs": ("首次升到此级", "first climbs"),
    "entries": ("新进入", "Entries"),
    "exits": ("退出", "Exits"),
    "slides": ("降级", "Slides"),
    "money": ("累计支出 / 已授权", "Spent so far / authorised so far"),
    "no_money": ("没有追加的政策资金", "No extra public money"),
    "baseline": pair("answer.baseline"),
}


def paths_frame(scenario: Scenario, policy: Counts, baseline: Counts, done: int) -> Frame:
    """Series over the reported quarters, policy and baseline, as `upgrading run` and `compare` give them.

    Parameters
    ----------
    policy, baseline
        int64[quarters, regions, metrics] of `Walk`, in agents; summed over the regions given.
    done
        Quarters done since 2020Q1; later ones are not looked at.

    Returns
    -------
    dict
        ``quarters``, their names; ``done``, how many of them are done; ``start``, index of the first in which a
        lever is in force, -1 without levers; ``words``; ``series``: ``key``, ``name``, ``unit``, ``digits``, and
        for each quarter done ``policy`` and ``baseline``.
    """
    window = reported(scenario)
    shown = slice(window.start, min(max(done, window.start), window.stop))
    values = [_series(scenario, counts[shown]) for counts in (policy, baseline)]
    starts = [use.start for use in scenario.levers]
    return {
        "quarters": quarter_names(scenario),
        "done": shown.stop - shown.start,
        "start": max(min(starts) - scenario.start, 0) if starts else -1,
        "words": {key: both(pair) for key, pair in _PATH_WORDS.items()},
        "series": [
            {
                "key": key,
                "name": both(name),
                "unit": both(unit),
                "digits": digits,
                "policy": values[0][key],
                "baseline": values[1][key],
            }
            for key, name, unit, digits in _SERIES
        ],
    }


#: Outcomes and metrics that are drawn by quarter: name, unit, decimals.
_SERIES: Sequence[tuple[str, Pair, Pair, int]] = (
    ("quality_firms", path_of("quality_firms"), pair("answer.firms"), 0),
    ("climbs", path_of("climbs"), pair("answer.firms"), 0),
    ("difficulty_share", path_of("difficulty_share"), _PERCENT, 1),
    ("vacancies", ("研发人才空缺岗位", "R&D vacancies"), _PEOPLE, 0),
)


def _series(scenario: Scenario, counts: Counts) -> dict[str, list[float]]:
    """The series of `_SERIES` over quarters [quarters, regions, metrics] of agents."""
    found = by_name(real(counts, scenario.weight))
    return {
        key: (OUTCOMES[key].path(found) if key in OUTCOMES else found[key].sum(axis=1)).tolist()
        for key, *_ in _SERIES
    }


def ladder_frame(scenario: Scenario, policy: Counts, baseline: Counts, done: int) -> Frame:
    """Firms by level at the end of the last quarter done, and what moved them in the last four quarters.

    Returns
    -------
    dict
        ``quarters``, over how many the flows are summed; ``weight``; ``levels``, names; ``words``; and ``policy`` and
        ``baseline``, each with ``stocks`` [levels], ``climbs`` [levels − 1] (first climbs to level 1 … 4),
        ``entries``, ``exits`` and ``slides``. Empty lists and zeros before the first quarter is done.
    """
    first = max(done - YEAR, 0)
    return {
        "quarters": done - first,
        "weight": scenario.weight,
        "levels": [both(name) for name in LEVEL_NAMES],
        "words": {"title": both(_ladder_title(done - first))}
        | {key: both(pair) for key, pair in _LADDER_WORDS.items()},
        "policy": _rungs(scenario, policy[first:done]),
        "baseline": _rungs(scenario, baseline[first:done]),
    }


def _ladder_title(quarters: int) -> Pair:
    zh, en = (
        title.format(recent=recent) for title, recent in zip(_LADDER_TITLE, _RECENT[quarters], strict=True)
    )
    return zh, en


def _rungs(scenario: Scenario, counts: Counts) -> Frame:
    """Stocks at the end, and flows summed, of quarters [quarters, regions, metrics] of agents."""
    total = real(counts.sum(axis=1), scenario.weight)
    flow = total.sum(axis=0)
    more = derived(total)
    return {
        "stocks": [int(more[f"firms_level_{k}"][-1]) for k in range(LEVELS)] if len(total) else [],
        "climbs": [int(flow[METRIC_INDEX[f"climbs_{k}"]]) for k in range(1, LEVELS)],
        **{name: int(flow[METRIC_INDEX[name]]) for name in ("entries", "exits", "slides")},
    }


def money_frame(scenario: Scenario, programme: Programme, policy: Counts, done: int) -> Frame:
    """Money spent so far by lever, against what the fiscal years begun so far authorise.

    Returns
    -------
    dict
        ``levers``: ``key``, ``name``, ``spent`` and ``authorised`` in yuan, and both as text in ``text``;
        ``most``, the largest of these amounts. Administration is included.
    """
    begun = math.ceil((BURN_IN + done) / YEAR)
    spent = policy[:done].sum(axis=(0, 1))
    used = {use.name for use in scenario.levers}
    levers: list[Frame] = []
    most = 0
    for k, lever in enumerate(LEVERS):
        if lever.name in used:
            amounts = int(spent[M_SPENT + k]), int(programme.budget[k, :begun].sum())
            most = max(most, *amounts)
            text = tuple(" / ".join(money(amount, Words(lang)) for amount in amounts) for lang in LANGUAGES)
            levers.append(
                {
                    "key": lever.name,
                    "name": both((lever.zh, lever.en)),
                    "spent": amounts[0],
                    "authorised": amounts[1],
                    "text": both((text[0], text[1])),
                }
            )
    return {
        "levers": levers,
        "most": most,
    }
