"""Markets and books (docs/odd.md): demand, staff, wanted talent, and each firm's accounts in whole yuan."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.model.difficulty import look_up
from sim.model.draws import FIRM_QUARTER, TILE, WORDS, draw_blocks, uniform
from sim.model.events import W_GROWTH, occupied
from sim.model.numerics import Int, exp, hot, inner, log, pure, round_money, slot
from sim.model.outputs import COUNTED, Tally, add_table, count_firms, keep_talent_in_staff
from sim.model.staffing import fill_by_industry, talent_ratio
from sim.model.state import NEVER, RING, Array, Firms, Province
from sim.world.constants import LEVELS, QUALITY, YEAR
from sim.world.inputs import Inputs, Parameters


class Tables(NamedTuple):
    """Conditions of a region's firms in a quarter, by industry, float64[I], and by level, float64[levels]."""

    change: Array  # log growth of the staff that demand asks for
    utilisation: Array  # demand per staff relative to trend
    energy_share: Array  # energy bill as a share of value added
    energy_rise: Array  # energy price above the usual one
    growth: Array  # log growth of staff by level
    tau: Array  # scale of wanted talent by level
    fill: Array  # filled share of the posts for an industry's field
    instalment: Array  # int64, yuan of fees that a firm in debt pays off if it has the cash, by level


@pure
def growth_shock(u: float, p: Parameters) -> float:
    """Draw a fat-tailed growth shock (log) from one uniform number: Laplace with scale b with chance π, else 0."""
    v = u / p.shock_share
    size = p.shock_scale * log(2.0 * min(v, 1.0 - v))
    shock = size if v < 0.5 else -size
    return shock if u < p.shock_share else 0.0


@hot
def demand_change(t: Int, r: Int, industry: Int, inputs: Inputs, p: Parameters) -> float:
    """Return log growth of the staff that demand asks for: trend minus productivity, plus part of the cycle."""
    change: float = inputs.demand_trend[industry] - p.productivity_growth / YEAR
    if t > 0:
        ratio = inputs.demand[t, r, industry] / inputs.demand[t - 1, r, industry]
        if ratio != 1.0:
            change += p.staff_cycle * log(ratio)
    return change


@inner
def tables_of(t: Int, r: Int, province: Province, inputs: Inputs, p: Parameters) -> Tables:
    """Return the tables of region r in quarter t."""
    industries = inputs.industry_cumulative.shape[1]
    change = np.empty(industries)
    for k in range(industries):
        change[k] = demand_change(t, r, k, inputs, p)
    return Tables(
        change,
        inputs.utilisation[t, r],
        inputs.energy_share,
        inputs.energy[t, r] - 1.0,
        p.growth_level[:LEVELS] / YEAR,
        p.tau[:LEVELS] * inputs.talent_trend[t],
        fill_by_industry(r, province, inputs),
        instalments(p),
    )


@inner
def instalments(p: Parameters) -> Array:
    """Return what a firm pays off in a quarter: a part of its level's fee, at least of a high-tech certificate's."""
    by_level = np.empty(LEVELS, np.int64)
    for level in range(LEVELS):
        fee = p.climb_cost[max(level, QUALITY) - 1]
        by_level[level] = round_money(np.float64(fee) / p.owed_quarters)
    return by_level


@hot
def grow(
    f: Firms,
    first: Int,
    stop: Int,
    t: Int,
    words: Array,
    tables: Tables,
    change: Array,
    scale: Array,
    p: Parameters,
) -> None:
    """Update staff, productivity and wanted talent; the shock's mean effect on size is removed.

    A new firm grows from its second quarter. ``change`` and ``scale`` are scratch.
    """
    drift = p.shock_share * p.shock_scale * p.shock_scale
    newest = t if t > 0 else 1  # firms founded in this quarter or later do not grow yet
    look_up(tables.change, f.industry, first, stop, change)
    look_up(tables.growth, f.level, first, stop, scale)
    for i in range(first, stop):
        j: Int = i - first
        step = change[j] + scale[j] + growth_shock(uniform(words[j]), p) - drift
        size = np.float64(f.size[i])
        grown = min(max(size * exp(step), 1.0), p.size_most)
        f.size[i] = grown if f.born[i] < newest else size
    look_up(tables.tau, f.level, first, stop, scale)
    for i in range(first, stop):
        grows = f.born[i] < newest
        staff = np.int64(max(np.floor(np.float64(f.size[i]) + 0.5), max(np.float64(f.talent[i]), 1.0)))
        f.staff[i] = staff if grows else np.int64(f.staff[i])
        productivity = np.float64(f.productivity[i])
        f.productivity[i] = productivity * (1.0 + p.productivity_growth / YEAR) if grows else productivity
        wanted = np.float64(f.wanted[i])
        target = scale[i - first] * exp(p.wanted_power * log(np.float64(staff)))
        f.wanted[i] = wanted + p.mu * (target - wanted) if grows else wanted


@hot
def produce(
    f: Firms,
    first: Int,
    stop: Int,
    t: Int,
    tables: Tables,
    normal: Array,
    output: Array,
    fill: Array,
    p: Parameters,
) -> None:
    """Write value added at usual and at actual demand, yuan per quarter before rounding, into float64 scratch.

    ``fill`` is scratch too.
    """
    look_up(tables.utilisation, f.industry, first, stop, output)
    for i in range(first, stop):
        j: Int = i - first
        normal[j] = np.float64(f.productivity[i]) * np.float64(f.staff[i]) / YEAR
        made = normal[j] * output[j]
        # For earlier users the gain is part of their productivity.
        gains = (f.adopted[i] != NEVER) & (t - f.adopted[i] >= p.platform_lag)
        output[j] = made * (1.0 + p.platform_gain) if gains else made
    for i in range(first, stop):
        if f.rd_grant[i] > 0:
            # Below the smallest project there is no base that a grant could multiply.
            k: Int = i - first
            base = max(np.float64(f.rd_intensity[i]) * normal[k], p.rd_unit / YEAR)
            output[k] *= exp(p.rd_return * log(1.0 + np.float64(f.rd_grant[i]) / base))
    look_up(tables.fill, f.industry, first, stop, fill)
    for i in range(first, stop):
        j = i - first
        here = np.float64(fill[j])
        talent = min(talent_ratio(np.int64(f.talent[i]), f.wanted[i], here), p.fill_cap)
        output[j] *= 1.0 + p.talent_output * (talent - p.fill_usual)


@hot
def keep_books(
    f: Firms,
    first: Int,
    stop: Int,
    t: Int,
    tables: Tables,
    normal: Array,
    output: Array,
    share: Array,
    rise: Array,
    research: Array,
    p: Parameters,
) -> None:
    """Keep the books: profit = value added − wages − overhead − energy − transaction cost − R&D; minus dividends, cash.

    Value added is already net of energy at the usual price, so only a change of its price moves profit. The share
    ``rd_wages`` of R&D pays people who are in the wages already.
    ``output`` comes from `produce` and is rounded here; ``research`` is filled with own R&D in whole yuan.
    """
    look_up(tables.energy_share, f.industry, first, stop, share)
    look_up(tables.energy_rise, f.industry, first, stop, rise)
    for i in range(first, stop):
        j: Int = i - first
        usual: float = normal[j]
        value_added = round_money(output[j])
        wages = round_money(p.labour_share * usual)
        overhead = round_money(p.overhead_share * usual)
        energy = round_money(share[j] * usual * rise[j])
        transaction = round_money(p.transaction_share * usual * (1.0 - np.float64(f.transaction_relief[i])))
        rd = round_money(np.float64(f.rd_intensity[i]) * usual)
        profit = value_added - wages - overhead - energy - transaction - (rd - round_money(p.rd_wages * rd))
        f.profits[i, t % RING] = profit
        cash = f.cash[i] + profit - max(round_money(p.payout * profit), 0)
        paid_off = min(f.owed[i], max(min(cash, tables.instalment[f.level[i]]), 0))
        f.cash[i] = cash - paid_off
        f.owed[i] -= paid_off
        output[j] = value_added
        research[j] = rd


@inner
def markets(f: Firms, t: Int, province: Province, inputs: Inputs, p: Parameters, out: Tally) -> None:
    """Update demand and staff, keep the books of every living firm in quarter t, and count the firms."""
    by_region, by_industry = out
    stop = occupied(f, inputs)
    words = np.empty((WORDS, TILE), np.uint32)
    normal, output, one, other = np.empty(TILE), np.empty(TILE), np.empty(TILE), np.empty(TILE)
    research = np.empty(TILE)
    table = np.empty((by_industry.shape[0], COUNTED), np.int64)
    talent = np.empty((by_industry.shape[0], 2), np.int64)
    for r in range(len(stop)):
        tables = tables_of(t, r, province, inputs, p)
        table[:] = 0
        talent[:] = 0
        for start in range(inputs.firm_start[r], stop[r], TILE):
            a, b = slot(start), slot(min(start + TILE, stop[r]))
            draw_blocks(f.id0, f.id1, a, b, t, FIRM_QUARTER, 0, province.key, words)
            grow(f, a, b, t, words[W_GROWTH], tables, one, other, p)
            produce(f, a, b, t, tables, normal, output, one, p)
            keep_books(f, a, b, t, tables, normal, output, one, other, research, p)
            count_firms(f, a, b, t, output, research, table, talent)
        keep_talent_in_staff(table, talent)
        add_table(table, r, by_region, by_industry)
