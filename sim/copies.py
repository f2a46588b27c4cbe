"""Own copies of what the program brings, for people to edit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import get_args

from sim.errors import InputError, Problem
from sim.files import Kind, atomic_folder, bundled


def copy_out(folder: Path, *, force: bool = False) -> list[Path]:
    """Copy scenarios, calibration and experiments into a folder.

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
            message = "this is a file; name a folder"
            if folder.is_dir():
                message = (
                    "this folder is not empty; name another, or let --force replace files of the same name"
                )
            raise InputError(Problem(message, key="folder", value=str(folder)))
        if occupied:
            return _copy_into(folder)
        with atomic_folder(folder) as part:
            _copy_into(part)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InputError(Problem(message, key="folder", value=str(folder))) from error
    return []


def _copy_into(folder: Path) -> list[Path]:
    replaced = []
    for kind in get_args(Kind):
        source = bundled(kind)
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            target = folder / kind / file.relative_to(source)
            if target.is_file() and target.read_bytes() != file.read_bytes():
                replaced.append(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return replaced
