"""The model beside published estimates: verdicts, chosen lines, the same numbers for any number of workers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.analysis.record.estimates import judged, published_estimates
from sim.errors import InputError
from sim.evidence.tables import load_evidence
from sim.files.names import evidence_folder
from sim.world.scenario_record import STRUCTURAL

LINES = {line.name: line for line in load_evidence(evidence_folder("hubei")).estimates}
SMALL = {"scale": 0.01, "replications": 2}


@pytest.mark.parametrize(
    ("mean", "verdict"), [(0.1, "inside"), (-0.25, "inside"), (0.3, "outside"), (-0.3, "outside")]
)
def test_the_mean_lies_between_the_ends_or_not(mean, verdict):
    assert judged(LINES["boeing_later"], mean) == verdict


def test_where_only_the_sign_is_known_there_is_a_least_effect_that_counts():
    line = LINES["graduates"]
    assert line.high is None
    assert line.low > 0
    assert judged(line, 0.02) == "inside"
    assert judged(line, 0.001) == "outside"
    below = replace(line, low=None, high=-0.01)
    assert judged(below, -0.1) == "inside"
    assert judged(below, 0.0) == "outside"


def test_without_a_lever_or_without_firms_there_is_no_verdict():
    nan = float("nan")
    assert judged(LINES["vouchers"], nan) == "no lever"
    assert judged(LINES["howell"], nan) == "not measured"


def test_chosen_lines_answer_alone_as_among_all_and_whatever_the_workers():
    names = ["boeing_peters", "innofund_survival"]
    both = published_estimates(only=names, workers=2, **SMALL)
    one = published_estimates(only=names[1:], workers=1, **SMALL)
    assert list(both.table["name"].unique()) == names
    assert list(both.table["reading"].unique()) == list(STRUCTURAL)
    mine = both.table[both.table["name"] == names[1]].reset_index(drop=True)
    assert mine.equals(one.table)


def test_a_line_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(InputError, match="howell"):
        published_estimates(only=["nobody"])


def test_lines_without_a_lever_need_no_run():
    found = published_estimates(only=["vouchers"], **SMALL).table
    assert set(found["verdict"]) == {"no lever"}
    assert found["simulated"].isna().all()


def test_a_province_without_the_file_has_an_empty_table():
    assert published_estimates("tests/provinces/lakeland", **SMALL).table.empty
