"""A calibration in a folder: the report for people, the tables behind it, a manifest."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.analysis.record.calibration import Calibration
from sim.analysis.record.estimates import Estimates
from sim.evidence.tables import folder_digest
from sim.files.atomic import MANIFEST
from sim.runs.results import circumstances, csv_of, write_json
from sim.show.attempts import FIGURES, Failed, attempted
from sim.show.pages.calibration import calibration_markdown, draw_calibration
from sim.show.pages.html import write_pages
from sim.words import Words

FRAMES = ("table5", "likelihood", "entering", "answers", "stars", "bounds", "population", "refit")


def report_name(evidence: Path, command: str = "calibrate") -> str:
    """Name the folder of a report: the command, the evidence and a hash of its files."""
    return f"{command}-{evidence.name}-{folder_digest(evidence, derived=False)[:10]}"


def tables_of(calibration: Calibration) -> dict[str, pd.DataFrame]:
    """Return every table of a calibration that has rows, by file name."""
    history = calibration.history
    contradictions = [
        {
            "records": "; ".join(f"{name} {year}" for name, year in found.records),
            "first": found.first,
            "second": found.second,
            "zh": found.zh,
            "en": found.en,
        }
        for found in history.contradictions
    ]
    tables = {name: getattr(calibration, name) for name in FRAMES} | {
        "scorecard": history.scorecard,
        "scores": calibration.scores,
        "ensemble_checks": calibration.checks,
        "history": history.paths,
        "contradictions": pd.DataFrame(contradictions),
        "estimates": calibration.estimates.table,
        **{
            f"fit_{name}": getattr(history.fit, name)
            for name in ("parameters", "points", "directions", "trace")
        },
    }
    if calibration.ensemble is not None:
        kinds = ("numbers", "lines", "misfit", "coverage")
        tables |= {f"ensemble_{name}": getattr(calibration.ensemble, name) for name in kinds}
    return {name: frame for name, frame in tables.items() if len(frame)}


def write_tables(calibration: Calibration, folder: Path) -> None:
    """Write tables and manifest into an existing folder."""
    tables = tables_of(calibration)
    for name, frame in tables.items():
        (folder / f"{name}.csv").write_bytes(csv_of(frame))
    content = {
        "evidence": {"folder": calibration.evidence, "digest": calibration.digest},
        "replications": calibration.history.replications,
        "scale": calibration.history.scale,
        "seconds": calibration.seconds,
        **circumstances(tables),
    }
    write_json(content, folder / MANIFEST)


def write_estimates(found: Estimates, folder: Path) -> None:
    """Write the table of published estimates and the manifest into an existing folder."""
    (folder / "estimates.csv").write_bytes(csv_of(found.table))
    content = {
        "evidence": {"folder": found.evidence, "digest": found.digest},
        "replications": found.replications,
        "scale": found.scale,
        **circumstances({"estimates": found.table}),
    }
    write_json(content, folder / MANIFEST)


def write_report(
    calibration: Calibration, folder: Path, words: Words, failed: Failed | None = None
) -> list[Path]:
    """Write figures and report (Markdown and HTML) into an existing folder.

    If a figure or file fails, `failed` is called with its name and the exception, and the others are still made;
    without `failed` the exception propagates.

    Returns
    -------
    list of Path
        The figures.
    """
    drawn: list[Path] = []
    with attempted(FIGURES, failed):
        drawn = draw_calibration(calibration, folder / FIGURES, words, failed)
    names = {path.stem for path in drawn}
    write_pages(lambda: calibration_markdown(calibration, words, names), folder, words, failed)
    return drawn
