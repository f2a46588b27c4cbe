"""How an agent begins: the state of a new firm or person, and the state behind a firm's drawn survey answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.difficulty import answer, answers, judge, memory_moments, noise_sd, profit_change
from sim.model.draws import FIRM, FIRM_BIRTH, FIRM_SURVEY, PERSON, PERSON_BIRTH, block, pack_id, uniform
from sim.model.numerics import exp, hot, kernel, log, normal_ppf, pure, round_money
from sim.model.state import (
    ALIVE,
    EMPLOYED,
    LEVELS,
    NEVER,
    NO_EMPLOYER,
    NOBODY,
    PUBLIC,
    QUALITY,
    SEEKING,
    X1,
    X2,
    X3,
    X4,
    X5,
    X6,
    X7,
)

ANSWERS = 5  # classes of X1, X5, X6, X7


@pure
def pick(cumulative: Any, start: int, stop: int, u: float) -> int:
    """First index in [start, stop) whose cumulative chance exceeds u; the last one if none does (binary search)."""
    low, high = start, stop - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > u:
            high = middle
        else:
            low = middle + 1
    return low


@hot
def wanted_target(level: int, staff: int, t: int, inputs: Any, p: Any) -> float:
    """R&D talent a firm aims at in quarter t: τ_L · staff^0.8 (people), growing with the economy's R&D intensity."""
    return p.tau[level] * inputs.talent_trend[t] * exp(p.wanted_power * log(np.float64(staff)))


@hot
def found(f: Any, i: int, id0: int, id1: int, r: int, industry: int, level: int, t: int, size: float, key: Any, inputs: Any, p: Any) -> None:
    """Put a new firm into slot i: place, size, productivity, R&D, cash. Its survey answers follow in `survey`."""
    f.rd_grant[i] = 0
    f.support[i] = 0
    f.energy_offset[i] = 0.0
    f.transaction_relief[i] = 0.0
    f.retention[i] = 0.0
    f.funds_until[i] = NEVER
    f.aware_until[i] = NEVER
    f.taken_until[i] = NEVER
    f.adopted[i] = NEVER
    f.id0[i], f.id1[i] = id0, id1
    f.alive[i] = ALIVE
    f.born[i] = t
    f.industry[i] = industry
    f.level[i] = level
    f.peak[i] = level
    f.platform[i] = 0
    f.want[i] = 0
    u0, u1, u2, u3 = block(id0, id1, t, FIRM_BIRTH, 0, key)
    f.cell[i] = pick(inputs.cell_cumulative, inputs.cell_start[r], inputs.cell_start[r + 1], uniform(u0))
    f.size[i] = max(size, 1.0)
    f.staff[i] = max(np.int64(np.floor(np.float64(f.size[i]) + 0.5)), 1)
    f.talent[i] = 0
    f.wanted[i] = wanted_target(level, f.staff[i], t, inputs, p)
    gain = 1.0 + p.quality_gain if level >= QUALITY else 1.0
    f.productivity[i] = p.productivity[level] * gain * exp(p.productivity_spread * normal_ppf(uniform(u1)))
    f.rd_intensity[i] = min(p.rd_level[level] * exp(p.rd_spread * normal_ppf(uniform(u2))), p.rd_most)
    wages = p.labour_share * np.float64(f.productivity[i]) * np.float64(f.staff[i])
    f.cash[i] = round_money(p.cash_share * wages * exp(p.cash_spread * normal_ppf(uniform(u3))))
    f.profits[i, :] = 0.0


@hot
def draw_burden(answer_class: int, margin: Any, spread: float, v: float, w: float, p: Any) -> tuple[float, float]:
    """Noise e and memory m of a cost burden, given its answer class, from their stationary Gaussian law.

    e − m has standard deviation ``spread`` and lies in the answer's class; ``v`` uniform, ``w`` standard normal.
    """
    low = margin[answer_class - 1] if answer_class > 0 else 0.0
    gap = spread * normal_ppf(low + v * (margin[answer_class] - low))
    variance, covariance = memory_moments(p)
    scale = noise_sd(spread, p)
    variance, covariance = variance * scale * scale, covariance * scale * scale
    with_gap = covariance - variance  # covariance of m with e − m
    memory = with_gap / (spread * spread) * gap + np.sqrt(variance - with_gap * with_gap / (spread * spread)) * w
    return gap + memory, memory


@hot
def survey(f: Any, i: int, t: int, r: int, cuts: Any, key: Any, inputs: Any, p: Any) -> None:
    """Draw a firm's answers given X1, X2, X5 and set the state that implies them.

    X1, X2 come from staff and level; X5 from the profits where there are two years of them, else it is drawn first.
    """
    group = 1 if f.level[i] >= QUALITY else 0
    id0, id1 = f.id0[i], f.id1[i]
    u0, u1, u2, u3 = block(id0, id1, t, FIRM_SURVEY, 0, key)
    v0, v1, v2, v3 = block(id0, id1, t, FIRM_SURVEY, 1, key)
    w0, _, _, _ = block(id0, id1, t, FIRM_SURVEY, 2, key)
    size = answer(np.float64(f.staff[i]), inputs.staff_cuts)
    if f.born[i] == 0:
        profit = answer(profit_change(f.profits[i], t - 1), cuts[0])
    else:
        profit = pick(inputs.profit_margin[group], 0, ANSWERS, uniform(v0))
    segment = (group * ANSWERS + size) * ANSWERS + profit
    row = pick(inputs.survey_cumulative, inputs.survey_start[segment], inputs.survey_start[segment + 1], uniform(u0))
    x = inputs.survey_values[row]
    for k in range(len(x)):
        f.x[i, k] = x[k]
    f.x[i, X1], f.x[i, X2], f.x[i, X5] = size, group, profit
    if x[X4] == 1:
        f.want[i] = 1
    elif uniform(u1) < p.platforms / (1.0 - inputs.need_share[group]):
        f.platform[i] = 1
        f.productivity[i] = np.float64(f.productivity[i]) / (1.0 + p.platform_gain)  # the gain is in it already
    share = inputs.sufficient_share[group]
    wanted = np.float64(f.wanted[i])
    reserve = (np.float64(f.talent[i]) + 0.5) / wanted if wanted >= 1.0 else p.fill_usual
    distance = p.reserve_spread * abs(normal_ppf(uniform(u2)))
    # Scales in proportion to the two groups make the density continuous at the threshold: no drift by construction.
    f.phi[i] = reserve * (exp(-2.0 * share * distance) if x[X3] == 1 else exp(2.0 * (1.0 - share) * distance))
    e, m = draw_burden(x[X7], inputs.energy_margin, p.energy_spread, uniform(v1), normal_ppf(uniform(v2)), p)
    index = log(inputs.energy[t, r, f.industry[i]])
    f.energy_noise[i], f.energy_burden[i], f.energy_reference[i] = e, index + e, index + m
    e, m = draw_burden(x[X6], inputs.transaction_margin, p.transaction_spread, uniform(v3), normal_ppf(uniform(w0)), p)
    f.transaction_noise[i], f.transaction_burden[i], f.transaction_reference[i] = e, e, m
    for k in range(len(x)):
        f.x0[i, k] = f.x[i, k]
    answers(f, i, t, inputs, p, cuts)
    for k in range(len(x)):
        f.x0[i, k] = f.x[i, k]
    f.z[i] = normal_ppf(uniform(u3))
    judge(f, i, inputs, p)


@hot
def new_person(people: Any, j: int, r: int, id1: int, t: int, status: int, employer: int, level: int, key: Any, inputs: Any, p: Any, field: int) -> None:
    """Put a new person into slot j; ``field`` < 0 draws it from the universities' mix."""
    id0 = pack_id(PERSON, inputs.region_code[r], t)
    u0, u1, _, _ = block(id0, id1, t, PERSON_BIRTH, 0, key)
    people.id0[j], people.id1[j] = id0, id1
    people.status[j] = status
    people.region[j] = r
    people.field[j] = pick(inputs.graduate_field, 0, len(inputs.graduate_field), uniform(u0)) if field < 0 else field
    people.skill[j] = pick(p.skill, 0, len(p.skill), uniform(u1))
    people.wage[j] = people.skill[j] + level
    people.employer[j] = employer
    people.quarters[j] = 0


@hot
def take_slot(province: Any) -> int:
    """A free person slot, or −1 (and the overflow mark) if there is none."""
    n = province.free_count[0]
    if n == 0:
        province.overflow[0] += 1
        return -1
    province.free_count[0] = n - 1
    return np.int64(province.free_people[n - 1])


@hot
def release_slot(people: Any, j: int, province: Any) -> None:
    """Free the slot of a person who left the province for good."""
    people.status[j] = NOBODY
    people.employer[j] = NO_EMPLOYER
    n = province.free_count[0]
    province.free_people[n] = j
    province.free_count[0] = n + 1


@kernel
def first_firms(f: Any, key: Any, inputs: Any, p: Any) -> None:
    """Fill the slots of every region with the firms that exist at the start, level by level."""
    for r in range(len(inputs.region_code)):
        ordinal = 0
        for level in range(LEVELS):
            for _ in range(inputs.initial_firms[r, level]):
                i = inputs.firm_start[r] + ordinal
                id0 = pack_id(FIRM, inputs.region_code[r], 0)
                u0, u1, u2, _ = block(id0, ordinal, 0, FIRM_BIRTH, 1, key)
                industry = pick(inputs.industry_cumulative[r], 0, inputs.industry_cumulative.shape[1], uniform(u0))
                size = p.size_median[level] * exp(p.size_spread[level] * normal_ppf(uniform(u1)))
                found(f, i, id0, ordinal, r, industry, level, 0, size, key, inputs, p)
                wanted = np.float64(f.wanted[i])
                f.talent[i] = np.int64(np.floor(wanted * p.fill_usual + uniform(u2)))
                f.staff[i] = max(f.staff[i], f.talent[i])
                ordinal += 1


@kernel
def first_people(f: Any, people: Any, province: Any, inputs: Any, p: Any) -> None:
    """The people behind the firms' talent, plus the seekers and the public sector of each region at the start."""
    for r in range(len(inputs.region_code)):
        ordinal = 0
        for i in range(inputs.firm_start[r], inputs.firm_start[r + 1]):
            if f.alive[i] != ALIVE:
                continue
            for _ in range(f.talent[i]):
                j = take_slot(province)
                if j < 0:
                    return
                field = np.int64(inputs.industry_field[f.industry[i]])
                new_person(people, j, r, ordinal, 0, EMPLOYED, i, f.level[i], province.key, inputs, p, field)
                ordinal += 1
        employed = ordinal
        for status, share in ((SEEKING, p.seekers), (PUBLIC, p.public_share)):
            for _ in range(np.int64(np.floor(share * employed + 0.5))):
                j = take_slot(province)
                if j < 0:
                    return
                new_person(people, j, r, ordinal, 0, status, NO_EMPLOYER, 0, province.key, inputs, p, -1)
                ordinal += 1
