"""Keeps what was made last, so that threads that need the same thing at once make it once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The last few things made, by key; unlike `functools.lru_cache`, a second thread waits for the first one's.

    Parameters
    ----------
    most
        How many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, Future[T]] = OrderedDict()

    def __call__(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under a key; make it if nothing is. What cannot be made is not kept."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                mine = self._kept[key] = Future()
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            else:
                self._kept.move_to_end(key)
        if kept is not None:
            return kept.result()
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                self._kept.pop(key, None)
            mine.set_exception(error)
            raise
        mine.set_result(made)
        return made
