"""Shards that reveal damage: a table as a Parquet file that contains a checksum over all of its own bytes.

The checksum is over the file's bytes, not its values, so that damage is detected before a Parquet reader opens the
file. It is inside the file, so that a copy or a kill cannot separate the two. The file is first made with zeros in its
place and hashed; then the hash replaces the zeros. The owner follows it, so that sound files of another study or batch
are detected too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

SEAL = "seal"  # metadata key, for readers with other programs
MARK = b"sha256:"
MOST_TOLD = 20
BLANK = b"0" * hashlib.sha256().digest_size * 2

#: Faults of a ledger's file. ``unplanned``: of this study, but not what its plan has there now; ``stray``: its name is
#: not one that a ledger gives; ``rebuilt``: everything in it is also in the shards, so it was made again.
Fault = Literal["damaged", "foreign", "unreadable", "unplanned", "stray", "rebuilt"]


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that cannot be used as it is.

    Attributes
    ----------
    file
        Its name.
    fault
        What is wrong with it.
    """

    file: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.file}: {self.fault}"


def some_of(lines: Sequence[str], more: str = "... and {rest} more") -> list[str]:
    """Keep as many lines as a person would read, and count the rest."""
    rest = len(lines) - MOST_TOLD
    return [*lines[:MOST_TOLD], more.format(rest=rest)] if rest > 0 else list(lines)


class UnfitError(Exception):
    """A shard that cannot be used.

    Attributes
    ----------
    fault
        What is wrong with it.
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault)


def sealed(table: pa.Table, owner: str) -> bytes:
    """Return a table as a Parquet file with a checksum; the same table gives the same bytes.

    Parameters
    ----------
    owner
        The study and batch that the table belongs to; ASCII.
    """
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, compression="zstd") as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({SEAL: f"{(MARK + BLANK).decode()} {owner}."})
    content = sink.getvalue().to_pybytes()
    head, tail = _parts(content)
    return head + _digest(head, tail) + tail


def unsealed(content: bytes, owner: str) -> pa.Table:
    """Read a file made by `sealed`.

    Raises
    ------
    UnfitError
        If any bit differs from what was written, or it has another owner.
    """
    head, tail = _parts(content)
    if not head or content != head + _digest(head, tail) + tail:
        raise UnfitError("damaged")
    if not tail.startswith(f" {owner}.".encode()):
        raise UnfitError("foreign")
    return pq.read_table(pa.BufferReader(content))


def _parts(content: bytes) -> tuple[bytes, bytes]:
    """The bytes before and after the checksum; none before if there is no checksum."""
    # Metadata are at the end of a Parquet file, so the last mark is ours, whatever text the table holds.
    mark = content.rfind(MARK)
    at = mark + len(MARK)
    return (b"", b"") if mark < 0 else (content[:at], content[at + len(BLANK) :])


def _digest(head: bytes, tail: bytes) -> bytes:
    return hashlib.sha256(head + BLANK + tail).hexdigest().encode()
