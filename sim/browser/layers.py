"""What the map can show: marks that tell classes of firms apart without colour, shades behind them, and legends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.show.texts.names import LEVEL_NAMES
from sim.words import LANGUAGES, Pair, name_table, pair

Array = NDArray[Any]

#: What the map can show of firms.
LAYERS = name_table("names.layer")

NO_SHADE = 255  # a cell or region without a value

# Marks within a circle of radius 1, as SVG paths; their shape tells the class without colour.
_CIRCLE = "M-.8 0A.8 .8 0 1 1 .8 0A.8 .8 0 1 1 -.8 0Z"
_SQUARE = "M-.75 -.75H.75V.75H-.75Z"
_TRIANGLE = "M0 -1L.95 .75H-.95Z"
_STAR = "M0 -1.1L.3 -.38L1.05 -.34L.46 .14L.65 .89L0 .47L-.65 .89L-.46 .14L-1.05 -.34L-.3 -.38Z"

# Sequences with equal steps in lightness, from light to dark.
_BLUES = ("#e6eff7", "#c3d9ec", "#97bcdc", "#689ac6", "#3f78ab", "#265a8a")
_OCHRES = ("#fbeee2", "#f7d9bd", "#efbc8c", "#e09a5c", "#c47835", "#9c571d")
_GREENS = ("#eef4f0", "#d5e6dd", "#b4d2c6", "#8fbbae", "#68a195", "#46857b", "#2b6961", "#164d48")


@dataclass(frozen=True, slots=True)
class Mark:
    """A class of firms on the map: what it means and how it is drawn; size is a radius in pixels."""

    name: Pair
    colour: str
    path: str
    size: float
    edge: str = ""


@dataclass(frozen=True, slots=True)
class Shading:
    """Classes of equal width that shade regions or cells; the last one is open upwards."""

    name: Pair
    by: str  # "region" or "cell"
    colours: tuple[str, ...]
    step: float
    unit: Pair = ("", "")

    def classes(self, values: Array) -> Array:
        """Class of each value: uint8, `NO_SHADE` where there is no value."""
        known = np.isfinite(values)
        steps = np.floor(np.where(known, values, 0.0) / self.step)
        return np.where(known, np.clip(steps, 0, len(self.colours) - 1), NO_SHADE).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Layer:
    """One way of looking at the firms."""

    marks: tuple[Mark, ...]
    shading: Shading | None = None


_LEVEL_LOOKS = (
    ("#bcc4cb", _CIRCLE, 3.0, ""),
    ("#5b9fd0", _CIRCLE, 3.8, ""),
    ("#1b5e8c", _SQUARE, 4.2, "#ffffff"),
    ("#7b3f72", _TRIANGLE, 5.6, "#ffffff"),
    ("#d1661f", _STAR, 8.0, "#1f2328"),
)

#: How each of `LAYERS` is drawn.
LOOKS: Mapping[str, Layer] = {
    "level": Layer(
        tuple(Mark(name, *look) for name, look in zip(LEVEL_NAMES, _LEVEL_LOOKS, strict=True)),
    ),
    "difficulty": Layer(
        (
            Mark(pair("page.mark_no_difficulty"), "#8fb3cf", _CIRCLE, 3.4),
            Mark(pair("page.mark_difficulty"), "#a8480f", _TRIANGLE, 4.6, "#ffffff"),
        )
    ),
    "talent": Layer(
        (
            Mark(pair("page.mark_little_talent"), "#7a2e0a", _TRIANGLE, 4.6, "#ffffff"),
            Mark(pair("page.mark_enough_talent"), "#2f79b5", _CIRCLE, 4.0, "#ffffff"),
        ),
        Shading(pair("page.shade_talent"), "region", _OCHRES, 10.0, pair("page.percent")),
    ),
    "platforms": Layer(
        (
            Mark(pair("page.mark_no_platform"), "#ffffff", _CIRCLE, 3.4, "#6d737a"),
            Mark(pair("page.mark_platform"), "#12355b", _SQUARE, 4.0, "#ffffff"),
        ),
        Shading(pair("page.shade_platforms"), "region", _BLUES[:5], 20.0, pair("page.percent")),
    ),
    "knowledge": Layer(
        (Mark(pair("page.mark_firm"), "#1f2328", _CIRCLE, 2.0),),
        # At level 0: most firms are there, and they can learn from all firms above.
        Shading(pair("page.shade_knowledge"), "cell", _GREENS, 1.0),
    ),
}


def both(texts: Pair) -> dict[str, str]:
    """Put a pair of texts into the form that the drawings read."""
    return dict(zip(LANGUAGES, texts, strict=True))


def legend_of(layer: Layer) -> dict[str, Any]:
    """Explain a layer's marks and shades, for the map component."""
    legend: dict[str, Any] = {
        "classes": [
            {"name": both(m.name), "colour": m.colour, "path": m.path, "size": m.size, "edge": m.edge}
            for m in layer.marks
        ],
        "shading": None,
    }
    if layer.shading is not None:
        shading = layer.shading
        legend["shading"] = {
            "name": both(shading.name),
            "by": shading.by,
            "colours": list(shading.colours),
            "step": shading.step,
            "unit": both(shading.unit),
        }
    return legend
