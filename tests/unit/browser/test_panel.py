"""What clicks and changes do to a session, including those of a hostile browser."""

import threading

import pytest
import solara

from sim.browser import limits
from sim.browser.panel import panel_groups
from sim.browser.session import Session
from sim.browser.view import FREE, View
from sim.words import Words
from sim.world.quantities import MOST_SEED
from sim.world.scenario import load_scenario, read_document

SCALE = 0.002


@pytest.fixture
def view(monkeypatch):
    monkeypatch.setattr(limits, "touch", lambda: None)  # there is no kernel here
    return View(Session(load_scenario("talent_pool", scale=SCALE)), solara.reactive("en"))


def move(view, name, value):
    view.move({"id": name, "value": value})


def controls(view):
    return {one["id"]: one for group in panel_groups(view.session, Words("en")) for one in group["controls"]}


def shares(view):
    return {use.name: use.share_of_budget for use in view.session.scenario.levers}


ODD = [None, [], {}, "", "x", -1, 10**30, float("inf"), float("nan"), True, {"a": []}, ["x"] * 3]


@pytest.mark.parametrize("event", ["pick", "move", "upload"])
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_no_event_breaks_a_session(view, event, odd):
    view.step()
    send = getattr(view, event)
    send(odd)
    for key in ("slot", "region", "id", "value", "number", "name", "size", "content"):
        send({key: odd})
    for name in (
        "scenario",
        "seed",
        "scale",
        "structure",
        "causal_reading",
        "budget",
        "levers.talent_pool.start",
    ):
        view.move({"id": name, "value": odd})
    assert view.session.done == 1
    view.step()
    assert view.session.done == 2


def test_what_cannot_be_set_is_told(view):
    for name, value in (
        ("seed", "x"),
        ("seed", MOST_SEED + 1),
        ("scale", 1),
        ("budget", 10**9),
        ("levers.x", True),
    ):
        before = view.session.document
        move(view, name, value)
        assert len(view.problems.value) == 1, name
        assert name in view.problems.value[0].text(view.words)
        assert view.session.document is before
    move(view, "seed", "7")
    assert view.problems.value == ()
    assert view.session.scenario.seed == 7


def test_only_changes_in_the_panel_are_answered_to_refused_ones_too(view):
    view.move({"id": "seed", "value": "7", "number": 1})
    assert view.answered.value == 1
    view.move({"id": "seed", "value": "x", "number": 2})
    assert len(view.problems.value) == 1
    assert view.answered.value == 2
    view.step()
    view.reset()
    view.upload({"name": "bad.yaml", "content": ""})
    view.set_lang()
    assert view.answered.value == 2


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_number_of_a_change_is_not_handed_back(view, odd):
    view.move({"id": "seed", "value": "7", "number": odd})
    assert view.session.scenario.seed == 7
    assert view.answered.value in range(2)  # True counts as one


def test_another_scenario_keeps_seed_scale_readings_and_quarter(view):
    for _ in range(5):
        view.step()
    move(view, "seed", "7")
    move(view, "structure", "D")
    move(view, "causal_reading", "naive")
    move(view, "scenario", "subsidies")
    scenario = view.session.scenario
    assert (scenario.name, scenario.seed, scenario.structure, scenario.causal_reading) == (
        "subsidies",
        7,
        "D",
        "naive",
    )
    assert scenario.weight == 500
    assert view.session.done == 5
    assert controls(view)["scenario"]["value"] == "subsidies"


def test_a_changed_scenario_is_not_called_a_bundled_one(view):
    assert controls(view)["scenario"]["value"] == "talent_pool"
    move(view, "levers.platforms", True)
    changed = controls(view)["scenario"]
    assert changed["value"] == ""
    assert changed["choices"][0] == {"value": "", "label": "Talent reserve pool (changed)"}
    view.session.open(view.session.scenario)  # as an upload of what was downloaded would
    assert controls(view)["scenario"]["value"] == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_help_names_the_choices_it_explains(view, lang):
    groups = panel_groups(view.session, Words(lang))
    readings = next(group for group in groups if group["id"] == "readings")["controls"]
    for control in readings:
        told = control["help"].split("\n\n")
        labels = [choice["label"] for choice in control["choices"]]
        assert [line.split("：" if lang == "zh" else ":")[0] for line in told] == labels
        assert all(line.partition("：" if lang == "zh" else ": ")[2] for line in told)
    assert [choice["label"][0] for choice in readings[0]["choices"]] == ["V", "V", "D"], "the second is V*"


def test_shares_of_ones_own_are_explained_too(view):
    document = view.session.document | {"difficulty": {"column": 9, "causal_reading": {"X3": 0.5}}}
    view.session.open(read_document(document))
    told = controls(view)["causal_reading"]["help"].split("\n\n")
    assert told[-1].startswith("own shares: ")


def test_a_lever_switched_off_and_on_again_is_as_it_was(view):
    move(view, "levers.rd_subsidy", True)
    assert shares(view) == {"talent_pool": 0.5, "rd_subsidy": 0.5}
    move(view, "levers.rd_subsidy.start", "2026Q3")
    amount = controls(view)["levers.rd_subsidy.amount"]
    move(view, "levers.rd_subsidy.amount", amount["value"] + 3)
    before = view.session.scenario
    move(view, "levers.rd_subsidy", False)
    assert shares(view) == {"talent_pool": 0.5}
    move(view, "levers.rd_subsidy", True)
    assert view.session.scenario.digest == before.digest


def test_a_lever_begins_with_the_next_budget_or_near_the_end_with_the_others(view):
    move(view, "levers.platforms", True)
    (start,) = [use.start for use in view.session.scenario.levers if use.name == "platforms"]
    assert start == 4 * 2020
    move(view, "levers.platforms", False)
    while view.session.policy.quarter != "2025Q2":
        view.session.step()
    move(view, "levers.energy_relief", True)
    assert [use.start for use in view.session.scenario.levers if use.name == "energy_relief"] == [4 * 2026]
    while not view.session.finished:
        view.session.step()
    move(view, "levers.auto_delivery", True)
    assert [use.start for use in view.session.scenario.levers if use.name == "auto_delivery"] == [4 * 2024]


def test_own_causal_shares_can_be_got_back(monkeypatch):
    monkeypatch.setattr(limits, "touch", lambda: None)
    own = load_scenario("baseline", scale=SCALE, difficulty={"causal_reading": {"X3": 0.25}})
    view = View(Session(own), solara.reactive("zh"))
    move(view, "causal_reading", "naive")
    assert view.session.scenario.causal_reading == "naive"
    move(view, "causal_reading", "own")
    assert view.problems.value == ()
    assert view.session.scenario.kappa == own.kappa


def test_every_control_is_told_in_both_languages(view):
    for lang in ("zh", "en"):
        for group in panel_groups(view.session, Words(lang)):
            assert group["title"]
            for one in group["controls"]:
                assert one["label"], one["id"]
                if one["kind"] == "slider":
                    assert 0 <= one["value"] < len(one["texts"])
                if one["kind"] == "choice":
                    assert one["value"] in [choice["value"] for choice in one["choices"]], one["id"]


def test_playing_goes_to_the_end_or_stops_between_quarters(view):
    view.set_speed(FREE)
    stop = threading.Event()
    stop.set()
    view.play(stop)
    assert view.session.done == 0
    view.playing.value = True
    view.play(threading.Event())
    assert view.session.finished
    assert not view.playing.value


def test_a_model_without_room_stops_playing_and_says_so(view, monkeypatch):
    def full(unless=None):
        raise OverflowError("no room for another firm")

    monkeypatch.setattr(view.session, "step", full)
    view.playing.value = True
    view.play(threading.Event())
    assert [problem.message for problem in view.problems.value] == ["no room for another firm"]
    assert not view.playing.value
