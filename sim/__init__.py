"""Agent-based simulation of industrial upgrading, first for Hubei."""
