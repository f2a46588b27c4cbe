"""What a command prints last: the province's state after a run, or what a comparison could not settle."""

from __future__ import annotations

import math

from sim.show.tables.plaintext import table
from sim.show.tables.rows import readings_in, row_of, rows_of
from sim.show.texts.account import Answer, RunAccount
from sim.show.texts.meanings import metric_meaning
from sim.show.texts.numbers import money, plain
from sim.show.texts.outcomes import heading_of
from sim.words import name_table

SHOWN = (
    "firms",
    "firms_level_1",
    "quality_firms",
    "difficulty",
    "climbs",
    "value_added",
    "rd",
    "employed",
    "seeking",
    "vacancies",
)
MOST_QUARTERS = 4  # that flows are summed over
#: Text after a value, by the unit of its metric; an amount of money names its own unit.
UNITS = name_table("names.metric_unit")


def run_table(account: RunAccount) -> str:
    """Tabulate the lead metrics of the last quarter and the money spent on every lever used."""
    results, words = account.results, account.words
    spent = [f"spent_{use.name}" for use in results.scenario.levers]
    rows = []
    for name in (*SHOWN, *spent):
        row = row_of(results.summary, metric=name)
        yuan = row["unit"].startswith("yuan")
        mean, half = row["mean"], (row["high"] - row["low"]) / 2
        texts = [money(value, words) if yuan else plain(value) for value in (mean, half)]
        margin = f"± {texts[1]}" if math.isfinite(half) else ""
        rows.append((words.pick(metric_meaning(name)), texts[0], margin, words.pick(UNITS[row["unit"]])))
    quarters = min(results.quarters["quarter"].nunique(), MOST_QUARTERS)
    head = words(
        "answer.run_heading" if results.replications > 1 else "answer.run_heading_once",
        title=results.scenario.title[words.lang],
        quarter=results.summary["quarter"].iloc[0],
        period=words(f"answer.period_{quarters}"),
        count=results.replications,
        seed=results.seed,
    )
    return "\n".join([head, *table(rows, right=(1, 2))])


def unresolved(answer: Answer) -> list[str]:
    """Name the outcomes less precise than --until asked for, a line for each reading and policy."""
    effects, lines = answer.comparison.effects, []
    for reading in readings_in(effects):
        for name in answer.scenarios:
            rows = rows_of(effects, reading=reading, scenario=name, resolved=False, note="")
            if rows:
                outcomes = answer.words.listed(answer.words.pick(heading_of(row["outcome"])) for row in rows)
                lines.append(f"  {answer.reading(reading)}  {answer.title(name)}: {outcomes}")
    return lines
