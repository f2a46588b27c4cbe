"""The rebuilt survey tilted to the province: the answers of firms at quarter zero.

The 306 firms of the survey are nearly all quality firms; the province's 100,000 are not. So the model uses the
distribution of answers nearest to the survey's (`sim.evidence.entropy`) that has the province's margins:

- ladder and size: shares by X2 and X1, from the stocks at the end of 2019 and the sizes by level;
- cloud: the share that needs a platform (X4), from platform use at the end of 2019;
- ordinary: the other answers of firms below quality level. The rebuilt survey has a dozen such firms, three of them of
  the most common size: too few to represent 92,000. Their margins come from `survey_margins.csv` (`assumed`).

Everything else, including the associations between answers, stays as in the survey. Calibration reports what each
margin moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from math import erf, log, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Message, Problem
from sim.evidence.entropy import NotFoundError, Tilt, tilt
from sim.evidence.survey import ANSWERS, Survey, columns_of, segments
from sim.evidence.survey_file import read_survey
from sim.evidence.tables import Evidence
from sim.world.constants import LEVELS, QUALITY, VARIABLES
from sim.world.parameters import load_parameters
from sim.world.space import DIGITS

Array = NDArray[Any]
STAFF_CLASSES = (50.0, 100.0, 300.0, 500.0)  # upper ends of the first four answers of X1 (Table 4)
CLOUD_YEAR = 2023
STOCKS = ("level1_2019", "hightech_2019", "level3_2019", "level4_2019", "firms_2019")


class SurveyTable(NamedTuple):
    """Rows of survey answers; segments (X2 · 5 + X1) · 5 + X5 are contiguous."""

    values: Array  # int8[rows, 14]
    cumulative: Array  # float64[rows], cumulative within the segment
    start: Array  # int64[segments + 1]


class Moved(NamedTuple):
    """How far a margin of the province moves the survey."""

    margin: str
    target: float  # share; nan where the margin has several
    divergence_alone: float  # KL in nats, this margin alone
    divergence_added: float  # KL in nats, on top of the margins before it


def stocks(values: Mapping[str, float]) -> Array:
    """Return firms by level at the end of 2019: float64[levels]; levels 3 and 4 are part of the high-tech stock."""
    small, hightech, third, top, firms = (values[name] for name in STOCKS)
    return np.array([firms - small - hightech, small, hightech - third - top, third, top])


def size_by_level(values: Mapping[str, float]) -> Array:
    """Return the shares of a level's firms by class of X1, with log-normal sizes: float64 [levels, answers]."""

    def below(level: int, staff: float) -> float:
        # staff is rounded to whole people
        z = log((staff + 0.5) / values[f"size_median_{level}"]) / values[f"size_spread_{level}"]
        return 0.5 * (1.0 + erf(z / sqrt(2.0)))

    reached = [[0.0, *(below(level, staff) for staff in STAFF_CLASSES), 1.0] for level in range(LEVELS)]
    return np.diff(np.array(reached), axis=1)


def province_answers(evidence: Evidence, values: Mapping[str, float]) -> Survey:
    """Tilt the rebuilt survey to the province at the end of 2019.

    Parameters
    ----------
    evidence
        A calibrated folder.
    values
        Parameters by name: stocks, sizes and platform use at the end of 2019.

    Returns
    -------
    Survey
        Shares of the province's firms; `divergence` is the KL to the survey in nats.

    Raises
    ------
    InputError
        If the folder has not been calibrated, or its survey has no firm of some size, level and change of profit.
    """
    return tilted(evidence, read_survey(evidence), values)


def tilted(evidence: Evidence, survey: Survey, values: Mapping[str, float]) -> Survey:
    """Tilt a survey to the province as `province_answers` does."""
    return _tilted(evidence, survey, _margins(values))


def moved(evidence: Evidence, survey: Survey, values: Mapping[str, float]) -> list[Moved]:
    """Compute how far each margin of the province moves a survey, alone and on top of those before it."""
    margins = _margins(values)
    features = _features(evidence, survey, margins)
    logs = np.log(survey.shares)
    targets = {"ladder": sum(margins.by_size[1]), "cloud": _needing(evidence, survey, margins)}
    found, before = [], 0.0
    for k, name in enumerate(features):
        held = list(features.values())[: k + 1]
        if k > 0:
            del held[0]  # shares by size and level imply those by level
        after = tilt(logs, np.column_stack(held)).divergence
        alone = tilt(logs, features[name]).divergence
        found.append(Moved(name, targets.get(name, float("nan")), alone, after - before))
        before = after
    return found


class _Margins(NamedTuple):
    """The province's margins."""

    by_size: tuple[
        tuple[float, ...], tuple[float, ...]
    ]  # shares by X1 of firms below quality level, and at it
    without_platform: float


def _margins(values: Mapping[str, float]) -> _Margins:
    firms = stocks(values)
    by_level = firms[:, None] / firms.sum() * size_by_level(values)
    below, quality = (tuple(part.sum(axis=0)) for part in (by_level[:QUALITY], by_level[QUALITY:]))
    return _Margins((below, quality), 1.0 - values["platforms"])


@lru_cache(maxsize=8)  # keyed by the identity of evidence and survey; both are read once
def _tilted(evidence: Evidence, survey: Survey, margins: _Margins) -> Survey:
    own = _margins(load_parameters(evidence.folder).defaults())
    start = None if margins == own else _nearest(evidence, survey, own, None)  # most of the way
    found = _nearest(evidence, survey, margins, start)
    return replace(survey, shares=found.shares, divergence=found.divergence)


@lru_cache(maxsize=8)  # likewise
def _nearest(evidence: Evidence, survey: Survey, margins: _Margins, start: Tilt | None) -> Tilt:
    """Find the distribution nearest to a survey's that has a province's margins, from another's multipliers."""
    features = _features(evidence, survey, margins)
    del features["ladder"]  # implied by sizes
    multipliers = None if start is None else start.multipliers
    try:
        return tilt(np.log(survey.shares), np.column_stack(list(features.values())), start=multipliers)
    except NotFoundError:
        raise InputError(Problem(Message("errors_world.tilt"), file=str(evidence.folder))) from None


def _needing(evidence: Evidence, survey: Survey, margins: _Margins) -> float:
    """Return the share of firms that need a platform at the end of 2019.

    Only firms without a platform can need one. Among these, the share that needs one is taken from the survey and the
    cloud share recorded at its time, and applied to the firms without one at the end of 2019; it is at most 1.
    """
    without = 1.0 - evidence.records["cloud_share", CLOUD_YEAR].value
    return min(float(survey.margin("X4")[1]) / without, 1.0) * margins.without_platform


def _features(evidence: Evidence, survey: Survey, margins: _Margins) -> dict[str, Array]:
    """Return functions of the answers whose means are zero in the province, by margin: float64 [cells, k] each."""
    size, quality, need = columns_of(survey, ("X1", "X2", "X4")).T
    groups = [(quality == q).astype(float) for q in range(2)]
    sizes = [
        groups[q] * (size == answer) - share
        for q, shares in enumerate(margins.by_size)
        for answer, share in enumerate(shares)
        if (q, answer) != (0, 0)  # the last share follows from the others
    ]
    ordinary = [
        groups[0] * ((answers == code) - share)
        for name, answers in zip(survey.names, survey.cells.T, strict=True)
        for code, share in enumerate(evidence.margins.get((name, "below_quality"), ()))
        if code > 0 and name != "X4"
    ]
    wanted = _needing(evidence, survey, margins)
    return {
        "ladder": (quality - sum(margins.by_size[1]))[:, None],
        "size": np.column_stack(sizes),
        "cloud": np.column_stack([group * (need - wanted) for group in groups]),
        "ordinary": np.column_stack(ordinary),
    }


@lru_cache(maxsize=64)  # by identity, like the tilted survey itself
def margin(survey: Survey, variable: str, quality: int) -> Array:
    """Return shares of a variable's answers among firms below (0) or at (1) quality level: float64[answers]."""
    group = columns_of(survey, ("X2",))[:, 0]
    shares: Array = np.round(survey.margin(variable, group == quality), DIGITS)
    return shares


@lru_cache(maxsize=8)
def survey_table(survey: Survey, file: str) -> SurveyTable:
    """Sort the answers by segment: X2, X1 and X5, which a firm's state fixes before the others are drawn.

    Raises
    ------
    InputError
        If the survey has no firm of some size, level and change of profit.
    """
    segment = segments(survey)
    order = np.argsort(segment, kind="stable")
    count = np.bincount(segment, minlength=2 * ANSWERS * ANSWERS)
    if (count == 0).any():
        empty = int(np.flatnonzero(count == 0)[0])
        (x2, x1), x5 = divmod(empty // ANSWERS, ANSWERS), empty % ANSWERS
        message = Message("errors_world.no_such_firm", x1=x1, x2=x2, x5=x5)
        raise InputError(Problem(message, file=file))
    start = np.concatenate(([0], count.cumsum()))
    values = np.zeros((len(order), VARIABLES), np.int8)
    values[:, [int(name[1:]) for name in survey.names]] = survey.cells[order]
    running = survey.shares[order].cumsum()
    before = np.concatenate(([0.0], running))[start[:-1]]
    total = running[start[1:] - 1] - before
    rows = segment[order]
    return SurveyTable(values, np.round((running - before[rows]) / total[rows], DIGITS), start)
