"""Which figures a study has, and drawing them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sim.show.attempts import Failed
from sim.show.figures.canvas import draw_all, style
from sim.show.figures.study_bars import draw_best, draw_indices
from sim.show.figures.study_precision import draw_convergence, draw_interactions
from sim.show.figures.study_rows import row_figures
from sim.show.figures.study_screening import draw_screening
from sim.show.texts.study_account import StudyAccount

#: Figures by file name, in reading order.
FIGURES = {
    "best": draw_best,
    "indices": draw_indices,
    "screening": draw_screening,
    "interactions": draw_interactions,
    "convergence": draw_convergence,
}


def draw_study(account: StudyAccount, folder: Path, failed: Failed | None = None) -> list[Path]:
    """Draw the figures that apply to a study, as PNG (200 dpi) and SVG; the same numbers give the same bytes.

    If a figure fails, `failed` is called with its name and the exception, and the others are still drawn; without
    `failed` the exception propagates.
    """
    figures = {**FIGURES, **row_figures(account)}
    with style():
        return draw_all({name: partial(draw, account) for name, draw in figures.items()}, folder, failed)
