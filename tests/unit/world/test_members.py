"""Doubtful numbers, their scores, and members in a file."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.evidence.tables import write_made_from
from sim.files.names import evidence_folder
from sim.world.members import (
    ENSEMBLE,
    MADE_WITH,
    Members,
    doubtful,
    drawn,
    in_logs,
    read_members,
    scores_of,
    values_of,
    write_members,
)
from sim.world.parameters import Registry, load_parameters

REGISTRY = load_parameters(evidence_folder("hubei"))
NUMBERS = [REGISTRY[name] for name in doubtful(REGISTRY)]


def test_readings_and_switches_are_never_doubtful():
    names = doubtful(REGISTRY)
    assert not [name for name in names if name.startswith("kappa_")]
    assert "delta" not in names
    assert not [name for name in names if REGISTRY[name].unit == "switch"]
    assert all(REGISTRY[name].low < REGISTRY[name].high for name in names)
    left = set(REGISTRY) - set(names)
    assert all(
        name.startswith("kappa_")
        or name == "delta"
        or REGISTRY[name].unit == "switch"
        or REGISTRY[name].low == REGISTRY[name].high
        for name in left
    )


@given(st.integers(0, len(NUMBERS) - 1), st.floats(-9, 9))
def test_no_score_leaves_a_range_and_whole_units_stay_whole(k, score):
    number = NUMBERS[k]
    (value,) = values_of([number], np.array([[score]])).ravel()
    assert number.low <= value <= number.high
    assert not number.whole or value == round(value)
    assert number.read(value) == value, "a scenario takes it"


def test_values_and_scores_are_each_other_s_inverse():
    scores = np.linspace(-2.5, 2.5, 11)[None, :].repeat(len(NUMBERS), axis=0)
    back = scores_of(NUMBERS, values_of(NUMBERS, scores))
    continuous = np.array([not number.whole for number in NUMBERS])
    assert back[continuous] == pytest.approx(scores[continuous], abs=1e-3)


def test_wide_ranges_are_even_in_logarithms():
    wide = next(number for number in NUMBERS if in_logs(number) and not number.whole)
    narrow = next(number for number in NUMBERS if not in_logs(number) and not number.whole)
    middle = values_of([wide, narrow], np.zeros((2, 1))).ravel()
    assert middle[0] == pytest.approx(np.sqrt(wide.low * wide.high), rel=1e-5)
    assert middle[1] == pytest.approx((narrow.low + narrow.high) / 2, rel=1e-5)


def test_a_member_depends_on_its_number_and_the_seed_alone():
    assert drawn(REGISTRY, 2, 5) == drawn(REGISTRY, 2, 5)
    assert drawn(REGISTRY, 2, 5) != drawn(REGISTRY, 3, 5)
    assert drawn(REGISTRY, 2, 5) != drawn(REGISTRY, 2, 6)


def some(count):
    settings = [drawn(REGISTRY, k, 1) for k in range(count)]
    values = np.array([list(setting.values()) for setting in settings])
    return Members(tuple(settings[0]), values, np.empty((count, 0)))


def test_a_file_of_members_comes_back_and_has_the_same_bytes(tmp_path):
    members = replace(
        some(5),
        simulated=np.array([[1.5], [2.0], [np.nan], [4.0], [5.0]]),
        lines=("hightech_firms 2023",),
        made={"seed": "1"},
    )
    first = write_members(tmp_path, members).read_bytes()
    found = read_members(tmp_path, REGISTRY)
    assert found is not None
    assert found.names == members.names
    assert (found.values == members.values).all()
    assert np.array_equal(found.simulated, members.simulated, equal_nan=True)
    assert found.lines == members.lines
    assert found.made is not None
    assert set(found.made) == {"seed", MADE_WITH}
    assert found.made["seed"] == "1"
    assert write_members(tmp_path, found).read_bytes() == first


def test_no_file_no_members(tmp_path):
    assert read_members(tmp_path, REGISTRY) is None


def test_a_file_that_does_not_fit_the_registry_is_refused(tmp_path):
    members = some(3)
    write_members(tmp_path, replace(members, names=("no_number", *members.names[1:])))
    with pytest.raises(InputError, match="no_number"):
        read_members(tmp_path, REGISTRY)
    name = members.names[4]
    narrow = replace(REGISTRY[name], high=float(np.median(members.values[:, 4])))
    write_members(tmp_path, members)
    with pytest.raises(InputError, match=name):
        read_members(tmp_path, Registry(tuple({**REGISTRY, name: narrow}.values())))
    (tmp_path / ENSEMBLE).write_bytes(b"no parquet")
    with pytest.raises(InputError, match="ensemble"):
        read_members(tmp_path, REGISTRY)


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("records.csv", True),
        ("parameters.csv", True),
        ("derived/parameters.csv", True),
        ("sources.csv", False),
        ("derived/scorecard.csv", False),
    ],
)
def test_settings_found_with_other_evidence_or_another_fit_are_refused(tmp_path, name, refused):
    folder = tmp_path / "own"
    shutil.copytree(evidence_folder("hubei"), folder)
    write_members(folder, some(3))
    path = folder / name
    before = path.read_text(encoding="utf-8")
    path.write_text(before.rstrip("\n") + "\n\n", encoding="utf-8")
    assert read_members(folder, REGISTRY), "an empty line says nothing new"
    header, *rows = before.splitlines()
    path.write_text("\n".join([header, *rows[:-1]]) + "\n", encoding="utf-8")
    if refused:
        with pytest.raises(InputError, match=r"upgrading calibrate .*own --ensemble"):
            read_members(folder, REGISTRY)
    else:
        assert read_members(folder, REGISTRY)
    write_made_from(folder)  # as a calibration without --ensemble leaves it
    if refused:
        with pytest.raises(InputError, match="other evidence or fitted values"):
            read_members(folder, REGISTRY)
