import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.files.names import evidence_folder
from sim.world.vocabulary import Named, load_vocabulary


@pytest.fixture(scope="module")
def known():
    return load_vocabulary(evidence_folder("hubei"))


@pytest.mark.parametrize(
    "given", [420100, "420100", "Wuhan", "wuhan", " Wuhan ", "武汉市", "武汉"], ids=lambda given: repr(given)
)
def test_region_by_every_name(known, given):
    assert known.region(given) == 420100


@pytest.mark.parametrize(("given", "code"), [("恩施", 422800), ("神农架", 429021), ("Shennongjia", 429021)])
def test_region_by_the_beginning_of_its_chinese_name(known, given, code):
    assert known.region(given) == code


NAMES = {
    420600: [
        "襄阳",
        "襄阳市",
        "湖北省襄阳市",
        "湖北襄阳",
        "Xiangyang City",
        "xiangyang  city",
        "Xiangyang Prefecture",
    ],
    422800: ["恩施", "恩施州", "恩施自治州", "恩施土家族苗族自治州", "湖北省恩施州", "Enshi Prefecture"],
    429021: ["神农架", "神农架林区", "湖北神农架林区", "Shennongjia Forestry District"],
    429005: ["潜江", "潜江市", "Qianjiang City"],
}


@pytest.mark.parametrize(("given", "code"), [(name, code) for code, names in NAMES.items() for name in names])
def test_region_by_usual_names(known, given, code):
    assert known.region(given) == code


@pytest.mark.parametrize(
    "given", ["恩施市", "襄阳州", "湖南省襄阳市", "神农架市", "Enshi City", "Wuhan Road"]
)
def test_a_name_of_something_else_is_no_region(known, given):
    with pytest.raises(ValueError, match="no such region"):
        known.region(given)


def test_the_same_rule_in_another_province():
    other = load_vocabulary(Path(__file__).parents[2] / "provinces" / "lakeland")
    assert other.region("澄湖") == other.region("Chenghu City") == other.region("澄湖市") == 990100
    with pytest.raises(ValueError, match="Did you mean 石渡市"):
        other.region("湖北省石渡市")


def test_a_name_is_never_ambiguous(known):
    lakes = (Named("130700", "张家口市", "Zhangjiakou"), Named("430800", "张家界市", "Zhangjiajie"))
    both = replace(known, regions=lakes)
    assert both.region("张家口") == 130700
    with pytest.raises(ValueError, match="this may be 张家口市 or 张家界市"):
        both.region("张家")


def test_a_city_that_its_province_is_called_like(known):
    jilin = replace(
        known, regions=(Named("220100", "长春市", "Changchun"), Named("220200", "吉林市", "Jilin"))
    )
    assert jilin.region("吉林") == jilin.region("吉林省吉林市") == jilin.region("吉林吉林市") == 220200
    assert jilin.region("吉林长春") == 220100


@pytest.mark.parametrize("given", ["黄", "市", "", None, True, 1, [], {}, "Hunan province", "42"])
def test_no_such_region(known, given):
    with pytest.raises(ValueError, match=r"^no such region\. "):
        known.region(given)


def test_suggestion_is_in_the_language_given(known):
    with pytest.raises(ValueError, match="Did you mean Wuhan"):
        known.region("Wuhann")
    with pytest.raises(ValueError, match="Did you mean 襄阳市"):
        known.region("襄樊市")


def test_industry_by_id_and_names(known):
    assert known.industry("autos") == known.industry("Motor vehicles and parts") == "autos"
    assert known.industry("汽车及零部件") == known.industry("汽车") == known.industry("汽车零部件") == "autos"
    with pytest.raises(ValueError, match=r"^no such industry\. Allowed: autos, "):
        known.industry("banking")


def test_lists_come_in_official_order(known):
    codes = known.region_codes("all")
    assert len(codes) == 17
    assert codes == tuple(sorted(codes))
    assert (
        known.region_codes([420600, 420100])
        == (420100, 420600)
        == known.region_codes([420100, 420600, 420600])
    )
    assert known.region_codes("core") == (420100, 420500, 420600)
    assert known.industry_ids(["chemicals", "autos"]) == ("autos", "chemicals")
    assert len(known.industry_ids("all")) == 12


@pytest.mark.parametrize("name", ["cost_pool", "pool_capacity", "relabel"])
def test_registry_without_a_number_of_a_lever_is_refused(tmp_path, name):
    folder = shutil.copytree(evidence_folder("hubei"), tmp_path / "own")
    rows = (folder / "parameters.csv").read_text().splitlines(keepends=True)
    (folder / "parameters.csv").write_text("".join(row for row in rows if not row.startswith(f"{name},")))
    with pytest.raises(InputError) as error:
        load_vocabulary(folder)
    (problem,) = error.value.problems
    assert problem.file == str(folder / "parameters.csv")
    assert problem.message == f"rows are missing that the model needs: {name}"


@pytest.mark.parametrize("name", ["regions.csv", "industries.csv", "parameters.csv"])
def test_missing_file_of_the_evidence_is_named(tmp_path, name):
    folder = shutil.copytree(evidence_folder("hubei"), tmp_path / "own")
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name}"):
        load_vocabulary(folder)
