"""The conclusions of a study: who is ahead how often, what that depends on, and how well that is known.

Numbers only; `sim.show` puts them into words. All of it is about the leading outcome and, if a study has two stages,
the last one begun; the screening stage supplies only what it left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.analysis.studies.importance import Hanging, Weight, basis_of, hangings, members
from sim.analysis.studies.responses import Kind, Response, winners
from sim.analysis.studies.stages import Stage
from sim.analysis.studies.study import Study
from sim.analysis.studies.tables import best_rows, contenders, hinge_rows
from sim.runs.factors import Factor

Array = NDArray[Any]
#: Standard errors that a difference between two halves must exceed to count.
ERROR_RATE = 0.05
FEWEST_BLOCKS = 10  # needed for such a statement
TAILS = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Standing:
    """How often each policy has the largest effect.

    Attributes
    ----------
    shares
        Share of the rows by policy, largest first.
    rows
        Number of rows in which all policies ran.
    tied
        Share of these in which two or more policies tie for the largest effect; such rows count for none of them.
    """

    shares: Mapping[str, float]
    rows: int
    tied: float


@dataclass(frozen=True, slots=True)
class Swing:
    """The policy whose share of wins changes most between the halves of a factor.

    Attributes
    ----------
    factor, scenario
        The factor and the policy.
    low, high
        Share of the rows of either half in which it has the largest effect.
    clear
        Whether the difference exceeds what chance would give with this many blocks of rows.
    """

    factor: Factor
    scenario: str
    low: float
    high: float
    clear: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """How a response varies over the rows of a design.

    Attributes
    ----------
    mean, low, high
        Mean, 5th and 95th percentile.
    positive
        Share of the rows in which it is above 0.
    rows
        Number of rows with all their runs.
    """

    kind: Kind
    scenario: str
    rival: str
    outcome: str
    mean: float
    low: float
    high: float
    positive: float
    rows: int


@dataclass(frozen=True, slots=True)
class Precision:
    """How tight the total indices of the leading outcome are.

    Attributes
    ----------
    asked
        Widest half-width asked for; None if the size was fixed.
    steps
        Widest half-width by number of base points, in order; infinite if there were too few.
    """

    asked: float | None
    steps: Mapping[int, float]

    @property
    def widest(self) -> float:
        """Widest half-width at the end."""
        return list(self.steps.values())[-1]

    @property
    def reached(self) -> bool:
        """Whether it is as tight as asked for."""
        return self.asked is not None and self.widest <= self.asked


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a study says about its leading outcome.

    Attributes
    ----------
    stage
        The stage it rests on.
    outcome, policies
        The outcome, and the policies whose effect it is.
    kind
        What is traced to assumptions: the margin between policies, the effect of the only one, or the baseline's level.
    standing
        None without two policies, or without a row in which all of them ran.
    hanging
        What every response of that kind depends on; empty if no indices were asked for.
    swings
        One per factor, the most important first (without indices, the widest first).
    screened
        Factors that a screen left out, with their largest weight there for any response of that kind; NaN if no
        indices were asked for.
    precision
        None without Sobol.
    """

    stage: Stage
    outcome: str
    policies: tuple[str, ...]
    kind: Kind
    standing: Standing | None
    hanging: tuple[Hanging, ...]
    swings: tuple[Swing, ...]
    screened: tuple[Weight, ...]
    precision: Precision | None


def verdict_of(study: Study) -> Verdict:
    """Draw the conclusions of a study with at least one stage."""
    stage = study.stages[-1]
    outcome = study.experiment.outcomes[0]
    lead = [response for response in stage.responses if response.outcome == outcome]
    kinds = {response.kind for response in lead}
    kind: Kind = "margin" if "margin" in kinds else "effect" if "effect" in kinds else "level"
    hanging = tuple(each for each in hangings(study, stage, outcome) if each.kind == kind)
    return Verdict(
        stage=stage,
        outcome=outcome,
        policies=study.cases[1:],
        kind=kind,
        standing=standing(stage, lead),
        hanging=hanging,
        swings=tuple(_swings(stage, hanging)),
        screened=tuple(_screened(study, kind, outcome)),
        precision=_precision(study, outcome),
    )


def standing(stage: Stage, lead: Sequence[Response]) -> Standing | None:
    """Count in how many rows of a stage each policy has the largest effect on the leading outcome.

    Parameters
    ----------
    lead
        Responses of the stage to that outcome.
    """
    among = contenders(stage)
    effects = [
        response.values[stage.sample.luck == 0]
        for response in lead
        if response.kind == "effect" and response.scenario in among
    ]
    rows = best_rows(stage)
    if len(effects) < 2 or not rows:
        return None
    shares = {row["scenario"]: row["share"] for row in rows}
    found = np.stack(effects)
    found = found[:, np.isfinite(found).all(axis=0)]
    tied = float(((found == found.max(axis=0)).sum(axis=0) > 1).mean())
    return Standing(dict(sorted(shares.items(), key=lambda item: -item[1])), rows[0]["rows"], tied)


def _swings(stage: Stage, hanging: Sequence[Hanging]) -> Iterator[Swing]:
    """Find for each factor the policy whose share of the rows changes most; see `Verdict.swings` for their order."""
    policies = contenders(stage)
    if len(policies) < 2:
        return
    best = winners(stage.responses, stage.sample, stage.experiment.outcomes[0], policies)
    blocks = best["row"] // stage.sample.stride
    rows = hinge_rows(stage)
    tried = len(stage.experiment.factors) * len(policies)
    found = []
    for k, factor in enumerate(stage.experiment.factors):
        mine = [row for row in rows if row["factor"] == factor.name]
        if mine:
            widest = max(mine, key=lambda row: abs(row["high"] - row["low"]))
            wins = (best["scenario"] == widest["scenario"]).to_numpy()
            clear = _clear(wins, stage.sample.points[best["row"], k] >= factor.middle, blocks, tried)
            found.append(Swing(factor, widest["scenario"], widest["low"], widest["high"], clear))
    loud = [weight.name for each in hanging for weight in each.loud]

    def order(swing: Swing) -> tuple[int, float]:
        label = next((n for n in (swing.factor.name, swing.factor.group) if n in loud), None)
        return (loud.index(label) if label is not None else len(loud), -abs(swing.high - swing.low))

    yield from sorted(found, key=order)


def _clear(wins: Array, upper: Array, blocks: pd.Series, tried: int) -> bool:
    """Whether shares of wins in two halves differ by more than chance; rows of one block count as one draw.

    The variance is that of a difference of two ratios over blocks (linearised). Because the largest of many differences
    is chosen, the joint error rate of all that were `tried` is 5 % (Bonferroni).
    """
    sides = (~upper, upper)
    parts = [side * (wins - wins[side].mean()) / side.sum() for side in sides]
    by_block = pd.Series(parts[1] - parts[0]).groupby(blocks.to_numpy()).sum()
    difference = abs(float(wins[upper].mean() - wins[~upper].mean()))
    quantile = float(ndtri(1.0 - ERROR_RATE / 2.0 / tried))
    return len(by_block) >= FEWEST_BLOCKS and difference > quantile * float(np.sqrt((by_block**2).sum()))


def _screened(study: Study, kind: Kind, outcome: str) -> Iterator[Weight]:
    """Name what the first stage of two left out, the largest weight first."""
    if len(study.stages) < 2:
        return
    first, second = study.stages[0], study.stages[-1]
    kept = set(members(second))
    known: dict[str, Weight] = {}
    for each in hangings(study, first, outcome):
        for weight in each.weights if each.kind == kind else ():
            if weight.name not in known or weight.value > known[weight.name].value:
                known[weight.name] = weight
    left = [
        known.get(name, Weight(name, basis_of(factors), nan, nan, nan, False))
        for name, factors in members(first).items()
        if name not in kept
    ]
    yield from sorted(left, key=lambda weight: -weight.value if isfinite(weight.value) else 0.0)


def _precision(study: Study, outcome: str) -> Precision | None:
    if not len(study.convergence):
        return None
    lead = study.convergence[study.convergence["outcome"] == outcome]
    widest = lead.groupby("size", as_index=False)["widest"].max()
    steps = dict(zip(widest["size"].astype(int), widest["widest"].astype(float), strict=True))
    return Precision(study.experiment.design.precision, steps)


def spreads(stage: Stage) -> list[Spread]:
    """Summarise every response of a stage over the rows of its design; responses without a row are left out."""
    made = []
    for each in stage.responses:
        values = each.values[stage.sample.luck == 0]
        values = values[np.isfinite(values)]
        if len(values):
            low, high = (float(end) for end in np.quantile(values, TAILS))
            positive = float((values > 0).mean())
            about = (each.kind, each.scenario, each.rival, each.outcome)
            made.append(Spread(*about, float(values.mean()), low, high, positive, len(values)))
    return made
