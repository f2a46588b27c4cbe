"""Results as tidy tables: one number per row, with its unit; written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import stdtrit  # importing scipy.stats would take half a second

from sim.evidence.encodings import csv_bytes
from sim.evidence.tables import Evidence
from sim.model.outputs import INDUSTRY_METRICS, METRIC_INDEX, METRICS
from sim.runs.counts import Counts, Province, quarter_names, real, reported
from sim.runs.provenance import READING_ROOMS, evidence_digest, model_digest, source_digest, versions
from sim.world.constants import ALL_LEVELS, QUALITY, YEAR
from sim.world.scenario_record import FileRecord, Scenario, resolved

#: Version of the contents of a results folder. It increases when earlier programs could not read a folder, or would
#: misread it. 1: manifests that do not state it; the outcome quality_firms is called quality_stock. 2: the present one.
SCHEMA = 2
CONFIDENCE = 0.95


def derived(counts: Counts) -> dict[str, Counts]:
    """Compute the derived metrics from those that the kernel counts (last axis).

    Levels add incumbents and entrants; ``climbs`` are first climbs to any level; ``quality_firms`` are at
    level ≥ 2.
    """

    def one(name: str) -> Counts:
        return counts[..., METRIC_INDEX[name]]

    def total(parts: Iterable[Counts]) -> Counts:
        added: Counts = np.sum(list(parts), axis=0)
        return added

    both = {
        f"{what}_level_{k}": one(f"{what}_incumbent_{k}") + one(f"{what}_entrant_{k}")
        for what in ("firms", "difficulty")
        for k in ALL_LEVELS
    }
    return both | {
        "firms": total(both[f"firms_level_{k}"] for k in ALL_LEVELS),
        "quality_firms": total(both[f"firms_level_{k}"] for k in ALL_LEVELS[QUALITY:]),
        "difficulty": total(both[f"difficulty_level_{k}"] for k in ALL_LEVELS),
        "climbs": total(one(f"climbs_{k}") for k in ALL_LEVELS[1:]),
    }


DERIVED_UNITS = {
    **{f"firms_level_{k}": "firms" for k in ALL_LEVELS},
    **{f"difficulty_level_{k}": "firms" for k in ALL_LEVELS},
    "firms": "firms",
    "quality_firms": "firms",
    "difficulty": "firms",
    "climbs": "firms/quarter",
}


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that one scenario's runs report, in real firms, people and yuan.

    Attributes
    ----------
    quarters
        scenario, replication, quarter, metric, value, unit.
    regions, industries
        The same, with region code or industry.
    summary
        metric, unit, quarter, mean, low, high: stocks in the last quarter; flows over the last year, or over all
        reported quarters if these are fewer than four (unit ``firms/2 quarters``); 95 % interval of the mean over
        replications.
    interrupted
        Whether Ctrl-C ended it before all requested replications were done.
    """

    scenario: Scenario
    evidence: Evidence
    seed: int
    replications: int
    quarters: pd.DataFrame
    regions: pd.DataFrame
    industries: pd.DataFrame
    summary: pd.DataFrame
    interrupted: bool = False

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name."""
        return {name: getattr(self, name) for name in ("quarters", "regions", "industries", "summary")}


def build_results(
    scenario: Scenario, evidence: Evidence, provinces: Sequence[Province], seed: int
) -> Results:
    """Collect the counts of all replications into tidy tables, sorted on their full key."""
    window = reported(scenario)
    by_region = real(np.stack([province.regions[window] for province in provinces]), scenario.weight)
    by_industry = real(np.stack([province.industries[window] for province in provinces]), scenario.weight)
    codes = [str(region.code) for region in evidence.regions]
    names = [industry.id for industry in evidence.industries]
    quarters = tidy(scenario, by_region.sum(axis=2), {})
    return Results(
        scenario=scenario,
        evidence=evidence,
        seed=seed,
        replications=len(provinces),
        quarters=quarters,
        regions=tidy(scenario, by_region, {"region": codes}),
        industries=tidy(scenario, by_industry, {"industry": names}, INDUSTRY_METRICS),
        summary=summarise(quarters),
    )


def metric_table(counts: Counts, kept: Sequence[str] | None = None) -> tuple[list[str], list[str], Counts]:
    """Return names, units and values [..., metric] of kernel and derived metrics, sorted by name."""
    units = {metric.name: metric.unit for metric in METRICS if kept is None or metric.name in kept}
    values: dict[str, Counts] = {name: counts[..., METRIC_INDEX[name]] for name in units}
    values |= derived(counts)
    units |= DERIVED_UNITS
    order = sorted(values)
    return order, [units[name] for name in order], np.stack([values[name] for name in order], axis=-1)


def tidy(
    scenario: Scenario, counts: Counts, place: Mapping[str, Sequence[str]], kept: Sequence[str] | None = None
) -> pd.DataFrame:
    """Turn counts [replication, quarter, (place,) metric] into rows, one per number."""
    names, units, values = metric_table(counts, kept)
    if place:
        ((key, labels),) = place.items()
        order = np.argsort(labels)
        values, place = values[:, :, order], {key: [labels[k] for k in order]}
    axes: dict[str, Any] = {
        "replication": np.arange(values.shape[0], dtype=np.int32),
        "quarter": np.array(quarter_names(scenario), object),
        **{key: np.array(labels, object) for key, labels in place.items()},
        "metric": np.array(names, object),
    }
    grid = np.meshgrid(*(np.arange(n) for n in values.shape), indexing="ij")
    columns = {
        key: labels[index.reshape(-1)] for (key, labels), index in zip(axes.items(), grid, strict=True)
    }
    unit = np.array(units, object)[grid[-1].reshape(-1)]
    frame = pd.DataFrame({"scenario": scenario.name, **columns, "value": values.reshape(-1), "unit": unit})
    return frame


def period(quarters: int) -> str:
    """Name the period of flows summed over a number of quarters, at most four."""
    return {1: "quarter", YEAR: "year"}.get(quarters, f"{quarters} quarters")


def summarise(quarters: pd.DataFrame) -> pd.DataFrame:
    """Mean and 95 % interval over replications: stocks in the last quarter, flows summed over the last year.

    If fewer than four quarters are reported, flows are summed over all of them, and their unit says so.
    """
    names = quarters["quarter"].unique()
    recent = names[-YEAR:]
    is_flow = quarters["unit"].str.endswith("/quarter")
    stocks = quarters[~is_flow & (quarters["quarter"] == names[-1])]
    flows = quarters[is_flow & quarters["quarter"].isin(recent)]
    summed = flows.groupby(["replication", "metric", "unit"], as_index=False)["value"].sum()
    summed["unit"] = summed["unit"].str.replace("/quarter", f"/{period(len(recent))}")
    last = pd.concat([stocks[["replication", "metric", "unit", "value"]], summed])
    rows = []
    for (metric, unit), part in last.sort_values("replication").groupby(["metric", "unit"], sort=True):
        mean, low, high = interval(part["value"].to_numpy(float))
        rows.append((metric, unit, names[-1], mean, low, high))
    return pd.DataFrame(rows, columns=["metric", "unit", "quarter", "mean", "low", "high"])


def t_quantile(n: int) -> float:
    """Quantile of Student's t for a two-sided interval from n replications."""
    return float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2))


def interval(values: Counts) -> tuple[float, float, float]:
    """Return mean and t interval of independent replications; the interval is NaN for a single one."""
    n = len(values)
    mean = float(np.mean(values))
    if n < 2:
        return mean, float("nan"), float("nan")
    half = t_quantile(n) * float(np.std(values, ddof=1)) / np.sqrt(n)
    return mean, mean - half, mean + half


def digest_of(frame: pd.DataFrame) -> str:
    """Return the SHA-256 over a table's values, the same on every machine that writes the same numbers."""
    total = hashlib.sha256()
    for name in frame.columns:
        total.update(name.encode())
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column):
            total.update(column.to_numpy(np.float64).tobytes())
        else:
            codes, labels = pd.factorize(column)
            total.update(codes.astype(np.int64).tobytes())
            total.update("\n".join(map(str, labels)).encode())
    return total.hexdigest()


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write plain columns without pandas metadata, so that the same table gives the same bytes."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    fields = [
        pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in table.schema
    ]
    with path.open("wb") as file:  # given a name, pyarrow finds the file only if file names are UTF-8
        pq.write_table(table.cast(pa.schema(fields)), file, compression="zstd")


def read_parquet(path: Path, **options: Any) -> pa.Table:
    """Read a table, or part of it with options of `pyarrow.parquet.read_table`."""
    with path.open("rb") as file:
        return pq.read_table(file, **options)


def manifest(
    scenarios: Sequence[Scenario],
    evidence: Evidence,
    seed: int,
    replications: int,
    tables: Mapping[str, pd.DataFrame],
) -> dict[str, Any]:
    """Record what was run, and with what: everything needed to reproduce the tables (`sim.runs.record`)."""
    return {
        "run": run_hash(scenarios, evidence, seed),
        "seed": seed,
        "replications": replications,
        **said_of(scenarios, {scenarios[0].evidence: evidence.digest}),
        "own_replications": [scenario.replications for scenario in scenarios],
        "files": [record.plain() for record in files_used(scenarios)],
        "evidence": {"folder": scenarios[0].evidence, "digest": evidence.digest},
        **circumstances(tables),
    }


def said_of(scenarios: Sequence[Scenario], digests: Mapping[str, str]) -> dict[str, Any]:
    """Record scenarios so that `sim.runs.record` can rebuild them: canonical form, titles, and place of the evidence.

    Parameters
    ----------
    digests
        Digests of evidence as it was read, by folder; other folders get their present digest.
    """
    folders = {scenario.evidence for scenario in scenarios}
    known = {folder: digests.get(folder) or evidence_digest(folder) for folder in folders}
    return {
        "scenarios": [resolved(scenario) for scenario in scenarios],
        "titles": {scenario.name: scenario.title for scenario in scenarios},
        "stands_on": [
            {"folder": scenario.evidence, "digest": known[scenario.evidence]} for scenario in scenarios
        ],
    }


def files_used(scenarios: Sequence[Scenario]) -> list[FileRecord]:
    """List every file that scenarios are made of, each once."""
    return list(dict.fromkeys(record for scenario in scenarios for record in scenario.files))


def circumstances(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Record what every manifest holds: which tables were made, when, by which command and with what."""
    return {
        "schema": SCHEMA,
        "command": shlex.join(["upgrading", *sys.argv[1:]]),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "model_source": model_digest(),
        "reading_source": source_digest(READING_ROOMS),
        "tables": {name: {"rows": len(frame), "digest": digest_of(frame)} for name, frame in tables.items()},
        "versions": versions(),
        "machine": {"system": platform.system(), "processor": platform.machine()},
    }


def run_hash(scenarios: Sequence[Scenario], evidence: Evidence, seed: int) -> str:
    """Return a short hash of a run: its canonical scenarios, evidence, model source and seed.

    Titles, workers and the number of replications do not change it.
    """
    total = hashlib.sha256()
    others = dict.fromkeys(
        scenario.evidence for scenario in scenarios[1:] if scenario.evidence != scenarios[0].evidence
    )
    stands_on = dict.fromkeys((evidence.digest, *(evidence_digest(name) for name in others)))
    for part in (*(scenario.digest for scenario in scenarios), *stands_on, model_digest(), str(seed)):
        total.update(part.encode())
    return total.hexdigest()[:10]


def json_text(content: Mapping[str, Any]) -> str:
    """Return readable JSON with Chinese unescaped; bytes of a path that are not text stay escaped."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Add a manifest's digest to it, so that edits are detected."""
    return {**content, "seal": seal_of(content)}


def seal_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 over a manifest without its seal."""
    plain = {key: value for key, value in content.items() if key != "seal"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def csv_of(frame: pd.DataFrame, float_format: str | None = None) -> bytes:
    """Return a table as CSV; with Chinese text it begins with a byte-order mark, so that Excel shows it."""
    return csv_bytes(frame.to_csv(index=False, lineterminator="\n", float_format=float_format))


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write readable JSON with Chinese unescaped."""
    path.write_text(json_text(content), encoding="utf-8")


def write_results(results: Results, folder: Path) -> None:
    """Write tables, summary and manifest of a run into an existing folder."""
    tables = results.tables()
    for name, frame in tables.items():
        if name != "summary":
            write_parquet(frame, folder / f"{name}.parquet")
    (folder / "summary.csv").write_bytes(csv_of(results.summary))
    content = manifest([results.scenario], results.evidence, results.seed, results.replications, tables)
    more = {"kind": "run", "interrupted": results.interrupted}
    write_json(sealed(content | more), folder / "manifest.json")
