"""Whole records: dates, reasons, parts, and nothing changed that was given."""

import datetime as dt

import polars as pl
import pytest

from famlink.standardisation.dates import DAY_UNKNOWN, dates_of
from famlink.standardisation.merging import merge_parts
from famlink.standardisation.standardise import standardise
from famlink.tables import RECORDS, STANDARDISED

AS_AT = dt.date(2026, 6, 1)
ONE = {"agency": "gp", "part": 0, "origin": "given", "file": "f"}


def records(*rows):
    return RECORDS.frame([{**ONE, "record_id": str(n), "file_row": n, **row} for n, row in enumerate(rows, 1)])


def born(days, agency="gp"):
    return records(*({"agency": agency, "date_of_birth": day} for day in days))


def precisions(frame):
    return standardise(frame, as_at=AS_AT).rows["date_of_birth_precision"].to_list()


@pytest.mark.parametrize(
    ("text", "day", "precision", "reason", "rejected"),
    [
        ("03/05/2012", dt.date(2012, 5, 3), "day", None, 0),
        ("2012-05", dt.date(2012, 5, 1), "month", None, 0),
        ("2012", dt.date(2012, 1, 1), "year", None, 0),
        ("?2012-05-03", dt.date(2012, 5, 3), "uncertain", None, 0),
        ("1900-01-01", None, None, "placeholder", 0),
        ("01/01/1970", None, None, "placeholder", 0),
        ("1970", dt.date(1970, 1, 1), "year", None, 0),
        ("31/02/2012", None, None, "not a date that can be read", 1),
        ("1850-01-02", None, None, "before 1880", 1),
        ("2026-06-02", None, None, "after the day the extracts describe", 1),
        ("2026-06-01", dt.date(2026, 6, 1), "day", None, 0),
        (None, None, None, None, 0),
    ],
)
def test_dates_of_birth(text, day, precision, reason, rejected):
    done = standardise(records({"date_of_birth": text}), as_at=AS_AT)
    assert done.rows.select("date_of_birth", "date_of_birth_precision").row(0) == (day, precision)
    assert done.reasons["reason"].to_list() == ([reason] if reason else [])
    assert done.rejected.height == rejected
    if rejected:
        assert done.rejected.row(0) == ("gp", "f", 1, "date_of_birth", reason, "cell")


def test_a_future_birth_of_an_unborn_child_is_expected():
    done = standardise(records({"forename": "Unborn", "surname": "Lee", "date_of_birth": "2026-09-01"}), as_at=AS_AT)
    row = done.rows.row(0, named=True)
    assert row["date_of_birth"] is None
    assert row["expected_date_of_birth"] == dt.date(2026, 9, 1)
    assert not done.rejected.height


def test_an_address_that_has_not_ended():
    done = standardise(records({"address_to": "1900-01-01", "address_from": "05/2020"}), as_at=AS_AT)
    assert done.rows.select("address_from", "address_to").row(0) == (dt.date(2020, 5, 1), None)
    assert done.reasons.select("column", "reason").rows() == [("address_to", "means still open")]


def spread(count):
    return [f"{1950 + n % 60}-{1 + n % 12:02d}-{2 + n % 12:02d}" for n in range(count)]


def test_a_day_written_too_often_is_not_believed_in_that_agency_alone():
    weak = born([*spread(90), *["15/03/2001"] * 10], "csc")
    sound = born([*spread(97), *["15/03/2001"] * 3], "gp")
    got = precisions(pl.concat([weak, sound]))
    assert got[:100].count(DAY_UNKNOWN) == 10
    assert set(got[100:]) == {"day"}
    done = standardise(weak, as_at=AS_AT)
    assert done.reasons["column"].to_list() == ["date_of_birth"] * 10
    assert done.rows["date_of_birth"].null_count() == 0


def test_new_years_day_as_chance_gives_it_is_believed():
    assert set(precisions(born([*spread(399), "2001-01-01"]))) == {"day"}
    assert set(precisions(born([*spread(39), "2001-01-01"]))) == {"day"}
    assert precisions(born([*spread(96), *["2001-01-01"] * 4])).count(DAY_UNKNOWN) == 4


def test_a_source_of_people_of_long_ago_is_believed():
    done = standardise(born([f"{1800 + n}-03-04" for n in range(60)]), as_at=AS_AT)
    assert done.rows["date_of_birth"].null_count() == 0
    few = standardise(born([f"{1870 + n}-03-04" for n in range(60)]), as_at=AS_AT)
    assert few.rows["date_of_birth"].null_count() == 10


def test_a_year_alone_is_not_new_years_day():
    assert set(precisions(born(["2001", "2002", "2003"] * 5))) == {"year"}


def test_two_young_people_on_the_15th():
    assert precisions(born(["2008-06-15", "2008-06-15"])) == [DAY_UNKNOWN, DAY_UNKNOWN]


def test_very_many_records_do_not_break_the_odds():
    days = [f"{1950 + n % 60}-{1 + n % 12:02d}-15" if n % 10 == 0 else "1980-03-04" for n in range(60_000)]
    frame = pl.DataFrame({"date_of_birth": days}).with_columns(
        pl.lit("gp").alias("agency"),
        *(
            pl.lit(None, dtype=pl.String).alias(n)
            for n in RECORDS.names
            if n.endswith("date_of_birth") and n != "date_of_birth"
        ),
        *(
            pl.lit(None, dtype=pl.String).alias(n)
            for n in ("date_of_death", "address_from", "address_to", "recorded_on")
        ),
    )
    no = pl.repeat(value=False, n=frame.height, eager=True)
    got = dates_of(frame, as_at=AS_AT, unborn=no).columns["date_of_birth_precision"]
    assert (got == DAY_UNKNOWN).sum() == 6000


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("No", "no"),
        ("N", "no"),
        ("0", "no"),
        ("FALSE", "no"),
        ("Yes", "yes"),
        ("1", "yes"),
        ("Refuge", "refuge"),
        (None, None),
    ],
)
def test_restricted(text, kept):
    assert standardise(records({"restricted": text}), as_at=AS_AT).rows["restricted"].item() == kept


def test_extras_are_carried():
    frame = records({"ethnicity": "a) WBRI", "school": "St  John’s"}).with_columns(pl.lit("Tea ").alias("extra.Drink"))
    row = standardise(frame, as_at=AS_AT).rows.row(0, named=True)
    assert (row["extra.Drink"], row["ethnicity"], row["school"]) == ("tea", "WBRI", "st john's")


def test_no_records_at_all():
    done = standardise(RECORDS.empty(), as_at=AS_AT)
    assert done.rows.equals(STANDARDISED.empty())
    assert merge_parts(done.rows).height == 0


def test_records_are_not_changed_and_rows_keep_their_order():
    frame = records({"forename": "B", "record_id": "9"}, {"forename": "A", "record_id": "1"})
    before = frame.clone()
    done = standardise(frame, as_at=AS_AT)
    assert frame.equals(before)
    assert done.rows["record_id"].to_list() == ["9", "1"]


def test_parts_become_one_row():
    frame = records(
        {"record_id": "b", "forename": "Ann", "phone": "07700900123", "nhs_number": "9434765918"},
        {"record_id": "a", "forename": "Bob"},
        {
            "record_id": "b",
            "part": 1,
            "surname": "Lee",
            "phone": "07700900124",
            "nhs_number": "9434765919",
            "postcode": "M1 1AE",
        },
        {"record_id": "b", "part": 2, "forename": "Zed", "postcode": "LS1 4AB", "date_of_birth": "2012-05"},
    )
    merged = merge_parts(standardise(frame, as_at=AS_AT).rows)
    assert merged.columns[0] == "row"
    assert merged.select("row", "record_id", "part").rows() == [(0, "a", 0), (1, "b", 0)]
    assert merged.schema["row"] == pl.UInt32
    two = merged.row(1, named=True)
    assert (two["forename"], two["surname"], two["postcode"], two["sector"]) == ("ann", "lee", "M1 1AE", "M1 1")
    assert (two["nhs_number"], two["nhs_number_valid"]) == ("9434765918", False)
    assert two["phones"] == ["07700900123", "07700900124"]
    assert (two["date_of_birth"], two["date_of_birth_precision"]) == (dt.date(2012, 5, 1), "month")
    assert two["aliases"] is None
    assert merged["postcodes"].to_list() == [None, ["LS1 4AB", "M1 1AE"]]
    STANDARDISED.check(merged.drop("row", "postcodes"))
