"""estimates.csv: what published experiments found, so that the model can be asked the same question.

A province without this file has no such table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.errors import Message
from sim.evidence.cells import SOURCED, filled, number_or_none, one_of, optional, within_whole
from sim.evidence.csv_rows import Row
from sim.evidence.reader import Reader, whole_rows
from sim.evidence.records import Instrument, PublishedEstimate

FILE = "estimates.csv"
#: What a line is to the model: its answer is little more than a number of it, it was seen while ranges were chosen, or
#: neither.
USES = {"B": "built_in", "S": "seen", "H": "held_out"}
#: Treatments that the model can repeat (`sim.analysis.record.trials` says how), and what may be asked about each.
TRIALS: Mapping[str, tuple[str, ...]] = {
    "award_offer": ("research", "output_per_head", "survival", "climbs_ratio", "climbs"),
    **dict.fromkeys(
        ("grant", "large_grant"),
        (
            *("research", "output_per_head", "output_per_doubling", "not_on_research", "own_research"),
            *("survival", "climbs_ratio"),
        ),
    ),
    "platform": ("output_per_head", "survival", "climbs_ratio"),
    "extra_hire": ("other_staff", "output_per_head", "survival", "climbs_ratio"),
    "more_graduates": ("climbs",),
    "plant": ("research", "output_per_head", "survival", "climbs_ratio"),
}
#: What is compared between treated and untreated, and its unit. `additional` can only be asked of a lever to come.
TRIAL_OUTCOMES: Mapping[str, str] = {
    "research": "proportional change",
    "output_per_head": "proportional change",
    "climbs": "proportional change",
    "output_per_doubling": "proportional gain per doubling of R&D",
    "not_on_research": "share",
    "own_research": "yuan of own R&D per yuan of subsidy",
    "survival": "difference of shares",
    "climbs_ratio": "ratio",
    "other_staff": "persons per person",
    "additional": "share",
}
LAST_YEAR = 8  # after the treatment began
BETWEEN = ";"  # instruments in a cell


def read_estimates(reader: Reader, instruments: Sequence[Instrument]) -> tuple[PublishedEstimate, ...]:
    """Read estimates.csv in file order; no rows if there is no such file.

    Parameters
    ----------
    reader
        Reader of the evidence folder.
    instruments
        Contents of instruments.csv, to which rows refer by id.
    """
    if not (reader.folder / FILE).exists():
        return ()
    columns = {
        **{"name": filled, "study": filled, "instruments": _ids, "trial": one_of("", *TRIALS)},
        **{"outcome": one_of(*TRIAL_OUTCOMES)},
        **dict.fromkeys(("from_year", "to_year"), within_whole(1, LAST_YEAR)),
        **{"use": one_of(*USES), "estimate": number_or_none, "low": number_or_none, "high": number_or_none},
        **{"interval": one_of("published", "recalled", "assumed"), "zh": filled, "en": filled},
        **SOURCED,
        "note": optional,
    }
    rows = reader.rows(FILE, columns, "name")
    known = {instrument.id for instrument in instruments}
    sound = []
    for row in whole_rows(rows):
        mistake = _mistake(row, known)
        if mistake is None:
            sound.append(row)
        else:
            reader.problems.append(row.problem(*mistake))
    return tuple(PublishedEstimate(**row.cells) for row in sound)


def _ids(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filled(part.strip()) for part in text.split(BETWEEN)))


def _mistake(row: Row, known: set[str]) -> tuple[str, Message] | None:
    """Find the first cell that does not fit the others: its column, and what is wrong."""
    for one in row["instruments"]:
        if known and one not in known:
            return "instruments", Message("errors_evidence.unknown_instrument", id=one)
    if row["trial"] and row["outcome"] not in TRIALS[row["trial"]]:
        return "outcome", Message(
            "errors_evidence.not_asked", trial=row["trial"], outcomes=TRIALS[row["trial"]]
        )
    if row["from_year"] > row["to_year"]:
        return "to_year", Message("errors_evidence.years_backwards")
    ends = [end for end in (row["low"], row["estimate"], row["high"]) if end is not None]
    if row["low"] is None and row["high"] is None:
        return "low", Message("errors_evidence.estimate_needs_end")
    if ends != sorted(ends):
        return "estimate", Message("errors_evidence.central")
    wanted = TRIAL_OUTCOMES[row["outcome"]]
    if row["unit"] != wanted:
        return "unit", Message("errors_evidence.outcome_unit", unit=wanted)
    return None
