"""Show: what people see of a comparison and of a run, on invented numbers in the frames' real shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.evidence.tables import Evidence, load_evidence
from sim.world.scenario import load_scenario
from sim.world.scenario_record import Scenario

HUBEI = Path(__file__).parents[2] / "calibration" / "hubei"
READINGS = ("V-selective", "V-naive", "D-selective", "D-naive")
UNDEFINED = "undefined: the effect covers 0"
UNITS = {"value_added": "yuan", "climbs": "firms", "quality_stock": "firms", "theil": "index points"}
QUARTERS = [f"{year}Q{q}" for year in range(2020, 2033) for q in range(1, 5)]

# Invented extra climbs under the four readings, and half-widths: gains, a loss and effects that cover 0.
CLIMBS = {
    "talent_pool": ((820.0, 110.0), (2310.0, 240.0), (1460.0, 130.0), (1500.0, 140.0)),
    "subsidies": ((35.0, 90.0), (-410.0, 150.0), (260.0, 80.0), (240.0, 85.0)),
    "platforms": ((1240.0, 160.0), (1190.0, 190.0), (930.0, 120.0), (-60.0, 125.0)),
    "all_three": ((905.0, 120.0), (1600.0, 170.0), (1280.0, 125.0), (960.0, 115.0)),
    "concentrate": ((610.0, 140.0), (1010.0, 180.0), (1100.0, 160.0), (700.0, 150.0)),
}


@dataclass(frozen=True)
class Invented:
    """The parts of a comparison that are shown, with invented numbers."""

    effects: pd.DataFrame
    costs: pd.DataFrame
    paths: pd.DataFrame
    regions: pd.DataFrame
    response: pd.DataFrame
    break_even: pd.DataFrame
    ranking: pd.DataFrame
    pairing: pd.DataFrame
    base: Scenario
    policies: tuple[Scenario, ...]
    titles: dict[str, dict[str, str]]
    replications: int
    seed: int
    evidence: Evidence
    grades: dict[str, int]


def ratio(money: float, effect: float, half: float) -> tuple[float, float, float, str]:
    """Yuan per climb with bounds; undefined where the effect covers 0."""
    if abs(effect) <= half:
        return math.nan, math.nan, math.nan, UNDEFINED
    bounds = sorted((money / (effect - half), money / (effect + half)))
    return money / effect, bounds[0], bounds[1], ""


def invent(names: tuple[str, ...] = ("talent_pool", "subsidies", "platforms")) -> Invented:
    evidence = load_evidence(HUBEI)
    base, policies = load_scenario("baseline"), tuple(load_scenario(name) for name in names)
    luck = np.random.default_rng(7)
    rows: dict[str, list[dict[str, Any]]] = {
        key: []
        for key in ("effects", "costs", "paths", "regions", "response", "break_even", "ranking", "pairing")
    }
    for r, reading in enumerate(READINGS):
        order = sorted(names, key=lambda name, r=r: -CLIMBS[name][r][0])
        for name in names:
            key = {"reading": reading, "scenario": name}
            effect, half = CLIMBS[name][r]
            others = {
                "climbs": (effect, half, 61000.0),
                "quality_stock": (0.55 * effect, 0.7 * half, 34100.0),
                "value_added": (effect * 4e7, half * 6e7, 2.1e13),
                "difficulty_share": (-effect / 2e3, half / 2e3, 41.0),
                "difficulty_within": (-effect / 1.5e3, half / 2e3, 41.0),
                "difficulty_composition": (effect / 8e3, half / 8e3, 0.0),
                "difficulty_entrants": (effect / 2.4e4, half / 2.4e4, 0.0),
                "theil": (-effect / 4e4, half / 2e4, 8.1),
            }
            for outcome, (value, width, level) in others.items():
                rows["effects"].append(
                    key
                    | {
                        "outcome": outcome,
                        "unit": UNITS.get(outcome, "percentage points"),
                        "effect": value,
                        "low": value - width,
                        "high": value + width,
                        "replications": 30,
                        "base": level,
                        "resolved": name != "subsidies"
                        or outcome not in ("climbs", "quality_stock", "value_added"),
                    }
                )
            spent = 8.7e9 if name == "talent_pool" else 8.998e9
            cost = dict(
                zip(("yuan_per_climb", "low", "high", "note"), ratio(spent, effect, half), strict=True)
            )
            rows["costs"].append(
                key | {"authorised_yuan": 9e9, "spent_yuan": spent, "gap": 1 - spent / 9e9} | cost
            )
            for outcome, level in (
                ("climbs", 61000.0),
                ("quality_stock", 34100.0),
                ("difficulty_share", 41.0),
            ):
                for k, quarter in enumerate(QUARTERS):
                    grown = max(0.0, (k - 15) / 36) ** 1.3 * luck.normal(1, 0.02)
                    size = {"climbs": 1.0, "quality_stock": 0.55, "difficulty_share": -5e-4}[outcome]
                    value, width = size * effect * grown, abs(size) * half * grown**0.5 if k >= 16 else 0.0
                    start = {"climbs": 1500.0, "quality_stock": 7892.0, "difficulty_share": 45.0}[outcome]
                    ground = start + (level - start) * (k / 51) ** 0.8
                    rows["paths"].append(
                        key
                        | {"quarter": quarter, "outcome": outcome, "base": ground, "policy": ground + value}
                        | {"effect": value, "low": value - width, "high": value + width}
                    )
            for n, region in enumerate(evidence.regions):
                for outcome in ("climbs", "quality_stock"):
                    share = luck.normal(effect / 17, 45)
                    width = abs(luck.normal(30, 6))
                    rows["regions"].append(
                        key
                        | {
                            "region": region.code,
                            "region_zh": region.zh,
                            "region_en": region.en,
                            "outcome": outcome,
                        }
                        | {"effect": share, "low": share - width, "high": share + width}
                        | {"per_thousand_firms": share / (12.0 if n == 0 else 5.5)}
                    )
            for budget in (0.25e9, 0.5e9, 1e9, 2e9, 4e9):
                scale = (budget / 1e9) ** 0.8
                climbs, width = effect * scale, half * scale**0.4
                spent = budget * 9 * (0.93 if name == "talent_pool" and budget > 1e9 else 0.999)
                cost = dict(
                    zip(("yuan_per_climb", "low", "high", "note"), ratio(spent, climbs, width), strict=True)
                )
                rows["response"].append(
                    key
                    | {"budget_yuan_per_year": budget, "spent_yuan": spent, "climbs": climbs}
                    | {"climbs_low": climbs - width, "climbs_high": climbs + width}
                    | cost
                )
            policy = policies[names.index(name)]
            for rival in names:
                for use in policy.levers:
                    if rival == name:
                        continue
                    other = CLIMBS[rival][r][0]
                    defined = effect > half and other > 0
                    rows["break_even"].append(
                        key
                        | {"rival": rival, "lever": use.name, "unit_cost": 25000.0}
                        | {"break_even": 25000.0 * effect / other if defined else math.nan}
                        | {"note": "" if defined else UNDEFINED}
                    )
            rows["ranking"].append(
                key | {"rank": 1 + order.index(name), "best_share": 0.93 if order[0] == name else 0.035}
            )
            rows["pairing"].append(
                key
                | {"variance_paired": half**2, "variance_independent": 26.4 * half**2, "ratio": 26.4 - 3 * r}
            )
    return Invented(
        **{key: pd.DataFrame(value) for key, value in rows.items()},
        base=base,
        policies=policies,
        titles={s.name: s.title for s in (base, *policies)},
        replications=30,
        seed=2024,
        evidence=evidence,
        grades={"assumed": 133, "derived": 37, "literature": 9, "official": 1, "seed": 1},
    )
