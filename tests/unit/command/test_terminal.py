"""What commands say while they work."""

from __future__ import annotations

import errno
import signal
import sys

import pytest

from sim import interrupts
from sim.command import progress, terminal
from sim.errors import InputError, Message, Problem
from sim.show.tables.plaintext import table, width
from sim.words import Words


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "ZH_tw"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE", "LC_MESSAGES": "zh_CN"}, "zh"),
        ({"LANG": "zh_CN", "LC_ALL": ""}, "zh"),
    ],
)
def test_language_of_the_locale(environment, lang):
    assert terminal.default_language(environment) == lang


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0:00"), (7, "0:07"), (59.7, "1:00"), (750, "12:30"), (11100, "3:05:00")],
)
def test_duration(seconds, text):
    assert progress.duration(seconds) == text


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_meter_elsewhere_than_on_a_terminal(capsys):
    clock = Clock()
    with progress.Meter(Words("en"), quiet=False, clock=clock) as meter:
        clock.now += 60  # the model is compiled: no part of the pace
        meter(1, 41)
        for done in range(2, 42):
            clock.now += 1
            meter(done, 41)
        clock.now += 1
        meter(1, 5)  # another round
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "runs 1/41",
        "runs 11/41, 1/s  0:30 left",
        "runs 21/41, 1/s  0:20 left",
        "runs 31/41, 1/s  0:10 left",
        "runs 41/41, 1/s  0:00 left",
        "runs: 42, in 1:41",
    ]


def test_quiet_meter(capsys):
    clock = Clock()
    with progress.Meter(Words("en"), quiet=True, clock=clock) as meter:
        clock.now += 1000
        meter(1, 2)
    assert capsys.readouterr() == ("", "")


def test_compilation_is_announced_until_all_of_it_is_done(monkeypatch, capsys):
    monkeypatch.setattr("sim.files.folders.kernels_kept", lambda: False)
    monkeypatch.setattr("sim.files.folders.kernel_cache_trouble", lambda: None)
    assert terminal.announce_compilation(Words("en"), quiet=False)
    assert "compiling the model, about a minute, only once" in capsys.readouterr().err
    assert terminal.announce_compilation(Words("en"), quiet=True)
    assert not capsys.readouterr().err
    monkeypatch.setattr("sim.files.folders.kernels_kept", lambda: True)
    assert not terminal.announce_compilation(Words("en"), quiet=False)
    assert not capsys.readouterr().err


def test_a_compilation_that_cannot_be_kept_promises_nothing(monkeypatch, capsys):
    monkeypatch.setattr("sim.files.folders.kernels_kept", lambda: False)
    monkeypatch.setattr(
        "sim.files.folders.kernel_cache_trouble", lambda: "/home/li/.cache: Read-only file system"
    )
    assert terminal.announce_compilation(Words("en"), quiet=False)
    said = capsys.readouterr().err
    assert "only once" not in said
    assert "every command compiles it again: /home/li/.cache: Read-only file system" in said
    assert "XDG_CACHE_HOME" in said
    assert terminal.announce_compilation(Words("zh"), quiet=False)
    said = capsys.readouterr().err
    assert "只此一次" not in said
    assert "每条命令都要重新编译" in said


def test_wrong_input_is_a_message_and_exit_code_2(capsys):
    with pytest.raises(SystemExit) as end, terminal.for_people():
        raise InputError(Problem(Message("errors.quoted", text="too large"), key="--scale", value="2"))
    assert end.value.code == 2
    assert capsys.readouterr().err == "--scale: 2\n    too large\n"


@pytest.mark.parametrize(
    ("lang", "rest"), [("zh_CN.UTF-8", "……另有 80 处错误未列出。"), ("C", "... and 80 more.")]
)
def test_a_hundred_mistakes_are_counted_and_twenty_printed(capsys, monkeypatch, lang, rest):
    monkeypatch.setenv("LC_ALL", lang)
    no = Message("errors.quoted", text="no")
    mistakes = [
        Problem(no, "f.csv", line, 1, "value", f"\x1b[31m{line}" + "9" * 1000) for line in range(1, 101)
    ]
    with pytest.raises(SystemExit) as ended, terminal.for_people():
        raise InputError(mistakes)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.count("f.csv:") == 20
    assert said.splitlines()[-1] == rest
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) < 100
    assert len(InputError(mistakes).problems) == 100


def test_model_that_runs_out_of_slots_is_a_message_and_no_success(capsys):
    with pytest.raises(SystemExit) as end, terminal.for_people():
        raise OverflowError("a block of agent slots ran out")
    assert end.value.code == 1
    said = capsys.readouterr().err
    assert "a block of agent slots ran out" in said
    assert "no results were written" in said


class FullDevice:
    """A stream that takes nothing."""

    def write(self, text):
        return len(text)

    def flush(self):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def left(monkeypatch):
    """What `leave` was called with; it ends the test's block, not the tests."""
    codes = []

    def leave(code):
        codes.append(code)
        raise Left

    monkeypatch.setattr(terminal, "leave", leave)
    return codes


class Left(BaseException):
    pass


def test_results_that_are_written_are_named_where_nothing_can_be_printed(left, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(sys, "stdout", FullDevice())

    def say():
        with terminal.stoppable(Words("en")) as command:
            command.written = tmp_path
            print("a table")

    with pytest.raises(Left):
        say()
    assert left == [1]
    said = capsys.readouterr().err
    assert (
        said
        == f"Nothing more could be printed: No space left on device. The results are written: {tmp_path}\n"
    )


def test_ctrl_c_after_the_results_are_written_does_not_say_that_there_are_none(left, capsys, tmp_path):
    def stop():
        with terminal.stoppable(Words("en")) as command:
            command.written = tmp_path
            raise KeyboardInterrupt

    with pytest.raises(Left):
        stop()
    assert left == [130]
    assert capsys.readouterr().err == f"\nResults: {tmp_path}\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "Not enough memory."),
        (RuntimeError("can't start new thread"), "Not enough memory."),
        (PermissionError(errno.EACCES, "Permission denied", "out"), "out: Permission denied."),
        (OSError(errno.ENOSPC, "No space left on device"), "Nothing more could be printed"),
    ],
)
def test_what_the_machine_refuses_is_a_message(left, monkeypatch, capsys, error, said):
    monkeypatch.setattr(terminal, "default_language", lambda: "en")
    with pytest.raises(Left), terminal.for_people():
        raise error
    assert left == [1]
    assert capsys.readouterr().err.startswith(said)


def test_mistakes_of_the_program_are_not_hidden():
    with pytest.raises(KeyError), terminal.for_people():
        raise KeyError("x")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_do_what_ctrl_c_does_and_are_put_back(monkeypatch, number):
    monkeypatch.setattr(interrupts, "_asked", [])
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interrupts.heeding_stops():
        signal.raise_signal(number)
    assert interrupts.exit_code() == 128 + number
    assert signal.getsignal(number) == before


def test_a_signal_that_comes_twice_at_once_is_one_wish(monkeypatch):
    monkeypatch.setattr(interrupts, "_asked", [])
    with interrupts.heeding_stops():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGHUP)
        with interrupts.heeding_interrupts():
            signal.raise_signal(signal.SIGTERM)  # what is kept is being written
    assert interrupts.exit_code() == 128 + signal.SIGHUP


def test_a_signal_that_is_ignored_stays_so(monkeypatch):
    monkeypatch.setattr(interrupts, "_asked", [])
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as by nohup
    try:
        with interrupts.heeding_stops():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert not interrupts.was_stopped()


def test_table_counts_chinese_characters_twice():
    assert width("人才 ±1") == 7
    assert table([["企业", "1"], ["a", "1,000"]], right=[1]) == ["  企业      1", "  a     1,000"]
