"""Figures of a single run: firms by ladder level, and people and posts, over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.show.figures.canvas import (
    GAIN,
    INK,
    LOSS,
    SMALL_SIZE,
    SOFT,
    TEXT_SIZE,
    Grid,
    Sheet,
    plain_ticks,
    unit_above,
)
from sim.show.tables.rows import quarter_end
from sim.show.texts.account import RunAccount
from sim.show.texts.names import LEVEL_NAMES

if TYPE_CHECKING:
    from sim.runs.results import Results

#: The record that the stock at level 2 and above stands for, in ``records.csv``.
RECORD = "hightech_firms"
#: Largest number of firms per agent at which counts of a few hundred firms are meaningful (docs/odd.md).
FINE = 10

_PANEL, _HEAD, _FOOT, _LEFT, _GUTTER = 1.3, 0.48, 0.36, 0.36, 0.16
_BAND = (5.0, 95.0)  # percentiles of the replications


@dataclass(frozen=True, slots=True)
class _Panel:
    """One small chart: its title, the metrics whose sum it shows, whether it also shows the record."""

    name: str
    metrics: tuple[str, ...]
    recorded: bool = False


def draw_ladder(account: RunAccount) -> Sheet:
    """Draw the stock of firms at every level; levels 3 and 4 together if agents stand for many firms."""
    results, words = account.results, account.words
    fine = results.scenario.weight <= FINE
    panels = [_Panel(words.pick(LEVEL_NAMES[k]), (f"firms_level_{k}",)) for k in range(3)]
    if fine:
        panels += [_Panel(words.pick(LEVEL_NAMES[k]), (f"firms_level_{k}",)) for k in (3, 4)]
    else:
        panels.append(_Panel(words("answer.level_3_and_4"), ("firms_level_3", "firms_level_4")))
    panels.append(_Panel(words("answer.quality_level"), ("quality_firms",), recorded=True))
    notes = [words("answer.recorded_note")] if _recorded(results) else []
    if not fine:
        notes.append(words("answer.small_counts", weight=f"{results.scenario.weight:,}"))
    return _draw(account, "ladder", panels, "thousand_firms", notes)


def draw_talent(account: RunAccount) -> Sheet:
    """Draw people employed, people seeking work and open posts, and people in the pool if there are any."""
    results, words = account.results, account.words
    names = ["employed", "seeking", "vacancies"]
    pooled = results.quarters[results.quarters["metric"] == "pooled"]["value"]
    if len(pooled) and float(pooled.max()) > 0:
        names.append("pooled")
    panels = [_Panel(words(f"answer.{name}"), (name,)) for name in names]
    return _draw(account, "talent", panels, "thousand_people", [])


def _draw(account: RunAccount, figure: str, panels: list[_Panel], unit: str, notes: list[str]) -> Sheet:
    """Draw small charts over the same quarters, each with its own scale."""
    results, words = account.results, account.words
    grid = Grid(2 if len(panels) == 4 else 3, _PANEL, _HEAD, _FOOT, _LEFT, _GUTTER)
    sheet = Sheet(
        account,
        grid.height(len(panels)),
        words(f"answer.{figure}_title"),
        words("answer.run_subtitle", title=results.scenario.title[words.lang]),
        [*notes, words("answer.band_runs")],
    )
    for axes, panel in zip(grid.axes(sheet, len(panels)), panels, strict=True):
        _draw_panel(axes, results, panel)
        axes.set_title(panel.name, fontsize=TEXT_SIZE, color=INK, loc="left", pad=16)
        unit_above(axes, words(f"answer.{unit}"))
        axes.set_xlabel(words("answer.quarter_axis"), labelpad=1)
    return sheet


def _draw_panel(axes: Axes, results: Results, panel: _Panel) -> None:
    """Draw mean and band of a sum of metrics in thousands, from 0."""
    values = _values(results.quarters, panel.metrics) / 1e3
    time = [quarter_end(name) for name in values.columns]
    data = values.to_numpy(float)
    low, high = np.percentile(data, _BAND, axis=0)
    axes.fill_between(time, low, high, color=GAIN, alpha=0.22, linewidth=0)
    axes.plot(time, data.mean(axis=0), color=GAIN, linewidth=1.4)
    if panel.recorded:
        points = _recorded(results)
        axes.plot(
            [x for x, _ in points],
            [y / 1e3 for _, y in points],
            marker="D",
            markersize=4.2,
            markerfacecolor="white",
            markeredgecolor=LOSS,
            markeredgewidth=1.0,
            linestyle="none",
            zorder=3,
            clip_on=False,
        )
    axes.set_ylim(0, max(axes.get_ylim()[1], 1e-3))
    axes.set_xlim(time[0] - 0.25, time[-1])  # from the beginning of the first quarter
    plain_ticks(axes.yaxis, 4)
    axes.grid(axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value - 1:.0f}Q4"))
    axes.tick_params(axis="both", labelsize=SMALL_SIZE, colors=SOFT)


def _recorded(results: Results) -> list[tuple[float, float]]:
    """List recorded stocks at the ends of years within the horizon: (time in years, firms)."""
    first, last = results.scenario.start / 4, (results.scenario.end + 1) / 4
    records = sorted(results.evidence.records.items())
    return [
        (year + 1.0, f.value) for (name, year), f in records if name == RECORD and first <= year + 1 <= last
    ]


def _values(quarters: pd.DataFrame, metrics: tuple[str, ...]) -> pd.DataFrame:
    """Return the sum of metrics: a row for each replication, a column for each quarter."""
    part = quarters[quarters["metric"].isin(metrics)]
    return part.pivot_table(index="replication", columns="quarter", values="value", aggfunc="sum")
