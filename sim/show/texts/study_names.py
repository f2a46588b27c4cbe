"""What a report on a study calls things: factors, their values, policies, responses, amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from sim.analysis.studies.importance import basis_of, members
from sim.errors import InputError
from sim.files.names import calibration_folder
from sim.runs.factors import Choice, Factor, LogUniform, Normal, Triangular, Value
from sim.show.pages.markdown import code
from sim.show.texts.meanings import SETTINGS
from sim.show.texts.names import GRADE_NAMES, lever_name
from sim.show.texts.numbers import decimals, money_unit, plain
from sim.show.texts.outcomes import name_of, record_of
from sim.show.texts.study import BASES, FACTORS, OUTCOME_UNITS
from sim.show.texts.units import number, unit_name, unit_scale
from sim.words import Words
from sim.world.levers import LEVERS
from sim.world.parameters import Registry, load_parameters
from sim.world.quantities import quarter_text
from sim.world.scenario_record import DEFAULT_EVIDENCE

if TYPE_CHECKING:
    from sim.analysis.studies.stages import Stage
    from sim.analysis.studies.study import Study
    from sim.runs.provenance import Passport
    from sim.world.scenario_record import Scenario


class Backdrop(Protocol):
    """What a study was done on, as far as its report speaks of it."""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios, the baseline first."""
        ...

    @property
    def passport(self) -> Passport:
        """With what it was done."""
        ...


@dataclass(frozen=True)
class View:
    """A study as it is shown: in a language, with the names of what it is about.

    Attributes
    ----------
    study, lang
        What, and ``zh`` or ``en``.
    titles
        Titles of scenarios; a scenario without one goes by its name.
    evidence
        Where the registry lies that says what parameters mean.
    origin
        What the numbers come from, for the line below a figure; empty where nobody said.
    """

    study: Study
    words: Words
    titles: Mapping[str, str]
    evidence: str = DEFAULT_EVIDENCE
    origin: str = ""

    @cached_property
    def registry(self) -> Registry | None:
        """The parameters, None where the evidence is gone."""
        try:
            return load_parameters(calibration_folder(self.evidence))
        except InputError:
            return None

    @property
    def source(self) -> str:
        """Where the numbers come from, for the line below a figure."""
        study = self.study
        runs = sum(stage.tally.done for stage in study.stages)
        parts = self.words(
            "study.source",
            name=study.experiment.name,
            runs=plain(runs),
            replications=study.experiment.replications,
            seed=study.experiment.seed,
        )
        return f"{parts}{self.origin}"

    def title(self, case: str) -> str:
        """What people call a scenario."""
        return self.titles.get(case, case)


def view_of(study: Study, words: Words, subject: Backdrop | None) -> View:
    """Look at a study; with its subject, scenarios go by their titles and figures say what they rest on."""
    if subject is None:
        return View(study, words, {})
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
    return View(study, words, titles, base.evidence, origin)


def meaning(view: View, name: str) -> str:
    """What a factor is, in words: the registry's, or of the key of a scenario file; empty where nothing is known."""
    if name in FACTORS:
        return view.words.pick(FACTORS[name])
    registry, parts = view.registry, name.split(".")
    lever = next((lever for lever in LEVERS if parts[0] == "levers" and lever.name == parts[1]), None)
    key = parts[-1]
    if lever is not None and key in SETTINGS:
        return view.words(
            "study.of_lever", lever=lever_name(lever.name, view.words), what=view.words.pick(SETTINGS[key])
        )
    parameter = lever.settings.get(key, "") if lever is not None else name
    if registry is not None and parameter in registry:
        found = registry[parameter]
        return view.words.pick((found.meaning_zh, found.meaning_en))
    return ""


def row_value(view: View, name: str, value: Value) -> str:
    """Write a value that a row of a list sets, with the unit that the registry or the scenario file has for it."""
    if isinstance(value, str):
        return value
    parts = name.split(".")
    lever = next((lever for lever in LEVERS if parts[0] == "levers" and lever.name == parts[1]), None)
    parameter = lever.settings.get(parts[-1], "") if lever is not None else name
    known = view.registry is not None and parameter in view.registry
    unit = (
        view.registry[parameter].unit
        if known and view.registry
        else "yuan per year"
        if name == "budget"
        else ""
    )
    size, unit = unit_scale(unit, float(value), view.words)
    return f"{number(float(value) / size)} {unit}".rstrip()


def sentence(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]


def label_meaning(view: View, stage: Stage, label: str) -> str:
    """What stands behind a name that indices use: a factor's meaning, or the members of a group."""
    factors = members(stage)[label]
    if [factor.name for factor in factors] == [label]:
        return meaning(view, label)
    return view.words("study.group_of", names=listed([factor.name for factor in factors], view.words))


def basis(view: View, name: str) -> str:
    """What a factor rests on, in a few words."""
    return view.words.pick(GRADE_NAMES[name]) if name in GRADE_NAMES else view.words.pick(BASES[name])


def factor_basis(view: View, factor: Factor) -> str:
    """What one factor rests on."""
    return basis(view, basis_of([factor]))


def listed(names: list[str], words: Words) -> str:
    """Join names as the language does."""
    return ("、" if words.lang == "zh" else ", ").join(names)


def value_text(factor: Factor | None, value: Value, words: Words) -> str:
    """Write a value of a factor with its unit: money in a fitting one, others to three significant digits."""
    if isinstance(value, str):
        return value
    size, unit = value_scale(factor, float(value), words)
    return f"{number(float(value) / size)} {unit}".rstrip()


def value_scale(factor: Factor | None, value: float, words: Words) -> tuple[float, str]:
    """Choose the unit in which values as large as this read best: (so much of the factor's own unit, its name)."""
    return unit_scale(factor.unit if factor is not None else "", value, words)


def values_text(factor: Factor, words: Words) -> tuple[str, str]:
    """Write what values a factor takes, with the weights they have; and the unit they are written in."""
    shape = factor.distribution
    largest = max((abs(value) for value in ends(factor) if not isinstance(value, str)), default=0.0)
    size, unit = value_scale(factor, float(largest), words)
    unit = unit or unit_name(factor.unit, words)

    def text(value: Value) -> str:
        return value if isinstance(value, str) else number(float(value) / size)

    if isinstance(shape, Choice):
        return listed([text(value) for value in shape.values], words), unit
    low, high = ends(factor)
    both = words("study.from_to", low=text(low), high=text(high))
    if isinstance(shape, LogUniform):
        both = words("study.log_uniform", ends=both)
    if isinstance(shape, Triangular):
        both = words("study.triangular", ends=both, mode=text(shape.mode))
    if isinstance(shape, Normal):
        both = words("study.normal", ends=both, mean=text(shape.mean), sd=text(shape.sd))
    return both, unit


def ends(factor: Factor) -> tuple[Value, ...]:
    """Lowest and highest value, or every choice."""
    shape = factor.distribution
    return shape.values if isinstance(shape, Choice) else (factor.at(0.0), factor.at(1.0))


def halves(factor: Factor, words: Words) -> tuple[str, str]:
    """Name both halves of a factor: the values that lie in them, or below and above its median."""
    shape = factor.distribution
    if isinstance(shape, Choice):
        count = len(shape.values)
        names = [value_text(factor, value, words) for value in shape.values]
        lower, upper = names[: (count + 1) // 2], names[count // 2 :]
        keys = ({"name": code(factor.name), "values": listed(part, words)} for part in (lower, upper))
        low, high = (words("study.half_choice", **parts) for parts in keys)
        return low, high
    middle = value_text(factor, factor.at(0.5), words)
    low, high = (
        words(f"study.{key}", name=code(factor.name), middle=middle) for key in ("half_low", "half_high")
    )
    return low, high


def outcome_name(outcome: str, words: Words) -> str:
    """What an outcome counts."""
    return words.pick(name_of(outcome))


def outcome_scale(outcome: str, size: float, words: Words) -> tuple[float, str]:
    """Choose the unit in which amounts of an outcome read best: (so much of the outcome's own unit, its name)."""
    record = record_of(outcome)
    unit = record.unit if record else ""
    if unit == "yuan":
        return money_unit(size, words)
    return 1.0, words.pick(OUTCOME_UNITS[unit]) if unit in OUTCOME_UNITS else unit


def amount(outcome: str, value: float, words: Words, *, signed: bool = False) -> str:
    """Write an amount of an outcome with its unit: firms whole, one decimal below ten; others three digits."""
    (number,), unit = amounts(outcome, (value,), words, signed=signed)
    return f"{number} {unit}".rstrip()


def amounts(
    outcome: str, values: Sequence[float], words: Words, *, signed: bool = False
) -> tuple[list[str], str]:
    """Write amounts of an outcome in one unit, with as many decimals as the largest needs; and name the unit."""
    largest = max(abs(value) for value in values)
    size, unit = outcome_scale(outcome, largest, words)
    record = record_of(outcome)
    firms = record is not None and record.unit == "firms"
    digits = int(0 < largest < 10) if firms else decimals(largest / size)
    return [plain(value / size, digits, signed=signed) for value in values], unit


def response_name(view: View, kind: str, scenario: str, rival: str, outcome: str) -> str:
    """Name a response: a policy's effect, the margin of one over another, or the baseline's own level."""
    return view.words(
        f"study.response_{kind}",
        policy=view.title(scenario),
        rival=view.title(rival),
        outcome=outcome_name(outcome, view.words),
    )
