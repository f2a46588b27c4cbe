"""Figures, printed tables and their texts, in two languages."""

import logging

# Without a home folder that can be written, matplotlib uses a temporary one and says so at length.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
