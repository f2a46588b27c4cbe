"""A base hazard is the mean hazard of its level, whatever the other numbers are (docs/odd.md 7.3; slow)."""

from functools import cache
from random import Random

import numpy as np
import pytest

from sim.files.names import evidence_folder
from sim.model import state as st
from sim.model.advantages import relative_readiness
from sim.world.parameters import load_parameters
from tests.small_province import begin, go_on, province

REGISTRY = load_parameters(evidence_folder("hubei"))
SETTINGS = 20
MEASURED, IN_2023 = 0, slice(2, 6)


@cache
def mean_hazards() -> np.ndarray:
    """Mean hazard over its parameter: [setting, moment, way].

    Half the parameters of a setting are anywhere between their low and high ends. Moments: when yardsticks are measured
    for the last time, at the beginning of 2023; just before, by those of 2022; at the end of each quarter of 2023.
    """
    found = []
    for seed in range(SETTINGS):
        # By name, so that a new parameter leaves the settings of the others as they are.
        luck = {name: Random(f"{seed} {name}") for name in REGISTRY}
        parameters = {
            name: round(luck[name].uniform(p.low, p.high), None if p.whole or p.high >= 100 else 6)
            for name, p in REGISTRY.items()
            if luck[name].random() < 0.5
        }
        compiled = province(
            scale=0.1,
            structure="VD"[seed % 2],
            horizon={"start": "2020Q1", "end": "2023Q4"},
            parameters=parameters,
        )
        state = begin(compiled, seed)
        go_on(state, compiled, 12)
        before = st.copy(state)
        moments = [relative(before.firms, before.province, compiled)]
        for quarter in range(4):
            go_on(state, compiled, 1)
            if quarter == 0:  # the firms as they were when measured, by what was measured
                now = st.copy(state).province
                now.clock[:], now.fill[:] = before.province.clock, before.province.fill
                moments.insert(MEASURED, relative(before.firms, now, compiled))
            moments.append(relative(state.firms, state.province, compiled))
        found.append(moments)
    return np.array(found)


def relative(firms, province_arrays, compiled):
    return relative_readiness(firms, province_arrays, compiled.inputs, compiled.parameters)


@pytest.mark.slow
def test_the_mean_hazard_is_its_parameter_where_yardsticks_are_measured():
    np.testing.assert_allclose(mean_hazards()[:, MEASURED], 1.0, rtol=1e-6)


@pytest.mark.slow
def test_how_far_the_mean_hazard_moves_once_the_yardsticks_are_kept():
    """In 2023: within 0.838 and 1.10 of its parameter; 7 % off (root mean square) from level 1, 4 % elsewhere."""
    later = mean_hazards()[:, IN_2023]
    assert 0.838 < later.min() < later.max() < 1.1
    off = np.sqrt(((later - 1.0) ** 2).mean(axis=(0, 1)))
    assert off[1] < 0.07
    assert np.delete(off, 1).max() < 0.04
