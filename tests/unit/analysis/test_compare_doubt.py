"""Comparisons in which every replication has doubtful numbers of its own."""

import shutil

import numpy as np
import pytest

from sim.analysis.comparison.compare import Comparison, compare
from sim.analysis.comparison.doubted import doubted
from sim.analysis.comparison.effects import FEWEST_FOR_SHARES
from sim.analysis.comparison.shapley import OFF, with_only
from sim.errors import InputError
from sim.files.names import evidence_folder
from sim.runs.run import compiled_of, in_replication
from sim.world.members import ENSEMBLE, Members, doubtful, drawn, write_members
from sim.world.parameters import load_parameters
from sim.world.scenario import load_scenario
from sim.world.scenario_record import canonical, scenario_from

SMALL = {"scale": 0.002}
REGISTRY = load_parameters(evidence_folder("hubei"))
COUNT = FEWEST_FOR_SHARES


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Evidence with some settings, as if they fitted the record."""
    copy = tmp_path_factory.mktemp("evidence") / "hubei"
    shutil.copytree(evidence_folder("hubei"), copy)
    (copy / "derived" / "made_from.csv").unlink()
    settings = [drawn(REGISTRY, k, 1) for k in range(COUNT)]
    values = np.array([list(setting.values()) for setting in settings])
    write_members(copy, Members(tuple(settings[0]), values, np.empty((COUNT, 0))))
    return copy


@pytest.fixture(scope="module")
def found(folder) -> Comparison:
    policies = [load_scenario(name, evidence=str(folder), **SMALL) for name in ("platforms", "subsidies")]
    base = load_scenario("baseline", evidence=str(folder), **SMALL)
    return compare(base, policies, replications=COUNT, doubt="record")


def test_replication_k_has_the_numbers_of_member_k_for_policy_and_baseline_alike(folder):
    for name in ("baseline", "platforms"):
        (scenario,) = doubted([load_scenario(name, evidence=str(folder), **SMALL)], "record")
        values = in_replication(scenario, 3).parameters
        setting = drawn(REGISTRY, 3, 1)
        assert {key: values[key] for key in setting if key not in scenario.certain} == {
            key: value for key, value in setting.items() if key not in scenario.certain
        }
        kept = set(REGISTRY) - set(doubtful(REGISTRY))
        assert all(values[key] == scenario.parameters[key] for key in kept)


def test_what_a_scenario_changes_no_doubt_touches_in_any_scenario():
    other = REGISTRY["a_S"].low
    base = load_scenario("baseline", **SMALL)
    base, policy = doubted([base, load_scenario("baseline", parameters={"a_S": other}, **SMALL)], "ranges")
    assert base.certain == policy.certain == ("a_S",)
    assert {in_replication(policy, k).parameters["a_S"] for k in range(4)} == {other}
    assert {in_replication(base, k).parameters["a_S"] for k in range(4)} == {REGISTRY["a_S"].default}
    assert len({in_replication(policy, k).parameters["a_U"] for k in range(4)}) == 4
    assert in_replication(base, 2).parameters["a_U"] == in_replication(policy, 2).parameters["a_U"]


def test_without_doubt_a_scenario_is_what_it_was():
    scenario = load_scenario("baseline", **SMALL)
    assert in_replication(scenario, 7) is scenario
    assert not {"doubt", "certain"} & set(canonical(scenario))
    assert scenario.with_doubt("ranges").digest != scenario.digest
    assert scenario.with_doubt("ranges", ["a_S"]).with_doubt("none").digest == scenario.digest


def test_doubt_is_part_of_what_can_be_run_again():
    (scenario,) = doubted([load_scenario("platforms", parameters={"a_S": 0.1}, **SMALL)], "ranges")
    again = scenario_from(canonical(scenario), evidence="hubei")
    assert (again.doubt, again.certain) == (scenario.doubt, scenario.certain)
    assert "a_S" in again.certain
    assert again.digest == scenario.digest


def test_a_member_can_be_compiled_under_every_reading():
    scenario = load_scenario("baseline", **SMALL).with_doubt("ranges")
    for reading in (("V", "naive"), ("V*", "selective"), ("D", "selective")):
        assert compiled_of(in_replication(scenario.with_reading(*reading), 1))


def test_effects_are_median_and_ninety_percent_of_the_settings(found: Comparison):
    for key, part in found.by_setting.groupby(["reading", "scenario"]):
        effects = found.effects.set_index(["reading", "scenario", "outcome"]).loc[(*key, "climbs")]
        low, middle, high = np.quantile(part["climbs"], (0.05, 0.5, 0.95))
        assert (effects["low"], effects["effect"], effects["high"]) == (low, middle, high)
        assert len(part) == COUNT


def test_settings_are_written_as_they_were_used(found: Comparison, folder):
    assert found.settings["replication"].tolist() == list(range(COUNT))
    row = found.settings.set_index("replication").loc[4]
    setting = drawn(REGISTRY, 4, 1)
    assert {name: float(row[name]) for name in row.index} == {
        name: value for name, value in setting.items() if name not in found.base.certain
    }


def test_shares_of_leads_sum_to_one_and_agree_with_the_settings(found: Comparison):
    for reading, part in found.ranking.groupby("reading"):
        assert part["best_share"].sum() == pytest.approx(1)
        assert part["best_share"].is_monotonic_decreasing
        mine = found.by_setting[found.by_setting["reading"] == reading]
        money = mine.groupby("scenario")["extra_yuan"].mean()
        gains = mine.pivot_table(index="replication", columns="scenario", values="climbs") / money
        best = gains.eq(gains.max(axis=1), axis=0)
        shares = best.div(best.sum(axis=1), axis=0).mean()
        assert part.set_index("scenario")["best_share"].to_dict() == pytest.approx(
            {name: shares[name] for name in part["scenario"]}
        )


def test_the_same_for_any_number_of_workers_and_for_the_first_replications_of_more(found: Comparison):
    one = compare(found.base, found.policies, replications=COUNT, workers=1)
    assert one.by_setting.equals(found.by_setting)
    fewer = compare(found.base, found.policies, replications=8, workers=2)
    kept = found.by_setting[found.by_setting["replication"] < 8].reset_index(drop=True)
    assert fewer.by_setting.drop(columns="extra_yuan").equals(kept.drop(columns="extra_yuan"))


def test_evidence_without_settings_is_refused_with_the_way_to_make_them(folder, tmp_path):
    copy = tmp_path / "hubei"
    shutil.copytree(folder, copy)
    (copy / ENSEMBLE).unlink()
    scenarios = [load_scenario(name, evidence=str(copy), **SMALL) for name in ("baseline", "platforms")]
    with pytest.raises(InputError, match=r"calibrate .* --ensemble"):
        compare(scenarios[0], scenarios[1:], replications=2, doubt="record")


def test_more_replications_than_settings_are_refused(found: Comparison):
    with pytest.raises(InputError, match=f"only {COUNT} settings"):
        compare(found.base, found.policies, replications=COUNT + 1)


def test_channels_that_are_off_are_off_in_every_setting():
    (scenario,) = doubted([load_scenario("platforms", **SMALL)], "ranges")
    off = with_only(scenario, [])
    values = in_replication(off, 3).effective
    assert all(values[name] == value for part in OFF.values() for name, value in part.items())


def test_a_policy_with_a_seed_of_its_own_has_the_baselines_settings():
    base, policy = doubted(
        [load_scenario("baseline", **SMALL), load_scenario("platforms", seed=99, **SMALL)], "ranges"
    )
    assert in_replication(base, 0).parameters["a_S"] == in_replication(policy, 0).parameters["a_S"]
