"""The counts of one replication, which quarters are reported, and how agents become real firms and people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.world.constants import BURN_IN, ORIGIN
from sim.world.quantities import quarter_text
from sim.world.scenario_record import Scenario

Counts = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Province:
    """The counts of one replication.

    Attributes
    ----------
    regions, industries
        int64 [quarters since 2020Q1, regions | industries, metrics], agents or yuan as `sim.model.outputs` says.
    """

    regions: Counts
    industries: Counts


def reported(scenario: Scenario) -> slice:
    """The reported quarters, as a slice of the counted ones."""
    return slice(scenario.start - ORIGIN - BURN_IN, scenario.end - ORIGIN - BURN_IN + 1)


def quarter_names(scenario: Scenario) -> list[str]:
    """Names of the reported quarters, such as 2024Q1."""
    return [quarter_text(q) for q in range(scenario.start, scenario.end + 1)]


def real(counts: Counts, weight: int) -> Counts:
    """Turn counts of agents into real firms and people; totals in yuan do not change."""
    from sim.model.outputs import METRICS

    scaled: Counts = counts * np.array([weight if metric.scaled else 1 for metric in METRICS])
    return scaled
