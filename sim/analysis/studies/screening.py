"""What indices are used for: which factors matter, how tight the intervals are, how much is luck."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.studies.indices import DUMMY, ROUNDING

Array = NDArray[Any]
FEWEST_KEPT = 2  # factors that a screen always lets through


def _of(table: pd.DataFrame, index: str) -> pd.DataFrame:
    """Rows of one index, without the dummy's."""
    return table[(table["index"] == index) & (table["factor"] != DUMMY) & (table["other"] != DUMMY)]


def widest(table: pd.DataFrame, index: str = "ST") -> float:
    """Half the width of the widest interval of an index; infinite if there is none, as with too few blocks."""
    rows = _of(table, index)
    return float(((rows["high"] - rows["low"]) / 2).max()) if len(rows) else float("inf")


def survivors(table: pd.DataFrame, keep: int) -> list[str]:
    """Factors that a Morris screen lets through, those with the largest μ* first.

    A factor stays if the upper end of its μ* exceeds the dummy's μ*: it is dropped only if even a generous estimate
    looks like luck. Of those that stay, the `keep` with the largest μ* are let through; if fewer than two stay, the
    largest of the others make up the two. Ties keep the order of the table. Nothing survives an empty table.
    """
    mu_star = table[table["index"] == "mu_star"]
    noise = mu_star.loc[mu_star["factor"] == DUMMY, "value"].max()
    ranked = _of(table, "mu_star").sort_values("value", ascending=False, kind="stable")
    loud = int((ranked["high"] > noise).sum())
    order = ranked.assign(quiet=ranked["high"] <= noise).sort_values("quiet", kind="stable")
    count = max(min(loud, keep), FEWEST_KEPT)
    return [str(name) for name in order["factor"][:count]]


def largest_shares(tables: Sequence[pd.DataFrame], index: str = "mu_star") -> dict[str, float]:
    """Rank factors over several responses, by their largest share of the sum of an index in any response.

    Shares of a sum make responses with different units comparable. A response without indices (constant, or too few
    blocks) is ignored.

    Returns
    -------
    dict
        Share by factor, largest first; ties in the order of the tables.
    """
    shares: dict[str, float] = {}
    for table in tables:
        rows = _of(table, index)
        total = float(rows["value"].sum())
        for name, value in zip(rows["factor"], rows["value"], strict=True):
            share = float(value) / total if total > 0 else 0.0
            shares[str(name)] = max(share, shares.get(str(name), 0.0))
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def luck_share(replicate: Array, averaged: int = 1) -> float:
    """Share of the variance between runs of a design that is due to luck, not to the factors.

    All rows run with the same seeds, so a seed's common effect on all rows is a second random effect: with
    y_ij = μ + row_i + seed_j + rest_ij, luck is seed + rest. The variances are the unbiased ones of a two-way analysis
    of variance without repetition, those of row and seed cut off at 0. A one-way analysis would subtract from the
    rows' variance what the seed adds to all of them. If every row has its own seeds, that of seed is 0 on average.

    Parameters
    ----------
    replicate
        float64[rows, replications], rows of one set of replications; rows with a NaN are left out.
    averaged
        Replications whose mean is the response: 1 for a single run.

    Returns
    -------
    float
        From 0 to 1; NaN with fewer than two rows or replications, or where nothing varies.
    """
    values = replicate[np.isfinite(replicate).all(axis=1)]
    rows, columns = values.shape
    if min(rows, columns) < 2 or np.ptp(values) <= ROUNDING * np.abs(values).max():
        return float("nan")
    centred = values - values.mean()
    by_row, by_seed = centred.mean(axis=1), centred.mean(axis=0)
    rest = float(((centred - by_row[:, None] - by_seed) ** 2).sum() / ((rows - 1) * (columns - 1)))
    row = max(float(np.var(by_row, ddof=1)) - rest / columns, 0.0)
    seed = max(float(np.var(by_seed, ddof=1)) - rest / rows, 0.0)
    luck = (seed + rest) / averaged
    return float(luck / (luck + row))
