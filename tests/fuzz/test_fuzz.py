"""Any file is read, or refused with a message; the case numbers are the seeds.

The long run is a command: ``python -m tests.fuzz.readers scenarios 100000``.
"""

from __future__ import annotations

import pytest

from tests.fuzz.readers import read_cases, read_on_all_processors

MEGABYTES = 300.0  # that reading may leave behind, after the caches are full


@pytest.mark.parametrize(("kind", "count"), [("scenarios", 300), ("experiments", 12), ("evidence", 24)])
def test_a_few_broken_files(kind: str, count: int) -> None:
    outcome = read_cases(kind, range(count))
    assert outcome.failures == []
    assert 0 < outcome.refused < outcome.read, "some are broken and some are not"


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("scenarios", 20_000), ("experiments", 500), ("evidence", 500)])
def test_many_broken_files(kind: str, count: int) -> None:
    outcome = read_on_all_processors(kind, range(1000, 1000 + count))
    assert outcome.failures == []
    assert outcome.read == count
    assert outcome.growth < MEGABYTES
