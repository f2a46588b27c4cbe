"""A lever with a rate and a duration is only a row of the tables; neither kernel nor twin needs a change for it."""

import numpy as np

from sim.model.numerics import kernel
from sim.model.outputs import M_SPENT
from sim.model.state import Firms, People, state_hash
from sim.world.compiled import Compiled, compile_scenario
from sim.world.constants import BURN_IN, ORIGIN, YEAR
from sim.world.levers import LEVERS, TERMS, Lever, Term
from sim.world.programme import build_programme
from sim.world.scenario_record import Values
from tests import reference
from tests.reference_world import as_arrays, as_state, differences
from tests.small_province import ALL_LEVERS, EVIDENCE, begin, go_on, quarters_of, small

LOAN = Lever(
    name="loan",
    instrument="P11",
    en="Loan",
    zh="贷款",
    unit_cost="cost_loan",
    effects=lambda p: {"cash": 1.0, "funds": 1.0},
    settings={"amount": "cost_loan"},
    terms={"rate": "rate_loan", "duration": "duration_loan"},
)
RATE = Term("rate", "per year", "interest on what was lent")
DURATION = Term("duration", "quarters", "time after which a loan is due")
TABLES = {"levers": (*LEVERS, LOAN), "terms": (*TERMS, RATE, DURATION)}
NUMBERS = {"cost_loan": 200_000.0, "rate_loan": 0.04, "duration_loan": 12.0}
ROW = len(LEVERS)
T_RATE, T_DURATION = len(TERMS), len(TERMS) + 1
START = BURN_IN + YEAR


def provinces(share: float) -> tuple[Compiled, Compiled]:
    """A province with the six levers, by the tables as they are and by those with the loan; 0 lends nothing."""
    scenario = small(levers=ALL_LEVERS, budget="4 bn yuan", horizon={"start": "2020Q1", "end": "2022Q3"})
    subsidy = next(use for use in scenario.levers if use.name == "rd_subsidy")
    changes = {"name": "loan", "start": ORIGIN + START, "share_of_budget": share}
    loans = (subsidy.model_copy(update=changes),) if share > 0 else ()
    lent = scenario.model_copy(
        update={
            "levers": (*scenario.levers, *loans),
            "parameters": Values({**scenario.parameters, **NUMBERS}),
        }
    )
    compiled = compile_scenario(scenario, EVIDENCE)
    programme = build_programme(lent, EVIDENCE, ORIGIN, compiled.inputs.quarters, **TABLES)
    return compiled, compiled._replace(programme=programme)


@kernel
def repayment(programme, lever, t):
    """What a kernel of loans would ask of the table: yuan owed by a firm that is lent to in t, and when it is due."""
    terms = programme.terms[lever]
    return programme.unit[lever] * (1.0 + terms[T_RATE] * terms[T_DURATION] / YEAR), t + terms[T_DURATION]


def test_kernel_and_twin_run_a_loan_and_see_its_terms():
    _, compiled = provinces(0.2)
    kernel_state, twin = begin(compiled, 3), reference.genesis(compiled, 3, 0, **TABLES)
    (loan,) = [lever for lever in twin.levers if lever.name == "loan"]
    assert (loan.terms["rate"], loan.terms["duration"]) == (0.04, 12.0)
    assert repayment(compiled.programme, ROW, START) == (200_000 * 1.12, START + 12)
    lent = 0
    for _ in range(quarters_of(compiled)):
        counts = go_on(kernel_state, compiled, 1)
        reference.quarter(twin)
        copied = as_state(twin)
        assert state_hash(kernel_state) == state_hash(copied), "\n".join(
            differences(kernel_state, copied)[:40]
        )
        for found, right in zip((counts.by_region[0], counts.by_industry[0]), as_arrays(twin), strict=True):
            np.testing.assert_array_equal(found, right)
        lent += int(counts.by_region[0, :, M_SPENT + ROW].sum())
    assert lent == kernel_state.province.spent[ROW].sum() > 0


def test_a_lever_that_is_not_used_changes_nothing():
    plain, compiled = provinces(0.0)
    before, after = begin(plain, 3), begin(compiled, 3)
    without, with_it = go_on(before, plain, quarters_of(plain)), go_on(after, compiled, quarters_of(compiled))
    for part, kind in (("firms", Firms), ("people", People)):
        for name in kind._fields:
            arrays = (getattr(getattr(state, part), name) for state in (before, after))
            np.testing.assert_array_equal(*arrays, err_msg=name)
    np.testing.assert_array_equal(without.by_region, with_it.by_region[:, :, :-1])
    assert not with_it.by_region[:, :, -1].any()
