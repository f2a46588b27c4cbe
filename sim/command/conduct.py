"""How a command is conducted: say what is in use, open the folder, do the work, write it and report it.

`run`, `compare` and `calibrate` are one `Task` each; `sweep` and `sensitivity`, whose folders grow, and `again` and
`show` share what they can of this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from sim.command.conclusion import Conclusion, concluding
from sim.command.options import How
from sim.command.terminal import INTERRUPTED, Command, announce_compilation, leave, notice, stoppable
from sim.files.atomic import atomic_folder, new_results_folder
from sim.files.folders import is_bundled
from sim.files.names import evidence_folder
from sim.words import Words

if TYPE_CHECKING:
    from sim.runs.experiment import Experiment
    from sim.world.scenario import Scenario

T = TypeVar("T")


class Task(Protocol[T]):
    """What a command does, step by step."""

    @property
    def name(self) -> str:
        """Default name of the results folder."""
        ...

    def work(self, how: How) -> T:
        """Do it, and show progress."""
        ...

    def kept(self, found: T) -> int | None:
        """How many replications were done when Ctrl-C ended the work; None if it was not interrupted."""
        ...

    def write(self, found: T, folder: Path) -> None:
        """Write the tables and the manifest into an existing folder."""
        ...

    def tell(self, found: T, conclusion: Conclusion) -> None:
        """Write the report, draw the figures, print the answer."""
        ...


def conduct(how: How, scenarios: Iterable[Scenario], begin: Callable[[], Task[T]]) -> None:
    """Do a task whose results appear whole or not at all.

    Parameters
    ----------
    scenarios
        Those in use.
    begin
        Gives the task. Its import may take seconds, so Ctrl-C already works then and compilation is announced.
    """
    with at_work(how, scenarios) as command:
        task = begin()
        folder = new_results_folder(how.out, task.name, force=how.force)
        found = task.work(how)
        kept = task.kept(found)
        if kept is not None:
            notice(how.words("command.kept", done=kept))
        with atomic_folder(folder, force=how.force, keep=True) as part:
            task.write(found, part)
        command.written = folder
        with concluding(folder, how) as conclusion:
            task.tell(found, conclusion)
            if kept is not None:
                leave(INTERRUPTED)


@contextmanager
def at_work(
    how: How, scenarios: Iterable[Scenario] = (), experiment: Experiment | None = None
) -> Iterator[Command]:
    """Say what is in use and whether the model must be compiled first; Ctrl-C ends the block and the program."""
    chosen = tuple(scenarios)
    say_stale(chosen, how.words)
    with stoppable(how.words) as command:
        say_files(chosen, how.words, how.quiet, experiment)
        announce_compilation(how.words, how.quiet)
        yield command


def say_stale(scenarios: Iterable[Scenario], words: Words) -> None:
    """Warn of evidence that was edited after it was calibrated."""
    from sim.evidence.tables import is_stale

    for folder in dict.fromkeys(evidence_folder(scenario.evidence) for scenario in scenarios):
        if is_stale(folder):
            notice(words("command.stale", folder=folder))


def say_files(
    scenarios: Iterable[Scenario], words: Words, quiet: bool = False, experiment: Experiment | None = None
) -> None:
    """Say which files of the user's own are in use, unless quiet."""
    for line in [] if quiet else own_files(scenarios, words, experiment):
        notice(line)


def own_files(scenarios: Iterable[Scenario], words: Words, experiment: Experiment | None = None) -> list[str]:
    """List the files and evidence in use that are not bundled, so that nobody mistakes one for another."""
    chosen = list(scenarios)
    records = [record.plain() for scenario in chosen for record in scenario.files]
    own = {
        str(record["file"]): str(record["sha256"])
        for record in [*(experiment.files[:1] if experiment else ()), *records]
        if not record["bundled"]
    }
    lines = [words("command.own_file", path=_short(path), digest=digest[:8]) for path, digest in own.items()]
    folders = dict.fromkeys(evidence_folder(scenario.evidence) for scenario in chosen)
    return lines + [
        words("command.own_evidence", path=_short(str(folder)))
        for folder in folders
        if not is_bundled(folder)
    ]


def _short(path: str) -> str:
    """Give a path relative to the working folder where it lies below it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
