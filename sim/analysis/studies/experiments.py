"""YAML -> an `Experiment` and its subject; all mistakes of the file are reported at once, each at its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sim.analysis.comparison.comparable import judge
from sim.analysis.outcomes import EARLIER
from sim.analysis.studies.cautions import said
from sim.analysis.studies.designs import LEVELS, rows_of
from sim.analysis.studies.factors import (
    WrongFactorError,
    check_ends,
    read_factor,
    read_value,
    repeated_choices,
    same_number,
)
from sim.analysis.studies.policies import Policies, keys_of, overrides
from sim.analysis.studies.surface import ExperimentFile
from sim.errors import InputError, Message, MistakeError, Problem, system_reason
from sim.evidence.yaml_positions import Node, read_yaml, value_text
from sim.files.folders import is_bundled
from sim.files.names import evidence_folder, evidence_named, find_beside, find_experiment
from sim.runs.caution import Caution
from sim.runs.experiment import Design, Experiment
from sim.runs.factors import Choice, Factor, Role
from sim.runs.results import files_used
from sim.world.assemble import one_line, words_of
from sim.world.layers import file_record
from sim.world.mistakes import dotted, locate, read_surface
from sim.world.scenario import load_scenario
from sim.world.vocabulary import Vocabulary, load_vocabulary

#: Defaults of a design: size, trajectories, most, keep.
_USUAL: dict[str, tuple[int, int, int, int]] = {
    "grid": (3, 0, 0, 0),
    "list": (0, 0, 0, 0),
    "latin_hypercube": (200, 0, 0, 0),
    "morris": (0, 10, 0, 0),
    "sobol": (128, 0, 1024, 0),
    "shapley": (100, 0, 0, 0),
    "two_stage": (64, 10, 512, 6),
}
#: Keys of a design that only some methods use.
_ONLY: dict[str, tuple[str, ...]] = {
    "size": ("grid", "latin_hypercube", "sobol", "shapley", "two_stage"),
    "trajectories": ("morris", "two_stage"),
    "most": ("sobol", "two_stage"),
    "precision": ("sobol", "two_stage"),
    "keep": ("two_stage",),
    "second_order": ("sobol", "two_stage"),
    "rows": ("list",),
}
#: Ten million rows fill gigabytes.
MOST_ROWS = 10_000_000
_GROUPED = ("morris", "sobol", "two_stage")


@dataclass(frozen=True, slots=True)
class Question:
    """An experiment and its subject."""

    experiment: Experiment
    subject: Policies


@dataclass(slots=True)
class _Reading:
    """A file being read: its contents and positions, the mistakes found so far, and its cautions."""

    file: ExperimentFile
    tree: Node
    problems: list[Problem]
    cautions: list[Caution] = field(default_factory=list)

    def wrong(self, message: Message, *loc: int | str) -> None:
        """Note a mistake at a place of the file; if the key is missing, at its parent."""
        node, steps = locate(self.tree, loc)
        left_out = [part for part in loc[len(steps) :] if isinstance(part, str)]  # no position: a list of one
        self.problems.append(
            node.problem(message, dotted((*steps, *left_out)), at_key=bool(left_out), value=value_text(node))
        )

    def told(self, error: InputError, *loc: int | str) -> None:
        """Note mistakes found in a scenario, caused by its own file or by this one."""
        for problem in error.problems:
            if problem.file is not None:
                self.problems.append(problem)
            else:
                self.wrong(problem.what, *loc)


def read_experiment(path_or_name: str | Path, seed: int | None = None) -> Question:
    """Read an experiment file and everything it names, and check all of it.

    Parameters
    ----------
    path_or_name
        A file, or the name of a bundled experiment.
    seed
        Wins over the file's.

    Raises
    ------
    InputError
        With every mistake of the file.
    """
    path = find_experiment(str(path_or_name))
    file, tree, problems = read_surface(ExperimentFile, read_yaml(path), None)
    reading = _Reading(file, tree, problems)
    settings = _settings(reading, path)
    files = tuple(_scenario_files(reading, path, settings))
    _check_given(reading, file.settings, "settings")
    broken = any((problem.key or "").startswith("settings") for problem in reading.problems)
    subject = Policies(files, {} if broken else settings, tuple(file.outcomes))
    factors: tuple[Factor, ...] = ()
    design = _design(reading)
    if files:  # without a scenario, factors cannot be checked
        known = load_vocabulary(evidence_folder(subject.scenarios[0].evidence))
        _check_scenarios(reading, subject)
        factors = tuple(_factors(reading, known, subject))
        design = replace(design, rows=tuple(_rows(reading, known, subject)))
        _check_size(reading, design, factors)
    _check_outcomes(reading)
    if reading.problems:
        raise InputError(
            sorted(dict.fromkeys(reading.problems), key=lambda p: (p.file or "", p.line or 0, p.column or 0))
        )
    cautions, ranked = said(subject, factors, design, file.replications)
    experiment = Experiment(
        name=file.name,
        title=words_of(file.title, file.name),
        factors=factors,
        design=design,
        outcomes=tuple(file.outcomes),
        replications=file.replications,
        seed=file.seed if seed is None else seed,
        most_runs=file.budget.runs,
        most_hours=file.budget.hours,
        files=tuple(record.plain() for record in (file_record(path), *files_used(subject.scenarios))),
        cautions=(*reading.cautions, *cautions),
        ranked=ranked,
    )
    return Question(experiment, subject)


def _check_given(reading: _Reading, settings: Mapping[str, Any], *loc: str) -> None:
    """Refuse keys without a value: nothing can be laid over them."""
    for key, value in settings.items():
        if value is None:
            reading.wrong(Message("errors_analysis.nothing_given"), *loc, key)
        elif isinstance(value, dict):
            _check_given(reading, value, *loc, key)


def _check_outcomes(reading: _Reading) -> None:
    """Refuse an outcome given twice, and give the new name of one from an earlier version."""
    outcomes = reading.file.outcomes
    if len(set(outcomes)) < len(outcomes):
        reading.wrong(Message("errors_analysis.outcome_twice"), "outcomes")
    node = reading.tree.mapping.get("outcomes")
    written = node.plain() if node is not None else []
    for earlier, now in EARLIER.items():
        if earlier == written or (isinstance(written, list) and earlier in written):
            facts = {"earlier": earlier, "now": now}
            reading.cautions.append(Caution("renamed", "outcomes", facts=facts))


def _settings(reading: _Reading, path: Path) -> dict[str, Any]:
    """The settings; a path to evidence is relative to the experiment's file."""
    settings = dict(reading.file.settings)
    if isinstance(text := settings.get("evidence"), str):
        try:
            folder = evidence_named(text, path)
        except InputError as error:
            reading.told(error, "settings", "evidence")
        else:
            settings["evidence"] = text if folder.name == text and is_bundled(folder) else str(folder)
    return settings


def _scenario_files(reading: _Reading, path: Path, settings: Mapping[str, Any]) -> Iterator[str]:
    """Find the scenario files, beside the experiment or bundled, and check each with the settings."""
    for index, name in enumerate(reading.file.scenarios):
        try:
            file = find_beside(name, path)
        except InputError as error:
            reading.told(error, "scenarios", index)
            continue
        try:
            load_scenario(file, **settings)
        except (InputError, OSError, TypeError) as error:
            if not _told_of_the_file(reading, file, index):
                _tell_of_settings(reading, error)
                yield str(file.resolve())
        else:
            yield str(file.resolve())


def _told_of_the_file(reading: _Reading, file: Path, index: int) -> bool:
    """Note what is wrong with a scenario file by itself, if anything."""
    try:
        load_scenario(file)
    except InputError as error:
        reading.told(error, "scenarios", index)
    except OSError as error:
        unread = Message("errors_evidence.cannot_read", why=system_reason(error))
        reading.wrong(unread, "scenarios", index)
    else:
        return False
    return True


def _tell_of_settings(reading: _Reading, error: Exception) -> None:
    """Note what is wrong with a scenario because of the settings laid over it."""
    if not isinstance(error, InputError):
        reading.wrong(Message("errors_analysis.unexpected", why=str(error)), "settings")
        return
    for problem in error.problems:
        reading.wrong(problem.what, "settings", *(problem.key or "").split("."))


def _check_scenarios(reading: _Reading, subject: Policies) -> None:
    """Policies must be comparable with the baseline: the same horizon, scale, shocks, evidence, other parameters."""
    base, *others = subject.scenarios
    for problem in judge(base, others).refusals:
        reading.wrong(problem.what, "scenarios")
    for policy in others:
        if (policy.structure, policy.kappa) != (base.structure, base.kappa):
            message = Message("errors_analysis.other_reading", policy=policy.name, baseline=base.name)
            reading.wrong(message, "scenarios")


def _factors(reading: _Reading, known: Vocabulary, subject: Policies) -> Iterator[Factor]:
    """Read every factor and try its end values on the scenarios."""
    file = reading.file
    group_of = {name: group for group, names in file.groups.items() for name in names}
    sections: tuple[tuple[Role, str], ...] = (("uncertainty", "uncertainties"), ("lever", "levers"))
    entries = [
        (role, section, name, entry)
        for role, section in sections
        for name, entry in getattr(file, section).items()
    ]
    names = [name for _, _, name, _ in entries]
    numbers: dict[str, str] = {}
    if not entries and file.design.method != "list":
        reading.wrong(Message("errors_analysis.nothing_varies"), "uncertainties")
    for role, section, name, entry in entries:
        if names.count(name) > 1 and section == "levers":
            reading.wrong(Message("errors_analysis.uncertainty_too"), section, name)
            continue
        if _is_set(file.settings, keys_of(name)):
            reading.wrong(Message("errors_analysis.fixed"), section, name)
            continue
        try:
            factor = read_factor(name, role, entry, group_of.get(name), known)
            number = same_number(name, known)
            if number in numbers:
                raise WrongFactorError(Message("errors_analysis.same_number", other=numbers[number]))
            numbers[number] = name
            if twice := repeated_choices(name, entry, known):
                facts = {"values": ", ".join(map(str, twice))}
                reading.cautions.append(Caution("counted_once", f"{section}.{name}.choices", facts=facts))
        except WrongFactorError as error:
            reading.wrong(error.message, section, name, *error.loc)
            continue
        _try_ends(reading, subject, factor, section)
        yield factor
    _check_groups(reading, names)


def _is_set(settings: object, keys: tuple[str, ...]) -> bool:
    """Whether settings have a value at nested keys."""
    for key in keys:
        if not isinstance(settings, dict) or key not in settings:
            return False
        settings = settings[key]
    return True


def _lever_is_used(subject: Policies, name: str) -> bool:
    """Whether any scenario uses the lever of this setting; true for anything but a lever's setting."""
    if not name.startswith("levers."):
        return True
    return any(use.name == name.split(".")[1] for scenario in subject.scenarios for use in scenario.levers)


def _try_ends(reading: _Reading, subject: Policies, factor: Factor, section: str) -> None:
    """Load the scenarios at the ends of a factor, to report impossible values before anything runs."""
    if "." not in factor.name and not isinstance(factor.distribution, Choice):
        return  # a parameter between two values of its range
    if not _lever_is_used(subject, factor.name):
        unused = Message("errors_analysis.lever_unused", lever=factor.name.split(".")[1])
        reading.wrong(unused, section, factor.name)
        return
    for value in check_ends(factor):
        for file, scenario in zip(subject.files, subject.scenarios, strict=True):
            levers = {use.name for use in scenario.levers}
            try:
                load_scenario(file, **overrides(subject.settings, {factor.name: value}, levers))
            except InputError as error:
                for problem in error.problems:
                    message = Message(
                        "errors_analysis.at_value", value=value, scenario=scenario.name, message=problem.what
                    )
                    reading.wrong(message, section, factor.name)


def _check_groups(reading: _Reading, names: list[str]) -> None:
    seen: set[str] = set()
    for group, members in reading.file.groups.items():
        if group in names or group == "dummy":
            reading.wrong(Message("errors_analysis.group_needs_name"), "groups", group)
        if group != one_line(group):
            reading.wrong(Message("errors_analysis.group_name"), "groups", group)
        for position, member in enumerate(members):
            if member not in names:
                reading.wrong(Message("errors_analysis.no_such_factor"), "groups", group, position)
            elif member in seen:
                reading.wrong(Message("errors_analysis.in_a_group"), "groups", group, position)
            seen.add(member)
    if reading.file.groups and reading.file.design.method not in _GROUPED:
        reading.wrong(Message("errors_analysis.groups_are_for", methods=_GROUPED), "groups")


def _design(reading: _Reading) -> Design:
    """Fill in defaults, and find settings that cannot go together."""
    entry = reading.file.design
    method = entry.method
    given = entry.model_fields_set
    for key, methods in _ONLY.items():
        if key in given and method not in methods:
            message = Message("errors_analysis.method_has_no", method=method, key=key)
            reading.wrong(message, "design", key)
    size, trajectories, most, keep = _USUAL[method]
    size = size if entry.size is None else entry.size
    most = max(most, size) if entry.most is None else entry.most
    if method in ("sobol", "two_stage") and not any(
        (p.key or "") == "design.method" for p in reading.problems
    ):
        for key, value in (("size", size), ("most", most)):
            if value & (value - 1) or value < 8:
                reading.wrong(Message("errors_analysis.power_of_two"), "design", key)
        if most < size:
            reading.wrong(Message("errors_analysis.below_size", size=size), "design", "most")
    if method == "grid" and size < 2:
        reading.wrong(Message("errors_analysis.grid_size"), "design", "size")
    if method == "list" and not entry.rows:
        reading.wrong(Message("errors_analysis.list_rows"), "design", "rows")
    return Design(
        method=method,  # type: ignore[arg-type]
        size=size,
        trajectories=trajectories if entry.trajectories is None else entry.trajectories,
        most=most if entry.precision is not None else size,
        precision=entry.precision,
        keep=keep if entry.keep is None else entry.keep,
        second_order=entry.second_order,
    )


def _check_size(reading: _Reading, design: Design, factors: Sequence[Factor]) -> None:
    """Refuse a design that no machine could hold, before it is drawn."""
    if not factors:
        return
    screens = design.method in ("morris", "two_stage")
    rows = rows_of(replace(design, method="morris") if screens else design, factors)
    if rows > MOST_ROWS:
        message = Message("errors_analysis.too_many_rows", rows=rows, most=MOST_ROWS)
        reading.wrong(message, "design", "size")
    choices = [len(f.distribution.values) for f in factors if isinstance(f.distribution, Choice)]
    if screens and max(choices, default=0) > LEVELS:
        reading.wrong(Message("errors_analysis.morris_levels", levels=LEVELS), "design", "method")


def _rows(reading: _Reading, known: Vocabulary, subject: Policies) -> Iterator[dict[str, float | int | str]]:
    """Read the rows of a list."""
    for index, row in enumerate(reading.file.design.rows or ()):
        values = {}
        for name, given in row.items():
            if not _lever_is_used(subject, name):
                reading.wrong(Message("errors_analysis.this_lever_unused"), "design", "rows", index, name)
            if _is_set(reading.file.settings, keys_of(name)):
                reading.wrong(Message("errors_analysis.fixed"), "design", "rows", index, name)
            try:
                values[name] = read_value(name, given, known)
            except MistakeError as error:
                reading.wrong(error.message, "design", "rows", index, name)
        yield values
