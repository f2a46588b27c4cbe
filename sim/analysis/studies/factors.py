"""Factors of an experiment file: which numbers of a scenario they set, and how their values are distributed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from math import inf
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.analysis.studies.policies import keys_of
from sim.analysis.studies.surface import RANGE, FactorEntry
from sim.errors import Message, MistakeError
from sim.runs.factors import (
    Choice,
    Distribution,
    Factor,
    LogUniform,
    Normal,
    Role,
    Triangular,
    Uniform,
    Value,
)
from sim.world.fields import Amount, Kind, Setting, Whole
from sim.world.parameters import Parameter
from sim.world.quantities import amount_text
from sim.world.surface import ScenarioFile
from sim.world.vocabulary import Vocabulary

#: Keys that a factor may be; all keys under `levers` too, but not dates and lists.
KEYS = (
    *("budget", "structure", "grid"),
    *("difficulty.column", "difficulty.causal_reading", "difficulty.coefficients"),
    *("allocation.regions", "allocation.firms"),
)
LEVER_KEYS_LEFT_OUT = ("start", "end", "for", "regions")
#: What may be varied of whom a lever is for.
FOR_WHOM = ("from_level", "min_staff", "max_staff")


class WrongFactorError(MistakeError):
    """An impossible factor; `loc` points to the wrong part of its entry, and is empty for the whole."""

    def __init__(self, message: Message, *loc: str | int) -> None:
        self.loc = loc
        super().__init__(message)


def factor_keys() -> tuple[str, ...]:
    """All dotted keys of a scenario file that a factor may be."""
    levers = ScenarioFile.model_fields["levers"].annotation
    assert isinstance(levers, type)
    assert issubclass(levers, BaseModel)
    return (
        KEYS
        + tuple(
            f"levers.{lever}.{key}"
            for lever in levers.model_fields
            for key in (field.alias or name for name, field in _model(levers, lever).model_fields.items())
            if key not in LEVER_KEYS_LEFT_OUT
        )
        + tuple(f"levers.{lever}.for.{key}" for lever in levers.model_fields for key in FOR_WHOM)
    )


def read_factor(
    name: str, role: Role, entry: FactorEntry | str, group: str | None, known: Vocabulary
) -> Factor:
    """Turn an entry of a file into a factor.

    Parameters
    ----------
    name
        A parameter or a dotted key.
    entry
        As the file gives it; a word can only be `RANGE`. A choice given twice counts once, see `repeated_choices`.
    group
        The group it belongs to.
    known
        The parameters there are.

    Raises
    ------
    WrongFactorError
        With a sentence for people.
    """
    if isinstance(entry, str):
        if entry != RANGE:
            raise WrongFactorError(Message("errors_analysis.values_expected"))
        entry = FactorEntry()
    parameter, kind = _what(name, known)
    distribution: Distribution
    if entry.choices is not None:
        distribution = Choice(tuple(dict.fromkeys(_choices(entry, parameter, kind, known))))
    elif parameter is None and not isinstance(kind, Amount | Whole):
        raise WrongFactorError(Message("errors_analysis.a_word"))
    else:
        distribution = _distribution(entry, parameter, kind, known)
    return Factor(
        name=name,
        role=role,
        distribution=distribution,
        unit=_unit(parameter, kind),
        group=group,
        whole=isinstance(kind, Whole)
        or (isinstance(kind, Amount) and kind.whole)
        or (parameter is not None and parameter.whole),
        grade="" if parameter is None else parameter.grade,
    )


def same_number(name: str, known: Vocabulary) -> str:
    """Canonical name of what a factor changes: ``levers.platforms.deadweight`` and ``deadweight_P08`` are the same."""
    parameter, _ = _what(name, known)
    return name if parameter is None else parameter.name


def read_value(name: str, given: Any, known: Vocabulary) -> Value:
    """Read one value of a factor, in the factor's unit.

    Raises
    ------
    WrongFactorError
        If there is no such parameter or key.
    MistakeError
        If it has no such value.
    """
    parameter, kind = _what(name, known)
    return _read(given, parameter, kind, known)


def _what(name: str, known: Vocabulary) -> tuple[Parameter | None, Kind | None]:
    """Find the parameter, or the kind of value that a key of a scenario file takes."""
    if name in known.registry:
        return known.registry[name], None
    keys = factor_keys()
    if name not in keys:
        near = get_close_matches(name, [*known.registry, *keys], n=1)
        hint = Message("errors.did_you_mean", near=near[0]) if near else Message("errors_world.explain_lists")
        raise WrongFactorError(Message("errors_analysis.no_such_factor_name", hint=hint))
    kind = _kind(name)
    if isinstance(kind, Setting) and kind.choices is None:
        return known.registry[kind.parameter], None
    return None, kind


@lru_cache
def _kind(name: str) -> Kind:
    """The kind of value that a key of a scenario file takes."""
    model: type[BaseModel] = ScenarioFile
    *sections, last = keys_of(name)
    for section in sections:
        model = _model(model, section)
    field = _field(model, last)
    return next(_kinds((*field.metadata, field.annotation)))


def _field(model: type[BaseModel], key: str) -> FieldInfo:
    """The field of a section that a file calls so: some names, such as ``for``, are Python's own."""
    return next(field for name, field in model.model_fields.items() if key in (name, field.alias))


def _kinds(parts: Iterable[object]) -> Iterator[Kind]:
    for part in parts:
        if isinstance(part, Kind):
            yield part
        else:
            yield from _kinds((*getattr(part, "__metadata__", ()), *get_args(part)))


def _model(model: type[BaseModel], key: str) -> type[BaseModel]:
    """The model of a section of a file."""
    annotation = _field(model, key).annotation
    parts = get_args(annotation) or (annotation,)
    return next(part for part in parts if isinstance(part, type) and issubclass(part, BaseModel))


def _unit(parameter: Parameter | None, kind: Kind | None) -> str:
    if parameter is not None:
        return parameter.unit
    return kind.unit if isinstance(kind, Amount) else ""


def _read(given: Any, parameter: Parameter | None, kind: Kind | None, known: Vocabulary) -> Value:
    if parameter is not None:
        return parameter.read(given)
    assert kind is not None
    value = kind.read(given, known)
    # A word stands for a number only inside the model; a scenario file needs the word.
    if not isinstance(value, int | float | str) or isinstance(kind, Setting):
        return str(given)
    return value


def repeated_choices(name: str, entry: FactorEntry | str, known: Vocabulary) -> tuple[Value, ...]:
    """Find values that occur more than once among the choices of a factor; `read_factor` counts each once.

    Values are the same if they mean the same: 0.5 and 50 %.

    Raises
    ------
    WrongFactorError
        As `read_factor` does.
    """
    if isinstance(entry, str) or entry.choices is None:
        return ()
    values = _choices(entry, *_what(name, known), known)
    return tuple(value for value, count in Counter(values).items() if count > 1)


def _choices(
    entry: FactorEntry, parameter: Parameter | None, kind: Kind | None, known: Vocabulary
) -> tuple[Value, ...]:
    """Read the choices as given."""
    for key in ("low", "high", "mode", "mean", "sd"):
        if getattr(entry, key) is not None:
            raise WrongFactorError(Message("errors_analysis.with_choices"), key)
    values = []
    for position, given in enumerate(entry.choices or ()):
        try:
            values.append(_read(given, parameter, kind, known))
        except MistakeError as error:
            raise WrongFactorError(error.message, "choices", position) from None
    return tuple(values)


def _distribution(
    entry: FactorEntry, parameter: Parameter | None, kind: Kind | None, known: Vocabulary
) -> Distribution:
    """Build the distribution; the registry supplies what the entry leaves out."""
    usual: Mapping[str, float] = {}
    if parameter is not None:
        usual = {
            "low": parameter.low,
            "high": parameter.high,
            "mode": parameter.default,
            "mean": parameter.default,
        }

    def number(key: str) -> float:
        given = getattr(entry, key)
        value = usual.get(key) if given is None else given
        if value is None:
            raise WrongFactorError(Message("errors_analysis.key_missing", key=key), key)
        if key == "sd":  # a width, not a value: it may lie outside the range
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < inf:
                raise WrongFactorError(Message("errors_analysis.standard_deviation"), key)
            return float(value)
        try:
            return float(_read(value, parameter, kind, known))
        except MistakeError as error:
            raise WrongFactorError(error.message, key) from None

    low, high = number("low"), number("high")
    if low >= high:
        unit = _unit(parameter, kind)
        message = Message("errors_analysis.low_below_high", high=amount_text(high, unit))
        raise WrongFactorError(message, "low")
    uses = {"triangular": ("mode",), "normal": ("mean", "sd")}.get(entry.distribution, ())
    for key in ("mode", "mean", "sd"):
        if key not in uses and getattr(entry, key) is not None:
            message = Message("errors_analysis.no_such_part", distribution=entry.distribution, key=key)
            raise WrongFactorError(message, key)
    if entry.distribution == "log_uniform":
        if low <= 0:
            raise WrongFactorError(Message("errors_analysis.log_uniform"), "low")
        return LogUniform(low, high)
    if entry.distribution == "triangular":
        mode = number("mode")
        if not low <= mode <= high:
            raise WrongFactorError(Message("errors_analysis.mode"), "mode")
        return Triangular(low, mode, high)
    if entry.distribution == "normal":
        return Normal(number("mean"), number("sd"), low, high)
    return Uniform(low, high)


def check_ends(factor: Factor) -> tuple[Value, ...]:
    """Values at which to try a factor before anything runs: both ends, or every choice."""
    if isinstance(factor.distribution, Choice):
        return factor.distribution.values
    return factor.at(0.0), factor.at(1.0)
