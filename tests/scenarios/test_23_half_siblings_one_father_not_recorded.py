"""Scenario 23, the family side: half-siblings by two fathers, one not recorded: nothing is invented about him."""

from famlink.family.relations import relate
from famlink.tables import PEOPLE, STANDARDISED, TIES


def siblings_of(*said):
    names = sorted({name for row in said for name in row[:2]})
    people = PEOPLE.frame(
        [{"agency": "csc", "record_id": p, "person_id": p, "probability": 1.0, "origin": "given"} for p in names]
    )
    ties = TIES.frame([
        {"agency": "csc", "record_id": a, "relative_record_id": b, "relationship": w, "file": "f", "file_row": n}
        for n, (a, b, w) in enumerate(said, 1)
    ])  # fmt: skip
    found = relate(people, ties, STANDARDISED.empty())
    return {
        (r["qualifier"], r["basis"])
        for r in found.iter_rows(named=True)
        if r["relationship"] == "sibling" and r["person_id"] == "kim"
    }


def test_half_is_said_only_where_somebody_says_it_or_both_fathers_are_known():
    known = [("kim", "mum", "Mother"), ("lee", "mum", "Mother"), ("kim", "bob", "Father")]
    assert siblings_of(*known) == {("maternal", "derived")}
    assert siblings_of(*known, ("kim", "lee", "Half brother")) == {("maternal", "derived"), ("half", "stated")}
    assert siblings_of(*known, ("lee", "dan", "Father")) == {("half maternal", "derived")}
