"""Files: where they are, what their names mean, and how they are written."""
