"""YAML -> one frozen, validated `Scenario`.

Overrides, weakest first: the registry's default; the extended scenarios, outermost base first; the file's
``parameters``; the settings of its levers; the caller's values (command-line options). Within an extended scenario,
too, the settings of levers override ``parameters``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from sim.errors import InputError, Message, Problem
from sim.evidence.yaml_positions import Node, Place, Scalar, value_text
from sim.files.folders import is_bundled
from sim.files.names import calibration_folder, evidence_named, find_scenario
from sim.world.scenario_record import (
    DEFAULT_EVIDENCE,
    LeverUse,
    Scenario,
    Shock,
    Values,
    kappa_of,
    resolved,
)

__all__ = [
    "LeverUse",
    "Scenario",
    "Shock",
    "Values",
    "json_schema",
    "kappa_of",
    "load_scenario",
    "read_document",
    "resolved",
]


def load_scenario(path_or_name: str | Path, /, *, beside: Iterable[Path] = (), **overrides: Any) -> Scenario:
    """Read a scenario file and everything it extends, and check all of it.

    Parameters
    ----------
    path_or_name
        A file, or the bare name (``baseline``) of a file in the working folder or of a bundled scenario.
    beside
        More folders to search for a bare name, before the bundled scenarios.
    **overrides
        Keys of a scenario file with values that override the file's, as people would write them: ``seed=7``,
        ``budget="2 bn yuan"``, ``parameters={"rho": 0.8}``. None means not given.

    Returns
    -------
    Scenario
        Complete and frozen.

    Raises
    ------
    InputError
        With every mistake of the file (after a syntax error or a repeated key, the rest of that file is not checked).
    """
    from sim.world.layers import file_record, given_node, read_layers

    path = find_scenario(str(path_or_name), beside)
    layers, files, problems = read_layers(path)
    scenario = _judged([*layers, given_node(overrides)], problems, str(path))
    return scenario.model_copy(update={"files": tuple(file_record(file) for file in files)})


def read_document(document: Mapping[str, Any], source: str | None = None) -> Scenario:
    """Check a plain document, such as that of `sim.world.written.document`, like a scenario file.

    Parameters
    ----------
    document
        The content of a scenario file that extends nothing.
    source
        Its name in messages, and the source recorded in the scenario.

    Raises
    ------
    InputError
        With every mistake, worded like those of a file, but without line numbers.
    """
    place = Place(source)
    if "extends" in document:
        raise InputError(Problem(Message("errors_world.document_extends"), source, key="extends"))
    nothing = Node({}, Place(""), Place(""))  # an empty file under the layers
    scenario = _judged([nothing, _plain_node(document, place)], [], source or "")
    return scenario.model_copy(update={"source": source})


def _plain_node(value: object, place: Place, position: int = 0) -> Node:
    """Turn a plain value into a node of a file; unlike in a command-line option, None stays None."""
    if isinstance(value, Mapping):
        entries = {str(key): _plain_node(child, place) for key, child in value.items()}
        return Node(entries, place, place, position=position)
    if isinstance(value, list | tuple):
        items = tuple(_plain_node(child, place, at) for at, child in enumerate(value))
        return Node(items, place, place, position=position)
    return Node(cast(Scalar, value), place, place, position=position)


def _judged(layers: list[Node], base_problems: list[Problem], source: str) -> Scenario:
    """Check layers, the outermost base first; `base_problems` say why a base is not among them."""
    # Imported only when a file is read: building these models takes as long as everything else here.
    from sim.world.assemble import assemble
    from sim.world.known import load_known
    from sim.world.layers import merge_layers
    from sim.world.mistakes import read_surface
    from sim.world.surface import ScenarioFile

    tree, merge_problems = merge_layers(layers)
    evidence, folder, evidence_problems = _evidence_folder(tree)
    known = load_known(folder)
    # Do not report keys as missing that an unreadable base may hold.
    file, tree, surface_problems = read_surface(ScenarioFile, tree, known, complete=not base_problems)
    scenario, meaning_problems = assemble(file, tree, known, evidence, source)
    problems = base_problems + evidence_problems + surface_problems + meaning_problems
    problems += [] if base_problems else merge_problems
    if problems:
        raise InputError(_in_reading_order(problems, [layer.place.file for layer in reversed(layers)]))
    return scenario


def json_schema(evidence: str | Path = DEFAULT_EVIDENCE) -> dict[str, Any]:
    """Describe scenario files for editors, see `sim.world.schema`.

    Parameters
    ----------
    evidence
        Evidence folder whose regions, industries and parameters are offered.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12.
    """
    from sim.world.schema import scenario_schema

    return scenario_schema(evidence)


def _evidence_folder(tree: Node) -> tuple[str, Path, list[Problem]]:
    """Find the evidence: its bundled name or path, its folder, and what is wrong with it.

    A path is relative to the file that contains it, so that it means the same wherever the program is started. If there
    is no such evidence, the default is used to check the rest of the file.
    """
    node = tree.mapping.get("evidence")
    if node is None or not isinstance(node.value, str):  # not text: reported with the other keys
        return DEFAULT_EVIDENCE, calibration_folder(DEFAULT_EVIDENCE), []
    try:
        folder = evidence_named(node.value, None if node.place.file is None else Path(node.place.file))
    except InputError as error:
        problem = node.problem(error.problems[0].what, "evidence", value=value_text(node))
        return DEFAULT_EVIDENCE, calibration_folder(DEFAULT_EVIDENCE), [problem]
    return node.value if is_bundled(folder) and folder.name == node.value else str(folder), folder, []


def _in_reading_order(problems: list[Problem], files: list[str | None]) -> list[Problem]:
    """Sort mistakes in reading order: the caller's values, the file, its bases; line by line."""

    def place(problem: Problem) -> tuple[int, int, int]:
        rank = files.index(problem.file) if problem.file in files else len(files)
        return rank if problem.file else -1, problem.line or 0, problem.column or 0

    return sorted(dict.fromkeys(problems), key=place)
