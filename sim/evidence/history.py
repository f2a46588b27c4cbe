"""The record as time series: naive forecasts, parts of the province, and contradictions.

Nothing here knows the model, and no number of the record is written here, since every province has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.evidence.cells import SOURCED, filled, number, optional, year
from sim.evidence.csv_rows import read_rows
from sim.evidence.records import Evidence, Figure

Key = tuple[str, int]

NAIVE = ("last_growth", "linear_trend", "random_walk")
NAN = float("nan")
PARTED = ("little_giants", "hightech_firms", "tech_smes")  # totals whose parts are recorded too
ROUNDING = 0.0005  # smaller differences do not count
#: Series whose base was revised, with the first year on the new base. No growth is computed across the break (T1,
#: calibration/README.md: the economic census revised GDP of 2018 and 2019 separately).
BREAKS: Mapping[str, int] = {"table1.gdp": 2019}


def recorded(evidence: Evidence, series: str) -> dict[int, float]:
    """Return the points of a series by year: a record such as ``hightech_firms``, or a total such as ``table1.gdp``."""
    figures = evidence.totals if "." in series else evidence.records
    return {at: figure.value for (name, at), figure in sorted(figures.items()) if name == series}


def figure_of(evidence: Evidence, series: str, at: int) -> Figure | None:
    """Return one figure of the record, or None if there is no such row."""
    return (evidence.totals if "." in series else evidence.records).get((series, at))


def shares(evidence: Evidence, part: str, whole: str) -> dict[int, float]:
    """Return the share of a part of the province in the whole, for the years in which both are recorded."""
    of_whole = recorded(evidence, whole)
    return {at: value / of_whole[at] for at, value in recorded(evidence, part).items() if of_whole.get(at)}


def naive_forecasts(series: str, points: Mapping[int, float], at: int) -> dict[str, float]:
    """Forecast a year from earlier points of the same series only.

    Parameters
    ----------
    series
        Its name; forecasts never cross a break listed in `BREAKS`.
    points
        Year -> value; points of the forecast year or later are ignored.
    at
        The year to forecast.

    Returns
    -------
    dict
        ``last_growth``: the yearly growth between the last two points continues; ``linear_trend``: least squares
        through all points; ``random_walk``: the last point. NaN if there are too few.
    """
    new_base = BREAKS.get(series, at + 1)
    years = [y for y in sorted(points) if y < at and not y < new_base <= at]
    forecasts = dict.fromkeys(NAIVE, NAN)
    if years:
        last = years[-1]
        forecasts["random_walk"] = points[last]
    if len(years) > 1:
        before = years[-2]
        if points[before] > 0 and points[last] > 0:
            growth = (points[last] / points[before]) ** (1 / (last - before))
            forecasts["last_growth"] = points[last] * growth ** (at - last)
        # Years count from the forecast year, so the intercept is the forecast.
        slope_and_value = np.polyfit(np.array(years) - at, [points[y] for y in years], 1)
        forecasts["linear_trend"] = float(slope_and_value[1])
    return forecasts


@dataclass(frozen=True, slots=True)
class Part:
    """A record that counts in some regions what another record counts in the whole province.

    Attributes
    ----------
    record, whole
        Names in records.csv, such as ``wuhan_hightech_firms`` and ``hightech_firms``.
    divisions
        bool [region], the regions it covers.
    """

    record: str
    whole: str
    divisions: NDArray[np.bool_]


def parts(evidence: Evidence) -> list[Part]:
    """Find records that cover part of the province: for each total in `PARTED`, the largest part first.

    A region's English name before the name of a record (``wuhan_hightech_firms``) means that region; for a group of
    regions (``little_giants_yichang_circle``) the row's note lists their English names.
    """
    names = [region.en for region in evidence.regions]
    found: list[Part] = []
    for (record, _), note in notes(evidence).items():
        for whole in PARTED:
            if record.endswith(f"_{whole}"):
                listed = [name for name in names if record == f"{name.lower()}_{whole}"]
            elif record.startswith(f"{whole}_"):
                listed = [name.strip() for name in note.split(",")]
            else:
                continue
            if listed and set(listed) <= set(names) and record not in {part.record for part in found}:
                found.append(Part(record, whole, np.isin(names, listed)))
    return sorted(
        found, key=lambda part: (PARTED.index(part.whole), -max(recorded(evidence, part.record).values()))
    )


def notes(evidence: Evidence) -> dict[Key, str]:
    """Read the notes of records.csv by record and year; empty if there is none."""
    columns = {
        "record": filled,
        "year": year,
        "value": number,
        **SOURCED,
        "error": optional,
        "note": optional,
    }
    rows = read_rows(evidence.folder / "records.csv", columns)
    return {(row["record"], row["year"]): row["note"] for row in rows}


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two records that give different answers to one question.

    Attributes
    ----------
    records
        The rows involved: record and year.
    first, second
        The two answers.
    zh, en
        Explanation with the numbers.
    """

    records: tuple[Key, ...]
    first: float
    second: float
    zh: str
    en: str


class _Question(NamedTuple):
    """Rows, the two answers computed from their values, and what to say if the answers differ."""

    records: tuple[Key, ...]
    first: Callable[..., float]
    second: Callable[..., float]
    zh: str
    en: str


_QUESTIONS = (
    _Question(
        (("rd_staff_hightech", 2022), ("rd_staff_hightech_growth", 2022), ("rd_personnel_province", 2025)),
        lambda staff, growth, whole: max(staff * (1 + growth) ** 3, whole),
        lambda staff, growth, whole: whole,
        "研发人员不是同一序列：高新技术企业 2022 年的人数按当年增速到 2025 年为 {first:,.0f} 人，"
        "而 2025 年全省（含高校）只有 {second:,.0f} 人。",
        "R&D staff is not one series: that of high-tech firms in 2022 at its own growth is {first:,.0f} in 2025, yet "
        "the whole province, universities included, counts {second:,.0f}.",
    ),
    _Question(
        (
            ("rd_staff_per_hightech_firm", 2022),
            ("rd_staff_per_top100_firm", 2022),
            ("rd_staff_top100_ratio", 2022),
        ),
        lambda mean, top, ratio: mean,
        lambda mean, top, ratio: top / ratio,
        "户均研发人员（高新技术企业，2022 年）：由合计数得 {first:.1f} 人，由前百家之比得 {second:.1f} 人。",
        "R&D staff per high-tech firm, 2022: {first:.1f} from the totals, {second:.1f} from the top hundred.",
    ),
    _Question(
        (("hightech_firms", 2019), ("hightech_firms", 2022), ("hightech_firms_growth", 2022)),
        lambda before, after, stated: (after / before) ** (1 / 3) - 1,
        lambda before, after, stated: stated,
        "高新技术企业 2019—2022 年：两个存量折合年增 {first:.1%}，来源称 {second:.1%}。",
        "High-tech firms 2019–22: the two counts compound to {first:.1%} a year, the source states {second:.1%}.",
    ),
    _Question(
        (("hightech_firms", 2021), ("hightech_firms", 2022), ("rd_staff_hightech_growth", 2022)),
        lambda before, after, growth: after / before - 1,
        lambda before, after, growth: growth,
        "2022 年高新技术企业数增 {first:.1%}，其研发人员只增 {second:.1%}：若都对，户均研发人员一年内大减。",
        "In 2022 high-tech firms grew by {first:.1%} and their R&D staff by {second:.1%}: if both hold, staff per firm "
        "fell sharply within a year.",
    ),
    _Question(
        (("wuhan_hightech_firms", 2021), ("wuhan_hightech_firms", 2022), ("wuhan_new_hightech_firms", 2022)),
        lambda before, after, more: before,
        lambda before, after, more: after - more,
        "武汉高新技术企业 2021 年：{first:,.0f} 家，由次年公报倒推为 {second:,.0f} 家。",
        "High-tech firms of Wuhan in 2021: {first:,.0f}, or {second:,.0f} by difference from the year after.",
    ),
    _Question(
        (("industrial_firms", 2023), ("above_scale_firms", 2022)),
        lambda all_firms, above_scale: all_firms,
        lambda all_firms, above_scale: above_scale,
        "工业企业：由上云数推得 {first:,.0f} 家，规模以上只有 {second:,.0f} 家，口径不同。",
        "Industrial firms: {first:,.0f} follow from those on the cloud, {second:,.0f} are above scale: two sets.",
    ),
    _Question(
        (("tech_smes", 2025), ("technology_firms", 2025)),
        lambda smes, firms: smes,
        lambda smes, firms: firms,
        "科技企业 2025 年：{first:,.0f} 家科技型中小企业，或 {second:,.0f} 家科技型企业，定义不同。",
        "Technology firms in 2025: {first:,.0f} technology SMEs or {second:,.0f} technology firms, two definitions.",
    ),
)


def contradictions(evidence: Evidence) -> list[Contradiction]:
    """List pairs of answers that differ by more than `ROUNDING`; questions whose rows are missing are skipped."""
    found = []
    for question in _QUESTIONS:
        figures = [figure_of(evidence, *key) for key in question.records]
        values = [figure.value for figure in figures if figure is not None]
        if len(values) < len(question.records):
            continue
        try:
            first, second = question.first(*values), question.second(*values)
        except ZeroDivisionError:  # a ratio to nothing answers no question
            continue
        if abs(first - second) > ROUNDING * abs(second):
            texts = (text.format(first=first, second=second) for text in (question.zh, question.en))
            found.append(Contradiction(question.records, first, second, *texts))
    return found
