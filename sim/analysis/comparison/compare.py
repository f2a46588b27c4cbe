"""Policies against a baseline with the same luck, under the stated readings of the evidence.

Every policy and the baseline run with the same draws; effects are paired differences per replication. Nothing here is
a posterior: intervals show how much luck matters, readings how much assumptions do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from sim.analysis.comparison.cautions import UNEVEN, ranked, run_cautions, spent_apart
from sim.analysis.comparison.comparable import Judgement, judge, under_caution, with_shocks_of
from sim.analysis.comparison.doubted import doubt_cautions, doubted, idle_cautions, undecided_cautions
from sim.analysis.comparison.effects import (
    BREAK_EVEN_COLUMNS,
    COEFFICIENT_COLUMNS,
    PER_YUAN,
    SETTING_COLUMNS,
    Row,
    break_even_rows,
    coefficient_rows,
    cost_row,
    decided,
    effect_rows,
    paired_interval,
    pairing_row,
    path_rows,
    ranking_rows,
    region_rows,
    regrets_of,
    resolved,
    response_replications,
    setting_rows,
)
from sim.analysis.comparison.information import groups_of, information
from sim.analysis.comparison.money import LARGE_GAP
from sim.analysis.comparison.pairs import Pair
from sim.analysis.comparison.parts import PART_COLUMNS, part_rows
from sim.analysis.comparison.runner import Runner, Runs
from sim.analysis.comparison.shapley import SHAPLEY_COLUMNS, shapley_rows
from sim.analysis.comparison.shares import VARIANCE_COLUMNS, check_shares, share_rows
from sim.errors import InputError, Message
from sim.evidence.tables import Evidence
from sim.files.names import evidence_folder
from sim.runs.caution import Caution
from sim.runs.executor import Interrupted, Progress
from sim.runs.run import evidence_of, in_replication, members_of
from sim.world.members import doubtful
from sim.world.parameters import load_parameters
from sim.world.scenario_record import READINGS, Scenario

MULTIPLES = (0.25, 0.5, 1.0, 2.0, 4.0)
CAP = 400
SETTINGS_TAKEN_APART = (
    20  # fewest, or all that there are: parts differ between settings more than between lucks
)
COST_COLUMNS = [
    *("reading", "scenario", "authorised_yuan", "spent_yuan", "gap", "yuan_per_climb", "low", "high", "note")
]
RANKING_COLUMNS = ["reading", "scenario", "rank", "level", "basis", "best_share"]
REGRET_COLUMNS = [
    *("scenario", "basis", "regret_largest", "regret_95", "regret_mean", "harm", "leads", "last", "rank"),
    *("smallest", "smallest_95"),
]
RESPONSE_COLUMNS = [
    *("reading", "scenario", "budget_yuan_per_year", "spent_yuan", "climbs", "climbs_low", "climbs_high"),
    *("yuan_per_climb", "low", "high", "note", "replications"),
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
        The evidence used, and how many numbers of the registry have which grade.
    interrupted
        Whether Ctrl-C ended it before everything asked for was done.
    what_ifs
        Names of the scenarios without levers, which are shown and not ranked.
    cautions
        What must be said before the first number, most important first.
    effects, costs, paths, regions, response, break_even, ranking, pairing
        One row for each reading and policy, and outcome, quarter, region, budget or rival where they have one
        (`sim.analysis.comparison.effects`).
    decomposition
        Through which channels extra climbs come (`sim.analysis.comparison.parts`); no rows after Ctrl-C.
    shapley
        The same by Shapley values (`sim.analysis.comparison.shapley`); no rows unless asked for, or after Ctrl-C.
    regret
        How policies fare over settings and readings (`sim.analysis.doubt.regret`): scenario, basis, largest regret,
        its 95 % quantile and mean, shares in which a policy harms, leads and comes last, mean rank, and whose largest
        (95 %) regret is smallest; no rows without doubt.
    by_setting
        For each reading, policy and replication the effects on lead outcomes and the money spent beyond the baseline's;
        no rows without doubt.
    settings
        The doubtful numbers of each replication; no rows without doubt.
    worth, hinges
        What knowing each doubtful number would gain, and which of them the lead hangs on
        (`sim.analysis.comparison.information`); no rows without doubt, with few settings or one policy.
    variance
        For each reading, policy and lead outcome: which share of the effect's variance over settings is luck, which the
        numbers that the record informs, those that nothing informs, and both together
        (`sim.analysis.comparison.shares`); no rows unless asked for, or after Ctrl-C.
    coefficient_uncertainty
        For each reading, policy and lead outcome: how much of the effect's variance is due to luck, and how much to
        uncertain coefficients of Table 5; no rows if these are held fixed.
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
    decomposition: pd.DataFrame
    shapley: pd.DataFrame
    regret: pd.DataFrame
    by_setting: pd.DataFrame
    settings: pd.DataFrame
    worth: pd.DataFrame
    hinges: pd.DataFrame
    variance: pd.DataFrame
    coefficient_uncertainty: pd.DataFrame
    until: float | None = None
    allowed: tuple[str, ...] = ()

    def tables(self) -> dict[str, pd.DataFrame]:
        """The frames by name."""
        names = (
            "effects",
            "costs",
            "paths",
            "regions",
            "response",
            "break_even",
            "ranking",
            "pairing",
            "decomposition",
            "shapley",
            "regret",
            "by_setting",
            "settings",
            "worth",
            "hinges",
            "variance",
        )
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
    shapley: bool = False,
    shares: bool = False,
    doubt: str | None = None,
    allow_different: Collection[str] = (),
    under: Scenario | None = None,
    most: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare policies with a baseline under the readings.

    If the scenarios draw their coefficients, everything is run once more with the coefficients held fixed.

    Parameters
    ----------
    base, policies
        Scenarios over the same reported quarters and on the same evidence, grid and scale.
    replications, seed
        By default the baseline's own.
    until
        Relative precision, such as 0.05: batches are added until every lead outcome's half-width is at most that share
        of its effect, or below its floor (`sim.analysis.outcomes`). The replications asked for are the first batch.
    response
        Whether to run every policy at ¼, ½, 2 and 4 times its budget too.
    shapley
        Whether to check the channels by Shapley values too, which takes many times as many runs.
    shares
        Whether to share the variance of effects over settings out over luck and numbers, with four times as many runs.
    doubt
        What intervals hold besides luck: ``record``, settings of the doubtful numbers that fit the record, one for each
        replication; ``ranges``, settings from anywhere within their ranges; ``none``. By default as `usual_doubt` says.
    allow_different
        Keys in which policies may differ from the baseline anyway: some of `comparable.ON_REQUEST`.
    under
        A scenario whose shocks are laid over baseline and policies alike: a stress test.
    most
        Most replications with `until`; by default `CAP`.

    Raises
    ------
    InputError
        If the scenarios cannot be compared.
    KeyboardInterrupt
        After Ctrl-C before two replications of all scenarios are done. After that, Ctrl-C returns what is done.
    """
    policies = [policies] if isinstance(policies, Scenario) else list(policies)
    allowed = (allow_different,) if isinstance(allow_different, str) else tuple(allow_different)
    said = _check_scenarios(base, policies, under)
    if under is not None:
        base, *policies = with_shocks_of((base, *policies), under)
    judgement = judge(base, policies, allowed)
    judgement.refuse()
    _check_readings((base, *policies))
    asked = base.replications if replications is None else replications
    if asked < 2:
        raise InputError(Message("errors_analysis.two_replications", asked=asked))
    base, *policies = doubted((base, *policies), doubt, seed)
    members = members_of(base)
    if asked > members and replications is not None:
        raise InputError(Message("errors_analysis.too_few_members", asked=asked, members=members))
    if asked > members:
        said.append(Caution("all_settings", "replications", facts={"asked": asked, "members": members}))
        asked = members
    if shares:
        check_shares(base, asked)
    most = min(CAP if most is None else most, members)
    runner = Runner(base, tuple(policies), base.seed if seed is None else seed, workers, progress)
    enough = None if until is None else partial(_enough, judgement, until)
    runs = runner.until(enough, asked, most)
    said += doubt_cautions((base, *policies), runs.count, doubt)
    said += undecided_cautions(ranked(runs.pairs, judgement.policies), until, runs.stopped or runs.precise)
    curve = _response(runner, runs, judgement.policies) if response and not runs.stopped else []
    if runs.stopped:
        said.append(Caution("interrupted", facts={"done": runs.count, "asked": max(asked, runs.count)}))
    parts = [] if runs.stopped else _parts(runner, runs)
    values = _shapley(runner, runs) if shapley and not runs.stopped else []
    variance = _shares(runner, runs) if shares and not runs.stopped else []
    if not parts:
        said.append(Caution("parts_unfinished"))
    if shapley and not values:
        said.append(Caution("shapley_unfinished"))
    if shares and not variance:
        said.append(Caution("shares_unfinished"))
    return _comparison(runner, runs, judgement, said, curve, parts, values, variance, until, allowed)


def _enough(judgement: Judgement, until: float, pairs: list[Pair]) -> bool:
    """Whether a precision is reached: of every effect, or with doubt of how often each policy leads."""
    if not pairs[0].doubtful:
        return all(resolved(pair, until) for pair in pairs)
    contenders, per_yuan = _contest(pairs, judgement)
    return decided(contenders, until, per_yuan=per_yuan)


def _contest(pairs: Sequence[Pair], judgement: Judgement) -> tuple[list[Pair], bool]:
    """Return the pairs that are ranked, and whether by climbs per yuan."""
    contenders = ranked(pairs, judgement.policies)
    return contenders, judgement.per_yuan or spent_apart(contenders)[1] > UNEVEN


def _check_scenarios(base: Scenario, policies: Sequence[Scenario], under: Scenario | None) -> list[Caution]:
    """Refuse anything but scenarios, and say whose shocks all of them share."""
    if not all(isinstance(scenario, Scenario) for scenario in (base, *policies)):
        raise InputError(Message("errors_analysis.not_names"))
    if not policies:
        raise InputError(Message("errors_analysis.nothing_to_compare"))
    return [] if under is None else [under_caution(base, under)]


def titles_of(scenarios: Sequence[Scenario]) -> dict[str, dict[str, str]]:
    """Titles by scenario and language; equal titles get the scenarios' names added."""
    titles: dict[str, dict[str, str]] = {}
    for scenario in scenarios:
        others = [other.title for other in scenarios if other is not scenario]
        titles[scenario.name] = {
            lang: f"{title} ({scenario.name})" if any(title == other[lang] for other in others) else title
            for lang, title in scenario.title.items()
        }
    return titles


#: Cautions that come first, and those that change little and come last.
_FIRST = ("interrupted", "allowed", "under", "few_replications", "base_shock", "base_numbers")
_LAST = (
    "allocation",
    "firms",
    "for",
    "same_for",
    "few_for_shares",
    "seed",
    "replications",
    "reading",
    "response",
)


def _in_order(cautions: Sequence[Caution]) -> tuple[Caution, ...]:
    def place(caution: Caution) -> int:
        code = caution.code
        return _FIRST.index(code) if code in _FIRST else len(_FIRST) + (code in _LAST)

    return tuple(sorted(cautions, key=place))


def _check_readings(scenarios: Sequence[Scenario]) -> None:
    for scenario in scenarios:
        if scenario.causal_reading == "own":
            raise InputError(Message("errors_analysis.own_shares", scenario=scenario.name))


def _response(runner: Runner, runs: Runs, policies: Collection[str]) -> list[Row]:
    """Every policy at multiples of its budget, with half of the replications; at its own it has run already, with all.

    If replications are few, all are used: fewer than `FEWEST_FOR_INTERVAL` would give no interval. After Ctrl-C the
    result is empty, but the comparison itself is complete.
    """
    pairs = [pair for pair in runs.pairs if pair.scenario.name in policies]
    multiples = [m for m in MULTIPLES if m != 1.0]
    scaled = [
        pair.scenario.with_budget(round(pair.scenario.budget * m)).with_reading(*READINGS[pair.reading])
        for pair in pairs
        for m in multiples
    ]
    fewer = response_replications(runs.count)
    try:
        found = iter(runner.run(scaled, range(fewer)))
    except Interrupted:
        runs.stopped = True
        return []
    rows = []
    for pair in pairs:
        # Settings differ more than budgets do, so all budgets have the same.
        own = pair.policy[:fewer] if pair.doubtful else pair.policy
        at = {m: next(found) for m in multiples} | {1.0: own}
        for m in MULTIPLES:
            scenario = pair.scenario.with_budget(round(pair.scenario.budget * m))
            rows.append(_response_row(Pair(pair.reading, scenario, at[m], pair.base[: len(at[m])])))
    return rows


def _parts(runner: Runner, runs: Runs) -> list[Row]:
    """Take the effects apart; after Ctrl-C the result is empty, but the comparison itself is complete."""
    try:
        job = runner.base, runs.pairs, runner.seed, runner.workers, runner.progress
        if runner.base.doubt == "none":
            return part_rows(*job)
        return part_rows(*job, one_in=max(runs.count // SETTINGS_TAKEN_APART, 1))
    except Interrupted:
        runs.stopped = True
        return []


def _shapley(runner: Runner, runs: Runs) -> list[Row]:
    """Switch channels off, set by set, beside the parts of all replications, for a check needs the same luck.

    After Ctrl-C the result is empty, but the comparison itself is complete.
    """
    job = runner.seed, runner.workers, runner.progress
    try:
        parts = part_rows(runner.base, runs.pairs, *job, one_in=1)
        return shapley_rows(runner.base, runs.pairs, parts, *job)
    except Interrupted:
        runs.stopped = True
        return []


def _shares(runner: Runner, runs: Runs) -> list[Row]:
    """Share the variance of effects out; after Ctrl-C the result is empty, but the comparison itself is complete."""
    try:
        return share_rows(runner.base, runs.pairs, runner.seed, runner.workers, runner.progress)
    except Interrupted:
        runs.stopped = True
        return []
    except (
        InputError,
        ArithmeticError,
    ):  # a mixture of two settings that cannot run costs the shares, nothing else
        return []


def _response_row(pair: Pair) -> Row:
    """Extra climbs of a policy and what one of them costs."""
    effect, low, high = paired_interval(pair.differences["climbs"], pair.doubtful)
    cost = cost_row(pair)
    return (
        pair.key
        | {"budget_yuan_per_year": pair.scenario.budget, "spent_yuan": cost["spent_yuan"]}
        | {"climbs": effect, "climbs_low": low, "climbs_high": high}
        | {name: cost[name] for name in ("yuan_per_climb", "low", "high", "note")}
        | {"replications": len(pair.policy)}
    )


def _comparison(
    runner: Runner,
    runs: Runs,
    judgement: Judgement,
    said: Sequence[Caution],
    curve: Sequence[Row],
    parts: Sequence[Row],
    values: Sequence[Row],
    variance: Sequence[Row],
    until: float | None,
    allowed: tuple[str, ...],
) -> Comparison:
    """Make the tables of a comparison, and its cautions."""
    base, pairs, seed = runner.base, runs.pairs, runner.seed
    evidence = evidence_of(base)
    contenders, per_yuan = _contest(pairs, judgement)
    spent, gap = spent_apart(contenders)
    late = per_yuan and not judgement.per_yuan  # the same money was authorised, and not all of it spent
    ranking = ranking_rows(contenders, seed, per_yuan=per_yuan)
    several = len({row["scenario"] for row in ranking}) > 1
    why_per_yuan = "per_yuan" if base.doubt == "none" else "per_yuan_settings"
    amounts = {"amounts": {"by": {name: {"yuan": yuan} for name, yuan in spent.items()}}}
    cautions = [
        *said,
        *(caution for caution in judgement.cautions if caution.code != "per_yuan"),
        *([Caution("spent", "budget", facts=amounts)] if gap > LARGE_GAP else []),
        *([Caution(why_per_yuan)] if late or (judgement.per_yuan and several) else []),
        *(idle_cautions(contenders, {row["scenario"] for row in ranking}) if per_yuan else ()),
        *run_cautions(pairs, judgement.policies, seed, response=bool(curve)),
    ]
    both = zip(pairs, runs.held, strict=True) if runs.held else ()
    regret = _regret(contenders, per_yuan=per_yuan)
    by_setting = pd.DataFrame([row for pair in pairs for row in setting_rows(pair)], columns=SETTING_COLUMNS)
    settings = _settings(base, runs.count)
    worth, hinges = _information(runner, by_setting, settings, regret)
    return Comparison(
        base=base,
        policies=runner.policies,
        titles=titles_of((base, *runner.policies)),
        replications=runs.count,
        seed=seed,
        evidence=evidence,
        grades=_grades(base),
        interrupted=runs.stopped,
        what_ifs=judgement.what_ifs,
        cautions=_in_order(cautions),
        effects=pd.DataFrame([row for pair in pairs for row in effect_rows(pair, until)]),
        costs=pd.DataFrame(
            [cost_row(pair) for pair in pairs if pair.scenario.name in judgement.policies],
            columns=COST_COLUMNS,
        ),
        paths=pd.DataFrame([row for pair in pairs for row in path_rows(pair)]),
        regions=pd.DataFrame([row for pair in pairs for row in region_rows(pair, evidence)]),
        response=pd.DataFrame(curve, columns=RESPONSE_COLUMNS),
        break_even=pd.DataFrame(break_even_rows(contenders), columns=BREAK_EVEN_COLUMNS),
        ranking=pd.DataFrame(ranking, columns=RANKING_COLUMNS),
        pairing=pd.DataFrame([pairing_row(pair) for pair in pairs]),
        decomposition=pd.DataFrame(parts, columns=PART_COLUMNS),
        shapley=pd.DataFrame(values, columns=SHAPLEY_COLUMNS),
        regret=regret,
        by_setting=by_setting,
        settings=settings,
        worth=worth,
        hinges=hinges,
        variance=pd.DataFrame(variance, columns=VARIANCE_COLUMNS),
        coefficient_uncertainty=pd.DataFrame(
            [row for drawn, held in both for row in coefficient_rows(drawn, held, seed)],
            columns=COEFFICIENT_COLUMNS,
        ),
        until=until,
        allowed=allowed,
    )


def _regret(contenders: list[Pair], *, per_yuan: bool) -> pd.DataFrame:
    """Tabulate regrets over settings and readings; no rows without doubt."""
    doubtful = bool(contenders) and contenders[0].doubtful
    found = regrets_of(contenders, per_yuan=per_yuan) if doubtful else None
    if found is None:
        return pd.DataFrame(columns=REGRET_COLUMNS)
    table = found.policies.rename(columns={"policy": "scenario"})
    table.insert(1, "basis", PER_YUAN if per_yuan else "climbs")
    choices = {"smallest": found.choice, "smallest_95": found.choice_95}
    return table.assign(**{name: table["scenario"] == choice for name, choice in choices.items()})


def _settings(base: Scenario, count: int) -> pd.DataFrame:
    """Tabulate the doubtful numbers of each replication as the runs used them; no rows without doubt."""
    if base.doubt == "none":
        return pd.DataFrame(columns=[])
    doubted = doubtful(load_parameters(evidence_folder(base.evidence)))
    names = [name for name in doubted if name not in base.certain]
    rows = [in_replication(base, k).parameters for k in range(count)]
    numbers = pd.DataFrame({name: [row[name] for row in rows] for name in names})
    numbers.insert(0, "replication", range(count))
    return numbers


def _information(
    runner: Runner, by_setting: pd.DataFrame, settings: pd.DataFrame, regret: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Say what knowing the doubtful numbers would gain, and which of them the lead hangs on; empty without doubt."""
    numbers = [name for name in settings.columns if name != "replication"]
    levers = {use.name for policy in runner.policies for use in policy.levers}
    registry = load_parameters(evidence_folder(runner.base.evidence))
    return information(by_setting, settings, regret, groups_of(registry, numbers, levers), runner.seed)


def _grades(base: Scenario) -> dict[str, int]:
    """Count the numbers of the registry by grade."""
    registry = load_parameters(evidence_folder(base.evidence))
    return dict(Counter(parameter.grade for parameter in registry.values()))
