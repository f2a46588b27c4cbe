"""The figures of a comparison and of a run, written as PNG and SVG; the same numbers give the same bytes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.show.attempts import Failed
from sim.show.figures.canvas import Drawings, draw_all, style
from sim.show.figures.coefficients import draw_coefficients
from sim.show.figures.cost import draw_costs
from sim.show.figures.maps import draw_map, mapped_readings
from sim.show.figures.ranking import draw_ranking
from sim.show.figures.run import draw_ladder, draw_talent
from sim.show.figures.time_paths import draw_paths
from sim.show.tables.rows import rows_of
from sim.show.texts.numbers import is_defined
from sim.show.texts.outcomes import LEADING
from sim.words import Words

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison
    from sim.runs.results import Results


def draw_comparison(
    comparison: Comparison, folder: Path, words: Words, failed: Failed | None = None
) -> list[Path]:
    """Draw ranking, time paths, maps and cost per climb of a comparison; where they are drawn, the coefficients' share.

    Parameters
    ----------
    comparison
        From `sim.analysis.comparison.compare`.
    folder
        Where the files go; made if it is missing.
    words
        The reader's language.
    failed
        Called with the name of a figure and what it threw, and the others are drawn; without it the exception goes on.

    Returns
    -------
    list of Path
        The files written, a PNG (200 dpi) and an SVG for each figure.

    Raises
    ------
    InputError
        If there is no such language, or the Chinese font is missing.
    """
    drawings: Drawings = {
        "ranking": partial(draw_ranking, comparison, words),
        **{f"paths_{outcome}": partial(draw_paths, comparison, outcome, words) for outcome in LEADING},
        **{f"map_{name}": partial(draw_map, comparison, name, words) for name in mapped_readings(comparison)},
    }
    if any(is_defined(row) for row in rows_of(comparison.costs)):
        drawings = {**drawings, "yuan_per_climb": partial(draw_costs, comparison, words)}
    if len(comparison.coefficient_uncertainty):
        drawings = {**drawings, "coefficients": partial(draw_coefficients, comparison, words)}
    with style():
        return draw_all(drawings, folder, failed)


def draw_run(results: Results, folder: Path, words: Words, failed: Failed | None = None) -> list[Path]:
    """Draw ladder stocks and talent of one run; parameters, files and errors as for `draw_comparison`."""
    drawings = {
        "ladder": partial(draw_ladder, results, words),
        "talent": partial(draw_talent, results, words),
    }
    with style():
        return draw_all(drawings, folder, failed)
