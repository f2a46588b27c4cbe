r"""The unpublished survey, rebuilt from the nine printed regressions of Table 5.

`sim.evidence.equations` says what those regressions demand. Of the surveys whose regressions round to the printed
digits, `rebuild` takes the one nearest to a prior (`sim.evidence.entropy`).

Given x, each of those equations is linear in y with a slope linear in x. So, under a prior in which Y does not depend
on x, the nearest survey has logit P(Y = 1 | x) linear in x; and the score equations of the widest column, which holds
all variables, make P(Y = 1 | x) = Λ(x·b_9). We take b_9 exactly as printed, because the model uses these coefficients;
then only the distribution of x is left to find, with half the cells and eleven fewer equations. Columns 1 to 8 and all
likelihood-ratio statistics may lie anywhere within their rounding. Taken as exact, they would leave kinds of firms
without a member that the true survey has (`tests/statistical/test_calibration.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.evidence.entropy import NotFoundError, normalised, tilt
from sim.evidence.equations import Equations, Printed, answers, null_likelihood, printed, refitted
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
ROOM = 0.95  # of half a printed unit: linearising and written weights cannot cross the rest
EXACT = 1e-9  # by which numbers that were printed in full may still differ
# how the level of the likelihoods becomes hard while the share with Y = 1 is found: slack by round
SOFT = (1.0, 1e-2, 1e-4, 1e-6, 1e-8)
FIRST_SHARE_Y = 0.5
# nats: after so small a change the next round starts from this one; it is the last
SMALL, SETTLED = 1e-3, 1e-6
ROUNDS = 30
# nats: what a miss of a printed number costs is −MISS_COST · log(1 − miss²/width²). How far a search strays from the
# printed digits depends on it. Chosen on an invented survey whose answers are known (docs/calibration.md).
MISS_COST = 1.0
STUCK = 3  # rounds that stand still with the marks constrained but not met

_Key = tuple[str, int, int]


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
    multipliers
        How it was tilted from the prior, from which a similar one is found sooner; empty where it was read.
    """

    names: tuple[str, ...]
    cells: Array
    shares: Array
    difficulty: Array
    firms: float
    divergence: float
    multipliers: Mapping[_Key, float] = field(default_factory=dict)

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
    near: Survey | None = None,
    within: float = np.inf,
    miss_cost: float = MISS_COST,
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
    near
        A survey of the same prior to start from; by default the prior.
    within
        Nats from the prior beyond which no survey is sought.
    miss_cost
        What a miss of a printed number costs, see `MISS_COST`.

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
    extra = [] if share_x2 is None else [(cells[:, names.index("X2")] - share_x2).astype(float)]
    found = meet_table(
        table,
        cells,
        count,
        logs,
        share_y=share_y,
        extra=extra,
        marks=marks,
        near=near,
        within=within,
        miss_cost=miss_cost,
    )
    difficulty = Equations(table, cells, count).difficulty
    return Survey(names, cells, found.shares, difficulty, count, found.divergence, found.multipliers)


def restricted(evidence: Evidence, survey: Survey, held: Array) -> Survey:
    """Drop combinations of answers and move the rest, by least relative entropy, so that it prints the same table.

    Parameters
    ----------
    held
        bool [cells], True for those that stay.
    """
    own = own_equations(evidence, survey)
    table = replace(own.table.exact, lr=own.ratios(survey.shares))
    cells, shares = survey.cells[held], survey.shares[held] / survey.shares[held].sum()
    # From the table itself, not from what is left: at its own coefficients the equations are linear, and exact at once.
    found = meet_table(table, cells, survey.firms, np.log(shares), share_y=survey.share_y, marks=True)
    return Survey(survey.names, cells, found.shares, survey.difficulty[held], survey.firms, float("nan"))


class Met(NamedTuple):
    """A distribution of x that meets the table."""

    shares: Array  # float64 [cells]
    divergence: float  # KL to the prior, nats
    multipliers: Mapping[_Key, float]


def meet_table(
    table: Printed,
    cells: Array,
    firms: float,
    logs: Array,
    *,
    share_y: float | None = None,
    extra: Sequence[Array] = (),
    marks: bool = False,
    near: Survey | None = None,
    within: float = np.inf,
    miss_cost: float = MISS_COST,
) -> Met:
    """Nearest distribution of x whose regressions round to Table 5, by successive linearisation.

    Each round regresses the last solution and linearises around it. The equations are then exact to first order, so
    few rounds are needed; marks join in once the numbers hold.

    Parameters
    ----------
    cells
        int8 [cells, variables], the answers that occur.
    logs
        float64 [cells], normalised log prior.
    share_y
        Share of firms with Y = 1; free by default.
    extra
        Further functions of x, float64 [cells] each, whose means must be 0.
    marks
        Whether the significance marks must be as printed.
    near
        A survey over the same cells to start from, found from the same prior.
    within
        Nats from the prior beyond which none is sought.
    miss_cost
        What a miss of a printed number costs, see `MISS_COST`.

    Returns
    -------
    Met
        Shares, divergence and multipliers.

    Raises
    ------
    NotFoundError
        If none is found.
    """
    before: Mapping[_Key, float] = {}
    shares, own, share = np.exp(logs), table, share_y or FIRST_SHARE_Y
    softly = iter(SOFT if share_y is None else ())
    if near is not None:
        before, shares, softly = near.multipliers, near.shares, iter(())
        own, share = refitted(table, cells, shares), share_y or near.share_y
    marking = any(kind.startswith("mark") for kind, _, _ in before)
    moved, stuck = np.inf, 0  # nats from the prior; rounds
    settled = near is not None  # whether multipliers hardly change any more
    for _ in range(ROUNDS):
        soft = next(softly, 0.0)
        equations = Equations(own, cells, firms)
        wanted = [_Wanted(("extra", k, 0), function) for k, function in enumerate(extra)]
        if share_y is not None:
            wanted.append(_Wanted(("share_y", 0, 0), equations.difficulty - share_y))
        wanted += _numbers(table, equations, shares, share, soft)
        if marking:
            wanted += _marks(equations, shares)
        found = tilt(
            logs,
            np.column_stack([one.function for one in wanted]),
            slack=np.array([one.slack for one in wanted]),
            sign=np.array([one.sign for one in wanted]),
            width=np.array([one.width for one in wanted]),
            start=np.array([before.get(one.key, 0.0) for one in wanted]) if settled else None,
            within=within,
            barrier=miss_cost,
        )
        before = dict(zip((one.key for one in wanted), found.multipliers.tolist(), strict=True))
        shares = found.shares
        own = refitted(own, cells, shares)
        equations = Equations(own, cells, firms)
        share = share_y or float(shares @ equations.difficulty)
        change, moved = abs(found.divergence - moved), found.divergence
        settled = settled or (not soft and change < SMALL)
        still = not soft and change < SETTLED
        if still and _round_to(table, equations, shares):
            if not marks or _missed(equations, shares) < MARGIN / 2:
                return Met(shares, found.divergence, before)
            stuck = stuck + 1 if marking else 0
            if stuck == STUCK:
                break
            marking = True
    raise NotFoundError("no survey whose regressions round to the printed numbers and marks was found")


class _Wanted(NamedTuple):
    """A function of x, and what its mean must be: see `tilt`."""

    key: _Key
    function: Array
    width: float = 0.0
    sign: int = 0
    slack: float = 0.0


def _numbers(
    table: Printed, equations: Equations, shares: Array, share_y: float, soft: float
) -> list[_Wanted]:
    """Linearise coefficients and likelihoods around the last solution; they must round to the printed ones.

    With `soft` slack, the level of all likelihoods may miss: then only their rises to the last one must hold.
    """
    wanted = []
    for m, scores in enumerate(equations.scores):
        there = table.entered[m]
        moves = scores @ np.linalg.inv(equations.information(shares, m) / equations.firms)
        moves -= (table.b - equations.table.b)[m, there]
        wanted += [
            _Wanted(("b", m, int(name)), move, width=ROOM * table.half[m, name])
            for name, move in zip(np.flatnonzero(there), moves.T, strict=True)
        ]
    h, slope = null_likelihood(share_y)
    unit = 2.0 * equations.firms
    away = equations.likelihood - table.lr / unit - (h + slope * (equations.difficulty - share_y))[:, None]
    width = ROOM * table.half_lr / unit
    last = len(width) - 1
    if not soft:
        return wanted + [_Wanted(("lr", m, 0), away[:, m], width=width[m]) for m in range(last + 1)]
    wanted += [_Wanted(("rise", m, 0), away[:, m] - away[:, last], width=width[m]) for m in range(last)]
    return [*wanted, _Wanted(("level", last, 0), away[:, last], slack=soft)]


def _round_to(table: Printed, equations: Equations, shares: Array) -> bool:
    """Whether coefficients and likelihood ratios round to those of the table."""
    b = np.abs(equations.table.b - table.b) <= table.half + EXACT
    lr = np.abs(equations.ratios(shares) - table.lr) <= table.half_lr + EXACT * table.lr
    return bool(b.all() and lr.all())


def _marks(equations: Equations, shares: Array) -> list[_Wanted]:
    """Linearise the marks that matter: each bounds |b|/s.e., and so a precision."""
    bounds, _ = _mark_bounds(equations, shares)
    return [
        _Wanted(
            (f"mark {side}", m, name),
            equations.precision(shares, m, name) / target**2 - 1.0,
            sign=side,
            slack=MARK_SLACK,
        )
        for (m, name, side), target in bounds.items()
    ]


def _missed(equations: Equations, shares: Array) -> float:
    """Return the largest distance of a |b|/s.e. outside the bounds of its mark."""
    _, missed = _mark_bounds(equations, shares)
    return missed


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


def own_equations(evidence: Evidence, survey: Survey) -> Equations:
    """Return the equations of the table that a survey would print itself, before rounding."""
    own = refitted(printed(evidence), survey.cells, survey.shares)
    return Equations(own, survey.cells, survey.firms)


def standard_errors(evidence: Evidence, survey: Survey) -> Array:
    """Standard errors of every coefficient in the survey: float64 [columns, names], nan where not entered."""
    return own_equations(evidence, survey).errors(survey.shares)


def marks_missed(evidence: Evidence, survey: Survey) -> list[tuple[str, int]]:
    """List the marks that differ from those printed: (variable, column)."""
    equations = own_equations(evidence, survey)
    table = equations.table
    came_out = np.digitize(np.abs(table.b) / equations.errors(survey.shares), THRESHOLDS)
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
    equations = own_equations(evidence, survey)
    return {column: np.linalg.inv(equations.information(survey.shares, column - 1)) for column in COLUMNS}
