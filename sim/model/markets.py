"""Markets and books (docs/odd.md): demand, staff, wanted talent, each firm's accounts in whole yuan."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.births import wanted_target
from sim.model.draws import FIRM_QUARTER, block, uniform
from sim.model.numerics import Int, exp, hot, inner, log, pure, round_money
from sim.model.outputs import M_RD, M_VALUE_ADDED, count_firm
from sim.model.state import ALIVE, NEVER, RING, YEAR


@pure
def growth_shock(u: float, p: Any) -> float:
    """Draw a fat-tailed growth shock (log) from one uniform: Laplace of scale b with chance π, else 0."""
    scale: float = p.shock_scale
    if u >= p.shock_share:
        return 0.0
    v = u / p.shock_share
    if v < 0.5:
        return scale * log(2.0 * v)
    return -scale * log(2.0 * (1.0 - v))


@hot
def demand_change(t: Int, r: Int, industry: Int, inputs: Any, p: Any) -> float:
    """Return log growth of the staff that demand asks for: trend less productivity, part of the cycle."""
    change: float = inputs.demand_trend[industry] - p.productivity_growth / YEAR
    if t > 0:
        ratio = inputs.demand[t, r, industry] / inputs.demand[t - 1, r, industry]
        if ratio != 1.0:
            change += p.staff_cycle * log(ratio)
    return change


@hot
def grow(f: Any, i: Int, t: Int, change: float, u: float, inputs: Any, p: Any) -> None:
    """Move staff, productivity and wanted talent on; the shock's mean effect on size is taken out."""
    drift = p.shock_share * p.shock_scale * p.shock_scale
    step = change + p.growth_level[f.level[i]] / YEAR + growth_shock(u, p) - drift
    size = np.float64(f.size[i]) * exp(step)
    f.size[i] = min(max(size, 1.0), p.size_most)
    staff = max(int(np.floor(np.float64(f.size[i]) + 0.5)), 1)
    f.staff[i] = max(staff, np.int64(f.talent[i]))
    f.productivity[i] = np.float64(f.productivity[i]) * (1.0 + p.productivity_growth / YEAR)
    target = wanted_target(f.level[i], f.staff[i], t, inputs, p)
    f.wanted[i] = np.float64(f.wanted[i]) + p.mu * (target - np.float64(f.wanted[i]))


@hot
def keep_books(f: Any, i: Int, t: Int, r: Int, inputs: Any, p: Any, out: Any) -> None:
    """Keep the books: value added − wages − overhead − energy − transaction cost − R&D = profit; less dividends, cash.

    Value added is net of energy at the usual price already; only a change of its price moves profit.
    """
    k = np.int64(f.industry[i])
    normal = np.float64(f.productivity[i]) * np.float64(f.staff[i]) / YEAR
    output = normal * inputs.utilisation[t, r, k]
    if (
        f.adopted[i] != NEVER and t - f.adopted[i] >= p.platform_lag
    ):  # older users have it in their productivity
        output *= 1.0 + p.platform_gain
    own = np.float64(f.rd_intensity[i]) * normal
    if f.rd_grant[i] > 0:
        # Below the smallest project there is no base on which a grant could multiply.
        output *= exp(p.rd_return * log(1.0 + np.float64(f.rd_grant[i]) / max(own, p.rd_unit / YEAR)))
    wanted = np.float64(f.wanted[i])
    if wanted >= 1.0:
        output *= 1.0 + p.talent_output * (min(np.float64(f.talent[i]) / wanted, 1.0) - p.fill_usual)
    value_added = round_money(output)
    wages = round_money(p.labour_share * normal)
    overhead = round_money(p.overhead_share * normal)
    energy = round_money(inputs.energy_share[k] * normal * (inputs.energy[t, r, k] - 1.0))
    transaction = round_money(p.transaction_share * normal * (1.0 - np.float64(f.transaction_relief[i])))
    rd = round_money(own)
    profit = value_added - wages - overhead - energy - transaction - rd
    f.profits[i, t % RING] = profit
    dividend = round_money(p.payout * profit) if profit > 0 else 0
    f.cash[i] += profit - dividend
    count_firm(out[0], out[1], r, k, M_VALUE_ADDED, value_added)
    count_firm(out[0], out[1], r, k, M_RD, rd + f.rd_grant[i])


@inner
def markets(f: Any, t: Int, province: Any, inputs: Any, p: Any, out: Any) -> None:
    """Move demand and staff on and keep the books of every living firm in quarter t."""
    regions, industries = inputs.industry_cumulative.shape
    change = np.empty(industries)
    for r in range(regions):
        for k in range(industries):
            change[k] = demand_change(t, r, k, inputs, p)
        for i in range(inputs.firm_start[r], inputs.firm_start[r + 1]):
            if f.alive[i] == ALIVE:
                u = uniform(block(f.id0[i], f.id1[i], t, FIRM_QUARTER, 0, province.key)[2])
                if f.born[i] < t or t == 0:
                    grow(f, i, t, change[f.industry[i]], u, inputs, p)
                keep_books(f, i, t, r, inputs, p, out)
