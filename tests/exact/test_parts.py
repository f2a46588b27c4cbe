"""An effect taken apart: the parts sum to the whole, name the channel that acts, and tracing changes no run."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.analysis.comparison.parts import (
    CHANNELS,
    ENTRY,
    LADDER,
    LUCK,
    OUTCOMES_TAKEN_APART,
    PARTS,
    log_mean,
    parts_of,
    quarter_parts,
)
from sim.model.outputs import M_CLIMBS
from sim.model.state import state_hash
from sim.model.trace import F_LEVEL, F_PROJECT, F_REGISTRATION, FACTORS, NO_FIRM, ROWS
from sim.runs.run import compiled_of
from sim.runs.walk import Walk
from sim.world.scenario import load_scenario

GIVEN = {"scale": 0.005, "horizon": {"start": "2020Q1", "end": "2026Q4"}}
POLICIES = ("talent_pool", "subsidies", "platforms", "certificate_award")


def test_the_logarithmic_mean():
    a, b = np.array([2.0, 3.0, 0.0, 1.0]), np.array([1.0, 3.0, 1.0, 0.0])
    np.testing.assert_allclose(log_mean(a, b), [1 / np.log(2), 3.0, 0.0, 0.0])


def firms(**rows):
    """A trace of four firms, all on level 1 with a chance of 0.02, and the walk that they are of."""
    trace = np.zeros((ROWS, 4))
    trace[F_LEVEL] = 1
    trace[F_PROJECT] = 0.02
    for row, values in rows.items():
        trace[int(row[1:])] = values
    slots = SimpleNamespace(id0=np.zeros(4, np.uint32), id1=np.arange(4, dtype=np.uint32))
    return SimpleNamespace(state=SimpleNamespace(firms=slots)), trace


def test_a_channel_that_is_dead_has_no_part_and_the_other_has_all():
    talent, research = FACTORS.index("talent"), FACTORS.index("research")
    base, there = firms(**{f"r{research}": 0.5})
    moved = np.array([0.1, 0.2, -0.1, 0.0])
    walk, here = firms(**{f"r{research}": 0.5, f"r{talent}": moved, f"r{F_PROJECT}": 0.02 * np.exp(moved)})
    found = quarter_parts(walk, here, base, there, (F_PROJECT, F_REGISTRATION))
    whole = here[F_PROJECT].sum() - there[F_PROJECT].sum()
    assert found[talent] == pytest.approx(whole)
    assert np.delete(found, talent) == pytest.approx(0.0)


def test_two_channels_share_by_their_logarithms_and_firms_of_one_side_are_named():
    talent, platform = FACTORS.index("talent"), FACTORS.index("platform")
    base, there = firms()
    walk, here = firms(**{f"r{talent}": 0.3, f"r{platform}": 0.1, f"r{F_PROJECT}": 0.02 * np.exp(0.4)})
    here[F_LEVEL, 3] = NO_FIRM  # closed
    here[F_LEVEL, 2], here[F_PROJECT, 2] = 2, 0.0  # has climbed already
    found = quarter_parts(walk, here, base, there, (F_PROJECT,))
    assert found[talent] == pytest.approx(3 * found[platform])
    assert found[ENTRY] == pytest.approx(-0.02)
    assert found[LADDER] == pytest.approx(-0.02)
    assert found[talent] + found[platform] == pytest.approx(2 * 0.02 * (np.exp(0.4) - 1))


def test_a_traced_run_is_the_run():
    compiled = compiled_of(load_scenario("platforms", **GIVEN))
    plain, traced = Walk(compiled, 7, 0), Walk(compiled, 7, 0)
    plain.to(plain.quarters)
    while not traced.finished:
        trace = traced.traced_step()
    assert state_hash(traced.state) == state_hash(plain.state)
    np.testing.assert_array_equal(traced.regions, plain.regions)
    alive = trace[F_LEVEL] >= 0
    assert (trace[F_PROJECT][alive] >= 0).all()
    assert trace[F_PROJECT][~alive].size


@pytest.mark.parametrize("structure", ["V", "V*", "D"])
def test_parts_sum_to_the_extra_climbs_and_a_closed_channel_has_none(structure):
    base = load_scenario("baseline", structure=structure, **GIVEN)
    policies = [load_scenario(name, structure=structure, **GIVEN) for name in POLICIES]
    found = parts_of(base, policies, 7, 0)
    climbs = {}
    for scenario in (base, *policies):
        walk = Walk(compiled_of(scenario), 7, 0)
        walk.to(walk.quarters)
        climbs[scenario.name] = walk.regions
    for outcome in OUTCOMES_TAKEN_APART:
        assert found[outcome].shape == (len(policies), len(PARTS))
    closed = {
        "V": {"talent", "platform"},
        "V*": {"talent", "platform", "research", "finance"},
        "D": {"difficulty"},
    }
    for part in closed[structure]:
        assert (found["climbs"][:, PARTS.index(part)] == 0).all()
    acting = {"V": "difficulty", "V*": "difficulty", "D": "platform"}[structure]
    of_platforms = found["climbs"][POLICIES.index("platforms")]
    assert PARTS[int(np.argmax(of_platforms[:CHANNELS]))] == acting

    for k, name in enumerate(POLICIES):
        extra = (climbs[name] - climbs["baseline"])[:, :, M_CLIMBS : M_CLIMBS + 4].sum() * base.weight
        assert found["climbs"][k].sum() == pytest.approx(extra)
        assert np.isfinite(found["climbs"][k, LUCK])


@pytest.mark.parametrize("structure", ["V", "D"])
def test_the_chances_that_are_traced_are_those_of_the_run(structure):
    """Climbs are counted as often as the traced chances say, by way; the formula stands in the kernel twice."""
    given = {"scale": 0.03, "horizon": {"start": "2020Q1", "end": "2030Q4"}, "structure": structure}
    walk = Walk(compiled_of(load_scenario("platforms", **given)), 11, 0)
    walk.to(12)
    expected = np.zeros((2, 2))  # way, mean and variance
    while not walk.finished:
        trace = walk.traced_step()
        trace = trace[:, trace[F_LEVEL] >= 0]
        for k, way in enumerate((F_REGISTRATION, F_PROJECT)):
            expected[k] += trace[way].sum(), (trace[way] * (1 - trace[way])).sum()
    climbs = walk.regions[12:].sum(axis=(0, 1))[M_CLIMBS : M_CLIMBS + 3]
    for counted, (mean, variance) in zip((climbs[0], climbs[1:].sum()), expected, strict=True):
        assert mean > 300
        assert abs(counted - mean) < 4 * np.sqrt(variance)


def test_before_the_first_lever_nothing_is_traced_but_what_ifs_are_from_the_start():
    base = load_scenario("baseline", **GIVEN)
    early = base.with_parameters({"a_R": 0.1})
    found = parts_of(base, [early], 7, 0)["climbs"][0]
    assert found[FACTORS.index("research")] != 0.0


def test_where_r_and_d_speeds_nothing_subsidies_have_no_part_from_it():
    off = GIVEN | {"parameters": {"a_R": 0.0}}
    (found,) = parts_of(load_scenario("baseline", **off), [load_scenario("subsidies", **off)], 7, 0)["climbs"]
    assert found[FACTORS.index("research")] == 0.0
