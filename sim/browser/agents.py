"""Firms, talent and governments as Mesa agents: views on rows of the kernel's arrays, with nothing of their own.

Reading gives plain Python values; writing goes through to the array. An agent knows its slot and its id, so that it
can tell when the slot is no longer its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from mesa import Agent

from sim.model.draws import BIRTH_BITS, FIRM, REGION_BITS
from sim.model.state import (
    ALIVE,
    ID_BITS,
    LEDGERS,
    NO_EMPLOYER,
    NOBODY,
    QUALITY,
    Array,
    Firms,
    People,
    Spec,
    specs,
)
from sim.world.levers import LEVER_NAMES

if TYPE_CHECKING:
    from sim.browser.grid import ProvinceCell
    from sim.browser.model import IndustryModel
    from sim.evidence.tables import Industry, Region

# Counted from the least id a firm could have, ids fit the signed 64-bit columns of a data frame.
LEAST_ID = FIRM << (REGION_BITS + BIRTH_BITS + int(ID_BITS))


class GoneError(LookupError):
    """The firm has closed, or the person has left; their slot may be another's by now."""


class Field:
    """One array of the register as an attribute of an agent.

    Parameters
    ----------
    name, spec
        The array, as `sim.model.state.specs` lists it.
    place
        Its place among the arrays of `Firms` or `People`.
    """

    def __init__(self, name: str, spec: Spec, place: int) -> None:
        self.name = name
        self.spec = spec
        self.place = place
        self.kind = np.dtype(spec.dtype)
        self.flag = (spec.dtype, spec.low, spec.high, spec.tail) == ("int8", 0, 1, ())
        unit = f" ({spec.unit})" if spec.unit else ""
        self.__doc__ = f"{spec.meaning}{unit}"

    def __get__(self, agent: Row | None, owner: type[Row]) -> Any:
        if agent is None:
            return self
        value = agent.rows[self.place][agent.here()]
        if self.spec.tail:
            return tuple(value.tolist())
        return bool(value) if self.flag else value.item()

    def __set__(self, agent: Row, value: Any) -> None:
        row = agent.here()
        if self.name in agent.FIXED:
            raise AttributeError(f"{self.name} of a {agent.KIND} cannot be set: {agent.FIXED[self.name]}")
        checked = self._checked(value)
        agent.agree(self.name, checked)
        agent.rows[self.place][row] = checked

    def _checked(self, value: Any) -> Array:
        """Return the value as an array of this field's shape; see `Row` for what is raised."""
        given = np.asarray(value)
        kinds = {"f": "iuf"}.get(self.kind.kind, "iub" if self.flag else "iu")
        if given.dtype.kind not in kinds or given.shape != self.spec.tail:
            what = "number" if self.kind.kind == "f" else "whole number"
            wanted = f"{self.spec.tail[0]} {what}s" if self.spec.tail else f"one {what}"
            raise TypeError(f"{self.name} takes {wanted}, not {value!r}")
        limits = np.finfo(self.kind) if self.kind.kind == "f" else np.iinfo(self.kind)
        low = float(limits.min) if self.spec.low is None else self.spec.low
        high = float(limits.max) if self.spec.high is None else self.spec.high
        if not ((given >= low) & (given <= high)).all():  # also refuses what is not a number
            unit = f" {self.spec.unit}" if self.spec.unit else ""
            raise ValueError(f"{self.name} lies between {low:g} and {high:g}{unit}; {value!r} does not")
        return given


class View(Agent):  # type: ignore[misc]
    """What all agents of the province share.

    Attributes
    ----------
    model
        The province.
    unique_id
        The same for the same firm, person or prefecture in every model of the same luck.
    slot
        Row of the arrays.
    """

    KIND: ClassVar[str]
    model: IndustryModel
    unique_id: int

    def __init__(self, model: IndustryModel, slot: int, unique_id: int) -> None:
        # Not Agent.__init__: Mesa 3.3.1 counts ids in a dictionary of the class, which keeps every model alive.
        self.model = model
        self.pos = None
        self.slot = slot
        self.unique_id = unique_id
        model.register_agent(self)
        self.unique_id = unique_id  # newer Mesa gives one of its own when it registers

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.unique_id})"

    def remove(self) -> None:
        """Refuse: who enters and who leaves is the kernel's to decide."""
        raise TypeError(f"a {self.KIND} is a view: it cannot be removed from the province")

    @property
    def _region(self) -> int:
        """Index of the prefecture."""
        raise NotImplementedError

    @property
    def _record(self) -> Region:
        return self.model.evidence.regions[self._region]

    @property
    def prefecture(self) -> str:
        """English name of the prefecture."""
        return self._record.en

    @property
    def prefecture_zh(self) -> str:
        """Chinese name of the prefecture."""
        return self._record.zh

    @property
    def prefecture_code(self) -> int:
        """Official code of the prefecture."""
        return self._record.code


class Row(View):
    """An agent that comes and goes: a firm or a person.

    Every array of its register is an attribute. Reading and writing raise `GoneError` once the firm or person is
    gone; writing raises `TypeError` for a value of the wrong kind, `ValueError` for one outside the register's
    bounds and `AttributeError` for what other arrays have to agree with (`FIXED`).
    """

    FIXED: ClassVar[Mapping[str, str]]

    def __init__(self, model: IndustryModel, slot: int, packed: int) -> None:
        self._id0, self._id1 = divmod(packed, 1 << int(ID_BITS))
        super().__init__(model, slot, packed - LEAST_ID)

    if TYPE_CHECKING:  # the register's arrays

        def __getattr__(self, name: str) -> Any: ...

    @property
    def rows(self) -> Firms | People:
        """The arrays it is a row of."""
        raise NotImplementedError

    def lives(self) -> bool:
        """Whether the firm is still there, or the person."""
        raise NotImplementedError

    def here(self) -> int:
        """Return the slot, if it is still this agent's.

        Raises
        ------
        GoneError
            If the firm has closed or the person has left.
        """
        if not self.lives():
            raise GoneError(f"{self.KIND} {self.unique_id} is gone since {self.model.quarter} or before")
        return self.slot

    def agree(self, name: str, value: Array) -> None:
        """Check a new value against the agent's others, or bring those in line."""

    def _owns(self) -> bool:
        rows = self.rows
        return bool(rows.id0[self.slot] == self._id0 and rows.id1[self.slot] == self._id1)


def _with_fields(register: type[Any]) -> Any:
    """Give a class of agents an attribute for every array of a register that it does not describe itself."""

    def give(kind: type[Row]) -> type[Row]:
        for name, spec in specs(register).items():
            if name not in vars(kind):
                setattr(kind, name, Field(name, spec, register._fields.index(name)))
        return kind

    return give


@_with_fields(Firms)
class Firm(Row):
    """A firm: one agent for `scenario.weight` real firms, its quantities those of one of them."""

    KIND = "firm"
    FIXED: ClassVar[Mapping[str, str]] = {
        "id0": "it is who the firm is",
        "id1": "it is who the firm is",
        "alive": "firms enter and close in the kernel",
        "industry": "knowledge and talent are counted by it",
        "born": "it is part of who the firm is",
        "talent": "it is the number of people who work there",
        "support": "it is what the ledgers say",
    }

    def __init__(self, model: IndustryModel, slot: int, packed: int, home: ProvinceCell) -> None:
        super().__init__(model, slot, packed)
        self._home = home
        home.held.append(self)

    @property
    def rows(self) -> Firms:
        """The arrays of firms."""
        return self.model.walk.state.firms

    def lives(self) -> bool:
        """Whether the firm has not closed."""
        return bool(self.rows.alive[self.slot] == ALIVE) and self._owns()

    def agree(self, name: str, value: Array) -> None:
        """Keep peak ≥ level and staff ≥ talent, as the kernel does."""
        if name == "level":
            self.rows.peak[self.slot] = max(self.rows.peak[self.slot], value)
        least = {"peak": "level", "staff": "talent"}.get(name)
        if least and value < getattr(self, least):
            raise ValueError(f"{name} is at least {least}, which is {getattr(self, least)}; {value} is less")

    @property
    def cell(self) -> ProvinceCell:
        """Cell of the grid where the firm sits; firms do not move."""
        self.here()
        return self._home

    @property
    def _region(self) -> int:
        return int(self.model.walk.ground.inputs.slot_region[self.here()])

    @property
    def _trade(self) -> Industry:
        return self.model.evidence.industries[int(self.industry)]

    @property
    def industry_name(self) -> str:
        """English name of the industry."""
        return self._trade.en

    @property
    def industry_name_zh(self) -> str:
        """Chinese name of the industry."""
        return self._trade.zh

    @property
    def quality(self) -> bool:
        """Whether it is a quality firm: level 2 or above."""
        return bool(self.level >= QUALITY)

    @property
    def employees(self) -> list[Talent]:
        """Its R&D people."""
        slots = np.flatnonzero(self.model.walk.state.people.employer == self.here())
        return [self.model.mirror.talents[slot] for slot in slots.tolist()]


@_with_fields(People)
class Talent(Row):
    """An R&D person: one agent for `scenario.weight` real ones."""

    KIND = "talent"
    FIXED: ClassVar[Mapping[str, str]] = {
        "id0": "it is who the person is",
        "id1": "it is who the person is",
        "status": "people are hired, parted and held in the kernel",
        "region": "people move in the kernel",
        "field": "it decides which firms may hire the person",
        "wage": "it follows from skill and the employer's level when hired",
    }

    @property
    def rows(self) -> People:
        """The arrays of people."""
        return self.model.walk.state.people

    def lives(self) -> bool:
        """Whether the person is still in the province."""
        return bool(self.rows.status[self.slot] != NOBODY) and self._owns()

    @property
    def employer(self) -> Firm | None:
        """The firm where the person works."""
        slot = int(self.rows.employer[self.here()])
        return None if slot == NO_EMPLOYER else self.model.mirror.firms[slot]

    @property
    def _region(self) -> int:
        return int(self.region)

    @property
    def field_name(self) -> str:
        """Name of the field of talent."""
        return self.model.evidence.fields[int(self.field)]


class Government(View):
    """The government of a prefecture: its purse and its firms. Counts are of agents, money is yuan for all."""

    KIND = "government"

    def __init__(self, model: IndustryModel, region: int) -> None:
        super().__init__(model, region, model.evidence.regions[region].code)

    @property
    def _region(self) -> int:
        return self.slot

    def _ledger(self, name: str) -> dict[str, int]:
        assert name in LEDGERS
        amounts = getattr(self.model.walk.state.province, name)[:, self.slot].tolist()
        return dict(zip(LEVER_NAMES, amounts, strict=True))

    @property
    def spent(self) -> dict[str, int]:
        """Yuan spent so far by lever, administration included."""
        return self._ledger("spent")

    @property
    def to_firms(self) -> dict[str, int]:
        """Yuan paid to firms so far by lever."""
        return self._ledger("to_firms")

    @property
    def to_people(self) -> dict[str, int]:
        """Yuan spent on holding and placing people so far by lever."""
        return self._ledger("to_people")

    @property
    def administration(self) -> dict[str, int]:
        """Yuan spent on administration so far by lever."""
        return self._ledger("administration")

    @property
    def vacancy_rate(self) -> float:
        """Share of the wanted talent that firms did not have last quarter."""
        return float(self.model.walk.state.province.vacancy_rate[self.slot])

    def _living(self) -> tuple[Firms, Array]:
        """The firms and which of the prefecture's slots are in use: bool[slots]."""
        firms = self.model.walk.state.firms
        return firms, (firms.alive == ALIVE) & (self.model.walk.ground.inputs.slot_region == self.slot)

    @property
    def firms(self) -> int:
        """Firms of the prefecture."""
        return int(self._living()[1].sum())

    @property
    def quality_firms(self) -> int:
        """Its firms at level 2 or above."""
        firms, living = self._living()
        return int((firms.level[living] >= QUALITY).sum())

    @property
    def difficulty(self) -> int:
        """Its firms in transition difficulty."""
        firms, living = self._living()
        return int(firms.hard[living].sum())


class Mirror:
    """The agents of a model: made when somebody first looks, then brought in line with the arrays every quarter.

    Attributes
    ----------
    firms, talents
        Living agents by slot.
    """

    def __init__(self, model: IndustryModel) -> None:
        self._model = model
        self.firms: dict[int, Firm] = {}
        self.talents: dict[int, Talent] = {}
        state = model.walk.state
        self._firm_ids = np.zeros(len(state.firms.alive), np.uint64)
        self._talent_ids = np.zeros(len(state.people.status), np.uint64)
        for region in range(len(model.evidence.regions)):
            Government(model, region)

    def update(self) -> None:
        """Let agents leave whose firm or person is gone, then make those who came."""
        firms, people, _ = self._model.walk.state
        model, cells = self._model, self._model.grid.in_order
        before, self._firm_ids = self._firm_ids, _ids(firms, firms.alive == ALIVE)
        left, came = _changes(before, self._firm_ids)
        for slot in left:
            firm = self.firms.pop(slot)
            model.deregister_agent(firm)
            firm._home.held.remove(firm)
        for slot, packed in came:
            self.firms[slot] = Firm(model, slot, packed, cells[firms.cell[slot]])
        before, self._talent_ids = self._talent_ids, _ids(people, people.status != NOBODY)
        left, came = _changes(before, self._talent_ids)
        for slot in left:
            model.deregister_agent(self.talents.pop(slot))
        for slot, packed in came:
            self.talents[slot] = Talent(model, slot, packed)


def _ids(rows: Firms | People, there: Array) -> Array:
    """Return both words of an id in one, 0 where nobody is: uint64[slots]."""
    return np.where(there, (rows.id0.astype(np.uint64) << ID_BITS) | rows.id1, np.uint64(0))


def _changes(before: Array, now: Array) -> tuple[list[int], Iterable[tuple[int, int]]]:
    """Return the slots that somebody left, and slot and id of those who came."""
    changed = before != now
    came = np.flatnonzero(changed & (now != 0))
    return np.flatnonzero(changed & (before != 0)).tolist(), zip(
        came.tolist(), now[came].tolist(), strict=True
    )
