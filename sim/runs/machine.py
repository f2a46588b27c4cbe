"""Turns a machine's refusals (disk space, memory, a folder) into messages that say how to resume a study."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EIO, ENOMEM, ENOSPC
from pathlib import Path

from sim.errors import InputError, Message, system_reason

FULL = (ENOSPC, EDQUOT)
#: Messages of libraries that do not raise MemoryError when memory is refused.
NO_MEMORY = (
    "can't start new thread",
    "failed to launch worker thread",
    "failed to map segment",
    "cannot allocate memory",
)


def no_room(error: OverflowError) -> Message:
    """Say that the model has no room for as many agents as a scenario produces."""
    return Message("errors_runs.no_room", why=str(error))


def is_local(error: BaseException) -> bool:
    """Whether an error is about a file or the memory of this machine, not about the connection to another one."""
    return isinstance(error, OSError) and bool(error.filename or error.errno in (*FULL, EIO, ENOMEM))


def out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or one of its causes, says that memory was refused."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        said = str(error).lower()
        if isinstance(error, MemoryError) or any(sign in said for sign in NO_MEMORY):
            return True
        if isinstance(error, OSError) and error.errno == ENOMEM:
            return True
        seen.append(error)
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Report what the machine refused while a study worked in a folder, and how to resume.

    Raises
    ------
    InputError
        If the disk is full, memory is refused, the folder is gone, or a file of it cannot be read or written.
    """
    try:
        yield
    except (InputError, KeyboardInterrupt):
        raise
    except Exception as error:
        message = _refusal(error, folder)
        if message is None:
            raise
        raise InputError(message) from error


def _refusal(error: Exception, folder: Path) -> Message | None:
    if out_of_memory(error):
        return Message("errors_runs.no_memory", folder=folder)
    if not isinstance(error, OSError) or not is_local(error):
        return None
    if error.errno in FULL:
        return Message("errors_runs.disk_full", folder=folder)
    if not folder.is_dir():
        return Message("errors_runs.moved_away", folder=folder)
    return Message("errors_runs.not_mended", place=error.filename or folder, why=system_reason(error))
