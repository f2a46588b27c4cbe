"""The printed answer to a comparison, block by block, as plain text without terminal codes or Markdown."""

from __future__ import annotations

import math

from sim.analysis.comparison.effects import FEWEST_FOR_INTERVAL, FEWEST_FOR_SHARES
from sim.analysis.outcomes import OUTCOMES
from sim.show.tables.blocks import Block
from sim.show.tables.cells import effect_cell, money_effect
from sim.show.tables.doubt import lines_in_short, regret
from sim.show.tables.effects import coefficients, difficulty, others, pairing
from sim.show.tables.information import information
from sim.show.tables.money import break_even, money_spent
from sim.show.tables.parts import decomposition, shapley
from sim.show.tables.ranking import apart, ranking
from sim.show.tables.rows import Row, named_readings, row_of, rows_of
from sim.show.tables.shares import variance
from sim.show.texts.account import Answer
from sim.show.texts.cautions import caution_lines
from sim.show.texts.names import GRADE_NAMES
from sim.show.texts.numbers import money
from sim.show.texts.outcomes import LEADING, name_of


def blocks_of(answer: Answer) -> list[Block]:
    """Return all blocks of the printed answer in reading order."""
    comparison, words = answer.comparison, answer.words
    leading = comparison.effects[comparison.effects["outcome"].isin(LEADING)]
    named = named_readings(answer, leading, comparison.costs, comparison.ranking)
    blocks = [_in_short(answer, named)]
    tables = [ranking(answer, reading, name) for reading, name in named.items() if answer.ranked(reading)]
    if tables:  # once, below the last
        tables[-1].lines.insert(1, words(f"answer.ranking_table_note_{answer.basis}{answer.doubt}"))
    blocks += [*tables, *apart(answer, named)]
    if len(comparison.regret) > 1:
        blocks.append(regret(answer))
    if len(comparison.worth):
        short = named_readings(answer, leading, comparison.costs, comparison.ranking, short=True)
        blocks.append(information(answer, short))
    if len(comparison.variance):
        blocks.append(variance(answer))
    if len(comparison.decomposition):
        blocks.append(decomposition(answer))
    if len(comparison.shapley):
        blocks.append(shapley(answer))
    if len(comparison.costs):
        blocks.append(money_spent(answer))
    blocks += [others(answer), difficulty(answer)]
    if len(comparison.coefficient_uncertainty):
        blocks.append(coefficients(answer))
    if len(comparison.break_even):
        blocks.append(break_even(answer))
    if comparison.replications >= FEWEST_FOR_SHARES:
        blocks.append(pairing(answer))
    return [*blocks, _standing(answer)]


def _in_short(answer: Answer, readings: dict[str, str]) -> Block:
    """Say the cautions, which policy comes first under each reading, and whether the readings agree."""
    comparison, words = answer.comparison, answer.words
    lines = caution_lines(comparison.cautions, answer.title, words)
    if answer.doubt and len(comparison.ranking):
        first, *others = lines_in_short(answer, readings)
        return Block(words("answer.answer"), lines=[first, *lines, *others])
    leaders: list[frozenset[str]] = []
    for reading, name in readings.items():
        rows = rows_of(comparison.ranking, reading=reading)
        if rows:
            told, leading = _first(answer, name, rows)
            lines.append(told)
            leaders.append(leading)
        elif len(comparison.ranking) or comparison.replications >= FEWEST_FOR_INTERVAL:
            lines.append(words("answer.answer_unranked", reading=name))
            leaders.append(frozenset())
        losing = [
            answer.title(str(row["scenario"]))
            for row in rows_of(comparison.effects, reading=reading, outcome="climbs")
            if row["high"] < 0 and row["scenario"] not in comparison.what_ifs
        ]
        if losing:
            lines.append(words("answer.answer_loses", reading=name, policies=words.listed(losing)))
    alone = {leading for leading in leaders if len(leading) == 1}
    if alone and len({row["scenario"] for row in rows_of(comparison.ranking)}) > 1:
        level = any(len(leading) > 1 for leading in leaders)
        whole = all(len(leading) == 1 for leading in leaders)
        agreed = "answer_level_somewhere" if level else "answer_same" if whole else "answer_partly"
        lines.append(words("answer." + ("answer_differs" if len(alone) > 1 else agreed)))
    if any(answer.ranked(reading) for reading in readings):
        lines += [_by_outcome(answer, readings, outcome) for outcome in LEADING[1:]]
    return Block(words("answer.answer"), lines=lines)


def _by_outcome(answer: Answer, readings: dict[str, str], outcome: str) -> str:
    """Say which policy has the largest effect on another outcome, readings with the same answer together.

    All policies count, also those that gain no climbs, whatever they spent. Those whose interval reaches into that of
    the largest effect are named with it.
    """
    words = answer.words
    several = len(answer.policies) > 1
    told: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for reading, name in readings.items():
        rows = [
            row
            for row in rows_of(answer.comparison.effects, reading=reading, outcome=outcome)
            if row["scenario"] in answer.policies
        ]
        clear = [row for row in rows if float(row["low"]) > 0]
        most = max(clear or rows, key=lambda row: float(row["effect"]))
        near = [row for row in rows if row is most or float(row["high"]) > float(most["low"])]
        near.sort(key=lambda row: -float(row["effect"]))
        key = "none" if not clear else "level" if len(near) > 1 else "most" if several else "alone"
        named = tuple(
            words(
                "answer.policy_amount",
                policy=answer.title(str(row["scenario"])),
                effect=money_effect(row, words) if OUTCOMES[outcome].unit == "yuan" else effect_cell(row),
            )
            for row in ([] if key == "none" else near)
        )
        told.setdefault((key, named), []).append(name)
    parts = [
        words(f"answer.by_outcome_{key}", policies=words.listed(named), readings=words.listed(where))
        for (key, named), where in told.items()
    ]
    joined = words("signs.semicolon").join(parts)
    key = "by_outcome_in_total" if several and answer.basis == "climbs_per_yuan" else "by_outcome"
    return words(f"answer.{key}", outcome=words.pick(name_of(outcome)), parts=joined)


def _first(answer: Answer, reading: str, rows: list[Row]) -> tuple[str, frozenset[str]]:
    """Say which policies come first under a reading and name them; none if the first cannot be told from 0."""
    comparison, words = answer.comparison, answer.words
    first = [row for row in rows if row["rank"] == 1]
    effects = [
        row_of(comparison.effects, reading=row["reading"], scenario=row["scenario"], outcome="climbs")
        for row in first
    ]
    if not any(effect["low"] > 0 for effect in effects):
        key = "answer_all_lose" if all(effect["high"] < 0 for effect in effects) else "answer_nobody"
        return words(f"answer.{key}", reading=reading), frozenset()
    leading = frozenset(str(row["scenario"]) for row in first)
    told = [_told(answer, row, effect) for row, effect in zip(first, effects, strict=True)]
    if len(rows) == 1:
        return words("answer.answer_only", reading=reading, policy=told[0]), leading
    basis = words(f"answer.most_{first[0]['basis']}")
    if len(first) > 1:
        return words(
            "answer.answer_level", reading=reading, basis=basis, policies=words.listed(told)
        ), leading
    return words("answer.answer_line", reading=reading, basis=basis, policy=told[0]), leading


def _told(answer: Answer, row: Row, effect: Row) -> str:
    """Name a policy with its effect and, if cost decides the rank, its cost per climb."""
    comparison, words = answer.comparison, answer.words
    name = answer.title(str(row["scenario"]))
    cost = float(row_of(comparison.costs, reading=row["reading"], scenario=row["scenario"])["yuan_per_climb"])
    if row["basis"] == "climbs" or not math.isfinite(cost):
        return words("answer.policy_effect", policy=name, effect=effect_cell(effect))
    return words(
        "answer.policy_effect_cost", policy=name, effect=effect_cell(effect), cost=money(cost, words)
    )


def _standing(answer: Answer) -> Block:
    """Say what the answer rests on: grades of the registry's numbers, meaning of readings and intervals."""
    comparison, words = answer.comparison, answer.words
    order = list(GRADE_NAMES)
    grades = sorted(comparison.grades.items(), key=lambda item: (-item[1], order.index(item[0])))
    parts = [words("answer.grade_part", grade=words.pick(GRADE_NAMES[grade]), count=n) for grade, n in grades]
    total, joined = sum(comparison.grades.values()), words("signs.comma").join(parts)
    lines = [words("answer.grades_line", total=total, parts=joined)]
    lines += [words("answer.readings_explained"), answer.intervals()]
    return Block(words("answer.standing"), lines=lines)
