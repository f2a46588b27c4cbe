"""Reports from templates: one Markdown template per report and language, such as ``templates/study.zh.md.j2``.

The template holds a document's order, headings and prose. Python supplies the facts: texts, numbers as text, tables.
A template cannot forget to escape: whatever it writes with ``{{ … }}`` is escaped, unless it is `Markup`, which here
means text that is already Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from itertools import count
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sim.show.attempts import FIGURES
from sim.show.pages.markdown import escaped
from sim.show.tables.blocks import Block
from sim.words import Words

FOLDER = Path(__file__).parent / "templates"


def render(report: str, words: Words, *, figures: Collection[str] = (), **facts: object) -> str:
    """Write a report as Markdown.

    Parameters
    ----------
    report
        Name of a pair of templates, and of the room of words that has the captions of its figures (``best_figure``).
    words
        The reader's language.
    figures
        Names of the figures that lie in the folder `FIGURES`. In the template ``{{ figure("best") }}`` shows one, or
        nothing if it was not drawn.
    facts
        What the template may refer to. It also has ``{{ chapter() }}``, which counts 1, 2, 3 …

    Raises
    ------
    jinja2.UndefinedError
        If the template refers to anything else.
    """
    chapters = count(1)

    def figure(name: str) -> str:
        if name not in figures:
            return ""
        return Markup(f"![{escaped(words(f'{report}.{name}_figure'))}]({FIGURES}/{name}.png)\n")

    template = environment().get_template(f"{report}.{words.lang}.md.j2")
    text = template.render(figure=figure, chapter=lambda: next(chapters), **facts)
    # Templates need not care about blank lines: several in a row become one.
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


@cache
def environment() -> Environment:
    """Make the environment of all templates, with the filters `table` and `section` besides those of jinja2."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,  # what macros return is Markup
        finalize=_written,
    )
    made.filters |= {"table": table, "section": section}
    return made


def _written(value: object) -> Markup:
    if isinstance(value, Markup):
        return value
    # Text that follows must not give trailing characters a meaning: two titles "a*" would make emphasis.
    text = str(value)
    body = text.rstrip("*_~<[]!")
    return Markup(escaped(body) + "".join(f"\\{sign}" for sign in text[len(body) :]))


def table(rows: Sequence[Sequence[str]], left: Sequence[str], right: Sequence[str] = ()) -> Markup:
    """Write rows as a Markdown table; a column whose cells are all empty is left out.

    In a template: ``{{ rows | table(["Stage", "Design"], ["Runs", "Done"]) }}``.

    Parameters
    ----------
    rows
        Cells as text.
    left, right
        Headings of the first columns (words, left-aligned) and of the columns with numbers (right-aligned).
    """
    if not rows:
        return Markup("")
    headings = [*left, *right]
    is_text = [True] * len(left) + [False] * len(right)
    used = [k for k in range(len(headings)) if any(row[k] for row in rows)]
    shown = [[row[k] for k in used] for row in rows]
    return _table([headings[k] for k in used], [is_text[k] for k in used], shown)


def section(block: Block, heading: str) -> Markup:
    """Write a block in Markdown: its title under a heading such as ``##``, its table, its lines.

    Lines below a table are paragraphs; without a table they are a list. In a template:
    ``{{ block | section("###") }}``.
    """
    parts = [f"{heading} {escaped(block.title)}"] if block.title else []
    lines = [escaped(line) for line in block.lines]
    if block.rows:
        parts += [_table(block.headings, block.text_columns, block.rows), *lines]
    else:
        parts.append("\n".join(f"- {line}" for line in lines))
    return Markup("\n\n".join(parts))


def _table(headings: Sequence[str], text_columns: Sequence[bool], rows: Sequence[Sequence[str]]) -> Markup:
    rules = [":--" if is_text else "--:" for is_text in text_columns]
    heads, *cells = [[escaped(cell, cell=True) for cell in row] for row in (headings, *rows)]
    return Markup("\n".join("| " + " | ".join(row) + " |" for row in (heads, rules, *cells)))
