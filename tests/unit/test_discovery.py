"""Scenario discovery on toys whose truth is known, its sentences and its figure."""

import logging
import sys
from contextlib import nullcontext
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from sim.analysis.doubt import discovery
from sim.analysis.doubt.discovery import Box, Discovery, Limit, Step, discover
from sim.errors import InputError
from sim.show.figures.canvas import draw_all, style
from sim.show.figures.discovery import draw_discovery
from sim.show.texts.discovery import discovery_lines
from sim.words import Words
from sim.world.parameters import Parameter
from tests.unit.show.test_show import assert_legible, texts_of

MEMBERS, NUMBERS = 300, 12
REGISTRY = {
    "x1": Parameter(
        "x1", "cost of a platform", "平台单位成本", "yuan per firm-year", 3e5, 0, 1e6, "", "assumed"
    ),
    "x3": Parameter("x3", "share of losses", "损失占比", "share", 0.5, 0, 1, "", "assumed"),
    "x5": Parameter("x5", "time to build", "建设时间", "quarters", 8, 1, 20, "", "assumed"),
}


def toy(seed=4):
    rng = np.random.default_rng(seed)
    x = rng.random((MEMBERS, NUMBERS))
    truth = (x[:, 1] > 0.6) & (x[:, 3] < 0.5)
    return frame(x), truth ^ (rng.random(MEMBERS) < 0.1)


def frame(x):
    return pd.DataFrame(x, columns=[f"x{k}" for k in range(x.shape[1])])


@pytest.fixture(scope="module")
def found():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discovery, "PERMUTATIONS", 1)  # the box is far above noise; each search takes time
        return discover(*toy(), seed=1)


def test_the_true_box_is_found_and_nothing_else(found):
    (box,) = found.boxes
    limits = {limit.name: limit for limit in box.limits}
    assert set(limits) == {"x1", "x3"}
    assert limits["x1"].low == pytest.approx(0.6, abs=0.05)
    assert limits["x3"].high == pytest.approx(0.5, abs=0.05)
    assert limits["x1"].high is None
    assert limits["x3"].low is None
    assert all(limit.quasi_p < 0.05 for limit in box.limits)
    assert box.density == pytest.approx(0.9, abs=0.08)
    assert (found.score, found.noise) == (box.score, box.noise)
    assert box.score > box.noise


def test_the_parts_of_a_box_are_counted_over_the_members(found):
    x, leads = toy()
    (box,) = found.boxes
    inside = np.ones(MEMBERS, dtype=bool)
    for limit in box.limits:
        inside &= x[limit.name] >= (-np.inf if limit.low is None else limit.low)
        inside &= x[limit.name] <= (np.inf if limit.high is None else limit.high)
    assert box.density == leads[inside].mean()
    assert box.coverage == leads[inside].sum() / leads.sum()
    assert box.mass == inside.mean()
    assert box.trajectory[0] == Step(1.0, found.share, 1.0, 0)
    assert box.trajectory[box.chosen] == Step(box.coverage, box.density, box.mass, 2)


@pytest.mark.slow
def test_a_second_box_lies_outside_the_first(monkeypatch):
    monkeypatch.setattr(discovery, "PERMUTATIONS", 1)
    rng = np.random.default_rng(2)
    x = rng.random((MEMBERS, 4))
    leads = (x[:, 1] > 0.7) | (x[:, 3] < 0.2)
    found = discover(frame(x), leads, seed=1)
    assert [[limit.name for limit in box.limits] for box in found.boxes] == [["x1"], ["x3"]]
    assert sum(box.coverage for box in found.boxes) > 0.9
    assert sum(box.coverage for box in found.boxes) <= 1.0


@pytest.mark.slow
def test_noise_holds_no_box():
    rng = np.random.default_rng(5)
    x = frame(rng.random((MEMBERS, NUMBERS)))
    found = discover(x, rng.random(MEMBERS) < 0.4, seed=1)
    assert found.boxes == ()
    assert found.searched
    assert found.score <= found.noise
    assert "no few numbers tell" in discovery_lines(found, "Platforms", {}, Words("en"))[0]


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (0.31, "best conditions score 0.31; with leads shuffled at random the same search scores 0.42"),
        (0.0, "no condition is significant"),
    ],
)
def test_without_boxes_the_sentence_says_how_far_noise_got(score, said):
    found = Discovery((), 300, 0.4, score, 0.42)
    assert said in discovery_lines(found, "Platforms", {}, Words("en"))[0]


@pytest.mark.parametrize(("leads", "said"), [(True, "ahead in all 300"), (False, "ahead in none of 300")])
def test_nothing_to_find_where_all_or_none_lead(leads, said):
    found = discover(toy()[0], np.full(MEMBERS, leads), seed=1)
    assert found.boxes == ()
    assert not found.searched
    assert said in discovery_lines(found, "Platforms", {}, Words("en"))[0]


def test_few_members_are_not_searched():
    x, leads = toy()
    found = discover(x[:10], leads[:10], seed=1)
    assert found.boxes == ()
    assert "too few" in discovery_lines(found, "Platforms", {}, Words("en"))[0]


@pytest.mark.slow
def test_the_same_input_gives_the_same_boxes(monkeypatch):
    monkeypatch.setattr(discovery, "PERMUTATIONS", 2)
    x, leads = toy()
    x["constant"], x["scenario"] = 1.0, x["x0"]  # names and columns that the library treats in its own way
    colors = mpl.rcParams["axes.prop_cycle"]
    first, again = (discover(x, leads, seed=3, most_boxes=1) for _ in range(2))
    assert first == again
    assert mpl.rcParams["axes.prop_cycle"] == colors
    assert logging.getLogger("EMA").level == logging.NOTSET


def test_boxes_are_the_same_without_the_librarys_own_quasi_p(monkeypatch):
    x, leads = toy()
    prim = discovery.workbench()
    found = list(discovery._peeled(prim, x.to_numpy(), leads, [1, 3, 5]))
    assert prim.PrimBox._calculate_quasi_p.__name__ == "_calculate_quasi_p", "it is put back"
    monkeypatch.setattr(discovery, "_without_its_quasi_p", lambda _: nullcontext())
    assert list(discovery._peeled(prim, x.to_numpy(), leads, [1, 3, 5])) == found
    assert len(found) > 5


def test_input_that_cannot_be_searched():
    x, leads = toy()
    with pytest.raises(ValueError, match="do not fit"):
        discover(x, leads[1:], seed=1)
    x.iloc[0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        discover(x, leads, seed=1)


def test_without_the_library_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ema_workbench.analysis.prim", None)
    with pytest.raises(InputError, match=r"pip install 'industrial-upgrading\[discover\]'"):
        discover(*toy(), seed=1)


# --- words and figure -----------------------------------------------------------------------------------------


def two_boxes():
    way = (
        Step(1.0, 0.52, 1.0, 0),
        Step(0.9, 0.6, 0.78, 1),
        Step(0.7, 0.75, 0.48, 2),
        Step(0.61, 0.84, 0.4, 2),
    )
    first = (Limit("x1", 290_000.0, None, 1e-6), Limit("x3", None, 0.437, 1e-3))
    more = (Step(0.39, 0.33, 0.6, 0), Step(0.3, 0.5, 0.3, 1), Step(0.2, 0.7, 0.15, 3))
    second = (Limit("x5", 4.0, 8.5, 1e-4), Limit("kappa", 0.2, None, 1e-2))
    return Discovery(
        (
            Box(first, 0.61, 0.84, 0.4, 0.5, 0.2, way, 3),
            Box(second, 0.2, 0.7, 0.15, 0.4, 0.3, more, 2),
        ),
        300,
        0.52,
        0.5,
        0.2,
    )


def test_a_box_is_a_sentence_in_either_language():
    first, second = discovery_lines(two_boxes(), "Platforms", REGISTRY, Words("en"))
    assert first == (
        'Platforms: ahead in 84 % of the settings where "cost of a platform" is above 290 k yuan per firm-year and '
        '"share of losses" is below 0.437 (in all settings: 52 %); these are 40 % of all settings and hold 61 % of '
        "those where it is ahead."
    )
    assert 'of the other settings where "time to build" is between 4 and 8.5 quarters and "kappa"' in second
    first, second = discovery_lines(two_boxes(), "平台", REGISTRY, Words("zh"))
    assert "“平台单位成本”高于 29 万元/家·年，且“损失占比”低于 0.437" in first
    assert "84 %" in first
    assert "“建设时间”介于 4 与 8.5 季度，且" in second


@dataclass
class Told:
    words: Words
    source: str = "hubei 1234abcd"


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_the_figure_is_legible_and_says_the_sentences(lang, found, tmp_path):
    with style():
        for name, made in {"two": two_boxes(), "one": found}.items():
            sheet = draw_discovery(Told(Words(lang)), made, "Platforms", "V via difficulty", REGISTRY)
            assert_legible(name, sheet)
            assert len(sheet.figure.axes) == len(made.boxes)
            assert Words(lang)("discovery.chosen") in texts_of(sheet)
        written = draw_all({"one": lambda: sheet}, tmp_path)
    assert all(path.stat().st_size > 1000 for path in written)


def test_without_boxes_there_is_no_figure():
    none = Discovery((), 300, 1.0, float("nan"), float("nan"))
    assert draw_discovery(Told(Words("en")), none, "Platforms", "V via difficulty", REGISTRY) is None
