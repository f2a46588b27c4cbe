"""Knowledge spillovers: what firms further up the ladder nearby, in the same or related industries, let others learn.

S of a firm = Σ over cells of exp(−d/λ) · border factor · relatedness · firms at a higher level, in real firms.
Refreshed once a year; it enters climbing relative to the mean of the level, or the ladder would run away.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.model.numerics import inner, log
from sim.model.state import ALIVE, LEVELS


@inner
def refresh(f: Any, province: Any, inputs: Any) -> None:
    """Recompute ``province.knowledge`` (ln(S + 1) by cell, industry and level) and its mean by level."""
    cells, industries, _ = province.knowledge.shape
    here = np.zeros((cells, industries, LEVELS))
    for i in range(len(f.alive)):
        if f.alive[i] == ALIVE:
            here[f.cell[i], f.industry[i], f.level[i]] += 1.0
    higher = np.zeros((cells, industries, LEVELS))
    for c in range(cells):
        for k in range(industries):
            above = 0.0
            for level in range(LEVELS - 1, -1, -1):
                higher[c, k, level] = above
                above += here[c, k, level]
    related = np.zeros((cells, industries, LEVELS))
    for c in range(cells):
        for k in range(industries):
            for other in range(industries):
                w = inputs.relatedness[k, other]
                if w > 0.0:
                    for level in range(LEVELS):
                        related[c, k, level] += w * higher[c, other, level]
    total = np.zeros(LEVELS)
    firms = np.zeros(LEVELS)
    for c in range(cells):
        reach = np.zeros((industries, LEVELS))
        for pair in range(inputs.spill_start[c], inputs.spill_start[c + 1]):
            w = inputs.spill_weight[pair] * inputs.weight
            source = inputs.spill_cell[pair]
            for k in range(industries):
                for level in range(LEVELS):
                    reach[k, level] += w * related[source, k, level]
        for k in range(industries):
            for level in range(LEVELS):
                province.knowledge[c, k, level] = log(reach[k, level] + 1.0)
                total[level] += here[c, k, level] * reach[k, level]
                firms[level] += here[c, k, level]
    for level in range(LEVELS):
        mean = total[level] / firms[level] if firms[level] > 0.0 else 0.0
        province.knowledge_mean[level] = log(mean + 1.0)
