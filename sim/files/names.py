"""Resolves names that people give: of a scenario, an experiment, an evidence folder."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.errors import InputError, Message, Problem, system_reason
from sim.files.folders import Kind, bundled

_ENDING = re.compile(r"\.ya?ml$")


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
        A path to a file, or a bare name, with or without `.yaml` or `.yml`. A bare name is looked up in the working
        folder and its folder `scenarios` (where `upgrading init` puts it), then in `beside`, then among the bundled
        scenarios.
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
        The file that names it. If that is a link, the link's own folder counts.

    Raises
    ------
    InputError
        If there is no such file, or the folder cannot be searched.
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
    hint = (
        Message("errors.did_you_mean", near=nearest)
        if near
        else Message("errors_files.bundled_sentence", names=scenario_names())
    )
    raise InputError(Problem(Message("errors_files.no_file_beside", hint=hint), key="scenario", value=text))


def bundled_scenario(name: str) -> Path:
    """Return the file of a bundled scenario, whatever is in the working folder."""
    return bundled("scenarios") / f"{name}.yaml"


def folders_of(texts: Iterable[str]) -> tuple[Path, ...]:
    """Return the folders of those command-line arguments that are paths to files, each once."""
    found = []
    for text in texts:
        with suppress(OSError, InputError):  # its mistakes are reported when it is read
            file = _in_folder(Path(), text)
            if file is not None:
                found.append(file.parent)
    return tuple(dict.fromkeys(found))


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
            raise InputError(Problem(Message(f"errors_files.folder_not_{noun}"), key=noun, value=text))
        if path.is_symlink():
            raise InputError(Problem(Message("errors_files.broken_link"), key=noun, value=text))
    raise _not_found(noun, text, path.stem, _names(kind))


def _in_folder(folder: Path, text: str) -> Path | None:
    """Find a file by its path relative to a folder; the endings `.yaml` and `.yml` are optional and interchangeable."""
    given = folder / _slashed(text)
    if given.exists() and not given.is_dir():
        return given
    stem = _ENDING.sub("", _slashed(text))
    found = [each for each in (folder / f"{stem}.yaml", folder / f"{stem}.yml") if stem and each.is_file()]
    if len(found) > 1:
        message = Message("errors_files.two_endings", first=found[0], second=found[1])
        raise InputError(Problem(message, key="file", value=text))
    return found[0] if found else None


def _bundled_file(kind: Kind, text: str) -> Path | None:
    name = _ENDING.sub("", text)
    return bundled(kind) / f"{name}.yaml" if name in _names(kind) else None


def _slashed(text: str) -> str:
    """Write a path with slashes, because files may be read on another kind of machine."""
    return text.replace("\\", "/") if "\\" in text and not Path(text).exists() else text


def _is_bare(text: str) -> bool:
    return not {"/", "\\"} & set(text)


def find_evidence(text: str) -> Path:
    """Return the evidence folder meant by a command-line argument.

    Parameters
    ----------
    text
        A path, or a bare name, which is looked up in the working folder and its folder `calibration` (where
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
        The name of a bundled evidence folder (`hubei`), or a path to a folder. A bundled name means the bundled
        folder, wherever the program is started.

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
            raise InputError(Problem(Message("errors_files.file_not_folder"), key="calibration", value=name))
    raise _not_found("calibration", name, path.name, names)


def evidence_named(text: str, file: Path | None = None) -> Path:
    """Return the evidence folder that a file names: a bundled name, or a path relative to that file.

    Parameters
    ----------
    text
        Such as ``hubei`` or ``../calibration/hubei``.
    file
        The file; if None, a path is relative to the working folder.

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


@contextmanager
def _readable(key: str, text: str) -> Iterator[None]:
    """Turn system errors in looking at a path into a message for people."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a character that no path can hold
        message = Message("errors_files.cannot_read", why=system_reason(error))
        raise InputError(Problem(message, key=key, value=text)) from error


def _not_found(key: str, text: str, near: str, names: tuple[str, ...]) -> InputError:
    """Say that nothing has this name, and suggest the nearest bundled name or list all."""
    nearest = difflib.get_close_matches(near, names, n=1)
    if nearest:
        hint = Message("errors.did_you_mean", near=nearest[0])
    elif names:
        hint = Message("errors_files.bundled", names=names)
    else:
        hint = Message("errors_files.none_bundled")
    return InputError(Problem(Message("errors_files.not_found", hint=hint), key=key, value=text))
