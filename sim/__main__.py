"""``python -m sim`` is ``upgrading``."""

from sim.cli import main

main()
