"""The compiled kernels of a quarter: arrays in, arrays out."""

from sim.files.folders import use_kernel_cache

use_kernel_cache()  # before numba is imported: its own cache misses edits in other rooms
