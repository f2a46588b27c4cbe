"""Display names of outcomes, from their records, in both languages."""

from __future__ import annotations

from sim.analysis.outcomes import EARLIER, OUTCOMES, Outcome
from sim.words import Pair, pair

#: The outcomes that a comparison's ranking shows side by side: a registration counts in the first as much as a
#: certificate, in the second not at all, and the third is what firms make.
LEADING = ("climbs", "quality_climbs", "value_added")


def record_of(outcome: str) -> Outcome | None:
    """Find the record of an outcome, also by an earlier name; None for outcomes that only other studies have."""
    return OUTCOMES.get(EARLIER.get(outcome, outcome))


def name_of(outcome: str) -> Pair:
    """Name an outcome in the middle of a sentence; without a record the key stands for it."""
    record = record_of(outcome)
    return (record.zh, record.en) if record else (outcome, outcome)


def heading_of(outcome: str) -> Pair:
    """Name an outcome at the head of a panel or a column."""
    zh, en = name_of(outcome)
    return zh, en[:1].upper() + en[1:]


def path_of(outcome: str) -> Pair:
    """Name the quarterly series drawn for an outcome: a level, or a flow summed up to that quarter."""
    zh, en = heading_of(outcome)
    if OUTCOMES[outcome].kind == "level":
        return zh, en
    cumulated_zh, cumulated_en = pair("answer.paths_cumulated")
    return cumulated_zh.format(outcome=zh), cumulated_en.format(outcome=en)


def meaning_of(outcome: str) -> Pair:
    """Say what an outcome is, in a line."""
    record = OUTCOMES[outcome]
    return record.meaning_zh, record.meaning_en
