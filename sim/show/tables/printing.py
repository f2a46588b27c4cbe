"""The answer in print: the same blocks for the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.show.pages.markdown import escaped, unmarked
from sim.show.pages.templates import section
from sim.show.tables.blocks import Block, blocks_of
from sim.show.tables.rows import source_line
from sim.words import Words

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison

_NUMBER_BEGINS = tuple("+−–×0123456789")


def print_comparison(comparison: Comparison, words: Words, console: Console) -> None:
    """Print the ranking under every reading and what stands behind it.

    Parameters
    ----------
    comparison
        From `sim.analysis.comparison.compare`.
    words
        The reader's language.
    console
        Where to print.

    """
    print_blocks(blocks_of(comparison, words), source_line(comparison, words), words, console)


def print_blocks(blocks: Iterable[Block], source: str, words: Words, console: Console) -> None:
    """Print blocks and below them where the numbers come from."""
    for block in blocks:
        console.print()
        console.print(Text(unmarked(block.title), style="bold"))
        if block.rows:
            console.print(_rich_table(block))
        for line in block.lines:
            _print_line(console, line, words, "dim" if block.rows else None)
    console.print()
    _print_line(console, source, words, "dim")


def _print_line(console: Console, line: str, words: Words, style: str | None) -> None:
    # Chinese breaks anywhere, which terminals do by themselves and word wrapping does not.
    console.print(Text(unmarked(line)), style=style, soft_wrap=words.lang == "zh")


def _rich_table(block: Block) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for k, (heading, is_text) in enumerate(zip(block.headings, block.text_columns, strict=True)):
        # Words may be broken where a terminal is narrow, numbers never; folded, not cut.
        numbers = [row[k] for row in block.rows if not is_text and row[k][:1] in _NUMBER_BEGINS]
        width = max((cell_len(number) for number in numbers), default=1)
        justify: Literal["left", "right"] = "left" if is_text else "right"
        table.add_column(Text(unmarked(heading)), justify=justify, overflow="fold", min_width=width)
    for row in block.rows:
        table.add_row(*(Text(unmarked(cell)) for cell in row))
    return table


def comparison_markdown(comparison: Comparison, words: Words) -> str:
    """Write the same blocks as Markdown; parameters and errors as for `print_comparison`."""
    parts = [f"# {words('answer.compare_title')}"]
    for block in blocks_of(comparison, words):
        parts.append(section(block, "##"))
    parts.append(escaped(source_line(comparison, words)))
    return "\n\n".join(parts) + "\n"
