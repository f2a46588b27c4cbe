"""Every caution has its sentence in both languages, with everything it needs."""

from __future__ import annotations

import json
import re

import pytest

from sim.runs.caution import Caution
from sim.show.texts.cautions import WHY, caution_text
from sim.words import Words, room

FACTS = {
    "keys": "shocks",
    "differs": {"zh": "（与基准不同：shocks）", "en": " (differs in shocks)"},
    "shocks": "demand −6 % from 2026Q1 to 2026Q4",
    "left": {"zh": "", "en": ""},
    "count": 7,
    "others": {"names": ["two"]},
    "numbers": "rho 0.7 (0.9)",
    "fewest": 8,
    "here": {"yuan": 4_500_000_000},
    "there": {"yuan": 9_000_000_000},
    "lever": {"zh": "研发补贴", "en": "R&D subsidy"},
    "levers": {"zh": "研发补贴", "en": "R&D subsidy"},
    "year": 2023,
    "amounts": {"by": {"one": {"yuan": 10**9}, "two": {"yuan": 2 * 10**9}}},
    "values": {"by": {"one": {"zh": "2024Q1", "en": "2024Q1"}, "two": {"zh": "2026Q1", "en": "2026Q1"}}},
    "agents": 4,
    "weight": 100,
    "readings": ["V-selective", "D-naive"],
    "earlier": "quality_stock",
    "now": "quality_firms",
    "done": 3,
    "asked": 20,
    "members": 12,
    "half": 13,
    "fit": 40,
    "evidence": "lakeland",
    "name": "cost_P01",
    "low": 0.06,
    "high": 0.31,
    "why": "firms",
    "whom": {"zh": "1、2 级", "en": "levels 1, 2"},
    "narrower": {"zh": "；数字化平台只给一部分", "en": "; Digital platforms: only some"},
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("code", room("cautions"))
def test_every_caution_is_said_in_both_languages(code: str, lang: str) -> None:
    facts = dict(FACTS)
    if code == "owned":
        facts |= {"here": 100_000.0, "there": 200_000.0, "unit": "yuan per firm-year"}
    if code in ("seed", "replications", "reading"):
        facts |= {"here": 7, "there": 2024}
    caution = Caution(code, "budget", "one", facts)
    text = caution_text(caution, {"one": "甲", "two": "乙"}.__getitem__, Words(lang))
    assert not re.search(r"[{}]", text)
    assert bool(re.search("[一-鿿]{4}", text)) == (lang == "zh")
    json.dumps(caution.plain())


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("why", WHY)
def test_every_reason_for_money_left_has_words(why: str, lang: str) -> None:
    text = caution_text(Caution("unspent", "budget", "one", FACTS | {"why": why}), str, Words(lang))
    assert ("6 % 至 31 %" if lang == "zh" else "6 % to 31 %") in text


def test_amounts_are_told_by_the_titles_of_policies() -> None:
    text = caution_text(Caution("money", facts=FACTS), {"one": "A", "two": "B"}.__getitem__, Words("en"))
    assert text == "The policies authorise different amounts of money: A 1.00 bn yuan; B 2.00 bn yuan."
