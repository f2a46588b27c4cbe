"""A caution, which a reader must know before the first number; `sim.show.texts.cautions` puts it into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Caution:
    """A reason why a result may mislead without explanation.

    Attributes
    ----------
    code
        Which sentence of `sim.show.texts.cautions` says it.
    key
        The scenario key or option that it is about; empty if it is about the runs.
    scenario
        The scenario that it is about; empty if it is about all.
    facts
        The sentence's values, in a form that JSON can hold: numbers, text, money (``{"yuan": …}``), a text by
        language (``{"zh": …, "en": …}``), scenarios (``{"names": […]}``), or one of these by scenario (``{"by":
        {name: …}}``).
    """

    code: str
    key: str = ""
    scenario: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return the caution in the form that manifests use."""
        return {"code": self.code, "key": self.key, "scenario": self.scenario, "facts": dict(self.facts)}
