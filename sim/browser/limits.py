"""Who may be in: visitors of this server, at most so many at once, and nobody who has left the page alone for long.

A visitor is one open page, which Solara gives a kernel of its own. A place is taken when the page is first built and
is free again when the tab is closed, when its connection stays away for `AWAY`, or when nothing was done in it for
longer than the idle time.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

SESSIONS = 40
IDLE = 60 * 60.0  # seconds
AWAY = 5 * 60.0  # seconds
MOST_FIRMS = 5000  # agents of a visitor's run, at its beginning
HTTP_MISDIRECTED = 421


class Places:
    """The places and who has them. Safe to use from several threads.

    Parameters
    ----------
    most
        How many places there are.
    idle
        Seconds without any action after which a place is lost.
    clock
        Gives seconds.
    """

    def __init__(self, most: int, idle: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self.idle = most, idle
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def __contains__(self, visitor: object) -> bool:
        return visitor in self._seen

    @property
    def full(self) -> bool:
        """Whether all places are taken."""
        return len(self._seen) >= self.most

    def take(self, visitor: str) -> bool:
        """Take a place; False where all are taken."""
        with self._lock:
            if visitor not in self._seen and self.full:
                return False
            self._seen[visitor] = self._clock()
            return True

    def touch(self, visitor: str) -> None:
        """Note that a visitor has done something."""
        with self._lock:
            if visitor in self._seen:
                self._seen[visitor] = self._clock()

    def leave(self, visitor: str) -> None:
        """Give a place back, if it was taken."""
        with self._lock:
            self._seen.pop(visitor, None)

    def overdue(self) -> list[str]:
        """Visitors who have done nothing for too long."""
        now = self._clock()
        with self._lock:
            return [visitor for visitor, seen in self._seen.items() if now - seen > self.idle]


places = Places(SESSIONS, IDLE)


def admitted() -> bool:
    """Whether the visitor whose page is being built has a place; the first call takes one.

    A page without a place says so and builds no model.
    """
    from solara.server import kernel_context

    context = kernel_context.get_current_context()
    if context.id in places:
        return True
    if not places.take(context.id):
        return False
    context.on_close(partial(places.leave, context.id))
    if context.closed_event.is_set():  # closed before it could hear of it
        places.leave(context.id)
    return True


def has_place(session: str | None) -> bool:
    """Whether a browser, known by its session cookie, has a page with a place: it may be loading it again."""
    from solara.server import kernel_context

    contexts = list(kernel_context.contexts.values())
    return any(context.session_id == session and context.id in places for context in contexts)


def touch() -> None:
    """Note that the current visitor has done something: a click, a lever, a step; to be called by the page."""
    from solara.server import kernel_context

    places.touch(kernel_context.get_current_context().id)


def end_overdue() -> None:
    """End the pages in which nothing was done for too long; their tabs ask to be loaded again."""
    from solara.server import kernel_context

    for visitor in places.overdue():
        places.leave(visitor)
        context = kernel_context.contexts.get(visitor)
        if context is not None and not context.closed_event.is_set():
            context.close(reason="cull")


class Door:
    """Lets in only requests that were meant for this server, and no flood of connections.

    A foreign website could let its own name point at this machine and so have a visitor's browser talk to the page, or
    open a connection from its own pages. A browser tells both: the name in the header Host, the website in Origin.

    Parameters
    ----------
    application
        What is behind the door.
    kernels
        Solara's kernels by id, one for each connected page.
    """

    def __init__(self, application: ASGIApp, kernels: Mapping[str, Any]) -> None:
        self._application, self._kernels = application, kernels
        self._connections = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        from starlette.responses import PlainTextResponse
        from starlette.websockets import WebSocketClose

        if scope["type"] == "http" and not meant_for_us(_headers(scope)):
            refusal = PlainTextResponse("Host or Origin is not this server.", HTTP_MISDIRECTED)
            await refusal(scope, receive, send)
        elif scope["type"] != "websocket":
            await self._application(scope, receive, send)
        elif meant_for_us(_headers(scope)) and self._bearable(scope):
            self._connections += 1
            try:
                await self._application(scope, receive, send)
            finally:
                self._connections -= 1
        else:
            await WebSocketClose()(scope, receive, send)

    def _bearable(self, scope: Scope) -> bool:
        # A page that found all places taken only now says so itself; hence as many again may connect. Pages that come
        # back may do so before their old connection is known to be dead; hence as many once more.
        kernel = scope["path"].rpartition("/")[0].rpartition("/")[2]  # …/kernels/{kernel}/channels
        known = kernel in self._kernels
        return self._connections < 3 * places.most and (known or len(self._kernels) < 2 * places.most)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def meant_for_us(headers: Mapping[str, str]) -> bool:
    """Whether a request names this machine as its host, and no other website as its origin.

    A bare IP address cannot be made to point elsewhere; of names, only this machine's own will do.
    """
    host = headers.get("host", "")
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return False
    # Images and scripts are asked for without an Origin; a link to the page is followed with "navigate".
    if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
        return False
    name = host.rpartition(":")[0] if re.search(r":[0-9]+$", host) else host
    with suppress(ValueError):
        ipaddress.ip_address(name.strip("[]"))
        return True
    return name.lower() in _own_names()


@lru_cache(maxsize=1)  # a name server that does not answer would hold up every request
def _own_names() -> frozenset[str]:
    machine = socket.gethostname().lower()
    return frozenset({"localhost", machine, f"{machine}.local", socket.getfqdn().lower()})
