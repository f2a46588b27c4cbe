"""Experiment files: what they say, what is wrong with them, and where."""

import json
from pathlib import Path

import pytest

import sim
from sim.analysis.studies.experiments import read_experiment
from sim.analysis.studies.factors import factor_keys, read_factor, repeated_choices
from sim.analysis.studies.policies import overrides
from sim.analysis.studies.surface import FactorEntry, experiment_schema
from sim.command.checks import check
from sim.errors import InputError
from sim.files.names import evidence_folder, experiment_names
from sim.runs import provenance
from sim.runs.factors import Choice, LogUniform, Normal, Triangular, Uniform
from sim.runs.provenance import StrangerError
from sim.world.scenario_record import STRUCTURES
from sim.world.vocabulary import load_vocabulary

ROOT = Path(__file__).parents[3]
GOOD = """
name: asked
scenarios: [baseline, platforms]
settings: {scale: 0.001, horizon: {end: 2024Q4}}
uncertainties:
  delta: range
  rho: {low: 0.8, high: 0.9, distribution: triangular, mode: 0.85}
  structure: {choices: [V, D]}
  difficulty.column: {choices: [8, 9]}
levers:
  budget: {low: 0.5 bn yuan, high: 2 bn yuan, distribution: log_uniform}
  levers.platforms.amount: {low: 100k yuan, high: 200k yuan, distribution: normal, mean: 150k yuan, sd: 20000}
groups: {difficulty: [delta, rho]}
outcomes: [climbs]
design: {method: sobol, size: 16}
replications: 3
budget: {runs: 100000, hours: 2}
"""


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "asked.yaml"
        path.write_text(text)
        return path

    return write


def problems(path):
    with pytest.raises(InputError) as error:
        read_experiment(path)
    return error.value.problems


def test_a_file_says_what_is_asked(file):
    question = read_experiment(file(GOOD))
    asked = question.experiment
    by_name = {factor.name: factor for factor in asked.factors}
    assert by_name["delta"].distribution == Uniform(0.0, 1.0)
    assert by_name["delta"].grade == "assumed"
    assert by_name["rho"].distribution == Triangular(0.8, 0.85, 0.9)
    assert by_name["structure"].distribution == Choice(("V", "D"))
    assert by_name["difficulty.column"].distribution == Choice((8, 9))
    assert by_name["budget"].distribution == LogUniform(5e8, 2e9)
    assert by_name["budget"].whole
    assert by_name["levers.platforms.amount"].distribution == Normal(150000, 20000, 100000, 200000)
    assert {f.name: f.role for f in asked.factors if f.role == "lever"} == {
        "budget": "lever",
        "levers.platforms.amount": "lever",
    }
    assert {f.name for f in asked.factors if f.group == "difficulty"} == {"delta", "rho"}
    assert (asked.design.size, asked.design.most, asked.replications) == (16, 16, 3)
    assert (asked.most_runs, asked.most_hours) == (100000, 2.0)
    assert question.subject.cases == ("baseline", "platforms")


def test_values_reach_the_scenarios_that_have_the_lever(file):
    subject = read_experiment(file(GOOD)).subject
    values = {"delta": 0.3, "budget": 10**9, "structure": "D", "levers.platforms.amount": 120000.0}
    for case in subject.cases:
        changed = subject.job(case, values).scenario
        assert changed.parameters["delta"] == 0.3
        assert changed.structure == "D"
        assert changed.budget == 10**9
        assert changed.parameters["cost_P08"] == (120000.0 if case == "platforms" else 220000.0)


def test_every_structure_may_be_a_choice(file):
    """YAML reads an asterisk at the end of a word as it is written; at its beginning it would be an alias."""
    question = read_experiment(
        file(GOOD.replace("structure: {choices: [V, D]}", "structure: {choices: [V, V*, D]}"))
    )
    (structure,) = [factor for factor in question.experiment.factors if factor.name == "structure"]
    assert structure.distribution == Choice(STRUCTURES)
    for name in STRUCTURES:
        assert question.subject.job("platforms", {"structure": name}).scenario.structure == name


def test_the_bundled_screening_doubts_every_structure():
    factors = read_experiment("screening").experiment.factors
    assert {f.name: f.distribution for f in factors}["structure"] == Choice(STRUCTURES)
    assert len(factors) == 60, "as README and docs/sensitivity.md say"


def test_a_causal_share_changes_the_reading(file):
    subject = read_experiment(file(GOOD)).subject
    assert subject.job("baseline", {"kappa_3": 0.1}).scenario.kappa[3] == 0.1


def test_overrides_leave_the_settings_as_they_were():
    settings = {"parameters": {"rho": 0.8}}
    merged = overrides(settings, {"delta": 0.1, "levers.platforms.lag": 1}, {"platforms"})
    assert merged == {"parameters": {"rho": 0.8, "delta": 0.1}, "levers": {"platforms": {"lag": 1}}}
    assert settings == {"parameters": {"rho": 0.8}}


MISTAKES = {
    "delta: range": {
        "detla: range": ("uncertainties.detla", "Did you mean delta?"),
        "delta: all": ("uncertainties.delta", "the word range"),
        "delta: {low: 0.9, high: 0.1}": ("uncertainties.delta.low", "low must be below high"),
        "delta: {low: -1}": ("uncertainties.delta.low", "cannot be negative"),
        "delta: {mode: 0.5}": ("uncertainties.delta.mode", "uniform distribution has no mode"),
        "delta: {distribution: normal}": ("uncertainties.delta.sd", "sd is missing"),
        "delta: {distribution: normal, sd: 0}": ("uncertainties.delta.sd", "above 0"),
        "delta: {distribution: normal, sd: .nan}": ("uncertainties.delta.sd", "above 0"),
        "delta: {distribution: log_uniform}": ("uncertainties.delta.low", "above 0"),
        "delta: {distribution: flat}": ("uncertainties.delta.distribution", "no such choice"),
        "delta: {choices: [0.1, 7]}": ("uncertainties.delta.choices[2]", "too large"),
        "delta: {choices: [0.1], low: 0}": ("uncertainties.delta.low", "with choices"),
        "delta: {lowest: 0}": ("uncertainties.delta.lowest", "no such key of a factor"),
        "seed: {low: 1, high: 2}": ("uncertainties.seed", "no such parameter or key"),
        "allocation.regions: range": ("uncertainties.allocation.regions", "give choices"),
    },
    "structure: {choices: [V, D]}": {
        "structure: {choices: [V, W]}": ("uncertainties.structure.choices[2]", "no such choice"),
        "structure: range": ("uncertainties.structure", "give choices"),
    },
    "levers:\n": {
        "levers:\n  delta: range\n": ("levers.delta", "under uncertainties too"),
        "levers:\n  levers.talent_pool.lock_in: range\n": ("levers.levers.talent_pool.lock_in", "none of"),
        "levers:\n  cost_P08: range\n": ("levers.levers.platforms.amount", "the same number as cost_P08"),
        "levers:\n  levers.platforms.start: range\n": ("levers.levers.platforms.start", "no such parameter or key"),
        "levers:\n  levers.platforms.lag: {low: 0, high: 9}\n": ("levers.levers.platforms.lag.high", "too large"),
    },
    "scenarios: [baseline, platforms]": {
        "scenarios: [baseline, platform]": ("scenarios[2]", "Did you mean platforms?"),
        "scenarios: []": ("scenarios", "name at least one"),
        "scenarios: [baseline, baseline]": ("scenarios", "two of the scenarios"),
        "scenarios: [demand_shock, energy_price_shock, energy_price_shock]": ("scenarios", "two of the scenarios"),
    },
    "settings: {scale: 0.001": {
        "settings: {scale: 7": ("settings.scale", "too large"),
        "settings: {rho: 0.8": ("settings.rho", "no such key"),
        "settings: {difficulty: {column: 8}, scale: 0.001": ("uncertainties.difficulty.column", "fixed under settings"),
        "settings: {path_or_name: x, scale: 0.001": ("settings.path_or_name", "no such key"),
        "settings: {parameters: {delta: 0.5}, scale: 0.001": ("uncertainties.delta", "fixed under settings"),
    },
    "groups: {difficulty: [delta, rho]}": {
        "groups: {difficulty: [delta, mu]}": ("groups.difficulty[2]", "no such factor"),
        "groups: {difficulty: [delta], other: [delta]}": ("groups.other[1]", "in a group already"),
        "groups: {delta: [rho]}": ("groups.delta", "name of its own"),
        "groups: {dummy: [rho]}": ("groups.dummy", "name of its own"),
        'groups: {"two\\nlines": [delta, rho]}': ("groups.two lines", "one line of text"),
    },
    "design: {method: sobol, size: 16}": {
        "design: {method: sobol, size: 20}": ("design.size", "power of two"),
        "design: {method: sobol, size: 16, most: 8, precision: 0.1}": ("design.most", "below the size"),
        "design: {method: sobol, trajectories: 8}": ("design.trajectories", "sobol has no trajectories"),
        "design: {method: soboll}": ("design.method", "Did you mean sobol?"),
        "design: {method: grid, size: 1}": ("design.size", "at least 2"),
        "design: {method: list}": ("design.rows", "needs its rows"),
        "design: {method: list, rows: [{levers.rd_subsidy.lag: 1}]}": ("design.rows[1].levers.rd_subsidy.lag", "none"),
        "design: {method: list, rows: [{delta: 7}]}": ("design.rows[1].delta", "too large"),
        "design: {method: latin_hypercube}": ("groups", "groups are for"),
    },
    "outcomes: [climbs]": {
        "outcomes: [climb]": ("outcomes[1]", "Did you mean climbs?"),
        "outcomes: [climbs, climbs]": ("outcomes", "twice"),
    },
    "replications: 3": {"replications: 0": ("replications", "too small")},
    "budget: {runs: 100000, hours: 2}": {"budget: {runs: 0}": ("budget.runs", "too small")},
    "name: asked": {"name: Asked!": ("name", "small letters"), "names: asked": ("names", "Did you mean name?")},
}  # fmt: skip


@pytest.mark.parametrize(
    ("good", "bad"),
    [(good, bad) for good, wrong in MISTAKES.items() for bad in wrong],
    ids=lambda text: text[:60],
)
def test_a_mistake_is_told_at_its_place(file, good, bad):
    key, words = MISTAKES[good][bad]
    assert good in GOOD
    text = GOOD.replace(good, bad, 1)
    found = [problem for problem in problems(file(text)) if problem.key == key]
    assert [problem for problem in found if words in problem.message], problems(file(text))
    assert all(problem.line and problem.file for problem in found)


def test_all_mistakes_are_told_at_once_in_reading_order(file):
    text = GOOD
    for good, bad in (
        ("delta: range", "detla: range"),
        ("size: 16", "size: 7"),
        ("replications: 3", "replications: 0"),
    ):
        text = text.replace(good, bad)
    found = problems(file(text))
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
    assert len(found) >= 4  # the group misses its factor too


def test_a_policy_that_differs_in_more_than_its_policy_is_refused(file, tmp_path):
    (tmp_path / "other.yaml").write_text("name: other\nextends: platforms\nparameters: {rho: 0.8}\n")
    assert "differ in rho" in problems(file(GOOD.replace("platforms]", "other.yaml]")))[0].message
    (tmp_path / "other.yaml").write_text("name: other\nextends: platforms\nstructure: D\n")
    assert "different readings" in problems(file(GOOD.replace("platforms]", "other.yaml]")))[0].message


def test_a_seed_given_wins(file):
    assert read_experiment(file(GOOD), 5).experiment.seed == 5


def test_a_design_that_no_machine_could_hold_is_refused(file):
    names = ("mu", "sunk", "eps", "lock", "accept", "mobile", "relabel", "admin")
    more = "".join(f"  {name}: range\n" for name in names)
    text = GOOD.replace("uncertainties:\n", f"uncertainties:\n{more}").replace(
        "sobol, size: 16", "grid, size: 30"
    )
    found = problems(file(text.replace("groups: {difficulty: [delta, rho]}", "")))
    assert "rows (allowed: at most" in found[-1].message


def test_a_scenario_that_is_changed_meanwhile_is_noticed(file, tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("name: own\nextends: platforms\n")
    subject = read_experiment(file(GOOD.replace("platforms]", "own.yaml]"))).subject
    subject.job("own", {})
    own.write_text("name: own\nextends: platforms\nbudget: 2 bn yuan\n")
    with pytest.raises(StrangerError, match="changed"):
        subject.job("own", {})


@pytest.mark.parametrize("name", experiment_names())
def test_bundled_experiments_are_right(name):
    assert check(name) == ()
    text = (ROOT / "experiments" / f"{name}.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json")
    title = read_experiment(name).experiment.title
    assert title["zh"] != title["en"]


def test_the_schema_is_the_codes():
    written = json.loads((ROOT / "experiments" / "schema.json").read_text())
    assert written == experiment_schema(), "upgrading schema --experiment > experiments/schema.json"
    assert set(written["properties"]) >= {"uncertainties", "levers", "outcomes", "design"}


def test_keys_of_levers_may_be_factors():
    keys = factor_keys()
    assert "levers.platforms.share_of_budget" in keys
    assert "levers.talent_pool.match_reach" in keys
    assert not [
        key
        for key in keys
        if key.startswith("levers.") and key.endswith((".start", ".end", ".regions", ".for"))
    ]


def test_from_python(file, tmp_path):
    text = GOOD.replace("{method: sobol, size: 16}", "{method: grid, size: 2}").replace(
        "replications: 3", "replications: 2"
    )
    text = "\n".join(
        line for line in text.splitlines() if not line.startswith(("groups", "  rho", "  levers", "  delta"))
    )
    study = sim.sweep(sim.load_experiment(file(text)), tmp_path / "out", workers=1)
    assert len(study.summary) == 8 * 2  # 2 structures × 2 columns × 2 budgets; an effect and a level
    assert (tmp_path / "out" / "summary.csv").is_file()
    with pytest.raises(InputError, match="--resume"):
        sim.sweep(sim.load_experiment(file(text)), tmp_path / "out")


def test_a_screen_that_would_leave_choices_out_is_refused(file):
    choices = "delta: {choices: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}"
    for design in ("{method: morris}", "{method: two_stage}"):
        text = GOOD.replace("delta: range", choices).replace("{method: sobol, size: 16}", design)
        assert "Morris looks at 6 values" in str(problems(file(text))[0])


@pytest.mark.parametrize("settings", ["{scale: 0.001, parameters: }", "{levers: {platforms: }}"])
def test_settings_without_a_value_are_told(file, settings):
    text = GOOD.replace("{scale: 0.001, horizon: {end: 2024Q4}}", settings)
    told = [str(problem) for problem in problems(file(text))]
    assert any("nothing is given here" in line and "settings" in line for line in told)


def test_a_worker_that_would_count_otherwise_is_a_stranger(file, monkeypatch):
    """What is asked of a run, such as its outcomes, is computed at the worker too."""
    real = provenance.source_digest
    mine = read_experiment(file(GOOD)).subject.passport
    monkeypatch.setattr(
        provenance, "source_digest", lambda rooms: real(rooms) + "analysis" * ("analysis" in rooms)
    )
    assert provenance.passport(["hubei"]).differences(mine)


def test_one_value_stands_for_a_list_of_one(file):
    question = read_experiment(
        file("""
name: asked
title: 问什么
scenarios: baseline
uncertainties: {structure: {choices: D}, rho: range}
groups: {all: rho}
outcomes: climbs
design: {method: morris, trajectories: 4}
""")
    )
    assert question.experiment.title == {"zh": "问什么", "en": "问什么"}
    assert question.subject.cases == ("baseline",)
    assert question.experiment.outcomes == ("climbs",)
    structure, rho = question.experiment.factors
    assert structure.distribution == Choice(("D",))
    assert rho.group == "all"


@pytest.mark.parametrize(
    ("name", "choices", "kept", "repeated"),
    [
        ("structure", ["V", "V", "D"], ("V", "D"), ("V",)),
        ("structure", ["D", "V", "D", "V", "D"], ("D", "V"), ("D", "V")),
        ("rho", [0.85, "85 %", 0.8], (0.85, 0.8), (0.85,)),
        ("budget", ["1 bn yuan", "10 亿元", 2e9], (10**9, 2 * 10**9), (10**9,)),
        ("structure", ["V", "D"], ("V", "D"), ()),
    ],
)
def test_a_choice_given_twice_counts_once(name, choices, kept, repeated):
    known = load_vocabulary(evidence_folder("hubei"))
    entry = FactorEntry(choices=choices)
    assert read_factor(name, "uncertainty", entry, None, known).distribution == Choice(kept)
    assert repeated_choices(name, entry, known) == repeated
    assert repeated_choices(name, "range", known) == ()


@pytest.mark.parametrize("written", ["quality_stock", "[climbs, quality_stock]"])
def test_what_an_outcome_was_called_earlier_is_still_read_and_said(file, written):
    asked = read_experiment(file(GOOD.replace("outcomes: [climbs]", f"outcomes: {written}"))).experiment
    assert asked.outcomes[-1] == "quality_firms"
    (said,) = (caution for caution in asked.cautions if caution.code == "renamed")
    assert said.facts == {"earlier": "quality_stock", "now": "quality_firms"}


def test_an_outcome_under_its_two_names_stands_there_twice(file):
    text = GOOD.replace("outcomes: [climbs]", "outcomes: [quality_stock, quality_firms]")
    assert "stands here twice" in str(problems(file(text))[0])
