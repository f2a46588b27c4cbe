"""`check`: finds the mistakes that a run would find in a scenario or experiment file, and whom its levers reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.command.conduct import say_files
from sim.command.options import read_scenario
from sim.command.terminal import announce_compilation
from sim.errors import InputError, Problem
from sim.words import Words

if TYPE_CHECKING:
    from sim.runs.caution import Caution
    from sim.world.scenario import Scenario


def check(name: str) -> tuple[Problem, ...]:
    """Check a scenario or experiment file and its evidence as a run would, without running anything.

    Returns
    -------
    tuple of Problem
        Every mistake; empty where nothing is wrong.
    """
    try:
        scenarios = _scenarios_of(name)
        for scenario in scenarios:
            _check_compiled(scenario)
    except InputError as error:
        return error.problems
    return ()


def foreseen(name: str, words: Words) -> tuple[tuple[Caution, ...], dict[str, dict[str, str]]]:
    """Report whom the levers of a valid file reach, before it is run, and the titles of its scenarios."""
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


def _scenarios_of(name: str) -> tuple[Scenario, ...]:
    """The scenario of a file, or all that an experiment names."""
    if is_experiment(name):
        from sim.analysis.studies.experiments import read_experiment

        return read_experiment(name).subject.scenarios
    return (read_scenario(name),)


def _check_compiled(scenario: Scenario) -> None:
    from sim.runs.run import evidence_of
    from sim.world.compiled import compile_scenario

    compile_scenario(scenario, evidence_of(scenario))


def is_experiment(name: str) -> bool:
    """Whether a file or bundled name is an experiment: an experiment names its scenarios."""
    from sim.evidence.yaml_positions import read_yaml
    from sim.files.names import find_experiment, find_scenario

    for find in (find_scenario, find_experiment):
        try:
            return "scenarios" in read_yaml(find(name)).mapping
        except InputError:
            continue  # the reader of the file reports what is wrong
    return False
