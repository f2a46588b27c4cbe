"""Rows of the kernel's arrays as Mesa agents: attributes that read and write the array, and no data of their own.

Reading gives plain Python values; writing goes through to the array. An agent knows its slot and its id, so it
notices when the slot is no longer its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from mesa import Agent

from sim.evidence.tables import Evidence
from sim.model.draws import BIRTH_BITS, FIRM, REGION_BITS
from sim.model.state import ID_BITS, Array, Firms, People, Spec, specs
from sim.runs.walk import Walk

if TYPE_CHECKING:
    from sim.evidence.tables import Region

# Counted from the least id a firm could have, ids fit the signed 64-bit columns of a data frame.
LEAST_ID = FIRM << (REGION_BITS + BIRTH_BITS + int(ID_BITS))


class GoneError(LookupError):
    """The firm has closed, or the person has left; the slot may belong to another by now."""


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
        if not ((given >= low) & (given <= high)).all():  # also refuses anything but a number
            unit = f" {self.spec.unit}" if self.spec.unit else ""
            raise ValueError(f"{self.name} lies between {low:g} and {high:g}{unit}; {value!r} does not")
        return given


class Host(Protocol):
    """What an agent asks of its model."""

    evidence: Evidence
    walk: Walk

    @property
    def quarter(self) -> str:
        """Name of the last quarter done."""
        ...

    def register_agent(self, agent: SlotAgent) -> None:
        """Register an agent."""
        ...


class SlotAgent(Agent):  # type: ignore[misc]
    """What all agents of the province have in common.

    Attributes
    ----------
    model
        The province.
    unique_id
        The same for the same firm, person or region in every model with the same luck.
    slot
        Row of the arrays.
    """

    KIND: ClassVar[str]
    model: Host
    unique_id: int

    def __init__(self, model: Host, slot: int, unique_id: int) -> None:
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
        """Refuse: the kernel decides who enters and who leaves."""
        raise TypeError(f"a {self.KIND} is a view: it cannot be removed from the province")

    @property
    def _region(self) -> int:
        """Index of the region."""
        raise NotImplementedError

    @property
    def _record(self) -> Region:
        return self.model.evidence.regions[self._region]

    @property
    def region_name(self) -> str:
        """English name of the region."""
        return self._record.en

    @property
    def region_zh(self) -> str:
        """Chinese name of the region."""
        return self._record.zh

    @property
    def region_code(self) -> int:
        """Official code of the region."""
        return self._record.code


class Row(SlotAgent):
    """An agent that comes and goes: a firm or a person.

    Every array of its register is an attribute. Reading and writing raise `GoneError` once the firm or person is
    gone; writing raises `TypeError` for a value of the wrong kind, `ValueError` for one outside the register's
    bounds and `AttributeError` for an array that others must agree with (`FIXED`).
    """

    FIXED: ClassVar[Mapping[str, str]]

    def __init__(self, model: Host, slot: int, packed: int) -> None:
        self._id0, self._id1 = divmod(packed, 1 << int(ID_BITS))
        super().__init__(model, slot, packed - LEAST_ID)

    if TYPE_CHECKING:  # the register's arrays

        def __getattr__(self, name: str) -> Any: ...

    @property
    def rows(self) -> Firms | People:
        """The arrays it is a row of."""
        raise NotImplementedError

    def lives(self) -> bool:
        """Whether the firm or person is still there."""
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
        """Check a new value against the agent's others, or adjust those."""

    def _owns(self) -> bool:
        rows = self.rows
        return bool(rows.id0[self.slot] == self._id0 and rows.id1[self.slot] == self._id1)


def with_fields(register: type[Any]) -> Any:
    """Give a class of agents an attribute for every array of a register that it does not define itself."""

    def give(kind: type[Row]) -> type[Row]:
        for name, spec in specs(register).items():
            if name not in vars(kind):
                setattr(kind, name, Field(name, spec, register._fields.index(name)))
        return kind

    return give
