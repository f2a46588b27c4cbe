"""Settings in which a policy spends no money: nothing is divided by it, and what that decides is said."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.analysis.comparison.doubted import doubt_cautions, doubted, idle_cautions
from sim.analysis.comparison.effects import (
    NO_MORE_MONEY,
    PER_YUAN,
    cost_row,
    ranking_rows,
    regrets_of,
    setting_rows,
)
from sim.analysis.comparison.pairs import Pair, Replication
from sim.analysis.outcomes import LEAD
from sim.files.names import evidence_folder
from sim.runs.caution import Caution
from sim.world import members
from sim.world.levers import LEVER_NAMES
from sim.world.scenario import load_scenario
from sim.world.scenario_record import Scenario

LAKELAND = Path(__file__).parents[2] / "provinces" / "lakeland"
COUNT = 40
SPENT = 3_000_000_000


def pair(name: str, climbs: float, idle: int) -> Pair:
    """A policy that adds as many climbs in every setting, and spends nothing in the first few."""
    scenario = load_scenario(name).with_doubt("ranges")

    def spent(yuan: int) -> Replication:
        return Replication({}, {}, {}, np.zeros(1), np.array([yuan] + [0] * (len(LEVER_NAMES) - 1)))

    found = Pair(
        "V-selective",
        scenario,
        [spent(0 if k < idle else SPENT) for k in range(COUNT)],
        [spent(0)] * COUNT,
    )
    gains = dict.fromkeys(LEAD, np.zeros(COUNT)) | {
        "climbs": np.where(np.arange(COUNT) % 2, 1.1, 0.9) * climbs
    }
    found.__dict__["differences"] = gains
    return found


def told(*pairs: Pair) -> dict[str, dict[str, Any]]:
    ranked = {row["scenario"] for row in ranking_rows(list(pairs), 1, per_yuan=True)}
    return {f"{each.code} {each.scenario}": dict(each.facts) for each in idle_cautions(pairs, ranked)}


def test_one_setting_without_money_removes_no_policy_and_is_counted_as_nothing_gained() -> None:
    often, once = pair("subsidies", 300.0, 0), pair("platforms", 600.0, 1)
    found = regrets_of([often, once], per_yuan=True)
    assert found is not None
    table = found.policies.set_index("policy")
    assert table.loc["platforms", "leads"] == pytest.approx(1 - 1 / COUNT)
    assert table.loc["platforms", "regret_largest"] == pytest.approx(0.9 * 300 / 3)
    assert np.isfinite(table.to_numpy()).all()
    assert [row["scenario"] for row in ranking_rows([often, once], 1, per_yuan=True)] == [
        "platforms",
        "subsidies",
    ]
    rows = [row[PER_YUAN] for row in setting_rows(once)]
    assert rows[0] == 0
    assert rows[1:3] == pytest.approx([220.0, 180.0])
    assert told(often, once) == {
        "idle_settings platforms": {"low": pytest.approx(1 / COUNT), "high": pytest.approx(1 / COUNT)}
    }


def test_a_cost_per_climb_needs_money_in_every_setting() -> None:
    always, once = pair("subsidies", 300.0, 0), pair("platforms", 600.0, 1)
    assert (cost_row(always)["note"], cost_row(once)["note"]) == ("", NO_MORE_MONEY)


def test_a_policy_that_spends_nothing_in_most_settings_is_not_ranked_and_that_is_said() -> None:
    often, seldom = pair("subsidies", 300.0, 0), pair("platforms", 600.0, COUNT // 2)
    assert [row["scenario"] for row in ranking_rows([often, seldom], 1, per_yuan=True)] == ["subsidies"]
    assert told(often, seldom) == {"idle_unranked platforms": {"low": 0.5, "high": 0.5}}
    assert told(often) == {}


def codes(*scenarios: Scenario, asked: str | None = None) -> list[str]:
    made: list[Caution] = list(doubt_cautions(doubted(scenarios, asked), 100, asked))
    return [caution.code for caution in made]


def test_different_evidence_has_no_settings_in_common_and_that_is_said(tmp_path: Path) -> None:
    base = load_scenario("baseline")
    other = load_scenario(
        "subsidies", evidence=str(shutil.copytree(evidence_folder("hubei"), tmp_path / "own"))
    )
    assert "no_common_settings" in codes(base, other)
    assert codes(base, other, asked="none") == [], "who asks for none knows"
    bare = load_scenario("baseline", evidence=str(shutil.copytree(LAKELAND, tmp_path / "lakeland")))
    assert codes(bare) == ["no_settings"]
    assert codes(bare, asked="none") == []


def test_settings_most_of_which_miss_the_record_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    base = load_scenario("baseline")
    assert "settings_miss" not in codes(base)
    monkeypatch.setattr(members.Members, "fitting", property(lambda _: 0.31))
    found = next(iter(doubt_cautions(doubted([base], None), 100)))
    assert (found.code, found.facts["fit"]) == ("settings_miss", 31)
