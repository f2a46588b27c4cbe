"""Shards: a change of any bit of a file is noticed before a reader of Parquet sees it."""

import random

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.runs.shards import MOST_TOLD, UnfitError, sealed, some_of, unsealed

OWNER = "0123456789abcdef 000003"
FLIPS = 1000


def table(rows=40):
    values = np.random.default_rng(7).normal(size=rows)
    return pa.table(
        {
            "row": pa.array(range(rows), pa.int32()),
            # A mark in the data is not taken for ours.
            "error": pa.array(["sha256:" + "0" * 64 if k % 7 == 6 else None for k in range(rows)]),
            "y": pa.array(values, pa.float64()),
        }
    )


def test_what_was_written_is_read():
    content = sealed(table(), OWNER)
    assert unsealed(content, OWNER).replace_schema_metadata(None) == table()
    assert sealed(table(), OWNER) == content


def test_a_shard_is_a_table_for_other_readers(tmp_path):
    (tmp_path / "shard.parquet").write_bytes(sealed(table(), OWNER))
    assert list(pd.read_parquet(tmp_path / "shard.parquet")["y"]) == table()["y"].to_pylist()


def test_random_bits_that_flip_are_noticed():
    content = sealed(table(), OWNER)
    draw = random.Random(20240)
    for _ in range(FLIPS):
        bit = draw.randrange(8 * len(content))
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(UnfitError, match="damaged"):
            unsealed(bytes(flipped), OWNER)


def test_every_truncation_is_noticed():
    content = sealed(table(), OWNER)
    for length in range(len(content)):
        with pytest.raises(UnfitError, match="damaged"):
            unsealed(content[:length], OWNER)


def edited(content):
    """The same file with one value taken out, written by somebody's own program."""
    frame = pd.read_parquet(pa.BufferReader(content))
    frame.loc[3, "y"] = float("nan")
    sink = pa.BufferOutputStream()
    frame.to_parquet(sink)
    return sink.getvalue().to_pybytes()


def edited_with_its_seal(content):
    """Likewise, with the metadata of the original kept."""
    kept = pq.read_table(pa.BufferReader(content))
    column = pa.array([None, *kept["y"].to_pylist()[1:]], pa.float64())
    sink = pa.BufferOutputStream()
    pq.write_table(kept.set_column(2, "y", column), sink)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    "damage",
    [
        edited,
        edited_with_its_seal,
        lambda content: b"",
        lambda content: bytes(len(content)),
        lambda content: content + b"\0",
        lambda content: content + content,
        lambda content: content[::-1],
        lambda content: b"sha256:",
        lambda content: sealed(table(39), OWNER)[:500] + content[500:],
    ],
)
def test_damage_of_other_kinds_is_noticed(damage):
    with pytest.raises(UnfitError, match="damaged"):
        unsealed(damage(sealed(table(), OWNER)), OWNER)


@pytest.mark.parametrize("other", ["0123456789abcdef 000004", "f123456789abcdef 000003", OWNER + "1", ""])
def test_shards_of_others_are_noticed(other):
    with pytest.raises(UnfitError, match="foreign"):
        unsealed(sealed(table(), other), OWNER)


def test_a_person_is_told_some_and_how_many_more():
    assert some_of(["a"] * MOST_TOLD) == ["a"] * MOST_TOLD
    assert some_of(["a"] * 60) == ["a"] * MOST_TOLD + ["... and 40 more"]
