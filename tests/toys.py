"""Subjects with known answers for experiments: they take the same path as the province, without a province."""

from dataclasses import dataclass, field
from functools import partial
from math import pi, sin

import numpy as np

from sim.runs.experiment import Design, Experiment
from sim.runs.factors import Factor, Uniform
from sim.runs.provenance import passport


@dataclass(frozen=True)
class Toy:
    """A function of (values, luck) with one outcome; luck is a standard normal of seed and replication."""

    function: object
    cases: tuple = ("toy",)
    outcomes: tuple = ("y",)
    passport: object = field(default_factory=lambda: passport(()))

    @property
    def digest(self):
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def job(self, case, values):
        return ToyJob(self.function, case, dict(values))


@dataclass(frozen=True)
class ToyJob:
    function: object
    case: str
    values: dict

    def start(self):
        return partial(_once, self)


def _once(job, seed, replication):
    luck = np.random.default_rng([seed, replication]).standard_normal()
    return [job.function(job.values, luck, replication, job.case)]


def ishigami(v, luck, replication, case):
    x, y, z = (pi * (2 * v[name] - 1) for name in ("x1", "x2", "x3"))
    return sin(x) + 7 * sin(y) ** 2 + 0.1 * z**4 * sin(x)


SOBOL_G = (0.0, 1.0, 4.5, 9.0)


def sobol_g(v, luck, replication, case):
    return float(np.prod([(abs(4 * v[f"x{i}"] - 2) + a) / (1 + a) for i, a in enumerate(SOBOL_G)]))


def noisy(v, luck, replication, case):
    """x1 matters, x2 makes luck matter, x3 does nothing."""
    return v["x1"] + (0.5 + v["x2"]) * luck


def every_seventh_fails(v, luck, replication, case):
    if replication % 7 == 6:
        raise RuntimeError(f"replication {replication} is a seventh one")
    return v["x1"] + luck


def sometimes_nothing(v, luck, replication, case):
    return float("nan") if v["x1"] > 0.9 else v["x1"]


def policies(v, luck, replication, case):
    """A baseline and two policies; which is better hangs on x1 alone."""
    effect = {"base": 0.0, "first": 1.0, "second": 2.0 * v["x1"]}[case]
    return 10 + v["x2"] + luck + effect


def slow(v, luck, replication, case):
    import time

    time.sleep(0.02)
    return v["x1"] + luck


def unit(*names, group=None):
    return tuple(Factor(name, "uncertainty", Uniform(0.0, 1.0), group=group) for name in names)


def experiment(factors, design, replications=1, seed=7, **more):
    return Experiment(
        name="toy", title={"zh": "玩具", "en": "Toy"}, factors=factors, design=design, outcomes=("y",),
        replications=replications, seed=seed, **more,
    )  # fmt: skip


def hypercube(rows, replications=1, names=("x1", "x2"), **more):
    return experiment(unit(*names), Design("latin_hypercube", size=rows), replications, **more)
