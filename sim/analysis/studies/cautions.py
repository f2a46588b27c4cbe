"""What must be said about an experiment before its first number, and which policies its rows may rank.

A row of a design changes the scenarios, so they are checked as the rows change them, not only as their files are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sim.analysis.comparison.cautions import cautions_of
from sim.analysis.comparison.comparable import Judgement, judge
from sim.analysis.comparison.effects import FEWEST_FOR_INTERVAL
from sim.analysis.comparison.reach import decided_by_quota
from sim.analysis.comparison.unlike import UNLIKE
from sim.analysis.studies.designs import rows_of
from sim.analysis.studies.factors import check_ends
from sim.analysis.studies.policies import Policies, overrides
from sim.errors import InputError
from sim.runs.caution import Caution
from sim.runs.experiment import Design, Experiment
from sim.runs.factors import Factor, Value
from sim.world.scenario import load_scenario
from sim.world.scenario_record import Scenario

#: Number of rows from which an answer rests on many rows, not on the replications of each.
MANY_ROWS = 30
#: Cautions of a comparison that do not apply to an experiment: it has its own seed, runs and ranking.
_OF_COMPARE = ("seed", "replications", "reading", "per_yuan")
#: Cautions that a change of budgets or levers may add or remove.
_OF_LEVERS = (*UNLIKE, "budget", "for", "same_for")


def said(
    subject: Policies, factors: Sequence[Factor], design: Design, replications: int
) -> tuple[tuple[Caution, ...], tuple[str, ...]]:
    """Give the cautions that follow from an experiment's scenarios alone.

    Returns
    -------
    cautions
        In the order in which they should be read.
    ranked
        Policies that rows may rank; none if rows give them different money, time or places.
    """
    policies = [scenario for scenario in subject.scenarios[1:] if scenario.levers]
    plain = judge(subject.scenarios[0], subject.scenarios[1:])
    states = list(_states(subject, factors, design))
    lasting = [judgement for name, judgement in states if not name] or [plain]
    cautions = [
        caution
        for caution in plain.cautions
        if caution.code not in _OF_COMPARE
        and (caution.code not in _OF_LEVERS or all(caution.code in _codes(each) for each in lasting))
    ]
    uneven = any(judgement.per_yuan for _, judgement in states) or (not states and plain.per_yuan)
    for name in dict.fromkeys(name for name, _ in states if name):
        unlike = any(judgement.per_yuan for other, judgement in states if other == name)
        if name == "budget" and policies and not uneven:
            cautions.append(Caution("varies_budget", name))
        elif unlike and len(policies) > 1:
            cautions.append(Caution("varies_lever", name))
        elif ".for." in name and len(policies) > 1:
            cautions.append(Caution("varies_for", name))
    movable = tuple(policy.name for policy in policies if not decided_by_quota(policy))
    few = replications < FEWEST_FOR_INTERVAL and _rows(design, factors) < MANY_ROWS
    if few:
        facts = {"count": replications, "fewest": FEWEST_FOR_INTERVAL}
        cautions.append(Caution("few_replications", "replications", facts=facts))
    if len(movable) > 1 and uneven:
        cautions.append(Caution("not_ranked"))
    return tuple(cautions), () if uneven or few else movable


def with_reach(experiment: Experiment, subject: Policies) -> Experiment:
    """Add whom the policies reach and whether their money is spent, counted in one replication of each.

    If the budget varies, this is done at its largest value.
    """
    most = {
        factor.name: max(check_ends(factor), key=float)
        for factor in experiment.factors
        if factor.name == "budget"
    }
    policies = [scenario for scenario in _changed(subject, most) if scenario.levers]
    found = tuple(caution for policy in policies for caution in cautions_of(policy, thorough=True))
    return replace(experiment, cautions=(*experiment.cautions, *found))


def few_rows(experiment: Experiment) -> bool:
    """Whether a design has so few rows that each must rely on its own replications."""
    return _rows(experiment.design, experiment.factors) < MANY_ROWS


def _rows(design: Design, factors: Sequence[Factor]) -> int:
    if design.method == "list":
        return len(design.rows)
    method = "morris" if design.method == "two_stage" else design.method
    return rows_of(replace(design, method=method), factors) if factors else 0


def _codes(judgement: Judgement) -> set[str]:
    return {caution.code for caution in judgement.cautions}


def _states(subject: Policies, factors: Sequence[Factor], design: Design) -> Iterator[tuple[str, Judgement]]:
    """Check the scenarios at the ends of every factor that separates policies, and in every row of a list.

    With the name of the factor that is at an end, empty if all of them are.
    """
    ends = {factor.name: check_ends(factor) for factor in factors if _tells(factor.name)}
    first: dict[str, Value] = {name: values[0] for name, values in ends.items()}
    if ends:
        yield from _judged("", subject, first)
        yield from _judged("", subject, {name: values[-1] for name, values in ends.items()})
    for name, values in ends.items():
        for value in values:
            yield from _judged(name, subject, first | {name: value})
    seen: list[dict[str, Value]] = []
    for row in design.rows:
        telling = {name: value for name, value in row.items() if _tells(name)}
        if telling not in seen:
            seen.append(telling)
            yield from _judged(next(iter(telling), ""), subject, telling)


def _tells(name: str) -> bool:
    """Whether a factor can give policies different money, time, places or numbers of their levers."""
    return name == "budget" or name.startswith(("levers.", "allocation."))


def _judged(name: str, subject: Policies, values: Mapping[str, Value]) -> Iterator[tuple[str, Judgement]]:
    try:
        base, *others = _changed(subject, values)
    except InputError:
        return  # such a row fails, and says why
    yield name, judge(base, others)


def _changed(subject: Policies, values: Mapping[str, Value]) -> tuple[Scenario, ...]:
    """The scenarios with a row's changes."""
    return tuple(
        load_scenario(file, **overrides(subject.settings, values, {use.name for use in scenario.levers}))
        for file, scenario in zip(subject.files, subject.scenarios, strict=True)
    )
