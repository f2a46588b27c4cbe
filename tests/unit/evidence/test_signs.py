import pytest

from sim.errors import InputError
from sim.evidence.signs import first_sign, meant
from sim.evidence.yaml_positions import read_yaml
from sim.world.scenario import load_scenario, read_document


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "file.yaml"
        path.write_text(text, encoding="utf-8", newline="")
        return read_yaml(path, "file.yaml")

    return read


def places(error):
    return [(problem.line, problem.column) for problem in error.value.problems]


PLAIN = dict(zip("：，、【】｛｝（“’０９％－＃　", ":,,[]{}[\"'09%-# ", strict=True))


@pytest.mark.parametrize("sign", PLAIN)
def test_what_a_sign_stands_for(sign):
    assert meant(sign) == PLAIN[sign]


@pytest.mark.parametrize("sign", ["a", "7", ":", "武", "·", "…", "é"])
def test_other_signs_stand_for_themselves(sign):
    assert meant(sign) is None


def test_signs_that_quantities_are_written_with_and_names_of_files_are_left_alone():
    assert first_sign("−6 ％") is None
    assert first_sign("../新（二）.yaml") is None
    assert first_sign("基线（新）.yaml") is None
    assert first_sign("武汉，襄阳") == 2


def test_only_a_key_lacks_a_blank_after_its_colon():
    assert first_sign("seed:7", key=True) == 4
    assert first_sign("seed:7") is None
    assert first_sign("tcp://host", key=True) is None


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_keeps_its_signs_and_only_the_culprit_is_named(read, end):
    lines = [
        "title: {zh: 研发：补贴，（一期）}",
        "description:",
        "  zh: “好”：见，下",
        "seed：7",
        "scale: 0.01",
        "",
    ]
    with pytest.raises(InputError) as error:
        read(end.join(lines))
    assert places(error) == [(4, 5)]


def test_no_sign_is_named_that_is_not_the_cause(read):
    with pytest.raises(InputError) as error:
        read("title: 研发：补贴\nseed: 7: 8\n")
    assert places(error) == [(2, 8)]
    assert "second colon" in str(error.value)


@pytest.mark.parametrize("text", ["“研发”：一", "（一）研发", "【研发】、（补贴）", "‘研’发"])
def test_signs_that_would_swallow_the_rest_are_not_named(read, text):
    with pytest.raises(InputError) as error:
        read(f"title: {text}: 补贴\nseed: 7\n")
    assert "second colon" in str(error.value)


def test_signs_in_quotation_marks_and_comments_are_not_looked_at(read):
    with pytest.raises(InputError) as error:
        read("# 注：意\ntitle: '研发：补贴'  # 注：意\nseed：7\n")
    assert places(error) == [(3, 5)]


def test_every_break_of_a_file_is_named_at_once(read):
    with pytest.raises(InputError) as error:
        read("name：a\ntitle: {zh: 研发， en: R&D}\nlevers:\n  platforms: ｛start: 2024Q1｝\n")
    assert places(error) == [(1, 5), (2, 15), (4, 14), (4, 28)]


def test_colons_of_several_lines_that_fail_only_together(read):
    with pytest.raises(InputError) as error:
        read("levers：\n  platforms：\n    regions: 见：下\n    start: 2024Q1\n")
    assert places(error) == [(1, 7), (2, 12)]


def test_a_long_file_is_judged_in_bounded_time(read):
    with pytest.raises(InputError):
        read("a: [\n" + "：，【】：，【】：，【】\n" * 2000)


def test_signs_in_what_no_file_holds(tmp_path):
    with pytest.raises(InputError, match="a full-width digit"):
        load_scenario("baseline", scale="０.０１")
    with pytest.raises(InputError, match="a full-width comma"):
        read_document({"name": "a", "shocks": [{"kind": "demand，"}]})


def test_what_the_parser_itself_cannot_take_is_told_beside_a_full_width_sign(tmp_path):
    path = tmp_path / "both.yaml"
    path.write_text('name：x\ntitle: "\\UFFFFFFFF"\nlevers: {a: [}\n', encoding="utf-8")
    with pytest.raises(InputError):
        read_yaml(path)
