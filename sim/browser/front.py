"""What a visitor's browser asks for first: light, so that the server answers while the model is still being loaded.

The browser needs a second or two for the page's scripts; the model is loaded meanwhile.
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
    limits.admitted()  # whoever waits has a place already
    _prepared.wait()
    from sim.browser.page import Page as Loaded

    Loaded()
