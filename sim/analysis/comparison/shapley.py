"""A check on the log-mean parts: Shapley values of the same channels, by runs in which channels are switched off.

Channels are the players of a game. v(S) is the effect of a policy where only the channels of S act, in the policy's run
and in the baseline's: the others have parameters under which they neither speed nor slow a climb. The Shapley value
of a channel is what it adds to v, averaged over all orders in which the channels could be switched on; what is left,
v(∅), is the part of none of them. Values and rest sum to the effect, replication by replication.

The two accounts do not measure the same thing. Log-mean parts are gross: a firm that a channel brought up early and
that cannot climb for the first time again is taken off in a part of its own, the ladder. Runs without the channel have
nothing to take off, so Shapley values are net of it. Hence they are compared with the log-mean parts after the ladder's
part is spread over the channels in proportion to theirs (`net_of_ladder`), and both from the same replications.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.comparison.effects import paired_interval
from sim.analysis.comparison.pairs import Pair, policies_of
from sim.analysis.comparison.parts import (
    CHANNELS,
    ENTRY,
    LADDER,
    LUCK,
    OFF,
    OUTCOMES_TAKEN_APART,
    PARTS,
    alike_readings,
    live_channels,
)
from sim.analysis.outcomes import OUTCOMES, counts_of
from sim.runs.counts import RunCounts
from sim.runs.executor import Progress
from sim.runs.run import simulate_all
from sim.world.scenario_record import READINGS, Scenario

Array = NDArray[Any]
Row = dict[str, Any]
Coalition = frozenset[str]
SHAPLEY_COLUMNS = [
    *("reading", "scenario", "outcome", "part", "effect", "low", "high", "log_mean"),
    *("replications", "agree"),
]
#: The part of no channel: v(∅), beside the log-mean parts of entry and luck.
REST = "rest"
#: A part matters if its share by either account is at least so much of the largest one's.
MATTERS = 0.1
#: A smaller log-mean share than this one of the largest is a rounding of 0: its sign says nothing.
NOTHING = 0.01


def with_only(scenario: Scenario, channels: Iterable[str]) -> Scenario:
    """Switch every other channel off, in every setting of the doubtful numbers too."""
    kept = set(channels)
    off = {name: value for part, values in OFF.items() if part not in kept for name, value in values.items()}
    return scenario.with_parameters(off).with_doubt(scenario.doubt, {*scenario.certain, *off})


def coalitions(channels: Sequence[str]) -> list[Coalition]:
    """List all sets of channels, from none to all."""
    return [frozenset(some) for size in range(len(channels) + 1) for some in combinations(channels, size)]


def shapley_values(v: Mapping[Coalition, Array], channels: Sequence[str]) -> dict[str, Array]:
    """Share v(all) − v(∅) out over the channels.

    Parameters
    ----------
    v
        The effect where only these channels act, for every set of them: float64[replications].

    Returns
    -------
    dict
        By channel, float64[replications]: Σ over sets S without it of |S|! (n − |S| − 1)!/n! (v(S ∪ it) − v(S)).
    """
    n = len(channels)
    found = {channel: np.zeros_like(v[frozenset()], float) for channel in channels}
    for channel in channels:
        for without in coalitions([each for each in channels if each != channel]):
            weight = factorial(len(without)) * factorial(n - len(without) - 1) / factorial(n)
            found[channel] += weight * (v[without | {channel}] - v[without])
    return found


def net_of_ladder(parts: Mapping[str, float]) -> dict[str, float]:
    """Spread the log-mean part of the ladder over the channels in proportion to their parts, firms.

    All channels are scaled by the same factor. If that is not from 0 to 1, the ladder does not pay back what the
    channels gave, and a factor would turn all signs or swell all parts; then the ladder is left with the rest.
    """
    channels, ladder = PARTS[:CHANNELS], parts[PARTS[LADDER]]
    gross = sum(parts[part] for part in channels)
    pays_back = gross != 0 and 0 <= 1 + ladder / gross <= 1
    factor = 1 + ladder / gross if pays_back else 1.0
    left = parts[PARTS[ENTRY]] + parts[PARTS[LUCK]] + (0.0 if pays_back else ladder)
    return {part: parts[part] * factor for part in channels} | {REST: left}


def same_sign(row: Row, rows: Sequence[Row]) -> bool:
    """Whether the two shares of a part have the same sign; a log-mean share of next to nothing has none."""
    effect, share = float(row["effect"]), float(row["log_mean"])
    return effect * share > 0 and abs(share) >= NOTHING * _largest(rows)


def agrees(row: Row, rows: Sequence[Row]) -> bool:
    """Whether two shares agree: they have the same sign, or the Shapley value's interval covers the log-mean share.

    That the interval covers 0 is not enough: the log-mean share may still lie far outside. Without an interval, where
    replications are few, only the signs count.
    """
    return same_sign(row, rows) or float(row["low"]) <= float(row["log_mean"]) <= float(row["high"])


def matters(row: Row, rows: Sequence[Row]) -> bool:
    """Whether a part is at least a tenth of the largest of its policy and reading, by either account."""
    return max(abs(float(row["effect"])), abs(float(row["log_mean"]))) >= MATTERS * _largest(rows) > 0


def _largest(rows: Sequence[Row]) -> float:
    """The largest share by either account, firms."""
    return max(abs(float(each[kind])) for each in rows for kind in ("effect", "log_mean"))


def shapley_rows(
    base: Scenario,
    pairs: Sequence[Pair],
    parts: Sequence[Row],
    seed: int,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Row]:
    """Give the Shapley value of every channel of every policy under every reading, with all replications.

    Readings that are alike run once. A channel that is off anyway under a reading has no row there.

    Parameters
    ----------
    parts
        From `sim.analysis.comparison.parts.part_rows`.

    Raises
    ------
    Interrupted
        After Ctrl-C.
    """
    policies = policies_of(pairs)
    runs_for = alike_readings(base, pairs)
    live = {
        reading: live_channels(each.with_reading(*READINGS[reading]) for each in (base, *policies))
        for reading in dict.fromkeys(runs_for.values())
    }
    # With all channels on, everything has run already.
    steps = [(reading, some) for reading, channels in live.items() for some in coalitions(channels)[:-1]]
    count = len(pairs[0].policy)
    each_step = count * (1 + len(policies))
    v: dict[tuple[str, str, str], dict[Coalition, Array]] = {}
    for k, (reading, some) in enumerate(steps):
        there, *here = np.array(
            simulate_all(
                [with_only(each, some).with_reading(*READINGS[reading]) for each in (base, *policies)],
                range(count),
                seed,
                _climbs,
                workers,
                progress and partial(_further, progress, k * each_step, len(steps) * each_step),
            )
        )  # float64[scenarios, replications, outcomes]
        for policy, numbers in zip(policies, here, strict=True):
            for outcome, values in zip(OUTCOMES_TAKEN_APART, (numbers - there).T, strict=True):
                v.setdefault((reading, policy.name, outcome), {})[some] = values
    rows = []
    for pair in pairs:
        reading = runs_for[pair.reading]
        for outcome in OUTCOMES_TAKEN_APART:
            known = v.get((reading, pair.scenario.name, outcome), {})
            rows += _rows(pair, outcome, live[reading], known, parts)
    return rows


def _climbs(scenario: Scenario, province: RunCounts) -> list[float]:
    """Reduce a replication to the outcomes that are taken apart, firms."""
    counts = counts_of(scenario, province)
    return [OUTCOMES[name].value(counts) for name in OUTCOMES_TAKEN_APART]


def _further(progress: Callable[[int, int], None], before: int, total: int, done: int, _: int) -> None:
    """Report the runs of one set of channels as some of all."""
    progress(before + done, total)


def _rows(
    pair: Pair, outcome: str, live: Sequence[str], v: Mapping[Coalition, Array], parts: Sequence[Row]
) -> list[Row]:
    """Write the values of one policy under one reading beside the log-mean shares."""
    whole = {**v, frozenset(live): pair.differences[outcome]}
    key = pair.key | {"outcome": outcome}
    log_mean = net_of_ladder({row["part"]: row["effect"] for row in parts if key.items() <= row.items()})
    values = shapley_values(whole, live) | {REST: whole[frozenset()]}
    rows: list[Row] = []
    for part, each in values.items():
        effect, low, high = paired_interval(each, pair.doubtful)
        rows.append(
            key
            | {"part": part, "effect": effect, "low": low, "high": high, "log_mean": log_mean[part]}
            | {"replications": len(each)}
        )
    return [row | {"agree": agrees(row, rows)} for row in rows]
