"""Kinds of values in a scenario file: how to read each, how to report a wrong one, and how editors describe it.

Each kind stands beside a type in ``Annotated`` and does all of the reading; mistakes are raised as ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import core_schema

from sim.evidence.yaml_positions import plain_scalar
from sim.world.quantities import check_range, number_text, parse_quantity, parse_quarter

if TYPE_CHECKING:
    from sim.world.known import Known

#: Placeholder in the schema for names that only the evidence knows; `schema.py` fills it in.
NAMED = "x-named"
QUANTITY_PATTERN = r"^\s*[-+]?[0-9.]"


def did_you_mean(given: object, names: tuple[str, ...]) -> str:
    """Suggest the nearest name, or list the possible ones."""
    near = get_close_matches(str(given), names, n=1)
    return f"Did you mean {near[0]}?" if near else f"Allowed: {', '.join(names)}."


class NotTextError(ValueError):
    """A number, true or false where text is expected; only the file knows what was written."""

    def __init__(self, message: str = "text is expected") -> None:
        super().__init__(message)


class Kind:
    """A kind of value: reads what is given, and describes itself for editors."""

    def read(self, given: Any, known: Known) -> object:
        """Convert the given value, or raise ValueError with a message for people."""
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
    """A number in a range, with or without its unit; `whole` rounds it to a whole number of units."""

    unit: str
    low: float
    high: float
    what: str
    whole: bool = False

    def read(self, given: Any, known: Known) -> float:
        """Read ``0.4``, ``40 %`` or ``1.0 bn yuan``."""
        value = parse_quantity(given, self.unit)
        check_range(value, self.low, self.high, self.unit, self.what)
        if not self.whole:
            return value
        if value != round(value):
            raise ValueError(f"{self.what} is counted in whole {self.unit}")
        return round(value)

    def editor(self) -> dict[str, Any]:
        """Describe a number, or text with a unit."""
        number = {"type": "number", "minimum": self.low, "maximum": self.high}
        return {"anyOf": [number, {"type": "string", "pattern": QUANTITY_PATTERN}]}


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number in a range, without a unit."""

    low: int
    high: int
    what: str

    def read(self, given: Any, known: Known) -> int:
        """Read ``30``; 30.0, "30" and true are refused."""
        if isinstance(given, bool) or not isinstance(given, int):
            message = f"{self.what} is a whole number (allowed: {self.low} to {self.high})"
            if isinstance(given, str) and isinstance(plain_scalar(given.strip()), int | float):
                message += f"; take the quotation marks away: {given.strip()}"
            raise ValueError(message)
        check_range(given, self.low, self.high, "", self.what)
        return given

    def editor(self) -> dict[str, Any]:
        """Describe an integer."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


class Word(Kind):
    """One of a few words; a number if it looks like one (0.2).

    `also` names other allowed values, for messages; `earlier` maps words of earlier versions to today's.
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
            also = f" Or give {self.also}." if self.also else ""
            raise ValueError(f"no such choice. {did_you_mean(text, self.words)}{also}")
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
            raise ValueError("a name is 1 to 60 small letters (a to z), digits, - and _")
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
