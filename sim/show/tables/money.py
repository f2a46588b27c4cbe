"""Tables of money: authorised and spent, and break-even unit costs."""

from __future__ import annotations

from sim.analysis.comparison.money import LARGE_GAP
from sim.show.tables.blocks import INDENT, Block
from sim.show.tables.cells import middle_unit
from sim.show.tables.rows import named_readings, row_of, rows_of
from sim.show.texts.account import Answer
from sim.show.texts.names import lever_name
from sim.show.texts.numbers import percent, significant


def money_spent(answer: Answer) -> Block:
    """Show authorised and realised money, a column for each reading, with large gaps flagged."""
    comparison, words = answer.comparison, answer.words
    size, unit = middle_unit([float(row["authorised_yuan"]) for row in rows_of(comparison.costs)], words)
    readings = named_readings(
        answer, comparison.costs[["reading", "scenario", "spent_yuan", "gap"]], short=True
    )
    rows = []
    for name in answer.policies:
        costs = [row_of(comparison.costs, reading=reading, scenario=name) for reading in readings]
        cells = [significant(float(costs[0]["authorised_yuan"]) / size)]
        for cost in costs:
            gap = float(cost["gap"])
            flag = f" ! {percent(gap, 1)}" if abs(gap) > LARGE_GAP else ""
            cells.append(significant(float(cost["spent_yuan"]) / size) + flag)
        rows.append([answer.title(name), *cells])
    headings = [words("answer.policy"), words("answer.authorised_head"), *readings.values()]
    columns = [True, *[False] * (1 + len(readings))]
    return Block(
        words("answer.money_table", unit=unit), headings, columns, rows, [words("answer.money_note")]
    )


def break_even(answer: Answer) -> Block:
    """Show at what unit costs a one-lever policy breaks even with rivals, a column for each reading."""
    comparison, words = answer.comparison, answer.words
    frame = comparison.break_even
    readings = named_readings(answer, frame, short=True)
    size, unit = middle_unit([float(row["unit_cost"]) for row in rows_of(frame)], words)
    rows = []
    policies = dict.fromkeys((row["scenario"], row["lever"], row["unit_cost"]) for row in rows_of(frame))
    for scenario, lever, cost in policies:
        name, tool = answer.title(scenario), lever_name(lever, words)
        head = name if name == tool else words("answer.policy_with_lever", policy=name, lever=tool)
        rows.append([head, significant(float(cost) / size), *[""] * len(readings)])
        for rival in [name for name in answer.policies if name != scenario]:
            cells = []
            for reading in readings:
                row = row_of(frame, reading=reading, scenario=scenario, lever=lever, rival=rival)
                cells.append("–" if row["note"] else significant(float(row["break_even"]) / size))
            rows.append([INDENT + words("answer.against", rival=answer.title(rival)), "", *cells])
    headings = [words("answer.policy"), words("answer.unit_cost_head"), *readings.values()]
    columns = [True, *[False] * (1 + len(readings))]
    name = words("answer.break_even_table", unit=unit)
    return Block(name, headings, columns, rows, [words("answer.break_even_note")])
