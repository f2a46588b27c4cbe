"""What people read of shares of variance: a sentence, a table and a figure, in both languages."""

from __future__ import annotations

import dataclasses
import math
import re

import pandas as pd
import pytest

from sim.analysis.comparison.compare import Comparison
from sim.analysis.comparison.shares import VARIANCE_COLUMNS
from sim.analysis.doubt.shares import FREE, INFORMED, LUCK, TOGETHER
from sim.show.figures.canvas import style
from sim.show.figures.shares import draw_shares
from sim.show.tables.shares import lines_of_shares, variance
from sim.show.texts.account import Answer
from sim.words import Words
from tests.unit.show.test_doubt_shown import LANGUAGES, OPEN, POLICIES, READINGS, both
from tests.unit.show.test_show import texts_of

MANY = {LUCK: 0.5, INFORMED: -0.021, FREE: 0.321, TOGETHER: 0.2}


def with_shares(
    shares: dict[str, float], other: dict[str, float] | None = None, count: int = 120
) -> Comparison:
    """A comparison with these shares, and others for the last policy."""
    rows = [
        {"reading": reading, "scenario": name, "outcome": outcome, "replications": count, "variance": 400.0}
        | {"part": part, "share": share, "low": share - 0.1, "high": share + 0.1, "numbers": 7}
        for reading in READINGS
        for name in POLICIES
        for outcome in ("climbs", "value_added")
        for part, share in ((other or shares) if name == POLICIES[-1] else shares).items()
    ]
    frame = pd.DataFrame(rows, columns=VARIANCE_COLUMNS)
    return dataclasses.replace(both(OPEN, OPEN, count=count), variance=frame)


def sentence(comparison: Comparison, lang: str) -> str:
    (line,) = lines_of_shares(Answer(comparison, Words(lang)), READINGS)
    return line


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sentence_says_every_part_and_none_where_it_is_estimated_below_zero(lang: str) -> None:
    line, words = sentence(with_shares(MANY), lang), Words(lang)
    assert re.findall(r"\d+ %", line) == ["50 %", "32 %", "20 %"]
    assert words("doubt.nothing_of", part=words("doubt.part_informed")) in line
    assert words("doubt.variance_differs") not in line
    assert "100" not in line


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sentence_gives_ranges_where_policies_differ(lang: str) -> None:
    other = {LUCK: 1.17, INFORMED: 0.0, FREE: 0.0, TOGETHER: -0.17}
    line, words = sentence(with_shares(MANY, other, count=24), lang), Words(lang)
    assert words("doubt.between", low="50", high="100 %") in line, "no share is above all"
    assert words("doubt.most", high="32 %") in line
    assert words("doubt.variance_differs") in line
    assert words("doubt.variance_rough", settings=100) in line


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_only_luck_and_numbers_are_told_apart_nothing_is_said_of_a_record(lang: str) -> None:
    comparison = with_shares({LUCK: 0.25, FREE: 0.75})
    words = Words(lang)
    assert words("doubt.part_numbers") in sentence(comparison, lang)
    assert words("doubt.part_free") not in sentence(comparison, lang)
    block = variance(Answer(comparison, words))
    assert words("doubt.variance_one_kind") in block.lines[0]
    assert {len(row) for row in block.rows} == {4} == {len(block.headings)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_shows_estimates_as_they_are(lang: str) -> None:
    block = variance(Answer(with_shares(MANY), Words(lang)))
    assert ["20", "50 % [40, 60]", "−2 % [−12, 8]", "32 % [22, 42]", "20 % [10, 30]"] in [
        r[1:] for r in block.rows
    ]
    assert {len(row) for row in block.rows} == {len(block.headings)} == {len(block.text_columns)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_variance_or_the_table_nothing_is_said(lang: str) -> None:
    nothing = with_shares(dict.fromkeys(MANY, math.nan))
    for comparison in (nothing, both(OPEN, OPEN)):
        assert not lines_of_shares(Answer(comparison, Words(lang)), READINGS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_figure_fills_its_bars_with_what_is_above_zero(lang: str) -> None:
    answer = Answer(with_shares(MANY), Words(lang))
    with style():
        sheet = draw_shares(answer)
    for axes in sheet.figure.axes:
        widths = [bar.get_width() for group in axes.containers for bar in group]
        assert sum(widths) == pytest.approx(100 * len(POLICIES))
        assert len(widths) == 3 * len(POLICIES)
    assert Words(lang)("doubt.variance_title") in texts_of(sheet)


def test_chinese_holds_no_english() -> None:
    answer = Answer(with_shares(MANY), Words("zh"))
    block = variance(answer)
    for text in (*lines_of_shares(answer, READINGS), *block.lines, block.title, *block.headings):
        assert not re.search(r"[A-Za-z]{3}", re.sub(r"variance\.csv|--scale", "", text)), text
