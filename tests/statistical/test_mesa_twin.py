"""The Mesa twin of the frozen core has numba's statistics (slow; fixed seeds; error rate `twins.ERROR_RATE`)."""

import numpy as np
import pytest

from benchmarks.frozen import core
from benchmarks.frozen.world import STATISTICS, build_world, copy_state, statistics
from benchmarks.twins import agreement, forget, mesa_province

pytestmark = pytest.mark.slow


def test_mesa_agrees_with_numba():
    rows = agreement(replications=40)
    assert [row.name for row in rows] == list(STATISTICS)
    assert [f"{row.name}: z = {row.z:.1f}" for row in rows if not row.holds] == []


def test_a_wrong_rule_is_noticed(monkeypatch):
    """The comparison has teeth: a Mesa twin whose people leave half as much again does not pass."""
    from benchmarks.frozen import mesa_twin

    class Hasty(mesa_twin.Province):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.pull = [1.5 * pull for pull in self.pull]

    monkeypatch.setattr(mesa_twin, "Province", Hasty)
    assert not all(row.holds for row in agreement(replications=40))


def test_both_twins_begin_alike():
    world = build_world(0.005, seed=3)
    province = mesa_province(world, seed=3)
    assert province.statistics() == pytest.approx(statistics(copy_state(world.state)))
    forget(province)


def test_random_activation_gives_the_same_statistics():
    world = build_world(0.005, seed=4)
    state = copy_state(world.state)
    core.run(state, world.tables, world.sizes, world.numbers, 4)
    ours = dict(zip(STATISTICS, statistics(state), strict=True))
    found = []
    for seed in range(30):
        province = mesa_province(world, seed)
        province.activation = "shuffle_do"
        for _ in range(4):
            province.step()
        found.append(province.statistics())
        forget(province)
    theirs = dict(zip(STATISTICS, np.mean(found, axis=0), strict=True))
    for name in ("share_in_difficulty", "talent_employed", "people_seeking"):
        assert theirs[name] == pytest.approx(ours[name], rel=0.15)
