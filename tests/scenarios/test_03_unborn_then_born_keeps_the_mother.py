"""Scenario 3, the family side: UNBORN, then born as BABY SMITH, then renamed: one child, the mother kept with every account."""

import datetime as dt

from famlink.family.relations import relate
from famlink.tables import PEOPLE, STANDARDISED, TIES


def test_the_mother_of_the_unborn_is_the_mother_of_the_child():
    rows = [("csc", "unborn", "kim"), ("health", "baby", "kim"), ("school", "renamed", "kim"), ("csc", "m1", "ann"), ("health", "m2", "ann"), ("school", "m3", "ann")]  # fmt: skip
    people = PEOPLE.frame(
        [{"agency": a, "record_id": r, "person_id": p, "probability": 0.99, "origin": "given"} for a, r, p in rows]
    )
    said = [("csc", "unborn", "m1", "Mother : Unborn Child", dt.date(2023, 1, 5)), ("health", "m2", "baby", "CHI", dt.date(2023, 4, 2)), ("school", "renamed", "m3", "MOT", None)]  # fmt: skip
    ties = TIES.frame([
        {"agency": a, "record_id": r, "relative_record_id": o, "relationship": w, "start": s, "file": "f", "file_row": n}
        for n, (a, r, o, w, s) in enumerate(said, 1)
    ])  # fmt: skip
    relations = relate(people, ties, STANDARDISED.empty())
    assert relations.select("person_id", "relative_id", "relationship").rows() == [
        ("ann", "kim", "child"),
        ("kim", "ann", "parent"),
    ]
    mother = relations.row(1, named=True)
    assert [claim["words"] for claim in mother["claims"]] == ["Mother : Unborn Child", "CHI", "MOT"]
    assert mother["start"] == dt.date(2023, 1, 5)
    assert mother["conflict"] is None
