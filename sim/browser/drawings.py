"""The drawings of the page as Solara elements: map, time paths, ladder.

Frames go to the browser as JSON text. With nested values, Solara would compare every number at every render and Vue
would watch it, which costs many times as much as drawing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from solara.components.component_vue import component_vue

from sim.browser.charts import paths_frame
from sim.browser.frames import Frame, Geography, geography_of, map_frame
from sim.runs.run import evidence_of

if TYPE_CHECKING:
    from sim.browser.model import IndustryModel

Pick = Callable[[dict[str, int]], None]


def ProvinceMap(geography: Geography, frame: Frame, lang: str = "zh", event_pick: Pick | None = None) -> Any:
    """Draw firms on the province; the map fills its box.

    Parameters
    ----------
    frame
        From `sim.browser.frames.map_frame`.
    event_pick
        Called with ``{"slot": firm slot}`` or ``{"region": official code}`` when somebody clicks there.
    """
    return _map(
        geography=geography.text, frame=json.dumps(frame), lang=lang, event_pick=event_pick or _ignore
    )


def TimePaths(frame: Frame, lang: str = "zh") -> Any:
    """Draw small charts of policy and baseline from `sim.browser.frames.paths_frame`."""
    return _paths(frame=json.dumps(frame), lang=lang)


def Ladder(frame: Frame, money: Frame, lang: str = "zh") -> Any:
    """Draw `ladder_frame` and `money_frame` of `sim.browser.frames`."""
    return _ladder(frame=json.dumps(frame), money=json.dumps(money), lang=lang)


def province_map(model: IndustryModel, lang: str = "zh") -> Any:
    """Draw a model's firms by level: a component for Mesa's `SolaraViz`, which calls it after every step."""
    geography = geography_of(evidence_of(model.scenario), model.scenario.grid)
    return ProvinceMap(geography, map_frame(model.walk, geography, "level"), lang)


def time_paths(model: IndustryModel, lang: str = "zh") -> Any:
    """Draw a model's paths, with themselves as the baseline: a component for Mesa's `SolaraViz`."""
    counts = model.walk.regions
    return TimePaths(paths_frame(model.scenario, counts, counts, model.walk.done), lang)


def _ignore(picked: dict[str, int]) -> None:
    """Ignore a click."""


@component_vue("vue/map.vue", vuetify=False)
def _map(geography: str, frame: str, lang: str, event_pick: Pick) -> None:
    """`vue/map.vue`."""


@component_vue("vue/paths.vue", vuetify=False)
def _paths(frame: str, lang: str) -> None:
    """`vue/paths.vue`."""


@component_vue("vue/ladder.vue", vuetify=False)
def _ladder(frame: str, money: str, lang: str) -> None:
    """`vue/ladder.vue`."""
