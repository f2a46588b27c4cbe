"""The reference twin: the whole model again, in plain Python, to be compared with the kernel by state hash.

It states docs/odd.md independently: agents are objects, lists are sorted, sums are Python's. It shares with the
kernel only the contract that makes equality possible: who draws which word for what, float32 at rest and
float64 in flight, the order of operations in a formula, and the names in the registers of arrays and metrics.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from sim.model.governments import CLASSES
from tests.reference_firms import (
    BURN_IN,
    answer_cuts,
    base_hazards,
    designate,
    firm_quarter,
    first_firms,
    found_firms,
    learn,
    markets,
    measure,
    set_profit_cuts,
    survey,
)
from tests.reference_money import award, govern
from tests.reference_numbers import f32, whole
from tests.reference_places import places
from tests.reference_talent import (
    arrivals,
    bring_in,
    changes_of_status,
    count_displaced,
    first_people,
    hold,
    measure_fill,
    pool_round,
    two_rounds,
    vacancies,
)
from tests.reference_world import World


def genesis(ground: Any, seed: int, replication: int, **tables: Any) -> World:
    """Quarter zero: firms and people of the start, eight quarters of burn-in, then answers that the state implies."""
    world = World(ground, seed, replication, **tables)
    first_firms(world)
    world.vacancy_rate = [f32(world.p.vacancy_usual)] * len(world.regions)
    first_people(world)
    for _ in range(BURN_IN):
        quarter(world)
    anchor(world)
    return world


def anchor(world: World) -> None:
    """Cut-points of X5 from the firms' own profits, then the survey."""
    for firm in world.firms:
        firm.x[2] = firm.quality
    set_profit_cuts(world, world.clock)
    cuts = answer_cuts(world)
    ranks: Counter[int] = Counter()
    for firm in world.firms:
        survey(world, firm, world.clock, cuts, ranks)


def quarter(world: World) -> None:
    """Governments → talents → firms → markets and books."""
    t = world.clock
    world.counts.clear()
    cuts = answer_cuts(world)
    if t % 4 == 0:
        learn(world)
        measure(world)
    places(world, CLASSES)
    govern(world, CLASSES)

    pools = [lever for lever in world.levers if lever.effect["hold"] > 0.0]
    early = [lever for lever in pools if lever.terms["priority"] > 0.0]
    for lever in world.levers:
        if lever.in_force(t) and lever.terms["sourced"] > 0.0:
            bring_in(world, lever)
    changes_of_status(world)
    arrivals(world)
    posts = vacancies(world)
    placed = []
    for lever in early:
        placed += pool_round(world, lever, posts) if lever.in_force(t) else []
    two_rounds(world, posts)
    for lever in pools:
        placed += pool_round(world, lever, posts) if lever.in_force(t) and lever not in early else []
    count_displaced(world, placed)
    for lever in pools:
        hold(world, lever)
    measure_fill(world)

    if t >= BURN_IN:
        bases = base_hazards(world)
        for firm in world.living:
            firm_quarter(world, firm, cuts, bases)
        award(world, CLASSES)
        if t % 4 == 3:
            designate(world)
        found_firms(world, cuts)
    markets(world)
    take_stock(world)
    world.clock += 1


def take_stock(world: World) -> None:
    """Stocks at the end of the quarter."""
    t = world.clock
    for region in world.regions:
        world.counts["region", region, "rest_value_added"] = world.inputs.rest_value_added[t][region]
        world.counts["region", region, "rest_staff"] = world.inputs.rest_staff[t][region]
    for firm in world.living:
        cohort = "entrant" if firm.born > 0 else "incumbent"
        world.count_firm(firm, f"firms_{cohort}_{firm.level}")
        world.count_firm(firm, f"difficulty_{cohort}_{firm.level}", firm.hard)
        world.count_firm(firm, "profit", whole(firm.profits[t % 8]))
        world.count_firm(firm, "staff", firm.staff)
        world.count_firm(firm, "platforms", firm.platform)
        world.count_firm(firm, "vacancies", firm.open_posts)
        if firm.quality:
            world.count_firm(firm, "talent_quality_firms", firm.talent)
    for region in world.regions:
        gone = sorted((f for f in world.firms if f.closed and f.region == region), key=lambda f: f.industry)
        employed = sum(firm.talent for firm in world.firms if firm.region == region)
        for firm in gone:  # whoever is employed is staff: people of closed firms are until they look for work
            beyond = employed - world.counts["region", region, "staff"]
            world.count_firm(firm, "staff", max(min(beyond, firm.talent), 0))
            world.events["talent of closed firms in staff"] += beyond > 0
    plural = {"graduate": "graduates"}
    for person in world.people:
        world.count_people(person.region, plural.get(person.status, person.status))
