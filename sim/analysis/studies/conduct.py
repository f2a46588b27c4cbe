"""Conducts an experiment: checks it, does its runs in a folder that grows, and writes its tables there."""

from __future__ import annotations

from pathlib import Path

from sim.analysis.saved import write_study
from sim.analysis.studies.cautions import with_reach
from sim.analysis.studies.cost import cost_of
from sim.analysis.studies.experiments import Question, read_experiment
from sim.analysis.studies.policies import Policies
from sim.analysis.studies.stages import Runner, deadline
from sim.analysis.studies.study import Study, check_design, run_study, study_hash
from sim.files.atomic import growing_folder
from sim.runs.batches import Report
from sim.runs.elsewhere import here
from sim.runs.experiment import Experiment
from sim.runs.machine import kept_in


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
        Called with the progress of a stage (`sim.runs.batches.Tally`).

    Raises
    ------
    InputError
        If the folder cannot be used, the design gives no indices and they are wanted, or it exceeds its budget.
    """
    question = experiment if isinstance(experiment, Question) else read_experiment(experiment)
    chosen, subject = asked(question, with_indices=with_indices), question.subject
    until = deadline(chosen)
    with here(workers) as place:
        cost_of(chosen, subject, place.workers(), Path(folder))
        path = growing_folder(Path(folder), study_hash(chosen, subject), resume=resume)
        with kept_in(path):
            runner = Runner(subject, path, place, report=report, until=until)
            return carry_out(chosen, subject, runner, with_indices=with_indices)


def asked(question: Question, *, with_indices: bool) -> Experiment:
    """Give the experiment of a question with its cautions.

    Raises
    ------
    InputError
        If its design gives no indices and they are wanted.
    """
    experiment = with_reach(question.experiment, question.subject)
    check_design(experiment, with_indices=with_indices)
    return experiment


def carry_out(experiment: Experiment, subject: Policies, runner: Runner, *, with_indices: bool) -> Study:
    """Do the missing runs of a study, and write its tables into its folder."""
    study = run_study(experiment, runner, with_indices=with_indices)
    write_study(study, study_hash(experiment, subject), runner.folder, subject)
    return study
