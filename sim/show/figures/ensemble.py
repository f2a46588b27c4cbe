"""Figures of the settings that fit the record: their intervals beside it, and the numbers that it moved."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator

from sim.analysis.record.scores import scored_once
from sim.show.figures.canvas import FAINT, GAIN, INK, LOSS, MARGIN, SMALL_SIZE, Sheet
from sim.show.figures.lettering import fitted
from sim.show.figures.record_charts import Look, begin
from sim.show.figures.record_lines import (
    FOOT,
    LABELS,
    begin_lines,
    draw_groups,
    draw_lines,
    line_labels,
)
from sim.show.tables.ensemble import MOST_NUMBERS, meaning
from sim.show.tables.rows import Row, row_of, rows_of
from sim.show.texts.calibration import amounts
from sim.show.texts.ensemble import EnsembleAccount
from sim.show.texts.numbers import plain
from sim.show.texts.units import number, unit_scale
from sim.world.members import in_logs
from sim.world.parameters import Parameter

#: Ratios at which the axis may end, smallest first, and the round ratios above 1 to mark on it.
_AXES: Mapping[float, Sequence[float]] = {
    1.5: (1.1, 1.25, 1.5),
    2.0: (1.25, 1.5, 2.0),
    3.0: (1.5, 2.0, 3.0),
    4.0: (1.5, 2.0, 3.0, 4.0),
}
_HELD = (
    0.9  # of the lines: the axis must hold so many 90 % intervals; of the others, arrows say that they go on
)
_EMPTY = 1e-300  # stands for 0, which has no logarithm
_PALE, _PALE_LOSS = "#a9c1d9", "#e5b996"
_NUMBERS = 1.5  # inches, at the right


def draw_ensemble(account: EnsembleAccount) -> Sheet | None:
    """Draw the settings' intervals as ratios to each record, on a logarithmic axis; None without lines."""
    rows = rows_of(scored_once(account.ensemble.lines))
    if not rows:
        return None
    ratio = _widest(rows)

    def draw(axes: Axes, row: Row, place: float) -> str:
        inside = bool(row["inside_90"])
        for keys, look in ((("q25", "q75"), _HALF[inside]), (("q05", "q95"), _MOST[inside])):
            _interval(axes, place, [row[key] / row["recorded"] for key in keys], look)
        axes.plot([0], [place], linestyle="none", zorder=4, **_RECORD[inside])
        (recorded,) = amounts([row["recorded"]], row["unit"])
        return recorded

    words = account.words
    entries = [
        (words("ensemble.legend_inside"), Line2D([], [], linestyle="none", **_RECORD[True])),
        (words("ensemble.legend_outside"), Line2D([], [], linestyle="none", **_RECORD[False])),
        (words("ensemble.legend_50"), Line2D([], [], **_HALF[True])),
        (words("ensemble.legend_90"), Line2D([], [], **_MOST[True])),
    ]
    sheet = begin_lines(account, "ensemble", ["ensemble_arrows"], entries, rows)
    for axes in draw_groups(sheet, account, "ensemble", rows, math.log(ratio), draw):
        _ratio_ticks(axes, ratio)
    return sheet


#: Looks of the 50 % interval, the 90 % interval and the record, by whether the record lies inside 90 %.
_HALF: Mapping[bool, Look] = {
    inside: {"color": color, "linewidth": 6.0, "solid_capstyle": "butt", "zorder": 2}
    for inside, color in ((True, _PALE), (False, _PALE_LOSS))
}
_MOST: Mapping[bool, Look] = {
    inside: {"color": color, "linewidth": 1.0, "solid_capstyle": "butt", "zorder": 3}
    for inside, color in ((True, GAIN), (False, LOSS))
}
_RECORD: Mapping[bool, Look] = {
    inside: {"marker": "D", "markersize": 3.6, "markerfacecolor": face, "markeredgecolor": edge}
    for inside, face, edge in ((True, INK, INK), (False, "white", LOSS))
}


def _widest(rows: list[Row]) -> float:
    """Choose the ratio at which the axis ends."""
    furthest = [
        max(abs(math.log(max(row[end], _EMPTY) / row["recorded"])) for end in ("q05", "q95")) for row in rows
    ]
    held = sorted(furthest)[math.ceil(_HELD * len(rows)) - 1]
    return next((ratio for ratio in _AXES if held <= math.log(ratio)), max(_AXES))


def _interval(axes: Axes, place: float, ratios: Sequence[float], look: Look) -> None:
    """Draw an interval of ratios as far as the chart goes, an arrow where it goes on beyond it."""
    left, right = axes.get_xlim()
    low, high = (math.log(max(ratio, _EMPTY)) for ratio in ratios)
    if low < right and high > left:
        axes.plot([max(low, left), min(high, right)], [place, place], **look)
    for beyond, edge, sign in ((low < left, left, "<"), (high > right, right, ">")):
        if beyond:
            arrow = {"marker": sign, "markersize": 4.0, "color": look["color"], "zorder": look["zorder"]}
            axes.plot([0.985 * edge], [place], linestyle="none", **arrow)


def _ratio_ticks(axes: Axes, ratio: float) -> None:
    """Mark round ratios on both sides of 1."""
    above = _AXES[ratio]
    ticks = [*(1 / tick for tick in reversed(above)), 1.0, *above]
    axes.xaxis.set_major_locator(FixedLocator([math.log(tick) for tick in ticks]))
    axes.xaxis.set_major_formatter(FixedFormatter([plain(tick, 2).rstrip("0").rstrip(".") for tick in ticks]))


_BEFORE: Look = {"color": _PALE, "linewidth": 6.0, "solid_capstyle": "butt", "zorder": 2}
_AFTER: Look = {"color": GAIN, "linewidth": 2.6, "solid_capstyle": "butt", "zorder": 3}
_MEDIAN: Look = {"color": INK, "marker": "|", "markersize": 8.0, "markeredgewidth": 1.6, "linestyle": "none"}


def draw_ensemble_numbers(account: EnsembleAccount) -> Sheet | None:
    """Draw the numbers about which the record says most: ranges before and after, within the registry's.

    None if the record says nothing about any.
    """
    words, known = account.words, account.parameters()
    names = account.ensemble.informed[:MOST_NUMBERS]
    if not names:
        return None
    rows: list[Row] = [
        {**row_of(account.ensemble.numbers, name=name), words.lang: meaning(known[name], words), "unit": ""}
        for name in names
    ]

    def draw(axes: Axes, row: Row, place: float) -> str:
        parameter = known[row["name"]]
        keys = ("prior_low", "prior_high", "low", "high", "median")
        low, high, now_low, now_high, median = (_place(parameter, float(row[key])) for key in keys)
        axes.plot([low, high], [place, place], **_BEFORE)
        axes.plot([now_low, now_high], [place, place], **_AFTER)
        axes.plot([median], [place], zorder=4, **_MEDIAN)
        size, unit = unit_scale(parameter.unit, float(row["median"]), words)
        return fitted(f"{number(row['median'] / size)} {unit}".rstrip(), SMALL_SIZE, _NUMBERS - 0.1)[0]

    labels, heights = line_labels(rows, words.lang)
    entries = [
        (words("ensemble.legend_before"), Line2D([], [], **_BEFORE)),
        (words("ensemble.legend_after"), Line2D([], [], **_AFTER)),
        (words("ensemble.legend_median"), Line2D([], [], **_MEDIAN)),
    ]
    sheet = begin(account, "ensemble_numbers", ["ensemble_logs"], entries, FOOT + sum(heights) + 0.05)
    left = MARGIN + LABELS + 0.15
    axes = sheet.axes(left, sheet.bottom + FOOT, sheet.width - left - MARGIN - _NUMBERS, sum(heights))
    axes.set_xlim(0, 1)
    for edge in (0, 1):
        axes.axvline(edge, color=FAINT, linewidth=0.7, zorder=1)
    draw_lines(axes, rows, labels, heights, draw)
    axes.set_xlabel(words("calibration.ensemble_numbers_axis"), labelpad=1)
    return sheet


def _place(parameter: Parameter, value: float) -> float:
    """Return where a value lies in the range of its number: 0 lowest, 1 highest."""
    low, high = parameter.low, parameter.high
    if in_logs(parameter):
        low, high, value = math.log(low), math.log(high), math.log(value)
    return (value - low) / (high - low)
