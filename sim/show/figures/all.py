"""The figures of a comparison and of a run, written as PNG and SVG; the same numbers give the same bytes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sim.show.attempts import Failed
from sim.show.figures.canvas import Drawings, draw_all, style
from sim.show.figures.coefficients import draw_coefficients
from sim.show.figures.cost import draw_costs
from sim.show.figures.doubt import draw_doubt
from sim.show.figures.maps import draw_map, mapped_readings
from sim.show.figures.parts import draw_parts
from sim.show.figures.ranking import draw_ranking
from sim.show.figures.record_lines import draw_estimates
from sim.show.figures.run import draw_ladder, draw_talent
from sim.show.figures.shares import draw_shares
from sim.show.figures.time_paths import draw_paths
from sim.show.tables.rows import rows_of
from sim.show.texts.account import Answer, RunAccount
from sim.show.texts.calibration import EstimatesAccount
from sim.show.texts.names import reading_in_file_name
from sim.show.texts.numbers import is_defined

#: Outcomes drawn by quarter.
PATHS = ("climbs", "quality_climbs", "quality_firms")


def comparison_drawings(answer: Answer) -> Drawings:
    """List the figures of a comparison by the names of their files; each is drawn when it is called."""
    comparison = answer.comparison
    drawings: Drawings = {
        "ranking": partial(draw_ranking, answer),
        **{
            f"paths_{outcome}": partial(draw_paths, answer, outcome)
            for outcome in PATHS
            if (comparison.paths["outcome"] == outcome).any()  # earlier versions wrote fewer
        },
        **{
            f"map_{reading_in_file_name(reading)}": partial(draw_map, answer, reading, name)
            for reading, name in mapped_readings(answer).items()
        },
    }
    if len(comparison.regret) > 1:
        drawings = {**drawings, "doubt": partial(draw_doubt, answer)}
    if len(comparison.variance):
        drawings = {**drawings, "variance": partial(draw_shares, answer)}
    if any(is_defined(row) for row in rows_of(comparison.costs)):
        drawings = {**drawings, "yuan_per_climb": partial(draw_costs, answer)}
    if len(comparison.decomposition):
        drawings = {**drawings, "decomposition": partial(draw_parts, answer)}
    if len(comparison.coefficient_uncertainty):
        drawings = {**drawings, "coefficients": partial(draw_coefficients, answer)}
    return drawings


def draw_comparison(answer: Answer, folder: Path, failed: Failed | None = None) -> list[Path]:
    """Draw a comparison's ranking, time paths, maps and cost per climb; leads and coefficients in doubt, if any.

    Parameters
    ----------
    answer
        A comparison, in the reader's words.
    folder
        Where the files go; made if it is missing.
    failed
        Called with the name of a figure that failed and the exception; the others are still drawn. Without it
        the exception propagates.

    Returns
    -------
    list of Path
        The files written, a PNG (200 dpi) and an SVG for each figure.

    Raises
    ------
    InputError
        If the Chinese font is missing.
    """
    with style():
        return draw_all(comparison_drawings(answer), folder, failed)


def draw_run(account: RunAccount, folder: Path, failed: Failed | None = None) -> list[Path]:
    """Draw ladder stocks and talent of one run; parameters, files and errors as for `draw_comparison`."""
    drawings = {
        "ladder": partial(draw_ladder, account),
        "talent": partial(draw_talent, account),
    }
    with style():
        return draw_all(drawings, folder, failed)


def draw_published(account: EstimatesAccount, folder: Path, failed: Failed | None = None) -> list[Path]:
    """Draw the model beside published estimates; parameters, errors and result as for a comparison's figures."""
    with style():
        return draw_all({"estimates": partial(draw_estimates, account)}, folder, failed)
