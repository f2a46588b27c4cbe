"""The rebuilt survey: Hubei's as committed, refitted by another library; and a small one, against its equations.

Hubei's is rebuilt again in `tests/statistical/test_calibration.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from sim.errors import InputError
from sim.evidence.entropy import NotFoundError, tilt
from sim.evidence.equations import Equations, answers, printed
from sim.evidence.records import COLUMNS, VARIABLES
from sim.evidence.survey import (
    THRESHOLDS,
    Survey,
    covariances,
    judgement_prior,
    marks_missed,
    meet_table,
    rebuild,
    restricted,
    standard_errors,
    uniform_prior,
)
from sim.evidence.survey_file import FILE
from tests import small_survey as small
from tests.small_province import EVIDENCE

Array = NDArray[Any]
FIRMS = 306


def refit(data: pd.DataFrame, names: list[str]) -> Any:
    """Weighted logit of y on these columns; firms with equal answers to them are counted together."""
    counted = data.groupby([*names, "y"], as_index=False)["weight"].sum()
    design = np.column_stack([np.ones(len(counted)), counted[names]])
    y, weight = counted["y"].to_numpy(float), counted["weight"].to_numpy()
    return GLM(y, design, family=Binomial(), freq_weights=weight).fit(tol=1e-12)


# --- Hubei's, as committed ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(EVIDENCE.folder / FILE)


@pytest.fixture(scope="module")
def fits(data: pd.DataFrame) -> dict[int, Any]:
    """The nine regressions: column -> names (constant first) and what the library found."""
    found = {}
    for column in COLUMNS:
        names = [name for name in VARIABLES[1:] if column in EVIDENCE.logit.b.get(name, {})]
        found[column] = ("_cons", *names), refit(data, [name.lower() for name in names])
    return found


def test_a_line_for_every_combination_of_answers_and_outcome(data: pd.DataFrame) -> None:
    assert list(data) == ["x1", "x2", "x3", "x4", "x5", "x6", "x7", "x10", "x11", "x13", "y", "weight"]
    keys = list(data.drop(columns="weight").itertuples(index=False, name=None))
    assert keys == sorted(set(keys)), "sorted, and no line twice"
    assert data["weight"].min() > 0
    assert data["weight"].sum() == pytest.approx(FIRMS, abs=1e-3)
    for name, most in zip(list(data)[:-1], (4, 1, 1, 1, 4, 4, 4, 1, 1, 4, 1), strict=True):
        assert set(data[name]) == set(range(most + 1))


def test_all_63_coefficients_come_back(fits: dict[int, Any]) -> None:
    """To the digits printed: half a unit of the last one either way, 0.00005 of the −0.0913 of X6."""
    came = {
        (name, column): b
        for column, (names, found) in fits.items()
        for name, b in zip(names, found.params, strict=True)
    }
    assert len(came) == 63
    for (name, column), b in came.items():
        most = 0.00005 if (name, column) == ("X6", 5) else 0.0005
        assert abs(b - EVIDENCE.logit.b[name][column]) < most, (name, column)


def test_all_nine_likelihood_ratios_come_back(data: pd.DataFrame, fits: dict[int, Any]) -> None:
    y = float((data["y"] * data["weight"]).sum() / data["weight"].sum())
    null = data["weight"].sum() * (y * np.log(y) + (1 - y) * np.log(1 - y))
    for column, (_, found) in fits.items():
        assert 2 * (found.llf - null) == pytest.approx(EVIDENCE.logit.lr_chi2[column], abs=0.005)


def test_all_54_marks_come_back(fits: dict[int, Any]) -> None:
    seen = 0
    for column, (names, found) in fits.items():
        for name, p in zip(names[1:], found.pvalues[1:], strict=True):
            mark = "*" * sum(p < level for level in (0.10, 0.05, 0.01))
            assert mark == EVIDENCE.logit.stars[name].get(column, ""), (name, column, p)
            seen += 1
    assert seen == 54


def test_standard_errors_are_about_what_rises_of_the_likelihood_imply(fits: dict[int, Any]) -> None:
    """A variable that enters alone has Wald ≈ LR: s.e. ≈ |b| / sqrt(rise)."""
    rises = np.diff([EVIDENCE.logit.lr_chi2[column] for column in COLUMNS])
    for column, rise in zip(COLUMNS[1:], rises, strict=True):
        names, found = fits[column]
        (entering,) = set(names) - set(fits[column - 1][0])
        at = names.index(entering)
        assert found.bse[at] == pytest.approx(abs(found.params[at]) / np.sqrt(rise), rel=0.15), entering


def test_difficulty_is_the_widest_column_exactly(data: pd.DataFrame) -> None:
    by_outcome = data.set_index(list(data)[:-1])["weight"].unstack("y")
    x = by_outcome.index.to_frame().to_numpy(float)
    names = [name.upper() for name in by_outcome.index.names]
    log_odds = EVIDENCE.logit.b["_cons"][9] + x @ [EVIDENCE.logit.b[name][9] for name in names]
    assert by_outcome.notna().all(axis=None)
    difficulty = by_outcome[1] / by_outcome.sum(axis=1)
    np.testing.assert_allclose(difficulty, 1 / (1 + np.exp(-log_odds)), atol=3e-6)


@pytest.mark.parametrize("column", COLUMNS)
def test_the_covariance_is_the_inverse_of_the_information(
    data: pd.DataFrame, fits: dict[int, Any], column: int
) -> None:
    names = [name for name in VARIABLES if column in EVIDENCE.logit.b.get(name, {})]
    b = fits[column][1].params
    counted = data.groupby([name.lower() for name in names[1:]], as_index=False)["weight"].sum()
    x = np.column_stack([np.ones(len(counted)), counted[[name.lower() for name in names[1:]]]])
    chance = 1 / (1 + np.exp(-x @ b))
    information = x.T @ (x * (counted["weight"] * chance * (1 - chance)).to_numpy()[:, None])
    at = [VARIABLES.index(name) for name in names]
    committed = EVIDENCE.covariance[column][np.ix_(at, at)]
    scale = np.sqrt(np.outer(np.diag(committed), np.diag(committed)))
    np.testing.assert_allclose(np.linalg.inv(information) / scale, committed / scale, atol=1e-5)


# --- a small one -------------------------------------------------------------------------------------------


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    small.four_columns(monkeypatch)


def frame(survey: Survey) -> pd.DataFrame:
    """A survey as firms are counted: one line per combination and outcome."""
    return pd.concat(
        pd.DataFrame(survey.cells, columns=list(survey.names)).assign(
            y=y, weight=survey.firms * survey.shares * chance
        )
        for y, chance in enumerate((1 - survey.difficulty, survey.difficulty))
    )


@pytest.mark.usefixtures("columns")
@pytest.mark.parametrize("prior", ["uniform", "judgement"])
def test_a_rebuilt_survey_prints_the_table(prior: str) -> None:
    given = small.evidence()
    survey = rebuild(given, prior=prior)
    assert survey.shares.sum() == pytest.approx(1)
    assert survey.firms == small.FIRMS
    rows = frame(survey)
    null = refit(rows, []).llf
    for column, count in zip(small.COLUMNS, small.ENTER, strict=True):
        names = list(small.NAMES[:count])
        found = refit(rows, names)
        wanted = [given.logit.b[name][column] for name in ("_cons", *names)]
        half = printed(given).half[column - 1, : count + 1]
        assert (np.abs(found.params - wanted) <= half).all()
        rise = given.logit.lr_chi2[column]
        assert abs(2 * (found.llf - null) - rise) <= printed(given).half_lr[column - 1]
        errors = standard_errors(given, survey)[column - 1]
        np.testing.assert_allclose(errors[: count + 1], found.bse, rtol=1e-5)
        assert np.isnan(errors[count + 1 :]).all()
        np.testing.assert_allclose(covariances(given, survey)[column], found.cov_params(), rtol=1e-4)
    assert marks_missed(given, survey) == []


@pytest.mark.usefixtures("columns")
def test_the_table_tells_much_of_the_survey_it_was_made_from() -> None:
    """Both unprinted shares within half a point, standard errors within 15 %: X1 has its widest, as it rises least."""
    given, (x, y) = small.evidence(), small.sample()
    survey = rebuild(given)
    assert survey.share_y == pytest.approx(y.mean(), abs=0.005)
    assert survey.margin("X2")[1] == pytest.approx(x[:, 1].mean(), abs=0.005)
    true = pd.DataFrame(x, columns=list(small.NAMES)).assign(y=y, weight=1.0)
    for column, count in zip(small.COLUMNS, small.ENTER, strict=True):
        expected = refit(true, list(small.NAMES[:count])).bse
        np.testing.assert_allclose(
            standard_errors(given, survey)[column - 1, : count + 1], expected, rtol=0.15
        )


@pytest.mark.usefixtures("columns")
def test_the_nearest_survey_has_log_odds_of_the_widest_column() -> None:
    """The theorem of the module, by solving over answers and outcome at once, P(Y | x) open."""
    given = small.evidence()
    rounded, cells = printed(given), answers(given, small.NAMES)
    table = replace(rounded, half=0 * rounded.half, half_lr=0 * rounded.half_lr)  # digits taken as exact
    nearest = meet_table(table, cells, small.FIRMS, uniform_prior(cells)).shares
    share = float(nearest @ Equations(table, cells, small.FIRMS).difficulty)
    x = np.column_stack([np.ones(len(cells)), cells])
    log_odds = x @ table.b[-1]
    outcome = np.repeat([0.0, 1.0], len(cells))
    level = outcome * np.tile(log_odds, 2) - np.tile(np.log1p(np.exp(log_odds)), 2)
    level -= share * np.log(share) + (1 - share) * np.log(1 - share) + table.lr[-1] / (2 * small.FIRMS)
    features = np.column_stack([small.equations_of(table, small.COLUMNS), outcome - share, level])
    open_ = tilt(uniform_prior(outcome), features).shares
    without, with_ = open_.reshape(2, -1)
    np.testing.assert_allclose(np.log(with_ / without), log_odds, atol=1e-6)
    np.testing.assert_allclose(without + with_, nearest, atol=1e-7)


@pytest.mark.usefixtures("columns")
@pytest.mark.parametrize(("share_y", "share_x2"), [(0.643, None), (0.65, None), (None, 0.77), (0.648, 0.795)])
def test_unprinted_shares_can_be_given(share_y: float | None, share_x2: float | None) -> None:
    survey, free = rebuild(small.evidence(), share_y=share_y, share_x2=share_x2), rebuild(small.evidence())
    if share_y is not None:
        assert survey.share_y == pytest.approx(share_y, abs=1e-7)
    if share_x2 is not None:
        assert survey.margin("X2")[1] == pytest.approx(share_x2, abs=1e-7)
    assert survey.divergence > free.divergence, "the free one is the nearest of all"
    found = refit(frame(survey), list(small.NAMES))
    np.testing.assert_allclose(found.params, printed(small.evidence()).b[-1], atol=1e-5)


@pytest.mark.usefixtures("columns")
def test_marks_come_out_as_printed_when_asked_for() -> None:
    good = small.evidence()
    weaker = {**good.logit.stars, "X2": {**good.logit.stars["X2"], 1: "*"}}
    given = replace(good, logit=replace(good.logit, stars=weaker))
    plain, marked = rebuild(given, marks=False), rebuild(given)
    assert marks_missed(given, plain) == [("X2", 1)]
    assert marks_missed(given, marked) == []
    assert marked.divergence > plain.divergence
    z = refit(frame(marked), ["X1", "X2"]).tvalues[2]
    assert THRESHOLDS[0] < z < THRESHOLDS[1]


@pytest.mark.usefixtures("columns")
def test_marks_that_contradict_the_table_are_not_found() -> None:
    good = small.evidence()
    starred = {**good.logit.stars, "X5": {4: "***"}}  # a rise of the likelihood of 0.04
    given = replace(good, logit=replace(good.logit, stars=starred))
    assert rebuild(given, marks=False).firms == small.FIRMS
    with pytest.raises(NotFoundError):
        rebuild(given)


@pytest.mark.usefixtures("columns")
def test_precision_is_linearised_as_it_says() -> None:
    given = small.evidence()
    survey = rebuild(given)
    equations = Equations(printed(given), survey.cells, survey.firms)
    luck = np.random.default_rng(4)
    step = survey.shares * luck.normal(size=len(survey.shares))
    step -= survey.shares * step.sum()
    for m, name in ((0, 2), (2, 0), (3, 5)):

        def precision(shares: Array, m: int = m, name: int = name) -> float:
            return float(equations.errors(shares)[m, name] ** -2)

        gradient = equations.precision(survey.shares, m, name)
        assert survey.shares @ gradient == pytest.approx(precision(survey.shares))
        size = 1e-5
        slope = (precision(survey.shares + size * step) - precision(survey.shares - size * step)) / (2 * size)
        assert step @ gradient == pytest.approx(slope, rel=1e-6)


@pytest.mark.usefixtures("columns")
def test_leaving_answers_out_keeps_the_table() -> None:
    given = small.evidence()
    survey = rebuild(given)
    held = survey.shares > np.quantile(survey.shares, 0.3)
    left = restricted(given, survey, held)
    assert 0 < len(left.cells) < len(survey.cells)
    assert left.share_y == pytest.approx(survey.share_y, abs=1e-7)
    np.testing.assert_allclose(refit(frame(left), list(small.NAMES)).params, printed(given).b[-1], atol=1e-5)
    assert marks_missed(given, left) == []


def surveys_exist(firms: float) -> bool:
    """Whether there are any, by linear programming at one share of Y after another."""
    given = small.evidence()
    table, cells = small.table_of(given), answers(given, small.NAMES)
    log_odds = np.column_stack([np.ones(len(cells)), cells]) @ table.b[-1]
    outcome = np.repeat([0.0, 1.0], len(cells))
    likelihood = outcome * np.tile(log_odds, 2) - np.tile(np.log1p(np.exp(log_odds)), 2)
    for share in np.arange(0.55, 0.66, 0.005):
        h = share * np.log(share) + (1 - share) * np.log(1 - share)
        level = likelihood - h - table.lr[-1] / (2 * firms)
        equations = small.equations_of(table, small.COLUMNS, firms)
        if small.miss(np.column_stack([equations, outcome - share, level])) < 1e-9:
            return True
    return False


@pytest.mark.usefixtures("columns")
@pytest.mark.parametrize("firms", [280, 290, 303, 310])
def test_a_survey_is_found_where_there_is_one(firms: int) -> None:
    try:
        found = rebuild(small.evidence(), firms=firms, marks=False).share_y > 0
    except NotFoundError:
        found = False
    assert found == surveys_exist(firms)


# --- priors and the table as arrays ------------------------------------------------------------------------


def test_the_judgement_prior_has_the_margins_it_was_given() -> None:
    names = ("X1", "X2", "X3", "X6")
    cells = answers(EVIDENCE, names)
    shares = np.exp(judgement_prior(EVIDENCE, names, cells))
    assert shares.sum() == pytest.approx(1)
    for group, name in enumerate(("below_quality", "quality")):
        members = cells[:, 1] == group
        assert shares[members].sum() == pytest.approx(0.5), "X1 and X2 are left uniform"
        for k in (2, 3):
            margin = np.bincount(cells[members, k], shares[members]) / shares[members].sum()
            np.testing.assert_allclose(margin, EVIDENCE.margins[names[k], name])
        np.testing.assert_allclose(np.bincount(cells[members, 0], shares[members]) * 2, 0.2)


def test_table_5_as_arrays() -> None:
    table = printed(EVIDENCE)
    assert table.names == ("_cons", "X1", "X2", "X3", "X4", "X5", "X6", "X7", "X10", "X11", "X13")
    assert (table.entered.sum(axis=1) == np.arange(3, 12)).all()
    assert table.entered.sum() == 63
    assert table.b[8, 3] == -1.755
    assert not table.b[~table.entered].any()
    assert (table.marks[8, 3], table.marks[8, 9], table.marks[0, 0]) == (3, 1, 0)


def test_the_last_column_must_enter_every_variable() -> None:
    b = {name: dict(by_column) for name, by_column in EVIDENCE.logit.b.items()}
    del b["X7"][9]
    with pytest.raises(InputError) as caught:
        printed(replace(EVIDENCE, logit=replace(EVIDENCE.logit, b=b)))
    (problem,) = caught.value.problems
    assert problem.file == str(EVIDENCE.folder / "table5_logit.csv")
    assert (problem.key, problem.value) == ("column", "9")
    assert "it lacks X7" in problem.message
