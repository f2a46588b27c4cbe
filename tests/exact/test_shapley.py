"""Shapley values of channels: games with known values, dead channels have none, values and rest sum to the effect."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from sim.analysis.comparison.compare import compare
from sim.analysis.comparison.parts import CHANNELS, MOVED_BY, OUTCOMES_TAKEN_APART, PARTS
from sim.analysis.comparison.shapley import (
    OFF,
    REST,
    agrees,
    coalitions,
    live_channels,
    matters,
    net_of_ladder,
    shapley_values,
    with_only,
)
from sim.analysis.reproduce import again
from sim.analysis.saved import write_comparison
from sim.runs.record import read_record
from sim.world.scenario import load_scenario
from sim.world.scenario_record import READINGS
from tests.commands import succeed

NAN = float("nan")
SHORT = """
name: short
extends: baseline
horizon: {start: 2021Q1, end: 2022Q2}
scale: 0.001
replications: 2
parameters: {a_F: 0, a_S: 0, short_small: 1, short_large: 1}
"""
POLICY = """
name: apps
title: {zh: 平台, en: Platforms}
extends: short.yaml
levers: {platforms: {start: 2021Q1, share_of_budget: 100 %, lag: 0}}
"""
#: Two channels and no more under D: research and talent.
FEW = {"a_P": 0.0, "a_S": 0.0, "a_F": 0.0, "short_small": 1.0, "short_large": 1.0}


def game(value, players):
    return {some: np.asarray(value(some), float) for some in coalitions(players)}


def test_all_sets_of_channels():
    assert [sorted(some) for some in coalitions("ab")] == [[], ["a"], ["b"], ["a", "b"]]
    assert len(set(coalitions("abcdef"))) == 64


def test_an_additive_game_gives_what_each_adds_and_the_rest_is_left():
    adds = {"a": np.array([1.0, 2.0]), "b": np.array([-3.0, 0.5]), "c": np.array([0.25, 8.0])}
    v = game(lambda some: np.array([10.0, 20.0]) + sum(adds[each] for each in some), "abc")
    found = shapley_values(v, "abc")
    for name, expected in adds.items():
        np.testing.assert_allclose(found[name], expected)
    np.testing.assert_allclose(sum(found.values()) + v[frozenset()], v[frozenset("abc")])


def test_a_dead_channel_has_exactly_0_and_alike_ones_equal_shares():
    v = game(lambda some: [float(len(some & {"a", "b"}) == 2)], "abc")
    found = shapley_values(v, "abc")
    assert found["c"] == [0.0]
    assert found["a"] == found["b"] == pytest.approx([0.5])


def test_the_glove_game():
    """One left glove and two right ones: the textbook's 2/3, 1/6, 1/6."""
    v = game(lambda some: [float("left" in some and len(some) > 1)], ("left", "one", "two"))
    found = shapley_values(v, ("left", "one", "two"))
    assert [found[each][0] for each in ("left", "one", "two")] == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_values_are_means_over_all_orders():
    rng, players = np.random.default_rng(3), "abcd"
    v = {some: rng.normal(size=3) for some in coalitions(players)}
    found = shapley_values(v, players)
    for each in players:
        before = [
            sum(
                v[frozenset((*some, each))] - v[frozenset(some)]
                for some in combinations([k for k in players if k != each], size)
            )
            / [1, 3, 3, 1][size]
            for size in range(4)
        ]
        np.testing.assert_allclose(found[each], np.mean(before, axis=0))


@pytest.mark.parametrize(
    ("structure", "off"),
    [
        ("V", {"talent", "platform"}),
        ("V*", {"talent", "research", "platform", "finance"}),
        ("D", {"difficulty"}),
    ],
)
def test_channels_that_a_reading_holds_off_are_left_out(structure, off):
    scenario = load_scenario("platforms", structure=structure)
    assert set(live_channels([scenario])) == set(PARTS[:CHANNELS]) - off - set(MOVED_BY)
    assert live_channels([with_only(scenario, ())]) == ()
    assert live_channels([with_only(scenario, ("knowledge",))]) == ("knowledge",)


def test_a_channel_acts_if_it_does_so_on_one_side():
    scenario = load_scenario("platforms", structure="D")
    without = with_only(scenario, set(OFF) - {"platform"})
    assert "platform" not in live_channels([without])
    assert "platform" in live_channels([without, scenario])
    assert without.parameters["a_T"] == scenario.parameters["a_T"]


def parts(**given):
    return {part: float(given.get(part, 0.0)) for part in PARTS}


def test_the_ladder_is_spread_in_proportion_where_it_pays_back():
    found = net_of_ladder(parts(talent=60, research=40, platform=-20, ladder=-40, entry=1, luck=2))
    assert [found[part] for part in ("talent", "research", "platform")] == pytest.approx([30, 20, -10])
    assert found[REST] == pytest.approx(3)


@pytest.mark.parametrize("ladder", [-150.0, 50.0])
def test_the_ladder_is_left_with_the_rest_where_it_pays_nothing_back(ladder):
    given = parts(talent=100, ladder=ladder, luck=2)
    found = net_of_ladder(given)
    assert (found["talent"], found[REST]) == (100.0, ladder + 2)
    assert sum(found.values()) == pytest.approx(sum(given.values()))
    assert net_of_ladder(parts(ladder=-5))[REST] == -5.0


def test_when_two_shares_agree():
    def agreed(*numbers):
        row = dict(zip(("effect", "low", "high", "log_mean"), numbers, strict=True))
        return agrees(row, [row, {"effect": 100, "log_mean": 90}])

    assert agreed(5, 4, 6, 70)  # in sign
    assert agreed(5, -2, 12, -1)  # the one may be the other
    assert not agreed(5, -2, 12, -30)  # an interval that covers 0 excuses nothing
    assert not agreed(5, 4, 6, 0.1)  # next to nothing has no sign
    assert agreed(5, 0, 10, 0.1)
    assert agreed(5, NAN, NAN, 2)
    assert not agreed(5, NAN, NAN, -1)


def test_what_matters():
    rows = [{"effect": effect, "log_mean": share} for effect, share in ((100, 50), (9, 11), (-9, 9), (0, 0))]
    assert [matters(row, rows) for row in rows] == [True, True, False, False]
    assert not matters(rows[3], rows[3:])


@pytest.fixture(scope="module")
def made():
    given = {"scale": 0.001, "horizon": {"start": "2021Q1", "end": "2022Q4"}, "parameters": FEW}
    lever = {"start": "2021Q1", "share_of_budget": "100 %"}
    policies = [
        load_scenario("baseline", name=name, levers={name: lever | {"lag": 0}}, **given)
        for name in ("rd_subsidy", "platforms")
    ]
    return compare(
        load_scenario("baseline", **given), policies, replications=3, doubt="none", seed=7, shapley=True
    )


def test_values_and_rest_sum_to_the_effect(made):
    values, key = made.shapley, ["reading", "scenario", "outcome"]
    effects = made.effects.set_index(key)["effect"]
    sums = values.groupby(key)[["effect", "log_mean"]].sum()
    assert len(sums) == len(READINGS) * 2 * len(OUTCOMES_TAKEN_APART)
    for at, row in sums.iterrows():
        assert row["effect"] == pytest.approx(effects[at])
        assert row["log_mean"] == pytest.approx(effects[at], abs=1e-6)
    assert set(values["replications"]) == {3}
    assert set(made.decomposition["replications"]) == {1}, "as without the check"
    assert effects.abs().sum() > 0


def test_a_channel_that_is_off_has_no_part(made):
    found = {r: list(dict.fromkeys(rows["part"])) for r, rows in made.shapley.groupby("reading")}
    assert found == {
        "V-selective": ["research", "difficulty", REST],
        "V-naive": ["research", "difficulty", REST],
        "V*-selective": ["difficulty", REST],
        "D-selective": ["talent", "research", REST],
        "D-naive": ["talent", "research", REST],
    }


def test_again_runs_them_again(made, tmp_path):
    write_comparison(made, tmp_path)
    found = again(read_record(tmp_path))
    assert found.agrees
    assert "shapley" in [finding.name for finding in found.findings]


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [("zh", "不判断两种算法是否一致"), ("en", "whether the two accounts agree is not judged")],
)
def test_the_command_writes_and_says_it(tmp_path, lang, sentence):
    for name, content in (("short", SHORT), ("apps", POLICY)):
        (tmp_path / f"{name}.yaml").write_text(content)
    words = ("compare", "short.yaml", "apps.yaml", "--no-figures", "--lang", lang)
    said = succeed(tmp_path, *words, "--shapley", "--out", "with")
    assert sentence in said
    assert sentence in (tmp_path / "with" / "report.md").read_text()
    table = pd.read_csv(tmp_path / "with" / "shapley.csv")
    assert set(table[table["reading"] == "D-selective"]["part"]) == {"talent", "research", "platform", REST}
    if lang == "en":
        assert sentence not in succeed(tmp_path, *words, "--out", "without")
        assert not (tmp_path / "without" / "shapley.csv").exists()
