"""A flow over less than a year is labelled with its period, never as a yearly flow."""

import re

import pandas as pd
import pytest

from sim.evidence.tables import load_evidence
from sim.files.names import evidence_folder
from sim.runs.results import Results, period, summarise
from sim.show.texts.account import RunAccount
from sim.show.texts.closing import SHOWN, run_table
from sim.words import Words
from sim.world.scenario import load_scenario

QUARTERS = [f"{2024 + k // 4}Q{k % 4 + 1}" for k in range(9)]
FLOWS = {"climbs": "firms/quarter", "value_added": "yuan/quarter", "rd": "yuan/quarter"}
NAMES = {1: "quarter", 2: "2 quarters", 3: "3 quarters", 4: "year", 9: "year"}


def table(reported):
    """Two replications in which every flow is 10 a quarter."""
    rows = [
        ("a", replication, quarter, metric, 10.0 + replication, FLOWS.get(metric, "firms"))
        for replication in range(2)
        for quarter in QUARTERS[:reported]
        for metric in SHOWN
    ]
    return pd.DataFrame(rows, columns=["scenario", "replication", "quarter", "metric", "value", "unit"])


def run(reported):
    quarters = table(reported)
    return Results(
        scenario=load_scenario("baseline", horizon={"start": QUARTERS[0], "end": QUARTERS[reported - 1]}),
        evidence=load_evidence(evidence_folder("hubei")),
        seed=1,
        replications=2,
        quarters=quarters,
        regions=quarters.iloc[:0],
        industries=quarters.iloc[:0],
        summary=summarise(quarters),
    )


@pytest.mark.parametrize(("reported", "name"), NAMES.items())
def test_the_unit_of_a_flow_says_over_what_it_is_summed(reported, name):
    summary = summarise(table(reported)).set_index("metric")
    assert summary.loc["climbs", "unit"] == f"firms/{name}"
    assert summary.loc["value_added", "unit"] == f"yuan/{name}"
    assert summary.loc["climbs", "mean"] == 10.5 * min(reported, 4)
    assert summary.loc["firms", "unit"] == "firms"
    assert period(min(reported, 4)) == name


@pytest.mark.parametrize("reported", [1, 2, 3])
@pytest.mark.parametrize(("lang", "year"), [("en", r"\byear\b"), ("zh", "年")])
def test_a_run_of_less_than_a_year_says_nothing_of_a_year(reported, lang, year):
    shown = run_table(RunAccount(run(reported), Words(lang)))
    assert not re.search(year, shown)
    assert len(re.findall("quarter" if lang == "en" else "季度", shown)) >= 4, "heading and every flow"


@pytest.mark.parametrize("reported", [4, 9])
@pytest.mark.parametrize(("lang", "year"), [("en", "a year"), ("zh", "每年")])
def test_a_run_of_a_year_or_more_says_a_year(reported, lang, year):
    shown = run_table(RunAccount(run(reported), Words(lang)))
    assert year in shown
    assert "quarter" not in shown
    assert "季度" not in shown
