"""Lines of the scorecard, and when they are inside, outside or without a record."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.analysis.record.history import measure, record_scenario
from sim.analysis.record.record_frames import history_frames
from sim.analysis.record.scorecard import VERDICTS, Line, fitted_lines, lines, scorecard, verdict
from sim.evidence.history import naive_forecasts, recorded
from sim.evidence.scorecard import USES
from sim.evidence.tables import load_evidence
from sim.evidence.units import MEASURED
from sim.world.parameters import load_parameters
from tests.small_province import EVIDENCE

LAKELAND = Path(__file__).parents[2] / "provinces" / "lakeland"


def line_of(key, evidence=EVIDENCE, which=0):
    return [line for line in lines(evidence) if line.key == key][which]


def test_targets_are_records_with_their_tolerance():
    record = EVIDENCE.records["hightech_firms", 2022]
    line = line_of(("hightech_firms", 2022))
    assert (line.use, line.recorded, line.source, line.grade) == (
        "F",
        record.value,
        record.source,
        record.grade,
    )
    assert (line.low, line.high) == pytest.approx((0.93 * record.value, 1.07 * record.value))
    cloud = line_of(("cloud_share", 2023))
    assert (cloud.low, cloud.high) == pytest.approx((cloud.recorded - 0.02, cloud.recorded + 0.02))


def test_a_changed_record_moves_its_line():
    figure = EVIDENCE.records["hightech_firms", 2022]
    records = {**EVIDENCE.records, ("hightech_firms", 2022): replace(figure, value=100.0)}
    assert line_of(("hightech_firms", 2022), replace(EVIDENCE, records=records)).high == pytest.approx(107)


def test_a_province_without_a_record_has_no_verdict_there():
    records = {key: figure for key, figure in EVIDENCE.records.items() if key[0] != "cloud_share"}
    line = line_of(("cloud_share", 2023), replace(EVIDENCE, records=records))
    assert verdict(line, 0.48) == "no record"
    assert line not in fitted_lines(replace(EVIDENCE, records=records))


def test_published_ranges_come_from_the_effects():
    (effect,) = [row for row in EVIDENCE.effects if row.parameter == "firm_exit_rate_above_scale"]
    line = line_of(("above_scale_exit", 2022))
    assert (line.low, line.high, line.source) == (effect.low, effect.high, effect.source)
    without = replace(EVIDENCE, effects=())
    assert verdict(line_of(("above_scale_exit", 2022), without), 0.07) == "no record"


def test_every_series_that_a_row_may_name_is_measured():
    measured = measure(record_scenario(scale=0.02, end="2025Q4"), replications=1, workers=1)
    assert set(MEASURED) <= {name for name, _ in measured}


def test_another_province_has_its_own_lines():
    lakeland = load_evidence(LAKELAND)
    line = line_of(("above_scale_exit", 2022), lakeland)
    assert (line.low, line.high) == pytest.approx((0.7 * 0.0663, 1.3 * 0.0663))
    assert lines(replace(lakeland, scorecard=())) == []


def test_better_than_naive_means_closer_than_the_best_forecast():
    line = line_of(("hightech_firms", 2024), which=1)
    forecasts = naive_forecasts("hightech_firms", recorded(EVIDENCE, "hightech_firms"), 2024)
    best = min(abs(value - line.recorded) for value in forecasts.values())
    assert verdict(line, line.recorded + 0.99 * best) == "inside"
    assert verdict(line, line.recorded - 1.01 * best) == "outside"
    assert f"{forecasts['linear_trend']:,.0f}" in line.note


def test_one_share_of_a_division_is_fitted_and_the_others_are_not():
    line, *others = sorted(
        (line for line in lines(EVIDENCE) if line.key[0].endswith("_share") and line.key[0] != "cloud_share"),
        key=lambda line: line.use,
    )
    assert (line.key, line.use) == (("wuhan_hightech_firms_share", 2022), "F")
    assert {line.use for line in others} == {"S", "H"}
    assert line.recorded == pytest.approx(12400 / 20100)
    assert (line.high - line.low) / 2 == pytest.approx(0.04)
    assert "Wuhan" in line.en
    assert "武汉" in line.zh


def test_a_share_is_forecast_from_earlier_shares_only():
    records = {
        ("wuhan_hightech_firms", year): replace(EVIDENCE.records["wuhan_hightech_firms", 2022], value=value)
        for year, value in ((2019, 50.0), (2020, 66.0), (2022, 99.0), (2023, 100.0))
    } | {
        ("hightech_firms", year): replace(EVIDENCE.records["hightech_firms", 2022], value=value)
        for year, value in ((2019, 100.0), (2020, 110.0), (2021, 120.0), (2022, 150.0), (2023, 400.0))
    }
    row = next(row for row in EVIDENCE.scorecard if row.series == "wuhan_hightech_firms_share")
    evidence = replace(EVIDENCE, records=records, scorecard=(replace(row, year=2022),))
    (line,) = lines(evidence)
    assert line.recorded == pytest.approx(0.66)
    # Shares 0.5 of 2019 and 0.6 of 2020; of 2021 only the whole is known, and 2023 comes later.
    assert line.forecasts == pytest.approx(
        {"last_growth": 0.6 * 1.2**2, "linear_trend": 0.8, "random_walk": 0.6}
    )


def test_the_target_of_little_giants_is_the_province_s_own():
    (target,) = [row for row in EVIDENCE.targets if row.target == "little_giants"]
    line = line_of(("little_giants", 2027))
    assert (line.low, line.high) == pytest.approx((0.6 * target.value, 1.2 * target.value))
    assert np.isnan(line.recorded)


def test_notes_say_where_the_record_contradicts_itself():
    assert "10.8" in line_of(("rd_staff_per_hightech_firm", 2022)).note
    assert "not one series" in line_of(("rd_staff_hightech_growth", 2022)).note


def test_every_line_has_both_languages_a_mark_and_a_source():
    for line in lines(EVIDENCE):
        assert line.zh
        assert line.en
        assert line.zh != line.en
        assert line.use in USES
        assert line.source, line.en
        assert not line.low > line.high  # a line for information has no target


@pytest.mark.parametrize(
    ("mean", "word"),
    [(9.99, "outside"), (10.0, "inside"), (12.0, "inside"), (12.01, "outside"), (float("nan"), "no record")],
)
def test_verdict(mean, word):
    assert verdict(Line(("x", 2022), "甲", "x", "H", "firms", 10.0, 12.0), mean) == word
    assert word in VERDICTS


def test_the_verdict_is_on_the_mean_and_the_spread_stands_beside():
    record = EVIDENCE.records["hightech_firms", 2022].value
    values = record * np.array([0.8, 1.0, 1.2])  # single runs lie outside, their mean does not
    table = scorecard(EVIDENCE, {("hightech_firms", 2022): values}, {("hightech_firms", 2022): values + 1})
    row = table[(table["series"] == "hightech_firms") & (table["year"] == 2022)].iloc[0]
    assert row["verdict"] == "inside"
    assert row["simulated"] == pytest.approx(record)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (row["mean_low"], row["mean_high"]) == pytest.approx((expected.low, expected.high))
    assert row["run_high"] - record == pytest.approx(np.sqrt(3) * (row["mean_high"] - record))
    assert row["direct"] == pytest.approx(record + 1)
    rest = table.drop(row.name)
    assert set(rest["verdict"]) == {"no record"}  # nothing else was measured


def test_further_lines_come_first():
    line = Line(("table5", 2019), "表 5", "Table 5", "F", "standard errors", 0.0, 2.0)
    table = scorecard(EVIDENCE, {}, extra=[(line, np.array([2.5, 2.7]))])
    assert table.loc[0, "en"] == "Table 5"
    assert table.loc[0, "verdict"] == "outside"
    assert len(table) == len(lines(EVIDENCE)) + 1


def test_all_frames_of_another_province():
    seen = []
    found = history_frames(
        str(LAKELAND), replications=2, scale=0.05, progress=lambda *part: seen.append(part)
    )
    assert list(found.fit.points["series"]) == [line.key[0] for line in fitted_lines(load_evidence(LAKELAND))]
    assert found.scorecard["simulated"].notna().all()
    assert {"held_out", "fitted", "start", "by_construction", "trend"} <= set(found.paths["use"])
    values = load_parameters(LAKELAND).defaults()
    described = found.fit.parameters
    assert list(described["fitted"]) == pytest.approx([values[name] for name in described["name"]])
    assert seen[-1] == (4, 4)
    assert found.scale == pytest.approx(0.05)
