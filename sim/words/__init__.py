"""The catalogue of texts, as data: one CSV file for each room of words, Chinese and English side by side.

A key is ``room.name``: ``study.heatmap_note`` is in ``study.csv``. A *table* is a group of names that are looked up by
value: ``names.grade.official``. Code names the sentence and supplies its parts; only `Words` knows the language.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en")

#: Chinese, English.
Pair = tuple[str, str]

_FOLDER = Path(__file__).parent


@cache
def room(name: str) -> Mapping[str, Pair]:
    """Read one room of words: Chinese and English by key, in the order of the file."""
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["key"]: (row["zh"], row["en"]) for row in csv.DictReader(file)}


def pair(key: str) -> Pair:
    """Give both languages of ``room.name``; KeyError if there is no such entry."""
    name, _, inside = key.partition(".")
    return room(name)[inside]


@cache
def name_table(key: str) -> Mapping[str, Pair]:
    """Give a table of names, such as ``names.grade``: both languages by value, in the order of the file."""
    name, _, inside = key.partition(".")
    start = f"{inside}."
    found = {entry.removeprefix(start): both for entry, both in room(name).items() if entry.startswith(start)}
    if not found:
        raise KeyError(key)
    return found


def bilingual(key: str, /, **parts: object) -> str:
    """Return ``room.name`` in both languages, one after the other: for when the reader's language is unknown."""
    return " ".join(text.format(**parts) for text in pair(key))


class Words:
    """Texts in the reader's language.

    >>> Words("en")("command.written", folder="results/demo")
    'Results: results/demo'

    Attributes
    ----------
    lang
        ``zh`` or ``en``.
    """

    def __init__(self, lang: str) -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"no such language: {lang}; there are {', '.join(LANGUAGES)}")
        self.lang = lang

    def __call__(self, key: str, /, **parts: object) -> str:
        """Return the text of ``room.name`` with its parts filled in."""
        return self.pick(pair(key)).format(**parts)

    def pick(self, both: Pair) -> str:
        """Choose the reader's language from a pair."""
        return both[LANGUAGES.index(self.lang)]

    def listed(self, texts: Iterable[str]) -> str:
        """Join texts into a list in one line: ``甲、乙`` or ``A, B``."""
        return self("signs.list").join(texts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and other.lang == self.lang

    def __hash__(self) -> int:
        return hash(self.lang)

    def __repr__(self) -> str:
        return f"Words({self.lang!r})"
