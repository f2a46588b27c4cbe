"""Ranks: differences within luck are level, few replications rank nobody, money decides if it differs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.analysis.comparison.compare import compare
from sim.analysis.comparison.effects import (
    ALIKE,
    TOO_FEW,
    effect_interval,
    no_interval,
    paired_interval,
    ranking_rows,
)
from sim.analysis.statistics import ratio_difference
from sim.show.tables.answer import blocks_of
from sim.show.texts.account import Answer
from sim.words import Words
from sim.world.scenario import load_scenario

LUCK = np.random.default_rng(5).normal(0.0, 1.0, (4, 40))
SHORT = {"scale": 0.002, "horizon": {"start": "2020Q1", "end": "2021Q4"}}


def pair(name: str, climbs: Any, money: float = 1.0) -> Any:
    values = np.asarray(climbs, float)
    return SimpleNamespace(
        reading="V-selective",
        scenario=SimpleNamespace(name=name),
        key={"reading": "V-selective", "scenario": name},
        policy=list(values),
        differences={"climbs": values},
        extra=np.full(len(values), money),
        costs_more=lambda: money > 0,
        moves=lambda: bool(np.ptp(values) > 0),
        doubtful=False,
    )


def ranks(*pairs: Any, per_yuan: bool = False) -> dict[str, tuple[int, str]]:
    rows = ranking_rows(list(pairs), 1, per_yuan=per_yuan)
    return {row["scenario"]: (row["rank"], row["level"]) for row in rows}


def test_what_luck_may_set_apart_is_level() -> None:
    a, b = pair("a", 100 + LUCK[0]), pair("b", 100.1 + LUCK[1])
    far = pair("far", 50 + LUCK[2])
    assert ranks(a, b, far) == {"b": (1, "a"), "a": (1, "b"), "far": (3, "")}


def test_policies_that_are_the_same_are_never_first_and_second() -> None:
    a, b = pair("a", 100 + LUCK[0]), pair("b", 100 + LUCK[0])
    assert ranks(a, b) == {"a": (1, "b"), "b": (1, "a")}


def test_a_difference_that_is_the_same_in_every_replication_is_too_few_agents_not_certainty() -> None:
    a, b = pair("a", 200 + LUCK[0]), pair("b", 100 + LUCK[0])
    assert ranks(a, b) == {"a": (1, "b"), "b": (1, "a")}


def test_a_common_shift_is_seen_through_the_luck_that_both_share() -> None:
    a, b = pair("a", 100 + 30 * LUCK[0]), pair("b", 101 + 30 * LUCK[0] + 0.1 * LUCK[1])
    assert ranks(a, b) == {"b": (1, ""), "a": (2, "")}


def test_per_yuan_counts_what_money_achieves() -> None:
    dear, cheap = pair("dear", 120 + LUCK[0], 3.0), pair("cheap", 100 + LUCK[1], 1.0)
    assert ranks(dear, cheap) == {"dear": (1, ""), "cheap": (2, "")}
    assert ranks(dear, cheap, per_yuan=True) == {"cheap": (1, ""), "dear": (2, "")}
    lost = pair("lost", LUCK[3] - 100, 1.0)
    assert "lost" not in ranks(dear, cheap, lost, per_yuan=True), "fewer climbs per yuan have no order"
    idle = pair("idle", 1 + LUCK[2], 0.0)
    assert "idle" not in ranks(dear, cheap, idle, per_yuan=True)


def test_few_replications_rank_nobody_and_ten_give_shares() -> None:
    assert ranks(pair("a", 100 + LUCK[0][:7]), pair("b", LUCK[1][:7])) == {}
    nine, ten = (ranking_rows([pair("a", 100 + LUCK[0][:n]), pair("b", LUCK[1][:n])], 1) for n in (9, 10))
    assert np.isnan([row["best_share"] for row in nine]).all()
    assert [row["best_share"] for row in ten] == [1.0, 0.0]


def test_what_does_not_move_is_not_ranked() -> None:
    assert ranks(
        pair("a", 100 + LUCK[0]), pair("still", np.zeros(40)), pair("alike", np.full(40, 3.0))
    ).keys() == {"a"}


@pytest.mark.parametrize(
    ("values", "why"),
    [(np.arange(7.0), TOO_FEW), (np.full(20, 100.0), ALIKE), (np.zeros(20), ALIKE), (np.arange(8.0), "")],
)
def test_why_there_is_no_interval(values: Any, why: str) -> None:
    assert no_interval(values) == why
    assert np.isnan(effect_interval(values)[1:]).all() == bool(why)


def test_before_a_policy_starts_nothing_is_uncertain() -> None:
    assert paired_interval(np.zeros(20)) == (0.0, 0.0, 0.0)
    assert np.isnan(paired_interval(np.full(20, 100.0))[1:]).all()
    assert np.isnan(paired_interval(np.zeros(7))[1:]).all()


def test_the_interval_of_a_difference_of_ratios_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(8)
    hits, trials = 0, 1500
    for _ in range(trials):
        common = rng.normal(0.0, 1.0, 30)
        a, s = 10 + common + rng.normal(0, 1, 30), 2 + 0.1 * rng.normal(0, 1, 30)
        b, t = 12 + common + rng.normal(0, 1, 30), 3 + 0.1 * rng.normal(0, 1, 30)
        _, low, high = ratio_difference((a, s), (b, t))
        hits += low <= 1.0 <= high
    assert 0.93 <= hits / trials <= 0.97  # three standard errors of the nominal 95 %


def answer(replications: int, lang: str = "en") -> tuple[str, list[str]]:
    base = load_scenario("baseline", **SHORT)
    use = {"start": "2020Q1", "share_of_budget": 1}
    policies = [
        load_scenario("baseline", **SHORT, name=name, title={"en": name}, levers={"platforms": use})
        for name in ("one", "two")
    ]
    blocks = blocks_of(Answer(compare(base, policies, replications=replications, doubt="none"), Words(lang)))
    return "\n".join(blocks[0].lines), [block.title for block in blocks]


def test_two_policies_that_are_the_same_are_level_under_every_reading() -> None:
    text, _ = answer(10)
    assert "tied within luck: one (" in text or "even the first policy" in text
    assert "ahead in" not in text
    assert "same policy first" not in text


def test_seven_replications_show_effects_without_intervals_ranks_and_shares() -> None:
    text, titles = answer(7)
    assert "Only 7 replications" in text
    assert "ahead in" not in text
    assert "Not ranked" in titles
    assert not [title for title in titles if title.startswith("Ranking")]
    assert not [title for title in titles if "pairing" in title]
