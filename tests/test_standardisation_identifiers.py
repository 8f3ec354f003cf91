"""Identifiers against numbers checked by hand or published as examples."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.standardisation.checks import PNC_LETTERS, rules
from famlink.standardisation.identifiers import clean_identifier, clean_uprn, identifiers_of
from famlink.tables import RECORDS

RULES = {rule.name: rule for rule in rules(dt.date(2026, 6, 1))}


def one(name, text):
    return clean_identifier(pl.Series([text], dtype=pl.String), RULES[name]).row(0)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("nhs_number", "943 476 5919", "9434765919"),  # NHS Data Dictionary's worked example
        ("nhs_number", "401-023-2137", "4010232137"),
        ("nhs_number", "9434765919.0", "9434765919"),
        ("upn", "a123456789012", "A123456789012"),  # 1*2+2*3+...+2*13 = 368 = 16*23: A
        ("upn", "L12345678901B", "L12345678901B"),  # temporary: 342 + 1*13 = 355 = 15*23 + 10: L
        ("uln", "1000000000", "1000000000"),  # 1*10 mod 11 = 10: digit 10 - 10 = 0
        ("uln", "2000000001", "2000000001"),  # 20 mod 11 = 9: digit 1
        ("ni_number", "AB 12 34 56 C", "AB123456C"),
        ("pnc", "1979/0163001B", "1979/0163001B"),  # 790163001 mod 23 = 2
        ("pnc", "79/163001b", "1979/0163001B"),
        ("pnc", "790163001B", "1979/0163001B"),
        ("pnc", "2008/0056560Z", "2008/0056560Z"),  # 080056560 mod 23 = 0
        ("pnc", "08/56560Z", "2008/0056560Z"),
        ("cro", "265416/21G", "265416/21G"),  # 21265416 mod 23 = 7
        ("cro", "SF05/482703J", "SF05/482703J"),  # 05482703 mod 23 = 9
        ("cro", "sf 05/482703 j", "SF05/482703J"),
    ],
)
def test_sound_identifiers(name, text, value):
    assert one(name, text) == (value, True, None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nhs_number", "9434765918"),
        ("nhs_number", "4000000100"),  # 44-... remainder 1: check digit 10 does not exist
        ("upn", "B123456789012"),
        ("uln", "1000000001"),
        ("ni_number", "BG123456C"),
        ("ni_number", "DA123456C"),
        ("ni_number", "AO123456C"),
        ("ni_number", "QQ123456C"),
        ("pnc", "1979/0163001C"),
        ("cro", "265416/21H"),
    ],
)
def test_a_failed_check_keeps_the_value(name, text):
    assert one(name, text) == (text, False, "check failed")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nhs_number", "943476591"),
        ("upn", "A12345"),
        ("uln", "0123456788"),
        ("ni_number", "AB123456"),
        ("pnc", "1979"),
        ("cro", "26"),
    ],
)
def test_another_shape_keeps_the_value(name, text):
    value, valid, reason = one(name, text)
    assert (value, valid, reason) == (text, False, "not the shape of this identifier")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nhs_number", "0000000000"),
        ("nhs_number", "999 999 9999"),
        ("nhs_number", "unknown"),
        ("nhs_number", "N/A"),
        ("nhs_number", "-"),
        ("upn", "UN3"),
        ("upn", "UN1"),
        ("cro", "000000/00Z"),
        ("ni_number", "not known"),
    ],
)
def test_placeholders_are_empty_with_a_reason(name, text):
    assert one(name, text) == (None, None, "placeholder")


def test_an_empty_cell_has_no_reason():
    assert one("nhs_number", None) == (None, None, None)


@given(st.integers(min_value=0, max_value=999999999))
@settings(deadline=None, max_examples=60)
def test_the_nhs_check_digit_by_its_definition(stem):
    digits = f"{stem:09d}"
    total = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
    check = {11: 0}.get(total, total)
    numbers = pl.DataFrame({"n": [f"{digits}{last}" for last in range(10)]})
    holds = numbers.select(RULES["nhs_number"].check(pl.col("n"))).to_series().to_list()
    assert holds == [last == check for last in range(10)]


@given(st.integers(min_value=0, max_value=9999999), st.integers(min_value=27, max_value=99))
@settings(deadline=None, max_examples=60)
def test_one_letter_of_23_makes_a_pnc_id(serial, year):
    numbers = pl.DataFrame({"n": [f"19{year}/{serial:07d}{letter}" for letter in PNC_LETTERS]})
    holds = numbers.select(RULES["pnc"].check(pl.col("n"))).to_series().to_list()
    assert holds == [place == int(f"{year}{serial:07d}") % 23 for place in range(23)]


@given(st.text(max_size=16), st.sampled_from(sorted(RULES)))
@settings(deadline=None, max_examples=60)
def test_any_text_is_a_value_or_a_placeholder(text, name):
    value, valid, reason = one(name, text)
    assert (value is None) == (reason == "placeholder")
    assert (valid is None) == (value is None)
    assert (valid is True) == (reason is None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100023336956", ("100023336956", None)),
        ("000123.0", ("123", None)),
        ("1.0", ("1", None)),
        ("-1.0", (None, "placeholder")),
        ("0", (None, "placeholder")),
        ("12ab", (None, "not the shape of this identifier")),
        ("1234567890123", (None, "not the shape of this identifier")),
    ],
)
def test_uprn(text, expected):
    assert clean_uprn(pl.Series([text])).row(0) == expected


def people(agency, numbers, *, births=None, names=None, **more):
    count = len(numbers)
    rows = [
        {"agency": agency, "record_id": f"{agency}{n}", "part": 0, "origin": "given", "file": "f", "file_row": n + 1}
        | {"nhs_number": numbers[n]}
        | more
        for n in range(count)
    ]
    clean = pl.DataFrame(
        {
            "forename": names or [f"name{n}" for n in range(count)],
            "date_of_birth": births or [dt.date(1950, 1, 1) + dt.timedelta(days=97 * n) for n in range(count)],
        }
    )
    return RECORDS.frame(rows), clean


def cleaned(records, clean):
    return identifiers_of(records, as_at=dt.date(2026, 6, 1), people=clean)


def nhs(stem):
    total = 11 - sum(int(d) * w for d, w in zip(f"{stem:09d}", range(10, 1, -1), strict=True)) % 11
    return None if total == 10 else f"{stem:09d}{total % 11}"


SOUND = [number for stem in range(400000000, 400000200) if (number := nhs(stem))][:100]


def test_a_column_shared_by_different_people_is_demoted_for_that_agency_alone():
    bad, bad_people = people("gp", [SOUND[n % 65] for n in range(100)], nhs_number_verified="yes")
    good, good_people = people("acute", SOUND, nhs_number_verified="yes")
    got = cleaned(pl.concat([bad, good]), pl.concat([bad_people, good_people]))
    valid = got.columns["nhs_number_valid"]
    assert not valid.head(100).any()
    assert valid.tail(100).all()
    assert not got.columns["nhs_number_verified"].head(100).any()
    assert got.columns["nhs_number_verified"].tail(100).all()
    assert got.columns["nhs_number"].null_count() == 0
    assert set(got.reasons["nhs_number"].head(100)) == {"column demoted"}
    assert got.reasons["nhs_number"].tail(100).null_count() == 100


def test_one_person_given_twice_does_not_demote():
    records, clean = people(
        "gp",
        SOUND[:50] * 2,
        names=[f"name{n}" for n in range(50)] * 2,
        births=[dt.date(1950, 1, 1) + dt.timedelta(days=97 * (n % 50)) for n in range(100)],
    )
    assert cleaned(records, clean).columns["nhs_number_valid"].all()


def test_a_few_mothers_numbers_on_children_do_not_demote():
    records, clean = people("gp", SOUND[:90] + SOUND[:10])
    assert cleaned(records, clean).columns["nhs_number_valid"].all()


def test_former_numbers_are_lists():
    records, clean = people("gp", [SOUND[0]], former_nhs_number="943 476 5919; 0000000000", former_upn="A123456789012")
    got = cleaned(records, clean).columns
    assert got["former_nhs_number"].to_list() == [["9434765919"]]
    assert got["former_upn"].to_list() == [["A123456789012"]]
