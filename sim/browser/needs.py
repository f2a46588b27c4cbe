"""What the page is built on, and what of it is missing on this machine; nothing heavy is imported."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path

from sim.words import bilingual

#: What the page is built on: distribution, and the first major version that no longer works.
NEEDED: Mapping[str, int | None] = {
    "mesa": 4,
    "solara": 2,
    "ipyvue": 3,  # from here on, figures stay blank
    "ipyvuetify": 2,  # likewise
    "solara-assets": None,
}
INSTALL = "pip install 'industrial-upgrading[view]'"


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
            lacking.append(bilingual("server.no_package", name=name))
            continue
        if wrong is not None and int(version.split(".")[0]) >= wrong:
            lacking.append(bilingual("server.too_new", name=name, version=version, wrong=wrong))
    if not lacking:
        lacking += [bilingual("server.no_asset", name=name) for name in _absent_assets()]
    if lacking:
        lacking.append(f"{bilingual('server.install')} {INSTALL}")
    return lacking


def assets_folder() -> Path | None:
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
    folder = assets_folder()
    # The frame for Vue 3 is not ours: see NEEDED.
    return sorted(
        name for name in named if "vuetify3" not in name and not (folder and (folder / name).is_dir())
    )
