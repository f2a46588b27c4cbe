"""What a visitor's screen shows of a session, and what clicks do to it.

Everything a browser sends is read here, and none of it is trusted.
"""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import solara

from sim.browser import limits
from sim.browser.panel import move, whole
from sim.browser.session import Session
from sim.browser.uploads import MAX_BYTES, read_upload
from sim.errors import InputError, Problem
from sim.runs.machine import no_room
from sim.runs.results import csv_of
from sim.words import Words

SPEEDS = (1, 2, 5, 10)  # quarters a second
FREE = 0  # as fast as possible
CALM = 0.25  # seconds between updates of the reasons while the run plays
MOST_CHANGES = 2**53  # no browser counts further

_numbers = count(1)


def _counter() -> solara.Reactive[int]:
    """A number that changes whenever something must be drawn again."""
    return solara.reactive(0)


@dataclass(frozen=True, slots=True)
class View:
    """One visitor's view; a change of a reactive redraws what depends on it.

    Attributes
    ----------
    frame, calm, settings
        Change with what the map and the paths show; likewise, but rarely while the run plays; with the panel.
    answered
        The number, counted by the browser, of the last change in the panel that was carried out or refused.
    layer
        What the map shows.
    playing, speed
        Whether the run plays, and how many quarters a second.
    problems
        What was wrong with the last request.
    """

    session: Session
    lang: solara.Reactive[str]
    frame: solara.Reactive[int] = field(default_factory=_counter)
    calm: solara.Reactive[int] = field(default_factory=_counter)
    settings: solara.Reactive[int] = field(default_factory=_counter)
    answered: solara.Reactive[int] = field(default_factory=_counter)
    layer: solara.Reactive[str] = field(default_factory=lambda: solara.reactive("level"))
    playing: solara.Reactive[bool] = field(default_factory=lambda: solara.reactive(False))
    speed: solara.Reactive[int] = field(default_factory=lambda: solara.reactive(2))
    problems: solara.Reactive[tuple[Problem, ...]] = field(default_factory=lambda: solara.reactive(()))

    @property
    def words(self) -> Words:
        """The visitor's language."""
        return Words(self.lang.value)

    def drawn(self) -> None:
        """Redraw everything that follows the run."""
        # Two threads may ask at once; each number is used once, so neither request is lost.
        self.calm.value = next(_numbers)
        self.frame.value = next(_numbers)

    def act(self, action: Callable[[], None]) -> None:
        """Do what the visitor asks for; report what is wrong with it, if anything."""
        limits.touch()
        self.problems.value = _problems_of(action)
        self.drawn()

    def change(self, action: Callable[[], None], number: int | None = None) -> None:
        """Do what the visitor asks for in a change of the scenario itself; answer to its number, if it has one."""
        self.act(action)
        if number is not None and 0 < number <= MOST_CHANGES:
            self.answered.value = max(self.answered.value, number)
        self.settings.value = next(_numbers)

    def set_lang(self) -> None:
        """Switch to the other language."""
        limits.touch()
        self.lang.value = "en" if self.lang.value == "zh" else "zh"

    def set_layer(self, layer: str) -> None:
        """Show another layer of the map."""
        limits.touch()
        self.layer.value = layer

    def set_speed(self, speed: int) -> None:
        """Play faster or slower."""
        limits.touch()
        self.speed.value = speed

    def forgive(self) -> None:
        """Remove the message about what was wrong."""
        self.problems.value = ()

    def turn(self) -> None:
        """Play, or pause."""
        limits.touch()
        self.playing.value = not self.playing.value and not self.session.finished

    def step(self) -> None:
        """Stop playing and advance by one quarter."""
        self.playing.value = False
        self.act(self.session.step)

    def reset(self) -> None:
        """Go back to the beginning."""
        self.playing.value = False
        self.act(self.session.reset)

    def pick(self, event: object) -> None:
        """Pick the firm or region that was clicked."""
        what = _fields(event)
        slot, region = whole(what.get("slot")), whole(what.get("region"))
        if slot is not None:
            self.pick_firm(slot)
        elif region is not None:
            self.pick_region(region)

    def pick_firm(self, slot: int) -> None:
        """Pick the firm in a slot; -1 is none."""
        self.act(lambda: self.session.pick_firm(slot))

    def pick_region(self, code: int) -> None:
        """Pick a region; 0 is none."""
        self.act(lambda: self.session.pick_region(code or None))

    def move(self, event: object) -> None:
        """Carry out a change in the panel."""
        what = _fields(event)
        self.change(
            lambda: move(self.session, str(what.get("id")), what.get("value")), whole(what.get("number"))
        )

    def upload(self, event: object) -> None:
        """Play a scenario that the visitor uploads."""
        file = _fields(event)
        try:
            content = base64.b64decode(str(file.get("content")), validate=True)
        except (binascii.Error, ValueError):
            content = b""
        # A file too large to send is refused for its size, like one that was sent.
        content = content or b" " * min(max(whole(file.get("size")) or 0, 0), MAX_BYTES + 1)
        self.playing.value = False
        self.change(
            lambda: self.session.open(
                read_upload(str(file.get("name")), content, most_firms=limits.MOST_FIRMS)
            )
        )

    def csv(self) -> bytes:
        """The quarters done, as a CSV file."""
        return csv_of(self.session.table())

    def play(self, stop: threading.Event) -> None:
        """Step until stopped or at the end."""
        seen = time.monotonic()
        problems: tuple[Problem, ...] = ()
        while not (stop.is_set() or self.session.finished or problems):
            began = time.monotonic()
            problems = _problems_of(lambda: self.session.step(unless=stop.is_set))
            self.frame.value = next(_numbers)
            if began - seen > CALM:
                self.calm.value = next(_numbers)
                seen = began
            if self.speed.value != FREE:
                stop.wait(max(1 / self.speed.value - (time.monotonic() - began), 0))
        if not stop.is_set():
            self.problems.value = problems
            self.playing.value = False
            self.drawn()


def _problems_of(action: Callable[[], object]) -> tuple[Problem, ...]:
    """Do something; return what is wrong with it, if anything is."""
    try:
        action()
    except InputError as error:
        return error.problems
    except OverflowError as error:  # the model's arrays are too small for what this scenario leads to
        return (Problem(no_room(error)),)
    return ()


def _fields(event: object) -> Mapping[str, Any]:
    """What a browser sends along with an event; empty if it is not a mapping."""
    return event if isinstance(event, dict) else {}
