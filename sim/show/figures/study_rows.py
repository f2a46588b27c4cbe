"""Figures of single rows: effects along one factor, over two, against each of many, or row by row of a list."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sim.runs.factors import Choice
from sim.show.figures.canvas import (
    FAINT,
    INK,
    MARGIN,
    Grid,
    Sheet,
    look,
    plain_ticks,
    unit_above,
)
from sim.show.figures.study_charts import (
    LINE,
    begin,
    factor_axis,
    factor_scale,
    head,
    head_lines,
    labelled,
    meanings,
    place_of,
    policy_lines,
    rows_found,
    subtitle_of,
    unit_of,
    value_in,
)
from sim.show.figures.study_scatter import draw_list, draw_scatter
from sim.show.texts.numbers import covers_zero, decimals, plain
from sim.show.texts.study_account import StudyAccount
from sim.show.texts.study_names import value_text
from sim.show.texts.units import number

Array = NDArray[np.float64]


def row_figures(account: StudyAccount) -> dict[str, Callable[[StudyAccount], Sheet]]:
    """Choose the figure for single rows by the design and by how many factors vary."""
    stage = account.verdict.stage
    method, factors = stage.experiment.design.method, stage.experiment.factors
    if not len(account.study.summary):
        return {}
    if method == "list":
        return {"rows": draw_list}
    if method == "grid" and len(factors) == 1:
        return {"responses": draw_lines}
    if method == "grid" and len(factors) == 2:
        return {"heatmap": draw_heatmap}
    if method in ("grid", "latin_hypercube") or not len(account.study.indices):
        return {"scatter": draw_scatter}
    return {}


# --- one factor ----------------------------------------------------------------------------------------------


def draw_lines(account: StudyAccount) -> Sheet:
    """Draw effects along the only factor, with intervals."""
    (factor,), (_, cases) = account.verdict.stage.experiment.factors, account.shown
    subtitle = subtitle_of(account, "responses_figure_subtitle", "level_figure_subtitle")
    sheet = begin(
        account, "responses", subtitle, 3.2, meanings(account, [factor]), policy_lines(account, cases)
    )
    axes = sheet.axes(MARGIN + 0.5, sheet.top - 2.8, sheet.width - 2 * MARGIN - 0.6, 2.5)
    size, unit = unit_of(account, cases)
    scale, name = factor_scale(account, factor)
    for k, case in enumerate(cases):
        points = sorted(
            (
                place_of(factor, value_in(account.verdict.stage, row, factor)) / scale,
                found["mean"],
                found["low"],
                found["high"],
            )
            for row, found in rows_found(account, case).items()
        )
        _line(
            axes,
            np.array(points, float),
            k,
            len(cases),
            size,
            joined=not isinstance(factor.distribution, Choice),
        )
    if account.verdict.policies:
        axes.axhline(0, color=INK, linewidth=0.7, zorder=1)
    factor_axis(account, axes, factor)
    axes.set_xlabel(labelled(factor, name), labelpad=1)
    plain_ticks(axes.yaxis, 5)
    axes.grid(axis="y")
    unit_above(axes, unit)
    return sheet


def _line(axes: Axes, points: Array, k: int, many: int, size: float, *, joined: bool) -> None:
    """Draw one policy, shifted slightly so that intervals do not hide one another."""
    if not len(points):
        return
    span = np.ptp(points[:, 0]) or 1.0
    x = points[:, 0] + (k - (many - 1) / 2) * 0.006 * span * (1 if joined else 12)
    settings = look(k) | ({} if joined else {"linestyle": "none"})
    axes.plot(x, points[:, 1] / size, linewidth=1.2, markersize=4.2, zorder=3, **settings)
    known = np.isfinite(points[:, 2])
    axes.vlines(
        x[known],
        points[known, 2] / size,
        points[known, 3] / size,
        color=settings["color"],
        linewidth=1.0,
        zorder=2,
    )


# --- two factors ---------------------------------------------------------------------------------------------


def draw_heatmap(account: StudyAccount) -> Sheet:
    """Draw the effect of each policy in every cell of a grid of two factors."""
    factors, (_, cases) = account.verdict.stage.experiment.factors, account.shown
    size, unit = unit_of(account, cases)
    across = min(2, len(cases))
    names = [account.sentence(account.title(case)) for case in cases]
    width = 7.2 / across - 0.9
    room = 0.3 + LINE * (head_lines(names, width) - 1)
    grid = Grid(across, 2.2, room, 0.42, 0.62, 0.2)
    effect, level = "heatmap_figure_subtitle", "heatmap_level_subtitle"
    note = account.words("study." + ("heatmap_note" if account.verdict.policies else "heatmap_level_note"))
    subtitle = subtitle_of(account, effect, level, unit=unit)
    notes = [note, *meanings(account, factors)]
    sheet = begin(account, "heatmap", subtitle, grid.height(len(cases)), notes)
    values = [row["mean"] / size for case in cases for row in rows_found(account, case).values()]
    ends = (min(values), max(values)) if not account.verdict.policies else (0.0, max(map(abs, values)) or 1.0)
    for axes, case, name in zip(grid.axes(sheet, len(cases)), cases, names, strict=True):
        head(axes, name, width, pad=14.0)
        _cells(account, axes, case, size, ends)
    return sheet


def _cells(account: StudyAccount, axes: Axes, case: str, size: float, ends: tuple[float, float]) -> None:
    factors = account.verdict.stage.experiment.factors
    found = rows_found(account, case)
    places = [[place_of(f, value_in(account.verdict.stage, row, f)) for f in factors] for row in found]
    ticks = [sorted({place[j] for place in places}) for j in range(2)]
    digits = decimals(max(abs(end) for end in ends))
    for (x, y), row in zip(places, found.values(), strict=True):
        column, line = ticks[0].index(x), ticks[1].index(y)
        value = row["mean"] / size
        share = (abs(value) if account.verdict.policies else value - ends[0]) / ((ends[1] - ends[0]) or 1.0)
        color = tuple(1 - share * (1 - part) * 0.85 for part in (0x1D / 255, 0x4E / 255, 0x79 / 255))
        hatch = "////" if account.verdict.policies and value < 0 else None
        axes.add_patch(
            Rectangle((column, line), 1, 1, facecolor=color, edgecolor=FAINT, linewidth=0.6, hatch=hatch)
        )
        text = plain(value, digits, signed=bool(account.verdict.policies))
        unclear = account.verdict.policies and isfinite(row["low"]) and covers_zero(row["low"], row["high"])
        axes.text(
            column + 0.5,
            line + 0.5,
            f"({text})" if unclear else text,
            ha="center",
            va="center",
            fontsize=6.2,
            color="white" if share > 0.6 else INK,
        )
    axes.set_xlim(0, len(ticks[0]))
    axes.set_ylim(0, len(ticks[1]))
    for j, (axis, factor) in enumerate(zip((axes.xaxis, axes.yaxis), factors, strict=True)):
        scale, unit = factor_scale(account, factor)
        names = [
            value_text(factor, factor.distribution.values[int(tick)], account.words)
            if isinstance(factor.distribution, Choice)
            else number(tick / scale)
            for tick in ticks[j]
        ]
        axis.set_ticks(np.arange(len(names)) + 0.5, names)
        axis.set_tick_params(length=0)
        if j == 0:
            axes.set_xlabel(labelled(factor, unit), labelpad=1)
        else:
            unit_above(axes, labelled(factor, unit))
    for spine in axes.spines.values():
        spine.set_visible(False)
