"""From published tables to everything under `derived/`: the survey, its covariance, fitted parameters, the scorecard.

All work is done on a copy of the evidence folder, so the folder itself does not change before everything is done.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.record.calibration import Calibration
from sim.analysis.record.ensemble import Ensemble, ensemble, read_ensemble
from sim.analysis.record.ensemble_checks import COLUMNS as CHECK_COLUMNS
from sim.analysis.record.estimates import Estimates, published_estimates
from sim.analysis.record.fit import Fit, fit_history, write_fit
from sim.analysis.record.record_frames import HistoryFrames, history_frames
from sim.analysis.record.refit import joint_shares, quarter_zero_line, refit_frame, refits
from sim.errors import InputError, Message, Problem, system_reason
from sim.evidence.conflicts import why_impossible
from sim.evidence.covariance import FILE as COVARIANCE
from sim.evidence.covariance import write_covariance
from sim.evidence.entropy import NotFoundError
from sim.evidence.equations import printed
from sim.evidence.records import COLUMNS, VARIABLES, Evidence
from sim.evidence.stars import Bounds, Point, reveal
from sim.evidence.survey import THRESHOLDS, Survey, columns_of, covariances, rebuild, standard_errors
from sim.evidence.survey_file import FILE as SURVEY
from sim.evidence.survey_file import trimmed, write_survey
from sim.evidence.tables import FOR_PEOPLE, MADE_FROM, edited, load_evidence, write_made_from
from sim.files.names import evidence_folder
from sim.runs.results import csv_of
from sim.world.answers import moved, province_answers, tilted
from sim.world.members import write_members
from sim.world.parameters import FITTED, load_parameters
from sim.world.scenario_record import DEFAULT_EVIDENCE

Array = NDArray[Any]
#: Called with the current part, how much of it is done, and how much there is (0: unknown).
Report = Callable[[str, int, int], None]

BOUNDS, ESTIMATES, SCORECARD, STARS, CHECKS = FOR_PEOPLE
DIGITS = 6  # significant, in tables of results


def calibrate(
    evidence: str = DEFAULT_EVIDENCE,
    *,
    stars: bool = False,
    refit_history: bool = False,
    members: int = 0,
    workers: int | None = None,
    progress: Report | None = None,
) -> Calibration:
    """Rebuild everything that is derived from an evidence folder.

    Parameters
    ----------
    evidence
        Name or path of the folder.
    stars
        Map again what the equations and marks of Table 5 reveal (a quarter of an hour), not show the last map.
    refit_history
        Fit the history's parameters again (minutes); done anyway if none are fitted yet or they were edited.
    members
        Find this many settings of the doubtful numbers that fit the record (minutes); 0 leaves those of the folder.
    workers
        Threads; by default one per processor.
    progress
        Called with the part, how much of it is done and how much there is.

    Returns
    -------
    Calibration
        With the files that `write_derived` puts under the folder.

    Raises
    ------
    InputError
        If a file has mistakes, or no survey can produce Table 5; then it names columns that contradict each other.
    """
    folder = evidence_folder(evidence)
    known = load_evidence(folder, derived=False)  # messages name the folder itself, not the copy
    fitted = not any(problem.file == str(folder / FITTED) for problem in edited(folder))
    values = load_parameters(folder, fitted=fitted).defaults()
    with tempfile.TemporaryDirectory(prefix="calibrate-") as temporary:
        place = Path(temporary) / folder.name
        shutil.copytree(folder, place)
        # Fitted values that were edited are fitted again.
        for name in (MADE_FROM, *([] if fitted else [FITTED])):
            (place / name).unlink(missing_ok=True)
        work = _Work(place, workers, progress or (lambda part, done, total: None))
        survey, other = work.survey(known, values)
        if stars:
            work.stars(known)
        fit = work.fit() if refit_history or not (place / FITTED).exists() else None
        errors = standard_errors(known, survey)
        again = work.refits(survey, errors)
        history = work.history(fit, again)
        estimates = work.estimates(known)
        doubt = work.ensemble(members) if members else work.settings()
        write_made_from(place)
        found = _found(folder.name, place, survey, other, errors, again, history, estimates, work.seconds)
        return replace(found, ensemble=doubt)


def _found(
    name: str,
    place: Path,
    survey: Survey,
    other: Survey | None,
    errors: Array,
    again: pd.DataFrame,
    history: HistoryFrames,
    estimates: Estimates,
    seconds: dict[str, float],
) -> Calibration:
    """Collect what a calibration found and wrote into a copy of the evidence folder."""
    calibrated = load_evidence(place)
    values = load_parameters(place).defaults()
    table5, likelihood = table5_refit(calibrated, place / SURVEY)
    return Calibration(
        evidence=name,
        digest=calibrated.digest,
        firms=survey.firms,
        share_y=survey.share_y,
        share_x2=float(survey.margin("X2")[1]),
        table5=table5,
        likelihood=likelihood,
        entering=_entering(calibrated, errors),
        answers=_answers(survey, other, province_answers(calibrated, values)),
        stars=_read(place / STARS, Point._fields),
        bounds=_read(place / BOUNDS, Bounds._fields),
        checks=_read(place / CHECKS, CHECK_COLUMNS),
        population=_table([move._asdict() for move in moved(calibrated, survey, values)]),
        refit=refit_frame(again),
        history=history,
        estimates=estimates,
        seconds=seconds,
        files={
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in sorted((place / "derived").iterdir())
        },
    )


class _Work:
    """The parts of a calibration: each writes what it finds into a copy of the evidence folder.

    Attributes
    ----------
    seconds
        Time taken by part.
    """

    def __init__(self, place: Path, workers: int | None, report: Report) -> None:
        self._place, self._workers, self._report = place, workers, report
        self.seconds: dict[str, float] = {}

    @contextmanager
    def _part(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Time a part; gives the callback for how much of it is done and how much there is."""
        begun = time.monotonic()
        yield partial(self._report, name)
        self.seconds[name] = time.monotonic() - begun

    def survey(self, known: Evidence, values: Mapping[str, float]) -> tuple[Survey, Survey | None]:
        """Rebuild the survey, and a second one under the judgement prior."""
        with self._part("survey") as progress:
            progress(0, 0)
            survey = _rebuilt(known)
            other = _beside(known)
            survey = trimmed(known, survey, tilted(known, survey, values))
            write_survey(self._place, survey)
            write_covariance(self._place / COVARIANCE, _by_column(known, survey))
        return survey, other

    def stars(self, known: Evidence) -> None:
        """Map what the equations and marks of Table 5 reveal."""
        with self._part("stars") as progress:
            found, points = reveal(known, lambda what: progress(0, 0))
            (self._place / BOUNDS).write_bytes(csv_of(_table([row._asdict() for row in found])))
            (self._place / STARS).write_bytes(csv_of(_table(list(map(Point._asdict, points)))))

    def fit(self) -> Fit:
        """Fit the history's parameters."""
        with self._part("fit") as progress:
            fit = fit_history(str(self._place), workers=self._workers, progress=progress)
            write_fit(self._place, fit)
        return fit

    def refits(self, survey: Survey, errors: Array) -> pd.DataFrame:
        """Do the regression of Table 5 again, on simulated firms."""
        with self._part("refit") as progress:
            size, quality = columns_of(survey, ("X1", "X2")).T
            shares = joint_shares(size, quality, survey.shares)
            return refits(str(self._place), shares, errors, workers=self._workers, progress=progress)

    def history(self, fit: Fit | None, again: pd.DataFrame) -> HistoryFrames:
        """Compare the province with its record."""
        with self._part("history") as progress:
            history = history_frames(
                str(self._place),
                fit=fit,
                extra=[quarter_zero_line(again)],
                workers=self._workers,
                progress=progress,
            )
        scorecard = csv_of(history.scorecard, float_format=f"%.{DIGITS}g")
        (self._place / SCORECARD).write_bytes(scorecard)
        return history

    def estimates(self, known: Evidence) -> Estimates:
        """Ask the model what published studies found, if there are any."""
        if not known.estimates:
            return published_estimates(str(self._place))
        with self._part("estimates") as progress:
            found = published_estimates(str(self._place), workers=self._workers, progress=progress)
        (self._place / ESTIMATES).write_bytes(csv_of(found.table, float_format=f"%.{DIGITS}g"))
        return found

    def settings(self) -> Ensemble | None:
        """Read the settings of the folder; None if it has none that follow from its evidence and fit."""
        with suppress(InputError):
            return read_ensemble(str(self._place))
        return None

    def ensemble(self, members: int) -> Ensemble:
        """Find settings of the doubtful numbers that fit the record."""
        with self._part("ensemble") as progress:
            found = ensemble(str(self._place), members=members, workers=self._workers, progress=progress)
        write_members(self._place, found.members)
        return found


def write_derived(folder: Path, calibration: Calibration) -> list[Path]:
    """Put the derived files of a calibration into its evidence folder, all of them or none.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    derived = folder / "derived"
    try:
        with tempfile.TemporaryDirectory(prefix=".derived-", dir=folder) as temporary:
            fresh = Path(temporary) / "derived"
            for name, content in calibration.files.items():
                path = Path(temporary) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            before = Path(temporary) / "before"
            if derived.exists():
                os.replace(derived, before)
            try:
                os.replace(fresh, derived)
            except BaseException:
                if before.exists():
                    os.replace(before, derived)
                raise
    except OSError as error:
        message = Message("errors_analysis.cannot_write_derived", why=system_reason(error))
        raise InputError(Problem(message, file=str(folder))) from None
    return [folder / name for name in calibration.files]


def table5_refit(evidence: Evidence, survey: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Refit the nine regressions to a survey file with a weighted logit of statsmodels.

    Returns
    -------
    tuple of DataFrame
        `Calibration.table5` and `Calibration.likelihood`.
    """
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    data = pd.read_csv(survey)
    table = printed(evidence)
    answers = {name: data[name.lower()].to_numpy(float) for name in table.names[1:]}
    answers["_cons"] = np.ones(len(data))
    y, weight = data["y"].to_numpy(float), data["weight"].to_numpy()
    null = GLM(y, answers["_cons"][:, None], family=Binomial(), freq_weights=weight).fit().llf
    rows, likelihoods = [], []
    for m, column in enumerate(COLUMNS):
        names = [name for name, there in zip(table.names, table.entered[m], strict=True) if there]
        design = np.column_stack([answers[name] for name in names])
        model = GLM(y, design, family=Binomial(), freq_weights=weight).fit(tol=1e-12)
        likelihoods.append((column, table.lr[m], 2.0 * (model.llf - null)))
        for name, b, error in zip(names, model.params, model.bse, strict=True):
            at = table.names.index(name)
            z = abs(b) / error
            marks = "" if name == "_cons" else "*" * int(np.digitize(z, THRESHOLDS))
            rows.append((column, name, table.b[m, at], b, "*" * int(table.marks[m, at]), marks, error, z))
    columns = [
        "column",
        "variable",
        "printed",
        "refit",
        "marks_printed",
        "marks_refit",
        "standard_error",
        "z",
    ]
    return (
        pd.DataFrame(rows, columns=columns),
        pd.DataFrame(likelihoods, columns=["column", "printed", "refit"]),
    )


def _rebuilt(evidence: Evidence) -> Survey:
    try:
        return rebuild(evidence)
    except NotFoundError:
        raise why_impossible(evidence) from None


def _beside(evidence: Evidence) -> Survey | None:
    """Rebuild under the judgement prior, for comparison only."""
    try:
        return rebuild(evidence, prior="judgement")
    except NotFoundError:
        return None


def _by_column(evidence: Evidence, survey: Survey) -> dict[int, Array]:
    """Return covariances in the order of all variables, zeros for variables that a column lacks."""
    table = printed(evidence)
    found = {}
    for column, matrix in covariances(evidence, survey).items():
        names = [name for name, there in zip(table.names, table.entered[column - 1], strict=True) if there]
        at = [VARIABLES.index(name) for name in names]
        found[column] = np.zeros((len(VARIABLES), len(VARIABLES)))
        found[column][np.ix_(at, at)] = matrix
    return found


def _entering(evidence: Evidence, errors: Array) -> pd.DataFrame:
    """Compare standard errors with |b| / sqrt(rise of LR) where a column adds one variable to the one before."""
    table = printed(evidence)
    rows = []
    for m in range(1, len(table.b)):
        added = np.flatnonzero(table.entered[m] & ~table.entered[m - 1])
        if len(added) == 1 and table.lr[m] > table.lr[m - 1]:
            at = added[0]
            implied = abs(table.b[m, at]) / np.sqrt(table.lr[m] - table.lr[m - 1])
            rows.append((COLUMNS[m], table.names[at], errors[m, at], implied, errors[m, at] / implied))
    return pd.DataFrame(rows, columns=["column", "variable", "standard_error", "implied", "ratio"])


def _answers(survey: Survey, other: Survey | None, province: Survey) -> pd.DataFrame:
    """Put margins side by side: the survey's under both priors, and the province's by group."""
    quality = columns_of(province, ("X2",))[:, 0] == 1
    frames = []
    for name in survey.names:
        code = np.arange(len(survey.margin(name)))
        groups = {"below_quality": ~quality, "quality": quality}
        frames.append(
            pd.DataFrame(
                {"variable": name, "code": code, "survey": survey.margin(name)}
                | {"survey_judgement": np.nan if other is None else other.margin(name)}
                | {group: _padded(province.margin(name, held), len(code)) for group, held in groups.items()}
                | {"province": province.margin(name)}
            )
        )
    return pd.concat(frames, ignore_index=True)


def _padded(shares: Array, length: int) -> Array:
    return np.pad(shares, (0, length - len(shares)))


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a frame, rounded to the digits that are written."""
    return pd.DataFrame(
        [
            {key: float(f"{v:.{DIGITS}g}") if isinstance(v, float) else v for key, v in row.items()}
            for row in rows
        ]
    )


def _read(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a table of results, empty where it has not been made."""
    return pd.read_csv(path) if path.exists() else pd.DataFrame(columns=list(columns))
