"""`sweep` and `sensitivity` step by step: preview, run with progress and a log, write, report the results."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.command.answers import answer_study
from sim.command.arguments import Resuming
from sim.command.conclusion import concluding
from sim.command.conduct import at_work
from sim.command.options import How
from sim.command.progress import Meter, Meters, duration, memory
from sim.command.terminal import FAILED, INTERRUPTED, leave, notice
from sim.files.atomic import MANIFEST, growing_folder, identity_of
from sim.words import Words, name_table

if TYPE_CHECKING:
    from sim.analysis.studies.cost import Cost
    from sim.analysis.studies.experiments import Question
    from sim.analysis.studies.policies import Policies
    from sim.analysis.studies.study import Study
    from sim.runs.batches import Tally
    from sim.runs.elsewhere import Workplace
    from sim.runs.experiment import Experiment
    from sim.runs.provenance import Passport
    from sim.runs.shards import Damage

LOG = "sweep.log"
SHOWN_FAILURES = 5
LOG_EVERY = 30.0  # seconds between lines about progress


class _Log(logging.FileHandler):
    """A log that costs no result if it cannot be written."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  its name is logging's
        """Say nothing: the study itself reports a full disk."""


@contextmanager
def logged(path: Path) -> Iterator[logging.Logger]:
    """A log file that a resumed study appends to."""
    logger = logging.getLogger("upgrading.study")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    handler = _Log(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s"))
    logger.addHandler(handler)
    try:
        yield logger
    except BaseException as error:
        logger.info("ended by %s: %s", type(error).__name__, " ".join(str(error).split()))
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()


class Progress(Meters):
    """Reports the progress of a study to a terminal and a log, one stage at a time.

    Parameters
    ----------
    words, quiet
        Those of the reader's language; whether to report to the log only.
    log
        The log.
    """

    def __init__(self, words: Words, quiet: bool, log: logging.Logger) -> None:
        super().__init__()
        self._words, self._quiet, self._log = words, quiet, log
        self._logged = 0.0

    def begin(self, name: str, runs: int) -> None:
        """Note that a stage begins, or begins again with twice the rows."""
        self.end_meter()
        title = self._words.pick(name_table("names.stage")[name])
        said = self._words("command.stage", name=title, runs=runs)
        self._log.info("%s", said)
        if not self._quiet:
            notice(said)
        self.begin_meter(Meter(self._words, self._quiet))

    def __call__(self, tally: Tally) -> None:
        """Note how far the stage is."""
        detail = self._words("command.detail", failed=tally.failed, memory=f"{memory():.0f}")
        if self.meter is not None:
            self.meter(tally.done - tally.earlier, tally.total - tally.earlier, detail)
        now = time.monotonic()
        if now - self._logged >= LOG_EVERY or tally.done == tally.total:
            self._logged = now
            self._log.info("%d of %d runs; %s", tally.done, tally.total, detail)


def do_study(question: Question, how: How, resuming: Resuming, *, with_indices: bool) -> None:
    """Do an experiment from the command line, as `sim.analysis.studies.conduct.sweep` does from Python."""
    subject = question.subject
    with at_work(how, subject.scenarios, question.experiment) as command:
        from sim.analysis.saved import study_name
        from sim.analysis.studies.conduct import asked
        from sim.analysis.studies.cost import cost_of
        from sim.analysis.studies.study import study_hash
        from sim.runs.machine import kept_in

        experiment = asked(question, with_indices=with_indices)
        path = Path("results") / study_name(experiment, subject) if how.out is None else how.out
        with _workplace(resuming.cluster, how.workers, subject.passport) as place:
            cost = _cost_text(cost_of(experiment, subject, place.workers(), path), how.words)
            if resuming.preview:
                print(cost)
                return
            robbed = resuming.resume and path.exists() and identity_of(path) is None
            identity = study_hash(experiment, subject)
            folder = growing_folder(path, identity, resume=resuming.resume, force=how.force)
            if robbed:
                notice(f"{MANIFEST}: {how.words('command.rebuilt')}")
            if not how.quiet:
                notice(cost)
            with kept_in(folder), _kept(folder, how.words), logged(folder / LOG) as log:
                log.info("begun: %s, %s; %s", experiment.name, identity, cost)
                study = _run(
                    experiment, subject, place, folder, how, resuming, log, with_indices=with_indices
                )
                log.info("written: %s; failed: %d", study.unfinished or "finished", study.failed)
            command.written = folder
            with concluding(folder, how) as conclusion:
                answer_study(study, subject, conclusion)
                if not how.quiet:
                    print(how.words("command.log", path=folder / LOG))
                _say_what_is_missing(study, how.words, folder)


def _workplace(address: str | None, workers: int | None, mine: Passport) -> AbstractContextManager[Workplace]:
    from sim.runs import elsewhere

    return elsewhere.here(workers) if address is None else elsewhere.cluster(address, mine)


def _run(
    experiment: Experiment,
    subject: Policies,
    place: Workplace,
    folder: Path,
    how: How,
    resuming: Resuming,
    log: logging.Logger,
    *,
    with_indices: bool,
) -> Study:
    """Run the stages, report progress, and write the tables."""
    from sim.analysis.studies.conduct import carry_out
    from sim.analysis.studies.stages import Runner, deadline

    until, tell = deadline(experiment), partial(_tell, how.words, log)
    with Progress(how.words, how.quiet, log) as progress:
        runner = Runner(subject, folder, place, progress.begin, progress, until, resuming.retry, tell)
        return carry_out(experiment, subject, runner, with_indices=with_indices)


def _tell(words: Words, log: logging.Logger, stage: str, damages: Sequence[Damage]) -> None:
    """Name files of a stage that are damaged or foreign: some on the terminal, all in the log."""
    from sim.runs.shards import some_of

    said = [f"{stage}/{damage.file}: {words(f'command.{damage.fault}')}" for damage in damages]
    for line in said:
        log.info("%s", line)
    for line in some_of(said, words("command.more_damage", rest="{rest}", log=LOG)):
        notice(line)


def _cost_text(cost: Cost, words: Words) -> str:
    return words(
        "command.preview",
        runs=_span(str(cost.runs), str(cost.most_runs), words),
        time=_span(_time(cost.seconds, words), _time(cost.most_seconds, words), words),
        disk=f"{cost.bytes / 1e6:.0f}",
        free=f"{cost.free / 1e9:.0f}",
    )


@contextmanager
def _kept(folder: Path, words: Words) -> Iterator[None]:
    """After Ctrl-C at any time, say that runs are kept."""
    try:
        yield
    except KeyboardInterrupt:
        notice("\n" + words("command.stopped_study", folder=folder))
        leave(INTERRUPTED)


def _span(least: str, most: str, words: Words) -> str:
    return least if least == most else words("command.from_to", least=least, most=most)


def _time(seconds: float | None, words: Words) -> str:
    return words("command.unknown") if seconds is None else duration(seconds)


def _say_what_is_missing(study: Study, words: Words, folder: Path) -> None:
    """Name failed runs, and say what to do about an unfinished study; exit if there is either."""
    if study.failed:
        total = sum(stage.tally.total for stage in study.stages)
        notice(words("command.some_failed", failed=study.failed, total=total))
        shown = [row for stage in study.stages for row in stage.failures.itertuples()]
        for row in shown[:SHOWN_FAILURES]:
            notice(f"    row {row.row}, {row.scenario}, replication {row.replication}: {row.error}")
        if len(shown) > SHOWN_FAILURES:
            notice("    …")
    if study.unfinished == "interrupted":
        notice(words("command.stopped_study", folder=folder))
        leave(INTERRUPTED)
    if study.unfinished:
        notice(words("command.out_of_time", folder=folder))
    if study.unfinished or study.failed:
        leave(FAILED)
