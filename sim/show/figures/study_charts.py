"""Shared parts of a study's figures: factor names beside a chart, looks of policies, ends of axes."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.analysis.studies.importance import Hanging, hangings
from sim.analysis.studies.stages import Stage
from sim.runs.experiment import row_values
from sim.runs.factors import Choice, Factor
from sim.show.figures.canvas import (
    INK,
    MARGIN,
    SMALL_SIZE,
    SOFT,
    Entries,
    Sheet,
    look,
    plain_ticks,
)
from sim.show.figures.lettering import fitted
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.study_account import StudyAccount
from sim.show.texts.study_names import basis_name, outcome_scale, value_scale, value_text

FLOOR = "#dfe2e5"  # shade of what luck alone may give
LABELS = 2.25  # inches, names of factors with their meanings
LINE = 0.125  # inches, a line of small text
MOST_LINES, MOST_HEAD_LINES = 2, 4


def begin(
    account: StudyAccount,
    figure: str,
    subtitle: str,
    content: float,
    notes: Sequence[str] = (),
    entries: Entries = (),
) -> Sheet:
    """Begin the figure of the given name, with the given height (inches) for its content."""
    title = account.words(f"study.{figure}_figure")
    return Sheet(account, content, title, account.sentence(subtitle), notes, entries)


def policy_lines(account: StudyAccount, cases: Sequence[str]) -> Entries:
    """Return legend entries for the policies, in the order of the study."""
    return [
        (account.title(case), Line2D([], [], linewidth=1.2, markersize=4.0, **look(k)))
        for k, case in enumerate(cases)
    ]


def lead_hangings(account: StudyAccount, stage: Stage, most: int) -> list[Hanging]:
    """Return the responses worth a chart: those of the verdict, then effects; none without indices."""
    found = [each for each in hangings(account.study, stage, account.verdict.outcome) if not each.note]
    kinds = dict.fromkeys((account.verdict.kind, "effect"))
    return [each for kind in kinds for each in found if each.kind == kind][:most]


def factor_texts(account: StudyAccount, label: str, what: str, basis: str) -> tuple[str, list[str]]:
    """Name a factor with its basis, and wrap its meaning."""
    width = LABELS - 0.15
    (name,) = fitted(f"{label} · {basis_name(basis, account.words)}", SMALL_SIZE + 0.3, width)
    return name, [line for line in fitted(what, SMALL_SIZE - 0.8, width, MOST_LINES) if line]


def write_factor(sheet: Sheet, middle: float, texts: tuple[str, list[str]]) -> None:
    """Write a factor's name and meaning at the left of a row, whose middle is given in inches."""
    name, lines = texts
    top = middle + LINE * (len(lines) + 1) / 2
    sheet.text(MARGIN, top - 0.5 * LINE, name, size=SMALL_SIZE + 0.3, va="center")
    for k, line in enumerate(lines):
        sheet.text(MARGIN, top - (k + 1.5) * LINE, line, size=SMALL_SIZE - 0.8, color=SOFT, va="center")


def head(axes: Axes, text: str, width: float, pad: float = 4.0) -> None:
    """Write a title above a chart, broken into lines that fit its width in inches."""
    lines = fitted(text, SMALL_SIZE, width, MOST_HEAD_LINES)
    axes.set_title("\n".join(lines), fontsize=SMALL_SIZE, color=INK, loc="left", pad=pad)


def head_lines(texts: Sequence[str], width: float) -> int:
    """Return the number of lines of the longest title."""
    return max(len(fitted(text, SMALL_SIZE, width, MOST_HEAD_LINES)) for text in texts)


def scaled(account: StudyAccount, outcome: str, values: Sequence[float]) -> tuple[float, str]:
    """Return the unit in which an outcome is drawn: its size in the outcome's own unit, and its name."""
    return outcome_scale(outcome, max((abs(value) for value in values), default=1.0), account.words)


def rows_found(account: StudyAccount, case: str) -> dict[int, Row]:
    """Return a scenario's drawn rows of the summary, by row of the design."""
    where = {
        "stage": account.verdict.stage.name,
        "kind": account.shown[0],
        "scenario": case,
        "outcome": account.verdict.outcome,
    }
    return {int(row["row"]): row for row in rows_of(account.study.summary, **where)}


def unit_of(account: StudyAccount, cases: Sequence[str]) -> tuple[float, str]:
    """Return the unit in which the leading outcome is drawn, chosen from the means of all rows."""
    values = [row["mean"] for case in cases for row in rows_found(account, case).values()]
    return scaled(account, account.verdict.outcome, values)


def place_of(factor: Factor, value: object) -> float:
    """Return the place of a factor's value on an axis; choices stand side by side."""
    shape = factor.distribution
    return float(shape.values.index(value)) if isinstance(shape, Choice) else float(value)  # type: ignore[arg-type]


def factor_axis(account: StudyAccount, axes: Axes, factor: Factor, ticks: int = 5) -> None:
    """Label the horizontal axis with a factor's values and unit."""
    shape = factor.distribution
    if isinstance(shape, Choice):
        names = [value_text(factor, value, account.words) for value in shape.values]
        axes.set_xticks(range(len(names)), names)
        axes.set_xlim(-0.5, len(names) - 0.5)
        return
    plain_ticks(axes.xaxis, ticks)


def factor_scale(account: StudyAccount, factor: Factor) -> tuple[float, str]:
    """Unit in which a factor is drawn."""
    if isinstance(factor.distribution, Choice):
        return 1.0, ""
    return value_scale(factor, float(factor.at(1.0)), account.words)


def labelled(factor: Factor, unit: str) -> str:
    """Name of a factor with its unit."""
    return f"{factor.name}, {unit}" if unit else factor.name


def meanings(account: StudyAccount, factors: Sequence[Factor]) -> list[str]:
    """Return notes on the meaning of factors, as far as known."""
    found = {factor.name: account.meaning(factor.name) for factor in factors}
    return [account.words("study.explained", name=name, what=what) for name, what in found.items() if what]


def subtitle_of(account: StudyAccount, effect: str, level: str, **parts: str) -> str:
    """Return the subtitle for effects, or for the level of the only scenario."""
    key = effect if account.verdict.policies else level
    return account.words(f"study.{key}", outcome=account.leading, **parts)


def value_in(stage: Stage, row: int, factor: Factor) -> object:
    """Value of a factor in a row."""
    return row_values(stage.experiment, stage.sample, row)[factor.name]
