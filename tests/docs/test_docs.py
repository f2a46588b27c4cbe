"""The documentation is correct: tables equal the code, blocks run, languages agree, links work."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import program

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "README.zh.md",
    "docs/odd.md",
    "docs/tutorial.md",
    "docs/doubt.md",
    "docs/doubt.zh.md",
    "docs/readings.md",
    "docs/readings.zh.md",
    "docs/sensitivity.md",
    "docs/classroom.md",
    "docs/classroom.zh.md",
)

#: Lines that prepare a machine and are not run here; `make` and the installation have tests of their own.
EXEMPT = (
    r"make (demo|test|view)",
    r"python3 -m venv \.venv",
    r"\.venv/bin/pip install -e \.",
    r"source \.venv/bin/activate",
)
#: The README shows the commands as they are meant; here they run on few agents.
SMALLER = " --scale 0.002 --replications 10"

FENCE = re.compile(
    r"(?:<!-- (?P<note>[^>]*) -->\n)?```(?P<kind>\w*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)
LINK = re.compile(r"(?P<image>!?)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|tmp|mnt|Users|opt|var)\b|\.\./shared|[A-Z]:\\")


def _load_generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = _load_generator()


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


# --- tables -------------------------------------------------------------------------------------------------


def test_generated_tables_equal_the_code():
    assert generate.outdated() == [], "run python docs/generate.py"


def test_every_table_stands_somewhere_and_every_mark_has_a_table():
    marks = re.findall(r"<!-- generated: (\w+) -->", "".join(read(page) for page in generate.PAGES))
    assert set(marks) == set(generate.TABLES)
    assert len(marks) == sum(read(page).count("<!-- end of generated -->") for page in generate.PAGES)


@pytest.mark.parametrize("name", ["parameters", "firms", "levers", "metrics"])
def test_a_drift_would_be_noticed(name):
    text = read("docs/odd.md")
    row = generate.TABLES[name]("en").splitlines()[-1]
    assert generate.filled(text.replace(row, row.replace("`", "`x", 1)), "en") == text
    assert row in text


def test_odd_lists_every_parameter_once():
    rows = re.findall(r"^\| `(\w+)` \|.*\|$", generate.parameters("en"), re.MULTILINE)
    assert rows == list(generate.REGISTRY)


def test_check_fails_and_writes_nothing_where_a_page_is_out_of_date(tmp_path, monkeypatch, capsys):
    for page in generate.PAGES:
        (tmp_path / page).parent.mkdir(exist_ok=True)
        (tmp_path / page).write_text(read(page), encoding="utf-8")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.main(["--check"]) == 0
    stale = read("README.md").replace("| assumed |", "| supposed |")
    (tmp_path / "README.md").write_text(stale, encoding="utf-8")
    assert generate.main(["--check"]) == 1
    assert "README.md" in capsys.readouterr().out
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == stale
    assert generate.main([]) == 0
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == read("README.md")


# --- blocks -------------------------------------------------------------------------------------------------


@dataclass
class Block:
    """A fenced block, the note in the comment above it, and its line."""

    kind: str
    code: str
    note: str
    line: int


def blocks(page):
    text = read(page)
    return [
        Block(found["kind"], found["code"], found["note"] or "", text.count("\n", 0, found.start("kind")) + 1)
        for found in FENCE.finditer(text)
    ]


def is_exempt(line):
    return any(re.fullmatch(pattern, line.strip()) for pattern in EXEMPT)


def commands(block, page):
    """Lines of a shell block that are run, as they are run."""
    lines = [line for line in block.code.splitlines() if line.strip() and not is_exempt(line)]
    if page.startswith("README"):
        lines = [line.replace(".venv/bin/", "") for line in lines]
        lines = [line + SMALLER if line.startswith("upgrading compare") else line for line in lines]
    return "\n".join(lines)


@pytest.fixture
def clone(tmp_path):
    """A folder that looks like a clone, and an environment in which its commands are found."""
    folder = tmp_path / "clone"
    for part in ("docs", "scenarios", "calibration", "experiments"):
        shutil.copytree(ROOT / part, folder / part)
    found = tmp_path / "bin"
    found.mkdir()
    program(found / "upgrading")
    (found / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (found / "python").chmod(0o755)
    environment = os.environ | {
        "PATH": f"{found}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "120",
    }

    def execute(*command):
        return subprocess.run(
            command, cwd=folder, env=environment, text=True, encoding="utf-8", timeout=300, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    return folder, execute


@pytest.mark.parametrize(
    "page", ["README.md", "docs/tutorial.md", "docs/sensitivity.md", "docs/classroom.md"]
)
def test_blocks_run(page, clone):
    folder, execute = clone
    said = ""
    ran = 0
    for block in blocks(page):
        where = f"{page}:{block.line}"
        if block.note.startswith("file: "):
            (folder / block.note.removeprefix("file: ")).write_text(block.code, encoding="utf-8")
        elif block.note == "output":
            assert said.strip() == block.code.strip(), where
        elif block.kind in ("sh", "python"):
            code = block.code if block.kind == "python" else commands(block, page)
            if not code:
                continue
            result = (
                execute("python", "-c", code) if block.kind == "python" else execute("bash", "-euc", code)
            )
            said, ran = result.stdout, ran + 1
            expected = int(block.note.removeprefix("exit: ")) if block.note.startswith("exit: ") else 0
            assert result.returncode == expected, f"{where} ended with {result.returncode}:\n{said}"
    assert ran > 0


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_of_a_kind_that_is_looked_after(page):
    for block in blocks(page):
        where = f"{page}:{block.line}"
        assert block.kind in ("sh", "python", "yaml", "text"), where
        if block.kind == "yaml":
            assert block.note.startswith("file: "), f"{where}: a YAML block needs a file name to be tested"
    assert read(page).count("```") == 2 * len(blocks(page)), "a fence is not closed"


def test_blocks_of_the_model_page_are_equations_only():
    assert {block.kind for block in blocks("docs/odd.md")} == {"text"}


# --- the version ---------------------------------------------------------------------------------------------


def test_one_version_is_said_everywhere():
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert re.search(r"^version: (\S+)$", read("CITATION.cff"), re.MULTILINE)[1] == version
    number, date = re.search(r"^## \[(\S+)\] - ([\d-]+)$", read("CHANGELOG.md"), re.MULTILINE).groups()
    assert number == version
    assert re.search(r"^date-released: (\S+)$", read("CITATION.cff"), re.MULTILINE)[1] == date


# --- two languages, links, machines -------------------------------------------------------------------------


def shape(page):
    """What two languages of one page have in common."""
    prose = FENCE.sub("", read(page))
    targets = [found["target"] for found in LINK.finditer(prose)]
    return {
        "headings": [len(found) for found in re.findall(r"^(#+) ", prose, re.MULTILINE)],
        "blocks": [re.sub(r" --lang \w+| zh$", "", block.code, flags=re.MULTILINE) for block in blocks(page)],
        "links": [
            target.replace(".zh.", ".en.")
            for target in targets
            if str(Path(page).parent / target) not in PAGES
        ],
        "tables": [found.count("\n") for found in re.findall(r"(?:^\|.*\n)+", prose, re.MULTILINE)],
        "items": len(re.findall(r"^- ", prose, re.MULTILINE)),
        "names": sorted(re.findall(r"`[^`]+`", prose)),
    }


@pytest.mark.parametrize("page", ["README", "docs/doubt", "docs/readings"])
def test_both_languages_have_the_same_structure(page):
    assert shape(f"{page}.zh.md") == shape(f"{page}.md")


def test_readmes_name_each_other():
    assert "(README.zh.md)" in read("README.md")
    assert "(README.md)" in read("README.zh.md")


def slug(heading):
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for found in LINK.finditer(FENCE.sub("", read(page))):
        path, _, anchor = found["target"].partition("#")
        if path.startswith(("http://", "https://")):
            continue
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page}: {found['target']}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(slug, headings), f"{page}: {found['target']}"


@pytest.mark.parametrize("page", [*PAGES, "docs/generate.py"])
def test_no_page_names_a_machine(page):
    assert MACHINE.findall(read(page)) == []
