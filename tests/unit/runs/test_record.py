"""Results read back from their folder: scenarios, experiments, tables, and what was edited since."""

import json
from dataclasses import fields, replace
from functools import partial

import pandas as pd
import pytest

from sim.analysis.comparison.compare import compare
from sim.analysis.reproduce import again
from sim.analysis.saved import read_comparison, write_comparison, write_study
from sim.analysis.studies.stages import Reader, Runner
from sim.analysis.studies.study import run_study, study_hash
from sim.errors import InputError
from sim.files.names import scenario_names
from sim.runs.elsewhere import here
from sim.runs.experiment import Design, experiment_from, plain_experiment
from sim.runs.factors import Choice, Factor, LogUniform, Normal, Triangular, Uniform
from sim.runs.record import read_record
from sim.runs.results import SCHEMA, sealed, write_parquet, write_results
from sim.runs.run import run
from sim.runs.saved import read_results
from sim.world.scenario import canonical, load_scenario
from sim.world.scenario_record import scenario_from
from tests.toys import Toy, experiment, noisy, unit

TINY = {"scale": 0.001, "horizon": {"start": "2021Q1", "end": "2022Q2"}}
LEVERS = {"start": "2021Q1", "share_of_budget": "100 %"}


@pytest.mark.parametrize("name", scenario_names())
def test_a_scenario_comes_back_from_its_canonical_form(name):
    scenario = load_scenario(name, parameters={"rho": 0.7 + 0.1})
    plain = json.loads(json.dumps(canonical(scenario)))
    words = {"title": scenario.title, "description": scenario.description, "source": scenario.source}
    back = scenario_from(
        plain, evidence=scenario.evidence, replications=scenario.replications, **words
    ).model_copy(update={"files": scenario.files})
    assert back == scenario
    assert back.digest == scenario.digest


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kappa": [1.0]}, "kappa holds 14 numbers"),
        ({"column": "3"}, "column"),
        ({"unknown": 1}, "unknown"),
        ({"parameters": {"rho": "much"}}, "could not convert"),
        ({"levers": 3}, "levers"),
    ],
)
def test_what_is_no_canonical_form_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        scenario_from(canonical(load_scenario("baseline")) | change)


def test_an_experiment_comes_back_with_its_distributions():
    kinds = (
        Uniform(0.1, 0.9),
        LogUniform(0.1, 0.9),
        Triangular(0.1, 0.2, 0.9),
        Normal(0.5, 0.1, 0.1, 0.9),
        Choice(("V", "D")),
    )
    factors = tuple(Factor(f"x{k}", "uncertainty", kind) for k, kind in enumerate(kinds))
    asked = experiment(factors, Design("list", rows=({"x0": 0.3}, {"x4": "D"})))
    asked = replace(asked, ranked=("a",), files=({"file": "e.yaml"},))
    assert experiment_from(json.loads(json.dumps(plain_experiment(asked)))) == asked


@pytest.mark.parametrize("method", ["sobol", "two_stage", "morris"])
def test_a_study_read_from_its_runs_is_the_study_that_was_done(tmp_path, method):
    design = {
        "sobol": Design("sobol", size=16, most=64, precision=0.05),
        "two_stage": Design("two_stage", size=16, most=32, trajectories=8, keep=2, precision=0.05),
        "morris": Design("morris", trajectories=8),
    }[method]
    asked, toy = experiment(unit("x1", "x2", "x3"), design), Toy(noisy)
    with here(2) as place:
        done = run_study(asked, Runner(toy, tmp_path, place), with_indices=True)
    write_study(done, study_hash(asked, toy), tmp_path)
    read = run_study(asked, Reader(toy, tmp_path, ""), with_indices=True)
    assert len(done.stages[-1].sample) == len(read.stages[-1].sample)
    for name, frame in done.tables().items():
        pd.testing.assert_frame_equal(read.tables()[name], frame)
    tallies = [[(s.tally.total, s.tally.done, s.tally.failed) for s in each.stages] for each in (done, read)]
    assert tallies[0] == tallies[1]
    assert read.unfinished == ""


def test_a_study_that_was_left_early_is_read_as_such(tmp_path):
    asked, toy = experiment(unit("x1", "x2", "x3"), Design("morris", trajectories=8)), Toy(noisy)
    with here(2) as place:
        done = run_study(asked, Runner(toy, tmp_path, place, until=0.0), with_indices=False)
    assert done.unfinished == "hours"
    assert run_study(asked, Reader(toy, tmp_path, "hours"), with_indices=False).unfinished == "hours"


@pytest.fixture(scope="module")
def base():
    return load_scenario("baseline", **TINY)


@pytest.fixture(scope="module")
def policies():
    return [
        load_scenario("baseline", name=name, levers={name: LEVERS}, **TINY)
        for name in ("talent_pool", "rd_subsidy")
    ]


@pytest.fixture(scope="module")
def all_asked(base, policies):
    """Compare with every option that a manifest holds."""
    shock = load_scenario("demand_shock", **TINY | {"horizon": {"start": "2021Q1", "end": "2027Q4"}})
    early = shock.shocks[0].model_copy(update={"start": base.start, "end": base.start + 1})
    under = shock.model_copy(update={"shocks": (early,), "end": base.end})
    return partial(compare, base, policies, doubt="none", seed=7, until=0.9, response=True, under=under)


@pytest.fixture(scope="module")
def made(all_asked):
    # So few agents never reach a precision: the cap ends it after one more batch, not after 400 replications.
    return all_asked(replications=8, most=12)


@pytest.fixture(scope="module")
def few(all_asked):
    """The same for tests that run it again: too few replications for intervals."""
    return all_asked(replications=2, most=3)


@pytest.fixture
def comparison(made, tmp_path):
    (tmp_path / "c").mkdir()
    write_comparison(made, tmp_path / "c")
    return tmp_path / "c"


@pytest.fixture
def quick(few, tmp_path):
    (tmp_path / "q").mkdir()
    write_comparison(few, tmp_path / "q")
    return tmp_path / "q"


@pytest.fixture(scope="module")
def ran(policies):
    return run(policies[0], replications=3, seed=5)


@pytest.fixture
def results(ran, tmp_path):
    (tmp_path / "r").mkdir()
    write_results(ran, tmp_path / "r")
    return tmp_path / "r"


def states(found):
    return {finding.name: finding.state for finding in found.findings}


def rewrite(folder, seal=False, **changes):
    """Change a manifest by hand, or as an earlier program would have written it."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text()) | changes
    content = {key: value for key, value in content.items() if value is not ...}
    path.write_text(json.dumps(sealed(content) if seal else content))


def test_a_comparison_comes_back_as_it_was(made, comparison):
    read, saved = read_comparison(read_record(comparison))
    assert not saved.faults
    for field in fields(made):
        before, after = getattr(made, field.name), getattr(read, field.name)
        if isinstance(before, pd.DataFrame):
            # A column that is empty throughout has lost its kind.
            pd.testing.assert_frame_equal(after, before, check_dtype=False)
        elif field.name in ("base", "policies"):
            listed = [[each] if field.name == "base" else each for each in (before, after)]
            assert [s.digest for s in listed[0]] == [s.digest for s in listed[1]]
        elif field.name != "evidence":
            assert before == after, field.name
    assert read.evidence.digest == made.evidence.digest


def test_a_comparison_again_agrees(comparison):
    found = again(read_record(comparison))
    assert found.agrees
    assert set(states(found).values()) == {"same"}
    assert "response" in states(found)
    assert found.reasons == ()


def test_a_comparison_of_an_earlier_version_is_run_again_too(quick):
    lost = dict.fromkeys(("kind", "seal", "stands_on", "own_replications", "until", "allowed", "grades"), ...)
    command = "upgrading compare baseline a.yaml b.yaml --until 90% --response"
    rewrite(quick, **lost, reading_source=..., model_source="0" * 64, command=command)
    found = again(read_record(quick))
    assert found.agrees
    assert [reason.code for reason in found.reasons] == ["model"]
    with pytest.raises(InputError, match="an earlier version wrote this folder"):
        read_comparison(read_record(quick))


def test_a_run_comes_back_as_it_was(ran, results):
    read, saved = read_results(read_record(results))
    assert not saved.faults
    for name, frame in ran.tables().items():
        pd.testing.assert_frame_equal(read.tables()[name], frame)
    assert read.scenario.digest == ran.scenario.digest


def test_another_seed_in_the_manifest_gives_other_tables_and_is_named(results):
    rewrite(results, seed=6)
    found = again(read_record(results))
    assert set(states(found).values()) == {"other"}
    assert {finding.columns for finding in found.findings if finding.name == "quarters"} == {("value",)}
    assert [reason.code for reason in found.reasons] == ["manifest"]


def test_an_edited_table_is_named_and_nothing_else(results):
    table = pd.read_parquet(results / "regions.parquet")
    table.loc[3, "value"] += 1
    write_parquet(table, results / "regions.parquet")
    found = again(read_record(results))
    assert found.faults == {"regions.parquet": "edited"}
    assert set(states(found).values()) == {"same"}
    assert not found.agrees
    assert read_results(read_record(results))[1].faults == {"regions.parquet": "edited"}


def test_an_edited_csv_is_named(comparison):
    path = comparison / "costs.csv"
    path.write_text(path.read_text().replace("V-naive", "V-native", 1))
    assert read_comparison(read_record(comparison))[1].faults == {"costs.csv": "edited"}


def test_outcomes_of_an_earlier_version_are_read_by_their_name_of_now(made, tmp_path):
    earlier = {
        name: getattr(made, name).replace({"outcome": {"quality_firms": "quality_stock"}})
        for name in ("effects", "paths", "regions")
    }
    write_comparison(replace(made, **earlier), tmp_path)
    read, saved = read_comparison(read_record(tmp_path))
    assert not saved.faults
    for name in earlier:
        pd.testing.assert_series_equal(getattr(read, name)["outcome"], getattr(made, name)["outcome"])


@pytest.mark.parametrize("damage", ["gone", "broken"])
def test_a_table_that_cannot_be_read_cannot_be_drawn(quick, damage):
    path = quick / "effects.parquet"
    path.unlink() if damage == "gone" else path.write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"effects\.parquet\n    this table is gone or cannot be read"):
        read_comparison(read_record(quick))
    found = again(read_record(quick))
    assert found.faults["effects.parquet"] == ("gone" if damage == "gone" else "unreadable")
    assert not found.agrees


def test_other_versions_and_machines_are_named(results):
    content = json.loads((results / "manifest.json").read_text())
    machine = content["machine"] | {"processor": "abacus"}
    rewrite(results, seal=True, versions=content["versions"] | {"numpy": "0.1"}, machine=machine)
    reasons = read_record(results).reasons()
    assert {(reason.code, reason.name, reason.there) for reason in reasons} == {
        ("version", "numpy", "0.1"),
        ("processor", "", "abacus"),
    }


def test_a_parameter_that_did_not_exist_then_has_its_default(results):
    content = json.loads((results / "manifest.json").read_text())
    del content["scenarios"][0]["parameters"]["rho"]
    rewrite(results, seal=True, scenarios=content["scenarios"])
    record = read_record(results)
    assert [(reason.code, reason.name) for reason in record.reasons()] == [("parameters", "rho")]
    assert again(record).agrees


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is broken"),
        (b"\xff\xfe", "is broken"),
        (b"[" * 100_000, "is broken"),
        (b"[]", "not one of this program's"),
        (b'{"run": "a"}', "is none that"),
        (b'{"tables": 3}', "is none that"),
        (b'{"kind": "run"}', "this key is missing"),
        (b'{"kind": "run", "run": []}', "this cannot be read"),
        (b'{"run": "a", "finished": false}', "no tables yet"),
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path, content, said):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_record(tmp_path)


def test_every_manifest_says_its_schema(results, comparison):
    for folder in (results, comparison):
        assert json.loads((folder / "manifest.json").read_text())["schema"] == SCHEMA
    rewrite(results, seal=True, schema=...)
    assert again(read_record(results)).agrees, "written before manifests said it"


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (SCHEMA + 1, f"a newer version .*schema {SCHEMA + 1}; this version reads up to {SCHEMA}"),
        (0, "whole number, from 1 on"),
        (True, "whole number, from 1 on"),
        ("2", "whole number, from 1 on"),
        (None, "whole number, from 1 on"),
    ],
)
def test_a_schema_that_is_not_known_is_refused(results, schema, said):
    rewrite(results, seal=True, schema=schema)
    with pytest.raises(InputError, match=said):
        read_record(results)


def test_a_folder_that_is_no_results_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no such folder"):
        read_record(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"it holds no manifest\.json"):
        read_record(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="this is a file"):
        read_record(tmp_path / "file")


@pytest.mark.parametrize(
    "changes",
    [
        {"scenarios": []},
        {"scenarios": [3]},
        {"scenarios": [{"name": "x"}]},
        {"replications": 0},
        {"replications": "many"},
        {"seed": -1},
        {"stands_on": [{"folder": "nowhere", "digest": "0"}]},
        {"tables": {"quarters": {"rows": 1}}},
        {"titles": {"talent_pool": "no mapping"}},
    ],
)
def test_a_mangled_manifest_is_told_in_a_sentence(results, changes):
    rewrite(results, **changes)
    with pytest.raises(InputError):
        again(read_record(results))
