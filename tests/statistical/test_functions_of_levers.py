"""What docs/sensitivity.md says of its two smaller studies: shares and order, from the bundled experiments (slow)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

import sim

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/sensitivity.md").read_text(encoding="utf-8").replace("−", "-")


@cache
def effects(name: str, policy: str) -> np.ndarray:
    """Extra climbs by row and replication."""
    with TemporaryDirectory() as folder:
        sim.sweep(name, Path(folder) / name)
        runs = pd.read_parquet(Path(folder) / name / "runs/runs.parquet")
    climbs = runs.pivot_table(index=["row", "replication"], columns="scenario", values="climbs")
    return (climbs[policy] - climbs["baseline"]).unstack("replication").to_numpy()


def printed(start: str) -> list[list[float]]:
    """The numbers of the table whose first row starts so, row by row."""
    table = TEXT[TEXT.index(start) :].split("\n\n")[0]
    return [
        [float(number) for number in re.findall(r"[-+]?\d+", row.split("|", 2)[2])]
        for row in table.splitlines()
    ]


def test_a_tenth_to_a_quarter_of_what_subsidies_bring_is_liquidity() -> None:
    on, off = effects("liquidity", "subsidies").reshape(6, 2, -1).mean(axis=2).T
    for (told_on, told_off, told_share, *_), here, there in zip(printed("| V, least"), on, off, strict=True):
        assert (told_on, told_off) == (round(here), round(there))
        assert told_share == round(100 * (1 - there / here))
        assert 0.1 <= 1 - there / here <= 0.25


def test_meeting_the_whole_province_is_what_the_pool_brings() -> None:
    found = effects("pool", "talent_pool")
    v, d = found[:6].mean(axis=1), found[6:].mean(axis=1)
    for told, of_v, of_d in zip(printed("| bring in, hold"), v, d, strict=True):
        assert (told[0], told[2]) == (round(of_v), round(of_d))
    whole, _, _, after, own, _ = found[6:]
    for more, less in ((after, whole), (whole, own)):
        gap = more - less
        assert gap.mean() > 1.96 * gap.std(ddof=1) / np.sqrt(len(gap))
