"""Runs one replication quarter by quarter, with the same bytes as in one go, so that each quarter can be looked at."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.files.folders import note_kernels_kept
from sim.runs.coefficients import draw_coefficients
from sim.world.compiled import Compiled
from sim.world.constants import BURN_IN, ORIGIN

if TYPE_CHECKING:
    from sim.model.state import State
    from sim.runs.counts import Counts

Array = NDArray[Any]


class Walk:
    """A replication from quarter zero onwards.

    Parameters
    ----------
    compiled
        The compiled scenario.
    seed, replication
        Key of every draw.

    Attributes
    ----------
    compiled
        The given one, with the coefficients of this replication.
    state
        The run at the end of the last quarter done; changed in place.
    done
        Quarters done since 2020Q1.
    quarters
        Number of quarters in all.
    regions, industries
        int64 [quarters, regions | industries, metrics], agents or yuan as `sim.model.outputs` says; zero for quarters
        not done yet.

    Raises
    ------
    OverflowError
        If a block of agent slots runs out; agents are never dropped.
    """

    def __init__(self, compiled: Compiled, seed: int, replication: int) -> None:
        from sim.model.genesis import genesis, outputs

        self._key = (seed, replication)
        self.compiled = self._with_coefficients(compiled)
        inputs, programme, parameters = self.compiled
        self.state: State = genesis(inputs, programme, parameters, seed, replication)
        self.quarters = int(inputs.quarters - BURN_IN)
        self.done = 0
        self.regions: Counts
        self.industries: Counts
        self.regions, self.industries = outputs(inputs, programme, self.quarters)

    def _with_coefficients(self, compiled: Compiled) -> Compiled:
        return compiled._replace(inputs=draw_coefficients(compiled.inputs, *self._key))

    def branch(self, compiled: Compiled | None = None) -> Walk:
        """Return a copy that goes on by itself, under another programme if one is given."""
        other = copy.copy(self)
        other.state, other.regions, other.industries = copy.deepcopy(
            (self.state, self.regions, self.industries)
        )
        if compiled is not None:
            other.compiled = self._with_coefficients(compiled)
        return other

    @property
    def finished(self) -> bool:
        """Whether the last quarter is done."""
        return self.done == self.quarters

    @property
    def quarter(self) -> int:
        """Index (4 × year + quarter − 1) of the last quarter done; 2019Q4 at the start."""
        return ORIGIN + BURN_IN + self.done - 1

    def to(self, done: int) -> None:
        """Continue until this many quarters are done.

        Raises
        ------
        ValueError
            If that is beyond the end, or already past.
        OverflowError
            If a block of agent slots runs out.
        """
        from sim.model.genesis import check_overflow
        from sim.model.quarter import run

        if not self.done <= done <= self.quarters:
            raise ValueError(f"{done} quarters: {self.done} are done already, and there are {self.quarters}")
        now = slice(self.done, done)
        run(self.state, done - self.done, *self.compiled, self.regions[now], self.industries[now])
        note_kernels_kept()
        check_overflow(self.state)
        self.done = done

    def step(self) -> None:
        """Run one more quarter."""
        self.to(self.done + 1)

    def traced_step(self) -> Array:
        """Run one more quarter and return what each firm's chance of a climb was made of.

        Returns
        -------
        float64[ROWS, slots]
            See `sim.model.trace`.
        """
        from sim.model.genesis import check_overflow
        from sim.model.quarter import run_traced
        from sim.model.trace import ROWS

        trace = np.empty((ROWS, len(self.state.firms.alive)))
        run_traced(self.state, *self.compiled, self.regions[self.done], self.industries[self.done], trace)
        note_kernels_kept()
        check_overflow(self.state)
        self.done += 1
        return trace
