"""A report as one self-contained HTML file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path
from string import Template

from sim.show.attempts import FIGURES, PAGE, REPORT, Failed, attempted, write_text
from sim.show.pages.templates import FOLDER
from sim.words import Words

_LANGUAGE_TAGS = {"zh": "zh-CN", "en": "en"}


def html_page(markdown: str, figures_folder: Path, words: Words) -> str:
    """Turn the report into one self-contained HTML page that includes figures and style.

    Parameters
    ----------
    markdown
        The report.
    figures_folder
        Folder that has its figures as PNG.
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
    page = Template((FOLDER / "page.html").read_text(encoding="utf-8"))
    return page.substitute(tag=_LANGUAGE_TAGS[words.lang], title=escape(title), body=body)


def write_pages(
    markdown: Callable[[], str], folder: Path, words: Words, failed: Failed | None = None
) -> None:
    """Write a report into a folder, as Markdown and as an HTML page with the figures found there.

    Parameters
    ----------
    markdown
        Writes the report.
    folder, words
        An existing folder; the reader's language.
    failed
        Called with the name of a file that could not be made and the exception; without it the exception propagates.
    """
    for name in (REPORT, PAGE):  # of an earlier state of the tables
        (folder / name).unlink(missing_ok=True)
    with attempted(REPORT, failed):
        report = markdown()
        write_text(folder / REPORT, report)
        with attempted(PAGE, failed):
            write_text(folder / PAGE, html_page(report, folder / FIGURES, words))
