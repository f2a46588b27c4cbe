"""Names on figures: drawn as text within the available space, whatever characters they contain."""

import dataclasses
from pathlib import Path

import pytest
from matplotlib.text import Text

from sim.show.figures.all import draw_run
from sim.show.figures.canvas import SMALL_SIZE, draw_all, style
from sim.show.figures.lettering import drawable, fitted, text_width, wrapped
from sim.show.figures.ranking import draw_ranking
from sim.show.figures.study_all import FIGURES
from sim.show.figures.study_rows import row_figures
from sim.show.texts.account import Answer, RunAccount
from sim.show.texts.study_account import StudyAccount
from sim.words import Words
from tests.unit.show.test_show import FIVE, assert_legible, boxes, drawn_text, invent, invent_run, sheets_of
from tests.unit.show.test_show_studies import DRAWN, study

LANGUAGES = ("zh", "en")
CHINESE = (
    "湖北省数字化转型与中小企业人才储备池建设专项资金支持方案（二〇二四至二〇三五年）"
    "武汉襄阳宜昌以外各市州重点倾斜的若干措施一"
)
LONG = ("Support $100 and $ more_of^it {to} every % firm \\frac | *that* <b>asks</b> `for` it #1 🚀 " * 3)[
    :197
] + "END"
#: Titles that figures have failed of, by policy.
TITLES = {
    "talent_pool": {"zh": CHINESE, "en": LONG},
    "subsidies": {"zh": "🚀🚀 研发 $补贴$ {a} ❤️👩‍💻", "en": "🚀 R&D for $5 🚀 $"},
    "platforms": {"zh": "数" * 200, "en": "W" * 200},
    "all_three": {"zh": "_下划线_", "en": "_under_"},
    "concentrate": {"zh": "全部 العربية ∑", "en": "all العربية ∑"},
}


@pytest.fixture(scope="module")
def odd():
    found = invent(FIVE, "drawn")
    return dataclasses.replace(found, titles={**found.titles, **TITLES})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_odd_titles_are_written_as_text_and_hide_nothing(odd, tmp_path, lang):
    """With warnings as errors, as everywhere in the tests: no glyph is missing, no formula is read."""
    with style():
        sheets = sheets_of(odd, lang)
        drawn = draw_all({name: lambda sheet=sheet: sheet for name, sheet in sheets.items()}, tmp_path)
        for name, sheet in sheets.items():
            assert_legible(name, sheet)
            axes = [axes.get_position() for axes in sheet.figure.axes]
            assert min(place.width * sheet.width for place in axes) > 0.8, "there is room for every chart"
    assert len(drawn) == 2 * len(sheets)
    texts = drawn_text(tmp_path / "yuan_per_climb.svg")
    wanted = {
        "zh": [CHINESE, "研发 $补贴$ {a} ❤", "_下划线_", "全部 العربية ∑"],
        "en": ["R&D for $5 $", "_under_", "all العربية ∑"],
    }
    for text in wanted[lang]:
        assert text in texts


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", DRAWN)
def test_odd_titles_in_studies(name, lang):
    titles = dict(
        zip(("baseline", "subsidies", "platforms"), (each[lang] for each in TITLES.values()), strict=False)
    )
    made = study(name)
    account = StudyAccount(made, Words(lang), titles)
    with style():
        for draw in {**FIGURES, **row_figures(account)}.values():
            sheet = draw(account)
            if sheet is not None:
                assert_legible(name, sheet)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_odd_title_of_a_run_is_written_as_text(tmp_path, lang):
    run = invent_run(0.01)
    scenario = run.scenario.model_copy(update={"title": TITLES["talent_pool"]})
    draw_run(RunAccount(dataclasses.replace(run, scenario=scenario), Words(lang)), tmp_path)
    assert TITLES["talent_pool"][lang][:40] in " ".join(drawn_text(tmp_path / "ladder.svg"))


def test_a_long_name_keeps_its_beginning_and_its_end():
    for lines in (1, 2, 3):
        found = fitted(LONG, SMALL_SIZE, 2.0, lines)
        assert len(found) == lines
        assert all(text_width(line, SMALL_SIZE) <= 2.0 for line in found)
        assert found[0].startswith("Support $100")
        assert found[-1].endswith("END")
        assert "…" in found[-1]
    assert fitted("Pool", SMALL_SIZE, 2.0) == ["Pool"]
    assert fitted("a\nb", SMALL_SIZE, 2.0) == ["a b"]


def test_a_word_longer_than_a_line_breaks_and_loses_nothing():
    lines = wrapped(["x" * 200 + " end"], SMALL_SIZE, 1.0)
    assert all(text_width(line, SMALL_SIZE) <= 1.0 for line in lines)
    assert "".join(lines) == "x" * 200 + "end"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("人才储备池 R&D ± ∑ ❤", "人才储备池 R&D ± ∑ ❤"),
        ("a 🦄 b", "a b"),
        ("a\u200db\ufe0f", "ab"),
        ("🦄\n🦄x", "\nx"),
        ("🦄🦄", "…"),
        ("", ""),
        ("\ud83d!", "!"),
    ],
)
def test_what_no_font_draws_is_left_out(text, shown):
    assert drawable(text) == shown


def test_every_text_of_a_sheet_is_made_drawable(tmp_path: Path):
    """Texts that come past the fitting of names too, such as meanings from somebody's own evidence."""
    with style():
        sheet = draw_ranking(Answer(invent(), Words("en")))
    sheet.figure.axes[0].set_xlabel("🦄 firms $ of $")
    with style():
        draw_all({"ranking": lambda: sheet}, tmp_path)
    assert "firms $ of $" in [text.get_text() for text in sheet.figure.findobj(Text)]
    assert boxes(sheet)
