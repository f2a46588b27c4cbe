"""Where things are: bundled files, and caches for the next run."""

from __future__ import annotations

import atexit
import errno
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from sim.errors import InputError, Message, system_reason

Kind = Literal["scenarios", "calibration", "experiments"]

_PROGRAM = "industrial-upgrading"
_PACKAGE = (
    Path(__file__).resolve().parents[1]
)  # the folder `sim`; the wheel carries the bundled files inside it
#: Sources outside `sim/model` whose numbers and names are compiled into the kernel.
COMPILED_IN = ("world/constants.py", "world/inputs.py", "world/levers.py")
_KERNEL_CACHES_KEPT = 5
# These settings of numba do not change compiled code. All others may, and numba's own cache ignores them (it would
# load a kernel cached without bounds checks under NUMBA_BOUNDSCHECK=1).
_NUMBA_SETTINGS_WITHOUT_EFFECT = {"NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS"}


def bundled(kind: Kind) -> Path:
    """Return the folder of scenarios, calibration or experiments that came with the program.

    In a checkout it is the top-level folder of that name; an installed wheel carries its own copy.

    Raises
    ------
    InputError
        If the installation lacks the folder.
    """
    # The wheel's copy comes first: it cannot exist in a checkout, while a stray pyproject.toml can be in
    # site-packages.
    inside = _PACKAGE / "_bundled" / kind
    if inside.is_dir():
        return inside
    beside = _PACKAGE.parent / kind
    if (_PACKAGE.parent / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    raise InputError(Message("errors_files.lacks_folder", kind=kind, program=_PROGRAM))


def is_bundled(path: Path) -> bool:
    """Whether a file or folder is bundled with the program."""
    real = path.resolve()
    return any(real.is_relative_to(bundled(kind).resolve()) for kind in get_args(Kind))


def chinese_font() -> Path:
    """Return the Chinese TrueType font (Noto Sans SC, SIL Open Font License) that a dependency contains.

    The package is located, not imported, because importing it would change matplotlib's settings.

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
    raise InputError(Message("errors_files.lacks_font"))


def cache_folder() -> Path:
    """Return the user's cache folder for this program (it need not exist yet).

    This is `$XDG_CACHE_HOME` if set to an absolute path, otherwise the platform's usual folder.
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

    numba's own cache looks at one file at a time, so it would keep a kernel after a change of its helper in another
    file. A folder for every state of the sources cannot be stale. The hash includes the versions of Python and numba,
    and settings of numba that change compiled code.
    """
    return cache_folder() / "numba" / _kernel_key()


def use_kernel_cache() -> Path:
    """Let numba keep the compiled model in `kernel_cache_folder()`; call it before importing `sim.model`.

    If the user has set `$NUMBA_CACHE_DIR` to a writable folder, that is used instead. Of the folders for other states
    of the sources only the newest few are kept. If the folder cannot be written, this process and those that it starts
    use a private temporary one.

    Returns
    -------
    Path
        The folder used.
    """
    try:
        folder = _made_kernel_cache()
    except (OSError, RuntimeError):
        folder = _private_kernel_cache()
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if numba := sys.modules.get("numba"):  # it has already read the environment
        numba.config.CACHE_DIR = str(folder)
    return folder


def kernel_cache_trouble() -> Message | str | None:
    """Say why the compiled model cannot be kept for the next command; None if it can."""
    try:
        _made_kernel_cache()
    except OSError as error:
        return Message("errors_files.at_place", place=error.filename, why=system_reason(error))
    except RuntimeError as error:  # the user has no home folder
        return str(error)
    return None


def kernels_kept() -> bool:
    """Whether the whole model has been compiled, not only the first kernels of an interrupted command."""
    return _completion(use_kernel_cache()).is_file()


@lru_cache(maxsize=1)  # once is enough, and runs call this every quarter
def note_kernels_kept() -> None:
    """Note that the whole model is compiled; call this once a run has used all of it."""
    with suppress(OSError):  # then the next command announces compilation again
        _completion(use_kernel_cache()).touch()


def _completion(folder: Path) -> Path:
    """The marker file for a complete cache; it is named by the sources' hash, because a user's own folder is not."""
    return folder / f"complete-{_kernel_key()}"


def _kernel_key() -> str:
    """Return a hash (16 hexadecimal digits) of the kernel's sources, compiler and settings."""
    # numba keys kernels by the path of the sources as text, which depends on the locale. So the path is part of the
    # hash: otherwise a copy without compiled kernels would look as if it had some.
    digest = hashlib.sha256(str(_PACKAGE).encode(errors="surrogateescape"))
    digest.update(f"{sys.implementation.cache_tag} numba {importlib.metadata.version('numba')}\n".encode())
    for source in (*sorted((_PACKAGE / "model").glob("*.py")), *(_PACKAGE / name for name in COMPILED_IN)):
        text = source.read_bytes()
        digest.update(f"{source.name} {len(text)}\n".encode())
        digest.update(text)
    for name in sorted(os.environ):
        if name.startswith("NUMBA_") and name not in _NUMBA_SETTINGS_WITHOUT_EFFECT:
            digest.update(f"{name}={os.environ[name]}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]


def _made_kernel_cache() -> Path:
    """Make the kernel cache folder, mark it as just used and remove its oldest siblings.

    Raises
    ------
    OSError
        If it cannot be written.
    RuntimeError
        If the user has no home folder.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    # A folder of ours was inherited from a parent process, which may have had other settings.
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
