"""The command line: what is asked for, how it is carried out, what is said meanwhile."""
