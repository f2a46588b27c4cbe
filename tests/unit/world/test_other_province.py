"""Another province is another folder: Lakeland, an invented one, loads and runs, and its survey can be made again."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.evidence.tables import Evidence, load_evidence
from sim.files.names import evidence_folder
from sim.runs.run import evidence_of, run
from sim.show.figures.geography import plane_of
from sim.world.parameters import load_parameters
from sim.world.scenario import load_scenario
from tests.provinces import make_lakeland_survey as survey

PROVINCES = Path(__file__).parents[2] / "provinces"
LAKELAND = PROVINCES / "lakeland"
SCENARIO = PROVINCES / "lakeland.yaml"
HUBEI = evidence_folder("hubei")


@pytest.fixture(scope="module")
def lakeland() -> Evidence:
    return load_evidence(LAKELAND)


# --- the folder --------------------------------------------------------------------------------------------


def test_folder_is_whole(lakeland):
    assert [(region.code, region.zh, region.en) for region in lakeland.regions] == [
        (990100, "澄湖市", "Chenghu"),
        (990200, "苇洲市", "Weizhou"),
        (990300, "石渡市", "Shidu"),
    ]
    assert len(lakeland.industries) == 4
    assert {name: len(cells) for name, cells in lakeland.grids.items()} == {"0.1": 48, "0.2": 12}
    assert len(lakeland.paths) == 2
    assert load_parameters(LAKELAND)["firms_2019"].default == 12_000


def test_nothing_in_it_passes_for_a_fact(lakeland):
    numbers = [*lakeland.figures.values(), *lakeland.records.values(), *lakeland.totals.values()]
    numbers += [*lakeland.effects, *lakeland.targets, *load_parameters(LAKELAND).values()]
    fitted = [number for number in numbers if number.grade == "derived"]
    assert {number.grade for number in numbers} == {"assumed", "derived"}
    assert all(number.source.startswith("fitted") for number in fitted)
    assert all(number.source.startswith("invented") for number in numbers if number not in fitted)


def test_it_shares_no_place_with_hubei_but_the_questionnaire(lakeland):
    hubei = load_evidence(HUBEI)
    for names in (
        lambda evidence: {region.code for region in evidence.regions},
        lambda evidence: {region.zh for region in evidence.regions},
        lambda evidence: {industry.id for industry in evidence.industries},
    ):
        assert not names(lakeland) & names(hubei)
    assert lakeland.variables == hubei.variables


def test_divisions_add_up_to_the_province(lakeland):
    def total(indicator, year):
        return sum(lakeland.figures[region.code, indicator, year].value for region in lakeland.regions)

    for year in range(2018, 2023):
        assert total("gdp", year) == pytest.approx(lakeland.totals["table1.gdp", year].value)
    for indicator in ("hightech_firms", "tech_smes", "above_scale_firms"):
        assert total(indicator, 2022) == lakeland.records[indicator, 2022].value
    assert total("universities", 2021) == lakeland.records["universities", 2021].value
    assert not [name for name, _ in lakeland.records if "wuhan" in name]


def test_the_lake_is_a_hole_in_the_map(lakeland):
    shore, coast = sorted(plane_of(lakeland).border, key=len)
    assert len(shore) == 4
    assert len(coast) == 8  # a rectangle with a spit in the east


@pytest.mark.parametrize(
    ("indicator", "unit"), [("gdp", "1e8 yuan"), ("population", "persons"), ("secondary_share", "share")]
)
def test_figures_in_another_unit_than_the_model_reads(tmp_path, indicator, unit):
    folder = Path(shutil.copytree(LAKELAND, tmp_path / "lakeland"))
    path = folder / "region_figures.csv"
    lines = path.read_text(encoding="utf-8").split("\n")
    at = next(k for k, line in enumerate(lines) if line.startswith(f"990200,{indicator},2022,"))
    lines[at] = lines[at].replace(f",{unit},", ",bn yuan,")
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_evidence(folder)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.key, problem.value) == (str(path), at + 1, "unit", "bn yuan")
    assert unit in problem.message


# --- a run -------------------------------------------------------------------------------------------------


def test_one_replication(lakeland):
    scenario = load_scenario(SCENARIO, replications=1, horizon={"start": "2020Q1", "end": "2022Q4"})
    assert scenario.title == {"zh": "湖原（虚构）", "en": "Lakeland (invented)"}
    assert evidence_of(scenario).digest == lakeland.digest
    results = run(scenario, workers=1)
    firms = results.quarters.query("metric == 'firms'").set_index("quarter")["value"]
    assert firms["2020Q1"] == pytest.approx(12_000, rel=0.03)
    regions = results.regions.query("metric == 'firms' and quarter == '2022Q4'")
    assert set(regions["region"].astype(int)) == {990100, 990200, 990300}
    assert regions["value"].min() > 0
    assert set(results.industries["industry"]) == {industry.id for industry in lakeland.industries}


def test_policies_name_its_places(tmp_path):
    policy = tmp_path / "policy.yaml"
    lever = "{start: 2021Q1, share_of_budget: 1, regions: [Weizhou, 石渡], for: {industries: [sensors]}}"
    policy.write_text(
        f"name: policy\nextends: {SCENARIO}\nlevers:\n  rd_subsidy: {lever}\n", encoding="utf-8"
    )
    (use,) = load_scenario(policy).levers
    assert use.regions == (990200, 990300)
    assert use.industries == ("sensors",)


# --- its survey --------------------------------------------------------------------------------------------


def test_answers_are_what_the_script_makes():
    assert survey.ANSWERS.read_text(encoding="utf-8") == survey.answers_text(survey.answers())


def test_table_5_is_what_the_script_makes():
    assert survey.TABLE.read_text(encoding="utf-8") == survey.table_text(survey.answers())


def test_table_5_is_laid_out_as_hubeis():
    def layout(folder):
        with (folder / "table5_logit.csv").open(encoding="utf-8-sig", newline="") as file:
            return [
                (row["variable"], row["column"], row["unit"], row["year"]) for row in csv.DictReader(file)
            ]

    assert layout(LAKELAND) == layout(HUBEI)


def test_stars_are_in_no_doubt():
    assert survey.nearest_threshold(survey.fits(survey.answers())) > 0.05


def test_answers_follow_the_stated_truth(lakeland):
    given = survey.answers()
    full = survey.fits(given)[-1]
    truth = np.array(list(survey.TRUTH.values()))
    assert np.abs((full.params - truth) / full.bse).max() < 3
    assert lakeland.records["survey_firms", 2022].value == len(given["Y"])
    for k, group in enumerate(survey.GROUPS):
        chosen = given["X2"] == k
        for name in ("X3", "X4", "X5", "X6", "X7", "X10", "X11", "X13"):
            shares = np.array(lakeland.margins[name, group])
            found = np.bincount(given[name][chosen], minlength=len(shares)) / chosen.sum()
            error = np.sqrt(shares * (1 - shares) / chosen.sum())
            assert np.all(np.abs(found - shares) < 3.5 * error), (name, group)
