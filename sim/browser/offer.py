"""Where the page is served, and to how many: reads the options as typed and takes the address."""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from dataclasses import dataclass

from sim.browser.limits import IDLE, SESSIONS
from sim.errors import InputError, Message, Problem, system_reason

HOST = "127.0.0.1"
PORT = 8765
PORTS_TRIED = 20
MOST_SESSIONS = 200
MOST_IDLE = 24 * 60  # minutes
MOST_PORT = 65535
#: Addresses that stand for all addresses of this machine.
EVERYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Offer:
    """Where the page is served, and to how many.

    Attributes
    ----------
    host, port
        Address to listen at; port None for the first free one from `PORT` on.
    sessions
        Most visitors at once.
    idle
        Seconds without any action after which a visitor's place is free again.
    """

    host: str
    port: int | None
    sessions: int
    idle: float

    @property
    def public(self) -> bool:
        """Whether other machines can reach the page."""
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"


def read_offer(host: str | None, port: str | None, sessions: str | None, idle: str | None) -> Offer:
    """Read the options of `upgrading view` as they were typed; None for the usual value.

    Raises
    ------
    InputError
        With every mistake.
    """
    problems: list[Problem] = []

    def whole(name: str, given: str | None, most: int) -> int | None:
        if given is None or (re.fullmatch("[0-9]{1,9}", given) and 1 <= int(given) <= most):
            return None if given is None else int(given)
        message = Message(f"errors_browser.{name}", most=most)
        problems.append(Problem(message, key=f"--{name}", value=given))
        return None

    chosen_port = whole("port", port, MOST_PORT)
    most = whole("sessions", sessions, MOST_SESSIONS)
    minutes = whole("idle", idle, MOST_IDLE)
    if problems:
        raise InputError(problems)
    return Offer(host or HOST, chosen_port, most or SESSIONS, 60.0 * minutes if minutes else IDLE)


def listen(offer: Offer) -> socket.socket:
    """Take the address, to report at once if somebody else has it.

    Raises
    ------
    InputError
        If the port is taken, or the host is not an address of this machine.
    """
    ports = range(PORT, PORT + PORTS_TRIED) if offer.port is None else (offer.port,)
    for port in ports:
        try:
            family = socket.getaddrinfo(offer.host, port, type=socket.SOCK_STREAM)[0][0]
            return socket.create_server((offer.host, port), family=family)
        except (OSError, UnicodeError) as error:  # a name like a..b cannot even be looked up
            if getattr(error, "errno", None) != errno.EADDRINUSE:
                message = Message("errors_browser.cannot_listen", why=system_reason(error))
                raise InputError(Problem(message, key="--host", value=f"{offer.host}:{port}")) from None
    tried = f"{ports[0]}" if len(ports) == 1 else f"{ports[0]} to {ports[-1]}"
    raise InputError(Problem(Message("errors_browser.port_taken"), key="--port", value=tried))


def address(host: str, port: int) -> str:
    """Give the address to type into a browser; this machine's own if it listens everywhere."""
    name = HOST if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"
