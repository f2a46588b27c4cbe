"""What all tests share: where the compiled model is kept, and how hypothesis looks for examples."""

from hypothesis import settings

from sim.files import use_kernel_cache

use_kernel_cache()  # before anything imports numba

# The same examples in every run; no deadline, because a first call may load or compile a kernel.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")
