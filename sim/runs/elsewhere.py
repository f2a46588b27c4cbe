"""Where batches run: in threads here, or on the workers of a Dask scheduler, behind one `Executor`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from sim.errors import InputError, Message, Problem
from sim.runs.executor import default_workers
from sim.runs.machine import is_local
from sim.runs.provenance import Passport, passport

CONNECT_SECONDS = 15
SCHEMES = ("tcp", "tls", "ws", "wss")


@dataclass(frozen=True, slots=True)
class Workplace:
    """An executor and its capacity.

    Attributes
    ----------
    executor
        Takes batches.
    workers
        How many batches it runs at a time; asked each time, because workers of a cluster come and go.
    """

    executor: Executor
    workers: Callable[[], int]


@contextmanager
def here(workers: int | None = None) -> Iterator[Workplace]:
    """Threads of this process; by default one per processor. After an error, nothing waits for them."""
    count = workers or default_workers()
    name = f"runs-{uuid4()}"
    pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix=name)
    begun = False

    def workers_left() -> int:
        """All of them, or none if the last has died, as threads do if memory is refused between two batches."""
        nonlocal begun
        alive = any(thread.name.startswith(name) for thread in threading.enumerate())
        begun = begun or alive
        return count if alive or not begun else 0

    try:
        yield Workplace(pool, workers_left)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def cluster(address: str, mine: Passport) -> Iterator[Workplace]:
    """The workers of a Dask scheduler. If one is lost, others repeat the batches that it was working on.

    Parameters
    ----------
    address
        Address of the scheduler, such as ``tcp://10.0.0.5:8786``.
    mine
        What every worker must match. Workers that join later are checked with each batch.

    Raises
    ------
    InputError
        If this is not an address, if no scheduler answers there or it has no worker, if a worker differs from this
        machine, or if scheduler or workers are lost for good.
    """
    _check_address(address)
    try:
        from distributed import Client, KilledWorker
        from distributed.comm.core import CommClosedError
    except ImportError:
        raise _refused("no_dask", address) from None
    _call(address)
    connect: Any = Client  # it carries no types
    client = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
    try:
        _check_workers(client, address, mine)
        yield Workplace(client.get_executor(pure=False), lambda: sum(client.nthreads().values()))
    except KilledWorker as error:
        message = go_on(Message("errors_runs.killed_workers", why=str(error)))
        raise InputError(Problem(message, key="--cluster", value=address)) from None
    except (CommClosedError, CancelledError, OSError) as error:
        if is_local(error) and not isinstance(error, CommClosedError):
            raise  # about a file of this machine, not the connection to the scheduler
        message = go_on(Message("errors_runs.scheduler_lost", why=str(error)))
        raise InputError(Problem(message, key="--cluster", value=address)) from None
    finally:
        client.close(timeout=CONNECT_SECONDS)


def _check_address(address: str) -> None:
    """Refuse an invalid address before connecting."""
    with suppress(ValueError):  # a port that is not a number, brackets that do not match
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        plain = all(sign > " " for sign in address)
        if plain and parts.scheme in SCHEMES and parts.hostname and parts.port and not parts.path.strip("/"):
            return
    raise _refused("no_address", address)


def go_on(why: Message) -> Message:
    """Add to a reason that finished work is kept, and how to resume."""
    return Message("errors_runs.go_on", why=why)


def _refused(key: str, address: str, **parts: object) -> InputError:
    """Say why a cluster cannot be used."""
    return InputError(Problem(Message(f"errors_runs.{key}", **parts), key="--cluster", value=address))


def _call(address: str) -> None:
    """Ask who is there before making a client, which would end in its own traceback if it never found a scheduler."""
    from distributed.core import rpc

    call: Any = rpc  # it carries no types

    async def kind() -> str:
        async with call(address, timeout=CONNECT_SECONDS) as there:
            # Another program at that port may accept the connection and say nothing.
            return str((await asyncio.wait_for(there.identity(), 2 * CONNECT_SECONDS))["type"])

    try:
        found = asyncio.run(kind())
    except Exception as error:  # whatever the network, the library or another program at that port answers
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _refused("no_scheduler", address, why=reason) from None
    if found != "Scheduler":
        raise _refused("not_a_scheduler", address, found=found.lower())


def _check_workers(client: Any, address: str, mine: Passport) -> None:
    """Refuse a cluster without workers, or with a worker that would give other results than this machine."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        found: dict[str, Any] = client.run(passport, [name for name, _ in mine.evidence], on_error="return")
    except TimeoutError:
        raise _refused("no_workers", address) from None
    except ModuleNotFoundError as error:
        raise _refused("worker_lacks_package", address, why=str(error)) from None
    strangers = [
        Problem(Message("errors_runs.worker_stranger", why=why), key="--cluster", value=worker)
        for worker, theirs in sorted(found.items())
        if (why := _difference(mine, theirs))
    ]
    if strangers:
        raise InputError(strangers)


def _difference(mine: Passport, theirs: object) -> tuple[Message, ...] | Message:
    if isinstance(theirs, Passport):
        return mine.differences(theirs)
    if isinstance(theirs, ModuleNotFoundError):
        return Message("errors_runs.it_lacks_package", why=str(theirs))
    return Message("errors_runs.it_cannot_say", why=str(theirs))
