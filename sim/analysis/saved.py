"""A comparison in a folder: tables as CSV to look at and Parquet to compute with, a summary, a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.analysis.compare import Comparison
from sim.analysis.outcomes import LEAD
from sim.files import MANIFEST
from sim.runs.results import manifest, run_hash, write_json, write_parquet
from sim.runs.run import evidence_of
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
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    summary = comparison.effects[comparison.effects["outcome"].isin(LEAD)]
    summary.to_csv(folder / "summary.csv", index=False, lineterminator="\n")
    content = manifest(
        (comparison.base, *comparison.policies),
        comparison.evidence,
        comparison.seed,
        comparison.replications,
        tables | {"summary": summary},
    )
    write_json(content | {"interrupted": comparison.interrupted}, folder / MANIFEST)
