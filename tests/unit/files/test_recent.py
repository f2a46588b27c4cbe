"""What several threads need at once is made once, and what fails is not kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sim.errors import InputError
from sim.files.recent import Recent
from sim.runs.run import compiled_of, evidence_of, simulate
from sim.world.compiled import compile_scenario
from sim.world.scenario import load_scenario
from sim.world.scenario_record import READINGS


def test_threads_wait_for_the_one_that_makes_it() -> None:
    recent: Recent[int] = Recent(most=2)
    made, waiting = [], threading.Barrier(4, timeout=60)

    def make() -> int:
        made.append(threading.get_ident())
        threading.Event().wait(0.05)
        return 7

    def ask() -> int:
        waiting.wait()
        return recent("seven", make)

    with ThreadPoolExecutor(4) as pool:
        assert [each.result() for each in [pool.submit(ask) for _ in range(4)]] == [7] * 4
    assert len(made) == 1


def test_the_one_not_asked_for_longest_goes_first() -> None:
    recent: Recent[str] = Recent(most=2)
    for key in "abac":
        recent(key, lambda key=key: key.upper())  # type: ignore[misc]
    assert recent("a", lambda: "anew") == "A"
    assert recent("b", lambda: "anew") == "anew"


def test_a_failure_reaches_who_asked_and_the_next_one_tries_again() -> None:
    recent: Recent[float] = Recent(most=2)
    with pytest.raises(ZeroDivisionError):
        recent("x", lambda: 1 / 0)
    assert recent("x", lambda: 2.0) == 2.0


def test_policies_and_readings_share_their_inputs_and_numbers_do_not() -> None:
    given = {"scale": 0.002}
    base, policy = load_scenario("baseline", **given), load_scenario("subsidies", **given)
    one = compiled_of(base)
    for reading in READINGS.values():
        other = compiled_of(policy.with_reading(*reading))
        assert other.inputs.demand is one.inputs.demand
        assert other.inputs.kappa.tolist() == list(policy.with_reading(*reading).kappa)
    for changed in ({"rho": 0.5}, {"cycle_2020": -0.2}):
        other = compiled_of(base.with_parameters(changed))
        assert other.inputs.demand is not one.inputs.demand
    grid = {
        "horizon": {"end": "2027Q4"},
        "shocks": [{"kind": "demand", "start": "2026Q1", "end": "2026Q2", "size": -0.1}],
    }
    for key, value in grid.items():
        other = compiled_of(load_scenario("baseline", **given | {key: value}))
        assert other.inputs.demand.tobytes() != one.inputs.demand.tobytes(), key
    for key, value in {"difficulty": {"column": 5}, "grid": 0.1, "scale": 0.001}.items():
        other = compiled_of(load_scenario("baseline", **given | {key: value}))
        assert not all(map(np.array_equal, other.inputs, one.inputs)), key


def test_a_run_leaves_the_shared_inputs_as_they_are() -> None:
    compiled = compiled_of(load_scenario("all_three", scale=0.002))
    before = [np.asarray(each).tobytes() for each in compiled.inputs]
    for replication in range(2):
        simulate(compiled, 3, replication)
    assert [np.asarray(each).tobytes() for each in compiled.inputs] == before


def test_numbers_that_cannot_be_are_refused_whoever_compiled_them_before() -> None:
    scenario = load_scenario("baseline", scale=0.002).with_parameters({"a_U": 500.0})
    with np.errstate(all="ignore"):
        compile_scenario(scenario, evidence_of(scenario))
    with pytest.raises(InputError):
        compiled_of(scenario)
