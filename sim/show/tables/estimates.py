"""Table of published estimates beside the model's, and in sentences where they disagree."""

from __future__ import annotations

import pandas as pd

from sim.analysis.record.estimates import Estimates
from sim.evidence.estimates import USES
from sim.show.tables.blocks import Block
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.calibration import UNITS, amounts
from sim.show.texts.names import SHORT_READINGS, lever_name
from sim.words import Words, name_table
from sim.world.levers import LEVERS
from sim.world.scenario_record import STRUCTURAL


def estimates_block(found: Estimates, words: Words) -> Block:
    """Show every line: the paper's estimate and interval, the model's under each reading, the verdict under the first.

    A number of the model that lies outside the paper's interval is marked.
    """
    table = found.table
    if table.empty:
        return Block(words("calibration.estimates_title"), lines=[words("calibration.estimates_none")])
    readings = [words.pick(SHORT_READINGS[reading]) for reading in STRUCTURAL]
    keys = ["line", "study", "instruments", "years", "use", "unit", "paper"]
    headings = [
        *(words(f"calibration.column_{key}") for key in keys),
        *readings,
        words("calibration.column_verdict"),
    ]
    rows = [_line(rows_of(table, name=name), words) for name in dict.fromkeys(table["name"])]
    texts = [True, True, True, True, True, True, False, *[False] * len(readings), True]
    return Block(words("calibration.estimates_title"), headings, texts, rows, _sentences(found, words))


def _line(rows: list[Row], words: Words) -> list[str]:
    """Write one line: ``rows`` are its readings, in the order of `STRUCTURAL`."""
    first = rows[0]
    numbers = amounts(
        [first["estimate"], first["low"], first["high"], *(row["simulated"] for row in rows)], first["unit"]
    )
    estimate, low, high, *simulated = numbers
    marks = [" !" if row["verdict"] == "outside" else "" for row in rows]
    return [
        first[words.lang],
        first["study"],
        words.listed(_instrument(one, words) for one in first["instruments"].split()),
        _years(first),
        first["use"],
        words.pick(UNITS[first["unit"]]),
        _paper(estimate, low, high, first, words),
        *(f"{value}{sign}" for value, sign in zip(simulated, marks, strict=True)),
        words.pick(name_table("names.estimate_verdict")[first["verdict"]]),
    ]


def _instrument(one: str, words: Words) -> str:
    """Name an instrument by its lever, or by its id where the model has none."""
    names = [lever_name(lever.name, words) for lever in LEVERS if lever.instrument == one]
    return words("calibration.bracketed", text=names[0], more=one) if names else one


def _years(row: Row) -> str:
    first, last = row["from_year"], row["to_year"]
    return str(last) if first == last else f"{first}–{last}"


def _paper(estimate: str, low: str, high: str, row: Row, words: Words) -> str:
    """Write a paper's estimate with its interval, or the sign if that is all."""
    if pd.isna(row["high"]):
        return words("calibration.above", end=low)
    if pd.isna(row["low"]):
        return words("calibration.below", end=high)
    between = f"[{low}, {high}]" + ("" if row["interval"] == "published" else "*")
    if pd.isna(row["estimate"]):
        return words("calibration.no_effect", between=between)
    return f"{estimate} {between}"


def _sentences(found: Estimates, words: Words) -> list[str]:
    """Say how many lines agree under each reading and which do not, and what cannot be asked."""
    table, lines = found.table, list[str]()
    for readings, asked in _alike(table).items():
        outside = [row for row in asked if row["verdict"] == "outside"]
        inside = [row for row in asked if row["verdict"] == "inside"]
        counts = {
            f"{kind}_{name}": sum(row["use"] == use for row in rows)
            for use, name in USES.items()
            for kind, rows in (("all", asked), ("inside", inside))
        }
        key = "estimates_agree" if not outside else "estimates_disagree"
        lines.append(
            words(
                f"calibration.{key}",
                reading=words.listed([words.pick(SHORT_READINGS[reading]) for reading in readings]),
                inside=len(inside),
                total=len(asked),
                nulls=sum(pd.isna(row["estimate"]) for row in inside),
                outside=words("signs.clause").join(row[words.lang] for row in outside),
                **counts,
            )
        )
    missing = rows_of(table[table["verdict"] == "no lever"], reading=STRUCTURAL[0])
    if missing:
        names = words("signs.clause").join(row[words.lang] for row in missing)
        lines.append(words("calibration.estimates_no_lever", lines=names))
    about = {one for cell in table["instruments"] for one in str(cell).split()}
    without = [_instrument(lever.instrument, words) for lever in LEVERS if lever.instrument not in about]
    if without and found.whole:
        lines.append(words("calibration.estimates_no_paper", levers=words("signs.clause").join(without)))
    return [*lines, words("calibration.estimates_note")]


def _alike(table: pd.DataFrame) -> dict[tuple[str, ...], list[Row]]:
    """Group the readings with the same verdicts; returns by group the lines that could be asked."""
    groups: dict[tuple[str, ...], tuple[list[str], list[Row]]] = {}
    for reading in STRUCTURAL:
        asked = rows_of(table[table["verdict"].isin(("inside", "outside"))], reading=reading)
        if asked:
            groups.setdefault(tuple(row["verdict"] for row in asked), ([], asked))[0].append(reading)
    return {tuple(readings): asked for readings, asked in groups.values()}
