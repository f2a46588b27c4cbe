"""What people see of `upgrading calibrate`, on an invented calibration in the frames' real shape."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import os
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.font_manager import get_font
from matplotlib.image import imread
from matplotlib.text import Text
from rich.cells import cell_len
from rich.console import Console

from sim.analysis.record.calibration import Calibration
from sim.analysis.record.estimates import COLUMNS, Estimates, judged
from sim.analysis.record.fit import Fit
from sim.analysis.record.record_frames import HistoryFrames
from sim.analysis.record.refit import DISTANCE
from sim.analysis.record.scores import line_scores
from sim.command import cli
from sim.command.progress import Parts
from sim.evidence.history import NAIVE, Contradiction
from sim.evidence.tables import load_evidence
from sim.files.folders import chinese_font
from sim.files.names import evidence_folder
from sim.show.attempts import FIGURES, Failed
from sim.show.figures.canvas import Sheet, style
from sim.show.figures.record import draw_history
from sim.show.figures.record_lines import draw_estimates, draw_scorecard, draw_scores
from sim.show.figures.survey import draw_answers, draw_refit, draw_stars, draw_table5
from sim.show.pages.calibration import calibration_markdown, draw_calibration, print_calibration
from sim.show.pages.calibration_folder import write_report, write_tables
from sim.show.pages.html import html_page
from sim.show.tables.calibration import agreement, bounds_rows, refits, stars_rows, table5_rows
from sim.show.tables.estimates import estimates_block
from sim.show.tables.record import missed, score_rows, scores_block
from sim.show.texts.calibration import CalibrationAccount, EstimatesAccount, amounts
from sim.words import Words
from sim.world.scenario_record import READINGS, STRUCTURAL
from tests.unit.show.test_show import assert_legible, chinese, drawn_text

LANGUAGES = ("zh", "en")
Z = {"": 1.1, "*": 1.8, "**": 2.2, "***": 3.0}
DIGEST = "0123456789abcdef" * 4
YEARS = range(2019, 2028)

# --- an invented calibration -----------------------------------------------------------------------------


def invented_table5() -> Iterator[dict[str, Any]]:
    """Table 5 as printed, its refit near by: one coefficient off rounding, one mark missed."""
    logit = load_evidence(evidence_folder("hubei")).logit
    for variable, by_column in logit.b.items():
        for column, b in by_column.items():
            mark = logit.stars[variable].get(column, "")
            off = 0.004 if (variable, column) == ("X4", 9) else 0.00003
            yield {
                "column": column,
                "variable": variable,
                "printed": b,
                "refit": b + off,
                "marks_printed": mark,
                "marks_refit": "" if (variable, column) == ("X2", 1) else mark,
                "standard_error": abs(b) / Z[mark],
                "z": math.copysign(Z[mark], b),
            }


def invented_stars() -> Iterator[dict[str, Any]]:
    """A map for each prior at the recorded N, and one point at other N; with all marks under one prior only."""
    grid = list(product((0.55, 0.6, 0.65, 0.7), (0.8, 0.85, 0.9, 0.95)))
    for prior in ("uniform", "judgement"):
        points = [(306.0, y, x2) for y, x2 in grid] + [(297.0, 0.655, 0.951), (315.0, math.nan, math.nan)]
        for firms, share_y, share_x2 in points:
            equations = 0.58 < share_y < 0.68
            all_marks = equations and share_x2 > 0.88 and prior == "uniform"
            yield {
                "firms": firms,
                "prior": prior,
                "share_y": share_y,
                "share_x2": share_x2,
                "equations": equations,
                "marks": 40 + int(10 * share_x2) if equations else -1,
                "all_marks": all_marks,
                "divergence": 0.8 if all_marks else math.nan,
            }


def answers_rows() -> Iterator[dict[str, Any]]:
    luck = np.random.default_rng(5)
    for variable in load_evidence(evidence_folder("hubei")).variables:
        if variable.name in ("Y", "X8", "X9", "X12"):
            continue
        populations = ("survey", "survey_judgement", "below_quality", "quality", "province")
        shares = {name: luck.dirichlet([3.0] * len(variable.codes)) for name in populations}
        for k, code in enumerate(variable.codes):
            yield {"variable": variable.name, "code": code, **{name: shares[name][k] for name in shares}}


def refit_rows(table5: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """At quarter zero as printed; later the constant drifts, under V far beyond any chart."""
    last = table5[table5["column"] == 9]
    for (r, reading), moment, row in product(
        enumerate(READINGS), ("quarter_zero", "ten_years"), last.to_dict("records")
    ):
        later = moment == "ten_years"
        apart = 0.1 if not later else 9.0 if row["variable"] == "_cons" and r < 2 else -1.5
        refit = row["printed"] + apart * row["standard_error"]
        yield {
            "moment": moment,
            "reading": reading,
            **{key: row[key] for key in ("variable", "printed", "standard_error")},
            "refit": refit,
            "low": refit - 0.4 * row["standard_error"],
            "high": refit + 0.4 * row["standard_error"],
        }


def line(
    series: str, year: int, zh: str, en: str, use: str, unit: str, target: tuple[float, float], **more: Any
) -> dict[str, Any]:
    """One line of the scorecard; the spread of the runs follows from the target, and two of them make the score."""
    low, high = target
    simulated, width = more.pop("simulated"), (high - low) / 4
    recorded = more.pop("recorded", math.nan)
    runs = np.array([simulated - width / 2, simulated + width / 2])
    return {
        "series": series,
        "year": year,
        "zh": zh,
        "en": en,
        "use": use,
        "unit": unit,
        "recorded": recorded,
        "low": low,
        "high": high,
        "simulated": simulated,
        "mean_low": simulated - width / 4,
        "mean_high": simulated + width / 4,
        "run_low": simulated - width,
        "run_high": simulated + width,
        "direct": simulated + width / 2,
        "verdict": more.pop(
            "verdict", "no record" if math.isnan(low) else "inside" if low <= simulated <= high else "outside"
        ),
        **line_scores(runs, recorded, more.pop("forecasts", {})),
        "source": "R05",
        "grade": "official",
        "note": "an English note",
    }


def scorecard() -> pd.DataFrame:
    hightech = ("高新技术企业", "high-tech firms")
    none = (math.nan, math.nan)
    rows = [
        line(
            *("table5_distance", 2019, "起始季度的表 5 第 9 列", "Table 5, column 9, at quarter zero"),
            *("F", "standard errors", (0.0, 2.0)),
            simulated=0.8,
        ),
        line(
            *("hightech_firms", 2021, f"{hightech[0]} 2021", f"{hightech[1]} 2021", "F", "firms"),
            (13540.8, 15579.2),
            recorded=14560.0,
            simulated=16520.5,
            forecasts={"random_walk": 7892.0},
        ),
        line(
            *("cloud_share", 2023, "上云企业占比 2023", "share of firms on the cloud 2023", "F", "share"),
            (0.46, 0.5),
            recorded=0.48,
            simulated=0.4759,
        ),
        line(
            *("hightech_firms", 2025, f"{hightech[0]} 2025", f"{hightech[1]} 2025", "H", "firms"),
            (27000.0, 33000.0),
            recorded=30000.0,
            simulated=26825.5,
            forecasts={"last_growth": 52881.0, "linear_trend": 31000.0, "random_walk": 20100.0},
        ),
        line(
            *(
                "hightech_firms",
                2025,
                "优于最好的朴素预测",
                "closer than the best naive forecast",
                "H",
                "firms",
            ),
            (29000.0, 31000.0),
            recorded=30000.0,
            simulated=26825.5,
            forecasts={"last_growth": 52881.0, "linear_trend": 31000.0, "random_walk": 20100.0},
        ),
        line(
            *("wuhan_hightech_firms_share", 2021, "武汉市占比 2021", "share of Wuhan 2021", "S", "share"),
            (0.588, 0.668),
            recorded=0.628,
            simulated=0.55,
            forecasts={"random_walk": 0.57},
        ),
        line(
            *("matching_elasticity", 2025, "匹配对求职者的弹性", "elasticity of matching in seekers"),
            *("H", "elasticity", (0.3, 0.7)),
            simulated=0.4,
        ),
        line(
            *("drift_X5", 2021, "X5 各回答占比八个季度内的最大偏移（无政策）"),
            "largest drift of an answer's share in X5 over eight quarters, no policy",
            *("H", "share", (0.0, 0.03)),
            simulated=0.7,
        ),
        line(
            *("wuhan_hightech_firms_share", 2022, "武汉市占比 2022", "share of Wuhan 2022", "H", "share"),
            none,
            simulated=0.52,
        ),
    ]
    return pd.DataFrame(rows)


def path_rows() -> Iterator[dict[str, Any]]:
    recorded = {
        "hightech_firms": {2019: 7892.0, 2021: 14560.0, 2022: 20100.0, 2025: 30000.0},
        "tech_smes": {2022: 24005.0, 2025: 46000.0},
        "cloud_share": {2023: 0.48},
        "rd_staff_per_hightech_firm": {2022: 19.5},
        "above_scale_entry": {2022: 0.1455},
        "table1.gdp": {2020: 43004.5, 2021: 50091.2},
    }
    units = {"cloud_share": "share", "rd_staff_per_hightech_firm": "persons per firm"}
    units |= {"above_scale_entry": "share per year", "table1.gdp": "1e8 yuan"}
    for name, points in recorded.items():
        for year in YEARS:
            size = max(points.values())
            mean = size * (0.35 + 0.09 * (year - 2019))
            known = [at for at in points if at < year]
            naive = dict.fromkeys(NAIVE, math.nan)
            if known:
                naive["random_walk"] = points[known[-1]]
            if len(known) > 1:
                before, last = points[known[-2]], points[known[-1]]
                naive["last_growth"] = last * (last / before) ** (
                    (year - known[-1]) / (known[-1] - known[-2])
                )
                naive["linear_trend"] = last + 0.3 * (last - before) * (year - known[-1])
            use = "unrecorded"
            if year in points:
                use = "start" if year == 2019 else "held_out" if year == 2025 else "fitted"
                use = "by_construction" if "." in name else use
                use = "shown" if (name, year) == ("tech_smes", 2025) else use
            yield {
                "series": name,
                "year": year,
                "recorded": points.get(year, math.nan),
                "unit": units.get(name, "firms"),
                "mean": mean,
                "low": 0.98 * mean,
                "high": 1.02 * mean,
                **naive,
                "use": use,
            }


def invent_fit(fitted: bool = True) -> Fit:
    parameters = [
        ("h0_0", 0.021, 0.018, 0.0067, 0.0105, 0.042, 0.21, False),
        ("campaign", 1.6, 1.0, 0.49, 1.0, 2.2, 0.61, True),
    ]
    if not fitted:
        parameters = [(name, start, start, *rest) for name, start, _, *rest in parameters]
    names = ["name", "start", "fitted", "standard_error", "low", "high", "pulled", "at_bound"]
    points = [("hightech_firms", 2021, 14560.0, 16520.5, 3.75), ("cloud_share", 2023, 0.48, 0.4759, -0.14)]
    return Fit(
        parameters=pd.DataFrame(parameters, columns=names),
        points=pd.DataFrame(
            points, columns=["series", "year", "recorded", "simulated", "standard_deviations"]
        ),
        directions=pd.DataFrame({"h0_0": [-0.8, -0.6], "campaign": [-0.6, 0.8], "strength": [9.0, 0.02]}),
        trace=pd.DataFrame({"cost": [9.0, 1.0], "h0_0": [0.021, 0.018], "campaign": [1.6, 1.0]}),
        evaluations=12,
    )


def invented_estimates() -> Estimates:
    """The lines of the evidence; the model's answers lie inside, outside and far beyond, or have no sign."""
    rows = []
    for k, line in enumerate(load_evidence(evidence_folder("hubei")).estimates):
        for reading in STRUCTURAL:
            least, most = (0.0 if end is None else end for end in (line.low, line.high))
            place = (0.4, 1.7, 9.0)[k % 3] + 0.1 * STRUCTURAL.index(reading)
            mean = least + place * (most - least) if line.trial else math.nan
            ends = mean - 0.01, mean + 0.01
            rows.append(
                {key: getattr(line, key, None) for key in COLUMNS}
                | {"instruments": " ".join(line.instruments), "reading": reading, "simulated": mean}
                | {"mean_low": ends[0], "mean_high": ends[1], "verdict": judged(line, mean)}
            )
    return Estimates("hubei", DIGEST, pd.DataFrame(rows, columns=list(COLUMNS)), replications=20, scale=0.1)


def invent(stars: bool = True, fitted: bool = True) -> Calibration:
    table5 = pd.DataFrame(invented_table5())
    logit = load_evidence(evidence_folder("hubei")).logit
    likelihood = [{"column": c, "printed": lr, "refit": lr + 0.001} for c, lr in logit.lr_chi2.items()]
    entering = [
        {"column": 3, "variable": "X4", "standard_error": 0.279, "implied": 0.276, "ratio": 1.01},
        {"column": 9, "variable": "X13", "standard_error": 0.157, "implied": 0.158, "ratio": 0.99},
    ]
    population = [
        {"margin": "ladder", "target": 0.0789, "divergence_alone": 1.9, "divergence_added": 1.9},
        {"margin": "size", "target": math.nan, "divergence_alone": 2.1, "divergence_added": 0.3},
        {"margin": "cloud", "target": 0.7, "divergence_alone": 0.02, "divergence_added": 0.015},
    ]
    gap = Contradiction(
        (("tech_smes", 2025),), 46000.0, 285000.0, "科技企业 2025 年：定义不同。", "Technology firms in 2025."
    )
    frame = pd.DataFrame(invented_stars())
    bounds = [
        ("exact", 306.0, 289.34, 320.13, 0.611, 0.669, 0.82, 1.0),
        ("found", 306.0, 281.45, 334.17, 0.57, 0.676, 0.688, 1.0),
        ("proved", 306.0, 272.5, float("nan"), 0.55, 0.68, 0.547, 1.0),
    ]
    ends = [f"{name}_{end}" for name in ("firms", "share_y", "share_x2") for end in ("low", "high")]
    return Calibration(
        evidence="hubei",
        digest=DIGEST,
        firms=306.0,
        share_y=0.657,
        share_x2=0.958,
        table5=table5,
        likelihood=pd.DataFrame(likelihood),
        entering=pd.DataFrame(entering),
        answers=pd.DataFrame(answers_rows()),
        stars=frame if stars else frame.iloc[:0],
        bounds=pd.DataFrame(bounds if stars else [], columns=["digits", "firms", *ends]),
        population=pd.DataFrame(population),
        refit=pd.DataFrame(refit_rows(table5)),
        history=HistoryFrames(
            scorecard(), pd.DataFrame(path_rows()), invent_fit(fitted), [gap], replications=20, scale=0.1
        ),
        estimates=invented_estimates(),
        seconds={"survey": 12.3, "history": 20.0},
        files={"derived/survey.csv": b"x1,y,weight\n"},
    )


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return invent()


def told(calibration: Calibration, lang: str = "en") -> CalibrationAccount:
    return CalibrationAccount(calibration, Words(lang))


def section(markdown: str, heading: str) -> list[str]:
    """Lines of a report below a heading, up to the next."""
    (below,) = re.findall(rf"^#+ (?:\d\. )?{re.escape(heading)}\n(.*?)(?=^#|\Z)", markdown, re.M | re.S)
    return [line for line in below.splitlines() if line]


# --- words -----------------------------------------------------------------------------------------------


def test_numbers_of_a_unit_are_written_alike() -> None:
    assert amounts([0.4759, 0.46, math.nan], "share") == ["47.6", "46.0", "–"]
    assert amounts([16520.5, 14560.0], "firms") == ["16,520", "14,560"]
    assert amounts([0.4], "elasticity") == ["0.40"]
    assert amounts([12.5], "bushels") == ["12.5"]
    assert told(invent(), "zh").unit("bushels") == "bushels", "another province's unit"


# --- what the report says --------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_chapter_is_there(calibration: Calibration, lang: str) -> None:
    text = calibration_markdown(calibration, Words(lang))
    assert text.startswith("# 校准报告：hubei\n" if lang == "zh" else "# Calibration of hubei\n")
    headings = re.findall(r"^## (\d)\. \S", text, flags=re.MULTILINE)
    assert headings == ["1", "2", "3", "4", "5", "6", "7"]
    for figure in ("table5", "stars", "answers", "refit", "scorecard", "scores", "history", "estimates"):
        assert f"]({FIGURES}/{figure}.png)" in text
    assert chinese(text) == (lang == "zh")
    assert not re.search(r"\bnan\b", text)
    assert DIGEST[:8] in text.splitlines()[-1]
    for group in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        assert len({line.replace("\\|", "").count("|") for line in group.splitlines()}) == 1


def test_no_english_is_left_in_chinese_tables(calibration: Calibration) -> None:
    names = set(calibration.history.fit.parameters["name"])
    studies = " ".join(calibration.estimates.table["study"])
    authors = set(re.findall(r"[A-Za-z]{2,}", studies))
    text = calibration_markdown(calibration, Words("zh"))
    lines = re.findall(r"^(?:#|[|]).*$", text, flags=re.MULTILINE)
    assert len(lines) > 150
    for line_ in lines:
        found = set(re.findall(r"[A-Za-z][A-Za-z_0-9]{2,}", re.sub(r"[XP]\d+", "", line_)))
        assert found <= names | {"hubei"} | authors, line_


def test_the_opening_tells_fitted_from_held_out(calibration: Calibration) -> None:
    _, fitted, seen, held_out, assumed = section(
        calibration_markdown(calibration, Words("en")), "Calibration of hubei"
    )
    assert "2 parameters that meet 2 recorded points" in fitted
    assert "63 coefficients, 9 likelihood-ratio statistics and 54 significance marks" in fitted
    assert "1 line marked S in the scorecard; 0 inside their target, 1 outside, 0 without a record" in seen
    assert "no strict test" in seen
    assert (
        "5 lines marked H in the scorecard; 1 inside their target, 3 outside, 1 without a record" in held_out
    )
    assert assumed.startswith("- Assumed")


def test_table_5_stands_beside_its_refit(calibration: Calibration) -> None:
    rows = table5_rows(told(calibration))
    at = next(k for k, row in enumerate(rows) if row[0] == "X4 Needs a platform")
    assert rows[at][1:4] == ["printed", "", ""]
    assert rows[at][-1] == "0.559*"
    assert rows[at + 1][-1] == "0.563*"
    assert rows[-2][:3] == ["LR χ²", "printed", "11.15"]
    heading = section(calibration_markdown(calibration, Words("en")), "Table 5, printed and refitted")[1]
    assert heading == f"| Variable | Value | {' | '.join(f'({column})' for column in range(1, 10))} |"
    coefficients, likelihood, marks = agreement(told(calibration)).lines
    assert coefficients == (
        "63 coefficients: 62 agree to the printed decimals, 63 within ±0.005; largest difference 0.004."
    )
    assert likelihood.startswith("9 likelihood-ratio statistics: 9 agree to the printed decimals")
    assert marks == "54 significance marks: 53 as printed."


def test_rounding_is_that_of_the_printed_digits(calibration: Calibration) -> None:
    """−0.0913 was printed to four decimals, all others to three."""
    table = calibration.table5.copy()
    odd = (table["variable"] == "X6") & (table["column"] == 5)
    table.loc[odd, "refit"] = table.loc[odd, "printed"] + 0.0004
    found = agreement(told(dataclasses.replace(calibration, table5=table))).lines[0]
    assert "61 agree to the printed decimals" in found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_failures_are_called_failures(calibration: Calibration, lang: str) -> None:
    text = calibration_markdown(calibration, Words(lang))
    count, *failed = section(text, "没有达到目标的" if lang == "zh" else "What missed its target")
    assert [int(number) for number in re.findall(r"\d+", count)] == (
        [8, 5, 1, 1, 3] if lang == "zh" else [5, 8, 1, 1, 3]
    )
    frame = calibration.history.scorecard
    outside = frame[frame["verdict"] == "outside"]
    assert len(failed) == len(outside) == len(missed(told(calibration, lang))) == 5
    for line_, (_, row) in zip(failed, outside.iterrows(), strict=True):
        assert line_.startswith(f"- {row['use']} {row[lang]}")
    assert "16,520" in failed[0], "a fitted line that fails is told too"
    assert "13,541" in failed[0]
    said = printed(calibration, lang)
    scorecard_ = said.split(Words(lang)("calibration.estimates_title"))[0]
    assert scorecard_.count("不符" if lang == "zh" else "outside") == 5
    assert Words(lang)("calibration.agree_marks", total=54, same=53) in said


def test_without_failures_it_says_so(calibration: Calibration) -> None:
    frame = calibration.history.scorecard.assign(verdict="inside")
    history = dataclasses.replace(calibration.history, scorecard=frame)
    text = calibration_markdown(dataclasses.replace(calibration, history=history), Words("en"))
    assert section(text, "What missed its target") == ["- Nothing: every line is inside its target."]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_province_without_a_scorecard_is_told_so(lang: str) -> None:
    found = invent(fitted=False)
    table5 = found.history.scorecard.head(1).assign(series=DISTANCE, use="F", verdict="inside")
    fit = dataclasses.replace(found.history.fit, points=found.history.fit.points.head(0))
    history = dataclasses.replace(found.history, scorecard=table5, fit=fit, contradictions=[])
    found = dataclasses.replace(found, history=history)
    text = calibration_markdown(found, Words(lang))
    assert text.count("hubei has no scorecard.csv" if lang == "en" else "hubei 没有 scorecard.csv") == 2
    assert "no recorded point to fit to" in text or "没有可供拟合的记录点" in text
    assert "--refit-history" not in text
    with style():
        assert len(draw_scorecard(told(found, lang)).figure.axes) == 1
        assert draw_history(told(found, lang)).figure.axes


def test_the_model_stands_beside_naive_forecasts(calibration: Calibration) -> None:
    rows = {row[0]: row[1:] for row in score_rows(told(calibration))}
    assert list(rows) == [
        "high-tech firms 2021",
        "share of firms on the cloud 2023",
        "high-tech firms 2025",
        "share of Wuhan 2021",
    ], "only lines with a recorded value, each value once"
    # Two runs, 750 to either side of 26,825.5: the error of the mean, 3,174.5, less half the distance between them.
    use, unit, closest, record, model, growth, trend, walk = rows["high-tech firms 2025"]
    assert (use, unit, record) == ("H", "firms", "30,000")
    assert model == "2,424 (8.1 %)"
    assert (growth, trend, walk) == ("22,881 (76.3 %)", "1,000 (3.3 %)", "9,900 (33.0 %)")
    assert closest == "linear trend"
    assert rows["high-tech firms 2021"][2] == "Model"
    assert rows["share of firms on the cloud 2023"][2:] == ["", "48.0", "0.00 (0.0 %)", "–", "–", "–"]


def test_the_report_says_which_naive_forecast_is_better_and_where(calibration: Calibration) -> None:
    block = scores_block(told(calibration))
    assert [row[1:] for row in block.rows if row[0].startswith("S and H")] == [
        ["last growth goes on", "1", "8.1 %", "76.3 %"],
        ["linear trend", "1", "8.1 %", "3.3 %"],
        ["no change", "2", "9.5 %", "21.1 %"],
    ]
    fitted, seen, held_out, together, alone = block.lines
    assert fitted == "F fitted, not a test: the model beats every naive forecast."
    assert seen.endswith(
        "“no change” (10.8 % against 9.2 %), which is closer to the record for: share of Wuhan 2021."
    )
    assert held_out.startswith(
        "H held out, a test: the model does not beat “linear trend” (8.1 % against 3.3 %)"
    )
    assert together.startswith("S and H together, not fitted: the model does not beat “linear trend”")
    assert alone.endswith("without a naive forecast: share of firms on the cloud 2023.")


def test_free_numbers_are_counted_against_records(calibration: Calibration) -> None:
    text = calibration_markdown(calibration, Words("en"))
    said = next(line for line in section(text, "What was fitted") if "free in the fit" in line)
    assert "2 numbers are free in the fit, and it uses 2 records" in said
    assert "determine 1.2 of the 2" in said, "two less 21 % and 61 %"
    assert (
        "Not identified by the record, because the pull tells more about them than the records: campaign."
        in said
    )
    settled = dataclasses.replace(
        calibration.history.fit, parameters=calibration.history.fit.parameters.assign(pulled=0.1)
    )
    history = dataclasses.replace(calibration.history, fit=settled)
    text = calibration_markdown(dataclasses.replace(calibration, history=history), Words("en"))
    assert "The records tell more than the pull about each of them." in text


def test_marks_not_asked_for_are_not_made_up() -> None:
    for lang in LANGUAGES:
        text = calibration_markdown(invent(stars=False), Words(lang))
        assert "upgrading calibrate --stars" in text
        assert f"{FIGURES}/stars.png" not in text


def test_marks_are_summed_up_by_prior_and_number_of_firms(calibration: Calibration) -> None:
    summary = stars_rows(told(calibration))
    assert summary[1] == ["uniform prior", "306", "8", "49", "4", "60.0 to 65.0 %", "90.0 to 95.0 %"]
    assert summary[2] == ["uniform prior", "315", "0", "–", "0", "none", "none"]
    exact, found, proved = bounds_rows(told(calibration))
    assert exact == ["as printed, exact", "306", "289.3 to 320.1", "61.1 to 66.9 %", "82.0 to 100.0 %"]
    assert found[0] == "with rounding, found"
    assert proved[:3] == ["with rounding, proved", "306", "272.5 to –"], "no end"


def test_a_refit_far_from_print_is_flagged(calibration: Calibration) -> None:
    start, later = refits(told(calibration))
    assert start.readings == []
    assert not any("!" in cell for row in start.rows for cell in row)
    flagged = [[k for k, cell in enumerate(row) if cell.endswith("!")] for row in later.rows]
    assert flagged == [[]] * 10 + [[3, 4]]
    text = calibration_markdown(calibration, Words("en"))
    assert section(text, f"{start.moment}: coefficients of column 9")[0].endswith(
        "the same under all readings |"
    )
    assert "After ten years, V via difficulty, naive: 1 of 11" in section(text, "In short")[2]


def test_starting_values_are_not_called_fitted() -> None:
    said = "The starting values are in use: nothing was fitted."
    assert said in calibration_markdown(invent(fitted=False), Words("en"))
    assert said not in calibration_markdown(invent(), Words("en"))


def printed(calibration: Calibration, lang: str, width: int = 120) -> str:
    paper = io.StringIO()
    print_calibration(calibration, Words(lang), Console(file=paper, width=width, color_system=None))
    return paper.getvalue()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_print_fits_the_terminal(calibration: Calibration, lang: str) -> None:
    text = printed(calibration, lang, 80)
    tables = [line for line in text.splitlines() if re.search(r"\d (?:至|to) \d|───", line)]
    assert len(tables) > 5
    assert all(cell_len(line) <= 80 for line in tables)


# --- figures ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(calibration: Calibration, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    folder = tmp_path_factory.mktemp("figures")
    return {lang: draw_calibration(calibration, folder / lang, Words(lang)) for lang in LANGUAGES}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_are_drawn_in_the_language(drawn: dict[str, list[Path]], lang: str) -> None:
    names = ("table5", "answers", "refit", "scorecard", "scores", "history", "estimates", "stars")
    assert [file.name for file in drawn[lang]] == [f"{n}{end}" for n in names for end in (".png", ".svg")]
    font = get_font(str(chinese_font())).get_charmap()
    for name, png, svg in zip(names, drawn[lang][::2], drawn[lang][1::2], strict=True):
        picture = imread(png)
        assert picture[..., :3].min() < 0.3 < 0.8 < picture[..., :3].mean(), "ink on white"
        texts = drawn_text(svg)
        assert all(ord(sign) in font for text in texts for sign in text), "every glyph is in the font"
        assert any(chinese(text) for text in texts) == (lang == "zh")
        assert Words(lang)(f"calibration.{name}_figure") in texts
        assert DIGEST[:8] in "".join(texts)


def test_the_same_numbers_give_the_same_bytes(
    calibration: Calibration, drawn: dict[str, list[Path]], tmp_path: Path
) -> None:
    again = draw_calibration(calibration, tmp_path, Words("zh"))
    assert [file.read_bytes() for file in drawn["zh"]] == [file.read_bytes() for file in again]


def draw_published(account: CalibrationAccount) -> Sheet:
    sheet = draw_estimates(EstimatesAccount(account.calibration.estimates, account.words))
    assert sheet is not None
    return sheet


SHEETS = (
    *(draw_table5, draw_answers, draw_refit, draw_scorecard, draw_scores, draw_history, draw_stars),
    draw_published,
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("draw", SHEETS, ids=lambda draw: draw.__name__)
def test_no_text_hides_another_or_leaves_the_sheet(
    calibration: Calibration, draw: Callable[[CalibrationAccount], Sheet], lang: str
) -> None:
    with style():
        sheet = draw(told(calibration, lang))
        assert_legible(draw.__name__, sheet)


def marks_of(axes: Any, marker: str) -> list[tuple[float, str]]:
    """Places and face colours of the marks of one shape."""
    lines = [line_ for line_ in axes.lines if line_.get_marker() == marker]
    return [(float(line_.get_xdata()[0]), line_.get_markerfacecolor()) for line_ in lines]


def test_scorecard_tells_inside_from_outside_without_colour(calibration: Calibration) -> None:
    with style():
        fitted, seen, held_out = draw_scorecard(told(calibration, "en")).figure.axes
    assert [round(x, 2) for x, _ in marks_of(fitted, "o")] == [-0.2, -0.2]
    ((outside, face),) = marks_of(fitted, "s")
    assert (round(outside, 2), face) == (1.92, "white")
    assert all(face != "white" for _, face in marks_of(fitted, "o"))
    assert [round(x, 2) for x, _ in marks_of(seen, "s")] == [-1.95]
    assert len(marks_of(held_out, ">")) == 1, "far beyond the chart"
    texts = [text.get_text() for text in held_out.texts]
    assert "+46" in texts
    assert "no record" in texts
    assert "26,826" in texts


def test_published_estimates_show_where_the_model_disagrees(calibration: Calibration) -> None:
    with style():
        built_in, seen, held_out = draw_published(told(calibration, "en")).figure.axes
    assert [round(x, 2) for x, _ in marks_of(built_in, "s")] == [2.4]
    lines = load_evidence(evidence_folder("hubei")).estimates
    far = [line for k, line in enumerate(lines) if k % 3 == 2 and line.use == "S"]
    assert len(marks_of(seen, ">")) == len(far) > 0, "far beyond the chart"
    texts = [text.get_text() for text in held_out.texts]
    assert texts.count("no lever yet") == 2
    assert "–" in texts, "no number, and no % either"
    assert "disagrees" in texts, "a sign only has no place on the axis"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_published_estimates_are_printed_with_failures_as_failures(
    calibration: Calibration, lang: str
) -> None:
    found = calibration.estimates
    block = estimates_block(found, Words(lang))
    table = found.table[found.table["reading"] == STRUCTURAL[0]]
    failed = table[table["verdict"] == "outside"]
    assert len(block.rows) == len(table)
    assert sum(row[-1] == Words(lang).pick(("不一致", "disagrees")) for row in block.rows) == len(failed) > 0
    assert sum("!" in row[7] for row in block.rows) == len(failed)
    sentence = next(line for line in block.lines if line.startswith(("V selective", "V，选择性", "V")))
    assert all(name in sentence for name in failed[lang])
    assert any("P14" in line and "P15" in line for line in block.lines), "levers without a paper"
    empty = dataclasses.replace(found, table=found.table.head(0))
    assert "estimates.csv" in estimates_block(empty, Words(lang)).lines[0]


def test_scores_show_the_run_beside_naive_forecasts(calibration: Calibration) -> None:
    with style():
        fitted, seen, held_out = draw_scores(told(calibration, "en")).figure.axes
    assert len(fitted.get_yticks()) == 2, "two fitted lines have a recorded value"
    assert [round(x, 1) for x, _ in marks_of(seen, "o")] == [-12.4], "0.55 against 0.628"
    assert [round(x, 1) for x, _ in marks_of(seen, "s")] == [-9.2]
    assert len(held_out.get_yticks()) == 1, "two lines on one value are drawn once"
    assert [round(x, 1) for x, _ in marks_of(held_out, "D")] == [3.3]
    assert [x for x, _ in marks_of(held_out, ">")] == [60.0], "a forecast 76 % too high is beyond the chart"
    assert [text.get_text() for text in held_out.texts] == ["30,000"]


def test_history_tells_fitted_from_held_out_and_shows_naive_forecasts(calibration: Calibration) -> None:
    with style():
        charts = {
            axes.get_title(loc="left"): axes for axes in draw_history(told(calibration, "en")).figure.axes
        }
    assert list(charts)[:3] == ["High-tech firms", "Technology SMEs", "Share on the cloud"]
    assert not any("gdp" in name for name in charts), "reproduced by construction"
    axes = charts["High-tech firms"]
    points = marks_of(axes, "D")
    assert [year for year, _ in points] == [2021, 2022, 2025]
    assert [face == "white" for _, face in points] == [False, False, True]
    assert [year for year, _ in marks_of(axes, "s")] == [2019], "the start value is no test"
    dashed = [line_ for line_ in axes.lines if line_.is_dashed()]
    last = max(float(line_.get_ydata()[-1]) for line_ in dashed if line_.get_xdata()[-1] == 2025)
    assert last == pytest.approx(52.881, abs=0.001), "the growth of 2021–22 going on, thousand firms"


def test_refit_follows_a_far_coefficient_to_an_arrow(calibration: Calibration) -> None:
    with style():
        axes = draw_refit(told(calibration, "en")).figure.axes
    assert [len(marks_of(one, ">")) for one in axes] == [1, 1, 0, 0, 0]
    assert all(len(marks_of(one, "o")) == 11 for one in axes)
    assert {round(x, 6) for x, _ in marks_of(axes[0], "o")} == {0.1}


def test_table5_shows_all_columns(calibration: Calibration) -> None:
    with style():
        charts = draw_table5(told(calibration, "zh")).figure.axes
    assert sum(len(marks_of(axes, "D")) for axes in charts) == 63
    texts = [text.get_text() for axes in charts for text in axes.findobj(Text)]
    assert "X3 人才储备充足" in texts


@pytest.fixture
def figures_at_hand(drawn: dict[str, list[Path]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy the figures that are drawn already, which takes less time than to draw them again."""

    def copy(
        calibration: Calibration, folder: Path, words: Words, failed: Failed | None = None
    ) -> list[Path]:
        shutil.copytree(drawn[words.lang][0].parent, folder)
        return [folder / file.name for file in drawn[words.lang]]

    monkeypatch.setattr("sim.show.pages.calibration_folder.draw_calibration", copy)


# --- the report as files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_needs_nothing_but_itself(
    calibration: Calibration, drawn: dict[str, list[Path]], lang: str
) -> None:
    text = calibration_markdown(calibration, Words(lang))
    page = html_page(text, drawn[lang][0].parent, Words(lang))
    assert not re.search(r"https?://|<script|<link|@import|url\(", page)
    sources = re.findall(r'src="([^"]*)"', page)
    assert len(sources) == 8
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert page.count("<table>") == len(re.findall(r"^[|][ :|-]+[|]$", text, flags=re.MULTILINE))
    assert f"<title>{'校准报告：hubei' if lang == 'zh' else 'Calibration of hubei'}</title>" in page
    assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in page
    assert "<em>" not in page, "stars stay stars"
    assert "−1.755***" in page


def test_markup_in_a_name_stays_text(calibration: Calibration, drawn: dict[str, list[Path]]) -> None:
    odd = dataclasses.replace(calibration, evidence="<script>x</script>")
    page = html_page(calibration_markdown(odd, Words("en")), drawn["en"][0].parent, Words("en"))
    assert "<script>" not in page


@pytest.mark.usefixtures("figures_at_hand")
def test_the_folder_holds_report_tables_and_manifest(calibration: Calibration, tmp_path: Path) -> None:
    write_tables(calibration, tmp_path)
    figures = write_report(calibration, tmp_path, Words("en"))
    names = {path.name for path in tmp_path.iterdir()}
    assert {"report.md", "report.html", "manifest.json", FIGURES} < names
    assert len(figures) == 16
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == calibration_markdown(
        calibration, Words("en")
    )
    tables = ("table5", "likelihood", "entering", "answers", "stars", "bounds", "population", "refit")
    more = ("scorecard", "scores", "history", "estimates", "contradictions", "fit_parameters", "fit_points")
    for name in (*tables, *more):
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) > 0
    assert pd.read_csv(tmp_path / "scorecard.csv")["note"].eq("an English note").all()
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["evidence"] == {"folder": "hubei", "digest": DIGEST}
    assert manifest["seconds"]["survey"] == 12.3
    assert manifest["tables"]["table5"]["rows"] == 63


# --- the command -----------------------------------------------------------------------------------------


class Stub:
    """Stands for `sim.analysis.record.calibrate`; remembers what it was asked for."""

    def __init__(self, interrupted: bool = False) -> None:
        self.interrupted = interrupted
        self.asked: dict[str, Any] = {}
        self.written: list[Path] = []

    def calibrate(self, evidence: str, **options: Any) -> Calibration:
        self.asked = {"evidence": evidence, **options}
        options["progress"]("survey", 0, 0)
        options["progress"]("stars: uniform: 3 + 4", 0, 0)
        options["progress"]("history", 1, 2)
        if self.interrupted:
            raise KeyboardInterrupt
        return invent()

    def write_derived(self, folder: Path, calibration: Calibration) -> list[Path]:
        self.written = [folder / name for name in calibration.files]
        return self.written


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    hubei = evidence_folder("hubei")
    return Path(shutil.copytree(hubei, tmp_path / "mine", ignore=shutil.ignore_patterns("derived")))


def command(monkeypatch: pytest.MonkeyPatch, stub: Stub, *words: str) -> int:
    """Run the command in this process; return its exit code."""

    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr("sim.analysis.record.calibrate.calibrate", stub.calibrate)
    monkeypatch.setattr("sim.analysis.record.calibrate.write_derived", stub.write_derived)
    monkeypatch.setattr("sim.command.terminal.leave", leave)
    monkeypatch.setattr("sys.argv", ["upgrading", "calibrate", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


@pytest.mark.usefixtures("figures_at_hand")
def test_the_command_writes_report_and_derived_files(
    evidence: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(evidence.parent)
    stub = Stub()
    assert command(monkeypatch, stub, "mine", "--stars", "--workers", "2", "--lang", "zh") == 0
    progress = stub.asked.pop("progress")
    assert progress is not None
    assert stub.asked == {
        "evidence": str(evidence),
        "stars": True,
        "refit_history": False,
        "members": 0,
        "workers": 2,
    }
    (folder,) = (evidence.parent / "results").iterdir()
    assert re.fullmatch(r"calibrate-mine-[0-9a-f]{10}", folder.name)
    assert (folder / "report.html").is_file()
    assert stub.written == [evidence / "derived" / "survey.csv"]
    told, said = capsys.readouterr()
    assert "计分卡" in told
    assert f"结果：results/{folder.name}" in told
    assert str(evidence / "derived" / "survey.csv") in told
    for part in ("重建调查", "显著性标记", "与记录对照"):
        assert f"{part}：用时" in said
    assert command(monkeypatch, Stub(), "mine", "--quiet") == 2, "earlier results are not replaced"
    assert "is not empty" in capsys.readouterr().err
    assert command(monkeypatch, Stub(), "mine", "--quiet", "--force") == 0
    assert capsys.readouterr() == ("", "")


def test_after_ctrl_c_nothing_has_changed(
    evidence: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stub, before = Stub(interrupted=True), sorted(evidence.rglob("*"))
    assert command(monkeypatch, stub, str(evidence), "--out", str(evidence.parent / "out")) == 130
    assert not stub.written
    assert sorted(evidence.rglob("*")) == before
    assert not (evidence.parent / "out").exists()
    assert "no results were written" in capsys.readouterr().err


def test_evidence_that_cannot_be_written_is_refused_before_the_work(
    evidence: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != evidence and allowed(path, mode))
    stub = Stub()
    assert command(monkeypatch, stub, str(evidence)) == 2
    assert not stub.asked
    said = capsys.readouterr().err
    assert said.startswith(f"evidence: {evidence}\n")
    assert "`upgrading init DIR`" in said
    assert "`upgrading calibrate DIR/calibration/mine`" in said


def test_all_mistakes_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, Stub(), "nowhere", "--workers", "0", "--lang", "fr") == 2
    said = capsys.readouterr().err
    assert all(key in said for key in ("--workers: 0", "--lang: fr", "calibration: nowhere"))


def test_progress_names_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    with Parts(Words("en"), quiet=False, clock=lambda: now[0]) as progress:
        progress("survey", 0, 0)
        now[0] += 70
        progress("stars: uniform: 40 + 5", 0, 0)
        for _ in range(2):
            now[0] += 10
            progress("stars: uniform: 41 + 4", 0, 0)
        for done in range(1, 12):
            progress("fit", done, 21)
            now[0] += 2
        progress("elsewhere", 1, 1)
    assert capsys.readouterr().err.splitlines() == [
        "the survey, rebuilt: 1:10",
        "significance marks uniform: 41 + 4",
        "significance marks uniform: 41 + 4",
        "significance marks: 0:20",
        "fit to history 6/21, 0.5/s  0:30 left",
        "fit to history 11/21, 0.5/s  0:20 left",
        "fit to history: 0:22",
        "elsewhere: 0:00",
    ]
