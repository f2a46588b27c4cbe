"""The province to look at: Mesa objects over the kernel's arrays, and the browser page of a class."""
