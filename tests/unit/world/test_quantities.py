import math
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.quantities import (
    amount_text,
    check_range,
    number_text,
    parse_quantity,
    parse_quarter,
    parse_unit,
    quarter_text,
)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1.0 bn yuan", "yuan per year", 1e9),
        ("1 billion yuan per year", "yuan per year", 1e9),
        ("1 bn yuan a year", "yuan per year", 1e9),
        ("200 million yuan", "yuan", 2e8),
        ("200 million yuan", "million yuan", 200.0),
        ("0.2 m yuan", "m yuan", 0.2),
        ("150k yuan", "yuan per firm-year", 150_000.0),
        ("150k", "yuan per firm-year", 150_000.0),
        ("150 thousand yuan", "yuan", 150_000.0),
        ("25k yuan per person-quarter", "yuan per person-quarter", 25_000.0),
        ("25k yuan/person-quarter", "yuan per person-quarter", 25_000.0),
        ("20000 people", "people", 20_000.0),
        ("20,000 people", "people", 20_000.0),
        ("20_000 people", "people", 20_000.0),
        ("1 person", "people", 1.0),
        ("2万人", "people", 20_000.0),
        ("10 亿元", "yuan per year", 1e9),
        ("3百万元", "yuan", 3e6),
        ("5 %", "share", 0.05),
        ("7%", "share", 0.07),
        ("5 %", "per quarter", 0.05),
        ("5 % per year", "per year", 0.05),
        ("5 % /yr", "/year", 0.05),
        ("-6 %", "share", -0.06),
        ("−6 %", "share", -0.06),
        ("1/3", "share", 1 / 3),
        ("0.4", "share", 0.4),
        (".5", "share", 0.5),
        ("1e3", "people", 1000.0),
        ("30 km", "km", 30.0),
        ("30公里", "km", 30.0),
        ("2 quarters", "quarters", 2.0),
        ("12 widgets", "widgets", 12.0),
        (20_000, "people", 20_000.0),
        (0.4, "share", 0.4),
    ],
)
def test_quantity_is_read_in_the_unit_expected(text, unit, value):
    assert parse_quantity(text, unit) == value


@pytest.mark.parametrize(
    ("given", "unit", "words"),
    [
        ("30 km", "people", "the unit does not fit: expected people, not km"),
        ("30 km", "share", "expected a plain number or a percentage, not km"),
        ("5 %", "yuan", "expected yuan, not %"),
        ("5 % per year", "per quarter", "expected per quarter, not % per year"),
        ("150k yuan per person", "yuan per firm-year", "expected yuan per firm-year"),
        ("150k", "million yuan", "expected million yuan, not k"),
        ("2 dozen", "people", "not dozen"),
        ("1.000,5 yuan", "yuan", "does not fit"),
        ("twenty people", "people", "a number is expected (people)"),
        ("", "share", "a number is expected"),
        ("--5", "share", "a number is expected"),
        ("1/0", "share", "divided by zero"),
        (True, "people", "not yes or no (true, false)"),
        (None, "people", "not nothing"),
        ([1], "people", "not a list"),
        ({}, "people", "not a mapping"),
        (math.nan, "share", "a finite number is expected"),
        (-math.inf, "km", "a finite number is expected (km)"),
        ("1e999", "km", "a finite number is expected (km)"),
        (10**400, "km", "a finite number is expected (km)"),
    ],
)
def test_what_is_no_such_quantity_is_refused_in_words(given, unit, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_quantity(given, unit)


@given(st.integers(0, 10_000))
def test_a_percentage_is_the_nearest_number_to_its_share(hundredths):
    text = f"{hundredths // 100}.{hundredths % 100:02d} %"
    assert parse_quantity(text, "share") == pytest.approx(hundredths / 10_000, rel=1e-15)
    assert parse_quantity(f"{hundredths} %", "share") == hundredths / 100


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["share", "yuan", "km", "people"]))
def test_a_number_printed_is_read_back(value, unit):
    assert parse_quantity(amount_text(value, unit), unit) == pytest.approx(value, rel=1e-11)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with suppress(ValueError):
        assert math.isfinite(parse_quantity(text, "yuan per year"))


def test_units_of_one_meaning_are_one_unit():
    assert parse_unit("yuan per firm-year") == parse_unit("元 / firm-year") == parse_unit("RMB per firms-yr")
    assert parse_unit("per quarter") == parse_unit("/quarter")
    assert parse_unit("share per year") == parse_unit("/yr")
    assert parse_unit("亿元") == parse_unit("亿 yuan")
    assert parse_unit("yuan per firm") != parse_unit("yuan per person")


def test_numbers_are_printed_as_people_write_them():
    assert number_text(415_000.0) == "415000"
    assert number_text(0.001) == "0.001"
    assert number_text(-0.5) == "-0.5"
    assert number_text(40e9) == "40000000000"
    assert amount_text(0.5, "share") == "0.5"
    assert amount_text(12_000, "yuan per person-quarter") == "12000 yuan per person-quarter"


def test_range_is_told():
    check_range(0.0, 0.0, 1.0, "share", "it")
    check_range(1.0, 0.0, 1.0, "share", "it")
    with pytest.raises(
        ValueError, match=r"^people in the pool cannot be negative \(allowed: 0 to 415000 people\)$"
    ):
        check_range(-20_000, 0, 415_000, "people", "people in the pool")
    with pytest.raises(ValueError, match=r"^too large for the reach \(allowed: 10 to 80 km\)$"):
        check_range(100, 10, 80, "km", "the reach")
    with pytest.raises(ValueError, match=r"^too small for additionality \(allowed: -0.5 to 0.5\)$"):
        check_range(-0.6, -0.5, 0.5, "share", "additionality")


def test_quarter_is_four_times_the_year_and_its_number():
    assert parse_quarter("2020Q1") == 8080
    assert parse_quarter("2050Q4") == 8203
    assert parse_quarter("2024 q3") == 8098


@given(st.integers(8080, 8203))
def test_quarter_is_read_as_it_is_written(index):
    assert parse_quarter(quarter_text(index)) == index


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("2024Q5", "Q1, Q2, Q3 and Q4"),
        ("2024Q0", "Q1, Q2, Q3 and Q4"),
        ("2019Q4", "2020Q1 to 2050Q4"),
        ("2051Q1", "2020Q1 to 2050Q4"),
        ("2024-01-01", "such as 2024Q1"),
        ("2024", "such as 2024Q1"),
        (2024, "such as 2024Q1"),
        (None, "such as 2024Q1"),
        ("24Q1", "such as 2024Q1"),
    ],
)
def test_what_is_no_quarter_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        parse_quarter(given)
