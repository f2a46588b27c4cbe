"""Firms, talent and governments as Mesa agents, made on first use and kept in step with the kernel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Protocol

import numpy as np

from sim.browser.fields import Host, Row, SlotAgent, with_fields
from sim.browser.grid import ProvinceCell, ProvinceGrid
from sim.evidence.tables import Industry
from sim.model.state import ALIVE, ID_BITS, LEDGERS, NO_EMPLOYER, NOBODY, Array, Firms, People
from sim.world.constants import QUALITY
from sim.world.levers import LEVER_NAMES


class PeopledHost(Host, Protocol):
    """What else these agents ask of their model: the map, and each other."""

    @property
    def grid(self) -> ProvinceGrid:
        """The map."""
        ...

    @property
    def mirror(self) -> Mirror:
        """The agents by slot."""
        ...

    def deregister_agent(self, agent: SlotAgent) -> None:
        """Forget an agent."""
        ...


@with_fields(Firms)
class Firm(Row):
    """A firm: one agent for `scenario.weight` real firms; its quantities are those of one real firm."""

    KIND = "firm"
    model: PeopledHost
    FIXED: ClassVar[Mapping[str, str]] = {
        "id0": "it is who the firm is",
        "id1": "it is who the firm is",
        "alive": "firms enter and close in the kernel",
        "industry": "knowledge and talent are counted by it",
        "born": "it is part of who the firm is",
        "talent": "it is the number of people who work there",
        "support": "it is what the ledgers say",
    }

    def __init__(self, model: PeopledHost, slot: int, packed: int, home: ProvinceCell) -> None:
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
        return int(self.model.walk.compiled.inputs.slot_region[self.here()])

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


@with_fields(People)
class Talent(Row):
    """An R&D person: one agent for `scenario.weight` real ones."""

    KIND = "talent"
    model: PeopledHost
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


class Government(SlotAgent):
    """The government of a region: its purse and its firms. Counts are of agents, money is yuan for all."""

    KIND = "government"

    def __init__(self, model: PeopledHost, region: int) -> None:
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
        """Share of the wanted talent that firms lacked last quarter."""
        return float(self.model.walk.state.province.vacancy_rate[self.slot])

    def _living(self) -> tuple[Firms, Array]:
        """The firms and which of the region's slots are in use: bool[slots]."""
        firms = self.model.walk.state.firms
        return firms, (firms.alive == ALIVE) & (self.model.walk.compiled.inputs.slot_region == self.slot)

    @property
    def firms(self) -> int:
        """Firms of the region."""
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
    """The agents of a model: made on first use, then updated from the arrays every quarter.

    Attributes
    ----------
    firms, talents
        Living agents by slot.
    """

    def __init__(self, model: PeopledHost) -> None:
        self._model = model
        self.firms: dict[int, Firm] = {}
        self.talents: dict[int, Talent] = {}
        state = model.walk.state
        self._firm_ids = np.zeros(len(state.firms.alive), np.uint64)
        self._talent_ids = np.zeros(len(state.people.status), np.uint64)
        for region in range(len(model.evidence.regions)):
            Government(model, region)

    def update(self) -> None:
        """Remove agents whose firm or person is gone, then make the new ones."""
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
    """Return both words of an id in one, 0 for an empty slot: uint64[slots]."""
    return np.where(there, (rows.id0.astype(np.uint64) << ID_BITS) | rows.id1, np.uint64(0))


def _changes(before: Array, now: Array) -> tuple[list[int], Iterable[tuple[int, int]]]:
    """Return the slots that somebody left, and slot and id of the newcomers."""
    changed = before != now
    came = np.flatnonzero(changed & (now != 0))
    return np.flatnonzero(changed & (before != 0)).tolist(), zip(
        came.tolist(), now[came].tolist(), strict=True
    )
