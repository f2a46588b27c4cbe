"""Commands as a person runs them: in their own process, from another folder.

A short command spends most of its time loading libraries, the compiled model and Hubei's evidence. So one process
loads them once, and every command is a fork of it: it has its own folder, environment, signals and exit code, and ends
like any process. `afresh` starts a new Python where that matters.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = (sys.executable, "-m", "sim")
#: Seconds, time to compile the model included: a command that hangs fails its test and does not hang it.
PATIENCE = 400
#: Names the socket at which `program` asks for a fork.
DOOR = "TESTS_COMMANDS_DOOR"
#: What a fork cannot take over from its environment, because Python reads it when it starts.
READ_AT_START = ("PYTHON",)


def environment(**more: str) -> dict[str, str]:
    """The user's own, so that the compiled model is found; in English, and with this checkout's program."""
    plain = {name: value for name, value in os.environ.items() if name not in ("LC_MESSAGES", "LANGUAGE")}
    return {**plain, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), **more}


class Fork:
    """A command at work in a process that was forked off; used like `subprocess.Popen`."""

    def __init__(
        self, folder: Path, words: Sequence[object], stdout: int | IO[str], stderr: int | IO[str], **more: str
    ) -> None:
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(_door())
        order = {
            "folder": str(folder),
            "words": [str(word) for word in words],
            "environment": environment(**more),
        }
        streams = [stream if isinstance(stream, int) else stream.fileno() for stream in (stdout, stderr)]
        self._told = self._server.makefile()
        socket.send_fds(self._server, [json.dumps(order).encode() + b"\n"], streams)
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, minus the signal that ended it, or None while it runs."""
        return self._code(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code."""
        code = self._code(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _code(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._server], [], [], timeout)[0]:
            self.returncode = int(self._told.readline())
            self._told.close()
            self._server.close()
        return self.returncode


def upgrading(folder: Path, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder and wait for its end."""
    if any(name.startswith(READ_AT_START) for name in more):
        return afresh(folder, *words, **more)
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        command = Fork(folder, words, stdout, stderr, **more)
        try:
            code = command.wait(PATIENCE)
        finally:
            command.kill()
        said = []
        for stream in (stdout, stderr):
            stream.seek(0)
            said.append(stream.read())
    return subprocess.CompletedProcess(list(map(str, words)), code, *said)


def afresh(folder: Path, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a Python that starts anew, as a shell does."""
    return subprocess.run(
        [*PROGRAM, *map(str, words)],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def succeed(folder: Path, *words: object, **more: str) -> str:
    """Run a command that must succeed; return what it printed."""
    done = upgrading(folder, *words, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refuse(folder: Path, *words: object) -> str:
    """Run a command that must be refused without a traceback and without a trace; return what it said."""
    before = sorted(folder.rglob("*"))
    done = upgrading(folder, *words)
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert sorted(folder.rglob("*")) == before, "a refused command writes nothing"
    return done.stderr


# ---------------------------------------------------------------------------------------------------------
# The process that commands are forked off
# ---------------------------------------------------------------------------------------------------------


def program(path: Path) -> None:
    """Write a program that does what `upgrading` does, to be started by a shell."""
    ask = f"{DOOR}={_door()} {sys.executable} -S {Path(__file__).resolve()}"
    path.write_text(f'#!/bin/sh\n{ask} "$@"\n')
    path.chmod(0o755)


@lru_cache(maxsize=1)
def _door() -> str:
    """Start the process that forks, unless there is one; return the socket at which it can be asked."""
    if DOOR in os.environ:
        return os.environ[DOOR]
    folder = tempfile.TemporaryDirectory()
    door = str(Path(folder.name) / "door")
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.commands", door], cwd=ROOT, env=environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert server.stdin is not None
    assert server.stdout is not None
    atexit.register(folder.cleanup)
    atexit.register(server.wait)
    atexit.register(server.stdin.close)  # first of the three: it ends when nobody can ask any more
    assert server.stdout.readline() == b"ready\n"
    return door


def _load() -> None:
    """Load what commands need: every room but the browser page's, and a quarter of Hubei."""
    import sim

    for room in pkgutil.walk_packages(sim.__path__, "sim."):
        if not room.name.startswith(("sim.browser", "sim.__main__", "sim._bundled")):
            import_module(room.name)
    from sim.runs.run import compiled_of, simulate
    from sim.world.scenario import load_scenario

    simulate(compiled_of(load_scenario("baseline", scale=0.001)), seed=1, replication=0)


def _serve(path: str) -> bool:
    """Fork for everybody who asks; return True in the forks, which are to run their command, and False at the end."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        print("ready", flush=True)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who wait for a command leave no trace
        while True:
            ready, _, _ = select.select([door, sys.stdin], [], [])
            if sys.stdin in ready:
                return False
            asked, _ = door.accept()
            if os.fork() == 0:
                break
            asked.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return _take(asked)


def _take(asked: socket.socket) -> bool:
    """Take an order, fork once more for the command, and say its number and how it ended."""
    order, streams = b"", list[int]()
    while not order.endswith(b"\n"):
        part, more, _, _ = socket.recv_fds(asked, 1 << 16, 2)
        order, streams = order + part, streams + list(more)
    if pid := os.fork():
        for stream in streams:
            os.close(stream)
        asked.sendall(f"{pid}\n".encode())
        asked.sendall(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
        os._exit(0)
    asked.close()
    for number, stream in enumerate((os.open(os.devnull, os.O_RDONLY), *streams)):
        os.dup2(stream, number)
        os.close(stream)
    # What Python knows of its streams, such as whether they are a terminal, it learns when it opens them.
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    said = json.loads(order)
    os.chdir(said["folder"])
    os.environ.clear()
    os.environ.update(said["environment"])
    sys.argv = ["upgrading", *said["words"]]
    sys.path[0] = said["folder"]  # as `python -m` has it
    time.tzset()
    return True


def _run() -> int:
    """Run the command as Python would, and return its exit code."""
    from sim.command.cli import main

    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _main() -> None:
    if DOOR in os.environ:  # a shell started `program`
        sys.exit(Fork(Path.cwd(), sys.argv[1:], sys.stdout, sys.stderr, **os.environ).wait())
    _load()
    gc.collect()
    gc.freeze()  # what is loaded stays: no fork looks through it again
    if not _serve(sys.argv[1]):
        return
    code = _run()
    threading._shutdown()
    atexit._run_exitfuncs()
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(code)  # a Python that ends would take every module apart besides, which takes a second


if __name__ == "__main__":
    _main()
