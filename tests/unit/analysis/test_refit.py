"""Table 5 refitted to simulated firms: the weights, the estimate, the frames."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.analysis.record.refit import (
    MOMENTS,
    QUARTER_ZERO,
    TEN_YEARS,
    joint_shares,
    quarter_zero_line,
    refit_frame,
    refits,
    survey_weights,
    weighted_logit,
)
from sim.evidence.equations import logistic, printed
from sim.model.state import ALIVE
from sim.world.scenario_record import READINGS
from tests.small_province import EVIDENCE, begin, go_on, province, quarters_of

TABLE = printed(EVIDENCE)
B = TABLE.b[-1]
ENTERED = [int(name[1:]) for name in TABLE.names[1:]]
TARGET = np.array([[0.2, 0.1], [0.1, 0.1], [0.05, 0.15], [0.05, 0.1], [0.05, 0.1]])  # made up
ERRORS = np.full(TABLE.b.shape, 0.2)


def living(state):
    """Answers, probabilities and outcomes of the living firms."""
    f = state.firms
    alive = f.alive == ALIVE
    return f.x[alive], f.p[alive].astype(float), f.hard[alive]


def test_weights_give_the_target_its_margin():
    rng = np.random.default_rng(1)
    x1, x2 = rng.integers(0, 5, 900, np.int8), rng.integers(0, 2, 900, np.int8)
    weights = survey_weights(x1, x2, TARGET)
    assert joint_shares(x1, x2, weights) == pytest.approx(TARGET)
    assert weights.mean() == pytest.approx(1.0)


def test_a_kind_of_firm_that_is_not_there_leaves_the_others_in_proportion():
    x1, x2 = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0])
    shares = joint_shares(x1, x2, survey_weights(x1, x2, TARGET))
    there = np.array([TARGET[0, 0], TARGET[0, 1], TARGET[1, 1], TARGET[2, 0]])
    assert shares[[0, 0, 1, 2], [0, 1, 1, 0]] == pytest.approx(there / there.sum())


def test_the_logit_finds_what_made_the_data_whatever_the_weights():
    rng = np.random.default_rng(2)
    answers = rng.integers(0, 3, (500, 2))
    chance, weights = logistic(0.3 + answers @ [-0.8, 0.5]), rng.uniform(0.1, 9, 500)
    both = np.concatenate([weights * chance, weights * (1 - chance)])
    found = weighted_logit(np.tile(answers, (2, 1)), np.repeat([1, 0], 500), both)
    assert found == pytest.approx([0.3, -0.8, 0.5], abs=1e-6)


def test_weights_count_firms():
    answers, difficult = np.array([[0], [0], [1], [1]]), np.array([0, 1, 0, 1])
    found = weighted_logit(answers, difficult, np.array([1.0, 3.0, 5.0, 1.0]))
    assert found == pytest.approx([np.log(3), np.log(1 / 5) - np.log(3)])


@pytest.mark.parametrize("reading", READINGS)
def test_at_quarter_zero_every_firm_has_the_probability_of_table_5(reading):
    structure, causal = READINGS[reading]
    x, p, hard = living(begin(province(structure=structure, difficulty={"causal_reading": causal})))
    assert p == pytest.approx(logistic(B[0] + x[:, ENTERED] @ B[1:]), abs=1e-6)
    same = living(begin(province()))
    assert np.array_equal(x, same[0])
    assert np.array_equal(hard, same[2])


@pytest.mark.parametrize("structure", ["V", "D"])
def test_under_the_naive_reading_they_have_it_years_later_too(structure):
    ground = province(structure=structure, difficulty={"causal_reading": "naive"})
    x, p, _ = living(go_on(begin(ground), ground, quarters_of(ground)).state)
    assert p == pytest.approx(logistic(B[0] + x[:, ENTERED] @ B[1:]), abs=1e-6)


def test_firms_of_quarter_zero_return_table_5_within_their_sampling_error():
    x, p, hard = living(begin(province(scale=0.05, structure="D", difficulty={"causal_reading": "naive"})))
    weights = survey_weights(x[:, 1], x[:, 2], TARGET)
    away = weighted_logit(x[:, ENTERED], hard, weights) - B
    design = np.column_stack([np.ones(len(x)), x[:, ENTERED]])
    # Estimates vary by A⁻¹ C A⁻¹, A the weighted information, C the variance of the weighted scores.
    information, variance = ((design * (w * p * (1 - p))[:, None]).T @ design for w in (weights, weights**2))
    chi2 = away @ information @ np.linalg.solve(variance, information @ away)
    assert stats.chi2.cdf(chi2, len(B)) < 0.999


@pytest.fixture(scope="module")
def found():
    return refits("hubei", TARGET, ERRORS, replications=2, scale=0.02)


def test_refits_do_not_depend_on_workers(found):
    told = []
    again = refits(
        "hubei",
        TARGET,
        ERRORS,
        replications=2,
        scale=0.02,
        workers=1,
        progress=lambda *part: told.append(part),
    )
    pd.testing.assert_frame_equal(again, found)
    assert told == [(1, 2), (2, 2)]


def test_frames_have_a_row_for_everything(found):
    frame = refit_frame(found)
    assert len(frame) == len(MOMENTS) * len(READINGS) * len(B)
    assert list(dict.fromkeys(frame["moment"])) == list(MOMENTS)
    assert list(dict.fromkeys(frame["reading"])) == list(READINGS)
    assert list(frame["variable"][: len(B)]) == list(TABLE.names)
    assert list(frame["printed"][: len(B)]) == list(B)
    row = frame[
        (frame["moment"] == TEN_YEARS) & (frame["reading"] == "V-naive") & (frame["variable"] == "X3")
    ]
    its = found[
        (found["moment"] == TEN_YEARS) & (found["reading"] == "V-naive") & (found["variable"] == "X3")
    ]
    assert row["refit"].item() == pytest.approx(its["refit"].mean())
    assert row["low"].item() < its["refit"].min() < its["refit"].max() < row["high"].item()
    assert row["distance"].item() == pytest.approx(abs(its["refit"].mean() - row["printed"].item()) / 0.2)


def test_readings_share_quarter_zero_and_part_later(found):
    wide = found.pivot(index=["moment", "replication", "variable"], columns="reading", values="refit")
    assert (wide.loc[QUARTER_ZERO].nunique(axis=1) == 1).all()
    assert (wide.loc[TEN_YEARS].nunique(axis=1) > 1).all()


def test_the_line_s_values_are_the_largest_distances(found):
    line, values = quarter_zero_line(found)
    first = found[
        (found["moment"] == QUARTER_ZERO) & (found["reading"] == "D-naive") & (found["replication"] == 0)
    ]
    assert values.shape == (2,)
    assert values[0] == pytest.approx((first["refit"] - B).abs().max() / 0.2)
    assert (line.use, line.low, line.high) == ("F", 0.0, 2.0)
