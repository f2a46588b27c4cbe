"""What the printed answer says, block by block, as plain text cells: no terminal and no Markdown here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.analysis.comparison.effects import ALIKE, FEWEST_FOR_SHARES, LOST, NO_MORE_MONEY, TOO_FEW
from sim.analysis.comparison.money import LARGE_GAP
from sim.show.tables.rows import Row, readings_in, row_of, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.cautions import caution_lines
from sim.show.texts.names import GRADE_NAMES, SHORT_READINGS, lever_name
from sim.show.texts.numbers import (
    covers_zero,
    decimals,
    is_defined,
    money,
    money_unit,
    percent,
    plain,
    plus_minus,
    significant,
)
from sim.show.texts.outcomes import LEADING, heading_of
from sim.words import Words

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison

INDENT = "\u2003"  # an em space: kept by terminals and Markdown alike

#: Why there is no cost per climb, besides an effect that covers 0.
COST_NOTES = {LOST: "climbs_lost", TOO_FEW: "too_few", ALIKE: "all_alike", NO_MORE_MONEY: "no_more_money"}
DIFFICULTY = ("difficulty_share", "difficulty_within", "difficulty_composition", "difficulty_entrants")


@dataclass(frozen=True, slots=True)
class Block:
    """A titled table with lines of explanation, or, without rows, the lines alone.

    Attributes
    ----------
    text_columns
        For each column whether it holds words (set left) or numbers (set right).
    """

    title: str
    headings: list[str] = field(default_factory=list)
    text_columns: list[bool] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def blocks_of(answer: Answer) -> list[Block]:
    """Everything the printed answer holds, in reading order."""
    comparison, words = answer.comparison, answer.words
    readings = readings_in(comparison.effects)
    blocks = [_answer(answer, readings)]
    tables = [_ranking(answer, reading) for reading in readings if _ranked(comparison, reading)]
    if tables:  # once, below the last
        tables[-1].lines.insert(1, words(f"answer.ranking_table_note_{_basis(comparison)}"))
    blocks += [*tables, *_apart(answer, readings)]
    if len(comparison.costs):
        blocks.append(_money(answer, readings))
    blocks += [_others(answer, readings), _difficulty(answer, readings)]
    if len(comparison.coefficient_uncertainty):
        blocks.append(_coefficients(answer))
    if len(comparison.break_even):
        blocks.append(_break_even(answer))
    if comparison.replications >= FEWEST_FOR_SHARES:
        blocks.append(_pairing(answer))
    return [*blocks, _standing(answer)]


def _answer(answer: Answer, readings: list[str]) -> Block:
    """What makes the comparison unsafe to read; which policy comes first under each reading, and whether all agree."""
    comparison, words = answer.comparison, answer.words
    lines = caution_lines(comparison.cautions, answer.title, words)
    leaders: list[frozenset[str]] = []
    for reading in readings:
        rows = rows_of(comparison.ranking, reading=reading)
        name = answer.reading(reading)
        if rows:
            told, leading = _first(answer, name, rows)
            lines.append(told)
            leaders.append(leading)
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
    return Block(words("answer.answer"), lines=lines)


def _first(answer: Answer, reading: str, rows: list[Row]) -> tuple[str, frozenset[str]]:
    """Say who is first under a reading, and name those who are; nobody where the first cannot be told from 0."""
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
    share = float(first[0]["best_share"])
    ahead = words("answer.answer_ahead", share=percent(share)) if math.isfinite(share) else ""
    return words("answer.answer_line", reading=reading, basis=basis, policy=told[0], ahead=ahead), leading


def _told(answer: Answer, row: Row, effect: Row) -> str:
    """Name a policy with its effect, and where that decides with what a climb costs."""
    comparison, words = answer.comparison, answer.words
    name = answer.title(str(row["scenario"]))
    if row["basis"] == "climbs":
        return words("answer.policy_effect", policy=name, effect=_effect(effect))
    cost = float(row_of(comparison.costs, reading=row["reading"], scenario=row["scenario"])["yuan_per_climb"])
    return words("answer.policy_effect_cost", policy=name, effect=_effect(effect), cost=money(cost, words))


def _ranked(comparison: Comparison, reading: str) -> list[str]:
    """Short names of the policies that are ranked under a reading."""
    return [str(row["scenario"]) for row in rows_of(comparison.ranking, reading=reading)]


def _basis(comparison: Comparison) -> str:
    """What the ranking counts: climbs, or climbs_per_yuan."""
    return str(comparison.ranking["basis"].iloc[0])


def _effect(row: Row, digits: int | None = None) -> str:
    """Write an effect ± half of its interval, with a star where --until was not reached."""
    text = plus_minus(float(row["effect"]), float(row["low"]), float(row["high"]), digits)
    return text if row["resolved"] or row["note"] else f"{text} *"


def _ranking(answer: Answer, reading: str) -> Block:
    """Policies by rank under one reading: effects and cost per climb."""
    comparison, words = answer.comparison, answer.words
    size, unit = _cost_unit(answer)
    ranked = sorted(rows_of(comparison.ranking, reading=reading), key=lambda row: int(row["rank"]))
    shares = len(ranked) > 1 and comparison.replications >= FEWEST_FOR_SHARES
    rows = []
    for row in ranked:
        level = "=" if row["level"] else ""
        cells = _effect_cells(answer, reading, str(row["scenario"]), size)
        share = float(row["best_share"])
        best = [percent(share) if math.isfinite(share) else "–"] if shares else []
        rows.append([f"{row['rank']}{level}", answer.title(str(row["scenario"])), *cells, *best])
    keys = ["rank", "policy", "climbs_head", "quality_head", "cost_head", *(["best_head"] if shares else [])]
    headings = [words(f"answer.{key}", unit=unit) for key in keys]
    heading = words("answer.ranking_table", reading=answer.reading(reading))
    columns = [False, True, *[False] * (len(keys) - 2)]
    lines = [_base_line(answer, reading)]
    return _with_star_note(Block(heading, headings, columns, rows, lines), words)


def _base_line(answer: Answer, reading: str) -> str:
    """Say where the baseline ends; it is the same beside every policy."""
    comparison, words = answer.comparison, answer.words
    rows = [rows_of(comparison.effects, reading=reading, outcome=outcome)[0] for outcome in LEADING]
    climbs, quality = (plain(float(row["base"])) for row in rows)
    return words("answer.base_line", climbs=climbs, quality=quality)


def _cost_unit(answer: Answer) -> tuple[float, str]:
    comparison, words = answer.comparison, answer.words
    defined = [row for row in rows_of(comparison.costs) if is_defined(row)]
    return _middle_unit([float(row["yuan_per_climb"]) for row in defined], words)


def _effect_cells(answer: Answer, reading: str, name: str, size: float) -> list[str]:
    """Extra climbs, net change of quality firms, and what a climb costs; a dash for what spends nothing."""
    comparison, words = answer.comparison, answer.words
    where = {"reading": reading, "scenario": name}
    climbs, quality = (row_of(comparison.effects, outcome=outcome, **where) for outcome in LEADING)
    costs = rows_of(comparison.costs, **where)
    cost = _cost(costs[0], climbs, size, words) if costs else "–"
    return [_effect(climbs), _effect(quality), cost]


def _apart(answer: Answer, readings: list[str]) -> list[Block]:
    """Show what is not ranked: what-ifs, and policies of which nothing can be said or that cannot move."""
    comparison, words = answer.comparison, answer.words
    size, unit = _cost_unit(answer)
    rows: list[list[str]] = []
    for reading in readings:
        ranked = _ranked(comparison, reading)
        names = [name for name in answer.scenarios if name not in ranked]
        rows += [[answer.reading(reading), "", "", ""]] if names else []
        for name in names:
            cells = _effect_cells(answer, reading, name, size)
            rows.append([INDENT + answer.label(name), *cells])
    if not rows:
        return []
    headings = [
        words(f"answer.{key}", unit=unit) for key in ("policy", "climbs_head", "quality_head", "cost_head")
    ]
    lines = [] if len(comparison.ranking) else [_base_line(answer, readings[0])]
    block = Block(words("answer.apart_table"), headings, [True, False, False, False], rows, lines)
    return [_with_star_note(block, words)]


def _middle_unit(yuan: list[float], words: Words) -> tuple[float, str]:
    """Choose the unit of money that fits the middle of some amounts: one for a whole column."""
    return money_unit(sorted(yuan)[len(yuan) // 2] if yuan else 1.0, words)


def _with_star_note(block: Block, words: Words) -> Block:
    """Explain the star where one stands in the table."""
    if any(cell.endswith("*") for row in block.rows for cell in row):
        block.lines.append(f"* {words('answer.not_resolved')}")
    return block


def _cost(cost: Row, climbs: Row, size: float, words: Words) -> str:
    """Cost per climb with its interval in a unit of so many yuan, or why there is none."""
    if is_defined(cost):
        point, low, high = (float(cost[key]) / size for key in ("yuan_per_climb", "low", "high"))
        digits = decimals(point)
        return f"{plain(point, digits)} [{plain(low, digits)}, {plain(high, digits)}]"
    if cost["note"] in COST_NOTES:
        return words("answer." + (COST_NOTES[cost["note"]]))
    unclear = covers_zero(float(climbs["low"]), float(climbs["high"]))
    return words("answer." + ("undefined" if unclear else "climbs_lost"))


def _money(answer: Answer, readings: list[str]) -> Block:
    """Authorised and realised money, a column for each reading; large gaps flagged."""
    comparison, words = answer.comparison, answer.words
    size, unit = _middle_unit([float(row["authorised_yuan"]) for row in rows_of(comparison.costs)], words)
    rows = []
    for name in answer.policies:
        costs = [row_of(comparison.costs, reading=reading, scenario=name) for reading in readings]
        cells = [significant(float(costs[0]["authorised_yuan"]) / size)]
        for cost in costs:
            gap = float(cost["gap"])
            flag = f" ! {percent(gap, 1)}" if abs(gap) > LARGE_GAP else ""
            cells.append(significant(float(cost["spent_yuan"]) / size) + flag)
        rows.append([answer.title(name), *cells])
    headings = [words("answer.policy"), words("answer.authorised_head"), *_short(readings, words)]
    columns = [True, *[False] * (1 + len(readings))]
    return Block(
        words("answer.money_table", unit=unit), headings, columns, rows, [words("answer.money_note")]
    )


def _short(readings: list[str], words: Words) -> list[str]:
    """Name readings for the headings of narrow columns."""
    return [words.pick(SHORT_READINGS[reading]) for reading in readings]


def _by_reading(
    answer: Answer, readings: list[str], width: int, write: Callable[[str, str], list[str]]
) -> list[list[str]]:
    """Write a row for each policy below a row for each reading; `write` fills so many cells of a reading and policy."""
    rows = []
    for reading in readings:
        rows.append([answer.reading(reading), *[""] * width])
        for name in answer.scenarios:
            rows.append([INDENT + answer.label(name), *write(reading, name)])
    return rows


def _others(answer: Answer, readings: list[str]) -> Block:
    """Value added and the Theil index."""
    comparison, words = answer.comparison, answer.words

    def write(reading: str, name: str) -> list[str]:
        value, theil = (
            row_of(comparison.effects, reading=reading, scenario=name, outcome=outcome)
            for outcome in ("value_added", "theil")
        )
        return [_money_effect(value, words), _fine_effect(theil)]

    rows = _by_reading(answer, readings, 2, write)
    headings = [words(f"answer.{key}") for key in ("policy", "value_head", "theil_head")]
    return _with_star_note(Block(words("answer.others_table"), headings, [True, False, False], rows), words)


def _fine_effect(row: Row) -> str:
    """Write a small effect ± half of its interval to two significant digits of the larger."""
    sizes = [abs(float(row["effect"])), (float(row["high"]) - float(row["low"])) / 2]
    return _effect(row, decimals(max(size for size in sizes if math.isfinite(size)), 2))


def _money_effect(row: Row, words: Words) -> str:
    """Write an effect in money ± half of its interval, both in the unit of the larger."""
    effect, low, high = (float(row[key]) for key in ("effect", "low", "high"))
    largest = max(abs(effect), (high - low) / 2 if math.isfinite(high - low) else 0.0)
    size, unit = money_unit(largest, words)
    text = plus_minus(effect / size, low / size, high / size, decimals(largest / size))
    return f"{text} {unit}" if row["resolved"] or row["note"] else f"{text} {unit} *"


def _difficulty(answer: Answer, readings: list[str]) -> Block:
    """Show the change of the share in difficulty and its parts."""
    comparison, words = answer.comparison, answer.words

    def write(reading: str, name: str) -> list[str]:
        where = {"reading": reading, "scenario": name}
        return [_effect(row_of(comparison.effects, outcome=outcome, **where), 2) for outcome in DIFFICULTY]

    rows = _by_reading(answer, readings, len(DIFFICULTY), write)
    headings = [words("answer.policy"), words("answer.share_head")]
    headings += [words.pick(heading_of(outcome)) for outcome in DIFFICULTY[1:]]
    columns = [True, *[False] * len(DIFFICULTY)]
    return Block(words("answer.difficulty_table"), headings, columns, rows, [words("answer.difficulty_note")])


def _coefficients(answer: Answer) -> Block:
    """Show extra climbs with the coefficients drawn and held, and how much of the variance is the coefficients'."""
    comparison, words = answer.comparison, answer.words
    frame = comparison.coefficient_uncertainty

    def write(reading: str, name: str) -> list[str]:
        row = row_of(frame, reading=reading, scenario=name, outcome="climbs")
        low, high = (plain(float(row[key])) for key in ("range_low", "range_high"))
        return [
            _with_width(float(row["effect"]), float(row["width_drawn"])),
            _with_width(float(row["effect_held"]), float(row["width_held"])),
            _share(row),
            words("answer.from_to", low=low, high=high),
        ]

    rows = _by_reading(answer, readings_in(frame), 4, write)
    keys = ("drawn_head", "held_head", "share_head", "range_head")
    headings = [words("answer.policy"), *(words(f"answer.coefficients_{key}") for key in keys)]
    lines = [
        words("answer.coefficients_note", column=comparison.base.column),
        words("answer.coefficients_range_note", weight=f"{comparison.base.weight:,}"),
        words("answer.coefficients_direct"),
    ]
    return Block(words("answer.coefficients_table"), headings, [True, *[False] * 4], rows, lines)


def _with_width(effect: float, width: float) -> str:
    """Write an effect ± half of the width of its interval."""
    return plus_minus(effect, effect - width / 2, effect + width / 2)


def _share(row: Row) -> str:
    """Write a share of the variance with its interval, in percent; a dash where nothing varies."""
    share, low, high = (float(row[key]) for key in ("share", "share_low", "share_high"))
    return f"{percent(share)} [{plain(100 * low)}, {plain(100 * high)}]" if math.isfinite(share) else "–"


def _break_even(answer: Answer) -> Block:
    """Show unit costs at which a policy of one lever draws level with rivals, a column for each reading."""
    comparison, words = answer.comparison, answer.words
    frame = comparison.break_even
    readings = readings_in(frame)
    size, unit = _middle_unit([float(row["unit_cost"]) for row in rows_of(frame)], words)
    rows = []
    policies = dict.fromkeys((row["scenario"], row["lever"], row["unit_cost"]) for row in rows_of(frame))
    for scenario, lever, cost in policies:
        name, tool = answer.title(scenario), lever_name(lever, words)
        head = name if name == tool else words("answer.policy_with_lever", policy=name, lever=tool)
        rows.append([head, significant(float(cost) / size), *[""] * len(readings)])
        for rival in [name for name in answer.policies if name != scenario]:
            cells = []
            for reading in readings:
                row = row_of(frame, reading=reading, scenario=scenario, lever=lever, rival=rival)
                cells.append("–" if row["note"] else significant(float(row["break_even"]) / size))
            rows.append([INDENT + words("answer.against", rival=answer.title(rival)), "", *cells])
    headings = [words("answer.policy"), words("answer.unit_cost_head"), *_short(readings, words)]
    columns = [True, *[False] * (1 + len(readings))]
    name = words("answer.break_even_table", unit=unit)
    return Block(name, headings, columns, rows, [words("answer.break_even_note")])


def _pairing(answer: Answer) -> Block:
    """How much quieter paired differences are, one column for each reading."""
    comparison, words = answer.comparison, answer.words
    readings = readings_in(comparison.pairing)
    rows = [
        [answer.title(name)]
        + [_times(float(row_of(comparison.pairing, reading=r, scenario=name)["ratio"])) for r in readings]
        for name in answer.policies
    ]
    headings = [words("answer.policy"), *_short(readings, words)]
    columns = [True, *[False] * len(readings)]
    return Block(words("answer.pairing_table"), headings, columns, rows, [words("answer.pairing_note")])


def _times(ratio: float) -> str:
    return f"× {plain(ratio, 1 if ratio < 100 else 0)}" if math.isfinite(ratio) else "× ∞"


def _standing(answer: Answer) -> Block:
    """Say what the answer stands on: grades of the registry's numbers, what readings and intervals mean."""
    comparison, words = answer.comparison, answer.words
    order = list(GRADE_NAMES)
    grades = sorted(comparison.grades.items(), key=lambda item: (-item[1], order.index(item[0])))
    parts = [words("answer.grade_part", grade=words.pick(GRADE_NAMES[grade]), count=n) for grade, n in grades]
    total, joined = sum(comparison.grades.values()), words("answer.grade_join").join(parts)
    lines = [words("answer.grades_line", total=total, parts=joined)]
    lines += [words("answer.readings_explained"), answer.intervals()]
    return Block(words("answer.standing"), lines=lines)
