"""Runs a comparison: every policy and the baseline under every reading, with the same luck, batch after batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sim.analysis.comparison.pairs import Pair, Replication, replication_of
from sim.runs.executor import Interrupted, Progress
from sim.runs.run import simulate_all
from sim.world.scenario_record import READINGS, Scenario

BATCH = 20


@dataclass(slots=True)
class Runs:
    """Replications done of every policy under every reading.

    Attributes
    ----------
    pairs
        Policies and the baseline, as the scenarios are.
    held
        The same with the coefficients held fixed; empty if no scenario draws them.
    stopped
        Whether Ctrl-C left something undone.
    precise
        Whether a precision that was asked for is reached.
    """

    pairs: list[Pair]
    held: list[Pair]
    stopped: bool
    precise: bool = True

    @property
    def count(self) -> int:
        """Replications done."""
        return len(self.pairs[0].policy)

    def add(self, later: Runs) -> None:
        """Add a later batch."""
        self.pairs = [a.joined(b) for a, b in zip(self.pairs, later.pairs, strict=True)]
        self.held = [a.joined(b) for a, b in zip(self.held, later.held, strict=True)]
        self.stopped = later.stopped


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs replications of the baseline and the policies under every reading, with the same luck."""

    base: Scenario
    policies: tuple[Scenario, ...]
    seed: int
    workers: int | None
    progress: Progress | None

    def until(self, enough: Callable[[list[Pair]], bool] | None, first: int, most: int) -> Runs:
        """Run a first batch and, if a precision is asked for, more batches until it is reached.

        Parameters
        ----------
        enough
            Whether it is reached; None if none is asked for.
        first, most
            Replications of the first batch, and of all.

        Raises
        ------
        KeyboardInterrupt
            After Ctrl-C before two replications of all scenarios are done.
        """
        runs = self.batch(range(first))
        if runs.count < 2:
            raise KeyboardInterrupt
        while enough is not None:
            runs.precise = enough(runs.pairs)
            if runs.precise or runs.stopped or runs.count >= most:
                break
            runs.add(self.batch(range(runs.count, min(runs.count + BATCH, most))))
        return runs

    def batch(self, replications: range) -> Runs:
        """Run every reading of every scenario and, if one draws its coefficients, once more with all held fixed.

        Where every replication has numbers of its own, what the coefficients add is lost among these: no second time.
        Ctrl-C leaves fewer replications than asked for.
        """
        tried = (self.base, *self.policies)
        drawn = self.base.doubt == "none" and any(each.coefficients == "drawn" for each in tried)
        treatments = [None, "held"] if drawn else [None]
        scenarios = [
            scenario.with_reading(*reading).with_coefficients(treatment or scenario.coefficients)
            for treatment in treatments
            for reading in READINGS.values()
            for scenario in tried
        ]
        try:
            found, stopped = self.run(scenarios, replications), False
        except Interrupted as stop:
            found, stopped = stop.done, True
        done = iter(found)
        pairs = self._pairs(done)
        held = self._pairs(done) if len(treatments) > 1 else []
        return Runs(pairs, held, stopped)

    def _pairs(self, done: Iterator[list[Replication]]) -> list[Pair]:
        """Pair policies with the baseline that ran before them, reading by reading."""
        pairs = []
        for reading in READINGS:
            before = next(done)
            pairs += [Pair(reading, policy, next(done), before) for policy in self.policies]
        return pairs

    def run(self, scenarios: Sequence[Scenario], replications: range) -> list[list[Replication]]:
        """Run scenarios with the luck of these replications."""
        return simulate_all(scenarios, replications, self.seed, replication_of, self.workers, self.progress)
