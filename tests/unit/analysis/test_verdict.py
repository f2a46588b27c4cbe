"""The conclusions of a study, for functions with known answers; nothing is simulated."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.analysis.studies.designs import draw
from sim.analysis.studies.importance import basis_of, hangings, members
from sim.analysis.studies.responses import responses, summary_rows
from sim.analysis.studies.stages import Stage
from sim.analysis.studies.study import Study, narrowed, screen_of
from sim.analysis.studies.tables import best_rows, hinge_rows, index_rows, luck_rows
from sim.analysis.studies.verdict import spreads, verdict_of
from sim.runs.batches import Tally
from sim.runs.experiment import SENSITIVITY_METHODS, Design, Experiment, row_values
from sim.runs.factors import Choice, Factor, Uniform

COST = Factor("cost_P08", "uncertainty", Uniform(20000.0, 500000.0), unit="yuan per firm", grade="assumed")
STRUCTURE = Factor("structure", "uncertainty", Choice(("V", "D")))
DELTA = Factor("delta", "uncertainty", Uniform(0.0, 1.0), unit="share", grade="derived")
BUDGET = Factor("budget", "lever", Uniform(5e8, 2e9), unit="yuan per year", whole=True)
FACTORS = (COST, STRUCTURE, DELTA, BUDGET)
CASES = ("baseline", "subsidies", "platforms")
DESIGNS = {
    "sobol": Design("sobol", size=64, second_order=True),
    "morris": Design("morris", trajectories=8),
    "shapley": Design("shapley", size=60),
    "latin_hypercube": Design("latin_hypercube", size=60),
    "two_stage": Design("two_stage", trajectories=8, size=16, most=32, precision=0.2, keep=2),
    "grid": Design("grid", size=3),
    "list": Design("list", rows=({"structure": "V"}, {"structure": "D", "budget": 4_000_000_000})),
}


def asked(design, factors=FACTORS, **more):
    about = {"outcomes": ("climbs",), "replications": 2, "seed": 7} | more
    return Experiment("toy", {"zh": "玩具", "en": "A toy"}, factors=factors, design=design, **about)


def outcome(values, case, luck):
    """Climbs: platforms lead where they are cheap, most of all under D; subsidies do the same everywhere."""
    cheap = (500000.0 - values.get("cost_P08", 150000.0)) / 480000.0
    base = 1000 + 200 * values.get("delta", 0.5) + 30 * luck
    if case == "platforms":
        return base + 600 * cheap + (100 if values.get("structure") == "D" else 0) - 250 + 2 * luck
    return base + (100 + luck if case == "subsidies" else 0)


def stage_of(name, experiment, cases=CASES, failed=(), function=outcome):
    """A stage as the ledger would give it back, with failed runs in some rows."""
    sample = draw(experiment.design, experiment.factors, experiment.seed)
    luck = np.random.default_rng(1).standard_normal((2, experiment.replications))
    count = len(experiment.outcomes)
    found = np.empty((len(sample), len(cases), experiment.replications, count))
    for row in range(len(sample)):
        values = row_values(experiment, sample, row)
        for c, case in enumerate(cases):
            runs = [function(values, case, z) for z in luck[sample.luck[row]]]
            found[row, c] = np.array(runs)[:, None] * np.linspace(1, 0.5, count)
    found[list(failed)] = np.nan
    errors = [
        {"row": row, "scenario": cases[0], "replication": 0, "key": "", "error": "no firms are left"}
        for row in failed
    ]
    total = found[..., 0].size
    return Stage(
        name=name,
        experiment=experiment,
        sample=sample,
        responses=tuple(responses(found, cases, experiment.outcomes, sample)),
        tally=Tally(total, total, len(errors), 0),
        failures=pd.DataFrame(errors, columns=["row", "scenario", "replication", "key", "error"]),
    )


def study_of(experiment, cases=CASES, unfinished="", **more):
    """A study of an experiment, without a run."""
    design = experiment.design
    if design.method == "two_stage":
        stages = [
            stage_of("screening", screen_of(experiment), cases, **more),
            stage_of("sobol", narrowed(experiment, ["cost_P08", "structure"]), cases),
        ]
    else:
        stages = [stage_of("runs", experiment, cases, **more)]
    steps = {8: float("inf"), 16: 0.31} if design.method in ("sobol", "two_stage") else {}
    keys = [r.key for r in stages[-1].responses]
    return Study(
        experiment=experiment,
        cases=tuple(cases),
        stages=tuple(stages),
        summary=pd.DataFrame(
            [{"stage": s.name} | row for s in stages for row in summary_rows(s.responses, s.sample)]
        ),
        indices=pd.DataFrame([row for s in stages for row in index_rows(s)])
        if design.method in SENSITIVITY_METHODS
        else pd.DataFrame(),
        luck=pd.DataFrame([row for s in stages for row in luck_rows(s)]),
        convergence=pd.DataFrame([k | {"size": n, "widest": w} for n, w in steps.items() for k in keys]),
        best=pd.DataFrame([row for s in stages for row in best_rows(s)]),
        hinges=pd.DataFrame([row for s in stages for row in hinge_rows(s)]),
        unfinished=unfinished,
    )


class Studies(dict):
    """A study of each design, made when it is first asked for."""

    def __missing__(self, name):
        self[name] = study_of(asked(DESIGNS[name]))
        return self[name]


@pytest.fixture(scope="module")
def studies():
    return Studies()


@pytest.mark.parametrize("method", ["sobol", "morris", "shapley", "latin_hypercube"])
def test_the_margin_hangs_on_the_cost(studies, method):
    verdict = verdict_of(studies[method])
    assert verdict.kind == "margin"
    (margin,) = verdict.hanging
    assert {margin.scenario, margin.rival} == {"subsidies", "platforms"}
    assert margin.weights[0].name == "cost_P08"
    assert margin.weights[0].basis == "assumed"
    assert margin.weights[0].loud
    assert {weight.name for weight in margin.weights} == {factor.name for factor in FACTORS}
    assert [w.value for w in margin.weights] == sorted((w.value for w in margin.weights), reverse=True)
    assert not next(w for w in margin.weights if w.name == "budget").loud
    assert sum(margin.by_basis.values()) == pytest.approx(1)
    assert next(iter(margin.by_basis)) == "assumed"


def test_shares_by_basis_are_those_of_the_loud_ones(studies):
    (margin,) = verdict_of(studies["sobol"]).hanging
    loud = {weight.name: weight.value for weight in margin.loud}
    assert set(loud) == {"cost_P08", "structure"}
    expected = {"assumed": loud["cost_P08"], "reading": loud["structure"]}
    assert margin.by_basis == pytest.approx({k: v / sum(loud.values()) for k, v in expected.items()})


def test_who_leads_and_where(studies):
    verdict = verdict_of(studies["sobol"])
    stage = studies["sobol"].stages[0]
    effects = {r.scenario: r.values for r in stage.responses if r.kind == "effect" and r.outcome == "climbs"}
    design = stage.sample.luck == 0
    ahead = float((effects["platforms"] > effects["subsidies"])[design].mean())
    assert verdict.standing.shares["platforms"] == pytest.approx(ahead)
    assert verdict.standing.rows == design.sum()
    assert verdict.standing.tied == 0
    first = verdict.swings[0]
    assert first.factor is COST
    assert first.clear
    assert first.low != first.high
    assert not next(swing for swing in verdict.swings if swing.factor is BUDGET).clear


def test_a_tie_is_nobodys(studies):
    def tied(values, case, luck):
        return outcome(
            values, "subsidies" if case == "platforms" and values["structure"] == "V" else case, luck
        )

    verdict = verdict_of(study_of(asked(DESIGNS["latin_hypercube"]), function=tied))
    assert verdict.standing.tied == pytest.approx(0.5)
    assert sum(verdict.standing.shares.values()) == pytest.approx(0.5)


def test_rows_of_a_block_are_one_draw():
    """The same rows many times over make nothing clearer."""
    few = study_of(asked(Design("latin_hypercube", size=16)), function=lambda v, case, z: outcome(v, case, z))
    stage = few.stages[0]
    points = np.repeat(stage.sample.points, 8, axis=0)
    again = replace(
        stage,
        sample=replace(stage.sample, points=points, luck=np.repeat(stage.sample.luck, 8), stride=8),
        responses=tuple(replace(r, runs=np.repeat(r.runs, 8, axis=0)) for r in stage.responses),
    )
    many = replace(
        few,
        stages=(again,),
        best=pd.DataFrame(best_rows(again)),
        hinges=pd.DataFrame(hinge_rows(again)),
    )
    clear = [{s.factor.name: s.clear for s in verdict_of(study).swings} for study in (few, many)]
    assert clear[0] == clear[1]


def test_one_policy_is_asked_for_its_effect_and_none_for_the_level():
    one = verdict_of(study_of(asked(DESIGNS["morris"]), CASES[::2]))
    assert (one.kind, one.policies, one.standing, one.swings) == ("effect", ("platforms",), None, ())
    assert one.hanging[0].weights[0].name == "cost_P08"
    none = verdict_of(study_of(asked(DESIGNS["morris"]), CASES[:1]))
    assert (none.kind, none.policies) == ("level", ())
    assert none.hanging[0].weights[0].name == "delta"
    assert list(none.hanging[0].by_basis) == ["derived"]


def test_what_a_screen_left_out(studies):
    verdict = verdict_of(studies["two_stage"])
    assert {weight.name for weight in verdict.screened} == {"delta", "budget"}
    assert all(np.isfinite(weight.value) for weight in verdict.screened)
    assert verdict.stage.name == "sobol"
    without = verdict_of(replace(studies["two_stage"], indices=pd.DataFrame()))
    assert {weight.name for weight in without.screened} == {"delta", "budget"}
    assert without.hanging == ()


def test_precision_is_that_of_the_last_size(studies):
    precision = verdict_of(studies["two_stage"]).precision
    assert (precision.asked, precision.widest, precision.reached) == (0.2, 0.31, False)
    fixed = verdict_of(studies["sobol"]).precision
    assert (fixed.asked, fixed.reached) == (None, False)
    assert verdict_of(studies["shapley"]).precision is None


def test_too_few_rows_say_so():
    few = study_of(asked(Design("latin_hypercube", size=12)))
    (margin,) = verdict_of(few).hanging
    assert (margin.note, margin.weights, margin.used) == ("few_rows", (), 12)
    assert margin.by_basis == {}


def test_failed_rows_take_their_block_with_them():
    hurt = study_of(asked(DESIGNS["sobol"]), failed=(3, 30))
    (margin,) = verdict_of(hurt).hanging
    assert (margin.used, margin.dropped) == (62, 2)
    assert margin.weights[0].name == "cost_P08"


def test_nothing_but_failures_can_be_read():
    dead = study_of(asked(DESIGNS["grid"]), failed=range(54))
    verdict = verdict_of(dead)
    assert verdict.standing is None
    assert spreads(verdict.stage) == []


def test_spreads_are_those_of_the_design_rows(studies):
    stage = studies["grid"].stages[0]
    found = {(s.kind, s.scenario, s.outcome): s for s in spreads(stage)}
    subsidies = found["effect", "subsidies", "climbs"]
    assert (subsidies.rows, subsidies.positive) == (54, 1.0)
    assert subsidies.low == pytest.approx(subsidies.high)
    assert found["level", "baseline", "climbs"].mean == pytest.approx(1100, abs=60)


def test_what_factors_rest_on():
    assert [basis_of([factor]) for factor in FACTORS] == ["assumed", "reading", "derived", "lever"]
    assert basis_of([Factor("grid", "uncertainty", Choice(("a", "b")))]) == "setting"
    assert basis_of([COST, DELTA]) == "mixed"
    assert basis_of([COST, replace(COST, name="mu")]) == "assumed"


def test_groups_go_by_their_name():
    grouped = tuple(replace(f, group="money") if f in (COST, BUDGET) else f for f in FACTORS)
    study = study_of(asked(DESIGNS["morris"], grouped))
    names = members(study.stages[0])
    assert [factor.name for factor in names["money"]] == ["cost_P08", "budget"]
    (margin, *_) = [each for each in hangings(study, study.stages[0], "climbs") if each.kind == "margin"]
    assert margin.weights[0].name == "money"
    assert margin.weights[0].basis == "mixed"
    assert verdict_of(study).swings[0].factor.name == "cost_P08"
