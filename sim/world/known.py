"""What a scenario may name: the parameters, prefectures and industries of one evidence folder.

Only the names are read here, so that a scenario is checked in a blink; the evidence itself is judged where a
run loads all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from sim.evidence.cells import filled, optional, whole
from sim.evidence.csv_rows import read_rows
from sim.world.parameters import Registry, load_parameters


@dataclass(frozen=True, slots=True)
class Named:
    """A prefecture or an industry, by every name that people may write.

    Attributes
    ----------
    key
        Official code of a prefecture as text, id of an industry.
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
        In official code order, and in the order that industries.csv states.
    """

    registry: Registry
    regions: tuple[Named, ...]
    industries: tuple[Named, ...]

    def region(self, given: object) -> int:
        """Find a prefecture's code by its code or its name, Chinese or English.

        Raises
        ------
        ValueError
            With a sentence for people, if there is none.
        """
        return int(_find(given, self.regions, "prefecture", [region.en for region in self.regions]))

    def industry(self, given: object) -> str:
        """Find an industry's id by its id or its name, Chinese or English.

        Raises
        ------
        ValueError
            With a sentence for people, if there is none.
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
    short = [entry.key for entry in among if len(text) > 1 and entry.zh.startswith(text)]  # 武汉, 恩施
    if len(short) == 1:
        return short[0]
    if text.casefold() in names:
        return names[text.casefold()]
    near = get_close_matches(text.casefold(), names, n=1)
    if near:
        entry = next(entry for entry in among if entry.key == names[near[0]])
        label = entry.key if entry.key in shown else entry.en if near[0].isascii() else entry.zh
        raise ValueError(f"no such {noun}. Did you mean {label}?")
    raise ValueError(f"no such {noun}. Allowed: {', '.join(shown)}.")


def load_known(folder: Path) -> Known:
    """Read what scenarios may name from an evidence folder.

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
    sourced = dict.fromkeys(("unit", "source", "grade"), optional)  # judged where evidence is loaded whole
    seats = dict.fromkeys(("seat_lon", "seat_lat"), optional)
    rows = read_rows(
        folder / "regions.csv", {"code": whole, "zh": filled, "en": filled, "core": whole} | seats | sourced
    )
    regions = [Named(str(row["code"]), row["zh"], row["en"], row["core"] == 1) for row in rows]
    kinds = dict.fromkeys(("sector", "field", "uncertainty"), optional)
    figures = dict.fromkeys(("energy_cost_share", "demand_growth"), optional)
    names = {"industry": filled, "order": whole, "zh": filled, "en": filled}
    rows = read_rows(folder / "industries.csv", names | kinds | figures | sourced)
    rows.sort(key=lambda row: int(row["order"]))
    industries = tuple(Named(row["industry"], row["zh"], row["en"]) for row in rows)
    return Known(registry, tuple(sorted(regions, key=lambda region: region.key)), industries)
