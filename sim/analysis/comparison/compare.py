"""Policies against a baseline with the same luck, under the stated readings of the evidence.

Every policy and the baseline run with the same draws; effects are paired differences per replication. Nothing here is
a posterior: intervals say how far luck carries, readings how far assumptions do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.analysis.comparison.cautions import ranked, run_cautions
from sim.analysis.comparison.comparable import judge, under_caution, with_shocks_of
from sim.analysis.comparison.effects import (
    BREAK_EVEN_COLUMNS,
    COEFFICIENT_COLUMNS,
    FEWEST_FOR_INTERVAL,
    Pair,
    break_even_rows,
    coefficient_rows,
    cost_row,
    effect_rows,
    paired_interval,
    pairing_row,
    path_rows,
    ranking_rows,
    region_rows,
    resolved,
)
from sim.analysis.outcomes import outcome_of
from sim.errors import InputError
from sim.evidence.tables import Evidence
from sim.files.names import calibration_folder
from sim.runs.caution import Caution
from sim.runs.executor import Interrupted, Progress
from sim.runs.run import evidence_of, simulate_all
from sim.world.parameters import load_parameters
from sim.world.scenario_record import Scenario

READINGS = (("V", "selective"), ("V", "naive"), ("D", "selective"), ("D", "naive"))
MULTIPLES = (0.25, 0.5, 1.0, 2.0, 4.0)
BATCH = 20
CAP = 400
COST_COLUMNS = [
    *("reading", "scenario", "authorised_yuan", "spent_yuan", "gap", "yuan_per_climb", "low", "high", "note")
]
RANKING_COLUMNS = ["reading", "scenario", "rank", "level", "basis", "best_share"]
RESPONSE_COLUMNS = [
    *("reading", "scenario", "budget_yuan_per_year", "spent_yuan", "climbs", "climbs_low", "climbs_high"),
    *("yuan_per_climb", "low", "high", "note"),
]


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
    what_ifs
        Names of the scenarios without levers, which are shown and not ranked.
    cautions
        What must be said before the first number, most important first.
    effects, costs, paths, regions, response, break_even, ranking, pairing
        One row for each reading and policy, and outcome, quarter, prefecture, budget or rival where they have one
        (`sim.analysis.comparison.effects`).
    coefficient_uncertainty
        For each reading, policy and lead outcome: how much of the effect's variance is luck, and how much doubt about
        the coefficients of Table 5; without rows where they are held.
    until, allowed
        The precision asked for, and the keys in which policies were allowed to differ from the baseline.
    """

    base: Scenario
    policies: tuple[Scenario, ...]
    titles: dict[str, dict[str, str]]
    replications: int
    seed: int
    evidence: Evidence
    grades: dict[str, int]
    interrupted: bool
    what_ifs: tuple[str, ...]
    cautions: tuple[Caution, ...]
    effects: pd.DataFrame
    costs: pd.DataFrame
    paths: pd.DataFrame
    regions: pd.DataFrame
    response: pd.DataFrame
    break_even: pd.DataFrame
    ranking: pd.DataFrame
    pairing: pd.DataFrame
    coefficient_uncertainty: pd.DataFrame
    until: float | None = None
    allowed: tuple[str, ...] = ()

    def tables(self) -> dict[str, pd.DataFrame]:
        """The frames by name."""
        names = ("effects", "costs", "paths", "regions", "response", "break_even", "ranking", "pairing")
        return {name: getattr(self, name) for name in (*names, "coefficient_uncertainty")}


def compare(
    base: Scenario,
    policies: Sequence[Scenario],
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    until: float | None = None,
    response: bool = False,
    allow_different: Collection[str] = (),
    under: Scenario | None = None,
    most: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare policies with a baseline under V and D × selective and naive.

    Where the scenarios draw their coefficients, everything is run once more with the coefficients held.

    Parameters
    ----------
    base, policies
        Scenarios over the same reported quarters and on the same evidence, grid and scale.
    replications, seed
        By default the baseline's own.
    until
        Relative precision, such as 0.05: batches are added until every lead outcome's half-width is at most that share
        of its effect (or below its floor, `sim.analysis.outcomes.FLOORS`), at most `most` replications. Those
        asked for are the first batch.
    response
        Whether to run every policy at ¼, ½, 2 and 4 times its budget too.
    allow_different
        Keys in which policies may differ from the baseline all the same: some of `comparable.ON_REQUEST`.
    under
        A scenario whose shocks are laid over baseline and policies alike: a stress test.
    most
        Replications that `until` may go on to; by default `CAP`.

    Raises
    ------
    InputError
        If the scenarios cannot be compared.
    KeyboardInterrupt
        After Ctrl-C before two replications of all scenarios are done. Later, Ctrl-C gives the comparison of the
        replications that are done.
    """
    policies = [policies] if isinstance(policies, Scenario) else list(policies)
    allow_different = [allow_different] if isinstance(allow_different, str) else allow_different
    if not all(isinstance(scenario, Scenario) for scenario in (base, *policies)):
        raise InputError("scenarios are expected, such as sim.load_scenario gives; not their names")
    if not policies:
        raise InputError("nothing to compare: name at least one policy beside the baseline")
    stress = [] if under is None else [under_caution(base, under)]
    if under is not None:
        base, *policies = with_shocks_of((base, *policies), under)
    judgement = judge(base, policies, allow_different)
    judgement.refuse()
    _check_readings((base, *policies))
    asked = count = base.replications if replications is None else replications
    if count < 2:
        raise InputError(f"--replications {count}: a comparison needs at least 2 for an interval")
    key = base.seed if seed is None else seed
    cap = CAP if most is None else most
    evidence = evidence_of(base)

    runs, stopped = _run_pairs(base, policies, range(count), key, workers, progress)
    count = len(runs[0][0].policy)
    if count < 2:
        raise KeyboardInterrupt
    while (
        until is not None
        and not stopped
        and count < cap
        and not all(resolved(pair, until) for pair in runs[0])
    ):
        more = range(count, min(count + BATCH, cap))
        added, stopped = _run_pairs(base, policies, more, key, workers, progress)
        runs = [[a.joined(b) for a, b in zip(*both, strict=True)] for both in zip(runs, added, strict=True)]
        count = len(runs[0][0].policy)
    pairs, *held = runs
    policy_pairs = [pair for pair in pairs if pair.scenario.name in judgement.policies]

    curve: list[dict[str, Any]] = []
    if response and not stopped:
        try:
            curve = _response(policy_pairs, count, key, workers, progress)
        except Interrupted:  # the comparison itself is whole
            stopped = True
    contenders = ranked(pairs, judgement.policies)
    ranking = ranking_rows(contenders, key, per_yuan=judgement.per_yuan)
    several = len({row["scenario"] for row in ranking}) > 1
    said = [caution for caution in judgement.cautions if several or caution.code != "per_yuan"]
    cautions = [*stress, *said, *run_cautions(pairs, judgement.policies, key, response=bool(curve))]
    if stopped:
        cautions.insert(0, Caution("interrupted", facts={"done": count, "asked": max(asked, count)}))
    registry = load_parameters(calibration_folder(base.evidence))
    scenarios = (base, *policies)
    return Comparison(
        base=base,
        policies=tuple(policies),
        titles=titles_of(scenarios),
        replications=count,
        seed=key,
        evidence=evidence,
        grades=dict(Counter(parameter.grade for parameter in registry.values())),
        interrupted=stopped,
        what_ifs=judgement.what_ifs,
        cautions=_in_order(cautions),
        effects=pd.DataFrame([row for pair in pairs for row in effect_rows(pair, until)]),
        costs=pd.DataFrame([cost_row(pair) for pair in policy_pairs], columns=COST_COLUMNS),
        paths=pd.DataFrame([row for pair in pairs for row in path_rows(pair)]),
        regions=pd.DataFrame([row for pair in pairs for row in region_rows(pair, evidence)]),
        response=pd.DataFrame(curve, columns=RESPONSE_COLUMNS),
        break_even=pd.DataFrame(break_even_rows(contenders), columns=BREAK_EVEN_COLUMNS),
        ranking=pd.DataFrame(ranking, columns=RANKING_COLUMNS),
        pairing=pd.DataFrame([pairing_row(pair) for pair in pairs]),
        coefficient_uncertainty=pd.DataFrame(
            [
                row
                for part in held
                for both in zip(pairs, part, strict=True)
                for row in coefficient_rows(*both, key)
            ],
            columns=COEFFICIENT_COLUMNS,
        ),
        until=until,
        allowed=tuple(allow_different),
    )


def titles_of(scenarios: Sequence[Scenario]) -> dict[str, dict[str, str]]:
    """Titles by scenario and language; where two are called the same, with their names."""
    titles: dict[str, dict[str, str]] = {}
    for scenario in scenarios:
        others = [other.title for other in scenarios if other is not scenario]
        titles[scenario.name] = {
            lang: f"{title} ({scenario.name})" if any(title == other[lang] for other in others) else title
            for lang, title in scenario.title.items()
        }
    return titles


#: Cautions that stand first, and those that change little; the others stand between them.
_FIRST = ("interrupted", "allowed", "under", "few_replications", "base_shock", "base_numbers")
_LAST = ("allocation", "firms", "for", "few_for_shares", "seed", "replications", "reading", "response")


def _in_order(cautions: Sequence[Caution]) -> tuple[Caution, ...]:
    def place(caution: Caution) -> int:
        code = caution.code
        return _FIRST.index(code) if code in _FIRST else len(_FIRST) + (code in _LAST)

    return tuple(sorted(cautions, key=place))


def _check_readings(scenarios: Sequence[Scenario]) -> None:
    for scenario in scenarios:
        if scenario.causal_reading == "own":
            raise InputError(
                f"{scenario.name} has causal shares of its own; compare reads every scenario as selective and naive. "
                "Take difficulty.causal_reading out, or change kappa_… under parameters in the baseline"
            )


def _run_pairs(
    base: Scenario,
    policies: Sequence[Scenario],
    replications: range,
    seed: int,
    workers: int | None,
    progress: Progress | None,
) -> tuple[list[list[Pair]], bool]:
    """Run every reading of every scenario; True where Ctrl-C left fewer replications than asked for.

    The pairs of the scenarios as they are, and where they draw their coefficients, those with the coefficients held.
    """
    tried = (base, *policies)
    # As the scenarios say; and where one draws its coefficients, once more with all of them held.
    treatments = [None, "held"] if any(scenario.coefficients == "drawn" for scenario in tried) else [None]
    scenarios = [
        scenario.with_reading(*reading).with_coefficients(treatment or scenario.coefficients)
        for treatment in treatments
        for reading in READINGS
        for scenario in tried
    ]
    try:
        outcomes, stopped = simulate_all(scenarios, replications, seed, outcome_of, workers, progress), False
    except Interrupted as stop:
        outcomes, stopped = stop.done, True
    found = iter(outcomes)
    runs: list[list[Pair]] = []
    for _ in treatments:
        runs.append([])
        for reading in READINGS:
            before = next(found)
            runs[-1] += [Pair("-".join(reading), policy, next(found), before) for policy in policies]
    return runs, stopped


def _response(
    pairs: list[Pair], count: int, seed: int, workers: int | None, progress: Progress | None
) -> list[dict[str, Any]]:
    """Every policy at multiples of its budget, with half of the replications; the budget itself is run already.

    Of few replications all are used: fewer than `FEWEST_FOR_INTERVAL` would give no interval.
    """
    multiples = [m for m in MULTIPLES if m != 1.0]
    scaled = [
        pair.scenario.with_budget(round(pair.scenario.budget * m)).with_reading(*pair.reading.split("-"))
        for pair in pairs
        for m in multiples
    ]
    fewer = max(count // 2, min(count, FEWEST_FOR_INTERVAL))
    outcomes = iter(simulate_all(scaled, range(fewer), seed, outcome_of, workers, progress))
    rows = []
    for pair in pairs:
        runs = {m: next(outcomes) for m in multiples} | {1.0: pair.policy[:fewer]}
        for m in MULTIPLES:
            scenario = pair.scenario.with_budget(round(pair.scenario.budget * m))
            other = Pair(pair.reading, scenario, runs[m], pair.base[:fewer])
            effect, low, high = paired_interval(other.differences()["climbs"])
            cost = cost_row(other)
            rows.append(
                pair.key
                | {"budget_yuan_per_year": scenario.budget, "spent_yuan": cost["spent_yuan"]}
                | {"climbs": effect, "climbs_low": low, "climbs_high": high}
                | {name: cost[name] for name in ("yuan_per_climb", "low", "high", "note")}
            )
    return rows
