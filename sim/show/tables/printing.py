"""Blocks on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.show.pages.markdown import unmarked
from sim.show.tables.answer import blocks_of
from sim.show.tables.blocks import Block
from sim.show.texts.account import Account, Answer

_NUMBER_BEGINS = tuple("+−–×0123456789")


def print_comparison(answer: Answer, console: Console) -> None:
    """Print the ranking under every reading and what it rests on."""
    print_blocks(blocks_of(answer), answer, console)


def print_blocks(blocks: Iterable[Block], account: Account, console: Console) -> None:
    """Print blocks, and below them the source of the numbers."""
    # Chinese text may break anywhere: terminals do that by themselves, word wrapping does not.
    soft = account.words.lang == "zh"

    def print_line(line: str, style: str | None) -> None:
        console.print(Text(unmarked(line)), style=style, soft_wrap=soft)

    for block in blocks:
        console.print()
        console.print(Text(unmarked(block.title), style="bold"))
        if block.rows:
            console.print(_rich_table(block))
        for line in block.lines:
            print_line(line, "dim" if block.rows else None)
    console.print()
    print_line(account.source, "dim")


def _rich_table(block: Block) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for k, (heading, is_text) in enumerate(zip(block.headings, block.text_columns, strict=True)):
        # On a narrow terminal words may be broken, numbers never; text is folded, not cut.
        numbers = [row[k] for row in block.rows if not is_text and row[k][:1] in _NUMBER_BEGINS]
        width = max((cell_len(number) for number in numbers), default=1)
        justify: Literal["left", "right"] = "left" if is_text else "right"
        table.add_column(Text(unmarked(heading)), justify=justify, overflow="fold", min_width=width)
    for row in block.rows:
        table.add_row(*(Text(unmarked(cell)) for cell in row))
    return table
