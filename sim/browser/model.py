"""The province as a Mesa model: a thin face over one run of the kernel, with the same bytes as the command line."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from mesa import DataCollector, Model
from mesa.agent import AgentSet

from sim.browser.agents import Firm, Government, Mirror, Talent
from sim.browser.grid import ProvinceGrid
from sim.runs.counts import real
from sim.runs.results import metric_table
from sim.runs.run import compiled_of, evidence_of
from sim.runs.walk import Walk
from sim.world.compiled import Compiled
from sim.world.levers import LEVER_NAMES
from sim.world.quantities import quarter_text
from sim.world.scenario import load_scenario
from sim.world.scenario_record import Scenario


def metric(name: str) -> Callable[[IndustryModel], int]:
    """Return a reporter for a metric of the command line's tables: ``metric("exits")``."""

    def report(model: IndustryModel) -> int:
        return model.numbers[name]

    return report


def difficulty_share(model: IndustryModel) -> float:
    """Share of firms in transition difficulty; 0 where there are no firms."""
    return model.numbers["difficulty"] / max(model.numbers["firms"], 1)


class IndustryModel(Model):  # type: ignore[misc]
    """One run of a scenario, a quarter a step.

    The kernel's luck is keyed by seed and replication, so a model is the same run as replication k of
    ``upgrading run`` with the same scenario and seed, and two scenarios with the same seed meet the same luck.
    Mesa's own random numbers (``model.random``, for `AgentSet.shuffle` and the like) are seeded with the same
    number and never used by the model itself.

    Agents and grid are made on first use and kept up to date from then on; until then a model costs only its
    kernel.

    Parameters
    ----------
    scenario
        A scenario, or the name or path of one.
    seed
        By default the scenario's own.
    replication
        Which of the scenario's replications.
    compiled
        The compiled scenario, if at hand; it can serve many models.

    Attributes
    ----------
    walk
        The run: its state and all counts.
    scenario, evidence
        The scenario that is run, and its evidence.
    datacollector
        One row of `model_reporters` per quarter, in real firms, people and yuan.
    running
        False once the last quarter is done.
    steps
        Quarters done since 2020Q1.

    Raises
    ------
    InputError
        If there is no such scenario, or it cannot be used.
    """

    # A plain attribute: newer Mesa has a property of this name, for scenarios of its own kind.
    scenario: Scenario = None  # type: ignore[assignment]

    #: What the data collector collects; a subclass may set its own. Agent reporters are slow: none by default.
    model_reporters: ClassVar[dict[str, Any]] = {
        "quarter": "quarter",
        **{
            name: metric(name)
            for name in ("firms", "quality_firms", "difficulty", "climbs", "entries", "exits", "vacancies")
        },
        "difficulty_share": difficulty_share,
        "spent": "spent",
    }
    agent_reporters: ClassVar[dict[str, Any]] = {}
    agenttype_reporters: ClassVar[dict[type, dict[str, Any]]] = {}

    def __init__(
        self,
        scenario: Scenario | str | Path = "baseline",
        *,
        seed: int | None = None,
        replication: int = 0,
        compiled: Compiled | None = None,
    ) -> None:
        given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        key = given.seed if seed is None else seed
        super().__init__(rng=key)  # newer Mesa warns of `seed`
        self._loosen()
        self.scenario = given
        self.evidence = evidence_of(given)
        self.walk = Walk(compiled or compiled_of(given), key, replication)
        self.running = not self.walk.finished
        self._mirror: Mirror | None = None
        self._numbers: tuple[int, dict[str, int]] = (0, {})
        self.datacollector = DataCollector(
            model_reporters=self.model_reporters,
            agent_reporters=self.agent_reporters,
            agenttype_reporters=self.agenttype_reporters,
        )

    def _loosen(self) -> None:
        """Hold weakly the methods that Mesa keeps: in a reference cycle, a run would outlive its last user."""
        for name, value in list(vars(self).items()):
            if getattr(value, "__self__", None) is self:
                setattr(self, name, _weak(value))

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a model is not copied: the same scenario, seed and replication make the same run")

    def step(self) -> None:
        """Advance by one quarter, then collect data.

        Raises
        ------
        ValueError
            After the last quarter (``running`` is False then); the model stays as it is.
        OverflowError
            If a block of agent slots runs out; nothing is ever dropped.
        """
        if self.walk.finished:
            self.steps = self.walk.done  # Mesa has counted this step already
            raise ValueError(f"the scenario ends with {self.quarter}: there is no further quarter")
        self.walk.step()
        if self._mirror is not None:
            self._mirror.update()
        self.running = not self.walk.finished
        self.datacollector.collect(self)

    @property
    def quarter(self) -> str:
        """Name of the last quarter done, such as 2024Q1; 2019Q4 at the start."""
        return quarter_text(self.walk.quarter)

    @property
    def numbers(self) -> dict[str, int]:
        """Every metric of the command line's tables for the province in the last quarter, real firms, people, yuan.

        Raises
        ------
        LookupError
            Before the first step: counting begins with 2020Q1.
        """
        done = self.walk.done
        if not done:
            raise LookupError("no quarter has been counted yet: make a step first")
        if self._numbers[0] != done:
            counts = self.walk.regions[done - 1].sum(axis=0)
            names, _, values = metric_table(real(counts, self.scenario.weight))
            self._numbers = (done, dict(zip(names, values.tolist(), strict=True)))
        return self._numbers[1]

    @property
    def spent(self) -> int:
        """Yuan of the levers' money spent so far, administration included."""
        return int(self.walk.state.province.spent.sum())

    @property
    def spent_by_lever(self) -> dict[str, int]:
        """The same by lever."""
        return dict(zip(LEVER_NAMES, self.walk.state.province.spent.sum(axis=1).tolist(), strict=True))

    @property
    def mirror(self) -> Mirror:
        """The agents by slot; made when first asked for."""
        if self._mirror is None:
            self._mirror = Mirror(self)
            self._mirror.update()
        return self._mirror

    def _look(self) -> None:
        """Make the agents if there are none; cells may call this while they are being made."""
        _ = self.mirror

    @cached_property
    def grid(self) -> ProvinceGrid:
        """The map; made when first asked for."""
        compiled, state = self.walk.compiled, self.walk.state
        return ProvinceGrid(
            self.evidence,
            self.scenario.grid,
            compiled.inputs,
            state.province,
            self.random,
            _weak(self._look),
        )

    @property
    def agents(self) -> AgentSet:
        """All agents, as Mesa has them."""
        self._look()
        return super().agents

    @property
    def agent_types(self) -> list[type]:
        """The types of agents there are."""
        self._look()
        return super().agent_types  # type: ignore[no-any-return]

    @property
    def agents_by_type(self) -> dict[type, AgentSet]:
        """The agents of each type."""
        self._look()
        return super().agents_by_type  # type: ignore[no-any-return]

    @property
    def firms(self) -> AgentSet:
        """The living firms."""
        return self.agents_by_type[Firm]

    @property
    def talents(self) -> AgentSet:
        """The R&D people of the province."""
        return self.agents_by_type[Talent]

    @property
    def governments(self) -> AgentSet:
        """The governments of the regions."""
        return self.agents_by_type[Government]


def _weak(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls a method and does not keep its object alive."""
    reference = weakref.WeakMethod(method)

    def call(*args: Any, **kwargs: Any) -> Any:
        bound = reference()
        if bound is None:
            raise ReferenceError("the model is gone")
        return bound(*args, **kwargs)

    return call
