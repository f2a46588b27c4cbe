"""Reports from templates: one Markdown template a report and language, ``templates/study.zh.md.j2``.

The order of a document, its headings and its prose stand in the template. Python gives the facts: texts, numbers as
text, tables. A template cannot forget to escape: whatever it writes with ``{{ … }}`` reads as it was given, whatever
signs it holds, unless it is `Markup`, which here means text that is Markdown already.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
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
        nothing where it was not drawn.
    facts
        What the template speaks of.

    Raises
    ------
    jinja2.UndefinedError
        If the template speaks of something else.
    """

    def figure(name: str) -> str:
        if name not in figures:
            return ""
        return Markup(f"![{escaped(words(f'{report}.{name}_figure'))}]({FIGURES}/{name}.png)\n")

    text = environment().get_template(f"{report}.{words.lang}.md.j2").render(figure=figure, **facts)
    # Templates need not care about blank lines: more than one means no more than one.
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


@cache
def environment() -> Environment:
    """Make the environment of all templates.

    Filters, besides those of jinja2: ``block | table`` is the table of a `Block` alone, ``block | section("###")`` all
    of it under a heading of that level.
    """
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
    # What the template says next must not give signs at the end a meaning: two titles "a*" would make emphasis.
    text = str(value)
    body = text.rstrip("*_~<[]!")
    return Markup(escaped(body) + "".join(f"\\{sign}" for sign in text[len(body) :]))


def section(block: Block, heading: str) -> Markup:
    """Write a block in Markdown: its title under a heading such as ``##``, its table, its lines.

    Lines below a table are paragraphs; without a table they are a list.
    """
    parts = [f"{heading} {escaped(block.title)}"] if block.title else []
    lines = [escaped(line) for line in block.lines]
    if block.rows:
        parts += [table(block), *lines]
    else:
        parts.append("\n".join(f"- {line}" for line in lines))
    return Markup("\n\n".join(parts))


def table(block: Block) -> Markup:
    """Write the table of a block in Markdown."""
    rules = [":--" if is_text else "--:" for is_text in block.text_columns]
    heads, *rows = [[escaped(cell, cell=True) for cell in row] for row in (block.headings, *block.rows)]
    return Markup("\n".join("| " + " | ".join(row) + " |" for row in (heads, rules, *rows)))
