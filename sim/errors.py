"""Errors for people: what is wrong with their input, and where, in the reader's language.

Code that finds a mistake names an entry of the catalogue and its parts (`Message`); it knows no language. Code that
shows the mistake to a person renders it with that reader's `Words`. `str()` gives English, for Python users.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass

from sim.words import Words

MOST_SHOWN = 60  # characters of a value from a file
_MOST_SAID = 1000  # characters of a message about a line of a file, which it may quote
_ENGLISH = Words("en")


def printable(text: str, most: int) -> str:
    """Replace line breaks and control characters, which a terminal would execute, and cut text that is too long."""
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return "".join(character if character.isprintable() else " " for character in text)


@dataclass(frozen=True, init=False, slots=True)
class Message:
    """A sentence for people, not yet in a language: an entry of the catalogue and its parts.

    >>> str(Message("errors_evidence.between", low=0, high=1))
    'this must lie between 0 and 1'

    Attributes
    ----------
    key
        ``room.name`` of the catalogue.
    parts
        Values to fill in, by name: numbers, texts, names in both languages, other messages, or tuples of these, which
        become a list on one line.
    """

    key: str
    parts: tuple[tuple[str, object], ...]

    def __init__(self, key: str, /, **parts: object) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "parts", tuple(parts.items()))

    def text(self, words: Words) -> str:
        """Render the message in the reader's language."""
        return words(self.key, **{name: _said(part, words) for name, part in self.parts})

    def __str__(self) -> str:
        return self.text(_ENGLISH)


def _said(part: object, words: Words) -> object:
    if isinstance(part, Message):
        return part.text(words)
    if isinstance(part, Both):
        return words.pick((part.zh, part.en))
    if isinstance(part, tuple):
        return words.listed(str(_said(each, words)) for each in part)
    return part


@dataclass(frozen=True, slots=True)
class Both:
    """A name in both languages, as a part of a message, for names that are not in the catalogue, such as a region's."""

    zh: str
    en: str


class MistakeError(ValueError):
    """A value that cannot be used; code that knows its place turns this into a `Problem`."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one place of one file.

    Attributes
    ----------
    what
        What is wrong and what is allowed.
    file, line, column
        The place; line and column count from 1. None if there is no such place (a command-line option).
    key, value
        The dotted key and the value given; None if they do not apply.
    """

    what: Message
    file: str | None = None
    line: int | None = None
    column: int | None = None
    key: str | None = None
    value: str | None = None

    @property
    def message(self) -> str:
        """What is wrong and what is allowed, in English."""
        return self.said(_ENGLISH)

    def said(self, words: Words) -> str:
        """Say what is wrong and what is allowed, without the place."""
        text = self.what.text(words)
        # A value in a file can be looked up there, so it is cut; one that was typed, such as a folder, is shown whole.
        return printable(text, _MOST_SAID if self.line else len(text))

    def text(self, words: Words) -> str:
        """Say where the mistake is and, on a line of its own, what is wrong."""
        file = None if self.file is None else printable(self.file, len(self.file))
        place = ":".join(str(part) for part in (file, self.line, self.column) if part is not None)
        key = None if self.key is None else printable(self.key, len(self.key))
        value = self.value and printable(self.value, MOST_SHOWN if file else len(self.value))
        given = key if key is None or value is None else f"{key}: {value}"
        head = "  ".join(part for part in (place, given) if part)
        return f"{head}\n    {self.said(words)}" if head else self.said(words)

    def __str__(self) -> str:
        return self.text(_ENGLISH)


class InputError(Exception):
    """A person's input cannot be used; carries every mistake found, in reading order."""

    def __init__(self, problems: Problem | Message | Iterable[Problem]) -> None:
        if isinstance(problems, Message):
            problems = Problem(problems)
        if isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    def text(self, words: Words) -> str:
        """List all mistakes, one below the other."""
        return "\n".join(problem.text(words) for problem in self.problems)

    def __str__(self) -> str:
        return self.text(_ENGLISH)


#: System errors about a file or a connection that the catalogue can say in both languages.
_SYSTEM = {
    errno.EACCES: Message("errors.permission_denied"),
    errno.EADDRINUSE: Message("errors.address_in_use"),
    errno.ECONNREFUSED: Message("errors.connection_refused"),
    errno.EEXIST: Message("errors.file_exists"),
    errno.EISDIR: Message("errors.is_a_directory"),
    errno.ELOOP: Message("errors.too_many_links"),
    errno.EMFILE: Message("errors.too_many_open_files"),
    errno.ENAMETOOLONG: Message("errors.name_too_long"),
    errno.ENOENT: Message("errors.no_such_file"),
    errno.ENOSPC: Message("errors.no_space_left"),
    errno.ENOTDIR: Message("errors.not_a_directory"),
    errno.EPERM: Message("errors.not_permitted"),
    errno.EPIPE: Message("errors.broken_pipe"),
    errno.EROFS: Message("errors.read_only"),
    errno.ETIMEDOUT: Message("errors.timed_out"),
}


def system_reason(error: BaseException) -> Message | str:
    """Say why the system refused something, in the system's own words if the catalogue has none."""
    if isinstance(error, OSError) and error.errno in _SYSTEM:
        return _SYSTEM[error.errno]
    return getattr(error, "strerror", None) or str(error)
