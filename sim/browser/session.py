"""What one visitor has: a scenario to change, its run beside the baseline's, and what is picked.

At every quarter the session shows exactly what `upgrading run` gives with `yaml_text` and one replication. After a
change the run is therefore played again from the beginning to the same quarter, with the same luck.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from sim.analysis.comparison.cautions import cautions_of
from sim.analysis.comparison.comparable import judge
from sim.browser.model import IndustryModel
from sim.browser.moves import without_levers
from sim.browser.why import FirmStory, RegionStory, firm_story, region_story
from sim.files.names import bundled_scenario, scenario_names
from sim.model.outputs import METRIC_INDEX
from sim.model.state import ALIVE
from sim.runs.caution import Caution
from sim.runs.counts import quarter_names, real, reported
from sim.runs.results import tidy
from sim.words import bilingual
from sim.world.scenario import Scenario, load_scenario, read_document
from sim.world.written import document as written
from sim.world.written import yaml_text

REPLICATION = 0
#: A scenario's names and luck, which do not count as settings.
_NO_SETTINGS = ("name", "title", "description", "seed")

T = TypeVar("T")


class Session:
    """A scenario and its baseline, played side by side.

    Methods may be called from several threads; each sees and leaves a complete quarter.

    Parameters
    ----------
    scenario
        What to begin with.

    Attributes
    ----------
    document
        The scenario as it would be written to a file.
    scenario, policy
        The scenario, and its run.
    baseline
        The run of the same scenario without its levers: same seed, same luck.
    firm
        The id of the picked firm, or None.
    code
        The official code of the picked region, or of the picked firm's; or None.
    own_shares
        The own causal shares that the scenario was opened with, or None.
    set_aside
        Levers that were switched off, as they were in the document.
    """

    document: dict[str, Any]
    scenario: Scenario
    policy: IndustryModel
    baseline: IndustryModel

    def __init__(self, scenario: Scenario) -> None:
        self._lock = threading.RLock()
        self._base: Scenario | None = None
        self.open(scenario)

    def open(self, scenario: Scenario, done: int = 0) -> None:
        """Begin again with a scenario, and play this many of its quarters."""
        with self._lock:
            document = written(scenario)
            self._play(document, scenario, done)
            self._opened = scenario
            shares = document["difficulty"]["causal_reading"]
            self.own_shares: Mapping[str, float] | None = shares if isinstance(shares, Mapping) else None
            self.set_aside: dict[str, dict[str, Any]] = {}
            self.firm: tuple[int, int] | None = None
            self.code: int | None = None

    def change(self, document: Mapping[str, Any]) -> None:
        """Play a changed scenario to the same quarter, or to its end if that comes first.

        Raises
        ------
        InputError
            With every mistake of the document; the session stays as it was.
        """
        with self._lock:
            self._play(dict(document), read_document(document), done=self.done)

    def step(self, unless: Callable[[], bool] = lambda: False) -> None:
        """Advance by one quarter, unless something else was done meanwhile; do nothing at the end."""
        with self._lock:
            if not self.finished and not unless():
                self.policy.step()
                self.baseline.step()

    def reset(self) -> None:
        """Go back to the beginning."""
        with self._lock:
            self._play(self.document, self.scenario, done=0)

    @property
    def changed(self) -> bool:
        """Whether the scenario differs from the one that was opened."""
        return self.scenario.digest != self._opened.digest

    @property
    def changed_settings(self) -> tuple[str, ...]:
        """Settings that differ from the bundled scenario of this name or, if there is none, from the one opened."""
        name = self.scenario.name
        named_so = load_scenario(bundled_scenario(name)) if name in scenario_names() else self._opened
        return tuple(_differences(written(named_so), written(self.scenario)))

    @property
    def file_name(self) -> str:
        """File name for this run, without its ending: scenario, seed, and whether settings were changed."""
        changed = "-changed" if self.changed_settings else ""
        return f"{self.scenario.name}-seed{self.scenario.seed}{changed}"

    @property
    def finished(self) -> bool:
        """Whether the last quarter is done."""
        return self.policy.walk.finished

    @property
    def done(self) -> int:
        """Quarters done since 2020Q1."""
        return self.policy.walk.done

    @property
    def slot(self) -> int | None:
        """The picked firm's slot; None if none is picked, or it does not exist on this path now."""
        if self.firm is None:
            return None
        f = self.policy.walk.state.firms
        found = np.flatnonzero((f.alive == ALIVE) & (f.id0 == self.firm[0]) & (f.id1 == self.firm[1]))
        return int(found[0]) if len(found) else None

    @property
    def lost(self) -> bool:
        """Whether the picked firm does not exist on this path now."""
        return self.firm is not None and self.slot is None

    def firms(self) -> list[tuple[int, int, int, int]]:
        """List slot, industry, level and staff of the firms of the picked region, the largest first."""
        with self._lock:
            if self.code is None:
                return []
            f, inputs = self.policy.walk.state.firms, self.policy.walk.compiled.inputs
            r = self._codes.index(self.code)
            here = range(int(inputs.firm_start[r]), int(inputs.firm_start[r + 1]))
            listed = [
                (i, int(f.industry[i]), int(f.level[i]), int(f.staff[i])) for i in here if f.alive[i] == ALIVE
            ]
            return sorted(listed, key=lambda firm: (-firm[3], firm[0]))

    @property
    def _codes(self) -> list[int]:
        return [region.code for region in self.policy.evidence.regions]

    def pick_firm(self, slot: int) -> None:
        """Pick the firm in a slot if there is a living one, else its region."""
        with self._lock:
            f = self.policy.walk.state.firms
            self.firm = None
            if 0 <= slot < len(f.alive) and f.alive[slot] == ALIVE:
                self.firm = int(f.id0[slot]), int(f.id1[slot])
                self.code = self._codes[int(self.policy.walk.compiled.inputs.slot_region[slot])]

    def pick_region(self, code: int | None) -> None:
        """Pick a region, or none."""
        with self._lock:
            if code is None or code in self._codes:
                self.firm, self.code = None, code

    def look(self, at: Callable[[Session], T]) -> T:
        """Read the session while nobody changes it."""
        with self._lock:
            return at(self)

    def story(self) -> FirmStory | RegionStory | None:
        """Explain where the picked firm or region stands; None if nothing is picked or no quarter is done."""
        with self._lock:
            if (slot := self.slot) is not None:
                return firm_story(self.policy.walk, self.policy.evidence, slot)
            if self.code is not None and self.firm is None and self.done:
                return region_story(self.policy.walk, self.policy.evidence, self.code)
            return None

    def baseline_story(self) -> RegionStory | None:
        """Tell how the picked region stands without the levers; None if none is picked or no quarter is done."""
        with self._lock:
            if self.code is None or self.firm is not None or not self.done:
                return None
            return region_story(self.baseline.walk, self.baseline.evidence, self.code)

    def table(self) -> pd.DataFrame:
        """Give the quarters done as the table ``quarters`` of `upgrading run`, with the baseline below.

        Returns
        -------
        pandas.DataFrame
            run (``policy`` or ``baseline``), scenario, seed, changed (`changed_settings`, between blanks), replication,
            quarter, metric, value, unit. Tables of several visitors can be concatenated.
        """
        with self._lock:
            frames = []
            seed, changed = self.scenario.seed, " ".join(self.changed_settings)
            for run, model in (("policy", self.policy), ("baseline", self.baseline)):
                frame = quarters_table(model.scenario, model.walk.regions, model.walk.done)
                frames.append(frame)
                frame.insert(0, "run", run)
                frame.insert(2, "seed", seed)
                frame.insert(3, "changed", changed)
            return pd.concat(frames, ignore_index=True)

    def cautions(self) -> tuple[Caution, ...]:
        """What a reader must know before comparing the curves, as `upgrading compare` would say it."""
        with self._lock:
            if self.finished not in self._said:
                scenario = self.scenario
                judged = judge(self.baseline.scenario, [scenario] if scenario.levers else []).cautions
                reached = cautions_of(scenario, self._spent() if self.finished else None)
                self._said[self.finished] = (Caution("one_run"), *judged, *reached)
            return self._said[self.finished]

    def _spent(self) -> dict[str, float]:
        """Yuan spent so far by lever."""
        money = self.policy.walk.regions.sum(axis=(0, 1))
        return {use.name: float(money[METRIC_INDEX[f"spent_{use.name}"]]) for use in self.scenario.levers}

    def yaml(self) -> str:
        """Give the scenario as a file that the command line accepts; a comment lists what was changed."""
        changed = self.changed_settings
        said = bilingual("page.file_changed" if changed else "page.file_unchanged")
        said += f": {', '.join(changed)}" if changed else ""
        first, rest = yaml_text(self.document).split("\n", 1)
        return f"{first}\n# {bilingual('page.file_seed')}: {self.scenario.seed}; {said}\n{rest}"

    def _play(self, document: dict[str, Any], scenario: Scenario, done: int) -> None:
        """Run scenario and baseline from quarter zero; nothing is kept if one of them fails."""
        policy = _played(scenario, done)
        base = read_document(without_levers(document))
        # Levers do not change the baseline.
        if self._base != base or self.baseline.walk.done != policy.walk.done:
            self.baseline = _played(base, done)
        self.document, self.scenario, self.policy, self._base = document, scenario, policy, base
        self._said: dict[bool, tuple[Caution, ...]] = {}  # before the end, and at it


def _played(scenario: Scenario, done: int) -> IndustryModel:
    """Run a scenario from quarter zero for this many quarters or to its end."""
    model = IndustryModel(scenario, replication=REPLICATION)
    while model.running and model.walk.done < done:
        model.step()
    return model


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Name what differs between two documents: ``structure``, ``levers.talent_pool``."""
    for key in dict.fromkeys((*one, *other)):
        here, there = one.get(key), other.get(key)
        if key in _NO_SETTINGS or here == there:
            continue
        if isinstance(here, Mapping) or isinstance(there, Mapping):
            here, there = here or {}, there or {}
            yield from (f"{key}.{part}" for part in {**here, **there} if here.get(part) != there.get(part))
        else:
            yield key


def quarters_table(scenario: Scenario, regions: np.ndarray, done: int) -> pd.DataFrame:
    """Arrange the reported quarters done as the table ``quarters`` of `upgrading run`."""
    window = reported(scenario)
    whole = tidy(scenario, real(regions[None, window], scenario.weight).sum(axis=2), {})
    kept = quarter_names(scenario)[: max(done - window.start, 0)]
    return whole[whole["quarter"].isin(kept)].reset_index(drop=True)
