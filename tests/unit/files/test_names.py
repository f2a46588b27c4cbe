"""Which file a name means: on the command line, in a file, in an experiment, and in a folder made by `init`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sim.analysis.saved import write_comparison
from sim.analysis.studies.experiments import read_experiment
from sim.command.arguments import Output
from sim.command.conduct import own_files
from sim.command.copies import copy_out
from sim.command.options import Job, prepared, read, read_job
from sim.errors import InputError
from sim.files.folders import bundled
from sim.files.names import evidence_folder, evidence_named, find_beside, find_evidence, find_scenario
from sim.words import Words
from sim.world.scenario import load_scenario

PLAIN = "name: {name}\nseed: {seed}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def job_of(names: list[str]) -> Job:
    """What a command reads of its scenarios."""
    return read(lambda mistakes: read_job(mistakes, names), Output())[1]


def put(path: Path, text: str = "name: x\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# --- bundled names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["talent_pool", "talent_pool.yaml"])
def test_scenario_by_name(package, text):
    assert find_scenario(text) == bundled("scenarios") / "talent_pool.yaml"


def test_scenario_path_comes_before_a_bundled_name(package):
    Path("talent_pool.yaml").write_text("name: mine\n")
    assert find_scenario("talent_pool.yaml") == Path("talent_pool.yaml")


def test_folder_of_the_same_name_does_not_hide_a_bundled_scenario(package):
    Path("talent_pool").mkdir()
    assert find_scenario("talent_pool").name == "talent_pool.yaml"


@pytest.mark.parametrize("text", ["talent_pol", "talentpool.yaml", "missing/talent_poool.yaml"])
def test_missing_scenario_suggests_the_nearest(package, text):
    with pytest.raises(InputError) as error:
        find_scenario(text)
    assert str(error.value).startswith(f"scenario: {text}\n")
    assert "Did you mean talent_pool?" in str(error.value)


def test_missing_scenario_unlike_any_lists_all(package):
    with pytest.raises(InputError) as error:
        find_scenario("xyzzy")
    assert "Bundled: baseline, talent_pool" in str(error.value)


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_folder_is_no_scenario(package, text):
    with pytest.raises(InputError, match="folder, not a scenario file"):
        find_scenario(text)


@pytest.mark.parametrize("text", ["a\0b", "x" * 5000, ".draft"])
def test_odd_scenario_names_are_refused_in_words(package, text):
    with pytest.raises(InputError):
        find_scenario(text)


def test_calibration_by_name_wins_over_a_folder_here(package):
    Path("hubei").mkdir()
    Path("henan").mkdir()
    assert evidence_folder("hubei") == bundled("calibration") / "hubei"
    assert evidence_folder("./hubei") == Path("hubei")
    assert evidence_folder("henan") == Path("henan")
    assert evidence_folder(os.path.abspath("henan")) == Path("henan").absolute()


def test_missing_calibration_suggests_the_nearest(package):
    with pytest.raises(InputError, match=r"(?s)calibration: hubai\n.*Did you mean hubei\?"):
        evidence_folder("hubai")
    Path("table.csv").write_text("")
    with pytest.raises(InputError, match="a file, not a folder"):
        evidence_folder("table.csv")


# --- on the command line ---------------------------------------------------------------------------------


def test_a_bare_name_is_first_a_file_here_then_beside_the_others_then_bundled(here: Path) -> None:
    assert find_scenario("baseline") == bundled("scenarios") / "baseline.yaml"
    beside = put(here / "mine" / "baseline.yaml")
    assert find_scenario("baseline", [here / "mine"]) == beside
    laid_out = put(here / "scenarios" / "baseline.yaml")
    assert find_scenario("baseline", [here / "mine"]).resolve() == laid_out
    own = put(here / "baseline.yml")
    for text in ("baseline", "baseline.yaml", "baseline.yml"):
        assert find_scenario(text, [here / "mine"]).resolve() == own


def test_two_endings_side_by_side_are_not_chosen_between(here: Path) -> None:
    put(here / "mine.yaml")
    put(here / "mine.yml")
    with pytest.raises(InputError, match="both lie here"):
        find_scenario("mine")
    assert find_scenario("mine.yml") == Path("mine.yml")


def test_a_path_is_no_bare_name_and_may_be_written_as_on_windows(here: Path) -> None:
    own = put(here / "mine" / "policy.yaml")
    assert find_scenario("mine\\policy").resolve() == own
    with pytest.raises(InputError, match="no such path"):
        find_scenario("elsewhere/baseline.yaml")


def test_links_are_followed_and_a_link_to_nothing_is_said(here: Path, tmp_path: Path) -> None:
    real = put(tmp_path / "there" / "policy.yaml", "name: policy\nextends: base.yaml\n")
    put(here / "base.yaml", PLAIN.format(name="base", seed=5))
    put(tmp_path / "there" / "base.yaml", PLAIN.format(name="base", seed=6))
    (here / "policy.yaml").symlink_to(real)
    assert load_scenario("policy").seed == 5, "what lies beside the link"
    (here / "gone.yaml").symlink_to(here / "nowhere.yaml")
    with pytest.raises(InputError, match="link to a file that does not exist"):
        find_scenario("gone.yaml")


def test_evidence_for_a_command_is_first_a_folder_here(here: Path) -> None:
    assert find_evidence("hubei") == bundled("calibration") / "hubei"
    (here / "calibration" / "hubei").mkdir(parents=True)
    assert find_evidence("hubei").resolve() == here / "calibration" / "hubei"


# --- in a file -------------------------------------------------------------------------------------------


def test_a_file_looks_beside_itself_and_never_in_the_working_folder(here: Path, tmp_path: Path) -> None:
    put(here / "baseline.yaml", PLAIN.format(name="baseline", seed=5))
    mine = put(tmp_path / "there" / "mine.yaml", "name: mine\nextends: baseline\n")
    assert load_scenario(mine).seed == load_scenario(bundled("scenarios") / "baseline.yaml").seed
    put(tmp_path / "there" / "baseline.yml", PLAIN.format(name="baseline", seed=6))
    assert load_scenario(mine).seed == 6
    assert find_beside("baseline", mine).name == "baseline.yml"


def test_evidence_is_meant_from_the_file_that_names_it(here: Path, tmp_path: Path) -> None:
    copy_out(tmp_path / "own")
    file = put(tmp_path / "own" / "scenarios" / "mine.yaml", "name: mine\nevidence: ../calibration/hubei\n")
    folder = tmp_path / "own" / "calibration" / "hubei"
    assert evidence_named("../calibration/hubei", file) == folder
    assert load_scenario(file).evidence == str(folder)
    assert load_scenario("baseline").evidence == "hubei"


# --- in a folder made by init ----------------------------------------------------------------------------


@pytest.fixture
def own(here: Path) -> Path:
    """Copies with an edited baseline and an edited number of the evidence."""
    copy_out(here / "own")
    base = here / "own" / "scenarios" / "baseline.yaml"
    text = base.read_text(encoding="utf-8")
    assert "evidence: ../calibration/hubei\n" in text
    base.write_text(text.replace("seed: 2024", "seed: 7"), encoding="utf-8")
    registry = here / "own" / "calibration" / "hubei" / "parameters.csv"
    lines = registry.read_text(encoding="utf-8").split("\n")
    at = next(k for k, line in enumerate(lines) if line.startswith("rho,"))
    lines[at] = lines[at].replace(",0.9,", ",0.91,", 1)
    registry.write_text("\n".join(lines), encoding="utf-8")
    return here / "own"


@pytest.mark.parametrize("folder", ["own", "own/scenarios"])
def test_by_name_and_by_file_is_the_same_and_the_edits_count(
    own: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.chdir(own.parent / folder)
    files = [str(own / "scenarios" / f"{name}.yaml") for name in ("baseline", "platforms")]
    by_name, by_file = job_of(["baseline", "platforms"]), job_of(files)
    mixed = job_of(["baseline", files[1]])
    for job in (by_name, by_file, mixed):
        base, policy = prepared(job, ())
        assert (base.seed, policy.seed) == (7, 7)
        assert base.parameters["rho"] == 0.91
        assert base.evidence == str(own / "calibration" / "hubei")
        assert [s.digest for s in job.scenarios] == [s.digest for s in by_file.scenarios]


def test_an_experiment_among_copies_runs_on_the_copies(own: Path) -> None:
    question = read_experiment(own / "experiments" / "budget.yaml")
    assert {scenario.evidence for scenario in question.subject.scenarios} == {
        str(own / "calibration" / "hubei")
    }
    assert {scenario.seed for scenario in question.subject.scenarios} == {7}
    used = [str(record["file"]) for record in question.experiment.files]
    assert used[0] == str(own / "experiments" / "budget.yaml")
    assert str(own / "scenarios" / "baseline.yaml") in used


def test_an_experiment_that_names_its_evidence_is_read_from_anywhere(own: Path, tmp_path: Path) -> None:
    path = put(
        own / "experiments" / "mine.yaml",
        "name: mine\nscenarios: [../scenarios/baseline.yaml, ../scenarios/platforms.yaml]\n"
        "settings: {evidence: ../calibration/hubei, scale: 0.002}\nuncertainties: {delta: range}\n"
        "design: {method: grid, size: 2}\n",
    )
    subject = read_experiment(path).subject
    assert {scenario.evidence for scenario in subject.scenarios} == {str(own / "calibration" / "hubei")}
    wrong = path.read_text().replace("../calibration/hubei", "calibration/hubei")
    path.write_text(wrong)
    with pytest.raises(InputError) as error:
        read_experiment(path)
    assert any(problem.key == "settings.evidence" for problem in error.value.problems)


def test_what_is_not_bundled_is_named_and_stands_in_the_manifest(own: Path, tmp_path: Path) -> None:
    import sim

    job = job_of([str(own / "scenarios" / name) for name in ("baseline.yaml", "platforms.yaml")])
    lines = own_files(job.scenarios, Words("en"))
    assert lines[0].startswith("File used: own/scenarios/baseline.yaml (")
    assert lines[-1] == "Evidence used: own/calibration/hubei"
    assert not own_files(job_of(["baseline", "platforms"]).scenarios, Words("en"))

    short = {"horizon": {"end": "2024Q4"}, "scale": 0.002}
    base = load_scenario("baseline", **short)
    policy = load_scenario(own / "scenarios" / "platforms.yaml", **short, evidence="hubei")
    found = sim.compare(
        base, [policy.model_copy(update={"files": policy.files[1:]})], replications=2, doubt="none"
    )
    folder = tmp_path / "results"
    folder.mkdir()
    write_comparison(found, folder)
    files = json.loads((folder / "manifest.json").read_text())["files"]
    assert files[0]["file"] == "scenarios/baseline.yaml"
    assert files[0]["bundled"]
    assert files[1] == {
        "file": str(own / "scenarios" / "platforms.yaml"),
        "bundled": False,
        "sha256": policy.files[1].digest,
    }
