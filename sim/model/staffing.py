"""Posts for R&D talent and how well they are filled: in a firm, and in a region's market for a field (docs/odd.md)."""

from __future__ import annotations

import numpy as np

from sim.model.numerics import Int, inner, pure, slot
from sim.model.state import ALIVE, Array, Firms, Province
from sim.world.inputs import Inputs, Parameters


@pure
def unfilled(wanted: float, rounding: float, talent: Int) -> int:
    """Count the open posts of a firm: whole people wanted in addition to those employed."""
    return max(int(np.floor(np.float64(wanted) + np.float64(rounding))) - talent, 0)


@pure
def talent_ratio(talent: Int, wanted: float, fill: float) -> float:
    """Return talent per wanted, counting one more post that is filled as usual in the firm's market.

    So firms that want less than one person feel talent through their neighbours' posts, and large ones their own;
    nothing jumps at one person. ``fill`` is that of `measure_fill`.
    """
    return (np.float64(talent) + np.float64(fill)) / (np.float64(wanted) + 1.0)


@inner
def measure_fill(f: Firms, stop: Array, province: Province, inputs: Inputs, p: Parameters) -> None:
    """Measure by region and field which share of the posts is filled, with one more that is filled as at the start.

    ``stop`` is the end of each region's slots in use.
    """
    fields = province.fill.shape[1]
    for r in range(len(stop)):
        filled = np.zeros(fields, np.int64)
        missing = np.zeros(fields, np.int64)
        for i in range(slot(inputs.firm_start[r]), slot(stop[r])):
            if f.alive[i] == ALIVE:
                field = inputs.industry_field[f.industry[i]]
                filled[field] += f.talent[i]
                missing[field] += unfilled(f.wanted[i], f.rounding[i], np.int64(f.talent[i]))
        for field in range(fields):
            posts = filled[field] + missing[field]
            province.fill[r, field] = (filled[field] + p.fill_usual) / (posts + 1.0)


@inner
def fill_by_industry(r: Int, province: Province, inputs: Inputs) -> Array:
    """Return how well the posts of a region's industries are filled: float64[industries]."""
    fill = np.empty(len(inputs.industry_field))
    for k in range(len(fill)):
        fill[k] = province.fill[r, inputs.industry_field[k]]
    return fill
