"""The survey tilted to the province: its margins are met, nothing else moves it; and which firms exist at first."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray
from scipy import stats

from sim.errors import InputError
from sim.evidence.entropy import divergence
from sim.evidence.records import Evidence, Figures
from sim.evidence.survey import Survey, columns_of
from sim.evidence.survey_file import read_survey
from sim.model import state as st
from sim.world.answers import (
    STAFF_CLASSES,
    margin,
    moved,
    province_answers,
    size_by_level,
    stocks,
    survey_table,
    tilted,
)
from sim.world.parameters import load_parameters
from sim.world.population import figures, initial_firms
from tests.small_province import EVIDENCE, begin, province

Array = NDArray[Any]
VALUES = load_parameters(EVIDENCE.folder).defaults()
MET = 1e-8


@pytest.fixture(scope="module")
def survey() -> Survey:
    return read_survey(EVIDENCE)


@pytest.fixture(scope="module")
def answers_there() -> Survey:
    return province_answers(EVIDENCE, VALUES)


def group_of(survey: Survey, quality: int) -> Array:
    members: Array = columns_of(survey, ("X2",))[:, 0] == quality
    return members


# --- the margins -------------------------------------------------------------------------------------------


def test_sizes_by_level_are_lognormal_sizes_rounded_to_people() -> None:
    shares = size_by_level(VALUES)
    assert shares.shape == (5, 5)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    for level, row in enumerate(shares):
        sizes = stats.lognorm(VALUES[f"size_spread_{level}"], scale=VALUES[f"size_median_{level}"])
        np.testing.assert_allclose(row.cumsum()[:-1], sizes.cdf(np.array(STAFF_CLASSES) + 0.5), rtol=1e-12)
    assert shares[0, 0] > 0.9 > shares[2, 0], "ordinary firms are small, high-tech firms are not"


def test_the_ladder_is_that_of_2019() -> None:
    firms = stocks(VALUES)
    assert firms.sum() == VALUES["firms_2019"]
    assert firms[2:].sum() == VALUES["hightech_2019"]
    assert tuple(firms[[1, 3, 4]]) == tuple(VALUES[f"level{level}_2019"] for level in (1, 3, 4))


def test_ladder_and_size_are_met(answers_there: Survey) -> None:
    firms = stocks(VALUES) / stocks(VALUES).sum()
    for quality, levels in enumerate(((0, 1), (2, 3, 4))):
        members = group_of(answers_there, quality)
        wanted = sum(firms[level] * size_by_level(VALUES)[level] for level in levels)
        size = columns_of(answers_there, ("X1",))[:, 0]
        found = np.bincount(size[members], answers_there.shares[members], 5)
        np.testing.assert_allclose(found, wanted, atol=MET)
    assert answers_there.margin("X2")[1] == pytest.approx(VALUES["hightech_2019"] / VALUES["firms_2019"])


def test_who_needs_a_platform_has_none(survey: Survey, answers_there: Survey) -> None:
    """Of those without one as many as in the survey, when 48 % had one; in both groups."""
    without = 1 - EVIDENCE.records["cloud_share", 2023].value
    wanted = survey.margin("X4")[1] / without * (1 - VALUES["platforms"])
    for quality in (0, 1):
        assert answers_there.margin("X4", group_of(answers_there, quality))[1] == pytest.approx(
            wanted, abs=MET
        )


def test_ordinary_firms_answer_as_judged(answers_there: Survey) -> None:
    members = group_of(answers_there, 0)
    for name in ("X3", "X5", "X6", "X7", "X10", "X11", "X13"):
        np.testing.assert_allclose(
            answers_there.margin(name, members), EVIDENCE.margins[name, "below_quality"], atol=MET
        )


def test_margins_are_rounded_for_the_kernel(answers_there: Survey) -> None:
    found = margin(answers_there, "X13", 0)
    np.testing.assert_allclose(found, EVIDENCE.margins["X13", "below_quality"], atol=1e-7)
    np.testing.assert_array_equal(found, np.round(found, 9))


# --- and nothing else moves --------------------------------------------------------------------------------


def test_quality_firms_move_by_size_and_platform_alone(survey: Survey, answers_there: Survey) -> None:
    """So the odds ratios of all other answers, given size and platform, are the survey's."""
    members = group_of(survey, 1)
    factor = np.log(answers_there.shares / survey.shares)[members]
    kind = (columns_of(survey, ("X1", "X4")) @ (2, 1))[members]
    for one in range(10):
        assert np.ptp(factor[kind == one]) < 1e-6


def odds_ratio(survey: Survey, first: str, second: str, members: Array) -> float:
    """Of the first two answers to two questions."""
    a, b = columns_of(survey, (first, second)).T
    table = [[survey.shares[members & (a == i) & (b == j)].sum() for j in (0, 1)] for i in (0, 1)]
    return log(table[0][0] * table[1][1] / (table[0][1] * table[1][0]))


def test_odds_ratios_of_quality_firms_given_size_and_platform(survey: Survey, answers_there: Survey) -> None:
    quality, size, need = columns_of(survey, ("X2", "X1", "X4")).T
    for one in ((0, 0), (2, 1), (4, 0)):
        members = (quality == 1) & (size == one[0]) & (need == one[1])
        for first, second in combinations(("X3", "X5", "X6", "X10", "X11", "X13"), 2):
            before, after = (odds_ratio(s, first, second, members) for s in (survey, answers_there))
            assert after == pytest.approx(before, abs=1e-6)


def test_ordinary_firms_move_by_one_factor_per_answer(survey: Survey, answers_there: Survey) -> None:
    """A product of margins' factors: no interplay of two answers is added or taken away."""
    members = group_of(survey, 0)
    factor = np.log(answers_there.shares / survey.shares)[members]
    cells = survey.cells[members]
    steps = [
        (cells[:, k] == code).astype(float)
        for k, name in enumerate(survey.names)
        if name != "X2"
        for code in range(1, cells[:, k].max() + 1)
    ]
    design = np.column_stack([np.ones(len(cells)), *steps])
    found = design @ np.linalg.lstsq(design, factor, rcond=None)[0]
    assert np.ptp(factor) > 5, "they move far"
    np.testing.assert_allclose(found, factor, atol=1e-6)


def test_difficulty_given_answers_is_the_survey_s(survey: Survey, answers_there: Survey) -> None:
    np.testing.assert_array_equal(answers_there.difficulty, survey.difficulty)
    np.testing.assert_array_equal(answers_there.cells, survey.cells)
    assert answers_there.share_y != pytest.approx(survey.share_y, abs=0.01)


def test_what_each_margin_moves(survey: Survey, answers_there: Survey) -> None:
    moves = moved(EVIDENCE, survey, VALUES)
    assert [move.margin for move in moves] == ["ladder", "size", "cloud", "ordinary"]
    for move in moves:
        assert move.divergence_alone > 0
        assert move.divergence_added > 0
    assert moves[0].divergence_alone == pytest.approx(moves[0].divergence_added)
    total = sum(move.divergence_added for move in moves)
    assert total == pytest.approx(answers_there.divergence, abs=1e-8)
    assert total == pytest.approx(divergence(answers_there.shares, np.log(survey.shares)), abs=1e-8)
    ladder, sizes, cloud, ordinary = moves
    share, was = ladder.target, survey.margin("X2")[1]
    alone = share * log(share / was) + (1 - share) * log((1 - share) / (1 - was))
    assert ladder.divergence_alone == pytest.approx(alone), "the closed form of one binary margin"
    assert cloud.target == pytest.approx(margin(answers_there, "X4", 1)[1], abs=MET)
    assert np.isnan([sizes.target, ordinary.target]).all()


def with_cloud_share(share: float) -> Evidence:
    """Hubei's evidence with another share of firms on the cloud in 2023."""
    figure = replace(EVIDENCE.records["cloud_share", 2023], value=share)
    return replace(EVIDENCE, records=Figures({**EVIDENCE.records, ("cloud_share", 2023): figure}))


def test_a_survey_that_has_the_margins_stays(answers_there: Survey) -> None:
    """Had as many firms been on the cloud in 2023 as in 2019, as many would have needed it."""
    again = tilted(with_cloud_share(VALUES["platforms"]), answers_there, VALUES)
    np.testing.assert_allclose(again.shares, answers_there.shares, rtol=1e-6)
    assert again.divergence == pytest.approx(0, abs=1e-9)


def test_at_most_all_firms_without_a_platform_need_one(survey: Survey) -> None:
    found = tilted(with_cloud_share(0.7), survey, VALUES)
    assert found.margin("X4")[1] == pytest.approx(1.0 - VALUES["platforms"])


# --- laid out for the kernel -------------------------------------------------------------------------------


def test_the_table_of_answers(answers_there: Survey) -> None:
    table = survey_table(answers_there, "survey.csv")
    assert len(table.start) == 51
    assert (table.start[0], table.start[-1]) == (0, len(answers_there.cells))
    assert (np.diff(table.start) > 0).all(), "every segment has an answer"
    assert table.values.dtype == np.int8
    for segment, (first, stop) in enumerate(zip(table.start[:-1], table.start[1:], strict=True)):
        rows, cumulative = table.values[first:stop], table.cumulative[first:stop]
        assert set(rows[:, 2] * 25 + rows[:, 1] * 5 + rows[:, 5]) == {segment}
        assert (np.diff(cumulative) >= 0).all()
        assert cumulative[0] > 0
        assert cumulative[-1] == 1
    assert not table.values[:, [0, 8, 9, 12]].any(), "Table 5 estimates nothing of these"


def test_chances_of_the_table_are_the_province_s(answers_there: Survey) -> None:
    table = survey_table(answers_there, "survey.csv")
    segment = columns_of(answers_there, ("X2", "X1", "X5")) @ (25, 5, 1)
    for one in (0, 7, 23, 25, 38, 49):
        rows = slice(table.start[one], table.start[one + 1])
        chance = np.diff(table.cumulative[rows], prepend=0)
        members = segment == one
        expected = answers_there.shares[members] / answers_there.shares[members].sum()
        np.testing.assert_allclose(chance, expected, atol=1e-8)
        answered = columns_of(answers_there, ("X3", "X13"))[members]
        np.testing.assert_array_equal(table.values[rows][:, [3, 13]], answered)


@pytest.mark.parametrize(("x1", "x2", "x5"), [(0, 0, 0), (3, 0, 2), (4, 1, 4)])
def test_a_kind_of_firm_that_the_survey_lacks(answers_there: Survey, x1: int, x2: int, x5: int) -> None:
    there = (columns_of(answers_there, ("X1", "X2", "X5")) != (x1, x2, x5)).any(axis=1)
    assert not there.all()
    fewer = replace(
        answers_there,
        cells=answers_there.cells[there],
        shares=answers_there.shares[there],
        difficulty=answers_there.difficulty[there],
    )
    with pytest.raises(InputError) as caught:
        survey_table(fewer, "folder/derived/survey.csv")
    (problem,) = caught.value.problems
    assert problem.file == "folder/derived/survey.csv"
    assert f"X1 = {x1}, X2 = {x2}, X5 = {x5}" in problem.message


# --- who is there ------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(some.integers(1, 1000))
def test_first_firms_keep_ladder_and_regions_as_whole_numbers(weight: int) -> None:
    firms = initial_firms(EVIDENCE, VALUES, weight)
    assert firms.shape == (17, 5)
    assert firms.dtype == np.int64
    assert (firms >= 0).all()
    np.testing.assert_array_equal(firms.sum(axis=0), [round(stock / weight) for stock in stocks(VALUES)])
    secondary = figures(EVIDENCE, "gdp", 2022) * figures(EVIDENCE, "secondary_share", 2022)
    small, hightech = figures(EVIDENCE, "tech_smes", 2022), figures(EVIDENCE, "hightech_firms", 2019)
    for level, share in enumerate((secondary, small, hightech, secondary, secondary)):
        exact = firms[:, level].sum() * share / share.sum()
        assert np.abs(firms[:, level] - exact).max() < 1, "a firm more or less than its share, never more"


def test_answers_cover_the_province_more_evenly_than_chance() -> None:
    """At 1,000 firms: ordinary firms' X3 and X4 within 1.5 points in every replication.

    Their typical distance is below half of what independent draws would leave; 78 quality firms also stay below it.
    """
    ground, expected = province(scale=0.01), province_answers(EVIDENCE, VALUES)
    away: dict[tuple[str, int], list[float]] = {}
    firms = np.zeros(2)
    for k in range(10):
        state = begin(ground, 2024, k).firms
        x = state.x[state.alive == st.ALIVE]
        for quality in (0, 1):
            members = x[x[:, st.X2] == quality]
            firms[quality] = len(members)
            for name, at in (("X3", st.X3), ("X4", st.X4)):
                distance = members[:, at].mean() - margin(expected, name, quality)[1]
                away.setdefault((name, quality), []).append(float(distance))
    assert tuple(firms) == (921, 78)
    for (name, quality), distances in away.items():
        share = margin(expected, name, quality)[1]
        by_chance = np.sqrt(share * (1 - share) / firms[quality])
        typical = np.sqrt(np.mean(np.square(distances)))
        assert typical < by_chance * (0.5 if quality == 0 else 1.0), (name, quality)
        if quality == 0:
            assert np.abs(distances).max() < 0.015, name
