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
from sim.show.texts.calibration_names import CODES, MARGINS, MOMENTS, PRIORS, VARIABLES, name_in
from sim.show.texts.names import READING_NAMES
from sim.show.texts.numbers import percent, plain, significant
from sim.words import Words

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


def chapters(calibration: Calibration, words: Words) -> list[Chapter]:
    """Everything the report holds after its first sentences, in reading order."""
    stars = ("stars",) if len(calibration.stars) else ()
    history = [scorecard_block(calibration, words), *record_blocks(calibration, words)]
    return [
        Chapter(words("calibration.table5_chapter"), _table5(calibration, words), ("table5",)),
        Chapter(words("calibration.entering_chapter"), [_entering(calibration, words)]),
        Chapter(words("calibration.stars_chapter"), _stars(calibration, words), stars),
        Chapter(words("calibration.population_chapter"), _population(calibration, words), ("answers",)),
        Chapter(words("calibration.refit_chapter"), _refit(calibration, words), ("refit",)),
        Chapter(
            words("calibration.history_chapter"),
            [*history, *fit_blocks(calibration.history.fit, words)],
            ("scorecard", "history"),
        ),
    ]


def opening(calibration: Calibration, words: Words) -> list[str]:
    """Say what the report is, and what is fitted, held out and assumed."""
    table, history = calibration.table5, calibration.history
    held_out = history.scorecard[history.scorecard["use"] == "H"]["verdict"].value_counts()
    return [
        words("calibration.what", evidence=calibration.evidence, digest=calibration.digest[:8]),
        words(
            "calibration.what_fitted",
            coefficients=len(table),
            columns=len(calibration.likelihood),
            marks=len(_marked(calibration)),
            points=len(history.fit.points),
            free=len(history.fit.parameters),
        ),
        words(
            "calibration.what_held_out",
            total=int(held_out.sum()),
            inside=int(held_out.get("inside", 0)),
            outside=int(held_out.get("outside", 0)),
            none=int(held_out.get("no record", 0)),
        ),
        words("calibration.what_assumed"),
    ]


def variables_in(frame: pd.DataFrame) -> list[str]:
    """List the variables that a frame holds, the constant last, as published."""
    return sorted(dict.fromkeys(frame["variable"]), key=lambda name: name == "_cons")


@dataclass(frozen=True, slots=True)
class CalibrationAccount:
    """A calibration, told in the reader's words."""

    calibration: Calibration
    words: Words

    @property
    def source(self) -> str:
        """Where the numbers come from, for the line below."""
        found = self.calibration
        return self.words(
            "calibration.source",
            evidence=found.evidence,
            digest=found.digest[:8],
            firms=plain(found.firms),
            replications=found.history.replications,
            weight=plain(1 / found.history.scale),
        )


# ---------------------------------------------------------------------------------------------------------
# Table 5
# ---------------------------------------------------------------------------------------------------------


def in_short(calibration: Calibration, words: Words) -> Block:
    """Count coefficients, likelihood-ratio statistics and marks that come back as printed."""
    apart, rounding = _agreement(rows_of(calibration.table5), DECIMALS)
    likelihood, within = _agreement(rows_of(calibration.likelihood), LIKELIHOOD_DECIMALS)
    marked = _marked(calibration)
    lines = [
        words(
            "calibration.agree_coefficients",
            total=len(apart),
            rounding=rounding,
            near=sum(gap <= NEAR for gap in apart),
            large=NEAR,
            worst=significant(max(apart), 1),
        ),
        words(
            "calibration.agree_likelihood",
            total=len(likelihood),
            rounding=within,
            worst=significant(max(likelihood), 1),
        ),
        words(
            "calibration.agree_marks",
            total=len(marked),
            same=sum(row["marks_printed"] == row["marks_refit"] for row in marked),
        ),
    ]
    return Block(words("calibration.in_short"), lines=lines)


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


def _table5(calibration: Calibration, words: Words) -> list[Block]:
    """Lay the refit below the print, column by column as published, and say what was found besides."""
    table = calibration.table5
    columns = [str(column) for column in dict.fromkeys(table["column"])]
    rows = []
    for variable in variables_in(table):
        found = {str(row["column"]): row for row in rows_of(table, variable=variable)}
        name = name_in(VARIABLES, variable, words)
        for value, first in (("printed", name), ("refit", "")):
            cells = [_coefficient(found.get(column), value) for column in columns]
            rows.append([first, words(f"calibration.{value}"), *cells])
    tests = {str(row["column"]): row for row in rows_of(calibration.likelihood)}
    for value, first in (("printed", words("calibration.likelihood")), ("refit", "")):
        cells = [plain(float(tests[column][value]), LIKELIHOOD_DECIMALS) for column in columns]
        rows.append([first, words(f"calibration.{value}"), *cells])
    headings = [
        words("calibration.variable"),
        words("calibration.kind"),
        *(f"({column})" for column in columns),
    ]
    as_printed = Block(
        "", headings, [True, True, *[False] * len(columns)], rows, [words("calibration.table5_note")]
    )
    found_lines = [
        words("calibration.found_firms", value=plain(calibration.firms)),
        words("calibration.found_y", value=percent(calibration.share_y, 1)),
        words("calibration.found_x2", value=percent(calibration.share_x2, 1)),
    ]
    return [as_printed, in_short(calibration, words), Block(words("calibration.found"), lines=found_lines)]


def _coefficient(row: Row | None, value: str) -> str:
    """Write a coefficient with its marks; nothing where the column does not enter the variable."""
    if row is None:
        return ""
    return plain(float(row[value]), _digits(row["printed"], DECIMALS)) + str(row[f"marks_{value}"])


def _entering(calibration: Calibration, words: Words) -> Block:
    """Show standard errors of the rebuilt survey beside those that the rise of LR implies."""
    rows = [
        [
            f"({row['column']})",
            name_in(VARIABLES, str(row["variable"]), words),
            *(plain(float(row[key]), 3) for key in ("standard_error", "implied")),
            plain(float(row["ratio"]), 2),
        ]
        for row in rows_of(calibration.entering)
    ]
    keys = ("column", "variable", "standard_error", "implied", "ratio")
    headings = [words(f"calibration.{key}") for key in keys]
    return Block("", headings, [True, True, *[False] * 3], rows, [words("calibration.entering_note")])


def _stars(calibration: Calibration, words: Words) -> list[Block]:
    """Sum up, for every prior and N, where equations and all marks can be met, and what bounds both shares."""
    frame = calibration.stars
    if not len(frame):
        return [Block("", lines=[words("calibration.stars_missing")])]
    rows = []
    for prior, firms in product(dict.fromkeys(frame["prior"]), sorted(set(frame["firms"]))):
        part = frame[(frame["prior"] == prior) & (frame["firms"] == firms)]
        met, good = part[part["equations"]], part[part["all_marks"]]
        rows.append(
            [
                name_in(PRIORS, str(prior), words),
                plain(float(firms)),
                str(len(met)),
                plain(float(met["marks"].max())),
                str(len(good)),
                _span(good["share_y"].min(), good["share_y"].max(), words),
                _span(good["share_x2"].min(), good["share_x2"].max(), words),
            ]
        )
    keys = ("prior", "equations_met", "most_marks", "marks_met", "where_y", "where_x2")
    headings = [words(f"calibration.{key}") for key in keys]
    headings.insert(1, "N")
    chosen = {"firms": plain(calibration.firms)}
    chosen |= {key: percent(getattr(calibration, key), 1) for key in ("share_y", "share_x2")}
    lines = [
        words("calibration.stars_note", total=len(_marked(calibration))),
        words("calibration.stars_chosen", **chosen),
    ]
    blocks = [Block("", headings, [True, *[False] * 6], rows, lines)]
    if len(calibration.bounds):
        blocks.append(_bounds(calibration, words))
    return blocks


def _bounds(calibration: Calibration, words: Words) -> Block:
    """Show N and the shares outside which no survey can meet the equations; an end that is not proved is open."""
    rows = [
        [
            plain(float(row["firms"])),
            words("calibration.from_to", low=plain(row["firms_low"]), high=plain(row["firms_high"])),
            *(
                _span(_proved(row[f"{share}_low"], 0.0), _proved(row[f"{share}_high"], 1.0), words)
                for share in ("share_y", "share_x2")
            ),
        ]
        for row in rows_of(calibration.bounds)
    ]
    headings = [
        "N",
        *(words(f"calibration.{key}") for key in ("firms_range", "difficulty_share", "quality_share")),
    ]
    lines = [words("calibration.bounds_note")]
    return Block(words("calibration.bounds_title"), headings, [False] * 4, rows, lines)


def _proved(end: float, limit: float) -> float:
    """Return a bound, or the limit of a share where none is proved."""
    return limit if math.isnan(end) else end


def _span(low: float, high: float, words: Words) -> str:
    """Write a range of shares; there is none where both ends are missing."""
    if math.isnan(low):
        return words("calibration.nothing")
    return words("calibration.from_to", low=plain(100 * low, 1), high=percent(high, 1))


# ---------------------------------------------------------------------------------------------------------
# The population, and the regression on it
# ---------------------------------------------------------------------------------------------------------


def _population(calibration: Calibration, words: Words) -> list[Block]:
    """Show who answers what in the survey and in the province, and which margin moved the survey how far."""
    rows = []
    for variable in variables_in(calibration.answers):
        name, codes = (name_in(names, variable, words) for names in (VARIABLES, CODES))
        rows.append([words("calibration.bracketed", text=name, more=codes), *[""] * len(POPULATIONS)])
        for row in rows_of(calibration.answers, variable=variable):
            shares = [plain(100 * float(row[population]), 1) for population in POPULATIONS]
            rows.append([f"{INDENT}{row['code']}", *shares])
    headings = [
        words("calibration.answer"),
        *(words(f"calibration.{population}") for population in POPULATIONS),
    ]
    answers = Block(
        words("calibration.answers_title"),
        headings,
        [True, *[False] * len(POPULATIONS)],
        rows,
        [words("calibration.answers_note")],
    )
    moves = [
        [
            name_in(MARGINS, str(row["margin"]), words),
            _target(float(row["target"])),
            *(plain(float(row[f"divergence_{key}"]), 3) for key in ("alone", "added")),
        ]
        for row in rows_of(calibration.population)
    ]
    headings = [words(f"calibration.{key}") for key in ("margin", "target", "alone", "added")]
    moved = Block(
        words("calibration.moved_title"),
        headings,
        [True, *[False] * 3],
        moves,
        [words("calibration.moved_note")],
    )
    return [answers, moved]


def _target(share: float) -> str:
    """Write what a margin was set to, where it is one share."""
    return percent(share, 1) if math.isfinite(share) else "–"


def _refit(calibration: Calibration, words: Words) -> list[Block]:
    """Show column 9 on simulated firms at each moment, a column for each reading."""
    frame, blocks, far = calibration.refit, [], []
    for moment in dict.fromkeys(frame["moment"]):
        part = frame[frame["moment"] == moment]
        readings = readings_in(part)
        headings = [words.pick(READING_NAMES[reading]) for reading in readings]
        if part.groupby("variable")["refit"].nunique().max() == 1:  # before the readings part
            readings, headings = readings[:1], [words("calibration.all_readings")]
        rows = []
        for variable in variables_in(part):
            found = [row_of(part, reading=reading, variable=variable) for reading in readings]
            printed = [plain(float(found[0][key]), DECIMALS) for key in ("printed", "standard_error")]
            cells = [_with_interval(row) for row in found]
            rows.append([name_in(VARIABLES, variable, words), *printed, *cells])
        name = name_in(MOMENTS, moment, words)
        for reading, heading in zip(readings, headings, strict=True):
            gaps = [_is_far(row) for row in rows_of(part, reading=reading)]
            parts = {"moment": name, "reading": heading, "total": len(gaps), "far": sum(gaps)}
            far.append(words("calibration.refit_far", **parts))
        headings = [
            *(words(f"calibration.{key}") for key in ("variable", "printed", "standard_error")),
            *headings,
        ]
        columns = [True, *[False] * (2 + len(readings))]
        blocks.append(Block(words("calibration.refit_title", moment=name), headings, columns, rows))
    return [*blocks, Block(words("answer.answer"), lines=[*far, words("calibration.refit_note")])]


def _is_far(row: Row) -> bool:
    return abs(float(row["refit"]) - float(row["printed"])) > FAR * float(row["standard_error"])


def _with_interval(row: Row) -> str:
    """Write a coefficient with its interval, flagged where it is far from print."""
    refit, low, high = (plain(float(row[key]), 2) for key in ("refit", "low", "high"))
    return f"{refit} [{low}, {high}]" + (" !" if _is_far(row) else "")
