"""Figures: how intervals narrow with base points, and interactions of two factors."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.analysis.studies.indices import DUMMY
from sim.show.figures.canvas import (
    FAINT,
    GAIN,
    INK,
    MARGIN,
    SMALL_SIZE,
    SOFT,
    Sheet,
    look,
    plain_ticks,
)
from sim.show.figures.lettering import fitted
from sim.show.figures.study_charts import LABELS, begin
from sim.show.tables.rows import rows_of
from sim.show.texts.numbers import plain
from sim.show.texts.study_account import StudyAccount


def draw_convergence(account: StudyAccount) -> Sheet | None:
    """Draw how the widest interval narrows; None where there is one size, and none was asked for."""
    precision = account.verdict.precision
    if precision is None:
        return None
    sizes = [size for size, width in precision.steps.items() if isfinite(width)]
    if not sizes or (precision.asked is None and len(sizes) < 2):
        return None
    rows = [
        row
        for row in rows_of(account.study.convergence, outcome=account.verdict.outcome)
        if isfinite(row["widest"])
    ]
    keys = list(dict.fromkeys((row["kind"], row["scenario"], row["rival"]) for row in rows))
    entries: list[tuple[str, Artist]] = [
        (
            account.response(*key, account.verdict.outcome),
            Line2D([], [], markersize=4.0, linewidth=1.1, **look(k)),
        )
        for k, key in enumerate(keys)
    ]
    if precision.asked is not None:
        entries.append(
            (account.words("study.target"), Line2D([], [], color=INK, linewidth=1.2, linestyle=(0, (1, 1))))
        )
    subtitle = account.words("study.convergence_figure_subtitle", outcome=account.leading)
    sheet = begin(account, "convergence", subtitle, 2.9, entries=entries)
    axes = sheet.axes(MARGIN + 0.42, sheet.top - 2.5, sheet.width - 2 * MARGIN - 0.5, 2.2)
    for k, key in enumerate(keys):
        line = [
            (row["size"], row["widest"])
            for row in rows
            if (row["kind"], row["scenario"], row["rival"]) == key
        ]
        axes.plot(*zip(*line, strict=True), markersize=4.0, linewidth=1.1, zorder=3, clip_on=False, **look(k))
    if precision.asked is not None:
        axes.axhline(precision.asked, color=INK, linewidth=1.2, linestyle=(0, (1, 1)), zorder=2)
    _base_points(account, axes, sizes)
    return sheet


def _base_points(account: StudyAccount, axes: Axes, sizes: Sequence[int]) -> None:
    """An axis of base points on which doubling is a step."""
    axes.set_xscale("log", base=2)
    axes.set_xlim(min(sizes) / 1.3, max(sizes) * 1.3)
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    axes.set_ylim(bottom=0)
    plain_ticks(axes.yaxis, 5)
    axes.grid(axis="y")
    axes.set_xlabel(account.words("study.base_points_axis"), labelpad=1)
    axes.annotate(
        account.words("study.convergence_axis"),
        (0, 1),
        (0, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=SMALL_SIZE,
        color=SOFT,
    )


# --- interactions --------------------------------------------------------------------------------------------

_CELL, _SHADES = 0.44, LinearSegmentedColormap.from_list("interaction", ["white", GAIN])


def draw_interactions(account: StudyAccount) -> Sheet | None:
    """Draw S2 of the response that the verdict speaks of first as a map; None where it was not estimated."""
    stage = account.verdict.stage
    if (
        not stage.experiment.design.second_order
        or not account.verdict.hanging
        or account.verdict.hanging[0].note
    ):
        return None
    hanging = account.verdict.hanging[0]
    names = [weight.name for weight in hanging.weights]
    if len(names) < 2:
        return None
    where = {"kind": hanging.kind, "scenario": hanging.scenario, "rival": hanging.rival, "index": "S2"}
    rows = rows_of(account.study.indices, stage=stage.name, outcome=hanging.outcome, **where)
    subtitle = account.words("study.interactions_figure_subtitle", response=account.response_of(hanging))
    side = _CELL * (len(names) - 1)
    notes = [account.words("study.interactions_note")]
    sheet = begin(account, "interactions", subtitle, side * 0.75 + 0.5, notes)
    width = min(sheet.width - MARGIN - LABELS * 0.6 - 0.3, 0.95 * (len(names) - 1))
    axes = sheet.axes(MARGIN + LABELS * 0.6, sheet.top - 0.3 - side * 0.75, width, side * 0.75)
    largest = max([abs(row["value"]) for row in rows if DUMMY not in (row["factor"], row["other"])] + [0.1])
    for row in rows:
        if DUMMY in (row["factor"], row["other"]):
            continue
        i, j = sorted((names.index(row["factor"]), names.index(row["other"])))
        share = min(max(row["value"], 0.0) / largest, 1.0)
        loud = not row["below_noise"]
        axes.add_patch(
            Rectangle(
                (j - 1, i),
                1,
                1,
                facecolor=_SHADES(share),
                edgecolor=INK if loud else FAINT,
                linewidth=1.4 if loud else 0.5,
                zorder=3 if loud else 2,
            )
        )
        color = "white" if share > 0.55 else INK
        axes.text(
            j - 0.5,
            i + 0.5,
            plain(row["value"], 2),
            ha="center",
            va="center",
            fontsize=SMALL_SIZE,
            color=color,
            zorder=4,
        )
    axes.set_xlim(-0.02, len(names) - 0.98)
    axes.set_ylim(len(names) - 0.98, -0.02)
    axes.xaxis.tick_top()
    above = [fitted(name, SMALL_SIZE, 1.5 * width / len(names[1:]))[0] for name in names[1:]]
    beside = [fitted(name, SMALL_SIZE, LABELS * 0.6)[0] for name in names[:-1]]
    axes.set_xticks(np.arange(len(names) - 1) + 0.5, above, fontsize=SMALL_SIZE)
    axes.set_yticks(np.arange(len(names) - 1) + 0.5, beside, fontsize=SMALL_SIZE)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return sheet
