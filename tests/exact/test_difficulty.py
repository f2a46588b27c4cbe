"""The probability of a transition difficulty against Table 5, typed here by hand instead of read from the CSV."""

import math

import numpy as np
import pytest

from sim.model.difficulty import log_odds, probability
from tests.small_province import begin, go_on, province

# Table 5 as printed. Columns 1 to 9; X8, X9 and X12 enter none.
TABLE_5 = {
    "_cons": (-0.950, -0.256, -0.592, -0.878, -0.648, -1.121, -1.029, -0.911, -0.686),
    "X1": (0.325, 0.222, 0.242, 0.219, 0.212, 0.198, 0.194, 0.109, 0.108),
    "X2": (1.069, 1.049, 1.137, 1.121, 1.081, 1.033, 1.111, 1.017, 0.920),
    "X3": (0, -1.689, -1.787, -1.834, -1.840, -1.819, -1.811, -1.805, -1.755),
    "X4": (0, 0, 0.621, 0.645, 0.631, 0.612, 0.630, 0.586, 0.559),
    "X5": (0, 0, 0, 0.167, 0.157, 0.188, 0.190, 0.169, 0.174),
    "X6": (0, 0, 0, 0, -0.0913, -0.277, -0.279, -0.264, -0.254),
    "X7": (0, 0, 0, 0, 0, 0.407, 0.389, 0.385, 0.388),
    "X10": (0, 0, 0, 0, 0, 0, -0.288, -0.332, -0.363),
    "X11": (0, 0, 0, 0, 0, 0, 0, 0.758, 0.671),
    "X13": (0, 0, 0, 0, 0, 0, 0, 0, -0.117),
}
NUMBERS = {name: int(name[1:]) for name in TABLE_5 if name != "_cons"}

# What firms say, in the words and codes of Table 4. X13 counts backwards: "four or more" is 0, "never" is 4.
SAYS = {
    "staff": {"1~50": 0, "51~100": 1, "101~300": 2, "301~500": 3, "more than 500": 4},
    "quality": {"no": 0, "yes": 1},
    "enough talent": {"no": 0, "yes": 1},
    "needs a platform": {"no": 0, "yes": 1},
    "profit": {"much lower": 0, "lower": 1, "level": 2, "higher": 3, "much higher": 4},
    "transaction cost": {"clearly better": 0, "better": 1, "same": 2, "worse": 3, "clearly worse": 4},
    "energy cost": {"clearly better": 0, "better": 1, "same": 2, "worse": 3, "clearly worse": 4},
    "funds": {"no": 0, "yes": 1},
    "talent policy": {"no": 0, "yes": 1},
    "policies received": {"four or more": 0, "three": 1, "two": 2, "one": 3, "never": 4},
}
QUESTIONS = dict(zip(SAYS, NUMBERS.values(), strict=True))
STRUGGLING = {
    "staff": "1~50",
    "quality": "no",
    "enough talent": "no",
    "needs a platform": "yes",
    "profit": "lower",
    "transaction cost": "same",
    "energy cost": "clearly worse",
    "funds": "no",
    "talent policy": "yes",
    "policies received": "never",
}
AT_EASE = {
    "staff": "301~500",
    "quality": "yes",
    "enough talent": "yes",
    "needs a platform": "no",
    "profit": "much higher",
    "transaction cost": "better",
    "energy cost": "better",
    "funds": "yes",
    "talent policy": "yes",
    "policies received": "four or more",
}
# Sums of the printed numbers, by hand. Column 9 of the struggling firm: −0.686 + 0.559 + 0.174 − 2 × 0.254
# + 4 × 0.388 + 0.671 − 4 × 0.117 = 1.294; had X13 counted forwards, it would be 1.762.
ETA_STRUGGLING = (-0.950, -0.256, 0.029, -0.066, -0.0426, 0.753, 0.789, 1.614, 1.294)
ETA_AT_EASE = (1.094, -0.230, -0.516, -0.266, -0.2343, -0.431, -0.565, -0.149, -0.059)


def coded(answers):
    x = np.zeros(14, np.int8)
    for question, said in answers.items():
        x[QUESTIONS[question]] = SAYS[question][said]
    return x


SOME_FIRMS = begin(province()).firms


def eta_of(x, x0, beta, kappa):
    """Log-odds of one firm by the kernel, which takes arrays of firms; its special funds are a usual grant."""
    firms = SOME_FIRMS
    firms.x[0], firms.x0[0], firms.funds[0] = x, x0, 1.0
    return log_odds(firms, 0, beta, kappa)


def by_hand(column, kappa, x, x0):
    """Probability from the printed numbers: only the causal share of a change counts."""
    eta = TABLE_5["_cons"][column - 1]
    for name, k in NUMBERS.items():
        eta += TABLE_5[name][column - 1] * (int(x0[k]) + kappa * (int(x[k]) - int(x0[k])))
    return 1 / (1 + math.exp(-eta))


def test_the_survey_counts_policies_backwards():
    none, many = coded(STRUGGLING)[13], coded(AT_EASE)[13]
    assert (none, many) == (4, 0)


@pytest.mark.parametrize("column", range(1, 10))
def test_two_firms_worked_out_by_hand(column):
    inputs = province(difficulty={"column": column, "causal_reading": "naive"}).inputs
    before, after = coded(STRUGGLING), coded(AT_EASE)
    eta = [eta_of(x, x, inputs.beta, inputs.kappa) for x in (before, after)]
    assert eta == pytest.approx([ETA_STRUGGLING[column - 1], ETA_AT_EASE[column - 1]], abs=1e-12)
    for kappa, right in ((0.0, eta[0]), (0.5, sum(eta) / 2), (1.0, eta[1])):
        found = eta_of(after, before, inputs.beta, np.full(14, kappa))
        assert found == pytest.approx(right, abs=1e-12)
        assert probability(found) == pytest.approx(1 / (1 + math.exp(-right)), rel=1e-13)


@pytest.mark.parametrize("kappa", [0, 0.5, 1])
@pytest.mark.parametrize("column", range(1, 10))
def test_every_firm_has_the_probability_of_its_answers(column, kappa):
    compiled = province(
        difficulty={"column": column, "causal_reading": dict.fromkeys(NUMBERS, kappa)},
        horizon={"start": "2020Q1", "end": "2021Q4"},
        levers={
            "rd_subsidy": {"start": "2020Q1", "share_of_budget": 0.5},
            "auto_delivery": {"start": "2020Q1", "share_of_budget": 0.5},
        },
    )
    state = begin(compiled)
    firms = state.firms
    for quarters in (0, 8):
        go_on(state, compiled, quarters)
        living = np.flatnonzero(firms.alive == 1)
        right = [by_hand(column, kappa, firms.x[i], firms.x0[i]) for i in living]
        np.testing.assert_allclose(firms.p[living], right, rtol=2e-7)
        if quarters:
            changed = (firms.x[living] != firms.x0[living]).any(axis=0)
            assert changed[list(NUMBERS.values())].all()
