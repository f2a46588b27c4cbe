import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.errors import InputError
from sim.evidence.tables import load_evidence
from sim.files.folders import bundled
from sim.files.names import evidence_folder, scenario_names
from sim.world.compiled import compile_scenario
from sim.world.levers import FIRM_RULES, LEVER_NAMES, LEVERS, REGION_RULES
from sim.world.parameters import load_parameters
from sim.world.quantities import parse_quarter
from sim.world.scenario import Scenario, canonical, load_scenario
from sim.world.surface import ForWhom, LeverEntry, ScenarioFile, ShockEntry
from sim.world.vocabulary import load_vocabulary

CODES = tuple(int(region.key) for region in load_vocabulary(evidence_folder("hubei")).regions)
INDUSTRIES = tuple(industry.key for industry in load_vocabulary(evidence_folder("hubei")).industries)
CORE = (420100, 420500, 420600)


@pytest.fixture
def write(tmp_path):
    def write(text, name="scenario.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def load(write):
    return lambda text, **given: load_scenario(write(text), **given)


def messages(path, **given):
    with pytest.raises(InputError) as error:
        load_scenario(path, **given)
    return str(error.value)


# What a file says ----------------------------------------------------------------------------------------


def test_a_name_is_enough(load):
    scenario = load("name: plain\n")
    registry = load_parameters(evidence_folder("hubei"))
    assert dict(scenario.parameters) == registry.defaults()
    assert scenario.model_dump(exclude={"parameters", "source", "files", "kappa"}) == {
        "name": "plain",
        "title": {"zh": "plain", "en": "plain"},
        "description": {"zh": "", "en": ""},
        "evidence": "hubei",
        "start": parse_quarter("2020Q1"),
        "end": parse_quarter("2032Q4"),
        "weight": 100,
        "seed": 2024,
        "replications": 30,
        "grid": "0.2",
        "column": 9,
        "coefficients": "held",
        "causal_reading": "selective",
        "structure": "V",
        "budget": 1_000_000_000,
        "levers": (),
        "shocks": (),
        "doubt": "none",
        "certain": (),
    }


def test_the_documented_example(load):
    scenario = load(
        """\
# yaml-language-server: $schema=schema.json
name: talent_pool
title: {zh: 人才储备池, en: Talent reserve pool}
extends: baseline.yaml
horizon: {start: 2023Q1, end: 2035Q4}
scale: 0.01
levers:
  talent_pool: {start: 2024Q1, share_of_budget: 0.4, capacity: 20000 people, match_reach: province}
allocation: {regions: need, firms: small_first}
"""
    )
    assert scenario.title["zh"] == "人才储备池"
    assert (scenario.start, scenario.end) == (parse_quarter("2023Q1"), parse_quarter("2035Q4"))
    (use,) = scenario.levers
    assert (use.name, use.start, use.end) == ("talent_pool", parse_quarter("2024Q1"), scenario.end)
    assert (use.strength, use.share_of_budget, use.lag) == (1.0, 0.4, 0)
    assert (use.region_rule, use.firm_rule) == ("need", "small_first")
    assert (use.regions, use.industries, use.levels) == (CODES, INDUSTRIES, (0, 1, 2, 3, 4))
    assert (use.min_staff, use.max_staff) == (0, None)
    assert scenario.parameters["pool_capacity"] == 20_000
    assert scenario.parameters["pool_reach"] == 1


def test_everything_a_lever_can_say(load):
    scenario = load(
        """\
name: a
levers:
  platforms:
    {start: 2025Q1, end: 2026Q4, strength: 50 %, share_of_budget: 20 %, lag: 2 quarters,
     regions: [宜昌, 420100, "420600", 恩施], allocation: equal, firms: ladder,
     amount: 15万元, deadweight: 40 %,
     for: {levels: [2, 0, 2], industries: [chemicals, 汽车及零部件], min_staff: 10, max_staff: 300 people}}
  rd_subsidy: {start: 2025Q1, regions: core}
"""
    )
    subsidy, platforms = scenario.levers
    assert [use.name for use in scenario.levers] == ["rd_subsidy", "platforms"], "in programme order"
    assert subsidy.regions == CORE
    assert platforms.model_dump() == {
        "name": "platforms",
        "start": parse_quarter("2025Q1"),
        "end": parse_quarter("2026Q4"),
        "strength": 0.5,
        "share_of_budget": 0.2,
        "regions": (420100, 420500, 420600, 422800),
        "region_rule": "equal",
        "firm_rule": "ladder",
        "levels": (0, 2),
        "industries": ("autos", "chemicals"),
        "min_staff": 10,
        "max_staff": 300,
        "lag": 2,
    }
    assert scenario.parameters["cost_P08"] == 150_000
    assert scenario.parameters["deadweight_P08"] == 0.4


def test_shocks_may_lie_in_the_history_and_keep_their_order(load):
    scenario = load(
        """\
name: a
horizon: {start: 2023Q1}
shocks:
  - {kind: energy_price, start: 2026Q1, end: 2026Q4, size: 30 %, industries: [chemicals]}
  - {kind: demand, start: 2021Q1, end: 2021Q1, size: -0.06, regions: core}
"""
    )
    energy, demand = scenario.shocks
    assert (energy.kind, energy.size, energy.industries, energy.regions) == (
        "energy_price",
        0.3,
        ("chemicals",),
        CODES,
    )
    assert (demand.kind, demand.size, demand.industries, demand.regions) == (
        "demand",
        -0.06,
        INDUSTRIES,
        CORE,
    )


@pytest.mark.parametrize(
    ("scale", "weight"), [("0.01", 100), ("0.03", 33), ("1", 1), ("0.1", 10), ("1 %", 100)]
)
def test_weight_is_a_whole_number_of_firms(load, scale, weight):
    assert load(f"name: a\nscale: {scale}\n").weight == weight


@pytest.mark.parametrize("grid", ["0.1", "'0.1'", "0.10"])
def test_grid_by_number_or_word(load, grid):
    assert load(f"name: a\ngrid: {grid}\n").grid == "0.1"


def test_budget_of_nothing_and_strength_of_nothing_are_no_mistakes(load):
    scenario = load(
        "name: a\nbudget: 0\nlevers: {platforms: {start: 2024Q1, strength: 0, share_of_budget: 1}}\n"
    )
    assert scenario.budget == 0
    assert scenario.levers[0].strength == 0


def test_levers_in_turn_may_each_have_the_whole_budget(load):
    scenario = load(
        """\
name: a
levers:
  platforms: {start: 2024Q1, end: 2025Q4, share_of_budget: 1}
  rd_subsidy: {start: 2026Q1, share_of_budget: 1}
"""
    )
    assert [use.share_of_budget for use in scenario.levers] == [1, 1]


# Readings ------------------------------------------------------------------------------------------------


def test_selective_reading_comes_from_the_registry(load):
    kappa = load("name: a\nparameters: {kappa_3: 0.25}\n").kappa
    assert len(kappa) == 14
    assert (kappa[3], kappa[4], kappa[7]) == (0.25, 0.5, 1.0)
    assert sum(kappa) == 1.75


def test_naive_reading_takes_everything_as_cause(load):
    scenario = load("name: a\ndifficulty: {causal_reading: naive, column: 3}\n")
    assert scenario.kappa == (0.0, *[1.0] * 13)
    assert (scenario.causal_reading, scenario.column) == ("naive", 3)


def test_own_reading_is_nothing_but_what_is_named(load):
    scenario = load("name: a\ndifficulty: {causal_reading: {X3: 0.3, X10: 100 %}}\n")
    assert scenario.causal_reading == "own"
    assert {k: share for k, share in enumerate(scenario.kappa) if share} == {3: 0.3, 10: 1.0}
    assert scenario.with_reading("D", "own").kappa == scenario.kappa


def test_other_readings_are_copies(load):
    scenario = load("name: a\n")
    other = scenario.with_reading("D", "naive")
    assert (other.structure, other.causal_reading, other.kappa[1]) == ("D", "naive", 1.0)
    assert (scenario.structure, scenario.causal_reading, scenario.kappa[1]) == ("V", "selective", 0.0)
    assert other.with_reading("V", "selective") == scenario
    richer = scenario.with_budget(2_000_000_000)
    assert richer.budget == 2 * scenario.budget
    assert richer.model_dump(exclude={"budget"}) == scenario.model_dump(exclude={"budget"})


def test_coefficients_are_held_unless_drawn(load):
    held, drawn = load("name: a\n"), load("name: a\ndifficulty: {coefficients: drawn}\n")
    assert (held.coefficients, drawn.coefficients) == ("held", "drawn")
    assert drawn.with_coefficients("held").digest == held.digest
    assert held.with_coefficients("drawn").with_reading("D", "naive").coefficients == "drawn"
    with pytest.raises(ValueError, match=r"."):
        held.with_coefficients("guessed")


@pytest.mark.parametrize(("structure", "reading"), [("W", "naive"), ("V", "naif"), ("V", "own")])
def test_there_are_no_other_readings(load, structure, reading):
    with pytest.raises(ValueError, match=r"."):
        load("name: a\n").with_reading(structure, reading)


@pytest.mark.parametrize("yuan", [-1, 1.5, "1"])
def test_budget_is_a_whole_number_of_yuan(load, yuan):
    with pytest.raises((ValueError, TypeError)):
        load("name: a\n").with_budget(yuan)


# Building on other files ---------------------------------------------------------------------------------


def test_mappings_merge_and_the_rest_is_replaced(write):
    write(
        """\
name: base
title: {en: Base}
description: {en: The base}
seed: 1
replications: 7
difficulty: {column: 3, causal_reading: {X3: 0.5, X4: 0.5}}
levers:
  platforms: {start: 2024Q1, share_of_budget: 0.2, regions: [Wuhan], for: {levels: [0], min_staff: 5}}
  rd_subsidy: {start: 2024Q1, share_of_budget: 0.3}
shocks:
  - {kind: demand, start: 2026Q1, end: 2026Q1, size: 1 %}
  - {kind: demand, start: 2027Q1, end: 2027Q1, size: 1 %}
""",
        "base.yaml",
    )
    scenario = load_scenario(
        write(
            """\
name: child
extends: base
seed: 2
difficulty: {causal_reading: {X4: 1}}
levers:
  platforms: {regions: [Yichang], for: {levels: [1, 2]}}
  rd_subsidy: null
  talent_pool: {start: 2025Q1}
shocks: [{kind: demand, start: 2028Q1, end: 2028Q1, size: 1 %}]
"""
        )
    )
    assert (scenario.seed, scenario.replications, scenario.column) == (2, 7, 3)
    assert (scenario.kappa[3], scenario.kappa[4]) == (0.5, 1.0)
    pool, platforms = scenario.levers
    assert (pool.name, platforms.name) == ("talent_pool", "platforms")
    assert (platforms.share_of_budget, platforms.regions, platforms.levels) == (0.2, (420500,), (1, 2))
    assert platforms.min_staff == 5
    assert [shock.start for shock in scenario.shocks] == [parse_quarter("2028Q1")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"two\\n  lines"', "two lines"),
        ("|\n  two\n  lines\n", "two lines"),
        ('"red\\u202eback"', "red back"),
        ('"\\ud83d\\ude80 in two halves"', "🚀 in two halves"),
        ('"方案　一  $5 {x} | `y` <b>"', "方案　一  $5 {x} | `y` <b>"),
        ('"\\n"', "plain"),
    ],
)
def test_titles_and_descriptions_are_one_line_of_text(write, written, read):
    block = written.replace("\n", "\n  ")
    scenario = load_scenario(write(f"name: plain\ntitle:\n  zh: {block}\ndescription:\n  en: {block}\n"))
    assert scenario.title == {"zh": read, "en": read}
    assert scenario.description["en"] == ("" if read == "plain" else read)
    scenario.title["zh"].encode()


@pytest.mark.parametrize("written", ['"\\e[31mred"', '"half \\ud83d"', '"nothing\\0"'])
def test_a_title_that_is_no_text_is_refused(write, written):
    assert "title.zh" in messages(write(f"name: plain\ntitle: {{zh: {written}}}\n"))


def test_name_title_and_description_are_never_inherited(write):
    write("name: base\ntitle: {zh: 基准}\ndescription: {zh: 基准}\n", "base.yaml")
    scenario = load_scenario(write("name: child\nextends: base.yaml\n"))
    assert scenario.title == {"zh": "child", "en": "child"}
    assert scenario.description == {"zh": "", "en": ""}


def test_a_file_beside_wins_over_a_bundled_one(write):
    write("name: baseline\nseed: 99\n", "baseline.yaml")
    assert load_scenario(write("name: child\nextends: baseline.yaml\n")).seed == 99


def test_a_bundled_file_is_found_from_anywhere(load):
    assert load("name: child\nextends: baseline\n").replications == 60


def test_a_long_chain_and_the_order_of_overrides(write):
    write("name: z\nparameters: {rho: 0.75, delta: 0.1, eps: 0.4, pool_capacity: 1}\n", "z.yaml")
    levers = "levers: {talent_pool: {start: 2024Q1, capacity: 2, lock_in: 0.1}}\n"
    write(f"name: y\nextends: z.yaml\nparameters: {{rho: 0.8, pool_capacity: 3}}\n{levers}", "y.yaml")
    levers = "levers: {talent_pool: {lock_in: 0.2}}\n"
    top = f"name: x\nextends: y\nparameters: {{delta: 0.2, pool_capacity: 4}}\n{levers}"
    values = load_scenario(write(top, "x.yaml")).parameters
    assert (values["eps"], values["rho"], values["delta"]) == (0.4, 0.8, 0.2)
    assert values["lock"] == 0.2
    assert values["pool_capacity"] == 4, "a file's parameters win over the levers of what it extends"
    assert load_scenario(write(top, "y2.yaml").parent / "y.yaml").parameters["pool_capacity"] == 2
    given = load_scenario(write(top, "x.yaml"), parameters={"pool_capacity": 5, "lock": 0.3}).parameters
    assert (given["pool_capacity"], given["lock"]) == (5, 0.3), "the caller wins over everything"
    settings_given = {"talent_pool": {"capacity": "6 people"}}
    both = load_scenario(write(top, "x.yaml"), levers=settings_given, parameters={"pool_capacity": 5})
    assert both.parameters["pool_capacity"] == 6


def test_evidence_by_path_from_the_file(write, tmp_path):
    (tmp_path / "own").symlink_to(evidence_folder("hubei").resolve(), target_is_directory=True)
    scenario = load_scenario(write("name: a\nevidence: ./own\n"))
    assert evidence_folder(scenario.evidence).resolve() == evidence_folder("hubei").resolve()
    assert canonical(scenario)["evidence"] == "hubei"  # a link is followed


# What the caller gives -----------------------------------------------------------------------------------


def test_options_are_checked_like_a_file_and_none_means_not_given(load):
    scenario = load(
        "name: a\nseed: 1\n",
        seed=None,
        scale="10 %",
        budget="2 bn yuan",
        horizon={"end": "2030Q4"},
        structure="D",
    )
    assert (scenario.seed, scenario.weight, scenario.budget, scenario.structure) == (1, 10, 2 * 10**9, "D")
    assert scenario.end == parse_quarter("2030Q4")


def test_wrong_options_are_named_without_a_place(write):
    text = messages(write("name: a\nscale: 3\n"), seed=-1, replicatons=3)
    assert text.startswith("seed: -1\n    the seed cannot be negative (allowed: 0 to 4294967295)\n")
    assert "replicatons\n    no such key. Did you mean replications?\n" in text
    assert "scenario.yaml:2:8  scale: 3\n" in text


def test_numbers_of_numpy_are_numbers(load):
    numpy = pytest.importorskip("numpy")
    scenario = load("name: a\n", seed=numpy.int64(7), parameters={"rho": numpy.float64(0.8)})
    assert (scenario.seed, scenario.parameters["rho"]) == (7, 0.8)


# The scenario itself -------------------------------------------------------------------------------------


def test_scenario_is_frozen(load):
    scenario = load("name: a\nlevers: {platforms: {start: 2024Q1}}\n")
    with pytest.raises(ValidationError):
        scenario.seed = 1
    with pytest.raises(ValidationError):
        scenario.levers[0].lag = 1
    with pytest.raises(TypeError):
        scenario.parameters["rho"] = 1.0
    with pytest.raises(ValidationError):
        Scenario.model_validate({**dict(scenario), "other": 1})


def test_scenario_travels_between_processes(load):
    scenario = load("name: a\nlevers: {platforms: {start: 2024Q1}}\n")
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy == scenario
    assert copy.digest == scenario.digest
    assert hash(copy.parameters) == hash(scenario.parameters)


@pytest.mark.parametrize(
    ("structure", "held"), [("V", {"a_T": 0.0, "a_P": 0.0}), ("D", {"eps": 1.0})], ids=["V", "D"]
)
def test_what_a_reading_sets_in_place_of_parameters_is_said(load, structure, held):
    """The kernel reads `effective`, and the record of a run names what differs from the parameters given."""
    given = {"a_T": 0.9, "a_P": 0.2, "eps": 0.5}
    scenario = load("name: a\n", structure=structure, parameters=given)
    parameters = compile_scenario(scenario, load_evidence(evidence_folder("hubei"))).parameters
    assert {name: scenario.parameters[name] for name in given} == given
    assert {name: scenario.effective[name] for name in given} == given | held
    assert {name: getattr(parameters, name) for name in given} == given | held
    assert canonical(scenario)["held"] == held
    differing = {name for name, value in scenario.effective.items() if value != scenario.parameters[name]}
    assert differing == set(held)


def test_resolved_form_is_plain_json(load):
    scenario = load("name: a\nlevers: {platforms: {start: 2024Q1, share_of_budget: 1/3}}\n")
    plain = canonical(scenario)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    words = {"title", "description", "source", "files", "replications"}
    assert set(plain) == (set(Scenario.model_fields) - words - {"doubt", "certain"}) | {"held"}
    doubtful = scenario.with_doubt("ranges", ["rho"])
    assert canonical(doubtful) == plain | {"doubt": "ranges", "certain": ["rho"]}


SAME = {
    "title": "name: a\ntitle: {en: Other}\n",
    "description": "name: a\ndescription: {zh: 另}\n",
    "comment": "# other\nname: a\n",
    "replications": "name: a\nreplications: 99\n",
    "coefficients held": "name: a\ndifficulty: {coefficients: held}\n",
    "defaults written out": "name: a\nscale: 1 %\nbudget: 10 亿元\ngrid: '0.2'\nlevers: {}\nextends: baseline.yaml\n",
    "parameter at its default": "name: a\nparameters: {rho: 0.9}\n",
}
OTHER = {
    "name": "name: b\n",
    "seed": "name: a\nseed: 1\n",
    "scale": "name: a\nscale: 0.02\n",
    "horizon": "name: a\nhorizon: {start: 2021Q1}\n",
    "grid": "name: a\ngrid: 0.1\n",
    "column": "name: a\ndifficulty: {column: 8}\n",
    "coefficients": "name: a\ndifficulty: {coefficients: drawn}\n",
    "reading": "name: a\ndifficulty: {causal_reading: naive}\n",
    "structure": "name: a\nstructure: D\n",
    "budget": "name: a\nbudget: 1\n",
    "lever": "name: a\nlevers: {platforms: {start: 2024Q1}}\n",
    "shock": "name: a\nshocks: [{kind: demand, start: 2026Q1, end: 2026Q4, size: 0}]\n",
    "parameter": "name: a\nparameters: {rho: 0.91}\n",
}


@pytest.mark.parametrize("what", SAME)
def test_digest_forgets_what_changes_no_outcome(load, what):
    assert load(SAME[what]).digest == load("name: a\n").digest


@pytest.mark.parametrize("what", OTHER)
def test_digest_knows_what_changes_an_outcome(load, what):
    assert load(OTHER[what]).digest != load("name: a\n").digest


def test_digest_does_not_depend_on_the_order_of_a_list(load):
    one = load("name: a\nlevers: {platforms: {start: 2024Q1, regions: [Wuhan, Yichang, Wuhan]}}\n")
    other = load("name: a\nlevers: {platforms: {start: 2024Q1, regions: [宜昌市, 420100]}}\n")
    assert one.digest == other.digest


# The bundled scenarios -----------------------------------------------------------------------------------


def test_bundled_scenarios():
    assert {name for name in scenario_names() if not name.startswith("classroom_")} == {
        "baseline",
        "talent_pool",
        "subsidies",
        "platforms",
        "certificate_award",
        "proof_centres",
        "pilot_centres",
        "technology_managers",
        "laboratories",
        "coordination",
        "ip_protection",
        "all_three",
        "concentrate",
        "demand_shock",
        "energy_price_shock",
    }


@pytest.mark.parametrize("name", scenario_names())
def test_bundled_scenario_is_whole(name):
    scenario = load_scenario(name)
    baseline = load_scenario("baseline")
    assert scenario.name == name
    assert all(text for text in (*scenario.title.values(), *scenario.description.values()))
    assert scenario.title["zh"] != scenario.title["en"]
    own = {"name", "title", "description", "levers", "shocks", "source", "files"}
    assert scenario.model_dump(exclude=own) == baseline.model_dump(exclude=own)
    text = (bundled("scenarios") / f"{name}.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")


def test_bundled_policies_share_out_the_same_money():
    names = [name for name in scenario_names() if not name.startswith("classroom_")]
    uses = {name: load_scenario(name).levers for name in names}
    policies = {name: used for name, used in uses.items() if used}
    assert {name: [use.name for use in used] for name, used in policies.items()} == {
        "talent_pool": ["talent_pool"],
        "subsidies": ["rd_subsidy"],
        "platforms": ["platforms"],
        "certificate_award": ["certificate_award"],
        "proof_centres": ["proof_centres"],
        "pilot_centres": ["pilot_centres"],
        "technology_managers": ["technology_managers"],
        "laboratories": ["laboratories"],
        "coordination": ["coordination"],
        "ip_protection": ["ip_protection"],
        "all_three": ["talent_pool", "rd_subsidy", "platforms"],
        "concentrate": ["talent_pool", "rd_subsidy", "platforms"],
    }
    for name, used in policies.items():
        assert sum(use.share_of_budget for use in used) == 1.0
        assert {use.start for use in used} == {parse_quarter("2024Q1")}
        assert {use.region_rule for use in used} == {"core" if name == "concentrate" else "gdp"}
        centres = name in ("proof_centres", "pilot_centres")
        assert {use.firm_rule for use in used} == {"best_first" if centres else "random"}
        # The pool is for people, an award for whoever gets a certificate, and what is built in places serves whom the
        # documents build it for; all others are for the same firms.
        built = [lever.name for lever in LEVERS if lever.builds]
        firms = [use for use in used if use.name not in ("talent_pool", "certificate_award", *built)]
        assert {use.levels for use in firms} <= {(1, 2, 3, 4)}


def test_bundled_shocks():
    (demand,) = load_scenario("demand_shock").shocks
    (energy,) = load_scenario("energy_price_shock").shocks
    assert (demand.kind, demand.size, energy.kind, energy.size) == ("demand", -0.06, "energy_price", 0.3)
    assert demand.start == energy.start == parse_quarter("2026Q1")
    assert demand.end == energy.end == parse_quarter("2026Q4")


def test_readme_of_the_scenarios_tells_the_truth(write):
    text = (bundled("scenarios") / "README.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        assert load_scenario(write(block)).levers
    words = set(re.findall(r"\w+", text))
    keys = {*ScenarioFile.model_fields, *LEVER_NAMES, *REGION_RULES, *FIRM_RULES, *scenario_names()}
    shared = {field.alias or name for name, field in LeverEntry.model_fields.items()}
    assert keys | shared | set(ShockEntry.model_fields) | set(ForWhom.model_fields) <= words


# Bad input never ends in a traceback ---------------------------------------------------------------------

KEYS = [
    "name",
    "title",
    "extends",
    "evidence",
    "horizon",
    "scale",
    "seed",
    "grid",
    "difficulty",
    "structure",
    "budget",
    "allocation",
    "levers",
    "shocks",
    "parameters",
    "start",
    "end",
    "causal_reading",
    "coefficients",
    "X3",
    "regions",
    "for",
    "levels",
    "share_of_budget",
    "capacity",
    "kind",
    "size",
    "rho",
    *LEVER_NAMES,
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["all", "core", "2024Q1", "2030Q4", "5 %", "30 km", "Wuhan", "V", "naive", "demand", "baseline"]
    ),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(tree=st.dictionaries(st.sampled_from(KEYS), TREES, max_size=8))
def test_any_tree_loads_or_is_refused_with_every_mistake_at_a_place(tmp_path, tree):
    path = tmp_path / "fuzz.yaml"
    path.write_text(json.dumps({"name": "a"} | tree), encoding="utf-8")  # JSON is YAML, but for NaN
    try:
        scenario = load_scenario(path)
    except InputError as error:
        for problem in error.problems:
            assert problem.message
            assert problem.file
            assert "\n" not in problem.message
    else:
        assert canonical(scenario)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    content=st.binary(max_size=60)
    | st.text(alphabet="ab:-[]{}#&*!|>'\"%@`,? \n\t", max_size=40).map(str.encode)
)
def test_any_bytes_load_or_are_refused(tmp_path, content):
    path = tmp_path / "fuzz.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError):
        load_scenario(path)


def test_importing_is_cheap():
    heavy = "('numpy', 'pandas', 'numba', 'matplotlib')"
    code = f"import sys, sim.world.scenario; print([name for name in {heavy} if name in sys.modules])"
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert run.stdout.strip() == "[]"


# As people type ------------------------------------------------------------------------------------------


def test_one_value_stands_for_a_list_of_one(load):
    (one,) = load("""
name: a
levers:
  platforms: {start: 2024Q1, regions: 武汉, for: {levels: 1, industries: autos}}
""").levers
    assert (one.regions, one.levels, one.industries) == ((420100,), (1,), ("autos",))
    by_code = load("name: a\nlevers: {platforms: {start: 2024Q1, regions: 422800}}")
    assert by_code.levers[0].regions == (422800,)


def test_one_value_of_a_shock(load):
    (shock,) = load("""
name: a
shocks:
  - {kind: demand, start: 2024Q1, end: 2024Q4, size: -6 %, regions: 恩施州, industries: 汽车}
""").shocks
    assert (shock.regions, shock.industries) == ((422800,), ("autos",))


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ("研发补贴", {"zh": "研发补贴", "en": "研发补贴"}),
        ("{zh: 研发补贴}", {"zh": "研发补贴", "en": "研发补贴"}),
        ("{zh: 研发补贴, en: R&D subsidy}", {"zh": "研发补贴", "en": "R&D subsidy"}),
        ("'2024'", {"zh": "2024", "en": "2024"}),
    ],
)
def test_a_title_and_a_description_may_be_plain_text(load, given, title):
    scenario = load(f"name: a\ntitle: {given}\ndescription: {given}\n")
    assert scenario.title == scenario.description == title


def test_signs_of_chinese_text_are_no_mistakes(load):
    scenario = load(
        "name: a\ntitle: 研发：补贴，（一期）\ndescription: {zh: 见《方案》、“十四五”：２０２５}\n"
    )
    assert scenario.title["zh"] == "研发：补贴，（一期）"
    assert scenario.description["zh"] == "见《方案》、“十四五”：２０２５"
