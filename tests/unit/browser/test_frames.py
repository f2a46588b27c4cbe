"""Frames: the browser gets what the arrays and the command line say, and nothing is lost on the way."""

from __future__ import annotations

import json
from base64 import b64decode

import numpy as np
import pytest

from sim import load_scenario
from sim.browser.charts import ladder_frame, money_frame, paths_frame
from sim.browser.frames import PLACES, geography_of, map_frame, positions
from sim.browser.layers import LAYERS, NO_SHADE
from sim.evidence.tables import load_evidence
from sim.files.names import evidence_folder
from sim.model.state import ALIVE, X3
from sim.runs.run import compiled_of, run
from sim.runs.walk import Walk
from sim.show.figures.geography import inside

EVIDENCE = load_evidence(evidence_folder("hubei"))
POLICY, BASELINE = load_scenario("all_three"), load_scenario("baseline")
QUARTERS = 24
GRIDS = tuple(EVIDENCE.grids)


@pytest.fixture(scope="module")
def walks():
    """Policy and baseline, six years on, with the same luck."""
    pair = [Walk(compiled_of(scenario), POLICY.seed, 0) for scenario in (POLICY, BASELINE)]
    for walk in pair:
        walk.to(QUARTERS)
    return pair


@pytest.fixture(scope="module")
def policy(walks):
    return walks[0]


@pytest.fixture(scope="module")
def geography():
    return geography_of(EVIDENCE, POLICY.grid)


def unpacked(text, dtype):
    return np.frombuffer(b64decode(text), dtype)


def firms_of(frame):
    """Slot, kind and place of the firms in a frame."""
    return (
        unpacked(frame["slot"], "<i4"),
        unpacked(frame["kind"], "<u1"),
        np.stack([unpacked(frame["x"], "<u2"), unpacked(frame["y"], "<u2")], axis=1),
    )


def pairs_in(value):
    """Every text for people in a frame."""
    if isinstance(value, dict):
        if set(value) == {"zh", "en"} and not isinstance(value["zh"], list):  # places of labels are lists
            yield value
        else:
            for part in value.values():
                yield from pairs_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from pairs_in(part)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_living_firm_is_drawn_once_in_its_class(policy, geography, layer):
    firms = policy.state.firms
    frame = map_frame(policy, geography, layer)
    slots, kinds, _ = firms_of(frame)
    assert sorted(slots) == list(np.flatnonzero(firms.alive == ALIVE))
    expected = {
        "level": firms.level,
        "difficulty": firms.hard,
        "talent": firms.x[:, X3],
        "platforms": firms.platform,
        "knowledge": np.zeros_like(firms.level),
    }[layer]
    assert (kinds == expected[slots]).all()
    legend = geography.drawn["layers"][layer]["classes"]
    assert frame["counts"] == [int((kinds == k).sum()) for k in range(len(legend))]
    assert frame["count"] == sum(frame["counts"])
    assert (np.diff(kinds.astype(int)) >= 0).all()  # rarer, higher classes are drawn last


@pytest.mark.parametrize("grid", GRIDS)
def test_a_firm_stands_in_its_cell_and_its_own_region(grid):
    walk = Walk(compiled_of(POLICY.model_copy(update={"grid": grid})), 7, 0)
    land = geography_of(EVIDENCE, grid)
    slots, _, scaled = firms_of(map_frame(walk, land, "level"))
    places = scaled / PLACES * (land.plane.width, land.plane.height)
    cell = walk.state.firms.cell[slots]
    corner = land.cell_corner[cell]
    assert ((places > corner) & (places < corner + land.cell_size)).all()
    region = walk.compiled.inputs.slot_region[slots]
    assert (region == walk.compiled.inputs.cell_region[cell]).all()
    for place, r in zip(places, region, strict=True):
        assert inside(tuple(place), land.plane.outlines[land.codes[r]])


def test_cells_are_in_the_kernels_order(policy, geography):
    region = policy.compiled.inputs.cell_region
    assert len(geography.cell_corner) == len(region)
    centres = (
        geography.place_corner + np.repeat(geography.place_size, np.diff(geography.place_start), axis=0) / 2
    )
    owner = np.repeat(region, np.diff(geography.place_start))
    for centre, r in zip(centres, owner, strict=True):
        assert inside(tuple(centre), geography.plane.outlines[geography.codes[r]])


def test_firms_never_jump_and_do_not_stand_on_one_another(geography):
    walk = Walk(compiled_of(POLICY), 3, 0)
    living = np.flatnonzero(walk.state.firms.alive == ALIVE)
    ids = walk.state.firms.id1[living].copy(), walk.state.firms.id0[living].copy()
    before = positions(walk, geography, living)
    walk.to(12)
    firms = walk.state.firms
    same = (firms.alive[living] == ALIVE) & (firms.id1[living] == ids[0]) & (firms.id0[living] == ids[1])
    assert same.sum() > 100
    assert (positions(walk, geography, living[same]) == before[same]).all()
    assert len({tuple(place) for place in before}) == len(before)


@pytest.mark.parametrize("layer", LAYERS)
def test_shades_show_the_states_numbers(policy, geography, layer):
    shading = geography.drawn["layers"][layer]["shading"]
    shade = unpacked(map_frame(policy, geography, layer)["shade"], "<u1")
    if shading is None:
        assert not len(shade)
        return
    firms, province = policy.state.firms, policy.state.province
    living = firms.alive == ALIVE
    region = policy.compiled.inputs.slot_region[living]
    regions = len(geography.codes)
    for k, drawn in enumerate(shade):
        if layer == "knowledge":
            value = province.knowledge[k, :, 0].astype(float).mean()
        elif not (region == k).any():
            assert drawn == NO_SHADE
            continue
        elif layer == "talent":
            value = 100 * float(province.vacancy_rate[k])
        else:
            value = 100 * firms.platform[living][region == k].mean()
        assert drawn == min(int(value / shading["step"]), len(shading["colours"]) - 1)
    assert len(shade) == (regions if shading["by"] == "region" else len(geography.cell_corner))
    assert len(set(shade) - {NO_SHADE}) > 1  # classes that tell something apart


def test_paths_are_those_of_run(walks):
    policy, baseline = walks
    frame = paths_frame(POLICY, policy.regions, baseline.regions, QUARTERS)
    assert frame["done"] == QUARTERS
    for side, scenario in (("policy", POLICY), ("baseline", BASELINE)):
        table = run(scenario, replications=1).quarters.pivot_table(
            index="quarter", columns="metric", values="value", sort=False
        )
        assert frame["quarters"] == list(table.index)
        expected = {
            "quality_firms": table["quality_firms"],
            "climbs": table["climbs"].cumsum(),
            "quality_climbs": sum(table[f"climbs_{level}"] for level in (2, 3, 4)).cumsum(),
            "value_added": table["value_added"].cumsum(),
            "difficulty_share": 100 * table["difficulty"] / table["firms"],
            "vacancies": table["vacancies"],
        }
        drawn = {series["key"]: series[side] for series in frame["series"]}
        assert drawn.keys() == expected.keys()
        for key, values in drawn.items():
            np.testing.assert_allclose(values, expected[key].iloc[:QUARTERS], rtol=1e-12)
    assert frame["quarters"][frame["start"]] == "2024Q1"
    assert paths_frame(BASELINE, baseline.regions, baseline.regions, QUARTERS)["start"] == -1


def test_paths_keep_to_the_reported_quarters(policy):
    later = POLICY.model_copy(update={"start": POLICY.start + 8})
    frame = paths_frame(later, policy.regions, policy.regions, QUARTERS)
    whole = paths_frame(POLICY, policy.regions, policy.regions, QUARTERS)
    assert frame["done"] == QUARTERS - 8
    assert frame["quarters"] == whole["quarters"][8:]
    assert frame["series"][0]["policy"] == whole["series"][0]["policy"][8:]
    assert (
        frame["series"][1]["policy"][0] < whole["series"][1]["policy"][8]
    )  # cumulated from the first reported
    assert paths_frame(later, policy.regions, policy.regions, 3)["done"] == 0


def test_the_ladder_is_the_states(walks):
    policy, baseline = walks
    frame = ladder_frame(POLICY, policy.regions, baseline.regions, QUARTERS)
    for side, walk in (("policy", policy), ("baseline", baseline)):
        firms = walk.state.firms
        levels = np.bincount(firms.level[firms.alive == ALIVE], minlength=5) * POLICY.weight
        assert frame[side]["stocks"] == levels.tolist()
        before = ladder_frame(POLICY, walk.regions, walk.regions, QUARTERS - 4)["policy"]
        moved = frame[side]["entries"] - frame[side]["exits"]
        assert sum(frame[side]["stocks"]) - sum(before["stocks"]) == moved
    assert frame["quarters"] == 4
    assert ladder_frame(POLICY, policy.regions, baseline.regions, 0)["policy"]["stocks"] == []


@pytest.mark.parametrize(
    ("done", "zh", "en"),
    [
        (1, "与这一个季度的变动", "moves of this quarter"),
        (2, "与近两个季度的变动", "moves of the last two quarters"),
        (3, "与近三个季度的变动", "moves of the last three quarters"),
        (4, "与近四个季度的变动", "moves of the last four quarters"),
        (9, "与近四个季度的变动", "moves of the last four quarters"),
    ],
)
def test_moves_on_the_ladder_are_named_by_their_quarters(walks, done, zh, en):
    policy, baseline = walks
    frame = ladder_frame(POLICY, policy.regions, baseline.regions, done)
    assert frame["quarters"] == min(done, 4)
    assert frame["words"]["title"]["zh"].endswith(zh)
    assert frame["words"]["title"]["en"].endswith(en)


def test_money_is_the_provinces(policy):
    frame = money_frame(POLICY, policy.compiled.programme, policy.regions, QUARTERS)
    spent = policy.state.province.spent.sum(axis=1)
    assert [lever["spent"] for lever in frame["levers"]] == [n for n in spent.tolist() if n > 0]
    years = QUARTERS // 4 - 4  # levers start in 2024
    assert sum(lever["authorised"] for lever in frame["levers"]) == POLICY.budget * years
    assert all(lever["spent"] <= lever["authorised"] for lever in frame["levers"])
    assert money_frame(BASELINE, policy.compiled.programme, policy.regions, QUARTERS) == {
        "levers": [],
        "most": 0,
    }


def test_every_text_is_there_in_both_languages_and_all_is_json(walks, geography):
    policy, baseline = walks
    frames = [map_frame(policy, geography, layer, slot=1, region=420100) for layer in LAYERS]
    frames.append(geography.drawn)
    frames.append(paths_frame(POLICY, policy.regions, baseline.regions, QUARTERS))
    frames.append(ladder_frame(POLICY, policy.regions, baseline.regions, QUARTERS))
    frames.append(money_frame(POLICY, policy.compiled.programme, policy.regions, QUARTERS))
    for frame in frames:
        assert json.loads(json.dumps(frame)) == frame
        found = list(pairs_in(frame))
        assert found
        assert all(isinstance(text, str) for pair in found for text in pair.values())
    for layer, legend in geography.drawn["layers"].items():
        names = [LAYERS[layer], *(tuple(one["name"].values()) for one in legend["classes"])]
        assert all(zh and en and zh != en for zh, en in names)
        looks = [(one["path"], one["colour"]) for one in legend["classes"]]
        assert len(set(looks)) == len(looks)
    assert json.loads(geography.text) == geography.drawn


def test_what_is_picked_is_told(policy, geography):
    assert map_frame(policy, geography, "level")["picked"] == {"slot": -1, "region": -1}
    assert map_frame(policy, geography, "level", 5, 420100)["picked"] == {"slot": 5, "region": 420100}
    with pytest.raises(KeyError):
        map_frame(policy, geography, "weather")
