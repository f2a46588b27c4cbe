"""What Table 5's equations and significance marks reveal about numbers it does not print.

The table does not print the share of firms with Y = 1, the share of quality firms (X2 = 1) and N. The score equations
and the rises of the likelihood hold on a convex set of surveys; `bounds` proves where it is empty, whatever the prior.
The level of the likelihood and the marks are not convex: `map_of` and `profile` search outwards from the rebuilt survey
and say where surveys that meet these too were found; where none was found, they prove nothing. All of this takes the
printed digits as exact; rounding widens all ranges somewhat.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.evidence.entropy import ImpossibleError, NotFoundError, tilt
from sim.evidence.equations import Equations, answers, printed
from sim.evidence.records import Evidence
from sim.evidence.survey import SURVEY_YEAR, Survey, marks_missed, rebuild, survey_firms, uniform_prior

Array = NDArray[Any]
Report = Callable[[str], None]

PRIORS = ("uniform", "judgement")
FIRMS_AROUND = (-9, -6, -3, 3, 6, 9)  # numbers of firms tried beside the recorded one
STEP_Y, STEP_X2 = 0.001, 0.005  # of the map
FACTORS = (0.5, 2.0)  # of the recorded N, between which its bounds are sought
BISECTIONS = 9


class Point(NamedTuple):
    """What is found at one number of firms, share of firms with Y = 1 and share with X2 = 1.

    Attributes
    ----------
    firms, prior
        N, and the prior from which the survey's distance is measured.
    share_y, share_x2
        On the map as given, otherwise as found; nan if there is no survey.
    equations
        Whether a survey was found that meets every coefficient and likelihood.
    marks
        How many printed marks the nearest such survey reproduces without being constrained to; −1 without a survey.
    all_marks
        Whether a survey was found that reproduces all of them.
    divergence
        KL to the prior (nats) of the nearest survey with all marks; nan without one.
    """

    firms: float
    prior: str
    share_y: float
    share_x2: float
    equations: bool
    marks: int
    all_marks: bool
    divergence: float


class Bounds(NamedTuple):
    """What the score equations and the rises of the likelihood exclude at the printed digits, whatever the prior.

    Attributes
    ----------
    firms
        N at which the shares are bounded.
    firms_low, firms_high
        Numbers of firms outside which provably no survey produces the table; nan if not proved at `FACTORS`.
    share_y_low, share_y_high, share_x2_low, share_x2_high
        Likewise for the share with Y = 1 and with X2 = 1 among N firms.
    """

    firms: float
    firms_low: float
    firms_high: float
    share_y_low: float
    share_y_high: float
    share_x2_low: float
    share_x2_high: float


def all_answers(evidence: Evidence) -> float:
    """Return the number of firms asked in any way: questionnaires, interviews, visits."""
    parts = ("survey_firms", "survey_interviews", "survey_visits")
    return sum(
        evidence.records[part, SURVEY_YEAR].value for part in parts if (part, SURVEY_YEAR) in evidence.records
    )


def map_of(evidence: Evidence, prior: str, report: Report) -> list[Point]:
    """Map the shares at which surveys of the recorded size are found, outwards from the rebuilt survey."""
    found = rebuild(evidence, prior=prior)
    start = round(found.share_y / STEP_Y), round(float(found.margin("X2")[1]) / STEP_X2)
    seen, queue, points = {start}, deque([start]), []
    while queue:
        i, j = queue.popleft()
        point = point_at(evidence, prior, survey_firms(evidence), i * STEP_Y, j * STEP_X2)
        points.append(point)
        report(f"{prior}: {len(points)} + {len(queue)}")
        if point.equations:
            around = [(i + a, j + b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
            fresh = [spot for spot in around if spot not in seen and 0 < spot[1] * STEP_X2 < 1]
            seen.update(fresh)
            queue.extend(fresh)
    return sorted(points)


def profile(evidence: Evidence, prior: str, report: Report) -> list[Point]:
    """Search at other numbers of firms, with both shares free."""
    points = []
    for more in (*FIRMS_AROUND, all_answers(evidence) - survey_firms(evidence)):
        firms = survey_firms(evidence) + more
        report(f"{prior}: N = {firms:g}")
        points.append(point_at(evidence, prior, firms))
    return points


def point_at(
    evidence: Evidence,
    prior: str,
    firms: float,
    share_y: float | None = None,
    share_x2: float | None = None,
) -> Point:
    """Look for surveys at one point; shares that are None are free."""

    def survey(marks: bool) -> Survey | None:
        try:
            return rebuild(
                evidence, firms=firms, prior=prior, share_y=share_y, share_x2=share_x2, marks=marks
            )
        except NotFoundError:
            return None

    plain = survey(marks=False)
    if plain is None:
        nothing = float("nan")
        y, x2 = (nothing if share is None else share for share in (share_y, share_x2))
        return Point(firms, prior, y, x2, equations=False, marks=-1, all_marks=False, divergence=nothing)
    table = printed(evidence)
    marks = int(table.entered[:, 1:].sum()) - len(marks_missed(evidence, plain))
    marked = survey(marks=True)
    best = plain if marked is None else marked
    return Point(
        firms=firms,
        prior=prior,
        share_y=best.share_y if share_y is None else share_y,
        share_x2=float(best.margin("X2")[1]) if share_x2 is None else share_x2,
        equations=True,
        marks=marks,
        all_marks=marked is not None,
        divergence=float("nan") if marked is None else marked.divergence,
    )


def bounds(evidence: Evidence, report: Report) -> Bounds:
    """Bound N and, at the recorded N, both shares by the equations that every survey must meet.

    The surveys that meet these equations form a convex set, in which 1/N and both shares are linear. So every value
    between two possible ones is possible, and every value beyond an impossible one is impossible.

    Raises
    ------
    ImpossibleError
        If the equations contradict each other at the recorded N.
    """
    table = printed(evidence)
    cells = answers(evidence, table.names[1:])
    prior = uniform_prior(cells)
    quality = cells[:, table.names[1:].index("X2")].astype(float)
    recorded = survey_firms(evidence)
    equations = Equations(table, cells, recorded)
    relaxed = _relaxed(equations)
    inside = tilt(prior, relaxed).shares

    def open_to(features: Array) -> bool:
        try:
            tilt(prior, features)
        except ImpossibleError:
            return False
        except NotFoundError:
            pass  # undecided
        return True

    def end(holds: Callable[[float], bool], good: float, bad: float) -> float:
        if holds(bad):
            return float("nan")
        for _ in range(BISECTIONS):
            middle = (good + bad) / 2
            report(f"{min(good, bad):.4g} – {max(good, bad):.4g}")
            good, bad = (middle, bad) if holds(middle) else (good, middle)
        return bad

    def ends(function: Array) -> list[float]:
        found = float(inside @ function)
        return [
            end(lambda share: open_to(np.column_stack([relaxed, function - share])), found, limit)
            for limit in (0.0, 1.0)
        ]

    sizes = [
        end(lambda firms: open_to(_relaxed(Equations(table, cells, firms))), recorded, recorded * factor)
        for factor in FACTORS
    ]
    return Bounds(recorded, *sizes, *ends(equations.difficulty), *ends(quality))


def _relaxed(equations: Equations) -> Array:
    """All equations except the level of the likelihood, the only one not linear in the share of Y."""
    features: Array = equations.features(0.5, fixed=False)[:, :-1]
    return features


def reveal(evidence: Evidence, report: Report) -> tuple[Bounds, list[Point]]:
    """Find everything that the table reveals about its unprinted numbers; takes about half an hour.

    Parameters
    ----------
    report
        Called with a short text on what is being tried.

    Returns
    -------
    tuple
        The result of `bounds`, and the points of map and profile for each prior.
    """
    found = bounds(evidence, report)
    points = [
        point for prior in PRIORS for make in (map_of, profile) for point in make(evidence, prior, report)
    ]
    return found, points
