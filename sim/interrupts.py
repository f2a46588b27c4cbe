"""A Ctrl-C that cannot get lost."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class _Heed:
    """Notes that a signal came before what handled it otherwise does so."""

    def __init__(self, before: Callable[[int, FrameType | None], object]) -> None:
        self.came, self._before = False, before

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        self._before(number, frame)


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """Let a Ctrl-C inside this block end it, even where a library swallows or disguises it.

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
    signal.signal(signal.SIGINT, heed)
    try:
        yield
    except Exception as error:
        if heed.came:
            raise KeyboardInterrupt from error
        raise
    else:
        if heed.came:
            raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, before)
