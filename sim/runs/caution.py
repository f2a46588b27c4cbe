"""One thing that a reader must know before the first number: a record, put into words by `sim.show.texts.cautions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Caution:
    """What makes a result unsafe to read as it stands.

    Attributes
    ----------
    code
        Which sentence of `sim.show.texts.cautions` says it.
    key
        The key of a scenario file, or the option, that it is about; empty where it is about the runs.
    scenario
        The scenario it is about; empty where it is about all.
    facts
        What the sentence needs, plain values that JSON can hold: numbers, text, money (``{"yuan": …}``), a text by
        language (``{"zh": …, "en": …}``), scenarios (``{"names": […]}``), or one of these by scenario (``{"by":
        {name: …}}``).
    """

    code: str
    key: str = ""
    scenario: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Give the caution as a manifest holds it."""
        return {"code": self.code, "key": self.key, "scenario": self.scenario, "facts": dict(self.facts)}
