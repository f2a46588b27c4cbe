"""What happens in a quarter: compiled kernels, arrays in, arrays out."""

from sim.files.folders import use_kernel_cache

use_kernel_cache()  # before numba is imported: its own cache does not see an edit in another room
