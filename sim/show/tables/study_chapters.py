"""What the report on a study says, chapter by chapter, as blocks of plain text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from sim.analysis.studies.stages import Stage
from sim.analysis.studies.verdict import Verdict, spreads
from sim.runs.experiment import row_values
from sim.show.pages.markdown import code
from sim.show.tables.blocks import Block
from sim.show.tables.rows import Row, rows_of
from sim.show.tables.study import brief, convergence, hinges, index_notes, indices, lead_of, screening
from sim.show.texts.numbers import percent, plain
from sim.show.texts.study import METHODS, ROLES, STAGES
from sim.show.texts.study_names import (
    View,
    amounts,
    factor_basis,
    listed,
    meaning,
    outcome_name,
    response_name,
    row_value,
    values_text,
)
from sim.show.texts.study_verdict import sentences, warnings

SHOWN_FAILURES = 5
MOST_LISTED = 60  # rows of a list or failed rows that a report names


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: the figures that stand at its beginning, by the names of their files, and its blocks."""

    title: str
    blocks: tuple[Block, ...]
    figures: tuple[str, ...] = ()


def chapters(view: View, verdict: Verdict) -> list[Chapter]:
    """Everything the report holds below its heading, in reading order."""
    made = [
        Chapter(
            view.words("study.verdict"), (Block("", lines=sentences(view, verdict)),), ("best", "hinges")
        ),
        Chapter(view.words("study.asked"), tuple(_asked(view))),
        Chapter(view.words("study.ran"), (_ran(view, verdict), luck(view, verdict))),
        Chapter(
            view.words("study.results"),
            tuple(_results(view, verdict)),
            ("responses", "heatmap", "scatter", "rows"),
        ),
    ]
    if verdict.hanging:
        tables = [indices(view, verdict.stage, each) for each in lead_of(view, verdict)]
        explained = Block(view.words("study.reading_them"), lines=index_notes(view, verdict.stage))
        figures = (
            ("indices", "interactions") if _method(verdict.stage) != "morris" else ("indices", "screening")
        )
        made.append(Chapter(view.words("study.indices_chapter"), (*tables, explained), figures))
    if len(view.study.stages) > 1 and len(view.study.indices):
        first = tuple(screening(view, verdict))
        made.append(Chapter(view.words.pick(METHODS["morris"]), first, ("screening",)))
    if verdict.precision is not None:
        made.append(Chapter(view.words("study.convergence"), (convergence(view, verdict),), ("convergence",)))
    if verdict.swings:
        made.append(Chapter(view.words("study.hinges"), (hinges(view, verdict),)))
    made.append(Chapter(view.words("study.files"), (Block("", lines=[view.words("study.files_line")]),)))
    return made


def _method(stage: Stage) -> str:
    return stage.experiment.design.method


def _asked(view: View) -> Iterator[Block]:
    study, words = view.study, view.words
    experiment, (base, *policies) = study.experiment, study.cases
    outcomes = [outcome_name(name, words) for name in experiment.outcomes]
    once = experiment.replications == 1
    lines = [
        view.words(
            "study." + ("asked_policies" if policies else "asked_baseline"),
            policies=listed([view.title(case) for case in policies], words),
            base=view.title(base),
            outcomes=listed(outcomes, words),
            lead=outcomes[0],
        ),
        view.words(
            "study." + ("asked_once" if once else "asked_design"),
            method=words.pick(METHODS[experiment.design.method]),
            replications=experiment.replications,
        ),
    ]
    yield Block("", lines=lines)
    if experiment.factors:
        yield _factors(view)


def _factors(view: View) -> Block:
    factors = view.study.experiment.factors
    grouped = any(factor.group for factor in factors)
    rows = [
        [
            code(factor.name),
            meaning(view, factor.name),
            view.words.pick(ROLES[factor.role]),
            *values_text(factor, view.words),
            factor_basis(view, factor),
            *([factor.group or ""] if grouped else []),
        ]
        for factor in factors
    ]
    keys = ("factor", "meaning", "role", "values", "unit", "grade", *(("group",) if grouped else ()))
    headings = [view.words(f"study.{key}") for key in keys]
    return Block("", headings, [True] * len(keys), rows, [view.words("study.asked_note")])


def _ran(view: View, verdict: Verdict) -> Block:
    rows = [
        [
            view.words.pick(STAGES[stage.name]),
            view.words.pick(METHODS[stage.experiment.design.method]),
            plain(len(stage.sample)),
            plain(int((stage.sample.luck > 0).sum())),
            *(plain(getattr(stage.tally, key)) for key in ("total", "done", "failed")),
        ]
        for stage in view.study.stages
    ]
    headings = [
        view.words(f"study.{key}") for key in ("stage", "design", "rows", "echoes", "runs", "done", "failed")
    ]
    lines = [*failures(view, verdict), view.words("study.ran_note")]
    return Block("", headings, [True, True, *[False] * 5], rows, lines)


def failures(view: View, verdict: Verdict) -> list[str]:
    """Say how many runs failed, in which rows, why the first of them did, and what was left out for it."""
    lines: list[str] = []
    for stage in view.study.stages:
        frame = stage.failures
        if not len(frame):
            continue
        rows = [str(row) for row in sorted(set(frame["row"].astype(int)))]
        named = listed(rows[:MOST_LISTED], view.words) + (" …" if len(rows) > MOST_LISTED else "")
        parts = {"failed": plain(len(frame)), "total": plain(stage.tally.total), "rows": named}
        lines.append(view.words("study.failures", stage=view.words.pick(STAGES[stage.name]), **parts))
        for row in rows_of(frame)[:SHOWN_FAILURES]:
            about = {"row": row["row"], "replication": row["replication"], "error": row["error"]}
            lines.append(view.words("study.failure", scenario=view.title(row["scenario"]), **about))
        if len(frame) > SHOWN_FAILURES:
            lines.append(view.words("study.failures_more", count=len(frame) - SHOWN_FAILURES))
    for each in verdict.hanging[:1] if lines else ():
        response = response_name(view, each.kind, each.scenario, each.rival, each.outcome)
        lines.append(
            view.words("study.failures_dropped", used=each.used, dropped=each.dropped, response=response)
        )
    return lines or [view.words("study.failures_none")]


def luck(view: View, verdict: Verdict) -> Block:
    """How much of the variance between rows is luck, of every response to the leading outcome."""
    found = rows_of(view.study.luck, stage=verdict.stage.name, outcome=verdict.outcome)
    rows = [
        [
            response_name(view, row["kind"], row["scenario"], row["rival"], row["outcome"]),
            *(percent(row[key]) if isfinite(row[key]) else "–" for key in ("run", "mean")),
        ]
        for row in found
    ]
    count = view.study.experiment.replications
    headings = [
        view.words("study.response"),
        view.words("study.luck_run"),
        view.words("study.luck_mean", count=count),
    ]
    return Block(
        view.words("study.luck"), headings, [True, False, False], rows, [view.words("study.luck_note")]
    )


def _results(view: View, verdict: Verdict) -> Iterator[Block]:
    standing = verdict.standing
    found = [each for each in spreads(verdict.stage) if each.kind != "margin"]
    rows = []
    for each in found:
        level = each.kind == "level"
        share = standing.shares.get(each.scenario) if standing and each.outcome == verdict.outcome else None
        numbers = (each.mean, each.low, each.high)
        texts, unit = amounts(each.outcome, numbers, view.words, signed=not level)
        rows.append(
            [
                outcome_name(each.outcome, view.words),
                view.title(each.scenario),
                f"{texts[0]} {unit}".rstrip(),
                view.words("study.from_to", low=texts[1], high=texts[2]),
                "" if level else percent(each.positive),
                "" if share is None else percent(share),
            ]
        )
    keys = ("outcome", "policy", "mean_head", "range_head", "positive_head", "largest_head")
    used = [k for k in range(len(keys)) if any(row[k] for row in rows)]
    headings, cells = (
        [view.words("study." + (keys[k])) for k in used],
        [[row[k] for k in used] for row in rows],
    )
    yield Block("", headings, [k < 2 for k in used], cells, [view.words("study.results_note")])
    if verdict.stage.experiment.design.method == "list":
        yield from _listed_rows(view, verdict)


def _listed_rows(view: View, verdict: Verdict) -> Iterator[Block]:
    """Effects of every row of a list, with what the row sets."""
    stage, outcome = verdict.stage, verdict.outcome
    kind = "effect" if verdict.policies else "level"
    cases = verdict.policies or view.study.cases[:1]
    frame = view.study.summary
    if not len(frame):
        return
    rows = []
    for row in range(min(len(stage.sample), MOST_LISTED)):
        cells = []
        for case in cases:
            where = {"stage": stage.name, "row": row, "kind": kind, "scenario": case, "outcome": outcome}
            cells += [_with_interval(view, found) for found in rows_of(frame, **where)] or ["–"]
        rows.append([row_name(view, stage, row), *cells])
    headings = [view.words("study.row"), *(view.title(case) for case in cases)]
    name = view.words("study.listed_rows", outcome=outcome_name(outcome, view.words))
    yield Block(name, headings, [True, *[False] * len(cases)], rows, [view.words("study.listed_note")])


def _with_interval(view: View, row: Row) -> str:
    numbers = [float(row[key]) for key in ("mean", "low", "high")]
    shown = numbers if isfinite(numbers[1]) else numbers[:1]
    texts, unit = amounts(row["outcome"], shown, view.words, signed=row["kind"] != "level")
    value = f"{texts[0]} {unit}".rstrip()
    return view.words("study.interval", value=value, low=texts[1], high=texts[2]) if len(texts) > 1 else value


def row_name(view: View, stage: Stage, row: int) -> str:
    """Name a row of a list by what it sets."""
    values = row_values(stage.experiment, stage.sample, row)
    parts = [f"{name} {row_value(view, name, value)}" for name, value in values.items()]
    return listed(parts, view.words) or view.words("study.row_number", row=row)


def in_short(view: View, verdict: Verdict) -> list[Block]:
    """What is said at the end of a command: warnings, the spread of the effects, the verdict."""
    blocks = [Block(line) for line in warnings(view)]
    (results, *_) = _results(view, verdict)
    title = view.study.experiment.title.get(view.words.lang) or view.study.experiment.name
    blocks.append(Block(title, results.headings, results.text_columns, results.rows))
    if verdict.hanging and verdict.hanging[0].weights:
        blocks.append(brief(indices(view, verdict.stage, verdict.hanging[0])))
    lines = [*sentences(view, verdict), view.words("study.details")]
    return [*blocks, Block(view.words("study.verdict"), lines=lines)]
