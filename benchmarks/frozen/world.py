"""The start of the frozen core: state, tables and numbers, drawn once and handed to all three implementations."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.frozen.core import AWAY, P01, P04, P08, TALLY
from sim.model.draws import PERSON, pack_id
from sim.model.state import ALIVE, EMPLOYED, NEVER, NO_EMPLOYER, NOBODY, POOLED, PUBLIC, SEEKING
from sim.world.constants import LEVELS

Array = NDArray[Any]

# Statuses of people: the model's, and AWAY for those who have left.
STATUSES = (AWAY, SEEKING, EMPLOYED, POOLED, PUBLIC)
LEVERS = ("talent_pool", "rd_subsidy", "platforms")  # in the order of P04, P01, P08

# What the twins are compared by.
STATISTICS = (
    *(f"firms_level_{level}" for level in range(LEVELS)),
    "share_in_difficulty",
    "share_in_difficulty_star",
    "probability_of_difficulty",
    "platform_share",
    "talent_wanted",
    "talent_employed",
    "cash_mean",
    "people_away",
    "people_seeking",
    "people_pooled",
    "people_public",
    "people_region_0",
    *(f"spent_{lever}" for lever in LEVERS),
    *TALLY,
)

# A closed province, without founding, closing or growth of firms, would drift upwards for good. At this pace
# of climbing and sliding it stays near the stocks it begins with, so a late quarter is as much work as an
# early one, and cost can be compared between horizons.
H0 = (0.007540460874397268, 0.01308936934676288, 0.0037306398445268282, 0.0, 0.0)  # a quarter, by level
CENTRE = (
    0.1489566,
    0.2598352500000001,
    0.53786705,
    0.8339373,
    0.0,
)  # Σ a_k · mean advantage without talent, by level
CENTRE_T = (1.09048, 0.834934, 0.912806, 0.92591, 0.0)  # mean talent per wanted, by level
SLIDE = 0.08  # a year
# The registry's numbers when the core was frozen, where its firms and their climbing depend on them.
LADDER = {
    **{"level1_2019": 12000.0, "level3_2019": 800.0, "level4_2019": 55.0, "size_median_1": 34.0},
    **{f"rd_level_{level}": share for level, share in enumerate((0.006, 0.03, 0.042, 0.05, 0.06))},
    **{f"tau_{level}": wanted for level, wanted in enumerate((0.01, 0.19, 0.22, 0.27, 0.32))},
    **{"rd_most": 0.4, "adopt": 0.0255555},
}
AWAY_SHARE = 0.04  # of all people at the start
ENTER = 0.10  # a quarter
AWAY_BIRTH = 2047  # quarter of birth in the ids of those who are away at the start: nobody else's
# The clock starts again at 0. With the model's key, the draws that shaped the burn-in would come once more.
FRESH_LUCK = np.array([0, 1 << 31], np.uint32)
# The model never uses both channels of policy at once. The core does, so that no term is idle.
A_T, A_P = 0.5, 0.15


class State(NamedTuple):
    """All that changes in a run, and the firms' and people's constants. N firms, M people, R regions.

    Firms stand in one block per region without gaps. One firm or person stands for ``Sizes.weight`` real ones;
    `spent` and `received` are yuan for all of them, every other quantity is that of one.
    """

    firm_id0: Array  # uint32[N]
    firm_id1: Array  # uint32[N]
    firm_field: Array  # int8[N], field of talent its industry employs
    level: Array  # int8[N], 0 to 4
    staff: Array  # int32[N]
    talent: Array  # int32[N], R&D people employed
    wanted: Array  # float32[N], R&D people wanted
    phi: Array  # float32[N], talent per wanted that the firm calls sufficient
    productivity: Array  # float32[N], yuan per person and year
    rd_intensity: Array  # float32[N], own R&D in value added
    platform: Array  # int8[N], 0 or 1
    want: Array  # int8[N], wants a platform
    cash: Array  # int64[N], yuan
    rd_grant: Array  # int64[N], yuan per quarter
    funds_until: Array  # int16[N], quarter
    taken_until: Array  # int16[N], quarter
    rest: Array  # float32[N], log-odds of difficulty from all that stays as it was first answered
    sufficient: Array  # int8[N], X3
    sufficient0: Array  # int8[N], X3 as first answered
    funds0: Array  # int8[N], X10 as first answered
    taken0: Array  # int8[N], X13 as first answered
    z: Array  # float32[N], latent luck
    p: Array  # float32[N], probability of difficulty
    hard: Array  # int8[N], Y
    hard_star: Array  # int8[N], Y*
    person_id0: Array  # uint32[M]
    person_id1: Array  # uint32[M]
    status: Array  # int8[M]
    region: Array  # int8[M]
    person_field: Array  # int8[M]
    skill: Array  # int8[M], 0 to 2
    wage: Array  # int8[M], skill plus employer's level when hired
    employer: Array  # int32[M], firm; -1 none
    since: Array  # int16[M], quarter in which the status began
    clock: Array  # int64[1]
    key: Array  # uint32[2], seed and replication
    spent: Array  # int64[levers, R], yuan, administration included
    received: Array  # int64[levers, R], yuan
    tally: Array  # int64[len(TALLY)]


class Tables(NamedTuple):
    """Arrays that a run only reads. R regions, F fields."""

    firm_region: Array  # int8[N]
    budget: Array  # int64[levers, R], yuan a year
    unit: Array  # int64[levers], yuan per firm-year, per person-quarter, per adopter
    pull: Array  # float64[R], pull of the coast
    move: Array  # float64[R, R], cumulative chance of where a mobile seeker looks
    graduate_region: Array  # float64[R], cumulative
    graduate_field: Array  # float64[F], cumulative


class Sizes(NamedTuple):
    """Whole numbers."""

    firms: int
    people: int
    regions: int
    fields: int
    weight: int  # real firms or people one agent stands for
    capacity: int  # of the pool, agents


Five = tuple[float, float, float, float, float]


class Numbers(NamedTuple):
    """Parameters; names and meanings are those of ``parameters.csv`` unless a comment says otherwise."""

    rho: float
    overlap: float  # δ·κ3·β3: log-odds of X3 that its wording shares with Y
    size_odds: float  # κ1·β1; so on for X2, X3, X4, X10, X13
    quality_odds: float
    reserve_odds: float
    need_odds: float
    funds_odds: float
    taken_odds: float
    staff_cuts: tuple[float, float, float, float]
    h0: Five  # by level, over the mean factor of difficulty
    centre: Five  # by level, Σ a_k · mean advantage without talent
    centre_T: Five  # noqa: N815 (mean talent per wanted, by level)
    climb_cost: Five
    tau: Five
    rd_level: Five
    eps: float
    a_T: float  # noqa: N815
    a_R: float  # noqa: N815
    a_P: float  # noqa: N815
    a_F: float  # noqa: N815
    climb_clip: float
    fill_cap: float
    rd_unit: float
    rd_most: float
    quality_gain: float
    slide: float
    adopt: float
    want_rise: float
    labour_share: float
    overhead_share: float
    transaction_share: float
    platform_gain: float
    payout: float
    wanted_power: float
    mu: float
    skill: tuple[float, float]  # cumulative shares of classes 0 and 1
    separation: float
    quit_wage: float
    wage_usual: float
    leave_unmatched: float
    leave_growth: float
    patience: float
    public_in: float
    public_out: float
    enter: float  # chance a quarter that a graduate takes the place of somebody away
    mobile: float
    accept: float
    lock: float
    admin: float
    rd_share: float  # of P01, what adds to R&D
    adopt_share: float  # of P08, who would not have adopted anyway
    record_quarters: float


class World(NamedTuple):
    """A start, ready to run."""

    state: State
    tables: Tables
    sizes: Sizes
    numbers: Numbers


@lru_cache(maxsize=8)
def _ground(scale: float) -> Any:
    """Return the compiled scenario with all three levers at a scale."""
    from sim.runs.run import evidence_of
    from sim.world.compiled import compile_scenario
    from sim.world.scenario import load_scenario

    scenario = load_scenario("all_three", scale=scale, difficulty={"column": 9, "causal_reading": "naive"})
    # Today's ranges need not hold what the core was frozen with, so no scenario could set it.
    frozen = scenario.with_parameters(LADDER)
    return compile_scenario(frozen, evidence_of(scenario))


def build_world(scale: float, seed: int, replication: int = 0) -> World:
    """Draw the model's quarter zero at a scale and take from it what the frozen core needs."""
    from sim.model.genesis import genesis

    inputs, programme, p = _ground(scale)
    start = genesis(inputs, programme, p, seed, replication)
    tables, sizes = _tables(start, inputs, programme)
    return World(_state(start, inputs, sizes), tables, sizes, _numbers(inputs, programme, p))


def _tables(start: Any, inputs: Any, programme: Any) -> tuple[Tables, Sizes]:
    from sim.model.governments import T_CAPACITY

    living = start.firms.alive == ALIVE
    regions = len(inputs.region_code)
    firm_region = inputs.slot_region[living]
    people = int((start.people.status != NOBODY).sum())
    graduates = inputs.graduates.sum(axis=0).cumsum()
    tables = Tables(
        firm_region=firm_region,
        budget=np.ascontiguousarray(programme.budget[: len(LEVERS), -1]),
        unit=programme.unit[: len(LEVERS)].copy(),
        pull=inputs.pull,
        move=inputs.move_cumulative,
        graduate_region=graduates / graduates[-1],
        graduate_field=inputs.graduate_field,
    )
    sizes = Sizes(
        firms=int(living.sum()),
        people=people + int(AWAY_SHARE * people),
        regions=regions,
        fields=len(inputs.graduate_field),
        weight=int(inputs.weight),
        capacity=int(programme.terms[P04, T_CAPACITY] // inputs.weight),
    )
    return tables, sizes


def _state(start: Any, inputs: Any, sizes: Sizes) -> State:
    from sim.model.state import X1, X2, X3, X4, X10, X13

    f, people, province = start
    living = np.flatnonzero(f.alive == ALIVE)
    present = np.flatnonzero(people.status != NOBODY)
    away = sizes.people - len(present)
    here = np.full(len(f.alive), NO_EMPLOYER, np.int32)
    here[living] = np.arange(len(living))
    tracked = [X1, X2, X3, X4, X10, X13]
    rest = inputs.beta[0] + f.x0[living, 1:] @ inputs.beta[1:]
    rest -= f.x0[living][:, tracked] @ (inputs.kappa * inputs.beta)[tracked]
    status = people.status[present]
    known = np.isin(status, STATUSES)

    def join(column: Array, others: Any) -> Array:
        """Put those who are away behind those present."""
        return np.concatenate([column[present], np.full(away, others, column.dtype)])

    return State(
        firm_id0=f.id0[living],
        firm_id1=f.id1[living],
        firm_field=inputs.industry_field[f.industry[living]],
        level=f.level[living],
        staff=f.staff[living],
        talent=f.talent[living],
        wanted=f.wanted[living],
        phi=f.phi[living],
        productivity=f.productivity[living],
        rd_intensity=f.rd_intensity[living],
        platform=f.platform[living],
        want=f.want[living],
        cash=f.cash[living],
        rd_grant=np.zeros(len(living), np.int64),
        funds_until=np.full(len(living), NEVER, np.int16),
        taken_until=np.full(len(living), NEVER, np.int16),
        rest=rest.astype(np.float32),
        sufficient=f.x[living, X3],
        sufficient0=f.x0[living, X3],
        funds0=f.x0[living, X10],
        taken0=f.x0[living, X13],
        z=f.z[living],
        p=f.p[living],
        hard=f.hard[living],
        hard_star=f.hard_star[living],
        person_id0=join(people.id0, pack_id(PERSON, inputs.region_code[0], AWAY_BIRTH)),
        person_id1=np.concatenate([people.id1[present], np.arange(away, dtype=np.uint32)]),
        status=np.concatenate([np.where(known, status, SEEKING), np.full(away, AWAY)]).astype(np.int8),
        region=join(people.region, 0),
        person_field=join(people.field, 0),
        skill=join(people.skill, 0),
        wage=join(people.wage, 0),
        employer=np.concatenate(
            [
                np.where(status == EMPLOYED, here[people.employer[present]], NO_EMPLOYER),
                np.full(away, NO_EMPLOYER),
            ]
        ).astype(np.int32),
        since=np.concatenate([-people.quarters[present], np.zeros(away)]).astype(np.int16),
        clock=np.zeros(1, np.int64),
        key=province.key ^ FRESH_LUCK,
        spent=np.zeros((len(LEVERS), sizes.regions), np.int64),
        received=np.zeros((len(LEVERS), sizes.regions), np.int64),
        tally=np.zeros(len(TALLY), np.int64),
    )


def _numbers(inputs: Any, programme: Any, p: Any) -> Numbers:
    """Collect the parameters that the core reads; what is not the model's own number is set here."""
    from sim.model.governments import C_ADOPT, C_RD, T_LOCK
    from sim.model.state import X1, X2, X3, X4, X10, X13

    odds = {x: float(inputs.kappa[x] * inputs.beta[x]) for x in (X1, X2, X3, X4, X10, X13)}

    def five(values: Any) -> Five:
        """Fill up with zeros for the levels from which nobody climbs."""
        numbers = [float(value) for value in values] + [0.0] * LEVELS
        return tuple(numbers[:LEVELS])  # type: ignore[return-value]

    special = {
        "overlap": p.delta * odds[X3],
        "size_odds": odds[X1],
        "quality_odds": odds[X2],
        "reserve_odds": odds[X3],
        "need_odds": odds[X4],
        "funds_odds": odds[X10],
        "taken_odds": odds[X13],
        "staff_cuts": tuple(float(cut) for cut in inputs.staff_cuts),
        "h0": H0,
        "centre": CENTRE,
        "centre_T": CENTRE_T,
        "a_T": A_T,
        "a_P": A_P,
        "slide": SLIDE,
        "skill": tuple(float(share) for share in p.skill[:2]),
        "enter": ENTER,
        "lock": float(programme.terms[P04, T_LOCK]),
        "rd_share": float(programme.effect[P01, C_RD]),
        "adopt_share": float(programme.effect[P08, C_ADOPT]),
    }
    for name in Numbers._fields:
        if name not in special:
            value = getattr(p, name)
            special[name] = five(value) if np.ndim(value) else float(value)
    return Numbers(**special)


def copy_state(state: State) -> State:
    """Return a state that shares no array with the given one."""
    return State(*(array.copy() for array in state))


def digest(state: State) -> str:
    """Return the SHA-256 of the bytes of all arrays."""
    total = hashlib.sha256()
    for array in state:
        total.update(np.ascontiguousarray(array))
    return total.hexdigest()


def agents(world: World) -> int:
    """Return how many agents draw their luck in a quarter: every firm and every person, present or away."""
    return world.sizes.firms + world.sizes.people


def statistics_of(
    level: Any,
    hard: Any,
    star: Any,
    p: Any,
    platform: Any,
    wanted: Any,
    talent: Any,
    cash: Any,
    status: Any,
    region: Any,
    spent: Any,
    tally: Any,
) -> list[float]:
    """Summarise columns of firms and people in the order of `STATISTICS`."""
    status = np.asarray(status)
    means = [float(np.mean(column, dtype=np.float64)) for column in (hard, star, p, platform)]
    sums = [float(np.sum(column, dtype=np.float64)) for column in (wanted, talent)]
    return [
        *(float(np.count_nonzero(np.asarray(level) == at)) for at in range(LEVELS)),
        *means,
        *sums,
        float(np.mean(cash, dtype=np.float64)),
        *(float(np.count_nonzero(status == at)) for at in (AWAY, SEEKING, POOLED, PUBLIC)),
        float(np.count_nonzero((np.asarray(region) == 0) & (status != AWAY))),
        *(float(amount) for amount in spent),
        *(float(count) for count in tally),
    ]


def statistics(state: State) -> list[float]:
    """Summarise a state in the order of `STATISTICS`."""
    return statistics_of(
        level=state.level,
        hard=state.hard,
        star=state.hard_star,
        p=state.p,
        platform=state.platform,
        wanted=state.wanted,
        talent=state.talent,
        cash=state.cash,
        status=state.status,
        region=state.region,
        spent=state.spent.sum(axis=1),
        tally=state.tally,
    )
