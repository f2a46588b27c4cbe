"""Studies on functions with known answers, by the same path as the province: designs, ledger, responses, indices."""

import random
import shutil
import warnings
from collections import namedtuple
from dataclasses import replace
from math import pi

import numpy as np
import pytest

from sim.analysis.saved import write_study
from sim.analysis.studies.cost import cost_of
from sim.analysis.studies.stages import Runner
from sim.analysis.studies.study import narrowed, run_study, study_hash
from sim.errors import InputError, Message
from sim.runs.batches import Plan
from sim.runs.elsewhere import here
from sim.runs.experiment import Design
from tests.toys import (
    SOBOL_G,
    Toy,
    every_seventh_fails,
    experiment,
    hypercube,
    ishigami,
    noisy,
    policies,
    sobol_g,
    unit,
)


def study(asked, toy, folder, with_indices=True, **options):
    with here(2) as place:
        runner = Runner(toy, folder, place, **options)
        return run_study(asked, runner, with_indices=with_indices)


def found(done, index, **where):
    table = done.indices
    for column, value in {"index": index, "other": "", **where}.items():
        table = table[table[column] == value]
    return table.set_index("factor")


def assert_inside(table, known):
    for name, value in known.items():
        row = table.loc[name]
        assert row["low"] <= value <= row["high"], (name, value, dict(row))


def test_ishigami(tmp_path):
    a, b = 7, 0.1
    first = 0.5 * (1 + b * pi**4 / 5) ** 2
    second, both = a**2 / 8, b**2 * pi**8 * 8 / 225
    variance = first + second + both
    design = Design("sobol", size=1024, most=1024)
    done = study(experiment(unit("x1", "x2", "x3"), design), Toy(ishigami), tmp_path)
    assert_inside(found(done, "S1"), {"x1": first / variance, "x2": second / variance, "x3": 0.0})
    totals = {"x1": (first + both) / variance, "x2": second / variance, "x3": both / variance}
    assert_inside(found(done, "ST"), totals)


def test_sobol_g(tmp_path):
    parts = [1 / (3 * (1 + a) ** 2) for a in SOBOL_G]
    variance = np.prod([1 + part for part in parts]) - 1
    names = [f"x{i}" for i in range(len(SOBOL_G))]
    total = {
        n: part * np.prod([1 + q for q in parts]) / (1 + part) / variance
        for n, part in zip(names, parts, strict=True)
    }
    design = Design("sobol", size=1024, most=1024)
    done = study(experiment(unit(*names), design), Toy(sobol_g), tmp_path)
    assert_inside(found(done, "S1"), {n: part / variance for n, part in zip(names, parts, strict=True)})
    assert_inside(found(done, "ST"), total)


@pytest.mark.parametrize("method", ["sobol", "two_stage"])
def test_a_factor_that_does_nothing_stays_below_the_dummy(tmp_path, method):
    design = Design(method, size=128, most=128, trajectories=10, keep=3)
    done = study(experiment(unit("x1", "x2", "x3"), design, replications=4), Toy(noisy), tmp_path)
    stage = done.stages[-1].name
    totals = found(done, "ST", stage=stage)
    if "x3" in totals.index:
        assert totals.loc["x3", "value"] == 0.0 < totals.loc["dummy", "value"]
        assert totals.loc["x3", "below_noise"]
    else:
        screen = found(done, "mu_star", stage="screening")
        assert screen.loc["x3", "value"] == 0.0 < screen.loc["dummy", "value"]
    assert totals.loc["x1", "value"] > totals.loc["dummy", "value"]


def test_the_share_of_luck_is_reported(tmp_path):
    asked = experiment(unit("x1", "x2"), Design("sobol", size=64, most=64), replications=50)
    done = study(asked, Toy(noisy), tmp_path)
    # Var(x1) = 1/12; luck: E(½ + x2)² = 13/12.
    (row,) = done.luck.to_dict("records")
    assert row["run"] == pytest.approx(13 / 14, abs=0.06)
    assert row["mean"] < row["run"]


def test_doubling_ends_when_the_intervals_are_tight_and_uses_every_run_again(tmp_path):
    seen = []
    design = Design("sobol", size=16, most=4096, precision=0.15)
    done = study(
        experiment(unit("x1", "x2"), design), Toy(policies, ("base", "second")), tmp_path, report=seen.append
    )
    sizes = list(dict.fromkeys(done.convergence["size"]))
    assert sizes == [16 * 2**k for k in range(len(sizes))]
    assert 1 < len(sizes) < 9
    lead = done.convergence.groupby("size")["widest"].max()
    assert lead.iloc[-1] <= 0.15 < lead.iloc[-2]
    last = [tally for tally in seen if tally.total == seen[-1].total]
    assert last[0].earlier == last[0].total // 2


def test_doubling_ends_below_the_budget_of_runs(tmp_path):
    design = Design("sobol", size=16, most=4096, precision=0.001)
    asked = experiment(unit("x1", "x2"), design, most_runs=16 * 5 * 2 * 2 + 1)
    done = study(asked, Toy(policies, ("base", "second")), tmp_path)
    assert done.stages[0].tally.total == 320
    assert set(done.convergence["size"]) == {16, 32}


def test_two_stages_take_what_survives(tmp_path):
    design = Design("two_stage", size=32, most=32, trajectories=8, keep=2)
    names = ("x1", "x2", "idle", "idler")
    done = study(experiment(unit(*names), design), Toy(policies, ("base", "first", "second")), tmp_path)
    assert [stage.name for stage in done.stages] == ["screening", "sobol"]
    kept = {factor.name for factor in done.stages[1].experiment.factors}
    assert "x1" in kept
    assert len(kept) == 2


def test_the_budget_counts_the_screen_too(tmp_path):
    """Two stages of which only the second would fit twice."""
    design = Design("two_stage", size=8, most=64, precision=1e-9, trajectories=8, keep=2)
    asked = experiment(unit("x1", "x2"), design)
    toy = Toy(policies, ("base", "first", "second"))
    least = cost_of(asked, toy, 1, tmp_path).runs
    sobol = 8 * (2 + 3) * 3
    for most, doubled in ((least + sobol - 1, False), (least + sobol, True)):
        done = study(replace(asked, most_runs=most), toy, tmp_path / str(most))
        runs = sum(stage.tally.total for stage in done.stages)
        assert runs == (least + sobol if doubled else least)
        assert runs <= most


def test_the_screen_keeps_what_the_ranking_hangs_on(tmp_path):
    """x2 moves the levels of all scenarios alike, x1 moves who is ahead."""
    design = Design("two_stage", size=8, most=8, trajectories=8, keep=2)
    toy = Toy(uneven, ("base", "first", "second"))
    done = study(experiment(unit("loud", "x1", "x2"), design), toy, tmp_path)
    assert {factor.name for factor in done.stages[1].experiment.factors} == {"x1", "x2"}


def uneven(v, luck, replication, case):
    return 100 * v["loud"] + {"base": 0.0, "first": 1.0, "second": 2.0 * v["x1"] + 0.1 * v["x2"]}[case]


def test_a_screen_in_which_all_fails_is_not_followed(tmp_path):
    design = Design("two_stage", size=32, most=32, trajectories=8, keep=2)
    done = study(experiment(unit("x1", "x2"), design, replications=7), Toy(every_seventh_fails), tmp_path)
    assert [stage.name for stage in done.stages] == ["screening"]
    assert set(done.indices["note"]) == {"few_trajectories"}


def test_a_group_survives_whole():
    asked = experiment(
        (*unit("a", "b", group="pair"), *unit("c")), Design("two_stage", size=32, most=32, keep=1)
    )
    assert [factor.name for factor in narrowed(asked, ["pair"]).factors] == ["a", "b"]


def test_margins_name_who_is_ahead_and_what_it_hangs_on(tmp_path):
    design = Design("sobol", size=128, most=128)
    done = study(
        experiment(unit("x1", "x2"), design, replications=2),
        Toy(policies, ("base", "first", "second")),
        tmp_path,
    )
    margin = done.indices[(done.indices["kind"] == "margin") & (done.indices["index"] == "ST")].set_index(
        "factor"
    )
    assert {margin["scenario"].iloc[0], margin["rival"].iloc[0]} == {"first", "second"}
    assert margin.loc["x1", "value"] == pytest.approx(1.0, abs=0.01)
    assert margin.loc["x2", "value"] == pytest.approx(0.0, abs=1e-9)
    shares = done.best.set_index("scenario")["share"]
    assert shares["first"] == pytest.approx(0.5, abs=0.05)
    hinge = done.hinges.set_index(["factor", "scenario"])
    assert hinge.loc[("x1", "first"), "low"] == 1.0
    assert hinge.loc[("x1", "first"), "high"] == 0.0


def test_failed_rows_are_left_out_and_counted(tmp_path):
    asked = experiment(unit("x1", "x2"), Design("sobol", size=32, most=32), replications=1)

    class Frail(Toy):
        def job(self, case, values):
            if 0.4 < values["x1"] < 0.45:
                raise InputError(Message("errors.quoted", text="x1 is in the gap"))
            return super().job(case, values)

    done = study(asked, Frail(noisy), tmp_path)
    table = done.indices
    assert np.isfinite(table[["value", "low", "high"]]).all(axis=None)
    assert (table["dropped"] > 0).all()
    assert set(table["used"] + table["dropped"]) == {32}
    assert done.failed == len(done.stages[0].failures) > 0


def test_where_every_row_fails_the_study_says_that_nothing_can_be_said(tmp_path):
    asked = experiment(unit("x1", "x2"), Design("sobol", size=16, most=16), replications=7)
    done = study(asked, Toy(every_seventh_fails), tmp_path)
    assert list(done.indices["note"]) == ["few_base_points"]
    assert done.failed == 16 * 5


@pytest.mark.parametrize(
    "design",
    [
        Design("grid", size=3),
        Design("list", rows=({"x1": 0.2}, {"x1": 0.7, "x2": 0.1})),
        Design("latin_hypercube", size=9),
    ],
)
def test_sweeps_sum_up_every_row(tmp_path, design):
    asked = experiment(unit("x1", "x2"), design, replications=8)
    toy = Toy(noisy) if design.method != "list" else Toy(listed)
    done = study(asked, toy, tmp_path, with_indices=False)
    assert not len(done.indices)
    assert list(done.summary["row"]) == list(range(len(done.stages[0].sample)))
    assert (done.summary["low"] < done.summary["mean"]).all()


def listed(v, luck, replication, case):
    return v["x1"] + v.get("x2", 0.0) + luck


def test_a_grid_gives_no_indices(tmp_path):
    with pytest.raises(InputError, match="upgrading sweep"):
        study(experiment(unit("x1"), Design("grid", size=3)), Toy(noisy), tmp_path)


def test_hours_end_a_study_that_can_be_gone_on_with(tmp_path):
    asked = hypercube(60, replications=2)
    done = study(asked, Toy(noisy), tmp_path, until=0.0)
    assert done.unfinished == "hours"
    assert done.stages[0].tally.done < done.stages[0].tally.total
    tally = study(asked, Toy(noisy), tmp_path).stages[0].tally
    assert tally.done == tally.total


def test_cost_is_told_beforehand(tmp_path):
    asked = experiment(unit("x1", "x2"), Design("sobol", size=16, most=64, precision=0.1), replications=2)
    toy = Toy(policies, ("base", "first"))
    cost = cost_of(asked, toy, 2, tmp_path)
    assert cost.runs == Plan.of(asked, _sample(asked), toy).runs == 16 * 5 * 2 * 2
    assert cost.most_runs == 4 * cost.runs
    assert cost.seconds < cost.most_seconds
    with pytest.raises(InputError, match="at least 320 runs"):
        cost_of(replace(asked, most_runs=319), toy, 2, tmp_path)


def test_room_that_must_stay_free_is_named_where_it_is_what_lacks(tmp_path, monkeypatch):
    usage = namedtuple("usage", ["total", "used", "free"])
    monkeypatch.setattr(
        "sim.analysis.studies.cost.shutil.disk_usage", lambda path: usage(10**9, 9 * 10**8, 99_000_000)
    )
    with pytest.raises(InputError, match=r"99 MB .* free .* may take 0\.\d MB, and 100 MB must stay free"):
        cost_of(hypercube(9), Toy(noisy), 1, tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A sweep with its tables."""
    folder = tmp_path_factory.mktemp("undisturbed")
    written(folder)
    return folder


MANY_BATCHES = hypercube(12, replications=20)


def written(folder):
    toy = Toy(policies, ("base", "first", "second"))
    done = study(MANY_BATCHES, toy, folder, with_indices=False)
    write_study(done, study_hash(MANY_BATCHES, toy), folder)


def tables(folder):
    kinds = (*folder.rglob("*.parquet"), *folder.rglob("*.csv"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in kinds}


@pytest.mark.parametrize("seed", range(20))
def test_a_study_with_a_flipped_bit_ends_in_the_same_bytes(undisturbed, tmp_path, seed):
    """In whatever file of it: those of the runs are told, tables and designs are made anew anyway."""
    draw = random.Random(seed)
    out = shutil.copytree(undisturbed, tmp_path / "out")
    shards = sorted(out.glob("*/runs/*.parquet"))
    others = sorted(path for path in out.rglob("*") if path.is_file() and path not in shards)
    chosen = draw.choice(shards if seed % 4 else others)
    content = bytearray(chosen.read_bytes() or b"x")
    bit = draw.randrange(8 * len(content))
    content[bit // 8] ^= 1 << bit % 8
    chosen.write_bytes(content)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        written(out)
    assert any(chosen.name in str(warning.message) for warning in said) or chosen not in shards
    assert tables(out) == tables(undisturbed)


def test_damage_is_warned_of_where_nobody_else_tells_it(tmp_path):
    asked = hypercube(33, replications=20)
    study(asked, Toy(noisy), tmp_path, with_indices=False)
    shards = sorted((tmp_path / "runs" / "runs").iterdir())
    assert len(shards) > 10
    for shard in shards[:2]:
        shard.write_bytes(b"")
    with pytest.warns(UserWarning, match=r"runs: batch-000000\.parquet: damaged; runs: batch-000001"):
        study(asked, Toy(noisy), tmp_path, with_indices=False)


def test_many_damages_are_counted(tmp_path):
    asked = hypercube(25, replications=40)
    study(asked, Toy(noisy), tmp_path, with_indices=False)
    shards = sorted((tmp_path / "runs" / "runs").iterdir())
    for shard in shards:
        shard.write_bytes(b"")
    with pytest.warns(UserWarning, match=rf"and {len(shards) - 20} more$"):
        study(asked, Toy(noisy), tmp_path, with_indices=False)


def _sample(asked):
    from sim.analysis.studies.designs import draw

    return draw(asked.design, asked.factors, asked.seed)


def test_the_name_of_a_study_follows_what_is_run():
    asked, toy = hypercube(5), Toy(noisy)
    same = replace(asked, title={"en": "another"}, most_runs=10, most_hours=1.0)
    assert study_hash(asked, toy) == study_hash(same, toy)
    others = [
        replace(asked, seed=8),
        replace(asked, replications=9),
        hypercube(6),
        replace(asked, factors=unit("x1", "x3")),
    ]
    assert len({study_hash(other, toy) for other in (asked, *others)}) == 5
