r"""The unpublished survey, rebuilt from the nine printed regressions of Table 5.

Cells are all combinations of the answers x that enter Table 5 (100,000) and of Y. Let q be the share of firms per
cell. Every printed column m, with coefficients b_m and likelihood-ratio statistic LR_m over N firms, says that

    Σ q (y − Λ(x·b_m)) x_j = 0                                    its score equations, one per coefficient
    Σ q [y x·b_m − ln(1 + exp(x·b_m))] = h(s) + LR_m / 2N         its log-likelihood; h(s) = s ln s + (1−s) ln(1−s)

with s the share of firms with Y = 1: all linear in q but for h, which is linearised and iterated. Among the surveys
that meet them, `rebuild` takes the one nearest to a prior (`sim.evidence.entropy`).

Given x every one of these functions is linear in y with a slope linear in x. So, under a prior in which Y does not
depend on x, the nearest survey has logit P(Y = 1 | x) linear in x; and the score equations of the widest column, which
holds all variables, make it Λ(x·b_9) exactly. Only the distribution of x is left to find: half the cells, and eleven
equations less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.evidence.entropy import NotFoundError, divergence, normalised, tilt
from sim.evidence.records import COLUMNS, Evidence

Array = NDArray[Any]

#: two-sided normal quantiles of the marks *, ** and ***: 10, 5 and 1 %
THRESHOLDS = (1.6448536269514722, 1.959963984540054, 2.5758293035489004)
MARGIN = 0.003  # distance of |b|/s.e. from a threshold that rounding weights cannot cross
STEP = 0.06  # most that a linearised |b|/s.e. moves at once
NEAR = 0.12  # marks whose |b|/s.e. is further inside its bounds are left alone
MARK_SLACK = 1e-4  # keeps marks that all but contradict each other solvable; the miss is checked afterwards
ANSWERS = 5  # to X1 and X5
SURVEY_YEAR = 2022
# how the level of the likelihood is made hard: slack, and the change of the share of Y at which the next begins
SOFT = ((1.0, 1e-2), (1e-2, 3e-3), (1e-4, 1e-3), (0.0, 1e-9))
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Printed:
    """Table 5 as arrays; the constant stands first.

    Attributes
    ----------
    names
        `_cons` and the variables that any column enters.
    b
        float64 [columns, names], 0 where a column does not enter a variable.
    entered
        bool [columns, names].
    lr
        float64 [columns].
    marks
        int [columns, names], number of stars.
    """

    names: tuple[str, ...]
    b: Array
    entered: Array
    lr: Array
    marks: Array


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
        """Return shares of a variable's answers, among the cells that `members` (bool) holds: float64[answers]."""
        answers_ = self.cells[:, self.names.index(name)]
        weights = self.shares if members is None else self.shares * members
        counted = np.bincount(answers_, weights)
        shares: Array = counted / counted.sum()
        return shares


def printed(evidence: Evidence) -> Printed:
    """Return Table 5 as arrays.

    Raises
    ------
    InputError
        If no column enters every variable: then Table 5 does not fix P(Y = 1 | x).
    """
    table = evidence.logit
    variables = sorted((v for v in table.b if v != "_cons"), key=lambda v: int(v[1:]))
    names = ("_cons", *variables)
    entered = np.array([[column in table.b[name] for name in names] for column in COLUMNS])
    if not entered[-1].all():
        left_out = ", ".join(n for n, there in zip(names, entered[-1], strict=True) if not there)
        file = str(evidence.folder / "table5_logit.csv")
        message = f"the last column must enter every variable that another column enters; it lacks {left_out}"
        raise InputError(Problem(message, file=file, key="column", value=str(COLUMNS[-1])))
    return Printed(
        names=names,
        b=np.array([[table.b[name].get(column, 0.0) for name in names] for column in COLUMNS]),
        entered=entered,
        lr=np.array([table.lr_chi2[column] for column in COLUMNS]),
        marks=np.array([[len(table.stars[name].get(column, "")) for name in names] for column in COLUMNS]),
    )


def answers(evidence: Evidence, names: Sequence[str]) -> Array:
    """Return every combination of the answers to these questions: int8 [cells, names]."""
    codes = {variable.name: variable.codes for variable in evidence.variables}
    return np.array(list(product(*(codes[name] for name in names))), np.int8)


def logistic(log_odds: Array) -> Array:
    """Return probabilities of log-odds."""
    chance: Array = 1.0 / (1.0 + np.exp(-log_odds))
    return chance


class Equations:
    """Table 5 as functions of x whose means vanish."""

    def __init__(self, table: Printed, cells: Array, firms: float) -> None:
        self.x = np.column_stack([np.ones(len(cells)), cells])
        self.table = table
        self.firms = firms
        log_odds = self.x @ table.b.T
        chance = logistic(log_odds)
        self.difficulty = chance[:, -1]
        self.spread = chance * (1.0 - chance)
        self.scores = np.column_stack(
            [
                (self.difficulty - chance[:, m])[:, None] * self.x[:, table.entered[m]]
                for m in range(len(table.b) - 1)
            ]
        )
        likelihood = self.difficulty[:, None] * log_odds - np.logaddexp(0.0, log_odds)
        self.likelihood = likelihood - table.lr / (2.0 * firms)

    def features(self, share_y: float, fixed: bool) -> Array:
        """All equations with h linearised at a share of Y, or the share fixed there; the last is the level."""
        odds = np.log(share_y / (1.0 - share_y))
        h = share_y * odds + np.log(1.0 - share_y)
        away = self.difficulty - share_y
        level = self.likelihood[:, -1] - h - (0.0 if fixed else odds * away)
        steps = np.diff(self.likelihood, axis=1)
        more = (away,) if fixed else ()
        return np.column_stack([self.scores, steps, *more, level])

    def errors(self, shares: Array) -> Array:
        """Return standard errors by column and name: float64 [columns, names], nan where not entered."""
        errors = np.full(self.table.b.shape, np.nan)
        for m, there in enumerate(self.table.entered):
            errors[m, there] = np.sqrt(np.diag(np.linalg.inv(self.information(shares, m))))
        return errors

    def information(self, shares: Array, m: int) -> Array:
        """Information matrix of the names that column m enters."""
        x = self.x[:, self.table.entered[m]]
        matrix: Array = self.firms * (x * (shares * self.spread[:, m])[:, None]).T @ x
        return matrix

    def precision(self, shares: Array, m: int, name: int) -> Array:
        """Function of x whose mean is 1/s.e.², exact at `shares` and linearised there.

        The information I is linear in the shares, and 1/[I⁻¹]_jj is homogeneous of degree 1 in I, so its gradient
        is also its linearisation: N Λ'(x) (x·u)² / u_j² with u the j-th column of I⁻¹.
        """
        place = int(self.table.entered[m, :name].sum())
        u = np.linalg.inv(self.information(shares, m))[:, place]
        x = self.x[:, self.table.entered[m]]
        gradient: Array = self.firms * self.spread[:, m] * (x @ u) ** 2 / u[place] ** 2
        return gradient


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

    X1 and X2, of which the file says nothing, are uniform.
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
    """Return how many firms the record says answered."""
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
        Share of firms with Y = 1 and with X2 = 1; by default left to the equations, the marks and the prior.
    marks
        Whether the significance marks must come out as printed.

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
    """Leave out combinations of answers; the rest moves by the least entropy that restores every equation and mark.

    Parameters
    ----------
    held
        bool [cells], what stays.
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
    """Nearest distribution that also gives every printed mark, by successive linearisation.

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
        # Mark features are nearly spanned by the equations: orthogonal ones keep Newton's method fast and stable.
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
    """Find bounds of precision that matter at these shares, and how far the worst is missed.

    Returns
    -------
    dict
        (column, name, +1 at least | −1 at most) -> wanted 1/s.e., at most `STEP` away in |b|/s.e.
    float
        Largest distance of a |b|/s.e. outside its bounds.
    """
    table = equations.table
    ratio = np.abs(table.b) / equations.errors(shares)
    bounds, missed = {}, 0.0
    edges = (-np.inf, *THRESHOLDS, np.inf)
    for m, name in zip(*np.nonzero(table.entered), strict=True):
        if name == 0:
            continue  # constants carry no mark
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
    """Name the marks that come out otherwise than printed: (variable, column)."""
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
