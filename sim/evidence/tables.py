"""A calibration folder -> one frozen `Evidence`: every file read, all mistakes of all files at once."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from sim.errors import InputError, Problem
from sim.evidence.cells import SOURCED, filled, non_negative, number, year_or_none
from sim.evidence.contents import contents_digest
from sim.evidence.covariance import FILE as COVARIANCE
from sim.evidence.covariance import read_covariance
from sim.evidence.csv_rows import Row, read_rows
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
from sim.evidence.reader import Reader, whole_rows
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
    Source,
    SurveyVariable,
    Table5,
    Target,
)
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
    "Source",
    "SurveyVariable",
    "Table5",
    "Target",
    "files_of",
    "folder_digest",
    "is_stale",
    "load_evidence",
    "read_rows",
]

#: What `upgrading calibrate` computes from the rest of a folder and runs read; what else lies there is for people.
DERIVED = (COVARIANCE, "derived/parameters.csv", "derived/survey.csv")
MADE_FROM = "derived/made_from.csv"


def load_evidence(folder: Path) -> Evidence:
    """Read a calibration folder such as `calibration/hubei`.

    Parameters
    ----------
    folder
        Holds the files that `calibration/README.md` lists. `parameters.csv` counts in the digest only;
        `sim/world/parameters.py` reads it.

    Raises
    ------
    InputError
        With every mistake of every file: a file or column missing, text in a number, an empty unit, source or
        grade, a number that cannot be, shares that do not sum to 1, a key given twice or unknown.
    """
    if not folder.is_dir():
        raise InputError(Problem("there is no such calibration folder", file=str(folder)))
    reader = Reader(folder)
    sources = _read_sources(reader)
    reader.source_ids = frozenset(sources)
    regions = read_regions(reader)
    codes = [region.code for region in regions]
    industries = read_industries(reader)
    ids = [industry.id for industry in industries]
    variables = read_variables(reader)
    told = len(reader.problems)
    logit = read_logit(reader)
    # what is derived from a mistaken Table 5 would look wrong without being so
    covariance = read_covariance(reader, logit) if len(reader.problems) == told else {}
    grids, cell_degrees = read_grids(reader, codes)
    evidence = Evidence(
        folder=folder,
        digest=folder_digest(folder),
        regions=regions,
        industries=industries,
        fields=FIELDS,
        relatedness=read_relatedness(reader, ids),
        region_industry=read_region_industry(reader, codes, ids),
        figures=read_figures(reader, codes),
        records=read_records(reader),
        totals=read_totals(reader),
        variables=variables,
        logit=logit,
        covariance=covariance,
        margins=read_margins(reader, variables),
        grids=grids,
        cell_degrees=cell_degrees,
        instruments=_read_instruments(reader),
        effects=_read_effects(reader),
        targets=_read_targets(reader),
        sources=sources,
        paths_text=reader.text("innovation_paths.yaml"),
    )
    if reader.problems:
        raise InputError(reader.problems)
    return evidence


def files_of(folder: Path, derived: bool = True) -> list[Path]:
    """Files of a calibration folder that runs read: its own *.csv and *.yaml, and those `DERIVED` from them.

    Returns
    -------
    list of Path
        In order of their names within the folder.
    """
    calibrated = [folder / name for name in DERIVED] if derived else []
    files = (path for path in (*folder.glob("*.csv"), *folder.glob("*.yaml"), *calibrated) if path.is_file())
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())


def folder_digest(folder: Path, derived: bool = True) -> str:
    """SHA-256 (hex) over names and contents of `files_of` a folder, with or without those derived from the others.

    Contents are told by `sim.evidence.contents`: a file that a spreadsheet opened and saved says the same as before.

    Raises
    ------
    InputError
        If one of the files cannot be read.
    """
    total = hashlib.sha256()
    for path in files_of(folder, derived):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(Problem(f"this file cannot be read: {error.strerror}", file=str(path))) from None
        total.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        total.update(contents_digest(path.name, content))
    return total.hexdigest()


def is_stale(folder: Path) -> bool:
    """Whether a calibrated folder was edited afterwards, so that what is derived from it may no longer follow."""
    try:
        made_from = re.findall("[0-9a-f]{64}", (folder / MADE_FROM).read_text(encoding="utf-8"))
    except OSError:
        return False  # never calibrated: whoever needs it calibrated says so
    return made_from != [folder_digest(folder, derived=False)]


def _read_sources(reader: Reader) -> dict[str, Source]:
    """Read sources.csv; what the ids in the source columns stand for."""
    rows = reader.rows("sources.csv", {"id": filled, "what": filled, "where": filled}, "id")
    return {row["id"]: Source(**row.cells) for row in whole_rows(rows)}


def _read_instruments(reader: Reader) -> tuple[Instrument, ...]:
    """Read instruments.csv in file order."""
    what = ("id", "instrument", "actor", "survey_variable", "model_state")
    columns = dict.fromkeys((*what, "evidence_ids", "not_in_seeds"), filled)
    rows = reader.rows("instruments.csv", columns, "id", cites="evidence_ids")
    return tuple(Instrument(**row.cells) for row in whole_rows(rows))


def _read_effects(reader: Reader) -> tuple[Effect, ...]:
    """Read effects.csv in file order; the central value lies between low and high."""
    texts = {"parameter": filled, "meaning": filled, "confidence": filled}
    numbers = {"low": number, "central": number, "high": number}
    rows = whole_rows(reader.rows("effects.csv", {**texts, **numbers, **SOURCED}, "parameter"))
    for row in rows:
        if not row["low"] <= row["central"] <= row["high"]:
            reader.problems.append(row.problem("central", "this must lie between low and high"))
    return tuple(Effect(**row.cells) for row in rows)


def _read_targets(reader: Reader) -> tuple[Target, ...]:
    """Read targets_2027.csv in file order."""
    columns = {"target": filled, "what": filled, "value": non_negative, "year": year_or_none, **SOURCED}
    return tuple(
        Target(**row.cells) for row in whole_rows(reader.rows("targets_2027.csv", columns, "target"))
    )
