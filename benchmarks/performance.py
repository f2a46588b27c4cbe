"""Print the performance table, aim beside measured, and write it to docs/performance.md: ``make bench``.

About ten minutes after compilation; ``--quick`` leaves the twins, twenty thousand runs and the page out.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))  # run as a script, Python looks only beside it

from sim.files.folders import use_kernel_cache  # noqa: E402

use_kernel_cache()  # before anything imports numba

SCENARIO = HERE / "six_levers.yaml"
POLICIES = ("talent_pool", "subsidies", "platforms", "all_three", "concentrate")
PAGE = ROOT / "docs" / "performance.md"
MILLION = 1e6
ROWS: list[tuple[str, str, str]] = []
HEAD = """# Speed and scale

`make bench` prints this table and writes it here. Times vary with the machine and its load; ratios within one run do
not. "Aim" is what the design asks for; compare it with the number beside it.

"""
FOOT = """
The frozen core is a part of the model (difficulty, climbing, search, subsidies, platforms, pool) written in numba, in C
with the same bytes, and as a Mesa model with the same statistics: [benchmarks/frozen](../benchmarks/frozen/README.md).
"Besides itself" is what the ledger, the scenario of each row and its compilation cost a worker for each run.

![Growth of cost with agents and quarters](figures/growth.png)

![Memory over twenty thousand runs](figures/memory.png)
"""


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
    counts = outputs(inputs, programme, quarters)
    size = sum(array.nbytes for part in start for array in part) + sum(array.nbytes for array in counts)

    def draw() -> None:
        genesis(inputs, programme, parameters, 1, 0)

    def go() -> None:
        run(copy(start), quarters, inputs, programme, parameters, *outputs(inputs, programme, quarters))

    return draw, go, size


def many(count: int) -> None:
    """Do some runs one after another: the work of one plain process."""
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
    from sim.analysis.comparison.pairs import replication_of
    from sim.runs.run import simulate_all
    from sim.world.scenario import load_scenario

    scenarios = [load_scenario("baseline").with_budget(10**9 + k) for k in range(8)]
    for replications in (5, 10, 20):
        seconds = timed(lambda n=replications: simulate_all(scenarios, range(n), 1, replication_of), 1)  # type: ignore[misc]
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
    from sim.analysis.comparison.compare import compare
    from sim.world.scenario import load_scenario

    found = compare(load_scenario("baseline"), [load_scenario(name) for name in POLICIES], replications=30)
    for name in POLICIES:
        ratios = found.pairing[found.pairing["scenario"] == name]
        cells = ", ".join(f"{r.reading} {r.ratio:.0f}×" for r in ratios.itertuples())
        row(f"paired against independent seeds: {name}", "≥ 20×", cells)


def twins() -> None:
    """The frozen core against Mesa and C; draws the growth of cost."""
    from benchmarks.twins import FIGURE, draw, measure

    found = measure()
    draw(found, FIGURE)
    for what, aim, ratios in (
        ("frozen core against the Mesa twin", "≥ 150×", found.against_mesa),
        ("the same, Mesa's agents in random order", "", found.against_shuffled_mesa),
        ("frozen core: time over C's, gcc with vector flags", "≤ 1.25×", found.against_c),
        ("frozen core: time over C's, gcc with plain flags", "≤ 1.25×", found.against_plain_c),
    ):
        digits = 0 if "Mesa" in what else 2
        row(
            what, aim, ", ".join(f"{ratio:.{digits}f}× at {firms:,} firms" for firms, ratio in ratios.items())
        )
    steps = found.of("numba", quarters=52)
    row(
        "frozen core, agent-steps per second and core",
        "",
        ", ".join(f"{t.steps_per_second / MILLION:.0f} M at {t.firms:,} firms" for t in steps),
    )
    for what, slopes in (("agents", found.growth_with_agents), ("quarters", found.growth_with_quarters)):
        said = ", ".join(f"{twin} {slope:.2f}" for twin, slope in slopes.items())
        row(f"growth of cost with {what}, slope of logarithms", "linear: 1", said)


def ledger() -> None:
    """Many small runs through the ledger; draws their memory."""
    from benchmarks.many_runs import draw_memory, measure

    measured = measure()
    draw_memory(measured)
    many = f"{measured.runs:,} small runs"
    row(f"{many}: cost of a run besides itself", "≤ 2 ms", f"{measured.overhead:.2f} ms")
    row(f"{many}: growth of memory", "flat", f"{measured.growth:+.1f} MB of {measured.memory[-1][1]:.0f} MB")


def write_page(machine: str) -> None:
    """Write the table for people to read."""
    lines = ["| what | aim | measured |", "|---|---|---|", *(f"| {' | '.join(cells)} |" for cells in ROWS)]
    when = f"Measured on {time.strftime('%Y-%m-%d')}: {machine}; command `make bench`.\n\n"
    PAGE.write_text(HEAD + when + "\n".join(lines) + "\n" + FOOT, encoding="utf-8")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="print the performance table")
    parser.add_argument("--quick", action="store_true", help="without twins, many runs and the page")
    quick = parser.parse_args().quick
    machine = f"{platform.system()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}\n")
    prepared(0.01)
    province()
    workers()
    if not quick:
        twins()
        ledger()
    growth()
    sweep()
    commands()
    pairing()
    if not quick:
        write_page(machine)


if __name__ == "__main__":
    main()
