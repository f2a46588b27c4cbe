"""The report on a study: Markdown, one HTML file, figures, and a short form for the terminal."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.analysis.studies.importance import hangings
from sim.analysis.studies.stages import Stage
from sim.show.attempts import FIGURES, Failed, attempted
from sim.show.pages.html import write_pages
from sim.show.pages.templates import render
from sim.show.tables.blocks import Block
from sim.show.tables.printing import print_blocks
from sim.show.tables.rows import Row, rows_of
from sim.show.tables.study import effects, in_short, indices
from sim.show.tables.study_rows import convergence, factors, hinges, listed, luck, stages
from sim.show.texts.numbers import plain
from sim.show.texts.study import METHODS, STAGES
from sim.show.texts.study_account import StudyAccount
from sim.show.texts.study_names import outcome_name
from sim.show.texts.study_verdict import sentences, warnings

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_FAILURES = 5
MOST_ROWS = 60  # failed rows that a report names


def write_report(
    account: StudyAccount, folder: Path, *, figures: bool = True, failed: Failed | None = None
) -> list[Path]:
    """Write report (Markdown and HTML) and figures into the folder of a study.

    Parameters
    ----------
    account
        From `sim.show.texts.study_account.account_of`.
    folder
        An existing folder.
    figures
        Whether to draw.
    failed
        Called with the name of a figure or file that could not be made and the exception; the others are still made.
        Without it the exception propagates.

    Returns
    -------
    list of Path
        The figures, a PNG (200 dpi) and an SVG for each.

    """
    drawn: list[Path] = []
    if figures:
        with attempted(FIGURES, failed):
            from sim.show.figures.study_all import draw_study

            drawn = draw_study(account, folder / FIGURES, failed)
    names = {path.stem for path in drawn}
    write_pages(lambda: study_markdown(account, names), folder, account.words, failed)
    return drawn


def study_markdown(account: StudyAccount, figures: Collection[str]) -> str:
    """Write the study report as Markdown; `figures` names the figures in the folder `FIGURES`."""
    study, verdict, words = account.study, account.verdict, account.words
    base, *policies = (account.title(case) for case in study.cases)
    return render(
        "study",
        words,
        figures=figures,
        title=account.name,
        warnings=warnings(account),
        failures=_failures(account),
        verdict=sentences(account),
        base=base,
        policies=policies,
        outcomes=[outcome_name(name, words) for name in study.experiment.outcomes],
        leading=account.leading,
        design=words.pick(METHODS[study.experiment.design.method]),
        replications=study.experiment.replications,
        factors=factors(account),
        stages=stages(account),
        luck=luck(account),
        effects=effects(account),
        listed=listed(account),
        shown=[account.title(case) for case in account.shown[1]],
        method=verdict.stage.experiment.design.method,
        hanging=verdict.hanging,
        response=account.response_of(verdict.hanging[0]) if verdict.hanging else "",
        indices=_indices(account, verdict.stage) if verdict.hanging else [],
        screening=_screening(account),
        convergence=convergence(account),
        hinges=hinges(account),
        source=account.source,
    )


class StageFailures(NamedTuple):
    """Failed runs of a stage, as text: how many, in which rows, and the first of them."""

    stage: str
    failed: str
    total: str
    rows: str
    shown: list[Row]
    more: int


def _failures(account: StudyAccount) -> list[StageFailures]:
    """Count and name the failed runs of each stage that has any."""
    return [_stage_failures(account, stage) for stage in account.study.stages if len(stage.failures)]


def _stage_failures(account: StudyAccount, stage: Stage) -> StageFailures:
    words, frame = account.words, stage.failures
    rows = [str(row) for row in sorted(set(frame["row"].astype(int)))]
    return StageFailures(
        words.pick(STAGES[stage.name]),
        plain(len(frame)),
        plain(stage.tally.total),
        words.listed(rows[:MOST_ROWS]) + (" …" if len(rows) > MOST_ROWS else ""),
        [row | {"scenario": account.title(row["scenario"])} for row in rows_of(frame[:SHOWN_FAILURES])],
        max(0, len(frame) - SHOWN_FAILURES),
    )


def _indices(account: StudyAccount, stage: Stage) -> list[Block]:
    """Return a stage's tables, one for each response to the leading outcome, the verdict's responses first."""
    found = hangings(account.study, stage, account.verdict.outcome)
    return [
        indices(account, stage, each)
        for each in sorted(found, key=lambda each: each.kind != account.verdict.kind)
    ]


def _screening(account: StudyAccount) -> list[Block]:
    """Return the first of two stages' tables, for the verdict's responses."""
    first, *second = account.study.stages
    if not second:
        return []
    found = hangings(account.study, first, account.verdict.outcome)
    return [indices(account, first, each) for each in found if each.kind == account.verdict.kind]


def print_study(account: StudyAccount, console: Console) -> None:
    """Print the results in short: the distribution of effects, what matters most, the verdict."""
    print_blocks(in_short(account), account, console)
