"""Cautions in words: what a reader must know before the first number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sim.runs.caution import Caution
from sim.show.texts.names import READING_NAMES
from sim.show.texts.numbers import money, percent
from sim.show.texts.units import number, unit_scale
from sim.words import Words, name_table

#: Gives the title of a scenario by its name.
Titles = Callable[[str], str]


WHY = name_table("names.unspent_why")
SMALL = 0.01  # shares below it get a decimal


def caution_text(caution: Caution, title: Titles, words: Words) -> str:
    """Say a caution in a sentence.

    Parameters
    ----------
    title
        Gives the title of a scenario by its name.
    words
        The reader's language.
    """
    facts = dict(caution.facts)
    parts = {name: _said(value, title, words) for name, value in facts.items()}
    parts |= {"key": caution.key, "policy": title(caution.scenario) if caution.scenario else ""}
    if caution.code == "owned":
        for name in ("here", "there"):
            value = facts[name]  # a number, or the word of a setting
            parts[name] = (
                value if isinstance(value, str) else _amount(float(value), str(facts["unit"]), words)
            )
    if "low" in facts:
        low, high = (percent(share, int(0 < share < SMALL)) for share in (facts["low"], facts["high"]))
        parts["share"] = low if low == high else words("answer.from_to", low=low, high=high)
    if "why" in facts:
        parts["why"] = words.pick(WHY[facts["why"]]).format(lever=parts["lever"])
    if "readings" in facts:
        named = [words.pick(READING_NAMES[name]) for name in facts["readings"]]
        everywhere = len(named) == len(READING_NAMES)
        parts["readings"] = words("answer.every_reading") if everywhere else words.listed(named)
    return words(f"cautions.{caution.code}", **parts)


def caution_lines(cautions: Iterable[Caution], title: Titles, words: Words) -> list[str]:
    """Say each caution in a sentence, in order."""
    return [caution_text(caution, title, words) for caution in cautions]


def _said(value: object, title: Titles, words: Words) -> str:
    if isinstance(value, Mapping):
        if "by" in value:
            each = (f"{title(name)} {_said(part, title, words)}" for name, part in value["by"].items())
            return words("signs.clause").join(each)
        if "names" in value:
            return words.listed(title(name) for name in value["names"])
        return money(float(value["yuan"]), words) if "yuan" in value else str(value[words.lang])
    return number(value) if isinstance(value, float) else str(value)


def _amount(value: float, unit: str, words: Words) -> str:
    size, name = unit_scale(unit, value, words)
    return f"{number(value / size)} {name}".rstrip()
