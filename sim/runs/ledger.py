"""The ledger of an experiment: every run a row with its key and state, in files that survive a kill.

Runs are done in batches of whole rows. A batch is written as one Parquet shard, whole or not at all (a temporary file,
flushed to disk, renamed), and holds nothing that depends on time, order, workers or interruptions: so after a kill what
is missing is done again, and the shards end as the same bytes. The state of a run is not stored twice: it has succeeded
or failed if a shard says so, runs if a live sweep has handed its batch out (`running.json`), and is pending otherwise.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import InputError
from sim.files import LOCK, write_whole
from sim.runs.results import read_parquet

SHARDS = "runs"
RUNNING = "running.json"
IDENTITY = "ledger.json"
TABLE = "runs.parquet"
PENDING, IN_FLIGHT, SUCCEEDED, FAILED = "pending", "running", "succeeded", "failed"
#: What a run is, before what came out of it; together with the outcomes the columns of shards and table.
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
        32 hexadecimal digits over all that can change what comes out.
    """

    row: int
    scenario: str
    replication: int
    key: str


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a run: its outcomes, or the error that ended it."""

    run: Run
    outcomes: tuple[float, ...] | None
    error: str | None = None


@contextmanager
def room_on_disk(folder: Path) -> Iterator[None]:
    """Tell a person that the disk is full, and that nothing is lost.

    Raises
    ------
    InputError
        If it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        message = f"the disk is full: {folder}. What is done is kept; make room and go on with --resume"
        raise InputError(message) from error


def run_key(identity: str, values: Mapping[str, object], scenario: str, replication: int) -> str:
    """Hash what can change a run: `identity` stands for scenarios, evidence, code and seed."""
    what = [identity, sorted(values.items()), scenario, replication]
    text = json.dumps(what, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Ledger:
    """The files of one design under one folder.

    Parameters
    ----------
    folder
        Where; made if missing.
    identity
        Hash of all that its runs have in common.
    outcomes
        Names of the columns that a run fills.

    Raises
    ------
    InputError
        If the folder holds the ledger of another experiment, or of the same one with other evidence or code.
    """

    def __init__(self, folder: Path, identity: str, outcomes: Sequence[str]) -> None:
        self.folder, self.outcomes = folder, tuple(outcomes)
        (folder / SHARDS).mkdir(parents=True, exist_ok=True)
        known = folder / IDENTITY
        content = {"identity": identity, "outcomes": list(outcomes)}
        if not known.exists():
            write_whole(known, json.dumps(content, indent=1).encode())
        elif json.loads(known.read_text()) != content:
            raise InputError(
                f"{folder} holds runs of another experiment, or made with other evidence or another version of the "
                "model; they cannot go on together. Give another --out, or start again with --force"
            )

    @cached_property
    def schema(self) -> pa.Schema:
        """Columns of shards and table."""
        return pa.schema([*RUN_COLUMNS, *((name, pa.float64()) for name in self.outcomes)])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other process from working on the same files; a lock ends with its process.

        Raises
        ------
        InputError
            If another process is at it.
        """
        with (self.folder / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                message = f"another process is working on {self.folder}; wait for it, or stop it first"
                raise InputError(message) from None
            yield

    def shard(self, batch: int) -> Path:
        """Where a batch is kept."""
        return self.folder / SHARDS / f"batch-{batch:06}.parquet"

    def done(self) -> set[int]:
        """Numbers of the batches that are written."""
        return {int(path.stem.removeprefix("batch-")) for path in self.shards()}

    def shards(self) -> list[Path]:
        """Paths of the batches that are written, in order."""
        return sorted((self.folder / SHARDS).glob("batch-*.parquet"))

    def check(self, batches: Iterable[Sequence[Run]]) -> None:
        """Take out every batch that holds other runs than planned, as after a screen that came out otherwise.

        Where one does, those behind the plan's end are of another plan too.

        Parameters
        ----------
        batches
            The plan; batches behind its end stay, for a design that is doubled.
        """
        done = self.done()
        behind, strange = set(done), set()
        for batch, runs in enumerate(batches):
            if batch in done:
                behind.remove(batch)
                keys = read_parquet(self.shard(batch), columns=["key"])["key"].to_pylist()
                if keys != [run.key for run in runs]:
                    strange.add(batch)
        for batch in strange | behind if strange else ():
            self.forget(batch)

    def forget(self, batch: int) -> None:
        """Take a batch out, to be done again."""
        self.shard(batch).unlink()

    def add(self, batch: int, finished: Sequence[Finished]) -> None:
        """Write a batch, whole or not at all.

        Raises
        ------
        OSError
            If the disk is full or cannot be written; nothing of the batch is left behind then.
        """
        sink = pa.BufferOutputStream()
        pq.write_table(self.table(finished), sink, compression="zstd")
        write_whole(self.shard(batch), sink.getvalue().to_pybytes())

    def table(self, finished: Sequence[Finished]) -> pa.Table:
        """Lay finished runs out as a table."""
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
        """Tell readers which batches are handed out."""
        write_whole(self.folder / RUNNING, json.dumps(sorted(batches)).encode(), flush=False)

    def running(self) -> set[int]:
        """Batches that a sweep has handed out; those of a sweep that was killed are pending, not running."""
        try:
            with self.held():
                return set()
        except InputError:
            with suppress(FileNotFoundError):
                return set(json.loads((self.folder / RUNNING).read_text()))
            return set()

    def failures(self) -> Iterator[tuple[int, Finished]]:
        """Batch and run of every run that failed, in order."""
        for path in self.shards():
            table = read_parquet(path, filters=[("state", "=", FAILED)])
            for row in table.select([name for name, _ in RUN_COLUMNS]).to_pylist():
                run = Run(row["row"], row["scenario"], row["replication"], row["key"])
                yield int(path.stem.removeprefix("batch-")), Finished(run, None, row["error"])

    def write_table(self, batches: Iterable[Sequence[Run]]) -> Path:
        """Write every run of the plan with its state and outcomes as one table, batch after batch.

        Parameters
        ----------
        batches
            The whole plan. What no shard holds is pending, or running.
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
                    table = read_parquet(self.shard(batch)) if batch in done else None
                    state = IN_FLIGHT if batch in running else PENDING
                    writer.write_table(table or self._unfinished(runs, state))
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        return path

    def _unfinished(self, runs: Sequence[Run], state: str) -> pa.Table:
        table = self.table([Finished(run, None) for run in runs])
        return table.set_column(
            table.schema.get_field_index("state"), "state", pa.array([state] * len(runs), pa.string())
        )
