"""An experiment conducted: checked, its runs done in a folder that grows, its tables written beside them."""

from __future__ import annotations

from pathlib import Path

from sim.analysis.saved import write_study
from sim.analysis.studies.cautions import with_reach
from sim.analysis.studies.cost import cost_of
from sim.analysis.studies.experiments import Question, read_experiment
from sim.analysis.studies.stages import Runner, deadline
from sim.analysis.studies.study import Study, check_design, run_study, study_hash
from sim.files.atomic import growing_folder
from sim.runs.elsewhere import here
from sim.runs.machine import kept_in
from sim.runs.sweep import Report


def sweep(
    experiment: Question | str | Path,
    folder: str | Path,
    *,
    workers: int | None = None,
    with_indices: bool = False,
    resume: bool = False,
    report: Report | None = None,
) -> Study:
    """Do an experiment in threads of this process, and keep its runs and tables in a folder.

    Parameters
    ----------
    experiment
        From `sim.load_experiment`, or a file, or the name of a bundled experiment.
    folder
        New or empty; with `resume` one that holds earlier runs of the same experiment.
    workers
        Threads; by default one per processor. Results do not depend on it.
    with_indices
        Whether sensitivity indices are wanted.
    report
        Told how far a stage is (`sim.runs.sweep.Tally`).

    Raises
    ------
    InputError
        If the folder cannot be used, the design gives no indices and they are wanted, or it exceeds its budget.
    """
    question = experiment if isinstance(experiment, Question) else read_experiment(experiment)
    subject, path = question.subject, Path(folder)
    asked = with_reach(question.experiment, subject)
    check_design(asked, with_indices=with_indices)
    until = deadline(asked)
    identity = study_hash(asked, subject)
    with here(workers) as place:
        cost_of(asked, subject, place.workers(), path)
        path = growing_folder(path, identity, resume=resume)
        with kept_in(path):
            runner = Runner(subject, path, place, report=report, until=until)
            study = run_study(asked, runner, with_indices=with_indices)
            write_study(study, identity, path, subject)
    return study
