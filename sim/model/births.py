"""How an agent begins: the state of a new firm or person, and the state behind a firm's survey answers."""

from __future__ import annotations

import numpy as np

from sim.model.difficulty import (
    AllCuts,
    answer,
    answers_of_one,
    four,
    judge,
    log_odds,
    memory_moments,
    noise_sd,
    profit_change,
)
from sim.model.draws import (
    FIRM,
    FIRM_BIRTH,
    FIRM_SURVEY,
    PERSON,
    PERSON_BIRTH,
    SIZE_PHASE,
    TWO_TO_MINUS_32,
    block,
    pack_id,
    uniform,
)
from sim.model.numerics import Int, clip, exp, hot, kernel, log, normal_ppf, pure, round_money
from sim.model.staffing import talent_ratio
from sim.model.state import (
    ALIVE,
    EMPLOYED,
    NEVER,
    NO_EMPLOYER,
    NO_FREE,
    NOBODY,
    PUBLIC,
    SEEKING,
    X1,
    X2,
    X3,
    X4,
    X5,
    X6,
    X7,
    Array,
    Firms,
    People,
    Province,
)
from sim.world.constants import BURN_IN, CUTS, LEVELS, QUALITY, SME_TERM
from sim.world.inputs import Inputs, Parameters

NO_SLOT = -1
GOLDEN_RATIO = 0.6180339887498949  # fractional part
ANSWERS = CUTS + 1  # to X1, X5, X6, X7
DRAW_ROW = -1.0  # as a firm's `place`: draw it


@pure
def pick(cumulative: Array, start: Int, stop: Int, u: float) -> Int:
    """Find the first index in [start, stop) whose cumulative chance exceeds u; the last if none does."""
    low: Int = start
    high: Int = stop - 1
    while low < high:
        middle: Int = (low + high) // 2
        if cumulative[middle] > u:
            high = middle
        else:
            low = middle + 1
    return low


@hot
def wanted_target(level: Int, staff: Int, t: Int, inputs: Inputs, p: Parameters) -> float:
    """Return the talent that a firm wants (people): τ_L · staff^0.8, growing with the province's R&D."""
    target: float = p.tau[level] * inputs.talent_trend[t] * exp(p.wanted_power * log(np.float64(staff)))
    return target


@hot
def found(
    f: Firms,
    i: Int,
    id0: Int,
    id1: Int,
    r: Int,
    industry: Int,
    level: Int,
    t: Int,
    size: float,
    key: Array,
    inputs: Inputs,
    p: Parameters,
) -> None:
    """Create a firm in slot i: place, size, productivity, R&D, cash; `survey` draws its answers."""
    f.rd_grant[i] = 0
    f.owed[i] = 0
    f.support[i] = 0
    f.energy_offset[i] = 0.0
    f.transaction_relief[i] = 0.0
    f.retention[i] = 0.0
    f.funds_until[i] = NEVER
    f.funds[i] = 0.0
    f.aware_until[i] = NEVER
    f.taken_until[i] = NEVER
    f.served[i] = 0.0
    f.served_until[i] = NEVER
    f.tie[i] = 0.0
    f.tied_until[i] = NEVER
    f.titled_until[i] = NEVER
    f.certified_first[i] = NEVER
    f.scarred_until[i] = NEVER
    f.adopted[i] = NEVER
    f.id0[i], f.id1[i] = id0, id1
    f.alive[i] = ALIVE
    f.born[i] = t
    f.industry[i] = industry
    f.level[i] = level
    f.peak[i] = level
    f.certified_until[i] = t + SME_TERM if level > 0 else NEVER
    f.platform[i] = 0
    f.want[i] = 0
    u0, u1, u2, u3 = block(id0, id1, t, FIRM_BIRTH, 0, key)
    after: Int = r + 1
    f.cell[i] = pick(inputs.cell_cumulative, inputs.cell_start[r], inputs.cell_start[after], uniform(u0))
    f.size[i] = max(size, 1.0)
    f.staff[i] = max(int(np.floor(np.float64(f.size[i]) + 0.5)), 1)
    f.talent[i] = 0
    f.wanted[i] = wanted_target(level, f.staff[i], t, inputs, p)
    gain = 1.0 + p.quality_gain if level >= QUALITY else 1.0
    usual = p.productivity[level] * gain * inputs.productivity_trend[t]
    f.productivity[i] = usual * exp(p.productivity_spread * normal_ppf(uniform(u1)))
    _, rounded, _, _ = block(id0, id1, t, FIRM_BIRTH, 1, key)
    f.rounding[i] = uniform(rounded)
    inclination = exp(p.rd_spread * normal_ppf(uniform(u2)))
    f.rd_usual[i] = min(p.rd_level[0] * inclination, p.rd_most)
    f.rd_intensity[i] = min(p.rd_level[level] * inclination, p.rd_most)
    wages = p.labour_share * np.float64(f.productivity[i]) * np.float64(f.staff[i])
    f.cash[i] = round_money(p.cash_share * wages * exp(p.cash_spread * normal_ppf(uniform(u3))))
    f.profits[i, :] = 0.0


@pure
def spread_evenly(phase: float, rank: Int) -> float:
    """Return a point of a golden-ratio sequence in (0, 1): consecutive ranks cover the interval evenly.

    Sizes and answers of the first firms are drawn this way, with a random phase per level or segment. So a few hundred
    agents have the tail and the margins of a hundred thousand firms, and shares do not depend on scale.
    """
    u = phase + rank * GOLDEN_RATIO
    return clip(u - np.floor(u), TWO_TO_MINUS_32, 1.0 - TWO_TO_MINUS_32)


@hot
def draw_burden(
    answer_class: Int, margin: Array, spread: float, v: float, w: float, p: Parameters
) -> tuple[float, float]:
    """Draw noise e and memory m of a cost burden from their stationary Gaussian law, given its answer class.

    e − m has standard deviation ``spread`` and lies in the answer's class; ``v`` is uniform, ``w`` standard
    normal.
    """
    low = margin[answer_class - 1] if answer_class > 0 else 0.0
    gap = spread * normal_ppf(low + v * (margin[answer_class] - low))
    variance, covariance = memory_moments(p)
    scale = noise_sd(spread, p)
    variance, covariance = variance * scale * scale, covariance * scale * scale
    with_gap = covariance - variance  # covariance of m with e − m
    left = variance - with_gap * with_gap / (spread * spread)
    memory = with_gap / (spread * spread) * gap + np.sqrt(left) * w
    return gap + memory, memory


@hot
def fixed_answers(f: Firms, i: Int, t: Int, cuts: AllCuts, inputs: Inputs, u: float) -> tuple[Int, Int, Int]:
    """Return X2, X1 and X5, which a firm's state fixes before the others are drawn.

    X1, X2 come from staff and level. X5 comes from profits if there are two years of them; otherwise ``u`` draws it.
    """
    group = 1 if f.level[i] >= QUALITY else 0
    size = answer(np.float64(f.staff[i]), four(inputs.staff_cuts))
    if f.born[i] == 0:
        return group, size, answer(profit_change(f.profits, i, t - 1), cuts[0])
    return group, size, pick(inputs.profit_margin[group], 0, ANSWERS, u)


@hot
def survey(
    f: Firms,
    i: Int,
    t: Int,
    r: Int,
    cuts: AllCuts,
    place: float,
    province: Province,
    inputs: Inputs,
    p: Parameters,
) -> None:
    """Draw a firm's other answers given X1, X2 and X5, and set the state that implies them.

    ``place`` in (0, 1) chooses among the survey's rows of the firm's segment; with `DRAW_ROW` it is drawn.
    """
    id0, id1 = f.id0[i], f.id1[i]
    key = province.key
    u0, u1, u2, u3 = block(id0, id1, t, FIRM_SURVEY, 0, key)
    v0, v1, v2, v3 = block(id0, id1, t, FIRM_SURVEY, 1, key)
    w0, _, _, _ = block(id0, id1, t, FIRM_SURVEY, 2, key)
    group, size, profit = fixed_answers(f, i, t, cuts, inputs, uniform(v0))
    segment: Int = (group * ANSWERS + size) * ANSWERS + profit
    after: Int = segment + 1
    first, stop = inputs.survey_start[segment], inputs.survey_start[after]
    row = pick(inputs.survey_cumulative, first, stop, uniform(u0) if place == DRAW_ROW else place)
    x = inputs.survey_values[row]
    for k in range(len(x)):
        f.x[i, k] = x[k]
    f.x[i, X1], f.x[i, X2], f.x[i, X5] = size, group, profit
    if x[X4] == 1:
        f.want[i] = 1
    elif uniform(u1) < p.platforms / (1.0 - inputs.need_share[group]):
        f.platform[i] = 1
    share = inputs.sufficient_share[group]
    fill = province.fill[r, inputs.industry_field[f.industry[i]]]
    # A new firm has nobody yet: it expects to be staffed like its neighbours.
    reserve = talent_ratio(np.int64(f.talent[i]), f.wanted[i], fill) if f.born[i] == 0 else np.float64(fill)
    distance = p.reserve_spread * abs(normal_ppf(uniform(u2)))
    # Scales proportional to the two groups make the density continuous at the threshold, so no drift is built in.
    f.phi[i] = reserve * (exp(-2.0 * share * distance) if x[X3] == 1 else exp(2.0 * (1.0 - share) * distance))
    v, w = uniform(v1), normal_ppf(uniform(v2))
    e, m = draw_burden(x[X7], inputs.energy_margin, p.energy_spread, v, w, p)
    index = log(inputs.energy[t, r, f.industry[i]])
    f.energy_noise[i], f.energy_burden[i], f.energy_reference[i] = e, index + e, index + m
    v, w = uniform(v3), normal_ppf(uniform(w0))
    e, m = draw_burden(x[X6], inputs.transaction_margin, p.transaction_spread, v, w, p)
    f.transaction_noise[i], f.transaction_burden[i], f.transaction_reference[i] = e, e, m
    for k in range(len(x)):
        f.x0[i, k] = f.x[i, k]
    sound = province.protection[r] >= p.protected
    answers_of_one(f, i, t, fill, sound, inputs, p, cuts)
    for k in range(len(x)):
        f.x0[i, k] = f.x[i, k]
    f.z[i] = normal_ppf(uniform(u3))
    judge(f, i, log_odds(f, i, inputs.beta, inputs.kappa), inputs, p)


@hot
def new_person(
    people: People,
    j: Int,
    r: Int,
    id1: Int,
    t: Int,
    status: Int,
    employer: Int,
    level: Int,
    key: Array,
    inputs: Inputs,
    p: Parameters,
    field: Int,
) -> None:
    """Create a person in slot j; if ``field`` < 0, draw it from the universities' mix."""
    id0 = pack_id(PERSON, inputs.region_code[r], t)
    u0, u1, _, _ = block(id0, id1, t, PERSON_BIRTH, 0, key)
    people.id0[j], people.id1[j] = id0, id1
    people.status[j] = status
    people.region[j] = r
    fields = len(inputs.graduate_field)
    people.field[j] = pick(inputs.graduate_field, 0, fields, uniform(u0)) if field < 0 else field
    people.skill[j] = pick(p.skill, 0, len(p.skill), uniform(u1))
    people.wage[j] = people.skill[j] + level
    people.employer[j] = employer
    people.quarters[j] = 0


@hot
def take_slot(people: People, province: Province) -> Int:
    """Take a free person slot; if there is none, return −1 and mark the overflow."""
    j: Int = province.free_person[0]
    if j != NO_FREE:
        province.free_person[0] = NO_EMPLOYER - 1 - people.employer[j]
        return j
    j = province.people_used[0]
    if j == len(people.status):
        province.overflow[0] += 1
        return NO_SLOT
    province.people_used[0] = j + 1
    return j


@hot
def release_slot(people: People, j: Int, province: Province) -> None:
    """Free the slot of a person who has left the province for good."""
    people.status[j] = NOBODY
    people.employer[j] = NO_EMPLOYER - 1 - province.free_person[0]
    province.free_person[0] = j


@kernel
def first_firms(f: Firms, key: Array, inputs: Inputs, p: Parameters) -> None:
    """Fill the slots of every region with the firms that exist at the start, level by level."""
    regions, industries = inputs.industry_cumulative.shape
    rank = np.zeros(LEVELS, np.int64)
    for r in range(regions):
        ordinal = 0
        for level in range(LEVELS):
            for _ in range(inputs.initial_firms[r, level]):
                i = inputs.firm_start[r] + ordinal
                id0 = pack_id(FIRM, inputs.region_code[r], 0)
                u0, _, u2, u3 = block(id0, ordinal, 0, FIRM_BIRTH, 1, key)
                industry = pick(inputs.industry_cumulative[r], 0, industries, uniform(u0))
                u = spread_evenly(uniform(block(level, 0, 0, SIZE_PHASE, 0, key)[0]), rank[level])
                size = p.size_median[level] * exp(p.size_spread[level] * normal_ppf(u))
                rank[level] += 1
                found(f, i, id0, ordinal, r, industry, level, 0, size, key, inputs, p)
                wanted = np.float64(f.wanted[i])
                f.talent[i] = int(np.floor(wanted * p.fill_usual + np.float64(f.rounding[i])))
                f.staff[i] = max(f.staff[i], f.talent[i])
                end = inputs.expiry_cumulative
                if level == 1:
                    f.certified_until[i] = BURN_IN + int(np.floor(SME_TERM * uniform(u2)))
                elif level >= QUALITY:
                    f.certified_until[i] = BURN_IN + pick(end, 0, len(end), uniform(u2))
                if level > QUALITY:
                    f.titled_until[i] = BURN_IN + pick(end, 0, len(end), uniform(u3))
                ordinal += 1


@kernel
def first_people(f: Firms, people: People, province: Province, inputs: Inputs, p: Parameters) -> None:
    """Create the people behind the firms' talent, then each region's seekers and public sector."""
    for r in range(len(inputs.region_code)):
        ordinal = 0
        for i in range(inputs.firm_start[r], inputs.firm_start[r + 1]):
            if f.alive[i] != ALIVE:
                continue
            for _ in range(f.talent[i]):
                j = take_slot(people, province)
                if j < 0:
                    return
                field = np.int64(inputs.industry_field[f.industry[i]])
                new_person(people, j, r, ordinal, 0, EMPLOYED, i, f.level[i], province.key, inputs, p, field)
                ordinal += 1
        employed = ordinal
        for status, share in ((SEEKING, p.seekers), (PUBLIC, p.public_share)):
            for _ in range(int(np.floor(share * employed + 0.5))):
                j = take_slot(people, province)
                if j < 0:
                    return
                new_person(people, j, r, ordinal, 0, status, NO_EMPLOYER, 0, province.key, inputs, p, -1)
                ordinal += 1
