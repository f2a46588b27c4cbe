"""Writes folders and files whole or not at all, and manages folders of work that grow."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.errors import InputError, Message, Problem, system_reason
from sim.interrupts import heeding_interrupts

# Marks a results folder: --force replaces no folder without it.
MANIFEST = "manifest.json"
# Held by the process that works on the runs in the same folder.
LOCK = ".lock"
# Identifies the work that the runs in the same folder belong to.
LEDGER = "ledger.json"

MOST_BESIDE = 100  # names tried for results next to others
OVERTAKEN = Message("errors_files.overtaken")


def new_results_folder(out: Path | None, name: str, *, force: bool = False) -> Path:
    """Return the folder for results, refusing at once what `atomic_folder` would refuse at the end.

    Nothing is created here.

    Parameters
    ----------
    out
        The folder asked for; None means `results/<name>`.
    name
        The name of the results.
    force
        Whether earlier results in that folder may be replaced.

    Raises
    ------
    InputError
        If the folder is not empty (with `force`: if it holds anything other than results), or cannot be
        written.
    """
    path = Path("results") / name if out is None else out
    try:
        _check_replaceable(path, force)
        ancestor = next(folder for folder in path.resolve().parents if folder.exists())
        if not ancestor.is_dir():
            raise _refused(path, Message("errors_files.above_is_a_file", above=ancestor))
        if not os.access(ancestor, os.W_OK | os.X_OK):
            raise _refused(path, Message("errors_files.above_not_writable", above=ancestor))
        # The folder is put in place by renaming, which is impossible onto a mount point.
        if os.path.ismount(path):
            raise _refused(path, Message("errors_files.mount_point"))
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


@contextmanager
def atomic_folder(path: Path, *, force: bool = False, keep: bool = False) -> Iterator[Path]:
    """Write a whole folder or nothing.

    Yields a temporary folder beside `path`. It replaces `path` when the block ends and is removed when the block
    fails, together with parent folders that had to be made.

    Parameters
    ----------
    path
        The folder to make.
    force
        Whether earlier results in that folder may be replaced.
    keep
        Whether to keep the block's work if it cannot be put in place, because another process has filled the folder
        meanwhile or a folder is locked. It then gets its own name, and the message says which.

    Raises
    ------
    InputError
        If the folder is not empty (with `force`: if it holds anything other than results), or cannot be
        written; with `keep` only after the block has ended.
    """
    final = path.resolve()
    token = secrets.token_hex(4)
    part = final.with_name(f".{final.name}.{token}.part")
    missing = [folder for folder in final.parents if not folder.exists()]
    failed: InputError | None = None
    try:
        try:
            with _writable(path):
                _check_replaceable(path, force)
                final.parent.mkdir(parents=True, exist_ok=True)
                part.mkdir()
        except InputError as error:
            if not keep:
                raise
            failed, part = error, _part_elsewhere(part)
        with heeding_interrupts():
            yield part
        try:
            if failed is None:
                with _writable(path):
                    _put_in_place(part, final, path, force, token)
        except InputError as error:
            if not keep:
                raise
            failed = error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        for folder in missing:
            with suppress(OSError):  # another process may have put something there meanwhile
                folder.rmdir()
        raise
    if failed is not None:
        overtaken = not force and final.is_dir() and any(final.iterdir())
        why = OVERTAKEN if overtaken else failed.problems[0].what
        kept = _kept_beside(part, final)
        raise _refused(path, Message("errors_files.kept_beside", why=why, kept=kept))


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error) from error


def _part_elsewhere(part: Path) -> Path:
    """Make a temporary folder although the final one is refused, in the system's temporary folder if need be."""
    try:
        part.mkdir()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="upgrading-"))
    return part


def _kept_beside(part: Path, final: Path) -> Path:
    """Rename results that could not be put in place to the next free name beside it; return where they are now."""
    for number in range(2, MOST_BESIDE):
        beside = final.with_name(f"{final.name}-{number}")
        with suppress(OSError):
            if not os.path.lexists(beside):
                part.rename(beside)
                return beside
    return part


def growing_folder(path: Path, identity: str, *, resume: bool = False, force: bool = False) -> Path:
    """Make, or find again, the folder of work that grows over hours and can be resumed.

    Parameters
    ----------
    path
        The folder.
    identity
        Identifies the work; in the manifest from the beginning.
    resume
        Whether to resume earlier work in that folder.
    force
        Whether earlier results in that folder may be replaced.

    Returns
    -------
    Path
        The folder, with a manifest in it. If earlier work has lost its manifest, none is written until the end, because
        only the runs can tell whether they belong to this work.

    Raises
    ------
    InputError
        If the folder holds something else, cannot be written, or holds earlier work and neither `resume` nor `force`
        is given.
    """
    path = path.resolve()
    try:
        if not force and _goes_on(path, identity, resume=resume):
            return path
        if not force and _holds_only_a_broken_manifest(path):
            _begin_manifest(path, identity)
            return path
        _check_replaceable(path, force)
        if path.exists():
            _refuse_if_at_work(path)
            old = path.with_name(f".{path.name}.{secrets.token_hex(4)}.old")
            path.rename(old)
            shutil.rmtree(old, ignore_errors=True)
        path.mkdir(parents=True)
        _begin_manifest(path, identity)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def _goes_on(path: Path, identity: str, *, resume: bool) -> bool:
    """Whether earlier work in a folder is resumed; raise InputError if it would be mixed with other work or lost."""
    found = identity_of(path)
    if found == identity:
        if resume:
            return True
        raise _refused(path, Message("errors_files.runs_already"))
    if found is not None and resume:
        raise _refused(path, Message("errors_files.other_work", manifest=MANIFEST))
    if found is None and _holds_runs(path):
        if resume:
            return True
        raise _refused(path, Message("errors_files.runs_without_manifest", manifest=MANIFEST))
    return False


def _begin_manifest(path: Path, identity: str) -> None:
    write_whole(path / MANIFEST, json.dumps({"run": identity, "finished": False}).encode() + b"\n")


def identity_of(path: Path) -> str | None:
    """Identity of the work in a folder; None if no manifest gives it."""
    content = read_json(path / MANIFEST)
    return str(content["run"]) if isinstance(content, dict) and "run" in content else None


def _holds_runs(path: Path) -> bool:
    return any(next(path.glob(pattern), None) for pattern in (f"*/{LEDGER}", "*/runs/*.parquet"))


def _holds_only_a_broken_manifest(path: Path) -> bool:
    """Whether work in a folder stopped while its manifest was being written."""
    names = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
    return bool(names) and names <= {MANIFEST, f".{MANIFEST}.part"} and identity_of(path) is None


def read_json(path: Path) -> Any:
    """Read a JSON file; None if it is missing or cannot be read."""
    try:
        return json.loads(path.read_bytes()) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return None


def _refuse_if_at_work(path: Path) -> None:
    """Refuse to replace a folder in which a process is working; a process's locks end with it."""
    import fcntl

    for lock in path.glob(f"*/{LOCK}"):
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise _refused(path, Message("errors_files.at_work")) from None


def write_whole(path: Path, content: bytes, *, flush: bool = True) -> None:
    """Write a file whole or not at all, even if the power fails in between.

    Parameters
    ----------
    flush
        Whether to wait until it is on disk.

    Raises
    ------
    OSError
        If it cannot be written; the previous file is still there.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            if flush:
                file.flush()
                os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    if flush:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _put_in_place(part: Path, final: Path, shown: Path, force: bool, token: str) -> None:
    """Rename `part` to `final`; an existing folder is set aside until the new one is in place."""
    _check_replaceable(shown, force)
    if not final.exists():
        part.rename(final)
        return
    old = final.with_name(f".{final.name}.{token}.old")
    final.rename(old)
    try:
        part.rename(final)
    except BaseException:  # Ctrl-C between the two renames must not hide the old results
        old.rename(final)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _check_replaceable(path: Path, force: bool) -> None:
    """Raise InputError unless a new folder may be put at `path`."""
    if not path.exists():
        return
    if not path.is_dir():
        raise _refused(path, Message("errors_files.name_a_folder"))
    if not any(path.iterdir()):
        return
    if not force:
        raise _refused(path, Message("errors_files.not_empty"))
    if not (path / MANIFEST).is_file():
        raise _refused(path, Message("errors_files.not_results", manifest=MANIFEST))


def _unwritable(path: Path, error: OSError) -> InputError:
    return _refused(path, Message("errors_files.cannot_write", why=system_reason(error)))


def _refused(path: Path, message: Message) -> InputError:
    """Return the error for an output folder that cannot be used."""
    return InputError(Problem(message, key="--out", value=str(path)))
