"""Reading the frames of a comparison: rows as plain dicts, in the order in which things are shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.show.texts.names import READINGS
from sim.words import Words
from sim.world.quantities import quarter_text
from sim.world.scenario_record import Scenario

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison
    from sim.runs.results import Results

Row = dict[str, Any]


def rows_of(frame: pd.DataFrame, **where: object) -> list[Row]:
    """Rows whose columns hold the given values, in the order of the frame."""
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return [
        dict(zip(frame.columns, values, strict=True)) for values in frame.itertuples(index=False, name=None)
    ]


def row_of(frame: pd.DataFrame, **where: object) -> Row:
    """Find the one row whose columns hold the given values."""
    (row,) = rows_of(frame, **where)
    return row


def readings_in(frame: pd.DataFrame) -> list[str]:
    """List the readings that a frame holds, in the order in which they are shown."""
    present = set(frame["reading"])
    return [reading for reading in READINGS if reading in present]


def title(comparison: Comparison, name: str, words: Words) -> str:
    """Title of a scenario in a language."""
    return comparison.titles[name][words.lang]


def scenario_label(comparison: Comparison, name: str, words: Words) -> str:
    """Title of a scenario, marked as a what-if where it is no policy."""
    if name in comparison.what_ifs:
        return words("answer.what_if_named", title=title(comparison, name, words))
    return title(comparison, name, words)


def scenario_names(comparison: Comparison) -> list[str]:
    """Short names of all that is held against the baseline, policies and what-ifs, in the order of the comparison."""
    return [scenario.name for scenario in comparison.policies]


def policy_names(comparison: Comparison) -> list[str]:
    """Short names of the policies in the order of the comparison."""
    return [name for name in scenario_names(comparison) if name not in comparison.what_ifs]


def interval_note(comparison: Comparison, words: Words, kind: str = "t") -> str:
    """Say what intervals (``t`` or ``fieller``) hold: luck, and where coefficients are drawn doubt about them."""
    drawn = "_drawn" if comparison.base.coefficients == "drawn" else ""
    return words(f"answer.interval_{kind}{drawn}")


def quarter_end(name: str) -> float:
    """Time of the end of a quarter such as 2024Q1, years."""
    year, quarter = name.split("Q")
    return int(year) + int(quarter) / 4


def source_line(comparison: Comparison, words: Words) -> str:
    """Where the numbers of a comparison come from, for the line below a figure."""
    return _source(
        comparison.base, comparison.evidence.digest, comparison.seed, comparison.replications, words
    )


def run_source_line(results: Results, words: Words) -> str:
    """Where the numbers of a run come from, for the line below a figure."""
    return _source(results.scenario, results.evidence.digest, results.seed, results.replications, words)


def _source(scenario: Scenario, digest: str, seed: int, replications: int, words: Words) -> str:
    return words(
        "answer.source",
        evidence=Path(scenario.evidence).name,
        digest=digest[:8],
        seed=seed,
        replications=replications,
        weight=f"{scenario.weight:,}",
        start=quarter_text(scenario.start),
        end=quarter_text(scenario.end),
    )
