"""The same bytes with bounds checked and without the instructions of a new processor; each compiles the model anew."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.small_province import busy, hashes

ROOT = Path(__file__).parents[2]
CHILD = """
import json

from sim.files import use_kernel_cache

use_kernel_cache()

import numpy as np

from sim.model.matching import ring_order
from tests.small_province import busy, hashes

found = {"hashes": hashes(busy())}
try:  # a group that does not exist: an array is left on the far side
    ring_order(np.array([1 << 20]), np.array([0]), 1)
except IndexError:
    found["checked"] = True
print(json.dumps(found))
"""


def in_a_child(**settings):
    # Without the folder that this process uses: numba's own cache does not look at these settings.
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)} | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_no_index_is_out_of_bounds():
    found = in_a_child(NUMBA_BOUNDSCHECK="1")
    assert found == {"hashes": hashes(busy()), "checked": True}


@pytest.mark.slow
def test_an_old_processor_gives_the_same_bytes():
    assert in_a_child(NUMBA_CPU_NAME="generic")["hashes"] == hashes(busy())
