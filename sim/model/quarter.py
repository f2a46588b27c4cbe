"""The order of events in a quarter: governments → talents → firms → markets and books."""

from __future__ import annotations

import numpy as np

from sim.model.advantages import measure
from sim.model.difficulty import AllCuts, four, profit_change
from sim.model.events import firms_quarter, free_closed, occupied
from sim.model.firms import designate, entries
from sim.model.governments import C_HOLD, T_SOURCED, award, govern, in_force
from sim.model.knowledge import refresh
from sim.model.markets import markets
from sim.model.numerics import Int, inner, kernel, normal_ppf
from sim.model.outputs import record
from sim.model.places import places
from sim.model.pool import bring_in, count_displaced, hold, place_all
from sim.model.search import open_posts, search
from sim.model.staffing import measure_fill
from sim.model.state import ALIVE, X2, Array, Firms, Province, State
from sim.model.talents import LOOKING, arrivals, nobody_waits, status_changes
from sim.model.trace import F_LEVEL, NO_FIRM, ROWS
from sim.world.constants import BURN_IN, CUTS, YEAR
from sim.world.inputs import Inputs, Parameters, Programme


@inner
def cut_points(province: Province, inputs: Inputs, p: Parameters) -> AllCuts:
    """Return the cut-points between the answers of X5, X6 and X7."""
    transaction = np.empty(CUTS)
    energy = np.empty(CUTS)
    for c in range(CUTS):
        transaction[c] = p.transaction_spread * normal_ppf(inputs.transaction_margin[c])
        energy[c] = p.energy_spread * normal_ppf(inputs.energy_margin[c])
    return four(province.profit_cuts), four(transaction), four(energy)


@inner
def set_profit_cuts(f: Firms, t: Int, province: Province, inputs: Inputs) -> None:
    """Set cut-points of X5 that reproduce its margin among the living firms at the beginning of quarter t."""
    changes = np.empty(len(f.alive))
    n = 0
    quality = 0
    for i in range(len(f.alive)):
        if f.alive[i] == ALIVE:
            changes[n] = profit_change(f.profits, i, t - 1)
            quality += f.x[i, X2]
            n += 1
    ordered = np.sort(changes[:n])
    for c in range(CUTS):
        share = ((n - quality) * inputs.profit_margin[0, c] + quality * inputs.profit_margin[1, c]) / n
        k = min(max(int(np.floor(share * n + 0.5)), 1), n - 1)
        province.profit_cuts[c] = 0.5 * (ordered[k - 1] + ordered[k])


@inner
def _step(
    state: State,
    inputs: Inputs,
    programme: Programme,
    p: Parameters,
    by_region: Array,
    by_industry: Array,
    trace: Array,
) -> None:
    """Advance a run by one quarter, in place; ``by_region`` [R, metrics], ``by_industry`` [I, metrics]."""
    f, people, province = state
    t = province.clock[0]
    out = (by_region, by_industry)
    cuts = cut_points(province, inputs, p)
    stop = occupied(f, inputs)
    if t % YEAR == 0:
        refresh(f, province, inputs, p)
        if t >= BURN_IN:
            measure(f, t, province, inputs, p)
    places(f, t, stop, programme, province, inputs, p, out)
    govern(f, t, stop, programme, province, inputs, p, out)
    for lever in range(len(programme.first)):
        if programme.terms[lever, T_SOURCED] > 0.0 and in_force(lever, t, programme):
            bring_in(people, t, lever, programme, province, inputs, p, by_region)
    waiting = nobody_waits(people, t, province, inputs)
    status_changes(f, people, t, waiting, province, inputs, p, by_region)
    free_closed(f, inputs, stop)
    arrivals(people, t, waiting, province, inputs, p, by_region)
    posts = open_posts(f, t, stop, province, inputs, p)
    looking = waiting.looking[: waiting.number[LOOKING]]
    placed = np.zeros(province.fill.size, np.int64)
    place_all(f, people, t, True, waiting, posts, programme, province, inputs, p, placed, by_region)
    search(f, people, t, looking, posts, province, inputs, p, by_region)
    place_all(f, people, t, False, waiting, posts, programme, province, inputs, p, placed, by_region)
    count_displaced(people, looking, placed, province.fill.shape[1], by_region)
    for lever in range(len(programme.first)):
        if programme.effect[lever, C_HOLD] > 0.0:
            hold(people, t, lever, waiting, programme, province, inputs, p, by_region)
    measure_fill(f, stop, province, inputs, p)
    if t >= BURN_IN:
        firms_quarter(f, t, stop, cuts, province, inputs, p, out, trace)
        award(f, t, stop, programme, province, inputs, p, out)
        if t % YEAR == YEAR - 1:
            designate(f, t, province, inputs, p, out)
        entries(f, t, cuts, province, inputs, p, out)
    markets(f, t, province, inputs, p, out)
    record(people, province, inputs, t, by_region)
    province.clock[0] = t + 1


@kernel
def run(
    state: State,
    quarters: int,
    inputs: Inputs,
    programme: Programme,
    p: Parameters,
    by_region: Array,
    by_industry: Array,
) -> None:
    """Advance a run by a number of quarters, in place.

    ``by_region`` int64[quarters, R, metrics] and ``by_industry`` int64[quarters, I, metrics], zeroed, are filled with
    the counts of each quarter. Nothing carries over outside ``state``: 52 runs of one quarter equal one run of 52, and
    a saved state has the same future.
    """
    for q in range(quarters):
        _step(state, inputs, programme, p, by_region[q], by_industry[q], np.empty((ROWS, 0)))


@kernel
def run_traced(
    state: State,
    inputs: Inputs,
    programme: Programme,
    p: Parameters,
    by_region: Array,
    by_industry: Array,
    trace: Array,
) -> None:
    """Advance a run by one quarter, in place, as `run` does, and fill its ``trace``, float64[ROWS, slots]."""
    trace[F_LEVEL] = NO_FIRM
    _step(state, inputs, programme, p, by_region, by_industry, trace)


def step(
    state: State, inputs: Inputs, programme: Programme, p: Parameters, by_region: Array, by_industry: Array
) -> None:
    """Advance a run by one quarter, in place, counting into int64[R, metrics] and int64[I, metrics]."""
    run(state, 1, inputs, programme, p, by_region[None], by_industry[None])
