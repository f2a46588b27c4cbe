"""Setup for all tests: where the compiled model is kept, how hypothesis searches for examples, that Ctrl-C works."""

import signal

from hypothesis import settings

from sim.files.folders import use_kernel_cache

use_kernel_cache()  # before anything imports numba

# A shell that starts the tests in the background has them ignore Ctrl-C, and every process that they start too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run; no deadline, because a first call may load or compile a kernel.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")
