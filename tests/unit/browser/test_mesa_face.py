"""The Mesa face is a view: the same bytes as the command line, agents that match the arrays, nothing left behind."""

import contextlib
import copy
import gc
import io
import os
import runpy
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mesa import Agent, batch_run

import sim
from sim.browser.agents import Firm, Government, Talent
from sim.browser.fields import GoneError
from sim.browser.grid import ProvinceCell
from sim.browser.model import IndustryModel
from sim.model.state import ALIVE, CLOSED, NOBODY, Firms, People, specs, state_hash
from sim.runs.counts import reported
from sim.runs.run import compiled_of, simulate
from sim.runs.walk import Walk

ROOT = Path(__file__).parents[3]
SEED = 3


def scenario(name="all_three"):
    return sim.load_scenario(name, scale=0.002)


@pytest.fixture(scope="module")
def given():
    return scenario()


@pytest.fixture(scope="module")
def compiled(given):
    return compiled_of(given)


@pytest.fixture
def model(given, compiled):
    return IndustryModel(given, seed=SEED, compiled=compiled)


def steps(model, count):
    for _ in range(count):
        model.step()
    return model


# The same run as the command line's


@pytest.mark.parametrize("looked_at", [False, True])
def test_a_model_is_the_run_of_the_command_line(given, compiled, looked_at):
    model = IndustryModel(given, seed=SEED, replication=2)
    if looked_at:
        assert len(model.agents) > 0
        assert len(model.grid.agents) == len(model.firms)
        model.firms.shuffle_do(lambda firm: firm.cash)
    model.run_model()
    expected = simulate(compiled, SEED, 2)
    np.testing.assert_array_equal(model.walk.regions, expected.regions)
    np.testing.assert_array_equal(model.walk.industries, expected.industries)
    other = Walk(compiled, SEED, 2)
    other.to(other.quarters)
    assert state_hash(model.walk.state) == state_hash(other.state)


def test_the_seed_is_the_scenarios_own_unless_given(given):
    assert IndustryModel(given).walk.state.province.key.tolist() == [given.seed, 0]
    assert IndustryModel(given, seed=SEED, replication=4).walk.state.province.key.tolist() == [SEED, 4]


def test_a_scenario_is_found_by_name_and_by_path():
    by_name = IndustryModel("platforms")
    by_path = IndustryModel(ROOT / "scenarios" / "platforms.yaml")
    assert by_name.scenario.name == by_path.scenario.name == "platforms"
    with pytest.raises(sim.InputError):
        IndustryModel("no_such_scenario")


def test_a_model_ends_with_its_scenario(model):
    assert (model.quarter, model.steps, model.running) == ("2019Q4", 0, True)
    model.run_model()
    done = (model.quarter, model.steps, model.running)
    assert done == ("2032Q4", model.walk.quarters, False)
    with pytest.raises(ValueError, match="ends with 2032Q4"):
        model.step()
    assert (model.quarter, model.steps, model.running) == done
    assert len(model.datacollector.model_vars["firms"]) == model.walk.quarters


def test_a_model_is_not_copied(model):
    with pytest.raises(TypeError, match="make the same run"):
        copy.deepcopy(model)


# Reading


def test_reading_gives_plain_values_of_the_array(model):
    steps(model, 2)
    for agents, register, rows in (
        (model.firms, Firms, model.walk.state.firms),
        (model.talents, People, model.walk.state.people),
    ):
        for agent in list(agents)[::17]:
            for name in set(specs(register)) - {"cell", "employer"}:
                value = getattr(agent, name)
                kinds = {type(part) for part in value} if isinstance(value, tuple) else {type(value)}
                assert kinds <= {int, float, bool}, name
                np.testing.assert_array_equal(value, getattr(rows, name)[agent.slot], err_msg=name)
    assert {type(firm.hard) for firm in model.firms} == {bool}


def test_reading_by_hand(model):
    steps(model, 3)
    inputs, firms = model.walk.compiled.inputs, model.walk.state.firms
    for firm in model.firms:
        region = model.evidence.regions[inputs.slot_region[firm.slot]]
        assert (firm.region_name, firm.region_zh, firm.region_code) == (
            region.en,
            region.zh,
            region.code,
        )
        industry = model.evidence.industries[firms.industry[firm.slot]]
        assert (firm.industry_name, firm.industry_name_zh) == (industry.en, industry.zh)
        assert firm.quality == (firms.level[firm.slot] >= 2)
        assert len(firm.employees) == firm.talent
        assert all(person.employer is firm for person in firm.employees)
    assert sum(person.employer is None for person in model.talents) == np.sum(
        (model.walk.state.people.employer < 0) & (model.walk.state.people.status != NOBODY)
    )
    assert {person.field_name for person in model.talents} <= set(model.evidence.fields)


def test_governments_keep_the_ledgers_and_count_their_firms(model):
    steps(model, 24)
    assert len(model.governments) == len(model.evidence.regions)
    assert sum(sum(g.spent.values()) for g in model.governments) == model.spent > 0
    for g in model.governments:
        firms = model.firms.select(lambda firm, g=g: firm.region_name == g.region_name)
        assert (g.firms, g.quality_firms, g.difficulty) == (
            len(firms),
            sum(firm.quality for firm in firms),
            sum(firm.hard for firm in firms),
        )
        for lever, yuan in g.spent.items():
            assert yuan == g.to_firms[lever] + g.to_people[lever] + g.administration[lever]
        assert 0 <= g.vacancy_rate <= 1
    by_lever = {name: sum(g.spent[name] for g in model.governments) for name in model.spent_by_lever}
    assert by_lever == model.spent_by_lever


# Writing


def test_what_is_written_is_lived_with_in_the_next_quarter(given, compiled):
    one, other = (steps(IndustryModel(given, seed=SEED, compiled=compiled), 4) for _ in range(2))
    raised = one.firms.select(lambda firm: firm.level == 0)
    for firm in raised:
        firm.level = 3
    assert all(firm.peak == 3 for firm in raised)
    assert (one.walk.state.firms.level[[firm.slot for firm in raised]] == 3).all()
    steps(one, 1), steps(other, 1)
    more = one.numbers["firms_level_3"] - other.numbers["firms_level_3"]
    assert more > 0.8 * len(raised) * given.weight
    assert state_hash(one.walk.state) != state_hash(other.walk.state)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("level", 5, ValueError),
        ("level", -1, ValueError),
        ("level", 1.0, TypeError),
        ("level", "2", TypeError),
        ("level", True, TypeError),
        ("level", None, TypeError),
        ("platform", 2, ValueError),
        ("staff", 0, ValueError),
        ("staff", 2**40, ValueError),
        ("cash", 0.5, TypeError),
        ("cash", 2**80, TypeError),
        ("productivity", -1.0, ValueError),
        ("productivity", float("nan"), ValueError),
        ("productivity", 1e39, ValueError),
        ("rd_intensity", 1.01, ValueError),
        ("x", (0,) * 13, TypeError),
        ("x", (0,) * 13 + (5,), ValueError),
        ("x", 1, TypeError),
        ("profits", ("a",) * 8, TypeError),
        ("id0", 1, AttributeError),
        ("id1", 1, AttributeError),
        ("alive", 0, AttributeError),
        ("cell", 1, AttributeError),
        ("industry", 1, AttributeError),
        ("talent", 1, AttributeError),
        ("region_name", "Wuhan", AttributeError),
    ],
)
def test_a_wrong_value_is_refused(model, name, value, error):
    firm = model.firms[0]
    before = state_hash(model.walk.state)
    with pytest.raises(error):
        setattr(firm, name, value)
    assert state_hash(model.walk.state) == before


@pytest.mark.parametrize("name", ["id0", "id1", "status", "region", "field", "wage", "employer"])
def test_people_are_not_hired_or_moved_by_hand(model, name):
    with pytest.raises(AttributeError):
        setattr(model.talents[0], name, 1)


def test_values_within_bounds_are_taken(model):
    firm = model.firms[0]
    for name, value in {
        "platform": True,
        "cash": -5,
        "profits": tuple(range(8)),
        "rd_intensity": np.float32(0.25),
        "size": 40,
        "x": (0,) + (1,) * 13,
        "level": np.int8(2),
    }.items():
        setattr(firm, name, value)
        assert getattr(firm, name) == value
    model.talents[0].skill = 2
    assert model.walk.state.people.skill[model.talents[0].slot] == 2


def test_what_belongs_together_stays_together(model):
    firm = max(model.firms, key=lambda firm: firm.talent)
    firm.level = 3
    for name, value in {"peak": 2, "staff": firm.talent - 1}.items():
        with pytest.raises(ValueError, match="at least"):
            setattr(firm, name, value)
    firm.level = 1
    assert (firm.level, firm.peak) == (1, max(3, firm.peak))
    with pytest.raises(TypeError, match="cannot be removed"):
        firm.remove()


# Agents and the arrays


def test_agent_sets_select_aggregate_and_group(model):
    firms, living = model.firms, model.walk.state.firms.alive == ALIVE
    arrays = model.walk.state.firms
    assert len(firms.select(lambda firm: firm.hard)) == arrays.hard[living].sum()
    assert firms.agg("cash", sum) == arrays.cash[living].sum()
    assert firms.groupby("level").count() == dict(
        zip(*(part.tolist() for part in np.unique(arrays.level[living], return_counts=True)), strict=True)
    )
    staff = firms.groupby("region_name").agg("staff", sum)
    assert sum(staff.values()) == arrays.staff[living].sum()
    assert firms.sort("cash")[0].cash == arrays.cash[living].max()
    firms.shuffle_do(lambda firm: setattr(firm, "want", True))
    assert arrays.want[living].all()


def test_agents_are_made_only_when_somebody_looks(model):
    steps(model, 2)
    assert len(model.grid[model.grid.in_order[0].coordinate].connections) > 0
    assert model.grid.get_neighborhood_mask(model.grid.in_order[0].coordinate, radius=3).sum() > 3
    assert (model._mirror, len(model._agents)) == (None, 0)
    assert set(model.agent_types) == {Firm, Talent, Government}
    assert len(model._agents) > 0


@pytest.mark.parametrize(
    "look",
    [
        lambda model: model.agents,
        lambda model: model.agents_by_type,
        lambda model: model.firms,
        lambda model: next(iter(model.grid)).agents,
        lambda model: list(model.grid.all_cells.agents),
        lambda model: next(iter(model.grid)).neighborhood,
    ],
)
def test_whoever_looks_sees_the_agents(model, look):
    look(model)
    assert len(model._all_agents) == expected_agents(model)


def expected_agents(model):
    firms, people, _ = model.walk.state
    return int((firms.alive == ALIVE).sum() + (people.status != NOBODY).sum() + len(model.evidence.regions))


def test_entry_and_exit_are_mirrored(model):
    agents, by_type = model.agents, model.agents_by_type[Firm]
    ever, gone, closed = {}, set(), 0
    for _ in range(30):
        before = {firm.slot: firm for firm in by_type}
        people_before = {person.slot: person for person in model.talents}
        model.step()
        firms, people, _ = model.walk.state
        closed += int((firms.alive == CLOSED).sum())
        assert model.agents is agents
        assert model.firms is by_type
        assert len(agents) == expected_agents(model)
        assert sorted(firm.slot for firm in by_type) == np.flatnonzero(firms.alive == ALIVE).tolist()
        assert sorted(p.slot for p in model.talents) == np.flatnonzero(people.status != NOBODY).tolist()
        now = set(by_type)
        for firm in before.values():
            if firm not in now:
                gone.add(firm)
        for firm in now:
            assert (firm.id0, firm.id1) == (firms.id0[firm.slot], firms.id1[firm.slot])
            assert ever.setdefault(firm.unique_id, firm) is firm, "an agent stays the same object"
            assert firm in firm.cell.agents
            assert firm.cell.index == firms.cell[firm.slot]
        there = set(model.talents)
        left = [person for person in people_before.values() if person not in there]
        for person in left:
            with pytest.raises(GoneError):
                _ = person.skill
        assert sum(len(cell.agents) for cell in model.grid) == len(by_type)
        assert {firm for cell in model.grid for firm in cell.agents} == now
    taken = {firm.slot for firm in by_type}
    reused = sum(firm.slot in taken for firm in gone)
    entered = [firm for firm in by_type if firm.born > 0]
    assert closed == len(gone) > 10
    assert len(entered) > 10
    assert reused > 0, "no slot was used twice: this test shows less than it should"
    for firm in gone:
        for use in (lambda firm: firm.level, lambda firm: firm.region_name, lambda firm: firm.cell):
            with pytest.raises(GoneError, match="is gone"):
                use(firm)
        with pytest.raises(GoneError):
            firm.cash = 1
        assert repr(firm) == f"Firm({firm.unique_id})"


def test_who_was_never_looked_at_is_mirrored_late(given, compiled):
    early, late = (IndustryModel(given, seed=SEED, compiled=compiled) for _ in range(2))
    assert len(early.agents) > 0
    steps(early, 20), steps(late, 20)
    assert {agent.unique_id for agent in early.agents} == {agent.unique_id for agent in late.agents}


def test_the_same_firm_has_the_same_id_in_paired_models(given, compiled):
    policy, baseline = (
        IndustryModel(given, seed=SEED, compiled=compiled),
        IndustryModel(scenario("baseline"), seed=SEED),
    )
    steps(policy, 25), steps(baseline, 25)
    for kind in (Firm, Talent, Government):
        one, other = ({a.unique_id: a for a in m.agents_by_type[kind]} for m in (policy, baseline))
        assert len(one) == len(policy.agents_by_type[kind])
        both = one.keys() & other.keys()
        assert len(both) > 0.8 * len(other)
        assert all(one[key].region_code == other[key].region_code for key in both if kind is not Talent)
        if kind is Firm:
            assert all(
                (one[key].industry, one[key].born) == (other[key].industry, other[key].born) for key in both
            )
    ids = [agent.unique_id for agent in policy.agents]
    assert len(set(ids)) == len(ids)
    assert pd.Series(ids).dtype == np.int64


# The map


def test_layers_are_the_kernels_arrays(model):
    province, inputs = model.walk.state.province, model.walk.compiled.inputs
    assert np.shares_memory(model.grid.region.data, inputs.cell_region)
    np.testing.assert_array_equal(model.grid.region.data, inputs.cell_region)
    assert np.shares_memory(model.grid.cumulative_chance.data, inputs.cell_cumulative)
    for i, industry in enumerate(model.evidence.industries):
        for level in range(5):
            layer = getattr(model.grid, f"knowledge_{industry.id}_{level}")
            assert np.shares_memory(layer.data, province.knowledge)
            np.testing.assert_array_equal(layer.data, province.knowledge[:, i, level])
    steps(model, 9)  # knowledge is renewed at a new year
    np.testing.assert_array_equal(model.grid.knowledge_autos_2.data, province.knowledge[:, 0, 2])


def test_what_is_written_into_a_layer_is_in_the_kernels_array(model):
    layer, array = model.grid.knowledge_autos_1, model.walk.state.province.knowledge[:, 0, 1]
    layer.set_cells(2.0)
    assert (array == 2).all()
    layer.modify_cells(np.add, 1.0, lambda value: value > 1)
    layer.modify_cells(lambda value: value * 2)
    assert (array == 6).all()
    layer.data = 4.0
    cell = model.grid.in_order[7]
    cell.knowledge_autos_1 = 1.5
    assert array[7] == cell.knowledge_autos_1 == 1.5
    assert type(cell.knowledge_autos_1) is float
    assert array[8] == 4
    assert np.shares_memory(layer.data, array)


def test_what_models_share_is_not_written(model):
    for write in (
        lambda: model.grid.region.set_cells(0),
        lambda: model.grid.region.modify_cells(lambda value: 0),
        lambda: setattr(model.grid.in_order[0], "region", 1),
    ):
        with pytest.raises(ValueError, match="read-only"):
            write()
    assert np.shares_memory(model.grid.region.data, model.walk.compiled.inputs.cell_region)


def test_cells_know_their_neighbours_up_to_the_border(model):
    places = {cell.coordinate: cell for cell in model.grid}
    sizes = set()
    for (row, column), cell in places.items():
        around = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} - {(row, column)}
        assert {other.coordinate for other in cell.neighborhood} == around & places.keys()
        assert all(cell.connections[i, j] is places[row + i, column + j] for i, j in cell.connections)
        sizes.add(len(cell.connections))
        assert model.evidence.regions[cell.region].code in {
            record.region_code
            for record in model.evidence.grids[model.scenario.grid]
            if (record.row, record.col) == (row, column) and (record.lon, record.lat) == (cell.lon, cell.lat)
        }
    assert max(sizes) == 8
    assert min(sizes) < 4
    assert [cell.index for cell in model.grid] == list(range(len(model.walk.compiled.inputs.cell_region)))


def test_neighbourhoods_and_selections_of_cells(model):
    grid = model.grid
    cell = max(grid, key=lambda cell: len(cell.within(2)))
    row, column = cell.coordinate
    two = {c.coordinate for c in cell.get_neighborhood(radius=2, include_center=True)}
    assert two == {(row + i, column + j) for i in range(-2, 3) for j in range(-2, 3)}
    mask = grid.get_neighborhood_mask(cell.coordinate, radius=2)
    assert {grid.in_order[k].coordinate for k in np.flatnonzero(mask)} == two
    with pytest.raises(ValueError, match="radius"):
        cell.get_neighborhood(radius=0)
    chosen = grid.select_cells({"region": lambda region: region == 3}, masks=mask)
    assert set(chosen) == {place for place in two if grid[place].region == 3}
    empty = grid.select_cells(only_empty=True)
    assert set(empty) == {c.coordinate for c in grid if not c.agents} == {c.coordinate for c in grid.empties}
    assert len(grid.select_cells({"region": lambda region: region >= 0}, return_list=False)) == len(
        grid.in_order
    )


# Data


def test_the_data_collector_has_the_numbers_of_the_command_line(given, compiled):
    results = sim.run(given, replications=2, seed=SEED, workers=1)
    table = results.quarters[results.quarters["replication"] == 1].pivot(
        index="quarter", columns="metric", values="value"
    )
    model = IndustryModel(given, seed=SEED, replication=1, compiled=compiled)
    everything = []
    while model.running:
        model.step()
        everything.append(model.numbers | {"quarter": model.quarter})
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == model.walk.quarters
    frame = frame[reported(given)].set_index("quarter")
    table["difficulty_share"] = table["difficulty"] / table["firms"]
    table["spent"] = table[[name for name in table if name.startswith("spent_")]].sum(axis=1).cumsum()
    assert table["spent"].iloc[-1] > 0
    pd.testing.assert_frame_equal(
        frame, table[list(frame)], check_dtype=False, check_names=False, rtol=0, atol=0
    )
    numbers = pd.DataFrame(everything[reported(given)]).set_index("quarter")
    np.testing.assert_array_equal(numbers, table[list(numbers)])


def test_numbers_begin_with_the_first_quarter(model):
    with pytest.raises(LookupError, match="make a step first"):
        _ = model.numbers


class Windfall(IndustryModel):
    """Gives every firm a platform in its third quarter, and reports more."""

    model_reporters = IndustryModel.model_reporters | {"cash": lambda model: model.firms.agg("cash", sum)}
    agenttype_reporters = IndustryModel.agenttype_reporters | {
        Firm: {"level": "level", "hard": lambda firm: firm.hard}
    }

    def __init__(self, *arguments, quarter=3, **options):
        super().__init__(*arguments, **options)
        self.when = quarter

    def step(self):
        if self.steps == self.when:
            for firm in self.firms:
                firm.platform = True
        super().step()


def test_a_subclass_has_reporters_and_a_step_of_its_own(given, compiled):
    model = steps(Windfall(given, seed=SEED, compiled=compiled), 4)
    plain = steps(IndustryModel(given, seed=SEED, compiled=compiled), 4)
    frame, expected = (m.datacollector.get_model_vars_dataframe() for m in (model, plain))
    pd.testing.assert_frame_equal(frame.loc[:1, list(expected)], expected.loc[:1])
    assert frame["cash"].iloc[-1] == model.walk.state.firms.cash[model.walk.state.firms.alive == ALIVE].sum()
    assert model.numbers["platforms"] > 0.9 * model.numbers["firms"] > plain.numbers["platforms"]
    agents = model.datacollector.get_agenttype_vars_dataframe(Firm)
    last = agents.loc[4]
    assert last["level"].to_dict() == {firm.unique_id: firm.level for firm in model.firms}
    assert last["hard"].sum() * given.weight == model.numbers["difficulty"]
    assert set(agents.index.get_level_values("Step")) == {1, 2, 3, 4}


def test_mesas_batch_run_runs_it(given, compiled):
    rows = batch_run(
        IndustryModel,
        {"scenario": [given], "seed": [SEED], "replication": [0, 1]},
        number_processes=1,
        display_progress=False,
    )
    for replication, row in enumerate(rows):
        counted = simulate(compiled, SEED, replication).regions[-1]
        assert row["replication"] == replication
        assert row["quarter"] == "2032Q4"
        model = IndustryModel(given, seed=SEED, replication=replication, compiled=compiled)
        model.run_model()
        assert (model.walk.regions[-1] == counted).all()
        assert row["climbs"] == model.numbers["climbs"]
    assert len(rows) == 2


# Nothing is left behind


def test_a_model_nobody_looked_at_goes_with_its_last_user(given, compiled):
    gc.collect()
    gc.disable()
    try:
        for use in (lambda model: model.step(), lambda model: model.grid.region, IndustryModel.run_model):
            model = IndustryModel(given, seed=SEED, compiled=compiled)
            use(model)
            levels = weakref.ref(model.walk.state.firms.level)
            alive = weakref.ref(model)
            del model
            assert alive() is None
            assert levels() is None
    finally:
        gc.enable()


def look_at_everything(model):
    assert len(model.agents) > 0
    cell = next(iter(model.grid))
    assert len(cell.neighborhood) == len(cell.get_neighborhood(radius=1))
    assert len(model.grid.all_cells) > 0
    model.step()
    assert model.firms[0].cell.region >= 0


def test_models_die(given, compiled):
    models = []
    for k in range(50):
        model = IndustryModel(given, seed=k, compiled=compiled)
        if k % 5 == 0:
            look_at_everything(model)
        models.append(weakref.ref(model))
    del model
    gc.collect()
    assert [k for k, model in enumerate(models) if model() is not None] == []
    assert not any(isinstance(key, IndustryModel) for key in getattr(Agent, "_ids", ()))
    assert ProvinceCell.__subclasses__() == []


def test_a_step_or_a_cell_outlives_its_model_without_harm(given, compiled):
    model = IndustryModel(given, seed=SEED, compiled=compiled)
    step, cell = model.step, next(iter(model.grid))
    del model
    for use in (step, lambda: cell.agents):
        with pytest.raises(ReferenceError, match="the model is gone"):
            use()


def resident():
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads Linux's account of memory")
def test_a_thousand_models_leave_memory_flat():
    """Garbage is collected on Python's own schedule; all thousand together would hold 1.4 GB."""
    given = sim.load_scenario("all_three", scale=0.01)
    compiled = compiled_of(given)
    levels = []
    for k in range(1000):
        model = steps(IndustryModel(given, seed=k, compiled=compiled), 2)
        if k % 10 == 0:
            look_at_everything(model)
        if k % 100 == 99:
            levels.append(resident())
    assert max(levels[2:]) - min(levels[:2]) < 100, levels


def test_the_roof_does_not_load_mesa():
    code = "import sim, sim.command.cli, sys; sim.run, sim.sweep; assert not {'mesa', 'solara'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_guide_for_mesa_users_runs():
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        left = runpy.run_path(str(ROOT / "docs" / "mesa_guide.py"))
    lines = told.getvalue().splitlines()
    assert lines[-1].startswith("2032Q4")
    assert len(left["difference"]) == 52
    assert left["difference"]["spent"].iloc[-1] > 0
    assert left["windfall"].numbers["platforms"] > left["model"].numbers["platforms"]
