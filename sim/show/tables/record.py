"""Tables of the calibration report on the record: scorecard, misses, naive forecasts, what was fitted."""

from __future__ import annotations

import math
from typing import Any

from sim.analysis.record.scores import GROUPS, scored_once
from sim.evidence.history import NAIVE
from sim.evidence.scorecard import USES
from sim.show.tables.blocks import Block
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.calibration import NAIVES, SERIES, CalibrationAccount, amounts
from sim.show.texts.numbers import percent, plain, significant
from sim.words import name_table

#: Uses of recorded points that both the model and a naive forecast can be compared with.
COMPARED = (*USES.values(), "shown")
#: Groups of lines with a score by their key in the words: `sim.analysis.record.scores.GROUPS`.
GROUP_NAMES = {**USES, "S+H": "not_fitted"}

_NAIVE_SCORES = tuple(f"crps_{name}" for name in NAIVE)

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
    """Count the lines of the given uses (keys of `USES`), in all and by verdict."""
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


def score_rows(account: CalibrationAccount) -> Cells:
    """Score the model and naive forecasts on every recorded value of the scorecard.

    Returns
    -------
    list of list of str
        Line, use, unit, what is closest, record, CRPS of the model, then that of each forecast of `NAIVE`.
    """
    rows = []
    names = dict(
        zip(("crps", *_NAIVE_SCORES), (account.words("calibration.model"), *forecasts(account)), strict=True)
    )
    for row in rows_of(scored_once(account.calibration.scored)):
        known = {key: float(row[key]) for key in names if math.isfinite(row[key])}
        record = float(row["recorded"])
        rows.append(
            [
                row[account.words.lang],
                row["use"],
                account.unit(row["unit"]),
                names[min(known, key=lambda key: known[key])] if len(known) > 1 else "",
                *amounts([record], row["unit"]),
                *(_with_share(row[key], record, row["unit"], account) for key in names),
            ]
        )
    return rows


def _with_share(score: float, record: float, unit: str, account: CalibrationAccount) -> str:
    """Write a score with its share of the record in percent."""
    if not math.isfinite(score):
        return "–"
    (amount,) = amounts([score], unit)
    return account.words("calibration.bracketed", text=amount, more=percent(score / abs(record), 1))


def forecasts(account: CalibrationAccount) -> list[str]:
    """Name the naive forecasts."""
    return [account.name(NAIVES, name) for name in NAIVE]


def scores_block(account: CalibrationAccount) -> Block:
    """Compare mean scores by use over the same lines, and say which naive forecasts the model does not beat."""
    rows = rows_of(account.calibration.scores)
    keys = ["lines", "forecast", "number", "model_score", "naive_score"]
    cells = [
        [
            _group(row["use"], account),
            account.name(NAIVES, row["forecast"]),
            str(row["lines"]),
            percent(row["model"], 1),
            percent(row["naive"], 1),
        ]
        for row in rows
    ]
    return Block(
        account.words("calibration.scores_title"),
        [account.words(f"calibration.column_{key}") for key in keys],
        [key in ("lines", "forecast") for key in keys],
        cells,
        [
            *(
                line
                for group in GROUP_NAMES
                for line in _judged([r for r in rows if r["use"] == group], account)
            ),
            *_without_forecast(account),
        ],
    )


def _group(use: str, account: CalibrationAccount) -> str:
    return account.words(f"calibration.{GROUP_NAMES[use]}_lines")


def _judged(rows: list[Row], account: CalibrationAccount) -> list[str]:
    """Say whether the model beats every naive forecast in one group of lines; nothing if there is none to compare."""
    if not rows:
        return []
    group = _group(rows[0]["use"], account)
    behind = [row for row in rows if not row["model"] < row["naive"]]
    if not behind:
        return [account.words("calibration.beats_all", group=group)]
    return [
        account.words(
            "calibration.does_not_beat",
            group=group,
            forecast=account.name(NAIVES, row["forecast"]),
            model=percent(row["model"], 1),
            naive=percent(row["naive"], 1),
            closer=account.words("signs.clause").join(_closer(row, account)),
        )
        for row in behind
    ]


def _closer(score: Row, account: CalibrationAccount) -> list[str]:
    """Name the lines of a group to which a naive forecast is closer than the model."""
    once = scored_once(account.calibration.scored)
    closer = once[
        once["use"].isin(GROUPS[score["use"]]) & (once[f"crps_{score['forecast']}"] <= once["crps"])
    ]
    return list(closer[account.words.lang])


def _without_forecast(account: CalibrationAccount) -> list[str]:
    """Name the lines with a score that no naive forecast can be compared with."""
    once = scored_once(account.calibration.scored)
    alone = once[once[list(_NAIVE_SCORES)].isna().all(axis=1)]
    names = account.words("signs.clause").join(alone[account.words.lang])
    return [account.words("calibration.no_forecast", lines=names)] if names else []


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
        what the points leave open, as text; determined, how many parameters the points determine; not_identified, the
        names of those about which the pull tells more; at_bound, how many parameters are there.
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
        "determined": plain(fit.determined, 1),
        "not_identified": fit.not_identified,
        "at_bound": sum(bool(row["at_bound"]) for row in parameters),
    }
