"""Ends of what a table allows: which tables are possible, and how an end moves with the coefficients.

`test_stars.py` compares the ends themselves with linear programmes over all cells.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.evidence.ends import Programme
from sim.evidence.entropy import ImpossibleError
from sim.evidence.equations import Printed, answers, half_unit, printed
from tests import small_survey as small


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Printed:
    small.four_columns(monkeypatch)
    return printed(small.evidence())


CELLS = answers(small.evidence(), small.NAMES)


def exactly(table: Printed) -> Printed:
    return replace(table, half=0 * table.half, half_lr=0 * table.half_lr)


def test_rounding_is_half_a_unit_of_the_last_digit() -> None:
    """Files drop a last 0: 0.92 was printed as 0.920."""
    given = np.array([0.92, -1.84, -0.0913, 1.0, 0.325, 1e-5])
    np.testing.assert_allclose(half_unit(given, 3), [5e-4, 5e-4, 5e-5, 5e-4, 5e-4, 5e-6])
    np.testing.assert_allclose(half_unit(np.array([11.15, 55.1, 69.8125]), 2), [5e-3, 5e-3, 5e-5])


def test_coefficients_that_a_column_lacks_have_no_rounding(table: Printed) -> None:
    assert (table.half[table.entered] > 0).all()
    assert not table.half[~table.entered].any()


def test_the_sample_s_own_numbers_are_possible_and_others_only_within_their_rounding(table: Printed) -> None:
    """Of 300 firms; the end of N at the printed digits is just above 317."""
    assert Programme(exactly(table), CELLS).possible(300)
    assert Programme(exactly(table), CELLS).possible(317)
    assert not Programme(exactly(table), CELLS).possible(318)
    assert Programme(table, CELLS).possible(318)
    assert not Programme(table, CELLS).possible(400)


def test_an_empty_set_has_no_end(table: Printed) -> None:
    wrong = printed(small.misprinted("X3", 3, -1.0))
    with pytest.raises(ImpossibleError):
        Programme(wrong, CELLS).least(None, per_size=1.0)


def test_an_end_is_proved_by_its_prices(table: Printed) -> None:
    end = Programme(table, CELLS).least(np.repeat([0.0, 1.0], len(CELLS)), firms=small.FIRMS)
    assert end.bound <= end.value < end.bound + 1e-8


def test_an_end_moves_with_the_coefficients_as_its_slope_says(table: Printed) -> None:
    """Central differences over a hundredth of a printed unit."""
    cost = np.tile(CELLS[:, 1].astype(float), 2)

    def least(b: np.ndarray) -> float:
        return Programme(replace(exactly(table), b=b), CELLS).least(cost, firms=small.FIRMS).value

    slope = Programme(exactly(table), CELLS).least(cost, firms=small.FIRMS).slope
    assert not slope[~table.entered].any()
    for m, name in ((0, 1), (1, 3), (2, 0), (3, 5)):
        step = np.zeros_like(table.b)
        step[m, name] = 1e-6
        numeric = (least(table.b + step) - least(table.b - step)) / 2e-6
        assert slope[m, name] == pytest.approx(numeric, rel=1e-3, abs=1e-4)
