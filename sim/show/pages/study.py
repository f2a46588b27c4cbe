"""What a study found, for people: a report in Markdown and as one HTML file, figures, a few lines at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.analysis.studies.verdict import Verdict, verdict_of
from sim.show.attempts import FIGURES, Failed, attempted
from sim.show.pages.markdown import escaped
from sim.show.pages.templates import section
from sim.show.tables.printing import print_blocks
from sim.show.tables.study_chapters import Chapter, chapters, failures, in_short
from sim.show.texts.study_names import Backdrop, View, view_of
from sim.show.texts.study_verdict import warnings
from sim.words import Words

if TYPE_CHECKING:
    from rich.console import Console

    from sim.analysis.studies.study import Study

WIDE = 130  # columns where nothing says how wide a page is


def write_report(
    study: Study,
    folder: Path,
    words: Words,
    *,
    figures: bool = True,
    subject: Backdrop | None = None,
    failed: Failed | None = None,
) -> list[Path]:
    """Write report (Markdown and HTML) and figures into the folder of a study.

    Parameters
    ----------
    study, folder
        What was found; an existing folder.
    words
        The reader's language.
    figures
        Whether to draw.
    subject
        What the study was done on: gives scenarios their titles, and says on which evidence they stand.
    failed
        Called with the name of a figure or file and what making it threw, and the others are made; without it the
        exception goes on.

    Returns
    -------
    list of Path
        The figures, a PNG (200 dpi) and an SVG for each.

    """
    from sim.show.pages.calibration import write_pages

    view, verdict = view_of(study, words, subject), verdict_of(study)
    drawn: list[Path] = []
    if figures:
        with attempted(FIGURES, failed):
            from sim.show.figures.study_all import draw_study

            drawn = draw_study(view, verdict, folder / FIGURES, failed)
    names = {path.stem for path in drawn}
    write_pages(lambda: study_markdown(view, verdict, names), folder, words, failed)
    return drawn


def study_markdown(view: View, verdict: Verdict, figures: set[str]) -> str:
    """Write what a study found as Markdown; `figures` are the names of those that lie in the folder `FIGURES`."""
    title = view.study.experiment.title.get(view.words.lang) or view.study.experiment.name
    parts = [f"# {escaped(view.words('study.title', title=title))}"]
    parts += [f"**{escaped(line)}**" for line in warnings(view)]
    if any(len(stage.failures) for stage in view.study.stages):
        parts.append(escaped(failures(view, verdict)[0]))
    for number, chapter in enumerate(chapters(view, verdict), start=1):
        parts += _chapter(view, number, chapter, figures)
    parts.append(escaped(view.source))
    return "\n\n".join(parts) + "\n"


def _chapter(view: View, number: int, chapter: Chapter, figures: set[str]) -> list[str]:
    parts = [f"## {number}. {escaped(chapter.title)}"]
    for block in chapter.blocks:
        parts.append(section(block, "###"))
    return parts + [
        f"![{view.words(f'study.{name}_figure')}]({FIGURES}/{name}.png)"
        for name in chapter.figures
        if name in figures
    ]


def print_study(
    study: Study, words: Words, *, subject: Backdrop | None = None, console: Console | None = None
) -> None:
    """Print what came out in short: what was run, how effects are spread, the verdict.

    Parameters
    ----------
    study, lang, subject
        As for `write_report`.
    console
        Where to print; by default stdout.

    """
    import sys

    from rich.console import Console

    if console is None:
        console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    view, verdict = view_of(study, words, subject), verdict_of(study)
    print_blocks(in_short(view, verdict), view, console)
