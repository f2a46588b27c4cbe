"""Designs: what each row repeats and changes, how designs nest, and that half a design is usable."""

from collections import Counter

import numpy as np
import pytest

from sim.analysis.studies.designs import STEP, draw, labels
from sim.runs.experiment import Design
from sim.runs.factors import Choice, Factor, Uniform


def factor(name, group=None, choices=()):
    return Factor(name, "uncertainty", Choice(choices) if choices else Uniform(0, 1), group=group)


ALONE = [factor("a"), factor("b"), factor("c")]
# A group whose members do not stand side by side.
GROUPED = [factor("a", "g"), factor("b"), factor("c", "g"), factor("d")]
ONE_GROUP = [factor("a", "g"), factor("b", "g")]
DESIGNS = [
    Design("grid", 3),
    Design("latin_hypercube", 16),
    Design("morris", trajectories=8),
    Design("sobol", 16),
    Design("sobol", 16, second_order=True),
    Design("shapley", 16),
]
BLOCKED = DESIGNS[2:]


def name_of(value):
    return f"{value.method}{'-pairs' * value.second_order}" if isinstance(value, Design) else None


def blocks(sample):
    return sample.points.reshape(-1, sample.stride, sample.points.shape[1]), sample.luck.reshape(
        -1, sample.stride
    )


def twice(design):
    return Design(design.method, 2 * design.size, 2 * design.trajectories, second_order=design.second_order)


def test_labels_are_groups_and_lone_factors_in_order():
    assert labels(GROUPED) == ["g", "b", "d"]
    assert labels(ALONE) == ["a", "b", "c"]


@pytest.mark.parametrize("design", DESIGNS, ids=name_of)
def test_a_design_depends_on_its_seed_only_and_0_is_a_seed(design):
    before = repr(np.random.get_state())
    first, again, other = (draw(design, GROUPED, seed) for seed in (0, 0, 1))
    assert repr(np.random.get_state()) == before, "the global state of numpy was touched"
    assert np.array_equal(first.points, again.points)
    assert not np.array_equal(first.points, other.points)
    assert first.points.min() >= 0
    assert first.points.max() <= 1


@pytest.mark.parametrize("factors", [ALONE, GROUPED, ONE_GROUP], ids=["alone", "grouped", "one group"])
@pytest.mark.parametrize("design", BLOCKED, ids=name_of)
def test_a_design_is_the_beginning_of_one_twice_as_large(design, factors):
    small, large = draw(design, factors, 7), draw(twice(design), factors, 7)
    assert small.stride == large.stride
    assert len(large) == 2 * len(small)
    assert np.array_equal(large.points[: len(small)], small.points)
    assert np.array_equal(large.luck[: len(small)], small.luck)


@pytest.mark.parametrize("factors", [ALONE, GROUPED, ONE_GROUP], ids=["alone", "grouped", "one group"])
@pytest.mark.parametrize("design", BLOCKED, ids=name_of)
def test_an_echo_repeats_a_row_of_its_block_with_other_luck(design, factors):
    points, luck = blocks(draw(design, factors, 7))
    echoes = 2 if design.second_order else 1
    assert (luck.sum(axis=1) == echoes).all()
    assert set(np.unique(luck)) == {0, 1}
    for block, which in zip(points, luck, strict=True):
        for echo in block[which == 1]:
            assert (block[which == 0] == echo).all(axis=1).any()


@pytest.mark.parametrize("design", [BLOCKED[0], BLOCKED[-1]], ids=name_of)
def test_each_step_moves_one_label_and_each_label_moves_once(design):
    points, luck = blocks(draw(design, GROUPED, 3))
    assert (luck[:, 0] == 1).all()
    assert (luck[:, 1:] == 0).all()
    moved = np.diff(points[:, 1:], axis=1) != 0
    assert (moved.sum(axis=1) == 1).all(), "each factor once"
    assert (moved[:, :, 0] == moved[:, :, 2]).all(), "the members of a group at once"
    assert (moved[:, :, [0, 1, 3]].sum(axis=2) == 1).all(), "one label at a time"


def test_morris_stays_on_exact_levels():
    sample = draw(Design("morris", trajectories=40), GROUPED, 3)
    assert np.unique(sample.points) == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    steps = np.abs(np.diff(blocks(sample)[0][:, 1:], axis=1))
    assert steps[steps > 0] == pytest.approx(STEP)
    three = factor("c", choices=("x", "y", "z"))
    chosen = [three.at(u) for u in sample.points[:, 0]]
    assert [chosen.count(value) / len(chosen) for value in "xyz"] == pytest.approx([1 / 3] * 3, abs=0.1)
    paths = blocks(sample)[0][:, 1:, 0]
    compared = {frozenset((three.at(path.min()), three.at(path.max()))) for path in paths}
    assert compared == {frozenset("xy"), frozenset("xz"), frozenset("yz")}, "any of three with any other"


@pytest.mark.parametrize("pairs", [False, True])
def test_sobol_takes_one_label_from_the_other_matrix(pairs):
    points, luck = blocks(draw(Design("sobol", 8, second_order=pairs), GROUPED, 3))
    assert points.shape[1] == (2 * 4 + 2 if pairs else 4 + 2)
    one, other = points[:, 0], points[:, -1]
    assert (one != other).all()
    for k, members in enumerate([[0, 2], [1], [3], []]):
        swapped, back = one.copy(), other.copy()
        swapped[:, members], back[:, members] = other[:, members], one[:, members]
        assert np.array_equal(points[:, 1 + k], swapped)
        assert (luck[:, 1 + k] == (members == [])).all()
        if pairs:
            assert np.array_equal(points[:, 5 + k], back)
            assert (luck[:, 5 + k] == (members == [])).all()


@pytest.mark.parametrize("size", [0, 3, 12])
def test_base_points_are_a_power_of_two(size):
    with pytest.raises(ValueError, match="power of two"):
        draw(Design("sobol", size), ALONE, 1)


def test_two_stages_are_two_designs():
    with pytest.raises(ValueError, match="two_stage"):
        draw(Design("two_stage", 8), ALONE, 1)


def test_a_latin_hypercube_visits_each_stratum_of_each_factor_once():
    sample = draw(Design("latin_hypercube", 50), GROUPED, 3)
    assert sample.stride == 1
    assert (sample.luck == 0).all()
    assert (np.sort((sample.points * 50).astype(int), axis=0) == np.arange(50)[:, None]).all()
    assert not np.array_equal(sample.points[:, 0], sample.points[:, 2]), "groups do not count here"


def test_a_list_has_no_points():
    sample = draw(Design("list", rows=({"a": 1.0}, {"a": 2.0, "b": 0.5})), ALONE, 3)
    assert sample.points.shape == (2, 3)
    assert np.isnan(sample.points).all()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_grid_is_full_and_every_beginning_of_it_balanced(size, seed):
    factors = [factor("a"), factor("b", choices=("x", "y")), factor("c"), factor("d", choices=(1, 2, 3))]
    points = draw(Design("grid", size), factors, seed).points
    assert len(points) == len(np.unique(points, axis=0)) == size * size * 6
    for j, one in enumerate(factors):
        values = [one.at(u) for u in points[:, j]]
        counts = dict.fromkeys(values, 0)
        for value in values:
            counts[value] += 1
            assert max(counts.values()) - min(counts.values()) <= 1
    assert set(points[:, 0]) == (set(np.linspace(0, 1, size)) if size > 1 else {0.5})
    assert Counter(factors[3].at(u) for u in points[:, 3]) == dict.fromkeys((1, 2, 3), 2 * size * size)


def test_half_a_grid_is_no_diagonal():
    """Two factors are no more than a little correlated in half of their grid."""
    for seed in range(5):
        half = draw(Design("grid", 8), ALONE[:2], seed).points[:32]
        assert abs(np.corrcoef(half.T)[0, 1]) < 0.5
