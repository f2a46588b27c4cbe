"""What a comparison finds about each policy under each reading: rows of its tables from paired replications."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.comparison.money import authorised
from sim.analysis.comparison.pairs import Pair, by_quarter, by_region, policies_of, totals
from sim.analysis.doubt.regret import Regrets, regrets, wilson
from sim.analysis.outcomes import LEAD, OUTCOMES
from sim.analysis.statistics import (
    best_shares,
    fieller,
    interval,
    pairing_ratio,
    ratio_difference,
    tight_enough,
    variance_share,
)
from sim.evidence.tables import Evidence
from sim.runs.counts import quarter_names
from sim.world.levers import LEVERS, supports_people

Array = NDArray[Any]
Row = dict[str, Any]
UNDEFINED = "undefined: the effect covers 0"
LOST = "undefined: climbs are lost"
NO_MORE_MONEY = "undefined: no more money than the baseline"
TOO_FEW = "no interval: too few replications"
ALIKE = "no interval: all replications alike"
#: Fewest replications for intervals and ranks, and for shares of draws or of a variance.
FEWEST_FOR_INTERVAL = 8
FEWEST_FOR_SHARES = 10
BREAK_EVEN_COLUMNS = ["reading", "scenario", "rival", "lever", "unit_cost", "break_even", "note"]
COEFFICIENT_COLUMNS = [
    *("reading", "scenario", "outcome", "unit", "replications", "effect", "effect_held"),
    *("range_low", "range_high", "variance_drawn", "variance_held", "share", "share_low", "share_high"),
    *("width_drawn", "width_held"),
]
PER_YUAN = "climbs_per_bn_yuan"
SETTING_COLUMNS = ["reading", "scenario", "replication", *LEAD, "extra_yuan", PER_YUAN]
RANGE = (0.05, 0.95)  # of single effects over the draws


def response_replications(count: int) -> int:
    """Return how many of ``count`` replications run at other budgets too: half, but no fewer than give an interval."""
    return max(count // 2, min(count, FEWEST_FOR_INTERVAL))


def paired_interval(differences: Array, doubtful: bool = False) -> tuple[float, float, float]:
    """Return middle and interval of paired differences; NaN bounds if replications are too few or all alike.

    A few replications that happen to agree would look certain. If all differences are 0, as before a policy starts,
    nothing is uncertain: the interval is 0 to 0.

    Parameters
    ----------
    doubtful
        Whether every replication has numbers of its own. Then the middle is the median and the interval holds 90 % of
        the replications, since all of them are possible answers; else these are the mean and its 95 % t interval.
    """
    middle, low, high = _interval(differences, doubtful)
    nothing = bool(np.ptp(differences) == 0) and middle == 0.0 and len(differences) >= FEWEST_FOR_INTERVAL
    return (middle, low, high) if nothing else effect_interval(differences, doubtful)


def effect_interval(differences: Array, doubtful: bool = False) -> tuple[float, float, float]:
    """Return middle and interval of an effect at the end; NaN bounds if all replications are alike, even at 0."""
    middle, low, high = _interval(differences, doubtful)
    return (middle, nan, nan) if no_interval(differences) else (middle, low, high)


def _interval(differences: Array, doubtful: bool) -> tuple[float, float, float]:
    if not doubtful:
        return interval(differences)
    low, middle, high = np.quantile(differences, (RANGE[0], 0.5, RANGE[1]))
    return float(middle), float(low), float(high)


def no_interval(differences: Array) -> str:
    """Say why paired differences give no interval; empty if they do."""
    if len(differences) < FEWEST_FOR_INTERVAL:
        return TOO_FEW
    return ALIKE if np.ptp(differences) == 0 else ""


def resolved(pair: Pair, until: float) -> bool:
    """Whether the intervals of all lead outcomes are tight enough, or nothing varies."""
    return len(pair.policy) >= FEWEST_FOR_INTERVAL and all(
        _tight(name, interval(pair.differences[name]), until) for name in LEAD
    )


def decided(pairs: Sequence[Pair], until: float, *, per_yuan: bool = False) -> bool:
    """Whether the shares of settings in which policies lead are known well enough.

    The 90 % interval of an effect does not narrow with more settings; how often a policy leads is what they tell. Its
    95 % Wilson interval shall be at most ``until`` to either side, under every reading in which a policy moves
    anything. With one policy the share of settings in which it harms takes its place.
    """
    found = regrets_of(pairs, per_yuan=per_yuan)
    if found is None:
        return False
    moving = found.readings["reading"].isin([pair.reading for pair in pairs if pair.moves()])
    shares = found.readings["harm" if len(found.policies) < 2 else "leads"][moving].to_numpy(float)
    low, high = wilson(shares, len(pairs[0].policy))
    return bool(np.max(high - low) / 2 <= until)


def _tight(name: str, found: tuple[float, float, float], until: float) -> bool:
    """Whether an interval is as tight as asked for; only lead outcomes need to be."""
    floor = OUTCOMES[name].floor
    return floor is None or tight_enough(*found, floor, until)


def effect_rows(pair: Pair, until: float | None) -> list[Row]:
    """Mean paired difference of every outcome with its interval; ``note`` says why there is none."""
    rows = []
    for name, values in pair.differences.items():
        outcome = OUTCOMES[name]
        effect, low, high = effect_interval(values, pair.doubtful)
        note = no_interval(values)
        middle = np.median if pair.doubtful else np.mean
        base = nan if outcome.change else float(middle(totals(pair.base, name)))
        enough = not note and (until is None or pair.doubtful or _tight(name, (effect, low, high), until))
        rows.append(
            pair.key
            | {"outcome": name, "unit": outcome.unit, "effect": effect, "low": low, "high": high}
            | {"replications": len(values), "base": base, "resolved": enough, "note": note}
        )
    return rows


def cost_row(pair: Pair) -> Row:
    """Money authorised and spent, and yuan per climb with its Fieller interval.

    The cost of a climb counts only money beyond the baseline's, which spends none unless it uses levers itself.
    """
    allowed = authorised(pair.scenario)
    spent, extra = float(np.mean(pair.spent)), pair.extra
    climbs = pair.differences["climbs"]
    point, low, high = nan, nan, nan
    costs_more = bool(pair.spends.all()) if pair.doubtful else pair.costs_more()
    note = no_interval(climbs) or ("" if costs_more else NO_MORE_MONEY)
    if not note:
        ratio = _ratio_over(extra, climbs) if pair.doubtful else fieller(extra, climbs)
        point, low, high = ratio or (nan, nan, nan)
        note = "" if ratio else UNDEFINED
    return pair.key | {
        "authorised_yuan": allowed,
        "spent_yuan": spent,
        "gap": 1 - spent / allowed if allowed else 0.0,
        "yuan_per_climb": point,
        "low": low,
        "high": high,
        "note": note,
    }


def _ratio_over(money: Array, climbs: Array) -> tuple[float, float, float] | None:
    """Return median and 90 % interval of yuan per climb over settings; None if climbs may be lost in them."""
    if np.quantile(climbs, RANGE[0]) <= 0:
        return None
    cost = np.where(climbs > 0, money / np.where(climbs > 0, climbs, 1.0), np.inf)
    low, middle, high = np.quantile(cost, (RANGE[0], 0.5, RANGE[1]), method="lower")
    return float(middle), float(low), float(high)


def path_rows(pair: Pair) -> list[Row]:
    """Baseline, policy and their difference, quarter by quarter."""
    middle = np.median if pair.doubtful else np.mean
    rows = []
    for name in (name for name, outcome in OUTCOMES.items() if outcome.over_time):
        policy, base = by_quarter(pair.policy, name), by_quarter(pair.base, name)
        for t, quarter in enumerate(quarter_names(pair.scenario)):
            effect, low, high = paired_interval(policy[:, t] - base[:, t], pair.doubtful)
            rows.append(
                pair.key
                | {"quarter": quarter, "outcome": name, "base": float(middle(base[:, t]))}
                | {"policy": float(middle(policy[:, t])), "effect": effect, "low": low, "high": high}
            )
    return rows


def setting_rows(pair: Pair) -> list[Row]:
    """Effects on the lead outcomes in every replication, and money spent beyond the baseline's; none without doubt."""
    if not pair.doubtful:
        return []
    columns = {name: pair.differences[name] for name in LEAD}
    columns |= {"extra_yuan": pair.extra, PER_YUAN: pair.climbs_per_billion}
    return [
        pair.key | {"replication": k} | {name: float(values[k]) for name, values in columns.items()}
        for k in range(len(pair.policy))
    ]


def region_rows(pair: Pair, evidence: Evidence) -> list[Row]:
    """Paired differences by region."""
    there = np.array([replication.firms for replication in pair.base], float).mean(axis=0)
    shown = [name for name, outcome in OUTCOMES.items() if outcome.regional]
    differences = {name: by_region(pair.policy, name) - by_region(pair.base, name) for name in shown}
    rows = []
    for r, region in enumerate(evidence.regions):
        firms = float(there[r])
        if firms == 0:
            continue  # a region without firms is missing, not zero
        for name in shown:
            effect, low, high = paired_interval(differences[name][:, r], pair.doubtful)
            rows.append(
                pair.key
                | {"region": region.code, "region_zh": region.zh, "region_en": region.en, "outcome": name}
                | {"effect": effect, "low": low, "high": high}
                | {"per_thousand_firms": 1000 * effect / firms, "agents": round(firms / pair.scenario.weight)}
            )
    return rows


def break_even_rows(pairs: list[Pair]) -> list[Row]:
    """Unit cost at which a policy's yuan per climb equals a rival's, its effect per supported unit unchanged.

    Defined for policies of one lever that gain climbs, against rivals that do too, if both effects exclude 0. Not
    defined if the baseline uses levers itself, because money beyond its own is not proportional to a unit cost, nor for
    a lever that supports people, which has several prices. No rows if nothing is defined.
    """
    if any(replication.spent.any() for pair in pairs[:1] for replication in pair.base):
        return []
    rows = []
    costs = {(pair.reading, pair.scenario.name): cost_row(pair) for pair in pairs}
    by_name = {lever.name: lever for lever in LEVERS}
    for pair in pairs:
        if len(pair.scenario.levers) != 1:
            continue
        lever = by_name[pair.scenario.levers[0].name]
        if pair.doubtful and lever.unit_cost not in pair.scenario.certain:
            continue  # a price that differs between settings is not broken even by one
        if supports_people(lever.name, pair.scenario.parameters):
            continue
        unit_cost = pair.scenario.parameters[lever.unit_cost]
        mine = costs[pair.reading, pair.scenario.name]
        for rival in pairs:
            if rival.reading != pair.reading or rival.scenario.name == pair.scenario.name:
                continue
            theirs = costs[rival.reading, rival.scenario.name]
            defined = (
                not mine["note"]
                and not theirs["note"]
                and min(mine["yuan_per_climb"], theirs["yuan_per_climb"]) > 0
            )
            rows.append(
                pair.key
                | {"rival": rival.scenario.name, "lever": lever.name, "unit_cost": unit_cost}
                | {
                    "break_even": unit_cost * theirs["yuan_per_climb"] / mine["yuan_per_climb"]
                    if defined
                    else float("nan"),
                    "note": "" if defined else mine["note"] or theirs["note"] or LOST,
                }
            )
    return rows if any(not row["note"] for row in rows) else []


def ranking_rows(pairs: list[Pair], seed: int, *, per_yuan: bool = False) -> list[Row]:
    """Rank the policies under each reading; those whose difference may be luck alone are level.

    Parameters
    ----------
    pairs
        Of policies only. A policy whose climbs are the same in every replication is not ranked.
    per_yuan
        Whether climbs per yuan count instead of climbs, as they should if policies differ in money, time or place.

    Returns
    -------
    list of dict
        reading, scenario, rank, level, basis, best_share. The rank is 1 + the number of policies whose lead over this
        one excludes 0; ``level`` names those that cannot be distinguished from it. There are no rows below
        `FEWEST_FOR_INTERVAL` replications; no shares of bootstrap draws below `FEWEST_FOR_SHARES`, nor of policies
        that are level. Where every replication has numbers of its own, ranks follow the share of them in which a policy
        leads (``best_share``), and none is level.
    """
    if pairs and pairs[0].doubtful:
        return _ranking_over(pairs, per_yuan)
    rows = []
    for reading in dict.fromkeys(pair.reading for pair in pairs):
        mine = [pair for pair in pairs if pair.reading == reading and pair.moves()]
        if per_yuan:  # fewer climbs for more money cannot be ordered
            mine = [pair for pair in mine if pair.costs_more() and np.mean(pair.differences["climbs"]) > 0]
        if not mine or len(mine[0].policy) < FEWEST_FOR_INTERVAL:
            continue
        effects = np.stack([pair.differences["climbs"] for pair in mine], axis=1)
        money = np.stack([pair.extra if per_yuan else np.ones(len(pair.policy)) for pair in mine], axis=1)
        few = len(effects) < FEWEST_FOR_SHARES
        shares = np.full(len(mine), nan) if few else best_shares(effects, seed, money)
        leads = [[_lead(effects, money, a, b) for b in range(len(mine))] for a in range(len(mine))]
        order = np.argsort(-effects.mean(axis=0) / money.mean(axis=0), kind="stable")
        found = []
        for k in order:
            level = [mine[j].scenario.name for j in order if j != k and leads[j][k] == 0]
            rank = 1 + sum(leads[other][k] > 0 for other in range(len(mine)))
            basis = "climbs_per_yuan" if per_yuan else "climbs"
            share = nan if level else float(shares[k])
            found.append(
                mine[k].key | {"rank": rank, "level": ";".join(level), "basis": basis, "best_share": share}
            )
        rows += sorted(found, key=lambda row: int(row["rank"]))
    return rows


def _ranking_over(pairs: list[Pair], per_yuan: bool) -> list[Row]:
    """Rank the policies under each reading by the share of settings in which they lead."""
    rows = []
    found = regrets_of(pairs, per_yuan=per_yuan)
    if found is None:
        return []
    basis = "climbs_per_yuan" if per_yuan else "climbs"
    for reading, part in found.readings.groupby("reading", sort=False):
        alone = len(part) == 1
        ordered = part.sort_values("leads", ascending=False, kind="stable")
        for rank, row in enumerate(ordered.to_dict("records"), start=1):
            rows.append(
                {"reading": reading, "scenario": row["policy"], "rank": 1 if alone else rank, "level": ""}
                | {"basis": basis, "best_share": nan if alone else float(row["leads"])}
            )
    return rows


def regrets_of(pairs: Sequence[Pair], *, per_yuan: bool = False) -> Regrets | None:
    """Say how policies fare over settings and readings, in climbs or in climbs per bn yuan; None if settings are few.

    A policy without a lever that moves anything under any reading is left out, as in the ranking.
    """
    readings = list(dict.fromkeys(pair.reading for pair in pairs))
    names = [scenario.name for scenario in policies_of(pairs)]
    moved = [name for name in names if any(pair.moves() for pair in pairs if pair.scenario.name == name)]
    known = {(pair.reading, pair.scenario.name): pair for pair in pairs}
    if not moved or len(pairs[0].policy) < FEWEST_FOR_SHARES:
        return None
    if per_yuan:
        moved = [name for name in moved if all(known[reading, name].costs_more() for reading in readings)]
    if not moved:
        return None
    benefits = np.stack([[_gained(known[reading, name], per_yuan) for name in moved] for reading in readings])
    return regrets(benefits.transpose(0, 2, 1), moved, readings)


def _gained(pair: Pair, per_yuan: bool) -> Array:
    """What a policy gains in each setting: climbs, or climbs per bn yuan spent in that setting."""
    return pair.climbs_per_billion if per_yuan else pair.differences["climbs"]


def _lead(effects: Array, money: Array, a: int, b: int) -> int:
    """Tell whether one policy is ahead of another (1), behind (−1), or level with it (0)."""
    _, low, high = ratio_difference((effects[:, a], money[:, a]), (effects[:, b], money[:, b]))
    return (
        0 if low == high else int(low > 0) - int(high < 0)
    )  # all replications alike: too few agents to decide


def pairing_row(pair: Pair) -> Row:
    """How much paired luck reduces the variance of climbs; NaN below `FEWEST_FOR_SHARES` runs."""
    paired, independent, ratio = pairing_ratio(totals(pair.policy, "climbs"), totals(pair.base, "climbs"))
    if len(pair.policy) < FEWEST_FOR_SHARES:
        ratio = nan
    return pair.key | {"variance_paired": paired, "variance_independent": independent, "ratio": ratio}


def coefficient_rows(drawn: Pair, held: Pair, seed: int) -> list[Row]:
    """Split the variance of every lead effect into luck and uncertain coefficients of Table 5.

    Both runs have the same luck. The variance with the coefficients held fixed is due to luck; drawing them adds
    theirs: share = 1 − held / drawn, which a small sample may put below 0. ``range_low`` to ``range_high`` holds the
    middle 90 % of the replications' effects with drawn coefficients; widths are of the 95 % interval of the mean.
    """
    rows = []
    wide, narrow = drawn.differences, held.differences
    for name in LEAD:
        effect, low, high = effect_interval(wide[name])
        effect_held, low_held, high_held = effect_interval(narrow[name])
        range_low, range_high = (float(bound) for bound in np.quantile(wide[name], RANGE))
        share, share_low, share_high = variance_share(wide[name], narrow[name], seed)
        if len(wide[name]) < FEWEST_FOR_SHARES:
            share, share_low, share_high = nan, nan, nan
        rows.append(
            drawn.key
            | {"outcome": name, "unit": OUTCOMES[name].unit, "replications": len(wide[name])}
            | {"effect": effect, "effect_held": effect_held}
            | {"range_low": range_low, "range_high": range_high}
            | {"variance_drawn": float(np.var(wide[name], ddof=1))}
            | {"variance_held": float(np.var(narrow[name], ddof=1))}
            | {"share": share, "share_low": share_low, "share_high": share_high}
            | {"width_drawn": high - low, "width_held": high_held - low_held}
        )
    return rows
