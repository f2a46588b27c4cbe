"""Agent-based simulation of industrial upgrading, first for Hubei.

>>> import sim
>>> scenario = sim.load_scenario("baseline", scale=0.01)
>>> results = sim.run(scenario, replications=10)
>>> comparison = sim.compare(scenario, [sim.load_scenario("talent_pool")])
>>> study = sim.sweep("budget", "results/budget")

Tables are pandas frames: ``results.quarters``, ``comparison.effects``, ``study.summary`` and so on. Input that cannot
be used raises `InputError`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from sim.errors import InputError

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison, compare
    from sim.analysis.studies.conduct import sweep
    from sim.analysis.studies.experiments import read_experiment as load_experiment
    from sim.analysis.studies.study import Study
    from sim.runs.results import Results
    from sim.runs.run import run
    from sim.world.scenario import Scenario, load_scenario

__all__ = [
    "Comparison",
    "InputError",
    "Results",
    "Scenario",
    "Study",
    "compare",
    "load_experiment",
    "load_scenario",
    "run",
    "sweep",
]

# Loaded on first use: importing numpy, numba and pandas takes longer than many commands take to run.
_ROOMS = {
    "Comparison": ("sim.analysis.comparison.compare", "Comparison"),
    "Results": ("sim.runs.results", "Results"),
    "Scenario": ("sim.world.scenario", "Scenario"),
    "Study": ("sim.analysis.studies.study", "Study"),
    "compare": ("sim.analysis.comparison.compare", "compare"),
    "load_experiment": ("sim.analysis.studies.experiments", "read_experiment"),
    "load_scenario": ("sim.world.scenario", "load_scenario"),
    "run": ("sim.runs.run", "run"),
    "sweep": ("sim.analysis.studies.conduct", "sweep"),
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room, inside = _ROOMS[name]
    value: object = getattr(import_module(room), inside)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
