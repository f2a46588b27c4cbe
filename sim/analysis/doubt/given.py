"""First-order indices over an ensemble: which doubtful numbers an answer hangs on.

`sim.analysis.studies.given_data` does this for factors of an experiment, with classes of equal size and a bootstrap.
An ensemble has more numbers and fewer members, so here the smooth of `sim.analysis.doubt.smooth` takes the place of
the classes, and one set of shuffles shows what chance finds among all numbers, as for the value of information.

References
----------
Plischke, E., Borgonovo, E., Smith, C. L. (2013). Global sensitivity measures from given data. European Journal of
Operational Research 226, 536–550.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.doubt.smooth import ROUNDING, against_chance, check, orders, ranks, smooth

Array = NDArray[Any]


def margin(benefits: Array) -> Array:
    """Return by how much the best policy is ahead of the second in each member: float64 [members].

    Best and second are those with the largest means over all members.

    Parameters
    ----------
    benefits
        float64 [members, policies].

    Raises
    ------
    ValueError
        If there is only one policy.
    """
    if benefits.shape[1] < 2:
        raise ValueError("one policy has no margin")
    first, second = np.argsort(-benefits.mean(axis=0), kind="stable")[:2]
    ahead: Array = benefits[:, first] - benefits[:, second]
    return ahead


def first_order(
    responses: Mapping[str, Array], numbers: Array, names: Sequence[str], seed: int
) -> pd.DataFrame:
    """Estimate the share of each response's variance that each number alone explains.

    Parameters
    ----------
    responses
        By name, float64 [members], such as the benefit of a policy or a `margin`.
    numbers
        float64 [members, K]; only the order of the values of each counts.
    names
        Of the K numbers.
    seed
        Of the shuffles, 0 or more; they are the same for all numbers and responses.

    Returns
    -------
    pandas.DataFrame
        One row per response and number, in the order given: ``response``, ``name``, ``raw`` (the share as
        estimated), ``bias`` (its mean where members are shuffled), ``floor`` and ``floor_all`` (what chance alone
        exceeds in 5 % of samples, for one number and for any of all), ``tells`` (whether ``raw`` exceeds
        ``floor_all``), ``corrected`` ((raw − bias) / (1 − bias), at least 0: the bias falls on what the number leaves
        unexplained, as in an adjusted R²). A constant response has no variance to share: zeros.

    Raises
    ------
    ValueError
        If shapes or names do not fit, a value is not finite, or there are fewer than ``smooth.FEWEST`` members.
    """
    check(len(numbers), numbers, names)
    places, shuffles = ranks(numbers), orders(len(numbers), seed)
    bases = [smooth(places[:, [column]]) for column in range(len(names))]
    tables = []
    for response, values in responses.items():
        unit = _unit(values, len(numbers))[shuffles]
        found = [((unit @ basis) ** 2).sum(axis=1) for basis in bases]
        rows = against_chance(names, np.reshape(found, (len(names), len(shuffles))), ROUNDING)
        rows.insert(0, "response", response)
        share = (rows["raw"] - rows["bias"]) / (1 - rows["bias"])
        tables.append(rows.assign(corrected=np.maximum(share, 0.0)))
    return pd.concat(tables, ignore_index=True)


def _unit(values: Array, members: int) -> Array:
    """A response with mean 0 and sum of squares 1; zeros if it is constant."""
    if values.shape != (members,) or not np.isfinite(values).all():
        raise ValueError(f"response {values.shape}: {members} members, or a value that is not finite")
    if np.ptp(values) <= ROUNDING * np.abs(values).max():
        return np.zeros(members)
    centred = values - values.mean()
    unit: Array = centred / np.linalg.norm(centred)
    return unit
