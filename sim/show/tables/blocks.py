"""What the printed answer says, block by block, as plain text cells: no terminal and no Markdown here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.analysis.comparison.effects import ALIKE, FEWEST_FOR_SHARES, LOST, NO_MORE_MONEY, TOO_FEW
from sim.analysis.comparison.money import LARGE_GAP
from sim.show.tables.rows import (
    Row,
    interval_note,
    policy_names,
    readings_in,
    row_of,
    rows_of,
    scenario_label,
    scenario_names,
    title,
)
from sim.show.words.cautions import caution_lines
from sim.show.words.numbers import (
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
from sim.show.words.outcomes import LEADING, heading_of
from sim.show.words.words import (
    GRADE_NAMES,
    READING_NAMES,
    SHORT_READINGS,
    lever_name,
    say,
    word,
)

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


def blocks_of(comparison: Comparison, lang: str) -> list[Block]:
    """Everything the printed answer holds, in reading order."""
    readings = readings_in(comparison.effects)
    blocks = [_answer(comparison, readings, lang)]
    tables = [_ranking(comparison, reading, lang) for reading in readings if _ranked(comparison, reading)]
    if tables:
        tables[-1].lines.insert(
            1, word(f"ranking_table_note_{_basis(comparison)}", lang)
        )  # once, below the last
    blocks += [*tables, *_apart(comparison, readings, lang)]
    if len(comparison.costs):
        blocks.append(_money(comparison, readings, lang))
    blocks += [part(comparison, readings, lang) for part in (_others, _difficulty)]
    if len(comparison.coefficient_uncertainty):
        blocks.append(_coefficients(comparison, lang))
    if len(comparison.break_even):
        blocks.append(_break_even(comparison, lang))
    if comparison.replications >= FEWEST_FOR_SHARES:
        blocks.append(_pairing(comparison, lang))
    return [*blocks, _standing(comparison, lang)]


def _answer(comparison: Comparison, readings: list[str], lang: str) -> Block:
    """What makes the comparison unsafe to read; which policy comes first under each reading, and whether all agree."""
    lines = caution_lines(comparison.cautions, lambda name: title(comparison, name, lang), lang)
    leaders: list[frozenset[str]] = []
    for reading in readings:
        rows = rows_of(comparison.ranking, reading=reading)
        name = say(READING_NAMES[reading], lang)
        if rows:
            told, leading = _first(comparison, name, rows, lang)
            lines.append(told)
            leaders.append(leading)
        losing = [
            title(comparison, str(row["scenario"]), lang)
            for row in rows_of(comparison.effects, reading=reading, outcome="climbs")
            if row["high"] < 0 and row["scenario"] not in comparison.what_ifs
        ]
        if losing:
            lines.append(word("answer_loses", lang, reading=name, policies=_listed(losing, lang)))
    alone = {leading for leading in leaders if len(leading) == 1}
    if alone and len({row["scenario"] for row in rows_of(comparison.ranking)}) > 1:
        level = any(len(leading) > 1 for leading in leaders)
        whole = all(len(leading) == 1 for leading in leaders)
        agreed = "answer_level_somewhere" if level else "answer_same" if whole else "answer_partly"
        lines.append(word("answer_differs" if len(alone) > 1 else agreed, lang))
    return Block(word("answer", lang), lines=lines)


def _first(comparison: Comparison, reading: str, rows: list[Row], lang: str) -> tuple[str, frozenset[str]]:
    """Say who is first under a reading, and name those who are; nobody where the first cannot be told from 0."""
    first = [row for row in rows if row["rank"] == 1]
    effects = [
        row_of(comparison.effects, reading=row["reading"], scenario=row["scenario"], outcome="climbs")
        for row in first
    ]
    if not any(effect["low"] > 0 for effect in effects):
        key = "answer_all_lose" if all(effect["high"] < 0 for effect in effects) else "answer_nobody"
        return word(key, lang, reading=reading), frozenset()
    leading = frozenset(str(row["scenario"]) for row in first)
    told = [_told(comparison, row, effect, lang) for row, effect in zip(first, effects, strict=True)]
    if len(rows) == 1:
        return word("answer_only", lang, reading=reading, policy=told[0]), leading
    basis = word(f"most_{first[0]['basis']}", lang)
    if len(first) > 1:
        return word("answer_level", lang, reading=reading, basis=basis, policies=_listed(told, lang)), leading
    share = float(first[0]["best_share"])
    ahead = word("answer_ahead", lang, share=percent(share)) if math.isfinite(share) else ""
    return word("answer_line", lang, reading=reading, basis=basis, policy=told[0], ahead=ahead), leading


def _told(comparison: Comparison, row: Row, effect: Row, lang: str) -> str:
    """Name a policy with its effect, and where that decides with what a climb costs."""
    name = title(comparison, str(row["scenario"]), lang)
    if row["basis"] == "climbs":
        return word("policy_effect", lang, policy=name, effect=_effect(effect))
    cost = float(row_of(comparison.costs, reading=row["reading"], scenario=row["scenario"])["yuan_per_climb"])
    return word("policy_effect_cost", lang, policy=name, effect=_effect(effect), cost=money(cost, lang))


def _ranked(comparison: Comparison, reading: str) -> list[str]:
    """Short names of the policies that are ranked under a reading."""
    return [str(row["scenario"]) for row in rows_of(comparison.ranking, reading=reading)]


def _basis(comparison: Comparison) -> str:
    """What the ranking counts: climbs, or climbs_per_yuan."""
    return str(comparison.ranking["basis"].iloc[0])


def _listed(names: list[str], lang: str) -> str:
    """Join names as the language does."""
    return ("、" if lang == "zh" else ", ").join(names)


def _effect(row: Row, digits: int | None = None) -> str:
    """Write an effect ± half of its interval, with a star where --until was not reached."""
    text = plus_minus(float(row["effect"]), float(row["low"]), float(row["high"]), digits)
    return text if row["resolved"] or row["note"] else f"{text} *"


def _ranking(comparison: Comparison, reading: str, lang: str) -> Block:
    """Policies by rank under one reading: effects and cost per climb."""
    size, unit = _cost_unit(comparison, lang)
    ranked = sorted(rows_of(comparison.ranking, reading=reading), key=lambda row: int(row["rank"]))
    shares = len(ranked) > 1 and comparison.replications >= FEWEST_FOR_SHARES
    rows = []
    for row in ranked:
        level = "=" if row["level"] else ""
        cells = _effect_cells(comparison, reading, str(row["scenario"]), size, lang)
        share = float(row["best_share"])
        best = [percent(share) if math.isfinite(share) else "–"] if shares else []
        rows.append([f"{row['rank']}{level}", title(comparison, str(row["scenario"]), lang), *cells, *best])
    keys = ["rank", "policy", "climbs_head", "quality_head", "cost_head", *(["best_head"] if shares else [])]
    headings = [word(key, lang, unit=unit) for key in keys]
    heading = word("ranking_table", lang, reading=say(READING_NAMES[reading], lang))
    columns = [False, True, *[False] * (len(keys) - 2)]
    lines = [_base_line(comparison, reading, lang)]
    return _with_star_note(Block(heading, headings, columns, rows, lines), lang)


def _base_line(comparison: Comparison, reading: str, lang: str) -> str:
    """Say where the baseline ends; it is the same beside every policy."""
    rows = [rows_of(comparison.effects, reading=reading, outcome=outcome)[0] for outcome in LEADING]
    climbs, quality = (plain(float(row["base"])) for row in rows)
    return word("base_line", lang, climbs=climbs, quality=quality)


def _cost_unit(comparison: Comparison, lang: str) -> tuple[float, str]:
    defined = [row for row in rows_of(comparison.costs) if is_defined(row)]
    return _middle_unit([float(row["yuan_per_climb"]) for row in defined], lang)


def _effect_cells(comparison: Comparison, reading: str, name: str, size: float, lang: str) -> list[str]:
    """Extra climbs, net change of quality firms, and what a climb costs; a dash for what spends nothing."""
    where = {"reading": reading, "scenario": name}
    climbs, quality = (row_of(comparison.effects, outcome=outcome, **where) for outcome in LEADING)
    costs = rows_of(comparison.costs, **where)
    cost = _cost(costs[0], climbs, size, lang) if costs else "–"
    return [_effect(climbs), _effect(quality), cost]


def _apart(comparison: Comparison, readings: list[str], lang: str) -> list[Block]:
    """Show what is not ranked: what-ifs, and policies of which nothing can be said or that cannot move."""
    size, unit = _cost_unit(comparison, lang)
    rows: list[list[str]] = []
    for reading in readings:
        ranked = _ranked(comparison, reading)
        names = [name for name in scenario_names(comparison) if name not in ranked]
        rows += [[say(READING_NAMES[reading], lang), "", "", ""]] if names else []
        for name in names:
            cells = _effect_cells(comparison, reading, name, size, lang)
            rows.append([INDENT + scenario_label(comparison, name, lang), *cells])
    if not rows:
        return []
    headings = [word(key, lang, unit=unit) for key in ("policy", "climbs_head", "quality_head", "cost_head")]
    lines = [] if len(comparison.ranking) else [_base_line(comparison, readings[0], lang)]
    block = Block(word("apart_table", lang), headings, [True, False, False, False], rows, lines)
    return [_with_star_note(block, lang)]


def _middle_unit(yuan: list[float], lang: str) -> tuple[float, str]:
    """Choose the unit of money that fits the middle of some amounts: one for a whole column."""
    return money_unit(sorted(yuan)[len(yuan) // 2] if yuan else 1.0, lang)


def _with_star_note(block: Block, lang: str) -> Block:
    """Explain the star where one stands in the table."""
    if any(cell.endswith("*") for row in block.rows for cell in row):
        block.lines.append(f"* {word('not_resolved', lang)}")
    return block


def _cost(cost: Row, climbs: Row, size: float, lang: str) -> str:
    """Cost per climb with its interval in a unit of so many yuan, or why there is none."""
    if is_defined(cost):
        point, low, high = (float(cost[key]) / size for key in ("yuan_per_climb", "low", "high"))
        digits = decimals(point)
        return f"{plain(point, digits)} [{plain(low, digits)}, {plain(high, digits)}]"
    if cost["note"] in COST_NOTES:
        return word(COST_NOTES[cost["note"]], lang)
    unclear = covers_zero(float(climbs["low"]), float(climbs["high"]))
    return word("undefined" if unclear else "climbs_lost", lang)


def _money(comparison: Comparison, readings: list[str], lang: str) -> Block:
    """Authorised and realised money, a column for each reading; large gaps flagged."""
    size, unit = _middle_unit([float(row["authorised_yuan"]) for row in rows_of(comparison.costs)], lang)
    rows = []
    for name in policy_names(comparison):
        costs = [row_of(comparison.costs, reading=reading, scenario=name) for reading in readings]
        cells = [significant(float(costs[0]["authorised_yuan"]) / size)]
        for cost in costs:
            gap = float(cost["gap"])
            flag = f" ! {percent(gap, 1)}" if abs(gap) > LARGE_GAP else ""
            cells.append(significant(float(cost["spent_yuan"]) / size) + flag)
        rows.append([title(comparison, name, lang), *cells])
    headings = [word("policy", lang), word("authorised_head", lang), *_short(readings, lang)]
    columns = [True, *[False] * (1 + len(readings))]
    return Block(word("money_table", lang, unit=unit), headings, columns, rows, [word("money_note", lang)])


def _short(readings: list[str], lang: str) -> list[str]:
    """Name readings for the headings of narrow columns."""
    return [say(SHORT_READINGS[reading], lang) for reading in readings]


def _by_reading(
    comparison: Comparison, readings: list[str], width: int, write: Callable[[str, str], list[str]], lang: str
) -> list[list[str]]:
    """Write a row for each policy below a row for each reading; `write` fills so many cells of a reading and policy."""
    rows = []
    for reading in readings:
        rows.append([say(READING_NAMES[reading], lang), *[""] * width])
        for name in scenario_names(comparison):
            rows.append([INDENT + scenario_label(comparison, name, lang), *write(reading, name)])
    return rows


def _others(comparison: Comparison, readings: list[str], lang: str) -> Block:
    """Value added and the Theil index."""

    def write(reading: str, name: str) -> list[str]:
        value, theil = (
            row_of(comparison.effects, reading=reading, scenario=name, outcome=outcome)
            for outcome in ("value_added", "theil")
        )
        return [_money_effect(value, lang), _fine_effect(theil)]

    rows = _by_reading(comparison, readings, 2, write, lang)
    headings = [word(key, lang) for key in ("policy", "value_head", "theil_head")]
    return _with_star_note(Block(word("others_table", lang), headings, [True, False, False], rows), lang)


def _fine_effect(row: Row) -> str:
    """Write a small effect ± half of its interval to two significant digits of the larger."""
    sizes = [abs(float(row["effect"])), (float(row["high"]) - float(row["low"])) / 2]
    return _effect(row, decimals(max(size for size in sizes if math.isfinite(size)), 2))


def _money_effect(row: Row, lang: str) -> str:
    """Write an effect in money ± half of its interval, both in the unit of the larger."""
    effect, low, high = (float(row[key]) for key in ("effect", "low", "high"))
    largest = max(abs(effect), (high - low) / 2 if math.isfinite(high - low) else 0.0)
    size, unit = money_unit(largest, lang)
    text = plus_minus(effect / size, low / size, high / size, decimals(largest / size))
    return f"{text} {unit}" if row["resolved"] or row["note"] else f"{text} {unit} *"


def _difficulty(comparison: Comparison, readings: list[str], lang: str) -> Block:
    """Show the change of the share in difficulty and its parts."""

    def write(reading: str, name: str) -> list[str]:
        where = {"reading": reading, "scenario": name}
        return [_effect(row_of(comparison.effects, outcome=outcome, **where), 2) for outcome in DIFFICULTY]

    rows = _by_reading(comparison, readings, len(DIFFICULTY), write, lang)
    headings = [word("policy", lang), word("share_head", lang)]
    headings += [say(heading_of(outcome), lang) for outcome in DIFFICULTY[1:]]
    columns = [True, *[False] * len(DIFFICULTY)]
    return Block(word("difficulty_table", lang), headings, columns, rows, [word("difficulty_note", lang)])


def _coefficients(comparison: Comparison, lang: str) -> Block:
    """Show extra climbs with the coefficients drawn and held, and how much of the variance is the coefficients'."""
    frame = comparison.coefficient_uncertainty

    def write(reading: str, name: str) -> list[str]:
        row = row_of(frame, reading=reading, scenario=name, outcome="climbs")
        low, high = (plain(float(row[key])) for key in ("range_low", "range_high"))
        return [
            _with_width(float(row["effect"]), float(row["width_drawn"])),
            _with_width(float(row["effect_held"]), float(row["width_held"])),
            _share(row),
            word("from_to", lang, low=low, high=high),
        ]

    rows = _by_reading(comparison, readings_in(frame), 4, write, lang)
    keys = ("drawn_head", "held_head", "share_head", "range_head")
    headings = [word("policy", lang), *(word(f"coefficients_{key}", lang) for key in keys)]
    lines = [
        word("coefficients_note", lang, column=comparison.base.column),
        word("coefficients_range_note", lang, weight=f"{comparison.base.weight:,}"),
        word("coefficients_direct", lang),
    ]
    return Block(word("coefficients_table", lang), headings, [True, *[False] * 4], rows, lines)


def _with_width(effect: float, width: float) -> str:
    """Write an effect ± half of the width of its interval."""
    return plus_minus(effect, effect - width / 2, effect + width / 2)


def _share(row: Row) -> str:
    """Write a share of the variance with its interval, in percent; a dash where nothing varies."""
    share, low, high = (float(row[key]) for key in ("share", "share_low", "share_high"))
    return f"{percent(share)} [{plain(100 * low)}, {plain(100 * high)}]" if math.isfinite(share) else "–"


def _break_even(comparison: Comparison, lang: str) -> Block:
    """Show unit costs at which a policy of one lever draws level with rivals, a column for each reading."""
    frame = comparison.break_even
    readings = readings_in(frame)
    size, unit = _middle_unit([float(row["unit_cost"]) for row in rows_of(frame)], lang)
    rows = []
    policies = dict.fromkeys((row["scenario"], row["lever"], row["unit_cost"]) for row in rows_of(frame))
    for scenario, lever, cost in policies:
        name, tool = title(comparison, scenario, lang), lever_name(lever, lang)
        head = name if name == tool else word("policy_with_lever", lang, policy=name, lever=tool)
        rows.append([head, significant(float(cost) / size), *[""] * len(readings)])
        for rival in [name for name in policy_names(comparison) if name != scenario]:
            cells = []
            for reading in readings:
                row = row_of(frame, reading=reading, scenario=scenario, lever=lever, rival=rival)
                cells.append("–" if row["note"] else significant(float(row["break_even"]) / size))
            rows.append([INDENT + word("against", lang, rival=title(comparison, rival, lang)), "", *cells])
    headings = [word("policy", lang), word("unit_cost_head", lang), *_short(readings, lang)]
    columns = [True, *[False] * (1 + len(readings))]
    name = word("break_even_table", lang, unit=unit)
    return Block(name, headings, columns, rows, [word("break_even_note", lang)])


def _pairing(comparison: Comparison, lang: str) -> Block:
    """How much quieter paired differences are, one column for each reading."""
    readings = readings_in(comparison.pairing)
    rows = [
        [title(comparison, name, lang)]
        + [_times(float(row_of(comparison.pairing, reading=r, scenario=name)["ratio"])) for r in readings]
        for name in policy_names(comparison)
    ]
    headings = [word("policy", lang), *_short(readings, lang)]
    columns = [True, *[False] * len(readings)]
    return Block(word("pairing_table", lang), headings, columns, rows, [word("pairing_note", lang)])


def _times(ratio: float) -> str:
    return f"× {plain(ratio, 1 if ratio < 100 else 0)}" if math.isfinite(ratio) else "× ∞"


def _standing(comparison: Comparison, lang: str) -> Block:
    """Say what the answer stands on: grades of the registry's numbers, what readings and intervals mean."""
    order = list(GRADE_NAMES)
    grades = sorted(comparison.grades.items(), key=lambda item: (-item[1], order.index(item[0])))
    parts = [word("grade_part", lang, grade=say(GRADE_NAMES[grade], lang), count=n) for grade, n in grades]
    total, joined = sum(comparison.grades.values()), word("grade_join", lang).join(parts)
    lines = [word("grades_line", lang, total=total, parts=joined)]
    lines += [word("readings_explained", lang), interval_note(comparison, lang)]
    return Block(word("standing", lang), lines=lines)
