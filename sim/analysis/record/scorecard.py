"""The scorecard: what the record or the literature says, what the baseline gives, and whether it fits.

The province's own scorecard.csv lists the lines. Lines marked F were fitted and are no test; lines marked S were seen
while the model was built and are no strict test; lines marked H were held out. A line that misses its target says so.
The verdict is on the mean over replications; the spread of single runs is shown next to it.
`sim.analysis.record.scores` compares lines with naive forecasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.record.scores import line_scores
from sim.analysis.statistics import interval
from sim.evidence.history import Key, contradictions, figure_of, naive_forecasts, notes, recorded, shares
from sim.evidence.tables import Evidence, Figure, ScorecardRow
from sim.runs.results import t_quantile

Array = NDArray[Any]
NAN = float("nan")
VERDICTS = ("inside", "outside", "no record")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the scorecard.

    Attributes
    ----------
    key
        The measure and the year: a key of `sim.analysis.record.history.measure`.
    zh, en
        What it is.
    use
        ``F`` fitted, ``S`` seen, ``H`` held out.
    unit
        Unit of all its numbers.
    low, high
        The target, ends included; NaN if nothing is recorded.
    recorded
        The recorded value; NaN if the target is only a range.
    error
        Its standard deviation as a share of it; NaN if none is stated.
    forecasts
        What each naive forecast makes of earlier points of the series; NaN or absent without such points.
    source, grade
        Where the target comes from. The width around a record was stated beforehand, unless the note calls it ours.
    note
        What the record says about itself, and what a reader must know.
    """

    key: Key
    zh: str
    en: str
    use: str
    unit: str
    low: float = NAN
    high: float = NAN
    recorded: float = NAN
    error: float = NAN
    forecasts: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    grade: str = ""
    note: str = ""


class _Around(NamedTuple):
    """The number behind a target, how far the target reaches below and above it, and a remark."""

    figure: Figure
    below: float
    above: float
    note: str = ""


def lines(evidence: Evidence) -> list[Line]:
    """Return the lines of a province, in its order; if the number behind a target is missing, there is no target.

    The line of Table 5 at quarter zero is not here: `sim.analysis.record.refit` supplies it.
    """
    remarks, disputes = notes(evidence), contradictions(evidence)

    def with_notes(line: Line) -> Line:
        """Add the notes of records.csv about the record, and where the record contradicts itself."""
        about = (dispute.en for dispute in disputes if line.key in dispute.records)
        texts = (line.note, remarks.get(line.key, ""), *about)
        return replace(line, note="; ".join(text.rstrip(".") for text in texts if text))

    return [with_notes(_line(evidence, row)) for row in evidence.scorecard]


def fitted_lines(evidence: Evidence) -> list[Line]:
    """Return the lines that a fit may use and that have a target."""
    return [line for line in lines(evidence) if line.use == "F" and line.recorded == line.recorded]


def _line(evidence: Evidence, row: ScorecardRow) -> Line:
    """Make a line from a row, with the target that the row names if its number is known."""
    line = Line(
        (row.series, row.year),
        row.zh,
        row.en,
        row.use,
        row.unit,
        forecasts=naive_forecasts(row.series, _points(evidence, row), row.year),
        source=row.source,
        grade=row.grade,
        note=row.note,
    )
    if row.target == "effect":
        for effect in evidence.effects:
            if effect.parameter == row.of:
                source, grade = _joined(row.source, effect.source), effect.grade
                return replace(line, low=effect.low, high=effect.high, source=source, grade=grade)
        return line
    if row.target == "range":
        return replace(line, low=row.least or 0.0, high=row.most or 0.0)
    around = _around(evidence, row, line.forecasts)
    if around is None:
        return line
    figure = around.figure
    return replace(
        line,
        low=figure.value + around.below,
        high=figure.value + around.above,
        recorded=NAN if row.target == "goal" else figure.value,  # a goal is not a record
        error=NAN if figure.error is None else figure.error,
        source=_joined(row.source, figure.source),
        grade=figure.grade,
        note=_joined(row.note, around.note),
    )


def _points(evidence: Evidence, row: ScorecardRow) -> Mapping[int, float]:
    """Return the recorded points of a row's series by year; those of a part are its shares of the whole."""
    if row.target == "part":
        return shares(evidence, row.series.removesuffix("_share"), row.of)
    return recorded(evidence, row.series)


def _around(evidence: Evidence, row: ScorecardRow, forecasts: Mapping[str, float]) -> _Around | None:
    """Find the number behind a target, None if the province does not have it or there is no target."""
    least, most = row.least or 0.0, row.most or 0.0
    if row.target == "goal":
        for goal in evidence.targets:
            if (goal.target, goal.year) == (row.of, row.year):
                figure = Figure(goal.value, goal.unit, goal.source, goal.grade)
                return _Around(figure, least * goal.value, most * goal.value)
        return None
    if row.target == "part":
        return _part(evidence, row, least, most)
    found = figure_of(evidence, row.series, row.year)
    if found is None or row.target == "none":
        return None
    if row.target == "forecast":
        return _forecast(found, forecasts)
    unit = found.value if row.target == "record" else 1.0
    return _Around(found, least * unit, most * unit)


def _part(evidence: Evidence, row: ScorecardRow, least: float, most: float) -> _Around | None:
    """Divide the recorded number of a part of the province by that of the whole."""
    part = figure_of(evidence, row.series.removesuffix("_share"), row.year)
    whole = figure_of(evidence, row.of, row.year)
    if part is None or whole is None:
        return None
    source = " over ".join(dict.fromkeys((part.source, whole.source)))
    return _Around(replace(part, value=part.value / whole.value, unit="share", source=source), least, most)


def _forecast(figure: Figure, forecasts: Mapping[str, float]) -> _Around | None:
    """Require a smaller error than the best naive forecast's, None if there is no such forecast."""
    known = {name: value for name, value in forecasts.items() if value == value}
    if not known:
        return None
    shown = ", ".join(f"{name.replace('_', ' ')} {value:,.0f}" for name, value in known.items())
    best = min(abs(value - figure.value) for value in known.values())
    return _Around(figure, -best, best, f"forecasts from earlier points: {shown}")


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def verdict(line: Line, mean: float) -> str:
    """Judge a mean: ``inside`` or ``outside`` the target, ``no record`` without a target or without a measurement."""
    if np.isnan(line.low) or np.isnan(mean):
        return "no record"
    return "inside" if line.low <= mean <= line.high else "outside"


def scorecard(
    evidence: Evidence,
    measured: Mapping[Key, Array],
    beside: Mapping[Key, Array] | None = None,
    extra: Sequence[tuple[Line, Array]] = (),
) -> pd.DataFrame:
    """Compare runs with every line.

    Parameters
    ----------
    evidence
        That of the simulated province.
    measured
        From `sim.analysis.record.history.measure`, reading V: name and year -> float64[replications].
    beside
        The same under reading D; shown, not judged.
    extra
        More lines with their values over replications, put first: the survey's Table 5 at quarter zero.

    Returns
    -------
    DataFrame
        series, year, zh, en, use, unit, recorded, low, high (the target), simulated, mean_low, mean_high (95 %
        interval of the mean), run_low, run_high (95 % range of single runs, normal), direct (mean under D), verdict,
        crps, relative (the same over the recorded value), and for each naive forecast its value and its CRPS
        (``last_growth``, ``crps_last_growth`` …), source, grade, note.
    """
    judged = [*extra, *((line, measured.get(line.key, np.array([NAN]))) for line in lines(evidence))]
    rows = []
    for line, values in judged:
        mean, mean_low, mean_high = interval(values)
        n = len(values)
        half = t_quantile(n) * float(np.std(values, ddof=1)) if n > 1 else NAN
        direct = None if beside is None else beside.get(line.key)
        rows.append(
            {
                "series": line.key[0],
                "year": line.key[1],
                "zh": line.zh,
                "en": line.en,
                "use": line.use,
                "unit": line.unit,
                "recorded": line.recorded,
                "low": line.low,
                "high": line.high,
                "simulated": mean,
                "mean_low": mean_low,
                "mean_high": mean_high,
                "run_low": mean - half,
                "run_high": mean + half,
                "direct": NAN if direct is None else float(np.mean(direct)),
                "verdict": verdict(line, mean),
                **line_scores(values, line.recorded, line.forecasts),
                "source": line.source,
                "grade": line.grade,
                "note": line.note,
            }
        )
    return pd.DataFrame(rows)
