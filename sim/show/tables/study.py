"""Tables of a study for both the report and the terminal: effects, and the indices of one response."""

from __future__ import annotations

from math import isfinite

from sim.analysis.studies.importance import Hanging
from sim.analysis.studies.indices import DUMMY
from sim.analysis.studies.stages import Stage
from sim.analysis.studies.verdict import spreads
from sim.show.pages.markdown import code
from sim.show.tables.blocks import Block
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.numbers import percent, plain, significant
from sim.show.texts.study import INDICES
from sim.show.texts.study_account import StudyAccount
from sim.show.texts.study_names import amounts, basis_name, outcome_name, outcome_scale
from sim.show.texts.study_verdict import sentences, warnings

#: Columns of a table of indices, by design.
COLUMNS = {
    "sobol": ("ST", "S1"),
    "morris": ("mu_star", "mu", "sigma"),
    "shapley": ("shapley",),
    "latin_hypercube": ("delta", "pawn", "S1"),
}
#: Indices in units of the outcome.
WITH_UNIT = ("mu_star", "mu", "sigma")


def in_short(account: StudyAccount) -> list[Block]:
    """Return what a command prints last: warnings, effects, the most important indices, the verdict."""
    words, verdict = account.words, account.verdict
    blocks = [Block(line) for line in warnings(account)]
    blocks.append(effects(account, account.name))
    if verdict.hanging and verdict.hanging[0].weights:
        blocks.append(_brief(indices(account, verdict.stage, verdict.hanging[0])))
    lines = [*sentences(account), words("study.details")]
    return [*blocks, Block(words("study.verdict"), lines=lines)]


def effects(account: StudyAccount, title: str = "") -> Block:
    """Show how each effect, and the baseline's level, is distributed over the rows."""
    words, verdict = account.words, account.verdict
    rows = []
    for each in spreads(verdict.stage):
        if each.kind == "margin":
            continue
        level = each.kind == "level"
        shares = verdict.standing.shares if verdict.standing and each.outcome == verdict.outcome else {}
        share = shares.get(each.scenario)
        texts, unit = amounts(each.outcome, (each.mean, each.low, each.high), words, signed=not level)
        rows.append(
            [
                outcome_name(each.outcome, words),
                account.title(each.scenario),
                f"{texts[0]} {unit}".rstrip(),
                words("study.from_to", low=texts[1], high=texts[2]),
                "" if level else percent(each.positive),
                "" if share is None else percent(share),
            ]
        )
    keys = ("outcome", "policy", "mean_head", "range_head", "positive_head", "largest_head")
    used = [k for k in range(len(keys)) if any(row[k] for row in rows)]
    headings = [words(f"study.{keys[k]}") for k in used]
    return Block(title, headings, [k < 2 for k in used], [[row[k] for k in used] for row in rows])


def indices(account: StudyAccount, stage: Stage, hanging: Hanging) -> Block:
    """Show all indices of one response, the most important factor first, the dummy last."""
    words = account.words
    title = words("study.indices_title", response=account.response_of(hanging))
    if not hanging.weights or hanging.note:
        return Block(title, lines=[words(f"study.{hanging.note}_short")])
    found = index_rows(account, stage, hanging, other="")
    numbers = {(row["factor"], row["index"]): row for row in found}
    columns = COLUMNS[stage.experiment.design.method]
    largest = max([abs(end) for weight in hanging.weights for end in (weight.high, weight.value)])
    size, unit = outcome_scale(hanging.outcome, largest, words)

    def cells(name: str) -> list[str]:
        return [_cell(account, numbers.get((name, index)), size) for index in columns]

    rows = [
        [
            code(weight.name),
            account.label_meaning(stage, weight.name),
            basis_name(weight.basis, words),
            *cells(weight.name),
            words("study.yes") if weight.loud else words("study.no"),
        ]
        for weight in hanging.weights
    ]
    rows.append([DUMMY, words("study.dummy"), "", *cells(DUMMY), ""])
    names = [
        words("study.with_unit", name=words.pick(INDICES[index]), unit=unit)
        if unit and index in WITH_UNIT
        else words.pick(INDICES[index])
        for index in columns
    ]
    headings = [words(f"study.{key}") for key in ("factor", "meaning", "grade")]
    headings += [*names, words("study.above")]
    return Block(title, headings, [True] * 3 + [False] * len(columns) + [True], rows)


def index_rows(account: StudyAccount, stage: Stage, hanging: Hanging, **where: object) -> list[Row]:
    """Find the rows about one response in the table of indices."""
    about = {key: getattr(hanging, key) for key in ("kind", "scenario", "rival", "outcome")}
    return rows_of(account.study.indices, stage=stage.name, **about, **where)


def _cell(account: StudyAccount, row: Row | None, size: float) -> str:
    """Write an index with its interval, in the given multiple of the outcome's unit; a dash if a group has none."""
    if row is None or not isfinite(row["value"]):
        return "–"
    numbers = [float(row[key]) for key in ("value", "low", "high")]
    if row["index"] in WITH_UNIT:
        value, low, high = (significant(number / size) for number in numbers)
    else:
        value, low, high = (plain(number, 2) for number in numbers)
    return account.words("study.interval", value=value, low=low, high=high)


def _brief(table: Block) -> Block:
    """Return a table of indices without the meanings, which are long."""
    rows = [[cell for k, cell in enumerate(row) if k != 1] for row in table.rows]
    return Block(table.title, table.headings[:1] + table.headings[2:], table.text_columns[1:], rows)
