"""Tables of the channels through which extra climbs come: by log-mean shares and, if asked for, Shapley values."""

from __future__ import annotations

import math

from sim.analysis.comparison.parts import CHANNELS, PARTS
from sim.analysis.comparison.shapley import REST, matters, same_sign
from sim.show.tables.blocks import INDENT, Block
from sim.show.tables.cells import by_reading
from sim.show.tables.rows import Row, named_readings, row_of, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.names import PART_NAMES
from sim.show.texts.numbers import plain

OUTCOME = "climbs"


def decomposition(answer: Answer) -> Block:
    """Show the parts of every policy's extra climbs under every reading, and where most of them come from."""
    words, found = answer.words, answer.comparison.decomposition
    shown = found[found["outcome"] == OUTCOME]
    readings = named_readings(answer, shown)
    used = [part for part in PARTS if (shown[shown["part"] == part]["effect"] != 0).any()]

    def write(reading: str, name: str) -> list[str]:
        rows = {row["part"]: row for row in rows_of(shown, reading=reading, scenario=name)}
        effects = [float(rows[part]["effect"]) for part in used]
        return [*(plain(effect, signed=True) for effect in effects), plain(sum(effects), signed=True)]

    headings = [
        words("answer.policy"),
        *(words.pick(PART_NAMES[part]) for part in used),
        words("answer.parts_sum"),
    ]
    rows = by_reading(answer, readings, len(used) + 1, write)
    told = {name: _sentence(answer, name, readings) for name in answer.policies}
    lines = [sentence for sentence in told.values() if sentence]
    if unclear := [answer.title(name) for name, sentence in told.items() if not sentence]:
        lines.append(words("answer.parts_unclear", policies=words.listed(unclear)))
    lines.append(words(f"answer.parts_note{answer.doubt}", count=int(shown["replications"].iloc[0])))
    return Block(words("answer.parts_table"), headings, [True, *[False] * (len(used) + 1)], rows, lines)


def _sentence(answer: Answer, name: str, readings: dict[str, str]) -> str:
    """Say which factor of the chance adds most in the direction of a policy's effect, reading by reading.

    Empty where the effect cannot be told from 0 under any.
    """
    words = answer.words
    told = [
        _most(answer, name, reading, heading)
        for reading, heading in readings.items()
        if _is_clear(answer, name, reading)
    ]
    if not told:
        return ""
    if len(told) < len(readings):
        told.append(words("answer.parts_unclear_else"))
    joined = words("signs.semicolon").join(told)
    return words("answer.parts_sentence", policy=answer.title(name), parts=joined)


def _is_clear(answer: Answer, name: str, reading: str) -> bool:
    """Whether a policy's effect can be told from 0 under a reading."""
    effect = row_of(answer.comparison.effects, reading=reading, scenario=name, outcome=OUTCOME)
    low, middle, high = (float(effect[key]) for key in ("low", "effect", "high"))
    return middle != 0 and math.isfinite(low) and not low <= 0 <= high


def _most(answer: Answer, name: str, reading: str, heading: str) -> str:
    """Name that factor under one reading."""
    words, where = answer.words, {"reading": reading, "scenario": name, "outcome": OUTCOME}
    sign = 1.0 if float(row_of(answer.comparison.effects, **where)["effect"]) > 0 else -1.0
    rows = [row_of(answer.comparison.decomposition, **where, part=part) for part in PARTS[:CHANNELS]]
    most = max(rows, key=lambda row: sign * float(row["effect"]))
    if sign * float(most["effect"]) <= 0:
        return words("answer.parts_no_part", reading=heading)
    part, value = words.pick(PART_NAMES[most["part"]]), plain(float(most["effect"]), signed=True)
    return words("answer.parts_part", reading=heading, part=part, effect=value)


def shapley(answer: Answer) -> Block:
    """Show Shapley values beside log-mean shares, of channels that matter, and say where the two accounts agree."""
    words, found = answer.words, answer.comparison.shapley
    shown = found[found["outcome"] == OUTCOME]
    readings = named_readings(answer, shown)
    rows, cases, same, apart = list[list[str]](), 0, 0, list[str]()
    for reading, heading in readings.items():
        rows.append([heading, "", "", ""])
        for name in answer.scenarios:
            title, every = INDENT + answer.label(name), rows_of(shown, reading=reading, scenario=name)
            for row in every:
                if not matters(row, every):
                    continue
                rows.append([title, _part_name(answer, row), _interval(row), _share(row)])
                title = ""
                if row["part"] == REST:
                    continue
                cases, same = cases + 1, same + same_sign(row, every)
                if not row["agree"]:
                    facts = {
                        "policy": answer.title(name),
                        "reading": heading,
                        "part": _part_name(answer, row),
                    }
                    apart.append(
                        words("answer.shapley_apart", **facts, value=_interval(row), share=_share(row))
                    )
    counts = {"count": cases, "same": same, "within": cases - same - len(apart), "apart": len(apart)}
    key = "shapley_agree" if cases and not apart else "shapley_differ" if cases else "shapley_nothing"
    if shown["low"].isna().all():
        key = "shapley_few"  # without intervals signs alone are luck
    lines = [
        words(f"answer.{key}", **counts, others=words("signs.semicolon").join(apart)),
        words("answer.shapley_note", count=int(shown["replications"].iloc[0])),
    ]
    headings = [
        words(f"answer.{key}") for key in ("policy", "shapley_part", "shapley_value", "shapley_share")
    ]
    return Block(words("answer.shapley_table"), headings, [True, True, False, False], rows, lines)


def _part_name(answer: Answer, row: Row) -> str:
    return answer.words.pick(PART_NAMES[row["part"]])


def _interval(row: Row) -> str:
    """Write a Shapley value with its interval, or alone if there is none."""
    effect, low, high = (float(row[key]) for key in ("effect", "low", "high"))
    return f"{plain(effect, signed=True)} [{plain(low)}, {plain(high)}]" if low <= high else _whole(effect)


def _share(row: Row) -> str:
    return _whole(float(row["log_mean"]))


def _whole(value: float) -> str:
    return plain(value, signed=True)
