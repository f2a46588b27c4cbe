"""The settings that fit the record, in the reader's words, and the source of their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.show.texts.numbers import plain
from sim.words import Words
from sim.world.parameters import Parameter

if TYPE_CHECKING:
    from sim.analysis.record.ensemble import Ensemble


@dataclass(frozen=True, slots=True)
class EnsembleAccount:
    """The settings that fit the record, and the reader's language.

    Attributes
    ----------
    ensemble
        From `sim.analysis.record.ensemble`.
    evidence
        Name or path of the evidence folder.
    words
        The reader's language.
    """

    ensemble: Ensemble
    evidence: str
    words: Words

    @property
    def source(self) -> str:
        """Where the numbers come from, for the line below."""
        made = self.ensemble.members.made or {}
        scale = float(made.get("scale", "nan"))
        return self.words(
            "ensemble.source",
            evidence=Path(self.evidence).name,
            members=len(self.ensemble.members),
            seed=made.get("seed", "–"),
            weight=plain(1 / scale),
        )

    def parameters(self) -> dict[str, Parameter]:
        """Return the doubtful numbers of the registry by name."""
        return {parameter.name: parameter for parameter in self.ensemble.parameters}
