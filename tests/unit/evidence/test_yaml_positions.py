import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.evidence.yaml_positions import MAX_DEPTH, Place, plain_scalar, read_yaml


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "file.yaml"
        path.write_text(text, encoding="utf-8")
        return read_yaml(path, "file.yaml")

    return read


def test_every_key_and_value_knows_its_place(read):
    tree = read("a: 1\nb:\n  c: [x, {d: 2 people}]  # comment\n'e f':\n  - 人\n")
    assert tree.plain() == {"a": 1, "b": {"c": ["x", {"d": "2 people"}]}, "e f": ["人"]}
    c = tree.mapping["b"].mapping["c"]
    assert (c.key_place, c.place) == (Place("file.yaml", 3, 3), Place("file.yaml", 3, 6))
    d = c.value[1].mapping["d"]
    assert (d.key_place, d.place) == (Place("file.yaml", 3, 11), Place("file.yaml", 3, 14))
    assert tree.mapping["e f"].value[0].place == Place("file.yaml", 5, 5)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-012", -12),
        ("+3", 3),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("-.inf", -math.inf),
        ("yes", "yes"),
        ("on", "on"),
        ("2024-01-01", "2024-01-01"),
        ("2024Q1", "2024Q1"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1,5", "1,5"),
        ("5 %", "5 %"),
        ("１", "１"),
    ],
)
def test_plain_scalars_are_read_as_yaml_1_2_says(text, value):
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is type(value)


def test_quoted_numbers_are_text(read):
    assert read("a: '1'\nb: \"true\"\nc: |\n  1\n").plain() == {"a": "1", "b": "true", "c": "1\n"}


def test_whole_number_of_any_length(read):
    assert read(f"a: {'9' * 50_000}\n").plain() == {"a": math.inf}


@given(st.text(max_size=12))
def test_any_scalar_is_read(text):
    assert isinstance(plain_scalar(text), str | int | float | bool | None)


def test_nesting_up_to_the_limit(read):
    inside = MAX_DEPTH - 1
    read("a: " + "[" * inside + "]" * inside + "\n")
    with pytest.raises(InputError, match="nested too deeply"):
        read("a: " + "[" * (inside + 2) + "]" * (inside + 2) + "\n")


def test_all_keys_given_twice_are_named_at_once(read):
    with pytest.raises(InputError) as error:
        read("a: {b: 1, b: 2}\nc: 1\nc: 2\nc: 3\n")
    assert [(problem.key, problem.line, problem.column) for problem in error.value.problems] == [
        ("a.b", 1, 11),
        ("c", 3, 1),
        ("c", 4, 1),
    ]


def test_a_mapping_as_key_is_refused(read):
    with pytest.raises(InputError, match="a key must be a word"):
        read("? {a: 1}\n: 2\n")


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        (b'name: "\\UFFFFFFFF"\n', 1, 10, "not YAML"),
        (b'a: 1\nname: "ab\\U00110000"\n', 2, 12, "not YAML"),
        (b"%YAML " + b"9" * 5000 + b".1\n---\na: 1\n", 1, 7, "not YAML"),
        (b"%YAML 1.1\n%YAML 1.1\na: 1\n", 1, 10, "not YAML"),
        (b'a: 1\nb: "\\ud800"\n', 2, 4, "control character 0xd800"),
        (b'b: ["\\e[31m"]\n', 1, 5, "control character 0x1b"),
        (b'a: "\\0"\n', 1, 4, "control character 0x00"),
        (b"a: 1\n\xef\xbb\xbfb: 2\n", 2, 1, "control character 0xfeff"),
        (b"\xef\xbb\xbf\xff", 1, 1, "not UTF-8"),
        (b"\xef\xbb\xbfa: 1\nb: \xe4\xba\n", 2, 4, "not UTF-8"),
        (b"\xef\xbb\xbfa: 1\nb: \xe4\xba\xba\xff\n", 2, 5, "not UTF-8"),
    ],
)
def test_whatever_the_parser_throws_is_told_where_it_stands(tmp_path, content, line, column, message):
    path = tmp_path / "file.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_yaml(path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == (str(path), line, column)


@pytest.mark.parametrize(
    "nested", ["[" * 50_000, "{" * 50_000, "[a: " * 20_000, "- " * 45_000, "? " * 45_000]
)
def test_nesting_of_any_depth_is_refused(read, nested):
    with pytest.raises(InputError, match="nested too deeply"):
        read(f"a:\n  {nested}")
