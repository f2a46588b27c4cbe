"""Text in Markdown, read back with an independent parser."""

import dataclasses
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from sim.show.pages.comparison import comparison_markdown
from sim.show.pages.html import html_page
from sim.show.pages.markdown import code, escaped, unmarked
from sim.show.pages.templates import section
from sim.show.tables.blocks import Block
from sim.show.tables.printing import print_blocks, print_comparison
from sim.show.texts.account import Answer
from sim.words import Words
from tests.unit.show.test_show import invent

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
#: Where each means something else than itself.
SIGNS = [*"\\`*_{}[]()#+-.!|<>&~$=:;/ ab1人", "**", "](", "&amp;", "<b>", "12. ", "- ", "---", "[x] ", "\\|"]
LINES = st.lists(st.sampled_from(SIGNS), min_size=1, max_size=12).map(
    lambda parts: " ".join("".join(parts).split())
)


def read(markdown):
    """Every text in Markdown, piece by piece as it is shown; what is no text in angle brackets."""
    found = []
    for token in PARSER.parse(markdown):
        if token.type == "inline":
            kinds = {"text": "{}", "code_inline": "{}"}
            found.append("".join(kinds.get(c.type, f"<{c.type}>").format(c.content) for c in token.children))
        elif not token.type.endswith(("_open", "_close")):
            found.append(f"<{token.type}>")
    return found


@given(LINES.filter(bool))
@example("* a star\\")
@example("2024. Talent")
@example("a ##")
@example("$x^2$ | <b>y</b> *z* `t` [u](v) &amp; ~~w~~")
def test_a_text_reads_as_it_was_written(text):
    block = Block(text, [text, "n"], [True, False], [[text, "1"]], [text])
    assert read(section(block, "##")) == [text, text, "n", text, "1", text]
    assert read(section(Block("", lines=[text, "next"]), "##")) == [text, "next"]


@pytest.mark.parametrize(
    "text",
    [
        "+820 ± 110",
        "0.31 [0.02, 0.55]",
        "cost_P08",
        "−1.755***",
        "p < 0.05",
        "R&D",
        "62 %; ! 3.3 %",
        "× 26.4",
    ],
)
def test_what_means_nothing_stays_readable(text):
    assert escaped(text, cell=True) == text


def test_names_are_code_in_markdown_and_bare_elsewhere():
    text = f"with {code('cost_P08')} $ and {code('a`b')}"
    assert escaped(text) == "with `cost_P08` \\$ and a\\`b"
    assert unmarked(text) == "with cost_P08 $ and a`b"
    assert escaped("first\nsecond") == "first second"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_titles_of_policies_read_in_the_report_as_they_were_written(lang):
    title = "# $1 | *2* <b>3</b> `4` [5](6) _7_ {8} \\ 🚀"
    found = invent()
    odd = dataclasses.replace(found, titles={name: {"zh": title, "en": title} for name in found.titles})
    texts = read(comparison_markdown(Answer(odd, Words(lang))))
    assert texts.count(title) >= 4, "a cell of each table of the ranking"
    assert not [text for text in texts if "<" in text.replace(title, "")]


@pytest.mark.parametrize("title", [":rocket: :100: [bold]x[/bold] `y`", "ends in \\", "[/]", "$5 {x}"])
def test_titles_read_on_the_terminal_as_they_were_written(title):
    found = invent()
    odd = dataclasses.replace(found, titles={name: {"zh": title, "en": title} for name in found.titles})
    answer = Answer(odd, Words("en"))
    console = Console(file=io.StringIO(), width=160)
    print_comparison(answer, console)
    print_blocks([Block(title, [title], [True], [[title]], [title])], answer, console)
    lines = console.file.getvalue().splitlines()
    assert sum(title in line for line in lines) > 10
    assert [line.strip() for line in lines[-9:]].count(title) == 4


def test_the_title_of_a_page_is_the_heading_without_backslashes(tmp_path):
    page = html_page(f"# {escaped('$ <b> *x*')}\n", tmp_path, Words("en"))
    assert "<title>$ &lt;b&gt; *x*</title>" in page
    assert "<h1>$ &lt;b&gt; *x*</h1>" in page
