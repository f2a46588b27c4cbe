"""Signals that stop the program: Ctrl-C, SIGTERM and SIGHUP have the same effect, and none gets lost."""

import atexit
import ctypes
import mmap
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

#: Sent by `kill`, by a job system when time is up, by a terminal when it closes.
STOPS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
#: A closing terminal sends its signal twice, and job systems send several at once; within this time they count as one.
ONE_WISH = 2.0  # seconds
STDOUT, STDERR = 1, 2
DIE_WITH_PARENT = 1  # Linux: PR_SET_PDEATHSIG

#: Signals that asked this process to stop, and when. Global, because signals belong to the process.
_asked: list[tuple[int, float]] = []
#: In a process that `carry_on_in_child` made, a byte shared with the one that waits: 1 once the program ends itself.
_ending: mmap.mmap | None = None


@contextmanager
def heeding_stops() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end this block as Ctrl-C does; if they were ignored before, they stay ignored."""
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
    """128 + the number of the signal that asked this process to stop; that of Ctrl-C if none of `STOPS` came."""
    return 128 + (_asked[-1][0] if _asked else signal.SIGINT)


def was_stopped() -> bool:
    """Whether one of `STOPS` was received."""
    return bool(_asked)


def carry_on_in_child() -> int | None:
    """Let a child process carry on and wait for its end, so that this one can say why a library aborted it.

    Signals that stop the program are passed on, and the child does not outlive this process. There must be no other
    threads yet. Where the system cannot do all that, or refuses a child, this process carries on itself.

    Returns
    -------
    int | None
        None in the process that carries on; in the one that waited, the child's exit code, or minus the signal that
        ended it. A library that calls C's `exit` counts as one that aborts: -SIGABRT.
    """
    global _ending
    if sys.platform != "linux":
        return None
    heard = {signal.SIGCHLD, signal.SIGINT, *STOPS}
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if it is ignored, a child's end leaves no code
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    this, ending = os.getpid(), mmap.mmap(-1, 1)
    try:
        child = os.fork()
    except OSError:
        child = 0
    if child == 0:
        if os.getpid() != this:
            ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
            _ending = ending
            atexit.register(note_end)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return None
    while True:
        came = signal.sigwaitinfo(heard)
        if came.si_signo == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code if code < 0 or ending[0] else -signal.SIGABRT
        elif came.si_code <= 0:  # from a process; what the terminal sends reaches the child by itself
            os.kill(child, came.si_signo)


def note_end() -> None:
    """Note that this program ends itself; call it before `os._exit`. Python's own end does."""
    if _ending is not None:
        _ending[0] = 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    _leave_lost_terminal()
    now = time.monotonic()
    if not _asked or now - _asked[-1][1] > ONE_WISH:
        _asked.append((number, now))
        raise KeyboardInterrupt


def _leave_lost_terminal() -> None:
    """Discard output if the terminal is gone: an error in writing to it would prevent results from being kept."""
    for number in (STDOUT, STDERR):
        try:
            os.write(number, b"")
        except OSError:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, number)
            os.close(nothing)


class _Heed:
    """Notes that a signal came, then calls the previous handler."""

    def __init__(self, before: Callable[[int, FrameType | None], object]) -> None:
        self.came, self._before = False, before

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        self._before(number, frame)


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM or SIGHUP end this block, even if a library swallows or disguises it.

    Python raises KeyboardInterrupt between any two instructions. In a finaliser it is dropped, and a C extension that
    is being imported turns it into ImportError: the block would continue, or fail with a puzzling error.
    Outside the main thread, and if other code handles the signal, nothing changes. If blocks are nested, all of them
    end.

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
