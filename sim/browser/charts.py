"""What the page's charts show: time paths, the ladder, money by lever."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.analysis.outcomes import OUTCOMES, by_name
from sim.browser.frames import Frame
from sim.browser.layers import both
from sim.model.outputs import M_SPENT, METRIC_INDEX
from sim.runs.counts import Counts, quarter_names, real, reported
from sim.runs.results import derived
from sim.show.texts.names import LEVEL_NAMES
from sim.show.texts.numbers import money, money_units
from sim.show.texts.outcomes import path_of
from sim.words import LANGUAGES, Pair, Words, pair
from sim.world.constants import BURN_IN, LEVELS, YEAR
from sim.world.inputs import Programme
from sim.world.levers import LEVERS
from sim.world.scenario_record import Scenario

_PATH_WORDS = {key: pair(f"answer.{key}") for key in ("policy", "baseline", "policy_starts")} | {
    "difference": pair("page.difference")
}
_LADDER_WORDS = {key: pair(f"answer.{key}") for key in ("firms", "baseline")} | {
    key: pair(f"page.{key}") for key in ("difference", "climbs", "entries", "exits", "slides", "no_money")
}
_LADDER_WORDS["money"] = pair("page.spent_of_authorised")


def paths_frame(scenario: Scenario, policy: Counts, baseline: Counts, done: int) -> Frame:
    """Series over the reported quarters, policy and baseline, as `upgrading run` and `compare` give them.

    Parameters
    ----------
    policy, baseline
        int64[quarters, regions, metrics] of `Walk`, in agents; summed over the regions given.
    done
        Quarters done since 2020Q1; later ones are ignored.

    Returns
    -------
    dict
        ``quarters``, their names; ``done``, how many of them are done; ``start``, index of the first in which a
        lever is in force, -1 without levers; ``words``; ``series``: ``key``, ``name``, ``unit``, ``digits``, and
        ``policy`` and ``baseline`` for each quarter done.
    """
    window = reported(scenario)
    shown = slice(window.start, min(max(done, window.start), window.stop))
    values = [_series(scenario, counts[shown]) for counts in (policy, baseline)]
    starts = [use.start for use in scenario.levers]
    return {
        "quarters": quarter_names(scenario),
        "done": shown.stop - shown.start,
        "start": max(min(starts) - scenario.start, 0) if starts else -1,
        "words": {key: both(texts) for key, texts in _PATH_WORDS.items()},
        "series": [
            {
                "key": key,
                "name": both(name),
                "unit": both(unit),
                **{f"size_{lang}": size for lang, size in _size_of(unit).items()},
                "digits": digits,
                "policy": values[0][key],
                "baseline": values[1][key],
            }
            for key, name, unit, digits in _SERIES
        ],
    }


#: The largest unit of money of each language: its name, and how many yuan it is.
_LARGEST = {lang: money_units(Words(lang))[0] for lang in LANGUAGES}
_MONEY: Pair = (_LARGEST["zh"][1], _LARGEST["en"][1])


def _size_of(unit: Pair) -> dict[str, float]:
    """How many of a series' own units one unit of its axis is, by language."""
    return {lang: size if unit == _MONEY else 1.0 for lang, (size, _) in _LARGEST.items()}


#: Outcomes and metrics that are drawn by quarter: name, unit, decimals.
_SERIES: Sequence[tuple[str, Pair, Pair, int]] = (
    ("quality_firms", path_of("quality_firms"), pair("answer.firms"), 0),
    ("climbs", path_of("climbs"), pair("answer.firms"), 0),
    ("quality_climbs", path_of("quality_climbs"), pair("answer.firms"), 0),
    ("value_added", path_of("value_added"), _MONEY, 1),
    ("difficulty_share", path_of("difficulty_share"), pair("page.percent"), 1),
    ("vacancies", pair("page.vacancies"), pair("page.people"), 0),
)


def _series(scenario: Scenario, counts: Counts) -> dict[str, list[float]]:
    """The series of `_SERIES` over quarters [quarters, regions, metrics] of agents."""
    found = by_name(real(counts, scenario.weight))
    return {
        key: (OUTCOMES[key].path(found) if key in OUTCOMES else found[key].sum(axis=1)).tolist()
        for key, *_ in _SERIES
    }


def ladder_frame(scenario: Scenario, policy: Counts, baseline: Counts, done: int) -> Frame:
    """Firms by level at the end of the last quarter done, and their moves in the last four quarters.

    Returns
    -------
    dict
        ``quarters``, how many the flows are summed over; ``weight``; ``levels``, names; ``words``; and ``policy`` and
        ``baseline``, each with ``stocks`` [levels], ``climbs`` [levels − 1] (first climbs to level 1 … 4),
        ``entries``, ``exits`` and ``slides``. Empty lists and zeros before the first quarter is done.
    """
    first = max(done - YEAR, 0)
    return {
        "quarters": done - first,
        "weight": scenario.weight,
        "levels": [both(name) for name in LEVEL_NAMES],
        "words": {"title": {lang: _ladder_title(done - first, Words(lang)) for lang in LANGUAGES}}
        | {key: both(texts) for key, texts in _LADDER_WORDS.items()},
        "policy": _rungs(scenario, policy[first:done]),
        "baseline": _rungs(scenario, baseline[first:done]),
    }


def _ladder_title(quarters: int, words: Words) -> str:
    """Title of the ladder; moves are summed over this many quarters, none before the first is done."""
    return words("page.ladder_title", recent=words(f"page.moves_{quarters}"))


def _rungs(scenario: Scenario, counts: Counts) -> Frame:
    """Final stocks and summed flows of quarters [quarters, regions, metrics] of agents."""
    total = real(counts.sum(axis=1), scenario.weight)
    flow = total.sum(axis=0)
    more = derived(total)
    return {
        "stocks": [int(more[f"firms_level_{k}"][-1]) for k in range(LEVELS)] if len(total) else [],
        "climbs": [int(flow[METRIC_INDEX[f"climbs_{k}"]]) for k in range(1, LEVELS)],
        **{name: int(flow[METRIC_INDEX[name]]) for name in ("entries", "exits", "slides")},
    }


def money_frame(scenario: Scenario, programme: Programme, policy: Counts, done: int) -> Frame:
    """Money spent so far by lever, next to what the fiscal years begun so far authorise.

    Returns
    -------
    dict
        ``levers``: ``key``, ``name``, ``spent`` and ``authorised`` in yuan, and both as text in ``text``;
        ``most``, the largest of these amounts. Administration is included.
    """
    begun = math.ceil((BURN_IN + done) / YEAR)
    spent = policy[:done].sum(axis=(0, 1))
    used = {use.name for use in scenario.levers}
    levers: list[Frame] = []
    most = 0
    for k, lever in enumerate(LEVERS):
        if lever.name in used:
            amounts = int(spent[M_SPENT + k]), int(programme.budget[k, :begun].sum())
            most = max(most, *amounts)
            text = tuple(" / ".join(money(amount, Words(lang)) for amount in amounts) for lang in LANGUAGES)
            levers.append(
                {
                    "key": lever.name,
                    "name": both((lever.zh, lever.en)),
                    "spent": amounts[0],
                    "authorised": amounts[1],
                    "text": both((text[0], text[1])),
                }
            )
    return {
        "levers": levers,
        "most": most,
    }
