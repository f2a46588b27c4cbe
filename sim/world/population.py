"""Who is there at quarter zero, as tables to draw from: firms by region and level, survey answers.

`survey_table` is the interface of the survey's joint distribution: rows of answers with weights, ordered by
what the state of a firm fixes beforehand (X2, X1, X5). Today the weights are products of assumed margins; a
rebuilt survey replaces them without touching anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.evidence.tables import Evidence

Array = NDArray[Any]
LEVELS = 5
ANSWERS = 5
VARIABLES = 14
GROUPS = ("below_quality", "quality")
FREE_VARIABLES = ("X3", "X4", "X6", "X7", "X10", "X11", "X13")  # drawn given X2, X1, X5
YEAR_OF_SHARES = 2022  # the one year in which every division has a figure


class SurveyTable(NamedTuple):
    """Rows of survey answers; segments (X2 · 5 + X1) · 5 + X5 are contiguous."""

    values: Array  # int8[rows, 14]
    cumulative: Array  # float64[rows], cumulative within the segment
    start: Array  # int64[segments + 1]


def apportion(total: int, weights: Array) -> Array:
    """Split a whole number in proportion to weights: floors, then largest remainders, ties to the first."""
    weights = np.asarray(weights, float)
    exact = total * weights / weights.sum()
    parts: Array = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - parts), kind="stable")
    parts[order[: total - int(parts.sum())]] += 1
    return parts


def figures(evidence: Evidence, indicator: str, year: int) -> Array:
    """Return one figure per region, in region order: float64[R]."""
    return np.array([evidence.figures[region.code, indicator, year].value for region in evidence.regions])


def initial_firms(evidence: Evidence, values: Mapping[str, float], weight: int) -> Array:
    """Return agents by region and ladder level at quarter zero: int64[R, levels].

    Levels 2–4 follow the high-tech firms of 2022 over regions, level 1 the technology SMEs, level 0 the value
    added of the secondary sector. Levels 3 and 4 are part of the high-tech stock.
    """
    gdp = figures(evidence, "gdp", YEAR_OF_SHARES)
    secondary = gdp * figures(evidence, "secondary_share", YEAR_OF_SHARES)
    hightech = figures(evidence, "hightech_firms", YEAR_OF_SHARES)
    small = figures(evidence, "tech_smes", YEAR_OF_SHARES)
    top = values["level3_2019"] + values["level4_2019"]
    totals = (
        values["firms_2019"] - values["level1_2019"] - values["hightech_2019"],
        values["level1_2019"],
        values["hightech_2019"] - top,
        values["level3_2019"],
        values["level4_2019"],
    )
    shares = (secondary, small, hightech, hightech, hightech)
    return np.stack(
        [apportion(round(total / weight), share) for total, share in zip(totals, shares, strict=True)], axis=1
    )


def wanted_by_level(values: Mapping[str, float]) -> Array:
    """Return the mean talent wanted by a firm of each level at the start: τ · E[staff^0.8] (people)."""
    power = values["wanted_power"]
    return np.array(
        [
            values[f"tau_{level}"]
            * values[f"size_median_{level}"] ** power
            * np.exp((power * values[f"size_spread_{level}"]) ** 2 / 2)
            for level in range(LEVELS)
        ]
    )


def field_shares(evidence: Evidence, firms: Array, values: Mapping[str, float]) -> Array:
    """Return the share of talent wanted by field at quarter zero, which graduates follow: float64[fields]."""
    wanted = (firms * wanted_by_level(values)).sum(axis=1) @ evidence.region_industry
    share = np.zeros(len(evidence.fields))
    for industry, amount in zip(evidence.industries, wanted, strict=True):
        share[evidence.fields.index(industry.field)] += amount
    normed: Array = share / share.sum()
    return normed


def margin(evidence: Evidence, variable: str, group: str) -> Array:
    """Return the shares of a survey variable's answers in a group: float64[answers]."""
    return np.array(evidence.margins[variable, group])


def survey_table(evidence: Evidence) -> SurveyTable:
    """Build the joint distribution of the answers that a firm's state leaves open, given X2, X1 and X5.

    Independent margins within firms below quality and quality firms (grade: assumed).
    """
    answers = np.array(
        list(product(*(range(len(margin(evidence, v, "quality"))) for v in FREE_VARIABLES))), np.int8
    )
    columns = [int(variable[1:]) for variable in FREE_VARIABLES]
    segments = len(GROUPS) * ANSWERS * ANSWERS
    values = np.zeros((segments, len(answers), VARIABLES), np.int8)
    cumulative = np.empty((segments, len(answers)))
    values[:, :, columns] = answers
    for g, group in enumerate(GROUPS):
        weights = np.ones(len(answers))
        for k, variable in enumerate(FREE_VARIABLES):
            weights *= margin(evidence, variable, group)[answers[:, k]]
        running = weights.cumsum()
        cumulative[g * ANSWERS * ANSWERS : (g + 1) * ANSWERS * ANSWERS] = running / running[-1]
    start = np.arange(segments + 1, dtype=np.int64) * len(answers)
    return SurveyTable(values.reshape(-1, VARIABLES), cumulative.reshape(-1), start)
