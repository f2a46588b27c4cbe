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
    Sheet,
    look,
    plain_ticks,
    unit_above,
)
from sim.show.figures.lettering import fitted
from sim.show.figures.study_charts import LABELS, begin
from sim.show.tables.rows import Row, rows_of
from sim.show.tables.study import index_rows
from sim.show.texts.numbers import plain
from sim.show.texts.study_account import StudyAccount


def draw_convergence(account: StudyAccount) -> Sheet | None:
    """Draw how the widest interval narrows; None if there is only one size and no target precision."""
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
    unit_above(axes, account.words("study.convergence_axis"))


# --- interactions --------------------------------------------------------------------------------------------

_CELL, _SHADES = 0.44, LinearSegmentedColormap.from_list("interaction", ["white", GAIN])


def draw_interactions(account: StudyAccount) -> Sheet | None:
    """Map the interactions (S2) for the verdict's first response; None if they were not estimated."""
    stage, hanging = account.verdict.stage, next(iter(account.verdict.hanging), None)
    if not stage.experiment.design.second_order or hanging is None or hanging.note:
        return None
    names = [weight.name for weight in hanging.weights]
    if len(names) < 2:
        return None
    subtitle = account.words("study.interactions_figure_subtitle", response=account.response_of(hanging))
    many = len(names) - 1
    height, beside = _CELL * many * 0.75, LABELS * 0.6
    notes = [account.words("study.interactions_note")]
    sheet = begin(account, "interactions", subtitle, height + 0.5, notes)
    width = min(sheet.width - MARGIN - beside - 0.3, 0.95 * many)
    axes = sheet.axes(MARGIN + beside, sheet.top - 0.3 - height, width, height)
    _pairs(axes, index_rows(account, stage, hanging, index="S2"), names)
    axes.set_xlim(-0.02, many + 0.02)
    axes.set_ylim(many + 0.02, -0.02)
    axes.xaxis.tick_top()
    columns = [fitted(name, SMALL_SIZE, 1.5 * width / many)[0] for name in names[1:]]
    lines = [fitted(name, SMALL_SIZE, beside)[0] for name in names[:-1]]
    axes.set_xticks(np.arange(many) + 0.5, columns, fontsize=SMALL_SIZE)
    axes.set_yticks(np.arange(many) + 0.5, lines, fontsize=SMALL_SIZE)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return sheet


def _pairs(axes: Axes, rows: Sequence[Row], names: Sequence[str]) -> None:
    """Draw a cell for each pair of factors: darker with its index, framed above the noise floor."""
    rows = [row for row in rows if DUMMY not in (row["factor"], row["other"])]
    largest = max([abs(row["value"]) for row in rows] + [0.1])
    for row in rows:
        i, j = sorted((names.index(row["factor"]), names.index(row["other"])))
        share = min(max(row["value"], 0.0) / largest, 1.0)
        edge, width, order = (FAINT, 0.5, 2) if row["below_noise"] else (INK, 1.4, 3)
        cell = Rectangle(
            (j - 1, i), 1, 1, facecolor=_SHADES(share), edgecolor=edge, linewidth=width, zorder=order
        )
        axes.add_patch(cell)
        color, text = "white" if share > 0.55 else INK, plain(row["value"], 2)
        axes.text(
            j - 0.5, i + 0.5, text, ha="center", va="center", fontsize=SMALL_SIZE, color=color, zorder=4
        )
