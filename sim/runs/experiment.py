"""The frozen `Experiment`, with its question, scenarios and number of runs; and a `Sample` of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sim.runs.caution import Caution
from sim.runs.factors import Choice, Distribution, Factor, Value

Array = NDArray[Any]
Method = Literal["grid", "list", "latin_hypercube", "morris", "sobol", "shapley", "two_stage"]
#: Designs for which `sensitivity` computes indices; the others only explore.
SENSITIVITY_METHODS = ("latin_hypercube", "morris", "sobol", "shapley", "two_stage")


@dataclass(frozen=True, slots=True)
class Design:
    """How the rows are chosen.

    Attributes
    ----------
    method
        ``two_stage`` screens with Morris and passes the surviving factors to Sobol.
    size
        Rows (latin_hypercube), base points of Sobol (a power of two), permutations (shapley), values per factor (grid);
        0 for a list and for Morris.
    trajectories
        Of Morris; 0 for other methods.
    most
        Largest number of base points that Sobol may double to.
    precision
        Largest 95 % half-width wanted for a total index; None if the size is fixed.
    keep
        Two stages: the most factors that survive.
    second_order
        Whether Sobol also estimates interactions of two factors.
    rows
        List: the values of each row, by factor.
    """

    method: Method
    size: int = 0
    trajectories: int = 0
    most: int = 0
    precision: float | None = None
    keep: int = 0
    second_order: bool = False
    rows: tuple[Mapping[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """A complete question: every factor known, every number set.

    Attributes
    ----------
    name, title
        Short name; title by language.
    factors
        What varies, in the order of the file; names unique.
    design
        How the rows are chosen.
    outcomes
        The outcomes studied, see `sim.analysis.outcomes`.
    replications, seed
        Runs of each scenario in each row, with the same luck in all rows; the key of the draws and of the design.
    most_runs, most_hours
        Budget; None if there is no such limit.
    files
        The experiment's file and all files of its scenarios, in the form that manifests use.
    cautions
        What a reader must know before the first number.
    ranked
        Names of the scenarios that may be called best in a row; None means all but the first.
    """

    name: str
    title: Mapping[str, str]
    factors: tuple[Factor, ...]
    design: Design
    outcomes: tuple[str, ...]
    replications: int
    seed: int
    most_runs: int | None = None
    most_hours: float | None = None
    files: tuple[Mapping[str, Any], ...] = ()
    cautions: tuple[Caution, ...] = ()
    ranked: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of a design.

    Attributes
    ----------
    points
        float64[rows, factors], coordinates in the unit cube, in the order of the experiment's factors.
    luck
        int64[rows], the set of replications that a row runs with: 0 for every row of the design; 1 for echoes, rows
        that repeat another with fresh luck, so that the indices show the effect of luck alone (the factor ``dummy``).
    stride
        Number of rows that are only useful together: a base point of Sobol with all that belongs to it, a trajectory of
        Morris; 1 if every row is independent.
    """

    points: Array
    luck: Array
    stride: int = 1

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def plain(cls, points: Array) -> Sample:
        """Make a sample of independent rows, all with the same luck."""
        return cls(points, np.zeros(len(points), np.int64))


def row_values(experiment: Experiment, sample: Sample, row: int) -> dict[str, Value]:
    """The values of a row, by factor; in a list, only those that the row names."""
    if experiment.design.method == "list":
        return dict(experiment.design.rows[row])
    point = sample.points[row]
    return {factor.name: factor.at(float(u)) for factor, u in zip(experiment.factors, point, strict=True)}


#: Distributions by their name in a manifest.
_KINDS = {kind.__name__: kind for kind in get_args(Distribution)}


def plain_experiment(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment in the form that manifests use, each distribution with its kind."""
    plain = asdict(experiment)
    for factor, written in zip(experiment.factors, plain["factors"], strict=True):
        written["distribution"]["kind"] = type(factor.distribution).__name__
    return plain


def experiment_from(plain: Mapping[str, Any]) -> Experiment:
    """Rebuild an experiment from `plain_experiment`, also after a round trip through JSON.

    Raises
    ------
    TypeError, ValueError, LookupError, AttributeError
        If this is not such a record.
    """
    content = dict(plain)
    ranked = content["ranked"]
    return Experiment(
        **content
        | {
            "factors": tuple(_factor_from(factor) for factor in content["factors"]),
            "design": Design(**content["design"] | {"rows": tuple(content["design"]["rows"])}),
            "outcomes": tuple(content["outcomes"]),
            "files": tuple(content["files"]),
            "cautions": tuple(Caution(**caution) for caution in content["cautions"]),
            "ranked": None if ranked is None else tuple(ranked),
        }
    )


def _factor_from(plain: Mapping[str, Any]) -> Factor:
    said = dict(plain["distribution"])
    kind = _KINDS[said.pop("kind")]
    if kind is Choice:
        said["values"] = tuple(said["values"])
    return Factor(**dict(plain) | {"distribution": kind(**said)})
