"""Figures and reports: if one fails, everything else is still written."""

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
    """Run a block; if it throws, end the block and not the program.

    Parameters
    ----------
    name
        What is made here: a figure or a file.
    failed
        Called if the block throws; without it the exception propagates.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C, even if a library turned it into another exception.
    """
    try:
        with heeding_interrupts():
            yield
    except Exception as error:
        if failed is None:
            raise
        failed(name, error)


def write_text(path: Path, text: str) -> None:
    """Write a text whole or not at all; what cannot be encoded (an odd byte in a path) becomes a question mark."""
    write_whole(path, text.encode("utf-8", "replace"))
