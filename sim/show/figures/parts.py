"""Figure: through which channels a policy's extra climbs come, a bar for each policy, a panel for each reading."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.analysis.comparison.parts import PARTS
from sim.show.figures.canvas import BAND, INK, MARGIN, SMALL_SIZE, TEXT_SIZE, Sheet, plain_ticks
from sim.show.figures.lettering import side_names
from sim.show.tables.parts import OUTCOME
from sim.show.tables.rows import panel_names, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.names import PART_NAMES
from sim.show.texts.numbers import plain

_ROW, _HEAD, _FOOT, _LABELS, _BETWEEN, _BAR = 0.44, 0.3, 0.34, 1.0, 0.12, 0.4
#: Channels in colours, what is left in greys.
COLORS = dict(
    zip(
        PARTS,
        (
            *("#12365f", "#d1682a", "#5aa99f", "#7c3f74", "#c9a227", "#6f9fc7", "#8c564b"),
            *("#2f7d4f", "#b3a2d9", "#e08fb0"),
            *("#6b7075", "#a4a9ae", "#d5d8db"),
        ),
        strict=True,
    )
)


def draw_parts(answer: Answer) -> Sheet:
    """Draw the parts of every policy's extra climbs: gains to the right of 0, losses to the left, a mark at the sum."""
    words = answer.words
    shown = answer.comparison.decomposition
    shown = shown[shown["outcome"] == OUTCOME]
    readings, names = panel_names(answer, shown), answer.scenarios
    used = [part for part in PARTS if (shown[shown["part"] == part]["effect"] != 0).any()]
    entries = [
        (
            words.pick(PART_NAMES[part]),
            Line2D([], [], color=COLORS[part], linewidth=5.0, solid_capstyle="butt"),
        )
        for part in used
    ]
    entries.append((words("answer.parts_sum"), Line2D([], [], linestyle="none", **_SUM)))
    beside = side_names([answer.label(name) for name in names], TEXT_SIZE)
    high = max(_ROW, beside.row) * len(names)
    sheet = Sheet(
        answer,
        _HEAD + high + _FOOT,
        words("answer.parts_title"),
        words("answer.parts_subtitle"),
        [
            words("answer.parts_note", count=int(shown["replications"].iloc[0])),
            words("answer.readings_explained"),
        ],
        entries,
    )
    labels = MARGIN + max(_LABELS, beside.width + 0.1)
    width = (sheet.width - labels - MARGIN - _BETWEEN * (len(readings) - 1)) / len(readings)
    ends = [_ends(answer, reading, name) for reading in readings for name in names]
    low, top = min(end[0] for end in ends), max(end[1] for end in ends)
    room = 0.06 * ((top - low) or 1.0)
    for j, (reading, heading) in enumerate(readings.items()):
        axes = sheet.axes(labels + j * (width + _BETWEEN), sheet.bottom + _FOOT, width, high)
        for k, name in enumerate(names):
            _draw_bar(axes, k, _effects(answer, reading, name))
        axes.axvline(0.0, color=INK, linewidth=0.9, zorder=3)
        axes.set_xlim(low - room, top + room)
        axes.set_ylim(len(names) - 0.5, -0.5)
        plain_ticks(axes.xaxis, 3)
        axes.set_title(heading, fontsize=SMALL_SIZE, color=INK, loc="left", pad=4)
        axes.set_xlabel(words("answer.climbs_unit"), labelpad=1)
        axes.set_yticks(range(len(names)))
        axes.set_yticklabels(beside.texts if j == 0 else [""] * len(names), fontsize=TEXT_SIZE, color=INK)
    return sheet


_SUM: dict[str, Any] = {"marker": "D", "markersize": 4.2, "markerfacecolor": "white", "markeredgecolor": INK}


def _effects(answer: Answer, reading: str, name: str) -> dict[str, float]:
    rows = rows_of(answer.comparison.decomposition, reading=reading, scenario=name, outcome=OUTCOME)
    return {row["part"]: float(row["effect"]) for row in rows}


def _ends(answer: Answer, reading: str, name: str) -> tuple[float, float]:
    """Where the bar of a policy begins and ends."""
    effects = _effects(answer, reading, name).values()
    return sum(min(effect, 0.0) for effect in effects), sum(max(effect, 0.0) for effect in effects)


def _draw_bar(axes: Axes, k: int, effects: dict[str, float]) -> None:
    ground = "white" if k % 2 else BAND
    axes.axhspan(k - 0.5, k + 0.5, color=ground, linewidth=0, zorder=0)
    left, right = 0.0, 0.0
    for part, effect in effects.items():
        start = right if effect >= 0 else left
        axes.barh(k, effect, _BAR, left=start, color=COLORS[part], linewidth=0, zorder=2)
        right, left = right + max(effect, 0.0), left + min(effect, 0.0)
    whole = sum(effects.values())
    axes.plot([whole], [k], zorder=4, linestyle="none", **_SUM)
    axes.annotate(
        plain(whole, signed=True),
        (whole, k),
        xytext=(0, 8.5),
        textcoords="offset points",
        ha="center",
        fontsize=SMALL_SIZE - 1,
        color=INK,
        zorder=3.5,
        bbox={"facecolor": ground, "linewidth": 0, "pad": 0.4},  # keeps the zero line out of the digits
    )
