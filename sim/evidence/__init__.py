"""What is known: facts with unit, year, source and grade, read from calibration/ into frozen records."""
