"""Figure: a Morris screen as a scatter of σ against μ*, with names beside the points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import isfinite

from matplotlib.axes import Axes

from sim.analysis.studies.importance import Hanging
from sim.analysis.studies.indices import DUMMY
from sim.analysis.studies.stages import Stage
from sim.show.figures.canvas import (
    FAINT,
    GAIN,
    INK,
    LOSS,
    MARGIN,
    SMALL_SIZE,
    SOFT,
    Sheet,
    plain_ticks,
    unit_above,
)
from sim.show.figures.lettering import fitted, text_width
from sim.show.figures.study_charts import FLOOR, LINE, begin, head, head_lines, lead_hangings, scaled
from sim.show.tables.study import index_rows
from sim.show.texts.study_account import StudyAccount

MOST_PANELS = 4
_PANEL, _FOOT, _LEFT, _BETWEEN = 2.35, 0.4, 0.45, 0.3
_LABEL_HEIGHT = 0.105  # inches

Box = tuple[float, float, float, float]


def draw_screening(account: StudyAccount) -> Sheet | None:
    """Draw σ against μ* for each response worth a chart; None if no stage was a Morris screening."""
    stage = account.study.stages[0]
    found = lead_hangings(account, stage, MOST_PANELS) if stage.experiment.design.method == "morris" else []
    found = [each for each in found if len(_points(account, stage, each)) > 1]
    if not found:
        return None
    across = min(2, len(found))
    width = (7.2 - 2 * MARGIN - across * _LEFT - (across - 1) * _BETWEEN) / across
    titles = [account.sentence(account.response_of(each)) for each in found]
    room = LINE * head_lines(titles, width) + 0.28
    block = room + _PANEL + _FOOT
    subtitle, note = account.words("study.screening_figure_subtitle"), account.words("study.screening_note")
    sheet = begin(account, "screening", subtitle, block * -(-len(found) // across), [note])
    for k, each in enumerate(found):
        left = MARGIN + _LEFT + (k % across) * (width + _LEFT + _BETWEEN)
        axes = sheet.axes(left, sheet.top - (k // across) * block - room - _PANEL, width, _PANEL)
        head(axes, titles[k], width, pad=14.0)
        _draw_screen(account, axes, stage, each, (width, _PANEL))
    return sheet


def _points(account: StudyAccount, stage: Stage, hanging: Hanging) -> dict[str, tuple[float, float, bool]]:
    """Return μ*, σ and whether it is above the noise floor, for every single factor and the dummy."""
    rows = index_rows(account, stage, hanging, other="")
    sigma = {row["factor"]: float(row["value"]) for row in rows if row["index"] == "sigma"}
    return {
        row["factor"]: (float(row["value"]), sigma[row["factor"]], not row["below_noise"])
        for row in rows
        if row["index"] == "mu_star" and isfinite(sigma.get(row["factor"], float("nan")))
    }


def _draw_screen(
    account: StudyAccount, axes: Axes, stage: Stage, hanging: Hanging, size: tuple[float, float]
) -> None:
    points = _points(account, stage, hanging)
    scale, unit = scaled(account, hanging.outcome, [x for x, _, _ in points.values()])
    furthest = max(max(x for x, _, _ in points.values()), 1e-12) / scale
    right = max(1.12 * furthest, min(1.05 * hanging.floor / scale, 1.8 * furthest))
    upper = max(1.15 * max(y for _, y, _ in points.values()) / scale, 0.2 * right)
    axes.set_xlim(-0.03 * right, right)
    axes.set_ylim(-0.04 * upper, upper)
    axes.axvspan(-0.03 * right, min(hanging.floor / scale, right), color=FLOOR, linewidth=0, zorder=0)
    if hanging.floor / scale < right:
        axes.axvline(hanging.floor / scale, color=SOFT, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    end = min(right, upper)
    axes.plot([0, end], [0, end], color=SOFT, linewidth=0.6, zorder=1)
    for name, (x, y, loud) in points.items():
        dummy = name == DUMMY
        axes.plot(
            [x / scale],
            [y / scale],
            marker="x" if dummy else "o",
            markersize=5.0,
            color=LOSS if dummy else GAIN,
            markerfacecolor=GAIN if loud else "white",
            linestyle="none",
            zorder=3,
        )
    places = {name: (x / scale, y / scale) for name, (x, y, _) in points.items()}
    _write_names(
        axes,
        {(account.words("study.luck_point") if n == DUMMY else n): place for n, place in places.items()},
        size,
    )
    plain_ticks(axes.xaxis, 5)
    plain_ticks(axes.yaxis, 5)
    axes.grid(color=FAINT, linewidth=0.5)
    axes.set_xlabel(f"μ*, {unit}" if unit else "μ*", labelpad=1)
    unit_above(axes, f"σ, {unit}" if unit else "σ")


def _write_names(axes: Axes, places: dict[str, tuple[float, float]], size: tuple[float, float]) -> None:
    """Write names beside points where there is room; points at the same place share a label.

    Parameters
    ----------
    places
        Points in the units of the axes.
    size
        Size of the axes, inches.
    """
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    together: dict[tuple[int, int], list[str]] = {}
    inches: dict[tuple[int, int], tuple[float, float]] = {}
    for name, (x, y) in places.items():
        at = (size[0] * (x - left) / (right - left), size[1] * (y - low) / (high - low))
        cell = (round(at[0] / 0.08), round(at[1] / 0.08))
        together.setdefault(cell, []).append(name)
        inches.setdefault(cell, at)
    taken: list[Box] = [(x - 0.05, y - 0.05, x + 0.05, y + 0.05) for x, y in inches.values()]
    for cell in sorted(together, key=lambda cell: -inches[cell][0]):
        lines = _broken(together[cell], size[0] * 0.6)
        width = max(text_width(line, SMALL_SIZE) for line in lines)
        spot = _room(inches[cell], (width, _LABEL_HEIGHT * len(lines)), taken, size)
        taken.append((spot[0], spot[1], spot[0] + width, spot[1] + _LABEL_HEIGHT * len(lines)))
        axes.text(
            spot[0] / size[0],
            spot[1] / size[1],
            "\n".join(lines),
            transform=axes.transAxes,
            fontsize=SMALL_SIZE,
            color=INK,
            va="bottom",
            linespacing=1.05,
            zorder=4,
        )


def _broken(names: Sequence[str], width: float) -> list[str]:
    """Put names into lines of at most a width in inches."""
    names = [fitted(name, SMALL_SIZE, width)[0] for name in names]
    lines = [names[0]]
    for name in names[1:]:
        longer = f"{lines[-1]}, {name}"
        if text_width(longer, SMALL_SIZE) <= width:
            lines[-1] = longer
        else:
            lines.append(name)
    return lines


def _room(
    at: tuple[float, float], label: tuple[float, float], taken: Sequence[Box], size: tuple[float, float]
) -> tuple[float, float]:
    """Find a place for a label near a point, in inches, that covers as little as possible."""
    x, y = at
    width, height = label
    spots = []
    for reach, (dx, dy) in product(
        (0.07, 0.16, 0.28, 0.42), ((1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
    ):
        left = x + dx * reach - (0 if dx > 0 else width if dx < 0 else width / 2)
        low = y + dy * reach - (0 if dy > 0 else height if dy < 0 else height / 2)
        outside = (
            max(0.0, -left)
            + max(0.0, left + width - size[0])
            + max(0.0, -low)
            + max(0.0, low + height - size[1])
        )
        covered = sum(
            max(0.0, min(left + width, box[2]) - max(left, box[0]))
            * max(0.0, min(low + height, box[3]) - max(low, box[1]))
            for box in taken
        )
        spots.append((covered + outside + 0.001 * reach, left, low))
    _, left, low = min(spots, key=lambda spot: spot[0])
    return left, low
