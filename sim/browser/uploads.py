"""Scenario files that visitors upload: checked like those of the command line, and unable to read this machine.

An upload may name only bundled scenarios and evidence, so no other files are read. It cannot run code, because
`sim.evidence.yaml_positions` takes only plain values. Its bytes, values and simulated firms are limited.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sim.errors import InputError, Message, Problem
from sim.evidence.yaml_positions import Node, Place, read_yaml, value_text
from sim.files.folders import bundled
from sim.files.names import scenario_names
from sim.world.scenario import Scenario, load_scenario
from sim.world.surface import ScenarioFile
from sim.world.written import scale_of

MAX_BYTES = 64 * 1024
#: Most values in a file, lists and mappings included; a file that sets everything has some 500.
MAX_VALUES = 2000
_TOO_MUCH = Message("errors_browser.too_many_values", most=MAX_VALUES)
_UNNAMED = "scenario.yaml"
_LONGEST_NAME = 80


def read_upload(name: str, content: bytes, *, most_firms: int) -> Scenario:
    """Read a scenario file that a visitor has uploaded.

    Parameters
    ----------
    name
        The visitor's name of the file; used in messages only.
    content
        All of it.
    most_firms
        How many firms may be simulated, at the start of the run.

    Returns
    -------
    Scenario
        As the command line would read it; its source is the name.

    Raises
    ------
    InputError
        With every mistake, placed under the visitor's name of the file; no path of this machine is revealed.
    """
    shown = _shown(name)
    if len(content) > MAX_BYTES:
        raise InputError(Problem(Message("errors_browser.too_large", most=MAX_BYTES), shown))
    # Counted before parsing, which takes long for a file full of values.
    if sum(map(content.count, (b",", b"\n", b"\r"))) > 2 * MAX_VALUES:
        raise InputError(Problem(_TOO_MUCH, shown))
    with TemporaryDirectory(prefix="upgrading-") as folder:
        path = Path(folder) / ".upload"  # no scenario has this name, and `extends` finds none beside it
        try:
            path.write_bytes(content)
            tree = read_yaml(path)
            if problems := [*_too_much(tree), *_not_bundled(tree)]:
                raise InputError(problems)
            scenario = load_scenario(path)
            if problems := [*_too_many(scenario, tree, most_firms)]:
                raise InputError(problems)
        except InputError as error:
            raise InputError(_renamed(problem, path, shown) for problem in error.problems) from None
    return scenario.model_copy(update={"source": shown})


def _shown(name: str) -> str:
    """The last part of a name, without characters that a page or terminal cannot print."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, last)).strip()[:_LONGEST_NAME] or _UNNAMED


def _renamed(problem: Problem, path: Path, shown: str) -> Problem:
    """Report a mistake in the upload under its own name, and one in a bundled file without its folder."""
    if problem.file is None:
        return problem
    return replace(problem, file=shown if problem.file == str(path) else Path(problem.file).name)


def _too_much(tree: Node) -> Iterator[Problem]:
    if sum(1 for _ in _values(tree)) > MAX_VALUES:
        yield Problem(_TOO_MUCH, tree.place.file)


def _values(node: Node) -> Iterator[Node]:
    yield node
    for child in node.value if isinstance(node.value, tuple) else node.mapping.values():
        yield from _values(child)


def _not_bundled(tree: Node) -> Iterator[Problem]:
    """Find files that would be read from outside the program's own folders."""
    provinces = tuple(sorted(entry.name for entry in bundled("calibration").iterdir() if entry.is_dir()))
    scenarios = scenario_names()
    for key, names, endings in (("extends", scenarios, (".yaml", ".yml")), ("evidence", provinces, ())):
        node = tree.mapping.get(key)
        if node is None or not isinstance(node.value, str):  # not text: checked with the other keys
            continue
        stem = node.value
        for ending in endings:
            stem = stem.removesuffix(ending)
        if stem not in names:
            message = Message("errors_browser.only_bundled", names=names)
            yield node.problem(message, key, value=node.value)


def check_size(scenario: Scenario, most: int) -> None:
    """Refuse a scenario that simulates more firms than a page can handle.

    Raises
    ------
    InputError
        With a scale that would be accepted.
    """
    nowhere = Place(scenario.source)
    if problems := [*_too_many(scenario, Node({}, nowhere, nowhere), most)]:
        raise InputError(problems)


def _too_many(scenario: Scenario, tree: Node, most: int) -> Iterator[Problem]:
    """Find a simulation that is too large for a page, and say which scale would do."""
    firms = scenario.parameters["firms_2019"]
    if firms / scenario.weight <= most:
        return
    weight = min(-int(-firms // most), round(1.0 / ScenarioFile.model_fields["scale"].metadata[0].low))
    message = Message(
        "errors_browser.too_many_firms", firms=firms / scenario.weight, most=most, scale=scale_of(weight)
    )
    nowhere = Place(tree.place.file)
    node = tree.mapping.get("scale", Node(None, nowhere, nowhere))  # where a base sets it, or nobody
    yield node.problem(message, "scale", value=value_text(node))
