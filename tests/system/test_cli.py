"""The commands as a person runs them: in their own process, from another folder."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import get_type_hints

import pandas as pd
import pytest

from sim.evidence.tables import write_made_from
from sim.world.scenario_record import READINGS
from tests.commands import PATIENCE, ROOT, Fork, afresh, environment, refuse, succeed, upgrading
from tests.stated_covariance import folder_with

SCENARIOS = ROOT / "scenarios"
FIGURES = ("ladder", "talent")

SHORT = """
name: short
extends: baseline
horizon: {start: 2021Q1, end: 2022Q2}
scale: 0.001
replications: 3
"""
POLICY = """
name: pool
title: {zh: 人才池, en: Pool}
extends: short.yaml
levers: {talent_pool: {start: 2021Q1, share_of_budget: 100 %}}
"""
OTHER = """
name: grants
extends: short.yaml
levers: {rd_subsidy: {start: 2021Q1, share_of_budget: 100 %}}
"""


def write_scenarios(folder: Path) -> None:
    for name, content in (("short", SHORT), ("pool", POLICY), ("grants", OTHER)):
        (folder / f"{name}.yaml").write_text(content)


def tables(folder: Path) -> dict[str, bytes]:
    """Every table of a results folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".csv", ".parquet")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_scenarios(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with results that several tests look at."""
    folder = tmp_path_factory.mktemp("work")
    write_scenarios(folder)
    return folder


@pytest.fixture(scope="module")
def run(work: Path) -> tuple[Path, str]:
    done = afresh(work, "run", "pool.yaml", "--workers", "1", "--out", "run", "--lang", "zh")
    assert done.returncode == 0, done.stderr
    return work / "run", done.stdout


@pytest.fixture(scope="module")
def comparison(work: Path) -> tuple[Path, str]:
    words = ("compare", "short.yaml", "pool.yaml", "grants.yaml", "--response", "--workers", "1")
    done = afresh(work, *words, "--out", "comparison")
    assert done.returncode == 0, done.stderr
    return work / "comparison", done.stdout


# ---------------------------------------------------------------------------------------------------------
# run and compare
# ---------------------------------------------------------------------------------------------------------


def test_run_writes_all_that_is_promised(run: tuple[Path, str]) -> None:
    folder, said = run
    assert sorted(path.name for path in folder.iterdir()) == [
        "figures",
        "industries.parquet",
        "manifest.json",
        "quarters.parquet",
        "regions.parquet",
        "summary.csv",
    ]
    drawn = sorted(path.name for path in (folder / "figures").iterdir())
    assert drawn == sorted(f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg"))
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["replications"], manifest["seed"]) == (3, 2024)
    assert manifest["scenarios"][0]["name"] == "pool"
    assert manifest["evidence"]["digest"]
    assert manifest["tables"]["quarters"]["rows"] == len(pd.read_parquet(folder / "quarters.parquet"))
    assert "人才池：2022Q2 末" in said
    assert "优质企业数" in said
    assert "实际支出：人才储备池" in said
    assert "结果：run" in said
    assert all(name in said for name in FIGURES)


def test_run_reports_the_quarters_asked_for(run: tuple[Path, str]) -> None:
    quarters = pd.read_parquet(run[0] / "quarters.parquet")
    assert sorted(set(quarters["quarter"])) == ["2021Q1", "2021Q2", "2021Q3", "2021Q4", "2022Q1", "2022Q2"]
    assert sorted(set(quarters["replication"])) == [0, 1, 2]


def test_run_again_with_two_workers_gives_the_same_bytes(run: tuple[Path, str], work: Path) -> None:
    succeed(work, "run", "pool.yaml", "--workers", "2", "--no-figures", "--out", "again")
    assert tables(work / "again") == tables(run[0])
    assert not (work / "again" / "figures").exists()


def test_options_win_over_the_scenario(work: Path, run: tuple[Path, str]) -> None:
    options = ("--seed", "7", "--scale", "0.2 %", "--replications", "2", "--set", "rho=0.8")
    succeed(work, "run", "pool.yaml", *options, "--no-figures", "--out", "other")
    manifest = json.loads((work / "other" / "manifest.json").read_text())
    (scenario,) = manifest["scenarios"]
    assert (manifest["seed"], manifest["replications"]) == (7, 2)
    assert (scenario["weight"], scenario["parameters"]["rho"]) == (500, 0.8)
    assert tables(work / "other") != tables(run[0])


def test_set_reaches_keys_of_a_scenario(folder: Path) -> None:
    settings = ("difficulty.column=3", "allocation.regions=need", "horizon.end=2021Q4", "rho=0.8")
    words = [word for setting in settings for word in ("--set", setting)]
    succeed(folder, "run", "pool.yaml", *words, "--replications", "1", "--no-figures", "--out", "set")
    (scenario,) = json.loads((folder / "set" / "manifest.json").read_text())["scenarios"]
    assert (scenario["column"], scenario["coefficients"]) == (3, "held")
    assert (scenario["levers"][0]["region_rule"], scenario["parameters"]["rho"]) == ("need", 0.8)
    assert sorted(set(pd.read_parquet(folder / "set" / "quarters.parquet")["quarter"]))[-1] == "2021Q4"


def test_coefficients_are_drawn_where_their_covariance_is_known(folder: Path) -> None:
    evidence = folder_with(folder / "evidence", {"X3": 1.0})
    (folder / "short.yaml").write_text(f"{SHORT}evidence: ./evidence\n")
    words = ("compare", "short.yaml", "pool.yaml", "--doubt", "none", "--lang", "en")
    words += ("--set", "difficulty.coefficients=drawn")
    said = succeed(folder, *words, "--out", "drawn")
    assert "uncertainty of Table 5's coefficients" in said
    frame = pd.read_csv(folder / "drawn" / "coefficient_uncertainty.csv")
    assert set(frame["outcome"]) == {"quality_firms", "climbs", "quality_climbs", "value_added"}
    manifest = json.loads((folder / "drawn" / "manifest.json").read_text())
    assert {scenario["coefficients"] for scenario in manifest["scenarios"]} == {"drawn"}
    assert (folder / "drawn" / "figures" / "coefficients.png").is_file()
    assert "share of variance" in (folder / "drawn" / "report.md").read_text().lower()
    (evidence / "derived" / "covariance.csv").unlink()
    said = refuse(folder, *words, "--out", "nothing")
    assert "evidence/derived/covariance.csv\n    this file is missing, though calibration made it" in said
    write_made_from(evidence)  # as if it had never been made
    said = refuse(folder, *words, "--out", "nothing")
    assert "evidence/derived/covariance.csv  difficulty.coefficients: drawn\n" in said
    assert "upgrading calibrate" in said


def test_results_go_to_a_folder_of_their_own_and_quiet_says_nothing(folder: Path) -> None:
    words = ("run", "short.yaml", "--replications", "1", "--no-figures", "--quiet")
    done = upgrading(folder, *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (results,) = (folder / "results").iterdir()
    assert re.fullmatch(r"short-[0-9a-f]{10}", results.name)
    assert "not empty" in refuse(folder, *words)


def test_comparison_writes_all_that_is_promised(comparison: tuple[Path, str]) -> None:
    folder, said = comparison
    # Three replications rank nobody, and give no cost that another could break even with.
    names = (
        "by_setting",
        "costs",
        "decomposition",
        "effects",
        "pairing",
        "paths",
        "regions",
        "response",
        "settings",
    )
    for name in names:
        as_text, as_parquet = pd.read_csv(folder / f"{name}.csv"), pd.read_parquet(folder / f"{name}.parquet")
        assert list(as_text.columns) == list(as_parquet.columns)
        assert len(as_text) == len(as_parquet) > 0
    readings = set(READINGS)
    effects = pd.read_csv(folder / "effects.csv")
    assert set(effects["reading"]) == readings
    assert set(effects["scenario"]) == {"pool", "grants"}
    assert set(effects["replications"]) == {3}
    summary = pd.read_csv(folder / "summary.csv")
    assert set(summary["outcome"]) == {"quality_firms", "climbs", "quality_climbs", "value_added"}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [scenario["name"] for scenario in manifest["scenarios"]] == ["short", "pool", "grants"]
    assert manifest["interrupted"] is False
    assert set(manifest["tables"]) == {*names, "summary"}
    assert "Pool" in (folder / "report.md").read_text()
    figures = sorted(path.name for path in (folder / "figures").iterdir())
    assert "ranking.png" in figures
    assert "ranking.svg" in figures
    for name in ("via difficulty, selective", "via difficulty, naive", "direct, selective", "direct, naive"):
        assert name in said
    assert "Results: comparison" in said
    assert "ranking" in said.splitlines()[-1]


def test_comparison_again_with_two_workers_gives_the_same_bytes(
    comparison: tuple[Path, str], work: Path
) -> None:
    words = ("compare", "short.yaml", "pool.yaml", "grants.yaml", "--workers", "2")
    succeed(work, *words, "--no-figures", "--quiet", "--out", "second")
    again, before = tables(work / "second"), tables(comparison[0])
    assert set(before) - set(again) == {"response.csv", "response.parquet"}, "they were not asked for"
    assert all(again[name] == before[name] for name in again)
    reports = [(folder / "report.md").read_text().splitlines() for folder in (work / "second", comparison[0])]
    assert [line for line in reports[1] if "1/4" not in line] == reports[0]


@pytest.mark.slow
def test_until_goes_on_and_says_what_stays_open(work: Path) -> None:
    words = ("compare", "short.yaml", "pool.yaml", "--until", "0.1 %", "--scale", "0.001", "--doubt", "none")
    said = succeed(work, *words, "--replications", "395", "--no-figures", "--out", "until")
    effects = pd.read_csv(work / "until" / "effects.csv")
    assert set(effects["replications"]) == {400}, "the cap"
    assert not effects["resolved"].all()
    assert "Not resolved to the precision asked for with 400 replications" in said


def test_language_is_that_of_the_locale(folder: Path) -> None:
    assert "含义" in succeed(folder, "explain", "rho", LC_ALL="zh_CN.UTF-8")
    assert "meaning" in succeed(folder, "explain", "rho", LC_ALL="de_DE.UTF-8")
    assert "meaning" in succeed(folder, "explain", "rho", "--lang", "en", LC_ALL="zh_CN.UTF-8")


# ---------------------------------------------------------------------------------------------------------
# folders that are there already
# ---------------------------------------------------------------------------------------------------------


def test_force_replaces_results_and_nothing_else(run: tuple[Path, str], folder: Path) -> None:
    shutil.copytree(run[0], folder / "mine")
    words = ("run", "short.yaml", "--replications", "1", "--no-figures", "--quiet", "--out")
    assert "not empty" in refuse(folder, *words, "mine")
    assert tables(folder / "mine") == tables(run[0])
    succeed(folder, *words, "mine", "--force")
    assert tables(folder / "mine") != tables(run[0])
    assert not (folder / "mine" / "figures").exists(), "nothing of the earlier results is left"

    thesis = folder / "thesis"
    thesis.mkdir()
    (thesis / "chapter.txt").write_text("three years of work")
    assert "earlier results only" in refuse(folder, *words, "thesis", "--force")
    assert (thesis / "chapter.txt").read_text() == "three years of work"


def test_output_folder_that_cannot_be(folder: Path) -> None:
    assert "is a file" in refuse(folder, "run", "short.yaml", "--out", "short.yaml")
    assert "is a file" in refuse(folder, "compare", "short.yaml", "pool.yaml", "--out", "short.yaml/below")


# ---------------------------------------------------------------------------------------------------------
# what cannot be used
# ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--seed", "-1", "cannot be negative (allowed: 0 to 4294967295)"),
        ("--seed", "4294967296", "too large for the seed (allowed: 0 to 4294967295)"),
        ("--seed", "abc", "whole number"),
        ("--workers", "0", "allowed: 1 to 1024"),
        ("--workers", "two", "allowed: 1 to 1024"),
        ("--scale", "nan", "a number is expected"),
        ("--scale", "inf", "a number is expected"),
        ("--scale", "0", "allowed: 0.001 to 1"),
        ("--scale", "2", "allowed: 0.001 to 1"),
        ("--scale", "5 km", "the unit does not fit"),
        ("--replications", "0", "allowed: 1 to 100000"),
        ("--replications", "1e3", "whole number"),
        ("--until", "0", "allowed: above 0, to 100 %"),
        ("--until", "abc", "a number is expected"),
        ("--lang", "fr", "there are zh, en"),
        ("--set", "rho", "such as rho=0.85"),
        ("--set", "rhoo=0.8", "Did you mean rho?"),
        ("--set", "rho=2", "allowed: 0.7 to 0.97"),
        ("--set", "difficulty.column=10", "allowed: 1 to 9"),
        ("--set", "difficulty.colum=3", "Did you mean column?"),
        ("--set", "difficulty.coefficients=drwan", "Did you mean drawn?"),
        ("--set", "levers.platforms=1", "no such parameter"),
    ],
)
def test_bad_option(tmp_path: Path, option: str, value: str, words: str) -> None:
    said = refuse(tmp_path, "compare", "baseline", "talent_pool", option, value)
    assert said.count("\n    ") == 1, "one mistake, told once although there are two scenarios"
    assert said.startswith(option)
    assert words in said


def test_all_mistakes_at_once(folder: Path) -> None:
    (folder / "wrong.yaml").write_text("name: wrong\nextends: short.yaml\nscael: 1\nbudget: 5 km\n")
    words = ("--workers", "0", "--seed", "-1", "--lang", "fr", "--set", "rho", "--set", "lock=7")
    said = refuse(folder, "run", "wrong.yaml", *words)
    for part in ("wrong.yaml:3:1  scael", "wrong.yaml:4:9  budget: 5 km", "--workers: 0", "--seed: -1"):
        assert part in said
    for part in ("--lang: fr", "--set: rho", "--set lock: 7"):
        assert part in said


def test_a_setting_given_twice(folder: Path) -> None:
    for setting in ("rho=0.8", "difficulty.column=3"):
        said = refuse(folder, "run", "short.yaml", "--set", setting, "--set", setting)
        assert said.startswith(f"--set: {setting}\n    this is set twice")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "nowhere.yaml"), "no such path"),
        (("run", "talent_pol"), "Did you mean talent_pool?"),
        (("run",), "Missing argument"),
        (("compare", "baseline"), "Missing argument"),
        (("run", "baseline", "--sead", "3"), "No such option"),
        (("rum",), "No such command"),
        (("compare", "short.yaml", "short.yaml"), "two of the scenarios are called short"),
        (("compare", "short.yaml", "talent_pool"), "differ in horizon"),
        (("compare", "short.yaml", "pool.yaml", "--replications", "1"), "at least 2"),
        (("explain", "rhoo"), "Did you mean rho?"),
        (("check", "nowhere.yaml"), "no such path"),
    ],
)
def test_refused(folder: Path, words: tuple[str, ...], said: str) -> None:
    assert said in refuse(folder, *words)


# ---------------------------------------------------------------------------------------------------------
# check, schema, explain, init
# ---------------------------------------------------------------------------------------------------------


def test_every_bundled_scenario_is_good(tmp_path: Path) -> None:
    names = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
    said = succeed(tmp_path, "check", *names)
    notes = [line for line in said.splitlines() if line.startswith("Note: ")]
    assert [line for line in said.splitlines() if line not in notes] == [f"{name}: ok" for name in names]
    assert all("of its money unspent" in line for line in notes)


def test_check_tells_every_mistake_of_every_file(folder: Path) -> None:
    (folder / "one.yaml").write_text("name: one\nextends: short.yaml\nscael: 1\n")
    (folder / "two.yaml").write_text("name: two\nextends: short.yaml\nseed: -1\n")
    done = upgrading(folder, "check", "one.yaml", "short.yaml", "two.yaml")
    assert done.returncode == 2
    assert done.stdout.splitlines() == ["short.yaml: ok"]
    assert "one.yaml:3:1  scael" in done.stderr
    assert "two.yaml:3:7  seed: -1" in done.stderr


@pytest.mark.parametrize(
    ("more", "words", "chinese"),
    [
        ({}, ("--lang", "zh"), True),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, (), True),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, ("--lang", "en"), False),
        ({}, (), False),
    ],
)
def test_mistakes_are_told_in_the_readers_language(
    folder: Path, more: dict[str, str], words: tuple[str, ...], chinese: bool
) -> None:
    (folder / "我的.yaml").write_text("name: mine\nextends: short.yaml\nscael: 1\n" + "x: 1\n" * 25)
    done = upgrading(folder, "check", "我的.yaml", *words, **more)
    assert done.returncode == 2
    assert "我的.yaml:5:1" in done.stderr
    assert ("这个键出现了两次" in done.stderr) is chinese
    assert ("this key stands twice" in done.stderr) is not chinese
    assert ("未列出" in done.stderr) is chinese


def test_check_reads_the_evidence_too(folder: Path) -> None:
    succeed(folder, "init", "own")
    scenario = folder / "own" / "scenarios" / "mine.yaml"
    scenario.write_text("name: mine\nextends: baseline\nevidence: ../calibration/hubei\n")
    succeed(folder, "check", str(scenario))
    evidence = folder / "own" / "calibration" / "hubei"
    table = evidence / "table1_totals.csv"
    table.write_text(table.read_text().replace("2018", "20I8", 1))
    said = refuse(folder, "check", str(scenario))
    assert "table1_totals.csv:2:" in said
    assert "table1_totals.csv:2:" in refuse(folder, "run", str(scenario), "--out", "nothing")
    succeed(folder, "init", "own", "--force")
    paths = evidence / "innovation_paths.yaml"
    paths.write_text(paths.read_text().replace("grade:", "garde:", 1))
    assert "innovation_paths.yaml:" in refuse(folder, "check", str(scenario))


def test_schema_is_the_file_that_editors_use(tmp_path: Path) -> None:
    assert succeed(tmp_path, "schema") == (SCENARIOS / "schema.json").read_text()


def test_explain_lists_everything(tmp_path: Path) -> None:
    said = succeed(tmp_path, "explain")
    for name in ("rho", "talent_pool", "talent_pool.capacity", "P28", "X13", "V-naive", "theil", "climbs_4"):
        assert f"\n  {name} " in said


def test_init_copies_what_can_be_edited_and_run(folder: Path) -> None:
    said = succeed(folder, "init", "own")
    assert "evidence: ../calibration/hubei" in said
    for kind in ("scenarios", "calibration", "experiments"):
        for original in (path for path in (ROOT / kind).rglob("*") if path.is_file()):
            copy = folder / "own" / original.relative_to(ROOT)
            there, here = (path.read_bytes().splitlines() for path in (copy, original))
            differ = [line for line, other in zip(there, here, strict=True) if line != other]
            # They name the other copies, so that an edit of one of them counts.
            assert all(b": ../calibration/hubei" in line or b"../scenarios/" in line for line in differ)
            assert len(differ) == (
                copy.name in ("baseline.yaml", "budget.yaml", "liquidity.yaml", "pool.yaml", "screening.yaml")
            )
    options = ("--scale", "0.001", "--replications", "2", "--no-figures", "--quiet", "--out", "copy")
    succeed(folder, "run", "own/scenarios/talent_pool.yaml", *options)
    assert (folder / "copy" / "manifest.json").is_file()


def test_init_overwrites_nothing_silently(folder: Path) -> None:
    succeed(folder, "init", "own")
    mine = folder / "own" / "scenarios" / "baseline.yaml"
    mine.write_text("name: mine\n")
    (folder / "own" / "notes.txt").write_text("mine")
    assert "not empty" in refuse(folder, "init", "own")
    assert mine.read_text() == "name: mine\n"
    assert "is a file" in refuse(folder, "init", "short.yaml", "--force")
    said = succeed(folder, "init", "own", "--force")
    assert said.splitlines()[0] == "replaced: own/scenarios/baseline.yaml"
    assert said.count("replaced:") == 1
    assert "\nevidence: ../calibration/hubei\n" in mine.read_text()
    assert (folder / "own" / "notes.txt").read_text() == "mine"


# ---------------------------------------------------------------------------------------------------------
# the same from Python, and how little is loaded
# ---------------------------------------------------------------------------------------------------------


def python(folder: Path, program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python_offers_the_same(run: tuple[Path, str], work: Path) -> None:
    program = """if True:
        import sim
        scenario = sim.load_scenario("pool.yaml")
        results = sim.run(scenario, replications=3)
        assert isinstance(results, sim.Results) and isinstance(scenario, sim.Scenario)
        results.summary.to_csv("from_python.csv", index=False)
        comparison = sim.compare(sim.load_scenario("short.yaml"), [scenario], replications=2, doubt="none")
        assert isinstance(comparison, sim.Comparison)
        print(sorted(comparison.tables()))
        try:
            sim.load_scenario("nowhere.yaml")
        except sim.InputError as error:
            print(error.problems[0].value)
    """
    said = python(work, program)
    assert "'effects'" in said
    assert "nowhere.yaml" in said
    assert (work / "from_python.csv").read_text() == (run[0] / "summary.csv").read_text()


@pytest.mark.parametrize(
    "program",
    [
        "import sim",
        "import sys; sys.argv = ['upgrading', '--help']; from sim.command.cli import main; main()",
    ],
    ids=["import sim", "upgrading --help"],
)
def test_little_is_loaded(tmp_path: Path, program: str) -> None:
    heavy = ["numpy", "pandas", "numba", "pydantic", "matplotlib", "scipy", "pyarrow", "rich"]
    watched = f"""if True:
        import atexit, sys
        atexit.register(lambda: print([name for name in {heavy} if name in sys.modules]))
    """
    assert python(tmp_path, f"{watched}\n{program}").splitlines()[-1] == "[]"


# ---------------------------------------------------------------------------------------------------------
# Ctrl-C and kill -9
# ---------------------------------------------------------------------------------------------------------


class Running:
    """A command in progress, its progress bar drawn on a terminal that the test reads."""

    def __init__(self, folder: Path, *words: str) -> None:
        ours, theirs = pty.openpty()
        self._terminal = ours
        self.seen = ""
        with open(os.devnull, "w") as nowhere:
            self._process = Fork(folder, words, nowhere, theirs, TERM="xterm", COLUMNS="100")
        os.close(theirs)
        os.set_blocking(ours, False)

    def until(self, happens: Callable[[], bool]) -> None:
        """Read the terminal until something has happened."""
        end = time.monotonic() + PATIENCE
        while not happens():
            assert self._process.poll() is None, self.seen
            assert time.monotonic() < end, self.seen
            self._read()
            time.sleep(0.002)

    def runs_done(self) -> int:
        """How many runs the bar last told of."""
        told = [part.split("/")[0].split()[-1] for part in self.seen.split("  ") if "/" in part]
        return max((int(number) for number in told if number.isdigit()), default=0)

    def stop(self, how: signal.Signals) -> int:
        """Send a signal and return the exit code."""
        self._process.send_signal(how)
        return self._ended()

    def hang_up(self) -> int:
        """Close the terminal, as it closes by itself: with two signals; return the exit code."""
        os.close(self._terminal)
        self._terminal = os.open(os.devnull, os.O_RDONLY)
        for _ in range(2):
            self._process.send_signal(signal.SIGHUP)
            time.sleep(0.05)
        return self._ended()

    def _ended(self) -> int:
        end = time.monotonic() + PATIENCE
        while self._process.poll() is None:
            assert time.monotonic() < end, self.seen
            self._read()
            time.sleep(0.01)
        self._read()
        return self._process.returncode

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)

    def _read(self) -> None:
        with suppress(OSError):  # nothing to read now, or the other end is closed
            self.seen += os.read(self._terminal, 65536).decode(errors="replace")


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def begin(*words: str) -> Running:
        running.append(Running(folder, *words))
        return running[-1]

    yield begin
    for command in running:
        command.close()


def left_over(folder: Path) -> list[str]:
    """Names in a folder besides the scenarios written there."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".yaml")


def test_interrupt_before_anything_is_done_leaves_nothing(
    folder: Path, start: Callable[..., Running]
) -> None:
    # 8 scenarios under readings, 0.2 s or so each: Ctrl-C comes long before 2 replications of all.
    command = start("compare", "short.yaml", "pool.yaml", "--scale", "0.2", "--out", "results/new")
    command.until(lambda: command.runs_done() > 0)
    assert command.stop(signal.SIGINT) == 130
    assert "Interrupted: no results were written." in command.seen
    assert "Traceback" not in command.seen
    assert left_over(folder) == []


@pytest.mark.parametrize("words", [("run", "pool.yaml"), ("compare", "short.yaml", "pool.yaml")])
def test_interrupt_keeps_what_is_done(
    folder: Path, start: Callable[..., Running], words: tuple[str, ...]
) -> None:
    command = start(*words, "--replications", "3000", "--no-figures", "--out", "new")
    command.until(lambda: command.runs_done() >= 60)  # five readings of two scenarios: six replications
    assert command.stop(signal.SIGINT) == 130
    manifest = json.loads((folder / "new" / "manifest.json").read_text())
    assert manifest["interrupted"] is True
    done = manifest["replications"]
    assert 5 <= done < 3000
    assert f"writing the {done} finished replications" in command.seen
    assert "Traceback" not in command.seen
    assert left_over(folder) == ["new"]
    if words[0] == "run":
        assert set(pd.read_parquet(folder / "new" / "quarters.parquet")["replication"]) == set(range(done))
    else:
        assert set(pd.read_csv(folder / "new" / "effects.csv")["replications"]) == {done}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_while_writing_leaves_no_half_results(
    folder: Path, start: Callable[..., Running], how: signal.Signals
) -> None:
    command = start("run", "pool.yaml", "--replications", "1", "--out", "new")
    command.until(lambda: any(path.is_dir() for path in folder.glob(".new.*.part")))
    code = command.stop(how)
    succeed(folder, "run", "pool.yaml", "--replications", "1", "--no-figures", "--quiet", "--out", "whole")
    if (folder / "new").exists():  # the signal came after the tables were in place
        assert tables(folder / "new") == tables(folder / "whole")
        assert (folder / "new" / "manifest.json").is_file()
    if how is signal.SIGINT:
        assert code == 130
        assert left_over(folder) in (["whole"], ["new", "whole"])
        told = "the tables are complete" if (folder / "new").exists() else "no results were written"
        assert told in command.seen
    else:
        assert code == -signal.SIGKILL


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_while_drawing_keeps_the_tables(
    comparison: tuple[Path, str], work: Path, folder: Path, start: Callable[..., Running], how: signal.Signals
) -> None:
    command = start(
        "compare", "short.yaml", "pool.yaml", "grants.yaml", "--response", "--out", "new", "--lang", "en"
    )
    command.until(lambda: (folder / "new" / "figures" / "ranking.png").exists())
    assert command.stop(how) == (130 if how is signal.SIGINT else -signal.SIGKILL)
    assert tables(folder / "new") == tables(comparison[0])
    assert (folder / "new" / "manifest.json").is_file()
    assert (folder / "new" / "report.md").read_bytes() == (comparison[0] / "report.md").read_bytes()
    drawn = {path.name: path.read_bytes() for path in (folder / "new" / "figures").glob("[!.]*")}
    whole = {path.name: path.read_bytes() for path in (comparison[0] / "figures").iterdir()}
    assert len(drawn) < len(whole)
    assert all(whole[name] == content for name, content in drawn.items()), "each whole or not there"
    if how is signal.SIGINT:
        assert "the tables are complete" in command.seen
        assert left_over(folder) == ["new"]
        assert not list((folder / "new").rglob(".*"))


def test_terminal_shows_rate_and_time_left(start: Callable[..., Running]) -> None:
    command = start("run", "short.yaml", "--replications", "3000", "--no-figures", "--out", "new")
    command.until(lambda: "/s" in command.seen and "left" in command.seen)
    assert "/3000" in command.seen


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path: Path) -> None:
    """Shells leave it alone in ``--out=~/x``."""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    (home / "mine.yaml").write_text("name: mine\n")
    tilde = {"HOME": str(home), "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", "")}
    assert "ok" in succeed(work, "check", "~/mine.yaml", **tilde)
    succeed(work, "init", "~/own", **tilde)
    assert (home / "own" / "scenarios" / "baseline.yaml").is_file()
    (home / "taken").mkdir()
    (home / "taken" / "notes.txt").write_text("mine")
    given = "--out=~/taken"
    for command in (
        ["run", "~/mine.yaml"],
        ["compare", "~/mine.yaml", "baseline"],
        ["calibrate", "~/own/calibration/hubei"],
    ):
        done = upgrading(work, *command, given, **tilde)
        assert done.returncode == 2
        assert str(home / "taken") in done.stderr, "the folder that is meant"
    assert not list(work.iterdir()), "nothing lies under a folder called ~"


def test_every_path_of_a_command_knows_the_home_folder() -> None:
    """A path is what a help text calls a file or a folder."""
    from sim.command import cli

    parsers = {}
    for command in cli.app.registered_commands:
        assert command.callback is not None
        for name, hint in get_type_hints(command.callback, include_extras=True).items():
            for given in getattr(hint, "__metadata__", ()):
                if (
                    re.search(r"[Ff]iles?|[Ff]older|likewise|results go", given.help)
                    and hint.__origin__ is not bool
                ):
                    parsers[command.callback.__name__, name] = given.parser
    assert len(parsers) > 10
    assert set(parsers.values()) == {cli.from_home, cli.at_home}, parsers
