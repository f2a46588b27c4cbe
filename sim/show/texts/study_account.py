"""A study with the reader's words: its verdict, and the names of its scenarios, outcomes and factors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from sim.analysis.studies.importance import Hanging, members
from sim.analysis.studies.verdict import Verdict, verdict_of
from sim.errors import InputError
from sim.files.names import evidence_folder
from sim.runs.factors import Value
from sim.show.texts.meanings import SETTINGS
from sim.show.texts.names import lever_name
from sim.show.texts.numbers import plain
from sim.show.texts.study import FACTORS
from sim.show.texts.study_names import outcome_name
from sim.show.texts.units import number, unit_scale
from sim.words import Words
from sim.world.levers import LEVERS
from sim.world.parameters import Registry, load_parameters
from sim.world.quantities import quarter_text
from sim.world.scenario_record import DEFAULT_EVIDENCE

if TYPE_CHECKING:
    from sim.analysis.studies.stages import Stage
    from sim.analysis.studies.study import Study
    from sim.runs.provenance import Passport
    from sim.world.levers import Lever
    from sim.world.scenario_record import Scenario


class Backdrop(Protocol):
    """The part of a study's subject that its report needs."""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios, the baseline first."""
        ...

    @property
    def passport(self) -> Passport:
        """What the study was run with."""
        ...


@dataclass(frozen=True)
class StudyAccount:
    """A study with the reader's words.

    Attributes
    ----------
    study, words
        The study and the reader's words.
    titles
        Titles of scenarios; a scenario without one goes by its name.
    evidence
        Folder of the registry that says what parameters mean.
    origin
        What the runs rest on, for the last line; empty if unknown.
    """

    study: Study
    words: Words
    titles: Mapping[str, str]
    evidence: str = DEFAULT_EVIDENCE
    origin: str = ""

    @cached_property
    def verdict(self) -> Verdict:
        """The conclusions about the leading outcome."""
        return verdict_of(self.study)

    @cached_property
    def registry(self) -> Registry | None:
        """The parameters; None if the evidence is missing."""
        try:
            return load_parameters(evidence_folder(self.evidence))
        except InputError:
            return None

    @property
    def name(self) -> str:
        """Title of the study, or its short name."""
        experiment = self.study.experiment
        return experiment.title.get(self.words.lang) or experiment.name

    @property
    def source(self) -> str:
        """Where the numbers come from, for the line below."""
        experiment = self.study.experiment
        done = self.words(
            "study.source",
            name=experiment.name,
            runs=plain(sum(stage.tally.done for stage in self.study.stages)),
            replications=experiment.replications,
            seed=experiment.seed,
        )
        return f"{done}{self.origin}"

    @property
    def leading(self) -> str:
        """Name of the leading outcome."""
        return outcome_name(self.verdict.outcome, self.words)

    @property
    def shown(self) -> tuple[str, tuple[str, ...]]:
        """What is shown for single rows: the policies' effects, or the level of the only scenario."""
        base, *policies = self.study.cases
        return ("effect", tuple(policies)) if policies else ("level", (base,))

    def title(self, case: str) -> str:
        """What people call a scenario."""
        return self.titles.get(case, case)

    def sentence(self, text: str) -> str:
        """Begin a sentence: in English with a capital letter."""
        return text if self.words.lang == "zh" else text[:1].upper() + text[1:]

    def response(self, kind: str, scenario: str, rival: str, outcome: str) -> str:
        """Name a response: a policy's effect, the lead of one over another, or the baseline's own level."""
        return self.words(
            f"study.response_{kind}",
            policy=self.title(scenario),
            rival=self.title(rival),
            outcome=outcome_name(outcome, self.words),
        )

    def response_of(self, each: Hanging) -> str:
        """Name the response that the indices are about."""
        return self.response(each.kind, each.scenario, each.rival, each.outcome)

    def meaning(self, name: str) -> str:
        """Say what a factor is: the registry's words, or those for a key of a scenario file; empty if unknown."""
        if name in FACTORS:
            return self.words.pick(FACTORS[name])
        lever, key = _lever_in(name)
        if lever is not None and (said := SETTINGS.get(key) or FACTORS.get(key)):
            what = self.words.pick(said)
            return self.words("study.explained", name=lever_name(lever.name, self.words), what=what)
        parameter = _parameter(name)
        if self.registry is None or parameter not in self.registry:
            return ""
        found = self.registry[parameter]
        return self.words.pick((found.meaning_zh, found.meaning_en))

    def label_meaning(self, stage: Stage, label: str) -> str:
        """Explain a name used by the indices: a factor's meaning, or the members of a group."""
        names = [factor.name for factor in members(stage)[label]]
        if names == [label]:
            return self.meaning(label)
        return self.words("study.group_of", names=self.words.listed(names))

    def row_value(self, name: str, value: Value) -> str:
        """Write a value that a row of a list sets, with the unit of the registry or the scenario file."""
        if isinstance(value, str):
            return value
        parameter, unit = _parameter(name), "yuan per year" if name == "budget" else ""
        if self.registry is not None and parameter in self.registry:
            unit = self.registry[parameter].unit
        size, unit = unit_scale(unit, float(value), self.words)
        return f"{number(float(value) / size)} {unit}".rstrip()


def account_of(study: Study, words: Words, subject: Backdrop) -> StudyAccount:
    """Make the account of a study; its subject gives the titles of scenarios and the evidence of the runs."""
    base = subject.scenarios[0]
    (name, digest), *_ = subject.passport.evidence
    origin = words(
        "study.origin",
        evidence=name,
        digest=digest[:8],
        weight=f"{base.weight:,}",
        start=quarter_text(base.start),
        end=quarter_text(base.end),
    )
    titles = {scenario.name: scenario.title[words.lang] for scenario in subject.scenarios}
    return StudyAccount(study, words, titles, base.evidence, origin)


def _lever_in(name: str) -> tuple[Lever | None, str]:
    """Find the lever and the setting of it that a factor such as ``levers.platforms.amount`` names."""
    first, *others = name.split(".")
    known = {lever.name: lever for lever in LEVERS}
    return (known.get(others[0]), ".".join(others[1:])) if first == "levers" and others else (None, "")


def _parameter(name: str) -> str:
    """Name the parameter of the registry that a factor sets."""
    lever, key = _lever_in(name)
    return lever.settings.get(key, "") if lever is not None else name
