"""`again` and `show` step by step: run results again, or draw them again from their tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.command.answers import answer_comparison, answer_run, answer_study
from sim.command.conclusion import Conclusion, concluding
from sim.command.conduct import at_work
from sim.command.options import How
from sim.command.progress import Meter
from sim.command.terminal import FAILED, leave, notice, say_where, stoppable
from sim.errors import InputError, Message, Problem, system_reason
from sim.files.atomic import MANIFEST, atomic_folder
from sim.show.attempts import FIGURES, PAGE, REPORT
from sim.words import Words

if TYPE_CHECKING:
    from sim.runs.batches import Tally
    from sim.runs.record import Record
    from sim.runs.saved import Saved

#: Reasons why drawings may look different.
EVIDENCE = ("evidence", "evidence_then")


def do_again(record: Record, how: How) -> None:
    """Run results again, say which tables agree, and exit with 1 if some do not."""
    with at_work(how) as command:
        from sim.analysis.reproduce import again
        from sim.show.pages.reproduction import again_lines

        with Meter(how.words, how.quiet) as meter, _kept(how) as keep:

            def report(tally: Tally) -> None:
                meter(tally.done, tally.total)

            found = again(record, workers=how.workers, progress=meter, report=report, keep=keep)
        command.written = how.out
        if not how.quiet or not found.agrees:
            print("\n".join(again_lines(found, how.words)))
        if how.out is not None and not how.quiet:
            say_where(how.out, (), how.words)
        if not found.agrees:
            leave(FAILED)


@contextmanager
def _kept(how: How) -> Iterator[Path | None]:
    """Where new results are written: nowhere, or a folder that is complete in the end."""
    if how.out is None:
        yield None
        return
    with atomic_folder(how.out, force=how.force, keep=True) as part:
        # A study grows in a folder that is empty or that it makes itself.
        yield part


def do_show(record: Record, how: How) -> None:
    """Read results back, name what was edited, and write report and figures."""
    with stoppable(how.words):
        from sim.analysis.saved import read_comparison, read_study
        from sim.runs.record import cautions_in
        from sim.runs.saved import read_results

        folder = record.folder / how.words.lang if how.out is None else how.out
        check_free(folder, force=how.force)
        answer: Callable[[Conclusion], None]
        if record.kind == "run":
            results, saved = read_results(record)
            answer = partial(answer_run, results, cautions_in(record))
        elif record.kind == "compare":
            comparison, saved = read_comparison(record)
            answer = partial(answer_comparison, comparison)
        else:
            study, subject, saved = read_study(record)
            answer = partial(answer_study, study, subject)
        say_faults(record, saved, how.words)
        make_folder(folder)
        with concluding(folder, how) as conclusion:
            answer(conclusion)


def say_faults(record: Record, saved: Saved, words: Words) -> None:
    """Name what was edited, on stderr even if quiet."""
    from sim.show.pages.reproduction import fault_lines, reason_line

    faults = ({MANIFEST: "edited"} if record.edited else {}) | dict(saved.faults)
    evidence = [reason_line(reason, words) for reason in record.reasons() if reason.code in EVIDENCE]
    for line in (*fault_lines(faults, words), *evidence):
        notice(line)


def make_folder(folder: Path) -> None:
    """Make the folder that ``--out`` names, unless it is there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = Message("errors_command.cannot_write", why=system_reason(error))
        raise InputError(Problem(message, key="--out", value=str(folder))) from None


def check_free(folder: Path, *, force: bool) -> None:
    """Refuse to replace a report or figures unless asked to."""
    there = [name for name in (REPORT, PAGE, FIGURES) if (folder / name).exists()]
    if there and not force:
        message = Message("errors_command.would_be_replaced", names=tuple(there))
        raise InputError(Problem(message, key="--out", value=str(folder)))
