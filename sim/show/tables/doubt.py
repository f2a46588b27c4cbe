"""What a comparison over settings says first: who leads in how many, how much is at stake, what may be regretted."""

from __future__ import annotations

import math

import numpy as np

from sim.analysis.comparison.effects import PER_YUAN
from sim.analysis.doubt.regret import wilson
from sim.show.tables.blocks import Block
from sim.show.tables.cells import effect_cell, money_effect
from sim.show.tables.information import lines_of_information
from sim.show.tables.rows import Row, row_of, rows_of
from sim.show.tables.shares import lines_of_shares
from sim.show.texts.account import Answer
from sim.show.texts.numbers import percent, plain
from sim.world.quantities import quarter_text

#: Share of settings from which on the evidence is said to decide, where the 95 % interval of the share lies above it.
DECIDED = 0.8
HARMS = 0.05  # share of settings with fewer climbs from which on a policy is said to harm


def lines_in_short(answer: Answer, readings: dict[str, str]) -> list[str]:
    """Say first whether the evidence decides, then who leads in how many settings, regret, harm, what to find out."""
    comparison, words = answer.comparison, answer.words
    lines: list[str] = []
    decided: list[str | None] = []
    for reading, name in readings.items():
        rows = rows_of(comparison.ranking, reading=reading)
        if not rows:
            lines.append(words("answer.answer_unranked", reading=name))
            decided.append(None)
            continue
        told, leader = _told(answer, name, rows)
        lines.append(told)
        decided.append(leader)
    if any(len(rows_of(comparison.ranking, reading=reading)) > 1 for reading in readings):
        lines.insert(0, _agreement(answer, decided, readings))
    return [
        *lines,
        *_regret_lines(answer),
        *_harm_line(answer, readings),
        *lines_of_information(answer, readings),
        *lines_of_shares(answer, readings),
    ]


def _told(answer: Answer, reading: str, rows: list[Row]) -> tuple[str, str | None]:
    """Say who leads in how many settings under a reading and what is at stake; name whom the evidence decides for."""
    words = answer.words
    first = rows[0]
    at_stake = _at_stake(answer, first)
    if len(rows) == 1:
        title = answer.title(str(first["scenario"]))
        return words("doubt.alone", reading=reading, policy=title, stake=at_stake), str(first["scenario"])
    shares = words.listed(
        words(
            "doubt.share", policy=answer.title(str(row["scenario"])), share=percent(float(row["best_share"]))
        )
        for row in rows
    )
    low, high = _interval(answer, first)
    leads = low >= DECIDED
    told = words(
        "doubt.leads" if leads else "doubt.near" if high > DECIDED else "doubt.open",
        reading=reading,
        count=answer.comparison.replications,
        kind=words(f"doubt.settings_{answer.comparison.base.doubt}"),
        shares=shares,
        stake=at_stake,
    )
    return told, str(first["scenario"]) if leads else None


def _interval(answer: Answer, row: Row) -> tuple[float, float]:
    """Ends of the 95 % interval of the share of settings in which a policy leads."""
    low, high = wilson(np.array(row["best_share"]), answer.comparison.replications)
    return float(low), float(high)


def _at_stake(answer: Answer, row: Row) -> str:
    """Say what the first policy gains: climbs to level 2 or above, and value added."""
    comparison, words = answer.comparison, answer.words
    where = {"reading": row["reading"], "scenario": row["scenario"]}
    quality, value = (
        row_of(comparison.effects, outcome=outcome, **where) for outcome in ("quality_climbs", "value_added")
    )
    return words(
        "doubt.stake",
        policy=answer.title(str(row["scenario"])),
        end=quarter_text(comparison.base.end),
        quality=effect_cell(quality),
        value=money_effect(value, words),
    )


def _agreement(answer: Answer, decided: list[str | None], readings: dict[str, str]) -> str:
    """Say whether the evidence decides under every reading, and for the same policy."""
    words = answer.words
    known = {leader for leader in decided if leader is not None}
    if not known:
        first = [
            rows[0] for reading in readings if (rows := rows_of(answer.comparison.ranking, reading=reading))
        ]
        if len({str(row["scenario"]) for row in first}) > 1:
            near = any(_interval(answer, row)[1] > DECIDED for row in first)
            return words("doubt.nowhere_few" if near else "doubt.nowhere")
        shares = [float(row["best_share"]) for row in first]
        ends = {"low": percent(min(shares)), "high": percent(max(shares))}
        return words("doubt.nowhere_one_first", policy=answer.title(str(first[0]["scenario"])), **ends)
    if len(known) > 1:
        return words("answer.answer_differs")
    policy = answer.title(next(iter(known)))
    return words("doubt.everywhere" if None not in decided else "doubt.somewhere", policy=policy)


def _regret_lines(answer: Answer) -> list[str]:
    """Say which choice would be regretted least, and which policies may lose climbs."""
    words = answer.words
    rows = rows_of(answer.comparison.regret)
    if not rows:
        return []
    unit = words(f"doubt.unit_{rows[0]['basis']}")
    choice = next((row for row in rows if row["smallest"]), None)
    lines = [words("doubt.no_choice")] if len(rows) > 1 else []
    if choice is not None:
        numbers = {name: plain(float(choice[f"regret_{name}"])) for name in ("largest", "95", "mean")}
        lines = [
            words(
                "doubt.choice",
                policy=answer.title(str(choice["scenario"])),
                largest=numbers["largest"],
                mostly=numbers["95"],
                mean=numbers["mean"],
                unit=unit,
            )
        ]
        if rows[0]["basis"] == PER_YUAN:
            lines[0] += words("doubt.choice_per_yuan")
    return lines


def _harm_line(answer: Answer, readings: dict[str, str]) -> list[str]:
    """Say which policies may lose climbs, each with the reading under which it does so most often."""
    words, found = answer.words, answer.comparison.by_setting
    parts = []
    for name in answer.policies:
        mine = found[(found["scenario"] == name) & found["reading"].isin([*readings])]
        shares = (mine["climbs"] < 0).groupby(mine["reading"]).mean()
        if shares.max() > HARMS:
            reading, share = readings[str(shares.idxmax())], percent(float(shares.max()))
            parts.append(words("doubt.harm_part", policy=answer.title(name), share=share, reading=reading))
    return [words("doubt.harm", policies=words("signs.semicolon").join(parts))] if parts else []


def regret(answer: Answer) -> Block:
    """Show how policies fare over all settings and readings."""
    words = answer.words
    found = rows_of(answer.comparison.regret)
    rows = []
    for row in found:
        name = answer.title(str(row["scenario"]))
        mark = " *" if row["smallest"] else ""
        regrets = [plain(float(row[f"regret_{kind}"])) for kind in ("largest", "95", "mean")]
        shares = [_share(row[kind]) for kind in ("leads", "last", "harm")]
        rank = float(row["rank"])
        rows.append([name + mark, *regrets, *shares, plain(rank, 1) if math.isfinite(rank) else "–"])
    heads = ("largest", "mostly", "mean", "leads", "last", "harms", "rank")
    unit = words(f"doubt.unit_{found[0]['basis']}")
    headings = [words("answer.policy"), *(words(f"doubt.{head}_head") for head in heads)]
    columns = [True, *[False] * len(heads)]
    return Block(words("doubt.table", unit=unit), headings, columns, rows, [words("doubt.note")])


def _share(value: object) -> str:
    share = float(value)  # type: ignore[arg-type]  # a cell of a table
    return percent(share) if math.isfinite(share) else "–"
