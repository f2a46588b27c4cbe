"""Tables of the calibration report on the record: scorecard, misses, naive forecasts, what was fitted."""

from __future__ import annotations

import math
from typing import Any

from sim.evidence.history import NAIVE
from sim.show.tables.blocks import Block
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.calibration import NAIVES, SERIES, CalibrationAccount, amounts
from sim.show.texts.numbers import percent, plain, significant
from sim.words import name_table

#: Uses of recorded points that both the model and a naive forecast can be compared with.
COMPARED = ("fitted", "held_out", "shown")

Cells = list[list[str]]


def scorecard_block(account: CalibrationAccount, *, brief: bool = False) -> Block:
    """List every line with its target, the simulated value and the verdict; a short form for a terminal."""
    keys = ["line", "use", "unit", "record", "target", "simulated", "runs", "direct", "verdict"]
    short = ["line", "use", "unit", "target", "simulated", "verdict"]
    shown = short if brief else keys
    texts = {"line", "use", "unit", "verdict"}
    cells = [_line(row, account) for row in rows_of(account.calibration.history.scorecard)]
    return Block(
        account.words("calibration.scorecard_title"),
        [account.words(f"calibration.column_{key}") for key in shown],
        [key in texts for key in shown],
        [[line[key] for key in shown] for line in cells],
    )


def _line(row: Row, account: CalibrationAccount) -> dict[str, str]:
    """Write the cells of one line of the scorecard."""
    keys = ("recorded", "low", "high", "simulated", "run_low", "run_high", "direct")
    numbers = dict(zip(keys, amounts([row[key] for key in keys], row["unit"]), strict=True))
    return {
        "line": row[account.words.lang],
        "use": row["use"],
        "unit": account.unit(row["unit"]),
        "record": numbers["recorded"],
        "target": _between(numbers["low"], numbers["high"], account),
        "simulated": numbers["simulated"],
        "runs": _between(numbers["run_low"], numbers["run_high"], account),
        "direct": numbers["direct"],
        "verdict": account.words.pick(name_table("names.scorecard_verdict")[row["verdict"]]),
    }


def _between(low: str, high: str, account: CalibrationAccount) -> str:
    return "–" if low == high == "–" else account.span(low, high)


def verdicts(account: CalibrationAccount, *uses: str) -> dict[str, int]:
    """Count the lines of the given uses (``F``, ``H``), in all and by verdict."""
    frame = account.calibration.history.scorecard
    found = frame[frame["use"].isin(uses)]["verdict"]
    counts = {
        verdict.replace(" ", "_"): int((found == verdict).sum())
        for verdict in ("inside", "outside", "no record")
    }
    return {"total": len(found), **counts}


def missed(account: CalibrationAccount) -> list[dict[str, str]]:
    """List the lines that missed their target, fitted ones too: use, name, simulated, low, high, unit."""
    found = []
    for row in rows_of(account.calibration.history.scorecard, verdict="outside"):
        simulated, low, high = amounts([row[key] for key in ("simulated", "low", "high")], row["unit"])
        numbers = {"simulated": simulated, "low": low, "high": high, "unit": account.unit(row["unit"])}
        found.append({"use": row["use"], "name": row[account.words.lang], **numbers})
    return found


def naive_rows(account: CalibrationAccount) -> Cells:
    """Compare the model and naive forecasts with every recorded point that has earlier ones.

    Returns
    -------
    list of list of str
        Series and year, use, unit, which forecast is closest, record, model, then each forecast of `NAIVE`.
    """
    rows = []
    names = {name: account.name(NAIVES, name) for name in NAIVE} | {
        "mean": account.words("calibration.model")
    }
    for row in rows_of(account.calibration.history.paths):
        forecasts = {"mean": float(row["mean"])} | {name: float(row[name]) for name in NAIVE}
        known = {name: value for name, value in forecasts.items() if math.isfinite(value)}
        if row["use"] not in COMPARED or len(known) < 2 or "mean" not in known:
            continue
        record = float(row["recorded"])
        best = min(known, key=lambda name: abs(known[name] - record))
        rows.append(
            [
                f"{account.name(SERIES, row['series'])} {row['year']}",
                account.words.pick(name_table("names.use")[row["use"]]),
                account.unit(row["unit"]),
                names[best],
                *amounts([record], row["unit"]),
                *(_with_error(value, record, row["unit"], account) for value in forecasts.values()),
            ]
        )
    return rows


def _with_error(value: float, record: float, unit: str, account: CalibrationAccount) -> str:
    """Write a forecast with its error against the record in percent."""
    if not math.isfinite(value):
        return "–"
    (amount,) = amounts([value], unit)
    error = f"{plain(100 * (value / record - 1), signed=True)} %"
    return account.words("calibration.bracketed", text=amount, more=error)


def contradictions(account: CalibrationAccount) -> list[str]:
    """Say where the record contradicts itself."""
    pairs = [(one.zh, one.en) for one in account.calibration.history.contradictions]
    return [account.words.pick(both) for both in pairs]


def fit_facts(account: CalibrationAccount) -> dict[str, Any]:
    """Describe the fit: parameters, points, and what the points leave open.

    Returns
    -------
    dict
        done, whether any value moved; parameters, rows of name, start, fitted, range, share of the pull, at the
        bound; points, rows of series and year, record, simulated, distance in standard deviations; unidentified,
        what the points leave open, as text; at_bound, how many parameters are there.
    """
    fit = account.calibration.history.fit
    parameters = rows_of(fit.parameters)
    return {
        "done": any(row["fitted"] != row["start"] for row in parameters),
        "parameters": [
            [
                str(row["name"]),
                significant(float(row["start"])),
                f"{significant(float(row['fitted']))} ± {significant(float(row['standard_error']), 2)}",
                account.span(f"{row['low']:g}", f"{row['high']:g}"),
                percent(float(row["pulled"])),
                account.words("calibration.yes") if row["at_bound"] else "",
            ]
            for row in parameters
        ],
        "points": [
            [
                f"{account.name(SERIES, row['series'])} {row['year']}",
                *(significant(float(row[key]), 4) for key in ("recorded", "simulated")),
                plain(float(row["standard_deviations"]), 1, signed=True),
            ]
            for row in rows_of(fit.points)
        ],
        "unidentified": [names.replace("-", "−") for names in fit.unidentified],
        "at_bound": sum(bool(row["at_bound"]) for row in parameters),
    }
