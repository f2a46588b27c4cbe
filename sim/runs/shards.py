"""Shards that show damage: a table as the bytes of a Parquet file that carries a checksum over all of itself.

The checksum is over the bytes of the file, not over the values in it, so that a damaged file is found out before any
reader of Parquet is trusted with it; and it stands inside the file, where a copy or a kill cannot part the two. It is
written in two steps: the file is made with zeros in its place, hashed, and the hash is put over the zeros. Behind it
stands whose shard it is, so that a sound file of another study or batch is found out too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

SEAL = "seal"  # key of the file's metadata, for those who look at it with other programs
MARK = b"sha256:"
MOST_TOLD = 20
BLANK = b"0" * hashlib.sha256().digest_size * 2

#: What can be wrong with a file of a ledger. ``unplanned``: of this study, but not what its plan has there now;
#: ``stray``: its name is none that a ledger gives; ``rebuilt``: it tells nothing that the shards do not tell, and was
#: made anew.
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
    """Keep as many lines as a person reads, and count the rest."""
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
    """Give a table as a Parquet file with a checksum; the same table gives the same bytes.

    Parameters
    ----------
    owner
        Whose table it is and which; ASCII.
    """
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, compression="zstd") as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({SEAL: f"{(MARK + BLANK).decode()} {owner}."})
    content = sink.getvalue().to_pybytes()
    head, tail = _parts(content)
    return head + _digest(head, tail) + tail


def unsealed(content: bytes, owner: str) -> pa.Table:
    """Read what `sealed` gave.

    Raises
    ------
    UnfitError
        If a bit of it is not what was written, or it is somebody else's.
    """
    head, tail = _parts(content)
    if not head or content != head + _digest(head, tail) + tail:
        raise UnfitError("damaged")
    if not tail.startswith(f" {owner}.".encode()):
        raise UnfitError("foreign")
    return pq.read_table(pa.BufferReader(content))


def _parts(content: bytes) -> tuple[bytes, bytes]:
    """What stands before the checksum and behind it; nothing before it where there is none."""
    # Metadata stand at the end of a Parquet file: the last mark is ours, whatever texts the table holds.
    mark = content.rfind(MARK)
    at = mark + len(MARK)
    return (b"", b"") if mark < 0 else (content[:at], content[at + len(BLANK) :])


def _digest(head: bytes, tail: bytes) -> bytes:
    return hashlib.sha256(head + BLANK + tail).hexdigest().encode()
