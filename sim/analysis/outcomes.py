"""What can be asked of a replication: one record per outcome, with its texts and how it is counted.

Whatever needs to know about an outcome reads its record in `OUTCOMES`: the tables of comparisons and studies,
experiment files, figures, reports, `explain` and the documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.model.outputs import METRIC_INDEX
from sim.runs.counts import RunCounts, real, reported
from sim.runs.results import derived
from sim.world.constants import ALL_LEVELS, QUALITY, YEAR
from sim.world.scenario_record import Scenario

Array = NDArray[Any]
#: Metrics of one replication by name, int64[quarters, regions]: the reported quarters; real firms, people and yuan.
Counted = Mapping[str, Array]
PERCENT = 100.0


def counts_of(scenario: Scenario, province: RunCounts) -> Counted:
    """Give the metrics of a replication by name, derived ones included."""
    return by_name(real(province.regions[reported(scenario)], scenario.weight))


def by_name(regions: Array) -> Counted:
    """Give metrics [quarters, regions, metrics] by name, derived ones included."""
    return {name: regions[..., k] for name, k in METRIC_INDEX.items()} | derived(regions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One thing that can be asked of a replication.

    Attributes
    ----------
    name
        As in experiment files and tables.
    unit
        ``firms``, ``yuan``, ``pp`` (a share in percent; differences of it are percentage points) or ``index``.
    kind
        ``level``: what counts is the last quarter. ``flow``: what counts is the sum over the horizon.
    zh, en
        Its name for people, as written in the middle of a sentence.
    meaning_zh, meaning_en
        What it is, in one line.
    count
        Computes it from the metrics, by quarter: [quarters], or [quarters, regions] where it is ``regional``.
    change
        How to compute the effect from the policy's and the baseline's numbers, if it is not their difference. Then the
        outcome has no value of its own, and the numbers may have any shape.
    floor
        For lead outcomes: a half-width that is as good as exact, so ``--until`` asks for no more.
    regional
        Whether comparisons show it by region too.
    over_time
        Whether comparisons show it by quarter too.
    more_is_worse
        Whether the policy with the largest effect is not the best one.
    """

    name: str
    unit: Literal["firms", "yuan", "pp", "index"]
    kind: Literal["level", "flow"]
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    count: Callable[[Counted], Array]
    change: Callable[[Array, Array], float] | None = None
    floor: float | None = None
    regional: bool = False
    over_time: bool = False
    more_is_worse: bool = False

    def by_quarter(self, counts: Counted) -> Array:
        """Count it in the whole province: [quarters]."""
        found = self.count(counts)
        return found.sum(axis=1) if self.regional else found

    def path(self, counts: Counted) -> Array:
        """Its path: a level as it is, a flow summed up to each quarter; [quarters]."""
        found = self.by_quarter(counts)
        return found.cumsum() if self.kind == "flow" else found

    def over_horizon(self, found: Array) -> Array:
        """Reduce numbers by quarter, [quarters, …], to the number for the whole horizon."""
        total: Array = found.sum(axis=0) if self.kind == "flow" else found[-1].copy()  # a view would keep all
        return total

    def value(self, counts: Counted) -> float:
        """Give the one number of a replication that a study asks for."""
        return float(self.over_horizon(self.by_quarter(counts)))

    def effect(self, policy: Array, base: Array) -> float:
        """Compare the numbers of two replications with the same luck."""
        return float(policy) - float(base) if self.change is None else self.change(policy, base)


# How outcomes are counted ---------------------------------------------------------------------------------


def quality_climbs(counts: Counted) -> Array:
    """First climbs to a level of quality firms."""
    climbs: Array = np.sum([counts[f"climbs_{k}"] for k in ALL_LEVELS[QUALITY:]], axis=0)
    return climbs


def difficulty_share(counts: Counted) -> Array:
    """Percent of firms in transition difficulty."""
    return _percent(counts["difficulty"], counts["firms"])


def entrant_share(counts: Counted) -> Array:
    """Percent of firms founded since quarter zero."""
    entrants = np.sum([counts[f"firms_entrant_{k}"] for k in ALL_LEVELS], axis=0)
    return _percent(entrants, counts["firms"])


def mix(counts: Counted) -> Array:
    """Firms by level, int64[quarters, 4, levels]: incumbents, entrants, incumbents and entrants in difficulty."""
    found = [
        [counts[f"{what}_{cohort}_{k}"].sum(axis=1) for k in ALL_LEVELS]
        for what in ("firms", "difficulty")
        for cohort in ("incumbent", "entrant")
    ]
    return np.moveaxis(np.array(found), -1, 0)


def inequality(counts: Counted) -> Array:
    """Theil index between regions of value added per head; of the last year, at the end of each quarter."""
    years = _last_year(counts["value_added"])
    return np.array([theil(*both) for both in zip(years, counts["staff"], strict=True)])


def value_added_per_firm(counts: Counted) -> Array:
    """Value added of the last year over the firms at its end; of a province without firms 0."""
    share: Array = _last_year(counts["value_added"]).sum(axis=1) / np.maximum(counts["firms"].sum(axis=1), 1)
    return share


def _percent(part: Array, whole: Array) -> Array:
    """Percent in the province; 0 if the total is 0."""
    share: Array = PERCENT * part.sum(axis=1) / np.maximum(whole.sum(axis=1), 1)
    return share


def _last_year(flow: Array) -> Array:
    """Sum a flow over each quarter and the reported ones among the three before."""
    total = flow.cumsum(axis=0)
    total[YEAR:] = total[YEAR:] - total[:-YEAR]
    return total


def theil(value_added: Array, staff: Array) -> float:
    """Return the Theil index between regions, Σ y ln(y/n), of shares y of value added and n of staff.

    A region without firms is missing.
    """
    there = (value_added > 0) & (staff > 0)
    y = value_added[there] / value_added[there].sum()
    n = staff[there] / staff[there].sum()
    return float((y * np.log(y / n)).sum())


class DifficultyParts(NamedTuple):
    """The parts that add up to the change of the share in difficulty, in percentage points.

    Incumbents within a level; composition, that is incumbents on other levels than in the baseline (higher levels
    report more difficulty, so climbing alone raises the share); and everything about entrants.
    """

    within: float
    composition: float
    entrants: float


def difficulty_parts(policy: Array, base: Array) -> DifficultyParts:
    """Split the change of the share in difficulty between two mixes of firms, see `mix`."""
    weights, rates = [], []
    for counted in (policy, base):
        firms = counted[:2].astype(float)
        weights.append(firms / firms.sum())
        rates.append(np.divide(counted[2:], firms, out=np.full(firms.shape, np.nan), where=firms > 0))
    rate_p = np.where(np.isnan(rates[0]), rates[1], rates[0])
    rate_b = np.where(np.isnan(rates[1]), rates[0], rates[1])
    rate_p, rate_b = np.nan_to_num(rate_p), np.nan_to_num(rate_b)
    usual = ((weights[0] * rate_p).sum() + (weights[1] * rate_b).sum()) / 2
    within = PERCENT * (weights[0] + weights[1]) / 2 * (rate_p - rate_b)
    shift = PERCENT * ((rate_p + rate_b) / 2 - usual) * (weights[0] - weights[1])
    return DifficultyParts(float(within[0].sum()), float(shift[0].sum()), float((within[1] + shift[1]).sum()))


# The outcomes, in the order of the tables -----------------------------------------------------------------

_ALL = (
    Outcome(
        name="quality_firms",
        unit="firms",
        kind="level",
        zh="优质企业数",
        en="quality firms",
        meaning_zh="期末 2 级及以上的企业数",
        meaning_en="firms at level 2 or above at the end",
        count=lambda counts: counts["quality_firms"],
        floor=20.0,
        regional=True,
        over_time=True,
    ),
    Outcome(
        name="climbs",
        unit="firms",
        kind="flow",
        zh="首次升级数",
        en="first climbs",
        meaning_zh="首次升到更高层级的企业数，报告期内累计",
        meaning_en="firms that reach a level they never had, summed over the horizon",
        count=lambda counts: counts["climbs"],
        floor=20.0,
        regional=True,
        over_time=True,
    ),
    Outcome(
        name="value_added",
        unit="yuan",
        kind="flow",
        zh="增加值",
        en="value added",
        meaning_zh="企业增加值，报告期内累计",
        meaning_en="value added of firms, summed over the horizon",
        count=lambda counts: counts["value_added"].sum(axis=1),
        floor=2e9,
    ),
    Outcome(
        name="difficulty_share",
        unit="pp",
        kind="level",
        zh="转型难占比",
        en="share in difficulty",
        meaning_zh="期末存在转型难的企业占比；高层级企业更多地报告转型难，不可只看占比",
        meaning_en="share of firms with a transition difficulty at the end; higher levels report more: not to be read "
        "alone",
        count=difficulty_share,
        over_time=True,
        more_is_worse=True,
    ),
    Outcome(
        name="difficulty_within",
        unit="pp",
        kind="level",
        zh="层级内",
        en="within levels",
        meaning_zh="转型难占比之差中，同一层级内的部分（期初已有的企业）",
        meaning_en="of the change of that share, the part within levels (firms there from quarter zero)",
        count=mix,
        change=lambda policy, base: difficulty_parts(policy, base).within,
        more_is_worse=True,
    ),
    Outcome(
        name="difficulty_composition",
        unit="pp",
        kind="level",
        zh="层级构成",
        en="composition",
        meaning_zh="转型难占比之差中，企业换了层级的部分（期初已有的企业）",
        meaning_en="of the change of that share, the part from firms on other levels (firms there from quarter zero)",
        count=mix,
        change=lambda policy, base: difficulty_parts(policy, base).composition,
        more_is_worse=True,
    ),
    Outcome(
        name="difficulty_entrants",
        unit="pp",
        kind="level",
        zh="新进入企业",
        en="entrants",
        meaning_zh="转型难占比之差中，后来新办的企业的部分",
        meaning_en="of the change of that share, the part from firms founded since",
        count=mix,
        change=lambda policy, base: difficulty_parts(policy, base).entrants,
        more_is_worse=True,
    ),
    Outcome(
        name="theil",
        unit="index",
        kind="level",
        zh="泰尔指数",
        en="Theil index",
        meaning_zh="最后一年各市州人均增加值的泰尔指数；越大越不均",
        meaning_en="Theil index of value added per head between regions in the last year; higher is less equal",
        count=inequality,
        more_is_worse=True,
    ),
    Outcome(
        name="quality_climbs",
        unit="firms",
        kind="flow",
        zh="首次升到 2 级及以上的次数",
        en="climbs to level 2 or above",
        meaning_zh="首次升到 2、3、4 级的次数，报告期内累计",
        meaning_en="first climbs to level 2, 3 or 4, summed over the horizon",
        count=quality_climbs,
        floor=20.0,
        regional=True,
        over_time=True,
    ),
    Outcome(
        name="entrant_share",
        unit="pp",
        kind="level",
        zh="新办企业占比",
        en="share of firms founded since 2020",
        meaning_zh="期末企业中 2020 年以来新办的占比",
        meaning_en="share of the firms at the end that were founded since 2020",
        count=entrant_share,
        over_time=True,
    ),
    Outcome(
        name="value_added_per_firm",
        unit="yuan",
        kind="level",
        zh="每家企业的增加值",
        en="value added per firm",
        meaning_zh="最后一年的企业增加值除以期末企业数",
        meaning_en="value added of the last year over the number of firms at the end",
        count=value_added_per_firm,
    ),
)
OUTCOMES: Mapping[str, Outcome] = {outcome.name: outcome for outcome in _ALL}
#: Names of outcomes in earlier versions, for their files and results.
EARLIER: Mapping[str, str] = {"quality_stock": "quality_firms"}
#: Outcomes of a replication by itself, without a baseline, which an experiment may ask for.
ASKED = tuple(name for name, outcome in OUTCOMES.items() if outcome.change is None)
#: Lead outcomes of a comparison: `--until` continues until these are precise.
LEAD = tuple(name for name, outcome in OUTCOMES.items() if outcome.floor is not None)
