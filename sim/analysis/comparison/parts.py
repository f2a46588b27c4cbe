"""Takes the effect of a policy apart: through which channel its extra climbs come.

Policy and baseline run side by side with the same luck. In every quarter the difference of each firm's chance of a
climb is shared out over the factors of its hazard by log-mean weights (LMDI, Ang 2005): with c the chance and F_k its
factors, part_k = L(c_policy, c_baseline) · (ln F_k,policy − ln F_k,baseline), L the logarithmic mean. What remains is
named too, so that the parts sum to the whole: firms that stand elsewhere on the ladder by now, firms that only one of
the two runs has, and luck with what saturates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.comparison.pairs import Pair, policies_of
from sim.model.governments import T_SOURCED
from sim.model.outputs import M_CLIMBS
from sim.model.trace import (
    F_DIFFICULTY,
    F_LEVEL,
    F_PROJECT,
    F_REGISTRATION,
    F_SHORT_PROJECT,
    F_SHORT_REGISTRATION,
    F_SUCCESS,
    F_VALUE,
    FACTORS,
    OF_PROJECTS,
)
from sim.runs.executor import Progress, in_order
from sim.runs.run import compiled_of, in_replication
from sim.runs.walk import Walk
from sim.world.compiled import Compiled
from sim.world.constants import BURN_IN, LEVELS, ORIGIN, QUALITY
from sim.world.levers import LEVER_NAMES, LEVERS
from sim.world.scenario_record import READINGS, Scenario, canonical

Array = NDArray[Any]
Row = dict[str, Any]
ONE_IN = 20  # replications of which one is taken apart: a twentieth of the time and a little more
PART_COLUMNS = ["reading", "scenario", "outcome", "part", "effect", "replications"]
ROUNDED = 9  # decimals: a sum of differences that is 0 but for rounding is 0
#: Channels first, then what is left: firms elsewhere on the ladder, firms of one run only, luck.
PARTS = (*FACTORS, "short_cash", *OF_PROJECTS, "ladder", "entry", "luck")
CHANNELS = len(FACTORS) + 1 + len(OF_PROJECTS)
LADDER, ENTRY, LUCK = range(CHANNELS, len(PARTS))
#: Outcomes that are taken apart, each with the ways up that count.
OUTCOMES_TAKEN_APART: Mapping[str, tuple[int, ...]] = {
    "climbs": (F_PROJECT, F_REGISTRATION),
    "quality_climbs": (F_PROJECT,),
}
#: Parameters, as the kernel reads them, under which a channel of `PARTS` does nothing.
OFF: Mapping[str, Mapping[str, float]] = {
    "talent": {"a_T": 0.0},
    "research": {"a_R": 0.0},
    "platform": {"a_P": 0.0},
    "knowledge": {"a_S": 0.0},
    "finance": {"a_F": 0.0},
    "difficulty": {"eps": 1.0},
    "short_cash": {"short_small": 1.0, "short_large": 1.0},
    "success": {"tie_gain": 0.0, "serve_P09": 0.0},
    "science": {"research_P23": 0.0},
    "value": {"protect_gain": 0.0},
}
#: Channels of `PARTS` that only levers with one of these channels of their own can move.
MOVED_BY: Mapping[str, tuple[str, ...]] = {
    "success": ("success", "tie"),
    "science": ("research",),
    "value": ("protection",),
}
_SHORT = {F_PROJECT: F_SHORT_PROJECT, F_REGISTRATION: F_SHORT_REGISTRATION}


def parts_of(base: Scenario, policies: Sequence[Scenario], seed: int, replication: int) -> dict[str, Array]:
    """Take the effects of policies apart in one replication.

    Returns
    -------
    dict
        By outcome, float64[policies, PARTS], firms; the parts of a policy sum to its extra climbs.
    """
    walks = _begin(base, policies, seed, replication)
    reported = base.start - ORIGIN - BURN_IN
    found = {outcome: np.zeros((len(policies), len(PARTS))) for outcome in OUTCOMES_TAKEN_APART}
    while not walks[0].finished:
        there = walks[0].traced_step()
        for k, walk in enumerate(walks[1:]):
            here = walk.traced_step()
            for outcome, ways in OUTCOMES_TAKEN_APART.items():
                found[outcome][k] += quarter_parts(walk, here, walks[0], there, ways)
    for outcome, ways in OUTCOMES_TAKEN_APART.items():
        there_climbs = _climbs(walks[0], ways, reported)
        for k, walk in enumerate(walks[1:]):
            whole = _climbs(walk, ways, reported) - there_climbs
            found[outcome][k, LUCK] = whole - found[outcome][k].sum()
            found[outcome][k] *= base.weight
    return found


def _begin(base: Scenario, policies: Sequence[Scenario], seed: int, replication: int) -> list[Walk]:
    """Return the walks of baseline and policies, at the quarter from which on they differ or count.

    Until then they are the same run, done once.
    """
    compiled = [compiled_of(in_replication(scenario, replication)) for scenario in (base, *policies)]
    alike = _alike_until((base, *policies), compiled)
    until = max(alike, base.start - ORIGIN - BURN_IN, 0)
    shared = Walk(compiled[0], seed, replication)
    shared.to(until)
    walks = [shared]
    for each in compiled[1:]:
        if until > alike or each.programme.terms[:, T_SOURCED].any():
            walk = Walk(each, seed, replication)  # differs already, or needs room for more people
            walk.to(until)
        else:
            walk = shared.branch(each)
        walks.append(walk)
    return walks


def _alike_until(scenarios: Sequence[Scenario], compiled: Sequence[Compiled]) -> int:
    """Return for how many quarters all runs are surely the same: where only levers differ, until the first begins."""
    rest = [
        {key: value for key, value in canonical(each).items() if key not in ("name", "levers", "budget")}
        for each in scenarios
    ]
    if any(each != rest[0] for each in rest):
        return 0
    first = min(int(each.programme.first.min()) for each in compiled) - BURN_IN
    return min(first, int(compiled[0].inputs.quarters) - BURN_IN)


def part_rows(
    base: Scenario,
    pairs: Sequence[Pair],
    seed: int,
    workers: int | None = None,
    progress: Progress | None = None,
    one_in: int = ONE_IN,
) -> list[Row]:
    """Take every policy's effect apart under every reading.

    The parts of the channels are means over the first replications, by default a twentieth of all, since they vary
    little from one to the next; the last part is what then lacks to the effect over all replications, so the parts sum
    to it. Where every replication has numbers of its own, the parts sum to the mean effect over those taken apart.

    Raises
    ------
    Interrupted
        After Ctrl-C.
    """
    few = range(max(len(pairs[0].policy) // one_in, 1))
    alike = alike_readings(base, pairs)
    tried = [(reading, replication) for reading in dict.fromkeys(alike.values()) for replication in few]
    policies = policies_of(pairs)
    tasks = [
        partial(
            parts_of,
            base.with_reading(*READINGS[reading]),
            [policy.with_reading(*READINGS[reading]) for policy in policies],
            seed,
            replication,
        )
        for reading, replication in tried
    ]
    found = dict(zip(tried, in_order(tasks, workers, progress), strict=True))
    rows = []
    for pair in pairs:
        k = [policy.name for policy in policies].index(pair.scenario.name)
        for outcome in OUTCOMES_TAKEN_APART:
            parts = np.mean([found[alike[pair.reading], each][outcome][k] for each in few], axis=0)
            whole = pair.differences[outcome]
            parts[LUCK] = np.mean(whole[: len(few)] if pair.doubtful else whole) - parts[:LUCK].sum()
            rows += [
                pair.key
                | {"outcome": outcome, "part": part, "effect": round(float(value), ROUNDED)}
                | {"replications": len(few)}
                for part, value in zip(PARTS, parts, strict=True)
            ]
    return rows


def live_channels(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Name the channels that act in at least one scenario, in the order of `PARTS`; a reading may hold some at off."""
    scenarios = list(scenarios)
    effective = [scenario.effective for scenario in scenarios]
    moved = {
        channel
        for scenario in scenarios
        for use in scenario.levers
        for channel, size in LEVERS[LEVER_NAMES.index(use.name)].effects(scenario.parameters).items()
        if size > 0.0
    }
    return tuple(
        part
        for part in PARTS[:CHANNELS]
        if (part not in MOVED_BY or moved.intersection(MOVED_BY[part]))
        and any(values[name] != off for values in effective for name, off in OFF[part].items())
    )


def alike_readings(base: Scenario, pairs: Sequence[Pair]) -> dict[str, str]:
    """Map each reading to the first with the same live channels and the same effects in every replication.

    The channels count because readings under which no policy has an effect yet are alike in nothing else.
    """
    policies = policies_of(pairs)
    first: dict[tuple[Any, ...], str] = {}
    found = {}
    for reading in dict.fromkeys(pair.reading for pair in pairs):
        live = live_channels(each.with_reading(*READINGS[reading]) for each in (base, *policies))
        mine = [pair.differences for pair in pairs if pair.reading == reading]
        numbers = np.concatenate([effects[outcome] for effects in mine for outcome in OUTCOMES_TAKEN_APART])
        found[reading] = first.setdefault((live, *numbers), reading)
    return found


def quarter_parts(walk: Walk, here: Array, base: Walk, there: Array, ways: tuple[int, ...]) -> Array:
    """Share out one quarter's difference of chances; the part of luck is left 0."""
    found = np.zeros(len(PARTS))
    mine, theirs = _living(walk, here), _living(base, there)
    _, a, b = np.intersect1d(mine[0], theirs[0], assume_unique=True, return_indices=True)
    both, same = here[:, mine[1][a]], there[:, theirs[1][b]]
    moved = both[: F_DIFFICULTY + 1] - same[: F_DIFFICULTY + 1]
    for way in ways:
        found[ENTRY] += here[way, mine[1]].sum() - both[way].sum()
        found[ENTRY] -= there[way, theirs[1]].sum() - same[way].sum()
        comparable = (both[F_LEVEL] == same[F_LEVEL]) & (both[way] > 0) & (same[way] > 0)
        found[LADDER] += (both[way] - same[way])[~comparable].sum()
        weight = np.where(comparable, log_mean(both[way], same[way]), 0.0)
        found[: len(FACTORS)] += moved @ weight
        found[len(FACTORS)] += (both[_SHORT[way]] - same[_SHORT[way]]) @ weight
        if way == F_PROJECT:
            of_projects = slice(F_SUCCESS, F_VALUE + 1)
            found[len(FACTORS) + 1 : CHANNELS] += (both[of_projects] - same[of_projects]) @ weight
    return found


def log_mean(a: Array, b: Array) -> Array:
    """Return the logarithmic mean (a − b)/(ln a − ln b) of positive numbers, a where they are equal; 0 elsewhere."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log(a) - np.log(b)
        mean: Array = np.where(np.abs(gap) > 1e-12, (a - b) / gap, a)
    return np.where((a > 0) & (b > 0), mean, 0.0)


def _living(walk: Walk, trace: Array) -> tuple[Array, Array]:
    """Return identity and slot of the firms that lived when the quarter was traced."""
    slots = np.flatnonzero(trace[F_LEVEL] >= 0)
    firms = walk.state.firms
    return (firms.id0[slots].astype(np.uint64) << np.uint64(32)) | firms.id1[slots], slots


def _climbs(walk: Walk, ways: tuple[int, ...], reported: int) -> float:
    """First climbs of a run from a quarter on, agents."""
    lowest = 1 if F_REGISTRATION in ways else QUALITY
    return float(walk.regions[max(reported, 0) :, :, M_CLIMBS + lowest - 1 : M_CLIMBS + LEVELS - 1].sum())
