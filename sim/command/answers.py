"""What a command says of its results once they are written: the printed answer, the report, the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.command.conclusion import Conclusion
from sim.command.options import say_cautions
from sim.command.terminal import console, say_where
from sim.show.attempts import FIGURES, REPORT, write_text
from sim.words import Words

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison
    from sim.runs.caution import Caution
    from sim.runs.results import Results


@dataclass(frozen=True, slots=True)
class Telling:
    """How results are told.

    Attributes
    ----------
    conclusion
        Notes what could not be made.
    lang
        Language.
    figures, quiet
        Whether to draw, and whether to print nothing.
    """

    conclusion: Conclusion
    words: Words
    figures: bool
    quiet: bool


def answer_run(results: Results, cautions: Sequence[Caution], folder: Path, how: Telling) -> None:
    """Print where the province stands after a run, and draw its figures."""
    from sim.show.texts.account import RunAccount
    from sim.show.texts.closing import run_table

    account, scenario, drawn = RunAccount(results, how.words), results.scenario, list[Path]()
    if how.figures:
        with how.conclusion.attempt(FIGURES):
            from sim.show.figures.all import draw_run

            drawn = draw_run(account, folder / FIGURES, how.conclusion.failed)
    if not how.quiet:  # last: a reader who closes the pipe costs no figure
        with how.conclusion.attempt(how.words("command.answer")):
            print(run_table(account))
            say_cautions(cautions, how.words, {scenario.name: scenario.title})
        say_where(folder, drawn, how.words)


def answer_comparison(comparison: Comparison, folder: Path, how: Telling) -> None:
    """Print what a comparison found, write its report and draw its figures."""
    from sim.show.tables.printing import comparison_markdown, print_comparison
    from sim.show.texts.account import Answer
    from sim.show.texts.closing import unresolved

    answer = Answer(comparison, how.words)
    drawn: list[Path] = []
    with how.conclusion.attempt(REPORT):
        write_text(folder / REPORT, comparison_markdown(answer))
    if how.figures:
        with how.conclusion.attempt(FIGURES):
            from sim.show.figures.all import draw_comparison

            drawn = draw_comparison(answer, folder / FIGURES, how.conclusion.failed)
    if not how.quiet:  # last, likewise
        with how.conclusion.attempt(how.words("command.answer")):
            print_comparison(answer, console())
            if lines := unresolved(answer):
                at_cap = how.words("command.at_cap", count=comparison.replications)
                print("\n".join(["", at_cap, *lines]))
        say_where(folder, drawn, how.words)
