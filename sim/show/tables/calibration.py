"""Tables of the calibration report on the rebuilt survey, and how well it agrees with the published tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

import pandas as pd

from sim.show.tables.blocks import INDENT, Block
from sim.show.tables.rows import Row, readings_in, row_of, rows_of
from sim.show.texts.calibration import CODES, MARGINS, MOMENTS, PRIORS, VARIABLES, CalibrationAccount
from sim.show.texts.names import READING_NAMES
from sim.show.texts.numbers import percent, plain, significant

NEAR = 0.005  # largest distance from the printed coefficient that counts as near
FAR = 2.0  # standard errors
DECIMALS, LIKELIHOOD_DECIMALS = 3, 2  # that Table 5 prints at least; the file drops zeros at the end
POPULATIONS = ("survey", "survey_judgement", "below_quality", "quality", "province")

Cells = list[list[str]]


def variables_in(frame: pd.DataFrame) -> list[str]:
    """List the variables of a frame in published order, the constant last."""
    return sorted(dict.fromkeys(frame["variable"]), key=lambda name: name == "_cons")


# ---------------------------------------------------------------------------------------------------------
# Table 5
# ---------------------------------------------------------------------------------------------------------


def agreement(account: CalibrationAccount) -> Block:
    """Count the coefficients, likelihood-ratio statistics and marks that the refit reproduces as printed."""
    calibration, words = account.calibration, account.words
    apart, rounding = _distances(rows_of(calibration.table5), DECIMALS)
    likelihood, within = _distances(rows_of(calibration.likelihood), LIKELIHOOD_DECIMALS)
    marked = marked_rows(account)
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


def marked_rows(account: CalibrationAccount) -> list[Row]:
    """Return the rows of Table 5 that carry marks: all but the constants."""
    return [row for row in rows_of(account.calibration.table5) if row["variable"] != "_cons"]


def _digits(printed: float, least: int) -> int:
    """Return the number of decimals that a number was printed with."""
    exponent = Decimal(repr(float(printed))).as_tuple().exponent
    return max(least, -exponent) if isinstance(exponent, int) else least


def _distances(rows: list[Row], least: int) -> tuple[list[float], int]:
    """Return the distances between printed and refitted values, and how many of them rounding explains."""
    apart = [abs(float(row["refit"]) - float(row["printed"])) for row in rows]
    half = [0.5 * 10.0 ** -_digits(row["printed"], least) for row in rows]
    return apart, sum(gap <= most + 1e-12 for gap, most in zip(apart, half, strict=True))


def table5_rows(account: CalibrationAccount) -> Cells:
    """List printed above refitted coefficients: variable, printed or refit, the published columns; LR last."""
    table = account.calibration.table5
    columns = [str(column) for column in dict.fromkeys(table["column"])]
    labels = {value: account.words(f"calibration.value_{value}") for value in ("printed", "refit")}
    rows = []
    for variable in variables_in(table):
        found = {str(row["column"]): row for row in rows_of(table, variable=variable)}
        for (value, label), first in zip(
            labels.items(), (account.name(VARIABLES, variable), ""), strict=True
        ):
            rows.append([first, label, *(_coefficient(found.get(column), value) for column in columns)])
    tests = {str(row["column"]): row for row in rows_of(account.calibration.likelihood)}
    for (value, label), first in zip(
        labels.items(), (account.words("calibration.likelihood"), ""), strict=True
    ):
        cells = [plain(float(tests[column][value]), LIKELIHOOD_DECIMALS) for column in columns]
        rows.append([first, label, *cells])
    return rows


def _coefficient(row: Row | None, value: str) -> str:
    """Write a coefficient with its marks; empty if the variable is not in that column's model."""
    if row is None:
        return ""
    return plain(float(row[value]), _digits(row["printed"], DECIMALS)) + str(row[f"marks_{value}"])


def entering_rows(account: CalibrationAccount) -> Cells:
    """Show the rebuilt survey's standard errors beside those implied by the rise of LR, and their ratio."""
    return [
        [
            f"({row['column']})",
            account.name(VARIABLES, str(row["variable"])),
            *(plain(float(row[key]), 3) for key in ("standard_error", "implied")),
            plain(float(row["ratio"]), 2),
        ]
        for row in rows_of(account.calibration.entering)
    ]


# ---------------------------------------------------------------------------------------------------------
# What the marks reveal
# ---------------------------------------------------------------------------------------------------------


def stars_rows(account: CalibrationAccount) -> Cells:
    """Count, by prior and N, the points where the equations and all marks can be met; give the shares there."""
    frame, rows = account.calibration.stars, []
    for prior, firms in product(dict.fromkeys(frame["prior"]), sorted(set(frame["firms"]))):
        part = frame[(frame["prior"] == prior) & (frame["firms"] == firms)]
        met, good = part[part["equations"]], part[part["all_marks"]]
        rows.append(
            [
                account.name(PRIORS, str(prior)),
                plain(float(firms)),
                str(len(met)),
                plain(float(met["marks"].max())),
                str(len(good)),
                *(
                    _shares(good[share].min(), good[share].max(), account)
                    for share in ("share_y", "share_x2")
                ),
            ]
        )
    return rows


def bounds_rows(account: CalibrationAccount) -> Cells:
    """Show the ends of N and of the shares that the equations allow: exact, and with the digits' rounding."""
    return [
        [
            account.words(f"calibration.ends_{row['digits']}"),
            plain(float(row["firms"])),
            account.span(plain(row["firms_low"], 1), plain(row["firms_high"], 1)),
            *(
                _shares(float(row[f"{share}_low"]), float(row[f"{share}_high"]), account)
                for share in ("share_y", "share_x2")
            ),
        ]
        for row in rows_of(account.calibration.bounds)
    ]


def _shares(low: float, high: float, account: CalibrationAccount) -> str:
    """Write a range of shares, or that there is none if both ends are missing."""
    if math.isnan(low):
        return account.words("calibration.nothing")
    return account.span(plain(100 * low, 1), percent(high, 1))


# ---------------------------------------------------------------------------------------------------------
# The population, and the regression on it
# ---------------------------------------------------------------------------------------------------------


def answers_rows(account: CalibrationAccount) -> Cells:
    """Show the answers in each of `POPULATIONS`, in percent: under each variable, one row per code."""
    frame, rows = account.calibration.answers, []
    for variable in variables_in(frame):
        name, codes = (account.name(names, variable) for names in (VARIABLES, CODES))
        heading = account.words("calibration.bracketed", text=name, more=codes)
        rows.append([heading, *[""] * len(POPULATIONS)])
        for row in rows_of(frame, variable=variable):
            shares = [plain(100 * float(row[population]), 1) for population in POPULATIONS]
            rows.append([f"{INDENT}{row['code']}", *shares])
    return rows


def margins_rows(account: CalibrationAccount) -> Cells:
    """Show each margin's target, if that is a single share, and how far it moves the survey."""
    return [
        [
            account.name(MARGINS, str(row["margin"])),
            percent(row["target"], 1) if math.isfinite(row["target"]) else "–",
            *(plain(float(row[f"divergence_{key}"]), 3) for key in ("alone", "added")),
        ]
        for row in rows_of(account.calibration.population)
    ]


@dataclass(frozen=True, slots=True)
class Refit:
    """Column 9 on simulated firms at one moment.

    Attributes
    ----------
    moment
        Its name.
    readings
        Names of the refit columns; empty if all readings agree and share one column.
    rows
        Variable, printed coefficient, standard error, then the refits.
    far
        By reading, or once if all agree: number of coefficients more than `FAR` standard errors from print.
    total
        Number of coefficients.
    """

    moment: str
    readings: list[str]
    rows: Cells
    far: list[int]
    total: int


def refits(account: CalibrationAccount) -> list[Refit]:
    """Show column 9 on simulated firms at each moment, a column for each reading."""
    frame = account.calibration.refit
    return [_refit(frame[frame["moment"] == moment], account) for moment in dict.fromkeys(frame["moment"])]


def _refit(part: pd.DataFrame, account: CalibrationAccount) -> Refit:
    variables, readings = variables_in(part), readings_in(part)
    alike = part.groupby("variable")["refit"].nunique().max() == 1  # before the readings part
    shown = readings[:1] if alike else readings
    rows = []
    for variable in variables:
        found = [row_of(part, reading=reading, variable=variable) for reading in shown]
        printed = [plain(float(found[0][key]), DECIMALS) for key in ("printed", "standard_error")]
        rows.append([account.name(VARIABLES, variable), *printed, *map(_with_interval, found)])
    return Refit(
        account.name(MOMENTS, part["moment"].iloc[0]),
        [] if alike else [account.words.pick(READING_NAMES[reading]) for reading in shown],
        rows,
        [sum(map(_is_far, rows_of(part, reading=reading))) for reading in shown],
        len(variables),
    )


def _is_far(row: Row) -> bool:
    return abs(float(row["refit"]) - float(row["printed"])) > FAR * float(row["standard_error"])


def _with_interval(row: Row) -> str:
    """Write a coefficient with its interval, flagged if it is far from the printed one."""
    refit, low, high = (plain(float(row[key]), 2) for key in ("refit", "low", "high"))
    return f"{refit} [{low}, {high}]" + (" !" if _is_far(row) else "")
