"""Calibration to recent history: least squares in logs on replication means, with the same luck at every evaluation.

There are about as many free parameters as recorded points, so this is fitting and nothing more. Each parameter is
pulled weakly to its starting value: one standard deviation is half the width of its range, in logs, for the pull and
half the tolerance for a recorded point. The pull decides what the points leave open, and `Fit` says so.

``exit`` is not free, because the stock of firms shows only entry less exit. ``campaign`` is not, because all fitted
numbers of high-tech firms fall within the campaign: they determine only its product with the hazards.
``h0_0`` is not, because registrations follow the record until 2022, and their pace of 2022 gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares

from sim.analysis.record.history import record_scenario, year_ends
from sim.analysis.record.scorecard import Line, fitted_lines
from sim.errors import InputError, Message, Problem
from sim.evidence.history import Key, parts
from sim.files.names import evidence_folder
from sim.runs.executor import Progress, in_order
from sim.runs.run import evidence_of
from sim.world.compiled import compile_scenario
from sim.world.parameters import FILE, Parameter, Registry, load_parameters, write_fitted
from sim.world.required import FREE
from sim.world.scenario_record import DEFAULT_EVIDENCE

Array = NDArray[Any]
Values = Mapping[str, float]
#: Simulates the recorded points, as means over replications, for several sets of parameter values in one call.
Simulate = Callable[[Sequence[Values]], list[dict[Key, float]]]

LAST_QUARTER = "2024Q4"  # the last fitted point
SEED = 7  # not the scenarios' own
REPLICATIONS = 8
STEP = 0.05  # of a finite difference, in logs; little giants come in agents, so a smaller step may see none of them
MOST_STEPS = 16  # evaluations by the optimiser
TOLERANCE = 1e-3  # of cost and of parameters in logs: below the noise of the runs
AT_BOUND = 0.01  # in logs
MOSTLY = (
    0.5  # share of the pull above which the points tell less than it: the s.d. stays above 71 % of the pull's
)
SHOWN = 0.1  # smallest weight of a parameter that is named in a combination
POINTS = ["series", "year", "recorded", "simulated", "standard_deviations"]  # columns of `Fit.points`
NEARLY_NOTHING = 1e-9  # replaces an empty stock, which has no logarithm
STANDARD_DEVIATIONS = 2.0  # standard deviations in the half-width of a target


class FitProblem(NamedTuple):
    """The problem: P free parameters to fit to N recorded points."""

    parameters: tuple[Parameter, ...]  # with their starting values
    points: tuple[Line, ...]
    start: Array  # float64[P], ln of starting values
    pull: Array  # float64[P], standard deviation of the pull, log
    low: Array  # float64[P], ln
    high: Array  # float64[P], ln
    recorded: Array  # float64[N]
    spread: Array  # float64[N], standard deviation of a point, log

    def values(self, logs: Array) -> dict[str, float]:
        """Return parameter values by name."""
        # exp(ln high) may lie a rounding error above high, which a scenario would refuse.
        return {
            parameter.name: float(np.clip(value, parameter.low, parameter.high))
            for parameter, value in zip(self.parameters, np.exp(logs), strict=True)
        }

    def residuals(self, logs: Array, simulated: Mapping[Key, float]) -> Array:
        """Return float64[N + P]: deviations of points in their standard deviations, then the pull in its own."""
        model = np.array([simulated[line.key] for line in self.points])
        apart = np.log(np.maximum(model, NEARLY_NOTHING) / self.recorded) / self.spread
        return np.concatenate([apart, (logs - self.start) / self.pull])


def problem(registry: Registry, points: Sequence[Line], free: Sequence[str] = FREE) -> FitProblem:
    """Set up a fit of the free parameters of a registry to recorded points, each with its tolerance.

    Raises
    ------
    InputError
        If a parameter may be 0, which has no logarithm.
    """
    parameters = tuple(registry[name] for name in free)
    problems = [
        Problem(Message("errors_analysis.fitted_in_logs"), file=FILE, key=parameter.name)
        for parameter in parameters
        if parameter.low <= 0
    ]
    if problems:
        raise InputError(problems)
    start, low, high = (
        np.log([getattr(parameter, part) for parameter in parameters]) for part in ("default", "low", "high")
    )
    recorded = np.array([line.recorded for line in points])
    half = np.array([line.high - line.low for line in points]) / 2
    return FitProblem(
        parameters,
        tuple(points),
        start=start,
        pull=(high - low) / 2,
        low=low,
        high=high,
        recorded=recorded,
        spread=half / recorded / STANDARD_DEVIATIONS,
    )


@dataclass(frozen=True, slots=True)
class Fit:
    """What a fit found.

    Attributes
    ----------
    parameters
        name, start, fitted, standard_error, low, high, pulled (share of the pull in what is known about it, which is
        the variance after the fit over that of the pull: near 1 the points say nothing), at_bound. Standard errors are
        Gauss–Newton at the solution, pull included; they are indicative only.
    points
        series, year, recorded, simulated, standard_deviations (how far apart).
    directions
        One row per direction in parameter space, best known first: strength (singular value of the points' Jacobian in
        standard deviations of the pull; below 1 the pull tells more) and the weight of each parameter.
    trace
        One row per evaluation by the optimiser: cost, values.
    evaluations
        How many sets of values were simulated.
    """

    parameters: pd.DataFrame
    points: pd.DataFrame
    directions: pd.DataFrame
    trace: pd.DataFrame
    evaluations: int = 0

    @property
    def values(self) -> dict[str, float]:
        """The fitted values by name."""
        free = zip(self.parameters["name"], self.parameters["fitted"], strict=True)
        return {str(name): float(value) for name, value in free}

    @property
    def determined(self) -> float:
        """How many of the free parameters the points determine: their number less the shares of the pull."""
        return float(len(self.parameters) - self.parameters["pulled"].sum())

    @property
    def not_identified(self) -> list[str]:
        """Parameters about which the pull tells more than the points."""
        return [str(name) for name in self.parameters[self.parameters["pulled"] > MOSTLY]["name"]]

    @property
    def unidentified(self) -> list[str]:
        """Combinations of parameters about which the pull tells more than the points, as text."""
        weak = self.directions[self.directions["strength"] < 1].drop(columns="strength")
        return [
            " ".join(
                f"{row[name]:+.2f} ln {name}"
                for name in row.abs().nlargest().index
                if abs(row[name]) >= SHOWN
            )
            for _, row in weak.iterrows()
        ]


class _Runs:
    """Counts and caches simulations: the optimiser asks for the Jacobian right after the value at the same point."""

    def __init__(self, given: FitProblem, simulate: Simulate, most: int, progress: Progress | None) -> None:
        self.given, self.simulate, self.most, self.progress = given, simulate, most, progress
        self.done = 0
        self.trace: list[dict[str, float]] = []
        self._known: dict[bytes, Array] = {}

    def at(self, points: Sequence[Array]) -> list[Array]:
        """Return the residuals at several points; new ones are simulated together."""
        new = [logs for logs in points if logs.tobytes() not in self._known]
        found = self.simulate([self.given.values(logs) for logs in new]) if new else []
        for logs, simulated in zip(new, found, strict=True):
            self._known[logs.tobytes()] = self.given.residuals(logs, simulated)
        self.done += len(new)
        if self.progress is not None:
            self.progress(min(self.done, self.most), self.most)
        return [self._known[logs.tobytes()] for logs in points]

    def residuals(self, logs: Array) -> Array:
        """Return the residuals at one point, and note it in the trace."""
        (found,) = self.at([logs])
        self.trace.append({"cost": float(found @ found) / 2, **self.given.values(logs)})
        return found

    def jacobian(self, logs: Array) -> Array:
        """Return forward differences, backward at the upper end of a range: float64[N + P, P]."""
        steps = np.where(logs + STEP <= self.given.high, STEP, -STEP)
        here, *moved = self.at([logs, *(logs + np.diag(steps))])
        return np.column_stack([(one - here) / step for one, step in zip(moved, steps, strict=True)])


def fit(given: FitProblem, simulate: Simulate, progress: Progress | None = None) -> Fit:
    """Fit the free parameters.

    Parameters
    ----------
    given
        From `problem`.
    simulate
        The model, or anything in its place; the same values must give the same numbers.
    progress
        Called with the simulations done and the most there can be.
    """
    runs = _Runs(given, simulate, (MOST_STEPS + 1) * (1 + len(given.parameters)), progress)
    logs = least_squares(
        runs.residuals,
        given.start,
        runs.jacobian,
        bounds=(given.low, given.high),
        x_scale=given.pull,
        ftol=TOLERANCE,
        xtol=TOLERANCE,
        gtol=TOLERANCE,
        max_nfev=MOST_STEPS,
    ).x
    return _report(runs, logs)


def examine(given: FitProblem, simulate: Simulate, values: Values) -> Fit:
    """Describe a known solution as `fit` would: one Jacobian instead of a search."""
    runs = _Runs(given, simulate, 0, None)
    return _report(runs, np.log([values[parameter.name] for parameter in given.parameters]))


def _report(runs: _Runs, logs: Array) -> Fit:
    given, names = runs.given, [parameter.name for parameter in runs.given.parameters]
    residuals, jacobian = runs.residuals(logs), runs.jacobian(logs)
    number = len(given.points)
    covariance = np.linalg.inv(jacobian.T @ jacobian)
    # In standard deviations of the pull, a singular value compares the points' information with the pull's.
    _, strength, weights = np.linalg.svd(jacobian[:number] * given.pull)
    values = given.values(logs)
    parameters = [
        {
            "name": parameter.name,
            "start": parameter.default,
            "fitted": values[parameter.name],
            "standard_error": values[parameter.name] * np.sqrt(covariance[k, k]),
            "low": parameter.low,
            "high": parameter.high,
            "pulled": covariance[k, k] / given.pull[k] ** 2,
            "at_bound": bool(min(logs[k] - given.low[k], given.high[k] - logs[k]) < AT_BOUND),
        }
        for k, parameter in enumerate(given.parameters)
    ]
    points = [
        {
            "series": line.key[0],
            "year": line.key[1],
            "recorded": line.recorded,
            "simulated": line.recorded * np.exp(residual * spread),
            "standard_deviations": residual,
        }
        for line, residual, spread in zip(given.points, residuals, given.spread, strict=False)
    ]
    padded = np.concatenate([strength, np.zeros(len(names) - len(strength))])
    return Fit(
        parameters=pd.DataFrame(parameters),
        points=pd.DataFrame(points, columns=POINTS),
        directions=pd.DataFrame(weights, columns=names).assign(strength=padded),
        trace=pd.DataFrame(runs.trace),
        evaluations=runs.done,
    )


def simulator(
    evidence: str,
    *,
    scale: float | None = None,
    replications: int = REPLICATIONS,
    seed: int = SEED,
    workers: int | None = None,
) -> Simulate:
    """Return the model as `fit` sees it: the baseline of a province to the last fitted point, means over replications.

    Seeds are the same at every evaluation, so the difference between two sets of values is their effect.
    """

    def simulate(sets: Sequence[Values]) -> list[dict[Key, float]]:
        tasks = []
        for values in sets:
            scenario = record_scenario(evidence, end=LAST_QUARTER, scale=scale, parameters=values)
            compiled = compile_scenario(scenario, evidence_of(scenario))
            places = parts(evidence_of(scenario))
            tasks += [
                partial(year_ends, compiled, places, seed, replication) for replication in range(replications)
            ]
        runs = in_order(tasks, workers)
        batches = [runs[k : k + replications] for k in range(0, len(runs), replications)]
        return [{key: float(np.mean([run[key] for run in batch])) for key in batch[0]} for batch in batches]

    return simulate


def history_problem(evidence: str = DEFAULT_EVIDENCE) -> FitProblem:
    """Return the problem of calibration to history, from a province's starting values and records.

    Without scorecard.csv there is nothing to fit: the starting values stay.

    Raises
    ------
    InputError
        If scorecard.csv has lines to fit but none of them has a record.
    """
    registry = load_parameters(evidence_folder(evidence), fitted=False)
    known = evidence_of(record_scenario(evidence))
    points = fitted_lines(known)
    if not points and any(row.use == "F" for row in known.scorecard):
        file = str(known.folder / "records.csv")
        raise InputError(Problem(Message("errors_analysis.no_fitted_records"), file=file))
    return problem(registry, points)


def fit_history(
    evidence: str = DEFAULT_EVIDENCE,
    *,
    scale: float | None = None,
    replications: int = REPLICATIONS,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit a province to its recent history; minutes. Values of an earlier fit are ignored."""
    return fit(
        history_problem(evidence),
        simulator(evidence, scale=scale, replications=replications, workers=workers),
        progress,
    )


def examine_history(
    evidence: str = DEFAULT_EVIDENCE, *, scale: float | None = None, workers: int | None = None
) -> Fit:
    """Describe the values in force, fitted or not; seconds."""
    values = load_parameters(evidence_folder(evidence)).defaults()
    return examine(history_problem(evidence), simulator(evidence, scale=scale, workers=workers), values)


def write_fit(folder: Path, found: Fit) -> Path:
    """Write the fitted values into a province's folder, where they replace starting values.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    points = ", ".join(
        f"{series} {year}" for series, year in zip(found.points["series"], found.points["year"], strict=True)
    )
    rows = {
        str(row["name"]): (
            float(row["fitted"]),
            f"fitted to {points}; standard error {row['standard_error']:.2g}, indicative"
            if points
            else "starting value: there is no recorded point to fit to",
        )
        for _, row in found.parameters.iterrows()
    }
    return write_fitted(folder, rows)
