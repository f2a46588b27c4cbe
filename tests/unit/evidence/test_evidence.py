"""Evidence: facts are as printed in the documents; mistakes in a file are reported at their place."""

from __future__ import annotations

import csv
import pickle
import re
import shutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.evidence.cells import GRADES
from sim.evidence.csv_rows import read_rows
from sim.evidence.regression import coefficients, entered, log_odds_variables
from sim.evidence.tables import Evidence, folder_digest, load_evidence

HUBEI = Path(__file__).parents[3] / "calibration" / "hubei"


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence(HUBEI)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HUBEI, tmp_path / "hubei"))


def problems_of(act: Callable[[], object]) -> list[str]:
    """What a person reads, one text per mistake."""
    with pytest.raises(InputError) as caught:
        act()
    return [str(problem) for problem in caught.value.problems]


def respell(path: Path, start: str, column: str, text: str) -> str:
    """Change one cell of the row that begins with `start`; hand back the place, file:line:column."""
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith(start))
    cells = next(csv.reader([lines[at]]))
    place = lines[0].split(",").index(column)
    assert not any("," in cell or '"' in cell for cell in cells[:place]), "choose a column before any quotes"
    cells[place] = text
    lines[at] = ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"{path}:{at + 1}:{sum(len(cell) + 1 for cell in cells[:place]) + 1}"


# --- the facts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "year", "value"),
    [
        ("table1.gdp", 2019, 45828.31),
        ("table1.gdp", 2022, 53734.9),
        ("table1.fiscal_revenue", 2020, 2511.54),
        ("table1.deposits", 2019, 59747.70148),
        ("table2.gdp_growth", 2009, 13.7),
        ("table2.secondary_pull", 2018, 3.0),
        ("table3.manufacturing", 2019, 134.3),
        ("table3.it_software", 2019, 18.1),
    ],
)
def test_tables_1_to_3_are_as_printed(evidence: Evidence, indicator: str, year: int, value: float) -> None:
    figure = evidence.totals[indicator, year]
    assert (figure.value, figure.grade) == (value, "seed")


def test_sector_pulls_sum_to_growth(evidence: Evidence) -> None:
    for year in range(2009, 2020):
        pulls = sum(
            evidence.totals[f"table2.{s}_pull", year].value for s in ("primary", "secondary", "tertiary")
        )
        assert pulls == pytest.approx(evidence.totals["table2.gdp_growth", year].value)


def test_missing_deposits_are_absent_not_zero(evidence: Evidence) -> None:
    assert ("table1.deposits", 2018) not in evidence.totals
    assert ("table1.deposits", 2022) not in evidence.totals


def test_table_4_codes(evidence: Evidence) -> None:
    variables = {variable.name: variable for variable in evidence.variables}
    assert list(variables) == ["Y", *(f"X{k}" for k in range(1, 14))]
    assert variables["X13"].labels_zh == ("有四项及以上", "有三项", "有两项", "有一项", "没享受过")
    assert variables["X1"].labels_zh[0] == "1~50"
    assert variables["X6"].labels_en == (
        "clearly better",
        "slightly better",
        "no change",
        "slightly worse",
        "clearly worse",
    )


def test_table_5_column_9_as_printed(evidence: Evidence) -> None:
    printed = dict(
        zip(
            ("_cons", "X1", "X2", "X3", "X4", "X5", "X6", "X7", "X10", "X11", "X13"),
            (-0.686, 0.108, 0.920, -1.755, 0.559, 0.174, -0.254, 0.388, -0.363, 0.671, -0.117),
            strict=True,
        )
    )
    vector = dict(zip(log_odds_variables(), coefficients(evidence, 9), strict=True))
    assert vector == {**dict.fromkeys(("X8", "X9", "X12"), 0.0), **printed}
    assert evidence.logit.stars["X3"][9] == "***"
    assert evidence.logit.stars["X11"] == {8: "**", 9: "*"}


def test_table_5_other_columns_as_printed(evidence: Evidence) -> None:
    assert evidence.logit.b["X6"] == {5: -0.0913, 6: -0.277, 7: -0.279, 8: -0.264, 9: -0.254}
    assert coefficients(evidence, 1) == (-0.95, 0.325, 1.069, *[0.0] * 11)
    lr = (11.15, 47.78, 52.83, 55.10, 55.57, 63.07, 64.16, 69.26, 69.81)
    assert tuple(evidence.logit.lr_chi2[column] for column in range(1, 10)) == lr
    assert evidence.logit.prob_chi2[1] == 0.0038


def test_columns_of_table_5_nest_and_fit_ever_better(evidence: Evidence) -> None:
    for column in range(2, 10):
        assert set(entered(evidence, column - 1)) < set(entered(evidence, column))
        assert evidence.logit.lr_chi2[column - 1] < evidence.logit.lr_chi2[column]


@pytest.mark.parametrize("column", [0, 10])
def test_a_column_that_table_5_lacks_is_refused(evidence: Evidence, column: int) -> None:
    (problem,) = problems_of(lambda: coefficients(evidence, column))
    assert "columns 1 to 9" in problem


def test_regions_in_code_order_with_three_core_cities(evidence: Evidence) -> None:
    codes = [region.code for region in evidence.regions]
    assert len(codes) == 17
    assert codes == sorted(codes)
    assert [region.en for region in evidence.regions if region.core] == ["Wuhan", "Yichang", "Xiangyang"]


def test_region_figures(evidence: Evidence) -> None:
    assert evidence.figures[420100, "gdp", 2022].value == 18866.43
    assert evidence.figures[420100, "gdp", 2022].grade == "official"
    assert evidence.figures[420200, "gdp", 2021].grade == "recalled"
    assert evidence.figures[420500, "above_scale_firms", 2022].grade == "assumed"
    assert (
        sum(evidence.figures[region.code, "population", 2020].value for region in evidence.regions)
        == 57752557
    )
    for region in evidence.regions:
        shares = [
            evidence.figures[region.code, f"{s}_share", 2022].value
            for s in ("primary", "secondary", "tertiary")
        ]
        assert sum(shares) == pytest.approx(1, abs=2e-4)


def test_records(evidence: Evidence) -> None:
    stocks = [evidence.records["hightech_firms", year].value for year in range(2019, 2025)]
    assert stocks == [7892, 10404, 14560, 20100, 25000, 30000]
    assert evidence.records["little_giants", 2022].value == 473
    assert evidence.records["industrial_firms", 2023].grade == "derived"
    assert (
        evidence.records["cloud_firms", 2023].value / evidence.records["cloud_share", 2023].value == 100_000
    )


def test_certificates_of_three_years_make_the_stock(evidence: Evidence) -> None:
    issued = {year: evidence.records["hightech_certificates", year].value for year in range(2017, 2025)}
    for year in range(2019, 2025):
        stock = evidence.records["hightech_firms", year].value
        assert sum(issued[year - k] for k in range(3)) == stock


def test_the_start_of_2019_adds_up_to_the_recorded_high_tech_firms(evidence: Evidence) -> None:
    start = [evidence.figures[region.code, "hightech_firms", 2019].value for region in evidence.regions]
    assert sum(start) == evidence.records["hightech_firms", 2019].value
    assert evidence.figures[420100, "hightech_firms", 2019].value / sum(start) == pytest.approx(
        0.564, abs=5e-4
    )


def test_weights_sum_to_one(evidence: Evidence) -> None:
    assert evidence.region_industry.shape == (17, 12)
    np.testing.assert_allclose(evidence.region_industry.sum(axis=1), 1, atol=1e-9)
    for shares in evidence.margins.values():
        assert sum(shares) == pytest.approx(1)


def test_named_industries_lead_in_their_regions(evidence: Evidence) -> None:
    place = {industry.id: at for at, industry in enumerate(evidence.industries)}
    lead = {
        region.en: evidence.industries[int(np.argmax(evidence.region_industry[at]))].id
        for at, region in enumerate(evidence.regions)
    }
    assert lead["Shiyan"] == lead["Suizhou"] == "autos"
    assert lead["Enshi"] == "food_health"
    wuhan = evidence.region_industry[0]
    assert wuhan[place["semiconductors"]] == evidence.region_industry[:, place["semiconductors"]].max()


def test_relatedness_is_symmetric_with_unit_diagonal(evidence: Evidence) -> None:
    np.testing.assert_array_equal(evidence.relatedness, evidence.relatedness.T)
    np.testing.assert_array_equal(np.diag(evidence.relatedness), 1)
    assert {industry.field for industry in evidence.industries} == set(evidence.fields)


def test_grids_cover_every_division(evidence: Evidence) -> None:
    codes = {region.code for region in evidence.regions}
    for grid, cells in (("0.1", 1756), ("0.2", 442)):
        assert len(evidence.grids[grid]) == cells
        assert {cell.region_code for cell in evidence.grids[grid]} == codes
        assert evidence.cell_degrees[grid] == float(grid)


def test_survey_margins(evidence: Evidence) -> None:
    assert evidence.margins["X3", "quality"][1] == 0.40
    assert evidence.margins["X13", "below_quality"] == (0.03, 0.05, 0.12, 0.25, 0.55)
    codes = {variable.name: len(variable.codes) for variable in evidence.variables}
    assert all(len(shares) == codes[variable] for (variable, _), shares in evidence.margins.items())


def test_instruments_effects_targets_paths(evidence: Evidence) -> None:
    assert [instrument.id for instrument in evidence.instruments] == [f"P{k:02d}" for k in range(1, 29)]
    effects = {effect.parameter: effect for effect in evidence.effects}
    assert len(effects) == 31
    assert (effects["rd_relabelling_share"].low, effects["rd_relabelling_share"].high) == (0.15, 0.30)
    assert {target.target: target.value for target in evidence.targets}["little_giants"] == 1000
    names = ["giant_led", "upgrade", "fusion", "imported_entrepreneur", "independent"]
    assert [path.path for path in evidence.paths] == names
    assert all(set(path.evidence) <= set(evidence.sources) for path in evidence.paths)


def test_every_number_says_where_it_comes_from(evidence: Evidence) -> None:
    for figures in (evidence.figures, evidence.records, evidence.totals):
        for figure in figures.values():
            assert figure.unit
            assert figure.grade in GRADES
            if figure.grade in ("seed", "official"):
                assert re.search(r"\b([A-ER]\d\d|T\d)\b", figure.source)


def test_a_fact_that_is_not_there_is_asked_for_by_name(evidence: Evidence) -> None:
    (problem,) = problems_of(lambda: evidence.records["hightech_firms", 1999])
    assert "records.csv" in problem
    assert "hightech_firms, 1999" in problem


def test_evidence_cannot_be_changed(evidence: Evidence) -> None:
    with pytest.raises(FrozenInstanceError):
        evidence.digest = ""  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        evidence.region_industry[0, 0] = 1


def test_evidence_travels_to_another_process(evidence: Evidence) -> None:
    there = pickle.loads(pickle.dumps(evidence))
    assert there.digest == evidence.digest
    assert there.totals["table1.gdp", 2019].value == 45828.31


def test_digest_follows_contents_and_names(copy: Path) -> None:
    before = folder_digest(copy)
    assert before == load_evidence(copy).digest == folder_digest(HUBEI)
    (copy / "notes.txt").write_text("not evidence")
    assert folder_digest(copy) == before
    records = copy / "records.csv"
    records.write_bytes(records.read_bytes().replace(b",306,", b",307,"))
    after = folder_digest(copy)
    assert after != before
    (copy / "records.csv").rename(copy / "records_.csv")
    assert folder_digest(copy) not in (before, after)


# --- mistakes in one cell ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "start", "column", "text", "message"),
    [
        ("records.csv", "hightech_firms,2021", "value", "many", "must be a number"),
        ("records.csv", "hightech_firms,2021", "value", "", "empty"),
        ("records.csv", "hightech_firms,2021", "value", "nan", "finite"),
        ("records.csv", "hightech_firms,2021", "value", "-inf", "finite"),
        ("records.csv", "hightech_firms,2021", "value", "14_560", "plain digits"),
        ("records.csv", "hightech_firms,2021", "value", "１４５６０", "plain digits"),
        ("records.csv", "hightech_firms,2021", "value", "-14560", "not be negative"),
        ("records.csv", "hightech_firms,2021", "unit", "", "empty"),
        ("records.csv", "hightech_firms,2021", "source", " ", "empty"),
        ("records.csv", "hightech_firms,2021", "source", "R99", "no such id in sources.csv"),
        ("records.csv", "hightech_firms,2021", "grade", "", "allowed are seed"),
        ("records.csv", "hightech_firms,2021", "grade", "oficial", "did you mean official?"),
        ("records.csv", "hightech_firms,2021", "year", "", "empty"),
        ("records.csv", "hightech_firms,2021", "year", "2021.5", "whole number"),
        ("records.csv", "hightech_firms,2021", "year", "21", "1900 to 2100"),
        ("records.csv", "cloud_share", "value", "48", "between 0 and 1"),
        ("table1_totals.csv", "gdp,2019", "value", "-1", "not be negative"),
        ("region_figures.csv", "420100,gdp,2019", "value", "-1", "not be negative"),
        ("region_figures.csv", "420100,gdp,2019", "code", "421999", "not listed in regions.csv"),
        ("region_figures.csv", "420100,gdp,2019", "code", "Wuhan", "whole number"),
        ("region_figures.csv", "420100,population,2020", "value", "-5", "not be negative"),
        ("region_figures.csv", "420100,secondary_share", "value", "1.2", "between 0 and 1"),
        ("regions.csv", "420500", "seat_lat", "300", "between -90 and 90"),
        ("regions.csv", "420500", "core", "yes", "allowed are 0, 1"),
        ("grid_0p2.csv", "1,8", "region_code", "421999", "not listed in regions.csv"),
        ("grids.csv", "0.2", "file", "../grid.csv", "name of a file in the same folder"),
        ("industries.csv", "autos", "field", "mechanics", "did you mean mechanical?"),
        ("industries.csv", "autos", "energy_cost_share", "6", "between 0 and 1"),
        ("industry_relatedness.csv", "autos,batteries", "relatedness", "1.5", "between 0 and 1"),
        (
            "industry_relatedness.csv",
            "autos,batteries",
            "industry_b",
            "battery",
            "not listed in industries.csv",
        ),
        ("industry_relatedness.csv", "autos,batteries", "industry_b", "autos", "to itself is 1"),
        ("table5_logit.csv", "X6,5", "b", "−0.0913", "must be a number"),
        ("table5_logit.csv", "X6,5", "stars", "****", "allowed are (empty), *"),
        ("table5_logit.csv", "LR_chi2,3", "b", "-52", "not be negative"),
        ("table5_logit.csv", "prob_chi2,3", "b", "1.5", "between 0 and 1"),
        ("table4_variables.csv", "X3,", "group", "inner", "allowed are outcome"),
        (
            "table4_variables.csv",
            "X3,技术创新人才储备是否充足,technical innovation talent reserve is sufficient,internal,1",
            "group",
            "firm",
            "says internal for the same variable",
        ),
        ("survey_margins.csv", "X5,quality,2", "group", "qualty", "did you mean quality?"),
        ("instruments.csv", "P15", "evidence_ids", "A99", "no such id in sources.csv"),
        ("effects.csv", "voucher_additionality", "central", "2", "between low and high"),
        ("targets_2027.csv", "shared_factories", "unit", "", "empty"),
        ("sources.csv", "R01", "what", "", "empty"),
        ("scorecard.csv", "1,", "series", "hightech_frims", "the model does not measure this"),
        ("scorecard.csv", "1,", "unit", "share", "reads this figure in firms"),
        ("scorecard.csv", "1,", "target", "recrod", "did you mean record?"),
        ("scorecard.csv", "1,", "most", "", "a target of kind record needs this"),
        ("scorecard.csv", "1,", "most", "-0.1", "must not be below least"),
        ("scorecard.csv", "1,", "use", "f", "allowed are F, S, H"),
        (
            "scorecard.csv",
            "1,",
            "year",
            "2019",
            "a number to be fitted must be above 0, and of 2020 or later",
        ),
        ("scorecard.csv", "12,", "use", "H", "line 12 uses the same series and year as S"),
        ("scorecard.csv", "12,", "least", "0.1", "has no use for this"),
        ("scorecard.csv", "18,", "of", "firm_entry", "not listed in effects.csv"),
        ("scorecard.csv", "17,", "of", "giants", "not listed in targets_2027.csv"),
        ("scorecard.csv", "25,", "series", "wuhan_share", "not listed in records.csv"),
        ("scorecard.csv", "24,", "unit", "ratio", "counted in share"),
        ("scorecard.csv", "27,", "grade", "", "a range needs this"),
        ("scorecard.csv", "28,", "order", "27", "given twice"),
    ],
)
def test_one_wrong_cell(copy: Path, file: str, start: str, column: str, text: str, message: str) -> None:
    place = respell(copy / file, start, column, text)
    problems = problems_of(lambda: load_evidence(copy))
    assert len(problems) == 1, problems
    assert problems[0].startswith(place + "  "), problems[0]
    assert message in problems[0]
    assert column in problems[0]


@pytest.mark.parametrize(
    ("file", "start", "column", "text", "message"),
    [
        (
            "region_industry.csv",
            "420300,autos",
            "weight",
            "0.9",
            "the weights of code 420300 sum to 1.536, not 1",
        ),
        (
            "survey_margins.csv",
            "X5,quality,4",
            "share",
            "0.2",
            "the shares of variable X5, group quality sum to 1.1",
        ),
    ],
)
def test_shares_that_do_not_sum_to_one(
    copy: Path, file: str, start: str, column: str, text: str, message: str
) -> None:
    respell(copy / file, start, column, text)
    lines = (copy / file).read_text(encoding="utf-8").split("\n")
    group = start.rpartition(",")[0]
    last = max(at for at, line in enumerate(lines, start=1) if line.startswith(group))
    (problem,) = problems_of(lambda: load_evidence(copy))
    assert problem.startswith(f"{copy / file}:{last}:")
    assert message in problem


@pytest.mark.parametrize(
    ("file", "start", "message"),
    [
        ("table1_totals.csv", "gdp,2019", "indicator + year given twice; first on line 3"),
        ("regions.csv", "420200", "code given twice; first on line 3"),
        ("table5_logit.csv", "X1,2", "variable + column given twice; first on line 3"),
        ("grid_0p1.csv", "0,22", "row + col given twice; first on line 3"),
        ("effects.csv", "rd_grant_effect", "parameter given twice; first on line 3"),
    ],
)
def test_a_key_given_twice(copy: Path, file: str, start: str, message: str) -> None:
    text = (copy / file).read_text(encoding="utf-8")
    line = next(line for line in text.split("\n") if line.startswith(start))
    (copy / file).write_text(text + line + "\n", encoding="utf-8")
    (problem,) = problems_of(lambda: load_evidence(copy))
    assert problem.startswith(f"{copy / file}:{text.count(chr(10)) + 1}:1  ")
    assert message in problem


def test_a_pair_of_industries_given_both_ways_round(copy: Path) -> None:
    path = copy / "industry_relatedness.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + "batteries,autos,0.5,share of own-industry spillover,ours,assumed\n", encoding="utf-8"
    )
    (problem,) = problems_of(lambda: load_evidence(copy))
    assert problem.startswith(f"{path}:{text.count(chr(10)) + 1}:1  industry_a: batteries")


@pytest.mark.parametrize(
    ("file", "start", "message"),
    [
        ("table5_logit.csv", "_cons,4", "_cons 4"),
        ("table4_variables.csv", "Y,", "missing: Y"),
        ("survey_margins.csv", "X13,", "X13 below_quality 0"),
        ("grid_0p1.csv", "", "429021"),
    ],
)
def test_rows_that_must_be_there(copy: Path, file: str, start: str, message: str) -> None:
    path = copy / file
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    kept = [line for line in lines if not (line.startswith(start) if start else line.endswith("429021"))]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    (problem,) = problems_of(lambda: load_evidence(copy))
    assert problem.startswith(f"{path}:{len(kept) + 1}:1  ")
    assert "missing" in problem
    assert message in problem


def test_a_region_industry_row_that_is_missing(copy: Path) -> None:
    path = copy / "region_industry.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"420300,batteries.*\n", "", text), encoding="utf-8")
    problems = problems_of(lambda: load_evidence(copy))
    assert any("1 row is missing: 420300 batteries" in problem for problem in problems)


def test_codes_with_a_gap(copy: Path) -> None:
    path = copy / "table4_variables.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(X12,.*),1,是,yes", r"\1,2,是,yes", text), encoding="utf-8")
    problems = problems_of(lambda: load_evidence(copy))
    assert "given are 0, 2" in problems[0]


def test_an_unknown_code_on_many_lines_is_said_once(copy: Path) -> None:
    path = copy / "grid_0p1.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",420100\n", ",420111\n"), encoding="utf-8")
    problems = problems_of(lambda: load_evidence(copy))
    assert len(problems) == 2
    assert "78 more lines say the same" in problems[0]
    assert "1 row is missing: 420100" in problems[1]


def test_a_mistake_in_regions_does_not_drown_in_its_consequences(copy: Path) -> None:
    respell(copy / "regions.csv", "420500", "code", "42O500")
    (problem,) = problems_of(lambda: load_evidence(copy))
    assert "whole number" in problem


# --- mistakes of a whole file ------------------------------------------------------------------------------


def test_all_mistakes_of_all_files_at_once(copy: Path) -> None:
    places = [
        respell(copy / "regions.csv", "420100", "unit", ""),
        respell(copy / "records.csv", "hightech_firms,2019", "value", "x"),
        respell(copy / "records.csv", "hightech_firms,2022", "grade", "sure"),
        respell(copy / "effects.csv", "knowledge_decay_km", "low", "ten"),
    ]
    problems = problems_of(lambda: load_evidence(copy))
    assert [problem.split("  ")[0] for problem in problems] == places


READ = sorted(
    {path.name for path in HUBEI.iterdir() if path.suffix in (".csv", ".yaml")}
    - {"parameters.csv", "scorecard.csv", "estimates.csv"}
)


def test_a_province_may_have_no_scorecard(copy: Path) -> None:
    (copy / "scorecard.csv").unlink()
    assert load_evidence(copy).scorecard == ()


@pytest.mark.parametrize("file", READ)
def test_a_missing_file(copy: Path, file: str) -> None:
    (copy / file).unlink()
    problems = problems_of(lambda: load_evidence(copy))
    told = "there is no such file" if file.endswith(".yaml") else "this file is missing"
    assert problems[0] == f"{copy / file}\n    {told}"


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (b"", "1:1", "this file is empty"),
        (b" \n\n", "1:1", "this file is empty"),
        (b"record,year,value\n\x00\x01\x02", "2:1", "zero byte"),
        (b"\x89PNG\r\n\x1a\n", "1:1", "not UTF-8"),
        ("record,year\n湖北,1\n".encode("gbk"), "2:1", "save it as 'CSV UTF-8'"),
        (b"\xef\xbb\xbf\xff", "1:1", "not UTF-8"),
        (b"\xef\xbb\xbfrecord,year\na,\xe4\xba\n", "2:3", "not UTF-8"),
        (b"\xef\xbb\xbfrecord,\xff", "1:8", "not UTF-8"),
        (b"record,year,value,unit,source,grade,error,note\n", "2:1", "no rows"),
    ],
)
def test_a_file_that_is_no_table(copy: Path, content: bytes, place: str, message: str) -> None:
    path = copy / "records.csv"
    path.write_bytes(content)
    (problem,) = problems_of(lambda: load_evidence(copy))
    assert problem.startswith(f"{path}:{place}\n")
    assert message in problem


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (problem,) = problems_of(lambda: load_evidence(tmp_path / "hunan"))
    assert "hunan" in problem
    assert "no such evidence folder" in problem


# --- the reader of rows ------------------------------------------------------------------------------------

COLUMNS = {"name": str, "size": int, "cost": float}


def rows_of(tmp_path: Path, text: str) -> list[dict[str, object]]:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    return [dict(row.cells) for row in read_rows(path, COLUMNS)]


def test_columns_may_stand_in_any_order_and_rows_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    text = '\ufeffcost,name,size\r\n1.5,"a, ""b""",3\r\n\r\n -2 ,c,-4'
    assert rows_of(tmp_path, text) == [
        {"cost": 1.5, "name": 'a, "b"', "size": 3},
        {"cost": -2.0, "name": "c", "size": -4},
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,cost\na,1\n", ["1:10  size\n    this column is missing"]),
        ("name,size,coost,cost\na,1,2,3\n", ["1:11  coost\n    unknown column"]),
        ("name,size,cost,size\na,1,2,3\n", ["1:16  size\n    this column stands twice"]),
        ('name,"size,cost\na,1,2\n', ["1:1\n    the header cannot be read"]),
        ("name,size,cost\na,1\n", ["2:4\n    2 cells where the header has 3"]),
        ("name,size,cost\na,1,2,3\n", ["2:7\n    4 cells where the header has 3"]),
        ('name,size,cost\na,1,2\n"b,1,2\nc,1,2\n', ["3:1\n    a quotation mark is not closed"]),
        ('name,size,cost\n"a, b",x,1\n', ["2:8  size: x\n    this must be a whole number"]),
        (
            "name,size,cost\n,1,2\na,1.5,y\nb,1,1e999\n",
            ["2:1  name: \n    ", "3:3  size: 1.5\n    ", "3:7  cost: y\n    ", "4:5  cost: 1e999\n    "],
        ),
    ],
)
def test_mistakes_in_rows_are_placed(tmp_path: Path, text: str, expected: list[str]) -> None:
    problems = problems_of(lambda: rows_of(tmp_path, text))
    assert len(problems) == len(expected), problems
    for problem, start in zip(problems, expected, strict=True):
        assert problem.startswith(f"{tmp_path / 'a.csv'}:{start}"), problem


# --- innovation_paths.yaml ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("- path: giant_led", "- path: ''", 4, "this must be a text"),
        ("  uncertainty: low", "  uncertainty: middling", 6, "not one of low, high"),
        ("  zh: 巨头引入型\n", "", 4, "zh\n    this key is missing"),
        ("  zh: 巨头引入型\n", "  zh: 巨头引入型\n  zhh: x\n", 6, "unknown key"),
        ("  zh: 巨头引入型\n", "  zh: 巨头引入型\n  zh: x\n", 6, "stands twice"),
        ("  evidence: [D03", "  evidence: [[D03]", 17, "list of texts"),
        ("  cases:\n", "  cases: [\n", None, "not YAML"),
        ("- path: giant_led", "- a text\n- path: giant_led", 4, "must be a mapping"),
    ],
)
def test_mistakes_in_the_paths(copy: Path, old: str, new: str, line: int | None, message: str) -> None:
    path = copy / "innovation_paths.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    (problem,) = problems_of(lambda: load_evidence(copy))
    assert problem.startswith(f"{path}:{line or ''}")
    assert message in problem


def test_paths_that_are_no_list(copy: Path) -> None:
    (copy / "innovation_paths.yaml").write_text("path: one\n", encoding="utf-8")
    (problem,) = problems_of(lambda: load_evidence(copy))
    assert "a list is expected" in problem


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("region_figures.csv", "420100,gdp,2022,18866.43,", "420100,gdp,2022,0,", "must be above 0"),
        ("table5_logit.csv", "X3,9,-1.755,", "X3,9,1e300,", "no log-odds are this large"),
    ],
)
def test_numbers_that_cannot_be_are_named_at_their_place(tmp_path, name, old, new, words):
    folder = shutil.copytree(HUBEI, tmp_path / "own")
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=words) as refused:
        load_evidence(folder)
    assert refused.value.problems[0].line == 1 + text[: text.index(old)].count("\n")
