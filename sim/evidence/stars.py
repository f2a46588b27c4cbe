"""What Table 5's equations and significance marks reveal about numbers it does not print.

The table does not print the share of firms with Y = 1, the share of quality firms (X2 = 1) and N. The score equations
and the rises of the likelihood hold on a convex set of surveys; `bounds` finds its ends (`sim.evidence.ends`), whatever
the prior: exactly at the printed digits, and with their rounding between an end that a survey reaches and one that is
proved. The level of the likelihood and the marks are not convex: `map_of` and `profile` search outwards from the
rebuilt survey and say where surveys that meet these too were found; where none was found, they prove nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.evidence.ends import End, Programme
from sim.evidence.entropy import BARRIERS, ImpossibleError, NotFoundError
from sim.evidence.equations import Printed, answers, printed
from sim.evidence.records import Evidence
from sim.evidence.survey import SURVEY_YEAR, Survey, marks_missed, rebuild, survey_firms

Array = NDArray[Any]
Report = Callable[[str], None]

PRIORS = ("uniform", "judgement")
FIRMS_AROUND = (-9, -6, -3, 3, 6, 9)  # numbers of firms tried beside the recorded one
STEP_Y, STEP_X2 = 0.004, 0.02  # of the map
FREE = BARRIERS[-1]  # nats for a miss within the rounding: the question is whether there is a survey at all
FAR = 6.0  # nats from the prior beyond which the map looks for no survey; the rebuilt one is at some 2
CORNERS = 8  # corners of the rounding that are tried for an end


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
    """Ends of what the score equations and the rises of the likelihood allow, whatever the prior.

    Attributes
    ----------
    digits
        `exact`: at the printed digits, all surveys lie within and some at the ends. With every number anywhere in its
        rounding, `found`: a survey of the set reaches the ends, others may lie beyond; `proved`: none lies beyond.
    firms
        N at which the shares are bounded.
    firms_low, firms_high
        Numbers of firms; nan where there is no end.
    share_y_low, share_y_high, share_x2_low, share_x2_high
        The share with Y = 1 and with X2 = 1 among N firms.
    """

    digits: str
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
    found = rebuild(evidence, prior=prior, marks=False, miss_cost=FREE)
    start = round(found.share_y / STEP_Y), round(float(found.margin("X2")[1]) / STEP_X2)
    near: dict[tuple[int, int], Survey] = {start: found}  # from which surveys at the spots ahead are sought
    queue, points = deque([start]), []
    while queue:
        i, j = queue.popleft()
        firms = survey_firms(evidence)
        point, plain = point_at(evidence, prior, firms, i * STEP_Y, j * STEP_X2, near=near[i, j])
        points.append(point)
        report(f"{prior}: {len(points)} + {len(queue)}")
        near[i, j] = found  # lets go of the survey, which is large
        if plain is not None:
            around = [(i + a, j + b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
            fresh = [spot for spot in around if spot not in near and 0 < spot[1] * STEP_X2 < 1]
            near.update(dict.fromkeys(fresh, plain))
            queue.extend(fresh)
    return sorted(points)


def profile(evidence: Evidence, prior: str, report: Report) -> list[Point]:
    """Search at other numbers of firms, with both shares free; not where a linear programme rules them out."""
    table = printed(evidence)
    programme = Programme(table, answers(evidence, table.names[1:]))
    points = []
    for more in (*FIRMS_AROUND, all_answers(evidence) - survey_firms(evidence)):
        firms = survey_firms(evidence) + more
        report(f"{prior}: N = {firms:g}")
        if programme.possible(firms):
            points.append(point_at(evidence, prior, firms)[0])
        else:
            points.append(_nothing_at(prior, firms, None, None))
    return points


def _nothing_at(prior: str, firms: float, share_y: float | None, share_x2: float | None) -> Point:
    """Return the point at which no survey was found."""
    nothing = float("nan")
    y, x2 = (nothing if share is None else share for share in (share_y, share_x2))
    return Point(firms, prior, y, x2, equations=False, marks=-1, all_marks=False, divergence=nothing)


def point_at(
    evidence: Evidence,
    prior: str,
    firms: float,
    share_y: float | None = None,
    share_x2: float | None = None,
    near: Survey | None = None,
) -> tuple[Point, Survey | None]:
    """Look for surveys at one point; shares that are None are free.

    Parameters
    ----------
    near
        A survey of another point to start from; by default the prior.

    Returns
    -------
    tuple
        The point, and the survey there without regard to marks.
    """

    def survey(near: Survey | None, marks: bool) -> Survey | None:
        try:
            return rebuild(
                evidence,
                firms=firms,
                prior=prior,
                share_y=share_y,
                share_x2=share_x2,
                marks=marks,
                near=near,
                within=np.inf if near is None else FAR,
                miss_cost=FREE,
            )
        except NotFoundError:
            return None

    plain = survey(near, marks=False)
    if plain is None:
        return _nothing_at(prior, firms, share_y, share_x2), None
    table = printed(evidence)
    marks = int(table.entered[:, 1:].sum()) - len(marks_missed(evidence, plain))
    marked = survey(plain, marks=True)
    best = plain if marked is None else marked
    point = Point(
        firms=firms,
        prior=prior,
        share_y=best.share_y if share_y is None else share_y,
        share_x2=float(best.margin("X2")[1]) if share_x2 is None else share_x2,
        equations=True,
        marks=marks,
        all_marks=marked is not None,
        divergence=float("nan") if marked is None else marked.divergence,
    )
    return point, plain


def bounds(evidence: Evidence, report: Report) -> list[Bounds]:
    """Find the ends of N and, at the recorded N, of both shares: `Bounds` that are exact, found and proved.

    Raises
    ------
    ImpossibleError
        If the equations contradict each other at the recorded N.
    """
    table = printed(evidence)
    cells = answers(evidence, table.names[1:])
    firms = survey_firms(evidence)
    share_y = np.repeat([0.0, 1.0], len(cells))
    share_x2 = np.tile(cells[:, table.names[1:].index("X2")].astype(float), 2)
    aims = (_Aim(None, 1.0, None), *(_Aim(share, 0.0, firms) for share in (share_y, share_x2)))
    exact, proved = Programme(table.exact, cells), Programme(table, cells)
    rows = []
    for name in ("exact", "found", "proved"):
        ends: list[float] = []
        for aim in aims:
            for side in (1.0, -1.0):
                report(f"{name}: {len(ends) + 1}")
                if name == "found":
                    ends.append(side * _furthest(table, cells, aim, side))
                else:
                    ends.append(side * aim.least(proved if name == "proved" else exact, side).bound)
        least, most, *shares = ends
        sizes = (1.0 / size if size > 0.0 else float("nan") for size in (most, least))
        rows.append(Bounds(name, firms, *sizes, *shares))
    return rows


class _Aim(NamedTuple):
    """What is to become least or most: the mean of a cost, or 1/N."""

    cost: Array | None
    per_size: float
    firms: float | None

    def least(self, programme: Programme, side: float, start: Array | None = None) -> End:
        """Find the least, or for side −1 minus the most."""
        cost = None if self.cost is None else side * self.cost
        return programme.least(cost, firms=self.firms, per_size=side * self.per_size, start=start)


def _furthest(table: Printed, cells: Array, aim: _Aim, side: float) -> float:
    """Find the least that some coefficients within their rounding allow; others may allow less.

    The prices of one programme say how the end moves with every coefficient: the next one takes the corner of the
    rounding that this points to, as long as that helps.
    """
    best, b, start = np.inf, table.b, None
    for _ in range(CORNERS):
        corner = replace(table, b=b, half=0.0 * table.half)
        try:
            end = aim.least(Programme(corner, cells), side, start)
        except ImpossibleError:
            break
        if end.value >= best:
            break
        best, start = end.value, end.cells
        b = table.b - table.half * np.sign(end.slope)
    return best


def reveal(evidence: Evidence, report: Report) -> tuple[list[Bounds], list[Point]]:
    """Find everything that the table reveals about its unprinted numbers; takes a quarter of an hour.

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
