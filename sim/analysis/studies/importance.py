"""What each response of a study depends on: its factors by weight, and what each factor rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

from sim.analysis.studies.designs import labels
from sim.analysis.studies.indices import DUMMY, Indices
from sim.analysis.studies.responses import Kind, Response
from sim.analysis.studies.stages import Stage
from sim.analysis.studies.study import Study
from sim.runs.experiment import Method
from sim.runs.factors import Factor

#: The index that ranks factors, by design.
MAIN: Mapping[Method, str] = {
    "morris": "mu_star",
    "sobol": "ST",
    "shapley": "shapley",
    "latin_hypercube": "delta",
}
#: Factors that choose between readings of the evidence; they are not backed by a number.
READING_KEYS = ("structure", "difficulty.causal_reading", "difficulty.column", "difficulty.coefficients")
#: What a factor may rest on other than a grade of the registry; a group whose members differ is mixed.
LEVER, READING, SETTING, MIXED = "lever", "reading", "setting", "mixed"


@dataclass(frozen=True, slots=True)
class Weight:
    """How much depends on one factor, or on a group of factors.

    Attributes
    ----------
    name, basis
        Its name in the indices; what it rests on, see `basis_of`.
    value, low, high
        Its index with the 95 % interval.
    loud
        Whether it exceeds the noise floor.
    """

    name: str
    basis: str
    value: float
    low: float
    high: float
    loud: bool


@dataclass(frozen=True, slots=True)
class Hanging:
    """What one response depends on.

    Attributes
    ----------
    kind, scenario, rival, outcome
        The response.
    index
        The index that ranks factors, see `MAIN`.
    weights
        Largest first, without the dummy; empty if nothing can be said.
    floor
        What luck alone may give: the end of the dummy's interval further from 0; NaN if there is none.
    used, dropped, note
        Blocks, blocks left out, and why nothing can be said, as in `sim.analysis.studies.indices.Indices`.
    """

    kind: Kind
    scenario: str
    rival: str
    outcome: str
    index: str
    weights: tuple[Weight, ...]
    floor: float
    used: int
    dropped: int
    note: str

    @property
    def loud(self) -> tuple[Weight, ...]:
        """Those above the noise floor."""
        return tuple(weight for weight in self.weights if weight.loud)

    @property
    def by_basis(self) -> dict[str, float]:
        """Shares of the sum of all indices above the noise floor, by what they rest on, largest first."""
        total = sum(weight.value for weight in self.loud)
        sums: dict[str, float] = {}
        for weight in self.loud:
            sums[weight.basis] = sums.get(weight.basis, 0.0) + weight.value / total
        return dict(sorted(sums.items(), key=lambda item: -item[1]))


def basis_of(factors: Sequence[Factor]) -> str:
    """Say what a factor, or a group of factors, rests on.

    Returns
    -------
    str
        ``lever`` if somebody decides it, a grade of the registry, ``reading`` for a choice between readings of the
        evidence, ``setting`` for any other key of a scenario, ``mixed`` if the members of a group differ.
    """
    found = {_basis(factor) for factor in factors}
    return found.pop() if len(found) == 1 else MIXED


def _basis(factor: Factor) -> str:
    if factor.role == "lever":
        return LEVER
    return factor.grade or (READING if factor.name in READING_KEYS else SETTING)


def members(stage: Stage) -> dict[str, list[Factor]]:
    """Return the factors behind each name that the indices of a stage use: one, or those of a group."""
    factors = stage.experiment.factors
    alone = stage.experiment.design.method == "latin_hypercube"
    names = [factor.name for factor in factors] if alone else labels(factors)
    return {
        name: [each for each in factors if (each.name if alone else each.group or each.name) == name]
        for name in names
    }


def hangings(study: Study, stage: Stage, outcome: str, index: str = "") -> list[Hanging]:
    """Say what every response to an outcome depends on, in the order of the responses.

    Parameters
    ----------
    index
        The index that ranks factors; by default the design's own, see `MAIN`.
    """
    index = index or MAIN.get(stage.experiment.design.method, "")
    if not len(study.indices) or not index:
        return []
    basis = {name: basis_of(factors) for name, factors in members(stage).items()}
    return [
        _hanging(response, index, found, basis)
        for response, found in zip(stage.responses, stage.indices, strict=True)
        if response.outcome == outcome
    ]


def _hanging(response: Response, index: str, found: Indices, basis: Mapping[str, str]) -> Hanging:
    of_index = found.table[found.table["index"] == index]
    weights = [
        Weight(
            str(row["factor"]),
            basis[str(row["factor"])],
            float(row["value"]),
            float(row["low"]),
            float(row["high"]),
            not row["below_noise"],
        )
        for row in of_index.to_dict("records")
        if row["factor"] != DUMMY
    ]
    dummy = of_index[of_index["factor"] == DUMMY]
    return Hanging(
        kind=response.kind,
        scenario=response.scenario,
        rival=response.rival,
        outcome=response.outcome,
        index=index,
        weights=tuple(sorted(weights, key=lambda weight: -weight.value)),
        floor=float(dummy[["low", "high"]].abs().to_numpy().max()) if len(dummy) else nan,
        used=found.used,
        dropped=found.dropped,
        note=found.note,
    )
