"""What `upgrading view` says before it serves anything, and whom it lets in."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from sim.browser import needs, server
from sim.browser import offer as offering
from sim.browser.limits import AWAY, HEARTBEAT, IDLE, SESSIONS, UNPLACED, Door, Places, meant_for_us, places
from sim.command import page
from sim.command.arguments import Serving
from sim.errors import InputError
from sim.words import LANGUAGES, Words

ROOT = Path(__file__).resolve().parents[3]
ANSWERED_WITHIN = 60  # seconds


def versions(monkeypatch, **other):
    """Let some packages be installed in another version, or not at all."""
    real = importlib.metadata.version

    def version(name):
        if name not in other:
            return real(name)
        if other[name] is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return other[name]

    monkeypatch.setattr(importlib.metadata, "version", version)


def test_nothing_is_missing_here():
    assert needs.check() == []


@pytest.mark.parametrize("name", needs.NEEDED)
def test_what_is_missing_is_named_with_the_way_to_get_it(monkeypatch, name):
    versions(monkeypatch, **{name: None})
    told, way = needs.check()
    assert told.text(Words("zh")) == f"缺少 {name}。"
    assert str(told) == f"{name} is not installed."
    for lang in LANGUAGES:
        assert "pip install 'industrial-upgrading[view]'" in way.text(Words(lang))


def test_a_version_that_shows_blank_figures_is_refused(monkeypatch):
    versions(monkeypatch, ipyvue="3.0.1", ipyvuetify="2.1.0")
    first, second, _ = needs.check()
    assert "ipyvue 3.0.1 is too new" in str(first)
    assert "低于 3" in first.text(Words("zh"))
    assert "ipyvuetify 2.1.0 is too new" in str(second)


def test_files_of_the_page_that_are_not_here_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(needs, "assets_folder", lambda: tmp_path)
    (tmp_path / "requirejs@2.3.6").mkdir()
    *absent, way = needs.check()
    assert absent
    assert all("solara-vuetify-app@" in str(line) for line in absent)
    assert needs.INSTALL in str(way)


def test_options_have_usual_values():
    offer = offering.read_offer(None, None, None, None)
    assert offer == offering.Offer("127.0.0.1", None, SESSIONS, IDLE)
    assert not offer.public


def test_options_are_read():
    offer = offering.read_offer("0.0.0.0", "80", "3", "5")
    assert offer == offering.Offer("0.0.0.0", 80, 3, 300.0)
    assert offer.public


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_is_not_the_public(host):
    assert not offering.Offer(host, 1, 1, 1.0).public


def test_all_wrong_options_are_told_at_once():
    with pytest.raises(InputError) as raised:
        offering.read_offer(None, "70000", "0", "soon")
    told = [str(problem) for problem in raised.value.problems]
    assert [line.split(":")[0] for line in told] == ["--port", "--sessions", "--idle"]
    assert "allowed: 1 to 65535" in told[0]


def test_a_taken_port_is_told_and_the_usual_one_is_replaced(monkeypatch):
    with offering.listen(offering.Offer("127.0.0.1", None, 1, 1.0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(InputError, match=f"--port: {port}"):
            offering.listen(offering.Offer("127.0.0.1", port, 1, 1.0))
        monkeypatch.setattr(offering, "PORT", port)
        with offering.listen(offering.Offer("127.0.0.1", None, 1, 1.0)) as second:
            assert second.getsockname()[1] > port


@pytest.mark.parametrize("host", ["192.0.2.1", "a..b", "a" * 64])
def test_an_address_that_is_not_this_machines_is_refused(host):
    with pytest.raises(InputError, match=f"--host: {host}"):
        offering.listen(offering.Offer(host, 8765, 1, 1.0))


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80/"), ("0.0.0.0", "http://127.0.0.1:80/"), ("::1", "http://[::1]:80/")],
)
def test_the_address_can_be_typed(host, url):
    assert offering.address(host, 80) == url


def test_others_are_warned_about_in_words():
    assert "no password" in Words("en")("server.public", host="0.0.0.0")
    assert "没有密码" in Words("zh")("server.public", host="0.0.0.0")


def test_no_browser_opens_for_what_no_page_can_show(monkeypatch, tmp_path):
    (tmp_path / "all.yaml").write_text("name: all\nextends: baseline\nscale: 1\n")
    opened = []
    monkeypatch.setattr(server, "open_browser", opened.append)
    monkeypatch.setattr(page, "announce_compilation", lambda lang, quiet: False)
    with offering.listen(offering.Offer("127.0.0.1", None, 1, 1.0)) as sock:
        monkeypatch.setattr(offering, "listen", lambda offer: sock)
        with pytest.raises(InputError, match="lower the scale"):
            page.do_view(str(tmp_path / "all.yaml"), Serving(), "en", browser=True, quiet=False)
    assert opened == []


def test_nothing_goes_out_and_nothing_is_watched():
    told = server.settings(server.PAGE, compress=False)
    assert told["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "False"
    assert told["SOLARA_MODE"] == "production"
    assert told["SOLARA_ASSETS_PROXY"] == "True"
    assert told["SOLARA_KERNEL_CULL_TIMEOUT"] == f"{AWAY:.0f}s"


@pytest.mark.parametrize(
    ("host", "origin", "meant"),
    [
        ("127.0.0.1:8765", None, True),
        ("127.0.0.1:8765", "http://127.0.0.1:8765", True),
        ("[::1]:8765", "http://[::1]:8765", True),
        ("localhost:8765", None, True),
        (f"{socket.gethostname()}:8765", None, True),
        ("192.168.1.20", "http://192.168.1.20", True),
        ("127.0.0.1:8765", "http://127.0.0.1:9999", False),
        ("127.0.0.1:8765", "null", False),
        ("evil.example:8765", "http://evil.example:8765", False),
        ("localhost.evil.example", None, False),
        ("", None, False),
    ],
)
def test_the_door_knows_who_is_meant(host, origin, meant):
    headers = {"host": host} | ({} if origin is None else {"origin": origin})
    assert meant_for_us(headers) is meant


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_there_are_so_many_places_and_no_more():
    places = Places(2, idle=10.0)
    assert places.take("a")
    assert places.take("b")
    assert places.full
    assert not places.take("c")
    assert places.take("a")  # who has one keeps it
    places.leave("a")
    places.leave("a")
    assert places.take("c")
    assert len(places) == 2


def test_who_does_nothing_for_too_long_is_overdue():
    clock = Clock()
    places = Places(3, idle=10.0, clock=clock)
    places.take("busy")
    places.take("lazy")
    clock.now = 8.0
    places.touch("busy")
    places.touch("stranger")
    clock.now = 11.0
    assert places.overdue() == ["lazy"]
    assert "stranger" not in places


def test_a_kernel_that_gets_no_place_lingers_only_for_a_while():
    clock = Clock()
    places = Places(3, idle=1000.0, clock=clock)
    places.take("inside")
    assert places.lingering(["inside", "early"]) == []
    clock.now = UNPLACED
    assert places.lingering(["inside", "early", "late"]) == []
    clock.now = UNPLACED + 1.0
    assert places.lingering(["inside", "early", "late"]) == ["early"]
    clock.now = 3 * UNPLACED
    places.take("late")
    assert places.lingering(["inside", "late"]) == []


def test_who_just_left_is_known_for_a_while():
    clock = Clock()
    places = Places(2, idle=1000.0, clock=clock)
    places.take("page")
    places.leave("stranger", "other browser")
    places.leave("page", "browser")
    assert places.just_left("browser")
    assert not places.just_left("other browser")
    assert not places.just_left(None)
    clock.now = AWAY + 1.0
    assert not places.just_left("browser")


def test_a_place_is_free_within_a_minute_of_the_browsers_end():
    # A browser that is killed closes its connection; one whose machine dies is found out by two heartbeats at most.
    assert 2 * HEARTBEAT + AWAY < 60.0
    assert UNPLACED < 30.0


@pytest.mark.parametrize(
    ("host", "status", "sockets"), [("127.0.0.1:8765", 200, "ws://127.0.0.1:8765"), ("evil.example", 421, "")]
)
def test_every_answer_says_what_a_browser_may_do_with_it(host, status, sockets):
    async def page(scope, receive, send):
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]}
        )
        await send({"type": "http.response.body", "body": b""})

    async def ask():
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", host.encode())]}
        await Door(page, {})(scope, None, answer)

    async def answer(message):
        answers.append(message)

    answers = []
    asyncio.run(ask())
    assert answers[0]["status"] == status
    headers = dict(answers[0]["headers"])
    assert headers[b"x-frame-options"] == b"DENY"
    assert headers[b"x-content-type-options"] == b"nosniff"
    policy = dict(part.split(" ", 1) for part in headers[b"content-security-policy"].decode().split("; "))
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"].split() == ["'self'", *([sockets, f"wss://{host}"] if sockets else [])]
    assert "*" not in str(policy)
    assert "evil" not in str(policy)


#: `upgrading` with a Mesa that lacks what it needs itself: installed, of a version that is accepted, and not to be
#: imported. The program stands in no file that could be gone when Mesa is imported, long after the start.
WITH_BROKEN_MESA = """
import runpy, sys

class Broken:
    def find_spec(name, path=None, target=None):
        if name == "mesa":
            import a_package_that_mesa_leaves_to_an_extra

sys.meta_path.insert(0, Broken)
runpy.run_module("sim", run_name="__main__")
"""


def test_a_page_that_cannot_be_loaded_is_told_before_anybody_is_invited(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITH_BROKEN_MESA, "view", "--no-browser", "--lang", "en"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 2
    assert "ready" not in done.stdout
    assert "No module named 'a_package_that_mesa_leaves_to_an_extra'" in done.stderr
    assert needs.INSTALL in done.stderr
    assert "Traceback" not in done.stderr


def test_the_extra_brings_what_every_mesa_needs():
    """Mesa imports networkx from 3.4 on, and leaves it to its extra ``network``."""
    required = [Requirement(line) for line in importlib.metadata.requires("industrial-upgrading")]
    view = [need for need in required if need.marker and need.marker.evaluate({"extra": "view"})]
    (mesa,) = [need for need in view if need.name == "mesa"]
    assert mesa.extras == {"network"}
    (networkx,) = [
        need
        for need in map(Requirement, importlib.metadata.requires("mesa"))
        if need.name == "networkx" and need.marker.evaluate({"extra": "network"})
    ]
    assert networkx
    assert {need.name for need in view} == {*needs.NEEDED}


def knock(door, kernel):
    """Open a connection for a kernel; tell whether the door let it in, and give what keeps it open."""
    told = asyncio.get_running_loop().create_future()

    async def send(message):
        told.set_result(message["type"])

    path = f"/jupyter/api/kernels/{kernel}/channels"
    scope = {"type": "websocket", "path": path, "headers": [(b"host", b"127.0.0.1:8765")]}
    return told, asyncio.ensure_future(door(scope, None, send))


async def told_by(told, connection):
    """Wait until a connection is let in or refused; what is wrong with it comes out here."""
    await asyncio.wait_for(
        asyncio.wait({told, connection}, return_when=asyncio.FIRST_COMPLETED), ANSWERED_WITHIN
    )
    if not told.done():
        await connection  # raises what ended it
    return told.result()


def test_no_more_pages_connect_than_may_wait(monkeypatch):
    monkeypatch.setattr(places, "most", 1)

    async def page(scope, receive, send):
        await send({"type": "websocket.accept"})
        await leave.wait()

    async def try_all():
        # A visitor chooses the name of a kernel: one that is part of every path opens no door.
        door = Door(page, {"api": None, "mine": None})
        answers = {}
        for kernel in ("mine", "api", "new"):
            told, connection = knock(door, kernel)
            answers[kernel] = await told_by(told, connection)
            leave.set()
            await connection
            leave.clear()
        return answers

    async def flood():
        door = Door(page, {"mine": None})
        connections = [knock(door, "mine") for _ in range(5)]
        answers = [await told_by(*one) for one in connections]
        leave.set()
        await asyncio.gather(*(connection for _, connection in connections))
        again, connection = knock(door, "mine")
        answers.append(await told_by(again, connection))
        await connection
        return answers

    yes, no = "websocket.accept", "websocket.close"
    leave = asyncio.Event()
    assert asyncio.run(try_all()) == {"mine": yes, "api": yes, "new": no}
    leave = asyncio.Event()
    assert asyncio.run(flood()) == [yes, yes, yes, no, no, yes]
