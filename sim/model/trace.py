"""What every firm's chance of a climb is made of, written down quarter by quarter for taking an effect apart.

The chance of a first climb depends on a hazard that is a product: of the exponentials of the advantages, of ε in
difficulty, of the friction where cash is short. `sim.analysis.comparison.parts` shares out the difference of two runs
over the logarithms of these factors.
"""

from __future__ import annotations

import numpy as np

from sim.model.advantages import (
    advantages,
    drive,
    is_open,
    means,
    reached,
    readiness,
    science,
    standing,
    success_with,
    uplift,
)
from sim.model.numerics import Int, clip, exp, hot, log
from sim.model.state import ADVANTAGES, ALIVE, Array, Firms, Province
from sim.world.constants import DIRECT, QUALITY, REGISTRATION, TOP
from sim.world.inputs import Inputs, Parameters

#: Rows of a trace. Logarithms of the factors of the hazard, advantages in the order of the yardsticks first.
FACTORS = ("talent", "research", "platform", "knowledge", "finance", "difficulty")
#: Of projects only.
OF_PROJECTS = ("success", "science", "value")
F_DIFFICULTY = ADVANTAGES
F_SHORT_PROJECT = F_DIFFICULTY + 1  # friction where cash is short of the fee, of the project
F_SHORT_REGISTRATION = F_SHORT_PROJECT + 1  # and of registering
F_SUCCESS = F_SHORT_REGISTRATION + 1  # chance of success of the project
F_SCIENCE = F_SUCCESS + 1  # universities, where the project leads to a high-tech certificate
F_VALUE = F_SCIENCE + 1  # attempts because success is worth more
F_PROJECT = F_VALUE + 1  # chance of a first climb by a project
F_REGISTRATION = F_PROJECT + 1  # and by registering
F_LEVEL = F_REGISTRATION + 1  # level before the quarter's climbs; −1 where no firm lives
ROWS = F_LEVEL + 1
NO_FIRM = -1.0


def no_trace() -> Array:
    """Return the trace of a run that keeps none: float64[ROWS, 0]."""
    return np.empty((ROWS, 0))


@hot
def trace_firm(
    f: Firms,
    i: Int,
    t: Int,
    hazard: Array,
    province: Province,
    inputs: Inputs,
    p: Parameters,
    trace: Array,
) -> None:
    """Write down what firm i's chance of a climb in quarter t is made of; see `sim.model.events.try_to_climb`."""
    if f.alive[i] != ALIVE:
        trace[F_LEVEL, i] = NO_FIRM
        return
    level = np.int64(f.level[i])
    trace[:, i] = 0.0
    trace[F_LEVEL, i] = level
    if level >= TOP - 1:  # designated, or at the top
        return
    slopes = (p.a_T, p.a_R, p.a_P, p.a_S, p.a_F)
    found = advantages(f, i, province, inputs, p)
    total = 0.0
    for k in range(ADVANTAGES):
        trace[k, i] = slopes[k] * (found[k] - np.float64(province.centre[k, level]))
        total += trace[k, i]
    kept = clip(total, -p.climb_clip, p.climb_clip)
    for k in range(ADVANTAGES):
        trace[k, i] *= kept / total if total != 0.0 else 1.0
    trace[F_DIFFICULTY, i] = log(p.eps) if f.hard_star[i] == 1 else 0.0
    project = DIRECT if level == 0 else level
    trace[F_SHORT_PROJECT, i] = log(means(f, i, reached(project), p))
    trace[F_SHORT_REGISTRATION, i] = log(means(f, i, reached(REGISTRATION), p)) if level == 0 else 0.0
    stands = standing(f, i, province, inputs, p)
    usual = inputs.success[f.industry[i]]
    success = success_with(usual, uplift(f, i, t, province, inputs, p))
    trace[F_SUCCESS, i] = log(success)
    if reached(project) == QUALITY:
        trace[F_SCIENCE, i] = log(science(np.int64(inputs.slot_region[i]), province, inputs, p))
        trace[F_VALUE, i] = log(drive(f, i, project, province, inputs, p))
    tries = 0.0
    if is_open(f, i, t, project):
        tries = hazard[project] * readiness(f, i, project, stands, province, inputs, p)
        tries = tries / np.float64(province.usual_readiness[project]) / usual
    registers = 0.0
    if level == 0:
        registers = hazard[REGISTRATION] * readiness(f, i, REGISTRATION, stands, province, inputs, p)
        registers = registers / np.float64(province.usual_readiness[REGISTRATION])
    every = tries + registers
    chance = (1.0 - exp(-every)) / every if every > 0.0 else 0.0
    trace[F_PROJECT, i] = success * tries * chance if reached(project) > f.peak[i] else 0.0
    trace[F_REGISTRATION, i] = registers * chance if reached(REGISTRATION) > f.peak[i] else 0.0
