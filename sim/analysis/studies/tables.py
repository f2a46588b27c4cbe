"""The results of a study's stages, as rows of tidy tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.analysis.studies.responses import winners
from sim.analysis.studies.screening import luck_share
from sim.analysis.studies.stages import Stage


def index_rows(stage: Stage) -> list[dict[str, Any]]:
    """Every index of every response; a response without indices has one row that says why (``note``)."""
    rows: list[dict[str, Any]] = []
    for response, result in zip(stage.responses, stage.indices, strict=True):
        about = {"used": result.used, "dropped": result.dropped, "note": result.note}
        table = (
            result.table if len(result.table) else pd.DataFrame([{"factor": "", "other": "", "index": ""}])
        )
        for row in table.to_dict("records"):
            rows.append({"stage": stage.name, **response.key, **{str(k): v for k, v in row.items()}, **about})
    return rows


def luck_rows(stage: Stage) -> list[dict[str, Any]]:
    """Share of luck in the variance of every response, for single runs and for means over replications."""
    design = stage.sample.luck == 0
    return [
        {"stage": stage.name}
        | response.key
        | {
            "run": luck_share(response.runs[design]),
            "mean": luck_share(response.runs[design], stage.experiment.replications),
        }
        for response in stage.responses
    ]


def contenders(stage: Stage) -> list[str]:
    """Policies that rows may rank; none if they differ in money, time or place, or if there is only one."""
    ranked = stage.experiment.ranked
    policies = dict.fromkeys(r.scenario for r in stage.responses if r.kind == "effect")
    found = [policy for policy in policies if ranked is None or policy in ranked]
    return found if len(found) > 1 else []


def best_rows(stage: Stage) -> list[dict[str, Any]]:
    """Share of the rows in which each policy has the largest effect on the leading outcome."""
    policies = contenders(stage)
    best = winners(stage.responses, stage.sample, stage.experiment.outcomes[0], policies)["scenario"]
    return [
        {"stage": stage.name, "scenario": policy, "share": float((best == policy).mean()), "rows": len(best)}
        for policy in policies
        if len(best)
    ]


def hinge_rows(stage: Stage) -> list[dict[str, Any]]:
    """For every factor: how often each policy is best in the lower and in the upper half of the factor.

    Returns
    -------
    list of dict
        stage, factor, scenario, low, high: shares of the rows of either half.
    """
    policies = contenders(stage)
    best = winners(stage.responses, stage.sample, stage.experiment.outcomes[0], policies)
    rows = []
    for k, factor in enumerate(stage.experiment.factors):
        upper = stage.sample.points[best["row"].to_numpy(), k] >= factor.middle
        if not 0 < upper.sum() < len(upper):
            continue
        for policy in policies:
            is_best = (best["scenario"] == policy).to_numpy()
            shares = {"low": float(is_best[~upper].mean()), "high": float(is_best[upper].mean())}
            rows.append({"stage": stage.name, "factor": factor.name, "scenario": policy, **shares})
    return rows
