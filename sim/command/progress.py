"""Progress of long work: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sim.command.terminal import KILOBYTE, MEGABYTE, notice
from sim.words import Words, name_table

if TYPE_CHECKING:
    from rich.progress import Progress

LINE_EVERY = 10.0  # seconds between progress lines where there is no terminal

#: Parts of a calibration, as `sim.analysis.record.calibrate` names them.
PARTS = name_table("names.part")


def duration(seconds: float) -> str:
    """Write a time as 0:07, 12:30 or 3:05:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Meter:
    """Progress with rate and time left: a bar on a terminal, elsewhere a line now and then, nothing if quiet.

    Called with (done, total, detail); a call with fewer done than before begins another round of runs.

    Parameters
    ----------
    words
        Those of the reader's language.
    quiet
        Say nothing.
    clock
        Gives seconds.
    part
        What is done; by default runs.
    """

    def __init__(
        self,
        words: Words,
        quiet: bool,
        clock: Callable[[], float] = time.monotonic,
        part: str | None = None,
    ) -> None:
        self._words, self._quiet, self._clock, self._part = words, quiet, clock, part
        self._label = part or words("command.runs")
        self._begun = self._first = self._line = clock()
        self._done = self._all = self._start = 0
        self._called = False
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            self._bar = _bar(self._label)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self._called and kind is None and not self._quiet:
            key = "part_took" if self._part else "took"
            passed = duration(self._clock() - self._begun)
            notice(self._words(f"command.{key}", part=self._part, total=self._all, time=passed))

    def __call__(self, done: int, total: int, detail: str = "") -> None:
        """Note how many are done; if the total is unknown (0), the detail says how far it is."""
        now = self._clock()
        if done < self._done or not self._called:
            # Loading and compiling before the first run say nothing about the pace.
            self._first, self._start, self._done = now, done, 0
        self._called = True
        self._all += done - self._done
        self._done = done
        pace = f"{self._pace(done, total, now) if total else ''}  {detail}".strip()
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total or None, pace=pace)
        elif not self._quiet and now - self._line >= LINE_EVERY:
            self._line = now
            notice(f"{self._label} {pace}".rstrip())

    def _pace(self, done: int, total: int, now: float) -> str:
        rate = (done - self._start) / (now - self._first) if now > self._first else 0.0
        if not rate:
            return f"{done}/{total}"
        pace = self._words("command.pace", done=done, total=total, rate=f"{rate:.3g}")
        return f"{pace}  {self._words('command.left', time=duration((total - done) / rate))}"


class Meters:
    """One meter after another; the end of the block ends the last one."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self.meter: Meter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def begin_meter(self, meter: Meter) -> Meter:
        """Begin the next meter, once the one before has ended."""
        self.meter = self._open.enter_context(meter)
        return self.meter

    def end_meter(self) -> None:
        """End the meter, which then reports how long its part took."""
        self._open.close()


class Parts(Meters):
    """Progress of work in named parts, one after the other: a `Meter` for each.

    Called with (part, done, total). A total of 0 means unknown; then the text after a colon in the part's name says
    how far it is.

    Parameters
    ----------
    words, quiet, clock
        As for `Meter`.
    """

    def __init__(self, words: Words, quiet: bool, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._words, self._quiet, self._clock = words, quiet, clock
        self._part: str | None = None

    def __call__(self, part: str, done: int, total: int) -> None:
        """Note how far a part is."""
        key, _, detail = part.partition(": ")
        meter = self.meter
        if meter is None or key != self._part:
            self.end_meter()
            name = self._words.pick(PARTS.get(key, (key, key)))
            self._part = key
            meter = self.begin_meter(Meter(self._words, self._quiet, self._clock, name))
        meter(done, total, detail)


def memory() -> float:
    """Memory that this process holds now, MB; its peak where the system does not report that."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
    except (OSError, ValueError, IndexError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTE


def _bar(label: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn(label), BarColumn(), TextColumn("{task.fields[pace]}"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task(label, total=None, pace="")
    return bar
