"""Figure: coverage and density on the way of the peeling, with the boxes chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.analysis.doubt.discovery import MOST_LIMITED, Box, Discovery
from sim.show.figures.canvas import (
    FAINT,
    INK,
    LOOKS,
    MARGIN,
    SMALL_SIZE,
    SOFT,
    Sheet,
    plain_ticks,
    unit_above,
)
from sim.show.texts.account import Account
from sim.show.texts.discovery import discovery_lines
from sim.world.parameters import Parameter

#: Colour and marker by numbers limited: more are darker.
LIMITED = (("#b9bec4", "o"), (LOOKS[4][0], "v"), (LOOKS[2][0], "^"), (LOOKS[0][0], "s"))
_RING: dict[str, Any] = {
    "marker": "o",
    "markersize": 10,
    "markerfacecolor": "none",
    "color": LOOKS[1][0],
    "markeredgewidth": 1.6,
}
_LEVEL: dict[str, Any] = {"color": SOFT, "linewidth": 0.8, "linestyle": (0, (4, 3))}
_PANEL, _HEAD, _FOOT, _LEFT, _GUTTER = 2.5, 0.36, 0.4, 0.4, 0.3


def draw_discovery(
    account: Account, found: Discovery, policy: str, reading: str, registry: Mapping[str, Parameter]
) -> Sheet | None:
    """Draw a panel for each box: the boxes on the way of the peeling, the chosen one ringed; None without boxes.

    Parameters
    ----------
    account
        Supplies the words and the last line.
    found, policy, registry
        As for `sim.show.texts.discovery.discovery_lines`, whose sentences stand below the panels.
    reading
        Name of the reading.
    """
    if not found.boxes:
        return None
    words = account.words
    sheet = Sheet(
        account,
        _HEAD + _PANEL + _FOOT,
        words("discovery.figure", policy=policy),
        words("discovery.figure_subtitle", reading=reading),
        discovery_lines(found, policy, registry, words),
        _entries(account, found),
    )
    count = len(found.boxes)
    room = sheet.width - 2 * MARGIN - count * _LEFT - (count - 1) * _GUTTER
    width = room / count
    for k, box in enumerate(found.boxes):
        axes = sheet.axes(MARGIN + _LEFT + k * (width + _LEFT + _GUTTER), sheet.bottom + _FOOT, width, _PANEL)
        _draw_box(account, axes, box, found.share if k == 0 else None)
        if count > 1:
            title = words("discovery.panel", number=k + 1)
            axes.set_title(title, fontsize=SMALL_SIZE, color=INK, loc="right", pad=4)
    return sheet


def _entries(account: Account, found: Discovery) -> list[tuple[str, Artist]]:
    shown = {step.limited for box in found.boxes for step in box.trajectory}
    entries: list[tuple[str, Artist]] = [
        (
            account.words(f"discovery.limited_{count}"),
            Line2D([], [], linestyle="", color=color, marker=marker, markersize=5),
        )
        for count, (color, marker) in enumerate(LIMITED[: MOST_LIMITED + 1])
        if count in shown
    ]
    entries.append((account.words("discovery.chosen"), Line2D([], [], linestyle="", **_RING)))
    entries.append((account.words("discovery.everywhere"), Line2D([], [], **_LEVEL)))
    return entries


def _draw_box(account: Account, axes: Axes, box: Box, share: float | None) -> None:
    """Draw one way of peeling, from everything at the right to ever stricter conditions."""
    if share is not None:
        axes.axhline(100 * share, zorder=1, **_LEVEL)
    steps = sorted(box.trajectory, key=lambda step: (-step.coverage, step.density))
    for count, (color, marker) in enumerate(LIMITED[: MOST_LIMITED + 1]):
        mine = [step for step in steps if step.limited == count]
        axes.plot(
            [100 * step.coverage for step in mine],
            [100 * step.density for step in mine],
            linestyle="",
            marker=marker,
            color=color,
            markersize=5,
            zorder=3,
            clip_on=False,
        )
    axes.plot([100 * box.coverage], [100 * box.density], linestyle="", zorder=4, clip_on=False, **_RING)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.grid(color=FAINT, linewidth=0.5)
    plain_ticks(axes.xaxis, 5)
    plain_ticks(axes.yaxis, 5)
    axes.set_xlabel(account.words("discovery.coverage_axis"), labelpad=2)
    unit_above(axes, account.words("discovery.density_axis"))
