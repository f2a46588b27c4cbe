"""In the quarter in which a lever begins, at the same state and luck, nobody is worse off for what it does.

Later a lever has side effects (people move, firms compete for them), which `tests/statistical/test_signs.py` measures.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.model import state as st
from sim.model.outputs import METRIC_INDEX
from sim.world.compiled import Compiled
from sim.world.levers import LEVER_NAMES, TERMS
from tests.small_province import begin, go_on, province

START = "2024Q1"
QUARTERS = 16  # until then nothing is different
HORIZON = {"start": "2020Q1", "end": "2024Q4"}
FOR_FIRMS = ("rd_subsidy", "platforms", "auto_delivery", "energy_relief")
READINGS = [("V", "selective"), ("D", "selective")]


def compiled_with(structure: str, causal: str, **levers: Any) -> Compiled:
    """Four thousand firms, plenty of money, and some levers that begin in `START`."""
    used = {name: {"start": START, "share_of_budget": 1} | given for name, given in levers.items()}
    return province(
        scale=0.01,
        structure=structure,
        difficulty={"causal_reading": causal},
        horizon=HORIZON,
        budget="20 bn yuan",
        levers=used,
    )


@cache
def before(structure: str, causal: str) -> st.State:
    """The province at the end of 2023."""
    compiled = compiled_with(structure, causal)
    state = begin(compiled)
    go_on(state, compiled, QUARTERS)
    return state


def quarter(structure: str, causal: str, **levers: Any) -> tuple[st.State, dict[str, int]]:
    """The first quarter of 2024, from the same state: what it leaves, and its counts."""
    compiled = compiled_with(structure, causal, **levers)
    state = with_room(before(structure, causal), begin(compiled))
    run = go_on(state, compiled, 1)
    return state, {name: int(run.by_region[..., k].sum()) for name, k in METRIC_INDEX.items()}


def with_room(old: st.State, room: st.State) -> st.State:
    """A copy with at least as many slots for people as the other state has: a pool may bring people in."""
    copied = st.copy(old)
    people = st.allocate(st.People, max(len(room.people.status), len(old.people.status)))
    people.employer[:] = st.NO_EMPLOYER
    for name in st.People._fields:
        getattr(people, name)[: len(old.people.status)] = getattr(copied.people, name)
    return st.State(copied.firms, people, copied.province)


def moved_up(state: st.State, structure: str, causal: str) -> np.ndarray:
    """Which slots hold a firm that stands higher than at the end of 2023."""
    earlier = before(structure, causal).firms
    same = (state.firms.id0 == earlier.id0) & (state.firms.id1 == earlier.id1) & (earlier.alive == st.ALIVE)
    return same & (state.firms.level > earlier.level)


@pytest.mark.parametrize(("structure", "causal"), READINGS)
@pytest.mark.parametrize("lever", FOR_FIRMS)
def test_no_firm_climbs_less_for_being_supported(lever: str, structure: str, causal: str) -> None:
    without, _ = quarter(structure, causal)
    supported, counts = quarter(structure, causal, **{lever: {}})
    assert counts[f"spent_{lever}"] > 0
    fewer, more = (moved_up(state, structure, causal) for state in (without, supported))
    assert fewer.sum() > 20
    assert not (fewer & ~more).any()
    if lever == "rd_subsidy" or (lever, structure) == ("platforms", "D"):  # the others act later, or by cash
        assert more.sum() > fewer.sum()


@pytest.mark.parametrize(("structure", "causal"), READINGS)
def test_more_additionality_takes_no_climb_away(structure: str, causal: str) -> None:
    climbs = []
    for addition in (-0.5, 0.0, 0.5):
        state, _ = quarter(structure, causal, rd_subsidy={"additionality": addition})
        climbs.append(moved_up(state, structure, causal))
    for fewer, more in pairwise(climbs):
        assert not (fewer & ~more).any()
    assert climbs[-1].sum() > climbs[0].sum()


def test_an_award_is_paid_for_first_certificates_and_moves_nothing_else_at_once() -> None:
    without, _ = quarter("V", "selective")
    awarded, counts = quarter("V", "selective", certificate_award={})
    certified = without.firms.certified_first == int(without.province.clock[0]) - 1
    more = awarded.firms.cash - without.firms.cash
    assert certified.sum() > 5
    assert (more[certified & (awarded.firms.alive == st.ALIVE)] > 0).all()
    assert (more[~certified] == 0).all()
    np.testing.assert_array_equal(awarded.firms.level, without.firms.level)
    assert (
        awarded.firms.support.sum() == awarded.province.to_firms[LEVER_NAMES.index("certificate_award")].sum()
    )
    renewed = (without.firms.certified_until > without.province.clock[0]) & ~certified
    assert counts["spent_certificate_award"] > 0
    assert awarded.firms.support[renewed].sum() == 0


def test_support_for_talent_keeps_people_in_their_firms() -> None:
    _, without = quarter("V", "selective")
    _, supported = quarter("V", "selective", talent_support={})
    assert supported["spent_talent_support"] > 0
    assert supported["separations"] < without["separations"]


@pytest.mark.parametrize("order", ["before_market", "after_market"])
def test_a_pool_that_only_holds_loses_nobody_and_brings_nobody(order: str) -> None:
    _, without = quarter("V", "selective")
    _, held = quarter("V", "selective", talent_pool={"sourced": 0, "match_order": order})
    assert held["pooled"] > 0
    assert held["sourced"] == 0
    assert present(held) == present(without), "in the first quarter nobody has been held yet"


def test_a_pool_brings_in_whom_it_pays_for_and_loses_none_of_them() -> None:
    _, without = quarter("V", "selective")
    state, brought = quarter("V", "selective", talent_pool={"sourced": "10000 people", "capacity": 0})
    assert brought["sourced"] > 0
    assert present(brought) == present(without) + brought["sourced"]
    lever = LEVER_NAMES.index("talent_pool")
    compiled = compiled_with("V", "selective")
    terms = dict(zip((term.name for term in TERMS), compiled.programme.terms[lever].tolist(), strict=True))
    paid = brought["sourced"] * terms["sourcing"] + brought["pool_placements"] * terms["placement"]
    assert state.province.to_people[lever].sum() == paid * compiled.inputs.weight


def present(counts: dict[str, int]) -> int:
    """People in the province at the end of the quarter."""
    return sum(counts[name] for name in ("graduates", "seeking", "employed", "pooled", "public_sector"))
