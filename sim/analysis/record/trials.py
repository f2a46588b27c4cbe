"""Published experiments repeated in the model: treated and untreated firms, followed for years.

A trial runs beside the baseline with the same luck, so each firm is compared with itself without the treatment. From
the mean over treated firms that over untreated ones is taken off, as the papers do: what a treatment does to everybody
is no part of an estimate. Firms are treated by lot, through a lever where the model has one, else by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.evidence.estimates import LAST_YEAR
from sim.runs.run import compiled_of
from sim.runs.walk import Walk
from sim.world.compiled import Compiled
from sim.world.constants import FIRST_YEAR, LEVELS, TOP, YEAR
from sim.world.scenario import load_scenario
from sim.world.scenario_record import READINGS, Scenario

if TYPE_CHECKING:
    from sim.model.state import State

Array = NDArray[Any]
YEAR_ONE = 2024  # of the treatment: by then neither ladder nor yardsticks follow the record
BEFORE = (YEAR_ONE - FIRST_YEAR) * YEAR  # quarters before the treatment
AFTER = LAST_YEAR * YEAR  # quarters followed
PLENTY = 40_000_000_000  # yuan: nobody is left out for want of money
MORE_GRADUATES = 0.2
PLANT_STAFF = 2000
WINNERS = 0.1  # of the places and industries that might get a plant
INCUMBENTS = 5  # firms that such a place has at least
TRIAL_IDS = 1 << 24  # first ordinal of people who come by a trial


class Followed(NamedTuple):
    """A run followed quarter by quarter: the firms that lived when the trial began, 0 where one has closed."""

    alive: Array  # bool[AFTER, firms]
    research: Array  # float64[AFTER, firms], own R&D and R&D paid by support, yuan a quarter
    value_added: Array  # float64[AFTER, firms], yuan a quarter
    staff: Array  # float64[AFTER, firms]
    climbed: Array  # bool[AFTER, firms], has reached a level that it had never had when the trial began
    support: Array  # float64[firms], yuan received since
    climbs: Array  # float64[AFTER], first climbs of all firms of the province, agents


class Arms(NamedTuple):
    """Who is treated, and who might have been but is not: bool[firms] each."""

    treated: Array
    untreated: Array


# ---------------------------------------------------------------------------------------------------------
# Treatments
# ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trial:
    """How an experiment is repeated: by a lever, or by hand.

    Attributes
    ----------
    levers
        Those of the run with treatment, as in a scenario file.
    share
        Part of the firms that the lever is for that its money reaches, drawn by lot; 1 leaves nobody untreated.
    eligible
        Which firms the lever is for, given their state when the trial begins: bool[slots].
    by_hand
        Treats the firms of a walk and returns the arms, given their slots and random numbers; then there is no lever.
    """

    levers: Mapping[str, Any]
    share: float = 1 / 3
    eligible: Callable[[Any], Array] = lambda firms: firms.level >= 1
    by_hand: Callable[[Walk, Array, np.random.Generator], Arms] | None = None


def _hire_one_more(walk: Walk, slots: Array, random: np.random.Generator) -> Arms:
    """Give half of the firms with R&D (level 1 and above) one R&D person from outside the province."""
    from sim.model.draws import PERSON, pack_id
    from sim.model.state import EMPLOYED

    firms, people, province = walk.state
    inputs, _, p = walk.compiled
    able = firms.level[slots] >= 1
    treated = able & (random.random(len(slots)) < 0.5)
    chosen = slots[treated]
    first = int(province.people_used[0])
    places = np.arange(first, first + len(chosen))
    if len(places) and places[-1] >= len(people.status):
        raise OverflowError("no room for the people of a trial")
    province.people_used[0] += len(chosen)
    regions = inputs.slot_region[chosen]
    now = int(province.clock[0])
    people.id0[places] = [pack_id(PERSON, inputs.region_code[region], now) for region in regions]
    people.id1[places] = TRIAL_IDS + np.arange(len(chosen))
    people.status[places] = EMPLOYED
    people.region[places] = regions
    people.field[places] = inputs.industry_field[firms.industry[chosen]]
    people.skill[places] = np.searchsorted(p.skill, random.random(len(chosen)))
    people.wage[places] = people.skill[places] + firms.level[chosen]
    people.employer[places] = chosen
    people.quarters[places] = 0
    firms.talent[chosen] += 1
    firms.staff[chosen] = np.maximum(firms.staff[chosen], firms.talent[chosen])
    firms.size[chosen] = np.maximum(firms.size[chosen], firms.staff[chosen])
    return Arms(treated, able & ~treated)


def _more_graduates(walk: Walk, slots: Array, random: np.random.Generator) -> Arms:
    """Let a fifth more graduates look for posts everywhere from now on; nobody stays untreated."""
    inputs = walk.compiled.inputs
    graduates = inputs.graduates.copy()
    later = graduates[int(walk.state.province.clock[0]) :]
    later += np.floor(later * MORE_GRADUATES + random.random(later.shape)).astype(later.dtype)
    walk.compiled = walk.compiled._replace(inputs=inputs._replace(graduates=graduates))
    everybody = np.ones(len(slots), bool)
    return Arms(everybody, ~everybody)


def _open_plants(walk: Walk, slots: Array, random: np.random.Generator) -> Arms:
    """Let a plant open in some places and industries: a firm there becomes large and a little giant.

    Its place and industry are the treated incumbents', those of all other places that might have got one the untreated.
    """
    firms, inputs, p = walk.state.firms, walk.compiled.inputs, walk.compiled.parameters
    industries = len(inputs.industry_field)
    cell = inputs.slot_region[slots].astype(np.int64) * industries + firms.industry[slots]
    number = np.bincount(cell)
    may = np.flatnonzero(number >= INCUMBENTS)
    winners = random.choice(may, max(int(WINNERS * len(may)), 1), replace=False)
    treated, able = np.isin(cell, winners), np.isin(cell, may)
    now = int(walk.state.province.clock[0])
    for winner in winners:
        there = np.flatnonzero(cell == winner)
        one = random.choice(there)
        treated[one] = able[one] = False
        plant = slots[one]
        staff = max(round(PLANT_STAFF / inputs.weight), int(firms.staff[plant]))
        firms.size[plant] = firms.staff[plant] = staff
        firms.level[plant] = firms.peak[plant] = TOP
        firms.titled_until[plant] = firms.certified_until[plant] = now + AFTER
        firms.wanted[plant] = p.tau[TOP] * inputs.talent_trend[now] * staff**p.wanted_power
        firms.productivity[plant] *= 1.0 + p.quality_gain
    return Arms(treated, able & ~treated)


_START = {"start": f"{YEAR_ONE}Q1", "share_of_budget": 1.0}
_ONE_YEAR = _START | {"end": f"{YEAR_ONE}Q4", "firms": "random", "for": {"from_level": 1}}
#: By its name in estimates.csv.
TRIALS: Mapping[str, Trial] = {
    "award_offer": Trial({"certificate_award": _START}, share=1.0, eligible=lambda firms: firms.level == 1),
    "grant": Trial({"rd_subsidy": _ONE_YEAR}),
    "large_grant": Trial({"rd_subsidy": _ONE_YEAR | {"amount": "600k yuan"}}),
    "platform": Trial(
        {"platforms": _ONE_YEAR},
        eligible=lambda firms: (firms.level >= 1) & (firms.want > firms.platform),
    ),
    "extra_hire": Trial({}, by_hand=_hire_one_more),
    "more_graduates": Trial({}, by_hand=_more_graduates),
    "plant": Trial({}, by_hand=_open_plants),
}


class Question(NamedTuple):
    """What is asked of a trial: an outcome over some years, 1 the first with treatment."""

    trial: str
    outcome: str
    from_year: int
    to_year: int


def trial_scenario(evidence: str, trial: str, scale: float, reading: str) -> Scenario:
    """Return the scenario of a trial under a reading, one of `READINGS`, with money for all; the baseline's for "".

    It runs from the start to the end of the last year in which firms are followed.
    """
    scenario = load_scenario(
        "baseline",
        evidence=evidence,
        scale=scale,
        horizon={"start": f"{FIRST_YEAR}Q1", "end": f"{YEAR_ONE + LAST_YEAR - 1}Q4"},
        budget=PLENTY,
        levers=dict(TRIALS[trial].levers) if trial else {},
    )
    return scenario.with_reading(*READINGS[reading])


# ---------------------------------------------------------------------------------------------------------
# Runs
# ---------------------------------------------------------------------------------------------------------


def answer(
    scenarios: Mapping[str, Scenario],
    questions: Iterable[Question],
    seed: int,
    replication: int,
) -> dict[Question, float]:
    """Repeat trials in one replication and measure what is asked.

    Parameters
    ----------
    scenarios
        `trial_scenario` by trial, all under one reading, and that of the baseline under "".
    questions
        Trial, outcome, first and last year.

    Returns
    -------
    dict
        By question, the model's estimate; NaN where nobody can be compared.
    """
    from sim.model.state import ALIVE

    start = Walk(compiled_of(scenarios[""]), seed, replication)
    start.to(BEFORE)
    slots = np.flatnonzero(start.state.firms.alive == ALIVE)
    without = follow(start.branch(), slots)
    asked = list(questions)
    found = {}
    for trial in dict.fromkeys(question.trial for question in asked):
        treated, arms = _repeat(TRIALS[trial], scenarios[trial], start, slots, seed, replication)
        for question in asked:
            if question.trial == trial:
                years = slice((question.from_year - 1) * YEAR, question.to_year * YEAR)
                found[question] = _MEASURES[question.outcome](treated, without, arms, years)
    return found


def _repeat(
    trial: Trial, scenario: Scenario, start: Walk, slots: Array, seed: int, replication: int
) -> tuple[Followed, Arms]:
    """Go on from a walk with treatment; ``slots`` are the firms that are followed."""
    if trial.by_hand is not None:
        walk = start.branch()
        arms = trial.by_hand(walk, slots, np.random.default_rng((seed, replication)))
        return follow(walk, slots), arms
    compiled = compiled_of(scenario)
    able = trial.eligible(start.state.firms)[slots]
    if trial.share == 1:
        return follow(start.branch(compiled), slots), Arms(able, np.zeros_like(able))
    for_all = start.branch(compiled)
    for_all.step()
    price = int(for_all.state.province.spent.sum() - start.state.province.spent.sum())
    walk = start.branch(compiled_of(scenario.with_budget(int(trial.share * price))))
    treated = follow(walk, slots)
    paid = able & (treated.support > 0)
    return treated, Arms(paid, able & ~paid)


def follow(walk: Walk, slots: Array) -> Followed:
    """Run `AFTER` more quarters and write down how the firms in these slots fare; the walk changes in place."""
    from sim.model.outputs import M_CLIMBS
    from sim.model.state import ALIVE

    firms, weight = walk.state.firms, walk.compiled.inputs.weight
    ids = firms.id0[slots].copy(), firms.id1[slots].copy()
    peak, paid = firms.peak[slots].copy(), firms.support[slots].copy()
    shape = (AFTER, len(slots))
    found = Followed(
        alive=np.zeros(shape, bool),
        research=np.zeros(shape),
        value_added=np.zeros(shape),
        staff=np.zeros(shape),
        climbed=np.zeros(shape, bool),
        support=np.zeros(len(slots)),
        climbs=np.zeros(AFTER),
    )
    for q in range(AFTER):
        walk.step()
        same = (firms.id0[slots] == ids[0]) & (firms.id1[slots] == ids[1])
        there = np.flatnonzero(same & (firms.alive[slots] == ALIVE))
        now = slots[there]
        found.alive[q, there] = True
        usual = firms.productivity[now].astype(float) * firms.staff[now] / YEAR
        found.research[q, there] = firms.rd_intensity[now] * usual + firms.rd_grant[now]
        found.value_added[q, there] = value_added(walk.state, walk.compiled, now)
        found.staff[q, there] = firms.staff[now]
        found.climbed[q] = found.climbed[max(q - 1, 0)]
        found.climbed[q, there] |= firms.peak[now] > peak[there]
        found.support[there] = (firms.support[now] - paid[there]) / weight
        found.climbs[q] = walk.regions[walk.done - 1, :, M_CLIMBS : M_CLIMBS + LEVELS - 1].sum()
    return found


def value_added(state: State, compiled: Compiled, slots: Array) -> Array:
    """Return the value added of firms in the last quarter, yuan, before rounding: float64[firms].

    The kernel keeps sums only (`sim.model.markets.produce`); a test holds this to them.
    """
    from sim.model.state import NEVER

    firms, province, (inputs, _, p) = state.firms, state.province, compiled
    t = int(province.clock[0]) - 1
    region, industry = inputs.slot_region[slots], firms.industry[slots]
    usual = firms.productivity[slots].astype(float) * firms.staff[slots] / YEAR
    made = usual * inputs.utilisation[t, region, industry]
    adopted = firms.adopted[slots].astype(int)
    made *= np.where((adopted != NEVER) & (t - adopted >= p.platform_lag), 1.0 + p.platform_gain, 1.0)
    base = np.maximum(firms.rd_intensity[slots] * usual, p.rd_unit / YEAR)
    made *= (1.0 + firms.rd_grant[slots] / base) ** p.rd_return
    fill = province.fill[region, inputs.industry_field[industry]].astype(float)
    talent = np.minimum((firms.talent[slots] + fill) / (firms.wanted[slots] + 1.0), p.fill_cap)
    found: Array = made * (1.0 + p.talent_output * (talent - p.fill_usual))
    return found


# ---------------------------------------------------------------------------------------------------------
# What is compared
# ---------------------------------------------------------------------------------------------------------


def _gap(change: Array, arms: Arms, counted: Array | None = None) -> float:
    """Return the mean change of treated firms less that of untreated ones, if there are any; NaN without treated."""
    kept = np.ones(len(change), bool) if counted is None else counted
    treated, untreated = change[arms.treated & kept], change[arms.untreated & kept]
    if len(treated) == 0:
        return float("nan")
    return float(np.mean(treated) - (np.mean(untreated) if len(untreated) else 0.0))


def _log_gap(of: str, there: Followed, here: Followed, arms: Arms, years: slice, per: str = "") -> float:
    """Return the gap of a logarithm's mean over the years, among firms that live to their end in both runs."""
    lived: Array = np.all(there.alive[years] & here.alive[years], axis=0)
    change = np.zeros(len(lived))
    for run, sign in ((there, 1.0), (here, -1.0)):
        values = getattr(run, of)[years][:, lived]
        divided = values / getattr(run, per)[years][:, lived] if per else values
        change[lived] += sign * np.log(np.maximum(divided, 1.0)).mean(axis=0)
    return _gap(change, arms, lived)


def _research(there: Followed, here: Followed, arms: Arms, years: slice) -> float:
    return float(np.expm1(_log_gap("research", there, here, arms, years)))


def _output_per_head(there: Followed, here: Followed, arms: Arms, years: slice) -> float:
    return float(np.expm1(_log_gap("value_added", there, here, arms, years, per="staff")))


def _output_per_doubling(there: Followed, here: Followed, arms: Arms, years: slice) -> float:
    doublings = _log_gap("research", there, here, arms, years) / np.log(2.0)
    return float(np.expm1(_log_gap("value_added", there, here, arms, years) / doublings))


def _research_per_yuan(there: Followed, here: Followed, arms: Arms, years: slice) -> float:
    change = (there.research[years] - here.research[years]).sum(axis=0)
    return _gap(change, arms) / float(np.mean(there.support[arms.treated]))


def _own_research(there: Followed, here: Followed, arms: Arms, years: slice) -> float:
    public = 1.0 if years.start == 0 else 0.0  # all of the money comes in the first year
    return _research_per_yuan(there, here, arms, years) - public


def _not_on_research(there: Followed, here: Followed, arms: Arms, years: slice) -> float:
    return 1.0 - _research_per_yuan(there, here, arms, years)


def _survival(there: Followed, here: Followed, arms: Arms, years: slice) -> float:
    last = years.stop - 1
    return _gap(there.alive[last].astype(float) - here.alive[last], arms)


def _climbs_ratio(there: Followed, here: Followed, arms: Arms, years: slice) -> float:
    last = years.stop - 1
    usual = float(np.mean(here.climbed[last, arms.treated])) if arms.treated.any() else 0.0
    gap = _gap(there.climbed[last].astype(float) - here.climbed[last], arms)
    return 1.0 + gap / usual if usual > 0 else float("nan")


def _other_staff(there: Followed, here: Followed, arms: Arms, years: slice) -> float:
    last = years.stop - 1
    lived: Array = there.alive[last] & here.alive[last]
    return _gap(there.staff[last] - here.staff[last], arms, lived) - 1.0


def _climbs(there: Followed, here: Followed, arms: Arms, years: slice) -> float:
    usual = float(here.climbs[years].sum())
    return float(there.climbs[years].sum()) / usual - 1.0 if usual > 0 else float("nan")


_MEASURES: Mapping[str, Callable[[Followed, Followed, Arms, slice], float]] = {
    "research": _research,
    "output_per_head": _output_per_head,
    "output_per_doubling": _output_per_doubling,
    "own_research": _own_research,
    "not_on_research": _not_on_research,
    "survival": _survival,
    "climbs_ratio": _climbs_ratio,
    "other_staff": _other_staff,
    "climbs": _climbs,
}
