"""Rows of the tables that only the study report has; its templates hold the headings."""

from __future__ import annotations

from math import isfinite

from sim.analysis.studies.importance import basis_of
from sim.analysis.studies.stages import Stage
from sim.runs.experiment import row_values
from sim.show.pages.markdown import code
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.numbers import percent, plain
from sim.show.texts.study import METHODS, ROLES, STAGES
from sim.show.texts.study_account import StudyAccount
from sim.show.texts.study_names import amounts, basis_name, halves, values_text

MOST_LISTED = 60  # rows of a list


def factors(account: StudyAccount) -> list[list[str]]:
    """Return name, meaning, role, values, unit, basis and group of each factor."""
    words = account.words
    return [
        [
            code(factor.name),
            account.meaning(factor.name),
            words.pick(ROLES[factor.role]),
            *values_text(factor, words),
            basis_name(basis_of([factor]), words),
            factor.group or "",
        ]
        for factor in account.study.experiment.factors
    ]


def stages(account: StudyAccount) -> list[list[str]]:
    """Return for each stage: name, design, rows, echoes, and its runs in all, done and failed."""
    words = account.words
    return [
        [
            words.pick(STAGES[stage.name]),
            words.pick(METHODS[stage.experiment.design.method]),
            plain(len(stage.sample)),
            plain(int((stage.sample.luck > 0).sum())),
            *(plain(getattr(stage.tally, key)) for key in ("total", "done", "failed")),
        ]
        for stage in account.study.stages
    ]


def luck(account: StudyAccount) -> list[list[str]]:
    """Return each response to the leading outcome with luck's share of the variance between rows."""
    verdict = account.verdict
    return [
        [
            account.response(row["kind"], row["scenario"], row["rival"], row["outcome"]),
            *(percent(row[key]) if isfinite(row[key]) else "–" for key in ("run", "mean")),
        ]
        for row in rows_of(account.study.luck, stage=verdict.stage.name, outcome=verdict.outcome)
    ]


def listed(account: StudyAccount) -> list[list[str]]:
    """Return what each row of a list sets, and every policy's effect there; empty for other designs."""
    stage, summary = account.verdict.stage, account.study.summary
    if stage.experiment.design.method != "list" or not len(summary):
        return []
    kind, cases = account.shown
    rows = rows_of(summary, stage=stage.name, kind=kind, outcome=account.verdict.outcome)
    found = {(int(row["row"]), row["scenario"]): row for row in rows}
    return [
        [row_name(account, stage, row), *(_with_interval(account, found.get((row, case))) for case in cases)]
        for row in range(min(len(stage.sample), MOST_LISTED))
    ]


def _with_interval(account: StudyAccount, row: Row | None) -> str:
    if row is None:
        return "–"
    numbers = [float(row[key]) for key in ("mean", "low", "high")]
    shown = numbers if isfinite(numbers[1]) else numbers[:1]
    texts, unit = amounts(row["outcome"], shown, account.words, signed=row["kind"] != "level")
    value = f"{texts[0]} {unit}".rstrip()
    if len(texts) == 1:
        return value
    return account.words("study.interval", value=value, low=texts[1], high=texts[2])


def row_name(account: StudyAccount, stage: Stage, row: int) -> str:
    """Name a row of a list by what it sets."""
    values = row_values(stage.experiment, stage.sample, row)
    parts = [f"{name} {account.row_value(name, value)}" for name, value in values.items()]
    return account.words.listed(parts) or account.words("study.row_number", row=row)


def convergence(account: StudyAccount) -> list[list[str]]:
    """Return numbers of base points, each with the widest half-width of a total index."""
    precision = account.verdict.precision
    not_yet = account.words("study.not_yet")
    return [
        [plain(size), plain(width, 3) if isfinite(width) else not_yet]
        for size, width in (precision.steps if precision else {}).items()
    ]


def hinges(account: StudyAccount) -> list[list[str]]:
    """Return by factor: the policy whose share of rows changes most, its share in either half, a star if clear."""
    rows = []
    for swing in account.verdict.swings:
        low, high = halves(swing.factor, account.words)
        shares = [f"{percent(swing.low)} ({low})", f"{percent(swing.high)} ({high})"]
        rows.append(
            [code(swing.factor.name), account.title(swing.scenario), *shares, "*" if swing.clear else ""]
        )
    return rows
