"""Reads broken files: each must be read, or refused with a printable `InputError`; nothing is run.

``python -m tests.fuzz.readers scenarios 100000`` reads this many files (or experiments, evidence) on all processors,
and ends with exit code 1 if one failed, took longer than ``--seconds``, or memory grew beyond ``--megabytes``. For
case 4711 alone: ``scenarios 1 --first 4711``, with ``--show`` to print it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from sim.command.progress import memory
from sim.errors import InputError
from tests.fuzz import mutations

#: Cases after which caches are full, so that what memory grows by afterwards is lost.
WARM = 300


class Outcome(NamedTuple):
    """What reading some cases came to."""

    failures: list[str]
    refused: int
    read: int
    slowest: float  # seconds
    growth: float  # MB after the first `WARM` cases


def scenarios(folder: Path) -> Callable[[int], bytes]:
    """Make a function that reads scenario `number` and hands back what the file held."""
    from sim.world.scenario import load_scenario

    return _one_file(folder, mutations.scenario, load_scenario)


def experiments(folder: Path) -> Callable[[int], bytes]:
    """Make the same of experiments."""
    from sim.analysis.studies.experiments import read_experiment

    return _one_file(folder, mutations.experiment, read_experiment)


def _one_file(
    folder: Path, make: Callable[[int], bytes], reader: Callable[[Path], object]
) -> Callable[[int], bytes]:
    path = folder / "case.yaml"

    def read(number: int) -> bytes:
        content = make(number)
        path.write_bytes(content)
        reader(path)
        return content

    return read


def evidence(folder: Path) -> Callable[[int], bytes]:
    """The same of edits of the evidence; the folder is mended after each.

    For every other case there is no record of what calibration made, so that derived files are read as they stand.
    """
    from sim.evidence.survey_file import read_survey
    from sim.evidence.tables import MADE_FROM, is_stale, load_evidence
    from sim.world.vocabulary import load_vocabulary

    places = [Path(shutil.copytree(mutations.HUBEI, folder / name / "hubei")) for name in ("made", "bare")]
    (places[1] / MADE_FROM).unlink()

    def read(number: int) -> bytes:
        name, content = mutations.evidence(number)
        place = places[number % 2]
        path = place / name
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(content)
        try:
            load_vocabulary(place)  # with the parameters
            is_stale(place)
            read_survey(load_evidence(place))
        finally:
            path.unlink() if before is None else path.write_bytes(before)
        return content

    return read


Reader = Callable[[Path], Callable[[int], bytes]]
KINDS: dict[str, Reader] = {"scenarios": scenarios, "experiments": experiments, "evidence": evidence}


def read_cases(kind: str, numbers: range) -> Outcome:
    """Read cases of a kind one after the other."""
    failures: list[str] = []
    refused, slowest, start = 0, 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        read = KINDS[kind](Path(temporary))
        for done, number in enumerate(numbers):
            if done == WARM:
                start = memory()
            begun = time.monotonic()
            try:
                read(number)
            except InputError as error:
                refused += 1
                failures += [f"{kind} {number}: {fault}" for fault in _unfit(error)]
            except Exception:
                failures.append(f"{kind} {number}: {traceback.format_exc(limit=-3)}")
            slowest = max(slowest, time.monotonic() - begun)
    growth = memory() - start if len(numbers) > WARM else 0.0
    return Outcome(failures, refused, len(numbers), slowest, growth)


def _unfit(error: InputError) -> list[str]:
    """Find what makes a refusal unfit to print: no reason, no place, or signs that a terminal would obey."""
    texts = [str(problem) for problem in error.problems]
    found = [] if texts else ["refused without a reason"]
    found += [
        f"nowhere: {text!r}"
        for text, at in zip(texts, error.problems, strict=True)
        if not (at.file or at.key)
    ]
    found += [f"not fit to print: {text!r}" for text in texts if not text.replace("\n", " ").isprintable()]
    return found


def read_on_all_processors(kind: str, numbers: range, workers: int | None = None) -> Outcome:
    """Read cases of a kind, an equal part of them on each processor."""
    count = workers or os.cpu_count() or 1
    parts = [numbers[k::count] for k in range(count)]
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        outcomes = list(pool.map(read_cases, [kind] * count, parts))
    return Outcome(
        [failure for outcome in outcomes for failure in outcome.failures],
        sum(outcome.refused for outcome in outcomes),
        sum(outcome.read for outcome in outcomes),
        max(outcome.slowest for outcome in outcomes),
        max(outcome.growth for outcome in outcomes),
    )


def main() -> int:
    """Read as many cases as asked for and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=2.0, help="longest that one case may take")
    parser.add_argument("--megabytes", type=float, default=300.0, help="most that a process may grow by")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--show", action="store_true", help="print the files instead of reading them")
    given = parser.parse_args()
    numbers = range(given.first, given.first + given.count)
    if given.show:
        make = {
            "scenarios": mutations.scenario,
            "experiments": mutations.experiment,
            "evidence": mutations.evidence,
        }
        for number in numbers:
            print(f"--- {given.kind} {number}", make[given.kind](number), sep="\n")
        return 0
    outcome = read_on_all_processors(given.kind, numbers, given.workers)
    print(*outcome.failures, sep="\n")
    print(
        f"{outcome.read} {given.kind}: {outcome.refused} refused, {len(outcome.failures)} failures; "
        f"slowest {outcome.slowest:.2f} s, memory grew by {outcome.growth:.0f} MB"
    )
    return int(bool(outcome.failures) or outcome.slowest > given.seconds or outcome.growth > given.megabytes)


if __name__ == "__main__":
    sys.exit(main())
