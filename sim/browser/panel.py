"""The panel of the page: every control in words for `panel.vue`, and what changing one does to the session."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sim.browser.controls import Control, Value, controls_of, value_of
from sim.browser.limits import MOST_FIRMS
from sim.browser.moves import with_reading, with_value
from sim.browser.session import Session
from sim.browser.telling import named, reading_parts
from sim.errors import InputError, Message, Problem
from sim.files.names import bundled_scenario, scenario_names
from sim.show.texts.meanings import READING_PARTS
from sim.words import Pair, Words
from sim.world.levers import LEVERS
from sim.world.quantities import MOST_SEED, quarter_text
from sim.world.scenario import Scenario, load_scenario, read_document
from sim.world.scenario_record import STRUCTURES
from sim.world.written import document, scale_of

#: How many real firms an agent may stand for, unless that makes too many agents.
WEIGHTS = (1000, 500, 200, 100, 50, 25)
CAUSAL_READINGS = ("selective", "naive")
Group = dict[str, Any]


def panel_groups(session: Session, words: Words) -> list[Group]:
    """Put all controls into words.

    Returns
    -------
    list of dict
        Groups with ``id``, ``title``, ``used`` (a word where a lever is in use), ``open``, ``note`` and ``controls``;
        a control has ``id``, ``kind`` (switch, choice, number, slider), ``label``, ``help`` and ``value``; a slider's
        value is the place among its ``texts``.
    """
    shown, controls = session.document, controls_of(session.scenario)

    def drawn(control: Control) -> dict[str, Any]:
        return _drawn(control, value_of(shown, control), words)

    groups = [
        _scenario(session, words),
        _readings(session, words),
        {
            "id": "money",
            "title": words("page.money"),
            "open": True,
            "controls": [drawn(control) for control in (controls.budget, controls.regions, controls.firms)],
        },
    ]
    for lever, own in zip(LEVERS, controls.levers, strict=True):
        used = own.name in shown.get("levers", {})
        more = (own.share, own.start, own.strength, *own.settings) if used else ()
        groups.append(
            {
                "id": own.name,
                "title": named(lever, words),
                "used": own.share.text(value_of(shown, own.share), words) if used else "",
                "open": used,
                "note": _only(own.name, session, words) if used else "",
                "controls": [drawn(own.switch), *(drawn(control) for control in more)],
            }
        )
    groups[2]["note"] = words("page.levers_help")
    return groups


def _only(name: str, session: Session, words: Words) -> str:
    """Say whom a lever is for, if not for everybody: files can set this, controls cannot."""
    use = next(use for use in session.scenario.levers if use.name == name)
    evidence, lever = session.policy.evidence, session.document["levers"][name]
    parts = []
    if len(use.regions) < len(evidence.regions):
        parts += [named(region, words) for region in evidence.regions if region.code in use.regions]
    if "levels" in lever.get("for", {}):
        parts.append(words("page.levels_of", levels=", ".join(map(str, use.levels))))
    if len(use.industries) < len(evidence.industries):
        parts += [named(industry, words) for industry in evidence.industries if industry.id in use.industries]
    if use.min_staff:
        parts.append(words("page.staff_from", n=use.min_staff))
    if use.max_staff is not None:
        parts.append(words("page.staff_to", n=use.max_staff))
    only = words("page.only", what=words.listed(parts)) if parts else ""
    ends = words("page.until", end=quarter_text(use.end)) if "end" in lever else ""
    return " ".join(part for part in (only, ends) if part)


def _scenario(session: Session, words: Words) -> Group:
    """Which scenario, which luck, how many agents."""
    scenario = session.scenario
    firms = scenario.parameters["firms_2019"]
    weights = sorted({scenario.weight, *(w for w in WEIGHTS if firms / w <= MOST_FIRMS)}, reverse=True)
    listed = [(name, words.pick(pair)) for name, pair in _bundled_titles().items()]
    bundled = scenario.name in scenario_names()
    chosen = scenario.name if bundled and _as_here(scenario.name, session).digest == scenario.digest else ""
    if not chosen:
        changed = words("page.changed") if bundled or session.changed else ""
        listed.insert(0, ("", _title(scenario, words) + changed))
    return {
        "id": "scenario",
        "title": words("page.scenario"),
        "open": True,
        "controls": [
            _choice("scenario", words("page.bundled"), _description(scenario, words), listed, chosen),
            {
                "id": "seed",
                "kind": "number",
                "label": words("page.seed"),
                "help": words("page.seed_help"),
                "value": scenario.seed,
                "low": 0,
                "high": MOST_SEED,
            },
            _choice(
                "scale",
                words("page.scale"),
                "",
                [
                    (
                        str(weight),
                        words("page.scale_choice", share=scale_of(weight), agents=f"{firms / weight:,.0f}"),
                    )
                    for weight in weights
                ],
                str(scenario.weight),
            ),
        ],
    }


@lru_cache(maxsize=1)
def _bundled_titles() -> dict[str, Pair]:
    bundled = {name: load_scenario(bundled_scenario(name)) for name in scenario_names()}
    titles = {name: (one.title["zh"], one.title["en"]) for name, one in bundled.items()}
    # Exercises come last, in the order of their numbers.
    return dict(sorted(titles.items(), key=lambda item: (item[0].startswith("classroom_"), item[1][1])))


#: What a newly chosen bundled scenario takes over from the last one: a class compares policies, not seeds.
KEPT = ("seed", "scale", "structure", "difficulty")


def _as_here(name: str, session: Session) -> Scenario:
    """A bundled scenario with the seed, scale and readings of the session."""
    kept = {key: session.document[key] for key in KEPT}
    return read_document(document(load_scenario(bundled_scenario(name))) | kept, name)


def _title(scenario: Scenario, words: Words) -> str:
    return words.pick((scenario.title["zh"], scenario.title["en"]))


def _description(scenario: Scenario, words: Words) -> str:
    return words.pick((scenario.description["zh"], scenario.description["en"]))


def _readings(session: Session, words: Words) -> Group:
    """Which reading of the evidence."""
    scenario = session.scenario
    first = CAUSAL_READINGS[0]
    structures = [(structure, reading_parts(f"{structure}-{first}", words)[0]) for structure in STRUCTURES]
    causal = [(causal, reading_parts(f"{STRUCTURES[0]}-{causal}", words)[1]) for causal in CAUSAL_READINGS]
    if session.own_shares:
        causal.append(("own", words("page.own")))
    return {
        "id": "readings",
        "title": words("page.readings"),
        "note": words("page.readings_help"),
        "open": True,
        "controls": [
            _choice(
                "structure",
                words("page.structure"),
                _choices_told(structures, words),
                structures,
                scenario.structure,
            ),
            _choice(
                "causal_reading",
                words("page.causal_reading"),
                _choices_told(causal, words),
                causal,
                scenario.causal_reading,
            ),
        ],
    }


def _choices_told(readings: list[tuple[str, str]], words: Words) -> str:
    """Say what each reading means, under the name that the list has for it."""
    mark = words("signs.colon")
    meanings = {name: words.pick(pair).partition(mark)[2] for name, pair in READING_PARTS.items()}
    meanings["own"] = words("page.own_help")
    return "\n\n".join(f"{label}{mark}{meanings[name]}" for name, label in readings)


def _choice(name: str, label: str, told: str, choices: list[tuple[str, str]], value: str) -> dict[str, Any]:
    listed = [{"value": choice, "label": text} for choice, text in choices]
    return {"id": name, "kind": "choice", "label": label, "help": told, "choices": listed, "value": value}


def _drawn(control: Control, value: Value, words: Words) -> dict[str, Any]:
    """Put a control into words."""
    name, label = ".".join(control.key), words.pick(control.label)
    told = words.pick(control.explanation)
    told = "" if told == label else told
    if control.kind == "choice":
        choices = [(choice, words.pick(text)) for choice, text in control.choices]
        return _choice(name, label, told, choices, str(value))
    drawn: dict[str, Any] = {"id": name, "kind": control.kind, "label": label, "help": told, "value": value}
    if control.kind == "slider":
        # A value between two stops, from a file, is shown as it is.
        at = control.nearest(float(value))
        texts = [control.text(stop, words) for stop in control.stops]
        texts[at] = control.text(value, words)
        drawn |= {"value": at, "texts": texts}
    return drawn


def move(session: Session, name: str, value: Any) -> None:
    """Carry out the change of a control.

    Parameters
    ----------
    name
        The control's ``id``.
    value
        What `panel.vue` sends; for a slider, the place among its texts.

    Raises
    ------
    InputError
        If it cannot be done; the session stays as it was.
    """
    if name == "scenario":
        if value in scenario_names():
            region = session.code
            session.open(_as_here(str(value), session), session.done)
            session.pick_region(region)
    elif name == "seed":
        session.change(session.document | {"seed": _number(value, "seed")})
    elif name == "scale":
        weight = _number(value, "scale")
        if weight not in WEIGHTS or session.scenario.parameters["firms_2019"] / weight > MOST_FIRMS:
            raise _refused("scale", value)
        session.change(session.document | {"scale": scale_of(weight)})
    elif value == "own" and name == "causal_reading" and session.own_shares is not None:
        difficulty = session.document["difficulty"] | {"causal_reading": session.own_shares}
        session.change(session.document | {"difficulty": difficulty})
    elif name in ("structure", "causal_reading"):
        readings = {
            "structure": session.scenario.structure,
            "causal_reading": session.scenario.causal_reading,
        }
        try:
            changed = with_reading(session.document, **(readings | {name: str(value)}))
        except ValueError as error:
            raise _refused(name, value) from error
        session.change(changed)
    else:
        _move(session, name, value)


def _move(session: Session, name: str, value: Any) -> None:
    control = next((one for one in controls_of(session.scenario) if ".".join(one.key) == name), None)
    if control is None:
        raise _refused(name, value)
    if control.kind == "slider":
        at = _number(value, name)
        if not 0 <= at < len(control.stops):
            raise _refused(name, value)
        value = control.stops[at]
    if control.kind == "switch":
        session.change(_switched(session, control, bool(value)))
        return
    try:
        changed = with_value(session.document, control, value)
    except ValueError as error:
        raise _refused(name, value) from error
    session.change(changed)


def _switched(session: Session, switch: Control, on: bool) -> dict[str, Any]:
    """Switch a lever off, or on again as it was."""
    name = switch.key[1]
    levers = session.document.get("levers", {})
    if not on:
        if name in levers:
            session.set_aside[name] = levers[name]
        return with_value(session.document, switch, False)
    changed = with_value(session.document, switch, True, start=_start(session))
    if name in session.set_aside and name not in levers:
        before = session.set_aside[name]
        changed["levers"] = {other: dict(levers.get(other, before)) for other in changed["levers"]}
        share = next(own.share for own in controls_of(session.scenario).levers if own.name == name)
        # Its former share is taken from the others, as if its slider were moved there.
        changed = with_value(changed, share, float(value_of(changed, share)))
    return changed


def _start(session: Session) -> str:
    """When a lever begins that is switched on now: with the next budget or, near the end, as early as the others."""
    scenario = session.scenario
    ahead = 4 * (session.policy.walk.quarter // 4 + 1)
    if ahead > scenario.end - 4:
        ahead = min((use.start for use in scenario.levers), default=scenario.start)
    return quarter_text(max(ahead, scenario.start))


def whole(value: object) -> int | None:
    """Read a whole number sent by a browser; None if it is not one."""
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError, OverflowError):
        return None


def _number(value: object, name: str) -> int:
    number = whole(value)
    if number is None:
        raise _refused(name, value)
    return number


def _refused(name: str, value: Any) -> InputError:
    return InputError(Problem(Message("errors_browser.cannot_be_set"), key=name, value=str(value)))
