"""Display names for studies: units, keys, roles, designs, stages, indices."""

from __future__ import annotations

from sim.words import name_table

OUTCOME_UNITS = name_table("names.outcome_unit")

#: Keys of a scenario file that are not parameters.
FACTORS = name_table("names.factor")

#: What a factor without a grade rests on, for a table.
BASES = name_table("names.basis")
ROLES = name_table("names.role")

METHODS = name_table("names.method")
STAGES = name_table("names.stage")
INDICES = name_table("names.index")

#: The same for the sum of an index.
INDEX_SUMS = name_table("names.index_sum")
