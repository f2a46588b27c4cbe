"""What a scenario may name: the parameters, regions and industries of one evidence folder.

Only the files that hold names are read, so that checking a scenario is fast.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from sim.errors import InputError, Message, MistakeError
from sim.evidence.province_tables import read_industries, read_regions
from sim.evidence.reader import Reader
from sim.evidence.tables import load_evidence
from sim.world.parameters import Registry, load_parameters

#: Provinces by the first two digits of a region's official code (GB/T 2260), as written before its name.
PROVINCES = {
    **{"11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林"},
    **{"23": "黑龙江", "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西"},
    **{"37": "山东", "41": "河南", "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南"},
    **{"50": "重庆", "51": "四川", "52": "贵州", "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃"},
    **{"63": "青海", "64": "宁夏", "65": "新疆"},
}
#: Fewest characters of a Chinese name that may stand for it: 黄 could be 黄石 or 黄冈.
_SHORTEST = 2
#: Kinds of regions in English, and how Chinese names of that kind end; any region may be called a prefecture.
_DESIGNATIONS = (
    ("(prefecture level )?city|municipality", "市"),
    ("(.+ autonomous )?prefecture", ""),
    ("(forestry )?district", "区"),
    ("county", "县"),
)


@dataclass(frozen=True, slots=True)
class Named:
    """A region or an industry, with every name that people may write.

    Attributes
    ----------
    key
        Official code of a region as text, or id of an industry.
    zh, en
        Its names.
    core
        Whether it is one of the core cities; False for industries.
    """

    key: str
    zh: str
    en: str
    core: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that a scenario may name.

    Attributes
    ----------
    registry
        The parameters.
    regions, industries
        In the order of official codes, and in the order of industries.csv.
    """

    registry: Registry
    regions: tuple[Named, ...]
    industries: tuple[Named, ...]

    def region(self, given: object) -> int:
        """Find a region's code by its code or its name, Chinese or English.

        Raises
        ------
        MistakeError
            If there is none.
        """
        return int(_find(given, self.regions, "prefecture", [region.en for region in self.regions]))

    def industry(self, given: object) -> str:
        """Find an industry's id by its id or its name, Chinese or English.

        Raises
        ------
        MistakeError
            If there is none.
        """
        return _find(given, self.industries, "industry", [industry.key for industry in self.industries])

    def region_codes(self, given: str | list[int]) -> tuple[int, ...]:
        """Turn ``all``, ``core`` or a list of codes into codes in official order."""
        if given == "all":
            return tuple(int(region.key) for region in self.regions)
        if given == "core":
            return tuple(int(region.key) for region in self.regions if region.core)
        return tuple(int(region.key) for region in self.regions if int(region.key) in given)

    def industry_ids(self, given: str | list[str]) -> tuple[str, ...]:
        """Turn ``all`` or a list of ids into ids in the order of industries.csv."""
        return tuple(industry.key for industry in self.industries if given == "all" or industry.key in given)


def _find(given: object, among: tuple[Named, ...], noun: str, shown: list[str]) -> str:
    text = "" if isinstance(given, bool | list | dict) or given is None else str(given).strip()
    names = {name.casefold(): entry.key for entry in among for name in (entry.key, entry.zh, entry.en)}
    if text.casefold() in names:
        return names[text.casefold()]
    meant = [entry for entry in among if _is_short_for(text, entry) or _is_designated(text, entry)]
    if len(meant) == 1:
        return meant[0].key
    if meant:
        first, *more = (entry.zh for entry in meant)
        either: Message | str = first
        for each in more:
            either = Message("errors_world.or", first=either, second=each)
        raise MistakeError(Message("errors_world.which_one", meant=either))
    near = get_close_matches(text.casefold(), names, n=1)
    near = near or [entry.zh for entry in among if entry.zh.startswith(text[:_SHORTEST]) and text[:1]]
    if len(near) == 1:
        entry = next(entry for entry in among if entry.key == names[near[0]])
        label = entry.key if entry.key in shown else entry.en if near[0].isascii() else entry.zh
        hint = Message("errors.did_you_mean", near=label)
    else:
        hint = Message("errors.allowed_are", allowed=tuple(shown))
    raise MistakeError(Message(f"errors_world.no_such.{noun}", hint=hint))


def _is_short_for(given: str, entry: Named) -> bool:
    """Whether a Chinese name is the official one without its middle or end, with or without the province's name.

    恩施, 恩施州 and 恩施自治州 are 恩施土家族苗族自治州. 恩施市 is not: that is a town inside it.
    """
    text = "".join(given.split())
    province = PROVINCES.get(entry.key[:2]) if entry.key.isdecimal() else None
    within = re.sub(rf"^{province}(省|市|\w{{0,3}}自治区)?", "", text) if province else text
    return any(
        entry.zh.startswith(name[:cut]) and entry.zh[cut:].endswith(name[cut:])
        for name in (text, within)  # 吉林 is both a province and a city in it
        for cut in range(_SHORTEST, len(name) + 1)
    )


def _is_designated(given: str, entry: Named) -> bool:
    """Whether an English name is followed by the right kind of region, as in Xiangyang City."""
    words, name = " ".join(given.casefold().replace("-", " ").split()), entry.en.casefold()
    if not entry.key.isdecimal() or not words.startswith(f"{name} "):
        return False
    kind = words.removeprefix(f"{name} ")
    return any(re.fullmatch(words, kind) and entry.zh.endswith(ending) for words, ending in _DESIGNATIONS)


def load_known(folder: Path) -> Known:
    """Read from an evidence folder what scenarios may name.

    Parameters
    ----------
    folder
        Such as ``calibration/hubei``.

    Raises
    ------
    InputError
        If a file is missing or wrong, or a lever's parameter is not in the registry.
    """
    registry = load_parameters(folder)
    reader = Reader(folder)
    regions, industries = read_regions(reader), read_industries(reader)
    if reader.problems:
        load_evidence(folder, derived=False)  # reports the mistakes of all files at once
        raise InputError(reader.problems)
    return Known(
        registry,
        tuple(Named(str(region.code), region.zh, region.en, region.core) for region in regions),
        tuple(Named(industry.id, industry.zh, industry.en) for industry in industries),
    )
