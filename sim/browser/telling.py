"""Stories in words: what `why.vue` shows of a firm or a prefecture."""

from __future__ import annotations

from typing import Any

from sim.browser.why import FirmStory, Part, PrefectureStory
from sim.browser.words import PAGE
from sim.evidence.tables import Evidence, Region
from sim.show.words.meanings import metric_meaning
from sim.show.words.numbers import money_unit
from sim.show.words.units import number as significant
from sim.show.words.words import LEVEL_NAMES, READING_NAMES, say
from sim.world.quantities import quarter_text


def page(key: str, lang: str, **parts: object) -> str:
    """Give a text of the page in one language, with its parts filled in."""
    return say(PAGE[key], lang).format(**parts)


def named(thing: Any, lang: str) -> str:
    """Give the name of a region, industry, lever or variable."""
    name: str = say((thing.zh, thing.en), lang)
    return name


def reading_parts(name: str, lang: str) -> tuple[str, str]:
    """Give what a reading is called, its structure and its causal part apart."""
    structure, _, causal = say(READING_NAMES[name], lang).partition("，" if lang == "zh" else ", ")
    return structure, causal


def told(
    story: FirmStory | PrefectureStory, baseline: PrefectureStory | None, weight: int, lang: str
) -> dict[str, Any]:
    """Put a story into words.

    Parameters
    ----------
    baseline
        Of a prefecture: how it stands without the levers.
    weight
        Real firms that an agent stands for.

    Returns
    -------
    dict
        ``title``; ``facts``, a list of label and value; of a firm also ``head``, ``rows``, ``sum``, ``verdict`` and
        ``note``: the table that adds up to its log-odds.
    """
    if isinstance(story, PrefectureStory):
        return _prefecture(story, baseline or story, lang)
    return _firm(story, weight, lang)


def _firm(story: FirmStory, weight: int, lang: str) -> dict[str, Any]:
    founded = page("before_2020", lang)
    if story.founded is not None:
        founded = quarter_text(story.founded)
    facts = [
        (page("stands_for", lang, weight=weight), ""),
        (page("founded", lang), founded),
        (page("staff", lang), f"{story.staff:,}"),
        (page("talent", lang), f"{story.talent:,} / {story.wanted:,.1f}"),
        (page("enough", lang), f"{story.enough:.0%}"),
        (page("platform", lang), page("yes" if story.platform else "no", lang)),
        (page("cash", lang), money(story.cash, lang)),
        (page("support", lang), money(story.support, lang)),
    ]
    verdict = page("hard" if story.hard else "not_hard", lang)
    return {
        "title": " · ".join(
            (named(story.region, lang), named(story.industry, lang), say(LEVEL_NAMES[story.level], lang))
        ),
        "facts": facts,
        "head": [page(key, lang) for key in ("question", "before", "now", "beta", "kappa", "part")],
        "rows": [
            [page("constant", lang), "", "", "", "", number(story.constant)],
            *(_row(part, lang) for part in story.parts),
        ],
        "bars": [story.constant, *(part.log_odds for part in story.parts)],
        "sum": [page("sum", lang), f"{number(story.log_odds)} → {story.probability:.1%}"],
        "verdict": page(
            "hard_line", lang, p=f"{story.probability:.1%}", luck=f"{story.luck:.1%}", verdict=verdict
        ),
        "note": page("part_note", lang),
    }


def _row(part: Part, lang: str) -> list[str]:
    labels = part.variable.labels_zh if lang == "zh" else part.variable.labels_en
    question = f"{part.variable.name} {named(part.variable, lang)}"
    if part.coefficient == 0.0:
        return [question, labels[part.before], labels[part.now], page("not_estimated", lang), "", ""]
    return [
        question,
        labels[part.before],
        labels[part.now],
        number(part.coefficient),
        f"{part.causal_share:.0%}",
        number(part.log_odds),
    ]


def _prefecture(story: PrefectureStory, baseline: PrefectureStory, lang: str) -> dict[str, Any]:
    recent = page(f"last_{story.quarters}", lang)

    def both(value: int, base: int) -> str:
        return page("against", lang, value=f"{value:,}", base=f"{base:,}")

    def pairs(
        policy: tuple[tuple[str, int], ...], base: tuple[tuple[str, int], ...]
    ) -> list[tuple[str, str]]:
        return [(say(metric_meaning(name), lang), both(value, dict(base)[name])) for name, value in policy]

    levels = zip(LEVEL_NAMES, story.levels, baseline.levels, strict=True)
    return {
        "title": named(story.region, lang),
        "facts": [
            *pairs(story.stocks, baseline.stocks),
            *((say(name, lang), both(count, base)) for name, count, base in levels),
            (
                f"{say(metric_meaning('climbs'), lang)} · {page('since', lang, start=story.start)}",
                both(story.climbs, baseline.climbs),
            ),
            *((f"{name} · {recent}", text) for name, text in pairs(story.flows, baseline.flows)),
            *(
                (say(metric_meaning(f"spent_{lever.name}"), lang), money(yuan, lang))
                for lever, yuan in story.spent
            ),
        ],
        "note": page("against_note", lang),
    }


def money(yuan: int, lang: str) -> str:
    """Write an amount in the unit that suits its size."""
    size, unit = money_unit(yuan, lang)
    return f"{significant(yuan / size)} {unit}"


def number(value: float) -> str:
    """Write log-odds; a minus sign only where something is left after rounding."""
    return f"{round(value, 3) + 0.0:+.3f}"


def firm_names(
    firms: list[tuple[int, int, int, int]], evidence: Evidence, lang: str
) -> list[tuple[int, str]]:
    """Give slots and descriptions of firms for a list to choose from."""
    return [
        (
            slot,
            " · ".join(
                (
                    named(evidence.industries[industry], lang),
                    say(LEVEL_NAMES[level], lang),
                    page("staff_of", lang, staff=f"{staff:,}"),
                )
            ),
        )
        for slot, industry, level, staff in firms
    ]


def prefecture_names(regions: tuple[Region, ...], lang: str) -> list[tuple[int, str]]:
    """Give codes and names for a list to choose from."""
    return [(region.code, named(region, lang)) for region in regions]
