"""Writes a scenario as people would: as the document of a self-contained scenario file, and as its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import copysign
from pathlib import Path
from typing import Any

from sim.evidence.yaml_positions import plain_scalar
from sim.files.names import evidence_folder
from sim.world.constants import ALL_LEVELS, SURVEY_VARIABLES
from sim.world.levers import LEVERS, Lever, chooses_firms
from sim.world.quantities import number_text, parse_quantity, parse_unit, quarter_text
from sim.world.scenario_record import LeverUse, Scenario, Shock
from sim.world.surface import Allocation, ForWhom, LeverEntry, ScenarioFile, ShockEntry
from sim.world.vocabulary import Vocabulary, load_vocabulary

_COMMENT = "# yaml-language-server: $schema=schema.json"
_WIDTH = 110
#: Keys whose entries get their own lines.
_TALL = ("levers", "shocks", "parameters")
_MONEY = ((1e9, " bn yuan"), (1e6, " million yuan"), (1e3, "k yuan"))
_COUNTED = ("people", "firms", "km")
_LONGEST = 6  # characters of a number written with a unit
_LARGEST_DIVISOR = 12
#: Characters, besides letters and digits, of text that needs no quotation marks.
_HARMLESS = frozenset(" _./%+()-，。；、：！？（）《》“”—·")


def document(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as the document of a scenario file that extends nothing.

    Parameters
    ----------
    scenario
        Any scenario; its evidence folder must exist.

    Returns
    -------
    dict
        With the keys and order of scenario files. Read back, by `sim.world.scenario.read_document` or from a file, it
        gives a scenario with the same digest. Under a lever, values equal to the default are left out.
    """
    known = load_vocabulary(evidence_folder(scenario.evidence))
    allocation = _allocation(scenario)
    levers = {use.name: _lever(use, scenario, allocation, known) for use in scenario.levers}
    parameters = _parameters(scenario, levers, known)
    entries: dict[str, Any] = {
        "name": scenario.name,
        "title": dict(scenario.title),
        "description": dict(scenario.description) if any(scenario.description.values()) else None,
        "evidence": _evidence(scenario.evidence),
        "horizon": {"start": quarter_text(scenario.start), "end": quarter_text(scenario.end)},
        "scale": scale_of(scenario.weight),
        "grid": float(scenario.grid),
        "seed": scenario.seed,
        "replications": scenario.replications,
        "difficulty": _difficulty(scenario),
        "structure": scenario.structure,
        "budget": amount(scenario.budget, ScenarioFile.model_fields["budget"].metadata[0].unit),
        "allocation": allocation,
        "levers": levers or None,
        "shocks": [_shock(shock, known) for shock in scenario.shocks] or None,
        "parameters": parameters or None,
    }
    return {key: value for key, value in entries.items() if value is not None}


def scale_of(weight: int) -> float | str:
    """Write the scale for a number of firms per agent: 0.01, or ``1/3`` if that is shorter."""
    scale = 1.0 / weight
    return scale if len(repr(scale)) <= _LONGEST else f"1/{weight}"


def amount(value: float, unit: str) -> int | float | str:
    """Write a number as people would: ``25k yuan``, ``20000 people``, ``30 %``, ``1/3``, or just the number.

    Parameters
    ----------
    value
        Counted in `unit`.
    unit
        A unit of the registry.

    Returns
    -------
    int, float or str
        `sim.world.quantities.parse_quantity` reads it as exactly this value.
    """
    exact = repr(float(value))
    texts = (text for text in _texts(value, unit) if repr(parse_quantity(text, unit)) == exact)
    return next(texts, _plain_number(value))


def yaml_text(document: Mapping[str, Any]) -> str:
    """Write a document as YAML that the command line accepts.

    Parameters
    ----------
    document
        Made of mappings with words as keys, lists, finite numbers, text, true, false and None.

    Returns
    -------
    str
        Short lists and mappings on one line, Chinese as it is.
    """
    lines = [_COMMENT]
    for key, value in document.items():
        lines += _lines(f"{_scalar(key)}:", value, "", tall=key in _TALL)
    return "\n".join(lines) + "\n"


# What is written -----------------------------------------------------------------------------------------


def _evidence(evidence: str) -> str:
    """Make a path that begins with a dot absolute; in a file it would be relative to that file."""
    return str(Path(evidence).resolve()) if evidence.startswith(".") else evidence


def _difficulty(scenario: Scenario) -> dict[str, Any]:
    reading: Any = scenario.causal_reading
    if reading == "own":
        reading = {
            f"X{k}": amount(scenario.kappa[k], "share") for k in SURVEY_VARIABLES if scenario.kappa[k] != 0.0
        }
    drawn = {} if scenario.coefficients == "held" else {"coefficients": scenario.coefficients}
    return {"column": scenario.column, **drawn, "causal_reading": reading}


def _allocation(scenario: Scenario) -> dict[str, str]:
    """The rules of most levers; a lever that chooses no firms cannot have a firm rule of its own."""
    ruleless = [use.firm_rule for use in scenario.levers if not chooses_firms(use.name, scenario.parameters)]
    firms = ruleless or [use.firm_rule for use in scenario.levers]
    usual = Allocation()
    return {
        "regions": _most_common([use.region_rule for use in scenario.levers], usual.regions),
        "firms": _most_common(firms, usual.firms),
    }


def _most_common(rules: list[str], otherwise: str) -> str:
    return Counter(rules).most_common(1)[0][0] if rules else otherwise


def _programme_row(name: str) -> Lever:
    return next(lever for lever in LEVERS if lever.name == name)


def _lever(
    use: LeverUse, scenario: Scenario, allocation: dict[str, str], known: Vocabulary
) -> dict[str, Any]:
    usual = LeverEntry.model_fields
    rules = (("allocation", use.region_rule, "regions"), ("firms", use.firm_rule, "firms"))
    entry: dict[str, Any] = {"start": quarter_text(use.start)}
    if use.end != scenario.end:
        entry["end"] = quarter_text(use.end)
    if use.strength != usual["strength"].default:
        entry["strength"] = amount(use.strength, "share")
    entry["share_of_budget"] = amount(use.share_of_budget, "share")
    entry |= _where(use.regions, known)
    entry |= {key: rule for key, rule, common in rules if rule != allocation[common]}
    if whom := _for(use, known):
        entry["for"] = whom
    if use.lag != usual["lag"].default:
        entry["lag"] = use.lag
    return entry | _own_settings(_programme_row(use.name), scenario, known)


def _for(use: LeverUse, known: Vocabulary) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if use.levels != ALL_LEVELS:
        entry["levels"] = list(use.levels)
    entry |= _industries(use.industries, known)
    if use.min_staff != ForWhom.model_fields["min_staff"].default:
        entry["min_staff"] = use.min_staff
    if use.max_staff is not None:
        entry["max_staff"] = use.max_staff
    return entry


def _own_settings(lever: Lever, scenario: Scenario, known: Vocabulary) -> dict[str, Any]:
    """Settings that differ from the registry's default; numbers without a word go to ``parameters``."""
    entry: dict[str, Any] = {}
    for key, name in lever.settings.items():
        value, parameter = scenario.parameters[name], known.registry[name]
        if _same(value, parameter.default):
            continue
        if key not in lever.choices:
            entry[key] = amount(value, parameter.unit)
        elif word := next((w for w, number in lever.choices[key].items() if _same(number, value)), None):
            entry[key] = word
    return entry


def _parameters(scenario: Scenario, levers: dict[str, dict[str, Any]], known: Vocabulary) -> dict[str, Any]:
    """Values that differ from the registry's and are not already given by a lever's setting."""
    said = {
        parameter
        for name, entry in levers.items()
        for key, parameter in _programme_row(name).settings.items()
        if key in entry
    }
    return {
        name: amount(value, known.registry[name].unit)
        for name, value in scenario.parameters.items()
        if name not in said and not _same(value, known.registry[name].default)
    }


def _shock(shock: Shock, known: Vocabulary) -> dict[str, Any]:
    return {
        "kind": shock.kind,
        "start": quarter_text(shock.start),
        "end": quarter_text(shock.end),
        "size": amount(shock.size, "share"),
        **_industries(shock.industries, known),
        **_where(shock.regions, known),
    }


def _where(codes: tuple[int, ...], known: Vocabulary) -> dict[str, Any]:
    """Regions by name; nothing if all are meant."""
    if codes == known.region_codes(ShockEntry.model_fields["regions"].default):
        return {}
    if codes == known.region_codes("core"):
        return {"regions": "core"}
    names = {int(region.key): region.en for region in known.regions}
    return {"regions": [_name(code, names[code], known) for code in codes]}


def _name(code: int, name: str, known: Vocabulary) -> str | int:
    """The name if it is unique, otherwise the code."""
    try:
        return name if known.region(name) == code else code
    except ValueError:
        return code


def _industries(ids: tuple[str, ...], known: Vocabulary) -> dict[str, Any]:
    everywhere = known.industry_ids(ShockEntry.model_fields["industries"].default)
    return {} if ids == everywhere else {"industries": list(ids)}


# How numbers are written ---------------------------------------------------------------------------------


def _same(one: float, other: float) -> bool:
    """Whether two numbers are the same to the last bit, the sign of zero included."""
    return one == other and copysign(1.0, one) == copysign(1.0, other)


def _plain_number(value: float) -> int | float:
    whole = number_text(value).lstrip("-").isdigit()
    return int(value) if whole and _same(float(int(value)), float(value)) else float(value)


def _texts(value: float, unit: str) -> Iterator[str]:
    """Ways to write a number with its unit, best first; some may be inexact."""
    plain = parse_unit(unit)
    if plain.base == "yuan" and plain.per != "yuan":
        for size, word in _MONEY:
            if abs(value) >= size and _is_short(text := number_text(value / size)):
                yield f"{text}{word}"
    elif unit == "share":
        if _is_short(text := number_text(100.0 * value)):
            yield f"{text} %"
        part = Fraction(value).limit_denominator(_LARGEST_DIVISOR)
        yield f"{part.numerator}/{part.denominator}"
    elif plain.base in _COUNTED and not plain.per:
        yield f"{number_text(value)} {plain.base}"


def _is_short(text: str) -> bool:
    return len(text) <= _LONGEST


# How YAML is written -------------------------------------------------------------------------------------


def _lines(head: str, value: Any, indent: str, tall: bool = False) -> list[str]:
    """Write one entry: on one line if it fits and `tall` is false, else with its parts on the lines below."""
    flow = f"{indent}{head} {_flow(value)}"
    if not isinstance(value, Mapping | list) or not value or (len(flow) <= _WIDTH and not tall):
        return [flow]
    parts = (
        [(f"{_scalar(key)}:", part) for key, part in value.items()]
        if isinstance(value, Mapping)
        else [("-", part) for part in value]
    )
    return [f"{indent}{head}", *(line for name, part in parts for line in _lines(name, part, f"{indent}  "))]


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """Write text, in quotation marks if YAML could read it as something else."""
    body = text.removeprefix("-")
    harmless = body[:1].isalnum() and text[-1:] != " " and all(c.isalnum() or c in _HARMLESS for c in body)
    return text if harmless and plain_scalar(text) == text else f'"{"".join(map(_quoted, text))}"'


def _quoted(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
