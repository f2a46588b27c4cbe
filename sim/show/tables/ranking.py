"""Tables of policies by rank under each reading, and of what is not ranked."""

from __future__ import annotations

import math

from sim.analysis.comparison.effects import FEWEST_FOR_SHARES
from sim.show.tables.blocks import INDENT, Block
from sim.show.tables.cells import cost_cell, cost_unit, effect_cell, money_effect, with_star_note
from sim.show.tables.rows import row_of, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.numbers import is_defined, money, percent, plain
from sim.show.texts.outcomes import LEADING

_HEADS = ("climbs_head", "quality_climbs_head", "value_head", "cost_head")


def ranking(answer: Answer, reading: str, name: str) -> Block:
    """Show policies by rank under one reading, called ``name``, with effects and cost per climb."""
    comparison, words = answer.comparison, answer.words
    size, unit = cost_unit(answer)
    ranked = sorted(rows_of(comparison.ranking, reading=reading), key=lambda row: int(row["rank"]))
    shares = len(ranked) > 1 and comparison.replications >= FEWEST_FOR_SHARES
    effects = [_effect_cells(answer, reading, str(row["scenario"]), size) for row in ranked]
    heads, lines = [*_HEADS], [_base_line(answer, reading)]
    why = {cells[-1] for cells in effects}
    if (
        len(ranked) > 1
        and len(why) == 1
        and not any(map(is_defined, rows_of(comparison.costs, reading=reading)))
    ):
        effects = [cells[:-1] for cells in effects]  # a column of one and the same excuse
        heads.remove("cost_head")
        lines.append(words("answer.no_costs", why=why.pop()))
    rows = []
    for row, cells in zip(ranked, effects, strict=True):
        level = "=" if row["level"] else ""
        share = float(row["best_share"])
        best = [percent(share) if math.isfinite(share) else "–"] if shares else []
        rows.append([f"{row['rank']}{level}", answer.title(str(row["scenario"])), *cells, *best])
    keys = ["rank", "policy", *heads, *(["best_head"] if shares else [])]
    headings = [words(f"answer.{key}", unit=unit) for key in keys]
    heading = words("answer.ranking_table", reading=name)
    columns = [False, True, *[False] * (len(keys) - 2)]
    return with_star_note(Block(heading, headings, columns, rows, lines), words)


def apart(answer: Answer, readings: dict[str, str]) -> list[Block]:
    """Show what is not ranked: what-ifs, and policies whose effect is unknown or cannot differ from 0."""
    comparison, words = answer.comparison, answer.words
    size, unit = cost_unit(answer)
    rows: list[list[str]] = []
    for reading, heading in readings.items():
        ranked = answer.ranked(reading)
        names = [name for name in answer.scenarios if name not in ranked]
        rows += [[heading, *[""] * len(_HEADS)]] if names else []
        for name in names:
            cells = _effect_cells(answer, reading, name, size)
            rows.append([INDENT + answer.label(name), *cells])
    if not rows:
        return []
    headings = [words(f"answer.{key}", unit=unit) for key in ("policy", *_HEADS)]
    lines = [] if len(comparison.ranking) else [_base_line(answer, next(iter(readings)))]
    block = Block(words("answer.apart_table"), headings, [True, *[False] * len(_HEADS)], rows, lines)
    return [with_star_note(block, words)]


def _base_line(answer: Answer, reading: str) -> str:
    """Say where the baseline ends; it is the same for every policy."""
    comparison, words = answer.comparison, answer.words
    rows = [rows_of(comparison.effects, reading=reading, outcome=outcome)[0] for outcome in LEADING]
    climbs, quality, value = (float(row["base"]) for row in rows)
    return words("answer.base_line", climbs=plain(climbs), quality=plain(quality), value=money(value, words))


def _effect_cells(answer: Answer, reading: str, name: str, size: float) -> list[str]:
    """Write extra climbs, those to level 2 or above, value added, cost per climb; a dash if no money is spent."""
    comparison, words = answer.comparison, answer.words
    where = {"reading": reading, "scenario": name}
    climbs, quality, value = (row_of(comparison.effects, outcome=outcome, **where) for outcome in LEADING)
    costs = rows_of(comparison.costs, **where)
    cost = cost_cell(costs[0], climbs, size, words) if costs else "–"
    return [effect_cell(climbs), effect_cell(quality), money_effect(value, words), cost]
