"""What the figures of a study share: names of factors beside a chart, looks of policies, how far an axis goes."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.analysis.studies.importance import Hanging, hangings
from sim.analysis.studies.stages import Stage
from sim.analysis.studies.verdict import Verdict
from sim.runs.experiment import row_values
from sim.runs.factors import Choice, Factor
from sim.show.figures.canvas import (
    INK,
    MARGIN,
    SMALL_SIZE,
    SOFT,
    Sheet,
    look,
    plain_ticks,
)
from sim.show.figures.lettering import fitted
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.study_names import (
    View,
    basis,
    outcome_name,
    outcome_scale,
    sentence,
    value_scale,
    value_text,
)

FLOOR = "#dfe2e5"  # ground of what luck alone may give
LABELS = 2.25  # inches, names of factors with their meanings
LINE = 0.125  # inches, a line of small text
MOST_LINES, MOST_HEAD_LINES = 2, 4


def begin(
    view: View,
    texts: tuple[str, str],
    notes: Sequence[str],
    content: float,
    entries: Sequence[tuple[str, Artist]] = (),
) -> tuple[Sheet, float]:
    """Begin a figure: title and subtitle, notes and source below, legend above; and the top of what is left."""
    title, subtitle = (sentence(text) for text in texts)
    sheet = Sheet(view, content, title, subtitle, list(filter(None, notes)), entries)
    return sheet, sheet.top


def policy_lines(view: View, cases: Sequence[str]) -> list[tuple[str, Artist]]:
    """Entries of a legend for policies, in the order of the study."""
    return [
        (view.title(case), Line2D([], [], linewidth=1.2, markersize=4.0, **look(k)))
        for k, case in enumerate(cases)
    ]


def shown_cases(view: View) -> tuple[str, tuple[str, ...]]:
    """The kind of response that single rows are drawn of, and whose: effects of policies, or the baseline's level."""
    policies = view.study.cases[1:]
    return ("effect", policies) if policies else ("level", view.study.cases[:1])


def lead_hangings(view: View, verdict: Verdict, stage: Stage, most: int) -> list[Hanging]:
    """What the responses worth a chart hang on: what the verdict speaks of first, then effects; without notes."""
    found = [each for each in hangings(view.study, stage, verdict.outcome) if not each.note]
    kinds = [verdict.kind, *(kind for kind in ("effect",) if kind != verdict.kind)]
    return [each for kind in kinds for each in found if each.kind == kind][:most]


def factor_texts(view: View, label: str, what: str, basis_name: str) -> tuple[str, list[str]]:
    """Name a factor with what it rests on, and wrap what it means."""
    width = LABELS - 0.15
    (name,) = fitted(f"{label} · {basis(view, basis_name)}", SMALL_SIZE + 0.3, width)
    return name, [line for line in fitted(what, SMALL_SIZE - 0.8, width, MOST_LINES) if line]


def write_factor(sheet: Sheet, middle: float, texts: tuple[str, list[str]]) -> None:
    """Write name and meaning of a factor at the left of a row, whose middle is given in inches."""
    name, lines = texts
    top = middle + LINE * (len(lines) + 1) / 2
    sheet.text(MARGIN, top - 0.5 * LINE, name, size=SMALL_SIZE + 0.3, va="center")
    for k, line in enumerate(lines):
        sheet.text(MARGIN, top - (k + 1.5) * LINE, line, size=SMALL_SIZE - 0.8, color=SOFT, va="center")


def head(axes: Axes, text: str, width: float, pad: float = 4.0) -> None:
    """Write a title above a chart, broken into lines that fit its width in inches."""
    lines = fitted(sentence(text), SMALL_SIZE, width, MOST_HEAD_LINES)
    axes.set_title("\n".join(lines), fontsize=SMALL_SIZE, color=INK, loc="left", pad=pad)


def head_lines(texts: Sequence[str], width: float) -> int:
    """Lines that the longest title takes."""
    return max(len(fitted(sentence(text), SMALL_SIZE, width, MOST_HEAD_LINES)) for text in texts)


def scaled(view: View, outcome: str, values: Sequence[float]) -> tuple[float, str]:
    """Unit in which values of an outcome are drawn: so much of its own, and its name."""
    return outcome_scale(outcome, max((abs(value) for value in values), default=1.0), view.words)


def rows_found(view: View, verdict: Verdict, case: str) -> dict[int, Row]:
    """Rows of the summary that are drawn of a scenario, by row of the design."""
    kind, _ = shown_cases(view)
    where = {"stage": verdict.stage.name, "kind": kind, "scenario": case, "outcome": verdict.outcome}
    return {int(row["row"]): row for row in rows_of(view.study.summary, **where)}


def unit_of(view: View, verdict: Verdict, cases: Sequence[str]) -> tuple[float, str]:
    """Unit in which the leading outcome is drawn, from the means of all rows."""
    values = [row["mean"] for case in cases for row in rows_found(view, verdict, case).values()]
    return scaled(view, verdict.outcome, values)


def place_of(factor: Factor, value: object) -> float:
    """Where a value of a factor stands on an axis: choices one beside the other."""
    shape = factor.distribution
    return float(shape.values.index(value)) if isinstance(shape, Choice) else float(value)  # type: ignore[arg-type]


def factor_axis(view: View, axes: Axes, factor: Factor, ticks: int = 5) -> None:
    """Give the horizontal axis the values of a factor, and its unit."""
    shape = factor.distribution
    if isinstance(shape, Choice):
        names = [value_text(factor, value, view.words) for value in shape.values]
        axes.set_xticks(range(len(names)), names)
        axes.set_xlim(-0.5, len(names) - 0.5)
        return
    plain_ticks(axes.xaxis, ticks)


def factor_scale(view: View, factor: Factor) -> tuple[float, str]:
    """Unit in which a factor is drawn."""
    if isinstance(factor.distribution, Choice):
        return 1.0, ""
    return value_scale(factor, float(factor.at(1.0)), view.words)


def labelled(factor: Factor, unit: str) -> str:
    """Name of a factor with its unit."""
    return f"{factor.name}, {unit}" if unit else factor.name


def subtitle_of(view: View, verdict: Verdict, effect: str, level: str, **parts: str) -> str:
    """Subtitle for effects, or for the level of the only scenario."""
    key = effect if verdict.policies else level
    return view.words(f"study.{key}", outcome=outcome_name(verdict.outcome, view.words), **parts)


def value_in(stage: Stage, row: int, factor: Factor) -> object:
    """Value of a factor in a row."""
    return row_values(stage.experiment, stage.sample, row)[factor.name]
