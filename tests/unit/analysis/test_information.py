"""What a choice depends on and what knowing it would gain, on toy comparisons whose truth is known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from sim.analysis.comparison import compare as room
from sim.analysis.comparison.compare import REGRET_COLUMNS, Comparison, compare
from sim.analysis.comparison.effects import PER_YUAN, SETTING_COLUMNS
from sim.analysis.comparison.information import (
    ALL,
    EVERYTHING,
    HINGE_COLUMNS,
    WORTH_COLUMNS,
    groups_of,
    information,
)
from sim.analysis.doubt.smooth import FEWEST
from sim.analysis.saved import tables_of
from sim.files.names import evidence_folder
from sim.show.tables.answer import blocks_of
from sim.show.texts.account import Answer
from sim.words import Words
from sim.world.levers import LEVERS
from sim.world.members import doubtful
from sim.world.parameters import load_parameters
from sim.world.scenario import load_scenario

COUNT = 200
OTHERS = 8
READINGS = ("V-selective", "D-selective")
POLICIES = ("steady", "hoped")


def toy(count=COUNT, luck=5.0, decides=("V-selective",), sign=1.0, extra=(1e9, 1e9)):
    """The steady policy gains 100; the hoped one 200 x where x decides, else 60; knowing x there gains 25."""
    rng = np.random.default_rng(3)
    x = rng.permutation((np.arange(count) + 0.5) / count)
    settings = pd.DataFrame({"replication": range(count), "x": x if sign > 0 else 1 - x})
    for k in range(OTHERS):
        settings[f"other_{k}"] = rng.random(count)
    rows = []
    for reading in READINGS:
        gains = (np.full(count, 100.0), 200 * x if reading in decides else np.full(count, 60.0))
        for name, gain, money in zip(POLICIES, gains, extra, strict=True):
            climbs = gain + luck * rng.normal(size=count)
            part = {"reading": reading, "scenario": name, "replication": range(count), "climbs": climbs}
            rows.append(
                pd.DataFrame(part)
                .assign(extra_yuan=money, **{PER_YUAN: climbs / (money / 1e9)})
                .reindex(columns=SETTING_COLUMNS)
            )
    return pd.concat(rows, ignore_index=True), settings


def regret(*policies, basis="climbs"):
    rows = {"scenario": list(policies), "basis": basis}
    return pd.DataFrame(rows, columns=REGRET_COLUMNS)


def found(groups=None, policies=POLICIES, basis="climbs", **changed):
    by_setting, settings = toy(**changed)
    return information(by_setting, settings, regret(*policies, basis=basis), groups or {}, seed=2024)


def telling(frame, reading, kind=None):
    rows = frame[frame["tells"].astype(bool) & (frame["reading"] == reading)]
    return rows if kind is None else rows[rows["kind"] == kind]


def test_the_deciding_number_is_named_where_it_decides_and_nowhere_else():
    worth, hinges = found()
    assert list(worth) == WORTH_COLUMNS
    assert list(hinges) == HINGE_COLUMNS
    assert telling(worth, "V-selective")["name"].tolist() == ["x"]
    assert telling(hinges, "V-selective")["name"].tolist() == ["x"]
    assert telling(worth, "D-selective").empty
    assert telling(hinges, "D-selective").empty
    assert telling(worth, "V-selective")["estimate"].iloc[0] == pytest.approx(25, abs=3)


def test_over_all_readings_one_policy_is_chosen_for_both():
    """On average the hoped policy gains 100 x + 30: knowing x gains E max(100, 100 x + 30) − 100 = 4.5."""
    worth, _ = found(luck=0.5)
    assert telling(worth, ALL)["name"].tolist() == ["x"]
    assert telling(worth, ALL)["estimate"].iloc[0] == pytest.approx(4.5, abs=0.5)


def test_everything_is_worth_at_least_as_much_as_any_number():
    worth, _ = found()
    for reading in (ALL, *READINGS):
        mine = worth[worth["reading"] == reading]
        everything = mine[mine["kind"] == EVERYTHING]
        assert len(everything) == 1
        assert (everything[["raw", "estimate"]] >= mine["estimate"].max()).all(axis=None)
        assert not everything["tells"].any()
        assert len(mine) == OTHERS + 2


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_threshold_is_where_the_policies_are_level_with_the_right_one_above_it(sign):
    _, hinges = found(sign=sign)
    row = telling(hinges, "V-selective").iloc[0]
    assert row["threshold"] == pytest.approx(0.5, abs=0.05)
    assert row["favours"] == ("hoped" if sign > 0 else "steady")
    assert {row["first"], row["second"]} == set(POLICIES)


def test_without_a_turn_there_is_no_threshold_but_a_policy_that_a_number_favours():
    by_setting, settings = toy()
    hoped = by_setting["scenario"] == "hoped"
    by_setting.loc[hoped, "climbs"] += 1000
    _, hinges = information(by_setting, settings, regret(*POLICIES), {}, seed=2024)
    row = telling(hinges, "V-selective").iloc[0]
    assert (row["first"], row["favours"]) == ("hoped", "hoped")
    assert np.isnan(row["threshold"])


def test_a_number_that_helps_in_the_middle_has_no_side():
    by_setting, settings = toy()
    x = settings["x"].to_numpy()
    for reading in READINGS:
        place = (by_setting["reading"] == reading) & (by_setting["scenario"] == "hoped")
        by_setting.loc[place, "climbs"] = 300 - 2000 * (x - 0.5) ** 2
    _, hinges = information(by_setting, settings, regret(*POLICIES), {}, seed=2024)
    rows = telling(hinges, "V-selective")
    assert rows["name"].tolist() == ["x"]
    assert rows["favours"].tolist() == [""]
    assert rows["threshold"].isna().all()


def test_where_nothing_decides_nothing_tells():
    worth, hinges = found(decides=())
    assert not worth["tells"].any()
    assert not hinges["tells"].any()
    assert worth.loc[worth["kind"] != EVERYTHING, "estimate"].isna().all()


def test_a_group_counts_as_known_together():
    worth, _ = found(groups={"with x": [0, 1], "without": [2, 3]})
    assert telling(worth, "V-selective", "group")["name"].tolist() == ["with x"]


def test_per_yuan_the_benefit_is_per_bn_yuan_on_average():
    worth, _ = found(luck=0.5, extra=(1e9, 1e9))
    halved, _ = found(luck=0.5, extra=(2e9, 2e9), basis="climbs_per_bn_yuan")
    assert halved["raw"].to_numpy() == pytest.approx(worth["raw"].to_numpy() / 2)
    plain, _ = found(luck=0.5, extra=(2e9, 2e9))
    pd.testing.assert_frame_equal(plain, worth)


def test_readings_that_are_alike_get_the_same_rows():
    by_setting, settings = toy()
    again = by_setting[by_setting["reading"] == "D-selective"].assign(reading="D-naive")
    worth, _ = information(pd.concat([by_setting, again]), settings, regret(*POLICIES), {}, seed=2024)
    one, other = (worth[worth["reading"] == name] for name in ("D-selective", "D-naive"))
    pd.testing.assert_frame_equal(
        one.drop(columns="reading").reset_index(drop=True),
        other.drop(columns="reading").reset_index(drop=True),
    )


@pytest.mark.parametrize("count", [FEWEST - 1, 0])
def test_with_few_settings_or_none_there_are_no_rows(count):
    worth, hinges = found(count=count) if count else information(*empty(), regret(*POLICIES), {}, seed=1)
    assert (list(worth), len(worth)) == (WORTH_COLUMNS, 0)
    assert (list(hinges), len(hinges)) == (HINGE_COLUMNS, 0)


def empty():
    return pd.DataFrame(columns=SETTING_COLUMNS), pd.DataFrame()


def test_with_one_policy_or_no_doubtful_number_there_are_no_rows():
    assert all(frame.empty for frame in found(policies=("steady",)))
    by_setting, settings = toy()
    held = information(by_setting, settings[["replication"]], regret(*POLICIES), {}, seed=1)
    assert all(frame.empty for frame in held)


def test_fewest_settings_are_enough():
    worth, hinges = found(count=FEWEST, luck=0.1)
    assert telling(worth, "V-selective")["name"].tolist() == ["x"]
    assert len(hinges) == len(READINGS) * (OTHERS + 1)


def test_groups_are_levers_of_the_policies_and_grades():
    registry = load_parameters(evidence_folder("hubei"))
    names = list(doubtful(registry))
    groups = groups_of(registry, names, {"platforms", "talent_pool"})
    assert {"platforms", "talent_pool", "assumed"} <= set(groups)
    assert "certificate_award" not in groups
    (platforms,) = (lever for lever in LEVERS if lever.name == "platforms")
    assert {names[k] for k in groups["platforms"]} == set(platforms.parameters) & set(names)
    assert all(registry[names[k]].grade == "assumed" for k in groups["assumed"])
    assert all(len(group) > 1 for group in groups.values())


@pytest.fixture(scope="module")
def small() -> tuple[Comparison, Comparison]:
    """Two policies with doubt and without, with the fewest settings that tell anything."""
    scenarios = [load_scenario(name, scale=0.001) for name in ("baseline", "platforms", "subsidies")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "part_rows", lambda *_, **__: [])  # most of the time
        with_doubt = compare(scenarios[0], scenarios[1:], replications=FEWEST, doubt="ranges")
        without = compare(scenarios[0], scenarios[1:], replications=2, doubt="none")
    return with_doubt, without


def test_a_comparison_in_doubt_has_both_tables(small):
    in_doubt, _ = small
    numbers = [name for name in in_doubt.settings if name != "replication"]
    for reading in (ALL, *in_doubt.by_setting["reading"].unique()):
        rows = in_doubt.worth[in_doubt.worth["reading"] == reading]
        assert rows.loc[rows["kind"] == "number", "name"].tolist() == numbers
        assert {"platforms", "rd_subsidy", "assumed"} <= set(rows.loc[rows["kind"] == "group", "name"])
    assert {"worth", "hinges"} <= set(tables_of(in_doubt))
    hinges = in_doubt.hinges
    assert set(hinges["first"]) | set(hinges["second"]) == {"platforms", "subsidies"}


def test_without_doubt_both_tables_are_empty_and_not_written(small):
    _, sure = small
    assert (len(sure.worth), list(sure.worth)) == (0, WORTH_COLUMNS)
    assert (len(sure.hinges), list(sure.hinges)) == (0, HINGE_COLUMNS)
    assert not {"worth", "hinges"} & set(tables_of(sure))
    assert {field.name for field in dataclasses.fields(sure)} >= {"worth", "hinges"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_answer_has_its_block_after_the_regrets_with_doubt_only(small, lang):
    words = Words(lang)
    unit = words(f"doubt.unit_{small[0].regret['basis'].iloc[0]}")
    titles = [words("doubt.table", unit=unit), words("doubt.worth_table", unit=unit)]
    in_doubt, sure = ([block.title for block in blocks_of(Answer(each, words))] for each in small)
    at = in_doubt.index(titles[0])
    assert in_doubt[at : at + 2] == titles
    assert not set(titles) & set(sure)
    said = "\n".join(line for block in blocks_of(Answer(small[1], words)) for line in block.lines)
    assert words("doubt.everything") not in said
