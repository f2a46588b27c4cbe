"""The page as a person uses it: `upgrading view` in its own process, and a Chromium that reaches nothing else."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

Sign = TypeVar("Sign")

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
READY = 400  # seconds, time to compile the model included
PATIENCE = 60_000  # milliseconds for anything on the page
expect.set_options(timeout=PATIENCE)


def free_port() -> int:
    """A port that nobody listens to now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class Server:
    """A running `upgrading view`, or another program that serves a page.

    Attributes
    ----------
    url
        Its address.
    process
        The process.
    log
        What it has printed so far, both streams.
    """

    def __init__(
        self,
        folder: Path,
        *words: str,
        program: tuple[str, ...] = ("-m", "sim", "view"),
        ready: str = r"The page is ready: (\S+)",
    ) -> None:
        self.log = folder / "server.log"
        environment = {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            # For Mesa's own page; ours says so itself.
            "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, *program, *words],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.url = self._wait_for(lambda: self._told(ready))
        # Not every program waits until somebody can knock before it says that it is ready.
        self._wait_for(self._answers)

    def _told(self, pattern: str) -> str | None:
        found = re.search(pattern, self.log.read_text())
        return found and found[1]

    def _answers(self) -> bool:
        place = urlsplit(self.url)
        with socket.socket() as knock:
            return knock.connect_ex((place.hostname, place.port)) == 0

    def _wait_for(self, sign: Callable[[], Sign | None]) -> Sign:
        until = time.monotonic() + READY
        while time.monotonic() < until and self.process.poll() is None:
            if seen := sign():
                return seen
            time.sleep(0.05)
        self.stop()
        raise AssertionError(f"the server did not start:\n{self.log.read_text()}")

    def memory(self) -> float:
        """Memory that the process holds, MB."""
        resident = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return resident * os.sysconf("SC_PAGE_SIZE") / 1e6

    def stop(self) -> int:
        """End it as a person does; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=30)
        finally:
            self.process.kill()


@contextmanager
def running(folder: Path, *words: str) -> Iterator[Server]:
    """Run `upgrading view` with some options on a free port."""
    server = Server(folder, "--no-browser", "--lang", "en", *words)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share."""
    with running(tmp_path_factory.mktemp("server")) as started:
        yield started


def wait_until(sign: Callable[[], bool]) -> None:
    """Wait for something that shows neither on a page nor in a log."""
    until = time.monotonic() + PATIENCE / 1000
    while not sign():
        assert time.monotonic() < until
        time.sleep(0.2)


def chromium_command() -> tuple[str, ...]:
    """Chromium of the system, without any network but this machine's own."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("the browser tests need Chromium: apt-get install chromium", pytrace=False)
    closed = f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {LOOPBACK}"
    return path, "--no-sandbox", "--disable-dev-shm-usage", closed


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser that most visitors have."""
    path, *options = chromium_command()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


class Visitor:
    """A person with a browser of their own; what went wrong in it is kept.

    Attributes
    ----------
    page
        The tab.
    wrong
        Errors on the console, exceptions, failed requests, requests to anywhere else.
    """

    def __init__(self, browser: Browser) -> None:
        self.wrong: list[str] = []
        self._left = False
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1400, "height": 900}, locale="en-GB", accept_downloads=True
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.route("**/*", self._let_through)
        self.page = self.tab()

    def tab(self) -> Page:
        """Open another tab, watched too."""
        page = self.context.new_page()
        page.on("console", lambda m: m.type == "error" and self._note(f"console: {m.text}"))
        page.on("pageerror", lambda error: self._note(f"exception: {error}"))
        page.on("requestfailed", lambda r: self._note(f"failed: {r.url} {r.failure}"))
        page.on("response", lambda r: r.status >= 400 and self._note(f"{r.status}: {r.url}"))
        page.on("websocket", lambda socket: self._note_outside(socket.url))
        return page

    def _note(self, what: str) -> None:
        if not self._left:
            self.wrong.append(what)

    def _note_outside(self, url: str) -> bool:
        outside = urlsplit(url).hostname not in (LOOPBACK, None)
        if outside:
            self._note(f"outside: {url}")
        return outside

    def _let_through(self, route: Route) -> None:
        if self._note_outside(route.request.url):
            route.abort()
        else:
            route.continue_()

    def open(self, url: str) -> Page:
        """Open the page and wait until it can be used."""
        self.page.goto(url)
        shown(self.page)
        return self.page

    def leave(self) -> None:
        """Close the browser; the requests that this breaks off did not fail."""
        self._left = True
        self.context.close()

    def keep_picture(self, path: Path) -> None:
        """Save what the tab shows, unless it is closed."""
        if not self._left:
            self.page.screenshot(path=path)


def shown(page: Page) -> None:
    """Wait until the page stands: Solara's loader has gone and there is something to press."""
    page.locator("#loader-container").wait_for(state="detached")
    page.get_by_role("button").first.wait_for()


@pytest.fixture
def visitors(
    chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], Visitor]]:
    """Make visitors; at the end nothing may have gone wrong in any of their browsers."""
    made: list[Visitor] = []

    def new() -> Visitor:
        made.append(Visitor(chromium))
        return made[-1]

    failed = request.session.testsfailed
    yield new
    wrong = [what for visitor in made for what in visitor.wrong]
    if wrong or request.session.testsfailed > failed:
        for number, visitor in enumerate(made):
            visitor.keep_picture(tmp_path / f"visitor{number}.png")
        print(f"screenshots: {tmp_path}/visitor*.png")
    for visitor in made:
        visitor.leave()
    assert wrong == []


@pytest.fixture
def visitor(visitors: Callable[[], Visitor]) -> Visitor:
    """One visitor."""
    return visitors()
