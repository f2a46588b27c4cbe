"""A small province with everything in it, and short functions to run it."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from sim.evidence.tables import load_evidence
from sim.files.names import evidence_folder
from sim.model import state as st
from sim.model.genesis import check_overflow, genesis, outputs
from sim.model.outputs import METRIC_INDEX
from sim.model.quarter import run
from sim.world.compiled import Compiled, compile_scenario
from sim.world.constants import BURN_IN
from sim.world.levers import LEVER_NAMES, chooses_firms
from sim.world.scenario import Scenario, load_scenario

EVIDENCE = load_evidence(evidence_folder("hubei"))
ALL_LEVERS: dict[str, Any] = {
    "talent_pool": {"start": "2020Q3", "share_of_budget": 0.15},
    "rd_subsidy": {"start": "2020Q2", "share_of_budget": 0.1},
    "platforms": {"start": "2021Q1", "share_of_budget": 0.1},
    "talent_support": {"start": "2021Q1", "share_of_budget": 0.1},
    "auto_delivery": {"start": "2020Q4", "share_of_budget": 0.05},
    "energy_relief": {"start": "2021Q1", "share_of_budget": 0.1},
    "certificate_award": {"start": "2021Q1", "share_of_budget": 0.05},
    "proof_centres": {"start": "2020Q2", "share_of_budget": 0.05},
    "pilot_centres": {"start": "2020Q4", "share_of_budget": 0.05},
    "technology_managers": {"start": "2020Q3", "share_of_budget": 0.05},
    "laboratories": {"start": "2020Q1", "share_of_budget": 0.1, "allocation": "core"},
    "coordination": {"start": "2020Q2", "share_of_budget": 0.05},
    "ip_protection": {"start": "2021Q1", "share_of_budget": 0.05},
}
assert tuple(ALL_LEVERS) == LEVER_NAMES
#: Levers for which a scenario may say which firms they are for.
OF_FIRMS = tuple(name for name in LEVER_NAMES if chooses_firms(name, load_scenario("baseline").parameters))


class Run(NamedTuple):
    """A finished run: the state at its end, and the counts of each quarter."""

    state: st.State
    by_region: np.ndarray  # int64[quarters, regions, metrics]
    by_industry: np.ndarray  # int64[quarters, industries, metrics]

    def total(self, metric: str) -> int:
        """Sum of a metric over regions and quarters."""
        return int(self.by_region[:, :, METRIC_INDEX[metric]].sum())


def small(**overrides: Any) -> Scenario:
    """The baseline with 200 firms of 500 to six years, unless told otherwise."""
    given = {"scale": 0.002, "horizon": {"start": "2020Q1", "end": "2025Q4"}, **overrides}
    return load_scenario("baseline", **given)


def province(**overrides: Any) -> Compiled:
    """Everything that a run of `small` needs."""
    return compile_scenario(small(**overrides), EVIDENCE)


@cache
def busy() -> Compiled:
    """A province in which all levers are active."""
    return province(levers=ALL_LEVERS, budget="4 bn yuan")


def quarters_of(compiled: Compiled) -> int:
    """How many quarters follow quarter zero."""
    return compiled.inputs.quarters - BURN_IN


def begin(compiled: Compiled, seed: int = 1, replication: int = 0) -> st.State:
    """Quarter zero."""
    return genesis(*compiled, seed, replication)


def go_on(state: st.State, compiled: Compiled, quarters: int) -> Run:
    """Let so many quarters pass, in place."""
    by_region, by_industry = outputs(compiled.inputs, compiled.programme, quarters)
    run(state, quarters, *compiled, by_region, by_industry)
    check_overflow(state)
    return Run(state, by_region, by_industry)


def whole_run(compiled: Compiled, seed: int = 1, replication: int = 0) -> Run:
    """A run from quarter zero to the end of the horizon."""
    return go_on(begin(compiled, seed, replication), compiled, quarters_of(compiled))


def hashes(compiled: Compiled, seed: int = 1, replication: int = 0) -> list[str]:
    """State hash at quarter zero and after every quarter."""
    state = begin(compiled, seed, replication)
    found = [st.state_hash(state)]
    for _ in range(quarters_of(compiled)):
        go_on(state, compiled, 1)
        found.append(st.state_hash(state))
    return found
