"""`sweep` and `sensitivity` as a person runs them: killed, resumed, elsewhere, with runs that fail."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pandas as pd
import pytest

from tests.commands import ROOT, upgrading

SWEEP = """
name: killed
scenarios: [baseline, subsidies]
settings: {scale: 0.001, horizon: {end: 2024Q4}}
uncertainties:
  delta: range
  rho: {low: 0.8, high: 0.95}
levers:
  budget: {low: 0.5 bn yuan, high: 2 bn yuan}
design: {method: latin_hypercube, size: 50}
replications: 5
"""
RUNS = 500


def command(*arguments):
    return [sys.executable, "-m", "sim", *map(str, arguments)]


def call(*arguments, code=0):
    done = upgrading(ROOT, *arguments)
    assert done.returncode == code, done.stderr + done.stdout
    return done


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    path = tmp_path_factory.mktemp("asked") / "killed.yaml"
    path.write_text(SWEEP)
    return path


@pytest.fixture(scope="module")
def undisturbed(asked, tmp_path_factory):
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    call("sweep", asked, "--out", out, "--workers", 1, "--no-figures", "--quiet")
    return out


def tables(folder):
    """Every table of a study, by its path."""
    kinds = (*folder.rglob("*.parquet"), *folder.rglob("*.csv"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in kinds}


def shards(folder):
    return len(list(folder.glob("runs/runs/*.parquet")))


def kill_in_the_middle(process, folder, least=2):
    """Wait until some shards are written, then kill -9."""
    deadline = time.monotonic() + 120
    while shards(folder) < least and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_the_undisturbed_sweep_is_whole(undisturbed):
    table = pd.read_parquet(undisturbed / "runs" / "runs.parquet")
    assert len(table) == RUNS
    assert set(table["state"]) == {"succeeded"}
    assert json.loads((undisturbed / "manifest.json").read_text())["finished"]


def test_killed_and_resumed_it_ends_in_the_same_bytes(asked, undisturbed, tmp_path):
    out = tmp_path / "out"
    arguments = ("sweep", asked, "--out", out, "--no-figures", "--quiet")
    kill_in_the_middle(subprocess.Popen(command(*arguments), cwd=ROOT), out)
    kept = shards(out)
    assert 0 < kept < shards(undisturbed)
    refused = call(*arguments, code=2)
    assert "--resume" in refused.stderr
    call(*arguments, "--resume", "--workers", 2)
    assert tables(out) == tables(undisturbed)
    assert "begun" in (out / "sweep.log").read_text()


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done(asked, undisturbed, tmp_path):
    out = tmp_path / "out"
    arguments = ("sweep", asked, "--out", out, "--no-figures", "--workers", 1)
    process = subprocess.Popen(
        command(*arguments), cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    while shards(out) < 2 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "--resume" in said
    table = pd.read_parquet(out / "runs" / "runs.parquet")
    assert len(table) == RUNS
    assert set(table["state"]) == {"succeeded", "pending"}
    call(*arguments, "--resume")
    assert tables(out) == tables(undisturbed)


@contextmanager
def dask_cluster(workers):
    """A scheduler and workers on loopback, each a process of its own; yields address and worker processes."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "30s"}
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT, "env": environment}
    processes = []
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    try:
        processes.append(
            subprocess.Popen([*start, "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], **silent)
        )
        for _ in range(workers):
            worker = [
                sys.executable,
                "-m",
                "distributed.cli.dask_worker",
                address,
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
            ]
            processes.append(subprocess.Popen(worker, **silent))
        from distributed import Client

        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_two_dask_workers_one_of_them_killed_give_the_same_bytes(asked, undisturbed, tmp_path):
    out = tmp_path / "out"
    with dask_cluster(2) as (address, workers):
        arguments = ("sweep", asked, "--out", out, "--no-figures", "--quiet", "--cluster", address)
        process = subprocess.Popen(command(*arguments), cwd=ROOT, stderr=subprocess.PIPE, text=True)
        while shards(out) < 1 and process.poll() is None:
            time.sleep(0.005)
        assert process.poll() is None, "it ended before a worker could be killed"
        workers[0].kill()
        _, said = process.communicate(timeout=240)
        assert process.returncode == 0, said
    assert tables(out) == tables(undisturbed)


def test_a_scheduler_that_is_not_there_is_told(asked, tmp_path):
    refused = call("sweep", asked, "--out", tmp_path / "out", "--cluster", "tcp://127.0.0.1:9", code=2)
    assert "no Dask scheduler answers" in refused.stderr
    assert not (tmp_path / "out").exists()


def test_the_preview_runs_nothing(asked, tmp_path):
    said = call("sweep", asked, "--out", tmp_path / "out", "--preview", "--lang", "en")
    assert "Planned: 500 runs" in said.stdout
    assert not (tmp_path / "out").exists()


def test_a_budget_that_is_too_small_is_refused(asked, tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(asked.read_text() + "budget: {runs: 499}\n")
    assert "at least 500 runs" in call("sweep", path, "--out", tmp_path / "out", code=2).stderr


SHARES = """
name: shares
extends: all_three
levers:
  talent_pool: {share_of_budget: 0.2}
  rd_subsidy: {share_of_budget: 0.2}
  platforms: {share_of_budget: 0.2}
"""


def test_runs_that_fail_are_named_and_the_exit_code_says_so(asked, tmp_path):
    """Each of two shares may be large, both may not."""
    (tmp_path / "shares.yaml").write_text(SHARES)
    path = tmp_path / "failing.yaml"
    large = "{low: 0.2, high: 0.6}"
    levers = "".join(f"\n  levers.{name}.share_of_budget: {large}" for name in ("talent_pool", "platforms"))
    text = SWEEP.replace("subsidies]", "shares]").replace("levers:", f"levers:{levers}")
    path.write_text(text.replace("size: 50", "size: 10").replace("replications: 5", "replications: 2"))
    done = call("sweep", path, "--out", tmp_path / "out", "--no-figures", "--lang", "en", code=1)
    table = pd.read_parquet(tmp_path / "out" / "runs" / "runs.parquet")
    failed = table[table["state"] == "failed"]
    assert 0 < len(failed) < len(table) / 2
    assert set(failed["scenario"]) == {"shares"}
    assert f"{len(failed)} of {len(table)} runs failed" in done.stderr
    assert "share out" in done.stderr
    assert len(pd.read_csv(tmp_path / "out" / "failures.csv")) == len(failed)


def test_a_grid_gives_no_indices(asked, tmp_path):
    path = tmp_path / "grid.yaml"
    path.write_text(asked.read_text().replace("latin_hypercube, size: 50", "grid, size: 2"))
    assert "upgrading sweep" in call("sensitivity", path, "--out", tmp_path / "out", code=2).stderr
