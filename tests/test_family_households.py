"""Households: who lived together at which address, through time."""

from __future__ import annotations

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.family.households import dwell
from famlink.tables import HOUSEHOLDS, PEOPLE, RECORDS, RELATIONS, STANDARDISED
from famlink.vocabulary.relationships import inverse

AS_AT = dt.date(2026, 6, 1)
HOME = {"house_number": "4", "postcode": "NE1 1AA"}


def day(year, month=1):
    return dt.date(year, month, 1)


def placed(*rows):
    """rows: (person, dictionary of cleaned columns); each becomes a record of its own, person_id as given."""
    people, cleaned, records = [], [], []
    for number, (person, more) in enumerate(rows, 1):
        key = {"agency": more.get("agency", "csc"), "record_id": f"r{number}", "origin": "given"}
        columns = {name: value for name, value in more.items() if name != "agency"}
        people.append(key | {"person_id": person, "probability": 1.0})
        cleaned.append(key | {"part": 0} | columns)
        written = f"{columns.get('house_number', '?')} Alder Close"
        records.append(key | {"part": 0, "file": "people.csv", "file_row": number, "address": written})
    return (
        PEOPLE.frame(people),
        STANDARDISED.frame(cleaned),
        RECORDS.frame(records),
    )


def related(*pairs):
    both = [row for p, r, k in pairs for row in ((p, r, k), (r, p, inverse(k)))]
    return RELATIONS.frame(
        [
            {"person_id": p, "relative_id": r, "relationship": k, "qualifier": "", "basis": "stated", "confidence": 1.0,
             "sources": [], "claims": [], "premises": []}
            for p, r, k in both
        ]
    )  # fmt: skip


def homes(found):
    told = found.group_by("household_id").agg(pl.col("person_id").unique().sort())
    return sorted(told["person_id"].to_list())


FAMILY = related(("kim", "ann", "parent"), ("ann", "bob", "partner"))


def test_a_family_at_one_address():
    found = dwell(*placed(("kim", HOME), ("ann", HOME), ("bob", HOME)), as_at=AS_AT, relations=FAMILY)
    assert homes(found) == [["ann", "bob", "kim"]]
    assert found["address"].unique().to_list() == ["4 Alder Close"]
    assert found["postcode"].unique().to_list() == ["NE1 1AA"]
    assert found["sources"].to_list()[0] == ["csc:r2"]


def test_two_families_in_a_shared_house_are_two_households():
    two = pl.concat([FAMILY, related(("zoe", "eve", "parent"))])
    rows = [(person, HOME | {"surname": "smith"}) for person in ("kim", "ann", "bob", "zoe", "eve", "tom")]
    found = dwell(*placed(*rows), as_at=AS_AT, relations=two)
    assert homes(found) == [["ann", "bob", "kim"], ["eve", "zoe"], ["tom"]]


def test_an_adult_an_agency_places_with_a_family_is_kept_with_it():
    rows = [("kim", HOME), ("ann", HOME), ("max", HOME | {"agency": "housing"})]
    found = dwell(*placed(*rows), as_at=AS_AT, relations=FAMILY)
    assert homes(found) == [["ann", "kim", "max"]]
    assert found.filter(pl.col("person_id") == "max")["sources"].to_list() == [["housing:r3"]]


def test_a_hostel_is_not_one_household():
    rows = [(person, HOME) for person in ("a", "b", "c", "d", "e")]
    assert homes(dwell(*placed(*rows), as_at=AS_AT)) == [["a"], ["b"], ["c"], ["d"], ["e"]]
    rows = [("kim", HOME), ("ann", HOME), *rows]
    assert ["ann", "kim"] in homes(dwell(*placed(*rows), as_at=AS_AT, relations=FAMILY))


def test_earlier_tenants_are_another_household():
    rows = [
        ("old", HOME | {"address_from": day(2001), "address_to": day(2005)}),
        ("kim", HOME | {"address_from": day(2016)}), ("ann", HOME | {"address_from": day(2010)}),
    ]  # fmt: skip
    found = dwell(*placed(*rows), as_at=AS_AT, relations=FAMILY)
    assert homes(found) == [["ann", "kim"], ["old"]]


def test_an_end_of_1900_means_open_and_an_end_to_come_is_current():
    rows = [
        ("kim", HOME | {"address_from": day(2016), "address_to": dt.date(1900, 1, 1)}),
        ("ann", HOME | {"address_from": day(2016), "address_to": day(2030)}),
        ("bob", HOME | {"address_from": day(2016), "address_to": day(2020)}),
    ]  # fmt: skip
    found = dwell(*placed(*rows), as_at=AS_AT, relations=FAMILY).sort("person_id")
    assert found["end"].to_list() == [None, day(2020), None]


def test_leaving_and_coming_back_are_two_stays():
    rows = [
        ("ann", HOME | {"address_from": day(2010), "address_to": day(2012)}),
        ("ann", HOME | {"address_from": day(2011), "address_to": day(2013)}),
        ("ann", HOME | {"address_from": day(2020)}),
    ]  # fmt: skip
    found = dwell(*placed(*rows), as_at=AS_AT)
    assert found.select("start", "end").rows() == [(day(2010), day(2013)), (day(2020), None)]
    assert found["sources"].to_list() == [["csc:r1", "csc:r2"], ["csc:r3"]]


def test_a_uprn_stands_for_the_address_others_give_with_it():
    rows = [("kim", HOME | {"uprn": "100"}), ("ann", {"uprn": "100"})]
    assert homes(dwell(*placed(*rows), as_at=AS_AT, relations=FAMILY)) == [["ann", "kim"]]


def test_an_agencys_own_household_without_an_address():
    rows = [("kim", {"household_id": "F1"}), ("ann", {"household_id": "F1"}), ("bob", {"household_id": "F2"})]
    found = dwell(*placed(*rows), as_at=AS_AT)
    assert homes(found) == [["ann", "kim"], ["bob"]]


def test_nobody_with_an_address():
    assert dwell(*placed(("kim", {})), as_at=AS_AT).equals(HOUSEHOLDS.empty())


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["1", "2"]), st.integers(2000, 2010), st.integers(0, 12)),
        max_size=10,
    )
)
def test_invariants(rows):
    made = [
        (
            person,
            {
                "house_number": door,
                "postcode": "NE1 1AA",
                "address_from": day(start),
                "address_to": day(start + length),
            },
        )
        for person, door, start, length in rows
    ]
    tables = placed(*made)
    found = dwell(*tables, as_at=AS_AT, relations=related(("a", "b", "parent"), ("c", "d", "sibling")))
    sources = set(found["sources"].explode(keep_nulls=False, empty_as_null=False).to_list())
    assert sources == {f"csc:r{number}" for number in range(1, len(rows) + 1)}, "no source is lost"
    assert not found.select("household_id", "person_id", "start").is_duplicated().any()
    assert (found["start"] <= found["end"]).fill_null(value=True).all()


def test_an_agency_household_that_spans_two_families_is_the_buildings():
    two = pl.concat([related(("kim", "ann", "parent")), related(("zoe", "eve", "parent"))])
    block = HOME | {"household_id": "H1"}
    rows = [(person, block) for person in ("kim", "ann", "zoe", "eve")]
    assert homes(dwell(*placed(*rows), as_at=AS_AT, relations=two)) == [["ann", "kim"], ["eve", "zoe"]]
    alone = [("kim", block), ("ann", block), ("max", block)]
    assert homes(dwell(*placed(*alone), as_at=AS_AT, relations=two)) == [["ann", "kim", "max"]]
