"""What people see of a study, for functions with known answers; nothing is simulated."""

import io
import re
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib import pyplot
from rich.console import Console

from sim.analysis.studies.verdict import verdict_of
from sim.runs.experiment import Design
from sim.runs.factors import Choice, Factor, LogUniform, Normal, Triangular, Uniform
from sim.show.figures.canvas import style
from sim.show.figures.study_all import FIGURES
from sim.show.figures.study_rows import row_figures
from sim.show.pages.markdown import code
from sim.show.pages.study import print_study, study_markdown, write_report
from sim.show.texts.study_account import StudyAccount
from sim.show.texts.study_names import halves, values_text
from sim.show.texts.units import unit_name
from sim.words import Words
from tests.unit.analysis.test_verdict import BUDGET, CASES, COST, DESIGNS, STRUCTURE, asked, study_of
from tests.unit.show.test_show import assert_legible, chinese, drawn_text

LANGUAGES = ("zh", "en")
TITLES = {
    "zh": {"baseline": "基准", "subsidies": "研发补贴", "platforms": "数字化平台"},
    "en": {"baseline": "Baseline", "subsidies": "R&D subsidies", "platforms": "Digital platforms"},
}
#: Figures that every design has.
DRAWN = {
    "sobol": {"best", "indices", "interactions"},
    "morris": {"best", "indices", "screening"},
    "shapley": {"best", "indices"},
    "latin_hypercube": {"best", "indices", "scatter"},
    "two_stage": {"best", "indices", "screening", "convergence"},
    "grid": {"best", "scatter"},
    "list": {"best", "rows"},
    "one factor": {"best", "responses"},
    "two factors": {"best", "heatmap"},
}
BARE = re.compile(r"\b([Nn]a[Nn]|[Ii]nf|None|True|False)\b|\{|\}")
_MADE = {}


def study(name):
    """A study of a design, made once."""
    if name not in _MADE:
        factors = {"one factor": (COST,), "two factors": (COST, BUDGET)}.get(name)
        question = asked(Design("grid", size=4), factors) if factors else asked(DESIGNS[name])
        _MADE[name] = study_of(question)
    return _MADE[name]


def account(made, lang):
    return StudyAccount(made, Words(lang), TITLES[lang])


def report(made, lang):
    return study_markdown(account(made, lang), set())


def printed(made, lang, width=130):
    console = Console(file=io.StringIO(), width=width)
    print_study(StudyAccount(made, Words(lang), {}), console)
    return console.file.getvalue()


# --- the report -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", DRAWN)
def test_reports_are_whole(name, lang):
    made = study(name)
    for text in (report(made, lang), printed(made, lang)):
        assert BARE.search(text) is None, BARE.search(text)
        assert chinese(text) == (lang == "zh")


@pytest.mark.parametrize("name", ["sobol", "morris", "shapley", "latin_hypercube"])
def test_the_verdict_names_what_the_ranking_hangs_on(name):
    text = report(study(name), "en")
    hangs = next(line for line in text.splitlines() if "depends most on" in line)
    assert re.match(r"- The lead of .* over .* depends most on `cost_P08` \(", hangs)
    assert "grade assumed" in hangs
    assert "numbers of grade assumed" in text
    zh = report(study(name), "zh")
    assert "最取决于 `cost_P08`（" in zh
    assert "等级为“假定”的数" in zh


def test_the_winner_comes_first_with_its_share():
    made = study("sobol")
    shares = verdict_of(made).standing.shares
    leader, follower = shares
    parts = [f"{TITLES['en'][case]} {100 * shares[case]:.0f} %" for case in (leader, follower)]
    assert f"Largest effect on first climbs, by share of the 640 rows: {', '.join(parts)}." in report(
        made, "en"
    )
    assert "with `cost_P08` below 260 k yuan per firm" in report(made, "en")
    assert "`cost_P08` 低于 26 万元/家" in report(made, "zh")


def test_without_titles_scenarios_go_by_their_names():
    assert "platforms" in printed(study("grid"), "en")


@pytest.mark.parametrize(("lang", "said"), [("en", "Screened out: `"), ("zh", "落选的因素：`")])
def test_what_was_screened_out_is_named(lang, said):
    text = report(study("two_stage"), lang)
    line = next(line for line in text.splitlines() if said in line)
    assert "`delta`" in line
    assert "`budget`" in line
    assert "μ*" in line
    assert ("asked: 0.20" if lang == "en" else "要求 0.20") in text


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "No trajectory showed an effect of"), ("zh", "没有一条轨迹")]
)
def test_a_factor_that_moved_nothing_is_no_proof(lang, said):
    made = study("two_stage")
    line = next(line for line in report(made, lang).splitlines() if said in line)
    assert "`budget`" in line, "costs nothing here and moves nothing"
    assert "`delta`" not in line
    assert said not in report(study("sobol"), lang), "nothing is screened out there"


def test_failures_are_named_and_what_was_dropped_for_them():
    hurt = study_of(asked(DESIGNS["latin_hypercube"]), failed=(3, 30))
    text = report(hurt, "en")
    assert "2 of 360 runs failed, in rows 3, 30" in text
    assert "Row 3, Baseline, replication 0: no firms are left" in text
    assert "indices rest on 58 of 60 blocks" in text
    assert "第 3、30 行" in report(hurt, "zh")
    assert "No run failed." in report(study("latin_hypercube"), "en")


@pytest.mark.parametrize(
    ("why", "said"), [("interrupted", "interrupted after"), ("hours", "the budget of hours")]
)
def test_an_unfinished_study_says_so_first(why, said):
    made = replace(study("grid"), unfinished=why)
    text = report(made, "en")
    assert text.index("**Not finished") < text.index("## 1.")
    assert said in text
    assert printed(made, "en").strip().startswith("Not finished")
    assert "**没有做完" in report(made, "zh")


def test_a_study_stopped_in_its_screen_says_that_sobol_has_not_begun():
    whole = study("two_stage")
    names = ("indices", "best", "hinges", "luck")
    frames = {name: getattr(whole, name) for name in names}
    cut = replace(
        whole,
        stages=whole.stages[:1],
        unfinished="interrupted",
        convergence=pd.DataFrame(),
        **{name: frame[frame["stage"] == "screening"] for name, frame in frames.items()},
    )
    text = report(cut, "en")
    assert "The second stage (Sobol) has not begun" in text
    assert "μ*" in text
    assert "Screened out" not in text


def test_what_cannot_be_said_is_said():
    few = study_of(asked(Design("latin_hypercube", size=12)))
    assert "no indices, because there are fewer than 40 whole rows (12)" in report(few, "en")
    assert "完整的行不足 40 行（只有 12 行）" in report(few, "zh")
    dead = study_of(asked(DESIGNS["grid"]), failed=range(54))
    assert "No row has run all its scenarios yet" in report(dead, "en")
    flat = study_of(asked(DESIGNS["morris"]), function=lambda values, case, luck: 1000.0)
    assert "the same in every row" in report(flat, "en")
    assert BARE.search(report(flat, "en")) is None
    whole = study("morris")
    (stage,) = whole.stages
    drowned = replace(stage)
    vars(drowned)["indices"] = tuple(
        replace(each, table=each.table.assign(below_noise=True)) for each in stage.indices
    )
    assert "no factor is above the noise floor" in report(replace(whole, stages=(drowned,)), "en")


def test_one_policy_and_a_baseline_alone():
    one, none = (study_of(asked(DESIGNS["morris"]), CASES[:count]) for count in (2, 1))
    assert "the effect of R&D subsidies on first climbs is +" in report(one, "en")
    assert "Baseline, first climbs: depends most on `delta` (μ* " in report(none, "en")
    for made in (one, none):
        assert "Largest effect" not in report(made, "en")
        assert BARE.search(report(made, "zh")) is None


def test_a_sweep_has_no_indices_and_says_nothing_about_them():
    swept = replace(study("sobol"), indices=pd.DataFrame())
    text = report(swept, "en")
    assert "total index" not in text.split("## 2.")[1].split("Precision")[0]
    assert "depends most on" not in text


# --- names ----------------------------------------------------------------------------------------------------


def test_values_and_units():
    assert values_text(COST, Words("en")) == ("20 to 500", "k yuan per firm")
    assert values_text(BUDGET, Words("zh")) == ("5 至 20", "亿元/年")
    assert values_text(STRUCTURE, Words("en")) == ("V, D", "")
    shapes = {
        LogUniform(0.1, 10.0): "0.1 to 10, every ratio equally likely",
        Triangular(0.8, 0.9, 0.95): "0.8 to 0.95, most likely 0.9",
        Normal(0.5, 0.1, 0.0, 1.0): "0 to 1, normal, mean 0.5, s.d. 0.1",
        Choice((1, 2)): "1, 2",
        Uniform(0.0, 1.0): "0 to 1",
    }
    for shape, said in shapes.items():
        assert values_text(Factor("x", "uncertainty", shape, unit="share"), Words("en"))[0] == said
    assert unit_name("yuan per person-year", Words("zh")) == "元/人·年"
    assert unit_name("per quarter", Words("zh")) == "每季度"


def test_halves_and_meanings():
    assert halves(STRUCTURE, Words("en")) == (f"with {code('structure')} V", f"with {code('structure')} D")
    three = replace(STRUCTURE, distribution=Choice((1, 2, 3)))
    assert halves(three, Words("en")) == (f"with {code('structure')} 1, 2", f"with {code('structure')} 3")
    told = account(study("list"), "en")
    assert told.meaning("cost_P08") == "support per platform adopter, of usual staff"
    assert told.meaning("levers.platforms.share_of_budget").startswith("Digital platforms: share")
    assert told.meaning("levers.platforms.amount") == told.meaning("cost_P08")
    assert (
        told.meaning("levers.platforms.for.from_level")
        == "Digital platforms: lowest level of an eligible firm"
    )
    assert told.meaning("nothing") == ""
    assert told.row_value("budget", 4_000_000_000) == "4 bn yuan per year"
    assert StudyAccount(told.study, Words("en"), {}, evidence="nowhere").registry is None


# --- figures --------------------------------------------------------------------------------------------------


def sheets(made, lang):
    told = account(made, lang)
    with style():
        figures = {**FIGURES, **row_figures(told)}
        found = {name: draw(told) for name, draw in figures.items()}
    return {name: sheet for name, sheet in found.items() if sheet is not None}


@pytest.mark.parametrize("name", DRAWN)
def test_what_applies_is_drawn_and_no_text_hides_another(name):
    for lang in LANGUAGES:
        drawn = sheets(study(name), lang)
        assert set(drawn) == DRAWN[name]
        with style():
            for sheet in drawn.values():
                assert_legible(name, sheet)


def test_files_of_a_report(tmp_path):
    made = study("two_stage")
    drawn = write_report(account(made, "en"), tmp_path)
    assert {path.name for path in drawn} == {
        f"{n}.{kind}" for n in DRAWN["two_stage"] for kind in ("png", "svg")
    }
    assert all(path.stat().st_size > 1000 for path in drawn)
    markdown, page = ((tmp_path / f"report.{kind}").read_text(encoding="utf-8") for kind in ("md", "html"))
    shown = re.findall(r"!\[[^\]]+\]\((figures/\w+\.png)\)", markdown)
    assert sorted(shown) == sorted(f"figures/{name}.png" for name in DRAWN["two_stage"])
    assert page.count("data:image/png;base64,") == len(shown)
    assert "figures/" not in page.replace("figures/.", "")
    assert pyplot.get_fignums() == []
    texts = " ".join(drawn_text(tmp_path / "figures" / "indices.svg"))
    assert "cost_P08 · assumed" in texts


def test_a_report_without_figures(tmp_path):
    assert write_report(account(study("grid"), "zh"), tmp_path, figures=False) == []
    assert not (tmp_path / "figures").exists()
    assert "![" not in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_figures_of_lone_scenarios_and_failures():
    for made in (
        study_of(asked(DESIGNS["grid"]), CASES[:1]),
        study_of(asked(Design("grid", size=3), (STRUCTURE,)), CASES[:1]),
        study_of(asked(Design("grid", size=2), (COST, STRUCTURE)), CASES[:1]),
        study_of(asked(DESIGNS["list"]), CASES[:1]),
        study_of(asked(DESIGNS["grid"]), failed=range(54)),
        study_of(asked(Design("latin_hypercube", size=12), replications=1), failed=(1,)),
    ):
        for sheet in sheets(made, "en").values():
            with style():
                assert_legible("lone", sheet)
