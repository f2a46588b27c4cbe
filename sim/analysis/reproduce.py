"""Runs results again from their manifest, and compares each table with what was written then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pandas as pd

from sim.analysis.comparison.comparable import ON_REQUEST
from sim.analysis.comparison.compare import compare
from sim.analysis.saved import listed, tables_of, tables_of_study, write_comparison
from sim.analysis.studies.conduct import sweep
from sim.analysis.studies.experiments import Question, read_experiment
from sim.errors import InputError, Message, Problem
from sim.runs.batches import Report
from sim.runs.executor import Progress
from sim.runs.record import Reason, Record
from sim.runs.results import digest_of, write_results
from sim.runs.run import run
from sim.runs.saved import Saved, Tables, faults_of_csv, listed_of_run, saved_tables
from sim.world.quantities import parse_quantity

#: ``same``; ``other``: comes out differently; ``new``: did not exist then; ``lost``: no longer comes out.
State = Literal["same", "other", "new", "lost"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a table.

    Attributes
    ----------
    name, state
        Which table, and whether it came out the same.
    columns
        If it exists but came out differently: the columns that differ.
    """

    name: str
    state: State
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """The outcome of running results again.

    Attributes
    ----------
    findings
        One for each table.
    faults
        Files of the folder that no longer hold what was written (`sim.runs.record.Saved`).
    reasons
        What has changed since, so that tables may differ.
    """

    findings: tuple[Finding, ...]
    faults: dict[str, str]
    reasons: tuple[Reason, ...]

    @property
    def agrees(self) -> bool:
        """Whether all tables came out as written, and are still in the folder as written."""
        return not self.faults and all(finding.state == "same" for finding in self.findings)


def again(
    record: Record,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    report: Report | None = None,
    keep: Path | None = None,
) -> Again:
    """Run what a manifest describes, and compare every table with what was written then.

    Parameters
    ----------
    record
        From `sim.runs.record.read_record`.
    workers
        Threads; by default one per processor. Results do not depend on it.
    progress, report
        Called with the progress of a run or comparison, and of a study.
    keep
        A folder for the new results: existing for a run or a comparison, new or empty for a study. Without it nothing
        is kept.

    Raises
    ------
    InputError
        If the manifest cannot be used, or evidence or files that it names are missing.
    KeyboardInterrupt
        After Ctrl-C: fewer replications cannot be compared.
    """
    reasons = tuple(record.reasons())
    if record.kind == "study":
        return _study_again(record, reasons, workers, report, keep)
    made = (_run_again if record.kind == "run" else _compare_again)(record, workers, progress, keep)
    saved = saved_tables(record, listed_of_run if record.kind == "run" else listed)
    return Again(tuple(_findings(record, made, saved)), dict(saved.faults), reasons)


def _run_again(record: Record, workers: int | None, progress: Progress | None, keep: Path | None) -> Tables:
    said = record.manifest
    (scenario,) = record.scenarios
    results = run(
        scenario, replications=said.replications, seed=said.seed, workers=workers, progress=progress
    )
    if results.interrupted:
        raise KeyboardInterrupt
    if keep is not None:
        write_results(results, keep)
    return results.tables()


def _compare_again(
    record: Record, workers: int | None, progress: Progress | None, keep: Path | None
) -> Tables:
    said = record.manifest
    base, *policies = record.scenarios
    comparison = compare(
        base,
        policies,
        replications=said.replications,
        seed=said.seed,
        workers=workers,
        until=_until(record),
        response="response" in said.tables,
        shapley="shapley" in said.tables,
        shares="variance" in said.tables,
        doubt=base.doubt,
        allow_different=ON_REQUEST if said.allowed is None else said.allowed,
        most=said.replications,
        progress=progress,
    )
    if comparison.interrupted:
        raise KeyboardInterrupt
    if keep is not None:
        write_comparison(comparison, keep)
    return tables_of(comparison)


def _until(record: Record) -> float | None:
    """The precision that was asked for; manifests of earlier versions have it in the command only."""
    said = record.manifest
    given = None if said.kind else re.search(r" --until[ =](\S+)", said.command)
    with record.readable("command"):
        return said.until if given is None else parse_quantity(given[1], "share")


def _study_again(
    record: Record,
    reasons: tuple[Reason, ...],
    workers: int | None,
    report: Report | None,
    keep: Path | None,
) -> Again:
    if not record.manifest.finished:
        message = Message("errors_analysis.study_not_finished")
        raise InputError(Problem(message, key="results", value=str(record.folder)))
    question = _question(record)
    with TemporaryDirectory(prefix="upgrading-again-") as spare:
        study = sweep(
            question,
            keep or Path(spare),
            workers=workers,
            with_indices="indices" in record.manifest.tables,
            report=report,
        )
    if study.unfinished == "interrupted":
        raise KeyboardInterrupt
    made = tables_of_study(study)
    findings = tuple(_findings(record, made, Saved({}, {})))
    # Its tables exist as CSV only: if one comes out differently, it may also have been edited.
    faults: dict[str, str] = {}
    for finding in findings:
        if finding.state == "same":
            faults |= faults_of_csv(record.folder / f"{finding.name}.csv", made[finding.name])
    return Again(findings, faults, reasons)


def _question(record: Record) -> Question:
    """Read the experiment's file again; `Record.reasons` reports whether it was edited."""
    gone = [
        Problem(Message("errors_analysis.file_gone"), str(file.path))
        for file in record.manifest.files
        if not file.path.is_file()
    ]
    if gone:
        raise InputError(gone)
    if not record.manifest.files:
        raise record.wrong("experiment.files", Message("errors_analysis.no_file_named"))
    with record.readable("experiment.seed"):
        seed = int(record.content["experiment"]["seed"])
    return read_experiment(record.manifest.files[0].path, seed)


def _findings(record: Record, made: Tables, saved: Saved) -> Iterator[Finding]:
    for name, table in record.manifest.tables.items():
        if name not in made:
            yield Finding(name, "lost")
        elif digest_of(made[name]) == table.digest:
            yield Finding(name, "same")
        else:
            yield Finding(name, "other", _different(made[name], saved.frames.get(name)))
    yield from (Finding(name, "new") for name in made if name not in record.manifest.tables)


def _different(made: pd.DataFrame, there: pd.DataFrame | None) -> tuple[str, ...]:
    """Name the columns that differ or are in one of the tables only; none if the numbers of rows differ."""
    if there is None or len(there) != len(made):
        return ()
    return tuple(
        name
        for name in dict.fromkeys((*map(str, made), *map(str, there)))
        if name not in made or name not in there or digest_of(made[[name]]) != digest_of(there[[name]])
    )
