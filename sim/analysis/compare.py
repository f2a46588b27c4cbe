"""Policies against a baseline with the same luck, under the stated readings of the evidence.

Every policy and the baseline run with the same draws; effects are paired differences per replication. Nothing here is
a posterior: intervals say how far luck carries, readings how far assumptions do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.outcomes import (
    FLOORS,
    LEAD,
    OUTCOMES,
    PERCENT,
    SERIES,
    UNITS,
    Outcome,
    difficulty_parts,
    headline,
    outcome_of,
)
from sim.analysis.statistics import best_shares, fieller, interval, pairing_ratio, tight_enough
from sim.errors import InputError
from sim.evidence.tables import Evidence
from sim.files import calibration_folder
from sim.runs.executor import Interrupted, Progress
from sim.runs.run import evidence_of, quarter_names, simulate_all
from sim.world.ground import ORIGIN
from sim.world.levers import LEVERS
from sim.world.parameters import load_parameters
from sim.world.programme import YEAR, yearly_money
from sim.world.scenario_record import Scenario

Array = NDArray[Any]
READINGS = (("V", "selective"), ("V", "naive"), ("D", "selective"), ("D", "naive"))
MULTIPLES = (0.25, 0.5, 1.0, 2.0, 4.0)
BATCH = 20
CAP = 400
LARGE_GAP = 0.01  # of authorised money unspent: flagged
UNDEFINED = "undefined: the effect covers 0"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison found; every frame is tidy, numbers are real firms, people and yuan, intervals 95 %.

    Attributes
    ----------
    base, policies
        The scenarios.
    titles
        Titles by scenario and language.
    replications, seed
        How many replications, and their key.
    evidence, grades
        What it stands on, and how many numbers of the registry have which grade.
    interrupted
        Whether Ctrl-C ended it before everything asked for was done.
    effects, costs, paths, regions, response, break_even, ranking, pairing
        See the columns in `compare`.
    """

    base: Scenario
    policies: tuple[Scenario, ...]
    titles: dict[str, dict[str, str]]
    replications: int
    seed: int
    evidence: Evidence
    grades: dict[str, int]
    interrupted: bool
    effects: pd.DataFrame
    costs: pd.DataFrame
    paths: pd.DataFrame
    regions: pd.DataFrame
    response: pd.DataFrame
    break_even: pd.DataFrame
    ranking: pd.DataFrame
    pairing: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """The frames by name."""
        names = ("effects", "costs", "paths", "regions", "response", "break_even", "ranking", "pairing")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class _Pair:
    """A policy under one reading, its outcomes and the baseline's, replication by replication."""

    reading: str
    scenario: Scenario
    policy: list[Outcome]
    base: list[Outcome]

    @property
    def key(self) -> dict[str, str]:
        return {"reading": self.reading, "scenario": self.scenario.name}

    def spent(self) -> Array:
        return np.array([outcome.spent.sum() for outcome in self.policy], float)

    def series(self, name: str, side: list[Outcome]) -> Array:
        """float64 [replications, quarters]; climbs cumulated, difficulty as percent of firms."""
        index = {key: k for k, key in enumerate(SERIES)}
        stack = np.stack([outcome.series for outcome in side]).astype(float)
        if name == "climbs":
            return stack[:, :, index["climbs"]].cumsum(axis=1)
        if name == "difficulty_share":
            share: Array = PERCENT * stack[:, :, index["difficulty"]] / stack[:, :, index["firms"]]
            return share
        return stack[:, :, index[name]]

    def differences(self) -> dict[str, Array]:
        """Paired differences by outcome: float64 [replications]."""
        rows = [
            {name: value - before[name] for name, value in headline(policy).items()}
            | difficulty_parts(policy, base)
            for policy, base in zip(self.policy, self.base, strict=True)
            for before in (headline(base),)
        ]
        return {name: np.array([row[name] for row in rows]) for name in OUTCOMES}


def compare(
    base: Scenario,
    policies: Sequence[Scenario],
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    until: float | None = None,
    response: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Compare policies with a baseline under V and D × selective and naive.

    Parameters
    ----------
    base, policies
        Scenarios over the same reported quarters and on the same evidence, grid and scale.
    replications, seed
        By default the baseline's own.
    until
        Relative precision, such as 0.05: batches are added until every lead outcome's half-width is at most that share
        of its effect (or below its floor, `sim.analysis.outcomes.FLOORS`), at most `CAP` replications. The replications
        asked for are the first batch.
    response
        Whether to run every policy at ¼, ½, 2 and 4 times its budget too.

    Raises
    ------
    InputError
        If the scenarios cannot be compared.
    KeyboardInterrupt
        After Ctrl-C before two replications of all scenarios are done. Later, Ctrl-C gives the comparison of the
        replications that are done.
    """
    _comparable(base, policies)
    count = base.replications if replications is None else replications
    if count < 2:
        raise InputError(f"--replications {count}: a comparison needs at least 2 for an interval")
    key = base.seed if seed is None else seed
    evidence = evidence_of(base)

    pairs, stopped = _run_pairs(base, policies, range(count), key, workers, progress)
    count = len(pairs[0].policy)
    if count < 2:
        raise KeyboardInterrupt
    while (
        until is not None
        and not stopped
        and count < CAP
        and not all(_resolved(pair, until) for pair in pairs)
    ):
        more = range(count, min(count + BATCH, CAP))
        added, stopped = _run_pairs(base, policies, more, key, workers, progress)
        pairs = [
            _Pair(a.reading, a.scenario, a.policy + b.policy, a.base + b.base)
            for a, b in zip(pairs, added, strict=True)
        ]
        count = len(pairs[0].policy)

    curve: list[dict[str, Any]] = []
    if response and not stopped:
        try:
            curve = _response(base, policies, pairs, count, key, workers, progress)
        except Interrupted:  # the comparison itself is whole
            stopped = True
    registry = load_parameters(calibration_folder(base.evidence))
    scenarios = (base, *policies)
    return Comparison(
        base=base,
        policies=tuple(policies),
        titles={scenario.name: scenario.title for scenario in scenarios},
        replications=count,
        seed=key,
        evidence=evidence,
        grades=dict(Counter(parameter.grade for parameter in registry.values())),
        interrupted=stopped,
        effects=pd.DataFrame([row for pair in pairs for row in _effects(pair, until)]),
        costs=pd.DataFrame([_costs(pair) for pair in pairs]),
        paths=pd.DataFrame([row for pair in pairs for row in _paths(pair)]),
        regions=pd.DataFrame([row for pair in pairs for row in _regions(pair, evidence)]),
        response=pd.DataFrame(curve, columns=RESPONSE_COLUMNS),
        break_even=pd.DataFrame(_break_even(pairs), columns=BREAK_EVEN_COLUMNS),
        ranking=pd.DataFrame(_ranking(pairs, key)),
        pairing=pd.DataFrame([_pairing(pair) for pair in pairs]),
    )


def _comparable(base: Scenario, policies: Sequence[Scenario]) -> None:
    if not policies:
        raise InputError("nothing to compare: name at least one policy beside the baseline")
    names = [scenario.name for scenario in (base, *policies)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"two of the scenarios are called {twice[0]}; give each its own name")
    for what, pick in (
        ("horizon", lambda s: (s.start, s.end)),
        ("scale", lambda s: s.weight),
        ("grid", lambda s: s.grid),
        ("evidence", lambda s: s.evidence),
        ("difficulty.column", lambda s: s.column),
    ):
        for policy in policies:
            if pick(policy) != pick(base):
                raise InputError(
                    f"{policy.name} and {base.name} differ in {what}; a paired comparison needs the same"
                )
    own = {name for lever in LEVERS for name in (*lever.settings.values(), lever.unit_cost)}
    for scenario in (base, *policies):
        if scenario.causal_reading == "own":
            raise InputError(
                f"{scenario.name} has causal shares of its own; compare reads every scenario as selective and naive. "
                "Take difficulty.causal_reading out, or change kappa_… under parameters in the baseline"
            )
        unlike = sorted(
            name
            for name in base.parameters
            if name not in own and scenario.parameters[name] != base.parameters[name]
        )
        if unlike:
            raise InputError(
                f"{scenario.name} and {base.name} differ in {', '.join(unlike)}: "
                "the difference would not be the policy's. Set such parameters in the baseline that both extend"
            )


def _run_pairs(
    base: Scenario,
    policies: Sequence[Scenario],
    replications: range,
    seed: int,
    workers: int | None,
    progress: Any,
) -> tuple[list[_Pair], bool]:
    """Run every reading of every scenario; True where Ctrl-C left fewer replications than asked for."""
    scenarios = [s.with_reading(*reading) for reading in READINGS for s in (base, *policies)]
    try:
        outcomes, stopped = simulate_all(scenarios, replications, seed, outcome_of, workers, progress), False
    except Interrupted as stop:
        outcomes, stopped = stop.done, True
    width = 1 + len(policies)
    pairs = [
        _Pair("-".join(reading), policies[k], outcomes[r * width + 1 + k], outcomes[r * width])
        for r, reading in enumerate(READINGS)
        for k in range(len(policies))
    ]
    return pairs, stopped


def _resolved(pair: _Pair, until: float) -> bool:
    differences = pair.differences()
    return all(tight_enough(*interval(differences[name]), FLOORS[name], until) for name in LEAD)


def _effects(pair: _Pair, until: float | None) -> list[dict[str, Any]]:
    rows = []
    before = [headline(outcome) for outcome in pair.base]
    for name, values in pair.differences().items():
        effect, low, high = interval(values)
        base = float(np.mean([row[name] for row in before])) if name in before[0] else float("nan")
        resolved = name not in LEAD or until is None or tight_enough(effect, low, high, FLOORS[name], until)
        rows.append(
            pair.key
            | {"outcome": name, "unit": UNITS[name], "effect": effect, "low": low, "high": high}
            | {"replications": len(values), "base": base, "resolved": resolved}
        )
    return rows


def authorised(scenario: Scenario) -> int:
    """Yuan authorised over the run for all levers of a scenario."""
    years = -(-(scenario.end - ORIGIN + 1) // YEAR)
    return sum(sum(money) for money in yearly_money(scenario, ORIGIN, years).values())


def _costs(pair: _Pair) -> dict[str, Any]:
    allowed = authorised(pair.scenario)
    spent = pair.spent()
    ratio = fieller(spent, pair.differences()["climbs"])
    point, low, high = ratio or (float("nan"),) * 3
    return pair.key | {
        "authorised_yuan": allowed,
        "spent_yuan": float(np.mean(spent)),
        "gap": 1 - float(np.mean(spent)) / allowed if allowed else 0.0,
        "yuan_per_climb": point,
        "low": low,
        "high": high,
        "note": "" if ratio else UNDEFINED,
    }


def _paths(pair: _Pair) -> list[dict[str, Any]]:
    rows = []
    for name in ("quality_stock", "climbs", "difficulty_share"):
        policy, base = pair.series(name, pair.policy), pair.series(name, pair.base)
        for t, quarter in enumerate(quarter_names(pair.scenario)):
            effect, low, high = interval(policy[:, t] - base[:, t])
            rows.append(
                pair.key
                | {"quarter": quarter, "outcome": name, "base": float(base[:, t].mean())}
                | {"policy": float(policy[:, t].mean()), "effect": effect, "low": low, "high": high}
            )
    return rows


def _regions(pair: _Pair, evidence: Evidence) -> list[dict[str, Any]]:
    policy = np.stack([outcome.regional for outcome in pair.policy]).astype(float)
    base = np.stack([outcome.regional for outcome in pair.base]).astype(float)
    rows = []
    for r, region in enumerate(evidence.regions):
        firms = base[:, r, 1].mean()
        if firms == 0:
            continue  # a region without firms is missing, not zero
        for column, name in ((0, "quality_stock"), (2, "climbs")):
            effect, low, high = interval(policy[:, r, column] - base[:, r, column])
            rows.append(
                pair.key
                | {"region": region.code, "region_zh": region.zh, "region_en": region.en, "outcome": name}
                | {"effect": effect, "low": low, "high": high}
                | {"per_thousand_firms": 1000 * effect / firms}
            )
    return rows


RESPONSE_COLUMNS = [
    *("reading", "scenario", "budget_yuan_per_year", "spent_yuan", "climbs", "climbs_low", "climbs_high"),
    *("yuan_per_climb", "low", "high", "note"),
]


def _response(
    base: Scenario,
    policies: Sequence[Scenario],
    pairs: list[_Pair],
    count: int,
    seed: int,
    workers: Any,
    progress: Any,
) -> list[dict[str, Any]]:
    """Every policy at multiples of its budget, with half of the replications; the budget itself is run already."""
    multiples = [m for m in MULTIPLES if m != 1.0]
    scaled = [
        policy.with_budget(round(policy.budget * m)).with_reading(*reading)
        for reading in READINGS
        for policy in policies
        for m in multiples
    ]
    fewer = max(count // 2, 2)
    outcomes = iter(simulate_all(scaled, range(fewer), seed, outcome_of, workers, progress))
    rows = []
    for pair in pairs:
        runs = {m: next(outcomes) for m in multiples} | {1.0: pair.policy[:fewer]}
        for m in MULTIPLES:
            scenario = pair.scenario.with_budget(round(pair.scenario.budget * m))
            other = _Pair(pair.reading, scenario, runs[m], pair.base[:fewer])
            effect, low, high = interval(other.differences()["climbs"])
            cost = _costs(other)
            rows.append(
                pair.key
                | {"budget_yuan_per_year": scenario.budget, "spent_yuan": cost["spent_yuan"]}
                | {"climbs": effect, "climbs_low": low, "climbs_high": high}
                | {name: cost[name] for name in ("yuan_per_climb", "low", "high", "note")}
            )
    return rows


BREAK_EVEN_COLUMNS = ["reading", "scenario", "rival", "lever", "unit_cost", "break_even", "note"]


def _break_even(pairs: list[_Pair]) -> list[dict[str, Any]]:
    """Unit cost at which a policy's yuan per climb equals a rival's, its effect per supported unit unchanged.

    Defined for policies of one lever whose effect and whose rival's effect exclude 0.
    """
    rows = []
    costs = {(pair.reading, pair.scenario.name): _costs(pair) for pair in pairs}
    by_name = {lever.name: lever for lever in LEVERS}
    for pair in pairs:
        if len(pair.scenario.levers) != 1:
            continue
        lever = by_name[pair.scenario.levers[0].name]
        unit_cost = pair.scenario.parameters[lever.unit_cost]
        mine = costs[pair.reading, pair.scenario.name]
        for rival in pairs:
            if rival.reading != pair.reading or rival.scenario.name == pair.scenario.name:
                continue
            theirs = costs[rival.reading, rival.scenario.name]
            defined = (
                not mine["note"]
                and not theirs["note"]
                and mine["yuan_per_climb"] * theirs["yuan_per_climb"] > 0
            )
            rows.append(
                pair.key
                | {"rival": rival.scenario.name, "lever": lever.name, "unit_cost": unit_cost}
                | {
                    "break_even": unit_cost * theirs["yuan_per_climb"] / mine["yuan_per_climb"]
                    if defined
                    else float("nan"),
                    "note": "" if defined else UNDEFINED,
                }
            )
    return rows


def _ranking(pairs: list[_Pair], seed: int) -> list[dict[str, Any]]:
    rows = []
    for reading in ("-".join(r) for r in READINGS):
        mine = [pair for pair in pairs if pair.reading == reading]
        effects = np.stack([pair.differences()["climbs"] for pair in mine], axis=1)
        shares = best_shares(effects, seed)
        order = np.argsort(-effects.mean(axis=0), kind="stable")
        for rank, k in enumerate(order, start=1):
            rows.append(mine[k].key | {"rank": rank, "best_share": float(shares[k])})
    return rows


def _pairing(pair: _Pair) -> dict[str, Any]:
    policy = np.array([headline(outcome)["climbs"] for outcome in pair.policy])
    base = np.array([headline(outcome)["climbs"] for outcome in pair.base])
    paired, independent, ratio = pairing_ratio(policy, base)
    return pair.key | {"variance_paired": paired, "variance_independent": independent, "ratio": ratio}
