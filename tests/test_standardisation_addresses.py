"""Postcodes, addresses, telephones, email and sex codes."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.standardisation.addresses import addresses_of, clean_address, clean_postcode
from famlink.standardisation.contacts import clean_email, clean_phone, contacts_of
from famlink.standardisation.sex import sex_of
from famlink.tables import RECORDS

ONE = {"agency": "gp", "part": 0, "origin": "given", "file": "f"}


def records(*rows):
    return RECORDS.frame([{**ONE, "record_id": str(n), "file_row": n, **row} for n, row in enumerate(rows, 1)])


@pytest.mark.parametrize(
    ("text", "code", "outcode", "sector"),
    [
        ("SW1A 1AA", "SW1A 1AA", "SW1A", "SW1A 1"),
        ("sw1a1aa", "SW1A 1AA", "SW1A", "SW1A 1"),
        ("M1 1AE", "M1 1AE", "M1", "M1 1"),
        ("b33  8th", "B33 8TH", "B33", "B33 8"),
        ("CR2-6XH", "CR2 6XH", "CR2", "CR2 6"),
        ("DN55 1PT", "DN55 1PT", "DN55", "DN55 1"),
        ("W1A 0AX", "W1A 0AX", "W1A", "W1A 0"),
        ("EC1A 1BB", "EC1A 1BB", "EC1A", "EC1A 1"),
        ("GIR 0AA", "GIR 0AA", "GIR", "GIR 0"),
        ("M1 OAE", "M1 0AE", "M1", "M1 0"),
        ("M1 IAE", "M1 1AE", "M1", "M1 1"),
    ],
)
def test_postcodes(text, code, outcode, sector):
    assert clean_postcode(pl.Series([text])).row(0) == (code, outcode, sector, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("XXXXXX", "placeholder"),
        ("nopostcode", "placeholder"),
        ("NF1 1NF", "placeholder"),
        ("ZZ99 3WZ", "placeholder"),
        ("ZZ99 9ZZ", "placeholder"),
        ("not known", "placeholder"),
        ("--", "placeholder"),
        ("ZZ99 3VZ", "no fixed abode"),
        ("NFA", "no fixed abode"),
        ("12345", "not a postcode"),
        ("SW1A 1CC", "not a postcode"),
        ("SMITH", "not a postcode"),
    ],
)
def test_what_is_no_postcode(text, reason):
    assert clean_postcode(pl.Series([text])).row(0) == (None, None, None, reason)


@given(st.text(max_size=12))
@settings(deadline=None, max_examples=60)
def test_any_text_is_a_postcode_or_has_a_reason(text):
    code, outcode, _, reason = clean_postcode(pl.Series([text])).row(0)
    assert (code is None) == (reason is not None)
    assert code is None or code.startswith(outcode + " ")


@pytest.mark.parametrize(
    ("text", "number", "street"),
    [
        ("14 Oak Road, Northtown", "14", "oak road"),
        ("14 Oak Rd", "14", "oak road"),
        ("14, Oak Rd., Northtown", "14", "oak road"),
        ("14a Oak Ave", "14a", "oak avenue"),
        ("14 A Oak Avenue", "14a", "oak avenue"),
        ("Flat 2, 14 Oak Close", "flat 2/14", "oak close"),
        ("Flat 2 14 Oak Close", "flat 2/14", "oak close"),
        ("14 Oak Close, Flat B", "flat b/14", "oak close"),
        ("Apt 3, Elm House, 12-14 St Mary's St, Leeds", "flat 3/12-14", "st marys street"),
        ("2/14 Oak Terr", "2/14", "oak terrace"),
        ("14 Oak Road Northtown", "14", "oak road"),
        ("7 Park Road Close", "7", "park road close"),
        ("7 St Johns Wood Rd", "7", "st johns wood road"),
        ("The Cottage\nMill Lane\nYork", None, "mill lane"),
        ("Rose Cottage, Mill Ln", None, "mill lane"),
        ("14 OAK GDNS\r\nNORTHTOWN", "14", "oak gardens"),
    ],
)
def test_addresses_are_taken_apart(text, number, street):
    found = clean_address(pl.Series([text])).row(0, named=True)
    assert (found["house_number"], found["street"]) == (number, street)


def test_two_spellings_of_one_address_agree():
    found = clean_address(pl.Series(["Flat 1, 3 St. Mary's Rd, York", "flat 1 , 3 ST MARYS ROAD\nYork"]))
    assert found["house_number"].n_unique() == found["street"].n_unique() == 1


def test_a_postcode_in_the_address_is_used_where_there_is_no_other():
    got = addresses_of(
        records(
            {"address": "1 Oak Road, Leeds, LS1 4AB"},
            {"address": "1 Oak Road, Leeds, LS1 4AB", "postcode": "M1 1AE"},
            {"address": "No fixed abode"},
            {"postcode": "ZZ99 3VZ"},
        )
    )
    assert got.columns["postcode"].to_list() == ["LS1 4AB", "M1 1AE", None, None]
    assert got.columns["address"].to_list() == ["1 oak road leeds", "1 oak road leeds", None, None]
    assert got.reasons["postcode"].to_list() == ["taken from the address", None, None, "no fixed abode"]
    assert got.reasons["address"].to_list() == [None, None, "placeholder", None]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("07700 900123", "07700900123"),
        ("+44 7700 900123", "07700900123"),
        ("+44 (0)7700 900123", "07700900123"),
        ("0044 7700900123", "07700900123"),
        ("447700900123", "07700900123"),
        ("7700900123", "07700900123"),
        ("7700900123.0", "07700900123"),
        ("020 7946 0000 ext 12", "02079460000"),
        ("(01632) 960 001", "01632960001"),
        ("460001", "460001"),
    ],
)
def test_telephones(text, number):
    assert clean_phone(pl.Series([text])).row(0) == (number, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("00000000000", "placeholder"),
        ("07000000000", "placeholder"),
        ("123", "not a telephone number"),
        ("none", "not a telephone number"),
    ],
)
def test_what_is_no_telephone(text, reason):
    assert clean_phone(pl.Series([text])).row(0) == (None, reason)


def test_lists_of_contacts():
    got = contacts_of(
        records(
            {"phone": "07700 900123; 020 7946 0000;07700900123", "email": "none; A@B.org"},
            {"phone": "07700 900124"},
            {},
        )
    )
    assert got.columns["phones"].to_list() == [["07700900123", "02079460000"], ["07700900124"], None]
    assert got.columns["phone"].to_list() == ["07700900123", "07700900124", None]
    assert got.columns["email"].to_list() == ["a@b.org", None, None]
    assert got.reasons["email"].to_list() == ["not an email address", None, None]
    assert clean_email(pl.Series(["x@y"])).row(0) == (None, "not an email address")


@pytest.mark.parametrize(
    ("text", "sex", "reason"),
    [
        ("M", "male", None),
        ("f", "female", None),
        ("1", "male", None),
        ("2", "female", None),
        ("a) Male", "male", None),
        ("b) Female", "female", None),
        ("FEMALE", "female", None),
        ("U", None, "not known"),
        ("9", None, "not known"),
        ("0", None, "not known: unborn"),
        ("banana", None, "not a code that is known"),
    ],
)
def test_sex_codes(text, sex, reason):
    got = sex_of(records({"sex": text}))
    assert got.columns["sex"].item() == sex
    assert got.reasons["sex"].item() == reason


def test_sex_from_gender_only_where_the_agency_records_no_sex():
    got = sex_of(
        records(
            {"gender": "F"}, {"gender": "non-binary"}, {"agency": "csc", "gender": "F"}, {"agency": "csc", "sex": "M"}
        )
    )
    assert got.columns["sex"].to_list() == ["female", None, None, "male"]
    assert got.columns["gender"].to_list() == ["female", "other", "female", None]
    assert got.reasons["sex"].to_list() == ["taken from gender: the agency records no sex", None, None, None]
