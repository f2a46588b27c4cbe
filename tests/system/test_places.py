"""Where the program is installed, how file names are written there, and where it may write."""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from sim.analysis.studies.responses import read_outcomes
from sim.evidence.survey_file import _table
from sim.runs.ledger import Finished, Ledger, Run
from sim.runs.results import read_parquet, write_parquet

ROOT = Path(__file__).resolve().parents[2]
CHINESE = "湖北 产业升级"
#: Nine bytes in UTF-8: no pairs, so a locale of two-byte characters cannot read the name.
ODD = "产业升"
#: What Python makes of any locale whose encoding does not know Chinese names in UTF-8; needs no locale installed.
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ENCODINGS = {"C": {"LC_ALL": "C"}, "UTF-8": {"LC_ALL": "C.UTF-8"}, "ASCII": ASCII}


def python(*words: str, folder: Path, program: str = sys.executable, **settings: str):
    """Run Python in a folder, with nothing of this test's environment that could help."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))
    }
    return subprocess.run(
        [program, *words],
        cwd=folder,
        env=kept | settings,
        capture_output=True,
        check=False,
        timeout=400,
    )


def copy_of_the_program(folder: Path) -> Path:
    """Lay the checkout out in a folder, as a clone would."""
    for name in ("sim", "scenarios", "calibration", "experiments"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "Makefile"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.mark.parametrize("locale", ENCODINGS)
def test_a_folder_with_a_name_that_cannot_be_read_is_told_with_what_to_do(tmp_path, locale):
    folder = copy_of_the_program(tmp_path / ODD)
    settings = ENCODINGS[locale] | {"PYTHONPATH": str(folder)}
    done = python("-m", "sim", "check", "baseline", folder=tmp_path, **settings)
    if locale != "ASCII":
        assert done.returncode == 0, done.stderr.decode()
        return
    assert done.returncode == 2
    said = done.stderr.decode()
    assert "Set PYTHONUTF8=1 and run again" in said
    assert "Traceback" not in said
    assert said.count("\n") == 1
    done = python("-m", "sim", "check", "baseline", folder=tmp_path, **settings | {"PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("word", ["--out", "scenario"])
def test_an_argument_that_cannot_be_read_is_told_too(tmp_path, word):
    words = {"--out": ("run", "baseline", "--out", ODD), "scenario": ("check", f"{ODD}.yaml")}[word]
    done = python("-m", "sim", *words, folder=tmp_path, PYTHONPATH=str(ROOT), **ASCII)
    assert done.returncode == 2
    assert "Set PYTHONUTF8=1 and run again" in done.stderr.decode()
    assert list(tmp_path.iterdir()) == []


def test_tables_are_written_and_read_under_a_name_that_is_no_utf8(tmp_path):
    folder = tmp_path / os.fsdecode(CHINESE.encode("gbk"))
    folder.mkdir()
    frame = pd.DataFrame({"metric": ["climbs", "exits"], "value": [1.5, 2.0]})
    write_parquet(frame, folder / "table.parquet")
    pd.testing.assert_frame_equal(read_parquet(folder / "table.parquet").to_pandas(), frame)
    (folder / "survey.csv").write_text("x1,y,weight\n0,1,2.5\n1,0,3\n")
    assert _table(folder / "survey.csv", ("x1", "y", "weight"), (2,)).tolist() == [[0, 1, 2.5], [1, 0, 3]]


def test_a_ledger_is_kept_under_a_name_that_is_no_utf8(tmp_path):
    ledger = Ledger(tmp_path / os.fsdecode(CHINESE.encode("gbk")), "identity", ("y",))
    runs = [Run(0, "baseline", replication, f"{replication:032}") for replication in range(2)]
    ledger.add(0, [Finished(runs[0], (1.5,)), Finished(runs[1], None, "it failed")])
    ledger.check([runs])
    assert [failed.error for _, failed in ledger.failures()] == ["it failed"]
    table = ledger.write_table([runs])
    values = read_outcomes(table, 1, ["baseline"], 2, ["y"])
    assert values[0, 0, 0, 0] == 1.5
    assert math.isnan(values[0, 0, 1, 0])


@pytest.mark.slow
@pytest.mark.parametrize("name", [CHINESE, ODD])
def test_what_make_installs_starts_in_every_locale(tmp_path, name):
    folder = copy_of_the_program(tmp_path / name)
    # Stands for pip, which would fetch a hundred packages: it leaves what pip leaves.
    pip = (
        "import pathlib, site; "
        "pathlib.Path(site.getsitepackages()[0], '_editable_impl_industrial_upgrading.pth')"
        f".write_text({str(folder)!r}, encoding='utf-8') #"
    )
    made = subprocess.run(
        ["make", "view", f"PYTHON={sys.executable}", f'PIP=$(BIN)/python -c "{pip}"', "BIN=.venv/bin"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert (folder / ".venv" / "bin" / "python").exists(), made.stderr
    for locale, settings in ENCODINGS.items():
        own = str(folder / ".venv" / "bin" / "python")
        done = python("-c", "import sim.errors; print('here')", folder=tmp_path, program=own, **settings)
        assert done.stdout == b"here\n", (locale, done.stderr.decode())


def test_a_cache_that_cannot_be_written_is_told_by_who_is_asked_to_fill_it(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    settings = {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = python("-m", "sim", "warmup", folder=tmp_path, NUMBA_CACHE_DIR="", **settings)
    assert done.returncode == 2
    said = done.stderr.decode()
    assert said.count("\n") == 1
    assert str(tmp_path / "cache") in said
    assert "Not a directory" in said
    assert "XDG_CACHE_HOME" in said


@pytest.mark.slow
def test_an_interrupted_compilation_is_announced_again(tmp_path):
    settings = {
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        "XDG_CACHE_HOME": str(tmp_path),
        "NUMBA_CACHE_DIR": "",
    }
    program = subprocess.Popen(
        [sys.executable, "-m", "sim", "warmup"],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while program.poll() is None and next(tmp_path.rglob("*.nbi"), None) is None:
        time.sleep(0.05)
    program.send_signal(signal.SIGINT)
    _, said = program.communicate(timeout=400)
    assert program.returncode == 130
    assert "compiling the model" in said.decode()
    assert next(tmp_path.rglob("*.nbi"), None) is not None
    asked = (
        "from sim.command.terminal import announce_compilation as announce; from sim.words import Words; "
        "print(announce(Words('en'), quiet=False))"
    )
    done = python("-c", asked, folder=tmp_path, **settings)
    assert done.stdout == b"True\n"
    assert "compiling the model" in done.stderr.decode()


def test_figures_need_no_home_and_say_nothing_about_it(tmp_path):
    settings = {
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        "HOME": "/proc",
        "XDG_CACHE_HOME": "",
        "MPLCONFIGDIR": "",
    }
    done = python("-c", "import sim.show.figures.canvas; print('drawn')", folder=tmp_path, **settings)
    assert (done.stdout, done.stderr) == (b"drawn\n", b"")
