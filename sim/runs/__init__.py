"""Many runs: replications of a scenario, in threads here or on a cluster, and their results as tidy tables."""
