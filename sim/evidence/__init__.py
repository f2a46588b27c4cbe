"""Reads an evidence folder into frozen records: facts with unit, year, source and grade."""
