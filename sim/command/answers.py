"""What a command makes of its written results: the report, the figures, and last the printed answer.

Printing comes last, so that a reader who closes the pipe costs no figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.command.conclusion import Conclusion
from sim.command.terminal import console, say_where
from sim.show.attempts import FIGURES, REPORT, write_text
from sim.words import Words

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison
    from sim.analysis.record.calibration import Calibration
    from sim.analysis.record.estimates import Estimates
    from sim.analysis.studies.study import Study
    from sim.runs.caution import Caution
    from sim.runs.results import Results
    from sim.show.texts.study_account import Backdrop


def answer_run(results: Results, cautions: Sequence[Caution], conclusion: Conclusion) -> None:
    """Draw the figures of a run, and print where the province stands after it."""
    from sim.show.texts.account import RunAccount
    from sim.show.texts.closing import run_table

    folder, how = conclusion.folder, conclusion.how
    account, scenario, drawn = RunAccount(results, how.words), results.scenario, list[Path]()
    if how.figures:
        with conclusion.attempt(FIGURES):
            from sim.show.figures.all import draw_run

            drawn = draw_run(account, folder / FIGURES, conclusion.failed)
    if not how.quiet:
        with conclusion.attempt(how.words("command.answer")):
            print(run_table(account))
            say_cautions(cautions, how.words, {scenario.name: scenario.title})
        say_where(folder, drawn, how.words)


def answer_comparison(comparison: Comparison, conclusion: Conclusion) -> None:
    """Write the report of a comparison, draw its figures, and print what it found."""
    from sim.show.pages.comparison import comparison_markdown
    from sim.show.tables.printing import print_comparison
    from sim.show.texts.account import Answer
    from sim.show.texts.closing import unresolved

    folder, how = conclusion.folder, conclusion.how
    answer, drawn = Answer(comparison, how.words), list[Path]()
    with conclusion.attempt(REPORT):
        write_text(folder / REPORT, comparison_markdown(answer))
    if how.figures:
        with conclusion.attempt(FIGURES):
            from sim.show.figures.all import draw_comparison

            drawn = draw_comparison(answer, folder / FIGURES, conclusion.failed)
    if not how.quiet:
        with conclusion.attempt(how.words("command.answer")):
            print_comparison(answer, console())
            if lines := unresolved(answer):
                at_cap = how.words("command.at_cap", count=comparison.replications)
                print("\n".join(["", at_cap, *lines]))
        say_where(folder, drawn, how.words)


def answer_study(study: Study, subject: Backdrop, conclusion: Conclusion) -> None:
    """Write the report of a study with its figures, and print what it found."""
    from sim.show.pages.study import print_study, write_report
    from sim.show.texts.study_account import account_of

    folder, how = conclusion.folder, conclusion.how
    account, drawn = account_of(study, how.words, subject), list[Path]()
    with conclusion.attempt(REPORT):
        drawn = write_report(account, folder, figures=how.figures, failed=conclusion.failed)
    if not how.quiet:
        with conclusion.attempt(how.words("command.answer")):
            print_study(account, console())
        say_where(folder, drawn, how.words)


def answer_calibration(calibration: Calibration, derived: Sequence[Path], conclusion: Conclusion) -> None:
    """Write the report of a calibration with its figures, and print what it found and where its files are."""
    from sim.show.pages.calibration import print_calibration
    from sim.show.pages.calibration_folder import write_report

    folder, how = conclusion.folder, conclusion.how
    drawn = write_report(calibration, folder, how.words, conclusion.failed)
    if not how.quiet:
        with conclusion.attempt(how.words("command.answer")):
            print_calibration(calibration, how.words, console())
        say_where(folder, drawn, how.words)
        for path in derived:
            print(how.words("command.derived", path=path))


def answer_estimates(found: Estimates, conclusion: Conclusion) -> None:
    """Draw the model beside published estimates, and print the table."""
    from sim.show.figures.all import draw_published
    from sim.show.tables.estimates import estimates_block
    from sim.show.tables.printing import print_blocks
    from sim.show.texts.calibration import EstimatesAccount

    folder, how = conclusion.folder, conclusion.how
    account, drawn = EstimatesAccount(found, how.words), list[Path]()
    if how.figures:
        with conclusion.attempt(FIGURES):
            drawn = draw_published(account, folder / FIGURES, conclusion.failed)
    if not how.quiet:
        with conclusion.attempt(how.words("command.answer")):
            print_blocks([estimates_block(found, how.words)], account, console())
        say_where(folder, drawn, how.words)


def say_cautions(cautions: Iterable[Caution], words: Words, titles: Mapping[str, Mapping[str, str]]) -> None:
    """Print what a reader must know, one sentence per line."""
    found = list(cautions)
    if found:
        from sim.show.texts.cautions import caution_lines

        for line in caution_lines(found, lambda name: titles.get(name, {}).get(words.lang, name), words):
            print(words("command.caution", said=line))
