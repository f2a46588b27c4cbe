"""``python -m sim`` is ``upgrading``."""

from sim.command.cli import main

main()
