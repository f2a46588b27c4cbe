"""Titles with every character that ever lost results: the same tables, and figures and reports that show them."""

import json
from pathlib import Path

import pytest

from tests.commands import succeed
from tests.system.test_cli import tables
from tests.unit.show.test_markdown import read

CHINESE = (
    "湖北省数字化转型与中小企业人才储备池建设专项资金支持方案（二〇二四至二〇三五年）"
    "以外各市州重点倾斜的若干措施（方案一）"
)
SIGNS = "a $100 {plan} for\n| *every* `firm` <b>in</b> [Hubei](x) \U0001f680 #1, $x_1^2$, and again "
LONG = (SIGNS * 4)[:200]
#: As YAML's escapes have it: a line break, halves of an emoji.
WRITTEN = {"zh": f"{CHINESE}\\ud83d\\ude80\\n$31m$", "en": LONG.replace("\n", "\\n")}
READ = {"zh": f"{CHINESE}🚀 $31m$", "en": LONG.replace("\n", " ")}
SHORT = """
name: short
{title}
extends: baseline
horizon: {{start: 2021Q1, end: 2022Q1}}
scale: 0.002
replications: 8
"""
POLICY = """
name: {name}
{title}
extends: short.yaml
levers: {{{lever}: {{start: 2021Q1, share_of_budget: 100 %}}}}
"""
STUDY = """
name: study
{title}
scenarios: [short.yaml, pool.yaml, grants.yaml]
uncertainties: {{rho: {{choices: [0.8, 0.9]}}}}
design: {{method: grid}}
replications: 8
"""


def write(folder: Path, title: str) -> Path:
    folder.mkdir()
    (folder / "short.yaml").write_text(SHORT.format(title=title), encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY.format(title=title), encoding="utf-8")
    for name, lever in (("pool", "talent_pool"), ("grants", "rd_subsidy")):
        text = POLICY.format(name=name, title=title, lever=lever)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("words", "lang"),
    [
        (("run", "pool.yaml"), "en"),
        (("compare", "short.yaml", "pool.yaml", "grants.yaml", "--doubt", "none"), "zh"),
        (("sweep", "study.yaml"), "en"),
    ],
)
def test_titles_change_no_table(tmp_path: Path, words: tuple[str, ...], lang: str) -> None:
    plain = write(tmp_path / "plain", "title: {zh: 方案, en: Plan}")
    zh, en = WRITTEN["zh"], WRITTEN["en"]
    odd = write(tmp_path / "odd", f'title: {{zh: "{zh}", en: "{en}"}}')
    succeed(plain, *words, "--out", "out", "--lang", lang)
    told = succeed(odd, *words, "--out", "out", "--lang", lang, PYTHONWARNINGS="error::UserWarning")
    assert tables(odd / "out") == tables(plain / "out")
    assert len(tables(odd / "out")) > 2
    drawn = [{path.name for path in (folder / "out" / "figures").iterdir()} for folder in (odd, plain)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) >= 4
    manifest = json.loads((odd / "out" / "manifest.json").read_text(encoding="utf-8"))
    titles = manifest["experiment"]["title"] if words[0] == "sweep" else manifest["titles"]["pool"]
    assert titles == READ
    assert "\x1b" not in told
    if words[0] == "run":
        assert READ[lang] in told
        return
    texts = read((odd / "out" / "report.md").read_text(encoding="utf-8"))
    assert any(READ[lang] in text for text in texts)
    assert len(texts) == len(read((plain / "out" / "report.md").read_text(encoding="utf-8")))


def test_an_odd_byte_in_a_path_costs_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "odd", "title: {zh: 方案, en: Plan}")
    name = b"own-\xc8\xcb.yaml".decode("utf-8", "surrogateescape")  # a name in GBK
    (folder / name).write_bytes((folder / "short.yaml").read_bytes())
    succeed(folder, "run", name, "--out", "out", "--no-figures")
    manifest = json.loads((folder / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert name in manifest["command"]
