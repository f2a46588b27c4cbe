"""scorecard.csv: the recorded series with which the baseline is compared, and how close it must come.

A province without this file has no scorecard and no targets for a fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.errors import Message, Problem
from sim.evidence.cells import GRADES, count, filled, number_or_none, one_of, optional, year
from sim.evidence.csv_rows import Row, unique
from sim.evidence.reader import Reader, whole_rows
from sim.evidence.records import Effect, Figure, ScorecardRow, Target
from sim.evidence.units import MEASURED

FILE = "scorecard.csv"
#: What a line is used for. A line that was looked at while the model was built is *seen*: no fit used it, but it is no
#: strict test either.
USES = {"F": "fitted", "S": "seen", "H": "held_out"}
#: Kinds of targets; `ScorecardRow` explains each.
TARGETS = ("record", "points", "part", "forecast", "effect", "goal", "range", "none")
_WITH_ENDS = ("record", "points", "part", "goal", "range")
_WITH_OF = ("part", "effect", "goal")
FIRST_MEASURED = 2020  # the first year whose end the run reaches


def read_scorecard(
    reader: Reader,
    records: Mapping[tuple[str, int], Figure],
    effects: Sequence[Effect],
    targets: Sequence[Target],
) -> tuple[ScorecardRow, ...]:
    """Read scorecard.csv, sorted by its column `order`; no rows if there is no such file.

    Parameters
    ----------
    reader
        Reader of the evidence folder.
    records, effects, targets
        Contents of records.csv, effects.csv and targets_2027.csv, to which rows refer by name.
    """
    if not (reader.folder / FILE).exists():
        return ()
    columns = {
        "order": count,
        **{"series": filled, "year": year, "use": one_of(*USES)},
        **{"target": one_of(*TARGETS), "of": optional, "least": number_or_none, "most": number_or_none},
        **{"unit": filled, "zh": filled, "en": filled},
        **{"source": optional, "grade": one_of("", *GRADES), "note": optional},
    }
    rows = reader.rows(FILE, columns, "series", "year", "target")
    reader.problems += unique(rows, "order") + _two_uses(rows)
    sound = []
    for row in whole_rows(rows):
        mistake = _mistake(row)
        if mistake is None:
            sound.append(row)
        else:
            reader.problems.append(row.problem(*mistake))
    reader.problems += [
        row.problem("year", Message("errors_evidence.nothing_to_fit", first=FIRST_MEASURED))
        for row in sound
        if row["use"] == "F"
        and row["target"] in ("record", "points", "part")
        and not _can_be_fitted(row, records)
    ]
    recorded = {name for name, _ in records}
    for kinds, column, allowed, where in (
        (("record", "points", "forecast"), "series", recorded, "records.csv"),
        (("part",), "series", {f"{name}_share" for name in recorded}, "records.csv"),
        (("part",), "of", recorded, "records.csv"),
        (("effect",), "of", {effect.parameter for effect in effects}, "effects.csv"),
        (("goal",), "of", {target.target for target in targets}, "targets_2027.csv"),
    ):
        reader.refuse_unknown([row for row in sound if row["target"] in kinds], column, allowed, where)
    sound.sort(key=lambda row: int(row["order"]))
    return tuple(ScorecardRow(*(row[name] for name in columns if name != "order")) for row in sound)


def _can_be_fitted(row: Row, records: Mapping[tuple[str, int], Figure]) -> bool:
    """Whether what is recorded of a fitted line is above 0, as a fit in logarithms needs, in a year of the run.

    A line of which nothing is recorded has no target, and is not fitted.
    """
    names = [row["series"].removesuffix("_share"), row["of"]] if row["target"] == "part" else [row["series"]]
    found = [records[name, row["year"]].value for name in names if (name, row["year"]) in records]
    return not found or (row["year"] >= FIRST_MEASURED and min(found) > 0)


def _two_uses(rows: Sequence[Row]) -> list[Problem]:
    """Find lines on a series and year that an earlier line uses otherwise: one number cannot be fitted and a test."""
    first: dict[tuple[str, int], Row] = {}
    problems = []
    for row in rows:
        if row.has("series", "year", "use"):
            other = first.setdefault((row["series"], row["year"]), row)
            if other["use"] != row["use"]:
                message = Message("errors_evidence.two_uses", line=other.line, use=other["use"])
                problems.append(row.problem("use", message))
    return problems


def _mistake(row: Row) -> tuple[str, Message] | None:
    """Find the first cell that does not fit its row's target: its column, and what is wrong."""
    target = row["target"]
    if target != "part" and row["series"] not in MEASURED:
        return "series", Message("errors_evidence.not_measured", measured=tuple(MEASURED))
    for column, wanted in (
        ("of", target in _WITH_OF),
        *((end, target in _WITH_ENDS) for end in ("least", "most")),
    ):
        if wanted and row[column] in ("", None):
            return column, Message("errors_evidence.target_needs", target=target)
        if not wanted and row[column] not in ("", None):
            return column, Message("errors_evidence.target_has_no_use", target=target)
    if target in _WITH_ENDS and not row["least"] <= row["most"]:
        return "most", Message("errors_evidence.below_least")
    if target == "part" and row["unit"] != "share":
        return "unit", Message("errors_evidence.part_in_share")
    if target == "range":
        for column in ("source", "grade"):
            if not row[column]:
                return column, Message("errors_evidence.range_needs")
    return None
