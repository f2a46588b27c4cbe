"""innovation_paths.yaml -> records; the only evidence file in YAML."""

from __future__ import annotations

from typing import Any

from sim.errors import InputError, Message, Problem
from sim.evidence.cells import GRADES
from sim.evidence.reader import Reader
from sim.evidence.records import InnovationPath
from sim.evidence.yaml_positions import Node, read_yaml, value_text

FILE = "innovation_paths.yaml"
_TEXTS = ("path", "zh", "uncertainty", "start", "diffusion", "grade")
_LISTS = ("cases", "policy", "evidence")
_KEYS = (*_TEXTS, *_LISTS, "note")
_ALLOWED = {"uncertainty": ("low", "high"), "grade": GRADES}


def read_paths(reader: Reader) -> tuple[InnovationPath, ...]:
    """Read innovation_paths.yaml; paths in file order, none if the file has mistakes."""
    try:
        entries = read_yaml(reader.folder / FILE, outermost="list").items
    except InputError as error:
        reader.problems += error.problems
        return ()
    problems = [problem for entry in entries for problem in _entry_problems(entry)]
    if not problems:
        problems = [problem for entry in entries for problem in _unknown_sources(entry, reader)]
        reader.problems += problems
        return tuple(map(_path, entries))
    reader.problems += problems
    return ()


def _path(entry: Node) -> InnovationPath:
    texts: dict[str, Any] = {key: node.value for key, node in entry.mapping.items() if not node.items}
    lists: dict[str, Any] = {
        key: tuple(item.value for item in node.items) for key, node in entry.mapping.items() if node.items
    }
    return InnovationPath(**texts, **lists)


def _entry_problems(entry: Node) -> list[Problem]:
    """Find what is wrong with one path."""
    if not isinstance(entry.value, dict):
        return [entry.problem(Message("errors_evidence.mapping"))]
    missing = [
        entry.problem(Message("errors_evidence.missing_key"), key)
        for key in (*_TEXTS, *_LISTS)
        if key not in entry.mapping
    ]
    return missing + [
        node.problem(message, key, at_key=True, value=value_text(node))
        for key, node in entry.mapping.items()
        if (message := _mistake(key, node)) is not None
    ]


def _mistake(key: str, node: Node) -> Message | None:
    """Say what is wrong with one key of a path or its value; None if it is right."""
    if key not in _KEYS:
        return Message("errors_evidence.unknown_key", keys=tuple(_KEYS))
    if key in _LISTS:
        texts = bool(node.items) and all(isinstance(item.value, str) for item in node.items)
        return None if texts else Message("errors_evidence.list_of_texts")
    if not isinstance(node.value, str) or not node.value.strip():
        return Message("errors_evidence.text")
    if node.value not in _ALLOWED.get(key, (node.value,)):
        return Message("errors_evidence.not_one_of", allowed=tuple(_ALLOWED[key]))
    return None


def _unknown_sources(entry: Node, reader: Reader) -> list[Problem]:
    """Find the sources of a path that sources.csv does not list."""
    return [
        item.problem(Message("errors_evidence.no_source"), "evidence", value=value_text(item))
        for item in entry.mapping["evidence"].items
        if reader.source_ids and item.value not in reader.source_ids
    ]
