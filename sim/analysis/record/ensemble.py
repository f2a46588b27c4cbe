"""The ensemble: settings of all doubtful numbers, each of which reproduces the fitted records within their errors.

Members are drawn from the ranges of the registry, run through recorded time, each with luck of its own, moved near the
record by the ensemble smoother (`sim.analysis.record.smoother`) and then corrected one by one
(`sim.analysis.record.surface`). Records count in logarithms. Lines seen or held out take no part; how often the
ensemble's intervals hold them is its score. All runs are the baseline without policy under reading V, selective; in the
end some members are run under the other readings too (`Ensemble.readings`): in Hubei the medians of fitted lines lie
up to half an error apart under D, but up to 1.4 under V*, where R&D and staff per firm come out otherwise.

*Error and luck.* A setting predicts the record but for the record's own error and for luck, which the record had once;
so the likelihood of a setting has the variance error² + luck². A member's run carries luck once already. Where runs are
compared with the record, luck is therefore not added to the error once more: the smoother's covariances hold it, and
corrections aim at the record perturbed by its error alone, so that settings end up error² + luck² around the record.

*What is left out.* A member whose one run still misses by more than error and luck explain in 95 of 100 cases
(chi-square) is left out. That selects by its luck too, not by its numbers alone, and cuts the tail of the posterior.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import chi2

from sim.analysis.record.history import record_scenario, yearly_counts
from sim.analysis.record.scorecard import Line, lines
from sim.analysis.record.scores import line_scores
from sim.analysis.record.smoother import Smoothed, smooth
from sim.analysis.record.surface import Corrected, correct
from sim.errors import InputError, Message, Problem
from sim.evidence.history import Key, parts
from sim.evidence.tables import Evidence, folder_digest, load_evidence
from sim.files.folders import cache_folder
from sim.files.names import evidence_folder
from sim.runs.executor import Progress, in_order
from sim.runs.provenance import MODEL_ROOMS, READING_ROOMS, source_digest, versions
from sim.runs.run import evidence_of
from sim.world.compiled import compile_scenario
from sim.world.members import FITTING, LEAST_FITTING, Members, doubtful, drawn_scores, read_members, values_of
from sim.world.parameters import Parameter, load_parameters
from sim.world.scenario import Scenario
from sim.world.scenario_record import DEFAULT_EVIDENCE

Array = NDArray[Any]
MEMBERS = 300
STEPS = 2  # of the smoother: enough runs near the record for the corrections
SEED = 11  # neither the scenarios' nor the fit's
LAST_QUARTER = "2025Q4"  # of the last recorded year
PILOT = 8  # runs of the province's own numbers that show how large luck is
LEAST = 1e-9  # replaces an empty stock, which has no logarithm
BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_REDRAWN = 0.2  # of the members: beyond it, the ranges themselves are wrong
INFORMED = 0.95  # of the sd before: below it, the record says something about a number
FITS = 0.95  # chance that error and luck alone miss the fitted records by less
COMPARED = 60  # members that are run under the other readings
READINGS = ("V*", "D")
END = 0.05  # of a range, at either end


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
        shift (of the mean score, in standard deviations before), kept (standard deviation after over before), at_low,
        at_high (shares of members in the outer 5 % of the range; 5 % before).
    lines
        series, year, zh, en, use, unit, recorded, error (as a share), luck (sd of a run, as a share), the quantiles
        q05 to q95 of members' runs, inside_50, inside_90, misfit (mean square, in errors; NaN unless fitted), crps,
        relative, and naive forecasts with their scores as in the scorecard.
    misfit
        step, runs, misfit: mean square of fitted records' misses, in errors (luck included), before and after each
        step and each round of corrections; q05 to q95 of single members' mean squares, fit (share of members that
        fit). Members left out still count here.
    coverage
        use, lines, inside_50, inside_90: shares of lines inside the ensemble's intervals.
    parameters
        The doubtful numbers as the registry has them, in the members' order.
    redrawn, lost
        Members that failed to run: drawn anew at the start; lost at a later step.
    left_out, bound
        Members that do not fit: their mean square stays above the bound.
    readings
        reading, series, year, zh, en, apart: how far the median of the fitted line lies from that under V, in errors.
    """

    members: Members
    numbers: pd.DataFrame
    lines: pd.DataFrame
    misfit: pd.DataFrame
    coverage: pd.DataFrame
    parameters: tuple[Parameter, ...]
    redrawn: int
    lost: int
    left_out: int = 0
    bound: float = float("nan")
    readings: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def informed(self) -> list[str]:
        """Numbers about which the record says something, most of all first."""
        told = self.numbers[self.numbers["kept"] < INFORMED].sort_values("kept")
        return [str(name) for name in told["name"]]

    @property
    def fit(self) -> float:
        """Mean square of the members' misses of the fitted records, in errors (luck included)."""
        return float(self.lines["misfit"].mean())


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
        names: Sequence[str],
        numbers: Sequence[Parameter],
        keys: Sequence[Key],
        kept: _Kept,
        workers: int | None,
        progress: Callable[[int], None],
        seed: int,
    ) -> None:
        self._base, self._keys, self._kept = base, keys, kept
        self._names, self._numbers, self._digest = names, numbers, base.digest
        self._workers, self._progress, self._seed = workers, progress, seed
        self._counted: set[str] = set()
        self._evidence = evidence_of(base)
        self._places = parts(self._evidence)

    def under(self, reading: str) -> _Province:
        """Return the same province under another reading, selective."""
        base = self._base.with_reading(reading, "selective")
        return _Province(
            base,
            self._names,
            self._numbers,
            self._keys,
            self._kept,
            self._workers,
            self._progress,
            self._seed,
        )

    def of(self, scores: Array, luck: Sequence[int]) -> Array:
        """Run the settings of scores float64[K, settings]."""
        values = values_of(self._numbers, scores)
        return self.run([dict(zip(self._names, column.tolist(), strict=True)) for column in values.T], luck)

    def run(self, settings: Sequence[dict[str, float]], luck: Sequence[int]) -> Array:
        """Return float64[lines, settings]: logarithms, NaN throughout where a setting fails to run."""
        names = [_name(self._digest, setting, k) for setting, k in zip(settings, luck, strict=True)]
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
            counts = yearly_counts(compiled, self._places, self._seed, luck)
            gave = [float(np.log(max(counts[key], LEAST))) for key in self._keys]
        except (InputError, ArithmeticError, ValueError):
            gave = None  # a setting that cannot run is a fact about the ranges, and counted
        self._kept.add(name, gave)


def _name(base: str, setting: dict[str, float], luck: int) -> str:
    text = json.dumps([base, luck, setting], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A province, its doubtful numbers, and the record that their settings shall give.

    Attributes
    ----------
    wanted, fitted, observed, own
        The recorded lines; which of them are fitted (bool[lines]); logarithms; the records' own errors.
    luck
        float64[lines]: standard deviation of a run of the province's own numbers.
    """

    names: tuple[str, ...]
    numbers: tuple[Parameter, ...]
    base: Scenario
    kept: _Kept
    province: _Province
    wanted: tuple[Target, ...]
    fitted: Array
    observed: Array
    own: Array
    luck: Array


def task_of(
    evidence: str,
    members: int,
    *,
    steps: int = STEPS,
    scale: float | None = None,
    seed: int = SEED,
    workers: int | None = None,
    progress: Callable[[int], None],
) -> Task:
    """Get everything ready for `settled`; parameters and errors as for `ensemble`."""
    registry = load_parameters(evidence_folder(evidence))
    base = record_scenario(evidence, end=LAST_QUARTER, scale=scale)
    known = evidence_of(base)
    measured = _measured(base, known, members)
    wanted = tuple(target for target in targets(known) if target.line.key in measured)
    names = doubtful(registry)
    numbers = tuple(registry[name] for name in names)
    kept = _Kept(_identity(base, known, members, steps, seed))
    keys = [target.line.key for target in wanted]
    province = _Province(base, names, numbers, keys, kept, workers, progress, seed)
    return Task(
        names,
        numbers,
        base,
        kept,
        province,
        wanted,
        fitted=np.array([target.line.use == "F" for target in wanted]),
        observed=np.log([target.line.recorded for target in wanted]),
        own=np.array([target.error for target in wanted]),
        luck=province.run([{}] * PILOT, range(members, members + PILOT)).std(axis=1, ddof=1),
    )


def settled(
    task: Task, prior: Array, observed: Array, used: Array, steps: int, seed: int
) -> tuple[Smoothed, Corrected]:
    """Move and correct members until their runs give the lines used: observed float64[lines], used bool[lines]."""
    smoothed = smooth(
        prior,
        lambda step, scores: task.province.of(scores, range(scores.shape[1]))[used],
        observed[used],
        task.own[used],
        seed,
        steps=steps,
    )
    found = correct(
        smoothed,
        lambda some, scores: task.province.of(scores, smoothed.kept[some].tolist())[used],
        observed[used],
        task.own[used],
        task.luck[used],
        seed,
    )
    return smoothed, found


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
        As in `smooth`; the seed is that of the corrections too.
    workers
        Threads; by default one per processor. Results do not depend on it.
    progress
        Called with runs done and in all.

    Raises
    ------
    InputError
        If nothing is fitted, a fitted record has no error, or too many settings fail to run.
    """
    # Later rounds correct few.
    done, total = 0, PILOT + members * (steps + 2) + members // 2 + len(READINGS) * min(COMPARED, members)

    def step_on(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(min(done, total), total)

    task = task_of(evidence, members, steps=steps, scale=scale, seed=seed, workers=workers, progress=step_on)
    province, wanted, fitted, observed = task.province, task.wanted, task.fitted, task.observed
    names, numbers, error = task.names, task.numbers, np.hypot(task.own, task.luck)
    prior, redrawn = runnable(province, len(names), members, seed)
    smoothed, found = settled(task, prior, observed, fitted, steps, seed)
    places = smoothed.kept.tolist()
    given = np.concatenate([smoothed.given, found.given[1:]])
    square = _squares(given, observed[fitted], error[fitted])
    bound = _bound(int(fitted.sum()))
    fits, stay = square[-1] <= bound, staying(found.given[-1], observed[fitted], error[fitted])
    before, after = smoothed.scores[0], found.scores[-1][:, stay]
    places = [places[j] for j in stay]
    last = np.exp(province.of(after, places))  # from the runs that are kept
    readings = _readings(province, after, places, wanted, error)
    step_on(total)  # members that were not moved are not run twice
    made = {
        "seed": str(seed),
        "steps": str(steps),
        "scale": f"{1 / task.base.weight:g}",
        "redrawn": str(redrawn),
        "lost": str(members - len(smoothed.kept)),
        "left_out": str(len(smoothed.kept) - len(stay)),
        "luck": json.dumps(places),
        "luck_of_lines": json.dumps(task.luck.tolist()),
        "numbers": _saved(_numbers(names, numbers, before, before[:, stay], after)),
        "misfit": _saved(_misfit(square, [*[members] * (steps + 1), *found.runs], bound)),
        "readings": _saved(readings),
        FITTING: f"{fits.mean():.4g}",
    }
    settings = Members(
        names,
        values_of(numbers, after).T,
        last.T,
        tuple(f"{series} {year}" for series, year in (target.line.key for target in wanted)),
        made,
    )
    task.kept.forget()
    return _told(settings, wanted, numbers)


def staying(given: Array, observed: Array, error: Array) -> Array:
    """Return the places of the members that fit; of all members where fewer than `LEAST_FITTING` of them do.

    Parameters
    ----------
    given
        float64[lines, members]: what their runs gave.
    observed, error
        float64[lines]: what they should give, and how much error and luck may miss it by.
    """
    fits = _squares(given, observed, error) <= _bound(len(observed))
    return np.flatnonzero(fits if fits.mean() >= LEAST_FITTING else np.ones_like(fits))


def _squares(given: Array, observed: Array, error: Array) -> Array:
    """Return mean squares of misses over lines, in errors: float64[..., members] of float64[..., lines, members]."""
    squares: Array = (((given - observed[:, None]) / error[:, None]) ** 2).mean(axis=-2)
    return squares


def read_ensemble(evidence: str) -> Ensemble | None:
    """Return what `ensemble` found and a calibration wrote into an evidence folder; None if there is nothing.

    Raises
    ------
    InputError
        If the file cannot be read or was made with other evidence or fitted values.
    """
    folder = evidence_folder(evidence)
    registry = load_parameters(folder)
    members = read_members(folder, registry)
    if members is None or members.made is None or "misfit" not in members.made:
        return None
    found = {" ".join(map(str, target.line.key)): target for target in targets(load_evidence(folder))}
    return _told(
        members, tuple(found[line] for line in members.lines), tuple(registry[name] for name in members.names)
    )


def _told(members: Members, wanted: Sequence[Target], numbers: tuple[Parameter, ...]) -> Ensemble:
    """Say what settings and their runs mean."""
    made = members.made or {}
    luck = np.array(json.loads(made["luck_of_lines"]))
    own = np.array([target.error for target in wanted])
    frame = _lines(wanted, luck, members.simulated.T, np.hypot(own, luck))
    fitted = int((frame["use"] == "F").sum())
    return Ensemble(
        members=members,
        numbers=_read(made["numbers"]),
        lines=frame,
        misfit=_read(made["misfit"]),
        coverage=_coverage(frame),
        parameters=numbers,
        redrawn=int(made["redrawn"]),
        lost=int(made["lost"]),
        left_out=int(made["left_out"]),
        bound=_bound(fitted),
        readings=_read(made["readings"]),
    )


def _bound(fitted: int) -> float:
    """Return the mean square of so many misses that error and luck alone exceed in 5 of 100 cases."""
    return float(chi2.ppf(FITS, fitted) / fitted)


def _saved(frame: pd.DataFrame) -> str:
    return json.dumps(frame.to_dict("list"))


def _read(text: str) -> pd.DataFrame:
    return pd.DataFrame(json.loads(text))


def _readings(
    province: _Province, scores: Array, luck: Sequence[int], wanted: Sequence[Target], error: Array
) -> pd.DataFrame:
    """Compare the fitted lines of some members under the other readings with those under V."""
    some, theirs = scores[:, :COMPARED], luck[:COMPARED]
    usual = np.median(province.of(some, theirs), axis=1)
    rows = []
    for reading in READINGS:
        other = np.nanmedian(province.under(reading).of(some, theirs), axis=1)
        for (line, _), apart in zip(wanted, (other - usual) / error, strict=True):
            if line.use == "F":
                about = {"series": line.key[0], "year": line.key[1], "zh": line.zh, "en": line.en}
                rows.append({"reading": reading, **about, "apart": float(apart)})
    return pd.DataFrame(rows)


def _measured(base: Scenario, known: Evidence, luck: int) -> set[Key]:
    """Return the series and years that a run of the province's own numbers gives, above 0."""
    counts = yearly_counts(compile_scenario(base, known), parts(known), SEED, luck)
    return {key for key, value in counts.items() if value > 0}


def _identity(base: Scenario, known: Evidence, members: int, steps: int, seed: int) -> str:
    """Hash all that a run depends on, but for the setting."""
    sources = source_digest((*MODEL_ROOMS, *READING_ROOMS))
    made_with = [folder_digest(known.folder), sources, sorted(versions().items()), base.digest]
    return hashlib.sha256(json.dumps([*made_with, members, steps, seed]).encode()).hexdigest()


def runnable(province: _Province, numbers: int, members: int, seed: int) -> tuple[Array, int]:
    """Draw members that can run: float64[K, members], and how many draws failed."""
    most = members + int(MOST_REDRAWN * members) + 1
    chosen: list[Array] = []
    at = 0
    while len(chosen) < members:
        more = [drawn_scores(numbers, seed, k) for k in range(at, at + members - len(chosen))]
        at += len(more)
        if at > most:
            raise InputError(Message("errors_analysis.members_fail", tried=at - len(more), ran=len(chosen)))
        # With the luck of the places they will have; those that stay are found among the kept runs later.
        gave = province.of(np.stack(more, axis=1), range(len(chosen), len(chosen) + len(more)))
        chosen += [more[j] for j in np.flatnonzero(np.isfinite(gave).all(axis=0))]
    return np.stack(chosen, axis=1), at - members


def _numbers(
    names: Sequence[str], numbers: Sequence[Parameter], before: Array, same: Array, after: Array
) -> pd.DataFrame:
    """Put each number before and after the record was asked side by side: scores float64[K, members].

    Means and spreads are compared over the same members, so that a number that was not moved says so.
    """
    ends = (0.05, 0.5, 0.95)
    low, median, high = np.quantile(values_of(numbers, before), ends, axis=1)
    now_low, now_median, now_high = np.quantile(values_of(numbers, after), ends, axis=1)
    spread, now = same.std(axis=1, ddof=1), after.std(axis=1, ddof=1)
    place = ndtr(after)
    return pd.DataFrame(
        {"name": names, "prior_low": low, "prior_median": median, "prior_high": high}
        | {"low": now_low, "median": now_median, "high": now_high}
        | {"shift": (after.mean(axis=1) - same.mean(axis=1)) / spread, "kept": now / spread}
        | {"at_low": (place < END).mean(axis=1), "at_high": (place > 1 - END).mean(axis=1)}
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


def _misfit(square: Array, runs: Sequence[int], bound: float) -> pd.DataFrame:
    """Say how members' mean squares lie after each step: square float64[steps, members]."""
    quantiles = dict(
        zip(("q05", "q25", "q50", "q75", "q95"), np.quantile(square, BANDS, axis=1), strict=True)
    )
    return pd.DataFrame(
        {"step": np.arange(len(square)), "runs": runs, "misfit": square.mean(axis=1)}
        | quantiles
        | {"fit": (square <= bound).mean(axis=1)}
    )


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
