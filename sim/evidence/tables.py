"""An evidence folder -> one frozen `Evidence`; all mistakes of all files are reported at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Message, MistakeError, Problem, system_reason
from sim.evidence.cells import SOURCED, filled, non_negative, number, year_or_none
from sim.evidence.contents import contents_digest
from sim.evidence.covariance import FILE as COVARIANCE
from sim.evidence.covariance import read_covariance
from sim.evidence.csv_rows import Row, read_rows, read_text, scan_rows
from sim.evidence.estimates import read_estimates
from sim.evidence.innovation_paths import read_paths
from sim.evidence.province_tables import (
    read_figures,
    read_grids,
    read_industries,
    read_records,
    read_region_industry,
    read_regions,
    read_relatedness,
    read_totals,
)
from sim.evidence.reader import SOURCE_ID, Reader, whole_rows
from sim.evidence.records import (
    FIELDS,
    Cell,
    Effect,
    Evidence,
    Figure,
    Figures,
    Industry,
    InnovationPath,
    Instrument,
    Region,
    ScorecardRow,
    Source,
    SurveyVariable,
    Table5,
    Target,
)
from sim.evidence.scorecard import read_scorecard
from sim.evidence.survey_tables import read_logit, read_margins, read_variables

__all__ = [
    "Cell",
    "Effect",
    "Evidence",
    "Figure",
    "Figures",
    "Industry",
    "InnovationPath",
    "Instrument",
    "Region",
    "Row",
    "ScorecardRow",
    "Source",
    "SurveyVariable",
    "Table5",
    "Target",
    "edited",
    "file_digest",
    "files_of",
    "folder_digest",
    "is_stale",
    "load_evidence",
    "read_rows",
    "settings_digest",
    "write_made_from",
]

#: Files that `upgrading calibrate` computes from the rest of a folder: those that runs read, and those for people.
ENSEMBLE = "derived/ensemble.parquet"
FITTED = "derived/parameters.csv"
DERIVED = (COVARIANCE, ENSEMBLE, FITTED, "derived/survey.csv")
CHECKS = "derived/ensemble_checks.csv"
FOR_PEOPLE = (
    "derived/bounds.csv",
    "derived/estimates.csv",
    "derived/scorecard.csv",
    "derived/stars.csv",
    CHECKS,
)
MADE_FROM = "derived/made_from.csv"
EVIDENCE = "evidence"  # in `MADE_FROM`, stands for the files that everything was made from
#: What no run and no record depends on: what the ids of sources stand for, what studies found, lists of instruments.
APART = ("estimates.csv", "instruments.csv", "sources.csv")


def load_evidence(folder: Path, derived: bool = True) -> Evidence:
    """Read an evidence folder such as `calibration/hubei`.

    Parameters
    ----------
    folder
        Holds the files that `calibration/README.md` lists. `parameters.csv` only enters the digest here;
        `sim/world/parameters.py` reads it.
    derived
        Whether to read and check the derived files too; calibration, which makes them anew, does not.

    Raises
    ------
    InputError
        With every mistake of every file: a missing file or column, text in place of a number, an empty unit, source or
        grade, an impossible number, shares that do not sum to 1, a repeated or unknown key, a place outside the
        province, a derived file that was edited.
    """
    if not folder.is_dir():
        raise InputError(Problem(Message("errors_evidence.no_folder"), file=str(folder)))
    reader = Reader(folder)
    sources = _read_sources(reader)
    reader.source_ids = frozenset(sources)
    regions = read_regions(reader)
    codes = [region.code for region in regions]
    industries = read_industries(reader)
    ids = [industry.id for industry in industries]
    variables = read_variables(reader)
    logit, covariance = _read_table5(reader, derived)
    grids, cell_degrees = read_grids(reader, codes)
    records, effects, targets = read_records(reader), _read_effects(reader), _read_targets(reader)
    instruments = _read_instruments(reader)
    evidence = Evidence(
        folder=folder,
        digest=folder_digest(folder),
        regions=regions,
        industries=industries,
        fields=FIELDS,
        relatedness=read_relatedness(reader, ids),
        region_industry=read_region_industry(reader, codes, ids),
        figures=read_figures(reader, codes),
        records=records,
        totals=read_totals(reader),
        variables=variables,
        logit=logit,
        covariance=covariance,
        margins=read_margins(reader, variables),
        grids=grids,
        cell_degrees=cell_degrees,
        instruments=instruments,
        effects=effects,
        targets=targets,
        scorecard=read_scorecard(reader, records, effects, targets),
        estimates=read_estimates(reader, instruments),
        sources=sources,
        paths=read_paths(reader),
    )
    if derived:
        reader.problems += _edits(reader)
    if reader.problems:
        raise InputError(reader.problems)
    return evidence


def _read_table5(reader: Reader, derived: bool) -> tuple[Table5, Mapping[int, NDArray[np.float64]]]:
    """Read Table 5 and, if wanted, what was derived from it; mistakes in the table would make that look wrong too."""
    told = len(reader.problems)
    logit = read_logit(reader)
    return logit, read_covariance(reader, logit) if derived and len(reader.problems) == told else {}


def _edits(reader: Reader) -> list[Problem]:
    """Find derived files that were edited; files with mistakes already reported are left out."""
    mistaken = {problem.file for problem in reader.problems}
    return [problem for problem in edited(reader.folder) if problem.file not in mistaken]


def files_of(folder: Path, derived: bool = True) -> list[Path]:
    """Files of an evidence folder that runs read: its own *.csv and *.yaml, and those `DERIVED` from them.

    Returns
    -------
    list of Path
        In order of their names within the folder.
    """
    calibrated = [folder / name for name in DERIVED] if derived else []
    files = (path for path in (*folder.glob("*.csv"), *folder.glob("*.yaml"), *calibrated) if path.is_file())
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())


def folder_digest(folder: Path, derived: bool = True) -> str:
    """SHA-256 (hex) over names and contents of a folder's `files_of`, with or without the derived ones.

    Contents are compared by `sim.evidence.contents`, so saving a file in a spreadsheet changes nothing.

    Raises
    ------
    InputError
        If one of the files cannot be read.
    """
    return _digest_of(folder, files_of(folder, derived))


def settings_digest(folder: Path) -> str:
    """SHA-256 (hex) over what the settings in `ENSEMBLE` follow from: evidence but for `APART`, and fitted values.

    The survey and its covariance follow from the same files.

    Raises
    ------
    InputError
        If one of the files cannot be read.
    """
    return _digest_of(folder, files_behind_settings(folder))


def files_behind_settings(folder: Path) -> list[Path]:
    """Files that `settings_digest` is of, in order of their names."""
    own = [path for path in files_of(folder, derived=False) if path.name not in APART]
    return [*own, *(path for path in [folder / FITTED] if path.is_file())]


def _digest_of(folder: Path, files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in files:
        try:
            content = path.read_bytes()
        except OSError as error:
            message = Message("errors_evidence.cannot_read", why=system_reason(error))
            raise InputError(Problem(message, file=str(path))) from None
        total.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        total.update(contents_digest(path.name, content))
    return total.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 (hex) over what one file says (`sim.evidence.contents`).

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    try:
        return contents_digest(path.name, path.read_bytes()).hex()
    except OSError as error:
        message = Message("errors_evidence.cannot_read", why=system_reason(error))
        raise InputError(Problem(message, file=str(path))) from None


def write_made_from(folder: Path) -> None:
    """Record the digests of the derived files and of what they were made from, so that edits can be detected."""
    made = sorted(name for name in (*DERIVED, *FOR_PEOPLE) if (folder / name).is_file())
    lines = [f"{name},{file_digest(folder / name)}" for name in made]
    text = "\n".join(("file,digest", f"{EVIDENCE},{folder_digest(folder, derived=False)}", *lines))
    (folder / MADE_FROM).write_text(f"{text}\n", encoding="utf-8", newline="\n")


def is_stale(folder: Path) -> bool:
    """Whether a folder's derived files may be out of date.

    Either the rest was edited afterwards, or there is no record of what they were made from.
    """
    made_from, problems = _made_from(folder)
    if not made_from and not problems:
        return any((folder / name).exists() for name in DERIVED)
    return made_from.get(EVIDENCE) != folder_digest(folder, derived=False) or len(made_from) == 1


def edited(folder: Path) -> list[Problem]:
    """Find derived files that were edited, deleted or added since calibration.

    Without recorded digests it finds nothing; then `is_stale` reports the whole folder.
    """
    made_from, problems = _made_from(folder)
    made_from.pop(EVIDENCE, None)
    if not made_from:
        return problems
    for name, digest in made_from.items():
        path = folder / name
        if not path.is_file():
            problems.append(_not_as_made(folder, name, "made_missing"))
        elif file_digest(path) != digest:
            problems.append(_not_as_made(folder, name, "made_changed"))
    problems += [
        _not_as_made(folder, name, "made_not")
        for name in (*DERIVED, *FOR_PEOPLE)
        if name not in made_from and (folder / name).exists()
    ]
    return problems


def _not_as_made(
    folder: Path, name: str, what: Literal["made_missing", "made_changed", "made_not"]
) -> Problem:
    way = Message("errors_evidence.edit_and_calibrate", folder=folder)
    return Problem(Message(f"errors_evidence.{what}", way=way), file=str(folder / name))


def _made_from(folder: Path) -> tuple[dict[str, str], list[Problem]]:
    """Digests recorded in `MADE_FROM` by file, and its mistakes; both empty if there is no such file."""
    path = folder / MADE_FROM
    if not path.exists():
        return {}, []
    text, trouble = read_text(path)
    if trouble is None and text.split()[:1] == [EVIDENCE]:  # of an earlier version, which recorded no files
        return {EVIDENCE: text.split()[-1]}, []
    rows, problems = scan_rows(path, {"file": _made_file, "digest": _digest})
    return {row["file"]: row["digest"] for row in rows if row.has("file", "digest")}, problems


def _made_file(text: str) -> str:
    if not re.fullmatch(rf"{EVIDENCE}|derived/[\w.-]{{1,100}}", text):
        raise MistakeError(Message("errors_evidence.made_file", evidence=EVIDENCE))
    return text


def _digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise MistakeError(Message("errors_evidence.digest"))
    return text


def _read_sources(reader: Reader) -> dict[str, Source]:
    """Read sources.csv: what the ids in the source columns stand for."""
    rows = reader.rows("sources.csv", {"id": _source_id, "what": filled, "where": filled}, "id")
    return {row["id"]: Source(**row.cells) for row in whole_rows(rows)}


def _source_id(text: str) -> str:
    if not re.fullmatch(SOURCE_ID, text):
        raise MistakeError(Message("errors_evidence.source_id"))
    return text


def _read_instruments(reader: Reader) -> tuple[Instrument, ...]:
    """Read instruments.csv, by id."""
    what = ("id", "instrument", "actor", "survey_variable", "model_state")
    columns = dict.fromkeys((*what, "evidence_ids", "not_in_seeds"), filled)
    rows = reader.rows("instruments.csv", columns, "id", cites="evidence_ids")
    return tuple(Instrument(**row.cells) for row in sorted(whole_rows(rows), key=lambda row: str(row["id"])))


def _read_effects(reader: Reader) -> tuple[Effect, ...]:
    """Read effects.csv in file order; the central value lies between low and high."""
    texts = {"parameter": filled, "meaning": filled, "confidence": filled}
    numbers = {"low": number, "central": number, "high": number}
    rows = whole_rows(reader.rows("effects.csv", {**texts, **numbers, **SOURCED}, "parameter"))
    for row in rows:
        if not row["low"] <= row["central"] <= row["high"]:
            reader.problems.append(row.problem("central", Message("errors_evidence.central")))
    return tuple(Effect(**row.cells) for row in rows)


def _read_targets(reader: Reader) -> tuple[Target, ...]:
    """Read targets_2027.csv in file order."""
    columns = {"target": filled, "what": filled, "value": non_negative, "year": year_or_none, **SOURCED}
    return tuple(
        Target(**row.cells) for row in whole_rows(reader.rows("targets_2027.csv", columns, "target"))
    )
