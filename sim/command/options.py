"""What a command is given: scenarios and options, read and judged together, all mistakes at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sim.command.terminal import announce_compilation, default_language, notice
from sim.errors import InputError, Problem
from sim.files.atomic import new_results_folder
from sim.files.folders import is_bundled
from sim.files.names import calibration_folder, find_evidence, folders_of
from sim.words import LANGUAGES, Words
from sim.world.quantities import MOST_SEED

if TYPE_CHECKING:
    from sim.analysis.studies.experiments import Question
    from sim.runs.caution import Caution
    from sim.runs.experiment import Experiment
    from sim.runs.record import Record
    from sim.world.scenario import Scenario

P = ParamSpec("P")
T = TypeVar("T")

#: Parts of a scenario file whose keys `--set` reaches too: plain values, the same for all scenarios of a command.
SECTIONS = ("difficulty", "horizon", "allocation")
MOST_WORKERS = 1024
MOST_PRECISION = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """What a command is to run, all of it checked.

    Attributes
    ----------
    scenarios
        In the order given, options applied.
    lang
        Language of tables and figures.
    workers
        Threads; None for one per processor.
    until
        Relative precision to reach, as a share; None where the number of replications is fixed.
    under
        A scenario whose shocks are laid over all others; None where nobody asked for that.
    """

    scenarios: tuple[Scenario, ...]
    words: Words
    workers: int | None
    until: float | None
    under: Scenario | None = None


@dataclass(frozen=True, slots=True)
class CalibrationJob:
    """What `calibrate` is to do, all of it checked.

    Attributes
    ----------
    folder
        The evidence, absolute; what is derived from it can be written there.
    lang, workers
        As in `Job`.
    """

    folder: Path
    words: Words
    workers: int | None


@dataclass(frozen=True, slots=True)
class StudyJob:
    """What `sweep` or `sensitivity` is to do, all of it checked.

    Attributes
    ----------
    question
        The experiment and what it is done on.
    lang, workers
        As in `Job`.
    """

    question: Question
    words: Words
    workers: int | None


@dataclass(frozen=True, slots=True)
class ResultsJob:
    """Results that `again` runs or `show` draws.

    Attributes
    ----------
    record
        What their manifest says.
    lang, workers
        As in `Job`.
    """

    record: Record
    words: Words
    workers: int | None


class Mistakes:
    """Collects what is wrong, so that a person hears all of it at once."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, problem: Problem) -> None:
        """Note a mistake."""
        self._problems.append(problem)

    def attempt(self, read: Callable[P, T], *given: P.args, **options: P.kwargs) -> T | None:
        """Read something; None where it is wrong."""
        try:
            return read(*given, **options)
        except InputError as error:
            self._problems += error.problems
            return None

    def refuse(self) -> None:
        """Raise InputError if anything was wrong; the same mistake met twice is told once."""
        if self._problems:
            raise InputError(dict.fromkeys(self._problems))


def read_job(
    scenarios: Sequence[str],
    *,
    seed: str | None = None,
    workers: str | None = None,
    scale: str | None = None,
    replications: str | None = None,
    settings: Sequence[str] | None = None,
    until: str | None = None,
    under: Sequence[str] | None = None,
    lang: str | None = None,
    out: Path | None = None,
    force: bool = False,
) -> Job:
    """Read scenarios and options of a command as they were typed.

    Parameters
    ----------
    scenarios
        Files, or names of bundled scenarios.
    seed, scale, replications
        Win over those of the scenarios.
    settings
        ``name=value``: parameters of the model that win over those of the scenarios; with a dot, keys of one of the
        `SECTIONS`, such as ``difficulty.coefficients=drawn``.
    under
        A file or name, likewise.
    workers, until, lang
        As in `Job`; ``until`` such as ``5%``, the language of the locale where none is given.
    out, force
        Folder for the results, and whether earlier results there may be replaced.

    Raises
    ------
    InputError
        With every mistake of the options and of all files.
    """
    mistakes = Mistakes()
    if out is not None:
        mistakes.attempt(new_results_folder, out, "", force=force)
    words = mistakes.attempt(read_words, lang)
    threads = mistakes.attempt(read_workers, workers)
    precision = mistakes.attempt(read_precision, until)
    overrides = {
        "seed": _whole(seed),
        "scale": scale,
        "replications": _whole(replications),
        **_read_settings(settings or (), mistakes),
    }
    folders = folders_of([*scenarios, *(under or ())])
    read = tuple(mistakes.attempt(read_scenario, name, folders, **overrides) for name in scenarios)
    if under and len(under) > 1:
        message = "one scenario is laid under a comparison; put several shocks into one scenario"
        mistakes.add(Problem(message, key="--under", value=" ".join(under)))
    shocked = mistakes.attempt(read_scenario, under[0], folders, **overrides) if under else None
    mistakes.refuse()
    chosen, words = tuple(filter(None, read)), words or Words(default_language())
    from sim.evidence.tables import is_stale

    for folder in dict.fromkeys(calibration_folder(scenario.evidence) for scenario in chosen):
        if is_stale(folder):
            notice(words("command.stale", folder=folder))
    return Job(chosen, words, threads, precision, shocked)


def prepared(job: Job, allowed: Sequence[str]) -> tuple[Scenario, ...]:
    """Scenarios of a comparison with the shocks laid over them, refused at once where they cannot be compared."""
    from sim.analysis.comparison.comparable import judge, with_shocks_of

    scenarios = job.scenarios if job.under is None else with_shocks_of(job.scenarios, job.under)
    judge(scenarios[0], scenarios[1:], allowed).refuse()
    return scenarios


def say_files(
    scenarios: Iterable[Scenario], words: Words, quiet: bool = False, experiment: Experiment | None = None
) -> None:
    """Say which files of the user's own are in use, unless quiet."""
    for line in [] if quiet else own_files(scenarios, words, experiment):
        notice(line)


def own_files(scenarios: Iterable[Scenario], words: Words, experiment: Experiment | None = None) -> list[str]:
    """Name, in lines, the files and evidence in use that are not bundled, so that nobody takes one for another."""
    chosen = list(scenarios)
    records = [record.plain() for scenario in chosen for record in scenario.files]
    own = {
        str(record["file"]): str(record["sha256"])
        for record in [*(experiment.files[:1] if experiment else ()), *records]
        if not record["bundled"]
    }
    lines = [words("command.own_file", path=_short(path), digest=digest[:8]) for path, digest in own.items()]
    folders = dict.fromkeys(calibration_folder(scenario.evidence) for scenario in chosen)
    return lines + [
        words("command.own_evidence", path=_short(str(folder)))
        for folder in folders
        if not is_bundled(folder)
    ]


def _short(path: str) -> str:
    """Print a path from the working folder where it lies below it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def read_calibration(
    evidence: str,
    *,
    workers: str | None = None,
    lang: str | None = None,
    out: Path | None = None,
    force: bool = False,
) -> CalibrationJob:
    """Read the options of `calibrate` as they were typed; parameters as for `read_job`.

    Raises
    ------
    InputError
        With every mistake.
    """
    mistakes = Mistakes()
    if out is not None:
        mistakes.attempt(new_results_folder, out, "", force=force)
    words = mistakes.attempt(read_words, lang)
    threads = mistakes.attempt(read_workers, workers)
    folder = mistakes.attempt(read_evidence, evidence)
    mistakes.refuse()
    return CalibrationJob(folder or Path(), words or Words(default_language()), threads)


def read_study(
    experiment: str,
    *,
    seed: str | None = None,
    workers: str | None = None,
    lang: str | None = None,
    cluster: str | None = None,
) -> StudyJob:
    """Read an experiment and the options of `sweep` and `sensitivity` as they were typed.

    Raises
    ------
    InputError
        With every mistake.
    """
    from sim.analysis.studies.experiments import read_experiment
    from sim.evidence.tables import is_stale

    mistakes = Mistakes()
    words = mistakes.attempt(read_words, lang)
    threads = mistakes.attempt(read_workers, workers)
    if cluster is not None and workers is not None:
        message = "the scheduler of a cluster knows its workers; leave --workers out"
        mistakes.add(Problem(message, key="--workers", value=workers))
    key = mistakes.attempt(_read_seed, seed)
    question = mistakes.attempt(read_experiment, experiment, key)
    mistakes.refuse()
    assert question is not None
    words = words or Words(default_language())
    for scenario in question.subject.scenarios[:1]:
        if is_stale(folder := calibration_folder(scenario.evidence)):
            notice(words("command.stale", folder=folder))
    return StudyJob(question, words, threads)


def read_results_job(
    results: Path,
    *,
    workers: str | None = None,
    lang: str | None = None,
    out: Path | None = None,
    force: bool = False,
) -> ResultsJob:
    """Read the options of `again` and `show` as they were typed, and the manifest of the results.

    Raises
    ------
    InputError
        With every mistake.
    """
    from sim.runs.record import read_record

    mistakes = Mistakes()
    if out is not None:
        mistakes.attempt(new_results_folder, out, "", force=force)
    words = mistakes.attempt(read_words, lang)
    threads = mistakes.attempt(read_workers, workers)
    record = mistakes.attempt(read_record, results)
    mistakes.refuse()
    assert record is not None
    return ResultsJob(record, words or Words(default_language()), threads)


def _read_seed(given: str | None) -> int | None:
    if given is None:
        return None
    number = _whole(given)
    if isinstance(number, int) and 0 <= number <= MOST_SEED:
        return number
    raise InputError(
        Problem(f"the seed is a whole number (allowed: 0 to {MOST_SEED})", key="--seed", value=given)
    )


def read_evidence(name: str) -> Path:
    """Find an evidence folder in which derived files can be written.

    Raises
    ------
    InputError
        If there is no such folder, or what came with an installed program cannot be written.
    """
    folder = find_evidence(name).resolve()
    derived = folder / "derived"
    if os.access(derived if derived.exists() else folder, os.W_OK | os.X_OK):
        return folder
    message = (
        "calibration writes files into this folder, and it cannot be written. Make a copy of your own with "
        f"`upgrading init DIR`, then `upgrading calibrate DIR/calibration/{folder.name}`"
    )
    raise InputError(Problem(message, key="evidence", value=str(folder)))


def read_scenario(name: str, beside: Iterable[Path] = (), **overrides: Any) -> Scenario:
    """Load a scenario; what is wrong with an override is told as the option that gave it."""
    from sim.world.scenario import load_scenario

    try:
        return load_scenario(name, beside=beside, **overrides)
    except InputError as error:
        raise InputError(_named_as_options(error.problems, overrides)) from None


def _named_as_options(problems: Iterable[Problem], overrides: dict[str, Any]) -> list[Problem]:
    named = []
    for problem in problems:
        first, _, rest = (problem.key or "").partition(".")
        if problem.file is None and overrides.get(first) is not None:
            setting = rest if first == "parameters" else problem.key
            key = f"--set {setting}" if isinstance(overrides[first], dict) else f"--{first}"
            problem = replace(problem, key=key)
        named.append(problem)
    return named


def _whole(given: str | None) -> int | str | None:
    """Turn digits into a number; whatever else was typed goes on as it is and is judged with the scenario."""
    return int(given) if given is not None and re.fullmatch(r"[+-]?[0-9]{1,18}", given) else given


def _read_settings(given: Sequence[str], mistakes: Mistakes) -> dict[str, dict[str, Any]]:
    """Read ``rho=0.85`` and ``difficulty.column=3``, by the part of a scenario file that they belong to.

    The values are judged with the scenario.
    """
    settings: dict[str, dict[str, Any]] = {}
    for setting in given:
        name, equals, value = (part.strip() for part in setting.partition("="))
        section, dot, key = name.partition(".")
        in_section = dot and section in SECTIONS
        part = settings.setdefault(section if in_section else "parameters", {})
        key = key if in_section else name
        if not (name and equals and value):
            message = "a name and a value are expected, such as rho=0.85"
            mistakes.add(Problem(message, key="--set", value=setting))
        elif key in part:
            mistakes.add(Problem("this is set twice", key="--set", value=setting))
        else:
            part[key] = _whole(value) if in_section else value
    return {section: part for section, part in settings.items() if part}


def read_words(given: str | None) -> Words:
    """Read ``zh`` or ``en``; the language of the locale where none is given."""
    if given is not None and given not in LANGUAGES:
        message = f"no such language; there are {', '.join(LANGUAGES)}"
        raise InputError(Problem(message, key="--lang", value=given))
    return Words(given or default_language())


def read_workers(given: str | None) -> int | None:
    """Read the number of worker threads.

    Raises
    ------
    InputError
        If it is not a whole number from 1 to `MOST_WORKERS`.
    """
    if given is None:
        return None
    number = _whole(given)
    if isinstance(number, int) and 1 <= number <= MOST_WORKERS:
        return number
    message = f"the number of workers is a whole number (allowed: 1 to {MOST_WORKERS})"
    raise InputError(Problem(message, key="--workers", value=given))


def read_precision(given: str | None) -> float | None:
    """Read ``5%`` or ``0.05``.

    Raises
    ------
    InputError
        If it is not above 0 and at most 100 %.
    """
    from sim.world.quantities import parse_quantity

    if given is None:
        return None
    try:
        value = parse_quantity(given, "share")
    except ValueError as error:
        raise InputError(Problem(str(error), key="--until", value=given)) from None
    if 0 < value <= MOST_PRECISION:
        return value
    message = "the precision is a share of the effect, such as 5% (allowed: above 0, to 100 %)"
    raise InputError(Problem(message, key="--until", value=given))


def check(name: str) -> tuple[Problem, ...]:
    """Judge a scenario or experiment file and the evidence it stands on, as a run would; nothing is run.

    Returns
    -------
    tuple of Problem
        Every mistake; empty where nothing is wrong.
    """
    try:
        scenarios = _scenarios_of(name)
        for scenario in scenarios:
            _check_ground(scenario)
    except InputError as error:
        return error.problems
    return ()


def foreseen(name: str, words: Words) -> tuple[tuple[Caution, ...], dict[str, dict[str, str]]]:
    """Say of a sound file whom its levers reach, before it is run; with the titles of its scenarios."""
    from sim.analysis.comparison.cautions import cautions_of
    from sim.analysis.comparison.reach import narrow

    if is_experiment(name):
        from sim.analysis.studies.cautions import with_reach
        from sim.analysis.studies.experiments import read_experiment

        question = read_experiment(name)
        subject = question.subject
        say_files(subject.scenarios, words, experiment=question.experiment)
        announce_compilation(words, quiet=False)
        titles = {scenario.name: scenario.title for scenario in subject.scenarios}
        return with_reach(question.experiment, subject).cautions, titles
    scenario = read_scenario(name)
    say_files([scenario], words)
    if not narrow(scenario):
        return (), {}
    announce_compilation(words, quiet=False)
    return tuple(cautions_of(scenario)), {scenario.name: scenario.title}


def say_cautions(cautions: Iterable[Caution], words: Words, titles: Mapping[str, Mapping[str, str]]) -> None:
    """Print what a reader must know, a sentence a line."""
    found = list(cautions)
    if found:
        from sim.show.texts.cautions import caution_lines

        for line in caution_lines(found, lambda name: titles.get(name, {}).get(words.lang, name), words):
            print(words("command.caution", said=line))


def _scenarios_of(name: str) -> tuple[Scenario, ...]:
    """The scenario of a file, or all that an experiment names."""
    if is_experiment(name):
        from sim.analysis.studies.experiments import read_experiment

        return read_experiment(name).subject.scenarios
    return (read_scenario(name),)


def _check_ground(scenario: Scenario) -> None:
    from sim.runs.run import evidence_of
    from sim.world.ground import build_ground

    build_ground(scenario, evidence_of(scenario))


def is_experiment(name: str) -> bool:
    """Whether a file, or a bundled name, is an experiment's: an experiment names its scenarios."""
    from sim.evidence.yaml_positions import read_yaml
    from sim.files.names import find_experiment, find_scenario

    for find in (find_scenario, find_experiment):
        try:
            return "scenarios" in read_yaml(find(name)).mapping
        except InputError:
            continue  # what is wrong is told where it is read
    return False
