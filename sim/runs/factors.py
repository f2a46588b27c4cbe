"""Factors: what an experiment varies, the distribution of their values, and what they change in a scenario.

Designs use the unit cube; a factor turns a coordinate into a value with its inverse distribution function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr, ndtri

Value = float | int | str
Role = Literal["uncertainty", "lever"]


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every value from `low` to `high` is as likely as any other."""

    low: float
    high: float

    def at(self, u: float) -> float:
        """The value below which a share `u` lies."""
        return min(self.low + u * (self.high - self.low), self.high)  # rounding may exceed the upper end


@dataclass(frozen=True, slots=True)
class LogUniform:
    """The logarithm is uniform; both ends are above 0."""

    low: float
    high: float

    def at(self, u: float) -> float:
        """The value below which a share `u` lies."""
        return min(float(self.low * (self.high / self.low) ** u), self.high)


@dataclass(frozen=True, slots=True)
class Triangular:
    """Most likely at `mode`, impossible at `low` and `high`."""

    low: float
    mode: float
    high: float

    def at(self, u: float) -> float:
        """The value below which a share `u` lies."""
        width = self.high - self.low
        if width == 0:
            return self.low
        if u * width <= self.mode - self.low:
            return self.low + float((u * width * (self.mode - self.low)) ** 0.5)
        return max(self.high - float(((1.0 - u) * width * (self.high - self.mode)) ** 0.5), self.low)


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal, truncated at `low` and `high`."""

    mean: float
    sd: float
    low: float
    high: float

    def at(self, u: float) -> float:
        """The value below which a share `u` lies."""
        below, most = (float(ndtr((end - self.mean) / self.sd)) for end in (self.low, self.high))
        value = self.mean + self.sd * float(ndtri(below + u * (most - below)))
        return min(max(value, self.low), self.high)  # far out in a tail the inverse overflows


@dataclass(frozen=True, slots=True)
class Choice:
    """A few values, all equally likely."""

    values: tuple[Value, ...]

    @property
    def middle(self) -> float:
        """Where the unit interval is split in two: of an odd number of values the lower part has one more."""
        return (len(self.values) + 1) // 2 / len(self.values)

    def at(self, u: float) -> Value:
        """The value whose part of the unit interval contains `u`."""
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]


Distribution = Uniform | LogUniform | Triangular | Normal | Choice


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that an experiment varies.

    Attributes
    ----------
    name
        A parameter of the registry (``delta``), or the dotted key of a scenario file (``budget``, ``structure``,
        ``difficulty.column``, ``levers.platforms.share_of_budget``).
    role
        Whether it is unknown (uncertainty) or somebody decides it (lever).
    distribution
        Values and their weights.
    unit
        Unit of the values; empty for words.
    group
        Factors of a group move together in designs that use groups; None for a single factor.
    whole
        Whether values are whole numbers; then drawn values are rounded.
    grade
        Grade of the registry's number; empty if it is not in the registry.
    """

    name: str
    role: Role
    distribution: Distribution
    unit: str = ""
    group: str | None = None
    whole: bool = False
    grade: str = ""

    @property
    def middle(self) -> float:
        """Where the unit interval is split into a lower and an upper half: at the median, or between two choices."""
        return self.distribution.middle if isinstance(self.distribution, Choice) else 0.5

    def at(self, u: float) -> Value:
        """The value at a coordinate of the unit interval."""
        value = self.distribution.at(u)
        return round(value) if self.whole and not isinstance(value, str) else value
