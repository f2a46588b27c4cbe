"""Which figures a study has, and drawing them."""

from __future__ import annotations

from pathlib import Path

from sim.analysis.verdict import Verdict
from sim.show.canvas import save_all, style
from sim.show.study_bars import draw_best, draw_indices
from sim.show.study_names import View
from sim.show.study_precision import draw_convergence, draw_interactions
from sim.show.study_rows import draw_rows
from sim.show.study_screening import draw_screening

#: Figures by the names of their files, in reading order.
FIGURES = {
    "best": draw_best,
    "indices": draw_indices,
    "screening": draw_screening,
    "interactions": draw_interactions,
    "convergence": draw_convergence,
}


def draw_study(view: View, verdict: Verdict, folder: Path) -> list[Path]:
    """Draw what applies to a study, as PNG (200 dpi) and SVG; the same numbers give the same bytes."""
    with style():
        sheets = {name: draw(view, verdict) for name, draw in FIGURES.items()}
        sheets |= draw_rows(view, verdict)
        return save_all({name: sheet for name, sheet in sheets.items() if sheet is not None}, folder)
