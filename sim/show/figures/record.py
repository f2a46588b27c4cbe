"""Figures of the province against its record: the scorecard line by line, recorded series year by year."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.evidence.history import NAIVE
from sim.show.figures.canvas import (
    FAINT,
    GAIN,
    INK,
    LOSS,
    MARGIN,
    SMALL_SIZE,
    SOFT,
    TEXT_SIZE,
    Grid,
    Sheet,
    plain_ticks,
)
from sim.show.figures.lettering import wrapped
from sim.show.figures.record_charts import WITHIN, Look, begin, head, mark
from sim.show.tables.record import COMPARED
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.calibration import FACTORS, NAIVES, SERIES, CalibrationAccount, amounts
from sim.words import name_table

INSIDE: Look = {"marker": "o", "markerfacecolor": GAIN, "color": GAIN}
OUTSIDE: Look = {"marker": "s", "markerfacecolor": "white", "color": LOSS}
MOST_APART = 4.0  # in half-widths of a target; values further away are written at the edge
HEADROOM = 1.5  # a naive forecast is drawn up to this multiple of the largest value of record and model

_DIAMOND: dict[str, Any] = {"marker": "D", "markersize": 4.2, "markeredgecolor": LOSS, "markeredgewidth": 1.0}
#: Markers of recorded points by their use, one of `sim.analysis.record.history.USES`.
_POINTS: Mapping[str, Look] = {
    "start": _DIAMOND | {"marker": "s", "markerfacecolor": SOFT, "markeredgecolor": SOFT, "markersize": 3.6},
    "fitted": _DIAMOND | {"markerfacecolor": LOSS},
    "held_out": _DIAMOND | {"markerfacecolor": "white"},
    "shown": _DIAMOND | {"marker": "P", "markerfacecolor": "white", "markeredgecolor": SOFT},
}
_DASHES = ((0, (4, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
_PANELS = Grid(columns=4, panel=0.95, head=0.46, foot=0.24, left=0.38, gutter=0.12)
_ROW, _GROUP, _FOOT, _LABELS, _NUMBERS = 0.165, 0.26, 0.38, 2.6, 0.62


def draw_history(account: CalibrationAccount) -> Sheet:
    """Draw every recorded series that the model has too: record, model with its band, naive forecasts."""
    frame = account.calibration.history.paths
    judged = frame[frame["use"].isin(COMPARED) & frame["mean"].notna()]
    names = sorted(
        dict.fromkeys(judged["series"]),
        key=lambda name: list(SERIES).index(name) if name in SERIES else len(SERIES),
    )
    entries = [(account.words("calibration.model_mean"), Line2D([], [], color=GAIN, linewidth=1.4))]
    entries += [
        (account.words(f"calibration.record_{use}"), Line2D([], [], linestyle="none", **look))
        for use, look in _POINTS.items()
    ]
    entries += [
        (account.name(NAIVES, name), Line2D([], [], color=INK, linewidth=0.8, linestyle=dashes))
        for name, dashes in zip(NAIVE, _DASHES, strict=True)
    ]
    sheet = begin(account, "history", ["naive_start"], entries, _PANELS.height(len(names)))
    for axes, name in zip(_PANELS.axes(sheet, len(names)), names, strict=True):
        part = frame[frame["series"] == name]
        unit = part["unit"].iloc[0]
        factor, unit = FACTORS.get(unit, 1.0), account.unit(unit)
        largest = factor * float(part[["recorded", "high"]].max().max())
        if largest >= 1e4:
            factor, unit = factor / 1e3, account.words("calibration.thousand", unit=unit)
        _draw_series(axes, part, factor)
        head(axes, account.name(SERIES, name), unit)
    return sheet


def _draw_series(axes: Axes, part: pd.DataFrame, factor: float) -> None:
    """Draw one series in the unit shown, from 0 to a little above record and model."""
    modelled, points = part[part["mean"].notna()], part[part["recorded"].notna()]
    years = modelled["year"].to_numpy(float)
    low, high = (factor * modelled[bound].to_numpy(float) for bound in ("low", "high"))
    axes.fill_between(years, low, high, color=GAIN, alpha=0.25, linewidth=0, zorder=2)
    axes.plot(years, factor * modelled["mean"].to_numpy(float), color=GAIN, linewidth=1.4, zorder=2)
    for row in rows_of(points):
        look = _POINTS.get(row["use"], _POINTS["shown"])
        axes.plot(
            [row["year"]], [factor * row["recorded"]], linestyle="none", zorder=4, clip_on=False, **look
        )
    for name, dashes in zip(NAIVE, _DASHES, strict=True):
        for since, until in zip(points["year"], [*points["year"].iloc[1:], math.inf], strict=True):
            ahead = part[(part["year"] > since) & (part["year"] <= until) & part[name].notna()]
            values = [*points[points["year"] == since]["recorded"], *ahead[name]]
            forecast = [factor * float(value) for value in values]
            axes.plot([since, *ahead["year"]], forecast, color=INK, linewidth=0.8, linestyle=dashes, zorder=3)
    top = factor * float(part[["recorded", "high"]].max().max())
    axes.set_ylim(0, HEADROOM * top)
    axes.set_xlim(years[0] - 0.4, years[-1] + 0.4)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))


def draw_scorecard(account: CalibrationAccount) -> Sheet:
    """Draw every line of the scorecard in halves of its target's width, fitted lines apart from held-out ones."""
    rows = rows_of(account.calibration.history.scorecard)
    groups = [
        (account.words(f"calibration.{key}_lines"), [row for row in rows if row["use"] == use])
        for key, use in (("fitted", "F"), ("held_out", "H"))
    ]
    groups = [(name, lines) for name, lines in groups if lines]
    labels = {
        row[account.words.lang]: wrapped([row[account.words.lang]], SMALL_SIZE, _LABELS) for row in rows
    }
    heights = [
        [_ROW * (0.2 + 0.85 * len(labels[row[account.words.lang]])) for row in lines] for _, lines in groups
    ]
    content = sum(_GROUP + sum(group) for group in heights) + _FOOT
    entries = [
        (account.words(f"calibration.target_{key}"), Line2D([], [], linestyle="none", markersize=4.6, **look))
        for key, look in (("inside", INSIDE), ("outside", OUTSIDE))
    ]
    sheet = begin(account, "scorecard", ["beyond"], entries, content)
    left = MARGIN + _LABELS + 0.15
    width = sheet.width - left - MARGIN - _NUMBERS
    top = sheet.bottom + content
    for (name, lines), group in zip(groups, heights, strict=True):
        sheet.text(MARGIN, top - 0.17, name, size=TEXT_SIZE)
        top -= _GROUP + sum(group)
        axes = sheet.axes(left, top, width, sum(group))
        _draw_lines(axes, lines, group, labels, account)
        axes.tick_params(labelbottom=name == groups[-1][0])
    axes.set_xlabel(account.words("calibration.scorecard_axis"), labelpad=1)
    return sheet


def _draw_lines(
    axes: Axes,
    lines: list[Row],
    heights: list[float],
    labels: dict[str, list[str]],
    account: CalibrationAccount,
) -> None:
    """Draw some lines from the top, each as high as its label needs, the simulated value at the right."""
    axes.set_xlim(-MOST_APART, MOST_APART)
    axes.axvspan(-1, 1, color=WITHIN, linewidth=0, zorder=0)
    axes.axvline(0, color=SOFT, linewidth=0.7, zorder=1)
    places = [sum(heights[:k]) + height / 2 for k, height in enumerate(heights)]
    for row, place in zip(lines, places, strict=True):
        middle, half = (row["low"] + row["high"]) / 2, (row["high"] - row["low"]) / 2
        apart = {
            key: (float(row[key]) - middle) / half for key in ("simulated", "run_low", "run_high", "direct")
        }
        if math.isfinite(apart["simulated"]):
            look = INSIDE if row["verdict"] == "inside" else OUTSIDE
            mark(axes, place, [apart[key] for key in ("simulated", "run_low", "run_high")], look)
        else:
            name = account.words.pick(name_table("names.scorecard_verdict")["no record"])
            box = {"facecolor": WITHIN, "linewidth": 0, "pad": 0.5}  # no middle line through the word
            axes.text(0, place, name, ha="center", va="center", fontsize=SMALL_SIZE, bbox=box)
        if abs(apart["direct"]) <= MOST_APART:
            axes.plot([apart["direct"]], [place], marker="|", markersize=6.0, color=INK, zorder=3)
        number, *_ = amounts([row[key] for key in ("simulated", "low", "high")], row["unit"])
        axes.annotate(
            f"{number} %" if row["unit"] in FACTORS else number,
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
    names = ["\n".join(labels[row[account.words.lang]]) for row in lines]
    axes.set_yticklabels(names, fontsize=SMALL_SIZE, color=INK, linespacing=1.15)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=FAINT)
    plain_ticks(axes.xaxis, 8)
