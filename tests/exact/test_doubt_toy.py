"""Doubt end to end: comparisons of the real model in which it is known which number decides, and where.

In this toy of Lakeland whoever is supported climbs at once, and nobody else does. So a policy's extra climbs are the
firms that its money pays for: climbs = budget (1 - admin) / unit cost. Under D grants and machines do the same for a
firm, and the cheaper of them leads; under V machines do nothing, under V* neither does.
"""

import csv
import shutil
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.analysis.comparison import compare as room
from sim.analysis.comparison.compare import Comparison, compare
from sim.analysis.comparison.information import ALL, EVERYTHING, GROUP, NUMBER
from sim.analysis.doubt.discovery import LEAST
from sim.analysis.doubt.leading import Lead, find_lead, leader
from sim.world.scenario import load_scenario
from sim.world.scenario_record import READINGS

PROVINCE = Path(__file__).parents[1] / "provinces" / "lakeland"
MONEY = 80_000_000 * 0.95  # of one year's budget, what is left by administration
MACHINE = 160_000.0  # the unit cost of machines: where a grant costs less, grants lead under D
LOW, HIGH = 100_000.0, 300_000.0  # a grant
SETTINGS = 30
NEAR = 3 * (HIGH - LOW) / SETTINGS  # tolerance of a threshold: settings lie at random
WEIGHT = 10
FEW = (
    3 * WEIGHT
)  # firms: what is left of the money, and agents that would have climbed without, or have closed
LEVERS = {"grants": "rd_subsidy", "machines": "platforms"}
DIRECT = ("D-selective", "D-naive")
SURE: dict[str, float] = {
    # Support multiplies a hazard of one in a thousand by e^10; nothing else speeds climbing or slows it.
    **{
        "a_R": 20,
        "rd_unit": 10_000,
        "a_P": 50,
        "climb_clip": 10,
        "a_T": 0,
        "a_S": 0,
        "a_F": 0,
        "a_U": 0,
        "eps": 1,
    },
    **{
        "h0_0": 0,
        "h0_1": 0.001,
        "h0_direct": 0,
        "h0_2": 0,
        "campaign": 1,
        "success_low": 1,
        "success_high": 1,
    },
    **{"short_small": 1, "short_large": 1},
    # Nobody has a platform or does research but with support, which is spent on it in full; nearly all want a platform.
    **{f"rd_level_{level}": 0 for level in range(5)},
    **{"relabel": 0, "add_P01": 0, "deadweight_P08": 0, "platforms": 0, "adopt": 0, "want_rise": 0.9},
    **{"elasticity_P08": 0, "cost_P01": MACHINE, "cost_P08": MACHINE},
}


def province(folder: Path, numbers: dict[str, float], doubtful: dict[str, tuple[float, float]]) -> Path:
    """Lakeland with these numbers, of which only some are doubtful."""
    shutil.copytree(PROVINCE, folder)
    for name in ("made_from.csv", "parameters.csv"):
        (folder / "derived" / name).unlink()
    path = folder / "parameters.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {*numbers, *doubtful} <= {row["name"] for row in rows}
    for row in rows:
        row["default"] = str(numbers.get(row["name"], row["default"]))
        row["low"], row["high"] = map(str, doubtful.get(row["name"], (row["default"],) * 2))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def compared(folder: Path, settings: int) -> Comparison:
    """Grants against machines for the firms of level 1, over a year."""
    given: dict[str, Any] = {
        **{"evidence": str(folder), "scale": 1 / WEIGHT, "budget": "0.08 bn yuan"},
        "horizon": {"start": "2020Q1", "end": "2020Q4"},
    }
    policies = [
        load_scenario(
            "baseline",
            **given,
            name=name,
            title={"zh": name, "en": name},
            levers={lever: {"start": "2020Q1", "share_of_budget": 1.0, "for": {"levels": [1]}}},
        )
        for name, lever in LEVERS.items()
    ]
    with pytest.MonkeyPatch.context() as patch:
        # Through which channels climbs come is another question, and takes as long again.
        patch.setattr(room, "part_rows", lambda *_, **__: [])
        return compare(load_scenario("baseline", **given), policies, replications=settings, doubt="ranges")


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """What a grant costs decides; what talent support costs, which nobody gives, cannot."""
    doubtful = {"cost_P01": (LOW, HIGH), "cost_P03": (20_000.0, 200_000.0)}
    return compared(province(tmp_path_factory.mktemp("toys") / "decided", SURE, doubtful), SETTINGS)


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Grants and machines cost the same, who of the supported climbs is luck, and what is doubtful nobody pays."""
    doubtful = {"cost_P14": (2_000.0, 40_000.0), "cost_P03": (20_000.0, 200_000.0)}
    folder = tmp_path_factory.mktemp("toys") / "undecided"
    return compared(province(folder, SURE | {"climb_clip": 5}, doubtful), LEAST)


@pytest.fixture(scope="module")
def lead(decided: Comparison) -> Lead:
    """Where grants lead under D."""
    return find_lead(decided, "D-selective", "grants")


def gains(comparison: Comparison, reading: str) -> pd.DataFrame:
    """Climbs by setting and policy."""
    rows = comparison.by_setting[comparison.by_setting["reading"] == reading]
    return rows.pivot_table(index="replication", columns="scenario", values="climbs")[list(LEVERS)]


def telling(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["tells"].astype(bool)]


# One number decides ----------------------------------------------------------------------------------------


def test_the_model_does_what_the_toy_was_made_for(decided: Comparison) -> None:
    settings = decided.settings.set_index("replication")
    assert set(settings) == {"cost_P01", "cost_P03"}
    assert settings["cost_P01"].between(LOW, HIGH).all()
    assert set(decided.ranking["basis"]) == {"climbs"}
    for reading in READINGS:
        found = gains(decided, reading)
        paid = pd.DataFrame({"grants": MONEY / settings["cost_P01"], "machines": MONEY / MACHINE})
        works = {"grants": reading != "V*-selective", "machines": reading in DIRECT}
        for name in LEVERS:
            assert np.abs(found[name] - paid[name] * works[name]).max() <= FEW, (reading, name)


def test_discovery_finds_the_number_and_its_threshold_and_nothing_else(
    decided: Comparison, lead: Lead
) -> None:
    (box,) = lead.discovery.boxes
    (limit,) = box.limits
    assert (limit.name, limit.low) == ("cost_P01", None)
    assert limit.high == pytest.approx(MACHINE, abs=NEAR)
    costs, found = decided.settings["cost_P01"].to_numpy(), gains(decided, "D-selective")
    ahead = (found["grants"] > found["machines"]).to_numpy()
    assert costs[ahead].max() < limit.high < costs[~ahead].min()
    assert box.density == 1.0
    assert box.coverage == 1.0
    assert box.score > box.noise
    assert lead.numbers == 2


def test_the_other_policy_leads_on_the_other_side(decided: Comparison, lead: Lead) -> None:
    assert leader(decided, "D-selective") == "machines"
    other = find_lead(decided, "D-selective", "machines")
    (limit,) = other.discovery.boxes[0].limits
    assert (limit.name, limit.high) == ("cost_P01", None)
    assert limit.low == pytest.approx(MACHINE, abs=NEAR)
    assert lead.tied == other.tied
    assert lead.discovery.share + other.discovery.share + lead.tied / lead.discovery.members == pytest.approx(
        1
    )


@pytest.mark.parametrize("reading", ["V-selective", "V*-selective"])
def test_nothing_is_searched_where_the_lead_never_changes(decided: Comparison, reading: str) -> None:
    found = find_lead(decided, reading, "grants")
    assert not found.discovery.searched
    assert not found.discovery.boxes
    assert (found.discovery.share, found.tied) == ((0.0, SETTINGS) if reading == "V*-selective" else (1.0, 0))


def test_only_that_number_is_worth_knowing_and_only_where_it_decides(decided: Comparison) -> None:
    numbers = telling(decided.worth[decided.worth["kind"] == NUMBER])
    assert sorted(zip(numbers["reading"], numbers["name"], strict=True)) == [
        (reading, "cost_P01") for reading in sorted(DIRECT)
    ]
    groups = telling(decided.worth[decided.worth["kind"] == GROUP])
    assert set(groups["reading"]) <= set(DIRECT)


def test_its_worth_is_what_brute_force_gives(decided: Comparison) -> None:
    """There is no luck worth mentioning, so that to know the number is to know everything."""
    found = gains(decided, "D-selective")
    forced = float(found.max(axis=1).mean() - found.mean().max())
    mine = decided.worth[decided.worth["reading"] == "D-selective"]
    everything = mine[mine["kind"] == EVERYTHING]["estimate"].item()
    assert everything == pytest.approx(forced)
    estimate = mine[mine["name"] == "cost_P01"]["estimate"].item()
    assert estimate == pytest.approx(forced, rel=0.15)
    # The same from the construction, for these settings.
    grants = MONEY / decided.settings["cost_P01"]
    machines = MONEY / MACHINE
    built = np.maximum(grants, machines).mean() - max(grants.mean(), machines)
    assert estimate == pytest.approx(built, rel=0.2)


def test_one_choice_for_all_readings_does_not_hang_on_it(decided: Comparison) -> None:
    """Grants work under twice as many readings, so over all they are ahead at any price below 320,000 yuan."""
    mine = decided.worth[decided.worth["reading"] == ALL]
    assert not mine["tells"].astype(bool).any()
    assert mine[mine["kind"] == EVERYTHING]["raw"].item() == pytest.approx(0, abs=1)


def test_the_lead_hangs_on_it_and_turns_at_the_threshold(decided: Comparison) -> None:
    hinges = telling(decided.hinges).set_index("reading")
    assert set(hinges["name"]) == {"cost_P01"}
    assert set(hinges.index) == {*DIRECT, "V-selective", "V-naive"}
    for reading in DIRECT:
        row = hinges.loc[reading]
        assert (row["first"], row["second"], row["favours"]) == ("machines", "grants", "machines")
        assert row["threshold"] == pytest.approx(MACHINE, abs=NEAR)
        assert row["corrected"] > 0.9
    for reading in ("V-selective", "V-naive"):
        row = hinges.loc[reading]
        # The margin shrinks as a grant becomes dearer, and never turns.
        assert (row["first"], row["favours"]) == ("grants", "machines")
        assert np.isnan(row["threshold"])


def test_regret_is_what_it_is_by_hand(decided: Comparison) -> None:
    largest = dict.fromkeys(LEVERS, 0.0)
    for reading in READINGS:
        for _, setting in gains(decided, reading).iterrows():
            for name in LEVERS:
                largest[name] = max(largest[name], setting.max() - setting[name])
    table = decided.regret.set_index("scenario")
    assert table["regret_largest"].to_dict() == pytest.approx(largest)
    (choice,) = table.index[table["smallest"]]
    assert choice == min(largest, key=largest.__getitem__) == "grants"
    # From the construction: under D the dearest grant loses against a machine, under V a machine loses all.
    costs = decided.settings["cost_P01"]
    built = {"grants": MONEY / MACHINE - MONEY / costs.max(), "machines": MONEY / costs.min()}
    assert largest == pytest.approx(built, abs=FEW)


def test_shares_of_leads_are_those_of_the_threshold(decided: Comparison) -> None:
    cheap = float((decided.settings["cost_P01"] < MACHINE).mean())
    shares = decided.ranking.set_index(["reading", "scenario"])["best_share"]
    for reading in DIRECT:
        assert shares[reading, "grants"] == pytest.approx(cheap, abs=0.05)
    assert shares["V-selective", "grants"] == 1.0
    assert shares["V*-selective", "grants"] == 0.5


# Nothing decides -------------------------------------------------------------------------------------------


def test_luck_alone_decides_who_leads(undecided: Comparison) -> None:
    found = gains(undecided, "D-selective")
    assert 0.2 < (found["grants"] > found["machines"]).mean() < 0.8
    assert found.mean()["grants"] == pytest.approx(found.mean()["machines"], rel=0.2)


@pytest.mark.parametrize(("reading", "policy"), list(product(DIRECT, LEVERS)))
def test_discovery_says_that_there_is_none(undecided: Comparison, reading: str, policy: str) -> None:
    found = find_lead(undecided, reading, policy).discovery
    assert found.searched
    assert not found.boxes
    assert found.score <= found.noise


def test_nothing_is_worth_knowing_and_the_lead_hangs_on_nothing(undecided: Comparison) -> None:
    assert len(undecided.worth)
    assert telling(undecided.worth).empty
    assert len(undecided.hinges) == 2 * len(READINGS)
    assert telling(undecided.hinges).empty
    assert set(undecided.hinges["favours"]) == {""}
    assert undecided.hinges["threshold"].isna().all()
    knowing = undecided.worth[undecided.worth["kind"] == EVERYTHING]
    assert (knowing.set_index("reading").loc[list(DIRECT), "raw"] > 0).all()  # luck included
