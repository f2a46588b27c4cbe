"""Signals that stop the program: Ctrl-C, SIGTERM and SIGHUP do the same, and none can get lost."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

#: Sent by `kill`, by a job system whose time is over, by a terminal that closes.
STOPS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
#: A terminal that closes sends its signal twice, and job systems send several at once: they are one wish.
ONE_WISH = 2.0  # seconds
STDOUT, STDERR = 1, 2

#: Which signal asked this process to stop, and when. Signals are the process's own, so is this.
_asked: list[tuple[int, float]] = []


@contextmanager
def heeding_stops() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end this block as Ctrl-C does; where they are ignored they stay so."""
    before = {number: signal.getsignal(number) for number in STOPS}
    ours = [number for number, handler in before.items() if handler is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


def exit_code() -> int:
    """128 + number of the signal that asked this process to stop; of Ctrl-C where none of `STOPS` came."""
    return 128 + (_asked[-1][0] if _asked else signal.SIGINT)


def was_stopped() -> bool:
    """Whether one of `STOPS` came."""
    return bool(_asked)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _leave_lost_terminal()
    now = time.monotonic()
    if not _asked or now - _asked[-1][1] > ONE_WISH:
        _asked.append((number, now))
        raise KeyboardInterrupt


def _leave_lost_terminal() -> None:
    """Write into nothing from now on where the terminal is gone: an error of it would cost what is to be kept."""
    for number in (STDOUT, STDERR):
        try:
            os.write(number, b"")
        except OSError:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, number)
            os.close(nothing)


class _Heed:
    """Notes that a signal came before what handled it otherwise does so."""

    def __init__(self, before: Callable[[int, FrameType | None], object]) -> None:
        self.came, self._before = False, before

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        self._before(number, frame)


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """Let a Ctrl-C inside this block end it, even where a library swallows or disguises it. SIGTERM, SIGHUP too.

    Python raises KeyboardInterrupt between any two instructions. Inside a finaliser it is dropped, and a C
    extension that is being imported turns it into ImportError: the block would go on, or fail of a riddle.
    Away from the main thread, and where somebody else handles the signal, nothing is changed. Blocks may lie in one
    another: each ends.

    Raises
    ------
    KeyboardInterrupt
        At the end of the block at the latest, if the signal came while it ran.
    """
    before = signal.getsignal(signal.SIGINT)
    ours = before is signal.default_int_handler or isinstance(before, _Heed)
    if threading.current_thread() is not threading.main_thread() or not ours:
        yield
        return
    assert callable(before)
    heed = _Heed(before)
    earlier = len(_asked)
    signal.signal(signal.SIGINT, heed)
    try:
        yield
    except Exception as error:
        if heed.came or len(_asked) > earlier:
            raise KeyboardInterrupt from error
        raise
    else:
        if heed.came or len(_asked) > earlier:
            raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, before)
