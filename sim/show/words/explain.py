"""What a name means: of a parameter, lever, setting, rule, instrument, variable, reading, outcome, metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain

from sim.errors import InputError, Problem
from sim.evidence.tables import Evidence, Instrument, Source, SurveyVariable, load_evidence
from sim.files.names import calibration_folder
from sim.show.tables.plaintext import table
from sim.show.words.meanings import (
    COEFFICIENTS,
    FIRM_RULES,
    READINGS,
    REGION_RULES,
    SETTINGS,
    metric_meaning,
)
from sim.show.words.words import GRADE_NAMES, READING_NAMES, Pair, check_language, say
from sim.world.levers import CHANNELS, LEVERS, Lever
from sim.world.parameters import Parameter, Registry, load_parameters
from sim.world.quantities import amount_text
from sim.world.scenario_record import DEFAULT_EVIDENCE

GROUPS: Mapping[str, Pair] = {
    "parameter": ("参数", "parameter"),
    "lever": ("政策工具", "lever"),
    "setting": ("政策工具的设置", "setting of a lever"),
    "region rule": ("资金在市州间的分配规则", "rule that shares money over prefectures"),
    "firm rule": ("挑选企业的规则", "rule that picks firms"),
    "instrument": ("政策手段", "instrument"),
    "variable": ("调查变量", "survey variable"),
    "reading": ("解读", "reading of the evidence"),
    "coefficients": ("表 5 的系数", "coefficients of Table 5"),
    "outcome": ("比较的结果", "outcome of a comparison"),
    "metric": ("报告的指标", "reported metric"),
}

LABELS: Mapping[str, Pair] = {
    "meaning": ("含义", "meaning"),
    "unit": ("单位", "unit"),
    "default": ("默认值", "default"),
    "allowed": ("允许范围", "allowed"),
    "source": ("来源", "source"),
    "grade": ("等级", "grade"),
    "set by": ("可由此设置", "set by"),
    "instrument": ("政策手段", "instrument"),
    "moves": ("作用于", "moves"),
    "unit cost": ("单位成本", "unit cost"),
    "settings": ("自有设置", "own settings"),
    "also": ("各工具共有", "every lever"),
    "choices": ("可选", "choices"),
    "of": ("所属工具", "of lever"),
    "parameter": ("对应参数", "parameter"),
    "actor": ("实施者", "actor"),
    "variables": ("调查变量", "survey variables"),
    "state": ("模型状态", "model state"),
    "evidence": ("证据", "evidence"),
    "missing": ("文献未给出", "not in the documents"),
    "lever": ("政策工具", "lever"),
    "codes": ("编码", "codes"),
    "coefficient": ("系数（表 5）", "coefficient (Table 5)"),
    "note": ("注意", "note"),
    "floor": ("精度下限", "floor of precision"),
    "kind": ("类别", "kind"),
}

#: What counts of an outcome, by kind.
OVER_HORIZON: Mapping[str, Pair] = {
    "level": ("期末的数值", "its number at the end"),
    "flow": ("报告期内合计", "summed over the horizon"),
}
STOCK, FLOW = ("季度末存量", "stock at the quarter's end"), ("季度内流量", "flow of the quarter")
BACKWARDS = (
    "编码方向相反：0 为四项及以上，4 为没有",
    "counts backwards: 0 is four or more, 4 is none",
)
NO_COEFFICIENT = ("未进入任何一列回归", "enters no regression")
NO_LEVER = ("模型中还没有对应的工具", "no lever of the model yet")


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
        Other names it is found by.
    """

    group: str
    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...] = ()

    def text(self, lang: str) -> str:
        """All of it, one fact a line."""
        rows = [(say(LABELS[label], lang), text) for label, text in self.facts if text]
        return "\n".join([f"{self.name}  ({say(GROUPS[self.group], lang)})", *table(rows)])


def explain(name: str, lang: str, evidence: str = DEFAULT_EVIDENCE) -> str:
    """Say what a name means.

    Parameters
    ----------
    name
        Of a parameter, lever, setting (``capacity`` or ``talent_pool.capacity``), rule, instrument (``P04``),
        survey variable (``X3``), reading, treatment of coefficients (``drawn``), outcome or reported metric. Capital
        letters do not matter, and levers and survey variables are known by their Chinese names too.
    lang
        ``zh`` or ``en``.
    evidence
        Evidence folder that numbers and sources come from.

    Raises
    ------
    InputError
        If nothing is called so; the message suggests the nearest name.
    """
    found = [entry for entry in _light(evidence, lang) if _is_called(entry, name)]
    if not found:
        found = [entry for entry in _reported(lang) if _is_called(entry, name)]
    if not found:
        names = {alias.casefold(): alias for entry in everything(lang, evidence) for alias in _names(entry)}
        near = get_close_matches(name.casefold(), names, n=1)
        hint = f"Did you mean {names[near[0]]}?" if near else "`upgrading explain` lists all there are."
        raise InputError(Problem(f"nothing is called so. {hint}", key="explain", value=name))
    return "\n\n".join(entry.text(lang) for entry in found)


def explain_all(lang: str, evidence: str = DEFAULT_EVIDENCE) -> str:
    """List every name with its meaning, by group."""
    entries = list(everything(lang, evidence))
    lines = []
    for group, heading in GROUPS.items():
        members = [entry for entry in entries if entry.group == group]
        lines += ["", say(heading, lang), *table([(entry.name, entry.title) for entry in members])]
    return "\n".join(lines[1:])


def everything(lang: str, evidence: str = DEFAULT_EVIDENCE) -> Iterator[Entry]:
    """All entries, group by group."""
    return chain(_light(evidence, lang), _reported(lang))


def _names(entry: Entry) -> tuple[str, ...]:
    return (entry.name, *entry.aliases)


def _is_called(entry: Entry, name: str) -> bool:
    return name.casefold() in (known.casefold() for known in _names(entry))


def _light(evidence: str, lang: str) -> Iterator[Entry]:
    """Everything known without loading the model."""
    check_language(lang)
    folder = calibration_folder(evidence)
    registry, known = load_parameters(folder), load_evidence(folder)
    yield from (_parameter(parameter, known.sources, lang) for parameter in registry.values())
    yield from (_lever(lever, registry, known, lang) for lever in LEVERS)
    yield from (_own_setting(lever, key, registry, lang) for lever in LEVERS for key in lever.settings)
    yield from _worded("setting", SETTINGS, lang)
    yield from _worded("region rule", REGION_RULES, lang)
    yield from _worded("firm rule", FIRM_RULES, lang)
    yield from (_instrument(instrument, known.sources, lang) for instrument in known.instruments)
    yield from (_variable(variable, known, registry, lang) for variable in known.variables)
    yield from _worded("reading", READINGS, lang)
    for name, title in READING_NAMES.items():
        parts = "; ".join(say(READINGS[part], lang) for part in name.split("-"))
        yield Entry("reading", name, say(title, lang), (("meaning", parts),))
    yield from _worded("coefficients", COEFFICIENTS, lang, ("coefficients", "difficulty.coefficients"))


def _worded(
    group: str, meanings: Mapping[str, Pair], lang: str, aliases: tuple[str, ...] = ()
) -> Iterator[Entry]:
    for name, pair in meanings.items():
        yield Entry(group, name, say(pair, lang), (("meaning", say(pair, lang)),), aliases)


def _cited(text: str, sources: Mapping[str, Source]) -> str:
    """Spell out a source that is nothing but ids such as ``A46, C51``."""
    ids = [part.strip() for part in text.replace(";", ",").split(",")]
    if not all(part in sources for part in ids):
        return text
    return "; ".join(f"{part} {sources[part].what} ({sources[part].where})" for part in ids)


def _parameter(parameter: Parameter, sources: Mapping[str, Source], lang: str) -> Entry:
    own = [
        f"{lever.name}.{key}"
        for lever in LEVERS
        for key, name in lever.settings.items()
        if name == parameter.name
    ]
    meaning = say((parameter.meaning_zh, parameter.meaning_en), lang)
    facts = (
        ("meaning", meaning),
        ("unit", parameter.unit),
        ("default", amount_text(parameter.default, parameter.unit)),
        ("allowed", parameter.allowed),
        ("grade", say(GRADE_NAMES[parameter.grade], lang)),
        ("source", _cited(parameter.source, sources)),
        ("set by", ", ".join((f"parameters.{parameter.name}", *own))),
    )
    return Entry("parameter", parameter.name, meaning, facts)


def _lever(lever: Lever, registry: Registry, known: Evidence, lang: str) -> Entry:
    effects = lever.effects(registry.defaults())
    moved = ", ".join(f"{channel} {effects[channel]:g}" for channel in CHANNELS if effects.get(channel))
    cost = registry[lever.unit_cost]
    instrument = next((each for each in known.instruments if each.id == lever.instrument), None)
    facts = (
        ("meaning", say((lever.zh, lever.en), lang)),
        ("instrument", f"{lever.instrument} {instrument.instrument if instrument else ''}".strip()),
        ("moves", moved),
        ("unit cost", f"{lever.unit_cost}: {amount_text(cost.default, cost.unit)}"),
        ("settings", ", ".join(lever.settings)),
        ("also", ", ".join(SETTINGS)),
        ("evidence", _cited(instrument.evidence_ids, known.sources) if instrument else ""),
    )
    return Entry("lever", lever.name, say((lever.zh, lever.en), lang), facts, (lever.zh, lever.en))


def _own_setting(lever: Lever, key: str, registry: Registry, lang: str) -> Entry:
    parameter = registry[lever.settings[key]]
    choices = lever.choices.get(key, {})
    meaning = say((parameter.meaning_zh, parameter.meaning_en), lang)
    default = next((word for word, number in choices.items() if number == parameter.default), None)
    facts = (
        ("of", f"{lever.name} ({say((lever.zh, lever.en), lang)})"),
        ("meaning", meaning),
        ("default", default or amount_text(parameter.default, parameter.unit)),
        ("choices", ", ".join(choices)),
        ("allowed", "" if choices else parameter.allowed),
        ("parameter", parameter.name),
        ("grade", say(GRADE_NAMES[parameter.grade], lang)),
        ("source", parameter.source),
    )
    return Entry("setting", f"{lever.name}.{key}", meaning, facts, (key,))


def _instrument(instrument: Instrument, sources: Mapping[str, Source], lang: str) -> Entry:
    levers = [lever.name for lever in LEVERS if lever.instrument == instrument.id]
    facts = (
        ("meaning", instrument.instrument),
        ("lever", ", ".join(levers) or say(NO_LEVER, lang)),
        ("actor", instrument.actor),
        ("variables", instrument.survey_variable),
        ("state", instrument.model_state),
        ("missing", instrument.not_in_seeds),
        ("evidence", _cited(instrument.evidence_ids, sources)),
    )
    return Entry("instrument", instrument.id, instrument.instrument, facts)


def _variable(variable: SurveyVariable, known: Evidence, registry: Registry, lang: str) -> Entry:
    labels = variable.labels_zh if lang == "zh" else variable.labels_en
    coefficients = known.logit.b.get(variable.name, {})
    stars = known.logit.stars.get(variable.name, {})
    listed = ", ".join(
        f"({column}) {b:g}{stars.get(column, '')}" for column, b in sorted(coefficients.items())
    )
    kappa = f"kappa_{variable.name[1:]}"
    facts = (
        ("meaning", say((variable.zh, variable.en), lang)),
        ("codes", "; ".join(f"{code} {label}" for code, label in zip(variable.codes, labels, strict=True))),
        ("note", say(BACKWARDS, lang) if variable.name == "X13" else ""),
        ("coefficient", listed or ("" if variable.name == "Y" else say(NO_COEFFICIENT, lang))),
        ("parameter", f"{kappa}: {registry[kappa].default:g}" if kappa in registry else ""),
    )
    return Entry("variable", variable.name, say((variable.zh, variable.en), lang), facts, (variable.zh,))


def _reported(lang: str) -> Iterator[Entry]:
    """Outcomes and metrics, with their units from the rooms that compute them."""
    from sim.analysis.outcomes import OUTCOMES
    from sim.model.outputs import METRICS
    from sim.runs.results import DERIVED_UNITS

    for name, outcome in OUTCOMES.items():
        meaning = say((outcome.meaning_zh, outcome.meaning_en), lang)
        floor = "" if outcome.floor is None else amount_text(outcome.floor, outcome.unit)
        kind = say(OVER_HORIZON[outcome.kind], lang)
        facts = (("meaning", meaning), ("unit", outcome.unit), ("kind", kind), ("floor", floor))
        yield Entry("outcome", name, say((outcome.zh, outcome.en), lang), facts)
    flows = {metric.name for metric in METRICS if metric.flow} | {"climbs"}
    for name, unit in ({metric.name: metric.unit for metric in METRICS} | DERIVED_UNITS).items():
        meaning = say(metric_meaning(name), lang)
        kind = say(FLOW if name in flows else STOCK, lang)
        yield Entry("metric", name, meaning, (("meaning", meaning), ("unit", unit), ("kind", kind)))
