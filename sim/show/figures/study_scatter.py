"""Figures of many factors or of a list: effects against each factor, and row by row."""

from __future__ import annotations

from math import isfinite

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.analysis.studies.stages import Stage
from sim.runs.factors import Choice, Factor
from sim.show.figures.canvas import (
    BAND,
    FAINT,
    INK,
    MARGIN,
    SMALL_SIZE,
    Grid,
    Sheet,
    look,
    plain_ticks,
    unit_above,
)
from sim.show.figures.lettering import fitted, side_names
from sim.show.figures.study_charts import (
    begin,
    factor_axis,
    factor_scale,
    labelled,
    place_of,
    policy_lines,
    rows_found,
    subtitle_of,
    unit_of,
    value_in,
)
from sim.show.tables.rows import Row
from sim.show.tables.study_rows import row_name
from sim.show.texts.study_account import StudyAccount

Array = NDArray[np.float64]
MOST_SCATTERS, SLICES = 12, 8
GOLDEN = 0.618  # spreads points evenly
_ROW, MOST_ROWS = 0.3, 40


def draw_scatter(account: StudyAccount) -> Sheet:
    """Draw effects against each factor, one small chart per factor."""
    experiment = account.verdict.stage.experiment
    order = [swing.factor for swing in account.verdict.swings]
    weighed = [weight.name for each in account.verdict.hanging[:1] for weight in each.weights]
    factors = sorted(
        experiment.factors,
        key=lambda f: weighed.index(f.name) if f.name in weighed else order.index(f) if f in order else 0,
    )
    shown, (_, cases) = factors[:MOST_SCATTERS], account.shown
    size, unit = unit_of(account, cases)
    grid = Grid(min(3, len(shown)), 1.35, 0.36, 0.42, 0.36, 0.16)
    subtitle = subtitle_of(account, "scatter_figure_subtitle", "scatter_level_subtitle")
    left_out = len(factors) - len(shown)
    notes = [account.words("study.scatter_more", count=left_out)] if left_out else []
    lines = policy_lines(account, cases)
    sheet = begin(account, "scatter", subtitle, grid.height(len(shown)), notes, lines)
    width = 7.2 / grid.columns - 0.6
    for axes, factor in zip(grid.axes(sheet, len(shown)), shown, strict=True):
        scale, name = factor_scale(account, factor)
        for k, case in enumerate(cases):
            _dots(axes, account.verdict.stage, factor, rows_found(account, case), k, (scale, size))
        if account.verdict.policies:
            axes.axhline(0, color=INK, linewidth=0.6, zorder=1)
        factor_axis(account, axes, factor, 3)
        plain_ticks(axes.yaxis, 4)
        axes.grid(axis="y")
        unit_above(axes, unit)
        axes.set_xlabel(labelled(factor, name), labelpad=1, fontsize=SMALL_SIZE - 0.5)
        (name,) = fitted(account.meaning(factor.name), SMALL_SIZE - 1, width)
        axes.set_title(name, fontsize=SMALL_SIZE - 1, color=INK, loc="left", pad=13)
    return sheet


def _dots(
    axes: Axes, stage: Stage, factor: Factor, found: dict[int, Row], k: int, scales: tuple[float, float]
) -> None:
    """Draw one policy: a point for each row, and means of slices of the factor."""
    if not found:
        return
    settings = look(k)
    x = np.array([place_of(factor, value_in(stage, row, factor)) for row in found]) / scales[0]
    aside = np.zeros(len(x))
    if isinstance(factor.distribution, Choice):  # points of one value beside one another
        aside = (np.array(list(found)) * GOLDEN % 1 - 0.5) * 0.4
    y = np.array([row["mean"] for row in found.values()]) / scales[1]
    axes.plot(
        x + aside,
        y,
        linestyle="none",
        marker=settings["marker"],
        markersize=2.2,
        color=settings["color"],
        alpha=0.4,
        markeredgewidth=0,
        zorder=2,
    )
    places = sorted(set(x))
    if len(places) > SLICES:
        edges = np.quantile(x, np.linspace(0, 1, SLICES + 1))
        group = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, SLICES - 1)
    else:
        group = np.searchsorted(places, x)
    means = [(x[group == g].mean(), y[group == g].mean()) for g in sorted(set(group))]
    axes.plot(
        *zip(*means, strict=True),
        linewidth=1.3,
        color=settings["color"],
        linestyle=settings["linestyle"],
        zorder=3,
    )


def draw_list(account: StudyAccount) -> Sheet:
    """Draw a dot with its interval for each policy in every row of a list."""
    stage, (_, cases) = account.verdict.stage, account.shown
    count = min(len(stage.sample), MOST_ROWS)
    size, unit = unit_of(account, cases)
    names = side_names([row_name(account, stage, row) for row in range(count)], SMALL_SIZE, 2.3, 2)
    left = MARGIN + names.width + 0.12
    height = max(_ROW, 0.13 * len(cases)) * count
    subtitle = subtitle_of(account, "responses_figure_subtitle", "level_figure_subtitle")
    sheet = begin(account, "rows", subtitle, height + 0.5, entries=policy_lines(account, cases))
    axes = sheet.axes(left, sheet.top - height - 0.08, sheet.width - left - MARGIN - 0.1, height)
    for row in range(0, count, 2):
        axes.axhspan(row - 0.5, row + 0.5, color=BAND, linewidth=0, zorder=0)
    for k, case in enumerate(cases):
        aside = (k - (len(cases) - 1) / 2) * 0.7 / len(cases)
        for row, found in rows_found(account, case).items():
            if row >= count:
                continue
            settings = look(k) | {"linestyle": "none"}
            if isfinite(found["low"]):
                axes.hlines(
                    row + aside,
                    found["low"] / size,
                    found["high"] / size,
                    color=settings["color"],
                    linewidth=1.1,
                    zorder=2,
                )
            axes.plot([found["mean"] / size], [row + aside], markersize=4.2, zorder=3, **settings)
    if account.verdict.policies:
        axes.axvline(0, color=INK, linewidth=0.7, zorder=1)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_yticks(range(count), names.texts, fontsize=SMALL_SIZE, color=INK)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    plain_ticks(axes.xaxis, 6)
    axes.set_xlabel(unit, labelpad=1)
    return sheet
