"""The same bytes with bounds checks and without a new processor's instructions; a child compiles the model for both."""

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

from sim.files.folders import use_kernel_cache

use_kernel_cache()

from tests.small_province import busy, hashes

print(json.dumps(hashes(busy())))
"""
# A group that does not exist: an index far beyond the end of an array, unnoticed unless bounds are checked.
OUT_OF_BOUNDS = """
import numba
import numpy as np

from sim.model.matching import ring_order

assert numba.config.BOUNDSCHECK
try:
    ring_order(np.array([1 << 20]), np.array([0]), 1)
except IndexError:
    pass
else:
    raise AssertionError("bounds are not checked")
"""


def in_a_child(program, **settings):
    # Without the folder that this process uses: numba's own cache does not look at these settings.
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)} | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_no_index_is_out_of_bounds_and_an_old_processor_gives_the_same_bytes():
    settings = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CPU_NAME": "generic"}
    assert in_a_child(CHILD + OUT_OF_BOUNDS, **settings) == hashes(busy())
