"""innovation_paths.yaml -> records. Apart from the tables, because only this file needs a YAML parser."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, NodeEvent

from sim.errors import InputError, Problem
from sim.evidence.cells import GRADES
from sim.evidence.records import InnovationPath

_TEXTS = ("path", "zh", "uncertainty", "start", "diffusion", "grade")
_LISTS = ("cases", "policy", "evidence")
_DEEPEST = 10  # levels; a path needs three
_ALLOWED = {"uncertainty": ("low", "high"), "grade": GRADES}


@lru_cache(maxsize=8)
def parse_paths(file: str, text: str) -> tuple[InnovationPath, ...]:
    """Parse the text of innovation_paths.yaml.

    Raises
    ------
    InputError
        With every mistake; a syntax error or a duplicate key is the only one reported.
    """
    yaml = YAML(typ="rt")
    try:
        _only_plain(yaml, file, text)
        yaml = YAML(typ="rt")  # one reads once
        constructor, _ = yaml.get_constructor_parser(text)
        document = constructor.get_single_data()
    except InputError:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark
        message = f"this is not valid YAML: {error.problem}"
        line, column = (None, None) if mark is None else (mark.line + 1, mark.column + 1)
        raise InputError(Problem(message, file=file, line=line, column=column)) from None
    except Exception as error:
        # ruamel.yaml does not check all it reads: "\UFFFFFFFF" ends in an OverflowError.
        line, column = yaml.reader.line + 1, yaml.reader.column + 1
        message = f"this cannot be read as YAML: {error}"
        raise InputError(Problem(message, file=file, line=line, column=column)) from None
    if not isinstance(document, CommentedSeq) or not document:
        raise InputError(Problem("this must be a list of paths", file=file, line=1, column=1))
    problems: list[Problem] = []
    paths = []
    for place, entry in enumerate(document):
        if isinstance(entry, CommentedMap):
            found = _entry_problems(file, entry)
            problems += found
            if not found:
                paths.append(_path(entry))
        else:
            line, column = document.lc.item(place)
            problems.append(Problem("this must be a mapping", file=file, line=line + 1, column=column + 1))
    if problems:
        raise InputError(problems)
    return tuple(paths)


def _only_plain(yaml: YAML, file: str, text: str) -> None:
    """Refuse what could repeat, run or nest without end; a list of paths needs none of it."""
    _, parser = yaml.get_constructor_parser(text)
    depth = 0
    while parser.check_event():
        event = parser.get_event()
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        given = isinstance(event, NodeEvent) and (event.anchor or getattr(event, "ctag", None))
        if given or depth > _DEEPEST:
            message = (
                "this is nested too deeply" if depth > _DEEPEST else "write plain values, without &, * or !"
            )
            mark = event.start_mark
            raise InputError(Problem(message, file=file, line=mark.line + 1, column=mark.column + 1))


def _path(entry: CommentedMap) -> InnovationPath:
    texts: dict[str, Any] = {key: str(entry[key]) for key in _TEXTS}
    lists: dict[str, Any] = {key: tuple(str(item) for item in entry[key]) for key in _LISTS}
    return InnovationPath(**texts, **lists, note=str(entry.get("note", "")))


def _entry_problems(file: str, entry: CommentedMap) -> list[Problem]:
    """Find what is wrong with one path."""
    problems = []
    start = {"file": file, "line": entry.lc.line + 1, "column": entry.lc.col + 1}
    for key in (*_TEXTS, *_LISTS):
        if key not in entry:
            problems.append(Problem("this key is missing", key=key, **start))
    for key, value in entry.items():
        line, column = entry.lc.key(key)
        message = None
        if key in _LISTS:
            if not _is_list_of_texts(value):
                message = "this must be a list of texts"
        elif key not in (*_TEXTS, "note"):
            message = f"unknown key; the keys are {', '.join((*_TEXTS, *_LISTS, 'note'))}"
        elif not (isinstance(value, str) and value.strip()):
            message = "this must be a text"
        elif value not in _ALLOWED.get(key, (value,)):
            message = f"this is not one of {', '.join(_ALLOWED[key])}"
        if message is not None:
            given = None if isinstance(value, CommentedSeq | CommentedMap) else str(value)
            problems.append(
                Problem(message, file=file, line=line + 1, column=column + 1, key=str(key), value=given)
            )
    return problems


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, CommentedSeq) and bool(value) and all(isinstance(item, str) for item in value)
