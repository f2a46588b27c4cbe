"""Doubt together with everything else that a comparison can be asked for, on a toy with two doubtful numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.analysis.comparison import compare as room
from sim.analysis.comparison.compare import Comparison, compare
from sim.errors import InputError
from sim.world.members import Members, drawn, write_members
from sim.world.parameters import load_parameters
from sim.world.scenario import load_scenario
from sim.world.scenario_record import READINGS, Scenario
from tests.exact.test_doubt_toy import HIGH, LEVERS, LOW, SURE, province

DOUBTFUL = {"cost_P01": (LOW, HIGH), "cost_P03": (20_000.0, 200_000.0)}
MEMBERS = 9
TURNS = 3 * len(READINGS)  # runs of one replication of a baseline and two policies


def evidence(folder: Path, members: int, **numbers: float) -> dict[str, Any]:
    """A toy with settings as if they fitted its record, and what a scenario gives to stand on it."""
    province(folder, SURE | {"climb_clip": 6} | numbers, DOUBTFUL)
    settings = [drawn(load_parameters(folder), k, 7) for k in range(members)]
    if settings:
        values = np.array([list(setting.values()) for setting in settings])
        write_members(folder, Members(tuple(settings[0]), values, np.empty((members, 0))))
    return {
        **{"evidence": str(folder), "scale": 0.1, "budget": "0.08 bn yuan"},
        "horizon": {"start": "2020Q1", "end": "2020Q4"},
    }


def policy(name: str, given: dict[str, Any], **changes: Any) -> Scenario:
    lever = {"start": "2020Q1", "share_of_budget": 1.0, "for": {"levels": [1]}}
    title = {"zh": name, "en": name}
    return load_scenario(
        "baseline", **(given | changes), name=name, title=title, levers={LEVERS[name]: lever}
    )


def what_if(name: str, given: dict[str, Any], **parameters: float) -> Scenario:
    title = {"zh": name, "en": name}
    return load_scenario("baseline", **given, name=name, title=title, parameters=parameters)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return evidence(tmp_path_factory.mktemp("evidence") / "toy", MEMBERS)


@pytest.fixture(scope="module")
def scenarios(given: dict[str, Any]) -> list[Scenario]:
    """The baseline and two policies."""
    return [load_scenario("baseline", **given), *(policy(name, given) for name in LEVERS)]


@pytest.fixture(scope="module")
def everything(scenarios: list[Scenario]) -> Comparison:
    """A precision that the settings there are cannot reach, other budgets, Shapley values."""
    return compare(
        scenarios[0],
        scenarios[1:],
        replications=8,
        until=0.01,
        response=True,
        shapley=True,
        doubt="record",
    )


@pytest.fixture(scope="module")
def beside(given: dict[str, Any]) -> Comparison:
    """Coefficients drawn, and a scenario without levers that changes a doubtful number."""
    drawn = given | {"difficulty": {"coefficients": "drawn"}}
    base = load_scenario("baseline", **drawn)
    others = [*(policy(name, drawn) for name in LEVERS), what_if("cheap", drawn, cost_P01=110_000)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "part_rows", lambda *_, **__: [])
        return compare(base, others, replications=10, doubt="ranges")


def codes(comparison: Comparison) -> list[str]:
    return [caution.code for caution in comparison.cautions]


def test_a_precision_ends_with_the_last_setting_and_that_is_said(everything: Comparison) -> None:
    assert everything.replications == MEMBERS
    assert "until_missed" in codes(everything)
    assert everything.settings["replication"].tolist() == list(range(MEMBERS))
    assert not everything.interrupted


def test_every_budget_has_the_same_settings(everything: Comparison) -> None:
    response = everything.response
    assert set(response["replications"]) == {8}
    own = response[response["budget_yuan_per_year"] == everything.base.budget]
    first = everything.by_setting[everything.by_setting["replication"] < 8]
    medians = first.groupby(["reading", "scenario"], sort=False)["climbs"].median()
    assert own["climbs"].to_numpy() == pytest.approx(medians.to_numpy())


def test_shapley_values_credit_the_channel_through_which_a_policy_works_in_every_setting(
    everything: Comparison,
) -> None:
    climbs = everything.shapley[everything.shapley["outcome"] == "climbs"]
    found = climbs.set_index(["reading", "scenario", "part"])["effect"]
    effects = everything.effects.set_index(["reading", "scenario", "outcome"])["effect"]
    for name, mine, other in (("grants", "research", "platform"), ("machines", "platform", "research")):
        assert found["D-selective", name, other] == 0
        assert found["D-selective", name, mine] == pytest.approx(effects["D-selective", name, "climbs"])


def test_parts_sum_to_the_mean_over_settings(everything: Comparison) -> None:
    parts = everything.decomposition.query("outcome == 'climbs'").groupby(["reading", "scenario"])["effect"]
    gained = everything.by_setting.groupby(["reading", "scenario"])["climbs"].mean()
    assert parts.sum().to_dict() == pytest.approx(gained.to_dict())


def test_a_price_that_differs_between_settings_breaks_even_nowhere(everything: Comparison) -> None:
    assert "grants" not in set(everything.break_even["scenario"])


def test_coefficients_are_drawn_beside_the_settings_and_nothing_is_said_of_their_share(
    beside: Comparison,
) -> None:
    assert beside.base.coefficients == "drawn"
    assert beside.coefficient_uncertainty.empty


def test_what_a_what_if_changes_is_not_doubtful_for_any_scenario(beside: Comparison) -> None:
    assert {scenario.certain for scenario in (beside.base, *beside.policies)} == {("cost_P01",)}
    assert list(beside.settings) == ["replication", "cost_P03"]


def test_a_what_if_has_effects_and_no_rank_and_no_regret(beside: Comparison) -> None:
    assert beside.what_ifs == ("cheap",)
    assert set(beside.by_setting["scenario"]) == {"cheap", *LEVERS}
    assert set(beside.ranking["scenario"]) == set(beside.regret["scenario"]) == set(LEVERS)


def test_interrupted_it_has_the_settings_that_every_scenario_has_finished(scenarios: list[Scenario]) -> None:
    def stop(done: int, _: int) -> None:
        if done > 4 * TURNS:
            raise KeyboardInterrupt

    job: dict[str, Any] = {"replications": 6, "doubt": "record", "workers": 1, "progress": stop}
    found = compare(scenarios[0], scenarios[1:], **job)
    assert found.interrupted
    assert (found.replications, len(found.settings)) == (4, 4)
    assert (found.by_setting.groupby(["reading", "scenario"]).size() == 4).all()
    assert {"interrupted", "parts_unfinished", "few_replications"} <= set(codes(found))
    assert found.decomposition.empty
    assert found.regret.empty


def test_interrupted_before_two_settings_nothing_is_left(scenarios: list[Scenario]) -> None:
    def stop(done: int, _: int) -> None:
        if done > TURNS:
            raise KeyboardInterrupt

    job: dict[str, Any] = {"replications": 4, "doubt": "ranges", "workers": 1, "progress": stop}
    with pytest.raises(KeyboardInterrupt):
        compare(scenarios[0], scenarios[1:], **job)


def test_more_replications_than_settings_are_refused_by_number(scenarios: list[Scenario]) -> None:
    with pytest.raises(InputError, match=f"{MEMBERS + 1}: only {MEMBERS} settings fit"):
        compare(scenarios[0], scenarios[1:], replications=MEMBERS + 1, doubt="record")


def test_another_scale_or_other_evidence_is_refused_as_without_doubt(
    scenarios: list[Scenario], given: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="differ in scale"):
        compare(scenarios[0], [policy("machines", given, scale=0.05)], replications=2, doubt="record")
    other = evidence(tmp_path / "other", 0, h0_1=0.002)
    with pytest.raises(InputError, match="differ in evidence"):
        compare(scenarios[0], [policy("machines", other)], replications=2, doubt="record")


def test_scenarios_on_different_evidence_cannot_share_settings(
    scenarios: list[Scenario], tmp_path: Path
) -> None:
    other = evidence(tmp_path / "other", 0, h0_1=0.002)
    with pytest.raises(InputError, match="on different evidence cannot have the same settings"):
        compare(
            scenarios[0],
            [policy("machines", other)],
            replications=2,
            doubt="record",
            allow_different=["evidence"],
        )
