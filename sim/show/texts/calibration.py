"""Names for a calibration's variables, series and units, and the source of its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.show.texts.numbers import plain
from sim.words import Pair, Words, name_table, pair

if TYPE_CHECKING:
    from sim.analysis.record.calibration import Calibration
    from sim.analysis.record.estimates import Estimates

#: Names of Table 4's variables in figures and tables, and the meaning of their first and last code.
VARIABLES = name_table("names.variable")
CODES: Mapping[str, Pair] = {
    **dict.fromkeys(VARIABLES, pair("calibration.no_yes")),
    **name_table("names.codes"),
}

#: Recorded series; one that is not here goes by its name in records.csv.
SERIES = name_table("names.series")

UNITS = name_table("names.evidence_unit")
#: How many of the displayed unit make one unit of the evidence, if that is not 1.
FACTORS: Mapping[str, float] = dict.fromkeys(
    (
        *("share", "share per year", "per year", "proportional change", "difference of shares"),
        "proportional gain per doubling of R&D",
    ),
    100.0,
)

MARGINS = name_table("names.margin")
PRIORS = name_table("names.prior")
MOMENTS = name_table("names.moment")
NAIVES = name_table("names.naive")


@dataclass(frozen=True, slots=True)
class CalibrationAccount:
    """A calibration and the reader's language: what its tables, figures and report are made from.

    Attributes
    ----------
    calibration
        From `sim.analysis.record.calibrate`.
    words
        The reader's language.
    """

    calibration: Calibration
    words: Words

    @property
    def source(self) -> str:
        """Where the numbers come from, for the line below a figure."""
        calibration = self.calibration
        return self.words(
            "calibration.source",
            evidence=calibration.evidence,
            digest=calibration.digest[:8],
            firms=plain(calibration.firms),
            replications=calibration.history.replications,
            weight=plain(1 / calibration.history.scale),
        )

    def name(self, names: Mapping[str, Pair], key: str) -> str:
        """Name something; without a name (another province's series, a new margin) the key stands for it."""
        return self.words.pick(names.get(key, (key, key)))

    def unit(self, unit: str) -> str:
        """Name the unit in which numbers of a unit of the evidence are shown."""
        return self.name(UNITS, unit)

    def span(self, low: str, high: str) -> str:
        """Write a range."""
        return self.words("calibration.from_to", low=low, high=high)


@dataclass(frozen=True, slots=True)
class EstimatesAccount:
    """The model beside published estimates, and the reader's language."""

    found: Estimates
    words: Words

    @property
    def source(self) -> str:
        """Where the numbers come from, for the line below."""
        return self.words(
            "calibration.estimates_source",
            evidence=self.found.evidence,
            digest=self.found.digest[:8],
            replications=self.found.replications,
            weight=plain(1 / self.found.scale),
        )


def amounts(values: Sequence[float], unit: str) -> list[str]:
    """Write numbers of one unit with the same decimals: none from a hundred, one from ten, else two."""
    scaled = [FACTORS.get(unit, 1.0) * float(value) for value in values]
    largest = max((abs(value) for value in scaled if math.isfinite(value)), default=0.0)
    return [plain(value, 0 if largest >= 100 else 1 if largest >= 10 else 2) for value in scaled]
