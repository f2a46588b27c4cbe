"""The province against its record: recorded series year by year."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.evidence.history import NAIVE
from sim.show.figures.canvas import GAIN, INK, LOSS, SOFT, Grid, Sheet
from sim.show.figures.record_charts import Look, begin, head
from sim.show.tables.record import COMPARED
from sim.show.tables.rows import rows_of
from sim.show.texts.calibration import FACTORS, NAIVES, SERIES, CalibrationAccount

HEADROOM = 1.5  # a naive forecast is drawn up to this multiple of the largest value of record and model

_DIAMOND: dict[str, Any] = {"marker": "D", "markersize": 4.2, "markeredgecolor": LOSS, "markeredgewidth": 1.0}
#: Markers of recorded points by their use, one of `sim.analysis.record.history.POINT_USES`.
_POINTS: Mapping[str, Look] = {
    "start": _DIAMOND | {"marker": "s", "markerfacecolor": SOFT, "markeredgecolor": SOFT, "markersize": 3.6},
    "fitted": _DIAMOND | {"markerfacecolor": LOSS},
    "seen": _DIAMOND | {"markerfacecolor": LOSS, "fillstyle": "left", "markerfacecoloralt": "white"},
    "held_out": _DIAMOND | {"markerfacecolor": "white"},
    "shown": _DIAMOND | {"marker": "P", "markerfacecolor": "white", "markeredgecolor": SOFT},
}
_DASHES = ((0, (4, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
_PANELS = Grid(columns=4, panel=0.95, head=0.46, foot=0.24, left=0.38, gutter=0.12)


def draw_history(account: CalibrationAccount) -> Sheet:
    """Draw every recorded series that the model has too: record, model with its band, naive forecasts."""
    frame = account.calibration.history.paths
    judged = frame[frame["use"].isin(COMPARED) & frame["mean"].notna()]
    names = sorted(
        dict.fromkeys(judged["series"]),
        key=lambda name: list(SERIES).index(name) if name in SERIES else len(SERIES),
    )
    entries = [(account.words("calibration.model_mean"), Line2D([], [], color=GAIN, linewidth=1.4))]
    entries += [
        (account.words(f"calibration.record_{use}"), Line2D([], [], linestyle="none", **look))
        for use, look in _POINTS.items()
    ]
    entries += [
        (account.name(NAIVES, name), Line2D([], [], color=INK, linewidth=0.8, linestyle=dashes))
        for name, dashes in zip(NAIVE, _DASHES, strict=True)
    ]
    sheet = begin(account, "history", ["naive_start"], entries, _PANELS.height(len(names)))
    for axes, name in zip(_PANELS.axes(sheet, len(names)), names, strict=True):
        part = frame[frame["series"] == name]
        unit = part["unit"].iloc[0]
        factor, unit = FACTORS.get(unit, 1.0), account.unit(unit)
        largest = factor * float(part[["recorded", "high"]].max().max())
        if largest >= 1e4:
            factor, unit = factor / 1e3, account.words("calibration.thousand", unit=unit)
        _draw_series(axes, part, factor)
        head(axes, account.name(SERIES, name), unit)
    return sheet


def _draw_series(axes: Axes, part: pd.DataFrame, factor: float) -> None:
    """Draw one series in the unit shown, from 0 to a little above record and model."""
    modelled, points = part[part["mean"].notna()], part[part["recorded"].notna()]
    years = modelled["year"].to_numpy(float)
    low, high = (factor * modelled[bound].to_numpy(float) for bound in ("low", "high"))
    axes.fill_between(years, low, high, color=GAIN, alpha=0.25, linewidth=0, zorder=2)
    axes.plot(years, factor * modelled["mean"].to_numpy(float), color=GAIN, linewidth=1.4, zorder=2)
    for row in rows_of(points):
        look = _POINTS.get(row["use"], _POINTS["shown"])
        axes.plot(
            [row["year"]], [factor * row["recorded"]], linestyle="none", zorder=4, clip_on=False, **look
        )
    for name, dashes in zip(NAIVE, _DASHES, strict=True):
        for since, until in zip(points["year"], [*points["year"].iloc[1:], math.inf], strict=True):
            ahead = part[(part["year"] > since) & (part["year"] <= until) & part[name].notna()]
            values = [*points[points["year"] == since]["recorded"], *ahead[name]]
            forecast = [factor * float(value) for value in values]
            axes.plot([since, *ahead["year"]], forecast, color=INK, linewidth=0.8, linestyle=dashes, zorder=3)
    top = factor * float(part[["recorded", "high"]].max().max())
    axes.set_ylim(0, HEADROOM * top)
    axes.set_xlim(years[0] - 0.4, years[-1] + 0.4)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
