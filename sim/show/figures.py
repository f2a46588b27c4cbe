"""The figures of a comparison, of a run and of a calibration, as PNG and SVG; same numbers, same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.show.canvas import Sheet, save, style
from sim.show.coefficients import draw_coefficients
from sim.show.costfigure import draw_costs
from sim.show.maps import draw_maps
from sim.show.ranking import draw_ranking
from sim.show.recordfigures import draw_history, draw_scorecard
from sim.show.runfigures import draw_ladder, draw_talent
from sim.show.surveyfigures import draw_answers, draw_refit, draw_stars, draw_table5
from sim.show.timepaths import OUTCOMES, draw_paths
from sim.show.words import check_language

if TYPE_CHECKING:
    from sim.analysis.calibration import Calibration
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
        return _save_all(sheets, folder)


def draw_run(results: Results, folder: Path, lang: str) -> list[Path]:
    """Draw ladder stocks and talent of one run; parameters, files and errors as for `draw_comparison`."""
    check_language(lang)
    with style():
        return _save_all({"ladder": draw_ladder(results, lang), "talent": draw_talent(results, lang)}, folder)


def draw_calibration(calibration: Calibration, folder: Path, lang: str) -> list[Path]:
    """Draw Table 5, answers, refit, scorecard and history, and what the marks reveal where that was asked.

    Parameters, files and errors as for `draw_comparison`.
    """
    check_language(lang)
    with style():
        sheets = {
            "table5": draw_table5(calibration, lang),
            "answers": draw_answers(calibration, lang),
            "refit": draw_refit(calibration, lang),
            "scorecard": draw_scorecard(calibration, lang),
            "history": draw_history(calibration, lang),
        }
        if len(calibration.stars):
            sheets["stars"] = draw_stars(calibration, lang)
        return _save_all(sheets, folder)


def _save_all(sheets: dict[str, Sheet], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    return [path for name, sheet in sheets.items() for path in save(sheet, folder, name)]
