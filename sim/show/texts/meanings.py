"""The meaning of the names in scenarios, tables and figures, in Chinese and English.

Parameters and survey variables carry their meaning in the evidence folder; all other names are here.
"""

from __future__ import annotations

from sim.show.texts.names import LEVEL_NAMES
from sim.words import Pair, name_table
from sim.world.levers import LEVERS

#: Reported metrics; ``{level}`` and ``{lever}`` stand for the end of the name.
METRICS = name_table("names.metric")

#: What the parts of a reading mean: ``V``, ``selective``.
READING_PARTS = name_table("names.reading_explained")

#: What `difficulty.coefficients` may be.
COEFFICIENTS = name_table("names.coefficients")

REGION_RULES = name_table("names.region_rule")

FIRM_RULES = name_table("names.firm_rule")

#: Keys that every lever takes.
SETTINGS = name_table("names.setting")


def metric_meaning(name: str) -> Pair:
    """Say what a reported metric is.

    Raises
    ------
    KeyError
        If there is no text for it.
    """
    if name in METRICS:
        return METRICS[name]
    for lever in LEVERS:
        if name == f"spent_{lever.name}":
            zh, en = METRICS["spent_{lever}"]
            return zh.format(lever=lever.zh), en.format(lever=lever.en)
    stem, level = name[:-1], name[-1:]
    if not level.isdigit():
        raise KeyError(name)
    zh, en = METRICS[stem + "{level}"]
    level_zh, level_en = LEVEL_NAMES[int(level)]
    return zh.format(level=level_zh), en.format(level=f"{level} ({level_en.partition(' ')[2]})")
