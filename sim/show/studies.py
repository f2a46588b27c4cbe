"""What a study found, for people: a report, figures, a few lines at the end."""

from __future__ import annotations

from pathlib import Path

from sim.analysis.study import Study


def write_report(study: Study, folder: Path, lang: str, *, figures: bool = True) -> list[Path]:
    """Write report and figures into the folder of a study."""
    return []


def print_study(study: Study, lang: str) -> None:
    """Say what came out."""
    print(study.best, study.indices, study.luck, study.convergence, sep="\n")
