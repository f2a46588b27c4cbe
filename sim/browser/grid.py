"""The map as a Mesa grid: only the province's cells, with layers that are the kernel's own arrays."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import numpy as np
from mesa.discrete_space import Cell, CellCollection, DiscreteSpace, PropertyLayer
from mesa.discrete_space.property_layer import HasPropertyLayers

from sim.evidence.tables import Evidence
from sim.model.state import Array, Province
from sim.world.constants import LEVELS
from sim.world.inputs import Inputs
from sim.world.space import cells_in_order

MOORE = [step for step in product((-1, 0, 1), repeat=2) if any(step)]


class ProvinceCell(Cell):  # type: ignore[misc]
    """A cell of the map.

    Attributes
    ----------
    coordinate
        (row, column) of the grid; rows go south, columns east.
    index
        Its place in the kernel's arrays.
    lon, lat
        Its centre, degrees.
    connections
        Its up to eight neighbours within the province, by (rows, columns) away.
    """

    index: int
    lon: float
    lat: float
    held: list[Any]
    _look: Callable[[], object]  # of the class that a grid makes for its own cells

    @property
    def _agents(self) -> list[Any]:
        """The list that Mesa reads; asking for it makes the agents."""
        self._look()
        return self.held

    @_agents.setter
    def _agents(self, agents: list[Any]) -> None:
        self.held = agents

    def within(self, radius: int = 1, include_center: bool = False) -> list[ProvinceCell]:
        """Return the cells within this many steps, without making their agents.

        Raises
        ------
        ValueError
            If the radius is below 1.
        """
        if radius < 1:
            raise ValueError("a neighbourhood has a radius of at least 1")
        found: dict[ProvinceCell, None] = {self: None}
        edge: list[ProvinceCell] = [self]
        for _ in range(radius):
            edge = list(
                dict.fromkeys(n for cell in edge for n in cell.connections.values() if n not in found)
            )
            found.update(dict.fromkeys(edge))
        if not include_center:
            del found[self]
        return list(found)

    # Mesa 3.3.1 caches both of these in the class for ever, which keeps every model with a grid alive.

    def get_neighborhood(self, radius: int = 1, include_center: bool = False) -> CellCollection:
        """Return the cells within this many steps."""
        return CellCollection(self._neighborhood(radius, include_center), random=self.random)

    def _neighborhood(self, radius: int = 1, include_center: bool = False) -> dict[Cell, list[Any]]:
        return {cell: cell._agents for cell in self.within(radius, include_center)}

    def _clear_cache(self) -> None:
        self.__dict__.pop("neighborhood", None)


class SharedLayer(PropertyLayer):  # type: ignore[misc]
    """A property layer over an array of the kernel: the next quarter reads what is written into it."""

    def __init__(self, name: str, data: Array) -> None:
        super().__init__(name, data.shape, default_value=data.dtype.type(0), dtype=data.dtype.type)
        self._mesa_data = data

    def modify_cells(
        self, operation: Callable[..., Any], value: Any = None, condition: Callable[..., Any] | None = None
    ) -> None:
        """Modify cells in place; Mesa would replace the array by a new one."""
        shared = self._mesa_data
        super().modify_cells(operation, value, condition)
        modified, self._mesa_data = self._mesa_data, shared
        self.set_cells(modified)


class CellValue:
    """A layer's value as an attribute of a cell: a plain number."""

    def __init__(self, layer: PropertyLayer) -> None:
        self.layer = layer

    def __get__(self, cell: ProvinceCell | None, owner: type[ProvinceCell]) -> Any:
        return self if cell is None else self.layer.data[cell.index].item()

    def __set__(self, cell: ProvinceCell, value: Any) -> None:
        self.layer.data[cell.index] = value


class ProvinceGrid(DiscreteSpace, HasPropertyLayers):  # type: ignore[misc]
    """The cells of the province, ``grid[row, column]``; iterating goes in the kernel's order.

    Layers are one-dimensional arrays over the cells in that order, shared with the kernel: ``region`` (index of the
    region) and ``cumulative_chance`` (of a cell within its region, for new firms), which are read-only because
    other models share them; ``knowledge_<industry>_<level>``, ln(S + 1), which the kernel renews every year.

    Parameters
    ----------
    evidence, name
        The grid is ``evidence.grids[name]``.
    inputs, province
        The arrays to share.
    random
        Mesa's source of random choices.
    look
        Called before a cell shows its agents.
    """

    def __init__(
        self,
        evidence: Evidence,
        name: str,
        inputs: Inputs,
        province: Province,
        random: Random,
        look: Callable[[], object],
    ) -> None:
        # Layers become attributes of the cells' class, so every grid has a class of its own, freed with it.
        kind = type("ProvinceCell", (ProvinceCell,), {"_mesa_properties": set(), "_look": staticmethod(look)})
        super().__init__(random=random, cell_klass=kind)
        for index, record in enumerate(cells_in_order(evidence, name)):
            cell = kind((record.row, record.col), random=random)
            cell.index, cell.lon, cell.lat = index, record.lon, record.lat
            self._cells[cell.coordinate] = cell
        self.in_order: tuple[ProvinceCell, ...] = tuple(self._cells.values())
        self.dimensions = (len(self.in_order),)
        self._connect_cells()
        self._share("region", inputs.cell_region, writable=False)
        self._share("cumulative_chance", inputs.cell_cumulative, writable=False)
        for i, industry in enumerate(evidence.industries):
            for level in range(LEVELS):
                self._share(f"knowledge_{industry.id}_{level}", province.knowledge[:, i, level])

    def _connect_cells(self) -> None:
        for (row, column), cell in self._cells.items():
            for down, right in MOORE:
                other = self._cells.get((row + down, column + right))
                if other is not None:
                    cell.connections[down, right] = other

    def _share(self, name: str, array: Array, writable: bool = True) -> None:
        view = array.view()
        view.flags.writeable = writable
        self.add_property_layer(SharedLayer(name, view))

    def add_property_layer(self, layer: PropertyLayer) -> None:
        """Add a layer of the shape (cells,), in the kernel's order of cells."""
        super().add_property_layer(layer)
        setattr(self.cell_klass, layer.name, CellValue(layer))

    def get_neighborhood_mask(
        self, coordinate: tuple[int, int], include_center: bool = True, radius: int = 1
    ) -> Array:
        """Return which cells are in a neighbourhood: bool[cells]."""
        mask = np.zeros(self.dimensions, np.bool_)
        mask[[cell.index for cell in self[coordinate].within(radius, include_center)]] = True
        return mask

    def select_cells(
        self,
        conditions: dict[str, Callable[..., Any]] | None = None,
        extreme_values: dict[str, str] | None = None,
        masks: Array | list[Array] | None = None,
        only_empty: bool = False,
        return_list: bool = True,
    ) -> list[tuple[int, int]] | Array:
        """Select cells as Mesa does: a list of (row, column), or bool[cells] in the kernel's order."""
        every = masks if isinstance(masks, list) else [] if masks is None else [masks]
        if only_empty:
            every = [*every, np.array([cell.is_empty for cell in self.in_order])]
        chosen: Array = super().select_cells(conditions, extreme_values, every, return_list=False)
        if not return_list:
            return chosen
        return [self.in_order[index].coordinate for index in np.flatnonzero(chosen)]
