"""The survey of Lakeland, an invented province: 412 answers, and the nine regressions printed from them.

``python tests/provinces/make_lakeland_survey.py`` writes ``lakeland_answers.csv``, which a real survey would
not publish, and ``lakeland/table5_logit.csv``, which is all it would print. So here, unlike in Hubei, the survey
rebuilt from the table can be compared with the truth.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from statsmodels.discrete.discrete_model import Logit

Array = NDArray[Any]

HERE = Path(__file__).parent
MARGINS = HERE / "lakeland" / "survey_margins.csv"
TABLE = HERE / "lakeland" / "table5_logit.csv"
ANSWERS = HERE / "lakeland_answers.csv"

FIRMS = 412
#: Chosen so that no z lies near a threshold of the stars, see `nearest_threshold`.
SEED = 264
QUALITY_SHARE = 0.8
#: X1, staff, has no row in survey_margins.csv; shares by group: below quality, quality.
STAFF = ((0.70, 0.15, 0.10, 0.03, 0.02), (0.30, 0.25, 0.27, 0.10, 0.08))
GROUPS = ("below_quality", "quality")

#: Log-odds that Y is drawn with: the truth of this province.
TRUTH: Mapping[str, float] = {
    "_cons": -0.40,
    "X1": 0.15,
    "X2": 0.60,
    "X3": -1.30,
    "X4": 0.75,
    "X5": -0.10,
    "X6": -0.15,
    "X7": 0.45,
    "X10": -0.25,
    "X11": 0.45,
    "X13": -0.10,
}
VARIABLES = tuple(name for name in TRUTH if name != "_cons")
#: Variables of columns 1 to 9, as Hubei's Table 5 adds them.
COLUMNS = tuple(VARIABLES[:count] for count in range(2, len(VARIABLES) + 1))

#: Correlations of what lies behind the answers within a group; X13 counts backwards (0 = many policies).
CORRELATIONS: Mapping[tuple[str, str], float] = {
    ("X1", "X3"): 0.20,
    ("X1", "X4"): 0.20,
    ("X1", "X10"): 0.30,
    ("X1", "X13"): -0.25,
    ("X3", "X5"): 0.20,
    ("X3", "X11"): 0.15,
    ("X5", "X6"): -0.20,
    ("X5", "X7"): -0.30,
    ("X6", "X7"): 0.35,
    ("X10", "X11"): 0.25,
    ("X10", "X13"): -0.50,
    ("X11", "X13"): -0.35,
}

STARS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))  # two-sided Wald


def margins() -> dict[str, list[Array]]:
    """Cumulative shares of the codes of each variable but X2, for the groups in order."""
    shares: dict[tuple[str, str], list[float]] = {}
    with MARGINS.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            shares.setdefault((row["variable"], row["group"]), []).append(float(row["share"]))
    shares |= {("X1", group): list(part) for group, part in zip(GROUPS, STAFF, strict=True)}
    return {
        name: [np.cumsum(shares[name, group])[:-1] for group in GROUPS] for name in VARIABLES if name != "X2"
    }


def answers(seed: int = SEED) -> dict[str, Array]:
    """Invent the firms: int64[412] by variable, Y first.

    Given X2, the other answers follow the margins, tied together by a normal copula.
    """
    random = np.random.RandomState(seed)  # the one stream that numpy has promised not to change
    quality = (random.random_sample(FIRMS) < QUALITY_SHARE).astype(np.int64)
    cuts = margins()
    correlation = np.eye(len(cuts))
    place = {name: k for k, name in enumerate(cuts)}
    for (a, b), r in CORRELATIONS.items():
        correlation[place[a], place[b]] = correlation[place[b], place[a]] = r
    rank = ndtr(random.standard_normal((FIRMS, len(cuts))) @ np.linalg.cholesky(correlation).T)
    found = {"X2": quality}
    for name, by_group in cuts.items():
        codes = [np.searchsorted(cut, rank[:, place[name]], side="right") for cut in by_group]
        found[name] = np.where(quality == 1, codes[1], codes[0])
    log_odds = TRUTH["_cons"] + sum(TRUTH[name] * found[name] for name in VARIABLES)
    found["Y"] = (random.random_sample(FIRMS) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    return {name: found[name] for name in ("Y", *VARIABLES)}


def fit(given: Mapping[str, Array], column: Sequence[str]) -> Any:
    """Fit the logit of one column by maximum likelihood; the constant comes first."""
    design = np.column_stack([np.ones(len(given["Y"])), *(given[name] for name in column)])
    return Logit(given["Y"], design).fit(disp=0, tol=1e-12)


def fits(given: Mapping[str, Array]) -> list[Any]:
    """Fit columns 1 to 9."""
    return [fit(given, column) for column in COLUMNS]


def nearest_threshold(fitted: Sequence[Any]) -> float:
    """Distance of the nearest |z| of all coefficients but the constants from where a star begins."""
    thresholds = [NormalDist().inv_cdf(1 - level / 2) for level, _ in STARS]
    sizes = np.concatenate([np.abs(result.tvalues[1:]) for result in fitted])
    return float(min(np.abs(sizes - threshold).min() for threshold in thresholds))


def stars_of(p: float) -> str:
    """Mark a probability as Table 5 does."""
    return next((stars for level, stars in STARS if p < level), "")


def table(fitted: Sequence[Any]) -> list[list[str]]:
    """Rows of table5_logit.csv in the order of Hubei's: variable, column, b, stars, unit."""
    rows = []
    numbered = list(enumerate(zip(COLUMNS, fitted, strict=True), start=1))
    for name in VARIABLES:
        for k, (column, result) in numbered:
            if name in column:
                at = 1 + column.index(name)
                b, stars = f"{result.params[at]:.3f}", stars_of(result.pvalues[at])
                rows.append([name, str(k), b, stars, "log-odds per code"])
    rows += [["_cons", str(k), f"{result.params[0]:.3f}", "", "log-odds"] for k, (_, result) in numbered]
    rows += [
        ["LR_chi2", str(k), f"{result.llr:.2f}", "", "chi-squared statistic"] for k, (_, result) in numbered
    ]
    rows += [
        ["prob_chi2", str(k), f"{result.llr_pvalue:.4f}", "", "probability"] for k, (_, result) in numbered
    ]
    return rows


def table_text(given: Mapping[str, Array]) -> str:
    """Text of table5_logit.csv."""
    header = ("variable", "column", "b", "stars", "unit", "year", "source", "grade")
    return _csv([header, *([*row, "2022", "T5", "assumed"] for row in table(fits(given)))])


def answers_text(given: Mapping[str, Array]) -> str:
    """Text of lakeland_answers.csv: a firm a row."""
    return _csv([tuple(given), *zip(*given.values(), strict=True)])


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def main() -> None:
    """Write both files."""
    given = answers()
    TABLE.write_text(table_text(given), encoding="utf-8")
    ANSWERS.write_text(answers_text(given), encoding="utf-8")


if __name__ == "__main__":
    main()
