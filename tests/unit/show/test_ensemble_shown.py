"""What people see of the settings that fit the record, on an invented ensemble in the frames' real shape."""

from __future__ import annotations

import dataclasses
import io
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from sim.analysis.record.calibration import Calibration
from sim.analysis.record.ensemble import BANDS, Ensemble
from sim.analysis.record.scores import line_scores
from sim.files.names import evidence_folder
from sim.show.attempts import FIGURES
from sim.show.figures.canvas import Sheet, style
from sim.show.figures.ensemble import draw_ensemble, draw_ensemble_numbers
from sim.show.pages.calibration import calibration_markdown, draw_calibration, print_calibration
from sim.show.tables.ensemble import (
    checks_block,
    coverage_block,
    facts_block,
    lines_block,
    numbers_block,
)
from sim.show.texts.ensemble import EnsembleAccount
from sim.words import Words
from sim.world.members import Members, doubtful, in_logs, values_of
from sim.world.parameters import load_parameters
from tests.unit.show.test_show import assert_legible, chinese
from tests.unit.show.test_show_calibration import invent, marks_of

LANGUAGES = ("zh", "en")
MEMBERS, NUMBERS, INFORMED = 40, 30, 22
COVERAGE = ["use", "lines", "inside_50", "inside_90"]


def line(
    series: str, year: int, zh: str, en: str, use: str, recorded: float, middle: float, **forecasts: float
) -> dict[str, Any]:
    """A recorded line; members' runs lie from 20 % below to 20 % above `middle`."""
    runs = middle * np.linspace(0.8, 1.2, MEMBERS)
    low, quarter, median, three, high = np.quantile(runs, BANDS)
    return {
        **{"series": series, "year": year, "zh": f"{zh} {year}", "en": f"{en} {year}", "use": use},
        **{"unit": "firms", "recorded": recorded, "error": 0.05, "luck": 0.05},
        **{"q05": low, "q25": quarter, "q50": median, "q75": three, "q95": high},
        **{"inside_50": quarter <= recorded <= three, "inside_90": low <= recorded <= high},
        "misfit": (abs(middle / recorded - 1) / 0.07) ** 2 if use == "F" else math.nan,
        **line_scores(runs, recorded, forecasts),
    }


def invented_lines() -> pd.DataFrame:
    hightech, smes = ("高新技术企业", "high-tech firms"), ("科技型中小企业", "technology SMEs")
    return pd.DataFrame(
        [
            line("hightech_firms", 2021, *hightech, "F", 14560, 14500, random_walk=10404),
            line("hightech_firms", 2022, *hightech, "F", 20100, 13000, random_walk=14560),
            line("hightech_firms", 2024, *hightech, "H", 30000, 26000, random_walk=29900, linear_trend=60000),
            line("hightech_firms", 2023, *hightech, "S", 25000, 24000, random_walk=20100),
            line("tech_smes", 2024, *smes, "H", 45000, 120000),
        ]
    )


def invented_ensemble(**changed: Any) -> Ensemble:
    """Most numbers narrow, the first most of all; the others keep their ranges, though one of them moves."""
    registry = load_parameters(evidence_folder("hubei"))
    names = doubtful(registry)[:NUMBERS]
    parameters = [registry[name] for name in names]
    scores = np.random.default_rng(3).standard_normal((NUMBERS, MEMBERS))
    kept = np.ones(NUMBERS)
    kept[:INFORMED] = np.linspace(0.3, 0.94, INFORMED)
    before, after = values_of(parameters, scores), values_of(parameters, scores * kept[:, None])
    quantiles = [np.quantile(values, (0.05, 0.5, 0.95), axis=1) for values in (before, after)]
    keys = ("prior_low", "prior_median", "prior_high"), ("low", "median", "high")
    shift = np.where(np.arange(NUMBERS) == NUMBERS - 1, 0.4, 0.0)
    numbers = {"name": names} | {
        key: values
        for each, found in zip(keys, quantiles, strict=True)
        for key, values in zip(each, found, strict=True)
    }
    lines = invented_lines()
    coverage = lines.groupby("use", sort=False)[["inside_50", "inside_90"]].mean().reset_index()
    coverage.insert(1, "lines", [int((lines["use"] == use).sum()) for use in coverage["use"]])
    made = {"seed": "11", "steps": "2", "scale": "0.02", "redrawn": "0", "lost": "0"}
    found = Ensemble(
        members=Members(names, after.T, np.empty((MEMBERS, 0)), (), made),
        numbers=pd.DataFrame(numbers | {"shift": shift, "kept": kept, "at_low": 0.05, "at_high": 0.04}),
        lines=lines,
        misfit=pd.DataFrame(
            {"step": [0, 1, 2], "misfit": [63.3, 9.2, 1.4], "q50": [60.0, 8.0, 1.2], "q95": [90.0, 12.0, 2.6]}
        ),
        coverage=coverage,
        parameters=tuple(parameters),
        redrawn=0,
        lost=0,
    )
    return dataclasses.replace(found, **changed)


def told(lang: str = "en", evidence: str = "hubei", **changed: Any) -> EnsembleAccount:
    return EnsembleAccount(invented_ensemble(**changed), evidence, Words(lang))


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return dataclasses.replace(invent(), ensemble=invented_ensemble())


# --- facts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_facts_tell_members_and_misfit(lang: str) -> None:
    members, misfit, failed, informed = facts_block(told(lang)).lines
    assert re.findall(r"\d+", members) == [str(MEMBERS), str(NUMBERS), "2"]
    assert re.findall(r"\d+\.\d", misfit) == ["63.3", "9.2", "1.4"], "before, and after each step"
    assert failed == Words(lang)("ensemble.none_failed")
    assert sorted(re.findall(r"\d+", informed)) == ["22", "30", "5"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_settings_that_failed_are_told(lang: str) -> None:
    lines = facts_block(told(lang, redrawn=7, lost=3)).lines
    assert any("7" in line_ and lang_of(line_, lang) for line_ in lines)
    assert any(re.findall(r"\d+", line_) == ["3", str(MEMBERS)] for line_ in lines)
    assert Words(lang)("ensemble.none_failed") not in lines
    only_lost = facts_block(told(lang, lost=3)).lines
    assert not any(line_ == Words(lang)("ensemble.redrawn", count=0) for line_ in only_lost)
    assert len(only_lost) == 4


@pytest.mark.parametrize("lang", LANGUAGES)
def test_settings_left_out_are_told_with_what_that_does(lang: str) -> None:
    assert not any("95" in line_ for line_ in facts_block(told(lang)).lines)
    (said,) = (line_ for line_ in facts_block(told(lang, left_out=12, bound=1.831)).lines if "95" in line_)
    assert {"12", str(MEMBERS + 12), "1.8", "1.2", "2.6"} <= set(re.findall(r"\d+\.?\d*", said))
    assert lang_of(said, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_largest_difference_under_another_reading_is_told(lang: str) -> None:
    rows = [("V*", -0.2, "甲", "a"), ("V*", 0.1, "乙", "b"), ("D", 0.3, "甲", "a"), ("D", -0.72, "乙", "b")]
    readings = pd.DataFrame(rows, columns=["reading", "apart", "zh", "en"])
    one, other = facts_block(told(lang, readings=readings)).lines[3:5]
    assert ("V*" in one, "0.2" in one, {"zh": "甲", "en": "(a)"}[lang] in one) == (True, True, True)
    assert (" D" in other, "0.7" in other, {"zh": "乙", "en": "(b)"}[lang] in other) == (True, True, True)


def test_numbers_that_pile_up_at_an_end_are_named() -> None:
    assert not any("end of the range" in line_ for line_ in numbers_block(told()).lines)
    frame = invented_ensemble().numbers
    frame.loc[4, "at_high"] = 0.31
    (said,) = (line_ for line_ in numbers_block(told(numbers=frame)).lines if "end of the range" in line_)
    assert frame["name"][4] in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_checks_of_the_method_are_listed_beside_what_should_come_out(lang: str) -> None:
    rows = [("truths_inside", "h0_2", 17.0, 18.0), ("plain_fit_all", "1000", 0.0, math.nan)]
    block = checks_block(pd.DataFrame(rows, columns=["check", "of", "found", "expected"]), Words(lang))
    assert [row[1:] for row in block.rows] == [["h0_2", "17.00", "18.00"], ["1000", "0.00", "–"]]
    assert all(lang_of(row[0], lang) for row in block.rows)


def lang_of(text: str, lang: str) -> bool:
    return chinese(text) == (lang == "zh")


def test_records_that_are_not_reproduced_are_named() -> None:
    apart = pd.DataFrame({"step": [0, 1], "misfit": [63.3, 12.5]})
    lines = facts_block(told(misfit=apart)).lines
    (said,) = (line_ for line_ in lines if line_.startswith("It ends above 2"))
    assert "high-tech firms 2022 (25.5)" in said
    assert "2021" not in said
    assert not any("above 2" in line_ for line_ in facts_block(told()).lines)


# --- coverage and lines ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_coverage_stands_beside_what_should_be(lang: str) -> None:
    block = coverage_block(told(lang))
    assert [row[1:] for row in block.rows] == [
        ["2", "1", "1.0", "1", "1.8"],
        ["1", "1", "0.5", "1", "0.9"],
        ["2", "0", "1.0", "1", "1.8"],
    ]
    assert all(lang_of(row[0], lang) for row in block.rows)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lines_outside_their_interval_are_named(lang: str) -> None:
    fitted, seen, held_out, _ = coverage_block(told(lang)).lines
    by_name = invented_lines().set_index(["series", "year"])[lang]
    assert by_name["hightech_firms", 2022] in fitted
    assert by_name["hightech_firms", 2021] not in fitted
    group = Words(lang)("calibration.seen_lines")
    assert seen == Words(lang)("ensemble.none_outside", group=group)
    assert by_name["tech_smes", 2024] in held_out
    assert by_name["hightech_firms", 2024] not in held_out


@pytest.mark.parametrize("lang", LANGUAGES)
def test_intervals_that_hold_too_few_records_are_called_too_narrow(lang: str) -> None:
    few = pd.DataFrame([("F", 10, 1.0, 1.0), ("H", 13, 3 / 13, 7 / 13)], columns=COVERAGE)
    lines = coverage_block(told(lang, coverage=few)).lines
    beginning = Words(lang)("calibration.held_out_lines")
    _, said = (line_ for line_ in lines if line_.startswith(beginning))
    assert {"7", "13", "90", "11.7"} <= set(re.findall(r"\d+\.?\d*", said))
    enough = few.assign(inside_90=[0.9, 11 / 13])
    assert len(coverage_block(told(lang, coverage=enough)).lines) == len(lines) - 1


def test_each_line_shows_its_intervals_and_the_best_naive_forecast() -> None:
    rows = {row[0]: row[1:] for row in lines_block(told()).rows}
    assert list(rows)[:3] == ["high-tech firms 2021", "high-tech firms 2022", "high-tech firms 2023"], (
        "by use"
    )
    use, unit, recorded, median, half, most, place, _, naive = rows["high-tech firms 2024"]
    assert (use, unit, recorded, median) == ("H", "firms", "30,000", "26,000")
    assert (half, most, place) == ("23,400 to 28,600", "21,320 to 30,680", "inside 90 %")
    assert naive == "0.3 % (no change) !", "the better of two, and better than the settings"
    assert rows["high-tech firms 2021"][-1] == "28.5 % (no change)"
    assert rows["high-tech firms 2021"][-3] == "inside 50 %"
    assert rows["technology SMEs 2024"][-3:][::2] == ["outside", "–"]


def test_two_lines_on_one_record_count_once() -> None:
    lines = invented_lines()
    twice = pd.concat([lines, lines.tail(1).assign(en="again")])
    assert len(lines_block(told(lines=twice)).rows) == len(lines)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_a_naive_forecast_is_closer_it_says_so(lang: str) -> None:
    words = Words(lang)
    said = {
        group: next(
            line_
            for line_ in lines_block(told(lang)).lines
            if line_.startswith(words(f"calibration.{group}"))
        )
        for group in ("fitted_lines", "held_out_lines", "not_fitted_lines")
    }
    losing = words("ensemble.not_closer", forecasts="\n").split("\n")[0]
    winning = words("ensemble.closer", forecasts="\n").split("\n")[0]
    assert losing not in said["fitted_lines"]
    assert winning in said["fitted_lines"]
    walk, trend = (words.pick(pair) for pair in (("保持不变", "no change"), ("线性趋势", "linear trend")))
    won, lost = said["held_out_lines"].split(words("signs.clause"), 1)
    if lang == "en":
        won, lost = said["held_out_lines"].split("the settings are not closer")
    assert trend in won
    assert winning in won
    assert walk in lost
    assert trend not in lost
    assert "0.3 %" in lost


# --- numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_most_informed_numbers_are_listed(lang: str) -> None:
    block = numbers_block(told(lang))
    registry = load_parameters(evidence_folder("hubei"))
    names = doubtful(registry)
    assert [row[0] for row in block.rows] == list(names[:20]), "most informed first, 20 of 22"
    first = registry[names[0]]
    assert block.rows[0][1] == (first.meaning_zh if lang == "zh" else first.meaning_en)
    assert block.rows[0][-1] == "70 %"
    more, keep, moved, _ = block.lines
    assert re.findall(r"\d+", more) == ["2"]
    assert re.findall(r"\d+", keep) == [str(NUMBERS - INFORMED)]
    assert names[NUMBERS - 1] in moved
    assert names[NUMBERS - 2] not in moved


def test_where_nothing_is_learnt_it_says_so() -> None:
    numbers = invented_ensemble().numbers.assign(kept=1.0, shift=0.0)
    account = told(numbers=numbers)
    block = numbers_block(account)
    assert block.rows == []
    assert block.lines == [Words("en")("ensemble.none_informed", count=NUMBERS)]
    assert draw_ensemble_numbers(account) is None


# --- figures ---------------------------------------------------------------------------------------------


def test_records_outside_are_hollow() -> None:
    with style():
        sheet = draw_ensemble(told())
    assert sheet is not None
    fitted, seen, held_out = sheet.figure.axes
    assert [face == "white" for _, face in marks_of(fitted, "D")] == [False, True]
    assert [face == "white" for _, face in marks_of(seen, "D")] == [False]
    assert [face == "white" for _, face in marks_of(held_out, "D")] == [False, True]
    assert {x for axes in (fitted, seen, held_out) for x, _ in marks_of(axes, "D")} == {0.0}
    assert any(text.get_text() == "30,000" for text in held_out.texts)


def test_an_interval_beyond_the_chart_ends_in_an_arrow() -> None:
    far = invented_lines()
    far.loc[4, ["q05", "q25"]] = 1e-9
    with style():
        sheet = draw_ensemble(told(lines=far))
    assert sheet is not None
    axes = sheet.figure.axes[-1]
    left, right = axes.get_xlim()
    assert len(marks_of(axes, "<")) == 2
    drawn = [float(x) for line_ in axes.lines for x in np.asarray(line_.get_xdata())]
    assert all(left <= x <= right for x in drawn)


def test_ranges_are_drawn_in_the_registrys() -> None:
    account = told()
    registry = account.parameters()
    with style():
        sheet = draw_ensemble_numbers(account)
    assert sheet is not None
    (axes,) = sheet.figure.axes
    medians = marks_of(axes, "|")
    assert len(medians) == 20
    assert any(in_logs(registry[name]) for name in account.ensemble.informed[:20])
    assert all(0 < x < 1 for x, _ in medians)
    assert max(abs(x - 0.5) for x, _ in medians) < 0.3, "scores near 0 are near the middle, logarithms or not"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("draw", [draw_ensemble, draw_ensemble_numbers], ids=lambda draw: draw.__name__)
def test_no_text_hides_another_or_leaves_the_sheet(
    draw: Callable[[EnsembleAccount], Sheet | None], lang: str
) -> None:
    with style():
        sheet = draw(told(lang))
        assert sheet is not None
        assert_legible(draw.__name__, sheet)


# --- the report ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_has_a_chapter_on_the_settings(calibration: Calibration, lang: str) -> None:
    text = calibration_markdown(calibration, Words(lang))
    chapter = text.split("## 7. ")[1].split("## 8. ")[0]
    assert chapter.startswith("与记录相符的设定\n" if lang == "zh" else "Settings that fit the record\n")
    for name in ("ensemble", "ensemble_numbers"):
        assert f"]({FIGURES}/{name}.png)" in chapter
    assert chapter.count("\n### ") == 4
    assert not re.search(r"\bnan\b", chapter)
    assert chinese(chapter) == (lang == "zh")
    names = set(calibration.ensemble.members.names) if calibration.ensemble else set()
    for row in re.findall(r"^[#|].*$", chapter, flags=re.MULTILINE) if lang == "zh" else []:
        assert set(re.findall(r"[A-Za-z][A-Za-z_0-9]{2,}", re.sub(r"X\d+", "", row))) <= names, row


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_settings_the_report_is_as_before(lang: str) -> None:
    found = invent(stars=False)
    text = calibration_markdown(found, Words(lang))
    assert "ensemble" not in text.replace("upgrading calibrate --ensemble", "")
    assert Words(lang)("ensemble.facts_title") not in text
    assert Words(lang)("ensemble.facts_title") not in printed(found, lang)
    made = dataclasses.replace(found, ensemble=invented_ensemble())
    chapters = re.split(r"^(?=## )", calibration_markdown(made, Words(lang)), flags=re.MULTILINE)
    del chapters[7]
    before = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    again = "".join(chapters).replace("## 8. ", "## 7. ")
    after = re.split(r"^(?=## )", again, flags=re.MULTILINE)
    other = [k for k, (one, two) in enumerate(zip(before, after, strict=True)) if one != two]
    heading = {"zh": "### 模型与朴素预测", "en": "### The model beside naive forecasts"}[lang]
    (changed,) = other
    assert heading in before[changed], "a chapter more, and what the forecasts are"
    assert "upgrading calibrate --ensemble" in before[changed]
    assert "upgrading calibrate --ensemble" not in after[changed]
    assert f"{MEMBERS} " in after[changed].split(heading)[1]


def test_figures_are_drawn_only_with_settings(
    calibration: Calibration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.show.pages import calibration as page

    few = {name: draw for name, draw in page._DRAWN.items() if name.startswith("ensemble")}
    monkeypatch.setattr(page, "_DRAWN", few)
    drawn = draw_calibration(calibration, tmp_path / "with", Words("zh"))
    assert [file.name for file in drawn if file.suffix == ".png"] == ["ensemble.png", "ensemble_numbers.png"]
    again = draw_calibration(calibration, tmp_path / "again", Words("zh"))
    assert [file.read_bytes() for file in drawn] == [file.read_bytes() for file in again]
    assert draw_calibration(invent(), tmp_path / "without", Words("zh")) == []


def printed(calibration: Calibration, lang: str) -> str:
    paper = io.StringIO()
    print_calibration(calibration, Words(lang), Console(file=paper, width=100, color_system=None))
    return paper.getvalue()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_terminal_shows_facts_and_coverage(calibration: Calibration, lang: str) -> None:
    words, said = Words(lang), printed(calibration, lang)
    assert words("ensemble.facts_title") in said
    assert words("ensemble.coverage_title") in said
    assert words("ensemble.lines_title") not in said
