"""Many runs: replications of a scenario, in threads here or elsewhere, and their results as tidy tables."""
