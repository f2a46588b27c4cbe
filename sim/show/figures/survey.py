"""Figures of the rebuilt survey: Table 5, shares by answer, what the marks reveal, Table 5 on simulated firms."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.show.figures.canvas import (
    GAIN,
    INK,
    LOSS,
    MARGIN,
    NOTE_SIZE,
    SMALL_SIZE,
    SOFT,
    TEXT_SIZE,
    Grid,
    Sheet,
    plain_ticks,
)
from sim.show.figures.lettering import text_width
from sim.show.figures.record_charts import WITHIN, Look, begin, head, mark
from sim.show.tables.calibration import FAR, variables_in
from sim.show.tables.rows import readings_in, row_of, rows_of
from sim.show.texts.calibration import CODES, MOMENTS, PRIORS, VARIABLES, CalibrationAccount
from sim.show.texts.names import READING_NAMES
from sim.show.texts.numbers import plain

NORMAL = 1.96  # standard errors to each side of a 95 % interval
PRIOR = "uniform"  # of the survey in use
LIGHT = "#c9cdd2"
MOST_APART = 6.0  # standard errors; values further away are written at the edge

_RECORD: Look = {"marker": "D", "markersize": 4.0, "markerfacecolor": "white", "markeredgecolor": LOSS}
_PANELS = Grid(columns=4, panel=1.0, head=0.44, foot=0.26, left=0.34, gutter=0.12)
_CODES = Grid(columns=4, panel=0.85, head=0.44, foot=0.34, left=0.26, gutter=0.14)
_PLANES = Grid(columns=2, panel=2.2, head=0.32, foot=0.42, left=0.42, gutter=0.16)


def draw_table5(account: CalibrationAccount) -> Sheet:
    """Draw every coefficient across the nine columns: printed points, intervals of the rebuilt survey."""
    names = variables_in(account.calibration.table5)
    entries = [
        (account.words("calibration.as_printed"), Line2D([], [], linestyle="none", **_RECORD)),
        (
            account.words("calibration.as_refitted"),
            Line2D([], [], color=GAIN, linewidth=1.3, marker="_", markersize=5.0),
        ),
    ]
    sheet = begin(account, "table5", ["survey_intervals"], entries, _PANELS.height(len(names)))
    for axes, name in zip(_PANELS.axes(sheet, len(names)), names, strict=True):
        for row in rows_of(account.calibration.table5, variable=name):
            column, refit, half = (
                int(row["column"]),
                float(row["refit"]),
                NORMAL * float(row["standard_error"]),
            )
            axes.plot([column] * 2, [refit - half, refit + half], color=GAIN, linewidth=1.3, zorder=2)
            axes.plot([column], [refit], color=GAIN, marker="_", markersize=5.0, zorder=3)
            axes.plot([column], [float(row["printed"])], markeredgewidth=0.9, zorder=4, **_RECORD)
        axes.axhline(0, color=INK, linewidth=0.7, zorder=1)
        axes.set_xlim(0.4, 9.6)
        axes.set_xticks(range(1, 10))
        head(axes, account.name(VARIABLES, name), account.words("calibration.log_odds"))
    return sheet


def draw_answers(account: CalibrationAccount) -> Sheet:
    """Draw the share of every answer in the survey and in the province."""
    names = variables_in(account.calibration.answers)
    bars = (("survey", GAIN, ""), ("province", LIGHT, "//////"))
    entries = [
        (
            account.words(f"calibration.population_{key}"),
            Patch(facecolor=color, hatch=hatch, edgecolor="white", linewidth=0),
        )
        for key, color, hatch in bars
    ]
    sheet = begin(account, "answers", [], entries, _CODES.height(len(names)))
    for axes, name in zip(_CODES.axes(sheet, len(names)), names, strict=True):
        rows = rows_of(account.calibration.answers, variable=name)
        codes = np.array([int(row["code"]) for row in rows])
        for k, (key, color, hatch) in enumerate(bars):
            shares = [100 * float(row[key]) for row in rows]
            axes.bar(
                codes + 0.38 * (k - 0.5),
                shares,
                0.36,
                color=color,
                hatch=hatch,
                edgecolor="white",
                linewidth=0,
            )
        axes.set_xlim(-0.7, max(codes.max(), 3) + 0.7)  # bars of the same width in every chart
        axes.set_xticks(codes)
        axes.set_ylim(0, None)
        axes.set_xlabel(account.name(CODES, name), fontsize=NOTE_SIZE, labelpad=1)
        head(axes, account.name(VARIABLES, name), account.words("calibration.of_firms"))
    return sheet


def draw_stars(account: CalibrationAccount) -> Sheet:
    """Draw, for every mapped prior and N, where in the plane of both shares equations and all marks can be met."""
    frame = account.calibration.stars
    sizes = frame.groupby(["prior", "firms"], sort=False).size()
    cases = [(str(prior), float(firms)) for prior, firms in sizes[sizes > 1].index]  # elsewhere only a point
    dot: Look = {"marker": ".", "color": SOFT, "markersize": 2.0, "linestyle": "none"}
    star: Look = {
        "marker": "*",
        "color": "white",
        "markeredgecolor": INK,
        "markersize": 6.0,
        "linestyle": "none",
    }
    entries = [
        (account.words("calibration.possible_marks"), Patch(facecolor=GAIN)),
        (account.words("calibration.possible_equations"), Patch(facecolor=LIGHT)),
        (account.words("calibration.impossible"), Line2D([], [], **dot)),
        (account.words("calibration.in_use"), Line2D([], [], **star)),
    ]
    sheet = begin(account, "stars", [], entries, _PLANES.height(len(cases)))
    for axes, (prior, firms) in zip(_PLANES.axes(sheet, len(cases)), cases, strict=True):
        part = frame[(frame["prior"] == prior) & (frame["firms"] == firms)]
        wide, high = (_step(part[share]) for share in ("share_x2", "share_y"))
        met = part[part["equations"]]
        for group, color in ((met[met["all_marks"]], GAIN), (met[~met["all_marks"]], LIGHT)):
            bottom = 100 * group["share_y"] - high / 2
            axes.bar(100 * group["share_x2"], high, wide, bottom, color=color, linewidth=0)
        missed = part[~part["equations"]]
        axes.plot(100 * missed["share_x2"], 100 * missed["share_y"], **dot)
        if (prior, firms) == (PRIOR, account.calibration.firms):
            axes.plot([100 * account.calibration.share_x2], [100 * account.calibration.share_y], **star)
        name = f"{account.name(PRIORS, prior)}, N = {plain(firms)}"
        axes.set_title(name, fontsize=TEXT_SIZE, color=INK, loc="left", pad=5)
        axes.set_xlabel(account.words("calibration.share_x2_axis"), labelpad=1)
        axes.set_ylabel(account.words("calibration.share_y_axis"), labelpad=2)
        plain_ticks(axes.xaxis, 5)
        plain_ticks(axes.yaxis, 5)
    return sheet


def _step(shares: pd.Series[float]) -> float:
    """Return the distance between neighbours on a grid, in percent."""
    places = np.unique(100 * shares.dropna())
    return float(np.diff(places).min()) if len(places) > 1 else 1.0


def draw_refit(account: CalibrationAccount) -> Sheet:
    """Draw how far column 9 on simulated firms lies from print, in the survey's standard errors."""
    frame = account.calibration.refit
    readings, names = readings_in(frame), variables_in(frame)
    looks: dict[str, Look] = {
        "quarter_zero": {"marker": "o", "markerfacecolor": "white", "color": LOSS},
        "ten_years": {"marker": "s", "markerfacecolor": GAIN, "color": GAIN},
    }
    entries = [
        (account.name(MOMENTS, key), Line2D([], [], linewidth=1.0, markersize=4.2, **look))
        for key, look in looks.items()
    ]
    row, above, foot, between = 0.27, 0.3, 0.36, 0.12
    content = above + row * len(names) + foot
    sheet = begin(account, "refit", ["beyond"], entries, content)
    labels = MARGIN + max(text_width(account.name(VARIABLES, name), TEXT_SIZE) + 0.1 for name in names)
    width = (sheet.width - labels - MARGIN - between * (len(readings) - 1)) / len(readings)
    for j, reading in enumerate(readings):
        axes = sheet.axes(labels + j * (width + between), sheet.bottom + foot, width, row * len(names))
        axes.axvspan(-FAR, FAR, color=WITHIN, linewidth=0, zorder=0)
        axes.axvline(0, color=INK, linewidth=0.7, zorder=1)
        axes.set_xlim(-MOST_APART, MOST_APART)
        for k, name in enumerate(names):
            for place, (moment, look) in zip((-0.17, 0.17), looks.items(), strict=True):
                found = row_of(frame, reading=reading, variable=name, moment=moment)
                apart = [
                    (float(found[key]) - float(found["printed"])) / float(found["standard_error"])
                    for key in ("refit", "low", "high")
                ]
                mark(axes, k + place, apart, look)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_yticks(range(len(names)))
        shown = [account.name(VARIABLES, name) for name in names] if j == 0 else [""] * len(names)
        axes.set_yticklabels(shown, fontsize=TEXT_SIZE, color=INK)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_xlabel(account.words("calibration.refit_axis"), labelpad=1)
        axes.set_title(
            account.words.pick(READING_NAMES[reading]), fontsize=SMALL_SIZE, color=INK, loc="left", pad=4
        )
        axes.set_xticks(range(-4, 5, 2))  # labels at the ends would overlap those of the next chart
    return sheet
