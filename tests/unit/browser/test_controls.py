from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.browser.controls import controls_of, stops_of, value_of
from sim.browser.moves import with_reading, with_value, without_levers
from sim.errors import InputError
from sim.files.names import evidence_folder, scenario_names
from sim.words import Words
from sim.world.levers import LEVER_NAMES, LEVERS
from sim.world.parameters import load_parameters
from sim.world.quantities import parse_quantity, quarter_text
from sim.world.scenario import load_scenario, read_document
from sim.world.scenario_record import STRUCTURES
from sim.world.written import document

LAKELAND = "tests/provinces/lakeland.yaml"
REGISTRY = load_parameters(evidence_folder("hubei"))
START = "2026Q1"
SCENARIO = load_scenario("all_three")
CONTROLS = controls_of(SCENARIO)


def lever(name, controls=CONTROLS):
    return next(each for each in controls.levers if each.name == name)


def shares(edited):
    return {
        name: parse_quantity(entry["share_of_budget"], "share") for name, entry in edited["levers"].items()
    }


def every_lever():
    edited = document(load_scenario("baseline"))
    for name in LEVER_NAMES:
        edited = with_value(edited, lever(name).switch, True, start=START)
    return edited


# What can be moved ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*scenario_names(), LAKELAND])
def test_every_control_at_its_low_default_and_high_is_valid(name):
    before = document(load_scenario(name))
    for switch in [lever(name).switch for name in LEVER_NAMES]:
        before = with_value(before, switch, True, start=START)
    for control in controls_of(read_document(before)):
        values = {
            "slider": [control.low, control.default, control.high] if control.stops else [],
            "choice": [word for word, _ in control.choices],
            "switch": [False, True],
        }[control.kind]
        assert len(set(values)) > 1, control.key
        for value in values:
            after = with_value(before, control, value, start=START)
            read_document(after)
            assert value_of(after, control) == value


def test_all_that_the_programme_table_offers_can_be_moved():
    assert [each.name for each in CONTROLS.levers] == list(LEVER_NAMES)
    for each, row in zip(CONTROLS.levers, LEVERS, strict=True):
        assert [control.key for control in each.settings] == [
            ("levers", row.name, key) for key in row.settings
        ]
        assert each.switch.label == (row.zh, row.en)
        for control, name in zip(each.settings, row.settings.values(), strict=True):
            parameter = REGISTRY[name]
            if control.kind == "slider":
                assert (control.low, control.default, control.high) == (
                    parameter.low,
                    parameter.default,
                    parameter.high,
                )
                assert control.label == (parameter.meaning_zh, parameter.meaning_en)


def test_everything_is_told_in_both_languages():
    for control in CONTROLS:
        for zh, en in (control.label, control.explanation, *(name for _, name in control.choices)):
            assert en.isascii() or control.kind == "slider" or "\n" in en
            assert zh
        value = value_of(document(SCENARIO), control)
        if control.kind != "switch":
            assert control.text(value, Words("zh"))
            assert control.text(value, Words("en"))


@pytest.mark.parametrize(
    ("name", "value", "zh", "en"),
    [
        ("amount", 200_000.0, "20 万元/家·年", "200 k yuan per firm-year"),
        ("relabelled", 0.242, "24.2 %", "24.2 %"),
        ("relabelled", 1 / 6, "16.7 %", "16.7 %"),
    ],
)
def test_values_are_shown_in_units_of_people(name, value, zh, en):
    control = next(each for each in lever("rd_subsidy").settings if each.key[-1] == name)
    assert (control.text(value, Words("zh")), control.text(value, Words("en"))) == (zh, en)


def test_the_budget_is_shown_in_large_units():
    assert CONTROLS.budget.text(1.5e9, Words("zh")) == "15 亿元/年"
    assert CONTROLS.budget.text(1.5e9, Words("en")) == "1.5 bn yuan per year"
    assert with_value(document(SCENARIO), CONTROLS.budget, 1.5e9)["budget"] == "1.5 bn yuan"
    assert CONTROLS.budget.stops[CONTROLS.budget.nearest(1.01e9)] == 1e9


def test_stops_grow_with_the_value_where_a_range_is_wide():
    assert stops_of(1.0, 10.0, 100.0, "yuan") == (
        *(1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0),
        *(10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0),
    )
    assert stops_of(0.0, 0.0, 1.0, "share") == tuple(round(k / 100, 12) for k in range(101))
    assert stops_of(0.3, 0.3, 0.3, "share") == (0.3,)


@given(
    low=st.integers(-(10**6), 10**6).map(lambda n: n / 1000),
    widths=st.tuples(st.floats(0.0, 1.0), st.floats(1e-3, 1e9)),
    unit=st.sampled_from(["share", "yuan"]),
)
def test_stops_hold_the_ends_and_the_default(low, widths, unit):
    high = low + widths[1]
    default = min(low + widths[0] * widths[1], high)
    stops = stops_of(low, default, high, unit)
    assert (stops[0], stops[-1]) == (low, high)
    assert default in stops
    assert list(stops) == sorted(set(stops))
    assert len(stops) < 250


def test_a_start_leaves_the_lever_time():
    scenario = load_scenario("platforms", levers={"platforms": {"end": "2030Q4", "lag": 4}})
    start = lever("platforms", controls_of(scenario)).start
    assert start.choices[0][0] == "2020Q1"
    assert start.choices[-1][0] == "2029Q4"
    read_document(with_value(document(scenario), start, "2029Q4"))
    with pytest.raises(InputError, match="lag"):
        read_document(with_value(document(scenario), start, "2030Q1"))


def test_core_cities_only_where_every_lever_has_one():
    def rules(regions):
        scenario = load_scenario("platforms", levers={"platforms": {"regions": regions}})
        return [word for word, _ in controls_of(scenario).regions.choices]

    assert "core" in rules("all")
    assert "core" in rules(["Wuhan", "Enshi"])
    assert "core" not in rules(["Enshi"])


# What a move makes of a document -------------------------------------------------------------------------


def test_a_document_is_left_as_it_is():
    before = document(SCENARIO)
    kept = deepcopy(before)
    for control in (*CONTROLS.levers[0], CONTROLS.budget, CONTROLS.regions):
        value = {"switch": False, "choice": (*control.choices, ("",))[0][0], "slider": 0.5}[control.kind]
        with_value(before, control, value)
    with_reading(before, "D", "naive")
    without_levers(before)["title"]["zh"] = ""
    assert before == kept


def test_a_larger_share_scales_the_others_down():
    before = document(SCENARIO)
    after = shares(with_value(before, lever("talent_pool").share, 0.6))
    assert after == {"talent_pool": 0.6, "rd_subsidy": 0.2, "platforms": 0.2}
    uneven = with_value(with_value(before, lever("rd_subsidy").share, 0.1), lever("platforms").share, 0.2)
    assert shares(with_value(uneven, lever("talent_pool").share, 0.85)) == pytest.approx(
        {"talent_pool": 0.85, "rd_subsidy": 0.05, "platforms": 0.1}
    )
    assert shares(with_value(uneven, lever("talent_pool").share, 0.5)) == {
        "talent_pool": 0.5,
        "rd_subsidy": 0.1,
        "platforms": 0.2,
    }, "there is room"
    assert shares(with_value(before, lever("platforms").share, 1.0)) == {
        "talent_pool": 0.0,
        "rd_subsidy": 0.0,
        "platforms": 1.0,
    }


def test_levers_that_are_never_active_together_do_not_make_room():
    scenario = load_scenario(
        "baseline",
        levers={
            "talent_pool": {"start": "2022Q1", "end": "2023Q4", "share_of_budget": 0.8},
            "platforms": {"start": "2024Q1", "share_of_budget": 0.5},
            "rd_subsidy": {"start": "2024Q1", "share_of_budget": 0.5},
        },
    )
    controls = controls_of(scenario)
    after = with_value(document(scenario), lever("platforms", controls).share, 1.0)
    assert shares(after) == {"talent_pool": 0.8, "rd_subsidy": 0.0, "platforms": 1.0}
    earlier = with_value(document(scenario), lever("platforms", controls).start, "2023Q4")
    assert shares(earlier) == {"talent_pool": 0.5, "rd_subsidy": 0.5, "platforms": 0.5}
    read_document(earlier)


def test_a_lever_that_is_switched_on_gets_what_is_left():
    before = with_value(document(SCENARIO), lever("platforms").share, 0.2)
    after = with_value(before, lever("auto_delivery").switch, True, start=START)
    assert after["levers"]["auto_delivery"]["start"] == START
    assert shares(after)["auto_delivery"] == pytest.approx(1 - 2 / 3 - 0.2)
    assert {name: share for name, share in shares(after).items() if name != "auto_delivery"} == shares(before)
    alone = with_value(document(load_scenario("baseline")), lever("platforms").switch, True, start=START)
    assert alone["levers"] == {"platforms": {"start": START, "share_of_budget": "100 %"}}


def test_if_nothing_is_left_all_get_the_same():
    after = with_value(document(SCENARIO), lever("auto_delivery").switch, True, start=START)
    assert shares(after) == dict.fromkeys(("talent_pool", "rd_subsidy", "platforms", "auto_delivery"), 0.25)
    assert list(every_lever()["levers"]) == list(LEVER_NAMES), "in programme order"
    assert set(shares(every_lever()).values()) == {1 / len(LEVER_NAMES)}


def test_a_lever_that_is_switched_off_is_gone():
    after = with_value(document(SCENARIO), lever("platforms").switch, False)
    assert list(after["levers"]) == ["talent_pool", "rd_subsidy"]
    assert value_of(after, lever("platforms").switch) is False
    assert with_value(after, lever("platforms").switch, False) == after
    for name in after["levers"]:
        after = with_value(after, lever(name).switch, False)
    assert "levers" not in after
    assert read_document(after).levers == ()


def test_switching_on_again_changes_nothing():
    before = document(SCENARIO)
    assert with_value(before, lever("platforms").switch, True, start=START) == before


def test_a_switch_needs_a_start_and_a_setting_its_lever():
    with pytest.raises(ValueError, match="first quarter"):
        with_value(document(SCENARIO), lever("auto_delivery").switch, True)
    with pytest.raises(ValueError, match="not used"):
        with_value(document(SCENARIO), lever("auto_delivery").strength, 0.5)


def test_a_setting_that_stands_under_parameters_is_seen_and_overridden():
    scenario = load_scenario("baseline", parameters={"pool_capacity": 30_000})
    capacity = lever("talent_pool").settings[0]
    assert value_of(document(scenario), capacity) == 30_000
    on = with_value(document(scenario), lever("talent_pool").switch, True, start=START)
    assert value_of(on, capacity) == 30_000
    changed = with_value(on, capacity, capacity.default)
    assert value_of(changed, capacity) == capacity.default
    assert read_document(changed).parameters["pool_capacity"] == capacity.default


def test_all_readings():
    before = document(SCENARIO)
    for structure in STRUCTURES:
        for causal_reading in ("selective", "naive"):
            found = read_document(with_reading(before, structure, causal_reading))
            assert found.digest == SCENARIO.with_reading(structure, causal_reading).digest
    with pytest.raises(ValueError, match="no such reading"):
        with_reading(before, "W", "naive")
    with pytest.raises(ValueError, match="of its own"):
        with_reading(before, "V", "own")


def test_own_shares_stay_while_the_structure_changes():
    own = load_scenario("baseline", difficulty={"causal_reading": {"X3": 0.4}})
    found = read_document(with_reading(document(own), "D", "own"))
    assert found.digest == own.with_reading("D", "own").digest


def test_the_baseline_has_no_levers():
    base = read_document(without_levers(document(SCENARIO)))
    assert base.levers == ()
    assert base.digest == load_scenario("baseline", name="all_three").digest


moves = st.lists(
    st.tuples(st.integers(0, len(list(CONTROLS)) - 1), st.floats(0.0, 1.0), st.integers(8080, 8131)),
    max_size=12,
)


@settings(max_examples=30)
@given(moves=moves)
def test_any_moves_give_a_scenario(moves):
    """Whatever is moved, in whatever order, the document stays valid and shares out at most the whole budget."""
    now = document(SCENARIO)
    for at, part, quarter in moves:
        control = list(controls_of(read_document(now)))[at]
        if control.kind == "switch":
            now = with_value(now, control, part < 0.5, start=quarter_text(quarter))
        elif control.lever is None or control.lever in now.get("levers", {}):
            values = control.stops or [word for word, _ in control.choices]
            now = with_value(now, control, values[round(part * (len(values) - 1))])
        read_document(now)
