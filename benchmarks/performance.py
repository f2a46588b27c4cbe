"""Print the performance table: aim, measured, ratio. ``make bench``; about two minutes after compilation."""

from __future__ import annotations

import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
SCENARIO = HERE / "six_levers.yaml"
POLICIES = ("talent_pool", "subsidies", "platforms", "all_three", "concentrate")
MILLION = 1e6
ROWS: list[tuple[str, str, str]] = []


def row(what: str, aim: str, measured: str) -> None:
    """Print a line of the table as soon as it is known."""
    ROWS.append((what, aim, measured))
    print(f"{what:<62} {aim:>14}  {measured}", flush=True)


def timed(action: Callable[[], object], repeats: int = 3) -> float:
    """Shortest of some wall-clock times in seconds."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return min(times)


def prepared(
    scale: float, grid: str = "0.2", quarters: int = 52
) -> tuple[Callable[[], None], Callable[[], None], int]:
    """Give the population draw and the run of the benchmark scenario, and the bytes of a replication in flight."""
    from sim.model.genesis import genesis, outputs
    from sim.model.quarter import run
    from sim.model.state import copy
    from sim.runs.run import evidence_of
    from sim.world.ground import build_ground
    from sim.world.scenario import load_scenario

    scenario = load_scenario(SCENARIO, scale=scale, grid=grid)
    inputs, programme, parameters = build_ground(scenario, evidence_of(scenario))
    start = genesis(inputs, programme, parameters, 1, 0)
    counts = outputs(inputs, quarters)
    size = sum(array.nbytes for part in start for array in part) + sum(array.nbytes for array in counts)

    def draw() -> None:
        genesis(inputs, programme, parameters, 1, 0)

    def go() -> None:
        run(copy(start), quarters, inputs, programme, parameters, *outputs(inputs, quarters))

    return draw, go, size


def many(count: int) -> None:
    """Do some runs one after another: the work of one plain process."""
    sys.path.insert(0, str(ROOT))
    _, go, _ = prepared(0.1)
    for _ in range(count):
        go()


def province() -> None:
    """Lines about one province."""
    draw, go, size = prepared(1.0)
    row("1:1 province, 52 quarters, six levers, 0.2° grid, one core", "≤ 1.0 s", f"{timed(go, 2):.2f} s")
    row("population at 1:1 from evidence", "≤ 3 s", f"{timed(draw, 2):.2f} s")
    row("arrays per 1:1 replication in flight (state and counts)", "≤ 40 MB", f"{size / MILLION:.0f} MB")
    _, go, _ = prepared(1.0, grid="0.1")
    row("the same run on the 0.1° grid", "", f"{timed(go, 1):.2f} s")
    row("frozen core against the Mesa twin", "≥ 150×", "no twin written yet")
    row("frozen core against C", "≤ 1.25×", "no yardstick written yet")


def workers() -> None:
    """Two threads against two plain processes, in the same minute."""
    runs = 6
    _, go, _ = prepared(0.1)
    one = timed(lambda: [go() for _ in range(runs)], 2)
    with ThreadPoolExecutor(2) as pool:
        threads = timed(lambda: list(pool.map(lambda _: go(), range(2 * runs))), 2)
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as processes:
        processes.map(many, [1, 1])  # start and load
        both = timed(lambda: processes.map(many, [runs, runs], chunksize=1), 2)
        alone = timed(lambda: processes.map(many, [runs], chunksize=1), 2)
    thread_gain, process_gain = 2 * one / threads, 2 * alone / both
    row("gain of two threads over one", "", f"{thread_gain:.2f}×")
    row("gain of two plain processes over one", "", f"{process_gain:.2f}×")
    row("threads' gain as a share of the processes'", "≥ 0.95", f"{thread_gain / process_gain:.2f}")


def growth() -> None:
    """Growth of cost with agents and quarters."""
    for scale in (0.01, 0.03, 0.1, 0.3):
        draw, go, _ = prepared(scale)
        agents = round(scale * 100000)
        row(
            f"run with {agents} firms, 52 quarters",
            "linear",
            f"{1e3 * timed(go):.0f} ms, {1e9 * timed(go) / agents / 52:.0f} ns per firm-quarter; "
            f"population {1e3 * timed(draw):.0f} ms",
        )
    for quarters in (13, 26, 52):
        _, go, _ = prepared(0.1, quarters=quarters)
        row(f"run with 10000 firms, {quarters} quarters", "linear", f"{1e3 * timed(go):.0f} ms")


def sweep() -> None:
    """Replications of small runs as `compare` makes them."""
    from sim.analysis.outcomes import outcome_of
    from sim.runs.run import simulate_all
    from sim.world.scenario import load_scenario

    scenarios = [load_scenario("baseline").with_budget(10**9 + k) for k in range(8)]
    for replications in (5, 10, 20):
        seconds = timed(lambda n=replications: simulate_all(scenarios, range(n), 1, outcome_of), 1)  # type: ignore[misc]
        row(
            f"{replications} replications × 8 scenarios, 1000 firms, all cores",
            "≤ 60 s / 1000" if replications == 20 else "linear",
            f"{seconds:.2f} s, that is {seconds / replications * 1000:.0f} s for 1000 replications",
        )


def commands() -> None:
    """Commands as a person meets them."""
    program = [sys.executable, "-m", "sim"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def call(*arguments: str) -> None:
        subprocess.run([*program, *arguments], check=True, capture_output=True, env=environment)

    row("upgrading --help", "≤ 0.4 s", f"{timed(lambda: call('--help'), 5):.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out")
        arguments = ("run", "baseline", "--replications", "1", "--quiet", "--out", out, "--force")
        row(
            "warm small run: upgrading run baseline --replications 1",
            "≤ 1.5 s",
            f"{timed(lambda: call(*arguments), 3):.2f} s",
        )


def pairing() -> None:
    """Variance of cumulative climbs: independent seeds against paired ones, for each bundled policy."""
    from sim.analysis.compare import compare
    from sim.world.scenario import load_scenario

    found = compare(load_scenario("baseline"), [load_scenario(name) for name in POLICIES], replications=30)
    for name in POLICIES:
        ratios = found.pairing[found.pairing["scenario"] == name]
        cells = ", ".join(f"{r.reading} {r.ratio:.0f}×" for r in ratios.itertuples())
        row(f"paired against independent seeds: {name}", "≥ 20×", cells)


def main() -> None:
    """Print the table."""
    sys.path.insert(0, str(ROOT))
    print(
        f"{platform.platform()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}\n"
    )
    prepared(0.01)
    province()
    workers()
    growth()
    sweep()
    commands()
    pairing()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    row("peak memory of this whole benchmark", "", f"{peak:.0f} MB")


if __name__ == "__main__":
    main()
