"""What a machine can do to a command: signals, little memory, a full disk, damaged files, another process."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.commands import PATIENCE, PROGRAM, environment, upgrading
from tests.system.test_cli import Running, folder, start
from tests.system.test_studies import asked, call, shards, tables, undisturbed

__all__ = ["asked", "folder", "start", "undisturbed"]  # fixtures

RUN = ("run", "pool.yaml", "--no-figures")


COMPARE = ("compare", "short.yaml", "pool.yaml", "--doubt", "none", "--no-figures")


@pytest.mark.parametrize(
    ("words", "how"), [(RUN, signal.SIGTERM), (RUN, signal.SIGHUP), (COMPARE, signal.SIGTERM)]
)
def test_signals_that_end_a_command_keep_what_is_done(
    folder: Path, start: Callable[..., Running], words: tuple[str, ...], how: signal.Signals
) -> None:
    command = start(*words, "--replications", "3000", "--out", "new")
    command.until(lambda: command.runs_done() >= 40)
    assert command.stop(how) == 128 + how
    manifest = json.loads((folder / "new" / "manifest.json").read_text())
    assert manifest["interrupted"] is True
    assert f"writing the {manifest['replications']} finished replications" in command.seen
    assert "Traceback" not in command.seen


def test_a_terminal_that_closes_costs_nothing(folder: Path, start: Callable[..., Running]) -> None:
    """It sends SIGHUP twice, and nothing can be written to it any more."""
    command = start(*RUN, "--replications", "3000", "--out", "new")
    command.until(lambda: command.runs_done() >= 40)
    assert command.hang_up() == 128 + signal.SIGHUP
    assert json.loads((folder / "new" / "manifest.json").read_text())["replications"] >= 40


def test_a_signal_that_ends_a_study_keeps_its_runs(
    asked: Path, undisturbed: Path, start: Callable[..., Running], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ("sweep", str(asked), "--out", str(out), "--no-figures", "--workers", "1")
    command = start(*words)
    command.until(lambda: shards(out) >= 2)
    assert command.stop(signal.SIGTERM) == 128 + signal.SIGTERM
    assert "--resume" in command.seen
    assert "Traceback" not in command.seen
    assert set(pd.read_parquet(out / "runs" / "runs.parquet")["state"]) == {"succeeded", "pending"}
    call(*words, "--resume")
    assert tables(out) == tables(undisturbed)


def limiting(megabytes: int, kind: int = resource.RLIMIT_AS) -> Callable[[], None]:
    """Limit the memory of a process; called in it before it starts. An abort leaves no core."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(kind, (megabytes << 20, megabytes << 20))

    return limit


def limited(
    folder: Path, megabytes: int, *words: str, kind: int = resource.RLIMIT_AS
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words],
        cwd=folder,
        env=environment(),
        preexec_fn=limiting(megabytes, kind),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    ("limit", "kind", "megabytes"),
    [
        *(("ulimit -v", resource.RLIMIT_AS, megabytes) for megabytes in (150, 200, 400, 800, 1000)),
        *(("ulimit -d", resource.RLIMIT_DATA, megabytes) for megabytes in (100, 300)),
    ],
)
def test_a_command_with_too_little_memory_ends_with_a_sentence(
    folder: Path, asked: Path, limit: str, kind: int, megabytes: int
) -> None:
    for words in (RUN, ("sweep", str(asked))):
        done = limited(folder, megabytes, *words, "--out", "new", kind=kind)
        assert done.returncode == 1
        (said,) = done.stderr.splitlines()
        assert said.startswith(limit)
        assert not (folder / "new").exists()


@pytest.mark.parametrize("megabytes", [2000, 2200])
def test_memory_that_is_refused_to_a_run_ends_with_a_sentence(folder: Path, megabytes: int) -> None:
    """Enough to begin with; sixteen provinces of all firms take more. Which library is refused differs by limit."""
    size = ("--scale", "1", "--replications", "16", "--workers", "16")
    done = limited(folder, megabytes, *RUN, *size, "--out", "new")
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1].startswith("Not enough memory")
    assert "Traceback" not in done.stderr
    assert not (folder / "new").exists()


#: A command that tells its process, and then does what it was asked.
PLAIN = """
import ctypes, os, signal, sys, time
from sim.command import cli
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
signal.signal(signal.SIGHUP, signal.SIG_DFL)
def app():
    print(os.getpid(), flush=True)
    exec(sys.argv[1])
cli.app = app
cli.main()
"""
#: Enough to begin with on many processors.
UNDER_A_LIMIT = limiting(4000)


def plain(
    what: str, prepare: Callable[[], None] | None = UNDER_A_LIMIT, **more: bool
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PLAIN, what],
        env=environment(),
        preexec_fn=prepare,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


@pytest.mark.parametrize(
    "how",
    [
        *(f"os.kill(os.getpid(), signal.{name})" for name in ("SIGABRT", "SIGSEGV", "SIGBUS")),
        "ctypes.CDLL(None).exit(1)",
    ],
)
def test_a_library_that_ends_a_command_under_a_limit_of_memory_leaves_a_sentence(how: str) -> None:
    command = plain(how)
    _, said = command.communicate(timeout=PATIENCE)
    assert command.returncode == 1
    assert said.startswith("Not enough memory: a library")


def test_without_a_limit_of_memory_an_abort_stays_one() -> None:
    command = plain("signal.raise_signal(signal.SIGBUS)", prepare=None)
    _, said = command.communicate(timeout=PATIENCE)
    assert (command.returncode, said) == (-signal.SIGBUS, "")


@pytest.mark.parametrize(
    ("what", "code"), [("sys.exit(2)", 2), ("pass", 0), ("1 / 0", 1), ("os.kill(os.getpid(), 9)", 137)]
)
def test_a_limit_of_memory_changes_no_other_exit_code(what: str, code: int) -> None:
    command = plain(what)
    _, said = command.communicate(timeout=PATIENCE)
    assert command.returncode == code
    assert "Not enough" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_reach_a_command_under_a_limit_of_memory(number: signal.Signals) -> None:
    command = plain("time.sleep(1000)")
    assert command.stdout is not None
    assert int(command.stdout.readline()) != command.pid
    command.send_signal(number)
    assert command.wait(PATIENCE) == 128 + number
    command.communicate()


def test_a_command_under_a_limit_of_memory_is_killed_as_a_whole() -> None:
    command = plain("time.sleep(1000)")
    assert command.stdout is not None
    command.stdout.readline()
    command.kill()
    command.communicate(timeout=60)  # until nobody can write any more


def test_ctrl_c_at_a_terminal_reaches_a_command_under_a_limit_of_memory_once() -> None:
    """The terminal itself sends it to all processes in its foreground."""
    patient = "\n".join(
        [
            *("try:", " print('asleep', flush=True)", " time.sleep(1000)"),
            *("except KeyboardInterrupt:", " time.sleep(0.5)", " print('once')"),
        ]
    )
    ours, theirs = pty.openpty()

    def prepare() -> None:
        UNDER_A_LIMIT()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    command = plain(patient, prepare, start_new_session=True)
    assert command.stdout is not None
    while command.stdout.readline() != "asleep\n":
        pass
    os.write(ours, b"\x03")
    said, _ = command.communicate(timeout=60)
    assert (command.returncode, said) == (0, "once\n")
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (("run", "pool.yaml"), "summary.csv"),
        (("compare", "short.yaml", "pool.yaml", "--doubt", "none"), "summary.csv"),
        (("sweep", "few.yaml"), "summary.csv"),
        (("explain",), None),
    ],
)
@pytest.mark.parametrize("full", [True, False], ids=["full", "closed"])
def test_output_that_cannot_be_printed_costs_no_result(
    folder: Path, asked: Path, words: tuple[str, ...], file: str | None, full: bool
) -> None:
    (folder / "few.yaml").write_text(asked.read_text().replace("size: 50", "size: 3"))
    where = ("--no-figures", "--out", "new") if file else ()
    reading, writing = os.pipe()
    os.close(reading)
    with open("/dev/full" if full else writing, "w") as nowhere:
        done = subprocess.run(
            [*PROGRAM, *words, *where],
            cwd=folder,
            env=environment(),
            stdout=nowhere,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    if file:
        last = done.stderr.splitlines()[-1]
        assert last.startswith("Nothing more could be printed")
        assert last.endswith("new")
        assert (folder / "new" / file).is_file()


def test_two_commands_that_end_in_one_folder_lose_nothing(
    folder: Path, start: Callable[..., Running]
) -> None:
    slow = start(*RUN, "--replications", "3000", "--out", "new")
    slow.until(lambda: slow.runs_done() >= 40)
    assert upgrading(folder, *RUN, "--out", "new").returncode == 0
    assert slow.stop(signal.SIGINT) == 2
    assert "another process put results there" in slow.seen
    assert "new-2" in slow.seen
    assert json.loads((folder / "new" / "manifest.json").read_text())["replications"] == 3
    assert json.loads((folder / "new-2" / "manifest.json").read_text())["replications"] >= 40


def test_a_study_that_was_damaged_everywhere_is_resumed_to_the_same_bytes(
    asked: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(undisturbed, tmp_path / "out")
    runs = out / "runs" / "runs"
    flipped, cut, copied, emptied = sorted(runs.iterdir())[:4]
    flipped.write_bytes(flipped.read_bytes()[:200] + b"\xff" + flipped.read_bytes()[201:])
    cut.write_bytes(cut.read_bytes()[:-9])
    shutil.copy(copied, runs / "batch-000003 (copy).parquet")
    emptied.write_bytes(b"")
    (out / "runs" / "ledger.json").write_bytes(b"")
    (out / "manifest.json").unlink()
    words = ("sweep", asked, "--out", out, "--no-figures", "--workers", "1")
    assert "--resume" in call(*words, code=2).stderr
    said = call(*words, "--resume", "--lang", "en").stderr
    for told in (
        "manifest.json: was missing or damaged; rebuilt",
        "runs/ledger.json: was missing or damaged; rebuilt",
        f"runs/{flipped.name}: damaged; moved to aside/ and run again",
        f"runs/{cut.name}: damaged; moved to aside/ and run again",
        f"runs/{emptied.name}: damaged; moved to aside/ and run again",
        "runs/batch-000003 (copy).parquet: not a file of this study; moved to aside/",
    ):
        assert told in said
    assert tables(out) == tables(undisturbed)
    assert json.loads((out / "manifest.json").read_text())["finished"]


def test_a_study_of_another_experiment_is_refused_with_a_way_to_go_on(
    asked: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """Its manifest was lost: the runs say whose they are."""
    out = shutil.copytree(undisturbed, tmp_path / "out")
    (out / "manifest.json").unlink()
    before = tables(out)
    said = call("sweep", asked, "--out", out, "--no-figures", "--resume", "--seed", "5", code=2).stderr
    assert "another --out" in said
    assert "--force" not in said
    assert tables(out) == before
    assert not (out / "manifest.json").exists()


def test_a_cluster_without_an_address_is_not_this_machine(asked: Path, tmp_path: Path) -> None:
    said = call("sweep", asked, "--out", tmp_path / "out", "--cluster", "", code=2).stderr
    assert "no address of a scheduler" in said
    assert not (tmp_path / "out").exists()
