"""A calibration in a folder: the report for people, the tables behind it, a manifest."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.analysis.calibration import Calibration
from sim.evidence.tables import folder_digest
from sim.files import MANIFEST
from sim.runs.results import circumstances, csv_of, write_json
from sim.show.calibration import FIGURES, calibration_html, calibration_markdown, draw_calibration

FRAMES = ("table5", "likelihood", "entering", "answers", "stars", "bounds", "population", "refit")


def report_name(evidence: Path) -> str:
    """Name the folder of a report: the evidence and a hash of its files."""
    return f"calibrate-{evidence.name}-{folder_digest(evidence, derived=False)[:10]}"


def tables_of(calibration: Calibration) -> dict[str, pd.DataFrame]:
    """Return every table of a calibration that has rows, by the name of its file."""
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
        "history": history.paths,
        "contradictions": pd.DataFrame(contradictions),
        **{
            f"fit_{name}": getattr(history.fit, name)
            for name in ("parameters", "points", "directions", "trace")
        },
    }
    return {name: frame for name, frame in tables.items() if len(frame)}


def write_report(calibration: Calibration, folder: Path, lang: str) -> list[Path]:
    """Write report (Markdown and HTML), figures, tables and manifest into an existing folder.

    Returns
    -------
    list of Path
        The figures.
    """
    tables = tables_of(calibration)
    for name, frame in tables.items():
        (folder / f"{name}.csv").write_bytes(csv_of(frame))
    drawn = draw_calibration(calibration, folder / FIGURES, lang)
    report = calibration_markdown(calibration, lang)
    (folder / "report.md").write_text(report, encoding="utf-8")
    page = calibration_html(report, folder / FIGURES, lang)
    (folder / "report.html").write_text(page, encoding="utf-8")
    content = {
        "evidence": {"folder": calibration.evidence, "digest": calibration.digest},
        "replications": calibration.history.replications,
        "scale": calibration.history.scale,
        "seconds": calibration.seconds,
        **circumstances(tables),
    }
    write_json(content, folder / MANIFEST)
    return drawn
