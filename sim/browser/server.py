"""The server of the browser page: its parts, whom it lets in, and its start.

Solara is imported only inside functions, because it reads its settings from the environment on import.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import warnings
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.browser.limits import AWAY, HEARTBEAT, MOST_FIRMS, Door, end_overdue, has_place, places
from sim.browser.needs import HOW_TO_INSTALL, assets_folder
from sim.browser.offer import Offer
from sim.browser.opening import Opening, open_with
from sim.errors import InputError, Message, Problem
from sim.files.folders import cache_folder
from sim.words import LANGUAGES, Words, bilingual

if TYPE_CHECKING:
    from sim.world.scenario import Scenario

#: Largest message a browser may send, bytes; a file is uploaded in pieces of 1 MiB.
LARGEST_MESSAGE = 4 * 1024**2
PAGE = "sim.browser.front"
TITLE = bilingual("server.name")
HTTP_FULL = 503
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}
#: Where the page requests the files of solara-assets.
ASSETS = "/_solara/cdn"
#: Solara's routes that are left out: the first reveals facts about the machine; the second fetches missing files from
#: the internet, and *deletes* a folder that is requested as if it were a file.
CLOSED = ("/resourcez", ASSETS)
PARTING = 2  # seconds that visitors' connections have to end after Ctrl-C
SWEEP = 3.0  # seconds between checks for idle visitors and for kernels without a place
#: Words of Solara's own frame, before the page is there and after its connection is lost.
FRAME = {
    "<html>": '<html lang="{lang}">',
    "Loading resources": bilingual("server.loading"),
    "'Loading app'": f"'{bilingual('server.loading')}'",
    "'Done'": "''",
    "Restoring session…": bilingual("server.restoring"),
    "Server\n                disconnected.": bilingual("server.disconnected"),
    "Clear messages": bilingual("server.clear"),
    "Please refresh the page</v-card-title>": f"{bilingual('server.load_again')}</v-card-title>",
    "Could not restore session. Please refresh.": bilingual("server.freed"),
    "Refresh now": bilingual("server.again"),
    "Cancel\n": f"{bilingual('server.cancel')}\n",
    "App is disconnected, and may not function properly. Please refresh the page.": bilingual("server.lost"),
}
FULL = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta http-equiv="refresh" content="20"><title>{title}</title>
<link rel="icon" href="data:,">
<style>body {{ font: 18px/1.6 sans-serif; max-width: 34em; margin: 15vh auto; padding: 0 1em }}</style></head><body>
{told}
</body></html>
"""


def judge(scenario: Scenario) -> None:
    """Refuse a scenario that no page can open, before anybody is invited.

    Raises
    ------
    InputError
        If the scenario's evidence has mistakes, or if it simulates too many firms.
    """
    from sim.browser.uploads import check_size
    from sim.runs.run import compiled_of

    check_size(scenario, MOST_FIRMS)
    compiled_of(scenario)


def load(scenario: Scenario) -> None:
    """Compile the model, or load it, and play a quarter of the scenario."""
    from sim.runs.run import compiled_of
    from sim.runs.walk import Walk

    Walk(compiled_of(scenario), scenario.seed, 0).step()


def preload() -> None:
    """Import the whole page before anybody is invited.

    Raises
    ------
    InputError
        If a package that it needs, directly or indirectly, is missing or of the wrong version.
    """
    try:
        import sim.browser.page  # noqa: F401
    except Exception as error:  # anything that an unexpected version of a package may raise
        why = f"{type(error).__name__}: {error}"
        messages = (Message("errors_browser.cannot_load", why=why), HOW_TO_INSTALL)
        raise InputError(map(Problem, messages)) from error


def _told_full(most: int) -> str:
    """Say in both languages that all places are taken, as HTML."""
    return "\n".join(
        f'<h1 lang="{HTML_LANGUAGES[lang]}">{Words(lang)("server.full_title")}</h1>\n'
        f'<p lang="{HTML_LANGUAGES[lang]}">{Words(lang)("server.full", most=most)}</p>'
        for lang in LANGUAGES
    )


def open_browser(url: str) -> None:
    """Show a page in this machine's browser; do nothing without a screen."""
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
        How many visitors, and how long they may be idle.
    sock
        Where to listen, from `listen`.
    ready
        Called once, when the server is up.
    page
        Module with the component ``Page``.

    Raises
    ------
    InputError
        If the page cannot be loaded with the packages that are installed.
    KeyboardInterrupt
        On Ctrl-C, after all visitors have been disconnected.
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
    """What Solara reads from the environment: nothing is sent out, nothing is watched, everything is local.

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
        "SOLARA_ROOT_PATH": "",  # else the first visitor's header Script-Name decides where everybody's scripts are
        "SOLARA_HOME": str(cache_folder() / "solara"),
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_TELEMETRY_SERVER_USER_ID": "nobody",
        "SOLARA_ASSETS_PROXY": "True",  # from this server, not from the internet
        "SOLARA_ASSETS_PROXY_CACHE_DIR": str(assets_folder()),
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
    words
        The reader's language.
    """
    os.environ.update(settings(page, compress=compress))
    logging.getLogger("solara").setLevel(logging.ERROR)
    # It warns that cookies need https in a frame of another site; the page is never shown there.
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
            page = FULL.format(lang=HTML_LANGUAGES[words.lang], title=TITLE, told=_told_full(places.most))
            return HTMLResponse(page, HTTP_FULL, headers={"Retry-After": "20"})
        response: Response = await starlette.root(request)
        frame = bytes(response.body).decode()
        for before, after in FRAME.items():
            frame = frame.replace(before, after.format(lang=HTML_LANGUAGES[words.lang]))
        response.body = frame.encode()
        response.headers["Content-Length"] = str(len(response.body))
        return response

    kept = [route for route in starlette.routes if getattr(route, "path", "") not in CLOSED]
    behind = Starlette(
        routes=[Route("/", front), Mount(ASSETS, StaticFiles(directory=str(assets_folder()))), *kept],
        middleware=starlette.middleware,
        lifespan=starlette.lifespan,
    )
    door = Door(behind, kernel_context.contexts)
    return door
