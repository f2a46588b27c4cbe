"""The figures of a comparison and of a run, written as PNG and SVG; the same numbers give the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.show.canvas import save_all, style
from sim.show.coefficients import draw_coefficients
from sim.show.costfigure import draw_costs
from sim.show.maps import draw_maps
from sim.show.ranking import draw_ranking
from sim.show.runfigures import draw_ladder, draw_talent
from sim.show.timepaths import OUTCOMES, draw_paths
from sim.show.words import check_language

if TYPE_CHECKING:
    from sim.analysis.compare import Comparison
    from sim.runs.results import Results


def draw_comparison(comparison: Comparison, folder: Path, lang: str) -> list[Path]:
    """Draw ranking, time paths, maps and cost per climb of a comparison; where they are drawn, the coefficients' share.

    Parameters
    ----------
    comparison
        From `sim.analysis.compare`.
    folder
        Where the files go; made if it is missing.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    list of Path
        The files written, a PNG (200 dpi) and an SVG for each figure.

    Raises
    ------
    InputError
        If there is no such language, or the Chinese font is missing.
    """
    check_language(lang)
    with style():
        sheets = {"ranking": draw_ranking(comparison, lang)}
        sheets |= {f"paths_{outcome}": draw_paths(comparison, outcome, lang) for outcome in OUTCOMES}
        sheets |= {f"map_{reading}": sheet for reading, sheet in draw_maps(comparison, lang).items()}
        sheets["yuan_per_climb"] = draw_costs(comparison, lang)
        if len(comparison.coefficient_uncertainty):
            sheets["coefficients"] = draw_coefficients(comparison, lang)
        return save_all(sheets, folder)


def draw_run(results: Results, folder: Path, lang: str) -> list[Path]:
    """Draw ladder stocks and talent of one run; parameters, files and errors as for `draw_comparison`."""
    check_language(lang)
    with style():
        return save_all({"ladder": draw_ladder(results, lang), "talent": draw_talent(results, lang)}, folder)
