"""The ledger of an experiment: a row per run with its key and state, in files that survive a kill.

Runs are done in batches of whole rows. A batch is written as one Parquet shard, whole or not at all (a temporary file,
flushed to disk, renamed), and holds nothing that depends on time, order, workers or interruptions. So after a kill only
the missing batches are done again, and the shards are the same bytes. Every shard has a checksum and an owner
(`sim.runs.shards`); damaged or foreign ones are set aside and done again too. The state of a run is stored only once:
it has succeeded or failed if a shard says so, is running if a live sweep has handed its batch out (`running.json`), and
is pending otherwise.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.errors import InputError, Message
from sim.files.atomic import LEDGER, LOCK, read_json, write_whole
from sim.runs.elsewhere import go_on
from sim.runs.shards import Damage, Fault, UnfitError, sealed, unsealed

SHARDS = "runs"
ASIDE = "aside"
RUNNING = "running.json"
TABLE = "runs.parquet"
SHARD_NAME = re.compile(r"batch-([0-9]{6,})\.parquet")
PENDING, IN_FLIGHT, SUCCEEDED, FAILED = "pending", "running", "succeeded", "failed"
#: Columns that identify a run; followed by its outcomes, the columns of shards and table.
RUN_COLUMNS = (
    ("row", pa.int32()),
    ("scenario", pa.string()),
    ("replication", pa.int32()),
    ("key", pa.string()),
    ("state", pa.string()),
    ("error", pa.string()),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One row of the ledger.

    Attributes
    ----------
    row, scenario, replication
        Row of the design, name of the scenario, number of the draws.
    key
        Hash (32 hexadecimal digits) of all that can change its outcomes.
    """

    row: int
    scenario: str
    replication: int
    key: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The result of a run: its outcomes, or the error that ended it."""

    run: Run
    outcomes: tuple[float, ...] | None
    error: str | None = None


def run_key(identity: str, values: Mapping[str, object], scenario: str, replication: int) -> str:
    """Hash all that can change a run; `identity` covers scenarios, evidence, code and seed."""
    what = [identity, sorted(values.items()), scenario, replication]
    text = json.dumps(what, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Ledger:
    """The files of one design under one folder.

    Parameters
    ----------
    folder
        The folder; made if missing.
    identity
        Hash of what all its runs share.
    outcomes
        Names of a run's outcome columns.

    Raises
    ------
    InputError
        If the folder holds the ledger of another experiment, or of this one with other evidence or code.
    """

    def __init__(self, folder: Path, identity: str, outcomes: Sequence[str]) -> None:
        self.folder, self.outcomes = folder, tuple(outcomes)
        content = {"identity": identity, "outcomes": list(outcomes)}
        text = json.dumps(content, indent=1).encode()
        self._owner = hashlib.sha256(text).hexdigest()[:32]
        #: Batches that this process wrote or found sound: if one is missing later, it was taken away.
        self._sound: set[int] = set()
        self._rebuilt: list[Damage] = []
        (folder / SHARDS).mkdir(parents=True, exist_ok=True)
        found = read_json(folder / LEDGER)
        if found == content:
            return
        there = self.done()
        if found is not None and there and not any(self._is_ours(batch) for batch in there):
            raise InputError(Message("errors_runs.other_runs", folder=folder))
        # Everything in it is also in the shards.
        write_whole(folder / LEDGER, text)
        if found is not None or there:
            self._rebuilt.append(Damage(LEDGER, "rebuilt"))

    @cached_property
    def schema(self) -> pa.Schema:
        """Columns of shards and table."""
        return pa.schema([*RUN_COLUMNS, *((name, pa.float64()) for name in self.outcomes)])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Prevent other processes from working on the same files; a lock ends with its process.

        Raises
        ------
        InputError
            If another process holds the lock.
        """
        with (self.folder / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(Message("errors_runs.at_work", folder=self.folder)) from None
            yield

    def shard(self, batch: int) -> Path:
        """Path of a batch."""
        return self.folder / SHARDS / f"batch-{batch:06}.parquet"

    def done(self) -> set[int]:
        """Numbers of the batches that have been written."""
        return {batch for path in self.shards() if (batch := _batch_of(path)) is not None}

    def shards(self) -> list[Path]:
        """Paths of the batches that have been written, in order."""
        return sorted(
            path for path in (self.folder / SHARDS).glob("*.parquet") if _batch_of(path) is not None
        )

    def read(self, batch: int) -> pa.Table:
        """Read a batch.

        Raises
        ------
        UnfitError
            If the file is not what was written, or cannot be read.
        FileNotFoundError
            If it is missing.
        """
        path = self.shard(batch)
        try:
            if path.exists() and not path.is_file():  # a folder, or a pipe without a writer
                raise UnfitError("unreadable")
            table = unsealed(path.read_bytes(), self._seal(batch))
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not path.is_symlink():
                raise
            raise UnfitError("unreadable") from None
        if table.schema.remove_metadata() != self.schema:
            raise UnfitError("foreign")
        return table

    def _seal(self, batch: int) -> str:
        return f"{self._owner} {batch:06}"

    def _is_ours(self, batch: int) -> bool:
        try:
            self.read(batch)
        except (UnfitError, FileNotFoundError):
            return False
        return True

    def check(self, batches: Iterable[Sequence[Run]]) -> list[Damage]:
        """Keep only batches that are whole, ours, and hold the planned runs.

        Everything else is set aside, for somebody to look at. If a batch holds other runs than planned, for instance
        because screening gave another result, then batches beyond the plan's end belong to another plan too.

        Parameters
        ----------
        batches
            The plan; batches beyond its end stay, for a design that will be doubled.

        Returns
        -------
        list of Damage
            What was set aside or rebuilt.
        """
        damages, self._rebuilt = [*self._rebuilt, *self._set_strays_aside()], []
        done = self.done()
        behind, strange = set(done), set()
        for batch, runs in enumerate(batches):
            if batch in done:
                behind.remove(batch)
                table = self._sound_or_aside(batch, damages)
                if table is not None and not _holds(table, runs):
                    strange.add(batch)
        behind = {batch for batch in behind if self._sound_or_aside(batch, damages) is not None}
        for batch in sorted(strange | behind if strange else ()):
            damages.append(self._set_aside(self.shard(batch), "unplanned"))
            self._sound.discard(batch)
        return damages

    def _sound_or_aside(self, batch: int, damages: list[Damage]) -> pa.Table | None:
        try:
            table = self.read(batch)
        except UnfitError as error:
            damages.append(self._set_aside(self.shard(batch), error.fault))
            return None
        self._sound.add(batch)
        return table

    def _set_strays_aside(self) -> list[Damage]:
        """Set aside tables whose names are not batch names; readers of all tables in the folder would count them."""
        strays = (path for path in (self.folder / SHARDS).glob("*.parquet") if _batch_of(path) is None)
        return [self._set_aside(path, "stray") for path in sorted(strays) if not path.name.startswith(".")]

    def _set_aside(self, path: Path, fault: Fault) -> Damage:
        aside = self.folder / ASIDE
        aside.mkdir(exist_ok=True)
        numbers = itertools.count(1)
        while os.path.lexists(target := aside / f"{path.name}.{fault}-{next(numbers)}"):
            pass
        path.rename(target)
        return Damage(path.name, fault)

    def add(self, batch: int, finished: Sequence[Finished]) -> None:
        """Write a batch, whole or not at all.

        Raises
        ------
        OSError
            If the disk is full or cannot be written; then nothing of the batch is left behind.
        """
        write_whole(self.shard(batch), sealed(self.table(finished), self._seal(batch)))
        self._sound.add(batch)

    def table(self, finished: Sequence[Finished]) -> pa.Table:
        """Return finished runs as a table."""
        nothing = (None,) * len(self.outcomes)
        rows = [
            (
                *(done.run.row, done.run.scenario, done.run.replication, done.run.key),
                FAILED if done.outcomes is None else SUCCEEDED,
                done.error,
                *(done.outcomes or nothing),
            )
            for done in finished
        ]
        columns = zip(*rows, strict=True) if rows else [()] * len(self.schema)
        return pa.table(
            [pa.array(list(column), kind.type) for column, kind in zip(columns, self.schema, strict=True)],
            schema=self.schema,
        )

    def note_running(self, batches: Sequence[int]) -> None:
        """Record for readers which batches are handed out."""
        write_whole(self.folder / RUNNING, json.dumps(sorted(batches)).encode(), flush=False)

    def running(self) -> set[int]:
        """Batches that a live sweep has handed out; those of a killed sweep are pending, not running."""
        try:
            with self.held():
                return set()
        except InputError:
            noted = read_json(self.folder / RUNNING)
            return {batch for batch in noted if isinstance(batch, int)} if isinstance(noted, list) else set()

    def failures(self) -> Iterator[tuple[int, Finished]]:
        """Batch and run of every failed run, in order; an unreadable batch is not a failure, it is done again."""
        for batch in sorted(self.done()):
            with suppress(UnfitError, FileNotFoundError):
                table = self.read(batch).select([name for name, _ in RUN_COLUMNS])
                for row in table.filter(pc.equal(table["state"], FAILED)).to_pylist():
                    run = Run(row["row"], row["scenario"], row["replication"], row["key"])
                    yield batch, Finished(run, None, row["error"])

    def write_table(self, batches: Iterable[Sequence[Run]]) -> Path:
        """Write every run of the plan with its state and outcomes as one table, batch after batch.

        Parameters
        ----------
        batches
            The whole plan. Runs in no shard are pending or running.

        Raises
        ------
        InputError
            If a shard was removed or damaged since this process wrote it or found it sound.
        """
        running, done = self.running(), self.done()
        path = self.folder / TABLE
        part = path.with_suffix(".part")
        try:
            with (
                part.open("wb") as file,
                pq.ParquetWriter(file, self.schema, compression="zstd") as writer,
            ):
                for batch, runs in enumerate(batches):
                    if batch in done or batch in self._sound:
                        writer.write_table(self._still_sound(batch))
                    else:
                        writer.write_table(self._unfinished(runs, IN_FLIGHT if batch in running else PENDING))
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        return path

    def _still_sound(self, batch: int) -> pa.Table:
        try:
            return self.read(batch)
        except (UnfitError, FileNotFoundError) as error:
            fault = Message(f"errors_runs.fault.{error.fault if isinstance(error, UnfitError) else 'gone'}")
            why = Message("errors_runs.changed_since", file=self.shard(batch), fault=fault)
            raise InputError(go_on(why)) from None

    def _unfinished(self, runs: Sequence[Run], state: str) -> pa.Table:
        table = self.table([Finished(run, None) for run in runs])
        return table.set_column(
            table.schema.get_field_index("state"), "state", pa.array([state] * len(runs), pa.string())
        )


def _batch_of(path: Path) -> int | None:
    """Number of the batch in a shard of this name; None if it is not a shard's name."""
    name = SHARD_NAME.fullmatch(path.name)
    number = None if name is None else int(name[1])
    return number if number is not None and path.name == f"batch-{number:06}.parquet" else None


def _holds(table: pa.Table, runs: Sequence[Run]) -> bool:
    """Whether a batch holds these runs."""
    columns = [table[name].to_pylist() for name in ("row", "scenario", "replication", "key")]
    return list(zip(*columns, strict=True)) == [
        (run.row, run.scenario, run.replication, run.key) for run in runs
    ]
