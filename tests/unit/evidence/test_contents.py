"""Evidence files as a spreadsheet saves them: they have the same meaning and are read the same way."""

import codecs
import csv
import io
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import sim
from sim.evidence import contents
from sim.evidence.contents import contents_digest
from sim.evidence.csv_rows import _split, _starts, read_rows, scan_rows
from sim.evidence.encodings import csv_bytes
from sim.evidence.survey_file import read_survey
from sim.evidence.tables import files_of, folder_digest, is_stale, load_evidence
from sim.files.names import evidence_folder
from sim.runs.results import csv_of

HUBEI = evidence_folder("hubei")
COLUMNS = {"name": str, "value": float}
PLAIN = "name,value\na,0.5\n武汉,12000\n"


def digest(text):
    return contents_digest("table.csv", text if isinstance(text, bytes) else text.encode())


def as_excel_saves(content: bytes) -> bytes:
    """Byte-order mark, Windows line ends, numbers as a spreadsheet shows them, rows and a column of empty cells."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([*map(_shown, row), ""])
    writer.writerows([[""] * (len(rows[0]) + 1)] * 3)
    return codecs.BOM_UTF8 + text.getvalue().encode()


def _shown(cell: str) -> str:
    try:
        value = float(cell)
    except ValueError:
        return cell
    return str(int(value)) if value.is_integer() and abs(value) < 1e11 else repr(value).upper()


WAYS = {
    "byte-order mark": "\ufeffname,value\na,0.5\n武汉,12000\n",
    "Windows line ends": "name,value\r\na,0.5\r\n武汉,12000\r\n",
    "no end of the last line": "name,value\na,0.5\n武汉,12000",
    "quotation marks": '"name","value"\n"a","0.5"\n"武汉","12000"\n',
    "blanks": "name , value\n a,0.5 \n武汉, 12000\n",
    "other numbers": "name,value\na,5.0E-01\n武汉,+1.2e4\n",
    "rows of empty cells": "name,value\n,\na,0.50\n\n武汉,12000.0\n,\n,,,\n",
    "empty columns": "name,value,,\na,.5,,\n武汉,12000,,\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_write_the_same_say_the_same(way, tmp_path):
    assert digest(WAYS[way]) == digest(PLAIN)
    path = tmp_path / "table.csv"
    path.write_bytes(WAYS[way].encode())
    assert [row.cells for row in read_rows(path, COLUMNS)] == [
        {"name": "a", "value": 0.5},
        {"name": "武汉", "value": 12000.0},
    ]


OTHERS = {
    "a changed number": "name,value\na,0.51\n武汉,12000\n",
    "a changed text": "name,value\nb,0.5\n武汉,12000\n",
    "a changed header": "name,values\na,0.5\n武汉,12000\n",
    "another order": "name,value\n武汉,12000\na,0.5\n",
    "a row more": "name,value\na,0.5\n武汉,12000\na,0.5\n",
    "a cell moved": "name,value\na,0.5\n武汉12000,\n",
    "a number that is none": "name,value\na,0.5\n武汉,nan\n",
    "a blank within": "name,value\na,0.5\n武 汉,12000\n",
}


def test_what_says_something_else_is_told_apart():
    assert len({digest(PLAIN), *map(digest, OTHERS.values())}) == len(OTHERS) + 1


def test_cells_do_not_run_into_one_another():
    assert digest("a,b\n12,3\n") != digest("a,b\n1,23\n")
    assert digest("a,b\nx,y\n") != digest("ab\nxy\n")
    assert digest("a\n") != digest("a\n1\n") != digest("a\n1\n1\n")


def test_what_is_no_table_counts_by_its_lines_or_bytes():
    assert contents_digest("a.yaml", b"a: 1\nb: 2\n") == contents_digest(
        "a.yaml", b"\xef\xbb\xbfa: 1\r\nb: 2\r\n"
    )
    assert contents_digest("a.yaml", b"a: 1\n") != contents_digest("a.yaml", b"a: 1.0\n")
    assert digest(b"\xff\xfe") != digest(b"\xff\xff")
    assert digest('a\n"b') != digest('a\n"c')


CELLS = st.one_of(
    st.integers(-(2**40), 2**40).map(str),
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.sampled_from(
        ["0", "-0", "+1", "1.", ".5", "1e5", "0x10", "1_0", "nan", "", "NA", "true", '"3"', " 4", "1E400"]
    ),
)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_the_fast_way_and_the_slow_way_agree(rows):
    content = "\n".join(["a,b", *map(",".join, rows)]).encode()
    slow = digest(content)
    table = contents._numbers(content)
    if table is not None:  # then a large file of this kind is read in one go
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(contents, "_LARGE", 0)
            assert digest(content) == slow


def test_a_large_table_of_numbers_is_read_the_fast_way_and_says_the_same(monkeypatch):
    content = (HUBEI / "derived" / "survey.csv").read_bytes()
    fast = digest(content)
    assert contents._numbers(content) is not None
    monkeypatch.setattr(contents, "_LARGE", 1 << 40)
    assert digest(content) == fast


def test_opening_and_saving_in_a_spreadsheet_makes_nothing_stale(tmp_path):
    folder = Path(shutil.copytree(HUBEI, tmp_path / "own"))
    before = folder_digest(folder)
    for path in files_of(folder):
        if path.suffix == ".csv":
            path.write_bytes(as_excel_saves(path.read_bytes()))
    made_from = folder / "derived" / "made_from.csv"
    made_from.write_bytes(as_excel_saves(made_from.read_bytes()))
    assert folder_digest(folder) == before
    assert not is_stale(folder)
    ours, theirs = load_evidence(folder), load_evidence(HUBEI)
    assert ours.digest == theirs.digest
    assert ours.regions == theirs.regions
    assert np.array_equal(read_survey(ours).shares, read_survey(theirs).shares)
    records = folder / "records.csv"
    records.write_bytes(records.read_bytes().replace(b'"306"', b'"307"', 1))
    assert folder_digest(folder) != before
    assert is_stale(folder)


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        (
            b"name;value\na;0.5\n",
            1,
            1,
            "separated by semicolons, not commas; in a spreadsheet, save it as 'CSV UTF-8'",
        ),
        (b"name\tvalue\na\t0.5\n", 1, 1, "separated by tabs"),
        ("name，value\na，0.5\n".encode(), 1, 1, "separated by full-width commas"),
        (b"sep=;\nname;value\na;0.5\n", 1, 1, "remove it"),
        (
            "name,value\n武汉,0.5\n".encode("gbk"),
            2,
            1,
            "not UTF-8 text but GBK, as Chinese Windows writes it",
        ),
        (codecs.BOM_UTF8 + b"name,value\xff\n", 1, 11, "not UTF-8 text; in a spreadsheet"),
        ("name\tvalue\n".encode("utf-16"), 1, 1, "UTF-16 (Unicode); in a spreadsheet"),
        (codecs.BOM_UTF8 + b"name,valu\na,0.5\n", 1, 6, "unknown column"),
        (codecs.BOM_UTF8 + b"name,value\r\n,,\r\na,x,\r\n", 3, 3, "this must be a number"),
        (b"name,value\na,0.5,7\n", 2, 7, "3 cells where the header has 2"),
        (
            "name,value\na，0.5\n".encode(),
            2,
            2,
            "1 cells where the header has 2; only a plain comma separates cells",
        ),
        ("name,value\n研发，试点\n".encode(), 2, 3, "only a plain comma separates cells"),
        ("name,value\n研发，试点，一期\n".encode(), 2, 9, "a text with a comma needs quotes"),
        (b"name,value,\na,0.5,7\n", 2, 7, "3 cells where the header has 2"),
        (b"name,,value\na,,0.5\n", 1, 6, "unknown column"),
    ],
)
def test_what_a_spreadsheet_may_leave_wrong_is_named_at_its_place(content, line, column, words, tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    _, problems = scan_rows(path, COLUMNS)
    (problem,) = [problem for problem in problems if (problem.line, problem.column) == (line, column)]
    assert words in problem.message


def test_a_file_with_chinese_begins_with_a_byte_order_mark():
    assert csv_bytes("a,b\n1,2\n") == b"a,b\n1,2\n"
    assert csv_bytes("a\n武汉\n") == codecs.BOM_UTF8 + "a\n武汉\n".encode()


def test_tables_of_results_with_chinese_show_it_in_excel(tmp_path):
    frame = pd.DataFrame({"note": ["湖北"], "value": [0.5]})
    path = tmp_path / "table.csv"
    path.write_bytes(csv_of(frame))
    assert path.read_bytes() == codecs.BOM_UTF8 + "note,value\n湖北,0.5\n".encode()
    assert pd.read_csv(path).equals(frame)
    assert csv_of(frame[["value"]]) == b"value\n0.5\n"


def test_no_table_is_written_another_way():
    sources = (Path(sim.__file__).parent).rglob("*.py")
    assert [path.name for path in sources if ".to_csv(" in path.read_text(encoding="utf-8")] == ["results.py"]


@pytest.mark.parametrize("folder", [HUBEI, Path(__file__).parents[2] / "provinces" / "lakeland"])
def test_evidence_that_holds_chinese_shows_it_in_excel(folder):
    for path in folder.rglob("*.csv"):
        content = path.read_bytes()
        assert content.isascii() or content.startswith(codecs.BOM_UTF8), path


@given(line=st.text(alphabet='ab,";', max_size=12))
@example(line='a;"b, c"')
@example(line='"a""",b')
def test_cells_begin_where_the_reader_says(line):
    """Also with quotation marks within cells, where they quote nothing."""
    try:
        cells = _split(line)
    except csv.Error:
        return  # reported as such
    starts = _starts(line)
    assert len(starts) == len(cells)
    assert all(at == 1 or line[at - 2] == "," for at in starts)
