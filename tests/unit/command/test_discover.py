"""`discover` on an invented comparison of which it is known where a policy leads."""

import json
import sys
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from sim.analysis.comparison.compare import Comparison, titles_of
from sim.analysis.comparison.effects import PER_YUAN
from sim.analysis.doubt import discovery
from sim.analysis.doubt.leading import find_lead, first_in, leader
from sim.analysis.outcomes import LEAD
from sim.analysis.saved import write_comparison
from sim.command.cli import app
from sim.command.terminal import for_people
from sim.files.atomic import MANIFEST
from sim.files.names import evidence_folder
from sim.runs.run import evidence_of
from sim.show.texts.discovery import chance_text
from sim.world.parameters import load_parameters
from sim.world.scenario import load_scenario
from sim.world.scenario_record import READINGS

MEMBERS = 80
NUMBERS = ("rho", "eps", "cost_P08", "staff_P08")
THRESHOLD = 290_000.0
POLICIES = "subsidies", "platforms"


def comparison():
    """Subsidies lead where a platform costs more than 290,000 yuan; under D the same, under V* noise decides."""
    base, *policies = (load_scenario(name).with_doubt("ranges") for name in ("baseline", *POLICIES))
    registry = load_parameters(evidence_folder(base.evidence))
    rng = np.random.default_rng(3)
    settings = pd.DataFrame(
        {name: rng.uniform(registry[name].low, registry[name].high, MEMBERS) for name in NUMBERS}
    )
    dear = settings["cost_P08"].to_numpy() > THRESHOLD
    luck = rng.random(MEMBERS) < 0.5
    settings.insert(0, "replication", range(MEMBERS))
    effects, ranking = [], []
    for reading in READINGS:
        first = luck if reading == "V*-selective" else dear
        for scenario, ahead in zip(POLICIES, (first, ~first), strict=True):
            gained = np.where(ahead, 900.0, 600.0)
            gained[:2] = 700.0  # tied
            columns = dict.fromkeys(LEAD, 0.0) | {"climbs": gained, "extra_yuan": 9e9, PER_YUAN: gained / 9}
            key = {"reading": reading, "scenario": scenario, "replication": range(MEMBERS)}
            effects.append(pd.DataFrame(key | columns))
        order = POLICIES if first.mean() > 0.5 else POLICIES[::-1]
        ranking += [
            {"reading": reading, "scenario": name, "rank": k + 1, "level": "", "basis": "climbs", "best_share": 0.5}
            for k, name in enumerate(order)
        ]  # fmt: skip
    row = pd.DataFrame([{"reading": reading, "outcome": "climbs"} for reading in READINGS])
    frames = {field.name: pd.DataFrame() for field in fields(Comparison) if field.type == "pd.DataFrame"}
    frames |= dict.fromkeys(("effects", "paths", "regions", "pairing"), row)
    frames |= {
        "ranking": pd.DataFrame(ranking),
        "by_setting": pd.concat(effects, ignore_index=True),
        "settings": settings,
    }
    return Comparison(
        base=base,
        policies=tuple(policies),
        titles=titles_of((base, *policies)),
        replications=MEMBERS,
        seed=2024,
        evidence=evidence_of(base),
        grades={"assumed": 1},
        interrupted=False,
        what_ifs=(),
        cautions=(),
        **frames,
    )


@pytest.fixture(scope="module")
def made():
    return comparison()


@pytest.fixture
def written(made, tmp_path):
    def write(name="results", **changes):
        folder = tmp_path / name
        folder.mkdir()
        write_comparison(replace(made, **changes), folder)
        return folder

    return write


def upgrading(*words):
    """Run a command in this process; return its exit code."""
    with pytest.raises(SystemExit) as end, for_people():
        app([str(word) for word in words])
    return end.value.code or 0


@pytest.fixture(scope="module")
def once():
    """A search that is made once for the same members: it draws nothing."""
    known = {}

    def search(prim, x, y):
        asked = x.tobytes(), y.tobytes()
        if asked not in known:
            known[asked] = _search(prim, x, y)
        return known[asked]

    _search = discovery._search
    return search


@pytest.fixture
def fewer(monkeypatch, once):
    monkeypatch.setattr(discovery, "PERMUTATIONS", 1)  # each search takes time
    monkeypatch.setattr(discovery, "_search", once)


SAID = {
    "en": (
        "V via difficulty, selective: where it leads",
        'ahead in 98 % of the settings where "support per platform adopter, of usual staff" is above 2',
        "R&D subsidies: of 80 settings drawn from the stated ranges, it leads alone in ",
        "In 2 more settings it ties for first",
        'Quasi-p: "support per platform adopter, of usual staff" < 0.0001. Score 0.9',
        "Searched: 80 settings, in which 4 numbers differ.",
    ),
    "zh": (
        "V 经由转型难，选择性：何时领先",
        "如果“单企平台补贴（通常规模企业）”高于 2",
        "研发补贴：在 80 组在登记范围内抽取的设定中，单独领先的占 ",
        "另有 2 组设定中它与其他政策并列第一",
        "准 p 值：“单企平台补贴（通常规模企业）”< 0.0001。得分 0.9",
        "范围：80 组设定，其中 4 个数的取值不一。",
    ),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.usefixtures("fewer")
def test_the_threshold_is_found_and_told_in_either_language(lang, written, capsys):
    folder = written()
    asked = ("--policy", "subsidies", "--reading", "v-SELECTIVE", "--lang", lang)
    assert upgrading("discover", folder, *asked) == 0
    printed = capsys.readouterr().out.replace("\n", "" if lang == "zh" else " ")
    report = (folder / "discover" / "report.md").read_text(encoding="utf-8")
    for said in SAID[lang]:
        assert said in printed
        assert said in report.replace("\\", "")
    assert "](figures/peeling_V-selective.png)" in report
    assert {path.name for path in (folder / "discover" / "figures").iterdir()} == {
        "peeling_V-selective.png",
        "peeling_V-selective.svg",
    }


@pytest.mark.usefixtures("fewer")
def test_the_limit_is_the_threshold(made):
    steps = []
    lead = find_lead(made, "D-naive", "subsidies", lambda *step: steps.append(step))
    (box,) = lead.discovery.boxes
    (limit,) = box.limits
    assert limit.name == "cost_P08"
    assert limit.low == pytest.approx(THRESHOLD, abs=15_000)
    assert limit.high is None
    assert (lead.tied, lead.numbers) == (2, 4)
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


def test_who_leads_is_counted_as_the_ranking_counts(made):
    first = first_in(made, "V-selective")
    assert list(first.columns) == made.ranking["scenario"][:2].to_list()
    assert first.iloc[:2].all(axis=None)
    assert (first.iloc[2:].sum(axis=1) == 1).all()
    assert leader(made, "V-selective") == first.iloc[2:].mean().idxmax()
    money = np.where(made.by_setting["scenario"] == "subsidies", 9.0, 1.0)  # then platforms lead everywhere
    per_yuan = replace(
        made,
        ranking=made.ranking.assign(basis="climbs_per_yuan"),
        by_setting=made.by_setting.assign(**{PER_YUAN: made.by_setting["climbs"] / money}),
    )
    assert first_in(per_yuan, "V-selective").mean().to_dict() == {"platforms": 1.0, "subsidies": 0.0}


@pytest.mark.slow
def test_each_reading_is_searched_once_and_noise_shows_nothing(written, capsys):
    folder, out = written(), written("other") / "mine"
    assert upgrading("discover", folder, "--lang", "en", "--out", out, "--no-figures") == 0
    printed = capsys.readouterr()
    heads = [line for line in printed.out.splitlines() if line.endswith("where it leads")]
    assert len(heads) == 2, "V and D have the same numbers, V* others"
    assert "no few numbers tell where it is ahead" in printed.out
    assert "Searching where policies lead" in printed.err
    assert sorted(path.name for path in out.iterdir()) == ["report.md"]
    assert not (folder / "discover").exists()


@pytest.mark.usefixtures("fewer")
def test_a_policy_that_leads_everywhere_needs_no_conditions(made, written, capsys):
    climbs = np.where(made.by_setting["scenario"] == "subsidies", 900.0, 600.0)
    folder = written(by_setting=made.by_setting.assign(climbs=climbs))
    assert upgrading("discover", folder, "--lang", "en") == 0
    assert "R&D subsidies: ahead in all 80 settings" in capsys.readouterr().out
    assert upgrading("discover", folder, "--quiet") == 2
    assert "report.md in this folder would be replaced" in capsys.readouterr().err
    assert upgrading("discover", folder, "--lang", "zh", "--policy", "数字化平台", "--force") == 0
    assert "数字化平台：在 80 个设定中无一领先" in capsys.readouterr().out


def test_what_cannot_be_searched_is_refused(made, written, capsys):
    def refused(folder, *more, lang="en"):
        assert upgrading("discover", folder, "--lang", lang, *more) == 2
        said = capsys.readouterr()
        assert not said.out
        assert not (folder / "discover").exists()
        return said.err

    folder = written()
    assert "Did you mean platforms?" in refused(folder, "--policy", "platform")
    assert "Did you mean V-naive?" in refused(folder, "--reading", "V-naiv")
    assert "比较中没有这种解读" in refused(folder, "--reading", "X", lang="zh")
    assert "no such folder" in refused(folder / "nowhere")
    few = 19
    small = {name: getattr(made, name) for name in ("by_setting", "settings")}
    small = {name: frame[frame["replication"] < few] for name, frame in small.items()}
    assert "there are 19 settings, and a search needs at least 20" in refused(written("small", **small))
    sure = written(
        "sure", base=made.base.with_doubt("none"), settings=pd.DataFrame(), by_setting=pd.DataFrame()
    )
    assert "upgrading compare … --doubt record" in refused(sure)
    assert "没有考虑存疑的数字" in refused(sure, lang="zh")
    alone = written("alone", ranking=made.ranking[made.ranking["scenario"] == "platforms"])
    assert "fewer than two policies are ranked" in refused(alone)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8")) | {"kind": "run"}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert "not results of a comparison" in refused(folder)


def test_without_the_extra_the_message_says_how_to_get_it(written, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ema_workbench.analysis.prim", None)
    folder = written()
    assert upgrading("discover", folder, "--lang", "en") == 2
    assert "industrial-upgrading[discover]" in capsys.readouterr().err
    assert not (folder / "discover").exists()


def test_quasi_p_values_are_short():
    assert [chance_text(chance) for chance in (3e-9, 1e-4, 0.0123)] == ["< 0.0001", "0.0001", "0.0123"]
