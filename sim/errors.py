"""One error family for people: what is wrong with what they gave, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MOST_SHOWN = 60  # characters of a value that stands in a file


def printable(text: str, most: int) -> str:
    """Replace line breaks and control characters, which a terminal would obey, and cut what is too long."""
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return "".join(character if character.isprintable() else " " for character in text)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one place of one file.

    Attributes
    ----------
    message
        What is wrong and what is allowed, in words.
    file, line, column
        Where; line and column count from 1. None where there is no such place (a command-line option).
    key, value
        The dotted key and the value given, None where they do not apply.
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    key: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        file = None if self.file is None else printable(self.file, len(self.file))
        place = ":".join(str(part) for part in (file, self.line, self.column) if part is not None)
        key = None if self.key is None else printable(self.key, len(self.key))
        # What stands in a file can be found there; what was typed, such as a folder, is told whole.
        value = self.value and printable(self.value, MOST_SHOWN if file else len(self.value))
        given = key if key is None or value is None else f"{key}: {value}"
        head = "  ".join(part for part in (place, given) if part)
        return f"{head}\n    {self.message}" if head else self.message


class InputError(Exception):
    """What a person gave cannot be used; carries every mistake found, in reading order."""

    def __init__(self, problems: Problem | str | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        if isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
