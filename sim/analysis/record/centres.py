"""Centres of climbing: what firms of each level have at the end of 2022 in the baseline (docs/odd.md).

``python -m sim.analysis.record.centres`` prints the ``centre_*`` values of ``parameters.csv`` next to what the
baseline gives now, averaged over both structural readings. They are fixed in every run, so that a policy cannot move
its own yardstick; renew them when the evidence or the model changes.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.record.history import record_scenario, watch
from sim.runs.executor import in_order
from sim.runs.run import evidence_of
from sim.world.compiled import Compiled, compile_scenario
from sim.world.constants import YEAR
from sim.world.scenario import load_scenario
from sim.world.scenario_record import DEFAULT_EVIDENCE

LETTERS = ("T", "R", "P", "S", "F", "Y")  # talent, R&D, platform, knowledge, finance, difficulty Y*
LOWER_LEVELS = 4  # nobody climbs from the top
END = "2022Q4"


def centres(
    replications: int,
    seed: int = 7,
    *,
    evidence: str = DEFAULT_EVIDENCE,
    parameters: Mapping[str, float] | None = None,
    workers: int | None = None,
) -> dict[str, float]:
    """Return mean advantages by level at the end of 2022: ``centre_T_0`` … ``centre_Y_2``.

    Parameters
    ----------
    replications, seed
        Number of runs of each structural reading, and their seed.
    evidence
        Name or path of an evidence folder.
    parameters
        Values that win over the registry's.
    workers
        Threads; by default one per processor.
    """
    base = record_scenario(evidence, end=END, parameters=parameters)
    provinces = [
        compile_scenario(base.with_reading(structure, "selective"), evidence_of(base))
        for structure in ("V", "D")
    ]
    tasks = [partial(_means, compiled, seed, k) for compiled in provinces for k in range(replications)]
    mean = np.nanmean(in_order(tasks, workers), axis=0)
    return {
        f"centre_{x}_{k}": float(mean[row, k])
        for row, x in enumerate(LETTERS)
        for k in range(LOWER_LEVELS - (x == "Y"))  # firms leave level 3 by designation, not by a hazard
    }


def _means(compiled: Compiled, seed: int, replication: int) -> NDArray[Any]:
    from sim.model.firms import mean_advantages

    *_, last = watch(compiled, seed, replication, YEAR)
    means: NDArray[Any] = mean_advantages(last.state, compiled.parameters)
    return means


def main() -> None:
    """Print registered and simulated centres."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=5)
    found = centres(parser.parse_args().replications)
    registered = load_scenario("baseline").parameters
    print("name,registered,simulated")
    for name, value in found.items():
        print(f"{name},{registered[name]:g},{value:.4f}")


if __name__ == "__main__":
    main()
