"""Figure: yuan per extra climb against the money spent, one panel for each reading."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.show.figures.canvas import (
    BAND,
    INK,
    MARGIN,
    SOFT,
    TEXT_SIZE,
    Sheet,
    look,
    plain_ticks,
    unit_above,
)
from sim.show.tables.rows import Row, named_readings, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.numbers import is_defined, money_unit, plain, step_digits
from sim.words import Words

_PANEL, _STRIP_ROW, _HEAD, _FOOT, _LEFT, _GUTTER = 1.75, 0.09, 0.46, 0.4, 0.46, 0.2
_REACH = 3.0  # intervals are drawn up to this multiple of the dearest point
_LOG_FROM = 4.0  # ratio of largest to smallest value above which the axis is logarithmic


def draw_costs(answer: Answer) -> Sheet:
    """Draw the response to money if it was computed, else one point for each policy."""
    comparison, words = answer.comparison, answer.words
    computed = len(comparison.response) > 0
    frame = comparison.response if computed else comparison.costs
    names = answer.policies
    readings = named_readings(answer, frame)
    everything = rows_of(frame)
    costs = [row[key] for row in everything if is_defined(row) for key in ("yuan_per_climb", "low", "high")]
    x_scale = _Scale([float(row["spent_yuan"]) for row in everything], words, spread=1.25)
    # An interval may reach very far; beyond a few times the dearest point an arrow says so.
    dearest = max((float(row["yuan_per_climb"]) for row in everything if is_defined(row)), default=1.0)
    y_scale = _Scale([min(float(cost), _REACH * dearest) for cost in costs], words, spread=1.1)
    undefined = {row["scenario"] for row in everything if not is_defined(row)}
    unsettled = [k for k, name in enumerate(names) if name in undefined]
    strip = _STRIP_ROW * (len(unsettled) + 1) if unsettled else 0.0
    lines_of = [Line2D([], [], linewidth=1.3, markersize=4.2, **look(k)) for k in range(len(names))]
    entries = [(answer.title(n), line) for n, line in zip(names, lines_of, strict=True)]
    columns = min(2, len(readings))
    lines = -(-len(readings) // columns)
    block = _HEAD + strip + _PANEL + _FOOT
    sheet = Sheet(
        answer,
        block * lines,
        words("answer.cost_title"),
        words(f"answer.cost_subtitle_{'response' if computed else 'costs'}{answer.doubt}"),
        [
            words("answer.cost_note"),
            *_replications(answer),
            words("answer.readings_explained"),
            answer.intervals("fieller"),
        ],
        entries,
    )
    width = (sheet.width - 2 * MARGIN - columns * _LEFT - (columns - 1) * _GUTTER) / columns
    for k, (reading, name) in enumerate(readings.items()):
        left = MARGIN + _LEFT + (k % columns) * (width + _LEFT + _GUTTER)
        bottom = sheet.bottom + _FOOT + (lines - 1 - k // columns) * block
        axes = sheet.axes(left, bottom, width, _PANEL)
        x_scale.apply(axes, "x")
        y_scale.apply(axes, "y")
        curves = [rows_of(frame, reading=reading, scenario=name) for name in names]
        spots = [_spots(rows, x_scale, (k + 0.5) / len(names) - 0.5) for k, rows in enumerate(curves)]
        _draw_defined(axes, curves, spots, y_scale)
        highest = axes
        if unsettled:
            highest = sheet.axes(left, bottom + _PANEL, width, strip, share=axes)
            _draw_undefined(
                highest, [(k, curves[k], spots[k]) for k in unsettled], words("answer.cost_undefined")
            )
        highest.set_title(name, fontsize=TEXT_SIZE, color=INK, loc="left", pad=18)
        unit_above(highest, words("answer.cost_y", unit=y_scale.unit))
        axes.set_xlabel(words("answer.cost_x", unit=x_scale.unit), labelpad=1)
    return sheet


def _replications(answer: Answer) -> list[str]:
    """Say how many replications the points rest on where not all rest on as many."""
    response = answer.comparison.response
    counts = response["replications"].unique() if "replications" in response else ()
    if len(counts) < 2:
        return []
    return [answer.words("answer.cost_replications", own=max(counts), others=min(counts))]


class _Scale:
    """An axis in money: unit, limits with a margin, logarithmic if the values span a wide range."""

    def __init__(self, yuan: Sequence[float], words: Words, spread: float) -> None:
        values = sorted(value for value in yuan if math.isfinite(value) and value > 0) or [1.0]
        self.size, self.unit = money_unit(values[len(values) // 2], words)
        low, high = values[0] / self.size, values[-1] / self.size
        self.log = high / low > _LOG_FROM
        self.limits = (low / spread, high * spread)

    def apply(self, axes: Axes, which: str) -> None:
        """Set scale, limits and ticks of one axis."""
        (axes.set_xlim if which == "x" else axes.set_ylim)(*self.limits)
        axis = axes.xaxis if which == "x" else axes.yaxis
        if self.log:
            (axes.set_xscale if which == "x" else axes.set_yscale)("log")
            axis.set_major_locator(FixedLocator(self._round_numbers()))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value, step_digits(value))))
        else:
            plain_ticks(axis, 5)

    def _round_numbers(self) -> list[float]:
        """Return 1, 2 and 5 times powers of ten within the limits, or powers of ten alone if those are too many."""
        low, high = self.limits
        powers = [10.0**k for k in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
        steps = (1, 2, 5) if high / low < 300 else (1,)
        return [step * power for power in powers for step in steps if low <= step * power <= high]


def _spots(rows: list[Row], scale: _Scale, aside: float) -> list[float]:
    """Return the horizontal places of a policy's points.

    Policies cost nearly the same and their intervals would hide one another, so each is shifted by a share
    `aside` (−½ to ½) of a twentieth of the axis.
    """
    low, high = scale.limits
    share = 0.05 * aside
    spent = [float(row["spent_yuan"]) / scale.size for row in rows]
    return [x * (high / low) ** share if scale.log else x + share * (high - low) for x in spent]


def _draw_defined(axes: Axes, curves: list[list[Row]], spots: list[list[float]], scale: _Scale) -> None:
    """Draw the defined points with their intervals; the line breaks at undefined points."""
    for k, (rows, places) in enumerate(zip(curves, spots, strict=True)):
        style = look(k)
        cost = [float(row["yuan_per_climb"]) / scale.size if is_defined(row) else math.nan for row in rows]
        axes.plot(places, cost, linewidth=1.1, markersize=4.2, markeredgewidth=0.6, zorder=3, **style)
        for x, row in zip(places, rows, strict=True):
            if is_defined(row):
                low, high = float(row["low"]) / scale.size, float(row["high"]) / scale.size
                _whisker(axes, x, low, high, style["color"])
    axes.grid()


def _draw_undefined(axes: Axes, curves: list[tuple[int, list[Row], list[float]]], name: str) -> None:
    """Draw undefined points, hollow, in the strip above a panel, a row for each policy."""
    for line, (k, rows, places) in enumerate(curves):
        style = look(k)
        undefined = [x for x, row in zip(places, rows, strict=True) if not is_defined(row)]
        axes.plot(
            undefined,
            [-line] * len(undefined),
            marker=style["marker"],
            markersize=4.2,
            markerfacecolor="white",
            markeredgecolor=style["color"],
            markeredgewidth=0.9,
            linestyle="none",
            clip_on=False,
        )
    axes.set_facecolor(BAND)
    axes.set_ylim(-len(curves), 1)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set(linestyle=(0, (3, 2)), linewidth=0.6)
    axes.annotate(
        name,
        (0, 0.5),
        (-4, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=6.2,
        color=SOFT,
        ha="right",
        va="center",
    )


def _whisker(axes: Axes, x: float, low: float, high: float, color: str) -> None:
    """Draw an interval, with an arrow if it continues beyond the figure."""
    bottom, top = axes.get_ylim()
    shown = (max(low, bottom), min(high, top) if math.isfinite(high) else top)
    axes.plot([x, x], shown, color=color, linewidth=0.9, zorder=2)
    axes.plot([x, x], shown, color=color, marker="_", markersize=4, linestyle="none", zorder=2)
    if shown[1] < high:
        axes.plot(
            [x], [top], marker="^", markersize=3.5, color=color, linestyle="none", clip_on=False, zorder=4
        )
