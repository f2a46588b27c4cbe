"""The words of the report on a study, Chinese beside English."""

from __future__ import annotations

from sim.words import name_table

OUTCOME_UNITS = name_table("names.outcome_unit")

#: Keys of a scenario file that are no parameters.
FACTORS = name_table("names.factor")

#: What a factor rests on that has no grade, for a table.
BASES = name_table("names.basis")
ROLES = name_table("names.role")

METHODS = name_table("names.method")
STAGES = name_table("names.stage")
INDICES = name_table("names.index")

#: Of which the sum is spoken of.
INDEX_SUMS = name_table("names.index_sum")
