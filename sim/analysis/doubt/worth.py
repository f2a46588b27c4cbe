"""Value of information: how much more the best choice would gain if a doubtful number were known.

The expected value of partial perfect information (EVPPI) from given data: a regression of each policy's benefit on a
number estimates what the policy would gain if the number were known, so no further runs are needed.

References
----------
Strong, M., Oakley, J. E., Brennan, A. (2014). Estimating multiparameter partial expected value of perfect information
from a probabilistic sensitivity analysis sample: a nonparametric regression approach. Medical Decision Making 34,
311–326.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.doubt.smooth import ROUNDING, against_chance, check, orders, ranks, smooth

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Worth:
    """What knowing numbers would gain, in units of the benefit.

    Attributes
    ----------
    everything
        The expected value of perfect information, see `perfect`.
    numbers, groups
        One row per number and per group, in the order given: ``name``, ``raw`` (EVPPI as fitted), ``bias`` (its mean
        where members are shuffled), ``floor`` and ``floor_all`` (what chance alone exceeds in 5 % of samples, for one
        name and for any of the table), ``tells`` (whether ``raw`` exceeds ``floor_all``), ``corrected`` (``raw`` less
        ``bias``, at least 0), ``estimate`` (``raw`` less the bias where the number does decide as fitted; NaN unless
        it tells).
    """

    everything: float
    numbers: pd.DataFrame
    groups: pd.DataFrame


def perfect(benefits: Array) -> float:
    """Return the expected value of perfect information: mean over members of the best benefit, less the best mean.

    It includes luck: each member is run once, and whoever knew everything would know its luck as well. So it is an
    upper bound of what evidence about the numbers can be worth.

    Parameters
    ----------
    benefits
        float64 [members, policies].
    """
    return max(float(benefits.max(axis=1).mean() - benefits.mean(axis=0).max()), 0.0)  # rounding may go below


def worth(
    benefits: Array, numbers: Array, names: Sequence[str], groups: Mapping[str, Sequence[int]], seed: int
) -> Worth:
    """Estimate the EVPPI of each number and group (Strong et al. 2014).

    The best of several fits is better than the best mean even if the fits follow luck alone. Shuffled members show by
    how much if a number decides nothing: a fair test, but too large a correction for a number that decides much,
    which leaves fewer cases in which luck could change the choice. Most for groups, ``corrected`` falls below the
    truth; ``estimate`` shuffles only what the fit leaves unexplained. No value exceeds that of perfect information.

    Parameters
    ----------
    benefits
        float64 [members, policies], for one reading or on average over readings. If doing nothing is a choice, one
        column is zero.
    numbers
        float64 [members, K]; only the order of the values of each counts.
    names
        Of the K numbers.
    groups
        By name, the columns of ``numbers`` that would become known together. See `smooth` for large groups.
    seed
        Of the shuffles, 0 or more; they are the same for all numbers and groups.

    Raises
    ------
    ValueError
        If shapes, names or columns do not fit, a value is not finite, or there are fewer than ``smooth.FEWEST``
        members.
    """
    check(len(benefits), numbers, names)
    if benefits.ndim != 2 or not benefits.shape[1] or not np.isfinite(benefits).all():
        raise ValueError(f"benefits {benefits.shape}: no policy, or a value that is not finite")
    if any(not 0 <= column < len(names) for columns in groups.values() for column in columns):
        raise ValueError(f"a group names a column that is not among {len(names)}")
    places, everything = ranks(numbers), perfect(benefits)
    shuffles = orders(len(benefits), seed)
    shuffled = benefits.T[:, shuffles]
    rounding = ROUNDING * float(np.abs(benefits).max())

    def table(labels: Sequence[str], parts: Iterable[Sequence[int]]) -> pd.DataFrame:
        bases = [smooth(places[:, list(part)]) for part in parts]
        found = [np.clip(_gains(shuffled, basis), 0.0, everything) for basis in bases]
        rows = against_chance(labels, np.reshape(found, (len(bases), shuffled.shape[1])), rounding)
        raw, estimate = rows["raw"].to_numpy(), np.full(len(bases), np.nan)
        for i in np.flatnonzero(rows["tells"]):
            again = _gains(_as_fitted(benefits.T, shuffles[1:], bases[i]), bases[i]).mean()
            estimate[i] = np.clip(2 * raw[i] - again, 0.0, everything)
        return rows.assign(corrected=np.maximum(raw - rows["bias"], 0.0), estimate=estimate)

    return Worth(
        everything,
        table(names, [[column] for column in range(len(names))]),
        table(list(groups), groups.values()),
    )


def _gains(benefits: Array, basis: Array) -> Array:
    """Mean over members of the best fitted benefit, less the best mean: float64[orders].

    Parameters
    ----------
    benefits
        float64 [policies, orders, members].
    basis
        float64 [members, degrees of freedom], orthonormal and without the constant.
    """
    means = benefits.mean(axis=2, keepdims=True)
    fitted = (benefits - means) @ basis @ basis.T + means
    gains: Array = fitted.max(axis=0).mean(axis=1) - means[:, :, 0].max(axis=0)
    return gains


def _as_fitted(benefits: Array, shuffles: Array, basis: Array) -> Array:
    """Benefits as if the fit were the truth: it stays in place, and members exchange what it leaves unexplained.

    Parameters
    ----------
    benefits
        float64 [policies, members].
    shuffles
        int64 [shuffles, members].
    basis
        As for `_gains`.

    Returns
    -------
    Array
        float64 [policies, shuffles, members]. What is unexplained has the spread that it would have without a fit.
    """
    members, degrees = basis.shape
    means = benefits.mean(axis=1, keepdims=True)
    fitted = (benefits - means) @ basis @ basis.T + means
    rest = (benefits - fitted) * np.sqrt(members / (members - 1 - degrees))
    again: Array = fitted[:, None] + rest[:, shuffles]
    return again
