"""The province as the subject of an experiment: scenarios changed by a row's values, run, and reduced to outcomes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.analysis.outcomes import OUTCOMES, counts_of
from sim.errors import Message
from sim.files.folders import use_kernel_cache
from sim.files.names import find_scenario
from sim.runs.batches import Once
from sim.runs.factors import Value
from sim.runs.provenance import Passport, StrangerError, passport
from sim.world.layers import read_layers
from sim.world.scenario import canonical, load_scenario
from sim.world.scenario_record import Scenario


@dataclass(frozen=True)
class Policies:
    """Scenario files, the first of them the baseline.

    Attributes
    ----------
    files
        Paths, or names of bundled scenarios.
    settings
        Keys of a scenario file that override those of all files.
    outcomes
        Names out of `sim.analysis.outcomes.ASKED`.
    """

    files: tuple[str, ...]
    settings: Mapping[str, Any]
    outcomes: tuple[str, ...]

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios before any factor changes them."""
        self._first_states  # noqa: B018  before the files are read
        return tuple(load_scenario(file, **self.settings) for file in self.files)

    def _states(self) -> tuple[tuple[int, int], ...]:
        """Sizes and modification times of all files of the scenarios."""
        states = (Path(file).stat() for file in self._chain)
        return tuple((state.st_size, state.st_mtime_ns) for state in states)

    @cached_property
    def _chain(self) -> tuple[str, ...]:
        found = [file for name in self.files for file in read_layers(find_scenario(name))[1]]
        return tuple(str(file.resolve()) for file in found)

    @cached_property
    def _first_states(self) -> tuple[tuple[int, int], ...]:
        return self._states()

    @cached_property
    def cases(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(scenario.name for scenario in self.scenarios)

    @cached_property
    def digest(self) -> str:
        """Hash of the scenarios and the outcomes asked for."""
        content = [[canonical(scenario) for scenario in self.scenarios], self.outcomes]
        return hashlib.sha256(json.dumps(content, sort_keys=True, allow_nan=False).encode()).hexdigest()

    @cached_property
    def passport(self) -> Passport:
        """What a worker must have: this program and the evidence of the scenarios."""
        return passport(scenario.evidence for scenario in self.scenarios)

    def job(self, case: str, values: Mapping[str, Value]) -> ProvinceJob:
        """Change a scenario by the values of a row.

        A value for a lever that the scenario does not use changes nothing in it.

        Raises
        ------
        InputError
            If the values do not go together.
        """
        if self._states() != self._first_states:
            raise StrangerError(Message("errors_analysis.file_changed"))
        index = self.cases.index(case)
        levers = {use.name for use in self.scenarios[index].levers}
        changed = load_scenario(self.files[index], **overrides(self.settings, values, levers))
        return ProvinceJob(changed, self.outcomes)


@dataclass(frozen=True, slots=True)
class ProvinceJob:
    """A scenario to be run at a worker."""

    scenario: Scenario
    outcomes: tuple[str, ...]

    def start(self) -> Once:
        """Compile the scenario once for all its replications."""
        use_kernel_cache()
        from sim.runs.run import compiled_of, simulate

        compiled = compiled_of(self.scenario)

        def once(seed: int, replication: int) -> Sequence[float]:
            counts = counts_of(self.scenario, simulate(compiled, seed, replication))
            return [OUTCOMES[name].value(counts) for name in self.outcomes]

        return once


def overrides(settings: Mapping[str, Any], values: Mapping[str, Value], levers: set[str]) -> dict[str, Any]:
    """Lay the values of a row over settings, as keys of a scenario file.

    Parameters
    ----------
    settings
        Keys and values, nested as in a file.
    values
        By parameter (``delta``) or dotted key (``levers.platforms.share_of_budget``, ``budget``).
    levers
        Names of the levers that the scenario uses; keys of others are left out.
    """
    merged: dict[str, Any] = json.loads(json.dumps(settings))
    for name, value in values.items():
        path = keys_of(name)
        if path[0] == "levers" and path[1] not in levers:
            continue
        part = merged
        for key in path[:-1]:
            part = part.setdefault(key, {})
        part[path[-1]] = value
    return merged


#: Top-level keys of a scenario file that a factor may vary; every other plain name is a parameter.
PLAIN_KEYS = ("budget", "structure", "grid")


def keys_of(name: str) -> tuple[str, ...]:
    """Path of a factor in a scenario file: ``delta`` is under ``parameters``."""
    return tuple(name.split(".")) if "." in name or name in PLAIN_KEYS else ("parameters", name)
