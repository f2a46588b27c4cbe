"""Setup for all tests: where the compiled model is kept, how hypothesis searches for examples, that signals work.

Files that take minutes come first, so that no worker still runs one when the others have nothing left to do.
"""

import signal

import pytest
from hypothesis import settings

from sim.files.folders import use_kernel_cache

use_kernel_cache()  # before anything imports numba

# A shell that starts the tests in the background has them ignore Ctrl-C, and nohup the end of the terminal;
# so would every process that they start. A handler is not handed down, so these hear both; the tests
# themselves outlive their terminal.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda number, frame: None)

# The same examples in every run; no deadline, because a first call may load or compile a kernel.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")

#: Minutes each, longest first.
LONGEST = (
    "test_calibration.py",
    "test_classroom.py",
    "test_bounds.py",
    "test_machines.py",
    "test_functions_of_levers.py",
    "test_fuzz.py",
    "test_scale.py",
    "test_refit.py",
    "test_information.py",
    "test_compare_doubt.py",
    "test_docs.py",
    "test_compare_shares.py",
    "test_show.py",
    "test_ensemble.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; else as collected."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))
