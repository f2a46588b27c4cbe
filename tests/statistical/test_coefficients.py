"""With coefficients drawn, effects of the policies that work through them vary more (slow; paired, fixed seed).

The stated standard errors are several times those of a survey of 306 firms, so that two hundred replications of a
thousand firms can show the effect. If nothing widened, a test would pass by chance once in forty times.
"""

from pathlib import Path

import pytest

from sim.analysis.comparison.effects import coefficient_rows
from sim.analysis.comparison.pairs import Pair, replication_of
from sim.runs.run import simulate_all
from sim.world.scenario import load_scenario
from tests.stated_covariance import folder_with

REPLICATIONS = 200
STATED = {"X3": 1.0, "X7": 0.7, "X11": 0.7}
LEVERS = ("energy_relief", "talent_support")  # X7; X11 and, by those who stay, X3


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """How the variance of extra climbs is split under V-naive, by lever."""
    folder: Path = folder_with(tmp_path_factory.mktemp("evidence") / "hubei", STATED)
    uses = ({}, *({lever: {"start": "2024Q1", "share_of_budget": 1}} for lever in LEVERS))
    scenarios = [
        load_scenario(
            "baseline",
            evidence=str(folder),
            levers=use,
            difficulty={"coefficients": treatment, "causal_reading": "naive"},
        )
        for treatment in ("drawn", "held")
        for use in uses
    ]
    done = simulate_all(scenarios, range(REPLICATIONS), 2024, replication_of)
    found = {}
    for k, lever in enumerate(LEVERS, start=1):
        drawn, held = (
            Pair("V-naive", scenarios[side + k], done[side + k], done[side]) for side in (0, len(uses))
        )
        rows = {row["outcome"]: row for row in coefficient_rows(drawn, held, 1)}
        found[lever] = rows["climbs"]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("lever", LEVERS)
def test_effects_vary_more_with_coefficients_drawn(split: dict[str, dict[str, float]], lever: str) -> None:
    found = split[lever]
    assert found["share_low"] > 0
    assert found["width_drawn"] > found["width_held"]
