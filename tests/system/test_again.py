"""`again` and `show` as a person uses them, on results of `run`, `compare` and a study."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from sim.runs.results import write_parquet
from tests import commands

SHORT = """
name: short
extends: {base}
horizon: {{start: 2021Q1, end: 2022Q2}}
scale: 0.001
replications: 8
"""
POOL = """
name: pool
title: {zh: 人才池, en: Pool}
extends: short.yaml
levers: {talent_pool: {start: 2021Q1, share_of_budget: 100 %}}
"""
SHOCK = """
name: shock
extends: short.yaml
shocks: [{kind: demand, start: 2021Q3, end: 2021Q4, size: -20 %}]
"""
STUDY = """
name: tiny
scenarios: [short.yaml, pool.yaml]
uncertainties: {delta: range, rho: {low: 0.8, high: 0.95}}
outcomes: [climbs, value_added]
design: {method: morris, trajectories: 4}
replications: 2
"""
OPTIONS = ("--under", "shock.yaml", "--set", "rho=0.9", "--response", "--seed", "11", "--doubt", "none")


def upgrading(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, in English, and expect its exit code."""
    done = commands.upgrading(folder, *words)
    assert done.returncode == code, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return done


def write_files(folder: Path, base: str = "baseline") -> None:
    texts = {"short": SHORT.format(base=base), "pool": POOL, "shock": SHOCK, "tiny": STUDY}
    for name, content in texts.items():
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")


def everything(folder: Path, *names: str) -> dict[str, bytes]:
    """Report, page and figures of a folder, by their path."""
    paths = [folder / name for name in ("report.md", "report.html")]
    paths += (folder / "figures").iterdir()
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.exists()}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a comparison, a run and a study, each as it comes out in both languages."""
    folder = tmp_path_factory.mktemp("work")
    write_files(folder)
    for lang in ("en", "zh"):
        how = ("--lang", lang, "--quiet", "--out")
        upgrading(folder, "compare", "short.yaml", "pool.yaml", *OPTIONS, *how, f"compare-{lang}")
        upgrading(folder, "run", "pool.yaml", "--replications", "2", *how, f"run-{lang}")
        upgrading(folder, "sensitivity", "tiny.yaml", *how, f"study-{lang}")
    return folder


@pytest.fixture
def copy(work: Path, tmp_path: Path):
    """Give a copy of results, to be spoilt."""

    def copied(name: str) -> Path:
        shutil.copytree(work / name, tmp_path / name)
        return tmp_path / name

    return copied


@pytest.mark.parametrize("kind", ["compare", "run", "study"])
def test_again_agrees_and_writes_nothing(work: Path, kind: str) -> None:
    before = contents(work)
    said = upgrading(work, "again", f"{kind}-en").stdout
    assert "All tables agree with the original ones." in said
    assert "differs" not in said
    assert contents(work) == before


def test_again_takes_the_same_settings_of_doubtful_numbers(work: Path) -> None:
    words = ("compare", "short.yaml", "pool.yaml", "--replications", "2", "--no-figures", "--quiet")
    upgrading(work, *words, "--out", "settings")
    assert (work / "settings" / "settings.csv").is_file()
    assert "All tables agree with the original ones." in upgrading(work, "again", "settings").stdout


def test_again_writes_the_same_tables_where_it_is_told_to(work: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    upgrading(work, "again", "compare-en", "--out", str(out), "--quiet")
    for path in (work / "compare-en").glob("*.[cp]*"):
        if path.suffix in (".csv", ".parquet"):
            assert (out / path.name).read_bytes() == path.read_bytes(), path.name
    assert "All tables agree" in upgrading(work, "again", str(out)).stdout
    upgrading(work, "again", "compare-en", "--out", str(out), code=2)


@pytest.mark.parametrize("kind", ["compare", "run", "study"])
def test_show_draws_what_the_command_drew_in_either_language(work: Path, kind: str, tmp_path: Path) -> None:
    for lang, other in (("zh", "en"), ("en", "en")):
        out = tmp_path / f"{lang}-{other}"
        said = upgrading(work, "show", f"{kind}-{other}", "--lang", lang, "--out", str(out)).stdout
        assert everything(out) == everything(work / f"{kind}-{lang}")
        assert ("结果：" in said) == (lang == "zh")


def test_show_writes_beside_the_tables_and_replaces_nothing_unasked(copy) -> None:
    folder = copy("run-en")
    before = contents(folder)
    upgrading(folder.parent, "show", "run-en", "--lang", "zh", "--quiet")
    assert {path: contents(folder)[path] for path in before} == before
    assert (folder / "zh" / "figures" / "ladder.png").is_file()
    assert "--force" in upgrading(folder.parent, "show", "run-en", "--lang", "zh", code=2).stderr
    upgrading(folder.parent, "show", "run-en", "--lang", "zh", "--quiet", "--force")
    assert "would be replaced" in upgrading(folder.parent, "show", "run-en", "--out", "run-en", code=2).stderr


def test_an_edited_table_is_named_first(copy) -> None:
    folder = copy("compare-en")
    table = pd.read_parquet(folder / "effects.parquet")
    table.loc[0, "effect"] += 1
    write_parquet(table, folder / "effects.parquet")
    said = upgrading(folder.parent, "show", "compare-en", "--quiet").stderr
    assert "effects.parquet  was edited after it was written" in said
    said = upgrading(folder.parent, "again", "compare-en", code=1).stdout
    assert "effects.parquet  was edited after it was written" in said
    assert "differs" not in said


def test_a_study_whose_runs_were_edited_is_named(copy) -> None:
    folder = copy("study-en")
    table = pd.read_parquet(folder / "runs" / "runs.parquet")
    table["climbs"] = table["climbs"] + table["row"] ** 2
    write_parquet(table, folder / "runs" / "runs.parquet")
    assert "summary.csv" in upgrading(folder.parent, "show", "study-en", "--quiet").stderr
    (folder / "runs" / "runs.parquet").unlink()
    said = upgrading(folder.parent, "show", "study-en", "--out", "new", code=2).stderr
    assert "the tables of runs cannot be read" in said


def test_another_seed_in_the_manifest_is_named_in_chinese_too(copy) -> None:
    folder = copy("run-en")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"seed": manifest["seed"] + 1}))
    said = upgrading(folder.parent, "again", "run-en", "--lang", "zh", code=1).stdout
    assert "4 张表中有 4 张不一致" in said
    assert "manifest.json 写成之后改动过" in said


def test_files_that_were_edited_or_are_gone(tmp_path: Path) -> None:
    upgrading(tmp_path, "init", "own")
    place = tmp_path / "own" / "scenarios"
    write_files(place, "baseline.yaml")
    upgrading(place, "run", "pool.yaml", "--replications", "2", "--quiet", "--out", "run")
    upgrading(place, "sweep", "tiny.yaml", "--quiet", "--no-figures", "--out", "study")

    # The manifest of a run holds all of its scenario; a study reads its files again.
    (place / "pool.yaml").write_text(POOL.replace("talent_pool", "rd_subsidy"), encoding="utf-8")
    said = upgrading(place, "again", "run").stdout
    assert "pool.yaml was edited or removed since" in said
    said = upgrading(place, "again", "study", code=1).stdout
    assert "may be why" in said
    assert "pool.yaml was edited (then" in said
    (place / "pool.yaml").unlink()
    assert "All tables agree" in upgrading(place, "again", "run").stdout
    assert (
        "pool.yaml\n    this file is not here any more" in upgrading(place, "again", "study", code=2).stderr
    )

    evidence = tmp_path / "own" / "calibration" / "hubei"
    shutil.rmtree(evidence)
    # The copy said what the bundled evidence says, which takes its place.
    said = upgrading(place, "again", "run").stdout
    assert f"the evidence {evidence} was edited or removed since; the bundled hubei" in said


def test_own_evidence_that_was_edited_or_is_gone(tmp_path: Path) -> None:
    upgrading(tmp_path, "init", "own")
    place = tmp_path / "own" / "scenarios"
    write_files(place, "baseline.yaml")
    evidence = tmp_path / "own" / "calibration" / "hubei"
    table = evidence / "industries.csv"
    original = table.read_text(encoding="utf-8")
    table.write_text(original.replace("0.06,0.03", "0.06,0.04", 1), encoding="utf-8")
    upgrading(place, "run", "pool.yaml", "--replications", "2", "--quiet", "--out", "run")
    assert "All tables agree" in upgrading(place, "again", "run").stdout

    table.write_text(original.replace("0.06,0.03", "0.06,0.19", 1), encoding="utf-8")
    said = upgrading(place, "again", "run", code=1).stdout
    assert f"the evidence {evidence} is not what it was" in said
    assert "quarters    differs  value" in said
    assert "is not what it was" in upgrading(place, "show", "run", "--quiet").stderr

    shutil.rmtree(evidence)
    for command in ("again", "show"):
        said = upgrading(place, command, "run", "--out", "new", code=2).stderr
        assert f"evidence: {evidence}\n    the evidence that these results stand on is not here" in said


@pytest.mark.parametrize("command", ["again", "show"])
def test_a_folder_that_is_no_results(tmp_path: Path, command: str) -> None:
    assert "there is no such folder" in upgrading(tmp_path, command, "nowhere", code=2).stderr
    (tmp_path / "empty").mkdir()
    assert "holds no manifest.json" in upgrading(tmp_path, command, "empty", code=2).stderr
    (tmp_path / "empty" / "manifest.json").write_text('{"tables": {}, "seconds": {}}')
    assert "is none that" in upgrading(tmp_path, command, "empty", code=2).stderr
