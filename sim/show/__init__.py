"""What people see of a comparison or a run: figures, printed tables, every word on them in two languages."""
