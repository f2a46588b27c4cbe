"""What must never be compared silently, as a person sees it on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from tests.commands import refuse, succeed, upgrading

SHORT = (
    "--scale",
    "0.002",
    "--replications",
    "8",
    "--set",
    "horizon.end=2026Q4",
    "--doubt",
    "none",
    "--no-figures",
)


def test_a_base_with_a_shock_against_policies_without_is_refused_with_the_way_out(tmp_path: Path) -> None:
    said = refuse(tmp_path, "compare", "energy_price_shock", "subsidies", "platforms")
    assert said.count("shocks: ") == 2
    assert "--under energy_price_shock" in said


def test_under_a_shock_the_effects_are_those_of_files_made_by_hand_and_it_is_said(tmp_path: Path) -> None:
    shock = "shocks: [{kind: demand, start: 2026Q1, end: 2026Q4, size: -6 %}]"
    for name, base in (("base", "baseline"), ("grants", "subsidies")):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\nextends: {base}\n{shock}\n")
        (tmp_path / f"plain_{name}.yaml").write_text(f"name: {name}\nextends: {base}\n")
    by_hand = ("compare", "base.yaml", "grants.yaml", *SHORT, "--out", "hand")
    laid = (
        "compare",
        "plain_base.yaml",
        "plain_grants.yaml",
        "--under",
        "demand_shock",
        *SHORT,
        "--out",
        "laid",
    )
    succeed(tmp_path, *by_hand)
    said = succeed(tmp_path, *laid)
    assert "A stress test" in said.split("Ranking")[0]
    for table in ("effects", "costs", "paths", "regions"):
        assert (tmp_path / "hand" / f"{table}.parquet").read_bytes() == (
            tmp_path / "laid" / f"{table}.parquet"
        ).read_bytes(), table
    manifest = json.loads((tmp_path / "laid" / "manifest.json").read_text())
    assert manifest["cautions"][0]["code"] == "under"
    assert "scenarios/demand_shock.yaml" in [record["file"] for record in manifest["files"]]


def test_in_a_folder_of_copies_an_edit_counts_by_name_and_by_file(tmp_path: Path) -> None:
    succeed(tmp_path, "init", "own")
    base = tmp_path / "own" / "scenarios" / "baseline.yaml"
    base.write_text(base.read_text().replace("seed: 2024", "seed: 7"))
    effects = []
    for out, names in (
        ("by_name", ("baseline", "platforms")),
        ("by_file", ("scenarios/baseline.yaml", "scenarios/platforms.yaml")),
    ):
        done = upgrading(tmp_path / "own", "compare", *names, *SHORT, "--lang", "en", "--out", out)
        assert done.returncode == 0, done.stderr
        assert "File used: scenarios/baseline.yaml" in done.stderr
        assert "Evidence used: calibration/hubei" in done.stderr
        effects.append(pd.read_parquet(tmp_path / "own" / out / "effects.parquet"))
        assert json.loads((tmp_path / "own" / out / "manifest.json").read_text())["seed"] == 7
    assert effects[0].equals(effects[1])
