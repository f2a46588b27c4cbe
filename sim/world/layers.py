"""Scenario files that extend each other: reads the chain of ``extends`` and merges it, keeping every place."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import cast

from sim.errors import InputError, Message, Problem
from sim.evidence.yaml_positions import Node, Place, Scalar, read_yaml
from sim.files.folders import is_bundled
from sim.files.names import find_beside
from sim.world.scenario_record import FileRecord

#: The layer of the caller's own values.
GIVEN = -1
#: Keys that are not inherited: a scenario that extends another has its own name.
OWN_KEYS = ("name", "title", "description", "extends")


def shown_path(path: Path) -> str:
    """Print a path, relative if it lies under the working folder; links are not followed."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def read_layers(path: Path) -> tuple[list[Node], list[Path], list[Problem]]:
    """Read a scenario file and all it extends, the outermost base first.

    Returns
    -------
    list[Node]
        The files, without a base that cannot be read and those that it extends.
    list[Path]
        Their paths, the outermost base first.
    list[Problem]
        Why a base cannot be read: it is missing, broken, or the files extend each other in a circle.

    Raises
    ------
    InputError
        If the file itself cannot be read.
    """
    nodes = [read_yaml(path)]
    files = [path]
    problems: list[Problem] = []
    try:
        while (base := _base(files, nodes[-1])) is not None:
            nodes.append(read_yaml(base, shown_path(base), layer=len(files)))
            files.append(base)
    except InputError as error:
        problems += error.problems
    return nodes[::-1], files[::-1], problems


def _base(files: list[Path], node: Node) -> Path | None:
    """Find the file that the last of these files extends; None if it extends nothing."""
    extends = node.mapping.get("extends")
    if extends is None or not isinstance(extends.value, str):  # reported with the other keys later later
        return None
    text = str(extends.value).strip()
    try:
        base = find_beside(text, files[-1])
    except InputError as error:
        raise InputError(extends.problem(error.problems[0].what, "extends", value=text)) from None
    seen = [file.resolve() for file in files]
    if base.resolve() in seen:
        circle = [*files[seen.index(base.resolve()) :], base]
        key = "errors_world.circle_of_itself" if len(circle) == 2 else "errors_world.circle"
        message = Message(key, names=" -> ".join(file.name for file in circle))
        raise InputError(extends.problem(message, "extends", value=extends.value))
    return base


def file_record(path: Path) -> FileRecord:
    """Record a file that a scenario is made of: its path, its digest, whether it is bundled."""
    return FileRecord(
        path=str(path.resolve()),
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        bundled=is_bundled(path),
    )


def given_node(value: object) -> Node:
    """Turn a plain value (such as a command-line option) into a node without a place; None means not given."""
    place = Place()
    if isinstance(value, dict):
        entries = {str(key): given_node(child) for key, child in value.items() if child is not None}
        return Node(entries, place, place, GIVEN)
    if isinstance(value, list | tuple):
        items = enumerate(given_node(child) for child in value)
        return Node(tuple(replace(node, position=at) for at, node in items), place, place, GIVEN)
    if isinstance(value, Integral) and not isinstance(value, bool):
        return Node(int(value), place, place, GIVEN)  # numpy's integers too
    return Node(cast(Scalar, value), place, place, GIVEN)


def merge_layers(layers: list[Node]) -> tuple[Node, list[Problem]]:
    """Merge scenario files, base first: mappings merge, everything else is replaced.

    A lever without a value (null) removes the base's lever.

    Returns
    -------
    Node
        The merged file; every node keeps its original place.
    list[Problem]
        Keys without a value that remove nothing.
    """
    problems: list[Problem] = []
    last_file = max(index for index, layer in enumerate(layers) if layer.place.file is not None)
    merged = replace(layers[0], value={})
    for index, layer in enumerate(layers):
        over = layer if index >= last_file else _without_own_keys(layer)
        merged = _merge(merged, over, (), problems)
    return merged, problems


def _without_own_keys(node: Node) -> Node:
    return replace(node, value={key: child for key, child in node.mapping.items() if key not in OWN_KEYS})


def _merge(base: Node, over: Node, trail: tuple[str, ...], problems: list[Problem]) -> Node:
    """Merge one mapping into another."""
    entries = dict(base.mapping)
    for key, node in over.mapping.items():
        below = entries.get(key)
        if node.value is None:
            _remove(entries, key, node, trail, problems)
        elif isinstance(node.value, dict):
            empty = replace(node, value={})
            under = below if below is not None and isinstance(below.value, dict) else empty
            entries[key] = _merge(under, node, (*trail, key), problems)
        else:
            entries[key] = node
    return replace(over if over.layer != GIVEN else base, value=entries)  # an option has no place to show


def _remove(
    entries: dict[str, Node], key: str, node: Node, trail: tuple[str, ...], problems: list[Problem]
) -> None:
    """Remove a base's lever, or report a key without a value."""
    if trail == ("levers",):
        if entries.pop(key, None) is None:
            message = Message("errors_world.no_lever_to_remove")
            problems.append(node.problem(message, f"levers.{key}", at_key=True))
        return
    message = Message("errors_world.nothing_given")
    problems.append(node.problem(message, ".".join((*trail, key)), at_key=True))
