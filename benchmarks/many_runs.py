"""Twenty thousand small runs through the ledger: memory stays flat, and a run costs little besides itself.

``python benchmarks/many_runs.py`` prints what was measured and draws docs/figures/memory.png.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sim.files.folders import use_kernel_cache  # noqa: E402

use_kernel_cache()  # before anything imports numba

from sim.analysis.studies.designs import draw  # noqa: E402
from sim.analysis.studies.policies import Policies, ProvinceJob  # noqa: E402
from sim.command.progress import memory  # noqa: E402
from sim.runs.batches import Plan, Tally, carry_out  # noqa: E402
from sim.runs.elsewhere import here  # noqa: E402
from sim.runs.experiment import Design, Experiment  # noqa: E402
from sim.runs.factors import Factor, Uniform  # noqa: E402
from sim.runs.ledger import Ledger  # noqa: E402

FIGURE = ROOT / "docs" / "figures" / "memory.png"
RUNS, ROWS, WORKERS = 20_000, 1000, 2
SETTINGS = {"scale": 0.001, "horizon": {"end": "2024Q4"}}


@dataclass(frozen=True, slots=True)
class Measured:
    """What many runs took.

    Attributes
    ----------
    runs
        How many.
    seconds
        By the clock, with two workers.
    inside
        Seconds of all workers inside runs.
    memory
        MB after each batch, with the number of runs done then.
    """

    runs: int
    seconds: float
    inside: float
    memory: list[tuple[int, float]]

    @property
    def overhead(self) -> float:
        """Milliseconds of a worker that a run costs besides itself."""
        return 1e3 * (WORKERS * self.seconds - self.inside) / self.runs

    @property
    def growth(self) -> float:
        """MB by which memory grew from the second tenth of the runs to the last."""
        tenth = len(self.memory) // 10
        parts = (self.memory[tenth : 2 * tenth], self.memory[-tenth:])
        early, late = (sum(held for _, held in part) / len(part) for part in parts)
        return late - early


class Timed(Policies):
    """The province, with a watch on every run."""

    inside: ClassVar[list[float]] = []

    def job(self, case, values):  # noqa: D102
        return TimedJob(super().job(case, values), self.inside)


@dataclass(frozen=True)
class TimedJob:
    """A job whose runs add their seconds to a list."""

    job: ProvinceJob
    inside: list[float]

    def start(self):  # noqa: D102
        once = self.job.start()

        def timed(seed: int, replication: int):
            begun = time.perf_counter()
            found = once(seed, replication)
            self.inside.append(time.perf_counter() - begun)
            return found

        return timed


def measure(runs: int = RUNS) -> Measured:
    """Run them."""
    rows = ROWS * runs // RUNS
    factors = tuple(Factor(name, "uncertainty", Uniform(0.4, 0.9)) for name in ("delta", "eps"))
    asked = Experiment(
        name="many",
        title={},
        factors=factors,
        design=Design("latin_hypercube", size=rows),
        outcomes=("climbs",),
        replications=runs // rows,
        seed=1,
    )
    subject = Timed(("baseline",), SETTINGS, asked.outcomes)
    plan = Plan.of(asked, draw(asked.design, factors, asked.seed), subject)
    subject.job("baseline", {}).start()(1, 0)  # load the kernel
    subject.inside.clear()
    held: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as folder, here(WORKERS) as place:
        ledger = Ledger(Path(folder), plan.identity, asked.outcomes)

        def note(tally: Tally) -> None:
            held.append((tally.done, memory()))

        begun = time.perf_counter()
        carry_out(plan, ledger, place, note)
        seconds = time.perf_counter() - begun
    return Measured(plan.runs, seconds, sum(subject.inside), held)


def draw_memory(measured: Measured, path: Path = FIGURE) -> None:
    """Plot memory against runs done."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 3.0), layout="constrained")
    axes.plot(*zip(*measured.memory, strict=True), color="black", linewidth=1)
    axes.set_ylim(0, 1.3 * max(held for _, held in measured.memory))
    axes.set_xlabel("runs done")
    axes.set_ylabel("memory of the process, MB")
    axes.set_title(f"{measured.runs:,} small runs through the ledger", loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    """Measure, print and draw."""
    measured = measure()
    draw_memory(measured)
    print(
        f"{measured.runs} runs in {measured.seconds:.0f} s with {WORKERS} workers; "
        f"{1e3 * measured.inside / measured.runs:.2f} ms in a run, {measured.overhead:.2f} ms besides; "
        f"memory grew by {measured.growth:.1f} MB to {measured.memory[-1][1]:.0f} MB; {FIGURE.relative_to(ROOT)}"
    )


if __name__ == "__main__":
    main()
