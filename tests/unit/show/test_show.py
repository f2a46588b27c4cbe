"""Show: what people see of a comparison and of a run, on invented numbers in the frames' real shape."""

from __future__ import annotations

import dataclasses
import io
import math
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.font_manager import get_font
from matplotlib.image import imread
from matplotlib.text import Text
from rich.cells import cell_len
from rich.console import Console

from sim.analysis.comparison.compare import RESPONSE_COLUMNS, Comparison
from sim.analysis.comparison.effects import BREAK_EVEN_COLUMNS, COEFFICIENT_COLUMNS, UNDEFINED
from sim.analysis.comparison.parts import OUTCOMES_TAKEN_APART, PARTS
from sim.analysis.comparison.shapley import REST, SHAPLEY_COLUMNS
from sim.analysis.comparison.shares import VARIANCE_COLUMNS
from sim.analysis.outcomes import LEAD, OUTCOMES
from sim.evidence.tables import Evidence, load_evidence
from sim.files.folders import chinese_font
from sim.runs.results import Results, summarise
from sim.show.figures.all import comparison_drawings, draw_comparison, draw_run
from sim.show.figures.canvas import LOOKS, Sheet, style
from sim.show.figures.coefficients import draw_coefficients
from sim.show.figures.cost import draw_costs
from sim.show.figures.geography import inside, outline, place_labels, plane_of
from sim.show.figures.maps import draw_map, mapped_readings
from sim.show.figures.ranking import draw_ranking
from sim.show.figures.run import draw_ladder, draw_talent
from sim.show.figures.time_paths import draw_paths
from sim.show.pages.comparison import comparison_markdown
from sim.show.tables.answer import blocks_of
from sim.show.tables.printing import print_comparison
from sim.show.texts import names
from sim.show.texts.account import Answer, RunAccount
from sim.show.texts.names import PART_NAMES, short_region
from sim.show.texts.numbers import (
    count,
    decimals,
    money,
    percent,
    plain,
    plus_minus,
    significant,
    step_digits,
)
from sim.words import Words
from sim.world.levers import LEVERS
from sim.world.scenario import load_scenario
from sim.world.scenario_record import READINGS, STRUCTURAL

ROOT = Path(__file__).parents[3]
HUBEI = ROOT / "calibration" / "hubei"
THREE = ("talent_pool", "subsidies", "platforms")
FIVE = (*THREE, "all_three", "concentrate")
QUARTERS = [f"{year}Q{q}" for year in range(2020, 2033) for q in range(1, 5)]
WITHOUT_FIRMS = 429021
DIFFICULTY = ("difficulty_share", "difficulty_within", "difficulty_composition", "difficulty_entrants")
COST = ("yuan_per_climb", "low", "high", "note")

# Invented extra climbs under the five readings, and half-widths: gains, a loss and effects that cover 0.
CLIMBS = {
    "talent_pool": ((820.0, 110.0), (2310.0, 240.0), (700.0, 90.0), (1460.0, 130.0), (1500.0, 140.0)),
    "subsidies": ((35.0, 90.0), (-410.0, 150.0), (220.0, 70.0), (260.0, 80.0), (240.0, 85.0)),
    "platforms": ((1240.0, 160.0), (1190.0, 190.0), (380.0, 100.0), (930.0, 120.0), (-60.0, 125.0)),
    "all_three": ((905.0, 120.0), (1600.0, 170.0), (640.0, 120.0), (1280.0, 125.0), (960.0, 115.0)),
    "concentrate": ((610.0, 140.0), (1010.0, 180.0), (450.0, 110.0), (1100.0, 160.0), (700.0, 150.0)),
}
# Invented shares of the coefficients in the variance with their intervals: some, much, none, and fewer than none.
SHARES = {
    "V-selective": (0.31, 0.02, 0.55),
    "V-naive": (0.72, 0.6, 0.81),
    "V*-selective": (0.4, 0.1, 0.6),
    "D-selective": (0.0, 0.0, 0.0),
    "D-naive": (-0.12, -0.4, 0.1),
}
# Size beside the effect on climbs, half-width beside its half-width, level in the baseline; others are as climbs.
OUTCOME_SHAPES = defaultdict(
    lambda: (1.0, 1.0, 61000.0),
    quality_firms=(0.55, 0.7, 34100.0),
    value_added=(4e7, 6e7, 2.1e13),
    difficulty_share=(-5e-4, 5e-4, 41.0),
    difficulty_within=(-7e-4, 5e-4, math.nan),
    difficulty_composition=(1.5e-4, 1e-4, math.nan),
    difficulty_entrants=(5e-5, 5e-5, math.nan),
    theil=(-2.5e-5, 5e-5, 0.081),
)


# --- invented results ----------------------------------------------------------------------------------


def ratio(money: float, effect: float, half: float) -> dict[str, Any]:
    """Yuan per climb with bounds; undefined where the effect covers 0."""
    if abs(effect) <= half:
        return dict(zip(COST, (math.nan, math.nan, math.nan, UNDEFINED), strict=True))
    low, high = sorted((money / (effect - half), money / (effect + half)))
    return dict(zip(COST, (money / effect, low, high, ""), strict=True))


def effect_rows(key: dict[str, str], effect: float, half: float) -> Iterator[dict[str, Any]]:
    for outcome, record in OUTCOMES.items():
        size, width, level = OUTCOME_SHAPES[outcome]
        value, bound = size * effect, abs(width) * half
        lead = outcome in LEAD
        yield (
            key
            | {
                "outcome": outcome,
                "unit": record.unit,
                "effect": value,
                "low": value - bound,
                "high": value + bound,
            }
            | {"replications": 30, "base": level, "resolved": not lead or key["scenario"] != "subsidies"}
            | {"note": ""}
        )


def path_rows(key: dict[str, str], effect: float, half: float) -> Iterator[dict[str, Any]]:
    for outcome, start, size in (
        ("climbs", 1500.0, 1.0),
        ("quality_firms", 7892.0, 0.55),
        ("difficulty_share", 45.0, -5e-4),
    ):
        for k, quarter in enumerate(QUARTERS):
            grown = max(0.0, (k - 15) / 36) ** 1.3
            value, width = size * effect * grown, abs(size) * half * grown**0.5
            base = start + (OUTCOME_SHAPES[outcome][2] - start) * (k / 51) ** 0.8
            yield (
                key
                | {"quarter": quarter, "outcome": outcome, "base": base, "policy": base + value}
                | {"effect": value, "low": value - width, "high": value + width}
            )


def region_rows(
    key: dict[str, str], effect: float, evidence: Evidence, luck: np.random.Generator
) -> Iterator[dict[str, Any]]:
    for region in evidence.regions:
        if region.code == WITHOUT_FIRMS:
            continue
        for outcome in ("climbs", "quality_firms"):
            share, width = luck.normal(effect / 17, 45), abs(luck.normal(30, 6))
            yield (
                key
                | {"region": region.code, "region_zh": region.zh, "region_en": region.en, "outcome": outcome}
                | {"effect": share, "low": share - width, "high": share + width}
                | {"per_thousand_firms": share / 5.5, "agents": 55}
            )


def response_rows(key: dict[str, str], effect: float, half: float) -> Iterator[dict[str, Any]]:
    for budget in (0.25e9, 0.5e9, 1e9, 2e9, 4e9):
        scale = (budget / 1e9) ** 0.8
        climbs, width = effect * scale, half * scale**0.4
        yield (
            key
            | {"budget_yuan_per_year": budget, "spent_yuan": budget * 9 * 0.999, "climbs": climbs}
            | {"climbs_low": climbs - width, "climbs_high": climbs + width}
            | ratio(budget * 9 * 0.999, climbs, width)
            | {"replications": 30 if budget == 1e9 else 15}
        )


def part_rows(key: dict[str, str], effect: float) -> Iterator[dict[str, Any]]:
    """Half of it by one channel, a quarter by difficulty, the rest is luck."""
    shares = {"talent": 0.5, "difficulty": 0.25, "luck": 0.25}
    for outcome in OUTCOMES_TAKEN_APART:
        for part in PARTS:
            yield key | {
                "outcome": outcome,
                "part": part,
                "effect": effect * shares.get(part, 0.0),
                "replications": 2,
            }


def break_even_rows(
    key: dict[str, str], names: tuple[str, ...], lever: str, r: int
) -> Iterator[dict[str, Any]]:
    effect, half = CLIMBS[key["scenario"]][r]
    for rival in names:
        other, bound = CLIMBS[rival][r]
        if rival != key["scenario"]:
            defined = effect > half and other > bound
            yield (
                key
                | {"rival": rival, "lever": lever, "unit_cost": 25000.0}
                | {"break_even": 25000.0 * effect / other if defined else math.nan}
                | {"note": "" if defined else UNDEFINED}
            )


def coefficient_rows(
    key: dict[str, str], effect: float, half: float, share: tuple[float, float, float]
) -> Iterator[dict[str, Any]]:
    variance = 30 * (half / 2) ** 2
    for outcome in LEAD:
        size, _, _ = OUTCOME_SHAPES[outcome]
        rows = key | {"outcome": outcome, "unit": OUTCOMES[outcome].unit, "replications": 30}
        rows |= {"effect": size * effect, "effect_held": 0.9 * size * effect}
        rows |= {"range_low": size * (effect - 4 * half), "range_high": size * (effect + 4 * half)}
        rows |= {"variance_drawn": size**2 * variance, "variance_held": size**2 * variance * (1 - share[0])}
        rows |= dict(zip(("share", "share_low", "share_high"), share, strict=True))
        rows |= {"width_drawn": 2 * size * half, "width_held": 2 * size * half * (1 - share[0]) ** 0.5}
        yield rows


def invent(names: tuple[str, ...] = THREE, coefficients: str = "held") -> Comparison:
    """A comparison with invented numbers: the three of the demo, or more; with coefficients held or drawn."""
    evidence = load_evidence(HUBEI)
    base, *policies = (load_scenario(name).with_coefficients(coefficients) for name in ("baseline", *names))
    luck = np.random.default_rng(7)
    frames = (
        "effects",
        "costs",
        "paths",
        "regions",
        "response",
        "break_even",
        "ranking",
        "pairing",
        "decomposition",
    )
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (*frames, "coefficient_uncertainty")}
    for r, reading in enumerate(READINGS):
        order = sorted(names, key=lambda name, r=r: -CLIMBS[name][r][0])
        for policy in policies:
            name, (effect, half) = policy.name, CLIMBS[policy.name][r]
            key = {"reading": reading, "scenario": name}
            spent = 8.7e9 if name == "talent_pool" else 8.998e9
            money = {"authorised_yuan": 9e9, "spent_yuan": spent, "gap": 1 - spent / 9e9}
            rows["effects"] += effect_rows(key, effect, half)
            rows["costs"].append(key | money | ratio(spent, effect, half))
            rows["paths"] += path_rows(key, effect, half)
            rows["regions"] += region_rows(key, effect, evidence, luck)
            rows["response"] += response_rows(key, effect, half)
            if len(policy.levers) == 1:
                rows["break_even"] += break_even_rows(key, names, policy.levers[0].name, r)
            rows["decomposition"] += part_rows(key, effect)
            first = order[0] == name
            rows["ranking"].append(
                key
                | {"rank": 1 + order.index(name), "level": "", "basis": "climbs"}
                | {"best_share": 0.93 if first else 0.035}
            )
            if coefficients == "drawn":
                rows["coefficient_uncertainty"] += coefficient_rows(key, effect, half, SHARES[reading])
            variances = {"variance_paired": half**2, "variance_independent": 26.4 * half**2}
            rows["pairing"].append(key | variances | {"ratio": 26.4})
    return Comparison(
        base=base,
        policies=tuple(policies),
        titles={scenario.name: scenario.title for scenario in (base, *policies)},
        replications=30,
        seed=2024,
        evidence=evidence,
        grades={"assumed": 133, "derived": 37, "literature": 9, "official": 1, "seed": 1},
        interrupted=False,
        what_ifs=(),
        cautions=(),
        **{name: pd.DataFrame(rows[name]) for name in frames},
        shapley=pd.DataFrame(columns=SHAPLEY_COLUMNS),
        variance=pd.DataFrame(columns=VARIANCE_COLUMNS),
        **{name: pd.DataFrame() for name in ("regret", "by_setting", "settings", "worth", "hinges")},
        coefficient_uncertainty=pd.DataFrame(rows["coefficient_uncertainty"], columns=COEFFICIENT_COLUMNS),
    )


def invent_run(scale: float, pooled: float = 0.0) -> Results:
    """A run of five replications with invented numbers."""
    scenario, evidence = load_scenario("baseline", scale=scale), load_evidence(HUBEI)
    luck = np.random.default_rng(3)
    ends = {"firms_level_0": 6e4, "firms_level_1": 2e4, "firms_level_2": 2.5e4, "firms_level_3": 6e3}
    ends |= {"firms_level_4": 9e2, "quality_firms": 3.19e4}
    people = {"employed": 5e5, "seeking": 4e4, "vacancies": 9e4, "pooled": pooled}
    rows = [
        ("baseline", replication, quarter, metric, end * (k + 9) / 60 * luck.normal(1, 0.03), unit)
        for replication in range(5)
        for k, quarter in enumerate(QUARTERS)
        for unit, metrics in (("firms", ends), ("people", people))
        for metric, end in metrics.items()
    ]
    quarters = pd.DataFrame(rows, columns=["scenario", "replication", "quarter", "metric", "value", "unit"])
    nothing = quarters.iloc[:0]
    return Results(
        scenario=scenario,
        evidence=evidence,
        seed=2024,
        replications=5,
        quarters=quarters,
        regions=nothing,
        industries=nothing,
        summary=summarise(quarters),
    )


@pytest.fixture(scope="module")
def three() -> Comparison:
    return invent()


@pytest.fixture(scope="module")
def five() -> Comparison:
    return invent(FIVE)


def sheets_of(comparison: Comparison, lang: str) -> dict[str, Sheet]:
    """All figures of a comparison; that of the costs even where none is defined."""
    answer = Answer(comparison, Words(lang))
    with style():
        drawn = {name: draw() for name, draw in comparison_drawings(answer).items()}
        drawn.setdefault("yuan_per_climb", draw_costs(answer))
    return {name: sheet for name, sheet in drawn.items() if sheet is not None}


def texts_of(sheet: Sheet) -> list[str]:
    """Every text on a sheet that a reader sees."""
    return [
        text.get_text()
        for text in sheet.figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()
    ]


def panel(sheet: Sheet, reading: str, lang: str = "en", nth: int = 0) -> Any:
    """The nth axes that carry the name of a reading, whole or short."""
    called = {Words(lang).pick(table[reading]) for table in (names.READING_NAMES, names.SHORT_READINGS)}
    return [axes for axes in sheet.figure.axes if axes.get_title(loc="left") in called][nth]


def drawn_text(svg: Path) -> list[str]:
    """The texts of an SVG; matplotlib writes each as a comment beside its outlines."""
    comments = re.findall(r"<!-- (.*?) -->", svg.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [re.sub(r"&amp;", "&", comment) for comment in comments]


def chinese(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


# --- the invented frames have the real shape -----------------------------------------------------------


def test_frames_have_the_columns_of_a_real_comparison(three: Comparison) -> None:
    assert list(three.response.columns) == RESPONSE_COLUMNS
    assert list(three.break_even.columns) == BREAK_EVEN_COLUMNS
    assert set(next(coefficient_rows({"reading": "", "scenario": ""}, 1, 1, (0, 0, 0)))) == {
        *COEFFICIENT_COLUMNS
    }


# --- words and numbers -----------------------------------------------------------------------------------


def test_words_need_neither_matplotlib_nor_pandas() -> None:
    code = "import sys, sim.show.texts.names; print('matplotlib' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_every_reading_lever_and_outcome_has_a_name(three: Comparison) -> None:
    assert set(names.READING_NAMES) == set(names.SHORT_READINGS) == set(three.effects["reading"])
    for lever in LEVERS:
        assert names.lever_name(lever.name, Words("zh")) == lever.zh
        assert names.lever_name(lever.name, Words("en")) == lever.en


@pytest.mark.parametrize(
    ("zh", "short"),
    [("武汉市", "武汉"), ("恩施土家族苗族自治州", "恩施"), ("神农架林区", "神农架"), ("仙桃市", "仙桃")],
)
def test_regions_have_short_names(zh: str, short: str) -> None:
    assert short_region(zh, "English", Words("zh")) == short
    assert short_region(zh, "English", Words("en")) == "English"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (plain(-1234.56, 1), "−1,234.6"),
        (plain(-0.2), "0"),
        (plain(0.0004, 2, signed=True), "0.00"),
        (plain(math.nan), "–"),
        (count(3.21, signed=True), "+3.2"),
        (count(1234.4, signed=True), "+1,234"),
        (plus_minus(820.0, 710.0, 930.0), "+820 ± 110"),
        (plus_minus(0.031, -0.01, 0.072, 2), "+0.03 ± 0.04"),
        (plus_minus(820.0, math.nan, math.nan), "+820"),
        (percent(0.0333, 1), "3.3 %"),
        (significant(8.9981), "9.00"),
        (significant(0.01234), "0.0123"),
        (money(8.7e9, Words("en")), "8.70 bn yuan"),
        (money(8.7e9, Words("zh")), "87.0 亿元"),
        (money(25000, Words("en")), "25.0 k yuan"),
        (money(25000, Words("zh")), "2.50 万元"),
        (decimals(0.0), 0),
        (step_digits(2.5), 1),
        (step_digits(0.25), 2),
        (step_digits(200.0), 0),
    ],
)
def test_numbers_are_written_as_people_read_them(written: object, expected: object) -> None:
    assert written == expected


# --- geography -------------------------------------------------------------------------------------------


def area(ring: list[Any]) -> float:
    """Signed area, positive where the ring turns left."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def test_outline_of_simple_shapes() -> None:
    assert outline([(0, 0)]) == [[(0, 0), (1, 0), (1, 1), (0, 1)]]
    assert [len(ring) for ring in outline([(0, 0), (1, 0), (2, 0)])] == [4]
    frame = {(x, y) for x in range(3) for y in range(3)} - {(1, 1)}
    assert sorted(area(ring) for ring in outline(frame)) == [-1, 9]
    assert [area(ring) for ring in outline([(0, 0), (1, 1)])] == [1, 1], (
        "cells that touch at a corner stay apart"
    )


def test_outlines_enclose_exactly_the_cells_of_each_region(three: Comparison) -> None:
    plane = plane_of(three.evidence)
    cells = three.evidence.grids["0.1"]
    shrink = plane.width / ((max(c.lon for c in cells) - min(c.lon for c in cells)) + plane.degrees)
    for code, rings in plane.outlines.items():
        expected = sum(cell.region_code == code for cell in cells) * plane.degrees**2 * shrink
        assert sum(area(ring) for ring in rings) == pytest.approx(expected)
    west, south = min(c.lon for c in cells) - 0.05, min(c.lat for c in cells) - 0.05
    for cell in cells:
        point = ((cell.lon - west) * shrink, cell.lat - south)
        assert inside(point, plane.outlines[cell.region_code])


def test_labels_find_room_and_the_same_room_again() -> None:
    anchors = [(2.0 + 0.02 * k, 2.0 + 0.03 * (k % 3)) for k in range(9)]
    sizes = [(0.5, 0.2)] * 9
    home = [[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]]
    centres = place_labels(anchors, sizes, (4.0, 4.0), 0.03, [home] * 9)
    assert centres == place_labels(anchors, sizes, (4.0, 4.0), 0.03, [home] * 9)
    for k, (x, y) in enumerate(centres):
        assert 0.25 <= x <= 3.75
        assert 0.1 <= y <= 3.9
        for u, v in centres[:k]:
            assert abs(x - u) >= 0.5 - 1e-9 or abs(y - v) >= 0.2 - 1e-9


# --- figures ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(three: Comparison, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Figures of the demo's comparison by language."""
    folder = tmp_path_factory.mktemp("figures")
    return {lang: draw_comparison(Answer(three, Words(lang)), folder / lang) for lang in ("zh", "en")}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_files_are_written_in_the_language(
    three: Comparison, drawn: dict[str, list[Path]], lang: str
) -> None:
    files = drawn[lang]
    names = ["ranking", "paths_climbs", "paths_quality_firms"]
    names += ["map_V-selective", "map_Vstar-selective", "map_D-selective", "yuan_per_climb", "decomposition"]
    assert [file.name for file in files] == [f"{name}{end}" for name in names for end in (".png", ".svg")]
    assert sorted(files) == sorted(files[0].parent.iterdir())
    font = get_font(str(chinese_font())).get_charmap()
    for png, svg in zip(files[::2], files[1::2], strict=True):
        picture = imread(png)
        assert picture.shape[1] == 1440, "7.2 inches at 200 dpi"
        assert picture[..., :3].min() < 0.3 < 0.9 < picture[..., :3].mean(), "ink on white"
        texts = drawn_text(svg)
        assert all(ord(sign) in font for text in texts for sign in text), "every glyph is in the font"
        assert any(chinese(text) for text in texts) == (lang == "zh")
        for policy in three.policies:
            assert policy.title[lang] in texts
        foot = "".join(texts)
        assert three.evidence.digest[:8] in foot
        assert "2024" in foot
        assert "30" in foot
        assert Words(lang)("answer.readings_explained")[:20] in foot


def test_every_system_can_hold_the_files_of_figures(three: Comparison) -> None:
    for name in comparison_drawings(Answer(three, Words("en"))):
        assert re.fullmatch(r"[\w-]+", name), f"{name}: Windows refuses some signs in file names"


def test_maps_and_paths_show_readings_that_are_alike_once(three: Comparison) -> None:
    def alike(frame: pd.DataFrame, **like: str) -> pd.DataFrame:
        """Give readings the numbers of others."""
        pairs = {reading: like.get(reading, reading) for reading in READINGS}
        copies = [frame[frame["reading"] == of].assign(reading=reading) for reading, of in pairs.items()]
        return pd.concat(copies, ignore_index=True)

    def named(**like: str) -> tuple[list[str], list[str]]:
        """Files of maps, and the columns of time paths."""
        frames = {name: alike(getattr(three, name), **like) for name in ("regions", "paths")}
        drawings = comparison_drawings(Answer(dataclasses.replace(three, **frames), Words("en")))
        with style():
            sheet = drawings["paths_climbs"]()
        assert sheet is not None
        titles = [axes.get_title(loc="left") for axes in sheet.figure.axes]
        return [name for name in drawings if name.startswith("map_")], [title for title in titles if title]

    either = "D direct (either causal)"
    maps, columns = named(**{"D-naive": "D-selective"})
    assert maps == ["map_V-selective", "map_Vstar-selective", "map_D-selective"]
    assert columns == ["V via difficulty, selective", "V* money via difficulty too", either]
    # V* is like a reading that is not shown itself: it still is.
    maps, columns = named(**{"V*-selective": "V-naive"})
    assert maps == ["map_V-selective", "map_Vstar-selective", "map_D-selective"]
    maps, columns = named(**{"V*-selective": "V-selective", "D-naive": "D-selective"})
    assert maps == ["map_V-selective", "map_D-selective"]
    assert columns == ["V via difficulty, selective, V* money via difficulty too", either]


def test_the_same_numbers_give_the_same_bytes_whatever_the_users_settings(
    three: Comparison, drawn: dict[str, list[Path]], tmp_path: Path
) -> None:
    own = {"font.size": 31, "axes.facecolor": "red", "svg.fonttype": "none", "lines.linewidth": 9}
    with mpl.rc_context(own):
        before = dict(mpl.rcParams)
        again = draw_comparison(Answer(three, Words("zh")), tmp_path)
        assert dict(mpl.rcParams) == before
    assert [file.read_bytes() for file in drawn["zh"]] == [file.read_bytes() for file in again]


def boxes(sheet: Sheet) -> list[tuple[str, Any]]:
    """Texts with the boxes they fill, in pixels."""
    renderer = sheet.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    sheet.figure.draw(renderer)
    hidden = set()  # labels of ticks that matplotlib keeps but does not draw
    for axes in sheet.figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            drawn = axis._update_ticks() if axes.axison else []  # type: ignore[attr-defined]
            hidden |= {tick.label1 for tick in (*axis.majorTicks, *axis.minorTicks) if tick not in drawn}
    texts = [text for text in sheet.figure.findobj(Text) if text not in hidden and text.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text().strip()]


def assert_legible(name: str, sheet: Sheet) -> None:
    """No text hides another or leaves the sheet."""
    found = boxes(sheet)
    width, height = sheet.figure.canvas.get_width_height()
    for k, (text, box) in enumerate(found):
        assert 0 <= box.x0 <= box.x1 <= width, (name, text)
        assert 0 <= box.y0 <= box.y1 <= height, (name, text)
        for other, beside in found[:k]:
            wide = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            high = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            # The boxes hold room for the tallest letters; a few pixels in common hide nothing.
            assert wide <= 4 or high <= 8, (name, text, other)


@pytest.mark.parametrize(("names", "lang"), [(THREE[:1], "en"), (THREE, "zh"), (FIVE, "zh"), (FIVE, "en")])
def test_no_text_hides_another_or_leaves_the_sheet(names: tuple[str, ...], lang: str) -> None:
    sheets = sheets_of(invent(names, "drawn"), lang)
    with style():
        for name, sheet in sheets.items():
            assert_legible(name, sheet)


def test_ranking_marks_gains_losses_and_what_covers_zero(five: Comparison) -> None:
    with style():
        sheet = draw_ranking(Answer(five, Words("en")))
    for r, reading in enumerate(READINGS):
        axes = panel(sheet, reading)
        marks = [line for line in axes.lines if line.get_marker() in ("o", "s")]
        drawn = {
            round(float(mark.get_xdata()[0])): (mark.get_marker(), mark.get_markerfacecolor() == "white")
            for mark in marks
        }
        expected = {
            round(effect): ("o" if effect >= 0 else "s", abs(effect) <= half)
            for effect, half in (CLIMBS[name][r] for name in FIVE)
        }
        assert drawn == expected
        whiskers = {tuple(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2}
        for effect, half in (CLIMBS[name][r] for name in FIVE):
            assert (effect - half, effect + half) in whiskers
        assert axes.get_xlabel() == "climbs"
    titles = [text.get_text() for text in panel(sheet, "V-selective").get_yticklabels()]
    best_first = sorted(FIVE, key=lambda name: -CLIMBS[name][0][0])
    assert titles == [five.titles[name]["en"] for name in best_first]


def test_time_paths_show_levels_and_differences(three: Comparison) -> None:
    with style():
        sheet = draw_paths(Answer(three, Words("en")), "quality_firms")
    for reading in STRUCTURAL:
        upper = panel(sheet, reading)
        (lower,) = [axes for axes in upper.get_shared_x_axes().get_siblings(upper) if axes is not upper]
        frame = three.paths[(three.paths["reading"] == reading) & (three.paths["outcome"] == "quality_firms")]
        levels = [line.get_ydata() for line in upper.lines if len(line.get_ydata()) == len(QUARTERS)]
        wanted = [frame[frame["scenario"] == "talent_pool"]["base"]]
        wanted += [frame[frame["scenario"] == name]["policy"] for name in THREE]
        assert len(levels) == 4, "baseline and three policies"
        assert np.allclose(levels, np.array(wanted) / 1e3)
        effects = [line.get_ydata() for line in lower.lines if len(line.get_ydata()) == len(QUARTERS)]
        assert np.allclose(effects, [frame[frame["scenario"] == name]["effect"] for name in THREE])
        assert len(lower.collections) == 3, "a band for each policy"
        assert any(list(line.get_xdata()) == [2024.0, 2024.0] for line in lower.lines), (
            "policies start in 2024Q1"
        )
    texts = texts_of(sheet)
    assert "difference from baseline, firms" in texts
    assert "Quality firms, thousands" in texts


def test_policies_differ_in_more_than_colour() -> None:
    assert len({marker for _, marker, _ in LOOKS}) == len({dashes for _, _, dashes in LOOKS}) == len(LOOKS)
    assert len({color for color, _, _ in LOOKS}) == len(LOOKS)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_map_marks_losses_and_unclear_regions(three: Comparison, lang: str) -> None:
    with style():
        answer = Answer(three, Words(lang))
        maps = {reading: draw_map(answer, reading, name) for reading, name in mapped_readings(answer).items()}
    assert list(maps) == ["V-selective", "V*-selective", "D-selective"]
    frame = three.regions[three.regions["outcome"] == "climbs"]
    losses = 0
    for reading, sheet in maps.items():
        provinces, key = sheet.figure.axes[:-1], sheet.figure.axes[-1]
        assert len(provinces) == len(THREE)
        for axes, name in zip(provinces, THREE, strict=True):
            part = frame[(frame["reading"] == reading) & (frame["scenario"] == name)]
            unclear = (part["low"] <= 0) & (part["high"] >= 0)
            lost = int(((part["effect"] < 0) & ~unclear).sum())
            hatches = [patch.get_hatch() for patch in axes.patches]
            assert hatches.count("//////") == lost
            assert hatches.count("...") == int(unclear.sum())
            assert hatches.count("xxxx") == 1, "the region without firms"
            texts = [text.get_text() for text in axes.texts]
            for region in three.evidence.regions:
                assert short_region(region.zh, region.en, Words(lang)) in texts
            assert sum(text.startswith("(") for text in texts) == int(unclear.sum())
            assert sum(text.startswith("−") for text in texts) == lost
            losses += lost
        assert Words(lang)("answer.map_missing") in [text.get_text() for text in key.texts]
    assert losses > 0, "the invented numbers hold losses"


def test_map_scale_is_symmetric_and_losses_are_as_light_as_gains(three: Comparison) -> None:
    from sim.show.figures.maps import _GAINS, _LOSSES  # the shades themselves are what is promised

    with style():
        key = draw_map(Answer(three, Words("en")), "V-selective", "V").figure.axes[-1]
    limits = [text.get_text() for text in key.texts if re.fullmatch(r"[+−]?[\d.,]+", text.get_text())]
    assert [limit.replace("−", "+") for limit in limits] == [x.replace("−", "+") for x in reversed(limits)]

    def grey(shade: str) -> float:
        red, green, blue = (int(to_hex(shade)[k : k + 2], 16) / 255 for k in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    for gain, loss in zip(_GAINS, _LOSSES, strict=True):
        assert abs(grey(gain) - grey(loss)) < 0.08
    assert all(grey(a) - grey(b) > 0.1 for a, b in pairwise(_GAINS))


def test_costs_keep_undefined_points_at_the_upper_edge(three: Comparison) -> None:
    with style():
        sheet = draw_costs(Answer(three, Words("en")))
    for r, reading in enumerate(READINGS):
        strip = panel(sheet, reading)
        (axes,) = [other for other in strip.get_shared_x_axes().get_siblings(strip) if other is not strip]
        part = three.response[three.response["reading"] == reading]
        good = (part["note"] == "") & (part["yuan_per_climb"] > 0)
        shown = sum(
            int(np.isfinite(line.get_ydata()).sum()) for line in axes.lines if line.get_marker() in "os^"
        )
        hollow = [line for line in strip.lines if line.get_markerfacecolor() == "white"]
        assert shown == int(good.sum()), reading
        assert sum(len(line.get_xdata()) for line in hollow) == int((~good).sum()), reading
        assert int((~good).sum()) == (5 if r in (0, 1, 4) else 0)
        assert axes.get_xscale() == axes.get_yscale() == "log"
        assert axes.get_xlabel() == "money spent over the horizon, bn yuan"
    assert texts_of(sheet).count("m yuan per extra climb") == len(READINGS)


def test_costs_follow_a_far_interval_to_an_arrow(three: Comparison) -> None:
    response = three.response.copy()
    response.loc[0, "high"] = 1e12
    with style():
        axes = draw_costs(Answer(dataclasses.replace(three, response=response), Words("en"))).figure.axes[0]
    top = axes.get_ylim()[1]
    assert top < 1000
    assert [line.get_ydata()[0] for line in axes.lines if line.get_markersize() == 3.5] == [top]


def test_costs_without_response_show_one_point_for_each_policy(three: Comparison) -> None:
    without = dataclasses.replace(three, response=three.response.iloc[:0])
    with style():
        sheet = draw_costs(Answer(without, Words("en")))
    strip = panel(sheet, "D-naive")
    (axes,) = [other for other in strip.get_shared_x_axes().get_siblings(strip) if other is not strip]
    assert (
        sum(int(np.isfinite(line.get_ydata()).sum()) for line in axes.lines if line.get_marker() in "os^")
        == 2
    )
    assert sum(len(line.get_xdata()) for line in strip.lines) == 1


def test_a_comparison_without_intervals_is_still_shown(three: Comparison) -> None:
    """One replication, after an interruption: no interval, so nothing can be told from 0."""
    effects, regions, paths = three.effects.copy(), three.regions.copy(), three.paths.copy()
    for frame in (effects, regions, paths):
        frame[["low", "high"]] = math.nan
    costs = three.costs.assign(yuan_per_climb=math.nan, low=math.nan, high=math.nan, note=UNDEFINED)
    alone = dataclasses.replace(
        three,
        effects=effects,
        regions=regions,
        paths=paths,
        costs=costs,
        response=three.response.iloc[:0],
        break_even=three.break_even.iloc[:0],
    )
    for sheet in sheets_of(alone, "en").values():
        assert not [text for text in texts_of(sheet) if re.search(r"\bnan\b", text)]
    text = comparison_markdown(Answer(alone, Words("en")))
    assert text.count("even the first policy's extra climbs cannot be told from 0") == len(READINGS)
    assert not re.search(r"\bnan\b", text)


# --- coefficients drawn ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn_three() -> Comparison:
    return invent(THREE, "drawn")


def test_coefficients_and_luck_fill_the_bars(drawn_three: Comparison) -> None:
    with style():
        sheet = draw_coefficients(Answer(drawn_three, Words("en")))
    for reading, (share, low, high) in SHARES.items():
        axes = panel(sheet, reading)
        bars = [(bar.get_x(), bar.get_width()) for bar in axes.patches]
        seen = max(share, 0.0)
        assert bars == [(0.0, seen), (seen, 1 - seen)] * len(THREE)
        lines = {tuple(line.get_xdata()) for line in axes.lines}
        assert lines == {(max(low, 0.0), max(high, 0.0))}
        assert [text.get_text() for text in axes.texts] == [percent(share)] * len(THREE), "also below 0"
    grey = [
        0.299 * r + 0.587 * g + 0.114 * b for r, g, b, _ in (bar.get_facecolor() for bar in axes.patches[:2])
    ]
    assert grey[1] - grey[0] > 0.4, "apart without colour"
    assert "luck" in texts_of(sheet)


def test_where_nothing_varies_there_is_no_bar(drawn_three: Comparison) -> None:
    frame = drawn_three.coefficient_uncertainty.copy()
    frame.loc[frame["reading"] == "D-naive", ["share", "share_low", "share_high"]] = math.nan
    nothing = dataclasses.replace(drawn_three, coefficient_uncertainty=frame)
    with style():
        axes = panel(draw_coefficients(Answer(nothing, Words("en"))), "D-naive")
    assert not axes.patches
    assert [text.get_text() for text in axes.texts] == ["–"] * len(THREE)
    assert not re.search(r"\bnan\b", comparison_markdown(Answer(nothing, Words("en"))))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_figure_of_the_coefficients_is_drawn_where_they_are(drawn_three: Comparison, lang: str) -> None:
    sheets = sheets_of(drawn_three, lang)
    assert list(sheets)[-1] == "coefficients"
    sampling_error = Words(lang).pick(("抽样误差", "sampling error"))
    for name in [*sheets][:-1]:
        if name != "decomposition":
            assert sampling_error in "".join(texts_of(sheets[name])), f"{name} says what its intervals hold"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_print_splits_luck_and_coefficients(drawn_three: Comparison, lang: str) -> None:
    (block,) = [
        b
        for b in blocks_of(Answer(drawn_three, Words(lang)))
        if b.title == Words(lang)("answer.coefficients_table")
    ]
    assert len(block.rows) == len(READINGS) * (1 + len(THREE))
    first = {row[0].strip(): row[1:] for row in block.rows[5:8]}[drawn_three.titles["talent_pool"][lang]]
    effect, half = CLIMBS["talent_pool"][1]
    low, high = plain(effect - 4 * half), plain(effect + 4 * half)
    assert first == [
        f"{plain(effect, signed=True)} ± {plain(half)}",
        f"{plain(0.9 * effect, signed=True)} ± {plain(half * 0.28**0.5)}",
        "72 % [60, 81]",
        Words(lang)("answer.from_to", low=low, high=high),
    ]
    assert block.rows[-1][3] == "−12 % [−40, 10]", "as it is, not cut off at 0"
    said = " ".join(block.lines)
    assert Words(lang)("answer.coefficients_direct") in said
    assert "100" in said, "the scale, on which luck hangs"
    for text in (
        comparison_markdown(Answer(drawn_three, Words(lang))),
        printed(drawn_three, lang, 120).replace("\n", " "),
    ):
        assert Words(lang)("answer.coefficients_direct")[:30] in text
        assert Words(lang)("answer.interval_t_drawn")[:30] in text
        assert Words(lang)("answer.interval_t") not in text


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [80, 120])
def test_print_with_coefficients_drawn_fits_the_terminal(lang: str, width: int) -> None:
    text = printed(invent(FIVE, "drawn"), lang, width)
    tables = [line for line in text.splitlines() if re.search(r"\d ± |───", line) and "：" not in line]
    assert all(cell_len(line) <= width for line in tables)
    assert text.count("72 % [60, 81]") == len(FIVE), "numbers are not broken"


def test_held_coefficients_are_not_spoken_of(three: Comparison) -> None:
    for lang in ("zh", "en"):
        text = comparison_markdown(Answer(three, Words(lang)))
        assert Words(lang)("answer.coefficients_table") not in text
        assert Words(lang)("answer.interval_t") in text


# --- figures of a run ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_run_figures(tmp_path: Path, lang: str) -> None:
    results = invent_run(0.01)
    files = draw_run(RunAccount(results, Words(lang)), tmp_path)
    assert [file.name for file in files] == ["ladder.png", "ladder.svg", "talent.png", "talent.svg"]
    ladder, talent = (" ".join(drawn_text(file)) for file in files[1::2])
    assert Words(lang)("answer.thousand_firms") in ladder
    assert Words(lang)("answer.level_3_and_4") in ladder, "an agent stands for 100 firms"
    for name in ("employed", "seeking", "vacancies"):
        assert Words(lang)(f"answer.{name}") in talent
    assert Words(lang)("answer.pooled") not in talent
    again = draw_run(RunAccount(results, Words(lang)), tmp_path / "again") if lang == "zh" else files
    assert [file.read_bytes() for file in files] == [file.read_bytes() for file in again]


def test_run_figures_show_means_bands_and_the_record() -> None:
    results = invent_run(0.1, pooled=9000.0)
    with style():
        ladder, talent = (
            draw_ladder(RunAccount(results, Words("en"))),
            draw_talent(RunAccount(results, Words("en"))),
        )
    titles = [axes.get_title(loc="left") for axes in ladder.figure.axes]
    assert titles == [*(pair[1] for pair in names.LEVEL_NAMES), "Level 2 or above"]
    last = ladder.figure.axes[-1]
    data = results.quarters[results.quarters["metric"] == "quality_firms"]
    mean = data.groupby("quarter")["value"].mean().to_numpy() / 1e3
    assert np.allclose(last.lines[0].get_ydata(), mean)
    assert len(last.collections) == 1
    record = last.lines[1]
    assert list(record.get_xdata()) == [2020.0, 2021.0, 2022.0, 2023.0, 2024.0, 2025.0]
    assert list(record.get_ydata()) == [7.892, 10.404, 14.56, 20.1, 25.0, 30.0]
    assert "Held in the pool" in [axes.get_title(loc="left") for axes in talent.figure.axes]


# --- tables ----------------------------------------------------------------------------------------------


def printed(comparison: Comparison, lang: str, width: int) -> str:
    paper = io.StringIO()
    print_comparison(Answer(comparison, Words(lang)), Console(file=paper, width=width, color_system=None))
    return paper.getvalue()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_print_ranks_under_every_reading(three: Comparison, lang: str) -> None:
    text = printed(three, lang, 120)
    for r, reading in enumerate(READINGS):
        heading = Words(lang)("answer.ranking_table", reading=Words(lang).pick(names.READING_NAMES[reading]))
        block = text.split(heading)[1].split("\n\n")[0]
        order = sorted(THREE, key=lambda name, r=r: -CLIMBS[name][r][0])
        places = [block.index(three.titles[name][lang]) for name in order]
        assert places == sorted(places)
        for name in THREE:
            effect, half = CLIMBS[name][r]
            assert f"{plain(effect, signed=True)} ± {plain(half)}" in block
        assert "93 %" in block
    assert text.count(Words(lang)("answer.undefined")) == 2
    assert text.count(Words(lang)("answer.climbs_lost")) == 1
    assert text.count("! 3.3 %") == 1, (
        "the pool leaves money unspent, and nobody else, alike under all readings"
    )
    assert len(re.findall(r"! [\d.]+ %", text)) == 1
    assert "181" in text
    assert "133" in text
    assert "× 26.4" in text
    assert three.evidence.digest[:8] in text


def test_cost_cells_hold_the_fieller_interval(three: Comparison) -> None:
    (block,) = [
        b for b in blocks_of(Answer(three, Words("en"))) if b.title == "Ranking — V via difficulty, selective"
    ]
    cells = {row[1]: row for row in block.rows}
    cost = ratio(8.998e9, 1240.0, 160.0)
    shown = [plain(cost[key] / 1e6, 2) for key in ("yuan_per_climb", "low", "high")]
    assert block.headings[5] == "m yuan per climb"
    assert cells["Digital platforms"][5] == f"{shown[0]} [{shown[1]}, {shown[2]}]"
    assert cells["R&D subsidies"][5] == UNDEFINED
    assert cells["R&D subsidies"][2] == "+35 ± 90 *"
    assert "* not resolved" in block.lines
    assert "Baseline: 61,000 climbs over the horizon" in block.lines[0]


def test_difficulty_is_never_shown_alone(three: Comparison) -> None:
    (block,) = [
        b
        for b in blocks_of(Answer(three, Words("en")))
        if b.title.startswith("Change of the share in difficulty")
    ]
    assert block.headings[1:] == ["Share", "Within levels", "Composition", "Entrants"]
    assert len(block.rows) == len(READINGS) * (1 + len(THREE))
    assert "never read the share alone" in block.lines[0]
    assert block.rows[1][1:] == ["−0.41 ± 0.05", "−0.57 ± 0.06", "+0.12 ± 0.01", "+0.04 ± 0.01"]


def test_break_even_stands_beside_each_rival(five: Comparison) -> None:
    (block,) = [b for b in blocks_of(Answer(five, Words("en"))) if b.title.startswith("Break-even")]
    heads = [row for row in block.rows if row[1]]
    assert [row[0] for row in heads] == [
        "Talent reserve pool",
        "R&D subsidies (R&D subsidy)",
        "Digital platforms",
    ]
    assert len(block.rows) == 3 * (1 + 4)
    row = block.rows[block.rows.index(heads[0]) + 2]
    assert row[0].strip() == "vs Digital platforms"
    assert row[2:] == [
        significant(25 * CLIMBS["talent_pool"][r][0] / CLIMBS["platforms"][r][0]) for r in range(4)
    ] + ["–"]


@pytest.mark.parametrize(
    ("best", "last"),
    [
        ({"talent_pool"}, "Every reading puts the same policy first."),
        ({"talent_pool", "platforms"}, "Which policy comes first depends on the reading."),
    ],
)
def test_the_answer_says_whether_it_hangs_on_the_reading(
    three: Comparison, best: set[str], last: str
) -> None:
    order = ["talent_pool", *sorted(best - {"talent_pool"})]
    ranking = three.ranking.copy()
    for r, reading in enumerate(READINGS):
        first = order[r % len(order)]
        rest = [name for name in THREE if name != first]
        for rank, name in enumerate((first, *rest), start=1):
            ranking.loc[(ranking["reading"] == reading) & (ranking["scenario"] == name), "rank"] = rank
    effects = three.effects.assign(low=1.0)
    answer = blocks_of(Answer(dataclasses.replace(three, ranking=ranking, effects=effects), Words("en")))[0]
    assert last in answer.lines
    assert [line.split(":")[0] for line in answer.lines[-2:]] == [
        "By climbs to level 2 or above",
        "By value added",
    ]


def test_a_reading_that_ranks_nobody_is_named_and_agrees_with_none(three: Comparison) -> None:
    ranking = three.ranking[three.ranking["reading"].str.startswith("D")]
    made = dataclasses.replace(three, ranking=ranking, effects=three.effects.assign(low=1.0))
    lines = blocks_of(Answer(made, Words("en")))[0].lines
    assert sum("no policy can be ranked" in line for line in lines) == 3
    assert "Every reading puts the same policy first." not in lines


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [80, 120])
def test_print_fits_the_terminal_and_cuts_nothing(five: Comparison, lang: str, width: int) -> None:
    text = printed(five, lang, width)
    assert "…" not in text
    # Sentences in Chinese are left to the terminal, which breaks them anywhere.
    tables = [line for line in text.splitlines() if re.search(r"\d ± |───", line) and "：" not in line]
    assert len(tables) > 50
    assert all(cell_len(line) <= width for line in tables)
    for name in FIVE:
        effect, half = CLIMBS[name][0]
        assert f"{plain(effect, signed=True)} ± {plain(half)}" in text, "numbers are not broken"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_markdown_tables_are_whole(five: Comparison, lang: str) -> None:
    text = comparison_markdown(Answer(five, Words(lang)))
    assert text.startswith("# ")
    assert text.endswith("\n")
    assert chinese(text) == (lang == "zh")
    groups = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert len(groups) == len(READINGS) + 6
    for group in groups:
        assert len({line.count("|") for line in group.splitlines()}) == 1
    for policy in five.policies:
        assert text.count(policy.title[lang]) >= 2 * len(READINGS)


def shapley_of(made: Comparison, apart: str) -> Comparison:
    """With Shapley values that differ in sign for the talent of one policy under V-naive, and nowhere else."""
    rows = [
        {"reading": reading, "scenario": policy.name, "outcome": outcome, "part": part}
        | {"effect": effect, "low": effect - 20, "high": effect + 20, "log_mean": share, "replications": 30}
        | {"agree": (effect > 0) == (share > 0)}
        for reading in READINGS
        for policy in made.policies
        for outcome in OUTCOMES_TAKEN_APART
        for part, effect, share in (
            ("talent", 3000.0, -2900.0 if (reading, policy.name) == ("V-naive", apart) else 2900.0),
            ("difficulty", 400.0, 410.0),
            ("finance", -5.0, 7.0),
            (REST, 60.0, 15.0),
        )
    ]
    return dataclasses.replace(made, shapley=pd.DataFrame(rows, columns=SHAPLEY_COLUMNS))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_shapley_values_stand_beside_log_mean_shares_and_say_where_they_differ(
    five: Comparison, lang: str
) -> None:
    answer = Answer(shapley_of(five, "talent_pool"), Words(lang))
    block = next(block for block in blocks_of(answer) if block.title == answer.words("answer.shapley_table"))
    names = {answer.words.pick(PART_NAMES[part]) for part in ("talent", "difficulty")}
    assert {row[1] for row in block.rows} - {""} == names, "a hundredth of the largest does not matter"
    assert ["+3,000 [2,980, 3,020]", "+2,900"] in [row[2:] for row in block.rows]
    assert "+3,000 [2,980, 3,020]" in block.lines[0], "where they differ is named"
    assert "−2,900" in block.lines[0]
    assert answer.title("talent_pool") in block.lines[0]
    assert answer.title("platforms") not in block.lines[0]
    text = printed(answer.comparison, lang, 80)
    lines = text[text.index(block.title) :].splitlines()
    assert all(cell_len(line) <= 80 for line in lines[: len(block.rows) + 3])
    whole = Answer(shapley_of(five, ""), Words(lang))
    count = lines_that_matter(whole)
    words = whole.words("answer.shapley_agree", count=count, same=count, within=0, apart=0)
    assert words in "\n".join(next(b for b in blocks_of(whole) if b.title == block.title).lines)


def lines_that_matter(answer: Answer) -> int:
    shown = blocks_of(answer)
    return sum(
        bool(row[1]) for b in shown if b.title == answer.words("answer.shapley_table") for row in b.rows
    )
