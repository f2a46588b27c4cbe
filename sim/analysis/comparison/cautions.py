"""What the runs of a comparison show that a reader must know first: money left, too few agents, no effect at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sim.analysis.comparison.effects import FEWEST_FOR_INTERVAL, FEWEST_FOR_SHARES, response_replications
from sim.analysis.comparison.money import authorised, authorised_by_lever
from sim.analysis.comparison.pairs import Pair
from sim.analysis.comparison.reach import Reach, decided_by_quota, narrow, reach, reach_cautions, why_unspent
from sim.analysis.comparison.unlike import early_levers, spoken
from sim.runs.caution import Caution
from sim.runs.results import Results
from sim.world.levers import LEVER_NAMES, LEVERS, supports_people
from sim.world.scenario_record import Scenario

UNSPENT = 0.05  # share of the authorised money from which unspent money is reported
#: Gap of the money spent, as a share of the authorised money, from which climbs count per yuan.
UNEVEN = 0.05


def run_cautions(
    pairs: Sequence[Pair], policies: Collection[str], seed: int, *, response: bool = False
) -> Iterator[Caution]:
    """Say what the runs of a comparison show.

    Parameters
    ----------
    pairs
        Every policy and what-if under every reading.
    policies
        Names of the policies.
    seed
        Key of the draws.
    response
        Whether policies ran at other budgets too.
    """
    count = len(pairs[0].policy)
    if count < FEWEST_FOR_INTERVAL:
        yield Caution(
            "few_replications", "replications", facts={"count": count, "fewest": FEWEST_FOR_INTERVAL}
        )
    elif count < FEWEST_FOR_SHARES:
        yield Caution("few_for_shares", "replications", facts={"count": count, "fewest": FEWEST_FOR_SHARES})
    for scenario in dict.fromkeys(pair.scenario.name for pair in pairs):
        mine = [pair for pair in pairs if pair.scenario.name == scenario]
        found: tuple[Reach, ...] = ()
        yield from _idle(mine[0].scenario)
        left = _left(mine) if any(use.strength for use in mine[0].scenario.levers) else {}
        if scenario in policies and (narrow(mine[0].scenario) or left):
            found = reach(mine[0].scenario, seed)
            yield from reach_cautions(mine[0].scenario, found)
        if left:
            yield _unspent(mine, left, found)
        if count >= FEWEST_FOR_INTERVAL and scenario in policies and not decided_by_quota(mine[0].scenario):
            yield from _alike(mine)
    yield from _same(pairs, policies)
    if response:
        yield Caution("response", "--response", facts={"count": response_replications(count)})


def spent_apart(pairs: Sequence[Pair]) -> tuple[dict[str, float], float]:
    """Give what policies spent, mean yuan, and how far apart that is, as a share of the authorised money."""
    names = dict.fromkeys(pair.scenario.name for pair in pairs)
    spent = {
        name: float(np.mean([pair.spent for pair in pairs if pair.scenario.name == name])) for name in names
    }
    allowed = max((authorised(pair.scenario) for pair in pairs), default=0.0)
    gap = (max(spent.values()) - min(spent.values())) / allowed if allowed else 0.0
    return spent, gap


def _same(pairs: Sequence[Pair], policies: Collection[str]) -> Iterator[Caution]:
    """Find policies that gave the same in every replication and under every reading."""
    found: dict[tuple[float, ...], list[str]] = {}
    for name in policies:
        climbs = [pair.differences["climbs"] for pair in pairs if pair.scenario.name == name]
        found.setdefault(tuple(np.concatenate(climbs).tolist()), []).append(name)
    for values, names in found.items():
        if len(names) > 1 and any(values):
            yield Caution("same", scenario=names[0], facts={"others": {"names": names[1:]}})


def _left(mine: Sequence[Pair]) -> dict[str, float]:
    """Share of the authorised money that was not spent, by reading, if large enough to report."""
    allowed = authorised(mine[0].scenario)
    gaps = {pair.reading: 1 - float(np.mean(pair.spent)) / allowed for pair in mine if allowed}
    return {reading: gap for reading, gap in gaps.items() if gap > UNSPENT}


def _unspent(mine: Sequence[Pair], left: dict[str, float], found: Sequence[Reach]) -> Caution:
    spent = np.mean([replication.spent for replication in mine[0].policy], axis=0)
    by_lever = {each.lever: float(spent[LEVER_NAMES.index(each.lever)]) for each in found}
    facts = {"low": min(left.values()), "high": max(left.values())}
    return Caution(
        "unspent", "budget", mine[0].scenario.name, facts | _reason(mine[0].scenario, found, by_lever)
    )


def _reason(scenario: Scenario, found: Sequence[Reach], spent: Mapping[str, float]) -> dict[str, Any]:
    """Which lever left most of its money, and why."""
    allowed = authorised_by_lever(scenario)
    worst = max(found, key=lambda each: allowed[each.lever] - spent[each.lever])
    return {"why": why_unspent(scenario, worst), "lever": spoken(worst.lever)}


def _alike(mine: Sequence[Pair]) -> Iterator[Caution]:
    """Find policies whose climbs differ from the baseline's by the same number in every replication."""
    readings = [pair.reading for pair in mine if not pair.moves()]
    if readings:
        values = {float(np.mean(pair.differences["climbs"])) for pair in mine if pair.reading in readings}
        code = "unmoved" if values == {0.0} else "alike"
        yield Caution(code, scenario=mine[0].scenario.name, facts={"readings": readings})


def cautions_of(
    scenario: Scenario, spent: Mapping[str, float] | None = None, *, thorough: bool = False
) -> Iterator[Caution]:
    """Report whom one scenario reaches and whether its money is spent, as `check` and `run` do.

    Parameters
    ----------
    spent
        Yuan spent over the run by lever, mean over replications; by default that of one replication.
    thorough
        Whether to look even if levers are for everybody and no money is known to be left.
    """
    allowed = authorised(scenario)
    yield from _idle(scenario)
    yield from early_levers([scenario])
    gap = 1 - sum(spent.values()) / allowed if spent is not None and allowed else 0.0
    if (
        not scenario.levers
        or not any(use.strength for use in scenario.levers)
        or not (thorough or narrow(scenario) or gap > UNSPENT)
    ):
        return
    found = reach(scenario)
    yield from reach_cautions(scenario, found)
    by_lever = {each.lever: each.spent for each in found} if spent is None else spent
    gap = 1 - sum(by_lever.values()) / allowed if allowed else 0.0
    if gap > UNSPENT:
        facts = {"low": gap, "high": gap} | _reason(scenario, found, by_lever)
        yield Caution("unspent_once" if spent is None else "unspent", "budget", scenario.name, facts)


def _idle(scenario: Scenario) -> Iterator[Caution]:
    """Find policies that by their settings do nothing: no strength, or no money."""
    if scenario.levers and not any(use.strength for use in scenario.levers):
        yield Caution("idle", "levers.strength", scenario.name)
    elif scenario.levers and all(_holds_and_brings_nobody(scenario, use.name) for use in scenario.levers):
        yield Caution("idle", "levers.talent_pool.capacity", scenario.name)
    elif scenario.levers and not authorised(scenario):
        yield Caution("idle", "budget", scenario.name)


def _holds_and_brings_nobody(scenario: Scenario, lever: str) -> bool:
    terms = LEVERS[LEVER_NAMES.index(lever)].terms
    return supports_people(lever, scenario.parameters) and not any(
        scenario.parameters[terms[name]] for name in ("capacity", "sourced")
    )


def cautions_of_run(results: Results) -> Iterator[Caution]:
    """Report whom a run's levers reach and whether their money was spent, over the reported quarters."""
    quarters = results.quarters
    total = quarters[quarters["metric"].str.startswith("spent_")].groupby("metric")["value"].sum()
    spent = {
        use.name: float(total[f"spent_{use.name}"]) / results.replications for use in results.scenario.levers
    }
    yield from cautions_of(results.scenario, spent)


def ranked(pairs: Sequence[Pair], policies: Collection[str]) -> list[Pair]:
    """Keep the pairs that can be ranked: what-ifs are not policies, and a quota ranks nobody."""
    return [pair for pair in pairs if pair.scenario.name in policies and not decided_by_quota(pair.scenario)]
