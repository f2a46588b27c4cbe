"""The scenarios and options of a command, read and checked together; all mistakes are reported at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sim.command.arguments import Comparing, Output, Overrides, Resuming
from sim.command.terminal import default_language, reader
from sim.errors import InputError, Message, MistakeError, Problem
from sim.files.atomic import new_results_folder
from sim.files.names import find_evidence, folders_of
from sim.words import LANGUAGES, Words
from sim.world.quantities import MOST_SEED

if TYPE_CHECKING:
    from sim.analysis.studies.experiments import Question
    from sim.world.scenario import Scenario

P = ParamSpec("P")
T = TypeVar("T")

#: Parts of a scenario file whose keys `--set` reaches too: plain values, the same for all scenarios of a command.
SECTIONS = ("difficulty", "horizon", "allocation")
MOST_WORKERS = 1024
MOST_PRECISION = 1.0


@dataclass(frozen=True, slots=True)
class How:
    """Checked options on how a command works.

    Attributes
    ----------
    words
        Those of the reader's language.
    workers
        Threads; None for one per processor.
    out, force
        Folder for the results, None for the usual one; and whether earlier results there may be replaced.
    figures, quiet
        Whether to draw; whether to report errors only.
    """

    words: Words
    workers: int | None = None
    out: Path | None = None
    force: bool = False
    figures: bool = True
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """What `run` or `compare` is to run, checked.

    Attributes
    ----------
    scenarios
        In the order given, options applied.
    until
        Relative precision to reach, as a share; None where the number of replications is fixed.
    under
        A scenario whose shocks are laid over all others; None if not asked for.
    """

    scenarios: tuple[Scenario, ...]
    until: float | None = None
    under: Scenario | None = None


class Mistakes:
    """Collects mistakes, so that a person sees all of them at once."""

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
        """Raise InputError if anything was wrong; a mistake met twice is reported once."""
        if self._problems:
            raise InputError(dict.fromkeys(self._problems))


def read(
    what: Callable[[Mistakes], T | None],
    output: Output,
    *,
    workers: str | None = None,
    figures: bool = True,
    grows: bool = False,
) -> tuple[How, T]:
    """Read the options that all commands share and what this one works on, as typed.

    Parameters
    ----------
    what
        Reads what the command works on, and notes its mistakes; None only where there are some.
    output, workers, figures
        As typed.
    grows
        Whether the results folder may hold earlier work, which is checked later.

    Raises
    ------
    InputError
        With every mistake of the options and of all files.
    """
    mistakes = Mistakes()
    if output.out is not None and not grows:
        mistakes.attempt(new_results_folder, output.out, "", force=output.force)
    words = mistakes.attempt(read_words, output.lang)
    threads = mistakes.attempt(read_workers, workers)
    found = what(mistakes)
    mistakes.refuse()
    assert found is not None
    words = words or Words(default_language())
    return How(words, threads, output.out, output.force, figures, output.quiet), found


def read_job(
    mistakes: Mistakes,
    scenarios: Sequence[str],
    overrides: Overrides | None = None,
    comparing: Comparing | None = None,
) -> Job:
    """Read scenarios and what overrides them.

    Parameters
    ----------
    scenarios
        Files, or names of bundled scenarios.
    overrides
        ``settings`` are ``name=value``: parameters of the model; with a dot, keys of one of the `SECTIONS`, such as
        ``difficulty.coefficients=drawn``.
    comparing
        ``until`` such as ``5%``; ``under`` a file or name.
    """
    compared = comparing is not None
    overrides, comparing = overrides or Overrides(), comparing or Comparing()
    precision = mistakes.attempt(read_precision, comparing.until)
    given = {
        "seed": _whole(overrides.seed),
        "scale": overrides.scale,
        "replications": _whole(overrides.replications),
        **_read_settings(overrides.settings or (), mistakes),
    }
    under = comparing.under or ()
    folders = folders_of([*scenarios, *under])
    chosen = [mistakes.attempt(read_scenario, name, folders, **given) for name in scenarios]
    if len(under) > 1:
        message = Message("errors_command.one_under")
        mistakes.add(Problem(message, key="--under", value=" ".join(under)))
    shocked = mistakes.attempt(read_scenario, under[0], folders, **given) if under else None
    read_scenarios = tuple(filter(None, chosen))
    kind = mistakes.attempt(read_doubt, comparing.doubt)
    if compared and read_scenarios:
        from sim.analysis.comparison.doubted import doubted

        read_scenarios = tuple(doubted(read_scenarios, kind))
    return Job(read_scenarios, precision, shocked)


def read_doubt(text: str | None) -> str | None:
    """Read what intervals shall hold besides luck; None if it is not asked for."""
    from sim.world.scenario_record import DOUBTS

    if text is not None and text not in DOUBTS:
        raise InputError(Problem(Message("errors_analysis.doubt", kinds=DOUBTS), key="--doubt", value=text))
    return text


def prepared(job: Job, allowed: Sequence[str]) -> tuple[Scenario, ...]:
    """Lay the shocks over the scenarios of a comparison; refuse scenarios that cannot be compared."""
    from sim.analysis.comparison.comparable import judge, with_shocks_of

    scenarios = job.scenarios if job.under is None else with_shocks_of(job.scenarios, job.under)
    judge(scenarios[0], scenarios[1:], allowed).refuse()
    return scenarios


def read_question(
    mistakes: Mistakes,
    experiment: str,
    resuming: Resuming,
    *,
    seed: str | None,
    workers: str | None,
    force: bool,
) -> Question | None:
    """Read an experiment, and refuse options that cannot go together."""
    from sim.analysis.studies.experiments import read_experiment

    if resuming.cluster is not None and workers is not None:
        message = Message("errors_command.workers_of_cluster")
        mistakes.add(Problem(message, key="--workers", value=workers))
    if resuming.resume and force:
        mistakes.add(Problem(Message("errors_command.resume_or_force"), key="--force"))
    if resuming.retry and not resuming.resume:
        mistakes.add(Problem(Message("errors_command.retry_with_resume"), key="--retry"))
    key = mistakes.attempt(_read_seed, seed)
    return mistakes.attempt(read_experiment, experiment, key)


def _read_seed(given: str | None) -> int | None:
    return _within(given, 0, MOST_SEED, "--seed", Message("errors_command.seed", most=MOST_SEED))


def find_folder(name: str) -> Path:
    """Find an evidence folder.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    return find_evidence(name).resolve()


def read_evidence(name: str) -> Path:
    """Find an evidence folder that derived files can be written to.

    Raises
    ------
    InputError
        If there is no such folder, or it belongs to an installed program and is not writable.
    """
    folder = find_folder(name)
    derived = folder / "derived"
    if os.access(derived if derived.exists() else folder, os.W_OK | os.X_OK):
        return folder
    message = Message("errors_command.evidence_not_writable", name=folder.name)
    raise InputError(Problem(message, key="evidence", value=str(folder)))


def read_scenario(name: str, beside: Iterable[Path] = (), **overrides: Any) -> Scenario:
    """Load a scenario; a mistake in an override is reported under the option that gave it."""
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
    """Turn digits into a number; anything else stays as typed and is checked with the scenario."""
    return int(given) if given is not None and re.fullmatch(r"[+-]?[0-9]{1,18}", given) else given


def _read_settings(given: Sequence[str], mistakes: Mistakes) -> dict[str, dict[str, Any]]:
    """Read ``rho=0.85`` and ``difficulty.column=3``, by the part of a scenario file that they belong to.

    The values are checked with the scenario.
    """
    settings: dict[str, dict[str, Any]] = {}
    for setting in given:
        name, equals, value = (part.strip() for part in setting.partition("="))
        section, dot, key = name.partition(".")
        in_section = dot and section in SECTIONS
        part = settings.setdefault(section if in_section else "parameters", {})
        key = key if in_section else name
        if not (name and equals and value):
            message = Message("errors_command.name_and_value")
            mistakes.add(Problem(message, key="--set", value=setting))
        elif key in part:
            mistakes.add(Problem(Message("errors_command.set_twice"), key="--set", value=setting))
        else:
            part[key] = _whole(value) if in_section else value
    return {section: part for section, part in settings.items() if part}


def read_words(given: str | None) -> Words:
    """Read ``zh`` or ``en``, by default the locale's language. Mistakes are reported in it from here on."""
    if given is not None and given not in LANGUAGES:
        message = Message("errors_command.no_such_language", languages=LANGUAGES)
        raise InputError(Problem(message, key="--lang", value=given))
    words = Words(given or default_language())
    reader.set(words)
    return words


def read_workers(given: str | None) -> int | None:
    """Read the number of worker threads.

    Raises
    ------
    InputError
        If it is not a whole number from 1 to `MOST_WORKERS`.
    """
    return _within(given, 1, MOST_WORKERS, "--workers", Message("errors_command.workers", most=MOST_WORKERS))


def _within(given: str | None, low: int, high: int, option: str, wrong: Message) -> int | None:
    """Read a whole number from low to high; None if the option was not given."""
    if given is None:
        return None
    number = _whole(given)
    if isinstance(number, int) and low <= number <= high:
        return number
    raise InputError(Problem(wrong, key=option, value=given))


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
    except MistakeError as error:
        raise InputError(Problem(error.message, key="--until", value=given)) from None
    if 0 < value <= MOST_PRECISION:
        return value
    raise InputError(Problem(Message("errors_command.precision"), key="--until", value=given))
