"""What the runs mean: comparison of scenarios, intervals, cost-effectiveness."""
