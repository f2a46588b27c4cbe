"""Tables of a report on a study: indices, a screen, precision, who leads in which half of a factor."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from sim.analysis.studies.importance import Hanging, hangings
from sim.analysis.studies.indices import DUMMY
from sim.analysis.studies.stages import Stage
from sim.analysis.studies.verdict import Verdict
from sim.show.pages.markdown import code
from sim.show.tables.blocks import Block
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.numbers import percent, plain, significant
from sim.show.texts.study import INDICES
from sim.show.texts.study_names import (
    View,
    basis,
    halves,
    label_meaning,
    outcome_scale,
    response_name,
)

#: Columns of a table of indices, by design.
COLUMNS = {
    "sobol": ("ST", "S1"),
    "morris": ("mu_star", "mu", "sigma"),
    "shapley": ("shapley",),
    "latin_hypercube": ("delta", "pawn", "S1"),
}


def lead_of(view: View, verdict: Verdict) -> list[Hanging]:
    """On what every response to the leading outcome hangs: first what the verdict speaks of."""
    found = hangings(view.study, verdict.stage, verdict.outcome)
    return sorted(found, key=lambda each: each.kind != verdict.kind)


def indices(view: View, stage: Stage, hanging: Hanging) -> Block:
    """All indices of one response, the weightiest factor first, the dummy last."""
    name = response_name(view, hanging.kind, hanging.scenario, hanging.rival, hanging.outcome)
    title = view.words("study.indices_title", response=name)
    if not hanging.weights or hanging.note:
        return Block(title, lines=[view.words(f"study.{hanging.note}_short")])
    where = {"kind": hanging.kind, "scenario": hanging.scenario, "rival": hanging.rival}
    found = rows_of(view.study.indices, stage=stage.name, outcome=hanging.outcome, other="", **where)
    numbers = {(row["factor"], row["index"]): row for row in found}
    columns = COLUMNS[stage.experiment.design.method]
    loud = {weight.name for weight in hanging.loud}
    rows = []
    for weight in hanging.weights:
        cells = [_index_cell(numbers.get((weight.name, index)), index, hanging, view) for index in columns]
        mark = view.words("study." + ("yes" if weight.name in loud else "no"))
        what = label_meaning(view, stage, weight.name)
        rows.append([code(weight.name), what, basis(view, weight.basis), *cells, mark])
    cells = [_index_cell(numbers.get((DUMMY, index)), index, hanging, view) for index in columns]
    rows.append([DUMMY, view.words("study.dummy"), "", *cells, ""])
    headings = [view.words(f"study.{key}") for key in ("factor", "meaning", "grade")]
    headings += [_index_head(index, hanging, view) for index in columns] + [view.words("study.above")]
    return Block(title, headings, [True] * 3 + [False] * len(columns) + [True], rows)


def _index_head(index: str, hanging: Hanging, view: View) -> str:
    name = view.words.pick(INDICES[index])
    if index not in ("mu_star", "mu", "sigma"):
        return name
    _, unit = outcome_scale(hanging.outcome, _largest(hanging), view.words)
    return view.words("study.with_unit", name=name, unit=unit) if unit else name


def _largest(hanging: Hanging) -> float:
    return max((abs(end) for weight in hanging.weights for end in (weight.high, weight.value)), default=1.0)


def _index_cell(row: Row | None, index: str, hanging: Hanging, view: View) -> str:
    """Write an index with its interval; a dash where a group has none."""
    if row is None or not isfinite(row["value"]):
        return "–"
    numbers = [float(row[key]) for key in ("value", "low", "high")]
    if index in ("mu_star", "mu", "sigma"):
        size, _ = outcome_scale(hanging.outcome, _largest(hanging), view.words)
        value, low, high = (significant(number / size) for number in numbers)
    else:
        value, low, high = (plain(number, 2) for number in numbers)
    return view.words("study.interval", value=value, low=low, high=high)


def index_notes(view: View, stage: Stage) -> list[str]:
    """Explain the indices of a design."""
    method = stage.experiment.design.method
    dummy = "note_dummy_given" if method == "latin_hypercube" else "note_dummy"
    blocks = view.words(f"study.blocks_{method}")
    lines = [
        view.words(f"study.note_{method}"),
        view.words(f"study.{dummy}"),
        view.words("study.note_intervals", blocks=blocks),
    ]
    return [*lines, view.words("study.indices_more")]


def screening(view: View, verdict: Verdict) -> Iterator[Block]:
    """The tables of the first stage of two."""
    first = view.study.stages[0]
    for each in hangings(view.study, first, verdict.outcome):
        if each.kind == verdict.kind:
            yield indices(view, first, each)
    yield Block("", lines=index_notes(view, first)[:1])


def convergence(view: View, verdict: Verdict) -> Block:
    """Widest half-width by number of base points."""
    steps = verdict.precision.steps if verdict.precision else {}
    rows = [
        [plain(size), plain(width, 3) if isfinite(width) else view.words("study.not_yet")]
        for size, width in steps.items()
    ]
    headings = [view.words("study.base_points"), view.words("study.widest_head")]
    return Block("", headings, [False, False], rows, [view.words("study.convergence_note")])


def hinges(view: View, verdict: Verdict) -> Block:
    """How often policies lead in either half of each factor."""
    rows = []
    for swing in verdict.swings:
        low, high = halves(swing.factor, view.words)
        mark = "*" if swing.clear else ""
        rows.append(
            [
                code(swing.factor.name),
                view.title(swing.scenario),
                f"{percent(swing.low)} ({low})",
                f"{percent(swing.high)} ({high})",
                mark,
            ]
        )
    headings = [view.words(f"study.{key}") for key in ("factor", "policy", "hinge_low", "hinge_high")]
    return Block("", [*headings, ""], [True, True, True, True, True], rows, [view.words("study.hinges_note")])


def brief(table: Block) -> Block:
    """A table of indices without the meanings, which are long."""
    rows = [[cell for k, cell in enumerate(row) if k != 1] for row in table.rows]
    return Block(table.title, table.headings[:1] + table.headings[2:], table.text_columns[1:], rows)
