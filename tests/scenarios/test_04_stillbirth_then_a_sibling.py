"""Scenario 4, the family side: a stillbirth and a sibling a year later are two children of one mother, and no twins."""

import datetime as dt

from famlink.family.relations import relate
from famlink.tables import PEOPLE, STANDARDISED, TIES


def test_two_children_siblings_not_twins():
    people = PEOPLE.frame(
        [
            {"agency": "health", "record_id": p, "person_id": p, "probability": 1.0, "origin": "given"}
            for p in ("first", "second", "mum")
        ]
    )
    ties = TIES.frame([
        {"agency": "health", "record_id": child, "relative_record_id": "mum", "relationship": "Mother", "file": "f", "file_row": n}
        for n, child in enumerate(("first", "second"), 1)
    ])  # fmt: skip
    standardised = STANDARDISED.frame([
        {"agency": "health", "record_id": "first", "part": 0, "origin": "given", "expected_date_of_birth": dt.date(2022, 3, 1)},
        {"agency": "health", "record_id": "second", "part": 0, "origin": "given", "date_of_birth": dt.date(2023, 3, 1), "date_of_birth_precision": "day"},
        {"agency": "health", "record_id": "mum", "part": 0, "origin": "given", "sex": "female"},
    ])  # fmt: skip
    relations = relate(people, ties, standardised)
    siblings = [
        row
        for row in relations.select("person_id", "relative_id", "relationship", "qualifier").rows()
        if row[2] == "sibling"
    ]
    assert siblings == [("first", "second", "sibling", "maternal"), ("second", "first", "sibling", "maternal")]
