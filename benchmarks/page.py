"""How long a class waits for the page: from the command to the first click, a step, a lever, playing freely.

    python benchmarks/page.py [SCENARIO]

Needs Chromium and the extra `test`; the model should be compiled (`upgrading warmup`). Prints seconds, medians where
something is done several times. Chromium draws on the processor here, and shares it with the server; a click's time
holds some 0.05 s of the driver's own.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from playwright.sync_api import Page, expect, sync_playwright

PATIENCE = 120_000  # milliseconds
QUARTERS = 52
ROUNDS = 3


def seconds(what: Callable[[], object]) -> float:
    """Time something."""
    begun = time.monotonic()
    what()
    return time.monotonic() - begun


def drawn(page: Page, quarters: int) -> None:
    """Wait until so many quarters are drawn."""
    expect(page.locator("svg.time-paths")).to_have_attribute("data-done", str(quarters))


def open_page(page: Page, port: int) -> None:
    """Open the page as soon as somebody answers, like the browser that the command opens."""
    # Cheaper than asking Chromium again and again, which would slow the server.
    while True:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    page.goto(f"http://127.0.0.1:{port}/")
    page.locator("canvas[data-drawn]").wait_for()


def step(page: Page, quarter: int) -> None:
    """Go on by a quarter."""
    page.locator(".act-step").click()
    drawn(page, quarter)


def play(page: Page) -> None:
    """Play to the end."""
    page.locator(".act-play").click()
    drawn(page, QUARTERS)


def reset(page: Page) -> None:
    """Go back to the beginning."""
    page.locator(".act-reset").click()
    drawn(page, 0)


def choose(page: Page, name: str, value: str) -> None:
    """Choose another reading, and wait for what it makes of the province."""
    ladder = page.locator("svg.ladder-flows")
    before = ladder.get_attribute("data-stock") or ""
    page.locator(f"[data-control='{name}']").select_option(value)
    expect(ladder).not_to_have_attribute("data-stock", re.compile(f"^{before}$"))


def measure(page: Page) -> None:
    """Use the page and print how long it takes."""
    print(f"a step                  {median(seconds(lambda k=k: step(page, k)) for k in range(1, 9)):.2f}")
    page.locator(".act-speed .v-select__slot").click()
    page.locator(".menuable__content__active .v-list-item").last.click()
    frames = page.locator("canvas[data-drawn]")
    for _ in range(ROUNDS):
        reset(page)
        before = int(frames.get_attribute("data-drawn") or 0)
        took = seconds(lambda: play(page))
        maps = int(frames.get_attribute("data-drawn") or 0) - before
        print(
            f"playing freely          {QUARTERS / took:.0f} quarters a second; {maps / took:.0f} maps a second"
        )
    changes = [("structure", value) for value in ("D", "V") * ROUNDS]
    print(
        f"a change, {QUARTERS} quarters    {median(seconds(lambda c=c: choose(page, *c)) for c in changes):.2f}"
    )


def main() -> None:
    """Measure and print."""
    scenario, port = (sys.argv[1:] or ["talent_pool"])[0], 8790
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        command = [sys.executable, "-m", "sim", "view", scenario, "--port", str(port), "--no-browser"]
        begun = time.monotonic()
        server = subprocess.Popen([*command, "--lang", "en", "--quiet"])
        try:
            open_page(page, port)
            print(f"from command to page    {time.monotonic() - begun:.1f}")
            second = browser.new_page(viewport={"width": 1280, "height": 800})
            print(f"another visitor's page  {seconds(lambda: open_page(second, port)):.1f}")
            second.close()
            measure(page)
        finally:
            server.terminate()
            server.wait()
            browser.close()


if __name__ == "__main__":
    main()
