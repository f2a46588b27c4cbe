"""Compiles a scenario's levers to rows of numbers, and its money by lever, fiscal year and region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from sim.evidence.tables import Evidence
from sim.world.constants import LEVELS, YEAR
from sim.world.inputs import Array, Programme
from sim.world.levers import CHANNELS, FIRM_RULES, LEVERS, TERMS, Lever, Term
from sim.world.population import YEAR_OF_SHARES, apportion, figures
from sim.world.scenario_record import Scenario

NO_LIMIT = 2**31 - 1


def region_weights(evidence: Evidence, rule: str, codes: tuple[int, ...]) -> Array:
    """Return the weights with which a rule shares money over regions: float64[R], 0 where the lever is not used.

    ``equal``; ``gdp`` of 2022; ``need``: population over GDP per head; ``core``: GDP of the leading cities.
    """
    gdp = figures(evidence, "gdp", YEAR_OF_SHARES)
    population = figures(evidence, "population", YEAR_OF_SHARES)
    weights = {
        "equal": np.ones(len(gdp)),
        "gdp": gdp,
        "need": population * population / gdp,
        "core": gdp * np.array([region.core for region in evidence.regions]),
    }[rule]
    chosen: Array = weights * np.array([region.code in codes for region in evidence.regions])
    return chosen


def yearly_money(scenario: Scenario, origin: int, years: int) -> dict[str, list[int]]:
    """Return yuan authorised by lever and fiscal year: its share of the budget for its quarters in force.

    A year's total is rounded once and split by largest remainders. So scenarios with the same total share in force get
    exactly the same yuan, however that share is divided over levers.
    """
    money: dict[str, list[int]] = {use.name: [] for use in scenario.levers}
    for year in range(years):
        quarters = range(origin + YEAR * year, origin + YEAR * (year + 1))
        exact = {
            use.name: Fraction(use.share_of_budget)
            * Fraction(sum(use.start <= q <= use.end for q in quarters), YEAR)
            * scenario.budget
            for use in scenario.levers
        }
        left = round(sum(exact.values())) - sum(int(amount) for amount in exact.values())
        first = sorted(exact, key=lambda name: int(exact[name]) - exact[name])
        for name, amount in exact.items():
            money[name].append(int(amount) + (1 if name in first[:left] else 0))
    return money


def build_programme(
    scenario: Scenario,
    evidence: Evidence,
    origin: int,
    quarters: int,
    levers: Sequence[Lever] = LEVERS,
    terms: Sequence[Term] = TERMS,
) -> Programme:
    """Compile the levers of a scenario; unused levers have strength 0 and no money.

    Parameters
    ----------
    origin, quarters
        Index of the first simulated quarter (4 × year + quarter − 1) and how many are simulated.
    levers, terms
        The table of levers, and the terms that they may have.
    """
    regions, industries, count = len(evidence.regions), len(evidence.industries), len(levers)
    years = -(-quarters // YEAR)
    values: Mapping[str, float] = scenario.parameters
    uses = {use.name: use for use in scenario.levers}
    authorised = yearly_money(scenario, origin, years)
    rows = Programme(
        first=np.full(count, quarters, np.int64),
        last=np.full(count, quarters, np.int64),
        strength=np.zeros(count),
        unit=np.zeros(count, np.int64),
        effect=np.zeros((count, len(CHANNELS))),
        rule=np.zeros(count, np.int64),
        levels=np.ones((count, LEVELS), np.bool_),
        industries=np.ones((count, industries), np.bool_),
        least_staff=np.zeros(count, np.int64),
        most_staff=np.full(count, NO_LIMIT, np.int64),
        terms=np.zeros((count, len(terms))),
        once=np.array([lever.once for lever in levers]),
        needs_wish=np.array([lever.needs_wish for lever in levers]),
        needs_talent=np.array([lever.needs_talent for lever in levers]),
        at_certificate=np.array([lever.at_certificate for lever in levers]),
        builds=np.array([lever.builds for lever in levers]),
        budget=np.zeros((count, years, regions), np.int64),
    )
    for k, lever in enumerate(levers):
        for channel, magnitude in lever.effects(values).items():
            rows.effect[k, CHANNELS.index(channel)] = magnitude
        for j, term in enumerate(terms):
            held = term.name in lever.terms
            rows.terms[k, j] = values[lever.terms[term.name]] if held else lever.nature.get(term.name, 0.0)
        rows.unit[k] = round(values[lever.unit_cost])
        use = uses.get(lever.name)
        if use is None:
            continue
        rows.first[k] = use.start + use.lag - origin
        rows.last[k] = use.end - origin
        rows.strength[k] = use.strength
        rows.rule[k] = FIRM_RULES.index(use.firm_rule)
        rows.levels[k] = [level in use.levels for level in range(LEVELS)]
        rows.industries[k] = [industry.id in use.industries for industry in evidence.industries]
        rows.least_staff[k] = use.min_staff
        rows.most_staff[k] = NO_LIMIT if use.max_staff is None else use.max_staff
        weights = region_weights(evidence, use.region_rule, use.regions)
        for year, money in enumerate(authorised[lever.name]):
            rows.budget[k, year] = apportion(money, weights) if weights.sum() > 0 else 0
    return rows
