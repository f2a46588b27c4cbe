"""Stories in words: what `why.vue` shows about a firm or a region."""

from __future__ import annotations

from typing import Any

from sim.browser.why import FirmStory, Part, RegionStory
from sim.evidence.tables import Evidence, Region
from sim.show.texts.meanings import metric_meaning
from sim.show.texts.names import LEVEL_NAMES, READING_NAMES
from sim.show.texts.numbers import money_unit
from sim.show.texts.units import number as significant
from sim.words import Words
from sim.world.quantities import quarter_text


def named(thing: Any, words: Words) -> str:
    """Give the name of a region, industry, lever or variable."""
    name: str = words.pick((thing.zh, thing.en))
    return name


def reading_parts(name: str, words: Words) -> tuple[str, str]:
    """Give the names of a reading's structural and causal parts."""
    structure, _, causal = words.pick(READING_NAMES[name]).partition(words("signs.comma"))
    return structure, causal


def told(
    story: FirmStory | RegionStory, baseline: RegionStory | None, weight: int, words: Words
) -> dict[str, Any]:
    """Put a story into words.

    Parameters
    ----------
    baseline
        For a region: how it stands without the levers.
    weight
        Real firms that an agent stands for.

    Returns
    -------
    dict
        ``title``; ``facts``, a list of label and value; for a firm also ``head``, ``rows``, ``sum``, ``verdict`` and
        ``note``: the table that adds up to its log-odds.
    """
    if isinstance(story, RegionStory):
        return _region(story, baseline or story, words)
    return _firm(story, weight, words)


def _firm(story: FirmStory, weight: int, words: Words) -> dict[str, Any]:
    founded = words("page.before_2020")
    if story.founded is not None:
        founded = quarter_text(story.founded)
    facts = [
        (words("page.stands_for", weight=weight), ""),
        (words("page.founded"), founded),
        (words("page.staff"), f"{story.staff:,}"),
        (words("page.talent"), f"{story.talent:,} / {story.wanted:,.1f}"),
        (words("page.enough"), f"{story.enough:.0%}"),
        (words("page.platform"), words("page." + ("yes" if story.platform else "no"))),
        (words("page.cash"), money(story.cash, words)),
        (words("page.support"), money(story.support, words)),
    ]
    verdict = words("page." + ("hard" if story.hard else "not_hard"))
    return {
        "title": " · ".join(
            (named(story.region, words), named(story.industry, words), words.pick(LEVEL_NAMES[story.level]))
        ),
        "facts": facts,
        "head": [words(f"page.{key}") for key in ("question", "before", "now", "beta", "kappa", "part")],
        "rows": [
            [words("page.constant"), "", "", "", "", number(story.constant)],
            *(_row(part, words) for part in story.parts),
        ],
        "bars": [story.constant, *(part.log_odds for part in story.parts)],
        "sum": [words("page.sum"), f"{number(story.log_odds)} → {story.probability:.1%}"],
        "verdict": words(
            "page.hard_line", p=f"{story.probability:.1%}", luck=f"{story.luck:.1%}", verdict=verdict
        ),
        "note": words("page.part_note"),
    }


def _row(part: Part, words: Words) -> list[str]:
    labels = part.variable.labels_zh if words.lang == "zh" else part.variable.labels_en
    question = f"{part.variable.name} {named(part.variable, words)}"
    if part.coefficient == 0.0:
        return [question, labels[part.before], labels[part.now], words("page.not_estimated"), "", ""]
    return [
        question,
        labels[part.before],
        labels[part.now],
        number(part.coefficient),
        f"{part.causal_share:.0%}",
        number(part.log_odds),
    ]


def _region(story: RegionStory, baseline: RegionStory, words: Words) -> dict[str, Any]:
    recent = words(f"page.last_{story.quarters}")

    def both(value: int, base: int) -> str:
        return words("page.against", value=f"{value:,}", base=f"{base:,}")

    def pairs(
        policy: tuple[tuple[str, int], ...], base: tuple[tuple[str, int], ...]
    ) -> list[tuple[str, str]]:
        return [(words.pick(metric_meaning(name)), both(value, dict(base)[name])) for name, value in policy]

    levels = zip(LEVEL_NAMES, story.levels, baseline.levels, strict=True)
    return {
        "title": named(story.region, words),
        "facts": [
            *pairs(story.stocks, baseline.stocks),
            *((words.pick(name), both(count, base)) for name, count, base in levels),
            (
                f"{words.pick(metric_meaning('climbs'))} · {words('page.since', start=story.start)}",
                both(story.climbs, baseline.climbs),
            ),
            *((f"{name} · {recent}", text) for name, text in pairs(story.flows, baseline.flows)),
            *(
                (words.pick(metric_meaning(f"spent_{lever.name}")), money(yuan, words))
                for lever, yuan in story.spent
            ),
        ],
        "note": words("page.against_note"),
    }


def money(yuan: int, words: Words) -> str:
    """Write an amount in the unit that suits its size."""
    size, unit = money_unit(yuan, words)
    return f"{significant(yuan / size)} {unit}"


def number(value: float) -> str:
    """Write log-odds, without a minus sign if they round to zero."""
    return f"{round(value, 3) + 0.0:+.3f}"


def firm_names(
    firms: list[tuple[int, int, int, int]], evidence: Evidence, words: Words
) -> list[tuple[int, str]]:
    """Give slots and descriptions of firms for a list to choose from."""
    return [
        (
            slot,
            " · ".join(
                (
                    named(evidence.industries[industry], words),
                    words.pick(LEVEL_NAMES[level]),
                    words("page.staff_of", staff=f"{staff:,}"),
                )
            ),
        )
        for slot, industry, level, staff in firms
    ]


def region_names(regions: tuple[Region, ...], words: Words) -> list[tuple[int, str]]:
    """Give codes and names for a list to choose from."""
    return [(region.code, named(region, words)) for region in regions]
