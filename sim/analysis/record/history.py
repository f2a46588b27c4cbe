"""The baseline run through recorded time: measures in the model what the record contains.

A replication pauses after every quarter, so firms can be followed from year to year. All runs are the baseline
without policy. The fit and its verdicts use reading V, selective; D is shown beside it (h0 is the hazard of the mean
firm in both, so their stocks are close).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.statistics import interval
from sim.evidence.history import NAIVE, Key, Part, naive_forecasts, parts, recorded
from sim.evidence.scorecard import USES
from sim.evidence.tables import Evidence
from sim.files.names import evidence_folder
from sim.runs.executor import Progress, in_order
from sim.runs.run import evidence_of
from sim.runs.walk import Walk
from sim.world.compiled import GDP_UNIT, Compiled, compile_scenario
from sim.world.constants import FIRST_YEAR, GIVEN_YEARS, YEAR
from sim.world.parameters import load_parameters
from sim.world.scenario import Scenario, load_scenario
from sim.world.scenario_record import DEFAULT_EVIDENCE

if TYPE_CHECKING:
    from sim.model.state import State

Array = NDArray[Any]
AGENTS = 10_000  # scale 0.1 in Hubei: below it, counts of a few hundred firms mean nothing (docs/odd.md 2)
LAST_QUARTER = "2027Q4"
START = FIRST_YEAR - 1  # the ladder starts at its end; no stock of it was recorded before
CLASS_YEAR = 2021  # year whose recorded number of above-scale firms sets where their class begins
TODAY = 2025  # the last recorded year
MILLION = 1e6
SME_STAFF, SME_SALES = 500, 200e6  # most staff and yearly sales (yuan) of a technology SME
SALES = 3.1  # over value added: 5.38 trillion yuan above scale in 2022 (R06) over some 1.75 of industry
DRIFT_QUARTERS = 8
DRIFT_YEAR = START + DRIFT_QUARTERS // YEAR
DRIFTING = (3, 4, 5)  # survey variables whose margins should stay without policy


class Moment(NamedTuple):
    """A replication between two quarters."""

    quarters: int  # since quarter zero
    state: State
    regions: Array  # int64[T, R, metrics], filled so far; agents and yuan as `sim.model.outputs` says


class Firms(NamedTuple):
    """The living firms at one moment, sorted by id."""

    ids: Array  # uint64[n]
    value_added: Array  # float64[n], normal yearly value added, yuan
    size: Array  # float64[n], staff before rounding


def record_scenario(
    evidence: str = DEFAULT_EVIDENCE,
    *,
    end: str = LAST_QUARTER,
    scale: float | None = None,
    parameters: Mapping[str, float] | None = None,
) -> Scenario:
    """Load the baseline over recorded time: from 2020Q1, reading V, selective, no policy.

    Parameters
    ----------
    evidence
        Name or path of an evidence folder.
    end
        Last quarter.
    scale
        Agents per real firm; by default chosen to give about `AGENTS` firms.
    parameters
        Values that win over the registry's.
    """
    return load_scenario(
        "baseline",
        evidence=evidence,
        scale=scale_of(evidence, AGENTS) if scale is None else scale,
        structure="V",
        horizon={"start": f"{FIRST_YEAR}Q1", "end": end},
        parameters=dict(parameters or {}),
    )


def scale_of(evidence: str, agents: int) -> float:
    """Return the scale at which quarter zero has about this many firms."""
    firms = load_parameters(evidence_folder(evidence))["firms_2019"].default
    return 1 / max(round(firms / agents), 1)


def watch(compiled: Compiled, seed: int, replication: int, every: int) -> Iterator[Moment]:
    """Run one replication, pausing at quarter zero and after each `every` quarters; the state changes in place."""
    walk = Walk(compiled, seed, replication)
    yield Moment(0, walk.state, walk.regions)
    while not walk.finished:
        walk.to(min(walk.done + every, walk.quarters))
        yield Moment(walk.done, walk.state, walk.regions)


def stocks(state: State, compiled: Compiled, divisions: Sequence[Part] = ()) -> dict[str, float]:
    """Count what the record counts at the end of a year, under the names of records.csv, as real firms and people.

    High-tech firms are those of level 2 and above, specialised ones those of level 3 and above. Technology SMEs are the
    firms of level 1 and the share ``overlap`` of high-tech firms (docs/odd.md 2).
    """
    from sim.model.state import ALIVE, EMPLOYED
    from sim.world.constants import QUALITY, SPECIALISED, TOP

    f = state.firms
    alive = f.alive == ALIVE
    level, talent, region = f.level[alive], f.talent[alive], compiled.inputs.slot_region[alive]
    high = level >= QUALITY
    at = {"tech_smes": level == 1, "hightech_firms": high, "little_giants": level == TOP}
    agents = {
        "industrial_firms": len(level),
        **{name: there.sum() for name, there in at.items()},
        **{part.record: part.divisions[region[at[part.whole]]].sum() for part in divisions},
        "specialised_hightech_firms": (level >= SPECIALISED).sum(),
        "cloud_firms": f.platform[alive].sum(),
        "rd_staff_hightech": talent[high].sum(),
        "rd_staff_total": (state.people.status == EMPLOYED).sum(),
        "staff": f.staff[alive].sum(),
    }
    real = {name: float(compiled.inputs.weight * int(count)) for name, count in agents.items()}
    in_both = compiled.inputs.overlap * compiled.inputs.weight
    real["tech_smes"] += in_both * int(high.sum())
    for part in divisions:
        if part.whole == "tech_smes":
            real[part.record] += in_both * int(part.divisions[region[high]].sum())
    real |= means(state, compiled)
    real["cloud_share"] = real["cloud_firms"] / real["industrial_firms"]
    real["rd_staff_per_hightech_firm"] = _ratio(real["rd_staff_hightech"], real["hightech_firms"])
    for part in divisions:
        real[f"{part.record}_share"] = _ratio(real[part.record], real[part.whole])
    return real


def means(state: State, compiled: Compiled) -> dict[str, float]:
    """Return what the registers publish as means per firm: staff, R&D and profit of a year (million yuan).

    High-tech firms that are registered as technology SMEs too are among those within the limits of size.
    """
    from sim.model.state import ALIVE, RING
    from sim.world.constants import QUALITY

    f = state.firms
    alive = np.flatnonzero(f.alive == ALIVE)
    level, staff = f.level[alive], f.staff[alive].astype(float)
    high = level >= QUALITY
    last = int(state.province.clock[0]) - 1
    year = [(last - age) % RING for age in range(YEAR)]
    research = f.rd_intensity[alive].astype(float) * f.productivity[alive] * staff + YEAR * f.rd_grant[alive]
    profit = f.profits[alive][:, year].astype(float).sum(axis=1)
    sales = SALES * f.productivity[alive].astype(float) * staff
    small = high & (staff <= SME_STAFF) & (sales <= SME_SALES)
    both = (
        compiled.inputs.overlap * high.sum() / max(small.sum(), 1)
    )  # of the small ones, those in both registers
    weight = (level == 1) + min(both, 1.0) * small
    total = float(weight.sum())
    return {
        "tech_sme_mean_jobs": _ratio(float(weight @ staff), total),
        "tech_sme_mean_rd": _ratio(float(weight @ research) / MILLION, total),
        "tech_sme_mean_profit": _ratio(float(weight @ profit) / MILLION, total),
        "hightech_mean_rd": _ratio(float(research[high].sum()) / MILLION, float(high.sum())),
    }


def year_ends(compiled: Compiled, places: Sequence[Part], seed: int, replication: int) -> dict[Key, float]:
    """Count the `stocks` of one replication, and of places, at the end of 2019 and of every simulated year."""
    return {
        (name, START + moment.quarters // YEAR): value
        for moment in watch(compiled, seed, replication, YEAR)
        if moment.quarters % YEAR == 0  # a run may end within a year
        for name, value in stocks(moment.state, compiled, places).items()
    }


def yearly_counts(
    compiled: Compiled, places: Sequence[Part], seed: int, replication: int
) -> dict[Key, float]:
    """Count what the record counts in one replication: `year_ends`, growth of R&D staff, certificates by year."""
    found: dict[Key, float] = {}
    for moment in watch(compiled, seed, replication, YEAR):
        year = START + moment.quarters // YEAR
        found |= {(name, year): value for name, value in stocks(moment.state, compiled, places).items()}
        found |= _growth(found, year)
    return found | _certificates(moment.regions, compiled.inputs.weight)


def _growth(found: Mapping[Key, float], year: int) -> dict[Key, float]:
    """Return how much R&D staff grew in a year; nothing for the first."""
    names = [name for name in ("rd_staff_hightech", "rd_staff_total") if (name, year - 1) in found]
    return {(f"{name}_growth", year): _ratio(found[name, year], found[name, year - 1]) - 1 for name in names}


def observe(compiled: Compiled, evidence: Evidence, seed: int, replication: int) -> dict[Key, float]:
    """Measure in one replication everything that can be compared with the record, by name and year.

    Besides `stocks` of every year: growth of R&D staff, GDP, high-tech certificates, entry to and exit from the
    above-scale class, excess kurtosis of growth rates, the elasticity of matching, drift of survey margins while demand
    keeps to its trend (and of X5 in the slump of 2020). What cannot be measured (no firm, no such record) is absent or
    NaN.
    """
    places = parts(evidence)
    found: dict[Key, float] = {}
    threshold = float("nan")
    before: Firms | None = None
    for moment in watch(compiled, seed, replication, YEAR):
        if moment.quarters % YEAR:
            continue  # a run may end within a year
        year = START + moment.quarters // YEAR
        found |= {(name, year): value for name, value in stocks(moment.state, compiled, places).items()}
        firms = _firms(moment.state)
        if before is not None:
            found |= _growth(found, year)
            found["growth_kurtosis", year] = growth_kurtosis(before, firms)
            if threshold == threshold:
                for name, share in turnover(before, firms, threshold).items():
                    found[name, year] = share
        if year == CLASS_YEAR and ("above_scale_firms", year) in evidence.records:
            share = evidence.records["above_scale_firms", year].value / compiled.inputs.weight
            threshold = class_threshold(firms, share)
            found["above_scale_value_added", year] = threshold
        before = firms
    flat = np.ones_like(compiled.inputs.demand)
    quiet = compiled._replace(inputs=compiled.inputs._replace(demand=flat, utilisation=flat))
    for x, drift in drifts(quiet, seed, replication).items():
        found[f"drift_X{x}", DRIFT_YEAR] = drift
    found["slump_drift_X5", DRIFT_YEAR] = drifts(compiled, seed, replication)[5]
    found |= _gdp(moment.regions, compiled.inputs.weight)
    found |= _certificates(moment.regions, compiled.inputs.weight)
    found["matching_elasticity", TODAY] = matching_elasticity(moment.regions[: YEAR * (TODAY - START)])
    return found


def drifts(compiled: Compiled, seed: int, replication: int) -> dict[int, float]:
    """Return the largest change of any answer's share within `DRIFT_QUARTERS`, by variable of `DRIFTING`."""
    moments = islice(watch(compiled, seed, replication, 1), DRIFT_QUARTERS + 1)
    margins = np.array([_margins(moment.state) for moment in moments])
    largest = np.abs(margins - margins[0]).max(axis=(0, 2))
    return dict(zip(DRIFTING, largest.tolist(), strict=True))


def measure(
    scenario: Scenario,
    replications: int,
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[Key, Array]:
    """Measure this many replications with `observe`: name and year -> float64[replications].

    The seed is the scenario's own and differs from the fit's, so a fit is not judged by the luck it was made with.
    """
    evidence = evidence_of(scenario)
    compiled = compile_scenario(scenario, evidence)
    tasks = [
        partial(observe, compiled, evidence, scenario.seed, replication)
        for replication in range(replications)
    ]
    observed = in_order(tasks, workers, progress)
    return {key: np.array([one[key] for one in observed]) for key in observed[0]}


def growth_kurtosis(before: Firms, after: Firms) -> float:
    """Return the excess kurtosis of one year's growth of ln staff (before rounding) over the surviving firms."""
    from scipy.stats import kurtosis

    _, i, j = np.intersect1d(before.ids, after.ids, assume_unique=True, return_indices=True)
    return float(kurtosis(np.log(after.size[j] / before.size[i])))


def class_threshold(firms: Firms, count: float) -> float:
    """Return the value added that `count` agents exceed: where the above-scale class begins in the model.

    The official class begins at 20 million yuan of *revenue*, which the model does not have. The recorded number of
    firms gives the threshold without a conversion. The size of the class is then no test; entry and exit are.
    """
    return float(np.sort(firms.value_added)[-min(max(round(count), 1), len(firms.ids))])


def turnover(before: Firms, after: Firms, threshold: float) -> dict[str, float]:
    """Return entry to and exit from the class above a threshold within a year, relative to its size before.

    As in the record (R06), firms enter by founding or growing and leave by closing or shrinking.
    """
    was, is_now = (firms.ids[firms.value_added >= threshold] for firms in (before, after))
    stayed = np.isin(was, is_now).sum()
    return {
        "above_scale_entry": _ratio(len(is_now) - stayed, len(was)),
        "above_scale_exit": _ratio(len(was) - stayed, len(was)),
    }


def matching_elasticity(regions: Array) -> float:
    """Return the elasticity of hires in seekers, given vacancies, over region-quarters: least squares in logs.

    Parameters
    ----------
    regions
        int64[T, R, metrics]. Seekers are those unmatched at the end plus those hired from the region in the quarter;
        vacancies are those of the quarter before plus those opened by separations. Region-quarters in which one of
        them is 0 are left out; NaN if too few remain.
    """
    from sim.model.outputs import METRIC_INDEX

    def of(name: str) -> Array:
        return regions[..., METRIC_INDEX[name]]

    seekers = of("seeking") + of("graduates") + of("hires") - of("moved_in") + of("moved_out")
    vacancies = of("vacancies")[:-1] + of("separations")[1:]
    counts = np.stack([of("hires")[1:], seekers[1:], vacancies], axis=-1).reshape(-1, 3)
    logs = np.log(counts[(counts > 0).all(axis=1)])
    design = np.column_stack([np.ones(len(logs)), logs[:, 1:]])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return float("nan")
    return float(np.linalg.lstsq(design, logs[:, 0], rcond=None)[0][1])


def _firms(state: State) -> Firms:
    from sim.model.state import ALIVE, ID_BITS

    f = state.firms
    alive = np.flatnonzero(f.alive == ALIVE)
    ids = (f.id0[alive].astype(np.uint64) << ID_BITS) | f.id1[alive]
    order = np.argsort(ids)
    slots = alive[order]
    value_added = f.productivity[slots].astype(float) * f.staff[slots]
    return Firms(ids[order], value_added, f.size[slots].astype(float))


def _margins(state: State) -> Array:
    """Return the shares of each answer of the drifting variables among living firms: float64[variables, answers]."""
    from sim.model.state import ALIVE
    from sim.world.constants import CUTS

    x = state.firms.x[state.firms.alive == ALIVE]
    return np.array([np.bincount(x[:, k], minlength=CUTS + 1) / len(x) for k in DRIFTING])


def _gdp(regions: Array, weight: int) -> dict[Key, float]:
    """Return value added of the whole economy by year, in the unit of Table 1."""
    from sim.model.outputs import METRIC_INDEX

    total = regions.sum(axis=1)
    quarterly = weight * total[:, METRIC_INDEX["value_added"]] + total[:, METRIC_INDEX["rest_value_added"]]
    return _by_year("table1.gdp", quarterly / GDP_UNIT)


def _certificates(regions: Array, weight: int) -> dict[Key, float]:
    """Return high-tech certificates issued by year, renewals included."""
    from sim.model.outputs import METRIC_INDEX

    return _by_year("hightech_certificates", weight * regions[..., METRIC_INDEX["certificates"]].sum(axis=1))


def _by_year(series: str, quarterly: Array) -> dict[Key, float]:
    """Sum the quarters of each whole year."""
    yearly = quarterly[: len(quarterly) // YEAR * YEAR].reshape(-1, YEAR).sum(axis=1)
    return {(series, FIRST_YEAR + k): float(value) for k, value in enumerate(yearly)}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


GIVEN = ("tech_smes", "little_giants")  # runs follow the record to this year (docs/odd.md 7.3)
LAST_GIVEN = FIRST_YEAR + GIVEN_YEARS - 1
#: How a recorded point is used: as the start of a run, as the scorecard says, shown only, reproduced by construction,
#: as a source of sizes and trends only, or not recorded.
POINT_USES = ("start", *USES.values(), "shown", "by_construction", "trend", "unrecorded")


def recorded_paths(evidence: Evidence, measured: Mapping[Key, Array]) -> pd.DataFrame:
    """Put recorded series next to the run and to naive forecasts from earlier points of the same series.

    Tables 1 to 3 are included in full. They set sizes, shocks and trends, so an aggregate that reproduces GDP by
    construction validates nothing.

    Returns
    -------
    DataFrame
        series, year, recorded, unit, mean, low, high (95 % interval of the mean over replications), one column per
        naive forecast, use (one of `POINT_USES`).
    """
    declared = {(row.series, row.year): USES[row.use] for row in evidence.scorecard}
    names = {name for name, _ in measured} & {name for name, _ in evidence.records}
    series = sorted(names) + list(dict.fromkeys(name for name, _ in evidence.totals))
    rows = []
    for name in series:
        points = recorded(evidence, name)
        source = evidence.totals if "." in name else evidence.records
        unit = next(figure.unit for (known, _), figure in source.items() if known == name)
        for year in sorted({at for known, at in measured if known == name} | set(points)):
            values = measured.get((name, year))
            forecasts = naive_forecasts(name, points, year)
            rows.append(
                {
                    "series": name,
                    "year": year,
                    "recorded": points.get(year, float("nan")),
                    "unit": unit,
                    **dict(zip(("mean", "low", "high"), _interval(values), strict=True)),
                    **{naive: forecasts[naive] for naive in NAIVE},
                    "use": _use((name, year), year in points, values is not None, declared),
                }
            )
    return pd.DataFrame(rows)


def _interval(values: Array | None) -> tuple[float, float, float]:
    return (float("nan"),) * 3 if values is None else interval(values)


def _use(key: Key, is_recorded: bool, is_measured: bool, declared: Mapping[Key, str]) -> str:
    name, year = key
    if not is_recorded:
        return "unrecorded"
    if "." in name:
        return "by_construction" if is_measured else "trend"
    if year <= START:
        return "start"
    if name in GIVEN and year <= LAST_GIVEN:
        return "by_construction"
    return declared.get(key, "shown")
