"""Shared parts of the calibration figures: new sheets, heads of charts, points that may lie off the chart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from sim.show.figures.canvas import (
    INK,
    SMALL_SIZE,
    WIDTH,
    Entries,
    Sheet,
    plain_ticks,
    unit_above,
)
from sim.show.figures.lettering import fitted
from sim.show.texts.account import Account
from sim.show.texts.numbers import plain

WITHIN = "#e6e8ea"  # shade of the range that counts as near

#: Settings of a marker or a line.
Look = Mapping[str, Any]


def mark(axes: Axes, y: float, values: Sequence[float], look: Look) -> None:
    """Draw a point with its interval; if it is off the chart, draw an arrow at the edge and write its value.

    Parameters
    ----------
    values
        The point, low and high; a missing interval is not drawn.
    look
        Marker, its face colour, and colour.
    """
    value, low, high = values
    left, right = axes.get_xlim()
    if not left <= value <= right:
        edge, side, sign = (right, "right", ">") if value > right else (left, "left", "<")
        axes.plot([edge], [y], marker=sign, markersize=4.0, color=look["color"], clip_on=False, zorder=4)
        away = 0.035 * (right - left) * (-1 if side == "right" else 1)
        number = plain(value, 0, signed=True)
        axes.text(edge + away, y, number, ha=side, va="center", fontsize=6.0, color=look["color"], zorder=4)
        return
    if math.isfinite(low):
        axes.plot([max(low, left), min(high, right)], [y, y], color=look["color"], linewidth=1.0, zorder=2)
    axes.plot([value], [y], linestyle="none", markersize=4.2, zorder=3, **look)


def begin(account: Account, figure: str, notes: Sequence[str], entries: Entries, content: float) -> Sheet:
    """Begin a figure whose texts are in the catalogue under its name; `content` is the height needed, inches."""
    words = account.words
    return Sheet(
        account,
        content,
        words(f"calibration.{figure}_figure"),
        words(f"calibration.{figure}_figure_subtitle"),
        [words(f"calibration.{note}_note") for note in notes],
        entries,
    )


def head(axes: Axes, name: str, unit: str) -> None:
    """Name a small chart and the unit of its vertical axis, and give that axis few ticks."""
    (line,) = fitted(name, SMALL_SIZE, axes.get_position().width * WIDTH + 0.3)
    axes.set_title(line, fontsize=SMALL_SIZE, color=INK, loc="left", pad=16)
    unit_above(axes, unit)
    axes.grid(axis="y")
    plain_ticks(axes.yaxis, 4)
