"""The words of the report on a study, Chinese beside English."""

from __future__ import annotations

from collections.abc import Mapping

from sim.words import name_table

OUTCOME_UNITS = name_table("names.outcome_unit")

#: Words that units of the registry are made of, in Chinese; English units stand as they are.
UNIT_WORDS: Mapping[str, str] = {
    "yuan": "元",
    "firm": "家",
    "firms": "家",
    "person": "人",
    "people": "人",
    "staff^0.8": "职工^0.8",
    "placement": "次入职",
    "year": "年",
    "quarter": "季度",
    "quarters": "季度",
    "km": "公里",
    "class": "级",
    "share": "份额",
    "probability": "概率",
    "factor": "倍数",
    "ratio": "比值",
    "proportional": "比例",
    "elasticity": "弹性",
    "switch": "开关",
    "log": "对数",
    "log-hazard": "对数风险率",
    "cell sides": "格边长",
    "decay lengths": "衰减长度",
}

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
