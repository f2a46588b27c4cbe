"""The kernel equals its twin: state hash after quarter zero and after every quarter, and every count of every quarter.

Events are counted, so that no case passes because nothing happened.
"""

from collections import Counter
from random import Random

import numpy as np
import pytest

from sim.evidence.regression import coefficients
from sim.files.names import evidence_folder
from sim.model.outputs import METRICS
from sim.model.state import state_hash
from sim.runs.coefficients import draw_coefficients
from sim.world.compiled import compile_scenario
from sim.world.levers import FIRM_RULES, LEVER_NAMES, REGION_RULES
from sim.world.parameters import load_parameters
from tests import reference, reference_firms
from tests.reference_numbers import exp
from tests.reference_world import as_arrays, as_state, differences
from tests.small_province import (
    ALL_LEVERS,
    EVIDENCE,
    OF_FIRMS,
    begin,
    go_on,
    province,
    quarters_of,
    small,
    whole_run,
)
from tests.stated_covariance import evidence_with

REGISTRY = load_parameters(evidence_folder("hubei"))
LATER = {lever: given | {"start": "2021Q3"} for lever, given in ALL_LEVERS.items()}

CASES = {
    # Much coming and going, a small pool, money that runs out; reading V.
    "crowded": {
        "seed": 1,
        "scale": 0.003,
        "budget": "1.5 bn yuan",
        "levers": ALL_LEVERS
        | {"talent_pool": ALL_LEVERS["talent_pool"] | {"capacity": "1000 people"}}
        | {"laboratories": ALL_LEVERS["laboratories"] | {"amount": "50 m yuan", "building_time": 4}},
        "parameters": {"entry": 0.2, "exit": 0.12, "found": 1, "exit_insolvent": 5},
        "shocks": [
            {"kind": "energy_price", "start": "2022Q1", "end": "2022Q4", "size": 0.5},
            {"kind": "demand", "start": "2021Q1", "end": "2022Q4", "size": -0.4},
        ],
    },
    # Reading D, naive, column 5, levers for some firms in some places, part strength, money by need.
    "choosy": {
        "seed": 2,
        "structure": "D",
        "difficulty": {"column": 5, "causal_reading": "naive"},
        "budget": "4 bn yuan",
        "allocation": {"regions": "need", "firms": "need"},
        "levers": {
            "talent_pool": LATER["talent_pool"]
            | {
                "share_of_budget": 0.3,
                "strength": 0.6,
                "match_reach": "region",
                "match_order": "after_market",
                "end": "2024Q2",
            },
            "rd_subsidy": LATER["rd_subsidy"]
            | {"firms": "best_first", "strength": 0.7, "additionality": 0.5},
            "platforms": LATER["platforms"]
            | {"firms": "small_first", "lag": 2, "for": {"levels": [0, 1, 2]}},
            "talent_support": LATER["talent_support"] | {"firms": "ladder", "allocation": "equal"},
            "certificate_award": {"start": "2021Q1", "share_of_budget": 0.05, "amount": "100k yuan"},
            "auto_delivery": LATER["auto_delivery"] | {"for": {"min_staff": 5, "max_staff": 300}},
            "technology_managers": LATER["technology_managers"] | {"strength": 0.5, "firms": "need"},
            "energy_relief": LATER["energy_relief"]
            | {"for": {"industries": ["chemicals", "autos", "textiles"]}},
        },
        "shocks": [{"kind": "demand", "start": "2023Q1", "end": "2023Q4", "size": -0.2, "regions": "core"}],
        "parameters": {"add_P01": 0.5, "renew_certificate": 0.4, "want_rise": 0.15},
    },
    # Own causal shares, column 7, core cities; placements cost more than holding, so some pooled go unplaced.
    "core": {
        "seed": 3,
        "scale": 0.003,
        "difficulty": {"column": 7, "causal_reading": {"X3": 1, "X4": 0.3, "X7": 0.5, "X10": 1}},
        "allocation": {"regions": "core", "firms": "ladder"},
        "budget": "1 bn yuan",
        "levers": {
            "talent_pool": {
                "start": "2020Q2",
                "share_of_budget": 0.5,
                "holding_cost": "12k yuan",
                "placement_cost": "15k yuan",
                "sourced": "10000 people",
                "lock_in": 0,
            },
            "platforms": {"start": "2020Q1", "share_of_budget": 0.2, "amount": "100k yuan", "firms": "need"},
            "energy_relief": {
                "start": "2021Q2",
                "share_of_budget": 0.02,
                "amount": "10k yuan",
                "firms": "best_first",
                "regions": "core",
                "for": {"levels": [2, 3, 4]},
            },
        },
        "parameters": {
            "accept": 0.8,
            "tau_1": 0.285,
            "tau_2": 0.33,
            "quota_4": 150,
            "h0_2": 0.024,
            "mobile": 0.1,
        },
    },
    # Many firms are short of cash for a fee and owe it; the only firms of a level have failed; firms close so fast that
    # a region employs more R&D people than its living firms have staff.
    "slump": {
        "seed": 8,
        "scale": 0.001,
        "horizon": {"start": "2020Q1", "end": "2022Q2"},
        "parameters": {
            "exit": 0.12,
            "exit_insolvent": 5,
            "wanted_power": 1,
            "tau_1": 0.285,
            "tau_2": 0.33,
            "tau_3": 0.4,
            "climb_cost_2": 300_000,
            "cash_share": 0.1,
            "h0_1": 0.5,
            "success_low": 0.5,
            "success_high": 0.3,
            "scar": 12,
        },
        "shocks": [{"kind": "demand", "start": "2020Q2", "end": "2022Q2", "size": -0.9}],
    },
    # Certificates and titles are lost often, projects fail often, and a failure is felt for long.
    "reviewed": {
        "seed": 10,
        "scale": 0.005,
        "horizon": {"start": "2020Q1", "end": "2029Q4"},
        "parameters": {
            "level3_2019": 300,
            "h0_2": 0.08,
            "quota_4": 300,
            "renew_registration": 0.6,
            "renew_certificate": 0.85,
            "renew_title": 0.6,
            "success_low": 0.5,
            "success_high": 0.3,
            "sunk": 1,
            "scar": 12,
            "exit_scar": 2,
            "exit": 0.12,
        },
    },
    # Reading V*: small grants count in proportion.
    "survey channels": {
        "seed": 5,
        "structure": "V*",
        "budget": "4 bn yuan",
        "levers": {
            "rd_subsidy": {"start": "2020Q3", "share_of_budget": 0.5, "amount": "60k yuan"},
            "platforms": {"start": "2021Q1", "share_of_budget": 0.3},
        },
    },
    # What money builds: centres with more places than firms, states of places that are complete, open borders, much
    # research at hand; reading D, part strength.
    "places": {
        "seed": 6,
        "scale": 0.004,
        "structure": "D",
        "budget": "6 bn yuan",
        "levers": {
            "proof_centres": {"start": "2020Q2", "share_of_budget": 0.2, "strength": 0.5, "building_time": 2}
            | {"for": {"levels": [1, 2]}, "firms": "best_first"},
            "pilot_centres": {"start": "2020Q1", "share_of_budget": 0.2, "end": "2022Q4", "building_time": 5}
            | {"amount": "10 m yuan", "serves": 30, "for": {"levels": 3}},
            "technology_managers": {
                "start": "2020Q3",
                "share_of_budget": 0.2,
                "tie_lasts": 6,
                "accepted": 0.5,
            },
            "laboratories": {
                "start": "2020Q1",
                "share_of_budget": 0.2,
                "amount": "50 m yuan",
                "building_time": 6,
            },
            "coordination": {
                "start": "2020Q2",
                "share_of_budget": 0.1,
                "amount": "5 m yuan",
                "end": "2023Q2",
            },
            "ip_protection": {"start": "2021Q1", "share_of_budget": 0.1, "strength": 0.7},
        },
        "parameters": {"tie_gain": 0.8, "protect_gain": 0.5, "drive_most": 1.2},
    },
    # No policy, other replication, fine grid for a short while.
    "left alone": {"seed": 4, "scale": 0.001, "grid": "0.1", "horizon": {"start": "2020Q1", "end": "2022Q2"}},
}
# What the twin must have met; a lever is exhausted when somebody is left out and the purse cannot pay one unit more.
MET = {
    "crowded": {
        "not measured, money spent",
        "insolvent",
        "windfall",
        "pool at capacity",
        ("exhausted", "rd_subsidy"),
        ("exhausted", "talent_support"),
        ("exhausted", "auto_delivery"),
        ("exhausted", "certificate_award"),
        ("exhausted", "technology_managers"),
        ("exhausted", "coordination"),
        ("exhausted", "ip_protection"),
    },
    "choosy": {"windfall", "pool at capacity", ("exhausted", "platforms")},
    "core": {
        "placement without money",
        "sourcing without money",
        ("exhausted", "talent_pool"),
        ("exhausted", "energy_relief"),
    },
    "slump": {"talent of closed firms in staff", "way closed to all", "short of cash", "fee owed"},
    "reviewed": {
        "registration by record",
        "direct way",
        "failure",
        "scarred firm barred",
        "fee paid off",
        "scarred firm closes",
        "deregistration",
        "renewal",
        "lapse",
        "lapse of a titled firm",
        "title renewed",
        ("title lost", "3"),
        ("title lost", "4"),
        "designation by record",
        "designation by quota",
    },
    "survey channels": {("exhausted", "rd_subsidy")},
    "places": {
        ("idle", "pilot_centres"),
        ("gains nothing", "technology_managers"),
        ("served", "proof_centres"),
        ("served", "technology_managers"),
        ("exhausted", "proof_centres"),
        ("exhausted", "pilot_centres"),
        ("exhausted", "laboratories"),
        ("complete", "coordination"),
        ("complete", "ip_protection"),
        "project of a tied or served firm",
        "drive at its most",
    },
    "left alone": set(),
}
COUNTED = (
    "entries", "exits", "climbs_1", "climbs_2", "climbs_3", "slides", "reclimbs", "adoptions", "people_in",
    "people_out", "moved_in", "moved_out", "separations", "hires", "certificates", "renewals", "lapses", "failures",
)  # fmt: skip
OF_THE_POOL = (
    "pool_placements", "pool_placements_own_region", "pool_displacing", "pool_displacing_graduates", "pool_refused",
    "pool_public", "sourced",
)  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_kernel_is_its_twin(case):
    given = dict(CASES[case])
    seed = given.pop("seed")
    compiled = province(**given)
    kernel, twin = begin(compiled, seed, 5), reference.genesis(compiled, seed, 5)
    assert_equal(kernel, twin)
    counted = 0
    for _ in range(quarters_of(compiled)):
        counts = go_on(kernel, compiled, 1)
        reference.quarter(twin)
        assert_equal(kernel, twin)
        by_region, by_industry = as_arrays(twin)
        np.testing.assert_array_equal(counts.by_region[0], by_region, strict=True)
        np.testing.assert_array_equal(counts.by_industry[0], by_industry, strict=True)
        counted = counted + by_region.sum(axis=0)

    happened = {metric.name for metric, amount in zip(METRICS, counted, strict=True) if amount != 0}
    levers = given.get("levers", {})
    assert happened.issuperset(COUNTED if levers else ("entries", "exits", "moved_in"))
    if "talent_pool" in levers:
        assert happened.issuperset(OF_THE_POOL)
    assert {name for name in LEVER_NAMES if twin.events["supported", name] > 0} == set(levers)
    assert {name for name in LEVER_NAMES if f"spent_{name}" in happened} == set(levers)
    assert all(twin.events[event] > 0 for event in MET[case]), twin.events


SURE = {"success_low": 1, "success_high": 1}
IDLE = ("sunk", "scar", "exit_scar")


def test_where_every_project_succeeds_there_are_no_projects(monkeypatch):
    """Whatever a failure would cost, the run is that of a model in which firms climb or do not."""
    monkeypatch.setattr(reference_firms, "try_to_climb", climb_by_the_hazard)
    given = {"scale": 0.003, "levers": LATER, "horizon": {"start": "2020Q1", "end": "2024Q4"}}
    cheap, dear = (
        province(**given, parameters=SURE | {name: getattr(REGISTRY[name], end) for name in IDLE})
        for end in ("low", "high")
    )
    kernels, twin = [begin(compiled, 8) for compiled in (cheap, dear)], reference.genesis(dear, 8, 0)
    counted = Counter()
    for _ in range(quarters_of(cheap)):
        reference.quarter(twin)
        for kernel, compiled in zip(kernels, (cheap, dear), strict=True):
            go_on(kernel, compiled, 1)
            assert_equal(kernel, twin)
        counted.update(metric for (_, _, metric), count in twin.counts.items() if count > 0)
    assert counted.keys() >= {"climbs_1", "climbs_2", "climbs_3", "reclimbs"}
    assert twin.events["direct way"] > 0


def climb_by_the_hazard(world, firm, u, bases):
    """One chance from the hazards of a firm's ways; where there are two, the lowest numbers take the higher."""
    ways = {0: [(0, 2), (0, 1)], 1: [(1, 2)], 2: [(2, 3)]}.get(firm.level, [])
    hazards = [reference_firms.hazard(world, firm, way, bases) for way in ways]
    chance = 1.0 - exp(-sum(hazards))
    if u < chance:
        higher = u < chance * (hazards[0] / sum(hazards))
        world.events["direct way"] += higher and firm.level == 0
        reference_firms.climb(world, firm, ways[0 if higher else 1][1])


def test_every_lever_runs_out_of_money_in_some_case():
    assert {event[1] for met in MET.values() for event in met if event[0] == "exhausted"} == set(LEVER_NAMES)


def test_the_kernel_is_its_twin_with_coefficients_drawn(tmp_path):
    evidence = evidence_with(tmp_path / "hubei", {"_cons": 0.7, "X3": 1.0, "X7": 0.5, "X11": 0.5}, 0.2)
    scenario = small(
        difficulty={"coefficients": "drawn", "causal_reading": "naive"},
        horizon={"start": "2020Q1", "end": "2022Q2"},
        levers=ALL_LEVERS,
    )
    compiled = compile_scenario(scenario, evidence)
    compiled = compiled._replace(inputs=draw_coefficients(compiled.inputs, 6, 2))
    kernel, twin = begin(compiled, 6, 2), reference.genesis(compiled, 6, 2)
    for _ in range(quarters_of(compiled)):
        go_on(kernel, compiled, 1)
        reference.quarter(twin)
        assert_equal(kernel, twin)
    assert state_hash(kernel) != state_hash(whole_run(province_like(compiled), 6, 2).state)


def province_like(compiled):
    """The same province with the printed coefficients."""
    return compiled._replace(inputs=compiled.inputs._replace(beta=np.array(coefficients(EVIDENCE, 9))))


def assert_equal(kernel, twin):
    copied = as_state(twin)
    assert state_hash(kernel) == state_hash(copied), "\n".join(differences(kernel, copied)[:40])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_the_kernel_is_its_twin_anywhere_in_the_ranges(seed):
    """Half the parameters anywhere between their low and high ends, levers of any kind, eleven quarters."""
    random = Random(seed)
    parameters = {
        name: round(random.uniform(p.low, p.high), None if p.whole or p.high >= 100 else 6)
        for name, p in REGISTRY.items()
        if random.random() < 0.5
    }
    levers = {
        name: given
        | {"strength": random.choice([0.3, 1]), "allocation": random.choice(REGION_RULES)}
        | ({"firms": random.choice(FIRM_RULES)} if name in OF_FIRMS else {})
        for name, given in ALL_LEVERS.items()
        if random.random() < 0.7
    }
    compiled = province(
        scale=random.choice([0.001, 0.002]),
        structure=random.choice(["V", "D"]),
        horizon={"start": "2020Q1", "end": "2022Q3"},
        budget=random.choice([200_000_000, 1_000_000_000, 10_000_000_000]),
        difficulty={
            "column": random.randint(1, 9),
            "causal_reading": random.choice(["naive", "selective"]),
        },
        levers=levers,
        parameters=parameters,
    )
    kernel, twin = begin(compiled, seed), reference.genesis(compiled, seed, 0)
    assert_equal(kernel, twin)
    for _ in range(quarters_of(compiled)):
        counts = go_on(kernel, compiled, 1)
        reference.quarter(twin)
        assert_equal(kernel, twin)
        for found, right in zip((counts.by_region[0], counts.by_industry[0]), as_arrays(twin), strict=True):
            np.testing.assert_array_equal(found, right)
