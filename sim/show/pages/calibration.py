"""The report on calibration: in Markdown, as one HTML file, its figures, in short for a terminal."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Collection
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from sim.show.attempts import FIGURES, PAGE, REPORT, Failed, attempted, write_text
from sim.show.figures.canvas import Drawings, draw_all, style
from sim.show.figures.record import draw_history, draw_scorecard
from sim.show.figures.survey import draw_answers, draw_refit, draw_stars, draw_table5
from sim.show.pages.markdown import escaped
from sim.show.pages.templates import section
from sim.show.tables.calibration import CalibrationAccount, chapters, in_short, opening
from sim.show.tables.printing import print_blocks
from sim.show.tables.record import scorecard_block
from sim.words import Words

if TYPE_CHECKING:
    from rich.console import Console

    from sim.analysis.record.calibration import Calibration

_DRAWN = {
    "table5": draw_table5,
    "answers": draw_answers,
    "refit": draw_refit,
    "scorecard": draw_scorecard,
    "history": draw_history,
}
_LANGUAGE_TAGS = {"zh": "zh-CN", "en": "en"}
_PAGE = """<!DOCTYPE html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.5; color: #1f2328;
  font-family: system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; }}
h1 {{ font-size: 1.6rem; }}
h2 {{ font-size: 1.25rem; margin-top: 2.5rem; border-bottom: 1px solid #d5d8dc; }}
h3 {{ font-size: 1.05rem; margin-top: 1.8rem; }}
.table {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }}
th {{ border-bottom: 1px solid #5b6168; }}
th, td {{ padding: 0.15rem 0.5rem; vertical-align: top; }}
td[style*="right"] {{ white-space: nowrap; }}
tbody tr:nth-child(even) {{ background: #f4f5f6; }}
img {{ max-width: 100%; }}
@media print {{ body {{ max-width: none; margin: 0; }} table, img {{ break-inside: avoid; }} }}
</style>
</head>
<body>
{body}</body>
</html>
"""


def calibration_markdown(
    calibration: Calibration, words: Words, figures: Collection[str] | None = None
) -> str:
    """Write what calibration found as Markdown, its figures beside it in the folder `FIGURES`.

    Parameters
    ----------
    calibration
        From `sim.analysis.record.calibrate`.
    words
        The reader's language.
    figures
        Names of the figures that were drawn; by default all.

    """
    parts = [f"# {escaped(words('calibration.title', evidence=calibration.evidence))}"]
    parts.append("\n".join(f"- {escaped(line)}" for line in opening(calibration, words)))
    for number, chapter in enumerate(chapters(calibration, words), start=1):
        parts.append(f"## {number}. {escaped(chapter.title)}")
        parts += [
            f"![{words(f'calibration.{name}_figure')}]({FIGURES}/{name}.png)"
            for name in chapter.figures
            if figures is None or name in figures
        ]
        for block in chapter.blocks:
            parts.append(section(block, "###"))
    parts.append(escaped(CalibrationAccount(calibration, words).source))
    return "\n\n".join(parts) + "\n"


def calibration_html(markdown: str, figures_folder: Path, words: Words) -> str:
    """Turn the report into one HTML page that needs nothing but itself: figures and style are in it.

    Parameters
    ----------
    markdown
        From `calibration_markdown`.
    figures_folder
        Where its figures lie as PNG.
    words
        The reader's language.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    title = ""
    for token in tokens:
        if not title and token.type == "inline":
            title = "".join(child.content for child in token.children or ())
        for child in token.children or ():
            if child.type == "image":
                picture = (figures_folder / Path(str(child.attrs["src"])).name).read_bytes()
                child.attrs["src"] = f"data:image/png;base64,{b64encode(picture).decode('ascii')}"
    body = parser.renderer.render(tokens, parser.options, {})
    # A wide table scrolls by itself, not the page.
    body = body.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")
    return _PAGE.format(tag=_LANGUAGE_TAGS[words.lang], title=escape(title), body=body)


def write_pages(
    markdown: Callable[[], str], folder: Path, words: Words, failed: Failed | None = None
) -> None:
    """Write a report into a folder as Markdown, and as a page with the figures that lie there.

    Parameters
    ----------
    markdown
        Writes the report.
    folder, lang
        An existing folder; ``zh`` or ``en``.
    failed
        Called with the name of a file and what making it threw; without it the exception goes on.
    """
    for name in (REPORT, PAGE):  # of an earlier state of the tables
        (folder / name).unlink(missing_ok=True)
    with attempted(REPORT, failed):
        report = markdown()
        write_text(folder / REPORT, report)
        with attempted(PAGE, failed):
            write_text(folder / PAGE, calibration_html(report, folder / FIGURES, words))


def draw_calibration(
    calibration: Calibration, folder: Path, words: Words, failed: Failed | None = None
) -> list[Path]:
    """Draw Table 5, answers, refit, scorecard and history, and what the marks reveal where that was asked.

    Parameters and errors as for the report; `folder` is made if it is missing. `failed` is called with the name of a
    figure and what it threw, and the others are drawn; without it the exception goes on.

    Returns
    -------
    list of Path
        The files written, a PNG (200 dpi) and an SVG for each figure; the same numbers give the same bytes.
    """
    drawings: Drawings = {name: partial(draw, calibration, words) for name, draw in _DRAWN.items()}
    if len(calibration.stars):
        drawings = {**drawings, "stars": partial(draw_stars, calibration, words)}
    with style():
        return draw_all(drawings, folder, failed)


def print_calibration(calibration: Calibration, words: Words, console: Console) -> None:
    """Print the scorecard, and how much of Table 5 comes back; parameters and errors as for the report."""
    blocks = [scorecard_block(calibration, words, brief=True), in_short(calibration, words)]
    print_blocks(blocks, CalibrationAccount(calibration, words), console)
