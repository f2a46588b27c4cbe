"""From runs to responses: what each row of a design says about a policy, with the luck of its replications.

A policy's effect is paired: policy and baseline of a row run with the same draws. The responses of an experiment are
the baseline's own outcomes, the effects of the policies on them and, for the leading outcome, the margins by which the
policy that is best on average leads each of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.runs.experiment import Sample
from sim.runs.ledger import SUCCEEDED
from sim.runs.results import interval, read_parquet

Array = NDArray[Any]
Kind = Literal["level", "effect", "margin"]


@dataclass(frozen=True, slots=True)
class Response:
    """One number per row of a design.

    Attributes
    ----------
    kind
        ``level`` of the first scenario, ``effect`` of a policy against it, or ``margin`` of one policy over another.
    scenario, rival
        Whose response; for a margin its rival, else empty.
    outcome
        Which outcome.
    runs
        float64[rows, replications]; NaN if a run has not succeeded.
    """

    kind: Kind
    scenario: str
    rival: str
    outcome: str
    runs: Array

    @property
    def values(self) -> Array:
        """Means over replications, float64[rows]; NaN if one is missing, because fewer would be different luck."""
        means: Array = self.runs.mean(axis=1)
        return means

    @property
    def key(self) -> dict[str, str]:
        """Its description, as columns of a table."""
        return {"kind": self.kind, "scenario": self.scenario, "rival": self.rival, "outcome": self.outcome}


def read_outcomes(
    table: Path, rows: int, cases: Sequence[str], replications: int, outcomes: Sequence[str]
) -> Array:
    """Read the first rows of a design from a table of runs; NaN if a run has not succeeded.

    Returns
    -------
    Array
        float64[rows, cases, replications, outcomes].
    """
    read = read_parquet(table, columns=["state", *outcomes])[: rows * len(cases) * replications]
    there = np.asarray(read["state"]) == SUCCEEDED
    values = np.stack([np.asarray(read[name], float) for name in outcomes], axis=-1)
    values[~there] = np.nan
    return values.reshape(rows, len(cases), replications, len(outcomes))


def responses(
    found: Array,
    cases: Sequence[str],
    outcomes: Sequence[str],
    sample: Sample,
    ranked: Sequence[str] | None = None,
) -> list[Response]:
    """All responses of an experiment, those of the leading outcome first.

    Parameters
    ----------
    found
        From `read_outcomes`.
    cases
        Scenarios; the first is the baseline.
    outcomes
        The first one leads.
    sample
        Its rows; echoes are ignored when choosing the best policy.
    ranked
        Scenarios that may be ranked; by default all but the first.
    """
    made: list[Response] = []
    for k, outcome in enumerate(outcomes):
        base = found[:, 0, :, k]
        effects = {case: found[:, c, :, k] - base for c, case in enumerate(cases) if c > 0}
        made += [Response("effect", case, "", outcome, runs) for case, runs in effects.items()]
        rivals = {case: runs for case, runs in effects.items() if ranked is None or case in ranked}
        if k == 0 and len(rivals) > 1:
            made += _margins(rivals, outcome, sample)
        made.append(Response("level", cases[0], "", outcome, base))
    return made


def _margins(effects: dict[str, Array], outcome: str, sample: Sample) -> Iterator[Response]:
    design = sample.luck == 0
    together = np.stack([runs.mean(axis=1)[design] for runs in effects.values()])
    whole = np.isfinite(together).all(axis=0)  # the same rows for all
    means = dict(zip(effects, together[:, whole].sum(axis=1), strict=True))
    leader, *rivals = sorted(means, key=lambda case: -means[case])
    for rival in rivals:
        yield Response("margin", leader, rival, outcome, effects[leader] - effects[rival])


def summary_rows(made: Sequence[Response], sample: Sample, fewest: int = 2) -> Iterator[dict[str, Any]]:
    """Mean and interval of every response in every row of the design; echoes are left out.

    Parameters
    ----------
    fewest
        Fewest replications of a row for which an interval is given.
    """
    for response in made:
        for row in np.flatnonzero(sample.luck == 0):
            runs = response.runs[row]
            there = runs[np.isfinite(runs)]
            if len(there):
                mean, low, high = interval(there)
                if len(there) < fewest:
                    low, high = float("nan"), float("nan")
                yield {
                    "row": int(row),
                    **response.key,
                    "mean": mean,
                    "low": low,
                    "high": high,
                    "runs": len(there),
                }


def winners(
    made: Sequence[Response], sample: Sample, outcome: str, ranked: Sequence[str] | None = None
) -> pd.DataFrame:
    """Which policy has the largest effect on an outcome in each row of the design.

    Parameters
    ----------
    ranked
        Scenarios that count; by default all that have effects.

    Returns
    -------
    DataFrame
        row, scenario (empty if policies share the first place). Rows in which a run of any policy is missing are left
        out.
    """
    effects = {
        r.scenario: r.values
        for r in made
        if r.kind == "effect" and r.outcome == outcome and (ranked is None or r.scenario in ranked)
    }
    if not effects:
        return pd.DataFrame({"row": np.empty(0, np.int64), "scenario": np.empty(0, object)})
    table = pd.DataFrame(effects, index=range(len(sample)))[sample.luck == 0].dropna()
    best = table.idxmax(axis=1) if len(table) else pd.Series(dtype=str)
    best = best.where(table.eq(table.max(axis=1), axis=0).sum(axis=1) == 1, "")
    return pd.DataFrame({"row": best.index.to_numpy(np.int64), "scenario": best.to_numpy(object)})
