"""Figure: which regions gain and lose climbs under each policy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path as Outline

from sim.analysis.comparison.reach import FEWEST_AGENTS
from sim.show.figures.canvas import INK, MARGIN, NOTE_SIZE, SMALL_SIZE, SOFT, WIDTH, Sheet
from sim.show.figures.geography import Plane, Point, Ring, place_labels, plane_of
from sim.show.figures.lettering import fitted, line_height, text_width
from sim.show.tables.rows import Row, named_readings, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.names import short_region
from sim.show.texts.numbers import covers_zero, plain, step_digits
from sim.words import Words
from sim.world.scenario_record import STRUCTURAL

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison

OUTCOME = "climbs"

# Four classes on either side of 0, of equal lightness; stripes tell losses from gains in greyscale.
_GAINS = ("#dbe8f3", "#a9c8e1", "#6f9fc7", "#3a73a6")
_LOSSES = ("#fae4d3", "#f2bf95", "#dd9256", "#bb6327")
_STRIPES, _DOTS, _CROSSES, _NOTHING = "#6e2f0c", "#8a9097", "#b9bec3", "#eeeeee"
_TITLE, _GAP, _KEY, _LABEL = 0.24, 0.12, 0.62, 5.8
_TITLE_SIZE, _TITLE_LINES, _NAME_WIDTH = 9.0, 3, 0.9


@dataclass(frozen=True, slots=True)
class Label:
    """Place (inches) and name of a region's label."""

    centre: Point
    size: Point
    name: str


_BACKING: dict[str, Any] = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "zorder": 4.5}

#: By region code.
Labels = dict[int, Label]


@dataclass(frozen=True, slots=True)
class Scale:
    """Colour classes of equal width on either side of 0."""

    step: float

    @property
    def digits(self) -> int:
        """Decimals that the class limits need."""
        return step_digits(self.step)

    def fill(self, value: float) -> str:
        """Colour of a value."""
        shades = _GAINS if value >= 0 else _LOSSES
        return shades[min(int(abs(value) / self.step), len(shades) - 1)]


def mapped_readings(answer: Answer) -> dict[str, str]:
    """Name the readings that have a sheet of maps: one for each structure, all on one scale."""
    frame = answer.comparison.regions
    return named_readings(answer, frame[frame["outcome"] == OUTCOME], only=STRUCTURAL)


def draw_map(answer: Answer, reading: str, called: str) -> Sheet:
    """Draw one map for each policy in one or two columns, and the key below or in the free place."""
    comparison, words, names = answer.comparison, answer.words, answer.scenarios
    plane = plane_of(comparison.evidence)
    columns = 1 if len(names) == 1 else 2
    panel = (WIDTH - 2 * MARGIN - _GAP) / 2 if columns == 2 else 5.2
    labels = _labels(answer, plane, panel)
    titles = [fitted(answer.label(name), _TITLE_SIZE, panel, _TITLE_LINES) for name in names]
    head = _TITLE + line_height(_TITLE_SIZE) * (max(map(len, titles)) - 1)
    tall = panel * plane.height / plane.width
    lines = -(-len(names) // columns)
    beside = columns > 1 and len(names) % columns > 0  # the key takes the last map's place
    sheet = Sheet(
        answer,
        lines * (head + tall + _GAP) + (0.0 if beside else _KEY),
        words("answer.map_title"),
        words("answer.map_subtitle", reading=called),
        [
            words(f"answer.map_note{answer.doubt}", degrees=f"{plane.degrees:g}"),
            *_few_agents(answer),
            words("answer.readings_explained"),
            answer.intervals(),
        ],
    )
    scale = _scale(comparison)
    missing = False
    for k, name in enumerate(names):
        left = MARGIN + (k % columns) * (panel + _GAP)
        top = sheet.top - (k // columns) * (head + tall + _GAP)
        for line, text in enumerate(titles[k]):
            sheet.text(left, top - 0.16 - line * line_height(_TITLE_SIZE), text, size=_TITLE_SIZE)
        axes = _plane(sheet, left, top - head - tall, panel, tall)
        rows = _rows(comparison, reading, name)
        _draw_province(axes, plane, rows, scale, labels, panel / plane.width)
        missing |= any(_without_firms(row) for row in rows.values())
    left, bottom = MARGIN, sheet.bottom
    if beside:
        left, bottom = MARGIN + panel + _GAP, sheet.bottom + _GAP + tall / 2
    _draw_key(_plane(sheet, left, bottom, sheet.width - MARGIN - left, _KEY), scale, missing, beside, words)
    return sheet


def _few_agents(answer: Answer) -> list[str]:
    """Name the regions with so few simulated firms that their values on the map are mostly luck."""
    words, table = answer.words, answer.comparison.regions
    few = table[table["agents"] < FEWEST_AGENTS].drop_duplicates("region")
    names = [short_region(row["region_zh"], row["region_en"], words) for row in rows_of(few)]
    return [words("answer.map_few", count=FEWEST_AGENTS, names=words.listed(names))] if names else []


def _rows(comparison: Comparison, reading: str, name: str) -> dict[int, Row]:
    """Rows of one map by region code; a region without firms has no row in the frame."""
    rows = rows_of(comparison.regions, reading=reading, scenario=name, outcome=OUTCOME)
    nothing = dict.fromkeys(("per_thousand_firms", "low", "high"), math.nan)
    return {region.code: dict(nothing) for region in comparison.evidence.regions} | {
        int(row["region"]): row for row in rows
    }


def _without_firms(row: Row) -> bool:
    return math.isnan(float(row["per_thousand_firms"]))


def _plane(sheet: Sheet, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add axes without frame whose coordinates are inches."""
    axes = sheet.axes(left, bottom, width, height)
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    return axes


def _scale(comparison: Comparison) -> Scale:
    """Return one scale for all maps of a comparison, with round limits.

    Regions of so few simulated firms that their values are mostly luck do not set it, unless there are no others.
    """
    frame = comparison.regions
    shown = frame[frame["reading"].isin(STRUCTURAL) & (frame["outcome"] == OUTCOME)]
    many = shown[shown["agents"] >= FEWEST_AGENTS]
    shown = many if len(many) else shown
    largest = float(np.nanmax(np.abs(shown["per_thousand_firms"].to_numpy(float)), initial=0.0)) or 1.0
    raw = largest / len(_GAINS)
    power = 10.0 ** math.floor(math.log10(raw))
    return Scale(
        next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= raw * (1 - 1e-9))
    )


def _value_text(row: Row, digits: int) -> str:
    """Value at a seat, in brackets where its interval covers 0."""
    value = float(row["per_thousand_firms"])
    text = plain(value, digits, signed=True)
    unclear = math.isfinite(value) and covers_zero(float(row["low"]), float(row["high"]))
    return f"({text})" if unclear else text


def _labels(answer: Answer, plane: Plane, panel: float) -> Labels:
    """Find place, size and name of every region's label, the same on all maps."""
    comparison, words = answer.comparison, answer.words
    digits = _scale(comparison).digits + 1
    inch = panel / plane.width
    regions = comparison.evidence.regions
    names = [fitted(short_region(region.zh, region.en, words), _LABEL, _NAME_WIDTH)[0] for region in regions]
    widths = {region.code: text_width(name, _LABEL) for region, name in zip(regions, names, strict=True)}
    for reading in STRUCTURAL:
        for row in rows_of(comparison.regions, reading=reading, outcome=OUTCOME):
            code = int(row["region"])
            widths[code] = max(widths[code], text_width(_value_text(row, digits), _LABEL))
    sizes = [(widths[region.code] + 0.04, 0.19) for region in regions]
    centres = place_labels(
        [(plane.seats[region.code][0] * inch, plane.seats[region.code][1] * inch) for region in regions],
        sizes,
        (panel, panel * plane.height / plane.width),
        0.03,
        [_inches(plane.outlines[region.code], inch) for region in regions],
    )
    labels = map(Label, centres, sizes, names)
    return {region.code: label for region, label in zip(regions, labels, strict=True)}


def _inches(rings: list[Ring], inch: float) -> list[Ring]:
    return [[(x * inch, y * inch) for x, y in ring] for ring in rings]


def _path(rings: list[Ring]) -> Outline:
    """Join rings into one path; inner rings turn the other way and stay empty."""
    points = [point for ring in rings for point in [*ring, ring[0]]]
    codes = [
        c for ring in rings for c in [Outline.MOVETO, *[Outline.LINETO] * (len(ring) - 1), Outline.CLOSEPOLY]
    ]
    return Outline(points, codes)


def _draw_province(
    axes: Axes, plane: Plane, rows: dict[int, Row], scale: Scale, labels: Labels, inch: float
) -> None:
    """Fill the regions, then draw borders, seats and labels above all fills."""
    for code, rings in plane.outlines.items():
        path = _path(_inches(rings, inch))
        face, hatch, color = _look(rows[code], scale)
        # Not `add_patch`, which would look for the limits of axes whose limits are set.
        axes.add_artist(PathPatch(path, facecolor=face, linewidth=0))
        if hatch:  # a separate patch: one pattern then serves all fills, which keeps the SVG small
            axes.add_artist(PathPatch(path, fill=False, edgecolor=color, hatch=hatch, linewidth=0))
    for rings in plane.outlines.values():
        axes.add_artist(PathPatch(_path(_inches(rings, inch)), fill=False, edgecolor=SOFT, linewidth=0.45))
    border = _path(_inches(plane.border, inch))
    axes.add_artist(PathPatch(border, fill=False, edgecolor=INK, linewidth=0.9, clip_on=False))
    for code, label in labels.items():
        seat = (inch * plane.seats[code][0], inch * plane.seats[code][1])
        _draw_label(axes, seat, label, _value_text(rows[code], scale.digits + 1))


def _draw_label(axes: Axes, seat: Point, label: Label, value: str) -> None:
    """Mark a seat and write name and value, on a backing that covers stripes and dots."""
    x, y = label.centre
    near = (min(max(seat[0], x - 0.05), x + 0.05), min(max(seat[1], y - 0.05), y + 0.05))
    if math.dist(near, seat) > 0.14:
        axes.plot([near[0], seat[0]], [near[1], seat[1]], color=INK, linewidth=0.45, zorder=4)
    axes.plot(
        [seat[0]],
        [seat[1]],
        marker="o",
        markersize=2.4,
        markerfacecolor="white",
        markeredgecolor=INK,
        markeredgewidth=0.5,
        zorder=5,
    )
    dim = SOFT if value.startswith("(") else INK
    for text, dy, color in ((label.name, 0.047, INK), (value, -0.047, dim)):
        # A rounded backing: outlines around the letters would make the SVG several times as large.
        wide, high = text_width(text, _LABEL), 0.07
        corner = (x - wide / 2, y + dy - high / 2)
        backing = FancyBboxPatch(corner, wide, high, "round,pad=0.012,rounding_size=0.03", **_BACKING)
        axes.add_artist(backing)
        axes.text(x, y + dy, text, ha="center", va="center_baseline", fontsize=_LABEL, color=color, zorder=6)


def _look(row: Row, scale: Scale) -> tuple[str, str | None, str]:
    """Return fill, hatch and hatch colour of a region."""
    value = float(row["per_thousand_firms"])
    if _without_firms(row):
        return _NOTHING, "xxxx", _CROSSES
    fill = scale.fill(value)
    if covers_zero(float(row["low"]), float(row["high"])):
        return _pale(fill), "...", _DOTS
    return fill, "//////" if value < 0 else None, _STRIPES


def _pale(color: str) -> str:
    """Lighten a colour most of the way to white."""
    red, green, blue = (0.35 * part + 0.65 for part in to_rgb(color))
    return to_hex((red, green, blue))


def _draw_key(axes: Axes, scale: Scale, missing: bool, narrow: bool, words: Words) -> None:
    """Explain colours, stripes and dots, in two rows if space is narrow."""
    wide, high, base, left = 0.38, 0.14, 0.26, 0.14
    classes = len(_GAINS)
    axes.text(left, base + 0.24, words("answer.map_key"), fontsize=SMALL_SIZE, color=SOFT, va="center")
    for k in range(-classes, classes):
        fill = scale.fill((k + 0.5) * scale.step)
        _swatch(
            axes, left + (k + classes) * wide, base, (wide, high), fill, "//////" if k < 0 else None, _STRIPES
        )
    for k in range(-classes, classes + 1):
        text = plain(k * scale.step, scale.digits, signed=True)
        x = left + (k + classes) * wide
        axes.text(x, base - 0.04, text, fontsize=NOTE_SIZE, color=SOFT, ha="center", va="top")
    others = [(_pale(_GAINS[2]), "...", _DOTS, "map_unclear")]
    if missing:
        others.append((_NOTHING, "xxxx", _CROSSES, "map_missing"))
    x, y = (left, base - 0.42) if narrow else (left + 2 * classes * wide + 0.35, base)
    for face, hatch, color, key in others:
        _swatch(axes, x, y, (wide, high), face, hatch, color)
        text = words(f"answer.{key}")
        axes.text(x + wide + 0.07, y + high / 2, text, fontsize=SMALL_SIZE, color=INK, va="center_baseline")
        x += wide + 0.25 + text_width(text, SMALL_SIZE)


def _swatch(axes: Axes, x: float, y: float, size: Point, face: str, hatch: str | None, color: str) -> None:
    """Draw one box of the key."""
    axes.add_artist(Rectangle((x, y), *size, facecolor=face, linewidth=0, clip_on=False))
    if hatch:
        axes.add_artist(
            Rectangle((x, y), *size, fill=False, edgecolor=color, hatch=hatch, linewidth=0, clip_on=False)
        )
    # Hatching takes the colour of the edge, so the thin grey edge is a separate box.
    axes.add_artist(Rectangle((x, y), *size, fill=False, edgecolor=SOFT, linewidth=0.4, clip_on=False))
