"""The record as points, naive forecasts, contradictions; and how a run is measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.record.history import (
    Firms,
    class_threshold,
    growth_kurtosis,
    matching_elasticity,
    measure,
    observe,
    record_scenario,
    recorded_paths,
    turnover,
    year_ends,
)
from sim.evidence.history import BREAKS, contradictions, naive_forecasts, notes, parts, recorded, shares
from sim.evidence.records import Figure
from sim.evidence.tables import load_evidence
from sim.model.outputs import METRIC_INDEX, METRICS
from sim.runs.counts import real
from sim.runs.results import derived
from sim.runs.run import simulate
from sim.world.compiled import compile_scenario
from tests.small_province import EVIDENCE

LAKELAND = Path(__file__).parents[2] / "provinces" / "lakeland"


def figure(value):
    return Figure(value, "firms", "test", "assumed")


# --- naive forecasts ---------------------------------------------------------------------------------------


def test_naive_forecasts_are_exact():
    found = naive_forecasts("any", {2019: 100.0, 2021: 121.0, 2022: 133.1, 2025: 1e9}, 2025)
    assert found["last_growth"] == pytest.approx(133.1 * 1.1**3)
    assert found["random_walk"] == 133.1
    # By hand: mean year 2020 2/3, mean value 118.03; slope 50.6/4.6667.
    slope = (-5 / 3 * 100 + 1 / 3 * 121 + 4 / 3 * 133.1) / (14 / 3)
    assert found["linear_trend"] == pytest.approx(354.1 / 3 + slope * (2025 - 6062 / 3))


def test_growth_over_a_gap_is_per_year():
    assert naive_forecasts("any", {2019: 1.0, 2021: 4.0}, 2022)["last_growth"] == pytest.approx(8.0)


def test_too_few_points_give_no_forecast():
    assert all(np.isnan(value) for value in naive_forecasts("any", {2022: 1.0}, 2022).values())
    found = naive_forecasts("any", {2021: 5.0}, 2022)
    assert found["random_walk"] == 5.0
    assert np.isnan(found["last_growth"])
    assert np.isnan(found["linear_trend"])


def test_a_break_of_base_is_never_crossed():
    assert BREAKS["table1.gdp"] == 2019
    points = recorded(EVIDENCE, "table1.gdp")
    found = naive_forecasts("table1.gdp", points, 2020)
    assert found["random_walk"] == points[2019]
    assert np.isnan(found["last_growth"])
    assert np.isnan(found["linear_trend"])
    assert all(np.isnan(value) for value in naive_forecasts("table1.gdp", points, 2019).values())
    other = naive_forecasts("table1.gdp", points | {2018: 1.0}, 2022)
    assert other == naive_forecasts("table1.gdp", points, 2022)
    # On the old base, the past may be used.
    assert naive_forecasts("table1.gdp", {2016: 1.0, 2017: 2.0}, 2018)["last_growth"] == pytest.approx(4.0)


# --- the record --------------------------------------------------------------------------------------------


def test_recorded_points_are_those_of_the_files():
    assert recorded(EVIDENCE, "hightech_firms") == {
        year: EVIDENCE.records["hightech_firms", year].value for year in (2017, *range(2019, 2025))
    }
    assert list(recorded(EVIDENCE, "table1.gdp")) == [2018, 2019, 2020, 2021, 2022]
    assert recorded(EVIDENCE, "no_such_record") == {}


def test_shares_are_of_years_with_both_counts():
    records = {
        ("a_part", 2019): figure(2.0),
        ("a_part", 2020): figure(3.0),
        ("a_part", 2021): figure(3.0),
        ("whole", 2019): figure(4.0),
        ("whole", 2021): figure(12.0),
    }
    assert shares(replace(EVIDENCE, records=records), "a_part", "whole") == {2019: 0.5, 2021: 0.25}


def test_parts_of_the_province_are_found_by_name_and_by_note():
    found = {part.record: part for part in parts(EVIDENCE)}
    names = np.array([region.en for region in EVIDENCE.regions])
    assert list(names[found["wuhan_hightech_firms"].divisions]) == ["Wuhan"]
    assert (found["xiangyang_tech_smes"].whole, found["wuhan_little_giants"].whole) == (
        "tech_smes",
        "little_giants",
    )
    assert "specialised_hightech_firms" not in found  # no region has that name
    assert set(names[found["little_giants_yichang_circle"].divisions]) == {
        "Yichang",
        "Jingzhou",
        "Jingmen",
        "Enshi",
    }
    assert "little_giants_wuhan_circle" not in found  # its row lists no divisions
    assert parts(load_evidence(LAKELAND)) == []


def test_contradictions_are_told_with_the_record_s_own_numbers():
    found = {entry.records[0][0]: entry for entry in contradictions(EVIDENCE)}
    staff = found["rd_staff_hightech"]
    assert staff.first == pytest.approx(
        EVIDENCE.records["rd_staff_hightech", 2022].value * 1.1023**3, rel=1e-3
    )
    assert staff.second == EVIDENCE.records["rd_personnel_province", 2025].value
    assert "415,000" in staff.en
    assert "415,000" in staff.zh
    assert "10.8" in notes(EVIDENCE)["rd_staff_per_hightech_firm", 2022]


def test_a_ratio_to_nothing_contradicts_nothing():
    """A record may be 0: no such firms yet."""
    for key in EVIDENCE.records:
        contradictions(replace(EVIDENCE, records={**EVIDENCE.records, key: figure(0.0)}))


def test_a_second_answer_makes_a_contradiction_and_the_same_answer_none():
    def with_top(ratio):
        more = {
            ("rd_staff_per_top100_firm", 2022): figure(352.0),
            ("rd_staff_top100_ratio", 2022): figure(ratio),
        }
        return replace(EVIDENCE, records={**EVIDENCE.records, **more})

    def about_staff(evidence):
        return [
            entry for entry in contradictions(evidence) if entry.records[0][0] == "rd_staff_per_hightech_firm"
        ]

    (entry,) = about_staff(with_top(32.6))
    assert (entry.first, entry.second) == (19.5, pytest.approx(10.8, abs=0.01))
    assert about_staff(with_top(352 / 19.5)) == []
    alone = {key: one for key, one in EVIDENCE.records.items() if key[0] != "rd_staff_per_top100_firm"}
    assert about_staff(replace(EVIDENCE, records=alone)) == []


# --- measures ----------------------------------------------------------------------------------------------


def firms(ids, value_added, size=None):
    n = len(ids)
    return Firms(np.array(ids, np.uint64), np.array(value_added, float), np.array(size or [1.0] * n))


def test_the_class_begins_where_as_many_firms_lie_above():
    population = firms(range(10), [3, 9, 1, 7, 5, 2, 8, 4, 6, 10])
    assert class_threshold(population, 3) == 8
    assert class_threshold(population, 99) == 1


def test_turnover_counts_crossing_founding_and_closing():
    before = firms([1, 2, 3, 4, 5], [10, 10, 10, 10, 1])
    after = firms([1, 2, 3, 5, 6], [10, 2, 10, 11, 12])  # 2 shrinks, 4 closes, 5 grows, 6 is founded
    assert turnover(before, after, 10) == {"above_scale_entry": 0.5, "above_scale_exit": 0.5}


def test_kurtosis_of_growth_is_that_of_the_firms_that_lived_on():
    rng = np.random.default_rng(1)
    growth = rng.laplace(size=40_000)
    ids = np.arange(40_000)
    before = firms([*ids, 50_000], [1.0] * 40_001, [1.0] * 40_001)
    after = firms([*ids, 60_000], [1.0] * 40_001, [*np.exp(growth), 1e9])
    assert growth_kurtosis(before, after) == pytest.approx(3.0, abs=0.3)


def test_matching_elasticity_is_recovered():
    rng = np.random.default_rng(2)
    regions = np.zeros((60, 17, len(METRICS)), np.int64)
    seekers, vacancies = rng.integers(10_000, 10**6, (2, 60, 17))
    hires = (0.01 * seekers**0.4 * vacancies**0.6).astype(int)
    regions[..., METRIC_INDEX["hires"]] = hires
    regions[..., METRIC_INDEX["seeking"]] = seekers - hires
    regions[:-1, :, METRIC_INDEX["vacancies"]] = vacancies[1:] - 7
    regions[..., METRIC_INDEX["separations"]] = 7
    assert matching_elasticity(regions) == pytest.approx(0.4, abs=0.01)
    assert np.isnan(matching_elasticity(np.zeros_like(regions)))


def small(end="2022Q4", **more):
    return record_scenario(end=end, scale=0.005, **more)


def test_stopping_after_every_year_or_quarter_changes_nothing():
    scenario = small()
    compiled = compile_scenario(scenario, EVIDENCE)
    totals = real(simulate(compiled, 1, 0).regions, scenario.weight).sum(axis=1)
    whole, certificates = derived(totals), totals[:, METRIC_INDEX["certificates"]]
    yearly, quarterly = year_ends(compiled, parts(EVIDENCE), 1, 0), observe(compiled, EVIDENCE, 1, 0)
    overlap = compiled.inputs.overlap
    for year in (2020, 2021, 2022):
        last = 4 * (year - 2019) - 1
        assert yearly["hightech_firms", year] == whole["quality_firms"][last]
        both = overlap * whole["quality_firms"][last]
        assert yearly["tech_smes", year] == pytest.approx(whole["firms_level_1"][last] + both)
        assert yearly["industrial_firms", year] == whole["firms"][last]
        specialised = whole["firms_level_3"][last] + whole["firms_level_4"][last]
        assert yearly["specialised_hightech_firms", year] == specialised
        assert quarterly["hightech_certificates", year] == certificates[last - 3 : last + 1].sum()
    # At this scale there may be no little giant yet, hence no share of them.
    assert {key: quarterly[key] for key in yearly} == pytest.approx(yearly, rel=0, abs=0, nan_ok=True)


def test_measures_do_not_depend_on_workers_and_start_from_the_record():
    one, two = (measure(small(), 3, workers) for workers in (1, 2))
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[key], two[key], equal_nan=True) for key in one)
    start = one["hightech_firms", 2019]
    assert start == pytest.approx(np.full(3, EVIDENCE.records["hightech_firms", 2019].value), rel=0.02)
    assert (one["above_scale_entry", 2022] >= 0).all()
    assert (one["wuhan_hightech_firms", 2022] < one["hightech_firms", 2022]).all()
    assert (one["drift_X3", 2021] < 1).all()


def test_paths_say_how_each_point_is_used():
    measured = {
        ("hightech_firms", year): np.array([1.0, 3.0]) for year in (2019, 2020, 2021, 2022, 2023, 2025)
    }
    measured["table1.gdp", 2022] = np.array([5.0, 5.0])
    records = {("hightech_firms", year): figure(float(year)) for year in (2019, 2021, 2022, 2023, 2025)}
    (row, *_) = EVIDENCE.scorecard
    uses = {2020: "F", 2021: "F", 2022: "S", 2025: "H"}
    lines = tuple(replace(row, series="hightech_firms", year=year, use=use) for year, use in uses.items())
    table = recorded_paths(replace(EVIDENCE, records=records, scorecard=lines), measured)
    table = table.set_index(["series", "year"])
    expected = ["start", "unrecorded", "fitted", "seen", "shown", "held_out"]
    assert list(table.loc["hightech_firms", "use"]) == expected
    assert table.loc[("table1.gdp", 2022), "use"] == "by_construction"
    assert table.loc[("table1.deposits", 2020), "use"] == "trend"
    assert np.isnan(table.loc[("table1.deposits", 2020), "mean"])
    row = table.loc[("hightech_firms", 2025)]
    assert row["mean"] == 2.0
    assert row["low"] < 2.0 < row["high"]
    assert row["linear_trend"] == pytest.approx(2025.0), "the points before lie on a line"
