"""Run the frozen core in numba, C and Mesa: same bytes, same statistics, how fast (rules: frozen/README.md).

    python benchmarks/twins.py             all of it, about five minutes; writes docs/figures/growth.png
    python benchmarks/twins.py --quick     smaller, about one minute; writes no figure

Exit status 1 if C's bytes or Mesa's statistics differ from numba's. Times are CPU time of one thread, the shortest
of several, all implementations by turns: other work on the machine disturbs them little, and all alike.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, Python looks only beside it

from sim.files.folders import use_kernel_cache  # noqa: E402

use_kernel_cache()  # before anything imports numba

from benchmarks.frozen import c_core, core  # noqa: E402
from benchmarks.frozen.world import (  # noqa: E402
    STATISTICS,
    World,
    agents,
    build_world,
    copy_state,
    digest,
    statistics,
)

FIGURE = ROOT / "docs" / "figures" / "growth.png"
FIRMS_AT_FULL_SCALE = 100_000
MESA_QUARTERS = 13
QUARTERS = 52
HORIZONS = (13, 26, 52, 104)
ERROR_RATE = 0.001  # chance of calling twins that agree different, over all statistics together
# What lets gcc turn branches and roots into vector instructions, as numba's compiler does unasked. No value
# depends on it; the yardstick is the faster of the two.
VECTOR_FLAGS = (*c_core.FLAGS, "-fno-math-errno", "-fno-trapping-math")

Job = Callable[[], Any]


# ---------------------------------------------------------------------------------------------------------
# Do they do the same?
# ---------------------------------------------------------------------------------------------------------


def differing_arrays(
    scale: float, seed: int, quarters: int, flags: tuple[str, ...] = c_core.FLAGS
) -> list[str]:
    """Run numba and C side by side; name the arrays whose bytes differ after the first quarter that shows any."""
    world = build_world(scale, seed)
    ours, theirs = copy_state(world.state), copy_state(world.state)
    for _ in range(quarters):
        core.run(ours, world.tables, world.sizes, world.numbers, 1)
        c_core.run(theirs, world.tables, world.sizes, world.numbers, 1, flags)
        if digest(ours) != digest(theirs):
            pairs = zip(ours._fields, ours, theirs, strict=True)
            return [name for name, a, b in pairs if a.tobytes() != b.tobytes()]
    return []


@dataclass(frozen=True, slots=True)
class Agreement:
    """One statistic of two twins: means over replications, and how many standard errors they differ by."""

    name: str
    numba: float
    mesa: float
    z: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the difference is within what chance explains."""
        return abs(self.z) <= self.limit


def agreement(replications: int, scale: float = 0.005, quarters: int = 26, seed: int = 7) -> list[Agreement]:
    """Compare statistics of numba and Mesa after so many quarters, from the same start in each replication.

    Student's t on the paired differences, Bonferroni over the statistics: if the twins follow the same rules,
    the chance that any of them is called different is `ERROR_RATE`.
    """
    from scipy.stats import t as student

    found = np.empty((replications, 2, len(STATISTICS)))
    for replication in range(replications):
        world = build_world(scale, seed, replication)
        state = copy_state(world.state)
        core.run(state, world.tables, world.sizes, world.numbers, quarters)
        found[replication, 0] = statistics(state)
        province = mesa_province(world, replication)
        for _ in range(quarters):
            province.step()
        found[replication, 1] = province.statistics()
        forget(province)
    gap = found[:, 0] - found[:, 1]
    error = gap.std(axis=0, ddof=1) / np.sqrt(replications)
    z = np.divide(gap.mean(axis=0), error, out=np.zeros_like(error), where=error > 0)
    z[(error == 0) & (gap.mean(axis=0) != 0)] = np.inf  # never the same, and always by as much
    limit = float(student.ppf(1.0 - ERROR_RATE / len(STATISTICS) / 2, replications - 1))
    numba, mesa = found.mean(axis=0)
    return [
        Agreement(name, float(numba[k]), float(mesa[k]), float(z[k]), limit)
        for k, name in enumerate(STATISTICS)
    ]


def mesa_province(world: World, seed: int) -> Any:
    """Build the Mesa twin, which is imported only where it is used."""
    from benchmarks.frozen.mesa_twin import Province

    return Province(world, seed)


def forget(province: Any) -> None:
    """Let a Mesa model be collected: Mesa 3.3 keeps a reference to every model there has been."""
    import mesa

    mesa.Agent._ids.pop(province, None)


# ---------------------------------------------------------------------------------------------------------
# How fast?
# ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timing:
    """Shortest time of a run by one implementation."""

    twin: str
    firms: int
    agents: int  # firms and people, who all draw their luck every quarter
    quarters: int
    seconds: float

    @property
    def steps_per_second(self) -> float:
        """Agent-steps per second: one agent-step is one firm or person living one quarter."""
        return self.agents * self.quarters / self.seconds


@dataclass(frozen=True, slots=True)
class Measurement:
    """All figures of one benchmark.

    Attributes
    ----------
    against_mesa
        Times faster than the Mesa twin, by number of firms.
    against_shuffled_mesa
        The same where Mesa activates agents in random order, as its tutorial does.
    against_c, against_plain_c
        Times the time of C, by number of firms: of C compiled with `VECTOR_FLAGS`, and with `c_core.FLAGS`.
    growth_with_agents, growth_with_quarters
        Slope of log time on log agents and log quarters, by implementation; 1 is linear.
    timings
        What these come from.
    """

    against_mesa: dict[int, float]
    against_shuffled_mesa: dict[int, float]
    against_c: dict[int, float]
    against_plain_c: dict[int, float]
    growth_with_agents: dict[str, float]
    growth_with_quarters: dict[str, float]
    timings: list[Timing]

    def of(self, twin: str, quarters: int | None = None, firms: int | None = None) -> list[Timing]:
        """Select timings, in order of size."""
        return [
            t
            for t in self.timings
            if t.twin == twin and quarters in (None, t.quarters) and firms in (None, t.firms)
        ]


@lru_cache(maxsize=8)
def world_of(firms: int) -> World:
    """Build the start for a number of firms, once."""
    return build_world(firms / FIRMS_AT_FULL_SCALE, seed=1)


def by_turns(jobs: dict[str, Callable[[], Job]], repeats: dict[str, int]) -> dict[str, float]:
    """Time jobs by turns; a job is prepared anew, untimed, before each of its runs. Seconds of CPU time, shortest."""
    best = dict.fromkeys(jobs, float("inf"))
    for turn in range(max(repeats.values())):
        for name, prepare in jobs.items():
            if turn < repeats[name]:
                job = prepare()
                begin = time.thread_time()
                job()
                best[name] = min(best[name], time.thread_time() - begin)
    return best


def prepared(run: Callable[..., None], world: World, quarters: int) -> Job:
    """Prepare a run of an array twin from a fresh copy of the start."""
    return partial(run, copy_state(world.state), world.tables, world.sizes, world.numbers, quarters)


def prepared_mesa(world: World, quarters: int, shuffled: bool = False) -> Job:
    """Prepare a run of the Mesa twin; what exists before it does not burden the collector during it."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    province = mesa_province(world, 1)
    province.activation = "shuffle_do" if shuffled else "do"
    forget(province)

    def job() -> None:
        for _ in range(quarters):
            province.step()

    return job


def time_twins(firms: int, quarters: int, repeats: int, mesa_repeats: int = 0) -> list[Timing]:
    """Time numba and C, and if asked Mesa, on the same work."""
    world = world_of(firms)
    jobs: dict[str, Callable[[], Job]] = {
        "numba": partial(prepared, core.run, world, quarters),
        "C": partial(prepared, partial(c_core.run, flags=VECTOR_FLAGS), world, quarters),
        "C, plain flags": partial(prepared, c_core.run, world, quarters),
    }
    if mesa_repeats:
        jobs["Mesa"] = partial(prepared_mesa, world, quarters)
        jobs["Mesa, shuffled"] = partial(prepared_mesa, world, quarters, shuffled=True)
    turns = {name: mesa_repeats if name.startswith("Mesa") else repeats for name in jobs}
    return [
        Timing(name, firms, agents(world), quarters, seconds)
        for name, seconds in by_turns(jobs, turns).items()
    ]


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Fit log y on log x by least squares; NaN for fewer than two points."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0]) if len(x) > 1 else float("nan")


def measure(quick: bool = False) -> Measurement:
    """Time all twins at several scales and horizons.

    Parameters
    ----------
    quick
        At most 10,000 firms and fewer repeats: about half a minute instead of four.
    """
    scales = (1_000, 3_000, 10_000) if quick else (1_000, 3_000, 10_000, 30_000, 100_000)
    mesa_scales = (1_000,) if quick else (1_000, 3_000, 10_000)
    for run in (core.run, c_core.run, partial(c_core.run, flags=VECTOR_FLAGS)):
        prepared(run, world_of(scales[0]), 1)()  # compile
    timings: list[Timing] = []
    for firms in mesa_scales:
        timings += time_twins(firms, MESA_QUARTERS, repeats=25, mesa_repeats=2 if quick else 5)
    for firms in scales:
        timings += time_twins(firms, QUARTERS, repeats=max(3, min(25, 300_000 // firms)))
    for quarters in HORIZONS:
        if not any(t.firms == 10_000 and t.quarters == quarters for t in timings):
            timings += time_twins(10_000, quarters, repeats=5 if quick else 15)
    seconds = {(t.twin, t.firms, t.quarters): t.seconds for t in timings}

    def ratio(twin: str, quarters: int, firms: Sequence[int]) -> dict[int, float]:
        return {n: seconds[twin, n, quarters] / seconds["numba", n, quarters] for n in firms}

    def growth(of: Callable[[Timing], float], chosen: Callable[[Timing], bool]) -> dict[str, float]:
        found = {}
        for twin in dict.fromkeys(t.twin for t in timings):
            points = [t for t in timings if t.twin == twin and chosen(t)]
            found[twin] = slope([of(t) for t in points], [t.seconds for t in points])
        return {twin: value for twin, value in found.items() if not np.isnan(value)}

    return Measurement(
        against_mesa=ratio("Mesa", MESA_QUARTERS, mesa_scales),
        against_shuffled_mesa=ratio("Mesa, shuffled", MESA_QUARTERS, mesa_scales),
        against_c={n: 1.0 / r for n, r in ratio("C", QUARTERS, scales).items()},
        against_plain_c={n: 1.0 / r for n, r in ratio("C, plain flags", QUARTERS, scales).items()},
        growth_with_agents=growth(
            lambda t: t.agents, lambda t: t.quarters == (MESA_QUARTERS if "Mesa" in t.twin else QUARTERS)
        ),
        growth_with_quarters=growth(
            lambda t: t.quarters, lambda t: t.firms == 10_000 and "Mesa" not in t.twin
        ),
        timings=timings,
    )


def draw(found: Measurement, path: Path) -> None:
    """Draw the growth of cost with agents and with quarters."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    styles = {"Mesa": ("s", "0.55", "--"), "C": ("^", "0.35", ":"), "numba": ("o", "0.0", "-")}
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 4.0), layout="constrained")
    for twin, (marker, colour, line) in styles.items():
        style: dict[str, Any] = {"marker": marker, "color": colour, "linestyle": line, "markersize": 6}
        if twin == "C":
            style |= {"markerfacecolor": "white", "markersize": 9}
        points = found.of(twin, MESA_QUARTERS if twin == "Mesa" else QUARTERS)
        left.loglog(
            [t.agents for t in points],
            [1e3 * t.seconds / t.quarters for t in points],
            label=f"{twin}: slope {found.growth_with_agents[twin]:.2f}",
            **style,
        )
        points = sorted(found.of(twin, firms=10_000), key=lambda t: t.quarters)
        name = f"{twin}: slope {found.growth_with_quarters[twin]:.2f}" if twin != "Mesa" else twin
        right.loglog([t.quarters for t in points], [1e3 * t.seconds for t in points], label=name, **style)
    left.set(
        xlabel="agents (firms and people)", ylabel="CPU time per quarter (ms)", title="Growth with agents"
    )
    right.set(xlabel="quarters", ylabel="CPU time (ms)", title="Growth with quarters, 10,000 firms")
    right.set_xticks(HORIZONS, [str(quarters) for quarters in HORIZONS])
    right.minorticks_off()
    left.set_ylim(top=10 * left.get_ylim()[1])  # room for the legend
    right.set_ylim(top=10 * right.get_ylim()[1])
    for axes in (left, right):
        axes.grid(which="major", color="0.85", linewidth=0.6)
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


# ---------------------------------------------------------------------------------------------------------
# The command
# ---------------------------------------------------------------------------------------------------------


def report_identity(seeds: Sequence[int], quarters: int) -> bool:
    """Print whether C returns numba's bytes."""
    same = True
    for name, flags in (("C", VECTOR_FLAGS), ("C, plain flags", c_core.FLAGS)):
        for seed in seeds:
            differ = differing_arrays(0.01, seed, quarters, flags)
            same &= not differ
            verdict = (
                f"differs: {', '.join(differ)}" if differ else f"same bytes in each of {quarters} quarters"
            )
            print(f"{name:<16} 1,000 firms, seed {seed}: {verdict}")
    return same


def report_agreement(replications: int) -> bool:
    """Print the statistics of numba and Mesa side by side."""
    rows = agreement(replications)
    print(f"\n{'mean over ' + str(replications) + ' replications':<28} {'numba':>16} {'Mesa':>16} {'z':>7}")
    for row in rows:
        print(
            f"{row.name:<28} {row.numba:>16,.3f} {row.mesa:>16,.3f} {row.z:>7.2f}{'' if row.holds else '  !'}"
        )
    holds = all(row.holds for row in rows)
    print(
        f"{'they agree' if holds else 'THEY DISAGREE'}: |z| ≤ {rows[0].limit:.2f} "
        f"(family-wise error rate {ERROR_RATE}, {len(rows)} statistics)"
    )
    return holds


def report(found: Measurement) -> None:
    """Print times, ratios and growth."""
    print(f"\n{'twin':<16} {'firms':>8} {'agents':>8} {'quarters':>8} {'ms':>10} {'M agent-steps/s':>16}")
    for t in found.timings:
        print(
            f"{t.twin:<16} {t.firms:>8,} {t.agents:>8,} {t.quarters:>8} {1e3 * t.seconds:>10,.2f} "
            f"{t.steps_per_second / 1e6:>16,.2f}"
        )

    def line(what: str, aim: str, values: dict[int, float], form: str) -> None:
        print(f"{what:<58} {aim:>8}  " + ", ".join(f"{format(v, form)}× at {n:,}" for n, v in values.items()))

    print()
    line("numba faster than Mesa (do)", "≥ 150×", found.against_mesa, ".0f")
    line("numba faster than Mesa (shuffle_do)", "", found.against_shuffled_mesa, ".0f")
    line("numba's time over C's (gcc, vector flags)", "≤ 1.25×", found.against_c, ".2f")
    line("numba's time over C's (gcc, plain flags)", "≤ 1.25×", found.against_plain_c, ".2f")
    for what, slopes in (("agents", found.growth_with_agents), ("quarters", found.growth_with_quarters)):
        print(
            f"growth of time with {what}, slope of logs: "
            + ", ".join(f"{k} {v:.2f}" for k, v in slopes.items())
        )


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller; no figure")
    quick = parser.parse_args().quick
    same = report_identity(seeds=(1,) if quick else (1, 2, 3), quarters=26 if quick else 104)
    same &= report_agreement(20 if quick else 60)
    found = measure(quick)
    report(found)
    if not quick:
        draw(found, FIGURE)
        print(f"figure: {FIGURE.relative_to(ROOT)}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
