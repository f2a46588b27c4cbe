"""A Ctrl-C that cannot get lost."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """Let a Ctrl-C inside this block end it, even where a library swallows or disguises it.

    Python raises KeyboardInterrupt between any two instructions. Inside a finaliser it is dropped, and a C
    extension that is being imported turns it into ImportError: the block would go on, or fail of a riddle.
    Away from the main thread, and where somebody else handles the signal, nothing is changed.

    Raises
    ------
    KeyboardInterrupt
        At the end of the block at the latest, if the signal came while it ran.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield
        return
    came = False

    def heed(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, heed)
    try:
        yield
    except Exception as error:
        if came:
            raise KeyboardInterrupt from error
        raise
    else:
        if came:
            raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, before)
