"""Two scorecards side by side."""

import pandas as pd
import pytest

from sim.show.pages.beside import beside, main
from sim.words import Words

COLUMNS = ["series", "year", "zh", "en", "use", "unit", "recorded", "low", "high", "simulated", "relative"]
NONE = float("nan")


def frame(*rows):
    return pd.DataFrame(
        [(series, year, "甲", name, *rest) for series, year, name, *rest in rows], columns=COLUMNS
    )


BEFORE = frame(
    ("a", 2021, "old name of a", "F", "firms", 100.0, 90.0, 110.0, 95.0, 0.05),
    ("b", 2022, "b", "H", "share", 0.5, 0.4, 0.6, 0.7, 0.4),
    ("b", 2022, "b again", "H", "share", 0.5, 0.45, 0.55, 0.7, 0.4),
    ("gone", 2025, "gone", "H", "firms", 30.0, 27.0, 33.0, 24.0, 0.2),
)
AFTER = frame(
    ("b", 2022, "b", "S", "share", 0.5, 0.4, 0.6, 0.52, 0.03),
    ("b", 2022, "b again", "S", "share", 0.5, 0.3, 0.7, 0.52, 0.03),
    ("a", 2021, "a", "F", "firms", 100.0, 99.0, 101.0, 100.0, 0.0),
    ("new", 2024, "new", "S", "firms", 30.0, 27.0, 33.0, 29.0, 0.02),
    ("range", 2022, "range", "H", "ratio", NONE, 1.0, 2.0, 1.5, NONE),
)


def tables(text):
    return [
        [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()[2:]]
        for block in text.split("\n\n")
    ]


def test_both_are_judged_by_the_later_targets():
    lines, by_use = tables(beside(BEFORE, AFTER, Words("en")))
    assert lines == [
        ["b", "S", "%", "50.0", "40.0 to 60.0", "70.0", "52.0", "outside", "inside", "40.0 %", "3.0 %"],
        ["b again", "S", "%", "50.0", "30.0 to 70.0", "70.0", "52.0", "inside", "inside", "40.0 %", "3.0 %"],
        ["a", "F", "firms", "100", "99 to 101", "95", "100", "outside", "inside", "5.0 %", "0.0 %"],
        ["new", "S", "firms", "30.0", "27.0 to 33.0", "–", "29.0", "–", "inside", "–", "2.0 %"],
        ["range", "H", "ratio", "–", "1.00 to 2.00", "–", "1.50", "–", "inside", "–", "–"],
        ["gone", "H", "firms", "30.0", "27.0 to 33.0", "24.0", "–", "outside", "–", "20.0 %", "–"],
    ]
    assert by_use == [
        ["F fitted, not a test", "1", "0", "1", "5.0 %", "0.0 %"],
        ["S seen, no strict test", "2", "1", "2", "40.0 %", "3.0 %"],
        ["S and H together, not fitted", "2", "1", "2", "40.0 %", "3.0 %"],
    ]


def test_scorecards_without_scores_can_be_compared():
    bare = BEFORE.drop(columns="relative")
    assert tables(beside(bare, bare, Words("en")))[0][0][-4:] == ["inside", "inside", "–", "–"]
    lines, by_use = tables(beside(bare, AFTER, Words("zh")))
    assert lines[0][-2:] == ["–", "3.0 %"]
    assert by_use[0] == ["F 拟合，不是检验", "1", "0", "1", "–", "–"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_files_are_read_and_printed(tmp_path, monkeypatch, capsys, lang):
    paths = [str(tmp_path / "before.csv"), str(tmp_path / "after.csv")]
    for path, scorecard in zip(paths, (BEFORE, AFTER), strict=True):
        scorecard.to_csv(path, index=False, encoding="utf-8-sig")
    monkeypatch.setattr("sys.argv", ["beside", *paths, "--lang", lang])
    main()
    assert capsys.readouterr().out.strip() == beside(BEFORE, AFTER, Words(lang)).strip()
