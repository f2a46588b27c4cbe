"""What people call an outcome: from its record, in both languages."""

from __future__ import annotations

from sim.analysis.outcomes import EARLIER, OUTCOMES, Outcome
from sim.words import Pair, pair

#: The outcomes that figures draw and tables begin with.
LEADING = ("climbs", "quality_firms")


def record_of(outcome: str) -> Outcome | None:
    """Find the record of an outcome, by an earlier name too; None for what only a study of something else has."""
    return OUTCOMES.get(EARLIER.get(outcome, outcome))


def name_of(outcome: str) -> Pair:
    """Name an outcome in the middle of a sentence; what has no record is called what it is called."""
    record = record_of(outcome)
    return (record.zh, record.en) if record else (outcome, outcome)


def heading_of(outcome: str) -> Pair:
    """Name an outcome at the head of a panel or a column."""
    zh, en = name_of(outcome)
    return zh, en[:1].upper() + en[1:]


def path_of(outcome: str) -> Pair:
    """Name what is drawn of an outcome by quarter: a level, or a flow summed up to then."""
    zh, en = heading_of(outcome)
    if OUTCOMES[outcome].kind == "level":
        return zh, en
    cumulated_zh, cumulated_en = pair("answer.paths_cumulated")
    return cumulated_zh.format(outcome=zh), cumulated_en.format(outcome=en)


def meaning_of(outcome: str) -> Pair:
    """Say what an outcome is, in a line."""
    record = OUTCOMES[outcome]
    return record.meaning_zh, record.meaning_en
