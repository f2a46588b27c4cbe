"""The calibration report: Markdown, figures, and a short form for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.analysis.record.refit import DISTANCE
from sim.evidence.scorecard import USES
from sim.show.attempts import Failed
from sim.show.figures.canvas import Sheet, draw_all, style
from sim.show.figures.ensemble import draw_ensemble, draw_ensemble_numbers
from sim.show.figures.record import draw_history
from sim.show.figures.record_lines import draw_estimates, draw_scorecard, draw_scores
from sim.show.figures.survey import draw_answers, draw_refit, draw_stars, draw_table5
from sim.show.pages.templates import render
from sim.show.tables import calibration as survey
from sim.show.tables import record
from sim.show.tables.ensemble import checks_block, coverage_block, facts_block, lines_block, numbers_block
from sim.show.tables.estimates import estimates_block
from sim.show.tables.printing import print_blocks
from sim.show.texts.calibration import CalibrationAccount, EstimatesAccount
from sim.show.texts.ensemble import EnsembleAccount
from sim.show.texts.numbers import percent, plain
from sim.words import Words

if TYPE_CHECKING:
    from rich.console import Console

    from sim.analysis.record.calibration import Calibration


def _ensemble(account: CalibrationAccount) -> EnsembleAccount | None:
    calibration = account.calibration
    if calibration.ensemble is None:
        return None
    return EnsembleAccount(calibration.ensemble, calibration.evidence, account.words)


def _of_ensemble(
    draw: Callable[[EnsembleAccount], Sheet | None],
) -> Callable[[CalibrationAccount], Sheet | None]:
    """Draw a figure of the settings that fit the record, if they were made."""

    def drawn(account: CalibrationAccount) -> Sheet | None:
        about = _ensemble(account)
        return None if about is None else draw(about)

    return drawn


_DRAWN: Mapping[str, Callable[[CalibrationAccount], Sheet | None]] = {
    "table5": draw_table5,
    "answers": draw_answers,
    "refit": draw_refit,
    "scorecard": draw_scorecard,
    "scores": lambda account: draw_scores(account) if _ensemble(account) is None else None,
    "history": draw_history,
    "ensemble": _of_ensemble(draw_ensemble),
    "ensemble_numbers": _of_ensemble(draw_ensemble_numbers),
    "estimates": lambda account: draw_estimates(
        EstimatesAccount(account.calibration.estimates, account.words)
    ),
    "stars": draw_stars,  # if that part was made
}


_ENSEMBLE_BLOCKS = (facts_block, coverage_block, lines_block, numbers_block)


def calibration_markdown(
    calibration: Calibration, words: Words, figures: Collection[str] | None = None
) -> str:
    """Write the calibration report as Markdown; its figures are in the folder `FIGURES` beside it.

    Parameters
    ----------
    calibration
        From `sim.analysis.record.calibrate`.
    words
        The reader's language.
    figures
        Names of the figures that were drawn; by default all.

    """
    account = CalibrationAccount(calibration, words)
    scorecard = calibration.history.scorecard
    about = _ensemble(account)
    return render(
        "calibration",
        words,
        figures=_DRAWN if figures is None else figures,
        evidence=calibration.evidence,
        digest=calibration.digest[:8],
        source=account.source,
        firms=plain(calibration.firms),
        share_y=percent(calibration.share_y, 1),
        share_x2=percent(calibration.share_x2, 1),
        coefficients=len(calibration.table5),
        columns=[f"({column})" for column in dict.fromkeys(calibration.table5["column"])],
        marks=len(survey.marked_rows(account)),
        table5=survey.table5_rows(account),
        agreement=survey.agreement(account),
        entering=survey.entering_rows(account),
        stars=survey.stars_rows(account),
        bounds=survey.bounds_rows(account),
        answers=survey.answers_rows(account),
        margins=survey.margins_rows(account),
        refits=survey.refits(account),
        scored=bool((scorecard["series"] != DISTANCE).any()),
        scorecard=record.scorecard_block(account),
        judged=record.verdicts(account, *USES),
        **{name: record.verdicts(account, use) for use, name in USES.items()},
        missed=record.missed(account),
        scored_lines=record.score_rows(account),
        forecasts=record.forecasts(account),
        scores=record.scores_block(account),
        replications=calibration.history.replications,
        contradictions=record.contradictions(account),
        fit=record.fit_facts(account),
        ensemble=[] if about is None else [block(about) for block in _ENSEMBLE_BLOCKS],
        ensemble_source="" if about is None else about.source,
        settings=0 if about is None else len(about.ensemble.members),
        checks=checks_block(calibration.checks, words) if len(calibration.checks) else None,
        estimates=estimates_block(calibration.estimates, words),
    )


def draw_calibration(
    calibration: Calibration, folder: Path, words: Words, failed: Failed | None = None
) -> list[Path]:
    """Draw all figures of the report; what the marks reveal only if that was asked for.

    Parameters and errors as for the report; `folder` is made if it is missing. If a figure fails, `failed` is
    called with its name and the exception, and the others are still drawn; without `failed` the exception propagates.

    Returns
    -------
    list of Path
        The files written, a PNG (200 dpi) and an SVG for each figure; the same numbers give the same bytes.
    """
    account = CalibrationAccount(calibration, words)
    drawings = {
        name: partial(draw, account)
        for name, draw in _DRAWN.items()
        if name != "stars" or len(calibration.stars)
    }
    with style():
        return draw_all(drawings, folder, failed)


def print_calibration(calibration: Calibration, words: Words, console: Console) -> None:
    """Print the scorecard, its scores beside naive forecasts, published estimates, and how much of Table 5 comes back.

    If settings that fit the record were made: also how well they fit, and how many records lie in their intervals.

    Parameters and errors are those of the report.
    """
    account = CalibrationAccount(calibration, words)
    about = _ensemble(account)
    blocks = [
        record.scorecard_block(account, brief=True),
        *([scores] if (scores := record.scores_block(account)).rows else []),
        *([] if about is None else [facts_block(about), coverage_block(about)]),
        estimates_block(calibration.estimates, words),
        survey.agreement(account),
    ]
    print_blocks(blocks, account, console)
