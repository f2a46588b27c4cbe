"""The register holds in random valid scenarios with large shocks: staff includes talent, sums agree."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from sim.model import state as st
from sim.model.outputs import INDUSTRY_METRICS, METRIC_INDEX
from sim.world.levers import FIRM_RULES, LEVER_NAMES, REGION_RULES
from tests.small_province import EVIDENCE, begin, go_on, province, quarters_of

INDUSTRIES = [industry.id for industry in EVIDENCE.industries]
REGIONS = [region.code for region in EVIDENCE.regions]
QUARTERS = [f"{year}Q{quarter}" for year in (2020, 2021, 2022) for quarter in (1, 2, 3, 4)]
PEOPLE_STOCKS = ("graduates", "seeking", "employed", "pooled", "public_sector")
#: Ends of ranges at which firms fail, people leave and money runs out.
HARD_TIMES = {
    "exit": 0.12,
    "exit_insolvent": 5,
    "exit_scar": 2,
    "scar": 12,
    "sunk": 1,
    "success_low": 0.5,
    "success_high": 0.3,
    "renew_certificate": 0.4,
    "renew_title": 0.6,
    "h0_direct": 0.02,
    "entry": 0.2,
    "payout": 0.9,
    "overhead_share": 0.3,
    "labour_share": 0.55,
    "tau_1": 0.285,
    "tau_2": 0.33,
    "wanted_power": 1,
    "staff_cycle": 1,
    "shock_share": 0.5,
    "separation": 0.21,
}


def shock(luck: random.Random) -> dict[str, Any]:
    first, last = sorted(luck.sample(range(len(QUARTERS)), 2))
    kind = luck.choice(["demand", "demand", "energy_price"])
    size = luck.uniform(-0.9, -0.4) if luck.random() < 0.8 else luck.uniform(1, 3)
    places = {
        "industries": luck.choice(["all", luck.sample(INDUSTRIES, luck.randint(1, 6))]),
        "regions": luck.choice(["all", "core", luck.sample(REGIONS, luck.randint(1, 8))]),
    }
    return {"kind": kind, "start": QUARTERS[first], "end": QUARTERS[last], "size": round(size, 3), **places}


def lever(luck: random.Random) -> dict[str, Any]:
    return {
        "start": luck.choice(QUARTERS[:8]),
        "share_of_budget": 0.14,
        "strength": luck.choice([0.3, 1.0]),
        "allocation": luck.choice(REGION_RULES),
    }


def hard_times(number: int) -> dict[str, Any]:
    """Scenario `number`: always the same one."""
    luck = random.Random(number)
    parameters = luck.sample(sorted(HARD_TIMES), luck.randint(0, 6))
    return {
        "scale": luck.choice([0.001, 0.001, 0.002]),
        "horizon": {"start": "2020Q1", "end": "2022Q4"},
        "shocks": [shock(luck) for _ in range(luck.randint(1, 3))],
        "levers": {name: lever(luck) for name in luck.sample(LEVER_NAMES, luck.randint(0, 4))},
        "budget": luck.choice(["100 million yuan", "5 bn yuan"]),
        "structure": luck.choice("VD"),
        "allocation": {"firms": luck.choice(FIRM_RULES)},
        "parameters": {name: HARD_TIMES[name] for name in parameters},
    }


def must_hold(number: int) -> None:
    """Run one scenario and check every quarter."""
    compiled = province(**hard_times(number))
    state = begin(compiled, number)
    for _ in range(quarters_of(compiled)):
        before, money_before = (
            state.people.region[state.people.status != st.NOBODY],
            state.province.spent.copy(),
        )
        run = go_on(state, compiled, 1)
        region, industry = run.by_region[0], run.by_industry[0]
        firms, people, ledger = state.firms, state.people, state.province
        count = {name: region[:, k] for name, k in METRIC_INDEX.items()}

        alive, there = firms.alive == st.ALIVE, firms.alive != st.FREE
        employed = people.status == st.EMPLOYED
        hired = np.bincount(people.employer[employed], minlength=len(firms.alive))
        assert (firms.talent[there] == hired[there]).all()
        assert (firms.staff[alive] >= firms.talent[alive]).all()
        assert (count["staff"] >= count["employed"]).all(), "staff includes talent"
        assert (count["staff"] >= count["talent_quality_firms"]).all()
        of_industry = industry[:, METRIC_INDEX["staff"]], industry[:, METRIC_INDEX["talent_quality_firms"]]
        assert (of_industry[0] >= of_industry[1]).all()
        for name in INDUSTRY_METRICS:
            assert industry[:, METRIC_INDEX[name]].sum() == count[name].sum(), name

        now = np.bincount(people.region[people.status != st.NOBODY], minlength=len(region))
        moves = count["people_in"] + count["sourced"] - count["people_out"]
        moves += count["moved_in"] - count["moved_out"]
        assert (now - np.bincount(before, minlength=len(region)) == moves).all()
        assert (sum(count[name] for name in PEOPLE_STOCKS) == now).all()

        assert (ledger.spent == sum(getattr(ledger, flow) for flow in st.LEDGERS[1:])).all()
        spent = np.array([count[f"spent_{name}"] for name in LEVER_NAMES])
        assert (spent == ledger.spent - money_before).all()
        for kind, part, living in ((st.Firms, firms, alive), (st.People, people, people.status != st.NOBODY)):
            for name, spec in st.specs(kind).items():
                values = getattr(part, name)[living]
                assert np.isfinite(values.astype(float)).all(), name
                assert spec.low is None or (values >= spec.low).all(), name
                assert spec.high is None or (values <= spec.high).all(), name


@pytest.mark.parametrize("number", range(20))
def test_the_register_holds_in_hard_times(number: int) -> None:
    must_hold(number)


@pytest.mark.slow
def test_the_register_holds_in_three_hundred_hard_times() -> None:
    for number in range(300):
        must_hold(number)


def test_staff_includes_the_talent_of_a_region_whose_firms_close() -> None:
    """A region that employed more R&D people than it had staff: those of firms that had just closed."""
    shock = {"kind": "demand", "start": "2020Q3", "end": "2022Q4", "size": -0.9}
    compiled = province(scale=0.002, horizon={"start": "2020Q1", "end": "2022Q4"}, shocks=[shock])
    staff, employed = METRIC_INDEX["staff"], METRIC_INDEX["employed"]
    examples = 0
    for seed in range(60):
        state = begin(compiled, seed)
        *_, last = go_on(state, compiled, 12).by_region
        alive = state.firms.alive == st.ALIVE
        living = np.bincount(compiled.inputs.slot_region[alive], state.firms.staff[alive], len(last))
        short = living < last[:, employed]
        assert (last[short, staff] == last[short, employed]).all()
        assert (last[~short, staff] == living[~short]).all()
        examples += short.sum()
    assert examples > 0, "no longer an example of it"
