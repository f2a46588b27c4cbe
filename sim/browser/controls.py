"""What people can change in a scenario on the page.

Names, meanings, ranges and units come from the registry, the programme table and the words of `sim.show`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from math import ceil, floor, log10
from typing import Any, Literal

from sim.files.names import evidence_folder
from sim.show.texts.explain import LABELS, Entry, everything
from sim.show.texts.meanings import FIRM_RULES, REGION_RULES, SETTINGS
from sim.show.texts.numbers import percent, step_digits
from sim.show.texts.study import FACTORS
from sim.show.texts.units import number, unit_scale
from sim.words import LANGUAGES, Pair, Words, name_table, pair
from sim.world.fields import Amount
from sim.world.levers import LEVERS, Lever
from sim.world.parameters import Parameter
from sim.world.quantities import parse_quantity, quarter_text
from sim.world.scenario import Scenario
from sim.world.surface import Allocation, LeverEntry, ScenarioFile
from sim.world.vocabulary import Vocabulary, load_vocabulary

Document = Mapping[str, Any]
Value = float | bool | str
#: Labels of the words that a setting takes.
CHOICE_NAMES = name_table("names.choice")
PROGRAMME = {lever.name: lever for lever in LEVERS}
STEPS = 100  # most steps of a slider
_MANTISSAS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_WIDE = 10.0  # a range that spans more than this factor gets stops that grow with the value
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that people can change.

    Attributes
    ----------
    key
        Its place in a document.
    kind
        ``slider`` (a number), ``switch`` (true or false) or ``choice`` (a word).
    label, explanation
        What it is, in a line and at length (several lines), Chinese and English.
    default
        The value if a document does not give one: the registry's or the scenario file's.
    stops
        Of a slider: its possible values in `unit`, ascending, from the lowest to the highest allowed.
    unit
        Of a slider: the unit of values, as the registry has it.
    choices
        Of a choice: words, each with its label.
    """

    key: tuple[str, ...]
    kind: Literal["slider", "switch", "choice"]
    label: Pair
    explanation: Pair
    default: Value
    stops: tuple[float, ...] = ()
    unit: str = ""
    choices: tuple[tuple[str, Pair], ...] = ()

    @property
    def low(self) -> float:
        """The lowest value of a slider."""
        return self.stops[0]

    @property
    def high(self) -> float:
        """The highest value of a slider."""
        return self.stops[-1]

    @property
    def lever(self) -> str | None:
        """The lever it belongs to, None where it belongs to the province."""
        return self.key[1] if self.key[0] == "levers" else None

    def nearest(self, value: float) -> int:
        """Index of the stop nearest to a value."""
        return min(range(len(self.stops)), key=lambda at: abs(self.stops[at] - value))

    def text(self, value: Value, words: Words) -> str:
        """Write a value for people: ``20 万元/家·年``, ``20,000 people``, ``30 %``, the label of a word."""
        if isinstance(value, bool):
            return ""
        if isinstance(value, str):
            return words.pick(dict(self.choices).get(value, (value, value)))
        if self.unit == "share":
            hundredths = round(100.0 * value, 1)
            return percent(value, step_digits(hundredths) if hundredths else 0)
        size, unit = unit_scale(self.unit, value, words)
        return f"{number(value / size)} {unit}".rstrip()


@dataclass(frozen=True, slots=True)
class LeverControls:
    """What can be changed about one lever.

    Attributes
    ----------
    name
        In `sim.world.levers.LEVERS`.
    switch
        Whether the lever is used; label and explanation are the lever's.
    start, share, strength
        First quarter, share of the budget, strength.
    settings
        The lever's own settings.
    """

    name: str
    switch: Control
    start: Control
    share: Control
    strength: Control
    settings: tuple[Control, ...]

    def __iter__(self) -> Iterator[Control]:
        yield from (self.switch, self.start, self.share, self.strength, *self.settings)


@dataclass(frozen=True, slots=True)
class Controls:
    """What can be changed in a scenario: the province's money, and every lever of the programme table."""

    budget: Control
    regions: Control
    firms: Control
    levers: tuple[LeverControls, ...]

    def __iter__(self) -> Iterator[Control]:
        yield from (self.budget, self.regions, self.firms)
        for lever in self.levers:
            yield from lever


def controls_of(scenario: Scenario) -> Controls:
    """List what can be changed in a scenario.

    Parameters
    ----------
    scenario
        As read from the document to edit: its horizon, levers and evidence determine what is allowed.
    """
    known = load_vocabulary(evidence_folder(scenario.evidence))
    return Controls(
        budget=_amount(("budget",), _limits(ScenarioFile, "budget"), FACTORS["budget"]),
        regions=_rule(("allocation", "regions"), _region_rules(scenario, known), Allocation().regions),
        firms=_rule(("allocation", "firms"), FIRM_RULES, Allocation().firms),
        levers=tuple(_lever(lever, scenario, known) for lever in LEVERS),
    )


def value_of(document: Document, control: Control) -> Value:
    """Read a control's value from a document, the default if it is not there."""
    if control.kind == "switch":
        return control.key[1] in document.get("levers", {})
    node = _said(document, control.key)
    if node is None and control.lever is not None:
        parameter = PROGRAMME[control.lever].settings.get(control.key[-1])
        node = document.get("parameters", {}).get(parameter) if control.kind == "slider" else None
    if node is None:
        return control.default
    return parse_quantity(node, control.unit) if control.kind == "slider" else str(node)


def _said(document: Document, key: tuple[str, ...]) -> Any:
    """The value of a key in a document, None if it is not there."""
    node: Any = document
    for part in key:
        node = node.get(part) if isinstance(node, Mapping) else None
    return node


def _lever(lever: Lever, scenario: Scenario, known: Vocabulary) -> LeverControls:
    at = ("levers", lever.name)
    use = next((use for use in scenario.levers if use.name == lever.name), None)
    last = scenario.end if use is None else use.end - use.lag
    quarters = [quarter_text(quarter) for quarter in range(scenario.start, last + 1)]
    return LeverControls(
        name=lever.name,
        switch=Control(at, "switch", (lever.zh, lever.en), _told(scenario, "lever", lever.name), False),
        start=Control(
            (*at, "start"),
            "choice",
            _head(SETTINGS["start"]),
            SETTINGS["start"],
            quarters[0] if use is None else quarter_text(use.start),
            choices=tuple((quarter, (quarter, quarter)) for quarter in quarters),
        ),
        share=_common((*at, "share_of_budget")),
        strength=_common((*at, "strength")),
        settings=tuple(
            _own((*at, key), lever.choices.get(key), known.registry[name], scenario)
            for key, name in lever.settings.items()
        ),
    )


def _common(key: tuple[str, ...]) -> Control:
    """A slider that every lever has."""
    return _amount(key, _limits(LeverEntry, key[-1]), SETTINGS[key[-1]])


def _limits(model: type[ScenarioFile | LeverEntry], key: str) -> tuple[Amount, float]:
    """What the scenario file allows for a key, and its default."""
    field = model.model_fields[key]
    return field.metadata[0], float(field.default)


def _amount(key: tuple[str, ...], limits: tuple[Amount, float], meaning: Pair) -> Control:
    allowed, default = limits
    stops = stops_of(allowed.low, default, allowed.high, allowed.unit)
    return Control(key, "slider", _head(meaning), meaning, default, stops, allowed.unit)


def _rule(key: tuple[str, ...], rules: Mapping[str, Pair], default: str) -> Control:
    meaning = FACTORS[".".join(key)]
    return Control(key, "choice", meaning, meaning, default, choices=tuple(rules.items()))


def _region_rules(scenario: Scenario, known: Vocabulary) -> Mapping[str, Pair]:
    """The rules under which every lever would still reach somebody."""
    core = set(known.region_codes("core"))
    reached = bool(core) and all(core & set(use.regions) for use in scenario.levers)
    return {rule: name for rule, name in REGION_RULES.items() if rule != "core" or reached}


def _own(
    key: tuple[str, ...], words: Mapping[str, float] | None, parameter: Parameter, scenario: Scenario
) -> Control:
    """A setting of the lever itself."""
    meaning = (parameter.meaning_zh, parameter.meaning_en)
    told = _told(scenario, "setting", ".".join(key[1:]))
    if words is None:
        stops = stops_of(parameter.low, parameter.default, parameter.high, parameter.unit)
        return Control(key, "slider", meaning, told, parameter.default, stops, parameter.unit)
    default = next(word for word, value in words.items() if value == parameter.default)
    choices = tuple((word, CHOICE_NAMES[word]) for word in words)
    return Control(key, "choice", _head(meaning), told, default, choices=choices)


def stops_of(low: float, default: float, high: float, unit: str) -> tuple[float, ...]:
    """Choose the values of a slider.

    Parameters
    ----------
    low, default, high
        What is allowed, and the default; all three are among the stops.
    unit
        Shares have even steps; other ranges that span orders of magnitude have steps that grow with the value.

    Returns
    -------
    tuple of float
        Ascending.
    """
    if low == high:
        return (low,)
    least = low if low > 0.0 else default / _WIDE
    if unit != "share" and low >= 0.0 and least > 0.0 and high / least > _WIDE:
        decades = range(floor(log10(least)), ceil(log10(high)) + 1)
        between = [mantissa * 10.0**decade for decade in decades for mantissa in _MANTISSAS]
        between = [value for value in between if value >= least]
    else:
        step = _step(low, default, high)
        between = [low + step * k for k in range(floor((high - low) / step + CLOSE) + 1)]
    rounded = (round(value, 12) for value in between)
    return tuple(sorted({low, default, high, *(value for value in rounded if low < value < high)}))


def _step(low: float, default: float, high: float) -> float:
    """The smallest of 1, 2, 5 × 10^k that gives no more than `STEPS` steps and has the default on one of them."""
    least = (high - low) / STEPS
    decade = floor(log10(least))
    steps = [m * 10.0**k for k in (decade, decade + 1) for m in (1.0, 2.0, 5.0)]
    enough = [step for step in steps if step >= least * (1.0 - CLOSE)]
    even = (step for step in enough if abs((default - low) / step - round((default - low) / step)) < CLOSE)
    return next(even, enough[0])


def _head(meaning: Pair) -> Pair:
    """The first part of a meaning, before the remarks."""
    zh, en = (
        min((text.partition(mark)[0] for mark in marks), key=len)
        for text, marks in zip(meaning, pair("signs.after_a_head"), strict=True)
    )
    return zh, en


def _told(scenario: Scenario, group: str, name: str) -> Pair:
    """All that `upgrading explain` says about a name, one fact per line."""
    zh, en = (
        _facts(_entries(scenario.evidence, Words(lang))[group, name], Words(lang)) for lang in LANGUAGES
    )
    return zh, en


def _facts(entry: Entry, words: Words) -> str:
    mark = words("signs.colon")
    return "\n".join(f"{words.pick(LABELS[label])}{mark}{text}" for label, text in entry.facts if text)


@lru_cache(maxsize=8)  # explanations change only with the program's files
def _entries(evidence: str, words: Words) -> dict[tuple[str, str], Entry]:
    light = takewhile(lambda entry: entry.group != "outcome", everything(words, evidence))
    return {(entry.group, entry.name): entry for entry in light}
