"""What firms do: climb, slide, adopt, close, be designated, be founded (docs/odd.md)."""

from __future__ import annotations

import numpy as np

from sim.model.births import DRAW_ROW, found, pick, survey
from sim.model.difficulty import AllCuts
from sim.model.draws import FIRM, FIRM_FOUND, FIRM_QUOTA, block, pack_id, uniform
from sim.model.numerics import Int, clip, exp, hot, inner, kernel, log, normal_ppf, pure, quarterly
from sim.model.outputs import M_CLIMBS, M_ENTRIES, M_RECLIMBS, Tally, count_firm
from sim.model.state import ALIVE, FREE, Array, Firms, Province, State
from sim.world.constants import BURN_IN, LEVELS, QUALITY, TOP, YEAR
from sim.world.inputs import Inputs, Parameters

ADVANTAGES = 5


@hot
def advantages(
    f: Firms, i: Int, province: Province, p: Parameters
) -> tuple[float, float, float, float, float]:
    """Return firm i's advantages for climbing: talent per wanted, ln R&D, platform, relative knowledge, finance.

    Talent per wanted is −1 (no meaning) if the firm wants less than one person.
    """
    wanted = np.float64(f.wanted[i])
    talent = min(np.float64(f.talent[i]) / wanted, p.fill_cap) if wanted >= 1.0 else -1.0
    value_added = np.float64(f.productivity[i]) * np.float64(f.staff[i])
    rd = np.float64(f.rd_intensity[i]) * value_added + YEAR * np.float64(f.rd_grant[i])
    level = f.level[i]
    known = np.float64(province.knowledge[f.cell[i], f.industry[i], level])
    known -= np.float64(province.knowledge_mean[level])
    cash = max(np.float64(f.cash[i]), 0.0)
    return (
        talent,
        log(1.0 + rd / p.rd_unit),
        np.float64(f.platform[i]),
        clip(known, -p.spill_clip, p.spill_clip),
        cash / (cash + p.labour_share * value_added),
    )


@hot
def score(f: Firms, i: Int, province: Province, p: Parameters) -> float:
    """Return Σ a_k (s_k − centre_k): firm i's advantages relative to the mean of its level in the 2022 baseline."""
    level = f.level[i]
    talent, rd, platform, known, finance = advantages(f, i, province, p)
    total = p.a_T * (talent - p.centre_T[level]) if talent >= 0.0 else 0.0
    total += p.a_R * (rd - p.centre_R[level])
    total += p.a_P * (platform - p.centre_P[level])
    total += p.a_S * (known - p.centre_S[level])
    total += p.a_F * (finance - p.centre_F[level])
    return clip(total, -p.climb_clip, p.climb_clip)


@kernel
def mean_advantages(state: State, p: Parameters) -> Array:
    """Return means of the five advantages and Y*: float64[6, levels], NaN where a level has no firm."""
    f, _, province = state
    total = np.zeros((ADVANTAGES + 1, LEVELS))
    count = np.zeros((ADVANTAGES + 1, LEVELS))
    for i in range(len(f.alive)):
        if f.alive[i] == ALIVE:
            level = f.level[i]
            talent, rd, platform, known, finance = advantages(f, i, province, p)
            parts = (talent, rd, platform, known, finance, np.float64(f.hard_star[i]))
            for k in range(ADVANTAGES + 1):
                if k > 0 or talent >= 0.0:
                    total[k, level] += parts[k]
                    count[k, level] += 1.0
    return total / count


@hot
def hazard_of(f: Firms, i: Int, t: Int, province: Province, inputs: Inputs, p: Parameters) -> float:
    """Return the hazard h of climbing this quarter, below level 3; 0 for a firm that cannot pay."""
    level = f.level[i]
    if f.cash[i] < p.climb_cost[level]:
        return 0.0
    hazard = climb_hazard(level, t, score(f, i, province, p), inputs.path[f.industry[i]], p)
    if f.hard_star[i] == 1:
        hazard *= p.eps
    return hazard


@pure
def climb_hazard(level: Int, t: Int, total: float, path: float, p: Parameters) -> float:
    """Return the hazard of climbing from a level in quarter t at a given `score`, before difficulty multiplies it by ε.

    Dividing by the mean factor of difficulty in the 2022 baseline keeps h0 the mean hazard at any ε.
    """
    hazard: float = p.h0[level] * exp(total) * path
    if level < QUALITY and t < BURN_IN + p.campaign_quarters:
        hazard *= p.campaign
    hazard /= 1.0 - (1.0 - p.eps) * p.centre_Y[level]
    return hazard


@hot
def climb(f: Firms, i: Int, p: Parameters, r: Int, by_region: Array, by_industry: Array) -> None:
    """Move firm i one level up: it pays, becomes more productive, wants more talent, spends more on R&D."""
    level = np.int64(f.level[i])
    f.cash[i] -= np.int64(p.climb_cost[level])
    f.level[i] = level + 1
    if level + 1 > f.peak[i]:
        f.peak[i] = level + 1
        count_firm(by_region, by_industry, r, np.int64(f.industry[i]), M_CLIMBS + level, 1)
    else:
        count_firm(by_region, by_industry, r, np.int64(f.industry[i]), M_RECLIMBS, 1)
    if level + 1 == QUALITY:
        f.productivity[i] = np.float64(f.productivity[i]) * (1.0 + p.quality_gain)
    intensity = np.float64(f.rd_intensity[i]) * p.rd_level[level + 1] / p.rd_level[level]
    f.rd_intensity[i] = min(intensity, p.rd_most)


@hot
def slide(f: Firms, i: Int, p: Parameters) -> None:
    """Move firm i one level down and undo the climb's effects on productivity and R&D."""
    level = np.int64(f.level[i])
    f.level[i] = level - 1
    if level == QUALITY:
        f.productivity[i] = np.float64(f.productivity[i]) / (1.0 + p.quality_gain)
    f.rd_intensity[i] = np.float64(f.rd_intensity[i]) * p.rd_level[level - 1] / p.rd_level[level]


@hot
def adopt(f: Firms, i: Int, t: Int) -> None:
    """Let firm i start using a platform."""
    f.platform[i] = 1
    f.want[i] = 0
    f.adopted[i] = t


@pure
def exit_chance(large: bool, insolvent: bool, p: Parameters) -> float:
    """Return the quarterly chance that a firm closes: smaller for large firms, larger for insolvent ones.

    ``large``: beyond the first size class (X1).
    """
    annual = p.exit
    if large:
        annual *= p.exit_large
    if insolvent:
        annual *= p.exit_insolvent
    return quarterly(min(annual, p.exit_most))


@inner
def designate(f: Firms, t: Int, province: Province, inputs: Inputs, p: Parameters, out: Tally) -> None:
    """Designate the year's little giants (level 3 → 4): a quota, filled by score plus keyed noise, best first."""
    province.designations[0] += p.quota_4 / inputs.weight
    places = int(np.floor(province.designations[0]))
    slots = np.empty(len(f.alive), np.int64)
    scores = np.empty(len(f.alive))
    n = 0
    for i in range(len(f.alive)):
        if f.alive[i] == ALIVE and f.level[i] == TOP - 1 and f.cash[i] >= p.climb_cost[TOP - 1]:
            u = uniform(block(f.id0[i], f.id1[i], t, FIRM_QUOTA, 0, province.key)[0])
            value = score(f, i, province, p) + p.quota_noise * (log(u) - log(1.0 - u))
            if f.hard_star[i] == 1:
                value += log(p.eps)
            slots[n] = i
            scores[n] = value
            n += 1
    for _ in range(min(places, n)):
        best = 0
        for j in range(1, n):
            if scores[j] > scores[best]:
                best = j
        i = slots[best]
        climb(f, i, p, np.int64(inputs.slot_region[i]), out[0], out[1])
        n -= 1
        slots[best], scores[best] = slots[n], scores[n]
        province.designations[0] -= 1.0


@inner
def entries(
    f: Firms, t: Int, cuts: AllCuts, province: Province, inputs: Inputs, p: Parameters, out: Tally
) -> None:
    """Found new firms: a fixed stream of would-be founders per region and quarter, thinned by a keyed draw.

    Slots of firms that closed this quarter stay taken until their people have left (next quarter).
    """
    by_region, by_industry = out
    regions, industries = inputs.industry_cumulative.shape
    for r in range(regions):
        slot = inputs.firm_start[r]
        for k in range(inputs.founders[t, r]):
            id0 = pack_id(FIRM, inputs.region_code[r], t)
            w0, w1, w2, w3 = block(id0, k, t, FIRM_FOUND, 0, province.key)
            industry = pick(inputs.industry_cumulative[r], 0, industries, uniform(w1))
            if uniform(w0) >= min(p.found * inputs.demand[t, r, industry], 1.0):
                continue
            while slot < inputs.firm_start[r + 1] and f.alive[slot] != FREE:
                slot += 1
            if slot == inputs.firm_start[r + 1]:
                province.overflow[0] += 1
                return
            level = 1 if uniform(w2) < p.found_level_1 else 0
            size = p.entrant_median * exp(p.entrant_spread * normal_ppf(uniform(w3)))
            found(f, slot, id0, k, r, industry, level, t, size, province.key, inputs, p)
            survey(f, slot, t, r, cuts, DRAW_ROW, province.key, inputs, p)
            count_firm(by_region, by_industry, r, industry, M_ENTRIES, 1)
