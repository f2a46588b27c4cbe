"""The end of a command: whatever a figure or report raises, every table is there and the rest is made."""

import json
import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from sim.command import cli
from sim.command.conclusion import concluding
from sim.command.options import How
from sim.show.attempts import attempted
from sim.show.figures.study_all import FIGURES as STUDY_FIGURES
from sim.words import Words
from tests.unit.show.test_show_calibration import Stub, calibration, evidence  # noqa: F401

SHORT = """
name: short
extends: baseline
horizon: {start: 2021Q1, end: 2021Q2}
scale: 0.002
replications: 2
"""
POLICIES = {
    "pool": "levers: {talent_pool: {start: 2021Q1, share_of_budget: 100 %}}",
    "grants": "levers: {rd_subsidy: {start: 2021Q1, share_of_budget: 100 %}}",
}
STUDY = """
name: study
scenarios: [short.yaml, pool.yaml, grants.yaml]
uncertainties: {rho: {choices: [0.8, 0.9]}}
design: {method: grid}
replications: 8
"""
RUN = (("run", "short.yaml"), "sim.show.figures.all.draw_ladder", "ladder", {"talent"}, set())
COMPARE = (
    ("compare", "short.yaml", "pool.yaml", "grants.yaml", "--doubt", "none"),
    "sim.show.figures.all.draw_ranking",
    "ranking",
    {"paths_climbs", "map_V-selective"},  # in two quarters all readings are alike
    {"report.md"},
)
SWEEP = (("sweep", "study.yaml"), "best", "best", {"responses"}, {"report.md", "report.html"})
CALIBRATE = (
    ("calibrate", "mine"),
    "table5",
    "table5",
    {"answers", "refit", "scorecard", "history", "stars"},
    {"report.md", "report.html"},
)


PLAIN = ("compare", "short.yaml", "pool.yaml", "--doubt", "none", "--lang", "en")


def write_files(place: Path) -> None:
    """Write what is asked into a folder."""
    (place / "short.yaml").write_text(SHORT)
    for name, lever in POLICIES.items():
        (place / f"{name}.yaml").write_text(f"name: {name}\nextends: short.yaml\n{lever}\n")
    (place / "study.yaml").write_text(STUDY)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run a command in this process; return its exit code."""

    def leave(code: int) -> None:
        raise SystemExit(code)

    for module in ("terminal", "conclusion", "conduct", "studies"):
        monkeypatch.setattr(f"sim.command.{module}.leave", leave)
    monkeypatch.setattr("sys.argv", ["upgrading", *words, "--out", "out"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


def breaks(*_: object) -> None:
    raise ValueError("no room\nfor axes")


def break_figure(monkeypatch: pytest.MonkeyPatch, figure: str) -> None:
    from sim.show.pages import calibration as on_calibration

    if "." in figure:
        monkeypatch.setattr(figure, breaks)
        return
    monkeypatch.setitem(STUDY_FIGURES if figure == "best" else on_calibration._DRAWN, figure, breaks)


def tables_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".csv", ".parquet")}


@pytest.mark.usefixtures("evidence")
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("words", "broken", "name", "others", "reports"), [RUN, COMPARE, SWEEP, CALIBRATE])
def test_a_figure_that_throws_costs_itself(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    broken: str,
    name: str,
    others: set[str],
    reports: set[str],
    lang: str,
) -> None:
    stub = Stub()
    monkeypatch.setattr("sim.analysis.record.calibrate.calibrate", stub.calibrate)
    monkeypatch.setattr("sim.analysis.record.calibrate.write_derived", stub.write_derived)
    break_figure(monkeypatch, broken)
    assert command(monkeypatch, *words, "--lang", lang) == 1
    told, said = capsys.readouterr()
    reason = f"figures/{name}{'（' if lang == 'zh' else ' ('}ValueError: no room for axes"
    (line,) = [line for line in said.splitlines() if "ValueError" in line]
    assert reason in line
    assert ("表格不受影响" if lang == "zh" else "tables are complete") in line
    assert "Traceback" not in said
    assert ("结果：" if lang == "zh" else "Results: ") in told
    assert len(told.splitlines()) > 8, "the answer is printed"
    out = folder / "out"
    drawn = {path.stem for path in (out / "figures").iterdir()}
    assert others <= drawn
    assert name not in drawn
    assert reports <= {path.name for path in out.iterdir()}
    for report in reports:
        text = (out / report).read_text(encoding="utf-8")
        assert f"{name}.png" not in text
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    for table, content in manifest["tables"].items():
        found = [out / f"{table}{end}" for end in (".csv", ".parquet")]
        path = next(path for path in found if path.exists())
        frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        assert len(frame) == content["rows"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tables of a comparison that is not disturbed."""
    place = tmp_path_factory.mktemp("whole")
    write_files(place)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert command(patch, *PLAIN, "--no-figures") == 0
    return tables_in(place / "out")


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("sim.show.pages.comparison.comparison_markdown", "report.md"),
        ("sim.show.tables.printing.print_comparison", "the printed answer"),
        ("sim.show.figures.canvas.register_fonts", "figures"),
    ],
)
def test_whatever_throws_costs_no_table(
    whole: dict[str, bytes],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    broken: str,
    named: str,
) -> None:
    monkeypatch.setattr(broken, breaks)
    assert command(monkeypatch, *PLAIN) == 1
    assert f"Could not be made: {named} (ValueError: no room for axes)." in capsys.readouterr().err
    assert tables_in(folder / "out") == whole
    made = {path.name for path in (folder / "out").iterdir()}
    assert ("report.md" in made) == (named != "report.md")
    assert ("figures" in made) == (named != "figures")


def test_nothing_of_an_earlier_state_of_a_study_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "sweep", "study.yaml", "--lang", "en") == 0
    assert (folder / "out" / "figures" / "best.png").exists()
    break_figure(monkeypatch, "best")
    monkeypatch.setattr("sim.show.pages.study.study_markdown", breaks)
    assert command(monkeypatch, "sweep", "study.yaml", "--resume", "--lang", "en") == 1
    assert not (folder / "out" / "figures" / "best.png").exists()
    assert not list((folder / "out").glob("report.*"))
    assert (folder / "out" / "summary.csv").exists()
    assert "report.md (ValueError" in capsys.readouterr().err


# --- Ctrl-C ---------------------------------------------------------------------------------------------------


def disguised() -> None:
    """A Ctrl-C that a library turns into an exception of its own."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise ImportError("a riddle") from None


def test_ctrl_c_is_no_failed_figure() -> None:
    told: list[str] = []

    def draw() -> None:
        with attempted("figures", lambda name, _: told.append(name)):
            with attempted("figures/ranking", lambda name, _: told.append(name)):
                disguised()
            told.append("the next figure")

    with pytest.raises(KeyboardInterrupt):
        draw()
    assert not told
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "已中断：表格已全部写好"), ("en", "Interrupted: the tables are complete")]
)
def test_after_ctrl_c_the_tables_are_kept_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lang: str, words: str
) -> None:
    codes: list[int] = []
    monkeypatch.setattr("sim.command.conclusion.leave", codes.append)
    with concluding(Path("results/x"), How(Words(lang))):
        raise KeyboardInterrupt
    assert codes == [130]
    said = capsys.readouterr().err
    assert words in said
    assert "results/x" in said


def test_a_complete_end_leaves_with_nothing_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    with concluding(Path("results/x"), How(Words("en"))) as conclusion, conclusion.attempt("figures"):
        pass
    assert conclusion.complete
    assert capsys.readouterr() == ("", "")
