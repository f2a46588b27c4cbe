"""What is kept of a replication for comparing policies, and the outcomes computed from it (docs/odd.md)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.model.outputs import METRIC_INDEX
from sim.runs.counts import Province, real, reported
from sim.runs.results import derived
from sim.world.constants import ALL_LEVELS, YEAR
from sim.world.levers import LEVER_NAMES
from sim.world.scenario_record import Scenario

Array = NDArray[Any]
SERIES = ("quality_stock", "climbs", "difficulty", "firms", "value_added")
LEAD = ("quality_stock", "climbs", "value_added")
#: What a replication gives by itself, without a baseline (`headline`).
LEVEL_OUTCOMES = (*LEAD, "difficulty_share", "theil")
OUTCOMES = (
    *LEAD,
    "difficulty_share",
    "difficulty_within",
    "difficulty_composition",
    "difficulty_entrants",
    "theil",
)
UNITS = {
    "quality_stock": "firms",
    "climbs": "firms",
    "value_added": "yuan",
    "difficulty_share": "pp",
    "difficulty_within": "pp",
    "difficulty_composition": "pp",
    "difficulty_entrants": "pp",
    "theil": "index",
}
#: Half-widths that are as good as exact: the stopping rule asks for no more (firms; firms; yuan over the
#: horizon).
FLOORS = {"quality_stock": 20.0, "climbs": 20.0, "value_added": 2e9}
PERCENT = 100.0


class Outcome(NamedTuple):
    """One replication in short; real firms, people and yuan. T quarters, R regions."""

    series: Array  # int64[T, SERIES]; stocks at quarter's end, flows of the quarter
    regional: Array  # int64[R, 3]: firms at level ≥ 2 and all firms at the end, climbs over the horizon
    mix: Array  # int64[4, levels] at the end: incumbents, entrants, incumbents and entrants in difficulty
    economy: Array  # int64[2, R]: value added of the last year or all that is reported, staff at the end
    spent: Array  # int64[levers], yuan over the run


def outcome_of(scenario: Scenario, province: Province) -> Outcome:
    """Shorten a replication to what comparisons need."""
    regions = real(province.regions[reported(scenario)], scenario.weight)
    total = regions.sum(axis=1)
    more, more_regional = derived(total), derived(regions)
    value_added = METRIC_INDEX["value_added"]
    return Outcome(
        series=np.stack(
            [more["quality_firms"], more["climbs"], more["difficulty"], more["firms"], total[:, value_added]],
            axis=1,
        ),
        regional=np.stack(
            [
                more_regional["quality_firms"][-1],
                more_regional["firms"][-1],
                more_regional["climbs"].sum(axis=0),
            ],
            axis=1,
        ),
        mix=np.array(
            [
                [total[-1, METRIC_INDEX[f"{what}_{cohort}_{k}"]] for k in ALL_LEVELS]
                for what in ("firms", "difficulty")
                for cohort in ("incumbent", "entrant")
            ]
        ),
        economy=np.stack(
            [regions[-YEAR:, :, value_added].sum(axis=0), regions[-1, :, METRIC_INDEX["staff"]]], axis=0
        ),
        spent=np.array([total[:, METRIC_INDEX[f"spent_{name}"]].sum() for name in LEVER_NAMES]),
    )


def headline(outcome: Outcome) -> dict[str, float]:
    """Return the outcomes of one replication that need no baseline (`LEVEL_OUTCOMES`); shares in percent."""
    series = dict(zip(SERIES, outcome.series.T, strict=True))
    return {
        "quality_stock": float(series["quality_stock"][-1]),
        "climbs": float(series["climbs"].sum()),
        "value_added": float(series["value_added"].sum()),
        "difficulty_share": PERCENT * float(series["difficulty"][-1]) / float(series["firms"][-1]),
        "theil": theil(*outcome.economy.astype(float)),
    }


def theil(value_added: Array, staff: Array) -> float:
    """Return the Theil index between regions, Σ y ln(y/n), of shares y of value added and n of staff.

    A region without firms is missing.
    """
    there = (value_added > 0) & (staff > 0)
    y = value_added[there] / value_added[there].sum()
    n = staff[there] / staff[there].sum()
    return float((y * np.log(y / n)).sum())


def difficulty_parts(policy: Outcome, base: Outcome) -> dict[str, float]:
    """Split the change of the share in difficulty (percentage points) so that the parts add up.

    Incumbents within a level; composition, that is incumbents on other levels than in the baseline (higher
    levels report more difficulty, so climbing alone raises the share); and everything about entrants.
    """
    weights, rates = [], []
    for mix in (policy.mix, base.mix):
        firms = mix[:2].astype(float)
        weights.append(firms / firms.sum())
        rates.append(np.divide(mix[2:], firms, out=np.full(firms.shape, np.nan), where=firms > 0))
    rate_p = np.where(np.isnan(rates[0]), rates[1], rates[0])
    rate_b = np.where(np.isnan(rates[1]), rates[0], rates[1])
    rate_p, rate_b = np.nan_to_num(rate_p), np.nan_to_num(rate_b)
    usual = ((weights[0] * rate_p).sum() + (weights[1] * rate_b).sum()) / 2
    within = PERCENT * (weights[0] + weights[1]) / 2 * (rate_p - rate_b)
    shift = PERCENT * ((rate_p + rate_b) / 2 - usual) * (weights[0] - weights[1])
    return {
        "difficulty_within": float(within[0].sum()),
        "difficulty_composition": float(shift[0].sum()),
        "difficulty_entrants": float((within[1] + shift[1]).sum()),
    }
