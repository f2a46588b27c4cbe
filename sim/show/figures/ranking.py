"""Figure: the effect of every policy with its interval, one panel for each reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from sim.analysis.outcomes import OUTCOMES
from sim.show.figures.canvas import (
    BAND,
    FAINT,
    GAIN,
    INK,
    LOSS,
    MARGIN,
    SMALL_SIZE,
    SOFT,
    TEXT_SIZE,
    WIDTH,
    Sheet,
    plain_ticks,
)
from sim.show.figures.lettering import side_names, text_width
from sim.show.tables.rows import Row, panel_names, row_of, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.numbers import count, covers_zero, decimals, money_unit, plain
from sim.show.texts.outcomes import LEADING, heading_of, meaning_of

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison

_WIDE = 1.3  # inches that a panel needs for four ticks
_AT_EDGE = 0.06  # share of an axis where no number is written
_ROW, _HEAD, _FOOT, _GAP, _LABELS, _BETWEEN = 0.32, 0.44, 0.3, 0.1, 1.0, 0.12


def draw_ranking(answer: Answer) -> Sheet:
    """Draw dots and whiskers of extra climbs, of those to level 2 or above, and of value added."""
    comparison, words = answer.comparison, answer.words
    leading = comparison.effects[comparison.effects["outcome"].isin(LEADING)]
    readings = panel_names(answer, leading, comparison.ranking)
    order = _order(answer, next(iter(readings)))
    ranked = len(comparison.ranking) > 0
    names = side_names([answer.label(name) for name in order], TEXT_SIZE)
    high = max(_ROW, names.row) * len(order)
    block = _HEAD + high + _FOOT + _GAP
    notes = [words(f"answer.ranking_key_{answer.basis}{answer.doubt}")] if ranked else []
    notes += [words("answer.ranking_marks"), words("answer.readings_explained")]
    sheet = Sheet(
        answer,
        block * len(LEADING) + 0.1,
        words("answer.ranking_title" if ranked else "answer.ranking_title_unranked"),
        words(f"answer.ranking_subtitle{answer.doubt}"),
        [*notes, answer.intervals()],
    )
    labels = MARGIN + max(_LABELS, names.width + 0.1)
    width = (sheet.width - labels - MARGIN - _BETWEEN * (len(readings) - 1)) / len(readings)
    for k, outcome in enumerate(LEADING):
        top = sheet.top - k * block
        sheet.text(MARGIN, top - 0.14, words.pick(heading_of(outcome)), size=9.0)
        left = MARGIN + text_width(words.pick(heading_of(outcome)), 9.0) + 0.12
        sheet.text(left, top - 0.14, words.pick(meaning_of(outcome)), size=SMALL_SIZE, color=SOFT)
        bottom = top - _HEAD - high
        size, unit = _unit(answer, outcome)
        limits = _limits(comparison, outcome, size)
        for j, (reading, name) in enumerate(readings.items()):
            axes = sheet.axes(labels + j * (width + _BETWEEN), bottom, width, high)
            rows = [row_of(comparison.effects, reading=reading, scenario=n, outcome=outcome) for n in order]
            ranks = _ranks(comparison, reading, order) if outcome == LEADING[0] else []
            _draw_panel(axes, rows, ranks, limits, size)
            axes.set_title(name, fontsize=SMALL_SIZE, color=INK, loc="left", pad=4)
            axes.set_xlabel(unit, labelpad=1)
            axes.set_yticks(range(len(order)))
            shown = names.texts if j == 0 else [""] * len(order)
            axes.set_yticklabels(shown, fontsize=TEXT_SIZE, color=INK)
    return sheet


def _order(answer: Answer, reading: str) -> list[str]:
    """Return policies by rank under a reading, then unranked ones by extra climbs: one order for all panels."""
    comparison = answer.comparison
    effects = {
        name: row_of(comparison.effects, reading=reading, scenario=name, outcome="climbs")["effect"]
        for name in answer.scenarios
    }
    ranks = dict(zip(effects, _ranks(comparison, reading, list(effects)), strict=True))
    return sorted(effects, key=lambda name: (name in comparison.what_ifs, not ranks[name], -effects[name]))


def _ranks(comparison: Comparison, reading: str, names: list[str]) -> list[str]:
    """Return each scenario's rank as printed, with = if tied; empty if it has none."""
    rows = {row["scenario"]: row for row in rows_of(comparison.ranking, reading=reading)}
    return [
        f"{rows[name]['rank']}{'=' if rows[name]['level'] else ''}" if name in rows else "" for name in names
    ]


def _unit(answer: Answer, outcome: str) -> tuple[float, str]:
    """Return how many of an outcome's own units one unit of its axis is, and what that is called."""
    if OUTCOMES[outcome].unit != "yuan":
        return 1.0, answer.words("answer.climbs_unit")
    effects = answer.comparison.effects
    part = effects[effects["outcome"] == outcome][["effect", "low", "high"]]
    return money_unit(float(part.abs().max().max()), answer.words)


def _limits(comparison: Comparison, outcome: str, size: float) -> tuple[float, float]:
    """One scale for all readings, with 0 on it, in units of `size`."""
    part = comparison.effects[comparison.effects["outcome"] == outcome]
    low = min(0.0, float(part[["effect", "low"]].min().min()) / size)
    high = max(0.0, float(part[["effect", "high"]].max().max()) / size)
    room = high - low or 1.0
    return low - 0.24 * room, high + 0.1 * room  # the ranks stand at the left


def _draw_panel(
    axes: Axes, rows: list[Row], ranks: list[str], limits: tuple[float, float], size: float
) -> None:
    """Draw one reading: policies from the top, the rank at the left, the effect above each mark."""
    edge = axes.get_yaxis_transform()
    for k, row in enumerate(rows):
        ground = "white" if k % 2 else BAND
        axes.axhspan(k - 0.5, k + 0.5, color=ground, linewidth=0, zorder=0)
        effect, low, high = (float(row[key]) / size for key in ("effect", "low", "high"))
        color = GAIN if effect >= 0 else LOSS
        line = k + 0.14  # a little below the middle: the effect is written above
        axes.plot([low, high], [line, line], color=color, linewidth=1.2, solid_capstyle="butt", zorder=2)
        axes.plot(
            [low, high], [line, line], color=color, marker="|", markersize=5.5, linestyle="none", zorder=2
        )
        axes.plot(
            [effect],
            [line],
            marker="o" if effect >= 0 else "s",
            markersize=4.6,
            markerfacecolor="white" if covers_zero(low, high) else color,
            markeredgecolor=color,
            markeredgewidth=1.0,
            linestyle="none",
            zorder=3,
        )
        value = count(effect, signed=True) if size == 1.0 else plain(effect, decimals(effect, 2), signed=True)
        box = {"facecolor": ground, "linewidth": 0, "pad": 0.4}  # keeps the zero line out of the digits
        axes.text(
            effect, k - 0.1, value, ha="center", va="bottom", fontsize=6.0, color=color, zorder=1.5, bbox=box
        )
        if ranks:
            axes.text(
                0.025, k, ranks[k], transform=edge, va="center", fontsize=SMALL_SIZE, color=SOFT, zorder=4
            )
    axes.axvline(0, color=INK, linewidth=0.7, zorder=1)
    axes.set_xlim(*limits)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    plain_ticks(axes.xaxis, 4 if axes.get_position().width * WIDTH > _WIDE else 2)
    most = limits[1] - _AT_EDGE * (limits[1] - limits[0])  # a number at the edge would leave the sheet
    axes.set_xticks([tick for tick in axes.get_xticks() if limits[0] <= tick <= most])
