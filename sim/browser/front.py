"""What a visitor's browser asks for first: a light module, so the server can answer while the model is loading.

The browser needs a second or two for the page's scripts; meanwhile the model loads.
"""

from __future__ import annotations

import threading

import solara

from sim.browser import limits
from sim.world.scenario import Scenario

_prepared = threading.Event()


def prepare(scenario: Scenario) -> None:
    """Load the model and the page, and play a quarter of the scenario, so that no visitor waits for it."""
    try:
        from sim.browser.page import warm

        warm(scenario)
    finally:  # where it fails, the page hits the same error and reports it
        _prepared.set()


@solara.component
def Page() -> None:
    """The page, as soon as it is loaded."""
    limits.admitted()  # visitors who wait already have a place
    _prepared.wait()
    from sim.browser.page import Page as Loaded

    Loaded()
