"""CRPS by hand: of draws, of a single number, averaged over the same lines."""

import numpy as np
import pandas as pd
import pytest

from sim.analysis.record.scorecard import Line, scorecard
from sim.analysis.record.scores import crps, line_scores, scored_once, scores_by_use
from tests.small_province import EVIDENCE


def test_crps_of_few_draws_is_exact():
    # E|X − y| = (1 + 0 + 3) / 3; pairs of different draws are 1, 3 and 4 apart, 8/3 on average.
    assert crps(np.array([1.0, 2.0, 5.0]), 2.0) == pytest.approx(4 / 3 - 4 / 3)
    assert crps(np.array([1.0, 2.0, 5.0]), 9.0) == pytest.approx(19 / 3 - 4 / 3)
    assert crps(np.array([4.0, 4.0]), 9.0) == 5.0, "without spread it is the error"
    assert np.isnan(crps(np.array([4.0]), 4.0))


def test_few_draws_score_like_many_on_average():
    """The CRPS of N(0, 1) at 0.5 is 0.3314; with five draws the biased estimate would be some 0.11 higher."""
    draws = np.random.default_rng(1).normal(size=(20_000, 5))
    mean = np.mean([crps(row, 0.5) for row in draws])
    assert mean == pytest.approx(0.3314, abs=0.01)  # its standard error is 0.002


def test_a_line_is_scored_with_its_forecasts():
    found = line_scores(np.array([90.0, 110.0]), 80.0, {"random_walk": 70.0, "linear_trend": np.nan})
    assert found["crps"] == pytest.approx(20 - 10)
    assert found["relative"] == pytest.approx(10 / 80)
    assert (found["random_walk"], found["crps_random_walk"]) == (70.0, 10.0)
    assert np.isnan(found["crps_linear_trend"])
    assert np.isnan(found["crps_last_growth"])


@pytest.mark.parametrize(("values", "recorded"), [([1.0, 2.0], np.nan), ([1.0, 2.0], 0.0), ([np.nan], 2.0)])
def test_without_record_or_run_there_is_no_relative_score(values, recorded):
    assert np.isnan(line_scores(np.array(values), recorded, {})["relative"])


def invented():
    """Two fitted lines, one seen, two held out of which one stands twice and one has a single forecast."""
    rows = [
        ("a", 2021, "F", 10.0, [11.0, 13.0], {"random_walk": 5.0}),
        ("b", 2021, "F", 10.0, [12.0, 12.0], {}),
        (
            "a",
            2022,
            "S",
            20.0,
            [22.0, 22.0],
            {"random_walk": 10.0, "linear_trend": 20.0, "last_growth": 20.0},
        ),
        (
            "a",
            2023,
            "H",
            40.0,
            [44.0, 44.0],
            {"random_walk": 20.0, "linear_trend": 30.0, "last_growth": 41.0},
        ),
        (
            "a",
            2023,
            "H",
            40.0,
            [44.0, 44.0],
            {"random_walk": 20.0, "linear_trend": 30.0, "last_growth": 41.0},
        ),
        ("c", 2023, "H", 1.0, [1.5, 1.5], {"random_walk": 1.25}),
        ("d", 2023, "H", np.nan, [1.5, 1.5], {"random_walk": 1.25}),
    ]
    return pd.DataFrame(
        [
            {"series": series, "year": year, "use": use, "recorded": recorded}
            | line_scores(np.array(values), recorded, forecasts)
            for series, year, use, recorded, values, forecasts in rows
        ]
    )


def test_a_recorded_value_counts_once():
    assert list(scored_once(invented())["series"]) == ["a", "b", "a", "a", "c"]


def test_scores_are_averaged_over_the_same_lines():
    found = scores_by_use(invented()).set_index(["use", "forecast"])
    assert list(found.loc[("F", "random_walk")]) == pytest.approx([1, 0.1, 0.5]), "line b has no forecast"
    assert ("F", "last_growth") not in found.index
    assert list(found.loc[("S", "linear_trend")]) == pytest.approx([1, 0.1, 0.0])
    assert list(found.loc[("H", "random_walk")]) == pytest.approx([2, (0.1 + 0.5) / 2, (0.5 + 0.25) / 2])
    assert list(found.loc[("S+H", "linear_trend")]) == pytest.approx([2, 0.1, (0 + 0.25) / 2])
    assert list(found.loc[("S+H", "random_walk")]) == pytest.approx([3, 0.7 / 3, 1.25 / 3])
    assert list(found.loc[("S+H", "last_growth")]) == pytest.approx([2, 0.1, (0 + 0.025) / 2])


def test_without_scored_lines_there_are_no_scores():
    nothing = scorecard(
        EVIDENCE, {}, extra=[(Line(("x", 2019), "甲", "x", "F", "ratio"), np.array([1.0, 2.0]))]
    )
    assert len(scores_by_use(nothing)) == 0


def test_the_scorecard_carries_the_scores_of_its_lines():
    record = EVIDENCE.records["hightech_firms", 2022].value
    before = EVIDENCE.records["hightech_firms", 2021].value
    table = scorecard(EVIDENCE, {("hightech_firms", 2022): record * np.array([0.8, 1.0, 1.1])})
    row = table[(table["series"] == "hightech_firms") & (table["year"] == 2022)].iloc[0]
    # E|X − y| = 0.3 / 3; pairs are 0.2, 0.1 and 0.3 apart.
    assert row["relative"] == pytest.approx(0.1 - 0.1)
    assert row["random_walk"] == before
    assert row["crps_random_walk"] == pytest.approx(record - before)
