r"""Ends of what Table 5 allows, by linear programmes over all combinations of answers and outcome.

The score equations and the rises of the likelihood (`sim.evidence.equations`) hold on a convex set of surveys q(x, y),
in which 1/N and both shares are linear. With ν = 1/N and the log-likelihood of the constant alone, n, as two more
unknowns, the set is a polytope: n is left free, so the level of the likelihood, which is not linear, is not used.

Printed numbers are rounded. If the true b_m lies within r_j of the printed one for each name j, then x·b_m lies within
r(x) = Σ x_j r_j of its printed value η, because no answer is coded below 0. So a survey that meets the true equations
also meets

    Σ q (y − Λ(η + e_m)) x_j = 0                        for some e_m(x, y) in [−r_m(x), r_m(x)]
    Σ q L_m(η) ≤ n + ν LR_m / 2 ≤ Σ q (L_m(η) + c_m)    c_m = r_m² · max Λ' / 2

the first because e_m may be the true one, the second because the true b_m maximises the likelihood. In this relaxation,
*every firm may have coefficients of its own within the rounding*: it is again a linear programme, and what lies beyond
its ends is impossible. With r = 0 it gives the exact ends at the printed digits.

The programmes have 200,000 cells (times the ends of e) and some 80 rows. They are solved by column generation: a small
programme over the cells that matter, whose dual prices find the cells that would improve it, until there is none.
The dual prices prove the end whatever the arithmetic of the small programme.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from sim.evidence.entropy import ImpossibleError, NotFoundError
from sim.evidence.equations import Printed, logistic

Array = NDArray[Any]

FIRST, MORE, MOST = 300, 400, 2500  # columns of the small programme: at first, added in a round, at most
KEPT = 0.4  # share of them, by reduced cost, that stays when there are too many
ROUNDS = 1000
OPTIMAL = 1e-9  # what the columns left out could still change
FEASIBLE = 1e-8  # sum of misses, in rows of about unit size
PRECISE = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """The least value of an objective.

    Attributes
    ----------
    value
        Reached by a survey of the set.
    bound
        Proved: no survey of the set lies below. Closer to `value` than `OPTIMAL`.
    slope
        float64 [columns, names], change of `value` with the coefficients b; only without rounding of b.
    cells
        Numbers of the cells in the last small programme, from which a similar one may start.
    """

    value: float
    bound: float
    slope: Array
    cells: Array


class Programme:
    """The surveys behind some columns of a table, within `table.half` and `table.half_lr`.

    Cells are answers with Y = 0, then the same with Y = 1; 1/N and the likelihood of the constant are unknown too.
    """

    def __init__(self, table: Printed, cells: Array) -> None:
        self.table = table
        x = np.column_stack([np.ones(len(cells)), cells])
        log_odds, reach = x @ table.b.T, x @ table.half.T
        high, low = logistic(log_odds + reach), logistic(log_odds - reach)
        steepest = np.where(np.abs(log_odds) <= reach, 0.25, np.maximum(high * (1 - high), low * (1 - low)))
        y = np.repeat([0.0, 1.0], len(cells))[:, None]
        self.x = np.tile(x, (2, 1))
        self.most, self.fewest = y - np.tile(low, (2, 1)), y - np.tile(high, (2, 1))
        self.likelihood = y * np.tile(log_odds, (2, 1)) - np.tile(np.logaddexp(0.0, log_odds), (2, 1))
        self.likelihood_most = self.likelihood + np.tile(steepest * reach**2 / 2.0, (2, 1))
        self.scale = x.max(axis=0)
        self.unknowns = np.block(
            [
                [np.zeros((int(table.entered.sum()), 2))],
                [np.column_stack([(table.lr - table.half_lr) / 2.0, np.ones(len(table.lr))])],
                [-np.column_stack([(table.lr + table.half_lr) / 2.0, np.ones(len(table.lr))])],
            ]
        )

    def possible(self, firms: float) -> bool:
        """Whether some survey of N firms is in the set."""
        try:
            self.least(None, firms=firms)
        except ImpossibleError:
            return False
        return True

    def least(
        self,
        cost: Array | None,
        *,
        firms: float | None = None,
        per_size: float = 0.0,
        start: Array | None = None,
    ) -> End:
        """Minimise the mean of a cost per cell plus `per_size` / N.

        Parameters
        ----------
        cost
            float64 [2 · cells]; None for 0.
        firms
            N; free by default.
        start
            Numbers of cells to start from.

        Raises
        ------
        ImpossibleError
            If the set is empty.
        """
        cost = np.zeros(len(self.x)) if cost is None else cost
        held = np.linspace(0, len(self.x) - 1, FIRST).astype(int) if start is None else start
        upward = np.ones((len(held), len(self.table.b)), bool)
        columns = self._columns(held, upward)
        missing = True  # first minimise the misses
        for _ in range(ROUNDS):
            mine = np.zeros(len(held)) if missing else cost[held]
            small = _solve(columns, mine, self.unknowns, per_size, firms, self.equal, missing)
            if missing and small.value < FEASIBLE:
                missing = False
                continue
            upward_all, reduced = self._reduced(None if missing else cost, small)
            worst = min(float(reduced.min()), 0.0)
            if missing and small.value + worst > FEASIBLE:
                raise ImpossibleError("no survey is behind these columns")
            if worst > -OPTIMAL:
                return End(small.value, small.value + worst, self._slope(held, small), held)
            new = np.argpartition(reduced, min(MORE, len(reduced) - 1))[:MORE]
            new = new[reduced[new] < 0.0]
            if len(held) > MOST:
                apart = mine - small.prices @ columns - small.level
                stay = (small.shares > 0.0) | (apart < np.quantile(apart, KEPT))
                held, columns = held[stay], columns[:, stay]
            held = np.concatenate([held, new])
            columns = np.column_stack([columns, self._columns(new, upward_all[new])])
        raise NotFoundError("the linear programme did not come to an end")

    @property
    def equal(self) -> int:
        """Number of score equations, which come first."""
        return int(self.table.entered.sum())

    def _columns(self, cells: Array, upward: Array) -> Array:
        """Return what cells add to the rows: float64 [rows, cells]; likelihoods as −(at most), then at least."""
        miss = np.where(upward, self.most[cells], self.fewest[cells])
        scaled = self.x[cells] / self.scale
        scores = [miss[:, m, None] * scaled[:, there] for m, there in enumerate(self.table.entered)]
        return np.column_stack([*scores, -self.likelihood_most[cells], self.likelihood[cells]]).T

    def _reduced(self, cost: Array | None, small: _Small) -> tuple[Array, Array]:
        """Return for every cell the ends of e that improve most (bool [cells, columns]) and the reduced cost."""
        scores, at_most, at_least = np.split(small.prices, [self.equal, self.equal + len(self.table.lr)])
        reduced = self.likelihood_most @ at_most - self.likelihood @ at_least - small.level
        if cost is not None:
            reduced += cost
        upward = np.empty(self.most.shape, bool)
        for m, price in enumerate(self._by_column(scores)):
            pull = self.x @ price
            upward[:, m] = pull > 0.0
            reduced -= pull * np.where(upward[:, m], self.most[:, m], self.fewest[:, m])
        return upward, reduced

    def _by_column(self, scores: Array) -> Array:
        """Return prices of the score equations per unit of x: float64 [columns, names]."""
        prices: Array = np.zeros(self.table.b.shape)
        prices[self.table.entered] = scores
        prices /= self.scale
        return prices

    def _slope(self, held: Array, small: _Small) -> Array:
        """Return the change of the value with b: Σ q Λ' (λ·x) x, as the likelihood does not change to first order."""
        prices = self._by_column(small.prices[: self.equal])
        x, miss = self.x[held], np.abs(self.most[held])  # Λ where Y = 0, 1 − Λ where Y = 1
        pulled = small.shares[:, None] * miss * (1.0 - miss) * (x @ prices.T)
        slope: Array = np.where(self.table.entered, pulled.T @ x, 0.0)
        return slope


class _Small(NamedTuple):
    """Solution of a small programme."""

    value: float
    shares: Array
    prices: Array  # of the rows
    level: float  # price of the sum of shares


def _solve(
    columns: Array,
    cost: Array,
    unknowns: Array,
    per_size: float,
    firms: float | None,
    equal: int,
    missing: bool,
) -> _Small:
    """Solve the programme over some columns; if `missing`, minimise what the rows miss instead."""
    rows, count = columns.shape
    spare = np.column_stack([np.eye(rows), -np.eye(rows)]) if missing else np.zeros((rows, 0))
    everything = np.column_stack([columns, unknowns, spare])
    total = np.append(np.ones(count), np.zeros(everything.shape[1] - count))
    price = np.concatenate([cost, [0.0 if missing else per_size, 0.0], np.ones(spare.shape[1])])
    size = (0.0, None) if firms is None else (1.0 / firms, 1.0 / firms)
    found = linprog(
        price,
        A_eq=np.vstack([everything[:equal], total]),
        b_eq=np.append(np.zeros(equal), 1.0),
        A_ub=everything[equal:],
        b_ub=np.zeros(rows - equal),
        bounds=[*[(0.0, None)] * count, size, (None, None), *[(0.0, None)] * spare.shape[1]],
        method="highs-ds",
        options=PRECISE,
    )
    if found.status != 0:
        raise NotFoundError(f"the linear programme was not solved: {found.message}")
    prices = np.concatenate([found.eqlin.marginals[:-1], found.ineqlin.marginals])
    return _Small(float(found.fun), found.x[:count], prices, float(found.eqlin.marginals[-1]))
