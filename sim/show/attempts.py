"""Figures and reports, which may fail without costing anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.files.atomic import write_whole
from sim.interrupts import heeding_interrupts

REPORT, PAGE, FIGURES = "report.md", "report.html", "figures"  # beside the tables

#: Called with the name of what could not be made, and why.
Failed = Callable[[str, Exception], None]


@contextmanager
def attempted(name: str, failed: Failed | None) -> Iterator[None]:
    """End this block, not the program, where it throws.

    Parameters
    ----------
    name
        What is made here: a figure or a file.
    failed
        Called where it throws; without it the exception goes on.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C, even where a library turned it into another exception.
    """
    try:
        with heeding_interrupts():
            yield
    except Exception as error:
        if failed is None:
            raise
        failed(name, error)


def write_text(path: Path, text: str) -> None:
    """Write a text whole or not at all; a question mark for what is no text, such as an odd byte of a path."""
    write_whole(path, text.encode("utf-8", "replace"))
