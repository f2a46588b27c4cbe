r"""The unpublished survey, rebuilt from the nine printed regressions of Table 5.

`sim.evidence.equations` says what those regressions demand. Of the surveys that meet these equations, `rebuild` takes
the one nearest to a prior (`sim.evidence.entropy`).

Given x, each of those equations is linear in y with a slope linear in x. So, under a prior in which Y does not depend
on x, the nearest survey has logit P(Y = 1 | x) linear in x; and the score equations of the widest column, which holds
all variables, make P(Y = 1 | x) = Λ(x·b_9) exactly. Only the distribution of x is left to find, with half the cells
and eleven fewer equations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.evidence.entropy import NotFoundError, divergence, normalised, tilt
from sim.evidence.equations import Equations, answers, printed
from sim.evidence.records import COLUMNS, Evidence

Array = NDArray[Any]

#: two-sided normal quantiles of the marks *, ** and ***: 10, 5 and 1 %
THRESHOLDS = (1.6448536269514722, 1.959963984540054, 2.5758293035489004)
MARGIN = 0.003  # distance of |b|/s.e. from a threshold, so that rounding the weights cannot cross it
STEP = 0.06  # largest change of a linearised |b|/s.e. in one step
NEAR = 0.12  # marks whose |b|/s.e. is further inside its bounds are not constrained
MARK_SLACK = 1e-4  # keeps nearly contradictory marks solvable; the miss is checked afterwards
ANSWERS = 5  # to X1 and X5
SURVEY_YEAR = 2022
# how the level of the likelihood becomes a hard constraint: slack, and the change of Y's share that ends each stage
SOFT = ((1.0, 1e-2), (1e-2, 3e-3), (1e-4, 1e-3), (0.0, 1e-9))
ROUNDS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """A rebuilt survey.

    Attributes
    ----------
    names
        Variables, such as X1.
    cells
        int8 [cells, variables], answers as coded in Table 4.
    shares
        float64 [cells], share of firms, summing to 1.
    difficulty
        float64 [cells], P(Y = 1 | x).
    firms
        N.
    divergence
        KL to the prior, nats.
    """

    names: tuple[str, ...]
    cells: Array
    shares: Array
    difficulty: Array
    firms: float
    divergence: float

    @property
    def share_y(self) -> float:
        """Share of firms that report a difficulty."""
        return float(self.shares @ self.difficulty)

    def margin(self, name: str, members: Array | None = None) -> Array:
        """Return shares of a variable's answers, among the cells in `members` (bool): float64[answers]."""
        answers_ = self.cells[:, self.names.index(name)]
        weights = self.shares if members is None else self.shares * members
        counted = np.bincount(answers_, weights)
        shares: Array = counted / counted.sum()
        return shares


def columns_of(survey: Survey, names: Sequence[str]) -> Array:
    """Return the answers to these questions: int64 [cells, names]."""
    return survey.cells[:, [survey.names.index(name) for name in names]].astype(np.int64)


def segments(survey: Survey) -> Array:
    """Return the segment (X2 · 5 + X1) · 5 + X5 of every combination, which a firm's state fixes: int64 [cells]."""
    number: Array = columns_of(survey, ("X2", "X1", "X5")) @ (ANSWERS * ANSWERS, ANSWERS, 1)
    return number


def uniform_prior(cells: Array) -> Array:
    """Return the log prior that prefers no combination of answers: float64 [cells]."""
    return np.full(len(cells), -np.log(len(cells)))


def judgement_prior(evidence: Evidence, names: Sequence[str], cells: Array) -> Array:
    """Return the log prior of `survey_margins.csv`: independent answers within firms below and at quality level.

    X1 and X2, which the file does not cover, are uniform.
    """
    logs = np.zeros(len(cells))
    quality = cells[:, names.index("X2")] == 1
    for k, name in enumerate(names):
        for group, members in (("below_quality", ~quality), ("quality", quality)):
            if (name, group) in evidence.margins:
                margin = np.log(np.maximum(evidence.margins[name, group], np.finfo(float).tiny))
                logs[members] += margin[cells[members, k]]
    return normalised(logs)


def survey_firms(evidence: Evidence) -> float:
    """Return the number of firms that answered, from the record."""
    return evidence.records["survey_firms", SURVEY_YEAR].value


def rebuild(
    evidence: Evidence,
    *,
    firms: float | None = None,
    prior: str = "uniform",
    share_y: float | None = None,
    share_x2: float | None = None,
    marks: bool = True,
) -> Survey:
    """Rebuild the survey behind Table 5.

    Parameters
    ----------
    firms
        N; by default the record `survey_firms`.
    prior
        `uniform` or `judgement`.
    share_y, share_x2
        Share of firms with Y = 1 and with X2 = 1; by default the equations, marks and prior determine them.
    marks
        Whether the significance marks must be as printed.

    Raises
    ------
    NotFoundError
        If no survey is found that produces Table 5 with this N, these shares and its marks; `sim.evidence.conflicts`
        looks for the reason.
    """
    table = printed(evidence)
    names = table.names[1:]
    cells = answers(evidence, names)
    count = survey_firms(evidence) if firms is None else firms
    logs = uniform_prior(cells) if prior == "uniform" else judgement_prior(evidence, names, cells)
    equations = Equations(table, cells, count)
    extra: tuple[Array, ...] = ()
    if share_x2 is not None:
        extra = ((cells[:, names.index("X2")] - share_x2).astype(float),)
    shares = meet_equations(equations, logs, share_y, extra)
    if marks:
        shares = _meet_marks(equations, logs, shares, share_y, extra)
    return Survey(names, cells, shares, equations.difficulty, count, divergence(shares, logs))


def restricted(evidence: Evidence, survey: Survey, held: Array) -> Survey:
    """Drop combinations of answers and move the rest, by least relative entropy, to restore every equation and mark.

    Parameters
    ----------
    held
        bool [cells], True for those that stay.
    """
    cells, shares = survey.cells[held], survey.shares[held]
    logs = np.log(shares / shares.sum())
    equations = Equations(printed(evidence), cells, survey.firms)
    shares = tilt(logs, equations.features(survey.share_y, fixed=True)).shares
    shares = _meet_marks(equations, logs, shares, survey.share_y, ())
    return Survey(survey.names, cells, shares, equations.difficulty, survey.firms, float("nan"))


def meet_equations(
    equations: Equations, logs: Array, share_y: float | None = None, extra: Sequence[Array] = ()
) -> Array:
    """Nearest distribution of x that meets every equation of Table 5."""
    if share_y is not None:
        return tilt(logs, np.column_stack([*extra, equations.features(share_y, fixed=True)])).shares
    share, start = 0.5, None
    for soft, settled in SOFT:
        for _ in range(ROUNDS):
            features = np.column_stack([*extra, equations.features(share, fixed=False)])
            slack = np.zeros(features.shape[1])
            slack[-1] = soft
            found = tilt(logs, features, slack=slack, start=start)
            start = found.multipliers
            before, share = share, float(found.shares @ equations.difficulty)
            if abs(share - before) < settled:
                break
        else:
            raise NotFoundError("the share of firms with Y = 1 does not settle")
    return found.shares


def _meet_marks(
    equations: Equations, logs: Array, shares: Array, share_y: float | None, extra: Sequence[Array]
) -> Array:
    """Nearest distribution that also reproduces every printed mark, by successive linearisation.

    A mark bounds |b|/s.e.; `Equations.precision` makes each bound linear in the shares near the last solution.
    """
    multipliers: dict[tuple[int, int, int], float] = {}
    for _ in range(ROUNDS):
        bounds, missed = _mark_bounds(equations, shares)
        if missed < MARGIN / 2:
            return shares
        share = float(shares @ equations.difficulty) if share_y is None else share_y
        fixed = np.column_stack([*extra, equations.features(share, fixed=share_y is not None)])
        signs = np.array([side for _, _, side in bounds])
        wanted = [
            equations.precision(shares, m, name) / target**2 - 1.0 for (m, name, _), target in bounds.items()
        ]
        # The equations nearly span the mark features; making them orthogonal keeps Newton's method fast and stable.
        triangle = np.linalg.cholesky((fixed * shares[:, None]).T @ fixed).T
        basis = np.linalg.solve(triangle.T, fixed.T).T
        rest = np.column_stack(wanted)
        rest -= basis @ ((basis * shares[:, None]).T @ rest)
        size = np.sqrt(shares @ rest**2)
        rest /= size
        held = np.array([multipliers.get(key, 0.0) for key in bounds]) * size
        exponent = np.log(np.maximum(shares, np.finfo(float).tiny)) - logs - rest @ held
        start = np.concatenate([(basis * shares[:, None]).T @ exponent, held])
        none = np.zeros(fixed.shape[1])
        found = tilt(
            logs,
            np.column_stack([basis, rest]),
            slack=np.concatenate([none, np.full(len(signs), MARK_SLACK)]),
            sign=np.concatenate([none, signs]),
            start=start,
        )
        shares = found.shares
        multipliers = dict(zip(bounds, found.multipliers[len(none) :] / size, strict=True))
    raise NotFoundError("the significance marks cannot all come out as printed")


def _mark_bounds(equations: Equations, shares: Array) -> tuple[dict[tuple[int, int, int], float], float]:
    """Find the bounds on precision that matter at these shares, and the largest miss.

    Returns
    -------
    dict
        (column, name, +1 at least | −1 at most) -> target 1/s.e., at most `STEP` away in |b|/s.e.
    float
        Largest distance of a |b|/s.e. outside its bounds.
    """
    table = equations.table
    ratio = np.abs(table.b) / equations.errors(shares)
    bounds, missed = {}, 0.0
    edges = (-np.inf, *THRESHOLDS, np.inf)
    for m, name in zip(*np.nonzero(table.entered), strict=True):
        if name == 0:
            continue  # constants have no marks
        z, b, mark = ratio[m, name], abs(table.b[m, name]), table.marks[m, name]
        least, most = edges[mark] + MARGIN, edges[mark + 1] - MARGIN
        missed = max(missed, least - z, z - most)
        if z - least < NEAR:
            bounds[m, name, 1] = min(least, z + STEP) / b
        if most - z < NEAR:
            bounds[m, name, -1] = max(most, z - STEP) / b
    return bounds, missed


def standard_errors(evidence: Evidence, survey: Survey) -> Array:
    """Standard errors of every coefficient in the survey: float64 [columns, names], nan where not entered."""
    return Equations(printed(evidence), survey.cells, survey.firms).errors(survey.shares)


def marks_missed(evidence: Evidence, survey: Survey) -> list[tuple[str, int]]:
    """List the marks that differ from those printed: (variable, column)."""
    table = printed(evidence)
    ratio = np.abs(table.b) / standard_errors(evidence, survey)
    came_out = np.digitize(ratio, THRESHOLDS)
    wrong = table.entered & (came_out != table.marks)
    wrong[:, 0] = False
    return [(table.names[name], int(m) + 1) for m, name in zip(*np.nonzero(wrong), strict=True)]


def covariances(evidence: Evidence, survey: Survey) -> dict[int, Array]:
    """Covariance of the coefficients of every column: the inverse of its information matrix in the survey.

    Returns
    -------
    dict
        column -> float64 [entered names, entered names], in the order of `Printed.names`.
    """
    equations = Equations(printed(evidence), survey.cells, survey.firms)
    return {column: np.linalg.inv(equations.information(survey.shares, column - 1)) for column in COLUMNS}
