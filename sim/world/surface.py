"""What a scenario file may say: every key with its meaning, its kind of value and what is allowed.

These models are the surface form, as people write it; ``assemble.py`` turns them into the frozen `Scenario`.
The docstring under a field is its documentation, in editors too. Validation needs a `Known` as context.
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
from sim.world.scenario_record import DEFAULT_EVIDENCE

#: Variables of Table 4 that have a coefficient in at least one column of Table 5.
CAUSAL_VARIABLES = ("X1", "X2", "X3", "X4", "X5", "X6", "X7", "X10", "X11", "X13")
BILLION = 10**9


class Surface(BaseModel):
    """What all parts of a scenario file share: unknown keys are refused, types are not bent."""

    # Validators are built when a file is read, once for all models, not at import.
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, defer_build=True
    )
    noun: ClassVar[str] = "key"
    """What its entries are called among the words of errors."""
    stand_ins: ClassVar[dict[str, str | list[str]]] = {}
    """Of a file: what stands in for a key that is missing while the rest is judged."""


class Generated(Surface):
    """What models built from tables share: their documentation comes from there, not from source text."""

    model_config = ConfigDict(use_attribute_docstrings=False)


def shape(value: object) -> str:
    """Tell a plain value from a list or mapping."""
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
    """A text in Chinese and English; plain text stands for both."""

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
    """The quarters that are reported and compared; every run begins in 2020Q1."""

    start: Quarter = 4 * 2020
    """First quarter reported, from 2020Q1; earlier quarters are simulated as history."""
    end: Quarter = 4 * 2032 + 3
    """Last quarter, to 2050Q4."""


class Difficulty(Surface):
    """How transition difficulty is computed from the survey variables."""

    column: Annotated[int, Whole(1, 9, "column")] = 9
    """Column of Table 5 whose coefficients are used, 1 to 9."""
    coefficients: Annotated[str, Word("held", "drawn")] = "held"
    """The coefficients of that column: held at what is printed, or drawn anew in every replication from N(b, V)."""
    causal_reading: CausalReading = "selective"
    """Share of each coefficient taken as cause: selective, naive (all of it), or own shares by variable."""


class Allocation(Surface):
    """How money is shared out, unless a lever says otherwise."""

    regions: Annotated[str, Word(*REGION_RULES)] = "gdp"
    """Rule that shares money over prefectures: equal, gdp, need, or core (the leading cities of regions.csv)."""
    firms: Annotated[str, Word(*FIRM_RULES)] = "random"
    """Rule that picks firms: random, need, small_first, best_first, or ladder."""


class ForWhom(Surface):
    """Which firms are eligible."""

    levels: Annotated[list[Annotated[int, Whole(0, 4, "level")]], Field(min_length=1), Several()] | None = (
        None
    )
    """Ladder levels, 0 (ordinary) to 4 (little giant); all where left out."""
    industries: Industries = "all"
    """Industries by id; all where left out."""
    min_staff: Annotated[int, Amount("people", 0, 1e6, "min_staff", whole=True)] = 0
    """Least number of staff of an eligible firm."""
    max_staff: Annotated[int | None, Amount("people", 0, 1e6, "max_staff", whole=True)] = None
    """Largest number of staff of an eligible firm; no limit where left out."""


class LeverEntry(Surface):
    """One policy lever; each lever has settings of its own besides these."""

    noun: ClassVar[str] = "setting"

    start: Quarter
    """First quarter of the policy, such as 2024Q1."""
    end: Quarter | None = None
    """Last quarter of the policy; the end of the horizon where left out."""
    strength: Annotated[float, Amount("share", 0.0, 1.0, "strength")] = 1.0
    """How much of its full effect on a supported firm the lever has, 0 to 1."""
    share_of_budget: Annotated[float, Amount("share", 0.0, 1.0, "share_of_budget")] = 0.0
    """Share of the yearly budget, 0 to 1 or a percentage; levers active together sum to 1 at most."""
    regions: Regions = "all"
    """Where: all, core, or a list of prefectures by name (Chinese or English) or code."""
    allocation: Annotated[str | None, Word(*REGION_RULES)] = None
    """Rule that shares this lever's money over prefectures; that of the scenario where left out."""
    firms: Annotated[str | None, Word(*FIRM_RULES)] = None
    """Rule that picks firms; that of the scenario where left out."""
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
    """The policy levers that are used; a base's lever is removed by giving it no value (null)."""

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
    """Something that happens to the province and is no policy."""

    kind: Annotated[str, Word("demand", "energy_price")]
    """What is hit: demand, or the price of energy."""
    start: Quarter
    """First quarter of the shock."""
    end: Quarter
    """Last quarter of the shock."""
    size: Annotated[float, Amount("share", -0.9, 3.0, "shock_size")]
    """Change while it lasts, as a share: -0.06 or -6 % is a loss of six per cent."""
    industries: Industries = "all"
    """Industries that are hit."""
    regions: Regions = "all"
    """Prefectures that are hit."""


class ScenarioFile(Surface):
    """A scenario: what is assumed, which policy is made, and how it is simulated."""

    stand_ins: ClassVar[dict[str, str | list[str]]] = {"name": "unnamed"}

    name: Annotated[str, Slug()]
    """Short name: small letters, digits, - and _; names the folder of the results. Never inherited."""
    title: Words = Words()
    """Title for tables and figures. Never inherited."""
    description: Words = Words()
    """What the scenario is about, in a sentence or two. Never inherited."""
    extends: str | None = None
    """Scenario file this one builds on, beside it or else bundled. Mappings merge, the rest is replaced."""
    evidence: str = DEFAULT_EVIDENCE
    """Name of bundled evidence, or the path of a folder from this file, such as ../calibration/hubei."""
    horizon: Horizon = Horizon()
    """The quarters that are reported and compared."""
    scale: Annotated[float, Amount("share", 0.001, 1.0, "scale")] = 0.01
    """Simulated share of all firms, 0.001 to 1; 0.01 is 1,000 firms, each standing for 100."""
    seed: Annotated[int, Whole(0, MOST_SEED, "seed")] = 2024
    """Seed of the random draws."""
    replications: Annotated[int, Whole(1, 100_000, "replications")] = 30
    """How many times the scenario is run, each with other luck."""
    grid: Annotated[str, Word("0.2", "0.1")] = "0.2"
    """Cell size of the map, in degrees: 0.2 or 0.1."""
    difficulty: Difficulty = Difficulty()
    """How transition difficulty is computed."""
    structure: Annotated[str, Word("V", "D")] = "V"
    """Structural reading: V, policy works via difficulty; D, policy works directly."""
    budget: Annotated[int, Amount("yuan per year", 0.0, 40 * BILLION, "budget", whole=True)] = BILLION
    """Extra public money for the levers, yuan per year for the province."""
    allocation: Allocation = Allocation()
    """How money is shared out over prefectures and firms."""
    levers: Levers = Levers()
    """The policy levers that are used."""
    shocks: list[ShockEntry] = []
    """What happens to the province besides policy."""
    parameters: dict[str, Any] = {}
    """Parameters of the model with other values than the registry's; `upgrading explain` tells about each."""
