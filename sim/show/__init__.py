"""What people see of a comparison or a run: figures, printed tables, every word on them in two languages."""

import logging

# Without a home folder that can be written, matplotlib works from a temporary one, and tells at length in English.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
