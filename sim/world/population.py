"""The population at quarter zero: firms by region and level, and the talent they want (their answers: `answers`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.evidence.tables import Evidence
from sim.world.answers import stocks
from sim.world.constants import FIRST_YEAR, LEVELS

Array = NDArray[Any]
YEAR_OF_SHARES = 2022  # the only year in which every region has a figure
START_YEAR = FIRST_YEAR - 1  # the ladder starts at its end


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

    Over regions, level 2 is distributed like the high-tech firms of 2019, level 1 like the technology SMEs of 2022,
    levels 0, 3 and 4 like the value added of the secondary sector. Levels 3 and 4 are part of the high-tech stock.
    """
    gdp = figures(evidence, "gdp", YEAR_OF_SHARES)
    secondary = gdp * figures(evidence, "secondary_share", YEAR_OF_SHARES)
    small = figures(evidence, "tech_smes", YEAR_OF_SHARES)
    hightech = figures(evidence, "hightech_firms", START_YEAR)
    totals = stocks(values)
    shares = (secondary, small, hightech, secondary, secondary)
    return np.stack(
        [apportion(round(total / weight), share) for total, share in zip(totals, shares, strict=True)], axis=1
    )


def wanted_by_level(values: Mapping[str, float]) -> Array:
    """Return the mean talent (people) that a firm of each level wants at the start: τ · E[staff^0.8]."""
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
    """Return shares of wanted talent by field at quarter zero, also used for graduates: float64[fields]."""
    wanted = (firms * wanted_by_level(values)).sum(axis=1) @ evidence.region_industry
    share = np.zeros(len(evidence.fields))
    for industry, amount in zip(evidence.industries, wanted, strict=True):
        share[evidence.fields.index(industry.field)] += amount
    normed: Array = share / share.sum()
    return normed
