"""The ensemble: settings of all doubtful numbers, each of which reproduces the fitted records within their errors.

Members are drawn from the ranges of the registry, run through recorded time, each with luck of its own, and moved by
the ensemble smoother (`sim.analysis.record.smoother`). Records count in logarithms, each with its error of records.csv
and the luck of a run. Lines seen or held out take no part; how often the ensemble's intervals hold them is its score.
All runs are the baseline without policy under reading V, selective: with yardsticks measured in the run, the stocks of
the other readings lie within 2 % of these.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.record.history import record_scenario, yearly_counts
from sim.analysis.record.scorecard import Line, lines
from sim.analysis.record.scores import line_scores
from sim.analysis.record.smoother import STEPS, Smoothed, smooth
from sim.errors import InputError, Message, Problem
from sim.evidence.history import Key, parts
from sim.evidence.tables import Evidence, folder_digest
from sim.files.folders import cache_folder
from sim.files.names import evidence_folder
from sim.runs.executor import Progress, in_order
from sim.runs.provenance import MODEL_ROOMS, READING_ROOMS, source_digest, versions
from sim.runs.run import evidence_of
from sim.world.compiled import compile_scenario
from sim.world.members import Members, doubtful, drawn_scores, values_of
from sim.world.parameters import Parameter, load_parameters
from sim.world.scenario import Scenario
from sim.world.scenario_record import DEFAULT_EVIDENCE

Array = NDArray[Any]
MEMBERS = 300
SEED = 11  # neither the scenarios' nor the fit's
LAST_QUARTER = "2025Q4"  # of the last recorded year
PILOT = 8  # runs of the province's own numbers that show how large luck is
LEAST = 1e-9  # replaces an empty stock, which has no logarithm
BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_REDRAWN = 0.2  # of the members: beyond it, the ranges themselves are wrong
INFORMED = 0.95  # of the sd before: below it, the record says something about a number


class Target(NamedTuple):
    """A recorded line that members are run for."""

    line: Line
    error: float  # standard deviation of the record, as a share of its value


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """What `ensemble` found.

    Attributes
    ----------
    members
        The settings, and what their runs give.
    numbers
        name, prior_low, prior_median, prior_high, low, median, high (5, 50 and 95 % in the registry's units),
        shift (of the mean score, in standard deviations before), kept (standard deviation after over before).
    lines
        series, year, zh, en, use, unit, recorded, error (as a share), luck (sd of a run, as a share), the quantiles
        q05 to q95 of members' runs, inside_50, inside_90, misfit (mean square, in errors; NaN unless fitted), crps,
        relative, and naive forecasts with their scores as in the scorecard.
    misfit
        step, misfit: mean square of fitted records' misses, in errors (luck included), before and after each step.
    coverage
        use, lines, inside_50, inside_90: shares of lines inside the ensemble's intervals.
    parameters
        The doubtful numbers as the registry has them, in the members' order.
    redrawn, lost
        Members that failed to run: drawn anew at the start; left out at a later step.
    """

    members: Members
    numbers: pd.DataFrame
    lines: pd.DataFrame
    misfit: pd.DataFrame
    coverage: pd.DataFrame
    parameters: tuple[Parameter, ...]
    redrawn: int
    lost: int

    @property
    def informed(self) -> list[str]:
        """Numbers about which the record says something, most of all first."""
        told = self.numbers[self.numbers["kept"] < INFORMED].sort_values("kept")
        return [str(name) for name in told["name"]]


def targets(evidence: Evidence) -> list[Target]:
    """Return the recorded lines that have an error; two lines on one record count once, fitted ones first.

    Raises
    ------
    InputError
        If a fitted record has no error, or nothing is fitted.
    """
    found: dict[Key, Target] = {}
    problems = []
    for line in sorted(lines(evidence), key=lambda each: each.use != "F"):
        if line.recorded != line.recorded or line.recorded <= 0 or line.key in found:
            continue
        if line.error == line.error:
            found[line.key] = Target(line, line.error)
        elif line.use == "F":
            named = f"{line.key[0]} {line.key[1]}"
            problems.append(Problem(Message("errors_analysis.no_error", line=named), file=_records(evidence)))
    if not any(target.line.use == "F" for target in found.values()) and not problems:
        problems = [Problem(Message("errors_analysis.no_fitted_records"), file=_records(evidence))]
    if problems:
        raise InputError(problems)
    return list(found.values())


def _records(evidence: Evidence) -> str:
    return str(evidence.folder / "records.csv")


class _Kept:
    """Runs that an interrupted command has done already, in the user's cache; a broken line is a run not done."""

    def __init__(self, identity: str) -> None:
        self._path = cache_folder() / "ensembles" / f"{identity[:16]}.jsonl"
        self._done: dict[str, list[float] | None] = {}
        with suppress(OSError):
            for text in self._path.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, TypeError, KeyError):
                    found = json.loads(text)
                    self._done[found["run"]] = found["gave"]
        self.earlier = len(self._done)

    def __contains__(self, run: str) -> bool:
        return run in self._done

    def __getitem__(self, run: str) -> list[float] | None:
        return self._done[run]

    def add(self, run: str, gave: list[float] | None) -> None:
        """Keep a run; where the cache cannot be written, an interruption loses it."""
        self._done[run] = gave
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"run": run, "gave": gave}) + "\n")

    def forget(self) -> None:
        """Remove what was kept."""
        self._path.unlink(missing_ok=True)


class _Province:
    """The province as the smoother sees it: settings in, logarithms of recorded lines out."""

    def __init__(
        self,
        base: Scenario,
        keys: Sequence[Key],
        kept: _Kept,
        workers: int | None,
        progress: Callable[[int], None],
    ) -> None:
        self._base, self._keys, self._kept = base, keys, kept
        self._workers, self._progress = workers, progress
        self._counted: set[str] = set()
        self._evidence = evidence_of(base)
        self._places = parts(self._evidence)

    def run(self, settings: Sequence[dict[str, float]], luck: Sequence[int]) -> Array:
        """Return float64[lines, settings]: logarithms, NaN throughout where a setting fails to run."""
        names = [_name(setting, k) for setting, k in zip(settings, luck, strict=True)]
        new = [j for j, name in enumerate(names) if name not in self._kept]
        self._progress(len({*names} - {names[j] for j in new} - self._counted))
        self._counted.update(names)
        tasks = [partial(self._one, names[j], settings[j], luck[j]) for j in new]
        in_order(tasks, self._workers, lambda done, total: self._progress(1))
        nothing = [float("nan")] * len(self._keys)
        found: Array = np.array([self._kept[name] or nothing for name in names]).reshape(len(names), -1).T
        return found

    def _one(self, name: str, setting: dict[str, float], luck: int) -> None:
        try:
            scenario = self._base.with_parameters(setting)
            with np.errstate(all="raise", under="ignore"):
                compiled = compile_scenario(scenario, self._evidence)
            counts = yearly_counts(compiled, self._places, SEED, luck)
            gave = [float(np.log(max(counts[key], LEAST))) for key in self._keys]
        except (InputError, ArithmeticError, ValueError):
            gave = None  # a setting that cannot run is a fact about the ranges, and counted
        self._kept.add(name, gave)


def _name(setting: dict[str, float], luck: int) -> str:
    text = json.dumps([luck, setting], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def ensemble(
    evidence: str = DEFAULT_EVIDENCE,
    *,
    members: int = MEMBERS,
    scale: float | None = None,
    steps: int = STEPS,
    seed: int = SEED,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Ensemble:
    """Find settings of the doubtful numbers that reproduce the fitted records.

    What an interrupted call has run is kept in the user's cache, so that the next goes on from there.

    Parameters
    ----------
    evidence
        Name or path of an evidence folder.
    members
        How many.
    scale
        Agents per real firm; by default as for the calibration's other runs.
    steps, seed
        As in `smooth`.
    workers
        Threads; by default one per processor. Results do not depend on it.
    progress
        Called with runs done and in all.

    Raises
    ------
    InputError
        If nothing is fitted, a fitted record has no error, or too many settings fail to run.
    """
    folder = evidence_folder(evidence)
    registry = load_parameters(folder)
    base = record_scenario(evidence, end=LAST_QUARTER, scale=scale)
    known = evidence_of(base)
    measured = _measured(base, known, members)
    wanted = [target for target in targets(known) if target.line.key in measured]
    names = doubtful(registry)
    numbers = [registry[name] for name in names]
    kept = _Kept(_identity(base, known, members, steps, seed))
    done, total = 0, PILOT + members * (steps + 1)

    def step_on(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(min(done, total), total)

    province = _Province(base, [target.line.key for target in wanted], kept, workers, step_on)
    luck = province.run([{}] * PILOT, range(members, members + PILOT)).std(axis=1, ddof=1)
    fitted = np.array([target.line.use == "F" for target in wanted])
    observed = np.log([target.line.recorded for target in wanted])
    error = np.hypot([target.error for target in wanted], luck)
    everything: list[Array] = []

    def given(step: int, scores: Array) -> Array:
        values = values_of(numbers, scores)
        settings = [dict(zip(names, column.tolist(), strict=True)) for column in values.T]
        everything.append(province.run(settings, range(scores.shape[1])))
        gave: Array = everything[-1][fitted]
        return gave

    prior, redrawn = _runnable(province, names, numbers, members, seed)
    found = smooth(prior, given, observed[fitted], error[fitted], seed, steps=steps)
    step_on(total)  # members that were not moved are not run twice
    last = np.exp(everything[-1][:, found.kept])
    made = {
        "seed": str(seed),
        "steps": str(steps),
        "scale": f"{1 / base.weight:g}",
        "redrawn": str(redrawn),
        "lost": str(members - len(found.kept)),
    }
    settings = Members(
        names,
        values_of(numbers, found.scores[-1]).T,
        last.T,
        tuple(f"{series} {year}" for series, year in (target.line.key for target in wanted)),
        made,
    )
    result = Ensemble(
        members=settings,
        numbers=_numbers(names, values_of(numbers, found.scores[0]), settings.values.T, found.scores),
        lines=_lines(wanted, luck, last, error),
        misfit=_misfit(found, observed[fitted], error[fitted]),
        coverage=pd.DataFrame(),
        parameters=tuple(numbers),
        redrawn=redrawn,
        lost=members - len(found.kept),
    )
    kept.forget()
    return replace(result, coverage=_coverage(result.lines))


def _measured(base: Scenario, known: Evidence, luck: int) -> set[Key]:
    """Return the series and years that a run of the province's own numbers gives, above 0."""
    counts = yearly_counts(compile_scenario(base, known), parts(known), SEED, luck)
    return {key for key, value in counts.items() if value > 0}


def _identity(base: Scenario, known: Evidence, members: int, steps: int, seed: int) -> str:
    """Hash all that a run depends on, but for the setting."""
    sources = source_digest((*MODEL_ROOMS, *READING_ROOMS))
    made_with = [folder_digest(known.folder), sources, sorted(versions().items()), base.digest]
    return hashlib.sha256(json.dumps([*made_with, members, steps, seed]).encode()).hexdigest()


def _runnable(
    province: _Province, names: Sequence[str], numbers: Sequence[Any], members: int, seed: int
) -> tuple[Array, int]:
    """Draw members that can run: float64[K, members], and how many draws failed."""
    most = members + int(MOST_REDRAWN * members) + 1
    chosen: list[Array] = []
    at = 0
    while len(chosen) < members:
        more = [drawn_scores(len(names), seed, k) for k in range(at, at + members - len(chosen))]
        at += len(more)
        if at > most:
            raise InputError(Message("errors_analysis.members_fail", tried=at - len(more), ran=len(chosen)))
        values = values_of(numbers, np.stack(more, axis=1))
        settings = [dict(zip(names, column.tolist(), strict=True)) for column in values.T]
        # With the luck of the places they will have; those that stay are found among the kept runs later.
        gave = province.run(settings, range(len(chosen), len(chosen) + len(more)))
        chosen += [more[j] for j in np.flatnonzero(np.isfinite(gave).all(axis=0))]
    return np.stack(chosen, axis=1), at - members


def _numbers(names: Sequence[str], before: Array, after: Array, scores: Array) -> pd.DataFrame:
    """Put each number before and after the record was asked side by side."""
    ends = (0.05, 0.5, 0.95)
    low, median, high = np.quantile(before, ends, axis=1)
    now_low, now_median, now_high = np.quantile(after, ends, axis=1)
    spread = scores.std(axis=2, ddof=1)
    return pd.DataFrame(
        {"name": names, "prior_low": low, "prior_median": median, "prior_high": high}
        | {"low": now_low, "median": now_median, "high": now_high}
        | {"shift": (scores[-1].mean(axis=1) - scores[0].mean(axis=1)) / spread[0]}
        | {"kept": spread[-1] / spread[0]}
    )


def _lines(wanted: Sequence[Target], luck: Array, runs: Array, error: Array) -> pd.DataFrame:
    """Put members' runs beside each recorded line: runs float64[lines, members] in the record's units."""
    rows = []
    for k, (line, own) in enumerate(wanted):
        low, quarter, median, three, high = np.quantile(runs[k], BANDS)
        miss = (np.log(runs[k]) - np.log(line.recorded)) / error[k]
        rows.append(
            {"series": line.key[0], "year": line.key[1], "zh": line.zh, "en": line.en, "use": line.use}
            | {"unit": line.unit, "recorded": line.recorded, "error": own, "luck": luck[k]}
            | {"q05": low, "q25": quarter, "q50": median, "q75": three, "q95": high}
            | {"inside_50": quarter <= line.recorded <= three, "inside_90": low <= line.recorded <= high}
            | {"misfit": float(np.mean(miss**2)) if line.use == "F" else float("nan")}
            | line_scores(runs[k], line.recorded, line.forecasts)
        )
    return pd.DataFrame(rows)


def _misfit(found: Smoothed, observed: Array, error: Array) -> pd.DataFrame:
    square = ((found.given - observed[:, None]) / error[:, None]) ** 2
    return pd.DataFrame({"step": np.arange(len(square)), "misfit": square.mean(axis=(1, 2))})


def _coverage(found: pd.DataFrame) -> pd.DataFrame:
    """Say how many lines of each use lie inside the ensemble's intervals."""
    rows = [
        {
            "use": use,
            "lines": len(group),
            **{name: float(group[name].mean()) for name in ("inside_50", "inside_90")},
        }
        for use, group in found.groupby("use", sort=False)
    ]
    return pd.DataFrame(rows)
