"""What happens in a quarter: compiled kernels, arrays in, arrays out."""

from sim.files import use_kernel_cache

use_kernel_cache()  # before numba is imported: its own cache does not see an edit in another room
