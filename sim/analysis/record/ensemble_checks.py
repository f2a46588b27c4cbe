"""Checks of the way to the settings that fit the record: collapse, plain draws from the ranges, known truths.

    python -m sim.analysis.record.ensemble_checks hubei

writes `derived/ensemble_checks.csv`, which the calibration report prints. It is no option of `upgrading calibrate`,
because it judges the method, not a province, and takes far longer than what it judges. Runs are small (few agents per
real firm), so that luck is larger than in the ensemble itself; what is checked does not depend on it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from sim.analysis.record.ensemble import (
    FITS,
    INFORMED,
    SEED,
    STEPS,
    Task,
    runnable,
    settled,
    staying,
    task_of,
)
from sim.errors import InputError, Message
from sim.evidence.tables import CHECKS, is_stale, write_made_from
from sim.files.names import evidence_folder
from sim.runs.results import csv_of
from sim.world.levers import LEVERS
from sim.world.members import drawn_scores

Array = NDArray[Any]
SCALE = 0.02
MEMBERS, TRUTHS, TRUTH_MEMBERS, DRAWS = 100, 20, 60, 400
TOLD = 8  # most informed numbers that are judged
RECORDS = 2  # for plain draws: of more, next to none fits
COLUMNS = ("check", "of", "found", "expected")


def checks(
    evidence: str,
    *,
    members: int = MEMBERS,
    truths: int = TRUTHS,
    truth_members: int = TRUTH_MEMBERS,
    draws: int = DRAWS,
    scale: float = SCALE,
    workers: int | None = None,
    told: Callable[[str], None] = lambda what: None,
) -> pd.DataFrame:
    """Check collapse, plain draws and known truths.

    Parameters
    ----------
    members
        Of each of two ensembles with other draws and luck.
    truths, truth_members
        Settings drawn from the ranges whose own run becomes the record, and members asked for each.
    draws
        Plain draws from the ranges.
    scale
        Agents per real firm.
    workers
        Threads; by default one per processor.
    told
        Called with what is done next.

    Returns
    -------
    DataFrame
        check, of (which numbers or records), found, expected (NaN where nothing is).
    """
    tasks: list[Task] = []

    def task(count: int, seed: int = SEED) -> Task:
        tasks.append(
            task_of(evidence, count, scale=scale, seed=seed, workers=workers, progress=lambda more: None)
        )
        return tasks[-1]

    told("collapse")
    found, order = _collapse([task(members, seed) for seed in (SEED, SEED + 1)], members)
    told("plain draws")
    found += _plain(task(draws), members, draws)
    told("known truths")
    found += _truths(task(truth_members), truth_members, truths, order[:TOLD], told)
    for done in tasks:
        done.kept.forget()
    return pd.DataFrame(found, columns=list(COLUMNS))


def _fitting(task: Task, prior: Array, observed: Array, used: Array, seed: int) -> tuple[Array, Array]:
    """Return the scores of the members that fit in the end, before and after: float64[numbers, members] each."""
    smoothed, found = settled(task, prior, observed, used, STEPS, seed)
    error = np.hypot(task.own, task.luck)[used]
    stay = staying(found.given[-1], observed[used], error)
    return smoothed.scores[0][:, stay], found.scores[-1][:, stay]


def _collapse(both: list[Task], members: int) -> tuple[list[tuple[str, str, float, float]], list[int]]:
    """Compare two ensembles that share nothing but the record; also say which numbers it informs, most of all first."""
    places, shifts, kept = [], [], []
    for k, task in enumerate(both):
        prior, _ = runnable(task.province, len(task.names), members, SEED + k)
        _, last = _fitting(task, prior, task.observed, task.fitted, SEED + k)
        before = prior.std(axis=1, ddof=1)
        kept.append(last.std(axis=1, ddof=1) / before)
        shifts.append((last.mean(axis=1) - prior.mean(axis=1)) / before)
        places.append(last)
    order = np.argsort(np.mean(kept, axis=0))
    informed = [int(k) for k in order if np.mean(kept, axis=0)[k] < INFORMED][:TOLD]
    narrowest = ("narrowest", "", float(np.min(kept)), float("nan"))
    if not informed:  # nothing to agree about
        return [narrowest], [int(k) for k in order]
    names = " ".join(both[0].names[k] for k in informed)
    apart = np.abs(places[0].mean(axis=1) - places[1].mean(axis=1))[informed]
    chance = np.sqrt(sum(place.var(axis=1, ddof=1)[informed] / place.shape[1] for place in places))
    ratio = (kept[1] / kept[0])[informed]
    return [
        ("shifts_agree", names, float(np.corrcoef(*(shift[informed] for shift in shifts))[0, 1]), 1.0),
        ("means_apart", names, float((apart / chance).max()), 3.0),
        ("narrowest_ratio", names, float(ratio.min()), 1.0),
        ("widest_ratio", names, float(ratio.max()), 1.0),
        narrowest,
    ], [int(k) for k in order]


def _plain(task: Task, members: int, draws: int) -> list[tuple[str, str, float, float]]:
    """Weigh plain draws by how they fit the few records that most of them fit; ask the same of an ensemble."""
    prior = np.stack([drawn_scores(len(task.names), SEED + 2, k) for k in range(draws)], axis=1)
    missed = (task.province.of(prior, range(draws)) - task.observed[:, None]) / task.own[:, None]
    ran = np.isfinite(missed).all(axis=0)
    prior, missed = prior[:, ran], missed[:, ran]
    square = missed**2
    easiest = np.argsort(np.where(task.fitted, square.mean(axis=1), np.inf))[:RECORDS]
    used = np.isin(np.arange(len(task.own)), easiest)
    total, everything = square[used].sum(axis=0), square[task.fitted].sum(axis=0)
    weight = np.exp(-(total - total.min()) / 2)
    weight /= weight.sum()
    first, _ = runnable(task.province, len(task.names), members, SEED)
    before, ours = _fitting(task, first, task.observed, used, SEED)
    mean = prior @ weight
    spread = np.sqrt(np.maximum((prior**2) @ weight - mean**2, 0))
    kept = ours.std(axis=1) / before.std(axis=1)
    top = [int(k) for k in np.argsort(kept)[:TOLD] if kept[k] < INFORMED]
    records = ", ".join(" ".join(map(str, task.wanted[k].line.key)) for k in np.flatnonzero(used))
    names = " ".join(task.names[k] for k in top)
    fits = everything <= chi2.ppf(FITS, task.fitted.sum())
    return [
        ("plain_fit_all", f"{ran.sum()}", float(fits.sum()), float("nan")),
        ("plain_fit_few", records, float((total <= chi2.ppf(FITS, used.sum())).sum()), float("nan")),
        ("plain_effective", records, float(1 / (weight**2).sum()), float("nan")),
        ("plain_means_apart", names, float(np.abs(mean - ours.mean(axis=1))[top].max()), 0.0),
        ("plain_spread_ratio", names, float((ours.std(axis=1) / spread)[top].mean()), 1.0),
    ]


def _truths(
    task: Task, members: int, truths: int, judged: list[int], told: Callable[[str], None]
) -> list[tuple[str, str, float, float]]:
    """Let runs of known settings be the record, and count how often 90 % intervals hold what was put in."""
    prior, _ = runnable(task.province, len(task.names), members, SEED)
    inside = np.zeros((truths, len(judged)), bool)
    still = []
    errors = np.random.default_rng(SEED).standard_normal((truths, len(task.own))) * task.own
    for k in range(truths):
        told(f"known truth {k + 1} of {truths}")
        truth = drawn_scores(len(task.names), SEED + 3, k)
        record = task.province.of(truth[:, None], [members + 100 + k])[:, 0] + errors[k]
        if not np.isfinite(record).all():
            continue
        before, last = _fitting(task, prior, record, task.fitted, SEED + k)
        low, high = np.quantile(last, (0.05, 0.95), axis=1)
        inside[k] = ((low <= truth) & (truth <= high))[judged]
        still.append(last.std(axis=1) / before.std(axis=1))
    counts = inside.sum(axis=0)
    rows = [
        ("truths_inside", task.names[number], float(count), _holding(members) * len(still))
        for number, count in zip(judged, counts, strict=True)
    ]
    # No lever is used in the record, so what only levers read cannot be learned from it.
    idle = {name for lever in LEVERS for name in lever.parameters}
    left = {
        name: float(kept)
        for name, kept in zip(task.names, np.mean(still, axis=0), strict=True)
        if name in idle
    }
    if left:
        name = max(left, key=lambda name: abs(left[name] - 1))
        rows.append(("untouched", name, left[name], 1.0))
    return rows


def _holding(members: int) -> float:
    """How often a new draw lies between the 5 and 95 % quantiles of so many draws: less than 90 %."""
    place = 0.05 * (members - 1) + 1  # between which of them in order the lower quantile lies
    return 1 - 2 * place / (members + 1)


def main() -> None:
    """Check an evidence folder's way to its settings and write the results there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evidence", nargs="?", default="hubei")
    parser.add_argument("--workers", type=int, default=None)
    given = parser.parse_args()
    folder = evidence_folder(given.evidence)
    if is_stale(folder):  # what was derived must not pass as made from evidence that was edited since
        raise SystemExit(str(InputError(Message("errors_analysis.checks_stale", folder=folder))))
    found = checks(given.evidence, workers=given.workers, told=print)
    (folder / CHECKS).write_bytes(csv_of(found, float_format="%.4g"))
    write_made_from(folder)


if __name__ == "__main__":
    main()
