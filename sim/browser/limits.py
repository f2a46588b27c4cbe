"""Who is let in: a limited number of visitors to this server at once, none of them idle for long.

A visitor is one open page, for which Solara starts a kernel. A place is taken when the page is first built. It is
free again when the tab is closed, when its connection is gone for `AWAY`, or when nothing was done in the page for
longer than the idle time. A kernel without a place after `UNPLACED` is ended, because nobody loads a page in it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSIONS = 40
IDLE = 60 * 60.0  # seconds
AWAY = 25.0  # seconds
#: A connection whose other end has vanished is known to be dead after one to two of these.
HEARTBEAT = 15.0  # seconds
UNPLACED = 15.0  # seconds
PER_KERNEL = 3  # connections: a page may come back before its old connection is known to be dead
MOST_FIRMS = 5000  # agents at the beginning of a visitor's run
HTTP_MISDIRECTED = 421


class Places:
    """The places and who holds them; thread-safe.

    Parameters
    ----------
    most
        How many places there are.
    idle
        Seconds without any action after which a visitor loses the place.
    clock
        Gives seconds.
    """

    def __init__(self, most: int, idle: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self.idle = most, idle
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}
        self._unplaced: dict[str, float] = {}
        self._left: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def __contains__(self, visitor: object) -> bool:
        return visitor in self._seen

    @property
    def full(self) -> bool:
        """Whether all places are taken."""
        return len(self._seen) >= self.most

    def take(self, visitor: str) -> bool:
        """Take a place; False if all are taken."""
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

    def leave(self, visitor: str, session: str = "") -> None:
        """Give a place back, if it was taken; remember its browser's session for a while."""
        now = self._clock()
        with self._lock:
            if self._seen.pop(visitor, None) is not None and session:
                self._left = {one: when for one, when in self._left.items() if now - when <= AWAY}
                self._left[session] = now

    def just_left(self, session: str | None) -> bool:
        """Whether a browser gave a place back less than `AWAY` ago, so it may be reloading the page."""
        when = self._left.get(session or "")
        return when is not None and self._clock() - when <= AWAY

    def overdue(self) -> list[str]:
        """Visitors who have done nothing for too long."""
        now = self._clock()
        with self._lock:
            return [visitor for visitor, seen in self._seen.items() if now - seen > self.idle]

    def lingering(self, kernels: Iterable[str]) -> list[str]:
        """Which kernels have had no place for `UNPLACED` since an earlier call first saw them."""
        now = self._clock()
        with self._lock:
            before = self._unplaced
            self._unplaced = {one: before.get(one, now) for one in kernels if one not in self._seen}
            return [one for one, since in self._unplaced.items() if now - since > UNPLACED]


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
    context.on_close(partial(places.leave, context.id, context.session_id))
    if context.closed_event.is_set():  # closed before it could be notified
        places.leave(context.id)
    return True


def has_place(session: str | None) -> bool:
    """Whether a browser, known by its session cookie, has a page with a place, so it may be reloading it."""
    from solara.server import kernel_context

    contexts = list(kernel_context.contexts.values())
    return any(context.session_id == session and context.id in places for context in contexts)


def touch() -> None:
    """Note that the current visitor has done something: a click, a lever, a step. The page calls this."""
    from solara.server import kernel_context

    places.touch(kernel_context.get_current_context().id)


def end_overdue() -> None:
    """End kernels without a place, and pages that were idle for too long; their tabs ask to be reloaded."""
    from solara.server import kernel_context

    for visitor in (*places.overdue(), *places.lingering(list(kernel_context.contexts))):
        places.leave(visitor)
        context = kernel_context.contexts.get(visitor)
        if context is not None and not context.closed_event.is_set():
            context.close(reason="cull")


class Door:
    """Lets in only requests that are meant for this server, and no flood of connections.

    A foreign website could point its own name at this machine, so that a visitor's browser talks to the page, or open
    a connection from its own pages. A browser reveals both: the name in the header Host, the website in Origin.
    Answers tell the browser to load and show only what this server gives.

    Parameters
    ----------
    application
        The application behind this door.
    kernels
        Solara's kernels by id, one for each connected page.
    """

    def __init__(self, application: ASGIApp, kernels: Mapping[str, Any]) -> None:
        self._application, self._kernels = application, kernels
        self._open: Counter[str] = Counter()  # number of connections, by kernel

    @property
    def crowded(self) -> bool:
        """Whether too many kernels wait for a place to let newcomers in."""
        # A page that only now finds all places taken says so itself, so as many again may wait.
        return self._waiting() >= 2 * places.most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        from starlette.responses import PlainTextResponse
        from starlette.websockets import WebSocketClose

        if scope["type"] == "http":
            headers = _headers(scope)
            meant = meant_for_us(headers)
            answer = _guarded(send, headers["host"] if meant else "")
            refusal = PlainTextResponse("Host or Origin is not this server.", HTTP_MISDIRECTED)
            await (self._application if meant else refusal)(scope, receive, answer)
        elif scope["type"] != "websocket":
            await self._application(scope, receive, send)
        elif meant_for_us(_headers(scope)) and self._bearable(scope):
            kernel = _kernel(scope)
            self._open[kernel] += 1
            try:
                await self._application(scope, receive, send)
            finally:
                self._open -= Counter([kernel])  # drops entries that are down to zero
        else:
            await WebSocketClose()(scope, receive, send)

    def _waiting(self) -> int:
        return sum(kernel not in places for kernel in {*list(self._kernels), *self._open})

    def _bearable(self, scope: Scope) -> bool:
        from solara.server.server import get_session_id_cookie
        from starlette.requests import HTTPConnection

        kernel = _kernel(scope)
        if kernel in self._kernels or kernel in self._open:
            return self._open[kernel] < PER_KERNEL
        if not self.crowded:
            return True
        session = get_session_id_cookie(HTTPConnection(scope).cookies)
        return self._waiting() < 3 * places.most and (has_place(session) or places.just_left(session))


def _kernel(scope: Scope) -> str:
    """The kernel that a connection is for: …/kernels/{kernel}/channels."""
    name: str = scope["path"].rpartition("/")[0].rpartition("/")[2]
    return name


def _guarded(send: Send, host: str) -> Send:
    """Add to an answer what a browser may do with it; it may connect to a host that was found to be ours."""
    sockets = f" ws://{host} wss://{host}" if host else ""  # not every browser includes these in 'self'
    policy = (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'{sockets}; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,  # Solara compiles the page's components in the browser: hence unsafe-eval
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
    }
    added = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return answer


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def meant_for_us(headers: Mapping[str, str]) -> bool:
    """Whether a request names this machine as its host, and no other website as its origin.

    A bare IP address cannot be made to point elsewhere; names must be this machine's own.
    """
    host = headers.get("host", "")
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return False
    # Browsers request images and scripts without an Origin, and follow a link to the page with "navigate".
    if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
        return False
    name = host.rpartition(":")[0] if re.search(r":[0-9]+$", host) else host
    with suppress(ValueError):
        ipaddress.ip_address(name.strip("[]"))
        return True
    return name.lower() in _own_names()


@lru_cache(maxsize=1)  # a name server that does not answer would delay every request
def _own_names() -> frozenset[str]:
    machine = socket.gethostname().lower()
    return frozenset({"localhost", machine, f"{machine}.local", socket.getfqdn().lower()})
