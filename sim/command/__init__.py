"""The command line: reads what is asked for, carries it out, and reports on the way."""
