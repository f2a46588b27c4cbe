"""What a name means: of a parameter, lever, setting, rule, instrument, variable, reading, outcome, metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain

from sim.errors import InputError, Message, Problem
from sim.evidence.tables import Evidence, Instrument, Source, SurveyVariable, load_evidence
from sim.files.names import evidence_folder
from sim.show.tables.plaintext import table
from sim.show.texts.meanings import (
    COEFFICIENTS,
    FIRM_RULES,
    READING_PARTS,
    REGION_RULES,
    SETTINGS,
    metric_meaning,
)
from sim.show.texts.names import GRADE_NAMES, READING_NAMES
from sim.words import Pair, Words, name_table
from sim.world.levers import CHANNELS, LEVERS, Lever
from sim.world.parameters import Parameter, Registry, load_parameters
from sim.world.quantities import amount_text
from sim.world.scenario_record import DEFAULT_EVIDENCE

GROUPS = name_table("names.explained_group")

LABELS = name_table("names.explained_label")

#: How an outcome is counted over time, by kind.
OVER_HORIZON = name_table("names.over_horizon")


@dataclass(frozen=True, slots=True)
class Entry:
    """One name with all there is to say about it in one language.

    Attributes
    ----------
    group
        Key of `GROUPS`.
    name
        As people type it.
    title
        What it is, in one line.
    facts
        Labels and texts, in order.
    aliases
        Other names that find it.
    """

    group: str
    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...] = ()

    def text(self, words: Words) -> str:
        """The whole entry, one fact a line."""
        rows = [(words.pick(LABELS[label]), text) for label, text in self.facts if text]
        return "\n".join([f"{self.name}  ({words.pick(GROUPS[self.group])})", *table(rows)])


def explain(name: str, words: Words, evidence: str = DEFAULT_EVIDENCE) -> str:
    """Say what a name means.

    Parameters
    ----------
    name
        Of a parameter, lever, setting (``capacity`` or ``talent_pool.capacity``), rule, instrument (``P04``),
        survey variable (``X3``), reading, treatment of coefficients (``drawn``), outcome or reported metric. Capital
        letters do not matter, and levers and survey variables are known by their Chinese names too.
    words
        The reader's language.
    evidence
        Evidence folder that numbers and sources come from.

    Raises
    ------
    InputError
        If there is no such name; the message suggests the nearest one.
    """
    found = [entry for entry in _light(evidence, words) if _is_called(entry, name)]
    if not found:
        found = [entry for entry in _reported(words) if _is_called(entry, name)]
    if not found:
        names = {alias.casefold(): alias for entry in everything(words, evidence) for alias in _names(entry)}
        near = get_close_matches(name.casefold(), names, n=1)
        hint = (
            Message("errors.did_you_mean", near=names[near[0]])
            if near
            else Message("errors_world.explain_lists")
        )
        message = Message("errors_command.nothing_called", hint=hint)
        raise InputError(Problem(message, key="explain", value=name))
    return "\n\n".join(entry.text(words) for entry in found)


def explain_all(words: Words, evidence: str = DEFAULT_EVIDENCE) -> str:
    """List every name with its meaning, by group."""
    entries = list(everything(words, evidence))
    lines = []
    for group, heading in GROUPS.items():
        members = [entry for entry in entries if entry.group == group]
        lines += ["", words.pick(heading), *table([(entry.name, entry.title) for entry in members])]
    return "\n".join(lines[1:])


def everything(words: Words, evidence: str = DEFAULT_EVIDENCE) -> Iterator[Entry]:
    """All entries, group by group."""
    return chain(_light(evidence, words), _reported(words))


def _names(entry: Entry) -> tuple[str, ...]:
    return (entry.name, *entry.aliases)


def _is_called(entry: Entry, name: str) -> bool:
    return name.casefold() in (known.casefold() for known in _names(entry))


def _light(evidence: str, words: Words) -> Iterator[Entry]:
    """Return the entries that do not need the model to be loaded."""
    folder = evidence_folder(evidence)
    yield from _Explained(words, load_parameters(folder), load_evidence(folder)).entries()


@dataclass(frozen=True, slots=True)
class _Explained:
    """What a registry and its evidence folder say about names, in the reader's words."""

    words: Words
    registry: Registry
    known: Evidence

    def entries(self) -> Iterator[Entry]:
        """Return all entries, group by group."""
        yield from map(self._parameter, self.registry.values())
        yield from map(self._lever, LEVERS)
        yield from (self._own_setting(lever, key) for lever in LEVERS for key in lever.settings)
        yield from self._worded("setting", SETTINGS)
        yield from self._worded("region rule", REGION_RULES)
        yield from self._worded("firm rule", FIRM_RULES)
        yield from map(self._instrument, self.known.instruments)
        yield from map(self._variable, self.known.variables)
        yield from self._worded("reading", READING_PARTS)
        for name, title in READING_NAMES.items():
            parts = self.words("signs.clause").join(
                self.words.pick(READING_PARTS[part]) for part in name.split("-")
            )
            yield Entry("reading", name, self.words.pick(title), (("meaning", parts),))
        yield from self._worded("coefficients", COEFFICIENTS, ("coefficients", "difficulty.coefficients"))

    def _worded(
        self, group: str, meanings: Mapping[str, Pair], aliases: tuple[str, ...] = ()
    ) -> Iterator[Entry]:
        for name, pair in meanings.items():
            yield Entry(group, name, self.words.pick(pair), (("meaning", self.words.pick(pair)),), aliases)

    def _parameter(self, parameter: Parameter) -> Entry:
        own = [
            f"{lever.name}.{key}"
            for lever in LEVERS
            for key, name in lever.settings.items()
            if name == parameter.name
        ]
        meaning = self.words.pick((parameter.meaning_zh, parameter.meaning_en))
        facts = (
            ("meaning", meaning),
            ("unit", parameter.unit),
            ("default", amount_text(parameter.default, parameter.unit)),
            ("allowed", parameter.allowed),
            ("grade", self.words.pick(GRADE_NAMES[parameter.grade])),
            ("source", _cited(parameter.source, self.known.sources)),
            ("set by", ", ".join((f"parameters.{parameter.name}", *own))),
        )
        return Entry("parameter", parameter.name, meaning, facts)

    def _lever(self, lever: Lever) -> Entry:
        effects = lever.effects(self.registry.defaults())
        moved = ", ".join(f"{channel} {effects[channel]:g}" for channel in CHANNELS if effects.get(channel))
        cost = self.registry[lever.unit_cost]
        instrument = next((each for each in self.known.instruments if each.id == lever.instrument), None)
        facts = (
            ("meaning", self.words.pick((lever.zh, lever.en))),
            ("instrument", f"{lever.instrument} {instrument.instrument if instrument else ''}".strip()),
            ("moves", moved),
            ("unit cost", f"{lever.unit_cost}: {amount_text(cost.default, cost.unit)}{self._by_size(lever)}"),
            ("settings", ", ".join(lever.settings)),
            ("also", ", ".join(SETTINGS)),
            ("evidence", _cited(instrument.evidence_ids, self.known.sources) if instrument else ""),
        )
        return Entry("lever", lever.name, self.words.pick((lever.zh, lever.en)), facts, (lever.zh, lever.en))

    def _by_size(self, lever: Lever) -> str:
        """Say how the price grows with staff, if it does."""
        if "size_elasticity" not in lever.terms:
            return ""
        usual, power = (
            self.registry[lever.terms[name]].default for name in ("size_usual", "size_elasticity")
        )
        return f" × ({self.words('names.staff')} / {usual:g}) ^ {power:g}"

    def _own_setting(self, lever: Lever, key: str) -> Entry:
        parameter = self.registry[lever.settings[key]]
        choices = lever.choices.get(key, {})
        meaning = self.words.pick((parameter.meaning_zh, parameter.meaning_en))
        default = next((word for word, number in choices.items() if number == parameter.default), None)
        facts = (
            ("of", f"{lever.name} ({self.words.pick((lever.zh, lever.en))})"),
            ("meaning", meaning),
            ("default", default or amount_text(parameter.default, parameter.unit)),
            ("choices", ", ".join(choices)),
            ("allowed", "" if choices else parameter.allowed),
            ("parameter", parameter.name),
            ("grade", self.words.pick(GRADE_NAMES[parameter.grade])),
            ("source", parameter.source),
        )
        return Entry("setting", f"{lever.name}.{key}", meaning, facts, (key,))

    def _instrument(self, instrument: Instrument) -> Entry:
        levers = [lever.name for lever in LEVERS if lever.instrument == instrument.id]
        facts = (
            ("meaning", instrument.instrument),
            ("lever", ", ".join(levers) or self.words("names.explained_note.no_lever")),
            ("actor", instrument.actor),
            ("variables", instrument.survey_variable),
            ("state", instrument.model_state),
            ("missing", instrument.not_in_seeds),
            ("evidence", _cited(instrument.evidence_ids, self.known.sources)),
        )
        return Entry("instrument", instrument.id, instrument.instrument, facts)

    def _variable(self, variable: SurveyVariable) -> Entry:
        labels = variable.labels_zh if self.words.lang == "zh" else variable.labels_en
        coefficients = self.known.logit.b.get(variable.name, {})
        stars = self.known.logit.stars.get(variable.name, {})
        listed = ", ".join(
            f"({column}) {b:g}{stars.get(column, '')}" for column, b in sorted(coefficients.items())
        )
        kappa = f"kappa_{variable.name[1:]}"
        facts = (
            ("meaning", self.words.pick((variable.zh, variable.en))),
            (
                "codes",
                "; ".join(f"{code} {label}" for code, label in zip(variable.codes, labels, strict=True)),
            ),
            ("note", self.words("names.explained_note.backwards") if variable.name == "X13" else ""),
            (
                "coefficient",
                listed or ("" if variable.name == "Y" else self.words("names.explained_note.no_coefficient")),
            ),
            ("parameter", f"{kappa}: {self.registry[kappa].default:g}" if kappa in self.registry else ""),
        )
        return Entry(
            "variable", variable.name, self.words.pick((variable.zh, variable.en)), facts, (variable.zh,)
        )


def _cited(text: str, sources: Mapping[str, Source]) -> str:
    """Spell out a source that consists only of ids such as ``A46, C51``."""
    ids = [part.strip() for part in text.replace(";", ",").split(",")]
    if not all(part in sources for part in ids):
        return text
    return "; ".join(f"{part} {sources[part].what} ({sources[part].where})" for part in ids)


def _reported(words: Words) -> Iterator[Entry]:
    """Return outcomes and metrics, with their units from the modules that compute them."""
    from sim.analysis.outcomes import OUTCOMES
    from sim.model.outputs import METRICS
    from sim.runs.results import DERIVED_UNITS

    for name, outcome in OUTCOMES.items():
        meaning = words.pick((outcome.meaning_zh, outcome.meaning_en))
        floor = "" if outcome.floor is None else amount_text(outcome.floor, outcome.unit)
        kind = words.pick(OVER_HORIZON[outcome.kind])
        facts = (("meaning", meaning), ("unit", outcome.unit), ("kind", kind), ("floor", floor))
        yield Entry("outcome", name, words.pick((outcome.zh, outcome.en)), facts)
    flows = {metric.name for metric in METRICS if metric.flow} | {"climbs"}
    for name, unit in ({metric.name: metric.unit for metric in METRICS} | DERIVED_UNITS).items():
        meaning = words.pick(metric_meaning(name))
        kind = words("names.explained_note.flow" if name in flows else "names.explained_note.stock")
        yield Entry("metric", name, meaning, (("meaning", meaning), ("unit", unit), ("kind", kind)))
