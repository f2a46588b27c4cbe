import shutil

import pytest

from sim.errors import InputError
from sim.files import calibration_folder
from sim.world.known import load_known


@pytest.fixture(scope="module")
def known():
    return load_known(calibration_folder("hubei"))


@pytest.mark.parametrize(
    "given", [420100, "420100", "Wuhan", "wuhan", " Wuhan ", "武汉市", "武汉"], ids=lambda given: repr(given)
)
def test_prefecture_by_every_name(known, given):
    assert known.region(given) == 420100


@pytest.mark.parametrize(("given", "code"), [("恩施", 422800), ("神农架", 429021), ("Shennongjia", 429021)])
def test_prefecture_by_the_beginning_of_its_chinese_name(known, given, code):
    assert known.region(given) == code


@pytest.mark.parametrize("given", ["黄", "市", "", None, True, 1, [], {}, "Hunan province", "42"])
def test_no_such_prefecture(known, given):
    with pytest.raises(ValueError, match=r"^no such prefecture\. "):
        known.region(given)


def test_suggestion_is_in_the_language_given(known):
    with pytest.raises(ValueError, match="Did you mean Wuhan"):
        known.region("Wuhann")
    with pytest.raises(ValueError, match="Did you mean 襄阳市"):
        known.region("襄樊市")


def test_industry_by_id_and_names(known):
    assert known.industry("autos") == known.industry("Motor vehicles and parts") == "autos"
    assert known.industry("汽车及零部件") == "autos"
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
    folder = shutil.copytree(calibration_folder("hubei"), tmp_path / "own")
    rows = (folder / "parameters.csv").read_text().splitlines(keepends=True)
    (folder / "parameters.csv").write_text("".join(row for row in rows if not row.startswith(f"{name},")))
    with pytest.raises(InputError) as error:
        load_known(folder)
    (problem,) = error.value.problems
    assert problem.file == str(folder / "parameters.csv")
    assert problem.message == f"rows are missing that the model needs: {name}"


@pytest.mark.parametrize("name", ["regions.csv", "industries.csv", "parameters.csv"])
def test_missing_file_of_the_evidence_is_named(tmp_path, name):
    folder = shutil.copytree(calibration_folder("hubei"), tmp_path / "own")
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name}"):
        load_known(folder)
