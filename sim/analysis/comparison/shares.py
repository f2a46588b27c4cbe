"""Further runs for shares of variance: how much of an effect's variance over settings is luck, how much the numbers.

Settings come in pairs, 0 with 1, 2 with 3 and so on. Every setting runs three times more, with other luck each time:
as it is, with the free numbers of its partner, and with the informed numbers of its partner. With the run that the
comparison has done, these are all combinations of a pair, twice (`sim.analysis.doubt.shares`). Where all numbers in
doubt are of one kind, as they are if drawn from the ranges, nothing is exchanged, and every setting runs once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.comparison.pairs import Pair, policies_of
from sim.analysis.doubt.informed import informed
from sim.analysis.doubt.shares import FREE, INFORMED, LUCK, SHARE_COLUMNS, shares, shares_of_luck
from sim.analysis.doubt.smooth import FEWEST
from sim.analysis.outcomes import LEAD, OUTCOMES, counts_of
from sim.errors import InputError, Message
from sim.files.names import evidence_folder
from sim.runs.counts import RunCounts
from sim.runs.executor import Progress
from sim.runs.run import MOST_REPLICATIONS, in_replication, simulate_all
from sim.world.members import doubtful, read_members
from sim.world.parameters import load_parameters
from sim.world.scenario_record import READINGS, Scenario

Array = NDArray[Any]
Row = dict[str, Any]
VARIANCE_COLUMNS = ["reading", "scenario", "outcome", "replications", *SHARE_COLUMNS, "numbers"]


def check_shares(base: Scenario, asked: int) -> None:
    """Refuse shares of variance where replications do not differ in their numbers, or are few.

    Raises
    ------
    InputError
        Without doubt, or with fewer than `FEWEST` settings.
    """
    if base.doubt == "none":
        raise InputError(Message("errors_analysis.shares_without_doubt"))
    if asked < FEWEST:
        raise InputError(Message("errors_analysis.few_for_shares", asked=asked, least=FEWEST))


def kinds_of_numbers(base: Scenario) -> dict[str, tuple[str, ...]]:
    """Return the numbers in doubt by kind: those that the record informs, and those that nothing informs."""
    folder = evidence_folder(base.evidence)
    registry = load_parameters(folder)
    members = read_members(folder, registry) if base.doubt == "record" else None
    known = frozenset(informed(registry, members) if members else ())
    names = [name for name in doubtful(registry) if name not in base.certain]
    return {
        INFORMED: tuple(name for name in names if name in known),
        FREE: tuple(name for name in names if name not in known),
    }


def partner(setting: int) -> int:
    """Return the other setting of a pair: 1 of 0, 0 of 1, 3 of 2."""
    return setting ^ 1


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Says which setting and which luck a further run has.

    Attributes
    ----------
    count
        Settings that run; even if numbers are exchanged.
    exchanged
        For each lot of runs, the numbers that a setting takes from its partner.
    """

    count: int
    exchanged: tuple[tuple[str, ...], ...]

    @property
    def runs(self) -> range:
        """Numbers of the further runs of a scenario, lot after lot."""
        return range(self.count * len(self.exchanged))

    def __call__(self, scenario: Scenario, run: int) -> tuple[Scenario, int]:
        """Return the scenario with the numbers of a run, and a number of luck that no replication has.

        Replications are numbered below `MOST_REPLICATIONS`, and every number keys draws of its own.
        """
        lot, k = divmod(run, self.count)
        setting, names = in_replication(scenario, k), self.exchanged[lot]
        if names:
            other = in_replication(scenario, partner(k)).parameters
            setting = setting.with_parameters({name: other[name] for name in names})
        return setting, (lot + 1) * MOST_REPLICATIONS + k


def share_rows(
    base: Scenario,
    pairs: Sequence[Pair],
    seed: int,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Row]:
    """Share the variance of every lead effect out over luck and numbers, for every policy under every reading.

    Readings under which all policies do the same in every replication run once. Without a partner, the last of an odd
    number of settings takes no part.

    Returns
    -------
    list of dict
        `VARIANCE_COLUMNS`: ``replications`` are the settings that took part, ``numbers`` those in doubt of that kind, 0
        for luck, all for both together; the rest from `sim.analysis.doubt.shares`.

    Raises
    ------
    Interrupted
        After Ctrl-C.
    """
    kinds = kinds_of_numbers(base)
    in_doubt = [kind for kind, names in kinds.items() if names]
    alone = in_doubt[0] if len(in_doubt) == 1 else ""
    count = len(pairs[0].policy)
    further = (
        Exchanged(count, ((),)) if alone else Exchanged(count // 2 * 2, ((), kinds[FREE], kinds[INFORMED]))
    )
    runs_for = _alike(pairs)
    policies = policies_of(pairs)
    readings = list(dict.fromkeys(runs_for.values()))
    scenarios = [each.with_reading(*READINGS[reading]) for reading in readings for each in (base, *policies)]
    found = iter(simulate_all(scenarios, further.runs, seed, _leading, workers, progress, further))
    effects: dict[tuple[str, str], dict[str, Array]] = {}
    for reading in readings:
        there = next(found)
        for policy in policies:
            effects[reading, policy.name] = _effects(next(found), there)
    sizes = {kind: len(names) for kind, names in kinds.items()} | {LUCK: 0}
    rows = []
    for pair in pairs:
        for name, values in effects[runs_for[pair.reading], pair.scenario.name].items():
            first = pair.differences[name][: further.count]
            lots = np.vstack([first, values.reshape(-1, further.count)])
            table = shares_of_luck(lots.T, alone, seed) if alone else shares(by_pair(lots), seed)
            key = pair.key | {"outcome": name, "replications": further.count}
            rows += [
                key
                | {column: row[column] for column in SHARE_COLUMNS}
                | {"numbers": sizes.get(row["part"], sum(sizes.values()))}
                for row in table.to_dict("records")
            ]
    return rows


def by_pair(lots: Array) -> Array:
    """Arrange runs by what they share, as `sim.analysis.doubt.shares.shares` takes them.

    Parameters
    ----------
    lots
        float64 [4, settings]: as the comparison ran them, as they are with other luck, with the partner's free numbers,
        and with the partner's informed numbers.

    Returns
    -------
    float64 [settings / 2, 2, 2, 2]
        By pair, whose informed numbers, whose free numbers, and luck.
    """
    own, again, free, given = lots.reshape(len(lots), -1, 2)
    runs = np.empty((own.shape[0], 2, 2, 2))
    for mine in (0, 1):
        other = partner(mine)
        runs[:, mine, mine] = np.stack([own[:, mine], again[:, mine]], axis=1)
        runs[:, mine, other] = np.stack([free[:, mine], given[:, other]], axis=1)
    return runs


def _alike(pairs: Sequence[Pair]) -> dict[str, str]:
    """Map each reading to the first with the same lead effects of every policy in every replication."""
    first: dict[bytes, str] = {}
    found = {}
    for reading in dict.fromkeys(pair.reading for pair in pairs):
        mine = [pair.differences[name] for pair in pairs if pair.reading == reading for name in LEAD]
        found[reading] = first.setdefault(np.concatenate(mine).tobytes(), reading)
    return found


def _leading(scenario: Scenario, province: RunCounts) -> dict[str, Array]:
    """Reduce a replication to the lead outcomes over the horizon."""
    counts = counts_of(scenario, province)
    return {name: OUTCOMES[name].over_horizon(OUTCOMES[name].by_quarter(counts)) for name in LEAD}


def _effects(policy: Sequence[dict[str, Array]], base: Sequence[dict[str, Array]]) -> dict[str, Array]:
    """Paired differences of the lead outcomes: float64[runs] by outcome."""
    both = list(zip(policy, base, strict=True))
    return {
        name: np.array([OUTCOMES[name].effect(mine[name], there[name]) for mine, there in both])
        for name in LEAD
    }
