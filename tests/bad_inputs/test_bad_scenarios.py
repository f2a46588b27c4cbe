"""One file per mistake: the message names file, line, column and key, and says what is allowed.

The first lines of each file say what is expected: ``# expect [other file] line:column | key: value | words``;
the message contains the words, and ``{name}`` is what the registry allows for that parameter.
"""

import re
from pathlib import Path

import pytest

from sim.analysis.studies.experiments import read_experiment
from sim.errors import InputError, Problem
from sim.files.names import evidence_folder
from sim.words import Words
from sim.world.parameters import load_parameters
from sim.world.scenario import load_scenario

FOLDER = Path(__file__).parent / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
EXPERIMENTS = sorted((FOLDER.parent / "experiments").glob("*.yaml"))
EXPECTED = re.compile(
    r"# expect (?:(?P<file>\S+) )?(?P<line>\d+):(?P<column>\d+) \|(?P<key>[^|]*)\| (?P<words>.*)"
)


def problems_of(path: Path) -> tuple[Problem, ...]:
    read = read_experiment if path.parent.name == "experiments" else load_scenario
    with pytest.raises(InputError) as error:
        read(path)
    return error.value.problems


def test_there_are_bad_files() -> None:
    assert len(FILES) > 100
    assert len(EXPERIMENTS) > 8


@pytest.mark.parametrize("path", FILES + EXPERIMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_mistake_is_named_at_its_place(path: Path) -> None:
    registry = load_parameters(evidence_folder("hubei"))
    expected = [
        EXPECTED.fullmatch(line) for line in path.read_text().splitlines() if line.startswith("# expect")
    ]
    assert expected
    assert None not in expected
    problems = problems_of(path)
    places = set()
    for line in expected:
        assert line is not None
        file = path.parent / (line["file"] or path.name)
        key, _, value = line["key"].strip().partition(": ")
        words = re.sub(r"\{(\w+)\}", lambda found: registry[found[1]].allowed, line["words"])
        place = (file.resolve(), int(line["line"]), int(line["column"]), key or None, value or None)
        found = {
            (
                Path(problem.file or "").resolve(),
                problem.line,
                problem.column,
                (problem.key or "").strip() or None,
                problem.value,
            ): problem
            for problem in problems
        }
        assert place in found
        assert words in found[place].message
        if value:  # after a quotation mark, or the dot of .nan, or at a full-width sign within
            text = file.read_text().splitlines()[place[1] - 1]
            begins = text.rindex(value, 0, place[2] - 1 + len(value) + 2)
            assert begins - 1 <= place[2] - 1 < begins + len(value)
        assert f"{file.name}:{line['line']}:{line['column']}" in str(found[place])
        places.add(place)
    assert len(problems) == len(places), "nothing else is wrong with the file"


#: What a Chinese reader is told of the most common mistakes.
IN_CHINESE = {
    "misspelt_key": "没有这个键。是否想写 allocation？",
    "key_twice": "这个键出现了两次；第一次在第 3 行",
    "name_missing": "缺少这个键。简短的名称：小写字母、数字、- 和 _；结果文件夹用它命名。不会继承。",
    "lever_without_start": "缺少这个键。政策开始的季度，如 2024Q1。",
    "text_expected": "这里应是文字；请加引号：'2024'",
    "no_number": "这里应是数（yuan per year）",
    "year_alone": "这里应是季度，如 2024Q1",
    "negative_capacity": "人才池容量不能是负数（允许：0 到 415000 people）",
    "shock_too_large": "冲击幅度太小（允许：-0.9 到 3）",
    "text_as_whole_number": "重复次数是整数（允许：1 到 100000）；请去掉引号：30",
    "wrong_unit": "单位不符：应为 yuan per year，不是 km",
    "misspelt_region": "没有这个市州。是否想写 Yichang？",
    "misspelt_lever": "没有这个政策工具。是否想写 talent_pool？",
    "misspelt_parameter": "没有这个参数。是否想写 rho？",
    "one_word_without_list": "没有这个选项。是否想写 core？也可以写列表，如 [Wuhan, 420500]。",
    "budget_over_hundred": "2024Q3 执行的各政策工具共分配预算的 110 %（talent_pool 60 %、rd_subsidy 50 %）；最多 100 %",
    "lever_upside_down": "政策工具的结束早于开始（2024Q1）",
    "fullwidth_colon": "： 是全角冒号，YAML 只当它是文字；请改成半角冒号加空格（: ）",
    "tab": "这里是制表符；YAML 用空格缩进",
    "extends_missing_file": "这个文件旁边没有它，内置情景中也没有这个名字。是否想写 baseline.yaml？",
}


@pytest.mark.parametrize("name", IN_CHINESE)
def test_common_mistakes_in_chinese(name: str) -> None:
    (problem,) = problems_of(FOLDER / f"{name}.yaml")
    assert problem.said(Words("zh")) == IN_CHINESE[name]


@pytest.mark.parametrize("path", FILES + EXPERIMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_mistake_is_left_in_english(path: Path) -> None:
    for problem in problems_of(path):
        said = problem.said(Words("zh"))
        assert re.search("[一-鿿]", said)
        # What stands in quotation marks is the file's, or another program's.
        unquoted = re.sub(r"“[^”]*”|`[^`]*`|'[^']*'", "", said)
        assert not re.search(r"[A-Za-z]+(?: [A-Za-z]+){3,}", unquoted), said


CONTENTS = {
    "empty": (b"", None, "this file is empty"),
    "blank": (b" \n\n", None, "this file is empty"),
    "only comments": (b"# nothing\n", None, "nothing but comments"),
    "binary": (b"name: a\nscale: \x00\x01", (2, 8), "this is not text"),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00", (1, 1), "this is not UTF-8 text"),
    "GBK instead of UTF-8": (
        "name: a\ntitle: {zh: 人才}\n".encode("gbk"),
        (2, 13),
        "this is not UTF-8 text but GBK, as Chinese Windows writes it; in Notepad, save it with the encoding UTF-8",
    ),
    "UTF-16 instead of UTF-8": (
        "name: a\n".encode("utf-16"),
        (1, 1),
        "this is not UTF-8 text but UTF-16 (Unicode); in Notepad",
    ),
    "French instead of UTF-8": (
        "name: \u00e9t\u00e9\n".encode("latin-1"),
        (1, 7),
        "this is not UTF-8 text; in Notepad",
    ),
    "too large": (b"name: a\n" + b"# x\n" * 30_000, None, "this file is too large (allowed: 100000 bytes)"),
    "too deep": (b"name: a\ntitle: " + b"[" * 5000 + b"]" * 5000, (2, 28), "nested too deeply"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_file_that_is_no_scenario_at_all(name: str, tmp_path: Path) -> None:
    content, place, words = CONTENTS[name]
    path = tmp_path / "scenario.yaml"
    path.write_bytes(content)
    (problem,) = problems_of(path)
    assert problem.file == str(path)
    assert (problem.line, problem.column) == (place or (None, None))
    assert words in problem.message


def test_windows_line_ends_and_byte_order_mark_are_no_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_bytes("\ufeffname: a\r\ntitle: {zh: 人才}\r\n".encode())
    assert load_scenario(path).title == {"zh": "人才", "en": "人才"}


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "no such path" in problems_of(tmp_path / "nowhere.yaml")[0].message
    assert "folder" in problems_of(tmp_path)[0].message


def test_extends_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("name: a\nextends: ..\n")
    (problem,) = problems_of(path)
    assert (problem.line, problem.column, problem.key) == (2, 10, "extends")


def test_mistakes_come_in_reading_order() -> None:
    places = [(problem.line, problem.column) for problem in problems_of(FOLDER / "many_mistakes.yaml")]
    assert places == sorted(places)


def test_quoted_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text('name: a\nbudget: "\\e[31m\\n1 km"\n"\\e[2J": 1\n')
    assert all(
        character.isprintable() or character == "\n" for character in str(InputError(problems_of(path)))
    )
