"""Figures: indices as bars over their noise floor; share of rows where each policy has the largest effect."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from sim.analysis.studies.importance import Hanging, basis_of
from sim.analysis.studies.indices import DUMMY
from sim.analysis.studies.stages import Stage
from sim.analysis.studies.verdict import Swing
from sim.show.figures.canvas import FAINT, GAIN, INK, LOOKS, MARGIN, SMALL_SIZE, SOFT, Sheet, plain_ticks
from sim.show.figures.study_charts import (
    FLOOR,
    LABELS,
    LINE,
    begin,
    factor_texts,
    head,
    head_lines,
    lead_hangings,
    scaled,
    write_factor,
)
from sim.show.tables.rows import Row, rows_of
from sim.show.tables.study import index_rows
from sim.show.texts.numbers import percent
from sim.show.texts.study import INDICES
from sim.show.texts.study_account import StudyAccount
from sim.show.texts.study_names import short_halves

#: Indices to draw, by design; the one that ranks the factors comes first.
DRAWN = {
    "sobol": ("ST", "S1"),
    "morris": ("mu_star",),
    "shapley": ("shapley",),
    "latin_hypercube": ("delta", "pawn"),
}
COLORS = (GAIN, "#8fb3cc")
MOST_PANELS, MOST_FACTORS, ACROSS = 6, 20, 3
_ROW, _FOOT, _GAP, _BETWEEN = 0.46, 0.34, 0.12, 0.16
_BAR, _LANE = 0.26, 0.4  # of a row


def draw_indices(account: StudyAccount) -> Sheet | None:
    """Draw bars of the main indices of every response worth a chart; None if there is none."""
    stage = account.verdict.stage
    found = lead_hangings(account, stage, MOST_PANELS)
    if not found:
        return None
    names = [weight.name for weight in found[0].weights][:MOST_FACTORS]
    labels = {
        weight.name: factor_texts(
            account, weight.name, account.label_meaning(stage, weight.name), weight.basis
        )
        for weight in found[0].weights
    }
    titles = [account.sentence(account.response_of(each)) for each in found]
    across = min(ACROSS, len(found))
    width = (7.2 - 2 * MARGIN - LABELS - _BETWEEN * (across - 1)) / across
    top_room = 0.08 + LINE * head_lines(titles, width) + 0.04
    block = top_room + _ROW * len(names) + _FOOT + _GAP
    bands = -(-len(found) // across)
    indices = DRAWN[stage.experiment.design.method]
    subtitle = account.words("study.indices_figure_subtitle", outcome=account.leading)
    notes = [account.words("study.bars_note")]
    sheet = begin(account, "indices", subtitle, block * bands, notes, _entries(account, indices))
    for k, each in enumerate(found):
        bottom = sheet.top - (k // across) * block - top_room - _ROW * len(names)
        left = MARGIN + LABELS + (k % across) * (width + _BETWEEN)
        axes = sheet.axes(left, bottom, width, _ROW * len(names))
        head(axes, titles[k], width)
        _draw_panel(account, axes, stage, each, names, indices)
        if k % across == 0:
            for row, name in enumerate(names):
                write_factor(sheet, bottom + _ROW * (len(names) - row - 0.5), labels[name])
    return sheet


def _entries(account: StudyAccount, indices: Sequence[str]) -> list[tuple[str, Artist]]:
    entries: list[tuple[str, Artist]] = [
        (account.words.pick(INDICES[index]), Patch(facecolor=COLORS[k], edgecolor=INK, linewidth=0.6))
        for k, index in enumerate(indices)
    ]
    return [*entries, (account.words("study.floor"), Patch(facecolor=FLOOR, linewidth=0))]


def _draw_panel(
    account: StudyAccount,
    axes: Axes,
    stage: Stage,
    hanging: Hanging,
    names: Sequence[str],
    indices: Sequence[str],
) -> None:
    """Draw one response: for each factor, a bar for each index over its noise floor."""
    rows = index_rows(account, stage, hanging, other="")
    found = {(row["factor"], row["index"]): row for row in rows}
    shown = [found[name, index] for name in names for index in indices]
    size, unit = 1.0, ""
    if indices[0] == "mu_star":
        size, unit = scaled(account, hanging.outcome, [row["value"] for row in shown])
    low, high = _limits([[row[key] / size for key in ("value", "low", "high")] for row in shown])
    axes.set_xlim(low, high)
    for k, name in enumerate(names):
        for j, index in enumerate(indices):
            lane = k + (j - (len(indices) - 1) / 2) * _LANE
            dummy = found[DUMMY, index]
            floor = max(abs(dummy["low"]), abs(dummy["high"])) / size
            axes.add_patch(
                Rectangle(
                    (0, lane - _LANE / 2), min(floor, high), _LANE, facecolor=FLOOR, linewidth=0, zorder=0
                )
            )
            _bar(axes, lane, found[name, index], size, COLORS[j])
    axes.axvline(0, color=INK, linewidth=0.7, zorder=4)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    plain_ticks(axes.xaxis, 4)
    index = account.words.pick(INDICES[indices[0]])
    axes.set_xlabel(f"{index}, {unit}" if unit else account.words("study.index_axis"), labelpad=1)


def _limits(numbers: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return the end of an axis: it covers all values, and the intervals unless they dwarf the values."""
    values = [each[0] for each in numbers]
    largest = max([*values, 0.0]) or 1.0
    high = max(largest, min(max(each[2] for each in numbers if isfinite(each[2])), 1.6 * largest))
    least = min([each[1] for each in numbers if isfinite(each[1])] + [0.0])
    return max(least, -0.3 * high) * 1.05, high * 1.05


def _bar(axes: Axes, lane: float, row: Row, size: float, color: str) -> None:
    """Draw one index with its interval; hollow if it does not exceed the noise floor."""
    left, right = axes.get_xlim()
    value, low, high = (row[key] / size for key in ("value", "low", "high"))
    face = "white" if row["below_noise"] else color
    axes.barh(
        lane,
        min(value, right),
        _BAR,
        color=face,
        edgecolor=color if face == "white" else INK,
        linewidth=0.7,
        zorder=2,
    )
    if isfinite(low):
        ends = [max(low, left), min(high, right)]
        # White around black: visible on a dark bar and on the background.
        for line, thick in (("white", 2.4), (INK, 0.9)):
            axes.plot(ends, [lane, lane], color=line, linewidth=thick, solid_capstyle="butt", zorder=3)
    for beyond, edge, marker in ((high > right, right, ">"), (low < left, left, "<")):
        if beyond:
            axes.plot([edge], [lane], marker=marker, markersize=3.2, color=INK, clip_on=False, zorder=3)


# --- who leads -----------------------------------------------------------------------------------------------

_HALF, _TIE, _SPACE = 0.19, "#e4e6e8", 0.13
_HALF_LABELS = 1.35
MOST_HINGES = 10


def draw_best(account: StudyAccount) -> Sheet | None:
    """Draw stacked bars: all rows, then both halves of each factor; None if there are fewer than two policies."""
    standing = account.verdict.standing
    if standing is None:
        return None
    swings = account.verdict.swings[:MOST_HINGES]
    entries: list[tuple[str, Artist]] = [
        (account.title(case), Patch(facecolor=LOOKS[k % len(LOOKS)][0]))
        for k, case in enumerate(account.verdict.policies)
    ]
    if standing.tied > 0:
        entries.append(
            (account.words("study.tie"), Patch(facecolor=_TIE, edgecolor=SOFT, hatch="////", linewidth=0))
        )
    content = 0.34 + len(swings) * (2 * _HALF + _SPACE) + _FOOT + 0.1
    key = "study.best_figure_subtitle" if swings else "study.best_figure_alone"
    subtitle = account.words(key, outcome=account.leading, rows=standing.rows)
    notes = [account.words("study.best_note")] if swings else []
    sheet = begin(account, "best", subtitle, content, notes, entries)
    left = MARGIN + (LABELS + _HALF_LABELS if swings else 0.7)
    height = content - _FOOT - 0.1
    top = sheet.top - 0.05
    axes = sheet.axes(left, top - height, sheet.width - left - MARGIN, height)
    axes.set_xlim(0, 100)
    axes.set_ylim(height, 0)
    _stack(axes, 0.14, [standing.shares.get(case, 0.0) for case in account.verdict.policies], thick=0.2)
    sheet.text(
        left - 0.08, top - 0.14, account.words("study.all_rows"), size=SMALL_SIZE, va="center", ha="right"
    )
    for k, swing in enumerate(swings):
        _hinge(account, sheet, axes, swing, (top, 0.34 + k * (2 * _HALF + _SPACE)))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    plain_ticks(axes.xaxis, 5)
    axes.set_xlabel(account.words("study.share_axis"), labelpad=1)
    return sheet


def _hinge(account: StudyAccount, sheet: Sheet, axes: Axes, swing: Swing, place: tuple[float, float]) -> None:
    """Draw both halves of a factor, starting at a distance (inches) below the top of the axes."""
    top, offset = place
    factor = swing.factor
    rows = rows_of(account.study.hinges, stage=account.verdict.stage.name, factor=factor.name)
    shares = {row["scenario"]: row for row in rows}
    left = MARGIN + LABELS + _HALF_LABELS
    for k, (side, name) in enumerate(zip(("low", "high"), short_halves(factor, account.words), strict=True)):
        middle = offset + (k + 0.5) * _HALF
        _stack(axes, middle, [shares[case][side] for case in account.verdict.policies], thick=0.15)
        sheet.text(
            left - 0.08, top - middle, name, size=SMALL_SIZE - 0.5, color=SOFT, va="center", ha="right"
        )
    texts = factor_texts(account, factor.name, account.meaning(factor.name), basis_of([factor]))
    write_factor(sheet, top - offset - _HALF, texts)


def _stack(axes: Axes, at: float, shares: Sequence[float], *, thick: float) -> None:
    """Draw one bar: policies in their order; the rest is tied rows."""
    start = 0.0
    style: dict[str, Any] = {"linewidth": 0.6, "edgecolor": "white", "zorder": 2}
    for k, share in enumerate(shares):
        color = LOOKS[k % len(LOOKS)][0]
        axes.barh(at, 100 * share, thick, left=start, color=color, **style)
        if share >= 0.07:
            dark = sum(int(color[i : i + 2], 16) for i in (1, 3, 5)) < 380
            text = percent(share)
            axes.text(
                start + 50 * share,
                at,
                text,
                ha="center",
                va="center",
                fontsize=6.0,
                color="white" if dark else INK,
                zorder=3,
            )
        start += 100 * share
    if start < 99.9:
        axes.barh(
            at,
            100 - start,
            thick,
            left=start,
            color=_TIE,
            hatch="////",
            edgecolor=SOFT,
            linewidth=0,
            zorder=1,
        )
