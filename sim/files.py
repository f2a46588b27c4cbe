"""Where bundled and user files are: the only room that knows paths."""

from __future__ import annotations

import atexit
import difflib
import errno
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from sim.errors import InputError, Problem
from sim.interrupts import heeding_interrupts

Kind = Literal["scenarios", "calibration", "experiments"]

# The file that tells a results folder from any other: --force replaces nothing that lacks it.
MANIFEST = "manifest.json"
# Held by the process that works on the runs beside it.
LOCK = ".lock"
# Says what the runs beside it are runs of.
LEDGER = "ledger.json"

MOST_BESIDE = 100  # names that are tried for results beside others
OVERTAKEN = "another process put results there meanwhile"
_PROGRAM = "industrial-upgrading"
_ENDING = re.compile(r"\.ya?ml$")
_PACKAGE = Path(__file__).resolve().parent
_KERNEL_CACHES_KEPT = 5
# These settings of numba change no compiled code; all others may, and its own cache does not look at them
# (a kernel cached without bounds checks would be loaded under NUMBA_BOUNDSCHECK=1).
_NUMBA_SETTINGS_WITHOUT_EFFECT = {"NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS"}


# ---------------------------------------------------------------------------------------------------------
# What the program brings
# ---------------------------------------------------------------------------------------------------------


def bundled(kind: Kind) -> Path:
    """Return the folder of scenarios, calibration or experiments that came with the program.

    In a checkout it is the top-level folder of that name; an installed wheel carries its own copy.

    Raises
    ------
    InputError
        If the installation lacks the folder.
    """
    # The wheel's copy is asked first: it cannot exist in a checkout, while a stray pyproject.toml can lie
    # in site-packages.
    inside = _PACKAGE / "_bundled" / kind
    if inside.is_dir():
        return inside
    beside = _PACKAGE.parent / kind
    if (_PACKAGE.parent / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    raise InputError(f"this installation lacks its {kind} folder: install {_PROGRAM} again")


def scenario_names() -> tuple[str, ...]:
    """Return the names of the bundled scenarios, sorted, without `.yaml`."""
    return _names("scenarios")


def experiment_names() -> tuple[str, ...]:
    """Return the names of the bundled experiments, sorted, without `.yaml`."""
    return _names("experiments")


def _names(kind: Kind) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in bundled(kind).glob("[!._]*.yaml")))


def find_scenario(text: str, beside: Iterable[Path] = ()) -> Path:
    """Return the scenario file meant by a command-line argument.

    Parameters
    ----------
    text
        A path to a file, or a bare name, with or without `.yaml` or `.yml`. A bare name is looked for in the working
        folder and its folder `scenarios` (where `upgrading init` puts it), then `beside`, then among the bundled ones.
    beside
        Folders of the other files that the command names.

    Raises
    ------
    InputError
        If there is no such file or scenario; the message suggests the nearest bundled name.
    """
    return _find("scenarios", "scenario", text, beside)


def find_experiment(text: str) -> Path:
    """Return the experiment file meant by a command-line argument; like `find_scenario`."""
    return _find("experiments", "experiment", text, ())


def find_beside(text: str, file: Path) -> Path:
    """Return the scenario file that another file names: beside it (or in the folder `scenarios` there), else bundled.

    Parameters
    ----------
    text
        A path from the folder of `file`, or a bare name, with or without `.yaml` or `.yml`.
    file
        The file that names it. Where it is a link, its folder is the one that the link lies in.

    Raises
    ------
    InputError
        If there is no such file, or it cannot be looked for.
    """
    with _readable("scenario", text):
        laid_out = _in_folder(file.parent / "scenarios", text) if _is_bare(text) else None
        found = _in_folder(file.parent, text) or laid_out or _bundled_file("scenarios", text)
        if found is not None:
            return found
        beside = [each.stem for each in file.parent.glob("*.y*ml")]
    ending = _ENDING.search(text)
    near = difflib.get_close_matches(Path(_ENDING.sub("", text)).name, [*beside, *scenario_names()], n=1)
    nearest = f"{near[0]}{ending[0] if ending else ''}" if near else ""
    hint = f"Did you mean {nearest}?" if near else f"Bundled: {', '.join(scenario_names())}."
    message = f"no such file beside this one, and no bundled scenario of this name. {hint}"
    raise InputError(Problem(message, key="scenario", value=text))


def bundled_scenario(name: str) -> Path:
    """Return the file of a bundled scenario, whatever lies in the working folder."""
    return bundled("scenarios") / f"{name}.yaml"


def folders_of(texts: Iterable[str]) -> tuple[Path, ...]:
    """Return the folders of those command-line arguments that name files by their path, without repetition."""
    found = []
    for text in texts:
        with suppress(OSError, InputError):  # what is wrong with it is said where it is read
            file = _in_folder(Path(), text)
            if file is not None:
                found.append(file.parent)
    return tuple(dict.fromkeys(found))


def is_bundled(path: Path) -> bool:
    """Whether a file or folder is one that the program brings."""
    real = path.resolve()
    return any(real.is_relative_to(bundled(kind).resolve()) for kind in get_args(Kind))


def _find(kind: Kind, noun: str, text: str, beside: Iterable[Path]) -> Path:
    with _readable(noun, text):
        path = Path(_slashed(text))
        places = [Path(), Path(kind), *beside] if _is_bare(text) else [Path()]
        found = next(filter(None, (_in_folder(place, text) for place in places)), None)
        if found is None:
            found = _bundled_file(kind, text)
        if found is not None:
            return found
        if path.is_dir():
            article = "an" if noun[0] in "aeiou" else "a"
            raise InputError(Problem(f"this is a folder, not {article} {noun} file", key=noun, value=text))
        if path.is_symlink():
            raise InputError(Problem("this is a link to a file that does not exist", key=noun, value=text))
    raise _not_found(noun, text, path.stem, _names(kind))


def _in_folder(folder: Path, text: str) -> Path | None:
    """Find a file by its path from a folder; the endings `.yaml` and `.yml` may be left out or stand for each other."""
    given = folder / _slashed(text)
    if given.exists() and not given.is_dir():
        return given
    stem = _ENDING.sub("", _slashed(text))
    found = [each for each in (folder / f"{stem}.yaml", folder / f"{stem}.yml") if stem and each.is_file()]
    if len(found) > 1:
        message = f"{found[0]} and {found[1]} both lie here; say which one is meant, with its ending"
        raise InputError(Problem(message, key="file", value=text))
    return found[0] if found else None


def _bundled_file(kind: Kind, text: str) -> Path | None:
    name = _ENDING.sub("", text)
    return bundled(kind) / f"{name}.yaml" if name in _names(kind) else None


def _slashed(text: str) -> str:
    """Write a path with slashes: files are written on one machine and read on another."""
    return text.replace("\\", "/") if "\\" in text and not Path(text).exists() else text


def _is_bare(text: str) -> bool:
    return not {"/", "\\"} & set(text)


def find_evidence(text: str) -> Path:
    """Return the evidence folder meant by a command-line argument.

    Parameters
    ----------
    text
        A path, or a bare name, which is looked for in the working folder and its folder `calibration` (where
        `upgrading init` puts it), then among the bundled ones.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    with _readable("calibration", text):
        places = [Path(text), Path("calibration") / text] if _is_bare(text) else []
        return next((place for place in places if text and place.is_dir()), None) or calibration_folder(text)


def calibration_folder(name: str) -> Path:
    """Return the evidence folder of a province.

    Parameters
    ----------
    name
        The name of a folder under the bundled calibration (`hubei`), or a path to a folder. A bundled name
        means the bundled folder wherever the program is started.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    path = Path(name)
    with _readable("calibration", name):
        names = tuple(sorted(entry.name for entry in bundled("calibration").iterdir() if entry.is_dir()))
        if name in names:
            return bundled("calibration") / name
        if path.is_dir():
            return path
        if path.exists():
            raise InputError(
                Problem("this is a file, not a folder of evidence", key="calibration", value=name)
            )
    raise _not_found("calibration", name, path.name, names)


def evidence_named(text: str, file: Path | None = None) -> Path:
    """Return the evidence folder that a file names: a bundled name, or a path from that file's own folder.

    Parameters
    ----------
    text
        Such as ``hubei`` or ``../calibration/hubei``.
    file
        The file; None where no file says it, and a path is meant from the working folder.

    Returns
    -------
    Path
        Absolute.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    with _readable("calibration", text):
        if file is None or _is_bundled_evidence(text):
            return calibration_folder(text).resolve()
        return calibration_folder(str((file.parent / _slashed(text)).absolute())).resolve()


def _is_bundled_evidence(text: str) -> bool:
    return _is_bare(text) and text not in ("", ".", "..") and (bundled("calibration") / text).is_dir()


def chinese_font() -> Path:
    """Return the Chinese TrueType font (Noto Sans SC, SIL Open Font License) that a dependency carries.

    Its package is looked up, not imported: importing it would change matplotlib's settings.

    Raises
    ------
    InputError
        If the package `zhplot` or the font in it is missing.
    """
    spec = importlib.util.find_spec("zhplot")
    for folder in (spec and spec.submodule_search_locations) or ():
        font = Path(folder) / "fonts" / "NotoSansSC-Regular.ttf"
        if font.is_file():
            return font
    raise InputError("this installation lacks its Chinese font: install the package zhplot")


@contextmanager
def _readable(key: str, text: str) -> Iterator[None]:
    """Turn what the system says against looking at a path into a message for people."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a character that no path can hold
        reason = getattr(error, "strerror", None) or error
        raise InputError(Problem(f"cannot be read: {reason}", key=key, value=text)) from error


def _not_found(key: str, text: str, near: str, names: tuple[str, ...]) -> InputError:
    """Say that nothing of this name exists, and which bundled name is nearest or what there is."""
    nearest = difflib.get_close_matches(near, names, n=1)
    hint = f"Did you mean {nearest[0]}?" if nearest else f"Bundled: {', '.join(names) or 'none'}"
    return InputError(
        Problem(f"no such path, and nothing of this name is bundled. {hint}", key=key, value=text)
    )


# ---------------------------------------------------------------------------------------------------------
# What the program writes
# ---------------------------------------------------------------------------------------------------------


def new_results_folder(out: Path | None, name: str, *, force: bool = False) -> Path:
    """Return the folder that results go to, refusing at once what `atomic_folder` would refuse at the end.

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
        If the folder is not empty (with `force`: if it holds anything else than results), or cannot be
        written.
    """
    path = Path("results") / name if out is None else out
    try:
        _check_replaceable(path, force)
        ancestor = next(folder for folder in path.resolve().parents if folder.exists())
        if not ancestor.is_dir():
            raise _refused(path, f"{ancestor} is a file, not a folder")
        if not os.access(ancestor, os.W_OK | os.X_OK):
            raise _refused(path, f"cannot be written: {ancestor} is not writable")
        # A folder is put in place by renaming, and a mount point cannot be renamed onto.
        if os.path.ismount(path):
            raise _refused(path, "this is a mount point; name a folder inside it")
    except OSError as error:
        raise _refused(path, f"cannot be written: {error.strerror}") from error
    return path


@contextmanager
def atomic_folder(path: Path, *, force: bool = False, keep: bool = False) -> Iterator[Path]:
    """Write a whole folder or nothing.

    Yields a temporary folder beside `path`, which takes the place of `path` when the block ends and is
    removed when the block fails; folders above it that had to be made are removed too.

    Parameters
    ----------
    path
        The folder to make.
    force
        Whether earlier results in that folder may be replaced.
    keep
        Whether what the block wrote took long: where it cannot be put in place, because another process has filled
        the folder meanwhile or a folder was locked, it is kept under a name of its own, and the message says which.

    Raises
    ------
    InputError
        If the folder is not empty (with `force`: if it holds anything else than results), or cannot be
        written; with `keep` only when the block has ended.
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
            with suppress(OSError):  # somebody else may have put something there meanwhile
                folder.rmdir()
        raise
    if failed is not None:
        overtaken = not force and final.is_dir() and any(final.iterdir())
        reason = OVERTAKEN if overtaken else failed.problems[0].message
        kept = _kept_beside(part, final)
        raise _refused(path, f"{reason}. Nothing is lost: the results of this command are in {kept}")


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _refused(path, f"cannot be written: {error.strerror}") from error


def _part_elsewhere(part: Path) -> Path:
    """Make a temporary folder although the one that it is for is refused; where users have theirs if need be."""
    try:
        part.mkdir()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="upgrading-"))
    return part


def _kept_beside(part: Path, final: Path) -> Path:
    """Give whole results that could not be put in place the next free name beside it; where they are if that fails."""
    for number in range(2, MOST_BESIDE):
        beside = final.with_name(f"{final.name}-{number}")
        with suppress(OSError):
            if not os.path.lexists(beside):
                part.rename(beside)
                return beside
    return part


def growing_folder(path: Path, identity: str, *, resume: bool = False, force: bool = False) -> Path:
    """Make the folder of work that grows over hours and can be gone on with, or find it again.

    Parameters
    ----------
    path
        The folder.
    identity
        What the work is; kept in the manifest from the beginning.
    resume
        Whether earlier work in that folder is to be gone on with.
    force
        Whether earlier results in that folder may be replaced.

    Returns
    -------
    Path
        The folder, with a manifest in it. Where earlier work has lost its own, the manifest written at the end is
        the next one: only the runs can say whether they are of this work.

    Raises
    ------
    InputError
        If the folder holds something else, cannot be written, or holds earlier work and neither `resume` nor `force`
        is given.
    """
    path = path.resolve()
    try:
        found = None if force else identity_of(path)
        if found == identity and resume:
            return path
        if found == identity:
            message = (
                "there are runs of this experiment already; go on with --resume, or start again with --force"
            )
            raise _refused(path, message)
        if resume and found is not None:
            message = (
                f"{MANIFEST} in this folder is of another experiment, or of this one with other evidence or another "
                f"version of the model; they cannot go on together. Name another folder; or, if only {MANIFEST} is "
                f"wrong, remove it and go on with --resume, which looks at every run"
            )
            raise _refused(path, message)
        if found is None and not force and _holds_runs(path):
            if resume:
                return path
            message = f"there are runs here without a readable {MANIFEST}; go on with --resume"
            raise _refused(path, f"{message}, or name another folder")
        if found is None and not force and _holds_only_a_manifest(path):
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
        raise _refused(path, f"cannot be written: {error.strerror}") from error
    return path


def _begin_manifest(path: Path, identity: str) -> None:
    write_whole(path / MANIFEST, json.dumps({"run": identity, "finished": False}).encode() + b"\n")


def identity_of(path: Path) -> str | None:
    """What the work in a folder is; None where no manifest says it."""
    content = read_json(path / MANIFEST)
    return str(content["run"]) if isinstance(content, dict) and "run" in content else None


def _holds_runs(path: Path) -> bool:
    return any(next(path.glob(pattern), None) for pattern in (f"*/{LEDGER}", "*/runs/*.parquet"))


def _holds_only_a_manifest(path: Path) -> bool:
    """Whether work in a folder ended when only its manifest, or a part of it, was written."""
    names = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
    return bool(names) and names <= {MANIFEST, f".{MANIFEST}.part"}


def read_json(path: Path) -> Any:
    """Read a file of JSON; None where there is none that can be read."""
    try:
        return json.loads(path.read_bytes()) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return None


def _refuse_if_at_work(path: Path) -> None:
    """Refuse to replace a folder in which a process is working; its locks end with it."""
    import fcntl

    for lock in path.glob(f"*/{LOCK}"):
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise _refused(path, "another process is working on this; stop it first") from None


def write_whole(path: Path, content: bytes, *, flush: bool = True) -> None:
    """Write a file whole or not at all, even if the power fails in between.

    Parameters
    ----------
    flush
        Whether to wait until the disk has it.

    Raises
    ------
    OSError
        If it cannot be written; what was there before is still there.
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
    """Rename `part` to `final`, setting aside what stands there until the new folder stands."""
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
    """Raise InputError unless a new folder may stand at `path`."""
    if not path.exists():
        return
    if not path.is_dir():
        raise _refused(path, "this is a file; name a folder")
    if not any(path.iterdir()):
        return
    if not force:
        raise _refused(
            path, "this folder is not empty; name another, or replace earlier results with --force"
        )
    if not (path / MANIFEST).is_file():
        raise _refused(path, f"--force replaces earlier results only, and this folder has no {MANIFEST}")


def _refused(path: Path, message: str) -> InputError:
    """Return the error for an output folder that cannot be used."""
    return InputError(Problem(message, key="output folder", value=str(path)))


# ---------------------------------------------------------------------------------------------------------
# What the program keeps for the next time
# ---------------------------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """Return the user's cache folder for this program (it need not exist yet).

    `$XDG_CACHE_HOME` where it is set to an absolute path; else the platform's custom.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):
        return Path(given) / _PROGRAM
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / _PROGRAM
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / _PROGRAM
    return Path.home() / ".cache" / _PROGRAM


def kernel_cache_folder() -> Path:
    """Return the folder for the compiled model, named by a hash of the model's sources.

    numba's own cache looks at one file at a time, so it would keep a kernel whose helper in another room
    has changed; a new name for every state of the sources cannot be stale. The versions of Python and numba, and
    settings of numba that change what is compiled, are part of the hash.
    """
    return cache_folder() / "numba" / _kernel_key()


def use_kernel_cache() -> Path:
    """Let numba keep the compiled model in `kernel_cache_folder()`; call it before importing `sim.model`.

    A folder that the user has set in `$NUMBA_CACHE_DIR` is used instead if it can be written. Of the folders for
    other states of the sources only the newest few are kept. Where the folder cannot be written, a private temporary
    one serves this process and those that it starts.

    Returns
    -------
    Path
        The folder in force.
    """
    try:
        folder = _made_kernel_cache()
    except (OSError, RuntimeError):
        folder = _private_kernel_cache()
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if numba := sys.modules.get("numba"):  # it has read the environment already
        numba.config.CACHE_DIR = str(folder)
    return folder


def kernel_cache_trouble() -> str | None:
    """Say why the compiled model cannot be kept for the next command; None where it can."""
    try:
        _made_kernel_cache()
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    except RuntimeError as error:  # the user has no home folder
        return str(error)
    return None


def kernels_kept() -> bool:
    """Whether the whole model is compiled already, not only the kernels that an interrupted command got to."""
    return _completion(use_kernel_cache()).is_file()


@lru_cache(maxsize=1)  # once is enough, and runs call this every quarter
def note_kernels_kept() -> None:
    """Note that the whole model is compiled; to be called when a run has used all of it."""
    with suppress(OSError):  # the next command then says once more that it compiles
        _completion(use_kernel_cache()).touch()


def _completion(folder: Path) -> Path:
    """The file that says that all kernels of these sources are in a folder; the user's own is not named by them."""
    return folder / f"complete-{_kernel_key()}"


def _kernel_key() -> str:
    """Return 16 hexadecimal digits for the model's sources, what compiles them, and its settings."""
    # numba keeps the kernels of two copies of the sources apart, by their path as text, which in another locale is
    # another: a copy without any is not to look as if it had some.
    digest = hashlib.sha256(str(_PACKAGE).encode(errors="surrogateescape"))
    digest.update(f"{sys.implementation.cache_tag} numba {importlib.metadata.version('numba')}\n".encode())
    for source in sorted((_PACKAGE / "model").glob("*.py")):
        text = source.read_bytes()
        digest.update(f"{source.name} {len(text)}\n".encode())
        digest.update(text)
    for name in sorted(os.environ):
        if name.startswith("NUMBA_") and name not in _NUMBA_SETTINGS_WITHOUT_EFFECT:
            digest.update(f"{name}={os.environ[name]}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]


def _made_kernel_cache() -> Path:
    """Make the kernel cache folder, mark it as just used and remove the oldest of its siblings.

    Raises
    ------
    OSError
        If it cannot be written.
    RuntimeError
        If the user has no home folder.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    # A folder of ours was inherited from a parent process, which may have run under other settings.
    if given and Path(given).parts[-3:-1] != (_PROGRAM, "numba"):
        with suppress(OSError):
            return _usable(Path(given))
    folder = _usable(kernel_cache_folder())
    os.utime(folder)
    with suppress(OSError):  # another process may be tidying up at this moment
        siblings = sorted(folder.parent.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
        for stale in siblings[_KERNEL_CACHES_KEPT:]:
            shutil.rmtree(stale, ignore_errors=True)
    return folder


def _usable(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    return folder


def _private_kernel_cache() -> Path:
    """A temporary folder of this process, or of the one that started it."""
    inherited = Path(os.environ.get("NUMBA_CACHE_DIR", ""))
    if inherited.name == _kernel_key() and os.access(inherited, os.W_OK | os.X_OK):
        return inherited
    private = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    folder = private / _PROGRAM / "numba" / _kernel_key()
    folder.mkdir(parents=True)
    return folder
