import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model import governments
from sim.model.governments import payable
from sim.world.constants import ORIGIN
from sim.world.levers import CHANNELS, FIRM_RULES, LEVER_NAMES, LEVERS, TERMS
from sim.world.population import apportion
from sim.world.programme import build_programme, region_weights
from tests.reference_money import payable as paid_out_of
from tests.small_province import ALL_LEVERS, EVIDENCE, small

CODES = tuple(region.code for region in EVIDENCE.regions)
WUHAN = CODES[0]
QUARTERS = 8 + 24


def programme(**given):
    return build_programme(small(**given), EVIDENCE, ORIGIN, QUARTERS)


def row(lever):
    return LEVER_NAMES.index(lever)


def test_the_kernel_knows_the_channels_terms_and_rules_in_their_order():
    names = [name for name in vars(governments) if name.startswith("C_")]
    assert {name: getattr(governments, name) for name in names} == {
        f"C_{channel.upper()}": k for k, channel in enumerate(CHANNELS)
    }
    names = [name for name in vars(governments) if name.startswith("T_")]
    assert {name: getattr(governments, name) for name in names} == {
        f"T_{term.name.upper()}": k for k, term in enumerate(TERMS)
    }
    assert {name: getattr(governments, name.upper()) for name in FIRM_RULES} == {
        name: k for k, name in enumerate(FIRM_RULES)
    }


def test_a_lever_that_is_not_used_is_never_in_force_and_has_no_money():
    rows = programme(levers={"platforms": {"start": "2021Q1", "share_of_budget": 1}})
    for lever in LEVER_NAMES:
        assert (rows.budget[row(lever)].sum() > 0) == (lever == "platforms")
        assert (rows.strength[row(lever)] > 0) == (lever == "platforms")
        assert (rows.first[row(lever)] < QUARTERS) == (lever == "platforms")


def test_money_follows_the_quarters_in_force_to_the_yuan():
    given = {"start": "2020Q4", "end": "2022Q2", "share_of_budget": 0.3}
    rows = programme(budget="1 bn yuan", levers={"rd_subsidy": given})
    by_year = rows.budget[row("rd_subsidy")].sum(axis=1).tolist()
    assert by_year == [0, 0, 75_000_000, 300_000_000, 150_000_000, 0, 0, 0]
    assert rows.first[row("rd_subsidy")] == 8 + 3
    assert rows.last[row("rd_subsidy")] == 8 + 9


def test_a_lag_delays_support_and_not_money():
    given = {"start": "2021Q1", "share_of_budget": 1, "lag": 3}
    rows = programme(levers={"rd_subsidy": given})
    assert rows.first[row("rd_subsidy")] == 8 + 7
    assert rows.budget[row("rd_subsidy"), 3].sum() == 10**9


def test_scenarios_with_the_same_shares_are_authorised_the_same_yuan():
    thirds = {lever: {"start": "2021Q1", "share_of_budget": 1 / 3} for lever in LEVER_NAMES[:3]}
    whole = {"platforms": {"start": "2021Q1", "share_of_budget": 1}}
    split, alone = (programme(budget=999_999_998, levers=levers).budget for levers in (thirds, whole))
    assert split.sum(axis=(0, 2)).tolist() == alone.sum(axis=(0, 2)).tolist()


@pytest.mark.parametrize("rule", ["equal", "gdp", "need", "core"])
def test_regions_get_money_by_the_rule_and_no_other_region_any(rule):
    used = CODES[:9]
    rows = programme(
        levers={
            "platforms": {"start": "2021Q1", "share_of_budget": 1, "allocation": rule, "regions": list(used)}
        }
    )
    weights = region_weights(EVIDENCE, rule, used)
    money = rows.budget[row("platforms"), 3]
    assert money.sum() == 10**9
    assert np.abs(money - 10**9 * weights / weights.sum()).max() < 1
    assert (money[9:] == 0).all()


def test_rules_of_regions_say_what_they_say():
    def weights(rule):
        return dict(zip(CODES, region_weights(EVIDENCE, rule, CODES), strict=True))

    gdp, need, core = weights("gdp"), weights("need"), weights("core")
    assert len(set(weights("equal").values())) == 1
    assert max(gdp, key=gdp.get) == WUHAN
    assert need[WUHAN] / sum(need.values()) < gdp[WUHAN] / sum(gdp.values())
    assert {code for code, weight in core.items() if weight > 0} == {
        region.code for region in EVIDENCE.regions if region.core
    }


def test_rows_carry_what_the_scenario_says():
    used = ALL_LEVERS["energy_relief"] | {
        "strength": 0.5,
        "firms": "ladder",
        "amount": "20k yuan",
        "relief": 0.1,
        "for": {"levels": [1, 3], "industries": ["autos"], "min_staff": 10, "max_staff": 99},
    }
    rows = programme(levers={"energy_relief": used})
    k = row("energy_relief")
    assert (rows.strength[k], rows.unit[k], rows.least_staff[k], rows.most_staff[k]) == (0.5, 20_000, 10, 99)
    assert FIRM_RULES[rows.rule[k]] == "ladder"
    assert rows.levels[k].tolist() == [False, True, False, True, False]
    assert [i.id for i, able in zip(EVIDENCE.industries, rows.industries[k], strict=True) if able] == [
        "autos"
    ]
    assert dict(zip(CHANNELS, rows.effect[k], strict=True))["energy"] == 0.1


def test_every_lever_moves_a_channel_and_every_channel_is_moved():
    values = small().parameters
    moved = [set(lever.effects(values)) for lever in LEVERS]
    assert all(moved)
    assert set().union(*moved) == set(CHANNELS)


def test_terms_stand_in_the_row_of_the_lever_that_has_them_and_nowhere_else():
    given = ALL_LEVERS["talent_pool"] | {"lock_in": 0.3, "capacity": "5000 people", "match_reach": "region"}
    rows = programme(levers={"talent_pool": given})
    pool = dict(zip((term.name for term in TERMS), rows.terms[row("talent_pool")], strict=True))
    values = small().parameters
    own = {"capacity": 5000, "placement": values["cost_match"], "reach": 0, "lock": 0.3}
    own |= {"priority": 1, "sourced": values["pool_sourced"], "sourcing": values["cost_source"]}
    assert pool == dict.fromkeys(pool, 0) | own
    for lever in LEVERS:
        found = {term.name for term, number in zip(TERMS, rows.terms[row(lever.name)], strict=True) if number}
        assert found <= set(lever.terms) | set(lever.nature)


MONEY = st.integers(0, 10**9)


@given(MONEY, st.lists(st.floats(0, 1e6), min_size=1, max_size=17).filter(lambda w: sum(w) > 1))
def test_apportioning_loses_nothing(total, weights):
    parts = apportion(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()
    assert np.abs(parts - total * np.array(weights) / sum(weights)).max() < 1 + 1e-6


@given(st.lists(st.integers(-(10**7), 10**9), min_size=1, max_size=17))
def test_regions_pay_out_of_their_purses_and_never_more_than_there_is(purse):
    may = payable(sum(purse), np.array(purse, np.int64))
    assert (may >= 0).all()
    assert (may <= np.maximum(purse, 0)).all()
    assert may.sum() <= max(sum(purse), 0)
    if min(purse) >= 0:
        assert may.tolist() == purse
    assert may.tolist() == paid_out_of(purse)
