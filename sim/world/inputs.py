"""The plain arrays and numbers that a kernel run reads and never changes."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, NamedTuple, get_origin, get_type_hints

from numpy.typing import NDArray

from sim.world.constants import LEVELS, TOP

Array = NDArray[Any]


class Inputs(NamedTuple):
    """Everything fixed for a run. R regions, C cells, I industries, F fields, T quarters with burn-in."""

    weight: int  # real firms (and people) that one agent stands for
    quarters: int  # T
    region_code: Array  # uint32[R], official codes
    firm_start: Array  # int64[R + 1], first firm slot of each region
    slot_region: Array  # int8[firm slots]
    initial_firms: Array  # int64[R, levels], agents at quarter zero
    cell_region: Array  # int16[C], cells in region order
    cell_start: Array  # int64[R + 1]
    cell_cumulative: Array  # float64[C], cumulative chance of a cell within its region
    industry_cumulative: Array  # float64[R, I]
    industry_field: Array  # int8[I]
    energy_share: Array  # float64[I], energy bill as a share of value added
    productivity_trend: Array  # float64[T], value added per person of a new firm, 1 in the first quarter
    talent_trend: Array  # float64[T], wanted talent relative to quarter zero at given staff and level
    demand_trend: Array  # float64[I], log growth of demand per quarter
    path: Array  # float64[I], factor of the innovation path on climbing; 1 until paths are modelled
    success: Array  # float64[I], chance that a project succeeds, by the industry's uncertainty
    universities: Array  # float64[R], number of universities
    usual_universities: float  # of a region, in the mean
    science: Array  # float64[R], their factor on climbing to a high-tech certificate
    expiry_cumulative: Array  # float64[TERM], chance that a first firm's certificate has ended by a quarter
    registered: Array  # float64[T], agents at level 1 at a quarter's end by the record; -1 where it is silent
    designated: Array  # float64[T], little-giant designations, agents
    overlap: float  # high-tech firms that are registered as technology SMEs too; only for comparing with the record
    demand: Array  # float64[T, R, I], level of demand relative to trend
    utilisation: Array  # float64[T, R, I], demand per staff relative to trend: what staff has not followed
    energy: Array  # float64[T, R, I], energy price index
    rest_value_added: Array  # int64[T, R], yuan per quarter of everything except industry
    rest_staff: Array  # int64[T, R], people
    spill_start: Array  # int64[C + 1]
    spill_cell: Array  # int32[pairs]
    spill_weight: Array  # float64[pairs], decay with distance times border factor
    relatedness: Array  # float64[I, I], own industry 1
    founders: Array  # int64[T, R], would-be founders
    graduates: Array  # int64[T, R], would-be R&D entrants
    graduate_field: Array  # float64[F], cumulative
    move_cumulative: Array  # float64[R, R], destination of a mobile seeker by distance
    pull: Array  # float64[R], pull of the coast on unmatched people, mean 1
    staff_cuts: Array  # float64[4], upper ends of the first four classes of X1
    survey_values: Array  # int8[rows, 14], answers
    survey_cumulative: Array  # float64[rows], cumulative within a segment
    survey_start: Array  # int64[segments + 1]; segment = (X2 · 5 + X1) · 5 + X5
    need_share: Array  # float64[2], margin of X4 = 1 below quality and in quality firms
    sufficient_share: Array  # float64[2], margin of X3 = 1 below quality and in quality firms
    profit_margin: Array  # float64[2, 5], cumulative margin of X5 below quality and in quality firms
    transaction_margin: Array  # float64[5], cumulative margin of X6
    energy_margin: Array  # float64[5], cumulative margin of X7
    beta: Array  # float64[14], log-odds; X0 is the constant
    beta_factor: Array  # float64[14, 14], Cholesky factor of beta's covariance, 0 if held; not for the kernel
    kappa: Array  # float64[14], causal shares


class Programme(NamedTuple):
    """A scenario's levers as rows. L levers, Y fiscal years, R regions. Every registered lever has a row."""

    first: Array  # int64[L], first quarter in which the lever supports anybody
    last: Array  # int64[L], last such quarter
    strength: Array  # float64[L], intensity of support, 0 to 1
    unit: Array  # int64[L], yuan per supported firm and year, or per held person and quarter, at strength 1
    effect: Array  # float64[L, channels], magnitude per channel at strength 1
    rule: Array  # int64[L], targeting rule
    levels: Array  # bool[L, levels], eligible ladder levels
    industries: Array  # bool[L, I], eligible industries
    least_staff: Array  # int64[L]
    most_staff: Array  # int64[L]
    terms: Array  # float64[L, terms], see `sim.world.levers.TERMS`; 0 where a lever has no such term
    once: Array  # bool[L], paid in full, not in proportion to the quarters left in the year
    needs_wish: Array  # bool[L], only firms that want a platform and have none
    needs_talent: Array  # bool[L]
    at_certificate: Array  # bool[L], firms are paid in the quarter of their first high-tech certificate
    builds: Array  # bool[L], the money builds something in a place, see `sim.model.places`
    budget: Array  # int64[L, Y, R], yuan authorised for a fiscal year


class Parameters(NamedTuple):
    """The registry's numbers that the kernel reads, by name.

    An array collects the registry's numbers ``name_0``, ``name_1``, …; its annotation says how many.

    Only ``parameters.csv`` holds their meaning, unit, range, source and grade.
    """

    # difficulty and survey answers
    rho: float
    delta: float
    eps: float
    burden_memory: float
    burden_persistence: float
    energy_spread: float
    transaction_spread: float
    reserve_spread: float
    record_quarters: int
    funds_usual: float
    # climbing
    h0: Annotated[Array, TOP - 1]
    h0_direct: float
    campaign: float
    campaign_quarters: float
    a_T: float
    a_P: float
    a_R: float
    a_S: float
    a_F: float
    climb_clip: float
    spill_clip: float
    fill_cap: float
    climb_cost: Annotated[Array, TOP]
    short_small: float
    short_large: float
    owed_quarters: int
    quality_gain: float
    quota_noise: float
    renew_registration: float
    renew_certificate: float
    renew_title: float
    sunk: float
    scar: int
    exit_scar: float
    # places and ties
    a_U: float
    a_I: float
    drive_most: float
    value_years: float
    protect_gain: float
    imitation: float
    protected: float
    tie_gain: float
    border: float
    # entry, exit, platforms
    found: float
    found_level_1: float
    entrant_median: float
    entrant_spread: float
    exit: float
    exit_large: float
    exit_insolvent: float
    exit_most: float
    adopt: float
    want_rise: float
    platforms: float
    platform_gain: float
    platform_lag: float
    # size, productivity, R&D at the start
    size_median: Annotated[Array, LEVELS]
    size_spread: Annotated[Array, LEVELS]
    size_most: float
    productivity: Annotated[Array, LEVELS]
    productivity_spread: float
    rd_level: Annotated[Array, LEVELS]
    rd_spread: float
    rd_most: float
    rd_unit: float
    rd_wages: float
    cash_share: float
    cash_spread: float
    # talent
    tau: Annotated[Array, LEVELS]
    wanted_power: float
    mu: float
    fill_usual: float
    seekers: float
    public_share: float
    skill: Annotated[Array, 2]  # cumulative, with the 1 that follows
    enter: float
    enter_need: float
    vacancy_usual: float
    separation: float
    quit_wage: float
    wage_usual: float
    leave_unmatched: float
    leave_growth: float
    patience: float
    public_in: float
    public_out: float
    mobile: float
    accept: float
    # governments
    admin: float
    small_staff: float
    # markets and books
    growth_level: Annotated[Array, LEVELS]
    shock_share: float
    shock_scale: float
    staff_cycle: float
    productivity_growth: float
    labour_share: float
    overhead_share: float
    transaction_share: float
    payout: float
    rd_return: float
    talent_output: float


@lru_cache
def kinds() -> dict[str, Any]:
    """Return the annotations of `Parameters`, by name."""
    return get_type_hints(Parameters, include_extras=True)


@lru_cache
def series() -> dict[str, int]:
    """Return how many numbers of the registry each array of `Parameters` collects, by name."""
    return {name: kind.__metadata__[0] for name, kind in kinds().items() if get_origin(kind) is Annotated}
