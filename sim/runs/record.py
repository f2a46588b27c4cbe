"""Reads a results folder back: its manifest, edits since, and changes in the evidence and software around it.

A manifest has a seal over its own contents and a digest of every table, so an edit of either is detected.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from sim.errors import InputError, Message, Problem, system_reason
from sim.files.atomic import MANIFEST, write_whole
from sim.files.folders import bundled
from sim.files.names import evidence_folder
from sim.runs.caution import Caution
from sim.runs.provenance import READING_ROOMS, evidence_digest, model_digest, source_digest, versions
from sim.runs.results import SCHEMA, json_text, seal_of, sealed
from sim.world.parameters import load_parameters
from sim.world.quantities import MOST_SEED
from sim.world.scenario_record import FileRecord, Scenario, scenario_from

Kind = Literal["run", "compare", "study"]
#: Tables found only in results of this kind, for manifests of earlier versions, which do not state the kind.
_TELLTALE: tuple[tuple[str, Kind], ...] = (("effects", "compare"), ("quarters", "run"))


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class EvidenceRecord(_Part):
    """Evidence: its folder (a bundled name or a path) and its digest."""

    folder: str
    digest: str


class Table(_Part):
    """A table: its number of rows and the digest of its values."""

    rows: int
    digest: str


class File(_Part):
    """A file that scenarios are made of: its path, or folder and name if it is bundled."""

    file: str
    bundled: bool
    sha256: str

    @property
    def path(self) -> Path:
        """Its path on this machine."""
        path = Path(self.file)
        folder = path.parent.name
        known = folder in ("scenarios", "experiments")
        return bundled(folder) / path.name if self.bundled and known else path  # type: ignore[arg-type]

    def restored(self) -> FileRecord:
        """Return it in the form that scenarios use."""
        return FileRecord(path=self.file, digest=self.sha256, bundled=self.bundled)


class Manifest(_Part):
    """The contents of every manifest; fields that only newer ones have get defaults."""

    run: str
    model_source: str
    versions: dict[str, str]
    machine: dict[str, str]
    tables: dict[str, Table]
    command: str = ""
    reading_source: str = ""
    seal: str = ""
    kind: Kind | None = None
    finished: bool = True
    interrupted: bool = False
    seed: int = Field(0, ge=0, le=MOST_SEED)
    replications: int = Field(1, ge=1)
    scenarios: list[Any] = []
    titles: dict[str, dict[str, str]] = {}
    evidence: EvidenceRecord | None = None
    stands_on: list[EvidenceRecord] = []
    own_replications: list[int] = []
    files: list[File] = []
    until: float | None = None
    allowed: list[str] | None = None
    grades: dict[str, int] | None = None
    cautions: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason why tables may differ from the original ones.

    Attributes
    ----------
    code
        Which sentence of `sim.show.pages.reproduction` says it.
    name
        Of the package, file or folder; empty if there is only one.
    there, here
        What it was then and what it is now.
    """

    code: str
    name: str = ""
    there: str = ""
    here: str = ""


@dataclass(frozen=True)
class Record:
    """The manifest of a folder of results.

    Attributes
    ----------
    folder, kind
        The folder, and the kind of command that wrote it; ``sweep`` and ``sensitivity`` write a study.
    manifest, content
        The manifest, as checked and as written.
    """

    folder: Path
    kind: Kind
    manifest: Manifest
    content: Mapping[str, Any]

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios as they were run.

        Raises
        ------
        InputError
            If they cannot be rebuilt, or their evidence is gone.
        """
        said = self.manifest
        evidence_records = self.evidence_records
        if not said.scenarios or len(evidence_records) != len(said.scenarios):
            raise self.wrong("scenarios", Message("errors_runs.not_complete"))
        counts = said.own_replications or [said.replications] * len(evidence_records)
        files = tuple(file.restored() for file in said.files)
        with self.readable("scenarios"):
            return tuple(
                scenario_from(
                    self._completed(plain, evidence),
                    evidence=place_of(evidence),
                    replications=count,
                    files=() if k else [file.model_dump() for file in files],
                    **({"title": title} if (title := said.titles.get(str(plain["name"]))) else {}),
                )
                for k, (plain, evidence, count) in enumerate(
                    zip(said.scenarios, evidence_records, counts, strict=True)
                )
            )

    @property
    def evidence_records(self) -> list[EvidenceRecord]:
        """The evidence of each scenario."""
        said = self.manifest
        return said.stands_on or [said.evidence] * len(said.scenarios) if said.evidence else said.stands_on

    def _completed(self, plain: Mapping[str, Any], evidence: EvidenceRecord) -> dict[str, Any]:
        """Fill in defaults for parameters that a later version has added; `reasons` reports them."""
        registry = load_parameters(evidence_folder(place_of(evidence)))
        defaults = {name: parameter.default for name, parameter in registry.items()}
        return dict(plain) | {"parameters": defaults | dict(plain["parameters"])}

    def reasons(self) -> list[Reason]:
        """List everything that has changed since the results were written.

        Raises
        ------
        InputError
            If evidence is gone.
        """
        said, found = self.manifest, list[Reason]()
        if self.edited:
            found.append(Reason("manifest", MANIFEST))
        for evidence in dict.fromkeys(self.evidence_records):
            # A study reads its files again, and these name their evidence by folder.
            place = evidence.folder if self.kind == "study" and _is_there(evidence) else place_of(evidence)
            here = evidence_digest(place)
            if here != evidence.digest:
                found.append(Reason("evidence", place, evidence.digest[:8], here[:8]))
            elif place != evidence.folder:
                found.append(Reason("evidence_then", evidence.folder, evidence.digest[:8], place))
        found += self._other_files()
        if said.model_source != model_digest():
            found.append(Reason("model", "", said.model_source[:8], model_digest()[:8]))
        if said.reading_source not in ("", now := source_digest(READING_ROOMS)):
            found.append(Reason("reading", "", said.reading_source[:8], now[:8]))
        added = self._added_parameters()
        if added:
            found.append(Reason("parameters", ", ".join(added)))
        here_versions = versions()
        for name in sorted({*said.versions, *here_versions}):
            there, here = said.versions.get(name, "?"), here_versions.get(name, "?")
            if there != here:
                found.append(Reason("version", name, there, here))
        machine = {"system": platform.system(), "processor": platform.machine()}
        for name, here in machine.items():
            if (there := said.machine.get(name, "?")) != here:
                found.append(Reason(name, "", there, here))
        return found

    @property
    def edited(self) -> bool:
        """Whether the manifest was edited since it was written; False for earlier versions, which have no seal."""
        return self.manifest.seal not in ("", seal_of(self.content))

    def _other_files(self) -> Iterator[Reason]:
        for file in self.manifest.files:
            now = digest_of_file(file.path)
            if now != file.sha256:
                # A study reads its files again; for other kinds the manifest holds their contents.
                code = "file" if self.kind == "study" else "file_then"
                yield Reason(code, str(file.path), file.sha256[:8], (now or "")[:8])

    def _added_parameters(self) -> list[str]:
        if self.kind == "study":
            return []
        with self.readable("scenarios"):
            given = [set(plain["parameters"]) for plain in self.manifest.scenarios]
            used = [set(scenario.parameters) for scenario in self.scenarios]
        return sorted(set[str]().union(*(mine - said for mine, said in zip(used, given, strict=True))))

    def wrong(self, key: str, why: Message) -> InputError:
        """Say that the manifest cannot be used."""
        return InputError(Problem(why, str(self.folder / MANIFEST), key=key))

    @contextmanager
    def readable(self, key: str) -> Iterator[None]:
        """Turn errors in reading a part of the manifest into a message."""
        try:
            yield
        except ValidationError as error:
            first, *_ = error.errors()
            where = ".".join(map(str, (key, *first["loc"])))
            raise self.wrong(where, _unreadable(first)) from None
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise self.wrong(key, Message("errors_runs.part_unreadable_because", why=reason)) from None


def read_record(folder: Path) -> Record:
    """Read the manifest of a folder of results.

    Raises
    ------
    InputError
        If there is no such folder or no manifest, or it is broken, or belongs to an unfinished study, a newer version
        or something else.
    """
    path = folder / MANIFEST

    def refused(key: str, **parts: object) -> InputError:
        message = Message(f"errors_runs.{key}", **parts)
        return InputError(Problem(message, key="results", value=str(folder)))

    try:
        if not folder.is_dir():
            raise refused("not_a_folder" if folder.exists() else "no_such_folder")
        if not path.exists():
            raise refused("no_results", manifest=MANIFEST)
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise refused("cannot_read", why=system_reason(error)) from None
    except (ValueError, RecursionError):
        raise refused("broken_manifest", manifest=MANIFEST) from None
    if not isinstance(content, dict):
        raise refused("strange_manifest", manifest=MANIFEST)
    schema = content.get("schema", 1)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise refused("strange_schema", manifest=MANIFEST)
    if schema > SCHEMA:
        raise refused("newer_schema", schema=schema, known=SCHEMA)
    if "experiment" in content or content.get("finished") is False:
        return _study_record(folder, content, refused)
    tables = content.get("tables")
    kind = content.get("kind") or next(
        (kind for name, kind in _TELLTALE if isinstance(tables, dict) and name in tables), None
    )
    if kind not in ("run", "compare"):
        raise refused("other_manifest", manifest=MANIFEST)
    return Record(folder, kind, _checked(content, folder), content)


def _study_record(folder: Path, content: dict[str, Any], refused: Callable[..., InputError]) -> Record:
    if "tables" not in content:
        raise refused("no_tables")
    experiment = content.get("experiment")
    files = experiment.get("files", []) if isinstance(experiment, dict) else []
    return Record(folder, "study", _checked(content | {"files": files}, folder), content)


def _unreadable(detail: ErrorDetails) -> Message:
    if detail["type"] == "missing":
        return Message("errors_runs.part_missing")
    return Message("errors_runs.part_unreadable", why=detail["msg"])


def _checked(content: Mapping[str, Any], folder: Path) -> Manifest:
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        problems = [
            Problem(
                _unreadable(each),
                str(folder / MANIFEST),
                key=".".join(map(str, each["loc"])),
            )
            for each in error.errors()
        ]
        raise InputError(problems) from None


def place_of(evidence: EvidenceRecord) -> str:
    """Find evidence: its folder or, if that is gone or was edited, a bundled folder with the same contents.

    So unedited copies may be deleted, and results may be moved to another machine.

    Raises
    ------
    InputError
        If it is gone.
    """
    missing: InputError | None = None
    try:
        if evidence_digest(evidence.folder) == evidence.digest:
            return evidence.folder
    except InputError as error:
        missing = error
    names = sorted(entry.name for entry in bundled("calibration").iterdir() if entry.is_dir())
    same = next((name for name in names if evidence_digest(name) == evidence.digest), None)
    if same is None and missing is not None:
        message = Message("errors_runs.evidence_gone", digest=evidence.digest[:8])
        raise InputError(Problem(message, key="evidence", value=evidence.folder)) from None
    return same or evidence.folder


def _is_there(evidence: EvidenceRecord) -> bool:
    try:
        return evidence_folder(evidence.folder).is_dir()
    except InputError:
        return False


def note_cautions(folder: Path, cautions: Iterable[Caution]) -> None:
    """Add cautions to the manifest of a run; they are known only after its tables have been written.

    Raises
    ------
    OSError
        If the manifest cannot be written; the previous one stays.
    """
    content = json.loads((folder / MANIFEST).read_bytes())
    content["cautions"] = [caution.plain() for caution in cautions]
    write_whole(folder / MANIFEST, json_text(sealed(content)).encode())


def cautions_in(record: Record) -> tuple[Caution, ...]:
    """What a reader must know before the first number."""
    with record.readable("cautions"):
        return tuple(Caution(**caution) for caution in record.manifest.cautions)


def digest_of_file(path: Path) -> str | None:
    """SHA-256 of a file's bytes; None if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return None
