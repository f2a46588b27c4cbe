"""The teaching guide agrees between languages and with the registry; and what its scenarios share."""

import csv
import re
from itertools import pairwise
from pathlib import Path

import pytest

from sim.files.names import scenario_names
from sim.world.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, CHINESE = ((ROOT / "docs" / f"classroom{end}.md").read_text(encoding="utf-8") for end in ("", ".zh"))
NAMES = tuple(name for name in scenario_names() if name.startswith("classroom_"))
FENCE = re.compile(r"```\w*\n.*?^```$", re.DOTALL | re.MULTILINE)
EXERCISES = 5


def blocks(text: str) -> list[str]:
    return [found.replace("--lang zh", "--lang en") for found in FENCE.findall(text)]


def prose(text: str) -> str:
    return FENCE.sub("", text)


def names(text: str) -> list[str]:
    return sorted(re.findall(r"`[^`\n]+`", prose(text)))


def cells(text: str) -> list[list[str]]:
    """Numbers of the tables, row by row."""
    rows = re.findall(r"^\|.*\|$", prose(text), re.MULTILINE)
    return [re.findall(r"[+−]?\d[\d,.]*", row) for row in rows if "[" in row]


def brackets(text: str) -> list[str]:
    """Intervals, in the tables and elsewhere."""
    return [re.sub(r"\s", "", found) for found in re.findall(r"\[[+−]?\d[^\]]*\]", prose(text))]


@pytest.mark.parametrize("what", [blocks, names, cells, brackets])
def test_both_languages_say_the_same(what) -> None:
    assert what(CHINESE) == what(ENGLISH)
    assert what(ENGLISH)


def test_every_exercise_has_all_its_parts_in_both_languages() -> None:
    parts = {
        ENGLISH: (
            *("**Goal.**", "| Minutes |", "**What to watch.**", "**What to conclude.**"),
            *("**What not to conclude.**", "**Question.**", "*Model answer.*"),
        ),
        CHINESE: (
            *("**目标。**", "| 分钟 |", "**看什么。**", "**可以得出的结论。**"),
            *("**不能得出的结论。**", "**讨论题。**", "*参考答案。*"),
        ),
    }
    for text, wanted in parts.items():
        exercises = re.split(r"^## ", text, flags=re.MULTILINE)[2 : 2 + EXERCISES]
        assert [exercise[:2] for exercise in exercises] == [f"{k}." for k in range(1, EXERCISES + 1)]
        for exercise in exercises:
            assert all(exercise.count(part) == 1 for part in wanted), exercise[:30]
            minutes = re.findall(r"^\| (\d+)–(\d+) \|", exercise, re.MULTILINE)
            assert minutes[0][0] == "0"
            assert minutes[-1][1] == "20"
            assert all(one[1] == next_[0] for one, next_ in pairwise(minutes))


def test_guide_and_scenarios_name_each_other() -> None:
    assert set(re.findall(r"classroom_\w+", prose(ENGLISH))) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_differs_from_the_baseline_in_its_levers_only(name: str) -> None:
    own = {"name", "title", "description", "levers", "source", "files"}
    scenario, baseline = load_scenario(name), load_scenario("baseline")
    assert scenario.model_dump(exclude=own) == baseline.model_dump(exclude=own)
    assert sum(use.share_of_budget for use in scenario.levers) == pytest.approx(1)


def test_luck_is_about_the_policy_of_the_bundled_subsidies() -> None:
    assert load_scenario("classroom_luck").levers == load_scenario("subsidies").levers


def test_rules_of_exercise_four_differ_in_the_regions_only() -> None:
    (usual,) = load_scenario("subsidies").levers
    for rule in ("core", "need"):
        (use,) = load_scenario(f"classroom_{rule}").levers
        assert use.region_rule == rule
        assert use.model_dump(exclude={"region_rule"}) == usual.model_dump(exclude={"region_rule"})


@pytest.mark.parametrize(
    ("name", "value", "english", "chinese"),
    [
        (
            "tau_growth",
            0.04,
            "want 4 % more R&D people every year (`tau_growth`",
            "多 4 % 的研发人才（`tau_growth`",
        ),
        ("retain_P03", 0.2, "(`retain_P03`, 20 %", "（`retain_P03`，20 %"),
        ("enter_need", 0.5, "(`enter_need`, 0.5, *assumed*)", "（`enter_need`，0.5，*假定*）"),
        (
            "pool_sourced",
            2_000,
            "2,000 people a year (`pool_sourced`)",
            "每年从省外引进 2,000 人（`pool_sourced`）",
        ),
        ("cost_pool", 25_000, "25,000 yuan a quarter each (`cost_pool`)", "每季度 25,000 元（`cost_pool`）"),
        ("cost_P08", 220_000, "220,000 yuan in a firm of 100 people", "100 人的企业要 220,000 元"),
        ("staff_P08", 100, "in a firm of 100 people", "100 人的企业要"),
        ("relief_P14", 0.15, "2 % instead of 15 %", "由 15 % 降到 2 %"),
        (
            "climb_cost_0",
            10_000,
            "10,000 to 200,000 yuan (`climb_cost_0`",
            "1 万至 20 万元（`climb_cost_0`",
        ),
        ("climb_cost_3", 200_000, "200,000 yuan (`climb_cost_0` to `climb_cost_3`", "至 `climb_cost_3`"),
        ("a_R", 0.2, "at 0 instead of 0.2 (`a_R`", "由 0.2 改为 0（`a_R`"),
        ("cost_P01", 200_000, "0.2 million yuan (`cost_P01`", "每家 20 万元（`cost_P01`"),
        ("lambda", 30.0, "some 30 km (`lambda`", "约 30 公里（`lambda`"),
        ("kappa_3", 0.5, "half counts as a cause (`kappa_3`", "一半算作原因（`kappa_3`"),
        ("delta", 0.5, "half of that is taken off as wording (`delta`", "又有一半因措辞重合而扣除（`delta`"),
        *((f"kappa_{k}", 0.0, "`kappa_13` are 0", "`kappa_13` 为 0") for k in (6, 11, 13)),
    ],
)
def test_numbers_of_the_registry(name: str, value: float, english: str, chinese: str) -> None:
    assert load_scenario("baseline").parameters[name] == value
    assert english in " ".join(ENGLISH.split())
    assert chinese in CHINESE


def test_the_coefficient_is_that_of_table_5() -> None:
    with (ROOT / "calibration/hubei/table5_logit.csv").open(encoding="utf-8-sig") as file:
        (row,) = (row for row in csv.DictReader(file) if (row["variable"], row["column"]) == ("X11", "9"))
    assert f"is {float(row['b']):+}: firms that report" in " ".join(ENGLISH.split())
    assert f"的 β 是 {float(row['b']):+}：" in CHINESE


def test_most_numbers_of_the_model_are_assumed() -> None:
    with (ROOT / "calibration/hubei/parameters.csv").open(encoding="utf-8-sig") as file:
        grades = [row["grade"] for row in csv.DictReader(file)]
    assert grades.count("assumed") > len(grades) / 2
    assert "most are *assumed*" in ENGLISH
    assert "多数是*假定*" in CHINESE


def test_a_firm_of_the_page_stands_for_100() -> None:
    scenario = load_scenario("classroom_luck")
    assert (scenario.weight, scenario.parameters["firms_2019"] / scenario.weight) == (100, 1000)
