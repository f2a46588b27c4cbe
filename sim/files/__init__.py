"""Files: where they lie, what their names mean, and how they are written."""
