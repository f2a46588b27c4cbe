"""Calibration end to end: derived files follow from evidence and code; an invented survey is recovered.

Tolerances were measured, unless a reason is given next to them.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from sim.analysis.record.calibrate import DIGITS, ESTIMATES, SCORECARD, calibrate, write_derived
from sim.analysis.record.calibration import Calibration
from sim.analysis.record.estimates import published_estimates
from sim.analysis.record.record_frames import history_frames
from sim.analysis.record.refit import joint_shares, quarter_zero_line, refits
from sim.evidence.ends import Programme
from sim.evidence.equations import answers, printed
from sim.evidence.stars import all_answers
from sim.evidence.survey import (
    Survey,
    columns_of,
    covariances,
    marks_missed,
    rebuild,
    standard_errors,
)
from sim.evidence.survey_file import FILE, read_survey, trimmed, write_survey
from sim.evidence.tables import Evidence, is_stale, load_evidence
from sim.runs.run import run
from sim.world.answers import tilted
from sim.world.parameters import FITTED, load_parameters
from sim.world.scenario import load_scenario
from sim.world.scenario_record import READINGS
from tests.provinces import make_lakeland_survey as lakeland
from tests.small_province import EVIDENCE

Array = NDArray[Any]
LAKELAND = Path(lakeland.__file__).parent / "lakeland"

pytestmark = pytest.mark.slow


class Pair(NamedTuple):
    """A survey under the uniform prior and under judgement."""

    uniform: Survey
    judgement: Survey


def both(evidence: Evidence) -> Pair:
    return Pair(*(rebuild(evidence, prior=prior) for prior in Pair._fields))


@pytest.fixture(scope="module")
def hubei() -> Pair:
    return both(EVIDENCE)


# --- Hubei's derived files follow --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ready(hubei: Pair) -> Survey:
    """As it is written: without the answers that next to nobody gives."""
    province = tilted(EVIDENCE, hubei.uniform, load_parameters(EVIDENCE.folder).defaults())
    return trimmed(EVIDENCE, hubei.uniform, province)


def test_the_committed_survey_is_rebuilt(ready: Survey, tmp_path: Path) -> None:
    """To the six digits written, where another machine's arithmetic may turn the last, or drop a rare line."""
    write_survey(tmp_path, ready)
    again, committed = (pd.read_csv(folder / FILE) for folder in (tmp_path, EVIDENCE.folder))
    keys = list(committed)[:-1]
    assert list(again) == [*keys, "weight"]
    pairs = committed.merge(again, on=keys, how="outer", suffixes=("", "_again"), indicator=True)
    there = pairs[pairs["_merge"] == "both"]
    assert len(there) > 0.999 * len(pairs)
    np.testing.assert_allclose(there["weight_again"], there["weight"], rtol=1e-4)
    apart = pairs["weight"].fillna(0) - pairs["weight_again"].fillna(0)
    assert apart.abs().sum() < 1e-3, "firms, of 306"


def test_the_committed_covariance_is_recomputed(ready: Survey) -> None:
    names = printed(EVIDENCE).names
    for column, matrix in covariances(EVIDENCE, ready).items():
        committed = EVIDENCE.covariance[column]
        at = np.flatnonzero(np.diag(committed))
        assert len(at) == len(matrix) == column + 2
        scale = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
        np.testing.assert_allclose(committed[np.ix_(at, at)] / scale, matrix / scale, atol=1e-5)
    assert len(names) == 11


def test_leaving_rare_answers_out_moves_next_to_nothing(hubei: Pair, ready: Survey) -> None:
    assert len(ready.cells) < len(hubei.uniform.cells) / 2
    for name in ready.names:
        assert np.abs(ready.margin(name) - hubei.uniform.margin(name)).max() < 0.003
    full, left = (standard_errors(EVIDENCE, survey) for survey in (hubei.uniform, ready))
    np.testing.assert_allclose(left, full, rtol=0.001)
    assert marks_missed(EVIDENCE, ready) == []


def lines(scorecard: pd.DataFrame) -> list[str]:
    """As `scorecard.csv` writes them; of Table 5 at quarter zero, which other runs measure, none."""
    text = scorecard.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
    return [line for line in text.splitlines() if not line.startswith("table5_distance,")]


def test_the_committed_scorecard_comes_from_the_committed_parameters() -> None:
    committed = (EVIDENCE.folder / SCORECARD).read_text(encoding="utf-8-sig").splitlines()
    assert committed.pop(1).startswith("table5_distance,")
    assert lines(history_frames("hubei").scorecard) == committed


def test_the_committed_estimates_come_from_the_committed_parameters() -> None:
    names = ["boeing_peters", "howell", "graduates"]
    committed = pd.read_csv(EVIDENCE.folder / ESTIMATES)
    found = published_estimates(only=names).table
    kept = committed[committed["name"].isin(names)].reset_index(drop=True)
    assert list(kept["verdict"]) == list(found["verdict"])
    np.testing.assert_allclose(kept["simulated"], found["simulated"], rtol=1e-4, atol=1e-6)


def test_the_committed_scorecard_says_how_near_quarter_zero_comes_to_table_5() -> None:
    survey = read_survey(EVIDENCE)
    size, quality = columns_of(survey, ("X1", "X2")).T
    target = joint_shares(size, quality, survey.shares)
    frame = refits("hubei", target, standard_errors(EVIDENCE, survey))
    _, values = quarter_zero_line(frame)
    committed = pd.read_csv(EVIDENCE.folder / SCORECARD).set_index("series").loc["table5_distance"]
    assert values.mean() == pytest.approx(committed["simulated"], rel=1e-4)
    assert committed["verdict"] == "inside"


# --- what the table leaves open ----------------------------------------------------------------------------


def test_the_prior_decides_what_the_table_leaves_open(hubei: Pair) -> None:
    """Under judgement: yes-or-no answers as before, steps of five answers up to 8 points, errors within 0.5 %."""
    for name in hubei.uniform.names:
        one, other = (survey.margin(name) for survey in hubei)
        most = 0.005 if len(one) == 2 else 0.02 if name in ("X1", "X13") else 0.08
        assert np.abs(one - other).max() < most, name
    assert hubei.judgement.share_y == pytest.approx(hubei.uniform.share_y, abs=1e-4)
    one, other = (standard_errors(EVIDENCE, survey) for survey in hubei)
    np.testing.assert_allclose(other, one, rtol=0.005)
    for survey in hubei:
        assert marks_missed(EVIDENCE, survey) == []


def test_no_survey_of_all_who_were_asked_in_any_way() -> None:
    """306 questionnaires can be behind the table; with interviews and visits, 359, they provably cannot.

    Not even with every number anywhere in its rounding.
    """
    assert all_answers(EVIDENCE) == 359
    table = printed(EVIDENCE)
    programme = Programme(table, answers(EVIDENCE, table.names[1:]))
    assert programme.possible(306)
    assert not programme.possible(359)


# --- Lakeland, whose answers are known ---------------------------------------------------------------------


class Told(NamedTuple):
    """A table that Lakeland prints, and the surveys rebuilt from it."""

    evidence: Evidence
    surveys: Pair


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lakeland as it is before calibration."""
    folder = tmp_path_factory.mktemp("provinces") / "lakeland"
    return Path(shutil.copytree(LAKELAND, folder, ignore=shutil.ignore_patterns("derived")))


@pytest.fixture(scope="module")
def precise(bare: Path) -> Path:
    """The same with Table 5 to nine digits, which no journal prints."""
    folder = Path(shutil.copytree(bare, bare.parent / "precise"))
    fitted = lakeland.fits(lakeland.answers())
    rows = []
    for name, column, b, *rest in lakeland.table(fitted):
        found = fitted[int(column) - 1]
        names = ("_cons", *lakeland.COLUMNS[int(column) - 1])
        exact = {"LR_chi2": found.llr, "prob_chi2": found.llr_pvalue} | dict(
            zip(names, found.params, strict=True)
        )
        digits = b if name == "prob_chi2" else f"{exact[name]:.9g}"
        rows.append(",".join((name, column, digits, *rest, "2022", "T5", "assumed")))
    table = folder / "table5_logit.csv"
    header = table.read_text(encoding="utf-8").splitlines()[0]
    table.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def exactly(precise: Path) -> Told:
    evidence = load_evidence(precise)
    return Told(evidence, both(evidence))


@pytest.fixture(scope="module")
def printed_only(bare: Path) -> Told:
    evidence = load_evidence(bare)
    return Told(evidence, both(evidence))


def true_margin(name: str) -> Array:
    given = lakeland.answers()[name]
    shares: Array = np.bincount(given) / len(given)
    return shares


def furthest(survey: Survey, name: str) -> float:
    """Largest distance of an answer's share from the true one."""
    return float(np.abs(survey.margin(name) - true_margin(name)).max())


@pytest.mark.parametrize("prior", Pair._fields)
def test_an_unrounded_table_tells_the_standard_errors(exactly: Told, prior: str) -> None:
    """All 63 within 4 % of those of the true answers, which the rebuilding never saw."""
    errors = standard_errors(exactly.evidence, getattr(exactly.surveys, prior))
    for row, fitted in zip(errors, lakeland.fits(lakeland.answers()), strict=True):
        np.testing.assert_allclose(row[~np.isnan(row)], fitted.bse, rtol=0.04)


def test_an_unrounded_table_tells_the_margins(exactly: Told) -> None:
    """Yes-or-no answers within a point, means of the others within 5 % of a standard deviation.

    Single steps of five answers within 8 points, and within 3 where the prior's margins are the true ones; of X1, of
    which that prior says nothing, within 6.
    """
    given = lakeland.answers()
    for survey, steps in zip(exactly.surveys, (0.08, 0.03), strict=True):
        assert survey.share_y == pytest.approx(given["Y"].mean(), abs=1e-4)
        for name in survey.names:
            two = len(true_margin(name)) == 2
            most = 0.01 if two else 0.06 if name == "X1" else steps
            assert furthest(survey, name) < most, name
            mean = survey.margin(name) @ np.arange(len(true_margin(name)))
            assert abs(mean - given[name].mean()) < 0.05 * given[name].std(), name


@pytest.mark.parametrize("prior", Pair._fields)
def test_three_decimals_tell_most_standard_errors(printed_only: Told, prior: str) -> None:
    """Within 8 %; of X1 within 20 %, of the constant 13 %: printed digits are taken as exact."""
    errors = standard_errors(printed_only.evidence, getattr(printed_only.surveys, prior))
    for row, fitted in zip(errors, lakeland.fits(lakeland.answers()), strict=True):
        constant, x1, *rest = row[~np.isnan(row)] / fitted.bse
        assert constant == pytest.approx(1, abs=0.13)
        assert x1 == pytest.approx(1, abs=0.20)
        np.testing.assert_allclose(rest, 1, atol=0.08)


def test_three_decimals_tell_margins_but_of_size_and_certificates(printed_only: Told) -> None:
    """Yes-or-no answers within 2 points, X2 within 5; X5–X7 as without rounding. X1 is off by up to 19."""
    for survey, steps in zip(printed_only.surveys, (0.08, 0.04), strict=True):
        for name in survey.names:
            most = {"X1": 0.19, "X2": 0.05, "X5": steps, "X6": steps, "X7": steps}.get(name, 0.02)
            assert furthest(survey, name) < most, name


def test_three_decimals_leave_firms_of_every_size(printed_only: Told) -> None:
    """One answer in sixteen is an ordinary firm above 50 staff; half of them should be found again."""
    given = lakeland.answers()
    true = ((given["X2"] == 0) & (given["X1"] > 0)).mean()
    for survey in printed_only.surveys:
        size, quality = columns_of(survey, ("X1", "X2")).T
        assert survey.shares[(quality == 0) & (size > 0)].sum() > true / 2


@pytest.fixture(scope="module")
def calibrated(precise: Path) -> tuple[Calibration, list[str]]:
    """Lakeland calibrated as a person would, its history fitted too: some two minutes."""
    parts: list[str] = []
    return calibrate(str(precise), progress=lambda part, done, total: parts.append(part)), parts


def test_calibration_tells_what_it_does(calibrated: tuple[Calibration, list[str]]) -> None:
    found, parts = calibrated
    assert list(dict.fromkeys(parts)) == ["survey", "fit", "refit", "history"]
    assert set(found.seconds) == set(parts)


def test_calibrated_lakeland_prints_its_table(calibrated: tuple[Calibration, list[str]]) -> None:
    found, _ = calibrated
    assert (found.evidence, found.firms) == ("precise", pytest.approx(412))
    assert len(found.table5) == 63
    assert np.abs(found.table5["refit"] - found.table5["printed"]).max() < 5e-5
    slopes = found.table5[found.table5["variable"] != "_cons"]
    assert (slopes["marks_refit"] == slopes["marks_printed"]).all()
    assert np.abs(found.likelihood["refit"] - found.likelihood["printed"]).max() < 0.001
    assert found.entering["ratio"].between(0.95, 1.05).all()
    assert len(found.entering) == 8
    for name in ("survey", "survey_judgement", "below_quality", "quality", "province"):
        assert found.answers.groupby("variable")[name].sum().to_numpy() == pytest.approx(1)
    quality = found.answers.query("variable == 'X2' and code == 1").iloc[0]
    assert quality["survey"] == pytest.approx(found.share_x2)
    assert quality["province"] == pytest.approx(found.population.set_index("margin")["target"]["ladder"])
    assert len(found.stars) == len(found.bounds) == 0, "not asked for"


def test_firms_of_quarter_zero_return_lakelands_table(calibrated: tuple[Calibration, list[str]]) -> None:
    """Within two of the survey's standard errors (model page §5), at the mean over replications within one."""
    found, _ = calibrated
    start = found.refit[found.refit["moment"] == "quarter_zero"]
    assert len(start) == len(READINGS) * 11
    assert start["distance"].max() < 1
    line = found.history.scorecard.set_index("series").loc["table5_distance"]
    assert line["verdict"] == "inside"
    assert 0 < line["simulated"] < 2


def test_lakelands_history_is_fitted(calibrated: tuple[Calibration, list[str]]) -> None:
    found, _ = calibrated
    fitted = found.history.scorecard.query("use == 'F'")
    assert len(fitted) >= 6
    assert (fitted["verdict"] == "inside").all(), fitted[["series", "year", "verdict"]]
    start = load_parameters(LAKELAND, fitted=False)
    assert any(value != start[name].default for name, value in found.history.fit.values.items())


def test_a_calibrated_folder_is_whole_and_runs(
    calibrated: tuple[Calibration, list[str]], precise: Path
) -> None:
    found, _ = calibrated
    assert set(found.files) == {
        f"derived/{name}.csv" for name in ("survey", "covariance", "parameters", "scorecard", "made_from")
    }
    assert not (precise / "derived").exists(), "nothing changes before all is done and written"
    folder = Path(shutil.copytree(precise, precise.parent / "calibrated"))
    write_derived(folder, found)
    assert not is_stale(folder)
    assert load_evidence(folder).digest == found.digest
    values = load_parameters(folder).defaults()
    for name, value in found.history.fit.values.items():
        assert values[name] == pytest.approx(value, rel=1e-5)
    scenario = load_scenario(
        "baseline",
        evidence=str(folder),
        scale=0.02,
        replications=1,
        difficulty={"coefficients": "drawn"},
        horizon={"start": "2020Q1", "end": "2020Q4"},
    )
    quarters = run(scenario, workers=1).quarters
    assert quarters.query("metric == 'firms'")["value"].iloc[0] == pytest.approx(12_000, rel=0.1)
    assert (folder / FITTED).exists()
    assert lines(history_frames(str(folder)).scorecard) == lines(found.history.scorecard)
