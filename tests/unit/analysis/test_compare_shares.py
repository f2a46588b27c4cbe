"""Comparisons whose variance over settings is shared out over luck and numbers."""

import json
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from sim.analysis.comparison import shares as further
from sim.analysis.comparison.compare import Comparison, compare
from sim.analysis.comparison.doubted import doubted
from sim.analysis.comparison.shares import VARIANCE_COLUMNS, Exchanged, by_pair, kinds_of_numbers, partner
from sim.analysis.doubt.shares import FREE, INFORMED, LUCK, TOGETHER
from sim.analysis.doubt.smooth import FEWEST
from sim.analysis.outcomes import LEAD
from sim.analysis.reproduce import again
from sim.analysis.saved import read_comparison, write_comparison
from sim.command.cli import app
from sim.errors import InputError
from sim.files.names import evidence_folder
from sim.runs.executor import Interrupted
from sim.runs.record import read_record
from sim.runs.run import MOST_REPLICATIONS, in_replication
from sim.world.members import Members, doubtful, drawn_scores, values_of, write_members
from sim.world.parameters import load_parameters
from sim.world.scenario import load_scenario
from sim.world.scenario_record import READINGS

REGISTRY = load_parameters(evidence_folder("hubei"))
NARROWED = ("a_P", "firms_2019")
SEED = 5
COUNT = 4  # settings of the comparison: as fast as a test may be, though they say little
FILES = {
    "short": "extends: baseline\nhorizon: {start: 2021Q1, end: 2022Q2}\nscale: 0.001\n",
    "apps": "extends: short.yaml\nlevers: {platforms: {start: 2021Q1, share_of_budget: 100 %, lag: 0}}\n",
}


@pytest.fixture(scope="module", autouse=True)
def one_reading():
    """Only the reading that compiles fastest; the order of all matters to whoever comes after."""
    whole = dict(READINGS)
    READINGS.clear()
    READINGS["D-selective"] = whole["D-selective"]
    yield
    READINGS.clear()
    READINGS.update(whole)


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory):
    """A baseline and a policy over six quarters, on evidence with settings some of whose numbers are narrowed."""
    folder = tmp_path_factory.mktemp("evidence") / "hubei"
    shutil.copytree(evidence_folder("hubei"), folder)
    (folder / "derived" / "made_from.csv").unlink()
    names = doubtful(REGISTRY)
    scores = np.stack([drawn_scores(len(names), SEED, k) for k in range(FEWEST)], axis=1)
    scores[[names.index(name) for name in NARROWED]] *= 0.3
    values = values_of([REGISTRY[name] for name in names], scores).T
    kept = [0.3 if name in NARROWED else 1.0 for name in names]
    made = {"numbers": json.dumps({"name": names, "kept": kept})}
    write_members(folder, Members(names, values, np.empty((FEWEST, 0)), made=made))
    found = []
    for name, text in FILES.items():
        file = folder.parent / f"{name}.yaml"
        file.write_text(f"name: {name}\ntitle: {{zh: 情景, en: {name}}}\n{text}", encoding="utf-8")
        found.append(load_scenario(str(file), evidence=str(folder)))
    return found


def compared(scenarios, **options) -> Comparison:
    base, *policies = scenarios
    return compare(base, policies, **{"replications": FEWEST, "doubt": "record", "shares": True} | options)


@pytest.fixture(scope="module")
def found(scenarios) -> Comparison:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(further, "FEWEST", COUNT)
        return compared(scenarios, replications=COUNT, workers=2)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(further, "FEWEST", 2)
    return 2


def test_what_the_record_narrowed_counts_as_informed(scenarios):
    (base,) = doubted(scenarios[:1], "record")
    kinds = kinds_of_numbers(base)
    assert set(NARROWED) - set(base.certain) <= set(kinds[INFORMED])
    assert len(kinds[INFORMED]) < 5
    assert sorted((*kinds[INFORMED], *kinds[FREE], *base.certain)) == sorted(
        {*doubtful(REGISTRY), *base.certain}
    )
    (ranges,) = doubted(scenarios[:1], "ranges")
    assert not kinds_of_numbers(ranges)[INFORMED]


def test_further_runs_exchange_numbers_within_a_pair_and_have_luck_of_their_own(scenarios):
    base, policy = doubted(scenarios, "record")
    kinds = kinds_of_numbers(base)
    exchanged = Exchanged(FEWEST, ((), kinds[FREE], kinds[INFORMED]))
    luck = [exchanged(base, run)[1] for run in exchanged.runs]
    assert len(set(luck)) == 3 * FEWEST
    assert min(luck) >= MOST_REPLICATIONS
    assert max(luck) < 2**32, "a word of the key of every draw"
    assert [exchanged(policy, run)[1] for run in exchanged.runs] == luck
    for lot, taken in enumerate(exchanged.exchanged):
        for k in (0, 7):
            numbers = exchanged(policy, lot * FEWEST + k)[0].parameters
            for name in (*kinds[FREE][:9], *kinds[INFORMED]):
                source = partner(k) if name in taken else k
                assert numbers[name] == in_replication(policy, source).parameters[name], (lot, k, name)


def test_runs_are_arranged_by_the_numbers_that_they_have():
    # A run is written as 100 × its informed setting + its free setting.
    settings = np.arange(6)
    others = settings ^ 1
    lots = np.stack(
        [
            100 * settings + settings,
            100 * settings + settings,
            100 * settings + others,
            100 * others + settings,
        ]
    )
    for pair, runs in enumerate(by_pair(lots)):
        for informed in (0, 1):
            for free in (0, 1):
                assert (runs[informed, free] == 100 * (2 * pair + informed) + 2 * pair + free).all()


def test_every_lead_effect_has_shares_that_sum_to_one(found: Comparison):
    table = found.variance
    assert table.columns.tolist() == VARIANCE_COLUMNS
    assert table["part"].tolist() == [LUCK, INFORMED, FREE, TOGETHER] * len(LEAD)
    assert set(table["outcome"]) == set(LEAD)
    assert set(table["replications"]) == {COUNT}
    assert table.groupby("outcome")["share"].sum().to_numpy() == pytest.approx(1)
    assert not found.interrupted
    sizes = table.groupby("part")["numbers"].first()
    assert sizes[TOGETHER] == sizes[INFORMED] + sizes[FREE]


def test_the_same_when_read_back_and_when_run_again_by_one_worker(found: Comparison, tmp_path, monkeypatch):
    monkeypatch.setattr(further, "FEWEST", COUNT)
    write_comparison(found, tmp_path)
    read, saved = read_comparison(read_record(tmp_path))
    assert read.variance.equals(found.variance)
    assert not saved.faults
    assert again(read_record(tmp_path), workers=1).agrees


def test_of_settings_from_the_ranges_only_luck_and_numbers_are_told_apart(scenarios, few):
    found = compared(scenarios, doubt="ranges", replications=few + 1)
    assert found.variance["part"].tolist() == [LUCK, FREE] * len(LEAD)
    assert set(found.variance["replications"]) == {few + 1}


def test_the_last_of_an_odd_number_of_settings_has_no_partner(scenarios, few):
    assert set(compared(scenarios, replications=5).variance["replications"]) == {4}


def test_after_ctrl_c_the_comparison_is_complete_and_says_what_is_missing(scenarios, few, monkeypatch):
    def stop(*_):
        raise Interrupted([])

    monkeypatch.setattr(further, "simulate_all", stop)
    found = compared(scenarios, replications=few)
    assert found.interrupted
    assert found.variance.empty
    assert found.variance.columns.tolist() == VARIANCE_COLUMNS
    assert found.replications == few
    assert "shares_unfinished" in {caution.code for caution in found.cautions}
    assert len(found.decomposition)


def test_without_doubt_or_with_few_settings_it_is_refused(scenarios):
    with pytest.raises(InputError, match="--doubt record"):
        compared(scenarios, doubt="none")
    with pytest.raises(InputError, match=f"at least {FEWEST}"):
        compared(scenarios, replications=FEWEST - 1)


def test_the_command_refuses_it_without_doubt(tmp_path):
    words = ["compare", "baseline", "platforms", "--shares", "--doubt", "none", "--out", str(tmp_path / "no")]
    with pytest.raises(InputError, match="--doubt record"):
        CliRunner().invoke(app, words, catch_exceptions=False)
    assert not (tmp_path / "no").exists()
