"""Quarter zero: the state implies the drawn answers, the answers have the survey's margins, and nothing jumps.

The statistical tests have fixed seeds and a stated error: if the model is right, a test fails with probability at most
`ERROR`, shared evenly over all its comparisons (Bonferroni).
"""

import numpy as np
import pytest
from scipy import stats

from sim.model import state as st
from sim.world.answers import margin, province_answers
from sim.world.constants import LEVELS
from sim.world.parameters import load_parameters
from tests.reference import answer_cuts
from tests.reference_numbers import normal_cdf
from tests.reference_world import World
from tests.small_province import EVIDENCE, begin, go_on, province

ERROR = 1e-3
REPLICATIONS = 30
SEED = 2025
NAMES = [f"X{k}" for k in range(1, 14)]


def bound(comparisons):
    """Two-sided normal quantile for that many comparisons."""
    return stats.norm.isf(ERROR / comparisons / 2)


@pytest.fixture(scope="module")
def left_alone():
    """A province without policy and without the fall of demand of 2020, a hundredth of the real size."""
    return province(scale=0.01, horizon={"start": "2020Q1", "end": "2023Q4"}, parameters={"cycle_2020": 0})


@pytest.fixture(scope="module")
def beginnings(left_alone):
    return [begin(left_alone, SEED, k) for k in range(REPLICATIONS)]


def test_the_state_implies_the_answers(left_alone, beginnings):
    twin = World(left_alone, SEED, 0)
    for state in beginnings:
        f = state.firms
        there = f.alive == st.ALIVE
        twin.profit_cuts = [float(cut) for cut in state.province.profit_cuts]
        cuts = answer_cuts(twin)
        recent, before = (f.profits[:, a : a + 4].astype(float) for a in (4, 0))
        change = recent.sum(axis=1) - before.sum(axis=1)
        change /= np.abs(recent.sum(axis=1)) + np.abs(before.sum(axis=1)) + (change == 0)
        fill = state.province.fill[
            left_alone.inputs.slot_region, left_alone.inputs.industry_field[f.industry]
        ].astype(float)
        enough = (f.talent + fill) / (f.wanted.astype(float) + 1.0) >= f.phi.astype(float)
        implied = {
            st.X1: np.searchsorted((50, 100, 300, 500), f.staff),
            st.X2: f.level >= 2,
            st.X3: enough,
            st.X4: (f.want == 1) & (f.platform == 0),
            st.X5: np.searchsorted(cuts["X5"], change),
            st.X6: np.searchsorted(
                cuts["X6"], f.transaction_burden.astype(float) - f.transaction_reference.astype(float)
            ),
            st.X7: np.searchsorted(
                cuts["X7"], f.energy_burden.astype(float) - f.energy_reference.astype(float)
            ),
            st.X9: f.rd_grant > 0,
        }
        for variable, answers in implied.items():
            np.testing.assert_array_equal(f.x[there, variable], answers[there], err_msg=f"X{variable}")
        np.testing.assert_array_equal(f.x[there], f.x0[there])


PROVINCE = province_answers(EVIDENCE, load_parameters(EVIDENCE.folder).defaults())


@pytest.mark.parametrize("group", [0, 1], ids=["below_quality", "quality"])
def test_the_answers_have_the_margins_of_the_survey(beginnings, group):
    """X5 has its margin by its cut-points, over all firms; the others are drawn."""
    x = np.concatenate([state.firms.x[state.firms.alive == st.ALIVE] for state in beginnings])
    x = x[x[:, st.X2] == group]
    drawn = ("X3", "X4", "X6", "X7", "X10", "X11", "X13")
    for name in drawn:
        expected = len(x) * margin(PROVINCE, name, group)
        found = np.bincount(x[:, int(name[1:])], minlength=len(expected))
        assert stats.chisquare(found, expected).pvalue > ERROR / 2 / len(drawn), (name, found, expected)


def test_profits_are_cut_to_the_margin_of_the_survey(beginnings):
    for state in beginnings:
        x = state.firms.x[state.firms.alive == st.ALIVE]
        share = np.bincount(x[:, st.X5], minlength=5) / len(x)
        quality = x[:, st.X2].mean()
        below, above = (margin(PROVINCE, "X5", group) for group in (0, 1))
        assert np.abs(share - (1 - quality) * below - quality * above).max() <= 1.01 / len(x)


# P(Y = 1 | x) = p ----------------------------------------------------------------------------------------


def calibrated(states):
    """Whether firms of every kind are in difficulty as often as their p says."""
    there = [state.firms.alive == st.ALIVE for state in states]
    p, hard, x, level = (
        np.concatenate([getattr(state.firms, name)[mask] for state, mask in zip(states, there, strict=True)])
        for name in ("p", "hard", "x", "level")
    )
    p = p.astype(float)
    groups = [
        (p >= a) & (p < b)
        for a, b in zip(
            np.quantile(p, np.arange(10) / 10), np.quantile(p, np.arange(1, 11) / 10), strict=True
        )
    ]
    groups += [level == k for k in range(LEVELS)]
    groups += [x[:, k] == answer for k in range(1, 14) for answer in range(5)]
    groups = [group for group in groups if group.sum() >= 200]
    z = [(hard[group] - p[group]).sum() / np.sqrt((p[group] * (1 - p[group])).sum()) for group in groups]
    assert len(groups) > 40
    assert np.abs(z).max() < bound(len(groups))


def test_difficulty_is_as_frequent_as_p_at_quarter_zero(beginnings):
    calibrated(beginnings)
    f = beginnings[0].firms
    there = np.flatnonzero(f.alive == st.ALIVE)
    for i in there[:200]:
        assert f.hard[i] == (normal_cdf(float(f.z[i])) < float(f.p[i]))


def test_difficulty_is_as_frequent_as_p_where_it_acts_on_nothing():
    """Reading D (ε = 1): difficulty does not slow climbing, so after three years luck still knows nothing of x."""
    compiled = province(scale=0.01, structure="D", horizon={"start": "2020Q1", "end": "2022Q4"})
    calibrated([go_on(begin(compiled, SEED, k), compiled, 12).state for k in range(10)])


# Nothing jumps -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def first_quarters(left_alone, beginnings):
    """Mean answers, p, Y and Y* of the firms that live through it, at quarters 0 to 4: [replication, quarter, ...]."""
    means = []
    for state in beginnings:
        states = [st.copy(state)]
        for _ in range(4):
            states.append(st.copy(go_on(st.copy(states[-1]), left_alone, 1).state))
        last = states[-1].firms
        there = (last.alive == st.ALIVE) & (last.born == 0)
        assert there.sum() > 800
        means.append(
            [
                [
                    *part.firms.x[there, 1:].mean(axis=0),
                    *(
                        getattr(part.firms, name)[there].mean(dtype=float)
                        for name in ("p", "hard", "hard_star")
                    ),
                ]
                for part in states
            ]
        )
    return np.array(means)


def within_noise(change):
    """Paired z-test over replications: no column of ``change`` differs from 0 on average."""
    mean, error = change.mean(axis=0), change.std(axis=0, ddof=1) / np.sqrt(len(change))
    moved = error > 0
    assert (mean[~moved] == 0).all()
    z = dict(zip(np.array([*NAMES, "p", "Y", "Y*"])[moved], mean[moved] / error[moved], strict=True))
    assert max(map(abs, z.values())) < bound(len(z)), z


def test_quarter_one_is_within_noise_of_quarter_zero(first_quarters):
    within_noise(first_quarters[:, 1] - first_quarters[:, 0])


def test_the_second_quarter_moves_no_more_than_the_fourth(first_quarters):
    """What quarter one does to a firm's books shows in its answers of quarter two."""
    second, fourth = (first_quarters[:, k] - first_quarters[:, k - 1] for k in (2, 4))
    within_noise(second - fourth)


def test_profits_do_not_jump_at_quarter_one(left_alone, beginnings):
    growth = []
    for state in beginnings:
        after = go_on(st.copy(state), left_alone, 1).state
        there = (after.firms.alive == st.ALIVE) & (after.firms.born == 0)
        before, now = (part.firms.profits[there].sum(axis=0, dtype=float) for part in (state, after))
        growth.append(
            np.log((now[0] / before[7], before[7] / before[6]))
        )  # ring: quarter t stands at t modulo 8
    jump = np.subtract(*np.transpose(growth))
    assert abs(jump.mean()) / (jump.std(ddof=1) / np.sqrt(len(jump))) < bound(1), jump.mean()
