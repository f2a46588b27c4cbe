"""Copies of the bundled files, for people to edit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from sim.errors import InputError, Message, Problem, system_reason
from sim.files.atomic import atomic_folder
from sim.files.folders import Kind, bundled


def copy_out(folder: Path, *, force: bool = False) -> list[Path]:
    """Copy scenarios, calibration and experiments into a folder; the copies name each other.

    Parameters
    ----------
    folder
        New or empty, unless `force`.
    force
        Copy into a folder that holds something; files of the same name are replaced, all others stay.

    Returns
    -------
    list of Path
        Files that were replaced and had other content.

    Raises
    ------
    InputError
        If the folder is not empty (without `force`), or cannot be written.
    """
    try:
        occupied = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
        if occupied and not (force and folder.is_dir()):
            key = "errors_command.not_empty" if folder.is_dir() else "errors_command.name_a_folder"
            message = Message(key)
            raise InputError(Problem(message, key="folder", value=str(folder)))
        if occupied:
            return _copy_into(folder)
        with atomic_folder(folder) as part:
            _copy_into(part)
    except OSError as error:
        message = Message("errors_command.cannot_write", why=system_reason(error))
        raise InputError(Problem(message, key="folder", value=str(folder))) from error
    return []


def _copy_into(folder: Path) -> list[Path]:
    replaced = []
    for kind in get_args(Kind):
        source = bundled(kind)
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            target = folder / kind / file.relative_to(source)
            content = _among_copies(kind, file)
            if target.is_file() and target.read_bytes() != content:
                replaced.append(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return replaced


def _among_copies(kind: Kind, file: Path) -> bytes:
    """Contents of the copy of a bundled file: it refers to the other copies, so that editing those has an effect."""
    content = file.read_bytes()
    if file.suffix != ".yaml":
        return content
    text = content.decode("utf-8")
    if kind == "scenarios":
        text = re.sub(r"(?m)^evidence: (\w+)$", r"evidence: ../calibration/\1", text)
    elif kind == "experiments":
        named = re.search(r"(?m)^scenarios: \[(.*)\]$", text)
        if named:
            paths = ", ".join(f"../scenarios/{name.strip()}.yaml" for name in named[1].split(","))
            text = f"{text[: named.start(1)]}{paths}{text[named.end(1) :]}"
    return text.encode("utf-8")
