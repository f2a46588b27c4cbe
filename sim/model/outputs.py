"""The register of what a run reports, and the pass that counts it.

Counts are of agents, and money is yuan of one represented firm unless a metric says *total*. Everything is an
integer, so sums do not depend on the order of slots. `sim.runs.results` scales agents to real firms and
people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sim.model.numerics import Int, hot, inner, pure, round_money, slot
from sim.model.staffing import unfilled
from sim.model.state import (
    ALIVE,
    CLOSED,
    EMPLOYED,
    GRADUATE,
    POOLED,
    PUBLIC,
    RING,
    SEEKING,
    STATUSES,
    Array,
    Firms,
    People,
    Province,
)
from sim.world.constants import LEVELS, QUALITY
from sim.world.inputs import Inputs
from sim.world.levers import LEVER_NAMES

#: Counts of a quarter: int64[regions, metrics] and int64[industries, metrics].
Tally: TypeAlias = tuple[Array, Array]


@dataclass(frozen=True, slots=True)
class Metric:
    """One reported number: its unit, stock (at quarter's end) or flow (of the quarter), and how it scales."""

    name: str
    unit: str
    flow: bool = False
    scaled: bool = True  # False if the number is already province-wide yuan


# Metrics of firms, counted by `count_firms` at the end of a quarter; this is the column order of the arrays.
_LEVEL_NAMES = tuple(str(level) for level in range(LEVELS))
_STOCKS = (
    *(Metric(f"firms_incumbent_{n}", "firms") for n in _LEVEL_NAMES),
    *(Metric(f"firms_entrant_{n}", "firms") for n in _LEVEL_NAMES),
    *(Metric(f"difficulty_incumbent_{n}", "firms") for n in _LEVEL_NAMES),
    *(Metric(f"difficulty_entrant_{n}", "firms") for n in _LEVEL_NAMES),
    Metric("value_added", "yuan/quarter", flow=True),
    Metric("profit", "yuan/quarter", flow=True),
    Metric("rd", "yuan/quarter", flow=True),
    Metric("staff", "people"),
    Metric("platforms", "firms"),
    Metric("talent_quality_firms", "people"),
    Metric("vacancies", "people"),
)
COUNTED = len(_STOCKS)  # the first metrics are the columns of a `count_firms` table
_PEOPLE = (
    Metric("graduates", "people"),
    Metric("seeking", "people"),
    Metric("employed", "people"),
    Metric("pooled", "people"),
    Metric("public_sector", "people"),
)
# Flows, counted where they happen.
_FLOWS = (
    *(Metric(f"climbs_{level}", "firms/quarter", flow=True) for level in range(1, LEVELS)),
    Metric("reclimbs", "firms/quarter", flow=True),
    Metric("slides", "firms/quarter", flow=True),
    Metric("certificates", "firms/quarter", flow=True),
    Metric("renewals", "firms/quarter", flow=True),
    Metric("lapses", "firms/quarter", flow=True),
    Metric("failures", "firms/quarter", flow=True),
    Metric("entries", "firms/quarter", flow=True),
    Metric("exits", "firms/quarter", flow=True),
    Metric("adoptions", "firms/quarter", flow=True),
    Metric("people_in", "people/quarter", flow=True),
    Metric("people_out", "people/quarter", flow=True),
    Metric("moved_in", "people/quarter", flow=True),
    Metric("moved_out", "people/quarter", flow=True),
    Metric("separations", "people/quarter", flow=True),
    Metric("hires", "people/quarter", flow=True),
    Metric("pool_placements", "people/quarter", flow=True),
    Metric("pool_placements_own_region", "people/quarter", flow=True),
    Metric("pool_displacing", "people/quarter", flow=True),
    Metric("pool_displacing_graduates", "people/quarter", flow=True),
    Metric("pool_refused", "people/quarter", flow=True),
    Metric("pool_public", "people/quarter", flow=True),
    Metric("sourced", "people/quarter", flow=True),
    Metric("served", "firms/quarter", flow=True),
)
_MONEY = tuple(Metric(f"spent_{name}", "yuan/quarter", flow=True, scaled=False) for name in LEVER_NAMES)
# The rest of the economy follows its own trend and gives revenue and employment the right size.
_REST = (
    Metric("rest_value_added", "yuan/quarter", flow=True, scaled=False),
    Metric("rest_staff", "people", scaled=False),
)
#: Money by lever comes last, so that no other column depends on how many levers there are.
METRICS: tuple[Metric, ...] = (*_STOCKS, *_PEOPLE, *_FLOWS, *_REST, *_MONEY)
METRIC_INDEX = {metric.name: k for k, metric in enumerate(METRICS)}
#: Metrics that are also reported by industry: those of firms.
INDUSTRY_METRICS = (
    *(
        m.name
        for m in METRICS
        if m not in (*_PEOPLE, *_MONEY, *_REST) and "people" not in m.unit.split("/")[0]
    ),
    "staff",
    "talent_quality_firms",
    "vacancies",
)

M_INCUMBENT = METRIC_INDEX["firms_incumbent_0"]
M_ENTRANT = METRIC_INDEX["firms_entrant_0"]
M_HARD_INCUMBENT = METRIC_INDEX["difficulty_incumbent_0"]
M_HARD_ENTRANT = METRIC_INDEX["difficulty_entrant_0"]
M_VALUE_ADDED = METRIC_INDEX["value_added"]
M_PROFIT = METRIC_INDEX["profit"]
M_RD = METRIC_INDEX["rd"]
M_STAFF = METRIC_INDEX["staff"]
M_PLATFORMS = METRIC_INDEX["platforms"]
M_TALENT_QUALITY = METRIC_INDEX["talent_quality_firms"]
M_VACANCIES = METRIC_INDEX["vacancies"]
M_GRADUATES = METRIC_INDEX["graduates"]
M_SEEKING = METRIC_INDEX["seeking"]
M_EMPLOYED = METRIC_INDEX["employed"]
M_POOLED = METRIC_INDEX["pooled"]
M_PUBLIC = METRIC_INDEX["public_sector"]
M_CLIMBS = METRIC_INDEX["climbs_1"]
M_RECLIMBS = METRIC_INDEX["reclimbs"]
M_SLIDES = METRIC_INDEX["slides"]
M_CERTIFICATES = METRIC_INDEX["certificates"]
M_RENEWALS = METRIC_INDEX["renewals"]
M_LAPSES = METRIC_INDEX["lapses"]
M_FAILURES = METRIC_INDEX["failures"]
M_ENTRIES = METRIC_INDEX["entries"]
M_EXITS = METRIC_INDEX["exits"]
M_ADOPTIONS = METRIC_INDEX["adoptions"]
M_IN = METRIC_INDEX["people_in"]
M_OUT = METRIC_INDEX["people_out"]
M_MOVED_IN = METRIC_INDEX["moved_in"]
M_MOVED_OUT = METRIC_INDEX["moved_out"]
M_SEPARATIONS = METRIC_INDEX["separations"]
M_HIRES = METRIC_INDEX["hires"]
M_PLACEMENTS = METRIC_INDEX["pool_placements"]
M_PLACEMENTS_OWN = METRIC_INDEX["pool_placements_own_region"]
M_DISPLACING = METRIC_INDEX["pool_displacing"]
M_DISPLACING_GRADUATES = METRIC_INDEX["pool_displacing_graduates"]
M_REFUSED = METRIC_INDEX["pool_refused"]
M_POOL_PUBLIC = METRIC_INDEX["pool_public"]
M_SOURCED = METRIC_INDEX["sourced"]
M_SERVED = METRIC_INDEX["served"]
M_REST_VALUE_ADDED = METRIC_INDEX["rest_value_added"]
M_REST_STAFF = METRIC_INDEX["rest_staff"]
M_SPENT = METRIC_INDEX[_MONEY[0].name]  # + lever


@pure
def count_firm(
    by_region: Array, by_industry: Array, region: Int, industry: Int, metric: Int, amount: Int
) -> None:
    """Add an integer amount to a metric of one quarter, by region and by industry."""
    by_region[region, metric] += amount
    by_industry[industry, metric] += amount


@hot
def count_firms(
    f: Firms, first: Int, stop: Int, t: Int, value_added: Array, research: Array, table: Array, talent: Array
) -> None:
    """Count the living firms of the slots [first, stop) at the end of quarter t into int64[industries, COUNTED].

    ``value_added`` and ``research`` are whole yuan by place in the tile. ``talent``, int64[industries, 2], is filled
    with the R&D people of living firms and of firms that have just closed.
    """
    for i in range(first, stop):
        if f.alive[i] == CLOSED:
            talent[f.industry[i], 1] += f.talent[i]
        if f.alive[i] != ALIVE:
            continue
        talent[f.industry[i], 0] += f.talent[i]
        row = table[f.industry[i]]
        level = np.int64(f.level[i])
        entrant = f.born[i] > 0
        row[(M_ENTRANT if entrant else M_INCUMBENT) + level] += 1
        row[(M_HARD_ENTRANT if entrant else M_HARD_INCUMBENT) + level] += f.hard[i]
        row[M_VALUE_ADDED] += np.int64(value_added[i - first])
        row[M_RD] += np.int64(research[i - first]) + f.rd_grant[i]
        row[M_PROFIT] += round_money(np.float64(f.profits[i, t % RING]))
        row[M_STAFF] += f.staff[i]
        row[M_PLATFORMS] += f.platform[i]
        row[M_VACANCIES] += unfilled(f.wanted[i], f.rounding[i], np.int64(f.talent[i]))
        row[M_TALENT_QUALITY] += np.int64(f.talent[i]) if level >= QUALITY else 0


@inner
def keep_talent_in_staff(table: Array, talent: Array) -> None:
    """Count R&D people of firms that have just closed as staff, if a region employs more R&D people than staff.

    They are employed until they look for work next quarter. ``table`` and ``talent`` are those of one region (see
    `count_firms`); industries are filled in order.
    """
    missing = np.int64(0)
    for k in range(table.shape[0]):
        missing += talent[k, 0] + talent[k, 1] - table[k, M_STAFF]
    for k in range(table.shape[0]):
        more = min(max(missing, 0), talent[k, 1])
        table[k, M_STAFF] += more
        missing -= more


@inner
def add_table(table: Array, r: Int, by_region: Array, by_industry: Array) -> None:
    """Add one region's counts, int64[industries, COUNTED], to the counts by region and by industry."""
    for k in range(table.shape[0]):
        for m in range(table.shape[1]):
            by_region[r, m] += table[k, m]
            by_industry[k, m] += table[k, m]


@inner
def record(people: People, province: Province, inputs: Inputs, t: Int, by_region: Array) -> None:
    """Count the people at the end of quarter t, and the rest of the economy, into int64[regions, metrics]."""
    by_region[:, M_REST_VALUE_ADDED] = inputs.rest_value_added[t]
    by_region[:, M_REST_STAFF] = inputs.rest_staff[t]
    count = np.zeros((by_region.shape[0], STATUSES), np.int64)
    for j in range(slot(province.people_used[0])):
        count[people.region[j], people.status[j]] += 1
    for r in range(by_region.shape[0]):
        by_region[r, M_GRADUATES] += count[r, GRADUATE]
        by_region[r, M_SEEKING] += count[r, SEEKING]
        by_region[r, M_EMPLOYED] += count[r, EMPLOYED]
        by_region[r, M_POOLED] += count[r, POOLED]
        by_region[r, M_PUBLIC] += count[r, PUBLIC]
