"""Reads the tables of a results folder back and compares them with its manifest."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sim.errors import InputError, Message, Problem
from sim.evidence.tables import Evidence
from sim.runs.record import Record
from sim.runs.results import Results, csv_of, digest_of, read_parquet, summarise
from sim.runs.run import evidence_of

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Saved:
    """The tables found in a folder.

    Attributes
    ----------
    frames
        Those that can be read, by name.
    faults
        What is wrong with files: ``edited``, ``gone`` or ``unreadable``, by the file's name.
    """

    frames: Tables
    faults: Mapping[str, str]


def saved_tables(record: Record, listed: Callable[[Tables], Tables]) -> Saved:
    """Read the tables of a run or a comparison and compare them with their digests.

    Parameters
    ----------
    listed
        Returns, given the Parquet tables, those that are also there as CSV.
    """
    said = record.manifest.tables
    frames: dict[str, pd.DataFrame] = {}
    faults: dict[str, str] = {}
    for name, table in said.items():
        if name == "summary":  # computed from the others
            continue
        file = f"{name}.parquet"
        try:
            frame = read_parquet(record.folder / file).to_pandas()
        except FileNotFoundError:
            faults[file] = "gone"
        except (OSError, pa.ArrowException):
            faults[file] = "unreadable"
        else:
            frames[name] = frame
            if digest_of(frame) != table.digest:
                faults[file] = "edited"
    # Tables computed from an edited table cannot be checked.
    sound = {name: frame for name, frame in frames.items() if f"{name}.parquet" not in faults}
    for name, frame in listed(sound).items():
        faults |= faults_of_csv(record.folder / f"{name}.csv", frame)
    return Saved(frames, faults)


def faults_of_csv(path: Path, frame: pd.DataFrame) -> dict[str, str]:
    """What is wrong with a CSV file that should hold a table; empty if nothing is.

    Byte-order mark and line ends do not matter.
    """
    try:
        return {} if _cells(path.read_bytes()) == _cells(csv_of(frame)) else {path.name: "edited"}
    except FileNotFoundError:
        return {path.name: "gone"}
    except OSError:
        return {path.name: "unreadable"}


def _cells(content: bytes) -> bytes:
    return content.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n")


def require(record: Record, saved: Saved, names: tuple[str, ...]) -> None:
    """Check that these tables exist.

    Raises
    ------
    InputError
        With every table that is gone or cannot be read.
    """
    asked = dict.fromkeys((*names, *(name for name in record.manifest.tables if name != "summary")))
    problems = [
        Problem(Message("errors_runs.table_gone"), str(record.folder / f"{name}.parquet"))
        for name in asked
        if name not in saved.frames
    ]
    if problems:
        raise InputError(problems)


def seen_evidence(record: Record) -> Evidence:
    """The evidence of the first scenario, with the digest that the results were made with."""
    return replace(evidence_of(record.scenarios[0]), digest=record.grounds[0].digest)


def listed_of_run(frames: Tables) -> dict[str, pd.DataFrame]:
    """Tables of a run that are also written as CSV."""
    return {"summary": summarise(frames["quarters"])} if "quarters" in frames else {}


def read_results(record: Record) -> tuple[Results, Saved]:
    """Read the results of a run back, and report edits.

    Raises
    ------
    InputError
        If a table is gone or cannot be used.
    """
    saved = saved_tables(record, listed_of_run)
    require(record, saved, ("quarters", "regions", "industries"))
    (scenario,) = record.scenarios
    with record.readable("tables"):
        results = Results(
            scenario=scenario,
            evidence=seen_evidence(record),
            seed=record.manifest.seed,
            replications=record.manifest.replications,
            **saved.frames,
            summary=summarise(saved.frames["quarters"]),
            interrupted=record.manifest.interrupted,
        )
    return results, saved
