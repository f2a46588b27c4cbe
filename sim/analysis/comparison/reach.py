"""Whom a policy can reach: how many simulated firms or people are eligible, reported before anybody trusts an effect.

One replication of the policy is run, counting the eligible at the end of each quarter. The effect on a few agents is
mostly luck; without anybody eligible, or for an outcome that a quota decides, there is no effect at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.analysis.comparison.unlike import spoken
from sim.files.names import evidence_folder
from sim.model.outputs import M_POOLED, M_SEEKING, M_SPENT
from sim.model.state import ALIVE, Firms
from sim.runs.caution import Caution
from sim.runs.run import compiled_of
from sim.runs.walk import Walk
from sim.world.constants import ALL_LEVELS, BURN_IN, TOP, YEAR
from sim.world.inputs import Array, Programme
from sim.world.levers import CHANNELS, LEVER_NAMES, LEVERS, TERMS, chooses_firms
from sim.world.scenario_record import Scenario
from sim.world.vocabulary import load_vocabulary

FEWEST_AGENTS = 30
_HOLD = CHANNELS.index("hold")
#: From this level on, a yearly quota limits climbs: support changes who climbs, not how many.
_QUOTA_FROM = TOP - 1


@dataclass(frozen=True, slots=True)
class Reach:
    """How many agents a lever can support.

    Attributes
    ----------
    lever
        Its name.
    people
        Whether it supports people, not firms.
    agents
        Most agents eligible at once, at the end of a quarter, where the lever's money goes; for awards, in a year.
    pooled
        Most agents in the pool at once; 0 for levers that support firms.
    scarce
        Whether most of the money left lies where it paid for all eligible firms, not where the next was too dear.
    spent
        Yuan spent over the run.
    """

    lever: str
    people: bool
    agents: int
    pooled: int
    scarce: bool
    spent: float


def reach(scenario: Scenario, seed: int | None = None) -> tuple[Reach, ...]:
    """Run one replication of a scenario and count whom its levers could support, in the order of its levers."""
    walk = Walk(compiled_of(scenario), scenario.seed if seed is None else seed, 0)
    programme, inputs = walk.compiled.programme, walk.compiled.inputs
    regions, admin = len(inputs.region_code), walk.compiled.parameters.admin
    rows = [LEVER_NAMES.index(use.name) for use in scenario.levers]
    agents, pooled = dict.fromkeys(rows, 0), dict.fromkeys(rows, 0)
    wait = {k: np.zeros(regions, np.bool_) for k in rows}  # where the purse did not reach for all
    certified = {k: np.zeros(inputs.slot_region.shape, np.bool_) for k in rows}  # firms of the year so far
    while not walk.finished:
        walk.step()
        t = walk.done + BURN_IN  # the next quarter
        for k in rows:
            if not programme.first[k] <= t <= programme.last[k] + 1:
                continue
            award = bool(programme.at_certificate[k])
            year = min((t - 1 if award else t) // YEAR, programme.budget.shape[1] - 1)
            money = programme.budget[k, year]
            if programme.effect[k, _HOLD] > 0:
                counts = walk.regions[walk.done - 1]
                found = counts[:, [M_SEEKING, M_POOLED]].sum(axis=1)
                pooled[k] = max(pooled[k], int(counts[:, M_POOLED].sum()))
            else:
                may = eligible(walk.state.firms, k, t - 1, programme)
                each = _amounts(walk.state.firms, k, programme) * inputs.weight / (1 - admin)
                price = np.bincount(inputs.slot_region[may], each[may], minlength=regions)
                if award:  # paid by now; in every quarter they are others
                    wait[k] = price > 1.001 * walk.regions[walk.done - 1][:, M_SPENT + k]
                    certified[k] = may if t % YEAR == 1 else certified[k] | may
                    may = certified[k]
                elif t == programme.first[k] or (t % YEAR == 0 and t <= programme.last[k]):
                    purse = programme.budget[k, : year + 1].sum(axis=0) - walk.state.province.spent[k]
                    wait[k] = price > purse
                found = np.bincount(inputs.slot_region[may], minlength=regions)
            agents[k] = max(agents[k], int(found[money > 0].sum()))
    left = {
        k: np.maximum(programme.budget[k].sum(axis=0) - walk.regions[:, :, M_SPENT + k].sum(axis=0), 0)
        for k in rows
    }
    return tuple(
        Reach(
            lever=LEVER_NAMES[k],
            people=bool(programme.effect[k, _HOLD] > 0),
            agents=agents[k],
            pooled=pooled[k],
            scarce=bool(left[k][~wait[k]].sum() >= left[k][wait[k]].sum()),
            spent=float(walk.regions[:, :, M_SPENT + k].sum()),
        )
        for k in rows
    )


def _amounts(f: Firms, lever: int, programme: Programme) -> Array:
    """Price the support of every firm for a year, like `sim.model.governments.amount`: float64[slots], yuan."""
    terms = dict(zip((term.name for term in TERMS), programme.terms[lever], strict=True))
    size = np.ones(len(f.staff))
    if terms["size_elasticity"] > 0:
        size = (np.maximum(f.staff, 1) / terms["size_usual"]) ** terms["size_elasticity"]
    price: Array = programme.strength[lever] * programme.unit[lever] * size
    return price


def eligible(f: Firms, lever: int, t: int, programme: Programme) -> Array:
    """Find the firms that a lever may support in quarter t, like `sim.model.governments.eligible`: bool[slots]."""
    may: Array = (
        (f.alive == ALIVE)
        & programme.levels[lever][f.level]
        & programme.industries[lever][f.industry]
        & (f.staff >= programme.least_staff[lever])
        & (f.staff <= programme.most_staff[lever])
        & ((f.want > f.platform) | (not programme.needs_wish[lever]))
        & ((f.talent > 0) | (not programme.needs_talent[lever]))
        & ((f.certified_first == t) | (not programme.at_certificate[lever]))
    )
    return may


def decided_by_quota(scenario: Scenario) -> bool:
    """Whether all levers of a policy are for firms whose next climb, if any, is limited by a quota."""
    return bool(scenario.levers) and all(
        chooses_firms(use.name, scenario.parameters) and min(use.levels) >= _QUOTA_FROM
        for use in scenario.levers
    )


def narrow(scenario: Scenario) -> bool:
    """Whether some lever is not for everybody, which makes counting the eligible worthwhile."""
    known = load_vocabulary(evidence_folder(scenario.evidence))
    return any(
        len(use.levels) < len(ALL_LEVELS)
        or len(use.industries) < len(known.industries)
        or len(use.regions) < len(known.regions)
        or use.region_rule == "core"
        or use.min_staff > 0
        or use.max_staff is not None
        for use in scenario.levers
    )


def reach_cautions(scenario: Scenario, found: tuple[Reach, ...]) -> Iterator[Caution]:
    """Report what cannot change, which levers have nobody eligible, and what rests on a handful of agents."""
    if decided_by_quota(scenario):
        yield Caution("quota", "levers.for.levels", scenario.name)
        found = tuple(each for each in found if each.agents == 0)  # then it does not matter how few there are
    for each in found:
        facts = {"lever": spoken(each.lever), "agents": each.agents, "weight": scenario.weight}
        if each.agents == 0:
            yield Caution("nobody", f"levers.{each.lever}", scenario.name, facts)
        elif each.agents < FEWEST_AGENTS:
            code = "few_people" if each.people else "few_agents"
            yield Caution(code, f"levers.{each.lever}", scenario.name, facts)


def why_unspent(scenario: Scenario, each: Reach) -> str:
    """Name the reason why a lever's money was left.

    One of nobody, sourced, rounded, capacity, people, whole, room, bill, firms, coarse.
    """
    if each.agents == 0:
        return "nobody"
    if each.people:
        (strength,) = (use.strength for use in scenario.levers if use.name == each.lever)
        capacity = scenario.parameters["pool_capacity"]
        full = int(strength * int(capacity / scenario.weight))
        if full == 0:
            return "rounded" if strength * capacity > 0 else "sourced"
        return "capacity" if each.pooled >= full else "people"
    lever = LEVERS[LEVER_NAMES.index(each.lever)]
    if lever.builds:
        return "whole" if lever.nature.get("whole") else "room"
    effects = lever.effects(scenario.parameters)
    if effects.get("energy", 0.0) > 0:
        return "bill"
    return "firms" if each.scarce else "coarse"
