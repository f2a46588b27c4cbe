"""What a command ends with: where the province stands after a run, what a comparison could not settle."""

from __future__ import annotations

import math

from sim.show.tables.plaintext import table
from sim.show.tables.rows import readings_in, row_of, rows_of
from sim.show.texts.account import Answer, RunAccount
from sim.show.texts.meanings import metric_meaning
from sim.show.texts.numbers import money, plain
from sim.show.texts.outcomes import heading_of
from sim.words import Pair

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
HEADING: Pair = (
    "{title}：{quarter} 末的存量与{period}的流量，{count} 次重复的均值与 95 % 区间半宽，种子 {seed}",
    "{title}: at the end of {quarter}, flows of {period}; mean of {count} replications ± half of its "
    "95 % interval, seed {seed}",
)
HEADING_OF_ONE: Pair = (
    "{title}：{quarter} 末的存量与{period}的流量，一次重复，种子 {seed}",
    "{title}: at the end of {quarter}, flows of {period}; one replication, seed {seed}",
)
#: What flows are summed over, by number of quarters.
PERIODS: dict[int, Pair] = {
    1: ("该季度", "that quarter"),
    2: ("最后两个季度", "the last 2 quarters"),
    3: ("最后三个季度", "the last 3 quarters"),
    4: ("此前一年", "the year before"),
}
UNITS = {
    "firms": ("家", "firms"),
    "people": ("人", "people"),
    "firms/quarter": ("家/季度", "firms/quarter"),
    "firms/2 quarters": ("家/两个季度", "firms/2 quarters"),
    "firms/3 quarters": ("家/三个季度", "firms/3 quarters"),
    "firms/year": ("家/年", "firms/year"),
    "yuan/quarter": ("该季度", "in that quarter"),
    "yuan/2 quarters": ("两个季度合计", "in 2 quarters"),
    "yuan/3 quarters": ("三个季度合计", "in 3 quarters"),
    "yuan/year": ("每年", "a year"),
}


def run_table(account: RunAccount) -> str:
    """Lay out the lead metrics of the last quarter, and the money spent on every lever used."""
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
    head = words.pick(HEADING if results.replications > 1 else HEADING_OF_ONE).format(
        title=results.scenario.title[words.lang],
        quarter=results.summary["quarter"].iloc[0],
        period=words.pick(PERIODS[min(results.quarters["quarter"].nunique(), max(PERIODS))]),
        count=results.replications,
        seed=results.seed,
    )
    return "\n".join([head, *table(rows, right=(1, 2))])


def unresolved(answer: Answer) -> list[str]:
    """Name the outcomes that are less sharp than --until asked, a line for each reading and policy."""
    effects, lines = answer.comparison.effects, []
    for reading in readings_in(effects):
        for name in answer.scenarios:
            rows = rows_of(effects, reading=reading, scenario=name, resolved=False, note="")
            if rows:
                outcomes = answer.words.listed(answer.words.pick(heading_of(row["outcome"])) for row in rows)
                lines.append(f"  {answer.reading(reading)}  {answer.title(name)}: {outcomes}")
    return lines
