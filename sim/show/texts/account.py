"""What tables, figures and reports are made from: a finding, the reader's words, the source of the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sim.show.texts.names import READING_NAMES
from sim.words import Words
from sim.world.quantities import quarter_text
from sim.world.scenario_record import Scenario

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison
    from sim.runs.results import Results


class Account(Protocol):
    """What every figure and every printed answer needs to know about its finding."""

    @property
    def words(self) -> Words:
        """The reader's words."""
        ...

    @property
    def source(self) -> str:
        """Where the numbers come from, for the line below."""
        ...


@dataclass(frozen=True, slots=True)
class RunAccount:
    """A run with the reader's words."""

    results: Results
    words: Words

    @property
    def source(self) -> str:
        """Where the numbers come from, for the line below."""
        results = self.results
        return _source(
            self.words, results.scenario, results.evidence.digest, results.seed, results.replications
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A comparison with the reader's words and the names of scenarios and readings."""

    comparison: Comparison
    words: Words

    @property
    def source(self) -> str:
        """Where the numbers come from, for the line below."""
        found = self.comparison
        return _source(self.words, found.base, found.evidence.digest, found.seed, found.replications)

    @property
    def scenarios(self) -> list[str]:
        """Short names of the policies and what-ifs compared with the baseline, in the order of the comparison."""
        return [scenario.name for scenario in self.comparison.policies]

    @property
    def policies(self) -> list[str]:
        """Short names of the policies alone, in the same order."""
        return [name for name in self.scenarios if name not in self.comparison.what_ifs]

    def title(self, scenario: str) -> str:
        """Title of a scenario."""
        return self.comparison.titles[scenario][self.words.lang]

    def label(self, scenario: str) -> str:
        """Title of a scenario, marked as a what-if if it is not a policy."""
        title = self.title(scenario)
        is_policy = scenario not in self.comparison.what_ifs
        return title if is_policy else self.words("answer.what_if_named", title=title)

    def reading(self, reading: str) -> str:
        """Name of a reading of the evidence."""
        return self.words.pick(READING_NAMES[reading])

    def ranked(self, reading: str) -> list[str]:
        """Short names of the scenarios that are ranked under a reading; empty where none is."""
        ranking = self.comparison.ranking
        return [str(name) for name in ranking["scenario"][ranking["reading"] == reading]]

    @property
    def basis(self) -> str:
        """What the ranking counts: ``climbs`` or ``climbs_per_yuan``; empty where nothing is ranked."""
        ranking = self.comparison.ranking
        return str(ranking["basis"].iloc[0]) if len(ranking) else ""

    def intervals(self, kind: str = "t") -> str:
        """Say what intervals (``t`` or ``fieller``) cover: chance, sampling error of coefficients, doubt."""
        drawn = "_drawn" if self.comparison.base.coefficients == "drawn" else ""
        return self.words(f"answer.interval_{kind}{self.doubt}{drawn}")

    @property
    def doubt(self) -> str:
        """Ending of the keys of words that differ where every replication has numbers of its own; else empty."""
        return "" if self.comparison.base.doubt == "none" else "_doubt"


def _source(words: Words, scenario: Scenario, digest: str, seed: int, replications: int) -> str:
    return words(
        "answer.source",
        evidence=Path(scenario.evidence).name,
        digest=digest[:8],
        seed=seed,
        replications=replications,
        weight=f"{scenario.weight:,}",
        start=quarter_text(scenario.start),
        end=quarter_text(scenario.end),
    )
