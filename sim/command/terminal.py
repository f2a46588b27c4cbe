"""What commands say while they work, in two languages: progress, notices, mistakes, the end."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import InputError, Message, system_reason
from sim.interrupts import carry_on_in_child, exit_code, heeding_stops, note_end, was_stopped
from sim.runs.executor import default_workers
from sim.runs.machine import (  # now: once memory has run out, nothing more can be imported
    no_room,
    out_of_memory,
)
from sim.words import Words

if TYPE_CHECKING:
    from rich.console import Console

FAILED = 1
WRONG_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT; `leave` replaces it by that of the signal received
WIDE = 130  # columns
KILOBYTE, MEGABYTE = 1e3, 1e6
#: MB that a command needs, and MB more for each processor, by the shell command that sets the limit.
#: Measured: on two processors runs succeed from about 1,500 of address space and 600 of data on.
LEAST_MEMORY = {"ulimit -v": ("RLIMIT_AS", 1300, 100), "ulimit -d": ("RLIMIT_DATA", 400, 100)}
#: Signals with which libraries end a process that is refused memory.
ABORTS = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS)
MOST_PROBLEMS = 20  # mistakes printed at most; a broken file may hold thousands


#: Words for messages at the top level: the locale's until ``--lang`` is read.
reader: ContextVar[Words] = ContextVar("reader", default=Words("en"))  # noqa: B039  never changed


def default_language(environment: Mapping[str, str] = os.environ) -> str:
    """Language of the user's locale: ``zh`` or, for all others, ``en``."""
    given = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, given), "").lower().startswith("zh") else "en"


def notice(line: str) -> None:
    """Say something about the work itself, on stderr: stdout holds only what was asked for."""
    with suppress(OSError):  # a message that cannot be printed costs no result
        print(line, file=sys.stderr, flush=True)


def console() -> Console:
    """Where tables are printed; wide enough where stdout is a file or a pipe, which has no width."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=WIDE)


def say_where(folder: Path, figures: Sequence[Path], words: Words) -> None:
    """Name the folder of the results and the figures in it."""
    print(f"\n{words('command.written', folder=folder)}")
    if figures:
        names = " ".join(dict.fromkeys(figure.stem for figure in figures))
        print(words("command.figures", names=names))


def announce_compilation(words: Words, quiet: bool) -> bool:
    """Let numba use the kernel cache; if the model is not compiled yet, say that the first run will take a minute.

    Returns
    -------
    bool
        Whether the model must be compiled.
    """
    from sim.files.folders import kernel_cache_trouble, kernels_kept

    if kernels_kept():
        return False
    if not quiet:
        trouble = kernel_cache_trouble()
        key = "command.compiling_unkept" if trouble else "command.compiling"
        notice(Message(key, why=trouble).text(words))
    return True


@dataclass(slots=True)
class Command:
    """A command at work.

    Attributes
    ----------
    written
        Where its results are, once they are complete; nothing that happens later can cost them.
    """

    written: Path | None = None


@contextmanager
def stoppable(words: Words) -> Iterator[Command]:
    """End the program at once on Ctrl-C, without waiting for threads in the middle of a run.

    If the results are written but the answer cannot be printed (a full disk, a closed pipe), say where they are.
    """
    command = Command()
    try:
        yield command
        sys.stdout.flush()
    except KeyboardInterrupt:
        key = "stopped" if command.written is None else "written"
        notice("\n" + words(f"command.{key}", folder=command.written))
        leave(INTERRUPTED)
    except (OSError, SystemExit) as error:
        if command.written is None or getattr(error, "filename", None):
            raise
        # A library that prints ends the program by itself when nobody reads any more.
        reason = system_reason(error if isinstance(error, OSError) else BrokenPipeError(errno.EPIPE, ""))
        notice(Message("command.unsaid", reason=reason, folder=command.written).text(words))
        leave(FAILED)


def leave(code: int) -> None:
    """End the program without waiting for its threads; all output is already written."""
    code = exit_code() if code == INTERRUPTED else code
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or FAILED
    note_end()
    os._exit(code)


def first_problems(error: InputError, words: Words) -> str:
    """Print the first mistakes, as many as a person can read, and how many more there are."""
    shown, more = error.problems[:MOST_PROBLEMS], len(error.problems) - MOST_PROBLEMS
    rest = [words("command.more_problems", more=more)] if more > 0 else []
    return "\n".join([*(problem.text(words) for problem in shown), *rest])


@contextmanager
def for_people() -> Iterator[None]:
    """Turn wrong input, or what the machine refused, into a message instead of a traceback."""
    reader.set(Words(default_language()))
    _open_streams()
    _check_memory()
    try:
        _check_names()
        with heeding_stops():
            yield
            sys.stdout.flush()
    except InputError as error:
        notice(first_problems(error, reader.get()))
        sys.exit(WRONG_INPUT)
    except OverflowError as error:
        words = reader.get()
        notice(words("command.model_stopped", why=no_room(error).text(words)))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        leave(INTERRUPTED)
    except SystemExit:
        if was_stopped():  # while reading options, where the library would say "Aborted!"
            leave(INTERRUPTED)
        _flush_or_leave()
        raise
    except Exception as error:
        words = reader.get()
        if out_of_memory(error):
            notice(words("command.no_memory"))
        elif isinstance(error, OSError) and error.filename:
            notice(Message("command.machine", file=error.filename, reason=system_reason(error)).text(words))
        elif isinstance(error, OSError):
            notice(Message("command.unprinted", reason=system_reason(error)).text(words))
        else:
            raise
        leave(FAILED)


def _open_streams() -> None:
    """Make sure that output can be written, whatever streams and encoding the shell gave."""
    if sys.stdout is None:  # closed by >&-
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  for as long as the program runs
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    # A terminal that cannot show a character shows a question mark instead of ending the program.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _flush_or_leave() -> None:
    """Report in one sentence that the output did not arrive, instead of ending in a traceback."""
    try:
        sys.stdout.flush()
    except OSError as error:
        notice(Message("command.unprinted", reason=system_reason(error)).text(reader.get()))
        leave(FAILED)


def _memory_limits() -> dict[str, tuple[int, int]]:
    """Limits set for the memory of this process: bytes allowed and MB needed, by the shell command that sets them.

    The need grows with the number of processors: the libraries start threads for each of them.
    """
    try:
        import resource
    except ImportError:  # a system without such limits
        return {}
    cores = default_workers()
    limits = {
        limit: (resource.getrlimit(getattr(resource, name))[0], base + each * cores)
        for limit, (name, base, each) in LEAST_MEMORY.items()
    }
    return {limit: pair for limit, pair in limits.items() if pair[0] != resource.RLIM_INFINITY}


def _check_memory() -> None:
    """Refuse to begin with so little memory that a library would wait for ever or be killed without a message."""
    for limit, (given, least) in _memory_limits().items():
        if given < least * MEGABYTE:
            megabytes = round(given / MEGABYTE)
            said = {"limit": limit, "given": megabytes, "least": least, "cores": default_workers()}
            notice(reader.get()("command.small_memory", **said))
            leave(FAILED)


def outlive_aborts() -> None:
    """Under a limit of memory, carry on in a child process and say here if it was aborted.

    Some libraries, such as LLVM and OpenBLAS, end the process when memory is refused, where Python raises MemoryError.
    """
    code = carry_on_in_child() if _memory_limits() else None
    if code is None:
        return
    if -code in ABORTS:
        notice(reader.get()("command.aborted"))
        leave(FAILED)
    leave(code if code >= 0 else 128 - code)  # as shells count signals


def _check_names() -> None:
    """Refuse names that some of the libraries cannot handle, before computing anything.

    Raises
    ------
    InputError
        If the program, the working folder or an argument has a name that is not text in the system's encoding.
    """
    encoding = sys.getfilesystemencoding()
    if encoding == "utf-8":  # then every library handles names that are not text too
        return
    names = [str(Path(__file__)), *sys.argv[1:]]
    with suppress(OSError):  # the working folder may have been deleted
        names.append(str(Path.cwd()))
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            readable = os.fsencode(name).decode(errors="replace")
            message = Message("command.unreadable_name", encoding=encoding, name=readable)
            raise InputError(message) from None
