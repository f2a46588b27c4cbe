"""One error family for people: what is wrong with what they gave, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


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
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        given = None if self.key is None else self.key if self.value is None else f"{self.key}: {self.value}"
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
