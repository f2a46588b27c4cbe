"""The frozen records read from an evidence folder; each number keeps its unit, source and grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Message, Problem

FIELDS = ("mechanical", "electronics_it", "materials_chemistry", "life_science")
GROUPS = ("all", "below_quality", "quality")
COLUMNS = tuple(range(1, 10))
#: What Table 5 estimates: the constant, then the survey variables.
VARIABLES = ("_cons", *(f"X{k}" for k in range(1, 14)))

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the record with its meaning and origin."""

    value: float
    unit: str
    source: str
    grade: str
    error: float | None = None
    """Standard deviation of what the model should reproduce, as a share of the value; None if none is stated."""


class Figures(dict[K, Figure]):
    """Figures of one file; a missing one raises an error written for people, not a KeyError.

    Attributes
    ----------
    file
        The file that the figures come from, for that message.
    """

    file: str = ""

    def __missing__(self, key: K) -> Figure:
        raise InputError(Problem(Message("errors_evidence.no_row", named=key), file=self.file))


@dataclass(frozen=True, slots=True)
class Region:
    """A region of the province; lon and lat of its seat in degrees; core if it is a leading city."""

    code: int
    zh: str
    en: str
    lon: float
    lat: float
    core: bool


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry; energy_cost_share is of value added, demand_growth real and per year."""

    id: str
    zh: str
    en: str
    sector: str
    field: str
    uncertainty: str
    energy_cost_share: float
    demand_growth: float


@dataclass(frozen=True, slots=True)
class SurveyVariable:
    """A variable of Table 4 with its codes; X13 counts backwards (0 = four or more policies, 4 = none)."""

    name: str
    zh: str
    en: str
    group: str
    codes: tuple[int, ...]
    labels_zh: tuple[str, ...]
    labels_en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table5:
    """Nine logit regressions of transition difficulty, as printed.

    Attributes
    ----------
    b, stars
        Coefficient (log-odds) and its stars by variable (`X1` … `X13`, `_cons`) and column 1–9; no entry where a
        variable does not enter a column.
    lr_chi2, prob_chi2
        Likelihood-ratio statistic and its printed probability by column.
    """

    b: Mapping[str, Mapping[int, float]]
    stars: Mapping[str, Mapping[int, str]]
    lr_chi2: Mapping[int, float]
    prob_chi2: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """A grid cell: its row and column, its centre in degrees, and the region it lies in."""

    row: int
    col: int
    lon: float
    lat: float
    region_code: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """A policy instrument: who acts, what it changes, the facts behind it, and what the documents leave open."""

    id: str
    instrument: str
    actor: str
    survey_variable: str
    model_state: str
    evidence_ids: str
    not_in_seeds: str


@dataclass(frozen=True, slots=True)
class Effect:
    """A magnitude from outside literature: central value, low and high."""

    parameter: str
    meaning: str
    unit: str
    low: float
    central: float
    high: float
    source: str
    grade: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Target:
    """A target that the province has set; year is None if none is stated."""

    target: str
    what: str
    value: float
    unit: str
    year: int | None
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class ScorecardRow:
    """A recorded series with which the baseline is compared, and the source of its target.

    Attributes
    ----------
    series, year
        What is measured in the model, and in which year.
    use
        ``F`` fitted, ``S`` seen while the model was built, ``H`` held out.
    target
        ``record``: the recorded number, plus `least` to `most` times that number.
        ``points``: the recorded number, plus `least` to `most` in its own unit.
        ``part``: the record's share of the total, plus `least` to `most`; the series is the name of the record with
        ``_share``.
        ``forecast``: closer to the record than the best naive forecast from earlier points.
        ``effect``: the range in effects.csv. ``goal``: the number in targets_2027.csv, treated as for ``record``.
        ``range``: `least` to `most`. ``none``: no target, shown for information.
    of
        Name of the effect, the goal or the total.
    least, most
        See `target`; None if it does not use them.
    unit
        Of target and measurement.
    zh, en
        Label for people.
    source, grade
        Source of the target or its width; empty if the number that it is taken from has all of this.
    note
        What a reader must know.
    """

    series: str
    year: int
    use: str
    target: str
    of: str
    least: float | None
    most: float | None
    unit: str
    zh: str
    en: str
    source: str
    grade: str
    note: str


@dataclass(frozen=True, slots=True)
class PublishedEstimate:
    """What a published experiment found, and how the model is asked the same.

    Attributes
    ----------
    name
        Key of the line.
    study
        Authors and year, in short.
    instruments
        Ids in instruments.csv of what it is about.
    trial
        How the experiment is repeated, one of `sim.evidence.estimates.TRIALS`; empty where the model lacks the lever.
    outcome
        What is compared, one of `sim.evidence.estimates.TRIAL_OUTCOMES`.
    from_year, to_year
        Years over which, 1 is the year in which the treatment begins.
    use
        ``B`` the model's answer is little more than one of its numbers, ``S`` seen while ranges were chosen, ``H`` held
        out.
    estimate
        The paper's; None if it found no significant effect, or only the sign is known.
    low, high
        Ends of the interval; None where it is open.
    interval
        ``published``; ``recalled`` from the paper, not confirmed; or ``assumed``: then its width is our judgement.
    zh, en
        Label for people.
    unit, source, grade, note
        As everywhere; the note says in what the model's question differs from the paper's.
    """

    name: str
    study: str
    instruments: tuple[str, ...]
    trial: str
    outcome: str
    from_year: int
    to_year: int
    use: str
    estimate: float | None
    low: float | None
    high: float | None
    interval: str
    unit: str
    zh: str
    en: str
    source: str
    grade: str
    note: str


@dataclass(frozen=True, slots=True)
class InnovationPath:
    """A path along which an industry innovates: in words, where it starts and how far it spreads."""

    path: str
    zh: str
    uncertainty: str
    start: str
    diffusion: str
    cases: tuple[str, ...]
    policy: tuple[str, ...]
    evidence: tuple[str, ...]
    grade: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What a source id such as A24 or R05 stands for."""

    id: str
    what: str
    where: str


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Everything read from one evidence folder.

    Attributes
    ----------
    folder
        Where it was read from.
    digest
        SHA-256 (hex) over names and contents of the files that runs read (`sim.evidence.tables.files_of`).
    regions
        In the order of their official codes.
    industries, fields
        Industries in file order; fields of talent.
    relatedness
        float64 [industry, industry], symmetric, 1 on the diagonal, 0 where no pair is listed.
    region_industry
        float64 [region, industry], shares of a region's industrial firms; rows sum to 1.
    figures
        (region code, indicator, year) -> Figure.
    records
        (record, year) -> Figure.
    totals
        (table and indicator such as `table1.gdp`, year) -> Figure; Tables 1–3.
    variables
        Table 4 in file order.
    logit
        Table 5.
    covariance
        Column of Table 5 -> float64 [14, 14], covariance of its coefficients (log-odds squared) in the order of
        `VARIABLES`, zero where the column lacks a variable; empty until the province has been calibrated.
    margins
        (variable, group) -> shares by code, summing to 1.
    grids, cell_degrees
        Cells and cell size (degrees) by grid name, `0.1` and `0.2`.
    instruments, effects, targets
        In file order.
    scorecard
        By `order`; empty where the province has no such file.
    sources
        Source id -> Source.
    paths
        Innovation paths, in file order.
    """

    folder: Path
    digest: str
    regions: tuple[Region, ...]
    industries: tuple[Industry, ...]
    fields: tuple[str, ...]
    relatedness: NDArray[np.float64]
    region_industry: NDArray[np.float64]
    figures: Mapping[tuple[int, str, int], Figure]
    records: Mapping[tuple[str, int], Figure]
    totals: Mapping[tuple[str, int], Figure]
    variables: tuple[SurveyVariable, ...]
    logit: Table5
    covariance: Mapping[int, NDArray[np.float64]]
    margins: Mapping[tuple[str, str], tuple[float, ...]]
    grids: Mapping[str, tuple[Cell, ...]]
    cell_degrees: Mapping[str, float]
    instruments: tuple[Instrument, ...]
    effects: tuple[Effect, ...]
    targets: tuple[Target, ...]
    scorecard: tuple[ScorecardRow, ...]
    estimates: tuple[PublishedEstimate, ...]
    sources: Mapping[str, Source]
    paths: tuple[InnovationPath, ...]
