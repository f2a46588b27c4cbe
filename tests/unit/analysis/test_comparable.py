"""What may be compared: one table of differences, tried through every entry point, with the cautions and refusals."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML

import sim
from sim.analysis.comparison.cautions import cautions_of, spent_apart
from sim.analysis.comparison.comparable import judge, shocks_text, with_shocks_of
from sim.analysis.comparison.reach import eligible, reach
from sim.analysis.studies.experiments import read_experiment
from sim.browser.session import Session
from sim.command.arguments import Output
from sim.command.options import prepared, read, read_job
from sim.errors import InputError
from sim.files.names import evidence_folder, find_experiment, scenario_names
from sim.runs.run import compiled_of
from sim.runs.walk import Walk
from sim.show.texts.cautions import caution_text
from sim.words import Words
from sim.world.scenario import Scenario, load_scenario

BASE = {
    "name": "base",
    "title": {"zh": "甲", "en": "Base"},
    "horizon": {"start": "2020Q1", "end": "2021Q4"},
    "scale": 0.002,
    "replications": 20,
}
POLICY = BASE | {
    "name": "policy",
    "levers": {"rd_subsidy": {"start": "2020Q1", "share_of_budget": 1}},
}
OTHER = BASE | {
    "name": "other",
    "levers": {"platforms": {"start": "2020Q1", "share_of_budget": 1}},
}
TWO = ("rd_subsidy", "platforms")
FALL = [{"kind": "demand", "start": "2020Q2", "end": "2020Q4", "size": -0.06}]
DEEPER = [FALL[0] | {"size": -0.12}]


def lever(**changes: object) -> dict[str, object]:
    return {"levers": {"rd_subsidy": {"start": "2020Q1", "share_of_budget": 1} | changes}}


#: A difference: changes of the baseline, of the first policy, of the second; the key that is refused.
REFUSED = {
    "a shock in the base only": ({"shocks": FALL}, {}, {}, "shocks"),
    "a shock in one policy only": ({}, {"shocks": FALL}, {}, "shocks"),
    "a shock in both policies only": ({}, {"shocks": FALL}, {"shocks": FALL}, "shocks"),
    "a shock of another size": ({"shocks": FALL}, {"shocks": DEEPER}, {"shocks": FALL}, "shocks"),
    "another horizon": ({}, {"horizon": {"start": "2020Q1", "end": "2021Q3"}}, {}, "horizon"),
    "another scale": ({}, {"scale": 0.004}, {}, "scale"),
    "another grid": ({}, {"grid": 0.1}, {}, "grid"),
    "another column": ({}, {"difficulty": {"column": 3}}, {}, "difficulty.column"),
    "coefficients drawn": ({}, {"difficulty": {"coefficients": "drawn"}}, {}, "difficulty.coefficients"),
    "another parameter": ({}, {"parameters": {"rho": 0.85}}, {}, "parameters.rho"),
    "another parameter in the base": ({"parameters": {"h0_0": 0.03}}, {}, {}, "parameters.h0_0"),
}
#: Likewise; the caution that says it.
SAID = {
    "another seed": ({}, {"seed": 7}, {}, "seed"),
    "another number of replications": ({}, {"replications": 30}, {}, "replications"),
    "twice the budget": ({}, {"budget": "2 bn yuan"}, {}, "money"),
    "no budget": ({}, {"budget": 0}, {}, "money"),
    "half of the budget": ({}, lever(share_of_budget=0.5), {}, "money"),
    "another start": ({}, lever(start="2021Q1"), {}, "start"),
    "another end": ({}, lever(end="2021Q1"), {}, "end"),
    "another lag": ({}, lever(lag=2), {}, "lag"),
    "another strength": ({}, lever(strength=0.5), {}, "strength"),
    "other regions": ({}, lever(regions=["武汉"]), {}, "regions"),
    "another allocation": ({}, lever(allocation="need"), {}, "allocation"),
    "another rule for firms": ({}, lever(firms="small_first"), {}, "firms"),
    "other firms": ({}, lever(**{"for": {"levels": [1, 2]}}), {}, "for"),
    "a number of the lever": ({}, {"parameters": {"cost_P01": 100_000}}, {}, "owned"),
    "a lever in the base only": (
        {"levers": {"auto_delivery": {"start": "2020Q1", "share_of_budget": 0.2}}},
        {},
        {},
        "base_lever_missing",
    ),
    "a policy without levers": ({}, {"levers": None}, {}, "what_if"),
}
#: After these more climbs may only mean more money, more time or more places.
WITHHELD = {"money", "start", "end", "lag", "strength", "regions", "owned"}
#: What an experiment answers by itself: it has its own seed and number of replications.
OF_COMPARE = ("seed", "replications")


@pytest.fixture
def write(tmp_path: Path):
    def written(*changes: dict[str, object]) -> list[Path]:
        paths = []
        for form, change in zip((BASE, POLICY, OTHER), changes, strict=True):
            content = {key: value for key, value in (form | change).items() if value is not None}
            path = tmp_path / f"{form['name']}.yaml"
            with path.open("w", encoding="utf-8") as file:
                YAML().dump(content, file)
            paths.append(path)
        return paths

    return written


@pytest.fixture
def shock_of(tmp_path: Path):
    def read(**changes: object) -> Scenario:
        path = tmp_path / "shock.yaml"
        with path.open("w", encoding="utf-8") as file:
            YAML().dump(BASE | {"name": "shock"} | changes, file)
        return load_scenario(path)

    return read


def problems_of(asked) -> list[str]:
    with pytest.raises(InputError) as error:
        asked()
    return [f"{problem.key}: {problem.message}" for problem in error.value.problems]


# --- refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", REFUSED)
def test_python_and_the_command_refuse_and_name_the_key(write, row: str) -> None:
    *changes, key = REFUSED[row]
    paths = write(*changes)
    base, *policies = (load_scenario(path) for path in paths)
    _, job = read(lambda mistakes: read_job(mistakes, [str(path) for path in paths]), Output())
    for asked in (
        lambda: sim.compare(base, policies, replications=2, doubt="none"),
        lambda: prepared(job, ()),
    ):
        assert any(problem.startswith(f"{key}: ") for problem in problems_of(asked))


@pytest.mark.parametrize("row", REFUSED)
def test_an_experiment_refuses(write, tmp_path: Path, row: str) -> None:
    *changes, key = REFUSED[row]
    write(*changes)
    path = tmp_path / "asked.yaml"
    path.write_text(
        "name: asked\nscenarios: [base, policy, other]\nuncertainties: {delta: range}\n"
        "design: {method: grid, size: 2}\nreplications: 8\n"
    )
    found = problems_of(lambda: read_experiment(path))
    assert any(key.removeprefix("parameters.") in problem for problem in found)
    assert all(problem.startswith("scenarios: ") for problem in found)


@pytest.mark.parametrize("name", scenario_names())
def test_the_page_compares_with_nothing_but_the_same_without_levers(name: str) -> None:
    session = Session(load_scenario(name, scale=0.002))
    refusals = judge(session.baseline.scenario, [session.scenario]).refusals
    assert {problem.key for problem in refusals} == {"name"}, (
        "it goes by the same name, and differs in nothing else"
    )


# --- said ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", SAID)
def test_python_says_it_before_the_first_number(write, row: str) -> None:
    *changes, code = SAID[row]
    base, *policies = (load_scenario(path) for path in write(*changes))
    found = sim.compare(base, policies, replications=2, doubt="none")
    assert code in [caution.code for caution in found.cautions]


@pytest.mark.parametrize("row", [row for row in SAID if SAID[row][3] not in OF_COMPARE])
def test_an_experiment_says_it(write, tmp_path: Path, row: str) -> None:
    *changes, code = SAID[row]
    write(*changes)
    path = tmp_path / "asked.yaml"
    path.write_text(
        "name: asked\nscenarios: [base, policy, other]\nuncertainties: {delta: range}\n"
        "design: {method: grid, size: 2}\nreplications: 8\n"
    )
    experiment = read_experiment(path).experiment
    assert code in [caution.code for caution in experiment.cautions]
    assert (experiment.ranked == ()) == (code in WITHHELD)


def test_like_for_like_says_nothing_but_how_few_runs(write) -> None:
    base, *policies = (load_scenario(path) for path in write({}, {}, {}))
    assert {caution.code for caution in judge(base, policies).cautions} == {"early_levers"}, "from 2020Q1"
    found = sim.compare(base, policies, replications=2, doubt="none")
    assert {caution.code for caution in found.cautions} <= {"few_replications", "unspent", "early_levers"}


def test_levers_are_early_before_the_years_end_that_the_record_sets(write) -> None:
    long = {"horizon": {"start": "2020Q1", "end": "2023Q4"}}
    base, *policies = (load_scenario(path) for path in write(long, long | lever(start="2022Q4"), long))
    early = [caution for caution in judge(base, policies).cautions if caution.code == "early_levers"]
    assert [(caution.scenario, caution.facts["year"]) for caution in early] == [
        ("policy", 2023),
        ("other", 2023),
    ]
    *_, later = (load_scenario(path) for path in write(long, long, long | {"levers": None}))
    _, path, _ = write(long, long | lever(start="2022Q3", lag=2), long)
    assert "early_levers" not in {
        caution.code for caution in judge(base, [later, load_scenario(path)]).cautions
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lever(share_of_budget=0.5), "budget"),
        ({"parameters": {"cost_P01": 100_000}}, "owned"),
        (lever(**{"for": {"levels": [3]}}), "quota"),
        (lever(strength=0), "idle"),
        (lever(**{"for": {"min_staff": 900_000}}), "nobody"),
        (lever(regions=["恩施"]), "few_agents"),
    ],
)
def test_the_page_says_it(write, change: dict[str, object], code: str) -> None:
    _, path, _ = write({}, change, {})
    codes = [caution.code for caution in Session(load_scenario(path)).cautions()]
    assert codes[0] == "one_run"
    assert code in codes


def test_the_page_says_at_the_end_that_money_is_left(write) -> None:
    _, path, _ = write({}, lever(**{"for": {"min_staff": 900_000}}), {})
    session = Session(load_scenario(path))
    assert "unspent_once" in [caution.code for caution in session.cautions()], "one replication tells"
    while not session.finished:
        session.step()
    found = [caution for caution in session.cautions() if caution.code == "unspent"]
    assert [caution.facts["why"] for caution in found] == ["nobody"]


# --- on request ------------------------------------------------------------------------------------------


def test_what_is_asked_for_is_compared_and_said_first(write) -> None:
    base, *policies = (load_scenario(path) for path in write({"shocks": FALL}, {}, {"shocks": FALL}))
    found = sim.compare(base, policies, replications=2, doubt="none", allow_different=["shocks"])
    assert (found.cautions[0].code, found.cautions[0].key) == ("allowed", "shocks")


@pytest.mark.parametrize("key", ["horizon", "scale", "grid", "regions"])
def test_what_pairing_needs_cannot_be_allowed(write, key: str) -> None:
    base, *policies = (load_scenario(path) for path in write({}, {}, {}))
    with pytest.raises(InputError, match="never differ"):
        judge(base, policies, [key])


def test_an_unknown_key_is_refused_and_a_single_parameter_can_be_allowed(write) -> None:
    base, *policies = (load_scenario(path) for path in write({}, {"parameters": {"rho": 0.85}}, {}))
    with pytest.raises(InputError, match=r"no such key; there are evidence, .*parameters"):
        judge(base, policies, ["shock"])
    assert judge(base, policies).refusals
    assert not judge(base, policies, ["parameters.rho"]).refusals
    assert judge(base, policies, ["parameters.eps"]).refusals


def test_coefficients_allowed_to_differ_stay_as_each_says(write) -> None:
    drawn = {"difficulty": {"coefficients": "drawn"}}
    base, *policies = (load_scenario(path) for path in write({}, drawn, {}))
    found = sim.compare(
        base, policies, replications=3, doubt="none", allow_different=["difficulty.coefficients"]
    )
    alone = sim.compare(base, policies[1:], replications=3, doubt="none")
    other = found.effects[found.effects["scenario"] == "other"].reset_index(drop=True)
    assert other["effect"].equals(alone.effects["effect"])


# --- a shock under all -----------------------------------------------------------------------------------


def test_a_shock_laid_under_all_is_that_of_a_pair_made_by_hand(write, shock_of) -> None:
    shock = shock_of(shocks=FALL)
    by_hand = [load_scenario(path) for path in write({"shocks": FALL}, {"shocks": FALL}, {"shocks": FALL})]
    plain = [load_scenario(path) for path in write({}, {}, {})]
    for laid in (with_shocks_of(plain, shock), with_shocks_of(by_hand, shock)):
        assert [each.digest for each in laid] == [each.digest for each in by_hand]
    found = sim.compare(plain[0], plain[1:], under=shock, replications=3, doubt="none")
    hand = sim.compare(by_hand[0], by_hand[1:], replications=3, doubt="none")
    assert found.effects.equals(hand.effects)
    assert found.base.shocks == by_hand[0].shocks
    assert found.cautions[0].code == "under"
    assert shock.files[0] in found.base.files


def test_of_a_stress_test_only_the_shock_is_used_and_that_is_said(write, shock_of) -> None:
    base, *policies = (load_scenario(path) for path in write({}, {}, {}))
    shock = shock_of(shocks=FALL, parameters={"rho": 0.7})
    found = sim.compare(base, policies, under=shock, replications=2, doubt="none")
    assert found.base.parameters["rho"] == base.parameters["rho"]
    assert "parameters.rho" in found.cautions[0].facts["left"]["en"]


def test_two_shocks_of_a_kind_at_one_time_are_not_added_up(write, shock_of) -> None:
    base, *policies = (load_scenario(path) for path in write(*[{"shocks": FALL}] * 3))
    shock = shock_of(shocks=DEEPER)
    with pytest.raises(InputError, match="add up"):
        sim.compare(base, policies, under=shock, replications=2, doubt="none")


@pytest.mark.parametrize(
    ("changes", "varied", "ranked", "code"),
    [
        (({}, {}, {}), "budget: {low: 1 bn yuan, high: 4 bn yuan}", True, "varies_budget"),
        (
            ({}, {"budget": "4 bn yuan"}, {}),
            "budget: {low: 1 bn yuan, high: 4 bn yuan}",
            True,
            "varies_budget",
        ),
        (({}, lever(share_of_budget=0.5), {}), "budget: {low: 1 bn yuan, high: 4 bn yuan}", False, "money"),
        (({}, {}, {}), "levers.platforms.share_of_budget: {low: 0.2, high: 1}", False, "varies_lever"),
        (({}, {}, {}), "levers.rd_subsidy.amount: {low: 100k yuan, high: 300k yuan}", False, "varies_lever"),
        (
            ({}, {"levers": {name: {"start": "2020Q1", "share_of_budget": 0.5} for name in TWO}}, {}),
            "levers.platforms.share_of_budget: {choices: [0.25, 0.5]}",
            False,
            "varies_lever",
        ),
    ],
)
def test_an_experiment_is_judged_as_its_rows_change_it(
    write, tmp_path: Path, changes: tuple, varied: str, ranked: bool, code: str
) -> None:
    write(*changes)
    path = tmp_path / "asked.yaml"
    path.write_text(
        f"name: asked\nscenarios: [base, policy, other]\nlevers:\n  {varied}\n"
        "design: {method: grid, size: 2}\nreplications: 8\n"
    )
    experiment = read_experiment(path).experiment
    codes = [caution.code for caution in experiment.cautions]
    assert code in codes
    assert bool(experiment.ranked) == ranked
    assert ("not_ranked" in codes) == (not ranked)
    assert not ranked or "money" not in codes


def test_costs_are_those_of_money_beyond_the_baselines_own(write) -> None:
    """A policy instead of the baseline's own: what differs is the remainder that was not spent, and no price."""
    own = {"levers": {"auto_delivery": {"start": "2020Q1", "share_of_budget": 1}}}
    base, *policies = (load_scenario(path) for path in write(own, {}, {}))
    found = sim.compare(base, policies, replications=8, doubt="none")
    assert (
        set(found.costs["note"])
        <= {
            "undefined: no more money than the baseline",
            "no interval: all replications alike",
            "undefined: the effect covers 0",  # where the baseline's own lever leaves over 1 % of its money unspent
        }
    )
    assert found.costs["yuan_per_climb"].isna().all()
    assert not len(found.break_even)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "holds no shock"),
        ({"shocks": FALL, "levers": POLICY["levers"]}, "uses levers"),
        (
            {
                "horizon": {"start": "2020Q1", "end": "2023Q4"},
                "shocks": [FALL[0] | {"start": "2023Q1", "end": "2023Q4"}],
            },
            "after the horizon",
        ),
    ],
)
def test_what_is_no_stress_test_is_refused(write, shock_of, changes: dict[str, object], words: str) -> None:
    under = shock_of(**changes)
    plain = [load_scenario(path) for path in write({}, {}, {})]
    with pytest.raises(InputError, match=words):
        with_shocks_of(plain, under)


def test_the_refusal_names_the_way_out_and_describes_shocks() -> None:
    shock, base = load_scenario("demand_shock"), load_scenario("baseline")
    (problem,) = judge(shock, [load_scenario("subsidies")]).refusals
    assert "--under demand_shock" in problem.message
    assert shocks_text(shock.shocks) == "demand −6 % from 2026Q1 to 2026Q4"
    assert shocks_text(base.shocks) == "none"
    assert not judge(base, [shock]).refusals, "a what-if may hold a shock"


# --- evidence and files ----------------------------------------------------------------------------------


def test_evidence_is_compared_by_what_it_says_not_by_its_path(write, tmp_path: Path) -> None:
    copy = shutil.copytree(evidence_folder("hubei"), tmp_path / "copy")
    base, policy, _ = (load_scenario(path) for path in write({}, {"evidence": "copy"}, {}))
    assert not judge(base, [policy]).refusals
    registry = copy / "parameters.csv"
    text = registry.read_text(encoding="utf-8-sig")
    registry.write_text(text.replace(",0.9,", ",0.91,", 1), encoding="utf-8")
    found = judge(base, [load_scenario(tmp_path / "policy.yaml")]).refusals
    assert "evidence" in [problem.key for problem in found]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder, seed in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "root.yaml").write_text(f"name: root\nseed: {seed}\n")
    for folder, name in (("a", "one"), ("b", "two")):
        levers = "levers: {platforms: {start: 2024Q1, share_of_budget: 1}}"
        (tmp_path / folder / f"{name}.yaml").write_text(f"name: {name}\nextends: root\n{levers}\n")
    base = load_scenario(tmp_path / "a" / "root.yaml")
    one, two = (load_scenario(tmp_path / path) for path in ("a/one.yaml", "b/two.yaml"))
    assert not judge(base, [one]).refusals
    (problem,) = judge(base, [one, two]).refusals
    assert problem.value == "root.yaml"
    assert str(tmp_path / "b" / "root.yaml") in problem.message


# --- whom it reaches -------------------------------------------------------------------------------------


def test_whom_a_lever_may_reach_is_the_models_rule() -> None:
    from sim.model.governments import eligible as in_the_model

    levers = {
        "rd_subsidy": {"start": "2020Q1", "share_of_budget": 0.3, "for": {"levels": [1, 2], "min_staff": 20}},
        "platforms": {"start": "2020Q1", "share_of_budget": 0.3, "for": {"max_staff": 400}},
        "talent_support": {"start": "2020Q1", "share_of_budget": 0.3, "for": {"industries": ["autos"]}},
    }
    scenario = load_scenario("baseline", scale=0.002, levers=levers)
    walk = Walk(compiled_of(scenario), 1, 0)
    walk.to(6)
    firms, programme = walk.state.firms, walk.compiled.programme
    t = int(walk.state.province.clock[0]) - 1
    for k in range(len(programme.first)):
        ours = eligible(firms, k, t, programme)
        theirs = [bool(in_the_model.py_func(firms, i, k, t, programme)) for i in range(len(firms.alive))]
        assert ours.tolist() == theirs
    assert 0 < eligible(firms, 1, t, programme).sum() < (firms.alive == 1).sum()


def narrow(**whom: object) -> Scenario:
    entry = {"start": "2024Q1", "share_of_budget": 1} | whom
    return load_scenario("baseline", scale=0.002, levers={"rd_subsidy": entry})


@pytest.mark.parametrize(
    ("whom", "codes"),
    [
        ({}, []),
        ({"for": {"min_staff": 900_000}}, ["nobody", "unspent_once"]),
        ({"for": {"levels": [3, 4]}}, ["quota", "unspent_once"]),
        ({"regions": ["Wuhan"]}, []),
        ({"regions": ["Enshi"]}, ["few_agents", "unspent_once"]),
        ({"strength": 0}, ["idle"]),
        ({"start": "2022Q4"}, ["early_levers"]),
        ({"start": "2022Q4", "strength": 0}, ["idle"]),
    ],
)
def test_check_foresees_what_cannot_move(whom: dict[str, object], codes: list[str]) -> None:
    assert [caution.code for caution in cautions_of(narrow(**whom))] == codes


def test_how_far_apart_money_is_spent_is_measured_by_what_was_authorised() -> None:

    def pairs(**spent: float) -> list[Any]:
        return [SimpleNamespace(scenario=load_scenario(name), spent=[yuan]) for name, yuan in spent.items()]

    assert spent_apart([]) == ({}, 0.0)
    assert spent_apart(pairs(platforms=3e9))[1] == 0.0
    _, gap = spent_apart(pairs(talent_pool=25e6, subsidies=0))
    assert gap == pytest.approx(25e6 / 9e9)
    spent, gap = spent_apart(pairs(platforms=4.5e9, subsidies=9e9))
    assert (spent, gap) == ({"platforms": 4.5e9, "subsidies": 9e9}, pytest.approx(0.5))


def test_whom_policies_are_for_is_said_with_what_narrows_it() -> None:
    names = ("talent_pool", "subsidies", "platforms", "certificate_award")
    found = judge(load_scenario("baseline"), [load_scenario(name) for name in names])
    said = {caution.code: caution for caution in found.cautions}
    assert "for" not in said, "an award has no levels to differ in"
    assert caution_text(said["same_for"], str, Words("en")) == (
        "The scenarios of policies that choose firms set the same conditions: levels 1, 2, 3, 4; Digital platforms: "
        "only for those of them that want one and have none; Award per certificate: whatever the level, for whoever "
        "gets a first certificate."
    )
    larger = load_scenario("certificate_award", levers={"certificate_award": {"for": {"min_staff": 50}}})
    found = judge(load_scenario("baseline"), [load_scenario("subsidies"), larger])
    assert "for" in [caution.code for caution in found.cautions]
    everybody = load_scenario("platforms", levers={"platforms": {"for": {"from_level": 0}}})
    award = load_scenario("certificate_award")
    for others in ([load_scenario("subsidies"), everybody], [everybody, load_scenario("subsidies")]):
        found = judge(load_scenario("baseline"), [*others, award])
        (said,) = [caution for caution in found.cautions if caution.code == "for"]
        assert said.facts["values"]["by"]["certificate_award"]["en"] == "whoever gets a first certificate"


def test_an_experiment_that_varies_whom_levers_are_for_does_not_say_they_are_the_same() -> None:
    asked = read_experiment(find_experiment("screening")).experiment
    assert not {"for", "same_for"} & {caution.code for caution in asked.cautions}


@pytest.mark.parametrize(
    ("changes", "lever", "why"),
    [
        ({"budget": "30 m yuan"}, {}, "coarse"),  # one agent's award is 40 m yuan
        ({"budget": "20 bn yuan"}, {"end": "2024Q2", "regions": ["Wuhan"]}, "firms"),
    ],
)
def test_why_an_awards_money_is_left(changes: dict[str, Any], lever: dict[str, Any], why: str) -> None:
    given = {"horizon": {"end": "2026Q4"}, "levers": {"certificate_award": lever}} | changes
    found = cautions_of(load_scenario("certificate_award", **given), thorough=True)
    assert [caution.facts["why"] for caution in found if caution.code == "unspent_once"] == [why]


def test_a_pool_that_holds_nobody_is_not_called_full() -> None:
    def pool(**changes: float) -> Scenario:
        levers = {"talent_pool": changes}
        return load_scenario("talent_pool", scale=0.002, horizon={"end": "2026Q4"}, levers=levers)

    (full,) = cautions_of(pool(capacity=2000, strength=0.5), thorough=True)
    assert full.facts["why"] == "capacity"
    (rounded,) = cautions_of(pool(capacity=400, sourced=0), thorough=True)
    assert rounded.facts["why"] == "rounded"
    (only_sourced,) = cautions_of(pool(capacity=0), thorough=True)
    assert (only_sourced.code, only_sourced.facts["why"]) == ("unspent_once", "sourced")
    assert [caution.code for caution in cautions_of(pool(capacity=0, sourced=0))] == ["idle"]


def test_a_pool_reaches_people() -> None:
    pool = load_scenario("talent_pool", scale=0.002)
    (found,) = reach(pool)
    assert found.people
    assert found.agents > 0
