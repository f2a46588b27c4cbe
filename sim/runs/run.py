"""Runs the replications of a scenario: compile it once, draw each population, run each province."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sim.errors import InputError, Message
from sim.evidence.tables import ENSEMBLE, Evidence, files_of, load_evidence
from sim.files.names import evidence_folder
from sim.runs.counts import RunCounts
from sim.runs.executor import Interrupted, Progress, in_order
from sim.runs.walk import Walk
from sim.world.compiled import Compiled, compile_scenario
from sim.world.members import Members, drawn, read_members
from sim.world.parameters import load_parameters
from sim.world.scenario_record import Scenario

if TYPE_CHECKING:
    from sim.runs.results import Results

T = TypeVar("T")
MOST_REPLICATIONS = 1_000_000
#: From a scenario and the number of a replication to the scenario that is run in it and the number of its luck.
Setting = Callable[[Scenario, int], tuple[Scenario, int]]


@lru_cache(maxsize=4)
def _evidence(folder: Path, files: tuple[tuple[Path, int], ...]) -> Evidence:
    return load_evidence(folder)


def evidence_of(scenario: Scenario) -> Evidence:
    """The evidence of a scenario, cached until one of its files is added, removed or changed."""
    folder = evidence_folder(scenario.evidence)
    return _evidence(folder, tuple((file, file.stat().st_mtime_ns) for file in files_of(folder)))


def compiled_of(scenario: Scenario, evidence: Evidence | None = None) -> Compiled:
    """Compile a scenario; incompatible numbers raise an InputError, because they are the user's mistake.

    ``evidence`` saves looking for changed files where many scenarios are compiled at once; by default the scenario's.
    """
    try:
        with np.errstate(all="raise", under="ignore"):
            return compile_scenario(scenario, evidence_of(scenario) if evidence is None else evidence)
    except (ArithmeticError, ValueError, LookupError) as error:
        folder = evidence_folder(scenario.evidence)
        raise InputError(
            Message("errors_runs.no_province", scenario=scenario.name, folder=folder, why=str(error))
        ) from error


def members_of(scenario: Scenario) -> int:
    """Return how many replications can have doubtful numbers of their own; no limit where the ranges are drawn from.

    Raises
    ------
    InputError
        If settings that fit the record are asked for and the evidence has none.
    """
    return len(_settings(scenario)) if scenario.doubt == "record" else MOST_REPLICATIONS


def fitting(scenario: Scenario) -> float | None:
    """Return which share of the settings fit the record when they were made; None if nothing says so."""
    return _settings(scenario).fitting


def has_members(scenario: Scenario) -> bool:
    """Whether a scenario's evidence has settings that fit its record."""
    return (evidence_folder(scenario.evidence) / ENSEMBLE).is_file()


def _settings(scenario: Scenario) -> Members:
    folder = evidence_folder(scenario.evidence)
    found = read_members(folder, load_parameters(folder))
    if found is None:
        raise InputError(Message("errors_runs.no_members", folder=folder))
    return found


def in_replication(scenario: Scenario, replication: int) -> Scenario:
    """Return the scenario with the doubtful numbers that it has in one replication.

    What the scenarios of a comparison change themselves stays (`Scenario.certain`).
    """
    if scenario.doubt == "none":
        return scenario
    if scenario.doubt == "record":
        setting = _settings(scenario).setting(replication)
    else:
        setting = drawn(load_parameters(evidence_folder(scenario.evidence)), replication, scenario.seed)
    return scenario.with_parameters(
        {name: value for name, value in setting.items() if name not in scenario.certain}
    )


def own_setting(scenario: Scenario, replication: int) -> tuple[Scenario, int]:
    """Give a replication the doubtful numbers and the luck of its number."""
    return in_replication(scenario, replication), replication


def simulate(compiled: Compiled, seed: int, replication: int) -> RunCounts:
    """Run one replication from quarter zero to the end.

    Raises
    ------
    OverflowError
        If a block of agent slots runs out; agents are never dropped.
    """
    walk = Walk(compiled, seed, replication)
    walk.to(walk.quarters)
    return RunCounts(walk.regions, walk.industries)


def simulate_all(
    scenarios: Sequence[Scenario],
    replications: Sequence[int],
    seed: int,
    keep: Callable[[Scenario, RunCounts], T],
    workers: int | None = None,
    progress: Progress | None = None,
    setting: Setting = own_setting,
) -> list[list[T]]:
    """Run every scenario for every replication, with the same luck for all scenarios.

    Parameters
    ----------
    keep
        Returns what to keep of a replication; called in the worker, to save memory.
    setting
        Says with which doubtful numbers and which luck a scenario is run in a replication; by default those of its
        number. Scenarios without doubt are run as they are, with that luck.

    Returns
    -------
    list
        For each scenario, what was kept of its replications, in the given order.

    Raises
    ------
    Interrupted
        After Ctrl-C; ``done`` is such a list for the first replications that every scenario has finished.
    """
    from sim.model import quarter  # noqa: F401  compile or load once, before threads start

    certain = {s: compiled_of(scenario) for s, scenario in enumerate(scenarios) if scenario.doubt == "none"}

    known = [evidence_of(scenario) for scenario in scenarios]

    def task(s: int, replication: int) -> T:
        chosen, luck = setting(scenarios[s], replication)
        return keep(scenarios[s], simulate(certain.get(s) or compiled_of(chosen, known[s]), seed, luck))

    # Replication by replication, so that after an interruption there is a whole comparison with fewer replications.
    tasks = [partial(task, s, k) for k in replications for s in range(len(scenarios))]
    try:
        return _by_scenario(in_order(tasks, workers, progress), len(scenarios))
    except Interrupted as stop:
        whole = len(stop.done) - len(stop.done) % len(scenarios)
        raise Interrupted(_by_scenario(stop.done[:whole], len(scenarios))) from None


def _by_scenario(done: list[T], scenarios: int) -> list[list[T]]:
    return [done[s::scenarios] for s in range(scenarios)]


def run(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Results:
    """Run one scenario.

    Parameters
    ----------
    scenario
        From `sim.load_scenario`.
    replications, seed
        By default the scenario's own.
    workers
        Threads; by default one per processor. Results do not depend on it.
    progress
        Called with (done, total) after each replication.

    Returns
    -------
    Results
        Tidy tables of every replication and a summary; after Ctrl-C, of the replications that are done.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C, if no replication is done.
    """
    from sim.runs.results import build_results

    count = scenario.replications if replications is None else replications
    key = scenario.seed if seed is None else seed
    try:
        (provinces,) = simulate_all(
            [scenario], range(count), key, lambda _, province: province, workers, progress
        )
    except Interrupted as stop:
        (provinces,) = stop.done
        if not provinces:
            raise
    results = build_results(scenario, evidence_of(scenario), provinces, key)
    return replace(results, interrupted=len(provinces) < count)
