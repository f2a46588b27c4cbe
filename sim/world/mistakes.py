"""Reports pydantic's errors in plain words, each at its place; cuts wrong parts so that the rest is checked too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.errors import Message, MistakeError, Problem
from sim.evidence.yaml_positions import Node, plain_scalar, value_text
from sim.world.fields import NotTextError, did_you_mean
from sim.world.known import Known
from sim.world.surface import Surface

Loc = tuple[int | str, ...]
File = TypeVar("File", bound=Surface)

#: Kinds of pydantic errors for which the catalogue has words.
_EXPECTED = ("string_type", "list_type", "model_type", "bool_type", "dict_type", "too_short")


def read_surface(
    kind: type[File], tree: Node, known: Known | None, complete: bool = True
) -> tuple[File, Node, list[Problem]]:
    """Validate a file, such as a merged scenario, with its models.

    Parameters
    ----------
    kind
        The model of the whole file.
    tree
        The file.
    known
        What it may name.
    complete
        False if a part could not be read; then missing keys are not reported.

    Returns
    -------
    File, Node
        The readable part, as values and with places; wrong parts are cut out.
    list[Problem]
        Every mistake found.
    """
    problems: list[Problem] = []
    first_look = True
    while True:
        try:
            return kind.model_validate(tree.plain(), context=known), tree, problems
        except ValidationError as error:
            details = error.errors(include_url=False)
        if first_look:
            told = [detail for detail in details if complete or detail["type"] != "missing"]
            problems = [_problem(kind, tree, detail) for detail in told]
        # Later passes only find what the first cut left incomplete.
        first_look = False
        tree = _cut(kind, tree, details)


def locate(tree: Node, loc: Loc) -> tuple[Node, Loc]:
    """Find the node at a place, or the nearest above it, with the keys and list positions that lead there.

    Parts that only pydantic knows are skipped. List positions are those in the file, even if earlier items were cut.
    """
    node = tree
    steps: Loc = ()
    for part in loc:
        if isinstance(node.value, dict) and part in node.value:
            node = node.value[str(part)]
            steps = (*steps, part)
        elif isinstance(node.value, tuple) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            steps = (*steps, node.position)
    return node, steps


def dotted(steps: Iterable[int | str]) -> str:
    """Write a place as people do: ``shocks[1].size``, lists counted from 1 like lines."""
    text = ""
    for step in steps:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _problem(kind_of_file: type[Surface], tree: Node, detail: ErrorDetails) -> Problem:
    kind, loc = detail["type"], detail["loc"]
    if kind == "extra_forbidden":
        node, steps = locate(tree, loc)
        model = _model_at(kind_of_file, loc[:-1])
        names = tuple(field.alias or name for name, field in model.model_fields.items())
        message = Message(f"errors_world.no_such.{model.noun}", hint=did_you_mean(loc[-1], names))
        return node.problem(message, dotted(steps), at_key=True)
    if kind == "missing":
        node, steps = locate(tree, loc[:-1])
        model = _model_at(kind_of_file, loc[:-1])
        where = next(kind.__name__ for kind in model.__mro__ if loc[-1] in kind.__annotations__)
        meaning = Message(f"errors_world.meaning.{where}.{loc[-1]}")
        message = Message("errors_world.missing_key", meaning=meaning)
        return node.problem(message, dotted((*steps, loc[-1])), at_key=True)
    node, steps = locate(tree, loc)
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, MistakeError):
        message = error.message
    elif kind in _EXPECTED:
        message = Message(f"errors_world.expected.{kind}")
    else:
        message = Message("errors_world.other_mistake", why=detail["msg"])
    message = _quotation_marks(message, node, kind, error)
    return node.problem(message, dotted(steps), value=value_text(node))


def _quotation_marks(message: Message, node: Node, kind: str, error: object) -> Message:
    """Add that quotation marks are missing around text, or must be removed around another value."""
    value = node.value
    if (kind == "string_type" or isinstance(error, NotTextError)) and isinstance(value, bool | int | float):
        written = node.place.written or value_text(node)
        return Message("errors_world.quotation_marks", message=message, value=written)
    if kind == "bool_type" and isinstance(value, str) and isinstance(plain_scalar(value.strip()), bool):
        return Message("errors_world.no_quotation_marks", message=message, value=value.strip())
    return message


def _model_at(model: type[Surface], loc: Loc) -> type[Surface]:
    """Find the model that reads the mapping at a place of a file."""
    for part in loc:
        for name, field in model.model_fields.items():
            if part in (name, field.alias):
                model = _model_in(field.annotation) or model
                break
    return model


def _model_in(annotation: Any) -> type[Surface] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation if issubclass(annotation, Surface) else None
    inner = (_model_in(part) for part in get_args(annotation))
    return next((model for model in inner if model is not None), None)


def _cut(kind: type[Surface], tree: Node, details: list[ErrorDetails]) -> Node:
    """Remove wrong values, and mappings that lack a key; the file's own missing keys get placeholders."""
    places: set[Loc] = set()
    for detail in details:
        lacking = detail["type"] == "missing"
        if lacking and len(detail["loc"]) == 1:
            key = str(detail["loc"][0])
            tree = replace(tree, value={**tree.mapping, key: _made_up(tree, kind.stand_ins[key])})
        else:
            places.add(locate(tree, detail["loc"][:-1] if lacking else detail["loc"])[1])
    for steps in sorted(places, reverse=True):  # inner parts before outer ones
        tree = _without(tree, steps)
    return tree


def _made_up(tree: Node, value: str | list[str]) -> Node:
    """A placeholder value at the file's place."""
    if isinstance(value, str):
        return replace(tree, value=value)
    return replace(tree, value=tuple(replace(tree, value=item, position=k) for k, item in enumerate(value)))


def _without(node: Node, steps: Loc) -> Node:
    """Copy a tree without the node at a place; the rest keeps its order and positions."""
    first, rest = steps[0], steps[1:]
    if isinstance(node.value, dict):
        entries = {
            key: _without(child, rest) if key == first else child
            for key, child in node.value.items()
            if rest or key != first
        }
        return replace(node, value=entries)
    if isinstance(node.value, tuple):
        items = (item for item in node.value if rest or item.position != first)
        return replace(node, value=tuple(_without(i, rest) if i.position == first else i for i in items))
    return node
