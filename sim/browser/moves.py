"""How a change on the page edits a scenario's document.

Editing functions take a document from `sim.world.written.document` and return a changed copy, which
`sim.world.scenario.read_document` accepts; the original stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from fractions import Fraction
from math import fsum
from typing import Any

from sim.browser.controls import CLOSE, PROGRAMME, STEPS, Control, Document, Value
from sim.world.quantities import parse_quantity, parse_quarter
from sim.world.scenario_record import STRUCTURES
from sim.world.written import amount

_ROUNDING = 1e-12
_WHOLE = 1.0


def with_value(
    document: Document, control: Control, value: Value, *, start: str | None = None
) -> dict[str, Any]:
    """Give a control another value.

    A lever that is switched on gets what is left of the budget while it is active; if nothing is left, all levers get
    equal shares. If a larger share or an earlier start would exceed the budget, the levers active at the same time
    are scaled down, by the same factor where they share the same quarters.

    Parameters
    ----------
    value
        Of a slider a number counted in the control's unit, of a switch True or False, of a choice one of its words.
    start
        First quarter (``2026Q1``) of a lever that is switched on.

    Raises
    ------
    ValueError
        If a lever is switched on without a start, or something is changed about a lever that is not used.
    """
    changed = deepcopy(dict(document))
    if control.kind == "switch":
        return _switched(changed, control.key[1], bool(value), start)
    if control.lever is not None and control.lever not in changed.get("levers", {}):
        raise ValueError(f"{control.lever} is not used in this scenario")
    node = changed
    for key in control.key[:-1]:
        node = node.setdefault(key, {})
    node[control.key[-1]] = amount(float(value), control.unit) if control.kind == "slider" else value
    if control.lever is not None and control.key[-1] in ("share_of_budget", "start"):
        _make_room(changed, control.lever)
    return changed


def with_reading(document: Document, structure: str, causal_reading: str) -> dict[str, Any]:
    """Choose another reading of the evidence; see `sim.world.scenario.Scenario.with_reading`.

    Raises
    ------
    ValueError
        If there is no such reading; ``own`` is one only where the document has its own causal shares.
    """
    changed = deepcopy(dict(document))
    now = changed["difficulty"]["causal_reading"]
    if structure not in STRUCTURES or causal_reading not in ("selective", "naive", "own"):
        raise ValueError(f"no such reading: {structure}-{causal_reading}")
    if causal_reading == "own" and not isinstance(now, Mapping):
        raise ValueError("this scenario has no causal shares of its own")
    changed["structure"] = structure
    changed["difficulty"]["causal_reading"] = now if causal_reading == "own" else causal_reading
    return changed


def without_levers(document: Document) -> dict[str, Any]:
    """Remove all levers: this is the document's baseline."""
    return {key: value for key, value in deepcopy(dict(document)).items() if key != "levers"}


def _switched(document: dict[str, Any], name: str, on: bool, start: str | None) -> dict[str, Any]:
    levers: dict[str, dict[str, Any]] = document.setdefault("levers", {})
    if not on:
        levers.pop(name, None)
    elif name not in levers:
        if start is None:
            raise ValueError(f"{name} is switched on without its first quarter")
        levers[name] = {"start": start, "share_of_budget": 0.0}
        left = _snapped(_WHOLE - max(_taken(document, name).values(), default=0.0))
        if left > CLOSE:
            levers[name]["share_of_budget"] = amount(left, "share")
        else:
            for lever in levers.values():
                lever["share_of_budget"] = amount(1.0 / len(levers), "share")
    document["levers"] = {name: levers[name] for name in PROGRAMME if name in levers}
    return document if levers else without_levers(document)


def _make_room(document: dict[str, Any], name: str) -> None:
    """Scale down each lever that is active together with one of them, as far as that one's share requires."""
    left = max(_WHOLE - _share(document["levers"][name]), 0.0)
    taken = _taken(document, name)
    spans = {other: _span(document, other) & taken.keys() for other in document["levers"] if other != name}
    for other, quarters in spans.items():
        most = max((taken[quarter] for quarter in quarters), default=0.0)
        if most > left + CLOSE:
            lever = document["levers"][other]
            lever["share_of_budget"] = amount(_snapped(_share(lever) * left / most), "share")


def _taken(document: Document, name: str) -> dict[int, float]:
    """The other levers' joint share of the budget, by quarter in which a lever is active."""
    levers = document["levers"]
    others = [(_span(document, other), _share(levers[other])) for other in levers if other != name]
    return {
        quarter: fsum(share for span, share in others if quarter in span) for quarter in _span(document, name)
    }


def _span(document: Document, name: str) -> set[int]:
    """The quarters in which a lever is active."""
    lever = document["levers"][name]
    end = lever.get("end", document["horizon"]["end"])
    return set(range(parse_quarter(lever["start"]), parse_quarter(end) + 1))


def _share(lever: Document) -> float:
    return parse_quantity(lever["share_of_budget"], "share")


def _snapped(share: float) -> float:
    """The simple fraction that a share equals up to rounding, else the share itself."""
    simple = float(Fraction(share).limit_denominator(STEPS * STEPS))
    return simple if abs(simple - share) < _ROUNDING else share
