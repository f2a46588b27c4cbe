"""The province against its record, as plain text cells: scorecard, failures, naive forecasts, what was fitted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.evidence.history import NAIVE
from sim.show.tables.blocks import Block
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.calibration_names import NAIVES, SERIES, name_in, unit_of
from sim.show.texts.numbers import percent, plain, significant
from sim.words import Words, name_table

if TYPE_CHECKING:
    from sim.analysis.record.calibration import Calibration
    from sim.analysis.record.fit import Fit

#: How recorded points are used that a model and a naive forecast can both be held against.
COMPARED = ("fitted", "held_out", "shown")


def amounts(values: Sequence[float], unit: str, words: Words) -> list[str]:
    """Write numbers of one unit with the same decimals: none from a hundred, one from ten, else two."""
    factor, _ = unit_of(unit, words)
    scaled = [factor * float(value) for value in values]
    largest = max((abs(value) for value in scaled if math.isfinite(value)), default=0.0)
    return [plain(value, 0 if largest >= 100 else 1 if largest >= 10 else 2) for value in scaled]


def scorecard_block(calibration: Calibration, words: Words, *, brief: bool = False) -> Block:
    """Lay out every line with its target, what the model gives, and the verdict; briefly for a terminal."""
    keys = ["line", "use", "unit", "record", "target", "simulated", "runs", "direct", "verdict"]
    short = ["line", "use", "unit", "target", "simulated", "verdict"]
    shown = short if brief else keys
    texts = {"line", "use", "unit", "verdict"}
    cells = [_line(row, words) for row in rows_of(calibration.history.scorecard)]
    return Block(
        words("calibration.scorecard_title"),
        [words(f"calibration.{key}") for key in shown],
        [key in texts for key in shown],
        [[line[key] for key in shown] for line in cells],
        [] if brief else [words("calibration.scorecard_note")],
    )


def _line(row: Row, words: Words) -> dict[str, str]:
    """Write the cells of one line of the scorecard."""
    keys = ("recorded", "low", "high", "simulated", "run_low", "run_high", "direct")
    texts = dict(zip(keys, amounts([row[key] for key in keys], row["unit"], words), strict=True))
    return {
        "line": row[words.lang],
        "use": row["use"],
        "unit": unit_of(row["unit"], words)[1],
        "record": texts["recorded"],
        "target": _between(texts["low"], texts["high"], words),
        "simulated": texts["simulated"],
        "runs": _between(texts["run_low"], texts["run_high"], words),
        "direct": texts["direct"],
        "verdict": words.pick(name_table("names.scorecard_verdict")[row["verdict"]]),
    }


def _between(low: str, high: str, words: Words) -> str:
    return "–" if low == high == "–" else words("calibration.from_to", low=low, high=high)


def failures(calibration: Calibration, words: Words) -> Block:
    """Name every line that missed its target, fitted lines too."""
    rows = rows_of(calibration.history.scorecard)
    failed = [row for row in rows if row["verdict"] == "outside"]
    if not failed:
        return Block(words("calibration.failed_title"), lines=[words("calibration.failed_none")])
    uses = [row["use"] for row in failed]
    lines = [
        words(
            "calibration.failed_count",
            total=sum(row["verdict"] != "no record" for row in rows),
            failed=len(failed),
            fitted=uses.count("F"),
            held_out=uses.count("H"),
        )
    ]
    for row in failed:
        simulated, low, high = amounts([row[key] for key in ("simulated", "low", "high")], row["unit"], words)
        unit = unit_of(row["unit"], words)[1]
        parts = {"simulated": simulated, "low": low, "high": high, "unit": unit}
        lines.append(words("calibration.failed", use=row["use"], name=row[words.lang], **parts))
    return Block(words("calibration.failed_title"), lines=lines)


def record_blocks(calibration: Calibration, words: Words) -> Iterator[Block]:
    """Failures, the model beside naive forecasts, where the record contradicts itself."""
    yield failures(calibration, words)
    yield _naive(calibration, words)
    found = [{"zh": one.zh, "en": one.en}[words.lang] for one in calibration.history.contradictions]
    yield Block(
        words("calibration.contradictions_title"), lines=found or [words("calibration.contradictions_none")]
    )


def _naive(calibration: Calibration, words: Words) -> Block:
    """Hold the model and naive forecasts against every recorded point that has earlier ones."""
    rows = []
    for row in rows_of(calibration.history.paths):
        forecasts = {"mean": float(row["mean"])} | {name: float(row[name]) for name in NAIVE}
        known = {name: value for name, value in forecasts.items() if math.isfinite(value)}
        if row["use"] not in COMPARED or len(known) < 2 or "mean" not in known:
            continue
        names = {name: name_in(NAIVES, name, words) for name in NAIVE} | {"mean": words("calibration.model")}
        record = float(row["recorded"])
        best = min(known, key=lambda name: abs(known[name] - record))
        rows.append(
            [
                f"{name_in(SERIES, row['series'], words)} {row['year']}",
                words.pick(name_table("names.use")[row["use"]]),
                unit_of(row["unit"], words)[1],
                *amounts([record], row["unit"], words),
                *(_with_error(value, record, row["unit"], words) for value in forecasts.values()),
                names[best],
            ]
        )
    notes = [words("calibration.tables_note")]
    if not rows:
        return Block(words("calibration.naive_title"), lines=[words("calibration.naive_none"), *notes])
    headings = [words(f"calibration.{key}") for key in ("line", "use", "unit", "record", "model")]
    headings += [name_in(NAIVES, name, words) for name in NAIVE] + [words("calibration.closest")]
    columns = [True, True, True, *[False] * (2 + len(NAIVE)), True]
    return Block(
        words("calibration.naive_title"), headings, columns, rows, [words("calibration.naive_note"), *notes]
    )


def _with_error(value: float, record: float, unit: str, words: Words) -> str:
    """Write a forecast with its error against the record in percent."""
    if not math.isfinite(value):
        return "–"
    (text,) = amounts([value], unit, words)
    return words(
        "calibration.bracketed", text=text, more=f"{plain(100 * (value / record - 1), signed=True)} %"
    )


def fit_blocks(fit: Fit, words: Words) -> list[Block]:
    """How many parameters met how many points, what the points leave open, both lists."""
    fitted = any(row["fitted"] != row["start"] for row in rows_of(fit.parameters))
    parameters = [
        [
            str(row["name"]),
            significant(float(row["start"])),
            f"{significant(float(row['fitted']))} ± {significant(float(row['standard_error']), 2)}",
            words("calibration.from_to", low=f"{row['low']:g}", high=f"{row['high']:g}"),
            percent(float(row["pulled"])),
            words("calibration.yes") if row["at_bound"] else "",
        ]
        for row in rows_of(fit.parameters)
    ]
    headings = [
        words(f"calibration.{key}")
        for key in ("parameter", "start", "fitted_value", "range", "pulled", "at_bound")
    ]
    lines = (
        [fit.statement[words.lang]]
        if fitted
        else [words("calibration.not_fitted"), fit.statement[words.lang]]
    )
    lines += [words("calibration.unidentified", names=names.replace("-", "−")) for names in fit.unidentified]
    points = [
        [
            f"{name_in(SERIES, row['series'], words)} {row['year']}",
            *(significant(float(row[key]), 4) for key in ("recorded", "simulated")),
            plain(float(row["standard_deviations"]), 1, signed=True),
        ]
        for row in rows_of(fit.points)
    ]
    heads = [words(f"calibration.{key}") for key in ("line", "record", "simulated", "apart")]
    return [
        Block(
            words("calibration.fit_title"),
            headings,
            [True, *[False] * 4, True],
            parameters,
            [*lines, words("calibration.pulled_note")],
        ),
        Block(words("calibration.fit_points_title"), heads, [True, *[False] * 3], points),
    ]
