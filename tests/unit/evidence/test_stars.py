"""What a table reveals about numbers it does not print: for a table of four columns, against linear programming."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from sim.evidence.entropy import ImpossibleError
from sim.evidence.equations import Printed, answers, printed
from sim.evidence.records import Figure, Figures
from sim.evidence.stars import (
    FIRMS_AROUND,
    FREE,
    Bounds,
    Point,
    all_answers,
    bounds,
    map_of,
    point_at,
    profile,
    reveal,
)
from sim.evidence.survey import rebuild
from tests import small_survey as small
from tests.small_province import EVIDENCE

Array = NDArray[Any]
MARKS = 14
STEP_Y, STEP_X2 = 0.001, 0.005  # of the map: finer than Hubei's


@pytest.fixture(autouse=True)
def _four_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    small.four_columns(monkeypatch)


def quiet(what: str) -> None:
    """A report that nobody reads."""
    assert what


def extremes(objective: Array, equations: Array, given: Array) -> tuple[float, float]:
    """Least and most of a mean, by linear programming; rows of equations scaled to size 1."""
    scale = np.abs(equations).max(axis=1)
    found = [
        linprog(side * objective, A_eq=equations / scale[:, None], b_eq=given / scale) for side in (1, -1)
    ]
    assert all(one.status == 0 for one in found)
    return float(found[0].fun), float(-found[1].fun)


def shares_of(table: Printed) -> dict[str, tuple[float, float]]:
    """Bounds of the shares with Y = 1 and with X2 = 1."""
    equations = small.equations_of(table, small.COLUMNS)
    cells = answers(small.evidence(), small.NAMES)
    rows = np.vstack([equations.T, np.ones(2 * len(cells))])
    given = np.append(np.zeros(equations.shape[1]), 1.0)
    y, quality = np.repeat([0.0, 1.0], len(cells)), np.tile(cells[:, 1].astype(float), 2)
    return {"y": extremes(y, rows, given), "x2": extremes(quality, rows, given)}


def sizes_of(table: Printed) -> tuple[float, float]:
    """Bounds of N: 1/N is one more unknown, which the rises of the likelihood are proportional to."""
    rises = len(table.b) - 1
    equations = small.equations_of(table, small.COLUMNS, firms=np.inf).T
    rows = np.zeros((len(equations) + 1, equations.shape[1] + 1))
    rows[:-1, :-1], rows[-1, :-1] = equations, 1.0
    rows[-1 - rises : -1, -1] = -np.diff(table.lr) / 2
    given = np.append(np.zeros(len(equations)), 1.0)
    least, most = extremes(np.eye(len(rows[0]))[-1], rows, given)
    return 1 / most, 1 / least


@pytest.fixture(scope="module")
def ends() -> dict[str, Bounds]:
    with pytest.MonkeyPatch.context() as patch:
        small.four_columns(patch)
        return {row.digits: row for row in bounds(small.evidence(), quiet)}


def test_exact_ends_are_those_of_linear_programming(ends: dict[str, Bounds]) -> None:
    """Over all answers and outcomes at once, without column generation."""
    table, found = printed(small.evidence()), ends["exact"]
    assert found.firms == small.FIRMS
    assert (found.firms_low, found.firms_high) == pytest.approx(sizes_of(table), rel=1e-6)
    shares = shares_of(table)
    assert (found.share_y_low, found.share_y_high) == pytest.approx(shares["y"], abs=1e-6)
    assert (found.share_x2_low, found.share_x2_high) == pytest.approx(shares["x2"], abs=1e-6)


def test_rounding_widens_the_ends_and_what_is_proved_holds_what_is_found(ends: dict[str, Bounds]) -> None:
    for name in ("firms", "share_y", "share_x2"):
        lows, highs = (
            [getattr(ends[digits], f"{name}_{end}") for digits in ("proved", "found", "exact")]
            for end in ("low", "high")
        )
        assert lows == sorted(lows), name
        assert highs == sorted(highs, reverse=True), name
        assert lows[2] - lows[1] > 1e-5, "rounding does widen"


def test_no_table_that_rounds_to_the_printed_one_goes_beyond_what_is_proved(ends: dict[str, Bounds]) -> None:
    """Exact ends at 20 tables drawn within the rounding lie inside; those found are further out than most."""
    table, luck = printed(small.evidence()), np.random.default_rng(5)
    proved, found = ends["proved"], ends["found"]
    least = []
    for _ in range(20):
        b = table.b + table.half * luck.uniform(-1, 1, table.b.shape)
        lr = table.lr + table.half_lr * luck.uniform(-1, 1, table.lr.shape)
        other = replace(table, b=b, lr=lr)
        low, high = sizes_of(other)
        assert proved.firms_low - 1e-6 < low < high < proved.firms_high + 1e-6
        least.append(shares_of(other)["x2"][0])
        assert proved.share_x2_low - 1e-9 < least[-1]
    assert found.share_x2_low < min(least)


def test_the_rebuilt_survey_lies_within_the_bounds(ends: dict[str, Bounds]) -> None:
    survey, found = rebuild(small.evidence()), ends["proved"]
    assert found.firms_low < survey.firms < found.firms_high
    assert found.share_y_low < survey.share_y < found.share_y_high
    assert found.share_x2_low < survey.margin("X2")[1] < found.share_x2_high


def test_no_bounds_where_columns_contradict_each_other() -> None:
    with pytest.raises(ImpossibleError):
        bounds(small.misprinted("X3", 3, -1.0), quiet)


@pytest.mark.parametrize(("share_y", "share_x2"), [(None, None), (0.648, 0.795), (0.645, None)])
def test_a_point_with_surveys(share_y: float | None, share_x2: float | None) -> None:
    point, plain = point_at(small.evidence(), "uniform", small.FIRMS, share_y, share_x2)
    assert plain is not None
    survey = rebuild(small.evidence(), share_y=share_y, share_x2=share_x2, miss_cost=FREE)
    assert (point.equations, point.marks, point.all_marks) == (True, MARKS, True)
    assert point.share_y == pytest.approx(survey.share_y, abs=1e-7)
    assert point.share_x2 == pytest.approx(survey.margin("X2")[1], abs=1e-7)
    assert point.divergence == pytest.approx(survey.divergence)


@pytest.mark.parametrize(
    ("firms", "share_y", "share_x2"), [(300, 0.7, None), (300, None, 0.5), (310, None, None)]
)
def test_a_point_without_surveys(firms: float, share_y: float | None, share_x2: float | None) -> None:
    point, plain = point_at(small.evidence(), "uniform", firms, share_y, share_x2)
    assert plain is None
    assert (point.equations, point.marks, point.all_marks) == (False, -1, False)
    assert np.isnan(point.divergence)
    for given, told in ((share_y, point.share_y), (share_x2, point.share_x2)):
        assert np.isnan(told) if given is None else told == given


def test_a_point_whose_marks_come_only_when_asked_for() -> None:
    good = small.evidence()
    weaker = {**good.logit.stars, "X2": {**good.logit.stars["X2"], 1: "*"}}
    point, _ = point_at(
        replace(good, logit=replace(good.logit, stars=weaker)), "uniform", small.FIRMS, None, None
    )
    assert (point.marks, point.all_marks) == (MARKS - 1, True)


def test_a_survey_found_from_another_is_the_one_found_from_the_prior() -> None:
    far = rebuild(small.evidence(), share_y=0.645, share_x2=0.78, marks=False)
    at = {"share_y": 0.648, "share_x2": 0.795}
    for marks in (False, True):
        near, cold = (rebuild(small.evidence(), **at, marks=marks, near=start) for start in (far, None))
        assert near.divergence == pytest.approx(cold.divergence, abs=1e-4)
        assert np.abs(near.shares - cold.shares).sum() < 0.01


def test_the_map_holds_the_region_and_its_rim(
    ends: dict[str, Bounds], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.evidence.stars.STEP_Y", STEP_Y)
    monkeypatch.setattr("sim.evidence.stars.STEP_X2", STEP_X2)
    points = map_of(small.evidence(), "uniform", quiet)
    assert points == sorted(points)
    place = {(round(p.share_y / STEP_Y), round(p.share_x2 / STEP_X2)): p for p in points}
    assert len(place) == len(points)
    inside = {spot for spot, point in place.items() if point.equations}
    around = {(i + a, j + b) for i, j in inside for a in (-1, 0, 1) for b in (-1, 0, 1)}
    assert set(place) == around, "the region, and one step further on every side"
    within = ends["proved"]
    for point in points:
        if point.equations:
            assert within.share_y_low < point.share_y < within.share_y_high
            assert within.share_x2_low < point.share_x2 < within.share_x2_high
            assert 0 <= point.marks <= MARKS
    survey = rebuild(small.evidence(), miss_cost=FREE)
    nearest = min((p for p in points if p.all_marks), key=lambda p: p.divergence)
    assert abs(nearest.share_y - survey.share_y) < 2 * STEP_Y
    assert survey.divergence < nearest.divergence < survey.divergence + 0.05


def test_the_profile_asks_about_other_numbers_of_firms() -> None:
    points = profile(small.evidence(), "uniform", quiet)
    everybody = all_answers(small.evidence())
    assert [p.firms - small.FIRMS for p in points] == [*FIRMS_AROUND, everybody - small.FIRMS]
    assert {p.prior for p in points} == {"uniform"}


def test_all_answers_counts_interviews_and_visits() -> None:
    assert all_answers(EVIDENCE) == 359
    only = Figures({("survey_firms", 2022): Figure(412, "firms", "invented", "assumed")})
    assert all_answers(replace(EVIDENCE, records=only)) == 412


def test_everything_that_the_table_reveals() -> None:
    found, points = reveal(small.evidence(), quiet)
    assert [row.digits for row in found] == ["exact", "found", "proved"]
    assert all(isinstance(point, Point) for point in points)
    assert {point.prior for point in points} == {"uniform", "judgement"}
    assert {point.firms for point in points} > {small.FIRMS}
    same = [[p for p in points if p.prior == prior and p.firms == 300] for prior in ("uniform", "judgement")]
    there = [{(p.share_y, p.share_x2) for p in part if p.equations} for part in same]
    assert there[0] == there[1], "whether there is a survey does not hang on the prior"
