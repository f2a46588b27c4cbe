"""Figures: one sheet for all, drawn from tidy tables."""
