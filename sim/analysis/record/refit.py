"""Table 5's widest column estimated again on simulated firms: at quarter zero, and after ten years without policy.

At quarter zero, a firm reports a difficulty with the probability that the column gives for its answers, so firms
sampled like the survey must return the printed coefficients. Later they need not, for two reasons that the readings
separate: only a share of a changed answer counts (selective), and firms without difficulty climb sooner (V).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.record.history import START, record_scenario, scale_of, watch
from sim.analysis.record.scorecard import Line
from sim.analysis.statistics import interval
from sim.evidence.equations import printed
from sim.runs.executor import Progress, in_order
from sim.runs.run import evidence_of
from sim.world.compiled import Compiled, compile_scenario
from sim.world.constants import YEAR
from sim.world.scenario_record import READINGS

Array = NDArray[Any]
AGENTS = 25_000  # few are quality SMEs, which weigh most; still the sampling error is below half the survey's
REPLICATIONS = 6
DISTANCE = "table5_distance"  # the scorecard's series that is measured here
YEARS = 10
QUARTER_ZERO, TEN_YEARS = MOMENTS = ("quarter_zero", "ten_years")
SIZES, QUALITIES = 5, 2  # answers of X1 and X2

#: What the refits show and why, Chinese and English; tests/statistical/test_refit.py checks it.
FINDINGS = (
    (
        "起始季度：每家企业报告转型难的概率正是第 9 列按其回答给出的值；按调查的规模与资质结构加权，"
        "复算便得到印出的系数，各种解读相同。",
        "At quarter zero a firm's chance of reporting a difficulty is the one that column 9 gives for its answers; "
        "weighted to the survey's sizes and certificates, firms return the printed coefficients, under all readings.",
    ),
    (
        "D 与 naive：十年后仍得到印出的系数，因为概率随回答足额变动，转型难也不影响谁升级。",
        "D with naive returns them ten years later too: the chance follows the answers in full, and difficulty does "
        "not decide who climbs.",
    ),
    (
        "selective：偏离主要是衰减。回答的变动只按因果份额 κ 计入，今天的回答便不如当初的回答说明问题。"
        "X5、X6 常变而 κ 为 0，系数近于消失；X3、X4 缩小；X2 所剩无几，因为十年后的优质企业多数是后来升上来的；"
        "κ 为 1 的 X7 大体不变。X1、X10、X11、X13 很少变或不变，却透露企业当初是否优质，系数随之改变。",
        "Under selective the drift is mostly attenuation: of a change in an answer only the share κ counts, so "
        "today's answers say less than the first ones did. X5 and X6 change often and have κ = 0: they all but "
        "vanish. X3 and X4 shrink. X2 loses nearly all, because most quality firms have climbed since. X7, with "
        "κ = 1, stays about where it was. X1, X10, X11 and X13 change little or never, and move by what they tell of "
        "a firm's first level.",
    ),
    (
        "V 与 naive 单独显示选择：没有转型难的企业升得更快，升上来的企业运气偏好，X2 的系数略降，其余几乎不动。"
        "降幅远小于调查的一个标准误：运气几年内就淡去，级别却保留下来。",
        "V with naive shows selection alone: firms without difficulty climb sooner, so those that climbed are the "
        "luckier ones, and the coefficient of X2 falls a little; the others hardly move. It falls by far less than one "
        "standard error of the survey: luck fades within a few years, a level lasts.",
    ),
)


def refits(
    evidence: str,
    target: Array,
    standard_errors: Array,
    *,
    replications: int = REPLICATIONS,
    scale: float | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Refit Table 5's widest column at quarter zero and after ten years of the baseline, under every reading.

    Parameters
    ----------
    evidence
        Name or path of an evidence folder.
    target
        float64 [5, 2], the survey's shares of firms by X1 and X2: `joint_shares`.
    standard_errors
        float64 [columns, names], of the survey's own coefficients: `sim.evidence.survey.standard_errors`.
    replications, scale
        Of the runs; by default some `AGENTS` firms.
    workers
        Threads; by default one per processor.
    progress
        Called with (done, total) after each replication.

    Returns
    -------
    DataFrame
        moment (one of `MOMENTS`), reading (one of `READINGS`), replication, variable, printed, standard_error (the
        survey's), refit (log-odds).
    """
    scale = scale_of(evidence, AGENTS) if scale is None else scale
    base = record_scenario(evidence, end=f"{START + YEARS}Q4", scale=scale)
    known = evidence_of(base)
    table = printed(known)
    compiled = {
        name: compile_scenario(base.with_reading(*reading), known) for name, reading in READINGS.items()
    }
    answers = [int(name[1:]) for name in table.names[1:]]
    tasks = [partial(_refits, compiled, answers, target, base.seed, k) for k in range(replications)]
    found = in_order(tasks, workers, progress)
    frames = [
        pd.DataFrame(
            {
                "moment": moment,
                "reading": reading,
                "replication": k,
                "variable": table.names,
                "printed": table.b[-1],
                "standard_error": standard_errors[-1],
                "refit": estimates[moment, reading],
            }
        )
        for moment, reading in product(MOMENTS, READINGS)
        for k, estimates in enumerate(found)
    ]
    return pd.concat(frames, ignore_index=True)


def _refits(
    compiled_by_reading: Mapping[str, Compiled],
    answers: list[int],
    target: Array,
    seed: int,
    replication: int,
) -> dict[tuple[str, str], Array]:
    """Refit one replication: moment and reading -> log-odds, float64 [1 + answers]."""
    from sim.model.state import ALIVE, X1, X2

    found: dict[tuple[str, str], Array] = {}
    for reading, compiled in compiled_by_reading.items():
        for moment, name in zip(watch(compiled, seed, replication, YEARS * YEAR), MOMENTS, strict=True):
            if found and name == QUARTER_ZERO:  # it does not depend on the reading
                found[name, reading] = next(iter(found.values()))
                continue
            firms = moment.state.firms
            x, difficult = (array[firms.alive == ALIVE] for array in (firms.x, firms.hard))
            weights = survey_weights(x[:, X1], x[:, X2], target)
            found[name, reading] = weighted_logit(x[:, answers], difficult, weights)
    return found


def joint_shares(x1: Array, x2: Array, weights: Array) -> Array:
    """Return shares of firms by X1 and X2: float64 [5, 2], summing to 1.

    Parameters
    ----------
    x1, x2
        int [n], answers.
    weights
        float64 [n].
    """
    strata = np.bincount(x1.astype(np.int64) * QUALITIES + x2, weights, SIZES * QUALITIES)
    shares: Array = strata.reshape(SIZES, QUALITIES) / strata.sum()
    return shares


def survey_weights(x1: Array, x2: Array, target: Array) -> Array:
    """Weight firms as if they had been sampled like the survey: float64 [n], mean 1.

    Parameters
    ----------
    x1, x2
        int [n], answers of the available firms.
    target
        float64 [5, 2], target shares by X1 and X2. A kind without available firms stays missing, and the others keep
        their proportions.
    """
    there = joint_shares(x1, x2, np.ones(len(x1)))
    ratios = np.divide(target, there, out=np.zeros_like(there), where=there > 0)
    weights = ratios[x1, x2]
    scaled: Array = weights / weights.mean()
    return scaled


def weighted_logit(answers: Array, difficult: Array, weights: Array) -> Array:
    """Estimate a logit with an independent library.

    Parameters
    ----------
    answers
        int [n, variables], as coded in Table 4.
    difficult
        [n], whether a difficulty is reported, or its probability.
    weights
        float64 [n]; only their ratios matter.

    Returns
    -------
    float64 [1 + variables]
        Log-odds, the constant first.
    """
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    design = np.column_stack([np.ones(len(answers)), answers])
    estimates: Array = GLM(difficult, design, family=Binomial(), var_weights=weights).fit().params
    return estimates


def refit_frame(refits: pd.DataFrame) -> pd.DataFrame:
    """Summarise replications.

    Parameters
    ----------
    refits
        From `refits`.

    Returns
    -------
    DataFrame
        moment, reading, variable, printed, standard_error (the survey's), refit (mean over replications), low, high
        (95 % interval of that mean), distance (|refit − printed| in the survey's standard errors).
    """
    row = ["moment", "reading", "variable", "printed", "standard_error"]
    groups = refits.groupby(row, sort=False)["refit"]
    means = [(*key, *interval(values.to_numpy())) for key, values in groups]
    frame = pd.DataFrame(means, columns=[*row, "refit", "low", "high"])
    frame["distance"] = (frame["refit"] - frame["printed"]).abs() / frame["standard_error"]
    return frame


def quarter_zero_line(refits: pd.DataFrame) -> tuple[Line, Array]:
    """Return the scorecard's line on quarter zero with its values: float64 [replications].

    Each value is the largest distance of a coefficient from the printed one, in the survey's standard errors.
    """
    line = Line(
        (DISTANCE, START),
        f"表 5 第 9 列在 {START} 年末的企业上复算：偏离最大的系数",
        f"Table 5, column 9, refitted to the firms of the end of {START}: the coefficient furthest from print",
        "F",
        "standard errors",
        low=0.0,
        high=2.0,
        source="stated before the model was programmed",
        grade="derived",
        note="standard errors of the rebuilt survey; firms weighted to its shares by X1 and X2",
    )
    reading = next(iter(READINGS))  # all readings share quarter zero
    start = refits[(refits["moment"] == QUARTER_ZERO) & (refits["reading"] == reading)]
    distances = (start["refit"] - start["printed"]).abs() / start["standard_error"]
    return line, distances.groupby(start["replication"]).max().to_numpy()
