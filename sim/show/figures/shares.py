"""Figure: which part of an effect's variance over settings is luck, a bar for each policy, a panel for each reading."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from sim.analysis.doubt.shares import FREE, INFORMED, LUCK, TOGETHER
from sim.show.figures.canvas import BAND, INK, MARGIN, SMALL_SIZE, TEXT_SIZE, Sheet
from sim.show.figures.lettering import side_names
from sim.show.tables.rows import panel_names, rows_of
from sim.show.tables.shares import OUTCOME, part_name
from sim.show.texts.account import Answer

_ROW, _HEAD, _FOOT, _LABELS, _BETWEEN, _BAR = 0.34, 0.3, 0.34, 1.0, 0.16, 0.6
#: Luck in grey, numbers in colours.
COLORS = {LUCK: "#a4a9ae", INFORMED: "#5aa99f", FREE: "#d1682a", TOGETHER: "#7c3f74"}


def draw_shares(answer: Answer) -> Sheet:
    """Draw the shares of the variance of every policy's extra climbs side by side; shares below 0 as none."""
    words = answer.words
    shown = answer.comparison.variance[answer.comparison.variance["outcome"] == OUTCOME]
    readings, names = panel_names(answer, shown), answer.scenarios
    beside = side_names([answer.label(name) for name in names], TEXT_SIZE)
    high = max(_ROW, beside.row) * len(names)
    sheet = Sheet(
        answer,
        _HEAD + high + _FOOT,
        words("doubt.variance_title"),
        words("doubt.variance_subtitle", count=int(shown["replications"].iloc[0])),
        [words("doubt.variance_scaled"), words("answer.readings_explained")],
        [(part_name(answer, part), Patch(color=COLORS[part])) for part in dict.fromkeys(shown["part"])],
    )
    labels = MARGIN + max(_LABELS, beside.width + 0.1)
    width = (sheet.width - labels - MARGIN - _BETWEEN * (len(readings) - 1)) / len(readings)
    for j, (reading, heading) in enumerate(readings.items()):
        axes = sheet.axes(labels + j * (width + _BETWEEN), sheet.bottom + _FOOT, width, high)
        for k, name in enumerate(names):
            axes.axhspan(k - 0.5, k + 0.5, color="white" if k % 2 else BAND, linewidth=0, zorder=0)
            rows = rows_of(shown, reading=reading, scenario=name)
            _draw_bar(axes, k, {row["part"]: float(row["share"]) for row in rows})
        axes.set_xlim(0, 100)
        axes.set_xticks([0, 50, 100])
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_title(heading, fontsize=SMALL_SIZE, color=INK, loc="left", pad=4)
        axes.set_xlabel(words("doubt.variance_axis"), labelpad=1)
        axes.set_yticks(range(len(names)))
        axes.set_yticklabels(beside.texts if j == 0 else [""] * len(names), fontsize=TEXT_SIZE, color=INK)
    return sheet


def _draw_bar(axes: Axes, k: int, shares: dict[str, float]) -> None:
    """Draw the shares of one policy one after another, scaled so that those above 0 fill the bar."""
    above = {part: share for part, share in shares.items() if math.isfinite(share) and share > 0}
    start = 0.0
    for part, share in above.items():
        wide = 100 * share / sum(above.values())
        axes.barh(k, wide, _BAR, left=start, color=COLORS[part], edgecolor="white", linewidth=0.8, zorder=2)
        start += wide
