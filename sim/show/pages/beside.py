"""Two scorecards side by side, such as those of a model before and after a change.

python -m sim.show.pages.beside BEFORE.csv AFTER.csv [--lang zh] prints Markdown.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from sim.analysis.record.scorecard import Line, verdict
from sim.analysis.record.scores import GROUPS, scored_once
from sim.show.pages.templates import table
from sim.show.tables.record import GROUP_NAMES
from sim.show.tables.rows import Row, rows_of
from sim.show.texts.calibration import UNITS, amounts
from sim.show.texts.numbers import percent
from sim.words import LANGUAGES, Words, name_table

#: What makes two lines the same: series, year, and which of several lines on these it is.
_KEY = ["series", "year", "again"]


def beside(before: pd.DataFrame, after: pd.DataFrame, words: Words) -> str:
    """Put two scorecards side by side, both judged by the targets of the second.

    Parameters
    ----------
    before, after
        ``derived/scorecard.csv`` as read; one of an earlier version has no scores, which are then left out.
    words
        The reader's language.

    Returns
    -------
    str
        Markdown: a table of lines, in the order of `after`, then those that only `before` has; and a table of the lines
        that both have, by use: how many, how many of them are inside, and the mean relative CRPS of those with a score
        in both.
    """
    rows = _paired(before, after)
    column = {
        key: words(f"calibration.column_{key}")
        for key in ("line", "lines", "use", "unit", "record", "target", "number", "simulated", "verdict")
    }
    pairs = [column["simulated"], column["verdict"], "CRPS"]
    heads = [words(f"calibration.{when}", column=head) for head in pairs for when in ("before", "after")]
    sums = [words("calibration.column_inside"), "CRPS"]
    sum_heads = [words(f"calibration.{when}", column=head) for head in sums for when in ("before", "after")]
    lines = table(
        [_line(row, words) for row in rows_of(rows)],
        [column["line"], column["use"], column["unit"]],
        [column["record"], column["target"], *heads],
    )
    by_use = table(_by_use(rows, words), [column["lines"]], [column["number"], *sum_heads])
    return f"{lines}\n\n{by_use}\n"


def _paired(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of both, with the numbers of `before` under ``before`` and ``relative_before``."""
    first, second = (
        frame.reindex(columns=[*frame.columns, *({"relative"} - {*frame.columns})]).assign(
            again=frame.groupby(["series", "year"]).cumcount()
        )
        for frame in (before, after)
    )
    old = first[[*_KEY, "simulated", "relative"]]
    old = old.rename(columns={"simulated": "before", "relative": "relative_before"})
    both = second.merge(old, on=_KEY, how="left")
    gone = first.merge(second[_KEY], on=_KEY, how="left", indicator=True).query("_merge == 'left_only'")
    gone = gone.rename(columns={"simulated": "before", "relative": "relative_before"})
    return pd.concat([both, gone[[name for name in gone if name in both]]], ignore_index=True)


def _inside(row: Row, key: str) -> str:
    """Judge one of the two simulated values."""
    target = Line(
        (row["series"], row["year"]), row["zh"], row["en"], row["use"], row["unit"], row["low"], row["high"]
    )
    return verdict(target, row[key])


def _line(row: Row, words: Words) -> list[str]:
    keys = ("recorded", "low", "high", "before", "simulated")
    record, low, high, *simulated = amounts([row[key] for key in keys], row["unit"])
    names = name_table("names.scorecard_verdict")
    return [
        row[words.lang],
        row["use"],
        words.pick(UNITS.get(row["unit"], (row["unit"], row["unit"]))),
        record,
        low if low == high else words("calibration.from_to", low=low, high=high),
        *simulated,
        *(
            words.pick(names[_inside(row, key)]) if row[key] == row[key] else "–"
            for key in ("before", "simulated")
        ),
        *(percent(row[key], 1) if row[key] == row[key] else "–" for key in ("relative_before", "relative")),
    ]


def _by_use(rows: pd.DataFrame, words: Words) -> list[list[str]]:
    """Sum up the lines that both scorecards have, by group."""
    both = rows[rows["before"].notna() & rows["simulated"].notna() & rows["low"].notna()]
    scored = scored_once(rows[rows["relative_before"].notna()])
    found = []
    for group, uses in GROUPS.items():
        judged = rows_of(both[both["use"].isin(uses)])
        if judged:
            means = scored[scored["use"].isin(uses)][["relative_before", "relative"]].mean()
            found.append(
                [
                    words(f"calibration.{GROUP_NAMES[group]}_lines"),
                    str(len(judged)),
                    *(
                        str(sum(_inside(row, key) == "inside" for row in judged))
                        for key in ("before", "simulated")
                    ),
                    *(percent(mean, 1) if mean == mean else "–" for mean in means),
                ]
            )
    return found


def main() -> None:
    """Print two scorecards side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--lang", choices=LANGUAGES, default="en")
    given = parser.parse_args()
    before, after = (pd.read_csv(path, encoding="utf-8-sig") for path in (given.before, given.after))
    print(beside(before, after, Words(given.lang)))


if __name__ == "__main__":
    main()
