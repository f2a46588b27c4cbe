"""Views of the province: Mesa objects over the kernel's arrays, and the browser page for a class."""
