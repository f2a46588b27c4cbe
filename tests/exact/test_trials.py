"""Published experiments repeated in the model: books are kept, others are not touched, what is planted is found."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.record.trials import (
    _MEASURES,
    AFTER,
    BEFORE,
    TRIALS,
    Arms,
    Followed,
    Question,
    _repeat,
    answer,
    follow,
    trial_scenario,
    value_added,
)
from sim.evidence.estimates import TRIAL_OUTCOMES
from sim.evidence.estimates import TRIALS as NAMES
from sim.model.outputs import METRIC_INDEX
from sim.model.state import ALIVE, EMPLOYED, state_hash
from sim.runs.run import compiled_of
from sim.runs.walk import Walk
from sim.world.constants import YEAR
from sim.world.scenario import load_scenario

SCALE = 0.01
FIRMS = 40
FIRST_YEAR = slice(0, YEAR)


@pytest.fixture(scope="module")
def start():
    walk = Walk(compiled_of(trial_scenario("hubei", "", SCALE, "D-selective")), 3, 0)
    walk.to(BEFORE)
    return walk


def living(walk):
    return np.flatnonzero(walk.state.firms.alive == ALIVE)


def test_every_trial_and_outcome_of_the_evidence_is_built():
    assert set(TRIALS) == set(NAMES)
    assert (
        set(_MEASURES)
        == set(TRIAL_OUTCOMES) - {"additional"}
        == {one for some in NAMES.values() for one in some}
    )


def test_a_branch_has_the_same_future_and_leaves_the_walk_alone(start):
    before = state_hash(start.state)
    branch = start.branch()
    branch.to(BEFORE + 4)
    assert state_hash(start.state) == before
    again = Walk(start.compiled, 3, 0)
    again.to(BEFORE + 4)
    assert state_hash(branch.state) == state_hash(again.state)


def test_value_added_by_firm_sums_to_what_the_kernel_counts():
    compiled = compiled_of(
        load_scenario(
            "subsidies", scale=SCALE, horizon={"start": "2020Q1", "end": "2026Q4"}, budget="9 bn yuan"
        )
    )
    walk = Walk(compiled, 5, 1)
    for done in (1, 20, 28):  # the last two with grants and with platforms whose gain shows
        walk.to(done)
        slots = living(walk)
        found = np.rint(value_added(walk.state, walk.compiled, slots)).sum()
        counted = walk.regions[done - 1, :, METRIC_INDEX["value_added"]].sum()
        assert found == pytest.approx(counted, rel=1e-9)
    assert (walk.state.firms.rd_grant[slots] > 0).any()


def test_an_extra_hire_is_a_person_with_a_post_and_everybody_else_stays(start):
    walk, slots = start.branch(), living(start)
    arms = TRIALS["extra_hire"].by_hand(walk, slots, np.random.default_rng(1))
    firms, people = walk.state.firms, walk.state.people
    for state in (start.state, walk.state):
        employed = state.people.status == EMPLOYED
        held = np.bincount(state.people.employer[employed], minlength=len(firms.talent))
        np.testing.assert_array_equal(held[slots], state.firms.talent[slots])
    np.testing.assert_array_equal(
        firms.talent[slots] - start.state.firms.talent[slots], arms.treated.astype(int)
    )
    assert 0.4 < arms.treated.sum() / (arms.treated | arms.untreated).sum() < 0.6
    ids = (people.id0.astype(np.uint64) << np.uint64(32)) | people.id1
    assert len(np.unique(ids[people.status > 0])) == (people.status > 0).sum()
    walk.to(BEFORE + 8)  # the model goes on with them


def test_more_graduates_arrive_from_then_on(start):
    walk = start.branch()
    TRIALS["more_graduates"].by_hand(walk, living(start), np.random.default_rng(1))
    before, after = (each.compiled.inputs.graduates for each in (start, walk))
    now = int(start.state.province.clock[0])
    np.testing.assert_array_equal(before[:now], after[:now])
    assert after[now:].sum() / before[now:].sum() == pytest.approx(1.2, abs=0.03)


def test_a_plant_is_large_and_no_incumbent(start):
    walk, slots = start.branch(), living(start)
    arms = TRIALS["plant"].by_hand(walk, slots, np.random.default_rng(1))
    changed = walk.state.firms.size[slots] != start.state.firms.size[slots]
    assert changed.any()
    assert arms.treated.any()
    assert arms.untreated.any()
    assert not (changed & (arms.treated | arms.untreated)).any()


@pytest.mark.parametrize(
    ("trial", "least", "most"), [("grant", 0.25, 0.42), ("platform", 0.2, 0.45), ("award_offer", 1.0, 1.0)]
)
def test_a_lever_reaches_about_the_share_it_should(trial, least, most, start):
    slots = living(start)
    there, arms = _repeat(
        TRIALS[trial], trial_scenario("hubei", trial, SCALE, "D-selective"), start, slots, 3, 0
    )
    eligible = TRIALS[trial].eligible(start.state.firms)[slots]
    np.testing.assert_array_equal(arms.treated | arms.untreated, eligible)
    assert least <= arms.treated.sum() / eligible.sum() <= most
    assert (there.support[arms.treated] > 0).any()
    assert (there.support[arms.untreated] == 0).all()


def test_a_trial_answers_what_it_is_asked():
    scenarios = {name: trial_scenario("hubei", name, SCALE, "D-selective") for name in ("", "grant")}
    asked = [Question("grant", "survival", 1, 1), Question("grant", "not_on_research", 1, 1)]
    found = answer(scenarios, asked, 3, 0)
    assert list(found) == asked
    assert 0.2 < found[asked[1]] < 0.3, "a quarter is relabelled"


def followed(**changes):
    """Two runs of firms that do the same all the time, but for what is planted in the second."""
    shape = (AFTER, FIRMS)
    usual = Followed(
        alive=np.ones(shape, bool),
        research=np.full(shape, 100.0),
        value_added=np.full(shape, 1000.0),
        staff=np.full(shape, 10.0),
        climbed=np.zeros(shape, bool),
        support=np.zeros(FIRMS),
        climbs=np.full(AFTER, 50.0),
    )
    return usual._replace(**changes)


ARMS = Arms(np.arange(FIRMS) < 10, np.arange(FIRMS) >= 10)


def planted(values, treated, untreated=None):
    """Numbers with other ones for treated firms, and for untreated ones if given."""
    found = values.copy()
    found[..., ARMS.treated] = treated
    if untreated is not None:
        found[..., ARMS.untreated] = untreated
    return found


def test_measures_find_what_is_planted():
    here = followed()
    cases = {
        "research": (followed(research=planted(here.research, 120.0)), 0.2),
        "output_per_head": (followed(value_added=planted(here.value_added, 1100.0, 1050.0)), 1.1 / 1.05 - 1),
        "output_per_doubling": (
            followed(
                research=planted(here.research, 400.0),
                value_added=planted(here.value_added, 1000.0 * 1.09**2),
            ),
            0.09,
        ),
        # Each gets 400 yuan and spends 240 more in the four quarters.
        "own_research": (
            followed(research=planted(here.research, 160.0), support=planted(here.support, 400.0)),
            -0.4,
        ),
        "not_on_research": (
            followed(research=planted(here.research, 160.0), support=planted(here.support, 400.0)),
            0.4,
        ),
        "survival": (followed(alive=planted(here.alive, np.arange(10) > 0)), -0.1),
        "other_staff": (followed(staff=planted(here.staff, 9.5)), -1.5),
        "climbs": (followed(climbs=here.climbs * 1.04), 0.04),
    }
    for outcome, (there, expected) in cases.items():
        assert _MEASURES[outcome](there, here, ARMS, FIRST_YEAR) == pytest.approx(expected), outcome
    half = followed(climbed=planted(here.climbed, np.arange(10) < 2, np.arange(30) < 3))
    more = followed(climbed=planted(here.climbed, np.arange(10) < 5, np.arange(30) < 6))
    assert _MEASURES["climbs_ratio"](more, half, ARMS, FIRST_YEAR) == pytest.approx(1 + (0.3 - 0.1) / 0.2)


def test_where_nobody_is_treated_nothing_is_measured():
    nobody = Arms(np.zeros(FIRMS, bool), np.ones(FIRMS, bool))
    for outcome in ("research", "survival", "climbs_ratio"):
        assert np.isnan(_MEASURES[outcome](followed(), followed(), nobody, FIRST_YEAR))


def test_firms_are_followed_until_they_close(start):
    slots = living(start)
    found = follow(start.branch(), slots)
    assert found.alive[0].mean() > 0.9
    assert (np.diff(found.alive.astype(int), axis=0) <= 0).all()  # nobody comes back in another's slot
    assert (np.diff(found.climbed.astype(int), axis=0) >= 0).all()
    assert (found.value_added[~found.alive] == 0).all()
