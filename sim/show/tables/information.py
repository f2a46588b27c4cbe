"""Which doubtful numbers the lead depends on, and which of them would be worth knowing: sentences and a table."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from sim.analysis.comparison.information import ALL, EVERYTHING, GROUP, NUMBER
from sim.errors import InputError
from sim.files.names import evidence_folder
from sim.show.tables.blocks import Block
from sim.show.tables.rows import Row, row_of, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.names import GRADE_NAMES, lever_name
from sim.show.texts.numbers import count, percent
from sim.show.texts.units import number, unit_scale
from sim.world.levers import LEVER_NAMES
from sim.world.parameters import Parameter, load_parameters

MOST_NAMED = 3  # numbers in a sentence
MOST_ROWS = 10  # numbers in the table
WEAK = 100  # settings; with fewer, a number must decide much to be found
_ID = re.compile(r"\b(?:[A-ER]\d{2}|T\d)\b")  # of sources.csv


def lines_of_information(answer: Answer, readings: Mapping[str, str]) -> list[str]:
    """Say which numbers the lead depends on and which evidence to look for next, or that no number can be shown to.

    Parameters
    ----------
    answer
        A comparison; without doubt, with few settings or with one policy nothing is said.
    readings
        Names of the readings to speak of.
    """
    comparison, words = answer.comparison, answer.words
    if not len(comparison.worth):
        return []
    known = _registry(answer)
    hinges = _strongest(_telling(comparison.hinges, readings), "corrected")
    gains = _strongest(_gaining(answer, readings), "estimate")
    lines = []
    if hinges:
        parts = [_hinge(answer, row, readings[row["reading"]], known) for row in hinges]
        lines.append(words("doubt.hinge", parts=words("signs.clause").join(parts)))
    everything = _amount(answer, row_of(comparison.worth, reading=ALL, kind=EVERYTHING))
    if gains:
        parts = [_gain(answer, row, readings, known) for row in gains]
        joined = words("signs.clause").join(parts)
        return [*lines, words("doubt.buy", parts=joined, everything=everything)]
    weak = words("doubt.weak", settings=WEAK) if comparison.replications < WEAK else ""
    key = "buy_none" if hinges else "nothing_tells"
    told = words(f"doubt.{key}", count=comparison.replications, weak=weak, everything=everything)
    return [*lines, *_levers_first(answer, readings), told]


def _levers_first(answer: Answer, readings: Mapping[str, str]) -> list[str]:
    """Name the lever whose numbers together are worth knowing, where none alone can be shown to be, if there is one."""
    groups = [row for row in _gaining(answer, readings, GROUP) if row["name"] in LEVER_NAMES]
    if not groups:
        return []
    row = groups[0]
    under = "" if row["reading"] == ALL else answer.words("doubt.under", reading=readings[row["reading"]])
    group = _group(answer, str(row["name"]))
    return [answer.words("doubt.buy_group", group=group, gain=_amount(answer, row), under=under)]


def information(answer: Answer, readings: Mapping[str, str]) -> Block:
    """Show what knowing numbers would gain: those that tell, groups that tell, and everything.

    Parameters
    ----------
    answer
        A comparison with values of information.
    readings
        Short names of the readings to show; one that stands for all is left out.
    """
    words, worth = answer.words, answer.comparison.worth
    known = _registry(answer)
    shown = list(readings) if len(readings) > 1 else []
    numbers = _strongest(_gaining(answer, shown), "estimate", MOST_ROWS)
    groups = _strongest(_gaining(answer, shown, GROUP), "estimate", MOST_ROWS)
    rows = []
    for row in numbers:
        parameter = known.get(row["name"])
        grade = words.pick(GRADE_NAMES[parameter.grade]) if parameter else "–"
        rows.append([_meaning(answer, row["name"], known), grade, *_cells(answer, row, shown)])
    rows += [[_group(answer, row["name"]), "–", *_cells(answer, row, shown)] for row in groups]
    whole = row_of(worth, reading=ALL, kind=EVERYTHING)
    rows.append([words("doubt.everything"), "–", *_cells(answer, whole, shown)])
    headings = [words("doubt.number_head"), words("doubt.grade_head"), words("doubt.all_head")]
    headings += [readings[reading] for reading in shown]
    lines = [words("doubt.worth_note")]
    if not numbers:
        lines.insert(0, words("doubt.none_listed"))
    texts = [True, True, *[False] * (len(shown) + 1)]
    return Block(words("doubt.worth_table", unit=_unit(answer)), headings, texts, rows, lines)


def _telling(frame: object, readings: Mapping[str, str]) -> list[Row]:
    """Rows that tell, under the readings shown."""
    return [row for row in rows_of(frame, tells=True) if row["reading"] in readings]  # type: ignore[arg-type]


def _gaining(answer: Answer, readings: Mapping[str, str] | list[str], kind: str = NUMBER) -> list[Row]:
    """Rows of the worth of numbers that tell, first those for all readings together."""
    rows = [row for row in rows_of(answer.comparison.worth, kind=kind, tells=True) if row["estimate"] > 0]
    overall = [row for row in rows if row["reading"] == ALL]
    return [*_sorted(overall), *_sorted([row for row in rows if row["reading"] in readings])]


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: -float(row["estimate"]))


def _strongest(rows: list[Row], key: str, most: int = MOST_NAMED) -> list[Row]:
    """The strongest row of each number; where a number counts for all readings together, that row stands for it."""
    best: dict[str, Row] = {}
    for row in rows:
        known = best.get(row["name"])
        if known is None or (known["reading"] != ALL and float(row[key]) > float(known[key])):
            best[row["name"]] = row
    ordered = sorted(best.values(), key=lambda row: (row["reading"] != ALL, -float(row[key])))
    return ordered[:most]


def _hinge(answer: Answer, row: Row, reading: str, known: Mapping[str, Parameter]) -> str:
    """Say how much of the margin a number explains, and on which side of which value who is ahead."""
    words = answer.words
    policy = answer.title(str(row["favours"])) if row["favours"] else ""
    value = _today(answer, row["name"], known)
    side = ""
    if policy and math.isfinite(float(row["threshold"])):
        threshold = _written(answer, row["name"], float(row["threshold"]), known)
        side = words("doubt.ahead_above", threshold=threshold, policy=policy)
    elif policy:
        side = words("doubt.better_above", policy=policy)
    return words(
        "doubt.hinge_part",
        meaning=_meaning(answer, row["name"], known),
        reading=reading,
        share=percent(float(row["corrected"])),
        first=answer.title(str(row["first"])),
        second=answer.title(str(row["second"])),
        side=side,
        value=value,
    )


def _gain(answer: Answer, row: Row, readings: Mapping[str, str], known: Mapping[str, Parameter]) -> str:
    """Say what knowing a number would gain, its value today and what that rests on."""
    words = answer.words
    parameter = known.get(row["name"])
    rests = [_today(answer, row["name"], known)]
    if parameter:
        rests.append(words.pick(GRADE_NAMES[parameter.grade]))
        rests += _ID.findall(parameter.source)
    under = "" if row["reading"] == ALL else words("doubt.under", reading=readings[row["reading"]])
    return words(
        "doubt.buy_part",
        meaning=_meaning(answer, row["name"], known),
        gain=_amount(answer, row),
        under=under,
        rests=words("signs.comma").join(rests),
    )


def _registry(answer: Answer) -> Mapping[str, Parameter]:
    """Read the registry; empty where the evidence is gone, so that numbers go by their names."""
    try:
        return load_parameters(evidence_folder(answer.comparison.base.evidence))
    except InputError:
        return {}


def _meaning(answer: Answer, name: str, known: Mapping[str, Parameter]) -> str:
    """Say in the reader's language what a number is."""
    parameter = known.get(name)
    return answer.words.pick((parameter.meaning_zh, parameter.meaning_en)) if parameter else name


def _today(answer: Answer, name: str, known: Mapping[str, Parameter]) -> str:
    """Say what a number is without doubt."""
    value = _written(answer, name, float(answer.comparison.base.parameters[name]), known)
    return answer.words("doubt.today", value=value)


def _written(answer: Answer, name: str, value: float, known: Mapping[str, Parameter]) -> str:
    unit = known[name].unit if name in known else ""
    size, title = unit_scale(unit, value, answer.words)
    return f"{number(value / size)} {title}".rstrip()


def _group(answer: Answer, name: str) -> str:
    """Name the numbers of a lever or of a grade."""
    words = answer.words
    if name in GRADE_NAMES:
        return words("doubt.group_grade", grade=words.pick(GRADE_NAMES[name]))
    return words("doubt.group_lever", lever=lever_name(name, words))


def _cells(answer: Answer, row: Row, readings: list[str]) -> list[str]:
    """Values of a number or group for all readings and for each; a dash where it cannot be told from chance."""
    worth = answer.comparison.worth
    found = {each["reading"]: each for each in rows_of(worth, kind=row["kind"], name=row["name"])}
    return [count(float(found[reading]["estimate"])) for reading in (ALL, *readings)]


def _amount(answer: Answer, row: Row) -> str:
    return f"{count(float(row['estimate']))} {_unit(answer)}"


def _unit(answer: Answer) -> str:
    return answer.words(f"doubt.unit_{answer.comparison.regret['basis'].iloc[0]}")
