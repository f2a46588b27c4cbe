"""Table of the channels through which extra climbs come, and a sentence for each policy."""

from __future__ import annotations

from sim.analysis.comparison.parts import CHANNELS, PARTS
from sim.show.tables.blocks import Block
from sim.show.tables.cells import by_reading
from sim.show.tables.rows import named_readings, row_of, rows_of
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
    lines = [_sentence(answer, name, readings) for name in answer.policies]
    lines.append(words("answer.parts_note", count=int(shown["replications"].iloc[0])))
    return Block(words("answer.parts_table"), headings, [True, *[False] * (len(used) + 1)], rows, lines)


def _sentence(answer: Answer, name: str, readings: dict[str, str]) -> str:
    """Say through which channel most of a policy's extra climbs come, reading by reading."""
    words, found = answer.words, answer.comparison.decomposition
    told = []
    for reading, heading in readings.items():
        rows = [
            row_of(found, reading=reading, scenario=name, outcome=OUTCOME, part=part)
            for part in PARTS[:CHANNELS]
        ]
        most = max(rows, key=lambda row: float(row["effect"]))
        key = "parts_part" if float(most["effect"]) > 0 else "parts_no_part"
        part, effect = words.pick(PART_NAMES[most["part"]]), plain(float(most["effect"]), signed=True)
        told.append(words(f"answer.{key}", reading=heading, part=part, effect=effect))
    joined = words("signs.semicolon").join(told)
    return words("answer.parts_sentence", policy=answer.title(name), parts=joined)
