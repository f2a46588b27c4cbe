"""Compiles scenario and evidence into the arrays and numbers that a kernel run reads."""

from __future__ import annotations

from collections.abc import Mapping
from math import erfc, log, sqrt
from typing import Any, NamedTuple

import numpy as np

from sim.evidence.regression import VARIABLES, coefficients, covariance_factor
from sim.evidence.survey_file import FILE as SURVEY_FILE
from sim.evidence.tables import Evidence
from sim.files.recent import Recent
from sim.world.answers import STAFF_CLASSES, margin, province_answers, survey_table
from sim.world.constants import BURN_IN, FIRST_YEAR, GIVEN_YEARS, ORIGIN, TERM, YEAR
from sim.world.inputs import Array, Inputs, Parameters, Programme, kinds, series
from sim.world.population import YEAR_OF_SHARES, field_shares, figures, initial_firms, wanted_by_level
from sim.world.programme import build_programme
from sim.world.scenario_record import Scenario, Shock, Values
from sim.world.space import DIGITS, build_space

GDP_UNIT = 1e8  # yuan in the unit of regional GDP
GROUPS = (0, 1)  # below and at quality level
DEVIATIONS = 6.0  # spare slots of a region, in standard deviations of luck
SPARE_SLOTS = 10
LARGER = 2.0  # factor on the large firms of the start: more than any run has reached

_recent: Recent[Inputs] = Recent(most=16)  # the replications in work, with policies that change a number


class Compiled(NamedTuple):
    """All a kernel run needs."""

    inputs: Inputs
    programme: Programme
    parameters: Parameters


class Premises(NamedTuple):
    """What the inputs of a run follow from, all but the causal shares; hashable, evidence by identity.

    Policies and readings of a comparison have the same in a replication, so they share the arrays.
    """

    evidence: Evidence
    values: Values
    weight: int
    quarters: int
    grid: str
    column: int
    coefficients: str
    shocks: tuple[Shock, ...]


def compile_scenario(scenario: Scenario, evidence: Evidence) -> Compiled:
    """Compile a scenario: pure, quick, and the same arrays for the same scenario and evidence.

    Nobody writes into the inputs: other scenarios have the same.
    """
    quarters = scenario.end - ORIGIN + 1
    premises = Premises(
        evidence,
        scenario.parameters,
        scenario.weight,
        quarters,
        scenario.grid,
        scenario.column,
        scenario.coefficients,
        scenario.shocks,
    )
    # Whether impossible numbers raise or become inf depends on numpy's state, so that belongs to the key.
    inputs = _recent((premises, *np.geterr().values()), lambda: build_inputs(premises))
    return Compiled(
        inputs=inputs._replace(kappa=np.array(scenario.kappa)),
        programme=build_programme(scenario, evidence, ORIGIN, quarters),
        parameters=build_parameters(scenario.effective),
    )


def build_parameters(values: Mapping[str, float]) -> Parameters:
    """Collect the kernel's numbers from `Scenario.effective`."""
    collected: dict[str, Any] = {
        name: round(values[name]) if kind is int else float(values[name])
        for name, kind in kinds().items()
        if name not in series()
    }
    for name, length in series().items():
        collected[name] = np.array([float(values[f"{name}_{k}"]) for k in range(length)])
    collected["skill"] = np.append(collected["skill"].cumsum(), 1.0)
    return Parameters(**collected)


def build_inputs(premises: Premises) -> Inputs:
    """Build the arrays that stay fixed during a run, without causal shares; shapes as in `Inputs`."""
    evidence, values, weight, quarters, grid, column, _, _ = premises
    space = build_space(evidence, grid, values)
    firms = initial_firms(evidence, values, weight)
    regions = len(evidence.regions)
    demand, energy = shock_paths(premises)
    would_found = founders(firms.sum(axis=1), quarters, values)
    chance = np.minimum(values["found"] * demand.max(axis=2), 1.0)
    slots = firm_slots(firms, would_found * chance, values)
    rest = rest_of_the_economy(evidence, quarters, values)
    universities = figures(evidence, "universities", 2021)
    return Inputs(
        weight=weight,
        quarters=quarters,
        region_code=np.array([region.code for region in evidence.regions], np.uint32),
        firm_start=np.concatenate(([0], slots.cumsum())).astype(np.int64),
        slot_region=np.repeat(np.arange(regions), slots).astype(np.int8),
        initial_firms=firms,
        cell_region=space.cell_region,
        cell_start=space.cell_start,
        cell_cumulative=space.cell_cumulative,
        industry_cumulative=np.round(evidence.region_industry.cumsum(axis=1), DIGITS),
        industry_field=np.array([evidence.fields.index(i.field) for i in evidence.industries], np.int8),
        energy_share=np.array([i.energy_cost_share for i in evidence.industries]),
        productivity_trend=np.round(
            (1.0 + values["productivity_growth"] / YEAR) ** np.arange(quarters), DIGITS
        ),
        talent_trend=np.round(
            (1.0 + values["tau_growth"]) ** (np.maximum(np.arange(quarters) - BURN_IN, 0) / YEAR), DIGITS
        ),
        demand_trend=np.array([i.demand_growth / YEAR for i in evidence.industries]),
        path=np.ones(len(evidence.industries)),
        success=np.array([values[f"success_{i.uncertainty}"] for i in evidence.industries]),
        universities=universities,
        usual_universities=float(universities.mean()),
        science=science(evidence, values),
        expiry_cumulative=expiries(values),
        registered=registered(evidence, quarters, values) / weight,
        designated=designated(evidence, quarters, values) / weight,
        overlap=values["overlap"],
        demand=demand,
        utilisation=np.round(demand ** (1.0 - values["staff_cycle"]), DIGITS),
        energy=energy,
        rest_value_added=rest[0],
        rest_staff=rest[1],
        spill_start=space.spill_start,
        spill_cell=space.spill_cell,
        spill_weight=space.spill_weight,
        relatedness=np.ascontiguousarray(evidence.relatedness),
        founders=would_found,
        graduates=graduates(evidence, quarters, values, weight),
        graduate_field=np.round(field_shares(evidence, firms, values).cumsum(), DIGITS),
        move_cumulative=destinations(firms, space.region_distance, values),
        pull=coast_pull(evidence, firms, values),
        **survey_arrays(evidence, values),
        beta=np.array(coefficients(evidence, column)),
        beta_factor=beta_factor(premises),
        kappa=np.zeros(0),
    )


def science(evidence: Evidence, values: Mapping[str, float]) -> Array:
    """Return the factor of universities U on climbing to a high-tech certificate, (1 + U)^a_U: float64[R]."""
    factor: Array = np.round((1.0 + figures(evidence, "universities", 2021)) ** values["a_U"], DIGITS)
    return factor


def expiries(values: Mapping[str, float]) -> Array:
    """Return the cumulative chance that a first firm's certificate has ended by a quarter from 2020Q1: float64[TERM].

    Certificates held at the end of 2019 were issued over three years, each year more by ``certificate_growth``.
    """
    issued = np.repeat((1.0 + values["certificate_growth"]) ** np.arange(TERM // YEAR), YEAR)
    cumulative: Array = np.round(issued.cumsum() / issued.sum(), DIGITS)
    return cumulative


def registered(evidence: Evidence, quarters: int, values: Mapping[str, float]) -> Array:
    """Return the firms at level 1 at the end of each quarter by the record, −1 after its years: float64[T].

    They are the technology SMEs less those high-tech firms that are registered too (``overlap``). Between the ends of
    years numbers change evenly. A year that the record lacks ends it.
    """
    ends = [values["level1_2019"]]
    for year in range(FIRST_YEAR, FIRST_YEAR + GIVEN_YEARS):
        both = ("tech_smes", year), ("hightech_firms", year)
        if any(key not in evidence.records for key in both):
            break
        smes, hightech = (evidence.records[key].value for key in both)
        ends.append(max(smes - values["overlap"] * hightech, 0.0))
    found = np.full(quarters, -1.0)
    known = np.interp(np.arange(1, YEAR * (len(ends) - 1) + 1) / YEAR, np.arange(len(ends)), ends)
    stop = min(len(known), quarters - BURN_IN)
    found[BURN_IN : BURN_IN + stop] = known[:stop]
    return found


def designated(evidence: Evidence, quarters: int, values: Mapping[str, float]) -> Array:
    """Return the little giants newly designated, in the last quarter of a year: float64[T].

    In the years that the record sets, they are its growth; where it is silent, and later, ``quota_4`` a year.
    """
    found = np.zeros(quarters)
    known: dict[int, float] = {FIRST_YEAR - 1: values["level4_2019"]}
    for year in range(FIRST_YEAR, FIRST_YEAR + GIVEN_YEARS):
        if ("little_giants", year) in evidence.records:
            known[year] = evidence.records["little_giants", year].value
    for t in range(BURN_IN + YEAR - 1, quarters, YEAR):
        year = FIRST_YEAR + (t - BURN_IN) // YEAR
        given = year in known and year - 1 in known
        found[t] = max(known[year] - known[year - 1], 0.0) if given else values["quota_4"]
    return found


def survey_arrays(evidence: Evidence, values: Mapping[str, float]) -> dict[str, Array]:
    """Build the arrays of `Inputs` from which firms draw their answers."""
    answers = province_answers(evidence, values)
    survey = survey_table(answers, str(evidence.folder / SURVEY_FILE))
    return {
        "staff_cuts": np.array(STAFF_CLASSES),
        "survey_values": survey.values,
        "survey_cumulative": survey.cumulative,
        "survey_start": survey.start,
        "need_share": np.array([margin(answers, "X4", group)[1] for group in GROUPS]),
        "sufficient_share": np.array([margin(answers, "X3", group)[1] for group in GROUPS]),
        "profit_margin": np.stack(
            [np.round(margin(answers, "X5", group).cumsum(), DIGITS) for group in GROUPS]
        ),
        "transaction_margin": np.round(answers.margin("X6").cumsum(), DIGITS),
        "energy_margin": np.round(answers.margin("X7").cumsum(), DIGITS),
    }


def beta_factor(premises: Premises) -> Array:
    """Return the Cholesky factor of the coefficients' covariance: float64[14, 14], 0 if they are held."""
    if premises.coefficients == "held":
        return np.zeros((len(VARIABLES), len(VARIABLES)))
    return np.round(covariance_factor(premises.evidence, premises.column), DIGITS)


def firm_slots(firms: Array, entries: Array, values: Mapping[str, float]) -> Array:
    """Return slots by region, int64[R]: the most firms expected, and room for luck.

    ``firms`` int64[R, levels] at the start, ``entries`` float64[T, R] expected. Firms without cash close more often
    than assumed here, and a closed firm keeps its slot for one more quarter.
    """
    by_level = firms.sum(axis=0)
    large = sum(n * share_large(level, values) for level, n in enumerate(by_level)) / max(by_level.sum(), 1)
    leave = values["exit"] * (1.0 - (1.0 - values["exit_large"]) * min(LARGER * large, 1.0)) / YEAR
    stock = firms.sum(axis=1).astype(float)
    most = stock.copy()
    for t in range(BURN_IN, len(entries)):
        most = np.maximum(most, stock + entries[t])
        stock = stock * (1.0 - leave) + entries[t]
    slots: Array = np.ceil(most + DEVIATIONS * np.sqrt(most)).astype(np.int64) + SPARE_SLOTS
    return slots


def share_large(level: int, values: Mapping[str, float]) -> float:
    """Return the share of a level's initial firms that are above the first staff class."""
    distance = log(STAFF_CLASSES[0] / values[f"size_median_{level}"]) / values[f"size_spread_{level}"]
    return 0.5 * erfc(distance / sqrt(2.0))


def stream(per_quarter: Array, quarters: int) -> Array:
    """Turn rates [T, R] into whole arrivals whose running sums follow the rates: int64[T, R]."""
    running = np.floor(per_quarter.cumsum(axis=0) + 0.5)
    return np.diff(running, axis=0, prepend=0.0).astype(np.int64).reshape(quarters, -1)


def founders(firms: Array, quarters: int, values: Mapping[str, float]) -> Array:
    """Return would-be founders per quarter and region (agents), none during burn-in: int64[T, R]."""
    rate = np.repeat(firms[None, :] * values["entry"] / values["found"] / YEAR, quarters, axis=0)
    rate[:BURN_IN] = 0.0
    return stream(rate, quarters)


def graduates(evidence: Evidence, quarters: int, values: Mapping[str, float], weight: int) -> Array:
    """Return would-be R&D entrants per quarter and region (agents), by universities: int64[T, R]."""
    universities = figures(evidence, "universities", 2021)
    yearly = values["graduates"] * values["talent_2019"] / values["enter"] / weight
    growth = (1.0 + values["graduate_growth"]) ** ((np.arange(quarters) - BURN_IN) / YEAR)
    rate = yearly / YEAR * growth[:, None] * universities[None, :] / universities.sum()
    rate[0] = 0.0  # ids of quarter 0 belong to the initial people
    return stream(rate, quarters)


def rest_of_the_economy(
    evidence: Evidence, quarters: int, values: Mapping[str, float]
) -> tuple[Array, Array]:
    """Value added (yuan per quarter) and staff of everything except industry: int64[T, R] each.

    This is the GDP of 2022 minus the industrial part of the secondary sector, on its own trend. It gives revenue and
    employment the right size and matches GDP by construction, so GDP cannot validate the model.
    """
    gdp = figures(evidence, "gdp", YEAR_OF_SHARES) * GDP_UNIT
    industry = figures(evidence, "secondary_share", YEAR_OF_SHARES) * (1.0 - values["construction_share"])
    years = (np.arange(quarters) - BURN_IN) / YEAR - (YEAR_OF_SHARES - FIRST_YEAR)
    growth = (1.0 + values["rest_growth"]) ** years
    yearly = growth[:, None] * (gdp * (1.0 - industry))[None, :]
    staff = yearly / (growth[:, None] * values["rest_productivity"])
    return np.rint(yearly / YEAR).astype(np.int64), np.rint(staff).astype(np.int64)


def shock_paths(premises: Premises) -> tuple[Array, Array]:
    """Return demand relative to trend and the energy price, float64[T, R, I], with the loss of 2020 and all shocks."""
    evidence, quarters = premises.evidence, premises.quarters
    shape = (quarters, len(evidence.regions), len(evidence.industries))
    demand, energy = np.ones(shape), np.ones(shape)
    demand[BURN_IN : BURN_IN + YEAR] = 1.0 + premises.values["cycle_2020"]
    for shock in premises.shocks:
        hit = np.ix_(
            [t for t in range(quarters) if shock.start <= ORIGIN + t <= shock.end],
            [r for r, region in enumerate(evidence.regions) if region.code in shock.regions],
            [k for k, industry in enumerate(evidence.industries) if industry.id in shock.industries],
        )
        path = demand if shock.kind == "demand" else energy
        path[hit] *= 1.0 + shock.size
    return demand, energy


def destinations(firms: Array, distance: Array, values: Mapping[str, float]) -> Array:
    """Return cumulative chances of a mobile seeker's destination: float64[R, R], by wanted talent and distance.

    With only one region, the seeker looks there again.
    """
    if len(firms) == 1:
        return np.ones((1, 1))
    mass = (firms * wanted_by_level(values)).sum(axis=1) + 1e-9
    chance = mass[None, :] * np.exp(-distance / values["move_decay"])
    np.fill_diagonal(chance, 0.0)
    running = chance.cumsum(axis=1)
    cumulative: Array = np.round(running / running[:, -1:], DIGITS)
    return cumulative


def coast_pull(evidence: Evidence, firms: Array, values: Mapping[str, float]) -> Array:
    """Return factors on the leaving hazard by region: float64[R], mean 1 over talent, larger where wages are lower.

    A region's wage follows its GDP per head with elasticity ``wage_gradient``.
    """
    gdp = figures(evidence, "gdp", YEAR_OF_SHARES)
    per_head = gdp / figures(evidence, "population", YEAR_OF_SHARES)
    wage = (per_head / (per_head.mean())) ** values["wage_gradient"]
    pull = wage ** -values["migration_elasticity"]
    weights = (firms * wanted_by_level(values)).sum(axis=1)
    relative: Array = np.round(pull / np.average(pull, weights=weights + 1e-9), DIGITS)
    return relative
