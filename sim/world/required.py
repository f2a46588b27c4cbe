"""The numbers that a registry must hold: exactly those that the model reads, in units that it knows."""

from __future__ import annotations

from sim.world.inputs import Parameters, series
from sim.world.levers import LEVERS

#: Numbers that are used to build the world and that the kernel never sees.
OF_THE_WORLD = (
    *("firms_2019", "level1_2019", "hightech_2019", "level3_2019", "level4_2019", "talent_2019"),
    *("overlap", "certificate_growth", "quota_4", "success_low", "success_high"),
    *("entry", "graduates", "graduate_growth", "tau_growth", "cycle_2020"),
    *("wage_gradient", "migration_elasticity", "move_decay"),
    *("lambda", "spill_cut", "own_cell", "seat_decay"),
    *("construction_share", "rest_growth", "rest_productivity"),
)

#: Causal shares of the coefficients that Table 5 estimates.
KAPPA = (1, 2, 3, 4, 5, 6, 7, 10, 11, 13)

OF_THE_KERNEL = tuple(
    number
    for name in Parameters._fields
    for number in ([f"{name}_{k}" for k in range(series()[name])] if name in series() else [name])
)

REQUIRED: frozenset[str] = frozenset(OF_THE_KERNEL).union(
    OF_THE_WORLD, ["kappa_star"], (f"kappa_{k}" for k in KAPPA), *(lever.parameters for lever in LEVERS)
)

#: Numbers that calibration fits to the record.
FREE = ("h0_1", "h0_direct", "h0_2", "a_U", "entry", "adopt", "size_median_1", "rd_level_1", "rd_level_2")
FITTED: frozenset[str] = frozenset(FREE)

#: No number of the model is larger.
MOST = 1e12
#: Hard bounds by unit, whatever range the registry states: (low, high, whether high is excluded).
BOUNDS: dict[str, tuple[float, float, bool]] = {
    "cell sides": (0.0, MOST, False),
    "class": (0.0, MOST, False),
    "decay lengths": (0.0, MOST, False),
    "elasticity": (0.0, MOST, False),
    "factor": (0.0, MOST, False),
    "firms": (0.0, MOST, False),
    "firms per year": (0.0, MOST, False),
    "km": (0.0, MOST, False),
    "log": (-20.0, 20.0, False),
    "log per class": (0.0, MOST, False),
    "log-hazard": (0.0, MOST, False),
    "log-odds": (0.0, 20.0, False),
    "people": (0.0, MOST, False),
    "people per year": (0.0, MOST, False),
    "people per staff^0.8": (0.0, MOST, False),
    "per quarter": (0.0, 1.0, True),
    "per year": (0.0, 1.0, True),
    "probability": (0.0, 1.0, False),
    "proportional": (-1.0, 10.0, False),
    "quarters": (0.0, MOST, False),
    "ratio": (0.0, MOST, False),
    "share": (0.0, 1.0, False),
    "share per year": (0.0, 1.0, False),
    "switch": (0.0, 1.0, False),
    "universities": (0.0, MOST, False),
    "years": (0.0, MOST, False),
    "yuan": (0.0, MOST, False),
    "yuan per firm": (0.0, MOST, False),
    "yuan per firm-year": (0.0, MOST, False),
    "yuan per person": (0.0, MOST, False),
    "yuan per person-quarter": (0.0, MOST, False),
    "yuan per person-year": (0.0, MOST, False),
    "yuan per placement": (0.0, MOST, False),
    "yuan per unit": (0.0, MOST, False),
    "yuan per year": (0.0, MOST, False),
    "yuan per yuan": (-1.0, 10.0, False),
}

#: Times that the model counts in whole quarters.
WHOLE = frozenset(
    [
        "record_quarters",
        "campaign_quarters",
        "owed_quarters",
        "scar",
        "platform_lag",
        "patience",
        "delay_P09",
        "lasts_P07",
        "delay_P23",
    ]
)

#: Numbers used as divisors.
POSITIVE = frozenset(
    [
        "firms_2019",
        "hightech_2019",
        "level1_2019",
        "talent_2019",
        "found",
        "enter",
        "lambda",
        "border",
        "seat_decay",
        "move_decay",
        "burden_memory",
        "rd_unit",
        "small_staff",
        "staff_P08",
        "funds_usual",
        "vacancy_usual",
        "rest_productivity",
        "wanted_power",
        "energy_spread",
        "transaction_spread",
        "shock_share",
    ]
)
