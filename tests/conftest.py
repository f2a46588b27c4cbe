"""Setup for all tests: where the compiled model is kept, how hypothesis searches for examples, that signals work."""

import signal

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
