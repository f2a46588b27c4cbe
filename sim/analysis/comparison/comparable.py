"""What may be compared with what, decided in one place for `compare`, `sweep`, `sensitivity`, the page and Python.

A *policy* is a scenario with levers. It may differ from the baseline only in its levers; otherwise the difference
would not be the policy's effect. A scenario without levers is a *what-if*: it may have a shock or another number, and
is shown but never ranked among policies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sim.analysis.comparison.money import LARGE_GAP, authorised_by_lever
from sim.analysis.comparison.unlike import UNLIKE, budgets, early_levers, joined, owned, spoken, unlike
from sim.errors import InputError, Message, Problem
from sim.files.names import evidence_folder
from sim.runs.caution import Caution
from sim.runs.provenance import evidence_digest
from sim.world.levers import LEVERS
from sim.world.parameters import load_parameters
from sim.world.quantities import number_text, quarter_text
from sim.world.scenario_record import LeverUse, Scenario, Shock
from sim.world.vocabulary import load_vocabulary

#: Keys in which scenarios of one comparison can never differ: pairing has no meaning then.
NEVER = ("horizon", "scale", "grid", "regions")
#: Keys in which a policy may differ from the baseline only on request.
ON_REQUEST = ("evidence", "difficulty.column", "difficulty.coefficients", "shocks", "parameters")

_OWNED = {name for lever in LEVERS for name in (*lever.settings.values(), lever.unit_cost)}


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether scenarios may be compared, and with which cautions.

    Attributes
    ----------
    policies, what_ifs
        Names of the scenarios with levers, and of those without, in order; without the baseline.
    refusals
        Why they cannot be compared, each with the key in which they differ; empty if they can.
    cautions
        What must be said before the first number.
    per_yuan
        Whether policies can be ranked only by what they achieve per yuan.
    """

    policies: tuple[str, ...]
    what_ifs: tuple[str, ...]
    refusals: tuple[Problem, ...]
    cautions: tuple[Caution, ...]
    per_yuan: bool

    def refuse(self) -> None:
        """Raise InputError with every reason why these scenarios cannot be compared, if there is any."""
        if self.refusals:
            raise InputError(self.refusals)


def judge(base: Scenario, others: Sequence[Scenario], allowed: Collection[str] = ()) -> Judgement:
    """Decide whether scenarios may be compared with a baseline.

    Parameters
    ----------
    base, others
        The baseline, and the policies and what-ifs.
    allowed
        Keys out of `ON_REQUEST` in which policies may differ anyway (``parameters.rho`` allows one parameter).

    Raises
    ------
    InputError
        If a key cannot be allowed.
    """
    _check_allowed(allowed, base)
    policies = [scenario for scenario in others if scenario.levers]
    refusals: list[Problem] = [*_two_of_a_name((base, *others)), *_two_files((base, *others))]
    passed: list[str] = []
    for other in others:
        for problem in _differences(base, other):
            key = problem.key or ""
            if key not in NEVER and not other.levers:
                continue
            # Other evidence comes with its own numbers.
            asked = {key, key.partition(".")[0], *(["evidence"] if key.startswith("parameters.") else [])}
            if key not in NEVER and asked & set(allowed):
                passed.append(key)
            else:
                refusals.append(problem)
    cautions = [Caution("allowed", key) for key in dict.fromkeys(passed)]
    cautions += [
        *_of_the_base(base),
        *_what_ifs(base, others),
        *_not_its_own(base, others),
        *_base_levers(base, others),
        *early_levers((base, *others)),
    ]
    cautions += [*budgets(base, policies), *unlike(base, policies), *owned(base, policies)]
    per_yuan = len(policies) > 1 and any(caution.code in UNLIKE for caution in cautions)
    if per_yuan:
        cautions.append(Caution("per_yuan"))
    return Judgement(
        policies=tuple(policy.name for policy in policies),
        what_ifs=tuple(other.name for other in others if not other.levers),
        refusals=tuple(refusals),
        cautions=tuple(cautions),
        per_yuan=per_yuan,
    )


def _check_allowed(allowed: Collection[str], base: Scenario) -> None:
    problems = []
    names = {f"parameters.{name}" for name in base.parameters}
    for key in allowed:
        if key in NEVER:
            message = Message("errors_analysis.never_differ")
            problems.append(Problem(message, key="--allow-different", value=key))
        elif key not in ON_REQUEST and key not in names:
            message = Message("errors_analysis.no_such_difference", keys=tuple(ON_REQUEST))
            problems.append(Problem(message, key="--allow-different", value=key))
    if problems:
        raise InputError(problems)


# ---------------------------------------------------------------------------------------------------------
# What is refused
# ---------------------------------------------------------------------------------------------------------


def _two_of_a_name(scenarios: Sequence[Scenario]) -> Iterator[Problem]:
    names = [scenario.name for scenario in scenarios]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(Message("errors_analysis.two_of_a_name", name=name), key="name", value=name)


def _two_files(scenarios: Sequence[Scenario]) -> Iterator[Problem]:
    """Find files with the same name but different contents among all files of the scenarios."""
    seen: dict[str, Any] = {}
    for record in dict.fromkeys(record for scenario in scenarios for record in scenario.files):
        first = seen.setdefault(record.name, record)
        if first.digest != record.digest:
            message = Message("errors_analysis.two_files", first=first.path, second=record.path)
            yield Problem(message, key="file", value=f"{record.name}.yaml")


def _differences(base: Scenario, other: Scenario) -> Iterator[Problem]:
    """Name every key, besides levers, in which a scenario differs from the baseline."""
    both = {"other": other.name, "baseline": base.name}
    plain: tuple[tuple[str, Callable[[Scenario], object]], ...] = (
        (
            "horizon",
            lambda s: Message("errors_analysis.span", start=quarter_text(s.start), end=quarter_text(s.end)),
        ),
        ("scale", lambda s: f"1/{s.weight}"),
        ("grid", lambda s: s.grid),
        ("difficulty.column", lambda s: s.column),
        ("difficulty.coefficients", lambda s: s.coefficients),
    )
    for key, pick in plain:
        here, there = pick(other), pick(base)
        if here != there:
            message = Message("errors_analysis.differ", **both, key=key, here=here, there=there)
            yield Problem(message, key=key, value=other.name)
    yield from _other_evidence(base, other)
    if other.shocks != base.shocks:
        message = Message(
            "errors_analysis.differ_in_shocks",
            **both,
            here=_shocks(other),
            there=_shocks(base),
            way=_way_out(base, other),
        )
        yield Problem(message, key="shocks", value=other.name)
    for name in sorted({*base.parameters, *other.parameters} - _OWNED):
        here, there = other.parameters.get(name), base.parameters.get(name)
        if here != there:
            message = Message(
                "errors_analysis.differ_in_parameter",
                **both,
                key=name,
                here=_plain(here),
                there=_plain(there),
            )
            yield Problem(message, key=f"parameters.{name}", value=other.name)


def _plain(value: float | None) -> Message | str:
    return Message("errors_analysis.none") if value is None else number_text(value)


def _shocks(scenario: Scenario) -> Message | str:
    return shocks_text(scenario.shocks) if scenario.shocks else Message("errors_analysis.none")


def _way_out(base: Scenario, other: Scenario) -> Message:
    """Name the option (in an experiment, the key) that gives all scenarios the same shock."""
    if not base.shocks or not other.shocks:
        shocked = base if base.shocks else other
        if not shocked.levers:
            return Message("errors_analysis.under_this", scenario=shocked.name)
    return Message("errors_analysis.under_another")


def _other_evidence(base: Scenario, other: Scenario) -> Iterator[Problem]:
    """Whether evidence is the same: in the same folder or with the same contents; paths are not compared as text."""
    if evidence_digest(other.evidence) == evidence_digest(base.evidence):
        return
    folders = [evidence_folder(scenario.evidence) for scenario in (other, base)]
    both = {"other": other.name, "baseline": base.name}
    places = Message("errors_analysis.places", **both, here=folders[0], there=folders[1])
    codes = [[region.key for region in load_vocabulary(folder).regions] for folder in folders]
    if codes[0] != codes[1]:
        message = Message("errors_analysis.other_regions", places=places)
        yield Problem(message, key="regions", value=other.name)
    else:
        message = Message("errors_analysis.other_evidence", **both, places=places)
        yield Problem(message, key="evidence", value=other.name)


def shocks_text(shocks: Sequence[Shock]) -> str:
    """Describe shocks for a message: ``demand −6 % from 2026Q1 to 2026Q4``; ``none``."""
    parts = []
    for shock in shocks:
        text = f"{shock.kind} {100 * shock.size:+g} % from {quarter_text(shock.start)} to {quarter_text(shock.end)}"
        parts.append(text.replace("-", "−"))
    return "; ".join(parts) or "none"


def with_shocks_of(scenarios: Sequence[Scenario], under: Scenario) -> tuple[Scenario, ...]:
    """Lay the shocks of a scenario over all others; nothing else of it is used.

    Parameters
    ----------
    scenarios
        The baseline and the policies.
    under
        A scenario without levers that holds the shocks.

    Raises
    ------
    InputError
        If it holds no shock, has levers, or its shocks end after the horizon, hit what the others do not have, or
        overlap another shock of the same kind.
    """
    problems = []

    def wrong(message: Message) -> None:
        problems.append(Problem(message, key="--under", value=under.name))

    if not under.shocks:
        wrong(Message("errors_analysis.no_shock"))
    if under.levers:
        wrong(Message("errors_analysis.uses_levers"))
    for scenario in scenarios:
        if any(shock.end > scenario.end for shock in under.shocks):
            end = quarter_text(scenario.end)
            wrong(Message("errors_analysis.shock_too_late", scenario=scenario.name, end=end))
        known = load_vocabulary(evidence_folder(scenario.evidence))
        regions, industries = known.region_codes("all"), known.industry_ids("all")
        if any(set(shock.regions) - set(regions) for shock in under.shocks) or any(
            set(shock.industries) - set(industries) for shock in under.shocks
        ):
            wrong(Message("errors_analysis.shock_elsewhere", scenario=scenario.name))
        if any(_on_top(ours, shock) for ours in scenario.shocks for shock in under.shocks):
            shocks = shocks_text(scenario.shocks)
            wrong(Message("errors_analysis.shock_on_top", scenario=scenario.name, shocks=shocks))
    if problems:
        raise InputError(dict.fromkeys(problems))
    return tuple(scenario.with_shocks(under) for scenario in scenarios)


def _on_top(ours: Shock, theirs: Shock) -> bool:
    same_time = ours.kind == theirs.kind and ours.start <= theirs.end and theirs.start <= ours.end
    return same_time and ours != theirs


def under_caution(base: Scenario, under: Scenario) -> Caution:
    """Say that shocks were laid over all scenarios, and which other settings of their scenario were not used."""
    keys = [problem.key or "" for problem in _differences(base, under) if problem.key != "shocks"]
    unused = [key for key in keys if key.startswith(("parameters.", "difficulty."))]
    left = {
        "zh": f"；{under.name} 的其他设置（{'、'.join(unused)}）没有采用",
        "en": f"; what else {under.name} says ({', '.join(unused)}) was not used",
    }
    facts = {"shocks": shocks_text(under.shocks), "left": left if unused else {"zh": "", "en": ""}}
    return Caution("under", "--under", facts=facts)


# ---------------------------------------------------------------------------------------------------------
# What is said
# ---------------------------------------------------------------------------------------------------------


def _of_the_base(base: Scenario) -> Iterator[Caution]:
    """Report what people would not expect in a baseline: a shock, numbers that are not the registry's."""
    if base.shocks:
        yield Caution("base_shock", "shocks", base.name, {"shocks": shocks_text(base.shocks)})
    registry = load_parameters(evidence_folder(base.evidence)).defaults()
    changed = [name for name in sorted(registry) if base.parameters.get(name) != registry[name]]
    if changed:
        named = ", ".join(
            f"{name} {_plain(base.parameters[name])} ({_plain(registry[name])})" for name in changed
        )
        yield Caution("base_numbers", "parameters", base.name, {"numbers": named})


def _what_ifs(base: Scenario, others: Sequence[Scenario]) -> Iterator[Caution]:
    for other in others:
        if not other.levers:
            found = [problem.key or "" for problem in _differences(base, other)]
            found += [f"parameters.{n}" for n in sorted(_OWNED) if other.parameters[n] != base.parameters[n]]
            keys = ", ".join([*found, *(["budget"] if other.budget != base.budget else [])])
            differs = {"zh": f"（与基准不同：{keys}）", "en": f" (differs in {keys})"}
            facts = {"differs": differs if keys else {"zh": "", "en": ""}}
            yield Caution("what_if", scenario=other.name, facts=facts)


def _not_its_own(base: Scenario, others: Sequence[Scenario]) -> Iterator[Caution]:
    """Find settings of a scenario that are ignored: all scenarios run with the baseline's luck, under all readings."""
    for other in others:
        for key, code in (("seed", "seed"), ("replications", "replications")):
            here, there = getattr(other, key), getattr(base, key)
            if here != there:
                yield Caution(code, key, other.name, {"here": here, "there": there})
        for key, field in (("structure", "structure"), ("difficulty.causal_reading", "causal_reading")):
            here, there = getattr(other, field), getattr(base, field)
            if here != there:
                yield Caution("reading", key, other.name, {"here": here, "there": there})


def _base_levers(base: Scenario, others: Sequence[Scenario]) -> Iterator[Caution]:
    if not base.levers:
        return
    own = {use.name: spoken(use.name) for use in base.levers}
    yield Caution("base_levers", "levers", base.name, {"levers": joined(own.values())})
    for other in others:
        used = {use.name: use for use in other.levers}
        lacking = [text for name, text in own.items() if name not in used]
        if lacking:
            yield Caution("base_lever_missing", "levers", other.name, {"levers": joined(lacking)})
        money, base_money = authorised_by_lever(other), authorised_by_lever(base)
        for use in base.levers:
            if use.name not in used:
                continue
            ours, theirs = _settings_of(used[use.name]), _settings_of(use)
            keys = [key for key in theirs if ours[key] != theirs[key]]
            if abs(money[use.name] - base_money[use.name]) > LARGE_GAP * base_money[use.name]:
                keys.append("budget")
            if keys:
                facts = {"lever": spoken(use.name), "keys": ", ".join(keys)}
                yield Caution("base_lever_changed", f"levers.{use.name}", other.name, facts)


def _settings_of(use: LeverUse) -> dict[str, object]:
    """A scenario's settings of a lever except its share of a budget: the resulting money is compared instead."""
    return use.model_dump(exclude={"name", "share_of_budget"})
