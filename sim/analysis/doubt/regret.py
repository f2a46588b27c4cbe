"""Regret: what a policy loses against the best one where the numbers are doubtful.

References
----------
Savage, L. J. (1951). The theory of statistical decision. Journal of the American Statistical Association 46, 55–67.
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
Statistical Association 22, 209–212.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri  # importing scipy.stats or statsmodels would take half a second

from sim.runs.results import CONFIDENCE

Array = NDArray[Any]
#: Benefits that differ by less than this share of the largest one are equal. They are sums and means of counts of
#: firms, so a true difference is larger by orders of magnitude, and rounding smaller.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Regrets:
    """How policies fare over readings and members.

    Attributes
    ----------
    policies
        One row per policy, in the order given, over members and readings with equal weight, readings with the same
        benefits throughout counted once: ``policy``,
        ``regret_largest``, ``regret_95`` (the 95 % quantile, because the largest of a sample is one member's luck),
        ``regret_mean``, ``harm`` (share with a benefit below 0), ``leads`` and ``last`` (shares in which no policy is
        better, or worse; ties are split), ``rank`` (mean, from 1 for the best; ties share their mean rank). With one
        policy, ``leads``, ``last`` and ``rank`` mean nothing and are NaN.
    readings
        One row per reading and policy: ``reading``, ``policy``, ``leads`` with the ends ``low`` and ``high`` of its
        95 % Wilson interval, ``last``, ``harm``: shares of members. Members that share their numbers or luck are not
        independent, so the interval holds for one row per member.
    choice
        The policy whose largest regret is smallest (Savage 1951); None if there is one policy only or two are equal up
        to rounding.
    choice_95
        Likewise by ``regret_95``. Where it differs from ``choice``, few members decide that.
    """

    policies: pd.DataFrame
    readings: pd.DataFrame
    choice: str | None
    choice_95: str | None


def regrets(benefits: Array, policies: Sequence[str], readings: Sequence[str]) -> Regrets:
    """Compute regrets, ranks and risks of harm.

    A policy's regret is the benefit of the best choice in the same member and reading less its own. Doing nothing is a
    choice too, with a benefit of 0.

    Parameters
    ----------
    benefits
        float64 [readings, members, policies], such as extra climbs; members in the same order for all.
    policies, readings
        Names.

    Raises
    ------
    ValueError
        If shapes do not fit, nothing is there, or a value is not finite.
    """
    if benefits.ndim != 3 or benefits.shape[::2] != (len(readings), len(policies)) or not benefits.size:
        raise ValueError(f"benefits {benefits.shape}: {len(readings)} readings, {len(policies)} policies")
    if not np.isfinite(benefits).all():
        raise ValueError("a benefit is not finite")
    rounding = ROUNDING * float(np.abs(benefits).max())
    leads, last, rank = _standing(benefits, rounding)
    harm = benefits < -rounding
    once = distinct(benefits)
    regret = np.maximum(benefits[once].max(axis=2, keepdims=True), 0.0) - benefits[once]
    everywhere = (0, 1)
    table = pd.DataFrame(
        {
            "policy": list(policies),
            "regret_largest": regret.max(axis=everywhere),
            "regret_95": np.quantile(regret, CONFIDENCE, axis=everywhere),
            "regret_mean": regret.mean(axis=everywhere),
            "harm": harm[once].mean(axis=everywhere),
            "leads": leads[once].mean(axis=everywhere),
            "last": last[once].mean(axis=everywhere),
            "rank": rank[once].mean(axis=everywhere),
        }
    )
    share = leads.mean(axis=1)
    low, high = wilson(share, benefits.shape[1])
    by_reading = pd.DataFrame(
        {
            "reading": np.repeat(np.array(readings, object), len(policies)),
            "policy": list(policies) * len(readings),
            "leads": share.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "last": last.mean(axis=1).ravel(),
            "harm": harm.mean(axis=1).ravel(),
        }
    )
    choices = (_smallest(table[column].to_numpy(), rounding) for column in ("regret_largest", "regret_95"))
    choice, choice_95 = (None if index is None else policies[index] for index in choices)
    return Regrets(table, by_reading, choice, choice_95)


def distinct(benefits: Sequence[Array] | Array) -> list[int]:
    """Return the places of the readings whose benefits differ from those of every earlier one."""
    return [
        k for k, each in enumerate(benefits) if not any(np.array_equal(each, known) for known in benefits[:k])
    ]


def wilson(share: Array, count: int) -> tuple[Array, Array]:
    """Return the ends of the 95 % interval of shares of ``count`` independent cases (Wilson 1927).

    Parameters
    ----------
    share
        float64 of any shape, each from 0 to 1; split ties make a share that is no whole number of cases.
    """
    q = float(ndtri(0.5 + CONFIDENCE / 2)) ** 2 / count
    centre = (share + q / 2) / (1 + q)
    half = np.sqrt(q * (share * (1 - share) + q / 4)) / (1 + q)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def _standing(benefits: Array, rounding: float) -> tuple[Array, Array, Array]:
    """Shares in leading and coming last, and ranks: float64[readings, members, policies] each; NaN for one policy."""
    if benefits.shape[2] == 1:
        nothing = np.full(benefits.shape, np.nan)
        return nothing, nothing, nothing
    best = benefits >= benefits.max(axis=2, keepdims=True) - rounding
    worst = benefits <= benefits.min(axis=2, keepdims=True) + rounding
    ahead = benefits[..., None, :] - benefits[..., None]
    rank = 0.5 + np.sum(ahead > rounding, axis=3) + np.sum(np.abs(ahead) <= rounding, axis=3) / 2
    return best / best.sum(axis=2, keepdims=True), worst / worst.sum(axis=2, keepdims=True), rank


def _smallest(values: Array, rounding: float) -> int | None:
    """Place of the smallest value; None if another is as small, or there is only one."""
    if len(values) < 2 or np.sum(values <= values.min() + rounding) > 1:
        return None
    return int(values.argmin())
