"""What a run starts from: parameters, levers, scenario, space and population."""
