"""A block of an answer or a report: a titled table, or lines."""

from __future__ import annotations

from dataclasses import dataclass, field

INDENT = "\u2003"  # an em space: kept by terminals and Markdown alike


@dataclass(frozen=True, slots=True)
class Block:
    """A titled table with lines of explanation, or, without rows, the lines alone.

    Attributes
    ----------
    text_columns
        For each column, whether it holds words (left-aligned) or numbers (right-aligned).
    """

    title: str
    headings: list[str] = field(default_factory=list)
    text_columns: list[bool] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
