"""Mistakes are keys and parts wherever they are found; only the top level puts them into the reader's language."""

import ast
import errno
import pickle
import re
from pathlib import Path

import pytest

import sim
from sim import words
from sim.errors import Both, InputError, Message, MistakeError, Problem, system_reason
from sim.words import Words

SIM = Path(sim.__file__).parent
ZH, EN = Words("zh"), Words("en")
#: Whatever carries a message to a person, and the position of the message among its arguments.
CARRIERS = ("InputError", "MistakeError", "NotTextError", "Problem", "StrangerError", "WrongFactorError")
#: Floors that know no language: they name an entry of the catalogue, and someone above says it.
NO_LANGUAGE = ("files", "evidence", "world", "model", "runs", "analysis")
ROOMS = [path.stem for path in sorted((SIM / "words").glob("errors*.csv"))]
KEYS = [f"{room}.{key}" for room in ROOMS for key in words.room(room)]


def sources():
    for path in sorted(SIM.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def is_text(node):
    """Whether an argument is text in some language: a string, an f-string, strings put together, str() of something."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.Call):
        function = node.func
        return (isinstance(function, ast.Name) and function.id == "str") or (
            isinstance(function, ast.Attribute) and function.attr in ("format", "join")
        )
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    if isinstance(node, ast.IfExp):
        return is_text(node.body) or is_text(node.orelse)
    return isinstance(node, ast.JoinedStr)


def plain_texts(tree):
    """Lines on which text, not a message, is told to a person."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CARRIERS:
            given = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "what")]
            if any(map(is_text, given)):
                yield node.lineno


def test_no_mistake_is_told_in_plain_text():
    assert [f"{path}:{line}" for path, tree in sources() for line in plain_texts(tree)] == []


@pytest.mark.parametrize(
    "code",
    [
        "InputError('this is wrong')",
        "raise InputError(f'this is {wrong}')",
        "Problem('this is ' + why, file=file)",
        "Problem(what=str(error))",
        "MistakeError('this' if short else 'that')",
    ],
)
def test_plain_text_is_found(code):
    assert list(plain_texts(ast.parse(code))) == [1]


def test_below_show_nobody_knows_a_language():
    below = [(path, tree) for path, tree in sources() if path.relative_to(SIM).parts[0] in NO_LANGUAGE]
    assert len(below) > 50
    for path, tree in below:
        modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        assert not any(module == "sim.words" or module.startswith("sim.words.") for module in modules), path


def english_run(text):
    """Find four English words in a row outside of quotation marks: a sentence that nobody translated."""
    unquoted = re.sub(r"“[^”]*”|`[^`]*`|'[^']*'", "", text)
    return re.search(r"[A-Za-z]+(?: [A-Za-z]+){3,}", unquoted)


def test_no_english_sentence_in_chinese():
    said = {key: re.sub(r"{.*?}", "", words.pair(key)[0]) for key in KEYS}
    assert {key: zh for key, zh in said.items() if english_run(zh)} == {}


def test_an_english_sentence_is_found():
    assert english_run("错误：this key stands twice")
    assert english_run("这不符合 YAML 的写法：“expected the node content”") is None


def test_a_message_is_said_in_both_languages():
    message = Message("errors_evidence.one_of_near", allowed=("low", "high"), near="low")
    assert message.text(ZH) == "允许：low、high；是否想写 low？"
    assert str(message) == message.text(EN) == "allowed are low, high; did you mean low?"


def test_parts_may_be_messages_and_names_in_both_languages():
    message = Message(
        "errors_world.negative", what=Both("人才池人数", "people in the pool"), low=0, high="415000 people"
    )
    assert message.text(ZH) == "人才池人数不能是负数（允许：0 到 415000 people）"
    assert str(message) == "people in the pool cannot be negative (allowed: 0 to 415000 people)"
    around = Message("errors_world.quotation_marks", message=Message("errors_world.text"), value="1")
    assert around.text(ZH) == "这里应是文字；请加引号：'1'"


def test_messages_are_the_same_where_key_and_parts_are():
    one, same, other = (Message("errors_evidence.between", low=low, high=1) for low in (0, 0, 0.5))
    assert one == same != other
    assert len({one, same, other}) == 2


def test_place_key_and_value_are_the_same_in_both_languages():
    problem = Problem(Message("errors_world.quarter"), "a.yaml", 3, 8, "horizon.start", "2024")
    head = "a.yaml:3:8  horizon.start: 2024\n    "
    assert problem.text(ZH) == f"{head}这里应是季度，如 2024Q1"
    assert str(problem) == f"{head}a quarter is expected, such as 2024Q1"
    assert problem.message == "a quarter is expected, such as 2024Q1"


def test_what_a_file_holds_cannot_steer_a_terminal():
    problem = Problem(Message("errors.quoted", text="\x1b[31m" + "x" * 5000), "a.yaml", 1, 1)
    assert "\x1b" not in problem.text(ZH)
    assert len(problem.message) == 1000


def test_errors_go_from_process_to_process():
    problem = Problem(Message("errors_evidence.between", low=0, high=1), "a.csv", 2, 1)
    for error in (InputError([problem, problem]), MistakeError(Message("errors_evidence.number"))):
        back = pickle.loads(pickle.dumps(error))
        assert type(back) is type(error)
        assert str(back) == str(error)
    assert pickle.loads(pickle.dumps(InputError(problem))).problems == (problem,)


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOENT, errno.ENOSPC, errno.EADDRINUSE, errno.EPIPE])
def test_what_a_system_refuses_is_said_in_both_languages(number):
    import os

    reason = system_reason(OSError(number, os.strerror(number)))
    assert str(reason) == os.strerror(number)
    assert re.search("[一-鿿]", reason.text(ZH))


def test_a_reason_without_words_is_the_systems():
    assert system_reason(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"
    assert system_reason(ValueError("embedded null byte")) == "embedded null byte"
