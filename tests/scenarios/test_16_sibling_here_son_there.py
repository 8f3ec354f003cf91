"""Scenario 16: social care says sibling, housing says son: both claims are shown with dates."""

import datetime as dt

from famlink.family.relations import relate
from famlink.tables import PEOPLE, STANDARDISED, TIES


def test_both_claims_with_dates_and_the_contradiction_marked():
    people = PEOPLE.frame(
        [
            {"agency": a, "record_id": p, "person_id": p, "probability": 1.0, "origin": "given"}
            for a in ("csc", "housing")
            for p in ("ann", "joe")
        ]
    )
    ties = TIES.frame([
        {"agency": "csc", "record_id": "ann", "relative_record_id": "joe", "relationship": "Sibling", "start": dt.date(2019, 4, 1), "file": "f", "file_row": 1},
        {"agency": "housing", "record_id": "ann", "relative_record_id": "joe", "relationship": "SON", "start": dt.date(2021, 9, 1), "end": dt.date(2023, 1, 1), "file": "g", "file_row": 7},
    ])  # fmt: skip
    relations = relate(people, ties, STANDARDISED.empty())
    shown = {
        row["relationship"]: (row["start"], row["end"], row["sources"], row["conflict"])
        for row in relations.iter_rows(named=True)
        if row["person_id"] == "ann"
    }
    both = "csc says sibling, housing says child"
    assert shown == {
        "child": (dt.date(2021, 9, 1), dt.date(2023, 1, 1), ["housing:ann"], both),
        "sibling": (dt.date(2019, 4, 1), None, ["csc:ann"], both),
    }
