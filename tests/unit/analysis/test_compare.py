"""A small comparison: consistent tables, the same for any number of workers, clear refusals."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from sim.analysis.comparison import compare as room
from sim.analysis.comparison import runner
from sim.analysis.comparison.compare import Comparison, compare
from sim.analysis.comparison.effects import COEFFICIENT_COLUMNS
from sim.analysis.outcomes import LEAD
from sim.errors import InputError
from sim.runs.executor import in_order
from sim.runs.results import build_results, digest_of, write_parquet
from sim.runs.run import evidence_of, run, simulate_all
from sim.world.scenario import load_scenario
from sim.world.scenario_record import READINGS
from tests.stated_covariance import folder_with

SMALL = {"scale": 0.004}


@pytest.fixture(scope="module")
def small() -> Comparison:
    """Three policies, ten replications, with response curves."""
    policies = [load_scenario(name, **SMALL) for name in ("platforms", "subsidies", "all_three")]
    return compare(load_scenario("baseline", **SMALL), policies, replications=10, doubt="none", response=True)


def test_every_policy_stands_under_every_reading(small: Comparison) -> None:
    keys = {(reading, policy.name) for reading in READINGS for policy in small.policies}
    for name, frame in small.tables().items():
        if name in ("coefficient_uncertainty", "shapley"):
            continue  # the coefficients are held, and Shapley values were not asked for
        if name in ("regret", "by_setting", "settings", "worth", "hinges", "variance"):
            assert frame.empty, name  # without doubt
            continue
        found = set(zip(frame["reading"], frame["scenario"], strict=True))
        expected = {key for key in keys if key[1] != "all_three"} if name == "break_even" else keys
        assert found == expected, name


def test_where_money_is_spent_unevenly_that_is_said_before_what_follows_from_it(small: Comparison) -> None:
    codes = [caution.code for caution in small.cautions]
    assert codes.index("spent") < codes.index("per_yuan")
    assert set(small.ranking["basis"]) == {"climbs_per_yuan"}
    counts = small.response.groupby("budget_yuan_per_year")["replications"].unique()
    assert {yuan: list(found) for yuan, found in counts.items()} == {
        250_000_000: [8],
        500_000_000: [8],
        1_000_000_000: [10],
        2_000_000_000: [8],
        4_000_000_000: [8],
    }


def test_intervals_hold_their_effects(small: Comparison) -> None:
    for frame in (small.effects, small.paths, small.regions):
        there = frame.dropna(subset=["low", "high"])
        assert len(there) > len(frame) / 2
        assert (there["low"] <= there["effect"]).all()
        assert (there["effect"] <= there["high"]).all()


def test_difficulty_adds_up(small: Comparison) -> None:
    table = small.effects.pivot_table(index=["reading", "scenario"], columns="outcome", values="effect")
    parts = table[["difficulty_within", "difficulty_composition", "difficulty_entrants"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(table["difficulty_share"].to_numpy(), abs=1e-9)


def test_money_spent_is_within_what_was_authorised(small: Comparison) -> None:
    assert (small.costs["spent_yuan"] <= small.costs["authorised_yuan"]).all()
    assert (small.costs["authorised_yuan"] == 9_000_000_000).all()  # nine years of one billion


def test_regions_add_up_to_the_province(small: Comparison) -> None:
    regional = (
        small.regions[small.regions["outcome"] == "climbs"].groupby(["reading", "scenario"])["effect"].sum()
    )
    total = small.effects[small.effects["outcome"] == "climbs"].set_index(["reading", "scenario"])["effect"]
    assert regional.to_dict() == pytest.approx(total.to_dict())


def test_a_region_without_firms_is_missing_and_nothing_is_nan(small: Comparison) -> None:
    bounds = ["low", "high"]  # missing where all replications are alike
    assert not small.regions.drop(columns=bounds).isna().any().any()
    assert (small.regions[bounds].isna().sum(axis=1) != 1).all()


def test_last_quarter_of_the_path_is_the_effect(small: Comparison) -> None:
    path = small.paths[(small.paths["outcome"] == "climbs") & (small.paths["quarter"] == "2032Q4")]
    total = small.effects[small.effects["outcome"] == "climbs"]
    assert path["effect"].to_numpy() == pytest.approx(total["effect"].to_numpy())


def test_response_at_the_own_budget_is_the_effect(small: Comparison) -> None:
    own = small.response[small.response["budget_yuan_per_year"] == small.base.budget]
    assert own["spent_yuan"].to_numpy() == pytest.approx(small.costs["spent_yuan"].to_numpy(), rel=0.05)
    spent = small.response.groupby(["reading", "scenario"])["spent_yuan"]
    assert spent.apply(lambda s: s.is_monotonic_increasing).all()


def test_workers_change_nothing() -> None:
    base, policy = load_scenario("baseline", **SMALL), load_scenario("platforms", **SMALL)
    one, two = (compare(base, [policy], replications=3, doubt="none", workers=n) for n in (1, 2))
    for name, frame in one.tables().items():
        pd.testing.assert_frame_equal(frame, two.tables()[name])


def test_until_adds_batches_and_says_what_is_not_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BATCH", 2)
    monkeypatch.setattr(room, "CAP", 6)
    base, policy = load_scenario("baseline", **SMALL), load_scenario("talent_pool", **SMALL)
    found = compare(base, [policy], replications=2, doubt="none", until=1e-6)
    assert found.replications == 6
    lead = found.effects[found.effects["outcome"] == "value_added"]
    assert not lead["resolved"].any()


def test_more_replications_extend_the_same_luck() -> None:
    base, policy = load_scenario("baseline", **SMALL), load_scenario("platforms", **SMALL)
    first = run(policy, replications=2).quarters
    second = run(policy, replications=3).quarters
    pd.testing.assert_frame_equal(first, second[second["replication"] < 2].reset_index(drop=True))
    assert base.digest != policy.digest


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"scale": 0.002}, "scale"),
        ({"grid": "0.1"}, "grid"),
        ({"horizon": {"end": "2030Q4"}}, "horizon"),
        ({"difficulty": {"column": 3}}, r"difficulty\.column"),
        ({"difficulty": {"coefficients": "drawn"}}, r"difficulty\.coefficients"),
    ],
)
def test_unlike_scenarios_are_refused(change: dict[str, object], word: str) -> None:
    with pytest.raises(InputError, match=word):
        compare(
            load_scenario("baseline", **SMALL),
            [load_scenario("platforms", **(SMALL | change))],
            replications=2,
        )


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"parameters": {"h0_0": 0.04}}, "differ in h0_0"),
        ({"difficulty": {"causal_reading": {"X3": 1.0}}}, "causal shares of its own"),
    ],
)
def test_what_is_no_policy_is_refused_as_one(change: dict[str, object], word: str) -> None:
    with pytest.raises(InputError, match=word):
        compare(
            load_scenario("baseline", **SMALL),
            [load_scenario("platforms", **(SMALL | change))],
            replications=2,
        )


def test_a_levers_own_numbers_may_differ() -> None:
    cheaper = load_scenario("platforms", **SMALL, parameters={"cost_P08": 120_000})
    assert (
        compare(load_scenario("baseline", **SMALL), [cheaper], replications=2, doubt="none").replications == 2
    )


def test_numbers_that_make_no_province_are_refused_with_their_scenario(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("sim.runs.run.compile_scenario", fail)
    with pytest.raises(InputError, match=r"platforms: no province can be built .*division by zero"):
        run(load_scenario("platforms", **SMALL), replications=2)


# Coefficients drawn ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def uncertain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a scenario gives to have coefficients that differ much from replication to replication."""
    folder = folder_with(tmp_path_factory.mktemp("evidence") / "hubei", {"X3": 1.0, "X4": 1.0, "X7": 1.0})
    return SMALL | {"evidence": str(folder), "difficulty": {"coefficients": "drawn"}}


@pytest.fixture(scope="module")
def drawn(uncertain: dict[str, object]) -> Comparison:
    names = ("talent_pool", "platforms")
    policies = [load_scenario(name, **uncertain) for name in names]
    return compare(load_scenario("baseline", **uncertain), policies, replications=10, doubt="none")


def test_held_coefficients_leave_nothing_to_split(small: Comparison) -> None:
    assert list(small.coefficient_uncertainty.columns) == COEFFICIENT_COLUMNS
    assert not len(small.coefficient_uncertainty)


def test_every_lead_effect_is_split(drawn: Comparison) -> None:
    frame = drawn.coefficient_uncertainty
    keys = list(zip(frame["reading"], frame["scenario"], frame["outcome"], strict=True))
    assert keys == [(r, p.name, name) for r in READINGS for p in drawn.policies for name in LEAD]
    assert set(frame["replications"]) == {10}
    varies = (frame["variance_drawn"] > 0) & (frame["variance_held"] > 0)
    share = 1 - frame["variance_held"] / frame["variance_drawn"]
    assert frame["share"][varies].to_numpy() == pytest.approx(share[varies].to_numpy())
    assert (frame["range_low"] <= frame["range_high"]).all()
    by_width = frame["width_drawn"] ** 2 / frame["width_held"] ** 2
    by_variance = frame["variance_drawn"] / frame["variance_held"]
    assert by_width[varies].to_numpy() == pytest.approx(by_variance[varies].to_numpy())


def test_effects_are_those_with_coefficients_drawn(drawn: Comparison) -> None:
    merged = drawn.coefficient_uncertainty.merge(drawn.effects, on=["reading", "scenario", "outcome"])
    assert merged["effect_x"].to_numpy() == pytest.approx(merged["effect_y"].to_numpy())
    assert merged["width_drawn"].to_numpy() == pytest.approx(
        (merged["high"] - merged["low"]).to_numpy(), nan_ok=True
    )


def test_held_side_is_the_comparison_with_coefficients_held(
    drawn: Comparison, uncertain: dict[str, object]
) -> None:
    held = [scenario.with_coefficients("held") for scenario in (drawn.base, *drawn.policies)]
    found = compare(held[0], held[1:], replications=10, doubt="none").effects
    lead = found[found["outcome"].isin(LEAD)]
    assert drawn.coefficient_uncertainty["effect_held"].to_numpy() == pytest.approx(lead["effect"].to_numpy())


def test_under_d_coefficients_cannot_matter_and_under_v_they_do(drawn: Comparison) -> None:
    frame = drawn.coefficient_uncertainty
    direct = frame["reading"].str.startswith("D")
    assert (frame["effect"][direct] == frame["effect_held"][direct]).all()
    assert set(frame["share"][direct].dropna()) == {0.0}
    climbs = frame[(frame["outcome"] == "value_added") & ~direct]
    assert (climbs["effect"] != climbs["effect_held"]).all()


def test_workers_change_no_draw(uncertain: dict[str, object]) -> None:
    base, policy = load_scenario("baseline", **uncertain), load_scenario("platforms", **uncertain)
    one, two = (compare(base, [policy], replications=3, doubt="none", workers=n).tables() for n in (1, 2))
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, two[name])


def test_until_goes_on_with_both_sides(uncertain: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BATCH", 2)
    monkeypatch.setattr(room, "CAP", 4)
    base, policy = load_scenario("baseline", **uncertain), load_scenario("platforms", **uncertain)
    found = compare(base, [policy], replications=2, doubt="none", until=1e-6)
    at_once = compare(base, [policy], replications=4, doubt="none")
    assert found.replications == 4
    pd.testing.assert_frame_equal(found.coefficient_uncertainty, at_once.coefficient_uncertainty)


def test_an_interrupted_comparison_is_split_as_far_as_it_went(uncertain: dict[str, object]) -> None:
    base, policy = load_scenario("baseline", **uncertain), load_scenario("platforms", **uncertain)

    def stop(done: int, total: int) -> None:
        assert total == 4 * 2 * 2 * len(READINGS), "everything twice, for two scenarios"
        if done > total * 3 // 4:
            raise KeyboardInterrupt

    found = compare(base, [policy], replications=4, doubt="none", workers=1, progress=stop)
    assert found.interrupted
    assert found.replications == 3
    whole = compare(base, [policy], replications=3, doubt="none")
    pd.testing.assert_frame_equal(found.coefficient_uncertainty, whole.coefficient_uncertainty)


def test_nothing_to_compare_and_too_few_replications_are_refused() -> None:
    base, policy = load_scenario("baseline", **SMALL), load_scenario("platforms", **SMALL)
    with pytest.raises(InputError, match="nothing to compare"):
        compare(base, [])
    with pytest.raises(InputError, match="at least 2"):
        compare(base, [policy], replications=1, doubt="none")
    with pytest.raises(InputError, match="own name"):
        compare(base, [base], replications=2, doubt="none")
    with pytest.raises(InputError, match="at least one worker"):
        compare(base, [policy], replications=2, doubt="none", workers=0)


def test_a_failing_task_stops_the_rest() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        in_order([fail] * 3, workers=2)


def test_tidy_tables_have_unique_keys_and_write_the_same_bytes(tmp_path: Path) -> None:
    scenario = load_scenario("platforms", **SMALL)
    (provinces,) = simulate_all([scenario], range(2), 1, lambda _, province: province)
    results = build_results(scenario, evidence_of(scenario), provinces, 1)
    for frame in (results.quarters, results.regions, results.industries):
        keys = [c for c in frame.columns if c not in ("value", "unit")]
        assert not frame.duplicated(keys).any()
        assert frame[keys].equals(frame[keys].sort_values(keys, ignore_index=True))
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path in paths:
        write_parquet(results.quarters, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert pq.read_schema(paths[0]).metadata is None
    assert digest_of(results.quarters) != digest_of(results.quarters.assign(value=0))
