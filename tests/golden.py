"""Every number the program writes, before and after a change that must not move any.

``python -m tests.golden write FOLDER`` runs the demo, both bundled experiments at small scale, `calibrate` and one
session of the page. ``python -m tests.golden compare BEFORE AFTER`` compares what two checkouts wrote, value for value,
and ends with exit code 1 if a table, a column, a row or a value differs.
A file, a column, an outcome or a metric that was renamed on purpose is given as ``--renamed OLD=NEW``, a new one as
``--new NAME``; both are printed, so that nothing changes silently.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
DEMO = ["baseline", "talent_pool", "subsidies", "platforms", "certificate_award"]
# Small enough for minutes, large enough that every stage of a study happens.
SMALL = {
    "budget": {"design": {"method": "grid", "size": 2}, "replications": 3},
    "screening": {
        "design": {
            "method": "two_stage",
            "trajectories": 4,
            "size": 8,
            "most": 16,
            "precision": 0.2,
            "keep": 2,
        },
        "replications": 2,
    },
}
SHARE = 0.003  # simulated share of all firms in the experiments
# What says where, when and by which sources results were made, and nothing about the province.
PASSPORTS = ("runs.csv", "failures.csv")
# Columns that hold names of outcomes and metrics.
NAMES = ("outcome", "metric", "response")


def write(folder: Path) -> None:
    """Run everything and keep its tables under `folder`, one subfolder for each command."""
    folder.mkdir(parents=True)
    _upgrading("compare", *DEMO, "--response", "--out", folder / "demo")
    _upgrading("run", "talent_pool", "--scale", "0.01", "--replications", "3", "--out", folder / "run")
    for name, changes in SMALL.items():
        command = "sweep" if name == "budget" else "sensitivity"
        _upgrading(command, _small(folder, name, changes), "--out", folder / name)
    evidence = folder / "hubei"
    shutil.copytree(ROOT / "calibration" / "hubei", evidence)
    _upgrading("calibrate", evidence, "--out", folder / "calibrate")
    _page().to_csv(folder / "page.csv", index=False)


def _upgrading(command: str, *words: object) -> None:
    """Run one command of the checkout this file belongs to."""
    line = [sys.executable, "-m", "sim", command, *map(str, words), "--quiet"]
    if command != "calibrate":
        line.append("--no-figures")
    print(*line[2:], flush=True)
    subprocess.run(line, cwd=ROOT, check=True)


def _small(folder: Path, name: str, changes: dict[str, object]) -> Path:
    """Write a bundled experiment with fewer runs of fewer firms."""
    yaml = YAML(typ="safe")
    file = yaml.load(ROOT / "experiments" / f"{name}.yaml") | changes
    file["settings"]["scale"] = SHARE
    path = folder / f"{name}.yaml"
    with path.open("w", encoding="utf-8") as out:
        yaml.dump(file, out)
    return path


def _page() -> pd.DataFrame:
    """Play a scenario to its end as a visitor of the page would, and give what the page lets them download."""
    from sim.browser.session import Session
    from sim.world.scenario import load_scenario

    session = Session(load_scenario("talent_pool", scale=SHARE))
    while not session.finished:
        session.step()
    return session.table()


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read every table below a folder as text, by its path; of a table kept twice only the CSV."""
    found = {}
    for path in sorted(folder.rglob("*.csv")):
        if path.name not in PASSPORTS and ".ledger" not in path.parts:
            found[str(path.relative_to(folder))] = pd.read_csv(path, dtype=str, keep_default_na=False)
    return found


def compare(before: Path, after: Path, renamed: dict[str, str], new: set[str]) -> list[str]:
    """Say what differs between two folders; an empty list if nothing does."""
    old, now = tables(before), tables(after)
    found = []
    if not old:
        found.append(f"{before}: no tables")
    for path, frame in old.items():
        there = renamed.get(path, path)
        if there not in now:
            found.append(f"{path}: gone")
        else:
            found += _differences(path, _renamed(frame, renamed), now[there], new)
    expected = {renamed.get(path, path) for path in old}
    return found + [f"{path}: new" for path in now if path not in expected and path not in new]


def _renamed(frame: pd.DataFrame, renamed: dict[str, str]) -> pd.DataFrame:
    """Give a table of before the names of now: its columns, and what it says in the columns of names."""
    frame = frame.rename(columns=renamed)
    return frame.replace({key: renamed for key in NAMES if key in frame})


def _differences(path: str, old: pd.DataFrame, now: pd.DataFrame, new: set[str]) -> list[str]:
    """Compare one table, its columns in any order, its rows in theirs; rows whose outcome is new are left out."""
    added = [name for name in now.columns if name not in old.columns and name not in new]
    gone = [name for name in old.columns if name not in now.columns]
    found = [f"{path}: column {name} is new" for name in added]
    found += [f"{path}: column {name} is gone" for name in gone]
    for key in NAMES:
        if key in now:
            now = now[~now[key].isin(new)].reset_index(drop=True)
    if len(old) != len(now):
        return [*found, f"{path}: {len(old)} rows before, {len(now)} now"]
    for name in (name for name in old.columns if name in now.columns):
        unequal = old.index[old[name] != now[name]]
        if len(unequal):
            row = unequal[0]
            found.append(
                f"{path}: {name} differs in {len(unequal)} of {len(old)} rows, first in row {row}: "
                f"{old[name][row]!r} -> {now[name][row]!r}"
            )
    return found


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("write").add_argument("folder", type=Path)
    verb = verbs.add_parser("compare")
    verb.add_argument("before", type=Path)
    verb.add_argument("after", type=Path)
    verb.add_argument("--renamed", action="append", default=[], metavar="OLD=NEW")
    verb.add_argument("--new", action="append", default=[], metavar="NAME")
    given = parser.parse_args()
    if given.verb == "write":
        write(given.folder.resolve())
        return 0
    renamed = dict(pair.split("=", 1) for pair in given.renamed)
    found = compare(given.before, given.after, renamed, set(given.new))
    print(*found or [f"{len(tables(given.after))} tables, no value differs"], sep="\n")
    for old, now in renamed.items():
        print(f"renamed on purpose: {old} -> {now}")
    for name in given.new:
        print(f"new on purpose: {name}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
