"""Knowledge spillovers: what firms learn from firms nearby, further up the ladder and in related industries.

S of a firm = Σ over cells of exp(−d/λ) · border factor · relatedness · firms at a higher level, in real
firms. The border factor rises to 1 as regions open. S is refreshed once a year. It enters climbing relative to the
mean of the level; otherwise climbing would accelerate without end.
"""

from __future__ import annotations

import numpy as np

from sim.model.numerics import inner, log, slot
from sim.model.state import ALIVE, Firms, Province
from sim.world.constants import LEVELS
from sim.world.inputs import Inputs, Parameters

LOWER = LEVELS - 1  # nobody is above the top level


@inner
def refresh(f: Firms, province: Province, inputs: Inputs, p: Parameters) -> None:
    """Recompute ``province.knowledge`` (ln(S + 1) by cell, industry and level) and its mean by level."""
    cells, industries, _ = province.knowledge.shape
    width = industries * LOWER
    here = np.zeros((cells, industries, LEVELS))
    for i in range(len(f.alive)):
        if f.alive[i] == ALIVE:
            here[f.cell[i], f.industry[i], f.level[i]] += 1.0
    # sources[c] = real firms above each level in own and related industries, flat over (industry, level)
    sources = np.zeros((cells, width))
    somebody = np.zeros(cells, np.bool_)
    for c in range(cells):
        for other in range(industries):
            above = 0.0
            for level in range(LOWER - 1, -1, -1):
                above += here[c, other, level + 1] * inputs.weight
                if above > 0.0:
                    somebody[c] = True
                    for k in range(industries):
                        sources[c, k * LOWER + level] += inputs.relatedness[k, other] * above
    total = np.zeros(LEVELS)
    firms = np.zeros(LEVELS)
    fallen = 0.5 * (1.0 / p.border - 1.0) * province.openness  # at full openness of both, no border is left
    reach = np.empty(width)
    known = np.empty(width)
    for c in range(cells):
        reach[:] = 0.0
        for pair in range(inputs.spill_start[c], inputs.spill_start[c + 1]):
            source = inputs.spill_cell[pair]
            if somebody[source]:
                w = inputs.spill_weight[pair]
                if inputs.cell_region[c] != inputs.cell_region[source]:
                    w *= 1.0 + fallen[inputs.cell_region[c]] + fallen[inputs.cell_region[source]]
                for m in range(slot(width)):
                    reach[m] += w * sources[source, m]
        for m in range(slot(width)):
            known[m] = log(reach[m] + 1.0)
        for k in range(industries):
            for level in range(LOWER):
                province.knowledge[c, k, level] = known[k * LOWER + level]
                total[level] += here[c, k, level] * reach[k * LOWER + level]
                firms[level] += here[c, k, level]
    for level in range(LOWER):
        mean = total[level] / firms[level] if firms[level] > 0.0 else 0.0
        province.knowledge_mean[level] = log(mean + 1.0)
