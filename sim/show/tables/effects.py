"""Tables of effects other than the ranking: other outcomes, decomposed difficulty, precision."""

from __future__ import annotations

from sim.show.tables.blocks import Block
from sim.show.tables.cells import (
    by_reading,
    effect_cell,
    fine_effect,
    share_cell,
    times,
    with_star_note,
    with_width,
)
from sim.show.tables.rows import named_readings, row_of
from sim.show.texts.account import Answer
from sim.show.texts.numbers import plain
from sim.show.texts.outcomes import heading_of

DIFFICULTY = ("difficulty_share", "difficulty_within", "difficulty_composition", "difficulty_entrants")


def others(answer: Answer) -> Block:
    """Show effects on the quality firms at the end and on the Theil index."""
    comparison, words = answer.comparison, answer.words

    def write(reading: str, name: str) -> list[str]:
        quality, theil = (
            row_of(comparison.effects, reading=reading, scenario=name, outcome=outcome)
            for outcome in ("quality_firms", "theil")
        )
        return [effect_cell(quality), fine_effect(theil)]

    shown = comparison.effects[comparison.effects["outcome"].isin(("quality_firms", "theil"))]
    rows = by_reading(answer, named_readings(answer, shown), 2, write)
    headings = [words(f"answer.{key}") for key in ("policy", "quality_head", "theil_head")]
    return with_star_note(Block(words("answer.others_table"), headings, [True, False, False], rows), words)


def difficulty(answer: Answer) -> Block:
    """Show the change of the share of firms in difficulty, and its parts."""
    comparison, words = answer.comparison, answer.words

    def write(reading: str, name: str) -> list[str]:
        where = {"reading": reading, "scenario": name}
        return [
            effect_cell(row_of(comparison.effects, outcome=outcome, **where), 2) for outcome in DIFFICULTY
        ]

    shown = comparison.effects[comparison.effects["outcome"].isin(DIFFICULTY)]
    rows = by_reading(answer, named_readings(answer, shown), len(DIFFICULTY), write)
    headings = [words("answer.policy"), words("answer.share_head")]
    headings += [words.pick(heading_of(outcome)) for outcome in DIFFICULTY[1:]]
    columns = [True, *[False] * len(DIFFICULTY)]
    return Block(words("answer.difficulty_table"), headings, columns, rows, [words("answer.difficulty_note")])


def coefficients(answer: Answer) -> Block:
    """Show extra climbs with drawn and with held coefficients, and the coefficients' share of the variance."""
    comparison, words = answer.comparison, answer.words
    frame = comparison.coefficient_uncertainty

    def write(reading: str, name: str) -> list[str]:
        row = row_of(frame, reading=reading, scenario=name, outcome="climbs")
        low, high = (plain(float(row[key])) for key in ("range_low", "range_high"))
        return [
            with_width(float(row["effect"]), float(row["width_drawn"])),
            with_width(float(row["effect_held"]), float(row["width_held"])),
            share_cell(row),
            words("answer.from_to", low=low, high=high),
        ]

    rows = by_reading(answer, named_readings(answer, frame), 4, write)
    keys = ("drawn_head", "held_head", "share_head", "range_head")
    headings = [words("answer.policy"), *(words(f"answer.coefficients_{key}") for key in keys)]
    lines = [
        words("answer.coefficients_note", column=comparison.base.column),
        words("answer.coefficients_range_note", weight=f"{comparison.base.weight:,}"),
        words("answer.coefficients_direct"),
    ]
    return Block(words("answer.coefficients_table"), headings, [True, *[False] * 4], rows, lines)


def pairing(answer: Answer) -> Block:
    """Show by what factor pairing reduces the variance of differences, one column for each reading."""
    comparison, words = answer.comparison, answer.words
    readings = named_readings(answer, comparison.pairing, short=True)
    rows = [
        [answer.title(name)]
        + [times(float(row_of(comparison.pairing, reading=r, scenario=name)["ratio"])) for r in readings]
        for name in answer.policies
    ]
    headings = [words("answer.policy"), *readings.values()]
    columns = [True, *[False] * len(readings)]
    return Block(words("answer.pairing_table"), headings, columns, rows, [words("answer.pairing_note")])
