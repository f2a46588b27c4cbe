"""The reference twin's firms: birth, survey answers, difficulty, climbing, knowledge, markets."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from math import floor, sqrt

from tests.reference_numbers import (
    exp,
    f32,
    first_above,
    log,
    normal_cdf,
    normal_ppf,
    normal_shock,
    quarterly,
    uniform,
    whole,
)
from tests.reference_world import FIRM, WAYS, Firm, World

BURN_IN = 8
RECORD_ENDS = BURN_IN + 12  # 2023Q1, the first quarter after the years that are data
REGISTRATION_TERM, TERM = 4, 12  # quarters: of a registration; of a high-tech certificate or a title
NONE = -1

Cuts = dict[str, list[float]]
Way = tuple[int, int]
Bases = dict[Way, float]


# Birth ---------------------------------------------------------------------------------------------------------------


def aim(world: World, level: int, staff: int, t: int) -> float:
    """R&D talent that a firm aims at: τ_L staff^0.8, growing with the R&D intensity of the economy."""
    return world.p.tau[level] * world.inputs.talent_trend[t] * exp(world.p.wanted_power * log(float(staff)))


def new_firm(
    world: World, who: tuple[int, int], region: int, industry: int, level: int, t: int, size: float
) -> Firm:
    """Found a firm: place, staff, productivity, R&D, cash; nobody employed yet."""
    p, inputs = world.p, world.inputs
    place, productive, research, rich = (uniform(w) for w in world.draw(who, t, "firm's birth"))
    cells = inputs.cell_cumulative[inputs.cell_start[region] : inputs.cell_start[region + 1]]
    firm = Firm(
        id=who,
        region=region,
        cell=inputs.cell_start[region] + first_above(cells, place),
        industry=industry,
        born=t,
        level=level,
        peak=level,
        certified_until=t + REGISTRATION_TERM if level == 1 else NONE,
        size=f32(max(size, 1.0)),
    )
    firm.staff = max(whole(firm.size), 1)
    firm.wanted = f32(aim(world, level, firm.staff, t))
    gain = 1.0 + p.quality_gain if firm.quality else 1.0
    usual = p.productivity[level] * gain * inputs.productivity_trend[t]
    firm.productivity = f32(usual * exp(p.productivity_spread * normal_ppf(productive)))
    firm.rounding = f32(uniform(world.draw(who, t, "firm's birth", 1)[1]))
    inclination = exp(p.rd_spread * normal_ppf(research))
    firm.rd_usual = f32(min(p.rd_level[0] * inclination, p.rd_most))
    firm.rd_intensity = f32(min(p.rd_level[level] * inclination, p.rd_most))
    wages = p.labour_share * firm.productivity * firm.staff
    firm.cash = whole(p.cash_share * wages * exp(p.cash_spread * normal_ppf(rich)))
    world.firms.append(firm)
    return firm


def evenly(phase: float, rank: int) -> float:
    """Point of the golden-ratio sequence in (0, 1)."""
    return min(max((phase + rank * 0.6180339887498949) % 1.0, 2.0**-32), 1.0 - 2.0**-32)


def first_firms(world: World) -> None:
    """The firms of the start, region by region, level by level, with the talent that is usual."""
    p, inputs = world.p, world.inputs
    ranks = [0] * 5
    for region in world.regions:
        levels = [level for level in range(5) for _ in range(inputs.initial_firms[region][level])]
        for ordinal, level in enumerate(levels):
            who = world.identity(FIRM, region, 0, ordinal)
            branch, _, certified, titled = (uniform(w) for w in world.draw(who, 0, "firm's birth", 1))
            industry = first_above(inputs.industry_cumulative[region], branch)
            phase = uniform(world.draw((level, 0), 0, "phase of sizes")[0])
            large = evenly(phase, ranks[level])
            ranks[level] += 1
            size = p.size_median[level] * exp(p.size_spread[level] * normal_ppf(large))
            firm = new_firm(world, who, region, industry, level, 0, size)
            firm.talent = floor(firm.wanted * p.fill_usual + firm.rounding)
            firm.staff = max(firm.staff, firm.talent)
            if level == 1:  # any quarter of 2020
                firm.certified_until = BURN_IN + floor(REGISTRATION_TERM * certified)
            if level >= 2:  # 2020 to 2022
                firm.certified_until = BURN_IN + first_above(inputs.expiry_cumulative, certified)
            if level >= 3:
                firm.titled_until = BURN_IN + first_above(inputs.expiry_cumulative, titled)


def memory(world: World) -> tuple[float, float]:
    """Stationary variance of the memory m of a unit-variance AR(1) noise e, and covariance of e and m."""
    rate, rho = 1.0 / world.p.burden_memory, world.p.burden_persistence
    carry = rho * (1.0 - rate)
    return rate / (2.0 - rate) * (1.0 + carry) / (1.0 - carry), rate * rho / (1.0 - carry)


def noise_sd(world: World, spread: float) -> float:
    """Standard deviation of e for which e − m has the given one."""
    variance, covariance = memory(world)
    return spread / sqrt(1.0 + variance - 2.0 * covariance)


def burden_behind(
    world: World, answer: int, margin: list[float], spread: float, v: float, w: float
) -> tuple[float, float]:
    """Noise e and memory m for which e − m falls into the answer's class: truncated normal, then m given e − m."""
    low = margin[answer - 1] if answer > 0 else 0.0
    gap = spread * normal_ppf(low + v * (margin[answer] - low))
    sd = noise_sd(world, spread)
    variance, covariance = (moment * sd * sd for moment in memory(world))
    with_gap = covariance - variance
    m = with_gap / (spread * spread) * gap + sqrt(variance - with_gap * with_gap / (spread * spread)) * w
    return gap + m, m


def survey(world: World, firm: Firm, t: int, cuts: Cuts, ranks: Counter[int]) -> None:
    """Draw the answers that staff, level and profits leave open, and the state that implies them."""
    p, inputs = world.p, world.inputs
    group = firm.quality
    draws = [uniform(w) for number in range(3) for w in world.draw(firm.id, t, "survey", number)]
    (
        row_draw,
        platform_draw,
        reserve_draw,
        luck_draw,
        profit_draw,
        energy_v,
        energy_w,
        transaction_v,
        transaction_w,
    ) = draws[:9]

    size = class_of(firm.staff, inputs.staff_cuts)
    if firm.born == 0:
        profit = class_of(profit_change(firm, t - 1), cuts["X5"])
    else:
        profit = first_above(inputs.profit_margin[group], profit_draw)
    segment = (group * 5 + size) * 5 + profit
    if firm.born == 0:  # the first firms go evenly over the rows of their segment
        row_draw = evenly(uniform(world.draw((segment, 0), 0, "phase of answers")[0]), ranks[segment])
        ranks[segment] += 1
    first, stop = inputs.survey_start[segment : segment + 2]
    row = min(bisect_right(inputs.survey_cumulative, row_draw, first, stop), stop - 1)
    x = list(inputs.survey_values[row])
    x[1], x[2], x[5] = size, group, profit
    firm.x = list(x)

    if x[4] == 1:
        firm.want = 1
    elif platform_draw < p.platforms / (1.0 - inputs.need_share[group]):
        firm.platform = 1
    share = inputs.sufficient_share[group]
    reserve = talent_ratio(world, firm) if firm.born == 0 else fill_around(world, firm)
    distance = p.reserve_spread * abs(normal_ppf(reserve_draw))
    firm.phi = f32(
        reserve * (exp(-2.0 * share * distance) if x[3] == 1 else exp(2.0 * (1.0 - share) * distance))
    )
    index = log(inputs.energy[t][firm.region][firm.industry])
    e, m = burden_behind(world, x[7], inputs.energy_margin, p.energy_spread, energy_v, normal_ppf(energy_w))
    firm.energy_noise, firm.energy_burden, firm.energy_reference = f32(e), f32(index + e), f32(index + m)
    e, m = burden_behind(
        world, x[6], inputs.transaction_margin, p.transaction_spread, transaction_v, normal_ppf(transaction_w)
    )
    firm.transaction_noise, firm.transaction_burden, firm.transaction_reference = f32(e), f32(e), f32(m)

    firm.x0 = list(x)
    answer(world, firm, t, cuts)
    firm.x0 = list(firm.x)
    firm.z = f32(normal_ppf(luck_draw))
    judge(world, firm)


# Survey answers and difficulty (3.1, 3.2) ----------------------------------------------------------------------------


def class_of(value: float, cuts: list[float]) -> int:
    """How many ascending cut-points a value exceeds."""
    return sum(value > cut for cut in cuts)


def profit_change(firm: Firm, last: int) -> float:
    """Profit of the four quarters to ``last`` against the four before: (a − b)/(|a| + |b|)."""
    recent = before = 0.0
    for age in range(4):
        recent += firm.profits[(last - age) % 8]
        before += firm.profits[(last - age - 4) % 8]
    scale = abs(recent) + abs(before)
    return (recent - before) / scale if scale > 0.0 else 0.0


def answer_cuts(world: World) -> Cuts:
    """Cut-points between the five answers of X5, X6 and X7."""
    p, inputs = world.p, world.inputs
    return {
        "X5": world.profit_cuts,
        "X6": [p.transaction_spread * normal_ppf(share) for share in inputs.transaction_margin[:4]],
        "X7": [p.energy_spread * normal_ppf(share) for share in inputs.energy_margin[:4]],
    }


def set_profit_cuts(world: World, t: int) -> None:
    """Cut-points of X5 for which the firms' answers have the survey's margin."""
    changes = sorted(profit_change(firm, t - 1) for firm in world.living)
    n, quality = len(changes), sum(firm.x[2] for firm in world.living)
    below, above = world.inputs.profit_margin
    for c in range(4):
        share = ((n - quality) * below[c] + quality * above[c]) / n
        k = min(max(whole(share * n), 1), n - 1)
        world.profit_cuts[c] = f32((changes[k - 1] + changes[k]) / 2)


def answer(world: World, firm: Firm, t: int, cuts: Cuts) -> None:
    """Table 4 answers that a firm's state gives in quarter t. X13 counts backwards: 4 = no policy taken up."""
    x, first = firm.x, firm.x0
    x[1] = class_of(firm.staff, world.inputs.staff_cuts)
    x[2] = firm.quality
    settled = firm.born == 0 or t - firm.born >= 8  # else it could not hire nor compare two years yet
    if settled:
        x[3] = int(talent_ratio(world, firm) >= firm.phi)
    x[4] = int(firm.want == 1 and firm.platform == 0)
    if settled:
        x[5] = class_of(profit_change(firm, t - 1), cuts["X5"])
    x[6] = class_of(firm.transaction_burden - firm.transaction_reference, cuts["X6"])
    x[7] = class_of(firm.energy_burden - firm.energy_reference, cuts["X7"])
    x[8] = int(firm.rd_intensity >= world.p.rd_level[firm.level])
    x[9] = int(firm.rd_grant > 0)
    x[10] = int(first[10] == 1 or firm.funds_until > t)
    x[11] = int(first[11] == 1 or firm.aware_until > t)
    x[12] = int(first[12] == 1 or world.protection[firm.region] >= world.p.protected)
    x[13] = max(first[13] - int(firm.taken_until > t), 0)


def judge(world: World, firm: Firm) -> None:
    """P from the log-odds, Y = 1[Φ(z) < p], and Y* without the definitional share of X3."""
    beta, kappa = world.inputs.beta, world.inputs.kappa
    eta = beta[0]
    for k in range(1, 14):
        eta += beta[k] * (firm.x0[k] + kappa[k] * (firm.x[k] - firm.x0[k]))
    eta -= beta[10] * kappa[10] * (firm.x[10] - firm.x0[10]) * (1.0 - firm.funds)
    overlap = world.p.delta * kappa[3] * beta[3] * (firm.x[3] - firm.x0[3])
    u = normal_cdf(firm.z)
    chance = 1.0 / (1.0 + exp(-eta))
    firm.p = f32(chance)
    firm.hard = int(u < chance)
    firm.hard_star = int(u < 1.0 / (1.0 + exp(-(eta - overlap))))


def remember_burdens(world: World, firm: Firm, energy_shock: float, transaction_shock: float) -> None:
    """Each memory moves towards last quarter's burden, each noise moves on, support relieves."""
    p = world.p
    rate, keep = 1.0 / p.burden_memory, p.burden_persistence
    fresh = sqrt(1.0 - keep * keep)
    firm.transaction_reference = f32(
        firm.transaction_reference + rate * (firm.transaction_burden - firm.transaction_reference)
    )
    noise = keep * firm.transaction_noise + fresh * noise_sd(world, p.transaction_spread) * transaction_shock
    firm.transaction_noise = f32(noise)
    firm.transaction_burden = f32(noise + lifted(firm.transaction_relief))
    firm.energy_reference = f32(firm.energy_reference + rate * (firm.energy_burden - firm.energy_reference))
    noise = keep * firm.energy_noise + fresh * noise_sd(world, p.energy_spread) * energy_shock
    firm.energy_noise = f32(noise)
    index = log(world.inputs.energy[world.clock][firm.region][firm.industry])
    firm.energy_burden = f32(index + noise + lifted(firm.energy_offset))


def lifted(share: float) -> float:
    """Log change of a burden when a share of it is lifted."""
    return log(1.0 - share) if share > 0.0 else 0.0


# The ladder (3.3) ----------------------------------------------------------------------------------------------------


def learn(world: World) -> None:
    """S of a cell, industry and level: firms further up, of own and related industries, by distance; yearly."""
    inputs = world.inputs
    here = Counter((firm.cell, firm.industry, firm.level) for firm in world.living)
    above: Counter[tuple[int, int, int]] = Counter()  # firms higher than a level
    for (cell, industry, level), firms in here.items():
        for lower in range(level):
            above[cell, industry, lower] += firms
    sources: defaultdict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
    for (cell, other, level), firms in sorted(above.items()):
        for industry, row in enumerate(inputs.relatedness):
            if row[other] > 0.0:
                sources[cell][industry, level] += row[other] * (firms * inputs.weight)
    world.knowledge = {}
    reach: defaultdict[tuple[int, int, int], float] = defaultdict(float)
    for cell in range(len(inputs.cell_region)):
        for pair in range(*inputs.spill_start[cell : cell + 2]):
            for (industry, level), amount in sources.get(inputs.spill_cell[pair], {}).items():
                reach[cell, industry, level] += weight(world, cell, pair) * amount
    world.knowledge = {place: f32(log(amount + 1.0)) for place, amount in reach.items()}
    for level in range(4):
        firms, total = 0, 0.0
        for place in sorted(place for place in here if place[2] == level):
            firms += here[place]
            total += here[place] * reach[place]
        world.knowledge_mean[level] = f32(log((total / firms if firms else 0.0) + 1.0))


def weight(world: World, cell: int, pair: int) -> float:
    """What counts of a cell in reach: across a border more, where regions are open."""
    inputs = world.inputs
    regions = [inputs.cell_region[at] for at in (cell, inputs.spill_cell[pair])]
    kept = float(inputs.spill_weight[pair])
    if regions[0] != regions[1]:
        one, other = (0.5 * (1.0 / world.p.border - 1.0) * world.openness[region] for region in regions)
        kept *= 1.0 + one + other
    return kept


def clip(x: float, bound: float) -> float:
    """X moved into ±bound."""
    return min(max(x, -bound), bound)


def fill_around(world: World, firm: Firm) -> float:
    """How well the posts of the firm's region and field are filled."""
    return world.fill[firm.region][world.inputs.industry_field[firm.industry]]


def talent_ratio(world: World, firm: Firm) -> float:
    """R&D people per wanted, with one more post that is filled like the posts around."""
    return (firm.talent + fill_around(world, firm)) / (firm.wanted + 1.0)


def advantages(world: World, firm: Firm) -> list[float]:
    """s_T, s_R, s_P, s_S, s_F."""
    p = world.p
    value_added = firm.productivity * firm.staff
    research = firm.rd_intensity * value_added + 4 * firm.rd_grant
    known = world.knowledge.get((firm.cell, firm.industry, firm.level), 0.0)
    known -= world.knowledge_mean[firm.level]
    protection = world.protection[firm.region]
    if protection > 0.0:  # then less is learned from those further up
        known += log(max(1.0 - p.imitation * protection, 2.0**-32))
    cash = max(float(firm.cash), 0.0)
    return [
        min(talent_ratio(world, firm), p.fill_cap),
        log(1.0 + research / p.rd_unit),
        float(firm.platform),
        clip(known, p.spill_clip),
        cash / (cash + p.labour_share * value_added),
    ]


def score(world: World, firm: Firm) -> float:
    """Σ a_k (s_k − c_k): advantages against the yardsticks of the firm's level."""
    p, total = world.p, 0.0
    slopes = (p.a_T, p.a_R, p.a_P, p.a_S, p.a_F)
    for slope, advantage, centre in zip(slopes, advantages(world, firm), world.centre, strict=True):
        total += slope * (advantage - centre[firm.level])
    return clip(total, p.climb_clip)


def standing(world: World, firm: Firm) -> float:
    """exp(score), times ε in difficulty Y*."""
    return exp(score(world, firm)) * (world.p.eps if firm.hard_star else 1.0)


def scarred(world: World, firm: Firm) -> bool:
    """Whether a failed project is felt this quarter."""
    return firm.scarred_until > world.clock


def readiness(world: World, firm: Firm, way: Way) -> float:
    """m of a way up; 0 where the firm bears a scar and the way is a project."""
    if way != (0, 1) and scarred(world, firm):
        return 0.0
    m: float = standing(world, firm) * world.inputs.path[firm.industry] * means(world, firm, way[1])
    return m * science(world, firm.region) * drive(world, firm) if way[1] == 2 else m


def science(world: World, region: int) -> float:
    """Factor of the universities, and of what laboratories add to them, on certificates."""
    factor, before, now = (
        world.inputs.science[region],
        world.inputs.universities[region],
        world.research[region],
    )
    if now != before:
        factor *= exp(world.p.a_U * log((1.0 + now) / (1.0 + before)))
    return float(factor)


def drive(world: World, firm: Firm) -> float:
    """More attempts where protection keeps more of what a first certificate gains."""
    p, protection = world.p, world.protection[firm.region]
    if protection == 0.0 or firm.peak >= 2:
        return 1.0
    value_added = firm.productivity * firm.staff
    cost = p.climb_cost[1] + firm.rd_intensity * value_added
    more = p.protect_gain * protection * p.quality_gain * value_added * p.value_years / max(cost, 1.0)
    world.events["drive at its most"] += exp(p.a_I * log(1.0 + more)) > p.drive_most
    return float(min(exp(p.a_I * log(1.0 + more)), p.drive_most))


def uplift(world: World, firm: Firm) -> float:
    """Log-odds of success from being served and from a tie."""
    total = firm.served if firm.served_until > world.clock else 0.0
    if firm.tied_until > world.clock:
        inputs = world.inputs
        usual = sum(inputs.universities) / len(inputs.universities)
        use = min(talent_ratio(world, firm), 1.0)
        total += world.p.tie_gain * firm.tie * use * min(world.research[firm.region] / usual, 2.0)
    return total


def success_of(world: World, firm: Firm) -> float:
    """Chance that the firm's project succeeds."""
    usual = float(world.inputs.success[firm.industry])
    more = uplift(world, firm)
    if more == 0.0:
        return usual
    odds = usual * exp(more)
    return odds / (1.0 - usual + odds)


def means(world: World, firm: Firm, level: int) -> float:
    """Factor on m where cash is short of the fee."""
    if firm.cash >= world.p.climb_cost[level - 1]:
        return 1.0
    world.events["short of cash"] += 1
    return float(world.p.short_large if firm.x[1] > 0 else world.p.short_small)


def mean(values: list[float]) -> float:
    """Mean whose sum is of whole multiples of 2⁻³²; 0 of nothing."""
    total = sum(floor(value * 2.0**32 + 0.5) for value in values)
    return float(total) / max(len(values), 1) / 2.0**32


def measure(world: World) -> None:
    """Yardsticks at the beginning of 2020 to 2023, until a lever spends; what no firm shows keeps its yardstick."""
    spent = any(yuan for (kind, _, _), yuan in world.ledger.items() if kind == "spent")
    if not BURN_IN <= world.clock <= RECORD_ENDS or spent:
        world.events["not measured, money spent"] += spent and world.clock <= RECORD_ENDS
        return
    levels = [[firm for firm in world.living if firm.level == level] for level in range(5)]
    for level, firms in enumerate(levels):
        for k, column in enumerate(zip(*(advantages(world, firm) for firm in firms), strict=True)):
            world.centre[k][level] = f32(mean(column))
    for way in WAYS:
        able = [m for firm in levels[way[0]] if (m := readiness(world, firm, way)) > 0.0]
        if able:
            world.usual_readiness[way] = f32(mean(able))
        world.events["way closed to all"] += not able and len(levels[way[0]]) > 0
    for level, firms in enumerate(levels):
        usual = mean([standing(world, firm) for firm in firms])
        if usual > 0.0:
            world.usual_standing[level] = f32(usual)


def base_hazards(world: World) -> Bases:
    """Hazard of the mean firm by way; until 2022 as many firms register as the record asks for."""
    p, t = world.p, world.clock
    bases: Bases = {(0, 1): p.h0[0], (1, 2): p.h0[1], (2, 3): p.h0[2], (0, 2): p.h0_direct}
    if t < BURN_IN + p.campaign_quarters:
        bases[1, 2] *= p.campaign
        bases[0, 2] *= p.campaign
    asked = world.inputs.registered[t]
    if asked >= 0.0:
        registered = [firm for firm in world.living if firm.level == 1]
        may_leave = sum(readiness(world, firm, (1, 2)) > 0.0 for firm in registered)
        may_register = sum(readiness(world, firm, (0, 1)) > 0.0 for firm in world.living if firm.level == 0)
        missing = asked - len(registered) + may_leave * (1.0 - exp(-bases[1, 2]))
        bases[0, 1] = max(missing, 0.0) / max(may_register, 1)
    return bases


def try_to_climb(world: World, firm: Firm, u: float, bases: Bases) -> None:
    """One uniform number says whether a project succeeds, fails, or the firm registers; or nothing happens."""
    if firm.level >= 3:
        return
    project = (0, 2) if firm.level == 0 else (firm.level, firm.level + 1)
    world.events["scarred firm barred"] += scarred(world, firm) and u < bases[project]
    attempts = hazard(world, firm, project, bases) / world.inputs.success[firm.industry]
    together = attempts
    if firm.level == 0:
        together += hazard(world, firm, (0, 1), bases)
    chance = 1.0 - exp(-together)
    if u >= chance:
        return
    of_project = chance * (attempts / together)
    success = success_of(world, firm)
    world.events["project of a tied or served firm"] += success != world.inputs.success[firm.industry]
    if u < success * of_project:
        world.events["direct way"] += project == (0, 2)
        climb(world, firm, project[1])
    elif firm.level == 0 and u < chance - (1.0 - success) * of_project:
        world.events["registration by record"] += world.clock < RECORD_ENDS
        climb(world, firm, 1)
    else:
        fail(world, firm, project[1])


def hazard(world: World, firm: Firm, way: Way, bases: Bases) -> float:
    """h = base · m / n."""
    return bases[way] * readiness(world, firm, way) / world.usual_readiness[way]


def usual_research(world: World, firm: Firm, level: int) -> float:
    """R&D in value added of a firm of this inclination at a level."""
    return float(firm.rd_usual * (world.p.rd_level[level] / world.p.rd_level[0]))


def pay_fee(world: World, firm: Firm, fee: int) -> None:
    """What cash there is, at once; the rest is owed."""
    at_once = min(max(firm.cash, 0), fee)
    firm.cash -= at_once
    firm.owed += fee - at_once
    world.events["fee owed"] += at_once < fee


def climb(world: World, firm: Firm, level: int) -> None:
    """Up to a level: it pays, is more productive from its first certificate, does more R&D, and a term begins."""
    p, t = world.p, world.clock
    pay_fee(world, firm, int(p.climb_cost[level - 1]))
    firm.rd_intensity = f32(min(max(firm.rd_intensity, usual_research(world, firm, level)), p.rd_most))
    if firm.peak < 2 <= level:
        firm.certified_first = t
        firm.productivity = f32(firm.productivity * (1.0 + p.quality_gain))
    world.count_firm(firm, f"climbs_{level}" if level > firm.peak else "reclimbs")
    firm.level, firm.peak = level, max(level, firm.peak)
    if level == 1:
        firm.certified_until = t + REGISTRATION_TERM
    elif level == 2:
        firm.certified_until = t + TERM
        world.count_firm(firm, "certificates")
    else:
        firm.titled_until = t + TERM


def fail(world: World, firm: Firm, level: int) -> None:
    """A project for a level fails: part of its cost is lost, and a scar remains."""
    pay_fee(world, firm, whole(world.p.sunk * world.p.climb_cost[level - 1]))
    firm.scarred_until = world.clock + world.p.scar
    world.count_firm(firm, "failures")
    world.events["failure"] += 1


def fall(world: World, firm: Firm, level: int) -> None:
    """Down to a level: less R&D, the productivity gain stays; newly registered at level 1, newly titled at level 3."""
    t = world.clock
    kept = max([usual_research(world, firm, k) for k in range(1, level + 1)], default=firm.rd_usual)
    firm.rd_intensity = f32(min(firm.rd_intensity, kept))
    firm.level = level
    if level < 2:
        firm.certified_until = t + REGISTRATION_TERM if level == 1 else NONE
    firm.titled_until = t + TERM if level == 3 else NONE
    world.count_firm(firm, "slides")


def renewed(world: World, firm: Firm, rate: float, word: int) -> bool:
    """Whether a certificate is renewed: odds in proportion to the firm's standing over the usual one."""
    odds = rate * standing(world, firm) / world.usual_standing[firm.level]
    u = uniform(world.draw(firm.id, world.clock, "review")[word])
    return u < odds / (1.0 - rate + odds)


def review(world: World, firm: Firm) -> bool:
    """Renew what ends this quarter, the certificate before the title; whether the firm loses a level."""
    p, t = world.p, world.clock
    if firm.certified_until == t and firm.level == 1:
        if not renewed(world, firm, p.renew_registration, 0):
            fall(world, firm, 0)
            world.events["deregistration"] += 1
            return True
        firm.certified_until = t + REGISTRATION_TERM
    elif firm.certified_until == t:
        if not renewed(world, firm, p.renew_title if firm.level > 2 else p.renew_certificate, 0):
            world.count_firm(firm, "lapses")
            world.events["lapse"] += 1
            world.events["lapse of a titled firm"] += firm.level >= 3
            fall(world, firm, 1)
            return True
        firm.certified_until = t + TERM
        world.count_firm(firm, "certificates")
        world.count_firm(firm, "renewals")
        world.events["renewal"] += 1
    if firm.titled_until == t:
        if not renewed(world, firm, p.renew_title, 1):
            world.events["title lost", str(firm.level)] += 1
            fall(world, firm, firm.level - 1)
            return True
        firm.titled_until = t + TERM
        world.events["title renewed"] += 1
    return False


def adopt(world: World, firm: Firm) -> None:
    """A platform from now on."""
    firm.platform, firm.want, firm.adopted = 1, 0, world.clock
    world.count_firm(firm, "adoptions")


def firm_quarter(world: World, firm: Firm, cuts: Cuts, bases: Bases) -> None:
    """Burdens, answers, difficulty; review, else climb; platform; close."""
    p, t = world.p, world.clock
    shock, climbing, _, closing = (uniform(w) for w in world.draw(firm.id, t, "firm's quarter", 0))
    _, platform, energy, transaction = (uniform(w) for w in world.draw(firm.id, t, "firm's quarter", 1))

    remember_burdens(world, firm, normal_shock(energy), normal_shock(transaction))
    answer(world, firm, t, cuts)
    firm.z = f32(p.rho * firm.z + sqrt(1.0 - p.rho * p.rho) * normal_shock(shock))
    judge(world, firm)

    if not review(world, firm):
        try_to_climb(world, firm, climbing, bases)

    if not firm.platform and firm.want and platform < p.adopt:
        adopt(world, firm)
    elif not firm.platform and not firm.want and platform < p.want_rise:
        firm.want = 1

    annual = p.exit
    if firm.x[1] > 0:
        annual *= p.exit_large
    if firm.cash < 0:
        annual *= p.exit_insolvent
        world.events["insolvent"] += 1
    if scarred(world, firm):
        annual *= p.exit_scar
    if closing < quarterly(min(annual, p.exit_most)):
        firm.closed = True
        world.events["scarred firm closes"] += scarred(world, firm)
        world.count_firm(firm, "exits")


def designate(world: World) -> None:
    """Little giants of the year: a number over the province, best score plus logistic noise first."""
    p = world.p
    world.designations += world.inputs.designated[world.clock]
    ranking = []
    for firm in world.living:
        if firm.level == 3:
            u = uniform(world.draw(firm.id, world.clock, "designation")[0])
            value = score(world, firm) + p.quota_noise * (log(u) - log(1.0 - u))
            value = value + log(p.eps) if firm.hard_star else value
            ranking.append((value + log(means(world, firm, 4)), firm))
    ranking.sort(key=lambda entry: -entry[0])
    for _, firm in ranking[: floor(world.designations)]:
        climb(world, firm, 4)
        world.designations -= 1.0
        world.events["designation by record" if world.clock < RECORD_ENDS else "designation by quota"] += 1


def found_firms(world: World, cuts: Cuts) -> None:
    """A fixed stream of would-be founders, thinned by demand; some start at level 1."""
    p, inputs, t = world.p, world.inputs, world.clock
    for region in world.regions:
        for k in range(inputs.founders[t][region]):
            who = world.identity(FIRM, region, t, k)
            founding, branch, technical, large = (uniform(w) for w in world.draw(who, t, "founding"))
            industry = first_above(inputs.industry_cumulative[region], branch)
            if founding < min(p.found * inputs.demand[t][region][industry], 1.0):
                size = p.entrant_median * exp(p.entrant_spread * normal_ppf(large))
                firm = new_firm(
                    world, who, region, industry, 1 if technical < p.found_level_1 else 0, t, size
                )
                survey(world, firm, t, cuts, Counter())
                world.count_firm(firm, "entries")


# Markets and books (3.6) ---------------------------------------------------------------------------------------------


def grow(world: World, firm: Firm) -> None:
    """Staff follows demand less productivity and a fat-tailed shock whose mean effect on size is taken out."""
    p, inputs, t = world.p, world.inputs, world.clock
    change = inputs.demand_trend[firm.industry] - p.productivity_growth / 4
    if t > 0:
        ratio = (
            inputs.demand[t][firm.region][firm.industry] / inputs.demand[t - 1][firm.region][firm.industry]
        )
        if ratio != 1.0:
            change += p.staff_cycle * log(ratio)
    u = uniform(world.draw(firm.id, t, "firm's quarter", 0)[2])
    shock = 0.0
    if u < p.shock_share:  # Laplace
        v = u / p.shock_share
        shock = p.shock_scale * log(2.0 * v) if v < 0.5 else -p.shock_scale * log(2.0 * (1.0 - v))
    step = change + p.growth_level[firm.level] / 4 + shock - p.shock_share * p.shock_scale * p.shock_scale
    firm.size = f32(min(max(firm.size * exp(step), 1.0), p.size_most))
    firm.staff = max(whole(firm.size), 1, firm.talent)
    firm.productivity = f32(firm.productivity * (1.0 + p.productivity_growth / 4))
    firm.wanted = f32(firm.wanted + p.mu * (aim(world, firm.level, firm.staff, t) - firm.wanted))


def keep_books(world: World, firm: Firm) -> None:
    """Value added less wages, overhead, energy, transaction cost and own R&D is profit; part is paid out."""
    p, inputs, t = world.p, world.inputs, world.clock
    normal = firm.productivity * firm.staff / 4
    own = firm.rd_intensity * normal
    output = normal * inputs.utilisation[t][firm.region][firm.industry]
    if firm.adopted != -1 and t - firm.adopted >= p.platform_lag:
        output *= 1.0 + p.platform_gain
    if firm.rd_grant > 0:
        output *= exp(p.rd_return * log(1.0 + firm.rd_grant / max(own, p.rd_unit / 4)))
    output *= 1.0 + p.talent_output * (min(talent_ratio(world, firm), p.fill_cap) - p.fill_usual)
    value_added, research = whole(output), whole(own)
    costs = (
        whole(p.labour_share * normal),
        whole(p.overhead_share * normal),
        whole(
            inputs.energy_share[firm.industry] * normal * (inputs.energy[t][firm.region][firm.industry] - 1.0)
        ),
        whole(p.transaction_share * normal * (1.0 - firm.transaction_relief)),
        research - whole(p.rd_wages * research),
    )
    profit = value_added - sum(costs)
    firm.profits[t % 8] = f32(profit)
    firm.cash += profit - (whole(p.payout * profit) if profit > 0 else 0)
    if firm.owed > 0 and firm.cash > 0:
        part = whole(float(p.climb_cost[max(firm.level, 2) - 1]) / p.owed_quarters)
        paid_off = min(firm.owed, firm.cash, part)
        firm.cash -= paid_off
        firm.owed -= paid_off
        world.events["fee paid off"] += firm.owed == 0
    world.count_firm(firm, "value_added", value_added)
    world.count_firm(firm, "rd", research + firm.rd_grant)


def markets(world: World) -> None:
    """A new firm keeps books in its first quarter and grows from its second."""
    for firm in world.living:
        if firm.born < world.clock or world.clock == 0:
            grow(world, firm)
        keep_books(world, firm)
