"""The catalogue of words: complete in both languages, with the same parts, and without unused entries."""

import ast
import csv
import re
import string
from pathlib import Path

import pytest

import sim
from sim import words
from sim.words import LANGUAGES, Words, name_table, pair
from sim.world.scenario_record import READINGS

SIM = Path(sim.__file__).parent
ROOMS = {path.stem: path for path in sorted((SIM / "words").glob("*.csv"))}
KEYS = [f"{name}.{key}" for name in ROOMS for key in words.room(name)]


def chinese(text):
    return re.search(r"[\u4e00-\u9fff]", text) is not None


def parts(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same_with_the_same_parts():
    for key in KEYS:
        _check(key, *pair(key))


def _check(key, zh, en):
    assert bool(zh.strip()) == bool(en.strip()), key
    assert parts(zh) == parts(en), key
    if key != "page.language":  # the button that leads to the other language is in that language
        assert not chinese(en), key
        # Signs, separators and names of methods need no translation.
        assert chinese(zh) or not re.search(r"[A-Za-z]{4}", re.sub(r"[{].*?[}]", "", zh)) or zh == en


@pytest.mark.parametrize("name", ROOMS)
def test_a_file_of_words_opens_in_a_spreadsheet(name):
    content = ROOMS[name].read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert rows[0] == ["key", "zh", "en"]
    assert {len(row) for row in rows} == {3}
    keys = [row[0] for row in rows[1:]]
    assert len(set(keys)) == len(keys)


def said():
    """Every string of the sources that may be a key; of an f-string its beginning, with a star."""
    for path in SIM.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        composed = [node for node in nodes if isinstance(node, ast.JoinedStr)]
        inside = {id(part) for node in composed for part in node.values}
        for node in composed:
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
                yield node.value


TEXTS = set(said())
SAID = {
    text for text in TEXTS if text.partition(".")[0] in ROOMS and re.fullmatch(r"[\w.*-]+\.[\w.*-]+", text)
}


def test_nothing_stands_in_the_catalogue_that_nobody_says():
    whole = {text.partition(".")[0] for text in SAID if text.endswith(".*") and text.count(".") == 1}
    patterns = [
        re.compile(re.escape(text).replace(r"\*", "[^.]*"))
        for text in SAID
        if text.removesuffix(".*") not in whole
    ]
    composed = [
        re.compile(re.escape(text).replace(r"\*", "[^.]*"))
        for text in TEXTS
        if re.fullmatch(r"[a-z]+_[a-z_]*\*", text)
    ]
    tables = [f"{text}." for text in SAID if text.startswith("names.")]

    def is_said(key):
        name, _, inside = key.partition(".")
        # Where code puts the whole of a key together, such as words(f"answer.{key}"), the key stands there by itself.
        if name in whole and (inside in TEXTS or any(part.fullmatch(inside) for part in composed)):
            return True
        return any(pattern.fullmatch(key) for pattern in patterns) or key.startswith(tuple(tables))

    idle = [key for key in KEYS if not is_said(key)]
    assert idle == []


def test_whatever_is_said_stands_in_the_catalogue():
    def known(text):
        if text.startswith("names.") and any(key.startswith(f"{text}.") for key in KEYS):
            return True
        pattern = re.compile(re.escape(text).replace(r"\*", "[^.]*"))
        return any(pattern.fullmatch(key) for key in KEYS)

    ends = (".csv", ".py", ".md", ".yaml", ".parquet", ".html", ".vue")
    assert [text for text in sorted(SAID) if not text.endswith(ends) and not known(text)] == []


#: These look for Chinese signs in what others wrote.
LOOK_FOR_CHINESE = {"show/figures/lettering.py", "show/texts/names.py"}


@pytest.mark.parametrize("room", ["show", "browser", "command"])
def test_no_chinese_for_people_stands_in_the_sources(room):
    found = []
    for path in sorted((SIM / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        described = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and isinstance(node.body[0], ast.Expr)
        }
        found += [
            f"{path.relative_to(SIM)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in described
            and re.search(r"[\u3000-\u9fff\uff00-\uffef]", node.value)
            and path.relative_to(SIM).as_posix() not in LOOK_FOR_CHINESE
        ]
    assert found == []


def test_readings_have_their_names_in_the_order_in_which_they_are_shown():
    assert list(name_table("names.reading")) == list(name_table("names.short_reading")) == list(READINGS)


def test_words_speak_one_language():
    zh, en = (Words(lang) for lang in LANGUAGES)
    assert (zh("command.written", folder="x"), en("command.written", folder="x")) == ("结果：x", "Results: x")
    assert (zh.listed("ab"), en.listed("ab")) == ("a、b", "a, b")
    assert en.pick(name_table("names.grade")["assumed"]) == "assumed"
    with pytest.raises(ValueError, match="no such language"):
        Words("fr")
    with pytest.raises(KeyError):
        en("command.no_such_word")
    with pytest.raises(KeyError):
        name_table("names.nothing")
