"""In which settings of the doubtful numbers a policy of a comparison leads, and where these lie.

One replication of a comparison with doubt is one setting. What counts is what its ranking counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.analysis.doubt.discovery import Discovery, discover
from sim.analysis.doubt.regret import ROUNDING

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a policy leads under a reading.

    Attributes
    ----------
    reading, policy
        Names.
    tied
        Settings in which it is first together with others; there it does not lead.
    numbers
        How many doubtful numbers differ between settings.
    discovery
        The boxes, or why there are none.
    """

    reading: str
    policy: str
    tied: int
    numbers: int
    discovery: Discovery


def rivals(comparison: Comparison, reading: str) -> list[str]:
    """Names of the policies that are ranked under a reading, the first of the ranking first."""
    ranking = comparison.ranking
    return [str(name) for name in ranking["scenario"][ranking["reading"] == reading]]


def first_in(comparison: Comparison, reading: str) -> pd.DataFrame:
    """Say in which settings each ranked policy is first.

    Returns
    -------
    DataFrame
        bool [settings × policies], with replications as index and the order of `rivals`: whether no policy has more
        extra climbs, or more of them for the extra money of that setting where the ranking counts climbs per yuan.
        Ties are several policies in a row.
    """
    names, effects = rivals(comparison, reading), comparison.by_setting
    effects = effects[(effects["reading"] == reading) & effects["scenario"].isin(names)]
    basis = "climbs_per_bn_yuan" if (comparison.ranking["basis"] == "climbs_per_yuan").any() else "climbs"
    gained = effects.pivot_table(index="replication", columns="scenario", values=basis, sort=False)[names]
    rounding = ROUNDING * float(np.abs(gained.to_numpy()).max())
    return gained.ge(gained.max(axis=1) - rounding, axis=0)


def leader(comparison: Comparison, reading: str) -> str:
    """Name the policy that leads alone in most settings; of equals the first of the ranking."""
    return str(_alone(first_in(comparison, reading)).mean().idxmax())


def find_lead(
    comparison: Comparison, reading: str, policy: str, progress: Callable[[int, int], None] | None = None
) -> Lead:
    """Search the settings in which a policy leads alone; errors and `progress` as of `discover`."""
    first = first_in(comparison, reading)
    alone = _alone(first)[policy]
    numbers = comparison.settings.set_index("replication").loc[first.index].astype(float)
    found = discover(numbers, alone.to_numpy(), seed=comparison.seed, progress=progress)
    varying = int((numbers.nunique() > 1).sum())
    return Lead(reading, policy, int((first[policy] & ~alone).sum()), varying, found)


def _alone(first: pd.DataFrame) -> pd.DataFrame:
    return first.mul(first.sum(axis=1) == 1, axis=0)
