"""What commands say while they work."""

from __future__ import annotations

import pytest

from sim import terminal
from sim.errors import InputError, Problem
from sim.show.plaintext import table, width


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
    assert terminal.duration(seconds) == text


def test_every_text_has_both_languages_with_the_same_parts():
    for key, (zh, en) in terminal.WORDS.items():
        parts = [sorted(part.split("}")[0] for part in text.split("{")[1:]) for text in (zh, en)]
        assert parts[0] == parts[1], key


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_meter_elsewhere_than_on_a_terminal(capsys):
    clock = Clock()
    with terminal.Meter("en", quiet=False, clock=clock) as meter:
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
    with terminal.Meter("en", quiet=True, clock=clock) as meter:
        clock.now += 1000
        meter(1, 2)
    assert capsys.readouterr() == ("", "")


def test_compilation_is_announced_where_the_cache_is_empty(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sim.files.use_kernel_cache", lambda: tmp_path)
    assert terminal.announce_compilation("en", quiet=False)
    assert "compiling the model, about a minute" in capsys.readouterr().err
    assert terminal.announce_compilation("en", quiet=True)
    assert not capsys.readouterr().err
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "quarter.nbi").touch()
    assert not terminal.announce_compilation("en", quiet=False)
    assert not capsys.readouterr().err


def test_wrong_input_is_a_message_and_exit_code_2(capsys):
    with pytest.raises(SystemExit) as end, terminal.for_people():
        raise InputError(Problem("too large", key="--scale", value="2"))
    assert end.value.code == 2
    assert capsys.readouterr().err == "--scale: 2\n    too large\n"


@pytest.mark.parametrize(
    ("lang", "rest"), [("zh_CN.UTF-8", "……另有 80 处错误未列出。"), ("C", "... and 80 more.")]
)
def test_a_hundred_mistakes_are_counted_and_twenty_printed(capsys, monkeypatch, lang, rest):
    monkeypatch.setenv("LC_ALL", lang)
    mistakes = [
        Problem("no", "f.csv", line, 1, "value", f"\x1b[31m{line}" + "9" * 1000) for line in range(1, 101)
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


def test_table_counts_chinese_characters_twice():
    assert width("人才 ±1") == 7
    assert table([["企业", "1"], ["a", "1,000"]], right=[1]) == ["  企业      1", "  a     1,000"]
