"""Figures: how baseline and policies develop, and the paired difference between them, quarter by quarter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.show.figures.canvas import (
    INK,
    MARGIN,
    SMALL_SIZE,
    SOFT,
    TEXT_SIZE,
    Sheet,
    look,
    plain_ticks,
    unit_above,
)
from sim.show.figures.lettering import fitted, text_width
from sim.show.tables.rows import named_readings, quarter_end, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.outcomes import heading_of, path_of
from sim.world.scenario_record import STRUCTURAL

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison

_BASE = "#a4a9ae"
_LEVEL, _DIFFERENCE, _HEAD, _FOOT, _BETWEEN, _LEFT, _GUTTER = 1.15, 2.2, 0.44, 0.36, 0.34, 0.42, 0.24
_TICK, _MOST_TICKS = 0.41, 7  # inches that the name of a quarter needs


def draw_paths(answer: Answer, outcome: str) -> Sheet:
    """Draw levels above paired differences, one column for each structural reading."""
    comparison, words = answer.comparison, answer.words
    shown = comparison.paths[comparison.paths["outcome"] == outcome]
    readings = named_readings(answer, shown, only=STRUCTURAL)
    entries = [(words("answer.baseline"), Line2D([], [], color=_BASE, linewidth=3.2, solid_capstyle="butt"))]
    entries += [(answer.label(name), _line(k)) for k, name in enumerate(answer.scenarios)]
    sheet = Sheet(
        answer,
        _HEAD + _LEVEL + _BETWEEN + _DIFFERENCE + _FOOT,
        words("answer.paths_title", outcome=words.pick(heading_of(outcome))),
        words(f"answer.paths_subtitle{answer.doubt}"),
        [words("answer.readings_explained"), answer.intervals()],
        entries,
    )
    width = (sheet.width - 2 * MARGIN - len(readings) * _LEFT - (len(readings) - 1) * _GUTTER) / len(readings)
    bottom = sheet.bottom + _FOOT
    columns = []
    for j, (reading, name) in enumerate(readings.items()):
        left = MARGIN + _LEFT + j * (width + _LEFT + _GUTTER)
        lower = sheet.axes(left, bottom, width, _DIFFERENCE)
        upper = sheet.axes(left, bottom + _DIFFERENCE + _BETWEEN, width, _LEVEL, share=lower)
        _draw_column(answer, reading, outcome, upper, lower, width)
        upper.set_title(fitted(name, TEXT_SIZE, width)[0], fontsize=TEXT_SIZE, color=INK, loc="left", pad=18)
        columns.append((upper, lower))
    for part in zip(*columns, strict=True):
        _same_scale(part)
    return sheet


def _line(index: int) -> Line2D:
    """Make a policy's line for the legend."""
    return Line2D([], [], linewidth=1.3, markersize=4.0, **look(index))


def _draw_column(answer: Answer, reading: str, outcome: str, upper: Axes, lower: Axes, width: float) -> None:
    """Draw one reading: levels in the upper axes, differences with bands in the lower ones."""
    comparison, words, names = answer.comparison, answer.words, answer.scenarios
    for k, name in enumerate(names):
        rows = rows_of(comparison.paths, reading=reading, scenario=name, outcome=outcome)
        time = [quarter_end(row["quarter"]) for row in rows]
        values = {
            key: [float(row[key]) for row in rows] for key in ("base", "policy", "effect", "low", "high")
        }
        style = look(k) | {"markersize": 3.2, "markeredgewidth": 0.5}
        # One mark every two years, each policy at a different quarter, so that they do not hide one another.
        every = (k * 8 // max(len(names), 1), 8)
        if k == 0:
            upper.plot(time, _thousands(values["base"]), color=_BASE, linewidth=3.2, solid_capstyle="butt")
        upper.plot(time, _thousands(values["policy"]), linewidth=1.0, markevery=every, **style)
        lower.fill_between(
            time, values["low"], values["high"], color=style["color"], alpha=0.16, linewidth=0, zorder=2
        )
        lower.plot(time, values["effect"], linewidth=1.3, markevery=every, zorder=3, **style)
    _mark_start(comparison, upper, lower, words("answer.policy_starts"), width)
    lower.axhline(0, color=INK, linewidth=0.7, zorder=1)
    unit_above(upper, words("answer.paths_level", outcome=words.pick(path_of(outcome))))
    unit_above(lower, words("answer.paths_difference"))
    lower.set_xlabel(words("answer.quarter_axis"), labelpad=1)
    upper.tick_params(labelbottom=False)
    for axes in (upper, lower):
        axes.grid(axis="y")
        plain_ticks(axes.yaxis, 5)
    spare = 0.0 if len(time) > 1 else 0.5  # one quarter alone has no span
    lower.set_xlim(time[0] - spare, time[-1] + spare)
    lower.xaxis.set_major_locator(MaxNLocator(min(int(width / _TICK), _MOST_TICKS), integer=True))
    lower.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value - 1:.0f}Q4"))


def _thousands(values: list[float]) -> list[float]:
    return [value / 1e3 for value in values]


def _mark_start(comparison: Comparison, upper: Axes, lower: Axes, text: str, width: float) -> None:
    """Mark the quarter before the first policy starts, if it is within the figure."""
    starts = [use.start for policy in comparison.policies for use in policy.levers]
    if not starts or min(starts) <= comparison.base.start:
        return
    for axes in (upper, lower):
        axes.axvline(min(starts) / 4, color=SOFT, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)
    # Beside the line, on its left where there is room.
    begun = (min(starts) - comparison.base.start) / (comparison.base.end - comparison.base.start + 1)
    side, shift = ("right", -3) if begun * width > text_width(text, SMALL_SIZE) + 0.1 else ("left", 3)
    lower.annotate(
        text,
        (min(starts) / 4, 1),
        (shift, -2),
        xycoords=lower.get_xaxis_transform(),
        textcoords="offset points",
        ha=side,
        va="top",
        fontsize=SMALL_SIZE,
        color=SOFT,
    )


def _same_scale(row: tuple[Axes, ...]) -> None:
    """Give all axes of a row the same vertical scale, so that readings can be compared by eye."""
    limits = [axes.get_ylim() for axes in row]
    low, high = min(limit[0] for limit in limits), max(limit[1] for limit in limits)
    for axes in row:
        axes.set_ylim(low, high)
