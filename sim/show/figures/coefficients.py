"""Figure: share of an effect's variance due to uncertain coefficients of Table 5, a panel for each reading."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter

from sim.show.figures.canvas import GAIN, INK, MARGIN, SMALL_SIZE, TEXT_SIZE, Sheet
from sim.show.figures.lettering import side_names
from sim.show.tables.rows import Row, panel_names, row_of
from sim.show.texts.account import Answer
from sim.show.texts.numbers import percent

_LUCK = "#c9cdd2"
_ROW, _HEAD, _FOOT, _LABELS, _BETWEEN, _BAR = 0.3, 0.3, 0.36, 1.0, 0.12, 0.5
_ROOM = 0.42  # right of a whole bar, for the number


def draw_coefficients(answer: Answer) -> Sheet:
    """Draw a bar for each policy: uncertainty of the coefficients from the left, luck for the rest."""
    words, frame = answer.words, answer.comparison.coefficient_uncertainty
    readings, names = panel_names(answer, frame), answer.scenarios
    entries = [
        (words(f"answer.{key}"), Line2D([], [], color=color, linewidth=5.0, solid_capstyle="butt"))
        for key, color in (("coefficients_part", GAIN), ("luck_part", _LUCK))
    ]
    notes = [
        words(f"answer.{key}") for key in ("coefficients_key", "coefficients_direct", "readings_explained")
    ]
    beside = side_names([answer.title(name) for name in names], TEXT_SIZE)
    high = max(_ROW, beside.row) * len(names)
    sheet = Sheet(
        answer,
        _HEAD + high + _FOOT,
        words("answer.coefficients_title"),
        words("answer.coefficients_subtitle"),
        notes,
        entries,
    )
    labels = MARGIN + max(_LABELS, beside.width + 0.1)
    width = (sheet.width - labels - MARGIN - _BETWEEN * (len(readings) - 1)) / len(readings)
    for j, (reading, heading) in enumerate(readings.items()):
        left = labels + j * (width + _BETWEEN)
        axes = sheet.axes(left, sheet.bottom + _FOOT, width, high)
        _draw_panel(axes, [row_of(frame, reading=reading, scenario=n, outcome="climbs") for n in names])
        axes.set_title(heading, fontsize=SMALL_SIZE, color=INK, loc="left", pad=4)
        axes.set_xlabel(words("answer.variance_axis"), labelpad=1)
        axes.set_yticks(range(len(names)))
        shown = beside.texts if j == 0 else [""] * len(names)
        axes.set_yticklabels(shown, fontsize=TEXT_SIZE, color=INK)
    return sheet


def _draw_panel(axes: Axes, rows: list[Row]) -> None:
    """Draw one reading, policies from the top; no bar if nothing varies."""
    for k, row in enumerate(rows):
        share, low, high = (float(row[key]) for key in ("share", "share_low", "share_high"))
        if not math.isfinite(share):
            axes.text(0.03, k, "–", va="center", fontsize=SMALL_SIZE, color=INK)
            continue
        part = min(max(share, 0.0), 1.0)
        axes.barh(k, part, _BAR, color=GAIN, linewidth=0, zorder=2)
        axes.barh(k, 1 - part, _BAR, left=part, color=_LUCK, linewidth=0, zorder=2)
        ends = [min(max(bound, 0.0), 1.0) for bound in (low, high)]
        # White around black: visible on the dark and on the light part.
        for color, thick in (("white", 2.6), (INK, 1.0)):
            axes.plot(ends, [k, k], color=color, linewidth=thick, solid_capstyle="butt", zorder=3)
        axes.text(1.04, k, percent(share), va="center", fontsize=SMALL_SIZE, color=INK)
    axes.set_xlim(0, 1 + _ROOM)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.xaxis.set_major_locator(FixedLocator([0.0, 0.5, 1.0]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_bounds(0, 1)
