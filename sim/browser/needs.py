"""Packages that the page needs, and which of them this machine lacks; imports nothing heavy."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path

from sim.errors import Message

#: Packages that the page needs: distribution, and the first major version that no longer works.
NEEDED: Mapping[str, int | None] = {
    "mesa": 4,
    "solara": 2,
    "ipyvue": 3,  # from here on, figures stay blank
    "ipyvuetify": 2,  # likewise
    "solara-assets": None,
}
INSTALL = "pip install 'industrial-upgrading[view]'"
HOW_TO_INSTALL = Message("errors_browser.install", command=INSTALL)


def check() -> list[Message]:
    """Say what the page lacks; imports nothing heavy.

    Returns
    -------
    list of Message
        One for each missing package, then one on how to get them all; empty if nothing is missing.
    """
    lacking = []
    for name, wrong in NEEDED.items():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            lacking.append(Message("errors_browser.not_installed", name=name))
            continue
        if wrong is not None and int(version.split(".")[0]) >= wrong:
            too_new = Message("errors_browser.too_new", name=name, version=version, below=wrong)
            lacking.append(too_new)
    if not lacking:
        lacking += [Message("errors_browser.file_not_installed", name=name) for name in _absent_assets()]
    if lacking:
        lacking.append(HOW_TO_INSTALL)
    return lacking


def assets_folder() -> Path | None:
    """Where the package solara-assets keeps what the page would otherwise fetch from the internet."""
    for file in importlib.metadata.files("solara-assets") or ():
        if file.name == "require.js":
            return Path(str(file.locate())).resolve().parents[1]
    return None


def _absent_assets() -> list[str]:
    """Packages of scripts that the page's frame refers to and this machine lacks."""
    solara = importlib.util.find_spec("solara")
    assert solara is not None
    assert solara.origin is not None
    frame = Path(solara.origin).parent / "server" / "templates" / "solara.html.j2"
    named = set(re.findall(r"\{\{cdn\}\}/((?:@[\w-]+/)?[\w-]+@[\w.-]+)/", frame.read_text(encoding="utf-8")))
    folder = assets_folder()
    # The frame for Vue 3 is not ours: see NEEDED.
    return sorted(
        name for name in named if "vuetify3" not in name and not (folder and (folder / name).is_dir())
    )
