"""Fees of climbing: being short of cash slows a firm, never bars it; what it owes is paid off, and no more."""

import numpy as np
import pytest

from sim.model import state as st
from sim.model.advantages import means, readiness, standing
from sim.model.firms import pay
from sim.model.governments import C_CASH, C_RD
from sim.model.numerics import kernel
from sim.world.levers import LEVER_NAMES
from tests.small_province import begin, go_on, province


@kernel
def means_of(f, i, level, p):
    return means(f, i, level, p)


@kernel
def readiness_of(f, i, way, standing_of_firm, province_, inputs, p):
    return readiness(f, i, way, standing_of_firm, province_, inputs, p)


@kernel
def standing_of(f, i, province_, inputs, p):
    return standing(f, i, province_, inputs, p)


@kernel
def pay_of(f, i, fee):
    pay(f, i, fee)


COMPILED = province(scale=0.005)
P = COMPILED.parameters
FEE = int(P.climb_cost[1])


@pytest.fixture
def state() -> st.State:
    return begin(COMPILED)


def living(state: st.State) -> np.ndarray:
    return np.flatnonzero(state.firms.alive == st.ALIVE)


@pytest.mark.parametrize("large", [False, True])
def test_a_firm_short_of_cash_is_slower_and_not_barred(state: st.State, large: bool) -> None:
    f = state.firms
    i = living(state)[0]
    f.x[i, st.X1] = 1 if large else 0
    for cash, factor in (
        (FEE, 1.0),
        (FEE - 1, P.short_large if large else P.short_small),
        (-FEE, P.short_large if large else P.short_small),
    ):
        f.cash[i] = cash
        assert means_of(f, i, 2, P) == factor
        assert readiness_of(f, i, 1, 1.0, state.province, COMPILED.inputs, P) == pytest.approx(
            factor * COMPILED.inputs.science[COMPILED.inputs.slot_region[i]]
        )


@pytest.mark.parametrize(
    ("cash", "left", "owed"), [(FEE + 5, 5, 0), (30_000, 0, FEE - 30_000), (-7, -7, FEE)]
)
def test_a_fee_is_paid_from_what_there_is_and_the_rest_is_owed(
    state: st.State, cash: int, left: int, owed: int
) -> None:
    f = state.firms
    i = living(state)[0]
    f.cash[i] = cash
    pay_of(f, i, FEE)
    assert (f.cash[i], f.owed[i]) == (left, owed)


def test_what_is_owed_is_paid_off_in_parts_out_of_cash_only(state: st.State) -> None:
    """Beside the same province without debts: cash differs by what was paid off, and never falls below 0 for it."""
    rich, poor = living(state)[:2]
    f = state.firms
    f.cash[rich], f.cash[poor] = 10**9, -(10**9)
    without = st.copy(state)
    f.owed[[rich, poor]] = FEE
    go_on(state, COMPILED, 1)
    go_on(without, COMPILED, 1)
    part = round(FEE / P.owed_quarters)
    assert (f.owed[rich], f.owed[poor]) == (FEE - part, FEE)
    assert f.cash[rich] == without.firms.cash[rich] - part
    assert f.cash[poor] == without.firms.cash[poor]
    go_on(state, COMPILED, int(P.owed_quarters))
    assert f.owed[rich] == 0


@pytest.mark.parametrize("structure", ["V", "D"])
def test_more_additionality_never_makes_a_supported_firm_less_ready(structure: str) -> None:
    """Firm by firm at a fixed state, fees apart: more R&D outweighs the cash that it costs."""
    low, high = (
        province(scale=0.005, structure=structure, parameters={"add_P01": add}) for add in (-0.5, 0.5)
    )
    lever = LEVER_NAMES.index("rd_subsidy")
    state = begin(low)
    go_on(state, low, 12)
    grant = int(low.programme.unit[lever])
    compared = 0
    for i in living(state):
        ready = []
        for compiled in (low, high):
            f = st.copy(state).firms
            effect = compiled.programme.effect[lever]
            assert effect[C_RD] + effect[C_CASH] == pytest.approx(1.0)
            f.rd_grant[i] += int(effect[C_RD] * grant / 4)
            f.cash[i] += int((1.0 - P.payout) * effect[C_CASH] * grant)
            ready.append(standing_of(f, i, state.province, compiled.inputs, compiled.parameters))
        compared += 1
        assert ready[1] >= ready[0] - 1e-12
    assert compared > 300
