"""What an experiment file may contain: every key with its meaning, type and allowed values.

The docstring under a field is its documentation, also in editors; `experiments.py` turns these models into the frozen
`sim.runs.experiment.Experiment`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, Tag

from sim.analysis.outcomes import ASKED, EARLIER
from sim.world.fields import Amount, Several, Slug, Whole, Word
from sim.world.quantities import MOST_SEED
from sim.world.surface import Surface, Words, shape

METHODS = ("grid", "list", "latin_hypercube", "morris", "sobol", "shapley", "two_stage")
DISTRIBUTIONS = ("uniform", "log_uniform", "triangular", "normal")
#: Instead of a distribution: evenly over the registry's range.
RANGE = "range"


class FactorEntry(Surface):
    """Values of one factor: a distribution between low and high, or choices."""

    noun: ClassVar[str] = "factor_key"

    distribution: Annotated[str, Word(*DISTRIBUTIONS)] = "uniform"
    """Shape between low and high: uniform, log_uniform, triangular (with mode), normal (with mean and sd, cut off)."""
    low: Any = None
    """Lowest value, with or without its unit; by default the registry's."""
    high: Any = None
    """Highest value, with or without its unit; by default the registry's."""
    mode: Any = None
    """Most likely value of a triangular distribution; by default the registry's value."""
    mean: Any = None
    """Mean of a normal distribution before it is cut off; by default the registry's value."""
    sd: Any = None
    """Standard deviation of a normal distribution before it is cut off."""
    choices: Annotated[list[Any], Field(min_length=1), Several()] | None = None
    """Instead of a distribution: a list of values, each as likely as the others."""


Entry = Annotated[
    Annotated[str, Tag("word")] | Annotated[FactorEntry, Tag("own")],
    Discriminator(shape),
]


class DesignEntry(Surface):
    """How the rows are chosen."""

    method: Annotated[str, Word(*METHODS)] = "two_stage"
    """grid, list, latin_hypercube (PAWN, delta), morris, sobol, shapley, two_stage (Morris screens, Sobol follows)."""
    size: Annotated[int | None, Whole(1, 2**20, "size")] = None
    """Values per factor (grid), rows (latin_hypercube), base points (sobol, two_stage: a power of two), or permutations
    (shapley)."""
    trajectories: Annotated[int | None, Whole(4, 10_000, "trajectories")] = None
    """Trajectories of Morris."""
    most: Annotated[int | None, Whole(1, 2**20, "most")] = None
    """Most base points: Sobol doubles them until the precision is reached, but not beyond this number."""
    precision: Annotated[float | None, Amount("share", 0.001, 1.0, "precision")] = None
    """Widest 95 % half-width of a total index to aim for, such as 0.1."""
    keep: Annotated[int | None, Whole(2, 100, "keep")] = None
    """two_stage: most factors that continue to Sobol."""
    second_order: bool = False
    """Whether Sobol also estimates interactions of two factors, which takes twice the rows."""
    rows: Annotated[list[dict[str, Any]] | None, Field(min_length=1)] = None
    """list: the rows, each with the values it sets."""


class BudgetEntry(Surface):
    """How much may be spent."""

    runs: Annotated[int | None, Whole(1, 10**9, "runs")] = None
    """Most runs; an experiment that needs more is refused, and a design that doubles stops before it exceeds them."""
    hours: Annotated[float | None, Amount("hours", 0.001, 10_000.0, "hours")] = None
    """Most hours; after that nothing new begins, and --resume continues later."""


class ExperimentFile(Surface):
    """An experiment: which scenarios, what varies, what is asked, and how many runs it may take."""

    stand_ins: ClassVar[dict[str, str | list[str]]] = {"name": "unnamed", "scenarios": ["baseline"]}

    name: Annotated[str, Slug()]
    """Short name: small letters, digits, - and _; part of the name of the results folder."""
    title: Words = Words()
    """Title for tables and figures."""
    description: Words = Words()
    """The question, in a sentence or two."""
    scenarios: Annotated[list[str], Field(min_length=1), Several()]
    """Scenario files beside this one or bundled; the first is the baseline, the others are compared with it."""
    settings: dict[str, Any] = Field(default={})
    """Keys of a scenario file that override those of all scenarios, such as scale or horizon."""
    uncertainties: dict[str, Entry] = Field(default={})
    """What is uncertain: parameters by name, or keys such as structure or difficulty.column; `range` for the whole
    range."""
    levers: dict[str, Entry] = Field(default={})
    """What can be decided: budget, or keys of a lever such as levers.platforms.share_of_budget."""
    groups: dict[str, Annotated[list[str], Field(min_length=1), Several()]] = Field(default={})
    """Factors that Morris and Sobol move together, by the name of the group."""
    outcomes: Annotated[
        list[Annotated[str, Word(*ASKED, earlier=EARLIER)]], Field(min_length=1), Several()
    ] = Field(default=["climbs", "quality_firms"])
    """Outcomes to report; the first one leads."""
    design: DesignEntry = DesignEntry()
    """How the rows are chosen."""
    replications: Annotated[int, Whole(1, 100_000, "replications")] = 4
    """Runs of each scenario in each row; every row has the same luck."""
    seed: Annotated[int, Whole(0, MOST_SEED, "seed")] = 2024
    """Seed of the draws and of the design."""
    budget: BudgetEntry = BudgetEntry()
    """How much may be spent."""


def experiment_schema() -> dict[str, Any]:
    """Describe experiment files for editors: JSON Schema, draft 2020-12."""
    from sim.world.schema import DIALECT, Generator

    schema = ExperimentFile.model_json_schema(schema_generator=Generator)
    for part in schema["$defs"].values():
        part.pop("title", None)
    return {"$schema": DIALECT, "$id": "schema.json", **schema, "title": "Experiment"}
