"""The report on a comparison in Markdown, with the same blocks as on the terminal."""

from __future__ import annotations

from sim.show.pages.templates import render
from sim.show.tables.answer import blocks_of
from sim.show.texts.account import Answer


def comparison_markdown(answer: Answer) -> str:
    """Write what a comparison found as Markdown."""
    return render("comparison", answer.words, blocks=blocks_of(answer), source=answer.source)
