"""Policies respond to their own assumptions in the direction those assumptions mean (slow; paired, fixed seed)."""

import pytest

from sim.analysis.comparison.pairs import Pair, replication_of
from sim.runs.results import interval
from sim.runs.run import simulate_all
from sim.world.scenario import load_scenario

REPLICATIONS = 60
CLEARLY = {"budget": "3 bn yuan", "scale": 0.03}  # more money and less luck: a grant is small beside R&D


#: Where being short of cash for a fee slows nobody, money that is not spent on R&D does not help to climb.
NOT_SHORT = {"short_small": 1, "short_large": 1}


def extra_climbs(
    policy: str, name: str, low: float, high: float, usual: dict[str, float], structure: str = "V"
) -> tuple[float, float, float]:
    """Paired difference in climbs between the high and the low value of a parameter, with its 95 % interval."""
    scenarios = [
        load_scenario(policy, structure=structure, parameters=usual | {name: value}, **CLEARLY)
        for value in (low, high)
    ]
    less, more = simulate_all(scenarios, range(REPLICATIONS), 2024, replication_of)
    return interval(Pair("V-selective", scenarios[1], policy=more, base=less).differences["climbs"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("policy", "name", "low", "high", "sign", "usual"),
    [
        ("platforms", "deadweight_P08", 0.05, 0.6, -1, {}),  # money that changes nothing helps nobody
        ("platforms", "cost_P08", 110_000, 450_000, -1, {}),
        ("subsidies", "add_P01", -0.5, 0.5, 1, NOT_SHORT),  # crowding out is worse than crowding in
        ("subsidies", "relabel", 0.15, 0.3, -1, NOT_SHORT),
        (
            "subsidies",
            "cost_P01",
            100_000,
            600_000,
            -1,
            {},
        ),  # the same money over fewer firms: decreasing returns
    ],
)
def test_signs(policy: str, name: str, low: float, high: float, sign: int, usual: dict[str, float]) -> None:
    _, bottom, top = extra_climbs(policy, name, low, high, usual)
    assert (bottom if sign > 0 else -top) > 0, (name, bottom, top)


@pytest.mark.slow
@pytest.mark.parametrize("structure", ["V", "D"])
def test_more_additionality_never_gives_fewer_climbs(structure: str) -> None:
    """At the defaults, where crowded-out money still eases the fee a little: never beyond the interval."""
    _, _, top = extra_climbs("subsidies", "add_P01", -0.5, 0.5, {}, structure)
    assert top > 0
