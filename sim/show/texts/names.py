"""Names shared by figures and tables, in Chinese and English; the evidence names the regions."""

from __future__ import annotations

import re

from sim.words import Words, name_table
from sim.world.levers import LEVERS

READING_NAMES = name_table("names.reading")

#: For the headings of narrow columns.
SHORT_READINGS = name_table("names.short_reading")

#: Parts of an effect that is taken apart.
PART_NAMES = name_table("names.part")

LEVEL_NAMES = tuple(name_table("names.level").values())

GRADE_NAMES = name_table("names.grade")


def reading_in_file_name(reading: str) -> str:
    """Write a reading as part of a file name: Windows allows no asterisk there."""
    return reading.replace("*", "star")


def lever_name(name: str, words: Words) -> str:
    """Return the display name of a lever of `sim.world.levers.LEVERS`."""
    lever = next(lever for lever in LEVERS if lever.name == name)
    return words.pick((lever.zh, lever.en))


def short_region(zh: str, en: str, words: Words) -> str:
    """Name a region as maps do: 武汉 for 武汉市, 恩施 for 恩施土家族苗族自治州, 神农架 for 神农架林区."""
    if words.lang == "en":
        return en
    return re.sub(r"(?<=..)(?:市|地区|林区|(?:[^族]{1,3}族)*自治州)$", "", zh)
