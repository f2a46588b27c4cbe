"""What results were made with (versions, sources, evidence), and whether two machines can work together."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from sim.errors import Message
from sim.evidence.tables import files_of, folder_digest
from sim.files.names import evidence_folder

PACKAGES = ("industrial-upgrading", "numpy", "numba", "pandas", "pyarrow", "scipy", "SALib")
#: Rooms whose sources can change the counts of a replication.
MODEL_ROOMS = ("evidence", "world", "model")
#: Rooms whose sources can change the tables made from them.
READING_ROOMS = ("runs", "analysis")


class StrangerError(Exception):
    """Versions, evidence or scenarios differ from those that the sweep was planned with."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Passport:
    """What must be the same on every machine that does runs of one experiment.

    Attributes
    ----------
    versions
        Of Python and of the packages used in computing, ``name version``.
    sources
        Hash of the sources that a worker uses: the model, the runs and the outcomes.
    evidence
        Names of evidence folders, each with its hash.
    """

    versions: tuple[str, ...]
    sources: str
    evidence: tuple[tuple[str, str], ...]

    def differences(self, other: Passport) -> tuple[Message, ...]:
        """List the parts in which another one differs, `other` last."""
        return tuple(
            Message(
                "errors_runs.here_there",
                part=field.name,
                mine=_only(mine, theirs),
                theirs=_only(theirs, mine),
            )
            for field in fields(self)
            if (mine := getattr(self, field.name)) != (theirs := getattr(other, field.name))
        )


def _only(these: object, others: object) -> str:
    if isinstance(these, tuple) and isinstance(others, tuple):
        parts = [part for part in these if part not in others]
        return ", ".join(part if isinstance(part, str) else f"{part[0]} {part[1][:10]}" for part in parts)
    return str(these)[:10]


def versions() -> dict[str, str]:
    """Versions of Python and of the packages used in computing."""
    return {"python": platform.python_version(), **{name: version_of(name) for name in PACKAGES}}


@lru_cache
def version_of(package: str) -> str:
    """Version of an installed package."""
    try:
        return version(package)
    except ModuleNotFoundError:
        return "not installed"


def passport(evidence: Iterable[str]) -> Passport:
    """Return the passport of this machine for evidence folders, given by name or path."""
    return Passport(
        versions=tuple(f"{name} {number}" for name, number in versions().items()),
        sources=source_digest((*MODEL_ROOMS, *READING_ROOMS)),
        evidence=tuple((name, evidence_digest(name)) for name in sorted(set(evidence))),
    )


def evidence_digest(name: str) -> str:
    """Digest of an evidence folder, given as in a scenario: a bundled name or a path."""
    folder = evidence_folder(name)
    states = (file.stat() for file in files_of(folder))
    return _folder_digest(folder, tuple((state.st_ino, state.st_mtime_ns, state.st_size) for state in states))


@lru_cache(maxsize=8)
def _folder_digest(folder: Path, states: tuple[tuple[int, int, int], ...]) -> str:
    """Digest of a folder, cached until one of its files is added, removed or changed."""
    return folder_digest(folder)


@lru_cache(maxsize=8)
def source_digest(rooms: tuple[str, ...]) -> str:
    """Return the SHA-256 over the sources of some rooms, as they were at the first call."""
    total = hashlib.sha256()
    package = Path(__file__).parents[1]
    for room in rooms:
        for source in sorted((package / room).rglob("*.py")):
            total.update(source.relative_to(package).as_posix().encode())
            total.update(source.read_bytes())
    return total.hexdigest()


def model_digest() -> str:
    """Return the SHA-256 over the sources of the kernel and of its inputs."""
    return source_digest(MODEL_ROOMS)
