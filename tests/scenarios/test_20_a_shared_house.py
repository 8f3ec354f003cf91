"""Scenario 20, the family side: two unrelated families, one address, one surname: two households, no relation between them."""

import datetime as dt

from famlink.family.households import dwell
from famlink.family.relations import relate
from famlink.tables import PEOPLE, RECORDS, STANDARDISED, TIES


def test_two_families():
    everyone = ("mum1", "kid1", "mum2", "kid2")
    row = [{"agency": "housing", "record_id": p, "origin": "given"} for p in everyone]
    people = PEOPLE.frame([r | {"person_id": r["record_id"], "probability": 1.0} for r in row])
    home = {"part": 0, "surname": "khan", "house_number": "14", "postcode": "NS2 2ED", "household_id": "H2000001"}
    standardised = STANDARDISED.frame([r | home for r in row])
    records = RECORDS.frame(
        [r | {"part": 0, "file": "f", "file_row": n, "address": "14 Victoria Terrace"} for n, r in enumerate(row, 1)]
    )
    ties = TIES.frame([
        {"agency": "housing", "record_id": f"kid{n}", "relative_record_id": f"mum{n}", "relationship": "Mother", "file": "f", "file_row": n}
        for n in (1, 2)
    ])  # fmt: skip
    relations = relate(people, ties, standardised)
    assert {frozenset(pair) for pair in relations.select("person_id", "relative_id").iter_rows()} == {
        frozenset({"kid1", "mum1"}),
        frozenset({"kid2", "mum2"}),
    }
    homes = dwell(people, standardised, records, as_at=dt.date(2026, 6, 1), relations=relations)
    found = {frozenset(members["person_id"]) for _, members in homes.group_by("household_id")}
    assert found == {frozenset({"kid1", "mum1"}), frozenset({"kid2", "mum2"})}
