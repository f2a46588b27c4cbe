"""What people see of `upgrading calibrate`, on an invented calibration in the frames' real shape."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import re
import string
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread
from matplotlib.text import Text
from rich.console import Console
from typer.testing import CliRunner

from sim.analysis.calibration import Calibration
from sim.analysis.fit import Fit
from sim.analysis.record_frames import HistoryFrames
from sim.errors import InputError
from sim.evidence.history import NAIVE, Contradiction
from sim.evidence.tables import load_evidence
from sim.files import calibration_folder
from sim.show import calibration_names, calibration_words
from sim.show.calibration import FIGURES, calibration_html, calibration_markdown, print_calibration
from sim.show.calibration_blocks import chapters, in_short, opening
from sim.show.calibration_record import amounts
from sim.show.calibration_words import tell
from sim.show.canvas import Sheet, style
from sim.show.figures import draw_calibration
from sim.show.recordfigures import draw_history, draw_scorecard
from sim.show.surveyfigures import draw_answers, draw_refit, draw_stars, draw_table5
from sim.show.words import READINGS, Pair

LANGUAGES = ("zh", "en")
Z = {"": 1.1, "*": 1.8, "**": 2.2, "***": 3.0}
DIGEST = "0123456789abcdef" * 4
YEARS = range(2019, 2028)

# --- an invented calibration -----------------------------------------------------------------------------


def table5_rows() -> Iterator[dict[str, Any]]:
    """Table 5 as printed, its refit near by: one coefficient off rounding, one mark missed."""
    logit = load_evidence(calibration_folder("hubei")).logit
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


def stars_rows() -> Iterator[dict[str, Any]]:
    grid = product(
        (290.0, 306.0, 320.0), ("uniform", "judgement"), (0.55, 0.6, 0.65, 0.7), (0.8, 0.85, 0.9, 0.95)
    )
    for firms, prior, share_y, share_x2 in grid:
        equations = 0.58 < share_y < 0.68
        all_marks = equations and share_x2 > 0.88 and firms > 300 and prior == "uniform"
        yield {
            "firms": firms,
            "prior": prior,
            "share_y": share_y,
            "share_x2": share_x2,
            "equations": equations,
            "marks": 40 + int(10 * share_x2) if equations else math.nan,
            "all_marks": all_marks,
            "divergence": 0.8 if equations else math.nan,
        }


def answers_rows() -> Iterator[dict[str, Any]]:
    luck = np.random.default_rng(5)
    for variable in load_evidence(calibration_folder("hubei")).variables:
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
    """One line of the scorecard; the spread of the runs follows from the target."""
    low, high = target
    simulated, width = more.pop("simulated"), (high - low) / 4
    return {
        "series": series,
        "year": year,
        "zh": zh,
        "en": en,
        "use": use,
        "unit": unit,
        "recorded": more.pop("recorded", math.nan),
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
                naive["last_growth"] = last * (last / before) ** ((year - known[-1]) / (known[-1] - known[-2]))
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


def invent(stars: bool = True, fitted: bool = True) -> Calibration:
    table5 = pd.DataFrame(table5_rows())
    logit = load_evidence(calibration_folder("hubei")).logit
    likelihood = [{"column": c, "printed": lr, "refit": lr + 0.001} for c, lr in logit.lr_chi2.items()]
    entering = [
        {"column": 3, "variable": "X4", "standard_error": 0.279, "implied": 0.276, "ratio": 1.01},
        {"column": 9, "variable": "X13", "standard_error": 0.157, "implied": 0.158, "ratio": 0.99},
    ]
    population = [
        {"margin": "ladder", "target": 0.0789, "divergence_alone": 1.9, "divergence_added": 1.9},
        {"margin": "cloud", "target": 0.7, "divergence_alone": 0.02, "divergence_added": 0.015},
    ]
    gap = Contradiction(
        (("tech_smes", 2025),), 46000.0, 285000.0, "科技企业 2025 年：定义不同。", "Technology firms in 2025."
    )
    frame = pd.DataFrame(stars_rows())
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
        population=pd.DataFrame(population),
        refit=pd.DataFrame(refit_rows(table5)),
        history=HistoryFrames(
            scorecard(), pd.DataFrame(path_rows()), invent_fit(fitted), [gap], replications=20, scale=0.1
        ),
        seconds={"survey": 12.3, "history": 20.0},
    )
