"""Which numbers of the registry are doubtful, and settings of all of them at once: members.

A member says for every doubtful number what it is. Before the record is asked, each lies anywhere within its range,
independently of the others: evenly, or evenly in its logarithm where the range spans more than `LOG_FROM` times its
lower end. Statistics work on the normal score of that place, so no step can leave a range. What a reading decides
(causal shares, their damping) is never doubtful here, because readings stand side by side; nor are switches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from sim.errors import InputError, Message, Problem
from sim.evidence.tables import ENSEMBLE, files_behind_settings, settings_digest
from sim.world.parameters import DIGITS, Parameter, Registry

Array = NDArray[Any]
LOG_FROM = 4.0  # of high over low: beyond it, a range is a range of orders of magnitude
MOST_NAMED = 5
LEAST_FITTING = 0.5  # of the members: if fewer fit, it is not single ones that fail, and none is left out
FITTING = "fitting"  # among what the file says of itself: the share of members that fit
EDGE = 1e-6  # probability that no score goes below, so that none is infinite
READING = "kappa_"  # beginning of the names of causal shares
SAID_BY_READINGS = frozenset({"delta"})


def doubtful(registry: Registry) -> tuple[str, ...]:
    """Return the names of the doubtful numbers, in the registry's order."""
    return tuple(
        name
        for name, parameter in registry.items()
        if parameter.low < parameter.high
        and parameter.unit != "switch"
        and not name.startswith(READING)
        and name not in SAID_BY_READINGS
    )


def in_logs(parameter: Parameter) -> bool:
    """Whether a number lies evenly in its logarithm."""
    return parameter.low > 0 and parameter.high > LOG_FROM * parameter.low


def scores_of(parameters: Sequence[Parameter], values: Array) -> Array:
    """Return the normal scores of values.

    Parameters
    ----------
    parameters
        K numbers.
    values
        float64[K, ...] in the registry's units.

    Returns
    -------
    float64[K, ...]
        Standard normal before the record is asked.
    """
    found = np.empty_like(values, float)
    for k, parameter in enumerate(parameters):
        low, high, value = parameter.low, parameter.high, values[k]
        if in_logs(parameter):
            low, high, value = np.log(low), np.log(high), np.log(value)
        found[k] = ndtri(np.clip((value - low) / (high - low), EDGE, 1.0 - EDGE))
    return found


def values_of(parameters: Sequence[Parameter], scores: Array) -> Array:
    """Return the values that scores stand for, to the digits that are written: the inverse of `scores_of`."""
    found = np.empty_like(scores, float)
    for k, parameter in enumerate(parameters):
        place = ndtr(scores[k])
        if in_logs(parameter):
            low, high = np.log(parameter.low), np.log(parameter.high)
            value = np.exp(low + place * (high - low))
        else:
            value = parameter.low + place * (parameter.high - parameter.low)
        value = np.rint(value) if parameter.whole else _rounded(value)
        found[k] = np.clip(value, parameter.low, parameter.high)
    return found


def _rounded(values: Array) -> Array:
    """Round to `DIGITS` significant digits."""
    size = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.where(values == 0, 1.0, np.abs(values)))))
    rounded: Array = np.round(values * size) / size
    return rounded


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Settings of the doubtful numbers.

    Attributes
    ----------
    names
        K numbers.
    values
        float64[members, K] in the registry's units.
    simulated
        float64[members, lines]: what each member's run gives for lines of the record, NaN where nothing; no columns if
        members were not run.
    lines
        Series and year of these columns, such as ``hightech_firms 2023``.
    made
        How they were made: seed, steps, scale, counts, as text by name; in a file also `MADE_WITH`.
    """

    names: tuple[str, ...]
    values: Array
    simulated: Array
    lines: tuple[str, ...] = ()
    made: Mapping[str, str] | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def fitting(self) -> float | None:
        """Share of the members that fit the record, before any was left out; None if members do not say."""
        said = (self.made or {}).get(FITTING)
        return None if said is None else float(said)

    def setting(self, member: int) -> dict[str, float]:
        """Return the numbers of one member by name."""
        return dict(zip(self.names, self.values[member].tolist(), strict=True))


def drawn(registry: Registry, member: int, seed: int) -> dict[str, float]:
    """Draw one member from the ranges alone: every doubtful number by name."""
    names = doubtful(registry)
    values = values_of([registry[name] for name in names], drawn_scores(len(names), seed, member))
    return dict(zip(names, values.tolist(), strict=True))


def drawn_scores(numbers: int, seed: int, member: int) -> Array:
    """Draw the normal scores of one member: float64[numbers]."""
    return np.random.default_rng((seed, member)).standard_normal(numbers)


def write_members(folder: Path, members: Members) -> Path:
    """Write members into the evidence folder that they were found with; the same members give the same bytes."""
    columns = {name: members.values[:, k] for k, name in enumerate(members.names)}
    columns |= {f"{RUN}{line}": members.simulated[:, k] for k, line in enumerate(members.lines)}
    table = pa.table(columns).replace_schema_metadata(
        {**(members.made or {}), MADE_WITH: settings_digest(folder)}
    )
    path = folder / ENSEMBLE
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")
    return path


RUN = "run: "  # before the name of a line in the file
MADE_WITH = "evidence"  # among what the file says of itself: the digest of what its members follow from


def read_members(folder: Path, registry: Registry) -> Members | None:
    """Read the members of an evidence folder; None if it has none.

    Raises
    ------
    InputError
        If the file cannot be read, does not fit the registry, or was made with other evidence or fitted values.
    """
    path = folder / ENSEMBLE
    if not path.is_file():
        return None
    members = _read(path, path.stat().st_mtime_ns)
    _check(
        path, members, tuple((name, registry[name].low, registry[name].high) for name in doubtful(registry))
    )
    states = [(file.name, file.stat()) for file in files_behind_settings(folder)]
    now = _digest(folder, tuple((name, state.st_mtime_ns, state.st_size) for name, state in states))
    if (members.made or {}).get(MADE_WITH) != now:
        raise InputError(Problem(Message("errors_world.members_old", folder=folder), file=str(path)))
    return members


@lru_cache(maxsize=8)
def _digest(folder: Path, states: tuple[tuple[str, int, int], ...]) -> str:
    return settings_digest(folder)


@lru_cache(maxsize=8)
def _check(path: Path, members: Members, limits: tuple[tuple[str, float, float], ...]) -> None:
    """Refuse members of other numbers, or beyond the limits of these."""
    folder = path.parents[1]
    names = [name for name, _, _ in limits]
    unlike = sorted(set(members.names) ^ set(names))
    if unlike:
        message = Message("errors_world.members_unlike", names=tuple(unlike[:MOST_NAMED]), folder=folder)
        raise InputError(Problem(message, file=str(path)))
    beyond = [
        name
        for name, low, high in limits
        if not ((values := members.values[:, members.names.index(name)]) >= low).all()
        or (values > high).any()
    ]
    if beyond:
        message = Message("errors_world.members_beyond", names=tuple(beyond[:MOST_NAMED]), folder=folder)
        raise InputError(Problem(message, file=str(path)))


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Members:
    try:
        table = pq.read_table(path)
        columns = {name: table[name].to_numpy() for name in table.column_names}
        made = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    except (OSError, pa.ArrowException, ValueError):
        raise InputError(Problem(Message("errors_world.members_unreadable"), file=str(path))) from None
    runs = [name for name in columns if name.startswith(RUN)]
    names = tuple(name for name in columns if not name.startswith(RUN))
    count = len(table)
    return Members(
        names,
        np.column_stack([columns[name] for name in names]) if names else np.empty((count, 0)),
        np.column_stack([columns[name] for name in runs]) if runs else np.empty((count, 0)),
        tuple(name.removeprefix(RUN) for name in runs),
        made,
    )
