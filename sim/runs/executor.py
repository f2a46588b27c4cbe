"""Runs tasks in threads: kernels release the interpreter lock, so threads share the inputs and copy nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from itertools import takewhile
from typing import Any, TypeVar

from sim.errors import InputError, Message

T = TypeVar("T")
Progress = Callable[[int, int], None]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while tasks ran.

    Attributes
    ----------
    done
        Results, in order, of the tasks before the first one without a result.
    """

    def __init__(self, done: list[Any]) -> None:
        self.done = done
        super().__init__()


def default_workers() -> int:
    """One worker per processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    tasks: Sequence[Callable[[], T]],
    workers: int | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> list[T]:
    """Run tasks in parallel and return their results in the order of the tasks.

    Parameters
    ----------
    tasks
        Callables without arguments, independent of each other.
    workers
        Threads; by default one per processor. Results do not depend on it.
    progress
        Called in this thread with (done, total) after each task.
    executor
        Another `concurrent.futures.Executor` to use instead of threads.

    Raises
    ------
    InputError
        If there are no workers.
    Interrupted
        Immediately after Ctrl-C: waiting tasks are dropped, runs in flight end by themselves.
    """
    if workers is not None and workers < 1:
        raise InputError(Message("errors_runs.workers", workers=workers))
    pool = executor or ThreadPoolExecutor(max_workers=workers or default_workers())
    futures: list[Future[T]] = []
    try:
        for task in tasks:
            futures.append(pool.submit(task))
        _watch(futures, progress)
        return [future.result() for future in futures]
    except KeyboardInterrupt:
        raise Interrupted([future.result() for future in takewhile(_succeeded, futures)]) from None
    finally:
        unfinished = any(not future.done() for future in futures)
        if executor is None or unfinished:
            pool.shutdown(wait=False, cancel_futures=True)


def _succeeded(future: Future[T]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _watch(futures: Iterable[Future[T]], progress: Progress | None) -> None:
    pending = list(futures)
    for done, future in enumerate(as_completed(pending), start=1):
        future.result()
        if progress is not None:
            progress(done, len(pending))
