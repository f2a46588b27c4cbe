"""Comparisons and studies in a folder: tables as CSV for reading and Parquet for computing, and a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sim.analysis.comparison.compare import (
    COST_COLUMNS,
    RANKING_COLUMNS,
    REGRET_COLUMNS,
    RESPONSE_COLUMNS,
    Comparison,
    titles_of,
)
from sim.analysis.comparison.effects import BREAK_EVEN_COLUMNS, COEFFICIENT_COLUMNS, SETTING_COLUMNS
from sim.analysis.comparison.information import HINGE_COLUMNS, WORTH_COLUMNS
from sim.analysis.comparison.parts import PART_COLUMNS
from sim.analysis.comparison.shapley import SHAPLEY_COLUMNS
from sim.analysis.comparison.shares import VARIANCE_COLUMNS
from sim.analysis.outcomes import EARLIER, LEAD
from sim.analysis.studies.policies import Policies
from sim.analysis.studies.stages import Reader
from sim.analysis.studies.study import Study, run_study, study_hash
from sim.errors import Message
from sim.files.atomic import MANIFEST, write_whole
from sim.runs.batches import Subject
from sim.runs.experiment import Experiment, experiment_from, plain_experiment
from sim.runs.provenance import Passport
from sim.runs.record import Record, cautions_in
from sim.runs.results import (
    circumstances,
    csv_of,
    digest_of,
    json_text,
    manifest,
    run_hash,
    said_of,
    sealed,
    write_json,
    write_parquet,
)
from sim.runs.run import evidence_of
from sim.runs.saved import Saved, Tables, faults_of_csv, require, saved_tables, seen_evidence
from sim.world.scenario_record import Scenario

NAME_LENGTH = 60
#: Columns of tables that may have no rows.
_COLUMNS = {
    "costs": COST_COLUMNS,
    "response": RESPONSE_COLUMNS,
    "break_even": BREAK_EVEN_COLUMNS,
    "ranking": RANKING_COLUMNS,
    "decomposition": PART_COLUMNS,
    "shapley": SHAPLEY_COLUMNS,
    "regret": REGRET_COLUMNS,
    "by_setting": SETTING_COLUMNS,
    "settings": [],
    "worth": WORTH_COLUMNS,
    "hinges": HINGE_COLUMNS,
    "variance": VARIANCE_COLUMNS,
    "coefficient_uncertainty": COEFFICIENT_COLUMNS,
}


def comparison_name(base: Scenario, policies: Sequence[Scenario], seed: int) -> str:
    """Name of a comparison's folder: its policies and a hash of everything its tables depend on."""
    names = "-".join(policy.name for policy in policies)
    if len(names) > NAME_LENGTH:
        names = f"{len(policies)}-policies"
    return f"compare-{names}-{run_hash((base, *policies), evidence_of(base), seed)}"


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write tables, summary and manifest of a comparison into an existing folder.

    A table without rows (such as the response to money, if not asked for) is not written.
    """
    tables = tables_of(comparison)
    for name, frame in tables.items():
        if name != "summary":
            write_parquet(frame, folder / f"{name}.parquet")
        (folder / f"{name}.csv").write_bytes(csv_of(frame))
    content = manifest(
        (comparison.base, *comparison.policies),
        comparison.evidence,
        comparison.seed,
        comparison.replications,
        tables,
    )
    more = {
        "kind": "compare",
        "interrupted": comparison.interrupted,
        "until": comparison.until,
        "allowed": list(comparison.allowed),
        "grades": comparison.grades,
        "cautions": [caution.plain() for caution in comparison.cautions],
    }
    write_json(sealed(content | more), folder / MANIFEST)


def tables_of(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """The tables of a comparison that are written, by name."""
    return listed({name: frame for name, frame in comparison.tables().items() if len(frame)})


def listed(frames: Tables) -> dict[str, pd.DataFrame]:
    """Tables of a comparison that are written as CSV: all, and the effects on the lead outcomes as a summary."""
    if "effects" not in frames:
        return dict(frames)
    effects = frames["effects"]
    return {**frames, "summary": effects[effects["outcome"].isin(LEAD)]}


def read_comparison(record: Record) -> tuple[Comparison, Saved]:
    """Read a comparison back, and say what was edited in it.

    Raises
    ------
    InputError
        If a table is missing or cannot be used, or the evidence is missing.
    """
    said, saved = record.manifest, saved_tables(record, listed)
    require(record, saved, ("effects", "paths", "regions", "pairing"))
    if said.grades is None:
        raise record.wrong("grades", Message("errors_analysis.earlier_version"))
    base, *policies = record.scenarios
    with record.readable("tables"):
        frames = {name: pd.DataFrame(columns=columns) for name, columns in _COLUMNS.items()} | {
            name: frame.replace({"outcome": EARLIER}) if "outcome" in frame else frame
            for name, frame in saved.frames.items()
        }
        return Comparison(
            base=base,
            policies=tuple(policies),
            titles=titles_of(record.scenarios),
            replications=said.replications,
            seed=said.seed,
            evidence=seen_evidence(record),
            grades=said.grades,
            interrupted=said.interrupted,
            what_ifs=tuple(policy.name for policy in policies if not policy.levers),
            cautions=cautions_in(record),
            **frames,
            until=said.until,
            allowed=tuple(said.allowed or ()),
        ), saved


def study_name(experiment: Experiment, subject: Subject) -> str:
    """Name of a study's folder: the experiment's name and a hash of everything its tables depend on."""
    return f"{experiment.name}-{study_hash(experiment, subject)}"


def write_study(study: Study, identity: str, folder: Path, subject: Policies | None = None) -> None:
    """Write the tables of a study and its manifest into its folder, each file completely or not at all.

    Parameters
    ----------
    identity
        From `sim.analysis.studies.study.study_hash`.
    subject
        What the study is about, for a report written again later.
    """
    tables = tables_of_study(study)
    for name in {*study.tables(), "failures"} - set(tables):  # of an earlier state of this study
        (folder / f"{name}.csv").unlink(missing_ok=True)
    for name, frame in tables.items():
        write_whole(folder / f"{name}.csv", csv_of(frame))
    stages = [
        {
            "name": stage.name,
            "design": stage.experiment.design.method,
            "factors": [factor.name for factor in stage.experiment.factors],
            "rows": len(stage.sample),
            "runs": stage.tally.total,
            "done": stage.tally.done,
            "failed": stage.tally.failed,
        }
        for stage in study.stages
    ]
    content = {
        "run": identity,
        "kind": "study",
        "finished": not study.unfinished,
        "unfinished": study.unfinished,
        "experiment": plain_experiment(study.experiment),
        "cases": list(study.cases),
        "stages": stages,
        **({} if subject is None else said_of(subject.scenarios, dict(subject.passport.evidence))),
        **circumstances(tables),
    }
    write_whole(folder / MANIFEST, json_text(sealed(content)).encode())


def tables_of_study(study: Study) -> dict[str, pd.DataFrame]:
    """The tables of a study that are written, by name."""
    tables = {name: frame for name, frame in study.tables().items() if len(frame)}
    failures = [stage.failures.assign(stage=stage.name) for stage in study.stages if len(stage.failures)]
    return tables | ({"failures": pd.concat(failures, ignore_index=True)} if failures else {})


@dataclass(frozen=True, slots=True)
class SavedSubject:
    """What a study was about, as far as its manifest says."""

    scenarios: tuple[Scenario, ...]
    outcomes: tuple[str, ...]
    passport: Passport

    @property
    def cases(self) -> tuple[str, ...]:
        """Names of the scenarios."""
        return tuple(scenario.name for scenario in self.scenarios)


def read_study(record: Record) -> tuple[Study, SavedSubject, Saved]:
    """Read a study back from the tables of its runs, and say what was edited in it.

    Raises
    ------
    InputError
        If a table is missing or cannot be used.
    """
    if not record.manifest.stands_on:
        raise record.wrong("scenarios", Message("errors_analysis.earlier_version"))
    with record.readable("experiment"):
        experiment = experiment_from(record.content["experiment"])
    places = tuple((each.folder, each.digest) for each in dict.fromkeys(record.evidence_records))
    subject = SavedSubject(record.scenarios, experiment.outcomes, Passport((), "", places))
    reader = Reader(subject, record.folder, str(record.content.get("unfinished", "")))
    with record.readable("runs"):
        try:
            study = run_study(experiment, reader, with_indices="indices" in record.manifest.tables)
        except (OSError, pa.ArrowException) as error:
            message = Message("errors_analysis.runs_unreadable", why=str(error))
            raise record.wrong("runs", message) from None
    frames, said = tables_of_study(study), record.manifest.tables
    faults: dict[str, str] = {}
    for name in sorted({*frames, *said}):
        known = name in frames and name in said and digest_of(frames[name]) == said[name].digest
        if known:
            faults |= faults_of_csv(record.folder / f"{name}.csv", frames[name])
        else:
            faults[f"{name}.csv"] = "otherwise"
    return study, subject, Saved(frames, faults)
