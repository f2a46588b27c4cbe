"""Scenario discovery: in which settings of the doubtful numbers does a policy lead? PRIM finds boxes of them.

Patient rule induction (Friedman & Fisher 1999) peels thin slices off the space of settings so that the policy leads in
ever more of the rest; Bryant & Lempert (2010) read boxes off the way. The peeling is the EMA Workbench's and draws no
random numbers. What is added here, because ensembles have more numbers than PRIM can tell from noise: a screen before;
after it, the removal of insignificant limits and a better place for the others; and a search of permuted leads, which
every box has to beat.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from sim.errors import InputError, Message

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

PERMUTATIONS = 19  # noise alone beats all of them in 1 of 20 cases: an error rate of 5 %
MOST_BOXES = 2  # searched for, one outside the other
MOST_LIMITED = 3  # numbers that a box may limit: more, nobody can keep in mind
ALPHA = 0.05  # every limit's quasi-p-value lies below
SCREENED = 10  # numbers that PRIM sees: each costs time, and more noise to peel at
_PEEL = 0.1  # part of a box that one peel takes; limits are placed more finely afterwards
MASS_MIN = 0.1  # of the members searched: a rarer case is not worth a sentence
LEAST = 20  # members; fewer, and one peel is one member
_ANY = 1e-9  # next to nothing: the density asked of PRIM's last box, without which it forgets the trajectory


@dataclass(frozen=True, slots=True)
class Limit:
    """What a box asks of one number.

    Attributes
    ----------
    name
        The number, a column of the ensemble.
    low, high
        In the number's own unit; None on an open side.
    quasi_p
        Probability of at least as many leads in the box if this limit did nothing (Bryant & Lempert 2010); the larger
        one if both sides are limited. It knows nothing of the search: `Box.noise` does.
    """

    name: str
    low: float | None
    high: float | None
    quasi_p: float


@dataclass(frozen=True, slots=True)
class Step:
    """One box on the way of the peeling, insignificant limits removed.

    Attributes
    ----------
    coverage
        Part of all members in which the policy leads that lie in the box.
    density
        Part of the members in the box in which the policy leads.
    mass
        Part of all members that lie in the box.
    limited
        Numbers that the box limits.
    """

    coverage: float
    density: float
    mass: float
    limited: int


@dataclass(frozen=True, slots=True)
class Box:
    """Settings in which a policy leads more often than elsewhere.

    A second box is searched among the members outside the first: its density is that of those of them that lie in it.
    Coverages and masses of the boxes therefore add up.

    Attributes
    ----------
    limits
        The numbers limited, the most significant first.
    coverage, density, mass
        As in `Step`.
    score
        Part of the leading members searched that lie in the box, less the part of the others (Youden's J): 0 if the
        box says nothing, 1 if it separates them. Unlike an F-score it does not favour a policy that leads anyway.
    noise
        The largest score that the same search finds in permuted leads; below `score`.
    trajectory, chosen
        The boxes on the way from all members to ever fewer, and this one if its limits were moved; its place.
    """

    limits: tuple[Limit, ...]
    coverage: float
    density: float
    mass: float
    score: float
    noise: float
    trajectory: tuple[Step, ...]
    chosen: int


@dataclass(frozen=True, slots=True)
class Discovery:
    """The boxes found, or how far noise would have got.

    Attributes
    ----------
    boxes
        None if nothing better than noise was found.
    members
        Number of members searched.
    share
        Part of the members in which the policy leads.
    score, noise
        Best score of the first search, and the largest of permuted leads, or the first that reaches it; NaN if there
        was nothing to search for.
    """

    boxes: tuple[Box, ...]
    members: int
    share: float
    score: float
    noise: float

    @property
    def searched(self) -> bool:
        """Whether there was anything to search for: the policy leads in some members, not in all."""
        return bool(np.isfinite(self.score))


def discover(
    numbers: pd.DataFrame,
    leads: Mask,
    *,
    seed: int,
    most_boxes: int = MOST_BOXES,
    progress: Callable[[int, int], None] | None = None,
) -> Discovery:
    """Find boxes of settings in which a policy leads.

    A search screens the numbers, peels with PRIM, removes insignificant limits from every box of the trajectory, and
    moves the limits left to where the score (see `Box`) is largest. Of these boxes it takes the one that scores best.
    A box limits at most three numbers, each limit with a quasi-p-value below 0.05. It counts if its score is above
    that of the same search in each of 19 permutations of `leads`; the first that reaches the score ends the search.

    Parameters
    ----------
    numbers
        Float [members × numbers], a column for each number, in its own unit. Columns that do not vary are left out.
    leads
        bool [members]: whether the policy leads.
    seed
        Of the permutations. The search itself draws nothing, so that the same input gives the same result.
    most_boxes
        Boxes to search for; each search after the first leaves out the members of earlier boxes.
    progress
        Called with the number of searches that are done and the largest number that there may be; in the end they are
        equal, because searches that turn out not to be needed count as done.

    Raises
    ------
    InputError
        If the EMA Workbench is not installed.
    ValueError
        If shapes do not fit, or a number is not finite.

    References
    ----------
    J. Friedman & N. Fisher 1999, Statistics and Computing 9, 123-143; B. Bryant & R. Lempert 2010, Technological
    Forecasting and Social Change 77, 34-49.
    """
    values = numbers.to_numpy(dtype=float)
    wins = np.asarray(leads, dtype=bool)
    if wins.shape != (len(values),):
        raise ValueError(f"leads {wins.shape} do not fit numbers {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("a number of the ensemble is not finite")
    prim = workbench()
    tick = _Searches(most_boxes * (1 + PERMUTATIONS), progress)
    rng = np.random.default_rng(seed)
    inside: Mask = np.ones(len(wins), dtype=bool)
    boxes: list[Box] = []
    first = float("nan"), float("nan")
    while len(boxes) < most_boxes and inside.sum() >= LEAST and 0 < wins[inside].mean() < 1:
        x, y = values[inside], wins[inside]
        found = _search(prim, x, y)
        tick.one()
        noise = _noise(prim, (x, y), rng, found.score, tick)
        if not boxes:
            first = found.score, noise
        if found.score <= noise:
            break
        boxes.append(_box(found, noise, [str(name) for name in numbers.columns], (x, y), wins))
        inside[np.flatnonzero(inside)[_within(x, found.cuts)]] = False
    tick.end()
    share = float(wins.mean()) if len(wins) else float("nan")
    return Discovery(tuple(boxes), len(wins), share, *first)


class _Searches:
    """Counts searches for whoever wants to know."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def one(self) -> None:
        self._tell(self._done + 1)

    def end(self) -> None:
        self._tell(self._total)

    def _tell(self, done: int) -> None:
        self._done = done
        if self._progress is not None:
            self._progress(done, self._total)


def _noise(
    prim: Any, searched: tuple[Floats, Mask], rng: np.random.Generator, score: float, tick: _Searches
) -> float:
    """Return the largest score in permuted leads; the first that reaches the score to beat decides, and ends it."""
    x, y = searched
    largest = 0.0
    for _ in range(PERMUTATIONS):
        largest = max(largest, _search(prim, x, rng.permutation(y)).score)
        tick.one()
        if largest >= score:
            break
    return largest


# --- one search -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cut:
    """One side of a box: the column, the limit, and whether members lie above it."""

    column: int
    limit: float
    above: bool

    def holds(self, x: Floats) -> Mask:
        """Whether each member lies on this side; bool [members]."""
        held: Mask = x[:, self.column] >= self.limit if self.above else x[:, self.column] <= self.limit
        return held


@dataclass(frozen=True, slots=True)
class _Found:
    """The trajectory of a search as cuts of each box, the place of the best box and its score."""

    trajectory: tuple[tuple[_Cut, ...], ...]
    chosen: int
    score: float

    @property
    def cuts(self) -> tuple[_Cut, ...]:
        return self.trajectory[self.chosen]


def _search(prim: Any, x: Floats, y: Mask) -> _Found:
    """Peel along the numbers that the screen leaves; clear each box on the way, place its limits, take the best."""
    columns = _screened(x, y)
    trajectory: list[tuple[_Cut, ...]] = [()]
    if columns:
        trajectory = list(dict.fromkeys(_significant(x, y, cuts) for cuts in _peeled(prim, x, y, columns)))
    placed = (_significant(x, y, _placed(x, y, cuts)) for cuts in trajectory)
    best = max(placed, key=lambda cuts: _score(y, _within(x, cuts)))
    if best not in trajectory:
        trajectory.append(best)
    return _Found(tuple(trajectory), trajectory.index(best), _score(y, _within(x, best)))


def _screened(x: Floats, y: Mask) -> list[int]:
    """Choose the columns whose distribution differs most between leading and other members.

    By Kuiper's statistic (1960): it sees a shift, and leads in the middle or at both ends of a range just as well.
    """
    order = np.argsort(x, axis=0, kind="stable")
    ranked = np.take_along_axis(x, order, axis=0)
    apart = np.cumsum(np.where(y[order], 1 / y.sum(), -1 / (~y).sum()), axis=0)
    # Equal values have no order: only after the last of them the distributions are known.
    apart[:-1][ranked[:-1] == ranked[1:]] = 0.0
    statistic = np.maximum(apart.max(axis=0), 0.0) - np.minimum(apart.min(axis=0), 0.0)
    varying = np.flatnonzero(np.ptp(x, axis=0) > 0)
    best = varying[np.argsort(-statistic[varying], kind="stable")][:SCREENED]
    return sorted(int(column) for column in best)


def _peeled(prim: Any, x: Floats, y: Mask, columns: Sequence[int]) -> Iterator[list[_Cut]]:
    """Peel and paste along some columns; yield the limits of each box on the way."""
    names = [f"n{column}" for column in columns]
    frame = pd.DataFrame(x[:, columns], columns=names)
    with _quiet(), _without_its_quasi_p(prim.PrimBox):
        box = prim.Prim(frame, y.astype(int), _ANY, peel_alpha=_PEEL, mass_min=MASS_MIN).find_box()
    first, last = x[:, columns].min(axis=0), x[:, columns].max(axis=0)
    for limits in box.box_lims:
        low, high = limits[names].to_numpy(dtype=float)
        cuts = [_Cut(column, float(low[k]), True) for k, column in enumerate(columns) if low[k] > first[k]]
        cuts += [_Cut(column, float(high[k]), False) for k, column in enumerate(columns) if high[k] < last[k]]
        yield cuts


def _significant(x: Floats, y: Mask, cuts: Sequence[_Cut]) -> tuple[_Cut, ...]:
    """Remove the weakest limit as long as it is not significant or too many numbers are limited."""
    kept = list(cuts)
    while kept:
        chances = _quasi_p(x, y, kept)
        weakest = int(np.argmax(chances))
        if chances[weakest] < ALPHA and len({cut.column for cut in kept}) <= MOST_LIMITED:
            break
        del kept[weakest]
    return tuple(kept)


def _placed(x: Floats, y: Mask, cuts: Sequence[_Cut]) -> list[_Cut]:
    """Move each limit to where the score is largest, in turn, until none moves.

    A peel takes a slice of a fixed size along one number at a time, so PRIM's limits are rough.
    """
    placed = list(cuts)
    weight = np.where(y, 1 / y.sum(), -1 / (~y).sum())
    score = _score(y, _within(x, placed))
    while True:
        for k, cut in enumerate(placed):
            placed[k] = _best_limit(x, weight, cut, _within(x, placed[:k] + placed[k + 1 :]))
        better = _score(y, _within(x, placed))
        if better <= score + _ANY:
            return placed
        score = better


def _best_limit(x: Floats, weight: Floats, cut: _Cut, beside: Mask) -> _Cut:
    """Place one limit half-way between the values of two members, given those that the other limits leave."""
    values = x[beside, cut.column]
    order = np.argsort(-values if cut.above else values, kind="stable")
    ranked, gained = values[order], np.cumsum(weight[beside][order])
    between = np.flatnonzero(ranked[:-1] != ranked[1:])  # after these, counted from the inner end of the box
    between = between[between + 1 >= MASS_MIN * len(x)]
    if not len(between):
        return cut
    best = int(between[np.argmax(gained[between])])
    found = _Cut(cut.column, float(ranked[best] + ranked[best + 1]) / 2, cut.above)
    now = weight[beside & cut.holds(x)].sum()
    return found if gained[best] > now + _ANY else cut


def _quasi_p(x: Floats, y: Mask, cuts: Sequence[_Cut]) -> Floats:
    """Return for each limit the probability of as many leads in the box at the density without that limit."""
    held = np.stack([cut.holds(x) for cut in cuts])
    inside = held.all(axis=0)
    without = held.sum(axis=0) - held >= len(cuts) - 1
    density = (without & y).sum(axis=1) / without.sum(axis=1)
    chances: Floats = binom.sf((inside & y).sum() - 1, inside.sum(), density)
    return chances


def _within(x: Floats, cuts: Sequence[_Cut]) -> Mask:
    inside: Mask = np.ones(len(x), dtype=bool)
    for cut in cuts:
        inside &= cut.holds(x)
    return inside


def _score(y: Mask, inside: Mask) -> float:
    return float(inside[y].mean() - inside[~y].mean())


def _box(found: _Found, noise: float, names: Sequence[str], searched: tuple[Floats, Mask], wins: Mask) -> Box:
    """Describe the box of a search; its parts are of all members and leads, also those outside the search."""
    x, y = searched
    steps = []
    for cuts in found.trajectory:
        inside = _within(x, cuts)
        leading = int((inside & y).sum())
        steps.append(
            Step(
                coverage=leading / int(wins.sum()),
                density=leading / int(inside.sum()),
                mass=int(inside.sum()) / len(wins),
                limited=len({cut.column for cut in cuts}),
            )
        )
    chances = dict(zip(found.cuts, _quasi_p(x, y, found.cuts).tolist(), strict=True))
    limits = []
    for column in sorted({cut.column for cut in found.cuts}):
        sides = [cut for cut in found.cuts if cut.column == column]
        low = next((cut.limit for cut in sides if cut.above), None)
        high = next((cut.limit for cut in sides if not cut.above), None)
        limits.append(Limit(names[column], low, high, max(chances[cut] for cut in sides)))
    limits.sort(key=lambda limit: limit.quasi_p)
    best = steps[found.chosen]
    return Box(
        tuple(limits),
        best.coverage,
        best.density,
        best.mass,
        found.score,
        noise,
        tuple(steps),
        found.chosen,
    )


# --- the library ----------------------------------------------------------------------------------------------


def workbench() -> Any:
    """Import PRIM of the EMA Workbench, which takes seconds and belongs to an extra.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        # It sets seaborn's palette when it is imported; the user's figures keep theirs.
        with _quiet(), mpl.rc_context():
            return importlib.import_module("ema_workbench.analysis.prim")
    except ImportError:
        raise InputError(Message("errors_analysis.discover_missing")) from None


@contextmanager
def _without_its_quasi_p(kind: Any) -> Iterator[None]:
    """Spare the library a third of its time: its boxes need not know quasi-p-values, which `_quasi_p` computes.

    The peeling does not read them. A version of the library that computes them elsewhere is as right, and slower.
    """
    name = "_calculate_quasi_p"
    own = getattr(kind, name, None)
    if own is None:
        yield
        return
    setattr(kind, name, lambda *_: {})
    try:
        yield
    finally:
        setattr(kind, name, own)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's warnings and its log from the reader."""
    logger = logging.getLogger("EMA")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
