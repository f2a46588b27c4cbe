"""`again` and `show` step by step: run what results say of themselves, or draw them again from their tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sim.command.answers import Telling, answer_comparison, answer_run
from sim.command.conclusion import concluding
from sim.command.options import ResultsJob
from sim.command.terminal import FAILED, Command, Meter, console, leave, notice, say_where
from sim.errors import InputError, Problem
from sim.files.atomic import MANIFEST, atomic_folder
from sim.show.attempts import FIGURES, PAGE, REPORT
from sim.show.pages.reproduction import again_lines, fault_lines, reason_line
from sim.words import Words

if TYPE_CHECKING:
    from sim.runs.record import Record, Saved
    from sim.runs.sweep import Tally

#: Reasons that what is drawn may look otherwise.
EVIDENCE = ("evidence", "evidence_then")


def do_again(job: ResultsJob, command: Command, out: Path | None, *, force: bool, quiet: bool) -> None:
    """Run results again, say which tables agree, and leave with 1 where some do not."""
    from sim.analysis.reproduce import again

    record = job.record
    with Meter(job.words, quiet) as meter, _kept(out, record, force=force) as keep:

        def report(tally: Tally) -> None:
            meter(tally.done, tally.total)

        found = again(record, workers=job.workers, progress=meter, report=report, keep=keep)
    command.written = out
    if not quiet or not found.agrees:
        print("\n".join(again_lines(found, job.words)))
    if out is not None and not quiet:
        say_where(out, (), job.words)
    if not found.agrees:
        leave(FAILED)


@contextmanager
def _kept(out: Path | None, record: Record, *, force: bool) -> Iterator[Path | None]:
    """Where new results are written: nowhere; or a folder that is whole in the end."""
    if out is None:
        yield None
        return
    with atomic_folder(out, force=force, keep=True) as part:
        # A study grows in a folder that it finds empty or makes itself.
        yield part


def do_show(job: ResultsJob, out: Path | None, *, force: bool, figures: bool, quiet: bool) -> None:
    """Read results back, name what was edited in them, and write report and figures."""
    from sim.analysis.saved import read_comparison, read_study
    from sim.runs.record import cautions_in, read_results

    record, words = job.record, job.words
    folder = record.folder / words.lang if out is None else out
    _check_free(folder, force=force)
    if record.kind == "run":
        results, saved = read_results(record)
        cautions = cautions_in(record)
        _begin(record, saved, folder, words)
        with concluding(folder, words) as conclusion:
            answer_run(results, cautions, folder, Telling(conclusion, words, figures, quiet))
    elif record.kind == "compare":
        comparison, saved = read_comparison(record)
        _begin(record, saved, folder, words)
        with concluding(folder, words) as conclusion:
            answer_comparison(comparison, folder, Telling(conclusion, words, figures, quiet))
    else:
        from sim.show.pages.study import print_study, write_report

        study, subject, saved = read_study(record)
        _begin(record, saved, folder, words)
        drawn: list[Path] = []
        with concluding(folder, words) as conclusion:
            if not quiet:
                with conclusion.attempt(words("command.answer")):
                    print_study(study, words, subject=subject, console=console())
            with conclusion.attempt(REPORT):
                failed = conclusion.failed
                drawn = write_report(study, folder, words, figures=figures, subject=subject, failed=failed)
            if not quiet:
                say_where(folder, drawn, words)


def _begin(record: Record, saved: Saved, folder: Path, words: Words) -> None:
    """Name what was edited, on stderr also where nothing else is to be said; then make the folder."""
    faults = ({MANIFEST: "edited"} if record.edited else {}) | dict(saved.faults)
    evidence = [reason_line(reason, words) for reason in record.reasons() if reason.code in EVIDENCE]
    for line in (*fault_lines(faults, words), *evidence):
        notice(line)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            Problem(f"cannot be written: {error.strerror}", key="output folder", value=str(folder))
        ) from None


def _check_free(folder: Path, *, force: bool) -> None:
    """Refuse to replace a report or figures unless asked to."""
    there = [name for name in (REPORT, PAGE, FIGURES) if (folder / name).exists()]
    if there and not force:
        message = (
            f"{', '.join(there)} in this folder would be replaced: name another, or replace with --force"
        )
        raise InputError(Problem(message, key="output folder", value=str(folder)))
