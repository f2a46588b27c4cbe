"""The frozen `Scenario`: all that a run needs besides the evidence itself; every name known, every value set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, field_serializer, field_validator

from sim.world.constants import SURVEY_VARIABLES, VARIABLES

DEFAULT_EVIDENCE = "hubei"
#: What a structural reading sets, whatever the registry or a file says. V, policy works via difficulty: talent and
#: platforms have no direct slope. V*, money and energy work via difficulty too: R&D and finance have none either.
#: D, policy works directly: difficulty does not slow climbing. Both channels at once would count twice.
HELD: Mapping[str, Mapping[str, float]] = {
    "V": {"a_T": 0.0, "a_P": 0.0},
    "V*": {"a_T": 0.0, "a_P": 0.0, "a_R": 0.0, "a_F": 0.0},
    "D": {"eps": 1.0},
}
STRUCTURES = tuple(HELD)
#: What each replication takes its doubtful numbers from: all the same, settings that fit the record, or the ranges.
DOUBTS = ("none", "record", "ranges")
#: Survey variables that are channels of policy under V*. X5 is none: read as a cause, profit would be a burden.
SURVEY_CHANNELS = (3, 4, 7, 10)
#: Readings of the evidence, in the order in which they are shown: structure and causal reading by name.
READINGS: Mapping[str, tuple[str, str]] = {
    "V-selective": ("V", "selective"),
    "V-naive": ("V", "naive"),
    "V*-selective": ("V*", "selective"),
    "D-selective": ("D", "selective"),
    "D-naive": ("D", "naive"),
}
#: One reading for each structure, with selective causes, where there is no room for all.
STRUCTURAL = tuple(reading for reading, (_, causal) in READINGS.items() if causal == "selective")


class Values(Mapping[str, float]):
    """Parameter values by name; frozen, hashable and picklable."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Values({self._values})"


class Frozen(BaseModel):
    """Base of a scenario's parts: no unknown fields, no changes afterwards."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        arbitrary_types_allowed=True,
        defer_build=True,
    )


class LeverUse(Frozen):
    """One lever as the scenario uses it."""

    name: str
    """Name in `sim.world.levers.LEVERS`."""
    start: int
    """First quarter (index: 4 × year + quarter − 1)."""
    end: int
    """Last quarter (index)."""
    strength: float
    """Share of its full effect that the lever has, 0 to 1."""
    share_of_budget: float
    """Share of the yearly budget, 0 to 1."""
    regions: tuple[int, ...]
    """Official codes of the regions where it is used, ascending."""
    region_rule: str
    """Rule that shares its money over regions."""
    firm_rule: str
    """Rule that picks firms."""
    levels: tuple[int, ...]
    """Ladder levels that are eligible, ascending."""
    industries: tuple[str, ...]
    """Industries that are eligible, in the order of industries.csv."""
    min_staff: int
    """Least number of staff of an eligible firm, people."""
    max_staff: int | None
    """Largest number of staff of an eligible firm, people; None if there is no limit."""
    lag: int
    """Quarters from the start, when money begins to accrue, to the first support."""


class Shock(Frozen):
    """A change that hits the province and is not policy."""

    kind: str
    """``demand`` or ``energy_price``."""
    start: int
    """First quarter (index)."""
    end: int
    """Last quarter (index)."""
    size: float
    """Change while it lasts, as a share."""
    industries: tuple[str, ...]
    """Industries that are hit, in the order of industries.csv."""
    regions: tuple[int, ...]
    """Official codes of the regions that are hit, ascending."""


class FileRecord(Frozen):
    """A file that a scenario is made of, as it was when it was read."""

    path: str
    """Absolute path."""
    digest: str
    """SHA-256 of its bytes, in hexadecimal digits."""
    bundled: bool
    """Whether the program comes with it."""

    @property
    def name(self) -> str:
        """File name without folder and ending."""
        return Path(self.path).stem

    def plain(self) -> dict[str, str | bool]:
        """The record as in a manifest; bundled files without absolute path, which differs between machines."""
        path = Path(self.path)
        shown = f"{path.parent.name}/{path.name}" if self.bundled else self.path
        return {"file": shown, "bundled": self.bundled, "sha256": self.digest}


class Scenario(Frozen):
    """One scenario, complete: every parameter has its value, every name is known."""

    name: str
    """Short name, fit for a folder."""
    title: dict[str, str]
    """Title by language (``zh``, ``en``)."""
    description: dict[str, str]
    """Description by language; empty if there is none."""
    evidence: str
    """Evidence folder: a name under calibration/, or a path."""
    start: int
    """First quarter that is reported and compared (index: 4 × year + quarter − 1)."""
    end: int
    """Last quarter (index)."""
    weight: int
    """How many real firms an agent stands for."""
    seed: int
    """Seed of the random draws."""
    replications: int
    """How many times the scenario is run."""
    grid: Literal["0.2", "0.1"]
    """Cell size of the map, degrees."""
    column: int
    """Column of Table 5, 1 to 9."""
    coefficients: Literal["held", "drawn"]
    """Whether every replication uses the printed coefficients of that column, or its own draw of them."""
    kappa: tuple[float, ...]
    """Causal share of each coefficient; the index is the variable's number, [0] is unused."""
    causal_reading: Literal["selective", "naive", "own"]
    """Where kappa comes from: the registry, 1 throughout, or the scenario's own shares."""
    structure: Literal["V", "V*", "D"]
    """Structural reading: V, policy works via difficulty; V*, so do money and energy; D, directly."""
    budget: int
    """Extra public money, yuan per year for the province."""
    levers: tuple[LeverUse, ...]
    """The levers used, in the order of `sim.world.levers.LEVERS`."""
    shocks: tuple[Shock, ...]
    """Shocks, in the order of the file."""
    parameters: Values
    """Every parameter of the registry as set by file or registry, in the registry's unit; see `effective`."""
    source: str | None
    """The file it was read from."""
    files: tuple[FileRecord, ...] = ()
    """That file and all that it extends, the outermost base first; empty if it was not read from a file."""
    doubt: Literal["none", "record", "ranges"] = "none"
    """Whether every replication has doubtful numbers of its own: from settings that fit the record, or from ranges."""
    certain: tuple[str, ...] = ()
    """Parameters that this doubt leaves alone, by name; none where there is no doubt."""

    @field_validator("kappa")
    @classmethod
    def _as_many_as_variables(cls, kappa: tuple[float, ...]) -> tuple[float, ...]:
        if len(kappa) != VARIABLES:
            raise ValueError(f"kappa holds {VARIABLES} numbers")
        return kappa

    @field_validator("parameters", mode="before")
    @classmethod
    def _named(cls, parameters: object) -> object:
        """Accept plain numbers by name, as in `canonical`."""
        if isinstance(parameters, Values) or not isinstance(parameters, Mapping):
            return parameters
        return Values({str(name): float(value) for name, value in parameters.items()})

    @field_serializer("parameters")
    def _plain(self, parameters: Values) -> dict[str, float]:
        return dict(parameters)

    @property
    def effective(self) -> Values:
        """Every parameter as the kernel reads it, after the structural reading has set its own (`HELD`)."""
        return Values({**self.parameters, **HELD[self.structure]})

    @property
    def digest(self) -> str:
        """SHA-256 over `canonical`, in hexadecimal digits."""
        text = json.dumps(canonical(self), sort_keys=True, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def with_reading(self, structure: str, causal_reading: str) -> Self:
        """Return a copy under another reading of the evidence.

        Parameters
        ----------
        structure
            ``V``, ``V*`` or ``D``.
        causal_reading
            ``selective`` or ``naive``; ``own`` only where the scenario has its own causal shares.

        Raises
        ------
        ValueError
            If there is no such reading.
        """
        if causal_reading == "own" != self.causal_reading:
            raise ValueError("this scenario has no causal shares of its own")
        kappa = (
            self.kappa if causal_reading == "own" else kappa_of(structure, causal_reading, self.parameters)
        )
        return self._changed(structure=structure, causal_reading=causal_reading, kappa=kappa)

    def with_coefficients(self, coefficients: str) -> Self:
        """Return a copy with the coefficients of Table 5 ``held`` or ``drawn``.

        Raises
        ------
        ValueError
            If it is neither.
        """
        return self._changed(coefficients=coefficients)

    def with_doubt(self, doubt: str, certain: Iterable[str] = (), seed: int | None = None) -> Self:
        """Return a copy with another kind of doubt (`sim.world.members`), which leaves some parameters alone.

        Parameters
        ----------
        doubt
            ``none``, ``record`` or ``ranges``.
        certain
            The parameters that it leaves alone.
        seed
            Another seed; by default the scenario's own.

        Raises
        ------
        ValueError
            If there is no such kind.
        """
        left = () if doubt == "none" else tuple(sorted(set(certain)))
        return self._changed(doubt=doubt, certain=left, seed=self.seed if seed is None else seed)

    def with_shocks(self, under: Self) -> Self:
        """Return a copy with the shocks of another scenario added to its own; equal shocks are not added twice."""
        shocks = tuple(dict.fromkeys((*self.shocks, *under.shocks)))
        return self._changed(shocks=shocks, files=tuple(dict.fromkeys((*self.files, *under.files))))

    def with_budget(self, yuan: int) -> Self:
        """Return a copy with another budget.

        Parameters
        ----------
        yuan
            Extra public money, yuan per year for the province, not negative.

        Raises
        ------
        ValueError
            If it is negative or not a whole number.
        """
        if yuan < 0:
            raise ValueError("a budget cannot be negative")
        return self._changed(budget=yuan)

    def with_parameters(self, values: Mapping[str, float]) -> Self:
        """Return a copy with other values of some parameters, in the registry's units; see `effective`."""
        return self._changed(parameters=Values({**self.parameters, **values}))

    def _changed(self, **changes: object) -> Self:
        """Return a changed copy, validated like a new scenario."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate(fields | changes)


def kappa_of(structure: str, causal_reading: str, parameters: Mapping[str, float]) -> tuple[float, ...]:
    """Return the causal share of each coefficient under a named reading (docs/odd.md).

    Parameters
    ----------
    structure
        Under ``V*`` only `SURVEY_CHANNELS` have a causal share, all the same.
    causal_reading
        ``selective``: the registry's ``kappa_k``, 0 if it has none, under ``V*`` ``kappa_star``; ``naive``: 1.
    parameters
        Values by name.

    Returns
    -------
    tuple of float
        Length 14; the index is the variable's number, [0] is unused and 0.

    Raises
    ------
    ValueError
        If there is no such reading.
    """
    if causal_reading == "naive":
        shares = dict.fromkeys(SURVEY_VARIABLES, 1.0)
    elif causal_reading == "selective" and structure == "V*":
        shares = dict.fromkeys(SURVEY_VARIABLES, parameters["kappa_star"])
    elif causal_reading == "selective":
        shares = {k: parameters.get(f"kappa_{k}", 0.0) for k in SURVEY_VARIABLES}
    else:
        raise ValueError(f"no such causal reading: {causal_reading}; there are selective and naive")
    channels = SURVEY_CHANNELS if structure == "V*" else SURVEY_VARIABLES
    return (0.0, *(shares[k] if k in channels else 0.0 for k in SURVEY_VARIABLES))


def canonical(scenario: Scenario) -> dict[str, Any]:
    """Return the canonical form of a scenario: plain values, all that can change a replication's outcome.

    Titles, comments, paths and the number of replications are left out, and doubt where there is none; the evidence has
    a digest of its own. ``held`` repeats the values with which the structural reading replaces parameters.
    """
    words = {"title", "description", "source", "files", "replications"}
    words |= {"doubt", "certain"} if scenario.doubt == "none" else set()
    plain = scenario.model_dump(mode="json", exclude=words)
    return plain | {"evidence": Path(scenario.evidence).name, "held": dict(HELD[scenario.structure])}


def scenario_from(plain: Mapping[str, Any], **words: Any) -> Scenario:
    """Rebuild a scenario from its canonical form.

    Parameters
    ----------
    plain
        From `canonical`.
    **words
        Fields that `canonical` leaves out: ``title``, ``replications``, ``files``; and ``evidence``, of which it keeps
        only the name of the folder.

    Returns
    -------
    Scenario
        With the same digest as the original.

    Raises
    ------
    ValueError
        If this is not a scenario; `pydantic.ValidationError` if a field is wrong.
    """
    name = str(plain.get("name", ""))
    nothing = {"title": {"zh": name, "en": name}, "description": {"zh": "", "en": ""}, "source": None}
    given = {key: value for key, value in plain.items() if key != "held"}
    content = nothing | {"replications": 1} | given | words
    return Scenario.model_validate_json(json.dumps(content))
