"""What happens in a quarter: compiled kernels, arrays in, arrays out."""
