"""Lines grouped by use: the scorecard beside its targets and naive forecasts, the model beside published estimates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.analysis.record.scores import scored_once
from sim.evidence.estimates import USES as ESTIMATE_USES
from sim.evidence.history import NAIVE
from sim.evidence.scorecard import USES
from sim.show.figures.canvas import (
    FAINT,
    GAIN,
    INK,
    LOSS,
    MARGIN,
    SMALL_SIZE,
    SOFT,
    TEXT_SIZE,
    Entries,
    Sheet,
    plain_ticks,
)
from sim.show.figures.lettering import wrapped
from sim.show.figures.record_charts import WITHIN, Look, begin, mark
from sim.show.tables.rows import Row, row_of, rows_of
from sim.show.texts.account import Account
from sim.show.texts.calibration import FACTORS, NAIVES, CalibrationAccount, EstimatesAccount, amounts
from sim.words import Pair, name_table
from sim.world.scenario_record import STRUCTURAL

INSIDE: Look = {"marker": "o", "markerfacecolor": GAIN, "color": GAIN}
OUTSIDE: Look = {"marker": "s", "markerfacecolor": "white", "color": LOSS}
MOST_APART = 4.0  # in half-widths of a target; values further away are written at the edge
MOST_PERCENT = 60.0  # of the record; likewise
#: Markers of naive forecasts, in the order of `NAIVE`.
_NAIVE_LOOKS: Sequence[Look] = [
    {"marker": marker, "markersize": 4.2, "markerfacecolor": "none", "markeredgewidth": 0.9, "color": LOSS}
    for marker in ("^", "D", "s")
]
_ROW, _GROUP, FOOT, LABELS, _NUMBERS = 0.165, 0.26, 0.38, 2.6, 0.62

#: Draws one line at a height, and returns the number to write at its right.
Drawn = Callable[[Axes, Row, float], str]


def draw_scorecard(account: CalibrationAccount) -> Sheet:
    """Draw every line of the scorecard in halves of its target's width."""

    def draw(axes: Axes, row: Row, place: float) -> str:
        return _judged(account, axes, row, place, ("run_low", "run_high"), verdicts, [row["direct"]])

    verdicts = name_table("names.scorecard_verdict")
    rows = rows_of(account.calibration.history.scorecard)
    return _draw_judged(account, "scorecard", "target", rows, USES, draw)


def _judged(
    account: Account,
    axes: Axes,
    row: Row,
    place: float,
    ends: tuple[str, str],
    verdicts: Mapping[str, Pair],
    beside: Sequence[float],
) -> str:
    """Draw a line in halves of its target's width, strokes for values ``beside``; returns the number to write.

    A line without a number, or without two ends of its target, says its verdict in words, by ``verdicts``.
    """
    middle, half = (row["low"] + row["high"]) / 2, (row["high"] - row["low"]) / 2
    apart = [(float(row[key]) - middle) / half for key in ("simulated", *ends)]
    if math.isfinite(apart[0]):
        mark(axes, place, apart, INSIDE if row["verdict"] == "inside" else OUTSIDE)
    else:
        name = account.words.pick(verdicts[row["verdict"]])
        box = {"facecolor": WITHIN, "linewidth": 0, "pad": 0.5}  # no middle line through the word
        axes.text(0, place, name, ha="center", va="center", fontsize=SMALL_SIZE, bbox=box)
    for value in beside:
        if abs(value - middle) <= MOST_APART * half:
            axes.plot([(value - middle) / half], [place], marker="|", markersize=6.0, color=INK, zorder=3)
    number, *_ = amounts([row[key] for key in ("simulated", "low", "high")], row["unit"])
    return number


def _draw_judged(
    account: Account, figure: str, key: str, rows: list[Row], uses: Mapping[str, str], draw: Drawn
) -> Sheet:
    """Draw lines that are judged beside their targets; ``key`` begins the words of the legend."""
    entries = [
        (
            account.words(f"calibration.{key}_{which}"),
            Line2D([], [], linestyle="none", markersize=4.6, **look),
        )
        for which, look in (("inside", INSIDE), ("outside", OUTSIDE))
    ]
    sheet = begin_lines(account, figure, ["beyond"], entries, rows, uses)
    for axes in draw_groups(sheet, account, figure, rows, MOST_APART, draw, uses):
        axes.axvspan(-1, 1, color=WITHIN, linewidth=0, zorder=0)
    return sheet


def draw_scores(account: CalibrationAccount) -> Sheet | None:
    """Draw the run and naive forecasts beside each recorded value, in percent of it; None without such values."""

    def draw(axes: Axes, row: Row, place: float) -> str:
        keys = ("simulated", "run_low", "run_high", *NAIVE)
        model, low, high, *naive = (100 * (row[key] / row["recorded"] - 1) for key in keys)
        for value, look in zip(naive, _NAIVE_LOOKS, strict=True):
            if abs(value) <= MOST_PERCENT:
                axes.plot([value], [place], linestyle="none", zorder=3.5, **look)
            elif math.isfinite(value):  # several may lie there, so their values are left to the table
                edge, sign = math.copysign(MOST_PERCENT, value), ">" if value > 0 else "<"
                axes.plot([edge], [place], clip_on=False, zorder=4, **{**look, "marker": sign})
        mark(axes, place, [model, low, high], INSIDE)
        (number,) = amounts([row["recorded"]], row["unit"])
        return number

    rows = rows_of(scored_once(account.calibration.history.scorecard))
    if not rows:
        return None
    entries = [
        (name, Line2D([], [], linestyle="none", **look))
        for name, look in [
            (account.words("calibration.model_mean"), {"markersize": 4.6, **INSIDE}),
            *((account.name(NAIVES, name), look) for name, look in zip(NAIVE, _NAIVE_LOOKS, strict=True)),
        ]
    ]
    sheet = begin_lines(account, "scores", ["luck"], entries, rows)
    draw_groups(sheet, account, "scores", rows, MOST_PERCENT, draw)
    return sheet


def draw_estimates(account: EstimatesAccount) -> Sheet | None:
    """Draw the model's answers in halves of the papers' intervals; None without lines.

    Lines without two ends, or without a lever in the model, say their verdict in words.
    """
    table = account.found.table
    if table.empty:
        return None
    first, *others = STRUCTURAL
    verdicts = name_table("names.estimate_verdict")

    def draw(axes: Axes, row: Row, place: float) -> str:
        beside = [row_of(table, name=row["name"], reading=reading)["simulated"] for reading in others]
        return _judged(account, axes, row, place, ("mean_low", "mean_high"), verdicts, beside)

    return _draw_judged(account, "estimates", "estimate", rows_of(table, reading=first), ESTIMATE_USES, draw)


def _grouped(rows: list[Row], uses: Mapping[str, str]) -> dict[str, list[Row]]:
    """Return the lines by use, in the order of ``uses``; uses that no line has are absent."""
    groups = {name: [row for row in rows if row["use"] == use] for use, name in uses.items()}
    return {name: lines for name, lines in groups.items() if lines}


def line_labels(rows: list[Row], lang: str) -> tuple[list[list[str]], list[float]]:
    """Break the names of lines, and return with them the heights that they need, inches."""
    labels = [wrapped([row[lang]], SMALL_SIZE, LABELS) for row in rows]
    return labels, [_ROW * (0.2 + 0.85 * len(label)) for label in labels]


def begin_lines(
    account: Account,
    figure: str,
    notes: Sequence[str],
    entries: Entries,
    rows: list[Row],
    uses: Mapping[str, str] = USES,
) -> Sheet:
    """Begin a sheet with room for all groups of lines."""
    lang = account.words.lang
    content = FOOT + sum(_GROUP + sum(line_labels(lines, lang)[1]) for lines in _grouped(rows, uses).values())
    return begin(account, figure, notes, entries, content)


def draw_groups(
    sheet: Sheet,
    account: Account,
    figure: str,
    rows: list[Row],
    most: float,
    draw: Drawn,
    uses: Mapping[str, str] = USES,
) -> list[Axes]:
    """Draw each group of lines below its name, on axes from -`most` to `most`; returns these axes."""
    left = MARGIN + LABELS + 0.15
    width = sheet.width - left - MARGIN - _NUMBERS
    top = sheet.top
    found = []
    for name, lines in _grouped(rows, uses).items():
        labels, heights = line_labels(lines, account.words.lang)
        sheet.text(MARGIN, top - 0.17, account.words(f"calibration.{name}_lines"), size=TEXT_SIZE)
        top -= _GROUP + sum(heights)
        axes = sheet.axes(left, top, width, sum(heights))
        axes.set_xlim(-most, most)
        axes.axvline(0, color=SOFT, linewidth=0.7, zorder=1)
        draw_lines(axes, lines, labels, heights, draw)
        found.append(axes)
    for axes in found:
        axes.tick_params(labelbottom=axes is found[-1])
    found[-1].set_xlabel(account.words(f"calibration.{figure}_axis"), labelpad=1)
    return found


def _in_percent(unit: str) -> bool:
    """Whether numbers of a unit are written with a percent sign; differences of shares are points."""
    return unit in FACTORS and unit != "difference of shares"


def draw_lines(
    axes: Axes, lines: list[Row], labels: list[list[str]], heights: list[float], draw: Drawn
) -> None:
    """Draw some lines from the top, each as high as its label needs, a number at the right."""
    places = [sum(heights[:k]) + height / 2 for k, height in enumerate(heights)]
    for row, place in zip(lines, places, strict=True):
        number = draw(axes, row, place)
        axes.annotate(
            f"{number} %" if _in_percent(row["unit"]) and number != "–" else number,
            (1, place),
            (4, 0),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            va="center",
            fontsize=SMALL_SIZE,
            color=SOFT,
        )
    axes.set_ylim(sum(heights), 0)
    axes.set_yticks(places)
    axes.set_yticklabels(
        ["\n".join(label) for label in labels], fontsize=SMALL_SIZE, color=INK, linespacing=1.15
    )
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=FAINT)
    plain_ticks(axes.xaxis, 8)
