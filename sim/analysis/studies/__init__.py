"""Experiments: designs, runs through the ledger, sensitivity indices, the verdict."""
