"""Kinds of values in a scenario file: how to read each, how to report a wrong one, and how editors describe it.

Each kind stands beside a type in ``Annotated`` and does all of the reading; mistakes are raised as MistakeError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import core_schema

from sim.errors import Message, MistakeError
from sim.evidence.yaml_positions import plain_scalar
from sim.world.quantities import check_range, number_text, parse_quantity, parse_quarter

if TYPE_CHECKING:
    from sim.world.known import Known

#: Placeholder in the schema for names that only the evidence knows; `schema.py` fills it in.
NAMED = "x-named"
QUANTITY_PATTERN = r"^\s*[-+]?[0-9.]"


def did_you_mean(given: object, names: tuple[str, ...]) -> Message:
    """Suggest the nearest name, or list the possible ones."""
    near = get_close_matches(str(given), names, n=1)
    if near:
        return Message("errors.did_you_mean", near=near[0])
    return Message("errors.allowed_are", allowed=names)


_TEXT = Message("errors_world.text")


class NotTextError(MistakeError):
    """A number, true or false where text is expected; only the file knows what was written."""

    def __init__(self, message: Message = _TEXT) -> None:
        super().__init__(message)


class Kind:
    """A kind of value: reads what is given, and describes itself for editors."""

    def read(self, given: Any, known: Known) -> object:
        """Convert the given value, or raise MistakeError."""
        raise NotImplementedError

    def editor(self) -> dict[str, Any]:
        """Describe the kind as JSON Schema."""
        raise NotImplementedError

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Make pydantic read values of this kind with `read`."""

        def validate(given: Any, info: ValidationInfo) -> object:
            return self.read(given, info.context)  # type: ignore[arg-type]

        return core_schema.with_info_plain_validator_function(validate)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Make pydantic describe values of this kind with `editor`."""
        return self.editor()


@dataclass(frozen=True)
class Amount(Kind):
    """A number in a range, with or without its unit; `whole` rounds it to a whole number of units.

    `what` is its name among the words of errors.
    """

    unit: str
    low: float
    high: float
    what: str
    whole: bool = False

    def read(self, given: Any, known: Known) -> float:
        """Read ``0.4``, ``40 %`` or ``1.0 bn yuan``."""
        value = parse_quantity(given, self.unit)
        what = _what(self.what)
        check_range(value, self.low, self.high, self.unit, what)
        if not self.whole:
            return value
        if value != round(value):
            raise MistakeError(Message("errors_world.whole_units", what=what, unit=self.unit))
        return round(value)

    def editor(self) -> dict[str, Any]:
        """Describe a number, or text with a unit."""
        number = {"type": "number", "minimum": self.low, "maximum": self.high}
        return {"anyOf": [number, {"type": "string", "pattern": QUANTITY_PATTERN}]}


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number in a range, without a unit; `what` as for an amount."""

    low: int
    high: int
    what: str

    def read(self, given: Any, known: Known) -> int:
        """Read ``30``; 30.0, "30" and true are refused."""
        if isinstance(given, bool) or not isinstance(given, int):
            message = Message(
                "errors_world.whole_number", what=_what(self.what), low=self.low, high=self.high
            )
            if isinstance(given, str) and isinstance(plain_scalar(given.strip()), int | float):
                message = Message("errors_world.no_quotation_marks", message=message, value=given.strip())
            raise MistakeError(message)
        check_range(given, self.low, self.high, "", _what(self.what))
        return given

    def editor(self) -> dict[str, Any]:
        """Describe an integer."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


def _what(name: str) -> Message:
    return Message(f"errors_world.what.{name}")


class Word(Kind):
    """One of a few words; a number if it looks like one (0.2).

    `also` is the error catalogue's name for other allowed values; `earlier` maps words of earlier versions to today's.
    """

    def __init__(self, *words: str, also: str = "", earlier: Mapping[str, str] | None = None) -> None:
        self.words = words
        self.also = also
        self.earlier = earlier or {}

    def read(self, given: Any, known: Known) -> str:
        """Read one of the words."""
        text = number_text(given) if isinstance(given, float) else given
        if isinstance(text, str):
            text = self.earlier.get(text, text)
        if not isinstance(text, str) or text not in self.words:
            hint = did_you_mean(text, self.words)
            if not self.also:
                raise MistakeError(Message("errors_world.no_such_choice", hint=hint))
            also = Message(f"errors_world.also.{self.also}")
            raise MistakeError(Message("errors_world.no_such_choice_also", hint=hint, also=also))
        return text

    def editor(self) -> dict[str, Any]:
        """Describe the choice."""
        numbers = [float(word) for word in self.words if re.fullmatch(r"[0-9.]+", word)]
        return {"enum": [*self.words, *numbers]}


class Slug(Kind):
    """A short name that can name a folder."""

    def read(self, given: Any, known: Known) -> str:
        """Read a name such as ``talent_pool``."""
        if not isinstance(given, str):
            raise NotTextError
        if not re.fullmatch(r"[a-z0-9_-]{1,60}", given):
            raise MistakeError(Message("errors_world.slug"))
        return given

    def editor(self) -> dict[str, Any]:
        """Describe the pattern."""
        return {"type": "string", "pattern": "^[a-z0-9_-]{1,60}$"}


class _Quarter(Kind):
    def read(self, given: Any, known: Known) -> int:
        return parse_quarter(given)

    def editor(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^20[2-5][0-9]Q[1-4]$"}


class _RegionName(Kind):
    def read(self, given: Any, known: Known) -> int:
        return known.region(given)

    def editor(self) -> dict[str, Any]:
        return {NAMED: "RegionName"}


class _IndustryId(Kind):
    def read(self, given: Any, known: Known) -> str:
        return known.industry(given)

    def editor(self) -> dict[str, Any]:
        return {NAMED: "IndustryId"}


@dataclass(frozen=True)
class Setting(Kind):
    """A lever's own setting: the parameter it overrides sets the range; `choices` gives words for numbers."""

    parameter: str
    choices: Mapping[str, float] | None = None

    def read(self, given: Any, known: Known) -> float:
        """Read a value of the parameter."""
        if self.choices is None:
            return known.registry[self.parameter].read(given)
        return self.choices[Word(*self.choices).read(given, known)]

    def editor(self) -> dict[str, Any]:
        """Refer to the parameter, or describe the choice."""
        if self.choices is not None:
            return {"enum": list(self.choices)}
        return {NAMED: f"Parameters/properties/{self.parameter}"}


class Several:
    """For list types: a single value counts as a list of one, unless it is one of `words`."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Make pydantic see a list."""
        return core_schema.no_info_before_validator_function(self._listed, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the list, and also a single item."""
        inner = handler(schema)
        either = inner.get("anyOf") or inner.get("oneOf") or [inner]
        items = [part["items"] for part in either if "items" in part]
        return {"anyOf": [*either, *items]}

    def _listed(self, given: Any) -> Any:
        if given is None or isinstance(given, list | dict):
            return given
        word = isinstance(given, str) and (given in self.words or get_close_matches(given, self.words, n=1))
        return given if word else [given]


Quarter = Annotated[int, _Quarter()]
RegionName = Annotated[int, _RegionName()]
IndustryId = Annotated[str, _IndustryId()]
