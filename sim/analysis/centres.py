"""Centres of climbing: what firms of each level have at the end of 2022 in the baseline (docs/odd.md).

``python -m sim.analysis.centres`` prints the ``centre_*`` values of ``parameters.csv`` next to what the
baseline gives now, averaged over both structural readings. They are held fixed in every run, so that a policy
cannot move its own yardstick; they want renewing when the evidence or the model changes.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.runs.run import evidence_of
from sim.world.ground import YEAR, build_ground
from sim.world.scenario import load_scenario

LETTERS = ("T", "R", "P", "S", "F", "Y")  # talent, R&D, platform, knowledge, finance, difficulty Y*
LOWER_LEVELS = 4  # nobody climbs from the top
QUARTERS = 3 * YEAR  # 2020–2022
SCALE = 0.1


def centres(replications: int, seed: int = 7) -> dict[str, float]:
    """Return mean advantages by level at the end of 2022: ``centre_T_0`` … ``centre_Y_2``."""
    from sim.model.firms import mean_advantages
    from sim.model.genesis import genesis, outputs
    from sim.model.quarter import run

    means: list[NDArray[Any]] = []
    for structure in ("V", "D"):
        scenario = load_scenario("baseline", scale=SCALE).with_reading(structure, "selective")
        inputs, programme, parameters = build_ground(scenario, evidence_of(scenario))
        for replication in range(replications):
            state = genesis(inputs, programme, parameters, seed, replication)
            run(state, QUARTERS, inputs, programme, parameters, *outputs(inputs, QUARTERS))
            means.append(mean_advantages(state, parameters))
    mean = np.nanmean(means, axis=0)
    return {
        f"centre_{x}_{k}": float(mean[row, k])
        for row, x in enumerate(LETTERS)
        for k in range(LOWER_LEVELS - (x == "Y"))  # level 3 is left by designation, not by a hazard
    }


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
