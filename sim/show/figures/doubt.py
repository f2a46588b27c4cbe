"""Figure: in how many settings each policy leads, reading by reading, and what a wrong choice loses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.show.figures.canvas import (
    BAND,
    FAINT,
    INK,
    MARGIN,
    SMALL_SIZE,
    SOFT,
    TEXT_SIZE,
    Sheet,
    look,
    plain_ticks,
)
from sim.show.figures.lettering import SideNames, side_names, text_width
from sim.show.tables.doubt import DECIDED
from sim.show.tables.rows import Row, named_readings, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.numbers import percent, plain

_ROW, _HEAD, _FOOT, _BAR, _BETWEEN, _NAMES = 0.36, 0.24, 0.36, 0.62, 0.3, 1.7
_LEFT_PART = 0.5  # of the room for both charts that the left one gets
_DARK = 0.45  # lightness below which a colour needs white letters
_MARKS: Mapping[str, Mapping[str, Any]] = {
    "mean": {"marker": "|", "markersize": 9.0, "markeredgewidth": 1.8},
    "95": {"marker": "o", "markersize": 5.0, "markerfacecolor": "white", "markeredgewidth": 1.2},
    "largest": {"marker": "D", "markersize": 4.6},
}


def draw_doubt(answer: Answer) -> Sheet | None:
    """Draw shares of settings in which policies lead, and regrets; None where fewer than two policies are ranked."""
    comparison, words = answer.comparison, answer.words
    regrets = rows_of(comparison.regret)
    if len(regrets) < 2:
        return None
    readings = named_readings(answer, comparison.ranking)
    looks = {name: look(k) for k, name in enumerate(answer.scenarios)}
    sides = side_names(list(readings.values()), TEXT_SIZE, _NAMES)
    policies = side_names([answer.title(row["scenario"]) for row in regrets], TEXT_SIZE, _NAMES)
    high = max(max(_ROW, sides.row) * len(readings), max(_ROW, policies.row) * len(regrets))
    unit = words(f"doubt.unit_{regrets[0]['basis']}")
    sheet = Sheet(
        answer,
        _HEAD + high + _FOOT,
        words("doubt.figure_title"),
        words("doubt.figure_subtitle", count=comparison.replications),
        [
            words("doubt.figure_line", share=percent(DECIDED)),
            words("doubt.figure_regret"),
            words("answer.readings_explained"),
        ],
        _entries(answer, regrets, looks),
    )
    room = sheet.width - 2 * MARGIN - sides.width - policies.width - _BETWEEN - 0.3
    bottom, width = sheet.bottom + _FOOT, _LEFT_PART * room
    left = sheet.axes(MARGIN + sides.width + 0.1, bottom, width, high)
    start = sheet.width - MARGIN - 0.1 - (room - width)
    right = sheet.axes(start, bottom, room - width, high)
    _draw_shares(answer, left, readings, sides, looks, width)
    _draw_regrets(right, regrets, policies, looks)
    for axes, heading, label in (
        (left, words("doubt.figure_leads"), words("doubt.figure_share_axis")),
        (right, words("doubt.figure_loses"), unit),
    ):
        axes.set_title(heading, fontsize=SMALL_SIZE, color=INK, loc="left", pad=4)
        axes.set_xlabel(label, labelpad=1)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    return sheet


def _entries(
    answer: Answer, regrets: list[Row], looks: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, Artist]]:
    policies: list[tuple[str, Artist]] = [
        (answer.title(row["scenario"]), Patch(color=looks[row["scenario"]]["color"])) for row in regrets
    ]
    keys = {"mean": "mean_head", "95": "figure_mostly", "largest": "largest_head"}
    marks: list[tuple[str, Artist]] = [
        (answer.words(f"doubt.{keys[kind]}"), Line2D([], [], color=SOFT, linestyle="none", **mark))
        for kind, mark in _MARKS.items()
    ]
    return [*policies, *marks]


def _rows(axes: Axes, names: SideNames) -> None:
    """Give a chart a row for each name, from the top."""
    count = len(names.texts)
    for k in range(0, count, 2):
        axes.axhspan(k - 0.5, k + 0.5, color=BAND, linewidth=0, zorder=0)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_yticks(range(count))
    axes.set_yticklabels(names.texts, fontsize=TEXT_SIZE, color=INK)


def _draw_shares(
    answer: Answer,
    axes: Axes,
    readings: Mapping[str, str],
    names: SideNames,
    looks: Mapping[str, Mapping[str, Any]],
    width: float,
) -> None:
    """Draw a bar for each reading, the policy that leads most often at its left: the line at 80 % judges that one."""
    _rows(axes, names)
    for k, reading in enumerate(readings):
        start = 0.0
        for row in rows_of(answer.comparison.ranking, reading=reading):
            share, color = 100 * float(row["best_share"]), looks[row["scenario"]]["color"]
            axes.barh(k, share, _BAR, left=start, color=color, edgecolor="white", linewidth=0.8, zorder=2)
            text = plain(share)
            if share / 100 * width > text_width(text, SMALL_SIZE) + 0.06:
                ink = "white" if _lightness(color) < _DARK else INK
                axes.text(
                    *(start + share / 2, k, text),
                    ha="center",
                    va="center",
                    fontsize=SMALL_SIZE,
                    color=ink,
                    bbox={"facecolor": color, "edgecolor": "none", "pad": 0.8},  # the line passes behind
                    zorder=4,
                )
            start += share
    # White shows between the dashes where the bar is dark.
    axes.axvline(100 * DECIDED, color="white", linewidth=1.1, zorder=3)
    axes.axvline(100 * DECIDED, color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=3)
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 20, 40, 60, 80, 100])


def _lightness(color: str) -> float:
    red, green, blue = to_rgb(color)
    return 0.3 * red + 0.59 * green + 0.11 * blue


def _draw_regrets(
    axes: Axes, regrets: list[Row], names: SideNames, looks: Mapping[str, Mapping[str, Any]]
) -> None:
    """Draw for each policy the mean, the 95 % quantile and the largest of its regrets on one line."""
    _rows(axes, names)
    for k, row in enumerate(regrets):
        color = looks[row["scenario"]]["color"]
        values = {kind: float(row[f"regret_{kind}"]) for kind in _MARKS}
        axes.plot([0.0, values["largest"]], [k, k], color=color, linewidth=1.2, zorder=2)
        for kind, mark in _MARKS.items():
            axes.plot([values[kind]], [k], color=color, linestyle="none", zorder=3, clip_on=False, **mark)
    axes.set_xlim(0, 1.06 * max(float(row["regret_largest"]) for row in regrets) or 1.0)
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    plain_ticks(axes.xaxis, 4)
