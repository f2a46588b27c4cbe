"""The server of the page: nothing from outside, one model for each visitor, no more visitors than there are places."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from sim.browser.needs import assets_folder
from tests.browser.conftest import (
    LOOPBACK,
    ROOT,
    Server,
    Visitor,
    chromium_command,
    running,
    shown,
    wait_until,
)

pytestmark = pytest.mark.browser

CLASS = 30
MOST_MEMORY = 4000  # MB


def fetch(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_page_stands_without_a_network(server: Server, visitor: Visitor) -> None:
    page = visitor.open(server.url)
    page.wait_for_load_state("networkidle")
    assert page.locator("html").get_attribute("lang") == "en"
    assert (
        page.evaluate("document.fonts.load('16px \"Material Design Icons\"').then(found => found.length)") > 0
    )
    links = page.eval_on_selector_all("a[href^=http]", "links => links.map(link => link.href)")
    assert [link for link in links if not link.startswith(server.url)] == []


def test_two_visitors_have_a_page_each(server: Server, visitors: Callable[[], Visitor]) -> None:
    first, second = visitors(), visitors()
    first.open(server.url)
    other = second.open(server.url)
    first.leave()
    other.reload()
    shown(other)


def test_who_finds_all_places_taken_is_told_so_and_let_in_later(
    tmp_path: Path, visitors: Callable[[], Visitor]
) -> None:
    with running(tmp_path, "--sessions", "1") as small:
        inside, outside = visitors(), visitors()
        inside.open(small.url)
        status, told = fetch(small.url)
        assert status == 503
        assert "座位已满" in told
        assert "All places are taken" in told

        outside.page.goto(small.url)
        expect(outside.page.get_by_role("heading", name="All places are taken")).to_be_visible()
        inside.page.reload()  # who has the place keeps it
        shown(inside.page)
        inside.leave()
        # The page tries again by itself; Chromium notes the refusals on its console.
        shown(outside.page)
        refusals = [what for what in outside.wrong if "503" in what]
        assert outside.wrong == refusals
        outside.wrong.clear()


def test_many_connections_that_load_no_page_keep_nobody_out_for_long(
    tmp_path: Path, visitors: Callable[[], Visitor]
) -> None:
    with running(tmp_path) as own, ExitStack() as flood:
        inside, newcomer = visitors(), visitors()
        inside.open(own.url)
        cookie = {"Cookie": "solara-session-id=made-up"}
        address = f"{own.url.replace('http', 'ws', 1)}jupyter/api/kernels"
        answers = []
        for number in range(150):
            try:
                place = f"{address}/{number:08}/channels?session_id={number}"
                flood.enter_context(connect(place, additional_headers=cookie, close_timeout=0))
                answers.append(True)
            except InvalidStatus:
                answers.append(False)
        assert answers.count(True) < 100
        status, told = fetch(own.url)
        assert status == 503
        assert "All places are taken" in told

        newcomer.page.goto(own.url)
        expect(newcomer.page.get_by_role("heading", name="All places are taken")).to_be_visible()
        inside.page.reload()  # who has a place comes in again
        shown(inside.page)
        # The other side still holds all its connections: it is the server that ends what has no place.
        wait_until(lambda: fetch(own.url)[0] == 200)
        newcomer.open(own.url)
        newcomer.wrong[:] = [what for what in newcomer.wrong if "503" not in what]


def test_who_comes_in_as_the_last_place_goes_is_told_so_and_let_in_later(
    tmp_path: Path, visitors: Callable[[], Visitor]
) -> None:
    with running(tmp_path, "--sessions", "1") as small:
        inside, late = visitors(), visitors()
        held: list[Route] = []
        late.page.route("**/require.js", lambda route: held.append(route))
        late.page.goto(
            small.url, wait_until="commit"
        )  # let in, for the place is free; not any more when it is built
        while not held:
            late.page.wait_for_timeout(50)
        inside.open(small.url)
        held.pop().continue_()
        late.page.unroute("**/require.js")
        expect(
            late.page.get_by_role("heading", name="现在人已满")
        ).to_be_visible()  # a kernel without a place
        expect(late.page.get_by_role("heading", name="座位已满")).to_be_visible()  # the page that needs none
        inside.leave()
        late.open(small.url)
        late.wrong[:] = [what for what in late.wrong if "503" not in what]


def test_a_killed_browser_gives_its_place_back(tmp_path: Path) -> None:
    with running(tmp_path, "--sessions", "1") as small:
        # A browser of its own, ended without a word: it closes no page.
        other = subprocess.Popen(
            [*chromium_command(), "--headless=new", f"--user-data-dir={tmp_path / 'profile'}", small.url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until(lambda: fetch(small.url)[0] == 503)
        finally:
            os.killpg(other.pid, signal.SIGKILL)
            other.wait()
        wait_until(lambda: fetch(small.url)[0] == 200)


def test_the_end_of_the_server_is_told_in_both_languages(
    tmp_path: Path, visitors: Callable[[], Visitor]
) -> None:
    with running(tmp_path) as own:
        visitor = visitors()
        visitor.open(own.url)
        own.stop()
        expect(visitor.page.get_by_text("服务器已断开 Server disconnected")).to_be_visible()
        visitor.wrong.clear()


def test_the_frame_of_the_page_says_nothing_in_english_only(server: Server) -> None:
    frame = re.search(r'<script type="x-template".*?</script>', fetch(server.url)[1], re.DOTALL)
    assert frame is not None
    # What nobody sees: comments, what stands for a value, an icon or the page itself, what the next Vue would show.
    unseen = r'<!--.*?-->|\{\{.*?\}\}|<(v-icon|jupyter-widget)\b.*?</|<span v-if="vue3.*?</span>'
    shown = re.sub(unseen, "<", frame[0], flags=re.DOTALL)
    texts = [text.strip() for text in re.findall(r">([^<>]+)<", shown)]
    words = [text for text in texts if re.search("[A-Za-z]{3}", text)]
    assert len(words) >= 6
    assert [text for text in words if not re.search("[\u4e00-\u9fff]", text)] == []


def test_no_answer_may_be_framed_or_load_from_elsewhere(server: Server) -> None:
    for path in ("", "nowhere", "_solara/cdn/requirejs@2.3.6/require.js", "static/main-vuetify.js"):
        with closing(HTTPConnection(urlsplit(server.url).netloc)) as connection:
            connection.request("GET", f"/{path}")
            headers = connection.getresponse().headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'self';" in policy
        assert "*" not in policy
        assert "https:" not in policy


def test_a_foreign_website_gets_nothing(server: Server) -> None:
    assert fetch(server.url)[0] == 200
    assert fetch(server.url, Host="evil.example")[0] == 421
    assert fetch(server.url, Origin="http://evil.example")[0] == 421
    asset = f"{server.url}_solara/cdn/requirejs@2.3.6/require.js"
    assert fetch(asset)[0] == 200
    assert fetch(asset, **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})[0] == 421


def test_nobody_says_where_the_scripts_of_others_lie(tmp_path: Path) -> None:
    with running(tmp_path) as own:
        for header in ("Script-Name", "X-Script-Name"):
            status, told = fetch(own.url, **{header: "//evil.example"})
            assert status == 200
            assert "evil.example" not in told
        assert "evil.example" not in fetch(own.url)[1]


def test_the_server_fetches_nothing_for_anybody_and_deletes_nothing(server: Server) -> None:
    assert fetch(f"{server.url}_solara/cdn/jquery@3.7.1/dist/jquery.js")[0] == 404
    folder = assets_folder()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for inside in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        assert fetch(f"{server.url}_solara/cdn/{inside.relative_to(folder)}/")[0] in (404, 405)
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == files
    assert len(files) > 10


def test_a_taken_port_is_told_at_once(server: Server, tmp_path: Path) -> None:
    port = server.url.rstrip("/").rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "sim", "view", "--port", port, "--no-browser"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert f"--port: {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_scenario_is_told_before_the_server_starts(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: bad\nextends: baseline\nlevers: {talent_pol: {}}\n")
    done = subprocess.run(
        [sys.executable, "-m", "sim", "view", "bad.yaml", "--sessions", "none", "--no-browser"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert "talent_pool" in done.stderr
    assert "--sessions: none" in done.stderr
    assert not done.stdout


def test_ctrl_c_ends_it_quietly_with_a_page_open(tmp_path: Path, visitors: Callable[[], Visitor]) -> None:
    with running(tmp_path) as own:
        visitor = visitors()
        visitor.open(own.url)
        visitor.leave()
        guest = visitors()
        guest.open(own.url)
        assert own.stop() == 0
        guest.wrong.clear()  # its connection is gone, as it must be
    said = own.log.read_text()
    assert said.rstrip().endswith("The page has ended.")
    assert "Traceback" not in said


def test_only_this_machine_is_listened_to(server: Server) -> None:
    port = int(server.url.rstrip("/").rpartition(":")[2])
    other = socket.gethostbyname(socket.gethostname())
    assert server.url.startswith(f"http://{LOOPBACK}:")
    if other.startswith("127."):
        other = "127.0.0.2"  # loopback as well, and not the one address listened to
    with socket.socket() as knock:
        knock.settimeout(5)
        assert knock.connect_ex((other, port)) != 0


@pytest.mark.slow
def test_a_class_fits_into_the_memory_of_a_small_machine(
    tmp_path: Path, visitors: Callable[[], Visitor]
) -> None:
    with running(tmp_path) as own:
        before = own.memory()
        student = visitors()
        student.open(own.url)
        for _ in range(CLASS - 1):
            page = student.tab()
            page.goto(own.url)
            shown(page)
        after = own.memory()
        print(f"{before:.0f} MB, with {CLASS} visitors {after:.0f} MB")
        assert after < MOST_MEMORY
