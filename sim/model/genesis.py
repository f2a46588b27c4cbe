"""Quarter zero: firms and people drawn from the evidence, burnt in, with states that imply their survey answers."""

from __future__ import annotations

import numpy as np

from sim.model import state as st
from sim.model.births import ANSWERS, first_firms, first_people, fixed_answers, spread_evenly, survey
from sim.model.draws import SURVEY_PHASE, block, uniform
from sim.model.governments import T_SOURCED
from sim.model.numerics import kernel
from sim.model.outputs import M_SPENT
from sim.model.quarter import cut_points, run, set_profit_cuts
from sim.model.state import State
from sim.world.constants import BURN_IN, QUALITY, YEAR
from sim.world.inputs import Inputs, Parameters, Programme

SPARE_PEOPLE = 64  # spare slots, besides those for everybody who could ever arrive


@kernel
def anchor(state: State, inputs: Inputs, p: Parameters) -> None:
    """End burn-in: set the cut-points from the firms themselves, then states that imply their answers."""
    f, _, province = state
    t = province.clock[0]
    for i in range(len(f.alive)):
        f.x[i, st.X2] = 1 if f.level[i] >= QUALITY else 0
    set_profit_cuts(f, t, province, inputs)
    cuts = cut_points(province, inputs, p)
    # Firms of a segment are spread evenly over the survey's rows, so that a few hundred agents have its margins.
    ranks = np.zeros(len(inputs.survey_start) - 1, np.int64)
    for r in range(len(inputs.region_code)):
        for i in range(inputs.firm_start[r], inputs.firm_start[r + 1]):
            if f.alive[i] == st.ALIVE:
                x2, x1, x5 = fixed_answers(f, i, t, cuts, inputs, 0.5)
                segment = (x2 * ANSWERS + x1) * ANSWERS + x5
                phase = uniform(block(segment, 0, 0, SURVEY_PHASE, 0, province.key)[0])
                place = spread_evenly(phase, np.int64(ranks[segment]))
                ranks[segment] += 1
                survey(f, i, t, r, cuts, place, province, inputs, p)


def genesis(inputs: Inputs, programme: Programme, p: Parameters, seed: int, replication: int) -> st.State:
    """Draw the population of quarter zero (end 2019) for one replication.

    Draws are keyed by (seed, replication) only, so all compared scenarios start from the same people and firms.
    Eight quarters of burn-in without climbing, entry or exit let staff, talent and profits reach their usual
    spread.

    Parameters
    ----------
    inputs, programme, p
        Arrays and numbers from `sim.world`; the programme is empty before its first quarter.
    seed, replication
        Key of every draw, each below 2**32.
    """
    key = np.array([seed, replication], np.uint32)
    firms = st.allocate(st.Firms, int(inputs.firm_start[-1]))
    first_firms(firms, key, inputs, p)
    talent = int(firms.talent.sum())
    quarters = np.where(programme.strength > 0.0, programme.last + 1 - programme.first, 0)
    sourced = float(programme.terms[:, T_SOURCED] @ quarters) / YEAR / inputs.weight
    slots = int(np.ceil(talent * (1.0 + p.seekers + p.public_share) + sourced))
    slots += int(inputs.graduates.sum()) + SPARE_PEOPLE
    people = st.allocate(st.People, slots)
    people.employer[:] = st.NO_EMPLOYER
    province = st.allocate_province(inputs, len(programme.first), key)
    state = st.State(firms, people, province)
    province.vacancy_rate[:] = p.vacancy_usual
    province.fill[:] = p.fill_usual
    first_people(firms, people, province, inputs, p)
    by_region, by_industry = outputs(inputs, programme, BURN_IN)
    run(state, BURN_IN, inputs, programme, p, by_region, by_industry)
    anchor(state, inputs, p)
    check_overflow(state)
    check_finite(state)
    return state


def outputs(inputs: Inputs, programme: Programme, quarters: int) -> tuple[np.ndarray, np.ndarray]:
    """Return zeroed count arrays int64[quarters, regions | industries, metrics]."""
    regions, industries = inputs.industry_cumulative.shape
    metrics = M_SPENT + len(programme.first)
    return (
        np.zeros((quarters, regions, metrics), np.int64),
        np.zeros((quarters, industries, metrics), np.int64),
    )


def check_overflow(state: st.State) -> None:
    """Raise if any block of slots ran out; dropping agents would be a silent error."""
    if state.province.overflow[0]:
        raise OverflowError(
            "a block of agent slots ran out; "
            "raise the head-room in sim/world/compiled.py or lower entry and graduates"
        )


def check_finite(state: st.State) -> None:
    """Raise if a number of the state is not finite; one such number would spread through everything."""
    for part in state:
        for name, array in zip(part._fields, part, strict=True):
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise FloatingPointError(f"{name} is not a finite number at quarter zero")
