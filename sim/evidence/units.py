"""Units that evidence may use, the range of each, and the unit that a file or series must have.

A province that needs another unit adds it here: an unknown unit is more often a slip than a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from sim.errors import Message, Problem
from sim.evidence.csv_rows import Row

_COUNT = (0.0, 1e12)
_SHARE = (0.0, 1.0)
_CHANGE = (-1.0, 10.0)  # relative change: nothing can lose more than 100 %

#: Smallest and largest number possible in each unit.
RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("persons", "persons per firm", "persons per year", "interviews"), (0.0, 1e10)),
    **dict.fromkeys(("firms", "firms per year", "enterprises", "enterprises per year"), _COUNT),
    **dict.fromkeys(("entities per year", "factories per year", "results per year"), _COUNT),
    **dict.fromkeys(("institutions", "clusters", "centres", "platforms", "zones", "parks", "fields"), _COUNT),
    **dict.fromkeys(("share", "share of GDP", "share of wages", "share of firms", "probability"), _SHARE),
    **dict.fromkeys(("share of industrial firms", "share of own-industry spillover"), _SHARE),
    **dict.fromkeys(("share per year", "per year", "proportional gap", "proportional change"), _CHANGE),
    **dict.fromkeys(("proportional gain", "proportional gain of output"), _CHANGE),
    **dict.fromkeys(("proportional gain per doubling of R&D",), _CHANGE),
    **dict.fromkeys(("proportional wage rise per 10 % of distance", "loss per unit of gain"), _CHANGE),
    "yuan of own R&D per yuan of subsidy": (-10.0, 10.0),
    "1e4 persons": (0.0, 1e6),
    "1e6 yuan": (0.0, 1e9),
    "1e8 yuan": (0.0, 1e7),
    "% per year, real": (-100.0, 100.0),
    "percentage points of GDP growth": (-100.0, 100.0),
    "percentage points per year": (-100.0, 100.0),
    "chi-squared statistic": (0.0, 1e6),
    "code": (0.0, 9.0),
    "degrees": (0.001, 10.0),
    "degrees east; degrees north": (-180.0, 180.0),
    "difference of shares": (-1.0, 1.0),
    "persons per person": (-100.0, 100.0),
    "elasticity": (-10.0, 10.0),
    "energy: share of value added; growth: real per year": (-1.0, 1.0),
    "km": (0.0, 20_000.0),
    "log-odds": (-20.0, 20.0),  # odds of half a billion to one
    "log-odds per code": (-20.0, 20.0),
    "multiplier": (0.0, 100.0),
    "ratio": (0.0, 1e6),
    "sign": (-1.0, 1.0),
    "years": (0.0, 100.0),
}

#: Files in which the model assumes certain units; other files may use any unit of `RANGES`.
_OF_FILES: Mapping[str, tuple[str, ...]] = {
    "grids.csv": ("degrees",),
    "industries.csv": ("energy: share of value added; growth: real per year",),
    "industry_relatedness.csv": ("share of own-industry spillover",),
    "region_industry.csv": ("share of industrial firms",),
    "regions.csv": ("degrees east; degrees north",),
    "survey_margins.csv": ("share of firms",),
    "table1_totals.csv": ("1e8 yuan",),
    "table2_growth_pull.csv": ("% per year, real", "percentage points of GDP growth"),
    "table3_employment.csv": ("1e4 persons",),
    "table4_variables.csv": ("code",),
    "table5_logit.csv": ("log-odds per code", "log-odds", "chi-squared statistic", "probability"),
}

#: Series that scorecard.csv can name, because the model measures them, and their units.
MEASURED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("industrial_firms", "tech_smes", "hightech_firms", "specialised_hightech_firms"),
            *("little_giants", "cloud_firms"),
        ),
        "firms",
    ),
    "hightech_certificates": "firms per year",
    **dict.fromkeys(("rd_staff_hightech", "rd_staff_total", "staff"), "persons"),
    **dict.fromkeys(("rd_staff_per_hightech_firm", "tech_sme_mean_jobs"), "persons per firm"),
    **dict.fromkeys(("tech_sme_mean_rd", "tech_sme_mean_profit", "hightech_mean_rd"), "1e6 yuan"),
    "cloud_share": "share",
    **dict.fromkeys(("rd_staff_hightech_growth", "rd_staff_total_growth"), "per year"),
    **dict.fromkeys(("above_scale_entry", "above_scale_exit"), "share per year"),
    "matching_elasticity": "elasticity",
    "growth_kurtosis": "ratio",
    **dict.fromkeys(("drift_X3", "drift_X4", "drift_X5", "slump_drift_X5"), "share"),
}

#: Series that the model, the fit or the scorecard uses, and the unit that they assume.
_OF_SERIES: Mapping[tuple[str, str], str] = {
    **{
        ("region_figures.csv", name): "firms" for name in ("above_scale_firms", "hightech_firms", "tech_smes")
    },
    **{("region_figures.csv", f"{name}_share"): "share" for name in ("primary", "secondary", "tertiary")},
    ("region_figures.csv", "gdp"): "1e8 yuan",
    ("region_figures.csv", "population"): "persons",
    ("region_figures.csv", "universities"): "institutions",
    **{
        ("records.csv", name): "firms"
        for name in (
            *("above_scale_firms", "cloud_firms", "hightech_firms", "industrial_firms", "little_giants"),
            *("specialised_hightech_firms", "survey_firms", "survey_visits", "tech_smes", "technology_firms"),
            "wuhan_hightech_firms",
        )
    },
    **{
        ("records.csv", name): "share per year"
        for name in (
            *("above_scale_entry", "above_scale_exit"),
            *("hightech_firms_growth", "rd_staff_hightech_growth"),
        )
    },
    **{("records.csv", name): "persons" for name in ("population", "rd_staff_hightech", "rd_staff_total")},
    **{
        ("records.csv", name): "persons per firm"
        for name in ("rd_staff_per_hightech_firm", "rd_staff_per_top100_firm")
    },
    ("records.csv", "cloud_share"): "share",
    ("records.csv", "hightech_certificates"): "firms per year",
    ("records.csv", "survey_interviews"): "interviews",
    **{("scorecard.csv", name): unit for name, unit in MEASURED.items()},
    ("targets_2027.csv", "little_giants"): "firms",
    ("table5_logit.csv", "_cons"): "log-odds",
    ("table5_logit.csv", "LR_chi2"): "chi-squared statistic",
    ("table5_logit.csv", "prob_chi2"): "probability",
    **{("table5_logit.csv", f"X{k}"): "log-odds per code" for k in range(1, 14)},
    ("table2_growth_pull.csv", "gdp_growth"): "% per year, real",
    **{
        ("table2_growth_pull.csv", f"{sector}_pull"): "percentage points of GDP growth"
        for sector in ("primary", "secondary", "tertiary")
    },
}

#: Columns that name a series, and columns that hold its numbers (`b` of Table 5, and what lies between low and high,
#: are checked where they are read).
_NAMES = ("indicator", "record", "series", "target", "parameter", "variable")
_NUMBERS = ("value", "low", "high")


def unit_problems(name: str, rows: Iterable[Row]) -> list[Problem]:
    """Find unknown units, units that do not fit their file or series, and numbers outside their unit's range.

    Parameters
    ----------
    name
        The file's name within the folder.
    rows
        Its rows; those without a unit are skipped.
    """
    problems: list[Problem] = []
    first: dict[str, Row] = {}
    for row in rows:
        if not row.has("unit"):
            continue
        series = next((row[key] for key in _NAMES if row.has(key)), "")
        message = _mistaken(row["unit"], _OF_FILES.get(name, tuple(RANGES)), _OF_SERIES.get((name, series)))
        if message is None and row["unit"] != first.setdefault(series, row)["unit"] and series:
            other = first[series]
            message = Message(
                "errors_evidence.line_counts", line=other.line, series=series, unit=other["unit"]
            )
        if message is not None:
            problems.append(row.problem("unit", message))
            continue
        low, high = RANGES[row["unit"]]
        problems += [
            row.problem(column, Message("errors_evidence.in_unit", unit=row["unit"], low=low, high=high))
            for column in _NUMBERS
            if row.has(column) and row[column] is not None and not low <= row[column] <= high
        ]
    return problems


def _mistaken(unit: str, allowed: Sequence[str], wanted: str | None) -> Message | None:
    """Say why a unit is not allowed here; None if it is."""
    if wanted not in (None, unit):
        return Message("errors_evidence.reads_in", unit=wanted)
    if unit in allowed:
        return None
    near = get_close_matches(unit, allowed, n=1)
    if near:
        hint = Message("errors_evidence.did_you_mean", near=near[0])
    else:
        hint = Message("errors_evidence.allowed", allowed=tuple(allowed))
    return Message(f"errors_evidence.{'unit_not_here' if unit in RANGES else 'no_such_unit'}", hint=hint)
