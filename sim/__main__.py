"""``python -m sim`` runs ``upgrading``."""

from sim.command.cli import main

main()
