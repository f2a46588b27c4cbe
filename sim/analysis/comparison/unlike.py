"""How policies differ besides which levers they use: money, time, places, firms, a lever's own numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sim.analysis.comparison.money import LARGE_GAP, authorised
from sim.files.names import evidence_folder
from sim.runs.caution import Caution
from sim.world.constants import ALL_LEVELS, FIRST_YEAR, GIVEN_YEARS, YEAR
from sim.world.levers import LEVERS, Lever, chooses_firms
from sim.world.parameters import load_parameters
from sim.world.quantities import quarter_text
from sim.world.scenario_record import LeverUse, Scenario
from sim.world.vocabulary import load_vocabulary

_BY_NAME = {lever.name: lever for lever in LEVERS}
_EVERYBODY = {"zh": "全部企业", "en": "all firms"}
#: Cautions after which more climbs may only mean more money, time or places.
UNLIKE = ("money", "start", "end", "lag", "strength", "regions", "owned")


def budgets(base: Scenario, policies: Sequence[Scenario]) -> Iterator[Caution]:
    """Compare each policy's money with the baseline's budget over the quarters of its levers, and with each other."""
    for policy in policies:
        quarters = {q for use in policy.levers for q in range(use.start, use.end + 1)}
        full = base.budget * len(quarters) / YEAR
        here = authorised(policy)
        if abs(here - full) > LARGE_GAP * full:
            yield Caution(
                "budget", "budget", policy.name, {"here": {"yuan": here}, "there": {"yuan": round(full)}}
            )
    amounts = {policy.name: authorised(policy) for policy in policies}
    if amounts and max(amounts.values()) - min(amounts.values()) > LARGE_GAP * max(amounts.values()):
        yield Caution(
            "money",
            "budget",
            facts={"amounts": {"by": {name: {"yuan": yuan} for name, yuan in amounts.items()}}},
        )


def unlike(base: Scenario, policies: Sequence[Scenario]) -> Iterator[Caution]:
    """Find how policies differ besides which levers they use: when, where, how much, for whom."""

    def for_firms(scenario: Scenario, use: LeverUse) -> bool:
        return chooses_firms(use.name, scenario.parameters)

    of_firms = [use for policy in policies for use in policy.levers if for_firms(policy, use)]
    levels = {use.levels for use in of_firms if not _BY_NAME[use.name].at_certificate}
    usual = levels.pop() if len(levels) == 1 else None
    kinds: tuple[tuple[str, str, Callable[[Scenario, LeverUse], object]], ...] = (
        ("start", "levers.start", lambda s, use: quarter_text(use.start)),
        ("end", "levers.end", lambda s, use: quarter_text(use.end)),
        ("lag", "levers.lag", lambda s, use: use.lag),
        ("strength", "levers.strength", lambda s, use: use.strength),
        ("regions", "levers.regions", _places),
        ("allocation", "levers.allocation", lambda s, use: use.region_rule),
        ("firms", "levers.firms", lambda s, use: use.firm_rule if for_firms(s, use) else None),
        ("for", "levers.for", lambda s, use: _whom(s, use, usual) if for_firms(s, use) else None),
    )
    for code, key, pick in kinds:
        values = {
            policy.name: [value for use in policy.levers if (value := pick(policy, use)) is not None]
            for policy in policies
        }
        values = {name: sorted(_once(found), key=str) for name, found in values.items() if found}
        if len(_once(list(values.values()))) > 1:
            said = {name: joined(map(_text, found)) for name, found in values.items()}
            yield Caution(code, key, facts={"values": {"by": said}})
        elif code == "for" and len(values) > 1 and next(iter(values.values())) != [_EVERYBODY]:
            whom = joined(map(_text, next(iter(values.values()))))
            yield Caution("same_for", key, facts={"whom": whom, "narrower": _narrower(of_firms)})


def early_levers(scenarios: Sequence[Scenario]) -> Iterator[Caution]:
    """Find levers that act in years which the record sets, when yardsticks are still measured (docs/odd.md 7.3)."""
    year = FIRST_YEAR + GIVEN_YEARS
    for scenario in scenarios:
        early = [
            spoken(use.name)
            for use in scenario.levers
            if use.start + use.lag < YEAR * year and use.strength * use.share_of_budget * scenario.budget > 0
        ]
        if early:
            yield Caution("early_levers", "levers", scenario.name, {"levers": joined(early), "year": year})


def _once(values: Sequence[Any]) -> list[Any]:
    """Leave out repetitions, also of values that cannot be hashed."""
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _places(scenario: Scenario, use: LeverUse) -> dict[str, str]:
    regions = load_vocabulary(evidence_folder(scenario.evidence)).regions
    if len(use.regions) == len(regions):
        return {"zh": "全省", "en": "the whole province"}
    named = [region for region in regions if int(region.key) in use.regions]
    return {"zh": "、".join(region.zh for region in named), "en": ", ".join(region.en for region in named)}


def _narrower(uses: Sequence[LeverUse]) -> dict[str, str]:
    """Say which levers by their nature are not for all of the same firms; empty if none is."""
    zh, en = "", ""
    for name in dict.fromkeys(use.name for use in uses):
        lever, said = _BY_NAME[name], None
        if lever.needs_wish:
            said = "只给其中想用而还没有的", "only for those of them that want one and have none"
        elif lever.needs_talent:
            said = "只给其中有研发人员的", "only for those of them that employ R&D people"
        elif lever.at_certificate:
            said = (
                "不挑层级，首次取得证书就给",
                "whatever the level, for whoever gets a first certificate",
            )
        if said is not None:
            zh += f"；{lever.zh}{said[0]}"
            en += f"; {lever.en}: {said[1]}"
    return {"zh": zh, "en": en}


def _whom(scenario: Scenario, use: LeverUse, usual: tuple[int, ...] | None) -> dict[str, str]:
    """Say in words which firms a lever is for; one that pays at a certificate has the ``usual`` levels."""
    zh, en = [], []
    of = use.levels
    if _BY_NAME[use.name].at_certificate:
        if usual is None:
            zh.append("首次取得证书的")
            en.append("whoever gets a first certificate")
        of = usual or ALL_LEVELS
    if len(of) < len(ALL_LEVELS):
        levels = [str(level) for level in of]
        zh.append(f"{'、'.join(levels)} 级")
        en.append(f"level{'s' if len(levels) > 1 else ''} {', '.join(levels)}")
    industries = load_vocabulary(evidence_folder(scenario.evidence)).industries
    if len(use.industries) < len(industries):
        named = [industry for industry in industries if industry.key in use.industries]
        zh.append("、".join(industry.zh for industry in named))
        en.append(", ".join(industry.en for industry in named))
    if use.min_staff or use.max_staff is not None:
        low, high = use.min_staff, use.max_staff
        zh.append(f"职工不少于 {low} 人" if high is None else f"职工 {low} 至 {high} 人")
        en.append(f"staff of {low} or more" if high is None else f"staff of {low} to {high}")
    return {"zh": "，".join(zh), "en": ", ".join(en)} if zh else _EVERYBODY


def _text(value: object) -> dict[str, str]:
    if isinstance(value, dict):
        return {"zh": value["zh"], "en": value["en"]}
    return {"zh": f"{value}", "en": f"{value}"}


def spoken(lever: str) -> dict[str, str]:
    """Name a lever in both languages."""
    found: Lever = _BY_NAME[lever]
    return {"zh": found.zh, "en": found.en}


def joined(texts: Iterable[dict[str, str]]) -> dict[str, str]:
    """List texts in both languages."""
    listed = list(texts)
    return {"zh": "、".join(text["zh"] for text in listed), "en": ", ".join(text["en"] for text in listed)}


def owned(base: Scenario, policies: Sequence[Scenario]) -> Iterator[Caution]:
    """Find numbers of a lever that a policy changes: its price or its effect."""
    registry = load_parameters(evidence_folder(base.evidence))
    for policy in policies:
        for use in policy.levers:
            lever = _BY_NAME[use.name]
            for name in dict.fromkeys((*lever.settings.values(), lever.unit_cost)):
                here, there = policy.parameters[name], base.parameters[name]
                if here != there:
                    key = next((key for key, number in lever.settings.items() if number == name), "")
                    words = {number: word for word, number in lever.choices.get(key, {}).items()}
                    facts = {"here": words.get(here, here), "there": words.get(there, there)}
                    facts |= {"unit": registry[name].unit, "name": f"{use.name}.{key}" if key else name}
                    yield Caution("owned", f"parameters.{name}", policy.name, facts)
