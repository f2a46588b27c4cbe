"""Money that scenarios authorise."""

from __future__ import annotations

from sim.world.constants import ORIGIN, YEAR
from sim.world.programme import yearly_money
from sim.world.scenario_record import Scenario

LARGE_GAP = 0.01  # of authorised money; larger gaps are flagged


def authorised(scenario: Scenario) -> int:
    """Yuan authorised over the run for all levers of a scenario."""
    return sum(authorised_by_lever(scenario).values())


def authorised_by_lever(scenario: Scenario) -> dict[str, int]:
    """Yuan authorised over the run, by lever."""
    years = -(-(scenario.end - ORIGIN + 1) // YEAR)
    return {name: sum(money) for name, money in yearly_money(scenario, ORIGIN, years).items()}
