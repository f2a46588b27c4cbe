"""What doubt a comparison has, which numbers it leaves alone, and what a reader must know about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from sim.analysis.comparison.pairs import Pair, policies_of
from sim.analysis.doubt.regret import wilson
from sim.errors import InputError, Message, Problem
from sim.files.names import evidence_folder
from sim.runs.caution import Caution
from sim.runs.run import fitting, has_members
from sim.world.members import LEAST_FITTING, doubtful
from sim.world.parameters import load_parameters
from sim.world.scenario_record import DOUBTS, Scenario

#: Fewest settings of which shares are said without a caution.
FEWEST_SETTINGS = 60
PERCENT = 100
#: Share of settings in which one agent decides who leads, from which on that is said.
CLOSE = 0.1


def usual_doubt(scenarios: Sequence[Scenario]) -> str:
    """Return the doubt of a comparison that asks for none: the baseline's own, else settings that fit the record.

    Where an evidence folder has no such settings, it is ``none``, and `doubt_cautions` says so.
    """
    base = scenarios[0]
    if base.doubt != "none":
        return base.doubt
    same = len({evidence_folder(scenario.evidence) for scenario in scenarios}) == 1
    return "record" if same and has_members(base) else "none"


def doubted(scenarios: Sequence[Scenario], doubt: str | None, seed: int | None = None) -> list[Scenario]:
    """Give all scenarios of a comparison the same doubt, which leaves alone the numbers that any of them changes.

    Parameters
    ----------
    scenarios
        The baseline first.
    doubt
        ``none``, ``record`` or ``ranges``; by default as `usual_doubt` says.
    seed
        Of the comparison; by default the baseline's.

    Raises
    ------
    InputError
        If there is no such doubt, or scenarios on different evidence cannot have the same settings.
    """
    kind = usual_doubt(scenarios) if doubt is None else doubt
    if kind not in DOUBTS:
        raise InputError(Problem(Message("errors_analysis.doubt", kinds=DOUBTS), key="doubt", value=kind))
    if kind == "none":
        return [scenario.with_doubt(kind) for scenario in scenarios]
    if len({evidence_folder(scenario.evidence) for scenario in scenarios}) > 1:
        raise InputError(Message("errors_analysis.doubt_evidence"))
    changed = {name for scenario in scenarios for name in _changed(scenario)}
    # Settings drawn from the ranges follow the seed, which pairs only if it is the same.
    key = scenarios[0].seed if seed is None else seed
    return [scenario.with_doubt(kind, changed, key) for scenario in scenarios]


def _changed(scenario: Scenario) -> list[str]:
    """Name the parameters to which a scenario gives another value than the registry."""
    usual = load_parameters(evidence_folder(scenario.evidence)).defaults()
    return [name for name, value in scenario.parameters.items() if value != usual.get(name)]


def doubt_cautions(scenarios: Sequence[Scenario], count: int, asked: str | None = None) -> Iterator[Caution]:
    """Say where no settings fit the record, which numbers are the same in all of them, and where they are few.

    Parameters
    ----------
    scenarios
        As `doubted` returns them.
    count
        Replications done.
    asked
        The doubt that was asked for, if any.
    """
    base = scenarios[0]
    if base.doubt == "none":
        yield from [] if asked == "none" else _without_settings(scenarios)
        return
    if base.doubt == "record":
        yield from _badly_fitting(base)
    named = {*doubtful(load_parameters(evidence_folder(base.evidence)))}
    code = "leaves_fit" if base.doubt == "record" else "held_in_all"
    for scenario in scenarios:
        if own := sorted(named.intersection(_changed(scenario))):
            yield Caution(code, "parameters", scenario.name, {"numbers": ", ".join(own)})
    if named <= {*base.certain}:
        yield Caution("nothing_doubtful", "--doubt")
    if count < FEWEST_SETTINGS:
        low, high = wilson(np.array(0.5), count)
        half = round(PERCENT * float(high - low) / 2)
        yield Caution("few_settings", "replications", facts={"count": count, "half": half})


def _without_settings(scenarios: Sequence[Scenario]) -> Iterator[Caution]:
    """Say why a comparison that asks for no doubt has none."""
    bare = next((scenario for scenario in scenarios if not has_members(scenario)), None)
    if bare is not None:
        yield Caution("no_settings", "--doubt", facts={"evidence": bare.evidence})
    elif len({evidence_folder(scenario.evidence) for scenario in scenarios}) > 1:
        yield Caution("no_common_settings", "evidence")


def _badly_fitting(base: Scenario) -> Iterator[Caution]:
    """Say that settings miss the record: where most of them do, none was left out."""
    share = fitting(base)
    if share is not None and share < LEAST_FITTING:
        facts = {"evidence": base.evidence, "fit": round(PERCENT * share)}
        yield Caution("settings_miss", "--doubt", facts=facts)


def undecided_cautions(pairs: Sequence[Pair], until: float | None, reached: bool) -> Iterator[Caution]:
    """Say that a precision was not reached with all settings there are, and where single agents decide who leads.

    Parameters
    ----------
    pairs
        Of the policies that are ranked; with doubt, else nothing is said.
    until, reached
        The precision asked for, if any, and whether it was reached.
    """
    if not pairs or not pairs[0].doubtful:
        return
    if until is not None and not reached:
        yield Caution("until_missed", "--until", facts={"count": len(pairs[0].policy)})
    shares = [_close(pairs, reading) for reading in dict.fromkeys(pair.reading for pair in pairs)]
    if max(shares) > CLOSE:
        facts = {"weight": pairs[0].scenario.weight, "low": min(shares), "high": max(shares)}
        yield Caution("close_calls", "scale", facts=facts)


def idle_cautions(pairs: Sequence[Pair], ranked: Collection[str]) -> Iterator[Caution]:
    """Say which policies cost no more than the baseline in some settings, where climbs per yuan are counted as none.

    Parameters
    ----------
    pairs
        Of the policies that compete by climbs per yuan; without doubt nothing is said.
    ranked
        Names of those that the ranking holds; if it is empty, settings are too few and nothing is said.
    """
    for scenario in policies_of(pairs) if ranked and pairs[0].doubtful else []:
        mine = [pair for pair in pairs if pair.scenario.name == scenario.name]
        idle = [1 - float(np.mean(pair.spends)) for pair in mine]
        kept = scenario.name in ranked
        if max(idle) > 0 and (kept or not all(pair.costs_more() for pair in mine)):
            code = "idle_settings" if kept else "idle_unranked"
            yield Caution(code, "budget", scenario.name, {"low": min(idle), "high": max(idle)})


def _close(pairs: Sequence[Pair], reading: str) -> float:
    """Share of settings in which the two policies with most extra climbs differ by one agent at most."""
    climbs = np.sort([pair.differences["climbs"] for pair in pairs if pair.reading == reading], axis=0)
    if len(climbs) < 2:
        return 0.0
    return float(np.mean(climbs[-1] - climbs[-2] <= pairs[0].scenario.weight))
