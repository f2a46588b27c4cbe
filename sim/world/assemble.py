"""Assemble a scenario from its file: resolve names and values, and check keys against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import fsum

from sim.errors import Message, MistakeError, Problem
from sim.evidence.yaml_positions import Node, value_text
from sim.world.constants import ALL_LEVELS, VARIABLES
from sim.world.levers import LEVERS, chooses_firms, supports_people
from sim.world.mistakes import dotted, locate
from sim.world.quantities import number_text, quarter_text
from sim.world.scenario_record import LeverUse, Scenario, Shock, Values, kappa_of
from sim.world.surface import LeverEntry, ScenarioFile, ShockEntry, Words
from sim.world.vocabulary import Vocabulary

#: Tolerance for shares such as thirds, which sum to 1 only up to rounding.
_ROUNDING = 1e-9
#: Line breaks, other control characters, and those that change the direction of writing.
_CONTROLS = re.compile(r"\s*[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+\s*")


def assemble(
    file: ScenarioFile, tree: Node, known: Vocabulary, evidence: str, source: str
) -> tuple[Scenario, list[Problem]]:
    """Assemble a scenario from its file.

    Parameters
    ----------
    file, tree
        The readable part of the file, as values and with places.
    known
        What it may name.
    evidence, source
        The evidence folder and the scenario's file, as text.

    Returns
    -------
    Scenario
        Fit for a run only if there are no mistakes.
    list[Problem]
        Mistakes that involve several keys.
    """
    parameters, problems = _parameters(file, tree, known)
    levers = tuple(_lever_use(name, entry, file, known) for name, entry in _levers(file))
    shocks = tuple(_shock(entry, known) for entry in file.shocks)
    problems += [*_horizon(file, tree), *_lever_dates(file, tree), *_shock_dates(file, tree)]
    problems += [*_recipients(levers, file, tree, known), *_budget(file, levers, tree)]
    problems += [*_firms_of_people(file, tree, parameters), *_levels_of_awards(file, tree)]
    reading = file.difficulty.causal_reading
    kappa = (
        kappa_of(file.structure, reading, parameters)
        if isinstance(reading, str)
        else _own_kappa(reading.model_dump())
    )
    scenario = Scenario(
        name=file.name,
        title=words_of(file.title, file.name),
        description=words_of(file.description, ""),
        evidence=evidence,
        start=file.horizon.start,
        end=file.horizon.end,
        weight=round(1.0 / file.scale),
        seed=file.seed,
        replications=file.replications,
        grid="0.1" if file.grid == "0.1" else "0.2",
        column=file.difficulty.column,
        coefficients="drawn" if file.difficulty.coefficients == "drawn" else "held",
        kappa=kappa,
        causal_reading=reading if isinstance(reading, str) else "own",  # type: ignore[arg-type]
        structure=file.structure,  # type: ignore[arg-type]  # one of the words of the surface
        budget=file.budget,
        levers=levers,
        shocks=shocks,
        parameters=parameters,
        source=source,
    )
    return scenario, problems


def words_of(words: Words, fallback: str) -> dict[str, str]:
    """Make a title or description one line of text; a missing language gets the text of the other."""
    zh, en = one_line(words.zh or ""), one_line(words.en or "")
    return {"zh": zh or en or fallback, "en": en or zh or fallback}


def one_line(text: str) -> str:
    """Replace line breaks and control characters by a space, and repair half characters left by escapes."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROLS.sub(" ", whole).strip()


def _own_kappa(shares: dict[str, float | None]) -> tuple[float, ...]:
    return tuple(shares.get(f"X{k}") or 0.0 for k in range(VARIABLES))


def _levers(file: ScenarioFile) -> Iterator[tuple[str, LeverEntry]]:
    """Yield the levers used, in programme order."""
    for lever in LEVERS:
        entry = getattr(file.levers, lever.name)
        if entry is not None:
            yield lever.name, entry


def _parameters(file: ScenarioFile, tree: Node, known: Vocabulary) -> tuple[Values, list[Problem]]:
    """Resolve every parameter; the docs page on scenarios states the order of overrides."""
    problems: list[Problem] = []
    settings: list[tuple[int, int, str, float]] = []  # layer, parameters before settings of levers
    nodes = tree.mapping.get("parameters")
    for name, given in file.parameters.items():
        node = nodes.mapping[name] if nodes is not None else tree
        key = f"parameters.{name}"
        if name not in known.registry:
            problems.append(node.problem(known.registry.unknown(name), key, at_key=True))
            continue
        try:
            settings.append((node.layer, 0, name, known.registry[name].read(given)))
        except MistakeError as error:
            problems.append(node.problem(error.message, key, value=value_text(node)))
    for lever in LEVERS:
        entry = getattr(file.levers, lever.name)
        for setting, parameter in lever.settings.items():
            value = getattr(entry, setting, None)
            if value is not None:
                node, _ = locate(tree, ("levers", lever.name, setting))
                settings.append((node.layer, 1, parameter, value))
    values = known.registry.defaults()
    for _, _, name, value in sorted(settings, key=lambda setting: (-setting[0], setting[1])):
        values[name] = value
    return Values(values), problems


def _lever_use(name: str, entry: LeverEntry, file: ScenarioFile, known: Vocabulary) -> LeverUse:
    return LeverUse(
        name=name,
        start=entry.start,
        end=file.horizon.end if entry.end is None else entry.end,
        strength=entry.strength,
        share_of_budget=entry.share_of_budget,
        regions=known.region_codes(entry.regions),
        region_rule=entry.allocation or file.allocation.regions,
        firm_rule=entry.firms or file.allocation.firms,
        levels=tuple(
            level
            for level in (ALL_LEVELS if entry.for_.levels is None else sorted(set(entry.for_.levels)))
            if level >= entry.for_.from_level
        ),
        industries=known.industry_ids(entry.for_.industries),
        min_staff=entry.for_.min_staff,
        max_staff=entry.for_.max_staff,
        lag=entry.lag,
    )


def _shock(entry: ShockEntry, known: Vocabulary) -> Shock:
    return Shock(
        kind=entry.kind,
        start=entry.start,
        end=entry.end,
        size=entry.size,
        industries=known.industry_ids(entry.industries),
        regions=known.region_codes(entry.regions),
    )


def _at(tree: Node, message: Message, *loc: int | str) -> Problem:
    """Build the mistake at a place of the file; if the key is missing, at the mapping it belongs to."""
    node, steps = locate(tree, loc)
    left_out = loc[len(steps) :]
    return node.problem(message, dotted((*steps, *left_out)), at_key=bool(left_out), value=value_text(node))


def _horizon(file: ScenarioFile, tree: Node) -> Iterator[Problem]:
    if file.horizon.end < file.horizon.start:
        message = Message("errors_world.horizon_ends", start=quarter_text(file.horizon.start))
        yield _at(tree, message, "horizon", "end")


def _lever_dates(file: ScenarioFile, tree: Node) -> Iterator[Problem]:
    """Find levers that end before they start, or lie outside the horizon."""
    first, last = file.horizon.start, file.horizon.end
    if last < first:
        return
    span = {"first": quarter_text(first), "last": quarter_text(last)}
    for name, entry in _levers(file):
        if not first <= entry.start <= last:
            yield _at(tree, Message("errors_world.lever_starts_outside", **span), "levers", name, "start")
        elif entry.end is not None and entry.end < entry.start:
            message = Message("errors_world.lever_ends", start=quarter_text(entry.start))
            yield _at(tree, message, "levers", name, "end")
        elif entry.end is not None and entry.end > last:
            yield _at(tree, Message("errors_world.lever_ends_outside", **span), "levers", name, "end")
        elif entry.start + entry.lag > (last if entry.end is None else entry.end):
            yield _at(tree, Message("errors_world.lever_lag"), "levers", name, "lag")


def _shock_dates(file: ScenarioFile, tree: Node) -> Iterator[Problem]:
    """Find shocks that end before they start or after the horizon; they may lie before the horizon."""
    for index, entry in enumerate(file.shocks):
        if entry.end < entry.start:
            message = Message("errors_world.shock_ends", start=quarter_text(entry.start))
            yield _at(tree, message, "shocks", index, "end")
        elif entry.end > file.horizon.end:
            message = Message("errors_world.shock_ends_after", end=quarter_text(file.horizon.end))
            yield _at(tree, message, "shocks", index, "end")


def _recipients(
    levers: tuple[LeverUse, ...], file: ScenarioFile, tree: Node, known: Vocabulary
) -> Iterator[Problem]:
    """Find levers that can support nobody."""
    core = set(known.region_codes("core"))
    for use in levers:
        if not use.levels:
            yield _at(tree, Message("errors_world.no_level_left"), "levers", use.name, "for", "from_level")
        if use.max_staff is not None and use.max_staff < use.min_staff:
            message = Message("errors_world.most_below_least", least=use.min_staff)
            yield _at(tree, message, "levers", use.name, "for", "max_staff")
        if use.region_rule == "core" and not core & set(use.regions):
            yield _at(tree, Message("errors_world.no_core"), "levers", use.name, "regions")


def _firms_of_people(file: ScenarioFile, tree: Node, parameters: Values) -> Iterator[Problem]:
    """Find choices of firms under levers that support people, where they have no effect."""
    for name, entry in _levers(file):
        if not chooses_firms(name, parameters):
            for key, field in (("firms", "firms"), ("for", "for_")):
                if field in entry.model_fields_set:
                    node, steps = locate(tree, ("levers", name, key))
                    people = supports_people(name, parameters)
                    message = Message(
                        "errors_world.supports_people" if people else "errors_world.supports_places"
                    )
                    yield node.problem(message, dotted(steps), at_key=True)


def _levels_of_awards(file: ScenarioFile, tree: Node) -> Iterator[Problem]:
    """Find choices of levels under levers that pay at a first certificate: whoever gets it is at its level by then."""
    at_certificate = {lever.name for lever in LEVERS if lever.at_certificate}
    for name, entry in _levers(file):
        if name in at_certificate:
            for key in ("levels", "from_level"):
                if key in entry.for_.model_fields_set:
                    node, steps = locate(tree, ("levers", name, "for", key))
                    yield node.problem(Message("errors_world.pays_certificates"), dotted(steps), at_key=True)


def _budget(file: ScenarioFile, levers: tuple[LeverUse, ...], tree: Node) -> Iterator[Problem]:
    """Find the first quarter in which the levers' shares exceed the whole budget."""
    for start in sorted({use.start for use in levers}):
        active = [use for use in levers if use.start <= start <= use.end]
        total = fsum(use.share_of_budget for use in active)
        if total > 1.0 + _ROUNDING:
            message = Message(
                "errors_world.budget_shares",
                quarter=quarter_text(start),
                total=_percent(total),
                parts=tuple(f"{use.name} {_percent(use.share_of_budget)}" for use in active),
            )
            written = list(tree.mapping["levers"].mapping)
            last = max(active, key=lambda use: (use.start, written.index(use.name)))
            yield _at(tree, message, "levers", last.name, "share_of_budget")
            return


def _percent(share: float) -> str:
    return f"{number_text(round(100 * share, 2))} %"
