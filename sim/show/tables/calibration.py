"""What the report on calibration says, chapter by chapter, as plain text cells: no terminal and no Markdown here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import pandas as pd

from sim.show.tables.blocks import INDENT, Block
from sim.show.tables.record import fit_blocks, record_blocks, scorecard_block
from sim.show.tables.rows import Row, readings_in, row_of, rows_of
from sim.show.words.calibration import tell
from sim.show.words.calibration_names import CODES, MARGINS, MOMENTS, PRIORS, VARIABLES, name_in
from sim.show.words.numbers import percent, plain, significant
from sim.show.words.words import READING_NAMES, say, word

if TYPE_CHECKING:
    from sim.analysis.record.calibration import Calibration

NEAR = 0.005  # how near to print a coefficient is called near
FAR = 2.0  # standard errors
DECIMALS, LIKELIHOOD_DECIMALS = 3, 2  # that Table 5 prints at least; the file drops zeros at the end
POPULATIONS = ("survey", "survey_judgement", "below_quality", "quality", "province")


@dataclass(frozen=True, slots=True)
class Chapter:
    """Blocks under one heading, with the figures that belong to them."""

    title: str
    blocks: list[Block]
    figures: tuple[str, ...] = ()


def chapters(calibration: Calibration, lang: str) -> list[Chapter]:
    """Everything the report holds after its first sentences, in reading order."""
    stars = ("stars",) if len(calibration.stars) else ()
    history = [scorecard_block(calibration, lang), *record_blocks(calibration, lang)]
    return [
        Chapter(tell("table5_chapter", lang), _table5(calibration, lang), ("table5",)),
        Chapter(tell("entering_chapter", lang), [_entering(calibration, lang)]),
        Chapter(tell("stars_chapter", lang), _stars(calibration, lang), stars),
        Chapter(tell("population_chapter", lang), _population(calibration, lang), ("answers",)),
        Chapter(tell("refit_chapter", lang), _refit(calibration, lang), ("refit",)),
        Chapter(
            tell("history_chapter", lang),
            [*history, *fit_blocks(calibration.history.fit, lang)],
            ("scorecard", "history"),
        ),
    ]


def opening(calibration: Calibration, lang: str) -> list[str]:
    """Say what the report is, and what is fitted, held out and assumed."""
    table, history = calibration.table5, calibration.history
    held_out = history.scorecard[history.scorecard["use"] == "H"]["verdict"].value_counts()
    return [
        tell("what", lang, evidence=calibration.evidence, digest=calibration.digest[:8]),
        tell(
            "what_fitted",
            lang,
            coefficients=len(table),
            columns=len(calibration.likelihood),
            marks=len(_marked(calibration)),
            points=len(history.fit.points),
            free=len(history.fit.parameters),
        ),
        tell(
            "what_held_out",
            lang,
            total=int(held_out.sum()),
            inside=int(held_out.get("inside", 0)),
            outside=int(held_out.get("outside", 0)),
            none=int(held_out.get("no record", 0)),
        ),
        tell("what_assumed", lang),
    ]


def variables_in(frame: pd.DataFrame) -> list[str]:
    """List the variables that a frame holds, the constant last, as published."""
    return sorted(dict.fromkeys(frame["variable"]), key=lambda name: name == "_cons")


def source_line(calibration: Calibration, lang: str) -> str:
    """Where the numbers come from, for the line below a figure."""
    return tell(
        "source",
        lang,
        evidence=calibration.evidence,
        digest=calibration.digest[:8],
        firms=plain(calibration.firms),
        replications=calibration.history.replications,
        weight=plain(1 / calibration.history.scale),
    )


# ---------------------------------------------------------------------------------------------------------
# Table 5
# ---------------------------------------------------------------------------------------------------------


def in_short(calibration: Calibration, lang: str) -> Block:
    """Count coefficients, likelihood-ratio statistics and marks that come back as printed."""
    apart, rounding = _agreement(rows_of(calibration.table5), DECIMALS)
    likelihood, within = _agreement(rows_of(calibration.likelihood), LIKELIHOOD_DECIMALS)
    marked = _marked(calibration)
    lines = [
        tell(
            "agree_coefficients",
            lang,
            total=len(apart),
            rounding=rounding,
            near=sum(gap <= NEAR for gap in apart),
            large=NEAR,
            worst=significant(max(apart), 1),
        ),
        tell(
            "agree_likelihood",
            lang,
            total=len(likelihood),
            rounding=within,
            worst=significant(max(likelihood), 1),
        ),
        tell(
            "agree_marks",
            lang,
            total=len(marked),
            same=sum(row["marks_printed"] == row["marks_refit"] for row in marked),
        ),
    ]
    return Block(tell("in_short", lang), lines=lines)


def _marked(calibration: Calibration) -> list[Row]:
    """Rows of Table 5 that carry marks: all but the constants."""
    return [row for row in rows_of(calibration.table5) if row["variable"] != "_cons"]


def _digits(printed: float, least: int) -> int:
    """Decimals with which a number was printed."""
    exponent = Decimal(repr(float(printed))).as_tuple().exponent
    return max(least, -exponent) if isinstance(exponent, int) else least


def _agreement(rows: list[Row], least: int) -> tuple[list[float], int]:
    """Distances between print and refit, and how many of them rounding explains."""
    apart = [abs(float(row["refit"]) - float(row["printed"])) for row in rows]
    half = [0.5 * 10.0 ** -_digits(row["printed"], least) for row in rows]
    return apart, sum(gap <= most + 1e-12 for gap, most in zip(apart, half, strict=True))


def _table5(calibration: Calibration, lang: str) -> list[Block]:
    """Lay the refit below the print, column by column as published, and say what was found besides."""
    table = calibration.table5
    columns = [str(column) for column in dict.fromkeys(table["column"])]
    rows = []
    for variable in variables_in(table):
        found = {str(row["column"]): row for row in rows_of(table, variable=variable)}
        name = name_in(VARIABLES, variable, lang)
        for value, first in (("printed", name), ("refit", "")):
            cells = [_coefficient(found.get(column), value) for column in columns]
            rows.append([first, tell(value, lang), *cells])
    tests = {str(row["column"]): row for row in rows_of(calibration.likelihood)}
    for value, first in (("printed", tell("likelihood", lang)), ("refit", "")):
        cells = [plain(float(tests[column][value]), LIKELIHOOD_DECIMALS) for column in columns]
        rows.append([first, tell(value, lang), *cells])
    headings = [tell("variable", lang), tell("kind", lang), *(f"({column})" for column in columns)]
    as_printed = Block("", headings, [True, True, *[False] * len(columns)], rows, [tell("table5_note", lang)])
    found_lines = [
        tell("found_firms", lang, value=plain(calibration.firms)),
        tell("found_y", lang, value=percent(calibration.share_y, 1)),
        tell("found_x2", lang, value=percent(calibration.share_x2, 1)),
    ]
    return [as_printed, in_short(calibration, lang), Block(tell("found", lang), lines=found_lines)]


def _coefficient(row: Row | None, value: str) -> str:
    """Write a coefficient with its marks; nothing where the column does not enter the variable."""
    if row is None:
        return ""
    return plain(float(row[value]), _digits(row["printed"], DECIMALS)) + str(row[f"marks_{value}"])


def _entering(calibration: Calibration, lang: str) -> Block:
    """Show standard errors of the rebuilt survey beside those that the rise of LR implies."""
    rows = [
        [
            f"({row['column']})",
            name_in(VARIABLES, str(row["variable"]), lang),
            *(plain(float(row[key]), 3) for key in ("standard_error", "implied")),
            plain(float(row["ratio"]), 2),
        ]
        for row in rows_of(calibration.entering)
    ]
    keys = ("column", "variable", "standard_error", "implied", "ratio")
    headings = [tell(key, lang) for key in keys]
    return Block("", headings, [True, True, *[False] * 3], rows, [tell("entering_note", lang)])


def _stars(calibration: Calibration, lang: str) -> list[Block]:
    """Sum up, for every prior and N, where equations and all marks can be met, and what bounds both shares."""
    frame = calibration.stars
    if not len(frame):
        return [Block("", lines=[tell("stars_missing", lang)])]
    rows = []
    for prior, firms in product(dict.fromkeys(frame["prior"]), sorted(set(frame["firms"]))):
        part = frame[(frame["prior"] == prior) & (frame["firms"] == firms)]
        met, good = part[part["equations"]], part[part["all_marks"]]
        rows.append(
            [
                name_in(PRIORS, str(prior), lang),
                plain(float(firms)),
                str(len(met)),
                plain(float(met["marks"].max())),
                str(len(good)),
                _span(good["share_y"].min(), good["share_y"].max(), lang),
                _span(good["share_x2"].min(), good["share_x2"].max(), lang),
            ]
        )
    keys = ("prior", "equations_met", "most_marks", "marks_met", "where_y", "where_x2")
    headings = [tell(key, lang) for key in keys]
    headings.insert(1, "N")
    chosen = {"firms": plain(calibration.firms)}
    chosen |= {key: percent(getattr(calibration, key), 1) for key in ("share_y", "share_x2")}
    lines = [tell("stars_note", lang, total=len(_marked(calibration))), tell("stars_chosen", lang, **chosen)]
    blocks = [Block("", headings, [True, *[False] * 6], rows, lines)]
    if len(calibration.bounds):
        blocks.append(_bounds(calibration, lang))
    return blocks


def _bounds(calibration: Calibration, lang: str) -> Block:
    """Show N and the shares outside which no survey can meet the equations; an end that is not proved is open."""
    rows = [
        [
            plain(float(row["firms"])),
            tell("from_to", lang, low=plain(row["firms_low"]), high=plain(row["firms_high"])),
            *(
                _span(_proved(row[f"{share}_low"], 0.0), _proved(row[f"{share}_high"], 1.0), lang)
                for share in ("share_y", "share_x2")
            ),
        ]
        for row in rows_of(calibration.bounds)
    ]
    headings = ["N", *(tell(key, lang) for key in ("firms_range", "difficulty_share", "quality_share"))]
    lines = [tell("bounds_note", lang)]
    return Block(tell("bounds_title", lang), headings, [False] * 4, rows, lines)


def _proved(end: float, limit: float) -> float:
    """Return a bound, or the limit of a share where none is proved."""
    return limit if math.isnan(end) else end


def _span(low: float, high: float, lang: str) -> str:
    """Write a range of shares; there is none where both ends are missing."""
    if math.isnan(low):
        return tell("nothing", lang)
    return tell("from_to", lang, low=plain(100 * low, 1), high=percent(high, 1))


# ---------------------------------------------------------------------------------------------------------
# The population, and the regression on it
# ---------------------------------------------------------------------------------------------------------


def _population(calibration: Calibration, lang: str) -> list[Block]:
    """Show who answers what in the survey and in the province, and which margin moved the survey how far."""
    rows = []
    for variable in variables_in(calibration.answers):
        name, codes = (name_in(names, variable, lang) for names in (VARIABLES, CODES))
        rows.append([tell("bracketed", lang, text=name, more=codes), *[""] * len(POPULATIONS)])
        for row in rows_of(calibration.answers, variable=variable):
            shares = [plain(100 * float(row[population]), 1) for population in POPULATIONS]
            rows.append([f"{INDENT}{row['code']}", *shares])
    headings = [tell("answer", lang), *(tell(population, lang) for population in POPULATIONS)]
    answers = Block(
        tell("answers_title", lang),
        headings,
        [True, *[False] * len(POPULATIONS)],
        rows,
        [tell("answers_note", lang)],
    )
    moves = [
        [
            name_in(MARGINS, str(row["margin"]), lang),
            _target(float(row["target"])),
            *(plain(float(row[f"divergence_{key}"]), 3) for key in ("alone", "added")),
        ]
        for row in rows_of(calibration.population)
    ]
    headings = [tell(key, lang) for key in ("margin", "target", "alone", "added")]
    moved = Block(
        tell("moved_title", lang), headings, [True, *[False] * 3], moves, [tell("moved_note", lang)]
    )
    return [answers, moved]


def _target(share: float) -> str:
    """Write what a margin was set to, where it is one share."""
    return percent(share, 1) if math.isfinite(share) else "–"


def _refit(calibration: Calibration, lang: str) -> list[Block]:
    """Show column 9 on simulated firms at each moment, a column for each reading."""
    frame, blocks, far = calibration.refit, [], []
    for moment in dict.fromkeys(frame["moment"]):
        part = frame[frame["moment"] == moment]
        readings = readings_in(part)
        headings = [say(READING_NAMES[reading], lang) for reading in readings]
        if part.groupby("variable")["refit"].nunique().max() == 1:  # before the readings part
            readings, headings = readings[:1], [tell("all_readings", lang)]
        rows = []
        for variable in variables_in(part):
            found = [row_of(part, reading=reading, variable=variable) for reading in readings]
            printed = [plain(float(found[0][key]), DECIMALS) for key in ("printed", "standard_error")]
            cells = [_with_interval(row) for row in found]
            rows.append([name_in(VARIABLES, variable, lang), *printed, *cells])
        name = name_in(MOMENTS, moment, lang)
        for reading, heading in zip(readings, headings, strict=True):
            gaps = [_is_far(row) for row in rows_of(part, reading=reading)]
            parts = {"moment": name, "reading": heading, "total": len(gaps), "far": sum(gaps)}
            far.append(tell("refit_far", lang, **parts))
        headings = [*(tell(key, lang) for key in ("variable", "printed", "standard_error")), *headings]
        columns = [True, *[False] * (2 + len(readings))]
        blocks.append(Block(tell("refit_title", lang, moment=name), headings, columns, rows))
    return [*blocks, Block(word("answer", lang), lines=[*far, tell("refit_note", lang)])]


def _is_far(row: Row) -> bool:
    return abs(float(row["refit"]) - float(row["printed"])) > FAR * float(row["standard_error"])


def _with_interval(row: Row) -> str:
    """Write a coefficient with its interval, flagged where it is far from print."""
    refit, low, high = (plain(float(row[key]), 2) for key in ("refit", "low", "high"))
    return f"{refit} [{low}, {high}]" + (" !" if _is_far(row) else "")
