"""Policies against a baseline: what may be compared, effects with intervals, whom levers reach."""
