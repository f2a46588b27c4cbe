"""Tables of the settings that fit the record: how they were found, their intervals beside the record, what it moved."""

from __future__ import annotations

import math

import pandas as pd

from sim.analysis.record.ensemble import INFORMED
from sim.analysis.record.scores import scored_once, scores_by_use
from sim.evidence.history import NAIVE
from sim.evidence.scorecard import USES
from sim.show.tables.blocks import Block
from sim.show.tables.record import GROUP_NAMES
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.calibration import NAIVES, UNITS, amounts
from sim.show.texts.ensemble import EnsembleAccount
from sim.show.texts.numbers import percent, plain
from sim.show.texts.units import number, unit_name, unit_scale
from sim.words import Words
from sim.world.parameters import Parameter

MOST_NUMBERS = 20  # shown, most informed first
FITS = 2.0  # mean square of misses, in errors, that error and luck alone may give
SHIFTED = 0.25  # of the standard deviation before: beyond it, a mean has moved though its range has not
CHANCE = 2.0  # standard deviations of a count of unrelated lines
PILED = 0.2  # of the settings in the outer 5 % of a range: beyond it, the range may be too narrow
INTERVALS = {"inside_50": 0.5, "inside_90": 0.9}


def facts_block(account: EnsembleAccount) -> Block:
    """Say in words how many settings there are, how well they fit, how many failed, how many numbers are informed."""
    words, found = account.words, account.ensemble
    total = len(found.numbers)
    members = words(
        "ensemble.members", members=len(found.members), numbers=total, steps=max(0, len(found.misfit) - 1)
    )
    informed = words(
        "ensemble.informed", informed=len(found.informed), numbers=total, share=percent(1 - INFORMED)
    )
    told = [members, *_misfit(account), *_left_out(account), *_failed(account), *_readings(account), informed]
    return Block(words("ensemble.facts_title"), lines=told)


def _misfit(account: EnsembleAccount) -> list[str]:
    """Tell the misfit before and after each step, and which records the settings do not reproduce in the end."""
    words, found = account.words, account.ensemble
    before, *after = (float(value) for value in found.misfit["misfit"])
    steps = [
        words("ensemble.after_step", step=step, misfit=plain(misfit, 1))
        for step, misfit in enumerate(after, start=1)
    ]
    told = [words("ensemble.misfit", before=plain(before, 1), after=words("signs.comma").join(steps))]
    if [before, *after][-1] > FITS:
        worst = found.lines[found.lines["misfit"] > FITS].sort_values("misfit", ascending=False)
        names = [
            words("calibration.bracketed", text=row[words.lang], more=plain(row["misfit"], 1))
            for row in rows_of(worst)
        ]
        told.append(words("ensemble.misfit_above", lines=words("signs.clause").join(names)))
    return told


def _left_out(account: EnsembleAccount) -> list[str]:
    """Say how many settings do not fit and are left out, how well the others fit, and what such a choice does."""
    words, found = account.words, account.ensemble
    if not found.left_out:
        return []
    drawn, last = len(found.members) + found.left_out, rows_of(found.misfit)[-1]
    return [
        words(
            "ensemble.left_out",
            count=found.left_out,
            drawn=drawn,
            bound=plain(found.bound, 1),
            median=plain(last["q50"], 1),
            most=plain(last["q95"], 1),
            misfit=plain(found.fit, 1),
        )
    ]


def _readings(account: EnsembleAccount) -> list[str]:
    """Say for each other reading which fitted record's median it moves most."""
    words, readings = account.words, account.ensemble.readings
    told = []
    for reading in [] if readings.empty else readings["reading"].unique():
        rows = rows_of(readings[readings["reading"] == reading])
        most = max(rows, key=lambda row: abs(row["apart"]))
        apart = plain(abs(most["apart"]), 1)
        told.append(words("ensemble.reading", reading=reading, apart=apart, line=most[words.lang]))
    return told


def _failed(account: EnsembleAccount) -> list[str]:
    words, found = account.words, account.ensemble
    told = []
    if found.redrawn:
        told.append(words("ensemble.redrawn", count=found.redrawn))
    if found.lost:
        told.append(words("ensemble.lost", count=found.lost, members=len(found.members)))
    return told or [words("ensemble.none_failed")]


def coverage_block(account: EnsembleAccount) -> Block:
    """Count the lines of each use inside the intervals, beside how many should be, and name those outside."""
    words, found = account.words, account.ensemble
    by_use = {row["use"]: row for row in rows_of(found.coverage)}
    headings = [words("calibration.column_lines"), words("calibration.column_number")]
    for share in INTERVALS.values():
        headings += [words("ensemble.column_within", share=percent(share)), words("ensemble.column_expected")]
    rows, told = [], []
    for use in USES:
        if use not in by_use:
            continue
        count = int(by_use[use]["lines"])
        cells = [_group(use, words), str(count)]
        for key, share in INTERVALS.items():
            cells += [str(round(by_use[use][key] * count)), plain(share * count, 1)]
        rows.append(cells)
        told += [_outside(use, account), *_too_few(by_use[use], words)]
    texts = [True, *[False] * (len(headings) - 1)]
    return Block(
        words("ensemble.coverage_title"), headings, texts, rows, [*told, words("ensemble.coverage_note")]
    )


def _group(use: str, words: Words) -> str:
    return words(f"calibration.{GROUP_NAMES[use]}_lines")


def _too_few(row: Row, words: Words) -> list[str]:
    """Say so if fewer lines of a use lie inside 90 % than chance explains, were the lines unrelated."""
    count, share = int(row["lines"]), INTERVALS["inside_90"]
    inside, expected = round(row["inside_90"] * count), share * count
    if inside >= expected - CHANCE * math.sqrt(share * (1 - share) * count):
        return []
    group = _group(row["use"], words)
    return [words("ensemble.too_few", group=group, inside=inside, lines=count, expected=plain(expected, 1))]


def _outside(use: str, account: EnsembleAccount) -> str:
    """Name the lines of a use outside their 90 % interval, or say that none is."""
    words, lines = account.words, account.ensemble.lines
    outside = lines[(lines["use"] == use) & ~lines["inside_90"].astype(bool)]
    group = _group(use, words)
    if outside.empty:
        return words("ensemble.none_outside", group=group)
    return words("ensemble.outside", group=group, lines=words("signs.clause").join(outside[words.lang]))


def lines_block(account: EnsembleAccount) -> Block:
    """List every line: recorded, median and intervals of the settings, scores; say who is closer to the record."""
    words = account.words
    texts = ["line", "use", "unit"]
    headings = [words(f"calibration.column_{key}") for key in (*texts, "record")]
    headings += [
        words("ensemble.column_median"),
        *(words("ensemble.column_interval", share=percent(share)) for share in INTERVALS.values()),
        *(words(f"ensemble.column_{key}") for key in ("place", "score", "best_naive")),
    ]
    texts_at = {0, 1, 2, 7}
    once = rows_of(scored_once(account.ensemble.lines))
    rows = [_line(row, words) for use in USES for row in once if row["use"] == use]
    return Block(
        words("ensemble.lines_title"),
        headings,
        [k in texts_at for k in range(len(headings))],
        rows,
        [*_judged(account), words("ensemble.lines_note")],
    )


def _line(row: Row, words: Words) -> list[str]:
    keys = ("recorded", "q50", "q25", "q75", "q05", "q95")
    recorded, median, *ends = amounts([row[key] for key in keys], row["unit"])
    place = next((key for key in INTERVALS if row[key]), "outside")
    return [
        row[words.lang],
        row["use"],
        words.pick(UNITS.get(row["unit"], (row["unit"], row["unit"]))),
        recorded,
        median,
        *(words("calibration.from_to", low=ends[k], high=ends[k + 1]) for k in (0, 2)),
        words(f"ensemble.place_{place}"),
        percent(row["relative"], 1),
        _best_naive(row, words),
    ]


def _best_naive(row: Row, words: Words) -> str:
    """Write the score of the naive forecast nearest to the record with its name; marked where it beats the settings."""
    known = {name: float(row[f"crps_{name}"]) for name in NAIVE if math.isfinite(row[f"crps_{name}"])}
    if not known:
        return "–"
    best = min(known, key=lambda name: known[name])
    score = known[best] / abs(float(row["recorded"]))
    text = words("calibration.bracketed", text=percent(score, 1), more=words.pick(NAIVES[best]))
    return f"{text} !" if score <= row["relative"] else text


def _judged(account: EnsembleAccount) -> list[str]:
    """Say for each group of lines who is closer to the record on average: the settings or each naive forecast."""
    words, told = account.words, []
    scores = rows_of(scores_by_use(account.ensemble.lines))
    for group in GROUP_NAMES:
        rows = [row for row in scores if row["use"] == group]
        sides = {
            "closer": [row for row in rows if row["model"] < row["naive"]],
            "not_closer": [row for row in rows if not row["model"] < row["naive"]],
        }
        clauses = [
            words(f"ensemble.{side}", forecasts=words.listed(_against(row, words) for row in beside))
            for side, beside in sides.items()
            if beside
        ]
        if clauses:
            clause = words("signs.clause").join(clauses)
            told.append(words("ensemble.judged", group=_group(group, words), clauses=clause))
    return told


def _against(score: Row, words: Words) -> str:
    """Name a naive forecast with its mean score beside that of the settings over the same lines."""
    return words(
        "ensemble.against",
        forecast=words.pick(NAIVES[score["forecast"]]),
        lines=score["lines"],
        settings=percent(score["model"], 1),
        naive=percent(score["naive"], 1),
    )


def numbers_block(account: EnsembleAccount) -> Block:
    """List the numbers about which the record says most, before and after it was asked."""
    words, found = account.words, account.ensemble
    informed = found.informed
    told = _not_listed(account)
    if not informed:
        return Block(words("ensemble.numbers_title"), lines=told)
    known = account.parameters()
    by_name = {row["name"]: row for row in rows_of(found.numbers)}
    texts = ["name", "meaning", "unit"]
    keys = [*texts, "before", "range_before", "after", "range_after", "narrower"]
    return Block(
        words("ensemble.numbers_title"),
        [words(f"ensemble.column_{key}") for key in keys],
        [key in texts for key in keys],
        [_number(by_name[name], known[name], words) for name in informed[:MOST_NUMBERS]],
        [*told, words("ensemble.numbers_note")],
    )


def _number(row: Row, parameter: Parameter, words: Words) -> list[str]:
    keys = ("prior_low", "prior_median", "prior_high", "low", "median", "high")
    values = [float(row[key]) for key in keys]
    size, unit = unit_scale(parameter.unit, max(map(abs, values)), words)
    about = [meaning(parameter, words), unit or unit_name(parameter.unit, words)]
    low, median, high, now_low, now_median, now_high = (number(value / size) for value in values)
    return [
        row["name"],
        *about,
        median,
        words("calibration.from_to", low=low, high=high),
        now_median,
        words("calibration.from_to", low=now_low, high=now_high),
        percent(1 - row["kept"]),
    ]


def meaning(parameter: Parameter, words: Words) -> str:
    """Say in the reader's language what a number is."""
    return words.pick((parameter.meaning_zh, parameter.meaning_en))


def _not_listed(account: EnsembleAccount) -> list[str]:
    """Say how many numbers narrowed without being listed, how many keep their range, and which of these moved."""
    words, found = account.words, account.ensemble
    told = []
    if (more := len(found.informed) - MOST_NUMBERS) > 0:
        told.append(words("ensemble.more_informed", count=more))
    others: pd.DataFrame = found.numbers[~found.numbers["name"].isin(found.informed)]
    if not found.informed:
        told.append(words("ensemble.none_informed", count=len(others)))
    elif len(others):
        told.append(words("ensemble.keep", count=len(others)))
    if shifted := list(others["name"][others["shift"].abs() > SHIFTED]):
        told.append(words("ensemble.shifted", share=SHIFTED, names=words.listed(shifted)))
    piled = found.numbers[["at_low", "at_high"]].max(axis=1) > PILED
    if piled.any():
        names = list(found.numbers["name"][piled])
        told.append(words("ensemble.piled", share=percent(PILED), names=words.listed(names)))
    return told


def checks_block(checks: pd.DataFrame, words: Words) -> Block:
    """List what the checks of the method found beside what should come out."""
    rows = [
        [
            words(f"ensemble.check_{row['check']}"),
            str(row["of"]),
            plain(row["found"], 2),
            plain(row["expected"], 2) if math.isfinite(row["expected"]) else "–",
        ]
        for row in rows_of(checks)
    ]
    headings = [words(f"ensemble.column_{key}") for key in ("check", "of", "found", "expected_value")]
    return Block(
        words("ensemble.checks_title"),
        headings,
        [True, True, False, False],
        rows,
        [words("ensemble.checks_note")],
    )
