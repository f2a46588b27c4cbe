"""What people see of a comparison or a run: figures, printed tables, and every word on them in two languages."""
