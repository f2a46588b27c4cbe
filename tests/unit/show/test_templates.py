"""Templates of reports: both languages have the same content, and users' text is never taken as Markdown."""

import re

import pytest
from hypothesis import example, given
from jinja2 import UndefinedError, nodes

from sim.show.pages.markdown import code
from sim.show.pages.templates import FOLDER, environment
from tests.unit.show.test_markdown import LINES, read
from tests.unit.show.test_show import chinese

REPORTS = sorted({path.name.partition(".")[0] for path in FOLDER.glob("*.j2")})


def said(text, **facts):
    return environment().from_string(text).render(**facts)


@given(LINES.filter(bool), LINES.filter(bool))
@example("a*", "b*")
@example("a_", "_b")
@example("a\\", "<")
@example("2024. Talent", "]")
def test_what_is_filled_in_reads_as_it_was_written(one, other):
    template = "# {{ one }}与{{ other }}\n\n{{ one }}与{{ other }}.\n\n- {{ one }}, {{ other }}(a)"
    expected = [f"{one}与{other}", f"{one}与{other}.", f"{one}, {other}(a)"]
    assert read(said(template, one=one, other=other)) == expected


def test_signs_of_html_stay_and_macros_are_written_once():
    text = "{% macro twice(name) %}{{ name }}{{ name }}{% endmacro %}**{{ twice(name) }}**"
    assert said(text, name="<a> & *b*") == "**\\<a> & \\*b\\*\\<a> & \\*b\\***"
    assert said("{{ name }}", name=code("a_b")) == "`a_b`"


def test_a_template_that_speaks_of_what_is_not_there_fails():
    with pytest.raises(UndefinedError):
        said("{{ nothing }}")


def test_tables_of_rows_leave_empty_columns_out():
    template = '{{ rows | table(["name", "group"], ["runs", "share"]) }}'
    rows = [["a|b", "", "12", ""], ["c", "", "3", "5 %"]]
    expected = ["| name | runs | share |", "| :-- | --: | --: |", "| a\\|b | 12 |  |", "| c | 3 | 5 % |"]
    assert said(template, rows=rows).splitlines() == expected


def parsed(name):
    return environment().parse((FOLDER / name).read_text(encoding="utf-8"))


def facts(tree):
    """What a template speaks of: names with their attributes, filters, tests, and what it defines."""
    found = {node.name for node in tree.find_all(nodes.Name)}
    found |= {f".{node.attr}" for node in tree.find_all(nodes.Getattr)}
    found |= {f"macro {node.name}" for node in tree.find_all(nodes.Macro)}
    found |= {f"| {node.name}" for node in tree.find_all(nodes.Filter)}
    return found


def figures(tree):
    return [
        node.args[0].value
        for node in tree.find_all(nodes.Call)
        if isinstance(node.node, nodes.Name) and node.node.name == "figure"
    ]


@pytest.mark.parametrize("report", REPORTS)
def test_templates_are_in_their_language(report):
    zh, en = ((FOLDER / f"{report}.{lang}.md.j2").read_text(encoding="utf-8") for lang in ("zh", "en"))
    assert chinese(zh)
    assert not chinese(en)


@pytest.mark.parametrize("report", REPORTS)
def test_both_languages_speak_of_the_same_in_the_same_order(report):
    zh, en = (parsed(f"{report}.{lang}.md.j2") for lang in ("zh", "en"))
    assert facts(zh) == facts(en)
    assert figures(zh) == figures(en)
    levels = [
        re.findall(r"^(?:\{[%].*?[%]\})*(#+) ", (FOLDER / f"{report}.{lang}.md.j2").read_text("utf-8"), re.M)
        for lang in ("zh", "en")
    ]
    assert levels[0] == levels[1]
