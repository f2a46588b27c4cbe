"""Shares do not depend on how many firms an agent stands for (slow; 60 replications, fixed seed)."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import t as student

from sim.runs.counts import RunCounts, real, reported
from sim.runs.results import metric_table
from sim.runs.run import simulate_all
from sim.world.scenario import load_scenario
from sim.world.scenario_record import Scenario

REPLICATIONS = 60
SHARES = ("quality_firms", "difficulty", "platforms", "firms_level_0", "firms_level_1", "firms_level_2")
SHARE_MARGIN = 1.0  # percentage points
CLIMB_MARGIN = 0.05  # of climbs per firm


def shares(scenario: Scenario, province: RunCounts) -> NDArray[np.float64]:
    """Shares of firms at the end in percent, and climbs per firm over the horizon."""
    names, _, values = metric_table(real(province.regions[reported(scenario)], scenario.weight).sum(axis=1))
    table = dict(zip(names, values.T, strict=True))
    firms = table["firms"][-1]
    return np.array(
        [100 * table[n][-1] / firms for n in SHARES] + [table["climbs"].sum() / table["firms"].mean()]
    )


@pytest.fixture(scope="module")
def by_scale() -> dict[float, NDArray[np.float64]]:
    """Outcomes of 60 replications at three scales, with all levers of the three-policy scenario."""
    return {
        scale: np.array(
            simulate_all([load_scenario("all_three", scale=scale)], range(REPLICATIONS), 2024, shares)[0]
        )
        for scale in (0.01, 0.03, 0.1)
    }


def interval_90(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """90 % interval of the difference of two independent means (Welch)."""
    va, vb = a.var(axis=0, ddof=1) / len(a), b.var(axis=0, ddof=1) / len(b)
    freedom = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    half = student.ppf(0.95, freedom) * np.sqrt(va + vb)
    difference = a.mean(axis=0) - b.mean(axis=0)
    return difference - half, difference + half


@pytest.mark.slow
@pytest.mark.parametrize("scale", [0.01, 0.03])
def test_shares_and_climbs_do_not_depend_on_scale(
    by_scale: dict[float, NDArray[np.float64]], scale: float
) -> None:
    low, high = interval_90(by_scale[scale], by_scale[0.1])
    for k, name in enumerate(SHARES):
        assert low[k] >= -SHARE_MARGIN, name
        assert high[k] <= SHARE_MARGIN, name
    usual = by_scale[0.1][:, -1].mean()
    assert low[-1] / usual >= -CLIMB_MARGIN
    assert high[-1] / usual <= CLIMB_MARGIN


@pytest.mark.slow
@pytest.mark.parametrize("name", ["talent_pool", "subsidies", "platforms", "all_three", "concentrate"])
def test_paired_seeds_are_at_least_twenty_times_quieter(name: str) -> None:
    from sim.analysis.comparison.compare import compare

    found = compare(load_scenario("baseline"), [load_scenario(name)], replications=REPLICATIONS, doubt="none")
    assert (found.pairing["ratio"] >= 20).all()
