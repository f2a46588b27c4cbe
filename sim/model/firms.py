"""What firms do: climb, fail, renew, fall, adopt, close, be designated, be founded (docs/odd.md)."""

from __future__ import annotations

import numpy as np

from sim.model.advantages import means, score, standing
from sim.model.births import DRAW_ROW, found, pick, survey
from sim.model.difficulty import AllCuts
from sim.model.draws import FIRM, FIRM_FOUND, FIRM_QUOTA, FIRM_REVIEW, block, pack_id, uniform
from sim.model.numerics import Int, exp, hot, inner, log, normal_ppf, pure, quarterly, round_money
from sim.model.outputs import (
    M_CERTIFICATES,
    M_CLIMBS,
    M_ENTRIES,
    M_FAILURES,
    M_LAPSES,
    M_RECLIMBS,
    M_RENEWALS,
    M_SLIDES,
    Tally,
    count_firm,
)
from sim.model.state import ALIVE, FREE, NEVER, Firms, Province
from sim.world.constants import QUALITY, SME_TERM, TERM, TOP
from sim.world.inputs import Inputs, Parameters


@pure
def rd_rise(level: Int, p: Parameters) -> float:
    """Return R&D at a level over that at level 0, for a firm of a given inclination."""
    rise: float = p.rd_level[level] / p.rd_level[0]
    return rise


@pure
def rd_kept(level: Int, p: Parameters) -> float:
    """Return the most R&D, over that at level 0, that a firm keeps when it falls to a level."""
    most = 0.0
    for below in range(1, level + 1):
        most = max(most, rd_rise(below, p))
    return most if level > 0 else 1.0


@hot
def certify(f: Firms, i: Int, t: Int) -> None:
    """Start the clock of firm i's newest certificate: a registration, a high-tech certificate, or a title."""
    level = f.level[i]
    if level == 1:
        f.certified_until[i] = t + SME_TERM
    elif level == QUALITY:
        f.certified_until[i] = t + TERM
    else:
        f.titled_until[i] = t + TERM


@hot
def pay(f: Firms, i: Int, fee: Int) -> None:
    """Let firm i pay a fee from the cash that it has; it owes the rest, which it pays off later (`markets`)."""
    paid = min(max(f.cash[i], 0), fee)
    f.cash[i] -= paid
    f.owed[i] += fee - paid


@hot
def climb(f: Firms, i: Int, t: Int, level: Int, p: Parameters, r: Int, out: Tally) -> None:
    """Move firm i up to a level: it pays, spends more on R&D and, at its first certificate, becomes more productive."""
    industry = np.int64(f.industry[i])
    pay(f, i, np.int64(p.climb_cost[level - 1]))
    f.level[i] = level
    if f.peak[i] < QUALITY <= level:
        f.certified_first[i] = t
        f.productivity[i] = np.float64(f.productivity[i]) * (1.0 + p.quality_gain)
    if level > f.peak[i]:
        f.peak[i] = level
        count_firm(out[0], out[1], r, industry, M_CLIMBS + level - 1, 1)
    else:
        count_firm(out[0], out[1], r, industry, M_RECLIMBS, 1)
    if level == QUALITY:
        count_firm(out[0], out[1], r, industry, M_CERTIFICATES, 1)
    rd = np.float64(f.rd_usual[i]) * rd_rise(level, p)
    f.rd_intensity[i] = min(max(np.float64(f.rd_intensity[i]), rd), p.rd_most)
    certify(f, i, t)


@hot
def fail(f: Firms, i: Int, t: Int, level: Int, p: Parameters, r: Int, out: Tally) -> None:
    """Let firm i's project for a level fail: part of its cost is lost, and for a while the firm tries no other."""
    pay(f, i, round_money(p.sunk * np.float64(p.climb_cost[level - 1])))
    f.scarred_until[i] = t + p.scar
    count_firm(out[0], out[1], r, np.int64(f.industry[i]), M_FAILURES, 1)


@hot
def fall(f: Firms, i: Int, t: Int, level: Int, p: Parameters) -> None:
    """Move firm i down to a level: R&D is at most what is usual for its levels so far, productivity keeps its gain."""
    f.level[i] = level
    rd = np.float64(f.rd_usual[i]) * rd_kept(level, p)
    f.rd_intensity[i] = min(np.float64(f.rd_intensity[i]), rd)
    if level < QUALITY:
        f.certified_until[i] = t + SME_TERM if level == 1 else NEVER
    f.titled_until[i] = t + TERM if level > QUALITY else NEVER


@pure
def renewal_chance(rate: float, standing_of_firm: float, usual: float) -> float:
    """Return the chance of renewal: ``rate`` for the mean firm of a level, odds in proportion to standing."""
    odds = rate * standing_of_firm / usual
    return odds / (1.0 - rate + odds)


@hot
def review(
    f: Firms, i: Int, t: Int, r: Int, province: Province, inputs: Inputs, p: Parameters, out: Tally
) -> bool:
    """Renew what firm i holds until quarter t, or let it lapse; return whether the firm loses a level.

    Without its registration a firm falls to level 0, without its high-tech certificate to level 1, without its title
    one level.
    """
    level = np.int64(f.level[i])
    industry = np.int64(f.industry[i])
    stands = standing(f, i, province, inputs, p)
    usual = np.float64(province.usual_standing[level])
    luck = block(f.id0[i], f.id1[i], t, FIRM_REVIEW, 0, province.key)
    if f.certified_until[i] == t:
        high = level >= QUALITY
        rate = p.renew_registration
        if high:
            rate = p.renew_title if level > QUALITY else p.renew_certificate
        if uniform(luck[0]) >= renewal_chance(rate, stands, usual):
            fall(f, i, t, 1 if high else 0, p)
            count_firm(out[0], out[1], r, industry, M_SLIDES, 1)
            count_firm(out[0], out[1], r, industry, M_LAPSES, 1 if high else 0)
            return True
        f.certified_until[i] = t + (TERM if high else SME_TERM)
        count_firm(out[0], out[1], r, industry, M_CERTIFICATES, 1 if high else 0)
        count_firm(out[0], out[1], r, industry, M_RENEWALS, 1 if high else 0)
    if f.titled_until[i] == t:
        if uniform(luck[1]) >= renewal_chance(p.renew_title, stands, usual):
            fall(f, i, t, level - 1, p)
            count_firm(out[0], out[1], r, industry, M_SLIDES, 1)
            return True
        f.titled_until[i] = t + TERM
    return False


@hot
def adopt(f: Firms, i: Int, t: Int) -> None:
    """Let firm i start using a platform."""
    f.platform[i] = 1
    f.want[i] = 0
    f.adopted[i] = t


@pure
def exit_chance(large: bool, insolvent: bool, scarred: bool, p: Parameters) -> float:
    """Return the quarterly chance that a firm closes: smaller for large firms, larger without cash or after a failure.

    ``large``: beyond the first size class (X1).
    """
    annual = p.exit
    if large:
        annual *= p.exit_large
    if insolvent:
        annual *= p.exit_insolvent
    if scarred:
        annual *= p.exit_scar
    return quarterly(min(annual, p.exit_most))


@inner
def designate(f: Firms, t: Int, province: Province, inputs: Inputs, p: Parameters, out: Tally) -> None:
    """Designate the year's little giants (level 3 → 4): a quota, filled by score plus keyed noise, best first."""
    province.designations[0] += inputs.designated[t]
    places = int(np.floor(province.designations[0]))
    slots = np.empty(len(f.alive), np.int64)
    scores = np.empty(len(f.alive))
    n = 0
    for i in range(len(f.alive)):
        if f.alive[i] == ALIVE and f.level[i] == TOP - 1:
            u = uniform(block(f.id0[i], f.id1[i], t, FIRM_QUOTA, 0, province.key)[0])
            value = score(f, i, province, inputs, p) + p.quota_noise * (log(u) - log(1.0 - u))
            if f.hard_star[i] == 1:
                value += log(p.eps)
            value += log(means(f, i, TOP, p))
            slots[n] = i
            scores[n] = value
            n += 1
    for _ in range(min(places, n)):
        best = 0
        for j in range(1, n):
            if scores[j] > scores[best]:
                best = j
        i = slots[best]
        climb(f, i, t, TOP, p, np.int64(inputs.slot_region[i]), out)
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
            survey(f, slot, t, r, cuts, DRAW_ROW, province, inputs, p)
            count_firm(by_region, by_industry, r, industry, M_ENTRIES, 1)
