"""What `sim.analysis.record.refit.FINDINGS` says about Table 5 after ten years is true."""

import numpy as np
import pytest
from scipy import stats

from sim.analysis.record.refit import (
    FINDINGS,
    QUARTER_ZERO,
    TEN_YEARS,
    joint_shares,
    quarter_zero_line,
    refit_frame,
    refits,
)
from sim.evidence.survey import columns_of, standard_errors
from sim.evidence.survey_file import read_survey
from tests.small_province import EVIDENCE

ERROR = 0.01  # chance that a test fails though what it tests is so

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found():
    survey = read_survey(EVIDENCE)
    size, quality = columns_of(survey, ("X1", "X2")).T
    target = joint_shares(size, quality, survey.shares)
    frame = refits("hubei", target, standard_errors(EVIDENCE, survey), replications=8)
    return frame.set_index(["moment", "reading", "variable", "replication"]).sort_index()


def over_replications(found, moment, reading):
    """Estimates of one moment and reading: DataFrame [replication, variable]."""
    return found.loc[moment, reading]["refit"].unstack("variable")


def printed_of(found):
    return found.loc[QUARTER_ZERO, "D-naive"]["printed"].groupby("variable").first()


@pytest.mark.parametrize(("moment", "reading"), [(QUARTER_ZERO, "V-selective"), (TEN_YEARS, "D-naive")])
def test_the_printed_column_comes_back(found, moment, reading):
    away = over_replications(found, moment, reading) - printed_of(found)
    chances = stats.ttest_1samp(away.to_numpy(), 0.0).pvalue
    assert chances.min() > ERROR / len(chances)


def test_quarter_zero_is_within_two_standard_errors(found):
    _, values = quarter_zero_line(found.reset_index())
    assert values.mean() < 2.0
    frame = refit_frame(found.reset_index())
    assert (frame.loc[frame["moment"] == QUARTER_ZERO, "distance"] < 1.0).all()


@pytest.mark.parametrize("reading", ["V-selective", "D-selective"])
def test_selective_readings_fade(found, reading):
    away = over_replications(found, TEN_YEARS, reading)
    left = (away / printed_of(found)).mean()
    assert left[["X5", "X6"]].abs().max() < 0.5
    assert left[["X3", "X4"]].between(0.4, 0.9).all()
    assert left["X2"] < 0.25
    assert left["X7"] == pytest.approx(1.0, abs=0.25)
    assert (left[["X3", "X4"]] < left["X7"]).all()


def test_selection_moves_x2_down_and_little_else(found):
    drift = over_replications(found, TEN_YEARS, "V-naive") - over_replications(found, TEN_YEARS, "D-naive")
    assert stats.ttest_1samp(drift["X2"], 0.0, alternative="less").pvalue < ERROR
    errors = found.loc[TEN_YEARS, "V-naive"]["standard_error"].groupby("variable").first()
    in_errors = (drift.mean() / errors).abs()
    assert in_errors["X2"] < 0.5
    assert in_errors.drop("X2").max() < 0.25


def test_findings_are_told_in_both_languages():
    assert all(zh != en and zh and en for zh, en in FINDINGS)
    assert np.shape(FINDINGS) == (4, 2)
