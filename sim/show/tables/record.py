"""The province against its record, as plain text cells: scorecard, failures, naive forecasts, what was fitted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.analysis.record.history import USES
from sim.analysis.record.scorecard import VERDICTS
from sim.evidence.history import NAIVE
from sim.show.tables.blocks import Block
from sim.show.tables.rows import Row, rows_of
from sim.show.words.calibration import tell
from sim.show.words.calibration_names import NAIVES, SERIES, name_in, unit_of
from sim.show.words.numbers import percent, plain, significant
from sim.show.words.words import say

if TYPE_CHECKING:
    from sim.analysis.record.calibration import Calibration
    from sim.analysis.record.fit import Fit

#: How recorded points are used that a model and a naive forecast can both be held against.
COMPARED = ("fitted", "held_out", "shown")


def amounts(values: Sequence[float], unit: str, lang: str) -> list[str]:
    """Write numbers of one unit with the same decimals: none from a hundred, one from ten, else two."""
    factor, _ = unit_of(unit, lang)
    scaled = [factor * float(value) for value in values]
    largest = max((abs(value) for value in scaled if math.isfinite(value)), default=0.0)
    return [plain(value, 0 if largest >= 100 else 1 if largest >= 10 else 2) for value in scaled]


def scorecard_block(calibration: Calibration, lang: str, *, brief: bool = False) -> Block:
    """Lay out every line with its target, what the model gives, and the verdict; briefly for a terminal."""
    keys = ["line", "use", "unit", "record", "target", "simulated", "runs", "direct", "verdict"]
    short = ["line", "use", "unit", "target", "simulated", "verdict"]
    shown = short if brief else keys
    texts = {"line", "use", "unit", "verdict"}
    cells = [_line(row, lang) for row in rows_of(calibration.history.scorecard)]
    return Block(
        tell("scorecard_title", lang),
        [tell(key, lang) for key in shown],
        [key in texts for key in shown],
        [[line[key] for key in shown] for line in cells],
        [] if brief else [tell("scorecard_note", lang)],
    )


def _line(row: Row, lang: str) -> dict[str, str]:
    """Write the cells of one line of the scorecard."""
    keys = ("recorded", "low", "high", "simulated", "run_low", "run_high", "direct")
    texts = dict(zip(keys, amounts([row[key] for key in keys], row["unit"], lang), strict=True))
    return {
        "line": row[lang],
        "use": row["use"],
        "unit": unit_of(row["unit"], lang)[1],
        "record": texts["recorded"],
        "target": _between(texts["low"], texts["high"], lang),
        "simulated": texts["simulated"],
        "runs": _between(texts["run_low"], texts["run_high"], lang),
        "direct": texts["direct"],
        "verdict": say(VERDICTS[row["verdict"]], lang),
    }


def _between(low: str, high: str, lang: str) -> str:
    return "–" if low == high == "–" else tell("from_to", lang, low=low, high=high)


def failures(calibration: Calibration, lang: str) -> Block:
    """Name every line that missed its target, fitted lines too."""
    rows = rows_of(calibration.history.scorecard)
    failed = [row for row in rows if row["verdict"] == "outside"]
    if not failed:
        return Block(tell("failed_title", lang), lines=[tell("failed_none", lang)])
    uses = [row["use"] for row in failed]
    lines = [
        tell(
            "failed_count",
            lang,
            total=sum(row["verdict"] != "no record" for row in rows),
            failed=len(failed),
            fitted=uses.count("F"),
            held_out=uses.count("H"),
        )
    ]
    for row in failed:
        simulated, low, high = amounts([row[key] for key in ("simulated", "low", "high")], row["unit"], lang)
        unit = unit_of(row["unit"], lang)[1]
        parts = {"simulated": simulated, "low": low, "high": high, "unit": unit}
        lines.append(tell("failed", lang, use=row["use"], name=row[lang], **parts))
    return Block(tell("failed_title", lang), lines=lines)


def record_blocks(calibration: Calibration, lang: str) -> Iterator[Block]:
    """Failures, the model beside naive forecasts, where the record contradicts itself."""
    yield failures(calibration, lang)
    yield _naive(calibration, lang)
    found = [{"zh": one.zh, "en": one.en}[lang] for one in calibration.history.contradictions]
    yield Block(tell("contradictions_title", lang), lines=found or [tell("contradictions_none", lang)])


def _naive(calibration: Calibration, lang: str) -> Block:
    """Hold the model and naive forecasts against every recorded point that has earlier ones."""
    rows = []
    for row in rows_of(calibration.history.paths):
        forecasts = {"mean": float(row["mean"])} | {name: float(row[name]) for name in NAIVE}
        known = {name: value for name, value in forecasts.items() if math.isfinite(value)}
        if row["use"] not in COMPARED or len(known) < 2 or "mean" not in known:
            continue
        names = {name: name_in(NAIVES, name, lang) for name in NAIVE} | {"mean": tell("model", lang)}
        record = float(row["recorded"])
        best = min(known, key=lambda name: abs(known[name] - record))
        rows.append(
            [
                f"{name_in(SERIES, row['series'], lang)} {row['year']}",
                say(USES[row["use"]], lang),
                unit_of(row["unit"], lang)[1],
                *amounts([record], row["unit"], lang),
                *(_with_error(value, record, row["unit"], lang) for value in forecasts.values()),
                names[best],
            ]
        )
    notes = [tell("tables_note", lang)]
    if not rows:
        return Block(tell("naive_title", lang), lines=[tell("naive_none", lang), *notes])
    headings = [tell(key, lang) for key in ("line", "use", "unit", "record", "model")]
    headings += [name_in(NAIVES, name, lang) for name in NAIVE] + [tell("closest", lang)]
    columns = [True, True, True, *[False] * (2 + len(NAIVE)), True]
    return Block(tell("naive_title", lang), headings, columns, rows, [tell("naive_note", lang), *notes])


def _with_error(value: float, record: float, unit: str, lang: str) -> str:
    """Write a forecast with its error against the record in percent."""
    if not math.isfinite(value):
        return "–"
    (text,) = amounts([value], unit, lang)
    return tell("bracketed", lang, text=text, more=f"{plain(100 * (value / record - 1), signed=True)} %")


def fit_blocks(fit: Fit, lang: str) -> list[Block]:
    """How many parameters met how many points, what the points leave open, both lists."""
    fitted = any(row["fitted"] != row["start"] for row in rows_of(fit.parameters))
    parameters = [
        [
            str(row["name"]),
            significant(float(row["start"])),
            f"{significant(float(row['fitted']))} ± {significant(float(row['standard_error']), 2)}",
            tell("from_to", lang, low=f"{row['low']:g}", high=f"{row['high']:g}"),
            percent(float(row["pulled"])),
            tell("yes", lang) if row["at_bound"] else "",
        ]
        for row in rows_of(fit.parameters)
    ]
    headings = [
        tell(key, lang) for key in ("parameter", "start", "fitted_value", "range", "pulled", "at_bound")
    ]
    lines = [fit.statement[lang]] if fitted else [tell("not_fitted", lang), fit.statement[lang]]
    lines += [tell("unidentified", lang, names=names.replace("-", "−")) for names in fit.unidentified]
    points = [
        [
            f"{name_in(SERIES, row['series'], lang)} {row['year']}",
            *(significant(float(row[key]), 4) for key in ("recorded", "simulated")),
            plain(float(row["standard_deviations"]), 1, signed=True),
        ]
        for row in rows_of(fit.points)
    ]
    heads = [tell(key, lang) for key in ("line", "record", "simulated", "apart")]
    return [
        Block(
            tell("fit_title", lang),
            headings,
            [True, *[False] * 4, True],
            parameters,
            [*lines, tell("pulled_note", lang)],
        ),
        Block(tell("fit_points_title", lang), heads, [True, *[False] * 3], points),
    ]
