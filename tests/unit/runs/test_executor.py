"""Tasks in parallel: results in order, and what is kept after an interruption."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from sim.errors import InputError
from sim.runs.executor import Interrupted, in_order


def test_results_come_in_the_order_of_the_tasks():
    first = threading.Event()

    def slow() -> str:
        assert first.wait(10)
        return "slow"

    def quick() -> str:
        first.set()
        return "quick"

    told = []
    assert in_order([slow, quick], 2, lambda *counts: told.append(counts)) == ["slow", "quick"]
    assert told == [(1, 2), (2, 2)]


def test_no_workers():
    with pytest.raises(InputError, match="at least one worker"):
        in_order([int], 0)


def test_interrupt_keeps_what_is_done_before_the_first_gap():
    stopped = threading.Event()

    def last() -> int:
        assert stopped.wait(10)
        return 99

    def progress(done: int, total: int) -> None:
        if done == 3:
            stopped.set()
            raise KeyboardInterrupt

    tasks = [*(partial(int, k) for k in range(3)), last, *(partial(int, k) for k in range(4, 500))]
    with pytest.raises(Interrupted) as stop:
        in_order(tasks, 1, progress)
    assert stop.value.done[:3] == [0, 1, 2]
    assert stop.value.done == [0, 1, 2, 99, *range(4, 500)][: len(stop.value.done)]


def test_failed_task_is_raised_and_the_rest_does_not_begin():
    ended, begun = threading.Event(), []

    def fail() -> int:
        raise OverflowError("no room")

    def task(k: int) -> int:
        begun.append(k)
        assert ended.wait(10)
        return k

    with pytest.raises(OverflowError, match="no room"):
        in_order([fail, *(partial(task, k) for k in range(50))], 1)
    ended.set()
    assert begun in ([], [0])
