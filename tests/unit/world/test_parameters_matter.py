"""Every registered parameter changes some output or the state; delete one that does not.

Each is set to an end of its range that differs from the scenario's value, in a scenario that uses all levers,
both kinds of shock and the bounds of the model.
"""

from functools import cache

import pytest

from sim.files.names import evidence_folder
from sim.model.state import state_hash
from sim.world.compiled import compile_scenario
from sim.world.parameters import load_parameters
from tests.small_province import ALL_LEVERS, EVIDENCE, small, whole_run

REGISTRY = load_parameters(evidence_folder("hubei"))
BUSY = {
    "scale": 0.01,
    "horizon": {"start": "2020Q1", "end": "2023Q4"},
    "levers": ALL_LEVERS | {"rd_subsidy": ALL_LEVERS["rd_subsidy"] | {"firms": "small_first"}},
    "budget": "4 bn yuan",
    "shocks": [
        {"kind": "demand", "start": "2021Q1", "end": "2021Q4", "size": -0.3},
        {"kind": "energy_price", "start": "2022Q1", "end": "2022Q4", "size": 0.3},
    ],
    # So many closures that the bound on them is felt.
    "parameters": {"exit": 0.12, "exit_insolvent": 5},
}
# Where a parameter needs another setting to show: the reading in which it acts, or a bound brought within reach.
DIRECT = {"structure": "D"}
SPECIAL = {
    **dict.fromkeys(("a_T", "a_P", "fill_cap"), DIRECT),
    "kappa_star": {"structure": "V*"},
    # what is built in 2020 decays from the year after it begins to work
    "decay_P23": {"parameters": {"delay_P23": 4}},
    # a slump so deep that many firms run out of cash
    "exit_most": {"shocks": [{"kind": "demand", "start": "2021Q1", "end": "2022Q4", "size": -0.6}]},
    # it sets the first little giants only, and at a small scale there are none
    "productivity_4": {"scale": 0.03, "parameters": {"level4_2019": 49}},
    "size_most": {"scale": 0.03, "parameters": {"size_median_2": 540, "size_spread_2": 1.4}},
}


@cache
def outcome(special=None, **parameters):
    given = BUSY | SPECIAL.get(special, {})
    given["parameters"] = BUSY["parameters"] | SPECIAL.get(special, {}).get("parameters", {}) | parameters
    run = whole_run(compile_scenario(small(**given), EVIDENCE))
    return state_hash(run.state), run.by_region.tobytes(), run.by_industry.tobytes()


@pytest.mark.parametrize("name", REGISTRY)
def test_every_parameter_moves_something(name):
    special = name if name in SPECIAL else None
    usual = outcome(special)
    ends = {REGISTRY[name].low, REGISTRY[name].high}
    assert any(outcome(special, **{name: end}) != usual for end in sorted(ends)), (
        f"neither {sorted(ends)} for {name} changes a run: no rule of the model reads it (a term of a lever that the "
        "kernel does not read, a channel that acts whenever it is above 0), or BUSY never gets there (SPECIAL)"
    )
