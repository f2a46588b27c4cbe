"""One frozen core of the model, three times: numba (`core`), C (`core.c`), Mesa (`mesa_twin`). See README.md."""
