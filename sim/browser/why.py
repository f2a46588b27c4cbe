"""Why a firm or region stands where it does, according to the model's arrays."""

from __future__ import annotations

from dataclasses import dataclass

from sim.evidence.tables import Evidence, Industry, Region, SurveyVariable
from sim.model.difficulty import causal_part
from sim.model.numerics import normal_cdf
from sim.model.state import ALIVE
from sim.runs.counts import real
from sim.runs.results import metric_table
from sim.runs.walk import Walk
from sim.world.constants import ALL_LEVELS, BURN_IN, ORIGIN, YEAR
from sim.world.levers import LEVERS, Lever
from sim.world.quantities import quarter_text

#: What is reported about a region, besides its firms by level and its money.
STOCKS = ("firms", "quality_firms", "difficulty", "platforms", "employed", "vacancies", "seeking")
FLOWS = ("climbs", "entries", "exits", "people_out")


@dataclass(frozen=True, slots=True)
class Part:
    """What one survey answer adds to a firm's log-odds of transition difficulty.

    Attributes
    ----------
    variable
        The question of Table 4.
    before, now
        Code answered when the firm was founded (or the run began), and now.
    coefficient
        β of Table 5, log-odds per step of the code.
    causal_share
        κ: the share of a change that counts as causal.
    log_odds
        β (before + κ (now − before)).
    """

    variable: SurveyVariable
    before: int
    now: int
    coefficient: float
    causal_share: float
    log_odds: float


@dataclass(frozen=True, slots=True)
class FirmStory:
    """One firm, as the agent that represents real ones.

    Attributes
    ----------
    founded
        Quarter (index) of founding; None for firms there from the beginning.
    staff, talent, wanted
        People of one firm: all, R&D talent employed, R&D talent wanted.
    enough
        Share of the wanted talent from which the firm calls it sufficient.
    cash
        Yuan of one firm.
    support
        Yuan of public money so far, for all firms of the agent.
    constant
        The constant of Table 5 in log-odds; it and the parts sum to `log_odds`.
    probability
        Probability of difficulty used in the quarter.
    luck
        The firm's draw between 0 and 1.
    hard
        Whether the firm is in difficulty: its luck is below the probability.
    """

    slot: int
    region: Region
    industry: Industry
    level: int
    founded: int | None
    staff: int
    talent: int
    wanted: float
    enough: float
    platform: bool
    cash: int
    support: int
    constant: float
    parts: tuple[Part, ...]
    log_odds: float
    probability: float
    luck: float
    hard: bool


@dataclass(frozen=True, slots=True)
class RegionStory:
    """One region at the end of the last quarter done; real firms, people and yuan.

    Attributes
    ----------
    levels
        Firms by ladder level.
    start, climbs
        First reported quarter, and first climbs since then.
    stocks, flows
        Metric and value, as `upgrading run` reports them: at the end of the quarter; summed over the last `quarters`.
    quarters
        Four, or all that are done if fewer.
    spent
        Yuan spent since the beginning, by lever; levers that spent nothing are left out.
    """

    region: Region
    levels: tuple[int, ...]
    start: str
    climbs: int
    stocks: tuple[tuple[str, int], ...]
    flows: tuple[tuple[str, int], ...]
    quarters: int
    spent: tuple[tuple[Lever, int], ...]


def firm_story(walk: Walk, evidence: Evidence, slot: int) -> FirmStory:
    """Explain why the firm in a slot is in difficulty or not.

    Raises
    ------
    LookupError
        If no living firm is there.
    """
    f, inputs = walk.state.firms, walk.compiled.inputs
    if f.alive[slot] != ALIVE:
        raise LookupError(f"no living firm in slot {slot}")
    parts = tuple(
        Part(
            variable=variable,
            before=int(f.x0[slot, k]),
            now=int(f.x[slot, k]),
            coefficient=float(inputs.beta[k]),
            causal_share=float(inputs.kappa[k]),
            log_odds=float(causal_part(f.x, f.x0, slot, k, inputs.beta, inputs.kappa)),
        )
        for k, variable in questions(evidence).items()
    )
    constant = float(inputs.beta[0])
    born = int(f.born[slot])
    return FirmStory(
        slot=slot,
        region=evidence.regions[int(inputs.slot_region[slot])],
        industry=evidence.industries[int(f.industry[slot])],
        level=int(f.level[slot]),
        founded=ORIGIN + born if born else None,
        staff=int(f.staff[slot]),
        talent=int(f.talent[slot]),
        wanted=float(f.wanted[slot]),
        enough=float(f.phi[slot]),
        platform=bool(f.platform[slot]),
        cash=int(f.cash[slot]),
        support=int(f.support[slot]),
        constant=constant,
        parts=parts,
        log_odds=constant + sum(part.log_odds for part in parts),
        probability=float(f.p[slot]),
        luck=float(normal_cdf(float(f.z[slot]))),
        hard=bool(f.hard[slot]),
    )


def questions(evidence: Evidence) -> dict[int, SurveyVariable]:
    """Give the survey's questions X1 … X13 by number."""
    return {int(v.name[1:]): v for v in evidence.variables if v.name.startswith("X")}


def region_story(walk: Walk, evidence: Evidence, code: int) -> RegionStory:
    """Tell how a region stands at the end of the last quarter done.

    Raises
    ------
    LookupError
        If there is no such region, or no quarter is done yet.
    """
    if not walk.done:
        raise LookupError("no quarter is done yet")
    codes = [region.code for region in evidence.regions]
    if code not in codes:
        raise LookupError(f"no region {code}")
    r = codes.index(code)
    names, _, values = metric_table(real(walk.regions[: walk.done, r], walk.compiled.inputs.weight))

    def of(name: str) -> list[int]:
        return [int(value) for value in values[:, names.index(name)]]

    spent = walk.state.province.spent[:, r]
    return RegionStory(
        region=evidence.regions[r],
        levels=tuple(of(f"firms_level_{k}")[-1] for k in ALL_LEVELS),
        start=quarter_text(ORIGIN + BURN_IN),
        climbs=sum(of("climbs")),
        stocks=tuple((name, of(name)[-1]) for name in STOCKS),
        flows=tuple((name, sum(of(name)[-YEAR:])) for name in FLOWS),
        quarters=min(walk.done, YEAR),
        spent=tuple((lever, int(yuan)) for lever, yuan in zip(LEVERS, spent, strict=True) if yuan),
    )
