"""Where a policy leads, in words: one sentence for each box of settings."""

from __future__ import annotations

from collections.abc import Mapping

from sim.analysis.doubt.discovery import Box, Discovery, Limit
from sim.show.texts.numbers import percent, plain
from sim.show.texts.units import number, unit_scale
from sim.words import Words
from sim.world.parameters import Parameter


def discovery_lines(
    found: Discovery, policy: str, registry: Mapping[str, Parameter], words: Words
) -> list[str]:
    """Say in which settings a policy leads, or that no conditions were found, and how far noise got.

    Parameters
    ----------
    found
        The boxes.
    policy
        Title of the policy.
    registry
        The parameters, for meaning and unit of the numbers; one that is missing goes by its name.
    words
        The reader's words.

    Returns
    -------
    list of str
        A sentence for each box, or one that says why there is none.
    """
    if found.boxes:
        return [_box_text(found, k, policy, registry, words) for k in range(len(found.boxes))]
    if found.searched and found.score <= 0:
        return [words("discovery.nothing", policy=policy)]
    if found.searched:
        scores = {"score": plain(found.score, 2), "noise": plain(found.noise, 2)}
        return [words("discovery.none", policy=policy, **scores)]
    key = {1.0: "discovery.always", 0.0: "discovery.never"}.get(found.share, "discovery.few")
    return [words(key, policy=policy, members=plain(found.members))]


def _box_text(
    found: Discovery, index: int, policy: str, registry: Mapping[str, Parameter], words: Words
) -> str:
    box: Box = found.boxes[index]
    parts = {
        "policy": policy,
        "density": percent(box.density),
        "mass": percent(box.mass),
        "coverage": percent(box.coverage),
        "limits": words("discovery.and").join(limit_text(each, registry, words) for each in box.limits),
    }
    if index:
        return words("discovery.box_more", **parts)
    return words("discovery.box", share=percent(found.share), **parts)


def limit_text(limit: Limit, registry: Mapping[str, Parameter], words: Words) -> str:
    """Say what a box asks of one number, such as ``"cost of a platform" is above 290 k yuan``."""
    parameter = registry.get(limit.name)
    meaning = _meaning(limit, registry, words)
    ends = [end for end in (limit.low, limit.high) if end is not None]
    size, unit = unit_scale(parameter.unit if parameter else "", max(ends, key=abs), words)
    low, high = (None if end is None else number(end / size) for end in (limit.low, limit.high))
    if low is not None and high is not None:
        return words("discovery.between", meaning=meaning, low=low, high=f"{high} {unit}".rstrip())
    if low is not None:
        return words("discovery.above", meaning=meaning, low=f"{low} {unit}".rstrip())
    return words("discovery.below", meaning=meaning, high=f"{high} {unit}".rstrip())


def evidence_lines(found: Discovery, registry: Mapping[str, Parameter], words: Words) -> list[str]:
    """Say for each box how sure its limits are, and how far it is from what noise gives; none without boxes."""
    lines = []
    for box in found.boxes:
        values = words.listed(
            words(
                "discovery.limit_p",
                meaning=_meaning(limit, registry, words),
                value=chance_text(limit.quasi_p),
            )
            for limit in box.limits
        )
        scores = {"score": plain(box.score, 2), "noise": plain(box.noise, 2)}
        lines.append(words("discovery.evidence", values=values, **scores))
    return lines


def chance_text(chance: float) -> str:
    """Write a quasi-p-value: to four decimals, or that it is smaller."""
    least = 1e-4
    return plain(chance, 4) if chance >= least else f"< {least:.4f}"


def _meaning(limit: Limit, registry: Mapping[str, Parameter], words: Words) -> str:
    parameter = registry.get(limit.name)
    return words.pick((parameter.meaning_zh, parameter.meaning_en)) if parameter else limit.name
