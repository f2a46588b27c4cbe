"""The form of a scenario file: every key with its meaning, its kind of value and what is allowed.

These models describe the file as people write it; ``assemble.py`` turns them into the frozen `Scenario`. The docstring
under a field is its documentation, in editors too. Validation needs a `Vocabulary` as context.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    Tag,
    create_model,
    model_validator,
)
from pydantic_core import CoreSchema

from sim.errors import Message
from sim.world.fields import (
    Amount,
    IndustryId,
    NotTextError,
    Quarter,
    RegionName,
    Setting,
    Several,
    Slug,
    Whole,
    Word,
)
from sim.world.levers import FIRM_RULES, LEVERS, REGION_RULES, Lever
from sim.world.quantities import MOST_SEED
from sim.world.scenario_record import DEFAULT_EVIDENCE, STRUCTURES

#: Variables of Table 4 that have a coefficient in at least one column of Table 5.
CAUSAL_VARIABLES = ("X1", "X2", "X3", "X4", "X5", "X6", "X7", "X10", "X11", "X13")
BILLION = 10**9


class Surface(BaseModel):
    """Base of all parts of a scenario file: unknown keys are refused, types are not coerced."""

    # Validators are built when the first file is read, not at import.
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, defer_build=True
    )
    noun: ClassVar[str] = "key"
    """The error catalogue's name for an entry."""
    stand_ins: ClassVar[dict[str, str | list[str]]] = {}
    """Placeholders for missing keys of a file, so that the rest can be checked."""


class Generated(Surface):
    """Base of models built from tables: their documentation comes from the table, not from source text."""

    model_config = ConfigDict(use_attribute_docstrings=False)


def shape(value: object) -> str:
    """Classify a value: plain, list or mapping."""
    return "word" if not isinstance(value, list | dict) else "own"


Regions = Annotated[
    Annotated[str, Word("all", "core", also="regions"), Tag("word")]
    | Annotated[list[RegionName], Field(min_length=1), Tag("own")],
    Discriminator(shape),
    Several("all", "core"),
]
Industries = Annotated[
    Annotated[str, Word("all", also="industries"), Tag("word")]
    | Annotated[list[IndustryId], Field(min_length=1), Tag("own")],
    Discriminator(shape),
    Several("all"),
]
CausalShare = Annotated[float | None, Amount("share", 0.0, 1.0, "causal_share")]
CausalShares = create_model(  # type: ignore[call-overload]
    "CausalShares",
    __base__=Generated,
    __doc__="An own causal reading: the share of each coefficient taken as cause; what is not named is 0.",
    **dict.fromkeys(CAUSAL_VARIABLES, (CausalShare, None)),
)
CausalReading = Annotated[
    Annotated[str, Word("selective", "naive", also="causal_shares"), Tag("word")]
    | Annotated[CausalShares, Tag("own")],
    Discriminator(shape),
]


class Words(Surface):
    """A text in Chinese and English; plain text is used for both."""

    zh: str | None = None
    """In Chinese."""
    en: str | None = None
    """In English."""

    @model_validator(mode="wrap")
    @classmethod
    def _plain(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(given, bool | int | float):
            raise NotTextError(Message("errors_world.text_or_both"))
        return handler({"zh": given, "en": given} if isinstance(given, str) else given)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe both forms."""
        form = handler.resolve_ref_schema(handler(schema))
        mapping = {key: part for key, part in form.items() if key != "title"}
        form.clear()
        form["anyOf"] = [{"type": "string"}, mapping]
        return form


class Horizon(Surface):
    """The quarters that are reported and compared. Every run begins in 2020Q1."""

    start: Quarter = 4 * 2020
    """First quarter reported, 2020Q1 or later; earlier quarters are simulated as history."""
    end: Quarter = 4 * 2032 + 3
    """Last quarter reported, 2050Q4 at the latest."""


class Difficulty(Surface):
    """How transition difficulty is computed from the survey variables."""

    column: Annotated[int, Whole(1, 9, "column")] = 9
    """Column of Table 5 whose coefficients are used, 1 to 9."""
    coefficients: Annotated[str, Word("held", "drawn")] = "held"
    """The coefficients of that column: held at the printed values, or drawn in every replication from N(b, V)."""
    causal_reading: CausalReading = "selective"
    """Share of each coefficient that is causal: selective, naive (all of it), or your own shares by variable."""


class Allocation(Surface):
    """How money is allocated, unless a lever says otherwise."""

    regions: Annotated[str, Word(*REGION_RULES)] = "gdp"
    """Rule that shares money over regions: equal, gdp, need, or core (the leading cities of regions.csv)."""
    firms: Annotated[str, Word(*FIRM_RULES)] = "random"
    """Rule that picks firms: random, need, small_first, best_first, or ladder."""


class ForWhom(Surface):
    """Which firms are eligible."""

    levels: Annotated[list[Annotated[int, Whole(0, 4, "level")]], Field(min_length=1), Several()] | None = (
        None
    )
    """Ladder levels, 0 (ordinary) to 4 (little giant); all if left out."""
    from_level: Annotated[int, Whole(0, 4, "level")] = 0
    """Lowest ladder level of an eligible firm; of `levels`, lower ones are left out."""
    industries: Industries = "all"
    """Industries by id; all if left out."""
    min_staff: Annotated[int, Amount("people", 0, 1e6, "min_staff", whole=True)] = 0
    """Smallest number of staff of an eligible firm."""
    max_staff: Annotated[int | None, Amount("people", 0, 1e6, "max_staff", whole=True)] = None
    """Largest number of staff of an eligible firm; no limit if left out."""


class LeverEntry(Surface):
    """One policy lever; besides these keys, each lever has its own settings."""

    noun: ClassVar[str] = "setting"

    start: Quarter
    """First quarter of the policy, such as 2024Q1."""
    end: Quarter | None = None
    """Last quarter of the policy; the end of the horizon if left out."""
    strength: Annotated[float, Amount("share", 0.0, 1.0, "strength")] = 1.0
    """Share of its full effect that the lever has on a supported firm, 0 to 1."""
    share_of_budget: Annotated[float, Amount("share", 0.0, 1.0, "share_of_budget")] = 0.0
    """Share of the yearly budget, 0 to 1 or a percentage; levers active at the same time sum to at most 1."""
    regions: Regions = "all"
    """Where: all, core, or a list of regions by name (Chinese or English) or code."""
    allocation: Annotated[str | None, Word(*REGION_RULES)] = None
    """Rule that shares this lever's money over regions; the scenario's if left out."""
    firms: Annotated[str | None, Word(*FIRM_RULES)] = None
    """Rule that picks firms; the scenario's if left out."""
    for_: ForWhom = Field(default=ForWhom(), alias="for")
    """Which firms are eligible."""
    lag: Annotated[int, Amount("quarters", 0, 8, "lag", whole=True)] = 0
    """Quarters from the start, when money begins to accrue, to the first support, 0 to 8."""


class GeneratedLever(LeverEntry, Generated):
    """A lever with settings from the programme table."""


def _lever_entry(lever: Lever) -> type[LeverEntry]:
    """Build the model of one lever: the common keys and its own settings."""
    settings: dict[str, Any] = {
        key: (Annotated[float | None, Setting(parameter, lever.choices.get(key))], Field(default=None))
        for key, parameter in lever.settings.items()
    }
    title = "".join(part.capitalize() for part in lever.name.split("_"))
    document = f"{lever.en} ({lever.zh}, {lever.instrument})."
    return create_model(f"{title}Lever", __base__=GeneratedLever, __doc__=document, **settings)


class NoLevers(Generated):
    """The policy levers in use. To remove a lever of the base, give it no value (null)."""

    noun: ClassVar[str] = "lever"


Levers = create_model(  # type: ignore[call-overload]
    "Levers",
    __base__=NoLevers,
    __doc__=NoLevers.__doc__,
    **{
        lever.name: (_lever_entry(lever) | None, Field(default=None, description=f"{lever.en} ({lever.zh})."))
        for lever in LEVERS
    },
)


class ShockEntry(Surface):
    """A change that hits the province and is not policy."""

    kind: Annotated[str, Word("demand", "energy_price")]
    """What is hit: demand, or the price of energy."""
    start: Quarter
    """First quarter of the shock."""
    end: Quarter
    """Last quarter of the shock."""
    size: Annotated[float, Amount("share", -0.9, 3.0, "shock_size")]
    """Change while the shock lasts, as a share: -0.06 or -6 % is a loss of six per cent."""
    industries: Industries = "all"
    """Industries that are hit."""
    regions: Regions = "all"
    """Regions that are hit."""


class ScenarioFile(Surface):
    """A scenario: assumptions, policy, and how it is simulated."""

    stand_ins: ClassVar[dict[str, str | list[str]]] = {"name": "unnamed"}

    name: Annotated[str, Slug()]
    """Short name: lower-case letters, digits, - and _; also the name of the results folder. Never inherited."""
    title: Words = Words()
    """Title for tables and figures. Never inherited."""
    description: Words = Words()
    """What the scenario is about, in a sentence or two. Never inherited."""
    extends: str | None = None
    """Scenario file that this one extends: beside it, or else bundled. Mappings merge, the rest is replaced."""
    evidence: str = DEFAULT_EVIDENCE
    """Name of a bundled evidence folder, or a path relative to this file, such as ../calibration/hubei."""
    horizon: Horizon = Horizon()
    """The quarters that are reported and compared."""
    scale: Annotated[float, Amount("share", 0.001, 1.0, "scale")] = 0.01
    """Simulated share of all firms, 0.001 to 1; 0.01 is 1,000 firms, each standing for 100."""
    seed: Annotated[int, Whole(0, MOST_SEED, "seed")] = 2024
    """Seed of the random draws."""
    replications: Annotated[int, Whole(1, 100_000, "replications")] = 30
    """How many times the scenario is run, each time with different luck."""
    grid: Annotated[str, Word("0.2", "0.1")] = "0.2"
    """Cell size of the map, in degrees: 0.2 or 0.1."""
    difficulty: Difficulty = Difficulty()
    """How transition difficulty is computed."""
    structure: Annotated[str, Word(*STRUCTURES)] = "V"
    """Structural reading: V, policy works via difficulty; V*, so do money and energy; D, directly."""
    budget: Annotated[int, Amount("yuan per year", 0.0, 40 * BILLION, "budget", whole=True)] = BILLION
    """Extra public money for the levers, yuan per year for the province."""
    allocation: Allocation = Allocation()
    """How money is allocated to regions and firms."""
    levers: Levers = Levers()
    """The policy levers in use."""
    shocks: list[ShockEntry] = []
    """Shocks to the province, besides policy."""
    parameters: dict[str, Any] = {}
    """Model parameters with values that differ from the registry's; `upgrading explain` describes each."""
