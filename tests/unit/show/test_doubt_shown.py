"""What people read of a comparison over settings: who leads, what may be regretted, what is worth knowing."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.analysis.comparison.compare import RANKING_COLUMNS, REGRET_COLUMNS, Comparison
from sim.analysis.comparison.information import ALL, EVERYTHING, HINGE_COLUMNS, WORTH_COLUMNS
from sim.analysis.outcomes import LEAD
from sim.evidence.tables import load_evidence
from sim.files.names import evidence_folder
from sim.show.figures.all import comparison_drawings
from sim.show.figures.canvas import style
from sim.show.figures.doubt import draw_doubt
from sim.show.tables.doubt import lines_in_short, regret
from sim.show.tables.information import MOST_NAMED, MOST_ROWS, information
from sim.show.texts.account import Answer
from sim.words import Words
from sim.world.members import doubtful
from sim.world.parameters import load_parameters
from sim.world.scenario import load_scenario
from tests.unit.show.test_show import texts_of

LANGUAGES = ("zh", "en")
COUNT = 120
POLICIES = ("talent_pool", "subsidies", "platforms")
READINGS = ("V-selective", "D-selective")
REGISTRY = load_parameters(evidence_folder("hubei"))
NUMBERS = doubtful(REGISTRY)
#: Of each policy: largest regret, its 95 % quantile, mean, share in which it harms.
REGRETS = {
    "talent_pool": (900.0, 400.0, 120.0, 0.0),
    "subsidies": (700.0, 500.0, 210.0, 0.02),
    "platforms": (1100.0, 800.0, 300.0, 0.12),
}
SURE = {"talent_pool": 0.9, "subsidies": 0.07, "platforms": 0.03}
OTHER = {"subsidies": 0.9, "talent_pool": 0.06, "platforms": 0.04}
OPEN = {"talent_pool": 0.5, "subsidies": 0.3, "platforms": 0.2}


def value(name: str, estimate: float, *, reading: str = ALL, kind: str = "number") -> dict[str, Any]:
    """A row of the values of information; NaN where it does not tell."""
    tells = math.isfinite(estimate) and kind != EVERYTHING
    raw = {"raw": 2 * abs(estimate), "corrected": 7777.0}  # what must not be printed
    return {"reading": reading, "kind": kind, "name": name, "tells": tells, "estimate": estimate, **raw}


def hinge(name: str, share: float, *, reading: str = "V-selective", **more: Any) -> dict[str, Any]:
    """A row of the numbers that the lead depends on."""
    row = {"reading": reading, "first": "talent_pool", "second": "subsidies", "name": name, "tells": True}
    return row | {"raw": 0.99, "corrected": share, "favours": "", "threshold": math.nan} | more


def worth_frame(*rows: dict[str, Any], everything: float = 48.0) -> pd.DataFrame:
    """Values of information with those of everything."""
    whole = [value(EVERYTHING, everything, reading=name, kind=EVERYTHING) for name in (ALL, *READINGS)]
    known = {(row["reading"], row["name"]) for row in rows}
    rest = [
        value(row["name"], math.nan, reading=name, kind=row["kind"])
        for row in {row["name"]: row for row in rows}.values()
        for name in (ALL, *READINGS)
        if (name, row["name"]) not in known
    ]
    return pd.DataFrame([*rows, *rest, *whole], columns=WORTH_COLUMNS)


def invented(
    shares: dict[str, dict[str, float]],
    choice: str | None = "subsidies",
    basis: str = "climbs",
    worth: pd.DataFrame | None = None,
    hinges: list[dict[str, Any]] | None = None,
    count: int = COUNT,
) -> Comparison:
    """A comparison over settings with these shares of leads by reading; with other tables empty."""
    base, *policies = (load_scenario(name).with_doubt("ranges") for name in ("baseline", *POLICIES))
    ranking = [
        {
            "reading": reading,
            "scenario": name,
            "rank": rank,
            "level": "",
            "basis": "climbs",
            "best_share": share,
        }
        for reading, by_policy in shares.items()
        for rank, (name, share) in enumerate(
            sorted(by_policy.items(), key=lambda item: -item[1] if item[1] == item[1] else 0), start=1
        )
    ]
    effects = [
        {"reading": reading, "scenario": name, "outcome": outcome, "unit": "", "effect": 1e3 * (k + 1)}
        | {"low": 500.0, "high": 9e3, "replications": count, "base": 1e5, "resolved": True, "note": ""}
        for reading in READINGS
        for k, name in enumerate(POLICIES)
        for outcome in (*LEAD, "quality_climbs", "value_added")
    ]
    named = list(next(iter(shares.values()), {}))
    regrets = [
        dict(zip(("regret_largest", "regret_95", "regret_mean", "harm"), REGRETS[name], strict=True))
        | {"scenario": name, "basis": basis, "leads": 0.4, "last": 0.3, "rank": 1.9}
        | {"smallest": name == choice, "smallest_95": name == choice}
        for name in named
    ]
    empty = pd.DataFrame()
    frames = dict.fromkeys(
        (
            "costs",
            "paths",
            "regions",
            "response",
            "break_even",
            "pairing",
            "decomposition",
            "shapley",
            "variance",
        ),
        empty,
    )
    return Comparison(
        base=base,
        policies=tuple(policies),
        titles={scenario.name: scenario.title for scenario in (base, *policies)},
        replications=count,
        seed=2024,
        evidence=load_evidence(evidence_folder("hubei")),
        grades={"assumed": 1},
        interrupted=False,
        what_ifs=(),
        cautions=(),
        **frames,
        effects=pd.DataFrame(effects).drop_duplicates(["reading", "scenario", "outcome"]),
        ranking=pd.DataFrame(ranking, columns=RANKING_COLUMNS),
        regret=pd.DataFrame(regrets, columns=REGRET_COLUMNS),
        by_setting=pd.DataFrame(
            [
                {
                    "reading": reading,
                    "scenario": name,
                    "climbs": -1.0 if k < REGRETS[name][3] * count else 1.0,
                }
                for reading in READINGS
                for name in named
                for k in range(count)
            ],
            columns=["reading", "scenario", "climbs"],
        ),
        settings=empty,
        worth=pd.DataFrame(columns=WORTH_COLUMNS) if worth is None else worth,
        hinges=pd.DataFrame(hinges or [], columns=HINGE_COLUMNS).astype({"tells": bool}),
        coefficient_uncertainty=empty,
    )


def said(comparison: Comparison, lang: str) -> list[str]:
    """The lines of *In short*."""
    return lines_in_short(Answer(comparison, Words(lang)), {name: name for name in READINGS})


def title(name: str, lang: str) -> str:
    return load_scenario(name).title[lang]


def meaning(name: str, lang: str) -> str:
    parameter = REGISTRY[name]
    return Words(lang).pick((parameter.meaning_zh, parameter.meaning_en))


def both(first: dict[str, float], second: dict[str, float], **more: Any) -> Comparison:
    return invented(dict(zip(READINGS, (first, second), strict=True)), **more)


# --- who leads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_no_policy_leads_in_eighty_percent_the_evidence_does_not_decide(lang: str) -> None:
    lines = said(both(OPEN, OPEN), lang)
    words = Words(lang)
    does_not = "证据不足以判断" if lang == "zh" else "the evidence does not decide"
    assert all(does_not in line for line in lines[1:3])
    assert re.findall(r"(\d+) %", lines[1]) == ["50", "30", "20"], "largest first"
    assert str(COUNT) in lines[1]
    assert words("doubt.settings_ranges") in lines[1]
    pool = title("talent_pool", lang)
    assert lines[0] == words("doubt.nowhere_one_first", policy=pool, low="50 %", high="50 %")
    other = {"talent_pool": 0.3, "subsidies": 0.5, "platforms": 0.2}
    assert said(both(OPEN, other), lang)[0] == words("doubt.nowhere")
    near = {"talent_pool": 0.2, "subsidies": 0.8}
    assert said(both(OPEN, near), lang)[0] == words("doubt.nowhere_few")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_one_policy_leads_everywhere_that_is_said(lang: str) -> None:
    lines = said(both(SURE, SURE), lang)
    assert lines[0] == Words(lang)("doubt.everywhere", policy=title("talent_pool", lang))
    assert not any("证据不足以判断" in line or "does not decide" in line for line in lines)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_it_leads_under_some_readings_only_the_others_are_open(lang: str) -> None:
    lines = said(both(SURE, OPEN), lang)
    assert lines[0] == Words(lang)("doubt.somewhere", policy=title("talent_pool", lang))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_readings_decide_for_different_policies_they_differ(lang: str) -> None:
    assert said(both(SURE, OTHER), lang)[0] == Words(lang)("answer.answer_differs")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_eighty_percent_must_lie_below_the_interval_of_the_share(lang: str) -> None:
    """Of 120 settings, 88 % is the least share whose 95 % interval lies above 80 %, and 72 % the most below."""
    words = Words(lang)
    decided = {"talent_pool": 0.88, "subsidies": 0.12}
    assert said(both(decided, decided), lang)[0] == words(
        "doubt.everywhere", policy=title("talent_pool", lang)
    )
    few = "看不出是否达到 80 %" if lang == "zh" else "too few settings to tell"
    for share in (0.87, 0.8, 0.73):
        near = {"talent_pool": share, "subsidies": 1 - share}
        lines = said(both(near, near), lang)
        assert few in lines[1]
        assert title("talent_pool", lang) in lines[0]
    open_ = {"talent_pool": 0.71, "subsidies": 0.29}
    assert few not in said(both(open_, open_), lang)[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_policy_alone_leads_nothing_and_has_no_regret(lang: str) -> None:
    alone = {"talent_pool": math.nan}
    lines = said(both(alone, alone), lang)
    assert len(lines) == 2
    assert all(title("talent_pool", lang) in line for line in lines)
    assert not any("证据不足以判断" in line or "does not decide" in line for line in lines)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reading_without_a_ranking_is_named_as_such(lang: str) -> None:
    lines = said(invented({"V-selective": SURE}), lang)
    assert lines[2] == Words(lang)("answer.answer_unranked", reading="D-selective")
    assert lines[0] == Words(lang)("doubt.somewhere", policy=title("talent_pool", lang))


# --- regret ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_choice_with_the_smallest_regret_is_named_with_its_regrets(lang: str) -> None:
    line = said(both(OPEN, OPEN), lang)[3]
    assert title("subsidies", lang) in line
    assert not any(title(name, lang) in line for name in ("talent_pool", "platforms"))
    assert [word for word in re.findall(r"\d+", line) if word != "95"] == ["700", "500", "210"]
    assert Words(lang)("doubt.unit_climbs") in line


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_two_are_equal_no_choice_is_named(lang: str) -> None:
    assert said(both(OPEN, OPEN, choice=None), lang)[3] == Words(lang)("doubt.no_choice")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_only_policies_that_often_lose_climbs_are_said_to_harm(lang: str) -> None:
    harmful = said(both(OPEN, OPEN), lang)[4]
    assert title("platforms", lang) in harmful
    assert "12 %" in harmful or "13 %" in harmful  # 15 of 120
    assert title("subsidies", lang) not in harmful, "2 % is not worth a warning"
    two = {name: share for name, share in OPEN.items() if name != "platforms"}
    assert len(said(both(two, two), lang)) == 4


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_of_regrets_marks_the_choice(lang: str) -> None:
    block = regret(Answer(both(OPEN, OPEN, basis="climbs_per_bn_yuan"), Words(lang)))
    assert [row[0].endswith(" *") for row in block.rows] == [name == "subsidies" for name in OPEN]
    assert Words(lang)("doubt.unit_climbs_per_bn_yuan") in block.title
    assert block.rows[0][1:4] == ["900", "400", "120"]


# --- what it depends on, and what to find out --------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_that_the_lead_depends_on_are_named_by_meaning_with_the_side(lang: str) -> None:
    name = NUMBERS[3]
    rows = [hinge(name, 0.412, favours="subsidies", threshold=REGISTRY[name].high)]
    line = said(both(OPEN, OPEN, worth=worth_frame(), hinges=rows), lang)[-2]
    words = Words(lang)
    assert meaning(name, lang) in line
    assert "41 %" in line
    assert "V-selective" in line
    assert name not in line
    (side,) = re.findall(r"高于 .*领先" if lang == "zh" else r"[^,]* ahead on average above", line)
    assert title("subsidies", lang) in side
    assert words("doubt.today", value="")[:2] in line


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_number_without_a_threshold_says_for_whom_more_is_better_or_no_side(lang: str) -> None:
    more = said(both(OPEN, OPEN, worth=worth_frame(), hinges=[hinge("rho", 0.3, favours="subsidies")]), lang)
    none = said(both(OPEN, OPEN, worth=worth_frame(), hinges=[hinge("rho", 0.3)]), lang)
    better = Words(lang)("doubt.better_above", policy=title("subsidies", lang))
    assert better in more[-2]
    assert more[-2].replace(better, "") == none[-2]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_at_most_three_numbers_each_once_the_strongest_first(lang: str) -> None:
    rows = [hinge(name, 0.1 + 0.1 * k) for k, name in enumerate(NUMBERS[:5])]
    rows += [hinge(NUMBERS[4], 0.9, reading="D-selective"), hinge(NUMBERS[9], 0.95, reading="D-naive")]
    rows += [hinge(NUMBERS[8], 0.99, tells=False)]
    line = said(both(OPEN, OPEN, worth=worth_frame(), hinges=rows), lang)[-2]
    quoted = re.findall(r"“(.*?)”" if lang == "zh" else r'"(.*?)"', line)
    assert quoted == [meaning(NUMBERS[k], lang) for k in (4, 3, 2)]
    assert len(quoted) == MOST_NAMED
    assert re.findall(r"(\d+) %", line) == ["90", "40", "30"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_evidence_to_look_for_next_has_its_gain_value_and_grade(lang: str) -> None:
    name = "public_out"  # its source is B86
    rows = [value(name, 23.4), value(name, 99.0, reading="D-selective"), value("rho", math.nan)]
    line = said(both(OPEN, OPEN, worth=worth_frame(*rows)), lang)[-1]
    words = Words(lang)
    gain, unit = "23", words("doubt.unit_climbs")
    assert f"{gain} {unit}" in line
    assert "99" not in line, "what it is worth over all readings stands for it"
    assert "7,777" not in line
    assert meaning(name, lang) in line
    assert meaning("rho", lang) not in line
    assert "B86" in line
    assert ("假定" if lang == "zh" else "assumed") in line
    assert f"48 {unit}" in line, "knowing everything"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_evidence_that_tells_under_one_reading_only_says_under_which(lang: str) -> None:
    rows = [value("rho", 31.0, reading="D-selective"), value("eps", 12.0)]
    line = said(both(OPEN, OPEN, worth=worth_frame(*rows)), lang)[-1]
    first, _, second = line.partition(meaning("rho", lang))
    assert meaning("eps", lang) in first, "for all readings comes first"
    assert "D-selective" in second
    assert "D-selective" not in first


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_nothing_tells_that_does_not_mean_that_nothing_matters(lang: str) -> None:
    many = said(both(OPEN, OPEN, worth=worth_frame()), lang)[-1]
    few = said(both(OPEN, OPEN, worth=worth_frame(), count=24), lang)[-1]
    not_none = "不表示它们都不重要" if lang == "zh" else "does not mean that none matters"
    assert not_none in many
    assert str(COUNT) in many
    assert "24" in few
    assert "100" in few, "the methods are weak below a hundred settings"
    assert "100" not in many
    assert "48" in many


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_lead_may_depend_on_a_number_that_is_not_worth_knowing(lang: str) -> None:
    lines = said(both(OPEN, OPEN, worth=worth_frame(), hinges=[hinge("rho", 0.3)]), lang)
    told = {"count": COUNT, "weak": "", "everything": f"48 {Words(lang)('doubt.unit_climbs')}"}
    assert lines[-1] == Words(lang)("doubt.buy_none", **told)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_the_tables_nothing_is_said_of_them(lang: str) -> None:
    assert len(said(both(OPEN, OPEN), lang)) == 5


def test_chinese_lines_hold_no_english() -> None:
    rows = [value(name, 20.0 - k) for k, name in enumerate(NUMBERS[:3])]
    rows.append(value("assumed", 30.0, kind="group"))
    hinges = [hinge(name, 0.4, favours="platforms", threshold=1.0) for name in NUMBERS[5:8]]
    comparison = both(OPEN, SURE, worth=worth_frame(*rows), hinges=hinges, basis="climbs_per_bn_yuan")
    block = information(Answer(comparison, Words("zh")), {name: name for name in READINGS})
    shown = [
        *said(comparison, "zh"),
        *block.lines,
        block.title,
        *(cell for row in block.rows for cell in row),
    ]
    for line in shown:
        left = re.sub("|".join(READINGS), "", line)
        assert not re.search(r"[A-Za-z]{3}", left), left


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_shows_what_tells_the_most_valuable_first_and_everything_last(lang: str) -> None:
    words = Words(lang)
    rows = [value(name, 10.0 + k) for k, name in enumerate(NUMBERS[: MOST_ROWS + 2])]
    rows += [
        value("platforms", 33.0, kind="group"),
        value("assumed", 55.0, kind="group", reading="V-selective"),
    ]
    rows += [value(NUMBERS[20], 90.0, reading="D-selective"), value(NUMBERS[30], math.nan)]
    answer = Answer(both(OPEN, OPEN, worth=worth_frame(*rows)), words)
    block = information(answer, {name: name for name in READINGS})
    assert block.headings[-2:] == list(READINGS)
    numbers = [row[0] for row in block.rows[:MOST_ROWS]]
    assert numbers == [meaning(name, lang) for name in NUMBERS[MOST_ROWS + 1 : 1 : -1]]
    assert block.rows[0][2:] == ["21", "–", "–"]
    lever, grade, everything = block.rows[MOST_ROWS:]
    assert lever[2:] == ["33", "–", "–"]
    assert grade[2:] == ["–", "55", "–"]
    assert words.pick(("假定", "assumed")) in grade[0]
    assert everything == [words("doubt.everything"), "–", "48", "48", "48"]
    assert len({len(row) for row in block.rows} | {len(block.headings), len(block.text_columns)}) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_table_without_a_number_says_so(lang: str) -> None:
    answer = Answer(both(OPEN, OPEN, worth=worth_frame()), Words(lang))
    block = information(answer, {"V-selective": "V"})
    assert len(block.rows) == 1
    assert len(block.headings) == 3, "one name stands for all readings"
    assert block.lines[0] == Words(lang)("doubt.none_listed")


def test_where_the_evidence_is_gone_numbers_go_by_their_names() -> None:
    comparison = both(OPEN, OPEN, worth=worth_frame(value("rho", 20.0)))
    gone = comparison.base.model_copy(update={"evidence": "/nowhere/at/all"})
    comparison = dataclasses.replace(comparison, base=gone)
    assert '"rho"' in said(comparison, "en")[-1]


# --- figure ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_figure_shows_shares_and_regrets_where_there_is_a_choice(lang: str) -> None:
    answer = Answer(both(OPEN, SURE), Words(lang))
    assert "doubt" in comparison_names(answer)
    with style():
        sheet = draw_doubt(answer)
    assert sheet is not None
    left, right = sheet.figure.axes
    found = [bar for group in left.containers for bar in group]
    bars = np.array([[bar.get_x(), bar.get_width(), bar.get_y() + bar.get_height() / 2] for bar in found])
    for place, shares in enumerate((OPEN, SURE)):
        mine = bars[np.isclose(bars[:, 2], place)]
        assert mine[:, 1] == pytest.approx(sorted((100 * share for share in shares.values()), reverse=True))
        assert mine[:, 0] == pytest.approx(np.cumsum([0, *mine[:-1, 1]]))
    marks = [line.get_xdata()[0] for line in right.lines if line.get_linestyle() == "None"]
    assert sorted(marks) == sorted(number for row in REGRETS.values() for number in row[:3])
    assert all(line.get_xdata()[0] == 80 for line in left.lines)
    texts = texts_of(sheet)
    assert all(title(name, lang) in " ".join(texts) for name in POLICIES)
    assert Words(lang)("doubt.figure_title") in texts


def test_one_policy_has_no_such_figure() -> None:
    answer = Answer(both({"talent_pool": math.nan}, {"talent_pool": math.nan}), Words("en"))
    assert draw_doubt(answer) is None
    assert "doubt" not in comparison_names(answer)


def comparison_names(answer: Answer) -> set[str]:
    """Names of the figures, for a comparison without the tables of the others."""
    columns = ["reading", "scenario", "outcome", "effect", "low", "high"]
    frames = {name: pd.DataFrame(columns=columns) for name in ("paths", "regions", "costs", "response")}
    return set(comparison_drawings(Answer(dataclasses.replace(answer.comparison, **frames), answer.words)))
