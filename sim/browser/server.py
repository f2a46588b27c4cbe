"""The server of the browser page: what it needs, whom it lets in, and its start.

Solara is imported only inside functions: the start-up check has to work where it is missing, and its settings are
read from the environment when it is imported.
"""

from __future__ import annotations

import errno
import importlib.metadata
import importlib.util
import ipaddress
import logging
import os
import re
import socket
import sys
import threading
import warnings
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.browser.limits import (
    AWAY,
    HEARTBEAT,
    IDLE,
    MOST_FIRMS,
    SESSIONS,
    Door,
    end_overdue,
    has_place,
    places,
)
from sim.browser.opening import Opening, open_with
from sim.errors import InputError, Problem
from sim.files.folders import cache_folder
from sim.words import Words

if TYPE_CHECKING:
    from sim.world.scenario import Scenario

HOST = "127.0.0.1"
PORT = 8765
PORTS_TRIED = 20
MOST_SESSIONS = 200
MOST_IDLE = 24 * 60  # minutes
MOST_PORT = 65535
#: Largest message a browser may send, bytes; a file is uploaded in pieces of 1 MiB.
LARGEST_MESSAGE = 4 * 1024**2
PAGE = "sim.browser.front"
TITLE = "产业升级 Industrial upgrading"
#: Addresses that mean all of this machine's.
EVERYWHERE = ("0.0.0.0", "::")
HTTP_FULL = 503
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}
#: Where the page asks for what solara-assets holds.
ASSETS = "/_solara/cdn"
#: Of Solara's routes, those left out: the first tells about the machine; the second fetches from the internet what it
#: lacks, and *deletes* a folder that is asked for as if it were a file.
CLOSED = ("/resourcez", ASSETS)
PARTING = 2  # seconds that visitors' connections have to end after Ctrl-C
SWEEP = 3.0  # seconds between two looks for idle visitors and for kernels without a place

#: What the page is built on: distribution, and the first major version that no longer works.
NEEDED: Mapping[str, int | None] = {
    "mesa": 4,
    "solara": 2,
    "ipyvue": 3,  # from here on, figures stay blank
    "ipyvuetify": 2,  # likewise
    "solara-assets": None,
}
INSTALL = "pip install 'industrial-upgrading[view]'"


#: Words of Solara's own frame, before the page is there and after its connection is lost.
FRAME = {
    "<html>": '<html lang="{lang}">',
    "Loading resources": "正在载入 Loading",
    "'Loading app'": "'正在载入 Loading'",
    "'Done'": "''",
    "Restoring session…": "正在恢复 Restoring",
    "Server\n                disconnected.": "服务器已断开 Server disconnected",
    "Clear messages": "清除消息 Clear messages",
    "Please refresh the page</v-card-title>": "请重新载入页面 Please load the page again</v-card-title>",
    "Could not restore session. Please refresh.": "这个页面闲置过久，或与服务器断开过，其中的模型已经释放。 "
    "This page was idle for long or lost its server, and its model was freed.",
    "Refresh now": "重新载入 Load again",
    "Cancel\n": "取消 Cancel\n",
    "App is disconnected, and may not function properly. Please refresh the page.": "连接已断开，请重新载入页面。 "
    "Disconnected; please load the page again.",
}

FULL = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta http-equiv="refresh" content="20"><title>{title}</title>
<link rel="icon" href="data:,">
<style>body {{ font: 18px/1.6 sans-serif; max-width: 34em; margin: 15vh auto; padding: 0 1em }}</style></head><body>
<h1>座位已满</h1>
<p>同时使用这个页面的人已达上限（{most} 人），或等着进来的太多。有人关闭页面后就有空位；本页每 20 秒自动再试一次。</p>
<h1 lang="en">All places are taken</h1>
<p lang="en">This page serves at most {most} visitors at once, or too many wait to be let in.
A place is free as soon as somebody closes theirs; this page tries again by itself every 20 seconds.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """Where the page is offered, and to how many.

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


# ---------------------------------------------------------------------------------------------------------
# What is needed
# ---------------------------------------------------------------------------------------------------------


def check() -> list[str]:
    """Say what the page lacks, in Chinese and English; nothing heavy is imported.

    Returns
    -------
    list of str
        One line for each thing, the last one how to get them all; empty where nothing is missing.
    """
    lacking = []
    for name, wrong in NEEDED.items():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            lacking.append(f"缺少 {name}。 {name} is not installed.")
            continue
        if wrong is not None and int(version.split(".")[0]) >= wrong:
            lacking.append(
                f"{name} {version} 过新，页面需要低于 {wrong} 的版本。 "
                f"{name} {version} is too new; the page needs a version below {wrong}."
            )
    if not lacking:
        lacking += [
            f"缺少页面文件 {name}。 The page's file {name} is not installed." for name in _absent_assets()
        ]
    if lacking:
        lacking.append(f"请安装： To get what is missing: {INSTALL}")
    return lacking


def _assets_folder() -> Path | None:
    """Where the package solara-assets has put what the page would otherwise fetch from the internet."""
    for file in importlib.metadata.files("solara-assets") or ():
        if file.name == "require.js":
            return Path(str(file.locate())).resolve().parents[1]
    return None


def _absent_assets() -> list[str]:
    """Packages of scripts that the page's frame refers to and that are not on this machine."""
    solara = importlib.util.find_spec("solara")
    assert solara is not None
    assert solara.origin is not None
    frame = Path(solara.origin).parent / "server" / "templates" / "solara.html.j2"
    named = set(re.findall(r"\{\{cdn\}\}/((?:@[\w-]+/)?[\w-]+@[\w.-]+)/", frame.read_text(encoding="utf-8")))
    folder = _assets_folder()
    # The frame for Vue 3 is not ours: see NEEDED.
    return sorted(
        name for name in named if "vuetify3" not in name and not (folder and (folder / name).is_dir())
    )


# ---------------------------------------------------------------------------------------------------------
# Options
# ---------------------------------------------------------------------------------------------------------


def read_offer(host: str | None, port: str | None, sessions: str | None, idle: str | None) -> Offer:
    """Read the options of `upgrading view` as they were typed; None for the usual value.

    Raises
    ------
    InputError
        With every mistake.
    """
    problems: list[Problem] = []

    def whole(key: str, given: str | None, most: int, what: str) -> int | None:
        if given is None or (re.fullmatch("[0-9]{1,9}", given) and 1 <= int(given) <= most):
            return None if given is None else int(given)
        problems.append(Problem(f"{what} is a whole number (allowed: 1 to {most})", key=key, value=given))
        return None

    chosen_port = whole("--port", port, MOST_PORT, "the port")
    most = whole("--sessions", sessions, MOST_SESSIONS, "the number of visitors at once")
    minutes = whole("--idle", idle, MOST_IDLE, "the idle time in minutes")
    if problems:
        raise InputError(problems)
    return Offer(host or HOST, chosen_port, most or SESSIONS, 60.0 * minutes if minutes else IDLE)


def listen(offer: Offer) -> socket.socket:
    """Take the address, so that it is told at once if somebody else has it.

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
                message = f"cannot listen there: {getattr(error, 'strerror', None) or error}"
                raise InputError(Problem(message, key="--host", value=f"{offer.host}:{port}")) from None
    tried = f"{ports[0]}" if len(ports) == 1 else f"{ports[0]} to {ports[-1]}"
    message = "another program is listening there; name a free port, such as --port 8080"
    raise InputError(Problem(message, key="--port", value=tried))


def address(host: str, port: int) -> str:
    """Give the address to type into a browser, on this machine where it listens everywhere."""
    name = HOST if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"


# ---------------------------------------------------------------------------------------------------------
# The server
# ---------------------------------------------------------------------------------------------------------


def judge(scenario: Scenario) -> None:
    """Refuse a scenario that no page can be opened with, before anybody is invited.

    Raises
    ------
    InputError
        With what is wrong with the evidence that the scenario stands on, or if it simulates too many firms.
    """
    from sim.browser.uploads import check_size
    from sim.runs.run import compiled

    check_size(scenario, MOST_FIRMS)
    compiled(scenario)


def load(scenario: Scenario) -> None:
    """Compile the model, or load it, and play a quarter of the scenario."""
    from sim.runs.run import compiled
    from sim.runs.walk import Walk

    Walk(compiled(scenario), scenario.seed, 0).step()


def preload() -> None:
    """Import all of the page before anybody is invited.

    Raises
    ------
    InputError
        If a package that it needs, or that one of those needs, is missing or of another kind.
    """
    try:
        import sim.browser.page  # noqa: F401
    except Exception as error:  # whatever a strange version of a package may raise
        message = (
            "页面无法载入：已安装的软件包不齐或不相配。 "
            "The page cannot be loaded with the packages that are installed here: "
            f"{type(error).__name__}: {error}"
        )
        raise InputError(f"{message}\n请安装： To get what is missing: {INSTALL}") from error


def open_browser(url: str) -> None:
    """Show a page in this machine's browser; where there is no screen, do nothing."""
    if sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def serve(
    opened: Opening,
    offer: Offer,
    sock: socket.socket,
    ready: Callable[[], None],
    page: str = PAGE,
) -> None:
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    opened
        What visitors see first.
    offer
        To how many, and how long they may idle.
    sock
        Where to listen, from `listen`.
    ready
        Called once, when visitors are served.
    page
        Module with the component ``Page``.

    Raises
    ------
    InputError
        If the page cannot be loaded with the packages that are installed.
    KeyboardInterrupt
        On Ctrl-C, when all visitors have been sent off.
    """
    open_with(opened)
    places.most, places.idle = offer.sessions, offer.idle
    application = app(page, Words(opened.lang), compress=offer.public)
    preload()
    import uvicorn

    from sim.browser.front import prepare

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    config = uvicorn.Config(
        application,
        log_level="critical",
        access_log=False,
        server_header=False,
        loop="asyncio",
        ws_max_size=LARGEST_MESSAGE,
        ws_ping_interval=HEARTBEAT,
        ws_ping_timeout=HEARTBEAT,
        timeout_graceful_shutdown=PARTING,
    )
    ended = threading.Event()
    threading.Thread(target=_sweep, args=(ended,), daemon=True).start()
    threading.Thread(target=prepare, args=(opened.scenario,), daemon=True).start()
    try:
        Server(config).run(sockets=[sock])
    finally:
        ended.set()


def _sweep(ended: threading.Event) -> None:
    while not ended.wait(SWEEP):
        end_overdue()


def settings(page: str, *, compress: bool) -> dict[str, str]:
    """What Solara reads from the environment: nothing goes out, nothing is watched, everything is local.

    Parameters
    ----------
    page
        Module with the component ``Page``.
    compress
        Whether to compress what goes over a network; on the same machine that only costs time.
    """
    return {
        "SOLARA_APP": page,
        "SOLARA_MODE": "production",
        "SOLARA_ROOT_PATH": "",  # else the first visitor's header Script-Name says where everybody's scripts lie
        "SOLARA_HOME": str(cache_folder() / "solara"),
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_TELEMETRY_SERVER_USER_ID": "nobody",
        "SOLARA_ASSETS_PROXY": "True",  # from this server, not from the internet
        "SOLARA_ASSETS_PROXY_CACHE_DIR": str(_assets_folder()),
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
        "SOLARA_KERNEL_CULL_TIMEOUT": f"{AWAY:.0f}s",
        "SOLARA_SERVER_HTTP_GZIP": str(compress),
        "SOLARA_SESSION_HTTP_ONLY": "True",
        "SOLARA_THEME_TITLE": TITLE,
        "SOLARA_THEME_LOADER": "plain",
        "SOLARA_THEME_VARIANT": "light",
        "SOLARA_THEME_SHOW_BANNER": "False",
    }


def app(page: str, words: Words, *, compress: bool) -> Door:
    """Put the application together: Solara's routes behind our own door.

    Parameters
    ----------
    page, compress
        As for `settings`.
    lang
        Language of the document, ``zh`` or ``en``.
    """
    os.environ.update(settings(page, compress=compress))
    logging.getLogger("solara").setLevel(logging.ERROR)
    # It warns that cookies would need https in a frame of another site, where the page is not to be shown.
    warnings.filterwarnings("ignore", module="solara")
    from solara.server import kernel_context, server, starlette
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, Response
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    async def front(request: Request) -> Response:
        session = server.get_session_id_cookie(request.cookies)
        shut = places.full or (door.crowded and not places.just_left(session))
        if shut and not has_place(session):
            said = {"lang": HTML_LANGUAGES[words.lang], "title": TITLE, "most": places.most}
            return HTMLResponse(FULL.format(**said), HTTP_FULL, headers={"Retry-After": "20"})
        response: Response = await starlette.root(request)
        frame = bytes(response.body).decode()
        for before, after in FRAME.items():
            frame = frame.replace(before, after.format(lang=HTML_LANGUAGES[words.lang]))
        response.body = frame.encode()
        response.headers["Content-Length"] = str(len(response.body))
        return response

    kept = [route for route in starlette.routes if getattr(route, "path", "") not in CLOSED]
    behind = Starlette(
        routes=[Route("/", front), Mount(ASSETS, StaticFiles(directory=str(_assets_folder()))), *kept],
        middleware=starlette.middleware,
        lifespan=starlette.lifespan,
    )
    door = Door(behind, kernel_context.contexts)
    return door
