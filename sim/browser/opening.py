"""What a visitor of the page sees first."""

from __future__ import annotations

from dataclasses import dataclass

from sim.world.scenario_record import Scenario


@dataclass(frozen=True, slots=True)
class Opening:
    """What a visitor sees first: a scenario, and the language of the page."""

    scenario: Scenario
    lang: str


_openings: list[Opening] = []


def opening() -> Opening:
    """Give what a visitor sees first; the page calls this."""
    return _openings[-1]


def open_with(opened: Opening) -> None:
    """Set what visitors see first from now on; the server calls this."""
    _openings.append(opened)
