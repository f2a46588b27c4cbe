"""Agent-based simulation of industrial upgrading, first for Hubei.

>>> import sim
>>> scenario = sim.load_scenario("baseline", scale=0.01)
>>> results = sim.run(scenario, replications=10)
>>> comparison = sim.compare(scenario, [sim.load_scenario("talent_pool")])

Tables are pandas frames: ``results.quarters``, ``comparison.effects`` and so on. What a person gives and
cannot be used raises `InputError`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from sim.errors import InputError

if TYPE_CHECKING:
    from sim.analysis.compare import Comparison, compare
    from sim.runs.results import Results
    from sim.runs.run import run
    from sim.world.scenario import Scenario, load_scenario

__all__ = ["Comparison", "InputError", "Results", "Scenario", "compare", "load_scenario", "run"]

# Loaded when first asked for: numpy, numba and pandas take longer to import than many a command to run.
_ROOMS = {
    "Comparison": "sim.analysis.compare",
    "Results": "sim.runs.results",
    "Scenario": "sim.world.scenario",
    "compare": "sim.analysis.compare",
    "load_scenario": "sim.world.scenario",
    "run": "sim.runs.run",
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_ROOMS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
