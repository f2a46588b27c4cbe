"""Policy and baseline with the same luck: what is kept from their replications, and the paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from sim.analysis.comparison.money import LARGE_GAP, authorised
from sim.analysis.outcomes import OUTCOMES, counts_of
from sim.analysis.statistics import interval
from sim.runs.counts import RunCounts
from sim.world.levers import LEVER_NAMES
from sim.world.scenario_record import Scenario

Array = NDArray[Any]
BILLION = 1e9
MOST = 0.5  # share of settings in which a policy must cost more than the baseline to be judged by climbs per yuan


class Replication(NamedTuple):
    """What comparisons need from one replication; real firms, people and yuan."""

    totals: Mapping[str, Array]  # over the horizon, by outcome
    paths: Mapping[str, Array]  # [quarters], by outcome that is shown over time
    regional: Mapping[str, Array]  # [regions], by outcome that is shown by region
    firms: Array  # int64[regions] at the end
    spent: Array  # int64[levers], yuan over the horizon


def replication_of(scenario: Scenario, province: RunCounts) -> Replication:
    """Reduce a replication to what comparisons need."""
    counts = counts_of(scenario, province)
    outcomes = OUTCOMES.items()
    return Replication(
        totals={name: each.over_horizon(each.by_quarter(counts)) for name, each in outcomes},
        paths={name: each.path(counts) for name, each in outcomes if each.over_time},
        regional={name: each.over_horizon(each.count(counts)) for name, each in outcomes if each.regional},
        firms=counts["firms"][-1].copy(),
        spent=np.array([counts[f"spent_{name}"].sum() for name in LEVER_NAMES]),
    )


@dataclass(frozen=True)
class Pair:
    """A policy under one reading, and the baseline, replication by replication.

    Attributes
    ----------
    reading
        Such as ``V-naive``.
    scenario
        The policy.
    policy, base
        Replications of the policy and of the baseline with the same luck.
    """

    reading: str
    scenario: Scenario
    policy: Sequence[Replication]
    base: Sequence[Replication]

    @property
    def key(self) -> dict[str, str]:
        """The first columns of a row about this pair."""
        return {"reading": self.reading, "scenario": self.scenario.name}

    def joined(self, later: Self) -> Self:
        """Add the replications of a later batch."""
        return replace(self, policy=[*self.policy, *later.policy], base=[*self.base, *later.base])

    @cached_property
    def differences(self) -> Mapping[str, Array]:
        """Paired differences by outcome: float64[replications]."""
        both = list(zip(self.policy, self.base, strict=True))
        return {
            name: np.array([each.effect(policy.totals[name], base.totals[name]) for policy, base in both])
            for name, each in OUTCOMES.items()
        }

    @property
    def spent(self) -> Array:
        """Yuan spent over the horizon: float64[replications]."""
        return np.array([replication.spent.sum() for replication in self.policy], float)

    @property
    def extra(self) -> Array:
        """Yuan spent over the horizon beyond what the baseline's own levers spend: float64[replications]."""
        more: Array = self.spent - np.array([replication.spent.sum() for replication in self.base], float)
        return more

    @property
    def doubtful(self) -> bool:
        """Whether every replication has doubtful numbers of its own."""
        return self.scenario.doubt != "none"

    @property
    def spends(self) -> Array:
        """In which replications it spends more than the baseline, remainders aside: bool[replications]."""
        more: Array = self.extra > LARGE_GAP * authorised(self.scenario)
        return more

    @property
    def climbs_per_billion(self) -> Array:
        """Extra climbs per bn yuan: float64[replications]; 0 where the policy costs no more than the baseline."""
        spends = self.spends
        size = np.where(spends, self.extra / BILLION, 1.0)
        gained: Array = np.where(spends, self.differences["climbs"] / size, 0.0)
        return gained

    def costs_more(self) -> bool:
        """Whether the policy clearly spends more than the baseline; else a cost per climb is a ratio of remainders.

        Where every replication has numbers of its own it must do so in most of them.
        """
        if self.doubtful:
            return bool(np.mean(self.spends) > MOST)
        _, low, _ = interval(self.extra)
        return bool(np.mean(self.extra) > LARGE_GAP * authorised(self.scenario)) and not low <= 0.0

    def moves(self) -> bool:
        """Whether climbs differ from the baseline's in some replication, and not by the same number in all."""
        return bool(np.ptp(self.differences["climbs"]) > 0)


def policies_of(pairs: Sequence[Pair]) -> list[Scenario]:
    """List the policies of pairs, each once, whatever the readings."""
    return list({pair.scenario.name: pair.scenario for pair in pairs}.values())


def totals(side: Sequence[Replication], outcome: str) -> Array:
    """Numbers of an outcome over the horizon: float64[replications]."""
    return np.array([replication.totals[outcome] for replication in side], float)


def by_quarter(side: Sequence[Replication], outcome: str) -> Array:
    """An outcome quarter by quarter, flows summed up to each quarter: float64[replications, quarters]."""
    return np.array([replication.paths[outcome] for replication in side], float)


def by_region(side: Sequence[Replication], outcome: str) -> Array:
    """Numbers of an outcome over the horizon by region: float64[replications, regions]."""
    return np.array([replication.regional[outcome] for replication in side], float)
