"""YAML in which every key and value knows its place; nothing in a file can run, expand or repeat itself.

Only a plain subset of YAML 1.2 is accepted: mappings with words as keys, lists, numbers, text, true and false.
Anchors, aliases, tags and several documents in one file are refused, so a small file stays small in memory. A repeated
key is refused too; otherwise the last one would win unseen.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sim.errors import InputError, Message, Problem, printable, system_reason
from sim.evidence.encodings import not_utf8
from sim.evidence.signs import At, culprits, first_sign, told

MAX_BYTES = 100_000
MAX_DEPTH = 20
_MAX_DIGITS = 4000  # Python refuses to read longer whole numbers

#: Characters that are not text: control characters, surrogates, a byte-order mark in the middle of a file.
_STRANGE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; lines and columns count from 1, None for a command-line option.

    `written` is the text of a key or plain value as in the file, quotation marks included.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    written: str = field(default="", compare=False, repr=False)

    def after(self, count: int) -> Place:
        """Return the place of a character within `written`."""
        if self.line is None or self.column is None:
            return self
        line, column = _end_of(self.written[:count])
        return Place(self.file, self.line + line - 1, column + (self.column - 1 if line == 1 else 0))


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file and its place.

    Attributes
    ----------
    value
        A scalar, a tuple of nodes (list), or a dict of nodes (mapping) that is never changed.
    place
        Place of the value.
    key_place
        Place of its key; if it has no key, the place of the value.
    layer
        Its origin: 0 is the file itself, 1 the file it extends, and so on; -1 a command-line option.
    position
        Its position in its list, from 0.
    """

    value: Scalar | tuple[Node, ...] | dict[str, Node]
    place: Place
    key_place: Place
    layer: int = 0
    position: int = 0

    @property
    def mapping(self) -> dict[str, Node]:
        """The entries; none if this is not a mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> tuple[Node, ...]:
        """The nodes of a list; none if this is not a list."""
        return self.value if isinstance(self.value, tuple) else ()

    def plain(self) -> object:
        """Return the plain value, without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value

    def problem(
        self, message: Message, key: str = "", at_key: bool = False, value: str | None = None
    ) -> Problem:
        """Build a mistake at this value (or at its key).

        If a full-width sign may be the cause, the mistake points to that sign and says what to type instead.
        """
        at_key = at_key or (self.value is None and not self.place.written)  # a key that swallowed its value
        place = self.key_place if at_key else self.place
        written = place.written or (self.value if isinstance(self.value, str) and not at_key else "")
        sign = first_sign(written, key=at_key or not key)
        if sign is not None:
            message = Message("errors_evidence.sign_here", sign=told(written[sign]), message=message)
            place = place.after(sign)
        value = None if value is None else printable(value, 60)
        key = printable(key, 120)
        return Problem(message, place.file, place.line, place.column, key or None, value)


def value_text(node: Node) -> str | None:
    """Print a scalar as a person might write it; None for lists and mappings."""
    value = node.value
    if isinstance(value, tuple | dict) or value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_yaml(
    path: Path, shown: str | None = None, layer: int = 0, outermost: Literal["mapping", "list"] = "mapping"
) -> Node:
    """Read one YAML file.

    Parameters
    ----------
    path
        The file.
    shown
        What to call it in messages, `path` by default.
    layer
        Layer of its nodes.
    outermost
        What kind of value the whole file must be.

    Raises
    ------
    InputError
        If it cannot be read, is too large, is not UTF-8 text, breaks YAML's rules, or repeats a key.
    """
    file = shown or str(path)
    return _parsed(_text(path, file), file, layer, outermost)


@lru_cache(maxsize=64)  # an experiment overrides the same files thousands of times; nodes are immutable
def _parsed(text: str, file: str, layer: int, outermost: str) -> Node:
    return _Reader(file, layer, outermost).read(text)


def _text(path: Path, file: str) -> str:
    """Read a file as UTF-8 text of limited size, with YAML's line ends."""
    try:
        if not path.is_file():
            what = "no_plain_file" if path.exists() else "no_such_file"
            raise InputError(Problem(Message(f"errors_evidence.{what}"), file))
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        message = Message("errors_evidence.cannot_read", why=system_reason(error))
        raise InputError(Problem(message, file)) from None
    if len(content) > MAX_BYTES:
        raise InputError(Problem(Message("errors_evidence.too_large", most=MAX_BYTES), file))
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        raise InputError(Problem(not_utf8(content, table=False), file, *_end_of(before))) from None
    if strange := _STRANGE.search(text):
        message = Message("errors_evidence.control_character", code=ord(strange[0]))
        raise InputError(Problem(message, file, *_end_of(text[: strange.start()])))
    if not text.strip():
        raise InputError(Problem(Message("errors_evidence.empty_file"), file))
    return text


def _end_of(before: str) -> tuple[int, int]:
    """Line and column just after this text."""
    lines = re.split(r"\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1


class _Outermost(NamedTuple):
    """A kind of value that a whole file may be."""

    value: type
    event: str
    expected: Message


_OUTERMOST = {
    "mapping": _Outermost(dict, "MappingStartEvent", Message("errors_evidence.mapping_expected")),
    "list": _Outermost(tuple, "SequenceStartEvent", Message("errors_evidence.list_expected")),
}


class _Reader:
    """Builds nodes from the events of ruamel.yaml's parser; stops at the first error."""

    def __init__(self, file: str, layer: int, outermost: str) -> None:
        self._file = file
        self._layer = layer
        self._outermost = outermost
        self._text = ""
        self._duplicates: list[Problem] = []
        self._events: Iterator[Any] = iter(())  # each kind of event has its own attributes

    def read(self, text: str) -> Node:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        self._text = text
        yaml = YAML(typ="safe", pure=True)
        try:
            self._events = _guarded(yaml, text, self._file)
            node = self._document()
        except MarkedYAMLError as error:
            self._refuse_signs()
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else (None, None)
            raise InputError(Problem(_syntax(error, text), self._file, *place)) from None
        except YAMLError as error:
            message = Message("errors_evidence.not_yaml", why=str(error))
            raise InputError(Problem(message, self._file)) from None
        if self._duplicates:
            raise InputError(self._duplicates)
        if not isinstance(node.value, _OUTERMOST[self._outermost].value):
            self._refuse_signs()
            raise InputError(node.problem(_OUTERMOST[self._outermost].expected))
        return node

    def _refuse_signs(self) -> None:
        """Report the full-width signs, if any, without which the text would be YAML."""
        if signs := culprits(self._text, partial(_stops, outermost=self._outermost)):
            raise InputError(Problem(told(sign), self._file, *at) for at, sign in signs) from None

    def _next(self) -> tuple[str, Any]:
        event = next(self._events)
        return type(event).__name__.removesuffix("Event"), event

    def _document(self) -> Node:
        kind, event = "", None
        while kind != "DocumentStart":
            kind, event = self._next()
            if kind == "StreamEnd":
                raise InputError(Problem(Message("errors_evidence.only_comments"), self._file))
        node = self._node(*self._next(), trail=())
        self._next()
        kind, event = self._next()
        if kind == "DocumentStart":
            raise self._refusal(event, Message("errors_evidence.second_document"))
        return node

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refusal(self, event: Any, message: Message, key: str = "") -> InputError:
        place = self._place(event)
        return InputError(Problem(message, place.file, place.line, place.column, key or None))

    def _node(self, kind: str, event: Any, trail: tuple[str, ...]) -> Node:
        """Build the node that begins with this event; `trail` holds the keys that lead to it."""
        if kind == "Alias":
            raise self._refusal(event, Message("errors_evidence.aliases"))
        if event.anchor is not None:
            raise self._refusal(event, Message("errors_evidence.anchors"))
        if event.tag is not None:
            raise self._refusal(event, Message("errors_evidence.tags"))
        if len(trail) > MAX_DEPTH:
            raise self._refusal(event, Message("errors_evidence.too_deep", most=MAX_DEPTH))
        place = self._place(event)
        if kind == "MappingStart":
            return Node(self._mapping(trail), place, place, self._layer)
        if kind == "SequenceStart":
            return Node(self._list(trail), place, place, self._layer)
        place = replace(place, written=self._text[event.start_mark.index : event.end_mark.index])
        return Node(self._scalar(event, trail), place, place, self._layer)

    def _list(self, trail: tuple[str, ...]) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while True:
            kind, event = self._next()
            if kind == "SequenceEnd":
                return tuple(nodes)
            nodes.append(replace(self._node(kind, event, (*trail, "")), position=len(nodes)))

    def _mapping(self, trail: tuple[str, ...]) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while True:
            kind, event = self._next()
            if kind == "MappingEnd":
                return entries
            key_node = self._node(kind, event, (*trail, ""))
            if isinstance(key_node.value, tuple | dict):
                raise InputError(key_node.problem(Message("errors_evidence.key_a_word")))
            key = str(event.value)
            node = replace(self._node(*self._next(), (*trail, key)), key_place=key_node.place)
            if key in entries:
                message = Message("errors_evidence.key_twice", line=entries[key].key_place.line)
                self._duplicates.append(key_node.problem(message, ".".join((*trail, key))))
            entries[key] = node

    def _scalar(self, event: Any, trail: tuple[str, ...]) -> Scalar:
        """Read a scalar by the core rules of YAML 1.2: dates, on, off, yes and no are text."""
        # Some programs write one character as two escapes, such as "\ud83d\ude80".
        text: str = event.value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        # A single escape such as "\ud800" brings in a character that the file itself may not contain.
        if strange := _STRANGE.search(text):
            message = Message("errors_evidence.control_character", code=ord(strange[0]))
            raise self._refusal(event, message, ".".join(trail))
        return plain_scalar(text) if event.implicit[0] else text


def _guarded(yaml: Any, text: str, file: str) -> Iterator[Any]:
    """Yield the parser's events; an error other than YAML's own becomes a mistake at the parser's position."""
    from ruamel.yaml.error import YAMLError

    try:
        _, parser = yaml.get_constructor_parser(text)
        while parser.check_event():
            yield parser.get_event()
    except YAMLError:
        raise
    except Exception as error:
        # ruamel.yaml does not check everything it reads: "\UFFFFFFFF" ends in an OverflowError.
        message = Message("errors_evidence.not_yaml_here", why=str(error))
        raise InputError(Problem(message, file, yaml.reader.line + 1, yaml.reader.column + 1)) from None


_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}


def plain_scalar(text: str) -> Scalar:
    """Read a scalar without quotation marks: a number if it looks like one, else text."""
    if text in _WORDS:
        return _WORDS[text]
    if re.fullmatch(r"[-+]?[0-9]+", text) and len(text) < _MAX_DIGITS:
        return int(text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return float(text)
    return text


def _stops(text: str, outermost: str) -> At | None:
    """Find where a text stops being YAML of the right kind: line and column from 0; None if it is YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        events = list(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if "simple key" in (error.context or ""):  # where the key begins, however many lines it swallowed
            mark = error.context_mark
        return (mark.line, mark.column) if mark else (0, 0)
    except (
        Exception
    ):  # YAML's own errors without a place, and what ruamel.yaml does not check (see `_guarded`)
        return 0, 0
    first = events[2:3]
    if not first or type(first[0]).__name__ == _OUTERMOST[outermost].event:
        return None
    return first[0].start_mark.line, first[0].start_mark.column


def _syntax(error: object, text: str) -> Message:
    """Explain a syntax error, the usual ones in plain words."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", "") or "this is not YAML")
    if mark is not None:
        line = text.split("\n")[mark.line : mark.line + 1]
        if line and "\t" in line[0][: mark.column + 1]:
            return Message("errors_evidence.tab")
    if "mapping values are not allowed" in problem:
        return Message("errors_evidence.second_colon")
    context = getattr(error, "context", None)
    return Message("errors_evidence.not_yaml", why=f"{problem} ({context})" if context else problem)
