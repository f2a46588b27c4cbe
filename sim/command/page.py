"""`view`: the page's server, from its options to Ctrl-C."""

from __future__ import annotations

import sys

import typer

from sim.browser import needs, offer, server
from sim.browser.opening import Opening
from sim.command.arguments import Serving
from sim.command.conduct import say_files
from sim.command.options import Mistakes, read_scenario, read_words
from sim.command.terminal import announce_compilation, leave, notice, stoppable
from sim.errors import InputError, Problem
from sim.words import LANGUAGES, Words


def do_view(scenario: str, serving: Serving, lang: str | None, *, browser: bool, quiet: bool) -> None:
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    scenario, serving, lang
        As typed.
    browser
        Whether to open the page in a browser on this machine.
    """
    mistakes = Mistakes()
    words = mistakes.attempt(read_words, lang) or Words(LANGUAGES[0])
    if lacking := needs.check():
        raise InputError(map(Problem, lacking))
    offered = mistakes.attempt(offer.read_offer, serving.host, serving.port, serving.sessions, serving.idle)
    chosen = mistakes.attempt(read_scenario, scenario)
    mistakes.refuse()
    assert offered is not None
    assert chosen is not None
    say_files([chosen], words, quiet)
    sock = offer.listen(offered)
    url = offer.address(offered.host, sock.getsockname()[1])

    def ready() -> None:
        if not quiet:
            typer.echo(words("server.ready", url=url, sessions=offered.sessions))
            sys.stdout.flush()
        if browser and fresh:
            server.open_browser(url)

    with stoppable(words):
        fresh = announce_compilation(words, quiet)
        server.judge(chosen)
        if browser and not fresh:  # this is slow too, and waits for the answer
            server.open_browser(url)
        if fresh:
            server.load(chosen)
    if offered.public:
        notice(words("server.public", host=offered.host))
    try:
        server.serve(Opening(chosen, words.lang), offered, sock, ready)
    except KeyboardInterrupt:  # the intended way to end
        if not quiet:
            notice("\n" + words("server.ended"))
    leave(0)
