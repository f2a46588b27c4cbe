"""Comparisons and studies in a folder: tables as CSV to look at and Parquet to compute with, and a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from sim.analysis.compare import Comparison
from sim.analysis.outcomes import LEAD
from sim.analysis.study import Study, study_hash
from sim.files import MANIFEST, write_whole
from sim.runs.experiment import Experiment
from sim.runs.results import circumstances, csv_of, json_text, manifest, run_hash, write_json, write_parquet
from sim.runs.run import evidence_of
from sim.runs.sweep import Subject
from sim.world.scenario_record import Scenario

NAME_LENGTH = 60


def comparison_name(base: Scenario, policies: Sequence[Scenario], seed: int) -> str:
    """Name of the folder of a comparison: its policies and a hash of all that its tables depend on."""
    names = "-".join(policy.name for policy in policies)
    if len(names) > NAME_LENGTH:
        names = f"{len(policies)}-policies"
    return f"compare-{names}-{run_hash((base, *policies), evidence_of(base), seed)}"


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write tables, summary and manifest of a comparison into an existing folder.

    A table without rows (the response to money where nobody asked for it) is not written.
    """
    tables = {name: frame for name, frame in comparison.tables().items() if len(frame)}
    for name, frame in tables.items():
        write_parquet(frame, folder / f"{name}.parquet")
        (folder / f"{name}.csv").write_bytes(csv_of(frame))
    summary = comparison.effects[comparison.effects["outcome"].isin(LEAD)]
    (folder / "summary.csv").write_bytes(csv_of(summary))
    content = manifest(
        (comparison.base, *comparison.policies),
        comparison.evidence,
        comparison.seed,
        comparison.replications,
        tables | {"summary": summary},
    )
    more = {
        "interrupted": comparison.interrupted,
        "cautions": [caution.plain() for caution in comparison.cautions],
    }
    write_json(content | more, folder / MANIFEST)


def study_name(experiment: Experiment, subject: Subject) -> str:
    """Name of the folder of a study: the experiment's and a hash of all that its tables depend on."""
    return f"{experiment.name}-{study_hash(experiment, subject)}"


def write_study(study: Study, identity: str, folder: Path) -> None:
    """Write the tables of a study and its manifest into its folder, each file whole or not at all.

    Parameters
    ----------
    identity
        From `sim.analysis.study.study_hash`.
    """
    tables = {name: frame for name, frame in study.tables().items() if len(frame)}
    failures = [stage.failures.assign(stage=stage.name) for stage in study.stages if len(stage.failures)]
    if failures:
        tables["failures"] = pd.concat(failures, ignore_index=True)
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
        "finished": not study.unfinished,
        "experiment": asdict(study.experiment),
        "scenarios": list(study.cases),
        "stages": stages,
        **circumstances(tables),
    }
    write_whole(folder / MANIFEST, json_text(content).encode())
